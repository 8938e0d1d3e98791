/// Numbers, parameters and operators.
extension Lexer {
    // MARK: Numbers

    mutating func scanNumber() throws(SQLError) -> String {
        let start = position
        if bytes[start] == UInt8(ascii: "0"), let digits = try scanOtherRadix() { return digits }
        skipDigits()
        if byte(at: position) == UInt8(ascii: ".") {
            position += 1
            skipDigits()
        }
        if let byte = byte(at: position), byte | 0x20 == UInt8(ascii: "e") {
            let sign = self.byte(at: position + 1)
            let signLength = sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") ? 1 : 0
            if isDigit(self.byte(at: position + 1 + signLength)) {
                position += 1 + signLength
                skipDigits()
            }
        }
        try refuseJunk(after: start)
        guard bytes[start..<position].contains(UInt8(ascii: "_")) else { return text(start, position) }
        return String(decoding: bytes[start..<position].filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
    }

    /// Digits, with `_` between them as one likes.
    private mutating func skipDigits() {
        while isDigit(byte(at: position))
            || byte(at: position) == UInt8(ascii: "_") && position > 0 && isDigit(bytes[position - 1])
                && isDigit(byte(at: position + 1))
        {
            position += 1
        }
    }

    /// `0x1F`, `0o17` or `0b101` in decimal digits.
    private mutating func scanOtherRadix() throws(SQLError) -> String? {
        let start = position
        let radix: UInt64
        switch byte(at: start + 1).map({ $0 | 0x20 }) {
        case UInt8(ascii: "x"): radix = 16
        case UInt8(ascii: "o"): radix = 8
        case UInt8(ascii: "b"): radix = 2
        default: return nil
        }
        position += 2
        var value: UInt64 = 0
        var isTooLarge = false
        var digits = 0
        while let byte = byte(at: position) {
            if byte == UInt8(ascii: "_"), self.byte(at: position + 1) != UInt8(ascii: "_") {
                position += 1
                continue
            }
            guard let digit = hexadecimalDigit(byte), UInt64(digit) < radix else { break }
            let (product, overflows) = value.multipliedReportingOverflow(by: radix)
            let (sum, carries) = product.addingReportingOverflow(UInt64(digit))
            isTooLarge = isTooLarge || overflows || carries
            value = sum
            digits += 1
            position += 1
        }
        try refuseJunk(after: start)
        guard digits > 0, bytes[position - 1] != UInt8(ascii: "_") else {
            throw SQLError(
                "expected digits, found \"\(text(start, position, scalarsMax: 40))\"", at: SourceRange(start, position))
        }
        guard !isTooLarge else {
            throw SQLError("this number is beyond 64 bits", at: SourceRange(start, position), hint: "write it in decimal")
        }
        return String(value)
    }

    /// A letter right behind a number belongs to neither.
    private mutating func refuseJunk(after start: Int) throws(SQLError) {
        guard let byte = byte(at: position), startsWord(byte) else { return }
        while let next = self.byte(at: position), continuesWord(next) { position += 1 }
        throw SQLError(
            "expected a number, found \"\(text(start, position, scalarsMax: 40))\"", at: SourceRange(start, position),
            hint: byte == UInt8(ascii: "_")
                ? "a _ stands between two digits" : "put a space behind the number, or quote the name: \"…\"")
    }

    mutating func scanParameter() throws(SQLError) -> String {
        let start = position
        position += 1
        while isDigit(byte(at: position)) { position += 1 }
        try refuseJunk(after: start)
        return text(start + 1, position)
    }

    // MARK: Symbols

    mutating func scanSymbol() throws(SQLError) -> String {
        let start = position
        switch bytes[start] {
        case UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "."):
            position += 1
        case UInt8(ascii: ":"):
            let next = byte(at: start + 1)
            position += next == UInt8(ascii: ":") || next == UInt8(ascii: "=") ? 2 : 1
        case let byte where isOperatorByte(byte):
            position = endOfOperator()
        default:
            let range = SourceRange(start, start + 1)
            guard bytes[start] >= 0x20, bytes[start] != 0x7F else {
                throw SQLError("unexpected control character 0x\(Lexer.hexadecimal(bytes[start]))", at: range)
            }
            throw SQLError("unexpected character \"\(text(start, start + 1))\"", at: range)
        }
        return text(start, position)
    }

    /// As far as there are operator's bytes and no comment. An operator ends in `+` or `-` only if it has a byte that is
    /// in none of SQL's own: `a=-1` has two operators, `a@-1` one.
    private func endOfOperator() -> Int {
        let start = position
        var index = start + 1
        while index - start < Lexer.operatorBytesMax, let byte = byte(at: index), isOperatorByte(byte) {
            let next = self.byte(at: index + 1)
            if byte == UInt8(ascii: "-"), next == UInt8(ascii: "-") { break }
            if byte == UInt8(ascii: "/"), next == UInt8(ascii: "*") { break }
            index += 1
        }
        guard !bytes[start..<index].contains(where: allowsSignBehind) else { return index }
        while index - start > 1, bytes[index - 1] == UInt8(ascii: "+") || bytes[index - 1] == UInt8(ascii: "-") {
            index -= 1
        }
        return index
    }
}

/// Whether a byte can be part of an operator.
func isOperatorByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "/"), UInt8(ascii: "<"),
        UInt8(ascii: ">"), UInt8(ascii: "="), UInt8(ascii: "~"), UInt8(ascii: "!"), UInt8(ascii: "@"),
        UInt8(ascii: "#"), UInt8(ascii: "%"), UInt8(ascii: "^"), UInt8(ascii: "&"), UInt8(ascii: "|"),
        UInt8(ascii: "?"):
        true
    default: false
    }
}

private func allowsSignBehind(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "~"), UInt8(ascii: "!"), UInt8(ascii: "@"), UInt8(ascii: "#"), UInt8(ascii: "%"),
        UInt8(ascii: "^"), UInt8(ascii: "&"), UInt8(ascii: "|"), UInt8(ascii: "?"):
        true
    default: false
    }
}
