import MutstreamColumnar
import MutstreamDataflow
import MutstreamSQL

/// What the nodes of a plan give, as numbers: nodes of two plans have equal ones if they give the same rows of the same
/// sources. A column goes by what it is computed from and not by its place, so that one more column, read somewhere else,
/// changes nothing; projections that only pick columns leave the rows what they are.
struct PlanClasses {
    /// What a node gives.
    struct Relation: Equatable {
        /// Which rows.
        var rows: Int
        /// Which rows, if no filter stood before it.
        var unfiltered: Int
        /// What each column is.
        var columns: [Int]

        /// Rows and all columns, in their order.
        var text: String { "\(rows) \(columns)" }
    }

    private(set) var relations: [NodeID: Relation] = [:]
    private let plan: PipelinePlan

    init(_ plan: PipelinePlan, _ classes: inout Classes, from roots: [NodeID]) {
        self.plan = plan
        for id in plan.graph.reachable(from: roots) { relations[id] = relation(id, &classes) }
    }

    subscript(_ id: NodeID) -> Relation? { relations[id] }

    private func below(_ id: NodeID) -> Relation { relations[id] ?? Relation(rows: -1, unfiltered: -1, columns: []) }

    private func relation(_ id: NodeID, _ classes: inout Classes) -> Relation {
        let node = plan.graph[id]
        let life = plan.graph.timeToLive(id, plan.sources).map { " kept for \($0)" } ?? ""
        switch node.kind {
        case .input(let source, let part): return input(plan.sources[source], part, node, &classes)
        case .values(let rows, let types):
            let number = classes.number("values \(rows) \(types.map(\.name))")
            return Relation(
                rows: number, unfiltered: number, columns: types.indices.map { classes.number("value \($0)") })
        case .filter(let input, let predicate):
            var relation = below(input)
            relation.rows = classes.number("filter \(predicate.classText(relation.columns)) of \(relation.rows)")
            return relation
        case .project(let input, let expressions): return project(below(input), expressions, &classes)
        case .join(let join): return self.join(join, life, &classes)
        case .frames(let frames):
            let input = below(frames.input)
            let order = frames.order.map { "\(input.columns[$0])" } ?? ""
            let partition = "\(frames.partition.map { input.columns[$0] }) \(order)"
            return Relation(
                rows: classes.number("frames of \(input.rows)"),
                unfiltered: classes.number("frames of \(input.unfiltered)"),
                columns: input.columns
                    + frames.calls.map { call in
                        let text = PlanClasses.text(call, input.columns)
                        return classes.number("\(text) over \(frames.frames[call.frame]) of \(partition)\(life)")
                    })
        case .windows(let windows):
            // Ties are broken by the whole row.
            return derived(
                "windows by \(windows.partition) \(windows.order)\(life)", [below(windows.input)],
                kept: below(windows.input),
                added: windows.calls.map { "\($0)" }, &classes)
        case .aggregate(let aggregate):
            let input = below(aggregate.input)
            let keys = aggregate.keys.map { input.columns[$0] }
            let windows = aggregate.sliding.map { "\($0)" } ?? ""
            let text = "groups by \(keys) until \(aggregate.closeKey ?? -1) \(windows)\(life)"
            return Relation(
                rows: classes.number("\(text) of \(input.rows)"),
                unfiltered: classes.number("\(text) of \(input.unfiltered)"),
                columns: keys.map { classes.number("key \($0)") }
                    + aggregate.calls.map { classes.number(PlanClasses.text($0, input.columns)) })
        case .predict(let input, let model, let arguments):
            var relation = below(input)
            let features = arguments.map { relation.columns[$0] }
            relation.columns.append(
                classes.number("answer of \(SourceClass.model(plan.models[model])) to \(features)"))
            return relation
        case .union(let inputs):
            let sides = inputs.map(below)
            return Relation(
                rows: classes.number("union of \(sides.map(\.rows))"),
                unfiltered: classes.number("union of \(sides.map(\.unfiltered))"),
                columns: node.fields.indices.map { column in
                    classes.number("either \(sides.map { $0.columns.indices.contains(column) ? $0.columns[column] : -1 })")
                })
        case .counted(let kind, let inputs):
            return derived(
                "\(kind)\(life)", inputs.map(below), kept: nil, added: node.fields.indices.map { "\($0)" }, &classes)
        case .top(let top):
            let rule = "\(top.partition) \(top.order) \(top.limit ?? -1) \(top.offset) \(top.withTies) \(top.withRank)"
            return derived(
                "top \(rule)\(life)", [below(top.input)], kept: below(top.input), added: top.withRank ? ["rank"] : [],
                &classes)
        case .unnest(let unnest):
            let input = below(unnest.input)
            let arrays = unnest.arrays.map { input.columns[$0] }
            let text = "elements of \(arrays) \(unnest.isOuter) of"
            return Relation(
                rows: classes.number("\(text) \(input.rows)"), unfiltered: classes.number("\(text) \(input.unfiltered)"),
                columns: input.columns
                    + (input.columns.count..<max(node.fields.count, input.columns.count)).map {
                        classes.number("element \($0 - input.columns.count) of \(arrays)")
                    })
        case .temporal(let temporal): return self.temporal(temporal, node, life, &classes)
        case .failures(let input, let view):
            let number = classes.number("failures of \(view) in \(below(input).text)")
            return Relation(
                rows: number, unfiltered: number,
                columns: node.fields.indices.map { classes.number("failure \($0)") })
        }
    }

