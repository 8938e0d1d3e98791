/// Statements: what stands between two `;`.
extension Parser {
    mutating func statement() throws(SQLError) -> Statement {
        let start = current.range
        let kind = try statementKind()
        return Statement(kind, range: range(from: start))
    }

    private mutating func statementKind() throws(SQLError) -> Statement.Kind {
        if accept("create") { return try create() }
        if accept("insert") { return .insert(try insert()) }
        if accept("set") { return try set() }
        if accept("explain") { return try explain() }
        if isWord("select") || isWord("values") || isWord("with") || isSymbol("(") || isWord("table") {
            throw SQLError(
                "expected CREATE, INSERT, SET or EXPLAIN, found \(description(of: current))", at: current.range,
                hint: "a query stands in a view or a sink: CREATE VIEW name AS …")
        }
        if current.kind == .word, Keyword.refusedStatements.contains(current.text) {
            throw unsupported(current.text.uppercased(), at: current.range)
        }
        throw unexpected()
    }

    // MARK: CREATE

    private mutating func create() throws(SQLError) -> Statement.Kind {
        let orReplace = take("or")
        if orReplace { try expect("replace") } else { expected.append(.keyword("or replace")) }
        if accept("source") { return .createSource(try relation(orReplace: orReplace)) }
        if accept("table") { return .createTable(try relation(orReplace: orReplace)) }
        if accept("view") { return .createView(try view(orReplace: orReplace, materialized: false)) }
        if accept("materialized") {
            try expect("view")
            return .createView(try view(orReplace: orReplace, materialized: true))
        }
        if accept("model") { return .createModel(try model(orReplace: orReplace)) }
        if accept("sink") { return .createSink(try sink(orReplace: orReplace)) }
        if current.kind == .word, Keyword.refusedObjects.contains(current.text) {
            throw unsupported("CREATE \(current.text.uppercased())", at: current.range)
        }
        throw unexpected()
    }

    private mutating func ifNotExists() throws(SQLError) -> Bool {
        guard isWord("if"), isWord("not", ahead: 1) else { return false }
        advance()
        advance()
        try expect("exists")
        return true
    }

    private mutating func refuseIfNotExists(for what: String) throws(SQLError) {
        let start = current.range
        if try ifNotExists() {
            throw unsupported("IF NOT EXISTS for a \(what)", at: range(from: start), hint: "write CREATE OR REPLACE")
        }
    }

    private mutating func relation(orReplace: Bool) throws(SQLError) -> CreateRelation {
        let ifNotExists = try ifNotExists()
        let name = try objectName()
        var relation = CreateRelation(
            name: name, orReplace: orReplace, ifNotExists: ifNotExists, columns: [], primaryKey: [], watermark: nil,
            options: [])
        if isWord("as") {
            throw unsupported("CREATE TABLE … AS", at: current.range, hint: "write CREATE MATERIALIZED VIEW … AS")
        }
        try columnsAndConstraints(of: &relation)
        for word in ["append", "include", "format", "partitioned", "comment", "from"] where isWord(word) {
            let hint = word == "format" ? "write the format as an option: WITH (format = 'json')" : nil
            throw unsupported("\(word.uppercased()) behind the columns", at: current.range, hint: hint)
        }
        try withOptions(into: &relation.options)
        return relation
    }

    private mutating func view(orReplace: Bool, materialized: Bool) throws(SQLError) -> CreateView {
        let ifNotExists = try ifNotExists()
        let name = try objectName()
        let columns = isSymbol("(") ? try nameList() : []
        var options: [Option] = []
        try withOptions(into: &options)
        try expect("as")
        let query = try query()
        try withOptions(into: &options)
        return CreateView(
            name: name, orReplace: orReplace, ifNotExists: ifNotExists, materialized: materialized, columns: columns,
            options: options, query: query)
    }

