import MutstreamColumnar

/// Dates and times from numbers, with PostgreSQL's limits and messages.
enum TimeParts {
    /// Days since 1970. A negative year is before Christ.
    static func date(_ year: Int64, _ month: Int64, _ day: Int64) -> RowValue<Int64> {
        let civil = year < 0 ? year + 1 : year
        guard year != 0, civil >= -4712, civil <= 5_874_897, (1...12).contains(month), day >= 1,
            day <= CivilTime.daysIn(year: Int(civil), month: Int(month))
        else {
            return .invalid("date field value out of range: \(year)-\(two(month))-\(two(day))")
        }
        return .value(Int64(CivilTime.days(year: Int(civil), month: Int(month), day: Int(day))))
    }

    /// Microseconds since midnight, up to 24:00.
    static func time(_ hour: Int64, _ minute: Int64, _ seconds: Double) -> RowValue<Int64> {
        guard seconds >= 0, seconds <= 60, (0...59).contains(minute), (0...24).contains(hour),
            let micros = Int64(exactly: (seconds * 1_000_000).rounded(.toNearestOrEven))
        else { return .invalid("time field value out of range: \(hour):\(two(minute)):\(seconds)") }
        let time = (hour * 60 + minute) * 60_000_000 + micros
        if time > CivilTime.microsecondsPerDay {
            return .invalid("time field value out of range: \(hour):\(two(minute)):\(seconds)")
        }
        return .value(time)
    }

    static func two(_ value: Int64) -> String { value >= 0 && value < 10 ? "0\(value)" : "\(value)" }
}

/// Spans of time, as PostgreSQL computes them.
enum TimeSpans {
    /// From `from` to `to` in years, months, days and time of day.
    static func age(_ to: Int64, _ from: Int64) -> Interval? {
        let isNegative = to < from
        let (late, early) = isNegative ? (from, to) : (to, from)
        let (a, b) = (CivilTime.split(late), CivilTime.split(early))
        let (lateDate, earlyDate) = (CivilTime.civil(a.day), CivilTime.civil(b.day))
        var time = a.time - b.time
        var days = lateDate.day - earlyDate.day
        var months = (lateDate.year - earlyDate.year) * 12 + lateDate.month - earlyDate.month
        if time < 0 {
            time += CivilTime.microsecondsPerDay
            days -= 1
        }
        while days < 0 {
            // The month that is broken up is that of the earlier time.
            days += CivilTime.daysIn(year: earlyDate.year, month: earlyDate.month)
            months -= 1
        }
        guard let months32 = Int32(exactly: months) else { return nil }
        let span = Interval(months: months32, days: Int32(days), microseconds: time)
        return isNegative ? CivilTime.negated(span) : span
    }

    /// Without what is finer than the field; nil for fields that spans do not have.
    static func truncate(_ span: Interval, to field: TimeField) -> Interval? {
        func months(_ unit: Int32) -> Interval { Interval(months: span.months / unit * unit) }
        func time(_ unit: Int64) -> Interval {
            Interval(months: span.months, days: span.days, microseconds: span.microseconds / unit * unit)
        }
        switch field {
        case .millennium: return months(12_000)
        case .century: return months(1200)
        case .decade: return months(120)
        case .year: return months(12)
        case .quarter: return months(3)
        case .month: return months(1)
        case .day: return Interval(months: span.months, days: span.days)
        case .hour: return time(CivilTime.microsecondsPerHour)
        case .minute: return time(CivilTime.microsecondsPerMinute)
        case .second: return time(CivilTime.microsecondsPerSecond)
        case .millisecond: return time(1000)
        case .microsecond: return span
        default: return nil
        }
    }

    // MARK: - Justification

    static func justifyHours(_ span: Interval) -> Interval? {
        let whole = span.microseconds / CivilTime.microsecondsPerDay
        var time = span.microseconds - whole * CivilTime.microsecondsPerDay
        var days = Int64(span.days) + whole
        if days > 0, time < 0 {
            time += CivilTime.microsecondsPerDay
            days -= 1
        } else if days < 0, time > 0 {
            time -= CivilTime.microsecondsPerDay
            days += 1
        }
        return Int32(exactly: days).map { Interval(months: span.months, days: $0, microseconds: time) }
    }

    static func justifyDays(_ span: Interval) -> Interval? {
        var days = span.days % 30
        var months = Int64(span.months) + Int64(span.days / 30)
        if months > 0, days < 0 {
            days += 30
            months -= 1
        } else if months < 0, days > 0 {
            days -= 30
            months += 1
        }
        return Int32(exactly: months).map { Interval(months: $0, days: days, microseconds: span.microseconds) }
    }

