/// How tightly an operator binds, as in PostgreSQL 15.
enum Precedence: Int, Comparable {
    case or = 1
    case and, not, test, comparison, range, other, sum, product, power, unary

    static func < (lhs: Precedence, rhs: Precedence) -> Bool { lhs.rawValue < rhs.rawValue }

    /// The next tighter one.
    var tighter: Precedence { Precedence(rawValue: rawValue + 1) ?? .unary }

    /// Whether `a op b op c` is refused: IS, comparisons, BETWEEN and the like.
    var refusesChains: Bool { self == .test || self == .comparison || self == .range }
}

extension BinaryOperator {
    var precedence: Precedence {
        switch self {
        case .or: .or
        case .and: .and
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: .comparison
        case .concat: .other
        case .plus, .minus: .sum
        case .times, .divide, .modulo: .product
        case .power: .power
        }
    }

    init?(_ token: Token) {
        switch token.kind {
        case .word where token.text == "or": self = .or
        case .word where token.text == "and": self = .and
        case .symbol where token.text == "!=": self = .notEqual
        case .symbol: self.init(rawValue: token.text)
        default: return nil
        }
    }
}

/// Expressions, by precedence climbing: each call reads an operand and then all operators that bind tightly enough.
extension Parser {
    private enum Infix {
        case binary(BinaryOperator)
        case `is`, isNull, notNull
        case between, `in`, like, ilike

        var precedence: Precedence {
            switch self {
            case .binary(let symbol): symbol.precedence
            case .is, .isNull, .notNull: .test
            case .between, .in, .like, .ilike: .range
            }
        }
    }

    /// - Parameter minimum: operators that bind looser end the expression.
    mutating func expression(_ minimum: Precedence = .or) throws(SQLError) -> Expr {
        try enter()
        defer { leave() }
        let outer = beginTree()
        var left = try operand()
        var last: Precedence?
        while let infix = infix(), infix.precedence >= minimum {
            if infix.precedence == last, infix.precedence.refusesChains { throw chained() }
            last = infix.precedence
            left = try combine(left, infix)
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
        default: return range(named: token.text)
        }
    }

    private func range(named word: String) -> Infix? {
        switch word {
        case "between": .between
        case "in": .in
        case "like": .like
        case "ilike": .ilike
        default: nil
        }
    }

    private mutating func combine(_ left: Expr, _ infix: Infix) throws(SQLError) -> Expr {
        if case .binary(let symbol) = infix {
            let operatorRange = current.range
            advance()
            if isWord("any") || isWord("some") || isWord("all") {
                throw unsupported(
                    "\(symbol.rawValue) \(current.text.uppercased())", at: operatorRange.union(current.range))
            }
            let right = try expression(symbol.precedence.tighter)
            try grow()
            return Expr(.binary(symbol, left, right), range: left.range.union(right.range))
        }
        let negated = take("not")
        advance()
        let kind: ExprKind
        switch infix {
        case .is: kind = try isTest(left)
        case .isNull: kind = .isNull(left, negated: false)
        case .notNull: kind = .isNull(left, negated: true)
        case .between: kind = try between(left, negated: negated)
        case .in: kind = try inTest(left, negated: negated)
        case .like: kind = try like(left, negated: negated, ignoreCase: false)
        case .ilike: kind = try like(left, negated: negated, ignoreCase: true)
        case .binary: preconditionFailure("binary operators are done above")
        }
        try grow(Link.postfix)
        return Expr(kind, range: range(from: left.range))
    }

    private mutating func isTest(_ left: Expr) throws(SQLError) -> ExprKind {
        let negated = accept("not")
        if accept("null") { return .isNull(left, negated: negated) }
        if accept("true") { return .isTruth(left, true, negated: negated) }
        if accept("false") { return .isTruth(left, false, negated: negated) }
        if accept("unknown") { return .isTruth(left, nil, negated: negated) }
        guard try accept("distinct", then: "from") else { throw unexpected() }
        return .isDistinct(left, try expression(.comparison), negated: negated)
    }

    private mutating func between(_ left: Expr, negated: Bool) throws(SQLError) -> ExprKind {
        if isWord("symmetric") { throw unsupported("BETWEEN SYMMETRIC", at: current.range) }
        let low = try expression(.other)
        try expect("and")
        return .between(left, low: low, high: try expression(.other), negated: negated)
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
        let pattern = try expression(.other)
        let escape = take("escape") ? try expression(.other) : nil
        return .like(left, pattern: pattern, escape: escape, negated: negated, ignoreCase: ignoreCase)
    }

    // MARK: Operands

    /// A primary with the prefix operators before it and the casts behind it.
    private mutating func operand() throws(SQLError) -> Expr {
        if let prefix = prefixOperator() { return try unary(prefix) }
        var operand = try primary()
        while isSymbol("::") { operand = try cast(operand) }
        if isSymbol("[") { throw unsupported("an array subscript", at: current.range) }
        return operand
    }

    private func prefixOperator() -> UnaryOperator? {
        if isSymbol("-") { return .minus }
        if isSymbol("+") { return .plus }
        return isWord("not") ? .not : nil
    }

    private mutating func unary(_ symbol: UnaryOperator) throws(SQLError) -> Expr {
        let start = current.range
        advance()
        let operand = try expression(symbol == .not ? .not : .unary)
        try grow()
        return Expr(.unary(symbol, operand), range: range(from: start))
    }

    private mutating func cast(_ operand: Expr) throws(SQLError) -> Expr {
        advance()
        let type = try typeName()
        try grow(Link.postfix)
        return Expr(.cast(operand, type, isTry: false), range: range(from: operand.range))
    }
}
