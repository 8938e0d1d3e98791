import MutstreamColumnar

/// Which pairs an interval join makes: `lower <= right.time - left.time <= upper`, in microseconds; nil: no bound.
package struct IntervalBounds: Sendable {
    package var leftTime: Int
    package var rightTime: Int
    package var lower: Int64?
    package var upper: Int64?

    package init(leftTime: Int, rightTime: Int, lower: Int64?, upper: Int64?) {
        self.leftTime = leftTime
        self.rightTime = rightTime
        self.lower = lower
        self.upper = upper
    }
}

/// The inner join of two relations that change, kept by its changes: each new row of a side meets the rows of the other.
///
/// The inputs are interleaved by ordinal, at equal ordinals the left one first, and each pair is made once, when the
/// later of the two comes; so any division into steps gives the same rows in the same order.
///
/// **Output**: left columns, then right ones; weight = product of the two; ordinal = that of the later row; for one row,
/// its partners in insertion order. **Progress** is the least of both inputs. With bounds, the earlier row of a pair
/// may lie behind it, by up to the width of the bounds: who works with its time must allow for that.
/// **State**: both relations, without rows that have NULL in a key or time column.
///
/// With bounds a row goes when the other side's watermark proves that no partner can come: a left row when
/// `right watermark > time + upper`, a right row when `left watermark > time - lower`. Each watermark is that of the
/// probing row's ordinal; freeing may lag behind without being seen. The inputs keep the law of watermarks: no change
/// of a row that is older than the watermark.
package final class MaintainedJoin: Operator {
    private static let pairsMax = 65_536

    private let left: JoinSide
    private let right: JoinSide
    private let bounds: IntervalBounds?
    private let residual: (any RowPredicate)?
    private var leftIds: [Int32] = []
    private var rightIds: [Int32] = []
    private var weights: [Int64] = []
    private var ordinals: [Int64] = []
    private var pieces: [Batch] = []

    /// - Parameters:
    ///   - leftKeys: columns that equal `rightKeys`, one for one, of the same type. Both may be empty.
    ///   - bounds: replaces the conditions on time it stands for.
    ///   - residual: what else must hold, over left then right columns.
    package init(
        leftTypes: [DataType], rightTypes: [DataType], leftKeys: [Int], rightKeys: [Int], bounds: IntervalBounds? = nil,
        residual: (any RowPredicate)? = nil
    ) {
        precondition(leftKeys.count == rightKeys.count, "key columns come in pairs")
        self.bounds = bounds
        self.residual = residual
        var span: Int64 = 0
        if let bounds, let lower = bounds.lower, let upper = bounds.upper { span = upper.subtractingClamped(lower) }
        left = JoinSide(leftTypes, keys: leftKeys, time: bounds?.leftTime, span: span)
        right = JoinSide(rightTypes, keys: rightKeys, time: bounds?.rightTime, span: span)
    }

    package var stateSize: StateSize {
        let (lhs, rhs) = (left.stateSize, right.stateSize)
        return StateSize(rows: lhs.rows + rhs.rows, bytes: lhs.bytes + rhs.bytes)
    }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        outputs[0].progress = Progress.minimum(inputs[0].progress, inputs[1].progress)
        let (lhs, rhs) = (inputs[0].batch, inputs[1].batch)
        if !lhs.isEmpty || !rhs.isEmpty {
            if !lhs.isEmpty { left.beginStep(lhs) }
            if !rhs.isEmpty { right.beginStep(rhs) }
            interleave(inputs)
            flush()
            left.endStep()
            right.endStep()
        }
        if let upper = bounds?.upper { left.expire(before: inputs[1].progress.end.subtractingClamped(upper)) }
        if let lower = bounds?.lower { right.expire(before: inputs[0].progress.end.addingClamped(lower)) }
        if !pieces.isEmpty { outputs[0].batch = Batch.concatenate(pieces) }
        pieces.removeAll(keepingCapacity: true)
    }

    private func interleave(_ inputs: [Delta]) {
        let (lhs, rhs) = (inputs[0].batch, inputs[1].batch)
        var (leftMark, rightMark) = (Watermark(inputs[0].progress), Watermark(inputs[1].progress))
        var (i, j) = (0, 0)
        while i < lhs.count || j < rhs.count {
            if j == rhs.count || (i < lhs.count && lhs.ordinals[i] <= rhs.ordinals[j]) {
                let ordinal = lhs.ordinals[i]
                let marks = (leftMark.before(ordinal), rightMark.before(ordinal))
                if left.hasKey(i) { addLeft(i, lhs.weight(i), ordinal, marks) }
                i += 1
            } else {
                let ordinal = rhs.ordinals[j]
                let marks = (leftMark.before(ordinal), rightMark.before(ordinal))
                if right.hasKey(j) { addRight(j, rhs.weight(j), ordinal, marks) }
                j += 1
            }
            if leftIds.count >= MaintainedJoin.pairsMax { flush() }
        }
    }

    private func addLeft(_ row: Int, _ weight: Int64, _ ordinal: Int64, _ marks: (left: Int64, right: Int64)) {
        var (from, to, isKept) = (Int64.min, Int64.max, true)
        if let bounds {
            let time = left.time(row)
            if let lower = bounds.lower { from = max(time, marks.left).addingClamped(lower) }
            if let upper = bounds.upper {
                to = time.addingClamped(upper)
                isKept = marks.right <= to
            }
        }
        let id = isKept ? left.apply(row, weight: weight) : left.applyPassing(row)
        let store = right.store
        var partner = right.first(left.keys.key(row))
        while partner >= 0 {
            if bounds == nil || (store.time(partner) >= from && store.time(partner) <= to) {
                pair(id, partner, weight &* store.weight(partner), ordinal)
            }
            partner = store.next(partner)
        }
    }

    private func addRight(_ row: Int, _ weight: Int64, _ ordinal: Int64, _ marks: (left: Int64, right: Int64)) {
        var (from, to, isKept) = (Int64.min, Int64.max, true)
        if let bounds {
            let time = right.time(row)
            if let upper = bounds.upper { from = max(time, marks.right).subtractingClamped(upper) }
            if let lower = bounds.lower {
                to = time.subtractingClamped(lower)
                isKept = marks.left <= to
            }
        }
        let id = isKept ? right.apply(row, weight: weight) : right.applyPassing(row)
        let store = left.store
        var partner = left.first(right.keys.key(row))
        while partner >= 0 {
            if bounds == nil || (store.time(partner) >= from && store.time(partner) <= to) {
                pair(partner, id, weight &* store.weight(partner), ordinal)
            }
            partner = store.next(partner)
        }
    }

    @inline(__always)
    private func pair(_ leftId: Int32, _ rightId: Int32, _ weight: Int64, _ ordinal: Int64) {
        leftIds.append(leftId)
        rightIds.append(rightId)
        weights.append(weight)
        ordinals.append(ordinal)
    }

    /// Turns pairs into output.
    private func flush() {
        if !leftIds.isEmpty {
            let isWeighted = weights.contains { $0 != 1 }
            var batch = Batch(
                columns: left.store.columns(leftIds) + right.store.columns(rightIds), count: leftIds.count,
                weights: isWeighted ? weights : nil, ordinals: Ordinals(ordinals))
            if let residual {
                let passed = residual.evaluate(batch)
                precondition(passed.count == batch.count, "a predicate answers for each row")
                var rows: [Int32] = []
                rows.reserveCapacity(batch.count)
                for row in 0..<batch.count where passed[row] { rows.append(Int32(truncatingIfNeeded: row)) }
                batch = batch.gather(rows)
            }
            if !batch.isEmpty { pieces.append(batch) }
        }
        leftIds.removeAll(keepingCapacity: true)
        rightIds.removeAll(keepingCapacity: true)
        weights.removeAll(keepingCapacity: true)
        ordinals.removeAll(keepingCapacity: true)
        left.freeDeparted()
        right.freeDeparted()
    }
}

/// Reads the watermark of one edge at ordinals that do not fall.
struct Watermark {
    private let progress: Progress
    private var next = 0
    private var value: Int64

    init(_ progress: Progress) {
        self.progress = progress
        value = progress.start
    }

    /// The watermark made by the rows before an ordinal.
    @inline(__always)
    mutating func before(_ ordinal: Int64) -> Int64 {
        while next < progress.ordinals.count, progress.ordinals[next] < ordinal {
            value = progress.values[next]
            next += 1
        }
        return value
    }
}
