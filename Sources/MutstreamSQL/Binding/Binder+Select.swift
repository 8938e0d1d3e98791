import MutstreamColumnar
import MutstreamDataflow

extension Binder {
    func bindSelect(
        _ select: Select, _ tail: QueryTail, owner: String, emit: EmitClause?, outer: OuterScope?, use: QueryUse
    ) throws(SQLError) -> Relation {
        var select = select
        if !select.groupBy.isEmpty {
            select.from = withSessionKeys(select, owner: owner, emit: emit, outer: outer)
        }
        var input = select.from.isEmpty ? singleRow() : try bindFrom(select.from, owner: owner, emit: emit, outer: outer)
        if let filter = select.filter {
            input = try bindFilter(filter, input, clause: "WHERE", owner: owner, emit: emit, outer: outer)
        }
        for (index, window) in select.windows.enumerated() {
            if select.windows[..<index].contains(where: { $0.name.name == window.name.name }) {
                throw SQLError("window \"\(window.name.name)\" is declared more than once", at: window.name.range)
            }
        }
        let items = try expandStars(select.items, input)
        for item in items { try checkSetReturning(item.expression) }
        var groupWindow: GroupWindow?
        if let attached = try attachGroupWindow(select, items, input, owner: owner, emit: emit, outer: outer) {
            (input, select, groupWindow) = attached
        }
        let isGrouped =
            !select.groupBy.isEmpty || select.having != nil || items.contains { Binder.holdsAggregate($0.expression) }
            || tail.orderBy.contains { Binder.holdsAggregate($0.expression) }
        let list = SelectList(
            select: select, items: items, tail: tail, owner: owner, emit: emit, outer: outer, use: use,
            window: groupWindow)
        if isGrouped {
            if emit?.kind == .onArrival {
                throw SQLError(
                    "EMIT ON ARRIVAL cannot group rows", at: select.groupRange ?? select.range,
                    hint: "use COUNT(*) OVER (PARTITION BY … ORDER BY … RANGE BETWEEN …) for a rolling aggregate, "
                        + "or EMIT ON WINDOW CLOSE")
            }
            return try bindGrouped(list, input)
        }
        let scope = outerScope(input.columns, outer)
        let calls = SelectCalls(
            binder: self, input: input, windows: select.windows, emit: emit, owner: owner,
            subqueries: Subqueries(self, scope: scope, owner: owner, emit: emit), outer: outer)
        let binder = ExpressionBinder(
            Scope(columns: input.columns), clause: "this place", outer: outer, functions: self, subqueries: calls.subqueries
        ) { expr throws(SQLError) in try calls.intercept(expr) }
        return try bindList(list, binder, calls)
    }

    /// What is made of the rows that FROM, WHERE and GROUP BY give.
    struct SelectList {
        var select: Select
        var items: [SelectItem]
        var tail: QueryTail
        var owner: String
        var emit: EmitClause?
        var outer: OuterScope?
        var use: QueryUse
        /// The window function of GROUP BY.
        var window: GroupWindow?
    }

