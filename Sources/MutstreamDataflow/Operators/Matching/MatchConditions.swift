import MutstreamColumnar

/// The conditions of DEFINE, ready to be computed.
///
/// Those that look at the current row and its neighbours are computed once for each row, many rows at a time. The others ask
/// what has been matched so far: they are computed for each way that comes to the row, and ways whose answers to all such
/// questions are equal, at the same place of the pattern, are one way from there on.
final class MatchConditions {
    struct Condition {
        var evaluator: Evaluator
        /// The slots that it reads, in the order of its columns.
        var slots: [Int]
        var looksBack: Bool
    }

    /// Places of rows kept for a slot: the first, or the last ones of some variables.
    private struct Marker {
        var variables: UInt64
        var isFirst: Bool
        var depth: Int
        var place: Int
    }

    let slots: [MatchSlot]
    let names: [String]
    private(set) var conditions: [Condition?]
    private var markers: [Marker] = []
    /// By slot: its marker, or its cell.
    private var markerOf: [Int: Int] = [:]
    private var cellOf: [Int: Int] = [:]
    private(set) var markCount = 0
    private var cellSlots: [MatchSlot] = []
    var cellCount: Int { cellSlots.count }
    /// Variables that need no condition.
    let free: UInt64
    var looksBack: Bool { markCount > 0 || cellCount > 0 }

    init(_ spec: MatchSpec) {
        slots = spec.conditionSlots
        names = spec.variables
        var free: UInt64 = 0
        conditions = []
        for (variable, condition) in spec.conditions.enumerated() {
            guard let condition else {
                free |= 1 << UInt64(variable)
                conditions.append(nil)
                continue
            }
            let used = condition.columns
            let slots = spec.conditionSlots
            let looksBack = used.contains {
                switch slots[$0].kind {
                case .row, .classifier: false
                case .mapped, .aggregate, .matchNumber: true
                }
            }
            let narrowed = condition.remapped { used.firstIndex(of: $0) ?? 0 }
            conditions.append(Condition(evaluator: Evaluator(narrowed), slots: used, looksBack: looksBack))
        }
        self.free = free
        for index in Set(conditions.compactMap { $0 }.filter(\.looksBack).flatMap(\.slots)).sorted() { track(index) }
    }

    private func track(_ index: Int) {
        switch slots[index].kind {
        case .mapped(_, let variables, let isFirst, let skip, _):
            markerOf[index] = markers.count
            markers.append(Marker(variables: variables, isFirst: isFirst, depth: skip + 1, place: markCount))
            markCount += skip + 1
        case .aggregate:
            cellOf[index] = cellSlots.count
            cellSlots.append(slots[index])
        case .row, .classifier, .matchNumber: break
        }
    }

    // MARK: Rows alone

    /// Computes the conditions that look at rows alone for rows that come to be fed.
    func judge(_ partition: MatchPartition, _ range: Range<Int>, _ store: RowStore) {
        for row in range {
            partition.bits[row] = free
            partition.faults[row] = 0
        }
        for (variable, condition) in conditions.enumerated() {
            guard let condition, !condition.looksBack else { continue }
            var start = range.lowerBound
            while start < range.upperBound {
                let end = min(start + 4096, range.upperBound)
                let evaluated = evaluate(condition, variable, partition, start..<end, store)
                if case .bool(let values) = evaluated.column.values {
                    for index in 0..<values.count where values[index] && evaluated.column.isValid(index) {
                        partition.bits[start + index] |= 1 << UInt64(variable)
                    }
                }
                for (row, _) in evaluated.failures { partition.faults[start + Int(row)] |= 1 << UInt64(variable) }
                start = end
            }
        }
    }

    /// Why such a condition has no value in a row.
    func fault(_ variable: Int, _ partition: MatchPartition, _ row: Int, _ store: RowStore) -> String {
        guard let condition = conditions[variable] else { return "" }
        return evaluate(condition, variable, partition, row..<row + 1, store).failures.first?.failure.message ?? ""
    }

    private func evaluate(
        _ condition: Condition, _ variable: Int, _ partition: MatchPartition, _ range: Range<Int>, _ store: RowStore
    ) -> Evaluated {
        let columns = condition.slots.map { slot -> Column in
            guard case .row(let column, let offset) = slots[slot].kind else {
                return .constant(.text(names[variable]), physical: .text, count: range.count)
            }
            return store.column(column, rows: range.map { partition.row(at: $0, offset: offset) })
        }
        return condition.evaluator.evaluate(Batch(columns: columns, count: range.count, ordinals: Ordinals(first: 0)))
    }

    // MARK: Ways

