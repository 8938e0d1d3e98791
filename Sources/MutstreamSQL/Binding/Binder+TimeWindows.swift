import MutstreamColumnar
import MutstreamDataflow

/// Windows of time as relations: TUMBLE, HOP, CUMULATE and SESSION in FROM.
extension Binder {
    static let windowFunctions = Set(WindowKind.allCases.map(\.rawValue))

    /// The arguments of a window function, found by their place or by their name.
    private struct WindowArguments {
        /// A relation by name, or a query.
        var data: TableFunction.Argument
        var time: TableFunction.Argument
        var partition: ([Identifier], SourceRange)?
        var lengths: [TableFunction.Argument] = []
        var offset: TableFunction.Argument?

        init(_ function: TableFunction, _ kind: WindowKind) throws(SQLError) {
            let name = function.name.name.uppercased()
            let order = ["data", "timecol"] + kind.lengths + (kind.takesOffset ? ["offset"] : [])
            var found: [String: TableFunction.Argument] = [:]
            var next = 0
            for argument in function.arguments {
                if argument.label?.name == "partition_by", case .descriptor(let names, let range) = argument.value {
                    guard kind == .session else {
                        throw SQLError(
                            "\(name) takes no PARTITION BY", at: range, hint: "only SESSION has windows of each key")
                    }
                    partition = (names, range)
                    continue
                }
                let slot: String
                if let label = argument.label {
                    slot = label.name.lowercased()
                    guard order.contains(slot) else {
                        throw SQLError(
                            "unknown argument \"\(label.name)\" of \(name)", at: label.range,
                            hint: "known: \(order.map { $0.uppercased() }.joined(separator: ", "))")
                    }
                } else {
                    guard next < order.count else {
                        throw SQLError(
                            "\(name) takes at most \(order.count == 4 ? "four" : order.count == 3 ? "three" : "five") arguments",
                            at: function.range, hint: kind.usage)
                    }
                    slot = order[next]
                    next += 1
                }
                if found[slot] != nil {
                    throw SQLError("\(name) has two arguments \(slot.uppercased())", at: function.range, hint: kind.usage)
                }
                found[slot] = argument.value
            }
            guard let data = found["data"], WindowArguments.isRelation(data) else {
                throw SQLError("\(name) takes a relation first", at: function.range, hint: kind.usage)
            }
            guard let time = found["timecol"] else {
                throw SQLError("\(name) takes the time column second", at: function.range, hint: kind.usage)
            }
            self.data = data
            self.time = time
            let places = ["third", "fourth"]
            for (index, slot) in kind.lengths.enumerated() {
                guard let length = found[slot] else {
                    let what = slot == "size" ? "the window's length" : "the \(slot)"
                    throw SQLError("\(name) takes \(what) \(places[index])", at: function.range, hint: kind.usage)
                }
                lengths.append(length)
            }
            offset = found["offset"]
        }

        private static func isRelation(_ argument: TableFunction.Argument) -> Bool {
            switch argument {
            case .relation: true
            case .expression(let expr): if case .subquery = expr.kind { true } else { false }
            case .descriptor: false
            }
        }
    }

    /// What a window function reads: a relation by name, or a query, as one in FROM; nil: it is neither.
    private func windowInput(
        _ data: TableFunction.Argument, owner: String, emit: EmitClause?, outer: OuterScope?
    ) throws(SQLError) -> Relation? {
        switch data {
        case .relation(let name): return try relation(name)
        case .expression(let expr):
            guard case .subquery(let query) = expr.kind else { return nil }
            return try bindQuery(query, owner: owner, emit: emit, outer: outer, use: .relation).renamed("")
        case .descriptor: return nil
        }
    }

