/// Operands: literals, columns, parentheses and the forms that begin with a word of their own.
extension Parser {
    mutating func primary() throws(SQLError) -> Expr {
        let token = current
        switch token.kind {
        case .number:
            advance()
            return Expr(.number(token.text), range: token.range)
        case .string:
            advance()
            return Expr(.string(token.text), range: token.range)
        case .quotedName:
            return try columnOrCall()
        case .word:
            return try wordPrimary()
        case .symbol where token.text == "(":
            return try parenthesized()
        case .symbol, .end:
            throw unexpected(.thing("an expression"))
        }
    }

    private mutating func wordPrimary() throws(SQLError) -> Expr {
        let word = current.text
        if let literal = try typedString() { return literal }
        if isSymbol("(", ahead: 1) {
            if let special = try specialCall(word) { return special }
        } else if let literal = try wordLiteral(word) {
            return literal
        }
        if word == "case", !isSymbol(".", ahead: 1) { return try caseExpression() }
        let isFunction = (word == "left" || word == "right") && isSymbol("(", ahead: 1)
        guard isFunction || !Keyword.reserved.contains(word) else { throw unexpected(.thing("an expression")) }
        return try columnOrCall()
    }

    private mutating func wordLiteral(_ word: String) throws(SQLError) -> Expr? {
        let start = current.range
        let kind: ExprKind
        switch word {
        case "null": kind = .null
        case "true": kind = .boolean(true)
        case "false": kind = .boolean(false)
        case "interval": return try interval()
        case _ where Keyword.niladicFunctions.contains(word):
            kind = .function(FunctionCall(name: Identifier(word, range: start), arguments: []))
        default: return nil
        }
        advance()
        return Expr(kind, range: start)
    }

    private mutating func interval() throws(SQLError) -> Expr? {
        let value = token(ahead: 1)
        guard value.kind == .string || value.kind == .number else { return nil }
        let start = current.range
        advance()
        advance()
        var unit: String?
        if current.kind == .word, let known = Keyword.intervalUnits[current.text] {
            unit = known
            advance()
            if isWord("to") { throw unsupported("an interval from one unit TO another", at: current.range) }
        } else if value.kind == .number {
            throw unexpected(.thing("a unit such as SECOND"))
        }
        return Expr(.interval(value.text, unit: unit), range: range(from: start))
    }

    /// `DATE '…'`, or nil if the word is a name here.
    private mutating func typedString() throws(SQLError) -> Expr? {
        guard ["date", "time", "timestamp", "timestamptz"].contains(current.text) else { return nil }
        var index = 1
        if isSymbol("(", ahead: 1), token(ahead: 2).kind == .number, isSymbol(")", ahead: 3) { index = 4 }
        if isWord("with", ahead: index) || isWord("without", ahead: index), isWord("time", ahead: index + 1) {
            index += 3
        }
        guard token(ahead: index).kind == .string else { return nil }
        let start = current.range
        let type = try typeName()
        let text = current.text
        guard current.kind == .string else { throw unexpected(.thing("a string")) }
        advance()
        return Expr(.typedString(type, text), range: range(from: start))
    }

    // MARK: Parentheses

    private mutating func parenthesized() throws(SQLError) -> Expr {
        let start = current.range
        if startsQuery() {
            try open()
            let query = try query()
            try close()
            return Expr(.subquery(query), range: range(from: start))
        }
        try open()
        let inner = try expression()
        if isSymbol(",") { throw unsupported("a row value", at: range(from: start)) }
        try close()
        guard isSymbol(".") else { return Expr(inner.kind, range: range(from: start)) }
        guard case .column(let parts) = inner.kind else {
            throw unsupported("a field of an expression", at: current.range)
        }
        return try columnParts(parts, from: start)
    }

    // MARK: Names

    private mutating func columnOrCall() throws(SQLError) -> Expr {
        let name = takeIdentifier()
        if isSymbol("(") { return try call(name) }
        let column = try columnParts([name], from: name.range)
        if isSymbol("(") {
            throw unsupported("a function with a qualified name", at: column.range)
        }
        return column
    }

    /// Reads `.a.b` or `.*` behind the parts of a name.
    private mutating func columnParts(_ parts: [Identifier], from start: SourceRange) throws(SQLError) -> Expr {
        var parts = parts
        while take(symbol: ".") {
            if isSymbol("*") {
                let name = ObjectName(parts, range: range(from: start))
                advance()
                return Expr(.star(name), range: range(from: start))
            }
            guard current.kind == .word || current.kind == .quotedName else {
                throw unexpected(.thing("a name"), .symbol("*"))
            }
            parts.append(takeIdentifier())
        }
        return Expr(.column(parts), range: range(from: start))
    }

    // MARK: CASE

    private mutating func caseExpression() throws(SQLError) -> Expr {
        let start = current.range
        advance()
        let operand = isWord("when") ? nil : try expression()
        var branches: [CaseBranch] = []
        while accept("when") {
            let condition = try expression()
            try expect("then")
            branches.append(CaseBranch(condition: condition, result: try expression()))
        }
        guard !branches.isEmpty else { throw unexpected() }
        let otherwise = accept("else") ? try expression() : nil
        try expect("end")
        try grow(2)
        return Expr(
            .caseWhen(operand: operand, branches: branches, otherwise: otherwise), range: range(from: start))
    }
}
