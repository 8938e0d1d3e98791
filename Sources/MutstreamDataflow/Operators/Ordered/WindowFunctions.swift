import MutstreamColumnar

/// OVER (PARTITION BY … ORDER BY … frame), maintained: after every step the output equals the batch result.
///
/// Ties in the order are broken by all columns of the row, ascending, NULL last; so `row_number`, `lag`, ROWS frames and
/// the like do not depend on the order of arrival. A row of weight *n* is *n* rows, which are peers.
///
/// Each row keeps the results that were last shown. A step finds the rows whose results its changes can reach, computes
/// them anew, and shows the rows where one differs:
///
/// ```
/// row_number, rank, dense_rank    from the change on until the numbers are what they were
/// percent_rank, cume_dist, ntile  the whole partition if its size changes
/// lag, lead                       as many rows as their offset
/// frames                          the rows whose frame reaches the change
/// ```
///
/// Sums over a frame slide with it and begin with the summaries of whole nodes of the ordered index.
///
/// **Outputs**: 0, the input's columns, then one column a call; 1, rows in which a call has no value (the input's columns
/// and a TEXT with the reason), retracted there when it has one again. Both carry the net change of a step; of one
/// partition the rows that leave come before those that come, all with the ordinal of the partition's last change.
/// **State**: all rows with their results, or those that a ``RowRetention`` keeps.
package final class WindowFunctions: Operator {
    private static let isTouched: UInt32 = 1

    let rows: OrderedPartitions
    let cells: WindowCells
    let plans: [WindowPlan]
    let summaries: WindowSummaries
    /// By call, where it counts distinct values.
    private let valuesOf: [WindowValues?]
    let values: [WindowValues]
    let writer = ByteWriter()
    let elements: CompositeWriter
    let closedArray = ByteWriter()
    private let net: [Consolidate]
    private let outputTypes: [[DataType]]
    private let shown: WindowOutput
    private let failed: WindowOutput
    private let builders: [ColumnBuilder]
    private let reasons = ColumnBuilder(DataType.Physical.text)
    private var touched: [Int32] = []
    private var ordinal: Int64 = 0

    /// - Parameters:
    ///   - order: the ORDER BY of the window; empty: all rows of a partition are peers.
    ///   - calls: the columns of their arguments and filters are columns of the input. Offsets of frames are checked.
    ///   - expiry: when partitions are forgotten.
    ///   - timeToLive: microseconds of the clock after which a partition that no row touches is forgotten, and taken back
    ///     where no `retention` makes its rows final; of append-only input, not together with `expiry`.
    ///   - retention: which rows are kept, where these come by event time and are never taken back; not together with
    ///     `expiry`.
    package init(
        inputTypes: [DataType], partition: [Int], order: [SortItem], calls: [WindowCall], expiry: Expiry? = nil,
        timeToLive: Int64? = nil, retention: RowRetention? = nil
    ) {
        outputTypes = [inputTypes + calls.map(\.resultType), inputTypes + [.text]]
        cells = WindowCells(calls.map(\.resultType))
        elements = CompositeWriter(writer)
        var offsets: [Int] = []
        var summaryBytes = 0
        for call in calls {
            offsets.append(summaryBytes)
            let physical = call.columns.first.map { inputTypes[$0].physical } ?? .bool
            if call.isDistinct { continue }
            summaryBytes += WindowAccumulator.Kind(call.function, physical)?.summaryBytes ?? 0
        }
        rows = OrderedPartitions(
            types: inputTypes, partition: partition, order: order,
            ownBytes: cells.ownBytes + WindowValues.headerBytes * calls.count { $0.isDistinct }, summaryBytes: summaryBytes,
            expiry: expiry, timeToLive: timeToLive, retention: retention)
        var offset = OrderedPartitions.headerBytes + cells.ownBytes
        var valuesOf: [WindowValues?] = []
        for call in calls {
            precondition(!call.isDistinct || call.frame.exclusion == .noOthers, "DISTINCT has no EXCLUDE")
            valuesOf.append(call.isDistinct ? WindowValues(call, rows, offset: offset) : nil)
            if call.isDistinct { offset += WindowValues.headerBytes }
        }
        self.valuesOf = valuesOf
        values = valuesOf.compactMap { $0 }
        plans = calls.enumerated().map { [rows] number, call in
            WindowPlan(call, number: number, rows, order: order, summaryOffset: offsets[number])
        }
        summaries = WindowSummaries(rows, plans.compactMap(\.accumulator).filter(\.isSummarized))
        builders = calls.map { ColumnBuilder($0.resultType) }
        shown = WindowOutput()
        failed = WindowOutput()
        net = outputTypes.map { Consolidate($0) }
    }

    package var wantsEveryStep: Bool { rows.hasTimesToLive }
    package var wakesAt: Int64? { rows.wakesAt }

    package var stateSize: StateSize {
        let size = rows.stateSize
        return StateSize(rows: size.rows, bytes: values.reduce(size.bytes + cells.bytes) { $0 + $1.bytes })
    }

    package func code(_ coder: StateCoder) throws(StateDamage) {
        try rows.code(coder)
        try cells.code(coder)
        for values in values { try values.code(coder) }
    }

    package var ordinalSense: OrdinalSense { .order }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        for index in outputs.indices { outputs[index].progress = inputs[0].progress }
        defer {
            let watermark = inputs[0].progress.end
            rows.expire(watermark) { forget($0) }
            rows.trim(watermark) { forget($0) }
        }
        let batch = rows.netChange(inputs[0], context)
        if rows.retention != nil {
            rows.forgetIdle(batch, context) { forget($0) }
            return change(batch, context, &outputs)
        }
        guard let idle = rows.retractIdle(batch, context) else { return change(batch, context, &outputs) }
        change(idle, touches: false, context, &outputs)
        let gone = outputs.map(\.batch)
        for index in outputs.indices { outputs[index].batch = .empty(outputTypes[index]) }
        change(batch, context, &outputs)
        for index in outputs.indices {
            outputs[index].batch = IdleKeys.join(gone[index], outputs[index].batch, outputTypes[index])
        }
    }

    private func change(_ batch: Batch, touches: Bool = true, _ context: StepContext, _ outputs: inout [Delta]) {
        if batch.isEmpty { return }
        rows.apply(batch, touches: touches)
        for row in rows.added where row >= 0 { cells.clear(rows.store.writableHeader(row)) }
        if !values.isEmpty { updateValues() }
        for partition in rows.partitionsInOrder() { update(partition) }
        outputs[0].batch = shown.makeBatch(rows.store, builders)
        if outputs.count > 1 { outputs[1].batch = failed.makeBatch(rows.store, [reasons]) } else { failed.removeAll() }
        for row in rows.removed { cells.release(rows.store.header(row)) }
        rows.endStep()
        guard rows.index.hasSeenEqualKeys else { return }
        // Equal rows may change places.
        for index in outputs.indices {
            var result = [outputs[index]]
            net[index].step([outputs[index]], context, &result)
            outputs[index] = result[0]
        }
    }

    /// Lets go what is kept of a row besides itself.
    private func forget(_ row: Int32) {
        cells.release(rows.store.header(row))
        for values in values { values.remove(row) }
    }

    private func update(_ partition: OrderedPartitions.Partition) {
        ordinal = partition.ordinal
        var link = partition.firstRemoved
        while link >= 0 {
            write(rows.removed[Int(link)], -1)
            link = rows.removedNext[Int(link)]
        }
        let tree = rows.tree(partition.group)
        if tree.count > 0 {
            let changes = WindowChanges(partition, rows, tree)
            for plan in plans { evaluate(plan, changes) }
        }
        for row in touched {
            rows.setFlags(row, 0)
            write(row, 1)
        }
        touched.removeAll(keepingCapacity: true)
        link = partition.firstAdded
        while link >= 0 {
            let row = rows.added[Int(link)]
            if row >= 0 { write(row, 1) }
            link = rows.addedNext[Int(link)]
        }
    }

    private func evaluate(_ plan: WindowPlan, _ changes: WindowChanges) {
        switch plan.call.function {
        case .rowNumber, .rank, .denseRank: return number(plan, changes)
        default: break
        }
        for range in changes.reach(of: plan) {
            switch plan.call.function {
            case .percentRank, .cumeDist: distribute(plan, range, changes.tree)
            case .ntile: fillBuckets(plan, range, changes.tree)
            case .lag, .lead: shift(plan, range, changes.tree)
            case .firstValue, .lastValue, .nthValue: pick(plan, range, changes.tree)
            case .stringAgg, .arrayAgg: join(plan, range, changes.tree)
            case .count where plan.call.isDistinct:
                if let values = valuesOf[plan.number] { countDistinct(plan, values, range, changes.tree) }
            default: aggregate(plan, range, changes)
            }
        }
    }

    /// Sets the result of a call in a row; whether it is what it was.
    @discardableResult
    @inline(__always)
    func set(_ row: Int32, _ plan: WindowPlan, _ cell: WindowCell) -> Bool {
        if cells.holds(cell, rows.store.header(row), plan.number) { return true }
        if !rows.isAdded(row), rows.flags(row) & WindowFunctions.isTouched == 0 {
            // The first result that changes: the row still has its old ones.
            write(row, -1)
            rows.setFlags(row, WindowFunctions.isTouched)
            touched.append(row)
        }
        cells.keep(cell, rows.store.writableHeader(row), plan.number)
        return false
    }

    private func write(_ row: Int32, _ weight: Int64) {
        let header = rows.store.header(row)
        if let failure = cells.failure(header) {
            failed.append(row, weight, ordinal)
            reasons.append(text: failure.text)
        } else {
            shown.append(row, weight, ordinal)
            cells.append(header, to: builders)
        }
    }
}

/// The rows of one output while a step is made.
final class WindowOutput {
    private var rows: [Int32] = []
    private var weights: [Int64] = []
    private var ordinals: [Int64] = []

    @inline(__always)
    func append(_ row: Int32, _ weight: Int64, _ ordinal: Int64) {
        rows.append(row)
        weights.append(weight)
        ordinals.append(ordinal)
    }

    func removeAll() {
        rows.removeAll(keepingCapacity: true)
        weights.removeAll(keepingCapacity: true)
        ordinals.removeAll(keepingCapacity: true)
    }

    /// The rows so far with the columns that were built beside them; none are left.
    func makeBatch(_ store: RowStore, _ builders: [ColumnBuilder]) -> Batch {
        let batch = Batch(
            columns: store.columns(rows) + builders.map { $0.finish() }, count: rows.count,
            weights: weights.contains { $0 != 1 } ? weights : nil, ordinals: Ordinals(ordinals))
        removeAll()
        return batch
    }
}
