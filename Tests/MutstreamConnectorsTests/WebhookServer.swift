import MutstreamEngine
import NIOCore
import NIOHTTP1
import NIOPosix

/// A small HTTP server on a free port that answers as a script says.
final class WebhookServer: Sendable {
    struct Seen: Sendable {
        var path: String
        var headers: HTTPHeaders
        var body: String
        /// Counts the connections.
        var connection: Int

        var key: String { header("idempotency-key") ?? "" }

        func header(_ name: String) -> String? { headers.first(name: name) }
    }

    enum Reaction: Sendable {
        case answer(Int, headers: [(String, String)] = [], body: String = "")
        /// Answers and closes, and says so.
        case answerAndClose(Int)
        /// Answers and closes without a word of it.
        case answerAndVanish(Int)
        /// Closes without an answer.
        case close
        /// Never answers.
        case silence
        /// Answers once ``WebhookServer/release()`` is called.
        case wait(Int)
    }

    private struct State {
        var seen: [Seen] = []
        var connections = 0
        var isReleased = false
        var isStopped = false
        var held: [@Sendable () -> Void] = []
    }

    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let state = Monitor(State())
    private let channel: any Channel
    let port: Int

    /// - Parameter react: the reaction to a request, by its number from 0 on.
    init(port: Int = 0, _ react: @escaping @Sendable (Int, Seen) -> Reaction = { _, _ in .answer(200) }) throws {
        let state = state
        channel = try ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                let number = state.withLock { state -> Int in
                    state.connections += 1
                    return state.connections
                }
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(number, state, react))
                }
            }
            .bind(host: "127.0.0.1", port: port).wait()
        self.port = channel.localAddress?.port ?? 0
    }

    deinit { stop() }

    func stop() {
        let isFirst = state.withLock { state -> Bool in
            defer { state.isStopped = true }
            return !state.isStopped
        }
        // A group that is shut down completes no future.
        if !isFirst { return }
        try? channel.close().wait()
        group.shutdownGracefully { _ in }
    }

    var url: String { "http://127.0.0.1:\(port)/hook?a=1" }
    var seen: [Seen] { state.withLock { $0.seen } }

    /// Waits until so many requests have come.
    func awaitRequests(_ count: Int) -> [Seen] {
        _ = state.wait(microseconds: 30_000_000) { $0.seen.count >= count ? true : nil }
        return seen
    }

    /// Lets all requests go that wait, and those that come.
    func release() {
        let held = state.signal { state in
            state.isReleased = true
            defer { state.held = [] }
            return state.held
        }
        for action in held { action() }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let number: Int
        private let state: Monitor<State>
        private let react: @Sendable (Int, Seen) -> Reaction
        private var head: HTTPRequestHead?
        private var body = ByteBuffer()

        init(_ number: Int, _ state: Monitor<State>, _ react: @escaping @Sendable (Int, Seen) -> Reaction) {
            self.number = number
            self.state = state
            self.react = react
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): (self.head, body) = (head, ByteBuffer())
            case .body(var bytes): body.writeBuffer(&bytes)
            case .end:
                guard let head else { return }
                let seen = Seen(
                    path: head.uri, headers: head.headers, body: String(buffer: body), connection: number)
                let index = state.signal { state -> Int in
                    state.seen.append(seen)
                    return state.seen.count - 1
                }
                perform(react(index, seen), context)
            }
        }

        private func perform(_ reaction: Reaction, _ context: ChannelHandlerContext) {
            let channel = context.channel
            switch reaction {
            case .answer(let status, let headers, let body): Handler.answer(channel, status, headers, body)
            case .answerAndClose(let status):
                Handler.answer(channel, status, [("connection", "close")], "")
                channel.close(promise: nil)
            case .answerAndVanish(let status):
                Handler.answer(channel, status, [], "")
                channel.close(promise: nil)
            case .close: channel.close(promise: nil)
            case .silence: break
            case .wait(let status):
                let isReleased = state.withLock { state -> Bool in
                    if !state.isReleased { state.held.append { Handler.answer(channel, status, [], "") } }
                    return state.isReleased
                }
                if isReleased { Handler.answer(channel, status, [], "") }
            }
        }

        private static func answer(_ channel: any Channel, _ status: Int, _ headers: [(String, String)], _ body: String) {
            var head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: status))
            head.headers = HTTPHeaders(headers)
            if !head.headers.contains(name: "content-length") {
                head.headers.add(name: "content-length", value: "\(body.utf8.count)")
            }
            channel.write(HTTPServerResponsePart.head(head), promise: nil)
            channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: body))), promise: nil)
            channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
