import MutstreamColumnar
import Testing

@testable import MutstreamDataflow

@Suite struct LibraryTests {
    static func text(_ text: String) -> Expression { .literal(.text(text), .text) }
    static func int(_ value: Int64) -> Expression { .literal(.int64(value), .int) }

    static func value(_ expression: Expression) -> String {
        PostgresTests.result(expression, Batch(columns: [], count: 1, ordinals: Ordinals(first: 0)))
    }

    static func time(_ text: String) throws -> Expression { try Typing.cast(.string(text), to: .timestamp) }

    @Test func `literals without a type choose the text form`() throws {
        #expect(try Typing.call("md5", [.string("a")]).children[0].type == .text)
        #expect(try Typing.call("length", [.string("a")]).children[0].type == .text)
        #expect(try Typing.call("substring", [.string("abc"), .string("b")]).children[1].type == .text)
        #expect(try Typing.call("to_char", [.column(0, .smallint), .string("9")]).children[0].type == .double)
        #expect(try Typing.call("to_char", [.column(0, .date), .string("Q")]).children[0].type == .timestamptz)
        #expect(try Typing.binary("&", .column(0, .bigint), .string("3")).type == .bigint)
        #expect(try Typing.call("abs", [.column(0, .smallint)]).type == .smallint)
        #expect(try Typing.call("abs", [.column(0, .real)]).type == .real)
        #expect(throws: TypeError.self) { try Typing.call("to_char", [.string("1"), .string("9")]) }
        #expect(throws: TypeError.self) { try Typing.call("gcd", [.string("1"), .column(0, .boolean)]) }
    }

    @Test func `operators and functions read as SQL`() throws {
        let columns = [Expression.column(0, .text), .column(1, .text)]
        #expect(try Typing.binary("~", columns[0], columns[1]).text(["a", "b"]) == "a ~ b")
        #expect(try Typing.unary("~", .column(0, .int)).text(["a"]) == "~ a")
        #expect(try Typing.similar(columns[0], columns[1]).text(["a", "b"]) == "similar_to(a, b)")
        let nested = try Typing.binary("#", .column(0, .int), Typing.binary("&", .column(0, .int), .column(1, .int)))
        #expect(nested.text(["a", "b"]) == "a # (a & b)")
    }

