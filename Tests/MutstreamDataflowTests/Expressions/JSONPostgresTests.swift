import MutstreamColumnar
import Testing

@testable import MutstreamDataflow

/// Operators and functions of JSON and arrays against what a real PostgreSQL gave.
@Suite struct JSONPostgresTests {
    struct Case {
        var name: String
        var arguments: [String]
        var expected: String
        var text: String { "\(name)(\(arguments.joined(separator: ", ")))" }

        init?(_ line: Substring) {
            let parts = line.split(separator: "¦", omittingEmptySubsequences: false).map(String.init)
            guard let arrow = parts.firstIndex(of: "=>"), arrow + 1 < parts.count else { return nil }
            name = parts[0]
            arguments = Array(parts[1..<arrow])
            expected = parts[arrow + 1]
        }
    }

    static func type(_ name: String) -> DataType {
        switch name {
        case "json": .json
        case "ta": .array(.text)
        case "ia": .array(.int)
        case "da": .array(.double)
        case "na": .array(.decimal(precision: 10, scale: 2))
        case "ba": .array(.boolean)
        case "ja": .array(.json)
        case "int": .int
        case "big": .bigint
        case "bool": .boolean
        case "dec": .decimal(precision: 10, scale: 2)
        case "dbl": .double
        case "date": .date
        case "ts": .timestamp
        case "tz": .timestamptz
        case "time": .time
        case "iv": .interval
        case "uuid": .uuid
        case "bytes": .bytes
        default: .text
        }
    }

    static func literal(_ text: String) throws -> Expression {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        if parts[0] == "null" { return .null(type(parts[1])) }
        return try Typing.cast(.string(parts[1]), to: type(parts[0]))
    }

    static func expression(_ test: Case) throws -> Expression {
        let arguments = try test.arguments.map { try literal($0) }
        if test.name == "norm" { return try Typing.cast(arguments[0], to: .json) }
        if test.name.hasPrefix("any:") || test.name.hasPrefix("all:") {
            return try Typing.anyOf(
                String(test.name.dropFirst(4)), arguments[0], arguments[1], isAll: test.name.hasPrefix("all"))
        }
        if test.name.hasPrefix("op") { return try Typing.binary(String(test.name.dropFirst(2)), arguments[0], arguments[1]) }
        return try Typing.call(test.name, arguments)
    }

    static func result(_ expression: Expression, _ batch: Batch) -> String {
        let evaluated = Evaluator(expression).evaluate(batch)
        if !evaluated.failures.isEmpty { return "ERROR" }
        let text = TextCodec.text(evaluated.column.value(at: 0), expression.type)
        return text.replacing("\n", with: "␤").replacing("\u{1}", with: "\\x01")
    }

    /// Calls over literals, over columns and folded; nil: as PostgreSQL.
    static func difference(_ test: Case) -> String? {
        do {
            let expression = try expression(test)
            let (lifted, batch) = PostgresTests.overColumns(expression)
            let row = Batch(columns: [], count: 1, ordinals: Ordinals(first: 0))
            let ours = [result(expression, row), result(lifted, batch), result(expression.folded(), row)]
            if ours.contains("ERROR"), !lifted.mayFail { return "\(test.text) fails, but says that it does not" }
            for text in ours where text != test.expected { return "\(test.text): \(text), PostgreSQL: \(test.expected)" }
            return nil
        } catch {
            return test.expected == "ERROR" ? nil : "\(test.text): \(error), PostgreSQL: \(test.expected)"
        }
    }

    static func check(_ table: String, atLeast count: Int) {
        let cases = table.split(separator: "\n").compactMap { Case($0) }
        #expect(cases.count >= count)
        for test in cases {
            let difference = difference(test)
            #expect(difference == nil)
        }
    }

    @Test func `operators and functions of JSON give what PostgreSQL gives`() {
        JSONPostgresTests.check(JSONPostgresResults.table, atLeast: 500)
    }

    @Test func `paths give what PostgreSQL gives`() {
        JSONPostgresTests.check(JSONPathPostgresResults.table, atLeast: 500)
    }

    @Test func `functions of arrays give what PostgreSQL gives`() {
        JSONPostgresTests.check(ArrayPostgresResults.table, atLeast: 400)
    }
}
