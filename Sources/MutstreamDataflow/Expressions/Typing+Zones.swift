import MutstreamColumnar

/// `AT TIME ZONE`.
extension Typing {
    /// A TIMESTAMP as the local time of a zone becomes the point of time (TIMESTAMPTZ); a TIMESTAMPTZ becomes the local
    /// time of the zone (TIMESTAMP).
    ///
    /// The zone is a constant: a name of UTC, or an offset, as text (`'+02'` counts west of Greenwich there, as POSIX and
    /// PostgreSQL have it) or as an interval (counts east). Zones whose offset changes are refused.
    package static func atTimeZone(_ time: Expression, _ zone: Expression) throws(TypeError) -> Expression {
        let offset = try at(1) { () throws(TypeError) in try zoneOffset(zone) }
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
        let moved = Expression(
            .call(
                time.type == .timestamp ? .subtract : .add,
                [time, .literal(.interval(Interval(microseconds: offset)), .interval)]), time.type)
        return Conversion.convert(offset == 0 ? time : moved, to: result)
    }

    /// Microseconds that a constant zone is ahead of UTC.
    private static func zoneOffset(_ zone: Expression) throws(TypeError) -> Int64 {
        switch resolveUntyped(zone).folded().literalValue {
        case .interval(let interval)?:
            if let offset = interval.exactMicroseconds { return offset }
        case .text(let name)?:
            if let offset = TextCodec.zoneOffset(name) {
                return name.contains { $0 == "+" || $0 == "-" } ? -offset : offset
            }
            throw TypeError(
                "time zone \"\(name)\" is not known", hint: "use 'UTC', or an offset such as INTERVAL '2 hours'")
        default: break
        }
        throw TypeError("the time zone must be a constant", hint: "use 'UTC', or an offset such as INTERVAL '2 hours'")
    }
}
