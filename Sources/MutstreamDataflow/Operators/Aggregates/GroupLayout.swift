import MutstreamColumnar

/// Which rows an aggregate looks at: those where its FILTER is true and no argument that must be there is NULL; with
/// DISTINCT the first and the last of equal ones.
struct GroupArgument: Hashable {
    var required: [Int]
    var filter: Int?
    var distinct: [Int]?
}

/// One state of a group, as plain memory inside its record. All of zero bytes is the empty state.
struct GroupCell {
    enum Kind: Hashable {
        case count, integer, wide64, wide128, float, interval
        /// The least or greatest value of input that never retracts: `| is there: 8 | 0: 8 | value: 16 |`.
        case extremum(isMaximum: Bool)
        /// `| count: 8 | true: 8 |`
        case truths
        /// How often each bit is set: `| count: 8 | bit 0: 8 | … |`.
        case bitCounts(Int)
        /// AND, OR or XOR of what came: `| count: 8 | bits: 8 |`.
        case bits(AggregateFunction)
        case moments64, moments128, momentsDouble, momentPairs
        /// The roots of ``OrderedRows``, by number.
        case ordered(Int)
        /// The record of a ``DistinctSketch``, by number.
        case sketch(Int)

        var size: Int {
            switch self {
            case .count: 8
            case .integer, .truths, .bits: 16
            case .wide64, .wide128: 32
            case .float: ExactFloatCell.size
            case .interval: IntervalCell.size
            case .extremum: 32
            case .bitCounts(let bits): 8 + 8 * bits
            case .moments64, .moments128, .momentsDouble: MomentCell.singleSize
            case .momentPairs: MomentCell.pairSize
            case .ordered: OrderedRows.rootBytes
            case .sketch: DistinctSketch.recordBytes
            }
        }

        var alignment: Int {
            switch self {
            case .wide64, .wide128, .interval, .extremum: 16
            default: 8
            }
        }

        /// Whether the state begins with the count of its values.
        var hasCount: Bool {
            switch self {
            case .extremum, .ordered, .sketch: false
            default: true
            }
        }
    }

    let kind: Kind
    /// Number of its ``GroupArgument``.
    let argument: Int
    /// The input's columns that it reads, -1: none.
    let column: Int
    let second: Int
    /// Bytes from the start of the record.
    let offset: Int
}

/// How the result of an aggregate is read from a record.
enum GroupResult {
    enum Pick {
        case first, last, mostFrequent
        /// `percentile_disc`; nil: NULL.
        case discrete([Double?])
    }

    /// Offsets are bytes from the start of the record.
    case count(Int)
    case sumInteger(Int), sumWide(Int), sumFloat(Int, isReal: Bool), sumInterval(Int)
    case averageInteger(Int, UInt128), averageWide(Int, UInt128), averageFloat(Int), averageInterval(Int)
    case extremum(Int)
    case allTrue(Int), anyTrue(Int)
    case bitCounts(Int, Int, AggregateFunction), bits(Int)
    case variance(Int, AggregateFunction, scale: Int?, resultScale: Int)
    case statistic(Int, AggregateFunction)
    case picked(Int, OrderedPlan, Pick)
    case continuous(Int, OrderedPlan, [Double?], isInterval: Bool)
    case sketchedPercentile(Int, OrderedPlan, QuantileSketch, Double?)
    case sketchedCount(Int, Int)
    case text(Int, OrderedPlan, separator: TextSeparator)
    case list(Int, OrderedPlan, ListForm)
    /// An array with a percentile for each fraction.
    case percentiles(Int, OrderedPlan, [Double?], isContinuous: Bool)

    /// Of an ordered state: which, whether equal rows count once.
    struct OrderedPlan {
        let rows: Int
        let isDistinct: Bool
    }

    enum TextSeparator {
        case constant([UInt8])
        /// A stored column.
        case column(Int)
    }
}

/// What an ordered state keeps.
struct OrderedSource: Hashable {
    /// The input's columns that are stored.
    var columns: [Int]
    var settings: OrderedRows.Settings
    /// The only column is turned into buckets.
    var sketch: QuantileSketch?
    /// States of other rows are other states.
    var argument: Int
}

struct SketchSource: Hashable {
    var column: Int
    var precision: Int
}

