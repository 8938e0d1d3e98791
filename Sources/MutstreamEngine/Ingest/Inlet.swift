import MutstreamColumnar

/// The bounded queue between one source and the engine. Rows and bytes are bounded: that is the backpressure.
///
/// One inlet a source; any thread may submit, the engine's thread alone takes.
package final class Inlet: Sendable {
    package struct Limits: Sendable {
        package var rows: Int
        package var bytes: Int

        package init(rows: Int = 65_536, bytes: Int = 16 << 20) {
            self.rows = rows
            self.bytes = bytes
        }
    }

    struct State {
        var chunks: [Chunk] = []
        var rows = 0
        var bytes = 0
        var ended = false
        var hasInitialContent = false
        var closed = false
        /// The engine admits nothing: what is posted is told to come later.
        var isPaused = false
        var failure: ConnectorError?
    }

    package let name: String
    /// A reply sink answers this source: outcomes carry replies.
    package let answers: Bool
    let limits: Limits
    /// Wakes the engine.
    let wake: @Sendable () -> Void
    let state = Monitor(State())

    package init(name: String, answers: Bool, limits: Limits = Limits(), wake: @escaping @Sendable () -> Void) {
        self.name = name
        self.answers = answers
        self.limits = limits
        self.wake = wake
    }

    /// Takes a chunk, waiting while the queue is full. False: the pipeline is stopping, the source should return.
    package func submit(_ chunk: Chunk) -> Bool {
        let (rows, bytes) = Inlet.size(chunk)
        let taken = state.wait { state -> Bool? in
            if state.closed { return false }
            // A chunk larger than the whole queue enters an empty one.
            if !state.chunks.isEmpty, state.rows + rows > self.limits.rows || state.bytes + bytes > self.limits.bytes {
                return nil
            }
            state.append(chunk, rows, bytes)
            return true
        }
        if taken == true { wake() }
        return taken ?? false
    }

    /// Takes a chunk if there is room, never waits.
    package func offer(_ chunk: Chunk) -> Admission {
        let (rows, bytes) = Inlet.size(chunk)
        if rows > limits.rows || bytes > limits.bytes { return .tooLarge }
        let admission = state.withLock { state -> Admission in
            if state.closed { return .closed }
            if state.isPaused { return .paused(retryAfterSeconds: 1) }
            if state.rows + rows > limits.rows || state.bytes + bytes > limits.bytes { return .full(retryAfterSeconds: 1) }
            state.append(chunk, rows, bytes)
            return .accepted
        }
        if admission == .accepted { wake() }
        return admission
    }

    /// What the source had at its beginning has been submitted.
    package func noteInitialContent() {
        state.signal { $0.hasInitialContent = true }
        wake()
    }

    /// No more chunks will come.
    func end(_ failure: ConnectorError? = nil) {
        state.signal {
            $0.ended = true
            if $0.failure == nil { $0.failure = failure }
        }
        wake()
    }

    /// Refuses what is posted until ``goOn()``, and gives back what was posted before and waits. Sources that read wait.
    func pause() -> [Chunk] {
        state.signal { state in
            state.isPaused = true
            let posted = state.chunks.filter { $0.completion != nil }
            state.chunks.removeAll { $0.completion != nil }
            for chunk in posted {
                let (rows, bytes) = Inlet.size(chunk)
                state.rows -= rows
                state.bytes -= bytes
            }
            return posted
        }
    }

    func goOn() { state.signal { $0.isPaused = false } }

    /// Refuses chunks from now on and lets waiting sources go.
    func close() { state.signal { $0.closed = true } }

    struct Taken {
        var chunks: [Chunk]
        var ended: Bool
        var hasInitialContent = false
        var failure: ConnectorError?
    }

    /// All that waits, and whether more may come.
    func take() -> Taken {
        let isEmpty = state.withLock { $0.chunks.isEmpty && !$0.ended && !$0.hasInitialContent }
        if isEmpty { return Taken(chunks: [], ended: false, failure: nil) }
        return state.signal { state in
            let taken = Taken(
                chunks: state.chunks, ended: state.ended, hasInitialContent: state.hasInitialContent || state.ended,
                failure: state.failure)
            state.hasInitialContent = false
            state.chunks = []
            state.rows = 0
            state.bytes = 0
            return taken
        }
    }

    var hasEnded: Bool { state.withLock { $0.ended } }
    var queuedRows: Int { state.withLock { $0.rows } }

    private static func size(_ chunk: Chunk) -> (rows: Int, bytes: Int) {
        (chunk.rows.slotCount, chunk.rawRange.count + chunk.rows.rejected.count * 256)
    }
}

extension Inlet.State {
    fileprivate mutating func append(_ chunk: Chunk, _ rows: Int, _ bytes: Int) {
        chunks.append(chunk)
        self.rows += rows
        self.bytes += bytes
    }
}
