import MutstreamColumnar

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How one aggregate call sums up rows: plain memory, all of zero bytes where no row was added.
///
/// ```
/// count      | count: 8 |
/// sum        | count: 8 | carry: 8 | low: 16 |                    ``WideCell``
/// float      ``FloatCell``
/// interval   | count: 8 | months: 8 | days: 8 | - | time: 16 |
/// extremum   | row + 1: 4 |                                       of equal values the last in order
/// bools      | count: 8 | true ones: 8 |
/// bits       | count: 8 | bits: 8 |
/// texts      | count: 8 |                                         the text or array itself is made from the rows
/// exactFloat ``ExactFloatCell``                                   where ``FloatCell`` would round
/// moments    ``MomentCell`` of one argument, or of two
/// ```
///
/// The last three are not kept in the summaries of nodes: their sums lie in a heap.
struct WindowAccumulator {
    enum Kind {
        case count, sum, float, interval, minimum, maximum, bools, bitAnd, bitOr, bitXor, texts
        case exactFloat, moments, pairMoments

        init?(_ function: WindowFunction, _ argument: DataType.Physical) {
            switch function {
            case .count: self = .count
            case .sum, .avg:
                switch argument {
                case .double: self = .float
                case .interval: self = .interval
                default: self = .sum
                }
            case .min: self = .minimum
            case .max: self = .maximum
            case .boolAnd, .boolOr: self = .bools
            case .bitAnd: self = .bitAnd
            case .bitOr: self = .bitOr
            case .bitXor: self = .bitXor
            case .stringAgg, .arrayAgg: self = .texts
            case .stddevSamp, .stddevPop, .varSamp, .varPop: self = .moments
            case .corr, .covarSamp, .covarPop, .regrAvgx, .regrAvgy, .regrCount, .regrIntercept, .regrR2, .regrSlope,
                .regrSxx, .regrSxy, .regrSyy:
                self = .pairMoments
            default: return nil
            }
        }

        /// Bytes in the summary of a node.
        var summaryBytes: Int {
            switch self {
            case .count, .minimum, .maximum, .bools, .bitAnd, .bitOr, .bitXor: 16
            case .sum: 32
            case .float: 64
            case .interval: 48
            case .texts, .exactFloat, .moments, .pairMoments: 0
            }
        }
    }

    let kind: Kind
    /// Where it lies in the summary of a node.
    let offset: Int
    private let store: RowStore
    /// -1: `count(*)`.
    private let column: Int
    /// -1: one argument.
    private let secondColumn: Int
    private let heap: ByteHeap
    private let physical: DataType.Physical
    /// -1: none.
    private let filter: Int
    /// Whether a row counts even if its argument is NULL.
    private let takesNull: Bool

    /// Bytes of the longest one.
    static let sizeMax = 64

    /// - Parameter heap: for what does not fit into an accumulator.
    init(_ kind: Kind, offset: Int, _ call: WindowCall, _ store: RowStore, _ heap: ByteHeap) {
        self.kind = kind
        self.offset = offset
        self.store = store
        self.heap = heap
        column = call.columns.first ?? -1
        secondColumn = kind == .pairMoments && call.columns.count > 1 ? call.columns[1] : -1
        physical = column < 0 ? .bool : store.types[column].physical
        filter = call.filter ?? -1
        takesNull = call.function == .arrayAgg || call.columns.isEmpty
    }

    /// Whether nodes keep summaries of it.
    var isSummarized: Bool { kind.summaryBytes > 0 }

    /// Forgets all rows.
    func clear(_ cell: UnsafeMutableRawPointer) {
        switch kind {
        case .exactFloat: cell.assumingMemoryBound(to: ExactFloatCell.self).pointee.clear(heap)
        case .moments: MomentCell.clear(cell, 2, heap)
        case .pairMoments: MomentCell.clear(cell, 5, heap)
        default: break
        }
        cell.initializeMemory(as: UInt8.self, repeating: 0, count: WindowAccumulator.sizeMax)
    }

    /// Whether a row counts: it passes the filter, and its argument is not NULL.
    @inline(__always)
    func takes(_ row: Int32) -> Bool {
        if filter >= 0, store.isNull(row, filter) || store.load(row, filter, as: UInt8.self) == 0 { return false }
        if secondColumn >= 0, store.isNull(row, secondColumn) { return false }
        return takesNull || !store.isNull(row, column)
    }

