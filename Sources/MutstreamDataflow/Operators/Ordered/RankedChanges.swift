import MutstreamColumnar

/// What a step makes of ranked lists, collected a list at a time, and the batch that shows it.
///
/// Rows of lists are ids of the store, or -1 - row for one of the step's batch.
struct RankedChanges {
    private let rankColumn: Bool
    /// The rows of the batch that are in the lists now, in the order of the lists.
    private(set) var arrived: [Int32] = []
    /// The rows of the store that are in them no more.
    private(set) var departed: [Int32] = []
    /// The rows of the store that are shown: with their ranks those that stay may be, too.
    private var old: [Int32] = []
    /// Output rows: a place in `arrived`, or -1 - place in `old`.
    private var rows: [Int32] = []
    private var weights: [Int64] = []
    private var ordinals: [Int64] = []
    private var ranks: [Int64] = []
    /// Equal rows that have come to one list, by their places in `arrived`.
    private var runs: [Range<Int>] = []

    init(rankColumn: Bool) { self.rankColumn = rankColumn }

    /// Shows how a list differs from what it was.
    /// - Parameter areEqual: whether two rows of the batch cannot be told apart.
    mutating func compare(
        _ before: UnsafeBufferPointer<Int32>, _ now: UnsafeBufferPointer<Int32>, _ ordinal: Int64,
        areEqual: (Int, Int) -> Bool
    ) {
        leave(before, now, ordinal)
        let firstOld = old.count
        if rankColumn { leaveRanks(before, now, ordinal) }
        let firstArrived = arrived.count
        var moved = firstOld
        for (place, row) in now.enumerated() {
            if row < 0 {
                if rankColumn { show(Int32(truncatingIfNeeded: arrived.count), 1, place + 1, ordinal) }
                arrived.append(-1 - row)
            } else if moved < old.count, old[moved] == row {
                show(-1 - Int32(truncatingIfNeeded: moved), 1, place + 1, ordinal)
                moved += 1
            }
        }
        if !rankColumn { comeUnranked(firstArrived, ordinal, areEqual) }
    }

    /// Rows keep their order among each other: which of them has left shows in one walk.
    private mutating func leave(
        _ before: UnsafeBufferPointer<Int32>, _ now: UnsafeBufferPointer<Int32>, _ ordinal: Int64
    ) {
        var next = 0
        for (place, row) in before.enumerated() {
            while next < now.count, now[next] < 0 { next += 1 }
            if next < now.count, now[next] == row {
                next += 1
                continue
            }
            departed.append(row)
            old.append(row)
            show(-Int32(truncatingIfNeeded: old.count), -1, place + 1, ordinal)
        }
    }

    /// The old ranks of rows that stay at another one.
    private mutating func leaveRanks(
        _ before: UnsafeBufferPointer<Int32>, _ now: UnsafeBufferPointer<Int32>, _ ordinal: Int64
    ) {
        var known = 0
        for (place, row) in now.enumerated() where row >= 0 {
            while before[known] != row { known += 1 }
            if known == place { continue }
            old.append(row)
            show(-Int32(truncatingIfNeeded: old.count), -1, known + 1, ordinal)
        }
    }

    /// Without ranks rows come as ``TopN`` shows them: the last to arrive first, and with it those that equal it.
    private mutating func comeUnranked(_ first: Int, _ ordinal: Int64, _ areEqual: (Int, Int) -> Bool) {
        runs.removeAll(keepingCapacity: true)
        var start = first
        for end in first..<arrived.count {
            let isLast = end + 1 == arrived.count || !areEqual(Int(arrived[end]), Int(arrived[end + 1]))
            if !isLast { continue }
            runs.append(start..<end + 1)
            start = end + 1
        }
        if runs.count > 1 { runs.sort { arrived[$0.upperBound - 1] > arrived[$1.upperBound - 1] } }
        for run in runs { for place in run { show(Int32(truncatingIfNeeded: place), 1, 0, ordinal) } }
    }

    @inline(__always)
    private mutating func show(_ row: Int32, _ weight: Int64, _ rank: Int, _ ordinal: Int64) {
        rows.append(row)
        weights.append(weight)
        ordinals.append(ordinal)
        if rankColumn { ranks.append(Int64(rank)) }
    }

    /// The changes as a batch. Of the rows that came, columns are those of the step's batch: nothing goes through the store.
    func batch(_ batch: Batch, _ store: RowStore) -> Batch {
        var columns: [Column]
        if old.isEmpty {
            let picked = rows.map { arrived[Int($0)] }
            columns = batch.columns.map { $0.gather(picked) }
        } else {
            let shift = Int32(truncatingIfNeeded: arrived.count)
            let picked = rows.map { $0 < 0 ? shift - 1 - $0 : $0 }
            columns = zip(batch.columns, store.columns(old)).map {
                Column.concatenate([$0.gather(arrived), $1]).gather(picked)
            }
        }
        if rankColumn { columns.append(.int64(ranks)) }
        return Batch(
            columns: columns, count: rows.count, weights: old.isEmpty ? nil : weights, ordinals: Ordinals(ordinals))
    }

    mutating func removeAll() {
        arrived.removeAll(keepingCapacity: true)
        departed.removeAll(keepingCapacity: true)
        old.removeAll(keepingCapacity: true)
        rows.removeAll(keepingCapacity: true)
        weights.removeAll(keepingCapacity: true)
        ordinals.removeAll(keepingCapacity: true)
        ranks.removeAll(keepingCapacity: true)
    }
}