    /// `TUMBLE(relation, time, size[, offset])` and its like: the relation's columns, `window_start` and `window_end`.
    func bindWindow(
        _ function: TableFunction, owner: String, emit: EmitClause?, outer: OuterScope?
    ) throws(SQLError) -> Relation {
        guard let kind = WindowKind(rawValue: function.name.name) else {
            throw SQLError(
                "unknown table function \"\(function.name.name)\"", at: function.name.range, hint: WindowKind.tumble.usage)
        }
        let arguments = try WindowArguments(function, kind)
        guard let relation = try windowInput(arguments.data, owner: owner, emit: emit, outer: outer) else {
            throw SQLError("expected a relation", at: function.range, hint: kind.usage)
        }
        let scope = Scope(columns: relation.columns)
        let time: Int
        switch arguments.time {
        case .descriptor(let names, let range): time = try scope.resolve(names, range: range)
        case .expression(let expr):
            guard case .column(let parts) = expr.kind else {
                throw SQLError("\(kind.rawValue.uppercased()) takes a column as its time", at: expr.range, hint: kind.usage)
            }
            time = try scope.resolve(parts, range: expr.range)
        case .relation(let name): time = try scope.resolve(name.parts, range: name.range)
        }
        var lengths: [Int64] = []
        for length in arguments.lengths { lengths.append(try interval(length, function.range)) }
        let offset = try arguments.offset.map { argument throws(SQLError) in try interval(argument, function.range) }
        let shape = try WindowShape(kind, lengths: lengths, offset: offset ?? 0, function.range)
        var partition: [Int] = []
        for name in arguments.partition?.0 ?? [] { partition.append(try scope.resolve([name], range: name.range)) }
        return try windowed(relation, time, shape, partition: partition, function.range, owner: owner, emit: emit)
    }

    /// A relation with the windows of each of its rows; two columns more.
    func windowed(
        _ relation: Relation, _ time: Int, _ shape: WindowShape, partition: [Int], _ range: SourceRange, owner: String,
        emit: EmitClause?
    ) throws(SQLError) -> Relation {
        let type = relation.columns[time].type
        if type == .date { return try windowedByDate(relation, time, shape, partition, range, owner: owner, emit: emit) }
        guard type == .timestamp || type == .timestamptz else {
            throw SQLError("found \(type.name), expected a TIMESTAMP as the window's time", at: range)
        }
        let qualifier = relation.columns.first?.relation ?? ""
        let added = [("window_start", false), ("window_end", true)].map { name, isEnd in
            ScopeColumn(
                relation: qualifier, name: name, type: type, sensitive: relation.columns[time].sensitive,
                window: ScopeColumn.WindowRole(isEnd: isEnd, size: shape.size))
        }
        let columns = relation.columns + added
        var expressions = relation.columns.indices.map { Expression.column($0, relation.columns[$0].type) }
        if case .session(let gap) = shape {
            return try sessions(relation, time, gap, partition, columns, owner: owner, emit: emit)
        }
        do throws(TypeError) {
            switch shape {
            case .tumble(let size, let offset):
                let length = Expression(.literal(.interval(Interval(microseconds: size))), .interval)
                let start = try Typing.tumbleStart(expressions[time], size: size, offset: offset)
                expressions.append(start)
                expressions.append(try Typing.binary("+", start, length))
                return Relation(node: add(.project(relation.node, expressions), columns, owner: owner), columns: columns)
            case .spread(let rule, let offset):
                let start = try Typing.tumbleStart(expressions[time], size: rule.alignment, offset: offset)
                return spread(
                    relation, start, columns, .windows(start: expressions.count, time: time, rule: rule), owner: owner)
            case .session: return relation
            }
        } catch { throw SQLError(error.message, at: range, hint: error.hint) }
    }

