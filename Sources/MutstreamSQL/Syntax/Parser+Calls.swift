/// Function calls and what follows their parentheses.
extension Parser {
    /// What stands in the parentheses of a call.
    private struct Arguments {
        var values: [Expr] = []
        var labels: [Identifier?] = []
        var distinct = false
        var isStar = false
        var isVariadic = false
        var orderBy: [OrderItem] = []
        var ignoreNulls: Bool?
    }

    /// Reads a call from its parenthesis on. What calls itself, the arguments, comes first: a frame is small then.
    mutating func call(_ name: Identifier, from start: SourceRange) throws(SQLError) -> Expr {
        var arguments = Arguments()
        try read(&arguments, of: name.name)
        return try finished(name, arguments, from: start)
    }

    private mutating func finished(
        _ name: Identifier, _ arguments: Arguments, from start: SourceRange
    ) throws(SQLError) -> Expr {
        var call = FunctionCall(
            name: name, arguments: arguments.values, distinct: arguments.distinct, isStar: arguments.isStar,
            isVariadic: arguments.isVariadic, orderBy: arguments.orderBy, ignoreNulls: arguments.ignoreNulls)
        if arguments.labels.contains(where: { $0 != nil }) { call.labels = arguments.labels }
        try suffixes(of: &call)
        try grow(2)
        return Expr(.function(call.standard), range: range(from: start))
    }

    // MARK: Arguments

    private mutating func read(_ arguments: inout Arguments, of function: String) throws(SQLError) {
        try open()
        if isSymbol("*"), isSymbol(")", ahead: 1) {
            advance()
            arguments.isStar = true
        } else if !isSymbol(")") {
            if take("distinct") { arguments.distinct = true } else { _ = take("all") }
            repeat { try argument(&arguments, of: function) } while accept(symbol: ",")
            try nullTreatment(&arguments.ignoreNulls)
            if isWord("order"), try accept("order", then: "by") { arguments.orderBy = try orderItems() }
            try nullTreatment(&arguments.ignoreNulls)
        }
        try close()
    }

    private mutating func argument(_ arguments: inout Arguments, of function: String) throws(SQLError) {
        if let unit = unit(arguments, of: function) {
            arguments.values.append(unit)
            arguments.labels.append(nil)
            return
        }
        let label = try argumentHead(&arguments)
        arguments.values.append(try expression())
        arguments.labels.append(label)
        try clauses(behind: function, &arguments)
    }

    /// The unit that TIMESTAMPDIFF begins with.
    private mutating func unit(_ arguments: Arguments, of function: String) -> Expr? {
        guard function == "timestampdiff" || function == "timestampadd", arguments.values.isEmpty, isUnit,
            isSymbol(",", ahead: 1)
        else { return nil }
        return unitArgument()
    }

    /// VARIADIC and the name of a named argument.
    private mutating func argumentHead(_ arguments: inout Arguments) throws(SQLError) -> Identifier? {
        if arguments.isVariadic { throw SQLError("VARIADIC stands before the last argument", at: current.range) }
        if isWord("variadic"), startsVariadic {
            advance()
            arguments.isVariadic = true
        }
        guard current.kind == .word || current.kind == .quotedName,
            isSymbol("=>", ahead: 1) || isSymbol(":=", ahead: 1)
        else { return nil }
        let label = takeIdentifier()
        advance()
        return label
    }

    private var startsVariadic: Bool {
        switch token(ahead: 1).kind {
        case .word, .quotedName, .parameter, .string: true
        case .bits, .number, .symbol, .end: false
        }
    }

    private var isUnit: Bool {
        current.kind == .word && (Keyword.intervalUnits[current.text] != nil || current.text == "quarter")
    }

    /// A unit as a string.
    private mutating func unitArgument() -> Expr {
        let unit = Expr(.string(Keyword.intervalUnits[current.text] ?? current.text), range: current.range)
        advance()
        return unit
    }

    /// Words that follow an argument of some functions: `FLOOR(x TO DAY)`, and those of JSON_VALUE.
    private mutating func clauses(behind function: String, _ arguments: inout Arguments) throws(SQLError) {
        switch function {
        case "floor", "ceil", "ceiling":
            guard arguments.values.count == 1, take("to") else { return }
            guard isUnit else { throw unexpected(.thing("a unit such as DAY")) }
            arguments.values.append(unitArgument())
            arguments.labels.append(nil)
        case "json_value", "json_query", "json_exists":
            while let (name, value) = try jsonClause() {
                arguments.labels.append(name)
                arguments.values.append(value)
            }
        default: return
        }
    }

    // MARK: Behind the parentheses

    private mutating func suffixes(of call: inout FunctionCall) throws(SQLError) {
        if isWord("within"), isWord("group", ahead: 1) {
            advance()
            advance()
            try open()
            try expect("order")
            try expect("by")
            call.withinGroup = try orderItems()
            try close()
        }
        if isWord("filter"), isSymbol("(", ahead: 1) { call.filter = try filter() }
        try nullTreatment(&call.ignoreNulls)
        if take("over") { call.over = try window() }
    }

    /// IGNORE NULLS or RESPECT NULLS, if it is next.
    private mutating func nullTreatment(_ ignoreNulls: inout Bool?) throws(SQLError) {
        guard isWord("ignore") || isWord("respect"), isWord("nulls", ahead: 1) else { return }
        guard ignoreNulls == nil else { throw SQLError("NULLS is treated twice", at: current.range) }
        ignoreNulls = isWord("ignore")
        advance()
        advance()
    }

    private mutating func filter() throws(SQLError) -> Expr {
        advance()
        try open()
        try expect("where")
        let condition = try expression()
        try close()
        return condition
    }
}
