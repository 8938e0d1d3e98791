import MutstreamColumnar

/// A sum of DOUBLE that is exact whatever comes and goes.
///
/// As long as it fits in 106 bits it is the pair `high + low`; the first addition that would round moves it to an
/// ``ExactSum``, where it stays until the cell is empty. So the result is the exact sum of the finite values, rounded
/// once. NaN and infinities are counted apart.
struct ExactFloatCell {
    var count: Int64
    var high: Double
    var low: Double
    var exact: ExactSum
    var nans: Int64
    var positives: Int64
    var negatives: Int64

    static let size = 56

    @inline(__always)
    mutating func add(_ value: Double, times weight: Int64, _ heap: ByteHeap) {
        count &+= weight
        if weight == 1 || weight == -1, value.isFinite, exact.limbs == 0 {
            let value = weight == 1 ? value : -value
            let sum = high + value
            let other = sum - high
            let error = (high - (sum - other)) + (value - other)
            let rest = low + error
            let lowOther = rest - low
            let rounding = (low - (rest - lowOther)) + (error - lowOther)
            if rounding == 0, sum.isFinite {
                let total = sum + rest
                let restOther = total - sum
                low = (sum - (total - restOther)) + (rest - restOther)
                high = total
                if count == 0 { clear(heap) }
                return
            }
        }
        addSlowly(value, weight, heap)
    }

    @inline(never)
    private mutating func addSlowly(_ value: Double, _ weight: Int64, _ heap: ByteHeap) {
        if value.isFinite {
            if exact.limbs == 0 {
                exact.add(high, times: 1, heap)
                exact.add(low, times: 1, heap)
                (high, low) = (0, 0)
            }
            exact.add(value, times: weight, heap)
        } else if value.isNaN {
            nans &+= weight
        } else if value > 0 {
            positives &+= weight
        } else {
            negatives &+= weight
        }
        if count == 0 { clear(heap) }
    }

    mutating func clear(_ heap: ByteHeap) {
        exact.clear(heap)
        self = ExactFloatCell(count: 0, high: 0, low: 0, exact: ExactSum(), nans: 0, positives: 0, negatives: 0)
    }

    /// What is not finite among the values, if there is any.
    var special: Double? {
        if nans | positives | negatives == 0 { return nil }
        if nans != 0 || positives != 0 && negatives != 0 { return .nan }
        return positives != 0 ? .infinity : -.infinity
    }

    /// The sum, or nil where it left the range of DOUBLE.
    func sum(_ heap: ByteHeap) -> Double? {
        if let special { return special }
        let value = exact.limbs == 0 ? high : exact.value(heap).scaled.value
        return value.isFinite ? value : nil
    }

    /// The mean, or nil where it left the range of DOUBLE.
    func average(_ heap: ByteHeap) -> Double? {
        if let special { return special }
        if exact.limbs == 0 { return high / Double(count) }
        let value = (exact.value(heap).scaled / ScaledDouble(Double(count))).value
        return value.isFinite ? value : nil
    }
}

/// A sum of intervals, field by field.
struct IntervalCell {
    var count: Int64
    var months: Int64
    var days: Int64
    var unused: Int64
    var microseconds: Int128

    static let size = 48

    @inline(__always)
    mutating func add(_ value: Interval, times weight: Int64) {
        count &+= weight
        months &+= Int64(value.months) &* weight
        days &+= Int64(value.days) &* weight
        microseconds &+= Int128(value.microseconds) &* Int128(weight)
    }

    var sum: Interval? {
        guard let months = Int32(exactly: months), let days = Int32(exactly: days),
            let microseconds = Int64(exactly: microseconds)
        else { return nil }
        return Interval(months: months, days: days, microseconds: microseconds)
    }

    /// As PostgreSQL divides intervals: what is left of months goes to days of 30 a month, of days to the time.
    var average: Interval? { sum.flatMap { IntervalFraction.quotient($0, Double(count)) } }
}

/// Exact sums of powers and products: what variances and regressions are made of.
///
/// ```
/// one argument    | count: 8 | not finite: 8 | x: 8 | x*x: 8 |
/// two             | count: 8 | not finite: 8 | x: 8 | x*x: 8 | y: 8 | y*y: 8 | x*y: 8 |
/// ```
struct MomentCell {
    static let singleSize = 32
    static let pairSize = 56
    static let sums = 16

    @inline(__always)
    static func sum(_ cell: UnsafeMutableRawPointer, _ index: Int) -> UnsafeMutablePointer<ExactSum> {
        (cell + (sums &+ index &* ExactSum.size)).assumingMemoryBound(to: ExactSum.self)
    }

    @inline(__always)
    private static func bump(_ cell: UnsafeMutableRawPointer, _ offset: Int, _ weight: Int64) -> Int64 {
        let value = cell.load(fromByteOffset: offset, as: Int64.self) &+ weight
        cell.storeBytes(of: value, toByteOffset: offset, as: Int64.self)
        return value
    }

    static func add(_ value: Int128, _ weight: Int64, to cell: UnsafeMutableRawPointer, _ heap: ByteHeap) {
        if bump(cell, 0, weight) == 0 { return clear(cell, 2, heap) }
        let (magnitude, isDown) = (value.magnitude, weight < 0)
        sum(cell, 0).pointee.add(
            .init(magnitude, 1, times: weight.magnitude, position: 0, isNegative: (value < 0) != isDown), heap)
        sum(cell, 1).pointee.add(
            .init(magnitude, magnitude, times: weight.magnitude, position: 0, isNegative: isDown), heap)
    }

    static func add(_ value: Double, _ weight: Int64, to cell: UnsafeMutableRawPointer, _ heap: ByteHeap) {
        if bump(cell, 0, weight) == 0 { return clear(cell, 2, heap) }
        guard value.isFinite else {
            _ = bump(cell, 8, weight)
            return
        }
        let x = ExactSum.parts(value)
        addPowers(x, weight, cell, 0, heap)
    }

    static func add(y: Double, x: Double, _ weight: Int64, to cell: UnsafeMutableRawPointer, _ heap: ByteHeap) {
        if bump(cell, 0, weight) == 0 { return clear(cell, 5, heap) }
        guard y.isFinite, x.isFinite else {
            _ = bump(cell, 8, weight)
            return
        }
        let (y, x) = (ExactSum.parts(y), ExactSum.parts(x))
        addPowers(x, weight, cell, 0, heap)
        addPowers(y, weight, cell, 2, heap)
        sum(cell, 4).pointee.add(
            .init(
                UInt128(x.significand), UInt128(y.significand), times: weight.magnitude, position: x.exponent + y.exponent,
                isNegative: (x.isNegative != y.isNegative) != (weight < 0)), heap)
    }

    @inline(__always)
    private static func addPowers(
        _ x: (significand: UInt64, exponent: Int, isNegative: Bool), _ weight: Int64, _ cell: UnsafeMutableRawPointer,
        _ index: Int, _ heap: ByteHeap
    ) {
        let significand = UInt128(x.significand)
        sum(cell, index).pointee.add(
            .init(significand, 1, times: weight.magnitude, position: x.exponent, isNegative: x.isNegative != (weight < 0)),
            heap)
        sum(cell, index + 1).pointee.add(
            .init(
                significand, significand, times: weight.magnitude, position: 2 * x.exponent, isNegative: weight < 0), heap)
    }

    static func clear(_ cell: UnsafeMutableRawPointer, _ count: Int, _ heap: ByteHeap) {
        for index in 0..<count { sum(cell, index).pointee.clear(heap) }
        cell.storeBytes(of: 0, toByteOffset: 8, as: Int64.self)
    }
}
