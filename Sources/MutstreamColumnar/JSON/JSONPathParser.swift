/// Parses a path by recursive descent, to a limited depth.
struct JSONPathParser {
    private static let maxDepth = 64

    private var lexer: JSONPathLexer
    private var token = JSONPathToken.end
    private var ahead: JSONPathToken?
    private var depth = 0
    /// Filters and subscripts open around the word: `@` and `last` are allowed there.
    private var filters = 0
    private var subscripts = 0

    init(_ bytes: [UInt8]) throws(JSONPathError) {
        lexer = JSONPathLexer(bytes)
        token = try lexer.next()
    }

    mutating func parse() throws(JSONPathError) -> JSONPath {
        var isLax = true
        if case .name(let name) = token, let mode = word(name), mode == "lax" || mode == "strict" {
            isLax = mode == "lax"
            try advance()
        }
        let root = try either()
        if token != .end { throw unexpected("the end") }
        return JSONPath(isLax: isLax, root: root)
    }

    // MARK: - Words

    private mutating func advance() throws(JSONPathError) {
        if let next = ahead {
            token = next
            ahead = nil
        } else {
            token = try lexer.next()
        }
    }

    private mutating func peek() throws(JSONPathError) -> JSONPathToken {
        if let ahead { return ahead }
        let next = try lexer.next()
        ahead = next
        return next
    }

    private func word(_ name: [UInt8]) -> String? { name.count < 16 ? String(decoding: name, as: UTF8.self) : nil }

    /// The word, where it is a name without quotes; keywords are in lower case.
    private var keyword: String? {
        if case .name(let name) = token { word(name) } else { nil }
    }

    private func isSymbol(_ text: String) -> Bool { token == .symbol(text) }

    private mutating func take(_ text: String) throws(JSONPathError) -> Bool {
        guard isSymbol(text) else { return false }
        try advance()
        return true
    }

    private mutating func expect(_ text: String) throws(JSONPathError) {
        guard try take(text) else { throw unexpected("'\(text)'") }
    }

    private mutating func expect(word: String) throws(JSONPathError) {
        guard keyword == word else { throw unexpected("'\(word)'") }
        try advance()
    }

    private func unexpected(_ wanted: String) -> JSONPathError {
        JSONPathError("invalid jsonpath: expected \(wanted), found \(token.text)")
    }

    private mutating func nested<T>(
        _ body: (inout JSONPathParser) throws(JSONPathError) -> T
    ) throws(JSONPathError) -> T {
        depth += 1
        if depth > JSONPathParser.maxDepth { throw JSONPathError("invalid jsonpath: it nests too deep") }
        defer { depth -= 1 }
        return try body(&self)
    }

    // MARK: - Predicates

    /// An expression or a predicate: what has no operator between is what it is.
    private mutating func either() throws(JSONPathError) -> JSONPath.Node {
        try nested { parser throws(JSONPathError) in
            var result = try parser.conjunction()
            while parser.isSymbol("||") {
                try parser.predicate(result)
                try parser.advance()
                let right = try parser.conjunction()
                try parser.predicate(right)
                result = try parser.grown(.or(result, right))
            }
            return result
        }
    }

    private func predicate(_ node: JSONPath.Node) throws(JSONPathError) {
        if !node.isPredicate { throw JSONPathError("invalid jsonpath: expected a condition beside \(token.text)") }
    }

    private mutating func conjunction() throws(JSONPathError) -> JSONPath.Node {
        var result = try comparison()
        while isSymbol("&&") {
            try predicate(result)
            try advance()
            let right = try comparison()
            try predicate(right)
            result = try grown(.and(result, right))
        }
        return result
    }

    private mutating func condition() throws(JSONPathError) -> JSONPath.Node {
        let node = try either()
        if !node.isPredicate { throw unexpected("a condition") }
        return node
    }

