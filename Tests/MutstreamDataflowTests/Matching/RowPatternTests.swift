import MutstreamColumnar
import TestSupport
import Testing

@testable import MutstreamDataflow

@Suite struct RowPatternTests {
    private static let types: [DataType] = [.text, .timestamp, .bigint]
    private static let outputs: [[DataType]] = [types + [.text, .bigint], types, types + [.text]]
    private static let names = ["A", "B", "C"]
    private static let a = RowPattern.variable(0)
    private static let b = RowPattern.variable(1)
    private static let c = RowPattern.variable(2)

    private static func many(_ pattern: RowPattern, _ minimum: Int = 0, isReluctant: Bool = false) -> RowPattern {
        .repeated(pattern, minimum: minimum, maximum: nil, isReluctant: isReluctant)
    }

    private static func compare(_ op: String, _ slot: Int, _ number: Int64) throws -> Expression {
        try Typing.binary(op, .column(slot, .bigint), .literal(.int64(number), .bigint))
    }

    /// A: at most 1. B: at least 1. C: as `third` says, else more than the row before.
    private static func spec(
        _ pattern: RowPattern, skip: MatchSpec.Skip = .pastLastRow, within: Int64? = nil, looksBack: Bool = false
    ) throws -> MatchSpec {
        var slots = [MatchSlot(.row(column: 2, offset: 0), .bigint)]
        let third: Expression
        if looksBack {
            // C: the sum of A's rows is less than the value, or B has come and its last value is the same.
            slots.append(MatchSlot(.aggregate(.sum, column: 2, variables: 1), .decimal(precision: 38, scale: 0)))
            slots.append(MatchSlot(.mapped(column: 2, variables: 2, isFirst: false, skip: 0, offset: 0), .bigint))
            third = try Typing.binary("<", .column(1, slots[1].type), .column(0, .bigint))
                .orElse(Typing.binary("=", .column(2, .bigint), .column(0, .bigint)))
        } else {
            slots.append(MatchSlot(.row(column: 2, offset: -1), .bigint))
            third = try Typing.binary(">", .column(0, .bigint), .column(1, .bigint))
        }
        return MatchSpec(
            partition: [0], order: [SortItem(column: 1)], pattern: pattern, variables: names,
            conditions: [try compare("<=", 0, 1), try compare(">=", 0, 1), third], conditionSlots: slots,
            measureSlots: [MatchSlot(.classifier, .text), MatchSlot(.matchNumber, .bigint)], skip: skip, within: within,
            allRows: true)
    }

    private static func runner(_ spec: MatchSpec, isStream: Bool = true) throws -> Runner {
        let program = try #require(PatternProgram(spec.pattern))
        return Runner(
            RowPatternMatch(types: types, spec: spec, program: program, isStream: isStream), inputs: [types],
            outputs: outputs)
    }

    // MARK: Diagrams

    /// `"a1=0 a2=5>2 | …"`: a row of key a at time 1 with value 0; `>2`: then the watermark is 2.
    /// Emissions: `a1=A` for each row with its variable.
    private static func run(_ spec: MatchSpec, _ diagram: String) throws -> String {
        let runner = try runner(spec)
        var ordinal: Int64 = 0
        return diagram.split(separator: "|").map { step in
            let events = step.split(separator: " ").map { token -> TestEvent in
                let parts = token.split(separator: ">")
                let cells = parts[0].dropFirst().split(separator: "=").map { Int64($0) ?? 0 }
                ordinal += 1
                let values: [Value] = [.text(String(parts[0].prefix(1))), .int64(cells[0]), .int64(cells[1])]
                return TestEvent(
                    0, TestRow(values, ordinal: ordinal), watermark: parts.count > 1 ? Int64(parts[1]) : nil)
            }
            return runner.step(events).map { row in
                guard case .text(let key) = row.values[0], case .int64(let time) = row.values[1],
                    case .text(let name) = row.values[3]
                else { return "?" }
                return "\(key)\(time)=\(name)"
            }.joined(separator: " ")
        }.joined(separator: " | ")
    }

