import MutstreamColumnar

/// The types of operators.
extension Typing {
    /// `-`, `+`, `not`
    package static func unary(_ op: String, _ operand: Expression) throws(TypeError) -> Expression {
        if op.lowercased() == "not" { return try not(operand) }
        if op != "+", op != "-", Library.byName[op] != nil { return try call(op, [operand]) }
        var operand = operand
        if case .untyped(let text) = operand.node {
            operand = try at(0) { () throws(TypeError) in try Conversion.literal(text, .double) }
        }
        guard operand.type.isNumeric || (operand.type == .interval && op == "-") else {
            throw TypeError("operator \(op) does not take \(operand.type.name)", argument: 0)
        }
        if op == "+" { return operand }
        guard op == "-" else { throw TypeError("unknown operator \(op)") }
        let negated = Expression(.call(.negate, [operand]), operand.type)
        return operand.literalValue != nil ? negated.folded() : negated
    }

    /// `+ - * / % ^ || = <> != < <= > >=` and the operators of ``Library``.
    package static func binary(_ op: String, _ lhs: Expression, _ rhs: Expression) throws(TypeError) -> Expression {
        if Resolution.isLibraryOperator(op, [lhs, rhs]) { return try call(op, [lhs, rhs]) }
        switch op {
        case "=": return try comparison(.equal, op, lhs, rhs)
        case "<>", "!=": return try comparison(.notEqual, op, lhs, rhs)
        case "<": return try comparison(.less, op, lhs, rhs)
        case "<=": return try comparison(.lessOrEqual, op, lhs, rhs)
        case ">": return try comparison(.greater, op, lhs, rhs)
        case ">=": return try comparison(.greaterOrEqual, op, lhs, rhs)
        case "||": return try concatenation(lhs, rhs)
        case "^": return try call("power", [lhs, rhs])
        case "+": return try arithmetic(.add, op, lhs, rhs)
        case "-": return try arithmetic(.subtract, op, lhs, rhs)
        case "*": return try arithmetic(.multiply, op, lhs, rhs)
        case "/": return try arithmetic(.divide, op, lhs, rhs)
        case "%": return try arithmetic(.modulo, op, lhs, rhs)
        default:
            throw TypeError("unknown operator \(op)")
        }
    }

    private static func comparison(
        _ function: Function, _ op: String, _ lhs: Expression, _ rhs: Expression
    ) throws(TypeError) -> Expression {
        if let rows = try rowComparison(op, lhs, rhs) { return rows }
        let (left, right, type) = try comparable(lhs, rhs, op)
        if type == .json, function != .equal, function != .notEqual {
            throw TypeError(
                "operator does not exist: JSON \(op) JSON", hint: "JSON has only = and <>; CAST what it holds to compare it")
        }
        return Expression(.call(function, [left, right]), .boolean)
    }

    /// Both as values of one type, but decimals keep their own: the kernels compare them exactly.
    static func comparable(
        _ lhs: Expression, _ rhs: Expression, _ op: String
    ) throws(TypeError) -> (Expression, Expression, DataType) {
        let type: DataType
        switch (lhs.node, rhs.node) {
        case (.untyped, .untyped): type = .text
        case (.untyped, _): type = untypedPartner(rhs.type)
        case (_, .untyped): type = untypedPartner(lhs.type)
        default:
            guard let common = Conversion.comparisonType(lhs.type, rhs.type) else {
                throw TypeError(
                    "operator does not exist: \(lhs.type.name) \(op) \(rhs.type.name)",
                    hint: "both sides must have comparable types; CAST one of them", argument: 1)
            }
            type = common
        }
        func side(_ operand: Expression, _ index: Int) throws(TypeError) -> Expression {
            if case .untyped(let text) = operand.node {
                return try at(index) { () throws(TypeError) in try literal(text, like: type) }
            }
            if case .decimal = type, let own = Conversion.decimal(of: operand.type) {
                return Conversion.convert(operand, to: own)
            }
            return Conversion.convert(operand, to: type)
        }
        return (try side(lhs, 0), try side(rhs, 1), type)
    }

    private static func untypedPartner(_ type: DataType) -> DataType { type }

    /// An untyped literal beside an operand of `type`: beside a DECIMAL it keeps its own digits.
    private static func literal(_ text: String?, like type: DataType) throws(TypeError) -> Expression {
        if case .decimal = type, let text, let number = try? number(text),
            case .decimal? = Conversion.decimal(of: number.type)
        {
            return Conversion.convert(number, to: Conversion.decimal(of: number.type) ?? type)
        }
        return try Conversion.literal(text, type)
    }

