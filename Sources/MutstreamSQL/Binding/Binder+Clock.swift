import MutstreamColumnar
import MutstreamDataflow

/// Conditions on the clock: `at > NOW() - INTERVAL '5 minutes'` in WHERE.
extension Binder {
    /// Functions that read the clock of the step.
    static let clockFunctions: Set<String> = ["now", "current_timestamp", "localtimestamp", "proctime", "current_date"]

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
        if isSession, clock == nil {
            throw SQLError(
                "NOW() cannot stand in the statements that fill tables before the first row", at: condition.range,
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
            let bound = try clockBound(conjunct, now, condition.range)
            var inner = InputColumns(result)
            let operation = TemporalPlan.Operation.validity(
                from: bound.from.map { inner.position(of: $0) }, until: bound.until.map { inner.position(of: $0) })
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
            guard case .function(let call) = expr.kind, Binder.isClock(expr) else { return nil }
            return call.name.name == "current_date" ? Expression(.cast(clock, isTry: false), .date) : clock
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
