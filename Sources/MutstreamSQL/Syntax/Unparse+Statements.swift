/// The SQL text of a statement, on one line, without a final `;`. Parsing it gives the same tree again.
package func sql(_ statement: Statement) -> String {
    switch statement.kind {
    case .createSource(let source): return sql("SOURCE", source)
    case .createTable(let table): return sql("TABLE", table)
    case .createView(let view):
        return create(view.materialized ? "MATERIALIZED VIEW" : "VIEW", view.orReplace, view.ifNotExists, view.name)
            + sqlNames(view.columns) + sql(view.options) + " AS " + sql(view.query)
    case .createModel(let model): return sql(model)
    case .createSink(let sink):
        return create("SINK", sink.orReplace, sink.ifNotExists, sink.name) + sql(sink.options) + " AS " + sql(sink.query)
    case .createFunction(let function): return sql(function)
    case .createIndex(let index):
        return "CREATE \(index.unique ? "UNIQUE " : "")INDEX \(index.ifNotExists ? "IF NOT EXISTS " : "")"
            + (index.name.map { sql($0) + " " } ?? "") + "ON \(sql(index.table))"
            + (index.columns.isEmpty ? " (1)" : sqlNames(index.columns))
    case .drop(let drop): return sql(drop)
    case .insert(let insert): return sql(insert)
    case .update(let update): return sql(update)
    case .delete(let delete): return sql(delete)
    case .truncate(let names): return "TRUNCATE " + sqlList(names, sql)
    case .query(let query): return sql(query)
    case .set(let name, let value): return "SET \(sql(name)) = \(sql(value))"
    case .show(let show): return sql(show)
    case .describe(let name): return "DESCRIBE " + sql(name)
    case .flush: return "FLUSH"
    case .transaction: return "BEGIN"
    case .explain(let stage, let inner): return "EXPLAIN " + (stage.map { "(\(sql($0))) " } ?? "") + sql(inner.value)
    }
}

// MARK: Declarations

private func create(_ what: String, _ orReplace: Bool, _ ifNotExists: Bool, _ name: ObjectName) -> String {
    "CREATE \(orReplace ? "OR REPLACE " : "")\(what) \(ifNotExists ? "IF NOT EXISTS " : "")\(sql(name))"
}

private func sql(_ what: String, _ relation: CreateRelation) -> String {
    var text = create(what, relation.orReplace, relation.ifNotExists, relation.name)
    var parts = relation.columns.map(sql)
    if !relation.primaryKey.isEmpty { parts.append("PRIMARY KEY" + sqlNames(relation.primaryKey)) }
    for key in relation.uniqueKeys { parts.append("UNIQUE" + sqlNames(key)) }
    for check in relation.checks { parts.append("CHECK (\(sql(check)))") }
    if let watermark = relation.watermark {
        parts.append("WATERMARK FOR \(sql(watermark.column)) AS \(sql(watermark.expression))")
    }
    if !parts.isEmpty || relation.query == nil { text += " (" + parts.joined(separator: ", ") + ")" }
    if relation.appendOnly { text += " APPEND ONLY" }
    text += sql(relation.options)
    if let query = relation.query { text += " AS " + sql(query) + (relation.withData ? "" : " WITH NO DATA") }
    return text
}

private func sql(_ column: ColumnDefinition) -> String {
    var text = sql(column.name)
    if !column.type.name.isEmpty { text += " " + sql(column.type) }
    if let generated = column.generated { text += " AS (\(sql(generated)))" }
    if let value = column.defaultValue { text += " DEFAULT (\(sql(value)))" }
    if column.notNull { text += " NOT NULL" }
    if column.sensitive { text += " SENSITIVE" }
    return text
}

private func sql(_ model: CreateModel) -> String {
    var text = create("MODEL", model.orReplace, model.ifNotExists, model.name)
    text += " INPUT (\(sqlList(model.inputs, sql))) OUTPUT (\(sqlList(model.outputs, sql)))"
    if !model.partitionBy.isEmpty { text += " PARTITION BY" + sqlNames(model.partitionBy) }
    return text + sql(model.options)
}

