import MutstreamColumnar

/// Outer, semi and anti joins by keys alone: a row is matched while its key is.
///
/// ```
/// for each ordinal:  matches of each key           by the rows of both sides
///                    keys whose rows go            those that were there before
///                    left rows, then right ones    into the chains; their pairs; themselves where nothing turned
///                    keys whose rows come          those that are there now
/// ```
///
/// So a row comes or goes at most once in an ordinal, retractions before insertions.
extension MaintainedJoin {
    func countByKey() {
        var turnedLeft: [Int32] = []
        var turnedRight: [Int32] = []
        var (i, j) = (0, 0)
        var (warmedLeft, warmedRight) = (0, 0)
        while i < left.count || j < right.count {
            let ordinal = min(
                i < left.count ? left.ordinals[i] : .max, j < right.count ? right.ordinals[j] : .max)
            let (firstLeft, firstRight) = (i, j)
            if hasPairs, i >= warmedLeft {
                warmedLeft = min(i + MaintainedJoin.warmedRows, left.count)
                warm(left, right, i..<warmedLeft)
            }
            if hasPairs, j >= warmedRight {
                warmedRight = min(j + MaintainedJoin.warmedRows, right.count)
                warm(right, left, j..<warmedRight)
            }
            while j < right.count, right.ordinals[j] == ordinal {
                let group = right.groups[j]
                if group >= 0, keys.add(right.weights[j], group, JoinKeys.leftMatches) { turnedLeft.append(group) }
                j += 1
            }
            while i < left.count, left.ordinals[i] == ordinal {
                let group = left.groups[i]
                if kind == .full, group >= 0, keys.add(left.weights[i], group, JoinKeys.rightMatches) {
                    turnedRight.append(group)
                }
                i += 1
            }
            for group in turnedLeft { turn(left, group, ordinal, comes: false, isLeft: true) }
            for group in turnedRight { turn(right, group, ordinal, comes: false, isLeft: false) }
            for row in firstLeft..<i { addCounted(left, right, row, ordinal, isLeft: true) }
            if hasPairs { for row in firstRight..<j { addCounted(right, left, row, ordinal, isLeft: false) } }
            if !turnedLeft.isEmpty || !turnedRight.isEmpty {
                for group in turnedLeft { turn(left, group, ordinal, comes: true, isLeft: true) }
                for group in turnedRight { turn(right, group, ordinal, comes: true, isLeft: false) }
                turnedLeft.removeAll(keepingCapacity: true)
                turnedRight.removeAll(keepingCapacity: true)
            }
            if results.count >= MaintainedJoin.pairsMax { flush() }
        }
    }

    /// Shows the rows of a key, or takes them back, if it became matched or ceased to be.
    func turn(_ side: JoinSide, _ group: Int32, _ ordinal: Int64, comes: Bool, isLeft: Bool) {
        let matches = isLeft ? JoinKeys.leftMatches : JoinKeys.rightMatches
        let state = keys.state(group, matches)
        // A semi join shows what is matched.
        if state.isMatched == state.isTaken || (state.isMatched == (kind == .semi)) != comes { return }
        keys.turn(group, matches)
        // Never one of a side that drives: for its own rows nothing has changed on the other.
        var row = side.first(group)
        while row >= 0 {
            let weight = side.store.weight(row)
            results.append(isLeft ? row : -1, isLeft ? -1 : row, comes ? weight : 0 &- weight, ordinal)
            row = side.store.next(row)
        }
    }

    @inline(__always)
    private func addCounted(_ own: JoinSide, _ other: JoinSide, _ row: Int, _ ordinal: Int64, isLeft: Bool) {
        let isCounted = isLeft || kind == .full
        let (group, weight) = (own.groups[row], own.weights[row])
        if group < 0 {
            if isCounted, kind != .semi { show(own, row, own.applyPassing(row), weight, ordinal, isLeft: isLeft) }
            return
        }
        let id = own.apply(row, weight: weight)
        if hasPairs { pairAll(own, other, row, id, weight, isLeft: isLeft) }
        if results.count >= MaintainedJoin.pairsMax { gather() }
        guard isCounted else { return }
        let state = keys.state(group, isLeft ? JoinKeys.leftMatches : JoinKeys.rightMatches)
        let isShown = kind == .semi ? state.isMatched && state.isTaken : !state.isMatched && !state.isTaken
        if isShown { show(own, row, id, weight, ordinal, isLeft: isLeft) }
    }

    @inline(__always)
    private func show(_ own: JoinSide, _ row: Int, _ id: Int32, _ weight: Int64, _ ordinal: Int64, isLeft: Bool) {
        let name = own.isDriving ? Int32(truncatingIfNeeded: row) : id
        results.append(isLeft ? name : -1, isLeft ? -1 : name, weight, ordinal)
    }
}
