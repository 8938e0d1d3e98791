import MutstreamColumnar

/// An operator with one input that lets rows go when the watermark passes their windows.
///
/// ```
/// input     ──────W1 ─────────────────────────►       one row raises the watermark from V to W1: a thousand windows end
/// output    ──────V ──► V' ──► V'' ──► W1 ────►       steps without rows close some of them each
/// ```
///
/// A watermark can leap so far that too much ends at once. The step in which it does so then has no rows, and neither have
/// those that follow until all is closed: each closes ``StepContext/closesMax`` at most, and the watermark of the outputs
/// stays before what is still open. That is all there is to know which work is left: it is so where the watermark of the
/// outputs is behind that of the input. A step whose ``StepContext/closesMax`` has no bound does what is left first, with
/// ``StepContext/ordinal``. What leaves is the same, in the same order and with the same ordinals.
package protocol ClosingOperator: Operator {
    /// Whether it closes anything: some operators do so only as their query says.
    var closes: Bool { get }

    /// How much is open.
    var openCount: Int { get }

    /// How much a rise of the watermark from where the outputs are closes, at least roughly; counted no further than `limit`.
    func due(_ watermark: Int64, limit: Int) -> Int
}

extension ClosingOperator {
    package var closes: Bool { true }
}
