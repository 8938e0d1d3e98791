import MutstreamDataflow
import MutstreamSQL

/// `SET max_state`: how much the operators may hold together before nothing more is let in; and the same of the operators of
/// a view.
struct StateLimit {
    /// Summing up all operators costs about as much as a small step: done once in so many rows or steps.
    private static let rowsBetween = 4_096
    private static let stepsBetween = 64

    /// What a step came to.
    enum Change: Hashable {
        /// With what to tell people.
        case reached(String), shrunk(String)
    }

    private struct Bound {
        /// Nil: all operators.
        var view: String?
        var bytes: Int
        /// Numbers of operators.
        var nodes: [Int]

        var name: String { view.map { "max_state of \"\($0)\"" } ?? "max_state" }
    }

    private let bounds: [Bound]
    /// By operator: the most rows it has had. Its memory is for as many, and stays its own when they go: the rest of it is
    /// room for others.
    private var peaks: [Int]
    private var rows = 0
    private var steps = 0
    /// It stays so until the state is a tenth smaller: the clock and watermarks can take rows away while nothing enters.
    private(set) var isReached = false

    init(_ plan: PipelinePlan, _ circuit: Circuit) {
        let nodes = circuit.describe
        var bounds: [Bound] = []
        if let bytes = plan.settings.maxState { bounds.append(Bound(bytes: bytes, nodes: Array(nodes.indices))) }
        for view in plan.views {
            guard let bytes = view.maxState else { continue }
            let own = Set(plan.graph.reachable(from: [view.node]).map(\.index))
            let label = "materialize \(view.name)"
            bounds.append(
                Bound(
                    view: view.name, bytes: bytes,
                    nodes: nodes.indices.filter { number in
                        circuit.origin(of: number).map { own.contains($0) } ?? false || nodes[number].label == label
                    }))
        }
        self.bounds = bounds
        peaks = nodes.map(\.state.rows)
    }

    /// What the rows of a bound's operators take.
    private func held(_ bound: Bound, _ nodes: [Circuit.NodeDescription]) -> Int {
        bound.nodes.reduce(0) { sum, number in
            let (state, peak) = (nodes[number].state, peaks[number])
            return sum + (peak > state.rows ? Int(Double(state.bytes) * Double(state.rows) / Double(peak)) : state.bytes)
        }
    }

    /// After each step.
    /// - Returns: what has changed, if anything did.
    mutating func check(_ circuit: Circuit, rows more: Int) -> Change? {
        if bounds.isEmpty { return nil }
        if isReached { return checkAgain(circuit) }
        rows += more
        steps += 1
        guard rows >= StateLimit.rowsBetween || steps >= StateLimit.stepsBetween || steps == 1 && rows > 0 else {
            return nil
        }
        (rows, steps) = (0, 0)
        let nodes = circuit.describe
        for number in nodes.indices { peaks[number] = max(peaks[number], nodes[number].state.rows) }
        guard let bound = bounds.first(where: { held($0, nodes) >= $0.bytes }) else { return nil }
        let (total, bytes) = (held(bound, nodes), bound.bytes)
        isReached = true
        let largest = bound.nodes.map { nodes[$0] }.max { $0.state.bytes < $1.state.bytes }
        let most = largest.map {
            ", \(StateLimit.text($0.state.bytes)) of it in \"\($0.label)\" with \($0.state.rows) rows"
        }
        let reason =
            "sources are paused: the state is \(StateLimit.text(total)), \(bound.name) is \(StateLimit.text(bytes))"
            + (most ?? "") + "; bound that operator (a window, a condition on time, retain) or raise max_state"
        return .reached(reason)
    }

    private mutating func checkAgain(_ circuit: Circuit) -> Change? {
        let nodes = circuit.describe
        guard bounds.allSatisfy({ held($0, nodes) < $0.bytes - $0.bytes / 10 }) else { return nil }
        isReached = false
        let rows = nodes.reduce(0) { $0 + $1.state.rows }
        return .shrunk("sources go on: the state has shrunk to \(rows) rows")
    }

    /// With the unit that leaves one to three digits before the point.
    static func text(_ bytes: Int) -> String {
        let units = ["B", "kB", "MB", "GB", "TB"]
        var (value, unit) = (Double(bytes), 0)
        while value >= 1024, unit + 1 < units.count {
            value /= 1024
            unit += 1
        }
        let tenths = (value * 10).rounded() / 10
        return unit == 0 ? "\(bytes) B" : "\(tenths) \(units[unit])"
    }
}
