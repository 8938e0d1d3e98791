import MutstreamColumnar

/// One input of a join and what the join keeps of it: weighted rows, in a chain for each key.
///
/// ```
/// JoinKeys: key -> head, tail of a chain
/// RowStore: row -> next, previous, weight …        in insertion order
/// ```
///
/// A retraction takes away an equal row; one of a row that is not there is kept with its negative weight until it comes.
/// Where retractions meet long chains, a ``RowIndex`` finds equal rows, so that each costs O(1) on average.
/// Rows that leave within a step keep their memory until ``freeDeparted()``, so that outputs can be gathered first.
final class JoinSide {
    let store: RowStore
    let keys: JoinKeys
    let chain: Int
    /// Which partners a row has in time: partner's time - own time lies between them; nil: no bound.
    let reach: (lower: Int64?, upper: Int64?)
    /// How far rows may lie behind their watermark.
    let slack: Int64
    private let encoder: KeyEncoder
    /// Key columns in which NULL is no value, where others are compared as IS NOT DISTINCT FROM does.
    private let rejecting: [Int]
    private let reader = BatchReader()
    private let timeColumn: Int?
    private let buckets: TimeBuckets?
    let countsAt: Int?
    /// Kept rows with a weight below 0.
    private var negatives = 0

    /// Rows of the step.
    private(set) var count = 0
    /// The group of each of the step's rows, -1 for those that cannot match.
    private(set) var groups: UnsafeMutablePointer<Int32>
    private(set) var weights: UnsafeMutablePointer<Int64>
    private(set) var ordinals: UnsafeMutablePointer<Int64>
    /// The ids of this step's rows, where all were appended at once.
    private var ids: UnsafeMutablePointer<Int32>
    private var capacity = 64
    private var allRows: [Int32] = []
    private var appended: [Int32] = []
    /// The step's batch, if results name this side's rows by their place in it.
    private var driving: Batch?
    private(set) var isDriving = false
    private var isAppended = false
    /// Nothing but a link has to be made for a row of this step.
    private var isPlain = false
    private var freed: [Int32] = []

    /// Rows whose weight the last ``apply(_:weight:)`` changed, where matches are counted by row.
    private(set) var touched: [Int32] = []
    /// Whether the row that ``apply(_:weight:)`` gave was not there before.
    private(set) var isNew = false

    /// Of no meaning: keeps ``warm(_:)`` from being optimized away.
    private var warmth: Int32 = 0

    private var index: RowIndex?
    private let wholeRows: KeyEncoder
    /// Rows that were looked at in vain.
    private var scanned = 0

    /// - Parameters:
    ///   - chain: which chain of `joinKeys` is this side's.
    ///   - nullSafe: for each key whether NULL is equal to NULL; empty: for none.
    ///   - time: the TIMESTAMP column that `reach` speaks of.
    ///   - countsMatches: whether rows have room for ``MatchCount``.
    init(
        _ types: [DataType], keys: [Int], nullSafe: [Bool] = [], in joinKeys: JoinKeys, chain: Int, time: Int? = nil,
        reach: (lower: Int64?, upper: Int64?) = (nil, nil), slack: Int64 = 0, countsMatches: Bool = false
    ) {
        let header = time == nil ? RowHeader.bytes : RowHeader.timedBytes
        countsAt = countsMatches ? header : nil
        store = RowStore(types, headerBytes: header + (countsMatches ? MatchCount.bytes : 0))
        wholeRows = RowIndex.encoder(store)
        self.keys = joinKeys
        self.chain = chain
        self.reach = reach
        self.slack = slack
        (encoder, rejecting) = JoinSide.encoder(keys, nullSafe)
        timeColumn = time
        // Where only one end is bound, rows live as long as the watermarks lag: seconds, as a rule.
        var span: Int64 = 4_000_000
        if let lower = reach.lower, let upper = reach.upper { span = upper.subtractingClamped(lower) }
        buckets = time == nil ? nil : TimeBuckets(store, span: span)
        groups = .allocate(capacity: capacity)
        weights = .allocate(capacity: capacity)
        ordinals = .allocate(capacity: capacity)
        ids = .allocate(capacity: capacity)
    }

