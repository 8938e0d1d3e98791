import MutstreamColumnar
import Testing

struct CSVTests {
    private let schema = DecoderSchema([.init("id", .bigint), .init("name", .text), .init("ok", .boolean)])

    @Test(
        arguments: [
            (
                "id,name,ok\n1,a,t\n2,b,0\n",
                [[.int64(1), .text("a"), .bool(true)], [.int64(2), .text("b"), .bool(false)]], 0
            ),
            ("\u{feff}id,name,ok\r\n1,a,true\r\n", [[.int64(1), .text("a"), .bool(true)]], 0),
            ("name,other,ID\n\"a,\"\"b\"\"\nc\",x,7", [[.int64(7), .text("a,\"b\"\nc"), .null]], 0),
            ("id,name,ok\n,,\n,\"\",f\n", [[.null, .null, .null], [.null, .text(""), .bool(false)]], 0),
            ("id,name,ok\n1,a\n2,b,t,x\n3,c,t\n", [[.int64(3), .text("c"), .bool(true)]], 2),
            ("id,name,ok\nx,a,t\n2,a\"b,t\n3,\"a\"b,t\n", [[.int64(2), .text("a\"b"), .bool(true)]], 2),
            ("id\n\n5\n\r\n6\n", [[.int64(5), .null, .null], [.int64(6), .null, .null]], 0),
            ("id,name,ok\n1,\"a", [], 1), ("id,name,ok", [], 0), ("", [], 0),
            ("name\nGrüße aus Köln und München\n", [[.null, .text("Grüße aus Köln und München"), .null]], 0),
            (
                "id\n9223372036854775807\n-12\n12345678\n123456789\n9223372036854775808\n",
                [
                    [.int64(.max), .null, .null], [.int64(-12), .null, .null], [.int64(12_345_678), .null, .null],
                    [.int64(123_456_789), .null, .null],
                ], 1
            ),
        ] as [(String, [[Value]], Int)])
    func `a text gives rows and refusals, however it is cut`(text: String, rows: [[Value]], refused: Int) {
        let bytes = Array(text.utf8)
        let whole = decode(CSVDecoder(schema), bytes)
        #expect(whole.rows == rows)
        #expect(whole.rejected.count == refused)
        for cut in 0..<max(bytes.count, 1) where cut < bytes.count {
            #expect(decode(CSVDecoder(schema), bytes, cuts: [cut]) == whole, "cut at \(cut)")
        }
    }

    @Test func `without a header columns go by position, and the delimiter may be another`() {
        let result = decode(CSVDecoder(schema, header: false, delimiter: 0x3b), "1;a,b;1\n")
        #expect(result.rows == [[.int64(1), .text("a,b"), .bool(true)]])
    }

    @Test func `a refusal names the field`() {
        let result = decode(CSVDecoder(schema), "id,name,ok\n1,a,t\n1x,b,t\n")
        #expect(
            result.rejected.first?.error.description
                == "field \"id\": found \"1x\", expected a whole number (BIGINT) at byte 0")
        #expect(result.rejected.first?.slot == 1)
    }

    @Test func `bytes that are not UTF-8 refuse the row`() {
        let result = decode(CSVDecoder(schema), Array("id,name\n1,".utf8) + [0xff] + Array("\n2,x\n".utf8))
        #expect(result.rows == [[.int64(2), .text("x"), .null]] && result.rejected.count == 1)
    }

    @Test func `an endless quote is bounded`() {
        let schema = DecoderSchema(schema.fields, maxRowBytes: 1_000)
        let text = Array("id,name\n1,\"".utf8) + [UInt8](repeating: 0x61, count: 50_000) + Array("\n2,x\n".utf8)
        let result = decode(CSVDecoder(schema), text, cuts: Array(stride(from: 500, to: text.count, by: 500)))
        #expect(result.rows == [[.int64(2), .text("x"), .null]])
        #expect(result.rejected.map(\.length) == [50_003])
    }

    @Test func `random bytes stop nothing`() {
        var random = SeededRandom(formatSeed)
        let letters = Array("\",\n\r12ab;é".utf8)
        for _ in 0..<2_000 {
            let bytes = Array("id,name\n".utf8) + (0..<random.below(40)).map { _ in letters[random.below(letters.count)] }
            let whole = decode(CSVDecoder(schema), bytes)
            let cut = random.below(bytes.count)
            #expect(decode(CSVDecoder(schema), bytes, cuts: [cut]) == whole, "seed \(formatSeed) \(bytes) cut at \(cut)")
        }
    }

    @Test func `under a header that names no column every row is refused and says why`() {
        let fields = [DecoderSchema.Field("id", .bigint), DecoderSchema.Field("name", .text)]
        let text = Array("1,a\r\n2,\"b\nb\"\n\n3\n".utf8)
        let whole = decode(CSVDecoder(DecoderSchema(fields)), text)
        #expect(whole.rows.isEmpty)
        #expect(whole.rejected.map { String(decoding: $0.raw, as: UTF8.self) } == ["1,a", "2,\"b\nb\"", "3"])
        #expect(
            whole.rejected[0].error.description.contains("found a header that names no column, expected a first line with"))
        #expect(whole.rejected[1].error.description.contains("found a row under a header that names no column"))
        for cut in 0...text.count {
            #expect(decode(CSVDecoder(DecoderSchema(fields)), text, cuts: [cut]) == whole, "cut at \(cut)")
        }
        #expect(decode(CSVDecoder(DecoderSchema(fields)), Array("x,name\n1,a\n".utf8)).rows == [[Value.null, .text("a")]])
    }
}
