/// Intervals from text: `1 day 02:03:04.5`, `-3 mons`, `1-2`, `P1DT2H`, or a number of some unit.
extension TextCodec {
    /// An interval in one of PostgreSQL's forms. A number without a unit counts seconds.
    package static func parseInterval(_ text: UnsafeRawBufferPointer) throws(TextCodecError) -> Interval {
        try parseInterval(text, unit: nil)
    }

    /// The text of a literal with a unit: `INTERVAL '5' MINUTE`. What is finer than the unit is dropped, as in PostgreSQL.
    ///
    /// - Parameter clockIsMinutes: `12:30` is minutes and seconds, as in `MINUTE TO SECOND`.
    package static func parseInterval(
        _ text: UnsafeRawBufferPointer, unit: TimeField?, clockIsMinutes: Bool = false
    ) throws(TextCodecError) -> Interval {
        var parser = IntervalParser(bytes: trimmed(text), bareUnit: unit ?? .second, clockIsMinutes: clockIsMinutes)
        let value = try parser.parse()
        switch unit {
        case .year: return Interval(months: value.months / 12 * 12)
        case .month: return Interval(months: value.months)
        case .day: return Interval(months: value.months, days: value.days)
        case .hour: return cut(value, CivilTime.microsecondsPerHour)
        case .minute: return cut(value, CivilTime.microsecondsPerMinute)
        default: return value
        }
    }

    private static func cut(_ value: Interval, _ unit: Int64) -> Interval {
        Interval(months: value.months, days: value.days, microseconds: value.microseconds / unit * unit)
    }
}

/// Adds up the parts of one interval text. Sums are wide, so only the end checks for overflow.
private struct IntervalParser {
    let bytes: UnsafeRawBufferPointer
    /// What a number counts that has no unit.
    let bareUnit: TimeField
    let clockIsMinutes: Bool
    var position = 0
    /// Units that had a number already.
    var named: Set<TimeField> = []
    var months: Int128 = 0
    var days: Int128 = 0
    var microseconds: Int128 = 0

    init(bytes: UnsafeRawBufferPointer, bareUnit: TimeField, clockIsMinutes: Bool) {
        self.bytes = bytes
        self.bareUnit = bareUnit
        self.clockIsMinutes = clockIsMinutes
    }

    mutating func parse() throws(TextCodecError) -> Interval {
        if bytes.isEmpty { throw .invalid }
        if bytes[0] == 0x50 || bytes[0] == 0x70 { try parseISO() } else { try parseVerbose() }
        guard let months = Int32(exactly: months), let days = Int32(exactly: days),
            let microseconds = Int64(exactly: microseconds)
        else { throw .outOfRange }
        return Interval(months: months, days: days, microseconds: microseconds)
    }

    // MARK: - PostgreSQL

    private mutating func parseVerbose() throws(TextCodecError) {
        var parts = 0
        skipSpaces()
        if take(0x40) { skipSpaces() }
        while position < bytes.count {
            if parts > 0, isAgo() {
                (months, days, microseconds) = (-months, -days, -microseconds)
                break
            }
            try parsePart()
            parts += 1
            skipSpaces()
        }
        if parts == 0 { throw .invalid }
    }

    private mutating func parsePart() throws(TextCodecError) {
        let start = position
        let negative = takeSign()
        let number = try takeNumber(negative)
        if position < bytes.count, bytes[position] == 0x3a {
            position = start
            _ = takeSign()
            return try parseClock(negative)
        }
        if position < bytes.count, bytes[position] == 0x2d, !number.hasFraction {
            // SQL's years-months, one sign for both.
            position += 1
            let rest = try takeNumber(negative)
            if rest.hasFraction || rest.whole > 11 || rest.whole < -11 { throw .invalid }
            months += number.whole * 12 + rest.whole
            return
        }
        skipSpaces()
        if let unit = try takeUnit() {
            if !named.insert(unit).inserted { throw .invalid }
            return try add(number, unit)
        }
        // A number before a time of day counts days; before any other number it counts nothing.
        if nextIsClock() { return try add(number, .day) }
        if position < bytes.count, TextCodec.isDigit(bytes[position]) { throw .invalid }
        try add(number, bareUnit)
    }

    /// `hours:minutes[:seconds[.fraction]]`, any number of hours.
    private mutating func parseClock(_ negative: Bool) throws(TextCodecError) {
        let hours = try takeNumber(false)
        guard !hours.hasFraction, take(0x3a) else { throw .invalid }
        let minutes = try takeNumber(false)
        var total: Int128
        if take(0x3a) {
            let seconds = try takeNumber(false)
            if minutes.hasFraction { throw .invalid }
            if minutes.whole > 59 || seconds.whole > 60 { throw .outOfRange }
            total = (hours.whole * 60 + minutes.whole) * 60_000_000 + seconds.scaled(1_000_000)
        } else if minutes.hasFraction || clockIsMinutes {
            // `mm:ss.fraction`, as PostgreSQL reads it.
            if hours.whole > 59 || minutes.whole > 60 { throw .outOfRange }
            total = hours.whole * 60_000_000 + minutes.scaled(1_000_000)
        } else {
            if minutes.whole > 59 { throw .outOfRange }
            total = (hours.whole * 60 + minutes.whole) * 60_000_000
        }
        if negative { total = -total }
        microseconds += total
    }

    // MARK: - ISO 8601

