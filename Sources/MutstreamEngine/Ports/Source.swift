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
}

extension SourceConnector {
    package var hasInitialContent: Bool { false }
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
    /// Flushes and closes.
    func close() throws(ConnectorError)
    /// What went wrong with rows and did not stop the sink, since the last call: a sentence each, for people.
    func takeProblems() -> [String]
}

extension SinkConnector {
    package func beginStep(_ step: Int64) {}
    package func takeProblems() -> [String] { [] }
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
    /// Called once, on the engine's thread, after the step that took the chunk; must return at once.
    package var completion: (@Sendable (ChunkOutcome) -> Void)?

    package init(
        rows: DecodedRows, raw: SharedBytes?, rawRange: Range<Int>,
        completion: (@Sendable (ChunkOutcome) -> Void)? = nil
    ) {
        self.rows = rows
        self.raw = raw
        self.rawRange = rawRange
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

    package init(replies: [ReplySlot]?, accepted: Int, failure: String? = nil) {
        self.replies = replies
        self.accepted = accepted
        self.failure = failure
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
    /// The chunk alone is larger than the queue.
    case tooLarge
    /// The pipeline is stopping.
    case closed
}
