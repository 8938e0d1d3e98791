import MutstreamColumnar

/// A condition on rows, evaluated a batch at a time: what of a join's ON is not an equality of columns.
package protocol RowPredicate {
    /// The columns that it reads, rising: it is asked about batches of just these. Nil: all of them.
    var columnsRead: [Int]? { get }

    /// Whether the condition is true, for each row. NULL is not true.
    func evaluate(_ batch: Batch) -> [Bool]

    /// The same, with the rows for which it has no value, in their order, each at most once; they have not passed.
    ///
    /// The answer for a row depends on the row alone, so that the retraction of a row takes back what its insertion gave.
    func judge(_ batch: Batch) -> (passed: [Bool], failures: [FailedRow])
}

extension RowPredicate {
    package var columnsRead: [Int]? { nil }

    /// For a condition that cannot fail.
    package func judge(_ batch: Batch) -> (passed: [Bool], failures: [FailedRow]) { (evaluate(batch), []) }
}

extension Batch {
    /// The rows that failed, as an output for failures shows them: the columns, then a TEXT with the reason.
    func failed(_ failures: [FailedRow]) -> Batch {
        let reasons = ColumnBuilder(DataType.text, capacity: failures.count)
        for (_, failure) in failures { reasons.append(text: failure.message) }
        let rows = gather(failures.map(\.row))
        return rows.with(columns: rows.columns + [reasons.finish()])
    }

    /// The numbers of the rows for which `flags` are true.
    static func selected(_ flags: [Bool]) -> [Int32] {
        var rows: [Int32] = []
        rows.reserveCapacity(flags.count)
        for row in 0..<flags.count where flags[row] { rows.append(Int32(truncatingIfNeeded: row)) }
        return rows
    }
}
