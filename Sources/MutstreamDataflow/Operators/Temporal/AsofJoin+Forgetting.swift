import MutstreamColumnar

/// Rows that go: those that the watermarks have passed, and keys that no row has touched for as long as they may live.
extension AsofJoin {
    /// Left rows that no right row can change any more.
    func expireLeft(_ watermark: Int64) {
        guard let buckets = left.buckets else { return }
        while var row = buckets.pop(before: watermark) {
            while row >= 0 {
                let next = left.store.orderNext(row)
                let group = left.store.group(row)
                var tree = tree(group, left)
                lists.remove(row, left.store.time(row), from: &tree)
                setTree(tree, group, left)
                left.store.free(row)
                row = next
            }
        }
    }

    /// Right rows behind which there is a later one that both watermarks have passed.
    func expireRight(_ watermark: Int64) {
        guard let buckets = right.buckets else { return }
        var groups: [Int32] = []
        var limit = Int64.min
        while var row = buckets.pop(before: watermark) {
            while row >= 0 {
                groups.append(right.store.group(row))
                limit = max(limit, right.store.time(row))
                row = right.store.orderNext(row)
            }
        }
        for group in groups {
            var tree = tree(group, right)
            let passed = lists.count(upTo: limit, in: tree)
            // All but the last of them; those of its own time stay with it only if they came later.
            for _ in 0..<max(0, passed - 1) { right.store.free(lists.remove(at: 0, from: &tree)) }
            if passed > 0 {
                let last = lists.index.payload(lists.index.cursor(at: 0, in: tree))
                right.store.writableHeader(last).storeBytes(of: 1, toByteOffset: AsofJoin.matchAt, as: Int32.self)
            }
            setTree(tree, group, right)
        }
    }

    /// Whether the table has taken a key's number back.
    func isGone(_ group: Int32) -> Bool { table.payload(group).load(as: Int64.self) == -2 }

    /// Takes out keys without rows; a key may be noted more than once.
    func sweep() {
        for group in vacated {
            if isGone(group) || tree(group, left).count > 0 || tree(group, right).count > 0 { continue }
            table.remove(group)
            table.payload(group).storeBytes(of: -2, as: Int64.self)
        }
        vacated.removeAll(keepingCapacity: true)
    }

    // MARK: Keys without a touch

    func forgetIdle(_ lhs: Batch, _ rhs: Batch, _ context: StepContext) {
        guard let forgetting else { return }
        idle?.advance(to: context.clock)
        let due =
            idle?.takeDue { report in
                for (side, batch) in [(left, lhs), (right, rhs)] {
                    side.keys.encode(batch)
                    for row in 0..<batch.count where !side.keys.isRejected(row) { report(table.find(side.keys.key(row))) }
                }
            } ?? []
        let ordinal = idle?.lastOrdinal ?? 0
        for group in due where !isGone(group) {
            if forgetting.left { forgetLeft(group, ordinal, forgetting.takesBack) }
            if forgetting.right { forgetRight(group, ordinal, forgetting.takesBack) }
        }
    }

    private func forgetLeft(_ group: Int32, _ ordinal: Int64, _ takesBack: Bool) {
        var tree = tree(group, left)
        if takesBack {
            forEachLeft(tree) { row in write(row, match(row), 0 &- left.store.weight(row), ordinal) }
        }
        while tree.count > 0 { removeLast(left, from: &tree) }
        setTree(tree, group, left)
    }

    /// Left rows that stay have no partner then.
    private func forgetRight(_ group: Int32, _ ordinal: Int64, _ takesBack: Bool) {
        var tree = tree(group, right)
        if takesBack {
            forEachLeft(self.tree(group, left)) { row in
                let old = match(row)
                guard old >= 0 else { return }
                let weight = left.store.weight(row)
                write(row, old, 0 &- weight, ordinal)
                write(row, -1, weight, ordinal)
                setMatch(row, -1)
            }
        }
        while tree.count > 0 { removeLast(right, from: &tree) }
        setTree(tree, group, right)
    }

    /// Takes the last row of a list out; it is there until the step's rows have left.
    func removeLast(_ side: Side, from tree: inout OrderedIndex.Tree) {
        let row = lists.remove(at: tree.count - 1, from: &tree)
        // Right rows that both watermarks have passed are in no bucket any more.
        if side === left || match(row, of: side) == 0 { side.buckets?.remove(row) }
        side.freed.append(row)
    }

    private func forEachLeft(_ tree: OrderedIndex.Tree, _ body: (Int32) -> Void) {
        if tree.count == 0 { return }
        var cursor = lists.index.cursor(at: 0, in: tree)
        while cursor.position < tree.count {
            body(lists.index.payload(cursor))
            lists.index.advance(&cursor)
        }
    }
}
