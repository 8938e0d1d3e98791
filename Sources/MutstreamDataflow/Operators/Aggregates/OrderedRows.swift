import MutstreamColumnar

/// Ordered multisets of rows, one for each group, all in one store.
///
/// ```
/// row header: | left: 4 | right: 4 | height: 4 | 0: 4 | count: 8 | rows below: 8 | … |
///                                   | greatest count below: 8 |                            finds the most frequent
///                                   | arrival: 8 | left: 4 | right: 4 | height: 4 | 0: 4 |  in the order of arrival
/// ```
///
/// Each multiset is an AVL tree whose nodes are the rows of a ``RowStore``; a link is a row's id + 1, 0 is none.
///
/// **By value**: rows that cannot be told apart are one node with a count. They are in the order of the given items, then
/// of all columns, ascending with NULL last: what is kept depends on nothing but the multiset.
///
/// **By arrival**: in the order in which they were added. A retraction takes away the newest of the equal rows; a second
/// tree by value finds it. Rows retracted before they come have a count below 0 and are not seen.
///
/// Complexity: O(log n) a change, a search by rank, and a step of a traversal.
final class OrderedRows {
    enum Arrangement: Sendable, Hashable { case byValue, byArrival }

    /// Which rows are kept.
    enum Kept: Sendable, Hashable {
        case all
        /// Of input that never retracts.
        case first, last
        /// Of rows that are retracted in the order in which they were added: the first or the last, and those that can come to
        /// be it, since no better one was added behind them.
        case firstOfQueue, lastOfQueue
    }

    struct Settings: Sendable, Hashable {
        var arrangement = Arrangement.byValue
        /// Columns of the stored rows.
        var order: [SortItem] = []
        var findsMostFrequent = false
        /// Whether no row is ever retracted.
        var isAppendOnly = false
        var kept = Kept.all
    }

    /// Bytes of a group's record that hold its multiset: the roots of both trees. Zero: no rows.
    static let rootBytes = 8

    private static let countAt = 16
    static let sumAt = 24
    private static let maximumAt = 32
    private static let arrivalAt = 32
    /// Where the links of the tree by value are, in the order of arrival.
    private static let byValueLinks = 40
    private static let depthMax = 64

    private struct Comparison {
        let column: Int
        let physical: DataType.Physical
        let isDescending: Bool
        let nullsFirst: Bool
        let isExact: Bool
    }

    let settings: Settings
    let store: RowStore
    let reader = BatchReader()
    private let comparisons: UnsafeMutablePointer<Comparison>
    private let comparisonCount: Int
    /// The links from the root to where the last search ended, and which side was taken in each.
    let path: UnsafeMutablePointer<Int32>
    let sides: UnsafeMutablePointer<Int>
    let tracksMaximum: Bool
    /// Rows added so far.
    private var arrivals: Int64 = 0

    /// - Parameter types: of the rows that are kept.
    init(_ types: [DataType], _ settings: Settings) {
        self.settings = settings
        tracksMaximum = settings.findsMostFrequent
        precondition(!tracksMaximum || settings.arrangement == .byValue, "the most frequent is found by value")
        let isArrival = settings.arrangement == .byArrival
        store = RowStore(
            types, headerBytes: isArrival ? settings.isAppendOnly ? 40 : 56 : tracksMaximum ? 40 : 32)
        var list: [Comparison] = []
        if !isArrival {
            for item in settings.order {
                list.append(
                    Comparison(
                        column: item.column, physical: types[item.column].physical, isDescending: item.descending,
                        nullsFirst: item.nullsFirst, isExact: false))
            }
        }
        for (column, type) in types.enumerated() {
            // What the order pins down to the bit needs no second look.
            let isKnown = list.contains { $0.column == column } && type.physical != .double && type.physical != .interval
            if isKnown { continue }
            list.append(
                Comparison(column: column, physical: type.physical, isDescending: false, nullsFirst: false, isExact: true))
        }
        comparisonCount = list.count
        comparisons = .allocate(capacity: max(list.count, 1))
        for (index, comparison) in list.enumerated() { (comparisons + index).initialize(to: comparison) }
        path = .allocate(capacity: OrderedRows.depthMax)
        sides = .allocate(capacity: OrderedRows.depthMax)
    }

