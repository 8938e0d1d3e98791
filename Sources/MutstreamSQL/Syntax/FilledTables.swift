/// Rewrites the statements by which Flink and Arroyo declare streams, sinks and streams with a name, which are all tables
/// there, to those of this dialect.
///
/// ```
/// CREATE TABLE bid (…, WATERMARK FOR …) WITH (…)     CREATE SOURCE bid (…, WATERMARK FOR …) WITH (…)
/// CREATE TABLE out (a BIGINT, b TEXT) WITH (…)       CREATE SINK out AS
/// INSERT INTO out SELECT …                             SELECT …::BIGINT AS a, …::TEXT AS b FROM … WITH (…)
/// CREATE TABLE high (a BIGINT)                       CREATE VIEW high AS
/// INSERT INTO high SELECT … FROM bid                   SELECT …::BIGINT AS a FROM bid
/// ```
/// A table with a WATERMARK and a connector is a stream; one with a connector that INSERT INTO names is a sink; one without
/// a connector, into which rows of a connector are inserted, is a view. Several INSERT INTO one of them are a UNION ALL,
/// which stands where the last one stood. Everything else stays as it is.
struct FilledTables {
    private var tables: [String: CreateRelation] = [:]
    private var parts: [String: [Insert]] = [:]
    /// Relations whose rows come from connectors.
    private var streams: Set<String> = []
    private var filled: Set<String> = []

    static func rewrite(_ statements: [Statement]) throws(SQLError) -> [Statement] {
        var rewriter = FilledTables()
        for statement in statements { rewriter.note(statement) }
        var result: [Statement] = []
        for (index, statement) in statements.enumerated() {
            let behind = statements[(index + 1)...]
            if let new = try rewriter.rewritten(statement, behind) { result.append(new) }
        }
        return result
    }

    private static func key(_ name: ObjectName) -> String { (name.parts.first?.name ?? "").lowercased() }

    private static func isConnected(_ table: CreateRelation) -> Bool {
        table.options.contains { $0.name.name == "connector" }
    }

    // MARK: What is what

    private mutating func note(_ statement: Statement) {
        switch statement.kind {
        case .createSource(let source): streams.insert(FilledTables.key(source.name))
        case .createTable(let table):
            guard table.query == nil else { return }
            if FilledTables.isConnected(table) { streams.insert(FilledTables.key(table.name)) }
            if table.watermark == nil { tables[FilledTables.key(table.name)] = table }
        case .createView(let view): if readsStreams(view.query) { streams.insert(FilledTables.key(view.name)) }
        case .insert(let insert):
            let key = FilledTables.key(insert.target)
            guard !insert.intoModel, let table = tables[key] else { return }
            parts[key, default: []].append(insert)
            if FilledTables.isConnected(table) {
                filled.insert(key)
            } else if readsStreams(insert.query) {
                filled.insert(key)
                streams.insert(key)
            }
        default: return
        }
    }

    private func readsStreams(_ query: Query) -> Bool {
        query.relations.contains { streams.contains(FilledTables.key($0)) }
    }

    // MARK: Rewriting

    /// What stands at the place of a statement; nil: nothing.
    private func rewritten(_ statement: Statement, _ behind: ArraySlice<Statement>) throws(SQLError) -> Statement? {
        switch statement.kind {
        case .createTable(let table) where filled.contains(FilledTables.key(table.name)): return nil
        case .createTable(let table)
        where FilledTables.isConnected(table) && table.watermark != nil && table.primaryKey.isEmpty:
            return Statement(.createSource(table), range: statement.range)
        case .createView(let view): try refuseEarly(view.query, behind)
        case .createSink(let sink): try refuseEarly(sink.query, behind)
        case .insert(let insert):
            let key = FilledTables.key(insert.target)
            if !insert.intoModel, filled.contains(key), let table = tables[key] {
                if behind.contains(where: { FilledTables.inserts($0, into: key) }) { return nil }
                try refuseEarly(insert.query, behind)
                return Statement(try filling(table, parts[key] ?? []), range: statement.range)
            }
            try refuseEarly(insert.query, behind)
        case .update(let update): try refuse(update.target)
        case .delete(let delete): try refuse(delete.target)
        case .truncate(let names): for name in names { try refuse(name) }
        default: break
        }
        return statement
    }

    private static func inserts(_ statement: Statement, into key: String) -> Bool {
        guard case .insert(let insert) = statement.kind else { return false }
        return !insert.intoModel && FilledTables.key(insert.target) == key
    }

    /// A filled table is known from its last INSERT INTO on.
    private func refuseEarly(_ query: Query, _ behind: ArraySlice<Statement>) throws(SQLError) {
        for name in query.relations {
            let key = FilledTables.key(name)
            guard filled.contains(key), let table = tables[key], !FilledTables.isConnected(table),
                behind.contains(where: { FilledTables.inserts($0, into: key) })
            else { continue }
            throw SQLError(
                "\"\(name.text)\" is read before all that is inserted into it", at: name.range,
                hint: "let the INSERT INTO \(name.text) come first")
        }
    }

    private func refuse(_ target: ObjectName) throws(SQLError) {
        guard filled.contains(FilledTables.key(target)) else { return }
        throw SQLError(
            "\"\(target.text)\" is filled by a query over streams, whose rows no statement can change", at: target.range,
            hint: "filter them in a view")
    }

    /// The sink or view that a table and the statements that fill it are.
    private func filling(_ table: CreateRelation, _ inserts: [Insert]) throws(SQLError) -> Statement.Kind {
        for insert in inserts {
            if let conflict = insert.onConflict {
                throw SQLError("ON CONFLICT is not supported where rows of streams are inserted", at: conflict.range)
            }
            if let item = insert.returning.first {
                throw SQLError("RETURNING is not supported where rows of streams are inserted", at: item.expression.range)
            }
        }
        let filling = Filling(
            columns: table.columns, parts: inserts.map { Filling.Part(named: $0.columns, query: $0.query) })
        guard let query = inserts.first?.query else { return .createTable(table) }
        if FilledTables.isConnected(table) {
            return .createSink(
                CreateSink(
                    name: table.name, orReplace: table.orReplace, ifNotExists: table.ifNotExists, query: query,
                    options: table.options, filling: filling))
        }
        try refuseConstraints(table)
        return .createView(
            CreateView(
                name: table.name, orReplace: table.orReplace, ifNotExists: table.ifNotExists, materialized: false,
                columns: [], options: table.options, query: query, filling: filling))
    }

    /// A view has no keys and refuses no row.
    private func refuseConstraints(_ table: CreateRelation) throws(SQLError) {
        let marked = table.columns.first { $0.notNull || $0.defaultValue != nil || $0.generated != nil }
        let range =
            table.primaryKey.first?.range ?? table.uniqueKeys.first?.first?.range ?? table.checks.first?.range
            ?? marked?.range
        guard let range else { return }
        throw SQLError(
            "\"\(table.name.text)\" is filled by a query over streams: its columns take no constraints or DEFAULT",
            at: range,
            hint: "leave them out, and filter in the query")
    }
}
