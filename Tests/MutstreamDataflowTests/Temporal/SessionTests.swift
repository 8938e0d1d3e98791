import MutstreamColumnar
import TestSupport
import Testing

@testable import MutstreamDataflow

@Suite struct SessionTests {
    private static let types = Marbles.types
    private static let outputs: [[DataType]] = [types + [.timestamp, .timestamp], types]

    private func maintained(_ diagram: String, frees: Bool = false) -> String {
        Marbles.run(SessionWindows(types: Self.types, time: 1, partition: [0], gap: 3, frees: frees), diagram)
    }

    private func onClose(_ diagram: String) -> String {
        Marbles.run(SessionClose(types: Self.types, time: 1, partition: [0], gap: 3), diagram)
    }

    // MARK: Diagrams

    @Test func `rows less than the gap apart are one session`() {
        #expect(maintained("a1 a3 b3 a6") == "+b3[3,6) +a1[1,6) +a3[1,6) +a6[6,9)")
        #expect(maintained("a1 | a3") == "+a1[1,4) | -a1[1,4) +a1[1,6) +a3[1,6)")
        #expect(maintained("a1 | a4") == "+a1[1,4) | +a4[4,7)")
    }

    @Test func `a row that bridges two sessions takes both back and makes them one`() {
        #expect(maintained("a1 a6 | a4 | a9") == "+a1[1,4) +a6[6,9) | +a4[4,9) -a6[6,9) +a6[4,9) | +a9[9,12)")
        #expect(
            maintained("a1 a5 | a3")
                == "+a1[1,4) +a5[5,8) | -a1[1,4) +a1[1,8) +a3[1,8) -a5[5,8) +a5[1,8)")
    }

    @Test func `a row that goes splits its session`() {
        #expect(
            maintained("a1 a3 a5 | -a3")
                == "+a1[1,8) +a3[1,8) +a5[1,8) | -a3[1,8) -a1[1,8) +a1[1,4) -a5[1,8) +a5[5,8)")
        #expect(maintained("a1 a1 | -a1 | -a1") == "+a1[1,4) +a1[1,4) | -a1[1,4) | -a1[1,4)")
    }

    @Test func `a session closes when the watermark reaches its end and not before`() {
        #expect(onClose("a1 a3 b2>5 | c9>6 | c20>17") == "+b2[2,5) | +a1[1,6) +a3[1,6) | +c9[9,12)")
        // Of equal ends the one that began to arrive first.
        #expect(onClose("b1 a1 c9>4") == "+b1[1,4) +a1[1,4)")
        // Rows in the order of their arrival, also where two sessions became one.
        #expect(onClose("a5 a1 a3 c20>15") == "+a5[1,8) +a1[1,8) +a3[1,8)")
    }

    @Test func `a row behind the watermark can still join an open session, else it is late`() {
        let runner = Runner(
            SessionClose(types: Self.types, time: 1, partition: [0], gap: 3), inputs: [Self.types], outputs: Self.outputs)
        let steps = Marbles.steps("a10 b9>9 a8 a6 | c30>30")
        #expect(Marbles.text(runner.step(steps[0])) == "")
        #expect(rows(of: runner.last[1].batch).map(\.values) == [["a", 6]])
        #expect(Marbles.text(runner.step(steps[1])) == "+b9[9,12) +a10[8,13) +a8[8,13)")
    }

    // MARK: Laws

    /// The rows of a relation with their sessions, counted.
    private static func batch(_ content: [[Value]], gap: Int64) -> [[Value]: Int64] {
        var byKey: [Value: [[Value]]] = [:]
        for row in content { byKey[row[0], default: []].append(row) }
        var result: [[Value]: Int64] = [:]
        for rows in byKey.values {
            let times = rows.map { if case .int64(let time) = $0[1] { time } else { Int64.min } }
            for (row, time) in zip(rows, times) {
                var (start, end) = (time, time)
                var grows = true
                while grows {
                    grows = false
                    for other in times where other < start && start - other < gap || other > end && other - end < gap {
                        (start, end) = (min(start, other), max(end, other))
                        grows = true
                    }
                }
                result[row + [.int64(start), .int64(end + gap)], default: 0] += 1
            }
        }
        return result
    }

    @Test func `maintained sessions equal the batch after every step`() {
        let seed = testSeed()
        var random = SplitMix64(seed: seed)
        for round in 0..<60 {
            let gap = Int64(1 + random.below(6))
            let runner = Runner(
                SessionWindows(types: Self.types, time: 1, partition: [0], gap: gap, frees: false), inputs: [Self.types],
                outputs: [Self.outputs[0]])
            var content: [[Value]] = []
            var events: [TestEvent] = []
            var contents: [[[Value]]] = []
            for ordinal in 0..<Int64(160) {
                if !content.isEmpty, random.oneIn(3) {
                    let row = content.remove(at: random.below(content.count))
                    events.append(TestEvent(0, TestRow(row, weight: -1, ordinal: ordinal)))
                } else {
                    let row: [Value] = [.text(["a", "b"][random.below(2)]), .int64(Int64(random.below(60)))]
                    content.append(row)
                    events.append(TestEvent(0, TestRow(row, ordinal: ordinal)))
                }
                contents.append(content)
            }
            for range in divisions(events.map(\.ordinal), &random) {
                runner.step(events[range])
                let expected = Self.batch(contents[range.upperBound - 1], gap: gap)
                #expect(integrated(runner.out) == expected, "seed \(seed), round \(round), step \(range)")
                if random.oneIn(8) { runner.restart() }
            }
            #expect(runner.subject.stateSize.rows == content.count)
        }
    }

    /// Rows out of order with a watermark that lags; those behind it are left out, as the source leaves them out.
    private static func stream(_ random: inout SplitMix64, lag: Int64, count: Int) -> [TestEvent] {
        var events: [TestEvent] = []
        var (front, watermark) = (Int64(0), Int64.min)
        for ordinal in 1...Int64(count) {
            front += random.oneIn(12) ? Int64(random.below(30)) : Int64(random.below(3))
            let time = front - Int64(random.below(Int(lag) + 4))
            if time < watermark { continue }
            watermark = max(watermark, time - lag)
            let row: [Value] = [.text(["a", "b", "c"][random.below(3)]), .int64(time)]
            events.append(TestEvent(0, TestRow(row, ordinal: ordinal), watermark: watermark))
        }
        events.append(TestEvent(0, TestRow(["z", .int64(front + 1000)], ordinal: Int64(count) + 1), watermark: .max))
        return events
    }

    @Test func `closed sessions equal the batch, in one order however steps are divided`() {
        let seed = testSeed()
        var random = SplitMix64(seed: seed)
        for round in 0..<40 {
            let gap = Int64(1 + random.below(6))
            let events = Self.stream(&random, lag: Int64(random.below(8)), count: 200)
            var outputs: [[TestRow]] = []
            for _ in 0..<4 {
                let runner = Runner(
                    SessionClose(types: Self.types, time: 1, partition: [0], gap: gap), inputs: [Self.types],
                    outputs: Self.outputs)
                runner.run(events, &random)
                outputs.append(runner.out)
                #expect(runner.subject.stateSize.rows == 0)
            }
            #expect(outputs.allSatisfy { $0 == outputs[0] }, "seed \(seed), round \(round)")
            let expected = Self.batch(events.compactMap { $0.row?.values }, gap: gap)
            #expect(integrated(outputs[0]) == expected, "seed \(seed), round \(round)")
        }
    }

    @Test func `one row stands for all of a session, where a session was as well`() {
        let seed = testSeed()
        var random = SplitMix64(seed: seed)
        for round in 0..<40 {
            let gap = Int64(1 + random.below(6))
            let events = Self.stream(&random, lag: Int64(random.below(8)), count: 200)
            let all = Runner(
                SessionClose(types: Self.types, time: 1, partition: [0], gap: gap), inputs: [Self.types],
                outputs: Self.outputs)
            let alone = Runner(
                SessionClose(types: Self.types, time: 1, partition: [0], gap: gap, keepsOneRow: true), inputs: [Self.types],
                outputs: Self.outputs)
            all.run(events, &random)
            alone.run(events, &random)
            // Of each session the first row, with the weight of those that follow.
            var expected: [TestRow] = []
            var session: [Value] = []
            for row in all.out {
                let own = [row.values[0]] + row.values[2...]
                if own == session {
                    expected[expected.count - 1].weight += row.weight
                } else {
                    expected.append(row)
                    session = own
                }
            }
            #expect(alone.out == expected, "seed \(seed), round \(round)")
            #expect(alone.second == all.second, "seed \(seed), round \(round)")
            #expect(alone.subject.stateSize.rows == 0)
        }
    }

    @Test func `maintained sessions that the watermark has passed are forgotten and stay as they are`() {
        let seed = testSeed()
        var random = SplitMix64(seed: seed)
        let events = Self.stream(&random, lag: 5, count: 4000)
        let runner = Runner(
            SessionWindows(types: Self.types, time: 1, partition: [0], gap: 4, frees: true), inputs: [Self.types],
            outputs: [Self.outputs[0]])
        var most = 0
        for range in divisions(events.map(\.ordinal), &random) {
            runner.step(events[range])
            if range.count < 10 { most = max(most, runner.subject.stateSize.rows) }
        }
        #expect(most < 200, "seed \(seed)")
        #expect(runner.subject.stateSize.rows == 0)
        #expect(integrated(runner.out) == Self.batch(events.compactMap { $0.row?.values }, gap: 4), "seed \(seed)")
    }
}
