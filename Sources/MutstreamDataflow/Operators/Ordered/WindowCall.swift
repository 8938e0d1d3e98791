import MutstreamColumnar

/// Which rows around the current one an OVER call sees.
package struct WindowFrameSpec: Sendable, Hashable {
    package enum Unit: Sendable, Hashable {
        /// Offsets count rows (BIGINT).
        case rows
        /// Offsets are added to the value of the only ORDER BY column.
        case range
        /// Offsets count groups of peers (BIGINT).
        case groups
    }

    /// An offset is neither NULL nor negative. Of ROWS and GROUPS: `.int64`. Of RANGE, by the type of the ORDER BY column:
    /// INT, BIGINT, DATE (days): `.int64`; DECIMAL: `.decimal` in the column's scale; DOUBLE: `.double`; TIMESTAMP, DATE
    /// and INTERVAL: `.interval`.
    package enum Bound: Sendable, Hashable {
        case unboundedPreceding
        case preceding(Value)
        case currentRow
        case following(Value)
        case unboundedFollowing
    }

    package enum Exclusion: Sendable, Hashable { case noOthers, currentRow, group, ties }

    package var unit: Unit
    package var start: Bound
    package var end: Bound
    package var exclusion: Exclusion

    package init(unit: Unit, start: Bound, end: Bound, exclusion: Exclusion = .noOthers) {
        self.unit = unit
        self.start = start
        self.end = end
        self.exclusion = exclusion
    }

    /// RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW: what SQL means where no frame is written.
    package static let standard = WindowFrameSpec(unit: .range, start: .unboundedPreceding, end: .currentRow)
}

/// One `function(arguments) FILTER (WHERE …) OVER (…)`.
package struct WindowCall: Sendable, Hashable {
    package var function: WindowFunction
    /// The arguments in order: these columns of the input, of the types that ``WindowFunction/resolve(name:arguments:)``
    /// asks for; none with no constants: `count(*)`.
    package var columns: [Int]
    /// The arguments that follow those in `columns`: the offset of `lag(x, 2, 0)` and its default.
    package var constants: [Value]
    /// A BOOLEAN column: rows where it is not true are left out. Aggregates only.
    package var filter: Int?
    /// IGNORE NULLS, of lag, lead, first_value, last_value and nth_value.
    package var ignoreNulls: Bool
    /// Of no meaning for the ranking functions, lag and lead.
    package var frame: WindowFrameSpec
    package var resultType: DataType
    /// Of equal arguments only one counts; count without EXCLUDE only.
    package var isDistinct: Bool

    package init(
        _ function: WindowFunction, columns: [Int] = [], constants: [Value] = [], filter: Int? = nil,
        ignoreNulls: Bool = false, frame: WindowFrameSpec = .standard, resultType: DataType, isDistinct: Bool = false
    ) {
        self.function = function
        self.columns = columns
        self.constants = constants
        self.filter = filter
        self.ignoreNulls = ignoreNulls
        self.frame = frame
        self.resultType = resultType
        self.isDistinct = isDistinct
    }
}
