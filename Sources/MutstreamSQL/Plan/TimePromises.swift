import MutstreamColumnar
import MutstreamDataflow

/// What the watermark says of values that are computed from event times: each promise is a distance that is exact, or there
/// is none.
extension TimeColumns {
    /// What is known of an expression: event times and windows, shifted by constants, cut to windows or units, the least of
    /// several where one of them is chosen.
    func promise(of expression: Expression) -> WindowTime? {
        if let column = PlanGraph.plain(expression) { return promise(column) }
        switch expression.node {
        case .call(.tumbleStart(let size, let offset), let operands):
            return operands.first.flatMap { promise(of: $0) }.map { $0.cut(size: size, offset: offset) }
        case .call(.dateTrunc(let field), let operands):
            guard let inner = operands.first.flatMap({ promise(of: $0) }) else { return nil }
            return TimeColumns.unit(field).flatMap { inner.cut($0) }
        case .call(let function, let operands) where function == .add || function == .subtract:
            guard operands.count == 2, case .interval(let interval)? = operands[1].literalValue,
                let length = interval.exactMicroseconds
            else { return nil }
            return promise(of: operands[0])?.shifted(by: function == .add ? length : 0 &- length)
        case .coalesce(let parts): return weakest(parts)
        case .caseWhen(let branches, let otherwise):
            return weakest(branches.map(\.result) + (otherwise.map { [$0] } ?? []))
        default: return nil
        }
    }

    /// Of one of several values; NULL breaks no promise.
    private func weakest(_ parts: [Expression]) -> WindowTime? {
        var result: WindowTime?
        for part in parts where part.literalValue != .null {
            guard let promise = promise(of: part) else { return nil }
            result = result?.weaker(promise) ?? promise
        }
        return result
    }

    /// A unit of `date_trunc`: its length, at most, and where it begins; period 0: it has no fixed length.
    private static func unit(_ field: TimeField) -> WindowTime? {
        let day = CivilTime.microsecondsPerDay
        switch field {
        case .millisecond: return WindowTime(distance: 1000, period: 1000)
        case .second: return WindowTime(distance: 1_000_000, period: 1_000_000)
        case .minute: return WindowTime(distance: 60_000_000, period: 60_000_000)
        case .hour: return WindowTime(distance: day / 24, period: day / 24)
        case .day: return WindowTime(distance: day, period: day)
        // 1970 began on a Thursday, weeks begin on Mondays.
        case .week: return WindowTime(distance: 7 * day, period: 7 * day, phase: 4 * day)
        case .month: return WindowTime(distance: 31 * day)
        case .quarter: return WindowTime(distance: 92 * day)
        case .year: return WindowTime(distance: 366 * day)
        default: return nil
        }
    }

    /// Which columns of a projection are inside of windows whose start is another one.
    func insides(through expressions: [Expression]) -> [Inside] {
        var times: [Int: [Int]] = [:]
        for (index, expression) in expressions.enumerated() {
            if let column = PlanGraph.plain(expression) { times[column, default: []].append(index) }
        }
        var result: [Inside] = []
        for inside in insides {
            for time in times[inside.time] ?? [] {
                for start in times[inside.start] ?? [] { result.append(Inside(time: time, start: start)) }
            }
        }
        for (index, expression) in expressions.enumerated() {
            guard case .call(.tumbleStart(let size, _), let operands) = expression.node, size > 1,
                let column = operands.first.flatMap({ PlanGraph.plain($0) })
            else { continue }
            for time in times[column] ?? [] { result.append(Inside(time: time, start: index)) }
        }
        return result
    }
}

extension WindowTime {
    /// The same of a time that is later by so much.
    func shifted(by length: Int64) -> WindowTime? {
        let (distance, overflow) = distance.subtractingReportingOverflow(length)
        if overflow { return nil }
        guard period > 0 else { return WindowTime(distance: distance) }
        return WindowTime(
            distance: distance, period: period, phase: ((phase + length % period) % period + period) % period)
    }

    /// Of the start of the window that holds the time.
    func cut(size: Int64, offset: Int64) -> WindowTime {
        cut(WindowTime(distance: size, period: size, phase: (offset % size + size) % size)) ?? WindowTime(distance: .max)
    }

    /// Of the start of the unit that holds the time.
    func cut(_ unit: WindowTime) -> WindowTime? {
        // The last of these times before the end of the unit is so far before it.
        var gap: Int64 = 1
        if period > 0, unit.period > 0, unit.period % period == 0 {
            gap += ((unit.phase - 1 - phase) % period + period) % period
        }
        let (excess, overflow) = distance.subtractingReportingOverflow(gap)
        let (length, isOut) = unit.distance.addingReportingOverflow(max(0, overflow ? 0 : excess))
        return isOut ? nil : WindowTime(distance: length, period: unit.period, phase: unit.phase)
    }
}

