/// Types as they are written.
extension Parser {
    mutating func typeName() throws(SQLError) -> TypeName {
        try enter()
        defer { leave() }
        let start = current.range
        guard current.kind == .quotedName || current.kind == .word && startsType(current.text) else {
            throw unexpected(.thing("a type"))
        }
        var type = TypeName(takeIdentifier().name, range: start)
        while take(symbol: ".") { type.name = try anyName().name }
        if isSymbol("<"), takesParameters(type.name) {
            try parameters(of: &type)
        } else if type.name == "row" || type.name == "struct", isSymbol("(") {
            try open()
            type.fields = try typeFields()
            try close()
        } else {
            try words(of: &type)
        }
        try arrayBounds(of: &type)
        type.range = range(from: start)
        return type
    }

    /// Behind any other type, `<` compares: `a::INT < b`.
    private func takesParameters(_ name: String) -> Bool {
        ["array", "map", "row", "struct"].contains(name)
    }

    private func startsType(_ word: String) -> Bool {
        !Keyword.reserved.contains(word) || word == "array" && isSymbol("<", ahead: 1)
    }

    /// What follows the first word: further words, and numbers in parentheses.
    private mutating func words(of type: inout TypeName) throws(SQLError) {
        switch type.name {
        case "double": if take("precision") { type.name += " precision" }
        case "national":
            guard isWord("character") || isWord("char") else { throw unexpected(.keyword("character")) }
            type.name += " " + takeIdentifier().name
            if take("varying") { type.name += " varying" }
        case "character", "char", "bit", "nchar": if take("varying") { type.name += " varying" }
        case "interval": intervalFields(of: &type)
        case "tinyint", "smallint", "int", "integer", "bigint": if take("unsigned") { type.name += " unsigned" }
        case "setof": throw unsupported("SETOF", at: type.range)
        default: break
        }
        if isSymbol("(") { type.arguments = try typeArguments() }
        if type.name == "timestamp" || type.name == "time" { type.name += timeZoneWords() }
    }

    /// `ARRAY<T>`, `MAP<K, V>`, `STRUCT<a T>`.
    private mutating func parameters(of type: inout TypeName) throws(SQLError) {
        advance()
        switch type.name {
        case "array": type.elements = [try typeName()]
        case "map":
            type.elements = [try typeName()]
            try expect(symbol: ",")
            type.elements.append(try typeName())
        default: type.fields = try typeFields()
        }
        try expectClosingAngle()
    }

    private mutating func typeFields() throws(SQLError) -> [TypeField] {
        var fields: [TypeField] = []
        repeat {
            let name = try anyName()
            _ = take(symbol: ":")
            fields.append(TypeField(name: name, type: try typeName()))
        } while accept(symbol: ",")
        return fields
    }

    private mutating func typeArguments() throws(SQLError) -> [Int] {
        var arguments: [Int] = []
        try open()
        repeat {
            guard current.kind == .number else { throw unexpected(.thing("a whole number")) }
            guard let value = Int(current.text), value <= Int(Int32.max) else {
                throw SQLError(
                    "expected a whole number below 2147483648, found \(description(of: current))", at: current.range)
            }
            arguments.append(value)
            advance()
        } while accept(symbol: ",")
        try close()
        return arguments
    }

    /// ` with time zone`, ` without time zone`, ` with local time zone`, or nothing.
    private mutating func timeZoneWords() -> String {
        if take("with", "time", "zone") { return " with time zone" }
        if take("without", "time", "zone") { return " without time zone" }
        if take("with", "local", "time", "zone") { return " with local time zone" }
        return ""
    }

    private mutating func intervalFields(of type: inout TypeName) {
        guard current.kind == .word, let first = Keyword.intervalUnits[current.text] else { return }
        advance()
        type.name += " " + first
        if isWord("to"), let second = Keyword.intervalUnits[token(ahead: 1).text] {
            advance()
            advance()
            type.name += " to " + second
        }
    }

    /// `[]`, `[3]` and `ARRAY`. The length means nothing, as in PostgreSQL.
    private mutating func arrayBounds(of type: inout TypeName) throws(SQLError) {
        if take("array") {
            type.arrayDepth += 1
            if isSymbol("["), token(ahead: 1).kind == .number, isSymbol("]", ahead: 2) { for _ in 0..<3 { advance() } }
            return
        }
        while isSymbol("[") {
            let hasLength = token(ahead: 1).kind == .number
            guard isSymbol("]", ahead: hasLength ? 2 : 1) else { return }
            for _ in 0..<(hasLength ? 3 : 2) { advance() }
            type.arrayDepth += 1
        }
    }
}
