import MutstreamColumnar

/// A condition on the clock in WHERE: rows are there from one time on, or until another one.
///
/// ```
/// at > NOW() - INTERVAL '5 minutes'        until = at + 5 minutes
/// clock     ----- row comes ===================| until: it is retracted
/// ```
///
/// A row is shown while `from <= clock < until`, where the clock is that of the step. At most ``changesMax`` rows come or
/// go by the clock in one step: after a pause the consequences are spread over several, and ``wakesAt`` asks for them.
///
/// **Output**: the input's columns; what the clock brings has the ordinal of the last row before the step, and comes
/// before what the step's rows bring. **State**: rows that are shown or will be, equal ones once. Complexity: O(log n) a
/// row.
package final class ValidityFilter: Operator {
    /// Rows that come or go by the clock in one step.
    package static let changesMax = 8_192

    /// Payload: `| weight: 8 | serial: 8 | row: 4 | whether it is shown: 4 |`
    private let table = KeyTable(payloadBytes: 24)
    private let from: Int?
    private let until: Int?
    private let keys: KeyEncoder
    private let store: RowStore
    private let reader = BatchReader()
    private var timers = TimerHeap()
    private var serials: Int64 = 0
    private var lastOrdinal: Int64 = 0
    private var outRows: [Int32] = []
    private var outWeights: [Int64] = []
    private var outOrdinals: [Int64] = []
    private var freed: [Int32] = []

    /// - Parameter from, until: columns of times in microseconds; a row in which one is NULL is never shown.
    package init(types: [DataType], from: Int?, until: Int?) {
        self.from = from
        self.until = until
        keys = KeyEncoder(columns: Array(types.indices), nulls: .value, equality: .exact)
        store = RowStore(types)
    }

    package var stateSize: StateSize {
        StateSize(rows: store.count, bytes: store.bytes + table.bytes + timers.bytes)
    }

    package var wantsEveryStep: Bool { timers.first != nil }
    package var wakesAt: Int64? { timers.first?.time }

    package func code(_ coder: StateCoder) throws(StateDamage) {
        try store.code(coder)
        try table.code(coder)
        try timers.code(coder)
        try coder.code(&serials)
        try coder.code(&lastOrdinal)
    }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        outputs[0].progress = inputs[0].progress
        advance(context.clock)
        let batch = inputs[0].batch
        if !batch.isEmpty {
            reader.bind(batch)
            keys.encode(reader)
            for row in 0..<batch.count { change(row, batch.weight(row), batch.ordinals[row], context.clock) }
            reader.unbind()
            lastOrdinal = max(lastOrdinal, batch.ordinals[batch.count - 1])
        }
        if !outRows.isEmpty {
            outputs[0].batch = Batch(
                columns: store.columns(outRows), count: outRows.count,
                weights: outWeights.allSatisfy { $0 == 1 } ? nil : outWeights, ordinals: Ordinals(outOrdinals))
            outRows.removeAll(keepingCapacity: true)
            outWeights.removeAll(keepingCapacity: true)
            outOrdinals.removeAll(keepingCapacity: true)
        }
        for row in freed { store.free(row) }
        freed.removeAll(keepingCapacity: true)
    }

    // MARK: The clock

    private func advance(_ clock: Int64) {
        var changes = 0
        while changes < ValidityFilter.changesMax, let timer = timers.pop(due: clock) {
            let payload = table.payload(timer.subject)
            guard payload.load(fromByteOffset: 8, as: Int64.self) == timer.serial else { continue }
            changes += 1
            let weight = payload.load(as: Int64.self)
            let row = payload.load(fromByteOffset: 16, as: Int32.self)
            if payload.load(fromByteOffset: 20, as: Int32.self) != 0 {
                write(row, 0 &- weight, lastOrdinal)
                forget(timer.subject, row)
                continue
            }
            let end = until.map { store.load(row, $0, as: Int64.self) }
            if let end, end <= clock {
                forget(timer.subject, row)
                continue
            }
            payload.storeBytes(of: 1, toByteOffset: 20, as: Int32.self)
            write(row, weight, lastOrdinal)
            if let end { arm(timer.subject, end) }
        }
    }

    private func arm(_ group: Int32, _ time: Int64) {
        serials += 1
        table.payload(group).storeBytes(of: serials, toByteOffset: 8, as: Int64.self)
        timers.push(TimerHeap.Timer(time: time, serial: serials, subject: group))
    }

    private func forget(_ group: Int32, _ row: Int32) {
        table.remove(group)
        table.payload(group).storeBytes(of: 0, toByteOffset: 8, as: Int64.self)
        freed.append(row)
    }

    // MARK: Rows

    private func change(_ row: Int, _ weight: Int64, _ ordinal: Int64, _ clock: Int64) {
        let known = table.find(keys.key(row))
        if known >= 0 {
            let payload = table.payload(known)
            let id = payload.load(fromByteOffset: 16, as: Int32.self)
            let sum = payload.load(as: Int64.self) &+ weight
            payload.storeBytes(of: sum, as: Int64.self)
            if payload.load(fromByteOffset: 20, as: Int32.self) != 0 { write(id, weight, ordinal) }
            if sum == 0 { forget(known, id) }
            return
        }
        var start = Int64.min
        var end = Int64.max
        if let from {
            if reader[from].isNull(row) { return }
            start = reader[from].load(row, as: Int64.self)
        }
        if let until {
            if reader[until].isNull(row) { return }
            end = reader[until].load(row, as: Int64.self)
        }
        // Its time is over, or was when it was there; it never is.
        if end <= clock || end <= start { return }
        let group = table.findOrInsert(keys.key(row)).group
        let id = store.append(reader, row)
        let payload = table.payload(group)
        let isShown = start <= clock
        payload.storeBytes(of: weight, as: Int64.self)
        payload.storeBytes(of: 0, toByteOffset: 8, as: Int64.self)
        payload.storeBytes(of: id, toByteOffset: 16, as: Int32.self)
        payload.storeBytes(of: isShown ? 1 : 0, toByteOffset: 20, as: Int32.self)
        if isShown {
            write(id, weight, ordinal)
            if until != nil { arm(group, end) }
        } else {
            arm(group, start)
        }
    }

    @inline(__always)
    private func write(_ row: Int32, _ weight: Int64, _ ordinal: Int64) {
        outRows.append(row)
        outWeights.append(weight)
        outOrdinals.append(ordinal)
    }
}
