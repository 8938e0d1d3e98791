import MutstreamColumnar
import Testing

struct ColumnTests {
    private static let physicals: [DataType.Physical] = [.bool, .int64, .double, .decimal, .text, .interval]

    private func random(_ physical: DataType.Physical, _ random: inout SeededRandom) -> Value {
        if random.chance(25) { return .null }
        switch physical {
        case .bool: return .bool(random.chance(50))
        case .int64: return .int64(Int64(bitPattern: random.next()))
        case .double: return .double(Double(random.below(1_000_000)) / 7)
        case .decimal: return .decimal(Int128(random.below(1_000_000)) * 1_000_000_000_000_000_000)
        case .text: return .text(String(repeating: "ab🙂", count: random.below(6)))
        case .interval: return .interval(Interval(months: 1, days: Int32(random.below(99)), microseconds: -1))
        }
    }

    private func column(_ values: [Value], _ physical: DataType.Physical) -> Column {
        let builder = ColumnBuilder(physical, capacity: 8)
        for value in values { builder.append(value) }
        return builder.finish()
    }

    private func values(_ column: Column) -> [Value] { (0..<column.count).map { column.value(at: $0) } }

    @Test(arguments: [0, 1, 63, 64, 65, 200])
    func `rows are picked, cut and joined as arrays are`(count: Int) {
        var random = SeededRandom(formatSeed)
        for physical in Self.physicals {
            let first = (0..<count).map { _ in self.random(physical, &random) }
            let second = (0..<random.below(70)).map { _ in self.random(physical, &random) }
            let built = column(first, physical)
            #expect(values(built) == first)
            #expect(built.physical == physical && built.count == count)
            let indices = count == 0 ? [] : (0..<random.below(130)).map { _ in Int32(random.below(count)) }
            #expect(values(built.gather(indices)) == indices.map { first[Int($0)] })
            for _ in 0..<10 {
                let start = random.below(count + 1)
                let end = start + random.below(count - start + 1)
                #expect(values(built.slice(start..<end)) == Array(first[start..<end]))
            }
            #expect(values(Column.concatenate([built, column(second, physical), built])) == first + second + first)
        }
    }

    @Test(arguments: [0, 1, 63, 64, 65])
    func `a bitmap is an array of bits`(count: Int) {
        var random = SeededRandom(formatSeed)
        var (bits, other) = (Bitmap(count: count, repeating: false), Bitmap(count: count, repeating: true))
        var expected = [Bool](repeating: false, count: count)
        #expect(other.isAllOnes && other.ones == count)
        for row in 0..<count where random.chance(50) {
            bits[row] = true
            expected[row] = true
        }
        for row in 0..<count where random.chance(50) { other[row] = false }
        #expect((0..<count).map { bits[$0] } == expected)
        #expect(bits.ones == expected.count { $0 })
        let both = bits.and(other)
        #expect((0..<count).map { both[$0] } == (0..<count).map { bits[$0] && other[$0] })
        #expect(Bitmap.and(nil, bits) == bits && Bitmap.and(bits, nil) == bits)
        #expect(Bitmap(words: [UInt64](repeating: ~0, count: (count + 63) / 64), count: count).ones == count)
    }

    @Test func `a builder takes back rows and starts anew`() {
        let builder = ColumnBuilder(.int64)
        for value in [.int64(1), .null, .null, .int64(4)] as [Value] { builder.append(value) }
        builder.truncate(to: 2)
        builder.append(.int64(5))
        #expect(values(builder.finish()) == [.int64(1), .null, .int64(5)])
        builder.append(.int64(6))
        #expect(values(builder.finish()) == [.int64(6)])
    }

    @Test func `short texts are equal views, however they came`() {
        for count in 0...12 {
            let text = String(repeating: "x", count: count)
            let built = column([.text(text)], .text)
            let decoded = {
                let decoder = JSONLinesDecoder(DecoderSchema([.init("t", .text)]))
                let bytes = Array("{\"t\":\"\(text)\"}".utf8).withUnsafeBytes { SharedBytes(copying: $0) }
                _ = decoder.decode(bytes, 0..<bytes.count, isFinal: true, maxRows: 1)
                return decoder.take().columns[0]
            }()
            guard case .text(let lhs) = built.values, case .text(let rhs) = decoded.values else { return }
            let (a, b) = (lhs.views[0], rhs.views[0])
            #expect(a.length == b.length && a.prefix == b.prefix && a.low == b.low && a.high == b.high)
            #expect(rhs.buffers.isEmpty)
        }
    }

    @Test func `hot types are small`() {
        #expect(MemoryLayout<TextView>.size == 16 && MemoryLayout<Interval>.size == 16)
        #expect(MemoryLayout<TextCodecError>.size == 1)
    }

    @Test func `a writer grows`() {
        let writer = ByteWriter(capacity: 1)
        for _ in 0..<1_000 { writer.append("0123456789") }
        #expect(writer.count == 10_000)
        writer.removeAll(keepingCapacity: false)
        writer.append(bytes: [0x61])
        writer.append("é" as String)
        #expect(writer.string == "aé")
    }
}
