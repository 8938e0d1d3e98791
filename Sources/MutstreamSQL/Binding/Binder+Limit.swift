import MutstreamColumnar
import MutstreamDataflow

extension Binder {
    /// The first rows where LIMIT or OFFSET holds a subquery: each row's number is compared with them, so the result
    /// follows them as they change. NULL is no bound.
    func limited(
        _ relation: Relation, _ order: [SortItem], _ tail: QueryTail, owner: String, emit: EmitClause?, outer: OuterScope?
    ) throws(SQLError) -> Relation {
        guard let (limit, offset) = tail.computed else { return relation }
        if let range = (limit ?? offset)?.range, tail.withTies || emit != nil {
            throw SQLError(
                "a subquery cannot stand in LIMIT or OFFSET \(tail.withTies ? "beside WITH TIES" : "under EMIT")", at: range,
                hint: "write a number")
        }
        let number = ScopeColumn(relation: "", name: "", type: .bigint, sensitive: nil, window: nil, isHidden: true)
        let columns = relation.columns + [number]
        let windows = WindowsPlan(
            input: relation.node, partition: [], order: order, calls: [WindowCall(.rowNumber, resultType: .bigint)])
        let numbered = Relation(node: add(.windows(windows), columns, owner: owner), columns: columns)
        let subqueries = Subqueries(self, scope: outerScope([], outer), owner: owner, emit: nil)
        let binder = ExpressionBinder(
            Scope(columns: []), clause: "LIMIT", outer: outer, functions: self, subqueries: subqueries)
        let skipped = try offset.map { expr throws(SQLError) in try bound(expr, binder) }
        let taken = try limit.map { expr throws(SQLError) in try bound(expr, binder) }
        let (joined, values) = try subqueries.attach(to: numbered)
        let place = Expression.column(relation.columns.count, .bigint)
        var conditions: [Expression] = []
        do throws(TypeError) {
            let first = try skipped.map { value throws(TypeError) in
                let value = value.replacing { values[$0] }
                // Sums of DECIMAL have room for every BIGINT.
                return try Typing.cast(
                    Expression(.coalesce([value, .literal(.int64(0), .bigint)]), .bigint),
                    to: .decimal(precision: 20, scale: 0))
            }
            if let first { conditions.append(try Typing.binary(">", place, first)) }
            if let taken {
                let value = taken.replacing { values[$0] }
                let last = try first.map { first throws(TypeError) in try Typing.binary("+", first, value) } ?? value
                conditions.append(
                    Expression(.isNull(value), .boolean).or(try Typing.binary("<=", place, last)))
            }
        } catch { throw SQLError(error.message, at: (limit ?? offset)?.range ?? SourceRange(0, 0), hint: error.hint) }
        var node = joined.node
        if let condition = Expression.conjunction(conditions) {
            node = add(.filter(node, condition.folded()), joined.columns, owner: owner)
        }
        let own = relation.columns.indices.map { Expression.column($0, relation.columns[$0].type) }
        return Relation(node: add(.project(node, own), relation.columns, owner: owner), columns: relation.columns)
    }

    private func bound(_ expr: Expr, _ binder: ExpressionBinder) throws(SQLError) -> Expression {
        let value = try binder.untyped(expr)
        return try binder.typed(expr) { () throws(TypeError) in
            try Typing.coerce(value, to: .bigint, context: .assignment)
        }.folded()
    }
}
