import MutstreamColumnar
import TestSupport
import Testing

@testable import MutstreamDataflow

@Suite struct TypingTests {
    static func message(_ body: () throws(TypeError) -> Expression) -> String {
        do {
            return try body().type.name
        } catch {
            return error.hint.map { "\(error.message); \($0)" } ?? error.message
        }
    }

    @Test func `numbers take the least type that holds them`() throws {
        #expect(try Typing.number("2147483647").type == .int)
        #expect(try Typing.number("2147483648").type == .bigint)
        #expect(try Typing.number("9223372036854775808").type == .decimal(precision: 19, scale: 0))
        #expect(try Typing.number("1.5") == .literal(.decimal(15), .decimal(precision: 2, scale: 1)))
        #expect(try Typing.number("0.05") == .literal(.decimal(5), .decimal(precision: 2, scale: 2)))
        #expect(try Typing.number("1e3") == .literal(.decimal(1000), .decimal(precision: 4, scale: 0)))
        #expect(try Typing.number("1e300").type == .double)
    }

    @Test func `operators find their result type`() throws {
        let (int, big, real) = (Expression.column(0, .int), Expression.column(1, .bigint), Expression.column(2, .double))
        let money = Expression.column(3, .decimal(precision: 12, scale: 2))
        #expect(try Typing.binary("+", int, big).type == .bigint)
        #expect(try Typing.binary("*", money, money).type == .decimal(precision: 24, scale: 4))
        #expect(try Typing.binary("/", money, int).type == .decimal(precision: 38, scale: 16))
        #expect(try Typing.binary("+", money, real).type == .double)
        #expect(try Typing.binary("+", .column(4, .date), .string("1 day")).type == .timestamp)
        #expect(
            try Typing.binary("=", .column(4, .timestamp), .string("2024-01-31")).sql
                == "$4 = TIMESTAMP '2024-01-31 00:00:00'")
        #expect(try Typing.commonType([int, big, .untypedNull]) == .bigint)
        #expect(try Typing.commonType([.untypedNull, .string("a")]) == .text)
    }

    @Test func `what does not fit is told with what would`() {
        let text = Expression.column(0, .text)
        let int = Expression.column(1, .int)
        let messages = [
            TypingTests.message { () throws(TypeError) in try Typing.call("lenght", [text]) },
            TypingTests.message { () throws(TypeError) in try Typing.call("sqrt", [text]) },
            TypingTests.message { () throws(TypeError) in try Typing.binary("=", int, text) },
            TypingTests.message { () throws(TypeError) in try Typing.cast(.string("abc"), to: .timestamp) },
            TypingTests.message { () throws(TypeError) in try Typing.binary("+", .string("1"), .string("2")) },
            TypingTests.message { () throws(TypeError) in try Typing.extract(field: "minuet", .column(0, .timestamp)) },
        ]
        #expect(
            messages == [
                "unknown function \"lenght\"; did you mean \"length\"?",
                "no function sqrt(TEXT); there is sqrt(DOUBLE) → DOUBLE",
                "operator does not exist: INT = TEXT; both sides must have comparable types; CAST one of them",
                "invalid TIMESTAMP: \"abc\"; write it like '2024-01-31 10:20:30'",
                "operator is not unique: unknown + unknown; CAST one of the literals to the type you mean",
                "unknown time field \"minuet\"; did you mean \"minute\"?",
            ])
    }

    @Test func `folding keeps what fails and what shields it`() throws {
        let zero = try Typing.binary("/", Typing.number("1"), Typing.number("0"))
        #expect(zero.folded() == zero)
        let column = Expression.column(0, .boolean)
        let fails = try Typing.binary("=", zero, Typing.number("1"))
        #expect(try Typing.and([.boolean(false), fails]).folded() == .boolean(false))
        #expect(try Typing.and([column, .boolean(false)]).folded() == .boolean(false))
        #expect(try Typing.and([fails, .boolean(false)]).folded().mayFail)
        #expect(try Typing.or([.boolean(false), column]).folded() == column)
        let guarded = try Typing.caseWhen([(.boolean(true), Typing.number("2"))], otherwise: zero)
        #expect(guarded.folded().literalValue == 2)
    }

    @Test func `divisions of whole numbers by a constant fail only by zero and minus one`() throws {
        let column = Expression.column(0, .bigint)
        func mayFail(_ sign: String, by divisor: Expression) throws -> Bool {
            try Typing.binary(sign, column, divisor).folded().mayFail
        }
        for divisor: Int64 in [-1, 0, 1, 10_000] {
            let literal = Expression.literal(.int64(divisor), .bigint)
            #expect(try mayFail("%", by: literal) == (divisor == 0))
            #expect(try mayFail("/", by: literal) == (divisor == 0 || divisor == -1))
        }
        #expect(try mayFail("%", by: column))
    }

    @Test func `windows start at multiples before and after 1970`() throws {
        let times: [Int64] = [-1, 0, 59_999_999, 60_000_000, -60_000_000, -60_000_001]
        let start = try Typing.tumbleStart(.column(0, .timestamp), size: 60_000_000)
        let shifted = try Typing.tumbleStart(.column(0, .timestamp), size: 60_000_000, offset: -1)
        let rows = batch([.timestamp], times.map { [.int64($0)] } + [[nil]])
        let plain = Evaluator(start).evaluate(rows)
        #expect((0..<6).map { plain.column.value(at: $0) } == [-60_000_000, 0, 0, 60_000_000, -60_000_000, -120_000_000])
        #expect(plain.failures.map(\.row) == [6] && plain.failures[0].failure == .windowTimeNull)
        #expect(Evaluator(shifted).evaluate(rows).column.value(at: 0) == -1)
    }

    @Test func `every function in the catalog is known and described`() {
        #expect(Typing.catalog.allSatisfy { Typing.isFunction($0.name) && $0.summary.hasSuffix(".") })
    }
}

@Suite struct PatternTests {
    static func naive(_ text: ArraySlice<Character>, _ pattern: ArraySlice<Character>) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        if first == "%" { return (0...text.count).contains { naive(text.dropFirst($0), pattern.dropFirst()) } }
        guard let letter = text.first else { return false }
        return (first == "_" || first == letter) && naive(text.dropFirst(), pattern.dropFirst())
    }

    static func matches(_ text: String, _ pattern: String) throws -> Value {
        let like = try Typing.like(.column(0, .text), pattern: .literal(.text(pattern), .text))
        return Evaluator(like).evaluate(batch([.text], [[.text(text)]])).column.value(at: 0)
    }

    @Test func `LIKE agrees with a naive matcher`() throws {
        var random = SplitMix64(seed: testSeed())
        for _ in 0..<20_000 {
            let text = String((0..<random.below(8)).map { _ in random.pick(["a", "b", "ß"] as [Character]) })
            let pattern = String((0..<random.below(7)).map { _ in random.pick(["a", "b", "ß", "%", "_"] as [Character]) })
            let expected = PatternTests.naive(ArraySlice(Array(text)), ArraySlice(Array(pattern)))
            #expect(try PatternTests.matches(text, pattern) == .bool(expected), "'\(text)' LIKE '\(pattern)'")
        }
    }

    @Test(.timeLimit(.minutes(1))) func `LIKE does not blow up`() throws {
        let text = String(repeating: "a", count: 50_000)
        let pattern = String(repeating: "%a_", count: 60) + "%b"
        #expect(try PatternTests.matches(text, pattern) == false)
    }
}
