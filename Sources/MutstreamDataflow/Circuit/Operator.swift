import MutstreamColumnar

/// What flows along one edge of a circuit in one step: changed rows, and how far event time has come.
package struct Delta: Sendable {
    package var batch: Batch
    package var progress: Progress

    package init(_ batch: Batch, _ progress: Progress = .none) {
        self.batch = batch
        self.progress = progress
    }
}

/// What a step may know of the world: numbers that were handed to it.
package struct StepContext: Sendable {
    package var step: Int64
    /// Processing time in microseconds since 1970.
    package var clock: Int64
    /// How much each operator may close in a step without rows, at least 1. What is left over is closed by the steps that
    /// follow (``ClosingOperator``).
    package var closesMax: Int
    /// That of the row that raised the watermark whose consequences are left over from earlier steps, if there are any.
    package var ordinal: Int64

    package init(step: Int64, clock: Int64, closesMax: Int = .max, ordinal: Int64 = 0) {
        self.step = step
        self.clock = clock
        self.closesMax = closesMax
        self.ordinal = ordinal
    }
}

/// One node of a circuit. It maps the deltas of its inputs to those of its outputs and updates its state.
///
/// Pure but for its own state: the same deltas in the same order give the same outputs, and rows that are divided into
/// steps in another way give the same rows (the laws of ``Circuit``). Batches come and leave in the order of ordinals.
package protocol Operator: AnyObject {
    /// Sets one delta for each output; `outputs` has the right count and holds empty deltas.
    func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta])

    /// Writes all state that one step leaves to the next, or reads it into an operator that was just made like the one that
    /// wrote it; then both go on alike.
    func code(_ coder: StateCoder) throws(StateDamage)

    /// Rows and bytes of state, for counters.
    var stateSize: StateSize { get }

    /// Runs even in a step in which none of its inputs brings anything.
    var wantsEveryStep: Bool { get }

    /// The clock at which it has something to do though nothing comes; nil: never.
    var wakesAt: Int64? { get }

    /// The inputs of `count` whose least watermark is that of an output.
    func pacemakers(of port: Int, among count: Int) -> [Int]

    /// What it makes of rows with one ordinal.
    var ordinalSense: OrdinalSense { get }
}

/// What an operator makes of rows with one ordinal, of which there may be many where windows close.
package enum OrdinalSense: Sendable {
    /// Nothing: they may come in several steps, and in any order.
    case none
    /// Their order shows in what it gives.
    case order
    /// They see each other.
    case peers
    /// A row sees those of the other inputs with ordinals up to its own; with `driver` only rows of that input do, and they
    /// see them all.
    case others(driver: Int?)
}

extension Operator {
    package func pacemakers(of port: Int, among count: Int) -> [Int] { Array(0..<count) }
    package var ordinalSense: OrdinalSense { .none }
    package var stateSize: StateSize { StateSize() }
    package var wantsEveryStep: Bool { false }
    package var wakesAt: Int64? { nil }
}

/// An operator that keeps nothing from one step to the next.
package protocol StatelessOperator: Operator {}

extension StatelessOperator {
    package func code(_ coder: StateCoder) {}
}

package struct StateSize: Sendable {
    package var rows = 0
    package var bytes = 0

    package init(rows: Int = 0, bytes: Int = 0) {
        self.rows = rows
        self.bytes = bytes
    }
}
