/// Queries: WITH, set operations, SELECT and what follows it.
extension Parser {
    mutating func query() throws(SQLError) -> Query {
        try enter(Parser.queryNesting)
        defer { leave(Parser.queryNesting) }
        let outer = beginTree()
        let start = current.range
        var recursive = false
        let with = isWord("with") ? try commonTableExpressions(&recursive) : []
        var query = Query(with: with, body: try queryBody(), recursive: recursive, range: start)
        try queryTail(&query)
        try grow(2)
        endTree(outer)
        query.range = range(from: start)
        return query
    }

    private mutating func queryTail(_ query: inout Query) throws(SQLError) {
        if try accept("order", then: "by") { query.orderBy = try orderItems() }
        while true {
            if query.limit == nil, accept("limit") {
                if take("all") { continue }
                query.limit = try expression()
                if isSymbol(",") { throw unsupported("LIMIT offset, count", at: current.range, hint: "write OFFSET") }
            } else if query.offset == nil, accept("offset") {
                query.offset = try expression()
                if !take("rows") { _ = take("row") }
            } else if query.limit == nil, accept("fetch") {
                try fetch(into: &query)
            } else {
                break
            }
        }
        if refusedPhrase() != nil { throw unexpected() }
        query.emit = try emitClause()
    }

    /// `FETCH FIRST n ROWS ONLY|WITH TIES`.
    private mutating func fetch(into query: inout Query) throws(SQLError) {
        guard accept("first") || accept("next") else { throw unexpected() }
        if isWord("row") || isWord("rows") {
            query.limit = Expr(.number("1"), range: current.range)
        } else {
            query.limit = try expression(.unary)
        }
        guard accept("rows") || accept("row") else { throw unexpected() }
        if accept("only") { return }
        try expect("with")
        try expect("ties")
        query.withTies = true
    }

    private mutating func emitClause() throws(SQLError) -> EmitClause? {
        let start = current.range
        guard accept("emit") else { return nil }
        if isWord("changes") {
            throw unsupported("EMIT CHANGES", at: current.range, hint: "it is what a view does without EMIT")
        }
        try expect("on")
        if accept("arrival") { return EmitClause(.onArrival, range: range(from: start)) }
        guard accept("window") else { throw unexpected() }
        try expect("close")
        return EmitClause(.onWindowClose, range: range(from: start))
    }

    private mutating func commonTableExpressions(_ recursive: inout Bool) throws(SQLError) -> [CommonTableExpression] {
        advance()
        recursive = !isWord("as", ahead: 1) && !isSymbol("(", ahead: 1) && take("recursive")
        var tables: [CommonTableExpression] = []
        repeat {
            let name = try identifier()
            let columns = isSymbol("(") ? try nameList() : []
            try expect("as")
            if take("not") { try expect("materialized") } else { _ = take("materialized") }
            try open()
            for word in ["insert", "update", "delete"] where isWord(word) {
                throw unsupported("\(word.uppercased()) in WITH", at: current.range)
            }
            let query = try query()
            try close()
            if isWord("search") || isWord("cycle") { throw unsupported(current.text.uppercased(), at: current.range) }
            tables.append(CommonTableExpression(name: name, columns: columns, query: Box(query)))
        } while accept(symbol: ",")
        return tables
    }

    // MARK: Set operations

    private mutating func queryBody() throws(SQLError) -> QueryBody {
        let start = current.range
        var left = try intersection()
        while true {
            let operation: SetOperator
            if accept("union") {
                operation = .union
            } else if accept("except") {
                operation = .except
            } else {
                return left
            }
            let all = try allOrDistinct()
            let right = try intersection()
            try grow(Link.relation)
            left = .setOperation(operation, all: all, left, right, range(from: start))
        }
    }

    private mutating func intersection() throws(SQLError) -> QueryBody {
        let start = current.range
        var left = try queryPrimary()
        while accept("intersect") {
            let all = try allOrDistinct()
            let right = try queryPrimary()
            try grow(Link.relation)
            left = .setOperation(.intersect, all: all, left, right, range(from: start))
        }
        return left
    }

    private mutating func allOrDistinct() throws(SQLError) -> Bool {
        if take("all") { return true }
        _ = take("distinct")
        return false
    }

    private mutating func queryPrimary() throws(SQLError) -> QueryBody {
        if accept("select") { return .select(try select()) }
        if accept("values") { return try values() }
        if take("table") { return allRows(of: try objectName()).body }
        if !isSymbol("(") { expected.append(.keyword("with")) }
        try open()
        let query = try query()
        try close()
        return .nested(query)
    }

    private mutating func values() throws(SQLError) -> QueryBody {
        let start = tokens[position - 1].range
        var rows: [[Expr]] = []
        repeat {
            try open()
            var row: [Expr] = []
            repeat { row.append(try value()) } while accept(symbol: ",")
            rows.append(row)
            try close()
        } while accept(symbol: ",")
        return .values(rows, range(from: start))
    }

    /// Whether the parenthesis at hand holds a query, and not an expression or a join that begins with one.
    func startsQuery() -> Bool {
        queryParentheses[position]
    }

