import MutstreamColumnar
import TestSupport

@testable import MutstreamDataflow

/// Every aggregate from scratch over the changes of one group: slow, plain, and of its own making.
enum RetractionOracle {
    /// - Parameter history: the changes of the group in order; a weight below 0 takes back the newest equal rows.
    static func answer(_ spec: AggregateSpec, _ history: [TestRow], _ types: [DataType]) -> Value {
        var rows: [[Value]] = []
        let looked = spec.columns + spec.order.map(\.column)
        for change in history where spec.filter.map({ change.values[$0] == .bool(true) }) ?? true {
            if change.weight > 0 {
                rows += repeatElement(change.values, count: Int(change.weight))
            } else {
                for _ in 0..<(-change.weight) {
                    let gone = rows.lastIndex { row in looked.allSatisfy { row[$0] == change.values[$0] } }
                    rows.remove(at: gone ?? 0)
                }
            }
        }
        var values = rows.map { row in spec.columns.map { row[$0] } }
        if spec.function == .count, spec.columns.isEmpty { return .int64(Int64(values.count)) }
        if !spec.order.isEmpty || spec.isDistinct {
            let items = spec.order.isEmpty ? spec.columns.map { SortItem(column: $0) } : spec.order
            let all = items + (spec.columns + spec.order.map(\.column)).map { SortItem(column: $0) }
            values = rows.sorted { comes($0, $1, all) }.map { row in spec.columns.map { row[$0] } }
        }
        if spec.isDistinct {
            var seen: Set<[Value]> = []
            values = values.filter { seen.insert($0).inserted }
        }
        return answer(spec, values, types)
    }

    private static func comes(_ lhs: [Value], _ rhs: [Value], _ items: [SortItem]) -> Bool {
        for item in items {
            let (a, b) = (lhs[item.column], rhs[item.column])
            if a == b { continue }
            if a.isNull || b.isNull { return a.isNull == item.nullsFirst }
            if AggregateOracle.isLess(a, b) { return !item.descending }
            if AggregateOracle.isLess(b, a) { return item.descending }
        }
        return false
    }

    private static func answer(_ spec: AggregateSpec, _ all: [[Value]], _ types: [DataType]) -> Value {
        let full = all.filter { row in row.allSatisfy { !$0.isNull } }
        let firsts = all.map { $0[0] }
        let values = firsts.filter { !$0.isNull }
        let sorted = values.sorted { isBefore($0, $1) }
        switch spec.function {
        case .count: return .int64(Int64(values.count))
        case .regrCount: return .int64(Int64(full.count))
        case .min: return sorted.first ?? .null
        case .max: return sorted.last ?? .null
        case .boolAnd: return values.isEmpty ? .null : .bool(values.allSatisfy { $0 == .bool(true) })
        case .boolOr: return values.isEmpty ? .null : .bool(values.contains(.bool(true)))
        case .bitAnd: return values.isEmpty ? .null : .int64(values.reduce(-1) { $0 & int($1) })
        case .bitOr: return values.isEmpty ? .null : .int64(values.reduce(0) { $0 | int($1) })
        case .bitXor: return values.isEmpty ? .null : .int64(values.reduce(0) { $0 ^ int($1) })
        case .anyValue: return values.first ?? .null
        case .firstValue, .singleValue: return firsts.first ?? .null
        case .lastValue: return firsts.last ?? .null
        case .stringAgg: return joined(spec, all)
        case .mode:
            var best: (Value, Int) = (.null, 0)
            for value in spec.order.first?.descending == true ? sorted.reversed() : sorted {
                let count = sorted.count { $0 == value }
                if count > best.1 { best = (value, count) }
            }
            return best.0
        case .percentileDisc:
            guard !sorted.isEmpty, case .double(let fraction)? = spec.constants.first else { return .null }
            let list = spec.order.first?.descending == true ? sorted.reversed() : sorted
            return list[max(Int((fraction * Double(list.count)).rounded(.up)) - 1, 0)]
        case .percentileCont:
            guard !sorted.isEmpty, case .double(let fraction)? = spec.constants.first else { return .null }
            let place = fraction * Double(sorted.count - 1)
            let list = (spec.order.first?.descending == true ? sorted.reversed() : sorted).map { double($0, .double) }
            let (low, high) = (list[Int(place.rounded(.down))], list[Int(place.rounded(.up))])
            return .double(low + (high - low) * (place - place.rounded(.down)))
        case .argMin, .argMax:
            let keyed = all.filter { !$0[1].isNull }
            let ordered = keyed.sorted { a, b in
                if a[1] != b[1] {
                    return spec.function == .argMin
                        ? AggregateOracle.isLess(a[1], b[1]) : AggregateOracle.isLess(b[1], a[1])
                }
                // Of equal keys the greatest, or least, value; NULL where there is no other.
                let isMax = spec.function == .argMax
                return comes(a, b, [SortItem(column: 0, descending: isMax, nullsFirst: false)])
            }
            return ordered.first?[0] ?? .null
        case .sum, .avg:
            if values.isEmpty { return .null }
            if types[spec.columns[0]] == .interval { return interval(spec, values) }
            let rows = values.map { value in types.indices.map { $0 == spec.columns[0] ? value : .null } }
            let plain = AggregateSpec(spec.function, column: spec.columns[0], resultType: spec.resultType)
            if case .value(let value) = AggregateOracle.answer(plain, rows, types) { return value }
            return .null
        default: return statistic(spec, full, types)
        }
    }

