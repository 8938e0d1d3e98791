import MutstreamColumnar
import MutstreamDataflow

/// The content of a table or materialized view of a session: its rows in the order in which they came, and for a table
/// with a primary key which keys there are.
final class StoredTable {
    let types: [DataType]
    let rows: MaterializedRows
    private let keys: KeyIndex?

    init(_ types: [DataType], primaryKey: [Int]) {
        self.types = types
        rows = MaterializedRows(types)
        keys = primaryKey.isEmpty ? nil : KeyIndex(types, primaryKey)
    }

    /// Adds a batch of weighted changes.
    func apply(_ batch: Batch, _ context: StepContext) {
        var none: [Delta] = []
        rows.step([Delta(batch)], context, &none)
        keys?.apply(batch)
    }

    var hasKey: Bool { keys != nil }

    /// For each row of a batch, the kept row with its key, -1 if there is none; of a batch of the table's types.
    func existing(_ batch: Batch) -> [Int32] { keys?.find(batch) ?? [Int32](repeating: -1, count: batch.count) }

    /// Kept rows by number, as ``existing(_:)`` gives them.
    func columns(_ ids: [Int32]) -> [Column] { keys?.store.columns(ids) ?? [] }

    /// The first row whose key is there more than once in what `changes` would make of the table.
    func duplicate(after changes: Batch) -> Int? { keys?.duplicate(after: changes) }

    /// Rows by primary key.
    private final class KeyIndex {
        let store: RowStore
        private let table = KeyTable(payloadBytes: 8)
        private let encoder: KeyEncoder
        private let reader = BatchReader()

        init(_ types: [DataType], _ key: [Int]) {
            store = RowStore(types)
            encoder = KeyEncoder(columns: key, nulls: .value)
        }

        func find(_ batch: Batch) -> [Int32] {
            reader.bind(batch)
            encoder.encode(reader)
            defer { reader.unbind() }
            return (0..<batch.count).map { row in
                let group = table.find(encoder.key(row))
                return group < 0 ? -1 : table.payload(group).load(as: Int32.self)
            }
        }

        func apply(_ batch: Batch) {
            reader.bind(batch)
            encoder.encode(reader)
            // Old rows go before new ones come, whatever their order.
            for row in 0..<batch.count where batch.weight(row) < 0 {
                let group = table.find(encoder.key(row))
                if group < 0 { continue }
                store.free(table.payload(group).load(as: Int32.self))
                table.remove(group)
            }
            for row in 0..<batch.count where batch.weight(row) > 0 {
                let (group, _) = table.findOrInsert(encoder.key(row))
                table.payload(group).storeBytes(of: store.append(reader, row), as: Int32.self)
            }
            reader.unbind()
        }

        func duplicate(after batch: Batch) -> Int? {
            let counts = KeyTable(payloadBytes: 8)
            reader.bind(batch)
            encoder.encode(reader)
            defer { reader.unbind() }
            for row in 0..<batch.count {
                let (group, isNew) = counts.findOrInsert(encoder.key(row))
                let known = isNew ? (table.find(encoder.key(row)) < 0 ? 0 : 1) : counts.payload(group).load(as: Int64.self)
                counts.payload(group).storeBytes(of: known &+ batch.weight(row), as: Int64.self)
            }
            for row in 0..<batch.count {
                let group = counts.find(encoder.key(row))
                if group >= 0, counts.payload(group).load(as: Int64.self) > 1 { return row }
            }
            return nil
        }
    }
}
