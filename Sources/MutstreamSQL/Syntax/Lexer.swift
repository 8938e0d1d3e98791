/// Cuts a SQL text into tokens, by the lexical rules of PostgreSQL.
///
/// ```
/// SELECT "A" -- note      word(select) quotedName(A) end
/// ```
///
/// Works on UTF-8 bytes. Every token's range lies in the text, in order and without overlap.
struct Lexer {
    /// The longest text, in bytes.
    static let textBytesMax = 4 << 20

    /// The longest operator, in bytes.
    static let operatorBytesMax = 63

    let bytes: [UInt8]
    /// Where to stop: the end of the text, or of the part of it that is scanned.
    let end: Int
    var position: Int
    /// Whether what is thrown is that a quote or a comment is not closed.
    var isUnclosed = false
    private(set) var tokens: [Token] = []

    private init(_ bytes: [UInt8], in range: Range<Int>) {
        self.bytes = bytes
        self.position = range.lowerBound
        self.end = range.upperBound
    }

    /// All tokens of a text, the last of them ``Token/Kind/end``.
    ///
    /// - Throws: what is not UTF-8, not closed or no token at all, at its place.
    /// - Complexity: O(*n*) in the bytes of the text.
    static func tokens(_ bytes: [UInt8]) throws(SQLError) -> [Token] {
        try check(bytes)
        return try tokens(bytes, in: 0..<bytes.count)
    }

    /// The tokens of a part of a text that has been found to be UTF-8.
    static func tokens(_ bytes: [UInt8], in range: Range<Int>) throws(SQLError) -> [Token] {
        var lexer = Lexer(bytes, in: range)
        lexer.tokens.reserveCapacity(range.count / 5 + 1)
        try lexer.run()
        return lexer.tokens
    }

    /// The tokens before the first mistake, then the mistake, and whether it is a quote or comment that is not closed.
    static func tokensBeforeError(_ bytes: [UInt8]) -> (tokens: [Token], error: SQLError?, isUnclosed: Bool) {
        do throws(SQLError) { try check(bytes) } catch { return ([], error, false) }
        var lexer = Lexer(bytes, in: 0..<bytes.count)
        do throws(SQLError) {
            try lexer.run()
            return (lexer.tokens, nil, false)
        } catch {
            return (lexer.tokens, error, lexer.isUnclosed)
        }
    }

    private static func check(_ bytes: [UInt8]) throws(SQLError) {
        guard bytes.count <= textBytesMax else {
            let end = SourceRange(textBytesMax, textBytesMax)
            throw SQLError("the text has \(bytes.count) bytes, expected \(textBytesMax) at most", at: end)
        }
        if let bad = firstInvalidUTF8(bytes) {
            throw SQLError(
                "invalid UTF-8: found byte 0x\(hexadecimal(bytes[bad]))", at: SourceRange(bad, bad + 1),
                hint: "save the file as UTF-8")
        }
    }

    private mutating func run() throws(SQLError) {
        let start = position
        try skipSpace()
        while position < end {
            try scanToken()
            try skipSpace()
        }
        let last = tokens.last?.range.end ?? start
        tokens.append(Token(kind: .end, text: "", range: SourceRange(last, last)))
    }

