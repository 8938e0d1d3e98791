import MutstreamColumnar
import MutstreamDataflow

/// A lesson that carries no answer of its model must not wait for one: the path from the lesson down to a PREDICT whose
/// answer it does not read is rebuilt without that PREDICT, and so without a cycle. What lies below stays shared.
///
/// A lesson that still needs an answer is feedback: it reaches the model in the next step.
enum LessonIsolation {
    static func apply(to plan: inout PipelinePlan) {
        for index in plan.lessons.indices {
            let lesson = plan.lessons[index]
            var rebuild = Rebuild(graph: plan.graph, model: lesson.model)
            let all = Set(plan.graph[lesson.node].fields.indices)
            let (node, columns) = rebuild.node(lesson.node, needed: all)
            plan.graph = rebuild.graph
            precondition(columns.allSatisfy { $0.key == $0.value }, "a lesson keeps its columns")
            plan.lessons[index].node = node
            plan.lessons[index].isFeedback = plan.graph.dependsOnAnswers(of: lesson.model, node)
        }
    }

    private struct Rebuild {
        var graph: PlanGraph
        let model: Int
        private var known: [Request: (NodeID, [Int: Int])] = [:]

        private struct Request: Hashable {
            var id: NodeID
            var needed: Set<Int>
        }

        init(graph: PlanGraph, model: Int) {
            self.graph = graph
            self.model = model
        }

        /// The node that gives the needed columns, and where they are in it. Asked for twice, it is built once.
        mutating func node(_ id: NodeID, needed: Set<Int>) -> (NodeID, [Int: Int]) {
            let request = Request(id: id, needed: needed)
            if let known = known[request] { return known }
            let built = build(id, needed: needed)
            known[request] = built
            return built
        }

        private mutating func build(_ id: NodeID, needed: Set<Int>) -> (NodeID, [Int: Int]) {
            let node = graph[id]
            graph.stateTTL = node.stateTTL
            let same = Dictionary(uniqueKeysWithValues: node.fields.indices.map { ($0, $0) })
            guard graph.dependsOnAnswers(of: model, id) else { return (id, same) }
            switch node.kind {
            case .predict(let input, _, _):
                let answer = graph[input].fields.count
                if needed.contains(answer) { return (id, same) }
                return self.node(input, needed: needed)
            case .project(let input, let expressions):
                let kept = needed.sorted()
                let read = Set(kept.flatMap { expressions[$0].columns })
                let (child, map) = self.node(input, needed: read)
                let projected = kept.map { expressions[$0].remapped { map[$0] ?? $0 } }
                let id = graph.add(.project(child, projected), fields: kept.map { node.fields[$0] }, owner: node.owner)
                return (id, Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) }))
            case .filter(let input, let predicate):
                let (child, map) = self.node(input, needed: needed.union(predicate.columns))
                let filtered = predicate.remapped { map[$0] ?? $0 }
                return (graph.add(.filter(child, filtered), fields: graph[child].fields, owner: node.owner), map)
            case .join(var join):
                let width = graph[join.left].fields.count
                var left = Set(needed.filter { $0 < width })
                var right = Set(needed.filter { $0 >= width }.map { $0 - width })
                for column in join.residual?.columns ?? [] {
                    if column < width { left.insert(column) } else { right.insert(column - width) }
                }
                let (leftNode, leftMap) = self.node(join.left, needed: left)
                let (rightNode, rightMap) = self.node(join.right, needed: right)
                let shift = graph[leftNode].fields.count
                let place = { (column: Int) -> Int in
                    column < width ? leftMap[column] ?? column : shift + (rightMap[column - width] ?? column - width)
                }
                join.left = leftNode
                join.right = rightNode
                join.residual = join.residual?.remapped(place)
                let fields = graph[leftNode].fields + (join.hasRightColumns ? graph[rightNode].fields : [])
                let columns = Dictionary(uniqueKeysWithValues: needed.map { ($0, place($0)) })
                return (graph.add(.join(join), fields: fields, owner: node.owner), columns)
            case .union(let inputs):
                // Every side gives the needed columns in one order.
                let kept = needed.sorted()
                var sides: [NodeID] = []
                for input in inputs {
                    let (child, map) = self.node(input, needed: needed)
                    let picked = kept.map { Expression.column(map[$0] ?? $0, node.fields[$0].type) }
                    sides.append(graph.add(.project(child, picked), fields: kept.map { node.fields[$0] }, owner: ""))
                }
                let id = graph.add(.union(sides), fields: kept.map { node.fields[$0] }, owner: node.owner)
                return (id, Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) }))
            default: return (id, same)
            }
        }
    }
}
