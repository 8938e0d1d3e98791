/// Booleans and numbers to text.
extension TextCodec {
    /// All numbers of two digits; digits are written in pairs.
    private static let pairs: StaticString = """
        0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
        5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899
        """

    /// Two digits; `value` is below 100.
    @inline(__always)
    static func put(pair value: Int, _ out: inout UnsafeMutableRawPointer) {
        let source = UnsafeRawPointer(pairs.utf8Start) + value &* 2
        out.storeBytes(of: source.loadUnaligned(as: UInt16.self), as: UInt16.self)
        out += 2
    }

    @inline(__always)
    static func put(_ byte: UInt8, _ out: inout UnsafeMutableRawPointer) {
        out.storeBytes(of: byte, as: UInt8.self)
        out += 1
    }

    static func digitCount(_ value: UInt64) -> Int {
        if value < 10 { return 1 }
        // log10 from log2, corrected by one comparison.
        let guess = ((64 &- value.leadingZeroBitCount) &* 1233) >> 12
        return guess &+ (guess < 20 && value >= powerOfTen(guess) ? 1 : 0)
    }

    /// The digits of a number, up to 20 bytes.
    @inline(__always)
    static func put(unsigned value: UInt64, _ out: inout UnsafeMutableRawPointer) {
        let digits = digitCount(value)
        put(padded: value, digits: digits, out)
        out += digits
    }

    /// The last `digits` digits of a number with leading zeros; does not move `out`.
    @inline(__always)
    static func put(padded value: UInt64, digits: Int, _ out: UnsafeMutableRawPointer) {
        var value = value
        var position = digits
        while position >= 2 {
            position &-= 2
            let source = UnsafeRawPointer(pairs.utf8Start) + Int(truncatingIfNeeded: value % 100) &* 2
            out.storeBytes(of: source.loadUnaligned(as: UInt16.self), toByteOffset: position, as: UInt16.self)
            value /= 100
        }
        if position == 1 { out.storeBytes(of: 0x30 &+ UInt8(truncatingIfNeeded: value % 10), as: UInt8.self) }
    }

    @inline(__always)
    static func put(int64 value: Int64, _ out: inout UnsafeMutableRawPointer) {
        if value < 0 { put(0x2d, &out) }
        put(unsigned: value.magnitude, &out)
    }

    package static func append(bool value: Bool, to writer: ByteWriter) {
        if value { writer.append("true") } else { writer.append("false") }
    }

    package static func append(int64 value: Int64, to writer: ByteWriter) {
        var out = writer.reserve(20)
        put(int64: value, &out)
        writer.commit(out)
    }

    // MARK: - DECIMAL

    /// The digits of a decimal with its point: 12345 of scale 2 is `123.45`.
    package static func append(decimal value: Int128, scale: Int, to writer: ByteWriter) {
        var out = writer.reserve(48 + max(scale, 0))
        if value < 0 { put(0x2d, &out) }
        let magnitude = value.magnitude
        if scale <= 0 {
            put(wide: magnitude, &out)
        } else if magnitude <= UInt128(UInt64.max), scale <= 19 {
            let unit = powerOfTen(scale)
            let (whole, fraction) = UInt64(truncatingIfNeeded: magnitude).quotientAndRemainder(dividingBy: unit)
            put(unsigned: whole, &out)
            put(0x2e, &out)
            put(padded: fraction, digits: scale, out)
            out += scale
        } else {
            let (whole, fraction) = magnitude.quotientAndRemainder(dividingBy: UInt128(widePowerOfTen(scale)))
            put(wide: whole, &out)
            put(0x2e, &out)
            let (high, low) = fraction.quotientAndRemainder(dividingBy: 10_000_000_000_000_000_000)
            let upper = max(scale - 19, 0)
            put(padded: UInt64(truncatingIfNeeded: high), digits: upper, out)
            put(padded: UInt64(truncatingIfNeeded: low), digits: scale - upper, out + upper)
            out += scale
        }
        writer.commit(out)
    }

    private static func put(wide value: UInt128, _ out: inout UnsafeMutableRawPointer) {
        if value <= UInt128(UInt64.max) { return put(unsigned: UInt64(truncatingIfNeeded: value), &out) }
        let (high, low) = value.quotientAndRemainder(dividingBy: 10_000_000_000_000_000_000)
        put(wide: high, &out)
        put(padded: UInt64(truncatingIfNeeded: low), digits: 19, out)
        out += 19
    }

    // MARK: - DOUBLE

    /// The shortest digits that read back as the same double, in PostgreSQL's layout: `1.5`, `1e+20`, `-Infinity`.
    package static func append(double value: Double, to writer: ByteWriter) {
        if appendSimple(value, writer) { return }
        if value.isNaN { return writer.append("NaN") }
        if value.isInfinite { return writer.append(value < 0 ? "-Infinity" : "Infinity") }
        appendShortest(value.magnitude.description, value, isReal: false, writer)
    }

    /// The shortest digits that read back as the same float: PostgreSQL's `float4`.
    package static func append(real value: Double, to writer: ByteWriter) {
        if value.isNaN { return writer.append("NaN") }
        if value.isInfinite { return writer.append(value < 0 ? "-Infinity" : "Infinity") }
        if value == 0 { return writer.append(value.sign == .minus ? "-0" : "0") }
        appendShortest(Float(value).magnitude.description, value, isReal: true, writer)
    }

