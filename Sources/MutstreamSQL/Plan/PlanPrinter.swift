import MutstreamColumnar
import MutstreamDataflow

/// A plan as a tree for people: `mutstream explain --stage plan|optimized`. A node that several read is drawn once and
/// named `#n`. With properties, what holds of an operator's rows stands behind it where that is not said of its input.
package struct PlanPrinter {
    let plan: PipelinePlan
    private let showsProperties: Bool
    private(set) var growing: Set<NodeID> = []
    private var uses: [NodeID: Int] = [:]
    private var drawn: Set<NodeID> = []
    private var numbers: [NodeID: Int] = [:]
    private var output = ""
    /// What stands deeper is not drawn.
    private static let depthMax = 500

    package static func print(_ plan: PipelinePlan, showsProperties: Bool = false) -> String {
        var printer = PlanPrinter(plan, showsProperties)
        return printer.text()
    }

    init(_ plan: PipelinePlan, _ showsProperties: Bool) {
        self.plan = plan
        self.showsProperties = showsProperties
        if showsProperties { growing = Set(plan.growingState.compactMap(\.node)) }
        for root in plan.roots { uses[root, default: 0] += 1 }
        for id in plan.graph.reachable(from: plan.roots) {
            for input in plan.graph[id].inputs { uses[input, default: 0] += 1 }
        }
    }

    private mutating func text() -> String {
        for sink in plan.sinks { root("sink \(sink.name)", sink.node) }
        for view in plan.views where view.materialized { root("materialized view \(view.name)", view.node) }
        for lesson in plan.lessons {
            let delay = lesson.isFeedback ? " (feedback: seen from the next step on)" : ""
            root("lessons of \(plan.models[lesson.model].name)\(delay)", lesson.node)
        }
        return output
    }

    private mutating func root(_ name: String, _ node: NodeID) {
        output += name + "\n"
        draw(node, depth: 1)
    }

    private mutating func draw(_ id: NodeID, depth: Int) {
        if depth > PlanPrinter.depthMax {
            output += String(repeating: "  ", count: depth) + "…\n"
            return
        }
        let node = plan.graph[id]
        var line = String(repeating: "  ", count: depth)
        let isShared = (uses[id] ?? 0) > 1
        if isShared {
            if numbers[id] == nil { numbers[id] = numbers.count + 1 }
            line += "#\(numbers[id] ?? 0) "
        }
        if drawn.contains(id) {
            output += line + "(above)\n"
            return
        }
        drawn.insert(id)
        line += describe(node)
        if showsProperties {
            let own = properties(id)
            let kept = plan.stateKept(id, isGrowing: growing.contains(id))
            if kept != nil || node.inputs.count != 1 || own != properties(node.inputs[0]) {
                line += "  {\(own)\(kept.map { "; keeps \($0)" } ?? "")}"
            }
        }
        output += line + "\n"
        for input in node.inputs { draw(input, depth: depth + 1) }
    }

    /// Whether rows are ever taken back, and by what they are told apart.
    func properties(_ id: NodeID) -> String {
        let appendOnly = plan.graph.isAppendOnly(id) { plan.sources[$0].onlyArrives } ? "append-only" : "changes"
        guard let key = plan.graph.uniqueKey(id, plan.sources) else { return appendOnly }
        let names = key.map { PlanPrinter.name(plan.graph[id].fields, $0) }.joined(separator: ", ")
        return appendOnly + (key.isEmpty ? ", one row" : ", key \(names)")
    }

    func describe(_ node: PlanNode) -> String {
        switch node.kind {
        case .input(let source, let part):
            let definition = plan.sources[source]
            let suffix = part == .rows ? "" : "." + part.rawValue
            let columns = node.fields.map(\.name).joined(separator: ", ")
            return "\(definition.isTable ? "table" : "source") \(definition.name)\(suffix) [\(columns)]"
        case .join(let join):
            let names = (plan.graph[join.left].fields + plan.graph[join.right].fields).map(\.name)
            return PlanPrinter.label(node, names) + keys(join)
        case .temporal(let temporal): return temporal.label(node.inputs.map { plan.graph[$0].fields.map(\.name) })
        case .predict(let input, let model, let arguments):
            let names = arguments.map { PlanPrinter.name(plan.graph[input].fields, $0) }
            return "predict \(plan.models[model].name)(\(names.joined(separator: ", ")))"
        default:
            let names = node.inputs.first.map { plan.graph[$0].fields.map(\.name) } ?? []
            return PlanPrinter.label(node, names)
        }
    }

    private func keys(_ join: JoinPlan) -> String {
        let (left, right) = (plan.graph[join.left].fields, plan.graph[join.right].fields)
        var parts = join.keys.map { key in
            "\(left[key.left].name) \(key.nullSafe ? "is not distinct from" : "=") \(right[key.right].name)"
        }
        if let time = join.time {
            let low = time.lower.map(PlanPrinter.duration) ?? "-∞"
            let high = time.upper.map(PlanPrinter.duration) ?? "∞"
            parts.append("\(right[time.right].name) - \(left[time.left].name) in [\(low), \(high)]")
        }
        if let residual = join.residual { parts.append(residual.text((left + right).map(\.name))) }
        return parts.isEmpty ? "" : " on " + parts.joined(separator: " and ")
    }

    private static func name(_ fields: [Field], _ index: Int) -> String {
        fields.indices.contains(index) && !fields[index].name.isEmpty ? fields[index].name : "$\(index)"
    }

    /// One operator in one line, over inputs with the given column names.
    package static func label(_ node: PlanNode, _ names: [String]) -> String {
        let name = { (index: Int) in names.indices.contains(index) && !names[index].isEmpty ? names[index] : "$\(index)" }
        let sorted = { (items: [SortItem]) in
            items.map { item in
                let nulls = item.nullsFirst == item.descending ? "" : " nulls \(item.nullsFirst ? "first" : "last")"
                return name(item.column) + (item.descending ? " desc" : "") + nulls
            }.joined(separator: ", ")
        }
        let call = { (call: AggregateSpec) in
            let filter = call.filter.map { " filter (where \(name($0)))" } ?? ""
            let order = call.order.isEmpty ? "" : " order by \(sorted(call.order))"
            let arguments = call.columns.isEmpty ? "*" : call.columns.map(name).joined(separator: ", ")
            return "\(call.function.rawValue)(\(call.isDistinct ? "distinct " : "")\(arguments)\(order))\(filter)"
        }
        switch node.kind {
        case .input: return "input"
        case .values(let rows, _): return "values, \(rows.count) rows"
        case .filter(_, let predicate): return "filter \(predicate.text(names))"
        case .project(_, let expressions):
            let items = zip(expressions, node.fields).map { expression, field in
                let text = expression.text(names)
                return text == field.name || field.name.isEmpty ? text : "\(text) as \(field.name)"
            }
            return "project \(items.joined(separator: ", "))"
        case .join(let join):
            let kind = join.kind == .inner ? "join" : "\(join.kind.rawValue) join"
            return "\(kind)\(join.mode == .arrival ? " on arrival" : "")"
        case .frames(let frames):
            let partition =
                frames.partition.isEmpty ? "" : "partition by \(frames.partition.map(name).joined(separator: ", ")) "
            let order = frames.order.map { "order by \(name($0))" } ?? ""
            let calls = frames.calls.map { one in
                let frame = frames.frames[one.frame]
                let units = { (length: Int64) in frame.isRows ? "\(length) rows" : duration(length) }
                let end = frame.end == 0 ? "" : " ending \(units(frame.end)) before"
                return "\(call(one)) over \(frame.preceding.map(units) ?? "unbounded")\(end)"
            }
            return "frames on arrival \(partition)\(order): \(calls.joined(separator: ", "))"
        case .aggregate(let aggregate):
            let sliding = aggregate.sliding.map {
                " in windows of \(duration($0.windows.size)) every \(duration($0.windows.slide))"
            }
            let close =
                (sliding ?? "") + (aggregate.closeKey.map { " when the watermark passes \(name(aggregate.keys[$0]))" } ?? "")
            let keys = aggregate.keys.isEmpty ? "" : " by \(aggregate.keys.map(name).joined(separator: ", "))"
            return "aggregate\(keys): \(aggregate.calls.map(call).joined(separator: ", "))\(close)"
        case .predict: return "predict"
        case .union: return "union all"
        case .windows(let windows):
            let partition =
                windows.partition.isEmpty ? "" : " partition by \(windows.partition.map(name).joined(separator: ", "))"
            let order = windows.order.isEmpty ? "" : " order by \(sorted(windows.order))"
            let calls = windows.calls.map {
                "\($0.function.rawValue)(\($0.isDistinct ? "distinct " : "")\($0.columns.map(name).joined(separator: ", ")))"
            }
            return "window functions\(partition)\(order): \(calls.joined(separator: ", "))"
        case .counted(let kind, _):
            switch kind {
            case .distinct: return "distinct"
            case .intersect: return "intersect"
            case .intersectAll: return "intersect all"
            case .except: return "except"
            case .exceptAll: return "except all"
            }
        case .top(let top):
            let partition = top.partition.isEmpty ? "" : " of each \(top.partition.map(name).joined(separator: ", "))"
            let order = top.order.isEmpty ? "" : " by \(sorted(top.order))"
            let offset = top.offset == 0 ? "" : " from row \(top.offset + 1) on"
            let suffix = top.withTies ? " with ties" : top.withRank ? " with rank" : ""
            return "top\(top.limit.map { " \($0)" } ?? "")\(suffix)\(partition)\(order)\(offset)"
        case .unnest(let unnest):
            return "\(unnest.isOuter ? "outer " : "")unnest \(unnest.arrays.map(name).joined(separator: ", "))"
                + (unnest.withOrdinality ? " with ordinality" : "")
        case .temporal(let temporal): return temporal.label([names])
        case .failures(_, let view): return "dead letter of \(view)"
        }
    }

    /// Microseconds as PostgreSQL prints an interval.
    package static func duration(_ microseconds: Int64) -> String {
        TextCodec.text(.interval(Interval(microseconds: microseconds)), .interval)
    }
}
