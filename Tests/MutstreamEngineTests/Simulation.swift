import MutstreamColumnar
import MutstreamDataflow
import MutstreamSQL
import MutstreamStorage
import TestSupport

@testable import MutstreamEngine

/// A pipeline with a data directory on simulated files, driven by one thread: sources that hand over what a seed says, a
/// sink on the same files, and strikes.
///
/// `@unchecked Sendable`: used by one thread.
final class Simulation: @unchecked Sendable {
    /// How a source's rows stand in the log.
    enum Logging: CaseIterable { case place, bytes, rows }

    let files: SimulatedFiles
    var definition: PipelineDefinition
    /// Of the definition, where it may be changed.
    var text: String?
    var retention = LogRetention()
    var acceptsLoss = false
    var random: SplitMix64
    /// By source: its rows as JSON lines.
    let rows: [String: [String]]
    private let logging: Logging
    private let durability: Durability
    /// By source: how many rows were handed over, in this life.
    var given: [String: Int] = [:]
    private var clock = SimulatedClock()
    private(set) var loop: StepLoop?
    private var pipeline: Pipeline?
    private(set) var lives = 0
    var checkpointsKept = 2
    /// What closes in a step.
    var closesMax = 5
    var problems: [String] = []

    /// Shared by the sources and sinks of a definition: which simulation runs it now.
    final class Stage: @unchecked Sendable { weak var simulation: Simulation? }

    init(
        _ definition: PipelineDefinition, _ stage: Stage, rows: [String: [String]], seed: UInt64, logging: Logging,
        durability: Durability
    ) {
        self.definition = definition
        self.rows = rows
        self.logging = logging
        self.durability = durability
        files = SimulatedFiles(seed: seed ^ 0x5eed)
        random = SplitMix64(seed: seed)
        stage.simulation = self
    }

    /// A process starts and brings back what is there.
    func start() throws {
        lives += 1
        given = [:]
        let directory = try DataDirectory(files, "data", newIdentity: "history")
        var policy = Journal.Policy()
        policy.logBytes = Int.random(in: 200...4_000, using: &random)
        policy.segmentBytes = Int.random(in: 500...4_000, using: &random)
        policy.checkpointsKept = checkpointsKept
        policy.pieceBytes = [1, 300, 100_000][lives % 3]
        let journal = Journal(
            directory, durability: durability, retention: retention, policy: policy, isThreaded: false)
        if let text { journal.keep(text: text, origin: ".") }
        let pipeline = Pipeline(definition)
        let loop = try StepLoop(definition, pipeline, clock: clock, journal: journal, acceptsLoss: acceptsLoss)
        loop.stepper.admission.leaps = Leaps(loop.stepper.compiled, closesMax: closesMax)
        loop.onProblem = { [weak self] in self?.problems.append($0) }
        try loop.recover()
        (self.loop, self.pipeline) = (loop, pipeline)
    }

    /// Hands over rows of some source, as many as it likes. False: there are none left.
    func give() -> Bool {
        guard let pipeline else { return false }
        let open = definition.plan.sources.indices.filter { index in
            let name = definition.plan.sources[index].name
            return given[name, default: 0] < rows[name, default: []].count
        }
        guard !open.isEmpty else { return false }
        let index = open[Int.random(in: 0..<open.count, using: &random)]
        let source = definition.plan.sources[index]
        let first = given[source.name, default: 0]
        let lines = rows[source.name, default: []]
        let end = min(first + Int.random(in: 1...12, using: &random), lines.count)
        _ = pipeline.inlets[index].offer(chunk(source.name, Simulation.schema(source), first..<end))
        given[source.name] = end
        return true
    }

    private static func schema(_ source: SourceDefinition) -> DecoderSchema {
        DecoderSchema(
            source.columns.map { DecoderSchema.Field($0.name, $0.type, notNull: $0.notNull) },
            projection: source.projection)
    }

    fileprivate func chunk(_ source: String, _ schema: DecoderSchema, _ range: Range<Int>) -> Chunk {
        let text = (rows[source] ?? [])[range].joined(separator: "\n")
        var chunk = Memory.chunk(text, schema)
        chunk.next = SourcePosition(offset: Int64(range.upperBound))
        switch logging {
        case .place: chunk.start = Int64(range.lowerBound)
        case .bytes: break
        case .rows: chunk.context = nil
        }
        return chunk
    }

    /// Gives rows and runs steps until nothing is left; throws when it is struck.
    func work(steps: Int64 = .max) throws {
        guard let loop else { return }
        while loop.stepper.step < steps {
            clock.advance(Int64.random(in: 0...3_000_000, using: &random))
            let gave = random.oneIn(3) ? give() : false
            switch try loop.turn() {
            case .step: continue
            case .idle, .end:
                if !gave, !give() { return }
            }
        }
    }

    /// Writes a checkpoint and ends in peace.
    func end() throws {
        try loop?.outputs.finish()
        try loop?.keepState()
        try loop?.journal?.close()
        try loop?.outputs.close()
    }

    func sinkText(_ name: String) -> String {
        String(decoding: files.content("out/" + name) ?? [], as: UTF8.self)
    }

