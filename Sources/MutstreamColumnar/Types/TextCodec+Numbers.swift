/// Numbers with a fraction: binary doubles and exact decimals.
extension TextCodec {
    /// A number taken apart: the first 19 significant digits and where its parts lie.
    struct NumberParts {
        var negative = false
        /// The first 19 digits after leading zeros.
        var mantissa: UInt64 = 0
        /// Significant digits in all, leading zeros not counted.
        var digits = 0
        /// Power of ten of the last digit (of all digits).
        var exponent = 0
        /// First significant digit and the end of the digits.
        var digitsStart = 0
        var digitsEnd = 0
        /// Where the number ends.
        var end = 0
    }

    /// Reads `[+-] digits [. digits] [e [+-] digits]` at the start of `bytes`; nil where there is none.
    ///
    /// - Parameter strict: takes JSON's grammar only: no plus, no outer zero or point, an exponent has digits.
    @inline(__always)
    static func numberParts(_ bytes: UnsafeRawBufferPointer, strict: Bool = false) -> NumberParts? {
        var parts = NumberParts()
        var position = 0
        let count = bytes.count
        if position < count, bytes[position] == 0x2d || (!strict && bytes[position] == 0x2b) {
            parts.negative = bytes[position] == 0x2d
            position &+= 1
        }
        let first = position
        while position < count, bytes[position] == 0x30 { position &+= 1 }
        let zeros = position &- first
        parts.digitsStart = position
        var mantissa: UInt64 = 0
        var digits = 0
        while position < count {
            let digit = bytes[position] &- 0x30
            if digit > 9 { break }
            if digits < 19 { mantissa = mantissa &* 10 &+ UInt64(digit) }
            digits &+= 1
            position &+= 1
        }
        var seen = position &- first
        if strict, seen == 0 || (zeros > 0 && seen > 1) { return nil }
        var exponent = 0
        if position < count, bytes[position] == 0x2e {
            position &+= 1
            let fraction = position
            if digits == 0 {
                while position < count, bytes[position] == 0x30 { position &+= 1 }
                parts.digitsStart = position
            }
            while position < count {
                let digit = bytes[position] &- 0x30
                if digit > 9 { break }
                if digits < 19 { mantissa = mantissa &* 10 &+ UInt64(digit) }
                digits &+= 1
                position &+= 1
            }
            seen &+= position &- fraction
            exponent = fraction &- position
            if strict, exponent == 0 { return nil }
        }
        if seen == 0 { return nil }
        parts.digitsEnd = position
        if position < count, bytes[position] | 0x20 == 0x65 {
            var next = position &+ 1
            var negative = false
            if next < count, bytes[next] == 0x2d || bytes[next] == 0x2b {
                negative = bytes[next] == 0x2d
                next &+= 1
            }
            if next < count, isDigit(bytes[next]) {
                var power = 0
                while next < count, isDigit(bytes[next]) {
                    // Past any use; the clamp keeps it from overflowing.
                    if power < 1_000_000_000 { power = power &* 10 &+ Int(bytes[next] &- 0x30) }
                    next &+= 1
                }
                exponent &+= negative ? 0 &- power : power
                position = next
            } else if strict {
                return nil
            }
        }
        parts.mantissa = mantissa
        parts.digits = digits
        parts.exponent = exponent
        parts.end = position
        return parts
    }

    /// The value of a number that was taken apart, where it is whole; nil where it has a fraction.
    static func integer(_ parts: NumberParts, _ bytes: UnsafeRawBufferPointer) throws(TextCodecError) -> Int64? {
        let kept = parts.digits &+ parts.exponent
        var magnitude: UInt64 = 0
        var taken = 0
        var overflowed = parts.digits > 0 && kept > 19
        var position = parts.digitsStart
        while position < parts.digitsEnd {
            let digit = bytes[position] &- 0x30
            position += 1
            if digit > 9 { continue }
            if taken >= kept {
                if digit != 0 { return nil }
            } else if taken < 19 {
                magnitude = magnitude * 10 + UInt64(digit)
            }
            taken += 1
        }
        if taken < kept, kept <= 19 {
            let (product, overflow) = magnitude.multipliedReportingOverflow(by: powerOfTen(kept - taken))
            magnitude = product
            overflowed = overflowed || overflow
        }
        if overflowed || magnitude > 1 << 63 || (magnitude == 1 << 63 && !parts.negative) { throw .outOfRange }
        return parts.negative ? 0 &- Int64(truncatingIfNeeded: magnitude) : Int64(truncatingIfNeeded: magnitude)
    }

