import MutstreamColumnar

/// A table with a primary key: a row that comes takes the place of the one with its key.
///
/// Input 0: a row with a positive weight is put in, one with a negative weight deletes what has its key.
/// **Output 0**: the changes of the table: the old row with weight -1, then the new one with +1, both with the ordinal of
/// their cause; nothing where the new row is equal to the old. **Output 1**, where names of columns were given: deletions
/// of rows that are not there, as a dead letter shows them. **State**: the table's rows.
package final class UpsertTable: Operator {
    private let store: RowStore
    private let table = KeyTable(payloadBytes: 8)
    private let keys: KeyEncoder
    private let reader = BatchReader()
    private var outIds: [Int32] = []
    private var outWeights: [Int64] = []
    private var outOrdinals: [Int64] = []
    private var freed: [Int32] = []
    private let refusals: RefusedDeletions?
    private var refused: [Int32] = []

    /// - Parameters:
    ///   - key: the columns of the primary key.
    ///   - names: of all columns; empty: there is no output 1.
    package init(_ types: [DataType], key: [Int], names: [String] = []) {
        refusals = names.isEmpty ? nil : RefusedDeletions(types, names, key: key)
        store = RowStore(types)
        keys = KeyEncoder(columns: key, nulls: .value)
    }

    package var stateSize: StateSize { StateSize(rows: store.count, bytes: store.bytes + table.bytes) }

    /// The rows of the table.
    package var contents: Batch {
        let rows = store.rowsInUse
        return Batch(
            columns: store.columns(rows), count: rows.count, ordinals: Ordinals([Int64](repeating: 0, count: rows.count)))
    }

    package func code(_ coder: StateCoder) throws(StateDamage) {
        try store.code(coder)
        try table.code(coder)
    }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        for index in outputs.indices { outputs[index].progress = inputs[0].progress }
        let batch = inputs[0].batch
        if batch.isEmpty { return }
        reader.bind(batch)
        keys.encode(reader)
        for row in 0..<batch.count {
            if batch.weight(row) > 0 {
                upsert(row, batch.ordinals[row])
            } else {
                delete(row, batch.ordinals[row])
            }
        }
        if !outIds.isEmpty {
            let isWeighted = outWeights.contains { $0 != 1 }
            outputs[0].batch = Batch(
                columns: store.columns(outIds), count: outIds.count, weights: isWeighted ? outWeights : nil,
                ordinals: Ordinals(outOrdinals))
        }
        if !refused.isEmpty, let refusals {
            outputs[1].batch = refusals.rows(batch.gather(refused))
            refused.removeAll(keepingCapacity: true)
        }
        for row in freed { store.free(row) }
        freed.removeAll(keepingCapacity: true)
        outIds.removeAll(keepingCapacity: true)
        outWeights.removeAll(keepingCapacity: true)
        outOrdinals.removeAll(keepingCapacity: true)
        reader.unbind()
    }

    private func upsert(_ row: Int, _ ordinal: Int64) {
        let (group, isNew) = table.findOrInsert(keys.key(row))
        if !isNew {
            let old = table.payload(group).load(as: Int32.self)
            if store.equals(old, reader, row) { return }
            emit(old, -1, ordinal)
            freed.append(old)
        }
        let id = store.append(reader, row)
        table.payload(group).storeBytes(of: id, as: Int32.self)
        emit(id, 1, ordinal)
    }

    private func delete(_ row: Int, _ ordinal: Int64) {
        let group = table.find(keys.key(row))
        if group < 0 {
            if refusals != nil { refused.append(Int32(truncatingIfNeeded: row)) }
            return
        }
        let old = table.payload(group).load(as: Int32.self)
        emit(old, -1, ordinal)
        freed.append(old)
        table.remove(group)
    }

    private func emit(_ id: Int32, _ weight: Int64, _ ordinal: Int64) {
        outIds.append(id)
        outWeights.append(weight)
        outOrdinals.append(ordinal)
    }
}
