import MutstreamColumnar

/// The ways that watermarks take through a circuit to the operators that close windows by them.
struct WatermarkPaths {
    /// An edge: its watermark is the least of those before it.
    private struct Stop {
        var edge: Edge
        /// Positions of other stops.
        var from: [Int]
        /// Number of the circuit's input; -1: it is none.
        var input: Int
        /// Rows that wait for an answer hold the watermark where it is.
        var lookups: [LookupJoin]
    }

    private var stops: [Stop] = []
    /// Nodes that close by the watermark of a stop, as far as a step lets them.
    private var closing: [(node: Int, stop: Int)] = []
    /// By stop.
    private var marks: [Int64] = []

    /// - Parameter whole: nodes that close all at once.
    init(_ nodes: [CircuitNode], inputs: [Int], whole: Set<Int>) {
        for number in nodes.indices { nodes[number].closesWhole = whole.contains(number) }
        var needed: Set<Edge> = []
        for number in nodes.indices.reversed() {
            let node = nodes[number]
            if node.isDivisible { needed.insert(node.inputs[0]) }
            for port in 0..<node.ports where needed.contains(Edge(node: number, port: port)) {
                needed.formUnion(WatermarkPaths.sources(node, port))
            }
        }
        var places: [Edge: Int] = [:]
        for (number, node) in nodes.enumerated() {
            if node.isDivisible, let place = places[node.inputs[0]] { closing.append((number, place)) }
            for port in 0..<node.ports {
                let edge = Edge(node: number, port: port)
                guard needed.contains(edge) else { continue }
                places[edge] = stops.count
                stops.append(
                    Stop(
                        edge: edge, from: WatermarkPaths.sources(node, port).compactMap { places[$0] },
                        input: inputs.firstIndex(of: number) ?? -1,
                        lookups: node.lanes.compactMap { $0.operation as? LookupJoin }))
            }
        }
        marks = [Int64](repeating: .min, count: stops.count)
    }

    private static func sources(_ node: CircuitNode, _ port: Int) -> [Edge] {
        guard let operation = node.lanes[0].operation else { return node.inputs }
        return operation.pacemakers(of: port, among: node.inputs.count).map { node.inputs[$0] }
    }

    /// How much is open.
    func openCount(_ nodes: [CircuitNode]) -> Int {
        closing.reduce(0) { $0 + nodes[$1.node].lanes.reduce(0) { $0 + ($1.closing?.openCount ?? 0) } }
    }

    /// Whether an operator has not yet closed all that the watermark of its input has passed.
    func isBehind(_ nodes: [CircuitNode]) -> Bool {
        closing.contains { place in
            nodes[place.node].lanes.indices.contains { nodes[place.node].isBehind(lane: $0, nodes) }
        }
    }

    /// How much the operators close if the watermarks of the inputs rise so far, counted no further than `limit`.
    /// - Parameter inputs: by input of the circuit; nil: it stays where it is.
    mutating func due(_ nodes: [CircuitNode], _ inputs: [Int64?], limit: Int) -> Int {
        for (place, stop) in stops.enumerated() {
            let current = nodes[stop.edge.node].lanes[0].outputs[stop.edge.port].progress.end
            if stop.input >= 0 {
                marks[place] = max(current, inputs[stop.input] ?? current)
            } else if stop.from.isEmpty || stop.lookups.contains(where: { $0.waitingCount > 0 }) {
                marks[place] = current
            } else {
                var least = Int64.max
                for other in stop.from { least = min(least, marks[other]) }
                marks[place] = least
            }
        }
        var count = 0
        for (node, stop) in closing {
            for lane in nodes[node].lanes where count < limit && marks[stop] > lane.outputs[0].progress.end {
                count += lane.closing?.due(marks[stop], limit: limit - count) ?? 0
            }
        }
        return count
    }
}

extension Circuit {
    /// How much is open in all operators that close by watermarks.
    package var openCount: Int { watermarkPaths.openCount(nodes) }

    /// Operators have not closed all that the watermarks have passed: steps without rows go on with it.
    package var isBehind: Bool { watermarkPaths.isBehind(nodes) }

    /// How much closes if the watermarks of the inputs rise so far, at least roughly; counted no further than `limit`.
    /// - Parameter watermarks: by input; nil: it stays where it is.
    package func due(_ watermarks: [Int64?], limit: Int) -> Int { watermarkPaths.due(nodes, watermarks, limit: limit) }
}

extension CircuitNode {
    /// What it closes may be spread over steps.
    fileprivate var isDivisible: Bool { lanes[0].closing != nil && !closesWhole }
}
