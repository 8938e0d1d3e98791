import MutstreamColumnar
import Testing

@testable import MutstreamDataflow

/// Functions that PostgreSQL does not have, and how those of JSON are called.
@Suite struct CollectionFunctionTests {
    static func value(_ expression: Expression) -> String {
        JSONPostgresTests.result(expression, Batch(columns: [], count: 1, ordinals: Ordinals(first: 0)))
    }

    static func ints(_ text: String) throws -> Expression { try Typing.cast(.string(text), to: .array(.int)) }
    static func json(_ text: String) throws -> Expression { try Typing.cast(.string(text), to: .json) }

    static func call(_ name: String, _ operands: Expression...) throws -> String {
        value(try Typing.call(name, operands))
    }

    @Test func `arrays as sets and in order`() throws {
        let (a, b) = (try Self.ints("{3,1,NULL,3,2}"), try Self.ints("{2,5,NULL,5}"))
        #expect(try Self.call("array_distinct", a) == "{3,1,NULL,2}")
        #expect(try Self.call("array_sort", a) == "{1,2,3,3,NULL}")
        #expect(try Self.call("array_sort", a, .boolean(true)) == "{NULL,3,3,2,1}")
        #expect(try Self.call("sort_array", a) == "{NULL,1,2,3,3}")
        #expect(try Self.call("sort_array", a, .boolean(false)) == "{NULL,3,3,2,1}")
        #expect(try Self.call("array_union", a, b) == "{3,1,NULL,2,5}")
        #expect(try Self.call("array_intersect", a, b) == "{NULL,2}")
        #expect(try Self.call("array_except", a, b) == "{3,1}")
        #expect(try Self.call("array_reverse", a) == "{2,3,NULL,1,3}")
        #expect(try Self.call("array_min", a) == "1")
        #expect(try Self.call("array_max", a) == "3")
        #expect(try Self.call("array_sum", a) == "9")
        #expect(try Self.call("array_contains", a, Typing.number("2")) == "true")
        #expect(try Self.call("array_length", a) == "5")
        #expect(try Self.call("element_at", a, Typing.number("2")) == "1")
    }

    @Test func `maps`() throws {
        let map = try Typing.call(
            "map_from_arrays", [Typing.cast(.string("{b,a,b}"), to: .array(.text)), Self.ints("{1,2,3}")])
        #expect(Self.value(map) == "{a=>2,b=>3}")
        #expect(try Self.call("map_keys", map) == "{a,b}")
        #expect(try Self.call("map_values", map) == "{2,3}")
        #expect(try Self.call("cardinality", map) == "2")
        #expect(try Self.call("element_at", map, .string("b")) == "3")
        #expect(try Self.call("map_contains", map, .string("c")) == "false")
        #expect(try Self.call("to_jsonb", map) == #"{"a": 2, "b": 3}"#)
        let entries = try Typing.call("map_entries", [map])
        #expect(Self.value(entries) == #"{"(a,2)","(b,3)"}"#)
        #expect(try Self.call("map_from_entries", entries) == "{a=>2,b=>3}")
        #expect(try Self.call("map_cat", map, map) == "{a=>2,b=>3}")
    }

    @Test func `a series has a limit`() throws {
        #expect(try Self.call("generate_series", Typing.number("1"), Typing.number("3")) == "{1,2,3}")
        #expect(try Self.call("generate_series", Typing.number("1"), Typing.number("3000000000")) == "ERROR")
        let ends = (Expression.literal(.int64(.min), .bigint), Expression.literal(.int64(.max), .bigint))
        #expect(try Self.call("generate_series", ends.0, ends.1) == "ERROR")
        #expect(try Self.call("generate_series", ends.0, ends.1, ends.1) == "{\(Int64.min),-1,\(Int64.max - 1)}")
    }

    @Test func `JSON_VALUE and its kin take texts`() throws {
        let text = Expression.literal(.text(#"{"a": [1, {"b": "x"}]}"#), .text)
        #expect(try Self.call("json_value", text, .string("$.a[1].b")) == "x")
        #expect(try Self.call("json_value", text, .string("$.a")) == "NULL")
        #expect(try Self.call("json_query", text, .string("$.a[1]")) == #"{"b": "x"}"#)
        #expect(try Self.call("json_exists", text, .string("$.c")) == "false")
        let broken = Expression.literal(.text("{"), .text)
        #expect(try Self.call("json_value", broken, .string("$.a")) == "NULL")
        #expect(try Self.call("json_exists", broken, .string("$.a")) == "false")
        #expect(throws: TypeError.self) { try Self.call("json_value", text, .string("$.")) }
    }

    @Test func `subscripts and functions that give rows`() throws {
        let value = try Self.json(#"{"a": [10, null, "x"], "b": {}}"#)
        let list = try Typing.subscript(value, .string("a"))
        #expect(Self.value(list) == #"[10, null, "x"]"#)
        #expect(try Self.value(Typing.subscript(list, Typing.number("0"))) == "10")
        #expect(try Self.value(Typing.subscript(list, .string("-1"))) == #""x""#)
        #expect(try Self.call("jsonb_array_elements", list) == #"{10,null,"\"x\""}"#.replacing("null", with: #""null""#))
        #expect(try Self.call("jsonb_array_elements_text", list) == "{10,NULL,x}")
        #expect(try Self.call("jsonb_object_keys", value) == "{a,b}")
        #expect(try Self.call("jsonb_object_keys", list) == "ERROR")
        #expect(Typing.isSetReturning("jsonb_each"))
        let each = try Typing.call("jsonb_each_text", [Self.json(#"{"k": null, "l": "v"}"#)])
        #expect(Self.value(each) == #"{"(k,)","(l,v)"}"#)
    }

    @Test func `a literal before a minus is no JSON`() throws {
        #expect(try Typing.binary("-", .string("5"), Typing.number("1")).type == .int)
    }

    @Test func `made values nest no deeper than read ones`() throws {
        let deep = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
        #expect(try Self.call("jsonb_build_array", Self.json(deep)) == "ERROR")
        #expect(throws: TypeError.self) { try Self.json("[" + deep + "]") }
    }
}
