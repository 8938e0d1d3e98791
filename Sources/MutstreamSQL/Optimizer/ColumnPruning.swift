import MutstreamColumnar
import MutstreamDataflow

/// Leaves out the columns that nobody reads, down to the decoders of the sources. Shared nodes keep what any of their
/// consumers reads. PREDICT and OVER calls whose column nobody reads are not computed.
enum ColumnPruning {
    static func apply(to plan: inout PipelinePlan) {
        let order = plan.graph.reachable(from: plan.roots)
        let needed = Needs(plan, order).needed
        var projections: [Int: Set<Int>] = [:]
        for id in order {
            guard case .input(let source, let part) = plan.graph[id].kind, part != .deadLetter else { continue }
            projections[source, default: []].formUnion(needed[id] ?? [])
        }
        for index in plan.sources.indices {
            var read = projections[index] ?? []
            read.formUnion(plan.sources[index].primaryKey)
            if let watermark = plan.sources[index].watermark {
                read.insert(watermark.column)
                if let column = plan.sources[index].partitionColumn { read.insert(column) }
                read.formUnion(watermark.expression.columns)
            }
            plan.sources[index].projection = read.sorted()
        }
        var rebuild = Rebuild(old: plan.graph, sources: plan.sources, needed: needed)
        for id in order { rebuild.copy(id) }
        // Roots have all their columns in their own order.
        plan.mapRoots { rebuild.root($0) }
        plan.graph = rebuild.graph
    }

    /// Which columns of each node are read, found from the roots down.
    private struct Needs {
        private(set) var needed: [NodeID: Set<Int>] = [:]

        init(_ plan: PipelinePlan, _ order: [NodeID]) {
            let graph = plan.graph
            for root in plan.roots { needed[root] = Set(graph[root].fields.indices) }
            for id in order.reversed() { visit(id, graph, plan.sources) }
        }

        private mutating func need(_ id: NodeID, _ columns: some Sequence<Int>) {
            needed[id, default: []].formUnion(columns)
        }

        private mutating func visit(_ id: NodeID, _ graph: PlanGraph, _ sources: [SourceDefinition]) {
            let own = needed[id] ?? []
            switch graph[id].kind {
            case .input, .values: break
            case .filter(let input, let predicate): need(input, own.union(predicate.columns))
            case .project(let input, let expressions): need(input, own.flatMap { expressions[$0].columns })
            case .join(let join):
                let width = graph[join.left].fields.count
                let read = own.union(join.residual?.columns ?? [])
                need(join.left, read.filter { $0 < width })
                need(join.right, read.filter { $0 >= width }.map { $0 - width })
                need(join.left, join.keys.map(\.left) + (join.time.map { [$0.left] } ?? []))
                need(join.right, join.keys.map(\.right) + (join.time.map { [$0.right] } ?? []))
                // By its whole content a row that goes finds what it was answered.
                if join.mode == .arrival, !graph.isAppendOnly(join.left, { sources[$0].onlyArrives }) {
                    need(join.left, graph[join.left].fields.indices)
                }
                for side in [join.left, join.right] where needed[side]?.isEmpty ?? true {
                    if !graph[side].fields.isEmpty { need(side, [0]) }
                }
            case .frames(let frames):
                let width = graph[frames.input].fields.count
                need(frames.input, own.filter { $0 < width })
                let calls = frames.calls.indices.filter { own.contains(width + $0) }.map { frames.calls[$0] }
                if calls.isEmpty { break }
                need(frames.input, frames.partition + (frames.order.map { [$0] } ?? []))
                need(frames.input, calls.flatMap(\.columnsRead))
            case .windows(let windows):
                let width = graph[windows.input].fields.count
                // Ties of the order are broken by the whole row, so that no column may go.
                need(windows.input, 0..<width)
            case .aggregate(let aggregate):
                need(aggregate.input, aggregate.keys)
                let calls = aggregate.calls.indices.filter { own.contains(aggregate.keys.count + $0) }
                need(aggregate.input, calls.flatMap { aggregate.calls[$0].columnsRead })
            case .predict(let input, _, let arguments):
                let answer = graph[input].fields.count
                need(input, own.filter { $0 < answer })
                if own.contains(answer) { need(input, arguments) }
            case .union(let inputs): for input in inputs { need(input, own) }
            // Which rows are equal, or first, depends on all columns.
            case .counted(_, let inputs): for input in inputs { need(input, graph[input].fields.indices) }
            case .top(let top): need(top.input, graph[top.input].fields.indices)
            case .unnest(let unnest):
                let width = graph[unnest.input].fields.count
                need(unnest.input, own.filter { $0 < width })
                need(unnest.input, unnest.arrays)
            case .temporal(let temporal):
                var first = 0
                for (number, input) in temporal.inputs.enumerated() {
                    let width = graph[input].fields.count
                    need(input, own.filter { $0 >= first && $0 < first + width }.map { $0 - first })
                    need(input, temporal.columnsRead(of: number))
                    first += width
                }
                for input in temporal.inputs where needed[input]?.isEmpty ?? true {
                    if !graph[input].fields.isEmpty { need(input, [0]) }
                }
            case .failures(let input, _): need(input, graph[input].fields.indices)
            }
        }
    }

