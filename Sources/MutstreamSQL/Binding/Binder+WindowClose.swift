import MutstreamColumnar
import MutstreamDataflow

/// EMIT ON WINDOW CLOSE: rows leave once, when nothing can change them any more.
extension Binder {
    /// EMIT ON WINDOW CLOSE of rows that do not leave once by themselves: they wait for the end of their window, which is one
    /// of the columns.
    func closing(_ relation: Relation, owner: String) -> Relation {
        if isAppendOnly(relation.node), holdsClosing(relation.node) { return relation }
        let times = plan.graph.timeColumns(relation.node, plan.sources)
        guard times.hasWatermark, times.bindsAll else { return relation }
        let windows = relation.columns.indices.filter { relation.columns[$0].window != nil }
        let ends = windows.filter { relation.columns[$0].window?.isEnd == true } + windows
        if let end = ends.first(where: { times.windowTimes[$0] != nil }), let window = times.windowTimes[end] {
            let node = add(.closing(end: end, distance: window.distance), relation.node, relation.columns, owner)
            var result = relation
            result.node = node
            return result
        }
        let instants = times.eventTimes.sorted() + times.windowTimes.keys.sorted()
        guard let time = instants.first, let promise = times.promise(time) else {
            var result = relation
            result.node = closingJoin(relation.node) ?? relation.node
            return result
        }
        let column = Expression.column(time, relation.columns[time].type)
        // Rows that can be taken back do not fail: without a time they leave at the end of time.
        let end = isAppendOnly(relation.node) ? Binder.known(column) : column
        return closing(relation, at: end, distance: promise.distance, owner: owner)
    }

    /// The same time; NULL fails.
    static func known(_ time: Expression) -> Expression {
        Expression(.call(.tumbleStart(size: 1, offset: 0), [time]), time.type)
    }

    /// Rows leave once, when the watermark has reached a time and so much more.
    func closing(_ relation: Relation, at time: Expression, distance: Int64, owner: String) -> Relation {
        var inner = InputColumns(relation)
        let end = inner.position(of: time)
        let node = add(
            .closing(end: end, distance: distance), inner.node(in: self, owner: owner), inner.columns, owner)
        var result = relation
        let own = relation.columns.indices.map { Expression.column($0, relation.columns[$0].type) }
        result.node = add(.project(node, own), relation.columns, owner: owner)
        return result
    }

    /// A FULL JOIN on equal times or windows, below projections and conditions: its rows wait for the time of either side,
    /// since that of one side may be NULL. Nil: there is none.
    private func closingJoin(_ id: NodeID) -> NodeID? {
        let node = plan.graph[id]
        switch node.kind {
        case .project(let input, let expressions):
            return closingJoin(input).map {
                plan.graph.add(.project($0, expressions), fields: node.fields, owner: node.owner)
            }
        case .filter(let input, let predicate):
            return closingJoin(input).map { plan.graph.add(.filter($0, predicate), fields: node.fields, owner: node.owner) }
        case .join(let join) where join.kind == .full:
            let (left, right) = (
                plan.graph.timeColumns(join.left, plan.sources), plan.graph.timeColumns(join.right, plan.sources)
            )
            let width = plan.graph[join.left].fields.count
            let own = node.fields.indices.map { Expression.column($0, node.fields[$0].type) }
            guard let timed = plan.graph.timedKey(plan.graph.sorted(join), left, right),
                let time = try? Typing.coalesce([own[timed.key.left], own[width + timed.key.right]])
            else { return nil }
            let fields = node.fields + [Field("time", time.type)]
            let timedRows = plan.graph.add(.project(id, own + [time]), fields: fields, owner: node.owner)
            let operation = TemporalPlan.Operation.closing(end: own.count, distance: timed.distance)
            let closed = plan.graph.add(
                .temporal(TemporalPlan(operation: operation, inputs: [timedRows])), fields: fields, owner: node.owner)
            return plan.graph.add(.project(closed, own), fields: node.fields, owner: node.owner)
        default: return nil
        }
    }

    private func add(
        _ operation: TemporalPlan.Operation, _ input: NodeID, _ columns: [ScopeColumn], _ owner: String
    ) -> NodeID {
        add(.temporal(TemporalPlan(operation: operation, inputs: [input])), columns, owner: owner)
    }

    /// Some operator beneath lets rows leave once, as windows close.
    private func holdsClosing(_ node: NodeID) -> Bool {
        plan.graph.reachable(from: [node]).contains {
            switch plan.graph[$0].kind {
            case .aggregate(let aggregate): aggregate.closeKey != nil
            case .temporal(let temporal):
                switch temporal.operation {
                case .sessions(_, _, _, closes: true), .match(_, isStream: true), .closing: true
                default: false
                }
            default: false
            }
        }
    }

