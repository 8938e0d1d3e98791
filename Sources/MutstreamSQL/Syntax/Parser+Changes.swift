/// INSERT, UPDATE and DELETE.
extension Parser {
    // MARK: INSERT

    mutating func insert() throws(SQLError) -> Insert {
        if isWord("overwrite") { throw unsupported("INSERT OVERWRITE", at: current.range) }
        try expect("into")
        let intoModel = isWord("model") && namesFollowModel()
        if intoModel { advance() }
        let target = try objectName()
        if isWord("as") { throw unsupported("an alias of the target of INSERT", at: current.range) }
        let columns = isSymbol("(") && !startsQuery() ? try nameList() : []
        if isWord("overriding") { throw unsupported("OVERRIDING", at: current.range) }
        var insert = Insert(
            intoModel: intoModel, target: target, columns: columns, query: try insertedRows())
        if try accept("on", then: "conflict") { insert.onConflict = try onConflict() }
        insert.returning = try returning()
        return insert
    }

    /// Whether MODEL is the keyword here and not the name of a table.
    private func namesFollowModel() -> Bool {
        let next = token(ahead: 1)
        switch next.kind {
        case .quotedName: return true
        case .word: return !Keyword.reserved.contains(next.text) && next.text != "values"
        case .string, .bits, .number, .parameter, .symbol, .end: return false
        }
    }

    /// A query, or `DEFAULT VALUES` as one row without a value.
    private mutating func insertedRows() throws(SQLError) -> Query {
        let start = current.range
        guard take("default") else { return try query() }
        try expect("values")
        let range = range(from: start)
        return Query(body: .values([[]], range), range: range)
    }

    private mutating func onConflict() throws(SQLError) -> OnConflict {
        let start = tokens[max(0, position - 2)].range
        var columns: [Identifier] = []
        if isSymbol("(") {
            columns = try nameList()
            if isWord("where") { throw unsupported("WHERE of a conflict's target", at: current.range) }
        } else if isWord("on") {
            throw unsupported("ON CONSTRAINT", at: current.range, hint: "name the key's columns: ON CONFLICT (a, b)")
        }
        try expect("do")
        if accept("nothing") { return OnConflict(columns: columns, action: .nothing, range: range(from: start)) }
        try expect("update")
        try expect("set")
        let assignments = try assignments()
        let filter = accept("where") ? try expression() : nil
        return OnConflict(columns: columns, action: .update(assignments, filter: filter), range: range(from: start))
    }

    // MARK: UPDATE, DELETE

    mutating func update() throws(SQLError) -> Update {
        let target = try objectName()
        let alias = try targetAlias()
        try expect("set")
        var update = Update(target: target, alias: alias, assignments: try assignments())
        if accept("from") {
            repeat { update.from.append(try tableReference()) } while accept(symbol: ",")
        }
        update.filter = try whereClause()
        update.returning = try returning()
        return update
    }

    mutating func delete() throws(SQLError) -> Delete {
        try expect("from")
        let target = try objectName()
        var delete = Delete(target: target, alias: try targetAlias())
        if accept("using") {
            repeat { delete.using.append(try tableReference()) } while accept(symbol: ",")
        }
        delete.filter = try whereClause()
        delete.returning = try returning()
        return delete
    }

    private mutating func targetAlias() throws(SQLError) -> Identifier? {
        isWord("set") ? nil : try alias()
    }

    private mutating func whereClause() throws(SQLError) -> Expr? {
        guard accept("where") else { return nil }
        if isWord("current"), isWord("of", ahead: 1) { throw unsupported("WHERE CURRENT OF", at: current.range) }
        return try expression()
    }

    private mutating func returning() throws(SQLError) -> [SelectItem] {
        guard accept("returning") else { return [] }
        return try selectItems()
    }

    /// `a = 1, (b, c) = (2, DEFAULT)`.
    private mutating func assignments() throws(SQLError) -> [Assignment] {
        var assignments: [Assignment] = []
        repeat {
            if isSymbol("(") {
                try assignTogether(&assignments)
            } else {
                let column = try identifier()
                if isSymbol(".") || isSymbol("[") { throw unsupported("a part of a column in SET", at: current.range) }
                try expect(symbol: "=")
                assignments.append(Assignment(column: column, value: try value()))
            }
        } while accept(symbol: ",")
        return assignments
    }

    private mutating func assignTogether(_ assignments: inout [Assignment]) throws(SQLError) {
        let names = try nameList()
        try expect(symbol: "=")
        let start = current.range
        _ = take("row")
        if startsQuery() { throw unsupported("a query for several columns in SET", at: current.range) }
        try open()
        var values: [Expr] = []
        repeat { values.append(try value()) } while accept(symbol: ",")
        try close()
        guard values.count == names.count else {
            throw SQLError("found \(values.count) values, expected \(names.count)", at: range(from: start))
        }
        for (name, value) in zip(names, values) { assignments.append(Assignment(column: name, value: value)) }
    }

    /// An expression, or DEFAULT.
    mutating func value() throws(SQLError) -> Expr {
        guard isWord("default") else { return try expression() }
        let range = current.range
        advance()
        return Expr(.defaultValue, range: range)
    }
}