    private struct Rebuild {
        let old: PlanGraph
        let sources: [SourceDefinition]
        let needed: [NodeID: Set<Int>]
        var graph = PlanGraph()
        private var mapped: [NodeID: (id: NodeID, columns: [Int: Int])] = [:]

        init(old: PlanGraph, sources: [SourceDefinition], needed: [NodeID: Set<Int>]) {
            self.old = old
            self.sources = sources
            self.needed = needed
        }

        /// The new node of a root, with all its columns in their order.
        mutating func root(_ id: NodeID) -> NodeID { narrowed(id, Array(old[id].fields.indices)) }

        /// The new node with just these old columns, in this order.
        private mutating func narrowed(_ id: NodeID, _ columns: [Int]) -> NodeID {
            guard let (new, map) = mapped[id] else { return id }
            let places = columns.map { map[$0] ?? $0 }
            if places == Array(graph[new].fields.indices) { return new }
            let expressions = places.map { Expression.column($0, graph[new].fields[$0].type) }
            return graph.add(.project(new, expressions), fields: columns.map { old[id].fields[$0] }, owner: "")
        }

        mutating func copy(_ id: NodeID) {
            let node = old[id]
            graph.stateTTL = node.stateTTL
            let own = needed[id] ?? []
            switch node.kind {
            case .input(let source, let part):
                if part == .deadLetter { return set(id, node.kind, node.fields, "", identity(node.fields.count)) }
                let projection = sources[source].projection
                let map = Dictionary(uniqueKeysWithValues: projection.enumerated().map { ($1, $0) })
                set(id, node.kind, projection.map { node.fields[$0] }, "", map)
            case .values: set(id, node.kind, node.fields, "", identity(node.fields.count))
            case .filter(let input, let predicate):
                guard let (child, map) = mapped[input] else { return }
                set(id, .filter(child, predicate.remapped { map[$0] ?? $0 }), graph[child].fields, node.owner, map)
            case .project(let input, let expressions):
                guard let (child, map) = mapped[input] else { return }
                let kept = own.sorted()
                let projected = kept.map { expressions[$0].remapped { map[$0] ?? $0 } }
                let columns = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
                let isIdentity =
                    projected.indices.allSatisfy { projected[$0].columnIndex == $0 }
                    && projected.count == graph[child].fields.count
                if isIdentity { return mapped[id] = (child, columns) }
                set(id, .project(child, projected), kept.map { node.fields[$0] }, node.owner, columns)
            case .join(let join): copyJoin(id, node, join, own)
            case .frames(let frames): copyFrames(id, node, frames, own)
            case .aggregate(let aggregate): copyAggregate(id, node, aggregate, own)
            case .predict(let input, let model, let arguments):
                guard let (child, map) = mapped[input] else { return }
                let answer = old[input].fields.count
                if !own.contains(answer) { return mapped[id] = (child, map) }
                var columns = map
                columns[answer] = graph[child].fields.count
                set(
                    id, .predict(child, model: model, arguments: arguments.map { map[$0] ?? $0 }),
                    graph[child].fields + [node.fields[answer]], node.owner, columns)
            case .temporal(let temporal): copyTemporal(id, node, temporal)
            case .union(let inputs):
                let kept = own.sorted()
                let sides = inputs.map { narrowed($0, kept) }
                let columns = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
                set(id, .union(sides), kept.map { node.fields[$0] }, node.owner, columns)
            case .windows, .top, .counted:
                let renewed = node.kind.mapInputs { root($0) }
                set(id, renewed, node.fields, node.owner, identity(node.fields.count))
            case .unnest(var unnest):
                guard let (child, map) = mapped[unnest.input] else { return }
                let width = old[unnest.input].fields.count
                unnest.input = child
                unnest.arrays = unnest.arrays.map { map[$0] ?? $0 }
                var columns = map
                let fields = graph[child].fields
                for added in width..<max(width, node.fields.count) { columns[added] = fields.count + added - width }
                set(id, .unnest(unnest), fields + node.fields[width...], node.owner, columns)
            case .failures(let input, let view):
                set(id, .failures(of: root(input), view: view), node.fields, "", identity(node.fields.count))
            }
        }

