import MutstreamColumnar

/// Which pairs an interval join makes: `lower <= right.time - left.time <= upper`, in microseconds; nil: no bound.
package struct IntervalBounds: Sendable {
    package var leftTime: Int
    package var rightTime: Int
    package var lower: Int64?
    package var upper: Int64?
    /// How far a row may lie behind its watermark, in microseconds: windows are joined by their start.
    package var slack: Int64

    package init(leftTime: Int, rightTime: Int, lower: Int64?, upper: Int64?, slack: Int64 = 0) {
        self.leftTime = leftTime
        self.rightTime = rightTime
        self.lower = lower
        self.upper = upper
        self.slack = slack
    }
}

/// The join of two relations that change, kept by its changes: each new row of a side meets the rows of the other.
///
/// The inputs are interleaved by ordinal, at equal ordinals the left one first, and each pair is made once, when the
/// later of the two comes; so any division into steps gives the same rows in the same order. A row that is shown for
/// want of a match, or because it has one, is judged when all rows of an ordinal are in: two rows of one ordinal never
/// miss each other.
///
/// **Outputs**: 0, left columns, then right ones (`semi` and `anti`: left columns only); the weight of a pair is the
/// product of the two, its ordinal that of the later row; for one row, its partners in insertion order. 1, if asked for:
/// pairs for which `residual` fails, with a TEXT for the reason; they do not match. **Progress** is the least of both
/// inputs. With bounds, the earlier row of a pair may lie behind it, by up to the width of the bounds, as may a row that
/// gets or loses its first match: who works with its time must allow for that.
///
/// A row is matched while the weights of its matches sum up to more than 0. **State**: both relations, without rows that
/// have NULL in a key or time column and so match nothing; of the right side of a `semi` or `anti` join with keys alone,
/// a number for each key. Such joins count matches by key, those with bounds or a residual condition by row.
///
/// With bounds a row goes when the other side's watermark proves that no partner can come: a left row when
/// `right watermark > time + upper`, a right row when `left watermark > time - lower`. Each watermark is that of the
/// probing row's ordinal; freeing may lag behind without being seen. The inputs keep the law of watermarks: no change
/// of a row that is older than the watermark.
///
/// With a time to live, of joins without bounds, the rows of a key that no row of either side has touched for so long are
/// forgotten (``MaintainedJoin/Forgetting``).
package final class MaintainedJoin: Operator {
    package enum Kind: Sendable {
        case inner
        /// A left row without a match comes with NULL in the right columns.
        case left
        /// A row of either side without a match comes with NULL in the other's columns.
        case full
        /// The left rows that have a match.
        case semi
        /// The left rows that have none.
        case anti
    }

    static let pairsMax = 16_384
    static let warmedRows = 64

    let kind: Kind
    let keys: JoinKeys
    let left: JoinSide
    let right: JoinSide
    let bounds: IntervalBounds?
    private let types: [DataType]
    let residual: (any RowPredicate)?
    /// What `residual` reads of either side.
    private let residualColumns: SideColumns
    private let firstPairs: FirstPairs?
    private let firstColumns: SideColumns
    private let allColumns: SideColumns
    /// Whether matches are counted by row.
    let countsByRow: Bool
    let results = JoinResults()
    let candidates = JoinCandidates()
    /// Of no meaning: keeps ``warm(_:_:_:)`` from being optimized away.
    private var warmth: Int64 = 0
    var pieces: [Batch] = []
    private var failures: [Batch] = []
    let forgetting: Forgetting?
    var idle: IdleKeys?

    /// - Parameters:
    ///   - leftKeys: columns that equal `rightKeys`, one for one, of the same type. Both may be empty.
    ///   - nullSafe: for each pair whether it is compared as IS NOT DISTINCT FROM does; empty: for none.
    ///   - bounds: replaces the conditions on time it stands for.
    ///   - residual: what else must hold, over left then right columns.
    ///   - forgetting: not together with `bounds`.
    ///   - firstPairs: for inner joins of rows that are never taken back whose only reader is a ``TopRow``.
    package init(
        _ kind: Kind = .inner, leftTypes: [DataType], rightTypes: [DataType], leftKeys: [Int], rightKeys: [Int],
        nullSafe: [Bool] = [], bounds: IntervalBounds? = nil, residual: (any RowPredicate)? = nil,
        forgetting: Forgetting? = nil, firstPairs: FirstPairs? = nil
    ) {
        precondition(leftKeys.count == rightKeys.count, "key columns come in pairs")
        self.forgetting = bounds == nil ? forgetting : nil
        idle = self.forgetting.map { IdleKeys(timeToLive: $0.timeToLive) }
        self.kind = kind
        self.bounds = bounds
        self.residual = residual
        let width = leftTypes.count
        allColumns = SideColumns(Array(0..<(width + rightTypes.count)), leftCount: width)
        residualColumns = residual?.columnsRead.map { SideColumns($0, leftCount: width) } ?? allColumns
        precondition(firstPairs == nil || kind == .inner, "rows without a match are no pairs")
        self.firstPairs = firstPairs
        firstColumns = SideColumns(firstPairs?.columnsRead ?? [], leftCount: width)
        types = kind == .semi || kind == .anti ? leftTypes : leftTypes + rightTypes
        countsByRow = kind != .inner && (bounds != nil || residual != nil)
        keys = JoinKeys(chains: 2, matches: kind == .inner || countsByRow ? 0 : kind == .full ? 2 : 1)
        left = JoinSide(
            leftTypes, keys: leftKeys, nullSafe: nullSafe, in: keys, chain: 0, time: bounds?.leftTime,
            reach: (bounds?.lower, bounds?.upper), slack: bounds?.slack ?? 0, countsMatches: countsByRow)
        right = JoinSide(
            rightTypes, keys: rightKeys, nullSafe: nullSafe, in: keys, chain: 1, time: bounds?.rightTime,
            reach: (
                bounds?.upper.map { Int64(0).subtractingClamped($0) }, bounds?.lower.map { Int64(0).subtractingClamped($0) }
            ),
            slack: bounds?.slack ?? 0, countsMatches: countsByRow && kind == .full)
    }

    package var stateSize: StateSize {
        let (lhs, rhs) = (left.stateSize, right.stateSize)
        let rows = storesRight ? lhs.rows + rhs.rows : lhs.rows + keys.table.count
        return StateSize(rows: rows, bytes: lhs.bytes + rhs.bytes + keys.table.bytes + (idle?.bytes ?? 0))
    }

    package var wantsEveryStep: Bool { idle?.isEmpty == false }
    package var wakesAt: Int64? { idle?.wakesAt }

    /// Whether results have right columns.
    var hasPairs: Bool { kind != .semi && kind != .anti }
    /// Semi and anti joins by key need to know only how many right rows there are.
    var storesRight: Bool { hasPairs || countsByRow }

    package func code(_ coder: StateCoder) throws(StateDamage) {
        try keys.table.code(coder)
        try left.code(coder)
        try right.code(coder)
        try idle?.code(coder)
    }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        for port in outputs.indices {
            outputs[port].progress = Progress.minimum(inputs[0].progress, inputs[1].progress)
        }
        let (lhs, rhs) = (inputs[0].batch, inputs[1].batch)
        if idle != nil { forgetIdle(lhs, rhs, context) }
        let gone = pieces
        pieces.removeAll(keepingCapacity: true)
        join(inputs)
        if bounds != nil {
            left.expire(inputs[1].progress.end)
            right.expire(inputs[0].progress.end)
        }
        keys.sweep()
        if !pieces.isEmpty { outputs[0].batch = Batch.concatenate(pieces) }
        pieces.removeAll(keepingCapacity: true)
        if !gone.isEmpty { outputs[0].batch = IdleKeys.join(Batch.concatenate(gone), outputs[0].batch, types) }
        if !failures.isEmpty, outputs.count > 1 { outputs[1].batch = Batch.concatenate(failures) }
        failures.removeAll(keepingCapacity: true)
    }

    /// Takes in what both sides bring.
    func join(_ inputs: [Delta], touches: Bool = true) {
        let (lhs, rhs) = (inputs[0].batch, inputs[1].batch)
        if !lhs.isEmpty || !rhs.isEmpty {
            // Where one side alone brings rows, its columns need not go through the store.
            left.beginStep(
                lhs, passesAll: kind != .inner && kind != .semi, isDriving: rhs.isEmpty && hasPairs && !countsByRow)
            right.beginStep(
                rhs, storesRows: storesRight, passesAll: kind == .full,
                isDriving: lhs.isEmpty && hasPairs && !countsByRow)
            if touches, idle != nil {
                left.noteTouches(&idle)
                right.noteTouches(&idle)
            }
            if countsByRow {
                countByRow(inputs)
            } else if kind != .inner {
                countByKey()
            } else if bounds == nil {
                joinInner()
            } else {
                joinTimed(inputs)
            }
            flush()
            left.endStep()
            right.endStep()
        }
    }

    // MARK: Inner joins

    private func joinInner() {
        var (i, j) = (0, 0)
        while i < left.count || j < right.count {
            if j == right.count || (i < left.count && left.ordinals[i] <= right.ordinals[j]) {
                let first = i
                i += 1
                while i < left.count, j == right.count || left.ordinals[i] <= right.ordinals[j] { i += 1 }
                addInner(left, right, first..<i, isLeft: true)
            } else {
                let first = j
                j += 1
                while j < right.count, i == left.count || right.ordinals[j] < left.ordinals[i] { j += 1 }
                addInner(right, left, first..<j, isLeft: false)
            }
        }
    }

    private func addInner(_ own: JoinSide, _ other: JoinSide, _ rows: Range<Int>, isLeft: Bool) {
        var warmed = rows.lowerBound
        for row in rows {
            if row >= warmed {
                warmed = min(row &+ MaintainedJoin.warmedRows, rows.upperBound)
                warm(own, other, row..<warmed)
            }
            let group = own.groups[row]
            if group < 0 { continue }
            let weight = own.weights[row]
            let id = own.apply(row, weight: weight)
            pairAll(own, other, row, id, weight, isLeft: isLeft)
            if results.count >= MaintainedJoin.pairsMax { flush() }
        }
    }

    /// Reads the first partner of each row, so that the cache misses of many rows overlap.
    @inline(__always)
    func warm(_ own: JoinSide, _ other: JoinSide, _ rows: Range<Int>) {
        var sum: Int64 = 0
        for row in rows where own.groups[row] >= 0 {
            let partner = other.first(own.groups[row])
            if partner >= 0 { sum &+= other.store.weight(partner) }
        }
        warmth = sum
    }

    /// Makes the pairs of a row with the other side's rows of its key.
    @inline(__always)
    func pairAll(_ own: JoinSide, _ other: JoinSide, _ row: Int, _ id: Int32, _ weight: Int64, isLeft: Bool) {
        let name = own.isDriving ? Int32(truncatingIfNeeded: row) : id
        let ordinal = own.ordinals[row]
        let store = other.store
        var partner = other.first(own.groups[row])
        while partner >= 0 {
            let product = weight &* store.weight(partner)
            results.append(isLeft ? name : partner, isLeft ? partner : name, product, ordinal)
            partner = store.next(partner)
        }
    }

    private func joinTimed(_ inputs: [Delta]) {
        var (leftMark, rightMark) = (Watermark(inputs[0].progress), Watermark(inputs[1].progress))
        var (i, j) = (0, 0)
        while i < left.count || j < right.count {
            if j == right.count || (i < left.count && left.ordinals[i] <= right.ordinals[j]) {
                let ordinal = left.ordinals[i]
                addTimed(left, right, i, leftMark.before(ordinal), rightMark.before(ordinal), isLeft: true)
                i += 1
            } else {
                let ordinal = right.ordinals[j]
                addTimed(right, left, j, rightMark.before(ordinal), leftMark.before(ordinal), isLeft: false)
                j += 1
            }
            if results.count >= MaintainedJoin.pairsMax { flush() }
        }
    }

    private func addTimed(
        _ own: JoinSide, _ other: JoinSide, _ row: Int, _ ownMark: Int64, _ otherMark: Int64, isLeft: Bool
    ) {
        let group = own.groups[row]
        if group < 0 { return }
        let (weight, ordinal) = (own.weights[row], own.ordinals[row])
        let window = own.window(row, ownMark, otherMark)
        let id = window.isKept ? own.apply(row, weight: weight) : own.applyPassing(row)
        let name = own.isDriving ? Int32(truncatingIfNeeded: row) : id
        let store = other.store
        var partner = other.first(group)
        while partner >= 0 {
            if window.holds(store.time(partner)) {
                let product = weight &* store.weight(partner)
                results.append(isLeft ? name : partner, isLeft ? partner : name, product, ordinal)
            }
            partner = store.next(partner)
        }
    }

    // MARK: Results

    /// Turns results into output. Departed rows are freed: none is spoken of any more.
    func flush() {
        gather()
        left.freeDeparted()
        right.freeDeparted()
    }

    /// Turns results into output.
    func gather() {
        if results.count == 0 { return }
        // Other kinds ask before they count.
        if kind == .inner, residual != nil { results.keepOnly(judge(results)) }
        if let firstPairs, results.count > 0 { results.keepOnly(firstPairs.select(batch(results, firstColumns))) }
        if results.count > 0 { pieces.append(batch(results)) }
        results.removeAll()
    }

    /// Pairs as a batch of all columns or of some.
    private func batch(_ pairs: JoinResults, _ columns: SideColumns? = nil) -> Batch {
        let (left, right) = (left, right)
        return pairs.batch(
            left: { left.columns($0, of: columns?.left) },
            right: hasPairs || columns != nil ? { right.columns($0, of: columns?.right) } : nil)
    }

    /// Which pairs the residual condition lets pass; keeps those for which it fails for their output. Only the columns that
    /// the condition reads are gathered for it.
    func judge(_ pairs: JoinResults) -> [Bool] {
        guard let residual, pairs.count > 0 else { return [Bool](repeating: true, count: pairs.count) }
        let judged = residual.judge(batch(pairs, residualColumns))
        precondition(judged.passed.count == pairs.count, "a predicate answers for each row")
        if !judged.failures.isEmpty { failures.append(batch(pairs, allColumns).failed(judged.failures)) }
        return judged.passed
    }
}

/// Columns of a join's pairs, by side.
private struct SideColumns {
    let left: [Int]
    let right: [Int]

    init(_ columns: [Int], leftCount: Int) {
        left = columns.filter { $0 < leftCount }
        right = columns.filter { $0 >= leftCount }.map { $0 - leftCount }
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
