/// What stands in FROM.

package struct TableReference: Sendable {
    package indirect enum Kind: Sendable {
        case relation(ObjectName)
        /// `unnest(a)`, `generate_series(1, 10)`, `TUMBLE(table, column, interval[, offset])` and the like, also as
        /// `TABLE(TUMBLE(TABLE t, DESCRIPTOR(c), …))`.
        case function(TableFunction)
        case subquery(Query)
        case join(Join)
        /// `… MATCH_RECOGNIZE (…)`.
        case match(MatchRecognize)
    }
    package var kind: Kind
    package var alias: Identifier?
    package var columnAliases: [Identifier]
    /// `LATERAL (…)`.
    package var isLateral: Bool
    /// `WITH ORDINALITY`: a last column counts the rows from 1.
    package var withOrdinality: Bool
    /// `FOR SYSTEM_TIME AS OF …`.
    package var systemTime: Expr?
    package var range: SourceRange

    package init(
        _ kind: Kind, alias: Identifier? = nil, columnAliases: [Identifier] = [], isLateral: Bool = false,
        withOrdinality: Bool = false, systemTime: Expr? = nil, range: SourceRange
    ) {
        self.kind = kind
        self.alias = alias
        self.columnAliases = columnAliases
        self.isLateral = isLateral
        self.withOrdinality = withOrdinality
        self.systemTime = systemTime
        self.range = range
    }
}

package struct TableFunction: Sendable {
    package enum Argument: Sendable {
        /// A relation: `TABLE t`, or a bare name as the first argument of a window function such as TUMBLE.
        case relation(ObjectName)
        case descriptor([Identifier], SourceRange)
        /// Where a relation is expected, a query: ``ExprKind/subquery(_:)``.
        case expression(Expr)
    }
    package var name: Identifier
    package var arguments: [(label: Identifier?, value: Argument)]
    package var range: SourceRange

    package init(name: Identifier, arguments: [(label: Identifier?, value: Argument)], range: SourceRange) {
        self.name = name
        self.arguments = arguments
        self.range = range
    }
}

package struct Join: Sendable {
    package enum Kind: Sendable { case inner, left, right, full, cross, semi, anti, asof }
    package enum Condition: Sendable {
        case on(Expr)
        case using([Identifier])
        case none
    }
    package var kind: Kind
    package var left: TableReference
    package var right: TableReference
    package var condition: Condition
    /// `NATURAL JOIN`: on all columns of equal name; the condition is none.
    package var isNatural: Bool
    /// `ASOF LEFT JOIN`: a row of the left side without a partner stays. Only of ``Kind/asof``.
    package var keepsLeft: Bool

    package init(
        kind: Kind, left: TableReference, right: TableReference, condition: Condition = .none, isNatural: Bool = false,
        keepsLeft: Bool = false
    ) {
        self.kind = kind
        self.left = left
        self.right = right
        self.condition = condition
        self.isNatural = isNatural
        self.keepsLeft = keepsLeft
    }
}
