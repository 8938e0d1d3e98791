import MutstreamColumnar
import Testing

@testable import MutstreamDataflow

/// Every function, operator and cast against what a real PostgreSQL gave.
@Suite struct PostgresTests {
    struct Case {
        var name: String
        var arguments: [String]
        var expected: String
        var text: String { "\(name)(\(arguments.joined(separator: ", ")))" }
    }

    static let cases: [Case] = PostgresResults.table.split(separator: "\n").map { line in
        let parts = line.split(separator: "¦", omittingEmptySubsequences: false).map(String.init)
        let arrow = parts.firstIndex(of: "=>") ?? 0
        return Case(name: parts[0], arguments: Array(parts[1..<arrow]), expected: parts[arrow + 1])
    }

    static func type(_ name: String) -> DataType {
        switch name {
        case "int": return .int
        case "bigint": return .bigint
        case "dbl": return .double
        case "text": return .text
        case "date": return .date
        case "ts": return .timestamp
        case "iv": return .interval
        case "bool": return .boolean
        default:
            let digits = name.split { "(),".contains($0) }.dropFirst().compactMap { Int($0) }
            return .decimal(precision: digits[0], scale: digits[1])
        }
    }

    static func literal(_ text: String) throws -> Expression {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        if parts[0] == "null" { return .null(type(parts[1])) }
        if parts[0] == "dec" {
            let number = try Typing.number(parts[1])
            if case .decimal = number.type { return number }
            return try Typing.cast(number, to: .decimal(precision: 19, scale: 0)).folded()
        }
        return try Typing.cast(.string(parts[1]), to: type(parts[0]))
    }

    static func expression(_ test: Case) throws -> Expression {
        let arguments = try test.arguments.map { try literal($0) }
        if test.name.hasPrefix("op") { return try Typing.binary(String(test.name.dropFirst(2)), arguments[0], arguments[1]) }
        if test.name.hasPrefix("extract:") { return try Typing.extract(field: String(test.name.dropFirst(8)), arguments[0]) }
        if test.name.hasPrefix("cast:") {
            return try Typing.cast(arguments[0], to: type(String(test.name.dropFirst(5))))
        }
        if test.name.hasSuffix("like") {
            return try Typing.like(arguments[0], pattern: arguments[1], ignoreCase: test.name == "ilike")
        }
        return try Typing.call(test.name, arguments)
    }

    /// The same call over columns instead of literals.
    static func overColumns(_ expression: Expression) -> (Expression, Batch) {
        var columns: [Column] = []
        func lifted(_ node: Expression) -> Expression {
            if let value = node.literalValue {
                columns.append(.constant(value, physical: node.type.physical, count: 1))
                return .column(columns.count - 1, node.type)
            }
            return node.mapChildren(lifted)
        }
        let changed = lifted(expression)
        return (changed, Batch(columns: columns, count: 1, ordinals: Ordinals(first: 0)))
    }

    static func result(_ expression: Expression, _ batch: Batch) -> String {
        let evaluated = Evaluator(expression).evaluate(batch)
        if let failure = evaluated.failures.first { return "ERROR:  \(failure.failure.message)" }
        return TextCodec.text(evaluated.column.value(at: 0), expression.type)
    }

    static func agree(_ ours: String, _ theirs: String, _ type: DataType) -> Bool {
        if ours == theirs { return true }
        if theirs.hasPrefix("ERROR") { return ours.hasPrefix("ERROR") }
        guard type.isNumeric, let x = Double(ours), let y = Double(theirs) else { return false }
        return x == y || abs(x - y) <= max(abs(x), abs(y)) * 1e-13 || (type.scale >= 16 && abs(x - y) < 1e-15)
    }

    @Test func `functions operators and casts give what PostgreSQL gives`() throws {
        #expect(PostgresTests.cases.count > 800)
        for test in PostgresTests.cases {
            do {
                let expression = try PostgresTests.expression(test)
                let (lifted, batch) = PostgresTests.overColumns(expression)
                let row = Batch(columns: [], count: 1, ordinals: Ordinals(first: 0))
                for ours in [PostgresTests.result(expression, row), PostgresTests.result(lifted, batch)] {
                    #expect(
                        PostgresTests.agree(ours, test.expected, expression.type),
                        "\(test.text): \(ours), PostgreSQL: \(test.expected)")
                }
                let folded = expression.folded()
                let same = PostgresTests.result(folded, row) == PostgresTests.result(expression, row)
                #expect(same, "\(test.text) folded to \(folded.sql)")
                if PostgresTests.result(lifted, batch).hasPrefix("ERROR") { #expect(lifted.mayFail, "\(test.text) may fail") }
            } catch {
                #expect(test.expected.hasPrefix("ERROR"), "\(test.text): \(error)")
            }
        }
    }
}
