import MutstreamColumnar
import MutstreamDataflow

/// `row_number() OVER (…) <= k` keeps the first k rows of each partition instead of numbering all of them.
///
/// The filter must stand directly on window functions of which `row_number` is the only one and nobody else reads them;
/// filters that cannot fail have moved there before. Of other conditions of the filter a filter above remains.
enum RankLimit {
    static func apply(to plan: inout PipelinePlan) {
        let old = plan.graph
        var consumers: [NodeID: Int] = [:]
        for root in plan.roots { consumers[root, default: 0] += 1 }
        let reachable = old.reachable(from: plan.roots)
        for id in reachable {
            for input in old[id].inputs { consumers[input, default: 0] += 1 }
        }
        var graph = PlanGraph()
        var mapped: [NodeID: NodeID] = [:]
        for id in reachable {
            let node = old[id]
            graph.stateTTL = node.stateTTL
            if case .filter(let input, let predicate) = node.kind, consumers[input] == 1, !predicate.mayFail,
                case .windows(let windows) = old[input].kind, let (limit, rest) = limit(predicate, windows, old)
            {
                let below = mapped[windows.input] ?? windows.input
                let top = self.top(windows, limit, below, old[input], &graph)
                mapped[id] =
                    Expression.conjunction(rest).map {
                        graph.add(.filter(top, $0), fields: node.fields, owner: node.owner)
                    } ?? top
                continue
            }
            mapped[id] = graph.add(node.kind.mapInputs { mapped[$0] ?? $0 }, fields: node.fields, owner: node.owner)
        }
        plan.graph = graph
        plan.mapRoots { mapped[$0] ?? $0 }
    }

    private static func top(
        _ windows: WindowsPlan, _ limit: Int, _ input: NodeID, _ node: PlanNode, _ graph: inout PlanGraph
    ) -> NodeID {
        var top = TopPlan(
            input: input, partition: windows.partition, order: windows.order, limit: limit, offset: 0, withTies: false)
        if limit > 1 {
            top.withRank = true
            return graph.add(.top(top), fields: node.fields, owner: node.owner)
        }
        // The only row of a partition has the rank 1.
        let first = graph.add(.top(top), fields: Array(node.fields.dropLast()), owner: node.owner)
        let columns = graph.types(first).enumerated().map { Expression.column($0, $1) }
        let one = Expression(.literal(.int64(1)), .bigint)
        return graph.add(.project(first, columns + [one]), fields: node.fields, owner: node.owner)
    }

    /// The least bound on the row number, and the conditions that are none.
    private static func limit(
        _ predicate: Expression, _ windows: WindowsPlan, _ graph: PlanGraph
    ) -> (limit: Int, rest: [Expression])? {
        guard windows.calls.count == 1, windows.calls[0].function == .rowNumber else { return nil }
        let rank = graph[windows.input].fields.count
        var limit = Int64.max
        var rest: [Expression] = []
        for conjunct in predicate.conjuncts {
            if let bound = bound(conjunct, rank) { limit = min(limit, bound) } else { rest.append(conjunct) }
        }
        guard limit >= 1, limit <= Int64(Int32.max) else { return nil }
        return (Int(limit), rest)
    }

    /// The greatest row number for which a condition holds, if it is a bound on it alone.
    private static func bound(_ condition: Expression, _ rank: Int) -> Int64? {
        guard case .call(let function, let operands) = condition.node, operands.count == 2 else { return nil }
        if operands[0].columnIndex == rank, case .int64(let value)? = operands[1].literalValue {
            switch function {
            case .lessOrEqual: return value
            case .less: return value > .min ? value - 1 : nil
            case .equal: return value == 1 ? 1 : nil
            default: return nil
            }
        }
        if operands[1].columnIndex == rank, case .int64(let value)? = operands[0].literalValue {
            switch function {
            case .greaterOrEqual: return value
            case .greater: return value > .min ? value - 1 : nil
            case .equal: return value == 1 ? 1 : nil
            default: return nil
            }
        }
        return nil
    }
}
