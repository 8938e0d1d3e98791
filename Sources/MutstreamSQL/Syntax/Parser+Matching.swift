/// MATCH_RECOGNIZE: row pattern recognition in FROM.
extension Parser {
    /// What follows a relation, from MATCH_RECOGNIZE on.
    mutating func match(_ reference: inout TableReference, from start: SourceRange) throws(SQLError) {
        let word = current.range
        advance()
        try open()
        var match = MatchRecognize(reference, pattern: .sequence([]), range: word)
        if try accept("partition", then: "by") { match.partitionBy = try expressionList() }
        if try accept("order", then: "by") { match.orderBy = try orderItems() }
        if accept("measures") {
            repeat {
                let measure = try expression()
                try expect("as")
                match.measures.append(SelectItem(expression: measure, alias: try anyName()))
            } while accept(symbol: ",")
        }
        try rowsPerMatch(&match)
        if accept("after") { match.skip = try skip() }
        guard accept("pattern") else { throw unexpected() }
        try open()
        match.pattern = try alternatives()
        try close()
        if accept("within") {
            match.within = try expression()
        }
        if accept("subset") {
            repeat {
                let name = try identifier()
                try expect(symbol: "=")
                match.subsets.append((name, try nameList()))
            } while accept(symbol: ",")
        }
        if accept("define") {
            repeat {
                let variable = try identifier()
                try expect("as")
                match.defines.append((variable, try expression()))
            } while accept(symbol: ",")
        }
        try close()
        match.range = range(from: word)
        try grow(Link.relation)
        reference = TableReference(.match(match), range: range(from: start))
    }

    private mutating func rowsPerMatch(_ match: inout MatchRecognize) throws(SQLError) {
        if accept("one") {
            try expect("row")
        } else if accept("all") {
            try expect("rows")
            match.allRows = true
        } else {
            return
        }
        try expect("per")
        try expect("match")
        guard match.allRows else { return }
        if isWord("with"), isWord("unmatched", ahead: 1) {
            throw unsupported("WITH UNMATCHED ROWS", at: current.range.union(token(ahead: 2).range))
        }
        // No match is empty, so that there is none to show or to leave out.
        if take("show", "empty", "matches") { return }
        _ = take("omit", "empty", "matches")
    }

    private mutating func skip() throws(SQLError) -> MatchRecognize.Skip {
        try expect("match")
        try expect("skip")
        if accept("past") {
            try expect("last")
            try expect("row")
            return .pastLastRow
        }
        try expect("to")
        if accept("next") {
            try expect("row")
            return .toNextRow
        }
        if accept("first") { return .toFirst(try identifier()) }
        if accept("last") { return .toLast(try identifier()) }
        guard isName(current) else { throw unexpected(.thing("a pattern variable")) }
        return .toLast(takeIdentifier())
    }

    // MARK: Patterns

    private mutating func alternatives() throws(SQLError) -> PatternTerm {
        var parts = [try terms()]
        while takeFront("|") { parts.append(try terms()) }
        try grow()
        return parts.count == 1 ? parts[0] : .alternation(parts)
    }

    private mutating func terms() throws(SQLError) -> PatternTerm {
        var parts: [PatternTerm] = []
        while isName(current) || isSymbol("(") { parts.append(try term()) }
        if parts.isEmpty {
            if isSymbol("{"), isSymbol("-", ahead: 1) {
                throw unsupported("{- … -} in a pattern", at: current.range, hint: "leave its columns out of the select list")
            }
            if current.kind == .symbol, current.text.hasPrefix("^") {
                throw unsupported("^ in a pattern", at: current.range)
            }
            throw unexpected(.thing("a pattern variable"), .symbol("("))
        }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func term() throws(SQLError) -> PatternTerm {
        try enter()
        defer { leave() }
        let start = current.range
        let inner: PatternTerm
        if isSymbol("(") {
            try open()
            inner = try alternatives()
            try close()
        } else {
            let name = takeIdentifier()
            if name.name == "permute", !name.quoted, isSymbol("(") {
                try open()
                var parts = [try alternatives()]
                while accept(symbol: ",") { parts.append(try alternatives()) }
                try close()
                inner = .permutation(parts, range(from: start))
            } else {
                inner = .variable(name)
            }
        }
        try grow()
        guard let (minimum, maximum) = try quantifier() else { return inner }
        return .repeated(inner, minimum: minimum, maximum: maximum, isReluctant: takeFront("?"))
    }

    /// `*`, `+`, `?`, `{n}`, `{n,}`, `{n,m}` or `{,m}`, if it is next.
    private mutating func quantifier() throws(SQLError) -> (Int, Int?)? {
        if takeFront("*") { return (0, nil) }
        if takeFront("+") { return (1, nil) }
        if takeFront("?") { return (0, 1) }
        guard isSymbol("{"), !isSymbol("-", ahead: 1) else { return nil }
        let start = current.range
        advance()
        let least = try count()
        var most = least
        if accept(symbol: ",") {
            most = try count()
            if least == nil, most == nil { throw unexpected(.thing("a number")) }
        } else if least == nil {
            throw unexpected(.thing("a number"))
        }
        try expect(symbol: "}")
        if let most, most < least ?? 0 || most == 0 {
            throw SQLError(
                "found {\(least.map { "\($0)," } ?? "")\(most)}, expected a second number that is not less, and not 0",
                at: range(from: start))
        }
        return (least ?? 0, most)
    }

    private mutating func count() throws(SQLError) -> Int? {
        guard current.kind == .number else { return nil }
        guard let number = Int(current.text), number <= PatternTerm.countMax else {
            throw SQLError(
                "found \(current.text), expected a whole number up to \(PatternTerm.countMax)", at: current.range)
        }
        advance()
        return number
    }
}

extension PatternTerm {
    /// The greatest number of a quantifier.
    static let countMax = 1_000
}
