import MutstreamColumnar
import MutstreamDataflow

/// Tables of a session, and the statements that change them as queries over their contents.
extension Binder {
    /// Declares a table without a connector; its columns are written, or those of a query.
    func bindTable(_ relation: CreateRelation, _ query: Relation?, _ range: SourceRange) throws(SQLError) -> Int {
        var columns: [SourceColumn] = []
        var defaults: [Int: Expr] = [:]
        if let query {
            columns = query.columns.map {
                SourceColumn(name: $0.name, type: $0.type, notNull: false, sensitive: $0.sensitive != nil)
            }
            if let extra = relation.columns.dropFirst(columns.count).first {
                throw SQLError(
                    "found \(relation.columns.count) column names, expected at most \(columns.count)", at: extra.name.range)
            }
            for (index, column) in relation.columns.enumerated() where columns.indices.contains(index) {
                columns[index].name = column.name.name
            }
            for (index, column) in columns.enumerated() where columns[..<index].contains(where: { $0.name == column.name }) {
                throw SQLError(
                    "two columns of \"\(relation.name.text)\" are called \"\(column.name)\"", at: relation.name.range,
                    hint: "give one of them another name with AS")
            }
        }
        for column in relation.columns where query == nil {
            if columns.contains(where: { $0.name == column.name.name }) {
                throw SQLError("column \"\(column.name.name)\" is declared twice", at: column.name.range)
            }
            if let generated = column.generated {
                throw SQLError("a generated column is not supported yet", at: generated.range)
            }
            if let value = column.defaultValue { defaults[columns.count] = value }
            columns.append(
                SourceColumn(
                    name: column.name.name, type: try TypeResolver.resolve(column.type), notNull: column.notNull,
                    sensitive: column.sensitive))
        }
        let scope = Scope(
            columns: columns.map {
                ScopeColumn(relation: relation.name.text, name: $0.name, type: $0.type, sensitive: nil, window: nil)
            })
        var primaryKey: [Int] = []
        for name in relation.primaryKey {
            let index = try scope.resolve([name], range: name.range)
            if primaryKey.contains(index) {
                throw SQLError("column \"\(name.name)\" stands twice in the PRIMARY KEY", at: name.range)
            }
            primaryKey.append(index)
            columns[index].notNull = true
        }
        var uniqueKeys: [[Int]] = []
        for names in relation.uniqueKeys {
            var key: [Int] = []
            for name in names { key.append(try scope.resolve([name], range: name.range)) }
            uniqueKeys.append(key)
        }
        var checks: [(text: String, condition: Expression)] = []
        for check in relation.checks {
            let condition = try ExpressionBinder(scope, clause: "CHECK", functions: self).condition(check).folded()
            checks.append((sql(check), condition))
        }
        if relation.appendOnly, let option = relation.options.first(where: { $0.name.name == "on_conflict" }),
            option.value != "ignore"
        {
            throw SQLError(
                "the rows of an APPEND ONLY table cannot be overwritten", at: option.range,
                hint: "write ON CONFLICT DO NOTHING")
        }
        let watermark = try relation.watermark.map { clause throws(SQLError) in
            try bindWatermark(clause, scope, isTable: !isSession)
        }
        if watermark != nil, let option = relation.options.first(where: { $0.name.name == "on_conflict" }) {
            throw SQLError("the rows of a table with a WATERMARK are only added", at: option.range)
        }
        for (index, value) in defaults {
            let binder = ExpressionBinder(Scope(columns: []), clause: "DEFAULT", functions: self)
            isAtOnce = true
            defer { isAtOnce = false }
            let bound = try binder.untyped(value)
            _ = try binder.typed(value) { () throws(TypeError) in
                try Typing.coerce(bound, to: columns[index].type, context: .assignment)
            }
        }
        // With event time its rows are versions of the key, of which each may have many.
        if watermark != nil, !relation.appendOnly { primaryKey = [] }
        let index = plan.sources.count
        try declare(relation.name, .source(index), orReplace: false)
        state.defaults[index] = defaults
        plan.sources.append(
            SourceDefinition(
                name: relation.name.parts[relation.name.parts.count - 1].name, isTable: true, columns: columns,
                primaryKey: primaryKey, watermark: watermark,
                options: relation.options.filter { $0.name.name == "on_conflict" }, range: range,
                projection: Array(columns.indices), isMaintained: true,
                isAppendOnly: relation.appendOnly || watermark != nil,
                uniqueKeys: uniqueKeys, checks: checks))
        return index
    }

