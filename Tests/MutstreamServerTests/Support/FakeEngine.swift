import MutstreamColumnar
@testable import MutstreamEngine
@testable import MutstreamServer

/// Takes chunks from an inlet on a thread of its own and completes them; can be told to wait.
final class FakeEngine: Sendable {
    private struct State {
        var woken = false
        var held = false
        var stopped = false
        var rows = 0
    }

    let inlet: Inlet
    private let state: Monitor<State>
    private let thread: Monitor<EngineThread?>

    /// - Parameter reply: the answer to an accepted row, by its slot; nil: no reply sink.
    init(
        limits: Inlet.Limits = Inlet.Limits(), failure: String? = nil, reply: (@Sendable (Int) -> ReplySlot)? = nil
    ) {
        let state = Monitor(State())
        let inlet = Inlet(name: "orders", answers: reply != nil, limits: limits) { state.signal { $0.woken = true } }
        self.state = state
        self.inlet = inlet
        let thread = EngineThread(name: "fake engine") {
            while true {
                let goesOn = state.wait { state -> Bool? in
                    if state.stopped { return false }
                    if !state.woken || state.held { return nil }
                    state.woken = false
                    return true
                }
                guard goesOn == true else { return }
                for chunk in inlet.take().chunks {
                    state.signal { $0.rows += chunk.rows.count }
                    chunk.completion?(FakeEngine.outcome(chunk, failure, reply))
                }
            }
        }
        self.thread = Monitor(thread)
    }

    private static func outcome(
        _ chunk: Chunk, _ failure: String?, _ reply: (@Sendable (Int) -> ReplySlot)?
    ) -> ChunkOutcome {
        if let failure { return ChunkOutcome(replies: nil, accepted: 0, failure: failure) }
        guard let reply else { return ChunkOutcome(replies: nil, accepted: chunk.rows.count) }
        var slots = (0..<chunk.rows.slotCount).map(reply)
        for row in chunk.rows.rejected {
            slots[row.slot] = .failure(error: "rejected", reason: row.error.description)
        }
        return ChunkOutcome(replies: slots, accepted: chunk.rows.count)
    }

    /// Rows taken so far.
    var rows: Int { state.withLock { $0.rows } }

    /// Takes nothing until ``release()``.
    func hold() { state.signal { $0.held = true } }
    func release() { state.signal { $0.held = false } }

    /// Waits until so many rows lie in the inlet.
    func awaitQueued(_ rows: Int) {
        let pause = Monitor(())
        while inlet.queuedRows < rows { _ = pause.wait(microseconds: 100) { _ -> Bool? in nil } }
    }

    func stop() {
        state.signal { $0.stopped = true }
        thread.withLock { $0 }?.join()
    }
}

/// A server on a free port with one http source at `/orders` and a fake engine behind it.
final class Bench {
    let server: HTTPServer
    let source: HTTPSource
    let engine: FakeEngine
    let address: String
    private let runner: EngineThread
    private var isStopped = false

    static func echo(_ slot: Int) -> ReplySlot { .rows([Array("{\"slot\":\(slot)}".utf8)]) }

    init(
        _ configuration: HTTPServer.Configuration = .init(port: 0), engine: FakeEngine = FakeEngine(reply: Bench.echo),
        format: String? = nil
    ) throws {
        self.engine = engine
        server = try HTTPServer(configuration)
        let source = try HTTPSource(Bench.request(format: format), server: server)
        self.source = source
        try source.open()
        address = try server.bind()
        let inlet = engine.inlet
        let runner = EngineThread(name: "source") { try? source.run(inlet) }
        self.runner = runner
        // The source is live once its handler has an inlet.
        let pause = Monitor(())
        while !source.isLive { _ = pause.wait(microseconds: 100) { _ -> Bool? in nil } }
    }

    static func request(_ name: String = "orders", path: String = "/orders", format: String? = nil) -> SourceRequest {
        SourceRequest(
            name: name, options: CheckedOptions(["path": .text(path)]), baseDirectory: ".",
            decoderSchema: DecoderSchema([.init("id", .bigint), .init("name", .text)]),
            format: format, eventTimeColumn: nil)
    }

    func client() throws -> TestClient { try TestClient(address, of: self) }

    func stop() {
        guard !isStopped else { return }
        isStopped = true
        source.stop()
        runner.join()
        server.shutdown(graceMilliseconds: 2_000)
        engine.stop()
    }

    deinit { stop() }
}
