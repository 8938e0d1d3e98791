import MutstreamColumnar
import MutstreamDataflow

/// Gives every name its meaning: statements in, a ``PipelinePlan`` out. Objects must be declared before they are used.
final class Binder {
    enum Entry {
        case source(Int)
        case view(Relation)
        case model(Int)
        case sink(Relation)
    }

    /// A function declared by CREATE FUNCTION: an expression over its parameters.
    struct Macro {
        var parameters: [Field]
        var body: Expression
    }

    /// Everything that statements change, so that a session can go back to what was before one.
    struct State {
        var plan = PipelinePlan()
        /// By folded name; only looked up, never walked through.
        var entries: [String: Entry] = [:]
        /// In order of declaration, for hints.
        var names: [String] = []
        var functions: [String: Macro] = [:]
        var functionNames: [String] = []
        /// What each object reads, by folded names.
        var dependencies: [String: Set<String>] = [:]
        /// The table of each index, by folded names.
        var indexes: [String: String] = [:]
        /// Values of columns that an INSERT leaves out, by source and column.
        var defaults: [Int: [Int: Expr]] = [:]
    }
    var state = State()

    var plan: PipelinePlan {
        get { state.plan }
        _modify { yield &state.plan }
    }
    var names: [String] { state.names }
    var functionNames: [String] { state.functionNames }
    var dependencies: [String: Set<String>] {
        get { state.dependencies }
        _modify { yield &state.dependencies }
    }
    /// WITH queries in scope, innermost last.
    var locals: [(name: String, relation: Relation)] = []
    /// Objects that the statement at hand reads, by folded names.
    var reads: Set<String> = []
    /// Statements come one by one and contents are kept between them.
    var isSession = false
    /// The clock of a session at its statement, in microseconds since 1970; nil: none.
    var clock: Int64?
    /// What is bound is computed once, now: NOW() is a constant.
    var isAtOnce = false
    /// What NOW() is; nil: it goes on.
    var now: Int64? { isAtOnce ? clock : nil }
    private var placeholders = 1_000_000

    /// A column number that no relation has.
    func newPlaceholder() -> Int {
        placeholders += 1
        return placeholders
    }

    static func bind(_ statements: [Statement]) throws(SQLError) -> PipelinePlan {
        let binder = Binder()
        try binder.bindSettingsAhead(statements)
        for statement in statements { try binder.bind(statement) }
        return binder.plan
    }

    func bind(_ statement: Statement) throws(SQLError) {
        switch statement.kind {
        case .createSource(let relation): try bindSource(relation, isTable: false, statement.range)
        case .createTable(let relation): try bindSource(relation, isTable: true, statement.range)
        case .createView(let view): try bindView(view, statement.range)
        case .createModel(let model): try bindModel(model, statement.range)
        case .createSink(let sink): try bindSink(sink)
        case .createFunction(let function): try bindFunction(function)
        case .insert(let insert): try bindInsert(insert, statement.range)
        case .set(let name, let value): try bindSetting(name, value)
        case .flush, .transaction: break
        case .createIndex(let index):
            if index.unique {
                throw SQLError(
                    "a UNIQUE INDEX cannot stand in a pipeline", at: statement.range,
                    hint: "write UNIQUE (…) in the CREATE TABLE of a table that statements fill")
            }
        case .explain:
            throw SQLError(
                "EXPLAIN cannot stand in a pipeline", at: statement.range, hint: "run `mutstream explain FILE.sql` instead")
        case .query:
            throw SQLError(
                "a query alone has nowhere to go in a pipeline", at: statement.range,
                hint: "write CREATE SINK … AS or CREATE MATERIALIZED VIEW … AS before it, or run `mutstream query`")
        case .update(let update) where isFilledByStatements(update.target): break
        case .delete(let delete) where isFilledByStatements(delete.target): break
        case .truncate(let names) where names.allSatisfy({ isFilledByStatements($0) }): break
        case .update, .delete, .truncate, .drop, .show, .describe:
            throw SQLError(
                "this statement belongs in a session", at: statement.range, hint: "run `mutstream shell FILE.sql`")
        }
    }

    private func isFilledByStatements(_ name: ObjectName) -> Bool {
        guard let last = name.parts.last, case .source(let index)? = entry(last) else { return false }
        return plan.sources[index].isMaintained
    }

    func declare(_ name: ObjectName, _ entry: Entry, orReplace: Bool) throws(SQLError) {
        guard let last = name.parts.last, name.parts.count == 1 || (isSession && name.parts.count == 2) else {
            throw SQLError("found \"\(name.text)\", expected a name without a dot", at: name.range)
        }
        if orReplace {
            throw SQLError(
                "OR REPLACE is not supported in a pipeline", at: name.range,
                hint: "change the earlier statement of this name"
            )
        }
        let key = last.name.lowercased()
        if state.entries[key] != nil { throw SQLError("\"\(name.text)\" is already declared", at: name.range) }
        state.entries[key] = entry
        state.names.append(last.name)
    }

    func entry(_ name: Identifier) -> Entry? { state.entries[name.name.lowercased()] }

    func isStream(_ source: Int) -> Bool { plan.sources[source].onlyArrives }

