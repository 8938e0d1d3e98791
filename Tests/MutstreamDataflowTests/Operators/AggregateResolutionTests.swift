import MutstreamColumnar
import TestSupport
import Testing

@testable import MutstreamDataflow

@Suite struct AggregateResolutionTests {
    @Test func `results have the types of PostgreSQL, decimals as documented`() throws {
        let cases: [(String, [DataType], DataType)] = [
            ("count", [.json], .bigint), ("SUM", [.smallint], .bigint), ("sum", [.int], .bigint),
            ("sum", [.bigint], .decimal(precision: 38, scale: 0)), ("sum", [.real], .real), ("avg", [.real], .double),
            ("sum", [.decimal(precision: 9, scale: 3)], .decimal(precision: 38, scale: 3)), ("sum", [.interval], .interval),
            ("avg", [.int], .decimal(precision: 38, scale: 16)),
            ("avg", [.decimal(precision: 30, scale: 20)], .decimal(precision: 38, scale: 20)),
            ("min", [.array(.text)], .array(.text)), ("max", [.boolean], .boolean), ("every", [.boolean], .boolean),
            ("bit_xor", [.smallint], .smallint), ("string_agg", [.bytes, .bytes], .bytes),
            ("array_agg", [.date], .array(.date)), ("jsonb_agg", [.date], .json), ("json_object_agg", [.text, .int], .json),
            ("stddev", [.int], .decimal(precision: 38, scale: 16)), ("variance", [.real], .double),
            ("corr", [.int, .decimal(precision: 5, scale: 1)], .double), ("regr_count", [.int, .double], .bigint),
            ("approx_count_distinct", [.text, .int], .bigint), ("approx_percentile", [.int, .double], .double),
            ("first", [.uuid], .uuid), ("max_by", [.json, .date], .json), ("single_value", [.text], .text),
        ]
        for (name, arguments, result) in cases {
            #expect(try AggregateFunction.resolve(name: name, arguments: arguments).result == result, "\(name)")
        }
        let mode = try AggregateFunction.resolve(name: "mode", arguments: [], order: .date)
        #expect((mode.result, mode.coercedOrderType) == (.date, .date))
        let list = try AggregateFunction.resolve(name: "percentile_cont", arguments: [.array(.int)], order: .int)
        #expect((list.result, list.coercedOrderType) == (.array(.double), .double))
        #expect((list.coercedArgumentTypes, list.constants) == ([.array(.double)], 0..<1))
        let spans = try AggregateFunction.resolve(name: "percentile_cont", arguments: [.double], order: .interval)
        #expect(spans.result == .interval)
    }

    @Test func `calls that make no sense are refused`() {
        let cases: [(String, [DataType], Bool, DataType?, String)] = [
            ("median", [.int], false, nil, "there is no aggregate function \"median\""),
            ("sum", [], true, nil, "found sum(*), expected sum(expression)"),
            ("sum", [.text], false, nil, "sum needs a number or an INTERVAL, found TEXT"),
            ("min", [.json], false, nil, "min needs a type with an order, found JSON"),
            ("bool_or", [.int], false, nil, "bool_or needs BOOLEAN, found INT"),
            ("corr", [.int], false, nil, "corr takes 2 arguments, found 1"),
            ("corr", [.int, .text], false, nil, "corr needs a number, found TEXT"),
            ("string_agg", [.text, .bytes], false, nil, "string_agg needs TEXT, found BYTES"),
            ("mode", [.int], false, nil, "mode needs WITHIN GROUP"),
            ("sum", [.int], false, .int, "sum takes no WITHIN GROUP"),
            ("percentile_cont", [.double], false, .text, "percentile_cont needs a number in WITHIN GROUP, found TEXT"),
            ("percentile_disc", [.text], false, .text, "percentile_disc needs a number or an array of numbers, found TEXT"),
        ]
        for (name, arguments, isStar, order, message) in cases {
            #expect(throws: TypeError.self, "\(name)") {
                do {
                    _ = try AggregateFunction.resolve(name: name, arguments: arguments, isStar: isStar, order: order)
                } catch {
                    #expect((error as? TypeError)?.message == message)
                    throw error
                }
            }
        }
    }

    @Test func `each function is listed, and each listed name is one`() {
        let names = AggregateFunction.names.map(\.name)
        #expect(Set(names).count == names.count)
        for function in AggregateFunction.allCases { #expect(names.contains(function.rawValue)) }
        for name in names { #expect(AggregateFunction.named(name) != nil) }
    }

    @Test func `constants out of range are refused`() {
        func spec(_ function: AggregateFunction, _ constants: [Value]) -> AggregateSpec {
            AggregateSpec(function, columns: [0], constants: constants, resultType: .double)
        }
        #expect(throws: Never.self) { try spec(.percentileCont, [0.0, .null, 1.0]).checkConstants() }
        #expect(throws: TypeError.self) { try spec(.percentileDisc, [1.5]).checkConstants() }
        #expect(throws: TypeError.self) { try spec(.percentileCont, [.double(.nan)]).checkConstants() }
        #expect(throws: TypeError.self) { try spec(.approxCountDistinct, [3]).checkConstants() }
        #expect(throws: TypeError.self) { try spec(.approxPercentile, [0.5, 0.0]).checkConstants() }
        #expect(throws: Never.self) { try spec(.approxPercentile, [0.5, 0.001]).checkConstants() }
    }
}
