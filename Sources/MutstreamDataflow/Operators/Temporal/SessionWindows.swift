import MutstreamColumnar

/// SESSION, maintained: each row with the start and the end of its session, kept up to date as rows come and go.
///
/// A session holds the rows of a key of which each is less than `gap` after the one before it; it ends `gap` after the
/// last one. A row that bridges two sessions makes them one: their rows are retracted with the old windows and inserted
/// with the new one. A row that goes may split a session.
///
/// ```
/// gap 3      a . b . . . c           [a, b+3)  [c, c+3)
///            a . b . d . c           [a, c+3)
/// ```
///
/// **Output**: the input's columns, then the session's start and end; the net changes of a step, of one key with the
/// ordinal of its last change. The integrated output equals the batch query after every step. **State**: all rows; with
/// `frees`, those of sessions that the watermark has not passed. Complexity: O(log n) a change, and the rows of the
/// sessions that changed.
package final class SessionWindows: Operator {
    /// `| weight: 8 | shown weight: 8 | shown start: 8 | shown end: 8 |`
    private static let headerBytes = 32

    private let time: Int
    private let gap: Int64
    private let frees: Bool
    private let keys: KeyEncoder
    /// Payload: `| list: 8 | place among the touched + 1: 8 |`
    private let table = KeyTable(payloadBytes: 16)
    private let store: RowStore
    private let lists = TimeLists()
    private let reader = BatchReader()
    private var groups: [Int32] = []
    private var newRows: [Int32] = []
    private var touched: [Touched] = []
    private var timers = TimerHeap()
    /// Rows with a weight below 0: retractions of what has not come yet.
    private var debts = 0
    private var run: [Int32] = []
    private var out = Output()

    /// A key that the step changes.
    private struct Touched {
        var group: Int32
        /// Of the last change.
        var ordinal: Int64
        var times: [Int64]
        /// Rows that have gone.
        var vacated: [(row: Int32, time: Int64)] = []
    }

    private struct Output {
        var rows: [Int32] = []
        var weights: [Int64] = []
        var starts: [Int64] = []
        var ends: [Int64] = []
        var ordinals: [Int64] = []

        mutating func append(_ row: Int32, _ weight: Int64, _ start: Int64, _ end: Int64, _ ordinal: Int64) {
            rows.append(row)
            weights.append(weight)
            starts.append(start)
            ends.append(end)
            ordinals.append(ordinal)
        }

        mutating func removeAll() {
            rows.removeAll(keepingCapacity: true)
            weights.removeAll(keepingCapacity: true)
            starts.removeAll(keepingCapacity: true)
            ends.removeAll(keepingCapacity: true)
            ordinals.removeAll(keepingCapacity: true)
        }
    }

    /// - Parameters:
    ///   - time: the column of the time; rows in which it is NULL vanish.
    ///   - partition: the key's columns; NULL is a value.
    ///   - gap: in microseconds, greater than 0.
    ///   - frees: whether sessions that the watermark has passed never change again.
    package init(types: [DataType], time: Int, partition: [Int], gap: Int64, frees: Bool) {
        self.time = time
        self.gap = gap
        self.frees = frees
        keys = KeyEncoder(columns: partition, nulls: .value)
        store = RowStore(types, headerBytes: SessionWindows.headerBytes)
    }

    package var stateSize: StateSize {
        StateSize(rows: store.count, bytes: store.bytes + lists.index.bytes + table.bytes + timers.bytes)
    }

    package func code(_ coder: StateCoder) throws(StateDamage) {
        try store.code(coder)
        try lists.index.code(coder)
        try table.code(coder)
        try timers.code(coder)
        try coder.code(&debts)
    }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        outputs[0].progress = inputs[0].progress
        if !inputs[0].batch.isEmpty {
            apply(inputs[0].batch)
            var order = Array(touched.indices)
            order.sort { (touched[$0].ordinal, $0) < (touched[$1].ordinal, $1) }
            for place in order { settle(touched[place]) }
            emit(&outputs[0])
            for one in touched { endStep(one) }
            touched.removeAll(keepingCapacity: true)
        }
        if frees { expire(inputs[0].progress.end) }
    }

    // MARK: Rows

    private func weight(_ row: Int32) -> Int64 { store.header(row).load(as: Int64.self) }
    private func setWeight(_ row: Int32, _ weight: Int64) {
        let old = self.weight(row)
        if old < 0, weight >= 0 { debts -= 1 }
        if old >= 0, weight < 0 { debts += 1 }
        store.writableHeader(row).storeBytes(of: weight, as: Int64.self)
    }
    private func shown(_ row: Int32) -> (weight: Int64, start: Int64, end: Int64) {
        let header = store.header(row)
        return (
            header.load(fromByteOffset: 8, as: Int64.self), header.load(fromByteOffset: 16, as: Int64.self),
            header.load(fromByteOffset: 24, as: Int64.self)
        )
    }
    private func setShown(_ row: Int32, _ weight: Int64, _ start: Int64, _ end: Int64) {
        let header = store.writableHeader(row)
        header.storeBytes(of: weight, toByteOffset: 8, as: Int64.self)
        header.storeBytes(of: start, toByteOffset: 16, as: Int64.self)
        header.storeBytes(of: end, toByteOffset: 24, as: Int64.self)
    }

    private func tree(_ group: Int32) -> OrderedIndex.Tree { table.payload(group).load(as: OrderedIndex.Tree.self) }

    private func apply(_ batch: Batch) {
        reader.bind(batch)
        defer { reader.unbind() }
        keys.encode(reader)
        table.findOrInsert(keys, into: &groups, newRows: &newRows)
        for row in newRows {
            let payload = table.payload(groups[Int(row)])
            payload.storeBytes(of: OrderedIndex.Tree(), as: OrderedIndex.Tree.self)
            payload.storeBytes(of: 0, toByteOffset: 8, as: Int64.self)
        }
        for row in 0..<batch.count {
            let place = place(groups[row], batch.ordinals[row])
            if reader[time].isNull(row) { continue }
            let time = reader[time].load(row, as: Int64.self)
            touched[place].times.append(time)
            change(row, time, batch.weight(row), place)
        }
    }

    /// Where a key is among the touched.
    private func place(_ group: Int32, _ ordinal: Int64) -> Int {
        let payload = table.payload(group)
        let known = Int(payload.load(fromByteOffset: 8, as: Int64.self))
        if known > 0 {
            touched[known - 1].ordinal = max(touched[known - 1].ordinal, ordinal)
            return known - 1
        }
        touched.append(Touched(group: group, ordinal: ordinal, times: []))
        payload.storeBytes(of: Int64(touched.count), toByteOffset: 8, as: Int64.self)
        return touched.count - 1
    }

    private func change(_ row: Int, _ time: Int64, _ weight: Int64, _ place: Int) {
        let payload = table.payload(touched[place].group)
        var tree = payload.load(as: OrderedIndex.Tree.self)
        var rest = weight
        if weight < 0 || debts > 0 {
            // Sets it off against equal rows of the other sign.
            var cursor = lists.cursor(from: time, in: tree)
            while rest != 0, cursor.position < tree.count, lists.time(cursor) == time {
                let other = lists.index.payload(cursor)
                let held = self.weight(other)
                if held != 0, (held ^ rest) < 0, store.equals(other, reader, row) {
                    let sum = held &+ rest
                    let isSettled = sum == 0 || (sum ^ held) >= 0
                    setWeight(other, isSettled ? sum : 0)
                    rest = isSettled ? 0 : sum
                    if self.weight(other) == 0 { touched[place].vacated.append((other, time)) }
                }
                lists.index.advance(&cursor)
            }
            if rest == 0 { return }
        }
        let id = store.append(reader, row)
        store.writableHeader(id).storeBytes(of: 0, as: Int64.self)
        setWeight(id, rest)
        setShown(id, 0, 0, 0)
        lists.insert(id, time, into: &tree)
        payload.storeBytes(of: tree, as: OrderedIndex.Tree.self)
    }

    // MARK: Sessions

    /// Finds the sessions around the changed times and shows what they have become.
    private func settle(_ key: Touched) {
        let tree = tree(key.group)
        var seen: Int64?
        for time in key.times.sorted() {
            if let seen, time <= seen { continue }
            seen = scan(tree, time, key)
        }
    }

    /// - Returns: up to which time all sessions are known.
    private func scan(_ tree: OrderedIndex.Tree, _ time: Int64, _ key: Touched) -> Int64 {
        var begin = lists.cursor(from: time, in: tree)
        var back = begin
        var anchor = time
        while back.position > 0 {
            lists.index.retreat(&back, in: tree)
            if weight(lists.index.payload(back)) <= 0 { continue }
            let earlier = lists.time(back)
            if TimeLists.isApart(earlier, anchor, by: gap) { break }
            begin = back
            anchor = earlier
        }
        var (first, last) = (time, time)
        var seen = time
        run.removeAll(keepingCapacity: true)
        while begin.position < tree.count {
            let row = lists.index.payload(begin)
            let own = lists.time(begin)
            lists.index.advance(&begin)
            if weight(row) <= 0 {
                withdraw(row, key.ordinal)
                continue
            }
            if run.isEmpty || TimeLists.isApart(last, own, by: gap) {
                close(first, last, key)
                if own > time, TimeLists.isApart(time, own, by: gap) { return seen }
                first = own
            }
            run.append(row)
            last = own
            seen = max(seen, own)
        }
        close(first, last, key)
        return seen
    }

    /// Shows the rows of a session that are not shown so.
    private func close(_ first: Int64, _ last: Int64, _ key: Touched) {
        if run.isEmpty { return }
        let end = last.addingClamped(gap)
        for row in run {
            let (weight, shown) = (weight(row), shown(row))
            if shown.weight != 0, shown.start == first, shown.end == end {
                if shown.weight == weight { continue }
                out.append(row, weight &- shown.weight, first, end, key.ordinal)
            } else {
                withdraw(row, key.ordinal)
                out.append(row, weight, first, end, key.ordinal)
            }
            setShown(row, weight, first, end)
        }
        run.removeAll(keepingCapacity: true)
        if frees { timers.push(TimerHeap.Timer(time: end, serial: 0, subject: key.group)) }
    }

    private func withdraw(_ row: Int32, _ ordinal: Int64) {
        let shown = shown(row)
        if shown.weight == 0 { return }
        out.append(row, 0 &- shown.weight, shown.start, shown.end, ordinal)
        setShown(row, 0, 0, 0)
    }

    private func emit(_ output: inout Delta) {
        if out.rows.isEmpty { return }
        output.batch = Batch(
            columns: store.columns(out.rows) + [.int64(out.starts), .int64(out.ends)], count: out.rows.count,
            weights: out.weights.allSatisfy { $0 == 1 } ? nil : out.weights, ordinals: Ordinals(out.ordinals))
        out.removeAll()
    }

    private func endStep(_ key: Touched) {
        let payload = table.payload(key.group)
        payload.storeBytes(of: 0, toByteOffset: 8, as: Int64.self)
        var tree = payload.load(as: OrderedIndex.Tree.self)
        for (row, time) in key.vacated where weight(row) == 0 {
            // A row may have gone, come and gone again.
            let before = tree.count
            lists.remove(row, time, from: &tree)
            if tree.count < before { store.free(row) }
        }
        payload.storeBytes(of: tree, as: OrderedIndex.Tree.self)
        if tree.count == 0 { table.remove(key.group) }
    }

    // MARK: Time

    /// Forgets the sessions that the watermark has passed.
    private func expire(_ watermark: Int64) {
        while let timer = timers.pop(due: watermark) {
            // The key may have gone, and its number may be that of another one: what is looked at is the rows.
            var tree = tree(timer.subject)
            if tree.count == 0 { continue }
            while let rows = expired(tree, watermark) {
                for _ in 0..<rows {
                    let row = lists.remove(at: 0, from: &tree)
                    if weight(row) < 0 { debts -= 1 }
                    store.free(row)
                }
            }
            table.payload(timer.subject).storeBytes(of: tree, as: OrderedIndex.Tree.self)
            if tree.count == 0 { table.remove(timer.subject) }
        }
    }

    /// How many rows the first session has, if it has ended.
    private func expired(_ tree: OrderedIndex.Tree, _ watermark: Int64) -> Int? {
        if tree.count == 0 { return nil }
        var cursor = lists.index.cursor(at: 0, in: tree)
        var last = lists.time(cursor)
        while cursor.position < tree.count {
            let own = lists.time(cursor)
            if TimeLists.isApart(last, own, by: gap) { break }
            last = own
            lists.index.advance(&cursor)
        }
        return last.addingClamped(gap) <= watermark ? cursor.position : nil
    }
}
