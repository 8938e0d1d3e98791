extension Query {
    /// The relations that the query names anywhere, but for those of its own WITH.
    var relations: [ObjectName] {
        var found = RelationNames()
        found.add(self)
        return found.names
    }
}

/// Goes through a query and notes the names of relations.
private struct RelationNames {
    var names: [ObjectName] = []
    /// Of the WITH queries around.
    private var locals: [String] = []

    mutating func add(_ query: Query) {
        let outer = locals.count
        for local in query.with {
            add(local.query.value)
            locals.append(local.name.name)
        }
        add(query.body)
        for item in query.orderBy { add(item.expression) }
        for bound in [query.limit, query.offset] { if let bound { add(bound) } }
        locals.removeLast(locals.count - outer)
    }

    private mutating func add(_ name: ObjectName) {
        if name.parts.count == 1, locals.contains(name.parts[0].name) { return }
        names.append(name)
    }

    private mutating func add(_ body: QueryBody) {
        switch body {
        case .select(let select):
            for reference in select.from { add(reference) }
            for item in select.items { add(item.expression) }
            for expr in [select.filter, select.having, select.qualify] { if let expr { add(expr) } }
        case .values(let rows, _): for row in rows { for value in row { add(value) } }
        case .setOperation(_, _, let left, let right, _):
            add(left)
            add(right)
        case .nested(let query): add(query)
        }
    }

    private mutating func add(_ reference: TableReference) {
        switch reference.kind {
        case .relation(let name): add(name)
        case .function(let function):
            for argument in function.arguments {
                switch argument.value {
                case .relation(let name): add(name)
                case .expression(let expr): add(expr)
                case .descriptor: break
                }
            }
        case .subquery(let query): add(query)
        case .join(let join):
            add(join.left)
            add(join.right)
            if case .on(let expr) = join.condition { add(expr) }
        case .match(let match): add(match.input)
        }
    }

    private mutating func add(_ expr: Expr) {
        switch expr.kind {
        case .subquery(let query), .exists(let query), .arrayQuery(let query), .inQuery(_, let query, _): add(query)
        case .quantified(_, _, _, .query(let query)): add(query)
        default: break
        }
        for child in expr.children { add(child) }
    }
}
