import MutstreamColumnar

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Ordered lists of (key bytes, 32-bit payload) with order statistics: many B+-trees over one pool of nodes.
///
/// ```
/// leaf:   | count: 2 | summed: 1 | - | next: 4 | previous: 4 | - | prefix: 8 … | key: 4 … | payload: 4 … | summary |
/// inner:  | count: 2 | summed: 1 | - |                           | prefix: 8 … | key: 4 … | child: 4 …
///                                                                                         | rows below: 4 … | summary |
/// prefix: the first 8 bytes of the key as a number; key: where in the heap | length: 4 | order length: 4 | bytes | lies
/// ```
///
/// An inner node's key *i* is at most those below child *i* and at least those below child *i - 1*; the node owns it. A
/// tree begins as a leaf of 4, becomes one of 16, then one of 64, and splits from then on, so that a million small trees
/// cost no more than their rows. Equal keys are kept, later ones behind. Leaves are chained.
///
/// Each large node may carry a summary of the rows below it, the owner's: the index only says when it is out of date.
///
/// Complexity: insert, remove, search, position: O(log n); next and previous row: O(1).
package final class OrderedIndex {
    /// One list. The owner keeps it.
    @frozen
    package struct Tree: BitwiseCopyable, Sendable {
        var root: Int32 = -1
        var rows: Int32 = 0

        package init() {}
        package var count: Int { Int(rows) }
    }

    /// A place in a list, good until the list changes. `leaf` -1: behind the last row.
    package struct Cursor {
        var leaf: Int32
        var index: Int
        /// Rows before it.
        package internal(set) var position: Int
    }

    /// A kept key, by number.
    package typealias KeyReference = UInt32

    static let leafCapacities = [4, 16, 64]
    static let largeLeaf = 2
    static let innerClass = 3
    static let fanout = 32
    static let headerBytes = 16

    private let pools: [PagedSlots]
    /// The same, read without a reference count.
    private let fastPools: UnsafeMutablePointer<Unmanaged<PagedSlots>>
    private let keys = ByteHeap()
    let summaryBytes: Int
    var keyScratch: UnsafeMutableRawPointer
    var keyScratchBytes = 256
    /// The nodes above the leaf of the last descent, and which child was taken in each.
    let path: UnsafeMutablePointer<(node: Int32, child: Int)>
    /// Whether two equal keys have ever been in one list.
    package internal(set) var hasSeenEqualKeys = false
    var depth = 0
    private static let depthMax = 16

    /// - Parameter summaryBytes: bytes of the owner's in each large node, a multiple of 16.
    package init(summaryBytes: Int = 0) {
        precondition(summaryBytes % 16 == 0, "a summary is a multiple of 16 bytes")
        self.summaryBytes = summaryBytes
        pools =
            OrderedIndex.leafCapacities.enumerated().map { index, capacity in
                PagedSlots(
                    stride: OrderedIndex.headerBytes + capacity * 16 + (index == OrderedIndex.largeLeaf ? summaryBytes : 0))
            } + [PagedSlots(stride: OrderedIndex.headerBytes + OrderedIndex.fanout * 20 + summaryBytes)]
        fastPools = .allocate(capacity: pools.count)
        for (index, pool) in pools.enumerated() { (fastPools + index).initialize(to: .passUnretained(pool)) }
        keyScratch = .allocate(byteCount: keyScratchBytes, alignment: 16)
        path = .allocate(capacity: OrderedIndex.depthMax)
    }

    deinit {
        keyScratch.deallocate()
        path.deallocate()
        fastPools.deallocate()
    }

    /// Bytes of memory held.
    package var bytes: Int { pools.reduce(keys.bytes) { $0 + ($1.pageCount == 0 ? 0 : $1.bytes) } }

    // MARK: Nodes

    @inline(__always)
    func address(_ node: Int32) -> UnsafeRawPointer {
        fastPools[Int(node & 3)]._withUnsafeGuaranteedRef { $0.address(node &>> 2) }
    }
    @inline(__always)
    func writable(_ node: Int32) -> UnsafeMutableRawPointer {
        fastPools[Int(node & 3)]._withUnsafeGuaranteedRef { $0.writable(node &>> 2) }
    }
    @inline(__always)
    func isLeaf(_ node: Int32) -> Bool { node & 3 != Int32(OrderedIndex.innerClass) }
    @inline(__always)
    func capacity(_ node: Int32) -> Int {
        isLeaf(node) ? 4 &<< ((Int(node) & 3) &* 2) : OrderedIndex.fanout
    }
    /// Rows of a leaf, children of an inner node.
    @inline(__always)
    func count(_ node: Int32) -> Int { Int(address(node).load(as: UInt16.self)) }
    @inline(__always)
    func setCount(_ node: Int32, _ count: Int) {
        let at = writable(node)
        at.storeBytes(of: UInt16(truncatingIfNeeded: count), as: UInt16.self)
        at.storeBytes(of: 0, toByteOffset: 2, as: UInt8.self)
    }
    @inline(__always)
    func next(_ leaf: Int32) -> Int32 { address(leaf).load(fromByteOffset: 4, as: Int32.self) }
    @inline(__always)
    func previous(_ leaf: Int32) -> Int32 { address(leaf).load(fromByteOffset: 8, as: Int32.self) }
    @inline(__always)
    func setNext(_ leaf: Int32, _ other: Int32) {
        if leaf >= 0 { writable(leaf).storeBytes(of: other, toByteOffset: 4, as: Int32.self) }
    }
    @inline(__always)
    func setPrevious(_ leaf: Int32, _ other: Int32) {
        if leaf >= 0 { writable(leaf).storeBytes(of: other, toByteOffset: 8, as: Int32.self) }
    }
    @inline(__always)
    func prefixes(_ node: Int32) -> UnsafePointer<UInt64> {
        (address(node) + OrderedIndex.headerBytes).assumingMemoryBound(to: UInt64.self)
    }
    @inline(__always)
    func keyReferences(_ node: Int32) -> UnsafePointer<UInt32> {
        (address(node) + (OrderedIndex.headerBytes + capacity(node) &* 8)).assumingMemoryBound(to: UInt32.self)
    }
    /// Payloads of a leaf, children of an inner node.
    @inline(__always)
    func payloads(_ node: Int32) -> UnsafePointer<Int32> {
        (address(node) + (OrderedIndex.headerBytes + capacity(node) &* 12)).assumingMemoryBound(to: Int32.self)
    }
    /// Rows below each child of an inner node.
    @inline(__always)
    func rowsBelow(_ inner: Int32) -> UnsafePointer<Int32> {
        (address(inner) + (OrderedIndex.headerBytes + OrderedIndex.fanout &* 16)).assumingMemoryBound(to: Int32.self)
    }

    // The same for writing, until the step ends.
    @inline(__always)
    func writablePrefixes(_ node: Int32) -> UnsafeMutablePointer<UInt64> {
        (writable(node) + OrderedIndex.headerBytes).assumingMemoryBound(to: UInt64.self)
    }
    @inline(__always)
    func writableKeyReferences(_ node: Int32) -> UnsafeMutablePointer<UInt32> {
        (writable(node) + (OrderedIndex.headerBytes + capacity(node) &* 8)).assumingMemoryBound(to: UInt32.self)
    }
    @inline(__always)
    func writablePayloads(_ node: Int32) -> UnsafeMutablePointer<Int32> {
        (writable(node) + (OrderedIndex.headerBytes + capacity(node) &* 12)).assumingMemoryBound(to: Int32.self)
    }
    @inline(__always)
    func writableRowsBelow(_ inner: Int32) -> UnsafeMutablePointer<Int32> {
        (writable(inner) + (OrderedIndex.headerBytes + OrderedIndex.fanout &* 16)).assumingMemoryBound(to: Int32.self)
    }

    /// Whether a node has room for a summary.
    @inline(__always)
    func hasSummary(_ node: Int32) -> Bool { node & 3 >= Int32(OrderedIndex.largeLeaf) }
    @inline(__always)
    func summary(_ node: Int32) -> UnsafeMutableRawPointer {
        writable(node) + (OrderedIndex.headerBytes + (isLeaf(node) ? 64 &* 16 : OrderedIndex.fanout &* 20))
    }
    @inline(__always)
    func isSummed(_ node: Int32) -> Bool { address(node).load(fromByteOffset: 2, as: UInt8.self) != 0 }
    @inline(__always)
    func setSummed(_ node: Int32, _ isSummed: Bool) {
        writable(node).storeBytes(of: isSummed ? 1 : 0, toByteOffset: 2, as: UInt8.self)
    }

    func makeNode(_ index: Int) -> Int32 {
        let number = pools[index].allocate()
        precondition(number < 1 << 29, "an index holds at most 2^29 nodes of a kind")
        let node = number << 2 | Int32(truncatingIfNeeded: index)
        setCount(node, 0)
        setNext(node, -1)
        setPrevious(node, -1)
        return node
    }

    func free(_ node: Int32) { pools[Int(node & 3)].free(node >> 2) }

    // MARK: Keys

    /// A kept key.
    @inline(__always)
    package func key(_ reference: KeyReference) -> SortKey {
        let at = keys.address(reference)
        return SortKey(
            base: UnsafeRawPointer(at + 8), length: Int(at.load(as: UInt32.self)),
            orderLength: Int(at.load(fromByteOffset: 4, as: UInt32.self)))
    }

    func keep(_ key: SortKey) -> KeyReference {
        precondition(key.length < Int(UInt32.max) - 8, "a key is shorter than 4 GiB")
        if key.length + 8 > keyScratchBytes {
            keyScratch.deallocate()
            keyScratchBytes = (key.length + 8) * 2
            keyScratch = .allocate(byteCount: keyScratchBytes, alignment: 16)
        }
        keyScratch.storeBytes(of: UInt32(truncatingIfNeeded: key.length), as: UInt32.self)
        keyScratch.storeBytes(of: UInt32(truncatingIfNeeded: key.orderLength), toByteOffset: 4, as: UInt32.self)
        (keyScratch + 8).copyMemory(from: key.base, byteCount: key.length)
        return keys.insert(keyScratch, key.length + 8)
    }

    /// Gives up the key of a removed row.
    package func release(_ reference: KeyReference) {
        keys.free(reference, key(reference).length + 8)
    }

    @inline(__always)
    static func prefix(_ key: SortKey) -> UInt64 {
        if key.length >= 8 { return UInt64(bigEndian: key.base.loadUnaligned(as: UInt64.self)) }
        var result: UInt64 = 0
        for index in 0..<key.length {
            result |= UInt64(key.base.load(fromByteOffset: index, as: UInt8.self)) << UInt64(56 - 8 * index)
        }
        return result
    }

    /// Below 0 where `lhs` comes first, 0 where they are equal.
    package static func compare(_ lhs: SortKey, _ rhs: SortKey) -> Int {
        let order = memcmp(lhs.base, rhs.base, min(lhs.length, rhs.length))
        return order != 0 ? Int(order) : lhs.length &- rhs.length
    }

    /// Whether two keys agree in their order part.
    package static func arePeers(_ lhs: SortKey, _ rhs: SortKey) -> Bool {
        lhs.orderLength == rhs.orderLength && memcmp(lhs.base, rhs.base, lhs.orderLength) == 0
    }

    /// The first index from `low` on whose key is above `key`, or, with `orEqual`, not below it. Binary search.
    @inline(__always)
    func search(_ node: Int32, from low: Int, _ prefix: UInt64, _ key: SortKey, orEqual: Bool) -> Int {
        let at = address(node)
        let prefixes = (at + OrderedIndex.headerBytes).assumingMemoryBound(to: UInt64.self)
        let references = (prefixes + capacity(node)).withMemoryRebound(to: UInt32.self, capacity: 1) { $0 }
        var (low, high) = (low, Int(at.load(as: UInt16.self)))
        while low < high {
            let middle = (low &+ high) &>> 1
            let other = prefixes[middle]
            let isBefore: Bool
            if other != prefix {
                isBefore = other < prefix
            } else {
                let order = OrderedIndex.compare(self.key(references[middle]), key)
                isBefore = order < 0 || order == 0 && !orEqual
            }
            if isBefore { low = middle &+ 1 } else { high = middle }
        }
        return low
    }
}

// MARK: - State

extension OrderedIndex {
    func code(_ coder: StateCoder) throws(StateDamage) {
        for pool in pools { try pool.code(coder) }
        try keys.code(coder)
        try coder.code(&hasSeenEqualKeys)
    }
}