    @Test func `what is left out says why`() {
        for name in ["random", "gen_random_uuid", "normalize", "pg_sleep"] {
            #expect(throws: TypeError.self) { try Typing.call(name, []) }
            #expect(Library.refused[name] != nil)
        }
        #expect {
            try Typing.call("random", [])
        } throws: { error in
            (error as? TypeError)?.hint?.contains("same output") ?? false
        }
        #expect {
            try Typing.call("age", [.column(0, .timestamp)])
        } throws: { error in
            (error as? TypeError)?.message.contains("current time") ?? false
        }
        #expect {
            try Typing.binary("~", .column(0, .int), .column(1, .text))
        } throws: { error in
            (error as? TypeError)?.message == "operator does not exist: INT ~ TEXT"
        }
    }

    @Test func `the reference lists every function once`() {
        let markdown = FunctionReference.markdown
        for entry in Library.all {
            let signature = entry.signature(entry.names[0]).split(separator: "|", omittingEmptySubsequences: false)
            let isListed = markdown.contains("| `\(signature.joined(separator: "\\|"))` |")
            #expect(isListed, "\(entry.names[0])")
        }
        let keys = Typing.catalog.map { "\($0.name) \($0.signature)" }
        let repeated = Dictionary(grouping: keys) { $0 }.filter { $0.value.count > 1 }.keys.sorted()
        #expect(repeated == [])
        #expect(Typing.catalog.allSatisfy { !$0.group.isEmpty })
    }

    @Test func `conditions take the values that they need`() throws {
        let failing = try Typing.binary("/", LibraryTests.int(1), .column(0, .int))
        let batch = Batch(columns: [.int64([0, 2])], count: 2, ordinals: Ordinals(first: 0))
        let attempt = Evaluator(try Typing.call("try", [failing])).evaluate(batch)
        #expect(attempt.failures.isEmpty && attempt.column.value(at: 0).isNull && attempt.column.value(at: 1) == .int64(0))
        let chosen = try Typing.call("if", [Typing.isNull(.column(0, .int)), failing, LibraryTests.int(7)])
        #expect(Evaluator(chosen).evaluate(batch).failures.isEmpty)
        #expect(LibraryTests.value(try Typing.call("ifnull", [.null(.int), LibraryTests.int(3)])) == "3")
        #expect(LibraryTests.value(try Typing.call("nvl2", [.null(.int), .string("a"), .string("b")])) == "b")
        #expect(LibraryTests.value(try Typing.call("typeof", [.column(0, .array(.int))])) == "int[]")
    }

    /// Results as Flink documents them.
    @Test func `functions of Flink`() throws {
        let time = try LibraryTests.time("2024-02-29 13:05:09.123456")
        func call(_ name: String, _ operands: [Expression]) throws -> String {
            LibraryTests.value(try Typing.call(name, operands))
        }
        #expect(try call("date_format", [time, .string("yyyy-MM-dd HH:mm:ss.SSS")]) == "2024-02-29 13:05:09.123")
        #expect(
            try call("date_format", [time, .string("yy/M/d h:mm a 'at' EEE, MMMM Q D")])
                == "24/2/29 1:05 PM at Thu, February 1 60")
        #expect(try call("format_timestamp", [.string("%Y-%m-%d %H:%M:%S"), time]) == "2024-02-29 13:05:09")
        #expect(
            try call("format_timestamp", [.string("%y %b %B %a %A %j 100%% yyyy"), time])
                == "24 Feb February Thu Thursday 060 100% yyyy")
        #expect(
            try call("format_timestamp", [.string("%F|%T|%R|%D|%I %p"), time]) == "2024-02-29|13:05:09|13:05|02/29/24|01 PM")
        for pattern in ["%", "%Q", "%f"] {
            #expect(try call("format_timestamp", [.string(pattern), time]).hasPrefix("ERROR"), "\(pattern)")
        }
        #expect(try call("date_format", [time, .string("'")]).hasPrefix("ERROR"))
        #expect(try call("split_index", [.string("a,b,,d"), .string(","), LibraryTests.int(3)]) == "d")
        #expect(try call("split_index", [.string("a,b"), .string(","), LibraryTests.int(2)]) == "NULL")
        #expect(try call("regexp_extract", [.string("foothebar"), .string("foo(.*?)(bar)"), LibraryTests.int(2)]) == "bar")
        #expect(try call("locate", [.string("b"), .string("abcb"), LibraryTests.int(3)]) == "4")
        #expect(try call("hour", [time]) == "13")
        #expect(try call("second", [time]) == "9")
        #expect(try call("dayofweek", [time]) == "5")
        #expect(try call("week", [time]) == "9")
        #expect(try call("timestampadd", [.string("MONTH"), LibraryTests.int(-1), time]) == "2024-01-29 13:05:09.123456")
        let later = try LibraryTests.time("2025-02-28 13:05:10")
        #expect(try call("timestampdiff", [.string("YEAR"), time, later]) == "0")
        #expect(try call("timestampdiff", [.string("MONTH"), time, later]) == "11")
        #expect(try call("timestampdiff", [.string("DAY"), later, time]) == "-365")
        #expect(try call("from_unixtime", [.literal(.int64(1_700_000_000), .bigint)]) == "2023-11-14 22:13:20")
        #expect(
            try call("to_timestamp_ltz", [.literal(.int64(1_700_000_000_123), .bigint), LibraryTests.int(3)])
                == "2023-11-14 22:13:20.123+00")
        #expect(try call("sha2", [.string("abc"), LibraryTests.int(256)]).hasPrefix("ba7816bf8f01cfea414140de5dae2223"))
        #expect(try call("crc32", [.string("123456789")]) == "3421780262")
        #expect(try call("from_base64", [.string("aGVsbG8=")]) == "hello")
    }
}
