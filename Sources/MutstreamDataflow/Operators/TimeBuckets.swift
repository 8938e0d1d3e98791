import MutstreamColumnar

/// Kept rows by time, in buckets, so that those which a watermark has left behind are freed at a constant cost each.
///
/// ```
/// heap of bucket numbers, the least on top        bucket = time >> shift
///     |
///     v
/// KeyTable: bucket -> first row -> row -> …       the order links of ``RowHeader``; rows have its time
/// ```
///
/// Freeing lags by at most the width of a bucket; what a row may still do is decided by its time, not by its presence.
final class TimeBuckets {
    private let store: RowStore
    private let shift: Int64
    private let table = KeyTable(payloadBytes: 8)
    private var heap: [Int64] = []
    private let word: UnsafeMutableRawPointer
    private var lastBucket: Int64 = 0
    private var lastGroup: Int32 = -1

    /// - Parameter span: how long rows live, in microseconds; a bucket is about a thirty-second of it, from 1 ms to 1 h.
    init(_ store: RowStore, span: Int64) {
        self.store = store
        let width = min(max(span / 32, 1000), 3_600_000_000)
        shift = Int64(63 - width.leadingZeroBitCount)
        word = .allocate(byteCount: 8 + MixHash.slackBytes, alignment: 8)
    }

    deinit { word.deallocate() }

    var bytes: Int { table.bytes + heap.capacity * 8 }

    private func key(_ bucket: Int64) -> KeyView {
        word.storeBytes(of: bucket, as: Int64.self)
        return KeyView(base: UnsafeRawPointer(word), length: 8, hash: MixHash.hash(word: UInt64(bitPattern: bucket)))
    }

    private func group(_ bucket: Int64) -> Int32 {
        if lastGroup >= 0, lastBucket == bucket { return lastGroup }
        let (group, isNew) = table.findOrInsert(key(bucket))
        if isNew {
            table.payload(group).storeBytes(of: -1, as: Int64.self)
            push(bucket)
        }
        (lastBucket, lastGroup) = (bucket, group)
        return group
    }

    func add(_ row: Int32, _ time: Int64) {
        let first = table.payload(group(time >> shift))
        let next = first.load(as: Int32.self)
        store.setTime(row, time)
        store.setOrder(row, next: next, previous: -1)
        if next >= 0 { store.setOrderPrevious(next, row) }
        first.storeBytes(of: row, as: Int32.self)
    }

    /// Takes out one row before its time.
    func remove(_ row: Int32) {
        let (next, previous) = (store.orderNext(row), store.orderPrevious(row))
        if previous < 0 {
            table.payload(group(store.time(row) >> shift)).storeBytes(of: next, as: Int32.self)
        } else {
            store.setOrderNext(previous, next)
        }
        if next >= 0 { store.setOrderPrevious(next, previous) }
    }

    /// Takes out a whole bucket of rows that are all before `limit`.
    /// - Returns: its first row, the others by the order links, -1 for an empty bucket; nil if there is no such bucket.
    func pop(before limit: Int64) -> Int32? {
        guard let bucket = heap.first else { return nil }
        let end = (bucket &+ 1) << shift
        // The last bucket of all ends where time overflows: it stays.
        guard end <= limit, end > bucket << shift else { return nil }
        popLeast()
        let group = table.find(key(bucket))
        let row = table.payload(group).load(as: Int32.self)
        table.remove(group)
        lastGroup = -1
        return row
    }

    // MARK: The heap of buckets

    private func push(_ bucket: Int64) {
        heap.append(bucket)
        var at = heap.count - 1
        while at > 0, heap[(at - 1) / 2] > heap[at] {
            heap.swapAt(at, (at - 1) / 2)
            at = (at - 1) / 2
        }
    }

    private func popLeast() {
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        heap[0] = last
        var at = 0
        while true {
            var least = at
            let child = 2 * at + 1
            if child < heap.count, heap[child] < heap[least] { least = child }
            if child + 1 < heap.count, heap[child + 1] < heap[least] { least = child + 1 }
            if least == at { return }
            heap.swapAt(at, least)
            at = least
        }
    }
}

// MARK: - State

extension TimeBuckets {
    func code(_ coder: StateCoder) throws(StateDamage) {
        try table.code(coder)
        try coder.code(&heap, default: 0)
        lastGroup = -1
    }
}
