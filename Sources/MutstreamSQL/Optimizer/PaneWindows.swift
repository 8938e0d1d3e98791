import MutstreamColumnar
import MutstreamDataflow

/// Sliding windows by panes: rows are aggregated once, in windows that neither overlap nor straddle a sliding one, and
/// what comes of them is put together for each sliding window (Li et al., "No pane, no gain", SIGMOD Record 2005): the pane
/// that comes is added to the window before, the one that leaves is taken back (``SlidingAggregate``).
///
/// ```
/// pane        |--|--|--|--|--|        a window of gcd(slide, size), closed when the watermark passes it
/// window      |-----------|
///                |-----------|
/// ```
///
/// Only under EMIT ON WINDOW CLOSE. Where the aggregates of a window do not follow from those of its panes to the bit, as
/// averages and sums of DOUBLE, ``SlidingAggregate`` takes the rows, each with its pane. Aggregates whose result depends on
/// the order of rows are computed for each window anew.
enum PaneWindows {
    static func apply(to plan: inout PipelinePlan) {
        var graph = PlanGraph()
        var mapped: [NodeID: NodeID] = [:]
        for id in plan.graph.reachable(from: plan.roots) {
            let node = plan.graph[id]
            graph.stateTTL = node.stateTTL
            if case .aggregate(let aggregate) = node.kind, let match = Match(aggregate, plan.graph, plan.sources),
                let new = match.build(&graph, mapped[match.source] ?? match.source, node, plan.graph)
            {
                mapped[id] = new
            } else {
                mapped[id] = graph.add(
                    node.kind.mapInputs { mapped[$0] ?? $0 }, fields: node.fields, owner: node.owner)
            }
        }
        plan.graph = graph
        plan.mapRoots { mapped[$0] ?? $0 }
    }

    /// An aggregate over sliding windows of `source`.
    private struct Match {
        let aggregate: AggregatePlan
        let source: NodeID
        let time: Int
        let (slide, size, offset): (Int64, Int64, Int64)
        let pane: Int64
        /// Whether the aggregates follow from those of panes.
        let isCombined: Bool
        /// What the columns of the aggregate's input are over the source; the window's start and end lie behind its
        /// columns.
        let inputs: [Expression]
        let width: Int

        init?(_ aggregate: AggregatePlan, _ graph: PlanGraph, _ sources: [SourceDefinition]) {
            guard let close = aggregate.closeKey, aggregate.sliding == nil,
                aggregate.calls.allSatisfy({ Match.isTakenBack($0) })
            else { return nil }
            isCombined = aggregate.calls.allSatisfy { Match.isCombined($0) }
            var id = aggregate.input
            var expressions = graph[id].fields.indices.map { Expression.column($0, graph[id].fields[$0].type) }
            while case .project(let input, let list) = graph[id].kind {
                expressions = expressions.map { $0.substituting(columns: list) }
                id = input
            }
            guard case .temporal(let temporal) = graph[id].kind,
                case .windows(let start, let time, let rule) = temporal.operation,
                case .hop(let slide, let size) = rule, case .project(_, let base) = graph[temporal.inputs[0]].kind,
                base.indices.contains(start),
                case .call(.tumbleStart(size: slide, let offset), _) = base[start].node
            else { return nil }
            let pane = Match.divisor(slide, size)
            guard size >= 2 * slide, slide / pane <= 4 else { return nil }
            // Rows that come behind the watermark fall into some windows and not into others.
            let times = graph.timeColumns(temporal.inputs[0], sources)
            guard times.hasWatermark, times.bindsAll, times.eventTimes.contains(time),
                isCombined || graph.isAppendOnly(temporal.inputs[0], { sources[$0].onlyArrives })
            else { return nil }
            let width = base.count
            guard expressions[aggregate.keys[close]].columnIndex == width + 1 else { return nil }
            // Window columns are keys as they are, and nothing else reads them.
            for (index, expression) in expressions.enumerated() {
                let isWindow = expression.columns.contains { $0 >= width }
                let isArgument = aggregate.calls.contains { $0.columnsRead.contains(index) }
                let isKey = aggregate.keys.contains(index)
                if isWindow, isArgument || (isKey && expression.columnIndex == nil) { return nil }
            }
            self.aggregate = aggregate
            source = temporal.inputs[0]
            self.time = time
            (self.slide, self.size, self.offset) = (slide, size, offset)
            self.pane = pane
            inputs = expressions
            self.width = width
        }

        /// Whether a row can be taken out of the result, which does not depend on the order of rows.
        private static func isTakenBack(_ call: AggregateSpec) -> Bool {
            guard call.order.isEmpty, call.constants.isEmpty, !call.function.dependsOnOrder else { return false }
            switch call.function {
            case .count, .sum, .avg, .min, .max, .boolAnd, .boolOr, .bitAnd, .bitOr, .bitXor, .stddevSamp, .stddevPop,
                .varSamp, .varPop, .corr, .covarSamp, .covarPop:
                return true
            default: return false
            }
        }

