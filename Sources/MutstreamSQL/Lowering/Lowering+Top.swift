import MutstreamColumnar
import MutstreamDataflow

/// The first rows of partitions: which operator keeps them, and what it spares the one below.
extension Lowering {
    func lowerTop(_ id: NodeID, _ node: PlanNode, _ top: TopPlan) throws(SQLError) -> Edge {
        let types = graph.types(top.input)
        let expiry = graph.timeColumns(top.input, plan.sources).expiry(of: top.partition)
        let (appendOnly, timeToLive, keepsFirst) = (isAppendOnly(top.input), timeToLive(id), keepsFirstRows(id, top))
        return keyed(
            [try lower(top.input)], [top.partition], keeps: top.partition, outputTypes: [graph.types(id)],
            label: PlanPrinter.label(node, node.fields.map(\.name))
        ) {
            if keepsFirst, top.limit == 1, !top.withRank {
                return TopRow(types: types, partition: top.partition, order: top.order)
            }
            if keepsFirst, let limit = top.limit, (1...TopRows.limitMax).contains(limit) {
                return TopRows(
                    types: types, partition: top.partition, order: top.order, limit: limit, rankColumn: top.withRank)
            }
            return TopN(
                types: types, partition: top.partition, order: top.order, limit: top.limit, offset: top.offset,
                withTies: top.withTies, rankColumn: top.withRank, appendOnly: appendOnly, expiry: expiry,
                timeToLive: timeToLive)
        }[0]
    }

    /// Whether rows only come, so that those behind the first ones never matter, and partitions stay for good.
    private func keepsFirstRows(_ id: NodeID, _ top: TopPlan) -> Bool {
        top.offset == 0 && !top.withTies && timeToLive(id) == nil && isAppendOnly(top.input)
            && graph.timeColumns(top.input, plan.sources).expiry(of: top.partition) == nil
    }

    /// What a join is to look at where nothing but a ``TopRow`` reads its pairs; nil: all of them matter.
    func firstPairs(of id: NodeID, _ join: JoinPlan) -> FirstPairs? {
        guard join.kind == .inner, consumers[id] == 1, let reader = readers(of: id).first,
            case .top(let top) = graph[reader].kind, top.limit == 1, !top.withRank, keepsFirstRows(reader, top)
        else { return nil }
        return FirstPairs(types: graph.types(id), partition: top.partition, order: top.order)
    }

    /// The nodes that read a node.
    func readers(of id: NodeID) -> [NodeID] { reachable.filter { graph[$0].inputs.contains(id) } }
}
