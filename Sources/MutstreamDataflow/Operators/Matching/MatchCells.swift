import MutstreamColumnar

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// An aggregate of some rows of a match.
struct MatchCell: Hashable, BitwiseCopyable {
    /// Values that are not NULL.
    var count: Int64 = 0
    var sum = Int128(0)
    var real = 0.0
    /// The row with the least or greatest value.
    var best: Int32 = -1
    var hasOverflowed = false

    /// Adds a kept row.
    mutating func add(_ row: Int32, _ slot: MatchSlot, _ store: RowStore) {
        guard case .aggregate(let aggregate, let column, _) = slot.kind else { return }
        guard let column else {
            count &+= 1
            return
        }
        if store.isNull(row, column) { return }
        count &+= 1
        switch aggregate {
        case .count: break
        case .sum:
            switch store.types[column].physical {
            case .double: real += store.load(row, column, as: Double.self)
            case .decimal:
                let (total, overflow) = sum.addingReportingOverflow(store.load(row, column, as: Int128.self))
                sum = total
                if overflow { hasOverflowed = true }
            default: sum &+= Int128(store.load(row, column, as: Int64.self))
            }
        case .min: if best < 0 || store.compare(row, best, column) < 0 { best = row }
        case .max: if best < 0 || store.compare(row, best, column) > 0 { best = row }
        }
    }

    /// Appends count or sum. Returns false where the sum does not fit its type.
    func append(_ slot: MatchSlot, to builder: ColumnBuilder) -> Bool {
        guard case .aggregate(let aggregate, _, _) = slot.kind else { return false }
        if aggregate == .count {
            builder.append(int64: count)
            return true
        }
        if count == 0 {
            builder.appendNull()
            return true
        }
        switch slot.type.physical {
        case .double: builder.append(double: slot.type == .real ? Double(Float(real)) : real)
        case .decimal where fits: builder.append(decimal: sum)
        case .int64 where fits: builder.append(int64: Int64(truncatingIfNeeded: sum))
        default:
            builder.appendNull()
            return false
        }
        return true
    }

    /// Whether the sum has at most 38 digits.
    var fits: Bool { !hasOverflowed && sum.magnitude < MatchCell.limit }

    private static let limit = (0..<38).reduce(UInt128(1)) { product, _ in product * 10 }
}

extension RowStore {
    /// The order of two values that are not NULL: less than, equal to or greater than 0.
    func compare(_ lhs: Int32, _ rhs: Int32, _ column: Int) -> Int {
        switch types[column].physical {
        case .bool: order(load(lhs, column, as: UInt8.self), load(rhs, column, as: UInt8.self))
        case .int64: order(load(lhs, column, as: Int64.self), load(rhs, column, as: Int64.self))
        case .decimal: order(load(lhs, column, as: Int128.self), load(rhs, column, as: Int128.self))
        case .double: orderDoubles(load(lhs, column, as: Double.self), load(rhs, column, as: Double.self))
        case .text: orderTexts(text(lhs, column), text(rhs, column))
        case .interval: 0
        }
    }

    private func order<T: Comparable>(_ lhs: T, _ rhs: T) -> Int { lhs < rhs ? -1 : lhs > rhs ? 1 : 0 }

    /// NaN is the greatest of all.
    private func orderDoubles(_ lhs: Double, _ rhs: Double) -> Int {
        if lhs.isNaN || rhs.isNaN { return (lhs.isNaN ? 1 : 0) - (rhs.isNaN ? 1 : 0) }
        return order(lhs, rhs)
    }

    private func orderTexts(_ lhs: UnsafeRawBufferPointer, _ rhs: UnsafeRawBufferPointer) -> Int {
        if let left = lhs.baseAddress, let right = rhs.baseAddress {
            let result = memcmp(left, right, min(lhs.count, rhs.count))
            if result != 0 { return Int(result) }
        }
        return order(lhs.count, rhs.count)
    }

    /// Whether a row stands before another one.
    func isBefore(_ lhs: Int32, _ rhs: Int32, _ order: [SortItem]) -> Bool {
        for item in order {
            let (left, right) = (isNull(lhs, item.column), isNull(rhs, item.column))
            if left || right {
                if left == right { continue }
                return left == item.nullsFirst
            }
            let result = compare(lhs, rhs, item.column)
            if result != 0 { return item.descending ? result > 0 : result < 0 }
        }
        return false
    }
}
