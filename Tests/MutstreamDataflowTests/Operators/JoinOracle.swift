import MutstreamColumnar
import MutstreamDataflow
import TestSupport

/// One side of a nested-loop join: weighted rows in insertion order, a retraction set off against the oldest equal row.
struct OracleSide {
    private(set) var rows: [(values: [Value], weight: Int64)] = []

    mutating func apply(_ values: [Value], _ weight: Int64) {
        var rest = weight
        var index = 0
        while index < rows.count, rest != 0 {
            guard rows[index].values == values, (rows[index].weight < 0) != (rest < 0) else {
                index += 1
                continue
            }
            let sum = rows[index].weight + rest
            if sum != 0, (sum < 0) == (rows[index].weight < 0) {
                rows[index].weight = sum
                rest = 0
            } else {
                rows.remove(at: index)
                rest = sum
            }
        }
        if rest != 0 { rows.append((values, rest)) }
    }
}

/// Whether a pair of rows joins: keys equal and not NULL, unless NULL is equal to NULL; the time between the bounds; `rest`.
struct OracleCondition {
    var leftKeys: [Int]
    var rightKeys: [Int]
    var nullSafe: [Bool] = []
    var bounds: IntervalBounds?
    var rest: (any TestPredicate)?

    /// The keys are equal and the time lies between the bounds.
    func mayHold(_ left: [Value], _ right: [Value]) -> Bool {
        for (index, (l, r)) in zip(leftKeys, rightKeys).enumerated() {
            let nullsMatch = !nullSafe.isEmpty && nullSafe[index]
            if (left[l].isNull && !nullsMatch) || left[l] != right[r] { return false }
        }
        if let bounds {
            guard case .int64(let from) = left[bounds.leftTime], case .int64(let to) = right[bounds.rightTime] else {
                return false
            }
            if let lower = bounds.lower, to - from < lower { return false }
            if let upper = bounds.upper, to - from > upper { return false }
        }
        return true
    }

    func holds(_ left: [Value], _ right: [Value]) -> Bool {
        mayHold(left, right) && rest?.holds(left + right) ?? true
    }
}

/// A condition that tests evaluate a row at a time.
protocol TestPredicate: RowPredicate, Sendable {
    func holds(_ row: [Value]) -> Bool
    func fails(_ row: [Value]) -> RowFailure?
}

extension TestPredicate {
    func fails(_ row: [Value]) -> RowFailure? { nil }

    func evaluate(_ batch: Batch) -> [Bool] {
        (0..<batch.count).map { row in holds(batch.columns.map { $0.value(at: row) }) }
    }

    func judge(_ batch: Batch) -> (passed: [Bool], failures: [FailedRow]) {
        var failures: [FailedRow] = []
        for row in 0..<batch.count {
            guard let failure = fails(batch.columns.map { $0.value(at: row) }) else { continue }
            failures.append((Int32(row), failure))
        }
        return (evaluate(batch), failures)
    }
}

/// 10 divided by the integer in one column is less than that in another: fails where it is 0.
struct QuotientLess: TestPredicate {
    var lhs: Int
    var rhs: Int

    func holds(_ row: [Value]) -> Bool {
        guard case .int64(let left) = row[lhs], case .int64(let right) = row[rhs], left != 0 else { return false }
        return 10 / left < right
    }

    func fails(_ row: [Value]) -> RowFailure? { row[lhs] == .int64(0) ? .divisionByZero : nil }
}

/// The integer in one column is less than that in another.
struct LessThan: TestPredicate {
    var lhs: Int
    var rhs: Int

    func holds(_ row: [Value]) -> Bool {
        guard case .int64(let left) = row[lhs], case .int64(let right) = row[rhs] else { return false }
        return left < right
    }
}

