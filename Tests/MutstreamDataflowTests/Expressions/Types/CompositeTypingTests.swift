import MutstreamColumnar
import Testing

@testable import MutstreamDataflow

@Suite struct CompositeTypingTests {
    private func number(_ value: Int64) -> Expression { .literal(.int64(value), .int) }

    /// The value of a constant expression as text, or the failure's message.
    private func value(_ expression: Expression) -> String {
        let row = Batch(columns: [], count: 1, ordinals: Ordinals(first: 0))
        let result = Evaluator(expression).evaluate(row)
        if let failure = result.failures.first { return failure.failure.message }
        return TextCodec.text(result.column.value(at: 0), expression.type)
    }

    @Test("arrays, rows and maps are made and taken apart")
    func constructors() throws {
        let array = try Typing.array([number(1), .untypedNull, .literal(.double(2.5), .double)])
        #expect(array.type == .array(.double))
        #expect(value(array) == "{1,NULL,2.5}")
        #expect(value(try Typing.subscript(array, number(3))) == "2.5")
        #expect(value(try Typing.subscript(array, number(4))) == "NULL")
        #expect(value(try Typing.slice(array, number(2), nil)) == "{NULL,2.5}")
        #expect(value(try Typing.slice(array, nil, number(1))) == "{1}")
        let row = try Typing.row([number(1), .string("x y"), array], names: ["a", nil, "c"])
        #expect(row.type.name == "STRUCT<a INT, f2 TEXT, c DOUBLE[]>")
        #expect(value(row) == "(1,\"x y\",\"{1,NULL,2.5}\")")
        #expect(value(try Typing.subscript(try Typing.field(row, name: "c"), number(1))) == "1")
        let map = try Typing.map([.string("k"), number(1), .string("a"), .untypedNull])
        #expect(map.type == .map(.text, .int))
        #expect(value(map) == "{a=>NULL,k=>1}")
        #expect(value(try Typing.subscript(map, .string("k"))) == "1")
        #expect(value(try Typing.subscript(map, .string("z"))) == "NULL")
        #expect(value(try Typing.map([.null(.text), number(1)])) == "the key of a map is NULL")
        #expect(value(try Typing.cast(Typing.array([]), to: .array(.int))) == "{}")
        #expect(array.sql == "ARRAY[1.0, NULL, 2.5]" || array.sql.hasPrefix("ARRAY["))
    }

    @Test("what does not fit is refused")
    func refusals() throws {
        let array = try Typing.array([number(1)])
        #expect(throws: TypeError.self) { try Typing.array([number(1), .boolean(true)]) }
        #expect(throws: TypeError.self) { try Typing.field(array, name: "a") }
        #expect(throws: TypeError.self) { try Typing.subscript(number(1), number(1)) }
        #expect(throws: TypeError.self) { try Typing.map([number(1)]) }
        #expect(throws: TypeError.self) { try Typing.binary("<", .null(.json), .null(.json)) }
        var deep = number(1)
        #expect(throws: TypeError.self) { for _ in 0...DataType.maxDepth { deep = try Typing.array([deep]) } }
    }

    @Test("rows in the text compare field by field, rows in columns as values")
    func rows() throws {
        func row(_ a: Expression, _ b: Expression) throws -> Expression { try Typing.row([a, b]) }
        let null = Expression.null(.int)
        #expect(value(try Typing.binary("=", row(number(1), null), row(number(1), number(2)))) == "NULL")
        #expect(value(try Typing.binary("=", row(number(1), null), row(number(2), number(2)))) == "false")
        #expect(value(try Typing.binary("<", row(number(1), null), row(number(2), number(2)))) == "true")
        #expect(value(try Typing.binary(">=", row(number(1), number(2)), row(number(1), number(2)))) == "true")
    }

    @Test("a failing element fails its row, TRY_CAST gives NULL")
    func casts() throws {
        let texts = try Typing.cast(.string("{1,x,y}"), to: .array(.text))
        let numbers = try Typing.cast(texts, to: .array(.int))
        #expect(value(numbers).contains("invalid INT: \"x\""))
        #expect(value(try Typing.cast(texts, to: .array(.int), isTry: true)) == "NULL")
        let rows = try Typing.cast(
            Typing.row([number(70_000), .string("1")]), to: .row([Field("a", .smallint), Field("b", .real)]))
        #expect(value(rows) == "smallint out of range")
        let maps = try Typing.cast(Typing.map([.string("1"), number(2)]), to: .map(.int, .text))
        #expect(value(maps) == "{1=>2}")
    }

    @Test("casts of many rows keep each row's elements")
    func batches() throws {
        let type = DataType.array(.text)
        let builder = ColumnBuilder(type)
        for text in ["{1,2}", "{}", "{3,bad}", "{4,NULL,5}"] { builder.append(try TextCodec.parse(text, type)) }
        builder.appendNull()
        let batch = Batch(columns: [builder.finish()], count: 5, ordinals: Ordinals(first: 0))
        let cast = try Typing.cast(.column(0, type), to: .array(.bigint))
        let result = Evaluator(cast).evaluate(batch)
        #expect(result.failures.map(\.row) == [2])
        #expect(
            (0..<5).map { TextCodec.text(result.column.value(at: $0), cast.type) } == [
                "{1,2}", "{}", "NULL", "{4,NULL,5}", "NULL",
            ])
    }

    @Test("ANY and ALL look at every element, NULLs leave it open")
    func quantifiers() throws {
        func holds(_ op: String, _ needle: Expression, _ array: String, isAll: Bool = false) throws -> String {
            value(try Typing.anyOf(op, needle, Typing.cast(.string(array), to: .array(.int)), isAll: isAll))
        }
        #expect(try holds("=", number(2), "{1,2,NULL}") == "true")
        #expect(try holds("=", number(3), "{1,2,NULL}") == "NULL")
        #expect(try holds("=", number(3), "{1,2}") == "false")
        #expect(try holds("<", number(3), "{}") == "false")
        #expect(try holds("<", .null(.int), "{}") == "false")
        #expect(try holds(">=", number(3), "{1,2}", isAll: true) == "true")
        #expect(try holds("<>", number(2), "{1,NULL,2}", isAll: true) == "false")
        #expect(try holds("<>", number(3), "{1,NULL}", isAll: true) == "NULL")
        #expect(try holds("=", .literal(.double(1), .double), "{1}") == "true")
        #expect(throws: TypeError.self) { try Typing.anyOf("+", number(1), .null(.array(.int)), isAll: false) }
    }

    @Test("zones move points of time")
    func zones() throws {
        func at(_ type: DataType, _ zone: Expression) throws -> String {
            value(try Typing.atTimeZone(Typing.cast(.string("2020-01-01 00:00"), to: type), zone))
        }
        let hours = Expression.literal(.interval(Interval(microseconds: 7_200_000_000)), .interval)
        #expect(try at(.timestamp, .string("+02")) == "2020-01-01 02:00:00+00")
        #expect(try at(.timestamp, hours) == "2019-12-31 22:00:00+00")
        #expect(try at(.timestamptz, hours) == "2020-01-01 02:00:00")
        #expect(try at(.timestamp, .string("utc")) == "2020-01-01 00:00:00+00")
        #expect(try at(.timestamp, .string("Europe/Berlin")) == "2019-12-31 23:00:00+00")
        #expect(try at(.timestamptz, .string("europe/berlin")) == "2020-01-01 01:00:00")
        #expect(throws: TypeError.self) { try at(.timestamp, .string("Europe/Atlantis")) }
    }
}
