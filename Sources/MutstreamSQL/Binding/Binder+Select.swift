import MutstreamColumnar
import MutstreamDataflow

extension Binder {
    func bindSelect(_ select: Select, owner: String, emit: EmitClause?) throws(SQLError) -> Relation {
        if select.distinct != nil { throw SQLError("DISTINCT is not supported yet", at: select.range) }
        if let qualify = select.qualify { throw SQLError("QUALIFY is not supported yet", at: qualify.range) }
        guard !select.from.isEmpty else {
            throw SQLError("found a SELECT without FROM, expected a relation to read", at: select.range)
        }
        var input = try bindFrom(select.from, owner: owner, emit: emit)
        if let filter = select.filter {
            let predicate = try ExpressionBinder(Scope(columns: input.columns), clause: "WHERE").condition(filter)
            input.node = add(.filter(input.node, predicate), input.columns, owner: owner)
        }
        let items = try expandStars(select.items, input)
        let isGrouped =
            !select.groupBy.isEmpty || select.having != nil || items.contains { Binder.holdsAggregate($0.expression) }
        if isGrouped {
            if emit?.kind == .onArrival {
                throw SQLError(
                    "EMIT ON ARRIVAL cannot group rows", at: select.groupBy.first?.range ?? select.range,
                    hint: "use COUNT(*) OVER (PARTITION BY … ORDER BY … RANGE BETWEEN …) for a rolling aggregate, "
                        + "or EMIT ON WINDOW CLOSE")
            }
            return try bindGrouped(select, items, input, owner: owner, emit: emit)
        }
        let collector = CallCollector(binder: self, input: input, windows: select.windows, emit: emit, owner: owner)
        return try project(items, Scope(columns: input.columns), collector, owner: owner)
    }

    /// The select list over a scope; calls that need a node of their own go through the collector.
    func project(
        _ items: [SelectItem], _ scope: Scope, _ collector: CallCollector, owner: String,
        around hook: ((Expr) throws(SQLError) -> Expression?)? = nil
    ) throws(SQLError) -> Relation {
        let binder = ExpressionBinder(scope, clause: "this place") { expr throws(SQLError) in
            if let known = try collector.intercept(expr) { return known }
            return try hook?(expr)
        }
        var bound: [Expression] = []
        for item in items { bound.append(try binder.bind(item.expression)) }
        let (relation, positions) = try collector.assemble()
        var columns: [ScopeColumn] = []
        var expressions: [Expression] = []
        for (item, expression) in zip(items, bound) {
            let final = expression.remapped { positions[$0] ?? $0 }.folded()
            expressions.append(final)
            columns.append(describe(item, final, relation))
        }
        return Relation(node: add(.project(relation.node, expressions), columns, owner: owner), columns: columns)
    }

    /// What an output column is called and where it comes from.
    private func describe(_ item: SelectItem, _ expression: Expression, _ input: Relation) -> ScopeColumn {
        var name = item.alias?.name
        if name == nil {
            switch item.expression.kind {
            case .column(let parts): name = parts[parts.count - 1].name
            case .function(let call): name = call.name.name
            case .cast(let inner, _, _): if case .column(let parts) = inner.kind { name = parts[parts.count - 1].name }
            case .caseWhen: name = "case"
            case .extract: name = "extract"
            default: break
            }
        }
        let plain = expression.columnIndex
        return ScopeColumn(
            relation: "", name: name ?? "?column?", type: expression.type,
            sensitive: Binder.sensitive(expression, input.columns), window: plain.flatMap { input.columns[$0].window })
    }

    static func sensitive(_ expression: Expression, _ columns: [ScopeColumn]) -> String? {
        for index in expression.columns {
            if let sensitive = columns[index].sensitive { return sensitive }
        }
        return nil
    }

    private func expandStars(_ items: [SelectItem], _ input: Relation) throws(SQLError) -> [SelectItem] {
        var result: [SelectItem] = []
        for item in items {
            guard case .star(let qualifier) = item.expression.kind else {
                result.append(item)
                continue
            }
            let name = qualifier?.parts.last?.name
            let matching = input.columns.filter { column in name.map { $0 == column.relation } ?? true }
            if matching.isEmpty, let qualifier {
                let known = input.columns.map(\.relation)
                throw SQLError(
                    "unknown relation \"\(qualifier.text)\"", at: qualifier.range,
                    hint: suggestion(for: qualifier.text, among: known).map { "did you mean \"\($0)\"?" }
                        ?? "in scope: \(Scope.list(known))")
            }
            let range = item.expression.range
            for column in matching {
                // The right column of USING bears its qualified name and is not part of *.
                if qualifier == nil, column.name == "\(column.relation).\(column.name.split(separator: ".").last ?? "")" {
                    continue
                }
                let parts = [
                    Identifier(column.relation, quoted: true, range: range),
                    Identifier(column.name, quoted: true, range: range),
                ]
                result.append(
                    SelectItem(
                        expression: Expr(.column(column.relation.isEmpty ? [parts[1]] : parts), range: range), alias: nil))
            }
        }
        return result
    }

    /// An aggregate stands in it that is not an OVER call.
    static func holdsAggregate(_ expr: Expr) -> Bool {
        switch expr.kind {
        case .function(let call):
            if call.over == nil, AggregateNames.all.contains(call.name.name) || AggregateNames.later.contains(call.name.name)
            {
                return true
            }
            return call.arguments.contains(where: holdsAggregate)
        default: return expr.children.contains(where: holdsAggregate)
        }
    }
}

extension Expr {
    /// The expressions directly below, subqueries left out.
    var children: [Expr] {
        switch kind {
        case .null, .boolean, .number, .string, .interval, .typedString, .column, .star, .exists, .subquery: []
        case .unary(_, let operand), .isNull(let operand, _), .isTruth(let operand, _, _), .cast(let operand, _, _),
            .extract(_, let operand), .inQuery(let operand, _, _):
            [operand]
        case .binary(_, let left, let right), .isDistinct(let left, let right, _): [left, right]
        case .between(let operand, let low, let high, _): [operand, low, high]
        case .inList(let operand, let list, _): [operand] + list
        case .like(let operand, let pattern, let escape, _, _): [operand, pattern] + (escape.map { [$0] } ?? [])
        case .caseWhen(let operand, let branches, let otherwise):
            (operand.map { [$0] } ?? []) + branches.flatMap { [$0.condition, $0.result] } + (otherwise.map { [$0] } ?? [])
        case .function(let call): call.arguments + (call.filter.map { [$0] } ?? [])
        }
    }
}
