import MutstreamEngine

/// Where a webhook posts: `http://host:port/path?query`.
struct WebhookURL: Sendable, Hashable {
    /// A name or an address, without brackets.
    let host: String
    let port: Int
    /// Path and query: `/orders?source=a`.
    let target: String
    /// As the header `host` has it.
    let authority: String

    init(_ text: String) throws(ConnectorError) {
        func refuse(_ message: String, _ hint: String) -> ConnectorError {
            ConnectorError(message, hint: hint, option: "url")
        }
        let example = "write it as url = 'http://127.0.0.1:8080/orders'"
        let lowered = text.lowercased()
        if lowered.hasPrefix("https://") {
            throw refuse(
                "\"\(text)\" asks for https, and no TLS is built in",
                "post to a proxy on this machine that speaks TLS to the other side, by http://127.0.0.1:PORT/…")
        }
        guard lowered.hasPrefix("http://") else { throw refuse("\"\(text)\" is not the URL of a webhook", example) }
        let rest = text.dropFirst("http://".count)
        guard rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw refuse("\"\(text)\" has characters that no URL has", "encode them: a space as %20")
        }
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        let authority = rest[..<end]
        if rest[end...].contains("#") { throw refuse("\"\(text)\" has a fragment", "leave out what follows the #") }
        if authority.contains("@") {
            throw refuse(
                "the URL holds a user or a password", "send them with headers = 'Authorization: Basic …' instead")
        }
        var (host, port) = (String(authority), 80)
        let afterAddress =
            authority.hasPrefix("[") ? authority.firstIndex(of: "]") ?? authority.endIndex : authority.startIndex
        if let colon = authority[afterAddress...].lastIndex(of: ":") {
            guard let number = UInt16(authority[authority.index(after: colon)...]), number > 0 else {
                throw refuse("\"\(authority)\" has no port of 1 to 65535", example)
            }
            (host, port) = (String(authority[..<colon]), Int(number))
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        let isPlain = host.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x3a: true
            default: false
            }
        }
        guard !host.isEmpty, isPlain else { throw refuse("\"\(text)\" names no host", example) }
        self.host = host
        self.port = port
        self.authority = String(authority)
        target = rest[end...].hasPrefix("/") ? String(rest[end...]) : "/" + rest[end...]
    }
}

/// More headers of each request: one a line, `Name: value`.
enum WebhookHeaders {
    /// Those that the sink itself sets.
    private static let own: Set = [
        "host", "connection", "content-length", "content-type", "content-encoding", "transfer-encoding", "expect", "upgrade",
        "te", "trailer", "keep-alive", "idempotency-key",
    ]

    static func parse(_ text: String) throws(ConnectorError) -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        for line in text.split(whereSeparator: { $0 == "\n" || $0 == "\r\n" }) {
            let line = line.drop { $0 == " " || $0 == "\t" }
            if line.isEmpty { continue }
            guard let colon = line.firstIndex(of: ":"), isToken(line[..<colon]) else {
                // The line may hold a secret: it is not shown.
                throw ConnectorError(
                    "header \(headers.count + 1) has no name", hint: "write one a line, as Authorization: Bearer ${TOKEN}",
                    option: "headers")
            }
            let name = String(line[..<colon])
            var value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            while value.last == " " || value.last == "\t" { value.removeLast() }
            guard value.utf8.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7f) }) else {
                throw ConnectorError("the header \(name) has a control character", option: "headers")
            }
            if own.contains(name.lowercased()) {
                throw ConnectorError(
                    "the header \(name) is set by the sink itself", hint: "leave it out", option: "headers")
            }
            headers.append((name, String(value)))
        }
        return headers
    }

    /// RFC 9110, section 5.6.2.
    private static func isToken(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}