    /// Notes an index; gives the key that it makes unique.
    func bindIndex(_ statement: CreateIndex) throws(SQLError) -> (table: Int, key: [Int])? {
        _ = try relation(statement.table)
        let owner = statement.table.parts[statement.table.parts.count - 1]
        if let name = statement.name?.parts.last {
            let key = name.name.lowercased()
            if state.indexes[key] != nil || state.entries[key] != nil {
                throw SQLError("\"\(name.name)\" is already declared", at: name.range)
            }
            state.indexes[key] = owner.name.lowercased()
        }
        var key: [Int] = []
        guard case .source(let index)? = entry(owner) else {
            if statement.unique {
                throw SQLError("\"\(owner.name)\" is not a table", at: owner.range, hint: "only tables have unique keys")
            }
            return nil
        }
        let scope = Scope(columns: tableColumns(index, plan.sources[index].name))
        for name in statement.columns { key.append(try scope.resolve([name], range: name.range)) }
        guard statement.unique else { return nil }
        plan.sources[index].uniqueKeys.append(key)
        return (index, key)
    }

    /// The source that stands for the content of a materialized view in what is declared after it.
    ///
    /// - Parameter node: what it shows; nil: it is not in this plan.
    func contentSource(of view: ViewDefinition, _ node: NodeID? = nil) -> Int {
        let index = plan.sources.count
        let times = node.map { plan.graph.timeColumns($0, plan.sources) }
        let onlyArrives = node.map { times?.hasWatermark == true && isAppendOnly($0) } ?? false
        plan.sources.append(
            SourceDefinition(
                name: view.name, isTable: true,
                columns: view.fields.map { SourceColumn(name: $0.name, type: $0.type, notNull: false, sensitive: false) },
                primaryKey: [], watermark: nil, options: [], range: view.range,
                projection: Array(view.fields.indices), isMaintained: true, isAppendOnly: onlyArrives,
                promises: times?.hasWatermark == true ? times : nil))
        var content = input(index, .rows)
        if case .view(let former)? = state.entries[view.name.lowercased()] {
            for (column, shown) in former.columns.enumerated() where content.columns.indices.contains(column) {
                content.columns[column].window = shown.window
            }
        }
        state.entries[view.name.lowercased()] = .view(content)
        return index
    }

    func isMaterialized(_ name: String) -> Bool {
        guard case .view(let relation)? = state.entries[name.lowercased()] else { return false }
        if case .input = plan.graph[relation.node].kind { return true }
        return plan.views.contains { $0.name == name && $0.materialized }
    }

    // MARK: Dropping

    func isDeclared(_ key: String) -> Bool { state.entries[key] != nil || state.functions[key] != nil }

    /// What reads an object, directly or not, in the order of declaration.
    func dependents(of key: String) -> [String] {
        var found: Set<String> = [key]
        var result: [String] = []
        for name in names.map({ $0.lowercased() }) where !found.contains(name) {
            if !(state.dependencies[name] ?? []).isDisjoint(with: found) {
                found.insert(name)
                result.append(name)
            }
        }
        return result
    }

    /// Forgets objects; gives the sources whose content goes.
    func remove(_ keys: [String]) -> [Int] {
        var sources: [Int] = []
        for key in keys {
            switch state.entries[key] {
            case .source(let index)?: sources.append(index)
            case .view(let relation)?:
                if case .input(let index, .rows) = plan.graph[relation.node].kind,
                    plan.sources[index].name.lowercased() == key
                {
                    sources.append(index)
                }
            default: break
            }
            state.entries[key] = nil
            state.functions[key] = nil
            state.functionNames.removeAll { $0 == key }
            state.names.removeAll { $0.lowercased() == key }
            state.indexes = state.indexes.filter { $0.value != key }
            state.dependencies[key] = nil
            plan.views.removeAll { $0.name.lowercased() == key }
        }
        return sources
    }

    func checkKind(_ key: String, _ kind: DropKind, _ range: SourceRange) throws(SQLError) {
        let found: String
        switch state.entries[key] {
        case .source: found = "table"
        case .view: found = isMaterialized(key) ? "materialized view" : "view"
        case .model: found = "model"
        case .sink: found = "sink"
        case nil: found = "function"
        }
        let expected: [String]
        switch kind {
        case .table, .source: expected = ["table"]
        case .view: expected = ["view"]
        case .materializedView: expected = ["materialized view"]
        case .model: expected = ["model"]
        case .sink: expected = ["sink"]
        case .function: expected = ["function"]
        case .index, .schema, .any: return
        }
        if expected.contains(found) { return }
        throw SQLError(
            "\"\(key)\" is a \(found), not a \(expected[0])", at: range, hint: "write DROP \(found.uppercased()) \(key)")
    }

