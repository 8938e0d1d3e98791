import MutstreamColumnar

/// How the result of an aggregate is read from a record.
struct ResultPlan {
    enum Source: UInt8 {
        case rowCount, valueCount, sumInteger, sumWide, sumReal, sumFloat, averageInteger, averageWide, averageFloat,
            extremum
    }

    let source: Source
    let kind: ValueKind
    /// Of the cell, the extremum or the count of rows, from the start of the record.
    let offset: Int
    /// What the sum is multiplied by before it is divided by the count.
    let factor: UInt128
    let frame: Int
}

/// A monotonic chain of values: the links that serve MIN or MAX of one argument in frames of every length and one end.
struct ChainPlan {
    let plan: ExtremumPlan
    /// The number of the delay after which rows enter it, -1: at once.
    let delay: Int
    /// Of the two links `| previous: 4 | next: 4 |`, from the start of the entry.
    var linkOffset: Int
    /// Of the link to the chain's last entry, from the start of the record.
    let topOffset: Int
}

/// `count(DISTINCT argument)` of one frame.
struct DistinctCell {
    /// Of the argument's values, by their number among ``AccumulatorLayout/distincts``.
    let values: Int
    let bit: UInt64
    /// Of the count, from the start of the record.
    let offset: Int
}

/// An argument whose values are told apart.
struct DistinctArgument {
    let column: Int
    /// -1: none.
    let filter: Int
    let bit: UInt64
    /// Whether some frame without a bound counts its values.
    var isUnbounded: Bool
}

/// Where the accumulators of a list of aggregates lie in the record of a key. Aggregates of the same argument share.
///
/// ```
/// | header | chain tops: 4 each | block of frame 0 | block of frame 1 | ... |
///
/// block    | front: 4 | 0: 4 | rows: 8 | time of front: 8 | cells, distinct counts ... | extrema: 32 each | of the base |
/// ```
///
/// A record of zero bytes is empty.
final class AccumulatorLayout {
    static let rowsOffset = 8
    static let frontTimeOffset = 16
    private static let blockHeader = 24

    let image: RowImage
    let recordSize: Int
    let frameCount: Int
    let resultCount: Int
    let chainCount: Int
    /// The first byte of each frame's block, and the end.
    let blocks: UnsafeMutablePointer<Int>
    let cells: UnsafeMutablePointer<CellPlan>
    /// The cells of frame *f* are `cellStarts[f]..<cellStarts[f + 1]`.
    let cellStarts: UnsafeMutablePointer<Int>
    let extrema: UnsafeMutablePointer<ExtremumPlan>
    let extremumStarts: UnsafeMutablePointer<Int>
    let results: UnsafeMutablePointer<ResultPlan>
    let chains: UnsafeMutablePointer<ChainPlan>
    let distincts: [DistinctArgument]
    let distinctCells: UnsafeMutablePointer<DistinctCell>
    /// As `cellStarts`.
    let distinctStarts: UnsafeMutablePointer<Int>
    let hasFloat: Bool

