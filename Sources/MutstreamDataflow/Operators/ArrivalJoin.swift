import MutstreamColumnar

/// Joins each row of a driving stream with a relation as it is when the row arrives; the results are never revised.
///
/// Input 0 drives: rows that are only appended, or, with a memo, rows that can be taken back, and with them what they were
/// answered. Input 1 is the relation, by its changes. A driving row with ordinal *o* sees the relation as made by all its
/// changes with ordinals <= *o*, so the inputs are interleaved within a step and the division into steps does not show.
///
/// **Outputs**: 0, left columns, then right ones (`semi` and `anti`: left columns only), in the order of the driving rows
/// and with their ordinals; for one driving row, matches in the order in which the relation got them; a match of weight
/// *n* comes *n* times. 1, if asked for: pairs for which `residual` fails, with a TEXT for the reason; they do not match.
/// Progress is that of input 0. **State**: the relation's rows; no key column NULL. With a memo, the answer of each driving
/// row.
package final class ArrivalJoin: Operator {
    package enum Kind: Sendable {
        case inner
        /// A row without a match comes once, its right columns NULL.
        case left
        /// A row with a match comes once.
        case semi
        /// A row without a match comes once.
        case anti
    }

    private static let candidatesMax = 32_768

    private let kind: Kind
    private let keys = JoinKeys(chains: 1)
    private let side: JoinSide
    private let leftKeys: KeyEncoder
    let residual: (any RowPredicate)?
    /// Of a driving input whose rows can be taken back.
    private let memo: AnswerMemo?
    /// Candidates: a driving row and one of the relation, with its weight. A row that has none is there with -1.
    private var candidateRows: [Int32] = []
    private var candidateIds: [Int32] = []
    private var candidateWeights: [Int64] = []
    private var outRows: [Int32] = []
    private var outIds: [Int32] = []
    private var groups: [Int32] = []
    private var pieces: [Batch] = []
    private var failures: [Batch] = []
    private var idle: IdleKeys?

    /// - Parameters:
    ///   - leftKeys: columns that equal `rightKeys`, one for one, of the same type. Both may be empty.
    ///   - nullSafe: for each pair whether it is compared as IS NOT DISTINCT FROM does; empty: for none.
    ///   - residual: what else must hold, over left then right columns.
    ///   - changingTypes: the columns of driving rows that can be taken back; nil: they only arrive.
    ///   - timeToLive: microseconds of the clock after which the relation's rows of a key are forgotten that neither side
    ///     touches; of a relation that is a stream.
    package init(
        _ kind: Kind, rightTypes: [DataType], leftKeys: [Int], rightKeys: [Int], nullSafe: [Bool] = [],
        residual: (any RowPredicate)? = nil, changingTypes: [DataType]? = nil, timeToLive: Int64? = nil
    ) {
        precondition(leftKeys.count == rightKeys.count, "key columns come in pairs")
        memo = changingTypes.map { AnswerMemo(leftTypes: $0, types: rightTypes) }
        idle = timeToLive.map { IdleKeys(timeToLive: $0) }
        self.kind = kind
        side = JoinSide(rightTypes, keys: rightKeys, nullSafe: nullSafe, in: keys, chain: 0)
        // A NULL that rejects needs no look: the relation keeps no row that has one.
        self.leftKeys = JoinSide.encoder(leftKeys, nullSafe).encoder
        self.residual = residual
    }

    package var stateSize: StateSize {
        let (size, answers) = (side.stateSize, memo?.stateSize ?? StateSize(rows: 0, bytes: 0))
        return StateSize(
            rows: size.rows + answers.rows,
            bytes: size.bytes + answers.bytes + keys.table.bytes + (idle?.bytes ?? 0))
    }

    package var wantsEveryStep: Bool { idle?.isEmpty == false }
    package var wakesAt: Int64? { idle?.wakesAt }

    package func code(_ coder: StateCoder) throws(StateDamage) {
        try keys.table.code(coder)
        try side.code(coder)
        try memo?.code(coder)
        try idle?.code(coder)
    }

    package func pacemakers(of port: Int, among count: Int) -> [Int] { [0] }

    package var ordinalSense: OrdinalSense { .others(driver: 0) }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        let (left, right) = (inputs[0].batch, inputs[1].batch)
        for port in outputs.indices { outputs[port].progress = inputs[0].progress }
        if idle != nil { forgetIdle(left, right, context) }
        if left.isEmpty, right.isEmpty { return }
        side.beginStep(right)
        leftKeys.encode(left)
        memo?.beginStep(left)
        // Those of the step's changes are there already, and none goes before its end.
        if groups.count > left.count { groups.removeLast(groups.count - left.count) }
        while groups.count < left.count { groups.append(0) }
        for row in 0..<left.count { groups[row] = leftKeys.isRejected(row) ? -1 : 0 }
        groups.withUnsafeMutableBufferPointer { keys.table.find(leftKeys, groups: $0) }
        if idle != nil {
            side.noteTouches(&idle)
            idle?.touch(groups, left)
        }
        interleave(left, right)
        flush(left)
        side.endStep()
        keys.sweep()
        if !pieces.isEmpty { outputs[0].batch = Batch.concatenate(pieces) }
        pieces.removeAll(keepingCapacity: true)
        if !failures.isEmpty, outputs.count > 1 { outputs[1].batch = Batch.concatenate(failures) }
        failures.removeAll(keepingCapacity: true)
    }

    private func forgetIdle(_ left: Batch, _ right: Batch, _ context: StepContext) {
        idle?.advance(to: context.clock)
        let due =
            idle?.takeDue { report in
                side.reportGroups(of: right, report)
                leftKeys.encode(left)
                for row in 0..<left.count where !leftKeys.isRejected(row) { report(keys.table.find(leftKeys.key(row))) }
            } ?? []
        side.forget(side.rows(of: due))
        keys.sweep()
    }

    private func interleave(_ left: Batch, _ right: Batch) {
        var change = 0
        for row in 0..<left.count {
            while change < right.count, right.ordinals[change] <= left.ordinals[row] {
                if side.groups[change] >= 0 { side.apply(change, weight: side.weights[change]) }
                change += 1
            }
            let group = groups[row]
            let isGoing = memo != nil && left.weight(row) < 0
            probe(row, group < 0 || isGoing ? -1 : side.first(group))
            if candidateRows.count >= ArrivalJoin.candidatesMax { flush(left) }
        }
        while change < right.count {
            if side.groups[change] >= 0 { side.apply(change, weight: side.weights[change]) }
            change += 1
        }
    }

    /// Notes a driving row's candidates from the first of a chain on.
    @inline(__always)
    private func probe(_ row: Int, _ first: Int32) {
        let store = side.store
        let row = Int32(truncatingIfNeeded: row)
        var id = first
        var found = false
        while id >= 0 {
            let weight = store.weight(id)
            if weight > 0 {
                found = true
                candidateRows.append(row)
                candidateIds.append(id)
                candidateWeights.append(weight)
                if !hasRightColumns, residual == nil { return }
            }
            id = store.next(id)
        }
        if found { return }
        candidateRows.append(row)
        candidateIds.append(-1)
        candidateWeights.append(1)
    }

    /// Turns candidates into output; those of one driving row are all there.
    private func flush(_ left: Batch) {
        guard !candidateRows.isEmpty else { return }
        if let memo {
            settle(left, memo, &pieces, &failures)
        } else {
            let judged = judge(left)
            if let judged, !judged.failures.isEmpty { failures.append(judged.pairs.failed(judged.failures)) }
            select(judged?.passed, left)
            if !outRows.isEmpty { pieces.append(gathered(left)) }
        }
        candidateRows.removeAll(keepingCapacity: true)
        candidateIds.removeAll(keepingCapacity: true)
        candidateWeights.removeAll(keepingCapacity: true)
        side.freeDeparted()
    }

    /// What the residual condition says of the candidates; nil where there is none to ask. Of no meaning at -1.
    private func judge(_ left: Batch) -> (pairs: Batch, passed: [Bool], failures: [FailedRow])? {
        guard let residual, candidateIds.contains(where: { $0 >= 0 }) else { return nil }
        let pairs = combined(left, candidateRows, candidateIds)
        let read = residual.columnsRead.map { columns in pairs.with(columns: columns.map { pairs.columns[$0] }) }
        let judged = residual.judge(read ?? pairs)
        precondition(judged.passed.count == candidateRows.count, "a predicate answers for each row")
        return (pairs, judged.passed, judged.failures.filter { candidateIds[Int($0.row)] >= 0 })
    }

    /// What the answers of driving rows are made of: the parts of each row stand together, and each row has one.
    struct Answers {
        var rows: [Int32] = []
        /// Rows of the relation; -1: none.
        var ids: [Int32] = []
        var weights: [Int64] = []
        var parts: [AnswerMemo.Part] = []

        mutating func append(_ row: Int32, _ id: Int32, _ weight: Int64, _ part: AnswerMemo.Part) {
            rows.append(row)
            ids.append(id)
            weights.append(weight)
            parts.append(part)
        }
    }

    /// The answers of the candidates; a row that goes has one that is nothing.
    func answers(_ left: Batch) -> Answers {
        let judged = judge(left)
        var hasFailed = [Bool](repeating: false, count: judged == nil ? 0 : candidateRows.count)
        for failure in judged?.failures ?? [] { hasFailed[Int(failure.row)] = true }
        var result = Answers()
        var at = 0
        while at < candidateRows.count {
            let row = candidateRows[at]
            var matched = false
            let first = result.rows.count
            while at < candidateRows.count, candidateRows[at] == row {
                if candidateIds[at] >= 0 {
                    if judged?.passed[at] ?? true {
                        if hasRightColumns { result.append(row, candidateIds[at], candidateWeights[at], .result) }
                        matched = true
                    } else if judged != nil, hasFailed[at] {
                        result.append(row, candidateIds[at], 1, .failure)
                    }
                }
                at += 1
            }
            if kind == .semi ? matched : kind != .inner && !matched, left.weight(Int(row)) > 0 {
                result.append(row, -1, 1, .result)
            } else if result.rows.count == first {
                result.append(row, -1, 1, .nothing)
            }
        }
        return result
    }

    var hasRightColumns: Bool { kind == .inner || kind == .left }

    /// Columns of the relation's rows.
    func columns(_ ids: [Int32]) -> [Column] { side.store.columns(ids) }

    private func select(_ passed: [Bool]?, _ left: Batch) {
        outRows.removeAll(keepingCapacity: true)
        outIds.removeAll(keepingCapacity: true)
        var at = 0
        while at < candidateRows.count {
            let row = candidateRows[at]
            var matched = false
            while at < candidateRows.count, candidateRows[at] == row {
                if candidateIds[at] >= 0, passed?[at] ?? true {
                    if hasRightColumns {
                        append(row, candidateIds[at], candidateWeights[at] &* left.weight(Int(row)))
                    }
                    matched = true
                }
                at += 1
            }
            switch kind {
            case .inner: break
            case .left, .anti: if !matched { append(row, -1, left.weight(Int(row))) }
            case .semi: if matched { append(row, -1, left.weight(Int(row))) }
            }
        }
    }

    @inline(__always)
    private func append(_ row: Int32, _ id: Int32, _ times: Int64) {
        var times = times
        while times > 0 {
            outRows.append(row)
            outIds.append(id)
            times -= 1
        }
    }

    private func gathered(_ left: Batch) -> Batch {
        if hasRightColumns { return combined(left, outRows, outIds) }
        return Batch(
            columns: pick(left.columns, outRows, of: left.count), count: outRows.count,
            ordinals: left.ordinals.gather(outRows))
    }

    private func combined(_ left: Batch, _ rows: [Int32], _ ids: [Int32]) -> Batch {
        Batch(
            columns: pick(left.columns, rows, of: left.count) + side.store.columns(ids), count: rows.count,
            ordinals: left.ordinals.gather(rows))
    }

    /// The columns themselves where every row is taken once.
    private func pick(_ columns: [Column], _ rows: [Int32], of count: Int) -> [Column] {
        if rows.count == count {
            var position = 0
            while position < count, rows[position] == Int32(truncatingIfNeeded: position) { position += 1 }
            if position == count { return columns }
        }
        return columns.map { $0.gather(rows) }
    }
}
