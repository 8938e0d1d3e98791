/// The proleptic Gregorian calendar over days and microseconds since 1970-01-01, without zones.
///
/// Days to dates and back are Howard Hinnant's `civil_from_days` and `days_from_civil`
/// (howardhinnant.github.io/date_algorithms.html). Year 0 is 1 BC.
package enum CivilTime {
    package static let microsecondsPerDay: Int64 = 86_400_000_000
    package static let microsecondsPerHour: Int64 = 3_600_000_000
    package static let microsecondsPerMinute: Int64 = 60_000_000
    package static let microsecondsPerSecond: Int64 = 1_000_000
    /// The years that dates may have: every day of them, and its microseconds, can be counted without overflow.
    package static let years = -290_000...294_246

    package struct CivilDate: Sendable, Hashable {
        package var year: Int
        package var month: Int
        package var day: Int

        package init(year: Int, month: Int, day: Int) {
            self.year = year
            self.month = month
            self.day = day
        }
    }

    /// Days since 1970-01-01 of a date whose month and day are in range.
    @inline(__always)
    package static func days(year: Int, month: Int, day: Int) -> Int {
        let y = month <= 2 ? year &- 1 : year
        let era = (y >= 0 ? y : y &- 399) / 400
        let yearOfEra = UInt64(truncatingIfNeeded: y &- era &* 400)
        let shifted = UInt64(truncatingIfNeeded: month > 2 ? month &- 3 : month &+ 9)
        let dayOfYear = (153 &* shifted &+ 2) / 5 &+ UInt64(truncatingIfNeeded: day) &- 1
        let dayOfEra = yearOfEra &* 365 &+ yearOfEra / 4 &- yearOfEra / 100 &+ dayOfYear
        return era &* 146_097 &+ Int(truncatingIfNeeded: dayOfEra) &- 719_468
    }

    /// The date of a day.
    @inline(__always)
    package static func civil(_ days: Int64) -> CivilDate {
        // The clamp keeps the arithmetic below from overflowing on any input; such days lie outside `years`.
        let z = max(min(days, 1 << 40), -(1 << 40)) &+ 719_468
        let era = (z >= 0 ? z : z &- 146_096) / 146_097
        let dayOfEra = UInt64(truncatingIfNeeded: z &- era &* 146_097)
        let yearOfEra = (dayOfEra &- dayOfEra / 1460 &+ dayOfEra / 36_524 &- dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra &- (365 &* yearOfEra &+ yearOfEra / 4 &- yearOfEra / 100)
        let shifted = (5 &* dayOfYear &+ 2) / 153
        let day = Int(truncatingIfNeeded: dayOfYear &- (153 &* shifted &+ 2) / 5 &+ 1)
        let month = Int(truncatingIfNeeded: shifted < 10 ? shifted &+ 3 : shifted &- 9)
        let year = Int(truncatingIfNeeded: yearOfEra) &+ Int(truncatingIfNeeded: era) &* 400 &+ (month <= 2 ? 1 : 0)
        return CivilDate(year: year, month: month, day: day)
    }

    package static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    package static func daysIn(year: Int, month: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Whole seconds since 1970 of a time in microseconds, rounded down.
    package static func seconds(_ timestamp: Int64) -> Int64 {
        let (seconds, rest) = timestamp.quotientAndRemainder(dividingBy: 1_000_000)
        return rest < 0 ? seconds - 1 : seconds
    }

    /// The day a timestamp lies in, and the microseconds since its midnight.
    @inline(__always)
    package static func split(_ timestamp: Int64) -> (day: Int64, time: Int64) {
        var day = timestamp / microsecondsPerDay
        var time = timestamp &- day &* microsecondsPerDay
        if time < 0 {
            time &+= microsecondsPerDay
            day &-= 1
        }
        return (day, time)
    }

    /// Midnight of a day, nil where it leaves `Int64`.
    package static func timestamp(day: Int64, time: Int64 = 0) -> Int64? {
        let (midnight, overflow) = day.multipliedReportingOverflow(by: microsecondsPerDay)
        if !overflow {
            let (sum, overflow) = midnight.addingReportingOverflow(time)
            return overflow ? nil : sum
        }
        // The first, cut day of `Int64` begins before its least value but may hold the time.
        return Int64(exactly: Int128(day) * Int128(microsecondsPerDay) + Int128(time))
    }

    // MARK: - Arithmetic

    /// A timestamp moved by an interval as PostgreSQL does: months first (a day past the end of the month becomes its
    /// last), then days, then microseconds. Nil on overflow.
    package static func add(_ interval: Interval, to timestamp: Int64) -> Int64? {
        var (day, time) = split(timestamp)
        if interval.months != 0 {
            let date = civil(day)
            let months = date.year * 12 + (date.month - 1) + Int(interval.months)
            let year = months >= 0 ? months / 12 : (months - 11) / 12
            let month = months - year * 12 + 1
            guard year >= years.lowerBound - 2500, year <= years.upperBound + 1 else { return nil }
            day = Int64(days(year: year, month: month, day: min(date.day, daysIn(year: year, month: month))))
        }
        day += Int64(interval.days)
        let (sum, overflow) = interval.microseconds.addingReportingOverflow(time)
        if !overflow { return self.timestamp(day: day, time: sum) }
        time = time &- microsecondsPerDay
        return self.timestamp(day: day + 1, time: interval.microseconds + time)
    }

    /// A timestamp moved back by an interval. Nil on overflow.
    package static func subtract(_ interval: Interval, from timestamp: Int64) -> Int64? {
        guard let opposite = negated(interval) else { return nil }
        return add(opposite, to: timestamp)
    }

    /// The opposite interval, nil on overflow.
    package static func negated(_ interval: Interval) -> Interval? {
        let (months, o1) = (0 as Int32).subtractingReportingOverflow(interval.months)
        let (days, o2) = (0 as Int32).subtractingReportingOverflow(interval.days)
        let (microseconds, o3) = (0 as Int64).subtractingReportingOverflow(interval.microseconds)
        return o1 || o2 || o3 ? nil : Interval(months: months, days: days, microseconds: microseconds)
    }

    /// From `rhs` to `lhs` in days and time of day, as PostgreSQL subtracts timestamps. Nil on overflow.
    package static func difference(_ lhs: Int64, _ rhs: Int64) -> Interval? {
        let (span, overflow) = lhs.subtractingReportingOverflow(rhs)
        if overflow { return nil }
        let days = span / microsecondsPerDay
        return Interval(days: Int32(truncatingIfNeeded: days), microseconds: span - days * microsecondsPerDay)
    }
}
