/// The SQL text of an expression: as short as its meaning allows, on one line.
///
/// Parsing the text gives the same tree again.
package func sql(_ expr: Expr) -> String {
    sql(expr, .or)
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
    var text = words.joined(separator: " ")
    if !type.elements.isEmpty { text += "<" + sqlList(type.elements, sql) + ">" }
    if !type.fields.isEmpty { text += "<" + sqlList(type.fields) { sql($0.name) + " " + sql($0.type) } + ">" }
    return text + String(repeating: "[]", count: type.arrayDepth)
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
    case .unary(let symbol, _): symbol.precedence
    case .binary(let symbol, _, _): symbol.precedence
    case .quantified(_, let symbol, _, _): symbol.isLike ? .range : symbol.precedence
    case .isNull, .isTruth, .isDistinct: .test
    case .between, .inList, .inQuery, .like, .similar: .range
    case .atTimeZone: .zone
    case .collate: .collation
    case .null, .boolean, .number, .string, .interval, .typedString, .column, .inputColumn, .star, .defaultValue,
        .parameter, .array, .arrayQuery, .row, .map, .subscripted, .slice, .field, .caseWhen, .cast, .function, .extract,
        .exists, .subquery:
        nil
    }
}

/// Dispatches only: what a frame of this function holds is there once for each level of the tree.
private func node(_ kind: ExprKind) -> String {
    switch kind {
    case .null, .boolean, .number, .string, .interval, .typedString, .column, .inputColumn, .star, .defaultValue,
        .parameter:
        return leaf(kind)
    case .array, .arrayQuery, .row, .map, .subscripted, .slice, .field: return composite(kind)
    case .unary(let symbol, let operand): return unary(symbol, operand)
    case .isNull, .isTruth, .isDistinct, .between, .inList, .inQuery, .like, .similar, .quantified: return test(kind)
    case .atTimeZone, .collate, .cast, .extract, .binary: return other(kind)
    case .caseWhen(let operand, let branches, let otherwise): return caseWhen(operand, branches, otherwise)
    case .function(let call): return sql(call)
    case .exists(let query): return "EXISTS (\(sql(query)))"
    case .subquery(let query): return "(\(sql(query)))"
    }
}

private func other(_ kind: ExprKind) -> String {
    switch kind {
    case .atTimeZone(let operand, let zone): "\(sql(operand, .zone)) AT TIME ZONE \(sql(zone, .collation))"
    case .collate(let operand, let name): "\(sql(operand, .collation)) COLLATE \(sql(name))"
    case .cast(let operand, let type, let isTry): "\(isTry ? "TRY_CAST" : "CAST")(\(sql(operand)) AS \(sql(type)))"
    case .extract(let field, let operand): "EXTRACT(\(sqlLiteral(field.name)) FROM \(sql(operand)))"
    case .binary(let symbol, let left, let right):
        sql(left, symbol.precedence) + " \(symbol.rawValue) " + sql(right, symbol.precedence.tighter)
    default: ""
    }
}

private func leaf(_ kind: ExprKind) -> String {
    switch kind {
    case .boolean(let value): value ? "TRUE" : "FALSE"
    case .number(let digits): digits
    case .string(let text): sqlLiteral(text)
    case .interval(let text, let unit): "INTERVAL " + sqlLiteral(text) + (unit.map { " " + $0.uppercased() } ?? "")
    case .typedString(let type, let text): sql(type) + " " + sqlLiteral(text)
    case .column(let parts): parts.map(sql).joined(separator: ".")
    case .inputColumn(let index): "\"#\(index)\""
    case .star(let name, let except):
        (name.map { sql($0) + ".*" } ?? "*") + (except.isEmpty ? "" : " EXCEPT" + sqlNames(except))
    case .defaultValue: "DEFAULT"
    case .parameter(let number): "$\(number)"
    default: "NULL"
    }
}

