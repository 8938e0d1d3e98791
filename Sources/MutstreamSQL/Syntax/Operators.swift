/// How tightly an operator binds, as in PostgreSQL 15.
enum Precedence: Int, Comparable {
    case or = 1
    case and, not, test, comparison, range, other, sum, product, power, zone, collation, unary

    static func < (lhs: Precedence, rhs: Precedence) -> Bool { lhs.rawValue < rhs.rawValue }

    /// The next tighter one.
    var tighter: Precedence { Precedence(rawValue: rawValue + 1) ?? .unary }

    /// Whether `a op b op c` is refused: IS, comparisons, BETWEEN and the like.
    var refusesChains: Bool { self == .test || self == .comparison || self == .range }
}

extension UnaryOperator {
    /// A prefix operator other than a sign or NOT binds as the infix ones of its kind: `@ a + b` is `@ (a + b)`.
    var precedence: Precedence {
        switch self {
        case .not: .not
        case .minus, .plus: .unary
        case .bitNot, .squareRoot, .cubeRoot, .absolute, .queryNot: .other
        }
    }

    /// What the operand takes in.
    var operandPrecedence: Precedence {
        switch self {
        case .not: .not
        case .minus, .plus: .unary
        case .bitNot, .squareRoot, .cubeRoot, .absolute, .queryNot: .sum
        }
    }
}

extension BinaryOperator {
    var precedence: Precedence {
        switch self {
        case .or: .or
        case .and: .and
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: .comparison
        case .plus, .minus: .sum
        case .times, .divide, .modulo: .product
        case .power: .power
        case .concat, .member, .memberText, .path, .pathText, .removePath, .hasKey, .hasAnyKey, .hasAllKeys, .pathExists,
            .pathMatches, .contains, .containedBy, .overlaps, .matches, .matchesIgnoringCase, .notMatches,
            .notMatchesIgnoringCase, .startsWith, .like, .likeIgnoringCase, .notLike, .notLikeIgnoringCase, .bitAnd,
            .bitOr, .bitXor, .shiftLeft, .shiftRight:
            .other
        }
    }

    /// Whether it is LIKE, ILIKE or its negation.
    var isLike: Bool {
        switch self {
        case .like, .likeIgnoringCase, .notLike, .notLikeIgnoringCase: true
        default: false
        }
    }

    /// As it is written before ANY and ALL.
    var quantifiedText: String {
        switch self {
        case .like: "LIKE"
        case .likeIgnoringCase: "ILIKE"
        case .notLike: "NOT LIKE"
        case .notLikeIgnoringCase: "NOT ILIKE"
        default: rawValue
        }
    }

    init?(_ token: Token) {
        switch token.kind {
        case .word where token.text == "or": self = .or
        case .word where token.text == "and": self = .and
        case .symbol where token.text == "!=": self = .notEqual
        case .symbol where token.text == "==": self = .equal
        case .symbol: self.init(rawValue: token.text)
        default: return nil
        }
    }
}

extension DropKind {
    /// Its words in lower case; nil for ``any``.
    var words: String? {
        switch self {
        case .source: "source"
        case .table: "table"
        case .view: "view"
        case .materializedView: "materialized view"
        case .model: "model"
        case .sink: "sink"
        case .function: "function"
        case .index: "index"
        case .schema: "schema"
        case .any: nil
        }
    }
}
