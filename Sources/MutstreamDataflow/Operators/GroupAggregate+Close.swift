import MutstreamColumnar

extension GroupAggregate {
    /// Adds rows and closes windows, interleaved by ordinal.
    /// - Parameter reached: how far the windows are closed.
    func stepClosing(_ input: Delta, _ reached: Int64, _ context: StepContext, _ outputs: inout [Delta]) {
        let rows = splitLate(input.batch, input.progress, &outputs)
        bind(rows)
        register(rows)
        // A window that closes in this step has all of its rows before that: later ones are late.
        if !rows.isEmpty { addRows(rows) }
        var closed = ClosedGroups()
        var progress = input.progress.caughtUp(from: reached, at: context.ordinal)
        for (rise, value) in progress.values.enumerated() where value >= buckets.first {
            close(value, progress.ordinals[rise], max: context.closesMax, &closed)
            if buckets.first > value || buckets.isEmpty { continue }
            progress.hold(at: rise, before: buckets.first)
            break
        }
        for port in outputs.indices { outputs[port].progress = progress }
        reader.unbind()
        emit(closed, &outputs)
        for group in closed.groups { remove(group) }
    }

    /// Gives the rows of closed windows away and returns the others.
    private func splitLate(_ batch: Batch, _ progress: Progress, _ outputs: inout [Delta]) -> Batch {
        guard let closeKey, batch.count > 0 else { return batch }
        reader.bind(batch)
        let ends = reader[keys[closeKey]]
        if !ends.hasNulls {
            var least = Int64.max
            for row in 0..<batch.count { least = min(least, ends.load(row, as: Int64.self)) }
            if least > progress.end || progress.end == .min {
                reader.unbind()
                return batch
            }
        }
        let ordinals = batch.ordinals
        var late: [Int32] = []
        var watermark = progress.start
        var risen = 0
        for row in 0..<batch.count {
            while risen < progress.ordinals.count, progress.ordinals[risen] < ordinals[row] {
                watermark = progress.values[risen]
                risen += 1
            }
            let isLate = ends.isNull(row) || (watermark != .min && ends.load(row, as: Int64.self) <= watermark)
            if isLate { late.append(Int32(truncatingIfNeeded: row)) }
        }
        reader.unbind()
        if late.isEmpty { return batch }
        if outputs.count > 1 { outputs[1].batch = batch.gather(late) }
        var isLate = [Bool](repeating: false, count: batch.count)
        for row in late { isLate[Int(row)] = true }
        return batch.gather((0..<Int32(batch.count)).filter { !isLate[Int($0)] })
    }

    /// Puts new groups into the buckets of their windows. None of them can close before its first row: that row were late.
    private func register(_ rows: Batch) {
        guard let closeKey else { return }
        for row in newRows {
            let group = groups[Int(row)]
            let last = buckets.add(group, end: reader[keys[closeKey]].load(Int(row), as: Int64.self))
            GroupRecord.setNext(records.writable(group), -1)
            if last >= 0 { GroupRecord.setNext(records.writable(last), group) }
        }
    }

    private func close(_ watermark: Int64, _ ordinal: Int64, max: Int, _ closed: inout ClosedGroups) {
        if watermark < buckets.first || buckets.isEmpty { return }
        while closed.groups.count < max, let first = buckets.firstDue(watermark) {
            var group = first
            while group >= 0, closed.groups.count < max {
                closed.groups.append(group)
                closed.ordinals.append(ordinal)
                group = GroupRecord.next(records.address(group))
            }
            buckets.leave(group)
        }
    }

    private func emit(_ closed: ClosedGroups, _ outputs: inout [Delta]) {
        if closed.groups.isEmpty { return }
        var failures = GroupStates.Failures(count: closed.groups.count)
        let results = states.results(recordsOf(closed.groups), &failures)
        let keyColumns = keyRows.columns(closed.groups)
        let all = Batch(
            columns: keyColumns + results, count: closed.groups.count, ordinals: Ordinals(closed.ordinals))
        if failures.isEmpty {
            outputs[0].batch = all
            return
        }
        let indices = 0..<Int32(truncatingIfNeeded: closed.groups.count)
        outputs[0].batch = all.gather(indices.filter { failures[Int($0)] == nil })
        guard outputs.count > 2 else { return }
        let failed = all.with(columns: keyColumns).gather(indices.filter { failures[Int($0)] != nil })
        let reasons = ColumnBuilder(DataType.Physical.text)
        for index in indices { if let failure = failures[Int(index)] { reasons.append(text: failure.text) } }
        outputs[2].batch = failed.with(columns: failed.columns + [reasons.finish()])
    }

    /// The groups that leave in one step, in their order.
    struct ClosedGroups {
        var groups: [Int32] = []
        var ordinals: [Int64] = []
    }
}