    deinit {
        groups.deallocate()
        weights.deallocate()
        ordinals.deallocate()
        ids.deallocate()
    }

    /// The encoder of a join's keys, and the columns whose NULL it leaves to its user to reject.
    static func encoder(_ keys: [Int], _ nullSafe: [Bool]) -> (encoder: KeyEncoder, rejecting: [Int]) {
        precondition(nullSafe.isEmpty || nullSafe.count == keys.count, "one flag for each pair of keys")
        if !nullSafe.contains(true) { return (KeyEncoder(columns: keys, nulls: .reject), []) }
        return (KeyEncoder(columns: keys, nulls: .value), zip(keys, nullSafe).compactMap { $1 ? nil : $0 })
    }

    /// Without the keys.
    var stateSize: StateSize {
        StateSize(rows: store.count, bytes: store.bytes + (buckets?.bytes ?? 0) + (index?.bytes ?? 0))
    }

    // MARK: A step

    /// Takes the step's batch, which may be empty, and finds the groups of its rows.
    /// - Parameters:
    ///   - storesRows: whether rows will be kept; those without weights are copied into the store at once.
    ///   - passesAll: whether rows without a group will get a place too.
    ///   - isDriving: whether results name this side's rows by their place in the batch.
    func beginStep(_ batch: Batch, storesRows: Bool = true, passesAll: Bool = false, isDriving: Bool = false) {
        count = batch.count
        (isAppended, isPlain, self.isDriving) = (false, false, false)
        if batch.isEmpty { return }
        reserve(count)
        reader.bind(batch)
        encoder.encode(reader)
        findGroups()
        copyChanges(batch)
        if index != nil { wholeRows.encode(reader) }
        self.isDriving = isDriving
        driving = isDriving ? batch : nil
        isAppended = storesRows && batch.weights == nil && negatives == 0
        isPlain = isAppended && index == nil && countsAt == nil && buckets == nil
        guard isAppended else { return }
        if allRows.count > count { allRows.removeLast(allRows.count - count) }
        while allRows.count < count { allRows.append(Int32(truncatingIfNeeded: allRows.count)) }
        store.append(reader, rows: allRows, into: &appended)
        appended.withUnsafeBufferPointer { appended in
            guard let base = appended.baseAddress else { return }
            ids.update(from: base, count: count)
        }
        if passesAll { return }
        for row in 0..<count where groups[row] < 0 { freed.append(ids[row]) }
    }

    private func reserve(_ rows: Int) {
        guard rows > capacity else { return }
        capacity = max(rows, capacity * 2)
        groups.deallocate()
        weights.deallocate()
        ordinals.deallocate()
        ids.deallocate()
        groups = .allocate(capacity: capacity)
        weights = .allocate(capacity: capacity)
        ordinals = .allocate(capacity: capacity)
        ids = .allocate(capacity: capacity)
    }

    private func copyChanges(_ batch: Batch) {
        let (weights, ordinals) = (weights, ordinals)
        if let listed = batch.weights {
            for row in 0..<count { weights[row] = listed[row] }
        } else {
            weights.update(repeating: 1, count: count)
        }
        if let listed = batch.ordinals.listed {
            for row in 0..<count { ordinals[row] = listed[row] }
        } else {
            let first = batch.ordinals.first
            for row in 0..<count { ordinals[row] = first &+ Int64(row) }
        }
    }

    private func findGroups() {
        if !encoder.hasNulls && timeColumn == nil {
            groups.update(repeating: 0, count: count)
        } else {
            for row in 0..<count { groups[row] = hasKey(row) ? 0 : -1 }
        }
        keys.find(encoder, UnsafeMutableBufferPointer(start: groups, count: count))
    }

    private func hasKey(_ row: Int) -> Bool {
        if encoder.isRejected(row) { return false }
        for column in rejecting where reader[column].isNull(row) { return false }
        guard let timeColumn else { return true }
        return !reader[timeColumn].isNull(row)
    }

    /// Lets the batch go.
    func endStep() {
        freeDeparted()
        reader.unbind()
        driving = nil
        count = 0
    }