    /// By materialized view: its rows, sorted.
    var views: [String: [String]] {
        guard let loop else { return [:] }
        return Dictionary(
            uniqueKeysWithValues: loop.stepper.compiled.views.map { view in
                let rows = view.rows.snapshot()
                let writer = JSONRowWriter(schema: view.fields)
                let lines = (0..<rows.count).map { row in
                    let scratch = ByteWriter()
                    writer.writeObject(rows, row: row, to: scratch)
                    return scratch.string
                }
                return (view.name, lines.sorted())
            })
    }

    /// The state as bytes.
    func state() throws -> [UInt8] {
        let coder = StateCoder()
        try loop?.stepper.compiled.circuit.code(coder)
        return coder.bytes
    }

    static func registry(_ stage: Stage) -> ConnectorRegistry {
        var registry = ConnectorRegistry()
        registry.add(FormatSpec(name: "json", summary: "", options: []))
        registry.add(FormatSpec(name: "changelog_json", summary: "", options: []))
        for name in ["sim", "file"] {
            registry.add(
                ConnectorRegistry.Entry(
                    spec: ConnectorSpec(
                        name: name, summary: "", roles: [.source, .table, .sink], options: [],
                        formats: ["json", "changelog_json"], guarantee: "", example: ""),
                    makeSource: { SimulatedSource($0, stage) }, makeSink: { SimulatedSink($0, stage) }))
        }
        return registry
    }
}

final class SimulatedClock: Clock {
    private let time = Monitor<Int64>(1_700_000_000_000_000)
    func advance(_ microseconds: Int64) { time.withLock { $0 += microseconds } }
    func now() -> Int64 { time.withLock { $0 } }
    func monotonic() -> Int64 { now() * 1_000 }
}

/// Rows are handed over by the simulation; this one reads them again.
private final class SimulatedSource: SourceConnector, @unchecked Sendable {
    let isBounded = false
    private let name: String
    private let schema: DecoderSchema
    private let stage: Simulation.Stage

    init(_ request: SourceRequest, _ stage: Simulation.Stage) {
        name = request.name
        schema = request.decoderSchema
        self.stage = stage
    }

    func open() throws(ConnectorError) {}
    func run(_ inlet: Inlet) throws(ConnectorError) {}
    func stop() {}

    func decode(_ bytes: SharedBytes, context: [UInt8]) throws(ConnectorError) -> DecodedRows {
        JSONLinesDecoder(schema).decode(bytes, after: context)
    }

    func reread(from start: Int64, to end: SourcePosition) throws(ConnectorError) -> Chunk {
        guard let simulation = stage.simulation else { throw ConnectorError("no source") }
        return simulation.chunk(name, schema, Int(start)..<Int(end.offset))
    }

    func resume(at position: SourcePosition) throws(ConnectorError) {
        stage.simulation?.given[name] = Int(position.offset)
    }
}

/// Lines on the simulated files, written to places as the file sink does.
private final class SimulatedSink: SinkConnector {
    private let path: String
    private let stage: Simulation.Stage
    private let writer: JSONRowWriter
    private var file: (any StoredFile)?
    private var offset = 0
    private var buffer: [UInt8] = []

    init(_ request: SinkRequest, _ stage: Simulation.Stage) {
        path = "out/" + request.name
        self.stage = stage
        writer = JSONRowWriter(schema: [Field("weight", .bigint)] + request.fields)
    }

    private func checked(_ body: () throws(StorageError) -> Void) throws(ConnectorError) {
        do throws(StorageError) { try body() } catch { throw ConnectorError(error.message) }
    }

    func open() throws(ConnectorError) {
        try checked { () throws(StorageError) in file = try stage.simulation?.files.open(path, .create) }
    }

    func reopen() throws(ConnectorError) {
        try checked { () throws(StorageError) in file = try stage.simulation?.files.open(path, .update) }
    }

    func code(_ coder: StateCoder) throws(StateDamage) {
        var place = Int64(offset)
        try coder.code(&place)
        offset = Int(place)
    }

    func write(_ batch: Batch) throws(ConnectorError) {
        let weights = Column.int64((0..<batch.count).map { batch.weight($0) })
        let shown = Batch(columns: [weights] + batch.columns, count: batch.count, ordinals: batch.ordinals)
        let scratch = ByteWriter()
        writer.write(shown, rows: 0..<shown.count, to: scratch)
        buffer += Array(scratch.bytes)
        if buffer.count > 400 { try flush() }
    }

    func flush() throws(ConnectorError) {
        try checked { () throws(StorageError) in try file?.write(buffer, at: offset) }
        offset += buffer.count
        buffer = []
    }

    func endRepetition() throws(ConnectorError) {
        try checked { () throws(StorageError) in try file?.truncate(to: offset) }
    }

    var syncer: (@Sendable () throws(ConnectorError) -> Void)? {
        guard let file else { return nil }
        let (path, stage) = (path, stage)
        return { () throws(ConnectorError) in
            do throws(StorageError) {
                try file.sync()
                try stage.simulation?.files.syncFolder(String(path.prefix { $0 != "/" }))
            } catch { throw ConnectorError(error.message) }
        }
    }

    func close() throws(ConnectorError) { try flush() }
}
