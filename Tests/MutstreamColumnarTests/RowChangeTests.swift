import MutstreamColumnar
import Testing

/// Rows that say what they do to a table.
@Suite struct RowChangeTests {
    private let fields = [
        DecoderSchema.Field("id", .bigint, notNull: true), DecoderSchema.Field("name", .text, notNull: true),
        DecoderSchema.Field("note", .text),
    ]

    private func schema(_ carrier: ChangeSchema.Carrier, _ more: [DecoderSchema.Field] = []) -> DecoderSchema {
        var schema = DecoderSchema(fields + more, projection: [0, 1, 2])
        schema.changes = ChangeSchema(carrier, key: [0])
        return schema
    }

    private func take(_ decoder: some RowDecoder, _ text: String) -> DecodedRows {
        let bytes = Array(text.utf8).withUnsafeBytes { SharedBytes(copying: $0) }
        _ = decoder.decode(bytes, 0..<bytes.count, isFinal: true, maxRows: .max >> 1)
        return decoder.take()
    }

    /// Each row as its sign and its values, each refusal as its reason, in order.
    private func shown(_ rows: DecodedRows) -> [String] {
        var slots = [String](repeating: "", count: rows.slotCount)
        for row in 0..<rows.count {
            let values = rows.columns.map { column in
                switch column.value(at: row) {
                case .null: "null"
                case .int64(let value): "\(value)"
                case .text(let value): value
                default: "?"
                }
            }
            let weight = rows.weights?[row] ?? 1
            slots[rows.slots.map { Int($0[row]) } ?? row] = (weight > 0 ? "+ " : "- ") + values.joined(separator: " ")
        }
        for row in rows.rejected { slots[row.slot] = row.error.description }
        return slots
    }

