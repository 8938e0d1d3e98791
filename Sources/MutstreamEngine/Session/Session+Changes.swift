import MutstreamColumnar
import MutstreamDataflow
import MutstreamSQL

/// INSERT, UPDATE and DELETE, and what a table's constraints say of them.
extension Session {
    /// How many rows a statement changed, and what its RETURNING gives.
    typealias Changed = (count: Int, rows: ResultRows?)

    func insert(_ insertion: Insertion, _ returning: Returning?) throws(SQLError) -> Changed {
        guard let table = contents[insertion.table] else { return (0, nil) }
        let rows = try affected(insertion.fragment)
        try refuseInvalid(rows, insertion.table)
        if let rule = WatermarkRule(catalog.sources[insertion.table]) {
            return try insert(rows, insertion.table, table, rule, returning)
        }
        guard table.hasKeys, let conflict = insertion.conflict else {
            try refuseDuplicates(rows, insertion.table, table)
            let result = try result(returning, rows)
            change(insertion.table, rows)
            return (rows.count, result)
        }
        // Row by row: each sees what those before it have done.
        var written: [Batch] = []
        // Rows, by their place in the key, that this statement has written.
        var touched: Set<Int32> = []
        for row in 0..<rows.count {
            let one = rows.slice(row..<row + 1)
            switch conflict {
            case .ignore(let key):
                if key.map({ table.existing(one, key: $0)[0] >= 0 }) ?? table.meetsAny(one) { continue }
            case .update(let key, let expressions, let filter, let isOnce):
                let old = table.existing(one, key: key)[0]
                if old >= 0 {
                    if isOnce, touched.contains(old) {
                        throw SQLError(
                            "ON CONFLICT DO UPDATE cannot affect row a second time", at: SourceRange(0, 0),
                            hint: "let no two rows of one INSERT have the same key")
                    }
                    let before = table.columns([old], key: key)
                    if let new = try overwrite(table, insertion.table, before, one, expressions, filter) {
                        written.append(new)
                        if isOnce { touched.insert(table.existing(new, key: key)[0]) }
                    }
                    continue
                }
            }
            try refuseDuplicates(one, insertion.table, table)
            change(insertion.table, one)
            written.append(one)
            if case .update(let key, _, _, isOnce: true) = conflict { touched.insert(table.existing(one, key: key)[0]) }
        }
        guard returning != nil, !written.isEmpty else {
            return (written.count, try result(returning, rows.slice(0..<0)))
        }
        let all = rows.columns.indices.map { column in Column.concatenate(written.map { $0.columns[column] }) }
        let batch = Batch(columns: all, count: written.count, ordinals: Ordinals(first: 0))
        return (written.count, try result(returning, batch))
    }

    /// Into a table with a WATERMARK: which rows are late is judged row by row.
    private func insert(
        _ rows: Batch, _ index: Int, _ table: StoredTable, _ rule: WatermarkRule, _ returning: Returning?
    ) throws(SQLError) -> Changed {
        var rows = rows
        rows.ordinals = Ordinals(first: ordinal)
        ordinal += Int64(rows.count)
        let judged = rule.judge(rows, watermark: watermarks[index] ?? .min)
        try refuseDuplicates(judged.onTime, index, table)
        let result = try result(returning, judged.onTime)
        let name = catalog.sources[index].name
        if let count = judged.late?.count {
            notices.append("\(count) row\(count == 1 ? " was" : "s were") late, see \(name).late")
        }
        note(judged.unmoved?.reasons.map { StepInputs.unmovedReason + $0 } ?? [], of: name)
        change(index, judged.onTime, late: judged.late, judged.progress)
        return (judged.onTime.count, result)
    }

    /// The row that takes the place of one with its key; nil: it stays as it is.
    private func overwrite(
        _ table: StoredTable, _ index: Int, _ before: [Column], _ row: Batch, _ expressions: [Expression],
        _ filter: Expression?
    ) throws(SQLError) -> Batch? {
        let both = Batch(columns: before + row.columns, count: 1, ordinals: Ordinals(first: 0))
        if let filter, try !isTrue(filter, both)[0] { return nil }
        var after: [Column] = []
        for expression in expressions { after.append(try value(expression, both)) }
        let changes = zip(before, after).map { Column.concatenate([$0, $1]) }
        let batch = Batch(columns: changes, count: 2, weights: [-1, 1], ordinals: Ordinals(first: 0))
        try refuseInvalid(batch, index)
        try refuseDuplicates(batch, index, table)
        change(index, batch)
        return Batch(columns: after, count: 1, ordinals: Ordinals(first: 0))
    }

