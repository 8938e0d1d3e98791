/// Statements: what they declare and how they look at it.

package struct Statement: Sendable {
    package enum Kind: Sendable {
        case createSource(CreateRelation)
        case createTable(CreateRelation)
        case createView(CreateView)
        case createModel(CreateModel)
        case createSink(CreateSink)
        case insert(Insert)
        case createFunction(CreateFunction)
        case createIndex(CreateIndex)
        case drop(Drop)
        case update(Update)
        case delete(Delete)
        case truncate([ObjectName])
        case query(Query)
        /// `SET a = value`, `SET a TO value`; a bare word is a string.
        case set(name: ObjectName, value: Expr)
        case show(ShowStatement)
        case describe(ObjectName)
        /// RisingWave's wait for what was written.
        case flush
        /// BEGIN, COMMIT and the like: accepted, and without effect.
        case transaction
        case explain(stage: Identifier?, statement: Box<Statement>)
    }
    package var kind: Kind
    package var range: SourceRange

    package init(_ kind: Kind, range: SourceRange) {
        self.kind = kind
        self.range = range
    }
}

/// `CREATE [OR REPLACE] SOURCE|TABLE name (columns, constraints) WITH (options)`, or `CREATE TABLE name AS query`.
///
/// `FORMAT f ENCODE e (…)` and RisingWave's `ON CONFLICT OVERWRITE|IGNORE` become options: `format` (`FORMAT plain ENCODE e`
/// is `e`) and `encode`, those in the parentheses, and `on_conflict` (`overwrite`, `ignore`).
package struct CreateRelation: Sendable {
    package var name: ObjectName
    package var orReplace: Bool
    package var ifNotExists: Bool
    package var columns: [ColumnDefinition]
    /// `PRIMARY KEY (a, b)` or the columns marked so, in order.
    package var primaryKey: [Identifier]
    package var watermark: WatermarkClause?
    package var options: [Option]
    /// Of `CREATE TABLE … AS`.
    package var query: Query?
    /// RisingWave's `APPEND ONLY`.
    package var appendOnly: Bool
    /// `UNIQUE (a, b)` or the columns marked so, one list a key.
    package var uniqueKeys: [[Identifier]] = []
    /// `CHECK (condition)`, behind a column or among them.
    package var checks: [Expr] = []
    /// False after `AS query WITH NO DATA`.
    package var withData = true

    package init(
        name: ObjectName, orReplace: Bool = false, ifNotExists: Bool = false, columns: [ColumnDefinition] = [],
        primaryKey: [Identifier] = [], watermark: WatermarkClause? = nil, options: [Option] = [], query: Query? = nil,
        appendOnly: Bool = false
    ) {
        self.name = name
        self.orReplace = orReplace
        self.ifNotExists = ifNotExists
        self.columns = columns
        self.primaryKey = primaryKey
        self.watermark = watermark
        self.options = options
        self.query = query
        self.appendOnly = appendOnly
    }
}

/// `CREATE [UNIQUE] INDEX [name] ON table (…)`. An index is no part of what a query means; a unique one refuses rows.
package struct CreateIndex: Sendable {
    package var name: ObjectName?
    package var table: ObjectName
    package var unique: Bool
    package var ifNotExists: Bool
    /// The indexed columns; empty where an expression or a condition stands among them.
    package var columns: [Identifier]

    package init(
        name: ObjectName?, table: ObjectName, unique: Bool = false, ifNotExists: Bool = false, columns: [Identifier] = []
    ) {
        self.name = name
        self.table = table
        self.unique = unique
        self.ifNotExists = ifNotExists
        self.columns = columns
    }
}

