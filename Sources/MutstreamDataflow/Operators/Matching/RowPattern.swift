import MutstreamColumnar

/// The pattern of MATCH_RECOGNIZE over numbered variables.
package indirect enum RowPattern: Sendable, Hashable {
    case variable(Int)
    case sequence([RowPattern])
    /// The leftmost that matches is preferred.
    case alternation([RowPattern])
    /// `maximum` nil: without end. Reluctant: as few as will do.
    case repeated(RowPattern, minimum: Int, maximum: Int?, isReluctant: Bool)

    /// Whether no row at all is a match.
    package var matchesEmpty: Bool {
        switch self {
        case .variable: false
        case .sequence(let parts): parts.allSatisfy(\.matchesEmpty)
        case .alternation(let parts): parts.contains(where: \.matchesEmpty)
        case .repeated(let inner, let minimum, _, _): minimum == 0 || inner.matchesEmpty
        }
    }

    /// Some greedy repetition without end can take any row for ever: `canTake` says so of a variable.
    package func neverEnds(_ canTake: (Int) -> Bool) -> Bool {
        switch self {
        case .variable: false
        case .sequence(let parts), .alternation(let parts): parts.contains { $0.neverEnds(canTake) }
        case .repeated(let inner, _, let maximum, let isReluctant):
            maximum == nil && !isReluctant && inner.takesAny(canTake) || inner.neverEnds(canTake)
        }
    }

    private func takesAny(_ canTake: (Int) -> Bool) -> Bool {
        switch self {
        case .variable(let variable): canTake(variable)
        case .sequence(let parts): parts.allSatisfy { $0.matchesEmpty || $0.takesAny(canTake) }
        case .alternation(let parts): parts.contains { $0.takesAny(canTake) }
        case .repeated(let inner, _, let maximum, _): maximum != 0 && inner.takesAny(canTake)
        }
    }
}

/// One thing that a condition or a measure asks of a match, as a column.
package struct MatchSlot: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// A column of the row that stands `offset` rows behind the current one; NULL where there is none.
        case row(column: Int, offset: Int)
        /// A column of the first or last row of some variables, `skip` of them left out, then `offset` rows behind it.
        case mapped(column: Int, variables: UInt64, isFirst: Bool, skip: Int, offset: Int)
        /// Over the rows of some variables; no column: `count(*)`.
        case aggregate(Aggregate, column: Int?, variables: UInt64)
        /// The name of the variable of the current row.
        case classifier
        /// From 1 on, in each partition.
        case matchNumber
    }
    package enum Aggregate: String, Sendable, Hashable { case count, sum, min, max }

    package var kind: Kind
    /// Of the whole match, not of its rows up to the current one.
    package var isFinal: Bool
    package var type: DataType

    package init(_ kind: Kind, isFinal: Bool = false, _ type: DataType) {
        self.kind = kind
        self.isFinal = isFinal
        self.type = type
    }

    /// The column of the input that it reads.
    package var column: Int? {
        switch kind {
        case .row(let column, _), .mapped(let column, _, _, _, _): column
        case .aggregate(_, let column, _): column
        case .classifier, .matchNumber: nil
        }
    }

    package func remapped(_ place: (Int) -> Int) -> MatchSlot {
        var copy = self
        switch kind {
        case .row(let column, let offset): copy.kind = .row(column: place(column), offset: offset)
        case .mapped(let column, let variables, let isFirst, let skip, let offset):
            copy.kind = .mapped(
                column: place(column), variables: variables, isFirst: isFirst, skip: skip, offset: offset)
        case .aggregate(let aggregate, let column, let variables):
            copy.kind = .aggregate(aggregate, column: column.map(place), variables: variables)
        case .classifier, .matchNumber: break
        }
        return copy
    }

    /// How many rows behind, or ahead of, a row of the match it looks.
    package var offset: Int {
        switch kind {
        case .row(_, let offset), .mapped(_, _, _, _, let offset): offset
        default: 0
        }
    }
}

/// What MATCH_RECOGNIZE looks for and gives.
///
/// Semantics are those of SQL:2016 (ISO/IEC TR 19075-5): a match begins at the first row at which there is one, and of all
/// that begin there the preferred one is taken: alternatives from left to right, greedy repetitions as long as they can be.
package struct MatchSpec: Sendable, Hashable {
    package enum Skip: Sendable, Hashable {
        case pastLastRow, toNextRow
        case toFirst(UInt64, String)
        case toLast(UInt64, String)
    }

    package var partition: [Int]
    /// In a stream, the first is the event time, rising.
    package var order: [SortItem]
    package var pattern: RowPattern
    /// Names, at most 64.
    package var variables: [String]
    /// By variable: over ``conditionSlots``; nil: always true.
    package var conditions: [Expression?]
    package var conditionSlots: [MatchSlot]
    package var measureSlots: [MatchSlot]
    package var skip: Skip
    /// From the first to the last row of a match it takes less than this, in microseconds of the first order column.
    package var within: Int64?
    package var allRows: Bool

    package static let variablesMax = 64

    package init(
        partition: [Int], order: [SortItem], pattern: RowPattern, variables: [String], conditions: [Expression?],
        conditionSlots: [MatchSlot], measureSlots: [MatchSlot], skip: Skip, within: Int64?, allRows: Bool
    ) {
        self.partition = partition
        self.order = order
        self.pattern = pattern
        self.variables = variables
        self.conditions = conditions
        self.conditionSlots = conditionSlots
        self.measureSlots = measureSlots
        self.skip = skip
        self.within = within
        self.allRows = allRows
    }

    /// Whether something of a partition outlives its matches: their number, or the rows before one that it looks at.
    package var outlivesMatches: Bool {
        (conditionSlots + measureSlots).contains { $0.kind == .matchNumber || $0.offset < 0 }
    }

    /// Columns of the input that matching reads.
    package var columnsRead: [Int] {
        partition + order.map(\.column) + (conditionSlots + measureSlots).compactMap(\.column)
    }

    package func remapped(_ place: (Int) -> Int) -> MatchSpec {
        var copy = self
        copy.partition = partition.map(place)
        for index in copy.order.indices { copy.order[index].column = place(order[index].column) }
        copy.conditionSlots = conditionSlots.map { $0.remapped(place) }
        copy.measureSlots = measureSlots.map { $0.remapped(place) }
        return copy
    }
}
