import MutstreamColumnar
import Testing

@testable import MutstreamDataflow

/// Calls of the library against what a real PostgreSQL gave: random calls with a fixed seed, recorded once.
enum RecordedCalls {
    static func type(_ name: String) -> DataType {
        switch name {
        case "smallint": .smallint
        case "real": .real
        case "tz": .timestamptz
        case "time": .time
        case "bytes": .bytes
        default: PostgresTests.type(name)
        }
    }

    private static func literal(_ text: String) throws -> Expression {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map {
            String($0.map { $0 == "␤" ? "\n" : $0 })
        }
        switch parts[0] {
        case "null": return .null(type(parts[1]))
        case "unk": return .string(parts[1])
        case "dec": return try PostgresTests.literal(text)
        default: return try Typing.cast(.string(parts[1]), to: type(parts[0]))
        }
    }

    static func expression(_ test: PostgresTests.Case) throws -> Expression {
        let operands = try test.arguments.map { try literal($0) }
        let name = test.name
        if name.hasPrefix("op"), operands.count == 2 {
            return try Typing.binary(String(name.dropFirst(2)), operands[0], operands[1])
        }
        if name.hasPrefix("pre") { return try Typing.unary(String(name.dropFirst(3)), operands[0]) }
        if name == "similar" {
            return try Typing.similar(operands[0], operands[1], operands.count > 2 ? operands[2] : nil)
        }
        if name == "overlaps" { return try Typing.overlaps((operands[0], operands[1]), (operands[2], operands[3])) }
        return try Typing.call(name, operands)
    }

    static func cases(_ table: String) -> [PostgresTests.Case] {
        table.split(separator: "\n").map { line in
            let parts = line.split(separator: "¦", omittingEmptySubsequences: false).map(String.init)
            let arrow = parts.firstIndex(of: "=>") ?? 0
            return PostgresTests.Case(
                name: parts[0], arguments: Array(parts[1..<arrow]), expected: parts[arrow + 1])
        }
    }

    /// Calls whose result over columns, or folded, is not PostgreSQL's.
    static func differences(_ table: String) -> [String] {
        var result: [String] = []
        for test in cases(table) {
            var ours: String
            var type = DataType.text
            do {
                let expression = try expression(test)
                type = expression.type
                let (lifted, batch) = PostgresTests.overColumns(expression)
                ours = PostgresTests.result(lifted, batch)
                let row = Batch(columns: [], count: 1, ordinals: Ordinals(first: 0))
                let folded = PostgresTests.result(expression.folded(), row)
                if ours != folded { result.append("\(test.text): \(ours), folded \(folded)") }
                if ours.hasPrefix("ERROR"), !lifted.mayFail { result.append("\(test.text) may fail") }
            } catch {
                ours = "ERROR:  \(error)"
            }
            ours = String(ours.map { $0 == "\n" ? "␤" : $0 })
            if !PostgresTests.agree(ours, test.expected, type) {
                result.append("\(test.text): \(ours), PostgreSQL: \(test.expected)")
            }
        }
        return result
    }
}

@Suite struct RecordedCallTests {
    static let tables = [
        "patterns": RecordedCalls.patterns, "more patterns": RecordedCalls.morePatterns, "texts": RecordedCalls.texts,
        "numbers": RecordedCalls.numbers, "times": RecordedCalls.times, "templates": RecordedCalls.templates,
        "readings": RecordedCalls.readings,
    ]

    @Test(arguments: tables.keys.sorted())
    func `the library gives what PostgreSQL gives`(_ name: String) throws {
        let table = try #require(RecordedCallTests.tables[name])
        #expect(RecordedCalls.cases(table).count > 250)
        #expect(RecordedCalls.differences(table).prefix(20) == [])
    }
}