    /// The select list, QUALIFY, DISTINCT, ORDER BY and LIMIT.
    ///
    /// - Parameter input: the relation below the list where it is known only now, and what stands for placeholders over it.
    func bindList(
        _ list: SelectList, _ binder: ExpressionBinder, _ calls: SelectCalls,
        below: (() throws(SQLError) -> (Relation, [Int: Expression]))? = nil
    ) throws(SQLError) -> Relation {
        var bound: [Expression] = []
        for item in list.items { bound.append(try binder.bind(item.expression).folded()) }
        let visible = bound.count
        let qualify = try list.select.qualify.map { clause throws(SQLError) in
            try Binder.qualifying(binder, list.items, bound).condition(clause)
        }
        var distinctOn: [Int] = []
        for expr in list.select.distinct ?? [] {
            distinctOn.append(try position(of: expr, list.items, binder, &bound, visible))
        }
        var order: [SortItem] = []
        for item in list.tail.orderBy {
            let column = try position(of: item.expression, list.items, binder, &bound, visible)
            if order.contains(where: { $0.column == column }) { continue }
            order.append(
                SortItem(column: column, descending: item.descending, nullsFirst: item.nullsFirst ?? item.descending))
        }
        if let distinct = list.select.distinct {
            if distinct.isEmpty, bound.count > visible, let item = list.tail.orderBy.first {
                throw SQLError(
                    "with SELECT DISTINCT, ORDER BY takes expressions of the select list only", at: item.expression.range)
            }
            let first = Set(order.prefix(distinctOn.count).map(\.column))
            if !distinct.isEmpty, !order.isEmpty, !first.isSubset(of: distinctOn) {
                throw SQLError(
                    "the expressions of DISTINCT ON must come first in ORDER BY", at: list.tail.orderBy[0].expression.range)
            }
        }
        let (relation, values) = try calls.assemble(below: below)
        var source = relation
        if let qualify {
            source.node = add(
                .filter(source.node, qualify.replacing { values[$0] }.folded()), source.columns, owner: list.owner)
        }
        var columns: [ScopeColumn] = []
        var expressions: [Expression] = []
        for (index, expression) in bound.enumerated() {
            let final = expression.replacing { values[$0] }.folded()
            expressions.append(final)
            columns.append(describe(index < visible ? list.items[index] : nil, final, source))
        }
        var kept = visible
        if list.use == .relation {
            let parts = windowParts(
                of: Array(expressions[..<visible]), &columns, source, isGrouped: list.window != nil)
            expressions.insert(contentsOf: parts.map(\.0), at: visible)
            columns.insert(contentsOf: parts.map(\.1), at: visible)
            kept += parts.count
            for index in order.indices where order[index].column >= visible { order[index].column += parts.count }
            distinctOn = distinctOn.map { $0 >= visible ? $0 + parts.count : $0 }
        }
        var result = Relation(
            node: add(.project(source.node, expressions), columns, owner: list.owner), columns: columns)
        if let distinct = list.select.distinct {
            if distinct.isEmpty {
                result.node = add(.counted(.distinct, [result.node]), columns, owner: list.owner)
            } else {
                let top = TopPlan(
                    input: result.node, partition: distinctOn, order: order, limit: 1, offset: 0, withTies: false)
                result.node = add(.top(top), columns, owner: list.owner)
            }
        }
        result = try limited(result, order, list.tail, owner: list.owner, emit: list.emit, outer: list.outer)
        return finish(result, order, visible: kept, list.tail, owner: list.owner, presents: list.use == .shown)
    }

    /// What binds QUALIFY: a name that no column has may be one of the select list.
    private static func qualifying(
        _ binder: ExpressionBinder, _ items: [SelectItem], _ bound: [Expression]
    ) -> ExpressionBinder {
        var result = binder
        let hook = binder.hook
        result.hook = { expr throws(SQLError) in
            guard case .column(let parts) = expr.kind, parts.count == 1,
                let index = items.firstIndex(where: { $0.alias?.name == parts[0].name }),
                (try? binder.untyped(expr)) == nil
            else { return try hook?(expr) }
            return bound[index]
        }
        return result
    }

    /// The output that an item of ORDER BY or DISTINCT ON means: its number, its name, or an expression, which is added
    /// behind the visible ones where it is none of them.
    private func position(
        of expr: Expr, _ items: [SelectItem], _ binder: ExpressionBinder, _ bound: inout [Expression], _ visible: Int
    ) throws(SQLError) -> Int {
        if case .number(let text) = expr.kind {
            guard let number = Int(text), items.indices.contains(number - 1) else {
                throw SQLError("found \(text), expected the number of an output column", at: expr.range)
            }
            return number - 1
        }
        if case .column(let parts) = expr.kind, parts.count == 1 {
            let named = items.indices.filter { Binder.outputName(items[$0])?.lowercased() == parts[0].name.lowercased() }
            if let first = named.first {
                if named.contains(where: { bound[$0] != bound[first] }) {
                    throw SQLError("ORDER BY \"\(parts[0].name)\" is ambiguous", at: expr.range)
                }
                return first
            }
        }
        let value = try binder.bind(expr).folded()
        if let known = bound.firstIndex(of: value) { return known }
        bound.append(value)
        return bound.count - 1
    }

    /// What an output column is called: its alias, or the name that can be seen in its expression.
    static func outputName(_ item: SelectItem) -> String? {
        if let alias = item.alias { return alias.name }
        return name(of: item.expression)
    }

