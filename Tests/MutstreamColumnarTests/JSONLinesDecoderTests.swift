import MutstreamColumnar
import Testing

struct JSONLinesDecoderTests {
    private let schema = DecoderSchema.everyType

    /// What the oracle makes of lines.
    private func expected(_ lines: [[UInt8]], _ schema: DecoderSchema) -> (rows: [[Value]], refused: [Int: [UInt8]]) {
        var oracle = JSONOracle(schema)
        var rows: [[Value]] = []
        var refused: [Int: [UInt8]] = [:]
        var slot = 0
        for line in lines where line.contains(where: { ![0x20, 0x09, 0x0d].contains($0) }) {
            if let row = oracle.row(line) { rows.append(row) } else { refused[slot] = line }
            slot += 1
        }
        return (rows, refused)
    }

    private func check(_ lines: [[UInt8]], _ schema: DecoderSchema) {
        let text = lines.reduce(into: [UInt8]()) { $0 += $1 + [0x0a] }
        let result = decode(JSONLinesDecoder(schema), text)
        let (rows, refused) = expected(lines, schema)
        #expect(result.rows == rows, "seed \(formatSeed)")
        #expect(result.rejected.map(\.slot) == refused.keys.sorted(), "seed \(formatSeed)")
        for row in result.rejected {
            let line = refused[row.slot] ?? []
            let whole = line.last == 0x0d ? line.dropLast() : line[...]
            #expect(row.raw == Array(whole.prefix(4096)) && row.length == whole.count && row.error.row == row.slot)
            #expect(row.error.byteOffset <= max(whole.count, schema.maxRowBytes))
        }
        #expect(result.slots.count == rows.count && Set(result.slots).isDisjoint(with: refused.keys))
    }

    @Test func `random rows decode as the oracle decodes them`() {
        var rows = RandomRows(formatSeed)
        let lines = (0..<3_000).map { _ in Array(rows.line().utf8) }
        check(lines, schema)
        check(lines, DecoderSchema(schema.fields, projection: [5, 2]))
        check(lines, DecoderSchema(schema.fields, projection: []))
        var strict = schema.fields
        for index in strict.indices { strict[index].notNull = index % 2 == 0 }
        check(lines, DecoderSchema(strict, maxRowBytes: 150))
    }

    @Test func `a text cut anywhere gives the same rows`() {
        var rows = RandomRows(formatSeed)
        var lines = (0..<12).map { _ in Array(rows.line().utf8) }
        lines.append(Array("  ".utf8))
        lines.append(Array("{\"i\":1}\r".utf8))
        lines.append([0xff])
        check(lines, schema)
        let text = lines.reduce(into: [UInt8]()) { $0 += $1 + [0x0a] }
        let whole = decode(JSONLinesDecoder(schema), text)
        for cut in 0..<text.count {
            #expect(decode(JSONLinesDecoder(schema), text, cuts: [cut]) == whole, "seed \(formatSeed), cut \(cut)")
        }
        for _ in 0..<100 {
            let cuts = Set((0..<rows.random.below(20)).map { _ in rows.random.below(text.count) }).sorted()
            let result = decode(JSONLinesDecoder(schema), text, cuts: cuts, maxRows: 1 + rows.random.below(5))
            #expect(result == whole, "seed \(formatSeed), cuts \(cuts)")
        }
    }

    @Test func `mutated rows harm no neighbour`() {
        var rows = RandomRows(formatSeed)
        var lines: [[UInt8]] = []
        for number in 0..<7_000 {
            lines.append(rows.mutated(Array(rows.line().utf8)))
            lines.append(Array("{\"l\":\(number)}".utf8))
        }
        check(lines, schema)
    }

    @Test func `random bytes harm no neighbour`() {
        var random = SeededRandom(formatSeed)
        var lines: [[UInt8]] = []
        for number in 0..<3_000 {
            let letters = Array("{}[]\",:\\0123456789.eE+-tfnu \u{1}é".utf8)
            lines.append(
                (0..<random.below(40)).map { _ in
                    let byte = random.chance(50) ? UInt8(random.below(256)) : letters[random.below(letters.count)]
                    return byte == 0x0a ? 0x22 : byte
                })
            lines.append(Array("{\"l\":\(number)}".utf8))
        }
        check(lines, schema)
    }

    @Test func `the last line needs no newline, blank lines and a byte order mark are skipped`() {
        let schema = DecoderSchema([.init("a", .bigint)])
        let text: [UInt8] = [0xef, 0xbb, 0xbf] + Array("\r\n{\"a\":1}\r\n\n  \n{\"a\":2}".utf8)
        for cut in 0..<text.count {
            let result = decode(JSONLinesDecoder(schema), text, cuts: [cut])
            #expect(result.rows == [[.int64(1)], [.int64(2)]] && result.slotCount == 2)
        }
        #expect(decode(JSONLinesDecoder(schema), "").slotCount == 0)
        #expect(decode(JSONLinesDecoder(schema), "{\"a\":3").rejected.count == 1)
    }

