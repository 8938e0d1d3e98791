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
        guard bits.count == rows.count, faults.count == rows.count, 0 <= start, start <= fed, fed <= rows.count else {
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
