/// Rows in the order of their times: many lists over one ``OrderedIndex``. Rows of one time are in the order in which they
/// came.
///
/// - Complexity: O(log *n*) for each call.
final class TimeLists {
    let index: OrderedIndex
    private let scratch: UnsafeMutableRawPointer

    /// - Parameter summaryBytes: as of ``OrderedIndex``.
    init(summaryBytes: Int = 0) {
        index = OrderedIndex(summaryBytes: summaryBytes)
        scratch = .allocate(byteCount: 16, alignment: 8)
    }

    deinit { scratch.deallocate() }

    /// The key of a time; the next call ends its life.
    @inline(__always)
    private func key(_ time: Int64) -> SortKey {
        scratch.storeBytes(of: (UInt64(bitPattern: time) ^ 1 << 63).bigEndian, as: UInt64.self)
        return SortKey(base: UnsafeRawPointer(scratch), length: 8, orderLength: 8)
    }

    /// The time of the row at a cursor.
    @inline(__always)
    func time(_ cursor: OrderedIndex.Cursor) -> Int64 {
        let bits = UInt64(bigEndian: index.key(cursor).base.loadUnaligned(as: UInt64.self))
        return Int64(bitPattern: bits ^ 1 << 63)
    }

    func insert(_ row: Int32, _ time: Int64, into tree: inout OrderedIndex.Tree) {
        _ = index.insert(key(time), row, into: &tree)
    }

    /// Takes the row at a position out of its list.
    @discardableResult
    func remove(at position: Int, from tree: inout OrderedIndex.Tree) -> Int32 {
        let removed = index.remove(at: position, from: &tree)
        index.release(removed.key)
        return removed.payload
    }

    /// Takes out a row, if it is in the list.
    func remove(_ row: Int32, _ time: Int64, from tree: inout OrderedIndex.Tree) {
        var cursor = self.cursor(from: time, in: tree)
        while cursor.position < tree.count, self.time(cursor) == time {
            if index.payload(cursor) == row {
                remove(at: cursor.position, from: &tree)
                return
            }
            index.advance(&cursor)
        }
    }

    /// How many rows are before a time.
    @inline(__always)
    func count(before time: Int64, in tree: OrderedIndex.Tree) -> Int { index.position(key(time), in: tree) }

    /// How many rows are not after a time.
    @inline(__always)
    func count(upTo time: Int64, in tree: OrderedIndex.Tree) -> Int {
        index.position(key(time), orEqual: true, in: tree)
    }

    /// The first row that is not before a time.
    func cursor(from time: Int64, in tree: OrderedIndex.Tree) -> OrderedIndex.Cursor {
        index.cursor(at: count(before: time, in: tree), in: tree)
    }

    /// Whether a time lies at least `gap` after another one that is not later.
    @inline(__always)
    static func isApart(_ earlier: Int64, _ later: Int64, by gap: Int64) -> Bool {
        UInt64(bitPattern: later &- earlier) >= UInt64(bitPattern: gap)
    }
}
