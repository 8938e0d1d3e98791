/// Names and options.
extension Parser {
    // MARK: Names

    /// A name that is not a reserved word, unless quoted.
    mutating func identifier() throws(SQLError) -> Identifier {
        guard isName(current) else { throw unexpected(.thing("a name")) }
        return takeIdentifier()
    }

    /// A name where any word can be one: behind a dot or AS.
    mutating func anyName() throws(SQLError) -> Identifier {
        if current.kind == .string {
            throw SQLError(
                "expected a name, found '\(current.text)'", at: current.range,
                hint: "a name takes double quotes: \"\(current.text)\"")
        }
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
        Parser.dropSchema(&parts, ofColumn: false)
        return ObjectName(parts, range: range(from: start))
    }

    /// There is one schema, PostgreSQL's usual one: `public.t` is `t`.
    static func dropSchema(_ parts: inout [Identifier], ofColumn: Bool) {
        guard parts.count > (ofColumn ? 2 : 1), parts[0].name == "public" else { return }
        if parts.count == 2, parts[1].name == "late" || parts[1].name == "dead_letter" { return }
        parts.removeFirst()
    }

    /// `(a, b)`.
    mutating func nameList() throws(SQLError) -> [Identifier] {
        var names: [Identifier] = []
        try open()
        repeat { names.append(try listedName()) } while accept(symbol: ",")
        try close()
        return names
    }

    /// A name where nothing else can stand: `end`, of a window, is one there without quotes.
    mutating func listedName() throws(SQLError) -> Identifier {
        isWord("end") ? takeIdentifier() : try identifier()
    }

    // MARK: Options

    /// `WITH (name = value, …)` and RisingWave's `FORMAT plain ENCODE json (…)`, which is `format = 'json'`, if they are next.
    mutating func withOptions(into options: inout [Option]) throws(SQLError) {
        var known = Set(options.map(\.name.name))
        if accept("with") { try optionList(into: &options, &known) }
        guard isWord("format") else { return }
        var format = try formatOption()
        guard isWord("encode") else { throw unexpected(.keyword("encode")) }
        let encode = try formatOption()
        switch (format.value.lowercased(), encode.value.lowercased()) {
        case ("plain", let encoding): format.value = encoding
        case ("debezium", "json"): format.value = "debezium_json"
        default:
            try add(format, to: &options, &known)
            format = encode
        }
        try add(format, to: &options, &known)
        if isSymbol("(") { try optionList(into: &options, &known) }
    }

    private mutating func optionList(into options: inout [Option], _ known: inout Set<String>) throws(SQLError) {
        try open()
        repeat { try add(option(), to: &options, &known) } while accept(symbol: ",")
        try close()
    }

    private func add(_ option: Option, to options: inout [Option], _ known: inout Set<String>) throws(SQLError) {
        guard known.insert(option.name.name).inserted else {
            throw SQLError("option \"\(option.name.name)\" is given twice", at: option.name.range)
        }
        options.append(option)
    }

    /// `FORMAT word` or `ENCODE word` as an option.
    private mutating func formatOption() throws(SQLError) -> Option {
        let name = takeIdentifier()
        let value = try anyName()
        return Option(name: name, value: value.name, valueRange: value.range)
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
