import MutstreamColumnar
import MutstreamDataflow
import MutstreamModels
import MutstreamSQL
import MutstreamStorage

/// What each node of a pipeline's circuit does, as text: nodes of two pipelines with equal texts, labels, types and inputs
/// have the same state after the same rows.
struct NodeTexts {
    private let graph: PlanGraph
    private let circuit: Circuit
    /// Of nodes that stand for a declaration.
    private var declared: [Int: String] = [:]

    init(_ stepper: Stepper) {
        let (plan, compiled) = (stepper.definition.plan, stepper.compiled)
        graph = plan.graph
        circuit = compiled.circuit
        for (index, inputs) in compiled.sources.enumerated() {
            let text = NodeTexts.source(stepper.definition, index)
            for (part, input) in [("rows", inputs.rows), ("late", inputs.late), ("dead letter", inputs.deadLetter)] {
                if let input { declared[circuit.node(ofInput: input)] = "\(part) of \(text)" }
            }
        }
        for model in compiled.models {
            guard let node = circuit.node(of: model), let own = plan.models.first(where: { $0.name == model.name }) else {
                continue
            }
            let features = graph.reachable(from: plan.roots).compactMap { id -> String? in
                guard case .predict(_, let number, let arguments) = graph[id].kind, plan.models[number].name == own.name
                else { return nil }
                return "\(arguments)"
            }
            declared[node] = NodeTexts.model(own) + " asked with \(features)"
        }
        for (view, definition) in zip(compiled.views, plan.views.filter(\.materialized)) {
            if let node = circuit.node(of: view.rows) {
                declared[node] = "rows of a view, retained for \(definition.retain?.microseconds ?? 0)"
            }
        }
    }

    func text(_ node: Int) -> String {
        if let known = declared[node] { return known }
        guard let origin = circuit.origin(of: node) else { return "" }
        let id = NodeID(origin)
        let node = graph[id]
        let life = node.stateTTL.map { "\($0)" } ?? ""
        switch node.kind {
        // Their numbers depend on what else is declared; their inputs tell them apart.
        case .input(_, let part): return "input \(part) \(life)"
        case .predict(_, _, let arguments): return "predict \(arguments)"
        case .failures: return "failures"
        default: return "\(node.kind.mapInputs { _ in NodeID(0) }) \(life)"
        }
    }

    static func source(_ definition: PipelineDefinition, _ index: Int) -> String {
        let source = definition.plan.sources[index]
        let columns = source.projection.map { place in
            let column = source.columns[place]
            return "\(column.name) \(column.type.name)\(column.notNull ? " not null" : "")"
        }
        return "\(shape(source)) (\(columns.joined(separator: ", "))) with \(PlanFingerprint.options(source.options)) "
            + definition.initialTables.fingerprint(index)
    }

    /// Key, watermark and partitions.
    static func shape(_ source: SourceDefinition) -> String {
        let watermark = source.watermark.map { "\(source.columns[$0.column].name) \($0.expression)" } ?? "none"
        let names = { (places: [Int]) in places.map { source.columns[$0].name } }
        return
            "\(source.isTable ? "table" : "source") \(source.name) key \(names(source.primaryKey)) watermark \(watermark) "
            + "partition \(source.partitionColumn.map { source.columns[$0].name } ?? "none")"
    }

    static func model(_ model: ModelDefinition) -> String {
        "model \(model.name) (\(model.inputs.map { "\($0.name) \($0.type.name)" }.joined(separator: ", "))) "
            + "\(model.output.name) \(model.output.type.name) with \(PlanFingerprint.options(model.options))"
    }
}
