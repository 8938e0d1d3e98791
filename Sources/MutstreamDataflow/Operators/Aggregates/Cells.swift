/// The sums of a group or frame, as plain memory inside its record. All of zero bytes is the empty cell.
///
/// ```
/// count    | count: 8 |
/// integer  | count: 8 | sum: 8 |
/// wide     | count: 8 | carry: 8 | low: 16 |                                       sum = carry * 2^128 + low
/// float    | count: 8 | high: 8 | low: 8 | lost: 8 | NaN: 8 | +inf: 8 | -inf: 8 |   sum = high + low
/// ```
enum CellKind: UInt8 {
    /// Only counts values.
    case count
    /// INT: 2^31 rows of 2^31 stay within 64 bits.
    case integer
    /// BIGINT, added up in 192 bits.
    case wide64
    /// DECIMAL, added up in 192 bits.
    case wide128
    /// DOUBLE, added up in twice the precision.
    case float

    var size: Int {
        switch self {
        case .count: 8
        case .integer: 16
        case .wide64, .wide128: 32
        case .float: 56
        }
    }

    var alignment: Int { self == .wide64 || self == .wide128 ? 16 : 8 }
}

struct IntegerCell {
    var count: Int64
    var sum: Int64
}

struct WideCell {
    var count: Int64
    var carry: Int64
    var low: Int128

    /// The sum as a decimal of at most 38 digits, or nil where it has more.
    var value: Int128? {
        guard carry == 0, low.magnitude < WideDivision.limit else { return nil }
        return low
    }

    @inline(__always)
    mutating func add(_ value: Int128) {
        let (sum, overflow) = low.addingReportingOverflow(value)
        low = sum
        if overflow { carry &+= value < 0 ? -1 : 1 }
    }

    @inline(__always)
    mutating func subtract(_ value: Int128) {
        let (difference, overflow) = low.subtractingReportingOverflow(value)
        low = difference
        if overflow { carry &+= value < 0 ? 1 : -1 }
    }

    mutating func add(_ value: Int128, times weight: Int64) {
        let product = value.multipliedFullWidth(by: Int128(weight))
        let bits = Int128(truncatingIfNeeded: product.low)
        carry &+= Int64(truncatingIfNeeded: product.high) &+ (bits < 0 ? 1 : 0)
        add(bits)
    }
}

/// A sum of doubles that forgets what is taken out of it.
///
/// The sum is the unevaluated pair `high + low` (Knuth's TwoSum, Dekker's double-double): 106 bits, in which the sum of
/// values of usual magnitudes is exact, so that taking a value out leaves what would be there without it. Where a bit
/// does not fit, its size is added to `lost`; a frame whose `lost` could be seen in its result is added up anew.
/// NaN and infinities are counted apart, since they could never be taken out.
struct FloatCell {
    var count: Int64
    var high: Double
    var low: Double
    /// Bound of what rounding has lost since the cell was empty.
    var lost: Double
    var nans: Int64
    var positives: Int64
    var negatives: Int64

    @inline(__always)
    private static func twoSum(_ a: Double, _ b: Double) -> (sum: Double, error: Double) {
        let sum = a + b
        let other = sum - a
        return (sum, (a - (sum - other)) + (b - other))
    }

    @inline(__always)
    mutating func add(_ value: Double, times weight: Int64) {
        guard value.isFinite else {
            if value.isNaN { nans &+= weight } else if value > 0 { positives &+= weight } else { negatives &+= weight }
            return
        }
        if weight == 1 { return accumulate(value) }
        if weight == -1 { return accumulate(-value) }
        let factor = Double(weight)
        let product = value * factor
        accumulate(product)
        accumulate((-product).addingProduct(value, factor))
    }

    @inline(__always)
    private mutating func accumulate(_ value: Double) {
        let (sum, error) = FloatCell.twoSum(high, value)
        let (rest, rounding) = FloatCell.twoSum(low, error)
        if rounding != 0 { lost += abs(rounding) }
        (high, low) = FloatCell.twoSum(sum, rest)
    }

    mutating func merge(_ other: FloatCell) {
        accumulate(other.high)
        accumulate(other.low)
        lost += other.lost
        nans &+= other.nans
        positives &+= other.positives
        negatives &+= other.negatives
    }

    mutating func unmerge(_ other: FloatCell) {
        accumulate(-other.high)
        accumulate(-other.low)
        lost += other.lost
        nans &-= other.nans
        positives &-= other.positives
        negatives &-= other.negatives
    }

    /// Whether what was lost could be seen in the result.
    @inline(__always)
    var isDoubtful: Bool { lost != 0 && !(lost <= abs(high) * 1e-14) || !high.isFinite }

    /// The sum, or nil where it left the range of DOUBLE.
    @inline(__always)
    var value: Double? {
        if nans | positives | negatives != 0 {
            if nans != 0 || positives != 0 && negatives != 0 { return .nan }
            return positives != 0 ? .infinity : -.infinity
        }
        return high.isFinite ? high : nil
    }
}

/// One cell of a record: where it lies, and where its argument lies in the image of a row.
struct CellPlan {
    let kind: CellKind
    /// The argument's bit in the image's word of valid arguments.
    let bit: UInt64
    /// Bytes from the start of the record.
    let offset: Int
    /// Bytes from the start of the image.
    let valueOffset: Int

