import MutstreamColumnar

/// Results of a join as pairs of rows, -1 for the side that is NULL, in the order of their ordinals.
final class JoinResults {
    private(set) var left: UnsafeMutablePointer<Int32>
    private(set) var right: UnsafeMutablePointer<Int32>
    private(set) var weights: UnsafeMutablePointer<Int64>
    private(set) var ordinals: UnsafeMutablePointer<Int64>
    private(set) var count = 0
    private var capacity = 1024
    /// Where the current ordinal begins.
    private var start = 0

    init() {
        left = .allocate(capacity: capacity)
        right = .allocate(capacity: capacity)
        weights = .allocate(capacity: capacity)
        ordinals = .allocate(capacity: capacity)
    }

    deinit {
        left.deallocate()
        right.deallocate()
        weights.deallocate()
        ordinals.deallocate()
    }

    @inline(__always)
    func append(_ leftRow: Int32, _ rightRow: Int32, _ weight: Int64, _ ordinal: Int64) {
        let at = count
        if at == capacity { grow() }
        left[at] = leftRow
        right[at] = rightRow
        weights[at] = weight
        ordinals[at] = ordinal
        count = at &+ 1
    }

    @inline(never)
    private func grow() {
        capacity *= 2
        JoinResults.move(&left, count, capacity)
        JoinResults.move(&right, count, capacity)
        JoinResults.move(&weights, count, capacity)
        JoinResults.move(&ordinals, count, capacity)
    }

    private static func move<T: BitwiseCopyable>(_ buffer: inout UnsafeMutablePointer<T>, _ count: Int, _ capacity: Int) {
        let larger = UnsafeMutablePointer<T>.allocate(capacity: capacity)
        larger.update(from: buffer, count: count)
        buffer.deallocate()
        buffer = larger
    }

    /// Ends an ordinal with rows that come or go for want of a match: retractions stand before its pairs, others behind.
    func endOrdinal(_ ordinal: Int64, unmatched: [(left: Int32, right: Int32, weight: Int64)]) {
        for (left, right, weight) in unmatched { append(left, right, weight, ordinal) }
        let pairs = count - start - unmatched.count
        if pairs > 0, unmatched.contains(where: { $0.weight < 0 }) {
            let order =
                unmatched.indices.filter { unmatched[$0].weight < 0 }.map { start + pairs + $0 } + (start..<(start + pairs))
                + unmatched.indices.filter { unmatched[$0].weight > 0 }.map { start + pairs + $0 }
            let (lefts, rights, moved) = (order.map { left[$0] }, order.map { right[$0] }, order.map { weights[$0] })
            for (position, at) in (start..<count).enumerated() {
                (left[at], right[at], weights[at]) = (lefts[position], rights[position], moved[position])
            }
        }
        start = count
    }

    /// The results as a batch.
    /// - Parameter columns: those of the rows given; nil: the results have none of that side.
    func batch(left leftColumns: ([Int32]) -> [Column], right rightColumns: (([Int32]) -> [Column])?) -> Batch {
        let lefts = leftColumns(Array(UnsafeBufferPointer(start: left, count: count)))
        let rights = rightColumns?(Array(UnsafeBufferPointer(start: right, count: count))) ?? []
        var isWeighted = false
        for at in 0..<count where weights[at] != 1 { isWeighted = true }
        return Batch(
            columns: lefts + rights, count: count,
            weights: isWeighted ? Array(UnsafeBufferPointer(start: weights, count: count)) : nil,
            ordinals: Ordinals(Array(UnsafeBufferPointer(start: ordinals, count: count))))
    }

    /// Drops the results for which `flags` are false; none of an ordinal that is still open.
    func keepOnly(_ flags: [Bool]) {
        precondition(flags.count == count, "one flag a result")
        var kept = 0
        for at in 0..<count where flags[at] {
            (left[kept], right[kept], weights[kept], ordinals[kept]) = (left[at], right[at], weights[at], ordinals[at])
            kept &+= 1
        }
        count = kept
    }

    func removeAll() {
        count = 0
        start = 0
    }
}
