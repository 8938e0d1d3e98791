import MutstreamColumnar
import Testing

struct CivilTimeTests {
    private func time(_ text: String) -> Int64 {
        guard case .int64(let value)? = try? TextCodec.parse(text, .timestamp) else { return .min }
        return value
    }

    @Test func `each day of 800 years has the date after the day before`() {
        var expected = CivilTime.CivilDate(year: 1600, month: 1, day: 1)
        var day = Int64(CivilTime.days(year: 1600, month: 1, day: 1))
        while expected.year < 2400 {
            let date = CivilTime.civil(day)
            if date != expected || CivilTime.days(year: date.year, month: date.month, day: date.day) != Int(day) {
                Issue.record("day \(day) is \(date), not \(expected)")
                return
            }
            expected.day += 1
            if expected.day > CivilTime.daysIn(year: expected.year, month: expected.month) {
                expected.day = 1
                expected.month += 1
                if expected.month > 12 { (expected.year, expected.month) = (expected.year + 1, 1) }
            }
            day += 1
        }
    }

    @Test(
        arguments: [
            ("year", 2024), ("month", 12), ("day", 30), ("hour", 23), ("minute", 59), ("second", 58_123_456),
            ("milliseconds", 58_123_456), ("microseconds", 58_123_456), ("dow", 1), ("isodow", 1), ("doy", 365), ("week", 1),
            ("isoyear", 2025), ("quarter", 4), ("decade", 202), ("century", 21), ("millennium", 3),
            ("epoch", 1_735_603_198_123_456),
        ] as [(String, Int64)])
    func `a timestamp gives its fields`(name: String, expected: Int64) throws {
        let field = try #require(TimeField(name))
        #expect(CivilTime.extract(field, timestamp: time("2024-12-30 23:59:58.123456")) == expected)
    }

    @Test(arguments: [
        ("microseconds", "2024-11-14 13:14:15.123456"), ("milliseconds", "2024-11-14 13:14:15.123"),
        ("second", "2024-11-14 13:14:15"), ("minute", "2024-11-14 13:14:00"), ("hour", "2024-11-14 13:00:00"),
        ("day", "2024-11-14 00:00:00"), ("week", "2024-11-11 00:00:00"), ("month", "2024-11-01 00:00:00"),
        ("quarter", "2024-10-01 00:00:00"), ("year", "2024-01-01 00:00:00"), ("decade", "2020-01-01 00:00:00"),
        ("century", "2001-01-01 00:00:00"), ("millennium", "2001-01-01 00:00:00"),
    ])
    func `a timestamp is cut to a field`(name: String, expected: String) throws {
        let field = try #require(TimeField(name))
        let cut = try #require(CivilTime.truncate(time("2024-11-14 13:14:15.123456"), to: field))
        #expect(TextCodec.text(.int64(cut), .timestamp) == expected)
    }

    @Test(arguments: [
        ("2024-01-31 10:00:00", "1 mon", "2024-02-29 10:00:00"), ("2023-01-31 10:00:00", "1 mon", "2023-02-28 10:00:00"),
        ("2024-02-29 00:00:00", "1 year", "2025-02-28 00:00:00"), ("2024-03-31 00:00:00", "-1 mons", "2024-02-29 00:00:00"),
        ("2024-01-01 00:00:00", "-1 days -00:00:01", "2023-12-30 23:59:59"),
        ("1970-01-01 00:00:00", "-14 mons", "1968-11-01 00:00:00"),
        ("2024-01-31 00:00:00", "1 mon 1 day", "2024-03-01 00:00:00"),
    ])
    func `an interval moves a timestamp as in PostgreSQL`(start: String, span: String, expected: String) throws {
        guard case .interval(let interval) = try TextCodec.parse(span, .interval) else { return }
        let moved = try #require(CivilTime.add(interval, to: time(start)))
        #expect(TextCodec.text(.int64(moved), .timestamp) == expected)
    }

    @Test func `nothing overflows unseen`() {
        let widest = Interval(months: .max, days: .max, microseconds: .max)
        for timestamp in [Int64.min, .min + 1, -1, 0, 1, .max - 1, .max] {
            for interval in [widest, Interval(months: .min, days: .min, microseconds: .min), Interval(microseconds: .max)] {
                _ = CivilTime.add(interval, to: timestamp)
                _ = CivilTime.subtract(interval, from: timestamp)
            }
            for field in TimeField.allCases {
                _ = CivilTime.extract(field, timestamp: timestamp)
                _ = CivilTime.truncate(timestamp, to: field)
            }
            _ = TextCodec.text(.int64(timestamp), .timestamp)
            _ = TextCodec.text(.int64(timestamp), .date)
            #expect(CivilTime.difference(timestamp, timestamp) == Interval())
        }
        #expect(CivilTime.add(Interval(microseconds: 1), to: .max) == nil)
        #expect(CivilTime.add(Interval(days: 1), to: .max) == nil)
        #expect(CivilTime.add(Interval(months: 12), to: .max) == nil)
        #expect(CivilTime.add(Interval(days: 1, microseconds: -CivilTime.microsecondsPerDay), to: .max) == .max)
        #expect(CivilTime.add(Interval(), to: .min) == .min)
        for field in TimeField.allCases { _ = CivilTime.extract(field, interval: widest) }
    }
}
