import MutstreamColumnar

/// MATCH_RECOGNIZE: rows of a partition, in their order, that match a pattern.
///
/// Over a stream, rows wait until the watermark has passed their time, so that they are taken in the order of time; a match
/// leaves once, with the ordinal of the row that raised the watermark to where it was decided. Over rows that change, the
/// matches of a partition that changed are found anew, and the net change leaves; both ways run the same ``PatternMatcher``.
///
/// **Outputs**: 0, the columns of the input (of the last row of the match, or of each), then one for each slot of the
/// measures. 1, late rows of a stream. 2, rows for which a condition or a measure failed, with the reason.
/// **State**: rows that a match may still begin at or go on with, of a stream; all rows, where they change. A partition that
/// nothing has touched for its time to live ends: of a stream the match that is open leaves as it is, as if no row came
/// any more; else what its rows gave is taken back.
package final class RowPatternMatch: ClosingOperator {
    /// `| number of the arrival: 8 |`
    private static let headerBytes = 8

    private let spec: MatchSpec
    private let isStream: Bool
    private let keys: KeyEncoder
    private let table = KeyTable()
    private let store: RowStore
    private let reader = BatchReader()
    private let matcher: PatternMatcher
    /// By group of the table.
    private var partitions: [MatchPartition?] = []
    private var timers = TimerHeap()
    private var arrivals: Int64 = 0
    private var groups: [Int32] = []
    private var newRows: [Int32] = []
    private var touched: [Int32] = []
    private var due: [Int32] = []
    private var isDue: [Bool] = []
    /// Partitions that the watermark has reached and that have not been looked at: those behind `next`, in order.
    private var left: (groups: [Int32], next: Int, watermark: Int64) = ([], 0, .min)
    private var late: [Int32] = []
    private var garbage: [Int32] = []
    /// Rows touch a partition when they come and when the watermark passes them.
    private var idle: IdleKeys?

    /// - Parameters:
    ///   - isStream: rows come once, and the first column of the order is their event time.
    ///   - timeToLive: microseconds of the clock after which a partition ends that nothing touches; of append-only input.
    ///   - stepsMax: what one attempt may cost (``PatternMatcher/stepsMax``); nil: as much as there.
    package init(
        types: [DataType], spec: MatchSpec, program: PatternProgram, isStream: Bool, timeToLive: Int64? = nil,
        stepsMax: Int? = nil
    ) {
        idle = timeToLive.map { IdleKeys(timeToLive: $0) }
        self.spec = spec
        self.isStream = isStream
        keys = KeyEncoder(columns: spec.partition, nulls: .value)
        store = RowStore(types, headerBytes: RowPatternMatch.headerBytes)
        matcher = PatternMatcher(spec, program, store, stepsMax: stepsMax ?? PatternMatcher.stepsMax)
    }

    package var stateSize: StateSize {
        StateSize(
            rows: store.count,
            bytes: store.bytes + table.bytes + timers.bytes + store.count * 16 + (idle?.bytes ?? 0))
    }

    package var wantsEveryStep: Bool { idle?.isEmpty == false }
    package var wakesAt: Int64? { idle?.wakesAt }
    package var closes: Bool { isStream }
    package var openCount: Int { store.count }

    /// The rows that come to the matcher.
    package func due(_ watermark: Int64, limit: Int) -> Int {
        watermark == .max ? min(store.count, limit) : timers.due(watermark, limit: limit) { _ in 1 }
    }

    package func code(_ coder: StateCoder) throws(StateDamage) {
        try store.code(coder)
        try table.code(coder)
        var timers = timers
        for group in left.groups[left.next...] {
            timers.push(TimerHeap.Timer(time: left.watermark, serial: arrivals, subject: group))
        }
        try timers.code(coder)
        if !coder.isWriting { self.timers = timers }
        try coder.code(&arrivals)
        var count = partitions.count
        try coder.code(count: &count, bytesEach: 1)
        while partitions.count < count { partitions.append(nil) }
        for index in 0..<count {
            var exists = partitions[index] != nil
            try coder.code(&exists)
            if !exists { continue }
            let partition = partitions[index] ?? MatchPartition()
            try partition.code(coder)
            guard partition.rows.allSatisfy({ $0 >= 0 && Int($0) < store.idLimit }) else {
                throw coder.damage("a partition names a row that is not kept")
            }
            partitions[index] = partition
        }
        isDue = [Bool](repeating: false, count: count)
        try idle?.code(coder)
    }

    package var ordinalSense: OrdinalSense { .order }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        let batch = inputs[0].batch
        var progress = inputs[0].progress
        if idle != nil { endIdle(batch, context) }
        if !batch.isEmpty { bind(batch) }
        if isStream {
            progress = progress.caughtUp(from: outputs[0].progress.end, at: context.ordinal)
            stream(batch, inputs[0].progress.start, &progress, max: context.closesMax)
        } else {
            revise(batch)
        }
        for port in outputs.indices { outputs[port].progress = progress }
        if !batch.isEmpty { reader.unbind() }
        if !late.isEmpty, outputs.count > 1 { outputs[1].batch = batch.gather(late) }
        late.removeAll(keepingCapacity: true)
        if let matches = matcher.output.takeMatches() { outputs[0].batch = matches }
        if let failures = matcher.output.takeFailures(), outputs.count > 2 { outputs[2].batch = failures }
        sweep()
    }

    private func bind(_ batch: Batch) {
        reader.bind(batch)
        keys.encode(reader)
        table.findOrInsert(keys, into: &groups, newRows: &newRows)
        while partitions.count < table.groupLimit {
            partitions.append(nil)
            isDue.append(false)
        }
        for row in newRows {
            partitions[Int(groups[Int(row)])] = MatchPartition()
            touched.append(groups[Int(row)])
        }
        idle?.touch(groups, batch)
    }

    private func keep(_ row: Int) -> Int32 {
        let id = store.append(reader, row)
        store.writableHeader(id).storeBytes(of: arrivals, as: Int64.self)
        arrivals += 1
        return id
    }

    private func arrival(_ row: Int32) -> Int64 { store.header(row).load(as: Int64.self) }

    // MARK: Streams

    /// - Parameter start: the watermark before the step.
    private func stream(_ batch: Batch, _ start: Int64, _ progress: inout Progress, max: Int) {
        var rise = 0
        var watermark = start
        for row in 0..<batch.count {
            let ordinal = batch.ordinals[row]
            while rise < progress.ordinals.count, progress.ordinals[rise] < ordinal {
                watermark = progress.values[rise]
                pass(watermark, progress.ordinals[rise], max: .max)
                rise += 1
            }
            add(row, batch.weight(row), watermark)
        }
        while rise < progress.ordinals.count {
            if !pass(progress.values[rise], progress.ordinals[rise], max: max) { progress.hold(at: rise, before: .min) }
            rise += 1
        }
    }

    private func add(_ row: Int, _ weight: Int64, _ watermark: Int64) {
        let column = reader[spec.order[0].column]
        if column.isNull(row) { return }
        let time = column.load(row, as: Int64.self)
        if watermark != .min, time < watermark {
            late.append(Int32(truncatingIfNeeded: row))
            return
        }
        let group = groups[row]
        guard let partition = partitions[Int(group)] else { return }
        for _ in 0..<max(weight, 0) { partition.insert(keep(row), store, spec.order) }
        timers.push(TimerHeap.Timer(time: time.addingClamped(1), serial: arrivals, subject: group))
    }

    /// Rows before a watermark come to the matcher, partition by partition, until about `max` have.
    /// Returns whether all have.
    @discardableResult
    private func pass(_ watermark: Int64, _ ordinal: Int64, max: Int) -> Bool {
        rank(watermark)
        matcher.output.ordinal = ordinal
        matcher.output.weight = 1
        var count = 0
        while left.next < left.groups.count, count < max {
            let group = left.groups[left.next]
            left.next += 1
            guard let partition = partitions[Int(group)] else { continue }
            count += 1 + partition.rows.count - partition.start
            if advance(partition, group, watermark) { idle?.touch(group, ordinal: ordinal) }
            touched.append(group)
        }
        if left.next < left.groups.count { return false }
        left = ([], 0, .min)
        return true
    }

    /// Finds the partitions that the watermark has reached.
    private func rank(_ watermark: Int64) {
        let isKnown = left.next < left.groups.count && left.watermark == watermark
        if isKnown, timers.first.map({ $0.time > watermark }) ?? true { return }
        for group in left.groups[left.next...] { note(due: group) }
        left = ([], 0, watermark)
        while let timer = timers.pop(due: watermark) { note(due: timer.subject) }
        if watermark == .max, !isKnown {
            // The stream has ended: what waits only for a row that would decide it has no timer.
            for group in partitions.indices { note(due: Int32(truncatingIfNeeded: group)) }
        }
        if due.isEmpty { return }
        // Those whose rows came first are first, so that the order does not depend on steps.
        let ranked = due.compactMap { group -> (first: Int64, group: Int32)? in
            isDue[Int(group)] = false
            guard let partition = partitions[Int(group)], partition.start < partition.rows.count else { return nil }
            return (arrival(partition.rows[partition.start]), group)
        }.sorted { $0.first < $1.first }
        due.removeAll(keepingCapacity: true)
        left = (ranked.map(\.group), 0, watermark)
    }

    private func note(due group: Int32) {
        let index = Int(group)
        guard partitions.indices.contains(index), !isDue[index], partitions[index] != nil else { return }
        isDue[index] = true
        due.append(group)
    }

    /// Returns whether the watermark has passed rows that it had not.
    private func advance(_ partition: MatchPartition, _ group: Int32, _ watermark: Int64) -> Bool {
        let column = spec.order[0].column
        let hasEnded = watermark == .max
        var (low, high) = (partition.fed, partition.rows.count)
        while low < high {
            let middle = (low + high) / 2
            let time = store.load(partition.rows[middle], column, as: Int64.self)
            if time < watermark || hasEnded { low = middle + 1 } else { high = middle }
        }
        let isFed = low > partition.fed
        matcher.feed(partition, until: low)
        matcher.run(partition, watermark: watermark, hasEnded: hasEnded)
        if let attempt = partition.attempt, !attempt.hasTimer, let deadline = matcher.deadline(partition) {
            attempt.hasTimer = true
            timers.push(TimerHeap.Timer(time: deadline, serial: arrivals, subject: group))
        }
        partition.trim(keeping: matcher.history, into: &garbage)
        if hasEnded, partition.start == partition.rows.count {
            garbage.append(contentsOf: partition.rows)
            partitions[Int(group)] = MatchPartition()
        }
        return isFed
    }

    // MARK: Rows that change

    private func revise(_ batch: Batch) {
        if batch.isEmpty { return }
        var changes: [Int32: [Int]] = [:]
        var order: [(ordinal: Int64, group: Int32)] = []
        for row in 0..<batch.count { changes[groups[row], default: []].append(row) }
        for (group, rows) in changes { order.append((batch.ordinals[rows[rows.count - 1]], group)) }
        order.sort { ($0.ordinal, $0.group) < ($1.ordinal, $1.group) }
        for (ordinal, group) in order {
            guard let partition = partitions[Int(group)], let rows = changes[group] else { continue }
            matcher.output.ordinal = ordinal
            matcher.output.weight = -1
            find(partition)
            partition.rewind()
            for row in rows {
                let weight = batch.weight(row)
                for _ in 0..<weight.magnitude {
                    let id = keep(row)
                    if weight > 0 {
                        partition.insert(id, store, spec.order)
                    } else {
                        remove(id, row, partition)
                        garbage.append(id)
                    }
                }
            }
            matcher.output.weight = 1
            find(partition)
            partition.rewind()
            touched.append(group)
        }
    }

    private func find(_ partition: MatchPartition) {
        matcher.feed(partition, until: partition.rows.count)
        matcher.run(partition, watermark: .max, hasEnded: true)
    }

    /// Takes out the last of the kept rows that are equal to a row.
    private func remove(_ id: Int32, _ row: Int, _ partition: MatchPartition) {
        var (low, high) = (0, partition.rows.count)
        while low < high {
            let middle = (low + high) / 2
            if store.isBefore(id, partition.rows[middle], spec.order) { high = middle } else { low = middle + 1 }
        }
        var index = low - 1
        while index >= 0, !store.isBefore(partition.rows[index], id, spec.order) {
            if store.equals(partition.rows[index], reader, row) {
                garbage.append(partition.rows[index])
                partition.remove(at: index)
                return
            }
            index -= 1
        }
    }

    // MARK: Rows that go

    /// Ends partitions that nothing has touched for their time to live.
    private func endIdle(_ batch: Batch, _ context: StepContext) {
        idle?.advance(to: context.clock)
        let ended =
            idle?.takeDue { report in
                keys.encode(batch)
                for row in 0..<batch.count { report(table.find(keys.key(row))) }
            } ?? []
        for group in ended {
            guard partitions.indices.contains(Int(group)), let partition = partitions[Int(group)] else { continue }
            matcher.output.ordinal = idle?.lastOrdinal ?? 0
            matcher.output.weight = isStream ? 1 : -1
            if isStream {
                // What waits for the watermark touches it when that comes.
                if partition.fed < partition.rows.count { continue }
                matcher.run(partition, watermark: .max, hasEnded: true)
            } else {
                find(partition)
            }
            garbage.append(contentsOf: partition.rows)
            partitions[Int(group)] = nil
            table.remove(group)
        }
    }

    /// Frees rows that have left, and partitions of which nothing is known any more.
    private func sweep() {
        for row in garbage { store.free(row) }
        garbage.removeAll(keepingCapacity: true)
        for group in touched {
            guard let partition = partitions[Int(group)], partition.rows.isEmpty else { continue }
            if isStream, matcher.numbersMatches, partition.matches > 0 { continue }
            partitions[Int(group)] = nil
            table.remove(group)
        }
        touched.removeAll(keepingCapacity: true)
    }
}
