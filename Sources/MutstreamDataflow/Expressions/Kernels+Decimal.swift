import MutstreamColumnar

/// Exact arithmetic on scaled `Int128`.
enum Decimal {
    private static let powers: [Int128] = {
        var powers: [Int128] = [1]
        for _ in 1...38 { powers.append(powers[powers.count - 1] * 10) }
        return powers
    }()

    /// 10^`exponent`, for 0…38.
    static func power(_ exponent: Int) -> Int128 { powers[min(max(exponent, 0), 38)] }

    /// The least magnitude that has more than `precision` digits.
    static func bound(_ precision: Int) -> Int128 { power(precision) }

    /// `value` / `divisor`, which is positive, rounded half away from zero.
    @inline(__always)
    static func rounded(_ value: Int128, by divisor: Int128) -> Int128 {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        let rest = remainder.magnitude
        if rest >= divisor.magnitude - rest { return value < 0 ? quotient - 1 : quotient + 1 }
        return quotient
    }

    /// From one scale to another, nil beyond `bound`.
    static func rescaled(_ value: Int128, from: Int, to: Int, bound: Int128) -> Int128? {
        var result = value
        if to > from {
            if to - from > 38 { return value == 0 ? 0 : nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: power(to - from))
            if overflow { return nil }
            result = product
        } else if to < from {
            result = from - to > 38 ? 0 : rounded(value, by: power(from - to))
        }
        return result.magnitude < bound.magnitude ? result : nil
    }

    /// `lhs` * `rhs` / `divisor` (positive) rounded half away from zero, nil beyond `bound`.
    static func product(_ lhs: Int128, _ rhs: Int128, dividedBy divisor: UInt128, bound: Int128) -> Int128? {
        let wide = lhs.magnitude.multipliedFullWidth(by: rhs.magnitude)
        if wide.high >= divisor { return nil }
        var (quotient, rest) = divisor.dividingFullWidth(wide)
        if rest >= divisor - rest {
            if quotient == .max { return nil }
            quotient += 1
        }
        if quotient >= bound.magnitude { return nil }
        return (lhs < 0) != (rhs < 0) ? -Int128(quotient) : Int128(quotient)
    }

    /// The order of two decimals of any scales.
    static func order(_ lhs: Int128, _ s1: Int, _ rhs: Int128, _ s2: Int) -> Int {
        if s1 == s2 { return lhs < rhs ? -1 : lhs == rhs ? 0 : 1 }
        if s1 > s2 { return -order(rhs, s2, lhs, s1) }
        let (scaled, overflow) = lhs.multipliedReportingOverflow(by: power(s2 - s1))
        if overflow { return lhs < 0 ? -1 : 1 }
        return scaled < rhs ? -1 : scaled == rhs ? 0 : 1
    }

    /// Correctly rounded.
    static func double(_ value: Int128, scale: Int) -> Double {
        if value < 1 << 53, value > -(1 << 53), scale <= 22 {
            return Double(Int64(truncatingIfNeeded: value)) / exactPowers[scale]
        }
        if scale == 0 { return Double(value) }
        if scale <= 22, value < 1 << 105, value > -(1 << 105) {
            // Division in double-double: the value is exact in two doubles, the power in one.
            let (high, low) = split(value)
            let power = exactPowers[scale]
            let quotient = high / power
            return quotient + (high.addingProduct(-quotient, power) + low) / power
        }
        return Double(TextCodec.text(.decimal(value), .decimal(precision: 38, scale: scale))) ?? .nan
    }

    /// A value below 2^105 as the sum of two doubles. (The generic conversion of `Int128` costs fifty times as much.)
    @inline(__always)
    private static func split(_ value: Int128) -> (high: Double, low: Double) {
        let bits = UInt64(truncatingIfNeeded: value)
        let top = Double(Int64(truncatingIfNeeded: value >> 64)) * 0x1p64
        let middle = Double(bits >> 32) * 0x1p32
        let bottom = Double(bits & 0xffff_ffff)
        let first = top + middle
        let sum = first + bottom
        return (sum, (middle - (first - top)) + (bottom - (sum - first)))
    }

    private static let exactPowers: [Double] = (0...22).map { Double(power($0)) }

