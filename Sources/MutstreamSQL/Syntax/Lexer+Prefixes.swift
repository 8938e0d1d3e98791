/// Strings with a prefix: E'…', B'…', X'…', N'…', U&'…', and U&"…".
extension Lexer {
    /// Reads the rest of a quoted thing whose prefix, one letter from `start`, has been read; false if it is a word.
    mutating func scanPrefixed(from start: Int) throws(SQLError) -> Bool {
        let prefix = bytes[start] | 0x20
        if prefix == UInt8(ascii: "u"), byte(at: position) == UInt8(ascii: "&") { return try scanUnicode(from: start) }
        guard byte(at: position) == UInt8(ascii: "'") else { return false }
        switch prefix {
        case UInt8(ascii: "e"): emit(.string, try scanString(from: start, escapes: true), from: start)
        case UInt8(ascii: "n"): emit(.string, try scanString(from: start, escapes: false), from: start)
        case UInt8(ascii: "b"), UInt8(ascii: "x"): try scanBits(prefix, from: start)
        default: return false
        }
        return true
    }

    private mutating func scanBits(_ prefix: UInt8, from start: Int) throws(SQLError) {
        let digits = try scanString(from: start, escapes: false)
        let radix: UInt32 = prefix == UInt8(ascii: "b") ? 2 : 16
        for byte in digits.utf8 {
            guard let digit = hexadecimalDigit(byte), digit < radix else {
                let digits = radix == 2 ? "binary digits" : "hexadecimal digits"
                throw SQLError(
                    "expected \(digits), found \(text(start, position, scalarsMax: 40))",
                    at: SourceRange(start, position))
            }
        }
        emit(.bits, (radix == 2 ? "b" : "x") + digits, from: start)
    }

    // MARK: U&'…'

    private mutating func scanUnicode(from start: Int) throws(SQLError) -> Bool {
        let quote = byte(at: position + 1)
        guard quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { return false }
        position += 1
        let isName = quote == UInt8(ascii: "\"")
        let raw = isName ? try scanQuotedName() : try scanString(from: start, escapes: false)
        let end = position
        let escape = try scanEscapeClause() ?? UInt8(ascii: "\\")
        let range = SourceRange(start, end)
        emit(isName ? .quotedName : .string, try decoded(Array(raw.utf8), escape, range), from: start)
        return true
    }

    /// `UESCAPE 'c'`, if it is next.
    private mutating func scanEscapeClause() throws(SQLError) -> UInt8? {
        let before = position
        try skipSpace()
        let wordEnd = position + 7
        guard wordEnd <= end, folded(position, wordEnd) == "uescape", byte(at: wordEnd).map(continuesWord) != true else {
            position = before
            return nil
        }
        position = wordEnd
        try skipSpace()
        guard byte(at: position) == UInt8(ascii: "'"), let escape = byte(at: position + 1), escape < 0x80,
            byte(at: position + 2) == UInt8(ascii: "'"), hexadecimalDigit(escape) == nil, escape > 0x20,
            escape != UInt8(ascii: "+"), escape != UInt8(ascii: "'"), escape != UInt8(ascii: "\"")
        else {
            let place = min(position, end)
            throw SQLError("expected one character in quotes behind UESCAPE", at: SourceRange(place, place))
        }
        position += 3
        return escape
    }

    /// The text that `\1234`, `\+123456` and `\\` in a text stand for.
    private func decoded(_ raw: [UInt8], _ escape: UInt8, _ range: SourceRange) throws(SQLError) -> String {
        var content: [UInt8] = []
        var index = 0
        var high: UInt32?
        while index < raw.count {
            let byte = raw[index]
            index += 1
            if byte != escape || index < raw.count && raw[index] == escape {
                guard high == nil else { break }
                if byte == escape { index += 1 }
                content.append(byte)
                continue
            }
            var digits = 4
            if index < raw.count, raw[index] == UInt8(ascii: "+") {
                digits = 6
                index += 1
            }
            var value: UInt32 = 0
            for _ in 0..<digits {
                guard index < raw.count, let digit = hexadecimalDigit(raw[index]) else {
                    throw SQLError("expected \(digits) hexadecimal digits in an escape", at: range)
                }
                value = value << 4 | digit
                index += 1
            }
            if let first = high, value >> 10 == 0xDC00 >> 10 {
                value = 0x10000 &+ (first & 0x3FF) << 10 &+ value & 0x3FF
                high = nil
            } else if value >> 10 == 0xD800 >> 10, high == nil {
                high = value
                continue
            }
            guard high == nil, value != 0, let scalar = Unicode.Scalar(value) else {
                throw SQLError("an escape in this text is not a character", at: range)
            }
            content.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
        }
        guard high == nil else { throw SQLError("an escape in this text is half a character", at: range) }
        return String(decoding: content, as: UTF8.self)
    }
}
