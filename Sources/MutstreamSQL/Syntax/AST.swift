/// The syntax tree: what a SQL text says, before any name is looked up. Every node has its place in the text.

/// A name as written: folded to lower case unless it was quoted ("…" or `…`).
package struct Identifier: Sendable, Hashable {
    package var name: String
    package var quoted: Bool
    package var range: SourceRange

    package init(_ name: String, quoted: Bool = false, range: SourceRange) {
        self.name = name
        self.quoted = quoted
        self.range = range
    }
}

/// A possibly qualified name: `payments`, `payments.late`.
package struct ObjectName: Sendable, Hashable {
    package var parts: [Identifier]
    package var range: SourceRange

    package init(_ parts: [Identifier], range: SourceRange) {
        self.parts = parts
        self.range = range
    }

    package var text: String { parts.map(\.name).joined(separator: ".") }
}

/// A type as written: `DECIMAL(12,2)`, `TEXT`, `BIGINT[]`.
package struct TypeName: Sendable, Hashable {
    /// Lower case, words of a many-word type joined by one space: `double precision`.
    package var name: String
    /// The numbers in parentheses, in order.
    package var arguments: [Int]
    /// How many `[]` follow.
    package var arrayDepth: Int
    package var range: SourceRange

    package init(_ name: String, arguments: [Int] = [], arrayDepth: Int = 0, range: SourceRange) {
        self.name = name
        self.arguments = arguments
        self.arrayDepth = arrayDepth
        self.range = range
    }
}

// MARK: Statements

package struct Statement: Sendable {
    package enum Kind: Sendable {
        case createSource(CreateRelation)
        case createTable(CreateRelation)
        case createView(CreateView)
        case createModel(CreateModel)
        case createSink(CreateSink)
        case insert(Insert)
        case set(name: ObjectName, value: Expr)
        case explain(stage: Identifier?, statement: Box<Statement>)
    }
    package var kind: Kind
    package var range: SourceRange

    package init(_ kind: Kind, range: SourceRange) {
        self.kind = kind
        self.range = range
    }
}

/// `CREATE [OR REPLACE] SOURCE|TABLE name (columns, constraints) WITH (options)`.
package struct CreateRelation: Sendable {
    package var name: ObjectName
    package var orReplace: Bool
    package var ifNotExists: Bool
    package var columns: [ColumnDefinition]
    /// `PRIMARY KEY (a, b)` or the columns marked so, in order.
    package var primaryKey: [Identifier]
    package var watermark: WatermarkClause?
    package var options: [Option]

    package init(
        name: ObjectName, orReplace: Bool, ifNotExists: Bool, columns: [ColumnDefinition], primaryKey: [Identifier],
        watermark: WatermarkClause?, options: [Option]
    ) {
        self.name = name
        self.orReplace = orReplace
        self.ifNotExists = ifNotExists
        self.columns = columns
        self.primaryKey = primaryKey
        self.watermark = watermark
        self.options = options
    }
}

package struct ColumnDefinition: Sendable {
    package var name: Identifier
    package var type: TypeName
    package var notNull: Bool
    package var sensitive: Bool
    package var range: SourceRange

    package init(name: Identifier, type: TypeName, notNull: Bool, sensitive: Bool, range: SourceRange) {
        self.name = name
        self.type = type
        self.notNull = notNull
        self.sensitive = sensitive
        self.range = range
    }
}

/// `WATERMARK FOR column AS expression`.
package struct WatermarkClause: Sendable {
    package var column: Identifier
    package var expression: Expr
    package var range: SourceRange

    package init(column: Identifier, expression: Expr, range: SourceRange) {
        self.column = column
        self.expression = expression
        self.range = range
    }
}

/// One `name = value` of a WITH clause. A value is kept as text, whatever literal it was written as.
package struct Option: Sendable, Hashable {
    package var name: Identifier
    package var value: String
    package var valueRange: SourceRange

    package init(name: Identifier, value: String, valueRange: SourceRange) {
        self.name = name
        self.value = value
        self.valueRange = valueRange
    }

    package var range: SourceRange { name.range.union(valueRange) }
}