    private static func concatenation(_ lhs: Expression, _ rhs: Expression) throws(TypeError) -> Expression {
        if let arrays = try arrayConcatenation(lhs, rhs) { return arrays }
        let known = lhs.isUntyped ? rhs.type : lhs.type
        if known == .bytes, lhs.isUntyped || rhs.isUntyped || rhs.type == .bytes {
            let left = try at(0) { () throws(TypeError) in try coerce(lhs, to: .bytes, context: .implicit) }
            let right = try at(1) { () throws(TypeError) in try coerce(rhs, to: .bytes, context: .implicit) }
            return Expression(.call(.concatenate, [left, right]), .bytes)
        }
        let (left, right) = (resolveUntyped(lhs), resolveUntyped(rhs))
        guard left.type == .text || right.type == .text else {
            throw TypeError(
                "operator does not exist: \(lhs.type.name) || \(rhs.type.name)",
                hint: "one side must be TEXT; CAST(… AS TEXT) converts", argument: 0)
        }
        return Expression(
            .call(.concatenate, [Conversion.convert(left, to: .text), Conversion.convert(right, to: .text)]), .text)
    }

    private static func noOperator(_ op: String, _ lhs: Expression, _ rhs: Expression) -> TypeError {
        let left = lhs.isUntyped ? "unknown" : lhs.type.name
        let right = rhs.isUntyped ? "unknown" : rhs.type.name
        if lhs.isUntyped, rhs.isUntyped {
            return TypeError(
                "operator is not unique: unknown \(op) unknown", hint: "CAST one of the literals to the type you mean")
        }
        return TypeError(
            "operator does not exist: \(left) \(op) \(right)", hint: "no operator takes these types; CAST one of them")
    }

    private static func arithmetic(
        _ function: Function, _ op: String, _ lhs: Expression, _ rhs: Expression
    ) throws(TypeError) -> Expression {
        if lhs.isUntyped, rhs.isUntyped { throw noOperator(op, lhs, rhs) }
        var (lhs, rhs) = (lhs, rhs)
        if case .untyped(let text) = lhs.node {
            let type = try partner(of: rhs.type, function, isLeft: true, op, lhs, rhs)
            lhs = try at(0) { () throws(TypeError) in try literal(text, like: type) }
        } else if case .untyped(let text) = rhs.node {
            let type = try partner(of: lhs.type, function, isLeft: false, op, lhs, rhs)
            rhs = try at(1) { () throws(TypeError) in try literal(text, like: type) }
        }
        if lhs.type.isNumeric, rhs.type.isNumeric { return try numeric(function, op, lhs, rhs) }
        return try temporal(function, op, lhs, rhs)
    }

    /// The type that an untyped literal takes beside `type`: the same if there is such an operator, else the only other.
    private static func partner(
        of type: DataType, _ function: Function, isLeft: Bool, _ op: String, _ lhs: Expression, _ rhs: Expression
    ) throws(TypeError) -> DataType {
        switch (type, function) {
        case (.smallint, _), (.int, _), (.bigint, _), (.real, _), (.double, _), (.decimal, _): return type
        case (.timestamptz, .subtract), (.time, .subtract), (.timestamp, .subtract), (.date, .subtract),
            (.interval, .subtract), (.interval, .add):
            return type
        case (.timestamp, .add), (.timestamptz, .add), (.time, .add), (.date, .add): return .interval
        case (.interval, .multiply), (.interval, .divide): return .double
        default: throw noOperator(op, lhs, rhs)
        }
    }

    // MARK: - Numbers

    private static func numeric(
        _ function: Function, _ op: String, _ lhs: Expression, _ rhs: Expression
    ) throws(TypeError) -> Expression {
        let common = Conversion.commonNumeric(lhs.type, rhs.type)
        if common.isFloat {
            if function == .modulo {
                throw TypeError(
                    "operator does not exist: \(lhs.type.name) % \(rhs.type.name)", hint: "CAST both to DECIMAL or BIGINT")
            }
            return Expression(
                .call(function, [Conversion.convert(lhs, to: common), Conversion.convert(rhs, to: common)]), common)
        }
        guard case .decimal = common else {
            return Expression(
                .call(function, [Conversion.convert(lhs, to: common), Conversion.convert(rhs, to: common)]), common)
        }
        let left = Conversion.convert(lhs, to: Conversion.decimal(of: lhs.type) ?? common)
        let right = Conversion.convert(rhs, to: Conversion.decimal(of: rhs.type) ?? common)
        return Expression(.call(function, [left, right]), decimalResult(function, left.type, right.type))
    }

