/// The type of a column as SQL sees it.
package enum DataType: Sendable, Hashable {
    case boolean
    case int
    case bigint
    case double
    /// Exact decimal: at most `precision` digits, `scale` of them after the point. Stored as a scaled `Int128`.
    case decimal(precision: Int, scale: Int)
    case text
    /// Days since 1970-01-01.
    case date
    /// Microseconds since 1970-01-01T00:00:00, without a zone.
    case timestamp
    case interval

    /// How the values lie in memory.
    package enum Physical: Sendable, Hashable {
        case bool, int64, double, decimal, text, interval
    }

    package var physical: Physical {
        switch self {
        case .boolean: .bool
        case .int, .bigint, .date, .timestamp: .int64
        case .double: .double
        case .decimal: .decimal
        case .text: .text
        case .interval: .interval
        }
    }

    /// The name as written in SQL.
    package var name: String {
        switch self {
        case .boolean: "BOOLEAN"
        case .int: "INT"
        case .bigint: "BIGINT"
        case .double: "DOUBLE"
        case .decimal(let precision, let scale): "DECIMAL(\(precision),\(scale))"
        case .text: "TEXT"
        case .date: "DATE"
        case .timestamp: "TIMESTAMP"
        case .interval: "INTERVAL"
        }
    }

    /// Digits after the point of a decimal, 0 for every other type.
    package var scale: Int {
        if case .decimal(_, let scale) = self { scale } else { 0 }
    }

    package var isNumeric: Bool {
        switch self {
        case .int, .bigint, .double, .decimal: true
        default: false
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
    /// INT, BIGINT, DATE (days) and TIMESTAMP (microseconds).
    case int64(Int64)
    case double(Double)
    /// The unscaled digits; the scale is that of the type.
    case decimal(Int128)
    case text(String)
    case interval(Interval)

    package var isNull: Bool { self == .null }
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
