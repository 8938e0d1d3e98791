import NIOCore
import NIOHTTP1

/// One connection's protocol without its socket: events go in, ``nextOutput()`` tells what to write.
///
/// Requests may overlap (pipelining); their answers leave in the order in which the requests came.
///
/// ```
/// head ─► body* ─► end ─► dispatch … answered ─► output
///   └─ refused: the answer is there at once, a short body is skipped, a long one ends the connection
/// ```
struct ConnectionMachine {
    struct Limits {
        var bodyBytes: Int
        /// Requests without an answer at which reading pauses.
        var pipelined = 64
        /// The longest body of a refused request that is read to its end to keep the connection.
        var skippedBytes = 65_536
    }

    /// What the driver is to put on the wire.
    enum Output: Hashable {
        /// `100 Continue`.
        case goOn
        case response(Response, Framing)
        /// Nothing more will be written. `linger`: the client may still be sending, so only our half closes at first.
        case finish(linger: Bool)
    }

    /// A request that is complete and wants an answer under this number.
    struct Dispatch {
        var id: Int
        var head: HTTPRequestHead
        var body: ByteBuffer
    }

    private enum Input {
        case betweenRequests
        case collecting(HTTPRequestHead, ByteBuffer)
        /// The request was refused; the rest of its body is dropped, then the connection ends or goes on.
        case skipping(closes: Bool)
        /// No more requests are taken.
        case ended
    }

    private struct Slot {
        var framing: Framing
        var response: Response?
        var wantsGoOn = false
    }

    private let limits: Limits
    private var input = Input.betweenRequests
    private var slots = CircularBuffer<Slot>(initialCapacity: 4)
    /// The number of the first slot.
    private var firstID = 0
    private var lingers = false
    private var draining = false
    private var finished = false

    init(_ limits: Limits) { self.limits = limits }

    /// Fewer requests than allowed wait for their answers.
    var mayRead: Bool {
        if case .ended = input { return slots.isEmpty }
        return slots.count < limits.pipelined
    }

    /// A request has begun but is not all here.
    var isReceiving: Bool {
        switch input {
        case .collecting, .skipping: true
        case .betweenRequests, .ended: false
        }
    }

    var isCollecting: Bool { if case .collecting = input { true } else { false } }
    var isIdle: Bool { slots.isEmpty && !isReceiving }
    var outstanding: Int { slots.count }

    // MARK: What arrives

    /// A request's head has arrived. `refusal` is the answer if the body is of no interest.
    mutating func head(_ head: HTTPRequestHead, refusal: Response?) {
        guard case .betweenRequests = input else { return }
        var framing = Framing(
            headOnly: head.method == .HEAD, keepAlive: head.isKeepAlive && !draining,
            isOldVersion: head.version == .http1_0)
        let announced = ConnectionMachine.announcedBytes(head)
        let expects = head.headers.contains(name: "expect") && announced != .none
        var response = refusal
        if case .length(let length) = announced, length > limits.bodyBytes, response == nil {
            response = ConnectionMachine.tooLarge(limits.bodyBytes)
        }
        guard let response else {
            slots.append(Slot(framing: framing, response: nil, wantsGoOn: expects && !framing.isOldVersion))
            input = .collecting(head, ByteBuffer())
            return
        }
        switch announced {
        case .none: input = .skipping(closes: !framing.keepAlive)
        case .length(let length) where length <= limits.skippedBytes && !expects:
            input = .skipping(closes: !framing.keepAlive)
        case .length, .chunked:
            framing.keepAlive = false
            lingers = true
            input = .ended
        }
        slots.append(Slot(framing: framing, response: response))
    }

    mutating func body(_ bytes: inout ByteBuffer) {
        switch input {
        case .collecting(let head, var collected):
            if collected.readableBytes + bytes.readableBytes > limits.bodyBytes {
                refuseLast(ConnectionMachine.tooLarge(limits.bodyBytes))
                return
            }
            // The buffer must have one owner while it grows.
            input = .ended
            if collected.readableBytes == 0 { collected = bytes } else { collected.writeBuffer(&bytes) }
            input = .collecting(head, collected)
        case .skipping, .betweenRequests, .ended: break
        }
    }

