/// Function calls: the ordinary ones, those with a grammar of their own, and windows.
extension Parser {
    mutating func call(_ name: Identifier) throws(SQLError) -> Expr {
        var call = FunctionCall(name: name, arguments: [])
        try open()
        if isSymbol("*") {
            advance()
            call.isStar = true
        } else if !isSymbol(")") {
            if take("distinct") { call.distinct = true } else { _ = take("all") }
            repeat {
                if isSymbol("=>", ahead: 1) || isSymbol(":=", ahead: 1) {
                    throw unsupported("a named argument of a scalar function", at: current.range)
                }
                call.arguments.append(try expression())
            } while accept(symbol: ",")
            if isWord("order"), try accept("order", then: "by") { call.orderBy = try orderItems() }
        }
        try close()
        if isWord("filter"), isSymbol("(", ahead: 1) { call.filter = try filter() }
        if refusedPhrase() != nil { throw unexpected() }
        if take("over") { call.over = try window() }
        if isSymbol(".") { throw unsupported("a field of an expression", at: current.range) }
        try grow(2)
        return Expr(.function(call), range: range(from: name.range))
    }

    private mutating func filter() throws(SQLError) -> Expr {
        advance()
        try open()
        try expect("where")
        let condition = try expression()
        try close()
        return condition
    }

    // MARK: Calls with a grammar of their own

    /// Reads `word(…)` if the word has a grammar of its own; else reads nothing.
    mutating func specialCall(_ word: String) throws(SQLError) -> Expr? {
        let name = Identifier(word, range: current.range)
        let kind: ExprKind
        switch word {
        case "cast", "try_cast": kind = try castCall(isTry: word == "try_cast")
        case "exists": kind = try existsCall()
        case "extract": kind = try extractCall()
        case "position": kind = try positionCall(name)
        case "substring": kind = try substringCall(name)
        case "trim": kind = try trimCall(name)
        case "row", "grouping", "overlay": throw unsupported(word.uppercased(), at: name.range)
        default: return nil
        }
        try grow(2)
        return Expr(kind, range: range(from: name.range))
    }

    private mutating func castCall(isTry: Bool) throws(SQLError) -> ExprKind {
        advance()
        try open()
        let operand = try expression()
        try expect("as")
        let type = try typeName()
        try close()
        return .cast(operand, type, isTry: isTry)
    }

    private mutating func existsCall() throws(SQLError) -> ExprKind {
        advance()
        try open()
        let query = try query()
        try close()
        return .exists(query)
    }

    private mutating func extractCall() throws(SQLError) -> ExprKind {
        advance()
        try open()
        guard current.kind == .word || current.kind == .string else { throw unexpected(.thing("a field such as HOUR")) }
        let field = Identifier(current.text.lowercased(), range: current.range)
        advance()
        try expect("from")
        let operand = try expression()
        try close()
        return .extract(field: field, operand)
    }

    /// `POSITION(a IN b)`, with the arguments in the order written.
    private mutating func positionCall(_ name: Identifier) throws(SQLError) -> ExprKind {
        advance()
        try open()
        var arguments = [try expression(.other)]
        guard accept("in") || accept(symbol: ",") else { throw unexpected() }
        arguments.append(try expression(.other))
        try close()
        return .function(FunctionCall(name: name, arguments: arguments))
    }

    /// `SUBSTRING(x FROM a FOR b)`; without FROM it begins at 1.
    private mutating func substringCall(_ name: Identifier) throws(SQLError) -> ExprKind {
        advance()
        try open()
        var arguments = [try expression()]
        if accept(symbol: ",") {
            arguments += try expressionList()
        } else {
            let hasStart = accept("from")
            if hasStart { arguments.append(try expression()) }
            let forRange = current.range
            if accept("for") {
                if !hasStart { arguments.append(Expr(.number("1"), range: forRange)) }
                arguments.append(try expression())
            } else if !hasStart {
                throw unexpected()
            }
        }
        try close()
        return .function(FunctionCall(name: name, arguments: arguments))
    }

    /// `TRIM([BOTH|LEADING|TRAILING] [characters] [FROM] x)` as btrim, ltrim or rtrim.
    private mutating func trimCall(_ name: Identifier) throws(SQLError) -> ExprKind {
        advance()
        try open()
        var function = "btrim"
        if take("leading") {
            function = "ltrim"
        } else if take("trailing") {
            function = "rtrim"
        } else {
            _ = take("both")
        }
        var arguments: [Expr] = []
        if take("from") {
            arguments = try expressionList()
        } else {
            arguments = [try expression()]
            if accept("from") {
                arguments.insert(try expression(), at: 0)
            } else if accept(symbol: ",") {
                arguments += try expressionList()
            }
        }
        try close()
        return .function(FunctionCall(name: Identifier(function, range: name.range), arguments: arguments))
    }

    // MARK: Windows

    /// What follows OVER: a name or a specification.
    private mutating func window() throws(SQLError) -> WindowSpecification {
        if isSymbol("(") { return try windowSpecification() }
        guard isName(current) else { throw unexpected(.thing("a window's name"), .symbol("(")) }
        let name = takeIdentifier()
        return WindowSpecification(base: name, partitionBy: [], orderBy: [], frame: nil, range: name.range)
    }

    mutating func namedWindows() throws(SQLError) -> [NamedWindow] {
        var windows: [NamedWindow] = []
        repeat {
            let name = try identifier()
            try expect("as")
            windows.append(NamedWindow(name: name, specification: try windowSpecification()))
        } while accept(symbol: ",")
        return windows
    }

    private mutating func windowSpecification() throws(SQLError) -> WindowSpecification {
        let start = current.range
        var window = WindowSpecification(base: nil, partitionBy: [], orderBy: [], frame: nil, range: start)
        try open()
        if isName(current), !(current.kind == .word && ["partition", "rows", "range", "groups"].contains(current.text)) {
            window.base = takeIdentifier()
        }
        if try accept("partition", then: "by") { window.partitionBy = try expressionList() }
        if try accept("order", then: "by") { window.orderBy = try orderItems() }
        let units: [(String, WindowFrame.Unit)] = [("rows", .rows), ("range", .range), ("groups", .groups)]
        for (word, unit) in units where window.frame == nil && accept(word) { window.frame = try frame(unit) }
        try close()
        window.range = range(from: start)
        return window
    }

    private mutating func frame(_ unit: WindowFrame.Unit) throws(SQLError) -> WindowFrame {
        let start = tokens[position - 1].range
        var frame = WindowFrame(unit: unit, start: .currentRow, end: .currentRow, range: start)
        if accept("between") {
            frame.start = try frameBound()
            try expect("and")
            frame.end = try frameBound()
        } else {
            frame.start = try frameBound()
        }
        if isWord("exclude") { throw unsupported("EXCLUDE in a frame", at: current.range) }
        frame.range = range(from: start)
        return frame
    }

    private mutating func frameBound() throws(SQLError) -> WindowFrame.Bound {
        if accept("unbounded") {
            if accept("preceding") { return .unboundedPreceding }
            try expect("following")
            return .unboundedFollowing
        }
        if try accept("current", then: "row") { return .currentRow }
        let distance = try expression(.other)
        if accept("preceding") { return .preceding(distance) }
        try expect("following")
        return .following(distance)
    }
}
