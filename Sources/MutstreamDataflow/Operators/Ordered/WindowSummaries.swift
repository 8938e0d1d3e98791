import MutstreamColumnar

/// Sums up any range of rows of a partition, by the summaries that the nodes of its list carry.
///
/// A summary is made when it is first asked for and made anew after a change below its node.
/// Complexity: O(log n) nodes a range.
final class WindowSummaries {
    private let rows: OrderedPartitions
    private let accumulators: [WindowAccumulator]

    /// - Parameter accumulators: of all calls, each with its place in a summary.
    init(_ rows: OrderedPartitions, _ accumulators: [WindowAccumulator]) {
        self.rows = rows
        self.accumulators = accumulators
    }

    /// Adds the rows of a range, in order, to an accumulator.
    func add(
        _ range: Range<Int>, of tree: OrderedIndex.Tree, _ accumulator: WindowAccumulator,
        to cell: UnsafeMutableRawPointer
    ) {
        guard !range.isEmpty, tree.count > 0 else { return }
        visit(tree.root, 0, tree.count, range, accumulator, cell)
    }

    private func visit(
        _ node: Int32, _ start: Int, _ count: Int, _ range: Range<Int>, _ accumulator: WindowAccumulator,
        _ cell: UnsafeMutableRawPointer
    ) {
        let index = rows.index
        if index.hasSummary(node), range.lowerBound <= start, start + count <= range.upperBound {
            accumulator.merge(summary(node) + accumulator.offset, into: cell)
            return
        }
        if index.isLeaf(node) {
            let payloads = index.payloads(node)
            let (low, high) = (max(range.lowerBound - start, 0), min(range.upperBound - start, count))
            for place in low..<max(low, high) { accumulator.add(payloads[place], to: cell) }
            return
        }
        var first = start
        for child in 0..<index.count(node) {
            let below = Int(index.rowsBelow(node)[child])
            if first >= range.upperBound { return }
            if first + below > range.lowerBound {
                visit(index.payloads(node)[child], first, below, range, accumulator, cell)
            }
            first += below
        }
    }

    private func summary(_ node: Int32) -> UnsafeMutableRawPointer {
        let index = rows.index
        let cells = index.summary(node)
        if index.isSummed(node) { return cells }
        cells.initializeMemory(as: UInt8.self, repeating: 0, count: index.summaryBytes)
        let payloads = index.payloads(node)
        for place in 0..<index.count(node) {
            if index.isLeaf(node) {
                for accumulator in accumulators { accumulator.add(payloads[place], to: cells + accumulator.offset) }
            } else {
                let below = summary(payloads[place])
                for accumulator in accumulators {
                    accumulator.merge(below + accumulator.offset, into: cells + accumulator.offset)
                }
            }
        }
        index.setSummed(node, true)
        return cells
    }
}
