import MutstreamColumnar

/// EMIT ON WINDOW CLOSE for rows that change while their window is open: first rows, DISTINCT, joins of windows.
///
/// ```
/// in     +a[0,10) | +b[0,10) -a[0,10) | > 10
/// out             |                   | +b[0,10)
/// ```
///
/// What a window holds leaves once, when the watermark reaches its end and some distance, with the ordinal of the row that
/// raised it: the windows in the order of their ends, the rows of one in the order of their values. Rows whose end is NULL
/// never leave. The input changes no row of a window that the watermark has passed.
///
/// **State**: the rows of open windows, equal ones once. Complexity: O(1) a change, O(log n) a row that leaves.
package final class WindowRows: Operator {
    /// Payload: `| weight: 8 | row: 4 | next of its window: 4 |`
    private let table = KeyTable(payloadBytes: 16)
    private let end: Int
    private let distance: Int64
    private let keys: KeyEncoder
    private let store: RowStore
    private let order: [SortItem]
    private let reader = BatchReader()
    private var windows = CloseBuckets()
    private var groups: [Int32] = []
    private var newRows: [Int32] = []

    /// - Parameters:
    ///   - end: the TIMESTAMP column of the window's end.
    ///   - distance: how far behind it the watermark may still bring changes, in microseconds.
    package init(types: [DataType], end: Int, distance: Int64) {
        self.end = end
        self.distance = distance
        keys = KeyEncoder(columns: Array(types.indices), nulls: .value, equality: .exact)
        store = RowStore(types)
        order = types.indices.map { SortItem(column: $0) }
    }

    package var stateSize: StateSize { StateSize(rows: store.count, bytes: store.bytes + table.bytes) }

    package func code(_ coder: StateCoder) throws(StateDamage) {
        try store.code(coder)
        try table.code(coder)
        try windows.code(coder)
    }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        outputs[0].progress = inputs[0].progress
        if !inputs[0].batch.isEmpty { add(inputs[0].batch) }
        for (value, ordinal) in zip(inputs[0].progress.values, inputs[0].progress.ordinals) {
            close(value.subtractingClamped(distance), ordinal)
        }
        emit(&outputs[0])
    }

    private func add(_ batch: Batch) {
        reader.bind(batch)
        keys.encode(reader)
        table.findOrInsert(keys, into: &groups, newRows: &newRows)
        for row in newRows {
            let group = groups[Int(row)]
            let payload = table.payload(group)
            payload.storeBytes(of: 0, as: Int64.self)
            payload.storeBytes(of: store.append(reader, Int(row)), toByteOffset: 8, as: Int32.self)
            payload.storeBytes(of: -1, toByteOffset: 12, as: Int32.self)
            if reader[end].isNull(Int(row)) { continue }
            let last = windows.add(group, end: reader[end].load(Int(row), as: Int64.self))
            if last >= 0 { table.payload(last).storeBytes(of: group, toByteOffset: 12, as: Int32.self) }
        }
        for row in 0..<batch.count {
            let payload = table.payload(groups[row])
            payload.storeBytes(of: payload.load(as: Int64.self) &+ batch.weight(row), as: Int64.self)
        }
        reader.unbind()
    }

    // MARK: Windows that close

    private var leaving: [(row: Int32, weight: Int64, ordinal: Int64)] = []
    private var gone: [Int32] = []

    private func close(_ watermark: Int64, _ ordinal: Int64) {
        if watermark < windows.first || windows.isEmpty { return }
        while let first = windows.popDue(watermark) {
            var content: [(row: Int32, weight: Int64)] = []
            var group = first
            while group >= 0 {
                let payload = table.payload(group)
                let (weight, row) = (payload.load(as: Int64.self), payload.load(fromByteOffset: 8, as: Int32.self))
                let next = payload.load(fromByteOffset: 12, as: Int32.self)
                if weight > 0 { content.append((row, weight)) }
                gone.append(row)
                table.remove(group)
                group = next
            }
            if content.isEmpty { continue }
            let rows = Batch(
                columns: store.columns(content.map(\.row)), count: content.count, ordinals: Ordinals(first: 0))
            for place in RowSorter(rows, order).permutation {
                leaving.append((content[Int(place)].row, content[Int(place)].weight, ordinal))
            }
        }
    }

    private func emit(_ output: inout Delta) {
        if !leaving.isEmpty {
            let weights = leaving.map(\.weight)
            output.batch = Batch(
                columns: store.columns(leaving.map(\.row)), count: leaving.count,
                weights: weights.allSatisfy { $0 == 1 } ? nil : weights, ordinals: Ordinals(leaving.map(\.ordinal)))
            leaving.removeAll(keepingCapacity: true)
        }
        for row in gone { store.free(row) }
        gone.removeAll(keepingCapacity: true)
    }
}
