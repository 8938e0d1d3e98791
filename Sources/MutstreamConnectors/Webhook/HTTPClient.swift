import MutstreamEngine
import NIOCore
import NIOHTTP1
import NIOPosix

/// Sends requests to one server over one connection, which is kept while it stays open. Used by one thread, which waits.
final class HTTPClient {
    struct Answer: Sendable, Hashable {
        var status: Int
        var reason: String
        var retryAfter: String?
        /// The beginning of its body, as many bytes as the client keeps.
        var bytes: [UInt8]
        /// Its body was longer than that.
        var isCut = false

        var body: String { String(decoding: bytes, as: UTF8.self) }
    }

    struct Failure: Error, Hashable {
        var reason: String
    }

    private let url: WebhookURL
    private let group: MultiThreadedEventLoopGroup
    private let timeoutNanoseconds: Int64
    private let bodyBytesMax: Int
    private let clock = SystemClock()
    private var connection: (channel: any Channel, exchange: HTTPExchange)?

    /// - Parameters:
    ///   - timeoutMicroseconds: from the first step of a request to the end of its answer.
    ///   - bodyBytesMax: how much of an answer's body is kept.
    init(
        _ url: WebhookURL, timeoutMicroseconds: Int64, group: MultiThreadedEventLoopGroup, bodyBytesMax: Int = 256
    ) {
        self.bodyBytesMax = bodyBytesMax
        self.url = url
        self.group = group
        timeoutNanoseconds = timeoutMicroseconds.multipliedReportingOverflow(by: 1_000).partialValue
    }

    deinit { close() }

    func close() {
        connection?.channel.close(promise: nil)
        connection = nil
    }

    /// - Parameter headers: beside those that every request has.
    func post(_ body: ByteBuffer, headers: [(name: String, value: String)]) throws(Failure) -> Answer {
        try exchange(.POST, url.target, body, headers)
    }

    /// - Parameter target: path and query.
    func get(_ target: String, headers: [(name: String, value: String)]) throws(Failure) -> Answer {
        try exchange(.GET, target, nil, headers)
    }

    private func exchange(
        _ method: HTTPMethod, _ target: String, _ body: ByteBuffer?, _ headers: [(name: String, value: String)]
    ) throws(Failure) -> Answer {
        let deadline = clock.monotonic() &+ timeoutNanoseconds
        // A server may have closed a connection that was kept: then a fresh one is tried, once.
        if connection != nil {
            if let answer = try? send(method, target, body, headers, deadline) { return answer }
            close()
            if clock.monotonic() >= deadline { throw Failure(reason: timedOut) }
        }
        connection = try connect(deadline)
        do throws(Failure) { return try send(method, target, body, headers, deadline) } catch {
            close()
            throw error
        }
    }

    private var timedOut: String {
        "no answer within \(Double(timeoutNanoseconds / 1_000_000) / 1_000) seconds"
    }

    private func remainingMicroseconds(_ deadline: Int64) -> Int64 { max(0, (deadline &- clock.monotonic()) / 1_000) }

    private func connect(_ deadline: Int64) throws(Failure) -> (any Channel, HTTPExchange) {
        let exchange = HTTPExchange(bodyBytesMax: bodyBytesMax)
        let remaining = remainingMicroseconds(deadline)
        let bootstrap = ClientBootstrap(group: group)
            .connectTimeout(.microseconds(max(remaining, 1_000)))
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(AnswerHandler(exchange))
                }
            }
        bootstrap.connect(host: url.host, port: url.port).whenComplete { exchange.connected($0) }
        switch exchange.awaitChannel(microseconds: remaining) {
        case .success(let channel)?: return (channel, exchange)
        case .failure(let failure)?: throw failure
        case nil: throw Failure(reason: "no connection to \(url.authority) in time")
        }
    }

    private func send(
        _ method: HTTPMethod, _ target: String, _ body: ByteBuffer?, _ headers: [(name: String, value: String)],
        _ deadline: Int64
    ) throws(Failure) -> Answer {
        guard let (channel, exchange) = connection else { throw Failure(reason: "there is no connection") }
        guard exchange.begin() else { throw Failure(reason: "the connection was closed") }
        var head = HTTPRequestHead(version: .http1_1, method: method, uri: target)
        head.headers.add(name: "host", value: url.authority)
        if let body { head.headers.add(name: "content-length", value: String(body.readableBytes)) }
        for header in headers { head.headers.add(name: header.name, value: header.value) }
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        if let body { channel.write(HTTPClientRequestPart.body(.byteBuffer(body)), promise: nil) }
        channel.writeAndFlush(HTTPClientRequestPart.end(nil)).whenFailure { exchange.fail(HTTPExchange.reason($0)) }
        switch exchange.awaitAnswer(microseconds: remainingMicroseconds(deadline)) {
        case .success(let (answer, keepsAlive))?:
            if !keepsAlive { close() }
            return answer
        case .failure(let failure)?: throw failure
        case nil: throw Failure(reason: timedOut)
        }
    }
}

