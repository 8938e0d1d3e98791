import MutstreamColumnar

/// One output of one node of a circuit.
package struct Edge: Sendable, Hashable {
    package var node: Int
    package var port: Int
}

/// A running dataflow: operators in a fixed order, each node after those it reads. Synchronous and pure.
///
/// Laws, tested for every operator: the same rows with the same ordinals give the same outputs however they are divided
/// into steps (but for what passes a delay); a node sees all of a step's input at once and never half of it.
///
/// **Lanes.** A node is narrow, one operator that sees all rows, or wide: one operator a lane, each with the rows whose keys
/// are its own. ``exchange(_:_:label:)`` stands between; so the state is split by key, and lanes run on several threads
/// inside a step (``Stages``). What a step gives does not depend on the number of lanes or threads, but for the order of
/// rows with one ordinal.
package final class Circuit {
    package struct NodeDescription: Sendable {
        package var label: String
        package var inputs: [Edge]
        package var rowsIn: Int
        package var rowsOut: Int
        package var state: StateSize
        /// Time spent inside, in nanoseconds, of all lanes together; 0 without a stopwatch.
        package var nanoseconds: Int64
        /// How many lanes it has.
        package var lanes: Int
    }

    /// How many lanes the wide nodes have.
    package let lanes: Int
    private(set) var nodes: [CircuitNode] = []
    private(set) var inputNodes: [Int] = []
    private var delays: [Int] = []
    private var stages: Stages?
    private var knownPaths: WatermarkPaths?
    /// What nodes that are added from here on come from, by a number of the builder's.
    package var origin: Int?
    /// Runs lanes at the same time; nil: one after the other.
    package var runner: (any LaneRunner)?
    /// Reads a monotonic clock in nanoseconds; only for counters, never seen by an operator.
    package var stopwatch: (@Sendable () -> Int64)?

    package init(lanes: Int = 1) { self.lanes = max(lanes, 1) }

    // MARK: Building

    /// A place where rows enter; ``step(_:_:)`` addresses it by the number given here, counted from 0.
    package func addInput(types: [DataType], label: String) -> (edge: Edge, input: Int) {
        let edge = append(CircuitNode(.input, [], label, [types]))[0]
        inputNodes.append(edge.node)
        return (edge, inputNodes.count - 1)
    }

    /// A narrow node behind `inputs`, which are narrow as well; gives one edge for each of `outputTypes`.
    package func add(
        _ operation: any Operator, inputs: [Edge], outputTypes: [[DataType]], label: String
    ) -> [Edge] {
        precondition(inputs.allSatisfy { !isWide($0) }, "a narrow node reads narrow ones")
        return append(CircuitNode(.operation, inputs, label, outputTypes, [operation]))
    }

    /// A wide node behind `inputs`, which are wide as well: `make` gives the operator of each lane.
    package func addWide(
        inputs: [Edge], outputTypes: [[DataType]], label: String, _ make: () -> any Operator
    ) -> [Edge] {
        precondition(inputs.allSatisfy { isWide($0) }, "a wide node reads wide ones")
        return append(CircuitNode(.operation, inputs, label, outputTypes, (0..<lanes).map { _ in make() }))
    }

    /// The rows of `source` in other lanes, or in one.
    package func exchange(_ source: Edge, _ rule: Exchange.Rule, label: String) -> Edge {
        let exchange = Exchange(rule, lanes: lanes, isSourceWide: isWide(source))
        let empty = nodes[source.node].lanes[0].empty[source.port]
        return append(CircuitNode(exchange, source, label, empty, width: rule == .gather ? 1 : lanes))[0]
    }

    /// The far end of a feedback edge; ``connect(_:from:)`` gives it its near end.
    package func addDelay(types: [DataType], label: String) -> Edge {
        let edge = append(CircuitNode(.delay(from: nil), [], label, [types]))[0]
        delays.append(edge.node)
        return edge
    }

    /// - Parameter source: a narrow edge.
    package func connect(_ delay: Edge, from source: Edge) {
        precondition(!isWide(source), "a delay is narrow")
        nodes[delay.node].kind = .delay(from: source)
    }

    package func isWide(_ edge: Edge) -> Bool { nodes[edge.node].isWide }

    private func append(_ node: CircuitNode) -> [Edge] {
        for edge in node.inputs { precondition(edge.node < nodes.count, "a node stands after those it reads") }
        node.origin = origin
        nodes.append(node)
        (stages, knownPaths) = (nil, nil)
        return (0..<node.ports).map { Edge(node: nodes.count - 1, port: $0) }
    }

    // MARK: Running

    /// One step: `inputs` by input number, those left out bring nothing.
    package func step(_ inputs: [(input: Int, delta: Delta)], _ context: StepContext) {
        // Which nodes a limit does not hold for is found with the ways of watermarks.
        if context.closesMax < .max { _ = watermarkPaths }
        for node in inputNodes { nodes[node].lanes[0].settle() }
        for (input, delta) in inputs {
            let lane = nodes[inputNodes[input]].lanes[0]
            lane.outputs[0] = delta
            lane.rowsOut += delta.batch.count
        }
        if nodes.contains(where: \.isWide) {
            let stages = stages ?? Stages(nodes)
            self.stages = stages
            stages.run(nodes, lanes, runner, context, stopwatch)
        } else {
            for node in nodes {
                if case .operation = node.kind { node.run(lane: 0, nodes, context, stopwatch) }
            }
        }
        for delay in delays {
            let node = nodes[delay]
            guard case .delay(let source?) = node.kind else { continue }
            let batch = delta(source).batch
            node.lanes[0].outputs[0] = Delta(batch)
            node.lanes[0].rowsOut += batch.count
        }
    }

    /// What a narrow edge carries after the last step.
    package func delta(_ edge: Edge) -> Delta { nodes[edge.node].lanes[0].outputs[edge.port] }

    /// The rows of any edge after the last step, lane by lane.
    package func rows(_ edge: Edge) -> [Batch] { nodes[edge.node].lanes.map { $0.outputs[edge.port].batch } }

    /// A feedback edge holds rows that the next step will see.
    package var hasPendingDelay: Bool { delays.contains { !nodes[$0].lanes[0].outputs[0].batch.isEmpty } }

    /// The clock at which an operator has something to do though nothing comes; nil: never.
    package var wakesAt: Int64? {
        var first: Int64?
        for node in nodes {
            for lane in node.lanes {
                guard let time = lane.operation?.wakesAt else { continue }
                first = min(first ?? time, time)
            }
        }
        return first
    }

    var watermarkPaths: WatermarkPaths {
        get {
            if let knownPaths { return knownPaths }
            let paths = WatermarkPaths(nodes, inputs: inputNodes, whole: ClosingOrder(nodes).whole)
            knownPaths = paths
            return paths
        }
        _modify {
            var paths = watermarkPaths
            knownPaths = nil
            defer { knownPaths = paths }
            yield &paths
        }
    }

    package var inputCount: Int { inputNodes.count }

    package var describe: [NodeDescription] { nodes.map(\.description) }
}

