/// The SQL text of an expression: as short as its meaning allows, on one line.
///
/// Parsing the text gives the same tree again.
package func sql(_ expr: Expr) -> String {
    sql(expr, .or)
}

/// The SQL text of a query, on one line.
package func sql(_ query: Query) -> String {
    var parts: [String] = []
    if !query.with.isEmpty {
        parts.append(
            "WITH " + commas(query.with) { "\(sql($0.name))\(columns($0.columns)) AS (\(sql($0.query.value)))" })
    }
    parts.append(sql(query.body))
    if !query.orderBy.isEmpty { parts.append("ORDER BY " + commas(query.orderBy, sql)) }
    if let limit = query.limit { parts.append("LIMIT " + sql(limit)) }
    if let offset = query.offset { parts.append("OFFSET " + sql(offset)) }
    switch query.emit?.kind {
    case .onArrival: parts.append("EMIT ON ARRIVAL")
    case .onWindowClose: parts.append("EMIT ON WINDOW CLOSE")
    case nil: break
    }
    return parts.joined(separator: " ")
}

/// The SQL text of a name, in quotes if it was written so.
package func sql(_ name: Identifier) -> String {
    name.quoted ? "\"" + doubled(name.name, "\"") + "\"" : name.name
}

/// The SQL text of a qualified name.
package func sql(_ name: ObjectName) -> String {
    name.parts.map(sql).joined(separator: ".")
}

/// The SQL text of a type.
package func sql(_ type: TypeName) -> String {
    var words = type.name.split(separator: " ", maxSplits: 1).map(String.init)
    let numbers = "(" + type.arguments.map(String.init).joined(separator: ", ") + ")"
    if !type.arguments.isEmpty, !words.isEmpty {
        // In `timestamp(3) with time zone` the number stands inside the name, in `character varying(3)` behind it.
        let place = words[0] == "timestamp" || words[0] == "time" ? 0 : words.count - 1
        words[place] += numbers
    }
    return words.joined(separator: " ") + String(repeating: "[]", count: type.arrayDepth)
}

// MARK: Expressions

/// - Parameter minimum: what binds looser is put in parentheses.
private func sql(_ expr: Expr, _ minimum: Precedence) -> String {
    // The left operands of a long chain are walked in a loop, for the chain may be longer than the stack is deep.
    var opening = ""
    var pending: [(symbol: BinaryOperator, right: Expr, isClosed: Bool)] = []
    var node = expr
    var minimum = minimum
    while case .binary(let symbol, let left, let right) = node.kind {
        let precedence = symbol.precedence
        let isClosed = precedence < minimum
        if isClosed { opening += "(" }
        pending.append((symbol, right, isClosed))
        node = left
        minimum = precedence.refusesChains ? precedence.tighter : precedence
    }
    var text = opening + parenthesized(node, minimum)
    for (symbol, right, isClosed) in pending.reversed() {
        text += " \(symbol.rawValue) " + sql(right, symbol.precedence.tighter)
        if isClosed { text += ")" }
    }
    return text
}

private func parenthesized(_ expr: Expr, _ minimum: Precedence) -> String {
    let text = node(expr.kind)
    guard let own = precedence(expr.kind), own < minimum else { return text }
    return "(" + text + ")"
}

/// How tightly a node other than a binary operator binds; nil if it is closed in itself.
private func precedence(_ kind: ExprKind) -> Precedence? {
    switch kind {
    case .unary(let symbol, _): symbol == .not ? .not : .unary
    case .binary(let symbol, _, _): symbol.precedence
    case .isNull, .isTruth, .isDistinct: .test
    case .between, .inList, .inQuery, .like: .range
    case .null, .boolean, .number, .string, .interval, .typedString, .column, .star, .caseWhen, .cast, .function,
        .extract, .exists, .subquery:
        nil
    }
}

private func node(_ kind: ExprKind) -> String {
    switch kind {
    case .null, .boolean, .number, .string, .interval, .typedString, .column, .star: return leaf(kind)
    case .unary(let symbol, let operand): return unary(symbol, operand)
    case .isNull, .isTruth, .isDistinct, .between, .inList, .inQuery, .like: return test(kind)
    case .caseWhen(let operand, let branches, let otherwise): return caseWhen(operand, branches, otherwise)
    case .cast(let operand, let type, let isTry):
        return "\(isTry ? "TRY_CAST" : "CAST")(\(sql(operand)) AS \(sql(type)))"
    case .function(let call): return sql(call)
    case .extract(let field, let operand): return "EXTRACT(\(field.name) FROM \(sql(operand)))"
    case .exists(let query): return "EXISTS (\(sql(query)))"
    case .subquery(let query): return "(\(sql(query)))"
    case .binary(let symbol, let left, let right):
        return sql(left, symbol.precedence) + " \(symbol.rawValue) " + sql(right, symbol.precedence.tighter)
    }
}

