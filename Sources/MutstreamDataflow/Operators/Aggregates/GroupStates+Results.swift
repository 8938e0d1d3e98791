import MutstreamColumnar

/// The results of many groups, one column for each aggregate.
extension GroupStates {
    /// Which groups have no result: their failure's number + 1, else 0.
    struct Failures {
        private(set) var codes: [UInt8]
        private(set) var isEmpty = true

        init(count: Int) { codes = [UInt8](repeating: 0, count: count) }

        /// Of several failures of a group the first is told.
        mutating func note(_ place: Int, _ failure: AggregateFailure) {
            isEmpty = false
            if codes[place] == 0 { codes[place] = failure.rawValue + 1 }
        }

        subscript(place: Int) -> AggregateFailure? { codes[place] == 0 ? nil : AggregateFailure(rawValue: codes[place] - 1) }
    }

    /// The result columns of records, in their order.
    func results(_ records: [UnsafeMutableRawPointer], _ failures: inout Failures) -> [Column] {
        var columns: [Column] = []
        columns.reserveCapacity(layout.results.count)
        for result in layout.results { columns.append(column(result, records, &failures)) }
        return columns
    }

    private func column(
        _ result: GroupResult, _ records: [UnsafeMutableRawPointer], _ failures: inout Failures
    ) -> Column {
        switch result {
        case .count(let offset):
            return .int64(
                GroupStates.array(records) { _, record in record.load(fromByteOffset: offset, as: Int64.self) })
        case .sumInteger(let offset), .bits(let offset):
            // Both have the count first and the value behind it.
            let (values, validity) = GroupStates.optionals(records, Int64(0)) { _, record in
                let cell = (record + offset).load(as: IntegerCell.self)
                return cell.count == 0 ? nil : cell.sum
            }
            return .int64(values, validity)
        case .sumWide(let offset):
            return decimals(records, offset, &failures, .sumOutOfRange) { record in
                record.assumingMemoryBound(to: WideCell.self).pointee.value
            }
        case .averageInteger(let offset, let factor):
            return decimals(records, offset, &failures, .averageOutOfRange) { record in
                let cell = record.load(as: IntegerCell.self)
                return WideDivision.divide(Int128(cell.sum), count: cell.count, times: factor)
            }
        case .averageWide(let offset, let factor):
            return decimals(records, offset, &failures, .averageOutOfRange) { record in
                let cell = record.load(as: WideCell.self)
                return cell.carry != 0 ? nil : WideDivision.divide(cell.low, count: cell.count, times: factor)
            }
        case .sumFloat(let offset, let isReal):
            return doubles(records, offset, &failures, .floatOutOfRange) { record in
                let cell = record.assumingMemoryBound(to: ExactFloatCell.self)
                let sum = cell.pointee.sum(heap)
                guard isReal, let sum else { return sum }
                let rounded = Double(Float(sum))
                return rounded.isFinite || cell.pointee.special != nil ? rounded : nil
            }
        case .averageFloat(let offset):
            return doubles(records, offset, &failures, .floatOutOfRange) { record in
                record.assumingMemoryBound(to: ExactFloatCell.self).pointee.average(heap)
            }
        case .sumInterval(let offset):
            return intervals(records, offset, &failures) { $0.load(as: IntervalCell.self).sum }
        case .averageInterval(let offset):
            return intervals(records, offset, &failures) { $0.load(as: IntervalCell.self).average }
        case .extremum(let offset): return extrema(records, offset, result)
        case .allTrue(let offset):
            let (values, validity) = GroupStates.optionals(records, false) { _, record in
                let cell = (record + offset).assumingMemoryBound(to: Int64.self)
                return cell[0] == 0 ? nil : cell[0] == cell[1]
            }
            return .bool(values, validity)
        case .anyTrue(let offset):
            let (values, validity) = GroupStates.optionals(records, false) { _, record in
                let cell = (record + offset).assumingMemoryBound(to: Int64.self)
                return cell[0] == 0 ? nil : cell[1] > 0
            }
            return .bool(values, validity)
        case .bitCounts(let offset, let width, let function):
            let (values, validity) = GroupStates.optionals(records, Int64(0)) { _, record in
                GroupStates.bits((record + offset).assumingMemoryBound(to: Int64.self), width, function)
            }
            return .int64(values, validity)
        case .variance(let offset, let function, nil, _):
            return statistics(records, offset, function, &failures)
        case .variance(let offset, let function, let scale?, let resultScale):
            return exactVariance(records, offset, function, scale, resultScale, &failures)
        case .statistic(let offset, let function): return statistics(records, offset, function, &failures)
        case .sketchedCount(let offset, let index):
            return .int64(GroupStates.array(records) { _, record in sketches[index].estimate(record + offset) })
        default: return orderedColumn(result, records, &failures)
        }
    }

    // MARK: Columns