    private func input(
        _ source: SourceDefinition, _ part: PlanNode.InputPart, _ node: PlanNode, _ classes: inout Classes
    ) -> Relation {
        let rows = classes.number("\(part) of \(SourceClass.text(source))")
        if part == .deadLetter {
            return Relation(
                rows: rows, unfiltered: rows, columns: node.fields.indices.map { classes.number("refused \($0)") })
        }
        let types = Dictionary(source.columns.map { ($0.name, $0.type) }) { first, _ in first }
        let columns = node.fields.map { field in
            classes.number("column \(field.name) \(TypeClass.column(types[field.name] ?? field.type))")
        }
        return Relation(rows: rows, unfiltered: rows, columns: columns)
    }

    private func project(_ input: Relation, _ expressions: [Expression], _ classes: inout Classes) -> Relation {
        var relation = input
        let texts = expressions.map { $0.classText(input.columns) }
        relation.columns = zip(expressions, texts).map { expression, text in
            if let place = expression.columnIndex, input.columns.indices.contains(place) { return input.columns[place] }
            return classes.number(text)
        }
        // Rows for which one fails go.
        let failing = zip(expressions, texts).filter { $0.0.mayFail }.map(\.1).sorted()
        if !failing.isEmpty { relation.rows = classes.number("what does not fail in \(failing) of \(input.rows)") }
        return relation
    }

    private func join(_ join: JoinPlan, _ life: String, _ classes: inout Classes) -> Relation {
        let (left, right) = (below(join.left), below(join.right))
        let pairs =
            left.columns.map { classes.number("left \($0)") } + right.columns.map { classes.number("right \($0)") }
        let keys = join.keys.map { "\(left.columns[$0.left])=\(right.columns[$0.right])\($0.nullSafe ? "!" : "")" }
        let time = join.time.map {
            "\(left.columns[$0.left]) \($0.lower ?? .min) \(right.columns[$0.right]) \($0.upper ?? .max)"
        }
        let residual = join.residual?.classText(pairs) ?? ""
        let text = "\(join.mode) \(join.kind) join by \(keys) \(time ?? "") \(residual)\(life)"
        return Relation(
            rows: classes.number("\(text) of \(left.rows) and \(right.rows)"),
            unfiltered: classes.number("\(text) of \(left.unfiltered) and \(right.unfiltered)"),
            columns: join.kind == .semi || join.kind == .anti ? left.columns : pairs)
    }

    private func temporal(
        _ temporal: TemporalPlan, _ node: PlanNode, _ life: String, _ classes: inout Classes
    ) -> Relation {
        let inputs = temporal.inputs.map(below)
        let moved = temporal.remapped([]) { input, column in
            inputs[input].columns.indices.contains(column) ? inputs[input].columns[column] : -1
        }
        var text = "\(moved.operation)\(life)"
        if case .lookup(let source, let rule) = moved.operation { text = "lookup in \(plan.sources[source].name) \(rule)" }
        var columns = inputs.count == 1 ? inputs[0].columns : []
        if inputs.count > 1 {
            for (side, input) in inputs.enumerated() {
                columns += input.columns.map { classes.number("side \(side) \($0)") }
            }
        }
        for added in columns.count..<max(node.fields.count, columns.count) {
            columns.append(classes.number("added \(added - node.fields.count) by \(text)"))
        }
        return Relation(
            rows: classes.number("\(text) of \(inputs.map(\.rows))"),
            unfiltered: classes.number("\(text) of \(inputs.map(\.unfiltered))"), columns: columns)
    }

    /// What depends on all columns of its inputs.
    private func derived(
        _ text: String, _ inputs: [Relation], kept: Relation?, added: [String], _ classes: inout Classes
    ) -> Relation {
        let all = inputs.map(\.text).joined(separator: ", ")
        let rows = classes.number("\(text) of \(all)")
        return Relation(
            rows: rows,
            unfiltered: classes.number("\(text) of \(inputs.map { "\($0.unfiltered) \($0.columns)" })"),
            columns: (kept?.columns ?? []) + added.map { classes.number("\($0) of \(text) of \(inputs.map(\.columns))") })
    }

    static func text(_ call: AggregateSpec, _ columns: [Int]) -> String {
        var call = call
        let place = { (column: Int) in columns.indices.contains(column) ? columns[column] : -1 }
        call.columns = call.columns.map(place)
        call.filter = call.filter.map(place)
        for index in call.order.indices { call.order[index].column = place(call.order[index].column) }
        call.frame = 0
        let type = call.resultType
        call.resultType = .boolean
        return "\(call) \(TypeClass.text(type))"
    }
}
