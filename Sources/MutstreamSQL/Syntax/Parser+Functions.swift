/// CREATE FUNCTION: a name for an expression.
extension Parser {
    mutating func function(orReplace: Bool) throws(SQLError) -> CreateFunction {
        let name = try objectName()
        var parameters: [FunctionParameter] = []
        try open()
        if !isSymbol(")") {
            repeat { parameters.append(try parameter()) } while accept(symbol: ",")
        }
        try close()
        var returns: TypeName?
        if accept("returns") {
            if isWord("table") || isWord("setof") {
                throw unsupported("a function that returns rows", at: current.range, hint: "make it a view")
            }
            returns = try typeName()
        }
        var options: [Option] = []
        var body: Expr?
        while true {
            if try functionOption(into: &options) { continue }
            guard body == nil, let found = try functionBody() else { break }
            body = found
        }
        guard let body else { throw unexpected() }
        return CreateFunction(
            name: name, orReplace: orReplace, parameters: parameters, returns: returns, body: body, options: options)
    }

    /// `name type`, or a type alone: the parameter is known by its number then, and its name is empty.
    mutating func parameter() throws(SQLError) -> FunctionParameter {
        if isWord("out") || isWord("inout") || isWord("variadic"), token(ahead: 1).kind == .word {
            throw unsupported("\(current.text.uppercased()) of a parameter", at: current.range)
        }
        if isWord("in"), token(ahead: 1).kind != .symbol { advance() }
        let next = token(ahead: 1)
        let isTypeOnly =
            next.kind == .symbol || isWord("precision", ahead: 1) && isWord("double")
            || isWord("varying", ahead: 1) || isWord("with", ahead: 1) || isWord("without", ahead: 1)
        let name = isTypeOnly ? Identifier("", range: SourceRange(current.range.start, current.range.start)) : try anyName()
        let type = try typeName()
        if isWord("default") || isSymbol("=") { throw unsupported("DEFAULT of a parameter", at: current.range) }
        return FunctionParameter(name: name, type: type)
    }

    private mutating func functionOption(into options: inout [Option]) throws(SQLError) -> Bool {
        let start = current.range
        func option(_ name: String, _ value: String) -> Option {
            Option(name: Identifier(name, range: start), value: value, valueRange: range(from: start))
        }
        if accept("language") {
            let word = current
            guard word.kind == .word || word.kind == .string || word.kind == .quotedName else {
                throw unexpected(.thing("a language"))
            }
            guard word.text.lowercased() == "sql" else {
                throw unsupported("LANGUAGE \(word.text)", at: word.range, hint: "a function is an expression in SQL")
            }
            advance()
            options.append(option("language", "sql"))
        } else if take("immutable") {
            options.append(option("volatility", "immutable"))
        } else if take("stable") {
            options.append(option("volatility", "stable"))
        } else if take("volatile") {
            options.append(option("volatility", "volatile"))
        } else if take("strict") || take("returns", "null", "on", "null", "input") {
            options.append(option("null_input", "strict"))
        } else if take("called", "on", "null", "input") {
            options.append(option("null_input", "called"))
        } else if take("parallel") {
            guard take("safe") || take("unsafe") || take("restricted") else { throw unexpected(.keyword("safe")) }
        } else {
            return false
        }
        return true
    }

    // MARK: The body

    private mutating func functionBody() throws(SQLError) -> Expr? {
        if accept("return") { return try expression() }
        guard accept("as") else { return nil }
        guard current.kind == .string else { return try expression() }
        let token = current
        let isVerbatim: Bool
        let tokens: [Token]
        if let content = verbatimContent(of: token) {
            isVerbatim = true
            tokens = try Lexer.tokens(bytes, in: content)
        } else {
            isVerbatim = false
            tokens = try relocated(token)
        }
        advance()
        var inner = inner(tokens)
        do throws(SQLError) {
            let body = try inner.bodyExpression()
            try grow(inner.treeHeight)
            return body
        } catch {
            throw isVerbatim ? error : SQLError(error.message, at: token.range, hint: error.hint)
        }
    }

    /// Where the content of a string stands in the text, if it stands there as it is.
    private func verbatimContent(of token: Token) -> Range<Int>? {
        let (start, end, length) = (token.range.start, token.range.end, token.text.utf8.count)
        guard end <= bytes.count, start < end else { return nil }
        if bytes[start] == UInt8(ascii: "'") { return end - start == length + 2 ? (start + 1)..<(end - 1) : nil }
        guard bytes[start] == UInt8(ascii: "$") else { return nil }
        let delimiter = (end - start - length) / 2
        return (start + delimiter)..<(end - delimiter)
    }

    /// The tokens of what a string means, all at the place of the string.
    private func relocated(_ token: Token) throws(SQLError) -> [Token] {
        do throws(SQLError) {
            let content = Array(token.text.utf8)
            var tokens = try Lexer.tokens(content, in: 0..<content.count)
            for index in tokens.indices { tokens[index].range = token.range }
            return tokens
        } catch {
            throw SQLError(error.message, at: token.range, hint: error.hint)
        }
    }

    /// `SELECT expression`, any other query, which is a subquery then, or an expression.
    private mutating func bodyExpression() throws(SQLError) -> Expr {
        let start = current.range
        let isQuery = isWord("select") || isWord("with") || isWord("values")
        let body: Expr
        if isQuery {
            let query = try query()
            body = query.onlyExpression ?? Expr(.subquery(query), range: range(from: start))
        } else {
            body = try expression()
        }
        _ = accept(symbol: ";")
        guard isAtEnd else { throw unexpected(.thing("the end of the function")) }
        return body
    }
}

extension Query {
    /// The expression of `SELECT expression` with nothing else.
    fileprivate var onlyExpression: Expr? {
        guard case .select(let select) = body, with.isEmpty, orderBy.isEmpty, limit == nil, offset == nil, emit == nil,
            select.from.isEmpty, select.filter == nil, select.groupBy.isEmpty, select.having == nil,
            select.windows.isEmpty, select.qualify == nil, select.distinct == nil, select.items.count == 1
        else { return nil }
        if case .star = select.items[0].expression.kind { return nil }
        return select.items[0].expression
    }
}
