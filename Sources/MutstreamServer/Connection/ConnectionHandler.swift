import MutstreamEngine
import NIOCore
import NIOHTTP1

/// Moves bytes between one socket and its ``ConnectionMachine``; everything happens on the connection's event loop.
final class ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = Never
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    struct Settings: Sendable {
        var limits: ConnectionMachine.Limits
        var idle: TimeAmount
        /// From a request's head to its end.
        var receive: TimeAmount
        /// How long a client may go on sending after the last answer.
        var linger: TimeAmount
    }

    private let shared: ServerShared
    private let settings: Settings
    private let loopIndex: Int
    private var machine: ConnectionMachine
    private var context: ChannelHandlerContext?
    private var handler: (any RequestHandler)?
    private var isReading = false
    private var readIsPending = false
    private var needsFlush = false
    private var deadline = NIODeadline.distantFuture
    private var ticker: RepeatedTask?
    private var isLingering = false
    private var chargedBytes = 0
    /// What the socket had not taken when a deadline passed.
    private var unsentBytes = 0
    /// Keeps its memory from answer to answer where the socket has taken the one before.
    private var output = ByteBuffer()

    init(_ shared: ServerShared, _ settings: Settings, loopIndex: Int) {
        self.shared = shared
        self.settings = settings
        self.loopIndex = loopIndex
        machine = ConnectionMachine(settings.limits)
    }

    // MARK: Life of the channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { start(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        start(context)
        context.fireChannelActive()
    }

    private func start(_ context: ChannelHandlerContext) {
        guard ticker == nil else { return }
        deadline = .now() + settings.idle
        let pause = TimeAmount.nanoseconds(max(1_000_000, min(settings.idle, settings.receive).nanoseconds / 4))
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        ticker = context.eventLoop.scheduleRepeatedTask(initialDelay: pause, delay: pause) { _ in bound.value.tick() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        stop()
        self.context = nil
    }

    private func stop() {
        ticker?.cancel()
        ticker = nil
        releaseBytes()
        context = nil
    }

    // MARK: In

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isReading = true
        switch unwrapInboundIn(data) {
        case .head(let head):
            deadline = .now() + settings.receive
            let (found, refusal) = shared.router.admit(head)
            handler = found
            machine.head(head, refusal: refusal)
            pump()
        case .body(var bytes):
            if machine.isCollecting, !charge(bytes.readableBytes) {
                machine.malformed(
                    .error(
                        .unavailable, "the server holds as many request bodies as it may",
                        headers: [.init("retry-after", "1")]))
            }
            machine.body(&bytes)
            if !machine.isCollecting { releaseBytes() }
            pump()
        case .end:
            let request = machine.end()
            releaseBytes()
            if let request, let handler {
                deadline = .distantFuture
                let responder = Responder(
                    connection: NIOLoopBound(self, eventLoop: context.eventLoop), loop: context.eventLoop,
                    shared: shared, id: request.id)
                handler.handle(
                    Request(head: request.head, body: request.body, loopIndex: loopIndex), responder)
            }
            pump()
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        flushIfNeeded()
        context.fireChannelReadComplete()
    }

    /// Reading pauses while many answers are due or the client does not take them.
    func read(context: ChannelHandlerContext) {
        if machine.mayRead, context.channel.isWritable { context.read() } else { readIsPending = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        resumeReading()
        context.fireChannelWritabilityChanged()
    }

    private func resumeReading() {
        guard readIsPending, let context, machine.mayRead, context.channel.isWritable else { return }
        readIsPending = false
        context.read()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let event as ChannelEvent where event == .inputClosed:
            if isLingering { return context.close(promise: nil) }
            machine.inputClosed()
            pump()
            flushIfNeeded()
        case is DrainEvent:
            machine.drain()
            pump()
            flushIfNeeded()
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else {
            // A broken socket: nobody is left to be told.
            context.close(promise: nil)
            return
        }
        switch error {
        case .invalidEOFState: machine.inputClosed()
        case .headerOverflow:
            machine.malformed(
                .error(.headersTooLarge, "the headers are longer than \(ServerLimits.headerBytes) bytes"))
        default:
            machine.malformed(.error(.badRequest, "the request is not HTTP/1.1", hint: ConnectionHandler.reason(error)))
        }
        pump()
        flushIfNeeded()
    }

    private static func reason(_ error: HTTPParserError) -> String {
        switch error {
        case .invalidMethod: "the method is not one of HTTP"
        case .invalidVersion: "the version is neither 1.0 nor 1.1"
        case .invalidContentLength, .unexpectedContentLength:
            "the content length is not a number or contradicts another"
        case .invalidChunkSize: "the size of a chunk is not a hexadecimal number"
        case .invalidURL, .invalidHost, .invalidPath: "the request's path is not one of HTTP"
        case .invalidHeaderToken: "a header holds a byte that it must not"
        default: "the bytes do not follow the protocol"
        }
    }

    // MARK: Out

    /// An answer is ready. On the event loop.
    func answered(_ id: Int, _ response: Response) {
        guard context != nil else { return }
        machine.answered(id, response)
        pump()
        if !isReading { flushIfNeeded() }
    }

    private func pump() {
        guard let context else { return }
        while let next = machine.nextOutput() {
            switch next {
            case .goOn:
                write(context, ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n"))
            case .response(let response, let framing):
                write(context, response, framing)
                if machine.isIdle { deadline = .now() + settings.idle }
            case .finish(let linger):
                finish(context, linger: linger)
                return
            }
        }
        if readIsPending { resumeReading() }
    }

    private func write(_ context: ChannelHandlerContext, _ response: Response, _ framing: Framing) {
        let bodyBytes = framing.headOnly ? 0 : response.body.readableBytes
        let joins = bodyBytes <= ServerLimits.joinedBytes
        output.clear(minimumCapacity: 256 + (joins ? bodyBytes : 0))
        output.writeHead(response, framing)
        if joins, bodyBytes > 0 { output.writeImmutableBuffer(response.body) }
        write(context, output)
        if !joins { write(context, response.body) }
    }

    private func write(_ context: ChannelHandlerContext, _ bytes: ByteBuffer) {
        context.write(wrapOutboundOut(bytes), promise: nil)
        needsFlush = true
    }

    private func flushIfNeeded() {
        guard needsFlush, let context else { return }
        needsFlush = false
        context.flush()
    }

    /// Closes after what was written has left. Closing with unread bytes would destroy the answer on its way.
    private func finish(_ context: ChannelHandlerContext, linger: Bool) {
        needsFlush = false
        context.flush()
        guard linger else {
            context.close(promise: nil)
            return
        }
        deadline = .now() + settings.linger
        isLingering = true
        context.close(mode: .output, promise: nil)
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: settings.linger) { bound.value.context?.close(promise: nil) }
        resumeReading()
    }

    // MARK: Time and space

    private func tick() {
        guard let context, NIODeadline.now() >= deadline else { return }
        if isLingering {
            context.close(promise: nil)
            return
        }
        guard machine.isIdle || machine.isReceiving else { return }
        if clientTakesAnswers(context) {
            deadline = .now() + settings.idle
            return
        }
        machine.timedOut()
        releaseBytes()
        pump()
        flushIfNeeded()
    }

    /// A long answer is on its way and has become shorter since the last time.
    private func clientTakesAnswers(_ context: ChannelHandlerContext) -> Bool {
        let left = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        defer { unsentBytes = left }
        return left > 0 && (unsentBytes == 0 || left < unsentBytes)
    }

    private func charge(_ bytes: Int) -> Bool {
        guard shared.charge(bytes) else { return false }
        chargedBytes += bytes
        return true
    }

    private func releaseBytes() {
        if chargedBytes > 0 { shared.release(chargedBytes) }
        chargedBytes = 0
    }
}

/// Tells a connection that the server stops.
struct DrainEvent: Sendable {}
