import MutstreamColumnar
import MutstreamSQL
import Testing

@testable import MutstreamEngine

/// Sources and sinks in memory: what a source gives and what reached each sink, as JSON lines, with a minus where a row is
/// taken back.
///
/// Connectors: `memory` (a source with an end, a table, a sink), `http` (a source without an end, which tests post to),
/// `reply`, and `broken` (a sink whose disk is full).
final class Memory: Sendable {
    struct State {
        /// By source: chunks of JSON lines.
        var chunks: [String: [String]] = [:]
        /// Sources that begin only when another has handed over all it has.
        var after: [String: String] = [:]
        var failures: [String: String] = [:]
        var handedOver: Set<String> = []
        var inlets: [String: Inlet] = [:]
        var schemas: [String: DecoderSchema] = [:]
        var rows: [String: [String]] = [:]
        var flushes = 0
        var closed: Set<String> = []
    }
    let state: Monitor<State>

    init(_ chunks: [String: [String]] = [:], after: [String: String] = [:], failures: [String: String] = [:]) {
        var state = State()
        state.chunks = chunks
        state.after = after
        state.failures = failures
        self.state = Monitor(state)
    }

    /// The rows of a sink so far.
    func rows(_ sink: String) -> [String] { state.withLock { $0.rows[sink] ?? [] } }

    var registry: ConnectorRegistry {
        var registry = ConnectorRegistry()
        registry.add(FormatSpec(name: "json", summary: "", options: []))
        registry.add(FormatSpec(name: "changelog_json", summary: "", options: []))
        func spec(_ name: String, _ roles: [ConnectorSpec.Role], _ options: [OptionSpec] = []) -> ConnectorSpec {
            ConnectorSpec(
                name: name, summary: "", roles: roles, options: options, formats: ["json", "changelog_json"], guarantee: "",
                example: "")
        }
        registry.add(
            ConnectorRegistry.Entry(
                spec: spec("memory", [.source, .table, .sink]),
                makeSource: { MemorySource($0, self, isBounded: true) }, makeSink: { MemorySink($0, self) }))
        registry.add(
            ConnectorRegistry.Entry(
                spec: spec("http", [.source]), makeSource: { MemorySource($0, self, isBounded: false) }))
        registry.add(
            ConnectorRegistry.Entry(
                spec: spec("reply", [.sink], [OptionSpec("source", .text, required: true, "whom to answer")])))
        registry.add(
            ConnectorRegistry.Entry(spec: spec("broken", [.sink]), makeSink: { MemorySink($0, self, isBroken: true) }))
        return registry
    }

    /// Runs a pipeline on this thread until its sources have ended.
    @discardableResult
    func run(_ text: String) throws -> PipelineCounters {
        let definition = try PipelineDefinition(text, registry: registry, baseDirectory: ".")
        return try StepLoop(definition, Pipeline(definition), clock: TickingClock()).run()
    }

    /// Hands rows over as one request and waits for their answers.
    func post(_ source: String, _ lines: String) -> ChunkOutcome? {
        let outcome = Monitor<ChunkOutcome?>(nil)
        let admission = offer(source, lines) { result in outcome.signal { $0 = result } }
        guard admission == .accepted else { return nil }
        return outcome.wait(microseconds: 30_000_000) { $0 }
    }

    func offer(_ source: String, _ lines: String, _ completion: @escaping @Sendable (ChunkOutcome) -> Void) -> Admission {
        let live = state.wait { state in state.inlets[source].flatMap { inlet in state.schemas[source].map { (inlet, $0) } }
        }
        guard let (inlet, schema) = live else { return .closed }
        return inlet.offer(Memory.chunk(lines, schema, completion))
    }

    static func chunk(
        _ lines: String, _ schema: DecoderSchema, _ completion: (@Sendable (ChunkOutcome) -> Void)? = nil
    ) -> Chunk {
        let decoder = JSONLinesDecoder(schema)
        let buffer = Array(lines.utf8).withUnsafeBytes { SharedBytes(copying: $0) }
        _ = decoder.decode(buffer, 0..<buffer.count, isFinal: true, maxRows: .max)
        return Chunk(rows: decoder.take(), raw: buffer, rawRange: 0..<buffer.count, context: [], completion: completion)
    }
}

/// Moves by a second whenever it is read: nothing in a test depends on the time of day.
final class TickingClock: Clock {
    private let ticks = Monitor<Int64>(0)

    func now() -> Int64 {
        ticks.withLock {
            $0 += 1_000_000; return $0
        }
    }
    func monotonic() -> Int64 { now() * 1_000 }
}

