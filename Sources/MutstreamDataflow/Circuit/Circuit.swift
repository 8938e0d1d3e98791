import MutstreamColumnar

/// One output of one node of a circuit.
package struct Edge: Sendable, Hashable {
    package var node: Int
    package var port: Int
}

/// A running dataflow: operators in a fixed order, each node after those it reads. Synchronous, single-threaded, pure.
///
/// Laws, tested for every operator: the same rows with the same ordinals give the same outputs however they are divided
/// into steps (but for what passes a delay); a node sees all of a step's input at once and never half of it.
package final class Circuit {
    package struct NodeDescription: Sendable {
        package var label: String
        package var inputs: [Edge]
        package var rowsIn: Int
        package var rowsOut: Int
        package var state: StateSize
        /// Time spent inside, in nanoseconds; 0 without a stopwatch.
        package var nanoseconds: Int64
    }

    private enum Kind {
        case input
        case operation(any Operator)
        /// What entered in one step leaves in the next: the z^-1 of DBSP (Budiu et al., VLDB 2023).
        case delay(from: Edge?)
    }

    private struct Node {
        var kind: Kind
        var inputs: [Edge]
        var label: String
        /// What each output carries in a step in which nothing happens.
        var idle: [Delta]
        var rowsIn = 0
        var rowsOut = 0
        var nanoseconds: Int64 = 0
    }

    private var nodes: [Node] = []
    private var inputNodes: [Int] = []
    private var delays: [Int] = []
    /// What each output of each node carries in the current step.
    private var current: [[Delta]] = []
    private var gathered: [Delta] = []
    /// Reads a monotonic clock in nanoseconds; only for counters, never seen by an operator.
    package var stopwatch: (() -> Int64)?

    package init() {}

    // MARK: Building

    /// A place where rows enter; ``step(_:_:)`` addresses it by the number given here, counted from 0.
    package func addInput(types: [DataType], label: String) -> (edge: Edge, input: Int) {
        let edge = append(.input, [], label, [types])[0]
        inputNodes.append(edge.node)
        return (edge, inputNodes.count - 1)
    }

    /// A node behind `inputs`; gives one edge for each of `outputTypes`.
    package func add(
        _ operation: any Operator, inputs: [Edge], outputTypes: [[DataType]], label: String
    ) -> [Edge] {
        append(.operation(operation), inputs, label, outputTypes)
    }

    /// The far end of a feedback edge; ``connect(_:from:)`` gives it its near end.
    package func addDelay(types: [DataType], label: String) -> Edge {
        let edge = append(.delay(from: nil), [], label, [types])[0]
        delays.append(edge.node)
        return edge
    }

    package func connect(_ delay: Edge, from source: Edge) { nodes[delay.node].kind = .delay(from: source) }

    private func append(_ kind: Kind, _ inputs: [Edge], _ label: String, _ types: [[DataType]]) -> [Edge] {
        for edge in inputs { precondition(edge.node < nodes.count, "a node stands after those it reads") }
        let idle = types.map { Delta(.empty($0)) }
        nodes.append(Node(kind: kind, inputs: inputs, label: label, idle: idle))
        current.append(idle)
        return types.indices.map { Edge(node: nodes.count - 1, port: $0) }
    }

    // MARK: Running

    /// One step: `inputs` by input number, those left out bring nothing.
    package func step(_ inputs: [(input: Int, delta: Delta)], _ context: StepContext) {
        for node in inputNodes { current[node][0] = nodes[node].idle[0] }
        for (input, delta) in inputs {
            let node = inputNodes[input]
            current[node][0] = delta
            nodes[node].idle[0].progress = Progress(start: delta.progress.end)
            nodes[node].rowsOut += delta.batch.count
        }
        for index in nodes.indices {
            if case .operation(let operation) = nodes[index].kind { run(operation, index, context) }
        }
        for node in delays {
            guard case .delay(let source?) = nodes[node].kind else { continue }
            let batch = current[source.node][source.port].batch
            current[node][0] = Delta(batch)
            nodes[node].rowsOut += batch.count
        }
    }

    private func run(_ operation: any Operator, _ index: Int, _ context: StepContext) {
        gathered.removeAll(keepingCapacity: true)
        var isIdle = true
        var rows = 0
        for edge in nodes[index].inputs {
            let delta = current[edge.node][edge.port]
            rows += delta.batch.count
            if !delta.batch.isEmpty || delta.progress.hasRisen { isIdle = false }
            gathered.append(delta)
        }
        let idle = nodes[index].idle
        current[index] = idle
        if isIdle && !operation.wantsEveryStep { return }
        let began = stopwatch?() ?? 0
        operation.step(gathered, context, &current[index])
        if let stopwatch { nodes[index].nanoseconds += stopwatch() - began }
        nodes[index].rowsIn += rows
        for port in idle.indices {
            let delta = current[index][port]
            nodes[index].rowsOut += delta.batch.count
            nodes[index].idle[port].progress = Progress(start: delta.progress.end)
            assert(Circuit.isOrdered(delta.batch), "ordinals fall in the output of \(nodes[index].label)")
        }
    }

    private static func isOrdered(_ batch: Batch) -> Bool {
        guard let listed = batch.ordinals.listed else { return true }
        return zip(listed, listed.dropFirst()).allSatisfy { $0 <= $1 }
    }

    /// What an edge carries after the last step.
    package func delta(_ edge: Edge) -> Delta { current[edge.node][edge.port] }

    /// A feedback edge holds rows that the next step will see.
    package var hasPendingDelay: Bool { delays.contains { !current[$0][0].batch.isEmpty } }

    package var describe: [NodeDescription] {
        nodes.map { node in
            var state = StateSize()
            if case .operation(let operation) = node.kind { state = operation.stateSize }
            return NodeDescription(
                label: node.label, inputs: node.inputs, rowsIn: node.rowsIn, rowsOut: node.rowsOut, state: state,
                nanoseconds: node.nanoseconds)
        }
    }
}
