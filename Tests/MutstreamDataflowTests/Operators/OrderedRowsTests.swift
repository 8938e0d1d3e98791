import MutstreamColumnar
import TestSupport
import Testing

@testable import MutstreamDataflow

@Suite struct OrderedRowsTests {
    private let types: [DataType] = [.bigint]

    /// A column of values to take rows from.
    private func bind(_ rows: OrderedRows, _ count: Int) {
        rows.reader.bind([.int64((0..<count).map { Int64($0) })], count: count)
    }

    @Test(arguments: [false, true]) func `a large multiset agrees with a sorted list`(findsMostFrequent: Bool) {
        var random = SplitMix64(seed: testSeed())
        var settings = OrderedRows.Settings()
        settings.order = [SortItem(column: 0, descending: true)]
        settings.findsMostFrequent = findsMostFrequent
        let rows = OrderedRows(types, settings)
        bind(rows, 3000)
        let roots = UnsafeMutableRawPointer.allocate(byteCount: OrderedRows.rootBytes, alignment: 8)
        roots.storeBytes(of: 0, as: UInt64.self)
        defer { roots.deallocate() }
        var counts = [Int](repeating: 0, count: 3000)
        for phase in 0..<6 {
            for step in 0..<3000 {
                // In order, at random, or mostly away.
                let value = phase == 0 ? step : random.below(3000)
                let weight = phase % 2 == 1 && counts[value] > 0 ? -counts[value] : random.below(3) + 1
                counts[value] += weight
                rows.add(value, weight: Int64(weight), to: roots)
            }
            let list = (0..<3000).reversed().flatMap { [Int](repeating: $0, count: counts[$0]) }
            #expect(rows.total(roots) == Int64(list.count))
            for _ in 0..<200 {
                let place = random.below(list.count)
                #expect(rows.store.value(rows.row(at: Int64(place), roots), 0) == .int64(Int64(list[place])))
            }
            #expect(rows.row(at: Int64(list.count), roots) == -1)
            var found: [Int] = []
            rows.forEach(roots) { id, count in
                found += [Int](repeating: Int(rows.store.load(id, 0, as: Int64.self)), count: Int(count))
                return true
            }
            #expect(found == list)
            if findsMostFrequent {
                let most = counts.max()
                let expected = counts.lastIndex { $0 == most } ?? 0
                #expect(rows.store.value(rows.mostFrequent(roots), 0) == .int64(Int64(expected)))
            }
            #expect(height(rows, roots.load(as: Int32.self)) <= 18)
        }
        rows.removeAll(roots)
        #expect(rows.store.count == 0)
    }

    /// The height of a tree, and that it is balanced.
    private func height(_ rows: OrderedRows, _ link: Int32) -> Int32 {
        if link == 0 { return 0 }
        let (left, right) = (height(rows, rows.child(link, 0, 0)), height(rows, rows.child(link, 1, 0)))
        #expect(abs(left - right) <= 1)
        #expect(rows.height(link, 0) == max(left, right) + 1)
        return max(left, right) + 1
    }

    @Test func `in the order of arrival the newest of equal rows goes`() {
        var random = SplitMix64(seed: testSeed())
        var settings = OrderedRows.Settings()
        settings.arrangement = .byArrival
        let rows = OrderedRows(types, settings)
        bind(rows, 40)
        let roots = UnsafeMutableRawPointer.allocate(byteCount: OrderedRows.rootBytes, alignment: 8)
        roots.storeBytes(of: 0, as: UInt64.self)
        defer { roots.deallocate() }
        var list: [Int] = []
        for step in 0..<4000 {
            let value = random.below(40)
            if step % 1000 > 500, let last = list.lastIndex(of: value) {
                list.remove(at: last)
                rows.add(value, weight: -1, to: roots)
            } else {
                let copies = random.below(2) + 1
                list += [Int](repeating: value, count: copies)
                rows.add(value, weight: Int64(copies), to: roots)
            }
            if step % 250 != 0 { continue }
            var found: [Int] = []
            rows.forEach(roots) { id, count in
                found += [Int](repeating: Int(rows.store.load(id, 0, as: Int64.self)), count: Int(count))
                return true
            }
            #expect(found == list)
        }
    }
}
