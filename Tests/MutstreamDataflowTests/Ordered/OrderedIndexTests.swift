import MutstreamColumnar
import MutstreamDataflow
import TestSupport
import Testing

/// Keys and payloads in order, later equal keys behind: what an index must agree with.
private struct SortedList {
    var keys: [[UInt8]] = []
    var payloads: [Int32] = []

    func lower(_ key: [UInt8]) -> Int { keys.firstIndex { !$0.lexicographicallyPrecedes(key) } ?? keys.count }
    func upper(_ key: [UInt8]) -> Int { keys.firstIndex { key.lexicographicallyPrecedes($0) } ?? keys.count }

    mutating func insert(_ key: [UInt8], _ payload: Int32) {
        let at = upper(key)
        keys.insert(key, at: at)
        payloads.insert(payload, at: at)
    }

    mutating func remove(_ key: [UInt8]) -> Int32? {
        let at = upper(key) - 1
        guard at >= 0, keys[at] == key else { return nil }
        keys.remove(at: at)
        return payloads.remove(at: at)
    }
}

private func withKey<R>(_ bytes: [UInt8], _ body: (SortKey) -> R) -> R {
    (bytes + [UInt8](repeating: 0, count: 16)).withUnsafeBytes {
        body(SortKey(base: $0.baseAddress.unsafelyUnwrapped, length: bytes.count, orderLength: bytes.count / 2))
    }
}

private func bytes(_ key: SortKey) -> [UInt8] { Array(UnsafeRawBufferPointer(start: key.base, count: key.length)) }

private func expectEqual(_ index: OrderedIndex, _ tree: OrderedIndex.Tree, _ list: SortedList) {
    #expect(tree.count == list.keys.count)
    var cursor = index.cursor(at: 0, in: tree)
    for position in list.keys.indices {
        #expect(cursor.position == position)
        #expect(index.payload(cursor) == list.payloads[position])
        #expect(bytes(index.key(cursor)) == list.keys[position])
        index.advance(&cursor)
    }
    for position in list.keys.indices.reversed() {
        index.retreat(&cursor, in: tree)
        #expect(cursor.position == position && index.payload(cursor) == list.payloads[position])
    }
}

@Test(arguments: [2, 5, 400])
func indexAgreesWithSortedList(letters: Int) {
    var random = SplitMix64(seed: testSeed() &+ UInt64(letters))
    let index = OrderedIndex()
    var trees = [OrderedIndex.Tree(), OrderedIndex.Tree()]
    var lists = [SortedList(), SortedList()]
    for phase in 0..<6 {
        // Growing and shrinking phases, so that nodes split and merge.
        let removal = phase % 2 == 0 ? 5 : phase == 5 ? 1 : 2
        for number in 0..<600 {
            let which = random.oneIn(4) ? 1 : 0
            let length = random.below(letters > 100 ? 3 : 12)
            var key = (0..<length).map { _ in UInt8(truncatingIfNeeded: random.below(letters)) }
            if random.oneIn(3), phase == 2 { key = [255, UInt8(number / 256), UInt8(number % 256)] }
            if random.below(6) >= removal || phase == 5 {
                if random.oneIn(2), let any = lists[which].keys.randomElement(using: &random) { key = any }
                let expected = lists[which].remove(key)
                let removed = withKey(key) { index.remove($0, from: &trees[which]) }
                #expect(removed?.payload == expected)
                if let removed { index.release(removed.key) }
            } else {
                let payload = Int32(phase * 10_000 + number)
                lists[which].insert(key, payload)
                withKey(key) { _ = index.insert($0, payload, into: &trees[which]) }
            }
            if number % 50 == 0 {
                #expect(withKey(key) { index.position($0, in: trees[which]) } == lists[which].lower(key))
                #expect(withKey(key) { index.position($0, orEqual: true, in: trees[which]) } == lists[which].upper(key))
                if !lists[which].keys.isEmpty {
                    let at = random.below(lists[which].keys.count)
                    let cursor = index.cursor(at: at, in: trees[which])
                    #expect(index.payload(cursor) == lists[which].payloads[at])
                    if random.oneIn(2) {
                        lists[which].keys.remove(at: at)
                        let payload = lists[which].payloads.remove(at: at)
                        let removed = index.remove(at: at, from: &trees[which])
                        #expect(removed.payload == payload)
                        index.release(removed.key)
                    }
                }
            }
        }
        for which in 0...1 { expectEqual(index, trees[which], lists[which]) }
    }
    for which in 0...1 {
        index.removeAll(&trees[which])
        #expect(trees[which].count == 0)
    }
}

@Test func rowsInOrderFillTheirLeaves() {
    let index = OrderedIndex()
    var tree = OrderedIndex.Tree()
    let count = 100_000
    for number in 0..<count {
        let key = [UInt8(number >> 16), UInt8(number >> 8 & 255), UInt8(number & 255)]
        withKey(key) { _ = index.insert($0, Int32(number), into: &tree) }
    }
    for position in stride(from: 0, to: count, by: 997) {
        #expect(index.payload(index.cursor(at: position, in: tree)) == Int32(position))
    }
    // 16 bytes an entry, 16 bytes a key, and little beside.
    #expect(index.bytes < count * 40)
}

@Test func keysComeInTheOrderOfValues() {
    let types: [DataType] = [.bigint, .double, .decimal(precision: 38, scale: 2), .text, .boolean, .interval]
    let samples: [[Value]] = [
        [.int64(.min), -5, 0, 7, .int64(.max)],
        [.double(-.infinity), -1.5, -0.0, 0.0, 1e-300, 2.5, .double(.infinity), .double(.nan)],
        [.decimal(-(1 << 100)), .decimal(-1), .decimal(0), .decimal(1 << 100)],
        ["", "\0", "\0\0", "\0a", "a", "a\0", "a\0b", "aa", "b", "é"],
        [false, true],
        [
            .interval(Interval(days: -1)), .interval(Interval(months: 1)), .interval(Interval(days: 30)),
            .interval(Interval(days: 30, microseconds: 1)),
        ],
    ]
    for (column, values) in samples.enumerated() {
        for descending in [false, true] {
            for nullsFirst in [false, true] {
                let all = [.null] + values
                let rows = all.map { value in types.indices.map { $0 == column ? value : .null } }
                let reader = BatchReader(batch(types, rows))
                let encoder = SortKeyEncoder(
                    types: types, order: [SortItem(column: column, descending: descending, nullsFirst: nullsFirst)])
                let keys = rows.indices.map { bytes(encoder.encode(reader, $0)) }
                for i in rows.indices {
                    for j in rows.indices {
                        var expected = rank(all[i], values) < rank(all[j], values)
                        if descending { expected = rank(all[i], values) > rank(all[j], values) }
                        if i == 0 || j == 0 { expected = i != j && (i == 0) == nullsFirst }
                        #expect(keys[i].lexicographicallyPrecedes(keys[j]) == expected, "\(all[i]) < \(all[j])")
                    }
                }
            }
        }
    }
}

/// The place of a value among those of one type, where equal ones share a place.
private func rank(_ value: Value, _ values: [Value]) -> Int {
    let place = values.firstIndex(of: value) ?? 0
    if case .double(let number) = value {
        if number.isNaN { return values.count }
        if number == 0 { return 2 }
    }
    return value == .interval(Interval(days: 30)) ? 1 : place
}
