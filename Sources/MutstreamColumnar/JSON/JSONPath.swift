/// Why a text is no path, or why a path has no result in a value.
package struct JSONPathError: Error, Sendable, Hashable, CustomStringConvertible {
    package var message: String

    package init(_ message: String) { self.message = message }

    package var description: String { message }
}

/// A path of SQL/JSON as PostgreSQL's `jsonpath` has it, compiled once.
///
/// ```swift
/// let path = try JSONPath("$.items[*] ? (@.price > 10).name")
/// let run = JSONPathRun(path)
/// try run.query(JSONView(bytes)) { item in … }
/// ```
/// Left out: `like_regex`, `.datetime()` and `.keyvalue()`.
package struct JSONPath: Sendable, Hashable {
    /// Steps and operators of one path, see ``JSONPathParser``.
    indirect enum Node: Sendable, Hashable {
        /// `$`, `@` and the literals, which are canonical text.
        case root, current, last
        case variable([UInt8])
        case literal([UInt8])
        /// A node and the steps behind it.
        case chain(Node, [Step])
        case binary(Arithmetic, Node, Node)
        case unary(isNegative: Bool, Node)
        // Predicates.
        case and(Node, Node)
        case or(Node, Node)
        case not(Node)
        case isUnknown(Node)
        case compare(Comparison, Node, Node)
        case startsWith(Node, Node)
        case exists(Node)

        var isPredicate: Bool {
            switch self {
            case .and, .or, .not, .isUnknown, .compare, .startsWith, .exists: true
            default: false
            }
        }
    }

    enum Step: Sendable, Hashable {
        /// `.key`: the key as between the quotes of canonical text.
        case key([UInt8])
        /// `.*` and `[*]`.
        case anyKey, anyElement
        /// `.**{first to last}`; nil is `last`.
        case descend(Int?, Int?)
        /// `[a, b to c]`.
        case elements([Subscript])
        case filter(Node)
        case method(Method)
    }

    struct Subscript: Sendable, Hashable {
        var from: Node
        var to: Node?
    }

    enum Method: String, Sendable, Hashable {
        case type, size, abs, floor, ceiling, double
    }

    enum Arithmetic: String, Sendable, Hashable {
        case add = "+", subtract = "-", multiply = "*", divide = "/", modulo = "%"
    }

    enum Comparison: Sendable, Hashable {
        case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
    }

    var isLax: Bool
    var root: Node

    /// - Throws: where the text is no path.
    package init(_ text: String) throws(JSONPathError) { self = try JSONPath(Array(text.utf8)) }

    package init(_ bytes: UnsafeRawBufferPointer) throws(JSONPathError) { self = try JSONPath(Array(bytes)) }

    private init(_ bytes: [UInt8]) throws(JSONPathError) {
        if UTF8Check.hasDefect(bytes) { throw JSONPathError("invalid jsonpath: the bytes are not UTF-8") }
        var parser = try JSONPathParser(bytes)
        self = try parser.parse()
    }

    init(isLax: Bool, root: Node) {
        self.isLax = isLax
        self.root = root
    }
}

extension UTF8Check {
    fileprivate static func hasDefect(_ bytes: [UInt8]) -> Bool { bytes.withUnsafeBytes { firstDefect($0) != nil } }
}
