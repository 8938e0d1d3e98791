import MutstreamColumnar
import MutstreamDataflow
import MutstreamModels
import MutstreamSQL

/// Why a row left: what it was at every place that it passed.
extension PipelineHistory {
    /// The rows of the last step that the same row caused, operator by operator, sources first.
    ///
    /// - Parameter ordinal: of the row that caused it.
    package func layers(ofSink name: String, ordinal: Int64) -> [Layer] {
        guard let sink = plan.sinks.first(where: { $0.name == name }) else { return [] }
        let sensitive = SensitiveColumns(plan)
        let path = plan.graph.reachable(from: [sink.node])
        let views = viewNames(path)
        var layers: [Layer] = []
        for id in path {
            guard let edge = stepper.compiled.edges[id] else { continue }
            let parts = stepper.compiled.circuit.rows(edge).map { batch in
                batch.gather(
                    (0..<batch.count).filter { batch.ordinals[$0] == ordinal }.map { Int32(truncatingIfNeeded: $0) })
            }.filter { !$0.isEmpty }
            guard !parts.isEmpty else { continue }
            let node = plan.graph[id]
            let rows = Batch.concatenate(parts)
            if case .join(let join) = node.kind, let partner = partner(join, node, rows, sensitive[id]) {
                layers.append(partner)
            }
            var layer = Layer(label: label(node, edge, views[id]), fields: named(node), rows: rows)
            layer.sensitive = sensitive[id]
            layer.group = group(node, rows, sensitive)
            layers.append(layer)
        }
        return layers
    }

    /// The name of the view that a node is the result of.
    private func viewNames(_ path: [NodeID]) -> [NodeID: String] {
        var classes = Classes()
        let relations = PlanClasses(plan, &classes, from: plan.roots)
        let places = ViewPlaces(stepper.definition, relations, &classes)
        var names: [NodeID: String] = [:]
        let passed = Set(path)
        for view in stepper.definition.declared.views {
            guard let node = places.nodes[view.name]?.last(where: passed.contains) else { continue }
            names[node] = names[node].map { "\($0), \(view.name)" } ?? view.name
        }
        return names
    }

    /// The columns of a node, the answer of a model by its name.
    private func named(_ node: PlanNode) -> [Field] {
        guard case .predict(_, let model, _) = node.kind, let last = node.fields.last else { return node.fields }
        let name = last.name.isEmpty ? "answer of \(plan.models[model].name)" : last.name
        return node.fields.dropLast() + [Field(name, last.type)]
    }

    private func label(_ node: PlanNode, _ edge: Edge, _ view: String?) -> String {
        let prefix = view.map { "view \($0): " } ?? ""
        return prefix + operation(node) + keeps(edge)
    }

    private func operation(_ node: PlanNode) -> String {
        let names = node.inputs.first.map { plan.graph[$0].fields.map(\.name) } ?? []
        switch node.kind {
        case .input(let source, let part):
            let definition = plan.sources[source]
            let suffix = part == .rows ? "" : ".\(part.rawValue)"
            return "\(definition.isTable ? "table" : "source") \(definition.name)\(suffix)"
        case .predict(_, let model, let arguments):
            let features = arguments.map { names.indices.contains($0) && !names[$0].isEmpty ? names[$0] : "$\($0)" }
            let lessons = stepper.compiled.models.first { $0.name == plan.models[model].name }?.lessonsLearnt ?? 0
            return "predict \(plan.models[model].name)(\(features.joined(separator: ", "))), which has learnt from "
                + "\(lessons) rows"
        default: return PlanPrinter.label(node, names)
        }
    }

    /// What the operator keeps after the step.
    private func keeps(_ edge: Edge) -> String {
        let circuit = stepper.compiled.circuit
        var node = edge.node
        // Rows may have come from several lanes.
        if case .exchange = circuit.role(of: node), let source = circuit.inputs(of: node).first { node = source.node }
        guard circuit.keepsState(node), case .operation(let operation) = circuit.role(of: node) else { return "" }
        if operation is ModelOperator { return "" }
        let rows = circuit.describe[node].state.rows
        return "; keeps \(rows) \(rows == 1 ? "row" : "rows")"
    }

    /// The row of the other side that a row was joined with.
    private func partner(_ join: JoinPlan, _ node: PlanNode, _ rows: Batch, _ sensitive: Set<Int>) -> Layer? {
        guard join.kind != .semi, join.kind != .anti else { return nil }
        let width = plan.graph[join.left].fields.count
        guard rows.columns.count > width else { return nil }
        let source = plan.graph.reachable(from: [join.right]).compactMap { id -> String? in
            guard case .input(let source, _) = plan.graph[id].kind else { return nil }
            return plan.sources[source].name
        }
        let names = source.isEmpty ? "" : " of \(source.joined(separator: ", "))"
        var layer = Layer(
            label: "joined with the row\(names)", fields: Array(node.fields[width...]),
            rows: rows.with(columns: Array(rows.columns[width...])))
        layer.sensitive = Set(sensitive.filter { $0 >= width }.map { $0 - width })
        return layer
    }

    // MARK: Groups

    /// The rows with which the first of `rows` was put together.
    private func group(_ node: PlanNode, _ rows: Batch, _ sensitive: SensitiveColumns) -> RowGroup? {
        let input: NodeID
        /// Columns of the input, and where their values are in the output.
        let keys: [(input: Int, output: Int)]
        let what: String
        switch node.kind {
        case .aggregate(let aggregate):
            input = aggregate.input
            // Of sliding windows a row has the pane.
            let windows = aggregate.sliding.map { Set($0.starts + [aggregate.closeKey ?? -1]) } ?? []
            keys = aggregate.keys.indices.filter { !windows.contains($0) }.map { (aggregate.keys[$0], $0) }
            what = "group"
        case .frames(let frames): (input, keys, what) = (frames.input, frames.partition.map { ($0, $0) }, "partition")
        case .windows(let windows): (input, keys, what) = (windows.input, windows.partition.map { ($0, $0) }, "partition")
        case .top(let top): (input, keys, what) = (top.input, top.partition.map { ($0, $0) }, "partition")
        default: return nil
        }
        guard rows.count > 0, stepper.compiled.edges[input] != nil else { return nil }
        return RowGroup(
            "rows of the \(what)", input: input, era: era, of: stepper.definition, columns: keys.map(\.input),
            values: keys.map { rows.columns[$0.output].value(at: rows.count - 1) }, fields: plan.graph[input].fields,
            sensitive: sensitive[input])
    }

    /// Adds to a group what came to it in the last step, up to an ordinal.
    package func collect(_ group: inout RowGroup, through ordinal: Int64) {
        guard let (node, places) = group.place(in: stepper.definition, era: era), let edge = stepper.compiled.edges[node]
        else { return }
        for batch in stepper.compiled.circuit.rows(edge) where !batch.isEmpty {
            group.take(batch.with(columns: places.map { batch.columns[$0] }), through: ordinal)
        }
    }
}