enum JoinOracle {
    /// What an arrival join emits, each driving row against all changes with ordinals up to its own.
    static func arrival(
        _ kind: ArrivalJoin.Kind, _ events: [TestEvent], _ condition: OracleCondition, rightCount: Int
    ) -> [TestRow] {
        var side = OracleSide()
        var out: [TestRow] = []
        for event in inOrder(events, first: 1) {
            guard let row = event.row else { continue }
            if event.input == 1 {
                side.apply(row.values, row.weight)
                continue
            }
            let matches = side.rows.filter { $0.weight > 0 && condition.holds(row.values, $0.values) }
            switch kind {
            case .inner, .left:
                for match in matches {
                    for _ in 0..<match.weight { out.append(TestRow(row.values + match.values, ordinal: row.ordinal)) }
                }
                if kind == .left, matches.isEmpty {
                    let nulls = [Value](repeating: .null, count: rightCount)
                    out.append(TestRow(row.values + nulls, ordinal: row.ordinal))
                }
            case .semi: if !matches.isEmpty { out.append(row) }
            case .anti: if matches.isEmpty { out.append(row) }
            }
        }
        return out
    }

    /// What an arrival join emits whose driving rows can be taken back, in the order in which equal ones came.
    static func changing(
        _ kind: ArrivalJoin.Kind, _ events: [TestEvent], _ condition: OracleCondition, rightCount: Int
    ) -> [TestRow] {
        var side = OracleSide()
        /// Below an answer that is nil, its retraction came first.
        var answers: [[Value]: [[(values: [Value], weight: Int64)]?]] = [:]
        var out: [TestRow] = []
        for event in inOrder(events, first: 1) {
            guard let row = event.row else { continue }
            if event.input == 1 {
                side.apply(row.values, row.weight)
                continue
            }
            var answer = side.rows.filter { $0.weight > 0 && condition.holds(row.values, $0.values) }
            switch kind {
            case .inner: break
            case .left: if answer.isEmpty { answer = [(nulls(rightCount), 1)] }
            case .semi: answer = answer.isEmpty ? [] : [([], 1)]
            case .anti: answer = answer.isEmpty ? [([], 1)] : []
            }
            for _ in 0..<row.weight.magnitude {
                var known = answers[row.values] ?? []
                if row.weight > 0, known.first.map({ $0 == nil }) ?? false {
                    known.removeFirst()
                } else if row.weight > 0 {
                    known.append(answer)
                    out += answer.map { TestRow(row.values + $0.values, weight: $0.weight, ordinal: row.ordinal) }
                } else if let oldest = known.first, let oldest {
                    known.removeFirst()
                    out += oldest.map { TestRow(row.values + $0.values, weight: -$0.weight, ordinal: row.ordinal) }
                } else {
                    known.append(nil)
                }
                answers[row.values] = known
            }
        }
        return out
    }

    /// What a maintained join emits: each row of a side against those of the other.
    static func maintained(_ events: [TestEvent], _ condition: OracleCondition) -> [TestRow] {
        var sides = [OracleSide(), OracleSide()]
        var out: [TestRow] = []
        for event in inOrder(events, first: 0) {
            guard let row = event.row else { continue }
            for other in sides[1 - event.input].rows {
                let (left, right) = event.input == 0 ? (row.values, other.values) : (other.values, row.values)
                guard condition.holds(left, right) else { continue }
                out.append(TestRow(left + right, weight: row.weight * other.weight, ordinal: row.ordinal))
            }
            sides[event.input].apply(row.values, row.weight)
        }
        return out
    }

    /// The join of two finished relations. A row is matched while the weights of its matches sum up to more than 0.
    static func batch(
        _ kind: MaintainedJoin.Kind, _ events: some Sequence<TestEvent>, _ condition: OracleCondition,
        leftCount: Int = JoinEvents.types.count, rightCount: Int = JoinEvents.types.count
    ) -> [[Value]: Int64] {
        let left = integrated(events.compactMap { $0.input == 0 ? $0.row : nil })
        let right = integrated(events.compactMap { $0.input == 1 ? $0.row : nil })
        var result: [[Value]: Int64] = [:]
        var leftMatches: [[Value]: Int64] = [:]
        var rightMatches: [[Value]: Int64] = [:]
        for (l, leftWeight) in left {
            for (r, rightWeight) in right where condition.holds(l, r) {
                leftMatches[l, default: 0] += rightWeight
                rightMatches[r, default: 0] += leftWeight
                if kind != .semi && kind != .anti { result[l + r, default: 0] += leftWeight * rightWeight }
            }
        }
        for (l, weight) in left {
            let isMatched = leftMatches[l, default: 0] > 0
            switch kind {
            case .inner: break
            case .left, .full: if !isMatched { result[l + nulls(rightCount), default: 0] += weight }
            case .semi: if isMatched { result[l, default: 0] += weight }
            case .anti: if !isMatched { result[l, default: 0] += weight }
            }
        }
        if kind == .full {
            for (r, weight) in right where rightMatches[r, default: 0] <= 0 {
                result[nulls(leftCount) + r, default: 0] += weight
            }
        }
        return result.filter { $0.value != 0 }
    }

