import MutstreamColumnar

/// DISTINCT, and the set operations of two relations with equal columns.
///
/// ```
/// distinct      l > 0 ? 1 : 0            one input
/// intersect     l > 0 and r > 0 ? 1 : 0
/// intersectAll  min(l, r)                l, r: how often a row is in the first and the second input; below 0 counts as 0
/// except        l > 0 and r <= 0 ? 1 : 0
/// exceptAll     l - r, at least 0
/// ```
///
/// **Output**: the change of each row's weight in a step, in the order in which rows were first touched by their input,
/// inputs one after the other at an equal ordinal; with the ordinal of the last touch. The integrated output equals the
/// batch query after every step. **State**: each distinct row with its two weights; a row whose weights are 0 is gone.
/// Rows are equal as `IS NOT DISTINCT FROM` says; of equal rows that look different (0.0 and -0.0) the one that came
/// first leaves. Complexity: O(1) a row.
///
/// With a time to live a row that nothing has touched for so long is forgotten. Where a row that was shown is never taken
/// back as long as the inputs are append-only, it stays with those who got it, and may come again; EXCEPT takes it back.
package final class CountedSets: Operator {
    package enum Kind: Sendable, Hashable {
        case distinct, intersect, intersectAll, except, exceptAll

        /// How many inputs it has.
        package var inputs: Int { self == .distinct ? 1 : 2 }

        @inline(__always)
        func weight(_ left: Int64, _ right: Int64) -> Int64 {
            switch self {
            case .distinct: left > 0 ? 1 : 0
            case .intersect: left > 0 && right > 0 ? 1 : 0
            case .intersectAll: max(min(left, right), 0)
            case .except: left > 0 && right <= 0 ? 1 : 0
            case .exceptAll: max(max(left, 0) &- max(right, 0), 0)
            }
        }
    }

    /// `| first weight: 8 | second weight: 8 | row's id: 4 | place among the touched + 1: 4 |`
    private static let payloadBytes = 24

    private let kind: Kind
    private let table = KeyTable(payloadBytes: CountedSets.payloadBytes)
    private let keys: KeyEncoder
    private let store: RowStore
    private let reader = BatchReader()
    private var groups: [Int32] = []
    private var newRows: [Int32] = []
    private var touched: [Touched] = []
    private let expiry: Expiry?
    private var timers = TimerHeap()
    private var idle: IdleKeys?
    private let types: [DataType]

    private struct Touched {
        var group: Int32
        var row: Int32
        var ordinal: Int64
        var old: Int64
    }

    /// - Parameters:
    ///   - expiry: when rows are forgotten.
    ///   - timeToLive: microseconds of the clock after which a row is forgotten that nothing touches; only of append-only
    ///     inputs, and not together with `expiry`.
    package init(types: [DataType], kind: Kind, expiry: Expiry? = nil, timeToLive: Int64? = nil) {
        self.expiry = expiry
        self.types = types
        if expiry == nil { idle = timeToLive.map { IdleKeys(timeToLive: $0) } }
        self.kind = kind
        keys = KeyEncoder(columns: Array(types.indices), nulls: .value)
        store = RowStore(types)
    }

    package var stateSize: StateSize {
        StateSize(rows: store.count, bytes: store.bytes + table.bytes + timers.bytes + (idle?.bytes ?? 0))
    }

    package var wantsEveryStep: Bool { idle?.isEmpty == false }
    package var wakesAt: Int64? { idle?.wakesAt }

    package func code(_ coder: StateCoder) throws(StateDamage) {
        try store.code(coder)
        try table.code(coder)
        try timers.code(coder)
        try idle?.code(coder)
    }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        precondition(inputs.count == kind.inputs, "a set operation has the inputs of its kind")
        outputs[0].progress =
            inputs.count == 1 ? inputs[0].progress : .minimum(inputs[0].progress, inputs[1].progress)
        defer { expire(outputs[0].progress.end) }
        let gone = forgetIdle(inputs, context)
        defer { if let gone { outputs[0].batch = IdleKeys.join(gone, outputs[0].batch, types) } }
        for (side, input) in inputs.enumerated() where !input.batch.isEmpty { count(input.batch, side) }
        if touched.isEmpty { return }
        emit(&outputs[0])
        for entry in touched {
            let payload = table.payload(entry.group)
            payload.storeBytes(of: 0, toByteOffset: 20, as: Int32.self)
            if payload.load(as: Int64.self) == 0, payload.load(fromByteOffset: 8, as: Int64.self) == 0 {
                forget(entry.group, entry.row)
            }
        }
        touched.removeAll(keepingCapacity: true)
    }

    private func forget(_ group: Int32, _ row: Int32) {
        table.remove(group)
        table.payload(group).storeBytes(of: -1, toByteOffset: 16, as: Int32.self)
        store.free(row)
    }

    /// Forgets the rows whose windows the watermark has passed.
    private func expire(_ watermark: Int64) {
        guard let expiry else { return }
        while let timer = timers.pop(due: watermark) {
            // The row may have gone, and the number may be that of another one.
            let row = table.payload(timer.subject).load(fromByteOffset: 16, as: Int32.self)
            guard row >= 0 else { continue }
            let end = store.load(row, expiry.column, as: Int64.self).addingClamped(expiry.distance)
            if end <= watermark, !store.isNull(row, expiry.column) { forget(timer.subject, row) }
        }
    }

    /// Forgets rows that have lived their time; gives what has to be taken back, if anything.
    private func forgetIdle(_ inputs: [Delta], _ context: StepContext) -> Batch? {
        guard idle != nil else { return nil }
        idle?.advance(to: context.clock)
        let due =
            idle?.takeDue { report in
                for input in inputs where !input.batch.isEmpty {
                    keys.encode(input.batch)
                    for row in 0..<input.batch.count { report(table.find(keys.key(row))) }
                }
            } ?? []
        var rows: [Int32] = []
        var weights: [Int64] = []
        for group in due {
            let payload = table.payload(group)
            let row = payload.load(fromByteOffset: 16, as: Int32.self)
            // The row may have gone by itself.
            guard row >= 0 else { continue }
            let weight = kind.weight(payload.load(as: Int64.self), payload.load(fromByteOffset: 8, as: Int64.self))
            if kind == .except || kind == .exceptAll, weight != 0 {
                rows.append(row)
                weights.append(0 &- weight)
            }
        }
        let gone =
            rows.isEmpty
            ? nil
            : Batch(
                columns: store.columns(rows), count: rows.count, weights: weights,
                ordinals: Ordinals([Int64](repeating: idle?.lastOrdinal ?? 0, count: rows.count)))
        for group in due {
            let row = table.payload(group).load(fromByteOffset: 16, as: Int32.self)
            if row >= 0 { forget(group, row) }
        }
        return gone
    }

    private func count(_ batch: Batch, _ side: Int) {
        reader.bind(batch)
        keys.encode(reader)
        table.findOrInsert(keys, into: &groups, newRows: &newRows)
        for row in newRows {
            let payload = table.payload(groups[Int(row)])
            payload.storeBytes(of: 0, as: Int64.self)
            payload.storeBytes(of: 0, toByteOffset: 8, as: Int64.self)
            payload.storeBytes(of: store.append(reader, Int(row)), toByteOffset: 16, as: Int32.self)
            payload.storeBytes(of: 0, toByteOffset: 20, as: Int32.self)
            if let expiry, !reader[expiry.column].isNull(Int(row)) {
                let time = reader[expiry.column].load(Int(row), as: Int64.self).addingClamped(expiry.distance)
                timers.push(TimerHeap.Timer(time: time, serial: 0, subject: groups[Int(row)]))
            }
        }
        if idle != nil { idle?.touch(groups, batch) }
        for row in 0..<batch.count {
            let payload = table.payload(groups[row])
            let place = payload.load(fromByteOffset: 20, as: Int32.self)
            if place == 0 {
                let old = kind.weight(payload.load(as: Int64.self), payload.load(fromByteOffset: 8, as: Int64.self))
                touched.append(
                    Touched(
                        group: groups[row], row: payload.load(fromByteOffset: 16, as: Int32.self),
                        ordinal: batch.ordinals[row], old: old))
                payload.storeBytes(of: Int32(truncatingIfNeeded: touched.count), toByteOffset: 20, as: Int32.self)
            } else {
                let at = Int(place) - 1
                touched[at].ordinal = max(touched[at].ordinal, batch.ordinals[row])
            }
            let weight = payload.load(fromByteOffset: side &* 8, as: Int64.self) &+ batch.weight(row)
            payload.storeBytes(of: weight, toByteOffset: side &* 8, as: Int64.self)
        }
        reader.unbind()
    }

    private func emit(_ output: inout Delta) {
        var changes: [(row: Int32, weight: Int64, ordinal: Int64, place: Int)] = []
        for (place, entry) in touched.enumerated() {
            let payload = table.payload(entry.group)
            let new = kind.weight(payload.load(as: Int64.self), payload.load(fromByteOffset: 8, as: Int64.self))
            if new != entry.old { changes.append((entry.row, new &- entry.old, entry.ordinal, place)) }
        }
        if changes.isEmpty { return }
        changes.sort { ($0.ordinal, $0.place) < ($1.ordinal, $1.place) }
        let weights = changes.map(\.weight)
        output.batch = Batch(
            columns: store.columns(changes.map(\.row)), count: changes.count,
            weights: weights.allSatisfy { $0 == 1 } ? nil : weights, ordinals: Ordinals(changes.map(\.ordinal)))
    }
}
