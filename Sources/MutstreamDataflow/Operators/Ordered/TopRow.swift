import MutstreamColumnar

/// The first row of each partition of append-only input: what ``TopN`` does with a limit of 1, at the cost of a look at
/// the partition and a comparison with its first row. It serves DISTINCT ON and `row_number() … <= 1`.
///
/// Ties in the order are broken by all columns of the row, ascending, NULL last.
///
/// **Output**: for each partition whose first row has changed the retraction of the old one and the new one, both with
/// the ordinal of the new one, in the order of these ordinals. It is the net change of the step.
/// **State**: one row a partition.
///
/// ```
/// KeyTable: partition key -> | row: 4, -1: none yet | place among the step's candidates + 1: 4 |
/// ```
package final class TopRow: Operator {
    private let table: KeyTable
    private let keys: KeyEncoder
    private let store: RowStore
    private let order: RowOrder
    private let reader = BatchReader()
    private var groups: [Int32] = []
    private var newRows: [Int32] = []
    /// Partitions whose first row changes, and the row of the batch that it is now.
    private var changed: [Int32] = []
    private var candidates: [Int32] = []
    private var ids: [Int32] = []

    package init(types: [DataType], partition: [Int], order: [SortItem]) {
        keys = KeyEncoder(columns: partition, nulls: .value)
        table = KeyTable(payloadBytes: 8, inlineBytes: partition.count > 1 ? KeyTable.wideInlineBytes : 12)
        store = RowStore(types)
        self.order = RowOrder(types: types, order: order, partition: partition)
    }

    package var stateSize: StateSize { StateSize(rows: store.count, bytes: store.bytes + table.bytes) }

    package func code(_ coder: StateCoder) throws(StateDamage) {
        try table.code(coder)
        try store.code(coder)
    }

    package var ordinalSense: OrdinalSense { .order }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        outputs[0].progress = inputs[0].progress
        let batch = inputs[0].batch
        if batch.isEmpty { return }
        reader.bind(batch)
        keys.encode(reader)
        table.findOrInsert(keys, into: &groups, newRows: &newRows)
        for row in newRows { table.payload(groups[Int(row)]).storeBytes(of: 0xFFFF_FFFF, as: UInt64.self) }
        choose(batch.count)
        if !changed.isEmpty { replace(batch, &outputs) }
        reader.unbind()
    }

    /// Finds the best of the rows that come before the first one of their partition.
    private func choose(_ count: Int) {
        let (table, store, reader, order) = (table, store, reader, order)
        for row in 0..<count {
            let payload = table.payload(groups[row])
            let new = BatchRow(reader: reader, row: row)
            let place = payload.load(fromByteOffset: 4, as: Int32.self)
            if place > 0 {
                let known = BatchRow(reader: reader, row: Int(candidates[Int(place &- 1)]))
                if order.isBefore(new, known) { candidates[Int(place &- 1)] = Int32(truncatingIfNeeded: row) }
                continue
            }
            let first = payload.load(as: Int32.self)
            if first >= 0, !order.isBefore(new, StoredRow(store: store, row: first)) { continue }
            changed.append(groups[row])
            candidates.append(Int32(truncatingIfNeeded: row))
            payload.storeBytes(of: Int32(truncatingIfNeeded: changed.count), toByteOffset: 4, as: Int32.self)
        }
    }

    private func replace(_ batch: Batch, _ outputs: inout [Delta]) {
        // By the row that is first now, which is in the order of ordinals; a row is the first of one partition.
        var placeOf = [Int32](repeating: -1, count: batch.count)
        for (place, row) in candidates.enumerated() { placeOf[Int(row)] = Int32(truncatingIfNeeded: place) }
        var (oldRows, newRows): ([Int32], [Int32]) = ([], [])
        var (rows, weights, ordinals): ([Int32], [Int64], [Int64]) = ([], [], [])
        newRows.reserveCapacity(changed.count)
        oldRows.reserveCapacity(changed.count)
        rows.reserveCapacity(changed.count * 2)
        weights.reserveCapacity(changed.count * 2)
        ordinals.reserveCapacity(changed.count * 2)
        let shift = Int32(truncatingIfNeeded: changed.count)
        for row in 0..<batch.count where placeOf[row] >= 0 {
            let payload = table.payload(changed[Int(placeOf[row])])
            let old = payload.load(as: Int32.self)
            if old >= 0 {
                rows.append(Int32(truncatingIfNeeded: oldRows.count) &+ shift)
                weights.append(-1)
                ordinals.append(batch.ordinals[row])
                oldRows.append(old)
            }
            rows.append(Int32(truncatingIfNeeded: newRows.count))
            weights.append(1)
            ordinals.append(batch.ordinals[row])
            newRows.append(Int32(truncatingIfNeeded: row))
        }
        let coming = batch.columns.map { $0.gather(newRows) }
        if oldRows.isEmpty {
            outputs[0].batch = Batch(columns: coming, count: newRows.count, ordinals: Ordinals(ordinals))
        } else {
            let leaving = store.columns(oldRows)
            outputs[0].batch = Batch(
                columns: zip(coming, leaving).map { Column.concatenate([$0, $1]).gather(rows) }, count: rows.count,
                weights: weights, ordinals: Ordinals(ordinals))
        }
        keep(newRows, placeOf, oldRows)
    }

    /// Puts the new first rows in the place of the old ones.
    private func keep(_ newRows: [Int32], _ placeOf: [Int32], _ oldRows: [Int32]) {
        for row in oldRows { store.free(row) }
        store.append(reader, rows: newRows, into: &ids)
        for (position, row) in newRows.enumerated() {
            let payload = table.payload(changed[Int(placeOf[Int(row)])])
            payload.storeBytes(of: ids[position], as: Int32.self)
            payload.storeBytes(of: 0, toByteOffset: 4, as: Int32.self)
        }
        changed.removeAll(keepingCapacity: true)
        candidates.removeAll(keepingCapacity: true)
    }
}
