import MutstreamSQL

/// Where the rows of each declared view are in the optimized plan. The optimizer takes views apart: filters move below
/// them, columns go; a node is still the view's if it has rows of it, with columns of it.
struct ViewPlaces {
    /// By view: the nodes that have rows of it; the last is nearest to what reads it.
    private(set) var nodes: [String: [NodeID]] = [:]

    /// - Parameter plan: the classes of the optimized plan.
    init(_ definition: PipelineDefinition, _ plan: PlanClasses, _ classes: inout Classes) {
        // Each view alone, as if it were all that is asked for.
        var alone = definition.declared
        (alone.sinks, alone.lessons) = ([], [])
        for index in alone.views.indices { alone.views[index].materialized = true }
        alone = Optimizer.optimize(alone)
        let relations = PlanClasses(alone, &classes, from: alone.views.map(\.node))
        let reachable = definition.plan.graph.reachable(from: definition.plan.roots)
        for view in alone.views {
            guard let relation = relations[view.node] else { continue }
            let columns = Set(relation.columns)
            nodes[view.name] = reachable.filter { id in
                guard let own = plan[id], !own.columns.isEmpty else { return false }
                return own.unfiltered == relation.unfiltered && columns.isSuperset(of: own.columns)
            }
        }
    }
}
