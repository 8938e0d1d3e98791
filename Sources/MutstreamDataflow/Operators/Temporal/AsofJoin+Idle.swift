import MutstreamColumnar

/// Keys that no row has touched for as long as they may live.
extension AsofJoin {
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

    private func forEachLeft(_ tree: OrderedIndex.Tree, _ body: (Int32) -> Void) {
        if tree.count == 0 { return }
        var cursor = lists.index.cursor(at: 0, in: tree)
        while cursor.position < tree.count {
            body(lists.index.payload(cursor))
            lists.index.advance(&cursor)
        }
    }
}