private func leaf(_ kind: ExprKind) -> String {
    switch kind {
    case .boolean(let value): value ? "TRUE" : "FALSE"
    case .number(let digits): digits
    case .string(let text): literal(text)
    case .interval(let text, let unit): "INTERVAL " + literal(text) + (unit.map { " " + $0.uppercased() } ?? "")
    case .typedString(let type, let text): sql(type) + " " + literal(text)
    case .column(let parts): parts.map(sql).joined(separator: ".")
    case .star(let name): name.map { sql($0) + ".*" } ?? "*"
    default: "NULL"
    }
}

private func unary(_ symbol: UnaryOperator, _ operand: Expr) -> String {
    guard symbol != .not else { return "NOT " + sql(operand, .not) }
    let text = sql(operand, .unary)
    // Two minus signs would begin a comment.
    return symbol.rawValue + (text.hasPrefix("-") ? " " : "") + text
}

private func test(_ kind: ExprKind) -> String {
    func not(_ negated: Bool) -> String { negated ? "NOT " : "" }
    switch kind {
    case .isNull(let operand, let negated):
        return "\(sql(operand, .comparison)) IS \(not(negated))NULL"
    case .isTruth(let operand, let truth, let negated):
        let word = truth.map { $0 ? "TRUE" : "FALSE" } ?? "UNKNOWN"
        return "\(sql(operand, .comparison)) IS \(not(negated))\(word)"
    case .isDistinct(let left, let right, let negated):
        return "\(sql(left, .comparison)) IS \(not(negated))DISTINCT FROM \(sql(right, .comparison))"
    case .between(let operand, let low, let high, let negated):
        return "\(sql(operand, .other)) \(not(negated))BETWEEN \(sql(low, .other)) AND \(sql(high, .other))"
    case .inList(let operand, let list, let negated):
        return "\(sql(operand, .other)) \(not(negated))IN (\(commas(list, sql)))"
    case .inQuery(let operand, let query, let negated):
        return "\(sql(operand, .other)) \(not(negated))IN (\(sql(query)))"
    case .like(let operand, let pattern, let escape, let negated, let ignoreCase):
        let text = "\(sql(operand, .other)) \(not(negated))\(ignoreCase ? "ILIKE" : "LIKE") \(sql(pattern, .other))"
        return text + (escape.map { " ESCAPE " + sql($0, .other) } ?? "")
    default:
        return node(kind)
    }
}

private func caseWhen(_ operand: Expr?, _ branches: [CaseBranch], _ otherwise: Expr?) -> String {
    var text = "CASE"
    if let operand { text += " " + sql(operand) }
    for branch in branches { text += " WHEN \(sql(branch.condition)) THEN \(sql(branch.result))" }
    if let otherwise { text += " ELSE " + sql(otherwise) }
    return text + " END"
}

private func sql(_ call: FunctionCall) -> String {
    if Keyword.niladicFunctions.contains(call.name.name), !call.name.quoted { return call.name.name }
    var text = sql(call.name) + "("
    if call.distinct { text += "DISTINCT " }
    text += call.isStar ? "*" : commas(call.arguments, sql)
    if !call.orderBy.isEmpty { text += " ORDER BY " + commas(call.orderBy, sql) }
    text += ")"
    if let filter = call.filter { text += " FILTER (WHERE \(sql(filter)))" }
    if let over = call.over { text += " OVER " + (isNameOnly(over) ? over.base.map(sql) ?? "()" : sql(over)) }
    return text
}

private func isNameOnly(_ window: WindowSpecification) -> Bool {
    window.base != nil && window.partitionBy.isEmpty && window.orderBy.isEmpty && window.frame == nil
}

func sql(_ window: WindowSpecification) -> String {
    var parts: [String] = []
    if let base = window.base { parts.append(sql(base)) }
    if !window.partitionBy.isEmpty { parts.append("PARTITION BY " + commas(window.partitionBy, sql)) }
    if !window.orderBy.isEmpty { parts.append("ORDER BY " + commas(window.orderBy, sql)) }
    if let frame = window.frame { parts.append(sql(frame)) }
    return "(" + parts.joined(separator: " ") + ")"
}