    deinit {
        comparisons.deallocate()
        path.deallocate()
        sides.deallocate()
    }

    /// Bytes of memory held.
    var bytes: Int { store.bytes }

    /// Whether two rows that are kept apart are one for SQL by their first column: 0.0 and -0.0, a month and thirty days.
    func areEqual(_ one: Int32, _ other: Int32) -> Bool {
        if one < 0 || store.isNull(one, 0) || store.isNull(other, 0) { return false }
        switch store.types[0].physical {
        case .double:
            return ValueOrder.compare(
                store.load(one, 0, as: Double.self), store.load(other, 0, as: Double.self), isExact: false) == 0
        case .interval:
            return store.load(one, 0, as: Interval.self).comparable == store.load(other, 0, as: Interval.self).comparable
        default: return false
        }
    }

    // MARK: Nodes

    @inline(__always)
    func node(_ link: Int32) -> UnsafeMutableRawPointer { store.writableHeader(link &- 1) }
    @inline(__always)
    func child(_ link: Int32, _ side: Int, _ links: Int) -> Int32 {
        store.header(link &- 1).load(fromByteOffset: links &+ side &* 4, as: Int32.self)
    }
    @inline(__always)
    func setChild(_ link: Int32, _ side: Int, _ links: Int, _ other: Int32) {
        node(link).storeBytes(of: other, toByteOffset: links &+ side &* 4, as: Int32.self)
    }
    @inline(__always)
    func height(_ link: Int32, _ links: Int) -> Int32 {
        link == 0 ? 0 : store.header(link &- 1).load(fromByteOffset: links &+ 8, as: Int32.self)
    }
    @inline(__always)
    func count(_ link: Int32) -> Int64 {
        store.header(link &- 1).load(fromByteOffset: OrderedRows.countAt, as: Int64.self)
    }
    @inline(__always)
    func setCount(_ link: Int32, _ count: Int64) {
        node(link).storeBytes(of: count, toByteOffset: OrderedRows.countAt, as: Int64.self)
    }
    @inline(__always)
    private func sum(_ link: Int32) -> Int64 {
        link == 0 ? 0 : store.header(link &- 1).load(fromByteOffset: OrderedRows.sumAt, as: Int64.self)
    }
    @inline(__always)
    private func maximum(_ link: Int32) -> Int64 {
        link == 0 ? 0 : store.header(link &- 1).load(fromByteOffset: OrderedRows.maximumAt, as: Int64.self)
    }
    @inline(__always)
    private func arrival(_ link: Int32) -> Int64 {
        store.header(link &- 1).load(fromByteOffset: OrderedRows.arrivalAt, as: Int64.self)
    }

    /// Computes height and sums of a node from its children.
    @inline(__always)
    func refresh(_ link: Int32, _ links: Int) {
        let (left, right) = (child(link, 0, links), child(link, 1, links))
        let at = node(link)
        at.storeBytes(of: 1 &+ max(height(left, links), height(right, links)), toByteOffset: links &+ 8, as: Int32.self)
        if links != 0 { return }
        let own = max(count(link), 0)
        at.storeBytes(of: own &+ sum(left) &+ sum(right), toByteOffset: OrderedRows.sumAt, as: Int64.self)
        if tracksMaximum {
            at.storeBytes(
                of: max(own, maximum(left), maximum(right)), toByteOffset: OrderedRows.maximumAt, as: Int64.self)
        }
    }

    // MARK: Order

    /// Below 0 where the bound batch's row comes before the node.
    @inline(__always)
    private func compare(_ row: Int, _ arrival: Int64, _ link: Int32, _ links: Int) -> Int {
        let isArrival = settings.arrangement == .byArrival
        if isArrival, links == 0 {
            let other = self.arrival(link)
            if arrival != other { return arrival < other ? -1 : 1 }
        }
        let order = compareValues(row, link &- 1)
        if order != 0 || !isArrival || links == 0 { return order }
        let other = self.arrival(link)
        return arrival == other ? 0 : arrival < other ? -1 : 1
    }