    private mutating func scanToken() throws(SQLError) {
        let start = position
        switch bytes[start] {
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ","), UInt8(ascii: ";"):
            position += 1
            emit(.symbol, String(UnicodeScalar(bytes[start])), from: start)
        case UInt8(ascii: "'"):
            emit(.string, try scanString(from: start, escapes: false), from: start)
        case UInt8(ascii: "\""), UInt8(ascii: "`"):
            emit(.quotedName, try scanQuotedName(), from: start)
        case UInt8(ascii: "$"):
            if isDigit(byte(at: start + 1)) {
                emit(.parameter, try scanParameter(), from: start)
            } else {
                emit(.string, try scanDollarString(), from: start)
            }
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            emit(.number, try scanNumber(), from: start)
        case UInt8(ascii: ".") where isDigit(byte(at: start + 1)):
            emit(.number, try scanNumber(), from: start)
        case let byte where startsWord(byte):
            try scanWordOrPrefixedString()
        default:
            emit(.symbol, try scanSymbol(), from: start)
        }
    }

    mutating func emit(_ kind: Token.Kind, _ text: String, from start: Int) {
        tokens.append(Token(kind: kind, text: text, range: SourceRange(start, position)))
    }

    // MARK: Space and comments

    mutating func skipSpace() throws(SQLError) {
        while let byte = byte(at: position) {
            if isSpace(byte) {
                position += 1
            } else if byte == UInt8(ascii: "-"), self.byte(at: position + 1) == UInt8(ascii: "-") {
                while let next = self.byte(at: position), next != 0x0A { position += 1 }
            } else if byte == UInt8(ascii: "/"), self.byte(at: position + 1) == UInt8(ascii: "*") {
                try skipBlockComment()
            } else {
                return
            }
        }
    }

    private mutating func skipBlockComment() throws(SQLError) {
        let start = position
        var depth = 0
        repeat {
            guard let first = byte(at: position), let second = byte(at: position + 1) else {
                isUnclosed = true
                throw SQLError(
                    "this comment is not closed: found the end of the text, expected */",
                    at: SourceRange(start, start + 2), hint: depth > 1 ? "comments nest: each /* needs its */" : nil)
            }
            if first == UInt8(ascii: "/"), second == UInt8(ascii: "*") {
                depth += 1
                position += 2
            } else if first == UInt8(ascii: "*"), second == UInt8(ascii: "/") {
                depth -= 1
                position += 2
            } else {
                position += 1
            }
        } while depth > 0
    }

    // MARK: Words

    private mutating func scanWordOrPrefixedString() throws(SQLError) {
        let start = position
        try refuseLookalike()
        while let byte = byte(at: position), continuesWord(byte) { position += 1 }
        if position == start + 1, try scanPrefixed(from: start) { return }
        emit(.word, folded(start, position), from: start)
    }

    /// Refuses typographic quotes and spaces, which no one means as part of a name.
    private func refuseLookalike() throws(SQLError) {
        guard bytes[position] >= 0x80 else { return }
        let head = bytes[position..<min(position + 4, bytes.count)]
        guard let scalar = String(decoding: head, as: UTF8.self).unicodeScalars.first else { return }
        let hint: String
        switch scalar {
        case "\u{2018}", "\u{2019}", "\u{201A}", "\u{2032}", "\u{201C}", "\u{201D}", "\u{201E}", "\u{2033}":
            hint = "a string stands in straight quotes: '…'"
        case "\u{A0}", "\u{2000}"..."\u{200B}", "\u{202F}", "\u{3000}", "\u{FEFF}":
            hint = "replace this invisible character by an ordinary space"
        default:
            return
        }
        let code = String(scalar.value, radix: 16, uppercase: true)
        throw SQLError(
            "unexpected character U+\(String(repeating: "0", count: max(0, 4 - code.count)) + code)",
            at: SourceRange(position, position + UTF8.width(scalar)), hint: hint)
    }

    /// The text of a range of bytes with A–Z made small.
    func folded(_ start: Int, _ end: Int) -> String {
        let slice = bytes[start..<end]
        guard slice.contains(where: { $0 &- 0x41 < 26 }) else { return String(decoding: slice, as: UTF8.self) }
        return String(decoding: slice.map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }, as: UTF8.self)
    }

    // MARK: Bytes

    func byte(at index: Int) -> UInt8? {
        index < end ? bytes[index] : nil
    }

    /// The text of a range of bytes that begins and ends at a scalar's edge, cut after `scalarsMax` with an ellipsis.
    func text(_ start: Int, _ end: Int, scalarsMax: Int = .max) -> String {
        let whole = String(decoding: bytes[start..<end], as: UTF8.self)
        guard end - start > scalarsMax, whole.unicodeScalars.count > scalarsMax else { return whole }
        return String(String.UnicodeScalarView(whole.unicodeScalars.prefix(scalarsMax))) + "…"
    }

    static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
}

func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (byte >= 0x09 && byte <= 0x0D)
}

func isDigit(_ byte: UInt8?) -> Bool {
    guard let byte else { return false }
    return byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
}

/// Whether a byte can be the first of an unquoted name: a letter, `_` or a byte of a scalar beyond ASCII.
func startsWord(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- 0x61 < 26 || byte == UInt8(ascii: "_") || byte >= 0x80
}

func continuesWord(_ byte: UInt8) -> Bool {
    startsWord(byte) || isDigit(byte) || byte == UInt8(ascii: "$")
}
