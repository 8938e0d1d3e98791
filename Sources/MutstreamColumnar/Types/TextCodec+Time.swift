/// Dates and timestamps from text.
extension TextCodec {
    /// A date and a time of day as they were written, the fields in range.
    struct DateTimeParts {
        /// Days since 1970-01-01.
        var day = 0
        /// Microseconds of the day, up to and including 24:00 (and 24:00:01 for a leap second).
        var time: Int64 = 0
    }

    /// `2024-01-31`, as days since 1970-01-01. A time of day may follow and is dropped.
    package static func parseDate(_ text: UnsafeRawBufferPointer) throws(TextCodecError) -> Int64 {
        let bytes = trimmed(text)
        if bytes.count == 10, let day = fixedDate(bytes.baseAddress.unsafelyUnwrapped) { return Int64(day) }
        return Int64(try utcDateTime(bytes).day)
    }

    /// `2024-01-31 10:20:30.123456`, as microseconds since 1970-01-01.
    ///
    /// `T` may stand for the space; the time or its seconds may be absent; a zone must be UTC (`Z`, `+00`, `+00:00`).
    /// Digits past the sixth of the fraction are rounded.
    package static func parseTimestamp(_ text: UnsafeRawBufferPointer) throws(TextCodecError) -> Int64 {
        if let base = text.baseAddress, let value = fixedTimestamp(base, text.count) { return value }
        return try slowTimestamp(text)
    }

    @inline(never)
    static func slowTimestamp(_ text: UnsafeRawBufferPointer) throws(TextCodecError) -> Int64 {
        let parts = try utcDateTime(trimmed(text))
        guard let value = CivilTime.timestamp(day: Int64(parts.day), time: parts.time) else { throw .outOfRange }
        return value
    }

    // MARK: - The usual form

    /// The bytes that are not what they should be: digits at `'0'`, others equal to the pattern's.
    @inline(__always)
    private static func mismatch(_ difference: UInt64, _ sums: UInt64) -> UInt64 {
        ((difference &+ sums) | difference) & 0x8080_8080_8080_8080
    }

    /// `YYYY-MM-DD`, ten readable bytes, four words at a time (SIMD within a register); nil for any other form.
    @inline(__always)
    static func fixedDate(_ base: UnsafeRawPointer) -> Int? {
        // Digits become 0…9 and pass with + 0x76, separators become 0 and pass with + 0x7f.
        let head = UInt64(littleEndian: base.loadUnaligned(as: UInt64.self)) ^ 0x2d30_302d_3030_3030
        let tail = UInt64(UInt16(littleEndian: base.loadUnaligned(fromByteOffset: 8, as: UInt16.self)) ^ 0x3030)
        if mismatch(head, 0x7f76_767f_7676_7676) | (((tail &+ 0x7676) | tail) & 0x8080) != 0 { return nil }
        // Byte i of the product sum is 10 × digit i + digit i + 1.
        let pairs = head &* 10 &+ head >> 8
        let year = Int(truncatingIfNeeded: pairs & 0xff) &* 100 &+ Int(truncatingIfNeeded: pairs >> 16 & 0xff)
        let month = Int(truncatingIfNeeded: pairs >> 40 & 0xff)
        let day = Int(truncatingIfNeeded: (tail & 0xff) &* 10 &+ tail >> 8)
        if year == 0 || month &- 1 > 11 || month == 0 || day == 0 { return nil }
        if day > 28, day > CivilTime.daysIn(year: year, month: month) { return nil }
        return CivilTime.days(year: year, month: month, day: day)
    }

