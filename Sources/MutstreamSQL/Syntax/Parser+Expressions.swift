/// Expressions, by precedence climbing: each call reads an operand and then all operators that bind tightly enough.
extension Parser {
    private enum Infix {
        case binary(BinaryOperator)
        /// `OPERATOR(pg_catalog.+)`, which binds as operators without a rank of their own do.
        case named
        case `is`, isNull, notNull
        case between, `in`, like, ilike, similar, overlaps
        case atTimeZone, collate

        var precedence: Precedence {
            switch self {
            case .binary(let symbol): symbol.precedence
            case .named: .other
            case .is, .isNull, .notNull: .test
            case .between, .in, .like, .ilike, .similar, .overlaps: .range
            case .atTimeZone: .zone
            case .collate: .collation
            }
        }

    }

    /// Whether an operator can stand where AND or NOT has another meaning: between BETWEEN and its AND, and in DEFAULT.
    private func isUnambiguous(_ infix: Infix) -> Bool {
        switch infix {
        case .binary(let symbol): symbol != .and && symbol != .or
        case .named, .atTimeZone, .collate: true
        case .is: isWord("distinct", ahead: isWord("not", ahead: 1) ? 2 : 1)
        case .isNull, .notNull, .between, .in, .like, .ilike, .similar, .overlaps: false
        }
    }

    /// - Parameters:
    ///   - minimum: operators that bind looser end the expression.
    ///   - isRestricted: whether tests and the logical operators end it, as in the low bound of BETWEEN.
    mutating func expression(
        _ minimum: Precedence = .or, isRestricted: Bool = false
    ) throws(SQLError) -> Expr {
        try enter()
        defer { leave() }
        let outer = beginTree()
        var left = try operand()
        var last: Precedence?
        while let infix = infix(), infix.precedence >= minimum, !isRestricted || isUnambiguous(infix) {
            let precedence = infix.precedence
            if precedence == last, precedence.refusesChains { throw chained() }
            var isOpen = true
            left = try combine(left, infix, isRestricted, &isOpen)
            // Behind what ends in a word or a parenthesis, nothing can be drawn into it: a cast is of the whole.
            last = isOpen ? precedence : nil
            while !isOpen, isSymbol("::"), let cast = try postfix(left) { left = cast }
        }
        endTree(outer)
        return left
    }

    private func chained() -> SQLError {
        SQLError(
            "expected AND, OR or the end of the comparison, found \(description(of: current))", at: current.range,
            hint: "comparisons do not chain: write a < b AND b < c, or use parentheses")
    }

    /// The operator at hand, if it is one. NOT belongs to the one behind it.
    private func infix() -> Infix? {
        let token = current
        if let symbol = BinaryOperator(token) { return .binary(symbol) }
        guard token.kind == .word else { return nil }
        switch token.text {
        case "is": return .is
        case "isnull": return .isNull
        case "notnull": return .notNull
        case "not": return range(named: self.token(ahead: 1).text)
        case "overlaps": return .overlaps
        case "at": return isWord("time", ahead: 1) && isWord("zone", ahead: 2) ? .atTimeZone : nil
        case "collate": return .collate
        case "operator": return isSymbol("(", ahead: 1) ? .named : nil
        default: return range(named: token.text)
        }
    }

    private func range(named word: String) -> Infix? {
        switch word {
        case "between": .between
        case "in": .in
        case "like": .like
        case "ilike": .ilike
        case "similar": .similar
        default: nil
        }
    }

    /// - Parameter isOpen: set to false if what is made ends in something that is closed.
    private mutating func combine(
        _ left: Expr, _ infix: Infix, _ isRestricted: Bool, _ isOpen: inout Bool
    ) throws(SQLError) -> Expr {
        switch infix {
        case .binary(let symbol):
            advance()
            return try binary(left, symbol, infix.precedence, isRestricted, &isOpen)
        case .named:
            return try binary(left, try namedOperator(), infix.precedence, isRestricted, &isOpen)
        default: break
        }
        let negated = take("not")
        advance()
        var kind: ExprKind
        switch infix {
        case .is: kind = try isTest(left, isRestricted)
        case .isNull: kind = .isNull(left, negated: false)
        case .notNull: kind = .isNull(left, negated: true)
        case .between: kind = try between(left, negated: negated)
        case .in: kind = try inTest(left, negated: negated)
        case .like: kind = try like(left, negated: negated, ignoreCase: false)
        case .ilike: kind = try like(left, negated: negated, ignoreCase: true)
        case .similar: kind = try similar(left, negated: negated)
        case .overlaps: kind = try overlaps(left)
        case .collate: kind = .collate(left, try collation())
        case .atTimeZone, .binary, .named:
            advance()
            advance()
            kind = .atTimeZone(left, try expression(.collation))
        }
        switch kind {
        case .isDistinct, .between, .like, .similar, .atTimeZone: break
        default: isOpen = false
        }
        try grow(Link.postfix)
        return Expr(kind, range: range(from: left.range))
    }