/// Where the states of a list of aggregates lie in the record of a group. States that several need are there once.
///
/// ```
/// | header | rows: 8 | DISTINCT: first key of each list of columns: 8 | cells … |
/// ```
struct GroupLayout {
    private(set) var arguments: [GroupArgument] = []
    private(set) var distinct: [DistinctPlan] = []
    private(set) var cells: [GroupCell] = []
    private(set) var ordered: [OrderedSource] = []
    private(set) var sketches: [SketchSource] = []
    private(set) var results: [GroupResult] = []
    private(set) var recordSize = 0
    let rowsOffset: Int
    private let inputTypes: [DataType]
    private let appendOnly: Bool
    private let isQueue: Bool

    /// - Parameter isQueue: whether rows are retracted in the order in which they were added.
    init(inputTypes: [DataType], aggregates: [AggregateSpec], appendOnly: Bool, isQueue: Bool, header: Int) {
        self.inputTypes = inputTypes
        self.appendOnly = appendOnly
        self.isQueue = isQueue
        rowsOffset = header
        recordSize = header + 8
        for spec in aggregates { results.append(add(spec)) }
        recordSize = (recordSize + 15) & ~15
    }

    private mutating func place(_ size: Int, alignment: Int) -> Int {
        let start = (recordSize + alignment - 1) & ~(alignment - 1)
        recordSize = start + size
        return start
    }

    private mutating func argument(_ spec: AggregateSpec, requires required: [Int], isDistinct: Bool = false) -> Int {
        let argument = GroupArgument(
            required: required, filter: spec.filter, distinct: isDistinct && spec.isDistinct ? spec.columns : nil)
        if let known = arguments.firstIndex(of: argument) { return known }
        arguments.append(argument)
        guard let columns = argument.distinct else { return arguments.count - 1 }
        if let known = distinct.firstIndex(where: { $0.columns == columns }) {
            distinct[known].arguments.append(arguments.count - 1)
        } else {
            let offset = place(GroupKeyCounts.headBytes, alignment: 8)
            distinct.append(DistinctPlan(columns: columns, arguments: [arguments.count - 1], offset: offset))
        }
        return arguments.count - 1
    }

    /// The place of a state, which is made if there is none.
    private mutating func cell(_ kind: GroupCell.Kind, _ argument: Int, _ columns: [Int] = []) -> Int {
        let (first, second) = (columns.first ?? -1, columns.count > 1 ? columns[1] : -1)
        for cell in cells where cell.argument == argument {
            if kind == .count, cell.kind.hasCount { return cell.offset }
            if cell.kind == kind, cell.column == first, cell.second == second { return cell.offset }
        }
        let offset = place(kind.size, alignment: kind.alignment)
        cells.append(GroupCell(kind: kind, argument: argument, column: first, second: second, offset: offset))
        return offset
    }

    private mutating func add(_ spec: AggregateSpec) -> GroupResult {
        let column = spec.columns.first ?? -1
        precondition(spec.function == .count || column >= 0, "only count takes *")
        switch spec.function {
        case .count:
            if spec.columns.isEmpty, spec.filter == nil { return .count(rowsOffset) }
            return .count(cell(.count, argument(spec, requires: spec.columns, isDistinct: true)))
        case .sum, .avg: return addSum(spec, column)
        case .min, .max:
            if appendOnly {
                let rows = argument(spec, requires: spec.columns)
                return .extremum(cell(.extremum(isMaximum: spec.function == .max), rows, [column]))
            }
            let isMinimum = spec.function == .min
            let (offset, plan) = addOrdered(
                spec, [column], requires: [column], order: [SortItem(column: column)],
                kept: isMinimum ? .firstOfQueue : .lastOfQueue)
            return .picked(offset, plan, isMinimum ? .first : .last)
        case .boolAnd, .boolOr:
            let offset = cell(.truths, argument(spec, requires: spec.columns), [column])
            return spec.function == .boolAnd ? .allTrue(offset) : .anyTrue(offset)
        case .bitAnd, .bitOr, .bitXor: return addBits(spec, column)
        case .stddevSamp, .stddevPop, .varSamp, .varPop: return addVariance(spec, column)
        case .corr, .covarSamp, .covarPop, .regrAvgx, .regrAvgy, .regrCount, .regrIntercept, .regrR2, .regrSlope, .regrSxx,
            .regrSxy, .regrSyy:
            precondition(spec.columns.count == 2, "\(spec.function.rawValue) takes y and x")
            let rows = argument(spec, requires: spec.columns, isDistinct: true)
            if spec.function == .regrCount { return .count(cell(.count, rows)) }
            return .statistic(cell(.momentPairs, rows, spec.columns), spec.function)
        case .approxCountDistinct:
            var precision = 12
            if case .int64(let bits)? = spec.constants.first { precision = Int(clamping: bits) }
            let source = SketchSource(column: column, precision: precision)
            let known = sketches.firstIndex(of: source) ?? sketches.count
            if known == sketches.count { sketches.append(source) }
            return .sketchedCount(cell(.sketch(known), argument(spec, requires: [column]), [column]), known)
        default: return addOrderedResult(spec, column)
        }
    }