        private func identity(_ count: Int) -> [Int: Int] { Dictionary(uniqueKeysWithValues: (0..<count).map { ($0, $0) }) }

        private mutating func set(
            _ id: NodeID, _ kind: PlanNode.Kind, _ fields: [Field], _ owner: String, _ columns: [Int: Int]
        ) {
            mapped[id] = (graph.add(kind, fields: fields, owner: owner), columns)
        }

        /// Both sides bring just what is read: the right one, and under a maintained join both, are kept as state.
        private mutating func copyJoin(_ id: NodeID, _ node: PlanNode, _ join: JoinPlan, _ own: Set<Int>) {
            let width = old[join.left].fields.count
            let read = own.union(join.residual?.columns ?? [])
            var rightRead = Set(read.filter { $0 >= width }.map { $0 - width })
            rightRead.formUnion(join.keys.map(\.right))
            if let time = join.time { rightRead.insert(time.right) }
            // A side of which nothing is read still says how many rows there are.
            if rightRead.isEmpty, !old[join.right].fields.isEmpty { rightRead.insert(0) }
            let rightColumns = rightRead.sorted()
            let leftMap: [Int: Int]
            var new = join
            if join.mode == .maintained {
                var leftRead = Set(read.filter { $0 < width })
                leftRead.formUnion(join.keys.map(\.left))
                if let time = join.time { leftRead.insert(time.left) }
                if leftRead.isEmpty, width > 0 { leftRead.insert(0) }
                let leftColumns = leftRead.sorted()
                new.left = narrowed(join.left, leftColumns)
                leftMap = Dictionary(uniqueKeysWithValues: leftColumns.enumerated().map { ($1, $0) })
            } else {
                guard let (left, map) = mapped[join.left] else { return }
                new.left = left
                leftMap = map
            }
            new.right = narrowed(join.right, rightColumns)
            let rightMap = Dictionary(uniqueKeysWithValues: rightColumns.enumerated().map { ($1, $0) })
            let shift = graph[new.left].fields.count
            let place = { (column: Int) -> Int in
                column < width ? leftMap[column] ?? column : shift + (rightMap[column - width] ?? column - width)
            }
            new.keys = join.keys.map {
                JoinPlan.KeyPair(
                    left: leftMap[$0.left] ?? $0.left, right: rightMap[$0.right] ?? $0.right, nullSafe: $0.nullSafe)
            }
            new.residual = join.residual?.remapped(place)
            if let time = join.time {
                new.time?.left = leftMap[time.left] ?? time.left
                new.time?.right = rightMap[time.right] ?? time.right
            }
            set(
                id, .join(new), graph[new.left].fields + (join.hasRightColumns ? graph[new.right].fields : []), node.owner,
                Dictionary(uniqueKeysWithValues: own.map { ($0, place($0)) }))
        }

