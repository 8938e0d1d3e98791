import MutstreamColumnar
import NIOCore

/// The format of a posted body.
enum BodyFormat: String, Sendable {
    /// An object, an array of objects, or objects one after the other.
    case json
    /// One JSON object a line.
    case lines = "ndjson"
    case csv
}

/// A body as it came, with the newline that a decoder likes at its end and that is no part of it.
struct BodyBytes {
    let bytes: SharedBytes
    /// Bytes that the client sent.
    let length: Int
    /// Where the text begins: after a byte order mark.
    let start: Int

    init(_ body: ByteBuffer) {
        let length = body.readableBytes
        let bytes = SharedBytes(capacity: length + 1)
        body.withUnsafeReadableBytes { source in
            if let base = source.baseAddress { bytes.base.copyMemory(from: base, byteCount: source.count) }
        }
        bytes.count = length
        let text = bytes.bytes
        start = text.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
        if length > 0, text[length - 1] != 0x0a {
            bytes.base.storeBytes(of: 0x0a, toByteOffset: length, as: UInt8.self)
            bytes.count = length + 1
        }
        self.bytes = bytes
        self.length = length
    }
}

/// Turns bodies into rows. One an event loop, so nothing is built for a request but the rows.
final class BodyDecoder {
    private let schema: DecoderSchema
    private let lines: JSONLinesDecoder

    init(_ schema: DecoderSchema) {
        self.schema = schema
        lines = JSONLinesDecoder(schema)
    }

    /// All rows of a body, refused ones told apart.
    func decode(_ body: BodyBytes, as format: BodyFormat) -> (DecodedRows, BodyShape) {
        switch format {
        case .lines: return (decode(body, lines), .lines)
        case .csv:
            let (rows, _) = StandInDecoder.decode(body.bytes, schema, isCSV: true, lines: true)
            return (rows, .lines)
        case .json:
            let (rows, shape) = StandInDecoder.decode(body.bytes, schema, isCSV: false, lines: false)
            return switch shape {
            case .object: (rows, .object)
            case .array: (rows, .array)
            case .lines: (rows, .lines)
            }
        }
    }

    private func decode(_ body: BodyBytes, _ decoder: some RowDecoder) -> DecodedRows {
        _ = decoder.decode(body.bytes, body.start..<body.bytes.count, isFinal: true, maxRows: body.bytes.count)
        return decoder.take()
    }
}
