/// What stands in FROM: relations, joins and subqueries.
extension Parser {
    mutating func tableReference() throws(SQLError) -> TableReference {
        let start = current.range
        var left = try tablePrimary()
        while let head = try joinHead() { left = try join(left, head, from: start) }
        return left
    }

    // MARK: Joins

    /// What stands before the right side of a join.
    private struct JoinHead {
        var kind: Join.Kind
        var isNatural = false
        var keepsLeft = false

        var hasCondition: Bool { kind != .cross && !isNatural }
    }

    /// Reads the right side of a join and its condition. `a JOIN b JOIN c ON … ON …` is `a JOIN (b JOIN c ON …) ON …`.
    private mutating func join(
        _ left: TableReference, _ head: JoinHead, from start: SourceRange
    ) throws(SQLError) -> TableReference {
        try enter()
        defer { leave() }
        let rightStart = current.range
        let outer = beginTree()
        var right = try tablePrimary()
        while head.hasCondition, !isWord("on"), !isWord("using"), let inner = try joinHead() {
            right = try join(right, inner, from: rightStart)
        }
        endTree(outer)
        let match = try matchCondition(head.kind)
        var condition: Join.Condition
        if !head.hasCondition {
            condition = .none
        } else if accept("on") {
            condition = .on(try expression())
        } else if accept("using") {
            condition = .using(try nameList())
            if isWord("as") { throw unsupported("an alias of USING", at: current.range) }
        } else if match != nil {
            condition = .none
        } else {
            throw unexpected()
        }
        if let match {
            switch condition {
            case .on(let rest): condition = .on(Expr(.binary(.and, rest, match), range: rest.range.union(match.range)))
            case .none: condition = .on(match)
            case .using:
                throw SQLError("MATCH_CONDITION cannot stand beside USING", at: match.range, hint: "write ON l.key = r.key")
            }
        }
        try grow(Link.relation)
        let join = Join(
            kind: head.kind, left: left, right: right, condition: condition, isNatural: head.isNatural,
            keepsLeft: head.keepsLeft)
        return TableReference(.join(join), range: range(from: start))
    }

    /// `MATCH_CONDITION (l.at >= r.at)` of an ASOF JOIN, with or without parentheses, if it is next.
    private mutating func matchCondition(_ kind: Join.Kind) throws(SQLError) -> Expr? {
        guard kind == .asof, take("match_condition") else { return nil }
        return try expression()
    }

    private mutating func joinHead() throws(SQLError) -> JoinHead? {
        if refusedPhrase() != nil { throw unexpected() }
        if accept("join") { return JoinHead(kind: .inner) }
        var head = JoinHead(kind: .inner)
        if take("natural") {
            head.isNatural = true
            if accept("join") { return head }
        }
        if take("cross"), !head.isNatural {
            try expect("join")
            return JoinHead(kind: .cross)
        }
        if isWord("semi") || isWord("anti"), isWord("join", ahead: 1), !head.isNatural {
            head.kind = isWord("semi") ? .semi : .anti
            advance()
        } else if isWord("asof"), !head.isNatural {
            advance()
            head.kind = .asof
            head.keepsLeft = take("left")
            if head.keepsLeft { _ = take("outer") } else { _ = take("inner") }
        } else if try !side(of: &head) {
            if head.isNatural { throw unexpected(.keyword("inner"), .keyword("left"), .keyword("right"), .keyword("full")) }
            return nil
        }
        try expect("join")
        return head
    }

    /// INNER, LEFT, RIGHT or FULL, and LEFT SEMI, LEFT ANTI and LEFT ASOF.
    private mutating func side(of head: inout JoinHead) throws(SQLError) -> Bool {
        if take("inner") { return true }
        let sides: [(String, Join.Kind)] = [("left", .left), ("right", .right), ("full", .full)]
        guard let (word, kind) = sides.first(where: { isWord($0.0) }) else { return false }
        advance()
        head.kind = kind
        if isWord("semi") || isWord("anti") || isWord("asof") {
            guard word == "left", !head.isNatural else {
                throw unsupported("\(word.uppercased()) \(current.text.uppercased()) JOIN", at: current.range)
            }
            head.kind = isWord("semi") ? .semi : isWord("anti") ? .anti : .asof
            head.keepsLeft = isWord("asof")
            advance()
        } else {
            _ = accept("outer")
        }
        return true
    }

    // MARK: Relations

    private mutating func tablePrimary() throws(SQLError) -> TableReference {
        try enter()
        defer { leave() }
        let start = current.range
        let isLateral = take("lateral")
        var reference = TableReference(try tableKind(isLateral: isLateral), isLateral: isLateral, range: start)
        if isWord("with"), isWord("ordinality", ahead: 1) {
            guard case .function = reference.kind else {
                throw SQLError("WITH ORDINALITY belongs to a function", at: current.range)
            }
            advance()
            advance()
            reference.withOrdinality = true
        }
        try systemTime(of: &reference)
        if isWord("match_recognize"), isSymbol("(", ahead: 1) { try match(&reference, from: start) }
        reference.alias = try alias()
        if reference.alias != nil, isSymbol("(") { reference.columnAliases = try columnAliases() }
        try systemTime(of: &reference)
        reference.range = range(from: start)
        if isWord("match_recognize"), isSymbol("(", ahead: 1), reference.systemTime == nil {
            try match(&reference, from: start)
            reference.alias = try alias()
            if reference.alias != nil, isSymbol("(") { reference.columnAliases = try columnAliases() }
            reference.range = range(from: start)
        }
        return reference
    }