    /// Whether the condition of a variable holds for each way, at the row `place` after the first of the attempt.
    func judge(
        _ variable: Int, _ ways: [MatchAttempt.Way], _ attempt: MatchAttempt, _ partition: MatchPartition,
        _ store: RowStore, _ fail: (Int, String) -> Void
    ) -> [Bool] {
        guard variable < conditions.count, let condition = conditions[variable] else {
            return [Bool](repeating: true, count: ways.count)
        }
        let row = partition.start + attempt.count
        var columns: [Column] = []
        for index in condition.slots {
            let slot = slots[index]
            switch slot.kind {
            case .row(let column, let offset):
                let id = partition.row(at: row, offset: offset)
                columns.append(store.column(column, rows: [Int32](repeating: id, count: ways.count)))
            case .classifier: columns.append(.constant(.text(names[variable]), physical: .text, count: ways.count))
            case .matchNumber:
                columns.append(.constant(.int64(partition.matches + 1), physical: .int64, count: ways.count))
            case .mapped(let column, let variables, let isFirst, let skip, let offset):
                let rows = ways.map { way -> Int32 in
                    let takes = variables >> UInt64(variable) & 1 != 0
                    let place = self.place(index, way, attempt, takes, isFirst, skip)
                    return place < 0 ? -1 : partition.row(at: partition.start + place, offset: offset)
                }
                columns.append(store.column(column, rows: rows))
            case .aggregate(let aggregate, let column, let variables):
                let builder = ColumnBuilder(slot.type, capacity: ways.count)
                var best: [Int32] = []
                for way in ways {
                    var cell = attempt.cells[Int(way.node) * cellCount + (cellOf[index] ?? 0)]
                    if variables >> UInt64(variable) & 1 != 0 { cell.add(partition.rows[row], slot, store) }
                    best.append(cell.best)
                    if aggregate == .count || aggregate == .sum, !cell.append(slot, to: builder) {
                        fail(row, AggregateFailure.sumOutOfRange.text)
                    }
                }
                let isExtreme = aggregate == .min || aggregate == .max
                columns.append(isExtreme ? store.column(column ?? 0, rows: best) : builder.finish())
            }
        }
        let evaluated = condition.evaluator.evaluate(
            Batch(columns: columns, count: ways.count, ordinals: Ordinals(first: 0)))
        if let first = evaluated.failures.first { fail(row, first.failure.message) }
        guard case .bool(var values) = evaluated.column.values else {
            return [Bool](repeating: false, count: ways.count)
        }
        for index in values.indices where !evaluated.column.isValid(index) { values[index] = false }
        return values
    }

    /// The place of the row that a slot names, from the start of the attempt; -1: there is none.
    /// - Parameter takes: whether the current row counts as one of its variables.
    private func place(
        _ slot: Int, _ way: MatchAttempt.Way, _ attempt: MatchAttempt, _ takes: Bool, _ isFirst: Bool, _ skip: Int
    ) -> Int {
        guard let index = markerOf[slot] else { return -1 }
        let marker = markers[index]
        let base = Int(way.node) * markCount + marker.place
        if isFirst {
            if attempt.marks[base + skip] >= 0 { return Int(attempt.marks[base + skip]) }
            let isNext = skip == 0 || attempt.marks[base + skip - 1] >= 0
            return takes && isNext ? attempt.count : -1
        }
        if !takes { return Int(attempt.marks[base + skip]) }
        return skip == 0 ? attempt.count : Int(attempt.marks[base + skip - 1])
    }

    /// Adds the node of the row at hand, taken as a variable behind another node.
    func extend(
        _ attempt: MatchAttempt, _ node: Int32, _ variable: Int, _ partition: MatchPartition, _ store: RowStore
    ) -> Int32 {
        let new = Int32(truncatingIfNeeded: attempt.parents.count)
        attempt.parents.append(node)
        attempt.variables.append(UInt8(truncatingIfNeeded: variable))
        let place = Int32(truncatingIfNeeded: attempt.count)
        if markCount > 0 {
            let from = Int(node) * markCount
            let to = attempt.marks.count
            for index in 0..<markCount { attempt.marks.append(attempt.marks[from + index]) }
            for marker in markers where marker.variables >> UInt64(variable) & 1 != 0 {
                let base = to + marker.place
                if marker.isFirst {
                    for index in 0..<marker.depth where attempt.marks[base + index] < 0 {
                        attempt.marks[base + index] = place
                        break
                    }
                } else {
                    for index in (0..<marker.depth).dropFirst().reversed() {
                        attempt.marks[base + index] = attempt.marks[base + index - 1]
                    }
                    attempt.marks[base] = place
                }
            }
        }
        if cellCount > 0 {
            let from = Int(node) * cellCount
            let row = partition.rows[partition.start + attempt.count]
            for (index, slot) in cellSlots.enumerated() {
                var cell = attempt.cells[from + index]
                if case .aggregate(_, _, let variables) = slot.kind, variables >> UInt64(variable) & 1 != 0 {
                    cell.add(row, slot, store)
                }
                attempt.cells.append(cell)
            }
        }
        return new
    }
}

extension MatchPartition {
    /// The row `offset` rows behind another one, or -1.
    func row(at index: Int, offset: Int) -> Int32 {
        let (place, overflow) = index.addingReportingOverflow(offset)
        return !overflow && rows.indices.contains(place) ? rows[place] : -1
    }
}
