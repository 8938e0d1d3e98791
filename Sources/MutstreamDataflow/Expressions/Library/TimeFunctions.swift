import MutstreamColumnar

extension Library {
    static let time: [LibraryEntry] = ages + bins + scales + makers + justifications + flinkTimes + flinkFields

    // MARK: - Spans

    private static func age(_ type: LibraryEntry.Parameter) -> LibraryEntry {
        LibraryEntry(
            "age", group: .time, "From the second to the first in years, months, days and time.", [type, type], .interval
        ) { _, _ in
            Kernels.spans { arguments, row in
                TimeSpans.age(arguments.int64(0, row), arguments.int64(1, row)).map { .value($0) }
                    ?? .failure(.outOfRange(.interval))
            }
        }
    }

    private static let ages: [LibraryEntry] = [
        age(.timestamp), age(.timestamptz),
        LibraryEntry("age", group: .time, "Needs a second time to count from.", [.any], result: "INTERVAL") {
            _ throws(TypeError) in
            throw TypeError(
                "age with one argument needs the current time", hint: "write age(to, from): both ends come from the data")
        },
        LibraryEntry("isfinite", group: .time, "Whether it is a date: always.", [.date], .boolean, mayFail: false) { _, _ in
            Kernels.booleans { _, _ in .value(true) }
        },
        LibraryEntry("isfinite", group: .time, "Whether it is a time: always.", [.timestamp], .boolean, mayFail: false) {
            _, _ in
            Kernels.booleans { _, _ in .value(true) }
        },
        LibraryEntry("isfinite", group: .time, "Whether it is a time: always.", [.timestamptz], .boolean, mayFail: false) {
            _, _ in Kernels.booleans { _, _ in .value(true) }
        },
        LibraryEntry("isfinite", group: .time, "Whether it is a span: always.", [.interval], .boolean, mayFail: false) {
            _, _ in
            Kernels.booleans { _, _ in .value(true) }
        },
        overlaps(.timestamp), overlaps(.timestamptz), overlaps(.time),
    ]

    private static func overlaps(_ type: LibraryEntry.Parameter) -> LibraryEntry {
        LibraryEntry(
            "overlaps", group: .time, "Whether two spans of time have a point in common: from, to, from, to.",
            [type, type, type, type], .boolean, mayFail: false
        ) { _, _ in .free(TimeSpans.overlaps) }
    }

    // MARK: - Bins

    private static func bin(_ type: LibraryEntry.Parameter, _ result: LibraryEntry.Result) -> LibraryEntry {
        LibraryEntry(
            "date_bin", group: .time, "The start of the bin that holds the time: length, time, start of one bin.",
            [.interval, type, type], result
        ) { _, type in
            Kernels.integers { arguments, row in
                let stride = arguments.interval(0, row)
                if stride.months != 0 {
                    return .invalid("timestamps cannot be binned into intervals containing months or years")
                }
                guard let length = stride.exactMicroseconds else { return .failure(.outOfRange(.interval)) }
                if length <= 0 { return .invalid("stride must be greater than zero") }
                let (time, origin) = (arguments.int64(1, row), arguments.int64(2, row))
                let difference = Int128(time) - Int128(origin)
                var rest = difference % Int128(length)
                if rest < 0 { rest += Int128(length) }
                guard let start = Int64(exactly: Int128(time) - rest) else { return .failure(.outOfRange(type)) }
                return .value(start)
            }
        }
    }

    private static let bins: [LibraryEntry] = [
        bin(.timestamp, .timestamp), bin(.timestamptz, .timestamptz),
        LibraryEntry(
            "date_trunc", group: .time, "A span of time without what is finer than the field.", [.text, .interval], .interval
        ) { operands, _ in
            let constant = Kernels.constantText(operands, 0).flatMap { TimeField($0) }
            return Kernels.spans { arguments, row in
                guard let field = constant ?? TimeField(arguments.string(0, row)),
                    let span = TimeSpans.truncate(arguments.interval(1, row), to: field)
                else {
                    return .invalid("units \"\(arguments.string(0, row))\" not supported for type interval")
                }
                return .value(span)
            }
        },
        LibraryEntry(
            "date_trunc", group: .time, "The start of the hour, day, month … in a zone.", [.text, .timestamptz, .text],
            result: "TIMESTAMPTZ"
        ) { operands throws(TypeError) in
            let local = try Typing.atTimeZone(operands[1], operands[2])
            return try Typing.atTimeZone(Typing.call("date_trunc", [operands[0], local]), operands[2])
        },
        LibraryEntry(
            "timezone", group: .time, "As `AT TIME ZONE`: the zone, the time.", [.any, .any], result: "TIMESTAMP"
        ) { operands throws(TypeError) in try Typing.atTimeZone(operands[1], operands[0]) },
    ]

