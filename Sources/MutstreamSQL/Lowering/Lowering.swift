import MutstreamColumnar
import MutstreamDataflow
import MutstreamModels

/// Turns an optimized plan into a circuit: each relational operator becomes its incremental form.
package final class Lowering {
    let plan: PipelinePlan
    let graph: PlanGraph
    let circuit: Circuit
    /// Where the rows of edges are; an edge that is not here is narrow.
    var placements: [Edge: Placement] = [:]
    var exchanges: [Exchanged: Edge] = [:]
    let result: CompiledPipeline
    private var edges: [NodeID: Edge] = [:]
    private(set) var consumers: [NodeID: Int] = [:]
    /// By source: where its rows enter.
    private var sourceRows: [Int: Edge] = [:]
    private var modelsInProgress: Set<Int> = []
    private var modelsDone: Set<Int> = []
    /// By source: the changes of a table, and the deletions that it refused.
    private var tables: [Int: [Edge]] = [:]
    let reachable: [NodeID]

    package static func lower(_ plan: PipelinePlan) throws(SQLError) -> CompiledPipeline {
        let lowering = Lowering(plan)
        try lowering.run()
        return lowering.result
    }

    private init(_ plan: PipelinePlan) {
        self.plan = plan
        graph = plan.graph
        circuit = Circuit(lanes: plan.settings.shards)
        result = CompiledPipeline(circuit: circuit, sourceCount: plan.sources.count)
        reachable = graph.reachable(from: plan.roots)
        for root in plan.roots { consumers[root, default: 0] += 1 }
        for id in reachable {
            for input in graph[id].inputs { consumers[input, default: 0] += 1 }
        }
    }

    private func run() throws(SQLError) {
        // What reads a dead letter comes last: by then all nodes that feed it stand.
        for root in plan.roots where !readsFailures(root) { _ = try lowerChain(root) }
        for root in plan.roots { _ = try lowerChain(root) }
        for model in plan.models.indices where !modelsDone.contains(model) {
            if plan.lessons.contains(where: { $0.model == model }) { try lowerModel(model) }
        }
        for sink in plan.sinks {
            let path = Set(graph.reachable(from: [sink.node]))
            let failures = result.failures.indices.filter { path.contains(result.failures[$0].node) }
            var edge = try lowerChain(sink.node)
            if !sink.isAppendOnly, !isNet(sink.node) {
                // What leaves is the net change of the step.
                let types = sink.fields.map(\.type)
                edge = sameRows([edge], outputTypes: [types], label: "net change") { Consolidate(types) }[0]
            }
            result.sinks.append(CompiledPipeline.Sink(edge: narrow(edge), failures: failures))
        }
        for view in plan.views where view.materialized {
            let retain = view.retain.map {
                MaterializedRows.Retention(timeColumn: $0.column, microseconds: $0.microseconds)
            }
            let rows = MaterializedRows(view.fields.map(\.type), retain: retain)
            let edge = narrow(try lower(view.node))
            _ = circuit.add(rows, inputs: [edge], outputTypes: [], label: "materialize \(view.name)")
            result.views.append(CompiledPipeline.View(name: view.name, fields: view.fields, rows: rows, edge: edge))
        }
        result.edges = edges
    }

    /// Whether a node's changes of a step are their net already.
    private func isNet(_ id: NodeID) -> Bool {
        var id = id
        while true {
            switch graph[id].kind {
            case .top, .aggregate: return true
            case .filter(let input, _): id = input
            // Different rows stay different where no column is lost.
            case .project(let input, let expressions):
                guard Set(expressions.compactMap(\.columnIndex)).count == graph[input].fields.count else { return false }
                id = input
            default: return false
            }
        }
    }

    private func readsFailures(_ root: NodeID) -> Bool {
        graph.reachable(from: [root]).contains { if case .failures = graph[$0].kind { true } else { false } }
    }

    // MARK: Nodes

    /// As ``lower(_:)``, in the same order, but the depth of a plan is none of the stack: views may stand on views as high
    /// as they like.
    private func lowerChain(_ root: NodeID) throws(SQLError) -> Edge {
        var stack: [(node: NodeID, next: Int)] = [(root, 0)]
        while let (id, next) = stack.last {
            let inputs = inputsBefore(id)
            if next < inputs.count {
                stack[stack.count - 1].next += 1
                if edges[inputs[next]] == nil { stack.append((inputs[next], 0)) }
                continue
            }
            _ = try lower(id)
            stack.removeLast()
        }
        return try lower(root)
    }

    /// The nodes that ``lower(_:)`` of a node asks for.
    private func inputsBefore(_ id: NodeID) -> [NodeID] {
        let node = graph[id]
        switch node.kind {
        case .project(let input, _):
            // A filter inside the projection stands for itself no more.
            guard case .filter(let inner, let predicate) = graph[input].kind, consumers[input] == 1, edges[input] == nil,
                graph[input].owner == node.owner || !predicate.mayFail
            else { return [input] }
            return [inner]
        // All questions to a model are one operator.
        case .predict, .failures: return []
        default: return node.inputs
        }
    }

    func lower(_ id: NodeID) throws(SQLError) -> Edge {
        if let known = edges[id] { return known }
        let (node, outer) = (graph[id], circuit.origin)
        circuit.origin = id.index
        defer { circuit.origin = outer }
        let edge: Edge
        switch node.kind {
        case .input(let source, let part): edge = lowerInput(source, part, node)
        case .filter(let input, let predicate): edge = try filterProject(id, input, predicate, nil)
        case .project(let input, let expressions):
            // A filter that only this projection reads runs inside it: columns that leave are never gathered.
            if case .filter(let inner, let predicate) = graph[input].kind, consumers[input] == 1, edges[input] == nil,
                graph[input].owner == node.owner || !predicate.mayFail
            {
                edge = try filterProject(id, inner, predicate, expressions)
            } else {
                edge = try filterProject(id, input, nil, expressions)
            }
        case .join(let join): edge = try lowerJoin(id, node, join)
        case .values(let rows, let types):
            edge =
                circuit.add(
                    ConstantRows(rows, types), inputs: [], outputTypes: [types], label: PlanPrinter.label(node, []))[0]
        case .windows(let windows): edge = try lowerWindows(id, node, windows)
        case .counted(let kind, let inputs):
            var sides: [Edge] = []
            for input in inputs { sides.append(try lower(input)) }
            let types = graph.types(id)
            let all = Array(types.indices)
            let expiry = graph.timeColumns(id, plan.sources).expiry(of: all)
            edge =
                keyed(
                    sides, sides.map { _ in all }, keeps: all, outputTypes: [types], label: PlanPrinter.label(node, [])
                ) { [timeToLive = timeToLive(id)] in
                    CountedSets(types: types, kind: Lowering.kind(kind), expiry: expiry, timeToLive: timeToLive)
                }[0]
        case .top(let top): edge = try lowerTop(id, node, top)
        case .unnest(let unnest):
            let below = graph.types(unnest.input)
            edge =
                anywhere(
                    try lower(unnest.input), outputTypes: [graph.types(id)],
                    label: PlanPrinter.label(node, graph[unnest.input].fields.map(\.name)), moved: { $0 }
                ) {
                    Unnest(
                        types: below, arrays: unnest.arrays, withOrdinality: unnest.withOrdinality, isOuter: unnest.isOuter)
                }[0]
        case .temporal(let temporal): edge = try lowerTemporal(id, node, temporal)
        case .frames(let frames): edge = try lowerFrames(id, node, frames)
        case .aggregate(let aggregate): edge = try lowerAggregate(id, node, aggregate)
        case .predict(_, let model, _):
            try lowerModel(model)
            guard let known = edges[id] else { preconditionFailure("a model answers all of its questions") }
            return known
        case .union(let inputs):
            var sides: [Edge] = []
            for input in inputs { sides.append(try lower(input)) }
            let promising = inputs.map { graph.timeColumns($0, plan.sources).hasWatermark }
            let holds = promising.contains(true) ? promising : promising.map { _ in true }
            edge = together(sides, outputTypes: [graph.types(id)], label: "union all") { UnionOperator(holdsBack: holds) }[0]
        case .failures(let input, let view): edge = try lowerFailures(input, view)
        }
        edges[id] = edge
        return edge
    }

    private func lowerInput(_ source: Int, _ part: PlanNode.InputPart, _ node: PlanNode) -> Edge {
        let definition = plan.sources[source]
        let isUpserted = !definition.primaryKey.isEmpty && !definition.isMaintained
        if part == .rows, isUpserted { return lowerTable(source, definition)[0] }
        let types = node.fields.map(\.type)
        if part == .rows || part == .versions { return lowerRows(source, types) }
        let (edge, input) = circuit.addInput(
            types: types, label: "\(definition.isTable ? "table" : "source") \(definition.name).\(part.rawValue)")
        if part == .late { result.sources[source].late = input } else { result.sources[source].deadLetter = input }
        guard part == .deadLetter, isUpserted else { return edge }
        let refused = lowerTable(source, definition)[1]
        return circuit.add(
            UnionOperator(holdsBack: [true, true]), inputs: [edge, refused], outputTypes: [types],
            label: "dead letter of \(definition.name)")[0]
    }

    /// A table by its primary key: its changes, and the deletions that it refused.
    private func lowerTable(_ source: Int, _ definition: SourceDefinition) -> [Edge] {
        if let known = tables[source] { return known }
        let fields = definition.projection.map { definition.fields[$0] }
        let types = fields.map(\.type)
        let edge = lowerRows(source, types)
        let key = definition.primaryKey.map { definition.projection.firstIndex(of: $0) ?? $0 }
        var outputs = keyed(
            [edge], [key], keeps: key, outputTypes: [types, Binder.deadLetterFields.map(\.type)],
            label: "upsert \(definition.name)"
        ) { UpsertTable(types, key: key, names: fields.map(\.name)) }
        outputs[1] = narrow(outputs[1])
        tables[source] = outputs
        result.refusedChanges.append((source, outputs[1]))
        return outputs
    }

    /// The rows of a source as they come, however many ways they are read.
    private func lowerRows(_ source: Int, _ types: [DataType]) -> Edge {
        if let known = sourceRows[source] { return known }
        let definition = plan.sources[source]
        let kind = definition.isTable ? "table" : "source"
        let (edge, input) = circuit.addInput(types: types, label: "\(kind) \(definition.name)")
        result.sources[source].rows = input
        sourceRows[source] = edge
        return edge
    }

    private func filterProject(
        _ id: NodeID, _ input: NodeID, _ predicate: Expression?, _ expressions: [Expression]?
    ) throws(SQLError) -> Edge {
        let below = graph.types(input)
        let all = expressions ?? below.indices.map { Expression.column($0, below[$0]) }
        let names = graph[input].fields.map(\.name)
        var label = ""
        if let predicate { label = "filter \(predicate.text(names))" }
        if let expressions {
            label += (label.isEmpty ? "" : ", ") + "project \(expressions.map { $0.text(names) }.joined(separator: ", "))"
        }
        let mayFail = predicate?.mayFail == true || all.contains(where: \.mayFail)
        var source = try lower(input)
        if predicate?.isCostly == true || all.contains(where: \.isCostly) { source = wide(source) }
        let outputs = anywhere(
            source, outputTypes: [all.map(\.type), below + [.text]], label: label,
            moved: { column in all.firstIndex { $0.columnIndex == column } }
        ) { FilterProject(predicate: predicate, expressions: all) }
        if mayFail { fails(id, outputs[1], graph[input].fields) }
        return outputs[0]
    }

    func fails(_ id: NodeID, _ edge: Edge, _ fields: [Field]) {
        result.failures.append(
            CompiledPipeline.Failure(
                owner: graph[id].owner, node: id, edge: narrow(edge), fields: fields + [Field("reason", .text)])
        )
    }

    private static func kind(_ kind: CountedKind) -> CountedSets.Kind {
        switch kind {
        case .distinct: .distinct
        case .intersect: .intersect
        case .intersectAll: .intersectAll
        case .except: .except
        case .exceptAll: .exceptAll
        }
    }

    func timeToLive(_ id: NodeID) -> Int64? { graph.timeToLive(id, plan.sources) }

    func isAppendOnly(_ id: NodeID) -> Bool { graph.isAppendOnly(id) { plan.sources[$0].onlyArrives } }

    // MARK: Joins

    private func lowerJoin(_ id: NodeID, _ node: PlanNode, _ join: JoinPlan) throws(SQLError) -> Edge {
        let types = node.fields.map(\.type)
        let sides = (graph.timeColumns(join.left, plan.sources), graph.timeColumns(join.right, plan.sources))
        let slack = graph.slack(join, sides.0, sides.1)
        var conditions = join.residual?.conjuncts ?? []
        if slack == nil { conditions += try timeConditions(join) }
        let condition = Expression.conjunction(conditions)
        let (leftKeys, rightKeys) = (join.keys.map(\.left), join.keys.map(\.right))
        let nullSafe = join.keys.map(\.nullSafe)
        let on = describe(join)
        let (left, right) = (try lower(join.left), try lower(join.right))
        let label = PlanPrinter.label(node, []) + on
        let (leftTypes, rightTypes) = (graph.types(join.left), graph.types(join.right))
        let pairs = graph[join.left].fields + graph[join.right].fields
        // Pairs for which a condition fails, with the reason.
        let failing = conditions.contains(where: \.mayFail)
        let outputTypes = failing ? [types, pairs.map(\.type) + [.text]] : [types]
        let make: () -> any Operator
        if join.mode == .arrival {
            let kinds: [JoinPlan.Kind: ArrivalJoin.Kind] = [.inner: .inner, .left: .left, .semi: .semi, .anti: .anti]
            guard let kind = kinds[join.kind] else { preconditionFailure("the binder lets no full join arrive") }
            let changingTypes = isAppendOnly(join.left) ? nil : leftTypes
            make = { [timeToLive = timeToLive(id)] in
                ArrivalJoin(
                    kind, rightTypes: rightTypes, leftKeys: leftKeys, rightKeys: rightKeys, nullSafe: nullSafe,
                    residual: condition.map { ExpressionPredicate($0) }, changingTypes: changingTypes,
                    timeToLive: timeToLive)
            }
        } else {
            let timed = slack.flatMap { slack in
                join.time.map {
                    IntervalBounds(
                        leftTime: $0.left, rightTime: $0.right, lower: $0.lower, upper: $0.upper, slack: slack)
                }
            }
            let bounds = timed ?? windowBounds(join)
            let sides = graph.forgottenSides(id, join, plan.sources)
            let forgetting = timeToLive(id).map {
                MaintainedJoin.Forgetting(
                    timeToLive: $0, left: sides.left, right: sides.right, takesBack: !isAppendOnly(id))
            }
            let kinds: [JoinPlan.Kind: MaintainedJoin.Kind] = [
                .inner: .inner, .left: .left, .full: .full, .semi: .semi, .anti: .anti,
            ]
            make = {
                MaintainedJoin(
                    kinds[join.kind] ?? .inner, leftTypes: leftTypes, rightTypes: rightTypes,
                    leftKeys: leftKeys, rightKeys: rightKeys, nullSafe: nullSafe, bounds: bounds,
                    residual: condition.map { ExpressionPredicate($0) }, forgetting: forgetting,
                    firstPairs: self.firstPairs(of: id, join))
            }
        }
        // A row of a full join may have NULL where its lane was found.
        let outputs = keyed(
            [left, right], [leftKeys, rightKeys], keeps: join.kind == .full ? nil : leftKeys, outputTypes: outputTypes,
            label: label, make)
        if failing { fails(id, outputs[1], pairs) }
        return outputs[0]
    }

    /// The bounds as plain conditions. A sum that leaves the range of time is no match.
    private func timeConditions(_ join: JoinPlan) throws(SQLError) -> [Expression] {
        guard let time = join.time else { return [] }
        let fields = graph[join.left].fields
        let left = Expression.column(time.left, fields[time.left].type)
        let right = Expression.column(fields.count + time.right, graph[join.right].fields[time.right].type)
        do throws(TypeError) {
            var conditions: [Expression] = []
            for (op, bound) in [(">=", time.lower), ("<=", time.upper)] {
                guard let bound else { continue }
                let length = Expression(.literal(.interval(Interval(microseconds: bound))), .interval)
                conditions.append(try Typing.binary(op, right, try Typing.binary("+", left, length)))
            }
            return conditions
        } catch { throw SQLError(error.message, at: SourceRange(0, 0), hint: error.hint) }
    }

    private func describe(_ join: JoinPlan) -> String {
        let (left, right) = (graph[join.left].fields, graph[join.right].fields)
        var parts = join.keys.map { key in
            "\(left[key.left].name) \(key.nullSafe ? "is not distinct from" : "=") \(right[key.right].name)"
        }
        if let time = join.time {
            let distance = "\(right[time.right].name) - \(left[time.left].name)"
            if let lower = time.lower { parts.append("\(distance) >= \(PlanPrinter.duration(lower))") }
            if let upper = time.upper { parts.append("\(distance) <= \(PlanPrinter.duration(upper))") }
        }
        if let residual = join.residual { parts.append(residual.text((left + right).map(\.name))) }
        return parts.isEmpty ? "" : " on " + parts.joined(separator: " and ")
    }

    private func lowerWindows(_ id: NodeID, _ node: PlanNode, _ windows: WindowsPlan) throws(SQLError) -> Edge {
        let below = graph.types(windows.input)
        let fields = graph[windows.input].fields
        let times = graph.timeColumns(windows.input, plan.sources)
        let expiry = times.expiry(of: windows.partition)
        let retention = graph.retention(windows, times, plan.sources)
        let outputs = keyed(
            [try lower(windows.input)], [windows.partition], keeps: windows.partition,
            outputTypes: [node.fields.map(\.type), below + [.text]], label: PlanPrinter.label(node, fields.map(\.name))
        ) {
            WindowFunctions(
                inputTypes: below, partition: windows.partition, order: windows.order, calls: windows.calls, expiry: expiry,
                timeToLive: timeToLive(id), retention: retention)
        }
        fails(id, outputs[1], fields)
        return outputs[0]
    }

    private func lowerFrames(_ id: NodeID, _ node: PlanNode, _ frames: FramesPlan) throws(SQLError) -> Edge {
        let below = graph.types(frames.input)
        let times = graph.timeColumns(frames.input, plan.sources)
        let names = graph[frames.input].fields.map(\.name)
        let outputs = keyed(
            [try lower(frames.input)], [frames.partition], keeps: frames.partition,
            outputTypes: [node.fields.map(\.type), below + [.text]], label: PlanPrinter.label(node, names)
        ) {
            ArrivalFrames(
                inputTypes: below, partition: frames.partition, order: frames.order ?? -1,
                frames: frames.frames.map { frame in
                    guard frame.isRows else { return .range(preceding: frame.preceding, end: frame.end) }
                    return .rows(preceding: frame.preceding.map { Int(clamping: $0) }, end: Int(clamping: frame.end))
                },
                aggregates: frames.calls,
                orderIsEventTime: frames.order.map { times.eventTimes.contains($0) } ?? false,
                timeToLive: timeToLive(id))
        }
        fails(id, outputs[1], graph[frames.input].fields)
        return outputs[0]
    }

    private func lowerAggregate(_ id: NodeID, _ node: PlanNode, _ aggregate: AggregatePlan) throws(SQLError) -> Edge {
        let below = graph.types(aggregate.input)
        let isAppendOnly = graph.isAppendOnly(aggregate.input) { plan.sources[$0].onlyArrives }
        let expiry = graph.timeColumns(aggregate.input, plan.sources).expiry(of: aggregate.keys)
        let keys = aggregate.keys.map { graph[aggregate.input].fields[$0] }
        // Panes of one key meet.
        let paneEnd = aggregate.sliding == nil ? nil : aggregate.closeKey.map { aggregate.keys[$0] }
        let lasting = keys.indices.filter { aggregate.keys[$0] != paneEnd }
        let outputs = keyed(
            [try lower(aggregate.input)], [lasting.map { aggregate.keys[$0] }], keeps: Array(lasting),
            outputTypes: [node.fields.map(\.type), below, keys.map(\.type) + [.text]],
            label: PlanPrinter.label(node, graph[aggregate.input].fields.map(\.name))
        ) {
            if let sliding = aggregate.sliding, let paneEnd {
                return SlidingAggregate(
                    inputTypes: below, keys: aggregate.keys, paneEnd: paneEnd, starts: sliding.starts,
                    windows: sliding.windows, aggregates: aggregate.calls)
            }
            return GroupAggregate(
                inputTypes: below, keys: aggregate.keys, aggregates: aggregate.calls, closeKey: aggregate.closeKey,
                appendOnly: isAppendOnly, expiry: expiry, timeToLive: timeToLive(id))
        }
        if aggregate.closeKey != nil { result.lateRows.append(narrow(outputs[1])) }
        fails(id, outputs[2], keys)
        return outputs[0]
    }

    private func lowerFailures(_ input: NodeID, _ view: String) throws(SQLError) -> Edge {
        _ = try lowerChain(input)
        let types = Binder.deadLetterFields.map(\.type)
        var sides: [Edge] = []
        for failure in result.failures where failure.owner == view {
            sides.append(
                circuit.add(
                    FailureRows(failure.fields), inputs: [failure.edge], outputTypes: [types], label: "failed rows")[0])
        }
        if sides.isEmpty { return circuit.addInput(types: types, label: "no expression of \(view) can fail").edge }
        return circuit.add(
            UnionOperator(holdsBack: sides.map { _ in true }), inputs: sides, outputTypes: [types],
            label: "dead letter of \(view)")[0]
    }

    // MARK: Models

    /// One operator for a model, with all of its questions and lessons.
    private func lowerModel(_ model: Int) throws(SQLError) {
        if modelsDone.contains(model) { return }
        let definition = plan.models[model]
        guard modelsInProgress.insert(model).inserted else {
            throw SQLError(
                "a question to model \"\(definition.name)\" derives from an answer of the same model", at: definition.range,
                hint: "ask a second model, or leave the score out of the features")
        }
        var questions: [ModelOperator.Question] = []
        var inputs: [Edge] = []
        var outputTypes: [[DataType]] = []
        var asked: [NodeID] = []
        for id in reachable {
            guard case .predict(let input, model, let arguments) = graph[id].kind else { continue }
            inputs.append(narrow(try lowerChain(input)))
            questions.append(ModelOperator.Question(features: arguments))
            outputTypes.append(graph.types(input) + [.double])
            asked.append(id)
        }
        let lessons = plan.lessons.filter { $0.model == model }
        var feedback: [(delay: Edge, node: NodeID)] = []
        for lesson in lessons {
            if lesson.isFeedback {
                let delay = circuit.addDelay(
                    types: graph.types(lesson.node), label: "delay: lessons of \(definition.name), seen in the next step")
                feedback.append((delay, lesson.node))
                inputs.append(delay)
            } else {
                inputs.append(narrow(try lowerChain(lesson.node)))
            }
        }
        let operation = ModelOperator(
            name: definition.name, options: try ModelChecker.options(definition), types: definition.inputs.map(\.type),
            labelType: definition.output.type, questions: questions, lessons: lessons.count)
        let outputs = circuit.add(
            operation, inputs: inputs, outputTypes: outputTypes,
            label: "model \(definition.name): \(questions.count) questions, \(lessons.count) lessons")
        for (id, edge) in zip(asked, outputs) { edges[id] = edge }
        result.models.append(operation)
        modelsDone.insert(model)
        for (delay, node) in feedback { circuit.connect(delay, from: narrow(try lowerChain(node))) }
    }
}

/// A condition of a join as an expression.
struct ExpressionPredicate: RowPredicate {
    private let evaluator: Evaluator
    let columnsRead: [Int]?

    init(_ expression: Expression) {
        let columns = Set(expression.columns).sorted()
        let places = Dictionary(uniqueKeysWithValues: columns.enumerated().map { ($1, $0) })
        evaluator = Evaluator(expression.remapped { places[$0] ?? $0 })
        columnsRead = columns
    }

    func evaluate(_ batch: Batch) -> [Bool] { judge(batch).passed }

    func judge(_ batch: Batch) -> (passed: [Bool], failures: [FailedRow]) {
        let evaluated = evaluator.evaluate(batch)
        guard case .bool(var values) = evaluated.column.values else {
            return ([Bool](repeating: false, count: batch.count), evaluated.failures)
        }
        if let validity = evaluated.column.validity {
            for row in values.indices where !validity[row] { values[row] = false }
        }
        return (values, evaluated.failures)
    }
}
