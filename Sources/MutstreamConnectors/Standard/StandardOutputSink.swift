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

    func open() throws(ConnectorError) {
        // A closed pipe is an error of the write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        output = RowOutput(descriptor, format: format, fields: fields, isContinued: false) { code in
            code == EPIPE
                ? ConnectorError(StandardOutputSink.closedMessage)
                : ConnectorError("cannot write to standard output: \(System.message(code))")
        }
    }

    func write(_ batch: Batch) throws(ConnectorError) { try output?.write(batch) }
    func takeProblems() -> [String] { output?.takeProblems() ?? [] }
    func flush() throws(ConnectorError) { try output?.flush() }

    func close() throws(ConnectorError) {
        defer { output = nil }
        try output?.flush()
    }
}
