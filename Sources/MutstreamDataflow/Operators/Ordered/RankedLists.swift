import MutstreamColumnar

/// Many short lists of rows in order, of at most so many rows each.
///
/// ```
/// node: | prefix: 8 × capacity | row: 4 × capacity |        a list has one node, of the least capacity that holds it
/// ```
///
/// A prefix is the beginning of a row's order as a number (``RowOrder/prefixes(_:into:)``): it lies beside the row so that
/// finding a place looks at one node and, as a rule, at no row.
final class RankedLists {
    /// One list. The owner keeps it.
    struct List: BitwiseCopyable {
        /// Its slot and, in the lowest bits, its capacity's number; -1: no node.
        fileprivate var node: Int32 = -1
        fileprivate(set) var count: Int32 = 0
    }

    /// The most rows that a list may be asked to hold.
    static let limitMax = 256

    let limit: Int
    private let capacities: [Int]
    private let pools: [PagedSlots]

    init(limit: Int) {
        precondition(limit > 0 && limit <= RankedLists.limitMax, "a list holds 1 to 256 rows")
        self.limit = limit
        var capacities = [limit]
        while capacities[0] > 4 { capacities.insert((capacities[0] + 1) / 2, at: 0) }
        self.capacities = capacities
        pools = capacities.map { PagedSlots(stride: ($0 * 12 + 7) / 8 * 8) }
    }

    var bytes: Int { pools.reduce(0) { $0 + ($1.pageCount == 0 ? 0 : $1.bytes) } }

    /// The prefixes of a list with a node.
    @inline(__always)
    func prefixes(_ list: List) -> UnsafeMutablePointer<UInt64> {
        pools[Int(list.node & 7)].writable(list.node &>> 3).assumingMemoryBound(to: UInt64.self)
    }

    /// The rows of a list with a node.
    @inline(__always)
    func rows(_ list: List) -> UnsafeMutablePointer<Int32> { rows(prefixes(list), list) }

    /// The rows of a list with a node, to be overwritten.
    func writableRows(_ list: List) -> UnsafeMutablePointer<Int32> { rows(writablePrefixes(list), list) }

    private func writablePrefixes(_ list: List) -> UnsafeMutablePointer<UInt64> {
        pools[Int(list.node & 7)].writable(list.node &>> 3).assumingMemoryBound(to: UInt64.self)
    }

    @inline(__always)
    private func rows(_ prefixes: UnsafeMutablePointer<UInt64>, _ list: List) -> UnsafeMutablePointer<Int32> {
        UnsafeMutableRawPointer(prefixes + capacities[Int(list.node & 7)]).assumingMemoryBound(to: Int32.self)
    }

    /// Puts a row at a place below the limit; of a full list the last row falls out.
    func insert(_ prefix: UInt64, _ row: Int32, at place: Int, into list: inout List) {
        let moved = min(Int(list.count), limit - 1) - place
        if list.node < 0 {
            list.node = makeNode(0)
        } else if list.count < limit, Int(list.count) == capacities[Int(list.node & 7)] {
            grow(&list)
        }
        let prefixes = writablePrefixes(list)
        let rows = rows(prefixes, list)
        (prefixes + place + 1).update(from: prefixes + place, count: moved)
        (rows + place + 1).update(from: rows + place, count: moved)
        prefixes[place] = prefix
        rows[place] = row
        list.count = Int32(truncatingIfNeeded: place + moved + 1)
    }

    private func makeNode(_ pool: Int) -> Int32 {
        let slot = pools[pool].allocate()
        precondition(slot < 1 << 28, "at most 2^28 lists of a size are kept")
        return slot << 3 | Int32(truncatingIfNeeded: pool)
    }

    private func grow(_ list: inout List) {
        let old = list
        list.node = makeNode(Int(old.node & 7) + 1)
        let prefixes = writablePrefixes(list)
        prefixes.update(from: self.prefixes(old), count: Int(old.count))
        rows(prefixes, list).update(from: rows(old), count: Int(old.count))
        pools[Int(old.node & 7)].free(old.node >> 3)
    }
}

// MARK: - State

extension RankedLists {
    func code(_ coder: StateCoder) throws(StateDamage) {
        for pool in pools { try pool.code(coder) }
    }
}