    /// A double by its first 15 digits, a float by its first 6, as PostgreSQL takes them; nil beyond the digits of the
    /// result and for what is not finite.
    static func decimal(_ value: Double, digits most: Int = 15, precision: Int, scale: Int) -> Int128? {
        guard value.isFinite else { return nil }
        if value == 0 { return 0 }
        if value == value.rounded(), value.magnitude < (most == 6 ? 1e6 : 1e15) {
            return rescaled(Int128(value), from: 0, to: scale, bound: bound(precision))
        }
        // Shortest digits and exponent from the description, cut to 15 digits.
        var digits: Int128 = 0
        var count = 0
        var exponent = 0
        var afterPoint = false
        var bytes = Array(value.magnitude.description.utf8)
        if let e = bytes.firstIndex(of: UInt8(ascii: "e")) {
            exponent = Int(String(decoding: bytes[(e + 1)...], as: UTF8.self)) ?? 0
            bytes.removeSubrange(e...)
        }
        for byte in bytes {
            if byte == UInt8(ascii: ".") {
                afterPoint = true
                continue
            }
            digits = digits * 10 + Int128(byte - UInt8(ascii: "0"))
            if digits != 0 { count += 1 }
            if afterPoint { exponent -= 1 }
        }
        if count > most {
            let unit = power(count - most)
            let (quotient, rest) = digits.quotientAndRemainder(dividingBy: unit)
            // What the digits say exactly is rounded half to even, as the C library does.
            let isTie = rest * 2 == unit && (most == 6 || value == value.rounded())
            digits = isTie ? quotient + quotient % 2 : rounded(digits, by: unit)
            exponent += count - most
        }
        if value < 0 { digits = -digits }
        if exponent >= 0 {
            guard exponent <= 38 else { return nil }
            let (whole, overflow) = digits.multipliedReportingOverflow(by: power(exponent))
            return overflow ? nil : rescaled(whole, from: 0, to: scale, bound: bound(precision))
        }
        return rescaled(digits, from: -exponent, to: scale, bound: bound(precision))
    }
}

extension Kernels {
    static func decimal(_ function: Function, _ s1: Int, _ s2: Int, _ result: DataType) -> BinaryKernel {
        guard case .decimal(let precision, let scale) = result else { preconditionFailure("a decimal result") }
        let bound = Decimal.bound(precision)
        let limit = bound.magnitude
        let (up1, up2) = (Decimal.power(scale - s1), Decimal.power(scale - s2))
        let plain = s1 == scale && s2 == scale
        switch function {
        case .add, .subtract:
            let sign: Int128 = function == .add ? 1 : -1
            return { lhs, rhs, validity, n, faults in
                .decimal(
                    tryMap(lhs.decimals, rhs.decimals, validity, n, &faults, { reason($0, result) }) {
                        if plain {
                            let value = sign > 0 ? $0 &+ $1 : $0 &- $1
                            return (value, value.magnitude < limit ? 0 : outside)
                        }
                        let (left, o1) = $0.multipliedReportingOverflow(by: up1)
                        let (right, o2) = $1.multipliedReportingOverflow(by: up2)
                        let (value, o3) =
                            sign > 0
                            ? left.addingReportingOverflow(right) : left.subtractingReportingOverflow(right)
                        return (value, o1 || o2 || o3 || value.magnitude >= limit ? outside : 0)
                    })
            }
        case .multiply:
            let divisor = Decimal.power(max(0, s1 + s2 - scale)).magnitude
            return { lhs, rhs, validity, n, faults in
                .decimal(
                    tryMap(lhs.decimals, rhs.decimals, validity, n, &faults, { reason($0, result) }) {
                        if divisor == 1 {
                            let (value, overflow) = $0.multipliedReportingOverflow(by: $1)
                            return (value, overflow || value.magnitude >= limit ? outside : 0)
                        }
                        return Decimal.product($0, $1, dividedBy: divisor, bound: bound).map { ($0, 0) } ?? (0, outside)
                    })
            }
        case .divide:
            // lhs * 10^up / rhs has the scale of the result.
            let up = scale + s2 - s1
            let wide = up > 38
            let factor = Decimal.power(min(up, 38))
            let more = Decimal.power(up - 38)
            return { lhs, rhs, validity, n, faults in
                .decimal(
                    tryMap(lhs.decimals, rhs.decimals, validity, n, &faults, { reason($0, result) }) {
                        if $1 == 0 { return (0, zero) }
                        var dividend = $0
                        if wide {
                            let (scaled, overflow) = dividend.multipliedReportingOverflow(by: more)
                            if overflow { return (0, outside) }
                            dividend = scaled
                        }
                        let (scaled, overflow) = dividend.multipliedReportingOverflow(by: factor)
                        if !overflow, $1 > 0 {
                            let value = Decimal.rounded(scaled, by: $1)
                            return (value, value.magnitude < limit ? 0 : outside)
                        }
                        guard let value = Decimal.product(dividend, factor, dividedBy: $1.magnitude, bound: bound) else {
                            return (0, outside)
                        }
                        return ($1 < 0 ? 0 &- value : value, 0)
                    })
            }
        default:
            return { lhs, rhs, validity, n, faults in
                .decimal(
                    tryMap(lhs.decimals, rhs.decimals, validity, n, &faults, { reason($0, result) }) {
                        if $1 == 0 { return (0, zero) }
                        let (left, o1) = $0.multipliedReportingOverflow(by: up1)
                        let (right, o2) = $1.multipliedReportingOverflow(by: up2)
                        if o1 || o2 { return (0, outside) }
                        return (right == -1 ? 0 : left % right, 0)
                    })
            }
        }
    }
}