    private mutating func addSum(_ spec: AggregateSpec, _ column: Int) -> GroupResult {
        let type = inputTypes[column]
        let isSum = spec.function == .sum
        let rows = argument(spec, requires: [column], isDistinct: true)
        let factor = WideDivision.power(isSum ? 0 : max(spec.resultType.scale - type.scale, 0))
        switch type {
        case .real, .double:
            let offset = cell(.float, rows, [column])
            return isSum ? .sumFloat(offset, isReal: spec.resultType == .real) : .averageFloat(offset)
        case .interval:
            let offset = cell(.interval, rows, [column])
            return isSum ? .sumInterval(offset) : .averageInterval(offset)
        case .decimal:
            let offset = cell(.wide128, rows, [column])
            return isSum ? .sumWide(offset) : .averageWide(offset, factor)
        default:
            precondition(type.isNumeric, "sum and avg take numbers and intervals, found \(type.name)")
            // The sum of INT stays within 64 bits: 2^31 rows of 2^31.
            if spec.resultType.physical == .int64 || !isSum && type != .bigint {
                let offset = cell(.integer, rows, [column])
                return isSum ? .sumInteger(offset) : .averageInteger(offset, factor)
            }
            let offset = cell(.wide64, rows, [column])
            return isSum ? .sumWide(offset) : .averageWide(offset, factor)
        }
    }

    private mutating func addBits(_ spec: AggregateSpec, _ column: Int) -> GroupResult {
        let isDistinct = spec.function == .bitXor
        let rows = argument(spec, requires: [column], isDistinct: isDistinct)
        if appendOnly || spec.function == .bitXor { return .bits(cell(.bits(spec.function), rows, [column])) }
        let width = spec.resultType == .bigint ? 64 : 32
        return .bitCounts(cell(.bitCounts(width), rows, [column]), width, spec.function)
    }

    private mutating func addVariance(_ spec: AggregateSpec, _ column: Int) -> GroupResult {
        let rows = argument(spec, requires: [column], isDistinct: true)
        let type = inputTypes[column]
        let kind: GroupCell.Kind
        switch type.physical {
        case .double: kind = .momentsDouble
        case .decimal: kind = .moments128
        default: kind = .moments64
        }
        return .variance(
            cell(kind, rows, [column]), spec.function, scale: kind == .momentsDouble ? nil : type.scale,
            resultScale: spec.resultType.scale)
    }

    // MARK: Ordered states