/// Values made of values, and their parts.
private func composite(_ kind: ExprKind) -> String {
    func base(_ expr: Expr) -> String {
        switch expr.kind {
        case .column, .parameter, .subscripted, .slice: sql(expr)
        default: "(" + sql(expr) + ")"
        }
    }
    switch kind {
    case .array(let elements): return "ARRAY[" + sqlList(elements, sql) + "]"
    case .arrayQuery(let query): return "ARRAY(" + sql(query) + ")"
    case .row(let elements): return "ROW(" + sqlList(elements, sql) + ")"
    case .map(let entries): return "MAP {" + sqlList(entries) { sql($0.0) + ": " + sql($0.1) } + "}"
    case .subscripted(let array, let index): return base(array) + "[" + sql(index) + "]"
    case .slice(let array, let from, let to):
        return base(array) + "[" + (from.map { sql($0) } ?? "") + ":" + (to.map { sql($0) } ?? "") + "]"
    case .field(let row, let name): return "(" + sql(row) + ")." + sql(name)
    default: return ""
    }
}

private func unary(_ symbol: UnaryOperator, _ operand: Expr) -> String {
    switch symbol {
    case .not: return "NOT " + sql(operand, .not)
    case .minus, .plus:
        let text = sql(operand, .unary)
        // Two signs could be read as one operator, or begin a comment.
        return symbol.rawValue + (startsOperator(text) ? " " : "") + text
    case .bitNot, .squareRoot, .cubeRoot, .absolute, .queryNot: return symbol.rawValue + " " + sql(operand, .sum)
    }
}

private func startsOperator(_ text: String) -> Bool {
    text.utf8.first.map(isOperatorByte) ?? false
}

private func test(_ kind: ExprKind) -> String {
    switch kind {
    case .isNull(let operand, let negated):
        "\(sql(operand, .comparison)) IS \(not(negated))NULL"
    case .isTruth(let operand, let truth, let negated):
        "\(sql(operand, .comparison)) IS \(not(negated))\(truth.map { $0 ? "TRUE" : "FALSE" } ?? "UNKNOWN")"
    case .isDistinct(let left, let right, let negated):
        "\(sql(left, .comparison)) IS \(not(negated))DISTINCT FROM \(sql(right, .comparison))"
    case .quantified(let operand, let symbol, let isAll, let other):
        "\(quantifiedLeft(operand, symbol)) \(symbol.quantifiedText) \(isAll ? "ALL" : "ANY") (\(sql(other)))"
    default: rangeTest(kind)
    }
}

private func not(_ negated: Bool) -> String { negated ? "NOT " : "" }

private func rangeTest(_ kind: ExprKind) -> String {
    switch kind {
    case .between(let operand, let low, let high, let negated, let symmetric):
        "\(sql(operand, .other)) \(not(negated))BETWEEN \(symmetric ? "SYMMETRIC " : "")"
            + "\(sql(low, .other)) AND \(sql(high, .other))"
    case .inList(let operand, let list, let negated):
        "\(sql(operand, .other)) \(not(negated))IN (\(sqlList(list, sql)))"
    case .inQuery(let operand, let query, let negated):
        "\(sql(operand, .other)) \(not(negated))IN (\(sql(query)))"
    case .like(let operand, let pattern, let escape, let negated, let ignoreCase):
        match(operand, not(negated) + (ignoreCase ? "ILIKE" : "LIKE"), pattern, escape)
    case .similar(let operand, let pattern, let escape, let negated):
        match(operand, not(negated) + "SIMILAR TO", pattern, escape)
    default: ""
    }
}

private func quantifiedLeft(_ operand: Expr, _ symbol: BinaryOperator) -> String {
    let precedence = symbol.isLike ? Precedence.range : symbol.precedence
    return sql(operand, precedence.refusesChains ? precedence.tighter : precedence)
}

private func sql(_ operand: QuantifiedOperand) -> String {
    switch operand {
    case .query(let query): sql(query)
    case .array(let array): sql(array)
    }
}

