/// Reads a SQL text into its syntax tree, top down, one token ahead.
///
/// ```swift
/// let statements = try Parser.parse("CREATE VIEW big AS SELECT * FROM orders WHERE amount > 100")
/// ```
///
/// While it reads, the parser notes what it would have accepted at the place it is at; an error names all of that.
/// Both how deep it calls itself and how deep the tree is that it makes are bounded, so that neither reading, walking
/// nor freeing a tree can exhaust the stack of a thread.
package struct Parser {
    /// How many levels expressions, parentheses and unary operators may nest.
    static let nestingMax = 256
    /// How many of those levels a nested query takes.
    static let queryNesting = 8
    /// How much of the stack the parser may use, in bytes: for builds whose frames are large, this comes first.
    static let stackBytesMax = 352 << 10
    /// How many levels the finished tree may have; a chain such as `a + b + c` has one for each operator.
    static let treeHeightMax = 1_000

    let bytes: [UInt8]
    private(set) var tokens: [Token]
    /// For each token whether it is a parenthesis that holds a query.
    let queryParentheses: [Bool]
    private(set) var position = 0

    /// What was looked for at `position` in vain, in order.
    var expected: [Expectation] = []
    /// The indices of the parentheses that are open.
    var openParentheses: [Int] = []
    /// The index of the last token that was read as an alias without AS: a misspelt keyword looks like one.
    var lastBareAlias: Int?

    /// The levels of the tree that a link of a chain takes where walking it needs a call for each link.
    enum Link {
        /// A cast, IS, BETWEEN, IN or LIKE.
        static let postfix = 16
        /// A join or a set operation.
        static let relation = 10
    }

    private var nesting = 0
    /// Where the stack was when the parser began.
    private let stackBase: UInt
    /// The height of the tallest tree made since the innermost ``measured`` part began.
    private var tallest = 0

    private init(_ bytes: [UInt8]) throws(SQLError) {
        self.bytes = bytes
        self.tokens = try Lexer.tokens(bytes)
        self.queryParentheses = Parser.queryParentheses(tokens)
        self.stackBase = Parser.stackPointer()
    }

    /// A parser of other tokens of the same text, which keeps to what is left of this one's limits.
    func inner(_ tokens: [Token]) -> Parser {
        Parser(inner: tokens, of: self)
    }

    private init(inner tokens: [Token], of outer: Parser) {
        self.bytes = outer.bytes
        self.tokens = tokens
        self.queryParentheses = Parser.queryParentheses(tokens)
        self.nesting = outer.nesting
        self.stackBase = outer.stackBase
    }

    // MARK: Entry points

    /// All statements of a text; they are separated by `;`, and empty ones are skipped.
    ///
    /// - Throws: the first error in the text. Its range lies in the text.
    package static func parse(_ text: String) throws(SQLError) -> [Statement] {
        try parse(utf8: Array(text.utf8))
    }

    /// As ``parse(_:)-(String)``, for bytes of which nothing is known.
    package static func parse(utf8 bytes: [UInt8]) throws(SQLError) -> [Statement] {
        var parser = try Parser(bytes)
        var statements: [Statement] = []
        while !parser.isAtEnd {
            if parser.take(symbol: ";") { continue }
            statements.append(try parser.statement())
            guard parser.accept(symbol: ";") || parser.isAtEnd else { throw parser.unexpected() }
        }
        return statements
    }

    /// Where each statement of a text begins and ends, without its `;`; empty ones are left out. From the first mistake
    /// in a token on, the rest is one range: parsing that reports it.
    package static func statements(in text: String) -> [SourceRange] {
        let bytes = Array(text.utf8)
        let scanned = Lexer.tokensBeforeError(bytes)
        var ranges: [SourceRange] = []
        var open: SourceRange?
        for token in scanned.tokens where token.kind != .end {
            if token.kind == .symbol, token.text == ";" {
                if let range = open { ranges.append(range) }
                open = nil
            } else {
                open = open?.union(token.range) ?? token.range
            }
        }
        if let error = scanned.error { open = SourceRange(open?.start ?? error.range.start, bytes.count) }
        if let range = open { ranges.append(range) }
        return ranges
    }

    /// Whether a text can be run as it is: all quotes, comments and parentheses are closed and a `;` is its last token. A
    /// text with another mistake in a token is complete, so that it is reported.
    package static func isComplete(_ text: String) -> Bool {
        let scanned = Lexer.tokensBeforeError(Array(text.utf8))
        if scanned.error != nil { return !scanned.isUnclosed }
        var depth = 0
        for token in scanned.tokens where token.kind == .symbol {
            if token.text == "(" { depth += 1 } else if token.text == ")" { depth = max(0, depth - 1) }
        }
        guard let last = scanned.tokens.dropLast().last else { return false }
        return depth == 0 && last.kind == .symbol && last.text == ";"
    }

    /// A text that is one query, with or without a final `;`.
    package static func parseQuery(_ text: String) throws(SQLError) -> Query {
        var parser = try Parser(Array(text.utf8))
        let query = try parser.query()
        guard parser.accept(symbol: ";") || parser.isAtEnd, parser.isAtEnd else { throw parser.unexpected() }
        return query
    }

    /// A text that is one expression.
    package static func parseExpression(_ text: String) throws(SQLError) -> Expr {
        var parser = try Parser(Array(text.utf8))
        let expression = try parser.expression()
        guard parser.isAtEnd else { throw parser.unexpected(.thing("the end of the text")) }
        return expression
    }

    // MARK: Looking

    var current: Token { tokens[position] }
    var isAtEnd: Bool { tokens[position].kind == .end }
    /// Where the last token read ends.
    var previousEnd: Int { position > 0 ? tokens[position - 1].range.end : 0 }

    func token(ahead count: Int) -> Token {
        tokens[min(position + count, tokens.count - 1)]
    }

    func isWord(_ word: String, ahead count: Int = 0) -> Bool {
        let token = token(ahead: count)
        return token.kind == .word && token.text == word
    }

    func isSymbol(_ symbol: String, ahead count: Int = 0) -> Bool {
        let token = token(ahead: count)
        return token.kind == .symbol && token.text == symbol
    }

    /// The range from where `start` begins to the last token read.
    func range(from start: SourceRange) -> SourceRange {
        SourceRange(start.start, previousEnd)
    }

    // MARK: Moving

    mutating func advance() {
        if position < tokens.count - 1 { position += 1 }
        expected.removeAll(keepingCapacity: true)
    }

    /// Reads the words if they are next. If they are not, nothing is noted.
    mutating func take(_ words: String...) -> Bool {
        for (index, word) in words.enumerated() where !isWord(word, ahead: index) { return false }
        for _ in words { advance() }
        return true
    }

    mutating func take(symbol: String) -> Bool {
        guard isSymbol(symbol) else { return false }
        advance()
        return true
    }

    /// Reads the word if it is next; else notes that it was possible.
    mutating func accept(_ word: String) -> Bool {
        if take(word) { return true }
        expected.append(.keyword(word))
        return false
    }

    /// Reads a clause's first two words. Once the first is there, the second must be.
    mutating func accept(_ first: String, then second: String) throws(SQLError) -> Bool {
        guard isWord(first) else {
            expected.append(.keyword("\(first) \(second)"))
            return false
        }
        if refusedPhrase() != nil { throw unexpected() }
        advance()
        try expect(second)
        return true
    }

    mutating func accept(symbol: String) -> Bool {
        if take(symbol: symbol) { return true }
        expected.append(.symbol(symbol))
        return false
    }

    /// Reads a `>`, also one that the lexer took as part of a longer operator, as in `MAP<TEXT, ARRAY<INT>>`.
    mutating func expectClosingAngle() throws(SQLError) {
        if current.kind == .symbol, current.text.count > 1, current.text.hasPrefix(">") {
            let range = current.range
            tokens[position].text.removeFirst()
            tokens[position].range = SourceRange(range.start + 1, range.end)
            return
        }
        try expect(symbol: ">")
    }

    /// Reads a character that is a symbol or the front of one: in a pattern, `*?|` is three.
    mutating func takeFront(_ character: String) -> Bool {
        guard current.kind == .symbol, current.text.hasPrefix(character) else {
            expected.append(.symbol(character))
            return false
        }
        if current.text == character {
            advance()
            return true
        }
        let range = current.range
        tokens[position].text.removeFirst()
        tokens[position].range = SourceRange(range.start + 1, range.end)
        expected.removeAll(keepingCapacity: true)
        return true
    }

    mutating func expect(_ word: String) throws(SQLError) {
        guard accept(word) else { throw unexpected() }
    }

    mutating func expect(symbol: String) throws(SQLError) {
        guard accept(symbol: symbol) else { throw unexpected() }
    }

    mutating func open() throws(SQLError) {
        let index = position
        try expect(symbol: "(")
        openParentheses.append(index)
    }

    mutating func close() throws(SQLError) {
        try expect(symbol: ")")
        _ = openParentheses.popLast()
    }

    // MARK: Limits

    /// Goes `levels` down, for as long as the caller runs; it calls ``leave(_:)`` at its end.
    mutating func enter(_ levels: Int = 1) throws(SQLError) {
        nesting += levels
        // The stack grows towards lower addresses.
        let here = Parser.stackPointer()
        let used = stackBase > here ? stackBase - here : 0
        guard nesting <= Parser.nestingMax, used <= Parser.stackBytesMax else { throw nestedTooDeeply() }
    }

    mutating func leave(_ levels: Int = 1) {
        nesting -= levels
    }

    /// Begins a tree: what it holds is counted apart until ``endTree(_:)`` gets the value returned here.
    mutating func beginTree() -> Int {
        defer { tallest = 0 }
        return tallest
    }

    mutating func endTree(_ outer: Int) {
        tallest = max(outer, tallest)
    }

    /// Counts `levels` put on top of the tree that is being made.
    mutating func grow(_ levels: Int = 1) throws(SQLError) {
        tallest += levels
        guard tallest <= Parser.treeHeightMax else { throw nestedTooDeeply() }
    }

    /// The height of the tree made so far.
    var treeHeight: Int { tallest }

    private func nestedTooDeeply() -> SQLError {
        SQLError(
            "nested too deeply", at: current.range,
            hint: "split this into several views, or write a long chain of OR as IN (…)")
    }

    /// About where the stack ends now. The address is compared only, never followed.
    @inline(never)
    private static func stackPointer() -> UInt {
        var mark: UInt8 = 0
        return withUnsafeMutablePointer(to: &mark) { UInt(bitPattern: $0) }
    }
}
