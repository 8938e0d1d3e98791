import MutstreamColumnar
import MutstreamDataflow

/// What the watermark of a node speaks of.
package struct TimeColumns: Sendable {
    /// Columns that hold the event time itself: no row comes whose time lies behind the watermark.
    package var eventTimes: Set<Int> = []
    /// Columns that hold the start or end of a window of event time: no row comes whose window the watermark has passed.
    package var windowTimes: [Int: WindowTime] = [:]
    /// Some source beneath makes promises about event time.
    package var hasWatermark = false
    /// All rows keep these promises, so that state may be freed by them; else only most do, and what comes late is told
    /// apart when it comes.
    package var bindsAll = true

    /// When rows that agree in `columns` can never change again.
    package func expiry(of columns: [Int]) -> Expiry? {
        guard hasWatermark, bindsAll else { return nil }
        for column in columns {
            if let window = windowTimes[column] { return Expiry(column: column, distance: window.distance) }
        }
        return columns.first { eventTimes.contains($0) }.map { Expiry(column: $0, distance: 1) }
    }

    fileprivate func only(_ columns: Set<Int>) -> TimeColumns {
        var copy = self
        copy.eventTimes.formIntersection(columns)
        copy.windowTimes = copy.windowTimes.filter { columns.contains($0.key) }
        return copy
    }

    /// What both promise.
    fileprivate func intersection(_ other: TimeColumns) -> TimeColumns {
        var copy = self
        copy.eventTimes.formIntersection(other.eventTimes)
        copy.windowTimes = [:]
        for (column, window) in windowTimes {
            guard let second = other.windowTimes[column] else { continue }
            copy.windowTimes[column] =
                window == second ? window : WindowTime(distance: max(window.distance, second.distance))
        }
        return copy
    }
}

/// A column of starts or ends of windows.
package struct WindowTime: Sendable, Hashable {
    /// From the column to the window's end, at most: `column + distance` is a time that the watermark has not reached.
    package var distance: Int64
    /// Values of the column are `phase` modulo `period`; 0: at no fixed distance.
    package var period: Int64 = 0
    package var phase: Int64 = 0
}

extension PlanGraph {
    /// Which rows window functions keep; nil: all, or partitions as a whole are forgotten.
    func retention(_ windows: WindowsPlan, _ below: TimeColumns, _ sources: [SourceDefinition]) -> RowRetention? {
        guard below.hasWatermark, below.bindsAll, below.expiry(of: windows.partition) == nil,
            let kept = RowRetention(windows.calls, order: windows.order, types: types(windows.input)),
            below.eventTimes.contains(kept.column), isAppendOnly(windows.input, { !sources[$0].isTable })
        else { return nil }
        return kept
    }

    /// Follows event time from the sources up through columns that are passed on unchanged.
    package func timeColumns(_ id: NodeID, _ sources: [SourceDefinition]) -> TimeColumns {
        derive(id) { _, node, below in timeColumns(of: node, sources, below) }
    }

    private func timeColumns(
        of node: PlanNode, _ sources: [SourceDefinition], _ timeColumns: (NodeID) -> TimeColumns
    ) -> TimeColumns {
        switch node.kind {
        case .input(let source, let part):
            guard part == .rows, let watermark = sources[source].watermark else { return TimeColumns() }
            let place = sources[source].projection.firstIndex(of: watermark.column)
            return TimeColumns(eventTimes: Set(place.map { [$0] } ?? []), hasWatermark: true)
        case .values: return TimeColumns()
        case .filter(let input, _), .predict(let input, _, _): return timeColumns(input)
        case .frames(let frames): return timeColumns(frames.input)
        case .unnest(let unnest): return timeColumns(unnest.input)
        // A row that leaves the top, or a value that changes, is taken back at any age, but for what all rows of its
        // partition have in common.
        case .windows(let windows):
            let below = timeColumns(windows.input)
            // What is revised is not behind the watermark.
            return retention(windows, below, sources) == nil ? below.only(Set(windows.partition)) : below
        case .top(let top): return timeColumns(top.input).only(Set(top.partition))
        case .counted(_, let inputs):
            let sides = inputs.map { timeColumns($0) }
            guard var result = sides.first else { return TimeColumns() }
            for side in sides.dropFirst() { result = result.intersection(side) }
            result.hasWatermark = sides.allSatisfy(\.hasWatermark)
            result.bindsAll = sides.allSatisfy(\.bindsAll)
            return result
        case .project(let input, let expressions):
            let below = timeColumns(input)
            var result = TimeColumns(hasWatermark: below.hasWatermark, bindsAll: below.bindsAll)
            for (index, expression) in expressions.enumerated() {
                if let column = PlanGraph.plain(expression) {
                    if below.eventTimes.contains(column) { result.eventTimes.insert(index) }
                    result.windowTimes[index] = below.windowTimes[column]
                } else {
                    result.windowTimes[index] = PlanGraph.window(expression, over: below)
                }
            }
            return result
        case .join(let join): return self.join(join, timeColumns)
        case .aggregate(let aggregate): return groups(aggregate, timeColumns(aggregate.input))
        case .union(let inputs):
            // A side without a watermark promises nothing and holds nothing back.
            let all = inputs.map { timeColumns($0) }
            let sides = all.filter(\.hasWatermark)
            guard var result = sides.first else { return TimeColumns() }
            for side in sides.dropFirst() { result = result.intersection(side) }
            result.bindsAll = sides.count == all.count && all.allSatisfy(\.bindsAll)
            return result
        case .temporal(let temporal): return self.temporal(temporal, node, timeColumns)
        case .failures(let input, _): return TimeColumns(hasWatermark: timeColumns(input).hasWatermark, bindsAll: false)
        }
    }

