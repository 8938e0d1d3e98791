import MutstreamColumnar
import MutstreamDataflow
import MutstreamSQL

/// Which columns of each node hold or derive from what is declared SENSITIVE. It errs on the side of silence: what a function
/// has made harmless counts as sensitive until it stands in a sink, where `check` has let it pass.
struct SensitiveColumns {
    private var known: [NodeID: Set<Int>] = [:]

    init(_ plan: PipelinePlan) {
        for id in plan.graph.reachable(from: plan.roots) { known[id] = columns(id, plan) }
    }

    subscript(_ id: NodeID) -> Set<Int> { known[id] ?? [] }

    private func columns(_ id: NodeID, _ plan: PipelinePlan) -> Set<Int> {
        let node = plan.graph[id]
        let own = { (input: NodeID) in self.known[input] ?? [] }
        /// Those of the inputs side by side, and all that an operator adds if it may show one.
        func beside(_ inputs: [NodeID]) -> Set<Int> {
            var (found, shift): (Set<Int>, Int) = ([], 0)
            for input in inputs {
                found.formUnion(own(input).map { $0 + shift })
                shift += plan.graph[input].fields.count
            }
            if !found.isEmpty, shift < node.fields.count { found.formUnion(shift..<node.fields.count) }
            return found.filter { $0 < node.fields.count }
        }
        switch node.kind {
        case .input(let source, let part):
            let all = plan.sources[source].columns
            let names = Set(all.filter(\.sensitive).map(\.name))
            // The bytes of a refused row hold all columns.
            if part == .deadLetter { return names.isEmpty ? [] : Set(node.fields.indices) }
            return Set(node.fields.indices.filter { names.contains(node.fields[$0].name) })
        case .values: return []
        case .filter(let input, _): return own(input)
        case .project(let input, let expressions):
            let below = own(input)
            return Set(expressions.indices.filter { !below.isDisjoint(with: expressions[$0].columns) })
        case .join(let join): return beside([join.left, join.right])
        case .aggregate(let aggregate):
            let below = own(aggregate.input)
            let calls = aggregate.calls.indices.filter { !below.isDisjoint(with: aggregate.calls[$0].columns) }
            return Set(aggregate.keys.indices.filter { below.contains(aggregate.keys[$0]) })
                .union(calls.map { aggregate.keys.count + $0 })
        case .frames(let frames):
            let below = own(frames.input)
            let width = plan.graph[frames.input].fields.count
            let calls = frames.calls.indices.filter { !below.isDisjoint(with: frames.calls[$0].columns) }
            return below.union(calls.map { width + $0 })
        // Nothing sensitive reaches a model.
        case .predict(let input, _, _): return own(input)
        case .union(let inputs), .counted(_, let inputs): return inputs.reduce(into: []) { $0.formUnion(own($1)) }
        case .windows, .top, .unnest, .temporal: return beside(node.inputs)
        case .failures(let input, _):
            let below = plan.graph.reachable(from: [input]).contains { !own($0).isEmpty }
            return below ? Set(node.fields.indices) : []
        }
    }
}
