import MutstreamColumnar

/// The rows of a relation, in order within each partition, and what a step changes of them.
///
/// ```
/// KeyTable:      partition key -> | root: 4 | rows: 4 | place among the step's partitions + 1: 4 | timed: 4 |
/// OrderedIndex:  a list for each partition: sort key -> row
/// RowStore:      row -> | key: 4 | flags: 4 | number among the step's added rows: 4 | - | the owner's | columns |
/// ```
///
/// A row of weight *n* is *n* rows. Equal rows are interchangeable: the last of them goes first. The retraction of a row
/// that is not there is a debt, which the row pays when it comes. Rows that leave keep their memory until ``endStep()``.
final class OrderedPartitions {
    /// Bytes of a row's header that are not the owner's.
    static let headerBytes = 16

    /// A partition that the step changes.
    struct Partition {
        var group: Int32
        /// Of the last change.
        var ordinal: Int64
        var added = 0
        /// Where its removed rows begin in a list through ``OrderedPartitions/removedNext``; -1: none.
        var firstRemoved: Int32 = -1
        var removed = 0
        /// The same of its added rows.
        var firstAdded: Int32 = -1
    }

    let store: RowStore
    let index: OrderedIndex
    let reader = BatchReader()
    let table: KeyTable
    private let groupKeys: KeyEncoder
    private let sortKeys: SortKeyEncoder
    private let net: Consolidate
    private var netOutput: [Delta]
    private let debts: RowDebts
    private var groups: [Int32] = []
    private var newRows: [Int32] = []
    /// When partitions are forgotten.
    private let expiry: Expiry?
    var timers = TimerHeap()
    let retention: RowRetention?
    /// Rows before this time have left for good.
    var finalBefore = Int64.min
    let timeKey: UnsafeMutableRawPointer
    private var idle: IdleKeys?

    /// The partitions that the step has changed, in the order of their first change.
    private(set) var changed: [Partition] = []
    /// Rows that the step has added, -1 where one has gone again; and the next of the same partition.
    private(set) var added: [Int32] = []
    private(set) var addedNext: [Int32] = []
    private(set) var removed: [Int32] = []
    private(set) var removedNext: [Int32] = []

    init(
        types: [DataType], partition: [Int], order: [SortItem], ownBytes: Int, summaryBytes: Int = 0,
        expiry: Expiry? = nil, timeToLive: Int64? = nil, retention: RowRetention? = nil
    ) {
        self.expiry = expiry
        if expiry == nil { idle = timeToLive.map { IdleKeys(timeToLive: $0) } }
        self.retention = expiry == nil ? retention : nil
        timeKey = .allocate(byteCount: 16, alignment: 16)
        store = RowStore(types, headerBytes: OrderedPartitions.headerBytes + ownBytes)
        index = OrderedIndex(summaryBytes: summaryBytes)
        groupKeys = KeyEncoder(columns: partition, nulls: .value)
        table = KeyTable(payloadBytes: 16, inlineBytes: partition.count > 1 ? KeyTable.wideInlineBytes : 12)
        sortKeys = SortKeyEncoder(types: types, order: order, partition: partition)
        net = Consolidate(types)
        netOutput = [Delta(.empty(types))]
        debts = RowDebts(types)
    }

    deinit { timeKey.deallocate() }

    var stateSize: StateSize {
        StateSize(
            rows: store.count,
            bytes: store.bytes + index.bytes + table.bytes + debts.bytes + timers.bytes + (idle?.bytes ?? 0))
    }

    var hasTimesToLive: Bool { idle?.isEmpty == false }
    var wakesAt: Int64? { idle?.wakesAt }

    // MARK: Rows

    @inline(__always)
    func key(_ row: Int32) -> SortKey { index.key(store.header(row).load(as: UInt32.self)) }
    /// Whether the step has added the row.
    @inline(__always)
    func isAdded(_ row: Int32) -> Bool { store.header(row).load(fromByteOffset: 8, as: Int32.self) >= 0 }
    /// Bits of the owner's, 0 in a new row.
    @inline(__always)
    func flags(_ row: Int32) -> UInt32 { store.header(row).load(fromByteOffset: 4, as: UInt32.self) }
    @inline(__always)
    func setFlags(_ row: Int32, _ flags: UInt32) {
        store.writableHeader(row).storeBytes(of: flags, toByteOffset: 4, as: UInt32.self)
    }

