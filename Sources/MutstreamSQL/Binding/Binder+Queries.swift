import MutstreamColumnar
import MutstreamDataflow

extension Binder {
    /// A query as a relation. `emit` is that of the query around it, which it inherits where it says nothing itself.
    func bindQuery(_ query: Query, owner: String, emit outer: EmitClause?) throws(SQLError) -> Relation {
        let depth = locals.count
        defer { locals.removeLast(locals.count - depth) }
        let emit = query.emit ?? outer
        for local in query.with {
            var relation = try bindQuery(local.query.value, owner: owner, emit: emit).renamed(local.name.name)
            if !local.columns.isEmpty {
                guard local.columns.count == relation.columns.count else {
                    throw SQLError(
                        "found \(local.columns.count) column names, expected \(relation.columns.count)", at: local.name.range
                    )
                }
                for (index, name) in local.columns.enumerated() { relation.columns[index].name = name.name }
            }
            locals.append((local.name.name, relation))
        }
        if let first = query.orderBy.first {
            throw SQLError(
                "ORDER BY of a stream is not supported yet", at: first.expression.range,
                hint: "rows leave in the order of their arrival")
        }
        if let limit = query.limit ?? query.offset { throw SQLError("LIMIT is not supported yet", at: limit.range) }
        let relation = try bindBody(query.body, owner: owner, emit: emit)
        if let clause = query.emit { try check(relation, clause) }
        return relation
    }

    private func bindBody(_ body: QueryBody, owner: String, emit: EmitClause?) throws(SQLError) -> Relation {
        switch body {
        case .select(let select): return try bindSelect(select, owner: owner, emit: emit)
        case .nested(let query): return try bindQuery(query, owner: owner, emit: emit)
        case .values(_, let range): throw SQLError("VALUES is not supported yet", at: range)
        case .setOperation(.union, all: true, let left, let right, let range):
            return try bindUnion(left, right, range, owner: owner, emit: emit)
        case .setOperation(let op, let all, _, _, let range):
            let name = op == .union ? "UNION" : op == .intersect ? "INTERSECT" : "EXCEPT"
            throw SQLError(
                "\(name)\(all ? " ALL" : "") is not supported yet", at: range,
                hint: op == .union ? "UNION ALL is" : nil)
        }
    }

    private func bindUnion(
        _ left: QueryBody, _ right: QueryBody, _ range: SourceRange, owner: String, emit: EmitClause?
    ) throws(SQLError) -> Relation {
        let sides = [try bindBody(left, owner: owner, emit: emit), try bindBody(right, owner: owner, emit: emit)]
        guard sides[0].columns.count == sides[1].columns.count else {
            throw SQLError(
                "found \(sides[1].columns.count) columns on the right of UNION ALL, expected \(sides[0].columns.count)",
                at: range)
        }
        var columns = sides[0].columns
        var types: [DataType] = []
        for index in columns.indices {
            do {
                let pair = sides.map { Expression.column(index, $0.columns[index].type) }
                types.append(try Typing.commonType(pair))
            } catch {
                throw SQLError(
                    "column \"\(columns[index].name)\" of UNION ALL: \(error.message)", at: range, hint: error.hint)
            }
            columns[index].type = types[index]
            columns[index].sensitive = columns[index].sensitive ?? sides[1].columns[index].sensitive
            if columns[index].window != sides[1].columns[index].window { columns[index].window = nil }
        }
        var nodes: [NodeID] = []
        for side in sides {
            if side.columns.map(\.type) == types {
                nodes.append(side.node)
                continue
            }
            var casts: [Expression] = []
            for index in types.indices {
                do {
                    casts.append(
                        try Typing.coerce(.column(index, side.columns[index].type), to: types[index], context: .implicit))
                } catch { throw SQLError(error.message, at: range, hint: error.hint) }
            }
            nodes.append(add(.project(side.node, casts), columns, owner: owner))
        }
        return Relation(node: add(.union(nodes), columns, owner: owner), columns: columns)
    }

    func add(_ kind: PlanNode.Kind, _ columns: [ScopeColumn], owner: String) -> NodeID {
        plan.graph.add(kind, fields: columns.map { Field($0.name, $0.type) }, owner: owner)
    }

    private func check(_ relation: Relation, _ emit: EmitClause) throws(SQLError) {
        switch emit.kind {
        case .onArrival:
            guard isAppendOnly(relation.node) else {
                throw SQLError(
                    "EMIT ON ARRIVAL needs rows that only arrive, but rows of this query can change", at: emit.range,
                    hint: "let a stream be the first relation in FROM")
            }
        case .onWindowClose:
            let closes = plan.graph.reachable(from: [relation.node]).contains {
                if case .aggregate(let aggregate) = plan.graph[$0].kind { aggregate.closeKey != nil } else { false }
            }
            guard closes else {
                throw SQLError(
                    "EMIT ON WINDOW CLOSE needs a GROUP BY with the window's end", at: emit.range,
                    hint: "GROUP BY window_start, window_end FROM TUMBLE(stream, time, INTERVAL '1' MINUTE)")
            }
        }
    }
}