    /// Intervals of one length are in the order of their months and days.
    private static func isBefore(_ lhs: Value, _ rhs: Value) -> Bool {
        if case .interval(let a) = lhs, case .interval(let b) = rhs, a.comparable == b.comparable {
            return (a.months, a.days) < (b.months, b.days)
        }
        return AggregateOracle.isLess(lhs, rhs)
    }

    private static func int(_ value: Value) -> Int64 { if case .int64(let value) = value { value } else { 0 } }

    static func double(_ value: Value, _ type: DataType) -> Double {
        switch value {
        case .double(let value): return value
        case .int64(let value): return Double(value)
        case .decimal(let value):
            var result = Double(value)
            for _ in 0..<type.scale { result /= 10 }
            return result
        default: return .nan
        }
    }

    private static func joined(_ spec: AggregateSpec, _ all: [[Value]]) -> Value {
        var result: String?
        for row in all {
            guard case .text(let text) = row[0] else { continue }
            var separator = ""
            if case .text(let constant)? = spec.constants.first { separator = constant }
            if row.count > 1, case .text(let own) = row[1] { separator = own }
            result = result.map { $0 + separator + text } ?? text
        }
        return result.map { .text($0) } ?? .null
    }

    private static func interval(_ spec: AggregateSpec, _ values: [Value]) -> Value {
        var sum = Interval()
        for case .interval(let value) in values {
            sum.months += value.months
            sum.days += value.days
            sum.microseconds += value.microseconds
        }
        // Averages of intervals are compared with PostgreSQL elsewhere.
        return .interval(sum)
    }

    private static func statistic(_ spec: AggregateSpec, _ rows: [[Value]], _ types: [DataType]) -> Value {
        let ys = rows.map { double($0[0], types[spec.columns[0]]) }
        let xs = spec.columns.count > 1 ? rows.map { double($0[1], types[spec.columns[1]]) } : ys
        let n = Double(ys.count)
        if ys.isEmpty { return .null }
        let (meanX, meanY) = (xs.reduce(0, +) / n, ys.reduce(0, +) / n)
        let sxx = xs.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
        let syy = ys.reduce(0) { $0 + ($1 - meanY) * ($1 - meanY) }
        let sxy = zip(xs, ys).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) }
        func sample(_ value: Double) -> Double? { n < 2 ? nil : value / (n - 1) }
        let flatX = Set(xs).count == 1
        let flatY = Set(ys).count == 1
        let result: Double? =
            switch spec.function {
            case .varPop: sxx / n
            case .varSamp: sample(sxx)
            case .stddevPop: (sxx / n).squareRoot()
            case .stddevSamp: sample(sxx)?.squareRoot()
            case .corr: flatX || flatY ? nil : sxy / (sxx * syy).squareRoot()
            case .covarPop: sxy / n
            case .covarSamp: sample(sxy)
            case .regrAvgx: meanX
            case .regrAvgy: meanY
            case .regrSxx: sxx
            case .regrSyy: syy
            case .regrSxy: sxy
            case .regrSlope: flatX ? nil : sxy / sxx
            case .regrIntercept: flatX ? nil : meanY - sxy / sxx * meanX
            case .regrR2: flatX ? nil : flatY ? 1 : sxy * sxy / (sxx * syy)
            default: nil
            }
        return result.map { .double($0) } ?? .null
    }

    /// Whether two values agree: doubles and decimals of statistics up to rounding.
    static func agree(_ found: Value, _ expected: Value, _ type: DataType) -> Bool {
        if found == expected { return true }
        if found.isNull || expected.isNull { return false }
        guard type.isNumeric, type.physical != .int64 else { return false }
        let (a, b) = (double(found, type), double(expected, expectedType(expected, type)))
        return abs(a - b) <= 1e-9 * max(abs(a), abs(b), 1)
    }

    private static func expectedType(_ value: Value, _ type: DataType) -> DataType {
        if case .double = value { .double } else { type }
    }
}
