import MutstreamColumnar

/// `AT TIME ZONE`.
extension Typing {
    /// A TIMESTAMP as the local time of a zone becomes the point of time (TIMESTAMPTZ); a TIMESTAMPTZ becomes the local
    /// time of the zone (TIMESTAMP).
    ///
    /// The zone is a name of the tz database, or an offset as text (`'+02'` counts west of Greenwich there, as POSIX and
    /// PostgreSQL have it) or as an interval (counts east).
    package static func atTimeZone(_ time: Expression, _ zone: Expression) throws(TypeError) -> Expression {
        let zone = resolveUntyped(zone).folded()
        var time = time
        if case .untyped(let text) = time.node {
            time = try at(0) { () throws(TypeError) in try Conversion.literal(text, .timestamptz) }
        }
        // A day is a point of time before it is anything else.
        if time.type == .date { time = Conversion.convert(time, to: .timestamptz) }
        guard time.type.isTimestamp else {
            throw TypeError("AT TIME ZONE needs a TIMESTAMP or TIMESTAMPTZ, found \(time.type.name)", argument: 0)
        }
        let result: DataType = time.type == .timestamp ? .timestamptz : .timestamp
        guard let offset = try at(1, { () throws(TypeError) in try fixedOffset(zone) }) else {
            let name = time.type == .timestamp ? "from_local_time" : "to_local_time"
            return try call(name, [time, zone])
        }
        if offset.literalValue == .interval(Interval(microseconds: 0)) { return Conversion.convert(time, to: result) }
        let moved = Expression(.call(time.type == .timestamp ? .subtract : .add, [time, offset]), time.type)
        return Conversion.convert(moved, to: result)
    }

    /// How far the zone is ahead of UTC, as an interval; nil: by a name that says it only with a time.
    private static func fixedOffset(_ zone: Expression) throws(TypeError) -> Expression? {
        switch zone.type {
        case .interval:
            if case .interval(let value)? = zone.literalValue, value.exactMicroseconds == nil {
                throw TypeError("an interval as a time zone has no months")
            }
            return zone
        case .text:
            guard case .text(let name)? = zone.literalValue else { return nil }
            if let offset = Zones.fixed(name) { return .literal(.interval(Interval(microseconds: offset)), .interval) }
            if TimeZoneRules.named(name) != nil { return nil }
            throw TypeError(
                "time zone \"\(name)\" is not known", hint: "use a name such as 'Europe/Berlin', or INTERVAL '2 hours'")
        default: throw TypeError("a time zone is TEXT or INTERVAL, found \(zone.type.name)")
        }
    }
}

/// Zones by name, row by row.
enum Zones {
    /// Microseconds ahead of UTC of a zone that never changes.
    static func fixed(_ name: String) -> Int64? {
        guard let offset = TextCodec.zoneOffset(name) else { return nil }
        return name.contains { $0 == "+" || $0 == "-" } ? -offset : offset
    }

    /// The local time of a zone (`isLocal` false: of a point of time), or the point of time of a local time.
    static func moved(_ time: Int64, _ zone: TimeZoneRules, isLocal: Bool) -> Int64? {
        let seconds = CivilTime.seconds(time)
        let offset = (isLocal ? zone.offset(local: seconds) : zone.offset(at: seconds)) * 1_000_000
        let (value, overflow) =
            isLocal ? time.subtractingReportingOverflow(offset) : time.addingReportingOverflow(offset)
        return overflow ? nil : value
    }

    static func kernel(_ operands: [Expression], isLocal: Bool) -> Kernel {
        var name = Kernels.constantText(operands, 1) ?? ""
        var zone = TimeZoneRules.named(name)
        var offset = fixed(name)
        return Kernels.integers { arguments, row in
            let text = arguments.text(1, row)
            if !Kernels.equal(text, name) {
                name = arguments.string(1, row)
                zone = TimeZoneRules.named(name)
                offset = fixed(name)
            }
            let time = arguments.int64(0, row)
            let result: Int64?
            if let offset {
                result = isLocal ? time &- offset : time &+ offset
            } else if let zone {
                result = moved(time, zone, isLocal: isLocal)
            } else {
                return .invalid("time zone \"\(name)\" is not known")
            }
            return result.map { .value($0) } ?? .failure(.outOfRange(isLocal ? .timestamptz : .timestamp))
        }
    }
}

extension Kernels {
    fileprivate static func equal(_ bytes: UnsafeRawBufferPointer, _ text: String) -> Bool {
        bytes.elementsEqual(text.utf8)
    }
}

extension Library {
    static let zones: [LibraryEntry] = [
        LibraryEntry(
            "to_local_time", group: .time, "The local time of a zone: time, name. As `time AT TIME ZONE name`.",
            [.timestamptz, .text], .timestamp
        ) { operands, _ in Zones.kernel(operands, isLocal: false) },
        LibraryEntry(
            "from_local_time", group: .time, "The point of time of a zone's local time: time, name. As `AT TIME ZONE`.",
            [.timestamp, .text], .timestamptz
        ) { operands, _ in Zones.kernel(operands, isLocal: true) },
    ]
}
