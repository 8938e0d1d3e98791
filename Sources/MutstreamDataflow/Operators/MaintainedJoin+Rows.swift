import MutstreamColumnar

/// What happened, in order, until the residual condition is asked: pairs that may match, and rows that changed.
final class JoinCandidates {
    struct Change {
        var isLeft: Bool
        var row: Int32
        /// The row's weight from here on.
        var weight: Int64
        var ordinal: Int64
        /// How many pairs came before.
        var position: Int
    }

    /// The pairs with the product of their weights.
    let pairs = JoinResults()
    /// What a pair that matches adds to the matches of either row.
    var leftMatches: [Int64] = []
    var rightMatches: [Int64] = []
    var changes: [Change] = []

    /// The ordinal that the output has come to, with rows that may come or go at its end.
    var ordinal = Int64.min
    var turnedLeft: [Int32] = []
    var turnedRight: [Int32] = []

    var count: Int { pairs.count + changes.count }
}

/// Outer, semi and anti joins with bounds or a residual condition: a row is matched while its own matches are above 0.
///
/// Candidates are collected for many rows and judged at once; then what happened is gone through in its order.
extension MaintainedJoin {
    func countByRow(_ inputs: [Delta]) {
        var (leftMark, rightMark) = (Watermark(inputs[0].progress), Watermark(inputs[1].progress))
        var (i, j) = (0, 0)
        while i < left.count || j < right.count {
            let isLeft = j == right.count || (i < left.count && left.ordinals[i] <= right.ordinals[j])
            let ordinal = isLeft ? left.ordinals[i] : right.ordinals[j]
            if candidates.count >= MaintainedJoin.pairsMax {
                replay()
                if ordinal != candidates.ordinal {
                    endOrdinal()
                    flush()
                }
            }
            let (leftTime, rightTime) = (leftMark.before(ordinal), rightMark.before(ordinal))
            if isLeft {
                collect(left, right, i, leftTime, rightTime, isLeft: true)
                i += 1
            } else {
                collect(right, left, j, rightTime, leftTime, isLeft: false)
                j += 1
            }
        }
        replay()
        endOrdinal()
    }

    private func collect(
        _ own: JoinSide, _ other: JoinSide, _ row: Int, _ ownMark: Int64, _ otherMark: Int64, isLeft: Bool
    ) {
        let isShown = isLeft || kind == .full
        let (group, weight, ordinal) = (own.groups[row], own.weights[row], own.ordinals[row])
        if group < 0 {
            guard isShown, kind != .semi else { return }
            return note(isLeft, own.applyPassing(row), weight, ordinal)
        }
        let window = bounds == nil ? JoinSide.Window() : own.window(row, ownMark, otherMark)
        let id = window.isKept ? own.apply(row, weight: weight) : own.applyPassing(row)
        let isNew = own.isNew
        if isShown {
            if window.isKept {
                for changed in own.touched { note(isLeft, changed, own.store.weight(changed), ordinal) }
            } else {
                note(isLeft, id, weight, ordinal)
            }
        }
        let store = other.store
        var partner = other.first(group)
        while partner >= 0 {
            if bounds == nil || window.holds(store.time(partner)) {
                let held = store.weight(partner)
                let (mine, theirs) = (isNew ? held : 0, weight)
                candidates.pairs.append(isLeft ? id : partner, isLeft ? partner : id, weight &* held, ordinal)
                candidates.leftMatches.append(isLeft ? mine : theirs)
                candidates.rightMatches.append(isLeft ? theirs : mine)
            }
            partner = store.next(partner)
        }
    }

    private func note(_ isLeft: Bool, _ row: Int32, _ weight: Int64, _ ordinal: Int64) {
        candidates.changes.append(
            JoinCandidates.Change(
                isLeft: isLeft, row: row, weight: weight, ordinal: ordinal, position: candidates.pairs.count))
    }

    /// Judges the candidates and brings matches and results up to them; the last ordinal stays open.
    private func replay() {
        let pairs = candidates.pairs
        let passed = judge(pairs)
        var next = 0
        let changes = candidates.changes
        for pair in 0...pairs.count {
            while next < changes.count, changes[next].position <= pair {
                apply(changes[next])
                next += 1
            }
            if pair < pairs.count, passed[pair] {
                open(pairs.ordinals[pair])
                match(pairs, pair)
            }
        }
        pairs.removeAll()
        candidates.changes.removeAll(keepingCapacity: true)
        candidates.leftMatches.removeAll(keepingCapacity: true)
        candidates.rightMatches.removeAll(keepingCapacity: true)
    }

    private func apply(_ change: JoinCandidates.Change) {
        open(change.ordinal)
        let side = change.isLeft ? left : right
        side.setCountedWeight(change.row, change.weight)
        if change.isLeft { candidates.turnedLeft.append(change.row) } else { candidates.turnedRight.append(change.row) }
    }

    private func match(_ pairs: JoinResults, _ at: Int) {
        let (leftId, rightId) = (pairs.left[at], pairs.right[at])
        if hasPairs { results.append(leftId, rightId, pairs.weights[at], pairs.ordinals[at]) }
        if left.addMatches(leftId, candidates.leftMatches[at]) { candidates.turnedLeft.append(leftId) }
        if kind == .full, right.addMatches(rightId, candidates.rightMatches[at]) {
            candidates.turnedRight.append(rightId)
        }
    }

    /// Goes on to an ordinal, which may be the current one.
    private func open(_ ordinal: Int64) {
        if ordinal == candidates.ordinal { return }
        endOrdinal()
        candidates.ordinal = ordinal
    }

    /// Shows or takes back the rows that came, went, became matched or ceased to be.
    private func endOrdinal() {
        var unmatched: [(left: Int32, right: Int32, weight: Int64)] = []
        for row in candidates.turnedLeft {
            let due = left.due(row, whenMatched: kind == .semi)
            if due != 0 { unmatched.append((row, -1, due)) }
        }
        for row in candidates.turnedRight {
            let due = right.due(row, whenMatched: false)
            if due != 0 { unmatched.append((-1, row, due)) }
        }
        candidates.turnedLeft.removeAll(keepingCapacity: true)
        candidates.turnedRight.removeAll(keepingCapacity: true)
        results.endOrdinal(candidates.ordinal, unmatched: unmatched)
    }
}
