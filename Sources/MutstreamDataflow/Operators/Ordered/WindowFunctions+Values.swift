import MutstreamColumnar

/// The functions that fetch a value from another row.
extension WindowFunctions {
    /// Moves a cursor to a position, row by row where that is near.
    private func seek(_ cursor: inout OrderedIndex.Cursor, _ position: Int, _ tree: OrderedIndex.Tree) {
        let distance = position - cursor.position
        if distance == 0 { return }
        if cursor.position >= tree.count || abs(distance) > 8 {
            cursor = rows.index.cursor(at: position, in: tree)
            return
        }
        for _ in 0..<abs(distance) {
            if distance > 0 { rows.index.advance(&cursor) } else { rows.index.retreat(&cursor, in: tree) }
        }
    }

    /// lag and lead.
    func shift(_ plan: WindowPlan, _ range: Range<Int>, _ tree: OrderedIndex.Tree) {
        let index = rows.index
        var cursor = index.cursor(at: range.lowerBound, in: tree)
        var other = cursor
        while cursor.position < range.upperBound {
            let row = index.payload(cursor)
            var cell = WindowCell.null
            if let offset = plan.integer(1, rows.store, row, absent: 1) {
                let delta = plan.call.function == .lag ? (0 as Int64).subtractingClamped(offset) : offset
                if let position = target(plan, cursor, delta, &other, tree) {
                    seek(&other, position, tree)
                    cell = WindowCell(rows.store, index.payload(other), plan.call.columns[0])
                } else {
                    cell = absent(plan, row)
                }
            }
            set(row, plan, cell)
            index.advance(&cursor)
        }
    }

    /// The position that lag or lead looks at, nil outside the partition.
    private func target(
        _ plan: WindowPlan, _ cursor: OrderedIndex.Cursor, _ delta: Int64, _ other: inout OrderedIndex.Cursor,
        _ tree: OrderedIndex.Tree
    ) -> Int? {
        if !plan.call.ignoreNulls || delta == 0 {
            let position = Int64(cursor.position).addingClamped(delta)
            return position >= 0 && position < Int64(tree.count) ? Int(position) : nil
        }
        var rest = delta.magnitude
        var at = cursor
        while true {
            if delta > 0 {
                rows.index.advance(&at)
                if at.position >= tree.count { return nil }
            } else {
                if at.position == 0 { return nil }
                rows.index.retreat(&at, in: tree)
            }
            if !rows.store.isNull(rows.index.payload(at), plan.call.columns[0]) {
                rest -= 1
                if rest == 0 {
                    other = at
                    return at.position
                }
            }
        }
    }

    /// The default of lag and lead.
    private func absent(_ plan: WindowPlan, _ row: Int32) -> WindowCell {
        if let constants = plan.constants { return WindowCell(constants, 0, 0) }
        if plan.call.columns.count > 2 { return WindowCell(rows.store, row, plan.call.columns[2]) }
        return .null
    }

    /// first_value, last_value and nth_value.
    func pick(_ plan: WindowPlan, _ range: Range<Int>, _ tree: OrderedIndex.Tree) {
        let index = rows.index
        let frame = plan.frame
        var cursor = index.cursor(at: range.lowerBound, in: tree)
        var other = cursor
        frame.begin(cursor, in: tree)
        while true {
            let row = index.payload(cursor)
            let parts = frame.parts(cursor.position)
            let all = [parts.0, parts.1, parts.2]
            let cell: WindowCell
            switch plan.call.function {
            case .firstValue: cell = value(plan, all, 1, &other, tree)
            case .lastValue: cell = value(plan, all, -1, &other, tree)
            default:
                if let count = plan.integer(1, rows.store, row, absent: 1) {
                    cell = count <= 0 ? WindowCell(.nthNotPositive) : value(plan, all, count, &other, tree)
                } else {
                    cell = .null
                }
            }
            set(row, plan, cell)
            index.advance(&cursor)
            if cursor.position >= range.upperBound { return }
            frame.move(to: cursor)
        }
    }

    /// The value of the *n*-th row of the parts of a frame, of the last one for -1.
    private func value(
        _ plan: WindowPlan, _ parts: [Range<Int>], _ n: Int64, _ other: inout OrderedIndex.Cursor,
        _ tree: OrderedIndex.Tree
    ) -> WindowCell {
        let column = plan.call.columns[0]
        if n < 0 {
            for part in parts.reversed() where !part.isEmpty {
                seek(&other, part.upperBound - 1, tree)
                if !plan.call.ignoreNulls { return WindowCell(rows.store, rows.index.payload(other), column) }
                while true {
                    let row = rows.index.payload(other)
                    if !rows.store.isNull(row, column) { return WindowCell(rows.store, row, column) }
                    if other.position == part.lowerBound { break }
                    rows.index.retreat(&other, in: tree)
                }
            }
            return .null
        }
        var rest = n
        for part in parts where !part.isEmpty {
            if !plan.call.ignoreNulls {
                if rest > Int64(part.count) {
                    rest -= Int64(part.count)
                    continue
                }
                seek(&other, part.lowerBound + Int(rest) - 1, tree)
                return WindowCell(rows.store, rows.index.payload(other), column)
            }
            seek(&other, part.lowerBound, tree)
            while other.position < part.upperBound {
                let row = rows.index.payload(other)
                if !rows.store.isNull(row, column) {
                    rest -= 1
                    if rest == 0 { return WindowCell(rows.store, row, column) }
                }
                rows.index.advance(&other)
            }
        }
        return .null
    }
}