    // MARK: - Fewer digits

    /// Half a unit is rounded away from the beginning of the year 2000, where PostgreSQL counts from.
    private static func rounded(_ value: Int64, digits: Int64, from origin: Int64) -> Int64 {
        var unit: Int64 = 1
        for _ in max(0, min(digits, 6))..<6 { unit *= 10 }
        let distance = Int128(value) - Int128(origin)
        let half = Int128(unit / 2)
        let count = (distance < 0 ? distance - half : distance + half) / Int128(unit)
        return Int64(clamping: count * Int128(unit) + Int128(origin))
    }

    private static let year2000: Int64 = 946_684_800_000_000

    private static func scale(
        _ name: String, _ type: LibraryEntry.Parameter, _ result: LibraryEntry.Result, from origin: Int64
    ) -> LibraryEntry {
        LibraryEntry(
            name, group: .time, "Rounded to so many digits of a second.", [type, .int], result, mayFail: false
        ) { _, _ in
            Kernels.integers { arguments, row in
                .value(rounded(arguments.int64(0, row), digits: arguments.int64(1, row), from: origin))
            }
        }
    }

    private static let scales: [LibraryEntry] = [
        scale("timestamp_scale", .timestamp, .timestamp, from: year2000),
        scale("timestamptz_scale", .timestamptz, .timestamptz, from: year2000),
        scale("time_scale", .time, .time, from: 0),
        LibraryEntry(
            "interval_scale", group: .time, "Rounded to so many digits of a second.", [.interval, .int], .interval,
            mayFail: false
        ) { _, _ in
            Kernels.spans { arguments, row in
                var span = arguments.interval(0, row)
                span.microseconds = rounded(span.microseconds, digits: arguments.int64(1, row), from: 0)
                return .value(span)
            }
        },
    ]

    // MARK: - From parts

    private static let dateParts: [LibraryEntry.Parameter] = [.int, .int, .int, .int, .int, .double]

    private static func timestamp(_ arguments: RowArguments, _ row: Int) -> RowValue<Int64> {
        let day = TimeParts.date(arguments.int64(0, row), arguments.int64(1, row), arguments.int64(2, row))
        let time = TimeParts.time(arguments.int64(3, row), arguments.int64(4, row), arguments.double(5, row))
        switch (day, time) {
        case (.value(let day), .value(let time)):
            return CivilTime.timestamp(day: day, time: time).map { .value($0) } ?? .failure(.outOfRange(.timestamp))
        case (.value, _): return time
        default: return day
        }
    }