    private mutating func addOrderedResult(_ spec: AggregateSpec, _ column: Int) -> GroupResult {
        let within = spec.order.isEmpty ? [SortItem(column: column)] : spec.order
        switch spec.function {
        case .mode:
            let (offset, plan) = addOrdered(
                spec, [column], requires: [column], order: within, kept: .all, findsMostFrequent: true)
            return .picked(offset, plan, .mostFrequent)
        case .percentileDisc:
            let (offset, plan) = addOrdered(spec, [column], requires: [column], order: within, kept: .all)
            let fractions = spec.constants.map(GroupLayout.fraction)
            if spec.resultType != inputTypes[column] {
                return .percentiles(offset, plan, fractions, isContinuous: false)
            }
            return .picked(offset, plan, .discrete(fractions))
        case .percentileCont:
            let (offset, plan) = addOrdered(spec, [column], requires: [column], order: within, kept: .all)
            if spec.resultType.element != nil {
                return .percentiles(offset, plan, spec.constants.map(GroupLayout.fraction), isContinuous: true)
            }
            return .continuous(
                offset, plan, spec.constants.map(GroupLayout.fraction), isInterval: inputTypes[column] == .interval)
        case .approxPercentile:
            let error = spec.constants.count > 1 ? GroupLayout.number(spec.constants[1]) ?? 0.01 : 0.01
            let sketch = QuantileSketch(error: error)
            let (offset, plan) = addOrdered(
                spec, [column], requires: [column], order: [], kept: .all, sketch: sketch)
            var fraction = spec.constants.first.flatMap(GroupLayout.fraction)
            if let ascending = fraction, spec.order.first?.descending == true { fraction = 1 - ascending }
            return .sketchedPercentile(offset, plan, sketch, fraction)
        case .argMin, .argMax:
            precondition(spec.columns.count == 2, "\(spec.function.rawValue) takes a value and a key")
            // Of equal keys the greatest (least) value: the result depends on the rows alone.
            let isMax = spec.function == .argMax
            var order = [SortItem(column: spec.columns[1], descending: isMax)]
            if inputTypes[spec.columns[0]].isOrdered {
                order.append(SortItem(column: spec.columns[0], descending: isMax, nullsFirst: false))
            }
            let (offset, plan) = addOrdered(spec, spec.columns, requires: [spec.columns[1]], order: order, kept: .first)
            return .picked(offset, plan, .first)
        case .firstValue, .singleValue, .anyValue, .lastValue:
            let isLast = spec.function == .lastValue
            let (offset, plan) = addOrdered(
                spec, [column], requires: spec.function == .anyValue ? [column] : [], order: spec.order,
                kept: isLast ? .last : .first)
            return .picked(offset, plan, isLast ? .last : .first)
        case .stringAgg:
            let (offset, plan) = addOrdered(spec, spec.columns, requires: [column], order: spec.order, kept: .all)
            var separator: [UInt8] = []
            if case .text(let text)? = spec.constants.first { separator = Array(text.utf8) }
            return .text(
                offset, plan,
                separator: spec.columns.count > 1 ? .column(storedIndex(spec.columns[1], plan)) : .constant(separator))
        case .arrayAgg, .jsonAgg, .jsonbAgg:
            let (offset, plan) = addOrdered(spec, [column], requires: [], order: spec.order, kept: .all)
            return .list(offset, plan, spec.function == .arrayAgg ? .array : .json)
        case .jsonObjectAgg, .jsonbObjectAgg:
            precondition(spec.columns.count == 2, "\(spec.function.rawValue) takes keys and values")
            let (offset, plan) = addOrdered(spec, spec.columns, requires: [], order: spec.order, kept: .all)
            return .list(offset, plan, .jsonObject(value: storedIndex(spec.columns[1], plan)))
        default: preconditionFailure("\(spec.function.rawValue) is no ordered aggregate")
        }
    }

    /// Without an order rows are in that of their arrival; with DISTINCT in that of their values.
    private mutating func addOrdered(
        _ spec: AggregateSpec, _ arguments: [Int], requires required: [Int], order: [SortItem], kept: OrderedRows.Kept,
        findsMostFrequent: Bool = false, sketch: QuantileSketch? = nil
    ) -> (Int, GroupResult.OrderedPlan) {
        var columns: [Int] = []
        for column in arguments + order.map(\.column) where !columns.contains(column) { columns.append(column) }
        let isByValue = !order.isEmpty || spec.isDistinct || sketch != nil
        var settings = OrderedRows.Settings()
        settings.arrangement = isByValue ? .byValue : .byArrival
        settings.order = order.map {
            SortItem(
                column: columns.firstIndex(of: $0.column) ?? 0, descending: $0.descending, nullsFirst: $0.nullsFirst)
        }
        settings.findsMostFrequent = findsMostFrequent
        settings.isAppendOnly = appendOnly
        switch kept {
        case .all: break
        case .first, .last: if appendOnly { settings.kept = kept }
        case .firstOfQueue, .lastOfQueue: if isQueue { settings.kept = kept }
        }
        let rows = argument(spec, requires: required)
        let source = OrderedSource(columns: columns, settings: settings, sketch: sketch, argument: rows)
        let known = ordered.firstIndex(of: source) ?? ordered.count
        if known == ordered.count { ordered.append(source) }
        return (cell(.ordered(known), rows, columns), GroupResult.OrderedPlan(rows: known, isDistinct: spec.isDistinct))
    }

    /// Where a column of the input lies in the rows of an ordered state.
    private func storedIndex(_ column: Int, _ plan: GroupResult.OrderedPlan) -> Int {
        ordered[plan.rows].columns.firstIndex(of: column) ?? 0
    }

    private static func number(_ value: Value) -> Double? {
        switch value {
        case .double(let value): value
        case .int64(let value): Double(value)
        default: nil
        }
    }

    /// A fraction between 0 and 1; nil: NULL.
    private static func fraction(_ value: Value) -> Double? {
        number(value).map { $0.isNaN ? 0 : min(max($0, 0), 1) }
    }
}
