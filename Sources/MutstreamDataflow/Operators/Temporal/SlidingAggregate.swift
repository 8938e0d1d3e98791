import MutstreamColumnar

/// Sliding windows of panes, by their lengths in microseconds.
package struct SlidingWindows: Sendable, Hashable {
    /// The length of a pane, which divides the others: rows hold the end of theirs.
    package var pane: Int64
    package var slide: Int64
    package var size: Int64
    /// A window starts at `offset` modulo `slide`.
    package var offset: Int64

    package init(pane: Int64, slide: Int64, size: Int64, offset: Int64) {
        self.pane = pane
        self.slide = slide
        self.size = size
        self.offset = offset
    }

    /// The first end of a window, `time` or later; nil where it lies beyond the range of time.
    func end(from time: Int64) -> Int64? {
        let passed = (Int128(time) - Int128(size) - Int128(offset)) % Int128(slide)
        let rest = passed == 0 ? 0 : passed < 0 ? -passed : Int128(slide) - passed
        return Int64(exactly: Int128(time) + rest)
    }
}

/// GROUP BY over sliding windows (HOP), closed by the watermark: each window follows from the one before, to which rows
/// that come in are added and from which rows that leave are taken back.
///
/// ```
/// panes        |--|--|--|--|--|--|
/// window       |-----------|
/// the next        |-----------|          minus the first pane, plus the last
/// ```
///
/// A group leaves once for each of its windows, with weight +1, when the watermark reaches the window's end, with the
/// ordinal of the row that raised the watermark. The result equals the batch GROUP BY over the rows that were not late:
/// states are those of maintained groups, which take rows back exactly (``GroupAggregate``).
///
/// Outputs: 0, the groups; 1, rows all of whose windows are closed, or whose pane is NULL; 2, groups that have no value of
/// their type (keys and a TEXT with the reason).
///
/// Complexity: O(aggregates) a row when it comes in and when it leaves, O(1) a group and window. State: the rows of the open
/// windows, a record a group.
package final class SlidingAggregate: Operator {
    private enum Key {
        case plain(Int)
        case start
        case end
    }

    private let windows: SlidingWindows
    private let paneEnd: Int
    private let keys: [Key]
    private let keyTypes: [DataType]
    private let groups: GroupAggregate
    private let store: RowStore
    private let reader = BatchReader()
    /// Rows by pane, numbered.
    private var panes: [[Int32]] = []
    private var freePanes: [Int32] = []
    /// By the end of a pane that no window holds yet; only looked up, never walked.
    private var numbers: [Int64: Int32] = [:]
    private var waiting = TimerHeap()
    private var inside = TimerHeap()
    /// The groups of the last window, and the place of each by its number.
    private var live: [Int32] = []
    private var places: [Int32] = []
    private var lastEnd: Int64 = .min

    /// - Parameters:
    ///   - keys: columns of the input; those that are `paneEnd` stand for the window's start (`starts`) or end.
    ///   - starts: the positions among `keys` that are the window's start.
    package init(
        inputTypes: [DataType], keys: [Int], paneEnd: Int, starts: [Int], windows: SlidingWindows,
        aggregates: [AggregateSpec]
    ) {
        precondition(windows.pane > 0 && windows.slide > 0 && windows.size >= windows.slide, "windows have a length")
        precondition(inputTypes[paneEnd].physical == .int64, "a pane ends at a TIMESTAMP")
        self.windows = windows
        self.paneEnd = paneEnd
        var plain: [Int] = []
        self.keys = keys.enumerated().map { place, column in
            if column == paneEnd { return starts.contains(place) ? .start : .end }
            plain.append(column)
            return .plain(plain.count - 1)
        }
        keyTypes = keys.map { inputTypes[$0] }
        groups = GroupAggregate(inputTypes: inputTypes, keys: plain, aggregates: aggregates, appendOnly: false)
        store = RowStore(inputTypes)
    }

    package var stateSize: StateSize {
        let own = groups.stateSize
        return StateSize(
            rows: store.count + own.rows, bytes: store.bytes + own.bytes + waiting.bytes + inside.bytes + 4 * store.count)
    }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        let (batch, progress) = (inputs[0].batch, inputs[0].progress)
        precondition(batch.weights == nil, "windows that close take append-only input")
        for index in outputs.indices { outputs[index].progress = progress }
        if batch.count > 0 { take(batch, &outputs) }
        var closed: [Batch] = []
        var failed: [Batch] = []
        for (value, ordinal) in zip(progress.values, progress.ordinals) { close(value, ordinal, &closed, &failed) }
        if !closed.isEmpty { outputs[0].batch = Batch.concatenate(closed) }
        if !failed.isEmpty, outputs.count > 2 { outputs[2].batch = Batch.concatenate(failed) }
    }

    // MARK: Rows

    /// Keeps rows until their windows come.
    private func take(_ batch: Batch, _ outputs: inout [Delta]) {
        var late: [Int32] = []
        reader.bind(batch)
        let ends = reader[paneEnd]
        var (last, number): (Int64, Int32) = (.min, -1)
        for row in 0..<batch.count {
            guard !ends.isNull(row), case let end = ends.load(row, as: Int64.self), isOpen(end) else {
                late.append(Int32(truncatingIfNeeded: row))
                continue
            }
            if number < 0 || end != last { (last, number) = (end, pane(end)) }
            panes[Int(number)].append(store.append(reader, row))
        }
        reader.unbind()
        if !late.isEmpty, outputs.count > 1 { outputs[1].batch = batch.gather(late) }
    }

    /// Whether some window that holds a pane is not closed.
    private func isOpen(_ end: Int64) -> Bool {
        // The last of its windows begins at its start or before.
        lastEnd == .min
            || Int128(end) - Int128(windows.pane) + Int128(windows.size) > Int128(lastEnd)
                && windows.end(from: max(end, lastEnd.addingClamped(1))).map { start(of: $0) <= end &- windows.pane }
                    ?? false
    }

    private func start(of end: Int64) -> Int64 { end.subtractingClamped(windows.size) }

    private func pane(_ end: Int64) -> Int32 {
        if let known = numbers[end] { return known }
        let number = freePanes.popLast() ?? Int32(truncatingIfNeeded: panes.count)
        if Int(number) == panes.count { panes.append([]) }
        numbers[end] = number
        waiting.push(TimerHeap.Timer(time: end, serial: Int64(number), subject: number))
        return number
    }

    // MARK: Windows

    private func close(_ watermark: Int64, _ ordinal: Int64, _ closed: inout [Batch], _ failed: inout [Batch]) {
        while let end = nextEnd(), end <= watermark {
            let start = start(of: end)
            while let pane = waiting.pop(due: end) {
                numbers[pane.time] = nil
                enter(pane, start)
            }
            lastEnd = end
            emit(start, end, ordinal, &closed, &failed)
            // What the next window does not hold leaves.
            let (next, overflow) = start.addingReportingOverflow(windows.slide)
            let least = overflow ? Int64.max : next.addingClamped(windows.pane)
            while let pane = inside.first, pane.time < least { leave(pane) }
        }
    }

    /// The end of the next window that holds a row.
    private func nextEnd() -> Int64? {
        if inside.count > 0 {
            let (end, overflow) = lastEnd.addingReportingOverflow(windows.slide)
            return overflow ? nil : end
        }
        guard let first = waiting.first else { return nil }
        return windows.end(from: lastEnd == .min ? first.time : max(first.time, lastEnd.addingClamped(1)))
    }

    private func enter(_ pane: TimerHeap.Timer, _ start: Int64) {
        let rows = panes[Int(pane.subject)]
        guard pane.time.subtractingClamped(windows.pane) >= start else { return free(pane.subject) }
        inside.push(pane)
        let batch = Batch(
            columns: store.columns(rows), count: rows.count, ordinals: Ordinals([Int64](repeating: 0, count: rows.count)))
        groups.bind(batch)
        groups.addRows(batch)
        for row in groups.newRows { show(groups.groups[Int(row)]) }
        if groups.keys.isEmpty, live.isEmpty { show(0) }
        groups.reader.unbind()
    }

    private func leave(_ pane: TimerHeap.Timer) {
        _ = inside.pop(due: pane.time)
        let rows = panes[Int(pane.subject)]
        let batch = Batch(
            columns: store.columns(rows), count: rows.count, weights: [Int64](repeating: -1, count: rows.count),
            ordinals: Ordinals([Int64](repeating: 0, count: rows.count)))
        groups.bind(batch)
        groups.addRows(batch)
        for row in 0..<batch.count {
            let group = groups.groups[row]
            guard Int(group) < places.count, places[Int(group)] >= 0, groups.rows(groups.records.address(group)) == 0 else {
                continue
            }
            hide(group)
            if !groups.keys.isEmpty { groups.remove(group) }
        }
        groups.reader.unbind()
        free(pane.subject)
    }

    private func free(_ pane: Int32) {
        for row in panes[Int(pane)] { store.free(row) }
        panes[Int(pane)].removeAll()
        freePanes.append(pane)
    }

    private func show(_ group: Int32) {
        while places.count <= Int(group) { places.append(-1) }
        places[Int(group)] = Int32(truncatingIfNeeded: live.count)
        live.append(group)
    }

    private func hide(_ group: Int32) {
        let place = places[Int(group)]
        places[Int(group)] = -1
        guard let last = live.popLast(), last != group else { return }
        live[Int(place)] = last
        places[Int(last)] = place
    }

    private func emit(
        _ start: Int64, _ end: Int64, _ ordinal: Int64, _ closed: inout [Batch], _ failed: inout [Batch]
    ) {
        let count = live.count
        if count == 0 { return }
        var failures = GroupStates.Failures(count: count)
        let results = groups.states.results(groups.recordsOf(live), &failures)
        let plain = groups.keys.isEmpty ? [] : groups.keyRows.columns(live)
        let columns = keys.map { key in
            switch key {
            case .plain(let place): plain[place]
            case .start: Column.int64([Int64](repeating: start, count: count))
            case .end: Column.int64([Int64](repeating: end, count: count))
            }
        }
        let all = Batch(
            columns: columns + results, count: count, ordinals: Ordinals([Int64](repeating: ordinal, count: count)))
        if failures.isEmpty { return closed.append(all) }
        let indices = 0..<Int32(truncatingIfNeeded: count)
        closed.append(all.gather(indices.filter { failures[Int($0)] == nil }))
        let keyRows = all.with(columns: columns).gather(indices.filter { failures[Int($0)] != nil })
        let reasons = ColumnBuilder(DataType.Physical.text)
        for index in indices { if let failure = failures[Int(index)] { reasons.append(text: failure.text) } }
        failed.append(keyRows.with(columns: keyRows.columns + [reasons.finish()]))
    }
}

