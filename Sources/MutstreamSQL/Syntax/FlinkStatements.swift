/// Rewrites the statements by which Flink declares streams and sinks, which are both tables there, to those of this dialect.
///
/// ```
/// CREATE TABLE bid (…, WATERMARK FOR …) WITH (…)     CREATE SOURCE bid (…, WATERMARK FOR …) WITH (…)
/// CREATE TABLE out (a BIGINT, b TEXT) WITH (…)       CREATE SINK out AS
/// INSERT INTO out SELECT …                             SELECT …::BIGINT AS a, …::TEXT AS b FROM … WITH (…)
/// ```
/// A table with a WATERMARK and a connector is a stream; one with a connector that INSERT INTO names is a sink. Everything
/// else stays as it is.
enum FlinkStatements {
    static func rewrite(_ statements: [Statement]) throws(SQLError) -> [Statement] {
        var tables: [String: CreateRelation] = [:]
        for statement in statements {
            guard case .createTable(let table) = statement.kind, isConnected(table), table.watermark == nil,
                table.query == nil
            else { continue }
            tables[key(table.name)] = table
        }
        var targets: Set<String> = []
        for statement in statements {
            guard case .insert(let insert) = statement.kind, !insert.intoModel, tables[key(insert.target)] != nil else {
                continue
            }
            guard targets.insert(key(insert.target)).inserted else {
                throw SQLError(
                    "sink \"\(insert.target.text)\" gets rows from a second INSERT INTO", at: insert.target.range,
                    hint: "write one INSERT INTO of a UNION ALL")
            }
        }
        var result: [Statement] = []
        for statement in statements {
            switch statement.kind {
            case .createTable(let table) where isConnected(table) && table.watermark != nil && table.primaryKey.isEmpty:
                result.append(Statement(.createSource(table), range: statement.range))
            case .createTable(let table) where targets.contains(key(table.name)): break
            case .insert(let insert):
                guard !insert.intoModel, targets.contains(key(insert.target)), let table = tables[key(insert.target)] else {
                    result.append(statement)
                    continue
                }
                result.append(Statement(.createSink(try sink(table, insert)), range: statement.range))
            default: result.append(statement)
            }
        }
        return result
    }

    private static func key(_ name: ObjectName) -> String { name.text.lowercased() }

    private static func isConnected(_ table: CreateRelation) -> Bool {
        table.options.contains { $0.name.name == "connector" }
    }

    /// The sink that a table and the statement that fills it are.
    private static func sink(_ table: CreateRelation, _ insert: Insert) throws(SQLError) -> CreateSink {
        if let conflict = insert.onConflict {
            throw SQLError("ON CONFLICT is not supported where rows go to a connector", at: conflict.range)
        }
        if let item = insert.returning.first {
            throw SQLError("RETURNING is not supported where rows go to a connector", at: item.expression.range)
        }
        return CreateSink(
            name: table.name, orReplace: table.orReplace, ifNotExists: table.ifNotExists, query: insert.query,
            options: table.options, target: CreateSink.Target(columns: table.columns, named: insert.columns))
    }
}
