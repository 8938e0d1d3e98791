import MutstreamColumnar
import TestSupport
import Testing

@Suite struct RowStoreTests {
    private static let types: [DataType] = [
        .bigint, .text, .boolean, .decimal(precision: 20, scale: 2), .double, .interval, .text, .timestamp, .boolean,
    ]

    private func row(_ random: inout SplitMix64) -> [Value] {
        let lengths = [0, 1, 4, 11, 12, 13, 16, 63, 64, 65, 300, 40_000]
        let all: [Value] = [
            .int64(Int64(bitPattern: random.next())), .text(random.letters(lengths[random.below(11)])),
            .bool(random.oneIn(2)),
            .decimal(Int128(Int64(bitPattern: random.next())) * 1_000_003), .double(Double(random.below(1000)) / 8),
            .interval(Interval(months: 1, days: Int32(random.below(9)), microseconds: 5)),
            .text(random.letters(random.oneIn(50) ? 40_000 : lengths[random.below(11)])),
            .int64(Int64(random.below(99))),
            .bool(random.oneIn(2)),
        ]
        return all.map { random.oneIn(6) ? .null : $0 }
    }

    @Test func `rows come back as they went in, under random insertion and removal`() {
        var random = SplitMix64(seed: testSeed())
        let store = RowStore(Self.types, headerBytes: 16)
        let reader = BatchReader()
        var oracle: [Int32: [Value]] = [:]
        var live: [Int32] = []
        for round in 0..<60 {
            let rows = (0..<(1 + random.below(100))).map { _ in row(&random) }
            reader.bind(batch(Self.types, rows))
            var ids: [Int32] = []
            if round % 2 == 0 {
                store.append(reader, rows: rows.indices.map { Int32($0) }, into: &ids)
            } else {
                for row in rows.indices { ids.append(store.append(reader, row)) }
            }
            for (row, id) in ids.enumerated() {
                #expect(oracle[id] == nil)
                oracle[id] = rows[row]
                live.append(id)
                store.writableHeader(id).storeBytes(of: Int64(id) * 7, toByteOffset: 8, as: Int64.self)
                #expect(store.equals(id, reader, row))
                if row > 0, rows[row] != rows[row - 1] { #expect(!store.equals(id, reader, row - 1)) }
            }
            reader.unbind()
            for _ in 0..<random.below(live.count) where random.oneIn(2) {
                let id = live.remove(at: random.below(live.count))
                oracle[id] = nil
                store.free(id)
            }
            #expect(store.count == live.count)
        }
        let picked: [Int32] = live.flatMap { [$0, -1] }
        let columns = store.columns(picked)
        for (position, id) in picked.enumerated() {
            let values = columns.map { $0.value(at: position) }
            #expect(values == oracle[id] ?? [Value](repeating: .null, count: Self.types.count))
            guard id >= 0 else { continue }
            #expect(Self.types.indices.map { store.value(id, $0) } == oracle[id])
            #expect(store.header(id).load(fromByteOffset: 8, as: Int64.self) == Int64(id) * 7)
        }
    }

    @Test(arguments: [0, 1, 63, 64, 65]) func `columns of any length are gathered`(count: Int) {
        let store = RowStore([.bigint, .text])
        let reader = BatchReader()
        let rows: [[Value]] = (0..<count).map {
            [$0 == 64 ? .null : .int64(Int64($0)), .text("text of row \($0), long")]
        }
        reader.bind(batch([.bigint, .text], rows))
        var ids: [Int32] = []
        store.append(reader, rows: (0..<count).map { Int32($0) }, into: &ids)
        let columns = store.columns(ids)
        #expect(columns[0].validity == nil || count == 65)
        #expect((0..<count).map { row in columns.map { $0.value(at: row) } } == rows)
    }

    @Test func `gathered texts outlive their rows`() {
        let store = RowStore([.text])
        let reader = BatchReader()
        reader.bind(batch([.text], [["a text that is kept in the heap"]]))
        let id = store.append(reader, 0)
        let column = store.column(0, rows: [id])
        store.free(id)
        reader.bind(batch([.text], [["B TEXT THAT IS KEPT IN THE HEAP"]]))
        #expect(store.append(reader, 0) == id)
        #expect(column.value(at: 0) == "a text that is kept in the heap")
    }

    @Test func `memory stays flat under churn`() {
        var random = SplitMix64(seed: testSeed())
        let store = RowStore([.bigint, .text], headerBytes: 8)
        let reader = BatchReader()
        let lengths = (0..<3000).map { _ in random.below(200) }
        var ids: [Int32] = []
        var first = 0
        for round in 0..<22 {
            let rows: [[Value]] = lengths.map { [.int64(Int64(round)), .text(String(repeating: "x", count: $0))] }
            reader.bind(batch([.bigint, .text], rows))
            store.append(reader, rows: lengths.indices.map { Int32($0) }, into: &ids)
            if round == 1 { first = store.bytes }
            for id in ids { store.free(id) }
        }
        #expect(store.bytes == first)
        #expect(store.idLimit == 3000)
    }

    @Test func `an image is that of its moment, whatever is written, freed and added while it is given out`() throws {
        let seed = testSeed()
        var random = SplitMix64(seed: seed)
        for round in 0..<20 {
            let store = RowStore([.bigint, .text], headerBytes: 8)
            let reader = BatchReader()
            var ids: [Int32] = []
            func append(_ count: Int) {
                // Some texts have a page of the heap to themselves.
                let rows: [[Value]] = (0..<count).map { _ in
                    [
                        .int64(Int64(random.below(1000))),
                        .text(random.letters(random.oneIn(200) ? 40_000 : random.below(60))),
                    ]
                }
                reader.bind(batch([.bigint, .text], rows))
                var added: [Int32] = []
                store.append(reader, rows: rows.indices.map { Int32($0) }, into: &added)
                ids += added
            }
            append(random.below(9000))
            for _ in 0..<3 {
                let (writer, capturer) = (StateCoder(), StateCoder(capturing: ()))
                try store.code(writer)
                try store.code(capturer)
                var image = capturer.image
                var found: [UInt8] = []
                while !image.isAtEnd {
                    for _ in 0..<random.below(300) where !ids.isEmpty {
                        let place = random.below(ids.count)
                        if random.oneIn(2) {
                            store.writableHeader(ids[place]).storeBytes(of: Int64(random.below(99)), as: Int64.self)
                        } else {
                            store.free(ids.remove(at: place))
                        }
                    }
                    append(random.below(100))
                    found += image.take(1 + random.below(200_000))
                }
                #expect(found == writer.bytes, "seed \(seed), round \(round)")
            }
        }
    }

    @Test func `an image outlives its store`() throws {
        var store: RowStore? = RowStore([.text])
        _ = store?.append(BatchReader(batch([.text], [[.text(String(repeating: "long ", count: 50))]])), 0)
        let (writer, capturer) = (StateCoder(), StateCoder(capturing: ()))
        try store?.code(writer)
        try store?.code(capturer)
        var image = capturer.image
        store = nil
        #expect(image.take(1 << 20) == writer.bytes)
    }

    @Test func `a text that comes again is the same text`() {
        var random = SplitMix64(seed: testSeed())
        let store = RowStore([.text])
        let texts = (0..<700).map { "\($0) " + random.letters(random.below(40)) }
        let reader = BatchReader(batch([.text], texts.map { [.text($0)] }))
        var ids: [Int32] = []
        store.append(reader, rows: texts.indices.map { Int32($0) }, into: &ids)
        for spread in [1, 5, 300, 700] {
            let picked = (0..<3000).map { _ in random.oneIn(9) ? -1 : random.below(spread) }
            let column = store.columns(picked.map { $0 < 0 ? -1 : ids[$0] })[0]
            #expect((0..<3000).allSatisfy { column.value(at: $0) == (picked[$0] < 0 ? .null : .text(texts[picked[$0]])) })
        }
    }
}
