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
/// Outputs: 0, the groups; 1, rows of a pane that a closed window holds, or whose pane is NULL; 2, groups that have no value of
/// their type (keys and a TEXT with the reason).
///
/// Counts, sums and what follows from them are added up for each pane and key, and these are added and taken back; with
/// other aggregates among them, the rows themselves are.
///
/// Complexity: O(aggregates) a row, or pane and key, when it comes in and when it leaves, O(1) a group and window. State:
/// the rows, or panes by key, of the open windows, a record a group.
package final class SlidingAggregate: ClosingOperator {
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
    /// The groups of each pane, by key and end, where the aggregates follow from these. Nil: the rows are kept.
    private let partials: GroupAggregate?
    private let store: RowStore
    private let reader = BatchReader()
    private var ids: [Int32] = []
    /// By the number of a pane: its rows or groups.
    private var panes: [[Int32]] = []
    /// The groups of the window to which the pane's groups were added.
    private var entered: [[Int32]] = []
    private var freePanes: [Int32] = []
    /// By the end of a pane that no window holds yet; only looked up, never walked.
    private var numbers: [Int64: Int32] = [:]
    private var waiting = TimerHeap()
    private var inside = TimerHeap()
    /// The groups of the last window, and the place of each by its number.
    private var live: [Int32] = []
    private var places: [Int32] = []
    private var lastEnd: Int64 = .min
    /// How many groups of the last window have left, if not all have.
    private var emitted: Int?

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
        let ofRows = GroupAggregate(
            inputTypes: inputTypes, keys: plain, aggregates: aggregates, appendOnly: false, isQueue: true)
        store = RowStore(inputTypes)
        if ofRows.states.layout.isAdditive {
            partials = GroupAggregate(
                inputTypes: inputTypes, keys: plain + [paneEnd], aggregates: aggregates, appendOnly: false)
            // What comes are the keys of panes.
            let moved = aggregates.map { call -> AggregateSpec in
                var call = call
                call.columns = call.columns.map { $0 + plain.count }
                call.filter = call.filter.map { $0 + plain.count }
                return call
            }
            groups = GroupAggregate(
                inputTypes: plain.map { inputTypes[$0] } + inputTypes, keys: Array(plain.indices), aggregates: moved,
                appendOnly: false)
        } else {
            partials = nil
            groups = ofRows
        }
    }

    package var stateSize: StateSize {
        let (own, parts) = (groups.stateSize, partials?.stateSize ?? StateSize(rows: 0, bytes: 0))
        return StateSize(
            rows: store.count + own.rows + parts.rows,
            bytes: store.bytes + own.bytes + parts.bytes + waiting.bytes + inside.bytes + 4 * (store.count + parts.rows))
    }

    package var openCount: Int {
        let most = (windows.size - 1) / windows.slide + 1
        return SlidingAggregate.product(live.count + store.count + (partials?.table.count ?? 0), most)
    }

    private static func product(_ groups: Int, _ windows: Int64) -> Int {
        let (product, overflow) = groups.multipliedReportingOverflow(by: Int(clamping: windows))
        return overflow ? .max : product
    }

    /// At most: each group of a pane in each window that holds it.
    package func due(_ watermark: Int64, limit: Int) -> Int {
        if let emitted, lastEnd <= watermark { return live.count - emitted }
        guard let next = nextEnd(), next <= watermark else { return 0 }
        let arriving = waiting.due(watermark, limit: limit) { panes[Int($0.subject)].count }
        let passed = watermark.subtractingClamped(next) / windows.slide
        let most = min(passed, (windows.size - 1) / windows.slide) + 1
        return min(limit, SlidingAggregate.product(live.count + arriving, most))
    }

    package var ordinalSense: OrdinalSense { groups.ordinalSense }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        let batch = inputs[0].batch
        precondition(batch.weights == nil, "windows that close take append-only input")
        if batch.count > 0 { take(batch, &outputs) }
        var closed: [Batch] = []
        var failed: [Batch] = []
        var progress = inputs[0].progress.caughtUp(from: outputs[0].progress.end, at: context.ordinal)
        var left = context.closesMax
        var next = emitted == nil ? nextEnd() ?? .max : .min
        for (rise, value) in progress.values.enumerated() where value >= next {
            if let open = close(value, progress.ordinals[rise], &left, &closed, &failed) {
                progress.hold(at: rise, before: open)
                break
            }
            next = nextEnd() ?? .max
        }
        for index in outputs.indices { outputs[index].progress = progress }
        if !closed.isEmpty { outputs[0].batch = Batch.concatenate(closed) }
        if !failed.isEmpty, outputs.count > 2 { outputs[2].batch = Batch.concatenate(failed) }
    }

    // MARK: Rows

    /// Keeps rows until their windows come.
    private func take(_ batch: Batch, _ outputs: inout [Delta]) {
        let late = lateRows(batch)
        var rows = batch
        if !late.isEmpty {
            if outputs.count > 1 { outputs[1].batch = batch.gather(late) }
            var isLate = [Bool](repeating: false, count: batch.count)
            for row in late { isLate[Int(row)] = true }
            rows = batch.gather((0..<Int32(truncatingIfNeeded: batch.count)).filter { !isLate[Int($0)] })
        }
        if rows.isEmpty { return }
        if let partials {
            partials.bind(rows)
            partials.addRows(rows)
            let ends = partials.reader[paneEnd]
            for row in partials.newRows {
                let number = pane(ends.load(Int(row), as: Int64.self))
                panes[Int(number)].append(partials.groups[Int(row)])
            }
            partials.reader.unbind()
            return
        }
        reader.bind(rows)
        let ends = reader[paneEnd]
        store.append(reader, rows: Array(0..<Int32(truncatingIfNeeded: rows.count)), into: &ids)
        var start = 0
        while start < rows.count {
            let end = ends.load(start, as: Int64.self)
            var next = start + 1
            while next < rows.count, ends.load(next, as: Int64.self) == end { next += 1 }
            panes[Int(pane(end))] += ids[start..<next]
            start = next
        }
        reader.unbind()
    }

    private func lateRows(_ batch: Batch) -> [Int32] {
        var late: [Int32] = []
        reader.bind(batch)
        let ends = reader[paneEnd]
        var known: (end: Int64, isOpen: Bool)?
        for row in 0..<batch.count {
            let end = ends.load(row, as: Int64.self)
            let isOpen = known?.end == end ? known?.isOpen ?? false : self.isOpen(end)
            known = (end, isOpen)
            if !isOpen || ends.isNull(row) { late.append(Int32(truncatingIfNeeded: row)) }
        }
        reader.unbind()
        return late
    }

    /// Whether no window that holds a pane is closed: the watermark has not passed it. Each pane is in some window.
    private func isOpen(_ end: Int64) -> Bool { lastEnd == .min || end > lastEnd }

    private func start(of end: Int64) -> Int64 { end.subtractingClamped(windows.size) }

    private func pane(_ end: Int64) -> Int32 {
        if let known = numbers[end] { return known }
        let number = freePanes.popLast() ?? Int32(truncatingIfNeeded: panes.count)
        if Int(number) == panes.count {
            panes.append([])
            entered.append([])
        }
        numbers[end] = number
        waiting.push(TimerHeap.Timer(time: end, serial: Int64(number), subject: number))
        return number
    }

    // MARK: Windows

    /// Returns the end of a window that is due and of which not all has left.
    private func close(
        _ watermark: Int64, _ ordinal: Int64, _ left: inout Int, _ closed: inout [Batch], _ failed: inout [Batch]
    ) -> Int64? {
        while true {
            if emitted == nil {
                guard let end = nextEnd(), end <= watermark else { return nil }
                if left <= 0 { return end }
                open(end)
            }
            let first = emitted ?? 0
            let last = first + min(live.count - first, left)
            left -= last - first
            emit(first..<last, start(of: lastEnd), lastEnd, ordinal, &closed, &failed)
            emitted = last
            if last < live.count { return lastEnd }
            finish()
        }
    }

    /// What belongs to the next window and did not to the one before comes in.
    private func open(_ end: Int64) {
        let start = start(of: end)
        while let pane = waiting.pop(due: end) {
            numbers[pane.time] = nil
            enter(pane, start)
        }
        lastEnd = end
        emitted = 0
    }

    /// What the window behind the last one does not hold leaves.
    private func finish() {
        emitted = nil
        let (next, overflow) = start(of: lastEnd).addingReportingOverflow(windows.slide)
        let least = overflow ? Int64.max : next.addingClamped(windows.pane)
        while let pane = inside.first, pane.time < least { leave(pane) }
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
        if let partials {
            let keys = Array(partials.keyRows.columns(rows).dropLast())
            groups.bind(Batch(columns: keys, count: rows.count, ordinals: SlidingAggregate.noOrdinals(rows.count)))
            entered[Int(pane.subject)] = Array(groups.groups[..<rows.count])
            merge(pane.subject, partials, isTakenBack: false)
        } else {
            let batch = Batch(
                columns: store.columns(rows), count: rows.count, ordinals: SlidingAggregate.noOrdinals(rows.count))
            groups.bind(batch)
            groups.addRows(batch)
        }
        for row in groups.newRows { show(groups.groups[Int(row)]) }
        if groups.keys.isEmpty, live.isEmpty { show(0) }
        groups.reader.unbind()
    }

    private func leave(_ pane: TimerHeap.Timer) {
        _ = inside.pop(due: pane.time)
        if let partials {
            merge(pane.subject, partials, isTakenBack: true)
            for group in entered[Int(pane.subject)] { forgetEmpty(group) }
            return free(pane.subject)
        }
        let rows = panes[Int(pane.subject)]
        let batch = Batch(
            columns: store.columns(rows), count: rows.count, weights: [Int64](repeating: -1, count: rows.count),
            ordinals: SlidingAggregate.noOrdinals(rows.count))
        groups.bind(batch)
        groups.addRows(batch)
        for row in 0..<batch.count { forgetEmpty(groups.groups[row]) }
        groups.reader.unbind()
        free(pane.subject)
    }

    private static func noOrdinals(_ count: Int) -> Ordinals { Ordinals([Int64](repeating: 0, count: count)) }

    private func merge(_ pane: Int32, _ partials: GroupAggregate, isTakenBack: Bool) {
        for (part, group) in zip(panes[Int(pane)], entered[Int(pane)]) {
            groups.states.merge(
                partials.records.address(part), partials.states.heap, into: groups.records.writable(group),
                isTakenBack: isTakenBack)
        }
    }

    private func forgetEmpty(_ group: Int32) {
        guard Int(group) < places.count, places[Int(group)] >= 0, groups.rows(groups.records.address(group)) == 0 else {
            return
        }
        hide(group)
        if !groups.keys.isEmpty { groups.remove(group) }
    }

    private func free(_ pane: Int32) {
        for row in panes[Int(pane)] {
            if let partials { partials.remove(row) } else { store.free(row) }
        }
        panes[Int(pane)].removeAll()
        entered[Int(pane)].removeAll()
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
        _ places: Range<Int>, _ start: Int64, _ end: Int64, _ ordinal: Int64, _ closed: inout [Batch],
        _ failed: inout [Batch]
    ) {
        let count = places.count
        if count == 0 { return }
        let shown = count == live.count ? live : Array(live[places])
        var failures = GroupStates.Failures(count: count)
        let results = groups.states.results(groups.recordsOf(shown), &failures)
        let plain = groups.keys.isEmpty ? [] : groups.keyRows.columns(shown)
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
        try partials?.code(coder)
        try store.code(coder)
        var counts = panes.map { Int32(truncatingIfNeeded: $0.count) }
        // Amid a window: less than 0, behind the others.
        if let emitted { counts.append(Int32(truncatingIfNeeded: 0 &- max(emitted, 1))) }
        var rows = panes.flatMap { $0 }
        var targetCounts = entered.map { Int32(truncatingIfNeeded: $0.count) }
        var targets = entered.flatMap { $0 }
        try coder.code(&counts, default: 0)
        try coder.code(&rows, default: 0)
        try coder.code(&targetCounts, default: 0)
        try coder.code(&targets, default: 0)
        try coder.code(&freePanes, default: 0)
        try waiting.code(coder)
        try inside.code(coder)
        try coder.code(&live, default: 0)
        try coder.code(&places, default: 0)
        try coder.code(&lastEnd)
        if let last = counts.last, last < 0 {
            counts.removeLast()
            if !coder.isWriting { emitted = Int(0 &- Int64(last)) }
        }
        guard emitted ?? 0 <= live.count, counts.allSatisfy({ $0 >= 0 }), counts.reduce(0, { $0 + Int($1) }) == rows.count,
            targetCounts.count == counts.count, zip(targetCounts, counts).allSatisfy({ $0 == 0 || $0 == $1 }),
            targetCounts.reduce(0, { $0 + Int($1) }) == targets.count,
            freePanes.allSatisfy({ counts.indices.contains(Int($0)) })
        else { throw coder.damage("the panes of sliding windows do not agree") }
        if coder.isWriting { return }
        panes = SlidingAggregate.divide(rows, counts)
        entered = SlidingAggregate.divide(targets, targetCounts)
        numbers = [:]
        var timers = waiting
        while let pane = timers.pop(due: .max) {
            guard panes.indices.contains(Int(pane.subject)) else {
                throw coder.damage("a pane of sliding windows is not there")
            }
            numbers[pane.time] = pane.subject
        }
    }

    private static func divide(_ list: [Int32], _ counts: [Int32]) -> [[Int32]] {
        var start = 0
        return counts.map { count in
            defer { start += Int(count) }
            return Array(list[start..<(start + Int(count))])
        }
    }
}
