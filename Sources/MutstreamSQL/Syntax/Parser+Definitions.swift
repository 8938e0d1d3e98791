/// Names, types, columns with their constraints, and options.
extension Parser {
    // MARK: Names

    /// A name that is not a reserved word, unless quoted.
    mutating func identifier() throws(SQLError) -> Identifier {
        guard isName(current) else { throw unexpected(.thing("a name")) }
        return takeIdentifier()
    }

    /// A name where any word can be one: behind a dot or AS.
    mutating func anyName() throws(SQLError) -> Identifier {
        guard current.kind == .word || current.kind == .quotedName else { throw unexpected(.thing("a name")) }
        return takeIdentifier()
    }

    mutating func takeIdentifier() -> Identifier {
        let token = current
        advance()
        return Identifier(token.text, quoted: token.kind == .quotedName, range: token.range)
    }

    func isName(_ token: Token) -> Bool {
        token.kind == .quotedName || token.kind == .word && !Keyword.reserved.contains(token.text)
    }

    mutating func objectName() throws(SQLError) -> ObjectName {
        var parts = [try identifier()]
        let start = parts[0].range
        while take(symbol: ".") { parts.append(try anyName()) }
        return ObjectName(parts, range: range(from: start))
    }

    /// `(a, b)`.
    mutating func nameList() throws(SQLError) -> [Identifier] {
        var names: [Identifier] = []
        try open()
        repeat { names.append(try identifier()) } while accept(symbol: ",")
        try close()
        return names
    }

    // MARK: Types

    mutating func typeName() throws(SQLError) -> TypeName {
        let start = current.range
        guard current.kind == .word, !Keyword.reserved.contains(current.text) else {
            throw unexpected(.thing("a type"))
        }
        var words = [current.text]
        advance()
        if isSymbol("<") { throw unsupported("a type with parameters in < >", at: current.range) }
        switch words[0] {
        case "double": if take("precision") { words.append("precision") }
        case "character", "char", "national": if take("varying") { words.append("varying") }
        default: break
        }
        let arguments = isSymbol("(") ? try typeArguments() : []
        if words[0] == "timestamp" || words[0] == "time", let zone = try timeZoneWords() { words += zone }
        var arrayDepth = 0
        while take(symbol: "[") {
            try expect(symbol: "]")
            arrayDepth += 1
        }
        return TypeName(
            words.joined(separator: " "), arguments: arguments, arrayDepth: arrayDepth, range: range(from: start))
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

    private mutating func timeZoneWords() throws(SQLError) -> [String]? {
        for word in ["with", "without"] where isWord(word) && isWord("time", ahead: 1) && isWord("zone", ahead: 2) {
            for _ in 0..<3 { advance() }
            return [word, "time", "zone"]
        }
        return nil
    }

    // MARK: Columns

    /// `(name type marks, …)` of a model.
    mutating func columnList() throws(SQLError) -> [ColumnDefinition] {
        var columns: [ColumnDefinition] = []
        var noKey: [Identifier]?
        try open()
        repeat { columns.append(try column(key: &noKey)) } while accept(symbol: ",")
        try close()
        return columns
    }

    /// `(columns, PRIMARY KEY (…), WATERMARK FOR …)`.
    mutating func columnsAndConstraints(of relation: inout CreateRelation) throws(SQLError) {
        var key: [Identifier]? = []
        try open()
        repeat {
            if isWord("watermark"), isWord("for", ahead: 1) {
                let clause = try watermark()
                if relation.watermark != nil {
                    throw SQLError("expected one WATERMARK, found a second", at: clause.range)
                }
                relation.watermark = clause
            } else if isWord("primary") || isWord("constraint") {
                try tableKey(&key)
            } else if isWord("unique") || isWord("foreign") || isWord("like") {
                throw unsupported(current.text.uppercased(), at: current.range)
            } else {
                relation.columns.append(try column(key: &key))
            }
        } while accept(symbol: ",")
        try close()
        relation.primaryKey = key ?? []
    }

    /// - Parameter key: the primary key so far; nil where there can be none.
    private mutating func column(key: inout [Identifier]?) throws(SQLError) -> ColumnDefinition {
        let name = try identifier()
        if isWord("as") { throw unsupported("a computed column", at: current.range, hint: "compute it in a view") }
        var column = ColumnDefinition(
            name: name, type: try typeName(), notNull: false, sensitive: false, range: name.range)
        while true {
            if take("not") {
                try expect("null")
                column.notNull = true
            } else if take("sensitive") {
                column.sensitive = true
            } else if key != nil, isWord("primary") {
                try inlineKey(name, &key)
            } else if !take("null") {
                break
            }
        }
        let refused = ["default", "generated", "check", "references", "unique", "metadata", "collate", "constraint"]
        if current.kind == .word, refused.contains(current.text) {
            throw unsupported("\(current.text.uppercased()) of a column", at: current.range)
        }
        column.range = range(from: name.range)
        return column
    }

    private mutating func inlineKey(_ name: Identifier, _ key: inout [Identifier]?) throws(SQLError) {
        let start = current.range
        advance()
        try expect("key")
        if key?.isEmpty == false { throw secondKey(range(from: start)) }
        try notEnforced()
        key = [name]
    }

    private mutating func tableKey(_ key: inout [Identifier]?) throws(SQLError) {
        if take("constraint") { _ = try identifier() }
        let start = current.range
        try expect("primary")
        try expect("key")
        if key?.isEmpty == false { throw secondKey(range(from: start)) }
        key = try nameList()
        try notEnforced()
    }

    private func secondKey(_ range: SourceRange) -> SQLError {
        SQLError(
            "expected one PRIMARY KEY, found a second", at: range,
            hint: "a key of several columns is written PRIMARY KEY (a, b) behind the columns")
    }

    private mutating func notEnforced() throws(SQLError) {
        if isWord("not"), isWord("enforced", ahead: 1) {
            advance()
            advance()
        }
    }

    private mutating func watermark() throws(SQLError) -> WatermarkClause {
        let start = current.range
        advance()
        try expect("for")
        let column = try identifier()
        try expect("as")
        let expression = try expression()
        return WatermarkClause(column: column, expression: expression, range: range(from: start))
    }

    // MARK: Options

    /// `WITH (name = value, …)`, if it is next.
    mutating func withOptions(into options: inout [Option]) throws(SQLError) {
        guard accept("with") else { return }
        try open()
        repeat {
            let option = try option()
            if options.contains(where: { $0.name.name == option.name.name }) {
                throw SQLError("option \"\(option.name.name)\" is given twice", at: option.name.range)
            }
            options.append(option)
        } while accept(symbol: ",")
        try close()
    }

    private mutating func option() throws(SQLError) -> Option {
        let name: Identifier
        if current.kind == .string {
            name = Identifier(current.text, quoted: true, range: current.range)
            advance()
        } else {
            let first = try anyName()
            var text = first.name
            while take(symbol: ".") { text += "." + (try anyName().name) }
            name = Identifier(text, quoted: first.quoted, range: range(from: first.range))
        }
        try expect(symbol: "=")
        let start = current.range
        var value = ""
        if isSymbol("-") || isSymbol("+"), token(ahead: 1).kind == .number {
            value = isSymbol("-") ? "-" : ""
            advance()
        }
        guard current.kind == .string || current.kind == .number || current.kind == .word else {
            throw unexpected(.thing("a value"))
        }
        value += current.text
        advance()
        return Option(name: name, value: value, valueRange: range(from: start))
    }
}
