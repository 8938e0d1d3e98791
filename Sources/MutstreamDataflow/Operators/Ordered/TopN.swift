import MutstreamColumnar

/// ORDER BY … LIMIT … OFFSET, per partition: the rows at the ranks from `offset` to `offset + limit`, kept as rows change.
/// It also serves DISTINCT ON (limit 1), FETCH FIRST … WITH TIES and `row_number() … <= k`.
///
/// Ties in the order are broken by all columns of the row, ascending, NULL last; so the result does not depend on the
/// order of arrival. A row of weight *n* is *n* rows.
///
/// **Output**: the input's columns and, with `rankColumn`, the rank from 1 on as BIGINT; the net change of a step, of one
/// partition the rows that leave before those that come, all with the ordinal of the partition's last change.
/// **State**: all rows; of append-only input the first `offset + limit` of each partition (with ties, their peers too).
/// Complexity: O(log n) a changed row; with `rankColumn` also the rows behind it that are shown.
package final class TopN: Operator {
    /// Bytes of a row's header: the rank that was shown.
    private static let ownBytes = 8
    private static let isShown: UInt32 = 1
    private static let isPlaced: UInt32 = 2

    private let limit: Int?
    private let offset: Int
    private let withTies: Bool
    private let rankColumn: Bool
    private let appendOnly: Bool
    private let rows: OrderedPartitions
    private let net: Consolidate
    private let outputTypes: [DataType]
    private let ranks = ColumnBuilder(DataType.Physical.int64)

    private var ids: [Int32] = []
    private var weights: [Int64] = []
    private var ordinals: [Int64] = []
    private var leaving: [Int32] = []
    /// Of the last rows of `leaving`, with `rankColumn`.
    private var leavingRanks: [Int64] = []
    private var coming: [Int32] = []

    /// - Parameters:
    ///   - limit: nil: no limit. Neither it nor `offset` is below 0.
    ///   - withTies: the peers of the last row come too.
    ///   - rankColumn: appends the rank; not together with `withTies`.
    ///   - appendOnly: whether no row is ever retracted.
    ///   - expiry: when partitions are forgotten.
    ///   - timeToLive: microseconds of the clock after which a partition that no row touches is taken back and forgotten; of
    ///     append-only input, not together with `expiry`.
    package init(
        types: [DataType], partition: [Int], order: [SortItem], limit: Int?, offset: Int = 0, withTies: Bool = false,
        rankColumn: Bool = false, appendOnly: Bool = false, expiry: Expiry? = nil,
        timeToLive: Int64? = nil
    ) {
        self.limit = limit.map { min(max($0, 0), Int(Int32.max)) }
        self.offset = min(max(offset, 0), Int(Int32.max))
        self.withTies = withTies
        self.rankColumn = rankColumn
        self.appendOnly = appendOnly
        rows = OrderedPartitions(
            types: types, partition: partition, order: order, ownBytes: TopN.ownBytes, expiry: expiry,
            timeToLive: timeToLive)
        outputTypes = rankColumn ? types + [.bigint] : types
        net = Consolidate(rankColumn ? types + [.bigint] : types)
    }

    package var stateSize: StateSize { rows.stateSize }
    package var wantsEveryStep: Bool { rows.hasTimesToLive }
    package var wakesAt: Int64? { rows.wakesAt }

    package func code(_ coder: StateCoder) throws(StateDamage) {
        try rows.code(coder)
    }

    package var ordinalSense: OrdinalSense { .order }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        outputs[0].progress = inputs[0].progress
        if limit == 0 { return }
        defer { rows.expire(inputs[0].progress.end) }
        let batch = rows.netChange(inputs[0], context)
        guard let idle = rows.retractIdle(batch, context) else {
            return change(batch, keep: appendOnly ? limit.map { $0 + offset } : nil, context, &outputs)
        }
        change(idle, keep: nil, touches: false, context, &outputs)
        let gone = outputs[0].batch
        outputs[0].batch = .empty(outputTypes)
        change(batch, keep: appendOnly ? limit.map { $0 + offset } : nil, context, &outputs)
        outputs[0].batch = IdleKeys.join(gone, outputs[0].batch, outputTypes)
    }

    private func change(
        _ batch: Batch, keep: Int?, touches: Bool = true, _ context: StepContext, _ outputs: inout [Delta]
    ) {
        if batch.isEmpty { return }
        rows.apply(batch, keep: keep, ties: withTies, touches: touches)
        for partition in rows.partitionsInOrder() { show(partition) }
        outputs[0].batch = makeBatch()
        rows.endStep()
        // Equal rows may change places.
        if rows.index.hasSeenEqualKeys { net.step([outputs[0]], context, &outputs) }
    }

    private func makeBatch() -> Batch {
        var columns = rows.store.columns(ids)
        if rankColumn { columns.append(ranks.finish()) }
        let batch = Batch(
            columns: columns, count: ids.count, weights: weights.contains { $0 != 1 } ? weights : nil,
            ordinals: Ordinals(ordinals))
        ids.removeAll(keepingCapacity: true)
        weights.removeAll(keepingCapacity: true)
        ordinals.removeAll(keepingCapacity: true)
        return batch
    }

    // MARK: One partition

    /// Finds out what of a partition is shown no more and what is shown now.
    ///
    /// A row that was there before is at most `added` ranks further back and `removed` ranks further to the front: only
    /// those ranks before and behind the two edges of the window are looked at.
    private func show(_ partition: OrderedPartitions.Partition) {
        let tree = rows.tree(partition.group)
        let window = window(of: tree)
        var link = partition.firstRemoved
        while link >= 0 {
            let id = rows.removed[Int(link)]
            if rows.flags(id) & TopN.isShown != 0 { leaving.append(id) }
            link = rows.removedNext[Int(link)]
        }
        if rankColumn {
            rerank(partition, tree, window)
        } else {
            placeAdded(partition, tree, window)
            var end = scan(
                tree, from: offset - partition.removed, to: offset + partition.added, window, passingShown: false)
            if let limit {
                end = max(end, offset + limit - partition.removed)
                _ = scan(tree, from: end, to: window.upperBound + partition.added, window, passingShown: true)
            }
        }
        emit(partition)
        link = partition.firstAdded
        while link >= 0 {
            let id = rows.added[Int(link)]
            if id >= 0 { rows.setFlags(id, rows.flags(id) & ~TopN.isPlaced) }
            link = rows.addedNext[Int(link)]
        }
    }

    /// The ranks that are shown.
    private func window(of tree: OrderedIndex.Tree) -> Range<Int> {
        let start = min(offset, tree.count)
        guard let limit else { return start..<tree.count }
        var end = min(offset + limit, tree.count)
        if withTies, limit > 0, end > start, end < tree.count {
            end = rows.index.peersEnd(rows.index.key(rows.index.cursor(at: end - 1, in: tree)), in: tree)
        }
        return start..<max(start, end)
    }

    /// Shows the step's rows that lie in the window. Of equal rows the new ones are the last.
    private func placeAdded(_ partition: OrderedPartitions.Partition, _ tree: OrderedIndex.Tree, _ window: Range<Int>) {
        var link = partition.firstAdded
        while link >= 0 {
            let id = rows.added[Int(link)]
            link = rows.addedNext[Int(link)]
            guard id >= 0, rows.flags(id) & TopN.isPlaced == 0 else { continue }
            let end = rows.index.position(rows.key(id), orEqual: true, in: tree)
            let key = rows.key(id)
            var cursor = rows.index.cursor(at: end - 1, in: tree)
            while true {
                let other = rows.index.payload(cursor)
                guard rows.isAdded(other), OrderedIndex.compare(rows.key(other), key) == 0 else { break }
                let isInside = window.contains(cursor.position)
                rows.setFlags(other, TopN.isPlaced | (isInside ? TopN.isShown : 0))
                if isInside { coming.append(other) }
                if cursor.position == 0 { break }
                rows.index.retreat(&cursor, in: tree)
            }
        }
    }

    /// Looks at the rows of some ranks; with `passingShown` goes on while rows are shown or new. Gives where it ended.
    private func scan(
        _ tree: OrderedIndex.Tree, from start: Int, to end: Int, _ window: Range<Int>, passingShown: Bool
    ) -> Int {
        var cursor = rows.index.cursor(at: max(start, 0), in: tree)
        if start >= tree.count { return max(start, 0) }
        while cursor.position < tree.count {
            let id = rows.index.payload(cursor)
            let flags = rows.flags(id)
            let wasShown = flags & TopN.isShown != 0
            if cursor.position >= end {
                guard passingShown, wasShown || rows.isAdded(id) else { break }
            }
            let isInside = window.contains(cursor.position)
            if isInside != wasShown {
                rows.setFlags(id, flags ^ TopN.isShown)
                if isInside { coming.append(id) } else { leaving.append(id) }
            }
            rows.index.advance(&cursor)
        }
        return cursor.position
    }

    // MARK: Ranks

    /// Goes through the window from the first change on, until the ranks are what they were.
    private func rerank(_ partition: OrderedPartitions.Partition, _ tree: OrderedIndex.Tree, _ window: Range<Int>) {
        var (first, last) = (tree.count, 0)
        var link = partition.firstAdded
        while link >= 0 {
            let id = rows.added[Int(link)]
            if id >= 0 { widen(rows.key(id), tree, &first, &last) }
            link = rows.addedNext[Int(link)]
        }
        link = partition.firstRemoved
        while link >= 0 {
            widen(rows.key(rows.removed[Int(link)]), tree, &first, &last)
            link = rows.removedNext[Int(link)]
        }
        let start = first > window.lowerBound ? first : window.lowerBound - partition.removed
        var cursor = rows.index.cursor(at: max(start, 0), in: tree)
        while cursor.position < tree.count {
            let id = rows.index.payload(cursor)
            let wasShown = rows.flags(id) & TopN.isShown != 0
            let isInside = window.contains(cursor.position)
            if cursor.position >= window.upperBound + partition.added, !wasShown, !rows.isAdded(id) { break }
            let isSame = wasShown == isInside && (!isInside || rank(id) == cursor.position + 1)
            if cursor.position >= last, isInside, isSame { break }
            if !isSame {
                if wasShown { leave(id) }
                rows.setFlags(id, isInside ? TopN.isShown : 0)
                if isInside { come(id, cursor.position + 1) }
            }
            rows.index.advance(&cursor)
        }
    }

    private func widen(_ key: SortKey, _ tree: OrderedIndex.Tree, _ first: inout Int, _ last: inout Int) {
        first = min(first, rows.index.position(key, in: tree))
        last = max(last, rows.index.position(key, orEqual: true, in: tree))
    }

    private func rank(_ id: Int32) -> Int {
        Int(rows.store.header(id).load(fromByteOffset: OrderedPartitions.headerBytes, as: Int64.self))
    }

    /// With ranks a row that leaves is written at once, before its rank is overwritten.
    private func leave(_ id: Int32) {
        leaving.append(id)
        leavingRanks.append(Int64(rank(id)))
    }

    private func come(_ id: Int32, _ rank: Int) {
        coming.append(id)
        rows.store.writableHeader(id).storeBytes(
            of: Int64(rank), toByteOffset: OrderedPartitions.headerBytes, as: Int64.self)
    }

    private func emit(_ partition: OrderedPartitions.Partition) {
        for (place, id) in leaving.enumerated() {
            write(id, -1, partition.ordinal)
            if !rankColumn { continue }
            // Removed rows come first and still have theirs.
            let known = place - (leaving.count - leavingRanks.count)
            ranks.append(int64: known < 0 ? Int64(rank(id)) : leavingRanks[known])
        }
        for id in coming {
            write(id, 1, partition.ordinal)
            if rankColumn { ranks.append(int64: Int64(rank(id))) }
        }
        leaving.removeAll(keepingCapacity: true)
        leavingRanks.removeAll(keepingCapacity: true)
        coming.removeAll(keepingCapacity: true)
    }

    @inline(__always)
    private func write(_ id: Int32, _ weight: Int64, _ ordinal: Int64) {
        ids.append(id)
        weights.append(weight)
        ordinals.append(ordinal)
    }
}
