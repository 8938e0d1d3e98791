/// Lines to statements: one ends at a `;` outside quotes and comments. Each byte is looked at once.
struct StatementReader {
    struct Statement: Equatable {
        var text: String
        /// Bytes of the input before it.
        var offset: Int
    }

    private enum State {
        case plain
        case lineComment
        case blockComment(depth: Int)
        case quote(UInt8, backslashes: Bool)
        case dollar([UInt8])
    }

    private var bytes: [UInt8] = []
    private var position = 0
    private var state = State.plain
    private var hasWords = false
    private var consumed = 0

    /// No statement and no comment is open.
    var isEmpty: Bool {
        if hasWords { return false }
        switch state {
        case .plain, .lineComment: return true
        case .blockComment, .quote, .dollar: return false
        }
    }

    /// All statements of a text; the last one may lack its `;`.
    static func statements(of text: String) -> [Statement] {
        var reader = StatementReader()
        return reader.feed(text) + (reader.finish().map { [$0] } ?? [])
    }

    /// The statements that a line completes, each with its `;`.
    mutating func feed(_ line: String) -> [Statement] {
        bytes += Array(line.utf8)
        bytes.append(0x0A)
        var statements: [Statement] = []
        var start = 0
        while position < bytes.count {
            if let end = step() {
                if hasWords {
                    statements.append(
                        Statement(text: String(decoding: bytes[start..<end], as: UTF8.self), offset: consumed + start))
                }
                hasWords = false
                start = end
            }
        }
        if isEmpty { start = bytes.count }
        bytes.removeFirst(start)
        position -= start
        consumed += start
        return statements
    }

    /// What remains at the end of the input: a statement without `;`.
    mutating func finish() -> Statement? {
        defer { cancel() }
        return isEmpty ? nil : Statement(text: String(decoding: bytes, as: UTF8.self), offset: consumed)
    }

    mutating func cancel() { self = StatementReader() }

    /// One byte, or a mark of two; the place behind a `;` that ends a statement.
    private mutating func step() -> Int? {
        let byte = bytes[position]
        let next = position + 1 < bytes.count ? bytes[position + 1] : 0
        var length = 1
        switch state {
        case .plain:
            if byte == UInt8(ascii: ";") {
                position += 1
                return position
            } else if byte == UInt8(ascii: "-"), next == byte {
                state = .lineComment
            } else if byte == UInt8(ascii: "/"), next == UInt8(ascii: "*") {
                state = .blockComment(depth: 1)
                length = 2
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                let isEscaped = position > 0 && bytes[position - 1] | 0x20 == UInt8(ascii: "e")
                state = .quote(byte, backslashes: isEscaped && byte == UInt8(ascii: "'"))
                hasWords = true
            } else if byte == UInt8(ascii: "$"), let tag = tag() {
                state = .dollar(tag)
                length = tag.count
                hasWords = true
            } else if byte > 0x20 {
                hasWords = true
            }
        case .lineComment: if byte == 0x0A { state = .plain }
        case .blockComment(let depth):
            if byte == UInt8(ascii: "*"), next == UInt8(ascii: "/") {
                state = depth == 1 ? .plain : .blockComment(depth: depth - 1)
                length = 2
            } else if byte == UInt8(ascii: "/"), next == UInt8(ascii: "*") {
                state = .blockComment(depth: depth + 1)
                length = 2
            }
        case .quote(let quote, let backslashes):
            // A doubled quote closes one and opens the next.
            if byte == quote { state = .plain }
            if backslashes, byte == UInt8(ascii: "\\") { length = 2 }
        case .dollar(let tag):
            if byte == UInt8(ascii: "$"), bytes[position...].starts(with: tag) {
                state = .plain
                length = tag.count
            }
        }
        position = min(bytes.count, position + length)
        return nil
    }

    /// `$$` or `$name$` at the place, which is not inside a word.
    private func tag() -> [UInt8]? {
        func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 || byte == UInt8(ascii: "_") || byte >= 0x80 }
        func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
        if position > 0, isLetter(bytes[position - 1]) || isDigit(bytes[position - 1]) { return nil }
        var end = position + 1
        while end < bytes.count, end - position < 64 {
            if bytes[end] == UInt8(ascii: "$") { return Array(bytes[position...end]) }
            guard isLetter(bytes[end]) || (isDigit(bytes[end]) && end > position + 1) else { return nil }
            end += 1
        }
        return nil
    }
}
