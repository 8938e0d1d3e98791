import MutstreamColumnar

/// How far behind a row, in the order of its window, the rows lie that its results depend on.
package struct WindowReach: Sendable, Hashable {
    /// So many rows.
    package private(set) var rows: Int64 = 0
    /// Rows whose time is later by no more than this, in microseconds of the first ORDER BY column.
    package private(set) var length: Int64 = 0

    /// Nil: some call depends on rows that are any while behind.
    package init?(_ calls: [WindowCall]) {
        for call in calls {
            switch call.function {
            case .rowNumber, .rank, .denseRank: break
            case .percentRank, .cumeDist, .ntile: return nil
            case .lag, .lead:
                guard let offset = WindowReach.offset(call) else { return nil }
                let ahead = call.function == .lead ? offset : 0 - offset
                if ahead > 0, call.ignoreNulls { return nil }
                rows = max(rows, ahead)
            default:
                switch (call.frame.unit, call.frame.end) {
                case (_, .preceding), (_, .currentRow): break
                case (.rows, .following(.int64(let count))): rows = max(rows, count)
                case (.range, .following(.interval(let span))):
                    guard let microseconds = span.exactMicroseconds else { return nil }
                    length = max(length, microseconds)
                default: return nil
                }
            }
        }
    }

    /// The offset of lag or lead; nil: it is not the same in all rows.
    static func offset(_ call: WindowCall) -> Int64? {
        if call.columns.count > 1 { return nil }
        switch call.constants.first {
        case nil: return 1
        case .int64(let offset)? where offset > .min: return offset
        default: return nil
        }
    }
}
