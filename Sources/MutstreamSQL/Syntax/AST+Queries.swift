/// Queries and windows.

package struct Query: Sendable {
    package var with: [CommonTableExpression]
    /// `WITH RECURSIVE`.
    package var recursive: Bool
    package var body: QueryBody
    package var orderBy: [OrderItem]
    package var limit: Expr?
    package var offset: Expr?
    /// `FETCH FIRST n ROWS WITH TIES`: with those that are ordered as the last one.
    package var withTies: Bool
    /// `EMIT ON ARRIVAL` or `EMIT ON WINDOW CLOSE`.
    package var emit: EmitClause?
    package var range: SourceRange

    package init(
        with: [CommonTableExpression] = [], body: QueryBody, orderBy: [OrderItem] = [], limit: Expr? = nil,
        offset: Expr? = nil, emit: EmitClause? = nil, withTies: Bool = false, recursive: Bool = false, range: SourceRange
    ) {
        self.with = with
        self.body = body
        self.orderBy = orderBy
        self.limit = limit
        self.offset = offset
        self.emit = emit
        self.withTies = withTies
        self.recursive = recursive
        self.range = range
    }
}

package struct EmitClause: Sendable {
    package enum Kind: Sendable { case onArrival, onWindowClose }
    package var kind: Kind
    package var range: SourceRange

    package init(_ kind: Kind, range: SourceRange) {
        self.kind = kind
        self.range = range
    }
}

package struct CommonTableExpression: Sendable {
    package var name: Identifier
    package var columns: [Identifier]
    package var query: Box<Query>

    package init(name: Identifier, columns: [Identifier], query: Box<Query>) {
        self.name = name
        self.columns = columns
        self.query = query
    }
}

package indirect enum QueryBody: Sendable {
    case select(Select)
    case values([[Expr]], SourceRange)
    case setOperation(SetOperator, all: Bool, QueryBody, QueryBody, SourceRange)
    case nested(Query)
}

package enum SetOperator: Sendable { case union, intersect, except }

package struct Select: Sendable {
    /// Nil: no DISTINCT; empty: DISTINCT; else DISTINCT ON.
    package var distinct: [Expr]?
    package var items: [SelectItem]
    package var from: [TableReference]
    package var filter: Expr?
    package var groupBy: [GroupingElement]
    package var having: Expr?
    /// `WINDOW name AS (…)`.
    package var windows: [NamedWindow]
    package var qualify: Expr?
    package var range: SourceRange

    package init(
        distinct: [Expr]? = nil, items: [SelectItem], from: [TableReference] = [], filter: Expr? = nil,
        groupBy: [GroupingElement] = [], having: Expr? = nil, windows: [NamedWindow] = [], qualify: Expr? = nil,
        range: SourceRange
    ) {
        self.distinct = distinct
        self.items = items
        self.from = from
        self.filter = filter
        self.groupBy = groupBy
        self.having = having
        self.windows = windows
        self.qualify = qualify
        self.range = range
    }
}

/// One item of GROUP BY.
package indirect enum GroupingElement: Sendable {
    case expression(Expr)
    /// `()`: all rows are one group.
    case empty(SourceRange)
    /// `ROLLUP (a, (b, c))`: each entry is one level.
    case rollup([[Expr]], SourceRange)
    case cube([[Expr]], SourceRange)
    case sets([GroupingElement], SourceRange)
    /// `(a, b)`.
    case list([Expr], SourceRange)

    package var range: SourceRange {
        switch self {
        case .expression(let expression): expression.range
        case .empty(let range), .rollup(_, let range), .cube(_, let range), .sets(_, let range), .list(_, let range):
            range
        }
    }
}

/// One item of a select list. `*` and `t.*` are ``ExprKind/star(_:except:)``.
package struct SelectItem: Sendable {
    package var expression: Expr
    package var alias: Identifier?

    package init(expression: Expr, alias: Identifier? = nil) {
        self.expression = expression
        self.alias = alias
    }
}

package struct OrderItem: Sendable {
    package var expression: Expr
    package var descending: Bool
    package var nullsFirst: Bool?

    package init(expression: Expr, descending: Bool = false, nullsFirst: Bool? = nil) {
        self.expression = expression
        self.descending = descending
        self.nullsFirst = nullsFirst
    }
}

package struct NamedWindow: Sendable {
    package var name: Identifier
    package var specification: WindowSpecification

    package init(name: Identifier, specification: WindowSpecification) {
        self.name = name
        self.specification = specification
    }
}

/// What stands in the parentheses of OVER (…) or WINDOW w AS (…).
package struct WindowSpecification: Sendable {
    /// An existing window this one extends: `OVER (w ORDER BY …)`, or all of it: `OVER w`.
    package var base: Identifier?
    package var partitionBy: [Expr]
    package var orderBy: [OrderItem]
    package var frame: WindowFrame?
    package var range: SourceRange

    package init(
        base: Identifier? = nil, partitionBy: [Expr] = [], orderBy: [OrderItem] = [], frame: WindowFrame? = nil,
        range: SourceRange
    ) {
        self.base = base
        self.partitionBy = partitionBy
        self.orderBy = orderBy
        self.frame = frame
        self.range = range
    }
}

package struct WindowFrame: Sendable {
    package enum Unit: Sendable {
        case rows, range, groups
        /// All rows of a session; the gap stands as the length of the start.
        case session
    }
    package enum Bound: Sendable {
        case unboundedPreceding
        case preceding(Expr)
        case currentRow
        case following(Expr)
        case unboundedFollowing
    }
    /// What EXCLUDE leaves out of the frame.
    package enum Exclusion: Sendable { case noOthers, currentRow, group, ties }
    package var unit: Unit
    package var start: Bound
    package var end: Bound
    package var exclusion: Exclusion
    package var range: SourceRange

    package init(unit: Unit, start: Bound, end: Bound, exclusion: Exclusion = .noOthers, range: SourceRange) {
        self.unit = unit
        self.start = start
        self.end = end
        self.exclusion = exclusion
        self.range = range
    }
}
