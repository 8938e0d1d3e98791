/// Statements that change rows.

/// `INSERT INTO [MODEL] target [(columns)] query`.
package struct Insert: Sendable {
    package var intoModel: Bool
    package var target: ObjectName
    package var columns: [Identifier]
    /// In VALUES, ``ExprKind/defaultValue`` can stand for a value. `DEFAULT VALUES` is one row without any value.
    package var query: Query
    package var onConflict: OnConflict?
    package var returning: [SelectItem]

    package init(
        intoModel: Bool = false, target: ObjectName, columns: [Identifier] = [], query: Query,
        onConflict: OnConflict? = nil, returning: [SelectItem] = []
    ) {
        self.intoModel = intoModel
        self.target = target
        self.columns = columns
        self.query = query
        self.onConflict = onConflict
        self.returning = returning
    }
}

/// `ON CONFLICT [(columns)] DO NOTHING | DO UPDATE SET …`.
package struct OnConflict: Sendable {
    package enum Action: Sendable {
        case nothing
        case update([Assignment], filter: Expr?)
    }
    package var columns: [Identifier]
    package var action: Action
    package var range: SourceRange

    package init(columns: [Identifier], action: Action, range: SourceRange) {
        self.columns = columns
        self.action = action
        self.range = range
    }
}

/// `column = value`; `(a, b) = (x, y)` are two of them.
package struct Assignment: Sendable {
    package var column: Identifier
    package var value: Expr

    package init(column: Identifier, value: Expr) {
        self.column = column
        self.value = value
    }
}

/// `UPDATE target [AS alias] SET … [FROM …] [WHERE …] [RETURNING …]`.
package struct Update: Sendable {
    package var target: ObjectName
    package var alias: Identifier?
    package var assignments: [Assignment]
    package var from: [TableReference]
    package var filter: Expr?
    package var returning: [SelectItem]

    package init(
        target: ObjectName, alias: Identifier? = nil, assignments: [Assignment], from: [TableReference] = [],
        filter: Expr? = nil, returning: [SelectItem] = []
    ) {
        self.target = target
        self.alias = alias
        self.assignments = assignments
        self.from = from
        self.filter = filter
        self.returning = returning
    }
}

/// `DELETE FROM target [AS alias] [USING …] [WHERE …] [RETURNING …]`.
package struct Delete: Sendable {
    package var target: ObjectName
    package var alias: Identifier?
    package var using: [TableReference]
    package var filter: Expr?
    package var returning: [SelectItem]

    package init(
        target: ObjectName, alias: Identifier? = nil, using: [TableReference] = [], filter: Expr? = nil,
        returning: [SelectItem] = []
    ) {
        self.target = target
        self.alias = alias
        self.using = using
        self.filter = filter
        self.returning = returning
    }
}
