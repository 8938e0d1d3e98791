import MutstreamColumnar
import Testing

@Suite struct CompositeCodecTests {
    @Test("the order of the bytes is the order of the values")
    func order() {
        var random = SeededRandom(11)
        for _ in 0..<400 {
            let type = DataType.array(random.type(depth: random.below(3)))
            if "\(type)".contains("map") { continue }
            var trees = (0..<8).map { _ in random.tree(type, nulls: 0) }
            // Neighbours: the same with one element less, and with one that is less or greater.
            if case .list(let elements) = trees[0] { trees.append(.list(elements.dropLast())) }
            for lhs in trees {
                for rhs in trees {
                    let (a, b) = (lhs.value(type).rawBytes ?? [], rhs.value(type).rawBytes ?? [])
                    let expected = Tree.order(lhs, rhs)
                    let found = a.lexicographicallyPrecedes(b) ? -1 : a == b ? 0 : 1
                    #expect(found.signum() == expected.signum(), "\(type.name): \(lhs) \(rhs)")
                }
            }
        }
    }

    @Test("elements come back as they were written")
    func elements() {
        var random = SeededRandom(12)
        for _ in 0..<1000 {
            let element = random.type(depth: random.below(3))
            let trees = (0..<random.below(6)).map { _ in random.tree(element) }
            let encoded = CompositeCodec.array(trees.map { $0.value(element) }, of: element)
            #expect(CompositeCodec.elements(encoded, .array(element)) == trees.map { $0.value(element) }, "\(element.name)")
        }
    }

    @Test("floats have one zero and one NaN, which is the greatest")
    func floats() {
        let sorted: [Double] = [-.infinity, -1e300, -1, -1e-300, 0, 1e-300, 1, .infinity, .nan]
        let bytes = sorted.map { CompositeCodec.array([.double($0)], of: .double).rawBytes ?? [] }
        for index in 1..<bytes.count { #expect(bytes[index - 1].lexicographicallyPrecedes(bytes[index])) }
        #expect(CompositeCodec.array([.double(-0.0)], of: .double).rawBytes == bytes[4])
        #expect(CompositeCodec.array([.double(-.nan)], of: .double).rawBytes == bytes[8])
    }

    @Test("any bytes are read without a trap")
    func garbage() {
        var random = SeededRandom(13)
        for _ in 0..<5000 {
            let type = random.type(depth: 3)
            var bytes = (0..<random.below(40)).map { _ in UInt8(random.below(random.chance(50) ? 3 : 256)) }
            if random.chance(50), let valid = random.tree(type, nulls: 0).value(type).rawBytes, !valid.isEmpty {
                bytes = valid
                bytes[random.below(bytes.count)] = UInt8(random.below(256))
                bytes.removeLast(random.below(bytes.count))
            }
            #expect(TextCodec.text(Value(bytes: bytes), type).utf8.count < 1 << 20)
            _ = CompositeCodec.elements(Value(bytes: bytes), type)
        }
    }

    @Test("of equal keys of a map the last counts, keys are in order")
    func maps() throws {
        let type = DataType.map(.text, .int)
        let value = try TextCodec.parse("{b=>1, a=>2 , b=>3,\"x y\"=>NULL}", type)
        #expect(TextCodec.text(value, type) == "{a=>2,b=>3,\"x y\"=>NULL}")
        #expect(throws: TextCodecError.invalid) { try TextCodec.parse("{NULL=>1}", type) }
    }
}

@Suite struct TypeFormatTests {
    @Test("the text of a value is read back")
    func texts() throws {
        var random = SeededRandom(21)
        for _ in 0..<6000 {
            let type = random.type(depth: random.below(3))
            let value = random.tree(type, nulls: 0).value(type)
            let text = TextCodec.text(value, type)
            let parsed = try? TextCodec.parse(text, type)
            #expect(parsed == value, "\(type.name) \(text)")
        }
    }

