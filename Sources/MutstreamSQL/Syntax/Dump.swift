/// The syntax tree as indented text, the same for the same text each time.
///
/// Expressions stand on one line, operator first: `(+ a (* b 2))`; a query in an expression is numbered there and
/// follows indented.
package func dump(_ statements: [Statement]) -> String {
    var writer = TreeWriter()
    for statement in statements { writer.statement(statement) }
    return writer.text
}

struct TreeWriter {
    var text = ""
    private var depth = 0
    /// Queries met in the expression that is being written.
    var queries: [Query] = []

    mutating func line(_ content: String, _ children: (inout TreeWriter) -> Void = { _ in }) {
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
            let marks = dumpMark(sink.orReplace, "or replace") + dumpMark(sink.ifNotExists, "if not exists")
            line("create sink" + marks + " " + sql(sink.name)) {
                $0.options(sink.options)
                $0.query(sink.query)
            }
        case .createFunction(let function): self.function(function)
        case .createIndex(let index):
            let marks = dumpMark(index.ifNotExists, "if not exists")
            line(
                "create \(index.unique ? "unique " : "")index" + marks + (index.name.map { " " + sql($0) } ?? "") + " on "
                    + sql(index.table))
        case .drop(let drop):
            let marks = dumpMark(drop.ifExists, "if exists") + dumpMark(drop.cascade, "cascade")
            line("drop " + (drop.kind.words ?? "any") + marks + dumpNames(drop.names))
        case .insert(let insert): self.insert(insert)
        case .update(let update): self.update(update)
        case .delete(let delete): self.delete(delete)
        case .truncate(let tables): line("truncate" + dumpNames(tables))
        case .query(let query): self.query(query)
        case .show, .describe, .flush, .transaction: line(sql(statement).lowercased())
        case .set(let name, let value): line("set \(sql(name)) = \(show(value))")
        case .explain(let stage, let inner):
            line("explain" + (stage.map { " " + sql($0) } ?? "")) { $0.statement(inner.value) }
        }
    }

    mutating func relation(_ title: String, _ relation: CreateRelation) {
        let marks = dumpMark(relation.orReplace, "or replace") + dumpMark(relation.ifNotExists, "if not exists")
        line(title + marks + " " + sql(relation.name)) {
            for column in relation.columns { $0.column("column", column) }
            if !relation.primaryKey.isEmpty { $0.line("primary key" + dumpNames(relation.primaryKey)) }
            for key in relation.uniqueKeys { $0.line("unique" + dumpNames(key)) }
            for check in relation.checks { $0.line("check " + $0.show(check)) }
            if !relation.withData { $0.line("with no data") }
            if let watermark = relation.watermark {
                $0.line("watermark \(sql(watermark.column)) as \($0.show(watermark.expression))")
            }
            if relation.appendOnly { $0.line("append only") }
            $0.options(relation.options)
            if let query = relation.query { $0.query(query) }
        }
    }

    mutating func function(_ function: CreateFunction) {
        line("create function" + dumpMark(function.orReplace, "or replace") + " " + sql(function.name)) {
            for parameter in function.parameters { $0.line("parameter \(sql(parameter.name)) \(sql(parameter.type))") }
            if let type = function.returns { $0.line("returns " + sql(type)) }
            $0.options(function.options)
            $0.line("body " + $0.show(function.body))
        }
    }

    mutating func view(_ view: CreateView) {
        let marks =
            dumpMark(view.orReplace, "or replace") + dumpMark(view.ifNotExists, "if not exists")
            + dumpMark(view.materialized, "materialized")
        line("create view" + marks + " " + sql(view.name) + dumpNames(view.columns)) {
            $0.options(view.options)
            $0.query(view.query)
        }
    }

    mutating func model(_ model: CreateModel) {
        let marks = dumpMark(model.orReplace, "or replace") + dumpMark(model.ifNotExists, "if not exists")
        line("create model" + marks + " " + sql(model.name)) {
            for column in model.inputs { $0.column("input", column) }
            for column in model.outputs { $0.column("output", column) }
            if !model.partitionBy.isEmpty { $0.line("partition by" + dumpNames(model.partitionBy)) }
            $0.options(model.options)
        }
    }

    mutating func column(_ title: String, _ column: ColumnDefinition) {
        var text = title + " " + sql(column.name)
        if !column.type.name.isEmpty { text += " " + sql(column.type) }
        text += dumpMark(column.notNull, "not null") + dumpMark(column.sensitive, "sensitive")
        if let value = column.defaultValue { text += " default " + show(value) }
        if let expression = column.generated { text += " as " + show(expression) }
        line(text)
    }

    mutating func options(_ options: [Option]) {
        for option in options { line("option \(option.name.name) = '\(option.value)'") }
    }

    // MARK: Changes of rows

    mutating func insert(_ insert: Insert) {
        line("insert into" + dumpMark(insert.intoModel, "model") + " " + sql(insert.target) + dumpNames(insert.columns)) {
            $0.query(insert.query)
            if let conflict = insert.onConflict {
                $0.line("on conflict" + dumpNames(conflict.columns)) {
                    switch conflict.action {
                    case .nothing: $0.line("do nothing")
                    case .update(let assignments, let filter):
                        $0.assignments(assignments)
                        $0.filter(filter)
                    }
                }
            }
            $0.returning(insert.returning)
        }
    }

    mutating func update(_ update: Update) {
        line("update " + sql(update.target) + dumpAlias(update.alias)) {
            $0.assignments(update.assignments)
            for table in update.from { $0.table("from", table) }
            $0.filter(update.filter)
            $0.returning(update.returning)
        }
    }

    mutating func delete(_ delete: Delete) {
        line("delete from " + sql(delete.target) + dumpAlias(delete.alias)) {
            for table in delete.using { $0.table("using", table) }
            $0.filter(delete.filter)
            $0.returning(delete.returning)
        }
    }

    mutating func assignments(_ assignments: [Assignment]) {
        for assignment in assignments { line("set \(sql(assignment.column)) = \(show(assignment.value))") }
    }

    mutating func filter(_ filter: Expr?) {
        if let filter { line("where " + show(filter)) }
    }

    mutating func returning(_ items: [SelectItem]) {
        for item in items { line("returning " + show(item.expression) + dumpAlias(item.alias)) }
    }

    // MARK: Queries

    mutating func query(_ query: Query) {
        line("query" + dumpMark(query.recursive, "recursive") + dumpMark(query.withTies, "with ties")) {
            for table in query.with {
                $0.line("with \(sql(table.name))" + dumpNames(table.columns)) { $0.query(table.query.value) }
            }
            $0.body(query.body)
            for item in query.orderBy { $0.line("order by " + $0.show(item)) }
            if let limit = query.limit { $0.line("limit " + $0.show(limit)) }
            if let offset = query.offset { $0.line("offset " + $0.show(offset)) }
            if let emit = query.emit { $0.line("emit on " + (emit.kind == .onArrival ? "arrival" : "window close")) }
        }
    }

    mutating func body(_ body: QueryBody) {
        switch body {
        case .select(let select): self.select(select)
        case .values(let rows, _):
            line("values") { for row in rows { $0.line("(" + $0.show(row) + ")") } }
        case .setOperation(let operation, let all, let left, let right, _):
            line("\(operation)" + dumpMark(all, "all")) {
                $0.body(left)
                $0.body(right)
            }
        case .nested(let query): self.query(query)
        }
    }

    mutating func select(_ select: Select) {
        line("select") {
            if let distinct = select.distinct {
                $0.line("distinct" + (distinct.isEmpty ? "" : " on " + $0.show(distinct)))
            }
            for item in select.items { $0.line("item " + $0.show(item.expression) + dumpAlias(item.alias)) }
            for table in select.from { $0.table("from", table) }
            $0.filter(select.filter)
            for key in select.groupBy { $0.line("group by " + $0.show(key)) }
            if let having = select.having { $0.line("having " + $0.show(having)) }
            for window in select.windows { $0.line("window \(sql(window.name)) as \($0.show(window.specification))") }
            if let qualify = select.qualify { $0.line("qualify " + $0.show(qualify)) }
        }
    }

    // Tables nest: what one of them needs stands in functions of its own, which the stack does not keep.

    mutating func table(_ title: String, _ table: TableReference) {
        switch table.kind {
        case .subquery(let query): line(heading(title + " subquery", table)) { $0.query(query) }
        case .join(let join): line(heading("\(title)\(TreeWriter.marks(join)) join", table)) { $0.sides(join) }
        default: leaf(title, table)
        }
    }

    private mutating func sides(_ join: Join) {
        table("left", join.left)
        table("right", join.right)
        condition(join)
    }

    private mutating func condition(_ join: Join) {
        switch join.condition {
        case .on(let condition): line("on " + show(condition))
        case .using(let columns): line("using" + dumpNames(columns))
        case .none: break
        }
    }

    private static func marks(_ join: Join) -> String {
        dumpMark(join.isNatural, "natural") + dumpMark(join.keepsLeft, "left") + " \(join.kind)"
    }

    private mutating func leaf(_ title: String, _ table: TableReference) {
        switch table.kind {
        case .relation(let name): line(heading("\(title) \(sql(name))", table))
        case .function(let function): line(heading("\(title) function \(show(function))", table))
        case .match: line(heading("\(title) \(sqlMatch(of: table))", table))
        case .subquery, .join: break
        }
    }

    private mutating func heading(_ title: String, _ table: TableReference) -> String {
        let place = title.firstIndex(of: " ") ?? title.endIndex
        var text = title[..<place] + dumpMark(table.isLateral, "lateral") + title[place...]
        text += dumpMark(table.withOrdinality, "with ordinality")
        if let time = table.systemTime { text += " as of " + show(time) }
        return text + dumpAlias(table.alias) + dumpNames(table.columnAliases)
    }

    mutating func show(_ function: TableFunction) -> String {
        var texts: [String] = []
        for argument in function.arguments {
            let label = argument.label.map { sql($0) + " => " } ?? ""
            switch argument.value {
            case .relation(let name): texts.append(label + "TABLE " + sql(name))
            case .descriptor(let columns, _): texts.append(label + "DESCRIPTOR" + dumpNames(columns))
            case .expression(let expression): texts.append(label + show(expression))
            }
        }
        return "\(sql(function.name))(\(texts.joined(separator: ", ")))"
    }

    mutating func show(_ element: GroupingElement) -> String {
        switch element {
        case .expression(let expression): return show(expression)
        case .empty: return "()"
        case .list(let keys, _): return "(" + show(keys) + ")"
        case .rollup(let lists, _): return "(rollup" + levels(lists) + ")"
        case .cube(let lists, _): return "(cube" + levels(lists) + ")"
        case .sets(let elements, _):
            var text = "(sets"
            for element in elements { text += " " + show(element) }
            return text + ")"
        }
    }

    mutating func levels(_ lists: [[Expr]]) -> String {
        var text = ""
        for list in lists { text += " (" + show(list) + ")" }
        return text
    }
}

func dumpMark(_ isSet: Bool, _ word: String) -> String {
    isSet ? " " + word : ""
}

func dumpNames(_ names: [Identifier]) -> String {
    names.isEmpty ? "" : " (" + names.map(sql).joined(separator: ", ") + ")"
}

func dumpNames(_ names: [ObjectName]) -> String {
    names.isEmpty ? "" : " " + names.map(sql).joined(separator: ", ")
}

func dumpAlias(_ alias: Identifier?) -> String {
    alias.map { " as " + sql($0) } ?? ""
}
