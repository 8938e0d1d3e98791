import NIOCore
import NIOHTTP1

/// The statuses this server answers with.
package enum Status: Int, Sendable, Hashable {
    case ok = 200
    case accepted = 202
    case noContent = 204
    case badRequest = 400
    case forbidden = 403
    case notFound = 404
    case methodNotAllowed = 405
    case requestTimeout = 408
    case lengthRequired = 411
    case contentTooLarge = 413
    case unsupportedMediaType = 415
    case expectationFailed = 417
    case unprocessable = 422
    case tooManyRequests = 429
    case headersTooLarge = 431
    case internalError = 500
    case unavailable = 503

    var reason: StaticString {
        switch self {
        case .ok: "OK"
        case .accepted: "Accepted"
        case .noContent: "No Content"
        case .badRequest: "Bad Request"
        case .forbidden: "Forbidden"
        case .notFound: "Not Found"
        case .methodNotAllowed: "Method Not Allowed"
        case .requestTimeout: "Request Timeout"
        case .lengthRequired: "Length Required"
        case .contentTooLarge: "Content Too Large"
        case .unsupportedMediaType: "Unsupported Media Type"
        case .expectationFailed: "Expectation Failed"
        case .unprocessable: "Unprocessable Content"
        case .tooManyRequests: "Too Many Requests"
        case .headersTooLarge: "Request Header Fields Too Large"
        case .internalError: "Internal Server Error"
        case .unavailable: "Service Unavailable"
        }
    }
}

/// One whole answer. Its length is known, so it is never chunked.
package struct Response: Sendable, Hashable {
    package enum ContentType: Sendable, Hashable {
        case json, lines, metrics, text, html
    }
    /// A header beyond content type, length and connection. The value holds no line break.
    package struct Header: Sendable, Hashable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package var status: Status
    package var contentType: ContentType
    package var headers: [Header]
    package var body: ByteBuffer

    package init(_ status: Status, _ contentType: ContentType = .json, headers: [Header] = [], body: ByteBuffer) {
        self.status = status
        self.contentType = contentType
        self.headers = headers
        self.body = body
    }

    /// `{"error": …, "hint": …}`.
    package static func error(
        _ status: Status, _ message: String, hint: String? = nil, headers: [Header] = []
    ) -> Response {
        var body = ByteBuffer()
        body.writeStaticString("{\"error\":")
        body.writeJSON(message)
        if let hint {
            body.writeStaticString(",\"hint\":")
            body.writeJSON(hint)
        }
        body.writeStaticString("}")
        return Response(status, headers: headers, body: body)
    }
}

/// How an answer goes onto the wire, as its request asked.
struct Framing: Sendable, Hashable {
    /// The answer to HEAD: its head alone.
    var headOnly = false
    var keepAlive = true
    /// HTTP/1.0 must be told that the connection stays.
    var isOldVersion = false
}

extension ByteBuffer {
    /// The head of a response, as far as the empty line.
    mutating func writeHead(_ response: Response, _ framing: Framing) {
        switch response.status {
        case .ok: writeStaticString("HTTP/1.1 200 OK\r\n")
        case .accepted: writeStaticString("HTTP/1.1 202 Accepted\r\n")
        default:
            writeStaticString("HTTP/1.1 ")
            writeDecimal(response.status.rawValue)
            writeStaticString(" ")
            writeStaticString(response.status.reason)
            writeStaticString("\r\n")
        }
        // 204 has neither a type nor a length.
        if response.status != .noContent {
            switch response.contentType {
            case .json: writeStaticString("content-type: application/json\r\ncontent-length: ")
            case .lines: writeStaticString("content-type: application/x-ndjson\r\ncontent-length: ")
            case .metrics:
                writeStaticString("content-type: text/plain; version=0.0.4; charset=utf-8\r\ncontent-length: ")
            case .text: writeStaticString("content-type: text/plain; charset=utf-8\r\ncontent-length: ")
            case .html: writeStaticString("content-type: text/html; charset=utf-8\r\ncontent-length: ")
            }
            writeDecimal(response.body.readableBytes)
            writeStaticString("\r\n")
        }
        for header in response.headers {
            writeString(header.name)
            writeStaticString(": ")
            writeString(header.value)
            writeStaticString("\r\n")
        }
        if !framing.keepAlive {
            writeStaticString("connection: close\r\n\r\n")
        } else if framing.isOldVersion {
            writeStaticString("connection: keep-alive\r\n\r\n")
        } else {
            writeStaticString("\r\n")
        }
    }

    /// A number without an intermediate string.
    mutating func writeDecimal(_ number: Int) {
        if number < 0 {
            writeString(String(number))
            return
        }
        var digits: UInt64 = 0
        var count = 0
        var rest = number
        // Up to eight digits fit one word, which every length and count here does in practice.
        guard rest < 100_000_000 else {
            writeString(String(number))
            return
        }
        repeat {
            digits = digits << 8 | UInt64(48 + rest % 10)
            rest /= 10
            count += 1
        } while rest > 0
        for _ in 0..<count {
            writeInteger(UInt8(truncatingIfNeeded: digits))
            digits >>= 8
        }
    }

    /// A JSON string with its quotes.
    mutating func writeJSON(_ text: String) {
        writeInteger(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): writeStaticString("\\\"")
            case UInt8(ascii: "\\"): writeStaticString("\\\\")
            case UInt8(ascii: "\n"): writeStaticString("\\n")
            case UInt8(ascii: "\r"): writeStaticString("\\r")
            case UInt8(ascii: "\t"): writeStaticString("\\t")
            case 0..<32:
                writeStaticString("\\u00")
                writeInteger(byte < 16 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
                writeInteger(byte & 15 < 10 ? UInt8(ascii: "0") + (byte & 15) : UInt8(ascii: "a") + (byte & 15) - 10)
            default: writeInteger(byte)
            }
        }
        writeInteger(UInt8(ascii: "\""))
    }
}