        private static func isCombined(_ call: AggregateSpec) -> Bool {
            if call.isDistinct { return false }
            switch call.function {
            case .count, .min, .max, .boolAnd, .boolOr: return true
            case .sum:
                switch call.resultType {
                case .smallint, .int, .bigint, .decimal: return true
                default: return false
                }
            default: return false
            }
        }

        private static func divisor(_ a: Int64, _ b: Int64) -> Int64 {
            var (a, b) = (a, b)
            while b != 0 { (a, b) = (b, a % b) }
            return a
        }

        /// The aggregate as one over panes and one over windows of these; or over windows of rows, each with its pane.
        func build(_ graph: inout PlanGraph, _ source: NodeID, _ node: PlanNode, _ old: PlanGraph) -> NodeID? {
            let owner = node.owner
            let timeType = graph[source].fields[time].type
            let start = Expression(.call(.tumbleStart(size: pane, offset: offset), [.column(time, timeType)]), timeType)
            let length = Expression(.literal(.interval(Interval(microseconds: pane))), .interval)
            guard let end = try? Typing.binary("+", start, length) else { return nil }
            // Keys that are no window, arguments, the end of the pane.
            var columns: [Expression] = []
            var fields: [Field] = []
            func place(_ input: Int) -> Int {
                if let known = columns.firstIndex(of: inputs[input]) { return known }
                columns.append(inputs[input])
                fields.append(old[aggregate.input].fields[input])
                return columns.count - 1
            }
            let plainKeys = aggregate.keys.filter { inputs[$0].columnIndex.map { $0 < width } ?? true }.map { place($0) }
            let calls = aggregate.calls.map { call -> AggregateSpec in
                var call = call
                call.columns = call.columns.map { place($0) }
                call.filter = call.filter.map { place($0) }
                return call
            }
            columns.append(end)
            fields.append(Field("pane_end", timeType))
            let rows = graph.add(.project(source, columns), fields: fields, owner: owner)
            guard isCombined else { return slide(&graph, rows, plainKeys, columns.count - 1, calls, node) }
            let keys = plainKeys + [columns.count - 1]
            let panes = graph.add(
                .aggregate(AggregatePlan(input: rows, keys: keys, calls: calls, closeKey: keys.count - 1)),
                fields: keys.map { fields[$0] } + node.fields[aggregate.keys.count...], owner: owner)
            var combined: [AggregateSpec] = []
            for (index, call) in aggregate.calls.enumerated() {
                let type = call.resultType
                guard call.function == .count || call.function == .sum else {
                    combined.append(AggregateSpec(call.function, columns: [keys.count + index], resultType: type))
                    continue
                }
                guard let result = AggregateFunction.resultType(name: "sum", argument: type) else { return nil }
                combined.append(AggregateSpec(.sum, columns: [keys.count + index], resultType: result))
            }
            return slide(&graph, panes, Array(plainKeys.indices), plainKeys.count, combined, node)
        }

        /// The windows over rows that hold the end of their pane.
        private func slide(
            _ graph: inout PlanGraph, _ input: NodeID, _ plainKeys: [Int], _ paneEnd: Int, _ calls: [AggregateSpec],
            _ node: PlanNode
        ) -> NodeID? {
            var starts: [Int] = []
            var next = 0
            var keys: [Int] = []
            for (place, key) in aggregate.keys.enumerated() {
                if let column = inputs[key].columnIndex, column >= width {
                    if column == width { starts.append(place) }
                    keys.append(paneEnd)
                } else {
                    keys.append(plainKeys[next])
                    next += 1
                }
            }
            let fields =
                Array(node.fields[..<keys.count])
                + zip(node.fields[keys.count...], calls).map { Field($0.name, $1.resultType) }
            let windows = SlidingWindows(pane: pane, slide: slide, size: size, offset: offset)
            let groups = graph.add(
                .aggregate(
                    AggregatePlan(
                        input: input, keys: keys, calls: calls, closeKey: aggregate.closeKey,
                        sliding: AggregatePlan.Sliding(windows: windows, starts: starts))),
                fields: fields, owner: node.owner)
            if fields.map(\.type) == node.fields.map(\.type) { return groups }
            var list: [Expression] = []
            for (field, wanted) in zip(fields.indices.map { Expression.column($0, fields[$0].type) }, node.fields) {
                guard let cast = field.type == wanted.type ? field : try? Typing.cast(field, to: wanted.type) else {
                    return nil
                }
                list.append(cast)
            }
            return graph.add(.project(groups, list), fields: node.fields, owner: node.owner)
        }
    }
}
