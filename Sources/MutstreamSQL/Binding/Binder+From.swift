import MutstreamColumnar
import MutstreamDataflow

extension Binder {
    /// All relations of FROM as one: a comma is a cross join, which WHERE makes an inner one.
    func bindFrom(_ references: [TableReference], owner: String, emit: EmitClause?) throws(SQLError) -> Relation {
        var result = try bindReference(references[0], owner: owner, emit: emit)
        var names = [references[0]]
        for reference in references.dropFirst() {
            let right = try bindReference(reference, owner: owner, emit: emit)
            result = try join(
                result, right, keepsLeft: false, condition: nil, emit: emit, owner: owner, leftRange: names[0].range,
                range: reference.range)
            names.append(reference)
        }
        return result
    }

    private func bindReference(_ reference: TableReference, owner: String, emit: EmitClause?) throws(SQLError) -> Relation {
        var relation: Relation
        switch reference.kind {
        case .relation(let name): relation = try self.relation(name)
        case .function(let function): relation = try bindWindow(function, owner: owner)
        case .subquery(let query): relation = try bindQuery(query, owner: owner, emit: emit).renamed("")
        case .join(let join):
            relation = try bindJoin(join, reference.range, owner: owner, emit: emit)
            guard reference.alias != nil else { return relation }
        }
        if let alias = reference.alias { relation = relation.renamed(alias.name) }
        if reference.columnAliases.count > relation.columns.count {
            throw SQLError(
                "found \(reference.columnAliases.count) column names, expected at most \(relation.columns.count)",
                at: reference.range)
        }
        for (index, name) in reference.columnAliases.enumerated() { relation.columns[index].name = name.name }
        return relation
    }

    private func bindJoin(_ join: Join, _ range: SourceRange, owner: String, emit: EmitClause?) throws(SQLError) -> Relation
    {
        let left = try bindReference(join.left, owner: owner, emit: emit)
        let right = try bindReference(join.right, owner: owner, emit: emit)
        switch join.kind {
        case .right, .full:
            throw SQLError(
                "\(join.kind == .right ? "RIGHT" : "FULL") JOIN is not supported yet", at: range,
                hint: join.kind == .right ? "swap the sides and write LEFT JOIN" : nil)
        case .left where emit?.kind != .onArrival:
            throw SQLError(
                "LEFT JOIN is only supported under EMIT ON ARRIVAL so far", at: range,
                hint: "add EMIT ON ARRIVAL at the end of the query, or write an inner JOIN")
        case .inner, .left, .cross: break
        }
        var condition: Expression?
        switch join.condition {
        case .none: break
        case .on(let expr):
            let scope = Scope(columns: left.columns + right.columns)
            condition = try ExpressionBinder(scope, clause: "a join condition").condition(expr)
        case .using(let names):
            var parts: [Expression] = []
            for name in names {
                let l = try Scope(columns: left.columns).resolve([name], range: name.range)
                let r = try Scope(columns: right.columns).resolve([name], range: name.range)
                do {
                    parts.append(
                        try Typing.binary(
                            "=", .column(l, left.columns[l].type),
                            .column(left.columns.count + r, right.columns[r].type)))
                } catch { throw SQLError(error.message, at: name.range, hint: error.hint) }
            }
            condition = Expression.conjunction(parts)
        }
        var result = try self.join(
            left, right, keepsLeft: join.kind == .left, condition: condition, emit: emit, owner: owner,
            leftRange: join.left.range, range: range)
        if case .using(let names) = join.condition {
            // A column of USING is one column: the right one can only be reached by its qualified name.
            for name in names {
                for index in left.columns.count..<result.columns.count where result.columns[index].name == name.name {
                    result.columns[index].name = "\(result.columns[index].relation).\(name.name)"
                }
            }
        }
        return result
    }

    private func join(
        _ left: Relation, _ right: Relation, keepsLeft: Bool, condition: Expression?, emit: EmitClause?, owner: String,
        leftRange: SourceRange, range: SourceRange
    ) throws(SQLError) -> Relation {
        let isArrival = emit?.kind == .onArrival
        if isArrival, !isAppendOnly(left.node) {
            throw SQLError(
                "EMIT ON ARRIVAL is driven by the first relation in FROM: found one whose rows change", at: leftRange,
                hint: "let a stream come first and JOIN the table to it")
        }
        let columns = left.columns + right.columns
        let plan = JoinPlan(
            left: left.node, right: right.node, mode: isArrival ? .arrival : .maintained, keepsLeft: keepsLeft, keys: [],
            residual: condition, time: nil)
        return Relation(node: add(.join(plan), columns, owner: owner), columns: columns)
    }

    // MARK: Window functions in FROM

    /// `TUMBLE(relation, time, size[, offset])`: its columns, `window_start` and `window_end`.
    private func bindWindow(_ function: TableFunction, owner: String) throws(SQLError) -> Relation {
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