    private mutating func comparison() throws(JSONPathError) -> JSONPath.Node {
        if try take("!") {
            return try nested { parser throws(JSONPathError) in
                guard parser.isSymbol("(") || parser.keyword == "exists" else {
                    throw parser.unexpected("'(' or exists behind '!'")
                }
                let operand: JSONPath.Node
                if try parser.take("(") {
                    operand = try parser.condition()
                    try parser.expect(")")
                } else {
                    operand = try parser.primary()
                }
                return .not(operand)
            }
        }
        let left = try sum()
        let operators: [String: JSONPath.Comparison] = [
            "==": .equal, "!=": .notEqual, "<": .less, "<=": .lessOrEqual, ">": .greater, ">=": .greaterOrEqual,
        ]
        if case .symbol(let symbol) = token, let comparison = operators[symbol] {
            if left.isPredicate { throw unexpected("no comparison of a condition") }
            try advance()
            let right = try sum()
            if right.isPredicate { throw JSONPathError("invalid jsonpath: a condition cannot be compared") }
            return .compare(comparison, left, right)
        }
        switch keyword {
        case "starts":
            try advance()
            try expect(word: "with")
            switch token {
            case .string(let text):
                try advance()
                return .startsWith(left, .literal(JSONPathParser.canonical(text)))
            case .variable(let name):
                try advance()
                return .startsWith(left, .variable(JSONPathParser.escaped(name)))
            default: throw unexpected("a text in quotes")
            }
        case "like_regex":
            throw JSONPathError("jsonpath: like_regex is not supported; use starts with, or LIKE over the value")
        case "is" where left.isPredicate:
            try advance()
            try expect(word: "unknown")
            return .isUnknown(left)
        default: return left
        }
    }

    // MARK: - Expressions

    private func operand(_ node: JSONPath.Node) throws(JSONPathError) -> JSONPath.Node {
        if node.isPredicate { throw JSONPathError("invalid jsonpath: a condition is no operand of arithmetic") }
        return node
    }

    private mutating func sum() throws(JSONPathError) -> JSONPath.Node {
        var result = try product()
        while isSymbol("+") || isSymbol("-") {
            let function: JSONPath.Arithmetic = isSymbol("+") ? .add : .subtract
            try advance()
            result = try grown(.binary(function, try operand(result), try operand(try product())))
        }
        return result
    }

    /// Long chains nest to the left: they count as depth too.
    private var chained = 0
    private mutating func grown(_ node: JSONPath.Node) throws(JSONPathError) -> JSONPath.Node {
        chained += 1
        if chained > 200 { throw JSONPathError("invalid jsonpath: it has too many operators") }
        return node
    }

    private mutating func product() throws(JSONPathError) -> JSONPath.Node {
        var result = try unary()
        while true {
            let function: JSONPath.Arithmetic
            switch token {
            case .symbol("*"): function = .multiply
            case .symbol("/"): function = .divide
            case .symbol("%"): function = .modulo
            default: return result
            }
            try advance()
            result = try grown(.binary(function, try operand(result), try operand(try unary())))
        }
    }

    private mutating func unary() throws(JSONPathError) -> JSONPath.Node {
        guard isSymbol("+") || isSymbol("-") else { return try chain() }
        let isNegative = isSymbol("-")
        try advance()
        return try nested { parser throws(JSONPathError) in
            .unary(isNegative: isNegative, try parser.operand(try parser.unary()))
        }
    }

    private mutating func chain() throws(JSONPathError) -> JSONPath.Node {
        let start = try primary()
        var steps: [JSONPath.Step] = []
        while true {
            switch token {
            case .symbol("."):
                try advance()
                steps.append(try member())
            case .symbol("["):
                try advance()
                steps.append(try subscripted())
            case .symbol("?"):
                try advance()
                try expect("(")
                filters += 1
                steps.append(.filter(try condition()))
                filters -= 1
                try expect(")")
            default: return steps.isEmpty ? start : .chain(start, steps)
            }
        }
    }