final class MemorySource: SourceConnector {
    private let request: SourceRequest
    private let memory: Memory
    private let stopped = Monitor(false)
    let isBounded: Bool

    init(_ request: SourceRequest, _ memory: Memory, isBounded: Bool) {
        self.request = request
        self.memory = memory
        self.isBounded = isBounded
    }

    func open() throws(ConnectorError) {}

    func run(_ inlet: Inlet) throws(ConnectorError) {
        let (name, schema) = (request.name, request.decoderSchema)
        memory.state.signal {
            $0.inlets[name] = inlet
            $0.schemas[name] = schema
        }
        _ = memory.state.wait { state -> Bool? in
            guard let other = state.after[name] else { return true }
            return state.handedOver.contains(other) ? true : nil
        }
        let pause = Monitor(())
        for text in memory.state.withLock({ $0.chunks[name] ?? [] }) {
            // One chunk a time, so that the engine meets the division that the test chose.
            while inlet.queuedRows > 0, !stopped.withLock({ $0 }) { _ = pause.wait(microseconds: 50) { _ -> Bool? in nil } }
            guard inlet.submit(Memory.chunk(text, schema)) else { return }
        }
        memory.state.signal { _ = $0.handedOver.insert(name) }
        if let failure = memory.state.withLock({ $0.failures[name] }) { throw ConnectorError(failure) }
        if !isBounded { _ = stopped.wait { $0 ? true : nil } }
    }

    func decode(_ bytes: SharedBytes, context: [UInt8]) throws(ConnectorError) -> DecodedRows {
        JSONLinesDecoder(request.decoderSchema).decode(bytes, after: context)
    }

    func stop() { stopped.signal { $0 = true } }
}

final class MemorySink: SinkConnector {
    private let name: String
    private let memory: Memory
    private let isBroken: Bool
    private let writer: JSONRowWriter

    init(_ request: SinkRequest, _ memory: Memory, isBroken: Bool = false) {
        name = request.name
        self.memory = memory
        self.isBroken = isBroken
        writer = JSONRowWriter(schema: request.fields)
    }

    func open() throws(ConnectorError) {}

    func write(_ batch: Batch) throws(ConnectorError) {
        if isBroken { throw ConnectorError("the disk is full") }
        let scratch = ByteWriter()
        var lines: [String] = []
        for row in 0..<batch.count {
            scratch.removeAll(keepingCapacity: true)
            writer.writeObject(batch, row: row, to: scratch)
            let line = (batch.weight(row) < 0 ? "-" : "") + String(decoding: scratch.bytes, as: UTF8.self)
            for _ in 0..<batch.weight(row).magnitude { lines.append(line) }
        }
        memory.state.signal { $0.rows[name, default: []] += lines }
    }

    func flush() throws(ConnectorError) { memory.state.signal { $0.flushes += 1 } }
    func close() throws(ConnectorError) { memory.state.signal { _ = $0.closed.insert(name) } }
}

/// A pipeline that runs on a thread of its own until it is stopped.
final class LivePipeline: Sendable {
    let pipeline: Pipeline
    private let end: Monitor<(result: PipelineCounters?, failure: String?)?>
    private let thread: EngineThread

    init(_ text: String, _ memory: Memory) throws {
        let registry = memory.registry
        let pipeline = Pipeline(try PipelineDefinition(text, registry: registry, baseDirectory: "."))
        let end = Monitor<(result: PipelineCounters?, failure: String?)?>(nil)
        self.pipeline = pipeline
        self.end = end
        thread = EngineThread(name: "pipeline") {
            do {
                let definition = try PipelineDefinition(text, registry: registry, baseDirectory: ".")
                let counters = try StepLoop(definition, pipeline, clock: TickingClock()).run()
                end.signal { $0 = (counters, nil) }
            } catch let error as ConnectorError {
                end.signal { $0 = (nil, error.message) }
            } catch {
                end.signal { $0 = (nil, "\(error)") }
            }
        }
    }

    /// What the run came to; nil after half a minute.
    func wait() -> (result: PipelineCounters?, failure: String?)? { end.wait(microseconds: 30_000_000) { $0 } }

    func stop() -> (result: PipelineCounters?, failure: String?)? {
        pipeline.stop()
        return wait()
    }

    func view(_ name: String) -> [String]? {
        let answer = Monitor<(isThere: Bool, rows: [String])?>(nil)
        pipeline.readView(name) { content in
            let rows = content?.rows.map { String(decoding: $0, as: UTF8.self) }
            answer.signal { $0 = (rows != nil, rows ?? []) }
        }
        let content = answer.wait(microseconds: 30_000_000) { $0 }
        return content?.isThere == true ? content?.rows : nil
    }
}
