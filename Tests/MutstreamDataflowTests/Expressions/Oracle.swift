import MutstreamColumnar

@testable import MutstreamDataflow

/// One row at a time, by the book: what the columnar evaluator is held against. Shares no kernel with it.
struct Oracle {
    struct Failed: Error {}

    var row: [Value]

    func value(_ expression: Expression) throws -> Value {
        switch expression.node {
        case .column(let index): return row[index]
        case .literal(let value): return value
        case .untyped(let text): return text.map { .text($0) } ?? .null
        case .and(let operands): return try logic(operands, false)
        case .or(let operands): return try logic(operands, true)
        case .not(let operand):
            guard case .bool(let value) = try value(operand) else { return .null }
            return .bool(!value)
        case .isNull(let operand): return .bool(try value(operand).isNull)
        case .isTruth(let operand, let wanted): return .bool(try value(operand) == .bool(wanted))
        case .isDistinct(let lhs, let rhs):
            let (left, right) = (try value(lhs), try value(rhs))
            if left.isNull || right.isNull { return .bool(left.isNull != right.isNull) }
            return .bool(Oracle.order(left, lhs.type, right, rhs.type) != 0)
        case .caseWhen(let branches, let otherwise):
            for branch in branches where try value(branch.condition) == .bool(true) { return try value(branch.result) }
            return try otherwise.map { try value($0) } ?? .null
        case .coalesce(let operands):
            for operand in operands {
                let value = try value(operand)
                if !value.isNull { return value }
            }
            return .null
        case .nullif(let lhs, let rhs, _):
            let (left, right) = (try value(lhs), try value(rhs))
            if !left.isNull, !right.isNull, Oracle.order(left, lhs.type, right, rhs.type) == 0 { return .null }
            return left
        case .inList(let needle, let members):
            let left = try value(needle)
            var result = Value.bool(false)
            for member in members {
                let right = try value(member)
                if left.isNull || right.isNull {
                    if result == .bool(false) { result = .null }
                } else if Oracle.order(left, needle.type, right, member.type) == 0 {
                    result = .bool(true)
                }
            }
            return left.isNull ? .null : result
        case .cast(let operand, let isTry):
            do {
                return try Oracle.cast(try value(operand), operand.type, expression.type)
            } catch {
                if isTry { return .null }
                throw error
            }
        case .call(let function, let operands):
            return try call(function, operands, expression.type)
        }
    }

    private func logic(_ operands: [Expression], _ deciding: Bool) throws -> Value {
        var result = Value.bool(!deciding)
        for operand in operands {
            let value = try value(operand)
            if value == .bool(deciding) { return value }
            if value.isNull { result = .null }
        }
        return result
    }

    static func order(_ lhs: Value, _ leftType: DataType, _ rhs: Value, _ rightType: DataType) -> Int {
        switch (lhs, rhs) {
        case (.bool(let x), .bool(let y)): return x == y ? 0 : x ? 1 : -1
        case (.int64(let x), .int64(let y)): return x < y ? -1 : x == y ? 0 : 1
        case (.double(let x), .double(let y)):
            if x.isNaN || y.isNaN { return x.isNaN && y.isNaN ? 0 : x.isNaN ? 1 : -1 }
            return x < y ? -1 : x == y ? 0 : 1
        case (.decimal(let x), .decimal(let y)):
            let (left, right) = (x * power(rightType.scale), y * power(leftType.scale))
            return left < right ? -1 : left == right ? 0 : 1
        case (.text(let x), .text(let y)):
            let (left, right) = (Array(x.utf8), Array(y.utf8))
            return left == right ? 0 : left.lexicographicallyPrecedes(right) ? -1 : 1
        default: preconditionFailure("operands of one type")
        }
    }

    static func power(_ exponent: Int) -> Int128 { (0..<exponent).reduce(1) { value, _ in value * 10 } }

    private static func integer(_ value: Int128, _ type: DataType) throws -> Value {
        let range: ClosedRange<Int128> =
            type == .int ? Int128(Int32.min)...Int128(Int32.max) : Int128(Int64.min)...Int128(Int64.max)
        guard range.contains(value) else { throw Failed() }
        return .int64(Int64(value))
    }

    private static func decimal(_ value: Int128, _ type: DataType) throws -> Value {
        guard case .decimal(let precision, _) = type, value.magnitude < power(precision).magnitude else { throw Failed() }
        return .decimal(value)
    }

    private static func away(_ value: Int128, _ unit: Int128) -> Int128 {
        let half = value < 0 ? -(unit / 2) : unit / 2
        return unit == 1 ? value : (value + half) / unit
    }

