import MutstreamColumnar
import MutstreamDataflow

// What a step costs: rows through ten operators, one row a step and many, the best of five runs.
//   swift run -c release circuit-benchmark [join | group | frames]

func measure(_ name: String, _ count: Int, _ body: () throws -> Void) rethrows {
    let clock = ContinuousClock()
    var best = Duration.seconds(1000)
    for _ in 0..<5 { best = min(best, try clock.measure(body)) }
    let nanoseconds = Double(best.components.attoseconds) / 1e9 + Double(best.components.seconds) * 1e9
    print("\(name): \((nanoseconds / Double(count) * 100).rounded() / 100) ns")
}

func rows(_ count: Int) -> Batch {
    let numbers = ColumnBuilder(DataType.int), amounts = ColumnBuilder(DataType.decimal(precision: 12, scale: 2))
    let texts = ColumnBuilder(DataType.text)
    for row in 0..<count {
        numbers.append(int64: Int64(row % 100 + 1))
        amounts.append(decimal: Int128(row % 10_000) * 7)
        texts.append(text: row % 3 == 0 ? "block" : "a longer text, number \(row)")
    }
    return Batch(
        columns: [numbers.finish(), amounts.finish(), texts.finish()], count: count, ordinals: Ordinals(first: 0))
}

let wanted = CommandLine.arguments.dropFirst().first
let types: [DataType] = [.int, .decimal(precision: 12, scale: 2), .text]
let condition = try Typing.binary(">", .column(0, .int), Typing.number("0"))
let increment = try Typing.binary("+", .column(0, .int), Typing.number("1"))
let plain: [Expression] = [.column(0, .int), .column(1, types[1]), .column(2, .text)]
let changed = [increment] + plain.dropFirst()
for (name, steps) in [
    ("five filters, five projections", (0..<10).map { ($0 % 2 == 0 ? condition : nil, $0 % 2 == 0 ? plain : changed) }),
    ("ten of both", (0..<10).map { _ in (condition, changed) }),
] where wanted == nil {
    let circuit = Circuit()
    var (edge, _) = circuit.addInput(types: types, label: "in")
    for (predicate, list) in steps {
        edge =
            circuit.add(
                FilterProject(predicate: predicate, expressions: list), inputs: [edge],
                outputTypes: [types, types + [.text]],
                label: "step")[0]
    }
    for count in [1, 64, 8192] {
        let batch = rows(count)
        let rounds = max(20, 100_000 / count)
        measure("\(name), \(count) rows a step, a row", rounds * count) {
            for step in 0..<rounds { circuit.step([(0, Delta(batch))], StepContext(step: Int64(step), clock: 0)) }
        }
    }
}
if wanted == nil || wanted == "join" { Joins.measure() }
if wanted == nil || wanted == "group" { Groups.measure() }
if wanted == nil || wanted == "frames" { Frames.measure() }
