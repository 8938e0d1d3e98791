import MutstreamColumnar

/// The rows of one partition that matches may still need, in their order.
final class MatchPartition {
    /// Numbers of kept rows. The first ``fed`` are known to the matcher, the others wait for the watermark.
    var rows: [Int32] = []
    /// By row: which variables' conditions hold, of those that look at rows alone. Counts for fed rows only.
    var bits: [UInt64] = []
    /// By row: which variables' conditions have no value, of those.
    var faults: [UInt64] = []
    /// By row: whether a failure there has been reported, which is done once.
    var hasFailed: [Bool] = []
    var fed = 0
    /// Where the next match can begin at the earliest.
    var start = 0
    /// Matches so far.
    var matches: Int64 = 0
    /// How many attempts were given up, one behind the other, up to the last one.
    var givenUp = 0
    /// How far the search for a match that begins at ``start`` has come. Found anew from the rows after a restart.
    var attempt: MatchAttempt?

    func insert(_ row: Int32, _ store: RowStore, _ order: [SortItem]) {
        var (low, high) = (fed, rows.count)
        if high > low, !store.isBefore(row, rows[high - 1], order) { low = high }
        while low < high {
            let middle = (low + high) / 2
            if store.isBefore(row, rows[middle], order) { high = middle } else { low = middle + 1 }
        }
        rows.insert(row, at: low)
        bits.insert(0, at: low)
        faults.insert(0, at: low)
        hasFailed.insert(false, at: low)
    }

    func remove(at index: Int) {
        rows.remove(at: index)
        bits.remove(at: index)
        faults.remove(at: index)
        hasFailed.remove(at: index)
    }

    /// Takes out the rows before all that is still needed. Moves many at once, so that a row costs O(1) in the long run.
    func trim(keeping history: Int, into garbage: inout [Int32]) {
        let surplus = start - history
        guard surplus > 0, surplus == rows.count || surplus * 2 >= rows.count || surplus >= 1024 else { return }
        garbage.append(contentsOf: rows[..<surplus])
        rows.removeFirst(surplus)
        bits.removeFirst(surplus)
        faults.removeFirst(surplus)
        hasFailed.removeFirst(surplus)
        start -= surplus
        fed -= surplus
    }

    func rewind() {
        fed = 0
        start = 0
        matches = 0
        givenUp = 0
        attempt = nil
        for index in rows.indices {
            bits[index] = 0
            faults[index] = 0
            hasFailed[index] = false
        }
    }

    func code(_ coder: StateCoder) throws(StateDamage) {
        try coder.code(&rows, default: 0)
        try coder.code(&bits, default: 0)
        try coder.code(&faults, default: 0)
        for index in 0..<rows.count {
            var flag = hasFailed.indices.contains(index) && hasFailed[index]
            try coder.code(&flag)
            if !coder.isWriting { hasFailed.append(flag) }
        }
        try coder.code(&fed)
        try coder.code(&start)
        try coder.code(&matches)
        try coder.code(&givenUp)
        guard givenUp >= 0, bits.count == rows.count, faults.count == rows.count, 0 <= start, start <= fed,
            fed <= rows.count
        else {
            throw coder.damage("the rows of a partition do not agree")
        }
    }
}

/// All ways in which a match may go on that begins at one row.
final class MatchAttempt {
    struct Way {
        var instruction: Int32
        /// The last row that was taken.
        var node: Int32
    }

    /// In the order of preference.
    var ways: [Way] = []
    /// Rows looked at.
    var count = 0
    /// The preferred match so far.
    var best: (length: Int, node: Int32)?
    var hasTimer = false
    /// Ways that were looked at (``PatternMatcher/stepsMax``).
    var steps = 0
    var isGivenUp = false
    /// How many nodes there may be before those are looked for that no way comes from.
    private var compactAt = 4_096

    /// The rows that were taken, each with the one before it, as ways share them. Node 0 stands before the first row.
    var parents: [Int32] = [-1]
    var variables: [UInt8] = [0]
    /// What the conditions ask of the rows up to a node: places of rows, and aggregates.
    var marks: [Int32]
    var cells: [MatchCell]

    init(marks: Int, cells: Int) {
        self.marks = [Int32](repeating: -1, count: marks)
        self.cells = [MatchCell](repeating: MatchCell(), count: cells)
    }

    /// Lets go of the nodes that no way and no match comes from, once there may be many: amortised O(1) a node.
    func compact(marks markCount: Int, cells cellCount: Int) {
        guard parents.count >= compactAt else { return }
        var isKept = [Bool](repeating: false, count: parents.count)
        isKept[0] = true
        for head in ways.map(\.node) + [best?.node ?? 0] {
            var node = Int(head)
            while !isKept[node] {
                isKept[node] = true
                node = Int(parents[node])
            }
        }
        // A node comes behind its parent, before and after.
        var places = [Int32](repeating: 0, count: parents.count)
        var count = 0
        for node in isKept.indices where isKept[node] {
            places[node] = Int32(truncatingIfNeeded: count)
            parents[count] = node == 0 ? -1 : places[Int(parents[node])]
            variables[count] = variables[node]
            for index in 0..<markCount { marks[count * markCount + index] = marks[node * markCount + index] }
            for index in 0..<cellCount { cells[count * cellCount + index] = cells[node * cellCount + index] }
            count += 1
        }
        parents.removeLast(parents.count - count)
        variables.removeLast(variables.count - count)
        marks.removeLast(marks.count - count * markCount)
        cells.removeLast(cells.count - count * cellCount)
        for index in ways.indices { ways[index].node = places[Int(ways[index].node)] }
        if let (length, node) = best { best = (length, places[Int(node)]) }
        compactAt = max(4_096, 2 * count)
    }

    /// The variable of each row of a match.
    func labels(_ match: (length: Int, node: Int32)) -> [UInt8] {
        var labels = [UInt8](repeating: 0, count: match.length)
        var node = Int(match.node)
        for place in labels.indices.reversed() {
            labels[place] = variables[node]
            node = Int(parents[node])
        }
        return labels
    }
}
