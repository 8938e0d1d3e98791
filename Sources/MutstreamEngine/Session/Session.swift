import MutstreamColumnar
import MutstreamDataflow
import MutstreamSQL

/// Tables and materialized views in memory, changed and asked by statements. Every statement that changes a table is one
/// step: all views above it are up to date when it returns.
///
/// A query is a circuit as well, stepped once over the contents of what it reads; so there is one meaning of SQL.
package final class Session: SQLSession {
    private let catalog = SessionCatalog()
    private var contents: [Int: StoredTable] = [:]
    /// In the order of declaration, each with the source that its content is known by.
    private var views: [(source: Int, view: SessionView)] = []
    private var step: Int64 = 0
    private var ordinal: Int64 = 1

    package init() {}

    package func execute(_ sql: String) throws(SQLError) -> StatementResult {
        let statements = try Parser.parse(sql)
        guard let statement = statements.first else { return .done("") }
        guard statements.count == 1 else {
            throw SQLError("found \(statements.count) statements, expected one", at: statements[1].range)
        }
        return try run(statement)
    }

    func run(_ statement: Statement) throws(SQLError) -> StatementResult { try run(try catalog.prepare(statement)) }

    /// The rows of a table or materialized view.
    func content(of name: String) -> Batch? {
        guard let source = catalog.sources.lastIndex(where: { $0.name.lowercased() == name.lowercased() }) else {
            return nil
        }
        return snapshot(source)
    }

    /// Takes over a relation whose content another made; it can be read but not changed.
    package func adopt(_ name: String, _ fields: [Field], _ rows: Batch) throws(SQLError) {
        let source = try catalog.adopt(name, fields)
        let content = StoredTable(fields.map(\.type), primaryKey: [])
        content.apply(rows, context)
        contents[source] = content
    }

    package func describe(_ name: String?) -> [ObjectDescription] {
        catalog.objects(named: name).map {
            ObjectDescription(name: $0.name, kind: $0.kind, fields: $0.fields, detail: $0.detail)
        }
    }

    /// Lets all views go on in new circuits from the state of the old ones: nothing may be seen of it.
    func restartViews() throws {
        for index in views.indices { views[index].view = try views[index].view.restarted() }
    }

    // MARK: Statements

    private func run(_ prepared: Prepared) throws(SQLError) -> StatementResult {
        switch prepared {
        case .done(let tag): return .done(tag)
        case .createTable(let source):
            let definition = catalog.sources[source]
            contents[source] = StoredTable(definition.columns.map(\.type), primaryKey: definition.primaryKey)
            return .done("CREATE TABLE")
        case .createMaterializedView(let fragment, let source):
            let view = try SessionView(fragment)
            let content = StoredTable(fragment.fields.map(\.type), primaryKey: [])
            step += 1
            content.apply(view.step(snapshot, context), context)
            contents[source] = content
            views.append((source, view))
            return .done("CREATE MATERIALIZED VIEW")
        case .query(let fragment, let shown): return .rows(try ask(fragment, shown))
        case .insert(let insertion): return .changed("INSERT", rows: try insert(insertion))
        case .update(let table, let fragment): return .changed("UPDATE", rows: try update(table, fragment))
        case .delete(let table, let fragment): return .changed("DELETE", rows: try delete(table, fragment))
        case .truncate(let tables):
            for table in tables {
                guard var rows = contents[table]?.rows.snapshot(), !rows.isEmpty else { continue }
                rows.weights = [Int64](repeating: -1, count: rows.count)
                change(table, rows)
            }
            return .done("TRUNCATE")
        case .drop(let tag, let sources):
            forget(sources)
            return .done(tag)
        case .replace(let sources, let made):
            forget(sources)
            var last = StatementResult.done("")
            for (index, one) in made.enumerated() {
                let result = try run(one)
                if index == 0 { last = result }
            }
            return last
        case .rows(let fields, let rows):
            let columns = fields.indices.map { index in
                let builder = ColumnBuilder(fields[index].type)
                for row in rows { builder.append(row[index].map { .text($0) } ?? .null) }
                return builder.finish()
            }
            let batch = Batch(columns: columns, count: rows.count, ordinals: Ordinals(first: 0))
            return .rows(ResultRows(fields: fields, batch: batch, isOrdered: true, problems: []))
        }
    }

    private func forget(_ sources: [Int]) {
        for source in sources { contents[source] = nil }
        views.removeAll { sources.contains($0.source) }
    }

    private var context: StepContext { StepContext(step: step, clock: 0) }

    private func snapshot(_ source: Int) -> Batch? { contents[source]?.rows.snapshot() }

    // MARK: Queries

    /// The result of a fragment over the present contents.
    private func evaluate(_ fragment: Fragment) throws(SQLError) -> (rows: Batch, problems: [String]) {
        let view = try SessionView(fragment)
        _ = view.step(snapshot, context)
        return (view.snapshot(), view.problems)
    }

    private func ask(_ fragment: Fragment, _ shown: Shown) throws(SQLError) -> ResultRows {
        let (rows, problems) = try evaluate(fragment)
        return ResultRows(fields: fragment.fields, rows: rows, order: shown.order, problems: problems)
    }

    /// The rows that a statement changes; a row that fails makes the whole statement fail.
    private func affected(_ fragment: Fragment) throws(SQLError) -> Batch {
        let (rows, problems) = try evaluate(fragment)
        if let problem = problems.first { throw SQLError(problem, at: SourceRange(0, 0)) }
        return rows
    }

    // MARK: Changes

    private func insert(_ insertion: Insertion) throws(SQLError) -> Int {
        guard let table = contents[insertion.table] else { return 0 }
        let rows = try affected(insertion.fragment)
        try refuseNulls(rows, insertion.table)
        guard table.hasKey else {
            change(insertion.table, rows)
            return rows.count
        }
        guard let conflict = insertion.conflict else {
            if let row = table.duplicate(after: rows) { throw duplicate(rows, row, insertion.table) }
            change(insertion.table, rows)
            return rows.count
        }
        // Row by row: each sees what those before it have done.
        var written = 0
        for row in 0..<rows.count {
            let one = rows.slice(row..<row + 1)
            let old = table.existing(one)[0]
            if old < 0 {
                change(insertion.table, one)
                written += 1
            } else if case .update(let expressions, let filter) = conflict {
                if try overwrite(table, insertion.table, old, one, expressions, filter) { written += 1 }
            }
        }
        return written
    }

    private func overwrite(
        _ table: StoredTable, _ index: Int, _ old: Int32, _ row: Batch, _ expressions: [Expression], _ filter: Expression?
    ) throws(SQLError) -> Bool {
        let before = table.columns([old])
        let both = Batch(columns: before + row.columns, count: 1, ordinals: Ordinals(first: 0))
        if let filter {
            let passed = Evaluator(filter).evaluate(both)
            if let failure = passed.failures.first { throw SQLError(failure.failure.message, at: SourceRange(0, 0)) }
            guard case .bool(let values) = passed.column.values, passed.column.isValid(0), values[0] else { return false }
        }
        var after: [Column] = []
        for expression in expressions {
            let value = Evaluator(expression).evaluate(both)
            if let failure = value.failures.first { throw SQLError(failure.failure.message, at: SourceRange(0, 0)) }
            after.append(value.column)
        }
        let changes = zip(before, after).map { Column.concatenate([$0, $1]) }
        let batch = Batch(columns: changes, count: 2, weights: [-1, 1], ordinals: Ordinals(first: 0))
        try refuseNulls(batch, index)
        if let twice = table.duplicate(after: batch) { throw duplicate(batch, twice, index) }
        change(index, batch)
        return true
    }

    private func update(_ index: Int, _ fragment: Fragment) throws(SQLError) -> Int {
        guard let table = contents[index] else { return 0 }
        let rows = try affected(fragment)
        if rows.isEmpty { return 0 }
        let width = table.types.count
        var kept = Array(Int32(0)..<Int32(clamping: rows.count))
        if table.hasKey {
            // With FROM a row may be found more than once: the first one counts.
            let ids = table.existing(rows.with(columns: Array(rows.columns[..<width])))
            var seen: Set<Int32> = []
            kept = kept.filter { seen.insert(ids[Int($0)]).inserted }
        }
        let first = rows.gather(kept)
        let changes = (0..<width).map { Column.concatenate([first.columns[$0], first.columns[width + $0]]) }
        let weights = [Int64](repeating: -1, count: first.count) + [Int64](repeating: 1, count: first.count)
        let batch = Batch(columns: changes, count: 2 * first.count, weights: weights, ordinals: Ordinals(first: 0))
        try refuseNulls(batch, index)
        if let row = table.duplicate(after: batch) { throw duplicate(batch, row, index) }
        change(index, batch)
        return first.count
    }

    private func delete(_ index: Int, _ fragment: Fragment) throws(SQLError) -> Int {
        guard let table = contents[index] else { return 0 }
        var rows = try affected(fragment)
        if rows.isEmpty { return 0 }
        if table.hasKey {
            let ids = table.existing(rows)
            var seen: Set<Int32> = []
            rows = rows.gather(
                Array(Int32(0)..<Int32(clamping: rows.count)).filter { seen.insert(ids[Int($0)]).inserted })
        }
        rows.weights = [Int64](repeating: -1, count: rows.count)
        change(index, rows)
        return rows.count
    }

    private func refuseNulls(_ rows: Batch, _ index: Int) throws(SQLError) {
        for (number, column) in catalog.sources[index].columns.enumerated() where column.notNull {
            for row in 0..<rows.count where !rows.columns[number].isValid(row) && rows.weight(row) > 0 {
                throw SQLError(
                    "column \"\(column.name)\" of \"\(catalog.sources[index].name)\" is NOT NULL, found NULL",
                    at: SourceRange(0, 0))
            }
        }
    }

    private func duplicate(_ rows: Batch, _ row: Int, _ index: Int) -> SQLError {
        let source = catalog.sources[index]
        let key = source.primaryKey.map { column in
            "\(source.columns[column].name) = "
                + TextCodec.text(rows.columns[column].value(at: row), source.columns[column].type)
        }
        return SQLError(
            "duplicate key in \"\(source.name)\": \(key.joined(separator: ", ")) is there already", at: SourceRange(0, 0),
            hint: "write ON CONFLICT DO NOTHING or DO UPDATE SET …")
    }

    /// One step: a table changes, and everything above it.
    private func change(_ index: Int, _ rows: Batch) {
        if rows.isEmpty { return }
        step += 1
        var rows = rows
        rows.ordinals = Ordinals(first: ordinal)
        ordinal += Int64(rows.count)
        contents[index]?.apply(rows, context)
        var changes: [Int: Batch] = [index: rows]
        for (source, view) in views where view.sources.contains(where: { changes[$0] != nil }) {
            let result = view.step({ changes[$0] }, context)
            if result.isEmpty { continue }
            contents[source]?.apply(result, context)
            changes[source] = result
        }
    }
}
