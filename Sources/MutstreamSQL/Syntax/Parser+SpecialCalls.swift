/// Calls with a grammar of their own.
extension Parser {
    /// Reads a call of one of ``Keyword/specialCalls``.
    mutating func specialCall() throws(SQLError) -> Expr {
        let name = Identifier(current.text, range: current.range)
        let kind = try specialKind(name)
        try grow(2)
        return Expr(kind, range: range(from: name.range))
    }

    private mutating func specialKind(_ name: Identifier) throws(SQLError) -> ExprKind {
        switch name.name {
        case "cast": try castCall(isTry: false)
        case "try_cast", "safe_cast": try castCall(isTry: true)
        case "exists": try existsCall()
        case "extract": try extractCall()
        case "position": try positionCall(name)
        case "substring": try substringCall(name)
        case "trim": try trimCall(name)
        case "overlay": try overlayCall(name)
        default: try rowCall()
        }
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

    /// `POSITION(part IN text)` is `position(text, part)`.
    private mutating func positionCall(_ name: Identifier) throws(SQLError) -> ExprKind {
        advance()
        try open()
        var arguments = [try expression(.test, isRestricted: true)]
        if accept("in") {
            arguments.insert(try expression(), at: 0)
        } else {
            guard accept(symbol: ",") else { throw unexpected() }
            arguments.append(try expression())
        }
        try close()
        return .function(FunctionCall(name: name, arguments: arguments))
    }

    /// `SUBSTRING(x FROM a FOR b)`; without FROM it begins at 1. `SUBSTRING(x SIMILAR p ESCAPE e)` has the same arguments.
    private mutating func substringCall(_ name: Identifier) throws(SQLError) -> ExprKind {
        advance()
        try open()
        var arguments = [try expression(.other)]
        if accept(symbol: ",") {
            arguments += try expressionList()
        } else if accept("similar") {
            arguments.append(try expression())
            try expect("escape")
            arguments.append(try expression())
        } else {
            var (start, length): (Expr?, Expr?)
            while true {
                if start == nil, accept("from") {
                    start = try expression()
                } else if length == nil, accept("for") {
                    length = try expression()
                } else {
                    break
                }
            }
            if start == nil, length == nil { throw unexpected() }
            let one = Expr(.number("1"), range: length?.range ?? name.range)
            arguments.append(start ?? one)
            if let length { arguments.append(length) }
        }
        try close()
        return .function(FunctionCall(name: name, arguments: arguments))
    }

    /// `OVERLAY(x PLACING y FROM a [FOR b])`.
    private mutating func overlayCall(_ name: Identifier) throws(SQLError) -> ExprKind {
        advance()
        try open()
        var arguments = [try expression()]
        if accept("placing") {
            arguments.append(try expression())
            try expect("from")
            arguments.append(try expression())
            if accept("for") { arguments.append(try expression()) }
        } else {
            try expect(symbol: ",")
            arguments += try expressionList()
        }
        try close()
        return .function(FunctionCall(name: name, arguments: arguments))
    }

    private mutating func rowCall() throws(SQLError) -> ExprKind {
        advance()
        try open()
        let elements = isSymbol(")") ? [] : try expressionList()
        try close()
        return .row(elements)
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
}
