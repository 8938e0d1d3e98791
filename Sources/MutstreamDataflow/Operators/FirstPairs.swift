import MutstreamColumnar

/// Which pairs of a join may still be the first of their key, for joins whose only reader is a ``TopRow``: of the others,
/// which are most, no more than the columns of key and order is ever gathered.
///
/// A pair goes if another one of the same batch comes before it; of those that the order does not tell apart all stay, as
/// ties are broken by whole rows. Pairs are never taken back. No state.
package final class FirstPairs {
    /// Of the join's output, rising: what it is asked about.
    let columnsRead: [Int]
    private let keys: KeyEncoder
    /// Payload: `| the first row of the key so far: 4 | - : 4 |`. Empty between batches.
    private let table = KeyTable(payloadBytes: 8)
    private let order: RowOrder
    private let reader = BatchReader()
    private var groups: [Int32] = []
    private var newRows: [Int32] = []

    /// - Parameters:
    ///   - types: of the join's output.
    package init(types: [DataType], partition: [Int], order: [SortItem]) {
        let columns = Set(partition + order.map(\.column)).sorted()
        let places = Dictionary(uniqueKeysWithValues: columns.enumerated().map { ($1, $0) })
        columnsRead = columns
        keys = KeyEncoder(columns: partition.map { places[$0] ?? $0 }, nulls: .value)
        self.order = RowOrder(
            types: columns.map { types[$0] },
            order: order.map { item in
                SortItem(
                    column: places[item.column] ?? item.column, descending: item.descending, nullsFirst: item.nullsFirst)
            })
    }

    /// For each row of a batch of ``columnsRead`` whether it may be the first of its key.
    func select(_ batch: Batch) -> [Bool] {
        reader.bind(batch)
        keys.encode(reader)
        table.findOrInsert(keys, into: &groups, newRows: &newRows)
        let (table, order, reader) = (table, order, reader)
        for row in newRows { table.payload(groups[Int(row)]).storeBytes(of: row, as: Int32.self) }
        for row in 0..<batch.count {
            let payload = table.payload(groups[row])
            let first = BatchRow(reader: reader, row: Int(payload.load(as: Int32.self)))
            if order.isBefore(BatchRow(reader: reader, row: row), first) {
                payload.storeBytes(of: Int32(truncatingIfNeeded: row), as: Int32.self)
            }
        }
        let flags = groups.indices.map { row in
            let first = BatchRow(reader: reader, row: Int(table.payload(groups[row]).load(as: Int32.self)))
            return !order.isBefore(first, BatchRow(reader: reader, row: row))
        }
        for row in newRows { table.remove(groups[Int(row)]) }
        reader.unbind()
        return flags
    }
}