    /// Columns of rows that results name, all or those of some numbers; -1 gives NULL.
    func columns(_ rows: [Int32], of numbers: [Int]? = nil) -> [Column] {
        guard let driving else { return numbers?.map { store.column($0, rows: rows) } ?? store.columns(rows) }
        let columns = numbers?.map { driving.columns[$0] } ?? driving.columns
        var (isAll, hasNull) = (rows.count == driving.count, false)
        for position in 0..<rows.count {
            if rows[position] != Int32(truncatingIfNeeded: position) { isAll = false }
            if rows[position] < 0 { hasNull = true }
        }
        if isAll { return columns }
        if !hasNull { return columns.map { $0.gather(rows) } }
        var present = Bitmap(count: rows.count, repeating: true)
        for position in 0..<rows.count where rows[position] < 0 { present[position] = false }
        let valid = rows.map { max($0, 0) }
        return columns.map { column in
            let gathered = column.gather(valid)
            return Column(gathered.values, validity: Bitmap.and(gathered.validity, present))
        }
    }

    func freeDeparted() {
        for row in freed { store.free(row) }
        freed.removeAll(keepingCapacity: true)
    }

    /// The time of a row of the batch; 0 for a side without times.
    @inline(__always)
    func time(_ row: Int) -> Int64 { timeColumn.map { reader[$0].load(row, as: Int64.self) } ?? 0 }

    /// The first kept row of a group, -1 if there is none.
    @inline(__always)
    func first(_ group: Int32) -> Int32 { keys.head(group, chain: chain) }

    // MARK: Changes

    /// Adds a row of the batch, which has a group.
    /// - Returns: a kept row equal to it, good until departed rows are freed.
    @inline(__always)
    @discardableResult
    func apply(_ row: Int, weight: Int64) -> Int32 {
        guard isPlain else { return applyAny(row, weight) }
        let (id, group) = (ids[row], groups[row])
        store.link(id, group, weight: weight, ends: keys.ends(group, chain: chain))
        return id
    }

    @inline(never)
    private func applyAny(_ row: Int, _ weight: Int64) -> Int32 {
        touched.removeAll(keepingCapacity: true)
        isNew = true
        var rest = weight
        if !isAppended, weight < 0 || negatives > 0 {
            let same = cancel(row, &rest)
            if rest == 0 {
                isNew = false
                return same
            }
        }
        let id = isAppended ? ids[row] : store.append(reader, row)
        let group = groups[row]
        store.link(id, group, weight: rest, ends: keys.ends(group, chain: chain))
        if rest < 0 { negatives += 1 }
        if let buckets { buckets.add(id, time(row)) }
        if let index { index.insert(id, wholeRows.key(row).hash, reader, row) }
        if let countsAt {
            MatchCount.clear(store, id, countsAt)
            touched.append(id)
        }
        return id
    }

    /// Gives a row of the batch a place in the store until departed rows are freed.
    func applyPassing(_ row: Int) -> Int32 {
        let id = isAppended ? ids[row] : store.append(reader, row)
        freed.append(id)
        isNew = true
        if let countsAt { MatchCount.clear(store, id, countsAt) }
        if groups[row] >= 0 { keys.noteVacated(groups[row]) }
        return id
    }

    /// Sets a weight off against kept equal rows of the other sign, the oldest first.
    /// - Returns: one of them; -1 if there is none.
    private func cancel(_ row: Int, _ rest: inout Int64) -> Int32 {
        if index == nil, scanned > 1024 + 2 * store.count { buildIndex() }
        var same: Int32 = -1
        if let index {
            let hash = wholeRows.key(row).hash
            while rest != 0 {
                let at = index.oldest(hash, reader, row)
                // Kept rows that are equal have one sign.
                guard at >= 0, (store.weight(at) ^ rest) < 0 else { break }
                same = at
                if settle(at, &rest) { index.removeOldest(hash, reader, row) }
            }
            return same
        }
        var at = first(groups[row])
        var length = 0
        while at >= 0, rest != 0 {
            let next = store.next(at)
            length += 1
            if (store.weight(at) ^ rest) < 0, store.equals(at, reader, row) {
                same = at
                _ = settle(at, &rest)
            }
            at = next
        }
        // Short chains are cheaper than an index.
        if length > 8 { scanned += length }
        return same
    }

