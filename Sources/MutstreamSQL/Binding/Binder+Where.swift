import MutstreamColumnar
import MutstreamDataflow

extension Binder {
    /// What an expression over `columns` may mean where a subquery stands in it.
    func outerScope(_ columns: [ScopeColumn], _ parent: OuterScope?) -> OuterScope {
        OuterScope(columns, parent: parent) { self.newPlaceholder() }
    }

    /// The rows of a relation for which a condition is true; [NOT] EXISTS and IN with a subquery become semi and anti
    /// joins, other subqueries are joined and leave again.
    func bindFilter(
        _ condition: Expr, _ input: Relation, clause: String, owner: String, emit: EmitClause?, outer: OuterScope?
    ) throws(SQLError) -> Relation {
        var plain: [Expression] = []
        var later: [Expr] = []
        var clocked: [Expr] = []
        for conjunct in condition.conjuncts {
            if now == nil, Binder.readsClock(conjunct) {
                clocked.append(conjunct)
            } else if conjunct.holdsSubquery {
                later.append(conjunct)
            } else {
                let binder = ExpressionBinder(Scope(columns: input.columns), clause: clause, outer: outer, functions: self)
                plain += try binder.condition(conjunct).folded().conjuncts
            }
        }
        // One condition that is never true decides before the others are computed, as in PostgreSQL.
        if plain.contains(where: { $0.literalValue == .null || $0.literalValue == .bool(false) }) {
            plain = [.boolean(false)]
        }
        var result = input
        if let predicate = Expression.conjunction(plain) {
            result.node = add(.filter(result.node, predicate), result.columns, owner: owner)
        }
        for conjunct in later {
            result.node = try bindSubqueryFilter(
                conjunct, result, clause: clause, owner: owner, emit: emit, outer: outer)
        }
        for conjunct in clocked {
            result = try bindClockFilter(conjunct, result, clause: clause, owner: owner, emit: emit, outer: outer)
        }
        return result
    }

    private func bindSubqueryFilter(
        _ conjunct: Expr, _ input: Relation, clause: String, owner: String, emit: EmitClause?, outer: OuterScope?
    ) throws(SQLError) -> NodeID {
        switch conjunct.kind {
        case .exists(let query):
            return try semiJoin(.semi, input, query, conjunct.range, owner, emit, outer) { _ throws(SQLError) in [] }
        case .unary(.not, let operand):
            if case .exists(let query) = operand.kind {
                return try semiJoin(.anti, input, query, conjunct.range, owner, emit, outer) { _ throws(SQLError) in [] }
            }
        case .inQuery(let operand, let query, negated: false):
            if operand.holdsSubquery { break }
            let binder = ExpressionBinder(Scope(columns: input.columns), clause: clause, outer: outer, functions: self)
            var values: [Expression] = []
            for part in operand.rowParts { values.append(try binder.untyped(part)) }
            return try semiJoin(.semi, input, query, conjunct.range, owner, emit, outer) { columns throws(SQLError) in
                guard columns.count == values.count else {
                    throw SQLError(
                        "found \(columns.count) columns in the subquery of IN, expected \(values.count)", at: conjunct.range)
                }
                var equations: [Expression] = []
                for (value, column) in zip(values, columns) {
                    equations.append(
                        try binder.typed(conjunct) { () throws(TypeError) in try Typing.binary("=", value, column) })
                }
                return equations
            }
        default: break
        }
        let scope = outerScope(input.columns, outer)
        let subqueries = Subqueries(self, scope: scope, owner: owner, emit: emit)
        let binder = ExpressionBinder(
            Scope(columns: input.columns), clause: clause, outer: outer, functions: self, subqueries: subqueries)
        let predicate = try binder.condition(conjunct)
        let (joined, values) = try subqueries.attach(to: input)
        let filtered = add(.filter(joined.node, predicate.replacing { values[$0] }), joined.columns, owner: owner)
        let own = input.columns.indices.map { Expression.column($0, input.columns[$0].type) }
        return add(.project(filtered, own), input.columns, owner: owner)
    }

    /// Rows of `input` for which the subquery gives a row (semi) or none (anti) that meets the conditions.
    ///
    /// - Parameter conditions: over the subquery's columns, given as expressions over input columns, then these.
    private func semiJoin(
        _ kind: JoinPlan.Kind, _ input: Relation, _ query: Query, _ range: SourceRange, _ owner: String,
        _ emit: EmitClause?, _ outer: OuterScope?,
        _ conditions: ([Expression]) throws(SQLError) -> [Expression]
    ) throws(SQLError) -> NodeID {
        let scope = outerScope(input.columns, outer)
        let relation = try bindQuery(query, owner: owner, emit: nil, outer: scope)
        let mode: JoinPlan.Mode = emit?.kind == .onArrival ? .arrival : .maintained
        let joined = try dependentJoin(
            kind, input, relation, scope, mode: mode, owner: owner, range: range, conditions)
        return joined.node
    }