    @inline(__always)
    private static func count(_ cell: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Int64> {
        cell.assumingMemoryBound(to: Int64.self)
    }

    /// Whether any row was added.
    @inline(__always)
    func isEmpty(_ cell: UnsafeRawPointer) -> Bool {
        switch kind {
        case .minimum, .maximum: cell.load(as: Int32.self) == 0
        default: cell.load(as: Int64.self) == 0
        }
    }

    /// Adds a row that comes behind those added so far.
    @inline(__always)
    func add(_ row: Int32, to cell: UnsafeMutableRawPointer) {
        guard takes(row) else { return }
        switch kind {
        case .minimum, .maximum:
            let best = cell.load(as: Int32.self) - 1
            if best < 0 || !isBetter(best, row) { cell.storeBytes(of: row + 1, as: Int32.self) }
            return
        case .float:
            cell.assumingMemoryBound(to: FloatCell.self).pointee.count &+= 1
            return cell.assumingMemoryBound(to: FloatCell.self).pointee.add(
                store.load(row, column, as: Double.self), times: 1)
        case .exactFloat, .moments, .pairMoments: return addExactly(row, 1, to: cell)
        default: break
        }
        WindowAccumulator.count(cell).pointee &+= 1
        switch kind {
        case .sum: cell.assumingMemoryBound(to: WideCell.self).pointee.add(number(row))
        case .interval: add(store.load(row, column, as: Interval.self), to: cell, 1)
        case .bools:
            if store.load(row, column, as: UInt8.self) != 0 { WindowAccumulator.count(cell)[1] &+= 1 }
        case .bitAnd:
            let bits = store.load(row, column, as: Int64.self)
            let counts = WindowAccumulator.count(cell)
            counts[1] = counts[0] == 1 ? bits : counts[1] & bits
        case .bitOr: WindowAccumulator.count(cell)[1] |= store.load(row, column, as: Int64.self)
        case .bitXor: WindowAccumulator.count(cell)[1] ^= store.load(row, column, as: Int64.self)
        default: break
        }
    }

    /// Takes the first of the added rows out; false where that cannot be done and the rest must be added up anew.
    @inline(__always)
    func remove(_ row: Int32, from cell: UnsafeMutableRawPointer) -> Bool {
        guard takes(row) else { return true }
        switch kind {
        case .minimum, .maximum: return cell.load(as: Int32.self) - 1 != row
        case .bitAnd, .bitOr, .texts: return false
        case .float:
            cell.assumingMemoryBound(to: FloatCell.self).pointee.count &-= 1
            cell.assumingMemoryBound(to: FloatCell.self).pointee.add(
                store.load(row, column, as: Double.self), times: -1)
            return true
        case .exactFloat, .moments, .pairMoments:
            addExactly(row, -1, to: cell)
            return true
        default: break
        }
        WindowAccumulator.count(cell).pointee &-= 1
        switch kind {
        case .sum: cell.assumingMemoryBound(to: WideCell.self).pointee.subtract(number(row))
        case .interval: add(store.load(row, column, as: Interval.self), to: cell, -1)
        case .bools:
            if store.load(row, column, as: UInt8.self) != 0 { WindowAccumulator.count(cell)[1] &-= 1 }
        case .bitXor: WindowAccumulator.count(cell)[1] ^= store.load(row, column, as: Int64.self)
        default: break
        }
        return true
    }

    @inline(never)
    private func addExactly(_ row: Int32, _ weight: Int64, to cell: UnsafeMutableRawPointer) {
        if kind == .exactFloat {
            cell.assumingMemoryBound(to: ExactFloatCell.self).pointee.add(
                store.load(row, column, as: Double.self), times: weight, heap)
        } else if secondColumn >= 0 {
            MomentCell.add(
                y: store.load(row, column, as: Double.self), x: store.load(row, secondColumn, as: Double.self), weight,
                to: cell, heap)
        } else if physical == .double {
            MomentCell.add(store.load(row, column, as: Double.self), weight, to: cell, heap)
        } else {
            MomentCell.add(number(row), weight, to: cell, heap)
        }
    }

    /// Adds what was summed up of rows behind those added so far.
    func merge(_ other: UnsafeRawPointer, into cell: UnsafeMutableRawPointer) {
        if isEmpty(other) { return }
        let counts = WindowAccumulator.count(cell)
        let others = other.assumingMemoryBound(to: Int64.self)
        switch kind {
        case .minimum, .maximum:
            let (best, row) = (cell.load(as: Int32.self) - 1, other.load(as: Int32.self) - 1)
            if best < 0 || !isBetter(best, row) { cell.storeBytes(of: row + 1, as: Int32.self) }
        case .count: counts[0] &+= others[0]
        case .sum:
            let (sum, more) = (cell.assumingMemoryBound(to: WideCell.self), other.assumingMemoryBound(to: WideCell.self))
            sum.pointee.count &+= more.pointee.count
            sum.pointee.carry &+= more.pointee.carry
            // A sum of sums carries as a value does.
            sum.pointee.add(more.pointee.low)
        case .float:
            let (sum, more) = (cell.assumingMemoryBound(to: FloatCell.self), other.assumingMemoryBound(to: FloatCell.self))
            sum.pointee.count &+= more.pointee.count
            sum.pointee.merge(more.pointee)
        case .interval:
            counts[0] &+= others[0]
            counts[1] &+= others[1]
            counts[2] &+= others[2]
            let time = other.load(fromByteOffset: 32, as: Int128.self)
            cell.storeBytes(of: cell.load(fromByteOffset: 32, as: Int128.self) &+ time, toByteOffset: 32, as: Int128.self)
        case .bools:
            counts[0] &+= others[0]
            counts[1] &+= others[1]
        case .bitAnd:
            counts[1] = counts[0] == 0 ? others[1] : counts[1] & others[1]
            counts[0] &+= others[0]
        case .bitOr:
            counts[1] |= others[1]
            counts[0] &+= others[0]
        case .bitXor:
            counts[1] ^= others[1]
            counts[0] &+= others[0]
        case .texts, .exactFloat, .moments, .pairMoments: assertionFailure("a summary holds none of these")
        }
    }

    /// Whether the sum was rounded, so that the rows must be added up exactly.
    @inline(__always)
    func isDoubtful(_ cell: UnsafeRawPointer) -> Bool {
        guard kind == .float else { return false }
        let float = cell.assumingMemoryBound(to: FloatCell.self)
        return float.pointee.lost != 0 || !float.pointee.high.isFinite
    }

    @inline(__always)
    private func number(_ row: Int32) -> Int128 {
        physical == .int64
            ? Int128(store.load(row, column, as: Int64.self)) : store.load(row, column, as: Int128.self)
    }

    private func add(_ value: Interval, to cell: UnsafeMutableRawPointer, _ weight: Int64) {
        let counts = WindowAccumulator.count(cell)
        counts[1] &+= Int64(value.months) &* weight
        counts[2] &+= Int64(value.days) &* weight
        let time = Int128(value.microseconds) * Int128(weight)
        cell.storeBytes(of: cell.load(fromByteOffset: 32, as: Int128.self) &+ time, toByteOffset: 32, as: Int128.self)
    }

    /// Whether a row's value is less (minimum) or greater (maximum) than that of another one.
    private func isBetter(_ row: Int32, _ other: Int32) -> Bool {
        let (lesser, greater) = kind == .minimum ? (row, other) : (other, row)
        switch physical {
        case .bool: return store.load(lesser, column, as: UInt8.self) < store.load(greater, column, as: UInt8.self)
        case .int64: return store.load(lesser, column, as: Int64.self) < store.load(greater, column, as: Int64.self)
        case .decimal: return store.load(lesser, column, as: Int128.self) < store.load(greater, column, as: Int128.self)
        case .interval:
            return store.load(lesser, column, as: Interval.self).comparable
                < store.load(greater, column, as: Interval.self).comparable
        case .double:
            let (a, b) = (store.load(lesser, column, as: Double.self), store.load(greater, column, as: Double.self))
            // NaN is above all.
            return a < b || b.isNaN && !a.isNaN
        case .text:
            let (a, b) = (store.text(lesser, column), store.text(greater, column))
            if let left = a.baseAddress, let right = b.baseAddress {
                let order = memcmp(left, right, min(a.count, b.count))
                if order != 0 { return order < 0 }
            }
            return a.count < b.count
        }
    }
}