    /// Rows stand in an order beneath, so that one that comes moves others.
    private func holdsRanks(_ node: NodeID) -> Bool {
        plan.graph.reachable(from: [node]).contains {
            switch plan.graph[$0].kind {
            case .windows, .top: true
            default: false
            }
        }
    }

    func check(_ relation: Relation, _ emit: EmitClause) throws(SQLError) {
        switch emit.kind {
        case .onArrival:
            guard isAppendOnly(relation.node) else {
                throw SQLError(
                    "EMIT ON ARRIVAL needs rows that only arrive, but rows of this query can change", at: emit.range,
                    hint: "let a stream be the first relation in FROM")
            }
        case .onWindowClose:
            let canChange = !isAppendOnly(relation.node) && holdsRanks(relation.node)
            guard holdsClosing(relation.node), !canChange else {
                throw SQLError(
                    "EMIT ON WINDOW CLOSE needs a GROUP BY with the window's end, or among the columns that or an event time "
                        + "of which a watermark speaks",
                    at: emit.range,
                    hint: "GROUP BY window_start, window_end FROM TUMBLE(stream, time, INTERVAL '1' MINUTE)")
            }
        }
    }
}

// MARK: - OVER

extension Binder {
    /// When the rows of an OVER window are final: when the watermark has reached `time`; nil: it depends on rows that are
    /// any while behind them.
    struct Finality {
        /// Over the columns of the input: the rows lie in this order.
        var time: Expression
        /// How much later no row of this time comes any more, in microseconds.
        var distance: Int64
        /// How far calls look ahead from it, in microseconds.
        var length: Int64 = 0
        /// So many rows of the partition must be there behind them, behind which none comes any more.
        var rows: Int64 = 0
        /// They are when their window closes.
        var isWindow = false
    }

    /// - Parameters:
    ///   - times: of the input, over whose columns the expressions are.
    ///   - calls: what is asked of the window.
    func finality(
        _ partition: [Expression], _ order: [SelectCalls.SortKey], _ calls: [WindowCall], _ times: TimeColumns
    ) -> Finality? {
        guard times.hasWatermark, times.bindsAll else { return nil }
        // All rows of a window that has closed are there.
        for key in partition {
            if let promise = times.promise(of: key) {
                return Finality(time: key, distance: promise.distance, isWindow: true)
            }
        }
        guard let first = order.first, !first.descending, !first.nullsFirst, let promise = times.promise(of: first.value),
            let reach = WindowReach(calls)
        else { return nil }
        return Finality(time: first.value, distance: promise.distance, length: reach.length, rows: reach.rows)
    }

    /// The rows of OVER calls when they are final.
    ///
    /// - Parameter windows: of each window of the select list; nil: the rows of one of them may never be.
    func closing(
        _ relation: Relation, _ windows: [(finality: Finality, time: Expression, ahead: Expression?)?], _ emit: EmitClause,
        owner: String
    ) throws(SQLError) -> Relation {
        // Rows that are final with their window wait for its end, which is among the columns.
        if windows.allSatisfy({ $0?.finality.isWindow ?? false }) { return relation }
        var ends: [Expression] = []
        var conditions: [Expression] = []
        for window in windows {
            guard let window else {
                throw SQLError(
                    "EMIT ON WINDOW CLOSE: it is not known when the rows of OVER are final", at: emit.range,
                    hint:
                        "ORDER BY the event time, with frames that end at a fixed distance, or PARTITION BY the window's end"
                )
            }
            let finality = window.finality
            do throws(TypeError) {
                ends.append(try Binder.later(try Binder.later(window.time, by: finality.length), by: finality.distance))
                guard let ahead = window.ahead else { continue }
                ends.append(try Binder.later(ahead, by: finality.distance))
                conditions.append(Expression(.not(Typing.isNull(ahead)), .boolean))
            } catch { throw SQLError(error.message, at: emit.range, hint: error.hint) }
        }
        do throws(TypeError) {
            var end = ends.count == 1 ? ends[0] : try Typing.call("greatest", ends)
            // Without a row behind, it has no end yet.
            if let condition = Expression.conjunction(conditions) {
                end = Expression(.caseWhen([.init(when: condition, then: end)], otherwise: nil), end.type)
            }
            return closing(relation, at: end, distance: 0, owner: owner)
        } catch { throw SQLError(error.message, at: emit.range, hint: error.hint) }
    }

    private static func later(_ time: Expression, by length: Int64) throws(TypeError) -> Expression {
        if length == 0 { return time }
        return try Typing.binary("+", time, Expression(.literal(.interval(Interval(microseconds: length))), .interval))
    }
}
