import MutstreamColumnar
import MutstreamDataflow

extension Binder {
    /// GROUP BY: a projection to keys and arguments, the aggregate, and the select list over its result.
    func bindGrouped(
        _ select: Select, _ items: [SelectItem], _ input: Relation, owner: String, emit: EmitClause?
    ) throws(SQLError) -> Relation {
        let scope = Scope(columns: input.columns)
        let plain = ExpressionBinder(scope, clause: "GROUP BY")
        var keys: [Expression] = []
        for expr in select.groupBy {
            let key = try plain.bind(try groupKey(expr, items, scope)).folded()
            if !keys.contains(key) { keys.append(key) }
        }
        var inner = InputColumns(input)
        var keyColumns = keys.map { inner.position(of: $0) }
        var closeKey: Int?
        if emit?.kind == .onWindowClose {
            closeKey = keyColumns.firstIndex { inner.columns[$0].window?.isEnd == true }
            if closeKey == nil, let start = keyColumns.first(where: { inner.columns[$0].window != nil }) {
                // The end follows from the start: it need not be written.
                let size = inner.columns[start].window?.size ?? 0
                let length = Expression(.literal(.interval(Interval(microseconds: size))), .interval)
                do {
                    let end = try Typing.binary("+", inner.expressions[start], length)
                    keyColumns.append(inner.position(of: end))
                    closeKey = keyColumns.count - 1
                } catch { throw SQLError(error.message, at: select.range) }
            }
            guard closeKey != nil else {
                throw SQLError(
                    "EMIT ON WINDOW CLOSE needs the window's end among the keys of GROUP BY",
                    at: emit?.range ?? select.range,
                    hint: "GROUP BY …, window_start, window_end FROM TUMBLE(stream, time, INTERVAL '1' MINUTE)")
            }
            guard isAppendOnly(input.node) else {
                throw SQLError(
                    "EMIT ON WINDOW CLOSE needs rows that only arrive, but rows of this query can change",
                    at: emit?.range ?? select.range)
            }
        }
        var calls: [AggregateCall] = []
        let resolveCall = { (expr: Expr) throws(SQLError) -> Expression? in
            if case .function(let call) = expr.kind, call.over == nil {
                if let bound = try self.aggregate(call, expr, plain, &inner, appendOnly: self.isAppendOnly(input.node)) {
                    let index = calls.firstIndex(of: bound) ?? calls.count
                    if index == calls.count { calls.append(bound) }
                    return .column(keyColumns.count + index, bound.type)
                }
            }
            if Binder.holdsAggregate(expr) { return nil }
            if case .function(let call) = expr.kind, call.over != nil || call.name.name == "predict" { return nil }
            if expr.children.contains(where: { Binder.holdsOverOrPredict($0) }) { return nil }
            let bound = try ExpressionBinder(scope, clause: "a grouped query").untyped(expr)
            if let key = keys.firstIndex(of: bound.folded()) { return .column(key, keys[key].type) }
            if bound.columns.isEmpty { return bound }
            guard case .column(let parts) = expr.kind else { return nil }
            throw SQLError(
                "column \"\(parts[parts.count - 1].name)\" must be in GROUP BY or inside an aggregate", at: expr.range)
        }
        // Bound once to learn which aggregates there are; the select list is bound again over their result.
        let probe = ExpressionBinder(Scope(columns: []), clause: "a grouped query") { expr throws(SQLError) in
            try resolveCall(expr)
        }
        for item in items where !Binder.holdsOverOrPredict(item.expression) { _ = try probe.bind(item.expression) }
        for item in items where Binder.holdsOverOrPredict(item.expression) {
            for argument in Binder.argumentsBelow(item.expression) { _ = try probe.untyped(argument) }
        }
        var having: Expression?
        if let clause = select.having {
            let binder = ExpressionBinder(Scope(columns: []), clause: "HAVING") { expr throws(SQLError) in
                try resolveCall(expr)
            }
            having = try binder.condition(clause)
        }

        let base = inner.node(in: self, owner: owner)
        if let closeKey, let clause = emit {
            let times = plan.graph.timeColumns(base, plan.sources)
            guard times.windowTimes.contains(keyColumns[closeKey]) else {
                throw SQLError(
                    "no watermark speaks of the window's time, so it would never close", at: clause.range,
                    hint: times.hasWatermark
                        ? "let TUMBLE take the column for which the source declares its WATERMARK"
                        : "declare WATERMARK FOR column AS column - INTERVAL '5' SECOND at the source")
            }
        }
        let aggregate = AggregatePlan(input: base, keys: keyColumns, calls: calls, closeKey: closeKey)
        var columns = keyColumns.map { inner.columns[$0] }
        for call in calls {
            let isValue = call.function == "min" || call.function == "max"
            columns.append(
                ScopeColumn(
                    relation: "", name: call.function, type: call.type,
                    sensitive: isValue ? call.argument.flatMap { inner.columns[$0].sensitive } : nil, window: nil))
        }
        var result = Relation(node: add(.aggregate(aggregate), columns, owner: owner), columns: columns)
        if let having { result.node = add(.filter(result.node, having), columns, owner: owner) }
        let collector = CallCollector(binder: self, input: result, windows: select.windows, emit: emit, owner: owner)
        collector.argumentHook = resolveCall
        return try project(items, Scope(columns: []), collector, owner: owner, around: resolveCall)
    }