    private static let makers: [LibraryEntry] = [
        LibraryEntry("make_date", group: .time, "Year, month and day.", [.int, .int, .int], .date) { _, _ in
            Kernels.integers { TimeParts.date($0.int64(0, $1), $0.int64(1, $1), $0.int64(2, $1)) }
        },
        LibraryEntry("make_time", group: .time, "Hour, minute and seconds.", [.int, .int, .double], .time) { _, _ in
            Kernels.integers { TimeParts.time($0.int64(0, $1), $0.int64(1, $1), $0.double(2, $1)) }
        },
        LibraryEntry(
            "make_timestamp", group: .time, "Year, month, day, hour, minute and seconds.", dateParts, .timestamp
        ) { _, _ in Kernels.integers { timestamp($0, $1) } },
        LibraryEntry(
            "make_timestamptz", group: .time, "Year, month, day, hour, minute, seconds and perhaps a zone.",
            dateParts + [.text], optional: 1, .timestamptz
        ) { _, _ in
            Kernels.integers { arguments, row in
                let local = timestamp(arguments, row)
                guard arguments.count > 6, case .value(let value) = local else { return local }
                let zone = arguments.string(6, row)
                guard let offset = TextCodec.zoneOffset(zone) else {
                    return .invalid("time zone \"\(zone)\" not recognized")
                }
                let (moved, overflow) = value.subtractingReportingOverflow(offset)
                return overflow ? .failure(.outOfRange(.timestamptz)) : .value(moved)
            }
        },
        LibraryEntry(
            "make_interval", group: .time, "Years, months, weeks, days, hours, minutes and seconds.",
            [.int, .int, .int, .int, .int, .int, .double], optional: 7, .interval
        ) { _, _ in
            Kernels.spans { arguments, row in
                func part(_ index: Int) -> Int64 { index < arguments.count ? arguments.int64(index, row) : 0 }
                let seconds = arguments.count > 6 ? arguments.double(6, row) : 0
                guard seconds.isFinite, let months = Int32(exactly: part(0) * 12 + part(1)),
                    let days = Int32(exactly: part(2) * 7 + part(3)),
                    let micros = Int64(exactly: (seconds * 1_000_000).rounded(.toNearestOrEven)),
                    let time = Int64(
                        exactly: Int128(part(4)) * 3_600_000_000 + Int128(part(5)) * 60_000_000 + Int128(micros))
                else { return .failure(.outOfRange(.interval)) }
                return .value(Interval(months: months, days: days, microseconds: time))
            }
        },
    ]

    private static func justified(
        _ name: String, _ summary: String, _ change: @escaping @Sendable (Interval) -> Interval?
    ) -> LibraryEntry {
        LibraryEntry(name, group: .time, summary, [.interval], .interval) { _, _ in
            Kernels.spans { change($0.interval(0, $1)).map { .value($0) } ?? .failure(.outOfRange(.interval)) }
        }
    }

    private static let justifications: [LibraryEntry] = [
        justified("justify_hours", "With each 24 hours as a day.") { TimeSpans.justifyHours($0) },
        justified("justify_days", "With each 30 days as a month.") { TimeSpans.justifyDays($0) },
        justified("justify_interval", "With 24 hours as a day, 30 days as a month, and one sign.") {
            TimeSpans.justifyInterval($0)
        },
    ]

    // MARK: - Flink's spellings

    private static func field(_ name: String, _ field: String, _ summary: String, plus: Int64 = 0) -> LibraryEntry {
        LibraryEntry(name, group: .time, summary, [.any], result: "BIGINT") { operands throws(TypeError) in
            let value = try Typing.call("floor", [Typing.extract(field: field, operands[0])])
            let whole = Conversion.convert(value, to: .bigint)
            return plus == 0 ? whole : try Typing.binary("+", whole, .literal(.int64(plus), .bigint))
        }
    }

    private static let flinkFields: [LibraryEntry] = [
        field("year", "year", "The year of a time, as in Flink."),
        field("quarter", "quarter", "The quarter of a time, as in Flink."),
        field("month", "month", "The month of a time, as in Flink."),
        field("week", "week", "The ISO week of a time, as in Flink."),
        field("dayofyear", "doy", "The day of the year, as in Flink."),
        field("dayofmonth", "day", "The day of the month, as in Flink."),
        field("dayofweek", "dow", "The day of the week, 1 is Sunday, as in Flink.", plus: 1),
        field("hour", "hour", "The hour of a time, as in Flink."),
        field("minute", "minute", "The minute of a time, as in Flink."),
        field("second", "second", "The whole second of a time, as in Flink."),
    ]

    private static func difference(_ type: LibraryEntry.Parameter) -> LibraryEntry {
        LibraryEntry(
            "timestampdiff", group: .time, "How many whole units lie from the second to the third, as in Flink.",
            [.text, type, type], .bigint
        ) { operands, _ in
            let constant = Kernels.constantText(operands, 0).flatMap { TimeField($0) }
            return Kernels.integers { arguments, row in
                guard let unit = constant ?? TimeField(arguments.string(0, row)),
                    let count = TimeSpans.count(unit, arguments.int64(1, row), arguments.int64(2, row))
                else { return .invalid("unknown unit of time \"\(arguments.string(0, row))\"") }
                return .value(count)
            }
        }
    }

