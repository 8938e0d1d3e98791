import MutstreamColumnar

/// The groups that a step changes, in the order of their first change.
struct ChangedGroups {
    var groups: [Int32] = []
    /// The row of the last change.
    var lastRows: [Int32] = []

    mutating func removeAll() {
        groups.removeAll(keepingCapacity: true)
        lastRows.removeAll(keepingCapacity: true)
    }
}

extension GroupAggregate {
    func stepMaintained(_ batch: Batch, isFirst: Bool, _ outputs: inout [Delta]) {
        bind(batch)
        if let expiry { register(expiry) }
        noteChanges(batch, isFirst)
        let touched = recordsOf(changed.groups)
        // Groups that are new have no old results; without keys the one group is new in the first step.
        let areAllNew = keys.isEmpty ? isFirst : newRows.count == changed.groups.count
        var wasThere = [Bool](repeating: !areAllNew, count: touched.count)
        var oldFailures = GroupStates.Failures(count: areAllNew ? 0 : touched.count)
        var before: [Column] = []
        if !areAllNew {
            if !keys.isEmpty { for (place, record) in touched.enumerated() { wasThere[place] = rows(record) != 0 } }
            before = states.results(touched, &oldFailures)
        }
        if !batch.isEmpty { addRows(batch) }
        reader.unbind()
        var failures = GroupStates.Failures(count: touched.count)
        let after = states.results(touched, &failures)
        var changes = Changes()
        let tests = areAllNew ? [] : zip(before, after).map { ColumnPair($0, $1) }
        for place in order(batch) {
            let record = touched[place]
            let (was, now) = (wasThere[place], keys.isEmpty || rows(record) != 0)
            let (oldFailure, failure) = (was ? oldFailures[place] : nil, now ? failures[place] : nil)
            if was == now, oldFailure == failure {
                if !was || failure != nil || tests.allSatisfy({ $0.isSame(place) }) { continue }
            }
            let ordinal = changed.lastRows[place] < 0 ? 0 : batch.ordinals[Int(changed.lastRows[place])]
            if was { changes.append(place, -1, ordinal, oldFailure, changed.groups[place]) }
            if now { changes.append(place, 1, ordinal, failure, changed.groups[place]) }
        }
        emit(changes, before, after, &outputs)
        for (place, group) in changed.groups.enumerated() {
            GroupRecord.setPlace(touched[place], 0)
            // Where groups are forgotten by their window, one without rows waits for that as well.
            if !keys.isEmpty, expiry == nil, rows(touched[place]) == 0 { remove(group) }
        }
        changed.removeAll()
    }

    /// Puts new groups into the buckets of their windows.
    private func register(_ expiry: Expiry) {
        let column = reader[expiry.column]
        for row in newRows where !column.isNull(Int(row)) {
            let group = groups[Int(row)]
            let end = column.load(Int(row), as: Int64.self).addingClamped(expiry.distance)
            let last = buckets.add(group, end: end)
            GroupRecord.setNext(records.writable(group), -1)
            if last >= 0 { GroupRecord.setNext(records.writable(last), group) }
        }
    }

    /// Forgets the groups whose windows the watermark has passed.
    func expire(_ watermark: Int64) {
        if watermark < buckets.first || buckets.isEmpty { return }
        while let first = buckets.popDue(watermark) {
            var group = first
            while group >= 0 {
                let next = GroupRecord.next(records.address(group))
                remove(group)
                group = next
            }
        }
    }

    /// Takes back the groups that have lived their time and forgets them; nil: there are none.
    func forgetIdle(_ batch: Batch, _ context: StepContext) -> [Delta]? {
        guard idle != nil else { return nil }
        idle?.advance(to: context.clock)
        let due =
            idle?.takeDue { report in
                encoder.encode(batch)
                for row in 0..<batch.count { report(table.find(encoder.key(row))) }
            } ?? []
        if due.isEmpty { return nil }
        let records = recordsOf(due)
        var failures = GroupStates.Failures(count: due.count)
        let results = states.results(records, &failures)
        var changes = Changes()
        for (place, group) in due.enumerated() {
            changes.append(place, -1, idle?.lastOrdinal ?? 0, failures[place], group)
        }
        var outputs = [Delta](repeating: Delta(.empty([])), count: 3)
        emit(changes, [], results, &outputs)
        for group in due { remove(group) }
        return outputs
    }

    private func noteChanges(_ batch: Batch, _ isFirst: Bool) {
        if keys.isEmpty {
            if batch.isEmpty && !isFirst { return }
            changed.groups.append(0)
            changed.lastRows.append(Int32(truncatingIfNeeded: batch.count) - 1)
            return
        }
        for row in 0..<batch.count {
            let record = recordOf[row]
            let place = GroupRecord.place(record)
            if place != 0 {
                changed.lastRows[Int(place &- 1)] = Int32(truncatingIfNeeded: row)
                continue
            }
            changed.groups.append(groups[row])
            changed.lastRows.append(Int32(truncatingIfNeeded: row))
            GroupRecord.setPlace(record, Int32(truncatingIfNeeded: changed.groups.count))
        }
    }

