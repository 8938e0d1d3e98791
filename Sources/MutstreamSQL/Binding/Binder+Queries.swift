import MutstreamColumnar
import MutstreamDataflow

/// How the rows of a query are shown: the order of a snapshot, and how many of the columns are the query's own.
struct Presentation: Sendable {
    var order: [SortItem]
    var visible: Int
}

/// ORDER BY, LIMIT and OFFSET of a query.
struct QueryTail {
    var orderBy: [OrderItem]
    var limit: Int?
    var offset: Int
    var withTies: Bool
    /// LIMIT and OFFSET that hold subqueries.
    var computed: (limit: Expr?, offset: Expr?)?

    var bounds: Bool { limit != nil || offset > 0 }
}

/// What becomes of the rows of a query.
enum QueryUse {
    case rows
    /// They are shown in order: columns that only ORDER BY needs stay, and the relation's presentation says so.
    case shown
    /// They stand in FROM: starts and ends of windows stay behind the columns.
    case relation
}

extension Binder {
    /// A query as a relation. `emit` is that of the query around it, which it inherits where it says nothing itself.
    ///
    func bindQuery(
        _ query: Query, owner: String, emit around: EmitClause?, outer: OuterScope? = nil, use: QueryUse = .rows
    ) throws(SQLError) -> Relation {
        let depth = locals.count
        defer { locals.removeLast(locals.count - depth) }
        let emit = query.emit ?? around
        if query.recursive, let first = query.with.first {
            throw SQLError("WITH RECURSIVE is not supported", at: first.name.range, hint: "write the levels as views")
        }
        for (index, local) in query.with.enumerated() {
            if query.with[..<index].contains(where: { $0.name.name == local.name.name }) {
                throw SQLError("WITH has \"\(local.name.name)\" more than once", at: local.name.range)
            }
            var relation = try bindQuery(local.query.value, owner: owner, emit: emit, outer: outer, use: .relation)
                .renamed(local.name.name)
            if !local.columns.isEmpty {
                let count = relation.columns.count { !$0.isWindowPart }
                guard local.columns.count <= count else {
                    throw SQLError(
                        "found \(local.columns.count) column names, expected \(count)", at: local.name.range
                    )
                }
                for (index, name) in local.columns.enumerated() { relation.columns[index].name = name.name }
            }
            locals.append((local.name.name, relation))
        }
        if emit != nil, let first = query.orderBy.first {
            throw SQLError(
                "ORDER BY cannot stand under EMIT: rows leave in the order of their arrival", at: first.expression.range)
        }
        var tail = QueryTail(
            orderBy: query.orderBy, limit: try query.limit.flatMap { limit throws(SQLError) in try count(limit, "LIMIT") },
            offset: try query.offset.flatMap { offset throws(SQLError) in try count(offset, "OFFSET") } ?? 0,
            withTies: query.withTies)
        if [query.limit, query.offset].contains(where: { $0?.holdsSubquery == true }) {
            tail.computed = (query.limit, query.offset)
            (tail.limit, tail.offset) = (nil, 0)
        }
        if tail.withTies, tail.orderBy.isEmpty, let limit = query.limit {
            throw SQLError("WITH TIES needs an ORDER BY", at: limit.range)
        }
        if tail.limit == nil, tail.computed == nil { tail.withTies = false }
        var relation = try bindBody(query.body, tail, owner: owner, emit: emit, outer: outer, use: use)
        if let clause = query.emit {
            if clause.kind == .onWindowClose { relation = closing(relation, owner: owner) }
            try check(relation, clause)
        }
        return relation
    }

    /// The constant of LIMIT or OFFSET; nil: NULL, which is none.
    private func count(_ expr: Expr, _ what: String) throws(SQLError) -> Int? {
        if expr.holdsSubquery { return nil }
        let binder = ExpressionBinder(Scope(columns: []), clause: what)
        let bound = try binder.untyped(expr)
        let value = try binder.typed(expr) { () throws(TypeError) in
            try Typing.coerce(bound, to: .bigint, context: .assignment)
        }.folded()
        switch value.literalValue {
        case .null?: return nil
        case .int64(let number)? where number >= 0: return Int(clamping: number)
        case .int64?: throw SQLError("\(what) cannot be negative", at: expr.range)
        default: throw SQLError("\(what) takes a constant number", at: expr.range)
        }
    }