    @Test func `a match leaves when the watermark has passed the row that decides it`() throws {
        let spec = try Self.spec(.sequence([Self.a, Self.b]))
        #expect(try Self.run(spec, "a1=0 a2=5 | a9=9>2 | a9=9>3") == " |  | a1=A a2=B")
        // Rows come in any order: time is what counts.
        #expect(try Self.run(spec, "a2=5 b2=7 a1=0>2 | b1=0 a8=8>3") == " | a1=A a2=B")
    }

    @Test func `a greedy repetition waits for a row that cannot go on, a reluctant one does not`() throws {
        let greedy = try Self.spec(.sequence([Self.a, Self.many(Self.b, 1)]))
        #expect(try Self.run(greedy, "a1=0 a2=5 a3=6>4 | a4=0>5") == " | a1=A a2=B a3=B")
        let reluctant = try Self.spec(.sequence([Self.a, Self.many(Self.b, 1, isReluctant: true)]))
        #expect(try Self.run(reluctant, "a1=0 a2=5 a3=6>4 | a4=0>5") == "a1=A a2=B | ")
    }

    @Test func `WITHIN decides a match when the watermark says that no row can join`() throws {
        let spec = try Self.spec(.sequence([Self.a, Self.many(Self.b, 1)]), within: 5)
        #expect(try Self.run(spec, "a1=0 a2=5>5 | b9=9>6") == " | a1=A a2=B")
        // The row at the distance itself is outside.
        #expect(try Self.run(spec, "a1=0 a5=5 a6=7>9") == "a1=A a5=B")
        #expect(try Self.run(spec, "a1=0 a6=7>9 | a20=0>10") == " | ")
    }

    @Test func `an alternation prefers what stands to the left`() throws {
        let spec = try Self.spec(.sequence([.alternation([Self.b, Self.a]), Self.b]))
        #expect(try Self.run(spec, "a1=1 a2=1>3") == "a1=B a2=B")
    }

    @Test func `after a match the search goes on where SKIP says`() throws {
        let pattern = RowPattern.sequence([Self.a, Self.b, Self.b])
        let rows = "a1=1 a2=1 a3=1 a4=1 a5=0>6"
        #expect(try Self.run(Self.spec(pattern), rows) == "a1=A a2=B a3=B")
        #expect(try Self.run(Self.spec(pattern, skip: .toNextRow), rows) == "a1=A a2=B a3=B a2=A a3=B a4=B")
        #expect(try Self.run(Self.spec(pattern, skip: .toLast(2, "b")), rows) == "a1=A a2=B a3=B")
        #expect(try Self.run(Self.spec(pattern, skip: .toFirst(2, "b")), rows) == "a1=A a2=B a3=B a2=A a3=B a4=B")
    }

    @Test func `an attempt that takes too many steps is given up and says so`() throws {
        var spec = try Self.spec(
            .sequence([Self.many(.alternation([Self.a, Self.b]), 1), Self.c]), looksBack: true)
        spec.conditions[0] = try Typing.binary("<", .column(1, spec.conditionSlots[1].type), try Typing.number("1000"))
        spec.conditions[2] = try Self.compare(">", 0, 100)
        let program = try #require(PatternProgram(spec.pattern))
        let runner = Runner(
            RowPatternMatch(types: Self.types, spec: spec, program: program, isStream: true, stepsMax: 5_000),
            inputs: [Self.types], outputs: Self.outputs)
        let events = (1...60).map { row -> TestEvent in
            TestEvent(
                0, TestRow(["a", .int64(Int64(row)), row == 60 ? 200 : 1], ordinal: Int64(row)),
                watermark: row == 60 ? 1_000 : nil)
        }
        runner.step(events)
        var failures = rows(of: runner.last[2].batch)
        runner.step([TestEvent(0, TestRow(["b", 2_000, 0], ordinal: 61), watermark: .max)])
        failures += rows(of: runner.last[2].batch)
        #expect(!failures.isEmpty && failures.count < 60)
        #expect(failures.allSatisfy { "\($0.values)".contains("too many steps") })
        // Rows near the end begin few partial matches.
        #expect(!runner.out.isEmpty)
    }

