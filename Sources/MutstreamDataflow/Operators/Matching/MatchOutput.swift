import MutstreamColumnar

/// Gathers what the matches of a step give: for each row the columns of a row of the input, then the measures' slots.
final class MatchOutput {
    private let spec: MatchSpec
    private let store: RowStore
    private var rows: [Int32] = []
    private var weights: [Int64] = []
    private var ordinals: [Int64] = []
    /// By slot: the rows that it takes values from, or the values.
    private var picked: [[Int32]]
    private var values: [ColumnBuilder?]
    private var failedRows: [Int32] = []
    private var failedWeights: [Int64] = []
    private var failedOrdinals: [Int64] = []
    private var reasons = ColumnBuilder(DataType.text)

    /// Given to what comes next.
    var ordinal: Int64 = 0
    var weight: Int64 = 1

    init(_ spec: MatchSpec, _ store: RowStore) {
        self.spec = spec
        self.store = store
        picked = [[Int32]](repeating: [], count: spec.measureSlots.count)
        values = spec.measureSlots.map { slot in
            switch slot.kind {
            case .row, .mapped, .aggregate(.min, _, _), .aggregate(.max, _, _): nil
            case .aggregate, .classifier, .matchNumber: ColumnBuilder(slot.type)
            }
        }
    }

    func fail(_ row: Int32, _ reason: String) {
        failedRows.append(row)
        failedWeights.append(weight)
        failedOrdinals.append(ordinal)
        reasons.append(text: reason)
    }

    // MARK: Matches

    /// A slot's rows and aggregate, up to some row of a match.
    private struct Running {
        var places: [Int32] = []
        var cell = MatchCell()
    }

    /// - Parameter labels: the variable of each row of the match, which begins at the partition's start.
    func add(_ partition: MatchPartition, _ labels: [UInt8]) {
        let slots = spec.measureSlots
        var running = [Running](repeating: Running(), count: slots.count)
        var final: [Running] = []
        if slots.contains(where: \.isFinal), spec.allRows {
            final = running
            for place in labels.indices { extend(&final, partition, place, labels[place]) }
        }
        for place in labels.indices {
            extend(&running, partition, place, labels[place])
            if !spec.allRows, place < labels.count - 1 { continue }
            emit(partition, place, labels, running, final)
        }
    }

    private func extend(_ running: inout [Running], _ partition: MatchPartition, _ place: Int, _ label: UInt8) {
        for (index, slot) in spec.measureSlots.enumerated() {
            switch slot.kind {
            case .mapped(_, let variables, _, _, _) where variables >> UInt64(label) & 1 != 0:
                running[index].places.append(Int32(truncatingIfNeeded: place))
            case .aggregate(_, _, let variables) where variables >> UInt64(label) & 1 != 0:
                running[index].cell.add(partition.rows[partition.start + place], slot, store)
            default: break
            }
        }
    }

    private func emit(
        _ partition: MatchPartition, _ place: Int, _ labels: [UInt8], _ running: [Running], _ final: [Running]
    ) {
        let row = partition.start + place
        for (index, slot) in spec.measureSlots.enumerated() {
            if case .aggregate(.sum, _, _) = slot.kind, slot.type.physical != .double {
                let cell = slot.isFinal && !final.isEmpty ? final[index].cell : running[index].cell
                if !cell.fits || slot.type.physical == .int64 && Int64(exactly: cell.sum) == nil {
                    return fail(partition.rows[row], AggregateFailure.sumOutOfRange.text)
                }
            }
        }
        rows.append(partition.rows[row])
        weights.append(weight)
        ordinals.append(ordinal)
        for (index, slot) in spec.measureSlots.enumerated() {
            let state = slot.isFinal && !final.isEmpty ? final[index] : running[index]
            switch slot.kind {
            case .row(_, let offset): picked[index].append(partition.row(at: row, offset: offset))
            case .mapped(_, _, let isFirst, let skip, let offset):
                let at = isFirst ? skip : state.places.count - 1 - skip
                let found = state.places.indices.contains(at)
                picked[index].append(
                    found ? partition.row(at: partition.start + Int(state.places[at]), offset: offset) : -1)
            case .aggregate(.min, _, _), .aggregate(.max, _, _): picked[index].append(state.cell.best)
            case .aggregate: if let builder = values[index] { _ = state.cell.append(slot, to: builder) }
            case .classifier:
                let label = Int(labels[slot.isFinal ? labels.count - 1 : place])
                values[index]?.append(text: spec.variables.indices.contains(label) ? spec.variables[label] : "")
            case .matchNumber: values[index]?.append(int64: partition.matches)
            }
        }
    }

    // MARK: Batches

    /// All matches, taken out; nil where there are none.
    func takeMatches() -> Batch? {
        if rows.isEmpty { return nil }
        var columns = store.columns(rows)
        for (index, slot) in spec.measureSlots.enumerated() {
            if let builder = values[index] {
                columns.append(builder.finish())
            } else {
                columns.append(store.column(slot.column ?? 0, rows: picked[index]))
                picked[index].removeAll(keepingCapacity: true)
            }
        }
        let batch = Batch(
            columns: columns, count: rows.count, weights: weights.allSatisfy { $0 == 1 } ? nil : weights,
            ordinals: Ordinals(ordinals))
        rows.removeAll(keepingCapacity: true)
        weights.removeAll(keepingCapacity: true)
        ordinals.removeAll(keepingCapacity: true)
        return batch
    }

    /// All failures, taken out: the columns of the input and the reason.
    func takeFailures() -> Batch? {
        if failedRows.isEmpty { return nil }
        let batch = Batch(
            columns: store.columns(failedRows) + [reasons.finish()], count: failedRows.count,
            weights: failedWeights.allSatisfy { $0 == 1 } ? nil : failedWeights, ordinals: Ordinals(failedOrdinals))
        failedRows.removeAll(keepingCapacity: true)
        failedWeights.removeAll(keepingCapacity: true)
        failedOrdinals.removeAll(keepingCapacity: true)
        return batch
    }
}