    func isAppendOnly(_ node: NodeID) -> Bool { plan.graph.isAppendOnly(node, isStream) }

    // MARK: Relations by name

    /// What `name` reads: a source, a table, a view, a WITH query, or the `.late` or `.dead_letter` stream of one.
    func relation(_ name: ObjectName) throws(SQLError) -> Relation {
        let first = name.parts[name.parts.count - 1]
        if name.parts.count == 2, name.parts[0].name != "public" { return try sideStream(name) }
        guard name.parts.count <= 2 else {
            throw SQLError("found \"\(name.text)\", expected a relation", at: name.range)
        }
        if let local = locals.last(where: { $0.name == first.name }) { return local.relation }
        reads.insert(first.name.lowercased())
        switch entry(first) {
        case .source(let index): return input(index, .rows)
        case .view(let relation): return relation
        case .model:
            throw SQLError(
                "\"\(first.name)\" is a model, expected a relation", at: first.range,
                hint: "ask it with PREDICT(\(first.name), …)")
        case .sink:
            throw SQLError(
                "\"\(first.name)\" is a sink and cannot be read", at: first.range, hint: "read the view that it reads")
        case nil:
            // An index of RisingWave can be read as its table.
            if let owner = state.indexes[first.name.lowercased()] {
                return try relation(ObjectName([Identifier(owner, range: first.range)], range: name.range))
            }
            throw SQLError(
                "unknown relation \"\(first.name)\"", at: first.range,
                hint: suggestion(for: first.name, among: names + locals.map(\.name)).map { "did you mean \"\($0)\"?" }
                    ?? (names.isEmpty ? "declare it first" : "declared so far: \(Scope.list(names))"))
        }
    }

    private func sideStream(_ name: ObjectName) throws(SQLError) -> Relation {
        let (owner, part) = (name.parts[0], name.parts[1])
        switch (entry(owner), part.name) {
        case (.source(let index), "late"):
            guard plan.sources[index].watermark != nil else {
                throw SQLError(
                    "\"\(owner.name)\" has no WATERMARK, so no row of it is late", at: name.range,
                    hint: "add WATERMARK FOR column AS column - INTERVAL '5' SECOND")
            }
            reads.insert(owner.name.lowercased())
            return input(index, .late)
        case (.source(let index), "dead_letter"):
            if isSession {
                throw SQLError(
                    "a table has no dead letter in a session", at: name.range,
                    hint: "an INSERT of which a row fails does nothing, and says why")
            }
            return input(index, .deadLetter)
        case (.view(let view), "dead_letter"), (.sink(let view), "dead_letter"):
            reads.insert(owner.name.lowercased())
            // In a session the failed rows of a materialized view are kept beside its content.
            if isSession, case .input(let index, .rows) = plan.graph[view.node].kind,
                plan.sources[index].name.lowercased() == owner.name.lowercased()
            {
                return input(index, .deadLetter)
            }
            let fields = Binder.deadLetterFields
            let node = plan.graph.add(.failures(of: view.node, view: owner.name), fields: fields, owner: "")
            return deadLetter(node, of: owner.name, sensitive: view.columns.compactMap(\.sensitive).first)
        case (nil, _): return try relation(ObjectName([owner], range: owner.range))
        default:
            throw SQLError(
                "unknown stream \"\(name.text)\"", at: part.range,
                hint: "a source has .late and .dead_letter, a view or sink has .dead_letter")
        }
    }

    func input(_ index: Int, _ part: PlanNode.InputPart) -> Relation {
        let source = plan.sources[index]
        if part == .deadLetter {
            let sensitive = source.columns.first(where: \.sensitive).map { "\(source.name).\($0.name)" }
            let node = plan.graph.add(.input(source: index, part: part), fields: Binder.deadLetterFields, owner: "")
            return deadLetter(node, of: source.name, sensitive: sensitive)
        }
        let node = plan.graph.add(.input(source: index, part: part), fields: source.fields, owner: "")
        return Relation(
            node: node,
            columns: source.columns.enumerated().map { number, column in
                ScopeColumn(
                    relation: source.name, name: column.name, type: column.type,
                    sensitive: column.sensitive ? "\(source.name).\(column.name)" : nil, window: nil,
                    origin: source.isTable ? ScopeColumn.Origin(source: index, column: number) : nil)
            })
    }

    /// Why a row was refused, its first 4 KB as text, and its whole length in bytes.
    static let deadLetterFields = [Field("reason", .text), Field("raw", .text), Field("length", .bigint)]

    /// A dead letter with the name of what it is of behind its columns, so that several can be told apart in one stream.
    private func deadLetter(_ node: NodeID, of name: String, sensitive: String?) -> Relation {
        let fields = Binder.deadLetterFields + [Field("view", .text)]
        let columns = fields.map {
            ScopeColumn(
                relation: name + ".dead_letter", name: $0.name, type: $0.type,
                sensitive: ["reason", "raw"].contains($0.name) ? sensitive : nil, window: nil)
        }
        var values = Binder.deadLetterFields.enumerated().map { Expression.column($0, $1.type) }
        values.append(.literal(.text(name), .text))
        return Relation(node: add(.project(node, values), columns, owner: ""), columns: columns)
    }
}
