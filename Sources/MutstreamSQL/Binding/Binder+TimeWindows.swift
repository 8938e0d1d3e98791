import MutstreamColumnar
import MutstreamDataflow

/// Windows of time as relations: TUMBLE in FROM.
extension Binder {
    static let windowFunctions: Set<String> = ["tumble", "hop", "cumulate", "session"]

    /// `TUMBLE(relation, time, size[, offset])`: its columns, `window_start` and `window_end`.
    func bindWindow(_ function: TableFunction, owner: String) throws(SQLError) -> Relation {
        let name = function.name.name
        guard name == "tumble" else {
            let known = ["hop", "cumulate", "session"]
            throw SQLError(
                known.contains(name) ? "\(name.uppercased()) is not supported yet" : "unknown table function \"\(name)\"",
                at: function.name.range, hint: "supported: TUMBLE(relation, time, INTERVAL '1' MINUTE)")
        }
        let usage = "write TUMBLE(relation, time, INTERVAL '1' MINUTE)"
        var arguments = function.arguments[...]
        guard let first = arguments.popFirst(), case .relation(let source) = first.value else {
            throw SQLError("TUMBLE takes a relation first", at: function.range, hint: usage)
        }
        let relation = try self.relation(source)
        guard let second = arguments.popFirst() else {
            throw SQLError("TUMBLE takes the time column second", at: function.range, hint: usage)
        }
        let time: Int
        switch second.value {
        case .descriptor(let names, let range): time = try Scope(columns: relation.columns).resolve(names, range: range)
        case .expression(let expr):
            guard case .column(let parts) = expr.kind else {
                throw SQLError("TUMBLE takes a column as its time", at: expr.range, hint: usage)
            }
            time = try Scope(columns: relation.columns).resolve(parts, range: expr.range)
        case .relation(let name): time = try Scope(columns: relation.columns).resolve(name.parts, range: name.range)
        }
        guard relation.columns[time].type == .timestamp else {
            throw SQLError(
                "found \(relation.columns[time].type.name), expected a TIMESTAMP as TUMBLE's time", at: function.range)
        }
        guard let third = arguments.popFirst() else {
            throw SQLError("TUMBLE takes the window's length third", at: function.range, hint: usage)
        }
        let size = try interval(third.value, function.range)
        guard size > 0 else { throw SQLError("a window's length is more than nothing", at: function.range, hint: usage) }
        let offset = try arguments.popFirst().map { argument throws(SQLError) in try interval(argument.value, function.range)
        }
        guard arguments.isEmpty else {
            throw SQLError("TUMBLE takes at most four arguments", at: function.range, hint: usage)
        }
        return try tumble(relation, time: time, size: size, offset: offset ?? 0, function.range, owner: owner)
    }

    private func tumble(
        _ relation: Relation, time: Int, size: Int64, offset: Int64, _ range: SourceRange, owner: String
    ) throws(SQLError) -> Relation {
        var columns = relation.columns
        var expressions = columns.indices.map { Expression.column($0, columns[$0].type) }
        let length = Expression(.literal(.interval(Interval(microseconds: size))), .interval)
        do {
            let start = try Typing.tumbleStart(expressions[time], size: size, offset: offset)
            expressions.append(start)
            expressions.append(try Typing.binary("+", start, length))
        } catch { throw SQLError(error.message, at: range, hint: error.hint) }
        let qualifier = columns.first?.relation ?? ""
        for (name, isEnd) in [("window_start", false), ("window_end", true)] {
            columns.append(
                ScopeColumn(
                    relation: qualifier, name: name, type: .timestamp, sensitive: relation.columns[time].sensitive,
                    window: ScopeColumn.WindowRole(isEnd: isEnd, size: size)))
        }
        return Relation(node: add(.project(relation.node, expressions), columns, owner: owner), columns: columns)
    }

    private func interval(_ argument: TableFunction.Argument, _ range: SourceRange) throws(SQLError) -> Int64 {
        guard case .expression(let expr) = argument else {
            throw SQLError("expected an INTERVAL", at: range, hint: "write INTERVAL '1' MINUTE")
        }
        return try constantInterval(expr)
    }

    /// A constant INTERVAL in microseconds; months are refused, since their length depends on a date.
    func constantInterval(_ expr: Expr) throws(SQLError) -> Int64 {
        let bound = try ExpressionBinder(Scope(columns: []), clause: "a constant").untyped(expr)
        var expression = bound
        if case .untyped = bound.node {
            expression = try ExpressionBinder(Scope(columns: []), clause: "a constant").typed(expr) {
                () throws(TypeError) in try Typing.coerce(bound, to: .interval, context: .implicit)
            }
        }
        guard case .literal(.interval(let value)) = expression.folded().node else {
            throw SQLError(
                "found \(expression.type.name), expected a constant INTERVAL", at: expr.range,
                hint: "write INTERVAL '1' MINUTE")
        }
        guard let length = value.exactMicroseconds else {
            throw SQLError(
                "an INTERVAL with months or years has no fixed length", at: expr.range, hint: "write it in days")
        }
        return length
    }
}
