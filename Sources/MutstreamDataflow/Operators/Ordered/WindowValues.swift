import MutstreamColumnar

/// The rows of each distinct value of an argument, in the order of their partition: what a maintained
/// `count(DISTINCT …)` looks up.
///
/// ```
/// KeyTable: (partition, value) -> list of its rows (OrderedIndex.Tree)
/// header of a row: | number of its value, -1 = none: 4 | - : 4 |
/// ```
///
/// Complexity: O(log n) for each row that enters or leaves a frame.
final class WindowValues {
    /// Bytes in the header of a row.
    static let headerBytes = 8

    private let column: Int
    /// -1: none.
    private let filter: Int
    private let rows: OrderedPartitions
    private let offset: Int
    private let table: KeyTable
    private let index = OrderedIndex()
    private let encoder = KeyEncoder(columns: [0, 1], nulls: .value)
    private let reader = BatchReader()
    private var numbers: [Int32] = []
    private var newRows: [Int32] = []

    /// - Parameter offset: of the number in the header of a row.
    init(_ call: WindowCall, _ rows: OrderedPartitions, offset: Int) {
        column = call.columns.first ?? 0
        filter = call.filter ?? -1
        self.rows = rows
        self.offset = offset
        table = KeyTable(payloadBytes: 8, inlineBytes: KeyTable.wideInlineBytes)
    }

    var bytes: Int { table.bytes + index.bytes }

    func code(_ coder: StateCoder) throws(StateDamage) {
        try table.code(coder)
        try index.code(coder)
    }

    /// The number of a row's value, -1 where it does not count.
    @inline(__always)
    func number(_ row: Int32) -> Int32 { rows.store.header(row).load(fromByteOffset: offset, as: Int32.self) }

    private func counts(_ row: Int32) -> Bool {
        let store = rows.store
        if store.isNull(row, column) { return false }
        return filter < 0 || !store.isNull(row, filter) && store.load(row, filter, as: UInt8.self) != 0
    }

    /// Takes in new rows, with the numbers of their partitions.
    func add(_ ids: [Int32], _ partitions: [Int64]) {
        for row in ids { rows.store.writableHeader(row).storeBytes(of: -1, toByteOffset: offset, as: Int32.self) }
        reader.bind([.int64(partitions), rows.store.column(column, rows: ids)], count: ids.count)
        encoder.encode(reader)
        reader.unbind()
        table.findOrInsert(encoder, into: &numbers, newRows: &newRows)
        for row in newRows { setTree(numbers[Int(row)], OrderedIndex.Tree()) }
        for (place, row) in ids.enumerated() where counts(row) {
            var tree = tree(numbers[place])
            index.insert(rows.key(row), row, into: &tree)
            setTree(numbers[place], tree)
            rows.store.writableHeader(row).storeBytes(of: numbers[place], toByteOffset: offset, as: Int32.self)
        }
        for row in newRows where tree(numbers[Int(row)]).count == 0 { table.remove(numbers[Int(row)]) }
    }

    /// Lets a row go whose key is still kept.
    func remove(_ row: Int32) {
        let number = number(row)
        guard number >= 0 else { return }
        var tree = tree(number)
        guard let removed = index.remove(rows.key(row), from: &tree) else { return }
        index.release(removed.key)
        if tree.count == 0 { table.remove(number) } else { setTree(number, tree) }
    }

    @inline(__always)
    private func tree(_ number: Int32) -> OrderedIndex.Tree { table.payload(number).load(as: OrderedIndex.Tree.self) }
    @inline(__always)
    private func setTree(_ number: Int32, _ tree: OrderedIndex.Tree) {
        table.payload(number).storeBytes(of: tree, as: OrderedIndex.Tree.self)
    }

    /// The key of the last row of a value before `key`.
    func before(_ key: SortKey, _ number: Int32) -> SortKey? {
        let tree = tree(number)
        let place = index.position(key, in: tree)
        return place == 0 ? nil : index.key(index.cursor(at: place - 1, in: tree))
    }

    /// The key of the first row of a value behind those with `key`.
    func after(_ key: SortKey, _ number: Int32) -> SortKey? {
        let tree = tree(number)
        let place = index.position(key, orEqual: true, in: tree)
        return place >= tree.count ? nil : index.key(index.cursor(at: place, in: tree))
    }
}

