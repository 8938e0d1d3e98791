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
        if accept("update") { return .update(try update()) }
        if accept("delete") { return .delete(try delete()) }
        if accept("drop") { return .drop(try drop()) }
        if accept("set") { return try set() }
        if accept("show") { return .show(try show()) }
        if accept("describe") || take("desc") { return .describe(try objectName()) }
        if accept("explain") { return try explain() }
        if take("truncate") { return .truncate(try truncate()) }
        if take("flush") { return .flush }
        if let transaction = try transaction() { return transaction }
        if current.kind == .word, Keyword.refusedStatements.contains(current.text) {
            throw unsupported(current.text.uppercased(), at: current.range)
        }
        expected.append(.keyword("select"))
        guard startsQueryStatement() else { throw unexpected() }
        expected.removeLast()
        return .query(try query())
    }

    private func startsQueryStatement() -> Bool {
        isWord("select") || isWord("values") || isWord("with") || isWord("table") || isSymbol("(")
    }

    // MARK: DROP, TRUNCATE

    private mutating func drop() throws(SQLError) -> Drop {
        let kind = try dropKind()
        let ifExists = take("if")
        if ifExists { try expect("exists") }
        var names: [ObjectName] = []
        repeat {
            names.append(try objectName())
            if kind == .function, isSymbol("(") { try skipParameterTypes() }
        } while accept(symbol: ",")
        let cascade = accept("cascade")
        if !cascade { _ = accept("restrict") }
        return Drop(kind: kind, ifExists: ifExists, names: names, cascade: cascade)
    }

    private mutating func dropKind() throws(SQLError) -> DropKind {
        // `DROP source.late` and `DROP source, sink` drop what is called so.
        let isKind = !isSymbol(".", ahead: 1) && !isSymbol(",", ahead: 1)
        if isKind, take("materialized") {
            try expect("view")
            return .materializedView
        }
        for kind in DropKind.allCases where kind != .any && kind != .materializedView {
            guard let word = kind.words, isKind, take(word) else { continue }
            return kind
        }
        if isKind, current.kind == .word, Keyword.refusedObjects.contains(current.text) {
            throw unsupported("DROP \(current.text.uppercased())", at: current.range)
        }
        for kind in DropKind.allCases { if let words = kind.words { expected.append(.keyword(words)) } }
        return .any
    }

    private mutating func skipParameterTypes() throws(SQLError) {
        try open()
        if !isSymbol(")") {
            repeat { _ = try parameter() } while accept(symbol: ",")
        }
        try close()
    }

    private mutating func truncate() throws(SQLError) -> [ObjectName] {
        _ = take("table")
        var names: [ObjectName] = []
        repeat { names.append(try objectName()) } while accept(symbol: ",")
        if take("restart") || take("continue") { try expect("identity") }
        if !take("cascade") { _ = take("restrict") }
        return names
    }

    // MARK: SHOW

    private mutating func show() throws(SQLError) -> ShowStatement {
        let isLast = token(ahead: 1).kind == .end || isSymbol(";", ahead: 1)
        if isLast {
            let lists: [(String, ShowStatement.What)] = [
                ("tables", .tables), ("sources", .sources), ("views", .views), ("sinks", .sinks), ("models", .models),
                ("functions", .functions), ("all", .all),
            ]
            for (word, what) in lists where accept(word) { return ShowStatement(what: what) }
        }
        if isWord("materialized"), isWord("views", ahead: 1) {
            advance()
            advance()
            return ShowStatement(what: .materializedViews)
        }
        if isWord("columns"), !isLast {
            advance()
            guard accept("from") || accept("in") else { throw unexpected() }
            return ShowStatement(what: .columns(try objectName()))
        }
        if isWord("create"), !isLast {
            advance()
            if take("materialized") {
                try expect("view")
            } else if token(ahead: 1).kind == .word || token(ahead: 1).kind == .quotedName {
                _ = try anyName()
            }
            return ShowStatement(what: .create(try objectName()))
        }
        if isWord("time"), isWord("zone", ahead: 1) {
            let name = Identifier("timezone", range: current.range.union(token(ahead: 1).range))
            advance()
            advance()
            return ShowStatement(what: .setting(ObjectName([name], range: name.range)))
        }
        return ShowStatement(what: .setting(try objectName()))
    }

    // MARK: SET, transactions

    private mutating func set() throws(SQLError) -> Statement.Kind {
        if isWord("session") || isWord("local"), token(ahead: 1).kind == .word, !isWord("to", ahead: 1) { advance() }
        if isWord("time"), isWord("zone", ahead: 1) {
            let name = Identifier("timezone", range: current.range.union(token(ahead: 1).range))
            advance()
            advance()
            return .set(name: ObjectName([name], range: name.range), value: try settingValue())
        }
        let name = try settingName()
        guard accept(symbol: "=") || accept("to") else { throw unexpected() }
        return .set(name: name, value: try settingValue())
    }

    private mutating func settingName() throws(SQLError) -> ObjectName {
        guard current.kind == .string else { return try objectName() }
        let name = Identifier(current.text, quoted: true, range: current.range)
        advance()
        return ObjectName([name], range: name.range)
    }

    /// A literal; a word, or several values, are a string.
    private mutating func settingValue() throws(SQLError) -> Expr {
        let isWord = current.kind == .word || current.kind == .quotedName
        let isLast = token(ahead: 1).kind == .end || isSymbol(";", ahead: 1)
        guard isLast && isWord && !isLiteralWord() || isSettingValue && isSymbol(",", ahead: 1) else {
            return try expression()
        }
        let start = current.range
        var texts = [current.text]
        advance()
        while take(symbol: ",") {
            guard isSettingValue else { throw unexpected(.thing("a value")) }
            texts.append(current.text)
            advance()
        }
        return Expr(.string(texts.joined(separator: ", ")), range: range(from: start))
    }

    private var isSettingValue: Bool {
        current.kind == .word || current.kind == .quotedName || current.kind == .string || current.kind == .number
    }

    private func isLiteralWord() -> Bool {
        isWord("true") || isWord("false") || isWord("null") || Keyword.niladicFunctions.contains(current.text)
    }

    /// BEGIN, START TRANSACTION, COMMIT and END, with their modes.
    private mutating func transaction() throws(SQLError) -> Statement.Kind? {
        if isWord("start") {
            advance()
            try expect("transaction")
        } else if take("begin") || take("commit") || take("end") {
            if !take("work") { _ = take("transaction") }
        } else {
            return nil
        }
        let modes: Set<String> = [
            "isolation", "level", "serializable", "repeatable", "read", "committed", "uncommitted", "write", "only",
            "deferrable", "not", "and", "no", "chain",
        ]
        while current.kind == .word && modes.contains(current.text) || isSymbol(",") { advance() }
        return .transaction
    }

    // MARK: EXPLAIN

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
            throw SQLError(
                "expected CREATE, INSERT or SELECT, found \(description(of: current))", at: current.range)
        }
        return .explain(stage: stage, statement: Box(try statement()))
    }

    private func startsStatement(_ word: String) -> Bool {
        [
            "create", "insert", "set", "explain", "select", "values", "with", "update", "delete", "table",
        ].contains(word)
    }
}