    private static func nulls(_ count: Int) -> [Value] { [Value](repeating: .null, count: count) }

    /// The pairs of two finished relations for which the condition fails, with the reason.
    static func failures(_ events: some Sequence<TestEvent>, _ condition: OracleCondition) -> [[Value]: Int64] {
        let left = integrated(events.compactMap { $0.input == 0 ? $0.row : nil })
        let right = integrated(events.compactMap { $0.input == 1 ? $0.row : nil })
        var result: [[Value]: Int64] = [:]
        for (l, leftWeight) in left {
            for (r, rightWeight) in right where condition.mayHold(l, r) {
                guard let failure = condition.rest?.fails(l + r) else { continue }
                result[l + r + [.text(failure.message)], default: 0] += leftWeight * rightWeight
            }
        }
        return result.filter { $0.value != 0 }
    }

    /// By ordinal; where it is equal, one input first.
    private static func inOrder(_ events: [TestEvent], first: Int) -> [TestEvent] {
        let numbered = events.enumerated().sorted { lhs, rhs in
            let (a, b) = (lhs.element, rhs.element)
            if a.ordinal != b.ordinal { return a.ordinal < b.ordinal }
            if a.input != b.input { return a.input == first }
            return lhs.offset < rhs.offset
        }
        return numbered.map(\.element)
    }
}

/// Random changes of two relations with columns (key text, value, note text).
struct JoinEvents {
    static let types: [DataType] = [.text, .bigint, .text]
    var random: SplitMix64
    /// Whether input 0 is only appended to.
    var isDriven: Bool
    private var kept: [[[Value]]] = [[], []]

    init(_ random: SplitMix64, isDriven: Bool) {
        self.random = random
        self.isDriven = isDriven
    }

    private mutating func fresh() -> [Value] {
        let keys: [Value] = ["a", "b", "", "a key beyond twelve bytes", "a key beyond twelve bytes!", nil]
        let note: Value = random.oneIn(5) ? nil : .text(random.letters([0, 3, 12, 13, 40][random.below(5)]))
        return [keys[random.below(keys.count)], random.oneIn(8) ? nil : .int64(Int64(random.below(10))), note]
    }

    mutating func make(_ count: Int) -> [TestEvent] {
        var events: [TestEvent] = []
        var ordinal: Int64 = 100
        for _ in 0..<count {
            if !random.oneIn(4) { ordinal += 1 + Int64(random.below(3)) }
            let input = random.below(2)
            let retracts = input == 1 || !isDriven
            if retracts, random.oneIn(3), !kept[input].isEmpty {
                let values = kept[input].remove(at: random.below(kept[input].count))
                events.append(TestEvent(input, TestRow(values, weight: -1, ordinal: ordinal)))
            } else if retracts, random.oneIn(12) {
                // A retraction before its row.
                let values = fresh()
                events.append(TestEvent(input, TestRow(values, weight: -1, ordinal: ordinal)))
                if random.oneIn(2) { events.append(TestEvent(input, TestRow(values, weight: 2, ordinal: ordinal))) }
            } else {
                let values = random.oneIn(5) ? kept[input].last ?? fresh() : fresh()
                let weight: Int64 = retracts && random.oneIn(9) ? 2 : 1
                for _ in 0..<weight { kept[input].append(values) }
                events.append(TestEvent(input, TestRow(values, weight: weight, ordinal: ordinal)))
            }
        }
        return events
    }
}
