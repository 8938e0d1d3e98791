import MutstreamColumnar
import MutstreamDataflow

extension PipelinePlan {
    /// For each operator whose state nothing bounds, a sentence that says what it grows with.
    package var unboundedState: [String] { growingState.map(\.text) }

    /// The same with the operator; nil: what a materialized view keeps.
    var growingState: [(node: NodeID?, text: String)] {
        var found: [(node: NodeID?, text: String)] = []
        for id in graph.reachable(from: roots) where graph.timeToLive(id, sources) == nil {
            let node = graph[id]
            switch node.kind {
            case .join(let join) where join.mode == .maintained:
                let isStream = [join.left, join.right].map { graph.isAppendOnly($0) { sources[$0].onlyArrives } }
                let sides = (graph.timeColumns(join.left, sources), graph.timeColumns(join.right, sources))
                let isBounded =
                    graph.slack(join, sides.0, sides.1) != nil && join.time?.lower != nil && join.time?.upper != nil
                let isWindowed = graph.timedKey(join, sides.0, sides.1) != nil
                if isStream.contains(true), !isBounded, !isWindowed {
                    found.append(
                        (
                            id,
                            "the join in \"\(owner(of: id))\" keeps every row of its streams; bound it in time, "
                                + "such as AND b.at BETWEEN a.at AND a.at + INTERVAL '1' DAY, with watermarks on both"
                        ))
                }
            case .frames(let frames):
                let times = graph.timeColumns(frames.input, sources)
                let expires = frames.order.map { times.eventTimes.contains($0) } ?? false
                let isUnbounded = frames.calls.contains { frames.frames[$0.frame].preceding == nil }
                if isUnbounded || !expires {
                    found.append(
                        (
                            id,
                            "the rolling aggregates in \"\(node.owner)\" grow with "
                                + (expires ? "the number of keys" : "the stream: no watermark speaks of their ORDER BY")
                        ))
                }
            case .aggregate(let aggregate) where aggregate.closeKey == nil:
                if graph.timeColumns(aggregate.input, sources).expiry(of: aggregate.keys) != nil { break }
                guard grows(aggregate.input) else { break }
                if !aggregate.keys.isEmpty {
                    found.append((id, "the groups in \"\(owner(of: id))\" grow with the number of their keys"))
                }
                let keeping = aggregate.calls.filter(\.keepsValues).map(\.shownName)
                if !keeping.isEmpty {
                    let names = keeping.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
                    found.append(
                        (
                            id,
                            "\(names.joined(separator: ", ")) in \"\(owner(of: id))\" "
                                + (names.count == 1 ? "keeps" : "keep") + " every value of the stream"
                                + (AggregateSpec.hint(names).map { "; \($0)" } ?? "")
                        ))
                }
            case .windows(let windows)
            where grows(windows.input)
                && graph.timeColumns(windows.input, sources).expiry(of: windows.partition) == nil
                && graph.retention(windows, graph.timeColumns(windows.input, sources), sources) == nil:
                found.append(
                    (
                        id,
                        "the window functions in \"\(node.owner)\" keep every row of their stream; add EMIT ON ARRIVAL for a "
                            + "rolling aggregate, or QUALIFY row_number() … <= n for the first rows"
                    ))
            case .windows(let windows) where grows(windows.input) && !windows.partition.isEmpty:
                let times = graph.timeColumns(windows.input, sources)
                guard times.expiry(of: windows.partition) == nil, let kept = graph.retention(windows, times, sources),
                    kept.rows > 0
                else { break }
                found.append(
                    (
                        id,
                        "lag and ROWS frames in \"\(node.owner)\" keep the last rows of each key: they grow with the number of "
                            + "keys"
                    ))
            case .counted(let kind, let inputs)
            where inputs.contains(where: grows)
                && graph.timeColumns(id, sources).expiry(of: Array(node.fields.indices)) == nil:
                let what = kind == .distinct ? "DISTINCT" : kind.rawValue.hasPrefix("intersect") ? "INTERSECT" : "EXCEPT"
                found.append((id, "\(what) in \"\(owner(of: id))\" keeps every distinct row of its stream"))
            case .top(let top)
            where grows(top.input) && (top.limit == nil || !top.partition.isEmpty)
                && graph.timeColumns(top.input, sources).expiry(of: top.partition) == nil:
                found.append(
                    (
                        id,
                        top.limit == nil
                            ? "OFFSET in \"\(owner(of: id))\" keeps every row of its stream"
                            : "the first rows in \"\(owner(of: id))\" grow with the number of their keys"
                    ))
            case .temporal(let temporal):
                let times = graph.timeColumns(temporal.inputs[0], sources)
                switch temporal.operation {
                case .sessions(let time, _, _, closes: false)
                where grows(temporal.inputs[0]) && !(times.bindsAll && times.eventTimes.contains(time)):
                    found.append(
                        (id, "the sessions in \"\(owner(of: id))\" keep every row: no watermark speaks of their time"))
                case .match(let spec, isStream: false) where grows(temporal.inputs[0]):
                    found.append(
                        (
                            id,
                            "MATCH_RECOGNIZE in \"\(owner(of: id))\" keeps every row: no watermark speaks of its ORDER BY"
                                + withoutTTL(node, spec.partition)
                        ))
                case .match(let spec, isStream: true) where spec.within == nil:
                    found.append(
                        (
                            id,
                            "a match of MATCH_RECOGNIZE in \"\(owner(of: id))\" may stay open for ever; bound it WITHIN "
                                + "INTERVAL '1' HOUR" + withoutTTL(node, spec.partition)
                        ))
                case .match(let spec, isStream: true)
                where spec.outlivesMatches && !spec.partition.isEmpty && grows(temporal.inputs[0]):
                    found.append(
                        (
                            id,
                            "MATCH_RECOGNIZE in \"\(owner(of: id))\" keeps the number of the matches of each key, or its last "
                                + "rows for PREV: it grows with the number of keys"
                        ))
                case .asof(let asof):
                    let other = graph.timeColumns(temporal.inputs[1], sources)
                    let isLeftKnown = times.eventTimes.contains(asof.leftTime) || !grows(temporal.inputs[0])
                    let isRightKnown = other.eventTimes.contains(asof.rightTime) || !grows(temporal.inputs[1])
                    if !isLeftKnown || !isRightKnown || !asof.rule.isBackward {
                        found.append(
                            (
                                id,
                                "the ASOF JOIN in \"\(owner(of: id))\" keeps every row of its streams: let it take the last "
                                    + "row before, by times of which watermarks speak" + withoutTTL(node, asof.rightKeys)
                            ))
                    } else if !asof.rightKeys.isEmpty, grows(temporal.inputs[1]) {
                        found.append(
                            (
                                id,
                                "the join by time in \"\(owner(of: id))\" keeps the last row of each key: it grows with the "
                                    + "number of keys" + withoutTTL(node, asof.rightKeys)
                            ))
                    }
                default: break
                }
            default: break
            }
        }
        for view in views where view.materialized && view.retain == nil {
            if graph.isAppendOnly(view.node, { sources[$0].onlyArrives }) {
                found.append(
                    (nil, "the materialized view \"\(view.name)\" keeps every row; bound it WITH (retain = '1 day')"))
            }
        }
        return found
    }

