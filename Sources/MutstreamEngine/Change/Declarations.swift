import MutstreamColumnar
import MutstreamSQL

/// Queries as they were written, compared: the optimizer shapes one by what else the pipeline declares.
struct Declarations {
    private var known: [String: Int] = [:]

    /// A number for the query of each sink, equal for equal queries over equal sources.
    mutating func sinks(_ definition: PipelineDefinition) -> [Int] {
        let plan = definition.declared
        var numbers: [NodeID: Int] = [:]
        for id in plan.graph.reachable(from: plan.sinks.map(\.node)) {
            let node = plan.graph[id]
            var text = "\(node.kind.mapInputs { _ in NodeID(0) }) \(node.fields.map { "\($0.name) \($0.type.name)" })"
            switch node.kind {
            case .input(let source, let part): text = "input \(part) of \(Declarations.source(plan.sources[source]))"
            case .predict(_, let model, let arguments): text = "\(NodeTexts.model(plan.models[model])) of \(arguments)"
            default: break
            }
            let key = text + node.inputs.map { " \(numbers[$0] ?? -1)" }.joined()
            numbers[id] = known[key] ?? known.count
            known[key] = numbers[id]
        }
        return plan.sinks.map { numbers[$0.node] ?? -1 }
    }

    private static func source(_ source: SourceDefinition) -> String {
        NodeTexts.shape(source) + " " + PlanFingerprint.options(source.options)
            + source.columns.map { " \($0.name) \($0.type.name)" }.joined()
    }
}
