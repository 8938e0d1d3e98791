import MutstreamColumnar

/// WHERE and the select list in one pass: only the columns that the list reads are gathered, and only for the rows
/// that stay.
///
/// Outputs: 0, the expressions; 1, the rows for which the predicate or an expression fails: the input's columns and a
/// TEXT with the reason. Weights and ordinals are those of the input. Stateless.
package final class FilterProject: Operator {
    private let predicate: Evaluator?
    /// Over the columns in `used`, where there is a predicate; else over the input.
    private let expressions: [Evaluator]
    private let used: [Int]
    /// A plain column is passed on without being touched.
    private let plain: [Int?]
    private var selection: [Int32] = []

    package init(predicate: Expression?, expressions: [Expression]) {
        self.predicate = predicate.map { Evaluator($0) }
        used = Array(Set(expressions.flatMap(\.columns))).sorted()
        var list = expressions
        if predicate != nil {
            let place = Dictionary(uniqueKeysWithValues: used.enumerated().map { ($1, $0) })
            list = expressions.map { $0.remapped { place[$0] ?? $0 } }
        }
        self.expressions = list.map { Evaluator($0) }
        plain = list.map(\.columnIndex)
    }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        let input = inputs[0].batch
        for port in outputs.indices { outputs[port].progress = inputs[0].progress }
        if input.isEmpty { return }
        var failures: [FailedRow] = []
        var rows: [Int32]?
        var batch = input
        if let predicate {
            let evaluated = predicate.evaluate(input)
            failures = evaluated.failures
            select(evaluated, input.count)
            let narrow = Batch(
                columns: used.map { input.columns[$0] }, count: input.count, weights: input.weights, ordinals: input.ordinals)
            if selection.count == input.count {
                batch = narrow
            } else {
                rows = selection
                batch = narrow.gather(selection)
            }
        }
        var columns: [Column] = []
        columns.reserveCapacity(expressions.count)
        var failedInside: [FailedRow] = []
        for (index, expression) in expressions.enumerated() {
            if let column = plain[index] {
                columns.append(batch.columns[column])
                continue
            }
            let evaluated = expression.evaluate(batch)
            columns.append(evaluated.column)
            if !evaluated.failures.isEmpty { failedInside.append(contentsOf: evaluated.failures) }
        }
        var result = batch.with(columns: columns)
        if !failedInside.isEmpty {
            var isFailed = [Bool](repeating: false, count: batch.count)
            for failed in failedInside where !isFailed[Int(failed.row)] {
                isFailed[Int(failed.row)] = true
                let row = rows.map { $0[Int(failed.row)] } ?? failed.row
                failures.append(FailedRow(row, failed.failure))
            }
            result = result.gather((0..<Int32(truncatingIfNeeded: batch.count)).filter { !isFailed[Int($0)] })
        }
        outputs[0].batch = result
        if !failures.isEmpty, outputs.count > 1 { outputs[1].batch = FilterProject.failed(input, failures) }
    }

    private func select(_ evaluated: Evaluated, _ count: Int) {
        guard case .bool(var values) = evaluated.column.values else { return }
        for failed in evaluated.failures { values[Int(failed.row)] = false }
        if let validity = evaluated.column.validity {
            for row in 0..<count where !validity[row] { values[row] = false }
        }
        selection = [Int32](unsafeUninitializedCapacity: count) { out, kept in
            var position = 0
            for row in 0..<count {
                out.initializeElement(at: position, to: Int32(truncatingIfNeeded: row))
                position &+= values[row] ? 1 : 0
                if position == count { break }
            }
            kept = position
        }
    }

    /// The failed rows in their order, each with its first reason.
    private static func failed(_ input: Batch, _ failures: [FailedRow]) -> Batch {
        let sorted = failures.sorted { $0.row < $1.row }
        let reasons = ColumnBuilder(DataType.text, capacity: sorted.count)
        var rows: [Int32] = []
        for failed in sorted where rows.last != failed.row {
            rows.append(failed.row)
            reasons.append(text: failed.failure.message)
        }
        let batch = input.gather(rows)
        return batch.with(columns: batch.columns + [reasons.finish()])
    }
}
