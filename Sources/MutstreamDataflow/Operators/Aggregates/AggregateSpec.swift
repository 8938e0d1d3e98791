import MutstreamColumnar

/// One aggregate call: which function of which columns, over which rows.
///
/// ```
/// function(columns)                       count(*) has none; `max_by(x, key)` has two
/// mode() WITHIN GROUP (ORDER BY x)        columns: x, order: x as it is sorted
/// percentile_cont(f) WITHIN GROUP (…)     columns: x, order: x as it is sorted, constants: f, or all of an array
/// string_agg(x, s)                        columns: x, constants: s; or columns: x, s where s is no constant
/// approx_percentile(x, f, error)          columns: x, constants: f and perhaps error
/// ```
package struct AggregateSpec: Sendable, Hashable {
    package var function: AggregateFunction
    /// The arguments that are not constant; empty: `count(*)`.
    package var columns: [Int]
    /// Whether rows of equal arguments count once.
    package var isDistinct: Bool
    /// ORDER BY inside the call, or that of WITHIN GROUP.
    package var order: [SortItem]
    /// A BOOLEAN column: rows where it is not true are left out.
    package var filter: Int?
    /// What is the same for all rows: ``AggregateSignature/constants``.
    package var constants: [Value]
    /// The number of the frame, for OVER calls.
    package var frame: Int
    /// As ``AggregateFunction/resolve(name:arguments:isStar:order:)`` says.
    package var resultType: DataType

    package init(
        _ function: AggregateFunction, columns: [Int], isDistinct: Bool = false, order: [SortItem] = [],
        filter: Int? = nil, constants: [Value] = [], frame: Int = 0, resultType: DataType
    ) {
        self.function = function
        self.columns = columns
        self.isDistinct = isDistinct
        self.order = order
        self.filter = filter
        self.constants = constants
        self.frame = frame
        self.resultType = resultType
    }

    /// A call of at most one argument; no column: `count(*)`.
    package init(
        _ function: AggregateFunction, column: Int? = nil, filter: Int? = nil, frame: Int = 0, resultType: DataType
    ) {
        self.init(
            function, columns: column.map { [$0] } ?? [], filter: filter, frame: frame, resultType: resultType)
    }

    /// The first argument; nil: `count(*)`.
    package var column: Int? { columns.first }
}

/// Why an aggregate has no value that its type can hold.
enum AggregateFailure: UInt8 {
    case sumOutOfRange, averageOutOfRange, floatOutOfRange, rowsOfNullOrder
    case intervalOutOfRange, varianceOutOfRange, statisticOutOfRange, distinctOfNullOrder, nullKey, resultTooLong, notJSON

    var text: String {
        switch self {
        case .sumOutOfRange: "sum is out of range: it has more than 38 digits"
        case .averageOutOfRange: "avg is out of range: it has more than 38 digits"
        case .floatOutOfRange: "sum of DOUBLE is out of range"
        case .rowsOfNullOrder: "a ROWS frame needs an ORDER BY value, found NULL"
        case .distinctOfNullOrder: "count(DISTINCT) over a frame needs an ORDER BY value, found NULL"
        case .intervalOutOfRange: "sum of INTERVAL is out of range"
        case .varianceOutOfRange: "variance or standard deviation is out of range: it has more than 38 digits"
        case .statisticOutOfRange: "statistic is out of range of DOUBLE"
        case .nullKey: "a key of json_object_agg is NULL, expected a value"
        case .resultTooLong: "the result of an aggregate is longer than 64 MiB"
        case .notJSON: "a value inside the result of an aggregate is no JSON"
        }
    }
}

extension AggregateSpec {
    /// Refuses constants that the function cannot work with.
    /// - Throws: a fraction that is not between 0 and 1, a relative error or a precision out of range.
    package func checkConstants() throws(TypeError) {
        switch function {
        case .percentileCont, .percentileDisc:
            for constant in constants { try check(constant, "a fraction", 0...1) }
        case .approxPercentile:
            if let fraction = constants.first { try check(fraction, "a fraction", 0...1) }
            if constants.count > 1 { try check(constants[1], "a relative error", 0.000_001...0.5) }
        case .approxCountDistinct:
            if let precision = constants.first { try check(precision, "a precision", 4...16) }
        default: break
        }
    }

    private func check(_ value: Value, _ what: String, _ range: ClosedRange<Double>) throws(TypeError) {
        let number: Double
        switch value {
        case .null: return
        case .double(let value): number = value
        case .int64(let value): number = Double(value)
        default: throw TypeError("\(function.rawValue) needs \(what) that is a number")
        }
        if range.contains(number) { return }
        throw TypeError(
            "\(function.rawValue) needs \(what) from \(range.lowerBound) to \(range.upperBound), found \(number)")
    }
}
