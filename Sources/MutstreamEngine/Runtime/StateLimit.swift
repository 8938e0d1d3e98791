import MutstreamDataflow

/// `SET max_state`: how much the operators may hold together before nothing more is let in.
struct StateLimit {
    /// Summing up all operators costs about as much as a small step: done once in so many rows or steps.
    private static let rowsBetween = 4_096
    private static let stepsBetween = 64

    private let bytes: Int?
    private var rows = 0
    private var steps = 0
    /// Once reached it stays so: what would shrink the state cannot come in either.
    private(set) var isReached = false

    init(_ bytes: Int?) { self.bytes = bytes }

    /// After each step.
    /// - Returns: what to tell people, when the limit has just been reached.
    mutating func check(_ circuit: Circuit, rows more: Int) -> String? {
        guard let bytes, !isReached else { return nil }
        rows += more
        steps += 1
        guard rows >= StateLimit.rowsBetween || steps >= StateLimit.stepsBetween || steps == 1 && rows > 0 else {
            return nil
        }
        (rows, steps) = (0, 0)
        let nodes = circuit.describe
        let held = nodes.reduce(0) { $0 + $1.state.bytes }
        guard held >= bytes else { return nil }
        isReached = true
        let largest = nodes.max { $0.state.bytes < $1.state.bytes }
        let most = largest.map {
            ", \(StateLimit.text($0.state.bytes)) of it in \"\($0.label)\" with \($0.state.rows) rows"
        }
        return "sources are paused: the state is \(StateLimit.text(held)), max_state is \(StateLimit.text(bytes))"
            + (most ?? "") + "; bound that operator (a window, a condition on time, retain) or raise max_state"
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
