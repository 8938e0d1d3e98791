import MutstreamColumnar

/// Where rows enter. Made by a factory of the ``ConnectorRegistry``; opened before any row of any source is read.
package protocol SourceConnector: AnyObject, Sendable {
    /// The input has an end, known to the source itself (a file), so the pipeline may end.
    var isBounded: Bool { get }
    /// Without an end, it has content from the beginning on, and says so with ``Inlet/noteInitialContent()`` when it has
    /// handed that over: a table waits for it.
    var hasInitialContent: Bool { get }
    /// Checks and opens what it needs: a missing file, an occupied port is found here.
    func open() throws(ConnectorError)
    /// Reads, decodes and submits, on a thread of its own, until the input ends or ``stop()`` was called.
    func run(_ inlet: Inlet) throws(ConnectorError)
    /// Asks ``run(_:)`` to return soon. Called from another thread, perhaps more than once.
    func stop()

    // What a pipeline with a data directory asks of it, before ``run(_:)``.

    /// Decodes bytes of a chunk that is in the input log; the same rows as when they came.
    ///
    /// - Parameter context: the chunk's ``Chunk/context``.
    func decode(_ bytes: SharedBytes, context: [UInt8]) throws(ConnectorError) -> DecodedRows
    /// Reads a chunk again that had a ``Chunk/start``. Chunks are asked for in the order in which they came.
    func reread(from start: Int64, to end: SourcePosition) throws(ConnectorError) -> Chunk
    /// Goes on behind what was read before: called after ``open()``.
    func resume(at position: SourcePosition) throws(ConnectorError)
}

extension SourceConnector {
    package var hasInitialContent: Bool { false }

    package func decode(_ bytes: SharedBytes, context: [UInt8]) throws(ConnectorError) -> DecodedRows {
        throw ConnectorError("this source cannot read its bytes in the input log")
    }
    package func reread(from start: Int64, to end: SourcePosition) throws(ConnectorError) -> Chunk {
        throw ConnectorError("this source cannot be read again")
    }
    package func resume(at position: SourcePosition) throws(ConnectorError) {
        throw ConnectorError("this source cannot go on where it was")
    }
}

/// Where a source goes on. What the numbers mean is the source's business.
package struct SourcePosition: Sendable, Hashable {
    /// Which file, or partition.
    package var part: Int64
    package var offset: Int64
    /// Rows behind the offset, refused ones counted, that were handed over already.
    package var skipped: Int64 = 0
    /// What its decoder has to know: the first line of CSV.
    package var context: [UInt8]

    package init(part: Int64 = 0, offset: Int64, context: [UInt8] = []) {
        self.part = part
        self.offset = offset
        self.context = context
    }
}

/// Where rows leave. All calls come from the engine's thread.
package protocol SinkConnector: AnyObject {
    func open() throws(ConnectorError)
    /// The rows that are written next are those of this step.
    func beginStep(_ step: Int64)
    /// Takes the rows of one step, in order. A sink may buffer until ``flush()``.
    func write(_ batch: Batch) throws(ConnectorError)
    /// Everything written so far leaves now. Called when the engine has nothing else to do, at least once a second.
    func flush() throws(ConnectorError)
    /// Waits until all that was flushed has left for good.
    func finish() throws(ConnectorError)
    /// Flushes and closes.
    func close() throws(ConnectorError)
    /// What went wrong with rows and did not stop the sink, since the last call: a sentence each, for people.
    func takeProblems() -> [String]

    // What a pipeline with a data directory asks of it.

    /// Writes where the sink stands, or reads it into one that was just made: then ``reopen()`` follows instead of
    /// ``open()``, and the steps after that are written once more.
    func code(_ coder: StateCoder) throws(StateDamage)
    /// Opens what was written to before.
    func reopen() throws(ConnectorError)
    /// The first step of each run of the pipeline so far, in order. A step that is done again after a loss of power may have
    /// other rows than the one that bore its number: what names rows to the outside names the run as well.
    func note(runs: [Int64])
    /// The steps that follow were written before; those up to `delivered` had left for good.
    func beginRepetition(delivered: Int64)
    /// What follows is new; what was written behind the last repeated step is void.
    func endRepetition() throws(ConnectorError)
    /// All rows of the steps up to this one have left for good, so that they need not be sent again; nil: repeating a step
    /// changes nothing.
    var deliveredStep: Int64? { get }
    /// Makes what was flushed survive a loss of power; called on another thread. Nil: there is nothing to be done.
    var syncer: (@Sendable () throws(ConnectorError) -> Void)? { get }
}

extension SinkConnector {
    package func finish() throws(ConnectorError) {}
    package func beginStep(_ step: Int64) {}
    package func takeProblems() -> [String] { [] }
    package func code(_ coder: StateCoder) throws(StateDamage) {}
    package func reopen() throws(ConnectorError) { try open() }
    package func note(runs: [Int64]) {}
    package func beginRepetition(delivered: Int64) {}
    package func endRepetition() throws(ConnectorError) {}
    package var deliveredStep: Int64? { nil }
    package var syncer: (@Sendable () throws(ConnectorError) -> Void)? { nil }
}

