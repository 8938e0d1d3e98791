/// Arrays and maps.
extension Parser {
    /// `ARRAY[…]`, `ARRAY(SELECT …)`.
    mutating func arrayConstructor() throws(SQLError) -> Expr {
        let start = current.range
        advance()
        if isSymbol("[") { return try arrayElements(from: start) }
        guard isSymbol("("), startsQuery() else { throw unexpected(.symbol("["), .thing("a query in parentheses")) }
        try open()
        let query = try query()
        try close()
        try grow(2)
        return Expr(.arrayQuery(query), range: range(from: start))
    }

    private mutating func arrayElements(from start: SourceRange) throws(SQLError) -> Expr {
        try enter()
        defer { leave() }
        try expect(symbol: "[")
        var elements: [Expr] = []
        if !isSymbol("]") {
            repeat {
                elements.append(try isSymbol("[") ? arrayElements(from: current.range) : expression())
            } while accept(symbol: ",")
        }
        try expect(symbol: "]")
        try grow(2)
        return Expr(.array(elements), range: range(from: start))
    }

    /// `MAP {k: v}`, `MAP[k, v]`; `map[k]` is a column's element.
    mutating func mapConstructor() throws(SQLError) -> Expr {
        let name = takeIdentifier()
        var entries: [(Expr, Expr)] = []
        if take(symbol: "{") {
            if !isSymbol("}") {
                repeat {
                    let key = try expression()
                    try expect(symbol: ":")
                    entries.append((key, try expression()))
                } while accept(symbol: ",")
            }
            try expect(symbol: "}")
        } else {
            advance()
            var elements: [Expr] = isSymbol("]") ? [] : [try expression()]
            if let index = elements.first, elements.count == 1, take(symbol: "]") {
                try grow(Parser.Link.postfix)
                let column = Expr(.column([name]), range: name.range)
                return Expr(.subscripted(column, index: index), range: range(from: name.range))
            }
            while !elements.isEmpty, accept(symbol: ",") { elements.append(try expression()) }
            try expect(symbol: "]")
            guard elements.count.isMultiple(of: 2) else {
                throw SQLError("found a key without a value in MAP[…]", at: range(from: name.range))
            }
            for index in stride(from: 0, to: elements.count, by: 2) {
                entries.append((elements[index], elements[index + 1]))
            }
        }
        try grow(2)
        return Expr(.map(entries), range: range(from: name.range))
    }
}