    // MARK: - DOUBLE

    /// A number, correctly rounded.
    ///
    /// - Parameter lenient: takes `NaN`, `Infinity`, `inf` and their opposites as PostgreSQL does.
    /// - Throws: `outOfRange` where the number is too large, or so small that only 0 would be left of it.
    package static func parseDouble(_ text: UnsafeRawBufferPointer, lenient: Bool = false) throws(TextCodecError) -> Double {
        let bytes = trimmed(text)
        guard let parts = numberParts(bytes), parts.end == bytes.count else {
            if lenient, let special = specialDouble(bytes) { return special }
            throw .invalid
        }
        return try double(parts, bytes)
    }

    /// The value of a number that was taken apart.
    @inline(__always)
    static func double(_ parts: NumberParts, _ bytes: UnsafeRawBufferPointer) throws(TextCodecError) -> Double {
        if parts.digits <= 19, let magnitude = exactDouble(parts.mantissa, parts.exponent) {
            return parts.negative ? -magnitude : magnitude
        }
        return try slowDouble(parts, bytes)
    }

    @inline(never)
    private static func slowDouble(_ parts: NumberParts, _ bytes: UnsafeRawBufferPointer) throws(TextCodecError) -> Double {
        if parts.digits == 0 { return parts.negative ? -0.0 : 0.0 }
        let magnitude = parts.exponent &+ parts.digits
        if magnitude > 400 || magnitude < -400 { throw .outOfRange }
        guard let value = Double(String(decoding: bytes[..<parts.end], as: UTF8.self)) else { throw .invalid }
        if value.isInfinite || value == 0 { throw .outOfRange }
        return value
    }

    /// `mantissa` × 10^`exponent` correctly rounded, nil where that is not simple.
    ///
    /// Up to 2^53 and 10^22 both factors are exact, so one operation rounds once (W. D. Clinger, "How to read floating
    /// point numbers accurately"). Beyond, the quotient or product is formed in 128 bits; its first 64 bits with a
    /// sticky last bit hold all that rounding to 53 needs.
    @inline(__always)
    static func exactDouble(_ mantissa: UInt64, _ exponent: Int) -> Double? {
        if exponent == 0 || mantissa == 0 { return Double(mantissa) }
        if mantissa <= 1 << 53 {
            if exponent < 0, exponent >= -15 { return Double(mantissa) / Double(powerOfTen(0 &- exponent)) }
            if exponent > 0, exponent <= 15 { return Double(mantissa) * Double(powerOfTen(exponent)) }
        }
        if exponent < 0, exponent >= -19 {
            let divisor = powerOfTen(0 &- exponent)
            let (m, d) = (mantissa.leadingZeroBitCount, divisor.leadingZeroBitCount)
            let dividend = mantissa << UInt64(m)
            let (quotient, remainder) = (divisor << UInt64(d)).dividingFullWidth((dividend >> 1, dividend << 63))
            let sticky: UInt64 = remainder == 0 ? 0 : 1
            return Double(quotient | sticky) * powerOfTwo(d &- m &- 63)
        }
        if exponent > 0, exponent <= 19 {
            let (high, low) = mantissa.multipliedFullWidth(by: powerOfTen(exponent))
            if high == 0 { return Double(low) }
            let zeros = UInt64(high.leadingZeroBitCount)
            let top = zeros == 0 ? high : high << zeros | low >> (64 &- zeros)
            let sticky: UInt64 = low << zeros == 0 ? 0 : 1
            return Double(top | sticky) * powerOfTwo(64 &- Int(truncatingIfNeeded: zeros))
        }
        return nil
    }

    /// 2^`exponent` within the normal range.
    @inline(__always)
    private static func powerOfTwo(_ exponent: Int) -> Double {
        Double(bitPattern: UInt64(truncatingIfNeeded: 1023 &+ exponent) << 52)
    }

