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
    /// Where the next bytes are written; nil: behind what is there.
    private(set) var offset: Int?
    /// The next rows were written before, and are gone: only what the encoder remembers of them counts.
    var isMuted = false {
        didSet { if oldValue, !isMuted { bytes.removeAll() } }
    }
    private let encoder: RowEncoder
    private let bytes = ByteWriter(capacity: RowOutput.bufferBytes + 4_096)
    /// Turns the number of a system error into what the user reads.
    private let describe: (Int32) -> ConnectorError

    /// - Parameters:
    ///   - isContinued: rows are there already, so that no header is written.
    ///   - offset: where to write in a file that may be written to anywhere.
    init(
        _ descriptor: Int32, format: SinkFormat, fields: [Field], isContinued: Bool, offset: Int? = nil,
        describe: @escaping (Int32) -> ConnectorError
    ) {
        self.descriptor = descriptor
        self.offset = offset
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
        if isMuted { return }
        if let code = System.writeAll(descriptor, bytes.bytes, at: offset) { throw describe(code) }
        if let start = offset { offset = start + bytes.count }
    }

    /// What it remembers of the rows so far; all has been flushed.
    func code(_ coder: StateCoder) throws(StateDamage) { try encoder.code(coder) }
}
