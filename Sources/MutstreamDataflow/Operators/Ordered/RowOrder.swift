import MutstreamColumnar

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The values of one row, wherever they are.
protocol RowValues {
    func isNull(_ column: Int) -> Bool
    func load<T: BitwiseCopyable>(_ column: Int, as type: T.Type) -> T
    func text(_ column: Int) -> UnsafeRawBufferPointer
}

struct BatchRow: RowValues {
    let reader: BatchReader
    let row: Int

    @inline(__always) func isNull(_ column: Int) -> Bool { reader[column].isNull(row) }
    @inline(__always) func load<T: BitwiseCopyable>(_ column: Int, as type: T.Type) -> T {
        reader[column].load(row, as: type)
    }
    @inline(__always) func text(_ column: Int) -> UnsafeRawBufferPointer { reader[column].text(row) }
}

struct StoredRow: RowValues {
    let store: RowStore
    let row: Int32

    @inline(__always) func isNull(_ column: Int) -> Bool { store.isNull(row, column) }
    @inline(__always) func load<T: BitwiseCopyable>(_ column: Int, as type: T.Type) -> T {
        store.load(row, column, as: type)
    }
    @inline(__always) func text(_ column: Int) -> UnsafeRawBufferPointer { store.text(row, column) }
}

/// Compares rows as their ``SortKeyEncoder`` keys compare, without making these.
struct RowOrder {
    struct Part {
        let column: Int
        let physical: DataType.Physical
        let isDescending: Bool
        let nullsFirst: Bool
        /// A tie-break: what equals in SQL may differ here.
        let isExact: Bool
    }

    let parts: [Part]

    /// The order of `order` within partitions; ties are broken by all columns of the row, ascending, NULL last.
    init(types: [DataType], order: [SortItem], partition: [Int]) {
        // What partition and order pin down to the bit needs no second look.
        let isExact = { (column: Int) in types[column].physical != .double && types[column].physical != .interval }
        let known = Set((order.map(\.column) + partition).filter(isExact))
        let constant = Set(partition.filter(isExact))
        parts =
            RowOrder(types: types, order: order.filter { !constant.contains($0.column) }).parts
            + types.indices.filter { !known.contains($0) }.map {
                Part(column: $0, physical: types[$0].physical, isDescending: false, nullsFirst: false, isExact: true)
            }
    }

    /// The order of `order` alone, which leaves ties.
    init(types: [DataType], order: [SortItem]) {
        parts = order.map {
            Part(
                column: $0.column, physical: types[$0.column].physical, isDescending: $0.descending,
                nullsFirst: $0.nullsFirst, isExact: false)
        }
    }

    /// Whether one row comes before another; of rows that cannot be told apart neither does.
    @inline(__always)
    func isBefore<A: RowValues, B: RowValues>(_ lhs: A, _ rhs: B) -> Bool {
        for index in 0..<parts.count {
            let part = parts[index]
            let (leftNull, rightNull) = (lhs.isNull(part.column), rhs.isNull(part.column))
            if leftNull || rightNull {
                if leftNull && rightNull { continue }
                return leftNull == part.nullsFirst
            }
            let order = RowOrder.compare(part, lhs, rhs)
            if order != 0 { return (order < 0) != part.isDescending }
        }
        return false
    }

    @inline(__always)
    private static func compare<A: RowValues, B: RowValues>(_ part: Part, _ lhs: A, _ rhs: B) -> Int {
        let column = part.column
        switch part.physical {
        case .int64: return order(lhs.load(column, as: Int64.self), rhs.load(column, as: Int64.self))
        case .bool: return order(lhs.load(column, as: UInt8.self) & 1, rhs.load(column, as: UInt8.self) & 1)
        case .decimal: return order(lhs.load(column, as: Int128.self), rhs.load(column, as: Int128.self))
        case .double:
            return order(
                bits(lhs.load(column, as: Double.self), isExact: part.isExact),
                bits(rhs.load(column, as: Double.self), isExact: part.isExact))
        case .interval:
            let (left, right) = (lhs.load(column, as: Interval.self), rhs.load(column, as: Interval.self))
            let first = order(left.comparable, right.comparable)
            if first != 0 || !part.isExact { return first }
            return order(left.months, right.months) != 0
                ? order(left.months, right.months)
                : order(UInt32(bitPattern: left.days), UInt32(bitPattern: right.days))
        case .text:
            let (left, right) = (lhs.text(column), rhs.text(column))
            if let a = left.baseAddress, let b = right.baseAddress {
                let first = memcmp(a, b, min(left.count, right.count))
                if first != 0 { return Int(first) }
            }
            return left.count &- right.count
        }
    }

    @inline(__always)
    private static func order<T: Comparable>(_ lhs: T, _ rhs: T) -> Int { lhs < rhs ? -1 : lhs == rhs ? 0 : 1 }

    /// Bits in the order of numbers, NaN above all.
    @inline(__always)
    static func bits(_ value: Double, isExact: Bool) -> UInt64 {
        if value.isNaN { return ~0 }
        if value == 0, !isExact { return 1 << 63 }
        return value.bitPattern >> 63 == 0 ? value.bitPattern | 1 << 63 : ~value.bitPattern
    }
}
