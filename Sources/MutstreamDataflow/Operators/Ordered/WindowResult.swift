import MutstreamColumnar

/// What comes out of an accumulator.
struct WindowResult {
    private let function: WindowFunction
    private let type: DataType
    /// What a sum is multiplied by before it is divided, so that the average has its scale.
    private let factor: UInt128
    private let store: RowStore
    private let column: Int
    private let scale: Int
    private let heap: ByteHeap

    init(_ call: WindowCall, _ store: RowStore, _ heap: ByteHeap) {
        self.heap = heap
        function = call.function
        type = call.resultType
        self.store = store
        column = call.columns.first ?? -1
        scale = call.columns.first.map { store.types[$0].scale } ?? 0
        factor = call.function == .avg ? WideDivision.power(min(max(call.resultType.scale - scale, 0), 38)) : 1
    }

    func cell(_ kind: WindowAccumulator.Kind, _ cell: UnsafeRawPointer) -> WindowCell {
        let counts = cell.assumingMemoryBound(to: Int64.self)
        switch kind {
        case .count: return WindowCell(counts[0])
        case .minimum, .maximum:
            let row = cell.load(as: Int32.self) - 1
            return row < 0 ? .null : WindowCell(store, row, column)
        default: break
        }
        if function == .regrCount { return WindowCell(counts[0]) }
        if counts[0] == 0 { return .null }
        switch kind {
        case .sum: return sum(cell.load(as: WideCell.self))
        case .float:
            let float = cell.assumingMemoryBound(to: FloatCell.self)
            return self.float(
                float.pointee.value.map { function == .avg && $0.isFinite ? $0 / Double(counts[0]) : $0 })
        case .exactFloat:
            let float = cell.assumingMemoryBound(to: ExactFloatCell.self)
            return self.float(function == .avg ? float.pointee.average(heap) : float.pointee.sum(heap))
        case .interval:
            let total = IntervalCell(
                count: counts[0], months: counts[1], days: counts[2], unused: 0,
                microseconds: cell.load(fromByteOffset: 32, as: Int128.self))
            return (function == .avg ? total.average : total.sum).map { WindowCell($0) } ?? WindowCell(.intervalOutOfRange)
        case .moments, .pairMoments: return statistic(cell, count: counts[0])
        case .bools: return WindowCell(function == .boolAnd ? counts[1] == counts[0] : counts[1] > 0)
        case .bitAnd, .bitOr, .bitXor: return WindowCell(counts[1])
        default: return .null
        }
    }

    private func sum(_ cell: WideCell) -> WindowCell {
        if function == .avg {
            guard cell.carry == 0, let value = WideDivision.divide(cell.low, times: factor, by: cell.count) else {
                return WindowCell(.averageOutOfRange)
            }
            return WindowCell(value)
        }
        guard let value = cell.value else { return WindowCell(.sumOutOfRange) }
        if type.physical == .decimal { return WindowCell(value) }
        return Int64(exactly: value).map { WindowCell($0) } ?? WindowCell(.sumOutOfRange)
    }

    private func float(_ value: Double?) -> WindowCell {
        guard let value else { return WindowCell(.floatOutOfRange) }
        if type != .real || !value.isFinite { return WindowCell(value) }
        let rounded = Float(value)
        return rounded.isFinite ? WindowCell(Double(rounded)) : WindowCell(.floatOutOfRange)
    }

    // MARK: Statistics

    private func statistic(_ cell: UnsafeRawPointer, count: Int64) -> WindowCell {
        guard let function = AggregateFunction(rawValue: function.rawValue) else { return .null }
        let cell = UnsafeMutableRawPointer(mutating: cell)
        let sum = { (index: Int) in MomentCell.sum(cell, index).pointee.value(heap) }
        if type.physical == .decimal { return exactVariance(function, count, sum(0), sum(1)) }
        if cell.load(fromByteOffset: 8, as: Int64.self) != 0 {
            return function.leastRows > count ? .null : WindowCell(Double.nan)
        }
        let moments = Moments(count: count, x: sum(0), xx: sum(1))
        let value: ScaledDouble?
        switch function {
        case .varSamp, .varPop, .stddevSamp, .stddevPop: value = moments.single(function)
        default: value = moments.pair(function, y: sum(2), yy: sum(3), xy: sum(4))
        }
        guard let result = value?.value else { return .null }
        return result.isFinite ? WindowCell(result) : WindowCell(.statisticOutOfRange)
    }

    /// Rounded once, half away from zero.
    private func exactVariance(
        _ function: AggregateFunction, _ count: Int64, _ sum: WideInteger, _ squares: WideInteger
    ) -> WindowCell {
        if count < function.leastRows { return .null }
        let spread = WideInteger(count) * squares - sum * sum
        let isSample = function == .varSamp || function == .stddevSamp
        let divisors = [UInt64(count), UInt64(isSample ? count - 1 : count)]
        // Twice the result, cut: one more and half of it is the rounded result.
        let twice: WideInteger
        if function == .stddevPop || function == .stddevSamp {
            twice = (spread * WideInteger(4)).scaled(power: 2 * (type.scale - scale), dividedBy: divisors).squareRoot
        } else {
            twice = (spread * WideInteger(2)).scaled(power: type.scale - 2 * scale, dividedBy: divisors)
        }
        guard let whole = twice.small, case let value = whole / 2 + whole % 2, value.magnitude < WideDivision.limit else {
            return WindowCell(.varianceOutOfRange)
        }
        return WindowCell(value)
    }
}