    /// - Parameters:
    ///   - header: bytes of the record before the chain tops.
    ///   - usesChain: for each frame, whether rows leave it.
    ///   - delays: for each frame, the number of the delay after which rows enter it, -1: at once.
    init(inputTypes: [DataType], aggregates: [AggregateSpec], usesChain: [Bool], delays: [Int], header: Int) {
        frameCount = usesChain.count
        resultCount = aggregates.count
        var wanted: [(column: Int, filter: Int, kind: ValueKind, isStored: Bool)] = []
        var argumentOf: [Int] = []
        var distincts: [(argument: Int, isUnbounded: Bool)] = []
        for spec in aggregates {
            precondition(spec.function == .count || spec.column != nil, "only count takes *")
            let (column, filter) = (spec.column ?? -1, spec.filter ?? -1)
            let stored = spec.function != .count
            if let index = wanted.firstIndex(where: { $0.column == column && $0.filter == filter }) {
                wanted[index].isStored = wanted[index].isStored || stored
                argumentOf.append(index)
            } else {
                let kind: ValueKind = column < 0 ? .none : ValueKind(inputTypes[column].physical)
                argumentOf.append(wanted.count)
                wanted.append((column, filter, kind, stored))
            }
            guard spec.function == .count, spec.isDistinct, let argument = argumentOf.last else { continue }
            if let known = distincts.firstIndex(where: { $0.argument == argument }) {
                distincts[known].isUnbounded = distincts[known].isUnbounded || !usesChain[spec.frame]
            } else {
                distincts.append((argument, !usesChain[spec.frame]))
            }
        }
        image = RowImage(wanted)
        self.distincts = distincts.map { [image] distinct in
            let argument = image.arguments[distinct.argument]
            return DistinctArgument(
                column: argument.column, filter: argument.filter, bit: argument.bit, isUnbounded: distinct.isUnbounded)
        }

        // Chains first: their tops lie before the blocks.
        var chainKeys: [(argument: Int, isMaximum: Bool, delay: Int)] = []
        for (index, spec) in aggregates.enumerated() where spec.function == .min || spec.function == .max {
            let key = (argumentOf[index], spec.function == .max, delays[spec.frame])
            if usesChain[spec.frame], !chainKeys.contains(where: { $0 == key }) { chainKeys.append(key) }
        }
        chainCount = chainKeys.count
        var offset = (header + 4 * chainKeys.count + 15) & ~15
        var builder = Builder(image: image, inputTypes: inputTypes)
        blocks = .allocate(capacity: frameCount + 1)
        var results = [ResultPlan?](repeating: nil, count: aggregates.count)
        for frame in 0..<frameCount {
            blocks[frame] = offset
            builder.begin(at: offset + AccumulatorLayout.blockHeader)
            for (index, spec) in aggregates.enumerated() where spec.frame == frame {
                let argument = argumentOf[index]
                let chain =
                    usesChain[frame]
                    ? chainKeys.firstIndex { $0 == (argument, spec.function == .max, delays[frame]) } ?? -1 : -1
                if spec.function == .count, spec.isDistinct {
                    let values = distincts.firstIndex { $0.argument == argument } ?? 0
                    results[index] = builder.distinct(spec, argument, values)
                } else {
                    results[index] = builder.add(spec, argument, chain, blockOffset: offset)
                }
            }
            offset = builder.end()
        }
        blocks[frameCount] = offset
        recordSize = offset
        cells = AccumulatorLayout.copy(builder.cells)
        cellStarts = AccumulatorLayout.copy(builder.cellStarts + [builder.cells.count])
        extrema = AccumulatorLayout.copy(builder.extrema)
        extremumStarts = AccumulatorLayout.copy(builder.extremumStarts + [builder.extrema.count])
        distinctCells = AccumulatorLayout.copy(builder.distinctCells)
        distinctStarts = AccumulatorLayout.copy(builder.distinctStarts + [builder.distinctCells.count])
        self.results = AccumulatorLayout.copy(results.compactMap { $0 })
        precondition(results.allSatisfy { $0 != nil }, "every aggregate names a frame that exists")
        hasFloat = builder.cells.contains { $0.kind == .float }
        chains = .allocate(capacity: max(chainKeys.count, 1))
        for (index, key) in chainKeys.enumerated() {
            let plan = ExtremumPlan(
                kind: image.arguments[key.argument].kind, isMaximum: key.isMaximum, bit: image.arguments[key.argument].bit,
                offset: 0, valueOffset: image.arguments[key.argument].offset, chain: index, baseOffset: -1)
            (chains + index).initialize(
                to: ChainPlan(plan: plan, delay: key.delay, linkOffset: 0, topOffset: header + 4 * index))
        }
    }

    deinit {
        image.arguments.deallocate()
        blocks.deallocate()
        cells.deallocate()
        cellStarts.deallocate()
        extrema.deallocate()
        extremumStarts.deallocate()
        results.deallocate()
        chains.deallocate()
        distinctCells.deallocate()
        distinctStarts.deallocate()
    }

    private static func copy<T>(_ array: [T]) -> UnsafeMutablePointer<T> {
        let result = UnsafeMutablePointer<T>.allocate(capacity: max(array.count, 1))
        for (index, element) in array.enumerated() { (result + index).initialize(to: element) }
        return result
    }

    /// The rows that a frame's block counts.
    @inline(__always)
    func rows(_ record: UnsafeRawPointer, frame: Int) -> Int64 {
        record.load(fromByteOffset: blocks[frame] + AccumulatorLayout.rowsOffset, as: Int64.self)
    }

    /// Lays out one block after the other.
    private struct Builder {
        let image: RowImage
        let inputTypes: [DataType]
        var cells: [CellPlan] = []
        var cellStarts: [Int] = []
        var extrema: [ExtremumPlan] = []
        var extremumStarts: [Int] = []
        var distinctCells: [DistinctCell] = []
        var distinctStarts: [Int] = []
        var offset = 0

