import MutstreamColumnar
import MutstreamDataflow

/// What unique keys make superfluous, with all its state:
///
/// - DISTINCT over rows that a key tells apart;
/// - the LEFT JOIN with a relation that has at most one partner for a row and of which no column is read.
enum KeyRules {
    static func apply(to plan: inout PipelinePlan) {
        let old = plan.graph
        var graph = PlanGraph()
        var mapped: [NodeID: NodeID] = [:]
        let new = { (id: NodeID) in mapped[id] ?? id }
        for id in old.reachable(from: plan.roots) {
            let node = old[id]
            graph.stateTTL = node.stateTTL
            switch node.kind {
            case .counted(.distinct, let inputs) where old.uniqueKey(inputs[0], plan.sources) != nil:
                mapped[id] = new(inputs[0])
                continue
            case .project(let input, let expressions):
                let columns = expressions.reduce(into: Set<Int>()) { $0.formUnion($1.columns) }
                guard let left = old.leftOfIdleJoin(input, columns, plan.sources) else { break }
                mapped[id] = graph.add(.project(new(left), expressions), fields: node.fields, owner: node.owner)
                continue
            case .aggregate(var aggregate):
                let columns = aggregate.calls.reduce(into: Set(aggregate.keys)) { found, call in
                    found.formUnion(call.columns + call.order.map(\.column))
                    if let filter = call.filter { found.insert(filter) }
                }
                guard let left = old.leftOfIdleJoin(aggregate.input, columns, plan.sources) else { break }
                aggregate.input = new(left)
                mapped[id] = graph.add(.aggregate(aggregate), fields: node.fields, owner: node.owner)
                continue
            default: break
            }
            mapped[id] = graph.add(node.kind.mapInputs(new), fields: node.fields, owner: node.owner)
        }
        plan.graph = graph
        plan.mapRoots(new)
    }
}

extension PlanGraph {
    /// The left side of a join that gives each of its rows once, where none of `columns` is of the right side.
    fileprivate func leftOfIdleJoin(_ id: NodeID, _ columns: Set<Int>, _ sources: [SourceDefinition]) -> NodeID? {
        guard case .join(let join) = self[id].kind, join.kind == .left, join.residual?.mayFail != true,
            columns.allSatisfy({ $0 < self[join.left].fields.count }),
            let key = uniqueKey(join.right, sources),
            key.allSatisfy({ column in join.keys.contains { $0.right == column && !$0.nullSafe } })
        else { return nil }
        return join.left
    }
}