    /// Why no `state_ttl` bounds an operator, if there is one.
    private func withoutTTL(_ node: PlanNode, _ keys: [Int]) -> String {
        guard (node.stateTTL ?? 0) > 0 else { return "" }
        return "; state_ttl does not act there: " + (keys.isEmpty ? "it has no key" : "its rows can be taken back")
    }

    /// Watermarks that run ahead of the rows that make them: each row is late that is no later than the one before by so much.
    package var hastyWatermarks: [String] {
        var found: [String] = []
        for source in sources {
            guard let watermark = source.watermark,
                case .call(let function, let operands) = watermark.expression.node,
                function == .add || function == .subtract, operands.count == 2,
                operands[0].columnIndex == watermark.column,
                case .interval(let interval) = operands[1].literalValue ?? .null,
                let length = interval.exactMicroseconds, (function == .add) == (length > 0), length != 0
            else { continue }
            found.append(
                "the watermark of \"\(source.name)\" runs \(PlanPrinter.duration(Int64(clamping: length.magnitude))) ahead of "
                    + "its rows, so that most of them are late; write \(source.columns[watermark.column].name) - INTERVAL …")
        }
        return found
    }

    /// Rows of some stream come without end, and nothing beneath takes them back in time.
    private func grows(_ id: NodeID) -> Bool { graph.growsWithoutEnd(id, sources) }

    /// The nearest view, sink or model above a node, by name.
    private func owner(of id: NodeID) -> String {
        if !graph[id].owner.isEmpty { return graph[id].owner }
        for above in graph.reachable(from: roots) where above > id && !graph[above].owner.isEmpty {
            if graph.reachable(from: [above]).contains(id) { return graph[above].owner }
        }
        if let sink = sinks.first(where: { graph.reachable(from: [$0.node]).contains(id) }) { return sink.name }
        if let lesson = lessons.first(where: { graph.reachable(from: [$0.node]).contains(id) }) {
            return models[lesson.model].name
        }
        return views.first { $0.materialized && graph.reachable(from: [$0.node]).contains(id) }?.name ?? "a view"
    }
}

extension AggregateSpec {
    /// It needs the values themselves, also where none is ever taken back.
    var keepsValues: Bool {
        if isDistinct { return true }
        switch function {
        case .mode, .percentileCont, .percentileDisc, .arrayAgg, .stringAgg, .jsonAgg, .jsonbAgg, .jsonObjectAgg,
            .jsonbObjectAgg:
            return true
        default: return false
        }
    }

    fileprivate var shownName: String { isDistinct ? "\(function.rawValue)(DISTINCT …)" : function.rawValue }

    /// What keeps less, of aggregates as they are shown.
    fileprivate static func hint(_ names: [String]) -> String? {
        if names.contains("count(DISTINCT …)") { return "approx_count_distinct keeps a sketch" }
        if names.contains(where: { $0.hasPrefix("percentile_") }) { return "approx_percentile keeps a sketch" }
        return nil
    }
}
