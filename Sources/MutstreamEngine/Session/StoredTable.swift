import MutstreamColumnar
import MutstreamDataflow

/// The content of a table or materialized view of a session: its rows in the order in which they came, and for a table
/// with keys which ones there are.
final class StoredTable {
    let types: [DataType]
    let rows: MaterializedRows
    /// Whether the first key is the primary one, so that it tells every row from the others.
    let hasPrimaryKey: Bool
    private var keys: [KeyIndex] = []

    init(_ types: [DataType], primaryKey: [Int] = [], uniqueKeys: [[Int]] = []) {
        self.types = types
        rows = MaterializedRows(types, keepsOrdinals: true)
        hasPrimaryKey = !primaryKey.isEmpty
        if hasPrimaryKey { keys.append(KeyIndex(types, primaryKey, nulls: .value)) }
        for key in uniqueKeys { keys.append(KeyIndex(types, key, nulls: .reject)) }
    }

    /// One key more for the rows that are there; false where some of them are equal in it.
    func addKey(_ columns: [Int]) -> Bool {
        let key = KeyIndex(types, columns, nulls: .reject)
        let content = rows.snapshot()
        if key.duplicate(after: content) != nil { return false }
        key.apply(content)
        keys.append(key)
        return true
    }

    /// Adds a batch of weighted changes.
    func apply(_ batch: Batch, _ context: StepContext) {
        var none: [Delta] = []
        rows.step([Delta(batch)], context, &none)
        for key in keys { key.apply(batch) }
    }

    var hasKeys: Bool { !keys.isEmpty }

    /// For each row of a batch of the table's types, the kept row with its key, -1 if there is none.
    ///
    /// - Parameter key: the number of the key.
    func existing(_ batch: Batch, key: Int = 0) -> [Int32] {
        keys.indices.contains(key) ? keys[key].find(batch) : [Int32](repeating: -1, count: batch.count)
    }

    /// Whether the first row of a batch meets a kept one in any key.
    func meetsAny(_ batch: Batch) -> Bool { keys.contains { ($0.find(batch).first ?? -1) >= 0 } }

    /// Kept rows by number, as ``existing(_:key:)`` gives them.
    func columns(_ ids: [Int32], key: Int = 0) -> [Column] {
        keys.indices.contains(key) ? keys[key].store.columns(ids) : []
    }

    /// The first row whose key is there more than once in what `changes` would make of the table, and that key.
    func duplicate(after changes: Batch) -> (row: Int, key: [Int])? {
        for key in keys {
            if let row = key.duplicate(after: changes) { return (row, key.columns) }
        }
        return nil
    }

    /// Rows by a key.
    private final class KeyIndex {
        let store: RowStore
        let columns: [Int]
        private let table = KeyTable(payloadBytes: 8)
        private let encoder: KeyEncoder
        private let reader = BatchReader()

        /// - Parameter nulls: `.reject` where a row with a NULL in the key is no duplicate of any.
        init(_ types: [DataType], _ key: [Int], nulls: KeyEncoder.Nulls) {
            store = RowStore(types)
            columns = key
            encoder = KeyEncoder(columns: key, nulls: nulls)
        }

        func find(_ batch: Batch) -> [Int32] {
            reader.bind(batch)
            encoder.encode(reader)
            defer { reader.unbind() }
            return (0..<batch.count).map { row in
                if encoder.isRejected(row) { return -1 }
                let group = table.find(encoder.key(row))
                return group < 0 ? -1 : table.payload(group).load(as: Int32.self)
            }
        }

        func apply(_ batch: Batch) {
            reader.bind(batch)
            encoder.encode(reader)
            // Old rows go before new ones come, whatever their order.
            for row in 0..<batch.count where batch.weight(row) < 0 && !encoder.isRejected(row) {
                let group = table.find(encoder.key(row))
                if group < 0 { continue }
                store.free(table.payload(group).load(as: Int32.self))
                table.remove(group)
            }
            for row in 0..<batch.count where batch.weight(row) > 0 && !encoder.isRejected(row) {
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
            for row in 0..<batch.count where !encoder.isRejected(row) {
                let (group, isNew) = counts.findOrInsert(encoder.key(row))
                let known = isNew ? (table.find(encoder.key(row)) < 0 ? 0 : 1) : counts.payload(group).load(as: Int64.self)
                counts.payload(group).storeBytes(of: known &+ batch.weight(row), as: Int64.self)
            }
            for row in 0..<batch.count where !encoder.isRejected(row) {
                let group = counts.find(encoder.key(row))
                if group >= 0, counts.payload(group).load(as: Int64.self) > 1 { return row }
            }
            return nil
        }
    }
}