/// `CREATE [OR REPLACE] [MATERIALIZED] VIEW name [(columns)] [WITH (options)] AS query`.
package struct CreateView: Sendable {
    package var name: ObjectName
    package var orReplace: Bool
    package var ifNotExists: Bool
    package var materialized: Bool
    package var columns: [Identifier]
    package var options: [Option]
    package var query: Query

    package init(
        name: ObjectName, orReplace: Bool, ifNotExists: Bool, materialized: Bool, columns: [Identifier],
        options: [Option], query: Query
    ) {
        self.name = name
        self.orReplace = orReplace
        self.ifNotExists = ifNotExists
        self.materialized = materialized
        self.columns = columns
        self.options = options
        self.query = query
    }
}

/// `CREATE MODEL name INPUT (…) OUTPUT (…) WITH (…)`.
package struct CreateModel: Sendable {
    package var name: ObjectName
    package var orReplace: Bool
    package var inputs: [ColumnDefinition]
    package var outputs: [ColumnDefinition]
    /// `PARTITION BY` columns, empty without the clause.
    package var partitionBy: [Identifier]
    package var options: [Option]

    package init(
        name: ObjectName, orReplace: Bool, inputs: [ColumnDefinition], outputs: [ColumnDefinition],
        partitionBy: [Identifier], options: [Option]
    ) {
        self.name = name
        self.orReplace = orReplace
        self.inputs = inputs
        self.outputs = outputs
        self.partitionBy = partitionBy
        self.options = options
    }
}

/// `CREATE SINK name AS query WITH (…)`, or `CREATE SINK name FROM relation WITH (…)`,
/// which the parser turns into `SELECT * FROM relation`.
package struct CreateSink: Sendable {
    package var name: ObjectName
    package var orReplace: Bool
    package var query: Query
    package var options: [Option]

    package init(name: ObjectName, orReplace: Bool, query: Query, options: [Option]) {
        self.name = name
        self.orReplace = orReplace
        self.query = query
        self.options = options
    }
}

/// `INSERT INTO [MODEL] target [(columns)] query`.
package struct Insert: Sendable {
    package var intoModel: Bool
    package var target: ObjectName
    package var columns: [Identifier]
    package var query: Query

    package init(intoModel: Bool, target: ObjectName, columns: [Identifier], query: Query) {
        self.intoModel = intoModel
        self.target = target
        self.columns = columns
        self.query = query
    }
}

// MARK: Queries

