import MutstreamColumnar
import TestSupport
import Testing

@testable import MutstreamDataflow

@Suite struct AsofJoinTests {
    /// Key, time, and a name of the row.
    private static let types: [DataType] = [.text, .timestamp, .bigint]
    private static let outputs: [[DataType]] = [types + types]

    private static func join(
        _ rule: AsofJoin.Rule, keepsLeft: Bool, arrives: Bool = false, expires: Bool = false
    ) -> Runner {
        Runner(
            AsofJoin(
                leftTypes: types, rightTypes: types, leftKeys: [0], rightKeys: [0], leftTime: 1, rightTime: 1, rule: rule,
                keepsLeft: keepsLeft, arrives: arrives, expires: expires), inputs: [types, types], outputs: outputs)
    }

    private static let backward = AsofJoin.Rule(isBackward: true, orEqual: true)

    /// `"l5 r3"`: left and right rows of one key, each named by its place; what comes out as `+5:3`, `_` for no partner.
    private func run(_ diagram: String, _ rule: AsofJoin.Rule = backward, keepsLeft: Bool = true, arrives: Bool = false)
        -> String
    {
        let runner = Self.join(rule, keepsLeft: keepsLeft, arrives: arrives)
        var ordinal: Int64 = 0
        return diagram.split(separator: "|").map { step in
            let events = step.split(separator: " ").map { token -> TestEvent in
                let isRetraction = token.hasPrefix("-")
                let row = isRetraction ? token.dropFirst() : token
                ordinal += 1
                return TestEvent(
                    row.hasPrefix("l") ? 0 : 1,
                    TestRow(
                        ["k", .int64(Int64(row.dropFirst()) ?? 0), 0], weight: isRetraction ? -1 : 1, ordinal: ordinal))
            }
            return runner.step(events).map { row in
                let partner = if case .int64(let time) = row.values[4] { "\(time)" } else { "_" }
                guard case .int64(let time) = row.values[1] else { return "?" }
                return "\(row.weight < 0 ? "-" : "+")\(time):\(partner)"
            }.joined(separator: " ")
        }.joined(separator: " | ")
    }

    // MARK: Diagrams

    @Test func `a left row takes the last right row that is not after it, also when that comes later`() {
        #expect(run("r1 l5 | r3 | r9 | l9") == "+5:1 | -5:1 +5:3 |  | +9:9")
        #expect(run("l5 | r5 | -r5") == "+5:_ | -5:_ +5:5 | -5:5 +5:_")
        #expect(run("l5 | r5 | -r5", keepsLeft: false) == " | +5:5 | -5:5")
        #expect(run("r1 r3 l4 | -r3 | -l4") == "+4:3 | -4:3 +4:1 | -4:1")
    }

    @Test func `strictly before, and the first one after`() {
        let before = AsofJoin.Rule(isBackward: true, orEqual: false)
        #expect(run("r5 l5 l6 | r3", before) == "+5:_ +6:5 | -5:_ +5:3")
        let after = AsofJoin.Rule(isBackward: false, orEqual: true)
        #expect(run("l5 r9 | r6 | r5 | r4", after) == "+5:_ -5:_ +5:9 | -5:9 +5:6 | -5:6 +5:5 | ")
        let later = AsofJoin.Rule(isBackward: false, orEqual: false)
        #expect(run("r5 r7 l5 | -r7", later) == "+5:7 | -5:7 +5:_")
    }

    @Test func `a row that arrives is answered once`() {
        #expect(run("r1 l5 | r3 | l5 | -r3 | l5", arrives: true) == "+5:1 |  | +5:3 |  | +5:1")
    }

    @Test func `rows without a key or time have no partner`() {
        let runner = Self.join(Self.backward, keepsLeft: true)
        let rows = runner.step([
            TestEvent(1, TestRow([nil, 1, 0], ordinal: 1)), TestEvent(0, TestRow([nil, 5, 0], ordinal: 2)),
            TestEvent(0, TestRow(["k", nil, 0], ordinal: 3)), TestEvent(0, TestRow(["k", nil, 0], weight: -1, ordinal: 4)),
        ])
        #expect(rows.map(\.weight) == [1, 1, -1])
        #expect(rows.allSatisfy { $0.values[4] == .null })
        #expect(runner.subject.stateSize.rows == 0)
    }

    // MARK: Laws

    private struct Side {
        var rows: [(values: [Value], sequence: Int)] = []
    }

    private static func number(_ value: Value) -> Int64 { if case .int64(let number) = value { number } else { 0 } }

