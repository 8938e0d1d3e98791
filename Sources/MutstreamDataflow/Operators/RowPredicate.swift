import MutstreamColumnar

/// A condition on rows, evaluated a batch at a time: what of a join's ON is not an equality of columns.
package protocol RowPredicate {
    /// Whether the condition is true, for each row. NULL is not true.
    func evaluate(_ batch: Batch) -> [Bool]
}