/// What a source's factory gets.
package struct SourceRequest: Sendable {
    /// The name of the source or table in SQL.
    package var name: String
    package var options: CheckedOptions
    /// Relative paths start here: the folder of the SQL file.
    package var baseDirectory: String
    /// All declared columns, and which of them the plan reads, in the order in which it wants them.
    package var decoderSchema: DecoderSchema
    /// The name of the format, when the connector carries one: `json`, `csv`.
    package var format: String?
    /// Position among the projected columns of the event time (TIMESTAMP), for `speed`.
    package var eventTimeColumn: Int?
    /// Declared columns that name a row of a table.
    package var primaryKey: [Int]
    /// A query asks: a source that could go on reading ends with what is there.
    package var onlyWhatIsThere = false

    package init(
        name: String, options: CheckedOptions, baseDirectory: String, decoderSchema: DecoderSchema, format: String?,
        eventTimeColumn: Int?, primaryKey: [Int] = []
    ) {
        self.name = name
        self.options = options
        self.baseDirectory = baseDirectory
        self.decoderSchema = decoderSchema
        self.format = format
        self.eventTimeColumn = eventTimeColumn
        self.primaryKey = primaryKey
    }
}

/// What a sink's factory gets.
package struct SinkRequest: Sendable {
    package var name: String
    package var options: CheckedOptions
    package var baseDirectory: String
    package var fields: [Field]
    package var format: String?
    /// The name of the pipeline's history, part of what makes its rows known to the other side; nil: it keeps none.
    package var history: String?

    package init(name: String, options: CheckedOptions, baseDirectory: String, fields: [Field], format: String?) {
        self.name = name
        self.options = options
        self.baseDirectory = baseDirectory
        self.fields = fields
        self.format = format
    }
}

/// Rows that a source hands over at once, decoded, with what is to happen when they have been through their step.
package struct Chunk: Sendable {
    package var rows: DecodedRows
    /// The bytes as they came, for the input log.
    package var raw: SharedBytes?
    package var rawRange: Range<Int>
    /// What ``SourceConnector/decode(_:context:)`` needs to get these rows from the raw bytes; nil: they do not suffice,
    /// and the rows themselves are logged.
    package var context: [UInt8]?
    /// Where the source goes on behind this chunk; nil: it cannot (a client posted it).
    package var next: SourcePosition?
    /// Where the chunk begins, for parts of it; nil where ``next`` is.
    package var begin: SourcePosition?
    /// The source can read the chunk again, from here to ``next``: so its bytes are not logged.
    package var start: Int64?
    /// Called once, on the engine's thread, after the step that took the chunk; must return at once.
    package var completion: (@Sendable (ChunkOutcome) -> Void)?

    package init(
        rows: DecodedRows, raw: SharedBytes?, rawRange: Range<Int>, context: [UInt8]? = nil,
        next: SourcePosition? = nil, start: Int64? = nil, completion: (@Sendable (ChunkOutcome) -> Void)? = nil
    ) {
        self.rows = rows
        self.raw = raw
        self.rawRange = rawRange
        self.context = context
        self.next = next
        self.start = start
        self.completion = completion
    }
}

/// What became of a chunk.
package struct ChunkOutcome: Sendable {
    /// One a row of the chunk, refused rows included, in order; nil where no reply sink answers this source.
    package var replies: [ReplySlot]?
    /// Rows that went into the pipeline.
    package var accepted: Int
    /// Set when the pipeline failed or stopped before the chunk's step was done.
    package var failure: String?
    /// It was not taken since sources are paused: it may come again.
    package var isPaused = false

    package init(replies: [ReplySlot]?, accepted: Int, failure: String? = nil) {
        self.replies = replies
        self.accepted = accepted
        self.failure = failure
    }

    static func paused(_ reason: String) -> ChunkOutcome {
        var outcome = ChunkOutcome(replies: nil, accepted: 0, failure: reason)
        outcome.isPaused = true
        return outcome
    }
}

/// The answer to one posted row.
package enum ReplySlot: Sendable, Hashable {
    /// Its result rows, perhaps none, each a JSON object in UTF-8.
    case rows([[UInt8]])
    /// `{"error": …, "reason": …}`: error is `rejected`, `late` or `failed`.
    case failure(error: String, reason: String)
}

/// Why a chunk was not taken.
package enum Admission: Sendable, Hashable {
    case accepted
    /// The queue is full: try again after this many seconds.
    case full(retryAfterSeconds: Int)
    /// Nothing is taken for now, since the state has reached its limit.
    case paused(retryAfterSeconds: Int)
    /// The chunk alone is larger than the queue.
    case tooLarge
    /// The pipeline is stopping.
    case closed
}
