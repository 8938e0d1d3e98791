import MutstreamColumnar

/// Rows that come in: leaves grow and split; full inner nodes split on the way down.
extension OrderedIndex {
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
                    let rows = writableRowsBelow(parent)
                    rows[place] &-= 1
                    rows[place &+ 1] &+= 1
                    node = right
                    child -= cut
                }
            }
            writableRowsBelow(node)[child] &+= 1
            setSummed(node, false)
            (parent, place) = (node, child)
            node = payloads(node)[child]
        }
        insertIntoLeaf(node, prefix, reference, payload, key, below: parent, place, &tree)
        return reference
    }

    func insertIntoLeaf(
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
        let (prefixes, references, payloads) = (
            writablePrefixes(node), writableKeyReferences(node), writablePayloads(node)
        )
        let filledNow = count(node)
        if !hasSeenEqualKeys, index > 0, prefixes[index - 1] == prefix,
            OrderedIndex.compare(self.key(references[index - 1]), key) == 0
        {
            hasSeenEqualKeys = true
        }
        OrderedIndex.open(prefixes, index, filledNow)
        OrderedIndex.open(references, index, filledNow)
        OrderedIndex.open(payloads, index, filledNow)
        prefixes[index] = prefix
        references[index] = reference
        payloads[index] = payload
        setCount(node, filledNow + 1)
    }

    /// Puts a new right sibling of a leaf into its parent. The counts include a new row, in the right half or the left.
    func attach(
        _ right: Int32, behind left: Int32, _ first: SortKey, counted isRight: Bool, below parent: Int32, _ place: Int,
        _ tree: inout Tree
    ) {
        let own = Int32(truncatingIfNeeded: count(right)) &+ (isRight ? 1 : 0)
        if parent < 0 {
            tree.root = makeRoot(left, rows: tree.rows &- own)
            addChild(right, first, rows: own, to: tree.root, at: 1)
        } else {
            writableRowsBelow(parent)[place] &-= own
            addChild(right, first, rows: own, to: parent, at: place + 1)
        }
    }

    func makeRoot(_ child: Int32, rows: Int32) -> Int32 {
        let root = makeNode(OrderedIndex.innerClass)
        writablePrefixes(root)[0] = 0
        writableKeyReferences(root)[0] = .max
        writablePayloads(root)[0] = child
        writableRowsBelow(root)[0] = rows
        setCount(root, 1)
        return root
    }

    func addChild(_ child: Int32, _ first: SortKey, rows: Int32, to inner: Int32, at index: Int) {
        addChild(child, OrderedIndex.prefix(first), keep(first), rows: rows, to: inner, at: index)
    }

    func addChild(
        _ child: Int32, _ prefix: UInt64, _ key: KeyReference, rows: Int32, to inner: Int32, at index: Int
    ) {
        let filled = count(inner)
        OrderedIndex.open(writablePrefixes(inner), index, filled)
        OrderedIndex.open(writableKeyReferences(inner), index, filled)
        OrderedIndex.open(writablePayloads(inner), index, filled)
        OrderedIndex.open(writableRowsBelow(inner), index, filled)
        writablePrefixes(inner)[index] = prefix
        writableKeyReferences(inner)[index] = key
        writablePayloads(inner)[index] = child
        writableRowsBelow(inner)[index] = rows
        setCount(inner, filled + 1)
    }

    @inline(__always)
    static func open<T: BitwiseCopyable>(_ values: UnsafeMutablePointer<T>, _ index: Int, _ count: Int) {
        (values + index + 1).update(from: values + index, count: count &- index)
    }

    @inline(__always)
    static func close<T: BitwiseCopyable>(_ values: UnsafeMutablePointer<T>, _ index: Int, _ count: Int) {
        (values + index).update(from: values + index + 1, count: count &- index &- 1)
    }

    /// A root leaf in a node of another size.
    func resize(_ leaf: Int32, to index: Int, _ tree: inout Tree) -> Int32 {
        let fresh = makeNode(index)
        let filled = count(leaf)
        writablePrefixes(fresh).update(from: prefixes(leaf), count: filled)
        writableKeyReferences(fresh).update(from: keyReferences(leaf), count: filled)
        writablePayloads(fresh).update(from: payloads(leaf), count: filled)
        setCount(fresh, filled)
        free(leaf)
        tree.root = fresh
        return fresh
    }

    /// Moves the rows from `cut` on into a new leaf behind.
    func splitLeaf(_ left: Int32, at cut: Int) -> Int32 {
        let right = makeNode(OrderedIndex.largeLeaf)
        let moved = count(left) - cut
        writablePrefixes(right).update(from: prefixes(left) + cut, count: moved)
        writableKeyReferences(right).update(from: keyReferences(left) + cut, count: moved)
        writablePayloads(right).update(from: payloads(left) + cut, count: moved)
        setCount(right, moved)
        setCount(left, cut)
        setNext(right, next(left))
        setPrevious(right, left)
        setPrevious(next(left), right)
        setNext(left, right)
        return right
    }

    /// Moves the children from `cut` on into a new node behind, which joins the parent (a new root, if there is none).
    func splitInner(
        _ left: Int32, at cut: Int, below parent: Int32, _ place: Int, _ tree: inout Tree
    ) -> Int32 {
        let right = makeNode(OrderedIndex.innerClass)
        let moved = count(left) - cut
        let (firstPrefix, firstKey) = (prefixes(left)[cut], keyReferences(left)[cut])
        writablePrefixes(right).update(from: prefixes(left) + cut, count: moved)
        writableKeyReferences(right).update(from: keyReferences(left) + cut, count: moved)
        writablePayloads(right).update(from: payloads(left) + cut, count: moved)
        writableRowsBelow(right).update(from: rowsBelow(left) + cut, count: moved)
        setCount(right, moved)
        setCount(left, cut)
        writablePrefixes(right)[0] = 0
        writableKeyReferences(right)[0] = .max
        var rows: Int32 = 0
        for index in 0..<moved { rows &+= rowsBelow(right)[index] }
        var (above, index) = (parent, place)
        if above < 0 {
            above = makeRoot(left, rows: tree.rows)
            tree.root = above
            index = 0
        }
        writableRowsBelow(above)[index] &-= rows
        addChild(right, firstPrefix, firstKey, rows: rows, to: above, at: index + 1)
        return right
    }
}