    private mutating func model(orReplace: Bool) throws(SQLError) -> CreateModel {
        try refuseIfNotExists(for: "model")
        var model = CreateModel(
            name: try objectName(), orReplace: orReplace, inputs: [], outputs: [], partitionBy: [], options: [])
        try expect("input")
        model.inputs = try columnList()
        try expect("output")
        model.outputs = try columnList()
        if try accept("partition", then: "by") {
            if isSymbol("(") {
                model.partitionBy = try nameList()
            } else {
                repeat { model.partitionBy.append(try identifier()) } while accept(symbol: ",")
            }
        }
        try withOptions(into: &model.options)
        return model
    }

    private mutating func sink(orReplace: Bool) throws(SQLError) -> CreateSink {
        try refuseIfNotExists(for: "sink")
        let name = try objectName()
        if isWord("into") { throw unsupported("CREATE SINK … INTO", at: current.range, hint: "write INSERT INTO") }
        var options: [Option] = []
        try withOptions(into: &options)
        let query: Query
        if accept("from") {
            query = allRows(of: try objectName())
        } else {
            try expect("as")
            query = try self.query()
        }
        try withOptions(into: &options)
        return CreateSink(name: name, orReplace: orReplace, query: query, options: options)
    }

    /// `SELECT * FROM name`.
    private func allRows(of name: ObjectName) -> Query {
        let range = name.range
        let select = Select(
            distinct: nil, items: [SelectItem(expression: Expr(.star(nil), range: range), alias: nil)],
            from: [TableReference(.relation(name), alias: nil, columnAliases: [], range: range)], filter: nil,
            groupBy: [], having: nil, windows: [], qualify: nil, range: range)
        return Query(
            with: [], body: .select(select), orderBy: [], limit: nil, offset: nil, emit: nil, range: range)
    }

    // MARK: INSERT, SET, EXPLAIN

    private mutating func insert() throws(SQLError) -> Insert {
        if isWord("overwrite") { throw unsupported("INSERT OVERWRITE", at: current.range) }
        try expect("into")
        let intoModel = isWord("model") && namesFollowModel()
        if intoModel { advance() }
        let target = try objectName()
        let columns = isSymbol("(") && !startsQuery() ? try nameList() : []
        let query = try query()
        return Insert(intoModel: intoModel, target: target, columns: columns, query: query)
    }

    /// Whether MODEL is the keyword here and not the name of a table.
    private func namesFollowModel() -> Bool {
        let next = token(ahead: 1)
        switch next.kind {
        case .quotedName: return true
        case .word: return !Keyword.reserved.contains(next.text) && next.text != "values"
        case .string, .number, .symbol, .end: return false
        }
    }

    private mutating func set() throws(SQLError) -> Statement.Kind {
        let name = try objectName()
        guard accept(symbol: "=") || accept("to") else { throw unexpected() }
        if current.kind == .word, token(ahead: 1).kind == .end || isSymbol(";", ahead: 1), !isLiteralWord() {
            let value = Expr(.string(current.text), range: current.range)
            advance()
            return .set(name: name, value: value)
        }
        return .set(name: name, value: try expression())
    }

    private func isLiteralWord() -> Bool {
        isWord("true") || isWord("false") || isWord("null") || Keyword.niladicFunctions.contains(current.text)
    }

    private mutating func explain() throws(SQLError) -> Statement.Kind {
        if isWord("analyze") { throw unsupported("EXPLAIN ANALYZE", at: current.range) }
        var stage: Identifier?
        if isSymbol("("), token(ahead: 1).kind == .word, isSymbol(")", ahead: 2) {
            advance()
            stage = try anyName()
            advance()
        } else if current.kind == .word, !startsStatement(current.text), startsStatement(token(ahead: 1).text) {
            stage = try anyName()
        }
        if isWord("explain") {
            throw SQLError("expected CREATE, INSERT or SET, found \(description(of: current))", at: current.range)
        }
        return .explain(stage: stage, statement: Box(try statement()))
    }

    private func startsStatement(_ word: String) -> Bool {
        ["create", "insert", "set", "explain"].contains(word)
    }
}