    /// The type of an operation on decimals. What leaves its digits is an error of the row.
    package static func decimalResult(_ function: Function, _ lhs: DataType, _ rhs: DataType) -> DataType {
        guard case .decimal(let p1, let s1) = lhs, case .decimal(let p2, let s2) = rhs else { return lhs }
        let scale = max(s1, s2)
        switch function {
        case .multiply:
            // Where 38 digits are too few for all, those before the point stay, at the cost of the scale beyond 16.
            let whole = p1 - s1 + p2 - s2
            let kept = min(s1 + s2, max(38 - whole, min(s1 + s2, 16)))
            return .decimal(precision: min(38, p1 + p2), scale: kept)
        case .divide: return .decimal(precision: 38, scale: max(scale, 16))
        case .modulo: return .decimal(precision: min(38, max(p1 - s1, p2 - s2) + scale), scale: scale)
        default: return .decimal(precision: min(38, max(p1 - s1, p2 - s2) + scale + 1), scale: scale)
        }
    }

    // MARK: - Times

    private static func temporal(
        _ function: Function, _ op: String, _ lhs: Expression, _ rhs: Expression
    ) throws(TypeError) -> Expression {
        func made(_ result: DataType, _ left: DataType, _ right: DataType) -> Expression {
            Expression(
                .call(function, [Conversion.convert(lhs, to: left), Conversion.convert(rhs, to: right)]), result)
        }
        switch (function, lhs.type, rhs.type) {
        case (.add, .timestamp, .interval), (.add, .date, .interval), (.subtract, .timestamp, .interval),
            (.subtract, .date, .interval):
            return made(.timestamp, .timestamp, .interval)
        case (.add, .timestamptz, .interval), (.subtract, .timestamptz, .interval):
            return made(.timestamptz, .timestamptz, .interval)
        case (.add, .time, .interval), (.subtract, .time, .interval): return made(.time, .time, .interval)
        case (.add, .date, .time): return made(.timestamp, .date, .time)
        // Elsewhere a TIME counts as the interval since midnight.
        case (.add, .timestamp, .time), (.subtract, .timestamp, .time), (.subtract, .date, .time):
            return made(.timestamp, .timestamp, .interval)
        case (.add, .timestamptz, .time), (.subtract, .timestamptz, .time):
            return made(.timestamptz, .timestamptz, .interval)
        case (.subtract, .interval, .time): return made(.interval, .interval, .interval)
        case (.add, .interval, .timestamp), (.add, .interval, .timestamptz), (.add, .interval, .date),
            (.add, .interval, .time), (.add, .time, .timestamp), (.add, .time, .timestamptz), (.add, .time, .date):
            return try temporal(function, op, rhs, lhs)
        case (.subtract, .time, .time): return made(.interval, .time, .time)
        case (.subtract, .date, .date): return made(.int, .date, .date)
        case (.subtract, .timestamp, .timestamp), (.subtract, .timestamp, .date), (.subtract, .date, .timestamp):
            return made(.interval, .timestamp, .timestamp)
        case (.subtract, .timestamptz, .timestamptz), (.subtract, .timestamptz, .timestamp),
            (.subtract, .timestamptz, .date), (.subtract, .timestamp, .timestamptz), (.subtract, .date, .timestamptz):
            return made(.interval, .timestamptz, .timestamptz)
        case (.add, .date, .int), (.subtract, .date, .int), (.add, .date, .smallint), (.subtract, .date, .smallint):
            return made(.date, .date, .int)
        case (.add, .int, .date), (.add, .smallint, .date): return try temporal(function, op, rhs, lhs)
        case (.add, .interval, .interval), (.subtract, .interval, .interval): return made(.interval, .interval, .interval)
        case (.multiply, .time, _) where rhs.type.isNumeric, (.divide, .time, _) where rhs.type.isNumeric:
            return made(.interval, .interval, .double)
        case (.multiply, _, .time) where lhs.type.isNumeric: return try temporal(function, op, rhs, lhs)
        case (.multiply, .interval, _) where rhs.type.isNumeric, (.divide, .interval, _) where rhs.type.isNumeric:
            return made(.interval, .interval, .double)
        case (.multiply, _, .interval) where lhs.type.isNumeric: return try temporal(function, op, rhs, lhs)
        default: throw noOperator(op, lhs, rhs)
        }
    }
}