    /// The places of the changed groups in the order of their last ordinals, then of their first changes.
    private func order(_ batch: Batch) -> [Int] {
        let count = changed.groups.count
        if count < 2 { return Array(0..<count) }
        var placeOf = [Int32](repeating: -1, count: batch.count)
        for (place, row) in changed.lastRows.enumerated() { placeOf[Int(row)] = Int32(truncatingIfNeeded: place) }
        var result: [Int] = []
        result.reserveCapacity(count)
        guard let ordinals = batch.ordinals.listed else {
            for place in placeOf where place >= 0 { result.append(Int(place)) }
            return result
        }
        // Rows of one ordinal stand together: only within them places are put in order.
        var (start, last) = (0, Int64.min)
        for row in 0..<batch.count where placeOf[row] >= 0 {
            if ordinals[row] != last {
                if result.count - start > 1 { result[start...].sort() }
                (start, last) = (result.count, ordinals[row])
            }
            result.append(Int(placeOf[row]))
        }
        if result.count - start > 1 { result[start...].sort() }
        return result
    }

    private func emit(_ changes: Changes, _ before: [Column], _ after: [Column], _ outputs: inout [Delta]) {
        let out = changes.rows
        if !out.indices.isEmpty {
            let results: [Column]
            if before.isEmpty {
                results = after.map { $0.gather(out.indices.map { $0 >> 1 }) }
            } else {
                let shift = Int32(truncatingIfNeeded: changed.groups.count)
                let indices = out.indices.map { ($0 >> 1) &+ ($0 & 1 == 0 ? 0 : shift) }
                results = zip(before, after).map { Column.concatenate([$0, $1]).gather(indices) }
            }
            outputs[0].batch = Batch(
                columns: keyRows.columns(out.groups) + results, count: out.indices.count,
                weights: out.weights.contains(-1) ? out.weights : nil, ordinals: Ordinals(out.ordinals))
        }
        let failed = changes.failed
        guard outputs.count > 2, !failed.indices.isEmpty else { return }
        let texts = ColumnBuilder(DataType.Physical.text)
        for reason in changes.reasons { texts.append(text: reason.text) }
        outputs[2].batch = Batch(
            columns: keyRows.columns(failed.groups) + [texts.finish()], count: failed.indices.count,
            weights: failed.weights.contains(-1) ? failed.weights : nil, ordinals: Ordinals(failed.ordinals))
    }

    /// What leaves: groups, and those that failed.
    private struct Changes {
        struct Rows {
            /// Twice the place, and one more for the new result.
            var indices: [Int32] = []
            var groups: [Int32] = []
            var weights: [Int64] = []
            var ordinals: [Int64] = []

            mutating func append(_ place: Int, _ weight: Int64, _ ordinal: Int64, _ group: Int32) {
                indices.append(Int32(truncatingIfNeeded: place &* 2 &+ (weight < 0 ? 0 : 1)))
                groups.append(group)
                weights.append(weight)
                ordinals.append(ordinal)
            }
        }

        var rows = Rows()
        var failed = Rows()
        var reasons: [AggregateFailure] = []

        mutating func append(
            _ place: Int, _ weight: Int64, _ ordinal: Int64, _ failure: AggregateFailure?, _ group: Int32
        ) {
            guard let failure else { return rows.append(place, weight, ordinal, group) }
            failed.append(place, weight, ordinal, group)
            reasons.append(failure)
        }
    }
}

/// The results of one aggregate before and after a step.
private struct ColumnPair {
    private let old: Column
    private let new: Column

    init(_ old: Column, _ new: Column) {
        self.old = old
        self.new = new
    }

    /// Whether a group has the same result, to the bit.
    func isSame(_ row: Int) -> Bool {
        let isValid = old.isValid(row)
        guard isValid == new.isValid(row) else { return false }
        if !isValid { return true }
        switch (old.values, new.values) {
        case (.bool(let a), .bool(let b)): return a[row] == b[row]
        case (.int64(let a), .int64(let b)): return a[row] == b[row]
        case (.double(let a), .double(let b)): return a[row].bitPattern == b[row].bitPattern
        case (.decimal(let a), .decimal(let b)): return a[row] == b[row]
        case (.interval(let a), .interval(let b)): return a[row] == b[row]
        case (.text(let a), .text(let b)):
            return a.withReader { a in b.withReader { b in ValueOrder.compare(a.bytes(row), b.bytes(row)) == 0 } }
        default: return false
        }
    }
}
