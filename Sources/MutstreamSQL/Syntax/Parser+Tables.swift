/// What stands in FROM: relations, joins, subqueries and table functions.
extension Parser {
    mutating func tableReference() throws(SQLError) -> TableReference {
        let start = current.range
        var left = try tablePrimary()
        while let kind = try joinKind() {
            let right = try tablePrimary()
            let condition: Join.Condition
            if kind == .cross {
                condition = .none
            } else if accept("on") {
                condition = .on(try expression())
            } else if accept("using") {
                condition = .using(try nameList())
            } else {
                throw unexpected()
            }
            try grow(Link.relation)
            left = TableReference(
                .join(Join(kind: kind, left: left, right: right, condition: condition)), alias: nil,
                columnAliases: [], range: range(from: start))
        }
        return left
    }

    private mutating func joinKind() throws(SQLError) -> Join.Kind? {
        if refusedPhrase() != nil { throw unexpected() }
        if accept("join") { return .inner }
        if take("inner") {
            try expect("join")
            return .inner
        }
        let sides: [(String, Join.Kind)] = [("left", .left), ("right", .right), ("full", .full)]
        for (word, kind) in sides where take(word) {
            if isWord("semi") || isWord("anti") { throw unexpectedSide() }
            _ = accept("outer")
            try expect("join")
            return kind
        }
        guard take("cross") else { return nil }
        try expect("join")
        return .cross
    }

    private func unexpectedSide() -> SQLError {
        unsupported("\(current.text.uppercased()) JOIN", at: current.range, hint: "write WHERE [NOT] EXISTS (…)")
    }

    private mutating func tablePrimary() throws(SQLError) -> TableReference {
        try enter()
        defer { leave() }
        let start = current.range
        var reference = TableReference(try tableKind(), alias: nil, columnAliases: [], range: start)
        if isWord("for"), refusedPhrase() != nil { throw unexpected() }
        if isWord("with"), isWord("ordinality", ahead: 1) {
            throw unsupported("WITH ORDINALITY", at: current.range)
        }
        reference.alias = try alias()
        if reference.alias != nil, isSymbol("(") { reference.columnAliases = try nameList() }
        reference.range = range(from: start)
        return reference
    }

    private mutating func tableKind() throws(SQLError) -> TableReference.Kind {
        if isSymbol("(") { return try parenthesizedTable() }
        if isWord("table"), isSymbol("(", ahead: 1) {
            advance()
            try open()
            let function = try tableFunction()
            try close()
            return .function(function)
        }
        if isWord("unnest"), isSymbol("(", ahead: 1) { throw unsupported("UNNEST", at: current.range) }
        guard isName(current) else { throw unexpected(.thing("a relation"), .symbol("(")) }
        if isSymbol("(", ahead: 1) { return .function(try tableFunction()) }
        return .relation(try objectName())
    }

    private mutating func parenthesizedTable() throws(SQLError) -> TableReference.Kind {
        let isQuery = startsQuery()
        try open()
        if isQuery {
            let query = try query()
            try close()
            return .subquery(query)
        }
        let inner = try tableReference()
        guard case .join = inner.kind else { throw unexpected(.keyword("join")) }
        try close()
        return inner.kind
    }

    // MARK: Table functions

    private mutating func tableFunction() throws(SQLError) -> TableFunction {
        let name = try identifier()
        var arguments: [(label: Identifier?, value: TableFunction.Argument)] = []
        try open()
        if !isSymbol(")") {
            repeat {
                var label: Identifier?
                if token(ahead: 0).kind == .word, isSymbol("=>", ahead: 1) {
                    label = try anyName()
                    advance()
                }
                let isRelation = label.map { $0.name == "data" } ?? arguments.isEmpty
                arguments.append((label, try tableArgument(isRelation: isRelation)))
            } while accept(symbol: ",")
        }
        try close()
        return TableFunction(name: name, arguments: arguments, range: range(from: name.range))
    }

    /// - Parameter isRelation: whether a bare name is a relation here, and not a column.
    private mutating func tableArgument(isRelation: Bool) throws(SQLError) -> TableFunction.Argument {
        if take("table") {
            let name = try objectName()
            if isWord("partition") || isWord("order") {
                throw unsupported("\(current.text.uppercased()) BY of an argument", at: current.range)
            }
            return .relation(name)
        }
        if isWord("descriptor"), isSymbol("(", ahead: 1) {
            let start = current.range
            advance()
            let names = try nameList()
            return .descriptor(names, range(from: start))
        }
        if isWord("model"), isName(token(ahead: 1)) {
            advance()
            let name = try objectName()
            return .expression(Expr(.column(name.parts), range: name.range))
        }
        if isSymbol("("), startsQuery() {
            throw unsupported("a query as an argument", at: current.range, hint: "make it a view, or name it with WITH")
        }
        let expression = try expression()
        if isRelation, case .column(let parts) = expression.kind {
            return .relation(ObjectName(parts, range: expression.range))
        }
        return .expression(expression)
    }
}
