import MutstreamColumnar
import MutstreamDataflow

/// What a condition that is never true leaves: no rows, and nothing that would have been computed from them.
enum EmptyRelations {
    static func apply(to plan: inout PipelinePlan) {
        let old = plan.graph
        let reachable = old.reachable(from: plan.roots)
        guard reachable.contains(where: { holdsNever(old[$0]) }) else { return }
        var rewrite = Rewrite(old: old)
        for id in reachable { rewrite.copy(id) }
        plan.graph = rewrite.graph
        plan.mapRoots { rewrite.mapped[$0] ?? $0 }
    }

    private static func holdsNever(_ node: PlanNode) -> Bool {
        switch node.kind {
        case .filter(_, let predicate): isNever(predicate)
        case .join(let join): join.residual.map(isNever) ?? false
        default: false
        }
    }

    private static func isNever(_ predicate: Expression) -> Bool {
        predicate.conjuncts.contains { $0.literalValue == .bool(false) || $0.literalValue == .null }
    }

    private struct Rewrite {
        let old: PlanGraph
        var graph = PlanGraph()
        var mapped: [NodeID: NodeID] = [:]
        private var empty: Set<NodeID> = []

        init(old: PlanGraph) { self.old = old }

        private func new(_ id: NodeID) -> NodeID { mapped[id] ?? id }

        mutating func copy(_ id: NodeID) {
            let node = old[id]
            if isEmpty(node) {
                empty.insert(id)
                mapped[id] = nothing(node.fields)
                return
            }
            var kind = node.kind.mapInputs { new($0) }
            switch node.kind {
            case .union(let inputs):
                let some = inputs.filter { !empty.contains($0) }
                if some.count == 1 {
                    mapped[id] = new(some[0])
                    return
                }
                kind = .union(some.map { new($0) })
            case .join(var join) where join.kind == .left && EmptyRelations.holdsNever(node):
                join.left = new(join.left)
                join.right = nothing(old[join.right].fields)
                (join.residual, join.keys, join.time) = (nil, [], nil)
                kind = .join(join)
            default: break
            }
            mapped[id] = graph.add(kind, fields: node.fields, owner: node.owner)
        }

        private mutating func nothing(_ fields: [Field]) -> NodeID {
            graph.add(.values([], fields.map(\.type)), fields: fields, owner: "")
        }

        /// What asks a model, or reads a dead letter, stays: others may see of it.
        private func isEmpty(_ node: PlanNode) -> Bool {
            switch node.kind {
            case .filter(let input, let predicate): return EmptyRelations.isNever(predicate) || empty.contains(input)
            case .project(let input, _): return empty.contains(input)
            case .frames(let frames): return empty.contains(frames.input)
            case .windows(let windows): return empty.contains(windows.input)
            case .top(let top): return empty.contains(top.input)
            case .unnest(let unnest): return empty.contains(unnest.input)
            case .aggregate(let aggregate): return !aggregate.keys.isEmpty && empty.contains(aggregate.input)
            case .temporal(let temporal): return temporal.inputs.first.map { empty.contains($0) } ?? false
            case .union(let inputs): return inputs.allSatisfy { empty.contains($0) }
            case .counted(let kind, let inputs):
                let isBoth = kind == .intersect || kind == .intersectAll
                return empty.contains(inputs[0]) || isBoth && inputs.contains { empty.contains($0) }
            case .join(let join):
                let (left, right) = (empty.contains(join.left), empty.contains(join.right))
                let never = EmptyRelations.holdsNever(node)
                switch join.kind {
                case .inner, .semi: return left || right || never
                case .left, .anti: return left
                case .full: return left && right
                }
            case .input, .values, .predict, .failures: return false
            }
        }
    }
}