    private static func specialDouble(_ bytes: UnsafeRawBufferPointer) -> Double? {
        var rest = bytes
        var negative = false
        if let sign = bytes.first, sign == 0x2d || sign == 0x2b {
            negative = sign == 0x2d
            rest = UnsafeRawBufferPointer(rebasing: bytes[1...])
        }
        if equals(rest, "nan") { return .nan }
        if equals(rest, "inf") || equals(rest, "infinity") { return negative ? -.infinity : .infinity }
        return nil
    }

    // MARK: - DECIMAL

    /// The number that eight digits make: bytes of 0…9, the first one lowest.
    @inline(__always)
    static func eightDigits(_ word: UInt64) -> UInt64 {
        // Of neighbours, ten times the lower one and the upper one: pairs of digits, of pairs, of fours.
        var value = (word &* 2561) >> 8 & 0x00ff_00ff_00ff_00ff
        value = (value &* 6_553_601) >> 16 & 0x0000_ffff_0000_ffff
        value = (value &* 42_949_672_960_001) >> 32
        return value
    }

    /// 10^`exponent` for 0 … 19.
    @inline(__always)
    static func powerOfTen(_ exponent: Int) -> UInt64 {
        powers[exponent]
    }

    /// 10^`exponent` for 0 … 38.
    static func widePowerOfTen(_ exponent: Int) -> Int128 {
        exponent <= 19
            ? Int128(powerOfTen(max(exponent, 0)))
            : Int128(powerOfTen(19)) &* Int128(powerOfTen(min(exponent, 38) - 19))
    }

    /// A decimal number as digits scaled by 10^`scale`; further digits are rounded half away from zero.
    ///
    /// - Throws: `outOfRange` where more than `precision` digits are needed.
    package static func parseDecimal(
        _ text: UnsafeRawBufferPointer, precision: Int, scale: Int
    ) throws(TextCodecError) -> Int128 {
        let bytes = trimmed(text)
        guard let parts = numberParts(bytes), parts.end == bytes.count else { throw .invalid }
        return try decimal(parts, bytes, precision: precision, scale: scale)
    }

    /// The value of a number that was taken apart.
    @inline(__always)
    static func decimal(
        _ parts: NumberParts, _ bytes: UnsafeRawBufferPointer, precision: Int, scale: Int
    ) throws(TextCodecError) -> Int128 {
        let shift = parts.exponent &+ scale
        if parts.digits <= 19, shift >= 0, shift <= 19 {
            let magnitude = Int128(parts.mantissa) &* Int128(powerOfTen(shift))
            // 19 + 19 digits fit Int128.
            if magnitude >= widePowerOfTen(precision) { throw .outOfRange }
            return parts.negative ? 0 &- magnitude : magnitude
        }
        return try slowDecimal(parts, bytes, precision: precision, scale: scale)
    }

    @inline(never)
    private static func slowDecimal(
        _ parts: NumberParts, _ bytes: UnsafeRawBufferPointer, precision: Int, scale: Int
    ) throws(TextCodecError) -> Int128 {
        if parts.digits == 0 { return 0 }
        // How many of the significant digits stand before the rounding.
        let kept = parts.digits &+ parts.exponent &+ scale
        if kept > 38 { throw .outOfRange }
        if kept < 0 { return 0 }
        var magnitude: Int128 = 0
        var taken = 0
        var position = parts.digitsStart
        var roundsUp = false
        while position < parts.digitsEnd {
            let digit = bytes[position] &- 0x30
            position += 1
            if digit > 9 { continue }
            if taken == kept {
                roundsUp = digit >= 5
                break
            }
            magnitude = magnitude * 10 + Int128(digit)
            taken += 1
        }
        if taken < kept { magnitude *= widePowerOfTen(kept - taken) }
        if roundsUp { magnitude += 1 }
        if magnitude >= widePowerOfTen(precision) { throw .outOfRange }
        return parts.negative ? -magnitude : magnitude
    }
}

private let powers: [UInt64] = [
    1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000,
    10_000_000_000, 100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000,
    1_000_000_000_000_000, 10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000,
    10_000_000_000_000_000_000,
]