    func update(_ index: Int, _ fragment: Fragment, _ returning: Returning?) throws(SQLError) -> Changed {
        guard let table = contents[index] else { return (0, nil) }
        let rows = try affected(fragment)
        let width = table.types.count
        var kept = Array(Int32(0)..<Int32(clamping: rows.count))
        if table.hasPrimaryKey, !rows.isEmpty {
            // With FROM a row may be found more than once: the first one counts.
            let ids = table.existing(rows.with(columns: Array(rows.columns[..<width])))
            var seen: Set<Int32> = []
            kept = kept.filter { seen.insert(ids[Int($0)]).inserted }
        }
        let first = rows.gather(kept)
        let new = first.with(columns: Array(first.columns[width..<(2 * width)]))
        if rows.isEmpty { return (0, try result(returning, new)) }
        let changes = (0..<width).map { Column.concatenate([first.columns[$0], new.columns[$0]]) }
        let weights = [Int64](repeating: -1, count: first.count) + [Int64](repeating: 1, count: first.count)
        let batch = Batch(columns: changes, count: 2 * first.count, weights: weights, ordinals: Ordinals(first: 0))
        try refuseInvalid(batch, index)
        try refuseDuplicates(batch, index, table)
        let result = try result(returning, new)
        change(index, batch)
        return (first.count, result)
    }

    func delete(_ index: Int, _ fragment: Fragment, _ returning: Returning?) throws(SQLError) -> Changed {
        guard let table = contents[index] else { return (0, nil) }
        var rows = try affected(fragment)
        if table.hasPrimaryKey, !rows.isEmpty {
            let ids = table.existing(rows)
            var seen: Set<Int32> = []
            rows = rows.gather(
                Array(Int32(0)..<Int32(clamping: rows.count)).filter { seen.insert(ids[Int($0)]).inserted })
        }
        let result = try result(returning, rows)
        rows.weights = [Int64](repeating: -1, count: rows.count)
        change(index, rows)
        return (rows.count, result)
    }

    // MARK: Expressions over rows

    private func value(_ expression: Expression, _ rows: Batch) throws(SQLError) -> Column {
        let value = Evaluator(expression).evaluate(rows)
        if let failure = value.failures.first { throw SQLError(failure.failure.message, at: SourceRange(0, 0)) }
        return value.column
    }

    /// For each row whether a condition is true.
    private func isTrue(_ condition: Expression, _ rows: Batch) throws(SQLError) -> [Bool] {
        let column = try value(condition, rows)
        guard case .bool(let values) = column.values else { return [] }
        return (0..<rows.count).map { column.isValid($0) && values[$0] }
    }

    private func result(_ returning: Returning?, _ rows: Batch) throws(SQLError) -> ResultRows? {
        guard let returning else { return nil }
        var columns: [Column] = []
        for expression in returning.values { columns.append(try value(expression, rows)) }
        let batch = Batch(columns: columns, count: rows.count, ordinals: Ordinals(first: 0))
        return ResultRows(fields: returning.fields, batch: batch, isOrdered: false, problems: [])
    }

    // MARK: Constraints

    /// Refuses rows that a NOT NULL or a CHECK forbids.
    private func refuseInvalid(_ rows: Batch, _ index: Int) throws(SQLError) {
        let source = catalog.sources[index]
        for (number, column) in source.columns.enumerated() where column.notNull {
            for row in 0..<rows.count where !rows.columns[number].isValid(row) && rows.weight(row) > 0 {
                throw SQLError(
                    "column \"\(column.name)\" of \"\(source.name)\" is NOT NULL, found NULL", at: SourceRange(0, 0))
            }
        }
        for check in source.checks {
            let isFalse = try isTrue(Expression(.not(check.condition), .boolean), rows)
            if isFalse.indices.contains(where: { isFalse[$0] && rows.weight($0) > 0 }) {
                throw SQLError(
                    "a row of \"\(source.name)\" does not meet CHECK (\(check.text))", at: SourceRange(0, 0))
            }
        }
    }

    private func refuseDuplicates(_ rows: Batch, _ index: Int, _ table: StoredTable) throws(SQLError) {
        guard let (row, columns) = table.duplicate(after: rows) else { return }
        let source = catalog.sources[index]
        let key = columns.map { column in
            "\(source.columns[column].name) = "
                + TextCodec.text(rows.columns[column].value(at: row), source.columns[column].type)
        }
        throw SQLError(
            "duplicate key in \"\(source.name)\": \(key.joined(separator: ", ")) is there already", at: SourceRange(0, 0),
            hint: "write ON CONFLICT DO NOTHING or DO UPDATE SET …")
    }
}