    @inline(__always)
    func add(_ image: UnsafeRawPointer, to record: UnsafeMutableRawPointer) {
        guard image.load(as: UInt64.self) & bit != 0 else { return }
        let cell = record + offset
        switch kind {
        case .count: cell.assumingMemoryBound(to: Int64.self).pointee &+= 1
        case .integer:
            let cell = cell.assumingMemoryBound(to: IntegerCell.self)
            cell.pointee.count &+= 1
            cell.pointee.sum &+= image.load(fromByteOffset: valueOffset, as: Int64.self)
        case .wide64:
            let cell = cell.assumingMemoryBound(to: WideCell.self)
            cell.pointee.count &+= 1
            cell.pointee.add(Int128(image.load(fromByteOffset: valueOffset, as: Int64.self)))
        case .wide128:
            let cell = cell.assumingMemoryBound(to: WideCell.self)
            cell.pointee.count &+= 1
            cell.pointee.add(image.load(fromByteOffset: valueOffset, as: Int128.self))
        case .float:
            let cell = cell.assumingMemoryBound(to: FloatCell.self)
            cell.pointee.count &+= 1
            cell.pointee.add(image.load(fromByteOffset: valueOffset, as: Double.self), times: 1)
        }
    }

    @inline(__always)
    func remove(_ image: UnsafeRawPointer, from record: UnsafeMutableRawPointer) {
        guard image.load(as: UInt64.self) & bit != 0 else { return }
        let cell = record + offset
        switch kind {
        case .count: cell.assumingMemoryBound(to: Int64.self).pointee &-= 1
        case .integer:
            let cell = cell.assumingMemoryBound(to: IntegerCell.self)
            cell.pointee.count &-= 1
            cell.pointee.sum &-= image.load(fromByteOffset: valueOffset, as: Int64.self)
        case .wide64:
            let cell = cell.assumingMemoryBound(to: WideCell.self)
            cell.pointee.count &-= 1
            cell.pointee.subtract(Int128(image.load(fromByteOffset: valueOffset, as: Int64.self)))
        case .wide128:
            let cell = cell.assumingMemoryBound(to: WideCell.self)
            cell.pointee.count &-= 1
            cell.pointee.subtract(image.load(fromByteOffset: valueOffset, as: Int128.self))
        case .float:
            let cell = cell.assumingMemoryBound(to: FloatCell.self)
            cell.pointee.count &-= 1
            cell.pointee.add(image.load(fromByteOffset: valueOffset, as: Double.self), times: -1)
            if cell.pointee.count == 0 { clear(record) }
        }
    }

    /// Adds a row `weight` times, which may be negative.
    func add(_ image: UnsafeRawPointer, times weight: Int64, to record: UnsafeMutableRawPointer) {
        if weight == 1 { return add(image, to: record) }
        if weight == -1 { return remove(image, from: record) }
        guard image.load(as: UInt64.self) & bit != 0 else { return }
        let cell = record + offset
        cell.assumingMemoryBound(to: Int64.self).pointee &+= weight
        switch kind {
        case .count: break
        case .integer:
            let value = image.load(fromByteOffset: valueOffset, as: Int64.self)
            cell.assumingMemoryBound(to: IntegerCell.self).pointee.sum &+= value &* weight
        case .wide64:
            let value = Int128(image.load(fromByteOffset: valueOffset, as: Int64.self))
            cell.assumingMemoryBound(to: WideCell.self).pointee.add(value, times: weight)
        case .wide128:
            let value = image.load(fromByteOffset: valueOffset, as: Int128.self)
            cell.assumingMemoryBound(to: WideCell.self).pointee.add(value, times: weight)
        case .float:
            let cell = cell.assumingMemoryBound(to: FloatCell.self)
            cell.pointee.add(image.load(fromByteOffset: valueOffset, as: Double.self), times: weight)
            if cell.pointee.count == 0 { clear(record) }
        }
    }

    /// Adds the same cell of another record.
    func merge(_ other: UnsafeRawPointer, into record: UnsafeMutableRawPointer) {
        let cell = record + offset
        let source = other + offset
        cell.assumingMemoryBound(to: Int64.self).pointee &+= source.load(as: Int64.self)
        switch kind {
        case .count: break
        case .integer:
            cell.assumingMemoryBound(to: IntegerCell.self).pointee.sum &+= source.load(as: IntegerCell.self).sum
        case .wide64, .wide128:
            let added = source.load(as: WideCell.self)
            let cell = cell.assumingMemoryBound(to: WideCell.self)
            cell.pointee.carry &+= added.carry
            cell.pointee.add(added.low)
        case .float:
            cell.assumingMemoryBound(to: FloatCell.self).pointee.merge(source.load(as: FloatCell.self))
        }
    }

    /// Takes the same cell of another record out again.
    func unmerge(_ other: UnsafeRawPointer, from record: UnsafeMutableRawPointer) {
        let cell = record + offset
        let source = other + offset
        cell.assumingMemoryBound(to: Int64.self).pointee &-= source.load(as: Int64.self)
        switch kind {
        case .count: break
        case .integer:
            cell.assumingMemoryBound(to: IntegerCell.self).pointee.sum &-= source.load(as: IntegerCell.self).sum
        case .wide64, .wide128:
            let removed = source.load(as: WideCell.self)
            let cell = cell.assumingMemoryBound(to: WideCell.self)
            cell.pointee.carry &-= removed.carry
            cell.pointee.subtract(removed.low)
        case .float:
            cell.assumingMemoryBound(to: FloatCell.self).pointee.unmerge(source.load(as: FloatCell.self))
            if cell.load(as: Int64.self) == 0 { clear(record) }
        }
    }

    func clear(_ record: UnsafeMutableRawPointer) {
        (record + offset).initializeMemory(as: UInt8.self, repeating: 0, count: kind.size)
    }
}
