import MutstreamColumnar
import MutstreamDataflow

/// Moves filters towards the sources and turns them into join conditions. Only conditions that cannot fail move; a node
/// that several consumers share is never narrowed for one of them.
enum FilterPushDown {
    static func apply(to plan: inout PipelinePlan) {
        var rewrite = Rewrite(old: plan.graph, roots: plan.roots)
        for id in plan.graph.reachable(from: plan.roots) { rewrite.copy(id) }
        plan.graph = rewrite.graph
        plan.mapRoots { rewrite.mapped[$0] ?? $0 }
    }

    private struct Rewrite {
        let old: PlanGraph
        var graph = PlanGraph()
        var mapped: [NodeID: NodeID] = [:]
        private var consumers: [NodeID: Int] = [:]
        /// New nodes that stand for old ones with several consumers.
        private var shared: Set<NodeID> = []
        /// How many operators the filter at hand has passed.
        private var depth = 0
        private static let depthMax = 50
        /// Conditions of more parts stay where they are: through many views they would only grow.
        private static let sizeMax = 300

        init(old: PlanGraph, roots: [NodeID]) {
            self.old = old
            for root in roots { consumers[root, default: 0] += 1 }
            for id in old.reachable(from: roots) {
                for input in old[id].inputs { consumers[input, default: 0] += 1 }
            }
        }

        private func new(_ id: NodeID) -> NodeID { mapped[id] ?? id }

        mutating func copy(_ id: NodeID) {
            copyNode(id)
            if (consumers[id] ?? 0) > 1, let new = mapped[id] { shared.insert(new) }
        }

        private mutating func copyNode(_ id: NodeID) {
            let node = old[id]
            graph.stateTTL = node.stateTTL
            switch node.kind {
            case .filter(let input, let predicate):
                let parts = predicate.conjuncts.map(\.factored)
                mapped[id] = filter(
                    new(input), Expression.conjunction(parts) ?? predicate, node.owner,
                    mayEnter: consumers[input] == 1 || isProduct(new(input)))
            case .join(var join):
                join.left = new(join.left)
                join.right = new(join.right)
                let conditions = (join.residual?.conjuncts ?? []).flatMap(\.factored.conjuncts)
                join.residual = nil
                mapped[id] = self.join(join, conditions, node.owner)
            default: mapped[id] = graph.add(node.kind.mapInputs { new($0) }, fields: node.fields, owner: node.owner)
            }
        }

        /// A join that multiplies: whatever narrows it for one of its consumers is worth more than to share it.
        private func isProduct(_ id: NodeID) -> Bool {
            var id = id
            while case .project(let input, let expressions) = graph[id].kind, !expressions.contains(where: \.mayFail) {
                id = input
            }
            guard case .join(let join) = graph[id].kind else { return false }
            return join.kind == .inner && join.mode == .maintained && join.keys.isEmpty && join.time == nil
                && join.residual == nil
        }

        private func isOpen(_ id: NodeID) -> Bool { !shared.contains(id) || isProduct(id) }