    /// Sets a weight off against one kept row.
    /// - Returns: whether the row departed.
    private func settle(_ at: Int32, _ rest: inout Int64) -> Bool {
        if countsAt != nil { touched.append(at) }
        let held = store.weight(at)
        let sum = held &+ rest
        if sum != 0, (sum ^ held) >= 0 {
            store.setWeight(at, sum)
            rest = 0
            return false
        }
        rest = sum
        if held < 0 { negatives -= 1 }
        unlink(at)
        buckets?.remove(at)
        store.setWeight(at, 0)
        freed.append(at)
        return true
    }

    private func unlink(_ id: Int32) {
        let group = store.group(id)
        store.unlink(id, ends: keys.ends(group, chain: chain))
        if first(group) < 0 { keys.noteVacated(group) }
    }

    private func buildIndex() {
        var rows: [Int32] = []
        for group in 0..<Int32(truncatingIfNeeded: keys.table.groupLimit) {
            var at = keys.isGroup(group) ? first(group) : -1
            while at >= 0 {
                rows.append(at)
                at = store.next(at)
            }
        }
        index = RowIndex(store, rows: rows)
        wholeRows.encode(reader)
    }

    // MARK: Keys that are forgotten

    /// The kept rows of groups, in the order of their chains.
    func rows(of groups: [Int32]) -> [Int32] {
        var rows: [Int32] = []
        for group in groups where keys.isGroup(group) {
            var row = first(group)
            while row >= 0 {
                rows.append(row)
                row = store.next(row)
            }
        }
        return rows
    }

    /// The retraction of kept rows.
    func retraction(of rows: [Int32], ordinal: Int64) -> Batch {
        Batch(
            columns: store.columns(rows), count: rows.count, weights: rows.map { 0 &- store.weight($0) },
            ordinals: Ordinals([Int64](repeating: ordinal, count: rows.count)))
    }

    /// Frees kept rows, between two steps, without a word to the other side.
    func forget(_ rows: [Int32]) {
        index?.remove(rows)
        var start = 0
        while start < rows.count {
            let end = min(start + MaintainedJoin.warmedRows, rows.count)
            warm(rows[start..<end])
            for row in rows[start..<end] {
                if store.weight(row) < 0 { negatives -= 1 }
                unlink(row)
                store.free(row)
            }
            start = end
        }
    }

    /// Reads what unlinking rows will touch, so that the cache misses of many rows overlap.
    private func warm(_ rows: ArraySlice<Int32>) {
        var sum: Int32 = 0
        for row in rows {
            let (next, previous) = (store.next(row), store.previous(row))
            sum &+= first(store.group(row))
            if next >= 0 { sum &+= store.previous(next) }
            if previous >= 0 { sum &+= store.next(previous) }
        }
        warmth = sum
    }

    /// Gives the groups that the rows of a batch have already.
    func reportGroups(of batch: Batch, _ report: (Int32) -> Void) {
        if batch.isEmpty { return }
        encoder.encode(batch)
        for row in 0..<batch.count where !encoder.isRejected(row) { report(keys.table.find(encoder.key(row))) }
    }

    // MARK: Time

    /// Frees rows that can meet no partner any more, but for some of the newest among them.
    /// - Parameter partners: the watermark of the other side.
    func expire(_ partners: Int64) {
        guard let buckets, let upper = reach.upper else { return }
        let limit = partners.subtractingClamped(upper).subtractingClamped(slack)
        var rows: [Int32] = []
        while var row = buckets.pop(before: limit) {
            while row >= 0 {
                rows.append(row)
                row = store.orderNext(row)
            }
        }
        forget(rows)
    }
}

// MARK: - State

extension JoinSide {
    /// Without the keys, which belong to both sides.
    func code(_ coder: StateCoder) throws(StateDamage) {
        try store.code(coder)
        try buckets?.code(coder)
        try coder.code(&negatives)
        try coder.code(&scanned)
        var isIndexed = index != nil
        try coder.code(&isIndexed)
        if !isIndexed { return }
        if !coder.isWriting { index = RowIndex(store, rows: []) }
        try index?.code(coder)
    }
}
