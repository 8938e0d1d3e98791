/// The syntax tree as indented text, the same for the same text each time.
///
/// Expressions stand on one line, operator first: `(+ a (* b 2))`; a query in an expression is numbered there and
/// follows indented.
package func dump(_ statements: [Statement]) -> String {
    var writer = TreeWriter()
    for statement in statements { writer.statement(statement) }
    return writer.text
}

private struct TreeWriter {
    var text = ""
    private var depth = 0
    /// Queries met in the expression that is being written.
    private var queries: [Query] = []

    private mutating func line(_ content: String, _ children: (inout TreeWriter) -> Void = { _ in }) {
        text += String(repeating: "  ", count: depth) + content + "\n"
        depth += 1
        let found = queries
        queries = []
        for (index, query) in found.enumerated() { line("#\(index + 1)") { $0.query(query) } }
        children(&self)
        depth -= 1
    }

    // MARK: Statements

    mutating func statement(_ statement: Statement) {
        switch statement.kind {
        case .createSource(let source): relation("create source", source)
        case .createTable(let table): relation("create table", table)
        case .createView(let view): self.view(view)
        case .createModel(let model): self.model(model)
        case .createSink(let sink):
            line("create sink" + mark(sink.orReplace, "or replace") + " " + sql(sink.name)) {
                $0.options(sink.options)
                $0.query(sink.query)
            }
        case .insert(let insert):
            line("insert into" + mark(insert.intoModel, "model") + " " + sql(insert.target) + names(insert.columns)) {
                $0.query(insert.query)
            }
        case .set(let name, let value): line("set \(sql(name)) = \(show(value))")
        case .explain(let stage, let inner):
            line("explain" + (stage.map { " " + sql($0) } ?? "")) { $0.statement(inner.value) }
        }
    }

    private mutating func relation(_ title: String, _ relation: CreateRelation) {
        let marks = mark(relation.orReplace, "or replace") + mark(relation.ifNotExists, "if not exists")
        line(title + marks + " " + sql(relation.name)) {
            for column in relation.columns { $0.column("column", column) }
            if !relation.primaryKey.isEmpty { $0.line("primary key" + names(relation.primaryKey)) }
            if let watermark = relation.watermark {
                $0.line("watermark \(sql(watermark.column)) as \($0.show(watermark.expression))")
            }
            $0.options(relation.options)
        }
    }

    private mutating func view(_ view: CreateView) {
        let marks =
            mark(view.orReplace, "or replace") + mark(view.ifNotExists, "if not exists")
            + mark(view.materialized, "materialized")
        line("create view" + marks + " " + sql(view.name) + names(view.columns)) {
            $0.options(view.options)
            $0.query(view.query)
        }
    }

    private mutating func model(_ model: CreateModel) {
        line("create model" + mark(model.orReplace, "or replace") + " " + sql(model.name)) {
            for column in model.inputs { $0.column("input", column) }
            for column in model.outputs { $0.column("output", column) }
            if !model.partitionBy.isEmpty { $0.line("partition by" + names(model.partitionBy)) }
            $0.options(model.options)
        }
    }

    private mutating func column(_ title: String, _ column: ColumnDefinition) {
        let marks = mark(column.notNull, "not null") + mark(column.sensitive, "sensitive")
        line("\(title) \(sql(column.name)) \(sql(column.type))" + marks)
    }

    private mutating func options(_ options: [Option]) {
        for option in options { line("option \(option.name.name) = '\(option.value)'") }
    }

    // MARK: Queries

    private mutating func query(_ query: Query) {
        line("query") {
            for table in query.with {
                $0.line("with \(sql(table.name))" + names(table.columns)) { $0.query(table.query.value) }
            }
            $0.body(query.body)
            for item in query.orderBy { $0.line("order by " + $0.show(item)) }
            if let limit = query.limit { $0.line("limit " + $0.show(limit)) }
            if let offset = query.offset { $0.line("offset " + $0.show(offset)) }
            if let emit = query.emit { $0.line("emit on " + (emit.kind == .onArrival ? "arrival" : "window close")) }
        }
    }

    private mutating func body(_ body: QueryBody) {
        switch body {
        case .select(let select): self.select(select)
        case .values(let rows, _):
            line("values") { for row in rows { $0.line("(" + $0.show(row) + ")") } }
        case .setOperation(let operation, let all, let left, let right, _):
            line("\(operation)" + mark(all, "all")) {
                $0.body(left)
                $0.body(right)
            }
        case .nested(let query): self.query(query)
        }
    }

    private mutating func select(_ select: Select) {
        line("select") {
            if let distinct = select.distinct {
                $0.line("distinct" + (distinct.isEmpty ? "" : " on " + $0.show(distinct)))
            }
            for item in select.items { $0.line("item " + $0.show(item.expression) + alias(item.alias)) }
            for table in select.from { $0.table("from", table) }
            if let filter = select.filter { $0.line("where " + $0.show(filter)) }
            for key in select.groupBy { $0.line("group by " + $0.show(key)) }
            if let having = select.having { $0.line("having " + $0.show(having)) }
            for window in select.windows { $0.line("window \(sql(window.name)) as \($0.show(window.specification))") }
            if let qualify = select.qualify { $0.line("qualify " + $0.show(qualify)) }
        }
    }

