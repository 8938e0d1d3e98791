/// TIME and TIMESTAMPTZ in text.
extension TextCodec {
    /// `10:20[:30[.123456]]`, perhaps with AM or PM, as microseconds of the day. A date before it and a zone behind it
    /// are read and dropped.
    package static func parseTime(_ text: UnsafeRawBufferPointer) throws(TextCodecError) -> Int64 {
        let bytes = trimmed(text)
        var position = 0
        var time: Int64
        if bytes.count > 4, isDigit(bytes[0]), bytes.prefix(8).contains(0x2d), !bytes.prefix(3).contains(0x3a) {
            let parts = try dateTime(bytes, &position)
            if !bytes.contains(0x3a) { throw .invalid }
            time = parts.time
        } else {
            time = try timeOfDay(bytes, &position)
        }
        skipSpace(bytes, &position)
        if bytes.count - position == 2, lowered(bytes[position + 1]) == 0x6d {
            let mark = lowered(bytes[position])
            guard mark == 0x61 || mark == 0x70 else { throw .invalid }
            let hour = time / CivilTime.microsecondsPerHour
            if hour > 12 { throw .outOfRange }
            if hour == 12, mark == 0x61 { time -= 12 * CivilTime.microsecondsPerHour }
            if hour < 12, mark == 0x70 { time += 12 * CivilTime.microsecondsPerHour }
            return time
        }
        _ = try zone(bytes, &position)
        return time
    }

    /// `2024-01-31 10:20:30.123456+02`, as microseconds since 1970-01-01 UTC.
    ///
    /// The zone is `Z`, an offset (`+02`, `+0230`, `+02:30`), a name of the tz database, or absent: UTC.
    package static func parseTimestampTZ(_ text: UnsafeRawBufferPointer) throws(TextCodecError) -> Int64 {
        if let base = text.baseAddress, let value = fixedTimestamp(base, text.count) { return value }
        let (bytes, isBC) = withoutEra(trimmed(text))
        var position = 0
        let parts = try dateTime(bytes, &position, isBC: isBC)
        guard let local = CivilTime.timestamp(day: Int64(parts.day), time: parts.time) else { throw .outOfRange }
        let name = UnsafeRawBufferPointer(rebasing: bytes[position...])
        let offset: Int64
        if let first = name.first, lowered(first) &- 0x61 < 26, let rules = zoneRules(name) {
            offset = rules.offset(local: CivilTime.seconds(local)) * 1_000_000
        } else {
            offset = try zone(bytes, &position)
        }
        let (value, overflow) = local.subtractingReportingOverflow(offset)
        if overflow { throw .outOfRange }
        return value
    }

    /// How far a zone is ahead of UTC in microseconds: `UTC`, `GMT`, `Z`, `Etc/UTC`, `+02:30`; nil for names that are not
    /// known, among them all zones with daylight saving.
    package static func zoneOffset(_ name: String) -> Int64? {
        var name = name
        return name.withUTF8 { utf8 in
            let bytes = trimmed(UnsafeRawBufferPointer(utf8))
            if bytes.isEmpty { return nil }
            var position = 0
            return try? zone(bytes, &position)
        }
    }

    /// A zone by a name that is none of UTC.
    private static func zoneRules(_ name: UnsafeRawBufferPointer) -> TimeZoneRules? {
        if name.count > 40 || isUTC(name) { return nil }
        return TimeZoneRules.named(String(decoding: trimmed(name), as: UTF8.self))
    }

    /// Names that PostgreSQL takes for UTC at all times, whatever the tz database says of years long ago.
    private static func isUTC(_ name: UnsafeRawBufferPointer) -> Bool {
        equals(name, "z") || equals(name, "utc") || equals(name, "gmt") || equals(name, "ut") || equals(name, "uct")
            || equals(name, "zulu") || equals(name, "universal") || equals(name, "greenwich") || equals(name, "etc/utc")
            || equals(name, "etc/gmt") || equals(name, "etc/uct") || equals(name, "etc/universal")
            || equals(name, "etc/zulu") || equals(name, "etc/greenwich")
    }

