import MutstreamColumnar

extension WindowFrameSpec {
    /// Checks a frame against the types of the ORDER BY columns of its window, as PostgreSQL does.
    ///
    /// - Throws: bounds in the wrong order, an offset that is NULL, negative or of a wrong type, RANGE with an offset over
    ///   other than one column, GROUPS without ORDER BY.
    package func validate(orderTypes: [DataType]) throws(TypeError) {
        if start == .unboundedFollowing { throw TypeError("frame start cannot be UNBOUNDED FOLLOWING") }
        if end == .unboundedPreceding { throw TypeError("frame end cannot be UNBOUNDED PRECEDING") }
        if side(start) > side(end) {
            throw TypeError(
                "a frame that starts \(side(start) > 0 ? "from following rows" : "at the current row") cannot end before it")
        }
        if unit == .groups, orderTypes.isEmpty {
            throw TypeError("GROUPS needs an ORDER BY", hint: "add ORDER BY to the window")
        }
        for bound in [start, end] {
            switch bound {
            case .preceding(let offset), .following(let offset): try check(offset, orderTypes)
            default: continue
            }
        }
    }

    /// -1: before the current row, 1: behind it.
    private func side(_ bound: Bound) -> Int {
        switch bound {
        case .unboundedPreceding, .preceding: -1
        case .currentRow: 0
        case .following, .unboundedFollowing: 1
        }
    }

    private func check(_ offset: Value, _ orderTypes: [DataType]) throws(TypeError) {
        if offset.isNull { throw TypeError("the offset of a frame must not be NULL") }
        if isNegative(offset) { throw TypeError("the offset of a frame must not be negative") }
        guard unit == .range else {
            if case .int64 = offset { return }
            throw TypeError("\(unit == .rows ? "ROWS" : "GROUPS") needs a whole number of rows or groups as its offset")
        }
        guard orderTypes.count == 1 else {
            throw TypeError(
                "RANGE with an offset needs exactly one ORDER BY column, found \(orderTypes.count)",
                hint: "use ROWS or GROUPS, or order by one column")
        }
        let type = orderTypes[0]
        switch (type, offset) {
        case (.smallint, .int64), (.int, .int64), (.bigint, .int64), (.date, .int64), (.real, .double), (.double, .double),
            (.decimal, .decimal), (.date, .interval), (.time, .interval), (.timestamp, .interval),
            (.timestamptz, .interval), (.interval, .interval):
            return
        default:
            throw TypeError(
                "RANGE with an offset does not fit an ORDER BY column of type \(type.name)",
                hint: "order by a number with a number as offset, or by a time with an INTERVAL")
        }
    }

    private func isNegative(_ offset: Value) -> Bool {
        switch offset {
        case .int64(let value): value < 0
        case .double(let value): value < 0 || value.isNaN
        case .decimal(let value): value < 0
        case .interval(let value): value.comparable < 0
        default: false
        }
    }
}
