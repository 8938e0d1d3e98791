import MutstreamColumnar
import TestSupport

@testable import MutstreamDataflow

/// MATCH_RECOGNIZE by trying all ways in the order of preference, one after the other.
struct MatchOracle {
    struct Row {
        var time: Int64
        var value: Int64
    }

    var pattern: RowPattern
    var within: Int64?
    /// Whether a variable takes the row at a place, behind rows taken as these variables.
    var holds: (_ variable: Int, _ at: Int, _ start: Int, _ labels: [Int], _ rows: [Row]) -> Bool

    /// Where each match begins, and the variables of its rows.
    func matches(_ rows: [Row], _ skip: MatchSpec.Skip) -> [(start: Int, labels: [Int])] {
        var result: [(start: Int, labels: [Int])] = []
        var start = 0
        while start < rows.count {
            guard let labels = way(pattern, start, [], start, rows, { $1 }), !labels.isEmpty else {
                start += 1
                continue
            }
            result.append((start, labels))
            let place: Int?
            switch skip {
            case .pastLastRow: place = labels.count
            case .toNextRow: place = 1
            case .toFirst(let set, _): place = labels.firstIndex { set >> UInt64($0) & 1 != 0 }
            case .toLast(let set, _): place = labels.lastIndex { set >> UInt64($0) & 1 != 0 }
            }
            start += max(place ?? 1, 1)
        }
        return result
    }

    private func way(
        _ pattern: RowPattern, _ at: Int, _ labels: [Int], _ start: Int, _ rows: [Row],
        _ next: (Int, [Int]) -> [Int]?
    ) -> [Int]? {
        switch pattern {
        case .variable(let variable):
            guard at < rows.count, within.map({ rows[at].time - rows[start].time < $0 }) ?? true,
                holds(variable, at, start, labels, rows)
            else { return nil }
            return next(at + 1, labels + [variable])
        case .sequence(let parts):
            guard let first = parts.first else { return next(at, labels) }
            return way(first, at, labels, start, rows) {
                way(.sequence(Array(parts.dropFirst())), $0, $1, start, rows, next)
            }
        case .alternation(let parts):
            for part in parts {
                if let found = way(part, at, labels, start, rows, next) { return found }
            }
            return nil
        case .repeated(let inner, let minimum, let maximum, let isReluctant):
            return turn(inner, 0, minimum, maximum, isReluctant, at, labels, start, rows, next)
        }
    }

    private func turn(
        _ inner: RowPattern, _ count: Int, _ minimum: Int, _ maximum: Int?, _ isReluctant: Bool, _ at: Int,
        _ labels: [Int], _ start: Int, _ rows: [Row], _ next: (Int, [Int]) -> [Int]?
    ) -> [Int]? {
        func more() -> [Int]? {
            if let maximum, count >= maximum { return nil }
            return way(inner, at, labels, start, rows) { end, labels in
                end == at
                    ? nil : turn(inner, count + 1, minimum, maximum, isReluctant, end, labels, start, rows, next)
            }
        }
        if isReluctant {
            if count >= minimum, let found = next(at, labels) { return found }
            return more()
        }
        if let found = more() { return found }
        return count >= minimum ? next(at, labels) : nil
    }

    /// A small pattern that takes a row.
    static func pattern(_ depth: Int, _ random: inout SplitMix64) -> RowPattern {
        if depth == 0 || random.oneIn(4) { return .variable(random.below(3)) }
        switch random.below(4) {
        case 0: return .alternation((0..<2).map { _ in pattern(depth - 1, &random) })
        case 1: return .sequence((0..<(2 + random.below(2))).map { _ in pattern(depth - 1, &random) })
        default:
            let inner = pattern(depth - 1, &random)
            if inner.matchesEmpty { return inner }
            let (minimum, maximum): (Int, Int?) = [(0, nil), (1, nil), (0, 1), (2, nil), (1, 3), (2, 2)][random.below(6)]
            return .repeated(inner, minimum: minimum, maximum: maximum, isReluctant: random.oneIn(3))
        }
    }
}