    static func cast(_ value: Value, _ from: DataType, _ to: DataType) throws -> Value {
        if value.isNull || from == to { return value }
        switch (value, to) {
        case (_, .text): return .text(TextCodec.text(value, from))
        case (.int64(let x), .int), (.int64(let x), .bigint): return try integer(Int128(x), to)
        case (.int64(let x), .double): return .double(Double(x))
        case (.int64(let x), .decimal): return try decimal(Int128(x) * power(to.scale), to)
        case (.int64(let x), .boolean): return .bool(x != 0)
        case (.bool(let x), .int): return .int64(x ? 1 : 0)
        case (.double(let x), .int), (.double(let x), .bigint):
            guard x.magnitude < 1e30 else { throw Failed() }
            return try integer(Int128(x.rounded(.toNearestOrEven)), to)
        case (.decimal(let x), .int), (.decimal(let x), .bigint): return try integer(away(x, power(from.scale)), to)
        case (.decimal(let x), .double): return .double(Double(TextCodec.text(.decimal(x), from)) ?? 0)
        case (.decimal(let x), .decimal):
            return try decimal(
                to.scale >= from.scale ? x * power(to.scale - from.scale) : away(x, power(from.scale - to.scale)), to)
        case (.text(let x), _):
            guard let parsed = try? TextCodec.parse(x, to) else { throw Failed() }
            return parsed
        default: preconditionFailure("no cast \(from.name) to \(to.name)")
        }
    }

    private func call(_ function: Function, _ operands: [Expression], _ type: DataType) throws -> Value {
        var values: [Value] = []
        for operand in operands { values.append(try value(operand)) }
        let types = operands.map(\.type)
        if function == .greatest || function == .least {
            let sign = function == .greatest ? 1 : -1
            return values.filter { !$0.isNull }.reduce(.null) { best, next in
                best.isNull || Oracle.order(next, type, best, type) * sign > 0 ? next : best
            }
        }
        if values.contains(where: \.isNull) { return .null }
        if function.isComparison {
            let order = Oracle.order(values[0], types[0], values[1], types[1])
            switch function {
            case .equal: return .bool(order == 0)
            case .notEqual: return .bool(order != 0)
            case .less: return .bool(order < 0)
            case .lessOrEqual: return .bool(order <= 0)
            case .greater: return .bool(order > 0)
            default: return .bool(order >= 0)
            }
        }
        switch (function, values[0]) {
        case (.negate, .int64(let x)): return try Oracle.integer(-Int128(x), type)
        case (.abs, .int64(let x)): return try Oracle.integer(Int128(x.magnitude), type)
        case (_, .int64(let x)):
            guard case .int64(let y) = values[1] else { break }
            let (left, right) = (Int128(x), Int128(y))
            switch function {
            case .add: return try Oracle.integer(left + right, type)
            case .subtract: return try Oracle.integer(left - right, type)
            case .multiply: return try Oracle.integer(left * right, type)
            case .divide:
                if right == 0 { throw Failed() }
                return try Oracle.integer(left / right, type)
            default:
                if right == 0 { throw Failed() }
                return .int64(Int64(left % right))
            }
        case (_, .double(let x)):
            guard case .double(let y) = values[1] else { break }
            let result = function == .add ? x + y : function == .subtract ? x - y : x * y
            if result.isInfinite, x.isFinite, y.isFinite { throw Failed() }
            if result == 0, function == .multiply, x != 0, y != 0 { throw Failed() }
            return .double(result)
        case (_, .decimal(let x)):
            guard case .decimal(let y) = values[1] else { break }
            if function == .multiply { return try Oracle.decimal(x * y, type) }
            let (left, right) = (x * Oracle.power(type.scale - types[0].scale), y * Oracle.power(type.scale - types[1].scale))
            return try Oracle.decimal(function == .add ? left + right : left - right, type)
        case (.concatenate, .text(let x)):
            guard case .text(let y) = values[1] else { break }
            return .text(x + y)
        case (.length, .text(let x)): return .int64(Int64(x.unicodeScalars.count))
        case (.upper, .text(let x)): return .text(x.uppercased())
        case (.left, .text(let x)):
            guard case .int64(let n) = values[1] else { break }
            let scalars = Array(x.unicodeScalars)
            let kept = n >= 0 ? min(Int(n), scalars.count) : max(0, scalars.count + Int(n))
            return .text(String(String.UnicodeScalarView(scalars[..<kept])))
        default: break
        }
        preconditionFailure("the oracle does not know \(function)")
    }
}