    @Test func `a row without projected fields counts`() {
        let result = decode(
            JSONLinesDecoder(DecoderSchema([.init("a", .bigint)], projection: [])), "{\"a\":1}\n{}\n{\"a\":[2]}\n{]\n")
        #expect(result.rows == [[], [], []] && result.rejected.map(\.slot) == [3])
    }

    @Test(arguments: [
        ("{\"n\":\"12\"}", "field \"n\": found a string \"12\", expected a number (DECIMAL(12,2)) at byte 5"),
        ("{\"l\":1.5}", "field \"l\": found the number 1.5, expected a whole number (BIGINT) at byte 5"),
        (
            "{\"i\":2147483648}",
            "field \"i\": found the number 2147483648, expected a whole number (INT) in its range at byte 5"
        ),
        ("{\"t\":5}", "field \"t\": found the number 5, expected a string (TEXT) at byte 5"),
        ("{\"b\":1,\"b\":2}", "field \"b\": found the number 1, expected true or false (BOOLEAN) at byte 5"),
        ("{\"i\":1,\"I\":2}", "field \"i\": found the field a second time, expected each field once at byte 11"),
        ("{\"i\":1} x", "found x, expected the end of the line at byte 8"),
        ("[1]", "found an array, expected an object at byte 0"),
        ("{\"i\":1", "found the end, expected ',' or '}' at byte 6"),
        ("{\"t\":\"a", "found the end, expected the end of the string at byte 7"),
        ("{\"t\":\"\\u0000\"}", "field \"t\": found the character U+0000, expected a text without it at byte 6"),
        ("{\"x\":01}", "found a malformed number, expected a number as JSON writes it at byte 5"),
    ])
    func `a refusal says what was found and what was expected`(line: String, message: String) {
        #expect(decode(JSONLinesDecoder(schema), line).rejected.first?.error.description == message)
    }

    @Test func `a missing or null field that is NOT NULL refuses the row`() {
        let schema = DecoderSchema([.init("a", .bigint, notNull: true), .init("b", .text)])
        let result = decode(JSONLinesDecoder(schema), "{\"b\":\"x\"}\n{\"a\":null}\n{\"a\":1}\n")
        #expect(result.rows == [[.int64(1), .null]])
        #expect(result.rejected.map(\.error.field) == ["a", "a"])
    }

    @Test func `an oversized row is refused with its first bytes and its true length`() {
        let schema = DecoderSchema([.init("a", .bigint)], maxRowBytes: 5_000)
        let long = Array("{\"x\":\"".utf8) + [UInt8](repeating: 0x61, count: 300_000) + Array("\"}".utf8)
        let text = Array("{\"a\":1}\n".utf8) + long + Array("\r\n{\"a\":2}\n".utf8)
        let all = decode(JSONLinesDecoder(schema), text)
        for step in [1_000, 4_096, 5_001, 7_777, 100_000] {
            #expect(decode(JSONLinesDecoder(schema), text, cuts: Array(stride(from: step, to: text.count, by: step))) == all)
        }
        #expect(all.rows == [[.int64(1)], [.int64(2)]] && all.slots == [0, 2])
        #expect(all.rejected.first?.length == long.count && all.rejected.first?.raw == Array(long.prefix(4096)))
        let open = decode(JSONLinesDecoder(schema), Array(text.prefix(200_000)), cuts: [50_000, 100_000])
        #expect(open.rejected.first?.length == 199_992)
    }

    @Test func `rows at the limit are taken, one byte more is refused`() {
        let row = "{\"a\":1}"
        for limit in [6, 7, 8] {
            let schema = DecoderSchema([.init("a", .bigint)], maxRowBytes: limit)
            for text in [row, row + "\n", row + "\r\n"] {
                #expect(decode(JSONLinesDecoder(schema), text).rejected.count == (limit < 7 ? 1 : 0), "\(limit) \(text)")
            }
        }
    }

    @Test func `nesting is taken up to the limit`() {
        for depth in [1, 2, 127, 128, 200] {
            let schema = DecoderSchema([.init("a", .bigint)], maxDepth: 128)
            let text =
                "{\"x\":" + String(repeating: "[", count: depth - 1) + "1" + String(repeating: "]", count: depth - 1) + "}"
            #expect(decode(JSONLinesDecoder(schema), text).rows.count == (depth <= 128 ? 1 : 0), "\(depth)")
        }
    }

    @Test func `many names do not confuse the prediction`() {
        let schema = DecoderSchema(
            (0..<100).map { .init("field_with_a_name_of_many_letters_\($0)", .int) } + [.init("k", .int)])
        var random = SeededRandom(formatSeed)
        var lines: [[UInt8]] = []
        for _ in 0..<200 {
            var names = schema.fields.map(\.name) + (0..<50).map { _ in "u\(random.below(100_000))" }
            names.shuffle(using: &random)
            lines.append(
                Array(
                    ("{" + names.prefix(random.below(150)).map { "\"\($0)\":\(random.below(99))" }.joined(separator: ",")
                        + "}").utf8))
        }
        check(lines, schema)
    }
}