    @inline(__always)
    static func array<T: BitwiseCopyable>(
        _ records: [UnsafeMutableRawPointer], _ value: (Int, UnsafeMutableRawPointer) -> T
    ) -> [T] {
        [T](unsafeUninitializedCapacity: records.count) { out, count in
            for place in 0..<records.count { out.initializeElement(at: place, to: value(place, records[place])) }
            count = records.count
        }
    }

    /// Values and which of them are there.
    @inline(__always)
    static func optionals<T: BitwiseCopyable>(
        _ records: [UnsafeMutableRawPointer], _ absent: T, _ value: (Int, UnsafeMutableRawPointer) -> T?
    ) -> ([T], Bitmap?) {
        var validity: Bitmap?
        let values = array(records) { place, record in
            if let value = value(place, record) { return value }
            if validity == nil { validity = Bitmap(count: records.count, repeating: true) }
            validity?[place] = false
            return absent
        }
        return (values, validity)
    }

    /// Values of a state that begins with its count: NULL where that is 0; where there is no value, a failure.
    @inline(__always)
    private func fallible<T: BitwiseCopyable>(
        _ records: [UnsafeMutableRawPointer], _ offset: Int, _ failures: inout Failures, _ failure: AggregateFailure,
        _ absent: T, _ value: (UnsafeMutableRawPointer) -> T?
    ) -> ([T], Bitmap?) {
        GroupStates.optionals(records, absent) { place, record in
            if (record + offset).load(as: Int64.self) == 0 { return nil }
            if let value = value(record + offset) { return value }
            failures.note(place, failure)
            return absent
        }
    }

    private func decimals(
        _ records: [UnsafeMutableRawPointer], _ offset: Int, _ failures: inout Failures, _ failure: AggregateFailure,
        _ value: (UnsafeMutableRawPointer) -> Int128?
    ) -> Column {
        let (values, validity) = fallible(records, offset, &failures, failure, Int128(0), value)
        return .decimal(values, validity)
    }

    private func doubles(
        _ records: [UnsafeMutableRawPointer], _ offset: Int, _ failures: inout Failures, _ failure: AggregateFailure,
        _ value: (UnsafeMutableRawPointer) -> Double?
    ) -> Column {
        let (values, validity) = fallible(records, offset, &failures, failure, 0.0, value)
        return .double(values, validity)
    }

    private func intervals(
        _ records: [UnsafeMutableRawPointer], _ offset: Int, _ failures: inout Failures,
        _ value: (UnsafeMutableRawPointer) -> Interval?
    ) -> Column {
        let (values, validity) = fallible(records, offset, &failures, .intervalOutOfRange, Interval(), value)
        return .interval(values, validity)
    }

    private func extrema(_ records: [UnsafeMutableRawPointer], _ offset: Int, _ result: GroupResult) -> Column {
        switch physical(ofStateAt: offset) {
        case .int64:
            let (values, validity) = values(records, offset, Int64(0))
            return .int64(values, validity)
        case .double:
            let (values, validity) = values(records, offset, 0.0)
            return .double(values, validity)
        case .decimal:
            let (values, validity) = values(records, offset, Int128(0))
            return .decimal(values, validity)
        case .interval:
            let (values, validity) = values(records, offset, Interval())
            return .interval(values, validity)
        case .bool:
            let (values, validity) = values(records, offset, false)
            return .bool(values, validity)
        case .text:
            let builder = ColumnBuilder(DataType.Physical.text, capacity: records.count)
            for record in records {
                let slot = record + offset
                if slot.load(as: Int64.self) == 0 {
                    builder.appendNull()
                } else {
                    builder.append(text: GroupExtremum.text(slot, heap))
                }
            }
            return builder.finish()
        }
    }

    @inline(__always)
    private func values<T: BitwiseCopyable>(
        _ records: [UnsafeMutableRawPointer], _ offset: Int, _ absent: T
    ) -> ([T], Bitmap?) {
        GroupStates.optionals(records, absent) { _, record in
            let slot = record + offset
            if slot.load(as: Int64.self) == 0 { return nil }
            return slot.load(fromByteOffset: GroupExtremum.valueOffset, as: T.self)
        }
    }

    private static func bits(_ cell: UnsafeMutablePointer<Int64>, _ width: Int, _ function: AggregateFunction) -> Int64? {
        if cell[0] == 0 { return nil }
        var bits: UInt64 = 0
        for bit in 0..<width where function == .bitAnd ? cell[1 + bit] == cell[0] : cell[1 + bit] > 0 {
            bits |= 1 << UInt64(bit)
        }
        if width == 64 { return Int64(bitPattern: bits) }
        return Int64(Int32(truncatingIfNeeded: bits))
    }

    // MARK: Statistics