    /// The join of two contents; of right rows of one time the last that came.
    private static func batch(_ left: Side, _ right: Side, _ rule: AsofJoin.Rule, keepsLeft: Bool) -> [[Value]: Int64] {
        var result: [[Value]: Int64] = [:]
        for (row, _) in left.rows {
            let fitting = right.rows.filter { other in
                guard other.values[0] == row[0] else { return false }
                let (own, time) = (number(row[1]), number(other.values[1]))
                return rule.isBackward
                    ? (time < own || rule.orEqual && time == own) : (time > own || rule.orEqual && time == own)
            }
            let best = fitting.max { lhs, rhs in
                let (l, r) = (number(lhs.values[1]), number(rhs.values[1]))
                if l != r { return rule.isBackward ? l < r : l > r }
                return lhs.sequence < rhs.sequence
            }
            if let best {
                result[row + best.values, default: 0] += 1
            } else if keepsLeft {
                result[row + [.null, .null, .null], default: 0] += 1
            }
        }
        return result
    }

    private static let rules = [
        AsofJoin.Rule(isBackward: true, orEqual: true), AsofJoin.Rule(isBackward: true, orEqual: false),
        AsofJoin.Rule(isBackward: false, orEqual: true), AsofJoin.Rule(isBackward: false, orEqual: false),
    ]

    @Test(arguments: 0..<4) func `the maintained join equals the batch, and no division shows`(_ number: Int) {
        let seed = testSeed() &+ UInt64(number)
        var random = SplitMix64(seed: seed)
        for round in 0..<25 {
            let (rule, keepsLeft) = (Self.rules[number], random.oneIn(2))
            var sides = [Side(), Side()]
            var events: [TestEvent] = []
            var contents: [[Side]] = []
            for ordinal in 0..<200 {
                let side = random.below(2)
                if !sides[side].rows.isEmpty, random.oneIn(3) {
                    let row = sides[side].rows.remove(at: random.below(sides[side].rows.count))
                    events.append(TestEvent(side, TestRow(row.values, weight: -1, ordinal: Int64(ordinal))))
                } else {
                    // Right rows of one time have different names: which of them was the last must show.
                    let name = side == 1 ? Int64(ordinal) : Int64(random.below(2))
                    let row: [Value] = [.text(["a", "b"][random.below(2)]), .int64(Int64(random.below(30))), .int64(name)]
                    sides[side].rows.append((row, ordinal))
                    events.append(TestEvent(side, TestRow(row, ordinal: Int64(ordinal))))
                }
                contents.append(sides)
            }
            var outputs: [[TestRow]] = []
            for _ in 0..<2 {
                let runner = Self.join(rule, keepsLeft: keepsLeft)
                for range in divisions(events.map(\.ordinal), &random) {
                    runner.step(events[range])
                    let content = contents[range.upperBound - 1]
                    let expected = Self.batch(content[0], content[1], rule, keepsLeft: keepsLeft)
                    #expect(integrated(runner.out) == expected, "seed \(seed), round \(round), step \(range)")
                    if random.oneIn(8) { runner.restart() }
                }
                outputs.append(runner.out)
                #expect(runner.subject.stateSize.rows == sides[0].rows.count + sides[1].rows.count)
            }
            #expect(outputs[0] == outputs[1], "seed \(seed), round \(round)")
        }
    }

    @Test func `what both watermarks have passed is forgotten and the pairs stay right`() {
        let seed = testSeed()
        var random = SplitMix64(seed: seed)
        var sides = [Side(), Side()]
        var fronts: [Int64] = [0, 0]
        var marks: [Int64] = [.min, .min]
        var events: [TestEvent] = []
        for ordinal in 1...6000 {
            let side = random.below(2)
            fronts[side] = max(fronts[side], fronts[1 - side] - 10) + Int64(random.below(3))
            let time = fronts[side] - Int64(random.below(8))
            if time < marks[side] { continue }
            marks[side] = max(marks[side], time - 6)
            // In seconds: rows go by the second.
            let (second, mark) = (time * 1_000_000, marks[side] * 1_000_000)
            let row: [Value] = [.text(["a", "b", "c"][random.below(3)]), .int64(second), .int64(Int64(ordinal))]
            sides[side].rows.append((row, ordinal))
            events.append(TestEvent(side, TestRow(row, ordinal: Int64(ordinal)), watermark: mark))
        }
        let runner = Self.join(Self.backward, keepsLeft: true, expires: true)
        var most = 0
        for range in divisions(events.map(\.ordinal), &random) {
            runner.step(events[range])
            most = max(most, runner.subject.stateSize.rows - range.count)
            if random.oneIn(8) { runner.restart() }
        }
        #expect(most < 300, "seed \(seed)")
        #expect(integrated(runner.out) == Self.batch(sides[0], sides[1], Self.backward, keepsLeft: true), "seed \(seed)")
        let whole = Self.join(Self.backward, keepsLeft: true)
        whole.step(events)
        #expect(integrated(whole.out) == integrated(runner.out))
    }
}
