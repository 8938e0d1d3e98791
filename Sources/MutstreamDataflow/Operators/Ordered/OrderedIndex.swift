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
    private let keys = ByteHeap()
    let summaryBytes: Int
    private var keyScratch: UnsafeMutableRawPointer
    private var keyScratchBytes = 256
    /// The nodes above the leaf of the last descent, and which child was taken in each.
    private let path: UnsafeMutablePointer<(node: Int32, child: Int)>
    /// Whether two equal keys have ever been in one list.
    package private(set) var hasSeenEqualKeys = false
    private var depth = 0
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
        keyScratch = .allocate(byteCount: keyScratchBytes, alignment: 16)
        path = .allocate(capacity: OrderedIndex.depthMax)
    }

    deinit {
        keyScratch.deallocate()
        path.deallocate()
    }

    /// Bytes of memory held.
    package var bytes: Int { pools.reduce(keys.bytes) { $0 + ($1.pageCount == 0 ? 0 : $1.bytes) } }

    // MARK: Nodes

    @inline(__always)
    func address(_ node: Int32) -> UnsafeMutableRawPointer { pools[Int(node & 3)].address(node &>> 2) }
    @inline(__always)
    func isLeaf(_ node: Int32) -> Bool { node & 3 != Int32(OrderedIndex.innerClass) }
    @inline(__always)
    private func capacity(_ node: Int32) -> Int {
        isLeaf(node) ? OrderedIndex.leafCapacities[Int(node & 3)] : OrderedIndex.fanout
    }
    /// Rows of a leaf, children of an inner node.
    @inline(__always)
    func count(_ node: Int32) -> Int { Int(address(node).load(as: UInt16.self)) }
    @inline(__always)
    private func setCount(_ node: Int32, _ count: Int) {
        let at = pools[Int(node & 3)].writable(node &>> 2)
        at.storeBytes(of: UInt16(truncatingIfNeeded: count), as: UInt16.self)
        at.storeBytes(of: 0, toByteOffset: 2, as: UInt8.self)
    }
    @inline(__always)
    private func next(_ leaf: Int32) -> Int32 { address(leaf).load(fromByteOffset: 4, as: Int32.self) }
    @inline(__always)
    private func previous(_ leaf: Int32) -> Int32 { address(leaf).load(fromByteOffset: 8, as: Int32.self) }
    @inline(__always)
    private func setNext(_ leaf: Int32, _ other: Int32) {
        if leaf >= 0 { address(leaf).storeBytes(of: other, toByteOffset: 4, as: Int32.self) }
    }
    @inline(__always)
    private func setPrevious(_ leaf: Int32, _ other: Int32) {
        if leaf >= 0 { address(leaf).storeBytes(of: other, toByteOffset: 8, as: Int32.self) }
    }
    @inline(__always)
    private func prefixes(_ node: Int32) -> UnsafeMutablePointer<UInt64> {
        (address(node) + OrderedIndex.headerBytes).assumingMemoryBound(to: UInt64.self)
    }
    @inline(__always)
    private func keyReferences(_ node: Int32) -> UnsafeMutablePointer<UInt32> {
        (address(node) + (OrderedIndex.headerBytes + capacity(node) &* 8)).assumingMemoryBound(to: UInt32.self)
    }
    /// Payloads of a leaf, children of an inner node.
    @inline(__always)
    func payloads(_ node: Int32) -> UnsafeMutablePointer<Int32> {
        (address(node) + (OrderedIndex.headerBytes + capacity(node) &* 12)).assumingMemoryBound(to: Int32.self)
    }
    /// Rows below each child of an inner node.
    @inline(__always)
    func rowsBelow(_ inner: Int32) -> UnsafeMutablePointer<Int32> {
        (address(inner) + (OrderedIndex.headerBytes + OrderedIndex.fanout &* 16)).assumingMemoryBound(to: Int32.self)
    }

    /// Whether a node has room for a summary.
    @inline(__always)
    func hasSummary(_ node: Int32) -> Bool { node & 3 >= Int32(OrderedIndex.largeLeaf) }
    @inline(__always)
    func summary(_ node: Int32) -> UnsafeMutableRawPointer {
        address(node) + (OrderedIndex.headerBytes + (isLeaf(node) ? 64 &* 16 : OrderedIndex.fanout &* 20))
    }
    @inline(__always)
    func isSummed(_ node: Int32) -> Bool { address(node).load(fromByteOffset: 2, as: UInt8.self) != 0 }
    @inline(__always)
    func setSummed(_ node: Int32, _ isSummed: Bool) {
        pools[Int(node & 3)].writable(node &>> 2).storeBytes(of: isSummed ? 1 : 0, toByteOffset: 2, as: UInt8.self)
    }

    private func makeNode(_ index: Int) -> Int32 {
        let number = pools[index].allocate()
        precondition(number < 1 << 29, "an index holds at most 2^29 nodes of a kind")
        let node = number << 2 | Int32(truncatingIfNeeded: index)
        setCount(node, 0)
        setNext(node, -1)
        setPrevious(node, -1)
        return node
    }

    private func free(_ node: Int32) { pools[Int(node & 3)].free(node >> 2) }

    // MARK: Keys

    /// A kept key.
    @inline(__always)
    package func key(_ reference: KeyReference) -> SortKey {
        let at = keys.address(reference)
        return SortKey(
            base: UnsafeRawPointer(at + 8), length: Int(at.load(as: UInt32.self)),
            orderLength: Int(at.load(fromByteOffset: 4, as: UInt32.self)))
    }

    private func keep(_ key: SortKey) -> KeyReference {
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
    private static func prefix(_ key: SortKey) -> UInt64 {
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
    private func search(_ node: Int32, from low: Int, _ prefix: UInt64, _ key: SortKey, orEqual: Bool) -> Int {
        let (prefixes, references) = (prefixes(node), keyReferences(node))
        var (low, high) = (low, count(node))
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

    // MARK: Change

    /// Adds a row behind those with an equal key. The reference is that of the kept key, good until ``release(_:)``.
    @discardableResult
    package func insert(_ key: SortKey, _ payload: Int32, into tree: inout Tree) -> KeyReference {
        let prefix = OrderedIndex.prefix(key)
        let reference = keep(key)
        if tree.root < 0 { tree.root = makeNode(0) }
        tree.rows &+= 1
        var node = tree.root
        var (parent, place): (Int32, Int) = (-1, 0)
        while !isLeaf(node) {
            var child = search(node, from: 1, prefix, key, orEqual: false) &- 1
            if count(node) == OrderedIndex.fanout {
                let cut = child == OrderedIndex.fanout - 1 ? child : OrderedIndex.fanout / 2
                let right = splitInner(node, at: cut, below: parent, place, &tree)
                if child >= cut {
                    if parent < 0 { parent = tree.root }
                    // The row was counted below the left half.
                    let rows = rowsBelow(parent)
                    rows[place] &-= 1
                    rows[place &+ 1] &+= 1
                    node = right
                    child -= cut
                }
            }
            rowsBelow(node)[child] &+= 1
            setSummed(node, false)
            (parent, place) = (node, child)
            node = payloads(node)[child]
        }
        insertIntoLeaf(node, prefix, reference, payload, key, below: parent, place, &tree)
        return reference
    }

    private func insertIntoLeaf(
        _ leaf: Int32, _ prefix: UInt64, _ reference: KeyReference, _ payload: Int32, _ key: SortKey,
        below parent: Int32, _ place: Int, _ tree: inout Tree
    ) {
        var node = leaf
        let filled = count(node)
        var index = search(node, from: 0, prefix, key, orEqual: false)
        if filled == capacity(node) {
            if Int(node & 3) < OrderedIndex.largeLeaf {
                node = resize(node, to: Int(node & 3) + 1, &tree)
            } else {
                // Rows that come in order fill their leaves.
                let cut = index == filled && next(node) < 0 ? filled : filled / 2
                let right = splitLeaf(node, at: cut)
                let isRight = index >= cut
                let first = isRight && index == cut ? key : self.key(keyReferences(right)[0])
                attach(right, behind: node, first, counted: isRight, below: parent, place, &tree)
                if isRight {
                    node = right
                    index -= cut
                }
            }
        }
        let filledNow = count(node)
        if !hasSeenEqualKeys, index > 0, prefixes(node)[index - 1] == prefix,
            OrderedIndex.compare(self.key(keyReferences(node)[index - 1]), key) == 0
        {
            hasSeenEqualKeys = true
        }
        OrderedIndex.open(prefixes(node), index, filledNow)
        OrderedIndex.open(keyReferences(node), index, filledNow)
        OrderedIndex.open(payloads(node), index, filledNow)
        prefixes(node)[index] = prefix
        keyReferences(node)[index] = reference
        payloads(node)[index] = payload
        setCount(node, filledNow + 1)
    }

    /// Puts a new right sibling of a leaf into its parent. The counts include a new row, in the right half or the left.
    private func attach(
        _ right: Int32, behind left: Int32, _ first: SortKey, counted isRight: Bool, below parent: Int32, _ place: Int,
        _ tree: inout Tree
    ) {
        let own = Int32(truncatingIfNeeded: count(right)) &+ (isRight ? 1 : 0)
        if parent < 0 {
            tree.root = makeRoot(left, rows: tree.rows &- own)
            addChild(right, first, rows: own, to: tree.root, at: 1)
        } else {
            rowsBelow(parent)[place] &-= own
            addChild(right, first, rows: own, to: parent, at: place + 1)
        }
    }

    private func makeRoot(_ child: Int32, rows: Int32) -> Int32 {
        let root = makeNode(OrderedIndex.innerClass)
        prefixes(root)[0] = 0
        keyReferences(root)[0] = .max
        payloads(root)[0] = child
        rowsBelow(root)[0] = rows
        setCount(root, 1)
        return root
    }

    private func addChild(_ child: Int32, _ first: SortKey, rows: Int32, to inner: Int32, at index: Int) {
        addChild(child, OrderedIndex.prefix(first), keep(first), rows: rows, to: inner, at: index)
    }

    private func addChild(
        _ child: Int32, _ prefix: UInt64, _ key: KeyReference, rows: Int32, to inner: Int32, at index: Int
    ) {
        let filled = count(inner)
        OrderedIndex.open(prefixes(inner), index, filled)
        OrderedIndex.open(keyReferences(inner), index, filled)
        OrderedIndex.open(payloads(inner), index, filled)
        OrderedIndex.open(rowsBelow(inner), index, filled)
        prefixes(inner)[index] = prefix
        keyReferences(inner)[index] = key
        payloads(inner)[index] = child
        rowsBelow(inner)[index] = rows
        setCount(inner, filled + 1)
    }

    @inline(__always)
    private static func open<T: BitwiseCopyable>(_ values: UnsafeMutablePointer<T>, _ index: Int, _ count: Int) {
        (values + index + 1).update(from: values + index, count: count &- index)
    }

    @inline(__always)
    private static func close<T: BitwiseCopyable>(_ values: UnsafeMutablePointer<T>, _ index: Int, _ count: Int) {
        (values + index).update(from: values + index + 1, count: count &- index &- 1)
    }

    /// A root leaf in a node of another size.
    private func resize(_ leaf: Int32, to index: Int, _ tree: inout Tree) -> Int32 {
        let fresh = makeNode(index)
        let filled = count(leaf)
        prefixes(fresh).update(from: prefixes(leaf), count: filled)
        keyReferences(fresh).update(from: keyReferences(leaf), count: filled)
        payloads(fresh).update(from: payloads(leaf), count: filled)
        setCount(fresh, filled)
        free(leaf)
        tree.root = fresh
        return fresh
    }

    /// Moves the rows from `cut` on into a new leaf behind.
    private func splitLeaf(_ left: Int32, at cut: Int) -> Int32 {
        let right = makeNode(OrderedIndex.largeLeaf)
        let moved = count(left) - cut
        prefixes(right).update(from: prefixes(left) + cut, count: moved)
        keyReferences(right).update(from: keyReferences(left) + cut, count: moved)
        payloads(right).update(from: payloads(left) + cut, count: moved)
        setCount(right, moved)
        setCount(left, cut)
        setNext(right, next(left))
        setPrevious(right, left)
        setPrevious(next(left), right)
        setNext(left, right)
        return right
    }

    /// Moves the children from `cut` on into a new node behind, which joins the parent (a new root, if there is none).
    private func splitInner(
        _ left: Int32, at cut: Int, below parent: Int32, _ place: Int, _ tree: inout Tree
    ) -> Int32 {
        let right = makeNode(OrderedIndex.innerClass)
        let moved = count(left) - cut
        let (firstPrefix, firstKey) = (prefixes(left)[cut], keyReferences(left)[cut])
        prefixes(right).update(from: prefixes(left) + cut, count: moved)
        keyReferences(right).update(from: keyReferences(left) + cut, count: moved)
        payloads(right).update(from: payloads(left) + cut, count: moved)
        rowsBelow(right).update(from: rowsBelow(left) + cut, count: moved)
        setCount(right, moved)
        setCount(left, cut)
        prefixes(right)[0] = 0
        keyReferences(right)[0] = .max
        var rows: Int32 = 0
        for index in 0..<moved { rows &+= rowsBelow(right)[index] }
        var (above, index) = (parent, place)
        if above < 0 {
            above = makeRoot(left, rows: tree.rows)
            tree.root = above
            index = 0
        }
        rowsBelow(above)[index] &-= rows
        addChild(right, firstPrefix, firstKey, rows: rows, to: above, at: index + 1)
        return right
    }

    /// Takes the last of the rows with this key out of a list; nil where there is none. The caller releases the key.
    package func remove(_ key: SortKey, from tree: inout Tree) -> (payload: Int32, key: KeyReference)? {
        guard tree.root >= 0 else { return nil }
        let prefix = OrderedIndex.prefix(key)
        depth = 0
        var node = tree.root
        while !isLeaf(node) {
            let child = search(node, from: 1, prefix, key, orEqual: false) &- 1
            path[depth] = (node, child)
            depth += 1
            node = payloads(node)[child]
        }
        var index = search(node, from: 0, prefix, key, orEqual: false) - 1
        if index < 0 {
            // What lay here may have gone: the row before is in the leaf before.
            guard stepBack(&node) else { return nil }
            index = count(node) - 1
        }
        guard prefixes(node)[index] == prefix, OrderedIndex.compare(self.key(keyReferences(node)[index]), key) == 0 else {
            return nil
        }
        let removed = (payloads(node)[index], keyReferences(node)[index])
        removeEntry(node, index, &tree)
        return removed
    }

    /// Takes the row at a position out of a list.
    package func remove(at position: Int, from tree: inout Tree) -> (payload: Int32, key: KeyReference) {
        precondition(position >= 0 && position < tree.count, "a position within the list")
        depth = 0
        var node = tree.root
        var rest = Int32(truncatingIfNeeded: position)
        while !isLeaf(node) {
            let rows = rowsBelow(node)
            var child = 0
            while rest >= rows[child] {
                rest &-= rows[child]
                child += 1
            }
            path[depth] = (node, child)
            depth += 1
            node = payloads(node)[child]
        }
        let index = Int(rest)
        let removed = (payloads(node)[index], keyReferences(node)[index])
        removeEntry(node, index, &tree)
        return removed
    }

    /// Moves the path to the leaf before; false at the first one.
    private func stepBack(_ leaf: inout Int32) -> Bool {
        var level = depth - 1
        while level >= 0, path[level].child == 0 { level -= 1 }
        guard level >= 0 else { return false }
        path[level].child -= 1
        depth = level + 1
        var node = payloads(path[level].node)[path[level].child]
        while !isLeaf(node) {
            path[depth] = (node, count(node) - 1)
            depth += 1
            node = payloads(node)[count(node) - 1]
        }
        leaf = node
        return true
    }

    private func removeEntry(_ leaf: Int32, _ index: Int, _ tree: inout Tree) {
        let filled = count(leaf)
        OrderedIndex.close(prefixes(leaf), index, filled)
        OrderedIndex.close(keyReferences(leaf), index, filled)
        OrderedIndex.close(payloads(leaf), index, filled)
        setCount(leaf, filled - 1)
        tree.rows &-= 1
        for level in 0..<depth {
            rowsBelow(path[level].node)[path[level].child] &-= 1
            setSummed(path[level].node, false)
        }
        if depth == 0 {
            if filled == 1 {
                free(leaf)
                tree.root = -1
            } else if Int(leaf & 3) > 0, (filled - 1) * 8 <= capacity(leaf) {
                _ = resize(leaf, to: Int(leaf & 3) - 1, &tree)
            }
        } else if filled - 1 < 16 {
            balance(leaf, &tree)
        }
    }

    /// Merges a small node with a neighbour of the same parent where both fit well into one, and so on upwards.
    private func balance(_ node: Int32, _ tree: inout Tree) {
        var node = node
        var level = depth - 1
        while level >= 0 {
            let (parent, child) = path[level]
            let filled = count(node)
            if count(parent) == 1 {
                if filled > 0 { break }
                // An only child without rows goes, and its parent becomes the empty node.
                discard(node)
                setCount(parent, 0)
                if level == 0 {
                    free(parent)
                    tree.root = -1
                    return
                }
            } else {
                let limit = filled == 0 ? capacity(node) : capacity(node) * 3 / 4
                let siblings = payloads(parent)
                if child + 1 < count(parent), filled + count(siblings[child + 1]) <= limit {
                    merge(parent, child)
                } else if child > 0, filled + count(siblings[child - 1]) <= limit {
                    merge(parent, child - 1)
                } else {
                    break
                }
            }
            node = parent
            level -= 1
            if count(node) >= OrderedIndex.fanout / 4 { break }
        }
        while tree.root >= 0, !isLeaf(tree.root), count(tree.root) == 1 {
            let root = tree.root
            tree.root = payloads(root)[0]
            free(root)
        }
    }

    /// Takes a leaf out of the chain and frees its node.
    private func discard(_ node: Int32) {
        if isLeaf(node) {
            setNext(previous(node), next(node))
            setPrevious(next(node), previous(node))
        }
        free(node)
    }

    /// Appends child `index + 1` of a node to child `index`.
    private func merge(_ parent: Int32, _ index: Int) {
        let (left, right) = (payloads(parent)[index], payloads(parent)[index + 1])
        let (filled, moved) = (count(left), count(right))
        let (prefix, key) = (prefixes(parent)[index + 1], keyReferences(parent)[index + 1])
        prefixes(left).advanced(by: filled).update(from: prefixes(right), count: moved)
        keyReferences(left).advanced(by: filled).update(from: keyReferences(right), count: moved)
        payloads(left).advanced(by: filled).update(from: payloads(right), count: moved)
        if isLeaf(left) || moved == 0 || filled == 0 {
            // Of an inner node without children the other one's first key stays unused.
            release(key)
            if !isLeaf(left) { rowsBelow(left).advanced(by: filled).update(from: rowsBelow(right), count: moved) }
        } else {
            prefixes(left)[filled] = prefix
            keyReferences(left)[filled] = key
            rowsBelow(left).advanced(by: filled).update(from: rowsBelow(right), count: moved)
        }
        setCount(left, filled + moved)
        discard(right)
        let children = count(parent)
        rowsBelow(parent)[index] &+= rowsBelow(parent)[index + 1]
        OrderedIndex.close(prefixes(parent), index + 1, children)
        OrderedIndex.close(keyReferences(parent), index + 1, children)
        OrderedIndex.close(payloads(parent), index + 1, children)
        OrderedIndex.close(rowsBelow(parent), index + 1, children)
        setCount(parent, children - 1)
    }

    // MARK: Search

    /// Rows whose keys are below `key`; with `orEqual` also those equal to it. With the order part of a key for `key`
    /// that is the position of its first peer.
    package func position(_ key: SortKey, orEqual: Bool = false, in tree: Tree) -> Int {
        guard tree.root >= 0 else { return 0 }
        let prefix = OrderedIndex.prefix(key)
        var node = tree.root
        var position = 0
        while !isLeaf(node) {
            let child = search(node, from: 1, prefix, key, orEqual: !orEqual) &- 1
            let rows = rowsBelow(node)
            for index in 0..<child { position &+= Int(rows[index]) }
            node = payloads(node)[child]
        }
        return position &+ search(node, from: 0, prefix, key, orEqual: !orEqual)
    }

    /// The row at a position from 0 to the count of rows, where the latter is the place behind the last row.
    package func cursor(at position: Int, in tree: Tree) -> Cursor {
        guard position >= 0, position < tree.count else { return Cursor(leaf: -1, index: 0, position: tree.count) }
        var node = tree.root
        var rest = Int32(truncatingIfNeeded: position)
        while !isLeaf(node) {
            let rows = rowsBelow(node)
            var child = 0
            while rest >= rows[child] {
                rest &-= rows[child]
                child += 1
            }
            node = payloads(node)[child]
        }
        return Cursor(leaf: node, index: Int(rest), position: position)
    }

    /// The last row of a list that is not empty.
    package func last(_ tree: Tree) -> Cursor {
        var node = tree.root
        while !isLeaf(node) { node = payloads(node)[count(node) &- 1] }
        return Cursor(leaf: node, index: count(node) &- 1, position: tree.count &- 1)
    }

    /// The order of an order part against the order part of a row: below 0, 0 or above 0.
    package func compareOrder(_ order: SortKey, _ cursor: Cursor) -> Int {
        if order.length >= 8 {
            // The first bytes decide most of the time.
            let (lhs, rhs) = (OrderedIndex.prefix(order), prefixes(cursor.leaf)[cursor.index])
            if lhs != rhs { return lhs < rhs ? -1 : 1 }
        }
        return OrderedIndex.compare(order, key(cursor).order)
    }

    /// The position behind the peers of a key.
    package func peersEnd(_ key: SortKey, in tree: Tree) -> Int {
        // Every peer goes on with the mark of a column, which is less than FF, or ends.
        let length = key.orderLength + 1
        if length > keyScratchBytes {
            keyScratch.deallocate()
            keyScratchBytes = length * 2
            keyScratch = .allocate(byteCount: keyScratchBytes, alignment: 16)
        }
        keyScratch.copyMemory(from: key.base, byteCount: key.orderLength)
        keyScratch.storeBytes(of: 0xFF, toByteOffset: key.orderLength, as: UInt8.self)
        let end = SortKey(base: UnsafeRawPointer(keyScratch), length: length, orderLength: length)
        return position(end, in: tree)
    }

    @inline(__always)
    package func payload(_ cursor: Cursor) -> Int32 { payloads(cursor.leaf)[cursor.index] }
    @inline(__always)
    package func key(_ cursor: Cursor) -> SortKey { key(keyReferences(cursor.leaf)[cursor.index]) }

    /// One row on; not from the place behind the last row.
    @inline(__always)
    package func advance(_ cursor: inout Cursor) {
        cursor.position &+= 1
        cursor.index &+= 1
        if cursor.index == count(cursor.leaf) {
            cursor.leaf = next(cursor.leaf)
            cursor.index = 0
        }
    }

    /// One row back; not from the first row.
    package func retreat(_ cursor: inout Cursor, in tree: Tree) {
        if cursor.leaf < 0 || cursor.index == 0 && previous(cursor.leaf) < 0 {
            cursor = self.cursor(at: cursor.position - 1, in: tree)
            return
        }
        cursor.position &-= 1
        if cursor.index == 0 {
            cursor.leaf = previous(cursor.leaf)
            cursor.index = count(cursor.leaf)
        }
        cursor.index &-= 1
    }

    /// Gives up all nodes and keys of a list.
    package func removeAll(_ tree: inout Tree) {
        while tree.count > 0 { release(remove(at: tree.count - 1, from: &tree).key) }
    }
}
