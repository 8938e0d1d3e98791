import MutstreamColumnar
import MutstreamDataflow

/// What a session has declared, from statement to statement.
///
/// Tables and materialized views are inputs of everything declared after them: their contents are kept, so that what is
/// declared later starts from them. A plain view is part of whatever reads it.
package final class SessionCatalog {
    let binder = Binder()
    /// Statements by folded name, for what must be made anew when something beneath it is replaced.
    private(set) var statements: [String: Statement] = [:]

    package init() { binder.isSession = true }

    /// All sources so far; a table's or materialized view's content is known by its number.
    package var sources: [SourceDefinition] { binder.plan.sources }

    package struct Object: Sendable {
        package var name: String
        package var kind: String
        package var fields: [Field]
        package var detail: String
    }

    /// Declares a relation whose content comes from elsewhere and is not changed by statements.
    package func adopt(_ name: String, _ fields: [Field]) throws(SQLError) -> Int {
        let range = SourceRange(0, 0)
        let view = ViewDefinition(
            name: name, materialized: true, node: NodeID(0), fields: fields, options: [], retain: nil, range: range)
        let placeholder = Relation(node: NodeID(0), columns: [])
        try binder.declare(ObjectName([Identifier(name, range: range)], range: range), .view(placeholder), orReplace: false)
        return binder.contentSource(of: view)
    }

    // MARK: Preparing

    /// What a statement can change here.
    package struct Memento {
        fileprivate var state: Binder.State
        fileprivate var statements: [String: Statement]
    }

    /// What there is now, to go back to.
    package var memento: Memento { Memento(state: binder.state, statements: statements) }

    /// All that was declared since is forgotten.
    package func goBack(to memento: Memento) {
        binder.state = memento.state
        statements = memento.statements
    }

    /// Resolves one statement. On an error nothing has changed.
    ///
    /// - Parameter clock: what NOW() is, in microseconds since 1970; nil: it is refused.
    package func prepare(_ statement: Statement, clock: Int64?) throws(SQLError) -> Prepared {
        let before = memento
        binder.clock = clock
        do {
            return try resolve(statement)
        } catch {
            goBack(to: before)
            throw error
        }
    }

    private func resolve(_ statement: Statement) throws(SQLError) -> Prepared {
        binder.reads.removeAll()
        switch statement.kind {
        case .query, .insert, .update, .delete: binder.isAtOnce = true
        default: binder.isAtOnce = false
        }
        switch statement.kind {
        case .createTable(let relation): return try createTable(relation, statement)
        case .createSource(let relation):
            throw SQLError(
                "a session has no sources: \"\(relation.name.text)\" belongs in a pipeline", at: statement.range,
                hint: "declare it in FILE.sql and run `mutstream shell FILE.sql`, or write CREATE TABLE and INSERT")
        case .createView(let view): return try createView(view, statement)
        case .createFunction(let function):
            try binder.bindFunction(function)
            note(function.name, statement)
            return .done("CREATE FUNCTION")
        case .createModel, .createSink:
            throw SQLError(
                "models and sinks belong in a pipeline", at: statement.range,
                hint: "declare them in FILE.sql and run `mutstream run FILE.sql`")
        case .query(let query): return try self.query(query)
        case .insert(let insert):
            let insertion = try insertion(insert)
            return .insert(insertion, try returning(insert.returning, insertion.table, nil))
        case .update(let update): return try self.update(update)
        case .delete(let delete): return try self.delete(delete)
        case .truncate(let names):
            var tables: [Int] = []
            for name in names { tables.append(try changeable(name)) }
            return .truncate(tables)
        case .drop(let drop): return try self.drop(drop)
        case .show(let show): return try self.show(show)
        case .describe(let name): return try columns(name)
        case .explain(_, let inner): return try explain(inner.value, statement.range)
        case .set(let name, let value):
            // Drivers set much that means nothing here.
            if PipelineSettings.ofSessions.contains(name.text) { try binder.bindSetting(name, value) }
            try checkSetting(name, value)
            return .done("SET")
        case .flush: return .done("FLUSH")
        case .transaction: return .done("OK")
        case .createIndex(let index):
            if index.ifNotExists, let name = index.name?.parts.last, binder.state.indexes[name.name.lowercased()] != nil {
                return .done("\"\(name.name)\" is there already")
            }
            guard let (table, key) = try binder.bindIndex(index) else { return .done("CREATE INDEX") }
            return .addKey(table: table, key)
        }
    }

    /// Settings of other databases mean nothing here, but a time zone would change results.
    private func checkSetting(_ name: ObjectName, _ value: Expr) throws(SQLError) {
        guard name.parts.last?.name.lowercased() == "timezone", case .string(let zone) = value.kind,
            !["local", "default"].contains(zone.lowercased()), TextCodec.zoneOffset(zone) != 0
        else { return }
        throw SQLError(
            "a session's time zone is not supported: it is always UTC", at: value.range,
            hint: "write time AT TIME ZONE '\(zone)'")
    }

    private func note(_ name: ObjectName, _ statement: Statement) { statements[key(name)] = statement }

    private func key(_ name: ObjectName) -> String { (name.parts.last?.name ?? "").lowercased() }

    // MARK: Declaring

    private func createTable(_ relation: CreateRelation, _ statement: Statement) throws(SQLError) -> Prepared {
        if let existing = try existing(relation.name, relation.ifNotExists) { return existing }
        if let connector = relation.options.first(where: { $0.name.name == "connector" }) {
            throw SQLError(
                "a table with a connector belongs in a pipeline", at: connector.range,
                hint: "declare it in FILE.sql and run `mutstream shell FILE.sql`")
        }
        if relation.orReplace {
            try refuseOther(relation.name, isTable: true)
            return try replace(relation.name, statement)
        }
        if let query = relation.query {
            binder.isAtOnce = true
            defer { binder.isAtOnce = false }
            let bound = try binder.bindQuery(query, owner: relation.name.text, emit: nil)
            let fragment = self.fragment(relation.name.text, bound, visible: bound.columns.count)
            let source = try binder.bindTable(relation, bound, statement.range)
            note(relation.name, statement)
            let table = Prepared.createTable(source: source)
            guard relation.withData else { return table }
            return .replace([], [table, .insert(Insertion(table: source, fragment: fragment, conflict: nil), nil)])
        }
        let source = try binder.bindTable(relation, nil, statement.range)
        note(relation.name, statement)
        return .createTable(source: source)
    }

    private func createView(_ view: CreateView, _ statement: Statement) throws(SQLError) -> Prepared {
        if let existing = try existing(view.name, view.ifNotExists) { return existing }
        if view.orReplace { try refuseOther(view.name, isTable: false) }
        if view.orReplace, binder.entry(view.name.parts[view.name.parts.count - 1]) != nil {
            return try replace(view.name, statement)
        }
        var view = view
        view.orReplace = false
        try binder.bindView(view, statement.range)
        binder.dependencies[key(view.name)] = binder.reads
        note(view.name, statement)
        guard view.materialized else { return .done("CREATE VIEW") }
        let definition = binder.plan.views[binder.plan.views.count - 1]
        let fragment = Fragment(
            plan: only(definition, withDeadLetter: true), name: definition.name, fields: definition.fields)
        let source = binder.contentSource(of: definition, definition.node)
        return .createMaterializedView(fragment, source: source)
    }

    /// The answer where something of this name is there already and IF NOT EXISTS was written.
    private func existing(_ name: ObjectName, _ ifNotExists: Bool) throws(SQLError) -> Prepared? {
        guard ifNotExists, let last = name.parts.last, binder.entry(last) != nil else { return nil }
        return .done("\"\(last.name)\" is there already")
    }

    /// OR REPLACE puts a table in the place of a table and a view in that of a view.
    private func refuseOther(_ name: ObjectName, isTable: Bool) throws(SQLError) {
        guard let last = name.parts.last, let entry = binder.entry(last) else { return }
        switch entry {
        case .source where !isTable: throw SQLError("\"\(last.name)\" is a table, not a view", at: name.range)
        case .view where isTable: throw SQLError("\"\(last.name)\" is a view, not a table", at: name.range)
        default: return
        }
    }

    /// What depends on the replaced object is made anew, in the order in which it was declared.
    private func replace(_ name: ObjectName, _ statement: Statement) throws(SQLError) -> Prepared {
        let key = key(name)
        let affected = binder.dependents(of: key)
        let again = affected.compactMap { statements[$0] }
        let sources = binder.remove(affected.reversed() + [key])
        var made: [Prepared] = []
        var first = statement
        first.kind = statement.kind.withoutReplace
        for statement in [first] + again { made.append(try resolve(statement)) }
        return .replace(sources, made)
    }

    private func drop(_ drop: Drop) throws(SQLError) -> Prepared {
        var sources: [Int] = []
        for name in drop.names {
            let key = key(name)
            guard binder.isDeclared(key) else {
                if drop.kind == .index, binder.state.indexes.removeValue(forKey: key) != nil { continue }
                if drop.ifExists || drop.kind == .schema { continue }
                throw SQLError("\"\(name.text)\" does not exist", at: name.range, hint: "write DROP … IF EXISTS")
            }
            try binder.checkKind(key, drop.kind, name.range)
            let dependents = binder.dependents(of: key)
            if let first = dependents.first, !drop.cascade {
                throw SQLError(
                    "\"\(name.text)\" cannot be dropped: \"\(first)\" depends on it", at: name.range,
                    hint: "write DROP … CASCADE to drop what depends on it as well")
            }
            sources += binder.remove(dependents.reversed() + [key])
            for gone in dependents + [key] { statements[gone] = nil }
        }
        return .drop("DROP", sources: sources)
    }

    // MARK: Queries

    /// A plan whose only result is a view, and its failed rows where they are wanted.
    private func only(_ view: ViewDefinition, withDeadLetter: Bool = false) -> PipelinePlan {
        var plan = binder.plan
        plan.views = [view]
        plan.views[0].materialized = true
        if withDeadLetter {
            let fields = Binder.deadLetterFields
            let node = plan.graph.add(.failures(of: view.node, view: view.name), fields: fields, owner: "")
            plan.views.append(
                ViewDefinition(
                    name: view.name + ".dead_letter", materialized: true, node: node, fields: fields, options: [],
                    retain: nil, range: view.range))
        }
        return plan
    }

    private func fragment(_ name: String, _ relation: Relation, visible: Int) -> Fragment {
        let fields = relation.columns.map { Field($0.name, $0.type) }
        let view = ViewDefinition(
            name: name, materialized: true, node: relation.node, fields: fields, options: [], retain: nil,
            range: SourceRange(0, 0))
        return Fragment(plan: only(view), name: name, fields: Array(fields.prefix(visible)))
    }

    private func query(_ query: Query) throws(SQLError) -> Prepared {
        let before = binder.state
        let relation = try binder.bindQuery(query, owner: "query", emit: nil, use: .shown)
        let shown = relation.presentation ?? Presentation(order: [], visible: relation.columns.count)
        let fragment = fragment("query", relation, visible: shown.visible)
        binder.state = before
        return .query(fragment, Shown(order: shown.order, visible: shown.visible))
    }

    private func explain(_ statement: Statement, _ range: SourceRange) throws(SQLError) -> Prepared {
        let before = memento
        defer { goBack(to: before) }
        var plan: PipelinePlan
        switch try resolve(statement) {
        case .query(let fragment, _), .createMaterializedView(let fragment, _), .update(_, let fragment, _),
            .delete(_, let fragment, _):
            plan = fragment.plan
        case .insert(let insertion, _): plan = insertion.fragment.plan
        default: throw SQLError("EXPLAIN takes a query or a materialized view", at: range)
        }
        plan.views = Array(plan.views.prefix(1))
        let text = PlanPrinter.print(Optimizer.optimize(plan))
        return .rows([Field("plan", .text)], text.split(separator: "\n").map { [String($0)] })
    }

    // MARK: Changing tables

    private func table(_ name: ObjectName) throws(SQLError) -> Int {
        guard name.parts.count == 1, case .source(let index)? = binder.entry(name.parts[0]) else {
            _ = try binder.relation(name)
            throw SQLError("\"\(name.text)\" is not a table", at: name.range, hint: "only tables can be changed")
        }
        return index
    }

    /// A table whose rows may change or go.
    private func changeable(_ name: ObjectName) throws(SQLError) -> Int {
        let index = try table(name)
        let definition = binder.plan.sources[index]
        if definition.isAppendOnly {
            throw SQLError(
                "\"\(name.text)\" \(definition.watermark == nil ? "is APPEND ONLY" : "has a WATERMARK"): its rows stay",
                at: name.range, hint: "write INSERT INTO")
        }
        return index
    }

    private func insertion(_ insert: Insert) throws(SQLError) -> Insertion {
        let before = binder.state
        defer { binder.state = before }
        let index = try table(insert.target)
        if let conflict = insert.onConflict, binder.plan.sources[index].watermark != nil {
            throw SQLError(
                "the rows of a table with a WATERMARK are only added", at: conflict.range, hint: "leave ON CONFLICT out")
        }
        if let conflict = insert.onConflict, case .update = conflict.action { _ = try changeable(insert.target) }
        let relation = try binder.bindInsertion(insert, into: index)
        let fragment = fragment("insert", relation, visible: relation.columns.count)
        let conflict =
            try insert.onConflict.map { clause throws(SQLError) in
                try binder.bindConflict(clause, index, insert.target)
            } ?? binder.plan.sources[index].usualConflict
        return Insertion(table: index, fragment: fragment, conflict: conflict)
    }

    private func update(_ update: Update) throws(SQLError) -> Prepared {
        let before = binder.state
        defer { binder.state = before }
        let index = try changeable(update.target)
        let relation = try binder.bindUpdate(update, index)
        return .update(
            table: index, fragment("update", relation, visible: relation.columns.count),
            try returning(update.returning, index, update.alias))
    }

    private func delete(_ delete: Delete) throws(SQLError) -> Prepared {
        let before = binder.state
        defer { binder.state = before }
        let index = try changeable(delete.target)
        let relation = try binder.bindDelete(delete, index)
        return .delete(
            table: index, fragment("delete", relation, visible: relation.columns.count),
            try returning(delete.returning, index, delete.alias))
    }
}