    private mutating func parseISO() throws(TextCodecError) {
        position = 1
        var inTime = false
        var parts = 0
        while position < bytes.count {
            if !inTime, bytes[position] == 0x54 || bytes[position] == 0x74 {
                inTime = true
                position += 1
                if position == bytes.count { throw .invalid }
                continue
            }
            let number = try takeNumber(takeSign())
            guard position < bytes.count else { throw .invalid }
            let unit: TimeField
            switch (TextCodec.lowered(bytes[position]), inTime) {
            case (0x79, false): unit = .year
            case (0x6d, false): unit = .month
            case (0x77, false): unit = .week
            case (0x64, false): unit = .day
            case (0x68, true): unit = .hour
            case (0x6d, true): unit = .minute
            case (0x73, true): unit = .second
            default: throw .invalid
            }
            position += 1
            try add(number, unit)
            parts += 1
        }
        if parts == 0 { throw .invalid }
    }

    // MARK: - Numbers and units

    /// `whole` + `fraction` / 10^18; both bear the sign.
    private struct Number {
        var whole: Int128 = 0
        var fraction: Int128 = 0
        var hasFraction = false

        static let one: Int128 = 1_000_000_000_000_000_000

        /// The number times `factor`, rounded to the nearest whole.
        func scaled(_ factor: Int128) -> Int128 {
            let product = fraction * factor
            let half = fraction < 0 ? -Number.one / 2 : Number.one / 2
            return whole * factor + (product + half) / Number.one
        }
    }

    private mutating func add(_ number: Number, _ unit: TimeField) throws(TextCodecError) {
        switch unit {
        case .microsecond: microseconds += number.scaled(1)
        case .millisecond: microseconds += number.scaled(1000)
        case .second: microseconds += number.scaled(1_000_000)
        case .minute: microseconds += number.scaled(60_000_000)
        case .hour: microseconds += number.scaled(3_600_000_000)
        case .day: addDays(number, 1)
        case .week: addDays(number, 7)
        case .month:
            months += number.whole
            addDays(Number(whole: 0, fraction: number.fraction), 30)
        case .year: addMonths(number, 12)
        case .decade: addMonths(number, 120)
        case .century: addMonths(number, 1200)
        case .millennium: addMonths(number, 12_000)
        case .quarter, .dayOfWeek, .isoDayOfWeek, .dayOfYear, .isoYear, .epoch: throw .invalid
        }
        if months.magnitude > 1 << 40 || days.magnitude > 1 << 40 || microseconds.magnitude > 1 << 70 {
            throw .outOfRange
        }
    }

    /// Whole days stay days; what is left of the last becomes time.
    private mutating func addDays(_ number: Number, _ factor: Int128) {
        let part = number.fraction * factor
        days += number.whole * factor + part / Number.one
        let rest = Number(whole: 0, fraction: part % Number.one)
        microseconds += rest.scaled(Int128(CivilTime.microsecondsPerDay))
    }

    /// A fraction of years is rounded to months.
    private mutating func addMonths(_ number: Number, _ factor: Int128) { months += number.scaled(factor) }

    private mutating func takeNumber(_ negative: Bool) throws(TextCodecError) -> Number {
        var number = Number()
        var digits = 0
        while position < bytes.count, TextCodec.isDigit(bytes[position]) {
            // Past any range; the clamp keeps it from overflowing.
            if number.whole < Number.one * 10 { number.whole = number.whole * 10 + Int128(bytes[position] - 0x30) }
            position += 1
            digits += 1
        }
        if take(0x2e) {
            number.hasFraction = true
            var unit = Number.one / 10
            while position < bytes.count, TextCodec.isDigit(bytes[position]) {
                number.fraction += Int128(bytes[position] - 0x30) * unit
                unit /= 10
                position += 1
                digits += 1
            }
        }
        if digits == 0 { throw .invalid }
        if number.whole >= Number.one * 10 { throw .outOfRange }
        if negative { (number.whole, number.fraction) = (-number.whole, -number.fraction) }
        return number
    }

    /// The unit named next, nil where there is no word (or the word is `ago`).
    private mutating func takeUnit() throws(TextCodecError) -> TimeField? {
        var end = position
        while end < bytes.count, TextCodec.lowered(bytes[end]) &- 0x61 < 26 { end += 1 }
        if end == position || isAgo() { return nil }
        let word = String(decoding: bytes[position..<end], as: UTF8.self)
        guard let unit = TimeField(word) else { throw .invalid }
        position = end
        return unit
    }

    private func isAgo() -> Bool {
        TextCodec.equals(UnsafeRawBufferPointer(rebasing: bytes[position...]), "ago")
    }

    private func nextIsClock() -> Bool {
        var next = position
        if next < bytes.count, bytes[next] == 0x2b || bytes[next] == 0x2d { next += 1 }
        let start = next
        while next < bytes.count, TextCodec.isDigit(bytes[next]) { next += 1 }
        return next > start && next < bytes.count && bytes[next] == 0x3a
    }

    /// Takes a sign; whether it was a minus.
    private mutating func takeSign() -> Bool {
        if take(0x2d) { return true }
        _ = take(0x2b)
        return false
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        if position < bytes.count, bytes[position] == byte {
            position += 1
            return true
        }
        return false
    }

    private mutating func skipSpaces() {
        while position < bytes.count, TextCodec.isSpace(bytes[position]) { position += 1 }
    }
}
