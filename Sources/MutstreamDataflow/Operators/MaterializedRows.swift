import MutstreamColumnar

/// Keeps the content of a relation: the sum of its changes, in the order in which its rows came.
///
/// ```
/// KeyTable: hash of the whole row -> chain           a row is kept once, with its weight
/// RowStore: row -> chain links, weight; older, newer; by time where rows expire
/// ```
///
/// A row whose weight comes to 0 is gone; if it comes again it is the newest. With `retain`, rows whose time is before
/// *watermark - retain* are gone as well, as are rows without a time; a change of such a row is none.
/// Input 0: the changes. No output.
package final class MaterializedRows: Operator {
    /// How long rows stay: the column of their time, and how far behind the watermark it may lie.
    package struct Retention: Sendable {
        package var timeColumn: Int
        package var microseconds: Int64

        package init(timeColumn: Int, microseconds: Int64) {
            self.timeColumn = timeColumn
            self.microseconds = microseconds
        }
    }

    /// Where the header of a row has its place in the order of insertion: a list of its own.
    private static let newerAt = 40
    private static let olderAt = 44
    private static let headerBytes = 48

    private let types: [DataType]
    private let store: RowStore
    private let table = KeyTable(payloadBytes: 8)
    private let rowKeys: KeyEncoder
    private let reader = BatchReader()
    private let retention: Retention?
    private let buckets: TimeBuckets?
    private let word: UnsafeMutableRawPointer
    private var oldest: Int32 = -1
    private var newest: Int32 = -1
    private var watermark: Int64 = .min

    /// Rows know the ordinal with which they came, in the place of a time.
    private let keepsOrdinals: Bool

    /// - Parameter keepsOrdinals: not together with `retain`.
    package init(_ types: [DataType], retain: Retention? = nil, keepsOrdinals: Bool = false) {
        self.types = types
        self.keepsOrdinals = keepsOrdinals && retain == nil
        store = RowStore(types, headerBytes: MaterializedRows.headerBytes)
        rowKeys = KeyEncoder(columns: Array(types.indices), nulls: .value, equality: .exact)
        retention = retain
        buckets = retain.map { [store] in TimeBuckets(store, span: $0.microseconds) }
        word = .allocate(byteCount: 8 + MixHash.slackBytes, alignment: 8)
    }

    deinit { word.deallocate() }

    package var stateSize: StateSize {
        StateSize(rows: store.count, bytes: store.bytes + table.bytes + (buckets?.bytes ?? 0))
    }

    package func code(_ coder: StateCoder) throws(StateDamage) {
        try store.code(coder)
        try table.code(coder)
        try buckets?.code(coder)
        try coder.code(&oldest)
        try coder.code(&newest)
        try coder.code(&watermark)
    }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        let batch = inputs[0].batch
        // The end of its stream makes no row old: a view can be read after its last row.
        var progress = inputs[0].progress
        if progress.start == .max { progress = Progress(start: watermark) }
        if progress.values.last == .max {
            progress.ordinals.removeLast()
            progress.values.removeLast()
        }
        if !batch.isEmpty {
            reader.bind(batch)
            rowKeys.encode(reader)
            var mark = Watermark(progress)
            for row in 0..<batch.count where isRetained(row, mark.before(batch.ordinals[row])) {
                change(row, batch.weight(row), batch.ordinals[row])
            }
            reader.unbind()
        }
        watermark = progress.end
        expire()
    }

    /// The rows, oldest first, each as often as its weight says; one with a negative weight not at all. All weights are
    /// +1; ordinals are those with which the rows came, if they are kept, else they count from 0.
    package func snapshot() -> Batch {
        let limit = retention.map { watermark.subtractingClamped($0.microseconds) } ?? .min
        var rows: [Int32] = []
        rows.reserveCapacity(store.count)
        var row = oldest
        while row >= 0 {
            if retention == nil || store.time(row) >= limit {
                var times = store.weight(row)
                while times > 0 {
                    rows.append(row)
                    times -= 1
                }
            }
            row = newer(row)
        }
        var ordinals = Ordinals(first: 0)
        if keepsOrdinals {
            var last = Int64.min
            ordinals = Ordinals(
                rows.map { row in
                    last = max(last, store.time(row))
                    return last
                })
        }
        return Batch(columns: store.columns(rows), count: rows.count, ordinals: ordinals)
    }

    // MARK: Changes

    private func isRetained(_ row: Int, _ watermark: Int64) -> Bool {
        guard let retention else { return true }
        let times = reader[retention.timeColumn]
        if times.isNull(row) { return false }
        return times.load(row, as: Int64.self) >= watermark.subtractingClamped(retention.microseconds)
    }

    private func change(_ row: Int, _ weight: Int64, _ ordinal: Int64) {
        let group = table.chain(hashKey(rowKeys.key(row).hash))
        var at = table.head(group)
        while at >= 0, !store.equals(at, reader, row) { at = store.next(at) }
        if at >= 0 {
            let sum = store.weight(at) &+ weight
            if sum == 0 {
                buckets?.remove(at)
                drop(at)
            } else {
                store.setWeight(at, sum)
            }
            return
        }
        let id = store.append(reader, row)
        store.link(id, group, weight: weight, in: table)
        append(id)
        if keepsOrdinals { store.setTime(id, ordinal) }
        if let retention { buckets?.add(id, reader[retention.timeColumn].load(row, as: Int64.self)) }
    }

    /// The key under which rows of one hash are chained.
    private func hashKey(_ hash: UInt64) -> KeyView {
        word.storeBytes(of: hash, as: UInt64.self)
        return KeyView(base: UnsafeRawPointer(word), length: 8, hash: MixHash.hash(word: hash))
    }

    private func expire() {
        guard let retention, let buckets else { return }
        let limit = watermark.subtractingClamped(retention.microseconds)
        while var row = buckets.pop(before: limit) {
            while row >= 0 {
                let next = store.orderNext(row)
                drop(row)
                row = next
            }
        }
    }

    private func drop(_ row: Int32) {
        store.unlink(row, in: table)
        let (newer, older) = (newer(row), older(row))
        if older < 0 { oldest = newer } else { setNewer(older, newer) }
        if newer < 0 { newest = older } else { setOlder(newer, older) }
        store.free(row)
    }

    // MARK: The order of insertion

    private func append(_ row: Int32) {
        setNewer(row, -1)
        setOlder(row, newest)
        if newest < 0 { oldest = row } else { setNewer(newest, row) }
        newest = row
    }

    private func newer(_ row: Int32) -> Int32 {
        store.header(row).load(fromByteOffset: MaterializedRows.newerAt, as: Int32.self)
    }
    private func older(_ row: Int32) -> Int32 {
        store.header(row).load(fromByteOffset: MaterializedRows.olderAt, as: Int32.self)
    }
    private func setNewer(_ row: Int32, _ newer: Int32) {
        store.writableHeader(row).storeBytes(of: newer, toByteOffset: MaterializedRows.newerAt, as: Int32.self)
    }
    private func setOlder(_ row: Int32, _ older: Int32) {
        store.writableHeader(row).storeBytes(of: older, toByteOffset: MaterializedRows.olderAt, as: Int32.self)
    }
}
