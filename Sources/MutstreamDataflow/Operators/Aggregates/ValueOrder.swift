import MutstreamColumnar

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The order of values as PostgreSQL has it: NaN above all numbers, text in binary order, intervals by their length.
///
/// The exact order tells apart what is equal in SQL: -0.0 is before 0.0, intervals of one length are in the order of
/// their months and days.
enum ValueOrder {
    /// An integer in the exact order of doubles.
    @inline(__always)
    static func key(_ value: Double) -> Int64 {
        if value.isNaN { return .max }
        let bits = Int64(bitPattern: value.bitPattern)
        return bits ^ ((bits >> 63) & .max)
    }

    @inline(__always)
    static func compare(_ lhs: Double, _ rhs: Double, isExact: Bool) -> Int {
        let (a, b) = (key(lhs), key(rhs))
        if a == b || !isExact && lhs == rhs { return 0 }
        return a < b ? -1 : 1
    }

    @inline(__always)
    static func compare(_ lhs: Interval, _ rhs: Interval, isExact: Bool) -> Int {
        let (a, b) = (lhs.comparable, rhs.comparable)
        if a != b { return a < b ? -1 : 1 }
        if !isExact { return 0 }
        if lhs.months != rhs.months { return lhs.months < rhs.months ? -1 : 1 }
        return lhs.days == rhs.days ? 0 : lhs.days < rhs.days ? -1 : 1
    }

    @inline(__always)
    static func compare(_ lhs: UnsafeRawBufferPointer, _ rhs: UnsafeRawBufferPointer) -> Int {
        if let a = lhs.baseAddress, let b = rhs.baseAddress {
            let order = memcmp(a, b, min(lhs.count, rhs.count))
            if order != 0 { return Int(order) }
        }
        return lhs.count - rhs.count
    }
}