    // MARK: INSERT

    /// The rows to insert, in the columns of the table.
    func bindInsertion(_ insert: Insert, into index: Int) throws(SQLError) -> Relation {
        let table = plan.sources[index]
        var order = Array(table.columns.indices)
        if !insert.columns.isEmpty {
            order = []
            let scope = Scope(
                columns: table.columns.map {
                    ScopeColumn(relation: table.name, name: $0.name, type: $0.type, sensitive: nil, window: nil)
                })
            for column in insert.columns {
                let position = try scope.resolve([column], range: column.range)
                if order.contains(position) {
                    throw SQLError("column \"\(column.name)\" is written twice", at: column.range)
                }
                order.append(position)
            }
        }
        let relation: Relation
        if case .values(let rows, let range) = insert.query.body, insert.query.orderBy.isEmpty, insert.query.limit == nil {
            relation = try bindRows(rows, range, order, index)
        } else {
            relation = try bindQuery(insert.query, owner: table.name, emit: nil)
        }
        guard relation.columns.count <= order.count, insert.columns.isEmpty || relation.columns.count == order.count else {
            throw SQLError(
                "found \(relation.columns.count) columns to insert, expected \(order.count) of \"\(table.name)\"",
                at: insert.query.range)
        }
        var expressions: [Expression] = []
        for (target, column) in table.columns.enumerated() {
            guard let position = order.firstIndex(of: target), position < relation.columns.count else {
                expressions.append(try defaultValue(index, target))
                continue
            }
            let source = relation.columns[position]
            do {
                let value = untypedLiteral(relation.node, position) ?? .column(position, source.type)
                expressions.append(try Typing.coerce(value, to: column.type, context: .assignment).folded())
            } catch {
                throw SQLError(
                    "column \"\(column.name)\": \(error.message)",
                    at: insert.query.range(ofColumn: position, of: relation.columns.count), hint: error.hint)
            }
        }
        let columns = table.columns.map {
            ScopeColumn(relation: "", name: $0.name, type: $0.type, sensitive: nil, window: nil)
        }
        return Relation(node: add(.project(relation.node, expressions), columns, owner: "insert"), columns: columns)
    }

    /// VALUES of an INSERT: each value takes the type of its column at once.
    private func bindRows(_ rows: [[Expr]], _ range: SourceRange, _ order: [Int], _ index: Int) throws(SQLError) -> Relation
    {
        let width = rows.first?.count ?? 0
        let table = plan.sources[index]
        guard width <= order.count else {
            throw SQLError(
                "found \(width) values, expected at most \(order.count), the columns of \"\(table.name)\"",
                at: rows[0].first?.range ?? range)
        }
        let subqueries = Subqueries(self, scope: outerScope([], nil), owner: "insert", emit: nil)
        let binder = ExpressionBinder(
            Scope(columns: []), clause: "VALUES", functions: self, subqueries: subqueries)
        let columns = (0..<width).map { position in
            ScopeColumn(
                relation: "", name: table.columns[order[position]].name, type: table.columns[order[position]].type,
                sensitive: nil, window: nil)
        }
        var bound: [[Expression]] = []
        for row in rows {
            guard row.count == width else {
                throw SQLError(
                    "found \(row.count) values, expected \(width) as in the first row", at: row.first?.range ?? range)
            }
            var values: [Expression] = []
            for (position, value) in row.enumerated() {
                if case .defaultValue = value.kind {
                    values.append(try defaultValue(index, order[position]))
                    continue
                }
                let expression = try binder.untyped(value)
                values.append(
                    try binder.typed(value) { () throws(TypeError) in
                        try Typing.coerce(expression, to: columns[position].type, context: .assignment)
                    }.folded())
            }
            bound.append(values)
        }
        let literals = bound.map { $0.compactMap(\.literalValue) }
        if subqueries.isEmpty, literals.allSatisfy({ $0.count == width }) {
            return Relation(
                node: add(.values(literals, columns.map(\.type)), columns, owner: "insert"), columns: columns)
        }
        let (joined, known) = try subqueries.attach(to: singleRow())
        let sides = bound.map { row in
            add(.project(joined.node, row.map { $0.replacing { known[$0] } }), columns, owner: "insert")
        }
        return Relation(node: sides.count == 1 ? sides[0] : add(.union(sides), columns, owner: "insert"), columns: columns)
    }