    private static func name(of expr: Expr) -> String? {
        switch expr.kind {
        case .column(let parts): return parts[parts.count - 1].name
        case .function(let call): return call.name.name
        case .cast(let inner, let type, _): return name(of: inner) ?? type.name
        case .caseWhen: return "case"
        case .extract: return "extract"
        case .exists: return "exists"
        case .array, .arrayQuery: return "array"
        case .row: return "row"
        case .field(_, let name): return name.name
        case .subscripted(let base, _), .slice(let base, _, _), .collate(let base, _): return name(of: base)
        case .atTimeZone: return "timezone"
        case .typedString(let type, _): return type.name
        case .interval: return "interval"
        case .boolean: return "bool"
        case .subquery(let query):
            if case .select(let select) = query.body, select.items.count == 1 { return outputName(select.items[0]) }
            return nil
        default: return nil
        }
    }

    /// What an output column is called and where it comes from.
    private func describe(_ item: SelectItem?, _ expression: Expression, _ input: Relation) -> ScopeColumn {
        let plain = expression.columnIndex
        return ScopeColumn(
            relation: "", name: item.flatMap { Binder.outputName($0) } ?? "?column?", type: expression.type,
            sensitive: Binder.sensitive(expression, input.columns),
            window: plain.flatMap { input.columns.indices.contains($0) ? input.columns[$0].window : nil })
    }

    static func sensitive(_ expression: Expression, _ columns: [ScopeColumn]) -> String? {
        for index in expression.columns where columns.indices.contains(index) {
            if let sensitive = columns[index].sensitive { return sensitive }
        }
        return nil
    }

    private func expandStars(_ items: [SelectItem], _ input: Relation) throws(SQLError) -> [SelectItem] {
        var result: [SelectItem] = []
        for item in items {
            guard case .star(let qualifier, let except) = item.expression.kind else {
                result.append(item)
                continue
            }
            let name = qualifier?.parts.last?.name.lowercased()
            let matching = input.columns.indices.filter { index in
                name.map { $0 == input.columns[index].relation.lowercased() && !input.columns[index].isWindowPart }
                    ?? !input.columns[index].isHidden
            }
            if matching.isEmpty, let qualifier {
                if let fields = try fields(of: qualifier, except, input, item.expression.range) {
                    result += fields
                    continue
                }
                let known = input.columns.map(\.relation)
                throw SQLError(
                    "unknown relation \"\(qualifier.text)\"", at: qualifier.range,
                    hint: suggestion(for: qualifier.text, among: known).map { "did you mean \"\($0)\"?" }
                        ?? "in scope: \(Scope.list(known))")
            }
            let range = item.expression.range
            if matching.isEmpty { throw SQLError("SELECT * needs a FROM", at: range) }
            let isNamed = { (index: Int, name: Identifier) in
                input.columns[index].name.lowercased() == name.name.lowercased()
            }
            for name in except where !matching.contains(where: { isNamed($0, name) }) {
                throw SQLError("unknown column \"\(name.name)\" in the exceptions of *", at: name.range)
            }
            for index in matching where !except.contains(where: { isNamed(index, $0) }) {
                result.append(
                    SelectItem(
                        expression: Expr(.inputColumn(index), range: range),
                        alias: Identifier(input.columns[index].name, quoted: true, range: range)))
            }
        }
        return result
    }

    /// `(column).*`: the fields of a STRUCT; nil: it names no such column.
    private func fields(
        of name: ObjectName, _ except: [Identifier], _ input: Relation, _ range: SourceRange
    ) throws(SQLError) -> [SelectItem]? {
        let scope = Scope(columns: input.columns)
        guard let index = try? scope.resolve(name.parts, range: name.range),
            case .row(let fields) = input.columns[index].type
        else { return nil }
        for excepted in except where !fields.contains(where: { $0.name.lowercased() == excepted.name.lowercased() }) {
            throw SQLError("unknown field \"\(excepted.name)\" in the exceptions of *", at: excepted.range)
        }
        return fields.filter { field in !except.contains { $0.name.lowercased() == field.name.lowercased() } }.map { field in
            let name = Identifier(field.name, quoted: true, range: range)
            return SelectItem(
                expression: Expr(.field(Expr(.inputColumn(index), range: range), name), range: range), alias: name)
        }
    }

    /// An aggregate stands in it that is not an OVER call.
    static func holdsAggregate(_ expr: Expr) -> Bool {
        switch expr.kind {
        case .function(let call):
            if call.over == nil, isAggregate(call.name.name) || call.name.name == "grouping" { return true }
            return expr.children.contains(where: holdsAggregate)
        default: return expr.children.contains(where: holdsAggregate)
        }
    }
}

extension Select {
    var groupRange: SourceRange? { groupBy.first?.range }
}