    private func batches(_ seed: UInt64, _ body: (DecoderSchema, Batch, [[Value]]) -> Void) {
        var random = SeededRandom(seed)
        for _ in 0..<60 {
            let types =
                SeededRandom.scalars.prefix(random.below(17)) + (0..<3).map { _ in random.type(depth: random.below(3)) }
            let fields = types.enumerated().map { DecoderSchema.Field("c\($0)", $1) }
            let rows = (0..<20).map { _ in types.map { random.tree($0).value($0) } }
            let columns = types.indices.map { index in
                let builder = ColumnBuilder(types[index])
                for row in rows { builder.append(row[index]) }
                return builder.finish()
            }
            body(DecoderSchema(fields), Batch(columns: columns, count: rows.count, ordinals: Ordinals(first: 0)), rows)
        }
    }

    @Test("rows of all types written as JSON are read back")
    func json() {
        batches(31) { schema, batch, rows in
            let writer = ByteWriter()
            JSONRowWriter(schema: schema.outputFields).write(batch, rows: 0..<batch.count, to: writer)
            let result = decode(JSONLinesDecoder(schema), Array(writer.bytes))
            #expect(result.rejected.isEmpty, "\(result.rejected.first.map { "\($0.error)" } ?? "")")
            #expect(result.rows == rows, "\(schema.outputFields.map(\.type.name)) \(writer.string)")
        }
    }

    @Test("rows of all types written as CSV are read back")
    func csv() {
        batches(32) { schema, batch, rows in
            let output = CSVRowWriter(schema: schema.outputFields)
            let writer = ByteWriter()
            output.writeHeader(to: writer)
            output.write(batch, rows: 0..<batch.count, to: writer)
            let result = decode(CSVDecoder(schema), Array(writer.bytes))
            #expect(result.rejected.isEmpty, "\(result.rejected.first.map { "\($0.error)" } ?? "")")
            #expect(result.rows == rows, "\(schema.outputFields.map(\.type.name)) \(writer.string)")
        }
    }

    @Test("JSON takes other spellings and refuses what does not fit")
    func spellings() {
        let schema = DecoderSchema([
            .init("b", .bytes), .init("a", .array(.int)), .init("r", .row([Field("x", .int)])),
            .init("s", .smallint), .init("z", .timestamptz),
        ])
        func row(_ text: String) -> String {
            let result = decode(JSONLinesDecoder(schema), text + "\n")
            if let refused = result.rejected.first { return "\(refused.error)" }
            return zip(result.rows.first ?? [], schema.outputFields).map { TextCodec.text($0, $1.type) }
                .joined(separator: " | ")
        }
        #expect(
            row(#"{"b":"AP8=","a":[1, "2",null],"r":{"y":[{}],"X":7},"s":3,"z":"2024-01-01T00:00:00+01:00"}"#)
                == #"\x00ff | {1,2,NULL} | (7) | 3 | 2023-12-31 23:00:00+00"#)
        #expect(
            row(#"{"b":"\\x0a","a":[],"r":[5],"s":-32768,"z":1000}"#)
                == #"\x0a | {} | (5) | -32768 | 1970-01-01 00:00:01+00"#)
        #expect(row(#"{"s":32768}"#).contains("SMALLINT"))
        #expect(row(#"{"a":[1.5]}"#).contains("array"))
        #expect(row(#"{"a":{"x":1}}"#).contains("expected an array of INT values"))
        #expect(row(#"{"r":7}"#).contains("an object"))
        #expect(row(#"{"b":"*"}"#).contains("base64"))
        #expect(row(#"{"z":"2024-01-01 00:00 Europe/Bonn"}"#).contains("TIMESTAMPTZ"))
    }

    @Test("NULL and bytes that no UTF-8 has are different keys")
    func keys() {
        let builder = ColumnBuilder(DataType.bytes)
        let values: [Value] = [
            .null, .bytes([0xff]), .bytes([0xff, 0xff]), .text(""), .bytes([0xff, 0xff, 0xff]), .text("a"),
        ]
        for value in values + values { builder.append(value) }
        let batch = Batch(columns: [builder.finish()], count: values.count * 2, ordinals: Ordinals(first: 0))
        let encoder = KeyEncoder(columns: [0], nulls: .value)
        encoder.encode(batch)
        func key(_ row: Int) -> [UInt8] {
            let key = encoder.key(row)
            return Array(UnsafeRawBufferPointer(start: key.base, count: key.length))
        }
        for row in values.indices {
            #expect(key(row) == key(row + values.count))
            for other in values.indices where other != row { #expect(key(row) != key(other)) }
        }
    }
}
