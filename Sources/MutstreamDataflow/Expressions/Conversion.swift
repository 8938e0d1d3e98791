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
        if from.isNumeric, to.isNumeric { return numeric(from: from, to: to) }
        switch (from, to) {
        case (.date, .timestamp), (.date, .timestamptz), (.timestamp, .timestamptz), (.time, .interval): return .implicit
        case (.array(let own), .array(let other)): return strength(from: own, to: other)
        case (.map(let key, let value), .map(let otherKey, let otherValue)):
            guard let keys = strength(from: key, to: otherKey), let values = strength(from: value, to: otherValue) else {
                return nil
            }
            return min(keys, values)
        case (.row(let own), .row(let other)):
            guard own.count == other.count else { return nil }
            var least = Strength.implicit
            for (field, target) in zip(own, other) {
                guard let strength = strength(from: field.type, to: target.type) else { return nil }
                least = min(least, strength)
            }
            return least
        case (_, .text): return .assignment
        case (.timestamp, .date), (.timestamptz, .date), (.timestamp, .time), (.timestamptz, .time),
            (.timestamptz, .timestamp), (.interval, .time):
            return .assignment
        case (.text, _), (.boolean, .int), (.int, .boolean), (.json, .boolean): return .explicit
        case (.json, _) where to.isNumeric: return .explicit
        default: return nil
        }
    }

    private static func numeric(from: DataType, to: DataType) -> Strength {
        switch (from, to) {
        case (.decimal, .decimal): .implicit
        case (.smallint, _), (.int, .bigint), (.bigint, .decimal), (.int, .decimal): .implicit
        case (.int, .real), (.int, .double), (.bigint, .real), (.bigint, .double), (.decimal, .real), (.decimal, .double),
            (.real, .double):
            .implicit
        default: .assignment
        }
    }

    /// Whether some value of `from` has no counterpart in `to`.
    static func mayFail(from: DataType, to: DataType) -> Bool {
        if from == to || to == .text { return false }
        switch (from, to) {
        case (.smallint, .int), (.smallint, .bigint), (.int, .bigint), (.boolean, .int), (.int, .boolean),
            (.timestamp, .date), (.timestamptz, .date), (.timestamp, .timestamptz), (.timestamptz, .timestamp),
            (.timestamp, .time), (.timestamptz, .time), (.time, .interval), (.interval, .time), (.real, .double),
            (.decimal, .double), (.decimal, .real):
            return false
        case (_, .real) where from.isInteger, (_, .double) where from.isInteger: return false
        case (_, .decimal(let precision, let scale)) where from.isInteger:
            return precision - scale < (from == .smallint ? 5 : from == .int ? 10 : 19)
        case (.decimal(let p1, let s1), .decimal(let p2, let s2)):
            return s2 >= s1 ? p2 - s2 < p1 - s1 : p2 - s2 < p1 - s1 + 1
        case (.array(let own), .array(let other)): return mayFail(from: own, to: other)
        case (.map(let key, let value), .map(let otherKey, let otherValue)):
            return mayFail(from: key, to: otherKey) || mayFail(from: value, to: otherValue)
        case (.row(let own), .row(let other)):
            return zip(own, other).contains { mayFail(from: $0.type, to: $1.type) }
        default: return true
        }
    }

    /// The decimal that holds every value of a numeric type; nil for REAL, DOUBLE and what is no number.
    static func decimal(of type: DataType) -> DataType? {
        switch type {
        case .smallint: .decimal(precision: 5, scale: 0)
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

    /// The type that two numeric operands of an operator meet in. REAL beside any other number is DOUBLE.
    static func commonNumeric(_ lhs: DataType, _ rhs: DataType) -> DataType {
        if lhs == rhs { return lhs }
        if lhs.isFloat || rhs.isFloat { return .double }
        guard let left = decimal(of: lhs), let right = decimal(of: rhs) else { return lhs }
        if lhs.isInteger, rhs.isInteger { return lhs == .bigint || rhs == .bigint ? .bigint : .int }
        return common(left, right)
    }

    /// The type that the operands of a comparison meet in; nil: none.
    static func comparisonType(_ lhs: DataType, _ rhs: DataType) -> DataType? {
        if lhs == rhs { return lhs }
        if lhs.isNumeric, rhs.isNumeric { return commonNumeric(lhs, rhs) }
        switch (lhs, rhs) {
        case (.time, .interval), (.interval, .time): return .interval
        case (.array(let left), .array(let right)): return comparisonType(left, right).map { .array($0) }
        case (.map(let leftKey, let left), .map(let rightKey, let right)):
            guard let key = comparisonType(leftKey, rightKey), let value = comparisonType(left, right) else { return nil }
            return .map(key, value)
        case (.row(let left), .row(let right)):
            guard left.count == right.count else { return nil }
            var fields: [Field] = []
            for (field, other) in zip(left, right) {
                guard let type = comparisonType(field.type, other.type) else { return nil }
                fields.append(Field(field.name, type))
            }
            return .row(fields)
        default: return commonType(lhs, rhs)
        }
    }

    /// The type that values of CASE, UNION and the like meet in, given the type so far and the next; nil: none.
    static func commonType(_ lhs: DataType, _ rhs: DataType) -> DataType? {
        if lhs == rhs { return lhs }
        if lhs.isNumeric, rhs.isNumeric {
            if lhs == .double || rhs == .double { return .double }
            if lhs == .real || rhs == .real { return .real }
            return commonNumeric(lhs, rhs)
        }
        switch (lhs, rhs) {
        case (.date, .timestamp), (.timestamp, .date): return .timestamp
        case (.date, .timestamptz), (.timestamptz, .date), (.timestamp, .timestamptz), (.timestamptz, .timestamp):
            return .timestamptz
        case (.array(let left), .array(let right)): return commonType(left, right).map { .array($0) }
        case (.map(let leftKey, let left), .map(let rightKey, let right)):
            guard let key = commonType(leftKey, rightKey), let value = commonType(left, right) else { return nil }
            return .map(key, value)
        case (.row(let left), .row(let right)):
            guard left.count == right.count else { return nil }
            var fields: [Field] = []
            for (field, other) in zip(left, right) {
                guard let type = commonType(field.type, other.type) else { return nil }
                fields.append(Field(field.name, type))
            }
            return .row(fields)
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
            case .invalid where type.isFlatArray && text.drop(while: { $0 == " " }).hasPrefix("{{"):
                throw TypeError(
                    "arrays of several dimensions are not supported: \"\(text)\"",
                    hint: "an array of arrays has a type of its own: \(type.name)[]")
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
        case .time: "'10:20:30'"
        case .timestamptz: "'2024-01-31 10:20:30+02'; of the names of zones only those of UTC are known"
        case .bytes: "'\\x0aff'"
        case .uuid: "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"
        case .array: "'{1,NULL,3}'"
        case .row: "'(1,\"two words\",)'"
        case .map: "'{a=>1,b=>NULL}'"
        case .interval: "'5 minutes'"
        case .boolean: "'true' or 'false'"
        default: nil
        }
    }
}

extension DataType {
    /// An array whose elements are none.
    fileprivate var isFlatArray: Bool {
        guard let element else { return false }
        return element.element == nil
    }
}
