/// The type of a column as SQL sees it.
package indirect enum DataType: Sendable, Hashable {
    case boolean
    case smallint
    case int
    case bigint
    /// Binary fractions of 24 bits, held as a `Double` that a `Float` can represent.
    case real
    case double
    /// Exact decimal: at most `precision` digits, `scale` of them after the point. Stored as a scaled `Int128`.
    case decimal(precision: Int, scale: Int)
    case text
    /// Raw bytes in the layout of a text.
    case bytes
    /// Days since 1970-01-01.
    case date
    /// Microseconds since midnight: 0 … 24:00:00.
    case time
    /// Microseconds since 1970-01-01T00:00:00, without a zone.
    case timestamp
    /// Microseconds since 1970-01-01T00:00:00 UTC: a point in time. The session's zone is always UTC.
    case timestamptz
    case interval
    /// The 16 bytes as a big-endian number with its highest bit flipped: signed order is the order of the bytes.
    case uuid
    /// The canonical text of PostgreSQL's `jsonb`.
    case json
    /// The elements as ``CompositeWriter`` encodes them, in the layout of a text; so are rows and maps.
    case array(DataType)
    case row([Field])
    /// Keys are unique, not NULL and lie in rising order.
    case map(DataType, DataType)

    /// How the values lie in memory.
    package enum Physical: Sendable, Hashable {
        case bool, int64, double, decimal, text, interval
    }

    package var physical: Physical {
        switch self {
        case .boolean: .bool
        case .smallint, .int, .bigint, .date, .time, .timestamp, .timestamptz: .int64
        case .real, .double: .double
        case .decimal, .uuid: .decimal
        case .text, .bytes, .json, .array, .row, .map: .text
        case .interval: .interval
        }
    }

    /// The name as written in SQL.
    package var name: String {
        switch self {
        case .boolean: "BOOLEAN"
        case .smallint: "SMALLINT"
        case .int: "INT"
        case .bigint: "BIGINT"
        case .real: "REAL"
        case .double: "DOUBLE"
        case .decimal(let precision, let scale): "DECIMAL(\(precision),\(scale))"
        case .text: "TEXT"
        case .bytes: "BYTES"
        case .date: "DATE"
        case .time: "TIME"
        case .timestamp: "TIMESTAMP"
        case .timestamptz: "TIMESTAMPTZ"
        case .interval: "INTERVAL"
        case .uuid: "UUID"
        case .json: "JSON"
        case .array(let element): element.name + "[]"
        case .row(let fields): "STRUCT<" + fields.map { "\($0.name) \($0.type.name)" }.joined(separator: ", ") + ">"
        case .map(let key, let value): "MAP<\(key.name), \(value.name)>"
        }
    }

    /// Digits after the point of a decimal, 0 for every other type.
    package var scale: Int {
        if case .decimal(_, let scale) = self { scale } else { 0 }
    }

    package var isNumeric: Bool {
        switch self {
        case .smallint, .int, .bigint, .real, .double, .decimal: true
        default: false
        }
    }

    /// SMALLINT, INT or BIGINT.
    package var isInteger: Bool {
        switch self {
        case .smallint, .int, .bigint: true
        default: false
        }
    }

    /// REAL or DOUBLE.
    package var isFloat: Bool { self == .real || self == .double }

    /// A point of the time line that windows and watermarks may count: TIMESTAMP or TIMESTAMPTZ.
    package var isTimestamp: Bool { self == .timestamp || self == .timestamptz }

    /// DATE, TIME, TIMESTAMP or TIMESTAMPTZ.
    package var isTime: Bool {
        switch self {
        case .date, .time, .timestamp, .timestamptz: true
        default: false
        }
    }

    /// An array, a row or a map.
    package var isComposite: Bool {
        switch self {
        case .array, .row, .map: true
        default: false
        }
    }

    /// The type of an array's elements, else nil.
    package var element: DataType? { if case .array(let element) = self { element } else { nil } }

    /// The fields of a row, else nil.
    package var fields: [Field]? { if case .row(let fields) = self { fields } else { nil } }

    /// Arrays, rows and maps within each other that a type may have: what encodes and decodes them recurses so deep.
    package static let maxDepth = 16

    /// 0 for a plain type, 1 for an array of plain elements …
    package var depth: Int {
        switch self {
        case .array(let element): element.depth + 1
        case .row(let fields): (fields.map(\.type.depth).max() ?? 0) + 1
        case .map(let key, let value): max(key.depth, value.depth) + 1
        default: 0
        }
    }

    /// Least and greatest value of SMALLINT, INT or BIGINT.
    package var integerRange: ClosedRange<Int64> {
        switch self {
        case .smallint: Int64(Int16.min)...Int64(Int16.max)
        case .int: Int64(Int32.min)...Int64(Int32.max)
        default: Int64.min...Int64.max
        }
    }
}