    private func compareValues(_ row: Int, _ id: Int32) -> Int {
        for index in 0..<comparisonCount {
            let item = comparisons + index
            let column = reader[item.pointee.column]
            let isNull = column.isNull(row)
            if isNull || store.isNull(id, item.pointee.column) {
                if isNull, store.isNull(id, item.pointee.column) { continue }
                return isNull == item.pointee.nullsFirst ? -1 : 1
            }
            var order: Int
            switch item.pointee.physical {
            case .bool:
                order = Int(column.load(row, as: UInt8.self)) &- Int(store.load(id, item.pointee.column, as: UInt8.self))
            case .int64:
                order = OrderedRows.compare(
                    column.load(row, as: Int64.self), store.load(id, item.pointee.column, as: Int64.self))
            case .decimal:
                order = OrderedRows.compare(
                    column.load(row, as: Int128.self), store.load(id, item.pointee.column, as: Int128.self))
            case .double:
                order = ValueOrder.compare(
                    column.load(row, as: Double.self), store.load(id, item.pointee.column, as: Double.self),
                    isExact: item.pointee.isExact)
            case .interval:
                order = ValueOrder.compare(
                    column.load(row, as: Interval.self), store.load(id, item.pointee.column, as: Interval.self),
                    isExact: item.pointee.isExact)
            case .text: order = ValueOrder.compare(column.text(row), store.text(id, item.pointee.column))
            }
            if order == 0 { continue }
            return item.pointee.isDescending ? -order : order
        }
        return 0
    }

    @inline(__always)
    private static func compare<T: Comparable>(_ lhs: T, _ rhs: T) -> Int { lhs < rhs ? -1 : lhs == rhs ? 0 : 1 }

    // MARK: Change

    /// Adds a row of the bound batch `weight` times, which may be negative, to the multiset whose roots are at `roots`.
    func add(_ row: Int, weight: Int64, to roots: UnsafeMutableRawPointer) {
        arrivals &+= 1
        switch settings.kept {
        case .all: break
        case .first, .last: return keepExtreme(row, arrivals, roots)
        case .firstOfQueue: return changeQueue(row, by: weight, best: 0, roots)
        case .lastOfQueue: return changeQueue(row, by: weight, best: 1, roots)
        }
        if settings.arrangement == .byValue || settings.isAppendOnly {
            change(row, arrivals, by: weight, roots)
        } else if weight > 0 {
            insertArrival(row, weight, roots)
        } else {
            removeArrival(row, weight, roots)
        }
    }

    private func keepExtreme(_ row: Int, _ arrival: Int64, _ roots: UnsafeMutableRawPointer) {
        let link = roots.load(as: Int32.self)
        if link != 0 {
            let order = compare(row, arrival, link, 0)
            if settings.kept == .first ? order >= 0 : order <= 0 { return }
            store.free(link &- 1)
        }
        let new = makeNode(row, arrival, 1)
        refresh(new, 0)
        roots.storeBytes(of: new, as: Int32.self)
    }

    /// - Parameter best: the side of the tree where the row is that counts. The oldest row is there, if it is kept.
    private func changeQueue(_ row: Int, by weight: Int64, best: Int, _ roots: UnsafeMutableRawPointer) {
        if weight < 0 {
            let oldest = outermost(best, roots)
            if oldest >= 0, compareValues(row, oldest) == 0 { change(row, arrivals, by: weight, roots) }
            return
        }
        while case let root = roots.load(as: Int32.self), root != 0 {
            var depth = 0
            path[0] = root
            while case let next = child(path[depth], 1 &- best, 0), next != 0 {
                sides[depth] = 1 &- best
                depth &+= 1
                path[depth] = next
            }
            let worst = path[depth]
            let order = compareValues(row, worst &- 1)
            if best == 0 ? order >= 0 : order <= 0 { break }
            let held = count(worst)
            setCount(worst, 0)
            unlink(depth &+ 1, 0, roots, change: 0 &- held)
            store.free(worst &- 1)
        }
        change(row, arrivals, by: weight, roots)
    }

