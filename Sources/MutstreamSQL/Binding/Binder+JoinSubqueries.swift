import MutstreamColumnar
import MutstreamDataflow

/// Subqueries in JOIN … ON.
extension Binder {
    /// The condition of a join without the parts that hold subqueries, and these.
    ///
    /// Those of an inner join filter its rows; those of a left join come into ``leftJoin(_:_:_:_:range:)``.
    static func split(_ join: Join?, _ kind: JoinPlan.Kind) -> (join: Join?, later: [Expr]) {
        guard var join, kind == .inner, case .on(let condition) = join.condition, condition.holdsSubquery else {
            return (join, [])
        }
        let parts = condition.conjuncts
        let plain = parts.filter { !$0.holdsSubquery }
        join.condition = .on(conjunction(plain) ?? Expr(.boolean(true), range: condition.range))
        return (join, parts.filter(\.holdsSubquery))
    }

    static func conjunction(_ parts: [Expr]) -> Expr? {
        guard let first = parts.first else { return nil }
        return parts.dropFirst().reduce(first) { Expr(.binary(.and, $0, $1), range: $0.range.union($1.range)) }
    }

    /// LEFT JOIN … ON with subqueries. Parts that read the right side alone filter it; what other subqueries give is
    /// joined to the left side first, so they can refer to that side only.
    func leftJoin(
        _ left: Relation, _ right: Relation, _ condition: Expr, _ context: FromContext, mode: JoinPlan.Mode
    ) throws(SQLError) -> Relation {
        var right = right
        var parts: [Expr] = []
        for part in condition.conjuncts {
            if part.holdsSubquery, readsOnly(part, right.columns, not: left.columns),
                let filtered = try? bindFilter(
                    part, right, clause: "a join condition", owner: context.owner, emit: context.emit, outer: context.outer)
            {
                right = filtered
            } else {
                parts.append(part)
            }
        }
        let columns = left.columns + right.columns
        let width = left.columns.count
        let scope = outerScope(columns, context.outer)
        let subqueries = Subqueries(self, scope: scope, owner: context.owner, emit: context.emit)
        let binder = ExpressionBinder(
            Scope(columns: columns), clause: "a join condition", outer: context.outer, functions: self,
            subqueries: subqueries)
        let whole = Binder.conjunction(parts) ?? Expr(.boolean(true), range: condition.range)
        let bound = try binder.condition(whole)
        for reference in scope.references
        where reference.value.columns.contains(where: { $0 >= width && $0 < columns.count }) {
            throw SQLError(
                "a subquery in the condition of a LEFT JOIN that refers to its right side is not supported",
                at: condition.range, hint: "write a subquery in FROM in place of the right side")
        }
        let (extended, values) = try subqueries.attach(to: left)
        let shift = extended.columns.count - width
        let residual = bound.replacing { column in
            if let value = values[column] { return value }
            guard column >= width, column < columns.count else { return nil }
            return .column(column + shift, columns[column].type)
        }.folded()
        let join = JoinPlan(kind: .left, left: extended.node, right: right.node, mode: mode, residual: residual)
        let node = add(.join(join), extended.columns + right.columns, owner: context.owner)
        let own = columns.indices.map { Expression.column($0 < width ? $0 : $0 + shift, columns[$0].type) }
        return Relation(node: add(.project(node, own), columns, owner: context.owner), columns: columns)
    }

    /// Whether the names of an expression, those inside its subqueries apart, mean columns of one side alone.
    private func readsOnly(_ expr: Expr, _ own: [ScopeColumn], not other: [ScopeColumn]) -> Bool {
        if case .column(let parts) = expr.kind {
            let isOwn = ((try? Scope(columns: own).find(parts, range: expr.range)) ?? nil) != nil
            let isOther = ((try? Scope(columns: other).find(parts, range: expr.range)) ?? nil) != nil
            return isOwn && !isOther
        }
        return expr.children.allSatisfy { readsOnly($0, own, not: other) }
    }
}