    /// For each token whether it is a parenthesis that holds a query.
    ///
    /// Goes from right to left, for `((SELECT …) UNION …)` depends on the parenthesis inside and on what follows it.
    ///
    /// - Complexity: O(*n*) in the tokens.
    static func queryParentheses(_ tokens: [Token]) -> [Bool] {
        let followers: Set<String> = ["union", "intersect", "except", "order", "limit", "offset", "fetch", "emit", ")"]
        let partners = partners(tokens)
        var holds = Array(repeating: false, count: tokens.count)
        for index in tokens.indices.reversed() where tokens[index].kind == .symbol && tokens[index].text == "(" {
            let inner = tokens[index + 1]
            if inner.kind == .word {
                holds[index] =
                    ["select", "values", "with"].contains(inner.text)
                    || inner.text == "table" && (tokens[index + 2].kind == .word || tokens[index + 2].kind == .quotedName)
            } else if holds[index + 1], let end = partners[index + 1] {
                let after = tokens[min(end + 1, tokens.count - 1)]
                holds[index] = (after.kind == .symbol || after.kind == .word) && followers.contains(after.text)
            }
        }
        return holds
    }

    /// The index of the matching parenthesis for each token that is one.
    private static func partners(_ tokens: [Token]) -> [Int?] {
        var partners: [Int?] = Array(repeating: nil, count: tokens.count)
        var open: [Int] = []
        for (index, token) in tokens.enumerated() where token.kind == .symbol {
            if token.text == "(" {
                open.append(index)
            } else if token.text == ")", let start = open.popLast() {
                partners[start] = index
            }
        }
        return partners
    }

    // MARK: SELECT

    private mutating func select() throws(SQLError) -> Select {
        let start = tokens[position - 1].range
        var select = Select(
            items: [], range: start)
        if take("distinct") { select.distinct = try distinctOn() } else { _ = take("all") }
        select.items = try selectItems()
        if accept("from") {
            repeat { select.from.append(try tableReference()) } while accept(symbol: ",")
        }
        if accept("where") { select.filter = try expression() }
        if try accept("group", then: "by") { select.groupBy = try groupingElements() }
        if accept("having") { select.having = try expression() }
        if accept("window") { select.windows = try namedWindows() }
        if accept("qualify") { select.qualify = try expression() }
        select.range = range(from: start)
        return select
    }

    private mutating func distinctOn() throws(SQLError) -> [Expr] {
        guard take("on") else { return [] }
        try open()
        let keys = try expressionList()
        try close()
        return keys
    }

    mutating func selectItems() throws(SQLError) -> [SelectItem] {
        var items: [SelectItem] = []
        repeat { items.append(try selectItem()) } while accept(symbol: ",")
        return items
    }

    private mutating func selectItem() throws(SQLError) -> SelectItem {
        if isSymbol("*") {
            let start = current.range
            advance()
            let except = try exceptList()
            return SelectItem(expression: Expr(.star(nil, except: except), range: range(from: start)))
        }
        let expression = try expression()
        if case .star(let name, _) = expression.kind {
            let except = try exceptList()
            let range = range(from: expression.range)
            return SelectItem(expression: Expr(.star(name, except: except), range: range))
        }
        return SelectItem(expression: expression, alias: try alias())
    }

    /// `EXCEPT (a, b)` or `EXCLUDE (a, b)` behind a star, if it is next, and not a query behind EXCEPT.
    private mutating func exceptList() throws(SQLError) -> [Identifier] {
        if isWord("replace") || isWord("rename"), isSymbol("(", ahead: 1) {
            throw unsupported("* \(current.text.uppercased())", at: current.range, hint: "name the columns")
        }
        if isWord("exclude") {
            advance()
            return isSymbol("(") ? try nameList() : [try identifier()]
        }
        guard isWord("except"), isSymbol("(", ahead: 1), !queryParentheses[min(position + 1, queryParentheses.count - 1)]
        else { return [] }
        advance()
        return try nameList()
    }

    /// `AS name` or a bare name that is no keyword, if it is next.
    mutating func alias() throws(SQLError) -> Identifier? {
        if take("as") { return try anyName() }
        guard isName(current) else { return nil }
        if current.kind == .word {
            if Keyword.noBareAlias.contains(current.text) || refusedPhrase() != nil { return nil }
            if isWord("semi") || isWord("anti"), isWord("join", ahead: 1) { return nil }
            lastBareAlias = position
        }
        return takeIdentifier()
    }

    mutating func orderItems() throws(SQLError) -> [OrderItem] {
        var items: [OrderItem] = []
        repeat {
            let expression = try expression()
            if isWord("using") { throw unsupported("ORDER BY … USING", at: current.range) }
            let descending = accept("desc")
            if !descending { _ = accept("asc") }
            var nullsFirst: Bool?
            if accept("nulls") {
                nullsFirst = accept("first")
                if nullsFirst == false { try expect("last") }
            }
            items.append(OrderItem(expression: expression, descending: descending, nullsFirst: nullsFirst))
        } while accept(symbol: ",")
        return items
    }

    mutating func expressionList() throws(SQLError) -> [Expr] {
        var list: [Expr] = []
        repeat { list.append(try expression()) } while accept(symbol: ",")
        return list
    }
}