    private func makeNode(_ row: Int, _ arrival: Int64, _ count: Int64) -> Int32 {
        let id = store.append(reader, row)
        precondition(id < Int32.max, "a store holds fewer than 2^31 rows")
        let link = id &+ 1
        let at = node(link)
        at.storeBytes(of: 0, as: UInt64.self)
        at.storeBytes(of: 1, toByteOffset: 8, as: UInt64.self)
        setCount(link, count)
        if settings.arrangement == .byArrival {
            at.storeBytes(of: arrival, toByteOffset: OrderedRows.arrivalAt, as: Int64.self)
            if !settings.isAppendOnly {
                at.storeBytes(of: 0, toByteOffset: OrderedRows.byValueLinks, as: UInt64.self)
                at.storeBytes(of: 1, toByteOffset: OrderedRows.byValueLinks + 8, as: UInt64.self)
            }
        }
        return link
    }

    /// Searches a tree; the path ends with the node if it is there.
    @inline(__always)
    private func search(_ row: Int, _ arrival: Int64, _ links: Int, _ root: Int32) -> (depth: Int, isFound: Bool) {
        var depth = 0
        var at = root
        while at != 0 {
            let order = compare(row, arrival, at, links)
            path[depth] = at
            if order == 0 { return (depth &+ 1, true) }
            sides[depth] = order < 0 ? 0 : 1
            at = child(at, sides[depth], links)
            depth &+= 1
        }
        return (depth, false)
    }

    /// Changes the count of a row in the first tree: makes its node or takes it out.
    private func change(_ row: Int, _ arrival: Int64, by weight: Int64, _ roots: UnsafeMutableRawPointer) {
        let (depth, isFound) = search(row, arrival, 0, roots.load(as: Int32.self))
        if !isFound {
            insert(makeNode(row, arrival, weight), depth, 0, roots)
            return
        }
        let link = path[depth &- 1]
        let old = count(link)
        let new = old &+ weight
        setCount(link, new)
        let change = max(new, 0) &- max(old, 0)
        if new != 0 { return rebalance(depth, 0, roots, change: change) }
        unlink(depth, 0, roots, change: change)
        store.free(link &- 1)
    }

    // MARK: By arrival, with retraction

    /// The newest of the rows that are equal to a row, 0: none.
    private func newest(_ row: Int, _ roots: UnsafeMutableRawPointer) -> Int32 {
        var at = roots.load(fromByteOffset: 4, as: Int32.self)
        var found: Int32 = 0
        while at != 0 {
            let order = compareValues(row, at &- 1)
            if order == 0 { found = at }
            at = child(at, order < 0 ? 0 : 1, OrderedRows.byValueLinks)
        }
        return found
    }

    private func insertArrival(_ row: Int, _ weight: Int64, _ roots: UnsafeMutableRawPointer) {
        let last = newest(row, roots)
        guard last != 0, count(last) < 0 else { return insertNew(row, weight, roots) }
        let sum = count(last) &+ weight
        setArrival(row, last, min(sum, 0), roots)
        if sum > 0 { insertNew(row, sum, roots) }
    }

    private func removeArrival(_ row: Int, _ weight: Int64, _ roots: UnsafeMutableRawPointer) {
        var rest = weight
        while rest < 0 {
            let last = newest(row, roots)
            if last == 0 { return insertNew(row, rest, roots) }
            let held = count(last)
            if held < 0 { return setArrival(row, last, held &+ rest, roots) }
            let taken = held >= rest.magnitude ? -rest : held
            setArrival(row, last, held &- taken, roots)
            rest &+= taken
        }
    }

    private func insertNew(_ row: Int, _ count: Int64, _ roots: UnsafeMutableRawPointer) {
        let link = makeNode(row, arrivals, count)
        let first = search(row, arrivals, 0, roots.load(as: Int32.self))
        insert(link, first.depth, 0, roots)
        let second = search(row, arrivals, OrderedRows.byValueLinks, roots.load(fromByteOffset: 4, as: Int32.self))
        insert(link, second.depth, OrderedRows.byValueLinks, roots)
    }

