import MutstreamColumnar

/// The functions that depend on places alone.
extension WindowFunctions {
    /// row_number, rank and dense_rank: from each change on, until the numbers are what they were.
    func number(_ plan: WindowPlan, _ changes: WindowChanges) {
        let tree = changes.tree
        let isRowNumber = plan.call.function == .rowNumber
        var done = 0
        for (place, change) in changes.list.enumerated() {
            let start = max(done, isRowNumber ? change.low : change.peersLow)
            var end = tree.count
            if place + 1 < changes.list.count {
                let next = changes.list[place + 1]
                end = isRowNumber ? next.low : next.peersLow
            }
            if start >= end { continue }
            done = number(plan, tree, start..<end, settled: isRowNumber ? change.high : change.peersHigh)
        }
    }

    /// Gives where it stopped.
    private func number(_ plan: WindowPlan, _ tree: OrderedIndex.Tree, _ range: Range<Int>, settled: Int) -> Int {
        let index = rows.index
        let function = plan.call.function
        var cursor = index.cursor(at: range.lowerBound, in: tree)
        var value: Int64 = 0
        var previous: SortKey?
        if range.lowerBound > 0, function != .rowNumber {
            var before = cursor
            index.retreat(&before, in: tree)
            previous = index.key(before)
            value = cells.word(rows.store.header(index.payload(before)), plan.number)
        }
        while cursor.position < range.upperBound {
            let row = index.payload(cursor)
            if function == .rowNumber {
                value = Int64(cursor.position) + 1
            } else {
                let key = index.key(cursor)
                if !(previous.map { OrderedIndex.arePeers($0, key) } ?? false) {
                    value = function == .rank ? Int64(cursor.position) + 1 : value + 1
                }
                previous = key
            }
            if set(row, plan, WindowCell(value)), cursor.position >= settled, !rows.isAdded(row) { break }
            index.advance(&cursor)
        }
        return cursor.position
    }

    /// percent_rank and cume_dist.
    func distribute(_ plan: WindowPlan, _ range: Range<Int>, _ tree: OrderedIndex.Tree) {
        let index = rows.index
        let count = tree.count
        var cursor = index.cursor(at: range.lowerBound, in: tree)
        var peers = 0..<0
        while cursor.position < range.upperBound {
            if !peers.contains(cursor.position) {
                let key = index.key(cursor)
                peers = index.position(key.order, in: tree)..<index.peersEnd(key, in: tree)
            }
            let value: Double
            if plan.call.function == .cumeDist {
                value = Double(peers.upperBound) / Double(count)
            } else {
                value = count > 1 ? Double(peers.lowerBound) / Double(count - 1) : 0
            }
            set(index.payload(cursor), plan, WindowCell(value))
            index.advance(&cursor)
        }
    }

    /// ntile: as PostgreSQL, its argument is that of the first row of the partition.
    func fillBuckets(_ plan: WindowPlan, _ range: Range<Int>, _ tree: OrderedIndex.Tree) {
        let index = rows.index
        let first = index.payload(index.cursor(at: 0, in: tree))
        let buckets = plan.integer(0, rows.store, first, absent: 1)
        let count = Int64(tree.count)
        var cursor = index.cursor(at: range.lowerBound, in: tree)
        while cursor.position < range.upperBound {
            let cell: WindowCell
            if let buckets {
                if buckets <= 0 {
                    cell = WindowCell(.ntileNotPositive)
                } else {
                    // The first `longer` buckets have one row more than the others.
                    let (size, longer) = count.quotientAndRemainder(dividingBy: buckets)
                    let position = Int64(cursor.position)
                    let edge = longer * (size + 1)
                    cell = WindowCell(
                        position < edge ? position / (size + 1) + 1 : longer + (position - edge) / max(size, 1) + 1)
                }
            } else {
                cell = .null
            }
            set(index.payload(cursor), plan, cell)
            index.advance(&cursor)
        }
    }
}
