/// Dates, timestamps and intervals to text.
extension TextCodec {
    /// `2024-01-31`; years before 1 AD bear ` BC`.
    package static func append(date value: Int64, to writer: ByteWriter) {
        var out = writer.reserve(40)
        let date = CivilTime.civil(value)
        put(date, &out)
        if date.year <= 0 { putBC(&out) }
        writer.commit(out)
    }

    /// `2024-01-31 10:20:30[.123456]`, zeros at the end of the fraction left out.
    package static func append(timestamp value: Int64, to writer: ByteWriter) {
        append(timestamp: value, separator: 0x20, writer)
    }

    /// `2024-01-31T10:20:30[.123456]`: ISO 8601 without a zone, as in JSON.
    package static func append(isoTimestamp value: Int64, to writer: ByteWriter) {
        append(timestamp: value, separator: 0x54, writer)
    }

    @inline(__always)
    private static func append(timestamp value: Int64, separator: UInt8, _ writer: ByteWriter) {
        var out = writer.reserve(64)
        put(timestamp: value, separator: separator, &out)
        writer.commit(out)
    }

    /// Up to 40 bytes.
    static func put(timestamp value: Int64, separator: UInt8, _ out: inout UnsafeMutableRawPointer) {
        let (day, time) = CivilTime.split(value)
        let date = CivilTime.civil(day)
        put(date, &out)
        put(separator, &out)
        let seconds = UInt32(truncatingIfNeeded: time / 1_000_000)
        put(pair: Int(seconds / 3600), &out)
        put(0x3a, &out)
        put(pair: Int(seconds / 60 % 60), &out)
        put(0x3a, &out)
        put(pair: Int(seconds % 60), &out)
        put(fraction: UInt64(truncatingIfNeeded: time &- Int64(seconds) &* 1_000_000), &out)
        if date.year <= 0 { putBC(&out) }
    }

    /// `.123456` without zeros at its end; nothing for 0.
    @inline(__always)
    static func put(fraction micros: UInt64, _ out: inout UnsafeMutableRawPointer) {
        if micros == 0 { return }
        put(0x2e, &out)
        var (digits, value) = (6, micros)
        if value % 1000 == 0 {
            value /= 1000
            digits = 3
        }
        while value % 10 == 0 {
            value /= 10
            digits &-= 1
        }
        put(padded: value, digits: digits, out)
        out += digits
    }

    @inline(__always)
    private static func put(_ date: CivilTime.CivilDate, _ out: inout UnsafeMutableRawPointer) {
        let year = date.year > 0 ? date.year : 1 &- date.year
        if year < 10_000 {
            put(pair: year / 100, &out)
            put(pair: year % 100, &out)
        } else {
            put(unsigned: UInt64(year), &out)
        }
        put(0x2d, &out)
        put(pair: date.month, &out)
        put(0x2d, &out)
        put(pair: date.day, &out)
    }

    private static func putBC(_ out: inout UnsafeMutableRawPointer) {
        put(0x20, &out)
        put(0x42, &out)
        put(0x43, &out)
    }

    // MARK: - INTERVAL

    /// PostgreSQL's style: `1 year 2 mons 3 days 04:05:06.7`, `-1 days +02:00:00`, `00:00:00`.
    package static func append(interval value: Interval, to writer: ByteWriter) {
        var first = true
        var afterNegative = false
        func part(_ number: Int32, _ unit: StaticString) {
            if number == 0 { return }
            if !first { writer.append(0x20) }
            if afterNegative, number > 0 { writer.append(0x2b) }
            append(int64: Int64(number), to: writer)
            writer.append(unit)
            if number != 1 { writer.append(0x73) }
            afterNegative = number < 0
            first = false
        }
        part(value.months / 12, " year")
        part(value.months % 12, " mon")
        part(value.days, " day")
        if !first, value.microseconds == 0 { return }
        if !first { writer.append(0x20) }
        if value.microseconds < 0 {
            writer.append(0x2d)
        } else if afterNegative {
            writer.append(0x2b)
        }
        let (seconds, micros) = value.microseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000)
        var out = writer.reserve(48)
        let hours = seconds / 3600
        if hours < 10 { put(0x30, &out) }
        put(unsigned: hours, &out)
        put(0x3a, &out)
        put(pair: Int(truncatingIfNeeded: seconds / 60 % 60), &out)
        put(0x3a, &out)
        put(pair: Int(truncatingIfNeeded: seconds % 60), &out)
        put(fraction: micros, &out)
        writer.commit(out)
    }
}
