/// Expressions.

package struct Expr: Sendable {
    package var kind: ExprKind
    package var range: SourceRange

    package init(_ kind: ExprKind, range: SourceRange) {
        self.kind = kind
        self.range = range
    }
}

package indirect enum ExprKind: Sendable {
    case null
    case boolean(Bool)
    /// Decimal digits without sign: `42`, `1.5`, `1e3`. Integer if it holds digits only. The lexer writes out `0x1F` as
    /// `31` and `1_000` as `1000`.
    case number(String)
    case string(String)
    /// `INTERVAL '5' SECOND`, `INTERVAL 2 SECOND`, `INTERVAL '1 day 2 hours'`: the text and the unit word, lower case
    /// and singular (`second`), if there was one; of `YEAR TO MONTH` both: `year to month`.
    case interval(String, unit: String?)
    /// `DATE '…'`, `TIMESTAMP '…'`, `int '5'`.
    case typedString(TypeName, String)
    /// `a`, `t.a`, `(t).a`.
    case column([Identifier])
    /// A column by number: made while binding `*`, never parsed.
    case inputColumn(Int)
    /// `*` or `t.*`, with `EXCEPT (a, b)`.
    case star(ObjectName?, except: [Identifier])
    /// DEFAULT as a value in INSERT and UPDATE.
    case defaultValue
    /// `$1`, counted from 1.
    case parameter(Int)
    /// `ARRAY[a, b]`; an inner `[a]` is one as well.
    case array([Expr])
    /// `ARRAY(SELECT …)`.
    case arrayQuery(Query)
    /// `ROW(a, b)`, `(a, b)`.
    case row([Expr])
    /// `MAP {k: v}`, `MAP[k, v]`.
    case map([(Expr, Expr)])
    /// `a[i]`.
    case subscripted(Expr, index: Expr)
    /// `a[i:j]`.
    case slice(Expr, from: Expr?, to: Expr?)
    /// `(x).name`, `f(x).name`.
    case field(Expr, Identifier)
    case unary(UnaryOperator, Expr)
    case binary(BinaryOperator, Expr, Expr)
    case isNull(Expr, negated: Bool)
    /// `IS [NOT] TRUE|FALSE`; a nil truth is UNKNOWN.
    case isTruth(Expr, Bool?, negated: Bool)
    case isDistinct(Expr, Expr, negated: Bool)
    /// SYMMETRIC: between the bounds in whichever order they are.
    case between(Expr, low: Expr, high: Expr, negated: Bool, symmetric: Bool)
    case inList(Expr, [Expr], negated: Bool)
    case inQuery(Expr, Query, negated: Bool)
    case like(Expr, pattern: Expr, escape: Expr?, negated: Bool, ignoreCase: Bool)
    /// `SIMILAR TO`.
    case similar(Expr, pattern: Expr, escape: Expr?, negated: Bool)
    /// `x = ANY (…)`, `x < ALL (…)`. ``BinaryOperator/like`` and its kin stand here only.
    case quantified(Expr, BinaryOperator, isAll: Bool, QuantifiedOperand)
    case atTimeZone(Expr, Expr)
    case collate(Expr, Identifier)
    case caseWhen(operand: Expr?, branches: [CaseBranch], otherwise: Expr?)
    /// `CAST(x AS t)`, `x::t`, `TRY_CAST(x AS t)`.
    case cast(Expr, TypeName, isTry: Bool)
    case function(FunctionCall)
    /// `EXTRACT(field FROM x)`; the field in lower case.
    case extract(field: Identifier, Expr)
    case exists(Query)
    case subquery(Query)
}

package struct CaseBranch: Sendable {
    package var condition: Expr
    package var result: Expr

    package init(condition: Expr, result: Expr) {
        self.condition = condition
        self.result = result
    }
}

/// What ANY or ALL goes through.
package enum QuantifiedOperand: Sendable {
    case query(Query)
    case array(Expr)
}

/// A call. Forms with a grammar of their own are calls as well: `OVERLAY(a PLACING b FROM c)` is `overlay(a, b, c)`.
package struct FunctionCall: Sendable {
    /// Without the schema: `pg_catalog.f` is `f`.
    package var name: Identifier
    package var arguments: [Expr]
    /// The names of named arguments, one for each argument; empty if none has one.
    package var labels: [Identifier?]
    package var distinct: Bool
    /// `COUNT(*)`.
    package var isStar: Bool
    /// `f(VARIADIC array)`: the last argument is the array of those it stands for.
    package var isVariadic: Bool
    package var orderBy: [OrderItem]
    /// `WITHIN GROUP (ORDER BY …)`.
    package var withinGroup: [OrderItem]
    package var filter: Expr?
    /// `IGNORE NULLS` or `RESPECT NULLS`.
    package var ignoreNulls: Bool?
    package var over: WindowSpecification?

    package init(
        name: Identifier, arguments: [Expr], labels: [Identifier?] = [], distinct: Bool = false, isStar: Bool = false,
        isVariadic: Bool = false, orderBy: [OrderItem] = [], withinGroup: [OrderItem] = [], filter: Expr? = nil,
        ignoreNulls: Bool? = nil, over: WindowSpecification? = nil
    ) {
        self.name = name
        self.arguments = arguments
        self.labels = labels
        self.distinct = distinct
        self.isStar = isStar
        self.isVariadic = isVariadic
        self.orderBy = orderBy
        self.withinGroup = withinGroup
        self.filter = filter
        self.ignoreNulls = ignoreNulls
        self.over = over
    }
}

package enum UnaryOperator: String, Sendable {
    case minus = "-", plus = "+", not = "NOT"
    case bitNot = "~", squareRoot = "|/", cubeRoot = "||/", absolute = "@", queryNot = "!!"
}

package enum BinaryOperator: String, Sendable, CaseIterable {
    case or = "OR", and = "AND"
    case equal = "=", notEqual = "<>", less = "<", lessOrEqual = "<=", greater = ">", greaterOrEqual = ">="
    case plus = "+", minus = "-", times = "*", divide = "/", modulo = "%", power = "^"
    case concat = "||"
    // JSON.
    case member = "->", memberText = "->>", path = "#>", pathText = "#>>", removePath = "#-"
    case hasKey = "?", hasAnyKey = "?|", hasAllKeys = "?&", pathExists = "@?", pathMatches = "@@"
    // Arrays, ranges and JSON.
    case contains = "@>", containedBy = "<@", overlaps = "&&"
    // Text.
    case matches = "~", matchesIgnoringCase = "~*", notMatches = "!~", notMatchesIgnoringCase = "!~*", startsWith = "^@"
    // Before ANY and ALL only; elsewhere they are ExprKind.like.
    case like = "~~", likeIgnoringCase = "~~*", notLike = "!~~", notLikeIgnoringCase = "!~~*"
    // Bits.
    case bitAnd = "&", bitOr = "|", bitXor = "#", shiftLeft = "<<", shiftRight = ">>"
}