    /// As ``append(real:to:)``, but JSON has no NaN and no infinity: they are `null`.
    package static func append(jsonReal value: Double, to writer: ByteWriter) {
        if value.isFinite { append(real: value, to: writer) } else { writer.append("null") }
    }

    /// As ``append(double:to:)``, but JSON has no NaN and no infinity: they are `null`.
    package static func append(json value: Double, to writer: ByteWriter) {
        if appendSimple(value, writer) { return }
        if !value.isFinite { return writer.append("null") }
        appendShortest(value.magnitude.description, value, isReal: false, writer)
    }

    /// Writes doubles that are a decimal of at most 15 digits, six of them after the point. Such a decimal is the
    /// only one of 15 digits that reads back as the double, so it is the shortest.
    @inline(__always)
    private static func appendSimple(_ value: Double, _ writer: ByteWriter) -> Bool {
        let magnitude = value.magnitude
        if !(magnitude < 1e15) || magnitude < 1e-4 {
            if magnitude == 0 {
                writer.append(value.sign == .minus ? "-0" : "0")
                return true
            }
            return false
        }
        var digits = UInt64(magnitude)
        var scale = 0
        if Double(digits) != magnitude {
            scale = 3
            if magnitude >= 1e12 { return false }
            digits = UInt64(magnitude * 1000 + 0.5)
            if Double(digits) / 1000 != magnitude {
                scale = 6
                if magnitude >= 1e9 { return false }
                digits = UInt64(magnitude * 1_000_000 + 0.5)
                if Double(digits) / 1_000_000 != magnitude { return false }
            }
            while scale > 0, digits % 10 == 0 {
                digits /= 10
                scale &-= 1
            }
        }
        var out = writer.reserve(24)
        if value < 0 { put(0x2d, &out) }
        if scale == 0 {
            put(unsigned: digits, &out)
        } else {
            let unit = powerOfTen(scale)
            put(unsigned: digits / unit, &out)
            put(0x2e, &out)
            put(padded: digits % unit, digits: scale, out)
            out += scale
        }
        writer.commit(out)
        return true
    }

    /// PostgreSQL takes no digits that lie just between two floats, though they would be read back as the even one: it
    /// writes one digit more. Of whole numbers only; no other such midpoint has few enough digits.
    private static func avoidMidpoint(_ digits: inout UInt64, _ exponent: inout Int, _ exact: Int128, _ ulp: Int128) {
        guard exponent > 0, exponent <= 38 else { return }
        let (shown, overflow) = Int128(digits).multipliedReportingOverflow(by: widePowerOfTen(exponent))
        if overflow || (shown - exact).magnitude * 2 != ulp.magnitude { return }
        exponent -= 1
        let unit = widePowerOfTen(exponent)
        digits = UInt64(truncatingIfNeeded: (exact + unit / 2) / unit)
        while digits != 0, digits % 10 == 0 {
            digits /= 10
            exponent += 1
        }
    }

    /// Lays out the digits that the standard library finds: fixed from 1e-4 to below 10^`digits`, else with an exponent.
    @inline(never)
    private static func appendShortest(_ text: String, _ value: Double, isReal: Bool, _ writer: ByteWriter) {
        var text = text
        guard let parts = text.withUTF8({ numberParts(UnsafeRawBufferPointer($0)) }) else { return }
        var (digits, exponent) = (parts.mantissa, parts.exponent)
        while digits != 0, digits % 10 == 0 {
            digits /= 10
            exponent += 1
        }
        if value.magnitude >= (isReal ? 0x1p24 : 0x1p53), value.magnitude < 1e38 {
            avoidMidpoint(&digits, &exponent, Int128(value.magnitude), isReal ? Int128(Float(value).ulp) : Int128(value.ulp))
        }
        let count = digitCount(digits)
        let power = exponent + count - 1
        var out = writer.reserve(48)
        if value < 0 { put(0x2d, &out) }
        if power < -4 || power >= (isReal ? 6 : 15) {
            let unit = powerOfTen(count - 1)
            put(unsigned: digits / unit, &out)
            if count > 1 {
                put(0x2e, &out)
                put(padded: digits % unit, digits: count - 1, out)
                out += count - 1
            }
            put(0x65, &out)
            put(power < 0 ? 0x2d : 0x2b, &out)
            if abs(power) < 10 { put(0x30, &out) }
            put(unsigned: UInt64(abs(power)), &out)
        } else if exponent >= 0 {
            put(unsigned: digits, &out)
            for _ in 0..<exponent { put(0x30, &out) }
        } else if count > -exponent {
            let unit = powerOfTen(-exponent)
            put(unsigned: digits / unit, &out)
            put(0x2e, &out)
            put(padded: digits % unit, digits: -exponent, out)
            out += -exponent
        } else {
            put(0x30, &out)
            put(0x2e, &out)
            put(padded: digits, digits: -exponent, out)
            out += -exponent
        }
        writer.commit(out)
    }
}
