import MutstreamColumnar

/// Where a step has changed a partition, as positions in the partition as it is now, and what that can reach.
struct WindowChanges {
    /// Equal rows that were added, or the place where rows were removed.
    struct Change {
        /// The rows with the key: none where the last was removed.
        var low: Int
        var high: Int
        /// Their peers.
        var peersLow: Int
        var peersHigh: Int
        /// One of them; -1: the change stands for any rows of the partition.
        var row: Int32
    }

    let tree: OrderedIndex.Tree
    let partition: OrderedPartitions.Partition
    /// In the order of positions.
    private(set) var list: [Change] = []
    private let rows: OrderedPartitions

    init(_ partition: OrderedPartitions.Partition, _ rows: OrderedPartitions, _ tree: OrderedIndex.Tree) {
        self.tree = tree
        self.rows = rows
        self.partition = partition
        let count = partition.added + partition.removed
        if count * 4 >= tree.count {
            // It is cheaper to look at all.
            list = [Change(low: 0, high: tree.count, peersLow: 0, peersHigh: tree.count, row: -1)]
            return
        }
        list.reserveCapacity(count)
        var link = partition.firstRemoved
        while link >= 0 {
            append(rows.removed[Int(link)])
            link = rows.removedNext[Int(link)]
        }
        link = partition.firstAdded
        while link >= 0 {
            let row = rows.added[Int(link)]
            if row >= 0 { append(row) }
            link = rows.addedNext[Int(link)]
        }
        list.sort { ($0.low, $0.high) < ($1.low, $1.high) }
    }

    private mutating func append(_ row: Int32) {
        let key = rows.key(row)
        list.append(
            Change(
                low: rows.index.position(key, in: tree), high: rows.index.position(key, orEqual: true, in: tree),
                peersLow: rows.index.position(key.order, in: tree), peersHigh: rows.index.peersEnd(key, in: tree), row: row))
    }

    /// Behind all changes and their peers.
    var end: Int { list.reduce(0) { max($0, $1.peersHigh) } }

    /// The ranges of positions, in order and apart, in which a call may have another result.
    func reach(of plan: WindowPlan) -> [Range<Int>] {
        // What lies before has left for good, and its frames may be kept no longer.
        let first = rows.firstOpen(tree)
        var ranges: [Range<Int>] = []
        func append(_ range: Range<Int>) {
            let low = max(range.lowerBound, first)
            if low < range.upperBound { ranges.append(low..<range.upperBound) }
        }
        for change in list {
            append(reach(of: plan, change))
            // A frame that ends before its row is changed by rows far before it; the new row itself has none of these.
            if plan.endsBefore, change.row >= 0 { append(change.low..<change.high) }
        }
        ranges.sort { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
        var result: [Range<Int>] = []
        for range in ranges {
            if let last = result.last, range.lowerBound <= last.upperBound {
                result[result.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                result.append(range)
            }
        }
        return result
    }

    private func reach(of plan: WindowPlan, _ change: Change) -> Range<Int> {
        let all = 0..<tree.count
        if change.row < 0 { return all }
        switch plan.call.function {
        case .percentRank, .cumeDist, .ntile:
            if partition.added != partition.removed || !plan.call.columns.isEmpty { return all }
            return list[0].peersLow..<end
        case .lag, .lead: return shiftReach(plan, change)
        default: break
        }
        let frame = plan.call.frame
        switch frame.unit {
        case .rows:
            let ahead = max(WindowFrame.delta(frame.end), 0)
            let behind = max((0 as Int64).subtractingClamped(WindowFrame.delta(frame.start)), 0)
            return WindowFrame.clamp(
                change.low, (0 as Int64).subtractingClamped(ahead), tree.count)..<WindowFrame.clamp(
                    change.high, behind, tree.count)
        case .groups: return groupsReach(frame, change)
        case .range: return rangeReach(plan, frame, change)
        }
    }

    private func shiftReach(_ plan: WindowPlan, _ change: Change) -> Range<Int> {
        if plan.call.columns.count > 1 { return 0..<tree.count }
        guard let offset = plan.integer(1, rows.store, change.row, absent: 1) else { return change.low..<change.high }
        // Looks back by `distance`, or ahead where that is negative.
        let distance = plan.call.function == .lag ? offset : (0 as Int64).subtractingClamped(offset)
        if plan.call.ignoreNulls, distance != 0 { return passNulls(plan, change, distance) }
        let low = WindowFrame.clamp(change.low, min(distance, 0), tree.count)
        return low..<WindowFrame.clamp(change.high, max(distance, 0), tree.count)
    }

    /// The rows from the change on up to the last one that looks past no more than `distance` values to it.
    private func passNulls(_ plan: WindowPlan, _ change: Change, _ distance: Int64) -> Range<Int> {
        let column = plan.call.columns[0]
        var rest = distance.magnitude
        if distance > 0 {
            var cursor = rows.index.cursor(at: change.high, in: tree)
            while rest > 0, cursor.position < tree.count {
                if !rows.store.isNull(rows.index.payload(cursor), column) { rest -= 1 }
                rows.index.advance(&cursor)
            }
            return change.low..<cursor.position
        }
        var cursor = rows.index.cursor(at: change.low, in: tree)
        while rest > 0, cursor.position > 0 {
            rows.index.retreat(&cursor, in: tree)
            if !rows.store.isNull(rows.index.payload(cursor), column) { rest -= 1 }
        }
        return cursor.position..<change.high
    }

    private func groupsReach(_ frame: WindowFrameSpec, _ change: Change) -> Range<Int> {
        let ahead = max(WindowFrame.delta(frame.end), 0)
        let behind = max((0 as Int64).subtractingClamped(WindowFrame.delta(frame.start)), 0)
        // One group more on each side: the changed group may be new, or gone.
        let low =
            ahead == .max
            ? 0 : GroupPointer(-ahead - 1, from: change.peersLow..<change.peersHigh, rows.index, tree).position
        let high =
            behind == .max
            ? tree.count
            : GroupPointer(behind.addingClamped(1), from: change.peersHigh..<change.peersHigh, rows.index, tree).position
        return low..<high
    }

    private func rangeReach(_ plan: WindowPlan, _ frame: WindowFrameSpec, _ change: Change) -> Range<Int> {
        var (low, high) = (change.peersLow, change.peersHigh)
        let isNull = plan.range?.isNull(rows.store, change.row) ?? true
        switch frame.end {
        case .unboundedFollowing: low = 0
        case .following(let offset):
            if !isNull, let range = plan.range {
                let reached = range.position(
                    rows, tree, change.row, offset, forward: false, isStart: true, slack: true)
                low = min(low, reached)
            }
        case .preceding(let offset) where plan.endsBefore && !isNull:
            guard let range = plan.range else { break }
            low = max(low, range.position(rows, tree, change.row, offset, forward: true, isStart: true))
        default: break
        }
        switch frame.start {
        case .unboundedPreceding: high = tree.count
        case .preceding(let offset):
            if !isNull, let range = plan.range {
                let reached = range.position(
                    rows, tree, change.row, offset, forward: true, isStart: false, slack: true)
                high = max(high, reached)
            }
        default: break
        }
        return low..<max(low, high)
    }
}