/// count(DISTINCT …) over frames.
extension WindowFunctions {
    /// The distinct values of rows `lower..<upper`.
    private struct Counted {
        var lower: Int
        var upper: Int
        var count: Int64 = 0
        /// The rows at both ends.
        var first: OrderedIndex.Cursor
        var next: OrderedIndex.Cursor
    }

    /// Takes the changes of a step into the lists of values.
    func updateValues() {
        for row in rows.removed { for values in values { values.remove(row) } }
        var ids: [Int32] = []
        var partitions: [Int64] = []
        for partition in rows.changed {
            var link = partition.firstAdded
            let start = ids.count
            while link >= 0 {
                let row = rows.added[Int(link)]
                if row >= 0 { ids.append(row) }
                link = rows.addedNext[Int(link)]
            }
            // The list of a partition begins with its last row, but equal rows go in as they came.
            ids[start...].reverse()
            while partitions.count < ids.count { partitions.append(Int64(partition.group)) }
        }
        if !ids.isEmpty { for values in values { values.add(ids, partitions) } }
    }

    func countDistinct(_ plan: WindowPlan, _ values: WindowValues, _ range: Range<Int>, _ tree: OrderedIndex.Tree) {
        let (index, frame) = (rows.index, plan.frame)
        var cursor = index.cursor(at: max(range.lowerBound - 1, 0), in: tree)
        frame.begin(cursor, in: tree)
        var counted = Counted(
            lower: frame.lower, upper: frame.lower, first: index.cursor(at: frame.lower, in: tree),
            next: index.cursor(at: frame.lower, in: tree))
        if range.lowerBound > 0 {
            // The result of the row before is what it was: the count goes on from there.
            counted.upper = frame.upper
            counted.next = index.cursor(at: frame.upper, in: tree)
            counted.count = cells.word(rows.store.header(index.payload(cursor)), plan.number)
            index.advance(&cursor)
            frame.move(to: cursor)
        }
        while true {
            follow(values, &counted, frame.lower, frame.upper, tree)
            set(index.payload(cursor), plan, WindowCell(counted.count))
            index.advance(&cursor)
            if cursor.position >= range.upperBound { break }
            frame.move(to: cursor)
        }
    }

    private func follow(
        _ values: WindowValues, _ counted: inout Counted, _ lower: Int, _ upper: Int, _ tree: OrderedIndex.Tree
    ) {
        let index = rows.index
        if lower < counted.lower || upper < counted.upper || lower >= counted.upper {
            let start = index.cursor(at: lower, in: tree)
            counted = Counted(lower: lower, upper: lower, first: start, next: start)
        }
        while counted.upper < upper {
            let number = values.number(index.payload(counted.next))
            if number >= 0, !isCounted(values, number, counted, tree) { counted.count += 1 }
            index.advance(&counted.next)
            counted.upper += 1
        }
        while counted.lower < lower {
            let number = values.number(index.payload(counted.first))
            if number >= 0, !staysCounted(values, number, counted, tree) { counted.count -= 1 }
            index.advance(&counted.first)
            counted.lower += 1
        }
    }

    /// Whether a row before the one that enters has its value.
    private func isCounted(
        _ values: WindowValues, _ number: Int32, _ counted: Counted, _ tree: OrderedIndex.Tree
    ) -> Bool {
        if counted.upper == counted.lower { return false }
        let key = rows.index.key(counted.next)
        if rows.index.hasSeenEqualKeys, isEqual(key, at: counted.upper - 1, tree) { return true }
        guard let before = values.before(key, number) else { return false }
        return OrderedIndex.compare(before, rows.index.key(counted.first)) >= 0
    }

    /// Whether a row behind the one that leaves has its value.
    private func staysCounted(
        _ values: WindowValues, _ number: Int32, _ counted: Counted, _ tree: OrderedIndex.Tree
    ) -> Bool {
        if counted.lower + 1 == counted.upper { return false }
        let key = rows.index.key(counted.first)
        if rows.index.hasSeenEqualKeys, isEqual(key, at: counted.lower + 1, tree) { return true }
        guard let after = values.after(key, number) else { return false }
        if counted.upper >= tree.count { return true }
        let end = rows.index.key(counted.next)
        let order = OrderedIndex.compare(after, end)
        // Of equal rows some may be in the frame and some behind it.
        return order < 0 || order == 0 && isEqual(end, at: counted.upper - 1, tree)
    }

    private func isEqual(_ key: SortKey, at position: Int, _ tree: OrderedIndex.Tree) -> Bool {
        OrderedIndex.compare(rows.index.key(rows.index.cursor(at: position, in: tree)), key) == 0
    }
}