    private static func sum(_ type: LibraryEntry.Parameter, _ result: LibraryEntry.Result) -> LibraryEntry {
        LibraryEntry(
            "timestampadd", group: .time, "The third moved by so many units, as in Flink.", [.text, .bigint, type], result
        ) { operands, type in
            let constant = Kernels.constantText(operands, 0).flatMap { TimeField($0) }
            return Kernels.integers { arguments, row in
                guard let unit = constant ?? TimeField(arguments.string(0, row)), TimeSpans.isUnit(unit) else {
                    return .invalid("unknown unit of time \"\(arguments.string(0, row))\"")
                }
                guard let span = TimeSpans.span(unit, arguments.int64(1, row)),
                    let moved = CivilTime.add(span, to: arguments.int64(2, row))
                else { return .failure(.outOfRange(type)) }
                return .value(moved)
            }
        }
    }

    private static let flinkTimes: [LibraryEntry] = [
        sum(.timestamp, .timestamp), sum(.timestamptz, .timestamptz),
        difference(.timestamp), difference(.timestamptz),
        LibraryEntry(
            "datediff", group: .time, "How many days lie from the second to the first.", [.date, .date], result: "INT"
        ) {
            operands throws(TypeError) in try Typing.binary("-", operands[0], operands[1])
        },
        LibraryEntry(
            "date_format", group: .time, "A time by a pattern like `yyyy-MM-dd HH:mm:ss.SSS`, as in Flink.",
            [.timestamp, .text], .text
        ) { _, _ in JavaTimePattern.kernel() },
        LibraryEntry(
            "date_format", group: .time, "A time in UTC by a pattern like `yyyy-MM-dd HH:mm:ss.SSS`, as in Flink.",
            [.timestamptz, .text], .text
        ) { _, _ in JavaTimePattern.kernel() },
        LibraryEntry(
            "format_timestamp", group: .time, "A time by a pattern like `%Y-%m-%d %H:%M:%S`, as in Feldera and BigQuery.",
            [.text, .timestamp], .text
        ) { _, _ in JavaTimePattern.kernel(percent: true) },
        LibraryEntry(
            "format_timestamp", group: .time, "A time in UTC by a pattern like `%Y-%m-%d %H:%M:%S`.",
            [.text, .timestamptz], .text
        ) { _, _ in JavaTimePattern.kernel(percent: true) },
        LibraryEntry(
            "from_unixtime", group: .time, "Seconds since 1970 as a text, perhaps by a pattern, as in Flink.",
            [.bigint, .text], optional: 1, .text
        ) { _, _ in JavaTimePattern.kernel(seconds: true) },
        LibraryEntry(
            "unix_timestamp", group: .time, "Whole seconds since 1970, as in Flink.", [.timestamp], .bigint, mayFail: false
        ) { _, _ in
            Kernels.integers { arguments, row in
                let (seconds, rest) = arguments.int64(0, row).quotientAndRemainder(dividingBy: 1_000_000)
                return .value(rest < 0 ? seconds - 1 : seconds)
            }
        },
        LibraryEntry(
            "to_timestamp_ltz", group: .time, "Seconds (0) or milliseconds (3) since 1970 as a time, as in Flink.",
            [.bigint, .int], .timestamptz
        ) { _, _ in
            Kernels.integers { arguments, row in
                let unit = arguments.int64(1, row)
                guard unit == 0 || unit == 3 else { return .invalid("the precision of to_timestamp_ltz must be 0 or 3") }
                let (value, overflow) = arguments.int64(0, row).multipliedReportingOverflow(by: unit == 0 ? 1_000_000 : 1000)
                return overflow ? .failure(.outOfRange(.timestamptz)) : .value(value)
            }
        },
        LibraryEntry("to_timestamp", group: .time, "The time that a text holds, as in Flink.", [.text], result: "TIMESTAMP")
        {
            operands throws(TypeError) in try Typing.cast(operands[0], to: .timestamp)
        },
        LibraryEntry("to_date", group: .time, "The date that a text holds, as in Flink.", [.text], result: "DATE") {
            operands throws(TypeError) in try Typing.cast(operands[0], to: .date)
        },
    ]
}
