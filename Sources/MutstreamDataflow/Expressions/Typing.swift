import MutstreamColumnar

/// Finds functions, result types and conversions by PostgreSQL's rules. Every function gives an expression whose operands
/// are converted, and throws a ``TypeError`` for operands that do not fit. Literals without a type get theirs here.
package enum Typing {
    /// A numeric literal: INT if it fits, else BIGINT, else DECIMAL; with a point or exponent DECIMAL, beyond 38 digits DOUBLE.
    package static func number(_ text: String) throws(TypeError) -> Expression {
        if let value = Int64(text) {
            return .literal(.int64(value), Int32(exactly: value) != nil ? .int : .bigint)
        }
        let lower = text.lowercased()
        let parts = lower.split(separator: "e", maxSplits: 1, omittingEmptySubsequences: false)
        let mantissa = parts[0].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        if let exponent = parts.count > 1 ? Int(parts[1]) : 0, abs(exponent) < 400 {
            let whole = mantissa[0].drop { $0 == "0" || $0 == "+" || $0 == "-" }.count
            let scale = max(0, (mantissa.count > 1 ? mantissa[1].count : 0) - exponent)
            let precision = max(1, scale, max(0, whole + exponent) + scale)
            if precision <= 38 {
                let type = DataType.decimal(precision: precision, scale: scale)
                if let value = try? TextCodec.parse(text, type) { return .literal(value, type) }
            }
        }
        return try Conversion.literal(text, .double)
    }

    /// `INTERVAL 'text' field`, where field may be nil or like "day" or "day to second".
    package static func interval(_ text: String, field: String?) throws(TypeError) -> Expression {
        guard let field else { return try Conversion.literal(text, .interval) }
        // Of a range the last field counts: a bare number is in its unit, and what is finer is dropped.
        let words = field.split(separator: " ")
        guard let last = words.last, let unit = TimeField(String(last)) else {
            throw TypeError("unknown interval field \"\(field)\"", hint: "use YEAR, MONTH, DAY, HOUR, MINUTE or SECOND")
        }
        var text = text
        let value: Result<Interval, TextCodecError> = text.withUTF8 { utf8 in
            Result { () throws(TextCodecError) in
                try TextCodec.parseInterval(
                    UnsafeRawBufferPointer(utf8), unit: unit, clockIsMinutes: field == "minute to second")
            }
        }
        guard case .success(let value) = value else { throw TypeError("invalid INTERVAL: \"\(text)\"") }
        return .literal(.interval(value), .interval)
    }

    // MARK: - Literals and conversions

    /// A literal that nothing gave a type becomes TEXT; anything else stays.
    package static func resolveUntyped(_ operand: Expression) -> Expression {
        guard case .untyped(let text) = operand.node else { return operand }
        return text.map { .literal(.text($0), .text) } ?? .null(.text)
    }

    /// CAST, TRY_CAST and `::`.
    package static func cast(_ operand: Expression, to type: DataType, isTry: Bool = false) throws(TypeError) -> Expression {
        if case .untyped(let text) = operand.node {
            if isTry { return (try? Conversion.literal(text, type)) ?? .null(type) }
            return try Conversion.literal(text, type)
        }
        guard Conversion.strength(from: operand.type, to: type) != nil else {
            throw TypeError("cannot cast \(operand.type.name) to \(type.name)", argument: 0)
        }
        if isTry, operand.type != type || operand.mayFail { return Expression(.cast(operand, isTry: true), type) }
        return Conversion.convert(operand, to: type)
    }

    package enum Context: Sendable { case implicit, assignment }

    /// What an operand of a function (implicit) or a stored value (assignment: INSERT, model inputs) is converted by.
    package static func coerce(
        _ operand: Expression, to type: DataType, context: Context
    ) throws(TypeError) -> Expression {
        if case .untyped(let text) = operand.node { return try Conversion.literal(text, type) }
        let least: Conversion.Strength = context == .implicit ? .implicit : .assignment
        guard let strength = Conversion.strength(from: operand.type, to: type), strength >= least else {
            throw TypeError(
                "expected \(type.name), found \(operand.type.name)",
                hint: Conversion.strength(from: operand.type, to: type) == nil
                    ? nil : "CAST(\(operand.sql) AS \(type.name)) converts it")
        }
        return Conversion.convert(operand, to: type)
    }

    /// The type of CASE, COALESCE, VALUES and UNION over these; all untyped: TEXT.
    package static func commonType(_ operands: [Expression]) throws(TypeError) -> DataType {
        var result: DataType?
        for (index, operand) in operands.enumerated() where !operand.isUntyped {
            guard let other = result else {
                result = operand.type
                continue
            }
            guard let common = Conversion.commonType(other, operand.type) else {
                throw TypeError(
                    "types \(other.name) and \(operand.type.name) cannot be matched",
                    hint: "CAST one of them to the other's type", argument: index)
            }
            result = common
        }
        return result ?? .text
    }

    static func coerceAll(_ operands: [Expression], to type: DataType) throws(TypeError) -> [Expression] {
        var result: [Expression] = []
        for (index, operand) in operands.enumerated() {
            result.append(try at(index) { () throws(TypeError) in try coerce(operand, to: type, context: .implicit) })
        }
        return result
    }

    /// Says which operand an error is about.
    static func at<T>(_ index: Int, _ body: () throws(TypeError) -> T) throws(TypeError) -> T {
        do {
            return try body()
        } catch {
            var error = error
            error.argument = index
            throw error
        }
    }

    // MARK: - Logic

    static func condition(_ operand: Expression, _ index: Int, _ what: String) throws(TypeError) -> Expression {
        if case .untyped(let text) = operand.node {
            return try at(index) { () throws(TypeError) in try Conversion.literal(text, .boolean) }
        }
        if operand.type == .boolean { return operand }
        throw TypeError("\(what) needs BOOLEAN, found \(operand.type.name)", argument: index)
    }

    private static func conditions(_ operands: [Expression], _ what: String) throws(TypeError) -> [Expression] {
        var result: [Expression] = []
        for (index, operand) in operands.enumerated() { result.append(try condition(operand, index, what)) }
        return result
    }

    /// No operand: TRUE.
    package static func and(_ operands: [Expression]) throws(TypeError) -> Expression {
        let operands = try conditions(operands, "AND")
        if operands.isEmpty { return .boolean(true) }
        return operands.count == 1 ? operands[0] : Expression(.and(operands), .boolean)
    }

    /// No operand: FALSE.
    package static func or(_ operands: [Expression]) throws(TypeError) -> Expression {
        let operands = try conditions(operands, "OR")
        if operands.isEmpty { return .boolean(false) }
        return operands.count == 1 ? operands[0] : Expression(.or(operands), .boolean)
    }

    package static func not(_ operand: Expression) throws(TypeError) -> Expression {
        Expression(.not(try condition(operand, 0, "NOT")), .boolean)
    }

    package static func isNull(_ operand: Expression) -> Expression {
        Expression(.isNull(resolveUntyped(operand)), .boolean)
    }

    /// IS TRUE (true), IS FALSE (false).
    package static func isTruth(_ operand: Expression, _ value: Bool) throws(TypeError) -> Expression {
        Expression(.isTruth(try condition(operand, 0, value ? "IS TRUE" : "IS FALSE"), value), .boolean)
    }

    package static func isDistinct(_ lhs: Expression, _ rhs: Expression) throws(TypeError) -> Expression {
        let (lhs, rhs, _) = try comparable(lhs, rhs, "IS DISTINCT FROM")
        return Expression(.isDistinct(lhs, rhs), .boolean)
    }

    package static func between(
        _ operand: Expression, _ low: Expression, _ high: Expression, isSymmetric: Bool = false
    ) throws(TypeError) -> Expression {
        let ascending = try and([
            at(1) { () throws(TypeError) in try binary(">=", operand, low) },
            at(2) { () throws(TypeError) in try binary("<=", operand, high) },
        ])
        guard isSymmetric else { return ascending }
        return try or([ascending, and([binary(">=", operand, high), binary("<=", operand, low)])])
    }

    package static func inList(_ operand: Expression, _ members: [Expression]) throws(TypeError) -> Expression {
        if members.isEmpty { throw TypeError("IN needs at least one value") }
        let type = try commonType([operand] + members)
        let all = try coerceAll([operand] + members, to: type)
        return Expression(.inList(all[0], Array(all.dropFirst())), .boolean)
    }

    // MARK: - Choices

    /// The searched CASE. For the simple form compare the operand by ``binary(_:_:_:)`` with each value.
    package static func caseWhen(
        _ branches: [(condition: Expression, result: Expression)], otherwise: Expression?
    ) throws(TypeError) -> Expression {
        if branches.isEmpty { throw TypeError("CASE needs at least one WHEN") }
        // PostgreSQL looks at ELSE first.
        let type = try commonType((otherwise.map { [$0] } ?? []) + branches.map(\.result))
        var typed: [Expression.Branch] = []
        for (index, branch) in branches.enumerated() {
            typed.append(
                Expression.Branch(
                    when: try condition(branch.condition, 2 * index, "WHEN"),
                    then: try at(2 * index + 1) { () throws(TypeError) in
                        try coerce(branch.result, to: type, context: .implicit)
                    }))
        }
        var last: Expression?
        if let otherwise {
            last = try at(2 * branches.count) { () throws(TypeError) in try coerce(otherwise, to: type, context: .implicit) }
        }
        return Expression(.caseWhen(typed, otherwise: last), type)
    }

    package static func coalesce(_ operands: [Expression]) throws(TypeError) -> Expression {
        if operands.isEmpty { throw TypeError("COALESCE needs at least one value") }
        let type = try commonType(operands)
        let typed = try coerceAll(operands, to: type)
        return typed.count == 1 ? typed[0] : Expression(.coalesce(typed), type)
    }

    package static func nullif(_ lhs: Expression, _ rhs: Expression) throws(TypeError) -> Expression {
        let (left, right, type) = try comparable(lhs, rhs, "=")
        if lhs.isUntyped { return Expression(.nullif(left, equals: right, comparedAs: type), type) }
        return Expression(.nullif(lhs, equals: rhs.isUntyped ? right : rhs, comparedAs: type), lhs.type)
    }

    package static func greatest(_ operands: [Expression]) throws(TypeError) -> Expression {
        try extreme(.greatest, operands)
    }

    package static func least(_ operands: [Expression]) throws(TypeError) -> Expression { try extreme(.least, operands) }

    private static func extreme(_ function: Function, _ operands: [Expression]) throws(TypeError) -> Expression {
        if operands.isEmpty { throw TypeError("\(function.name.uppercased()) needs at least one value") }
        let type = try commonType(operands)
        return Expression(.call(function, try coerceAll(operands, to: type)), type)
    }

    // MARK: - Special forms

    package static func like(
        _ text: Expression, pattern: Expression, escape: Expression? = nil, ignoreCase: Bool = false
    ) throws(TypeError) -> Expression {
        var operands = [text, pattern] + (escape.map { [$0] } ?? [])
        for (index, operand) in operands.enumerated() {
            let operand = resolveUntyped(operand)
            guard operand.type == .text else {
                throw TypeError(
                    "\(ignoreCase ? "ILIKE" : "LIKE") needs TEXT, found \(operand.type.name)",
                    hint: "CAST(… AS TEXT) converts it", argument: index)
            }
            operands[index] = operand
        }
        return Expression(.call(.like(ignoreCase: ignoreCase), operands), .boolean)
    }

    /// `EXTRACT(field FROM operand)`.
    package static func extract(field: String, _ operand: Expression) throws(TypeError) -> Expression {
        let field = try timeField(field)
        var operand = operand
        if case .untyped(let text) = operand.node {
            operand = try at(0) { () throws(TypeError) in try Conversion.literal(text, .timestamp) }
        }
        let hasField: Bool
        switch operand.type {
        case .timestamp, .timestamptz: hasField = true
        case .time:
            switch field {
            case .microsecond, .millisecond, .second, .minute, .hour, .epoch: hasField = true
            default: hasField = false
            }
        case .date:
            switch field {
            case .microsecond, .millisecond, .second, .minute, .hour: hasField = false
            default: hasField = true
            }
        case .interval:
            switch field {
            case .week, .dayOfWeek, .isoDayOfWeek, .dayOfYear, .isoYear: hasField = false
            default: hasField = true
            }
        default: throw TypeError("EXTRACT needs a date, time or interval, found \(operand.type.name)", argument: 0)
        }
        guard hasField else { throw TypeError("\(operand.type.name) has no field \(field.sqlName)") }
        return Expression(.call(.extract(field), [operand]), .decimal(precision: 19, scale: field.scale))
    }

    static func timeField(_ name: String) throws(TypeError) -> TimeField {
        if let field = TimeField(name) { return field }
        let names = TimeField.allCases.map(\.sqlName)
        throw TypeError(
            "unknown time field \"\(name)\"",
            hint: Suggestion.nearest(name.lowercased(), names).map { "did you mean \"\($0)\"?" }
                ?? "one of " + names.joined(separator: ", "))
    }

    /// The start of a tumbling window, all in microseconds. A NULL time is a failure of its row.
    package static func tumbleStart(_ time: Expression, size: Int64, offset: Int64 = 0) throws(TypeError) -> Expression {
        if size <= 0 { throw TypeError("the size of a window must be greater than 0", argument: 1) }
        let type: DataType = time.type == .timestamptz ? .timestamptz : .timestamp
        let time = try at(0) { () throws(TypeError) in try coerce(time, to: type, context: .implicit) }
        return Expression(.call(.tumbleStart(size: size, offset: offset), [time]), type)
    }
}