/// The options as a WITH clause; names and values are quoted, whatever they were.
private func sql(_ options: [Option]) -> String {
    guard !options.isEmpty else { return "" }
    return " WITH (" + sqlList(options) { sqlLiteral($0.name.name) + " = " + sqlLiteral($0.value) } + ")"
}

private func sql(_ function: CreateFunction) -> String {
    var text = create("FUNCTION", function.orReplace, false, function.name)
    text += "(" + sqlList(function.parameters) { sql($0.name) + " " + sql($0.type) } + ")"
    if let returns = function.returns { text += " RETURNS " + sql(returns) }
    for option in function.options {
        switch (option.name.name, option.value) {
        case ("null_input", "called"): text += " CALLED ON NULL INPUT"
        case ("language", let language): text += " LANGUAGE " + sqlLiteral(language)
        case (_, let word): text += " " + word.uppercased()
        }
    }
    return text + " RETURN " + sql(function.body)
}

private func sql(_ drop: Drop) -> String {
    let kind = drop.kind.words.map { $0.uppercased() + " " } ?? ""
    return "DROP \(kind)\(drop.ifExists ? "IF EXISTS " : "")\(sqlList(drop.names, sql))\(drop.cascade ? " CASCADE" : "")"
}

private func sql(_ show: ShowStatement) -> String {
    switch show.what {
    case .tables: "SHOW TABLES"
    case .sources: "SHOW SOURCES"
    case .views: "SHOW VIEWS"
    case .materializedViews: "SHOW MATERIALIZED VIEWS"
    case .sinks: "SHOW SINKS"
    case .models: "SHOW MODELS"
    case .functions: "SHOW FUNCTIONS"
    case .columns(let name): "SHOW COLUMNS FROM " + sql(name)
    case .create(let name): "SHOW CREATE TABLE " + sql(name)
    case .all: "SHOW ALL"
    case .setting(let name): "SHOW " + sql(name)
    }
}

// MARK: Changes

private func sql(_ insert: Insert) -> String {
    var text = "INSERT INTO \(insert.intoModel ? "MODEL " : "")\(sql(insert.target))\(sqlNames(insert.columns)) "
    if case .values(let rows, _) = insert.query.body, rows.count == 1, rows[0].isEmpty {
        text += "DEFAULT VALUES"
    } else {
        text += sql(insert.query)
    }
    if let conflict = insert.onConflict {
        text += " ON CONFLICT" + sqlNames(conflict.columns)
        switch conflict.action {
        case .nothing: text += " DO NOTHING"
        case .update(let assignments, let filter):
            text += " DO UPDATE SET " + sql(assignments) + (filter.map { " WHERE " + sql($0) } ?? "")
        }
    }
    return text + returning(insert.returning)
}

private func sql(_ update: Update) -> String {
    var text = "UPDATE \(sql(update.target))\(sqlAlias(update.alias)) SET \(sql(update.assignments))"
    if !update.from.isEmpty { text += " FROM " + sqlList(update.from, sql) }
    if let filter = update.filter { text += " WHERE " + sql(filter) }
    return text + returning(update.returning)
}

private func sql(_ delete: Delete) -> String {
    var text = "DELETE FROM \(sql(delete.target))\(sqlAlias(delete.alias))"
    if !delete.using.isEmpty { text += " USING " + sqlList(delete.using, sql) }
    if let filter = delete.filter { text += " WHERE " + sql(filter) }
    return text + returning(delete.returning)
}

func sql(_ assignments: [Assignment]) -> String {
    sqlList(assignments) { sql($0.column) + " = " + sql($0.value) }
}

private func returning(_ items: [SelectItem]) -> String {
    items.isEmpty ? "" : " RETURNING " + sql(items)
}