    private func bindBody(
        _ body: QueryBody, _ tail: QueryTail, owner: String, emit: EmitClause?, outer: OuterScope?, use: QueryUse
    ) throws(SQLError) -> Relation {
        let relation: Relation
        switch body {
        case .select(let select):
            return try bindSelect(select, tail, owner: owner, emit: emit, outer: outer, use: use)
        case .nested(let query):
            if tail.orderBy.isEmpty, !tail.bounds, tail.computed == nil {
                return try bindQuery(query, owner: owner, emit: emit, outer: outer, use: use)
            }
            relation = try bindQuery(query, owner: owner, emit: emit, outer: outer)
        case .values(let rows, let range): relation = try bindValues(rows, range, owner: owner, outer: outer)
        case .setOperation(let op, let all, let left, let right, let range):
            let none = QueryTail(orderBy: [], limit: nil, offset: 0, withTies: false)
            let sides = [
                try bindBody(left, none, owner: owner, emit: emit, outer: outer, use: .rows),
                try bindBody(right, none, owner: owner, emit: emit, outer: outer, use: .rows),
            ]
            relation = try bindSetOperation(op, all: all, sides, range, owner: owner)
        }
        var order: [SortItem] = []
        for item in tail.orderBy { order.append(try outputItem(item, relation)) }
        let limited = try limited(relation, order, tail, owner: owner, emit: emit, outer: outer)
        return finish(limited, order, visible: relation.columns.count, tail, owner: owner, presents: use == .shown)
    }

    /// An item of ORDER BY that can only mean an output column.
    private func outputItem(_ item: OrderItem, _ relation: Relation) throws(SQLError) -> SortItem {
        let column: Int
        switch item.expression.kind {
        case .number(let text):
            guard let number = Int(text), relation.columns.indices.contains(number - 1) else {
                throw SQLError("found \(text), expected the number of an output column", at: item.expression.range)
            }
            column = number - 1
        case .column(let parts): column = try Scope(columns: relation.columns).resolve(parts, range: item.expression.range)
        default:
            throw SQLError(
                "ORDER BY of a set operation or VALUES takes output columns only", at: item.expression.range,
                hint: "put the query into FROM (…) and order that")
        }
        return SortItem(column: column, descending: item.descending, nullsFirst: item.nullsFirst ?? item.descending)
    }

    /// LIMIT and OFFSET, and the columns that only the order needs.
    func finish(
        _ relation: Relation, _ order: [SortItem], visible: Int, _ tail: QueryTail, owner: String, presents: Bool
    ) -> Relation {
        var result = relation
        if tail.bounds {
            let top = TopPlan(
                input: result.node, partition: [], order: order, limit: tail.limit, offset: tail.offset,
                withTies: tail.withTies)
            result.node = add(.top(top), result.columns, owner: owner)
        }
        if presents {
            result.presentation = Presentation(order: order, visible: visible)
            return result
        }
        if visible < result.columns.count {
            let kept = Array(result.columns[..<visible])
            let own = kept.indices.map { Expression.column($0, kept[$0].type) }
            result = Relation(node: add(.project(result.node, own), kept, owner: owner), columns: kept)
        }
        return result
    }

    // MARK: VALUES

    /// One row, whose only column cannot be named: what SELECT without FROM reads.
    func singleRow() -> Relation {
        let column = ScopeColumn(relation: "", name: "", type: .boolean, sensitive: nil, window: nil, isHidden: true)
        return Relation(node: add(.values([[.bool(true)]], [.boolean]), [column], owner: ""), columns: [column])
    }

    private func bindValues(
        _ rows: [[Expr]], _ range: SourceRange, owner: String, outer: OuterScope?
    ) throws(SQLError) -> Relation {
        let width = rows.first?.count ?? 0
        let single = singleRow()
        let subqueries = Subqueries(self, scope: outerScope([], outer), owner: owner, emit: nil)
        let binder = ExpressionBinder(
            Scope(columns: []), clause: "VALUES", outer: outer, functions: self, subqueries: subqueries)
        var bound: [[Expression]] = []
        for row in rows {
            guard row.count == width else {
                throw SQLError(
                    "found \(row.count) values, expected \(width) as in the first row", at: row.first?.range ?? range)
            }
            var values: [Expression] = []
            for value in row { values.append(try binder.untyped(value)) }
            bound.append(values)
        }
        var types: [DataType] = []
        for column in 0..<width {
            do {
                let type = try Typing.commonType(bound.map { $0[column] })
                types.append(type)
                for row in bound.indices {
                    bound[row][column] = try Typing.coerce(bound[row][column], to: type, context: .implicit).folded()
                }
            } catch {
                let place = error.argument.flatMap { rows.indices.contains($0) ? rows[$0][column].range : nil }
                throw SQLError(error.message, at: place ?? range, hint: error.hint)
            }
        }
        let columns = types.indices.map {
            ScopeColumn(relation: "", name: "column\($0 + 1)", type: types[$0], sensitive: nil, window: nil)
        }
        let literals = bound.map { $0.compactMap(\.literalValue) }
        if subqueries.isEmpty, literals.allSatisfy({ $0.count == width }) {
            return Relation(node: add(.values(literals, types), columns, owner: owner), columns: columns)
        }
        let (joined, values) = try subqueries.attach(to: single)
        let sides = bound.map { row in
            add(.project(joined.node, row.map { $0.replacing { values[$0] } }), columns, owner: owner)
        }
        // Equal rows come as often as they are written: a node for each, though equal nodes are one.
        return Relation(
            node: sides.count == 1 ? sides[0] : add(.union(sides), columns, owner: owner), columns: columns)
    }