    private func defaultValue(_ source: Int, _ column: Int) throws(SQLError) -> Expression {
        let type = plan.sources[source].columns[column].type
        guard let expr = state.defaults[source]?[column] else { return .null(type) }
        let binder = ExpressionBinder(Scope(columns: []), clause: "DEFAULT", functions: self)
        let bound = try binder.untyped(expr)
        return try binder.typed(expr) { () throws(TypeError) in
            try Typing.coerce(bound, to: type, context: .assignment)
        }.folded()
    }

    /// A column that is a bare text literal or NULL, as one without a type.
    func untypedLiteral(_ node: NodeID, _ column: Int) -> Expression? {
        guard case .project(_, let expressions) = plan.graph[node].kind, expressions.indices.contains(column),
            expressions[column].type == .text, let value = expressions[column].literalValue
        else { return nil }
        switch value {
        case .null: return .untypedNull
        case .text(let text): return .string(text)
        default: return nil
        }
    }

    // MARK: ON CONFLICT, UPDATE, DELETE

    func tableColumns(_ index: Int, _ alias: String) -> [ScopeColumn] {
        plan.sources[index].columns.map {
            ScopeColumn(relation: alias, name: $0.name, type: $0.type, sensitive: nil, window: nil)
        }
    }

    func bindConflict(
        _ clause: OnConflict, _ index: Int, _ target: ObjectName
    ) throws(SQLError) -> Insertion.Conflict {
        let table = plan.sources[index]
        let scope = Scope(columns: tableColumns(index, table.name))
        var columns: [Int] = []
        for name in clause.columns { columns.append(try scope.resolve([name], range: name.range)) }
        let keys = table.keys
        let key = columns.isEmpty ? nil : keys.firstIndex { Set($0) == Set(columns) }
        guard columns.isEmpty || key != nil else {
            throw SQLError(
                "ON CONFLICT takes the columns of a PRIMARY KEY or UNIQUE", at: clause.columns.first?.range ?? target.range,
                hint: keys.isEmpty ? "\"\(table.name)\" has none" : nil)
        }
        switch clause.action {
        case .nothing: return .ignore(key: key)
        case .update(let assignments, let filter):
            guard let key else {
                throw SQLError(
                    "ON CONFLICT DO UPDATE needs the columns of a key", at: clause.range, hint: "ON CONFLICT (a) DO UPDATE …"
                )
            }
            let both = Scope(columns: scope.columns + tableColumns(index, "excluded"))
            // A bare name means the row that is there.
            let width = table.columns.count
            let binder = ExpressionBinder(both, clause: "ON CONFLICT", functions: self) { expr throws(SQLError) in
                guard case .column(let parts) = expr.kind, parts.count == 1,
                    let index = try scope.find(parts, range: expr.range)
                else { return nil }
                return .column(index, scope.columns[index].type)
            }
            var new = (0..<width).map { Expression.column($0, table.columns[$0].type) }
            try assign(assignments, index, binder, &new)
            return .update(
                key: key, new, filter: try filter.map { clause throws(SQLError) in try binder.condition(clause) },
                isOnce: true)
        }
    }

    private func assign(
        _ assignments: [Assignment], _ index: Int, _ binder: ExpressionBinder, _ new: inout [Expression]
    ) throws(SQLError) {
        let scope = Scope(columns: tableColumns(index, plan.sources[index].name))
        var assigned: Set<Int> = []
        for assignment in assignments {
            let column = try scope.resolve([assignment.column], range: assignment.column.range)
            guard assigned.insert(column).inserted else {
                throw SQLError("column \"\(assignment.column.name)\" is set twice", at: assignment.column.range)
            }
            if case .defaultValue = assignment.value.kind {
                new[column] = try defaultValue(index, column)
                continue
            }
            let value = try binder.untyped(assignment.value)
            new[column] = try binder.typed(assignment.value) { () throws(TypeError) in
                try Typing.coerce(value, to: scope.columns[column].type, context: .assignment)
            }.folded()
        }
    }

