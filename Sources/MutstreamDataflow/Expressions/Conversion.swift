import MutstreamColumnar

/// Which conversions between types exist and who may ask for them: PostgreSQL's `pg_cast`.
enum Conversion {
    enum Strength: Int, Comparable {
        case explicit, assignment, implicit

        static func < (lhs: Strength, rhs: Strength) -> Bool { lhs.rawValue < rhs.rawValue }
    }

    /// How freely `from` becomes `to`; nil: not at all.
    static func strength(from: DataType, to: DataType) -> Strength? {
        if from == to { return .implicit }
        switch (from, to) {
        case (.decimal, .decimal): return .implicit
        case (.int, .bigint), (.int, .double), (.int, .decimal), (.bigint, .double), (.bigint, .decimal),
            (.decimal, .double),
            (.date, .timestamp):
            return .implicit
        case (_, .text): return .assignment
        case (.bigint, .int), (.double, .int), (.double, .bigint), (.double, .decimal), (.decimal, .int),
            (.decimal, .bigint),
            (.timestamp, .date):
            return .assignment
        case (.text, _), (.boolean, .int), (.int, .boolean): return .explicit
        default: return nil
        }
    }

    /// Whether some value of `from` has no counterpart in `to`.
    static func mayFail(from: DataType, to: DataType) -> Bool {
        if from == to || to == .text { return false }
        switch (from, to) {
        case (.int, .bigint), (.int, .double), (.bigint, .double), (.decimal, .double), (.boolean, .int), (.int, .boolean),
            (.timestamp, .date):
            return false
        case (.int, .decimal(let precision, let scale)): return precision - scale < 10
        case (.bigint, .decimal(let precision, let scale)): return precision - scale < 19
        case (.decimal(let p1, let s1), .decimal(let p2, let s2)):
            return s2 >= s1 ? p2 - s2 < p1 - s1 : p2 - s2 < p1 - s1 + 1
        default: return true
        }
    }

    /// The decimal that holds every value of a numeric type; nil for DOUBLE and what is no number.
    static func decimal(of type: DataType) -> DataType? {
        switch type {
        case .int: .decimal(precision: 10, scale: 0)
        case .bigint: .decimal(precision: 19, scale: 0)
        case .decimal: type
        default: nil
        }
    }

    /// The least decimal type that holds both, as far as 38 digits allow.
    static func common(_ lhs: DataType, _ rhs: DataType) -> DataType {
        guard case .decimal(let p1, let s1) = lhs, case .decimal(let p2, let s2) = rhs else { return lhs }
        let scale = max(s1, s2)
        return .decimal(precision: min(38, max(p1 - s1, p2 - s2) + scale), scale: scale)
    }

    /// The type that two numeric operands meet in.
    static func commonNumeric(_ lhs: DataType, _ rhs: DataType) -> DataType {
        if lhs == rhs { return lhs }
        if lhs == .double || rhs == .double { return .double }
        guard let left = decimal(of: lhs), let right = decimal(of: rhs) else { return lhs }
        if lhs.physical == .int64, rhs.physical == .int64 { return .bigint }
        return common(left, right)
    }

    /// The type that two operands meet in; nil: none.
    static func commonType(_ lhs: DataType, _ rhs: DataType) -> DataType? {
        if lhs == rhs { return lhs }
        if lhs.isNumeric, rhs.isNumeric { return commonNumeric(lhs, rhs) }
        switch (lhs, rhs) {
        case (.date, .timestamp), (.timestamp, .date): return .timestamp
        default: return nil
        }
    }

    /// `expression` as a value of `type`, without asking whether it may. Literals are converted at once.
    static func convert(_ expression: Expression, to type: DataType, isTry: Bool = false) -> Expression {
        if expression.type == type { return expression }
        if let value = expression.literalValue {
            if value.isNull { return .null(type) }
            return Expression(.cast(expression, isTry: isTry), type).folded()
        }
        return Expression(.cast(expression, isTry: isTry), type)
    }

    /// An untyped literal as a value of `type`.
    static func literal(_ text: String?, _ type: DataType) throws(TypeError) -> Expression {
        guard let text else { return .null(type) }
        do throws(TextCodecError) {
            return .literal(try TextCodec.parse(text, type), type)
        } catch {
            switch error {
            case .invalid:
                throw TypeError("invalid \(type.name): \"\(text)\"", hint: example(type).map { "write it like \($0)" })
            case .outOfRange: throw TypeError("\(type.name) out of range: \"\(text)\"")
            }
        }
    }

    private static func example(_ type: DataType) -> String? {
        switch type {
        case .timestamp: "'2024-01-31 10:20:30'"
        case .date: "'2024-01-31'"
        case .interval: "'5 minutes'"
        case .boolean: "'true' or 'false'"
        default: nil
        }
    }
}
