/// How far a zone is ahead of UTC at every time: changes of the past and a rule for the years after them.
///
/// The table is part of the program, so that the same input gives the same output on every machine.
package final class TimeZoneRules: Sendable {
    /// A day of the year by month (from 1), week (5: the last) and weekday (Sunday 0), and the local second of it.
    struct Change: Sendable {
        var month: Int64
        var week: Int64
        var weekday: Int64
        var second: Int64
    }

    struct Summer: Sendable {
        var offset: Int64
        var start: Change
        var end: Change
    }

    /// Seconds since 1970 UTC, rising. From the last one on the rule holds.
    private let times: [Int64]
    /// Behind each of the times.
    private let offsets: [Int64]
    private let first: Int64
    private let standard: Int64
    private let summer: Summer?

    init(times: [Int64], offsets: [Int64], first: Int64, standard: Int64, summer: Summer?) {
        self.times = times
        self.offsets = offsets
        self.first = first
        self.standard = standard
        self.summer = summer
    }

    /// The zone of a name of the tz database, in any case: `Europe/Berlin`, `EST5EDT`; nil: it is not known.
    package static func named(_ name: String) -> TimeZoneRules? { TimeZoneTable.zones[name.lowercased()] }

    // MARK: Offsets

    /// Seconds of more years than a TIMESTAMP has.
    private static let limit: Int64 = 10_000_000_000_000

    /// Seconds ahead of UTC at a time in seconds since 1970 UTC.
    package func offset(at time: Int64) -> Int64 {
        // Beyond these years there is no TIMESTAMP.
        let time = max(-TimeZoneRules.limit, min(time, TimeZoneRules.limit))
        guard let last = times.last else { return summer == nil ? standard : ruled(time) }
        if time > last, summer != nil { return ruled(time) }
        var (low, high) = (0, times.count)
        while low < high {
            let middle = (low + high) / 2
            if times[middle] <= time { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? first : offsets[low - 1]
    }

    /// Seconds ahead of UTC at a local time in seconds since 1970: of a time that comes twice the second, of one that is
    /// left out as if the clock had not been moved yet, as PostgreSQL has it.
    package func offset(local: Int64) -> Int64 {
        let day: Int64 = 86_400
        let local = max(-TimeZoneRules.limit, min(local, TimeZoneRules.limit))
        let (before, after) = (offset(at: local - day), offset(at: local + day))
        if before == after { return before }
        if offset(at: local - after) == after { return after }
        return before
    }

    /// By the rule of the years to come.
    private func ruled(_ time: Int64) -> Int64 {
        guard let summer else { return standard }
        let year = Int64(CivilTime.civil(floorDivide(time + standard, 86_400)).year)
        let start = TimeZoneRules.time(summer.start, year) - standard
        let end = TimeZoneRules.time(summer.end, year) - summer.offset
        let isSummer = start < end ? time >= start && time < end : time >= start || time < end
        return isSummer ? summer.offset : standard
    }

    private static func time(_ change: Change, _ year: Int64) -> Int64 {
        let month = Int(change.month)
        let first = Int64(CivilTime.days(year: Int(year), month: month, day: 1))
        let next = first + Int64(CivilTime.daysIn(year: Int(year), month: month))
        // 1970-01-01 was a Thursday.
        let weekday = (first + 4) - floorDivide(first + 4, 7) * 7
        var day = first + (change.weekday - weekday + 7) % 7 + 7 * (change.week - 1)
        if day >= next { day -= 7 }
        return day * 86_400 + change.second
    }
}

/// Rounded down.
private func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    let (quotient, rest) = value.quotientAndRemainder(dividingBy: divisor)
    return rest < 0 ? quotient - 1 : quotient
}
