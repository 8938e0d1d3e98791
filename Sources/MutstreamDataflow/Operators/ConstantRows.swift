import MutstreamColumnar

/// Rows that are there from the first step on: VALUES. No input.
package final class ConstantRows: Operator {
    private var batch: Batch?

    /// - Parameter rows: one value a column, in the order of `types`; literals of their physical types.
    package init(_ rows: [[Value]], _ types: [DataType]) {
        let columns = types.indices.map { index in
            let builder = ColumnBuilder(types[index], capacity: rows.count)
            for row in rows { builder.append(row[index]) }
            return builder.finish()
        }
        batch = Batch(
            columns: columns, count: rows.count, ordinals: Ordinals([Int64](repeating: 0, count: rows.count)))
    }

    package var wantsEveryStep: Bool { batch != nil }

    package func code(_ coder: StateCoder) throws(StateDamage) {
        var isThere = batch != nil
        try coder.code(&isThere)
        if !isThere { batch = nil }
    }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        guard let first = batch else { return }
        outputs[0].batch = first
        batch = nil
    }
}
