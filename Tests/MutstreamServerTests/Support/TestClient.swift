import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// An answer as it came over the wire.
struct Answer: Equatable {
    var status: Int
    var headers: [String: String]
    var body: String
}

/// A blocking TCP client that sends bytes as they are and reads whole answers. No wait is longer than ten seconds.
final class TestClient {
    private let descriptor: CInt
    private var isOpen = true
    private var received: [UInt8] = []
    /// Lives as long as the client.
    private let server: AnyObject?

    struct Refused: Error {}

    init(_ address: String, of server: AnyObject? = nil) throws {
        self.server = server
        let port = try #require(address.split(separator: ":").last.flatMap { UInt16($0) })
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var timeout = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var one: CInt = 1
        setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<CInt>.size))
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_port = port.bigEndian
        target.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let code = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else {
            close()
            throw Refused()
        }
    }

    deinit { close() }

    func close() {
        if isOpen { _ = closeDescriptor(descriptor) }
        isOpen = false
    }

    /// Sends nothing more, still reads.
    func endSending() { _ = shutdown(descriptor, CInt(SHUT_WR)) }

    /// False: the server has closed.
    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                sendBytes(descriptor, buffer.baseAddress.map { $0 + sent }, bytes.count - sent, CInt(MSG_NOSIGNAL))
            }
            if count <= 0 { return false }
            sent += count
        }
        return true
    }

    /// More bytes; false at the end or after ten seconds.
    func fill() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count > 0 else { return false }
        received.append(contentsOf: chunk[..<count])
        return true
    }

    /// The next answer; nil where the connection ended before it was whole.
    func answer(headOnly: Bool = false) -> Answer? {
        var end = headEnd()
        while end == nil {
            guard fill() else { return nil }
            end = headEnd()
        }
        guard let end else { return nil }
        let lines = String(decoding: received[..<end], as: UTF8.self).split(separator: "\r\n")
        received.removeFirst(end + 4)
        guard let first = lines.first, let status = first.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
        }
        let length = headOnly ? 0 : headers["content-length"].flatMap { Int($0) } ?? 0
        while received.count < length { guard fill() else { return nil } }
        let body = String(decoding: received[..<length], as: UTF8.self)
        received.removeFirst(length)
        return Answer(status: status, headers: headers, body: body)
    }

    private func headEnd() -> Int? {
        guard received.count >= 4 else { return nil }
        return (0...(received.count - 4)).first {
            received[$0] == 13 && received[$0 + 1] == 10 && received[$0 + 2] == 13 && received[$0 + 3] == 10
        }
    }

    /// The server has closed, and nothing was left to read.
    func isAtEnd() -> Bool {
        guard received.isEmpty else { return false }
        var byte: UInt8 = 0
        let count = recv(descriptor, &byte, 1, 0)
        return count == 0 || (count < 0 && errno == ECONNRESET)
    }

    /// Sends one request and reads its answer.
    func ask(_ request: String, headOnly: Bool = false) -> Answer? {
        send(request)
        return answer(headOnly: headOnly)
    }

    func get(_ path: String) -> Answer? { ask("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n") }

    func post(_ path: String, _ body: String, type: String? = "application/json", headers: String = "") -> Answer? {
        ask(postText(path, body, type: type, headers: headers))
    }
}

func postText(_ path: String, _ body: String, type: String? = "application/json", headers: String = "") -> String {
    let kind = type.map { "Content-Type: \($0)\r\n" } ?? ""
    return "POST \(path) HTTP/1.1\r\nHost: localhost\r\n\(kind)\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
}

// The names of the C library that the client's own methods hide.
private func closeDescriptor(_ descriptor: CInt) -> CInt { close(descriptor) }
private func sendBytes(_ descriptor: CInt, _ bytes: UnsafeRawPointer?, _ count: Int, _ flags: CInt) -> Int {
    send(descriptor, bytes, count, flags)
}