    private mutating func binary(
        _ left: Expr, _ symbol: BinaryOperator, _ precedence: Precedence, _ isRestricted: Bool, _ isOpen: inout Bool
    ) throws(SQLError) -> Expr {
        if precedence > .and, let kind = try quantified(left, symbol) {
            isOpen = false
            try grow(Link.postfix)
            return Expr(kind, range: range(from: left.range))
        }
        let right = try expression(precedence.tighter, isRestricted: isRestricted)
        let range = left.range.union(right.range)
        guard symbol.isLike else {
            try grow()
            return Expr(.binary(symbol, left, right), range: range)
        }
        try grow(Link.postfix)
        let kind = ExprKind.like(
            left, pattern: right, escape: nil, negated: symbol == .notLike || symbol == .notLikeIgnoringCase,
            ignoreCase: symbol == .likeIgnoringCase || symbol == .notLikeIgnoringCase)
        return Expr(kind, range: range)
    }

    /// `ANY (…)`, `SOME (…)` or `ALL (…)` behind an operator, if it is next.
    private mutating func quantified(_ left: Expr, _ symbol: BinaryOperator) throws(SQLError) -> ExprKind? {
        let isAll = isWord("all")
        guard isAll || isWord("any") || isWord("some"), isSymbol("(", ahead: 1) else { return nil }
        advance()
        let isQuery = startsQuery()
        try open()
        let operand: QuantifiedOperand = isQuery ? .query(try query()) : .array(try expression())
        try close()
        return .quantified(left, symbol, isAll: isAll, operand)
    }

    /// Reads `OPERATOR(schema.symbol)`.
    private mutating func namedOperator() throws(SQLError) -> BinaryOperator {
        let token = try operatorName()
        guard let symbol = BinaryOperator(token) else {
            throw SQLError("unknown operator \(token.text)", at: token.range)
        }
        return symbol
    }

    private mutating func operatorName() throws(SQLError) -> Token {
        advance()
        try open()
        while current.kind == .word || current.kind == .quotedName {
            advance()
            try expect(symbol: ".")
        }
        let token = current
        guard token.kind == .symbol, token.text.utf8.allSatisfy(isOperatorByte) else {
            throw unexpected(.thing("an operator"))
        }
        advance()
        try close()
        return token
    }

    // MARK: Tests

    private mutating func isTest(_ left: Expr, _ isRestricted: Bool) throws(SQLError) -> ExprKind {
        let negated = accept("not")
        if accept("null") { return .isNull(left, negated: negated) }
        if accept("true") { return .isTruth(left, true, negated: negated) }
        if accept("false") { return .isTruth(left, false, negated: negated) }
        if accept("unknown") { return .isTruth(left, nil, negated: negated) }
        for word in ["json", "document", "normalized", "of"] where isWord(word) {
            throw unsupported("IS \(word.uppercased())", at: current.range)
        }
        guard try accept("distinct", then: "from") else { throw unexpected() }
        return .isDistinct(left, try expression(.comparison, isRestricted: isRestricted), negated: negated)
    }

    private mutating func between(_ left: Expr, negated: Bool) throws(SQLError) -> ExprKind {
        let symmetric = take("symmetric")
        if !symmetric { _ = take("asymmetric") }
        let low = try expression(.test, isRestricted: true)
        try expect("and")
        return .between(left, low: low, high: try expression(.other), negated: negated, symmetric: symmetric)
    }

    private mutating func inTest(_ left: Expr, negated: Bool) throws(SQLError) -> ExprKind {
        let isQuery = startsQuery()
        try open()
        if isQuery {
            let query = try query()
            try close()
            return .inQuery(left, query, negated: negated)
        }
        let list = try expressionList()
        try close()
        return .inList(left, list, negated: negated)
    }

