/// Operands: literals, columns, parentheses and the forms that begin with a word of their own.
extension Parser {
    mutating func primary() throws(SQLError) -> Expr {
        let token = current
        switch token.kind {
        case .number, .string, .bits, .parameter:
            return try literal()
        case .quotedName:
            return try stringBehindType() == nil ? columnOrCall() : typedString()
        case .word:
            return try wordPrimary()
        case .symbol where token.text == "(":
            return try parenthesized()
        case .symbol, .end:
            throw unexpected(.thing("an expression"))
        }
    }

    /// What a word at the place of an operand begins.
    private enum WordForm {
        case typedString, special, literal, conditional, array, map, name, none
    }

    /// Apart from ``wordPrimary()``, for what calls itself has a small frame.
    private func form(of word: String) -> WordForm {
        let isCall = isSymbol("(", ahead: 1)
        if stringBehindType() != nil { return .typedString }
        if isCall, Keyword.specialCalls.contains(word) { return .special }
        if !isCall, isLiteral(word) { return .literal }
        if word == "case", !isSymbol(".", ahead: 1) { return .conditional }
        if word == "array" { return .array }
        if word == "map", isSymbol("{", ahead: 1) || isSymbol("[", ahead: 1) { return .map }
        if !Keyword.reserved.contains(word) { return .name }
        // No expression begins with WINDOW, and a comparison comes before SOME.
        if word == "window" && !isCall || word == "some" && isCall { return .name }
        return isCall && Keyword.reservedFunctions.contains(word) ? .name : .none
    }

    private func isLiteral(_ word: String) -> Bool {
        switch word {
        case "null", "true", "false": true
        case "interval": token(ahead: 1).kind == .string || token(ahead: 1).kind == .number
        default: Keyword.niladicFunctions.contains(word)
        }
    }

    private mutating func wordPrimary() throws(SQLError) -> Expr {
        switch form(of: current.text) {
        case .typedString: try typedString()
        case .special: try specialCall()
        case .literal: try wordLiteral()
        case .conditional: try caseExpression()
        case .array: try arrayConstructor()
        case .map: try mapConstructor()
        case .name: try columnOrCall()
        case .none: throw unexpected(.thing("an expression"))
        }
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
        if take(symbol: ",") {
            let elements = [inner] + (try expressionList())
            try close()
            try grow(2)
            return Expr(.row(elements), range: range(from: start))
        }
        try close()
        guard isSymbol("."), case .column(let parts) = inner.kind else {
            return Expr(inner.kind, range: range(from: start))
        }
        return try columnParts(parts, from: start)
    }

    // MARK: Names

    private mutating func columnOrCall() throws(SQLError) -> Expr {
        let name = takeIdentifier()
        if isSymbol("(") { return try call(name, from: name.range) }
        if name.name == "final" || name.name == "running", !name.quoted, current.kind == .word, isSymbol("(", ahead: 1) {
            return try extent(name)
        }
        let column = try columnParts([name], from: name.range)
        guard isSymbol("("), case .column(let parts) = column.kind, let last = parts.last else { return column }
        return try call(last, from: column.range)
    }

    /// `FINAL LAST(a.x)` in MATCH_RECOGNIZE, as a call of `final`.
    private mutating func extent(_ name: Identifier) throws(SQLError) -> Expr {
        let inner = takeIdentifier()
        let call = try call(inner, from: inner.range)
        try grow()
        return Expr(.function(FunctionCall(name: name, arguments: [call])), range: range(from: name.range))
    }

    /// Reads `.a.b` or `.*` behind the parts of a name.
    private mutating func columnParts(_ parts: [Identifier], from start: SourceRange) throws(SQLError) -> Expr {
        var parts = parts
        while take(symbol: ".") {
            if isSymbol("*") {
                Parser.dropSchema(&parts, ofColumn: false)
                let name = ObjectName(parts, range: range(from: start))
                advance()
                return Expr(.star(name, except: []), range: range(from: start))
            }
            guard current.kind == .word || current.kind == .quotedName else {
                throw unexpected(.thing("a name"), .symbol("*"))
            }
            parts.append(takeIdentifier())
        }
        Parser.dropSchema(&parts, ofColumn: true)
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