/// What the event loop tells the thread that waits: a connection, then an answer.
final class HTTPExchange: Sendable {
    private struct State {
        var channel: Result<any Channel, HTTPClient.Failure>?
        var isUnderWay = false
        var head: HTTPResponseHead?
        var body: [UInt8] = []
        var isCut = false
        var answer: Result<(HTTPClient.Answer, Bool), HTTPClient.Failure>?
        var isClosed = false
        /// The thread does not wait any more: a late connection is closed.
        var isAbandoned = false
    }
    private let bodyBytesMax: Int
    private let state = Monitor(State())

    /// - Parameter bodyBytesMax: how much of an answer's body is kept.
    init(bodyBytesMax: Int) { self.bodyBytesMax = bodyBytesMax }

    // MARK: The thread

    func awaitChannel(microseconds: Int64) -> Result<any Channel, HTTPClient.Failure>? {
        let result = state.wait(microseconds: microseconds) { $0.channel }
        if result == nil { state.withLock { $0.isAbandoned = true } }
        return result
    }

    /// Makes room for the next answer; false: the connection is closed.
    func begin() -> Bool {
        state.withLock { state in
            (state.head, state.body, state.isCut, state.answer) = (nil, [], false, nil)
            state.isUnderWay = !state.isClosed
            return !state.isClosed
        }
    }

    func awaitAnswer(microseconds: Int64) -> Result<(HTTPClient.Answer, Bool), HTTPClient.Failure>? {
        state.wait(microseconds: microseconds) { $0.answer }
    }

    // MARK: The event loop

    func connected(_ result: Result<any Channel, any Error>) {
        let late = state.signal { state -> (any Channel)? in
            switch result {
            case .success(let channel):
                if state.isAbandoned { return channel }
                state.channel = .success(channel)
            case .failure(let error): state.channel = .failure(HTTPClient.Failure(reason: HTTPExchange.reason(error)))
            }
            return nil
        }
        late?.close(promise: nil)
    }

    func head(_ head: HTTPResponseHead) { state.withLock { $0.head = head } }

    func body(_ bytes: ByteBuffer) {
        state.withLock { state in
            let room = max(bodyBytesMax - state.body.count, 0)
            if room > 0 { state.body += bytes.readableBytesView.prefix(room) }
            if bytes.readableBytes > room { state.isCut = true }
        }
    }

    func end() {
        state.signal { state in
            guard state.isUnderWay, state.answer == nil, let head = state.head else { return }
            let answer = HTTPClient.Answer(
                status: Int(head.status.code), reason: head.status.reasonPhrase,
                retryAfter: head.headers.first(name: "retry-after"), bytes: state.body, isCut: state.isCut)
            state.isUnderWay = false
            state.answer = .success((answer, head.isKeepAlive))
        }
    }

    func fail(_ reason: String) {
        state.signal { state in
            state.isClosed = true
            if state.isUnderWay, state.answer == nil { state.answer = .failure(HTTPClient.Failure(reason: reason)) }
        }
    }

    /// A failure of the network in words.
    static func reason(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            if error.dnsAError != nil, error.dnsAAAAError != nil { return "the host \"\(error.host)\" is not known" }
            guard let first = error.connectionErrors.first else { return "the host \"\(error.host)\" has no address" }
            return reason(first.error)
        case let error as IOError: return System.message(error.errnoCode)
        case is HTTPParserError: return "the answer is not HTTP"
        case ChannelError.connectTimeout: return "no connection in time"
        case ChannelError.ioOnClosedChannel, ChannelError.inputClosed, ChannelError.outputClosed, ChannelError.eof:
            return "the connection was closed"
        default: return "the connection failed"
        }
    }
}

/// Hands the parts of an answer to the exchange.
private final class AnswerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let exchange: HTTPExchange

    init(_ exchange: HTTPExchange) { self.exchange = exchange }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): exchange.head(head)
        case .body(let bytes): exchange.body(bytes)
        case .end: exchange.end()
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        exchange.fail("the connection was closed before the answer")
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        exchange.fail(HTTPExchange.reason(error))
        context.close(promise: nil)
    }
}
