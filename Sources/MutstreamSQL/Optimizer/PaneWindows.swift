import MutstreamColumnar
import MutstreamDataflow

/// Sliding windows by panes: rows are aggregated once, in windows that neither overlap nor straddle a sliding one, and
/// what comes of them is put together for each sliding window (Li et al., "No pane, no gain", SIGMOD Record 2005).
///
/// ```
/// pane        |--|--|--|--|--|        a window of gcd(slide, size), closed when the watermark passes it
/// window      |-----------|
///                |-----------|
/// ```
///
/// Only under EMIT ON WINDOW CLOSE, and where the aggregates of a window follow from those of its panes to the bit: counts,
/// sums of whole numbers and decimals, extrema, conjunctions.
enum PaneWindows {
    static func apply(to plan: inout PipelinePlan) {
        var graph = PlanGraph()
        var mapped: [NodeID: NodeID] = [:]
        for id in plan.graph.reachable(from: plan.roots) {
            let node = plan.graph[id]
            graph.stateTTL = node.stateTTL
            if case .aggregate(let aggregate) = node.kind, let match = Match(aggregate, plan.graph),
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
        let rule: WindowExpansion.Rule
        let (slide, size, offset): (Int64, Int64, Int64)
        let pane: Int64
        /// What the columns of the aggregate's input are over the source; the window's start and end lie behind its
        /// columns.
        let inputs: [Expression]
        let width: Int

        init?(_ aggregate: AggregatePlan, _ graph: PlanGraph) {
            guard let close = aggregate.closeKey, aggregate.calls.allSatisfy({ Match.isCombined($0, graph, aggregate) })
            else { return nil }
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
            self.rule = rule
            (self.slide, self.size, self.offset) = (slide, size, offset)
            self.pane = pane
            inputs = expressions
            self.width = width
        }

        private static func isCombined(_ call: AggregateSpec, _ graph: PlanGraph, _ aggregate: AggregatePlan) -> Bool {
            guard !call.isDistinct, call.order.isEmpty, call.constants.isEmpty else { return false }
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

        /// The aggregate as two, with the windows between them.
        func build(_ graph: inout PlanGraph, _ source: NodeID, _ node: PlanNode, _ old: PlanGraph) -> NodeID? {
            let owner = node.owner
            let timeType = graph[source].fields[time].type
            let start = Expression(.call(.tumbleStart(size: pane, offset: offset), [.column(time, timeType)]), timeType)
            let length = Expression(.literal(.interval(Interval(microseconds: pane))), .interval)
            guard let end = try? Typing.binary("+", start, length) else { return nil }
            // Keys that are no window, the pane, arguments.
            var columns: [Expression] = []
            var fields: [Field] = []
            func place(_ input: Int) -> Int {
                if let known = columns.firstIndex(of: inputs[input]) { return known }
                columns.append(inputs[input])
                fields.append(old[aggregate.input].fields[input])
                return columns.count - 1
            }
            let plainKeys = aggregate.keys.filter { inputs[$0].columnIndex.map { $0 < width } ?? true }.map { place($0) }
            columns += [start, end]
            fields += [Field("pane_start", timeType), Field("pane_end", timeType)]
            let paneStart = columns.count - 2
            let partial = aggregate.calls.map { call -> AggregateSpec in
                var call = call
                call.columns = call.columns.map { place($0) }
                call.filter = call.filter.map { place($0) }
                return call
            }
            let rows = graph.add(.project(source, columns), fields: fields, owner: owner)
            let keys = plainKeys + [paneStart, paneStart + 1]
            let calls = node.fields[aggregate.keys.count...]
            var paneFields = keys.map { fields[$0] } + calls
            let panes = graph.add(
                .aggregate(AggregatePlan(input: rows, keys: keys, calls: partial, closeKey: keys.count - 1)),
                fields: paneFields, owner: owner)
            // The windows of each pane.
            var list = paneFields.indices.map { Expression.column($0, paneFields[$0].type) }
            let at = plainKeys.count
            list.append(Expression(.call(.tumbleStart(size: slide, offset: offset), [list[at]]), timeType))
            paneFields.append(Field("time", timeType))
            let aligned = graph.add(.project(panes, list), fields: paneFields, owner: owner)
            paneFields += [Field("window_start", timeType), Field("window_end", timeType)]
            let windows = graph.add(
                .temporal(
                    TemporalPlan(operation: .windows(start: list.count - 1, time: at, rule: rule), inputs: [aligned])),
                fields: paneFields, owner: owner)
            return combine(&graph, windows, plainKeys, node)
        }

        private func combine(
            _ graph: inout PlanGraph, _ windows: NodeID, _ plainKeys: [Int], _ node: PlanNode
        ) -> NodeID? {
            let first = plainKeys.count + 2
            let windowStart = first + aggregate.calls.count + 1
            var next = 0
            let keys = aggregate.keys.map { key -> Int in
                if let column = inputs[key].columnIndex, column >= width { return windowStart + column - width }
                next += 1
                return plainPlace(next - 1, plainKeys)
            }
            var combined: [AggregateSpec] = []
            for (index, call) in aggregate.calls.enumerated() {
                let type = call.resultType
                guard call.function == .count || call.function == .sum else {
                    combined.append(AggregateSpec(call.function, columns: [first + index], resultType: type))
                    continue
                }
                guard let result = AggregateFunction.resultType(name: "sum", argument: type) else { return nil }
                combined.append(AggregateSpec(.sum, columns: [first + index], resultType: result))
            }
            let fields =
                Array(node.fields[..<keys.count])
                + zip(node.fields[keys.count...], combined).map { Field($0.name, $1.resultType) }
            let groups = graph.add(
                .aggregate(
                    AggregatePlan(input: windows, keys: keys, calls: combined, closeKey: aggregate.closeKey)),
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

        /// Equal keys are one column of the panes.
        private func plainPlace(_ number: Int, _ plainKeys: [Int]) -> Int {
            plainKeys.firstIndex(of: plainKeys[number]) ?? number
        }
    }
}
