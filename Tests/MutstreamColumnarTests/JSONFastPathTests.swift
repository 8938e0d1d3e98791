import MutstreamColumnar
import Testing

/// What the JSON decoder does in one step for the usual form must be what it does step by step for any form.
struct JSONFastPathTests {
    private let schema = DecoderSchema.everyType

    /// What becomes of a line that no other one prepared: no name of it is expected.
    private func alone(_ line: [UInt8], _ schema: DecoderSchema, _ result: inout DecodedValues) {
        let one = decode(JSONLinesDecoder(schema), line + [0x0a])
        result.rows += one.rows
        result.slots += one.slots.map { $0 + result.slotCount }
        result.rejected += one.rejected.map { row in
            var row = row
            row.slot += result.slotCount
            row.error.row += result.slotCount
            return row
        }
        result.slotCount += one.slotCount
    }

    private func check(_ lines: [[UInt8]], _ schema: DecoderSchema) {
        var expected = DecodedValues()
        for line in lines { alone(line, schema, &expected) }
        let found = decode(JSONLinesDecoder(schema), lines.reduce(into: []) { $0 += $1 + [0x0a] })
        #expect(found == expected, "seed \(formatSeed)")
    }

    @Test func `an expected row decodes, and fails, as one that is not`() {
        var rows = RandomRows(formatSeed)
        // Few lines in a cycle, so that most names are guessed; one byte of some is another one.
        let forms = (0..<6).map { _ in Array(rows.line().utf8) }
        let lines = (0..<2_000).map { number in
            var line = forms[number / 20 % 3 + number % 2 * 3]
            if rows.random.chance(40) { line[rows.random.below(line.count)] = UInt8(rows.random.below(256)) }
            if rows.random.chance(10) { line = rows.mutated(line) }
            line.removeAll { $0 == 0x0a }
            return line
        }
        check(lines, schema)
        check(lines, DecoderSchema(schema.fields, projection: [5, 2]))
        check(lines, DecoderSchema(schema.fields, projection: [], maxRowBytes: 100))
        var strict = schema.fields
        strict[2].notNull = true
        check(lines, DecoderSchema(strict))
    }

    @Test func `fields that many rows are without are NULL in those`() {
        var random = SeededRandom(formatSeed)
        let schema = DecoderSchema([.init("i", .bigint), .init("t", .text), .init("b", .boolean)])
        var text = ""
        var rows: [[Value]] = []
        for number in 0..<1_000 {
            let (hasInt, hasText, hasBool) = (random.chance(3), number % 130 > 64, number == 700)
            var members: [String] = []
            if hasInt { members.append("\"i\":\(number)") }
            if hasText { members.append("\"t\":\"text number \(number)\"") }
            if hasBool { members.append("\"b\":true") }
            // Refused, with a value for a field that the next rows do not have.
            if random.chance(10) { text += "{\"i\":1,\"t\":\"\(number)\",\"b\":false,\"b\":true}\n" }
            text += "{\(members.joined(separator: ","))}\n"
            rows.append([
                hasInt ? .int64(Int64(number)) : .null, hasText ? .text("text number \(number)") : .null,
                hasBool ? .bool(true) : .null,
            ])
        }
        #expect(decode(JSONLinesDecoder(schema), text).rows == rows, "seed \(formatSeed)")
    }

    @Test(arguments: [[0], []]) func `the end of a string is found at any place`(_ projection: [Int]) {
        let schema = DecoderSchema([.init("t", .text)], projection: projection)
        let before = Array("{\"t\":\"".utf8)
        for length in 0..<150 {
            let contents = [UInt8](repeating: 0x61, count: length)
            let whole = decode(JSONLinesDecoder(schema), before + contents + Array("\"}\n".utf8))
            #expect(whole.rows == [projection.map { _ in .text(String(decoding: contents, as: UTF8.self)) }])
            for byte: UInt8 in [0x00, 0x1f, 0x80, 0xff] {
                let broken = decode(JSONLinesDecoder(schema), before + contents + [byte] + Array("xyz\"}\n".utf8))
                #expect(broken.rejected.map(\.error.byteOffset) == [before.count + length])
            }
            for mark in ["\\u0061", "ä"] {
                let marked = decode(JSONLinesDecoder(schema), before + contents + Array("\(mark)\"}\n".utf8))
                #expect(marked.rows.count == 1)
            }
        }
    }

    @Test func `numbers of unread fields end where they end`() {
        let schema = DecoderSchema([.init("n", .bigint)], projection: [])
        let digits = "123456789012345678901234567890"
        func isAccepted(_ number: String) -> Bool {
            decode(JSONLinesDecoder(schema), "{\"n\":\(number),\"m\":\(number)}\n").rows.count == 1
        }
        for count in 0...30 {
            let number = String(digits.prefix(count))
            let isNumber = count > 0
            #expect(isAccepted(number) == isNumber && isAccepted("-\(number)") == isNumber)
            #expect(isAccepted("1.\(number)") == isNumber && isAccepted("\(number)1.5e+\(number)") == isNumber)
            #expect(isAccepted("0E\(number)") == isNumber && isAccepted("-1e-\(number)") == isNumber)
            #expect(!isAccepted("0\(number)1") && !isAccepted("-00\(number)") && !isAccepted("\(number)1x"))
            #expect(!isAccepted("\(number)1.") && !isAccepted("+\(number)") && !isAccepted("1.\(number)e"))
        }
    }

    @Test func `a timestamp of the usual form is what it is in any form`() {
        var random = SeededRandom(formatSeed)
        let letters = Array("0123456789:-./ TZz+".utf8)
        func value(_ text: [UInt8]) -> Value? { text.withUnsafeBytes { try? TextCodec.parse($0, .timestamp) } }
        for _ in 0..<20_000 {
            let fraction = String(random.below(10_000_000)).prefix(random.below(8))
            let dot = random.chance(80) ? "." : ""
            var text = Array("20\(10 + random.below(90))-0\(1 + random.below(9))-1\(random.below(10))T12:3".utf8)
            text += Array("\(random.below(10)):0\(random.below(10))\(dot)\(fraction)\(random.chance(30) ? "Z" : "")".utf8)
            if random.chance(30) { text[random.below(text.count)] = letters[random.below(letters.count)] }
            // White space before it is not the usual form.
            #expect(value(text) == value([0x20] + text), "\(String(decoding: text, as: UTF8.self)), seed \(formatSeed)")
        }
    }
}