package struct Query: Sendable {
    package var with: [CommonTableExpression]
    package var body: QueryBody
    package var orderBy: [OrderItem]
    package var limit: Expr?
    package var offset: Expr?
    /// `EMIT ON ARRIVAL` or `EMIT ON WINDOW CLOSE`.
    package var emit: EmitClause?
    package var range: SourceRange

    package init(
        with: [CommonTableExpression], body: QueryBody, orderBy: [OrderItem], limit: Expr?, offset: Expr?,
        emit: EmitClause?, range: SourceRange
    ) {
        self.with = with
        self.body = body
        self.orderBy = orderBy
        self.limit = limit
        self.offset = offset
        self.emit = emit
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
    package var groupBy: [Expr]
    package var having: Expr?
    /// `WINDOW name AS (…)`.
    package var windows: [NamedWindow]
    package var qualify: Expr?
    package var range: SourceRange

    package init(
        distinct: [Expr]?, items: [SelectItem], from: [TableReference], filter: Expr?, groupBy: [Expr], having: Expr?,
        windows: [NamedWindow], qualify: Expr?, range: SourceRange
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

/// One item of a select list. `*` and `t.*` are ``ExprKind/star(_:)``.
package struct SelectItem: Sendable {
    package var expression: Expr
    package var alias: Identifier?

    package init(expression: Expr, alias: Identifier?) {
        self.expression = expression
        self.alias = alias
    }
}

package struct OrderItem: Sendable {
    package var expression: Expr
    package var descending: Bool
    package var nullsFirst: Bool?

    package init(expression: Expr, descending: Bool, nullsFirst: Bool?) {
        self.expression = expression
        self.descending = descending
        self.nullsFirst = nullsFirst
    }
}

package struct TableReference: Sendable {
    package indirect enum Kind: Sendable {
        case relation(ObjectName)
        /// `TUMBLE(table, column, interval[, offset])` and the like, also as `TABLE(TUMBLE(TABLE t, DESCRIPTOR(c), …))`.
        case function(TableFunction)
        case subquery(Query)
        case join(Join)
    }
    package var kind: Kind
    package var alias: Identifier?
    package var columnAliases: [Identifier]
    package var range: SourceRange

    package init(_ kind: Kind, alias: Identifier?, columnAliases: [Identifier], range: SourceRange) {
        self.kind = kind
        self.alias = alias
        self.columnAliases = columnAliases
        self.range = range
    }
}

package struct TableFunction: Sendable {
    package enum Argument: Sendable {
        /// A relation: `TABLE t`, or a bare name as the first argument.
        case relation(ObjectName)
        case descriptor([Identifier], SourceRange)
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
    package enum Kind: Sendable { case inner, left, right, full, cross }
    package enum Condition: Sendable {
        case on(Expr)
        case using([Identifier])
        case none
    }
    package var kind: Kind
    package var left: TableReference
    package var right: TableReference
    package var condition: Condition

    package init(kind: Kind, left: TableReference, right: TableReference, condition: Condition) {
        self.kind = kind
        self.left = left
        self.right = right
        self.condition = condition
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

    package init(base: Identifier?, partitionBy: [Expr], orderBy: [OrderItem], frame: WindowFrame?, range: SourceRange) {
        self.base = base
        self.partitionBy = partitionBy
        self.orderBy = orderBy
        self.frame = frame
        self.range = range
    }
}

package struct WindowFrame: Sendable {
    package enum Unit: Sendable { case rows, range, groups }
    package enum Bound: Sendable {
        case unboundedPreceding
        case preceding(Expr)
        case currentRow
        case following(Expr)
        case unboundedFollowing
    }
    package var unit: Unit
    package var start: Bound
    package var end: Bound
    package var range: SourceRange

    package init(unit: Unit, start: Bound, end: Bound, range: SourceRange) {
        self.unit = unit
        self.start = start
        self.end = end
        self.range = range
    }
}

// MARK: Expressions

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
    /// Digits as written, without sign: `42`, `1.5`, `1e3`. Integer if it holds digits only.
    case number(String)
    case string(String)
    /// `INTERVAL '5' SECOND`, `INTERVAL 2 SECOND`, `INTERVAL '1 day 2 hours'`: the text and the unit word, lower case
    /// and singular (`second`), if there was one.
    case interval(String, unit: String?)
    /// `DATE '…'`, `TIMESTAMP '…'`.
    case typedString(TypeName, String)
    /// `a`, `t.a`, `(t).a`.
    case column([Identifier])
    /// `*` or `t.*`.
    case star(ObjectName?)
    case unary(UnaryOperator, Expr)
    case binary(BinaryOperator, Expr, Expr)
    case isNull(Expr, negated: Bool)
    /// `IS [NOT] TRUE|FALSE`; a nil truth is UNKNOWN.
    case isTruth(Expr, Bool?, negated: Bool)
    case isDistinct(Expr, Expr, negated: Bool)
    case between(Expr, low: Expr, high: Expr, negated: Bool)
    case inList(Expr, [Expr], negated: Bool)
    case inQuery(Expr, Query, negated: Bool)
    case like(Expr, pattern: Expr, escape: Expr?, negated: Bool, ignoreCase: Bool)
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

package struct FunctionCall: Sendable {
    package var name: Identifier
    package var arguments: [Expr]
    package var distinct: Bool
    /// `COUNT(*)`.
    package var isStar: Bool
    package var orderBy: [OrderItem]
    package var filter: Expr?
    package var over: WindowSpecification?

    package init(
        name: Identifier, arguments: [Expr], distinct: Bool = false, isStar: Bool = false, orderBy: [OrderItem] = [],
        filter: Expr? = nil, over: WindowSpecification? = nil
    ) {
        self.name = name
        self.arguments = arguments
        self.distinct = distinct
        self.isStar = isStar
        self.orderBy = orderBy
        self.filter = filter
        self.over = over
    }
}

package enum UnaryOperator: String, Sendable { case minus = "-", plus = "+", not = "NOT" }

package enum BinaryOperator: String, Sendable {
    case or = "OR", and = "AND"
    case equal = "=", notEqual = "<>", less = "<", lessOrEqual = "<=", greater = ">", greaterOrEqual = ">="
    case plus = "+", minus = "-", times = "*", divide = "/", modulo = "%", power = "^"
    case concat = "||"
}

/// A value on the heap, for trees.
package final class Box<Value: Sendable>: Sendable {
    package let value: Value
    package init(_ value: Value) { self.value = value }
}
