import MutstreamColumnar
import MutstreamSQL

/// Queries as they were written, compared: the optimizer shapes one by what else the pipeline declares.
struct Declarations {
    private var classes = Classes()

    /// A number for the query of each sink, equal for equal queries over equal sources.
    mutating func sinks(_ definition: PipelineDefinition) -> [Int] {
        let plan = definition.declared
        let relations = PlanClasses(plan, &classes, from: plan.sinks.map(\.node))
        return plan.sinks.map { sink in
            let names = sink.fields.map { "\($0.name) \(TypeClass.column($0.type))" }
            return classes.number("\(relations[sink.node]?.text ?? "") as \(names)")
        }
    }
}
