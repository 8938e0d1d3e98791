import MutstreamColumnar
import MutstreamDataflow

/// Orders the relations of `FROM a, b, c WHERE …` so that each is joined by an equation with those before it, where the
/// order that was written would multiply relations. An order without such a step stays as it is.
///
/// Greedy: a relation that the condition compares with a constant comes first, then always the one that most equations
/// link to those before it. Only inner joins that are maintained and that nothing else reads are moved.
enum JoinOrder {
    static func apply(to plan: inout PipelinePlan) {
        var rewrite = Rewrite(old: plan.graph, roots: plan.roots)
        for id in plan.graph.reachable(from: plan.roots) { rewrite.copy(id) }
        guard rewrite.hasChanged else { return }
        plan.graph = rewrite.graph
        plan.mapRoots { rewrite.mapped[$0] ?? $0 }
    }

    private struct Rewrite {
        let old: PlanGraph
        var graph = PlanGraph()
        var mapped: [NodeID: NodeID] = [:]
        var hasChanged = false
        private var consumers: [NodeID: Int] = [:]

        init(old: PlanGraph, roots: [NodeID]) {
            self.old = old
            for root in roots { consumers[root, default: 0] += 1 }
            for id in old.reachable(from: roots) {
                for input in old[id].inputs { consumers[input, default: 0] += 1 }
            }
        }

        private func new(_ id: NodeID) -> NodeID { mapped[id] ?? id }

        mutating func copy(_ id: NodeID) {
            let node = old[id]
            graph.stateTTL = node.stateTTL
            if case .filter(let input, let predicate) = node.kind,
                let ordered = ordered(input, predicate, fields: node.fields, owner: node.owner)
            {
                hasChanged = true
                mapped[id] = ordered
                return
            }
            mapped[id] = graph.add(node.kind.mapInputs { new($0) }, fields: node.fields, owner: node.owner)
        }

        /// The relations that a tree of joins multiplies, from left to right, and the conditions of these joins over the
        /// columns of all of them.
        private func flatten(_ id: NodeID, _ base: Int, _ leaves: inout [NodeID], _ conditions: inout [Expression]) {
            guard case .join(let join) = old[id].kind, join.kind == .inner, join.mode == .maintained, join.keys.isEmpty,
                join.time == nil, join.residual?.mayFail != true, consumers[id] == 1 || join.residual == nil
            else {
                leaves.append(id)
                return
            }
            flatten(join.left, base, &leaves, &conditions)
            flatten(join.right, base + old[join.left].fields.count, &leaves, &conditions)
            conditions += (join.residual?.conjuncts ?? []).map { $0.remapped { $0 + base } }
        }

        /// The rows of a filter over joins in a better order; nil: the order stays.
        private mutating func ordered(
            _ input: NodeID, _ predicate: Expression, fields: [Field], owner: String
        ) -> NodeID? {
            var leaves: [NodeID] = []
            var conditions: [Expression] = []
            flatten(input, 0, &leaves, &conditions)
            guard (3...200).contains(leaves.count) else { return nil }
            let failing = predicate.conjuncts.filter(\.mayFail)
            conditions += predicate.conjuncts.filter { !$0.mayFail }
            var starts: [Int] = []
            var leafOfColumn: [Int] = []
            for (leaf, id) in leaves.enumerated() {
                starts.append(leafOfColumn.count)
                leafOfColumn += old[id].fields.map { _ in leaf }
            }
            let links = Links(conditions, leafOfColumn, count: leaves.count)
            // What can fail is computed for the rows that all joins give, so none of it may be what joins them.
            guard failing.allSatisfy({ links.leaves(of: $0).count <= 1 }), let order = links.order() else { return nil }
            var joined = new(leaves[order[0]])
            var place = [Int](repeating: 0, count: leafOfColumn.count)
            var width = 0
            for (position, leaf) in order.enumerated() {
                let count = old[leaves[leaf]].fields.count
                for column in 0..<count { place[starts[leaf] + column] = width + column }
                width += count
                if position == 0 { continue }
                let join = JoinPlan(kind: .inner, left: joined, right: new(leaves[leaf]), mode: .maintained)
                let all = graph[joined].fields + graph[join.right].fields
                joined = graph.add(.join(join), fields: all, owner: owner)
            }
            let own = fields.indices.map { Expression.column(place[$0], fields[$0].type) }
            if let condition = Expression.conjunction(conditions.map { $0.remapped { place[$0] } }) {
                joined = graph.add(.filter(joined, condition), fields: graph[joined].fields, owner: owner)
            }
            let back = graph.add(.project(joined, own), fields: fields, owner: owner)
            return Expression.conjunction(failing).map { graph.add(.filter(back, $0), fields: fields, owner: owner) } ?? back
        }
    }

    /// Which relations the conditions link.
    private struct Links {
        private let leafOfColumn: [Int]
        /// How many equations link two relations.
        private var equations: [[Int]]
        /// Compared with a constant.
        private var isFixed: [Bool]

        init(_ conditions: [Expression], _ leafOfColumn: [Int], count: Int) {
            self.leafOfColumn = leafOfColumn
            equations = [[Int]](repeating: [Int](repeating: 0, count: count), count: count)
            isFixed = [Bool](repeating: false, count: count)
            for condition in conditions {
                guard case .call(.equal, let operands) = condition.node, operands.count == 2 else { continue }
                let sides = operands.map { leaves(of: $0) }
                guard sides[0].count <= 1, sides[1].count <= 1 else { continue }
                switch (sides[0].first, sides[1].first) {
                case (let left?, let right?) where left != right:
                    equations[left][right] += 1
                    equations[right][left] += 1
                case (let leaf?, nil), (nil, let leaf?): isFixed[leaf] = true
                default: continue
                }
            }
        }

        func leaves(of expression: Expression) -> Set<Int> {
            Set(expression.columns.compactMap { leafOfColumn.indices.contains($0) ? leafOfColumn[$0] : nil })
        }

        /// The better order, nil where that which was written has no step without an equation, or none has.
        func order() -> [Int]? {
            let count = equations.count
            let steps = (1..<count).filter { leaf in !(0..<leaf).contains { equations[leaf][$0] > 0 } }.count
            if steps == 0 { return nil }
            var order = [isFixed.firstIndex(of: true) ?? 0]
            var rest = (0..<count).filter { $0 != order[0] }
            var strength = equations[order[0]]
            var products = 0
            while !rest.isEmpty {
                var best = rest[0]
                for leaf in rest.dropFirst() {
                    let isBetter = (strength[leaf], isFixed[leaf] ? 1 : 0) > (strength[best], isFixed[best] ? 1 : 0)
                    if isBetter { best = leaf }
                }
                if strength[best] == 0 { products += 1 }
                order.append(best)
                rest.removeAll { $0 == best }
                for leaf in rest { strength[leaf] += equations[best][leaf] }
            }
            return products < steps ? order : nil
        }
    }
}
