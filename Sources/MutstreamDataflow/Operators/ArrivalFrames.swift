import MutstreamColumnar

/// Which rows of its partition an OVER call looks at; all end at the current row or before it.
package enum ArrivalFrame: Sendable, Hashable {
    /// `RANGE BETWEEN preceding PRECEDING AND end PRECEDING`, in units of the order column; nil: unbounded; an end of 0:
    /// CURRENT ROW.
    case range(preceding: Int64?, end: Int64 = 0)
    /// `ROWS BETWEEN preceding PRECEDING AND end PRECEDING`; rows of one time are in the order of arrival.
    case rows(preceding: Int?, end: Int = 0)
}

/// OVER calls of one PARTITION BY and ORDER BY, answered for each row as it arrives.
///
/// **Law.** The result of a row with ordinal *n* equals the batch query over the rows with ordinals <= *n*, restricted to
/// that row: peers (rows of an equal time) that have arrived are in it, rows of a later time are not, even if they came
/// first. How rows are divided into steps never shows.
///
/// Outputs: 0, the input's columns and one for each aggregate; 1, the rows that failed (a sum left its type), the
/// input's columns and a TEXT with the reason. A failed row is absent from output 0 and counts in the frames of others.
///
/// A row whose order value is NULL has its NULL peers for a RANGE frame with an offset, and all rows where the frame is
/// unbounded; in a ROWS frame it fails. A row later than the watermark sees what is kept: rows from
/// `watermark - longest preceding` on, whatever memory still holds.
///
/// Complexity: amortised O(1) a row and frame for rows in the order of time. A row out of order costs O(entries that its frame
/// does not share with that of the newest row), up to ``nearMax`` of them, from there on O(log n) (``FrameIndex``).
/// `count(DISTINCT …)` costs one look-up a row, for frames of all lengths together (``FrameValues``), but for a row out of
/// order O(entries that differ), however many.
///
/// State: one entry a row that a frame may still need (``FrameEntries``), one record a key. Entries and keys go when the
/// watermark has passed them, key by key as they are touched, and two keys for each row in turn, so that keys that never
/// come again are forgotten too. Unbounded frames keep the accumulators of every key, ROWS frames their last rows.
package final class ArrivalFrames: Operator {
    let partition: [Int]
    let order: Int
    let inputColumns: Int
    let frames: UnsafeMutablePointer<FramePlan>
    let frameCount: Int
    let layout: AccumulatorLayout
    let table = KeyTable()
    let encoder: KeyEncoder
    let reader = BatchReader()
    /// The reader's columns while a batch is bound: per-row code reads them without a detour.
    let columns: UnsafeMutablePointer<ColumnReader>
    let heap = ByteHeap()
    /// The record of each key, numbered as the key's group.
    let records: RecordPages
    /// Rows whose order value is NULL, as records of the same layout; number 0 is no record.
    let peers: RecordPages
    let entries: RecordPages
    let index: FrameIndex
    let scratch: UnsafeMutableRawPointer
    let results: ResultColumns
    /// Microseconds in a unit of the order column; 0: the watermark says nothing of it.
    let unit: Int64
    /// The longest preceding of a RANGE frame, or end of an unbounded one.
    let retention: Int64
    /// The longest preceding of a ROWS frame, -1: none.
    let rowsMax: Int
    let hasUnbounded: Bool
    let delays: UnsafeMutablePointer<FrameDelay>
    let delayCount: Int
    /// By delay, of the row that is put in out of order: whether frames are already past it.
    let isBehind: UnsafeMutablePointer<Bool>
    /// By chain, of the same row: whether it is in it.
    let isChained: UnsafeMutablePointer<Bool>
    let values: [FrameValues]
    let valuesOffset: Int
    let serialOffset: Int
    /// Of the last entry, where values are told apart.
    var serial: Int64 = 0
    /// Whether an aggregate looks at a ROWS frame: then peers may differ, and a NULL order value is a failure.
    let usesRows: Bool
    let linksOffset: Int
    var groups: [Int32] = []
    var newRows: [Int32] = []
    private var rowEntries: [Int32] = []
    private var sweepAt = 0
    var idle: IdleKeys?
    /// Entries that a row out of order may look at one by one, for its place and for each of its frames.
    package static let nearMax = 128
    let nearMax: Int
    /// Of the frame that is made: entries that were looked at; and of all so far.
    var steps = 0
    var walked = 0

    /// How one frame is bounded.
    struct FramePlan {
        enum Bound: UInt8 { case unbounded, range, rows }
        let bound: Bound
        let preceding: Int64
        let end: Int64
        /// The number of the frame's delay, -1: it ends at the current row.
        let delay: Int
    }

    /// - Parameters:
    ///   - order: a column of TIMESTAMP, TIMESTAMPTZ, DATE, SMALLINT, INT or BIGINT; -1: none, and all frames are unbounded.
    ///   - orderIsEventTime: whether the watermark of the input speaks of `order`. Otherwise nothing expires.
    ///   - timeToLive: microseconds of the clock after which a key is forgotten that no row touches; not where a frame
    ///     without a bound counts distinct values.
    ///   - nearMax: instead of ``nearMax``.
    package init(
        inputTypes: [DataType], partition: [Int], order: Int, frames: [ArrivalFrame], aggregates: [AggregateSpec],
        orderIsEventTime: Bool = true, timeToLive: Int64? = nil, nearMax: Int = ArrivalFrames.nearMax
    ) {
        self.nearMax = nearMax
        idle = timeToLive.map { IdleKeys(timeToLive: $0) }
        self.partition = partition
        self.order = order
        inputColumns = inputTypes.count
        columns = .allocate(capacity: max(inputTypes.count, 1))
        frameCount = frames.count
        self.frames = .allocate(capacity: max(frames.count, 1))
        var retention: Int64 = 0
        var rowsMax = -1
        var delays: [FrameDelay] = []
        var plans: [FramePlan] = []
        for frame in frames {
            let (bound, preceding, isRows, end): (FramePlan.Bound, Int64, Bool, Int64)
            switch frame {
            case .range(let length, let until):
                (bound, preceding, isRows, end) = (length == nil ? .unbounded : .range, length ?? 0, false, until)
                retention = max(retention, preceding, end)
            case .rows(let length, let until):
                bound = length == nil ? .unbounded : .rows
                (preceding, isRows, end) = (Int64(length ?? 0), true, Int64(until))
                if length != nil || end > 0 { rowsMax = max(rowsMax, Int(preceding), until) }
            }
            precondition(preceding >= 0 && end >= 0, "a frame begins before the current row")
            precondition(order >= 0 || bound == .unbounded && end == 0, "a frame with a bound has an order")
            var delay = -1
            if end > 0 {
                let wanted = FrameDelay(isRows: isRows, end: end)
                delay = delays.firstIndex(of: wanted) ?? delays.count
                if delay == delays.count { delays.append(wanted) }
            }
            plans.append(FramePlan(bound: bound, preceding: preceding, end: end, delay: delay))
        }
        for (index, plan) in plans.enumerated() { (self.frames + index).initialize(to: plan) }
        delayCount = delays.count
        self.delays = .allocate(capacity: max(delays.count, 1))
        for (index, delay) in delays.enumerated() { (self.delays + index).initialize(to: delay) }
        isBehind = .allocate(capacity: max(delays.count, 1))
        isBehind.initialize(repeating: false, count: max(delays.count, 1))
        self.retention = retention
        self.rowsMax = rowsMax
        hasUnbounded = plans.contains { $0.bound == .unbounded }
        usesRows = aggregates.contains { call in
            let plan = plans[call.frame]
            return plan.bound == .rows || plan.delay >= 0 && delays[plan.delay].isRows
        }
        if order >= 0, orderIsEventTime {
            switch inputTypes[order] {
            case .timestamp, .timestamptz: unit = 1
            case .date: unit = 86_400_000_000
            default: unit = 0
            }
        } else {
            unit = 0
        }
        layout = AccumulatorLayout(
            inputTypes: inputTypes, aggregates: aggregates, usesChain: plans.map { $0.bound != .unbounded },
            delays: plans.map(\.delay), header: FrameRecord.headerSize + FrameDelay.bytes * delays.count)
        encoder = KeyEncoder(columns: partition, nulls: .value)
        linksOffset = FrameEntry.imageOffset + layout.image.size
        for chain in 0..<layout.chainCount { layout.chains[chain].linkOffset = linksOffset + 8 * chain }
        isChained = .allocate(capacity: max(layout.chainCount, 1))
        isChained.initialize(repeating: false, count: max(layout.chainCount, 1))
        values = layout.distincts.map { FrameValues($0, inputTypes) }
        serialOffset = linksOffset + 8 * layout.chainCount
        valuesOffset = serialOffset + 8
        let valueBytes = values.isEmpty ? 0 : 8 + FrameValues.linkBytes * values.count
        let entrySize = (serialOffset + valueBytes + 15) & ~15
        records = RecordPages(stride: layout.recordSize)
        peers = RecordPages(stride: layout.recordSize)
        entries = RecordPages(stride: entrySize)
        index = FrameIndex(layout, heap)
        scratch = .allocate(byteCount: layout.recordSize, alignment: 16)
        results = ResultColumns(aggregates.map(\.resultType))
        // Number 0 stands for none; entry 0 also holds the image of rows that need no entry.
        _ = peers.allocate()
        let none = entries.allocate()
        entries.writable(none).initializeMemory(as: UInt8.self, repeating: 0, count: entrySize)
    }

    deinit {
        frames.deallocate()
        delays.deallocate()
        isBehind.deallocate()
        isChained.deallocate()
        scratch.deallocate()
        columns.deallocate()
    }

    /// Live entries and the bytes of all tables.
    package var stateSize: StateSize {
        var bytes = records.bytes + entries.bytes + heap.bytes + peers.bytes + table.bytes + (idle?.bytes ?? 0)
        bytes += index.bytes
        for values in values { bytes += values.bytes }
        return StateSize(rows: entries.count - 1, bytes: bytes)
    }

    package var wantsEveryStep: Bool { idle?.isEmpty == false }
    package var wakesAt: Int64? { idle?.wakesAt }

    /// Keys that have state.
    package var keyCount: Int { records.count }

    package func code(_ coder: StateCoder) throws(StateDamage) {
        try table.code(coder)
        try heap.code(coder)
        try records.code(coder)
        try peers.code(coder)
        try entries.code(coder)
        try coder.code(&sweepAt)
        try idle?.code(coder)
        try coder.code(&serial)
        for values in values { try values.code(coder) }
        if coder.isWriting { return }
        index.removeAll()
        // Older states have no numbers in their records.
        for number in 0..<Int32(truncatingIfNeeded: records.numberLimit)
        where FrameRecord.isLive(records.address(number)) && FrameRecord.key(records.address(number)) != number {
            FrameRecord.setKey(records.writable(number), number)
        }
    }

    package var ordinalSense: OrdinalSense { .peers }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        let (batch, progress) = (inputs[0].batch, inputs[0].progress)
        precondition(batch.weights == nil, "arrival frames take append-only input")
        outputs[0].progress = progress
        if outputs.count > 1 { outputs[1].progress = progress }
        if idle != nil { forgetIdle(batch, context) }
        var failures: [(row: Int32, failure: AggregateFailure)] = []
        if batch.count > 0 {
            reader.bind(batch)
            for column in 0..<inputColumns { (columns + column).initialize(to: reader[column]) }
            encoder.encode(reader)
            table.findOrInsert(encoder, into: &groups, newRows: &newRows)
            if idle != nil { idle?.touch(groups, batch) }
            for row in newRows {
                let number = records.allocate()
                precondition(number == groups[Int(row)], "records are numbered as groups")
                let record = records.writable(number)
                record.initializeMemory(as: UInt8.self, repeating: 0, count: layout.recordSize)
                FrameRecord.setLive(record, true)
                FrameRecord.setKey(record, number)
            }
            for values in values { values.locate(batch, columns, keys: groups) }
            results.reserve(batch.count)
            run(batch, progress, &failures)
            reader.unbind()
        }
        sweep(rows: batch.count, cutoff(progress.end))
        for values in values { values.clean() }
        emit(batch, failures, &outputs)
    }

    private func run(_ batch: Batch, _ progress: Progress, _ failures: inout [(row: Int32, failure: AggregateFailure)]) {
        var risen = 0
        var limit = cutoff(progress.start)
        var row = 0
        let ordinals = batch.ordinals
        let groups = groups
        while row < batch.count {
            let ordinal = ordinals[row]
            while risen < progress.ordinals.count, progress.ordinals[risen] < ordinal {
                limit = cutoff(progress.values[risen])
                risen += 1
            }
            var end = row + 1
            if ordinals.listed != nil { while end < batch.count, ordinals[end] == ordinal { end += 1 } }
            if end == row + 1 {
                let record = records.writable(groups[row])
                expire(record, limit)
                let entry = insert(row, record)
                if let failure = evaluate(entry, record) { failures.append((Int32(truncatingIfNeeded: row), failure)) }
            } else {
                runPeers(row..<end, limit, &failures)
            }
            row = end
        }
    }

    /// Rows of one ordinal see each other: all go in before the first is answered.
    private func runPeers(
        _ rows: Range<Int>, _ limit: Int64, _ failures: inout [(row: Int32, failure: AggregateFailure)]
    ) {
        rowEntries.removeAll(keepingCapacity: true)
        for row in rows { expire(records.writable(groups[row]), limit) }
        for row in rows { rowEntries.append(insert(row, records.writable(groups[row]))) }
        for row in rows {
            let entry = rowEntries[row - rows.lowerBound]
            if let failure = evaluate(entry, records.writable(groups[row])) {
                failures.append((Int32(truncatingIfNeeded: row), failure))
            }
        }
    }

    private func emit(_ batch: Batch, _ failures: [(row: Int32, failure: AggregateFailure)], _ outputs: inout [Delta]) {
        let all = batch.columns + results.finish()
        guard batch.count > 0 else {
            outputs[0].batch = Batch(columns: all, count: 0, ordinals: batch.ordinals)
            return
        }
        let answered = batch.with(columns: all)
        if failures.isEmpty {
            outputs[0].batch = answered
            return
        }
        var failed = [Bool](repeating: false, count: batch.count)
        for failure in failures { failed[Int(failure.row)] = true }
        outputs[0].batch = answered.gather((0..<Int32(batch.count)).filter { !failed[Int($0)] })
        guard outputs.count > 1 else { return }
        let rows = batch.gather(failures.map(\.row))
        let reasons = ColumnBuilder(DataType.Physical.text)
        for failure in failures { reasons.append(text: failure.failure.text) }
        outputs[1].batch = rows.with(columns: rows.columns + [reasons.finish()])
    }

    // MARK: Expiry

    /// The least time that a row judged by `watermark` may need; `Int64.min`: all.
    func cutoff(_ watermark: Int64) -> Int64 {
        guard unit != 0, watermark != .min else { return .min }
        if watermark == .max { return .max }
        var time = watermark / unit
        if watermark % unit < 0 { time -= 1 }
        let (result, overflow) = time.subtractingReportingOverflow(retention)
        return overflow ? .min : result
    }

    /// Looks at the next keys in turn and forgets what no row can need any more.
    private func sweep(rows: Int, _ limit: Int64) {
        guard limit != .min else { return }
        let slots = records.numberLimit
        for _ in 0..<min(2 * rows + 64, slots) {
            sweepAt = sweepAt + 1 < slots ? sweepAt + 1 : 0
            let number = Int32(truncatingIfNeeded: sweepAt)
            guard FrameRecord.isLive(records.address(number)) else { continue }
            let record = records.writable(number)
            expire(record, limit)
            if !hasUnbounded, FrameRecord.head(record) == 0, FrameRecord.peers(record) == 0 {
                FrameRecord.setLive(record, false)
                table.remove(number)
                records.free(number)
            }
        }
    }
}
