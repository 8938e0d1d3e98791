import MutstreamColumnar
import MutstreamDataflow
import TestSupport
import Testing

/// Filters of whole numbers and a quotient that may fail.
@Suite struct CircuitTests {
    static let types: [DataType] = [.int, .int, .text]

    static func filterProject() throws -> FilterProject {
        FilterProject(
            predicate: try Typing.binary(">", .column(0, .int), Typing.number("10")),
            expressions: [.column(2, .text), try Typing.binary("/", .column(0, .int), .column(1, .int))])
    }

    @Test func `failed rows leave with their reason and weight`() throws {
        let operation = try CircuitTests.filterProject()
        let input = batch(
            CircuitTests.types,
            [
                TestRow([20, 4, "a"], ordinal: 1), TestRow([5, 0, "b"], ordinal: 2), TestRow([30, 0, "c"], weight: -1, ordinal: 3),
                TestRow([nil, 1, "d"], ordinal: 3), TestRow([40, nil, "e"], weight: 2, ordinal: 4),
            ])
        var out = [Delta(.empty([.text, .int])), Delta(.empty(CircuitTests.types + [.text]))]
        operation.step([Delta(input)], StepContext(step: 0, clock: 0), &out)
        #expect(rows(of: out[0].batch) == [TestRow(["a", 5], ordinal: 1), TestRow(["e", nil], weight: 2, ordinal: 4)])
        #expect(rows(of: out[1].batch) == [TestRow([30, 0, "c", "division by zero"], weight: -1, ordinal: 3)])
    }

    @Test func `a failing predicate loses no row`() throws {
        let operation = FilterProject(
            predicate: try Typing.binary(
                ">", Typing.binary("/", Typing.number("100"), .column(0, .int)), Typing.number("10")),
            expressions: [try Typing.binary("%", .column(0, .int), .column(1, .int))])
        let input = batch(CircuitTests.types, [[0, 1, "a"], [5, 0, "b"], [5, 3, "c"], [50, 0, "d"]])
        var out = [Delta(.empty([.int])), Delta(.empty(CircuitTests.types + [.text]))]
        operation.step([Delta(input)], StepContext(step: 0, clock: 0), &out)
        #expect(values(of: out[0].batch) == [[2]])
        #expect(rows(of: out[1].batch).map(\.ordinal) == [0, 1])
    }

    /// Two filters over one input, joined again by ordinals.
    static func diamond() throws -> (Circuit, Edge) {
        let circuit = Circuit()
        let (edge, _) = circuit.addInput(types: types, label: "in")
        let left = circuit.add(
            try filterProject(), inputs: [edge], outputTypes: [[.text, .int], types + [.text]], label: "left")
        let right = circuit.add(
            FilterProject(predicate: nil, expressions: [.column(2, .text), .column(1, .int)]), inputs: [edge],
            outputTypes: [[.text, .int], types + [.text]], label: "right")
        let union = circuit.add(
            UnionOperator(holdsBack: [true, true]), inputs: [left[0], right[0]], outputTypes: [[.text, .int]], label: "union")
        return (circuit, union[0])
    }

    @Test func `any division into steps gives the same rows`() throws {
        var random = SplitMix64(seed: testSeed())
        let all = (0..<500).map { i in
            TestRow([.int64(Int64(random.below(40))), .int64(Int64(random.below(3))), .text(random.letters(3))], ordinal: Int64(i))
        }
        var results: [[TestRow]] = []
        for round in 0..<8 {
            let (circuit, out) = try CircuitTests.diamond()
            var result: [TestRow] = []
            let cuts = round == 0 ? [0..<all.count] : divisions(all.map(\.ordinal), &random)
            for (step, range) in cuts.enumerated() {
                circuit.step(
                    [(0, Delta(batch(CircuitTests.types, Array(all[range]))))], StepContext(step: Int64(step), clock: 0))
                result += rows(of: circuit.delta(out).batch)
            }
            results.append(result)
        }
        #expect(results.allSatisfy { $0 == results[0] } && results[0].count > 500)
    }

    @Test func `what passes a delay is seen one step later`() {
        let circuit = Circuit()
        let (edge, input) = circuit.addInput(types: [.int], label: "in")
        let delay = circuit.addDelay(types: [.int], label: "delay")
        let out = circuit.add(
            FilterProject(predicate: nil, expressions: [.column(0, .int)]), inputs: [delay], outputTypes: [[.int], [.int, .text]],
            label: "out")
        circuit.connect(delay, from: edge)
        circuit.step([(input, Delta(batch([.int], [[1], [2]])))], StepContext(step: 0, clock: 0))
        #expect(circuit.delta(out[0]).batch.isEmpty && circuit.hasPendingDelay)
        circuit.step([], StepContext(step: 1, clock: 0))
        #expect(values(of: circuit.delta(out[0]).batch) == [[1], [2]] && !circuit.hasPendingDelay)
        circuit.step([], StepContext(step: 2, clock: 0))
        #expect(circuit.delta(out[0]).batch.isEmpty)
    }

    @Test func `a node without news is skipped`() {
        final class Counter: StatelessOperator {
            var steps = 0
            var wantsEveryStep: Bool
            init(_ wantsEveryStep: Bool) { self.wantsEveryStep = wantsEveryStep }
            func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) { steps += 1 }
        }
        let circuit = Circuit()
        let (edge, input) = circuit.addInput(types: [.int], label: "in")
        let (lazy, eager) = (Counter(false), Counter(true))
        _ = circuit.add(lazy, inputs: [edge], outputTypes: [[.int]], label: "lazy")
        _ = circuit.add(eager, inputs: [edge], outputTypes: [[.int]], label: "eager")
        let empty = Batch.empty([.int])
        circuit.step([], StepContext(step: 0, clock: 0))
        circuit.step([(input, Delta(empty, Progress(start: 5)))], StepContext(step: 1, clock: 0))
        #expect(lazy.steps == 0 && eager.steps == 2)
        circuit.step([(input, Delta(empty, Progress(start: 5, ordinals: [1], values: [6])))], StepContext(step: 2, clock: 0))
        circuit.step([(input, Delta(batch([.int], [[1]])))], StepContext(step: 3, clock: 0))
        #expect(lazy.steps == 2 && eager.steps == 4)
        #expect(circuit.describe.map(\.rowsIn) == [0, 1, 1])
    }

    @Test func `a union merges by ordinal and then by input`() {
        let union = UnionOperator(holdsBack: [true, false])
        var out = [Delta(.empty([.text]))]
        let left = batch([.text], [TestRow(["a"], ordinal: 1), TestRow(["c"], ordinal: 5)])
        let right = batch([.text], [TestRow(["b"], weight: -1, ordinal: 1), TestRow(["d"], ordinal: 2)])
        union.step([Delta(left, Progress(start: 9)), Delta(right)], StepContext(step: 0, clock: 0), &out)
        #expect(
            rows(of: out[0].batch) == [
                TestRow(["a"], ordinal: 1), TestRow(["b"], weight: -1, ordinal: 1), TestRow(["d"], ordinal: 2),
                TestRow(["c"], ordinal: 5),
            ])
        #expect(out[0].progress.end == 9)
    }
}