    // MARK: Set operations

    private func bindSetOperation(
        _ op: SetOperator, all: Bool, _ sides: [Relation], _ range: SourceRange, owner: String
    ) throws(SQLError) -> Relation {
        let name = (op == .union ? "UNION" : op == .intersect ? "INTERSECT" : "EXCEPT") + (all ? " ALL" : "")
        let (nodes, columns) = try aligned(sides, name, range, owner: owner)
        switch (op, all) {
        case (.union, true): return Relation(node: add(.union(nodes), columns, owner: owner), columns: columns)
        case (.union, false):
            let union = add(.union(nodes), columns, owner: owner)
            return Relation(node: add(.counted(.distinct, [union]), columns, owner: owner), columns: columns)
        case (.intersect, _):
            let kind: CountedKind = all ? .intersectAll : .intersect
            return Relation(node: add(.counted(kind, nodes), columns, owner: owner), columns: columns)
        case (.except, _):
            let kind: CountedKind = all ? .exceptAll : .except
            return Relation(node: add(.counted(kind, nodes), columns, owner: owner), columns: columns)
        }
    }

    /// Both sides with columns of the same types, named as on the left.
    private func aligned(
        _ sides: [Relation], _ name: String, _ range: SourceRange, owner: String
    ) throws(SQLError) -> ([NodeID], [ScopeColumn]) {
        guard sides[0].columns.count == sides[1].columns.count else {
            throw SQLError(
                "found \(sides[1].columns.count) columns on the right of \(name), expected \(sides[0].columns.count)",
                at: range)
        }
        var columns = sides[0].columns
        var types: [DataType] = []
        for index in columns.indices {
            do {
                // A literal whose type nothing decided, here TEXT, takes the type of the other side.
                let pair = sides.map { side in
                    literal(side.node, index) ?? Expression.column(index, side.columns[index].type)
                }
                types.append(try Typing.commonType(pair))
            } catch {
                throw SQLError(
                    "column \"\(columns[index].name)\" of \(name): \(error.message)", at: range, hint: error.hint)
            }
            columns[index].type = types[index]
            columns[index].relation = ""
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
                    let value = literal(side.node, index) ?? .column(index, side.columns[index].type)
                    casts.append(try Typing.coerce(value, to: types[index], context: .implicit).folded())
                } catch { throw SQLError(error.message, at: range, hint: error.hint) }
            }
            nodes.append(add(.project(side.node, casts), columns, owner: owner))
        }
        return (nodes, columns)
    }

    /// A column that is a bare text literal or NULL, as one without a type.
    private func literal(_ node: NodeID, _ column: Int) -> Expression? {
        guard case .project(_, let expressions) = plan.graph[node].kind, expressions.indices.contains(column),
            expressions[column].type == .text, let value = expressions[column].literalValue
        else { return nil }
        switch value {
        case .null: return .untypedNull
        case .text(let text): return .string(text)
        default: return nil
        }
    }

    func add(_ kind: PlanNode.Kind, _ columns: [ScopeColumn], owner: String) -> NodeID {
        plan.graph.add(kind, fields: columns.map { Field($0.name, $0.type) }, owner: owner)
    }
}

extension Binder {
    /// The plan with one view, the answer to a query, and nothing else to do.
    func answering(_ query: Query) throws(SQLError) -> (plan: PipelinePlan, shown: Shown) {
        let relation = try bindQuery(query, owner: "query", emit: nil, use: .shown)
        try refuseSensitive(relation, query, what: "a result")
        let shown = relation.presentation ?? Presentation(order: [], visible: relation.columns.count)
        var plan = plan
        plan.sinks = []
        plan.views = [
            ViewDefinition(
                name: "query", materialized: true, node: relation.node,
                fields: relation.columns.map { Field($0.name, $0.type) }, options: [], retain: nil, range: query.range)
        ]
        plan.lessons.removeAll { !plan.graph.dependsOnAnswers(of: $0.model, relation.node) }
        return (plan, Shown(order: shown.order, visible: shown.visible))
    }
}