private func match(_ operand: Expr, _ words: String, _ pattern: Expr, _ escape: Expr?) -> String {
    "\(sql(operand, .other)) \(words) \(sql(pattern, .other))" + (escape.map { " ESCAPE " + sql($0, .other) } ?? "")
}

private func caseWhen(_ operand: Expr?, _ branches: [CaseBranch], _ otherwise: Expr?) -> String {
    var text = "CASE"
    if let operand { text += " " + sql(operand) }
    for branch in branches { text += " WHEN \(sql(branch.condition)) THEN \(sql(branch.result))" }
    if let otherwise { text += " ELSE " + sql(otherwise) }
    return text + " END"
}

private func sql(_ call: FunctionCall) -> String {
    if Keyword.niladicFunctions.contains(call.name.name), !call.name.quoted, call.arguments.isEmpty {
        return call.name.name
    }
    var text = sql(call.name) + "("
    if call.distinct { text += "DISTINCT " }
    text += call.isStar ? "*" : arguments(call)
    if !call.orderBy.isEmpty { text += " ORDER BY " + sqlList(call.orderBy, sql) }
    text += ")"
    if !call.withinGroup.isEmpty { text += " WITHIN GROUP (ORDER BY \(sqlList(call.withinGroup, sql)))" }
    if let filter = call.filter { text += " FILTER (WHERE \(sql(filter)))" }
    if let ignoreNulls = call.ignoreNulls { text += ignoreNulls ? " IGNORE NULLS" : " RESPECT NULLS" }
    if let over = call.over { text += " OVER " + (isNameOnly(over) ? over.base.map(sql) ?? "()" : sql(over)) }
    return text
}

private func arguments(_ call: FunctionCall) -> String {
    var texts: [String] = []
    for (index, argument) in call.arguments.enumerated() {
        let label = call.labels.indices.contains(index) ? call.labels[index].map { sql($0) + " => " } ?? "" : ""
        let variadic = call.isVariadic && index == call.arguments.count - 1 ? "VARIADIC " : ""
        texts.append(variadic + label + sql(argument))
    }
    return texts.joined(separator: ", ")
}

// MARK: Windows and order

private func isNameOnly(_ window: WindowSpecification) -> Bool {
    window.base != nil && window.partitionBy.isEmpty && window.orderBy.isEmpty && window.frame == nil
}

func sql(_ window: WindowSpecification) -> String {
    var parts: [String] = []
    if let base = window.base { parts.append(sql(base)) }
    if !window.partitionBy.isEmpty { parts.append("PARTITION BY " + sqlList(window.partitionBy, sql)) }
    if !window.orderBy.isEmpty { parts.append("ORDER BY " + sqlList(window.orderBy, sql)) }
    if let frame = window.frame { parts.append(sql(frame)) }
    return "(" + parts.joined(separator: " ") + ")"
}

private func sql(_ frame: WindowFrame) -> String {
    if frame.unit == .session, case .preceding(let gap) = frame.start { return "SESSION WITH GAP \(sql(gap))" }
    let unit =
        switch frame.unit {
        case .rows: "ROWS"
        case .range: "RANGE"
        case .groups: "GROUPS"
        case .session: "SESSION"
        }
    let exclusion =
        switch frame.exclusion {
        case .noOthers: ""
        case .currentRow: " EXCLUDE CURRENT ROW"
        case .group: " EXCLUDE GROUP"
        case .ties: " EXCLUDE TIES"
        }
    return "\(unit) BETWEEN \(sql(frame.start)) AND \(sql(frame.end))\(exclusion)"
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

// MARK: Pieces

func sqlList<Element>(_ elements: [Element], _ text: (Element) -> String) -> String {
    elements.map(text).joined(separator: ", ")
}

/// ` (a, b)`, or nothing for no names.
func sqlNames(_ names: [Identifier]) -> String {
    names.isEmpty ? "" : " (" + sqlList(names, sql) + ")"
}

func sqlAlias(_ name: Identifier?) -> String {
    name.map { " AS " + sql($0) } ?? ""
}

func sqlLiteral(_ text: String) -> String {
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
