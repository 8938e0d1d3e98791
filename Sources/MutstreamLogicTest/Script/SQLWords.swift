/// A reader of SQL that knows just enough to find words: quotes, comments and parentheses of all the dialects.
struct SQLWords {
    struct Token {
        enum Kind { case word, quotedName, text, number, symbol }
        var kind: Kind
        var range: Range<Int>
        /// Open parentheses and brackets before it.
        var depth: Int
        /// Folded to lower case where it is a word; without its quotes where it is a name in quotes.
        var text: String
    }

    let bytes: [UInt8]
    private(set) var tokens: [Token] = []
    /// A quote or comment has no end.
    private(set) var isOpen = false

    init(_ sql: String) {
        bytes = Array(sql.utf8)
        scan()
    }

    /// The statements between `;`, without it. Those without words are left out.
    var statements: [String] {
        var result: [String] = []
        var first = 0
        for (index, token) in tokens.enumerated() where token.kind == .symbol && token.text == ";" {
            if index > first { result.append(text(tokens[first].range.lowerBound..<token.range.lowerBound)) }
            first = index + 1
        }
        if first < tokens.count, let last = tokens.last {
            result.append(text(tokens[first].range.lowerBound..<(isOpen ? bytes.count : last.range.upperBound)))
        }
        return result
    }

    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    /// The first words, without quotes and symbols.
    func leading(_ count: Int) -> [String] { tokens.prefix(count).map { $0.kind == .word ? $0.text : "" } }

    /// All that may be names of relations, folded.
    var names: Set<String> {
        Set(tokens.lazy.filter { $0.kind == .word || $0.kind == .quotedName }.map { $0.text.lowercased() })
    }

    /// The text without the ORDER BY of the whole query; nil: it has none, or a LIMIT depends on it.
    var withoutOrder: String? {
        guard
            let order = tokens.indices.last(where: { index in
                tokens[index].depth == 0 && tokens[index].text == "order" && tokens[index].kind == .word
                    && index + 1 < tokens.count && tokens[index + 1].text == "by"
            })
        else { return nil }
        let dependent: Set = ["limit", "offset", "fetch", "on", "union", "except", "intersect"]
        let isDependedOn = tokens[order...].contains { $0.depth == 0 && $0.kind == .word && dependent.contains($0.text) }
        let isDistinctOn = zip(tokens, tokens.dropFirst()).contains { $0.text == "distinct" && $1.text == "on" }
        if isDependedOn || isDistinctOn { return nil }
        return text(0..<tokens[order].range.lowerBound)
    }

    // MARK: Scanning

    private mutating func scan() {
        var position = 0
        var depth = 0
        while position < bytes.count {
            let start = position
            let byte = bytes[position]
            switch byte {
            case 0x20, 0x09...0x0D: position += 1
            case UInt8(ascii: "-") where peek(position + 1) == UInt8(ascii: "-"):
                while position < bytes.count, bytes[position] != 0x0A { position += 1 }
            case UInt8(ascii: "/") where peek(position + 1) == UInt8(ascii: "*"):
                position = end(of: "*/", from: position + 2)
            case UInt8(ascii: "'"):
                let isEscaped = start > 0 && (bytes[start - 1] | 0x20) == UInt8(ascii: "e")
                position = endOfQuote(byte, from: position + 1, backslashes: isEscaped)
                add(.text, start..<position, depth, "")
            case UInt8(ascii: "\""), UInt8(ascii: "`"):
                position = endOfQuote(byte, from: position + 1, backslashes: false)
                add(.quotedName, start..<position, depth, text(start..<position).filter { $0 != "\"" && $0 != "`" })
            case UInt8(ascii: "$") where dollarTag(at: position) != nil:
                let tag = dollarTag(at: position) ?? ""
                position = end(of: tag, from: position + tag.utf8.count)
                add(.text, start..<position, depth, "")
            case _ where SQLWords.isLetter(byte):
                while let next = peek(position), SQLWords.isLetter(next) || SQLWords.isDigit(next) { position += 1 }
                add(.word, start..<position, depth, text(start..<position).lowercased())
            case _ where SQLWords.isDigit(byte):
                while let next = peek(position), SQLWords.isLetter(next) || SQLWords.isDigit(next) || next == 0x2E {
                    position += 1
                }
                add(.number, start..<position, depth, text(start..<position))
            default:
                position += 1
                if byte == UInt8(ascii: ")") || byte == UInt8(ascii: "]") { depth = max(0, depth - 1) }
                add(.symbol, start..<position, depth, text(start..<position))
                if byte == UInt8(ascii: "(") || byte == UInt8(ascii: "[") { depth += 1 }
            }
        }
    }

    private mutating func add(_ kind: Token.Kind, _ range: Range<Int>, _ depth: Int, _ text: String) {
        tokens.append(Token(kind: kind, range: range, depth: depth, text: text))
    }

    private func peek(_ position: Int) -> UInt8? { position < bytes.count ? bytes[position] : nil }

    private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 || byte == 0x5F || byte >= 0x80 }
    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    private mutating func end(of mark: String, from start: Int) -> Int {
        let mark = Array(mark.utf8)
        var position = start
        while position + mark.count <= bytes.count {
            if bytes[position..<(position + mark.count)].elementsEqual(mark) { return position + mark.count }
            position += 1
        }
        isOpen = true
        return bytes.count
    }

    private mutating func endOfQuote(_ quote: UInt8, from start: Int, backslashes: Bool) -> Int {
        var position = start
        while position < bytes.count {
            if backslashes, bytes[position] == UInt8(ascii: "\\") {
                position += 2
                continue
            }
            if bytes[position] == quote {
                guard peek(position + 1) == quote else { return position + 1 }
                position += 1
            }
            position += 1
        }
        isOpen = true
        return bytes.count
    }

    /// `$$` or `$tag$`.
    private func dollarTag(at start: Int) -> String? {
        var position = start + 1
        while let byte = peek(position) {
            if byte == UInt8(ascii: "$") { return text(start..<(position + 1)) }
            guard SQLWords.isLetter(byte) || (SQLWords.isDigit(byte) && position > start + 1) else { return nil }
            position += 1
        }
        return nil
    }
}
