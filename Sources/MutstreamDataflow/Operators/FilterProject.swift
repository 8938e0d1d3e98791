import MutstreamColumnar

/// WHERE and the select list in one pass: only the columns that the list reads are gathered, and only for the rows
/// that stay.
///
/// Outputs: 0, the expressions; 1, the rows for which the predicate or an expression fails: the input's columns and a
/// TEXT with the reason. Weights and ordinals are those of the input. Stateless.
package final class FilterProject: StatelessOperator {
    private let predicate: Evaluator?
    private let list: SelectList
    /// The list over the columns in `used` alone, for batches of which some rows go.
    private let narrowed: SelectList
    private let used: [Int]

    package init(predicate: Expression?, expressions: [Expression]) {
        self.predicate = predicate.map { Evaluator($0) }
        used = Array(Set(expressions.flatMap(\.columns))).sorted()
        list = SelectList(expressions)
        let place = Dictionary(uniqueKeysWithValues: used.enumerated().map { ($1, $0) })
        narrowed = SelectList(predicate == nil ? [] : expressions.map { $0.remapped { place[$0] ?? $0 } })
    }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        for port in outputs.indices { outputs[port].progress = inputs[0].progress }
        if !inputs[0].batch.isEmpty { run(inputs[0].batch, &outputs) }
    }

    private func run(_ input: Batch, _ outputs: inout [Delta]) {
        guard let predicate else {
            let (result, failures) = list.evaluate(input)
            outputs[0].batch = result
            if !failures.isEmpty { fail(input, failures, &outputs) }
            return
        }
        let evaluated = predicate.evaluate(input)
        var failures = evaluated.failures
        switch FilterProject.kept(evaluated, input.count) {
        case .none: break
        case .all:
            let (result, failed) = list.evaluate(input)
            outputs[0].batch = result
            failures = failed
        case .some(let rows):
            let narrow = Batch(
                columns: used.map { input.columns[$0].gather(rows) }, count: rows.count,
                weights: input.weights.map { weights in rows.map { weights[Int($0)] } },
                ordinals: input.ordinals.gather(rows))
            let (result, failed) = narrowed.evaluate(narrow)
            outputs[0].batch = result
            for (row, failure) in failed { failures.append((rows[Int(row)], failure)) }
        }
        if !failures.isEmpty { fail(input, failures, &outputs) }
    }

    private enum Kept {
        case all, none
        case some([Int32])
    }

    /// The rows in which a condition is true.
    private static func kept(_ condition: Evaluated, _ count: Int) -> Kept {
        guard case .bool(var values) = condition.column.values else { return .none }
        if let validity = condition.column.validity {
            for row in 0..<count where !validity[row] { values[row] = false }
        }
        var total = 0
        for row in 0..<count { total &+= values[row] ? 1 : 0 }
        if total == count { return .all }
        if total == 0 { return .none }
        return .some(
            [Int32](unsafeUninitializedCapacity: total) { out, kept in
                for row in 0..<count where values[row] {
                    out.initializeElement(at: kept, to: Int32(truncatingIfNeeded: row))
                    kept &+= 1
                }
            })
    }

    /// The failed rows in their order, each with its first reason.
    @inline(never)
    private func fail(_ input: Batch, _ failures: [FailedRow], _ outputs: inout [Delta]) {
        if outputs.count < 2 { return }
        let sorted = failures.sorted { $0.row < $1.row }
        let reasons = ColumnBuilder(DataType.text, capacity: sorted.count)
        var rows: [Int32] = []
        for (row, failure) in sorted where rows.last != row {
            rows.append(row)
            reasons.append(text: failure.message)
        }
        let batch = input.gather(rows)
        outputs[1].batch = batch.with(columns: batch.columns + [reasons.finish()])
    }
}

/// Expressions over the same rows.
private struct SelectList {
    private enum Item {
        /// Passed on without being touched.
        case column(Int)
        case computed(Evaluator)
    }

    private let items: [Item]

    init(_ expressions: [Expression]) {
        items = expressions.map { expression in
            expression.columnIndex.map { .column($0) } ?? .computed(Evaluator(expression))
        }
    }

    /// The rows that have a value for every expression, and the first failure of each other row.
    func evaluate(_ batch: Batch) -> (Batch, [FailedRow]) {
        var columns: [Column] = []
        columns.reserveCapacity(items.count)
        var failures: [FailedRow] = []
        for item in items {
            switch item {
            case .column(let index): columns.append(batch.columns[index])
            case .computed(let evaluator):
                let evaluated = evaluator.evaluate(batch)
                columns.append(evaluated.column)
                if !evaluated.failures.isEmpty { failures = EvaluationNode.merged(failures, evaluated.failures) }
            }
        }
        let result = batch.with(columns: columns)
        if failures.isEmpty { return (result, []) }
        var next = 0
        var rows: [Int32] = []
        for row in 0..<Int32(truncatingIfNeeded: batch.count) {
            if next < failures.count, failures[next].row == row { next += 1 } else { rows.append(row) }
        }
        return (result.gather(rows), failures)
    }
}
