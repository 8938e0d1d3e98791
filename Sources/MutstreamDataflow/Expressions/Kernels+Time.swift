import MutstreamColumnar

/// Dates, times and intervals.
extension Kernels {
    @inline(__always)
    private static func checked<T>(_ value: T?, _ absent: T) -> (T, Fault) {
        if let value { (value, 0) } else { (absent, outside) }
    }

    static func temporal(_ function: Function, _ lhs: DataType, _ rhs: DataType) -> BinaryKernel {
        let adds = function == .add
        switch (lhs, rhs) {
        case (.timestamp, .interval), (.timestamptz, .interval):
            return { left, rhs, validity, n, faults in
                .int64(
                    tryMap(left.int64s, rhs.intervals, validity, n, &faults, { reason($0, lhs) }) {
                        if $1.months == 0,
                            let span = $1.days == 0 ? Optional($1.microseconds) : $1.exactMicroseconds
                        {
                            let (value, overflow) =
                                adds ? $0.addingReportingOverflow(span) : $0.subtractingReportingOverflow(span)
                            return (value, overflow ? outside : 0)
                        }
                        return checked(adds ? CivilTime.add($1, to: $0) : CivilTime.subtract($1, from: $0), 0)
                    })
            }
        case (.time, .interval):
            // Only the time of day of the interval counts, and the result stays within the day.
            return { lhs, rhs, _, n, _ in
                .int64(
                    map(lhs.int64s, rhs.intervals, n) {
                        let span = CivilTime.split($1.microseconds).time
                        return CivilTime.split(adds ? $0 &+ span : $0 &- span).time
                    })
            }
        case (.time, .time):
            return { lhs, rhs, _, n, _ in
                .interval(map(lhs.int64s, rhs.int64s, n) { Interval(microseconds: $0 &- $1) })
            }
        case (.date, .time):
            return { lhs, rhs, validity, n, faults in
                .int64(
                    tryMap(lhs.int64s, rhs.int64s, validity, n, &faults, { reason($0, .timestamp) }) {
                        checked(CivilTime.timestamp(day: $0, time: $1), 0)
                    })
            }
        case (.timestamp, .timestamp), (.timestamptz, .timestamptz):
            return { lhs, rhs, validity, n, faults in
                .interval(
                    tryMap(lhs.int64s, rhs.int64s, validity, n, &faults, { reason($0, .interval) }) {
                        checked(CivilTime.difference($0, $1), Interval())
                    })
            }
        case (.date, .date):
            return { lhs, rhs, validity, n, faults in
                .int64(
                    tryMap(lhs.int64s, rhs.int64s, validity, n, &faults, { reason($0, .int) }) {
                        let value = $0 &- $1
                        return (value, Int32(exactly: value) == nil ? outside : 0)
                    })
            }
        case (.date, .int):
            return { lhs, rhs, validity, n, faults in
                .int64(
                    tryMap(lhs.int64s, rhs.int64s, validity, n, &faults, { reason($0, .date) }) {
                        let (value, overflow) = adds ? $0.addingReportingOverflow($1) : $0.subtractingReportingOverflow($1)
                        // From 4714-11-24 BC to 5874897-12-31: PostgreSQL's dates.
                        return (value, overflow || value < -2_440_588 || value >= 2_145_042_906 ? outside : 0)
                    })
            }
        case (.interval, .interval):
            return { lhs, rhs, validity, n, faults in
                .interval(
                    tryMap(lhs.intervals, rhs.intervals, validity, n, &faults, { reason($0, .interval) }) {
                        sum($0, $1, adds)
                    })
            }
        default:
            let divides = function == .divide
            return { lhs, rhs, validity, n, faults in
                .interval(
                    tryMap(lhs.intervals, rhs.doubles, validity, n, &faults, { reason($0, .interval) }) {
                        if divides { return $1 == 0 ? (Interval(), zero) : scaled($0, $1, true) }
                        return scaled($0, $1, false)
                    })
            }
        }
    }

    private static func sum(_ a: Interval, _ b: Interval, _ adds: Bool) -> (Interval, Fault) {
        let (months, o1) =
            adds ? a.months.addingReportingOverflow(b.months) : a.months.subtractingReportingOverflow(b.months)
        let (days, o2) = adds ? a.days.addingReportingOverflow(b.days) : a.days.subtractingReportingOverflow(b.days)
        let (micros, o3) =
            adds
            ? a.microseconds.addingReportingOverflow(b.microseconds)
            : a.microseconds.subtractingReportingOverflow(b.microseconds)
        return (Interval(months: months, days: days, microseconds: micros), o1 || o2 || o3 ? outside : 0)
    }