    /// Old rows, then new ones, of the rows that an UPDATE changes.
    func bindUpdate(_ update: Update, _ index: Int) throws(SQLError) -> Relation {
        let width = plan.sources[index].columns.count
        var input = input(index, .rows).renamed(update.alias?.name ?? plan.sources[index].name)
        if !update.from.isEmpty {
            let other = try bindFrom(update.from, owner: "update", emit: nil, outer: nil)
            let columns = input.columns + other.columns
            let join = JoinPlan(kind: .inner, left: input.node, right: other.node, mode: .maintained)
            input = Relation(node: add(.join(join), columns, owner: "update"), columns: columns)
        }
        if let filter = update.filter {
            input = try bindFilter(filter, input, clause: "WHERE", owner: "update", emit: nil, outer: nil)
        }
        let subqueries = Subqueries(self, scope: outerScope(input.columns, nil), owner: "update", emit: nil)
        let binder = ExpressionBinder(
            Scope(columns: input.columns), clause: "UPDATE", functions: self, subqueries: subqueries)
        let old = (0..<width).map { Expression.column($0, input.columns[$0].type) }
        var new = old
        try assign(update.assignments, index, binder, &new)
        let (joined, values) = try subqueries.attach(to: input)
        let columns = Array(input.columns[..<width]) + Array(input.columns[..<width])
        let all = old + new.map { $0.replacing { values[$0] } }
        return Relation(node: add(.project(joined.node, all), columns, owner: "update"), columns: columns)
    }

    /// The rows that a DELETE takes away.
    func bindDelete(_ delete: Delete, _ index: Int) throws(SQLError) -> Relation {
        let width = plan.sources[index].columns.count
        var input = input(index, .rows).renamed(delete.alias?.name ?? plan.sources[index].name)
        let own = Array(input.columns)
        if !delete.using.isEmpty {
            let other = try bindFrom(delete.using, owner: "delete", emit: nil, outer: nil)
            let columns = input.columns + other.columns
            let join = JoinPlan(kind: .inner, left: input.node, right: other.node, mode: .maintained)
            input = Relation(node: add(.join(join), columns, owner: "delete"), columns: columns)
        }
        if let filter = delete.filter {
            input = try bindFilter(filter, input, clause: "WHERE", owner: "delete", emit: nil, outer: nil)
        }
        if delete.using.isEmpty { return Relation(node: input.node, columns: own) }
        let columns = (0..<width).map { Expression.column($0, own[$0].type) }
        return Relation(node: add(.project(input.node, columns), own, owner: "delete"), columns: own)
    }

    // MARK: CREATE FUNCTION

    func bindFunction(_ function: CreateFunction) throws(SQLError) {
        guard let name = function.name.parts.last else { return }
        let key = name.name.lowercased()
        if Typing.isFunction(key) || Binder.isAggregate(key) {
            throw SQLError("\"\(name.name)\" is a function of the language", at: name.range, hint: "take another name")
        }
        if state.functions[key] != nil, !function.orReplace {
            throw SQLError("function \"\(name.name)\" is already declared", at: name.range)
        }
        var parameters: [Field] = []
        for parameter in function.parameters {
            parameters.append(Field(parameter.name.name, try TypeResolver.resolve(parameter.type)))
        }
        let scope = Scope(
            columns: parameters.map {
                ScopeColumn(relation: name.name, name: $0.name, type: $0.type, sensitive: nil, window: nil)
            })
        let binder = ExpressionBinder(scope, clause: "a function", functions: self)
        var body = try binder.bind(function.body)
        if let returns = function.returns {
            let type = try TypeResolver.resolve(returns)
            let untyped = try binder.untyped(function.body)
            body = try binder.typed(function.body) { () throws(TypeError) in
                try Typing.coerce(untyped, to: type, context: .assignment)
            }
        }
        state.functions[key] = Macro(parameters: parameters, body: body.folded())
        if !state.functionNames.contains(key) { state.functionNames.append(key) }
    }

    /// A call of a declared function as its body over the arguments; nil: there is none of this name.
    func macro(_ name: String, _ arguments: [Expression]) throws(TypeError) -> Expression? {
        guard let macro = state.functions[name] else { return nil }
        guard macro.parameters.count == arguments.count else {
            throw TypeError("\(name) takes \(macro.parameters.count) arguments, found \(arguments.count)")
        }
        var values: [Expression] = []
        for (index, (argument, field)) in zip(arguments, macro.parameters).enumerated() {
            do {
                values.append(try Typing.coerce(argument, to: field.type, context: .implicit))
            } catch {
                var error = error
                error.argument = index
                throw error
            }
        }
        let size = macro.body.size
        // A parameter that is used many times multiplies its argument.
        guard size < 10_000, values.allSatisfy({ $0.size < 10_000 }) else {
            throw TypeError("the expression that \(name) stands for grows too large")
        }
        return macro.body.substituting(columns: values)
    }
}

extension Expression {
    /// Nodes of the expression.
    var size: Int { children.reduce(1) { $0 + $1.size } }
}

extension SourceDefinition {
    /// The primary key, where there is one, and the unique ones.
    package var keys: [[Int]] { (primaryKey.isEmpty ? [] : [primaryKey]) + uniqueKeys }
}
