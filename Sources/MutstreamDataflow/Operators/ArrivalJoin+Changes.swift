import MutstreamColumnar

/// A driving input whose rows can be taken back: the retraction of a row takes back what the row was answered with.
extension ArrivalJoin {
    /// Rows that leave, by their place in the batch and in the store of the memo.
    struct ChangedRows {
        var rows: [Int32] = []
        var ids: [Int32] = []
        var weights: [Int64] = []

        mutating func append(_ row: Int32, _ id: Int32, _ weight: Int64) {
            rows.append(row)
            ids.append(id)
            weights.append(weight)
        }
    }

    /// Turns the candidates of rows that come, and the rows that go, into changes of the output.
    func settle(_ left: Batch, _ memo: AnswerMemo, _ pieces: inout [Batch], _ failures: inout [Batch]) {
        let met = answers(left)
        memo.bind(columns(met.ids), count: met.ids.count)
        var (results, failed) = (ChangedRows(), ChangedRows())
        func leave(_ row: Int32, _ part: AnswerMemo.Part, _ id: Int32, _ weight: Int64) {
            switch part {
            case .result: results.append(row, id, weight)
            case .failure: failed.append(row, id, weight)
            case .nothing, .debt: break
            }
        }
        var start = 0
        while start < met.rows.count {
            let row = met.rows[start]
            var end = start + 1
            while end < met.rows.count, met.rows[end] == row { end += 1 }
            let times = left.weight(Int(row))
            for _ in 0..<times.magnitude {
                if times < 0 {
                    let isTaken = memo.takeOldest(Int(row)) { leave(row, $0, $1, 0 &- $2) }
                    if !isTaken { _ = memo.note(Int(row), .debt, at: start, weight: 0, begins: true) }
                } else if !memo.pay(Int(row)) {
                    for at in start..<end {
                        let (part, weight) = (met.parts[at], met.weights[at])
                        leave(row, part, memo.note(Int(row), part, at: at, weight: weight, begins: at == start), weight)
                    }
                }
            }
            start = end
        }
        if !results.rows.isEmpty {
            let pairs = pairs(left, results, memo)
            pieces.append(hasRightColumns ? pairs : pairs.with(columns: Array(pairs.columns[..<left.columns.count])))
        }
        if !failed.rows.isEmpty, let residual {
            // A condition fails for a pair whenever it is asked.
            let pairs = pairs(left, failed, memo)
            let read = residual.columnsRead.map { columns in pairs.with(columns: columns.map { pairs.columns[$0] }) }
            failures.append(pairs.failed(residual.judge(read ?? pairs).failures))
        }
        memo.freeDeparted()
    }

    private func pairs(_ left: Batch, _ changed: ChangedRows, _ memo: AnswerMemo) -> Batch {
        Batch(
            columns: left.columns.map { $0.gather(changed.rows) } + memo.store.columns(changed.ids),
            count: changed.rows.count, weights: changed.weights, ordinals: left.ordinals.gather(changed.rows))
    }
}