    /// Sets the count of a node that is equal to the row; 0 takes it out of both trees.
    private func setArrival(_ row: Int, _ link: Int32, _ count: Int64, _ roots: UnsafeMutableRawPointer) {
        let arrival = arrival(link)
        let first = search(row, arrival, 0, roots.load(as: Int32.self))
        precondition(first.isFound && path[first.depth - 1] == link, "a row is in both trees")
        let change = max(count, 0) &- max(self.count(link), 0)
        setCount(link, count)
        if count != 0 { return rebalance(first.depth, 0, roots, change: change) }
        unlink(first.depth, 0, roots, change: change)
        let second = search(row, arrival, OrderedRows.byValueLinks, roots.load(fromByteOffset: 4, as: Int32.self))
        precondition(second.isFound, "a row is in both trees")
        unlink(second.depth, OrderedRows.byValueLinks, roots, change: 0)
        store.free(link &- 1)
    }

    // MARK: Search

    /// How many rows a multiset has.
    @inline(__always)
    func total(_ roots: UnsafeRawPointer) -> Int64 { sum(roots.load(as: Int32.self)) }

    /// The id of the row at a position from 0 to the total, counted with multiplicity; -1 outside.
    func row(at position: Int64, _ roots: UnsafeRawPointer) -> Int32 {
        var at = roots.load(as: Int32.self)
        guard position >= 0, position < sum(at) else { return -1 }
        var rest = position
        while true {
            let left = child(at, 0, 0)
            let before = sum(left)
            if rest < before {
                at = left
                continue
            }
            rest &-= before
            let own = max(count(at), 0)
            if rest < own { return at &- 1 }
            rest &-= own
            at = child(at, 1, 0)
        }
    }

    /// The id of the first row (side 0) or the last (1); -1: there is none.
    func outermost(_ side: Int, _ roots: UnsafeRawPointer) -> Int32 {
        var at = roots.load(as: Int32.self)
        if at == 0 { return -1 }
        while case let next = child(at, side, 0), next != 0 { at = next }
        if count(at) > 0 { return at &- 1 }
        // It was taken back before it came.
        return row(at: side == 0 ? 0 : total(roots) &- 1, roots)
    }

    /// The id of the first of the most frequent rows; -1: there is none.
    func mostFrequent(_ roots: UnsafeRawPointer) -> Int32 {
        var at = roots.load(as: Int32.self)
        let wanted = maximum(at)
        guard wanted > 0 else { return -1 }
        while true {
            let left = child(at, 0, 0)
            if maximum(left) == wanted {
                at = left
            } else if count(at) == wanted {
                return at &- 1
            } else {
                at = child(at, 1, 0)
            }
        }
    }

    /// Calls `body` with the id and count of each row in order, until it says no.
    @inline(__always)
    func forEach(_ roots: UnsafeRawPointer, _ body: (_ id: Int32, _ count: Int64) -> Bool) {
        // The path is free between changes.
        var depth = 0
        var at = roots.load(as: Int32.self)
        while at != 0 || depth > 0 {
            while at != 0 {
                path[depth] = at
                depth &+= 1
                at = child(at, 0, 0)
            }
            depth &-= 1
            at = path[depth]
            if count(at) > 0, !body(at &- 1, count(at)) { return }
            at = child(at, 1, 0)
        }
    }

    /// Forgets a multiset.
    func removeAll(_ roots: UnsafeMutableRawPointer) {
        var at = roots.load(as: Int32.self)
        // Left children are turned to the right until there is a list.
        while at != 0 {
            let left = child(at, 0, 0)
            if left != 0 {
                setChild(at, 0, 0, child(left, 1, 0))
                setChild(left, 1, 0, at)
                at = left
            } else {
                let next = child(at, 1, 0)
                store.free(at &- 1)
                at = next
            }
        }
        roots.storeBytes(of: 0, as: UInt64.self)
    }
}

// MARK: - State

extension OrderedRows {
    func code(_ coder: StateCoder) throws(StateDamage) {
        try store.code(coder)
        try coder.code(&arrivals)
    }
}
