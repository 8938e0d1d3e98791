import MutstreamColumnar
import TestSupport
import Testing

@Suite struct KeyTableTests {
    /// Texts of all the lengths at which the layout changes.
    private static let lengths = [
        0, 1, 3, 4, 5, 7, 8, 11, 12, 13, 15, 16, 17, 19, 20, 21, 27, 28, 29, 31, 32, 33, 63, 64, 65, 200, 5000,
    ]

    private func encoded(_ types: [DataType], _ rows: [[Value]], _ encoder: KeyEncoder) {
        encoder.encode(batch(types, rows))
    }

    @Test(arguments: [12, KeyTable.wideInlineBytes])
    func `groups agree with a dictionary under random insertion and removal`(inlineBytes: Int) {
        var random = SplitMix64(seed: testSeed())
        let texts = (0..<600).map { index in
            "\(index)".prefix(random.below(4)) + random.letters(Self.lengths[index % Self.lengths.count])
        }
        let keys = Array(Set(texts.map(String.init))).sorted()
        let encoder = KeyEncoder(columns: [0], nulls: .value)
        let table = KeyTable(payloadBytes: 8, inlineBytes: inlineBytes)
        var oracle: [String: Int32] = [:]
        var used: Set<Int32> = []
        for _ in 0..<400 {
            let picked = (0..<(1 + random.below(70))).map { _ in keys[random.below(keys.count)] }
            encoded([.text], picked.map { [.text($0)] }, encoder)
            if random.oneIn(2) {
                var groups: [Int32] = []
                var newRows: [Int32] = []
                table.findOrInsert(encoder, into: &groups, newRows: &newRows)
                for (row, key) in picked.enumerated() {
                    if let group = oracle[key] {
                        #expect(groups[row] == group)
                        #expect(!newRows.contains(Int32(row)))
                    } else {
                        #expect(newRows.contains(Int32(row)))
                        #expect(used.insert(groups[row]).inserted, "a number in use is not given out")
                        oracle[key] = groups[row]
                        table.payload(groups[row]).storeBytes(of: groups[row], as: Int32.self)
                    }
                }
            } else {
                for (row, key) in picked.enumerated() {
                    let group = table.find(encoder.key(row))
                    #expect(group == oracle[key] ?? -1)
                    guard group >= 0 else { continue }
                    #expect(String(decoding: table.key(group), as: UTF8.self) == key)
                    #expect(table.payload(group).load(as: Int32.self) == group)
                    table.remove(group)
                    oracle[key] = nil
                    used.remove(group)
                }
            }
            #expect(table.count == oracle.count)
        }
        #expect(table.groupLimit <= keys.count)
    }