    /// Joins a relation with one that may refer to its columns (LATERAL, EXISTS, IN).
    ///
    /// - Returns: the relation, with the right side's columns behind its own where the kind of join keeps them.
    func dependentJoin(
        _ kind: JoinPlan.Kind, _ left: Relation, _ right: Relation, _ scope: OuterScope, mode: JoinPlan.Mode,
        owner: String, range: SourceRange, _ conditions: ([Expression]) throws(SQLError) -> [Expression]
    ) throws(SQLError) -> Relation {
        let width = left.columns.count
        // Conditions and projections on top of the right side go into the join as they are, if they cannot fail; bounds in
        // time are taken by the join, which does not compute them.
        var peeled = Peeled(right.node, plan.graph, scope)
        if !isSafe(peeled, kind, left, scope, mode) || (kind == .left && !peeled.isPlain) {
            peeled = Peeled(whole: right.node, plan.graph)
        }
        var decorrelation = Decorrelation(self, scope, around: left.node, owner: owner, range: range)
        let below = try decorrelation.push(peeled.base)
        let place = { (column: Int) -> Expression? in
            if below.columns.indices.contains(column) {
                let index = below.columns[column]
                return .column(width + index, self.plan.graph[below.node].fields[index].type)
            }
            return scope.value(column)
        }
        let outputs = peeled.outputs.map { $0.replacing(place) }
        var all = peeled.conditions.map { $0.replacing(place) }
        all += try conditions(outputs)
        var keys: [JoinPlan.KeyPair] = []
        var equations: [Expression] = []
        for placeholder in below.outer.keys.sorted() {
            guard let value = scope.value(placeholder), let index = below.outer[placeholder] else { continue }
            if let column = value.columnIndex, column < width {
                let nullSafe = !below.present.contains(placeholder)
                keys.append(JoinPlan.KeyPair(left: column, right: index, nullSafe: nullSafe))
            } else {
                let inner = Expression.column(width + index, plan.graph[below.node].fields[index].type)
                equations.append(Expression(.not(Expression(.isDistinct(value, inner), .boolean)), .boolean))
            }
        }
        let residual = Expression.conjunction(equations + all)
        let join = JoinPlan(
            kind: kind, left: left.node, right: below.node, mode: mode, keys: keys, residual: residual)
        let rightColumns = plan.graph[below.node].fields.map {
            ScopeColumn(relation: "", name: $0.name, type: $0.type, sensitive: nil, window: nil)
        }
        if !join.hasRightColumns {
            return Relation(node: add(.join(join), left.columns, owner: owner), columns: left.columns)
        }
        let node = add(.join(join), left.columns + rightColumns, owner: owner)
        let own = left.columns.indices.map { Expression.column($0, left.columns[$0].type) }
        let columns = left.columns + right.columns
        return Relation(node: add(.project(node, own + outputs), columns, owner: owner), columns: columns)
    }

    /// Whether no output and no condition can fail, bounds on the distance of the times of both sides apart.
    private func isSafe(
        _ peeled: Peeled, _ kind: JoinPlan.Kind, _ left: Relation, _ scope: OuterScope, _ mode: JoinPlan.Mode
    ) -> Bool {
        if peeled.outputs.contains(where: \.mayFail) { return false }
        let failing = peeled.conditions.filter(\.mayFail)
        if failing.isEmpty { return true }
        let (width, right) = (left.columns.count, plan.graph.types(peeled.base))
        let place = { (column: Int) -> Expression? in
            if right.indices.contains(column) { return .column(width + column, right[column]) }
            return scope.value(column)
        }
        var probe = JoinConditions(
            JoinPlan(kind: kind, left: left.node, right: peeled.base, mode: mode),
            leftTypes: left.columns.map(\.type), rightTypes: right)
        return failing.allSatisfy { probe.takeTime($0.replacing(place)) }
    }

    /// The projections and filters on top of a node, as expressions over what lies below them.
    private struct Peeled {
        var base: NodeID
        var outputs: [Expression]
        var conditions: [Expression] = []

        init(whole id: NodeID, _ graph: PlanGraph) {
            base = id
            outputs = graph[id].fields.indices.map { .column($0, graph[id].fields[$0].type) }
        }

        init(_ id: NodeID, _ graph: PlanGraph, _ scope: OuterScope) {
            self.init(whole: id, graph)
            while true {
                switch graph[base].kind {
                case .project(let input, let expressions):
                    let replace = { (column: Int) in expressions.indices.contains(column) ? expressions[column] : nil }
                    outputs = outputs.map { $0.replacing(replace) }
                    conditions = conditions.map { $0.replacing(replace) }
                    base = input
                case .filter(let input, let predicate):
                    conditions += predicate.conjuncts
                    base = input
                default: return
                }
            }
        }

        /// Every output is a column, so that it is NULL where the join finds no row.
        var isPlain: Bool { outputs.allSatisfy { ($0.columnIndex ?? .max) < 1_000_000 } }
    }
}

extension Expr {
    /// The operands of an AND, nested ones too, or the whole alone.
    var conjuncts: [Expr] {
        if case .binary(.and, let left, let right) = kind { return left.conjuncts + right.conjuncts }
        return [self]
    }

    /// The parts of a row value, or the expression itself.
    var rowParts: [Expr] {
        if case .row(let parts) = kind { return parts }
        return [self]
    }

    var holdsSubquery: Bool {
        switch kind {
        case .subquery, .exists, .inQuery, .arrayQuery: return true
        case .quantified(_, _, _, .query): return true
        default: return children.contains(where: \.holdsSubquery)
        }
    }
}