    private mutating func table(_ title: String, _ table: TableReference) {
        let suffix = alias(table.alias) + names(table.columnAliases)
        switch table.kind {
        case .relation(let name): line("\(title) \(sql(name))" + suffix)
        case .function(let function): line("\(title) function \(sql(function))" + suffix)
        case .subquery(let query): line("\(title) subquery" + suffix) { $0.query(query) }
        case .join(let join):
            line("\(title) \(join.kind) join" + suffix) {
                $0.table("left", join.left)
                $0.table("right", join.right)
                switch join.condition {
                case .on(let condition): $0.line("on " + $0.show(condition))
                case .using(let columns): $0.line("using" + names(columns))
                case .none: break
                }
            }
        }
    }

    // MARK: Expressions

    private mutating func show(_ expr: Expr) -> String {
        // As in the SQL text, the left operands of a chain are walked in a loop.
        var opening = ""
        var pending: [Expr] = []
        var node = expr
        while case .binary(let symbol, let left, let right) = node.kind {
            opening += "(\(symbol.rawValue.lowercased()) "
            pending.append(right)
            node = left
        }
        var text = opening + showNode(node)
        for right in pending.reversed() { text += " " + show(right) + ")" }
        return text
    }

    private mutating func show(_ list: [Expr]) -> String {
        var texts: [String] = []
        for expr in list { texts.append(show(expr)) }
        return texts.joined(separator: " ")
    }

    private mutating func show(_ item: OrderItem) -> String {
        let nulls = item.nullsFirst.map { $0 ? " nulls first" : " nulls last" } ?? ""
        return show(item.expression) + mark(item.descending, "desc") + nulls
    }

    private mutating func number(_ query: Query) -> String {
        queries.append(query)
        return "#\(queries.count)"
    }

    private mutating func form(_ negated: Bool, _ name: String, _ operands: [Expr]) -> String {
        "(" + (negated ? "not-" : "") + name + " " + show(operands) + ")"
    }

    private mutating func showNode(_ expr: Expr) -> String {
        switch expr.kind {
        case .null, .boolean, .number, .string, .interval, .typedString, .column, .star, .binary:
            return sql(expr)
        case .unary(let symbol, let operand): return form(false, symbol.rawValue.lowercased(), [operand])
        case .isNull(let operand, let negated): return form(negated, "null", [operand])
        case .isTruth(let operand, let truth, let negated):
            return form(negated, truth.map { $0 ? "true" : "false" } ?? "unknown", [operand])
        case .isDistinct(let left, let right, let negated): return form(negated, "distinct", [left, right])
        case .between(let operand, let low, let high, let negated):
            return form(negated, "between", [operand, low, high])
        case .inList(let operand, let list, let negated): return form(negated, "in", [operand] + list)
        case .inQuery(let operand, let query, let negated):
            return (negated ? "(not-in " : "(in ") + show(operand) + " " + number(query) + ")"
        case .like(let operand, let pattern, let escape, let negated, let ignoreCase):
            return form(negated, ignoreCase ? "ilike" : "like", [operand, pattern] + (escape.map { [$0] } ?? []))
        case .caseWhen(let operand, let branches, let otherwise): return showCase(operand, branches, otherwise)
        case .cast(let operand, let type, let isTry):
            return "(\(isTry ? "try-cast" : "cast") \(show(operand)) \(sql(type)))"
        case .function(let call): return show(call)
        case .extract(let field, let operand): return form(false, "extract \(field.name)", [operand])
        case .exists(let query): return "(exists " + number(query) + ")"
        case .subquery(let query): return "(query " + number(query) + ")"
        }
    }

    private mutating func showCase(_ operand: Expr?, _ branches: [CaseBranch], _ otherwise: Expr?) -> String {
        var text = "(case"
        if let operand { text += " " + show(operand) }
        for branch in branches { text += " (when \(show(branch.condition)) \(show(branch.result)))" }
        if let otherwise { text += " (else \(show(otherwise)))" }
        return text + ")"
    }

    private mutating func show(_ call: FunctionCall) -> String {
        var parts = ["call " + sql(call.name)]
        if call.distinct { parts.append("distinct") }
        if call.isStar { parts.append("*") }
        for argument in call.arguments { parts.append(show(argument)) }
        for item in call.orderBy { parts.append("(order \(show(item)))") }
        if let filter = call.filter { parts.append("(filter \(show(filter)))") }
        if let over = call.over { parts.append("(over \(show(over)))") }
        return "(" + parts.joined(separator: " ") + ")"
    }

    private mutating func show(_ window: WindowSpecification) -> String {
        var parts: [String] = []
        if let base = window.base { parts.append(sql(base)) }
        if !window.partitionBy.isEmpty { parts.append("(partition \(show(window.partitionBy)))") }
        for item in window.orderBy { parts.append("(order \(show(item)))") }
        if let frame = window.frame { parts.append("(\(frame.unit) \(show(frame.start)) \(show(frame.end)))") }
        return parts.isEmpty ? "()" : parts.joined(separator: " ")
    }

    private mutating func show(_ bound: WindowFrame.Bound) -> String {
        switch bound {
        case .unboundedPreceding: "unbounded-preceding"
        case .preceding(let distance): "(preceding \(show(distance)))"
        case .currentRow: "current-row"
        case .following(let distance): "(following \(show(distance)))"
        case .unboundedFollowing: "unbounded-following"
        }
    }
}

private func mark(_ isSet: Bool, _ word: String) -> String {
    isSet ? " " + word : ""
}

private func alias(_ name: Identifier?) -> String {
    name.map { " as " + sql($0) } ?? ""
}

private func names(_ names: [Identifier]) -> String {
    names.isEmpty ? "" : " (" + names.map(sql).joined(separator: ", ") + ")"
}
