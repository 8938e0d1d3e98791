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
/// leave at the end of time. The input changes no row of a window that the watermark has passed.
///
/// **State**: the rows of open windows, equal ones once. Complexity: O(1) a change, O(log n) a row that leaves.
package final class WindowRows: ClosingOperator {
    /// Payload: `| weight: 8 | row: 4 | next of its window, `endless` where it has none: 4 |`
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
    private static let endless: Int32 = -2
    /// The head and the tail of the chain of rows without an end.
    private let endlessRows = UnsafeMutableRawPointer.allocate(byteCount: 8, alignment: 4)

    /// - Parameters:
    ///   - end: the TIMESTAMP column of the window's end.
    ///   - distance: how far behind it the watermark may still bring changes, in microseconds.
    package init(types: [DataType], end: Int, distance: Int64) {
        self.end = end
        self.distance = distance
        keys = KeyEncoder(columns: Array(types.indices), nulls: .value, equality: .exact)
        store = RowStore(types, headerBytes: RowHeader.bytes)
        order = types.indices.map { SortItem(column: $0) }
        endlessRows.initializeMemory(as: Int32.self, repeating: -1, count: 2)
    }

    deinit { endlessRows.deallocate() }

    package var stateSize: StateSize { StateSize(rows: store.count, bytes: store.bytes + table.bytes) }
    package var openCount: Int { table.count }

    package func due(_ watermark: Int64, limit: Int) -> Int {
        let time = watermark.subtractingClamped(distance)
        if time < windows.first { return 0 }
        return windows.due(time, limit: limit) { next($0) }
    }

    package func code(_ coder: StateCoder) throws(StateDamage) {
        try store.code(coder)
        try table.code(coder)
        try windows.code(coder)
        for offset in [0, 4] {
            var row = endlessRows.load(fromByteOffset: offset, as: Int32.self)
            try coder.code(&row)
            endlessRows.storeBytes(of: row, toByteOffset: offset, as: Int32.self)
        }
    }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        var progress = inputs[0].progress.caughtUp(from: outputs[0].progress.end, at: context.ordinal)
        if !inputs[0].batch.isEmpty { add(inputs[0].batch) }
        for (rise, value) in progress.values.enumerated() {
            let time = value.subtractingClamped(distance)
            if value == .max { endAll(at: time) }
            close(time, progress.ordinals[rise], max: context.closesMax)
            if windows.first > time || windows.isEmpty { continue }
            progress.hold(at: rise, before: windows.first.addingClamped(distance))
            break
        }
        outputs[0].progress = progress
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
            let id = store.append(reader, Int(row))
            payload.storeBytes(of: id, toByteOffset: 8, as: Int32.self)
            payload.storeBytes(of: WindowRows.endless, toByteOffset: 12, as: Int32.self)
            if reader[end].isNull(Int(row)) {
                store.link(id, group, weight: 1, ends: endlessRows)
            } else {
                place(group, end: reader[end].load(Int(row), as: Int64.self))
            }
        }
        var isGone = false
        for row in 0..<batch.count {
            let payload = table.payload(groups[row])
            let weight = payload.load(as: Int64.self) &+ batch.weight(row)
            payload.storeBytes(of: weight, as: Int64.self)
            if weight == 0, next(groups[row]) == WindowRows.endless { isGone = true }
        }
        if isGone {
            forget(Set(groups[..<batch.count]).sorted().filter { weight($0) == 0 && next($0) == WindowRows.endless })
        }
        reader.unbind()
    }

    private func place(_ group: Int32, end: Int64) {
        table.payload(group).storeBytes(of: -1, toByteOffset: 12, as: Int32.self)
        let last = windows.add(group, end: end)
        if last >= 0 { table.payload(last).storeBytes(of: group, toByteOffset: 12, as: Int32.self) }
    }

    // MARK: Rows without an end

    /// They have been taken back: no window will.
    private func forget(_ groups: [Int32]) {
        for group in groups {
            let row = row(group)
            store.unlink(row, ends: endlessRows)
            store.free(row)
            table.remove(group)
        }
    }

    /// At the end of time they have one.
    private func endAll(at time: Int64) {
        var row = endlessRows.load(as: Int32.self)
        while row >= 0 {
            place(store.group(row), end: time)
            row = store.next(row)
        }
        endlessRows.initializeMemory(as: Int32.self, repeating: -1, count: 2)
    }

    // MARK: Windows that close

    private var leaving: [(row: Int32, weight: Int64, ordinal: Int64)] = []
    private var gone: [Int32] = []
    /// The end of the window of which a part has left: what is left is in order.
    private var sortedEnd: Int64?

    private func next(_ group: Int32) -> Int32 { table.payload(group).load(fromByteOffset: 12, as: Int32.self) }
    private func weight(_ group: Int32) -> Int64 { table.payload(group).load(as: Int64.self) }
    private func row(_ group: Int32) -> Int32 { table.payload(group).load(fromByteOffset: 8, as: Int32.self) }

    private func close(_ watermark: Int64, _ ordinal: Int64, max: Int) {
        while gone.count < max, watermark >= windows.first, let first = windows.firstDue(watermark) {
            let (room, isSorted) = (max - gone.count, sortedEnd == windows.first)
            var content: [Int32] = []
            var group = first
            while group >= 0, !isSorted || content.count <= room {
                content.append(group)
                group = next(group)
            }
            if !isSorted { content = sorted(content) }
            let count = min(content.count, room)
            if count < content.count {
                if !isSorted { link(content[count...]) }
                sortedEnd = windows.first
                windows.leave(content[count])
            } else {
                sortedEnd = nil
                windows.leave(-1)
            }
            for group in content[..<count] { leave(group, ordinal) }
        }
    }

    /// The rows of a window in the order of their values, behind them those that are there no more.
    private func sorted(_ content: [Int32]) -> [Int32] {
        let there = content.filter { weight($0) > 0 }
        let rows = Batch(columns: store.columns(there.map { row($0) }), count: there.count, ordinals: Ordinals(first: 0))
        return RowSorter(rows, order).permutation.map { there[Int($0)] } + content.filter { weight($0) <= 0 }
    }

    /// What is left of a window.
    private func link(_ content: ArraySlice<Int32>) {
        for (group, next) in zip(content, content.dropFirst() + [-1]) {
            table.payload(group).storeBytes(of: next, toByteOffset: 12, as: Int32.self)
        }
    }

    private func leave(_ group: Int32, _ ordinal: Int64) {
        if weight(group) > 0 { leaving.append((row(group), weight(group), ordinal)) }
        gone.append(row(group))
        table.remove(group)
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