        /// The rows of a (new) node that satisfy `predicate`.
        private mutating func filter(
            _ input: NodeID, _ predicate: Expression, _ owner: String, mayEnter: Bool
        ) -> NodeID {
            let stay = { (rewrite: inout Rewrite, predicate: Expression) in
                rewrite.graph.add(.filter(input, predicate), fields: rewrite.graph[input].fields, owner: owner)
            }
            if predicate.isLiteralTrue { return input }
            guard mayEnter, depth < Rewrite.depthMax, predicate.size <= Rewrite.sizeMax else { return stay(&self, predicate) }
            depth += 1
            defer { depth -= 1 }
            let node = graph[input]
            graph.stateTTL = node.stateTTL
            switch node.kind {
            case .filter(let inner, let first) where !predicate.mayFail && !first.mayFail:
                return filter(inner, first.and(predicate), owner, mayEnter: true)
            case .project(let inner, let expressions) where !predicate.mayFail:
                let below = predicate.substituting(columns: expressions)
                // A projection that can fail reports the rows it fails for: all of them must still reach it.
                if below.mayFail || expressions.contains(where: \.mayFail) { return stay(&self, predicate) }
                let moved = filter(inner, below, owner, mayEnter: true)
                return graph.add(.project(moved, expressions), fields: node.fields, owner: node.owner)
            case .join(var join) where join.kind == .inner:
                // What can fail stays above, except bounds on time, which the join takes without computing them.
                var probe = JoinConditions(join, leftTypes: graph.types(join.left), rightTypes: graph.types(join.right))
                var (moving, staying): ([Expression], [Expression]) = ([], [])
                for conjunct in predicate.conjuncts {
                    let isBound = probe.takeTime(conjunct)
                    if isBound || !conjunct.mayFail { moving.append(conjunct) } else { staying.append(conjunct) }
                }
                if moving.isEmpty { return stay(&self, predicate) }
                let conditions = moving + (join.residual?.conjuncts ?? [])
                join.residual = nil
                let joined = self.join(join, conditions, node.owner)
                guard let above = Expression.conjunction(staying) else { return joined }
                return graph.add(.filter(joined, above), fields: node.fields, owner: owner)
            case .join(var join) where !predicate.mayFail && join.kind != .full:
                let width = graph[join.left].fields.count
                let left = predicate.conjuncts.filter { $0.columns.allSatisfy { $0 < width } }
                let rest = predicate.conjuncts.filter { !left.contains($0) }
                guard let below = Expression.conjunction(left) else { return stay(&self, predicate) }
                // Rows of the right side that meet no such row are not needed.
                let pairs = equalColumns(join)
                let implied = Equalities([], pairs: pairs).implied(by: left).filter { $0.columns.allSatisfy { $0 >= width } }
                if let others = Expression.conjunction(implied.map { $0.remapped { $0 - width } }) {
                    join.right = filter(join.right, others, owner, mayEnter: isOpen(join.right))
                }
                join.left = filter(join.left, below, owner, mayEnter: isOpen(join.left))
                let moved = graph.add(.join(join), fields: node.fields, owner: node.owner)
                guard let above = Expression.conjunction(rest) else { return moved }
                return graph.add(.filter(moved, above), fields: node.fields, owner: owner)
            case .aggregate(let aggregate) where !predicate.mayFail && !aggregate.keys.isEmpty:
                // What speaks of keys alone holds for the rows of a group as for the group.
                let keys = predicate.conjuncts.filter { $0.columns.allSatisfy { $0 < aggregate.keys.count } }
                return enter(node, aggregate.input, predicate, keys, owner) { aggregate.keys[$0] }
            case .top(let top) where !predicate.mayFail:
                return enter(node, top.input, predicate, among: top.partition, owner)
            case .windows(let windows) where !predicate.mayFail:
                return enter(node, windows.input, predicate, among: windows.partition, owner)
            case .temporal(let temporal) where !predicate.mayFail && temporal.inputs.count == 1:
                let width = graph[temporal.inputs[0]].fields.count
                let moving = predicate.conjuncts.filter {
                    $0.columns.allSatisfy { $0 < width } && temporal.commutes(withConditionOn: $0.columns)
                }
                return enter(node, temporal.inputs[0], predicate, moving, owner) { $0 }
            case .union(let inputs) where !predicate.mayFail:
                let moved = inputs.map { filter($0, predicate, owner, mayEnter: !shared.contains($0)) }
                return graph.add(.union(moved), fields: node.fields, owner: node.owner)
            case .counted(let kind, let inputs) where !predicate.mayFail:
                let moved = inputs.map { filter($0, predicate, owner, mayEnter: true) }
                return graph.add(.counted(kind, moved), fields: node.fields, owner: node.owner)
            default: return stay(&self, predicate)
            }
        }

        private mutating func enter(
            _ node: PlanNode, _ input: NodeID, _ predicate: Expression, among columns: [Int], _ owner: String
        ) -> NodeID {
            let allowed = Set(columns)
            let moving = predicate.conjuncts.filter { allowed.isSuperset(of: $0.columns) }
            return enter(node, input, predicate, moving, owner) { $0 }
        }