    /// Variance or standard deviation of exact numbers, rounded once, half away from zero.
    private func exactVariance(
        _ records: [UnsafeMutableRawPointer], _ offset: Int, _ function: AggregateFunction, _ scale: Int,
        _ resultScale: Int, _ failures: inout Failures
    ) -> Column {
        let isSample = function == .varSamp || function == .stddevSamp
        let isRoot = function == .stddevPop || function == .stddevSamp
        let (values, validity) = GroupStates.optionals(records, Int128(0)) { place, record in
            let cell = record + offset
            let count = cell.load(as: Int64.self)
            if count < (isSample ? 2 : 1) { return nil }
            let sum = MomentCell.sum(cell, 0).pointee.value(heap)
            let squares = MomentCell.sum(cell, 1).pointee.value(heap)
            let spread = WideInteger(count) * squares - sum * sum
            let divisors = [UInt64(count), UInt64(isSample ? count - 1 : count)]
            let whole: WideInteger
            if isRoot {
                whole = (spread * WideInteger(4)).scaled(power: 2 * (resultScale - scale), dividedBy: divisors).squareRoot
            } else {
                whole = (spread * WideInteger(2)).scaled(power: resultScale - 2 * scale, dividedBy: divisors)
            }
            // Twice the result, cut: one more and half of it is the rounded result.
            guard let twice = whole.small, case let value = (twice / 2) + (twice & 1), value.magnitude < WideDivision.limit
            else {
                failures.note(place, .varianceOutOfRange)
                return 0
            }
            return value
        }
        return .decimal(values, validity)
    }

    /// Statistics of DOUBLE from exact sums: rounded at most four times.
    private func statistics(
        _ records: [UnsafeMutableRawPointer], _ offset: Int, _ function: AggregateFunction, _ failures: inout Failures
    ) -> Column {
        let (values, validity) = GroupStates.optionals(records, 0.0) { place, record in
            let cell = record + offset
            let count = cell.load(as: Int64.self)
            if count < 1 { return nil }
            if cell.load(fromByteOffset: 8, as: Int64.self) != 0 { return function.leastRows > count ? nil : .nan }
            let sums = Moments(
                count: count, x: MomentCell.sum(cell, 0).pointee.value(heap),
                xx: MomentCell.sum(cell, 1).pointee.value(heap))
            let value: ScaledDouble?
            switch function {
            case .varSamp, .varPop, .stddevSamp, .stddevPop: value = sums.single(function)
            default:
                value = sums.pair(
                    function, y: MomentCell.sum(cell, 2).pointee.value(heap),
                    yy: MomentCell.sum(cell, 3).pointee.value(heap), xy: MomentCell.sum(cell, 4).pointee.value(heap))
            }
            guard let result = value?.value else { return nil }
            if !result.isFinite { failures.note(place, .statisticOutOfRange) }
            return result
        }
        return .double(values, validity)
    }
}

extension AggregateFunction {
    /// How many values a statistic needs.
    var leastRows: Int64 {
        switch self {
        case .varSamp, .stddevSamp, .covarSamp: 2
        default: 1
        }
    }
}

/// The exact sums of a group, and what follows from them.
struct Moments {
    let count: Int64
    let x: WideInteger
    let xx: WideInteger

    private var n: WideInteger { WideInteger(count) }
    /// count² times the variance of the population.
    private var spread: WideInteger { n * xx - x * x }
    private var size: ScaledDouble { ScaledDouble(Double(count)) }

    private func divided(_ spread: WideInteger, isSample: Bool) -> ScaledDouble? {
        if isSample, count < 2 { return nil }
        return spread.scaled / size / (isSample ? ScaledDouble(Double(count - 1)) : size)
    }

    func single(_ function: AggregateFunction) -> ScaledDouble? {
        let isSample = function == .varSamp || function == .stddevSamp
        let variance = divided(spread, isSample: isSample)
        return function == .varSamp || function == .varPop ? variance : variance?.squareRoot
    }

    func pair(_ function: AggregateFunction, y: WideInteger, yy: WideInteger, xy: WideInteger) -> ScaledDouble? {
        switch function {
        case .regrAvgx: return x.scaled / size
        case .regrAvgy: return y.scaled / size
        case .regrSxx: return spread.scaled / size
        default: break
        }
        let (sxx, syy, sxy) = (spread, n * yy - y * y, n * xy - x * y)
        switch function {
        case .regrSyy: return syy.scaled / size
        case .regrSxy: return sxy.scaled / size
        case .covarPop: return divided(sxy, isSample: false)
        case .covarSamp: return divided(sxy, isSample: true)
        case .corr:
            if sxx.isZero || syy.isZero { return nil }
            let value = (sxy.scaled / (sxx * syy).scaled.squareRoot).value
            return ScaledDouble(min(max(value, -1), 1))
        case .regrR2:
            if sxx.isZero { return nil }
            if syy.isZero { return ScaledDouble(1) }
            return ScaledDouble(min(((sxy * sxy).scaled / (sxx * syy).scaled).value, 1))
        case .regrSlope: return sxx.isZero ? nil : sxy.scaled / sxx.scaled
        case .regrIntercept: return sxx.isZero ? nil : (y * sxx - x * sxy).scaled / (n * sxx).scaled
        default: return nil
        }
    }
}
