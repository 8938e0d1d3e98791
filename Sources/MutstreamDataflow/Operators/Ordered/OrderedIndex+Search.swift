import MutstreamColumnar

/// Positions and cursors.
extension OrderedIndex {
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
