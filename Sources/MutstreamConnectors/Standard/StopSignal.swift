import MutstreamEngine

/// Ends a source from another thread: between two chunks or in the middle of a pause.
///
/// A submit that waits for room returns when the pipeline closes the inlet.
final class StopSignal: Sendable {
    private let stopped = Monitor(false)

    var isStopped: Bool { stopped.withLock { $0 } }

    func stop() { stopped.signal { $0 = true } }

    /// Waits for a time, or less if stopped meanwhile. True: stopped.
    func pause(microseconds: Int64) -> Bool { stopped.wait(microseconds: microseconds) { $0 ? true : nil } ?? false }
}