    /// Whether a column is the clock at which its row came, as PROCTIME() gives it.
    func isArrivalTime(_ node: NodeID, _ column: Int) -> Bool {
        var (node, column) = (node, column)
        while true {
            switch self[node].kind {
            case .filter(let input, _): node = input
            case .project(let input, let expressions):
                guard expressions.indices.contains(column), let below = expressions[column].columnIndex else { return false }
                (node, column) = (input, below)
            case .temporal(let temporal):
                guard case .arrivalTime = temporal.operation, let input = temporal.inputs.first else { return false }
                let width = self[input].fields.count
                if column >= width { return true }
                node = input
            default: return false
            }
        }
    }

    private func join(_ join: JoinPlan, _ timeColumns: (NodeID) -> TimeColumns) -> TimeColumns {
        let left = timeColumns(join.left)
        guard join.mode == .maintained else { return left }
        let right = timeColumns(join.right)
        var result = TimeColumns(
            hasWatermark: left.hasWatermark && right.hasWatermark, bindsAll: left.bindsAll && right.bindsAll)
        let width = self[join.left].fields.count
        // A row changes only while a partner of the same window can come.
        for key in join.keys where join.kind != .full {
            guard let own = left.windowTimes[key.left], let other = right.windowTimes[key.right] else { continue }
            let window = own == other ? own : WindowTime(distance: max(own.distance, other.distance))
            result.windowTimes[key.left] = window
            if join.kind == .inner { result.windowTimes[width + key.right] = window }
        }
        // The earlier row of a pair may lie behind the watermark that its partner has reached: a time goes on being
        // event time only where the bounds make it the later one of the two.
        guard join.kind == .inner, let time = join.time else { return result }
        if let lower = time.lower, lower >= 0, right.eventTimes.contains(time.right) {
            result.eventTimes.insert(width + time.right)
        }
        if let upper = time.upper, upper <= 0, left.eventTimes.contains(time.left) { result.eventTimes.insert(time.left) }
        return result
    }

    private func groups(_ aggregate: AggregatePlan, _ below: TimeColumns) -> TimeColumns {
        var result = TimeColumns(hasWatermark: below.hasWatermark, bindsAll: below.bindsAll)
        guard let close = aggregate.closeKey else {
            for (index, key) in aggregate.keys.enumerated() {
                if below.eventTimes.contains(key) { result.eventTimes.insert(index) }
                result.windowTimes[index] = below.windowTimes[key]
            }
            return result
        }
        if let sliding = aggregate.sliding {
            let windows = sliding.windows
            let phase = { (time: Int64) in ((time % windows.slide) + windows.slide) % windows.slide }
            result.bindsAll = true
            result.eventTimes = [close]
            for index in aggregate.keys.indices where aggregate.keys[index] == aggregate.keys[close] {
                let isStart = sliding.starts.contains(index)
                let ends = phase(phase(windows.offset) + windows.size % windows.slide)
                result.windowTimes[index] = WindowTime(
                    distance: isStart ? windows.size : 0, period: windows.slide,
                    phase: isStart ? phase(windows.offset) : ends)
            }
            return result
        }
        // A group leaves with the row at which the watermark reaches its end: for what comes after, it is on time.
        guard let end = below.windowTimes[aggregate.keys[close]] else { return result }
        result.bindsAll = true
        result.eventTimes = [close]
        result.windowTimes[close] = end
        for (index, key) in aggregate.keys.enumerated() {
            guard let start = below.windowTimes[key], start.distance > 0, start.period == end.period, start.period > 0,
                (start.phase + start.distance - end.phase) % start.period == 0
            else { continue }
            result.windowTimes[index] = start
        }
        return result
    }