    func tree(_ group: Int32) -> OrderedIndex.Tree { table.payload(group).load(as: OrderedIndex.Tree.self) }

    // MARK: A step

    /// The net of a batch's changes.
    func netChange(_ delta: Delta, _ context: StepContext) -> Batch {
        if delta.batch.weights == nil { return delta.batch }
        net.step([delta], context, &netOutput)
        defer { netOutput[0].batch = .empty([]) }
        return netOutput[0].batch
    }

    /// Applies the net changes of a step.
    /// - Parameter keep: rows that matter in each partition; where rows are only ever added, those behind may go at once.
    ///   `ties`: also the peers of the last of them. `touches`: whether the partitions live longer for it.
    func apply(_ batch: Batch, keep: Int? = nil, ties: Bool = false, touches: Bool = true) {
        reader.bind(batch)
        groupKeys.encode(reader)
        table.findOrInsert(groupKeys, into: &groups, newRows: &newRows)
        if touches, idle != nil { idle?.touch(groups, batch) }
        for row in newRows {
            let payload = table.payload(groups[Int(row)])
            payload.storeBytes(of: OrderedIndex.Tree(), as: OrderedIndex.Tree.self)
            payload.storeBytes(of: 0, toByteOffset: 8, as: Int64.self)
            if let expiry, !reader[expiry.column].isNull(Int(row)) {
                let time = reader[expiry.column].load(Int(row), as: Int64.self).addingClamped(expiry.distance)
                timers.push(TimerHeap.Timer(time: time, serial: 0, subject: groups[Int(row)]))
            }
        }
        for row in 0..<batch.count {
            let payload = table.payload(groups[row])
            var tree = payload.load(as: OrderedIndex.Tree.self)
            var weight = batch.weight(row)
            if let keep, tree.count >= keep, !isWanted(row, tree, ties) { continue }
            let place = self.place(payload, groups[row], batch.ordinals[row])
            if retention != nil { watch(payload, groups[row], row) }
            while weight > 0 {
                weight &-= 1
                if debts.pay(reader, row) { continue }
                add(row, &tree, place)
                if let keep, tree.count > keep {
                    trim(&tree, to: keep, ties, place)
                    // Copies behind the last kept row would go at once.
                    if !ties, weight > Int64(keep) { weight = Int64(keep) }
                }
            }
            while weight < 0 {
                weight &+= 1
                if !remove(sortKeys.encode(reader, row), &tree, place) { debts.owe(reader, row) }
            }
            payload.storeBytes(of: tree, as: OrderedIndex.Tree.self)
        }
        reader.unbind()
    }

    /// Forgets the partitions whose windows the watermark has passed, between two steps.
    /// - Parameter release: is given each row before it goes.
    func expire(_ watermark: Int64, _ release: (Int32) -> Void = { _ in }) {
        guard let expiry else { return }
        while let timer = timers.pop(due: watermark) {
            // The partition may have gone, and its number may be that of another one.
            let tree = tree(timer.subject)
            guard tree.count > 0 else { continue }
            let row = index.payload(index.last(tree))
            let end = store.load(row, expiry.column, as: Int64.self).addingClamped(expiry.distance)
            if store.isNull(row, expiry.column) || end > watermark { continue }
            empty(timer.subject, release)
            table.remove(timer.subject)
        }
    }

    /// The partitions that have lived their time.
    /// - Parameter batch: the rows of the step, which is to come.
    private func takeIdle(_ batch: Batch, _ context: StepContext) -> [Int32] {
        guard idle != nil else { return [] }
        idle?.advance(to: context.clock)
        return idle?.takeDue { report in
            groupKeys.encode(batch)
            for row in 0..<batch.count { report(table.find(groupKeys.key(row))) }
        } ?? []
    }

