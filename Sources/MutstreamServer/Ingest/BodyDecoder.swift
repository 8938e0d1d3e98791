import MutstreamColumnar
import NIOCore

/// The format of a posted body.
enum BodyFormat: UInt8, Sendable {
    /// An object, an array of objects, or objects one after the other.
    case json = 1
    /// One JSON object a line.
    case lines
    /// Its first line names the columns.
    case csv
    /// `text/csv; header=absent`: the columns in the order in which they are declared.
    case headlessCSV
}

/// Turns bodies into rows. One an event loop, so a JSON body costs its rows and nothing else.
final class BodyDecoder {
    private let schema: DecoderSchema
    private let lines: JSONLinesDecoder
    private let document: JSONDocumentDecoder

    init(_ schema: DecoderSchema) {
        self.schema = schema
        lines = JSONLinesDecoder(schema)
        document = JSONDocumentDecoder(schema)
    }

    /// All rows of a body, refused ones told apart.
    func decode(_ body: SharedBytes, as format: BodyFormat) -> (DecodedRows, BodyShape) {
        switch format {
        case .json:
            let rows = decode(body, 0, document)
            return switch document.shape {
            case .object: (rows, .object)
            case .array: (rows, .array)
            case .lines: (rows, .lines)
            }
        // The decoder of lines skips a byte order mark at the start of the first body alone.
        case .lines: return (decode(body, body.bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0, lines), .lines)
        // Each body has a header of its own, so it has a decoder of its own.
        case .csv: return (decode(body, 0, CSVDecoder(schema, header: true)), .lines)
        case .headlessCSV: return (decode(body, 0, CSVDecoder(schema, header: false)), .lines)
        }
    }

    private func decode(_ body: SharedBytes, _ start: Int, _ decoder: some RowDecoder) -> DecodedRows {
        // A row has a byte at least.
        _ = decoder.decode(body, start..<body.count, isFinal: true, maxRows: body.count + 1)
        return decoder.take()
    }
}
