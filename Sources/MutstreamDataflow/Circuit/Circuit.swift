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

    private final class Node {
        var kind: Kind
        let inputs: [Edge]
        let label: String
        /// What each output carries in the current step.
        var outputs: [Delta]
        /// No rows, for each output.
        let empty: [Batch]
        var rowsIn = 0
        var rowsOut = 0
        var nanoseconds: Int64 = 0

        init(_ kind: Kind, _ inputs: [Edge], _ label: String, _ types: [[DataType]]) {
            self.kind = kind
            self.inputs = inputs
            self.label = label
            empty = types.map { .empty($0) }
            outputs = empty.map { Delta($0) }
        }

        /// Forgets the last step's rows; progress stands where it came to.
        func settle() {
            for port in outputs.indices {
                if !outputs[port].batch.isEmpty { outputs[port].batch = empty[port] }
                if outputs[port].progress.hasRisen {
                    outputs[port].progress = Progress(start: outputs[port].progress.end)
                }
            }
        }
    }

    private var nodes: [Node] = []
    private var inputNodes: [Int] = []
    private var delays: [Int] = []
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
        nodes.append(Node(kind, inputs, label, types))
        return types.indices.map { Edge(node: nodes.count - 1, port: $0) }
    }

    // MARK: Running

    /// One step: `inputs` by input number, those left out bring nothing.
    package func step(_ inputs: [(input: Int, delta: Delta)], _ context: StepContext) {
        for node in inputNodes { nodes[node].settle() }
        for (input, delta) in inputs {
            let node = nodes[inputNodes[input]]
            node.outputs[0] = delta
            node.rowsOut += delta.batch.count
        }
        for node in nodes {
            if case .operation(let operation) = node.kind { run(operation, node, context) }
        }
        for node in delays.map({ nodes[$0] }) {
            guard case .delay(let source?) = node.kind else { continue }
            let batch = nodes[source.node].outputs[source.port].batch
            node.outputs[0] = Delta(batch)
            node.rowsOut += batch.count
        }
    }

    private func run(_ operation: any Operator, _ node: Node, _ context: StepContext) {
        node.settle()
        var isIdle = true
        var rows = 0
        for edge in node.inputs {
            let source = nodes[edge.node]
            rows += source.outputs[edge.port].batch.count
            if source.outputs[edge.port].progress.hasRisen { isIdle = false }
        }
        if rows == 0 && isIdle && !operation.wantsEveryStep { return }
        gathered.removeAll(keepingCapacity: true)
        for edge in node.inputs { gathered.append(nodes[edge.node].outputs[edge.port]) }
        let began = stopwatch?() ?? 0
        // Taken out of the node for the time of the call, so that nothing has to be checked for exclusivity.
        var outputs: [Delta] = []
        swap(&outputs, &node.outputs)
        operation.step(gathered, context, &outputs)
        swap(&outputs, &node.outputs)
        if let stopwatch { node.nanoseconds += stopwatch() - began }
        node.rowsIn += rows
        for port in node.outputs.indices {
            node.rowsOut += node.outputs[port].batch.count
            assert(Circuit.isOrdered(node.outputs[port].batch), "ordinals fall in the output of \(node.label)")
        }
    }

    private static func isOrdered(_ batch: Batch) -> Bool {
        guard let listed = batch.ordinals.listed else { return true }
        return zip(listed, listed.dropFirst()).allSatisfy { $0 <= $1 }
    }

    /// What an edge carries after the last step.
    package func delta(_ edge: Edge) -> Delta { nodes[edge.node].outputs[edge.port] }

    /// A feedback edge holds rows that the next step will see.
    package var hasPendingDelay: Bool { delays.contains { !nodes[$0].outputs[0].batch.isEmpty } }

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
