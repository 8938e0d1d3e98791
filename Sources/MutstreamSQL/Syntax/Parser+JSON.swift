/// What follows the path in JSON_VALUE and its kin.
extension Parser {
    /// `RETURNING type`, `NULL ON EMPTY`, `DEFAULT x ON ERROR`, `WITH WRAPPER` and the like, each as a named argument:
    /// `returning`, `on_empty`, `on_error`, `default_on_empty`, `default_on_error`, `wrapper`.
    mutating func jsonClause() throws(SQLError) -> (Identifier, Expr)? {
        let start = current.range
        if take("returning") {
            let type = try typeName()
            return (Identifier("returning", range: start), Expr(.string(sql(type)), range: type.range))
        }
        if isWord("with") || isWord("without") {
            var word = current.text
            advance()
            if take("conditional") { word = "conditional" } else { _ = take("unconditional") }
            _ = take("array")
            try expect("wrapper")
            return (Identifier("wrapper", range: start), Expr(.string(word), range: range(from: start)))
        }
        if isWord("passing") { throw unsupported("PASSING", at: start) }
        if take("default") {
            let value = try expression()
            try expect("on")
            return (Identifier("default_on_" + (try jsonOccasion()), range: start), value)
        }
        let behaviours = ["null", "error", "empty", "true", "false", "unknown"]
        guard current.kind == .word, behaviours.contains(current.text) else { return nil }
        var behaviour = current.text
        advance()
        if behaviour == "empty", current.kind == .word, take("array") || isWord("object") {
            if take("object") { behaviour += " object" } else { behaviour += " array" }
        }
        let value = Expr(.string(behaviour), range: range(from: start))
        try expect("on")
        return (Identifier("on_" + (try jsonOccasion()), range: start), value)
    }

    private mutating func jsonOccasion() throws(SQLError) -> String {
        if accept("empty") { return "empty" }
        try expect("error")
        return "error"
    }
}
