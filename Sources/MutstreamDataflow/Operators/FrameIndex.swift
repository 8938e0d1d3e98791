import MutstreamColumnar

/// The entries of keys whose rows come far out of order, by time, with sums over any stretch of them: where a row belongs and
/// what its frames hold is found in O(log n).
///
/// ```
/// entries of a key   a  b  c  d  e  f  g  h        in the order of time
/// its index          |--------------|              the others come in when a row is far out of order again
///
/// summary of a node  | cells | extrema: 32 each |  each argument once, for frames of every length and end
/// ```
///
/// A key gets an index with its first row that is far out of order; rows in the order of time do not touch it, and it goes as
/// its entries go. It follows from the entries, so no state holds it: after a restart it is made when it is asked for.
final class FrameIndex {
    let lists: TimeLists
    private let heap: ByteHeap
    private let cells: [CellPlan]
    private let extrema: [ExtremumPlan]
    /// By cell, extremum and chain of the layout: where a summary has its like.
    private let cellPlaces: [Int]
    private let extremumPlaces: [Int]
    let chainPlaces: [Int]
    /// By key; empty where a key has no index.
    private var trees: [OrderedIndex.Tree] = []
    /// Entries and summaries that were looked at so far.
    private(set) var visited = 0

    init(_ layout: AccumulatorLayout, _ heap: ByteHeap) {
        self.heap = heap
        var size = 0
        var cells: [CellPlan] = []
        cellPlaces = (0..<layout.cellStarts[layout.frameCount]).map { number in
            let cell = layout.cells[number]
            if let known = cells.first(where: { $0.bit == cell.bit && $0.kind == cell.kind }) { return known.offset }
            size = (size + cell.kind.alignment - 1) & ~(cell.kind.alignment - 1)
            cells.append(CellPlan(kind: cell.kind, bit: cell.bit, offset: size, valueOffset: cell.valueOffset))
            size += cell.kind.size
            return size - cell.kind.size
        }
        size = (size + 15) & ~15
        var extrema: [ExtremumPlan] = []
        let place = { (plan: ExtremumPlan) -> Int in
            if let known = extrema.first(where: { $0.bit == plan.bit && $0.isMaximum == plan.isMaximum }) {
                return known.offset
            }
            extrema.append(
                ExtremumPlan(
                    kind: plan.kind, isMaximum: plan.isMaximum, bit: plan.bit, offset: size, valueOffset: plan.valueOffset,
                    chain: -1, baseOffset: -1))
            size += ExtremumPlan.size
            return size - ExtremumPlan.size
        }
        extremumPlaces = (0..<layout.extremumStarts[layout.frameCount]).map { place(layout.extrema[$0]) }
        chainPlaces = (0..<layout.chainCount).map { place(layout.chains[$0].plan) }
        self.cells = cells
        self.extrema = extrema
        lists = TimeLists(summaryBytes: size)
    }

    var bytes: Int { lists.index.bytes + trees.capacity * MemoryLayout<OrderedIndex.Tree>.stride }

    // MARK: Keys

    /// The entries of a key that are in its index.
    @inline(__always)
    func tree(_ key: Int32) -> OrderedIndex.Tree { key < trees.count ? trees[Int(key)] : OrderedIndex.Tree() }

    /// Takes in an entry behind those of its time.
    func insert(_ entry: Int32, _ time: Int64, _ key: Int32) {
        while trees.count <= key { trees.append(OrderedIndex.Tree()) }
        lists.insert(entry, time, into: &trees[Int(key)])
        visited += 1
    }

    /// Whether an entry that comes in now has its place among those that are there.
    func covers(_ time: Int64, _ key: Int32) -> Bool {
        let tree = tree(key)
        return tree.count > 0 && time < lists.time(lists.index.last(tree))
    }

    /// The newest of the entries, 0: there is none.
    func last(_ key: Int32) -> Int32 {
        let tree = tree(key)
        return tree.count == 0 ? 0 : lists.index.payload(lists.index.last(tree))
    }

    /// Takes out the oldest entry of a key that has any.
    func removeFirst(_ key: Int32) { lists.remove(at: 0, from: &trees[Int(key)]) }

    /// After a restart no key has an index.
    func removeAll() {
        for key in trees.indices { lists.index.removeAll(&trees[key]) }
        trees.removeAll()
    }

    // MARK: Sums

    /// Gives a stretch of a key's entries, in order, as summaries of whole nodes and single entries.
    /// - Complexity: O(log n) of them.
    func visit(
        _ range: Range<Int>, of tree: OrderedIndex.Tree, _ entries: borrowing RecordPages,
        sum: (UnsafeMutableRawPointer) -> Void, entry: (Int32) -> Void
    ) {
        if !range.isEmpty, tree.count > 0 { visit(tree.root, 0, tree.count, range, entries, sum, entry) }
    }

    private func visit(
        _ node: Int32, _ start: Int, _ count: Int, _ range: Range<Int>, _ entries: borrowing RecordPages,
        _ sum: (UnsafeMutableRawPointer) -> Void, _ entry: (Int32) -> Void
    ) {
        let index = lists.index
        if index.hasSummary(node), range.lowerBound <= start, start + count <= range.upperBound {
            visited += 1
            return sum(summary(node, entries))
        }
        if index.isLeaf(node) {
            let payloads = index.payloads(node)
            let (low, high) = (max(range.lowerBound - start, 0), min(range.upperBound - start, count))
            for place in low..<max(low, high) { entry(payloads[place]) }
            visited += max(0, high - low)
            return
        }
        var first = start
        for child in 0..<index.count(node) {
            let below = Int(index.rowsBelow(node)[child])
            if first >= range.upperBound { return }
            if first + below > range.lowerBound {
                visit(index.payloads(node)[child], first, below, range, entries, sum, entry)
            }
            first += below
        }
    }

    /// Made when it is first asked for and made anew after a change below its node.
    private func summary(_ node: Int32, _ entries: borrowing RecordPages) -> UnsafeMutableRawPointer {
        let index = lists.index
        let summary = index.summary(node)
        if index.isSummed(node) { return summary }
        summary.initializeMemory(as: UInt8.self, repeating: 0, count: index.summaryBytes)
        let payloads = index.payloads(node)
        for place in 0..<index.count(node) {
            visited += 1
            if index.isLeaf(node) {
                let image = UnsafeRawPointer(entries.address(payloads[place]) + FrameEntry.imageOffset)
                for cell in cells { cell.add(image, to: summary) }
                for plan in extrema where image.load(as: UInt64.self) & plan.bit != 0 {
                    plan.take(image + plan.valueOffset, entry: payloads[place], in: summary + plan.offset, heap)
                }
            } else {
                let below = self.summary(payloads[place], entries)
                for cell in cells { cell.merge(below, into: summary) }
                for plan in extrema { plan.take(slot: below + plan.offset, in: summary + plan.offset, heap) }
            }
        }
        index.setSummed(node, true)
        return summary
    }

    /// A summary as it is read by a cell of the layout, which has another place.
    @inline(__always)
    func shifted(_ summary: UnsafeMutableRawPointer, _ cell: CellPlan, _ number: Int) -> UnsafeRawPointer {
        UnsafeRawPointer(summary + (cellPlaces[number] - cell.offset))
    }

    /// Where a summary has the extremum of one of the layout.
    @inline(__always)
    func slot(_ summary: UnsafeMutableRawPointer, extremum number: Int) -> UnsafeMutableRawPointer {
        summary + extremumPlaces[number]
    }
}
