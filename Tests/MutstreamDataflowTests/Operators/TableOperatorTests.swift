import MutstreamColumnar
import MutstreamDataflow
import TestSupport
import Testing

@Suite struct UpsertTableTests {
    private static let types: [DataType] = [.bigint, .text, .double]

    @Test func `changes agree with a dictionary, however steps are divided`() {
        var random = SplitMix64(seed: testSeed())
        for _ in 0..<20 {
            var table: [Value: [Value]] = [:]
            var events: [TestEvent] = []
            var expected: [TestRow] = []
            var refused: [Int64] = []
            for ordinal in 0..<Int64(300) {
                let key = Value.int64(Int64(random.below(12)))
                let text: Value = random.oneIn(4) ? nil : .text(random.letters([1, 12, 13, 50][random.below(4)]))
                let values: [Value] = random.oneIn(4) ? table[key] ?? [key, nil, 0.0] : [key, text, 1.5]
                let isDelete = random.oneIn(6)
                events.append(TestEvent(0, TestRow(values, weight: isDelete ? -1 : 1, ordinal: ordinal)))
                let old = table[key]
                table[key] = isDelete ? nil : values
                if isDelete, old == nil { refused.append(ordinal) }
                if old == table[key] { continue }
                if let old { expected.append(TestRow(old, weight: -1, ordinal: ordinal)) }
                if !isDelete { expected.append(TestRow(values, ordinal: ordinal)) }
            }
            let runner = Runner(
                UpsertTable(Self.types, key: [0], names: ["id", "name", "value"]), inputs: [Self.types],
                outputs: [Self.types, [.text, .text, .bigint]])
            runner.run(events, &random)
            #expect(runner.out == expected)
            #expect(runner.second.map(\.ordinal) == refused)
            #expect(runner.subject.stateSize.rows == table.count)
        }
    }

    @Test func `a row that differs in the sign of zero takes the place of the old one`() {
        let runner = Runner(UpsertTable(Self.types, key: [0]), inputs: [Self.types], outputs: [Self.types])
        runner.step([
            TestEvent(0, TestRow([1, "a", 0.0], ordinal: 1)), TestEvent(0, TestRow([1, "a", -0.0], ordinal: 2)),
        ])
        #expect(runner.out.map(\.weight) == [1, -1, 1])
        #expect("\(runner.out[2].values[2])" == "double(-0.0)")
    }
}

@Suite struct MaterializedRowsTests {
    private static let types: [DataType] = [.text, .timestamp]

    @Test func `the snapshot is the sum of the changes, in insertion order`() {
        var random = SplitMix64(seed: testSeed())
        for _ in 0..<20 {
            var content: [(values: [Value], weight: Int64)] = []
            var events: [TestEvent] = []
            for ordinal in 0..<Int64(200) {
                let values: [Value] = [
                    .text("a name of some length \(random.below(6))"),
                    random.oneIn(5) ? nil : .int64(Int64(random.below(3))),
                ]
                let weight = [-1, 1, 1, 2][random.below(4)] as Int64
                events.append(TestEvent(0, TestRow(values, weight: weight, ordinal: ordinal)))
                if let index = content.firstIndex(where: { $0.values == values }) {
                    content[index].weight += weight
                    if content[index].weight == 0 { content.remove(at: index) }
                } else {
                    content.append((values, weight))
                }
            }
            let subject = MaterializedRows(Self.types)
            Runner(subject, inputs: [Self.types], outputs: []).run(events, &random)
            let expected = content.flatMap { row in (0..<max(row.weight, 0)).map { _ in row.values } }
            #expect(values(of: subject.snapshot()) == expected)
            #expect(subject.stateSize.rows == content.count)
        }
    }

    @Test func `rows older than the retention are gone, and memory is flat`() {
        var random = SplitMix64(seed: testSeed())
        let retain = MaterializedRows.Retention(timeColumn: 1, microseconds: 50_000)
        let subject = MaterializedRows(Self.types, retain: retain)
        let runner = Runner(subject, inputs: [Self.types], outputs: [])
        var all: [[Value]] = []
        var bytes: [Int] = []
        for step in 0..<200 as Range<Int64> {
            let time = step * 5000
            let events = (0..<10 as Range<Int64>).map { index in
                let values: [Value] = [
                    .text("a row that lies in the heap \(step)-\(index)"), .int64(time - Int64(random.below(3000))),
                ]
                all.append(values)
                return TestEvent(0, TestRow(values, ordinal: step * 10 + index), watermark: index == 9 ? time : nil)
            }
            runner.step(events)
            let expected = all.filter { if case .int64(let own) = $0[1] { own >= time - 50_000 } else { false } }
            #expect(values(of: subject.snapshot()) == expected)
            bytes.append(subject.stateSize.bytes)
        }
        // Parts of a table grow when chance fills them: a twentieth is allowed for it.
        let early = bytes[..<20].max() ?? 0
        let late = bytes[20...].max() ?? 0
        #expect(late <= early + early / 20, "\(late) bytes after \(early)")
    }
}

@Suite struct ConsolidateTests {
    private static let types: [DataType] = [.bigint, .text]

    private func net(_ rows: [TestRow]) -> [TestRow] {
        let runner = Runner(Consolidate(Self.types), inputs: [Self.types], outputs: [Self.types])
        return runner.step(rows.map { TestEvent(0, $0) })
    }

    @Test func `a retraction and its row come to nothing`() {
        let (a, b): ([Value], [Value]) = ([1, "a text longer than twelve"], [1, nil])
        let rows = [
            TestRow(a, weight: -1, ordinal: 1), TestRow(b, ordinal: 1), TestRow(b, weight: -1, ordinal: 2),
            TestRow(a, ordinal: 2),
        ]
        #expect(net(rows) == [])
        #expect(net(Array(rows[..<3])) == [rows[0]])
        #expect(net(rows + [TestRow(a, ordinal: 3)]) == [TestRow(a, weight: 1, ordinal: 1)])
    }

    @Test func `rows without retractions pass as they are`() {
        let rows = [TestRow([1, "a"], ordinal: 1), TestRow([1, "a"], weight: 2, ordinal: 2)]
        #expect(net(rows) == rows)
    }

    @Test func `random steps keep their sum, and one step leaves nothing to the next`() {
        var random = SplitMix64(seed: testSeed())
        let runner = Runner(Consolidate(Self.types), inputs: [Self.types], outputs: [Self.types])
        for step in 0..<100 {
            let rows = (0..<random.below(66)).map { index in
                TestRow(
                    [.int64(Int64(random.below(4))), "t"], weight: random.oneIn(2) ? 1 : -1,
                    ordinal: Int64(step * 100 + index))
            }
            let out = runner.step(rows.map { TestEvent(0, $0) })
            #expect(integrated(out) == integrated(rows))
            if rows.contains(where: { $0.weight < 0 }), rows.count > 1 {
                #expect(Set(out.map(\.values)).count == out.count)
            }
        }
    }
}
