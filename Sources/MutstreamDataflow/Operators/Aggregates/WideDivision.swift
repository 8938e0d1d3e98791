/// Division of decimals, rounded half away from zero, as AVG needs it.
enum WideDivision {
    /// 10^38: a decimal is less than this in magnitude.
    static let limit: UInt128 = power(38)

    static func power(_ exponent: Int) -> UInt128 {
        precondition(exponent >= 0 && exponent <= 38, "a power of ten of a decimal")
        return (0..<exponent).reduce(1) { product, _ in product * 10 }
    }

    /// `value * factor / count`, where a count below 0 (rows taken back before they came) turns the sign.
    static func divide(_ value: Int128, count: Int64, times factor: UInt128) -> Int128? {
        if count > 0 { return divide(value, times: factor, by: count) }
        guard count > .min, let result = divide(value, times: factor, by: -count) else { return nil }
        return -result
    }

    /// `value * factor / divisor`, or nil where it has more than 38 digits. Long division by one 64-bit digit.
    @inline(never)
    static func divide(_ value: Int128, times factor: UInt128, by divisor: Int64) -> Int128? {
        let magnitude = value.magnitude
        let by = UInt64(bitPattern: divisor)
        var quotient: UInt128
        let rest: UInt64
        if magnitude >> 64 == 0, factor >> 64 == 0 {
            // The usual case: what the whole quotient leaves, times the factor, still fits in 64 bits.
            let short = UInt64(truncatingIfNeeded: magnitude).quotientAndRemainder(dividingBy: by)
            let (scaled, overflow) = short.remainder.multipliedReportingOverflow(by: UInt64(truncatingIfNeeded: factor))
            if !overflow {
                let part = scaled.quotientAndRemainder(dividingBy: by)
                var result = UInt128(short.quotient) &* factor &+ UInt128(part.quotient)
                if part.remainder >= by &- part.remainder { result &+= 1 }
                if result >= limit { return nil }
                return value < 0 ? -Int128(result) : Int128(result)
            }
            let product = UInt64(truncatingIfNeeded: magnitude)
                .multipliedFullWidth(by: UInt64(truncatingIfNeeded: factor))
            let (high, above) = product.high.quotientAndRemainder(dividingBy: by)
            let (low, below) = by.dividingFullWidth((above, product.low))
            quotient = UInt128(high) << 64 | UInt128(low)
            rest = below
        } else {
            guard let (wide, below) = divideWide(magnitude, factor, by) else { return nil }
            quotient = wide
            rest = below
        }
        if rest >= by &- rest { quotient &+= 1 }
        if quotient >= limit { return nil }
        return value < 0 ? -Int128(quotient) : Int128(quotient)
    }

    @inline(never)
    private static func divideWide(
        _ magnitude: UInt128, _ factor: UInt128, _ by: UInt64
    ) -> (quotient: UInt128, rest: UInt64)? {
        let product = magnitude.multipliedFullWidth(by: factor)
        let digits = (
            UInt64(truncatingIfNeeded: product.high >> 64), UInt64(truncatingIfNeeded: product.high),
            UInt64(truncatingIfNeeded: product.low >> 64), UInt64(truncatingIfNeeded: product.low)
        )
        let (third, a) = digits.0.quotientAndRemainder(dividingBy: by)
        let (second, b) = by.dividingFullWidth((a, digits.1))
        guard third == 0, second == 0 else { return nil }
        let (first, c) = by.dividingFullWidth((b, digits.2))
        let (zeroth, d) = by.dividingFullWidth((c, digits.3))
        return (UInt128(first) << 64 | UInt128(zeroth), d)
    }
}
