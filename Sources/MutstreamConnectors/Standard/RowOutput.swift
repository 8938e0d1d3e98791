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
    /// Rows formatted between two looks at the size of the buffer.
    private static let rowsAtOnce = 256

    private enum Writer {
        case json(JSONRowWriter)
        case csv(CSVRowWriter)
        case changelog(ChangelogWriter)

        func write(_ batch: Batch, rows: Range<Int>, to bytes: ByteWriter) {
            switch self {
            case .json(let writer): writer.write(batch, rows: rows, to: bytes)
            case .csv(let writer): writer.write(batch, rows: rows, to: bytes)
            case .changelog(let writer): writer.write(batch.slice(rows), to: bytes)
            }
        }
    }

    private let descriptor: Int32
    private let writer: Writer
    private let bytes = ByteWriter(capacity: RowOutput.bufferBytes + 4_096)
    /// Turns the number of a system error into what the user reads.
    private let describe: (Int32) -> ConnectorError

    /// - Parameter isContinued: rows are there already, so that no header is written.
    init(
        _ descriptor: Int32, format: RowFormat, fields: [Field], isContinued: Bool,
        describe: @escaping (Int32) -> ConnectorError
    ) {
        self.descriptor = descriptor
        self.describe = describe
        switch format {
        case .json: writer = .json(JSONRowWriter(schema: fields))
        case .csv(let delimiter, let header):
            let csv = CSVRowWriter(schema: fields, delimiter: delimiter)
            if header, !isContinued { csv.writeHeader(to: bytes) }
            writer = .csv(csv)
        case .changelog(let style, let key): writer = .changelog(ChangelogWriter(style, fields: fields, key: key))
        }
    }

    /// Rows of weight n are written n times; a retraction cannot be.
    func write(_ batch: Batch) throws(ConnectorError) {
        if case .changelog(let changes) = writer, batch.weights != nil {
            changes.write(batch, to: bytes)
            if bytes.count >= RowOutput.bufferBytes { try flush() }
            return
        }
        guard let weights = batch.weights else {
            var first = 0
            while first < batch.count {
                let end = min(first + RowOutput.rowsAtOnce, batch.count)
                writer.write(batch, rows: first..<end, to: bytes)
                if bytes.count >= RowOutput.bufferBytes { try flush() }
                first = end
            }
            return
        }
        for row in 0..<batch.count {
            if weights[row] < 0 {
                throw ConnectorError(
                    "a row was retracted, and text that was written cannot be taken back",
                    hint: "make the query append-only, with EMIT ON ARRIVAL or EMIT ON WINDOW CLOSE")
            }
            for _ in 0..<weights[row] {
                writer.write(batch, rows: row..<row + 1, to: bytes)
                if bytes.count >= RowOutput.bufferBytes { try flush() }
            }
        }
    }

    /// Hands all text to the system. What could not be written is dropped, so that closing ends.
    func flush() throws(ConnectorError) {
        if bytes.count == 0 { return }
        defer { bytes.removeAll() }
        if let code = System.writeAll(descriptor, bytes.bytes) { throw describe(code) }
    }
}