extension PlanGraph {
    /// A key of a join by which its rows go: equal times or windows of both sides, of which the watermarks speak.
    func timedKey(_ join: JoinPlan, _ left: TimeColumns, _ right: TimeColumns) -> (key: JoinPlan.KeyPair, distance: Int64)? {
        guard left.hasWatermark, right.hasWatermark, left.bindsAll, right.bindsAll else { return nil }
        for key in join.keys where !key.nullSafe {
            guard let own = left.promise(key.left), let other = right.promise(key.right) else { continue }
            return (key, max(own.distance, other.distance, 0))
        }
        return nil
    }

    /// How far rows may lie behind their watermark where the watermarks of both sides speak of the times that a join
    /// bounds; nil: they do not.
    func slack(_ join: JoinPlan, _ left: TimeColumns, _ right: TimeColumns) -> Int64? {
        guard let time = join.time, let own = left.promise(time.left), let other = right.promise(time.right) else {
            return nil
        }
        return max(own.distance, other.distance, 1) - 1
    }

    /// What a join leaves of the promises of its sides. A pair is made, and a row changes, when the later of two partners
    /// comes; the other may lie behind the watermark by as much as the two may be apart.
    func join(_ join: JoinPlan, _ timeColumns: (NodeID) -> TimeColumns) -> TimeColumns {
        let left = timeColumns(join.left)
        guard join.mode == .maintained else { return left }
        let right = timeColumns(join.right)
        let join = sorted(join)
        var result = TimeColumns(
            hasWatermark: left.hasWatermark && right.hasWatermark, bindsAll: left.bindsAll && right.bindsAll)
        if join.kind == .full { return result }
        let width = self[join.left].fields.count
        let isInner = join.kind == .inner
        func promise(_ column: Int, _ promise: WindowTime) {
            if promise.distance <= 1, promise.period == 0 {
                result.eventTimes.insert(column)
            } else if result.windowTimes[column].map({ $0.distance > promise.distance }) ?? true {
                result.windowTimes[column] = promise
            }
        }
        for key in join.keys {
            guard let own = left.promise(key.left), let other = right.promise(key.right) else { continue }
            promise(key.left, own.weaker(other))
            if isInner { promise(width + key.right, own.weaker(other)) }
        }
        if let time = join.time, let own = left.promise(time.left), let other = right.promise(time.right) {
            // The left row, when the right one comes last: left >= right - upper; and the other way round.
            let behind = time.upper.map { other.distance.addingReportingOverflow($0) }
            let ahead = time.lower.map { own.distance.subtractingReportingOverflow($0) }
            if let behind, !behind.overflow {
                promise(time.left, WindowTime(distance: max(own.distance, behind.partialValue)))
            }
            if let ahead, !ahead.overflow, isInner {
                promise(width + time.right, WindowTime(distance: max(other.distance, ahead.partialValue)))
            }
        }
        result.insides = left.insides
        if isInner { result.insides += right.insides.map { .init(time: width + $0.time, start: width + $0.start) } }
        for inside in result.insides where !result.eventTimes.contains(inside.time) {
            if let window = result.windowTimes[inside.start] { promise(inside.time, WindowTime(distance: window.distance)) }
        }
        return result
    }

    /// A join with the keys and bounds that its conditions hold: before the optimizer they are conditions like others.
    func sorted(_ join: JoinPlan) -> JoinPlan {
        guard let residual = join.residual else { return join }
        var conditions = JoinConditions(join, leftTypes: types(join.left), rightTypes: types(join.right))
        conditions.take(residual.conjuncts)
        return conditions.join
    }

    /// Matches over a stream leave when they are decided, at the latest when the watermark is so far behind their first row
    /// as they may take: no row of them lies further behind it. Without WITHIN a match may be open for ever.
    func matches(_ spec: MatchSpec, _ isStream: Bool, _ below: TimeColumns, _ input: NodeID) -> TimeColumns {
        var result = TimeColumns(hasWatermark: below.hasWatermark, bindsAll: isStream)
        guard isStream, let within = spec.within else {
            result.bindsAll = false
            return result
        }
        let width = self[input].fields.count
        let times = columns(of: input, equalTo: spec.order[0].column).filter { below.eventTimes.contains($0) }
        for column in times { result.windowTimes[column] = WindowTime(distance: within) }
        for (index, slot) in spec.measureSlots.enumerated() {
            guard let column = slot.column, times.contains(column), slot.offset == 0 else { continue }
            switch slot.kind {
            case .row, .mapped, .aggregate(.min, _, _), .aggregate(.max, _, _):
                result.windowTimes[width + index] = WindowTime(distance: within)
            case .aggregate, .classifier, .matchNumber: break
            }
        }
        return result
    }

    /// The columns of a node that are a column of it, passed on as it is.
    private func columns(of node: NodeID, equalTo column: Int) -> [Int] {
        guard case .project(_, let expressions) = self[node].kind, expressions.indices.contains(column),
            let below = PlanGraph.plain(expressions[column])
        else { return [column] }
        return expressions.indices.filter { PlanGraph.plain(expressions[$0]) == below }
    }
}
