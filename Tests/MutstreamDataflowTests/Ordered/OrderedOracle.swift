import MutstreamColumnar
import MutstreamDataflow
import TestSupport

/// Sorts rows as SQL does, from values alone.
enum OrderedOracle {
    /// Below 0 where `lhs` comes first; neither is NULL. Intervals by length, NaN above all.
    static func compare(_ lhs: Value, _ rhs: Value) -> Int {
        switch (lhs, rhs) {
        case (.bool(let a), .bool(let b)): return (a ? 1 : 0) - (b ? 1 : 0)
        case (.int64(let a), .int64(let b)): return a < b ? -1 : a > b ? 1 : 0
        case (.double(let a), .double(let b)):
            if a.isNaN || b.isNaN { return (a.isNaN ? 1 : 0) - (b.isNaN ? 1 : 0) }
            return a < b ? -1 : a > b ? 1 : 0
        case (.decimal(let a), .decimal(let b)): return a < b ? -1 : a > b ? 1 : 0
        case (.text(let a), .text(let b)):
            let (a, b) = (Array(a.utf8), Array(b.utf8))
            return a == b ? 0 : a.lexicographicallyPrecedes(b) ? -1 : 1
        case (.interval(let a), .interval(let b)):
            return a.comparable < b.comparable ? -1 : a.comparable > b.comparable ? 1 : 0
        default: return 0
        }
    }

    static func compare(_ lhs: [Value], _ rhs: [Value], _ order: [SortItem]) -> Int {
        for item in order {
            let (a, b) = (lhs[item.column], rhs[item.column])
            if a.isNull || b.isNull {
                if a.isNull && b.isNull { continue }
                return a.isNull == item.nullsFirst ? -1 : 1
            }
            let result = compare(a, b)
            if result != 0 { return item.descending ? -result : result }
        }
        return 0
    }

    /// The rows of each partition, sorted, ties broken by all columns.
    static func partitions(_ rows: [[Value]], by partition: [Int], _ order: [SortItem]) -> [[[Value]]] {
        let grouped = Dictionary(grouping: rows) { row in partition.map { row[$0] } }
        return grouped.values.map { rows in
            rows.sorted { lhs, rhs in
                let result = compare(lhs, rhs, order)
                return (result != 0 ? result : compareAll(lhs, rhs)) < 0
            }
        }
    }

    /// All columns, where -0.0 is before 0.0 and intervals of one length are told apart.
    private static func compareAll(_ lhs: [Value], _ rhs: [Value]) -> Int {
        for column in lhs.indices {
            let result = compare(lhs, rhs, [SortItem(column: column)])
            if result != 0 { return result }
            switch (lhs[column], rhs[column]) {
            case (.double(let a), .double(let b)) where a == 0:
                if a.sign != b.sign { return a.sign == .minus ? -1 : 1 }
            case (.interval(let a), .interval(let b)):
                if a.months != b.months { return a.months < b.months ? -1 : 1 }
                if a.days != b.days { return a.days < b.days ? -1 : 1 }
            default: break
            }
        }
        return 0
    }

    /// A row in which -0.0 and 0.0 are two values, and all NaN are one.
    static func exact(_ row: [Value]) -> [Value] {
        row.map { value in
            guard case .double(let number) = value else { return value }
            return .text(number.isNaN ? "NaN" : "\(number)")
        }
    }
}

/// The sum of the weights of equal rows, to the bit.
func integratedExactly(_ rows: [TestRow]) -> [[Value]: Int64] {
    integrated(rows.map { TestRow(OrderedOracle.exact($0.values), weight: $0.weight) })
}

/// The first few rows that differ.
func difference(_ lhs: [[Value]: Int64], _ rhs: [[Value]: Int64]) -> String? {
    if lhs == rhs { return nil }
    let found = lhs.filter { rhs[$0.key] != $0.value }.prefix(3).map { TestRow($0.key, weight: $0.value) }
    let expected = rhs.filter { lhs[$0.key] != $0.value }.prefix(3).map { TestRow($0.key, weight: $0.value) }
    return "found \(found), expected \(expected)"
}

/// Random changes of a relation whose integral never has a negative weight.
struct RandomChanges {
    var present: [[Value]] = []
    var events: [TestEvent] = []
    private var ordinal: Int64 = 0

    mutating func add(_ row: [Value], weight: Int64 = 1) {
        for _ in 0..<weight { present.append(row) }
        events.append(TestEvent(0, TestRow(row, weight: weight, ordinal: ordinal)))
        ordinal += 1
    }

    mutating func remove(_ random: inout SplitMix64) {
        guard !present.isEmpty else { return }
        let row = present.remove(at: random.below(present.count))
        events.append(TestEvent(0, TestRow(row, weight: -1, ordinal: ordinal)))
        ordinal += 1
    }
}
