/// What the parser would have accepted at a place.
enum Expectation: Hashable {
    /// One keyword or several, in lower case.
    case keyword(String)
    case symbol(String)
    /// Words for a kind of thing: `an expression`.
    case thing(String)

    var text: String {
        switch self {
        case .keyword(let words): words.uppercased()
        case .symbol(","): "a comma"
        case .symbol(let symbol): symbol
        case .thing(let thing): thing
        }
    }
}

/// How the parser says what is wrong.
extension Parser {
    /// How many expectations an error names in full.
    private static let expectationsShownMax = 6

    /// The error that the current token cannot stand where it does, with all that could.
    func unexpected(_ more: Expectation...) -> SQLError {
        if let refused = refusal() { return refused }
        var known: Set<Expectation> = []
        let all = (expected + more).filter { known.insert($0).inserted }
        if let alias = misspeltAlias(all) { return alias }
        return SQLError(
            "expected \(list(all)), found \(description(of: current))", at: current.range, hint: hint(all))
    }

    /// The error that `what`, known from other systems, does not exist here.
    func unsupported(_ what: String, at range: SourceRange, hint: String? = nil) -> SQLError {
        SQLError("\(what) is not supported yet", at: range, hint: hint)
    }

    /// The phrase of another dialect that begins at a token and cannot be parsed.
    func refusedPhrase(ahead count: Int = 0) -> [String]? {
        let first = token(ahead: count)
        guard first.kind == .word, let phrases = Keyword.refusedPhrases[first.text] else { return nil }
        return phrases.first { phrase in
            phrase.indices.allSatisfy { isWord(phrase[$0], ahead: count + $0) }
        }
    }

    func description(of token: Token) -> String {
        switch token.kind {
        case .end: return "the end of the text"
        case .string, .quotedName: return excerpt(token.range)
        case .word, .number, .bits, .parameter, .symbol: return "\"\(excerpt(token.range))\""
        }
    }

    // MARK: Parts of an error

    private func refusal() -> SQLError? {
        if let phrase = refusedPhrase() {
            let end = token(ahead: phrase.count - 1).range
            return unsupported(phrase.joined(separator: " ").uppercased(), at: current.range.union(end))
        }
        guard current.kind == .symbol else { return nil }
        if let error = unknownOperator() { return error }
        if current.text == "[" || current.text == "{" {
            return unsupported("the bracket \(current.text) in this place", at: current.range)
        }
        return nil
    }

    private func unknownOperator() -> SQLError? {
        let text = current.text
        guard text.utf8.allSatisfy(isOperatorByte), BinaryOperator(rawValue: text) == nil,
            UnaryOperator(rawValue: text) == nil, !Keyword.symbols.contains(text)
        else { return nil }
        if text == "!" { return unsupported("the operator !", at: current.range, hint: "write NOT") }
        let isRun = text.utf8.last == UInt8(ascii: "-") || text.utf8.last == UInt8(ascii: "+")
        return SQLError(
            "unknown operator \(text)", at: current.range, hint: isRun ? "put a space before the sign" : nil)
    }

    /// The error at an alias such as `FORM` in `SELECT a FORM t`, if it resembles a keyword that could follow.
    private func misspeltAlias(_ expected: [Expectation]) -> SQLError? {
        guard let index = lastBareAlias, index == position - 1, current.kind != .end, !isSymbol(";") else { return nil }
        guard let keyword = keyword(like: tokens[index], in: expected) else { return nil }
        return SQLError(
            "expected \(list(expected)), found \(description(of: tokens[index]))", at: tokens[index].range,
            hint: "did you mean \(keyword)?")
    }

    private func keyword(like token: Token, in expected: [Expectation]) -> String? {
        guard token.kind == .word else { return nil }
        let keywords = expected.compactMap { expectation -> (first: String, all: String)? in
            guard case .keyword(let words) = expectation else { return nil }
            return words.split(separator: " ").first.map { (String($0), words) }
        }
        guard let word = suggestion(for: token.text, among: keywords.map(\.first)), word != token.text else {
            return nil
        }
        return keywords.first { $0.first == word }?.all.uppercased()
    }

    private func hint(_ expected: [Expectation]) -> String? {
        if let keyword = keyword(like: current, in: expected) { return "did you mean \(keyword)?" }
        if let hint = hintForSymbol() { return hint }
        if current.kind == .quotedName, expected.contains(.thing("a value")) {
            return "a string stands in single quotes: '\(current.text)'"
        }
        if position > 0, tokens[position - 1].kind == .symbol, tokens[position - 1].text == ",", !startsOperand() {
            return "remove the comma before it"
        }
        if isReservedName(expected) {
            return "\(current.text.uppercased()) is a reserved word; as a name, write \"\(current.text)\""
        }
        if expected.contains(.symbol(",")), startsOperand() { return "is a comma missing before it?" }
        if expected.contains(.symbol(")")), let index = openParentheses.last, !isSymbol(")") {
            let place = SourceText(name: "", bytes: bytes).position(of: tokens[index].range.start)
            return "the parenthesis opened at \(place.line):\(place.column) is not closed"
        }
        if isSymbol(")"), openParentheses.isEmpty { return "no parenthesis is open here" }
        return nil
    }

    private func hintForSymbol() -> String? {
        guard current.kind == .symbol else { return nil }
        switch current.text {
        case "==", "===": return "equality is written ="
        case "!==": return "inequality is written <>"
        case ":=": return "write ="
        default: return nil
        }
    }

    /// Whether a reserved word stands where a name could, followed by what can follow a name.
    private func isReservedName(_ expected: [Expectation]) -> Bool {
        guard current.kind == .word, Keyword.reserved.contains(current.text) else { return false }
        if expected.contains(.thing("a name")) { return true }
        guard expected.contains(.thing("an expression")) else { return false }
        return isWord("from", ahead: 1) || [",", ")", "=", "."].contains { isSymbol($0, ahead: 1) }
    }

    private func startsOperand() -> Bool {
        switch current.kind {
        case .string, .bits, .number, .parameter, .quotedName: true
        case .word: !Keyword.reserved.contains(current.text)
        case .symbol, .end: false
        }
    }

    /// `a, b or c`; of many, the first and the last.
    private func list(_ expected: [Expectation]) -> String {
        var texts = expected.map(\.text)
        guard let last = texts.popLast() else { return "nothing more" }
        if texts.isEmpty { return last }
        if texts.count >= Parser.expectationsShownMax {
            texts = Array(texts.prefix(Parser.expectationsShownMax - 2)) + ["…"]
        }
        return texts.joined(separator: ", ") + " or " + last
    }

    private func excerpt(_ range: SourceRange) -> String {
        let scalars = String(decoding: bytes[range.start..<range.end], as: UTF8.self).unicodeScalars
        guard scalars.count > 40 else { return String(scalars) }
        return String(String.UnicodeScalarView(scalars.prefix(40))) + "…"
    }
}
