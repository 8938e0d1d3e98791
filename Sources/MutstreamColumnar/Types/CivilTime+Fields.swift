/// A part of a date or time: what `EXTRACT` takes, `date_trunc` cuts at and interval literals count in.
package enum TimeField: Sendable, Hashable, CaseIterable {
    case microsecond, millisecond, second, minute, hour, day, week, month, quarter, year, decade, century, millennium
    case dayOfWeek, isoDayOfWeek, dayOfYear, isoYear, epoch

    /// The field of a name as SQL spells it, in either case; plurals and PostgreSQL's abbreviations are known.
    package init?(_ name: String) {
        switch name.lowercased() {
        case "microsecond", "microseconds", "us", "usec", "usecs", "usecond", "useconds": self = .microsecond
        case "millisecond", "milliseconds", "ms", "msec", "msecs", "msecond", "mseconds": self = .millisecond
        case "second", "seconds", "s", "sec", "secs": self = .second
        case "minute", "minutes", "m", "min", "mins": self = .minute
        case "hour", "hours", "h", "hr", "hrs": self = .hour
        case "day", "days", "d": self = .day
        case "week", "weeks", "w": self = .week
        case "month", "months", "mon", "mons": self = .month
        case "quarter", "qtr": self = .quarter
        case "year", "years", "y", "yr", "yrs": self = .year
        case "decade", "decades", "dec", "decs": self = .decade
        case "century", "centuries", "c", "cent": self = .century
        case "millennium", "millennia", "mil", "mils": self = .millennium
        case "dow": self = .dayOfWeek
        case "isodow": self = .isoDayOfWeek
        case "doy": self = .dayOfYear
        case "isoyear": self = .isoYear
        case "epoch": self = .epoch
        default: return nil
        }
    }

    /// Digits after the point of what `EXTRACT` gives.
    package var scale: Int {
        switch self {
        case .second, .epoch: 6
        case .millisecond: 3
        default: 0
        }
    }
}

extension CivilTime {
    /// A field of a timestamp, as a whole number scaled by ``TimeField/scale``.
    package static func extract(_ field: TimeField, timestamp: Int64) -> Int64 {
        let (day, time) = split(timestamp)
        switch field {
        case .microsecond, .millisecond, .second: return time % microsecondsPerMinute
        case .minute: return time / microsecondsPerMinute % 60
        case .hour: return time / microsecondsPerHour
        case .epoch: return timestamp
        default: return extract(field, day: day)
        }
    }

    /// A field of a day; those of the time of day are 0, ``TimeField/epoch`` is scaled.
    package static func extract(_ field: TimeField, day: Int64) -> Int64 {
        switch field {
        case .microsecond, .millisecond, .second, .minute, .hour: return 0
        case .epoch: return day.multipliedReportingOverflow(by: microsecondsPerDay).partialValue
        case .dayOfWeek: return dayOfWeek(day)
        case .isoDayOfWeek: return isoDayOfWeek(day)
        case .week: return isoWeek(day).week
        case .isoYear: return Int64(shown(year: isoWeek(day).year))
        default: break
        }
        let date = civil(day)
        let year = date.year
        switch field {
        case .day: return Int64(date.day)
        case .month: return Int64(date.month)
        case .quarter: return Int64((date.month + 2) / 3)
        case .dayOfYear: return day - Int64(days(year: year, month: 1, day: 1)) + 1
        case .decade: return Int64(year >= 0 ? year / 10 : -((8 - (year - 1)) / 10))
        case .century: return Int64(year > 0 ? (year + 99) / 100 : -((99 - (year - 1)) / 100))
        case .millennium: return Int64(year > 0 ? (year + 999) / 1000 : -((999 - (year - 1)) / 1000))
        default: return Int64(shown(year: year))
        }
    }

    /// A field of an interval, scaled by ``TimeField/scale``; nil for fields that intervals do not have and on overflow.
    package static func extract(_ field: TimeField, interval: Interval) -> Int64? {
        let months = Int64(interval.months)
        let time = interval.microseconds
        switch field {
        case .microsecond, .millisecond, .second: return time % microsecondsPerMinute
        case .minute: return time / microsecondsPerMinute % 60
        case .hour: return time / microsecondsPerHour
        case .day: return Int64(interval.days)
        case .month: return months % 12
        case .quarter: return months % 12 / 3 + 1
        case .year: return months / 12
        case .decade: return months / 120
        case .century: return months / 1200
        case .millennium: return months / 12_000
        case .epoch:
            // A year counts 365.25 days, a month that is left over 30, as in PostgreSQL.
            let quarterDays = Int128(months / 12) * 1461 + Int128(months % 12) * 120 + Int128(interval.days) * 4
            return Int64(exactly: quarterDays * Int128(microsecondsPerDay / 4) + Int128(time))
        case .week, .dayOfWeek, .isoDayOfWeek, .dayOfYear, .isoYear: return nil
        }
    }

    /// The start of the field's span that a timestamp lies in; nil for fields without spans and on overflow.
    package static func truncate(_ timestamp: Int64, to field: TimeField) -> Int64? {
        let (day, time) = split(timestamp)
        let unit: Int64
        switch field {
        case .microsecond: return timestamp
        case .millisecond: unit = 1000
        case .second: unit = microsecondsPerSecond
        case .minute: unit = microsecondsPerMinute
        case .hour: unit = microsecondsPerHour
        default: return truncate(day: day, to: field).flatMap { self.timestamp(day: $0) }
        }
        return self.timestamp(day: day, time: time - time % unit)
    }

    /// The first day of the field's span that a day lies in; nil for fields that are no spans of days.
    package static func truncate(day: Int64, to field: TimeField) -> Int64? {
        switch field {
        case .microsecond, .millisecond, .second, .minute, .hour, .day: return day
        case .week: return day - isoDayOfWeek(day) + 1
        default: break
        }
        let date = civil(day)
        var (year, month) = (date.year, 1)
        switch field {
        case .month: month = date.month
        case .quarter: month = (date.month - 1) / 3 * 3 + 1
        case .year: break
        case .decade: year = year >= 0 ? year / 10 * 10 : -((8 - (year - 1)) / 10) * 10
        case .century: year = year > 0 ? (year + 99) / 100 * 100 - 99 : -((99 - (year - 1)) / 100) * 100 + 1
        case .millennium: year = year > 0 ? (year + 999) / 1000 * 1000 - 999 : -((999 - (year - 1)) / 1000) * 1000 + 1
        default: return nil
        }
        return Int64(days(year: year, month: month, day: 1))
    }

    /// 0 = Sunday … 6 = Saturday.
    private static func dayOfWeek(_ day: Int64) -> Int64 {
        let remainder = (day % 7 + 4) % 7
        return remainder < 0 ? remainder + 7 : remainder
    }

    /// 1 = Monday … 7 = Sunday.
    private static func isoDayOfWeek(_ day: Int64) -> Int64 {
        let weekday = dayOfWeek(day)
        return weekday == 0 ? 7 : weekday
    }

    /// The ISO 8601 week: week 1 is that of the year's first Thursday.
    private static func isoWeek(_ day: Int64) -> (year: Int, week: Int64) {
        let thursday = day - isoDayOfWeek(day) + 4
        let year = civil(thursday).year
        return (year, (thursday - Int64(days(year: year, month: 1, day: 1))) / 7 + 1)
    }

    /// Years before 1 AD are counted from 1 BC = -1, as PostgreSQL shows them.
    private static func shown(year: Int) -> Int { year > 0 ? year : year - 1 }
}
