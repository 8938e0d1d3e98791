import MutstreamColumnar

/// The aggregates over frames.
extension WindowFunctions {
    /// A sum of the rows of a frame that moves on.
    private struct Sliding {
        var lower = 0
        var upper = 0
        /// The rows at both ends.
        var first: OrderedIndex.Cursor
        var next: OrderedIndex.Cursor
        var isValid = false
        var accumulator: WindowAccumulator
    }

    /// A frame that moves by more rows at once is summed up anew.
    private static let slideMax = 512

    func aggregate(_ plan: WindowPlan, _ range: Range<Int>, _ changes: WindowChanges) {
        guard let accumulator = plan.accumulator else { return }
        if plan.seesPartition { return aggregatePartition(plan, accumulator, range, changes) }
        let (index, tree, frame) = (rows.index, changes.tree, plan.frame)
        let end = plan.stopsWhenSame ? changes.end : .max
        var cursor = index.cursor(at: range.lowerBound, in: tree)
        var sliding = Sliding(first: cursor, next: cursor, accumulator: accumulator)
        frame.begin(cursor, in: tree)
        while true {
            let row = index.payload(cursor)
            if frame.spec.exclusion == .noOthers {
                slide(plan, &sliding, tree)
            } else {
                let parts = frame.parts(cursor.position)
                sliding.accumulator.clear(plan.cell)
                sliding.accumulator = add([parts.0, parts.1, parts.2], plan, accumulator, tree)
            }
            let cell = plan.result.cell(sliding.accumulator.kind, plan.cell)
            let isSame = set(row, plan, cell)
            let isSettled = cursor.position >= end && cell.status < WindowCell.Status.failed
            if isSame, isSettled, !rows.isAdded(row) { break }
            index.advance(&cursor)
            if cursor.position >= range.upperBound { break }
            frame.move(to: cursor)
        }
        sliding.accumulator.clear(plan.cell)
    }

    /// Brings the sum to where the frame is.
    private func slide(_ plan: WindowPlan, _ sliding: inout Sliding, _ tree: OrderedIndex.Tree) {
        let (lower, upper) = (plan.frame.lower, plan.frame.upper)
        if !sliding.isValid || lower < sliding.lower || upper < sliding.upper || lower >= sliding.upper
            || lower - sliding.lower + upper - sliding.upper > WindowFunctions.slideMax
            || !follow(plan, &sliding, lower, upper)
        {
            sliding.accumulator.clear(plan.cell)
            guard let accumulator = plan.accumulator else { return }
            place(&sliding, add([lower..<upper], plan, accumulator, tree), lower..<upper, tree)
        } else if sliding.accumulator.isDoubtful(plan.cell), let exact = plan.exactAccumulator {
            sliding.accumulator.clear(plan.cell)
            addOneByOne([lower..<upper], plan, exact, tree)
            place(&sliding, exact, lower..<upper, tree)
        }
    }

    private func place(
        _ sliding: inout Sliding, _ accumulator: WindowAccumulator, _ frame: Range<Int>, _ tree: OrderedIndex.Tree
    ) {
        sliding = Sliding(
            lower: frame.lowerBound, upper: frame.upperBound, first: rows.index.cursor(at: frame.lowerBound, in: tree),
            next: rows.index.cursor(at: frame.upperBound, in: tree), isValid: true, accumulator: accumulator)
    }

    /// Adds the rows that come in and takes out those that leave; false where that cannot be done.
    @inline(__always)
    private func follow(_ plan: WindowPlan, _ sliding: inout Sliding, _ lower: Int, _ upper: Int) -> Bool {
        let index = rows.index
        while sliding.upper < upper {
            sliding.accumulator.add(index.payload(sliding.next), to: plan.cell)
            index.advance(&sliding.next)
            sliding.upper += 1
        }
        while sliding.lower < lower {
            if !sliding.accumulator.remove(index.payload(sliding.first), from: plan.cell) { return false }
            index.advance(&sliding.first)
            sliding.lower += 1
        }
        return true
    }

    /// Sums up the parts of a frame, by summaries where there are some; gives the accumulator that holds the sum.
    private func add(
        _ parts: [Range<Int>], _ plan: WindowPlan, _ accumulator: WindowAccumulator, _ tree: OrderedIndex.Tree
    ) -> WindowAccumulator {
        if accumulator.isSummarized {
            for part in parts { summaries.add(part, of: tree, accumulator, to: plan.cell) }
        } else {
            addOneByOne(parts, plan, accumulator, tree)
        }
        guard accumulator.isDoubtful(plan.cell), let exact = plan.exactAccumulator else { return accumulator }
        accumulator.clear(plan.cell)
        addOneByOne(parts, plan, exact, tree)
        return exact
    }

    private func addOneByOne(
        _ parts: [Range<Int>], _ plan: WindowPlan, _ accumulator: WindowAccumulator, _ tree: OrderedIndex.Tree
    ) {
        for part in parts where !part.isEmpty { each(part, tree) { accumulator.add($0, to: plan.cell) } }
    }

    @inline(__always)
    func each(_ range: Range<Int>, _ tree: OrderedIndex.Tree, _ body: (Int32) -> Void) {
        var cursor = rows.index.cursor(at: range.lowerBound, in: tree)
        while cursor.position < range.upperBound {
            body(rows.index.payload(cursor))
            rows.index.advance(&cursor)
        }
    }

    /// All rows have one result. Where an old row shows that it is what it was, only new rows get it.
    private func aggregatePartition(
        _ plan: WindowPlan, _ accumulator: WindowAccumulator, _ range: Range<Int>, _ changes: WindowChanges
    ) {
        let tree = changes.tree
        let holder = add([0..<tree.count], plan, accumulator, tree)
        let cell = plan.result.cell(holder.kind, plan.cell)
        holder.clear(plan.cell)
        var cursor = rows.index.cursor(at: range.lowerBound, in: tree)
        while cursor.position < range.upperBound {
            let row = rows.index.payload(cursor)
            if set(row, plan, cell), !rows.isAdded(row) { break }
            rows.index.advance(&cursor)
        }
        guard cursor.position < range.upperBound else { return }
        var link = changes.partition.firstAdded
        while link >= 0 {
            let row = rows.added[Int(link)]
            if row >= 0 { set(row, plan, cell) }
            link = rows.addedNext[Int(link)]
        }
    }
}
