import MutstreamColumnar
import MutstreamDataflow

/// What the watermark of a node speaks of.
package struct TimeColumns: Sendable {
    /// Columns that hold the event time itself.
    package var eventTimes: Set<Int> = []
    /// Columns that hold the start or end of a window of event time.
    package var windowTimes: Set<Int> = []
    /// Some source beneath makes promises about event time.
    package var hasWatermark = false
}

extension PlanGraph {
    /// Follows event time from the sources up through columns that are passed on unchanged.
    package func timeColumns(_ id: NodeID, _ sources: [SourceDefinition]) -> TimeColumns {
        derive(id) { node, below in timeColumns(of: node, sources, below) }
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
        // A row that leaves the top, or a value that changes, is taken back at any age.
        case .windows(let windows): return TimeColumns(hasWatermark: timeColumns(windows.input).hasWatermark)
        case .top(let top): return TimeColumns(hasWatermark: timeColumns(top.input).hasWatermark)
        case .counted(let kind, let inputs):
            let sides = inputs.map { timeColumns($0) }
            if kind == .distinct, let only = sides.first { return only }
            return TimeColumns(hasWatermark: sides.allSatisfy(\.hasWatermark))
        case .project(let input, let expressions):
            let below = timeColumns(input)
            var result = TimeColumns(hasWatermark: below.hasWatermark)
            for (index, expression) in expressions.enumerated() {
                if let column = expression.columnIndex {
                    if below.eventTimes.contains(column) { result.eventTimes.insert(index) }
                    if below.windowTimes.contains(column) { result.windowTimes.insert(index) }
                } else if PlanGraph.isWindow(expression, over: below) {
                    result.windowTimes.insert(index)
                }
            }
            return result
        case .join(let join):
            var result = timeColumns(join.left)
            guard join.mode == .maintained else { return result }
            let right = timeColumns(join.right)
            guard join.kind == .inner else { return TimeColumns(hasWatermark: result.hasWatermark && right.hasWatermark) }
            let left = result
            result = TimeColumns(hasWatermark: left.hasWatermark && right.hasWatermark)
            // The earlier row of a pair may lie behind the watermark that its partner has reached: a time goes on being
            // event time only where the bounds make it the later one of the two.
            guard let time = join.time else { return result }
            if let lower = time.lower, lower >= 0, right.eventTimes.contains(time.right) {
                result.eventTimes.insert(self[join.left].fields.count + time.right)
            }
            if let upper = time.upper, upper <= 0, left.eventTimes.contains(time.left) {
                result.eventTimes.insert(time.left)
            }
            return result
        case .aggregate(let aggregate):
            return TimeColumns(hasWatermark: timeColumns(aggregate.input).hasWatermark)
        case .union(let inputs):
            // A side without a watermark promises nothing and holds nothing back.
            let sides = inputs.map { timeColumns($0) }.filter(\.hasWatermark)
            guard var result = sides.first else { return TimeColumns() }
            for side in sides.dropFirst() {
                result.eventTimes.formIntersection(side.eventTimes)
                result.windowTimes.formIntersection(side.windowTimes)
            }
            return result
        case .failures(let input, _): return TimeColumns(hasWatermark: timeColumns(input).hasWatermark)
        }
    }

    /// `tumble_start(event time)`, or that plus the window's length.
    private static func isWindow(_ expression: Expression, over columns: TimeColumns) -> Bool {
        guard case .call(let function, let operands) = expression.node, let first = operands.first else { return false }
        switch function {
        case .tumbleStart: return first.columnIndex.map { columns.eventTimes.contains($0) } ?? false
        case .add:
            guard operands.count == 2, operands[1].literalValue != nil else { return false }
            return isWindow(first, over: columns) || first.columnIndex.map { columns.windowTimes.contains($0) } ?? false
        default: return false
        }
    }
}
