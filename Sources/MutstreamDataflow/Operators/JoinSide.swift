import MutstreamColumnar

/// One input of a join and what the join keeps of it: weighted rows, in a chain for each key.
///
/// ```
/// KeyTable: key -> head, tail of a chain
/// RowStore: row -> next, previous, weight …        in insertion order
/// ```
///
/// A retraction takes away an equal row; one of a row that is not there is kept with its negative weight until it comes.
/// Rows that leave within a step keep their memory until ``endStep()``, so that outputs can be gathered at its end.
final class JoinSide {
    let store: RowStore
    let table = KeyTable(payloadBytes: 8)
    let keys: KeyEncoder
    private let reader = BatchReader()
    private let timeColumn: Int?
    private let buckets: TimeBuckets?
    /// Kept rows with a weight below 0.
    private var negatives = 0
    /// The ids of this step's rows, where all were appended at once; -1 for those without a key.
    private var ids: [Int32] = []
    private var rowsAppended: [Int32] = []
    private var idsAppended: [Int32] = []
    private var isAppended = false
    private var freed: [Int32] = []

    init(_ types: [DataType], keys: [Int], time: Int? = nil, span: Int64 = 0) {
        store = RowStore(types, headerBytes: time == nil ? RowHeader.bytes : RowHeader.timedBytes)
        self.keys = KeyEncoder(columns: keys, nulls: .reject)
        timeColumn = time
        buckets = time == nil ? nil : TimeBuckets(store, span: span)
    }

    var stateSize: StateSize {
        StateSize(rows: store.count, bytes: store.bytes + table.bytes + (buckets?.bytes ?? 0))
    }

    /// Takes the step's batch; rows without weights are copied into the store at once.
    func beginStep(_ batch: Batch) {
        reader.bind(batch)
        keys.encode(reader)
        isAppended = batch.weights == nil && negatives == 0 && batch.count > 0
        guard isAppended else { return }
        rowsAppended.removeAll(keepingCapacity: true)
        for row in 0..<batch.count where hasKey(row) { rowsAppended.append(Int32(truncatingIfNeeded: row)) }
        store.append(reader, rows: rowsAppended, into: &idsAppended)
        if rowsAppended.count == batch.count {
            swap(&ids, &idsAppended)
            return
        }
        ids.removeAll(keepingCapacity: true)
        for _ in 0..<batch.count { ids.append(-1) }
        for position in 0..<rowsAppended.count { ids[Int(rowsAppended[position])] = idsAppended[position] }
    }

    /// Frees what left and lets the batch go.
    func endStep() {
        freeDeparted()
        reader.unbind()
    }

    func freeDeparted() {
        for row in freed { store.free(row) }
        freed.removeAll(keepingCapacity: true)
    }

    /// Whether a row of the batch can match at all.
    @inline(__always)
    func hasKey(_ row: Int) -> Bool {
        if keys.isRejected(row) { return false }
        guard let timeColumn else { return true }
        return !reader[timeColumn].isNull(row)
    }

    /// The time of a row of the batch; 0 for a side without times.
    @inline(__always)
    func time(_ row: Int) -> Int64 { timeColumn.map { reader[$0].load(row, as: Int64.self) } ?? 0 }

    /// The first kept row with a key, -1 if there is none.
    @inline(__always)
    func first(_ key: KeyView) -> Int32 {
        let group = table.find(key)
        return group < 0 ? -1 : table.head(group)
    }

    /// Adds a row of the batch, which has a key.
    /// - Returns: a kept row equal to it, good until the end of the step.
    func apply(_ row: Int, weight: Int64) -> Int32 {
        if isAppended {
            keep(ids[row], table.chain(keys.key(row)), weight, row)
            return ids[row]
        }
        let group = table.chain(keys.key(row))
        if weight < 0 || negatives > 0 {
            let (same, rest) = cancel(row, group, weight)
            if rest == 0 { return same }
            // The chain, and with it the group, may have gone.
            let id = store.append(reader, row)
            keep(id, table.chain(keys.key(row)), rest, row)
            return id
        }
        let id = store.append(reader, row)
        keep(id, group, weight, row)
        return id
    }

    /// Gives a row of the batch a place in the store for this step only.
    func applyPassing(_ row: Int) -> Int32 {
        let id = isAppended ? ids[row] : store.append(reader, row)
        freed.append(id)
        return id
    }

    @inline(__always)
    private func keep(_ id: Int32, _ group: Int32, _ weight: Int64, _ row: Int) {
        store.link(id, group, weight: weight, in: table)
        if weight < 0 { negatives += 1 }
        if let buckets { buckets.add(id, time(row)) }
    }

    /// Sets a weight off against kept equal rows of the other sign, the oldest first.
    private func cancel(_ row: Int, _ group: Int32, _ weight: Int64) -> (same: Int32, rest: Int64) {
        var rest = weight
        var same: Int32 = -1
        var at = table.head(group)
        if at < 0 {
            table.remove(group)
            return (-1, rest)
        }
        while at >= 0, rest != 0 {
            let next = store.next(at)
            let held = store.weight(at)
            if (held ^ rest) < 0, store.equals(at, reader, row) {
                same = at
                let sum = held &+ rest
                if sum != 0, (sum ^ held) >= 0 {
                    store.setWeight(at, sum)
                    rest = 0
                } else {
                    rest = sum
                    depart(at)
                }
            }
            at = next
        }
        return (same, rest)
    }

    private func depart(_ id: Int32) {
        if store.weight(id) < 0 { negatives -= 1 }
        store.unlink(id, in: table)
        buckets?.remove(id)
        freed.append(id)
    }

    /// Frees rows before `limit`, but for some of the newest among them.
    func expire(before limit: Int64) {
        guard let buckets else { return }
        while var row = buckets.pop(before: limit) {
            while row >= 0 {
                let next = store.orderNext(row)
                if store.weight(row) < 0 { negatives -= 1 }
                store.unlink(row, in: table)
                store.free(row)
                row = next
            }
        }
    }
}
