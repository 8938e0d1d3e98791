import MutstreamColumnar
import Testing

struct RowWriterTests {
    private let schema = DecoderSchema.everyType

    /// Random rows that decoded, as a batch.
    private func randomBatch(_ count: Int) -> Batch {
        var random = RandomRows(formatSeed)
        var text: [UInt8] = []
        for _ in 0..<count { text += Array(random.line().utf8) + [0x0a] }
        let decoder = JSONLinesDecoder(schema)
        let buffer = text.withUnsafeBytes { SharedBytes(copying: $0) }
        _ = decoder.decode(buffer, 0..<buffer.count, isFinal: true, maxRows: count)
        let rows = decoder.take()
        return Batch(columns: rows.columns, count: rows.count, ordinals: Ordinals(first: 0))
    }

    private func values(_ batch: Batch) -> [[Value]] {
        (0..<batch.count).map { row in batch.columns.map { $0.value(at: row) } }
    }

    @Test func `rows written as JSON are read back`() {
        let batch = randomBatch(800)
        let writer = ByteWriter()
        JSONRowWriter(schema: schema.outputFields).write(batch, rows: 0..<batch.count, to: writer)
        let result = decode(JSONLinesDecoder(schema), Array(writer.bytes))
        #expect(result.rejected.isEmpty)
        #expect(result.rows == values(batch), "seed \(formatSeed)")
    }

    @Test func `rows written as CSV are read back`() {
        let batch = randomBatch(800)
        let output = CSVRowWriter(schema: schema.outputFields)
        let writer = ByteWriter()
        output.writeHeader(to: writer)
        output.write(batch, rows: 0..<batch.count, to: writer)
        let result = decode(CSVDecoder(schema), Array(writer.bytes))
        #expect(result.rejected.isEmpty)
        #expect(result.rows == values(batch), "seed \(formatSeed)")
    }

    @Test func `an object has the forms of JSON`() {
        let batch = Batch(
            columns: [
                .constant(.bool(true), physical: .bool, count: 1), .constant(.int64(-5), physical: .int64, count: 1),
                .constant(.null, physical: .int64, count: 1), .constant(.double(.nan), physical: .double, count: 1),
                .constant(.decimal(-105), physical: .decimal, count: 1),
                .constant(.text("a\"\\\n\u{1}é long enough to lie outside"), physical: .text, count: 1),
                .constant(.int64(0), physical: .int64, count: 1), .constant(.int64(1_500_000), physical: .int64, count: 1),
                .constant(.interval(Interval(days: 1)), physical: .interval, count: 1),
            ], count: 1, ordinals: Ordinals(first: 0))
        let writer = ByteWriter()
        JSONRowWriter(schema: schema.outputFields).writeObject(batch, row: 0, to: writer)
        #expect(
            writer.string
                == #"{"b":true,"i":-5,"l":null,"d":null,"n":-1.05,"t":"a\"\\\n\u0001é long enough to lie outside","#
                + #""day":"1970-01-01","at":"1970-01-01T00:00:01.5","span":"1 day"}"#)
        writer.removeAll()
        CSVRowWriter(schema: schema.outputFields).write(batch, rows: 0..<1, to: writer)
        #expect(
            writer.string
                == "true,-5,,NaN,-1.05,\"a\"\"\\\n\u{1}é long enough to lie outside\",1970-01-01,1970-01-01 00:00:01.5,1 day\n"
        )
    }

    @Test func `a string of any length with a quote anywhere is escaped`() throws {
        let writer = ByteWriter()
        let output = JSONRowWriter(schema: [Field("k\"ey", .text)])
        for length in 0..<40 {
            for place in 0...length {
                for special in [nil, "\"", "\\", "\u{1f}"] as [String?] {
                    var text = String(repeating: "x", count: length)
                    if let special { text.insert(contentsOf: special, at: text.index(text.startIndex, offsetBy: place)) }
                    let batch = Batch(
                        columns: [.constant(.text(text), physical: .text, count: 1)], count: 1, ordinals: Ordinals(first: 0))
                    writer.removeAll()
                    output.writeObject(batch, row: 0, to: writer)
                    let escaped = special.map { $0 == "\u{1f}" ? "\\u001f" : "\\" + $0 } ?? ""
                    let expected =
                        String(repeating: "x", count: special == nil ? length : place) + escaped
                        + String(repeating: "x", count: special == nil ? 0 : length - place)
                    if writer.string != "{\"k\\\"ey\":\"\(expected)\"}" { Issue.record("\(writer.string)") }
                }
            }
        }
    }
}
