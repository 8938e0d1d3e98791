/// Literals: numbers, strings, intervals, and strings with a type.
extension Parser {
    private mutating func parameterReference() throws(SQLError) -> Expr {
        guard let number = Int(current.text), (1...Int(UInt16.max)).contains(number) else {
            throw SQLError("found $\(current.text), expected $1 to $65535", at: current.range)
        }
        let range = current.range
        advance()
        return Expr(.parameter(number), range: range)
    }

    /// A number, a string, bits or a parameter.
    mutating func literal() throws(SQLError) -> Expr {
        let token = current
        let kind: ExprKind
        switch token.kind {
        case .number: kind = .number(token.text)
        case .bits: kind = .typedString(TypeName("bit", range: token.range), token.text)
        case .parameter: return try parameterReference()
        default: kind = .string(token.text)
        }
        advance()
        return Expr(kind, range: token.range)
    }

    mutating func wordLiteral() throws(SQLError) -> Expr {
        let (word, start) = (current.text, current.range)
        let kind: ExprKind
        switch word {
        case "null": kind = .null
        case "true": kind = .boolean(true)
        case "false": kind = .boolean(false)
        case "interval": return try interval()
        default: kind = .function(FunctionCall(name: Identifier(word, range: start), arguments: []))
        }
        advance()
        return Expr(kind, range: start)
    }

    private mutating func interval() throws(SQLError) -> Expr {
        let value = token(ahead: 1)
        let start = current.range
        advance()
        advance()
        var unit: String?
        if current.kind == .word, let known = Keyword.intervalUnits[current.text] {
            let first = current.range
            unit = known
            advance()
            if isSymbol("(") { throw unsupported("digits of a unit", at: current.range) }
            if take("to") {
                let last = Keyword.intervalUnits[current.text] ?? current.text
                guard current.kind == .word, Keyword.intervalRanges.contains("\(known) to \(last)") else {
                    throw SQLError(
                        "expected a smaller unit such as in DAY TO SECOND, found \(description(of: current))",
                        at: first.union(current.range))
                }
                unit = "\(known) to \(last)"
                advance()
            }
        } else if value.kind == .number {
            throw unexpected(.thing("a unit such as SECOND"))
        }
        return Expr(.interval(value.text, unit: unit), range: range(from: start))
    }

    /// `DATE '…'`, `DECIMAL(5, 2) '1.5'`.
    mutating func typedString() throws(SQLError) -> Expr {
        let start = current.range
        let type = try typeName()
        guard current.kind == .string else { throw unexpected(.thing("a string")) }
        let text = current.text
        advance()
        return Expr(.typedString(type, text), range: range(from: start))
    }

    /// The index of the string that a type's name at hand is followed by, if it is.
    func stringBehindType() -> Int? {
        guard current.kind == .quotedName || !Keyword.reserved.contains(current.text), current.text != "interval" else {
            return nil
        }
        var index = 1
        while isSymbol(".", ahead: index), index < 6 { index += 2 }
        for pair in [("double", "precision"), ("character", "varying"), ("char", "varying"), ("bit", "varying")]
        where isWord(pair.0) && isWord(pair.1, ahead: 1) { index = 2 }
        if isWord("national"), isWord("character", ahead: 1) || isWord("char", ahead: 1) {
            index = isWord("varying", ahead: 2) ? 3 : 2
        }
        if isSymbol("(", ahead: index) {
            var close = index + 1
            while token(ahead: close).kind == .number || isSymbol(",", ahead: close), close < index + 5 { close += 1 }
            guard isSymbol(")", ahead: close), close > index + 1 else { return nil }
            index = close + 1
        }
        if isWord("time") || isWord("timestamp"), isWord("with", ahead: index) || isWord("without", ahead: index) {
            if isWord("local", ahead: index + 1) { index += 1 }
            guard isWord("time", ahead: index + 1), isWord("zone", ahead: index + 2) else { return nil }
            index += 3
        }
        return token(ahead: index).kind == .string ? position + index : nil
    }
}
