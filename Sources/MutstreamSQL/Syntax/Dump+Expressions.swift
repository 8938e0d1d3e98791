/// Expressions on one line, operator first.
extension TreeWriter {
    mutating func show(_ expr: Expr) -> String {
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

    mutating func show(_ list: [Expr]) -> String {
        var texts: [String] = []
        for expr in list { texts.append(show(expr)) }
        return texts.joined(separator: " ")
    }

    mutating func show(_ item: OrderItem) -> String {
        let nulls = item.nullsFirst.map { $0 ? " nulls first" : " nulls last" } ?? ""
        return show(item.expression) + dumpMark(item.descending, "desc") + nulls
    }

    mutating func number(_ query: Query) -> String {
        queries.append(query)
        return "#\(queries.count)"
    }

    mutating func form(_ negated: Bool, _ name: String, _ operands: [Expr]) -> String {
        "(" + (negated ? "not-" : "") + name + (operands.isEmpty ? "" : " ") + show(operands) + ")"
    }

    /// Dispatches only: what a frame of this function holds is there once for each level of the tree.
    mutating func showNode(_ expr: Expr) -> String {
        switch expr.kind {
        case .null, .boolean, .number, .string, .interval, .typedString, .column, .inputColumn, .star, .binary,
            .defaultValue, .parameter:
            sql(expr)
        case .function(let call): show(call)
        case .caseWhen(let operand, let branches, let otherwise): showCase(operand, branches, otherwise)
        case .inList, .between, .like, .similar: showRange(expr.kind)
        case .array, .row, .map, .subscripted, .slice, .field: showComposite(expr.kind)
        case .inQuery, .exists, .subquery, .arrayQuery, .quantified: showQuery(expr.kind)
        default: showUnary(expr.kind)
        }
    }

    mutating func showUnary(_ kind: ExprKind) -> String {
        switch kind {
        case .unary(let symbol, let operand): form(false, symbol.rawValue.lowercased(), [operand])
        case .isNull(let operand, let negated): form(negated, "null", [operand])
        case .isTruth(let operand, let truth, let negated):
            form(negated, truth.map { $0 ? "true" : "false" } ?? "unknown", [operand])
        case .isDistinct(let left, let right, let negated): form(negated, "distinct", [left, right])
        case .cast(let operand, let type, let isTry): "(\(isTry ? "try-cast" : "cast") \(show(operand)) \(sql(type)))"
        case .extract(let field, let operand): form(false, "extract \(field.name)", [operand])
        case .atTimeZone(let operand, let zone): form(false, "at-time-zone", [operand, zone])
        case .collate(let operand, let name): form(false, "collate " + sql(name), [operand])
        default: ""
        }
    }

    mutating func showRange(_ kind: ExprKind) -> String {
        switch kind {
        case .between(let operand, let low, let high, let negated, let symmetric):
            form(negated, "between" + dumpMark(symmetric, "symmetric"), [operand, low, high])
        case .inList(let operand, let list, let negated): form(negated, "in", [operand] + list)
        case .like(let operand, let pattern, let escape, let negated, let ignoreCase):
            form(negated, ignoreCase ? "ilike" : "like", [operand, pattern] + (escape.map { [$0] } ?? []))
        case .similar(let operand, let pattern, let escape, let negated):
            form(negated, "similar", [operand, pattern] + (escape.map { [$0] } ?? []))
        default: ""
        }
    }

    mutating func showComposite(_ kind: ExprKind) -> String {
        switch kind {
        case .array(let elements): form(false, "array", elements)
        case .row(let elements): form(false, "row", elements)
        case .map(let entries): form(false, "map", entries.flatMap { [$0.0, $0.1] })
        case .subscripted(let array, let index): form(false, "subscript", [array, index])
        case .slice(let array, let from, let to):
            "(slice \(show(array)) \(from.map { show($0) } ?? "-") \(to.map { show($0) } ?? "-"))"
        case .field(let row, let name): form(false, "field " + sql(name), [row])
        default: ""
        }
    }

    mutating func showQuery(_ kind: ExprKind) -> String {
        switch kind {
        case .inQuery(let operand, let query, let negated):
            (negated ? "(not-in " : "(in ") + show(operand) + " " + number(query) + ")"
        case .exists(let query): "(exists " + number(query) + ")"
        case .subquery(let query): "(query " + number(query) + ")"
        case .arrayQuery(let query): "(array " + number(query) + ")"
        case .quantified(let operand, let symbol, let isAll, let other):
            "(\(symbol.rawValue) \(isAll ? "all" : "any") \(show(operand)) \(show(other)))"
        default: ""
        }
    }

    mutating func show(_ operand: QuantifiedOperand) -> String {
        switch operand {
        case .query(let query): number(query)
        case .array(let array): show(array)
        }
    }

    mutating func showCase(_ operand: Expr?, _ branches: [CaseBranch], _ otherwise: Expr?) -> String {
        var text = "(case"
        if let operand { text += " " + show(operand) }
        for branch in branches { text += " (when \(show(branch.condition)) \(show(branch.result)))" }
        if let otherwise { text += " (else \(show(otherwise)))" }
        return text + ")"
    }

    mutating func show(_ call: FunctionCall) -> String {
        var parts = ["call " + sql(call.name)]
        if call.distinct { parts.append("distinct") }
        if call.isStar { parts.append("*") }
        for (index, argument) in call.arguments.enumerated() {
            let label = call.labels.indices.contains(index) ? call.labels[index].map { sql($0) + "=" } ?? "" : ""
            let variadic = call.isVariadic && index == call.arguments.count - 1 ? "variadic " : ""
            parts.append(variadic + label + show(argument))
        }
        for item in call.orderBy { parts.append("(order \(show(item)))") }
        for item in call.withinGroup { parts.append("(within-group \(show(item)))") }
        if let filter = call.filter { parts.append("(filter \(show(filter)))") }
        if let ignoreNulls = call.ignoreNulls { parts.append(ignoreNulls ? "ignore-nulls" : "respect-nulls") }
        if let over = call.over { parts.append("(over \(show(over)))") }
        return "(" + parts.joined(separator: " ") + ")"
    }

    mutating func show(_ window: WindowSpecification) -> String {
        var parts: [String] = []
        if let base = window.base { parts.append(sql(base)) }
        if !window.partitionBy.isEmpty { parts.append("(partition \(show(window.partitionBy)))") }
        for item in window.orderBy { parts.append("(order \(show(item)))") }
        if let frame = window.frame {
            let exclusion = frame.exclusion == .noOthers ? "" : " exclude-\(frame.exclusion)"
            parts.append("(\(frame.unit) \(show(frame.start)) \(show(frame.end))\(exclusion))")
        }
        return parts.isEmpty ? "()" : parts.joined(separator: " ")
    }

    mutating func show(_ bound: WindowFrame.Bound) -> String {
        switch bound {
        case .unboundedPreceding: "unbounded-preceding"
        case .preceding(let distance): "(preceding \(show(distance)))"
        case .currentRow: "current-row"
        case .following(let distance): "(following \(show(distance)))"
        case .unboundedFollowing: "unbounded-following"
        }
    }
}