    /// As PostgreSQL multiplies: fractions of months become days of 30, fractions of days become time.
    private static func scaled(_ span: Interval, _ factor: Double, _ divides: Bool) -> (Interval, Fault) {
        func times(_ x: Double) -> Double { divides ? x / factor : x * factor }
        func cut(_ x: Double) -> Double { (x * 1_000_000).rounded(.toNearestOrEven) / 1_000_000 }
        guard let months = Int32(exactly: times(Double(span.months)).rounded(.towardZero)),
            let days = Int32(exactly: times(Double(span.days)).rounded(.towardZero))
        else { return (Interval(), outside) }
        var monthDays = (times(Double(span.months)) - Double(months)) * 30
        monthDays = cut(monthDays)
        var seconds = cut(
            (times(Double(span.days)) - Double(days) + monthDays - monthDays.rounded(.towardZero)) * 86_400)
        var extra = 0.0
        if seconds.magnitude >= 86_400 {
            extra = (seconds / 86_400).rounded(.towardZero)
            seconds -= extra * 86_400
        }
        let (allDays, overflow) = days.addingReportingOverflow(Int32(monthDays.rounded(.towardZero)) + Int32(extra))
        guard !overflow,
            let micros = Int64(exactly: (times(Double(span.microseconds)) + seconds * 1_000_000).rounded(.toNearestOrEven))
        else { return (Interval(), outside) }
        return (Interval(months: months, days: allDays, microseconds: micros), 0)
    }

    // MARK: - Fields

    static func extract(_ field: TimeField, _ type: DataType) -> UnaryKernel {
        switch type {
        case .date:
            return { operand, _, n, _ in .decimal(map(operand.int64s, n) { Int128(CivilTime.extract(field, day: $0)) }) }
        case .time:
            // As of a span since midnight: 24:00:00 is the hour 24.
            return { operand, _, n, _ in
                .decimal(
                    map(operand.int64s, n) {
                        Int128(CivilTime.extract(field, interval: Interval(microseconds: $0)) ?? 0)
                    })
            }
        case .interval:
            return { operand, validity, n, faults in
                .decimal(
                    tryMap(operand.intervals, validity, n, &faults, { _ in .outOfRange(.interval) }) {
                        checked(CivilTime.extract(field, interval: $0).map { Int128($0) }, 0)
                    })
            }
        default:
            return { operand, _, n, _ in .decimal(map(operand.int64s, n) { Int128(CivilTime.extract(field, timestamp: $0)) })
            }
        }
    }

    static func dateTrunc(_ field: TimeField) -> UnaryKernel {
        { operand, validity, n, faults in
            .int64(
                tryMap(operand.int64s, validity, n, &faults, { reason($0, .timestamp) }) {
                    checked(CivilTime.truncate($0, to: field), 0)
                })
        }
    }

    static var toTimestamp: UnaryKernel {
        { operand, validity, n, faults in
            .int64(
                tryMap(operand.doubles, validity, n, &faults, { reason($0, .timestamp) }) {
                    checked(Int64(exactly: ($0 * 1_000_000).rounded(.toNearestOrEven)), 0)
                })
        }
    }

    /// The greatest multiple of `size`, shifted by `offset`, that is not after the time.
    static func tumbleStart(_ size: Int64, _ offset: Int64) -> FreeKernel {
        // Both are constants: only what remains of the offset in one window counts.
        let shift = (offset % size + size) % size
        return { columns, n, faults in
            let times = columns[0]
            // Times that follow each other mostly share their window.
            var known: Int64 = 0
            let values = tryMap(times.int64s, times.validity, n, &faults, { reason($0, .timestamp) }) {
                if known != 0, $0 >= known, $0 &- known >= 0, $0 &- known < size { return (known, 0) }
                // (time - shift) mod size without leaving Int64.
                let part = $0 % size
                var rest = part >= 0 ? part - shift : part &+ (size &- shift)
                if rest < 0 { rest &+= size }
                let (start, overflow) = $0.subtractingReportingOverflow(rest)
                known = overflow ? 0 : start
                return (start, overflow ? outside : 0)
            }
            if let validity = times.validity {
                for row in 0..<n where !validity[row] { faults.add(row, .windowTimeNull) }
                faults.rows.sort { $0.row < $1.row }
            }
            return .int64(values, times.validity)
        }
    }
}