extension SessionCatalog {
    /// RETURNING of a statement that changes rows of a table; nil: it has none.
    private func returning(_ items: [SelectItem], _ table: Int, _ alias: Identifier?) throws(SQLError) -> Returning? {
        if items.isEmpty { return nil }
        let columns = binder.tableColumns(table, alias?.name ?? binder.plan.sources[table].name)
        let scope = ExpressionBinder(Scope(columns: columns), clause: "RETURNING", functions: binder)
        var result = Returning(fields: [], values: [])
        for item in items {
            if case .star = item.expression.kind {
                for (index, column) in columns.enumerated() {
                    result.fields.append(Field(column.name, column.type))
                    result.values.append(.column(index, column.type))
                }
                continue
            }
            let value = try scope.bind(item.expression).folded()
            result.fields.append(Field(Binder.outputName(item) ?? "?column?", value.type))
            result.values.append(value)
        }
        return result
    }
}

extension SourceDefinition {
    /// What a table's own ON CONFLICT says of a row whose key is there already.
    fileprivate var usualConflict: Insertion.Conflict? {
        guard let option = options.first(where: { $0.name.name == "on_conflict" }), !primaryKey.isEmpty else { return nil }
        if option.value == "ignore" { return .ignore(key: 0) }
        let width = columns.count
        return .update(key: 0, columns.indices.map { .column(width + $0, columns[$0].type) }, filter: nil, isOnce: false)
    }
}

extension Statement.Kind {
    /// The same without OR REPLACE.
    fileprivate var withoutReplace: Statement.Kind {
        switch self {
        case .createTable(var relation):
            relation.orReplace = false
            return .createTable(relation)
        case .createView(var view):
            view.orReplace = false
            return .createView(view)
        default: return self
        }
    }
}
