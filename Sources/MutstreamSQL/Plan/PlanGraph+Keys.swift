import MutstreamDataflow

extension PlanGraph {
    /// Columns whose values no two rows of a node's content share: the narrowest such set that follows from the plan; nil:
    /// none is known. No columns: there is at most one row.
    package func uniqueKey(_ id: NodeID, _ sources: [SourceDefinition]) -> [Int]? {
        derive(id) { id, node, key in uniqueKey(of: id, node, sources, key) }
    }

    private func uniqueKey(
        of id: NodeID, _ node: PlanNode, _ sources: [SourceDefinition], _ key: (NodeID) -> [Int]?
    ) -> [Int]? {
        switch node.kind {
        case .input(let source, let part):
            let definition = sources[source]
            guard part == .rows, !definition.primaryKey.isEmpty else { return nil }
            return PlanGraph.moved(definition.primaryKey) { definition.projection.firstIndex(of: $0) }
        case .filter(let input, _), .predict(let input, _, _): return key(input)
        case .frames(let frames): return key(frames.input)
        case .windows(let windows): return key(windows.input)
        case .project(let input, let expressions):
            return PlanGraph.moved(key(input)) { column in expressions.firstIndex { $0.columnIndex == column } }
        case .aggregate(let aggregate): return Array(aggregate.keys.indices)
        case .counted(let kind, let inputs):
            let known = inputs.first.flatMap(key)
            // A row that was forgotten comes a second time.
            if kind != .except, timeToLive(id, sources) != nil { return known }
            return kind == .distinct || kind == .except || kind == .intersect
                ? known ?? Array(node.fields.indices) : known
        case .top(let top):
            if top.limit == 1, !top.withTies { return top.partition }
            return key(top.input) ?? (top.withRank ? top.partition + [node.fields.count - 1] : nil)
        case .join(let join):
            let (left, right) = (key(join.left), key(join.right))
            if !join.hasRightColumns { return left }
            guard join.kind != .full else { return nil }
            // A partner that is the only one of its key adds no second row.
            if let left, let right, right.allSatisfy({ column in join.keys.contains { $0.right == column } }) { return left }
            let width = self[join.left].fields.count
            if join.kind == .inner, let left, let right,
                left.allSatisfy({ column in join.keys.contains { $0.left == column } })
            {
                return right.map { width + $0 }
            }
            guard let left, let right else { return nil }
            return left + right.map { width + $0 }
        case .values(let rows, _): return rows.count <= 1 ? [] : nil
        default: return nil
        }
    }

    private static func moved(_ key: [Int]?, _ place: (Int) -> Int?) -> [Int]? {
        guard let key else { return nil }
        let places = key.compactMap(place)
        return places.count == key.count ? places : nil
    }
}
