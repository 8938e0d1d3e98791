import MutstreamColumnar

/// The first rows of each partition of append-only input: what ``TopN`` does with a small limit and no offset. It serves
/// `row_number() … <= k`.
///
/// A list of at most `limit` rows a partition takes the place of a tree, and rows are compared where they lie, so that no
/// sort key is kept, which would hold the columns of the row a second time. Rows of a step are copied into the store when
/// it is over: those that others have driven out by then never are.
///
/// Ties in the order are broken by all columns of the row, ascending, NULL last. A row of weight *n* is *n* rows.
///
/// **Output**: that of ``TopN``, row for row: the net change of a step, of one partition the rows that leave before those
/// that come, all with the ordinal of the partition's last change; with `rankColumn` the rank from 1 on as BIGINT.
/// **State**: the first `limit` rows of each partition.
///
/// ```
/// KeyTable:    partition key -> | list: 8 | place among the step's partitions + 1: 4 | - |
/// RankedLists: | prefix … | row … |        row: its id in the store; during a step -1 - row for one of the batch
/// ```
package final class TopRows: Operator {
    private let rankColumn: Bool
    private let table: KeyTable
    private let keys: KeyEncoder
    private let store: RowStore
    private let order: RowOrder
    private let lists: RankedLists
    private let net: Consolidate
    private let reader = BatchReader()
    private var groups: [Int32] = []
    private var newRows: [Int32] = []
    private var prefixes: [UInt64] = []
    private var ids: [Int32] = []
    /// Whether two rows that cannot be told apart have ever been in one list.
    private var hasSeenEqualRows = false
    /// The partitions that the step has changed, in the order of their first change.
    private var changed: [Partition] = []
    /// The rows that their lists held before.
    private var before: [Int32] = []
    private var output: RankedChanges

    private struct Partition {
        var group: Int32
        /// Of the last change.
        var ordinal: Int64
        /// Where its rows lie in `before`.
        var before: Range<Int>
    }

    /// The most rows that a partition may have.
    package static let limitMax = RankedLists.limitMax

    /// - Parameters:
    ///   - limit: from 1 to ``limitMax``.
    ///   - rankColumn: appends the rank.
    package init(types: [DataType], partition: [Int], order: [SortItem], limit: Int, rankColumn: Bool) {
        self.rankColumn = rankColumn
        keys = KeyEncoder(columns: partition, nulls: .value)
        table = KeyTable(payloadBytes: 16, inlineBytes: partition.count > 1 ? KeyTable.wideInlineBytes : 12)
        store = RowStore(types)
        self.order = RowOrder(types: types, order: order, partition: partition)
        lists = RankedLists(limit: limit)
        net = Consolidate(rankColumn ? types + [.bigint] : types)
        output = RankedChanges(rankColumn: rankColumn)
    }

    package var stateSize: StateSize {
        StateSize(rows: store.count, bytes: store.bytes + lists.bytes + table.bytes)
    }

    package func code(_ coder: StateCoder) throws(StateDamage) {
        try table.code(coder)
        try store.code(coder)
        try lists.code(coder)
        try coder.code(&hasSeenEqualRows)
    }

    package var ordinalSense: OrdinalSense { .order }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        outputs[0].progress = inputs[0].progress
        let batch = inputs[0].batch
        if batch.isEmpty { return }
        reader.bind(batch)
        keys.encode(reader)
        table.findOrInsert(keys, into: &groups, newRows: &newRows)
        for row in newRows {
            let payload = table.payload(groups[Int(row)])
            payload.storeBytes(of: RankedLists.List(), as: RankedLists.List.self)
            payload.storeBytes(of: 0, toByteOffset: 8, as: Int64.self)
        }
        order.prefixes(reader, into: &prefixes)
        for row in 0..<batch.count { add(row, weight: batch.weight(row), batch.ordinals[row]) }
        if !changed.isEmpty {
            for partition in inOrder() { compare(partition) }
            outputs[0].batch = output.batch(batch, store)
            settle()
            // Equal rows may change places.
            if hasSeenEqualRows { net.step([outputs[0]], context, &outputs) }
        }
        reader.unbind()
    }

    // MARK: Rows that come

    private func add(_ row: Int, weight: Int64, _ ordinal: Int64) {
        let payload = table.payload(groups[row])
        var list = payload.load(as: RankedLists.List.self)
        let first = place(row, list)
        if first == lists.limit { return }
        note(payload, list, groups[row], ordinal)
        if !hasSeenEqualRows, weight > 1 || first > 0 && !isBefore(list, first - 1, row) { hasSeenEqualRows = true }
        // A copy comes behind the one before.
        for place in first..<min(first + Int(min(weight, Int64(lists.limit))), lists.limit) {
            lists.insert(prefixes[row], -1 - Int32(truncatingIfNeeded: row), at: place, into: &list)
        }
        payload.storeBytes(of: list, as: RankedLists.List.self)
    }

    /// Behind how many rows of a list a row of the batch comes; of rows that cannot be told apart it is the last.
    private func place(_ row: Int, _ list: RankedLists.List) -> Int {
        var (low, high) = (0, Int(list.count))
        if high == 0 { return 0 }
        let (prefix, prefixes, rows) = (prefixes[row], lists.prefixes(list), lists.rows(list))
        // Full lists refuse most rows.
        if high == lists.limit, prefixes[high - 1] < prefix { return high }
        while low < high {
            let middle = (low &+ high) &>> 1
            let isBefore =
                prefixes[middle] != prefix ? prefix < prefixes[middle] : comesBefore(row, rows[middle])
            if isBefore { high = middle } else { low = middle &+ 1 }
        }
        return low
    }

    /// Whether a row of the batch comes before a row of a list.
    private func comesBefore(_ row: Int, _ other: Int32) -> Bool {
        let own = BatchRow(reader: reader, row: row)
        if other < 0 { return order.isBefore(own, BatchRow(reader: reader, row: Int(-1 - other))) }
        return order.isBefore(own, StoredRow(store: store, row: other))
    }

    /// Whether a row of a list comes before a row of the batch.
    private func isBefore(_ list: RankedLists.List, _ place: Int, _ row: Int) -> Bool {
        if lists.prefixes(list)[place] != prefixes[row] { return lists.prefixes(list)[place] < prefixes[row] }
        let (own, other) = (BatchRow(reader: reader, row: row), lists.rows(list)[place])
        if other < 0 { return order.isBefore(BatchRow(reader: reader, row: Int(-1 - other)), own) }
        return order.isBefore(StoredRow(store: store, row: other), own)
    }

    /// Notes that a partition changes, and what it was.
    private func note(
        _ payload: UnsafeMutableRawPointer, _ list: RankedLists.List, _ group: Int32, _ ordinal: Int64
    ) {
        let place = Int(payload.load(fromByteOffset: 8, as: Int32.self)) - 1
        if place >= 0 {
            changed[place].ordinal = ordinal
            return
        }
        let start = before.count
        if list.count > 0 {
            before.append(contentsOf: UnsafeBufferPointer(start: lists.rows(list), count: Int(list.count)))
        }
        changed.append(Partition(group: group, ordinal: ordinal, before: start..<before.count))
        payload.storeBytes(of: Int32(truncatingIfNeeded: changed.count), toByteOffset: 8, as: Int32.self)
    }

    // MARK: The end of a step

    /// The step's partitions in the order of their last changes.
    private func inOrder() -> [Partition] {
        if zip(changed, changed.dropFirst()).allSatisfy({ $0.ordinal <= $1.ordinal }) { return changed }
        let order = changed.indices.sorted { (changed[$0].ordinal, $0) < (changed[$1].ordinal, $1) }
        return order.map { changed[$0] }
    }

    private func list(_ partition: Partition) -> UnsafeBufferPointer<Int32> {
        let list = table.payload(partition.group).load(as: RankedLists.List.self)
        return UnsafeBufferPointer(start: lists.rows(list), count: Int(list.count))
    }

    /// Shows what of a partition is not what it was.
    private func compare(_ partition: Partition) {
        before.withUnsafeBufferPointer { before in
            output.compare(UnsafeBufferPointer(rebasing: before[partition.before]), list(partition), partition.ordinal) {
                !order.isBefore(BatchRow(reader: reader, row: $0), BatchRow(reader: reader, row: $1))
            }
        }
    }

    /// Frees the rows that have left and copies those that came into the store.
    private func settle() {
        for row in output.departed { store.free(row) }
        store.append(reader, rows: output.arrived, into: &ids)
        var next = 0
        for partition in inOrder() {
            let payload = table.payload(partition.group)
            let list = payload.load(as: RankedLists.List.self)
            let rows = lists.writableRows(list)
            for place in 0..<Int(list.count) where rows[place] < 0 {
                rows[place] = ids[next]
                next += 1
            }
            payload.storeBytes(of: 0, toByteOffset: 8, as: Int32.self)
        }
        output.removeAll()
        changed.removeAll(keepingCapacity: true)
        before.removeAll(keepingCapacity: true)
    }
}
