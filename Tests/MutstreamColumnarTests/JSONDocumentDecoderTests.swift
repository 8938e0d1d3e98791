import MutstreamColumnar
import Testing

struct JSONDocumentDecoderTests {
    private let schema = DecoderSchema([.init("a", .bigint), .init("t", .text)])

    private func rows(_ numbers: [Int64]) -> [[Value]] { numbers.map { [.int64($0), .null] } }

    @Test(
        arguments: [
            ("{\"a\":1}", .object, [1], 0), (" \n{\"a\":\n1}\n ", .object, [1], 0), ("[]", .array, [], 0),
            (" [ ] ", .array, [], 0),
            ("[{\"a\":1},\n {\"a\":2}]", .array, [1, 2], 0), ("{\"a\":1}\n{\"a\":2}\n", .lines, [1, 2], 0),
            ("{\"a\":1}{\"a\":2} {\"a\":3}", .lines, [1, 2, 3], 0), ("", .lines, [], 0), (" \n", .lines, [], 0),
            ("[{\"a\":1},{\"a\":\"x\"},{\"a\":3}]", .array, [1, 3], 1), ("[1,{\"a\":2},null]", .array, [2], 2),
            ("[{\"a\":1},{\"a\":2,},{\"a\":3}]", .array, [1], 1), ("[{\"a\":1}", .array, [1], 1),
            ("[{\"a\":1},]", .array, [1], 1),
            ("[{\"a\":1}] x", .array, [1], 1), ("[{\"a\":1} {\"a\":2}]", .array, [1], 1), ("[", .array, [], 1),
            ("{\"a\":1}\n{\"a\":}\n{\"a\":3}\n", .lines, [1, 3], 1),
            ("{\"a\":1}\n{\"a\":\"x\"} {\"a\":3}\n", .lines, [1, 3], 1),
            ("{\"a\":1} {\"a\":} {\"a\":3}", .lines, [1], 1), ("{\"a\":", .object, [], 1), ("x", .object, [], 1),
            ("5", .object, [], 1),
            ("{\"a\":1,\n \"t\":[}\n{\"a\":2}", .object, [], 1), ("{\"x\":\n{\"a\":1}, \"b\":}", .object, [], 1),
        ] as [(String, JSONDocumentDecoder.Shape, [Int64], Int)])
    func `a body has a shape, rows and refusals`(
        body: String, shape: JSONDocumentDecoder.Shape, numbers: [Int64], refused: Int
    ) {
        let decoder = JSONDocumentDecoder(schema)
        // A line that is broken off is taken up at the next; what it lost is refused with it.
        let result = decode(decoder, body)
        #expect(result.rows == rows(numbers))
        #expect(result.rejected.count == refused)
        #expect(decoder.shape == shape)
    }

    @Test func `a body that is not whole waits`() {
        let decoder = JSONDocumentDecoder(schema)
        let buffer = Array("[{\"a\":1}".utf8).withUnsafeBytes { SharedBytes(copying: $0) }
        #expect(decoder.decode(buffer, 0..<buffer.count, isFinal: false, maxRows: 10) == 0)
        #expect(decoder.take().slotCount == 0)
    }

    @Test func `a limit of rows stops within an array and goes on`() {
        let body = Array("[{\"a\":1}, {\"a\":\"x\"}, {\"a\":2} ,{\"a\":3}]".utf8)
        for maxRows in 1...5 {
            let result = decode(JSONDocumentDecoder(schema), body, maxRows: maxRows)
            #expect(result.rows == rows([1, 2, 3]) && result.rejected.map(\.slot) == [1] && result.slots == [0, 2, 3])
        }
    }

    @Test func `random lines in an array decode as lines do`() {
        var random = RandomRows(formatSeed)
        let schema = DecoderSchema.everyType
        var lines: [[UInt8]] = []
        while lines.count < 500 {
            let line = Array(random.line().utf8)
            if line.withUnsafeBytes({ validateJSON($0, maxDepth: 100) }) == nil { lines.append(line) }
        }
        let text = lines.reduce(into: [UInt8]()) { $0 += $1 + [0x0a] }
        let expected = decode(JSONLinesDecoder(schema), text)
        let array = Array("[".utf8) + Array(lines.joined(separator: Array(", ".utf8))) + Array("]".utf8)
        for body in [array, text] {
            let result = decode(JSONDocumentDecoder(schema), body)
            #expect(
                result.rows == expected.rows && result.rejected.map(\.slot) == expected.rejected.map(\.slot),
                "seed \(formatSeed)")
            #expect(result.rejected.map(\.raw) == expected.rejected.map(\.raw) && result.slots == expected.slots)
        }
    }

    @Test func `mutated bodies stop nothing and lose no earlier row`() {
        var random = RandomRows(formatSeed)
        let decoder = JSONDocumentDecoder(.everyType)
        for _ in 0..<1_000 {
            let start = Array("[{\"l\":1},".utf8)
            let body = start + random.mutated(Array("\(random.line()),\(random.line())]".utf8))
            #expect(decode(decoder, body).rows.first?[2] == .int64(1), "seed \(formatSeed)")
        }
    }
}
