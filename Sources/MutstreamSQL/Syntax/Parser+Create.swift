/// CREATE.
extension Parser {
    mutating func create() throws(SQLError) -> Statement.Kind {
        let orReplace = take("or")
        if orReplace { try expect("replace") } else { expected.append(.keyword("or replace")) }
        if accept("source") { return .createSource(try relation(orReplace: orReplace, isTable: false)) }
        // What is temporary goes with its session, and so does everything of a session.
        if isWord("temp") || isWord("temporary"), isWord("table", ahead: 1) || isWord("view", ahead: 1) { advance() }
        if accept("table") { return .createTable(try relation(orReplace: orReplace, isTable: true)) }
        if accept("view") { return .createView(try view(orReplace: orReplace, materialized: false)) }
        if accept("materialized") {
            try expect("view")
            return .createView(try view(orReplace: orReplace, materialized: true))
        }
        if accept("model") { return .createModel(try model(orReplace: orReplace)) }
        if accept("function") { return .createFunction(try function(orReplace: orReplace)) }
        if !orReplace, isWord("unique"), isWord("index", ahead: 1) {
            advance()
            advance()
            return .createIndex(try index(unique: true))
        }
        if !orReplace, accept("index") { return .createIndex(try index(unique: false)) }
        if accept("sink") { return .createSink(try sink(orReplace: orReplace)) }
        if !orReplace, isWord("schema"), let schema = try publicSchema() { return schema }
        if current.kind == .word, Keyword.refusedObjects.contains(current.text) {
            throw unsupported("CREATE \(current.text.uppercased())", at: current.range)
        }
        throw unexpected()
    }

    /// `CREATE SCHEMA IF NOT EXISTS public`, which is there; nil: another one.
    private mutating func publicSchema() throws(SQLError) -> Statement.Kind? {
        let start = current.range
        advance()
        _ = try ifNotExists()
        let name = try identifier()
        if name.name == "public" { return .transaction }
        throw unsupported(
            "CREATE SCHEMA \(name.name)", at: start, hint: "there is one schema, public; write names without another")
    }

    private mutating func ifNotExists() throws(SQLError) -> Bool {
        guard isWord("if"), isWord("not", ahead: 1) else { return false }
        advance()
        advance()
        try expect("exists")
        return true
    }

    private mutating func relation(orReplace: Bool, isTable: Bool) throws(SQLError) -> CreateRelation {
        let ifNotExists = try ifNotExists()
        var relation = CreateRelation(name: try objectName(), orReplace: orReplace, ifNotExists: ifNotExists)
        if isSymbol("(") || !isTable { try columnsAndConstraints(of: &relation, isTable: isTable) }
        try marks(of: &relation)
        for word in ["include", "partitioned", "distributed", "comment", "from", "inherits"] where isWord(word) {
            throw unsupported("\(word.uppercased()) behind the columns", at: current.range)
        }
        try withOptions(into: &relation.options)
        if isTable, accept("as") {
            relation.query = try query()
            if isWord("with"), isWord("data", ahead: 1) || isWord("no", ahead: 1) {
                advance()
                relation.withData = !take("no")
                try expect("data")
            }
            try withOptions(into: &relation.options)
            return relation
        }
        let isEmpty = relation.columns.isEmpty && relation.watermark == nil && relation.primaryKey.isEmpty
        if isEmpty, previousIsName(relation.name) { throw unexpected(.symbol("(")) }
        if let column = relation.columns.first(where: { $0.type.name.isEmpty && $0.generated == nil }) {
            throw SQLError("expected a type of column \"\(column.name.name)\", found none", at: column.range)
        }
        return relation
    }

    private func previousIsName(_ name: ObjectName) -> Bool { previousEnd == name.range.end }

    /// RisingWave's `APPEND ONLY` and `ON CONFLICT …`.
    private mutating func marks(of relation: inout CreateRelation) throws(SQLError) {
        while true {
            if isWord("append"), isWord("only", ahead: 1) {
                advance()
                advance()
                relation.appendOnly = true
            } else if isWord("on"), isWord("conflict", ahead: 1) {
                let name = Identifier("on_conflict", range: current.range.union(token(ahead: 1).range))
                advance()
                advance()
                let start = current.range
                let value = try conflictBehaviour()
                if relation.options.contains(where: { $0.name.name == name.name }) {
                    throw SQLError("expected one ON CONFLICT, found a second", at: name.range)
                }
                relation.options.append(Option(name: name, value: value, valueRange: range(from: start)))
            } else {
                return
            }
        }
    }

    private mutating func conflictBehaviour() throws(SQLError) -> String {
        if accept("overwrite") { return "overwrite" }
        if accept("ignore") { return "ignore" }
        try expect("do")
        if accept("nothing") { return "ignore" }
        try expect("update")
        if isWord("if") { throw unsupported("DO UPDATE IF NOT NULL", at: current.range) }
        try expect("full")
        return "overwrite"
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
        let ifNotExists = try ifNotExists()
        var model = CreateModel(
            name: try objectName(), orReplace: orReplace, ifNotExists: ifNotExists, inputs: [], outputs: [])
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
        let ifNotExists = try ifNotExists()
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
        return CreateSink(name: name, orReplace: orReplace, ifNotExists: ifNotExists, query: query, options: options)
    }

    /// `SELECT * FROM name`.
    func allRows(of name: ObjectName) -> Query {
        let range = name.range
        let select = Select(
            items: [SelectItem(expression: Expr(.star(nil, except: []), range: range))],
            from: [TableReference(.relation(name), range: range)], range: range)
        return Query(body: .select(select), range: range)
    }

    /// `CREATE [UNIQUE] INDEX [name] ON table (…)`.
    private mutating func index(unique: Bool) throws(SQLError) -> CreateIndex {
        _ = take("concurrently")
        let ifNotExists = try ifNotExists()
        let name = isWord("on") ? nil : try objectName()
        try expect("on")
        var index = CreateIndex(name: name, table: try objectName(), unique: unique, ifNotExists: ifNotExists)
        if take("using") { _ = try identifier() }
        try open()
        let start = current.range
        let items = try orderItems()
        try close()
        let columns = items.compactMap { item -> Identifier? in
            guard case .column(let parts) = item.expression.kind, parts.count == 1 else { return nil }
            return parts[0]
        }
        if columns.count == items.count { index.columns = columns }
        if take("include") { _ = try nameList() }
        if try accept("distributed", then: "by") {
            try open()
            _ = try expressionList()
            try close()
        }
        if take("where") {
            _ = try expression()
            index.columns = []
        }
        if unique, index.columns.isEmpty {
            throw unsupported("a UNIQUE INDEX over expressions or with WHERE", at: start, hint: "name columns only")
        }
        return index
    }
}