    private static func skipSpace(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) {
        while position < bytes.count, isSpace(bytes[position]) { position += 1 }
    }

    /// A zone up to the end, or nothing.
    private static func zone(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) throws(TextCodecError) -> Int64 {
        if position == bytes.count { return 0 }
        if bytes[position] == 0x2b || bytes[position] == 0x2d { return try offset(bytes, &position) }
        let start = position
        while position < bytes.count, lowered(bytes[position]) &- 0x61 < 26 || bytes[position] == 0x2f { position += 1 }
        let name = UnsafeRawBufferPointer(rebasing: bytes[start..<position])
        guard isUTC(name) else { throw .invalid }
        if position == bytes.count { return 0 }
        throw .invalid
    }

    /// `+HH`, `+HHMM`, `+HH:MM` or `+HH:MM:SS`, up to the end.
    private static func offset(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) throws(TextCodecError) -> Int64 {
        let isNegative = bytes[position] == 0x2d
        position += 1
        let (first, digits) = try number(bytes, &position, most: 6)
        var (hours, minutes, seconds) = (first, 0, 0)
        if digits > 4 {
            (hours, minutes, seconds) = (first / 10_000, first / 100 % 100, first % 100)
        } else if digits > 2 {
            (hours, minutes) = (first / 100, first % 100)
        } else if take(0x3a, bytes, &position) {
            minutes = try number(bytes, &position, most: 2).value
            if take(0x3a, bytes, &position) { seconds = try number(bytes, &position, most: 2).value }
        }
        if position != bytes.count { throw .invalid }
        guard hours <= 15, minutes <= 59, seconds <= 59 else { throw .outOfRange }
        let micros = Int64((hours * 60 + minutes) * 60 + seconds) * 1_000_000
        return isNegative ? -micros : micros
    }

    // MARK: - Output

    /// `10:20:30[.123456]`, zeros at the end of the fraction left out.
    package static func append(time value: Int64, to writer: ByteWriter) {
        var out = writer.reserve(32)
        put(time: value, &out)
        writer.commit(out)
    }

    /// Up to 16 bytes.
    static func put(time value: Int64, _ out: inout UnsafeMutableRawPointer) {
        let time = UInt64(max(0, min(value, CivilTime.microsecondsPerDay)))
        let seconds = Int(time / 1_000_000)
        put(pair: seconds / 3600, &out)
        put(0x3a, &out)
        put(pair: seconds / 60 % 60, &out)
        put(0x3a, &out)
        put(pair: seconds % 60, &out)
        put(fraction: time % 1_000_000, &out)
    }

    /// `2024-01-31 10:20:30[.123456]+00`.
    package static func append(timestamptz value: Int64, to writer: ByteWriter) {
        let isBC = value < -62_135_596_800_000_000
        var out = writer.reserve(64)
        put(timestamp: value, separator: 0x20, &out)
        // The era stands behind the zone.
        if isBC { out -= 3 }
        put(0x2b, &out)
        put(pair: 0, &out)
        if isBC {
            put(0x20, &out)
            put(0x42, &out)
            put(0x43, &out)
        }
        writer.commit(out)
    }

    /// `2024-01-31T10:20:30[.123456]Z`: ISO 8601, as in JSON. Up to 48 bytes.
    static func put(isoTimestamptz value: Int64, _ out: inout UnsafeMutableRawPointer) {
        put(timestamp: value, separator: 0x54, &out)
        // The era stands behind the zone.
        let isBC = value < -62_135_596_800_000_000
        if isBC { out -= 3 }
        put(0x5a, &out)
        if isBC {
            put(0x20, &out)
            put(0x42, &out)
            put(0x43, &out)
        }
    }
}
