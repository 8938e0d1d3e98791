import MutstreamColumnar

/// Runs lanes at the same time.
package protocol LaneRunner: AnyObject {
    /// Calls `body` once for each lane, perhaps on several threads at once, and returns when all calls have.
    func run(_ lanes: Int, _ body: @escaping (Int) -> Void)
}

/// The order in which the nodes of a circuit with lanes run: even stages have wide nodes, which run lane by lane without
/// looking at other lanes; odd ones have narrow nodes. Before a stage begins, the one before it has ended in all lanes.
struct Stages {
    private enum Work {
        case operation(Int)
        /// The first and the second phase of an exchange.
        case plan(Int)
        case take(Int)
    }

    /// Steps that bring a stage fewer rows than this run on one thread: waking others costs more than it gives.
    private static let rowsToWake = 1_000

    private var stages: [[Work]] = []

    init(_ nodes: [CircuitNode]) {
        /// When the outputs of a node are there; inputs are from the beginning.
        var ready = [Int](repeating: -1, count: nodes.count)
        for (number, node) in nodes.enumerated() {
            let needed = node.inputs.map { ready[$0.node] }.max() ?? -1
            switch node.kind {
            case .input, .delay: continue
            case .operation:
                ready[number] = node.isWide ? Stages.even(needed) : Stages.odd(needed)
                add(.operation(number), ready[number])
            case .exchange(let exchange):
                let source = nodes[node.inputs[0].node]
                if exchange.hasPlan {
                    let planned = Stages.even(needed)
                    add(.plan(number), planned)
                    ready[number] = planned + 2
                } else if node.isWide {
                    // A lane reads what one narrow node or the same lane has made.
                    ready[number] = Stages.even(source.isWide ? needed : max(needed, 0))
                } else {
                    ready[number] = Stages.odd(needed)
                }
                add(.take(number), ready[number])
            }
        }
    }

    private static func even(_ stage: Int) -> Int { max(stage + (stage & 1), 0) }
    private static func odd(_ stage: Int) -> Int { max(stage + 1 - (stage & 1), 1) }

    private mutating func add(_ work: Work, _ stage: Int) {
        while stages.count <= stage { stages.append([]) }
        stages[stage].append(work)
    }

    func run(
        _ nodes: [CircuitNode], _ lanes: Int, _ runner: (any LaneRunner)?, _ context: StepContext,
        _ stopwatch: (@Sendable () -> Int64)?
    ) {
        for (number, stage) in stages.enumerated() where !stage.isEmpty {
            if number % 2 == 1 {
                for work in stage { run(work, 0, nodes, context, stopwatch) }
                continue
            }
            let body = { (lane: Int) in
                for work in stage { run(work, lane, nodes, context, stopwatch) }
            }
            if let runner, rows(stage, nodes) >= Stages.rowsToWake {
                runner.run(lanes, body)
            } else {
                for lane in 0..<lanes { body(lane) }
            }
        }
    }

    /// Rows that wait for a stage, roughly: those that nodes of the same stage will make are of the last step.
    private func rows(_ stage: [Work], _ nodes: [CircuitNode]) -> Int {
        var rows = 0
        for work in stage {
            let number =
                switch work {
                case .operation(let number), .plan(let number), .take(let number): number
                }
            for edge in nodes[number].inputs {
                for lane in nodes[edge.node].lanes { rows += lane.outputs[edge.port].batch.count }
            }
        }
        return rows
    }

    private func run(
        _ work: Work, _ lane: Int, _ nodes: [CircuitNode], _ context: StepContext, _ stopwatch: (@Sendable () -> Int64)?
    ) {
        switch work {
        case .operation(let number): nodes[number].run(lane: lane, nodes, context, stopwatch)
        case .plan(let number):
            guard case .exchange(let exchange) = nodes[number].kind else { return }
            let edge = nodes[number].inputs[0]
            exchange.plan(part: lane, nodes[edge.node], edge.port)
        case .take(let number):
            guard case .exchange(let exchange) = nodes[number].kind else { return }
            let edge = nodes[number].inputs[0]
            let target = nodes[number].lanes[lane]
            target.settle()
            guard let delta = exchange.take(lane: lane, nodes[edge.node], edge.port) else { return }
            target.outputs[0] = delta
            target.rowsIn += delta.batch.count
            target.rowsOut += delta.batch.count
        }
    }
}
