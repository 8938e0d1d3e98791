import MutstreamEngine
import NIOCore
import NIOHTTP1

/// The pipeline that the API speaks of, and the paths that speak of it.
final class APIState: Sendable {
    let pipeline = Monitor<(any PipelineFace)?>(nil)

    var handlers: [(String, any RequestHandler)] {
        [
            ("/health", HealthHandler(self)), ("/metrics", MetricsHandler(self)),
            ("/v1/views", ViewListHandler(self)), ("/v1/views/", ViewHandler(self)),
        ]
    }

    var attached: (any PipelineFace)? { pipeline.withLock { $0 } }

    static let starting = Response.error(
        .unavailable, "the pipeline is not running yet", headers: [.init("retry-after", "1")])
}

/// A path that is only read.
private protocol Readable: RequestHandler {}

extension Readable {
    var methods: [HTTPMethod] { [.GET, .HEAD] }
}

/// `GET /health`: 200 while the pipeline is well (or paused, and why), else 503 and why.
final class HealthHandler: Readable {
    private let api: APIState
    init(_ api: APIState) { self.api = api }

    func handle(_ request: Request, _ responder: Responder) {
        guard let pipeline = api.attached else { return responder.respond(APIState.starting) }
        if let reason = pipeline.unhealthy {
            return responder.respond(.error(.unavailable, reason))
        }
        guard let reason = pipeline.paused else {
            return responder.respond(Response(.ok, body: ByteBuffer(staticString: "{\"status\":\"ok\"}")))
        }
        var body = ByteBuffer()
        body.writeStaticString("{\"status\":\"paused\",\"reason\":")
        body.writeJSON(reason)
        body.writeStaticString("}")
        responder.respond(Response(.ok, body: body))
    }
}

/// `GET /metrics`: the text exposition of Prometheus.
final class MetricsHandler: Readable {
    private let api: APIState
    init(_ api: APIState) { self.api = api }

    func handle(_ request: Request, _ responder: Responder) {
        guard let pipeline = api.attached else { return responder.respond(APIState.starting) }
        responder.respond(Response(.ok, .metrics, body: ByteBuffer(bytes: pipeline.metrics())))
    }
}

/// `GET /v1/views`: the names of the materialized views.
final class ViewListHandler: Readable {
    private let api: APIState
    init(_ api: APIState) { self.api = api }

    func handle(_ request: Request, _ responder: Responder) {
        guard let pipeline = api.attached else { return responder.respond(APIState.starting) }
        var body = ByteBuffer()
        body.writeStaticString("[")
        for (index, name) in pipeline.viewNames.enumerated() {
            if index > 0 { body.writeStaticString(",") }
            body.writeJSON(name)
        }
        body.writeStaticString("]")
        responder.respond(Response(.ok, body: body))
    }
}

/// `GET /v1/views/<name>`: the rows of a materialized view as they are after one step, which a header names.
final class ViewHandler: Readable {
    private let api: APIState
    init(_ api: APIState) { self.api = api }

    func handle(_ request: Request, _ responder: Responder) {
        guard let pipeline = api.attached else { return responder.respond(APIState.starting) }
        guard let name = Router.decoded(request.path.dropFirst("/v1/views/".count)) else {
            return responder.respond(.error(.badRequest, "the name of the view is not percent-encoded UTF-8"))
        }
        let names = pipeline.viewNames
        guard names.contains(name) else { return responder.respond(ViewHandler.unknown(name, names)) }
        pipeline.readView(name) { content in
            responder.respond(later: {
                guard let content else { return ViewHandler.unknown(name, names) }
                return ViewHandler.response(content)
            })
        }
    }

    private static func response(_ content: ViewContent) -> Response {
        var body = ByteBuffer()
        body.reserveCapacity(content.rows.reduce(2) { $0 + $1.count + 1 })
        body.writeStaticString("[")
        for (index, row) in content.rows.enumerated() {
            if index > 0 { body.writeStaticString(",") }
            body.writeBytes(row)
        }
        body.writeStaticString("]")
        return Response(.ok, headers: [.init("x-mutstream-step", String(content.step))], body: body)
    }

    private static func unknown(_ name: String, _ names: [String]) -> Response {
        let hint: String =
            if let near = nearest(to: name, in: names) {
                "did you mean \"\(near)\"?"
            } else if names.isEmpty {
                "the pipeline has no materialized views"
            } else {
                "known views: " + names.joined(separator: ", ")
            }
        return .error(.notFound, "there is no view \"\(name)\"", hint: hint)
    }

    /// The name that differs least, if it is near enough to be a slip of the hand.
    static func nearest(to name: String, in names: [String]) -> String? {
        // The cost is the product of the lengths; nobody mistypes a name this long.
        guard name.utf8.count <= 128 else { return nil }
        var best: (name: String, distance: Int)?
        for candidate in names where candidate.utf8.count <= 128 {
            let distance = editDistance(Array(name.lowercased().utf8), Array(candidate.lowercased().utf8))
            if distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        guard let best, best.distance <= max(1, name.utf8.count / 3) else { return nil }
        return best.name
    }

    /// Insertions, deletions and replacements between two texts.
    private static func editDistance(_ lhs: [UInt8], _ rhs: [UInt8]) -> Int {
        var row = Array(0...rhs.count)
        for (i, left) in lhs.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, right) in rhs.enumerated() {
                let replaced = diagonal + (left == right ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[rhs.count]
    }
}