    /// The request is complete: it is to be answered, or was refused before.
    mutating func end() -> Dispatch? {
        switch input {
        case .collecting(let head, let body):
            slots[offset: slots.count - 1].wantsGoOn = false
            input = slots[offset: slots.count - 1].framing.keepAlive ? .betweenRequests : .ended
            return Dispatch(id: firstID + slots.count - 1, head: head, body: body)
        case .skipping(let closes):
            input = closes || draining ? .ended : .betweenRequests
            return nil
        case .betweenRequests, .ended: return nil
        }
    }

    mutating func answered(_ id: Int, _ response: Response) {
        let offset = id - firstID
        guard offset >= 0, offset < slots.count, slots[offset: offset].response == nil else { return }
        slots[offset: offset].response = response
    }

    // MARK: What goes wrong

    /// The bytes are not HTTP: one last answer.
    mutating func malformed(_ response: Response) {
        switch input {
        case .collecting: refuseLast(response)
        case .betweenRequests:
            slots.append(Slot(framing: Framing(keepAlive: false), response: response))
            lingers = true
            input = .ended
        case .skipping: stopTaking(lingering: true)
        case .ended: break
        }
    }

    /// The client sends nothing more. A request cut off in the middle has no answer.
    mutating func inputClosed() {
        if case .collecting = input { slots.removeLast() }
        lingers = false
        stopTaking(lingering: false)
    }

    /// Nothing came for too long.
    mutating func timedOut() {
        switch input {
        case .collecting:
            refuseLast(
                .error(.requestTimeout, "the request did not arrive in time", hint: "send the whole body at once"))
        case .skipping: stopTaking(lingering: true)
        case .betweenRequests: if slots.isEmpty { input = .ended }
        case .ended: break
        }
    }

    /// The server is stopping: what was begun is finished, nothing new is taken.
    mutating func drain() {
        draining = true
        switch input {
        case .collecting: slots[offset: slots.count - 1].framing.keepAlive = false
        case .betweenRequests: stopTaking(lingering: !slots.isEmpty)
        case .skipping, .ended: break
        }
    }

    private mutating func refuseLast(_ response: Response) {
        guard !slots.isEmpty else { return }
        slots[offset: slots.count - 1].response = response
        slots[offset: slots.count - 1].wantsGoOn = false
        stopTaking(lingering: true)
    }

    private mutating func stopTaking(lingering: Bool) {
        if let last = slots.indices.last { slots[last].framing.keepAlive = false }
        lingers = lingers || lingering
        input = .ended
    }

    // MARK: What leaves

    /// The next thing to write, nil while the first answer is awaited.
    mutating func nextOutput() -> Output? {
        guard let first = slots.first else {
            guard case .ended = input, !finished else { return nil }
            finished = true
            return .finish(linger: lingers)
        }
        if let response = first.response {
            slots.removeFirst()
            firstID += 1
            return .response(response, first.framing)
        }
        if first.wantsGoOn {
            slots[offset: 0].wantsGoOn = false
            return .goOn
        }
        return nil
    }

    // MARK: Lengths

    enum Announced: Hashable {
        case none
        case length(Int)
        case chunked
    }

    /// What a head says of its body. The parser has refused contradictions.
    static func announcedBytes(_ head: HTTPRequestHead) -> Announced {
        if let text = head.headers.first(name: "content-length") {
            // A length that leaves Int is longer than any limit.
            let length = Int(text) ?? .max
            return length == 0 ? .none : .length(length)
        }
        return head.headers.contains(name: "transfer-encoding") ? .chunked : .none
    }

    static func tooLarge(_ bytes: Int) -> Response {
        .error(
            .contentTooLarge, "the body is larger than \(bytes) bytes",
            hint: "send it in several requests")
    }
}

extension CircularBuffer {
    /// The element so many places after the first.
    fileprivate subscript(offset offset: Int) -> Element {
        get { self[index(startIndex, offsetBy: offset)] }
        set { self[index(startIndex, offsetBy: offset)] = newValue }
    }
}