        /// Some conjuncts move below a node, the rest stays above it.
        private mutating func enter(
            _ node: PlanNode, _ input: NodeID, _ predicate: Expression, _ moving: [Expression], _ owner: String,
            _ place: (Int) -> Int
        ) -> NodeID {
            let moving = moving.filter { !$0.columns.isEmpty }
            var below = graph.add(node.kind, fields: node.fields, owner: node.owner)
            if let first = Expression.conjunction(moving) {
                let filtered = filter(input, first.remapped(place), owner, mayEnter: true)
                below = graph.add(node.kind.mapInputs { _ in filtered }, fields: node.fields, owner: node.owner)
            }
            guard let rest = Expression.conjunction(predicate.conjuncts.filter { !moving.contains($0) }) else {
                return below
            }
            return graph.add(.filter(below, rest), fields: node.fields, owner: owner)
        }

        /// A join under the given conditions: those of one side move into it, equalities become keys, bounds on time
        /// become bounds.
        private mutating func join(_ join: JoinPlan, _ conditions: [Expression], _ owner: String) -> NodeID {
            var join = join
            let width = graph[join.left].fields.count
            let fields = graph[join.left].fields + (join.hasRightColumns ? graph[join.right].fields : [])
            var rest: [Expression] = []
            var conditions = conditions
            if join.kind == .inner {
                conditions += Equalities(conditions, pairs: equalColumns(join)).implied(by: conditions)
            }
            for condition in conditions {
                let columns = condition.columns
                let isLeft = columns.allSatisfy { $0 < width }
                let isRight = columns.allSatisfy { $0 >= width }
                if isRight, !columns.isEmpty, !condition.mayFail, join.kind != .full {
                    let below = condition.remapped { $0 - width }
                    join.right = filter(join.right, below, owner, mayEnter: isOpen(join.right))
                } else if isLeft, !columns.isEmpty, !condition.mayFail, !join.keepsLeft {
                    join.left = filter(join.left, condition, owner, mayEnter: isOpen(join.left))
                } else {
                    rest.append(condition)
                }
            }
            var sorted = JoinConditions(join, leftTypes: graph.types(join.left), rightTypes: graph.types(join.right))
            sorted.take(rest)
            if sorted.addedLeft.isEmpty, sorted.addedRight.isEmpty {
                return graph.add(.join(sorted.join), fields: fields, owner: owner)
            }
            // Keys that are expressions become columns of their sides, and leave again above the join.
            var widened = sorted.join
            widened.left = widen(join.left, sorted.addedLeft)
            widened.right = widen(join.right, sorted.addedRight)
            let shift = sorted.addedLeft.count
            widened.residual = widened.residual?.remapped { $0 < width ? $0 : $0 + shift }
            let joined = graph.add(
                .join(widened),
                fields: graph[widened.left].fields + (join.hasRightColumns ? graph[widened.right].fields : []),
                owner: owner)
            let back = fields.indices.map { Expression.column($0 < width ? $0 : $0 + shift, fields[$0].type) }
            return graph.add(.project(joined, back), fields: fields, owner: "")
        }

        /// The keys of a join as columns of both sides.
        private func equalColumns(_ join: JoinPlan) -> [(Expression, Expression)] {
            let (left, right) = (graph.types(join.left), graph.types(join.right))
            return join.keys.map { key in
                (.column(key.left, left[key.left]), .column(left.count + key.right, right[key.right]))
            }
        }

        private mutating func widen(_ input: NodeID, _ added: [Expression]) -> NodeID {
            if added.isEmpty { return input }
            let fields = graph[input].fields
            let all = fields.indices.map { Expression.column($0, fields[$0].type) } + added
            return graph.add(
                .project(input, all), fields: fields + added.map { Field($0.text(fields.map(\.name)), $0.type) }, owner: "")
        }
    }
}