    @Test func `keys of fixed and of general form are the same bytes`() {
        var random = SplitMix64(seed: testSeed())
        for nulls in [KeyEncoder.Nulls.value, .reject] {
            let rows = (0..<300).map { _ -> [Value] in
                [.int64(Int64(random.below(9)) - 4), .int64(Int64(random.below(3)) << 40), .int64(.min)]
            }
            let (fixed, general) = (
                KeyEncoder(columns: [2, 0, 1], nulls: nulls), KeyEncoder(columns: [2, 0, 1], nulls: nulls)
            )
            encoded([.bigint, .bigint, .bigint], rows, fixed)
            // A NULL at the end keeps the encoder from the form of fixed length.
            encoded([.bigint, .bigint, .bigint], rows + [[.null, .null, .null]], general)
            for row in rows.indices {
                let (lhs, rhs) = (fixed.key(row), general.key(row))
                #expect(lhs.hash == rhs.hash && lhs.length == rhs.length)
                #expect(
                    UnsafeRawBufferPointer(start: lhs.base, count: lhs.length)
                        .elementsEqual(UnsafeRawBufferPointer(start: rhs.base, count: rhs.length)))
            }
        }
    }

    @Test func `keys of numbered groups are found again`() {
        let values: [Int64] = [5, 5, 5, -1, 0, .max, 5]
        let numbers: [Int32] = [0, 1, 0, 7, 7, 7, 1]
        let encoder = KeyEncoder(columns: [0, 1], nulls: .value)
        let reader = BatchReader(Batch(columns: [.int64(values)], count: 7, ordinals: Ordinals(first: 0)))
        numbers.withUnsafeBufferPointer { encoder.encode(reader[0], numbers: $0) }
        let table = KeyTable()
        var groups: [Int32] = []
        var newRows: [Int32] = []
        table.findOrInsert(encoder, into: &groups, newRows: &newRows)
        #expect(groups == [0, 1, 0, 2, 3, 4, 1])
        table.remove(3)
        table.find(encoder, into: &groups)
        #expect(groups == [0, 1, 0, 2, -1, 4, 1])
    }

    @Test func `integer keys survive growth and numbers are dense`() {
        let encoder = KeyEncoder(columns: [0], nulls: .value)
        let table = KeyTable()
        var groups: [Int32] = []
        var newRows: [Int32] = []
        for start in stride(from: 0, to: 100_000, by: 10_000) {
            let column = Column.int64((start..<(start + 10_000)).map { Int64($0) &* 1_000_003 })
            encoder.encode(Batch(columns: [column], count: 10_000, ordinals: Ordinals(first: 0)))
            table.findOrInsert(encoder, into: &groups, newRows: &newRows)
            #expect(newRows.count == 10_000)
            #expect(groups == (Int32(start)..<Int32(start + 10_000)).map { $0 })
        }
        let column = Column.int64((0..<100_000).map { Int64($0) &* 1_000_003 })
        encoder.encode(Batch(columns: [column], count: 100_000, ordinals: Ordinals(first: 0)))
        table.find(encoder, into: &groups)
        #expect(groups == (0..<100_000).map { Int32($0) })
    }

    @Test func `memory stays flat under churn`() {
        let encoder = KeyEncoder(columns: [0], nulls: .value)
        let table = KeyTable()
        var first = 0
        for round in 0..<22 {
            encoded([.text], (0..<2000).map { [.text("a key of some length \(round * 2000 + $0)")] }, encoder)
            var groups: [Int32] = []
            var newRows: [Int32] = []
            table.findOrInsert(encoder, into: &groups, newRows: &newRows)
            if round == 1 { first = table.bytes }
            for group in groups { table.remove(group) }
            #expect(table.count == 0)
        }
        #expect(table.bytes <= first)
        #expect(table.groupLimit == 2000)
    }

    @Test(arguments: [0, 1, 63, 64, 65]) func `batches of any length are encoded`(count: Int) {
        let types: [DataType] = [.text, .bigint, .double, .boolean, .decimal(precision: 10, scale: 2), .interval]
        var rows: [[Value]] = []
        for row in 0..<count {
            let text: Value = row % 3 == 0 ? .null : .text("text number \(row % 5)")
            let flag: Value = row % 7 == 0 ? .null : .bool(row % 2 == 0)
            let decimal = Value.decimal(Int128(row % 3))
            let interval = Value.interval(Interval(days: Int32(row % 2)))
            rows.append([text, .int64(Int64(row % 2)), .double(Double(row % 4)), flag, decimal, interval])
        }
        for columns in [[0], [1], [0, 1], [1, 0], [2], [3, 4, 5, 0], [0, 1, 2, 3, 4, 5], []] {
            let encoder = KeyEncoder(columns: columns, nulls: .value)
            let strict = KeyEncoder(columns: columns, nulls: .reject)
            encoded(types, rows, encoder)
            encoded(types, rows, strict)
            let table = KeyTable()
            var groups: [Int32] = []
            var newRows: [Int32] = []
            table.findOrInsert(encoder, into: &groups, newRows: &newRows)
            var oracle: [[Value]: Int32] = [:]
            for (row, values) in rows.enumerated() {
                let key = columns.map { values[$0] }
                let next = Int32(oracle.count)
                let expected = oracle[key] ?? next
                oracle[key] = expected
                #expect(groups[row] == expected)
                #expect(strict.isRejected(row) == key.contains(.null))
                #expect(!encoder.isRejected(row))
            }
        }
    }

    @Test func `keys are equal as SQL says`() {
        let encoder = KeyEncoder(columns: [0], nulls: .value)
        func groups(_ types: [DataType], _ rows: [[Value]], _ encoder: KeyEncoder) -> [Int32] {
            encoded(types, rows, encoder)
            var groups: [Int32] = []
            var newRows: [Int32] = []
            KeyTable().findOrInsert(encoder, into: &groups, newRows: &newRows)
            return groups
        }
        let quiet = Double.nan
        let other = Double(bitPattern: 0xFFF8_0000_0000_0001)
        let doubles: [[Value]] = [[0.0], [-0.0], [.double(quiet)], [.double(other)], [nil], [nil], [1.5]]
        #expect(groups([.double], doubles, encoder) == [0, 0, 1, 1, 2, 2, 3])
        let month: [[Value]] = [
            [.interval(Interval(months: 1))], [.interval(Interval(days: 30))], [.interval(Interval(days: 31))],
        ]
        #expect(groups([.interval], month, encoder) == [0, 0, 1])
        let exact = KeyEncoder(columns: [0], nulls: .value, equality: .exact)
        #expect(groups([.double], doubles, exact) == [0, 1, 2, 2, 3, 3, 4])
        #expect(groups([.interval], month, exact) == [0, 1, 2])
    }

    @Test func `the boundaries between columns are part of the key`() {
        let encoder = KeyEncoder(columns: [0, 1], nulls: .value)
        encoded(
            [.text, .text], [["ab", "c"], ["a", "bc"], ["abc", ""], ["", "abc"], ["", nil], [nil, ""]], encoder)
        var groups: [Int32] = []
        var newRows: [Int32] = []
        KeyTable().findOrInsert(encoder, into: &groups, newRows: &newRows)
        #expect(groups == [0, 1, 2, 3, 4, 5])
    }

    @Test func `the hash of a word is that of its bytes`() {
        var random = SplitMix64(seed: testSeed())
        for _ in 0..<100 {
            let word = random.next()
            withUnsafeBytes(of: (word, UInt64(0), UInt64(0))) { bytes in
                #expect(MixHash.hash(bytes.baseAddress!, 8) == MixHash.hash(word: word))
            }
        }
    }

    @Test func `sequential keys spread over parts and slots`() {
        var parts = [Int](repeating: 0, count: 64)
        var slots = [Int](repeating: 0, count: 64)
        for word in 0..<64_000 {
            let hash = MixHash.hash(word: UInt64(word))
            parts[Int(hash >> 58)] += 1
            slots[Int(hash & 63)] += 1
        }
        for counts in [parts, slots] { #expect(counts.allSatisfy { $0 > 800 && $0 < 1200 }) }
    }
}
