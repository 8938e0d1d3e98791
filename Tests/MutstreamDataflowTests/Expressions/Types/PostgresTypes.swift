import MutstreamColumnar
import Testing

@testable import MutstreamDataflow

/// Casts, texts, operators and comparisons of all types against what a real PostgreSQL gave.
///
/// A line of a table is a name, operands as type:value and the result: the text of the value, ∅ for NULL, `type|value`
/// where the type of the result counts too, or `!class` for an error: `!type` (there is no such operation), `!range`,
/// `!text` (a text that is no value), `!zero` (division by zero).
enum PostgresTypes {
    static let tables = [
        casts1, casts2, texts, operators1, operators2, comparisons1, comparisons2, commonTypes, composites1,
        composites2,
    ]

    struct Case {
        var line: String
        var name: String
        var operands: [String]
        var expected: String
    }

    static let cases: [Case] = tables.flatMap { table in
        table.split(separator: "\n").map { line in
            let parts = line.split(separator: "¦", omittingEmptySubsequences: false).map(String.init)
            let arrow = parts.lastIndex(of: "=>") ?? 0
            return Case(
                line: String(line), name: parts[0], operands: Array(parts[1..<arrow]), expected: parts[arrow + 1])
        }
    }

    static let rowType = DataType.row([Field("a", .int), Field("b", .text), Field("c", .double)])

    static func type(_ name: String) throws -> DataType {
        if name.hasSuffix("[]") { return .array(try type(String(name.dropLast(2)))) }
        let plain: [String: DataType] = [
            "bool": .boolean, "smallint": .smallint, "int": .int, "bigint": .bigint, "real": .real, "dbl": .double,
            "text": .text, "bytes": .bytes, "date": .date, "time": .time, "ts": .timestamp, "tstz": .timestamptz,
            "iv": .interval, "uuid": .uuid, "row": rowType,
        ]
        if let type = plain[name] { return type }
        let digits = name.split { "(),".contains($0) }.dropFirst().compactMap { Int($0) }
        try #require(digits.count == 2)
        return .decimal(precision: digits[0], scale: digits[1])
    }

    /// The short name of a type, decimals without their digits.
    static func name(_ type: DataType) -> String {
        switch type {
        case .boolean: "bool"
        case .smallint: "smallint"
        case .int: "int"
        case .bigint: "bigint"
        case .real: "real"
        case .double: "dbl"
        case .decimal: "dec"
        case .text: "text"
        case .bytes: "bytes"
        case .date: "date"
        case .time: "time"
        case .timestamp: "ts"
        case .timestamptz: "tstz"
        case .interval: "iv"
        case .uuid: "uuid"
        case .json: "json"
        case .array(let element): name(element) + "[]"
        case .row: "row"
        case .map: "map"
        }
    }

    /// Operands as columns of text, cast: nothing is folded.
    static func expression(_ test: Case) throws -> (Expression, [Column]) {
        var columns: [Column] = []
        var operands: [Expression] = []
        for text in test.operands {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            if parts[0] == "null" {
                operands.append(.null(try type(parts[1])))
                continue
            }
            let column = Expression.column(columns.count, .text)
            columns.append(.constant(.text(parts[1]), physical: .text, count: 1))
            operands.append(try Typing.cast(column, to: try type(parts[0])))
        }
        func rest(_ prefix: String) -> String? {
            test.name.hasPrefix(prefix) ? String(test.name.dropFirst(prefix.count)) : nil
        }
        let result: Expression
        if let op = rest("op") {
            result = try Typing.binary(op, operands[0], operands[1])
        } else if let name = rest("cast:") ?? rest("in:") {
            result = try Typing.cast(operands[0], to: try type(name))
        } else if let field = rest("extract:") {
            result = try Typing.extract(field: field, operands[0])
        } else if let field = rest("field:") {
            result = try Typing.field(operands[0], name: field)
        } else {
            switch test.name {
            case "neg": result = try Typing.unary("-", operands[0])
            case "coalesce": result = try Typing.coalesce(operands)
            case "sub": result = try Typing.subscript(operands[0], operands[1])
            case "slice": result = try Typing.slice(operands[0], operands[1], operands[2])
            case "array": result = try Typing.array(operands)
            default:
                let signs = try ["<", "=", ">"].map { sign in
                    (
                        condition: try Typing.binary(sign, operands[0], operands[1]),
                        result: Expression.literal(.text(sign), .text)
                    )
                }
                result = try Typing.caseWhen(signs, otherwise: nil)
            }
        }
        return (result, columns)
    }

    static func result(_ test: Case) throws -> String {
        let (expression, columns): (Expression, [Column])
        do {
            (expression, columns) = try PostgresTypes.expression(test)
        } catch is TypeError {
            return "!type"
        }
        let batch = Batch(columns: columns, count: 1, ordinals: Ordinals(first: 0))
        let evaluated = Evaluator(expression).evaluate(batch)
        if let failure = evaluated.failures.first?.failure {
            switch failure {
            case .divisionByZero: return "!zero"
            case .invalidText: return "!text"
            default: return "!range"
            }
        }
        let value = evaluated.column.value(at: 0)
        let text = value.isNull ? "∅" : TextCodec.text(value, expression.type)
        return test.expected.contains("|") ? "\(name(expression.type))|\(text)" : text
    }

    /// Decimals have a scale here that PostgreSQL does not have: zeros at their end do not count.
    static func isSame(_ found: String, _ expected: String) -> Bool {
        if found == expected { return true }
        guard found.contains(".") || expected.contains(".") else { return false }
        func trimmed(_ text: String) -> String {
            guard text.contains("."), !text.contains(","), !text.contains("e+"), !text.contains("e-") else { return text }
            var digits = Substring(text)
            while digits.last == "0" { digits.removeLast() }
            if digits.last == "." { digits.removeLast() }
            return String(digits)
        }
        return trimmed(found) == trimmed(expected)
    }
}

@Suite struct PostgresTypesTests {
    @Test("types, casts, operators and texts are those of PostgreSQL")
    func matchesPostgres() throws {
        #expect(PostgresTypes.cases.count > 3500)
        var differences: [String] = []
        for test in PostgresTypes.cases {
            let found = try PostgresTypes.result(test)
            if !PostgresTypes.isSame(found, test.expected) { differences.append("\(test.line), found \(found)") }
        }
        #expect(differences.isEmpty, "\(differences.count) differ:\n\(differences.joined(separator: "\n"))")
    }
}
