import MutstreamColumnar
import MutstreamDataflow
import MutstreamSQL

/// Tables and materialized views in memory, changed and asked by statements. Every statement that changes a table is one
/// step: all views above it are up to date when it returns.
///
/// A query is a circuit as well, stepped once over the contents of what it reads; so there is one meaning of SQL.
package final class Session: SQLSession {
    let catalog = SessionCatalog()
    private(set) var contents: [Int: StoredTable] = [:]
    /// Of tables and views with event time: how far it has come, in microseconds.
    private(set) var watermarks: [Int: Int64] = [:]
    /// Rows of tables that came behind the watermark.
    private var late: [Int: StoredTable] = [:]
    /// What NOW() is; nil: it is refused.
    private let clock: (any Clock)?
    private var now: Int64 = 0
    /// In the order of declaration, each with the source that its content is known by.
    private var views: [(source: Int, view: SessionView)] = []
    private var step: Int64 = 0
    var ordinal: Int64 = 1
    /// What the statement at hand has changed, to be taken back if it fails.
    private var changes: [(table: Int, rows: Batch)] = []
    package private(set) var problems: [String] = []
    package internal(set) var notices: [String] = []

    /// - Parameter clock: nil: NOW() is refused.
    package init(clock: (any Clock)? = nil) { self.clock = clock }

    package func execute(_ sql: String) throws(SQLError) -> StatementResult {
        let statements = try Parser.parse(sql)
        guard let statement = statements.first else { return .done("") }
        guard statements.count == 1 else {
            throw SQLError("found \(statements.count) statements, expected one", at: statements[1].range)
        }
        return try run(statement)
    }

    func run(_ statement: Statement) throws(SQLError) -> StatementResult {
        (changes, problems, notices) = ([], [], [])
        letClockPass()
        let before = (catalog: catalog.memento, contents: contents, views: views, watermarks: watermarks, late: late)
        do {
            return try run(try catalog.prepare(statement, clock: clock.map { _ in now }))
        } catch {
            let undone = changes
            catalog.goBack(to: before.catalog)
            (contents, views, watermarks, late) = (before.contents, before.views, before.watermarks, before.late)
            for (table, rows) in undone.reversed() where contents[table] != nil { change(table, rows.negated) }
            (changes, problems, notices) = ([], [], [])
            throw error
        }
    }

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
        var rows = rows
        rows.ordinals = Ordinals(first: ordinal)
        ordinal += Int64(rows.count)
        content.apply(rows, context)
        contents[source] = content
    }

    package func describe(_ name: String?) -> [ObjectDescription] {
        catalog.objects(named: name).map {
            ObjectDescription(name: $0.name, kind: $0.kind, fields: $0.fields, detail: $0.detail)
        }
    }

    /// Lets all views go on in new circuits from the state of the old ones: nothing may be seen of it.
    package func restartViews() throws {
        for index in views.indices { views[index].view = try views[index].view.restarted() }
    }

    // MARK: Statements

    private func run(_ prepared: Prepared) throws(SQLError) -> StatementResult {
        switch prepared {
        case .done(let tag): return .done(tag)
        case .createTable(let source):
            let definition = catalog.sources[source]
            contents[source] = StoredTable(
                definition.columns.map(\.type), primaryKey: definition.primaryKey, uniqueKeys: definition.uniqueKeys)
            return .done("CREATE TABLE")
        case .addKey(let source, let key):
            if contents[source]?.addKey(key) == false {
                let definition = catalog.sources[source]
                let names = key.map { definition.columns[$0].name }.joined(separator: ", ")
                throw SQLError("rows of \"\(definition.name)\" are equal in (\(names))", at: SourceRange(0, 0))
            }
            return .done("CREATE INDEX")
        case .createMaterializedView(let fragment, let source):
            let view = try SessionView(fragment)
            let content = StoredTable(fragment.fields.map(\.type), primaryKey: [])
            step += 1
            fill(view) { result in
                content.apply(result.batch, context)
                note(result.progress, of: source)
            }
            contents[source] = content
            views.append((source, view))
            note(view.problems, of: view.name)
            return .done("CREATE MATERIALIZED VIEW")
        case .query(let fragment, let shown): return .rows(try ask(fragment, shown))
        case .insert(let insertion, let returning):
            let (count, rows) = try insert(insertion, returning)
            return rows.map { .rows($0) } ?? .changed("INSERT", rows: count)
        case .update(let table, let fragment, let returning):
            let (count, rows) = try update(table, fragment, returning)
            return rows.map { .rows($0) } ?? .changed("UPDATE", rows: count)
        case .delete(let table, let fragment, let returning):
            let (count, rows) = try delete(table, fragment, returning)
            return rows.map { .rows($0) } ?? .changed("DELETE", rows: count)
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
        for source in sources { (contents[source], watermarks[source], late[source]) = (nil, nil, nil) }
        views.removeAll { sources.contains($0.source) }
    }

    private var context: StepContext { StepContext(step: step, clock: now) }

    private func snapshot(_ source: Int) -> Batch? { contents[source]?.rows.snapshot() }

    private func snapshot(_ input: SessionInput) -> Batch? {
        switch input {
        case .rows(let source): snapshot(source)
        case .late(let source): late[source]?.rows.snapshot()
        case .deadLetter(let source): views.first { $0.source == source }?.view.deadLetter()
        }
    }

    /// The first steps of a view or query: over all rows that there are, whose event time comes behind the last of them to
    /// where it is. What the clock takes away goes in steps of bounded size.
    private func fill(_ view: SessionView, _ take: (Delta) -> Void) {
        let rows = Dictionary(uniqueKeysWithValues: view.reads.map { ($0, snapshot($0)) })
        let last = ordinal
        ordinal += 1
        take(
            view.step(
                { input in
                    guard case .rows(let source) = input, let watermark = watermarks[source] else {
                        return rows[input]?.map { Delta($0) }
                    }
                    guard let rows = rows[input] ?? nil else { return nil }
                    return Delta(rows, Progress(start: .min, ordinals: [last], values: [watermark]))
                }, context))
        while view.isDue(now) { take(view.step({ _ in nil }, context)) }
    }

    private func note(_ progress: Progress, of source: Int) {
        if progress.end > .min { watermarks[source] = progress.end }
    }

    func note(_ reasons: [String], of view: String) {
        for reason in reasons {
            let problem = "\(view): \(reason)"
            if problems.count < 100, !problems.contains(problem) { problems.append(problem) }
        }
    }

    // MARK: Queries

    /// The result of a fragment over the present contents.
    private func evaluate(_ fragment: Fragment) throws(SQLError) -> (rows: Batch, problems: [String]) {
        let view = try SessionView(fragment)
        fill(view) { _ in }
        return (view.snapshot(), view.problems)
    }

    /// Why rows are missing from the materialized views that a fragment reads.
    private func missing(_ fragment: Fragment) -> [String] {
        let read = Set(
            fragment.plan.graph.reachable(from: fragment.plan.roots).compactMap { id -> Int? in
                if case .input(let source, .rows) = fragment.plan.graph[id].kind { source } else { nil }
            })
        var result: [String] = []
        for (source, view) in views where read.contains(source) {
            guard let failed = view.deadLetter(), !failed.isEmpty, case .text(let reasons)? = failed.columns.first?.values
            else { continue }
            for row in 0..<failed.count where result.count < 100 {
                let reason = "\(view.name): \(reasons.withReader { $0.string(row) })"
                if !result.contains(reason) { result.append(reason) }
            }
        }
        return result
    }

    private func ask(_ fragment: Fragment, _ shown: Shown) throws(SQLError) -> ResultRows {
        let (rows, problems) = try evaluate(fragment)
        return ResultRows(
            fields: fragment.fields, rows: rows, order: shown.order, problems: problems + missing(fragment))
    }

    /// The rows that a statement changes; a row that fails makes the whole statement fail.
    func affected(_ fragment: Fragment) throws(SQLError) -> Batch {
        let (rows, problems) = try evaluate(fragment)
        if let problem = problems.first { throw SQLError(problem, at: SourceRange(0, 0)) }
        return rows
    }

    // MARK: Steps

    /// One step: a table changes, and everything above it.
    func change(_ index: Int, _ rows: Batch) {
        if rows.isEmpty { return }
        var rows = rows
        rows.ordinals = Ordinals(first: ordinal)
        ordinal += Int64(rows.count)
        changes.append((index, rows))
        change(index, rows, late: nil, .none)
    }

    /// - Parameter progress: how the event time of the table rises; rows have the ordinals that it speaks of.
    func change(_ index: Int, _ rows: Batch, late rowsBehind: Batch?, _ progress: Progress) {
        var inputs: [SessionInput: Delta] = [.rows(index): Delta(rows, progress)]
        contents[index]?.apply(rows, context)
        note(progress, of: index)
        if let rowsBehind {
            let content = late[index] ?? StoredTable(catalog.sources[index].columns.map(\.type))
            late[index] = content
            content.apply(rowsBehind, context)
            inputs[.late(index)] = Delta(rowsBehind)
        }
        stepViews(inputs)
    }

    /// One step of the views above what has changed, and of those for which it is time.
    private func stepViews(_ changes: [SessionInput: Delta]) {
        step += 1
        var inputs = changes
        for (source, view) in views where view.isDue(now) || view.reads.contains(where: { inputs[$0] != nil }) {
            let result = view.step({ inputs[$0] }, context)
            note(view.problems, of: view.name)
            note(result.progress, of: source)
            if let failed = view.failedRows(context), !failed.isEmpty { inputs[.deadLetter(source)] = Delta(failed) }
            if result.batch.isEmpty, !result.progress.hasRisen { continue }
            contents[source]?.apply(result.batch, context)
            inputs[.rows(source)] = result
        }
    }

    /// Rows come and go by the clock before a statement looks at them.
    private func letClockPass() {
        guard let clock else { return }
        now = max(now, clock.now())
        while views.contains(where: { $0.view.isDue(now) }) { stepViews([:]) }
    }
}

extension Batch {
    /// What takes it back.
    fileprivate var negated: Batch {
        var result = self
        result.weights = (0..<count).map { -weight($0) }
        return result
    }
}