    static func justifyInterval(_ span: Interval) -> Interval? {
        let whole = span.microseconds / CivilTime.microsecondsPerDay
        var time = span.microseconds - whole * CivilTime.microsecondsPerDay
        var days = Int64(span.days) + whole
        var months = Int64(span.months) + days / 30
        days %= 30
        if months > 0, days < 0 || (days == 0 && time < 0) {
            days += 30
            months -= 1
        } else if months < 0, days > 0 || (days == 0 && time > 0) {
            days -= 30
            months += 1
        }
        if days > 0, time < 0 {
            time += CivilTime.microsecondsPerDay
            days -= 1
        } else if days < 0, time > 0 {
            time -= CivilTime.microsecondsPerDay
            days += 1
        }
        return Int32(exactly: months).map { Interval(months: $0, days: Int32(days), microseconds: time) }
    }

    // MARK: - Units

    static func isUnit(_ unit: TimeField) -> Bool { span(unit, 1) != nil }

    /// So many units; nil on overflow and for fields that are no units.
    static func span(_ unit: TimeField, _ count: Int64) -> Interval? {
        func months(_ each: Int64) -> Interval? {
            Int32(exactly: Int128(count) * Int128(each)).map { Interval(months: $0) }
        }
        func days(_ each: Int64) -> Interval? { Int32(exactly: Int128(count) * Int128(each)).map { Interval(days: $0) } }
        func time(_ each: Int64) -> Interval? {
            let (value, overflow) = count.multipliedReportingOverflow(by: each)
            return overflow ? nil : Interval(microseconds: value)
        }
        switch unit {
        case .microsecond: return time(1)
        case .millisecond: return time(1000)
        case .second: return time(CivilTime.microsecondsPerSecond)
        case .minute: return time(CivilTime.microsecondsPerMinute)
        case .hour: return time(CivilTime.microsecondsPerHour)
        case .day: return days(1)
        case .week: return days(7)
        case .month: return months(1)
        case .quarter: return months(3)
        case .year: return months(12)
        default: return nil
        }
    }

    /// Whole units from a time to another; nil for fields that are no units.
    static func count(_ unit: TimeField, _ from: Int64, _ to: Int64) -> Int64? {
        guard let one = span(unit, 1) else { return nil }
        if one.months == 0 {
            return Int64(truncatingIfNeeded: (Int128(to) - Int128(from)) / one.comparable)
        }
        guard let span = age(to, from) else { return nil }
        return Int64(span.months / one.months)
    }

    // MARK: - OVERLAPS

    /// The ends of two spans, in either order; NULLs as the standard has it.
    static func overlaps(_ columns: [Column], _ n: Int, _ faults: inout Faults) -> Column {
        let values = columns.map(\.int64s)
        var result = [Bool](repeating: false, count: n)
        var validity = Bitmap(count: n, repeating: true)
        func span(_ row: Int, _ first: Int) -> (start: Int64, end: Int64?)? {
            let start = columns[first].isValid(row) ? values[first][row] : nil
            let end = columns[first + 1].isValid(row) ? values[first + 1][row] : nil
            switch (start, end) {
            case (nil, nil): return nil
            case (nil, let end?): return (end, nil)
            case (let start?, nil): return (start, nil)
            case (let start?, let end?): return (min(start, end), max(start, end))
            }
        }
        for row in 0..<n {
            guard let a = span(row, 0), let b = span(row, 2) else {
                validity[row] = false
                continue
            }
            let answer: Bool?
            if a.start == b.start {
                answer = a.end == nil || b.end == nil ? nil : true
            } else {
                let (late, early) = a.start > b.start ? (a, b) : (b, a)
                if let end = early.end {
                    answer = late.start < end ? true : late.end == nil ? nil : false
                } else {
                    answer = nil
                }
            }
            result[row] = answer ?? false
            if answer == nil { validity[row] = false }
        }
        return .bool(result, validity.isAllOnes ? nil : validity)
    }
}

extension Typing {
    /// `(start, end) OVERLAPS (start, end)`; an end may be an INTERVAL from its start.
    package static func overlaps(
        _ first: (Expression, Expression), _ second: (Expression, Expression)
    ) throws(TypeError) -> Expression {
        func end(_ span: (Expression, Expression)) throws(TypeError) -> Expression {
            !span.1.isUntyped && span.1.type == .interval ? try binary("+", span.0, span.1) : span.1
        }
        return try call("overlaps", [first.0, end(first), second.0, end(second)])
    }
}