    /// The retraction of all rows of partitions that have lived their time; nil: there are none.
    /// - Parameter batch: the rows of the step, which is to come.
    func retractIdle(_ batch: Batch, _ context: StepContext) -> Batch? {
        var rows: [Int32] = []
        for group in takeIdle(batch, context) {
            let tree = tree(group)
            if tree.count == 0 { continue }
            var cursor = index.cursor(at: 0, in: tree)
            while cursor.position < tree.count {
                rows.append(index.payload(cursor))
                index.advance(&cursor)
            }
        }
        if rows.isEmpty { return nil }
        return Batch(
            columns: store.columns(rows), count: rows.count, weights: [Int64](repeating: -1, count: rows.count),
            ordinals: Ordinals([Int64](repeating: idle?.lastOrdinal ?? 0, count: rows.count)))
    }

    /// Forgets partitions that have lived their time; what has left stays.
    /// - Parameters:
    ///   - batch: the rows of the step, which is to come.
    ///   - release: is given each row before it goes.
    func forgetIdle(_ batch: Batch, _ context: StepContext, _ release: (Int32) -> Void) {
        for group in takeIdle(batch, context) {
            let payload = table.payload(group)
            guard tree(group).count > 0 else { continue }
            empty(group, release)
            // Where a timer speaks of it, it goes with that.
            if payload.load(fromByteOffset: 12, as: Int32.self) == 0 { table.remove(group) }
        }
    }

    /// Frees all rows of a partition.
    private func empty(_ group: Int32, _ release: (Int32) -> Void) {
        var tree = tree(group)
        while tree.count > 0 {
            let id = index.remove(at: tree.count - 1, from: &tree).payload
            release(id)
            free(id)
        }
        table.payload(group).storeBytes(of: tree, as: OrderedIndex.Tree.self)
    }

    private func place(_ payload: UnsafeMutableRawPointer, _ group: Int32, _ ordinal: Int64) -> Int {
        var place = Int(payload.load(fromByteOffset: 8, as: Int32.self)) - 1
        if place < 0 {
            place = changed.count
            changed.append(Partition(group: group, ordinal: ordinal))
            payload.storeBytes(of: Int32(truncatingIfNeeded: place + 1), toByteOffset: 8, as: Int32.self)
        }
        changed[place].ordinal = ordinal
        return place
    }

    private func add(_ row: Int, _ tree: inout OrderedIndex.Tree, _ place: Int) {
        let id = store.append(reader, row)
        let key = index.insert(sortKeys.encode(reader, row), id, into: &tree)
        let header = store.writableHeader(id)
        header.storeBytes(of: key, as: UInt32.self)
        header.storeBytes(of: 0, toByteOffset: 4, as: UInt32.self)
        header.storeBytes(of: Int32(truncatingIfNeeded: added.count), toByteOffset: 8, as: Int32.self)
        added.append(id)
        addedNext.append(changed[place].firstAdded)
        changed[place].firstAdded = Int32(truncatingIfNeeded: added.count - 1)
        changed[place].added += 1
    }

    private func remove(_ key: SortKey, _ tree: inout OrderedIndex.Tree, _ place: Int) -> Bool {
        guard let (id, _) = index.remove(key, from: &tree) else { return false }
        note(removed: id, place)
        return true
    }

    /// A row that the step itself has added is forgotten; another one is kept until the end of the step.
    private func note(removed id: Int32, _ place: Int) {
        let number = store.header(id).load(fromByteOffset: 8, as: Int32.self)
        if number >= 0 {
            added[Int(number)] = -1
            changed[place].added -= 1
            free(id)
            return
        }
        removed.append(id)
        removedNext.append(changed[place].firstRemoved)
        changed[place].firstRemoved = Int32(truncatingIfNeeded: removed.count - 1)
        changed[place].removed += 1
    }

    func free(_ id: Int32) {
        index.release(store.header(id).load(as: UInt32.self))
        store.free(id)
    }

    // MARK: Only the first rows

