import MutstreamColumnar

/// Fractions of intervals as PostgreSQL makes them: fractions of months become days of 30, fractions of days become time.
enum IntervalFraction {
    static func quotient(_ span: Interval, _ divisor: Double) -> Interval? { scaled(span) { $0 / divisor } }

    static func product(_ span: Interval, _ factor: Double) -> Interval? { scaled(span) { $0 * factor } }

    /// `low` and a fraction of what `high` is above it.
    static func between(_ low: Interval, _ high: Interval, _ fraction: Double) -> Interval? {
        let (months, o1) = high.months.subtractingReportingOverflow(low.months)
        let (days, o2) = high.days.subtractingReportingOverflow(low.days)
        let (microseconds, o3) = high.microseconds.subtractingReportingOverflow(low.microseconds)
        guard !o1, !o2, !o3,
            let part = product(Interval(months: months, days: days, microseconds: microseconds), fraction)
        else { return nil }
        let (allMonths, o4) = low.months.addingReportingOverflow(part.months)
        let (allDays, o5) = low.days.addingReportingOverflow(part.days)
        let (all, o6) = low.microseconds.addingReportingOverflow(part.microseconds)
        return o4 || o5 || o6 ? nil : Interval(months: allMonths, days: allDays, microseconds: all)
    }

    private static func scaled(_ span: Interval, _ times: (Double) -> Double) -> Interval? {
        func cut(_ x: Double) -> Double { (x * 1_000_000).rounded(.toNearestOrEven) / 1_000_000 }
        guard let months = Int32(exactly: times(Double(span.months)).rounded(.towardZero)),
            let days = Int32(exactly: times(Double(span.days)).rounded(.towardZero))
        else { return nil }
        let monthDays = cut((times(Double(span.months)) - Double(months)) * 30)
        var seconds = cut((times(Double(span.days)) - Double(days) + monthDays - monthDays.rounded(.towardZero)) * 86_400)
        var extra = 0.0
        if seconds.magnitude >= 86_400 {
            extra = (seconds / 86_400).rounded(.towardZero)
            seconds -= extra * 86_400
        }
        guard let more = Int32(exactly: monthDays.rounded(.towardZero) + extra),
            let time = Int64(exactly: (times(Double(span.microseconds)) + seconds * 1_000_000).rounded(.toNearestOrEven))
        else { return nil }
        let (allDays, overflow) = days.addingReportingOverflow(more)
        return overflow ? nil : Interval(months: months, days: allDays, microseconds: time)
    }
}
