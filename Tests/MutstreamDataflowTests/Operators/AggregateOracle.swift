import MutstreamColumnar
import TestSupport

@testable import MutstreamDataflow

/// Aggregates computed from scratch over a list of rows: slow and plain.
enum AggregateOracle {
    enum Answer: Equatable {
        case value(Value)
        case failure
    }

    static func answer(_ spec: AggregateSpec, _ rows: [[Value]], _ types: [DataType]) -> Answer {
        let chosen = rows.filter { row in spec.filter.map { row[$0] == .bool(true) } ?? true }
        guard let column = spec.column else { return .value(.int64(Int64(chosen.count))) }
        let values = chosen.map { $0[column] }.filter { !$0.isNull }
        if spec.function == .count {
            return .value(.int64(Int64(spec.isDistinct ? Set(values.map(DistinctValue.init)).count : values.count)))
        }
        if values.isEmpty { return .value(.null) }
        switch spec.function {
        case .count: return .failure
        case .min: return .value(extreme(values) { isLess($0, $1) })
        case .max: return .value(extreme(values) { isLess($1, $0) })
        case .sum, .avg:
            if types[column] == .double {
                let sum = values.reduce(0.0) { if case .double(let x) = $1 { $0 + x } else { $0 } }
                return .value(.double(spec.function == .sum ? sum : sum / Double(values.count)))
            }
            return exact(spec, values, types[column])
        default: return .failure
        }
    }

    private static func extreme(_ values: [Value], _ isBetter: (Value, Value) -> Bool) -> Value {
        var best = values[0]
        for value in values where isBetter(value, best) { best = value }
        return best
    }

    private static func exact(_ spec: AggregateSpec, _ values: [Value], _ type: DataType) -> Answer {
        let limit = (0..<38).reduce(Int128(1)) { product, _ in product * 10 }
        // Halves are added up apart, so that no intermediate sum overflows.
        var high: Int128 = 0
        var low: Int128 = 0
        let base: Int128 = 1_000_000_000_000_000_000
        for value in values {
            let digits: Int128 =
                switch value {
                case .int64(let value): Int128(value)
                case .decimal(let value): value
                default: 0
                }
            high += digits / base
            low += digits % base
        }
        high += low / base
        low %= base
        guard high.magnitude < 200_000_000_000_000_000_000 else { return .failure }
        let (product, overflow) = high.multipliedReportingOverflow(by: base)
        let (sum, overflow2) = product.addingReportingOverflow(low)
        if overflow || overflow2 { return .failure }
        if spec.function == .sum {
            if type == .int { return .value(.int64(Int64(sum))) }
            return sum.magnitude < limit.magnitude ? .value(.decimal(sum)) : .failure
        }
        // Schoolbook division, one digit after the other.
        let count = Int128(values.count)
        var quotient = sum.magnitude / count.magnitude
        var rest = sum.magnitude % count.magnitude
        for _ in 0..<(spec.resultType.scale - type.scale) {
            let (next, tooLong) = quotient.multipliedReportingOverflow(by: 10)
            if tooLong { return .failure }
            quotient = next + rest * 10 / count.magnitude
            rest = rest * 10 % count.magnitude
        }
        if rest * 2 >= count.magnitude { quotient += 1 }
        if quotient >= limit.magnitude { return .failure }
        return .value(.decimal(sum < 0 ? -Int128(quotient) : Int128(quotient)))
    }

    static func isLess(_ lhs: Value, _ rhs: Value) -> Bool {
        switch (lhs, rhs) {
        case (.int64(let a), .int64(let b)): a < b
        case (.double(let a), .double(let b)): a.isNaN ? false : b.isNaN ? true : a < b
        case (.decimal(let a), .decimal(let b)): a < b
        case (.text(let a), .text(let b)): a.utf8.lexicographicallyPrecedes(b.utf8)
        case (.bool(let a), .bool(let b)): !a && b
        case (.interval(let a), .interval(let b)): a.comparable < b.comparable
        default: false
        }
    }
}

/// `function(column)` with the type that SQL gives it.
func spec(
    _ function: AggregateFunction, _ column: Int? = nil, filter: Int? = nil, frame: Int = 0, _ types: [DataType]
) -> AggregateSpec {
    let argument: DataType? = if let column { types[column] } else { nil }
    let type = AggregateFunction.resultType(name: function.rawValue, argument: argument)
    return AggregateSpec(function, column: column, filter: filter, frame: frame, resultType: type ?? .bigint)
}

/// Values that are equal in SQL are one.
private struct DistinctValue: Hashable {
    let text: String

    init(_ value: Value) {
        switch value {
        case .double(let number): text = "\(number == 0 ? 0 : number)"
        case .interval(let interval): text = "\(interval.comparable)"
        default: text = "\(value)"
        }
    }
}
