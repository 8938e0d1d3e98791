/// Whatever stands between quotes: strings of three kinds and quoted names.
extension Lexer {
    // MARK: '…' and E'…'

    /// Scans a string whose quote is at `position`, and those that continue it on a later line.
    ///
    /// - Parameters:
    ///   - start: where the token begins: at the quote or at its prefix.
    ///   - escapes: whether a backslash escapes.
    mutating func scanString(from start: Int, escapes: Bool) throws(SQLError) -> String {
        var content: [UInt8] = []
        repeat {
            let quote = position
            position += 1
            try scanStringPart(into: &content, openedAt: (start, quote), escapes: escapes)
        } while skipToContinuation()
        return String(decoding: content, as: UTF8.self)
    }

    private mutating func scanStringPart(
        into content: inout [UInt8], openedAt open: (start: Int, quote: Int), escapes: Bool
    ) throws(SQLError) {
        while let byte = byte(at: position) {
            position += 1
            if byte == UInt8(ascii: "'") {
                guard self.byte(at: position) == UInt8(ascii: "'") else { return }
                position += 1
                content.append(byte)
            } else if byte == UInt8(ascii: "\\"), escapes {
                try scanEscape(into: &content)
            } else {
                guard byte != 0 else { throw nulByte(at: position - 1) }
                content.append(byte)
            }
        }
        isUnclosed = true
        throw SQLError(
            "this string is not closed: found the end of the text, expected '",
            at: SourceRange(min(open.start, open.quote), open.quote + 1),
            hint: "a quote in a string is written twice: ''")
    }

    /// Two strings with nothing but space with a line break between them are one.
    private mutating func skipToContinuation() -> Bool {
        var index = position
        var sawLineBreak = false
        while let byte = byte(at: index), isSpace(byte) {
            sawLineBreak = sawLineBreak || byte == 0x0A || byte == 0x0D
            index += 1
        }
        guard sawLineBreak, byte(at: index) == UInt8(ascii: "'") else { return false }
        position = index
        return true
    }

    private mutating func scanEscape(into content: inout [UInt8]) throws(SQLError) {
        let start = position - 1
        // A backslash at the very end leaves the string open, which the caller reports.
        guard let byte = byte(at: position) else { return }
        position += 1
        switch byte {
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"): try scanScalarEscape(from: start, digits: 4...4, into: &content)
        case UInt8(ascii: "U"): try scanScalarEscape(from: start, digits: 8...8, into: &content)
        case UInt8(ascii: "x"): try scanScalarEscape(from: start, digits: 1...2, into: &content)
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            position -= 1
            try scanScalarEscape(from: start, digits: 1...3, radix: 8, into: &content)
        default: content.append(byte)
        }
    }

    /// Scans the digits of `\u1234`, `\x7f` or `\101`. Unlike PostgreSQL, `\x` and octal escapes name scalars up to
    /// U+007F only, so that a string is always UTF-8.
    private mutating func scanScalarEscape(
        from start: Int, digits: ClosedRange<Int>, radix: UInt32 = 16, into content: inout [UInt8]
    ) throws(SQLError) {
        var value: UInt32 = 0
        var count = 0
        while count < digits.upperBound, let digit = byte(at: position).flatMap(hexadecimalDigit), digit < radix {
            value = value &* radix &+ digit
            count += 1
            position += 1
        }
        if value >> 10 == 0xD800 >> 10, digits.lowerBound == 4, let low = lowSurrogate() {
            value = 0x10000 &+ (value & 0x3FF) << 10 &+ low & 0x3FF
        }
        let range = SourceRange(start, position)
        guard count >= digits.lowerBound else {
            throw SQLError("expected \(digits.lowerBound) hexadecimal digits in this escape, found \(count)", at: range)
        }
        let isByte = digits.upperBound < 4
        guard value != 0, let scalar = Unicode.Scalar(value), !isByte || value < 0x80 else {
            throw SQLError(
                "this escape is not a character", at: range,
                hint: isByte ? "write a character beyond ASCII as itself, or as \\u and 4 digits" : nil)
        }
        content.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
    }

    /// Reads `\uDC00` and the like, the second half of a pair, if it is next.
    private mutating func lowSurrogate() -> UInt32? {
        guard byte(at: position) == UInt8(ascii: "\\"), byte(at: position + 1) == UInt8(ascii: "u") else { return nil }
        var value: UInt32 = 0
        for index in (position + 2)..<(position + 6) {
            guard let digit = byte(at: index).flatMap(hexadecimalDigit) else { return nil }
            value = value << 4 | digit
        }
        guard value >> 10 == 0xDC00 >> 10 else { return nil }
        position += 6
        return value
    }

    // MARK: $$…$$

    mutating func scanDollarString() throws(SQLError) -> String {
        let start = position
        var index = start + 1
        if let first = byte(at: index), startsWord(first) {
            while let next = byte(at: index), continuesWord(next), next != UInt8(ascii: "$") { index += 1 }
        }
        guard byte(at: index) == UInt8(ascii: "$") else {
            throw SQLError("unexpected character \"$\"", at: SourceRange(start, start + 1))
        }
        let tag = bytes[start...index]
        let contentStart = index + 1
        index = contentStart
        while index + tag.count <= end {
            if bytes[index] == 0 { throw nulByte(at: index) }
            if bytes[index] == UInt8(ascii: "$"), bytes[index..<(index + tag.count)].elementsEqual(tag) {
                position = index + tag.count
                return text(contentStart, index)
            }
            index += 1
        }
        isUnclosed = true
        throw SQLError(
            "this string is not closed: found the end of the text, expected \(text(start, contentStart, scalarsMax: 40))",
            at: SourceRange(start, contentStart))
    }

    // MARK: "…" and `…`

    mutating func scanQuotedName() throws(SQLError) -> String {
        let start = position
        let quote = bytes[start]
        var content: [UInt8] = []
        position += 1
        while let byte = byte(at: position) {
            position += 1
            guard byte != 0 else { throw nulByte(at: position - 1) }
            if byte == quote {
                guard self.byte(at: position) == quote else {
                    guard !content.isEmpty else {
                        throw SQLError(
                            "expected a name between the quotes, found none", at: SourceRange(start, position))
                    }
                    return String(decoding: content, as: UTF8.self)
                }
                position += 1
            }
            content.append(byte)
        }
        isUnclosed = true
        throw SQLError(
            "this name is not closed: found the end of the text, expected \(quote == UInt8(ascii: "`") ? "`" : "\"")",
            at: SourceRange(start, start + 1), hint: "strings stand in single quotes: '…'")
    }

    func nulByte(at index: Int) -> SQLError {
        SQLError("unexpected control character 0x00", at: SourceRange(index, index + 1))
    }
}

func hexadecimalDigit(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
}

/// The offset of the first byte that is not part of a well-formed scalar, if there is one.
///
/// - Complexity: O(*n*), no allocation.
func firstInvalidUTF8(_ bytes: [UInt8]) -> Int? {
    var index = 0
    while index < bytes.count {
        let first = bytes[index]
        if first < 0x80 {
            index += 1
            continue
        }
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return index
        }
        guard index + length <= bytes.count, second.contains(bytes[index + 1]) else { return index }
        for i in (index + 2)..<max(index + 2, index + length) where !(0x80...0xBF).contains(bytes[i]) { return index }
        index += length
    }
    return nil
}
