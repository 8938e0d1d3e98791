import MutstreamColumnar

/// The DISTINCT aggregates over one list of columns: several, each with another FILTER, share the keys.
struct DistinctPlan: Hashable {
    let columns: [Int]
    /// Which arguments of the layout count by these keys, in the order of their counts.
    var arguments: [Int]
    /// Of the first key of a group, in its record.
    let offset: Int
}

/// Which values each group has, and how often for each of the plan's arguments.
final class DistinctKeys {
    let plan: DistinctPlan
    private let counts: GroupKeyCounts
    private let encoder: KeyEncoder
    private let reader = BatchReader()
    /// Keys of one INT-like column have a form of their own.
    private let isInteger: Bool
    private var numbers: [Int32] = []

    init(_ plan: DistinctPlan, inputTypes: [DataType]) {
        self.plan = plan
        isInteger = plan.columns.count == 1 && inputTypes[plan.columns[0]].physical == .int64
        counts = GroupKeyCounts(
            counts: plan.arguments.count, inlineBytes: isInteger ? 12 : KeyTable.wideInlineBytes)
        encoder = KeyEncoder(columns: Array(0...plan.columns.count), nulls: .value)
    }

    var bytes: Int { counts.bytes }

    func code(_ coder: StateCoder) throws(StateDamage) { try counts.code(coder) }

    /// Forgets a group's keys.
    func removeAll(_ record: UnsafeMutableRawPointer) { counts.removeAll(record + plan.offset) }

    /// Takes rows in and leaves in their weights +1 where a value is new to its group, -1 where its last row goes, else 0.
    /// - Parameter weights: by argument of the plan, one a row; of a row without a value all are 0.
    func keepFirsts(_ rows: GroupStates.Rows, _ weights: [UnsafeMutablePointer<Int64>]) {
        if isInteger {
            rows.groups.withUnsafeBufferPointer { groups in
                encoder.encode(rows.reader[plan.columns[0]], numbers: UnsafeBufferPointer(rebasing: groups[..<rows.count]))
            }
        } else {
            let numbers = Column.int64(rows.groups.map { Int64($0) })
            reader.bind([numbers] + plan.columns.map { rows.batch.columns[$0] }, count: rows.count)
            encoder.encode(reader)
            reader.unbind()
        }
        if numbers.count > rows.count { numbers.removeLast(numbers.count - rows.count) }
        while numbers.count < rows.count { numbers.append(0) }
        numbers.withUnsafeMutableBufferPointer { numbers in
            weights.withUnsafeBufferPointer { weights in count(rows.records, numbers, weights) }
        }
    }

    private func count(
        _ records: UnsafePointer<UnsafeMutableRawPointer>, _ numbers: UnsafeMutableBufferPointer<Int32>,
        _ weights: UnsafeBufferPointer<UnsafeMutablePointer<Int64>>
    ) {
        let (counts, offset) = (counts, plan.offset)
        for row in 0..<numbers.count {
            var any: Int64 = 0
            for index in 0..<weights.count { any |= weights[index][row] }
            numbers[row] = any == 0 ? -1 : 0
        }
        counts.locate(encoder, numbers)
        for row in 0..<numbers.count where numbers[row] >= 0 {
            counts.link(numbers[row], records[row] + offset)
            for index in 0..<weights.count where weights[index][row] != 0 {
                let (old, new) = counts.add(numbers[row], index, weights[index][row])
                weights[index][row] = (new > 0 ? 1 : 0) &- (old > 0 ? 1 : 0)
            }
        }
        guard counts.mayHaveEmptied else { return }
        for row in 0..<numbers.count where numbers[row] >= 0 {
            counts.removeIfEmpty(numbers[row], records[row] + offset)
        }
    }
}