private func sql(_ frame: WindowFrame) -> String {
    let unit =
        switch frame.unit {
        case .rows: "ROWS"
        case .range: "RANGE"
        case .groups: "GROUPS"
        }
    return "\(unit) BETWEEN \(sql(frame.start)) AND \(sql(frame.end))"
}

private func sql(_ bound: WindowFrame.Bound) -> String {
    switch bound {
    case .unboundedPreceding: "UNBOUNDED PRECEDING"
    case .preceding(let distance): sql(distance, .other) + " PRECEDING"
    case .currentRow: "CURRENT ROW"
    case .following(let distance): sql(distance, .other) + " FOLLOWING"
    case .unboundedFollowing: "UNBOUNDED FOLLOWING"
    }
}

func sql(_ item: OrderItem) -> String {
    let nulls = item.nullsFirst.map { $0 ? " NULLS FIRST" : " NULLS LAST" } ?? ""
    return sql(item.expression) + (item.descending ? " DESC" : "") + nulls
}

// MARK: Queries

private func sql(_ body: QueryBody) -> String {
    switch body {
    case .select(let select): return sql(select)
    case .values(let rows, _): return "VALUES " + commas(rows) { "(\(commas($0, sql)))" }
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
        text += "DISTINCT " + (distinct.isEmpty ? "" : "ON (\(commas(distinct, sql))) ")
    }
    text += commas(select.items) { sql($0.expression) + alias($0.alias) }
    if !select.from.isEmpty { text += " FROM " + commas(select.from, sql) }
    if let filter = select.filter { text += " WHERE " + sql(filter) }
    if !select.groupBy.isEmpty { text += " GROUP BY " + commas(select.groupBy, sql) }
    if let having = select.having { text += " HAVING " + sql(having) }
    if !select.windows.isEmpty {
        text += " WINDOW " + commas(select.windows) { "\(sql($0.name)) AS \(sql($0.specification))" }
    }
    if let qualify = select.qualify { text += " QUALIFY " + sql(qualify) }
    return text
}

func sql(_ table: TableReference) -> String {
    let text: String
    switch table.kind {
    case .relation(let name): text = sql(name)
    case .function(let function): text = sql(function)
    case .subquery(let query): text = "(\(sql(query)))"
    case .join(let join): text = table.alias == nil ? sql(join) : "(\(sql(join)))"
    }
    return text + alias(table.alias) + columns(table.columnAliases)
}

private func sql(_ join: Join) -> String {
    let word =
        switch join.kind {
        case .inner: "JOIN"
        case .left: "LEFT JOIN"
        case .right: "RIGHT JOIN"
        case .full: "FULL JOIN"
        case .cross: "CROSS JOIN"
        }
    var right = sql(join.right)
    if case .join = join.right.kind, join.right.alias == nil { right = "(\(right))" }
    switch join.condition {
    case .on(let condition): return "\(sql(join.left)) \(word) \(right) ON \(sql(condition))"
    case .using(let names): return "\(sql(join.left)) \(word) \(right) USING\(columns(names))"
    case .none: return "\(sql(join.left)) \(word) \(right)"
    }
}

func sql(_ function: TableFunction) -> String {
    let arguments = commas(function.arguments) { argument in
        let label = argument.label.map { sql($0) + " => " } ?? ""
        switch argument.value {
        case .relation(let name): return label + "TABLE " + sql(name)
        case .descriptor(let names, _): return label + "DESCRIPTOR" + columns(names)
        case .expression(let expression): return label + sql(expression)
        }
    }
    return "\(sql(function.name))(\(arguments))"
}

// MARK: Pieces

private func commas<Element>(_ elements: [Element], _ text: (Element) -> String) -> String {
    elements.map(text).joined(separator: ", ")
}

private func columns(_ names: [Identifier]) -> String {
    names.isEmpty ? "" : " (" + commas(names, sql) + ")"
}

private func alias(_ name: Identifier?) -> String {
    name.map { " AS " + sql($0) } ?? ""
}

private func literal(_ text: String) -> String {
    "'" + doubled(text, "'") + "'"
}

private func doubled(_ text: String, _ quote: Unicode.Scalar) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
        if scalar == quote { result.append(quote) }
        result.append(scalar)
    }
    return String(result)
}
