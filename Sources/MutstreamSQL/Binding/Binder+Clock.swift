import MutstreamColumnar
import MutstreamDataflow

/// Conditions on the clock: `at > NOW() - INTERVAL '5 minutes'` in WHERE.
extension Binder {
    /// Functions that read the clock of the step.
    static let clockFunctions: Set<String> = ["now", "current_timestamp", "localtimestamp", "proctime"]

    static func isClock(_ expr: Expr) -> Bool {
        if case .function(let call) = expr.kind, call.over == nil { return clockFunctions.contains(call.name.name) }
        return false
    }

    static func readsClock(_ expr: Expr) -> Bool {
        isClock(expr) || expr.children.contains(where: readsClock)
    }

    /// The rows of a relation for which a condition on the clock is true; they come and go as it passes.
    func bindClockFilter(
        _ condition: Expr, _ input: Relation, clause: String, owner: String, emit: EmitClause?, outer: OuterScope?
    ) throws(SQLError) -> Relation {
        if isSession {
            throw SQLError(
                "NOW() belongs in a pipeline: a session has no clock that goes on", at: condition.range,
                hint: "compare with a constant TIMESTAMP")
        }
        if emit?.kind == .onArrival {
            // A row that arrives is judged once, by the clock at which it came.
            let (clocked, column) = try withArrivalTime(input, owner: owner, condition.range)
            let binder = clockBinder(input, clause, outer, as: .column(column, .timestamp))
            let predicate = try binder.condition(condition)
            let filtered = add(.filter(clocked.node, predicate), clocked.columns, owner: owner)
            let own = input.columns.indices.map { Expression.column($0, input.columns[$0].type) }
            return Relation(node: add(.project(filtered, own), input.columns, owner: owner), columns: input.columns)
        }
        let now = newPlaceholder()
        let bound = try clockBinder(input, clause, outer, as: .column(now, .timestamp)).condition(condition).folded()
        var result = input
        for conjunct in bound.conjuncts {
            guard conjunct.columns.contains(now) else {
                result.node = add(.filter(result.node, conjunct), result.columns, owner: owner)
                continue
            }
            let (isUntil, time) = try clockBound(conjunct, now, condition.range)
            var inner = InputColumns(result)
            let column = inner.position(of: time)
            let operation = TemporalPlan.Operation.validity(from: isUntil ? nil : column, until: isUntil ? column : nil)
            let base = inner.node(in: self, owner: owner)
            let node = add(.temporal(TemporalPlan(operation: operation, inputs: [base])), inner.columns, owner: owner)
            let own = input.columns.indices.map { Expression.column($0, input.columns[$0].type) }
            result.node = inner.columns.count == own.count ? node : add(.project(node, own), input.columns, owner: owner)
        }
        return result
    }

    private func clockBinder(
        _ input: Relation, _ clause: String, _ outer: OuterScope?, as clock: Expression
    ) -> ExpressionBinder {
        ExpressionBinder(Scope(columns: input.columns), clause: clause, outer: outer, functions: self) { expr in
            Binder.isClock(expr) ? clock : nil
        }
    }

    /// `time OP NOW() ± length` as the time from which on, or until which, a row is there.
    private func clockBound(
        _ condition: Expression, _ now: Int, _ range: SourceRange
    ) throws(SQLError) -> (isUntil: Bool, Expression) {
        let usage = "write a comparison such as at > NOW() - INTERVAL '5 minutes'"
        guard case .call(let function, let operands) = condition.node, operands.count == 2,
            operands[0].columns.contains(now) != operands[1].columns.contains(now)
        else { throw SQLError("NOW() can only be compared with a time", at: range, hint: usage) }
        let isFirst = operands[0].columns.contains(now)
        guard let shift = Binder.shift(operands[isFirst ? 0 : 1], now) else {
            throw SQLError(
                "found a computation with NOW(), expected NOW() plus or minus an INTERVAL", at: range, hint: usage)
        }
        let time = operands[isFirst ? 1 : 0]
        // time OP now + shift; what holds from a time on, or until one.
        let isUntil: Bool
        let extra: Int64
        switch function {
        case .greater: (isUntil, extra) = isFirst ? (false, 1) : (true, 0)
        case .greaterOrEqual: (isUntil, extra) = isFirst ? (false, 0) : (true, 1)
        case .less: (isUntil, extra) = isFirst ? (true, 0) : (false, 1)
        case .lessOrEqual: (isUntil, extra) = isFirst ? (true, 1) : (false, 0)
        default: throw SQLError("NOW() is compared by <, <=, > or >=", at: range, hint: usage)
        }
        let length = extra - shift
        if length == 0 { return (isUntil, time) }
        let literal = Expression(.literal(.interval(Interval(microseconds: length))), .interval)
        do throws(TypeError) {
            return (isUntil, try Typing.binary("+", time, literal))
        } catch { throw SQLError(error.message, at: range, hint: error.hint) }
    }

    /// How far an expression is from the clock, in microseconds; nil: it is no constant distance.
    private static func shift(_ expression: Expression, _ now: Int) -> Int64? {
        switch expression.node {
        case .column(now): return 0
        case .cast(let inner, _) where expression.type == .timestamp || expression.type == .timestamptz:
            return shift(inner, now)
        case .call(let function, let operands) where operands.count == 2 && (function == .add || function == .subtract):
            guard let first = shift(operands[0], now), case .interval(let interval)? = operands[1].literalValue,
                let length = interval.exactMicroseconds, length.magnitude < 1 << 60, first.magnitude < 1 << 60
            else { return nil }
            return function == .add ? first + length : first - length
        default: return nil
        }
    }

    /// A relation with the clock at which each row came, as a last column.
    func withArrivalTime(_ input: Relation, owner: String, _ range: SourceRange) throws(SQLError) -> (Relation, Int) {
        guard isAppendOnly(input.node) else {
            throw SQLError(
                "PROCTIME() needs rows that only arrive, but rows of this query can change", at: range,
                hint: "read it from the stream itself, in a view of its own")
        }
        let columns =
            input.columns + [
                ScopeColumn(relation: "", name: "proctime", type: .timestamp, sensitive: nil, window: nil, isHidden: true)
            ]
        let node = add(
            .temporal(TemporalPlan(operation: .arrivalTime, inputs: [input.node])), columns, owner: owner)
        return (Relation(node: node, columns: columns), input.columns.count)
    }
}
