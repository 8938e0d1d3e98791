import MutstreamColumnar
import MutstreamDataflow
import TestSupport

/// Arrivals and emissions as text.
///
/// ```
/// "a1 b3>2 | -a1"     a step with a row of key a at time 1 and one of b at 3, behind which the watermark is 2,
///                     then one in which the first is retracted
/// "+a1[1,4) | …"      what each step emits: key, time, window
/// ```
enum Marbles {
    static let types: [DataType] = [.text, .timestamp]

    /// The steps of a diagram; ordinals count the rows from 1.
    static func steps(_ text: String, input: Int = 0, first: Int64 = 1) -> [[TestEvent]] {
        var ordinal = first - 1
        return text.split(separator: "|").map { step in
            step.split(separator: " ").map { token in
                let parts = token.split(separator: ">")
                let isRetraction = parts[0].hasPrefix("-")
                let row = isRetraction ? parts[0].dropFirst() : parts[0]
                ordinal += 1
                let values: [Value] = [.text(String(row.prefix(1))), .int64(Int64(row.dropFirst()) ?? 0)]
                return TestEvent(
                    input, TestRow(values, weight: isRetraction ? -1 : 1, ordinal: ordinal),
                    watermark: parts.count > 1 ? Int64(parts[1]) : nil)
            }
        }
    }

    /// Rows of key, time, start and end.
    static func text(_ rows: [TestRow]) -> String {
        rows.map { row in
            let numbers = row.values.dropFirst().map { value -> String in
                if case .int64(let number) = value { "\(number)" } else { "?" }
            }
            guard case .text(let key)? = row.values.first, numbers.count == 3 else { return "\(row)" }
            let sign = row.weight < 0 ? "-" : "+"
            return "\(sign)\(key)\(numbers[0])[\(numbers[1]),\(numbers[2]))"
        }.joined(separator: " ")
    }

    /// What an operator emits for a diagram, step by step.
    static func run(_ subject: any Operator, _ diagram: String, added: [DataType] = [.timestamp, .timestamp]) -> String {
        let runner = Runner(subject, inputs: [types], outputs: [types + added, types])
        return steps(diagram).map { text(runner.step($0)) }.joined(separator: " | ")
    }
}
