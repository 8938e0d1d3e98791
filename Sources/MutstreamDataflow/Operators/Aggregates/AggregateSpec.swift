import MutstreamColumnar

/// An aggregate function of SQL.
package enum AggregateFunction: String, Sendable, Hashable {
    case count, sum, avg, min, max

    /// The type of `name(argument)`, or nil where there is no such function; `argument` nil is `name(*)`.
    ///
    /// ```
    /// count(anything)          BIGINT              sum(INT)             BIGINT
    /// sum(BIGINT)              DECIMAL(38,0)       sum(DECIMAL(p,s))    DECIMAL(38,s)
    /// avg(INT or BIGINT)       DECIMAL(38,16)      avg(DECIMAL(p,s))    DECIMAL(38,max(s,16))
    /// sum, avg(DOUBLE)         DOUBLE              min, max(T)          T
    /// ```
    package static func resultType(name: String, argument: DataType?) -> DataType? {
        guard let function = AggregateFunction(rawValue: name.lowercased()) else { return nil }
        guard let argument else { return function == .count ? .bigint : nil }
        switch function {
        case .count: return .bigint
        case .min, .max: return argument
        case .sum:
            switch argument {
            case .int: return .bigint
            case .bigint: return .decimal(precision: 38, scale: 0)
            case .decimal(_, let scale): return .decimal(precision: 38, scale: scale)
            case .double: return .double
            default: return nil
            }
        case .avg:
            switch argument {
            case .int, .bigint: return .decimal(precision: 38, scale: 16)
            case .decimal(_, let scale): return .decimal(precision: 38, scale: Swift.max(scale, 16))
            case .double: return .double
            default: return nil
            }
        }
    }
}

/// One aggregate call: which function of which column, over which rows.
package struct AggregateSpec: Sendable, Hashable {
    package var function: AggregateFunction
    /// The argument; nil: `count(*)`.
    package var column: Int?
    /// A BOOLEAN column: rows where it is not true are left out.
    package var filter: Int?
    /// The number of the frame, for OVER calls.
    package var frame: Int
    /// As ``AggregateFunction/resultType(name:argument:)`` says.
    package var resultType: DataType

    package init(
        _ function: AggregateFunction, column: Int? = nil, filter: Int? = nil, frame: Int = 0, resultType: DataType
    ) {
        self.function = function
        self.column = column
        self.filter = filter
        self.frame = frame
        self.resultType = resultType
    }
}

/// Why an aggregate has no value that its type can hold.
enum AggregateFailure: UInt8 {
    case sumOutOfRange, averageOutOfRange, floatOutOfRange, rowsOfNullOrder

    var text: String {
        switch self {
        case .sumOutOfRange: "sum is out of range: it has more than 38 digits"
        case .averageOutOfRange: "avg is out of range: it has more than 38 digits"
        case .floatOutOfRange: "sum of DOUBLE is out of range"
        case .rowsOfNullOrder: "a ROWS frame needs an ORDER BY value, found NULL"
        }
    }
}