    /// `FOR SYSTEM_TIME AS OF …`, if it is next.
    private mutating func systemTime(of reference: inout TableReference) throws(SQLError) {
        guard reference.systemTime == nil, isWord("for"), isWord("system_time", ahead: 1) else { return }
        advance()
        advance()
        try expect("as")
        try expect("of")
        reference.systemTime = try expression()
        try grow(2)
    }

    private mutating func columnAliases() throws(SQLError) -> [Identifier] {
        if isName(token(ahead: 1)), token(ahead: 2).kind == .word {
            throw unsupported("a list of columns with types", at: token(ahead: 2).range, hint: "name the columns only")
        }
        return try nameList()
    }

    private mutating func tableKind(isLateral: Bool) throws(SQLError) -> TableReference.Kind {
        if isSymbol("(") {
            guard !isLateral || startsQuery() else { throw unexpected(.thing("a query"), .thing("a function")) }
            return try parenthesizedTable()
        }
        if isWord("table"), isSymbol("(", ahead: 1) {
            advance()
            try open()
            let function = try tableFunction(try objectName())
            try close()
            return .function(function)
        }
        if isWord("rows"), isWord("from", ahead: 1), isSymbol("(", ahead: 2) {
            throw unsupported("ROWS FROM", at: current.range.union(token(ahead: 1).range))
        }
        guard isName(current) else { throw unexpected(.thing("a relation"), .symbol("(")) }
        let name = try objectName()
        if isSymbol("(") { return .function(try tableFunction(name)) }
        if isLateral { throw unexpected(.symbol("(")) }
        return .relation(name)
    }

    private mutating func parenthesizedTable() throws(SQLError) -> TableReference.Kind {
        let isQuery = startsQuery()
        try open()
        if isQuery {
            let query = try query()
            try close()
            return .subquery(query)
        }
        let inner = try tableReference()
        guard case .join = inner.kind else { throw unexpected(.keyword("join")) }
        try close()
        return inner.kind
    }

    // MARK: Table functions

    private mutating func tableFunction(_ qualified: ObjectName) throws(SQLError) -> TableFunction {
        let name = qualified.parts.last ?? Identifier("", range: qualified.range)
        var arguments: [(label: Identifier?, value: TableFunction.Argument)] = []
        try open()
        if !isSymbol(")") {
            let takesRelation = Keyword.windowFunctions.contains(name.name)
            repeat {
                var label: Identifier?
                if current.kind == .word || current.kind == .quotedName, isSymbol("=>", ahead: 1) {
                    label = try anyName()
                    advance()
                }
                let isRelation = takesRelation && (label.map { $0.name == "data" } ?? arguments.isEmpty)
                arguments.append((label, try tableArgument(isRelation: isRelation)))
                if isRelation, let keys = try partitionKeys() { arguments.append(keys) }
            } while accept(symbol: ",")
        }
        try close()
        try grow(2)
        return TableFunction(name: name, arguments: arguments, range: range(from: qualified.range))
    }

    /// `PARTITION BY k` behind the relation, as the argument `partition_by => DESCRIPTOR(k)`.
    private mutating func partitionKeys() throws(SQLError) -> (label: Identifier?, value: TableFunction.Argument)? {
        guard isWord("partition") else { return nil }
        let start = current.range
        advance()
        try expect("by")
        var names: [Identifier] = []
        let isList = take(symbol: "(")
        repeat {
            names.append(try identifier())
            // Without parentheses the next argument follows: DESCRIPTOR(…), a named one, or a time behind which a length stands.
            if !isList, !isFurtherKey { break }
        } while accept(symbol: ",")
        if isList { try expect(symbol: ")") }
        let range = range(from: start)
        return (Identifier("partition_by", range: range), .descriptor(names, range))
    }

    /// `, k` is one more key where `, DESCRIPTOR(` or `, name =>` still follows.
    private var isFurtherKey: Bool {
        guard isSymbol(","), tokens.indices.contains(position + 2), tokens[position + 1].kind == .word else { return false }
        var place = position + 1
        while tokens.indices.contains(place + 1), tokens[place].kind == .word, tokens[place + 1].text == "," { place += 2 }
        guard place > position + 1, tokens.indices.contains(place + 1) else { return false }
        return tokens[place].text.lowercased() == "descriptor" || tokens[place + 1].text == "=>"
    }

    /// - Parameter isRelation: whether a bare name is a relation here, and not a column.
    private mutating func tableArgument(isRelation: Bool) throws(SQLError) -> TableFunction.Argument {
        if take("table") {
            // `TABLE (SELECT …)` is the query.
            if isRelation, isSymbol("("), startsQuery() { return .expression(try expression()) }
            let name = try objectName()
            if !isRelation, isWord("partition") || isWord("order") {
                throw unsupported("\(current.text.uppercased()) BY of an argument", at: current.range)
            }
            return .relation(name)
        }
        if isWord("descriptor"), isSymbol("(", ahead: 1) {
            let start = current.range
            advance()
            let names = try nameList()
            return .descriptor(names, range(from: start))
        }
        if isWord("model"), isName(token(ahead: 1)) {
            advance()
            let name = try objectName()
            return .expression(Expr(.column(name.parts), range: name.range))
        }
        let expression = try expression()
        if isRelation, case .column(let parts) = expression.kind {
            return .relation(ObjectName(parts, range: expression.range))
        }
        return .expression(expression)
    }
}