    private mutating func like(_ left: Expr, negated: Bool, ignoreCase: Bool) throws(SQLError) -> ExprKind {
        let symbol: BinaryOperator =
            ignoreCase
            ? negated ? .notLikeIgnoringCase : .likeIgnoringCase
            : negated ? .notLike : .like
        if let kind = try quantified(left, symbol) { return kind }
        let pattern = try expression(.other)
        let escape = take("escape") ? try expression(.other) : nil
        return .like(left, pattern: pattern, escape: escape, negated: negated, ignoreCase: ignoreCase)
    }

    private mutating func similar(_ left: Expr, negated: Bool) throws(SQLError) -> ExprKind {
        try expect("to")
        let pattern = try expression(.other)
        let escape = take("escape") ? try expression(.other) : nil
        return .similar(left, pattern: pattern, escape: escape, negated: negated)
    }

    /// `(a, b) OVERLAPS (c, d)` as a call of overlaps with four arguments.
    private mutating func overlaps(_ left: Expr) throws(SQLError) -> ExprKind {
        let word = tokens[position - 1].range
        let right = try primary()
        guard case .row(let first) = left.kind, case .row(let second) = right.kind, first.count == 2, second.count == 2
        else {
            throw SQLError("OVERLAPS stands between two rows of two values", at: left.range.union(right.range))
        }
        return .function(FunctionCall(name: Identifier("overlaps", quoted: true, range: word), arguments: first + second))
    }

    private mutating func collation() throws(SQLError) -> Identifier {
        let name = try objectName()
        return name.parts.last ?? Identifier("", range: name.range)
    }

    // MARK: Operands

    /// A primary with the prefix operators before it, and the casts, subscripts and fields behind it.
    private mutating func operand() throws(SQLError) -> Expr {
        if isWord("operator"), isSymbol("(", ahead: 1) { return try namedUnary() }
        if let symbol = prefixOperator() { return try unary(symbol) }
        var operand = try primary()
        while current.kind == .symbol, let next = try postfix(operand) { operand = next }
        return operand
    }

    private func prefixOperator() -> UnaryOperator? {
        if current.kind == .symbol { return UnaryOperator(rawValue: current.text) }
        return isWord("not") ? .not : nil
    }

    /// `OPERATOR(pg_catalog.-) x`.
    private mutating func namedUnary() throws(SQLError) -> Expr {
        let start = current.range
        let token = try operatorName()
        guard let symbol = UnaryOperator(rawValue: token.text) else {
            throw SQLError("unknown operator \(token.text)", at: token.range)
        }
        let operand = try expression(.sum)
        try grow()
        return Expr(.unary(symbol, operand), range: range(from: start))
    }

    private mutating func unary(_ symbol: UnaryOperator) throws(SQLError) -> Expr {
        let start = current.range
        advance()
        let operand = try expression(symbol.operandPrecedence)
        try grow()
        return Expr(.unary(symbol, operand), range: range(from: start))
    }

    private mutating func postfix(_ operand: Expr) throws(SQLError) -> Expr? {
        let kind: ExprKind
        switch current.text {
        case "::":
            advance()
            kind = .cast(operand, try typeName(), isTry: false)
        case "[" where !operand.isLiteral || tokens[max(0, position - 1)].text == ")": kind = try subscripted(operand)
        case "." where position > 0 && allowsField(operand, behind: tokens[position - 1]):
            if isSymbol("*", ahead: 1) {
                throw unsupported("all fields of an expression", at: token(ahead: 1).range, hint: "name the fields")
            }
            advance()
            kind = .field(operand, try anyName())
        default: return nil
        }
        try grow(Link.postfix)
        return Expr(kind, range: range(from: operand.range))
    }

    /// A field follows a parenthesis, a bracket, a parameter or another field.
    private func allowsField(_ operand: Expr, behind token: Token) -> Bool {
        if case .field = operand.kind { return true }
        return token.kind == .parameter || token.kind == .symbol && (token.text == ")" || token.text == "]")
    }

    /// `[i]` or `[i:j]`.
    private mutating func subscripted(_ operand: Expr) throws(SQLError) -> ExprKind {
        advance()
        var from: Expr?
        if !isSymbol(":") {
            let index = try expression()
            guard isSymbol(":") else {
                try expect(symbol: "]")
                return .subscripted(operand, index: index)
            }
            from = index
        }
        try expect(symbol: ":")
        let to = isSymbol("]") ? nil : try expression()
        try expect(symbol: "]")
        return .slice(operand, from: from, to: to)
    }
}

extension Expr {
    fileprivate var isLiteral: Bool {
        switch kind {
        case .null, .boolean, .number, .string, .interval, .typedString, .star: true
        default: false
        }
    }
}
