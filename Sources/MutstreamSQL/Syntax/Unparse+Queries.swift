/// The SQL text of a query, on one line.
package func sql(_ query: Query) -> String {
    var parts: [String] = []
    if !query.with.isEmpty {
        parts.append(
            "WITH \(query.recursive ? "RECURSIVE " : "")"
                + sqlList(query.with) { "\(sql($0.name))\(sqlNames($0.columns)) AS (\(sql($0.query.value)))" })
    }
    parts.append(sql(query.body))
    if !query.orderBy.isEmpty { parts.append("ORDER BY " + sqlList(query.orderBy, sql)) }
    if let limit = query.limit, !query.withTies { parts.append("LIMIT " + sql(limit)) }
    if let offset = query.offset { parts.append("OFFSET " + sql(offset)) }
    if let limit = query.limit, query.withTies { parts.append("FETCH FIRST (\(sql(limit))) ROWS WITH TIES") }
    switch query.emit?.kind {
    case .onArrival: parts.append("EMIT ON ARRIVAL")
    case .onWindowClose: parts.append("EMIT ON WINDOW CLOSE")
    case nil: break
    }
    return parts.joined(separator: " ")
}

private func sql(_ body: QueryBody) -> String {
    switch body {
    case .select(let select): return sql(select)
    case .values(let rows, _): return "VALUES " + sqlList(rows) { "(\(sqlList($0, sql)))" }
    case .nested(let query): return "(\(sql(query)))"
    case .setOperation(let operation, let all, let left, let right, _):
        let word =
            switch operation {
            case .union: "UNION"
            case .intersect: "INTERSECT"
            case .except: "EXCEPT"
            }
        return "\(sql(left)) \(word)\(all ? " ALL" : "") \(sql(right))"
    }
}

private func sql(_ select: Select) -> String {
    var text = "SELECT "
    if let distinct = select.distinct {
        text += "DISTINCT " + (distinct.isEmpty ? "" : "ON (\(sqlList(distinct, sql))) ")
    }
    text += sql(select.items)
    if !select.from.isEmpty { text += " FROM " + sqlList(select.from, sql) }
    if let filter = select.filter { text += " WHERE " + sql(filter) }
    if !select.groupBy.isEmpty { text += " GROUP BY " + sqlList(select.groupBy, sql) }
    if let having = select.having { text += " HAVING " + sql(having) }
    if !select.windows.isEmpty {
        text += " WINDOW " + sqlList(select.windows) { "\(sql($0.name)) AS \(sql($0.specification))" }
    }
    if let qualify = select.qualify { text += " QUALIFY " + sql(qualify) }
    return text
}

func sql(_ items: [SelectItem]) -> String {
    sqlList(items) { sql($0.expression) + sqlAlias($0.alias) }
}

func sql(_ element: GroupingElement) -> String {
    func levels(_ lists: [[Expr]]) -> String {
        sqlList(lists) { $0.count == 1 ? sql($0[0]) : "(" + sqlList($0, sql) + ")" }
    }
    switch element {
    case .expression(let expr): return sql(expr)
    case .empty: return "()"
    case .rollup(let lists, _): return "ROLLUP (\(levels(lists)))"
    case .cube(let lists, _): return "CUBE (\(levels(lists)))"
    case .sets(let elements, _): return "GROUPING SETS (\(sqlList(elements, sql)))"
    case .list(let keys, _): return "(\(sqlList(keys, sql)))"
    }
}

// MARK: FROM

func sql(_ table: TableReference) -> String {
    var text = table.isLateral ? "LATERAL " : ""
    switch table.kind {
    case .relation(let name): text += sql(name)
    case .function(let function): text += sql(function)
    case .subquery(let query): text += "(\(sql(query)))"
    case .match: text += sqlMatch(of: table)
    case .join(let join): text += table.alias == nil ? sql(join) : "(\(sql(join)))"
    }
    if table.withOrdinality { text += " WITH ORDINALITY" }
    if let time = table.systemTime { text += " FOR SYSTEM_TIME AS OF " + sql(time) }
    return text + sqlAlias(table.alias) + sqlNames(table.columnAliases)
}

private func sql(_ join: Join) -> String {
    let word =
        switch join.kind {
        case .inner: "JOIN"
        case .left: "LEFT JOIN"
        case .right: "RIGHT JOIN"
        case .full: "FULL JOIN"
        case .cross: "CROSS JOIN"
        case .semi: "LEFT SEMI JOIN"
        case .anti: "LEFT ANTI JOIN"
        case .asof: join.keepsLeft ? "ASOF LEFT JOIN" : "ASOF JOIN"
        }
    var right = sql(join.right)
    if case .join = join.right.kind, join.right.alias == nil { right = "(\(right))" }
    let text = "\(sql(join.left)) \(join.isNatural ? "NATURAL " : "")\(word) \(right)"
    switch join.condition {
    case .on(let condition): return text + " ON " + sql(condition)
    case .using(let names): return text + " USING" + sqlNames(names)
    case .none: return text
    }
}

func sql(_ function: TableFunction) -> String {
    let arguments = sqlList(function.arguments) { argument in
        let label = argument.label.map { sql($0) + " => " } ?? ""
        switch argument.value {
        case .relation(let name): return label + "TABLE " + sql(name)
        case .descriptor(let names, _): return label + "DESCRIPTOR" + sqlNames(names)
        case .expression(let expression): return label + sql(expression)
        }
    }
    return "\(sql(function.name))(\(arguments))"
}