    /// Whether a row comes before the last one kept, or, with ties, beside it.
    private func isWanted(_ row: Int, _ tree: OrderedIndex.Tree, _ ties: Bool) -> Bool {
        guard tree.count > 0 else { return false }
        let last = index.last(tree)
        let order = sortKeys.encodeOrder(reader, row)
        let difference = index.compareOrder(order, last)
        if difference != 0 { return difference < 0 }
        return ties || OrderedIndex.compare(sortKeys.encode(reader, row), index.key(last)) < 0
    }

    private func trim(_ tree: inout OrderedIndex.Tree, to keep: Int, _ ties: Bool, _ place: Int) {
        while tree.count > keep {
            if ties, keep > 0 {
                let edge = index.key(index.cursor(at: keep - 1, in: tree))
                if OrderedIndex.arePeers(edge, index.key(index.last(tree))) { return }
            }
            note(removed: index.remove(at: tree.count - 1, from: &tree).payload, place)
        }
    }

    /// Frees what has left, forgets empty partitions and what the step has changed.
    func endStep() {
        for id in removed { free(id) }
        for id in added where id >= 0 {
            store.writableHeader(id).storeBytes(of: -1, toByteOffset: 8, as: Int32.self)
        }
        for partition in changed {
            table.payload(partition.group).storeBytes(of: 0, toByteOffset: 8, as: Int32.self)
            if tree(partition.group).count == 0 { table.remove(partition.group) }
        }
        changed.removeAll(keepingCapacity: true)
        added.removeAll(keepingCapacity: true)
        addedNext.removeAll(keepingCapacity: true)
        removed.removeAll(keepingCapacity: true)
        removedNext.removeAll(keepingCapacity: true)
    }

    /// The step's partitions in the order of their last changes.
    func partitionsInOrder() -> [Partition] {
        if zip(changed, changed.dropFirst()).allSatisfy({ $0.ordinal <= $1.ordinal }) { return changed }
        let order = changed.indices.sorted { (changed[$0].ordinal, $0) < (changed[$1].ordinal, $1) }
        return order.map { changed[$0] }
    }
}

/// Retractions whose rows are not there yet, by row.
final class RowDebts {
    private let table = KeyTable(payloadBytes: 8)
    private let keys: KeyEncoder
    private let row = BatchReader()
    private let types: [DataType]
    private let store: RowStore

    init(_ types: [DataType]) {
        self.types = types
        keys = KeyEncoder(columns: Array(types.indices), nulls: .value, equality: .exact)
        store = RowStore(types)
    }

    var bytes: Int { table.count == 0 ? 0 : table.bytes }

    private func encode(_ reader: BatchReader, _ number: Int) {
        let id = store.append(reader, number)
        row.bind(store.columns([id]), count: 1)
        keys.encode(row)
        row.unbind()
        store.free(id)
    }

    func owe(_ reader: BatchReader, _ number: Int) {
        encode(reader, number)
        let (group, isNew) = table.findOrInsert(keys.key(0))
        let count = isNew ? 0 : table.payload(group).load(as: Int64.self)
        table.payload(group).storeBytes(of: count &+ 1, as: Int64.self)
    }

    /// Whether an added row only pays a debt.
    @inline(__always)
    func pay(_ reader: BatchReader, _ number: Int) -> Bool { table.count > 0 && settle(reader, number) }

    private func settle(_ reader: BatchReader, _ number: Int) -> Bool {
        encode(reader, number)
        let group = table.find(keys.key(0))
        guard group >= 0 else { return false }
        let count = table.payload(group).load(as: Int64.self) &- 1
        if count == 0 { table.remove(group) } else { table.payload(group).storeBytes(of: count, as: Int64.self) }
        return true
    }
}

// MARK: - State

extension OrderedPartitions {
    func code(_ coder: StateCoder) throws(StateDamage) {
        try store.code(coder)
        try index.code(coder)
        try table.code(coder)
        try debts.code(coder)
        try timers.code(coder)
        try idle?.code(coder)
        try coder.code(&finalBefore)
    }
}

extension RowDebts {
    func code(_ coder: StateCoder) throws(StateDamage) {
        try table.code(coder)
        try store.code(coder)
    }
}
