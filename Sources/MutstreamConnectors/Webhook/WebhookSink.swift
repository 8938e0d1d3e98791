import MutstreamColumnar
import MutstreamEngine
import NIOCore
import NIOPosix

/// Posts rows to a URL, many in one request, in order.
final class WebhookSink: SinkConnector {
    /// A request's body ends here, however few rows it has, in bytes.
    static let bodyBytesMax = 1 << 20

    private let url: WebhookURL
    private let headers: [(name: String, value: String)]
    private let format: SinkFormat
    private let fields: [Field]
    private let isArray: Bool
    private let batchRows: Int
    private let timeoutMicroseconds: Int64
    private let deadLetterPath: FilePath?
    private let keyPrefix: String
    private let courier: Courier
    private var encoder: RowEncoder?
    private var thread: EngineThread?
    private var group: MultiThreadedEventLoopGroup?

    private let encoded = ByteWriter()
    private var lines: [UInt8] = []
    private var rows = 0
    /// Of the step at hand, and of its lines so far.
    private var step: Int64 = 0
    private var line = 0
    /// Step and line of the first row in ``lines``.
    private var first: (step: Int64, line: Int) = (0, 0)

    /// - Parameters:
    ///   - clock: what retries wait by.
    ///   - run: names this run of the pipeline, so that its keys are not those of another one.
    init(
        _ request: SinkRequest, clock: any PaceClock = MonotonicClock(), run: Int64 = SystemClock().now(),
        jitter: (@Sendable () -> Double)? = nil
    ) throws(ConnectorError) {
        url = try WebhookURL(request.options.text("url") ?? "")
        headers = try WebhookHeaders.parse(request.options.text("headers") ?? "")
        format = try SinkFormat(request)
        fields = request.fields
        isArray = request.options.text("body") != "lines"
        batchRows = request.options.integer("batch_rows") ?? 100
        timeoutMicroseconds = request.options.duration("timeout") ?? 10_000_000
        if timeoutMicroseconds < 1_000 {
            throw ConnectorError("the timeout is shorter than a millisecond", hint: "'10 seconds'", option: "timeout")
        }
        let path = request.options.text("dead_letter")
        if path?.isEmpty == true { throw ConnectorError("the path is empty", hint: "name a file", option: "dead_letter") }
        deadLetterPath = path.map { FilePath($0, relativeTo: request.baseDirectory) }
        keyPrefix = WebhookSink.token(request.name) + "-" + (request.history ?? String(run, radix: 36))
        var rule = RetryRule(retries: request.options.integer("max_retries") ?? 5)
        if let jitter { rule.jitter = jitter }
        courier = Courier("the webhook of \"\(request.name)\"", rule: rule, clock: clock)
    }

    deinit { if thread != nil { courier.abandon() } }

