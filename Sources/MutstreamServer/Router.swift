import MutstreamEngine
import NIOCore
import NIOHTTP1

/// A request that is here as a whole.
package struct Request: Sendable {
    package var head: HTTPRequestHead
    package var body: ByteBuffer
    /// Which of the server's event loops this runs on, in `0..<server.loops.count`.
    package var loopIndex: Int

    /// Without the query.
    package var path: Substring { Router.path(of: head.uri) }

    package init(head: HTTPRequestHead, body: ByteBuffer, loopIndex: Int) {
        self.head = head
        self.body = body
        self.loopIndex = loopIndex
    }
}

/// Answers the requests of one path. All calls come on event loops and return at once.
package protocol RequestHandler: AnyObject, Sendable {
    /// In the order of the Allow header.
    var methods: [HTTPMethod] { get }
    /// The answer to a request whose body need not be read; nil: the body is wanted.
    func refusal(of head: HTTPRequestHead) -> Response?
    func handle(_ request: Request, _ responder: Responder)
}

extension RequestHandler {
    package func refusal(of head: HTTPRequestHead) -> Response? { nil }
}

/// Gives one request its answer, once, from any thread.
package struct Responder: Sendable {
    let connection: NIOLoopBound<ConnectionHandler>
    let loop: any EventLoop
    let shared: ServerShared
    let id: Int

    /// Answers on the event loop of the request.
    package func respond(_ response: Response) {
        connection.value.answered(id, response)
    }

    /// Makes the answer on the event loop, whichever thread calls.
    package func respond(later make: @escaping @Sendable () -> Response) {
        // After a shutdown nobody waits, and the loop takes no work.
        guard !shared.isStopped else { return }
        loop.execute { [connection, id] in connection.value.answered(id, make()) }
    }
}

/// Which handler answers which path. Read by every event loop, changed while sources open and close.
final class Router: Sendable {
    private let routes = Monitor<[String: any RequestHandler]>([:])

    /// False: the path has a handler already. A path that ends in `/` takes all that lies beneath it.
    func add(_ path: String, _ handler: any RequestHandler) -> Bool {
        routes.withLock { routes in
            if routes[path] != nil { return false }
            routes[path] = handler
            return true
        }
    }

    func remove(_ path: String) { routes.withLock { routes in routes[path] = nil } }

    var paths: [String] { routes.withLock { $0.keys.sorted() } }

    /// Who answers a request, or the answer itself.
    func admit(_ head: HTTPRequestHead) -> ((any RequestHandler)?, Response?) {
        if head.version == .http1_1, !head.headers.contains(name: "host") {
            return (nil, .error(.badRequest, "the request has no host header"))
        }
        if head.method == .CONNECT || head.headers.contains(name: "upgrade") {
            return (nil, .error(.badRequest, "this server speaks HTTP/1.1 alone", hint: "send no upgrade header"))
        }
        if let expected = head.headers.first(name: "expect"), expected.lowercased() != "100-continue" {
            return (nil, .error(.expectationFailed, "the expectation is not 100-continue"))
        }
        if head.method == .OPTIONS, head.uri == "*" {
            return (nil, Router.allowed([.GET, .HEAD, .POST, .OPTIONS], .noContent))
        }
        let path = String(Router.path(of: head.uri))
        let found = routes.withLock { routes in routes[path] ?? Router.parent(of: path).flatMap { routes[$0] } }
        guard let handler = found else {
            let hint = "known paths: " + paths.filter { !$0.hasSuffix("/") }.joined(separator: ", ")
            return (nil, .error(.notFound, "nothing answers at \(path)", hint: hint))
        }
        if head.method == .OPTIONS { return (nil, Router.allowed(handler.methods + [.OPTIONS], .noContent)) }
        guard handler.methods.contains(head.method) else {
            return (nil, Router.allowed(handler.methods + [.OPTIONS], .methodNotAllowed))
        }
        return (handler, handler.refusal(of: head))
    }

    private static func allowed(_ methods: [HTTPMethod], _ status: Status) -> Response {
        let names = methods.map(\.rawValue).joined(separator: ", ")
        var response =
            status == .noContent
            ? Response(.noContent, body: ByteBuffer())
            : .error(status, "this path takes \(names)")
        response.headers.append(.init("allow", names))
        return response
    }

    /// The path of `/orders?a=b` and of `http://host/orders`, as proxies write it.
    static func path(of uri: String) -> Substring {
        let text = uri.utf8
        let end = text.firstIndex(of: UInt8(ascii: "?")) ?? text.endIndex
        guard uri.hasPrefix("http://") else { return uri[..<end] }
        let start = text.dropFirst("http://".utf8.count).firstIndex(of: UInt8(ascii: "/")) ?? end
        return start < end ? uri[start..<end] : "/"
    }

    /// `/v1/views/` of `/v1/views/totals`.
    private static func parent(of path: String) -> String? {
        path.lastIndex(of: "/").map { String(path[...$0]) }
    }

    /// The bytes that `%2F` and its like stand for; nil where the text is malformed.
    static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst(), let low = rest.popFirst(),
                let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
