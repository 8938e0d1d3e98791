/// The syntax tree: what a SQL text says, before any name is looked up. Every node has its place in the text.

/// A name as written: folded to lower case unless it was quoted ("…" or `…`).
package struct Identifier: Sendable, Hashable {
    package var name: String
    package var quoted: Bool
    package var range: SourceRange

    package init(_ name: String, quoted: Bool = false, range: SourceRange) {
        self.name = name
        self.quoted = quoted
        self.range = range
    }
}

/// A possibly qualified name: `payments`, `payments.late`.
package struct ObjectName: Sendable, Hashable {
    package var parts: [Identifier]
    package var range: SourceRange

    package init(_ parts: [Identifier], range: SourceRange) {
        self.parts = parts
        self.range = range
    }

    package var text: String { parts.map(\.name).joined(separator: ".") }
}

/// A type as written: `DECIMAL(12,2)`, `TEXT`, `BIGINT[]`, `MAP<TEXT, INT>`, `STRUCT<a INT, b TEXT>`.
package struct TypeName: Sendable, Hashable {
    /// Lower case, words of a many-word type joined by one space: `double precision`. A type in a schema is without it.
    package var name: String
    /// The numbers in parentheses, in order.
    package var arguments: [Int]
    /// How many `[]` follow.
    package var arrayDepth: Int
    /// Of `ARRAY<T>` and `MAP<K, V>`.
    package var elements: [TypeName]
    /// Of `STRUCT<a INT>` and `ROW(a INT)`.
    package var fields: [TypeField]
    package var range: SourceRange

    package init(
        _ name: String, arguments: [Int] = [], arrayDepth: Int = 0, elements: [TypeName] = [], fields: [TypeField] = [],
        range: SourceRange
    ) {
        self.name = name
        self.arguments = arguments
        self.arrayDepth = arrayDepth
        self.elements = elements
        self.fields = fields
        self.range = range
    }
}

/// One field of a STRUCT or ROW type.
package struct TypeField: Sendable, Hashable {
    package var name: Identifier
    package var type: TypeName

    package init(name: Identifier, type: TypeName) {
        self.name = name
        self.type = type
    }
}

/// A value on the heap, for trees.
package final class Box<Value: Sendable>: Sendable {
    package let value: Value
    package init(_ value: Value) { self.value = value }
}