    private func temporal(
        _ temporal: TemporalPlan, _ node: PlanNode, _ timeColumns: (NodeID) -> TimeColumns
    ) -> TimeColumns {
        let below = timeColumns(temporal.inputs[0])
        let width = self[temporal.inputs[0]].fields.count
        switch temporal.operation {
        case .windows(let start, _, let rule):
            // The aligned start and the end of its window say what is known of the time.
            var result = below
            guard let aligned = below.windowTimes[start] else { return result }
            let excess = aligned.distance - rule.alignment
            switch rule {
            case .hop(let slide, let size):
                result.windowTimes[width] = WindowTime(distance: size + excess, period: slide, phase: aligned.phase)
                result.windowTimes[width + 1] = WindowTime(
                    distance: excess, period: slide, phase: (aligned.phase + size) % slide)
            case .cumulate(let step, let size):
                result.windowTimes[width] = WindowTime(distance: size + excess)
                result.windowTimes[width + 1] = WindowTime(
                    distance: excess, period: step, phase: aligned.phase % step)
            }
            return result
        case .sessions(let time, let partition, _, let closes):
            var result = below.only(closes ? [] : Set(partition))
            guard below.eventTimes.contains(time) else { return result }
            result.windowTimes[width + 1] = WindowTime(distance: 0)
            if closes {
                result.bindsAll = true
                result.eventTimes = [width + 1]
            }
            return result
        case .asof(let asof):
            if asof.arrives { return below }
            let right = timeColumns(temporal.inputs[1])
            var result = TimeColumns(
                hasWatermark: below.hasWatermark && right.hasWatermark, bindsAll: below.bindsAll && right.bindsAll)
            // A right row changes the pairs of left rows that are not before it.
            if asof.rule.isBackward, below.eventTimes.contains(asof.leftTime), right.eventTimes.contains(asof.rightTime) {
                result.eventTimes = [asof.leftTime]
            }
            return result
        // The clock takes rows back, or brings them, at any age.
        case .validity: return TimeColumns(hasWatermark: below.hasWatermark, bindsAll: false)
        case .arrivalTime: return below
        // The rows that wait hold the watermark back.
        case .lookup: return below
        // A match leaves when it is decided, perhaps long after its rows.
        case .match: return TimeColumns(hasWatermark: below.hasWatermark, bindsAll: false)
        }
    }

    /// The column that an expression passes on; also where it only fails for NULL.
    private static func plain(_ expression: Expression) -> Int? {
        if let column = expression.columnIndex { return column }
        if case .call(.tumbleStart(size: 1, offset: 0), let operands) = expression.node { return operands[0].columnIndex }
        return nil
    }

    /// `tumble_start(event time)`, or that plus the window's length.
    private static func window(_ expression: Expression, over columns: TimeColumns) -> WindowTime? {
        if let column = expression.columnIndex { return columns.windowTimes[column] }
        guard case .call(let function, let operands) = expression.node, let first = operands.first else { return nil }
        switch function {
        case .tumbleStart(let size, let offset):
            guard let column = first.columnIndex else { return nil }
            let phase = (offset % size + size) % size
            if columns.eventTimes.contains(column) { return WindowTime(distance: size, period: size, phase: phase) }
            guard let inner = columns.windowTimes[column] else { return nil }
            // The inner window ends behind the outer one where they are not aligned.
            let isAligned = inner.period > 0 && size % inner.period == 0 && (phase - inner.phase) % inner.period == 0
            let excess = max(0, inner.distance - (isAligned ? inner.period : 1))
            return WindowTime(distance: size + excess, period: size, phase: phase)
        case .add, .subtract:
            guard operands.count == 2, case .interval(let interval)? = operands[1].literalValue,
                let length = interval.exactMicroseconds, var window = window(first, over: columns)
            else { return nil }
            let shift = function == .add ? length : 0 &- length
            let (distance, overflow) = window.distance.subtractingReportingOverflow(shift)
            if overflow { return nil }
            window.distance = distance
            if window.period > 0 {
                window.phase = ((window.phase + shift % window.period) % window.period + window.period) % window.period
            }
            return window
        default: return nil
        }
    }
}
