import MutstreamColumnar
import MutstreamEngine
import NIOCore
import NIOHTTP1

/// `POST /<path>`: decodes a body on the event loop that received it, hands it over and answers after its step.
final class IngestHandler: RequestHandler {
    let methods: [HTTPMethod] = [.POST]
    /// Nil: the source does not run.
    let inlet = Monitor<Inlet?>(nil)
    private let name: String
    private let format: BodyFormat
    private let maxBodyBytes: Int
    /// Rows are objects that no line of CSV can be.
    private let takesJSONAlone: Bool
    /// One a loop, used on that loop alone.
    private let decoders: [NIOLoopBoundBox<BodyDecoder>]

    /// - Parameter maxBodyBytes: of a body that is decompressed.
    init(name: String, schema: DecoderSchema, format: BodyFormat, maxBodyBytes: Int, loops: [any EventLoop]) {
        self.name = name
        self.maxBodyBytes = maxBodyBytes
        self.format = format
        switch schema.changes?.carrier {
        case .changelog, .debezium: takesJSONAlone = true
        case .field, nil: takesJSONAlone = false
        }
        decoders = loops.map { .makeBoxSendingValue(BodyDecoder(schema), eventLoop: $0) }
    }

    func refusal(of head: HTTPRequestHead) -> Response? {
        if !IngestHandler.isSameOrigin(head.headers) {
            return .error(
                .forbidden, "pages of other sites may not post here",
                hint: "post from the same origin, or through a server")
        }
        if bodyFormat(head.headers) == nil {
            return .error(
                .unsupportedMediaType, "the content type is not one of rows",
                hint: takesJSONAlone
                    ? "send application/json or application/x-ndjson"
                    : "send application/json, application/x-ndjson or text/csv")
        }
        if IngestHandler.encoding(head.headers) == nil {
            return .error(
                .unsupportedMediaType, "the body's content-encoding is not one that is taken",
                hint: "send it plain or with content-encoding: gzip")
        }
        if !head.headers.contains(name: "content-length"), !head.headers.contains(name: "transfer-encoding") {
            return .error(.lengthRequired, "the request has no body", hint: "send content-length or chunks")
        }
        return nil
    }

    /// A browser says which page posts; a page of another site must not reach into a pipeline on this machine.
    private static func isSameOrigin(_ headers: HTTPHeaders) -> Bool {
        guard let origin = headers.first(name: "origin") else { return true }
        guard let host = headers.first(name: "host"), let scheme = origin.utf8.firstIndex(of: UInt8(ascii: ":")) else {
            return false
        }
        return origin[scheme...].lowercased() == "://" + host.lowercased()
    }

    private enum Encoding { case identity, gzip }

    /// How a body is compressed; nil: in a way that is not known, or more than once.
    private static func encoding(_ headers: HTTPHeaders) -> Encoding? {
        let named = headers["content-encoding"]
        if named.count > 1 { return nil }
        return switch named.first?.lowercased() {
        case nil, "identity", "": .identity
        case "gzip", "x-gzip": .gzip
        default: nil
        }
    }

    /// The bytes of a body as they were before they were compressed, or the answer to one that cannot be.
    private func plain(_ request: Request) throws(Refusal) -> SharedBytes {
        if IngestHandler.encoding(request.head.headers) != .gzip {
            return request.body.withUnsafeReadableBytes { SharedBytes(copying: $0) }
        }
        switch request.body.withUnsafeReadableBytes({ GzipBody.decompress($0, limit: maxBodyBytes) }) {
        case .bytes(let bytes): return bytes
        case .tooLarge:
            throw Refusal(
                response: .error(
                    .contentTooLarge, "the body, decompressed, is larger than \(maxBodyBytes) bytes",
                    hint: "send it in several requests"))
        case .broken(let reason):
            throw Refusal(
                response: .error(
                    .badRequest, reason, hint: "nothing of the body was taken; gzip -t checks what is sent"))
        }
    }

    private struct Refusal: Error {
        var response: Response
    }

    private func bodyFormat(_ headers: HTTPHeaders) -> BodyFormat? {
        guard let value = headers.first(name: "content-type") else { return format }
        switch value {
        case "application/json": return .json
        case "application/x-ndjson": return .lines
        case "text/csv" where !takesJSONAlone: return .csv
        default: break
        }
        // A parameter such as a charset, or other letters.
        let kind = value.prefix { $0 != ";" && $0 != " " }.lowercased()
        return switch kind {
        case "application/json": .json
        case "application/x-ndjson", "application/jsonl", "application/jsonlines": .lines
        // What curl -d says of any body: as if it had said nothing.
        case "application/x-www-form-urlencoded": format
        case "text/csv" where takesJSONAlone: nil
        case "text/csv": value.lowercased().contains("header=absent") ? .headlessCSV : .csv
        default: nil
        }
    }

    func handle(_ request: Request, _ responder: Responder) {
        guard let inlet = inlet.withLock({ $0 }) else {
            return responder.respond(
                .error(.unavailable, "source \(name) takes no rows now", headers: [.init("retry-after", "1")]))
        }
        let body: SharedBytes
        do { body = try plain(request) } catch { return responder.respond(error.response) }
        let format = bodyFormat(request.head.headers) ?? format
        let (rows, shape) = decoders[request.loopIndex].value.decode(body, as: format)
        let rejected = ReplyText.Rejected(rows.rejected)
        guard rows.slotCount > 0 else {
            // An empty array is a batch without rows; a body without anything is a slip.
            if shape != .array, rows.ignored == 0 {
                return responder.respond(
                    .error(.badRequest, "the body holds no rows", hint: "send an object or an array of objects"))
            }
            return responder.respond(
                inlet.answers ? ReplyText.replies([], shape) : ReplyText.report(accepted: 0, rejected))
        }
        let chunk = Chunk(rows: rows, raw: body, rawRange: 0..<body.count, context: [format.rawValue]) { outcome in
            responder.respond(later: { IngestHandler.response(outcome, rejected, shape) })
        }
        switch inlet.offer(chunk) {
        case .accepted: break
        case .full(let seconds):
            responder.respond(
                .error(
                    .tooManyRequests, "source \(name) has as many rows waiting as it may",
                    hint: "post again after the seconds in retry-after",
                    headers: [.init("retry-after", String(seconds))]))
        case .paused(let seconds): responder.respond(IngestHandler.paused("sources are paused: see /health", seconds))
        case .tooLarge:
            responder.respond(
                .error(
                    .contentTooLarge, "the request has more rows or bytes than the queue of source \(name)",
                    hint: "send it in several requests"))
        case .closed:
            responder.respond(.error(.unavailable, "the pipeline is stopping", headers: [.init("retry-after", "1")]))
        }
    }

    private static func paused(_ reason: String, _ seconds: Int) -> Response {
        .error(
            .tooManyRequests, reason, hint: "post again after the seconds in retry-after",
            headers: [.init("retry-after", String(seconds))])
    }

    private static func response(
        _ outcome: ChunkOutcome, _ rejected: ReplyText.Rejected, _ shape: BodyShape
    ) -> Response {
        if let reason = outcome.failure {
            if outcome.isPaused { return paused(reason, 1) }
            return .error(.unavailable, reason, headers: [.init("retry-after", "1")])
        }
        if let replies = outcome.replies { return ReplyText.replies(replies, shape) }
        return ReplyText.report(accepted: outcome.accepted, rejected)
    }
}
