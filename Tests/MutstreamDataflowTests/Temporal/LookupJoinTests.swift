import MutstreamColumnar
import TestSupport
import Testing

@testable import MutstreamDataflow

@Suite struct LookupJoinTests {
    private static let left: [DataType] = [.bigint, .text]
    /// Key, value, status, reason.
    private static let right: [DataType] = [.text, .bigint, .text, .text]

    private static func rule(
        keepsLeft: Bool = false, failing: LookupJoin.Failing = .deadLetter, rows: Int = 100, time: Int64 = 50
    ) -> LookupJoin.Rule {
        LookupJoin.Rule(
            leftKeys: [1], rightKeys: [0], status: 2, reason: 3, keepsLeft: keepsLeft, failing: failing, cacheRows: rows,
            cacheTime: time)
    }

    private final class Clocked {
        private(set) var subject: LookupJoin
        private let rule: LookupJoin.Rule
        private var number: Int64 = 0
        private var watermark = Int64.min
        private(set) var progress = Progress.none
        private(set) var failed: [TestRow] = []
        private(set) var asked: [String] = []

        init(_ rule: LookupJoin.Rule) {
            self.rule = rule
            subject = LookupJoin(leftTypes: LookupJoinTests.left, rightTypes: LookupJoinTests.right, rule: rule)
        }

        @discardableResult
        func step(_ clock: Int64, _ rows: [TestRow] = [], _ answers: [TestRow] = [], watermark: Int64? = nil) -> [TestRow] {
            var outputs = [Delta(.empty(LookupJoinTests.left)), Delta(.empty(LookupJoinTests.left))]
            number += 1
            var progress = Progress(start: self.watermark)
            if let watermark, let last = rows.last {
                progress = Progress(start: self.watermark, ordinals: [last.ordinal], values: [watermark])
            } else if let watermark {
                progress = Progress(start: self.watermark, ordinals: [number * 1_000], values: [watermark])
            }
            self.watermark = progress.end
            let inputs = [
                Delta(batch(LookupJoinTests.left, rows), progress), Delta(batch(LookupJoinTests.right, answers)),
            ]
            subject.step(inputs, StepContext(step: number, clock: clock), &outputs)
            self.progress = outputs[0].progress
            failed += TestSupport.rows(of: outputs[1].batch)
            asked = questions()
            return TestSupport.rows(of: outputs[0].batch)
        }

        private func questions() -> [String] {
            TestSupport.rows(of: subject.takeQuestions()).map { row in
                if case .text(let key)? = row.values.first { key } else { "" }
            }
        }

        /// Goes on with an operator that has read the state; gives what it asks.
        func restart() throws -> [String] {
            let writer = StateCoder()
            try subject.code(writer)
            subject = LookupJoin(leftTypes: LookupJoinTests.left, rightTypes: LookupJoinTests.right, rule: rule)
            let reader = StateCoder(reading: writer.bytes)
            try subject.code(reader)
            try reader.end()
            return questions()
        }
    }

    private func row(_ id: Int64, _ key: Value, _ ordinal: Int64) -> TestRow {
        TestRow([.int64(id), key], ordinal: ordinal)
    }

    private func found(_ key: Value, _ value: Int64, _ ordinal: Int64) -> TestRow {
        TestRow([key, .int64(value), "found", nil], ordinal: ordinal)
    }

    private func ids(_ rows: [TestRow]) -> [Value] { rows.map { $0.values[0] } }

    @Test func `rows wait for their answer, and a key is asked once`() throws {
        let run = Clocked(Self.rule())
        #expect(run.step(0, [row(1, "a", 1), row(2, "b", 2), row(3, "a", 3), row(4, nil, 4)]).isEmpty)
        #expect(run.asked == ["a", "b"] && run.subject.waitingCount == 3)
        let first = run.step(1, [row(5, "a", 6)], [found("a", 7, 5)])
        #expect(ids(first) == [1, 3, 5] && first.map(\.ordinal) == [5, 5, 6])
        #expect(first[0].values == [1, "a", "a", 7, "found", nil])
        #expect(run.asked.isEmpty && run.subject.waitingCount == 1)
        // What was asked is asked again by who comes after, and what is known is not.
        #expect(try run.restart() == ["b"])
        #expect(ids(run.step(2, [row(6, "a", 7)], [found("b", 1, 8)])) == [6, 2])
        #expect(run.subject.waitingCount == 0 && run.asked.isEmpty)
    }