    /// Windows of days: the date is a time for them, and leaves again.
    private func windowedByDate(
        _ relation: Relation, _ date: Int, _ shape: WindowShape, _ partition: [Int], _ range: SourceRange, owner: String,
        emit: EmitClause?
    ) throws(SQLError) -> Relation {
        var inner = InputColumns(relation)
        let time: Int
        do {
            time = inner.position(of: try Typing.cast(.column(date, .date), to: .timestamp))
        } catch { throw SQLError(error.message, at: range, hint: error.hint) }
        let base = Relation(node: inner.node(in: self, owner: owner), columns: inner.columns)
        let windows = try windowed(base, time, shape, partition: partition, range, owner: owner, emit: emit)
        let kept = windows.columns.indices.filter { $0 != time }
        let columns = kept.map { windows.columns[$0] }
        let picked = kept.map { Expression.column($0, windows.columns[$0].type) }
        return Relation(node: add(.project(windows.node, picked), columns, owner: owner), columns: columns)
    }

    private func sessions(
        _ relation: Relation, _ time: Int, _ gap: Int64, _ partition: [Int], _ columns: [ScopeColumn],
        owner: String, emit: EmitClause?
    ) throws(SQLError) -> Relation {
        let closes = emit?.kind == .onWindowClose && isAppendOnly(relation.node)
        if closes, let emit, !plan.graph.timeColumns(relation.node, plan.sources).eventTimes.contains(time) {
            throw SQLError(
                "no watermark speaks of the session's time, so it would never close", at: emit.range,
                hint: "declare WATERMARK FOR column AS column - INTERVAL '5' SECOND at the source")
        }
        let checked = Binder.known(.column(time, relation.columns[time].type))
        let operation = TemporalPlan.Operation.sessions(
            time: relation.columns.count, partition: partition, gap: gap, closes: closes)
        return spread(relation, checked, columns, operation, owner: owner)
    }

    /// The operation over a relation with one column more, which leaves again.
    private func spread(
        _ relation: Relation, _ helper: Expression, _ columns: [ScopeColumn], _ operation: TemporalPlan.Operation,
        owner: String
    ) -> Relation {
        let width = relation.columns.count
        let own = relation.columns.indices.map { Expression.column($0, relation.columns[$0].type) }
        var inner = relation.columns
        inner.append(ScopeColumn(relation: "", name: "time", type: helper.type, sensitive: nil, window: nil))
        let base = add(.project(relation.node, own + [helper]), inner, owner: owner)
        inner += columns[width...]
        let node = add(.temporal(TemporalPlan(operation: operation, inputs: [base])), inner, owner: owner)
        let picked = own + (0..<2).map { Expression.column(width + 1 + $0, columns[width + $0].type) }
        return Relation(node: add(.project(node, picked), columns, owner: owner), columns: columns)
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

    /// `SESSION(stream, time, gap)` without PARTITION BY, grouped by further columns: its windows are those of each group.
    func withSessionKeys(
        _ select: Select, owner: String, emit: EmitClause?, outer: OuterScope?
    ) -> [TableReference] {
        guard select.from.count == 1, case .function(var function) = select.from[0].kind,
            function.name.name == WindowKind.session.rawValue,
            !function.arguments.contains(where: { $0.label?.name == "partition_by" }),
            let data = function.arguments.first(where: { $0.label == nil || $0.label?.name == "data" }),
            let relation = (try? windowInput(data.value, owner: owner, emit: emit, outer: outer)) ?? nil
        else { return select.from }
        let scope = Scope(columns: relation.columns)
        let alias = select.from[0].alias?.name
        var keys: [Identifier] = []
        for element in select.groupBy {
            let exprs: [Expr]
            switch element {
            case .expression(let expr): exprs = [expr]
            case .list(let list, _): exprs = list
            default: exprs = []
            }
            for expr in exprs {
                guard case .column(var parts) = expr.kind else { continue }
                if parts.count == 2, alias == nil || parts[0].name == alias { parts.removeFirst() }
                if let found = try? scope.find(parts, range: expr.range), parts.count == 1,
                    relation.columns[found].window == nil
                {
                    keys.append(parts[0])
                }
            }
        }
        if keys.isEmpty { return select.from }
        let range = select.from[0].range
        function.arguments.append((Identifier("partition_by", range: range), .descriptor(keys, range)))
        var reference = select.from[0]
        reference.kind = .function(function)
        return [reference]
    }
}
