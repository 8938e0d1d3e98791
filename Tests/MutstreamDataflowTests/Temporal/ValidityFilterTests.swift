import MutstreamColumnar
import TestSupport
import Testing

@testable import MutstreamDataflow

@Suite struct ValidityFilterTests {
    /// Name, from, until.
    private static let types: [DataType] = [.text, .timestamp, .timestamp]

    private final class Clocked {
        let subject: ValidityFilter
        var out: [TestRow] = []
        private var number: Int64 = 0

        init(from: Int? = nil, until: Int? = nil) {
            subject = ValidityFilter(types: ValidityFilterTests.types, from: from, until: until)
        }

        @discardableResult
        func step(_ clock: Int64, _ rows: [TestRow] = []) -> [TestRow] {
            var outputs = [Delta(.empty(ValidityFilterTests.types))]
            number += 1
            subject.step([Delta(batch(ValidityFilterTests.types, rows))], StepContext(step: number, clock: clock), &outputs)
            let new = TestSupport.rows(of: outputs[0].batch)
            out += new
            return new
        }
    }

    private func row(_ name: String, _ from: Int64, _ until: Int64, weight: Int64 = 1, _ ordinal: Int64) -> TestRow {
        TestRow([.text(name), .int64(from), .int64(until)], weight: weight, ordinal: ordinal)
    }

    @Test func `a row comes at its time and goes at its time`() {
        let run = Clocked(from: 1, until: 2)
        #expect(run.step(0, [row("a", 5, 9, 1)]).isEmpty)
        #expect(run.subject.wakesAt == 5)
        #expect(run.step(4).isEmpty)
        #expect(run.step(5).map(\.weight) == [1])
        #expect(run.subject.wakesAt == 9)
        #expect(run.step(8).isEmpty)
        #expect(run.step(9).map(\.weight) == [-1])
        #expect(run.subject.wakesAt == nil && run.subject.stateSize.rows == 0)
    }

    @Test func `a retraction takes back what is shown and nothing else`() {
        let run = Clocked(until: 2)
        run.step(0, [row("a", 0, 5, 1), row("a", 0, 5, 2), row("b", 0, 9, 3)])
        #expect(run.step(1, [row("a", 0, 5, weight: -1, 4)]).map(\.weight) == [-1])
        #expect(run.step(5).map(\.weight) == [-1])
        // It has gone already.
        #expect(run.step(6, [row("a", 0, 5, weight: -1, 5)]).isEmpty)
        #expect(run.subject.stateSize.rows == 1)
        // Late beyond its time.
        #expect(run.step(7, [row("c", 0, 7, 6), TestRow(["d", nil, nil], ordinal: 7)]).isEmpty)
    }

    @Test func `after a pause what is due is spread over steps`() {
        let run = Clocked(until: 2)
        let count = ValidityFilter.changesMax * 2 + 10
        run.step(0, (0..<count).map { row("r\($0)", 0, 10, Int64($0)) })
        #expect(run.step(100).count == ValidityFilter.changesMax)
        #expect(run.subject.wakesAt == 10)
        #expect(run.step(100).count == ValidityFilter.changesMax)
        #expect(run.step(100).count == 10)
        #expect(run.subject.wakesAt == nil && integrated(run.out).isEmpty)
    }

    @Test func `what is shown is what is valid by the clock`() {
        let seed = testSeed()
        var random = SplitMix64(seed: seed)
        for round in 0..<40 {
            let (hasFrom, hasUntil) = [(true, true), (true, false), (false, true)][random.below(3)]
            let run = Clocked(from: hasFrom ? 1 : nil, until: hasUntil ? 2 : nil)
            var content: [[Value]: Int64] = [:]
            var clock: Int64 = 0
            for ordinal in 0..<Int64(200) {
                clock += Int64(random.below(4))
                var rows: [TestRow] = []
                for _ in 0..<random.below(3) {
                    let known = content.keys.filter { (content[$0] ?? 0) > 0 }.sorted { "\($0)" < "\($1)" }
                    if !known.isEmpty, random.oneIn(3) {
                        let values = known[random.below(known.count)]
                        content[values, default: 0] -= 1
                        rows.append(TestRow(values, weight: -1, ordinal: ordinal))
                    } else {
                        let from = clock + Int64(random.below(30)) - 10
                        let new = row("\(random.below(3))", from, from + Int64(random.below(25)) - 2, ordinal)
                        content[new.values, default: 0] += 1
                        rows.append(new)
                    }
                }
                run.step(clock, rows)
                let expected = content.filter { values, weight in
                    guard weight != 0, case .int64(let from) = values[1], case .int64(let until) = values[2] else {
                        return false
                    }
                    return (!hasFrom || from <= clock) && (!hasUntil || clock < until)
                }
                #expect(integrated(run.out) == expected, "seed \(seed), round \(round), clock \(clock)")
            }
        }
    }
}
