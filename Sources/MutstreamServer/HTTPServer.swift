import MutstreamEngine
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What is bounded beside the configuration.
enum ServerLimits {
    /// All headers of a request together.
    static let headerBytes = 65_536
    static let headerFields = 128
    /// An answer up to this length leaves in one piece with its head.
    static let joinedBytes = 16_384
}

/// The one listener: posted rows, the API, health and metrics.
///
/// ```swift
/// let server = try HTTPServer(.init(host: "127.0.0.1", port: 8080))
/// try source.open()                  // registers its path
/// let address = try server.bind()    // "127.0.0.1:8080"
/// server.attach(pipeline: pipeline)
/// server.shutdown()
/// ```
package final class HTTPServer: Sendable {
    package struct Configuration: Sendable {
        package var host: String
        /// 0: any free port.
        package var port: Int
        /// Listening beyond this machine without TLS is wanted.
        package var insecure: Bool
        package var maxBodyBytes: Int
        /// Of all requests that are being received together.
        package var maxBufferedBytes: Int
        package var maxConnections: Int
        package var threads: Int
        /// Between requests, and for the head of the next one.
        package var idleMilliseconds: Int
        /// From the head of a request to the end of its body.
        package var receiveMilliseconds: Int

        package init(
            host: String = "127.0.0.1", port: Int = 8080, insecure: Bool = false, maxBodyBytes: Int = 16 << 20,
            maxBufferedBytes: Int = 256 << 20, maxConnections: Int = 1024, threads: Int = 1,
            idleMilliseconds: Int = 60_000, receiveMilliseconds: Int = 60_000
        ) {
            self.host = host
            self.port = port
            self.insecure = insecure
            self.maxBodyBytes = maxBodyBytes
            self.maxBufferedBytes = maxBufferedBytes
            self.maxConnections = maxConnections
            self.threads = threads
            self.idleMilliseconds = idleMilliseconds
            self.receiveMilliseconds = receiveMilliseconds
        }
    }

    package let configuration: Configuration
    /// A handler may keep something for each.
    package let loops: [any EventLoop]
    private let group: MultiThreadedEventLoopGroup
    private let shared: ServerShared
    private let api: APIState
    private let listener = Monitor<(any Channel)?>(nil)

    package init(_ configuration: Configuration) throws(ConnectorError) {
        guard configuration.insecure || HTTPServer.isLoopback(configuration.host) else {
            throw ConnectorError(
                "listening on \(configuration.host) would let other machines in without TLS",
                hint: "listen on 127.0.0.1, or allow it with --insecure")
        }
        guard (0...65_535).contains(configuration.port) else {
            throw ConnectorError("\(configuration.port) is not a port", hint: "give one in 0 to 65535 with --listen")
        }
        self.configuration = configuration
        group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, configuration.threads))
        loops = group.makeIterator().map { $0 }
        shared = ServerShared(maxConnections: configuration.maxConnections, maxBytes: configuration.maxBufferedBytes)
        api = APIState()
        for (path, handler) in api.handlers { _ = shared.router.add(path, handler) }
    }

    /// Takes all requests of a path; one that ends in `/` takes what lies one level beneath it too.
    package func route(_ path: String, _ handler: any RequestHandler) throws(ConnectorError) {
        guard shared.router.add(path, handler) else {
            throw ConnectorError(
                "the path \(path) is taken already", hint: "give another path", option: "path")
        }
    }

    /// Frees a path.
    package func unroute(_ path: String) { shared.router.remove(path) }

    /// From now on health, metrics and views are those of `pipeline`.
    package func attach(pipeline: any PipelineFace) { api.pipeline.withLock { $0 = pipeline } }

    /// Starts to listen. Returns the address with the port that was found: `127.0.0.1:8080`.
    package func bind() throws(ConnectorError) -> String {
        let settings = ConnectionHandler.Settings(
            limits: .init(bodyBytes: configuration.maxBodyBytes),
            idle: .milliseconds(Int64(configuration.idleMilliseconds)),
            receive: .milliseconds(Int64(configuration.receiveMilliseconds)), linger: .seconds(2))
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { [shared, loops] channel in
                channel.eventLoop.makeCompletedFuture {
                    try shared.install(channel, settings, loops)
                }
            }
        do {
            let channel = try bootstrap.bind(host: HTTPServer.bare(configuration.host), port: configuration.port).wait()
            listener.withLock { $0 = channel }
            guard let address = channel.localAddress, let ip = address.ipAddress, let port = address.port else {
                throw ConnectorError("the listener has no address")
            }
            return ip.contains(":") ? "[\(ip)]:\(port)" : "\(ip):\(port)"
        } catch let error as IOError {
            throw failure(errno: error.errnoCode)
        } catch let error as ConnectorError {
            throw error
        } catch {
            throw ConnectorError(
                "cannot listen on \(configuration.host): \(error)", hint: "choose an address with --listen")
        }
    }

    private func failure(errno code: CInt) -> ConnectorError {
        let hint = "choose another with --listen"
        return switch code {
        case EADDRINUSE: ConnectorError("port \(configuration.port) is in use", hint: hint)
        case EACCES: ConnectorError("port \(configuration.port) needs privileges", hint: hint)
        case EADDRNOTAVAIL: ConnectorError("\(configuration.host) is not an address of this machine", hint: hint)
        default:
            ConnectorError(
                "cannot listen on \(configuration.host):\(configuration.port): \(String(cString: strerror(code)))",
                hint: hint)
        }
    }

    /// Stops to accept, lets requests that were begun finish for at most so long, then closes all.
    ///
    /// Waits, so it is not for an event loop. Every server is to be shut down once, bound or not.
    package func shutdown(graceMilliseconds: Int = 10_000) {
        let channel = listener.withLock { channel in
            defer { channel = nil }
            return channel
        }
        if let channel { _ = try? channel.close().wait() }
        for channel in shared.drain() { channel.pipeline.fireUserInboundEventTriggered(DrainEvent()) }
        shared.awaitNone(milliseconds: graceMilliseconds)
        for channel in shared.channels { channel.close(promise: nil) }
        shared.awaitNone(milliseconds: 1_000)
        shared.stop()
        _ = try? group.syncShutdownGracefully()
        api.pipeline.withLock { $0 = nil }
    }

    /// Connections that are open now.
    package var connectionCount: Int { shared.channels.count }

    private static func bare(_ host: String) -> String {
        host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
    }

    /// Only this machine can reach `host`.
    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" { return true }
        guard let address = try? SocketAddress(ipAddress: bare(host), port: 0), let ip = address.ipAddress else {
            return false
        }
        return ip == "::1" || (address.protocol == .inet && ip.hasPrefix("127."))
    }
}