    /// `YYYY-MM-DD HH:MM:SS[.fraction][Z]`; nil for any other form.
    @inline(__always)
    static func fixedTimestamp(_ base: UnsafeRawPointer, _ count: Int) -> Int64? {
        guard count >= 19, let day = fixedDate(base) else { return nil }
        let separator = base.load(fromByteOffset: 10, as: UInt8.self)
        let clock = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: 11, as: UInt64.self)) ^ 0x3030_3a30_303a_3030
        if mismatch(clock, 0x7676_7f76_767f_7676) != 0 { return nil }
        if separator != 0x20, separator != 0x54 { return nil }
        let pairs = clock &* 10 &+ clock >> 8
        let hour = Int64(truncatingIfNeeded: pairs & 0xff)
        let minute = Int64(truncatingIfNeeded: pairs >> 24 & 0xff)
        let second = Int64(truncatingIfNeeded: pairs >> 48 & 0xff)
        if hour > 23 || minute > 59 || second > 59 { return nil }
        var micros = ((Int64(day) &* 24 &+ hour) &* 60 &+ minute) &* 60 &+ second
        micros &*= 1_000_000
        let end = count &- (base.load(fromByteOffset: count &- 1, as: UInt8.self) == 0x5a ? 1 : 0)
        if end == 19 { return micros }
        let places = end &- 20
        if places < 1 || places > 6 || base.load(fromByteOffset: 19, as: UInt8.self) != 0x2e { return nil }
        // The word that ends with the fraction; what is before it counts as zeros.
        let word =
            UInt64(littleEndian: base.loadUnaligned(fromByteOffset: end &- 8, as: UInt64.self)) ^ 0x3030_3030_3030_3030
        let fraction = word & ~0 &<< UInt64(truncatingIfNeeded: 64 &- places &* 8)
        if mismatch(fraction, 0x7676_7676_7676_7676) != 0 { return nil }
        return micros &+ Int64(truncatingIfNeeded: eightDigits(fraction) &* powerOfTen(6 &- places))
    }

    // MARK: - Any form

    /// Reads up to `most` digits at a position.
    static func number(
        _ bytes: UnsafeRawBufferPointer, _ position: inout Int, most: Int
    ) throws(TextCodecError) -> (value: Int, digits: Int) {
        var value = 0
        let start = position
        while position < bytes.count, isDigit(bytes[position]) {
            if position - start == most { throw .invalid }
            value = value * 10 + Int(bytes[position] - 0x30)
            position += 1
        }
        if position == start { throw .invalid }
        return (value, position - start)
    }

    static func take(_ byte: UInt8, _ bytes: UnsafeRawBufferPointer, _ position: inout Int) -> Bool {
        if position < bytes.count, bytes[position] == byte {
            position += 1
            return true
        }
        return false
    }

    private static func utcDateTime(_ bytes: UnsafeRawBufferPointer) throws(TextCodecError) -> DateTimeParts {
        var position = 0
        let (bytes, isBC) = withoutEra(bytes)
        let parts = try dateTime(bytes, &position, isBC: isBC)
        try utcZone(bytes, &position)
        return parts
    }

    /// The text without ` BC` or ` AD` at its end.
    static func withoutEra(_ bytes: UnsafeRawBufferPointer) -> (bytes: UnsafeRawBufferPointer, isBC: Bool) {
        let count = bytes.count
        guard count > 10, isSpace(bytes[count - 3]) else { return (bytes, false) }
        let era = UnsafeRawBufferPointer(rebasing: bytes[(count - 2)...])
        let isBC = equals(era, "bc")
        if !isBC, !equals(era, "ad") { return (bytes, false) }
        return (trimmed(UnsafeRawBufferPointer(rebasing: bytes[..<(count - 3)])), isBC)
    }

    /// `YYYY-MM-DD[ HH:MM[:SS[.fraction]]]` and the spaces after it.
    static func dateTime(
        _ bytes: UnsafeRawBufferPointer, _ position: inout Int, isBC: Bool = false
    ) throws(TextCodecError) -> DateTimeParts {
        let (shown, yearDigits) = try number(bytes, &position, most: 6)
        // 1 BC is the year 0.
        let year = isBC ? 1 - shown : shown
        guard yearDigits >= 4, take(0x2d, bytes, &position) else { throw .invalid }
        let month = try number(bytes, &position, most: 2).value
        guard take(0x2d, bytes, &position) else { throw .invalid }
        let day = try number(bytes, &position, most: 2).value
        guard shown >= 1, month >= 1, month <= 12, day >= 1, day <= CivilTime.daysIn(year: year, month: month) else {
            throw .outOfRange
        }
        if !CivilTime.years.contains(year) { throw .outOfRange }
        var parts = DateTimeParts(day: CivilTime.days(year: year, month: month, day: day))
        if position == bytes.count { return parts }
        if isSpace(bytes[position]) {
            while position < bytes.count, isSpace(bytes[position]) { position += 1 }
        } else if lowered(bytes[position]) == 0x74 {
            position += 1
        } else {
            throw .invalid
        }
        parts.time = try timeOfDay(bytes, &position)
        while position < bytes.count, isSpace(bytes[position]) { position += 1 }
        return parts
    }

    /// `HH:MM[:SS[.fraction]]`: 24:00:00 is the end of the day, a 60th second the start of the next minute.
    static func timeOfDay(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) throws(TextCodecError) -> Int64 {
        let hour = try number(bytes, &position, most: 2).value
        guard take(0x3a, bytes, &position) else { throw .invalid }
        let minute = try number(bytes, &position, most: 2).value
        var second = 0
        var fraction: Int64 = 0
        if take(0x3a, bytes, &position) {
            second = try number(bytes, &position, most: 2).value
            if take(0x2e, bytes, &position) { fraction = try microseconds(bytes, &position) }
        }
        guard hour <= 24, minute <= 59, second <= 60 else { throw .outOfRange }
        let time = ((Int64(hour) * 60 + Int64(minute)) * 60 + Int64(second)) * 1_000_000 + fraction
        if time > CivilTime.microsecondsPerDay { throw .outOfRange }
        return time
    }

    /// The digits after a point, rounded (half to even) to microseconds: 0 … 1,000,000.
    static func microseconds(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) throws(TextCodecError) -> Int64 {
        var value: Int64 = 0
        var digits = 0
        var beyond = 0
        var tail = false
        while position < bytes.count, isDigit(bytes[position]) {
            let digit = Int64(bytes[position] - 0x30)
            if digits < 6 {
                value = value * 10 + digit
            } else if digits == 6 {
                beyond = Int(digit)
            } else if digit != 0 {
                tail = true
            }
            digits += 1
            position += 1
        }
        if digits < 6 { value *= Int64(powerOfTen(6 - digits)) }
        if beyond > 5 || (beyond == 5 && (tail || value % 2 == 1)) { value += 1 }
        return value
    }

    /// Nothing, `Z`, or an offset of 0.
    private static func utcZone(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) throws(TextCodecError) {
        if position == bytes.count { return }
        if lowered(bytes[position]) == 0x7a {
            position += 1
        } else if bytes[position] == 0x2b || bytes[position] == 0x2d {
            position += 1
            var zeros = 0
            while position < bytes.count, bytes[position] == 0x30 || (bytes[position] == 0x3a && zeros == 2) {
                if bytes[position] == 0x30 { zeros += 1 } else if position + 1 == bytes.count { throw .invalid }
                position += 1
            }
            if zeros != 2, zeros != 4 { throw .invalid }
        }
        if position != bytes.count { throw .invalid }
    }
}