    /// What a key of GROUP BY means: an output's number or alias, or an expression over the input.
    private func groupKey(_ expr: Expr, _ items: [SelectItem], _ scope: Scope) throws(SQLError) -> Expr {
        if case .number(let text) = expr.kind {
            guard let number = Int(text), items.indices.contains(number - 1) else {
                throw SQLError("found \(text), expected the number of an output column", at: expr.range)
            }
            return items[number - 1].expression
        }
        if case .column(let parts) = expr.kind, parts.count == 1, (try? scope.resolve(parts, range: expr.range)) == nil,
            let item = items.first(where: { $0.alias?.name == parts[0].name })
        {
            return item.expression
        }
        return expr
    }

    /// An aggregate call over the input, or nil if it is another function.
    private func aggregate(
        _ call: FunctionCall, _ expr: Expr, _ binder: ExpressionBinder, _ inner: inout InputColumns, appendOnly: Bool
    ) throws(SQLError) -> AggregateCall? {
        let name = call.name.name
        if AggregateNames.later.contains(name) {
            throw SQLError(
                "\(name) is not supported yet", at: call.name.range,
                hint: "supported: \(AggregateNames.all.joined(separator: ", "))")
        }
        guard AggregateNames.all.contains(name) else { return nil }
        var bound = try bindAggregate(call, expr, binder, &inner)
        bound.frame = 0
        if !appendOnly, name == "min" || name == "max" {
            throw SQLError(
                "\(name.uppercased()) over rows that can be taken back is not supported yet", at: expr.range,
                hint: "use it over a stream")
        }
        return bound
    }

    /// The parts that grouped and rolling aggregates share: argument, FILTER, type.
    func bindAggregate(
        _ call: FunctionCall, _ expr: Expr, _ binder: ExpressionBinder, _ inner: inout InputColumns
    ) throws(SQLError) -> AggregateCall {
        let name = call.name.name
        if call.distinct { throw SQLError("DISTINCT in an aggregate is not supported yet", at: expr.range) }
        if let first = call.orderBy.first {
            throw SQLError("ORDER BY in an aggregate is not supported yet", at: first.expression.range)
        }
        guard call.isStar ? call.arguments.isEmpty && name == "count" : call.arguments.count == 1 else {
            throw SQLError(
                "found \(call.isStar ? "*" : "\(call.arguments.count) arguments"), expected \(name)(expression)"
                    + (name == "count" ? " or count(*)" : ""), at: expr.range)
        }
        var argument: Expression?
        if let first = call.arguments.first { argument = try binder.bind(first).folded() }
        guard let type = AggregateFunction.resultType(name: name, argument: argument?.type) else {
            throw SQLError(
                "found \(argument?.type.name ?? "*"), expected a number in \(name.uppercased())",
                at: call.arguments.first?.range ?? expr.range)
        }
        var filter: Expression?
        if let clause = call.filter { filter = try binder.condition(clause).folded() }
        return AggregateCall(
            function: name, argument: argument.map { inner.position(of: $0) }, filter: filter.map { inner.position(of: $0) },
            frame: 0, type: type)
    }

    static func holdsOverOrPredict(_ expr: Expr) -> Bool {
        if case .function(let call) = expr.kind, call.over != nil || call.name.name == "predict" { return true }
        return expr.children.contains(where: holdsOverOrPredict)
    }

    /// The arguments of the PREDICT calls in an expression: what they need of the aggregate.
    private static func argumentsBelow(_ expr: Expr) -> [Expr] {
        if case .function(let call) = expr.kind, call.name.name == "predict" { return Array(call.arguments.dropFirst()) }
        return expr.children.flatMap { holdsOverOrPredict($0) ? argumentsBelow($0) : [$0] }
    }
}

/// The columns of a relation and further expressions over them, each once: the input of an operator that takes columns only.
struct InputColumns {
    private(set) var expressions: [Expression]
    private(set) var columns: [ScopeColumn]
    private let relation: Relation

    init(_ relation: Relation) {
        self.relation = relation
        expressions = relation.columns.indices.map { .column($0, relation.columns[$0].type) }
        columns = relation.columns
    }

    /// The column that holds an expression over the relation.
    mutating func position(of expression: Expression) -> Int {
        if let known = expressions.firstIndex(of: expression) { return known }
        expressions.append(expression)
        columns.append(
            ScopeColumn(
                relation: "", name: "", type: expression.type, sensitive: Binder.sensitive(expression, relation.columns),
                window: nil))
        return expressions.count - 1
    }

    /// The relation itself where nothing was added.
    func node(in binder: Binder, owner: String) -> NodeID {
        if expressions.count == relation.columns.count { return relation.node }
        return binder.add(.project(relation.node, expressions), columns, owner: owner)
    }
}