    @Test func `an answer is good for its time, and not more are kept than may be`() {
        let run = Clocked(Self.rule(rows: 2))
        run.step(0, [row(1, "a", 1), row(2, "b", 2), row(3, "c", 3)])
        run.step(10, [], [found("a", 1, 4), found("b", 2, 5), found("c", 3, 6)])
        #expect(run.subject.stateSize.rows == 2 && run.subject.wakesAt == 60)
        #expect(ids(run.step(20, [row(4, "c", 7), row(5, "a", 8)])) == [4])
        #expect(run.asked == ["a"])
        run.step(60)
        #expect(run.subject.stateSize.rows == 1 && run.subject.wakesAt == nil)
        #expect(run.step(60, [row(6, "b", 9)]).isEmpty)
        #expect(run.asked == ["b"])
    }

    @Test func `missing keys and failed questions`() {
        let missing = TestRow(["a", nil, "missing", nil], ordinal: 2)
        let failed = TestRow(["a", nil, "failed", "why"], ordinal: 2)
        func outcome(_ rule: LookupJoin.Rule, _ answer: TestRow) -> (out: [TestRow], failed: [TestRow], again: [String]) {
            let run = Clocked(rule)
            run.step(0, [row(1, "a", 1)])
            let out = run.step(1, [], [answer])
            run.step(2, [row(2, "a", 3)])
            return (out, run.failed, run.asked)
        }
        let nulls: [Value] = [1, "a", nil, nil, nil, nil]
        #expect(outcome(Self.rule(), missing) == ([], [], []))
        #expect(outcome(Self.rule(keepsLeft: true), missing).out.map(\.values) == [nulls])
        // A failure is not kept: the next row asks again.
        #expect(outcome(Self.rule(), failed) == ([], [TestRow([1, "a", "why"], ordinal: 2)], ["a"]))
        #expect(outcome(Self.rule(failing: .drop), failed) == ([], [], ["a"]))
        #expect(outcome(Self.rule(failing: .null), failed).out.map(\.values) == [nulls])
    }

    @Test func `a row that waits holds the watermark where it was before it`() {
        let run = Clocked(Self.rule())
        run.step(0, [row(1, "a", 1)], [found("z", 0, 2)], watermark: 10)
        #expect(run.progress.end == .min)
        run.step(1, [row(2, "b", 3)], watermark: 20)
        #expect(run.progress.end == .min)
        run.step(2, [], [found("a", 1, 4)])
        #expect(run.progress == Progress(start: .min, ordinals: [4], values: [10]))
        run.step(3, [], [], watermark: .max)
        #expect(run.progress.end == 10)
        run.step(4, [], [found("b", 1, 9_000)])
        #expect(run.progress == Progress(start: 10, ordinals: [9_000], values: [.max]))
    }

    @Test func `each row leaves once with the answer of its time, however the steps are cut`() throws {
        let seed = testSeed()
        var random = SplitMix64(seed: seed)
        for round in 0..<60 {
            let keepsLeft = random.oneIn(2)
            let run = Clocked(Self.rule(keepsLeft: keepsLeft, rows: random.below(4), time: Int64(random.below(30))))
            var ordinal: Int64 = 0
            var waiting: [String: [Int64]] = [:]
            var out: [Int64: Int64] = [:]
            var open: [String] = []
            var sent: Int64 = 0
            for clock in 0..<Int64(80) {
                var rows: [TestRow] = []
                var answers: [TestRow] = []
                for _ in 0..<random.below(4) {
                    ordinal += 1
                    if !open.isEmpty, random.oneIn(2) {
                        answers.append(found(.text(open.remove(at: random.below(open.count))), ordinal, ordinal))
                    } else {
                        sent += 1
                        rows.append(row(sent, .text("k\(random.below(5))"), ordinal))
                    }
                }
                for row in rows {
                    if case .text(let key) = row.values[1], case .int64(let id) = row.values[0] {
                        waiting[key, default: []].append(id)
                    }
                }
                for result in run.step(clock, rows, answers) {
                    guard case .int64(let id) = result.values[0], case .int64(let answer) = result.values[3] else {
                        continue
                    }
                    #expect(out[id] == nil, "seed \(seed), round \(round)")
                    #expect(result.values[1] == result.values[2])
                    out[id] = answer
                    // An answer that was there before the row was good when it came.
                    #expect(result.ordinal >= answer)
                }
                open += run.asked
                if random.oneIn(10) { open = try run.restart() }
            }
            var rest = open
            while !rest.isEmpty {
                ordinal += 1
                let results = run.step(100, [], [found(.text(rest.removeFirst()), ordinal, ordinal)])
                for result in results { if case .int64(let id) = result.values[0] { out[id] = 0 } }
                rest += run.asked
            }
            #expect(out.count == Int(sent) && run.subject.waitingCount == 0, "seed \(seed), round \(round)")
        }
    }
}