package struct ColumnDefinition: Sendable {
    package var name: Identifier
    /// Of a computed column without a type, a type with an empty name.
    package var type: TypeName
    package var notNull: Bool
    package var sensitive: Bool
    package var defaultValue: Expr?
    /// `GENERATED ALWAYS AS (…) STORED`, or a computed column as RisingWave and Flink write it: `c AS a + b`.
    package var generated: Expr?
    package var range: SourceRange

    package init(
        name: Identifier, type: TypeName, notNull: Bool = false, sensitive: Bool = false, defaultValue: Expr? = nil,
        generated: Expr? = nil, range: SourceRange
    ) {
        self.name = name
        self.type = type
        self.notNull = notNull
        self.sensitive = sensitive
        self.defaultValue = defaultValue
        self.generated = generated
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
    /// Of a view that was declared as a table; ``query`` is then the first that fills it.
    package var filling: Filling?

    package init(
        name: ObjectName, orReplace: Bool, ifNotExists: Bool, materialized: Bool, columns: [Identifier],
        options: [Option], query: Query, filling: Filling? = nil
    ) {
        self.filling = filling
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
    package var ifNotExists: Bool
    package var inputs: [ColumnDefinition]
    package var outputs: [ColumnDefinition]
    /// `PARTITION BY` columns, empty without the clause.
    package var partitionBy: [Identifier]
    package var options: [Option]

    package init(
        name: ObjectName, orReplace: Bool = false, ifNotExists: Bool = false, inputs: [ColumnDefinition],
        outputs: [ColumnDefinition], partitionBy: [Identifier] = [], options: [Option] = []
    ) {
        self.name = name
        self.orReplace = orReplace
        self.ifNotExists = ifNotExists
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
    package var ifNotExists: Bool
    package var query: Query
    package var options: [Option]
    /// Of a sink that was declared as a table; ``query`` is then the first that fills it.
    package var filling: Filling?

    package init(
        name: ObjectName, orReplace: Bool = false, ifNotExists: Bool = false, query: Query, options: [Option] = [],
        filling: Filling? = nil
    ) {
        self.filling = filling
        self.name = name
        self.orReplace = orReplace
        self.ifNotExists = ifNotExists
        self.query = query
        self.options = options
    }
}

/// What INSERT INTO brings to a table that is a sink or the name of a stream; see ``FilledTables``.
package struct Filling: Sendable {
    package struct Part: Sendable {
        /// Which columns the query gives, in order; empty: all.
        package var named: [Identifier]
        package var query: Query
    }
    /// As they were declared; empty: those of the first query.
    package var columns: [ColumnDefinition]
    package var parts: [Part]
}

/// `CREATE [OR REPLACE] FUNCTION name(parameters) [RETURNS type] AS body`: a function that is an expression.
package struct CreateFunction: Sendable {
    package var name: ObjectName
    package var orReplace: Bool
    package var parameters: [FunctionParameter]
    package var returns: TypeName?
    /// The expression, or the only item of the SELECT without FROM that the body is. ``ExprKind/parameter(_:)`` is a
    /// parameter by its place, from 1.
    package var body: Expr
    /// `language`, `volatility` (`immutable`, `stable`, `volatile`) and `null_input` (`strict`, `called`), where written.
    package var options: [Option]

    package init(
        name: ObjectName, orReplace: Bool = false, parameters: [FunctionParameter], returns: TypeName?, body: Expr,
        options: [Option] = []
    ) {
        self.name = name
        self.orReplace = orReplace
        self.parameters = parameters
        self.returns = returns
        self.body = body
        self.options = options
    }
}

package struct FunctionParameter: Sendable {
    package var name: Identifier
    package var type: TypeName

    package init(name: Identifier, type: TypeName) {
        self.name = name
        self.type = type
    }
}

package enum DropKind: Sendable, CaseIterable {
    case source, table, view, materializedView, model, sink, function, index, schema
    /// `DROP name`.
    case any
}

/// `DROP kind [IF EXISTS] names [CASCADE|RESTRICT]`.
package struct Drop: Sendable {
    package var kind: DropKind
    package var ifExists: Bool
    package var names: [ObjectName]
    package var cascade: Bool

    package init(kind: DropKind, ifExists: Bool = false, names: [ObjectName], cascade: Bool = false) {
        self.kind = kind
        self.ifExists = ifExists
        self.names = names
        self.cascade = cascade
    }
}

/// `SHOW what`.
package struct ShowStatement: Sendable {
    package enum What: Sendable {
        case tables, sources, views, materializedViews, sinks, models, functions
        /// `SHOW COLUMNS FROM name`.
        case columns(ObjectName)
        /// `SHOW CREATE kind name`.
        case create(ObjectName)
        case all
        /// `SHOW name`: the value of a setting.
        case setting(ObjectName)
    }
    package var what: What

    package init(what: What) {
        self.what = what
    }
}
