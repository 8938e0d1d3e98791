import MutstreamColumnar

/// ASOF JOIN: each left row with the one right row of its key that is nearest in time, on one side of it.
///
/// ```
/// right    1 ------------ 2 ---- 3 ----------
/// left         a   b              c     d             a 1   b 1   c 3   d 3      (l.at >= r.at)
/// ```
///
/// Of right rows of one time the last that came counts. **Maintained**: a right row that comes or goes changes the pairs of
/// the left rows between it and its neighbour. **Arrival**: a left row meets the right rows that are there when it comes,
/// and its pair is never revised.
///
/// The inputs are interleaved by ordinal, at equal ordinals the right one first where left rows arrive, else the left one
/// first; so any division into steps gives the same rows in the same order.
///
/// **Output**: left columns, then right ones, NULL where `keepsLeft` shows a left row without a partner; the ordinal is that
/// of the cause. Progress is the least of both inputs, or that of the left one where its rows arrive. **State**: both
/// sides (left rows only if maintained). With `expires` left rows go when the right watermark has passed them, and right
/// rows when both watermarks have passed a later one of their key; with `forgetting` rows go when nothing has touched
/// their key for so long. Complexity: O(log n) a row, and the pairs that change.
package final class AsofJoin: Operator {
    /// Which right row a left row takes.
    package struct Rule: Sendable, Hashable {
        /// The last one before it; else the first one after it.
        package var isBackward: Bool
        /// One of the same time will do.
        package var orEqual: Bool

        package init(isBackward: Bool, orEqual: Bool) {
            self.isBackward = isBackward
            self.orEqual = orEqual
        }
    }

    /// As ``RowHeader``, and `| of a left row its match; of a right one 0, or 1 where no bucket has it: 4 | - : 4 |`.
    static let matchAt = RowHeader.timedBytes
    private static let headerBytes = RowHeader.timedBytes + 8

    private let rule: Rule
    let keepsLeft: Bool
    private let arrives: Bool
    private let expires: Bool
    /// Payload: `| left list: 8 | right list: 8 |`
    let table = KeyTable(payloadBytes: 16)
    let lists = TimeLists()
    let left: Side
    let right: Side
    let forgetting: MaintainedJoin.Forgetting?
    var idle: IdleKeys?
    var vacated: [Int32] = []
    private var out = Output()

    /// One input and what is kept of it.
    final class Side {
        let store: RowStore
        let time: Int
        let keys: KeyEncoder
        let reader = BatchReader()
        let buckets: TimeBuckets?
        /// Where its list lies in the payload of a key.
        let listAt: Int
        var groups: [Int32] = []
        var newRows: [Int32] = []
        var freed: [Int32] = []
        /// Rows with a weight below 0.
        var debts = 0

        init(_ types: [DataType], _ keys: [Int], _ time: Int, listAt: Int, expires: Bool) {
            store = RowStore(types, headerBytes: AsofJoin.headerBytes)
            self.keys = KeyEncoder(columns: keys, nulls: .reject)
            self.time = time
            self.listAt = listAt
            // Rows that are needed for ever so long: buckets of about a second.
            buckets = expires ? TimeBuckets(store, span: 32_000_000) : nil
        }
    }

    private struct Output {
        var left: [Int32] = []
        var right: [Int32] = []
        var weights: [Int64] = []
        var ordinals: [Int64] = []
    }

    /// - Parameters:
    ///   - leftKeys: columns that equal `rightKeys`, one for one, of the same type. Both may be empty.
    ///   - leftTime, rightTime: the columns that are compared, both TIMESTAMP or the like.
    ///   - arrives: whether left rows are answered once, when they come.
    ///   - expires: whether both inputs are append-only and their watermarks speak of these times.
    ///   - forgetting: which rows go when nothing has touched their key for so long; left ones only if maintained. What a
    ///     watermark has made final is never taken back.
    package init(
        leftTypes: [DataType], rightTypes: [DataType], leftKeys: [Int], rightKeys: [Int], leftTime: Int, rightTime: Int,
        rule: Rule, keepsLeft: Bool, arrives: Bool = false, expires: Bool = false,
        forgetting: MaintainedJoin.Forgetting? = nil
    ) {
        precondition(leftKeys.count == rightKeys.count, "key columns come in pairs")
        self.rule = rule
        self.keepsLeft = keepsLeft
        self.arrives = arrives
        self.forgetting = forgetting
        idle = forgetting.map { IdleKeys(timeToLive: $0.timeToLive) }
        self.expires = expires && rule.isBackward
        left = Side(leftTypes, leftKeys, leftTime, listAt: 0, expires: self.expires && !arrives)
        right = Side(rightTypes, rightKeys, rightTime, listAt: 8, expires: self.expires)
    }

    package var stateSize: StateSize {
        StateSize(
            rows: left.store.count + right.store.count,
            bytes: left.store.bytes + right.store.bytes + lists.index.bytes + table.bytes + (left.buckets?.bytes ?? 0)
                + (right.buckets?.bytes ?? 0) + (idle?.bytes ?? 0))
    }

    package var wantsEveryStep: Bool { idle?.isEmpty == false }
    package var wakesAt: Int64? { idle?.wakesAt }

    package func code(_ coder: StateCoder) throws(StateDamage) {
        try table.code(coder)
        try lists.index.code(coder)
        for side in [left, right] {
            try side.store.code(coder)
            try side.buckets?.code(coder)
            try coder.code(&side.debts)
        }
        try idle?.code(coder)
    }

    package func pacemakers(of port: Int, among count: Int) -> [Int] { arrives ? [0] : [0, 1] }

    package var ordinalSense: OrdinalSense { arrives ? .others(driver: 0) : .none }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        let minimum = Progress.minimum(inputs[0].progress, inputs[1].progress)
        outputs[0].progress = arrives ? inputs[0].progress : minimum
        let (lhs, rhs) = (inputs[0].batch, inputs[1].batch)
        if idle != nil { forgetIdle(lhs, rhs, context) }
        bind(left, lhs)
        bind(right, rhs)
        interleave(lhs, rhs)
        emit(&outputs[0])
        release(left)
        release(right)
        if expires {
            if !arrives { expireLeft(inputs[1].progress.end) }
            expireRight(arrives ? inputs[0].progress.end : minimum.end)
        }
        sweep()
    }

    private func bind(_ side: Side, _ batch: Batch) {
        if batch.isEmpty { return }
        side.reader.bind(batch)
        side.keys.encode(side.reader)
        table.findOrInsert(side.keys, into: &side.groups, newRows: &side.newRows)
        for row in side.newRows {
            let payload = table.payload(side.groups[Int(row)])
            payload.storeBytes(of: OrderedIndex.Tree(), as: OrderedIndex.Tree.self)
            payload.storeBytes(of: OrderedIndex.Tree(), toByteOffset: 8, as: OrderedIndex.Tree.self)
            vacated.append(side.groups[Int(row)])
        }
        idle?.touch(side.groups, batch)
    }

    private func interleave(_ lhs: Batch, _ rhs: Batch) {
        var (i, j) = (0, 0)
        while i < lhs.count || j < rhs.count {
            let takesLeft: Bool
            if i == lhs.count {
                takesLeft = false
            } else if j == rhs.count {
                takesLeft = true
            } else {
                let (own, other) = (lhs.ordinals[i], rhs.ordinals[j])
                takesLeft = arrives ? own < other : own <= other
            }
            if takesLeft {
                addLeft(i, lhs.weight(i), lhs.ordinals[i])
                i += 1
            } else {
                addRight(j, rhs.weight(j), rhs.ordinals[j])
                j += 1
            }
        }
    }

    // MARK: Lists

    func tree(_ group: Int32, _ side: Side) -> OrderedIndex.Tree {
        table.payload(group).load(fromByteOffset: side.listAt, as: OrderedIndex.Tree.self)
    }

    func setTree(_ tree: OrderedIndex.Tree, _ group: Int32, _ side: Side) {
        table.payload(group).storeBytes(of: tree, toByteOffset: side.listAt, as: OrderedIndex.Tree.self)
        if tree.count == 0 { vacated.append(group) }
    }

    func match(_ row: Int32) -> Int32 { match(row, of: left) }

    func match(_ row: Int32, of side: Side) -> Int32 {
        side.store.header(row).load(fromByteOffset: AsofJoin.matchAt, as: Int32.self)
    }

    func setMatch(_ row: Int32, _ match: Int32) {
        left.store.writableHeader(row).storeBytes(of: match, toByteOffset: AsofJoin.matchAt, as: Int32.self)
    }

    /// Puts in a row of the batch, or sets it off against equal ones.
    /// - Parameter took: told of each kept row that loses weight, and how much.
    /// - Returns: the row that was put in; nil where nothing had to be.
    private func change(
        _ side: Side, _ row: Int, _ group: Int32, _ time: Int64, _ weight: Int64, _ took: (Int32, Int64) -> Void
    ) -> Int32? {
        var tree = tree(group, side)
        var rest = weight
        if weight < 0 || side.debts > 0 {
            var cursor = lists.cursor(from: time, in: tree)
            while rest != 0, cursor.position < tree.count, lists.time(cursor) == time {
                let other = lists.index.payload(cursor)
                let held = side.store.weight(other)
                guard (held ^ rest) < 0, side.store.equals(other, side.reader, row) else {
                    lists.index.advance(&cursor)
                    continue
                }
                let sum = held &+ rest
                let isKept = sum != 0 && (sum ^ held) >= 0
                let part = isKept ? rest : 0 &- held
                took(other, part)
                rest = rest &- part
                if held < 0, !isKept { side.debts -= 1 }
                side.store.setWeight(other, held &+ part)
                if isKept { break }
                // The cursor's place is that of the next row now.
                let position = cursor.position
                lists.remove(at: position, from: &tree)
                side.buckets?.remove(other)
                side.freed.append(other)
                cursor = lists.index.cursor(at: position, in: tree)
            }
        }
        defer { setTree(tree, group, side) }
        if rest == 0 { return nil }
        let id = side.store.append(side.reader, row)
        side.store.setWeight(id, rest)
        let header = side.store.writableHeader(id)
        header.storeBytes(of: group, toByteOffset: 16, as: Int32.self)
        header.storeBytes(of: 0, toByteOffset: AsofJoin.matchAt, as: Int32.self)
        if rest < 0 { side.debts += 1 }
        lists.insert(id, time, into: &tree)
        side.buckets?.add(id, time)
        return id
    }

    /// The right row for a left row of this time, -1 for none.
    private func partner(_ time: Int64, _ orEqual: Bool, _ group: Int32) -> Int32 {
        let tree = tree(group, right)
        if rule.isBackward {
            var position = orEqual ? lists.count(upTo: time, in: tree) : lists.count(before: time, in: tree)
            while position > 0 {
                position -= 1
                let row = lists.index.payload(lists.index.cursor(at: position, in: tree))
                if right.store.weight(row) > 0 { return row }
            }
            return -1
        }
        let first = orEqual ? lists.count(before: time, in: tree) : lists.count(upTo: time, in: tree)
        var cursor = lists.index.cursor(at: first, in: tree)
        var (found, foundTime): (Int32, Int64) = (-1, 0)
        while cursor.position < tree.count {
            let own = lists.time(cursor)
            // Of one time the last that came.
            if found >= 0, own != foundTime { break }
            let row = lists.index.payload(cursor)
            if right.store.weight(row) > 0 { (found, foundTime) = (row, own) }
            lists.index.advance(&cursor)
        }
        return found
    }

    // MARK: Changes

    private func addLeft(_ row: Int, _ weight: Int64, _ ordinal: Int64) {
        let group = left.groups[row]
        if group < 0 || left.reader[left.time].isNull(row) {
            if keepsLeft { pass(row, -1, weight, ordinal) }
            return
        }
        let time = left.reader[left.time].load(row, as: Int64.self)
        if arrives {
            let partner = partner(time, rule.orEqual, group)
            if partner >= 0 || keepsLeft { pass(row, partner, weight, ordinal) }
            return
        }
        let added = change(left, row, group, time, weight) { id, part in write(id, match(id), part, ordinal) }
        guard let added else { return }
        let partner = partner(time, rule.orEqual, group)
        setMatch(added, partner)
        write(added, partner, left.store.weight(added), ordinal)
    }

    /// A left row that is not kept.
    private func pass(_ row: Int, _ partner: Int32, _ weight: Int64, _ ordinal: Int64) {
        let id = left.store.append(left.reader, row)
        left.freed.append(id)
        write(id, partner, weight, ordinal)
    }

    private func addRight(_ row: Int, _ weight: Int64, _ ordinal: Int64) {
        let group = right.groups[row]
        if group < 0 || right.reader[right.time].isNull(row) { return }
        let time = right.reader[right.time].load(row, as: Int64.self)
        _ = change(right, row, group, time, weight) { _, _ in }
        if !arrives { revise(group, around: time, ordinal) }
    }

    /// Gives the left rows that a right row of this time could be for the partner that they have now.
    private func revise(_ group: Int32, around time: Int64, _ ordinal: Int64) {
        let (leftTree, rightTree) = (tree(group, left), tree(group, right))
        if leftTree.count == 0 { return }
        let range: Range<Int>
        if rule.isBackward {
            var cursor = lists.index.cursor(at: lists.count(upTo: time, in: rightTree), in: rightTree)
            while cursor.position < rightTree.count, right.store.weight(lists.index.payload(cursor)) <= 0 {
                lists.index.advance(&cursor)
            }
            let next = cursor.position < rightTree.count ? lists.time(cursor) : nil
            let first = rule.orEqual ? lists.count(before: time, in: leftTree) : lists.count(upTo: time, in: leftTree)
            var end = leftTree.count
            if let next {
                end = rule.orEqual ? lists.count(before: next, in: leftTree) : lists.count(upTo: next, in: leftTree)
            }
            range = first..<max(first, end)
        } else {
            var cursor = lists.cursor(from: time, in: rightTree)
            var previous: Int64?
            while cursor.position > 0, previous == nil {
                lists.index.retreat(&cursor, in: rightTree)
                if right.store.weight(lists.index.payload(cursor)) > 0 { previous = lists.time(cursor) }
            }
            let end = rule.orEqual ? lists.count(upTo: time, in: leftTree) : lists.count(before: time, in: leftTree)
            var first = 0
            if let previous {
                first =
                    rule.orEqual ? lists.count(upTo: previous, in: leftTree) : lists.count(before: previous, in: leftTree)
            }
            range = min(first, end)..<end
        }
        if range.isEmpty { return }
        let partner = partner(time, true, group)
        var cursor = lists.index.cursor(at: range.lowerBound, in: leftTree)
        for _ in range {
            let row = lists.index.payload(cursor)
            let old = match(row)
            if old != partner {
                let weight = left.store.weight(row)
                write(row, old, 0 &- weight, ordinal)
                write(row, partner, weight, ordinal)
                setMatch(row, partner)
            }
            lists.index.advance(&cursor)
        }
    }

    @inline(__always)
    func write(_ row: Int32, _ partner: Int32, _ weight: Int64, _ ordinal: Int64) {
        if partner < 0, !keepsLeft { return }
        out.left.append(row)
        out.right.append(partner)
        out.weights.append(weight)
        out.ordinals.append(ordinal)
    }

    private func emit(_ output: inout Delta) {
        if out.left.isEmpty { return }
        output.batch = Batch(
            columns: left.store.columns(out.left) + right.store.columns(out.right), count: out.left.count,
            weights: out.weights.allSatisfy { $0 == 1 } ? nil : out.weights, ordinals: Ordinals(out.ordinals))
        out.left.removeAll(keepingCapacity: true)
        out.right.removeAll(keepingCapacity: true)
        out.weights.removeAll(keepingCapacity: true)
        out.ordinals.removeAll(keepingCapacity: true)
    }

    private func release(_ side: Side) {
        for row in side.freed { side.store.free(row) }
        side.freed.removeAll(keepingCapacity: true)
        side.reader.unbind()
    }
}