    @Test func `a long match keeps no more than its own rows`() throws {
        let spec = try Self.spec(.sequence([Self.a, Self.many(Self.b), Self.c]))
        let runner = try Self.runner(spec)
        let count: Int64 = 6_000
        let events = (0...count).map { row -> TestEvent in
            let value = row == count ? 0 : row
            return TestEvent(
                0, TestRow(["a", .int64(row), .int64(value)], ordinal: row + 1), watermark: row == count ? count + 1 : nil)
        }
        runner.step(events)
        let names = runner.out.compactMap { row -> String? in
            if case .text(let name) = row.values[3] { name } else { nil }
        }
        #expect(names == ["A"] + [String](repeating: "B", count: Int(count) - 2) + ["C"])
    }

    @Test func `SKIP to the row at which the match began goes on behind it and says so`() throws {
        let runner = try Self.runner(Self.spec(.sequence([Self.a, Self.b]), skip: .toFirst(1, "a")))
        let rows: [[Value]] = [["a", 1, 0], ["a", 2, 5]]
        runner.step(
            rows.enumerated().map { TestEvent(0, TestRow($1, ordinal: Int64($0) + 1), watermark: $0 == 1 ? 9 : nil) })
        #expect(runner.out.count == 2)
        #expect(
            TestSupport.rows(of: runner.last[2].batch).map(\.values)
                == [["a", 1, 0, "AFTER MATCH SKIP TO FIRST a: it is the first row of the match"]])
    }

    @Test func `a row behind the watermark is late`() throws {
        let runner = try Self.runner(Self.spec(Self.a))
        runner.step([TestEvent(0, TestRow(["a", 5, 0], ordinal: 1), watermark: 4)])
        runner.step([TestEvent(0, TestRow(["a", 3, 0], ordinal: 2)), TestEvent(0, TestRow(["a", 4, 0], ordinal: 3))])
        #expect(runner.second.map(\.values) == [["a", 3, 0]])
    }

    @Test func `a pattern with countless ways is as fast as any`() throws {
        let both = Self.many(.alternation([Self.a, Self.b]))
        let spec = try Self.spec(.sequence([both, both, both, Self.c, Self.c, Self.c]))
        let runner = try Self.runner(spec)
        let events = (1...2_000).map { place in
            TestEvent(
                0, TestRow(["a", .int64(Int64(place)), 1], ordinal: Int64(place)), watermark: Int64(place))
        }
        for start in stride(from: 0, to: 2_000, by: 100) { runner.step(events[start..<start + 100]) }
        #expect(runner.out.isEmpty)
    }

    // MARK: Laws

    private static func oracle(_ spec: MatchSpec, looksBack: Bool) -> MatchOracle {
        MatchOracle(pattern: spec.pattern, within: spec.within) { variable, at, start, labels, rows in
            let value = rows[at].value
            switch variable {
            case 0: return value <= 1
            case 1: return value >= 1
            default:
                if !looksBack { return at > 0 && value > rows[at - 1].value }
                let taken = labels.indices.map { (labels[$0], rows[start + $0].value) }
                let first = taken.filter { $0.0 == 0 }.map(\.1)
                if !first.isEmpty, first.reduce(0, +) < value { return true }
                return taken.last { $0.0 == 1 }.map { $0.1 == value } ?? false
            }
        }
    }

    private static func expected(_ spec: MatchSpec, _ content: [[Value]], looksBack: Bool) -> [[Value]] {
        let oracle = oracle(spec, looksBack: looksBack)
        var result: [[Value]] = []
        for key in ["a", "b", "z"] {
            let rows = content.filter { $0[0] == .text(key) }.enumerated()
                .map { place, row -> (MatchOracle.Row, Int) in
                    guard case .int64(let time) = row[1], case .int64(let value) = row[2] else {
                        return (MatchOracle.Row(time: 0, value: 0), place)
                    }
                    return (MatchOracle.Row(time: time, value: value), place)
                }.sorted { ($0.0.time, $0.1) < ($1.0.time, $1.1) }.map(\.0)
            for (number, match) in oracle.matches(rows, spec.skip).enumerated() {
                for (place, label) in match.labels.enumerated() {
                    let row = rows[match.start + place]
                    result.append([
                        .text(key), .int64(row.time), .int64(row.value), .text(names[label]), .int64(Int64(number) + 1),
                    ])
                }
            }
        }
        return result
    }

    private static func stream(_ count: Int, _ random: inout SplitMix64) -> [TestEvent] {
        var events: [TestEvent] = []
        var (front, watermark) = (Int64(0), Int64.min)
        for ordinal in 1...Int64(count) {
            front += Int64(random.below(3))
            let time = front - Int64(random.below(5))
            if time < watermark { continue }
            watermark = max(watermark, time - 3)
            let row: [Value] = [.text(["a", "b"][random.below(2)]), .int64(time), .int64(Int64(random.below(4)))]
            events.append(TestEvent(0, TestRow(row, ordinal: ordinal), watermark: watermark))
        }
        events.append(TestEvent(0, TestRow(["z", .int64(front + 50), 0], ordinal: Int64(count) + 1), watermark: .max))
        return events
    }

    private static func randomSpec(_ random: inout SplitMix64, looksBack: Bool) throws -> MatchSpec {
        var pattern = MatchOracle.pattern(3, &random)
        while pattern.matchesEmpty { pattern = MatchOracle.pattern(3, &random) }
        let skip: MatchSpec.Skip = [.pastLastRow, .toNextRow, .toFirst(2, "b"), .toLast(6, "bc")][random.below(4)]
        return try spec(pattern, skip: skip, within: random.oneIn(2) ? Int64(2 + random.below(8)) : nil, looksBack: looksBack)
    }

    @Test(arguments: [false, true])
    func `matches are those of trying all ways, in one order however steps are divided`(_ looksBack: Bool) throws {
        let seed = testSeed()
        var random = SplitMix64(seed: seed)
        for round in 0..<150 {
            let spec = try Self.randomSpec(&random, looksBack: looksBack)
            let events = Self.stream(40, &random)
            let content = events.compactMap { $0.row?.values }
            let expected = Self.expected(spec, content, looksBack: looksBack)
            var outputs: [[TestRow]] = []
            for _ in 0..<3 {
                let runner = try Self.runner(spec)
                runner.run(events, &random)
                outputs.append(runner.out)
                #expect(runner.subject.stateSize.rows <= 3, "seed \(seed), round \(round)")
            }
            #expect(outputs.allSatisfy { $0 == outputs[0] }, "seed \(seed), round \(round)")
            for key in ["a", "b", "z"] {
                let own = outputs[0].map(\.values).filter { $0[0] == .text(key) }
                #expect(own == expected.filter { $0[0] == .text(key) }, "seed \(seed), round \(round), \(spec.pattern)")
            }
            let table = try Self.runner(spec, isStream: false)
            table.run(events, &random)
            #expect(integrated(table.out) == integrated(outputs[0]), "seed \(seed), round \(round)")
        }
    }

    @Test func `over rows that change, matches are those of the rows that are there, after every step`() throws {
        let seed = testSeed()
        var random = SplitMix64(seed: seed)
        for round in 0..<40 {
            let spec = try Self.randomSpec(&random, looksBack: round % 2 == 0)
            let runner = try Self.runner(spec, isStream: false)
            var content: [[Value]] = []
            var events: [TestEvent] = []
            var contents: [[[Value]]] = []
            for ordinal in 0..<Int64(60) {
                if content.count > 12 || !content.isEmpty && random.oneIn(3) {
                    let row = content[random.below(content.count)]
                    if let last = content.lastIndex(of: row) { content.remove(at: last) }
                    events.append(TestEvent(0, TestRow(row, weight: -1, ordinal: ordinal)))
                } else {
                    let row: [Value] = [
                        .text(["a", "b"][random.below(2)]), .int64(Int64(random.below(20))), .int64(Int64(random.below(4))),
                    ]
                    content.append(row)
                    events.append(TestEvent(0, TestRow(row, ordinal: ordinal)))
                }
                contents.append(content)
            }
            for range in divisions(events.map(\.ordinal), &random) {
                runner.step(events[range])
                var expected: [[Value]: Int64] = [:]
                for row in Self.expected(spec, contents[range.upperBound - 1], looksBack: round % 2 == 0) {
                    expected[row, default: 0] += 1
                }
                #expect(integrated(runner.out) == expected, "seed \(seed), round \(round), step \(range)")
                if random.oneIn(8) { runner.restart() }
            }
            #expect(runner.subject.stateSize.rows == content.count)
        }
    }
}

extension Expression {
    fileprivate func orElse(_ other: Expression) -> Expression { Expression(.or([self, other]), .boolean) }
}
