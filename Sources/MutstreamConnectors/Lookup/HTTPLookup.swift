import MutstreamColumnar
import MutstreamEngine
import NIOCore
import NIOPosix

/// Asks a URL for the rows of keys, several at once; each answer is a row of the table.
///
/// ```
/// 200 and a JSON object        found
/// 404, 410, 204                missing
/// anything else, or nothing    failed, after the retries; the reason goes with it
/// ```
///
/// Each question has one answer, whatever becomes of it.
final class HTTPLookup: LookupConnector {
    /// The longest body of an answer, in bytes.
    static let bodyBytesMax = 1 << 20
    static let concurrencyMax = 256

    private struct Questions {
        var keys: [[Value]] = []
        var next = 0
        var isStopped = false
    }

    let isBounded = false
    let rowsMax: Int
    private let name: String
    private let url: LookupURL
    private let headers: [(name: String, value: String)]
    private let timeoutMicroseconds: Int64
    private let concurrency: Int
    private let retries: RetryRule
    private let clock: any PaceClock
    /// What the plan reads; and the declared columns, as answers have them.
    private let (schema, declared): (DecoderSchema, DecoderSchema)
    private let primaryKey: [Int]
    private let key: [Field]
    private let questions = Monitor(Questions())
    private let stopSignal = StopSignal()

    /// - Parameters:
    ///   - clock: what retries wait by.
    ///   - jitter: see ``RetryRule/jitter``.
    init(
        _ request: SourceRequest, clock: any PaceClock = MonotonicClock(), jitter: (@Sendable () -> Double)? = nil
    ) throws(ConnectorError) {
        name = request.name
        let fields = request.decoderSchema.fields
        key = request.primaryKey.map { Field(fields[$0].name, fields[$0].type) }
        url = try LookupURL(request.options.text("url") ?? "", key: key.map { ($0.name, $0.type) })
        headers =
            try WebhookHeaders.parse(request.options.text("headers") ?? "")
            + [("accept", "application/json"), ("user-agent", "mutstream")]
        timeoutMicroseconds = request.options.duration("timeout") ?? 5_000_000
        if timeoutMicroseconds < 1_000 {
            throw ConnectorError("the timeout is shorter than a millisecond", hint: "'5 seconds'", option: "timeout")
        }
        concurrency = request.options.integer("concurrency") ?? 8
        rowsMax = request.options.integer("max_waiting") ?? 10_000
        var rule = RetryRule(retries: request.options.integer("max_retries") ?? 2)
        if let jitter { rule.jitter = jitter }
        retries = rule
        self.clock = clock
        // What is missing has its key alone.
        var schema = request.decoderSchema
        for index in schema.fields.indices where !request.primaryKey.contains(index) { schema.fields[index].notNull = false }
        self.schema = schema
        primaryKey = request.primaryKey
        let answered = schema.fields.dropLast(2).map { DecoderSchema.Field($0.name, $0.type) }
        declared = DecoderSchema(answered, projection: Array(answered.indices))
    }

    func open() {}

    func stop() {
        stopSignal.stop()
        questions.signal { $0.isStopped = true }
    }

    func ask(_ keys: Batch) {
        let asked = (0..<keys.count).map { row in keys.columns.map { $0.value(at: row) } }
        questions.signal { $0.keys += asked }
    }

    func run(_ inlet: Inlet) {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let threads = (0..<concurrency).map { number in
            EngineThread(name: "lookup \(name) \(number)", stackBytes: 1 << 20) {
                let client = HTTPClient(
                    self.url.server, timeoutMicroseconds: self.timeoutMicroseconds, group: group,
                    bodyBytesMax: HTTPLookup.bodyBytesMax)
                while let key = self.next() {
                    guard inlet.submit(self.answer(key, client)) else { break }
                }
                client.close()
            }
        }
        for thread in threads { thread.join() }
        group.shutdownGracefully { _ in }
    }

    private func next() -> [Value]? {
        let taken = questions.wait { questions -> [Value]?? in
            if questions.isStopped { return .some(nil) }
            guard questions.next < questions.keys.count else { return nil }
            defer {
                questions.next += 1
                if questions.next == questions.keys.count { (questions.keys, questions.next) = ([], 0) }
            }
            return questions.keys[questions.next]
        }
        return taken ?? nil
    }

    // MARK: One question

    private func answer(_ key: [Value], _ client: HTTPClient) -> Chunk {
        var tries = 0
        while true {
            tries += 1
            var (reason, retryAfter): (String, String?)
            do throws(HTTPClient.Failure) {
                let answer = try client.get(url.target(key), headers: headers)
                switch answer.status {
                case 404, 410, 204: return row(key, "missing")
                case 200...299: return found(key, answer)
                default: reason = "the answer was \(answer.status) \(answer.reason)"
                }
                if !RetryRule.isTransient(answer.status) { return row(key, "failed", reason) }
                retryAfter = answer.retryAfter
            } catch {
                (reason, retryAfter) = (error.reason, nil)
            }
            if tries > retries.retries || stopSignal.isStopped {
                return row(key, "failed", tries == 1 ? reason : "\(reason), after \(tries) tries")
            }
            clock.wait(until: clock.now() &+ retries.pause(before: tries, retryAfter: retryAfter), stopSignal)
        }
    }

    /// The object of the answer as a row, with the key that was asked and the status in it.
    private func found(_ key: [Value], _ answer: HTTPClient.Answer) -> Chunk {
        if answer.isCut { return row(key, "failed", "the answer is longer than \(HTTPLookup.bodyBytesMax) bytes") }
        // A newline is no part of a text in JSON: as a space it does not end the row.
        let line = answer.bytes.map { $0 == 0x0a || $0 == 0x0d ? 0x20 : $0 }
        let rows = decode(line, declared).rows
        if let refused = rows.rejected.first {
            return row(key, "failed", "the answer does not fit: \(refused.error.description)")
        }
        guard rows.count == 1 else { return row(key, "failed", "the answer is empty") }
        var values = rows.columns.map { $0.value(at: 0) }
        for (place, value) in zip(primaryKey, key) { values[place] = value }
        return decode(object(declared.fields.map { Field($0.name, $0.type) }, values, "found", nil), schema)
    }

    /// A row without an answer: its key alone.
    private func row(_ key: [Value], _ status: String, _ reason: String? = nil) -> Chunk {
        decode(object(self.key, key, status, reason), schema)
    }

    /// `{"key": …, "lookup_status": …}`
    private func object(_ fields: [Field], _ values: [Value], _ status: String, _ reason: String?) -> [UInt8] {
        let fields = fields + [Field("lookup_status", .text), Field("lookup_reason", .text)]
        let values = values + [.text(status), reason.map { .text($0) } ?? .null]
        let columns = zip(fields, values).map { field, value in
            let builder = ColumnBuilder(field.type)
            builder.append(value)
            return builder.finish()
        }
        let writer = ByteWriter()
        JSONRowWriter(schema: fields).writeObject(
            Batch(columns: columns, count: 1, ordinals: Ordinals(first: 0)), row: 0, to: writer)
        return Array(writer.bytes)
    }

    private func decode(_ line: [UInt8], _ schema: DecoderSchema) -> Chunk {
        let bytes = line + [UInt8(ascii: "\n")]
        let raw = bytes.withUnsafeBytes { SharedBytes(copying: $0) }
        let decoder = JSONLinesDecoder(schema)
        _ = decoder.decode(raw, 0..<bytes.count, isFinal: true, maxRows: 1)
        return Chunk(rows: decoder.take(), raw: raw, rawRange: 0..<bytes.count)
    }
}