        /// Each side brings what was found to be needed of it, whoever else reads it.
        private mutating func copyTemporal(_ id: NodeID, _ node: PlanNode, _ temporal: TemporalPlan) {
            let own = needed[id] ?? []
            var (first, newFirst) = (0, 0)
            var inputs: [NodeID] = []
            var maps: [[Int: Int]] = []
            var columns: [Int: Int] = [:]
            for (number, input) in temporal.inputs.enumerated() {
                let width = old[input].fields.count
                var kept = Set(own.filter { $0 >= first && $0 < first + width }.map { $0 - first })
                kept.formUnion(temporal.columnsRead(of: number))
                if kept.isEmpty, width > 0 { kept.insert(0) }
                let sorted = kept.sorted()
                inputs.append(narrowed(input, sorted))
                maps.append(Dictionary(uniqueKeysWithValues: sorted.enumerated().map { ($1, $0) }))
                for (place, column) in sorted.enumerated() { columns[first + column] = newFirst + place }
                first += width
                newFirst += sorted.count
            }
            let added = node.fields[first...]
            for place in added.indices { columns[place] = newFirst + place - first }
            let new = temporal.remapped(inputs) { maps[$0][$1] ?? $1 }
            set(id, .temporal(new), inputs.flatMap { graph[$0].fields } + added, node.owner, columns)
        }

        private mutating func copyFrames(_ id: NodeID, _ node: PlanNode, _ frames: FramesPlan, _ own: Set<Int>) {
            guard let (child, map) = mapped[frames.input] else { return }
            let width = old[frames.input].fields.count
            let kept = frames.calls.indices.filter { own.contains(width + $0) }
            if kept.isEmpty { return mapped[id] = (child, map) }
            var columns = map
            for (position, call) in kept.enumerated() { columns[width + call] = graph[child].fields.count + position }
            let used = frames.frames.indices.filter { frame in kept.contains { frames.calls[$0].frame == frame } }
            let new = FramesPlan(
                input: child, partition: frames.partition.map { map[$0] ?? $0 }, order: frames.order.map { map[$0] ?? $0 },
                frames: used.map { frames.frames[$0] },
                calls: kept.map { remapped(frames.calls[$0], map, frame: used.firstIndex(of: frames.calls[$0].frame) ?? 0) })
            set(id, .frames(new), graph[child].fields + kept.map { node.fields[width + $0] }, node.owner, columns)
        }

        private mutating func copyAggregate(_ id: NodeID, _ node: PlanNode, _ aggregate: AggregatePlan, _ own: Set<Int>) {
            guard let (child, map) = mapped[aggregate.input] else { return }
            let keys = aggregate.keys.count
            let kept = aggregate.calls.indices.filter { own.contains(keys + $0) }
            var columns = identity(keys)
            for (position, call) in kept.enumerated() { columns[keys + call] = keys + position }
            let new = AggregatePlan(
                input: child, keys: aggregate.keys.map { map[$0] ?? $0 },
                calls: kept.map { remapped(aggregate.calls[$0], map, frame: 0) }, closeKey: aggregate.closeKey,
                sliding: aggregate.sliding)
            set(
                id, .aggregate(new), Array(node.fields[..<keys]) + kept.map { node.fields[keys + $0] }, node.owner, columns)
        }

        private func remapped(_ call: AggregateSpec, _ map: [Int: Int], frame: Int) -> AggregateSpec {
            var call = call
            call.columns = call.columns.map { map[$0] ?? $0 }
            call.filter = call.filter.map { map[$0] ?? $0 }
            for index in call.order.indices { call.order[index].column = map[call.order[index].column] ?? 0 }
            call.frame = frame
            return call
        }
    }
}

extension AggregateSpec {
    /// Every column of the input that the call reads.
    var columnsRead: [Int] { columns + (filter.map { [$0] } ?? []) + order.map(\.column) }
}
