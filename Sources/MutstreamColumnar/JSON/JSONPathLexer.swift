/// A word of a path.
enum JSONPathToken: Sendable, Hashable {
    /// `$`, `@`, brackets, operators.
    case symbol(String)
    /// A name without quotes, with its escapes resolved.
    case name([UInt8])
    /// A text in quotes.
    case string([UInt8])
    /// `$name`.
    case variable([UInt8])
    /// Canonical text of a number, and whether it is written as a whole number.
    case number([UInt8], isInteger: Bool)
    case end

    var text: String {
        switch self {
        case .symbol(let text): "'\(text)'"
        case .name(let bytes): "'\(String(decoding: bytes.prefix(40), as: UTF8.self))'"
        case .string(let bytes): "the text \"\(String(decoding: bytes.prefix(40), as: UTF8.self))\""
        case .variable(let bytes): "the variable $\(String(decoding: bytes.prefix(40), as: UTF8.self))"
        case .number(let bytes, _): "the number \(String(decoding: bytes.prefix(40), as: UTF8.self))"
        case .end: "the end"
        }
    }
}

/// Cuts a path into words.
struct JSONPathLexer {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private func byte(_ ahead: Int = 0) -> UInt8 { position + ahead < bytes.count ? bytes[position + ahead] : 0 }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        TextCodec.isSpace(byte) || "?%$.[]{}()|&!=<>@#,*:-+/\"".utf8.contains(byte)
    }

    private func failure(_ message: String) -> JSONPathError { JSONPathError("invalid jsonpath: " + message) }

    private mutating func skipSpace() throws(JSONPathError) {
        while position < bytes.count {
            if TextCodec.isSpace(byte()) {
                position += 1
            } else if byte() == 0x2f, byte(1) == 0x2a {
                position += 2
                while position < bytes.count, !(byte() == 0x2a && byte(1) == 0x2f) { position += 1 }
                if position >= bytes.count { throw failure("unexpected end of comment") }
                position += 2
            } else {
                return
            }
        }
    }

    mutating func next() throws(JSONPathError) -> JSONPathToken {
        try skipSpace()
        guard position < bytes.count else { return .end }
        let first = byte()
        if first == 0x22 { return .string(try quoted()) }
        if first == 0x24 {
            position += 1
            if byte() == 0x22 { return .variable(try quoted()) }
            if position < bytes.count, !JSONPathLexer.isSpecial(byte()) { return .variable(try name()) }
            return .symbol("$")
        }
        if TextCodec.isDigit(first) || (first == 0x2e && TextCodec.isDigit(byte(1))) { return try number() }
        if JSONPathLexer.isSpecial(first) {
            let pair = [first, byte(1)]
            for symbol in ["&&", "||", "==", "!=", "<>", "<=", ">=", "**"] where Array(symbol.utf8) == pair {
                position += 2
                return .symbol(symbol == "<>" ? "!=" : symbol)
            }
            position += 1
            return .symbol(String(UnicodeScalar(first)))
        }
        return .name(try name())
    }

    private mutating func number() throws(JSONPathError) -> JSONPathToken {
        let start = position
        var isInteger = true
        while TextCodec.isDigit(byte()) { position += 1 }
        let whole = bytes[start..<position]
        if whole.count > 1, whole.first == 0x30 { throw failure("a number must not begin with 0") }
        var text = whole.isEmpty ? [0x30] : Array(whole)
        if byte() == 0x2e {
            isInteger = false
            position += 1
            let fraction = position
            while TextCodec.isDigit(byte()) { position += 1 }
            if position > fraction { text += [0x2e] + bytes[fraction..<position] }
        }
        let sign = byte(1) == 0x2b || byte(1) == 0x2d ? 1 : 0
        if byte() | 0x20 == 0x65, TextCodec.isDigit(byte(1 + sign)) {
            isInteger = false
            let exponent = position
            position += 1 + sign
            while TextCodec.isDigit(byte()) { position += 1 }
            text += bytes[exponent..<position]
        }
        if position < bytes.count, !JSONPathLexer.isSpecial(byte()) {
            throw failure("trailing junk after numeric literal")
        }
        var canonical: [UInt8] = []
        guard text.withUnsafeBytes({ JSONNumber.append($0, to: &canonical) }) else {
            throw failure("a number leaves the range of numeric")
        }
        return .number(canonical, isInteger: isInteger)
    }

    private mutating func name() throws(JSONPathError) -> [UInt8] {
        var result: [UInt8] = []
        while position < bytes.count, !JSONPathLexer.isSpecial(byte()) {
            if byte() == 0x5c {
                try escape(&result)
            } else if byte() == 0x2f, byte(1) == 0x2a {
                break
            } else {
                result.append(byte())
                position += 1
            }
        }
        return result
    }

    private mutating func quoted() throws(JSONPathError) -> [UInt8] {
        var result: [UInt8] = []
        position += 1
        while position < bytes.count {
            switch byte() {
            case 0x22:
                position += 1
                return result
            case 0x5c: try escape(&result)
            default:
                result.append(byte())
                position += 1
            }
        }
        throw failure("unterminated quoted string")
    }

    private mutating func hex(_ digits: Int) throws(JSONPathError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let digit = TextCodec.isDigit(byte()) ? byte() &- 0x30 : hexLetter(byte()) else {
                throw failure("invalid hexadecimal character sequence")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    private func hexLetter(_ byte: UInt8) -> UInt8? {
        let letter = TextCodec.lowered(byte)
        return letter &- 0x61 < 6 ? letter &- 0x57 : nil
    }

    /// One escape, or two where they are a pair of surrogates.
    private mutating func escape(_ result: inout [UInt8]) throws(JSONPathError) {
        position += 1
        guard position < bytes.count else { throw failure("unexpected end after backslash") }
        let kind = byte()
        position += 1
        switch kind {
        case 0x62: result.append(0x08)
        case 0x66: result.append(0x0c)
        case 0x6e: result.append(0x0a)
        case 0x72: result.append(0x0d)
        case 0x74: result.append(0x09)
        case 0x76: result.append(0x0b)
        case 0x78: try append(try hex(2), &result)
        case 0x75:
            var code = try unit()
            if code & 0xfc00 == 0xd800, byte() == 0x5c, byte(1) == 0x75 {
                position += 2
                let low = try unit()
                guard low & 0xfc00 == 0xdc00 else { throw failure("Unicode low surrogate must follow a high surrogate") }
                code = 0x10000 + (code & 0x3ff) << 10 + low & 0x3ff
            }
            try append(code, &result)
        default: result.append(kind)
        }
    }

    private mutating func unit() throws(JSONPathError) -> UInt32 {
        guard byte() == 0x7b else { return try hex(4) }
        position += 1
        var digits = 0
        while digits < 6, byte(digits) != 0x7d { digits += 1 }
        guard digits > 0, byte(digits) == 0x7d else { throw failure("invalid Unicode escape sequence") }
        let code = try hex(digits)
        position += 1
        return code
    }

    private func append(_ code: UInt32, _ result: inout [UInt8]) throws(JSONPathError) {
        guard code != 0, let scalar = Unicode.Scalar(code) else {
            throw failure("unsupported Unicode escape sequence")
        }
        result.append(contentsOf: UTF8.encode(scalar) ?? .init())
    }
}