    @Test func `changes of Debezium, bare and in their envelope`() {
        let text = """
            {"before":null,"after":{"id":1,"name":"a"},"op":"c","ts_ms":7}
            {"schema":{"type":"struct","op":"x"},"payload":{"before":null,"after":{"id":2,"name":"a name of some length"},"source":{"op":"d"},"op":"r"}}
            {"op":"u","before":{"id":1,"name":"a"},"after":{"name":"b","note":"n","id":1}}
            null
            {"schema":null,"payload":null}
            {"op":"d","before":{"id":1,"name":null},"after":null}
            {"op":"d","before":{"id":2}}

            """
        for rows in [take(JSONLinesDecoder(schema(.debezium)), text), take(JSONDocumentDecoder(schema(.debezium)), text)] {
            #expect(
                shown(rows) == [
                    "+ 1 a null", "+ 2 a name of some length null", "+ 1 b n", "- 1 null null", "- 2 null null",
                ])
            #expect(rows.ignored == 2)
        }
    }

    @Test func `an update of Debezium that gives a row another key deletes the old one`() {
        let text = """
            {"op":"c","after":{"id":1,"name":"a"}}
            {"op":"u","before":{"id":1,"name":"a"},"after":{"id":2,"name":"b"}}
            {"op":"u","before":{"id":"?"},"after":{"id":2,"name":"c"}}
            {"op":"u","before":{"id":2,"name":"c"},"after":{"id":"x"}}
            {"op":"u","before":{"id":2,"name":"c"},"after":{"id":3}}
            {"op":"u","before":{"id":2},"after":{"id":4,"name":"a name of some length"}}

            """
        for rows in [take(JSONLinesDecoder(schema(.debezium)), text), take(JSONDocumentDecoder(schema(.debezium)), text)] {
            #expect(rows.weights == [1, -1, 1, 1, -1, 1])
            #expect(rows.slots == [0, 1, 1, 2, 5, 5])
            #expect(rows.slotCount == 6)
            #expect(rows.rejected.map(\.slot) == [3, 4])
            let ids = (0..<rows.count).map { rows.columns[0].value(at: $0) }
            #expect(ids == [.int64(1), .int64(1), .int64(2), .int64(2), .int64(2), .int64(4)])
        }
    }

    @Test(arguments: [
        (
            "{\"after\":{\"id\":1,\"name\":\"a\"}}",
            "field \"op\": found no such field, expected \"c\", \"r\", \"u\" or \"d\""
        ),
        ("{\"op\":\"t\",\"after\":null}", "field \"op\": found a string \"t\", expected \"c\", \"r\", \"u\" or \"d\""),
        ("{\"op\":7,\"after\":null}", "field \"op\": found the number 7, expected \"c\", \"r\", \"u\" or \"d\""),
        ("{\"op\":\"c\",\"after\":null}", "field \"after\": found null, expected the row"),
        ("{\"op\":\"d\"}", "field \"before\": found no such field, expected the row that is deleted"),
        (
            "{\"op\":\"u\",\"after\":{\"id\":1}}",
            "field \"name\": found no value, expected a string (TEXT), which is NOT NULL"
        ),
        (
            "{\"op\":\"d\",\"before\":{\"name\":\"a\"}}",
            "field \"id\": found no value, expected a whole number (BIGINT), which names the row to delete"
        ),
        ("{\"op\":\"c\",\"after\":{\"id\":\"x\"}}", "field \"id\": found a string \"x\", expected a whole number (BIGINT)"),
        ("{\"op\":\"c\",\"after\":[]}", "found an array, expected an object"),
        ("[]", "found an array, expected an object"), ("7", "found the number 7, expected an object"),
        ("{\"op\":\"c\",\"after\":{}", "found the end, expected ',' or '}'"),
        ("{\"op\":\"c\" \"after\":{}}", "found a string \"after\", expected ',' or '}'"),
        ("{op:1}", "found op, expected a field name"), ("nullx", "found x, expected the end of the line"),
    ]) func `what is no change is refused and says why`(line: String, reason: String) {
        let good = "{\"op\":\"c\",\"after\":{\"id\":1,\"name\":\"a\"}}"
        let rows = take(JSONLinesDecoder(schema(.debezium)), "\(good)\n\(line)\n\(good)\n")
        #expect(shown(rows).count == 3)
        #expect(shown(rows)[0] == "+ 1 a null" && shown(rows)[2] == "+ 1 a null")
        #expect(shown(rows)[1].hasPrefix(reason), "\(shown(rows)[1])")
        #expect(rows.rejected.first?.raw == Array(line.utf8))
    }

    @Test func `changes with a sign`() {
        let text = """
            {"op":"+I","row":{"id":1,"name":"a"}}
            {"row":{"id":1,"name":"a"},"op":"-U"}
            {"op":"+U","data":{"id":1,"name":"b"}}
            {"op":"-d","row":{"id":1}}
            {"op":"c","row":{"id":1}}
            {"op":"+I"}

            """
        let rows = shown(take(JSONLinesDecoder(schema(.changelog)), text))
        #expect(rows.prefix(4) == ["+ 1 a null", "- 1 a null", "+ 1 b null", "- 1 null null"])
        #expect(rows[4].hasPrefix("field \"op\": found a string \"c\", expected \"+I\""))
        #expect(rows[5].hasPrefix("field \"row\": found no such field, expected the row"))
    }

    @Test func `a field says what a row does`() {
        let words = [
            "insert": "+", "UPDATE": "+", "Upsert": "+", "delete": "-", "c": "+", "u": "+", "r": "+", "d": "-", "+I": "+",
            "-U": "-", "+U": "+", "-D": "-",
        ]
        let field = schema(.field(3), [DecoderSchema.Field("kind", .text)])
        for (word, sign) in words {
            let json = take(JSONLinesDecoder(field), "{\"kind\":\"\(word)\",\"id\":1,\"name\":\"a\"}\n")
            #expect(shown(json) == ["\(sign) 1 a null"], "\(word)")
            let csv = take(CSVDecoder(field), "name,kind,id\na,\(word),1\n")
            #expect(shown(csv) == ["\(sign) 1 a null"], "\(word)")
        }
        let lines =
            "{\"id\":1,\"kind\":\"d\"}\n{\"id\":2,\"name\":\"a\"}\n{\"id\":3,\"kind\":\"remove\"}\n"
            + "{\"id\":4,\"kind\":\"a longer word than any\"}\n{\"id\":5,\"kind\":\"c\"}\n{\"kind\":\"d\",\"name\":\"a\"}\n"
        let rows = shown(take(JSONLinesDecoder(field), lines))
        #expect(rows[0] == "- 1 null null")
        #expect(rows[1].hasPrefix("field \"kind\": found no value, expected insert, update"))
        #expect(rows[2].hasPrefix("field \"kind\": found \"remove\", expected insert"))
        #expect(rows[3].hasPrefix("field \"kind\": found a long text"))
        #expect(rows[4].hasPrefix("field \"name\": found no value"))
        #expect(rows[5].hasPrefix("field \"id\": found no value"))
        let csv = take(CSVDecoder(field), "id,name,kind\n1,,d\n2,a,\n3,a,no\n4,a,c\n")
        #expect(shown(csv)[0] == "- 1 null null" && shown(csv)[3] == "+ 4 a null")
        #expect(csv.rejected.map(\.slot) == [1, 2])
        #expect(csv.rejected.map { String(decoding: $0.raw, as: UTF8.self) } == ["2,a,", "3,a,no"])
    }

    /// The oracle: the image alone, read as a row.
    @Test func `a change's image is read as a row is`() {
        var random = SeededRandom(formatSeed)
        let decoder = JSONLinesDecoder(schema(.debezium))
        let document = JSONDocumentDecoder(schema(.debezium))
        for _ in 0..<60 {
            var (changes, expected): ([String], [String]) = ([], [])
            for _ in 0..<random.below(30) + 1 {
                let name = ["a", "\\u00fcber \\\"q\\\"", "a name of some length", ""][random.below(4)]
                let row = "{\"id\":\(random.below(9)),\"name\":\"\(name)\",\"x\":[{}]}"
                let isDelete = random.chance(30)
                var members = ["\"op\":\"\(isDelete ? "d" : "cru".randomElement(using: &random).map(String.init) ?? "c")\""]
                members.append("\"\(isDelete ? "before" : "after")\": \(row)")
                if random.chance(50) { members.append("\"\(isDelete ? "after" : "before")\":null") }
                if random.chance(50) { members.append("\"source\":{\"op\":\"d\",\"after\":[1,{}]}") }
                members.shuffle(using: &random)
                var change = "{\(members.joined(separator: random.chance(50) ? "," : " , "))}"
                if random.chance(40) { change = "{\"schema\":{},\"payload\":\(change)}" }
                changes.append(change)
                let plain = take(JSONLinesDecoder(DecoderSchema(fields)), row + "\n")
                expected += shown(plain).map { isDelete ? "-" + $0.dropFirst() : $0 }
            }
            #expect(shown(take(decoder, changes.joined(separator: "\n"))) == expected, "seed \(formatSeed)")
            #expect(shown(take(document, "[\(changes.joined(separator: ",\n"))]")) == expected, "seed \(formatSeed)")
        }
    }
}
