import MutstreamColumnar

/// Rows that go out: small nodes merge with a neighbour of the same parent.
extension OrderedIndex {
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
    func stepBack(_ leaf: inout Int32) -> Bool {
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

    func removeEntry(_ leaf: Int32, _ index: Int, _ tree: inout Tree) {
        let filled = count(leaf)
        OrderedIndex.close(writablePrefixes(leaf), index, filled)
        OrderedIndex.close(writableKeyReferences(leaf), index, filled)
        OrderedIndex.close(writablePayloads(leaf), index, filled)
        setCount(leaf, filled - 1)
        tree.rows &-= 1
        for level in 0..<depth {
            writableRowsBelow(path[level].node)[path[level].child] &-= 1
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
    func balance(_ node: Int32, _ tree: inout Tree) {
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
    func discard(_ node: Int32) {
        if isLeaf(node) {
            setNext(previous(node), next(node))
            setPrevious(next(node), previous(node))
        }
        free(node)
    }

    /// Appends child `index + 1` of a node to child `index`.
    func merge(_ parent: Int32, _ index: Int) {
        let (left, right) = (payloads(parent)[index], payloads(parent)[index + 1])
        let (filled, moved) = (count(left), count(right))
        let (prefix, key) = (prefixes(parent)[index + 1], keyReferences(parent)[index + 1])
        writablePrefixes(left).advanced(by: filled).update(from: prefixes(right), count: moved)
        writableKeyReferences(left).advanced(by: filled).update(from: keyReferences(right), count: moved)
        writablePayloads(left).advanced(by: filled).update(from: payloads(right), count: moved)
        if isLeaf(left) || moved == 0 || filled == 0 {
            // Of an inner node without children the other one's first key stays unused.
            release(key)
            if !isLeaf(left) { writableRowsBelow(left).advanced(by: filled).update(from: rowsBelow(right), count: moved) }
        } else {
            writablePrefixes(left)[filled] = prefix
            writableKeyReferences(left)[filled] = key
            writableRowsBelow(left).advanced(by: filled).update(from: rowsBelow(right), count: moved)
        }
        setCount(left, filled + moved)
        discard(right)
        let children = count(parent)
        writableRowsBelow(parent)[index] &+= rowsBelow(parent)[index + 1]
        OrderedIndex.close(writablePrefixes(parent), index + 1, children)
        OrderedIndex.close(writableKeyReferences(parent), index + 1, children)
        OrderedIndex.close(writablePayloads(parent), index + 1, children)
        OrderedIndex.close(writableRowsBelow(parent), index + 1, children)
        setCount(parent, children - 1)
    }
}
