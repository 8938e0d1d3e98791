import MutstreamColumnar
import MutstreamEngine

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Writes rows to standard output.
final class StandardOutputSink: SinkConnector {
    /// The message when the reader went away, as `head` does: a program may end well then.
    static let closedMessage = "standard output was closed"

    private let descriptor: Int32
    private let format: SinkFormat
    private let fields: [Field]
    private var output: RowOutput?

    /// - Parameter descriptor: what tests write to instead.
    init(_ request: SinkRequest, descriptor: Int32 = System.standardOutput) throws(ConnectorError) {
        format = try SinkFormat(request)
        fields = request.fields
        self.descriptor = descriptor
    }

    func open() throws(ConnectorError) { begin(isContinued: false) }

    private func begin(isContinued: Bool) {
        // A closed pipe is an error of the write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        output = RowOutput(descriptor, format: format, fields: fields, isContinued: isContinued) { code in
            code == EPIPE
                ? ConnectorError(StandardOutputSink.closedMessage)
                : ConnectorError("cannot write to standard output: \(System.message(code))")
        }
    }

    func write(_ batch: Batch) throws(ConnectorError) { try output?.write(batch) }
    func takeProblems() -> [String] { output?.takeProblems() ?? [] }
    func flush() throws(ConnectorError) {
        try output?.flush()
        deliveredStep = step
    }

    // MARK: Going on

    private var step: Int64 = 0
    private(set) var deliveredStep: Int64? = 0
    /// Steps up to this one are there already.
    private var repeated: Int64 = -1

    func beginStep(_ step: Int64) {
        self.step = step
        output?.isMuted = step <= repeated
    }

    func beginRepetition(delivered: Int64) { repeated = delivered }

    func endRepetition() throws(ConnectorError) {
        try flush()
        output?.isMuted = false
    }

    func code(_ coder: StateCoder) throws(StateDamage) {
        // What it remembers is read once it is open.
        var bytes: [UInt8] = []
        if coder.isWriting {
            let own = StateCoder()
            try output?.code(own)
            bytes = own.bytes
        }
        try coder.code(&bytes, default: 0)
        if !coder.isWriting { remembered = bytes }
    }

    private var remembered: [UInt8]?

    func reopen() throws(ConnectorError) {
        begin(isContinued: true)
        do throws(StateDamage) {
            if let remembered { try output?.code(StateCoder(reading: remembered)) }
        } catch { throw ConnectorError("what standard output remembers of its rows: \(error.message)") }
    }

    func close() throws(ConnectorError) {
        defer { output = nil }
        try output?.flush()
    }
}