// MARK: - State

extension SlidingAggregate {
    package func code(_ coder: StateCoder) throws(StateDamage) {
        try groups.code(coder)
        try store.code(coder)
        var counts = panes.map { Int32(truncatingIfNeeded: $0.count) }
        var rows = panes.flatMap { $0 }
        try coder.code(&counts, default: 0)
        try coder.code(&rows, default: 0)
        try coder.code(&freePanes, default: 0)
        try waiting.code(coder)
        try inside.code(coder)
        try coder.code(&live, default: 0)
        try coder.code(&places, default: 0)
        try coder.code(&lastEnd)
        guard counts.allSatisfy({ $0 >= 0 }), counts.reduce(0, { $0 + Int($1) }) == rows.count,
            freePanes.allSatisfy({ counts.indices.contains(Int($0)) })
        else { throw coder.damage("the panes of sliding windows do not agree") }
        if coder.isWriting { return }
        var start = 0
        panes = counts.map { count in
            defer { start += Int(count) }
            return Array(rows[start..<(start + Int(count))])
        }
        numbers = [:]
        var timers = waiting
        while let pane = timers.pop(due: .max) {
            guard panes.indices.contains(Int(pane.subject)) else {
                throw coder.damage("a pane of sliding windows is not there")
            }
            numbers[pane.time] = pane.subject
        }
    }
}
