import MutstreamColumnar

/// The groups that a step has changed, in the order of their first change.
struct ChangedGroups {
    enum State: Equatable {
        case absent, present
        case failed(AggregateFailure)
    }

    var groups: [Int32] = []
    /// Of the last change.
    var ordinals: [Int64] = []
    /// What the group was before the step.
    var old: [State] = []

    mutating func removeAll() {
        groups.removeAll(keepingCapacity: true)
        ordinals.removeAll(keepingCapacity: true)
        old.removeAll(keepingCapacity: true)
    }
}

extension GroupAggregate {
    func stepMaintained(_ batch: Batch, isFirst: Bool, _ outputs: inout [Delta]) {
        bind(batch)
        if isFirst, keys.isEmpty { touch(0, isFirst: true) }
        for row in 0..<batch.count {
            let record = records.writable(groups[row])
            if GroupRecord.place(record) == 0 { touch(groups[row], isFirst: false) }
            changed.ordinals[Int(GroupRecord.place(record)) - 1] = batch.ordinals[row]
            add(row, weight: batch.weight(row), to: record)
        }
        reader.unbind()
        emitChanges(&outputs)
        for group in changed.groups {
            GroupRecord.setPlace(records.writable(group), 0)
            if !keys.isEmpty, layout.rows(records.address(group), frame: 0) == 0 { remove(group) }
        }
        changed.removeAll()
    }

    /// Notes the row of a group as it was before the step.
    private func touch(_ group: Int32, isFirst: Bool) {
        let record = records.writable(group)
        oldResults.reserve(1)
        let failure = oldResults.append(record, layout.results, heap)
        let isAbsent = keys.isEmpty ? isFirst : layout.rows(record, frame: 0) == 0
        changed.groups.append(group)
        changed.ordinals.append(0)
        changed.old.append(isAbsent ? .absent : failure.map { .failed($0) } ?? .present)
        GroupRecord.setPlace(record, Int32(truncatingIfNeeded: changed.groups.count))
    }

    private func emitChanges(_ outputs: inout [Delta]) {
        let count = changed.groups.count
        results.reserve(count)
        var new: [ChangedGroups.State] = []
        new.reserveCapacity(count)
        for group in changed.groups {
            let record = records.address(group)
            let failure = results.append(record, layout.results, heap)
            let isAbsent = !keys.isEmpty && layout.rows(record, frame: 0) == 0
            new.append(isAbsent ? .absent : failure.map { .failed($0) } ?? .present)
        }
        let (before, after) = (oldResults.finish(), results.finish())
        var rows = ChangeRows()
        var failed = ChangeRows()
        var reasons: [AggregateFailure] = []
        // Batches are in the order of ordinals; the sort is stable as the places break ties.
        let order = (0..<count).sorted { (changed.ordinals[$0], $0) < (changed.ordinals[$1], $1) }
        for place in order {
            let (was, now) = (changed.old[place], new[place])
            if was == now, was != .present || zip(before, after).allSatisfy({ $0.isSame($1, at: place) }) { continue }
            for (state, weight) in [(was, Int64(-1)), (now, Int64(1))] {
                switch state {
                case .absent: break
                case .present: rows.append(place + (weight < 0 ? 0 : count), weight, changed.ordinals[place])
                case .failed(let failure):
                    failed.append(place, weight, changed.ordinals[place])
                    reasons.append(failure)
                }
            }
        }
        let keyColumns = keyRows.columns(changed.groups)
        let doubled = zip(keyColumns + before, keyColumns + after).map { Column.concatenate([$0, $1]) }
        outputs[0].batch = Batch(
            columns: doubled.map { $0.gather(rows.indices) }, count: rows.indices.count, weights: rows.weights,
            ordinals: Ordinals(rows.ordinals))
        guard outputs.count > 2, !reasons.isEmpty else { return }
        let texts = ColumnBuilder(DataType.Physical.text)
        for reason in reasons { texts.append(text: reason.text) }
        outputs[2].batch = Batch(
            columns: keyColumns.map { $0.gather(failed.indices) } + [texts.finish()], count: reasons.count,
            weights: failed.weights, ordinals: Ordinals(failed.ordinals))
    }

    private struct ChangeRows {
        var indices: [Int32] = []
        var weights: [Int64] = []
        var ordinals: [Int64] = []

        mutating func append(_ index: Int, _ weight: Int64, _ ordinal: Int64) {
            indices.append(Int32(truncatingIfNeeded: index))
            weights.append(weight)
            ordinals.append(ordinal)
        }
    }
}

extension Column {
    /// Whether a row holds the same here and there, to the bit.
    fileprivate func isSame(_ other: Column, at row: Int) -> Bool {
        let isValid = isValid(row)
        guard isValid == other.isValid(row) else { return false }
        if !isValid { return true }
        switch (values, other.values) {
        case (.bool(let a), .bool(let b)): return a[row] == b[row]
        case (.int64(let a), .int64(let b)): return a[row] == b[row]
        case (.double(let a), .double(let b)): return a[row].bitPattern == b[row].bitPattern
        case (.decimal(let a), .decimal(let b)): return a[row] == b[row]
        case (.interval(let a), .interval(let b)): return a[row] == b[row]
        case (.text(let a), .text(let b)):
            return a.withReader { a in b.withReader { b in a.bytes(row).elementsEqual(b.bytes(row)) } }
        default: return false
        }
    }
}