    /// A name in the characters of a header's value.
    private static func token(_ name: String) -> String {
        name.utf8.map { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x5f: String(UnicodeScalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }.joined()
    }

    func open() throws(ConnectorError) {
        let deadLetter = try deadLetterPath.map { path throws(ConnectorError) in try DeadLetterFile(path) }
        encoder = RowEncoder(format, fields: fields)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        self.group = group
        let (url, timeout, courier, isArray) = (url, timeoutMicroseconds, courier, isArray)
        let fixed =
            headers + [
                ("content-type", isArray ? "application/json" : "application/x-ndjson"), ("user-agent", "mutstream"),
            ]
        thread = EngineThread(name: "webhook") {
            let client = HTTPClient(url, timeoutMicroseconds: timeout, group: group)
            courier.run(
                { delivery throws(HTTPClient.Failure) in
                    let body = WebhookSink.body(delivery, isArray: isArray)
                    return try client.post(body, headers: fixed + [("idempotency-key", delivery.key)])
                }, deadLetter: deadLetter)
            client.close()
            group.shutdownGracefully { _ in }
        }
    }

    private static func body(_ delivery: Delivery, isArray: Bool) -> ByteBuffer {
        if !isArray { return ByteBuffer(bytes: delivery.lines) }
        var bytes = [UInt8(ascii: "[")]
        bytes.reserveCapacity(delivery.lines.count + 2)
        // A newline stands behind each row and nowhere else: JSON escapes it in texts.
        for byte in delivery.lines.dropLast() {
            bytes.append(byte == UInt8(ascii: "\n") ? UInt8(ascii: ",") : byte)
        }
        bytes.append(UInt8(ascii: "]"))
        return ByteBuffer(bytes: bytes)
    }

    func beginStep(_ step: Int64) { (self.step, line) = (step, 0) }

    /// A request holds rows of one step, so that it is the same one when the step is repeated.
    func write(_ batch: Batch) throws(ConnectorError) {
        guard let encoder else { return }
        encoded.removeAll()
        if step <= repeated {
            // They have arrived; the encoder remembers them.
            try encoder.write(batch, to: encoded) { () throws(ConnectorError) in encoded.removeAll() }
            return encoded.removeAll()
        }
        try encoder.write(batch, to: encoded) { () throws(ConnectorError) in try self.divide(full: false) }
        try divide(full: true)
        try submit()
    }

    // MARK: Going on

    /// Steps up to this one are there already.
    private var repeated: Int64 = -1
    private var runs: [Int64] = []

    func note(runs: [Int64]) { self.runs = runs }

    /// The same for each try and each repetition of a request, and for no other rows.
    private func key(_ step: Int64, _ line: Int) -> String {
        let run = runs.lastIndex { $0 <= step }.map { ".\($0 + 1)" } ?? ""
        return "\(keyPrefix)\(run)-\(step)-\(line)"
    }

    private var remembered: [UInt8]?

    func beginRepetition(delivered: Int64) { repeated = delivered }

    var deliveredStep: Int64? { max(courier.deliveredStep ?? step, repeated) }

    func code(_ coder: StateCoder) throws(StateDamage) {
        var bytes: [UInt8] = []
        if coder.isWriting {
            let own = StateCoder()
            try encoder?.code(own)
            bytes = own.bytes
        }
        try coder.code(&bytes, default: 0)
        if !coder.isWriting { remembered = bytes }
    }

    func reopen() throws(ConnectorError) {
        try open()
        do throws(StateDamage) {
            if let remembered { try encoder?.code(StateCoder(reading: remembered)) }
        } catch { throw ConnectorError("what the webhook remembers of its rows: \(error.message)") }
    }

    func finish() throws(ConnectorError) { try courier.drain() }

    /// Moves encoded lines to the request at hand, and requests that are full to the courier.
    private func divide(full: Bool) throws(ConnectorError) {
        if !full, encoded.count < WebhookSink.bodyBytesMax { return }
        var start = 0
        let bytes = encoded.bytes
        for end in 0..<bytes.count where bytes[end] == UInt8(ascii: "\n") {
            if rows == 0 { first = (step, line) }
            lines += bytes[start...end]
            start = end + 1
            line += 1
            rows += 1
            if rows >= batchRows || lines.count >= WebhookSink.bodyBytesMax { try submit() }
        }
        encoded.removeAll()
    }

    private func submit() throws(ConnectorError) {
        if rows == 0 { return try courier.throwFailure() }
        let delivery = Delivery(
            lines: lines, rows: rows, key: key(first.step, first.line), step: first.step)
        lines.removeAll(keepingCapacity: true)
        rows = 0
        try courier.submit(delivery)
    }

    func flush() throws(ConnectorError) { try submit() }

    func takeProblems() -> [String] { (encoder?.takeProblems() ?? []) + courier.takeProblems() }

    func close() throws(ConnectorError) {
        guard let thread else { return }
        defer { self.thread = nil }
        try submit()
        try courier.finish()
        thread.join()
    }
}
