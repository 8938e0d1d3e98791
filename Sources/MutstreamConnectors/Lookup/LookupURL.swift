import MutstreamColumnar
import MutstreamEngine

/// The URL of one key: `http://host/rates/{currency}?day={day}`, where names in braces are columns of the key.
struct LookupURL: Sendable {
    private enum Part: Sendable {
        case text(String)
        /// A position among the key columns.
        case key(Int, DataType)
    }

    let server: WebhookURL
    private let parts: [Part]

    /// - Parameter key: the columns of the PRIMARY KEY.
    init(_ text: String, key: [(name: String, type: DataType)]) throws(ConnectorError) {
        server = try WebhookURL(text)
        var parts: [Part] = []
        var used = Set<Int>()
        var rest = server.target[...]
        while let open = rest.firstIndex(of: "{") {
            parts.append(.text(String(rest[..<open])))
            guard let close = rest[open...].firstIndex(of: "}") else {
                throw ConnectorError("the URL has a { without a }", hint: LookupURL.usage(key), option: "url")
            }
            let name = rest[rest.index(after: open)..<close].lowercased()
            guard let place = key.firstIndex(where: { $0.name.lowercased() == name }) else {
                throw ConnectorError(
                    "the URL names {\(name)}, which is no column of the PRIMARY KEY", hint: LookupURL.usage(key),
                    option: "url")
            }
            used.insert(place)
            parts.append(.key(place, key[place].type))
            rest = rest[rest.index(after: close)...]
        }
        parts.append(.text(String(rest)))
        if let missing = key.indices.first(where: { !used.contains($0) }) {
            throw ConnectorError(
                "the URL does not say where the key goes: {\(key[missing].name)} is not in it", hint: LookupURL.usage(key),
                option: "url")
        }
        self.parts = parts
    }

    private static func usage(_ key: [(name: String, type: DataType)]) -> String {
        "write url = 'http://127.0.0.1:8080/\(key.map { "{\($0.name)}" }.joined(separator: "/"))'"
    }

    /// Path and query for a key.
    func target(_ key: [Value]) -> String {
        parts.map { part in
            switch part {
            case .text(let text): text
            case .key(let place, let type): LookupURL.encoded(TextCodec.text(key[place], type))
            }
        }.joined()
    }

    /// RFC 3986, section 2.3: what is not unreserved is percent-encoded, byte by byte.
    private static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e: bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