/// What all connections share: the routes, who is connected, how many bytes of requests are held.
final class ServerShared: Sendable {
    struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isDraining = false
    }

    let router = Router()
    private let maxConnections: Int
    private let maxBytes: Int
    private let state = Monitor(State())
    private let bytes = Atomic(0)
    private let stopped = Atomic(false)

    init(maxConnections: Int, maxBytes: Int) {
        self.maxConnections = maxConnections
        self.maxBytes = maxBytes
    }

    var channels: [any Channel] { state.withLock { Array($0.channels.values) } }

    /// Sets a new connection up, on its event loop; one too many is told so.
    func install(_ channel: any Channel, _ settings: ConnectionHandler.Settings, _ loops: [any EventLoop]) throws {
        let key = ObjectIdentifier(channel)
        let isTaken = state.withLock { state in
            if state.isDraining || state.channels.count >= maxConnections { return false }
            state.channels[key] = channel
            return true
        }
        guard isTaken else {
            try channel.pipeline.syncOperations.addHandler(RefusalHandler())
            return
        }
        channel.closeFuture.whenComplete { _ in _ = self.state.signal { $0.channels.removeValue(forKey: key) } }
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = ServerLimits.headerBytes
        limits.maxHeaderListSize = ServerLimits.headerBytes
        limits.maxHeaderFieldCount = ServerLimits.headerFields
        let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)
        let loopIndex = loops.firstIndex { $0 === channel.eventLoop } ?? 0
        try channel.pipeline.syncOperations.addHandlers(
            ByteToMessageHandler(decoder), ConnectionHandler(self, settings, loopIndex: loopIndex))
    }

    func drain() -> [any Channel] {
        state.withLock { state in
            state.isDraining = true
            return Array(state.channels.values)
        }
    }

    func awaitNone(milliseconds: Int) {
        _ = state.wait(microseconds: Int64(milliseconds) * 1_000) { $0.channels.isEmpty ? true : nil }
    }

    /// No event loop runs any more.
    var isStopped: Bool { stopped.load(ordering: .relaxed) }
    func stop() { stopped.store(true, ordering: .relaxed) }

    func charge(_ count: Int) -> Bool {
        if bytes.add(count, ordering: .relaxed).newValue <= maxBytes { return true }
        release(count)
        return false
    }

    func release(_ count: Int) { bytes.subtract(count, ordering: .relaxed) }
}

/// Tells a client that all connections are taken, and closes.
private final class RefusalHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func channelActive(context: ChannelHandlerContext) {
        var bytes = ByteBuffer()
        let response = Response.error(
            .unavailable, "the server has as many connections as it may", headers: [.init("retry-after", "1")])
        bytes.writeHead(response, Framing(keepAlive: false))
        bytes.writeImmutableBuffer(response.body)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(bytes)).whenComplete { _ in
            bound.value.close(mode: .output, promise: nil)
            bound.value.eventLoop.scheduleTask(in: .milliseconds(200)) { bound.value.close(promise: nil) }
        }
    }

    /// Bytes that come meanwhile are dropped.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { context.close(promise: nil) }
    }
}