// MARK: - State

extension Circuit {
    /// Everything that the next step depends on: the state of all operators, the watermarks of all edges, and what
    /// waits in delays. It is read into a circuit that was just built from the same plan.
    package func code(_ coder: StateCoder) throws(StateDamage) {
        try coder.expect(lanes, "shards")
        try coder.expect(nodes.count, "operators")
        for node in nodes { try node.code(coder) }
    }

    /// Goes on where a circuit of the same plan is.
    package func follow(_ other: Circuit) throws(StateDamage) {
        let writer = StateCoder()
        try other.code(writer)
        let reader = StateCoder(reading: writer.bytes)
        try code(reader)
        try reader.end()
    }
}

extension CircuitNode {
    func code(_ coder: StateCoder) throws(StateDamage) {
        for lane in lanes {
            try coder.code(&lane.rowsIn)
            try coder.code(&lane.rowsOut)
            for port in lane.outputs.indices {
                var watermark = lane.outputs[port].progress.end
                try coder.code(&watermark)
                if !coder.isWriting { lane.outputs[port].progress = Progress(start: watermark) }
            }
            try lane.operation?.code(coder)
        }
        guard case .delay = kind else { return }
        let types = lanes[0].empty[0].columns.map(\.physical)
        try Batch.code(&lanes[0].outputs[0].batch, types, coder)
    }
}
