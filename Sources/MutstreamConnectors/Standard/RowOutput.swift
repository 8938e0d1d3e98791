import MutstreamColumnar
import MutstreamEngine

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Rows as text, gathered and written to a descriptor in large pieces.
final class RowOutput {
    static let bufferBytes = 256 << 10
    private let descriptor: Int32
    private let encoder: RowEncoder
    private let bytes = ByteWriter(capacity: RowOutput.bufferBytes + 4_096)
    /// Turns the number of a system error into what the user reads.
    private let describe: (Int32) -> ConnectorError

    /// - Parameter isContinued: rows are there already, so that no header is written.
    init(
        _ descriptor: Int32, format: SinkFormat, fields: [Field], isContinued: Bool,
        describe: @escaping (Int32) -> ConnectorError
    ) {
        self.descriptor = descriptor
        self.describe = describe
        encoder = RowEncoder(format, fields: fields)
        if !isContinued { encoder.writeHeader(to: bytes) }
    }

    func write(_ batch: Batch) throws(ConnectorError) {
        try encoder.write(batch, to: bytes) { () throws(ConnectorError) in
            if bytes.count >= RowOutput.bufferBytes { try flush() }
        }
    }

    func takeProblems() -> [String] { encoder.takeProblems() }

    /// Hands all text to the system. What could not be written is dropped, so that closing ends.
    func flush() throws(ConnectorError) {
        if bytes.count == 0 { return }
        defer { bytes.removeAll() }
        if let code = System.writeAll(descriptor, bytes.bytes) { throw describe(code) }
    }
}