/// A span of calendar time: months, days and microseconds are kept apart, as in PostgreSQL.
@frozen
package struct Interval: Sendable, Hashable, BitwiseCopyable {
    package var months: Int32
    package var days: Int32
    package var microseconds: Int64

    @inlinable
    package init(months: Int32 = 0, days: Int32 = 0, microseconds: Int64 = 0) {
        self.months = months
        self.days = days
        self.microseconds = microseconds
    }

    /// The length in microseconds, months counted as 30 days: how intervals are compared. Never overflows.
    @inlinable
    package var comparable: Int128 {
        (Int128(months) * 30 + Int128(days)) * 86_400_000_000 + Int128(microseconds)
    }

    /// The exact length in microseconds, or nil where months make it depend on a date or it leaves `Int64`.
    package var exactMicroseconds: Int64? {
        guard months == 0 else { return nil }
        return Int64(exactly: comparable)
    }
}

/// One value outside a column: literals, tests, messages. Never one a row in a kernel.
package enum Value: Sendable, Hashable {
    case null
    case bool(Bool)
    /// SMALLINT, INT, BIGINT, DATE (days), TIME, TIMESTAMP and TIMESTAMPTZ (microseconds).
    case int64(Int64)
    case double(Double)
    /// The unscaled digits, the scale is that of the type; or a UUID, see ``DataType/uuid``.
    case decimal(Int128)
    case text(String)
    /// What lies in the layout of a text but is no UTF-8: ``init(bytes:)`` chooses between both.
    case bytes([UInt8])
    case interval(Interval)

    package var isNull: Bool { if case .null = self { true } else { false } }

    /// A value in the layout of a text: ``text(_:)`` where the bytes are UTF-8, else ``bytes(_:)``.
    package init(bytes: UnsafeRawBufferPointer) {
        if let text = String(validating: bytes, as: UTF8.self) {
            self = .text(text)
        } else {
            self = .bytes(Array(bytes))
        }
    }

    /// As ``init(bytes:)-(UnsafeRawBufferPointer)``.
    package init(bytes: [UInt8]) { self = bytes.withUnsafeBytes { Value(bytes: $0) } }

    /// The bytes of a value in the layout of a text; nil for others.
    package var rawBytes: [UInt8]? {
        switch self {
        case .text(let text): Array(text.utf8)
        case .bytes(let bytes): bytes
        default: nil
        }
    }
}

/// A named, typed column of a relation.
package struct Field: Sendable, Hashable {
    package var name: String
    package var type: DataType

    package init(_ name: String, _ type: DataType) {
        self.name = name
        self.type = type
    }
}

/// The columns of a relation, in order.
package struct Schema: Sendable, Hashable {
    package var fields: [Field]

    package init(_ fields: [Field]) { self.fields = fields }

    package var count: Int { fields.count }
    package var types: [DataType] { fields.map(\.type) }
    package func index(of name: String) -> Int? { fields.firstIndex { $0.name == name } }
}