        init(image: RowImage, inputTypes: [DataType]) {
            self.image = image
            self.inputTypes = inputTypes
        }

        mutating func begin(at start: Int) {
            offset = start
            cellStarts.append(cells.count)
            extremumStarts.append(extrema.count)
            distinctStarts.append(distinctCells.count)
        }

        mutating func end() -> Int { (offset + 15) & ~15 }

        mutating func place(_ size: Int, alignment: Int) -> Int {
            let start = (offset + alignment - 1) & ~(alignment - 1)
            offset = start + size
            return start
        }

        mutating func cell(_ kind: CellKind, _ argument: ArgumentPlan) -> Int {
            for cell in cells[(cellStarts.last ?? 0)...]
            where cell.bit == argument.bit && (kind == .count || cell.kind == kind) {
                return cell.offset
            }
            let start = place(kind.size, alignment: kind.alignment)
            cells.append(CellPlan(kind: kind, bit: argument.bit, offset: start, valueOffset: argument.offset))
            return start
        }

        mutating func distinct(_ spec: AggregateSpec, _ argument: Int, _ values: Int) -> ResultPlan {
            let place: Int
            if let known = distinctCells[(distinctStarts.last ?? 0)...].first(where: { $0.values == values }) {
                place = known.offset
            } else {
                place = self.place(8, alignment: 8)
                distinctCells.append(DistinctCell(values: values, bit: image.arguments[argument].bit, offset: place))
            }
            return ResultPlan(source: .valueCount, kind: .none, offset: place, factor: 1, frame: spec.frame)
        }

        mutating func add(_ spec: AggregateSpec, _ number: Int, _ chain: Int, blockOffset: Int) -> ResultPlan {
            let argument = image.arguments[number]
            switch spec.function {
            case .count:
                if argument.column < 0, argument.filter < 0 {
                    let rows = blockOffset + AccumulatorLayout.rowsOffset
                    return ResultPlan(source: .rowCount, kind: .none, offset: rows, factor: 1, frame: spec.frame)
                }
                let cell = cell(.count, argument)
                return ResultPlan(source: .valueCount, kind: .none, offset: cell, factor: 1, frame: spec.frame)
            case .sum, .avg:
                return sum(spec, argument)
            case .min, .max:
                let isMaximum = spec.function == .max
                for other in extrema[(extremumStarts.last ?? 0)...]
                where other.bit == argument.bit && other.isMaximum == isMaximum {
                    return ResultPlan(
                        source: .extremum, kind: argument.kind, offset: other.offset, factor: 1, frame: spec.frame)
                }
                let start = place(ExtremumPlan.size, alignment: 16)
                let base = chain < 0 ? place(ExtremumPlan.size, alignment: 16) : -1
                extrema.append(
                    ExtremumPlan(
                        kind: argument.kind, isMaximum: isMaximum, bit: argument.bit, offset: start,
                        valueOffset: argument.offset, chain: chain, baseOffset: base))
                return ResultPlan(
                    source: .extremum, kind: argument.kind, offset: start, factor: 1, frame: spec.frame)
            default: preconditionFailure("a rolling frame has no \(spec.function.rawValue)")
            }
        }

        private mutating func sum(_ spec: AggregateSpec, _ argument: ArgumentPlan) -> ResultPlan {
            let type = inputTypes[argument.column]
            let isSum = spec.function == .sum
            let source: ResultPlan.Source
            let kind: CellKind
            switch type {
            case .smallint, .int: (kind, source) = (.integer, isSum ? .sumInteger : .averageInteger)
            case .bigint: (kind, source) = (.wide64, isSum ? .sumWide : .averageWide)
            case .decimal: (kind, source) = (.wide128, isSum ? .sumWide : .averageWide)
            case .real: (kind, source) = (.float, isSum ? .sumReal : .averageFloat)
            case .double: (kind, source) = (.float, isSum ? .sumFloat : .averageFloat)
            default: preconditionFailure("sum and avg take numbers, found \(type.name)")
            }
            let digits = spec.resultType.scale - type.scale
            return ResultPlan(
                source: source, kind: .none, offset: cell(kind, argument), factor: WideDivision.power(isSum ? 0 : digits),
                frame: spec.frame)
        }
    }
}
