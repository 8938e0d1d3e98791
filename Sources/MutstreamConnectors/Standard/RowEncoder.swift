import MutstreamColumnar
import MutstreamEngine

/// Turns the rows of a sink into lines.
final class RowEncoder {
    /// Rows formatted between two looks at the room.
    private static let rowsAtOnce = 256

    private enum Writer {
        case json(JSONRowWriter)
        case csv(CSVRowWriter)
        case changelog(ChangelogWriter)
        case upserts(UpsertWriter)

        func write(_ batch: Batch, rows: Range<Int>, to bytes: ByteWriter) {
            switch self {
            case .json(let writer): writer.write(batch, rows: rows, to: bytes)
            case .csv(let writer): writer.write(batch, rows: rows, to: bytes)
            case .changelog(let writer): writer.write(batch.slice(rows), to: bytes)
            case .upserts(let writer): writer.write(batch.slice(rows), to: bytes)
            }
        }
    }

    private let writer: Writer
    private let dropsRetractions: Bool
    private var header: CSVRowWriter?

    init(_ format: SinkFormat, fields: [Field]) {
        var names = fields
        switch format.changes {
        case .changelog(let style, let key):
            writer = .changelog(ChangelogWriter(style, fields: fields, key: key))
            dropsRetractions = false
        case .upserts(let key):
            writer = .upserts(UpsertWriter(format.text, fields: fields, key: key))
            names.insert(Field(SinkFormat.operationName, .text), at: 0)
            dropsRetractions = false
        case .appended(let force):
            switch format.text {
            case .json: writer = .json(JSONRowWriter(schema: fields))
            case .csv(let delimiter, _): writer = .csv(CSVRowWriter(schema: fields, delimiter: delimiter))
            }
            dropsRetractions = force
        }
        if case .csv(let delimiter, true) = format.text { header = CSVRowWriter(schema: names, delimiter: delimiter) }
    }

    /// The line of names, where the format has one.
    func writeHeader(to bytes: ByteWriter) { header?.writeHeader(to: bytes) }

    /// Rows of weight n are written n times.
    ///
    /// - Parameter pause: called between rows now and then: what is in `bytes` may leave.
    func write(
        _ batch: Batch, to bytes: ByteWriter, _ pause: () throws(ConnectorError) -> Void
    ) throws(ConnectorError) {
        switch writer {
        // These look at the whole of a step.
        case .changelog where batch.weights != nil, .upserts:
            writer.write(batch, rows: 0..<batch.count, to: bytes)
            return try pause()
        default: break
        }
        guard let weights = batch.weights else {
            var first = 0
            while first < batch.count {
                let end = min(first + RowEncoder.rowsAtOnce, batch.count)
                writer.write(batch, rows: first..<end, to: bytes)
                try pause()
                first = end
            }
            return
        }
        for row in 0..<batch.count {
            if weights[row] < 0 {
                if dropsRetractions { continue }
                throw ConnectorError(
                    "a row was retracted, and text that was written cannot be taken back",
                    hint: "make the query append-only, with EMIT ON ARRIVAL or EMIT ON WINDOW CLOSE")
            }
            for _ in 0..<weights[row] {
                writer.write(batch, rows: row..<row + 1, to: bytes)
                try pause()
            }
        }
    }

    /// What it remembers of the rows so far.
    func code(_ coder: StateCoder) throws(StateDamage) {
        if case .upserts(let writer) = writer { try writer.code(coder) }
    }

    /// What people should know of the rows, since the last call.
    func takeProblems() -> [String] {
        if case .upserts(let writer) = writer { writer.takeProblems() } else { [] }
    }
}
