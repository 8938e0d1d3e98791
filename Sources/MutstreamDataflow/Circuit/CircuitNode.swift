import MutstreamColumnar

/// A node of a circuit: what it does, what it reads, and its lanes.
final class CircuitNode {
    enum Kind {
        case input
        case operation
        case exchange(Exchange)
        /// What entered in one step leaves in the next: the z^-1 of DBSP (Budiu et al., VLDB 2023).
        case delay(from: Edge?)
    }

    var kind: Kind
    let inputs: [Edge]
    let label: String
    var origin: Int?
    /// One, or as many as the circuit has.
    let lanes: [Lane]
    let isWide: Bool
    /// What it closes at one ordinal leaves in one step, however much that is (``ClosingOrder``).
    var closesWhole = false

    init(_ kind: Kind, _ inputs: [Edge], _ label: String, _ types: [[DataType]], _ operations: [any Operator] = []) {
        self.kind = kind
        self.inputs = inputs
        self.label = label
        let empty = types.map { Batch.empty($0) }
        lanes = operations.isEmpty ? [Lane(nil, empty)] : operations.map { Lane($0, empty) }
        isWide = operations.count > 1
    }

    init(_ exchange: Exchange, _ source: Edge, _ label: String, _ empty: Batch, width: Int) {
        kind = .exchange(exchange)
        inputs = [source]
        self.label = label
        lanes = (0..<width).map { _ in Lane(nil, [empty]) }
        isWide = width > 1
    }

    var ports: Int { lanes[0].outputs.count }

    /// One node in one lane: touched by one thread at a time.
    final class Lane {
        let operation: (any Operator)?
        /// It, if it closes windows.
        let closing: (any ClosingOperator)?
        /// What each output carries in the current step.
        var outputs: [Delta]
        /// No rows, for each output.
        let empty: [Batch]
        private var gathered: [Delta] = []
        var rowsIn = 0
        var rowsOut = 0
        var nanoseconds: Int64 = 0

        init(_ operation: (any Operator)?, _ empty: [Batch]) {
            self.operation = operation
            closing = (operation as? any ClosingOperator).flatMap { $0.closes ? $0 : nil }
            self.empty = empty
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

        /// One step of the operator over what the lanes of its inputs carry.
        func run(_ operation: any Operator, _ rows: Int, _ context: StepContext, _ stopwatch: (() -> Int64)?) {
            let began = stopwatch?() ?? 0
            // Taken out of the lane for the time of the call, so that nothing has to be checked for exclusivity.
            var outputs: [Delta] = []
            swap(&outputs, &self.outputs)
            operation.step(gathered, context, &outputs)
            swap(&outputs, &self.outputs)
            if let stopwatch { nanoseconds += stopwatch() - began }
            rowsIn += rows
            for port in self.outputs.indices { rowsOut += self.outputs[port].batch.count }
        }

        func gather(_ inputs: [Edge], _ lane: Int, _ nodes: [CircuitNode]) {
            gathered.removeAll(keepingCapacity: true)
            for edge in inputs { gathered.append(nodes[edge.node].lanes[lane].outputs[edge.port]) }
        }
    }

    /// One step of one lane of an operation.
    func run(lane number: Int, _ nodes: [CircuitNode], _ context: StepContext, _ stopwatch: (() -> Int64)?) {
        let lane = lanes[number]
        guard let operation = lane.operation else { return }
        lane.settle()
        var isIdle = true
        var rows = 0
        for edge in inputs {
            let source = nodes[edge.node].lanes[number]
            rows += source.outputs[edge.port].batch.count
            if source.outputs[edge.port].progress.hasRisen { isIdle = false }
        }
        if rows == 0 && isIdle && !operation.wantsEveryStep && !isBehind(lane: number, nodes) { return }
        lane.gather(inputs, number, nodes)
        var context = context
        if closesWhole { context.closesMax = .max }
        lane.run(operation, rows, context, stopwatch)
        for output in lane.outputs {
            assert(CircuitNode.isOrdered(output.batch), "ordinals fall in the output of \(label)")
        }
    }

    /// It has not closed all that the watermark of its input has passed.
    func isBehind(lane number: Int, _ nodes: [CircuitNode]) -> Bool {
        guard lanes[number].closing != nil, let edge = inputs.first else { return false }
        return lanes[number].outputs[0].progress.end < nodes[edge.node].lanes[number].outputs[edge.port].progress.end
    }

    private static func isOrdered(_ batch: Batch) -> Bool {
        guard let listed = batch.ordinals.listed else { return true }
        return zip(listed, listed.dropFirst()).allSatisfy { $0 <= $1 }
    }

    var description: Circuit.NodeDescription {
        var result = Circuit.NodeDescription(
            label: label, inputs: inputs, rowsIn: 0, rowsOut: 0, state: StateSize(), nanoseconds: 0, lanes: lanes.count)
        for lane in lanes {
            result.rowsIn += lane.rowsIn
            result.rowsOut += lane.rowsOut
            result.nanoseconds += lane.nanoseconds
            guard let size = lane.operation?.stateSize else { continue }
            result.state.rows += size.rows
            result.state.bytes += size.bytes
        }
        return result
    }
}
