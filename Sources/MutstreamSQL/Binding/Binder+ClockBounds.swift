import MutstreamColumnar
import MutstreamDataflow

/// Comparisons with the clock as the times from which on, and until which, a row is there.
extension Binder {
    private static let clockUsage = "write a comparison such as at > NOW() - INTERVAL '5 minutes'"

    /// `time OP NOW() ± length`, `time OP CURRENT_DATE ± length`, `NOW() - time OP length`, and NOT before them.
    func clockBound(
        _ condition: Expression, _ now: Int, _ range: SourceRange
    ) throws(SQLError) -> (from: Expression?, until: Expression?) {
        switch condition.node {
        case .not(let inner):
            guard case .call(let function, let operands) = inner.node, let opposite = Binder.opposite(function) else {
                break
            }
            return try clockBound(Expression(.call(opposite, operands), .boolean), now, range)
        case .or, .and, .isTruth, .caseWhen:
            throw SQLError(
                "a comparison with NOW() stands alone or beside others joined by AND, not inside of OR, NOT or CASE",
                at: range, hint: "put the branches of OR into views of their own and join them by UNION")
        case .call(let function, let operands) where operands.count == 2:
            if let turned = Binder.turned(function, operands, now) { return try clockBound(turned, now, range) }
            guard operands[0].columns.contains(now) != operands[1].columns.contains(now) else { break }
            let isFirst = operands[0].columns.contains(now)
            let (clock, time) = isFirst ? (operands[0], operands[1]) : (operands[1], operands[0])
            guard let shift = try Binder.shift(clock, now, range) else {
                throw SQLError(
                    "found a computation with NOW(), expected NOW() plus or minus an INTERVAL", at: range,
                    hint: Binder.clockUsage)
            }
            do throws(TypeError) {
                let time = time.type == .date ? try Typing.cast(time, to: .timestamp) : time
                let moved = try Binder.moved(time, by: 0 - shift.length)
                return try bound(isFirst ? Binder.mirrored(function) : function, moved, shift.isDay, range)
            } catch { throw SQLError(error.message, at: range, hint: error.hint) }
        default: break
        }
        throw SQLError("NOW() can only be compared with a time", at: range, hint: Binder.clockUsage)
    }

    /// `time OP clock`, where the clock may be cut to its day.
    private func bound(
        _ function: Function, _ time: Expression, _ isDay: Bool, _ range: SourceRange
    ) throws(TypeError) -> (from: Expression?, until: Expression?) {
        // The first time at which the clock is more than it, and the first at which it is as much.
        var after = try Binder.moved(time, by: 1)
        var at = time
        if isDay {
            let cut = { (time: Expression) throws(TypeError) in
                try Binder.moved(Expression(.call(.dateTrunc(.day), [time]), time.type), by: CivilTime.microsecondsPerDay)
            }
            after = try cut(time)
            at = try cut(try Binder.moved(time, by: -1))
        }
        switch function {
        case .greater: return (nil, at)
        case .greaterOrEqual: return (nil, after)
        case .less: return (after, nil)
        case .lessOrEqual: return (at, nil)
        case .equal where isDay: return (at, after)
        default: throw TypeError("NOW() is compared by <, <=, > or >=", hint: Binder.clockUsage)
        }
    }

    private static func moved(_ time: Expression, by length: Int64) throws(TypeError) -> Expression {
        if length == 0 { return time }
        return try Typing.binary(
            "+", time, Expression(.literal(.interval(Interval(microseconds: length))), .interval))
    }

    /// `NOW() - time OP length` as `NOW() - length OP time`, and its like.
    private static func turned(_ function: Function, _ operands: [Expression], _ now: Int) -> Expression? {
        for (index, span) in operands.enumerated() where span.type == .interval {
            let length = operands[1 - index]
            guard case .call(.subtract, let parts) = span.node, parts.count == 2, length.literalValue != nil,
                parts[0].type != .interval, parts[1].type != .interval,
                parts[0].columns.contains(now) != parts[1].columns.contains(now)
            else { continue }
            // a - b OP length: a - length OP b.
            guard let left = try? Typing.binary("-", parts[0], length) else { return nil }
            let sides = index == 0 ? [left, parts[1]] : [parts[1], left]
            return Expression(.call(function, sides), .boolean)
        }
        return nil
    }

    private static func mirrored(_ function: Function) -> Function {
        switch function {
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        default: function
        }
    }

    private static func opposite(_ function: Function) -> Function? {
        switch function {
        case .less: .greaterOrEqual
        case .lessOrEqual: .greater
        case .greater: .lessOrEqual
        case .greaterOrEqual: .less
        default: nil
        }
    }

    /// How far an expression is from the clock, or from the day it shows, in microseconds; nil: it is no constant distance.
    private static func shift(
        _ expression: Expression, _ now: Int, _ range: SourceRange
    ) throws(SQLError) -> (length: Int64, isDay: Bool)? {
        switch expression.node {
        case .column(now): return (0, false)
        case .cast(let inner, _) where expression.type == .timestamp || expression.type == .timestamptz:
            return try shift(inner, now, range)
        case .cast(let inner, _) where expression.type == .date:
            guard let below = try shift(inner, now, range), below.length == 0, !below.isDay else { return nil }
            return (0, true)
        case .call(let function, let operands) where operands.count == 2 && (function == .add || function == .subtract):
            guard let first = try shift(operands[0], now, range), first.length.magnitude < 1 << 60 else { return nil }
            let length: Int64
            switch operands[1].literalValue {
            case .interval(let interval)?:
                guard let exact = interval.exactMicroseconds else {
                    throw SQLError(
                        "an INTERVAL with months or years has no fixed length, so that it says of no row how long it stays",
                        at: range, hint: "write it in days")
                }
                length = exact
            case .int64(let days)? where expression.type == .date && days.magnitude < 1 << 20:
                length = days * CivilTime.microsecondsPerDay
            default: return nil
            }
            guard length.magnitude < 1 << 60 else { return nil }
            return (function == .add ? first.length + length : first.length - length, first.isDay)
        default: return nil
        }
    }
}