    private mutating func primary() throws(JSONPathError) -> JSONPath.Node {
        switch token {
        case .symbol("$"):
            try advance()
            return .root
        case .symbol("@"):
            if filters == 0 { throw JSONPathError("invalid jsonpath: @ is not allowed in root expressions") }
            try advance()
            return .current
        case .symbol("("):
            try advance()
            let inner = try either()
            try expect(")")
            return inner
        case .variable(let name):
            try advance()
            return .variable(JSONPathParser.escaped(name))
        case .string(let text):
            try advance()
            return .literal(JSONPathParser.canonical(text))
        case .number(let text, _):
            try advance()
            return .literal(text)
        case .name:
            switch keyword {
            case "true", "false", "null":
                let text = Array((keyword ?? "").utf8)
                try advance()
                return .literal(text)
            case "last":
                if subscripts == 0 { throw JSONPathError("invalid jsonpath: LAST is allowed only in array subscripts") }
                try advance()
                return .last
            case "exists":
                try advance()
                try expect("(")
                let inner = try either()
                if inner.isPredicate { throw unexpected("a path within exists") }
                try expect(")")
                return .exists(inner)
            default: break
            }
            throw unexpected("a path")
        default: throw unexpected("a path")
        }
    }

    // MARK: - Steps

    /// What follows a point.
    private mutating func member() throws(JSONPathError) -> JSONPath.Step {
        switch token {
        case .symbol("*"):
            try advance()
            return .anyKey
        case .symbol("**"):
            try advance()
            return try levels()
        case .string(let text):
            try advance()
            return .key(JSONPathParser.escaped(text))
        case .name(let name):
            if try peek() == .symbol("("), let method = word(name) {
                try advance()
                try advance()
                guard let known = JSONPath.Method(rawValue: method) else {
                    if method == "datetime" || method == "keyvalue" {
                        throw JSONPathError("jsonpath: .\(method)() is not supported")
                    }
                    throw JSONPathError("invalid jsonpath: there is no method .\(method)()")
                }
                try expect(")")
                return .method(known)
            }
            try advance()
            return .key(JSONPathParser.escaped(name))
        default: throw unexpected("a key")
        }
    }

    /// The levels of `**`, in braces.
    private mutating func levels() throws(JSONPathError) -> JSONPath.Step {
        guard try take("{") else { return .descend(0, nil) }
        let first = try level()
        var last = first
        if keyword == "to" {
            try advance()
            last = try level()
        }
        try expect("}")
        return .descend(first, last)
    }

    private mutating func level() throws(JSONPathError) -> Int? {
        if keyword == "last" {
            try advance()
            return nil
        }
        guard case .number(let text, isInteger: true) = token, let value = Int32(String(decoding: text, as: UTF8.self))
        else {
            throw unexpected("a level")
        }
        try advance()
        return Int(value)
    }

    private mutating func subscripted() throws(JSONPathError) -> JSONPath.Step {
        if isSymbol("*"), try peek() == .symbol("]") {
            try advance()
            try advance()
            return .anyElement
        }
        subscripts += 1
        defer { subscripts -= 1 }
        var all: [JSONPath.Subscript] = []
        repeat {
            var subscripted = JSONPath.Subscript(from: try index())
            if keyword == "to" {
                try advance()
                subscripted.to = try index()
            }
            all.append(subscripted)
        } while try take(",")
        try expect("]")
        return .elements(all)
    }

    private mutating func index() throws(JSONPathError) -> JSONPath.Node {
        let node = try nested { parser throws(JSONPathError) in try parser.sum() }
        if node.isPredicate { throw unexpected("the number of an element") }
        return node
    }

    /// A string of canonical text.
    static func canonical(_ text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        text.withUnsafeBytes { JSONText.appendString($0, to: &result) }
        return result
    }

    static func escaped(_ text: [UInt8]) -> [UInt8] { Array(canonical(text).dropFirst().dropLast()) }
}
