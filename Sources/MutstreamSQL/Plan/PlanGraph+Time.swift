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
    /// Columns whose value is not before another one, the start of its window.
    var insides: [Inside] = []
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

    /// What is known of a column: of an event time no row comes behind the watermark.
    func promise(_ column: Int) -> WindowTime? {
        windowTimes[column] ?? (eventTimes.contains(column) ? WindowTime(distance: 1) : nil)
    }

    /// `start <= time` in all rows.
    struct Inside: Sendable, Hashable {
        var time: Int
        var start: Int
    }

    fileprivate func only(_ columns: Set<Int>) -> TimeColumns {
        var copy = self
        copy.eventTimes.formIntersection(columns)
        copy.windowTimes = copy.windowTimes.filter { columns.contains($0.key) }
        copy.insides = []
        return copy
    }

    /// Of some of the columns, in this order.
    fileprivate func projected(_ columns: [Int]) -> TimeColumns {
        var result = TimeColumns(hasWatermark: hasWatermark, bindsAll: bindsAll)
        for (index, column) in columns.enumerated() {
            if eventTimes.contains(column) { result.eventTimes.insert(index) }
            result.windowTimes[index] = windowTimes[column]
        }
        for inside in insides {
            guard let time = columns.firstIndex(of: inside.time), let start = columns.firstIndex(of: inside.start) else {
                continue
            }
            result.insides.append(Inside(time: time, start: start))
        }
        return result
    }

    /// What both promise.
    fileprivate func intersection(_ other: TimeColumns) -> TimeColumns {
        var copy = self
        copy.eventTimes.formIntersection(other.eventTimes)
        copy.windowTimes = [:]
        copy.insides = insides.filter { other.insides.contains($0) }
        for column in eventTimes.union(windowTimes.keys) {
            guard let own = promise(column), let second = other.promise(column),
                own.period > 0 || !copy.eventTimes.contains(column)
            else { continue }
            copy.windowTimes[column] = own.weaker(second)
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

    /// What holds where either does.
    func weaker(_ other: WindowTime) -> WindowTime {
        self == other ? self : WindowTime(distance: max(distance, other.distance))
    }
}

extension PlanGraph {
    /// Which rows window functions keep; nil: all, or partitions as a whole are forgotten.
    func retention(_ windows: WindowsPlan, _ below: TimeColumns, _ sources: [SourceDefinition]) -> RowRetention? {
        guard below.hasWatermark, below.bindsAll, below.expiry(of: windows.partition) == nil,
            let kept = RowRetention(windows.calls, order: windows.order, types: types(windows.input)),
            below.eventTimes.contains(kept.column), isAppendOnly(windows.input, { sources[$0].onlyArrives })
        else { return nil }
        return kept
    }

    /// What a row that comes revises lies before it by no more than calls look ahead: what of the promises is left.
    private func revised(_ windows: WindowsPlan, _ below: TimeColumns, _ sources: [SourceDefinition]) -> TimeColumns {
        var result = below.only(Set(windows.partition))
        guard below.hasWatermark, below.bindsAll, let first = windows.order.first, !first.descending, !first.nullsFirst,
            below.eventTimes.contains(first.column), let reach = WindowReach(windows.calls),
            isAppendOnly(windows.input, { sources[$0].onlyArrives })
        else { return result }
        if reach.rows == 0, reach.length == 0 { return below }
        let (distance, overflow) = reach.length.addingReportingOverflow(1)
        if reach.rows == 0, !overflow { result.windowTimes[first.column] = WindowTime(distance: distance) }
        return result
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
            guard part == .rows else { return TimeColumns() }
            if let promises = sources[source].promises { return promises.projected(sources[source].projection) }
            guard let watermark = sources[source].watermark else { return TimeColumns() }
            let place = sources[source].projection.firstIndex(of: watermark.column)
            return TimeColumns(eventTimes: Set(place.map { [$0] } ?? []), hasWatermark: true)
        case .values: return TimeColumns()
        case .filter(let input, let predicate):
            // A condition on the rows of an inner join is one of the join.
            guard case .join(var join) = self[input].kind, join.kind == .inner else { return timeColumns(input) }
            join.residual = join.residual?.and(predicate) ?? predicate
            return self.join(join, timeColumns)
        case .predict(let input, _, _): return timeColumns(input)
        case .frames(let frames): return timeColumns(frames.input)
        case .unnest(let unnest): return timeColumns(unnest.input)
        // A row that leaves the top, or a value that changes, is taken back at any age, but for what all rows of its
        // partition have in common.
        case .windows(let windows):
            return revised(windows, timeColumns(windows.input), sources)
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
                    result.windowTimes[index] = below.promise(of: expression)
                }
            }
            result.insides = below.insides(through: expressions)
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
        guard below.promise(aggregate.keys[close]) != nil else { return result }
        result.bindsAll = true
        result.windowTimes = leaving(aggregate.input, aggregate.keys, below, at: aggregate.keys[close], 0)
        result.eventTimes = [close]
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
            result.insides += below.insides.filter { $0.start == start }.map { .init(time: $0.time, start: width) }
            guard let aligned = below.promise(start) else { return result }
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
        case .closing(let end, let distance):
            var result = TimeColumns(hasWatermark: below.hasWatermark)
            result.windowTimes = leaving(temporal.inputs[0], Array(0..<width), below, at: end, distance)
            if distance <= 0 { result.eventTimes = [end] }
            return result
        // The clock takes rows back, or brings them, at any age.
        case .validity: return TimeColumns(hasWatermark: below.hasWatermark, bindsAll: false)
        case .arrivalTime: return below
        // The rows that wait hold the watermark back.
        case .lookup: return below
        case .match(let spec, let isStream): return matches(spec, isStream, below, temporal.inputs[0])
        }
    }

    /// The column that an expression passes on; also where it only fails for NULL.
    static func plain(_ expression: Expression) -> Int? {
        if let column = expression.columnIndex { return column }
        if case .call(.tumbleStart(size: 1, offset: 0), let operands) = expression.node { return operands[0].columnIndex }
        return nil
    }
}
