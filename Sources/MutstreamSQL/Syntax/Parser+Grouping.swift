/// GROUP BY.
extension Parser {
    mutating func groupingElements() throws(SQLError) -> [GroupingElement] {
        if isWord("distinct") { throw unsupported("GROUP BY DISTINCT", at: current.range) }
        if take("all"), !startsGroupingElement { throw unsupported("GROUP BY ALL", at: tokens[position - 1].range) }
        var elements: [GroupingElement] = []
        repeat { elements.append(try groupingElement()) } while accept(symbol: ",")
        return elements
    }

    private var startsGroupingElement: Bool {
        switch current.kind {
        case .word: isWord("case") || isWord("cast") || isWord("not") || !Keyword.reserved.contains(current.text)
        case .symbol: isSymbol("(")
        case .end: false
        case .quotedName, .string, .bits, .number, .parameter: true
        }
    }

    private mutating func groupingElement() throws(SQLError) -> GroupingElement {
        try enter()
        defer { leave() }
        let start = current.range
        if isWord("grouping"), isWord("sets", ahead: 1) {
            advance()
            advance()
            try open()
            var elements: [GroupingElement] = []
            repeat { elements.append(try groupingElement()) } while accept(symbol: ",")
            try close()
            try grow()
            return .sets(elements, range(from: start))
        }
        if isWord("rollup") || isWord("cube"), isSymbol("(", ahead: 1) {
            let isRollup = isWord("rollup")
            advance()
            try open()
            var lists: [[Expr]] = []
            repeat {
                let level = try expression()
                lists.append(level.listElements ?? [level])
            } while accept(symbol: ",")
            try close()
            return isRollup ? .rollup(lists, range(from: start)) : .cube(lists, range(from: start))
        }
        if isSymbol("("), isSymbol(")", ahead: 1) {
            advance()
            advance()
            return .empty(range(from: start))
        }
        let isParenthesized = isSymbol("(")
        let key = try expression()
        if isParenthesized, let keys = key.listElements { return .list(keys, key.range) }
        return .expression(key)
    }
}

extension Expr {
    /// What `(a, b)` holds.
    fileprivate var listElements: [Expr]? {
        if case .row(let elements) = kind { elements } else { nil }
    }
}
