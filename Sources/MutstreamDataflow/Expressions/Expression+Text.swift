import MutstreamColumnar

/// Expressions as SQL, for plans and messages.
extension Expression {
    /// As SQL, with columns as `$0`, `$1` ….
    package var sql: String { text([]) }

    /// As SQL with the names of the columns; columns past the names are `$i`.
    package func text(_ names: [String]) -> String {
        switch node {
        case .column(let index): return names.indices.contains(index) ? names[index] : "$\(index)"
        case .literal(let value): return Expression.text(value, type)
        case .untyped(let text): return text.map { Expression.quoted($0) } ?? "NULL"
        case .call(let function, let operands):
            // Each operand is written once: their texts grow with every level.
            let plain = operands.map { $0.text(names) }
            return function.text(zip(operands, plain).map { $0.enclosed($1) }, plain, operands.first?.type)
        case .and(let operands): return operands.map { $0.nested(names) }.joined(separator: " AND ")
        case .or(let operands): return operands.map { $0.nested(names) }.joined(separator: " OR ")
        case .not(let operand):
            if case .isNull(let inner) = operand.node { return inner.nested(names) + " IS NOT NULL" }
            return "NOT " + operand.nested(names)
        case .isNull(let operand): return operand.nested(names) + " IS NULL"
        case .isTruth(let operand, let value): return operand.nested(names) + (value ? " IS TRUE" : " IS FALSE")
        case .isDistinct(let lhs, let rhs): return lhs.nested(names) + " IS DISTINCT FROM " + rhs.nested(names)
        case .caseWhen(let branches, let otherwise):
            let whens = branches.map { " WHEN \($0.condition.text(names)) THEN \($0.result.text(names))" }.joined()
            return "CASE" + whens + (otherwise.map { " ELSE " + $0.text(names) } ?? "") + " END"
        case .coalesce(let operands): return "COALESCE(\(Expression.list(operands, names)))"
        case .nullif(let lhs, let rhs, _): return "NULLIF(\(Expression.list([lhs, rhs], names)))"
        case .inList(let needle, let members): return needle.nested(names) + " IN (\(Expression.list(members, names)))"
        case .cast(let operand, let isTry):
            return "\(isTry ? "TRY_CAST" : "CAST")(\(operand.text(names)) AS \(type.name))"
        }
    }

    static func list(_ operands: [Expression], _ names: [String]) -> String {
        operands.map { $0.text(names) }.joined(separator: ", ")
    }

    /// In parentheses where an operator around it could tear it apart.
    private func nested(_ names: [String]) -> String { enclosed(text(names)) }

    private func enclosed(_ text: String) -> String {
        switch node {
        case .and, .or, .not, .isNull, .isTruth, .isDistinct, .inList: return "(\(text))"
        case .call(let function, _): return function.symbol != nil ? "(\(text))" : text
        default: return text
        }
    }

    static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }

    private static func text(_ value: Value, _ type: DataType) -> String {
        switch value {
        case .null: return "NULL"
        case .bool(let value): return value ? "TRUE" : "FALSE"
        case .double(let value):
            let text = TextCodec.text(.double(value), .double)
            return value.isFinite ? text : "DOUBLE '\(text)'"
        case .text(let text): return type == .text ? quoted(text) : "\(type.name) \(quoted(TextCodec.text(value, type)))"
        case .bytes: return "\(type.name) \(quoted(TextCodec.text(value, type)))"
        case .interval: return "INTERVAL '\(TextCodec.text(value, type))'"
        case .int64, .decimal:
            let text = TextCodec.text(value, type)
            return type.isNumeric ? text : "\(type.name) '\(text)'"
        }
    }
}

extension Function {
    /// The sign of a function that SQL writes between or before its operands.
    var symbol: String? {
        switch self {
        case .add: "+"
        case .subtract, .negate: "-"
        case .multiply: "*"
        case .divide: "/"
        case .modulo: "%"
        case .equal: "="
        case .notEqual: "<>"
        case .less: "<"
        case .lessOrEqual: "<="
        case .greater: ">"
        case .greaterOrEqual: ">="
        case .concatenate: "||"
        case .like(let ignoreCase): ignoreCase ? "ILIKE" : "LIKE"
        case .library(let function): function.entry.isOperator ? function.name : nil
        default: nil
        }
    }

    /// The name of a function that SQL writes with parentheses.
    var name: String {
        switch self {
        case .concatWithSeparator: "concat_ws"
        case .octetLength: "octet_length"
        case .trimBoth: "btrim"
        case .trimLeading: "ltrim"
        case .trimTrailing: "rtrim"
        case .position: "strpos"
        case .startsWith: "starts_with"
        case .repeatText: "repeat"
        case .padLeft: "lpad"
        case .padRight: "rpad"
        case .splitPart: "split_part"
        case .toTimestamp: "to_timestamp"
        case .extract: "extract"
        case .dateTrunc: "date_trunc"
        case .tumbleStart: "tumble_start"
        case .library(let function): function.name
        default: "\(self)"
        }
    }

    /// - Parameters:
    ///   - nested: the operands, in parentheses where an operator could tear them apart.
    ///   - plain: the operands without.
    ///   - type: of the first operand.
    func text(_ nested: [String], _ plain: [String], _ type: DataType?) -> String {
        if self == .negate { return "-" + nested[0] }
        if let symbol, nested.count == 1 { return "\(symbol) \(nested[0])" }
        if let symbol {
            return "\(nested[0]) \(symbol) \(nested[1])" + (nested.count > 2 ? " ESCAPE \(nested[2])" : "")
        }
        let list = plain.joined(separator: ", ")
        switch self {
        case .composite(let function):
            return function.text(nested, plain, type)
        case .extract(let field): return "EXTRACT(\(field.sqlName) FROM \(list))"
        case .dateTrunc(let field): return "date_trunc('\(field.sqlName)', \(list))"
        case .tumbleStart(let size, let offset):
            let size = TextCodec.text(.interval(Interval(microseconds: size)), .interval)
            let shift =
                offset == 0 ? "" : ", INTERVAL '\(TextCodec.text(.interval(Interval(microseconds: offset)), .interval))'"
            return "tumble_start(\(list), INTERVAL '\(size)'\(shift))"
        default: return "\(name)(\(list))"
        }
    }
}

extension TimeField {
    /// The name in PostgreSQL.
    package var sqlName: String {
        switch self {
        case .dayOfWeek: "dow"
        case .isoDayOfWeek: "isodow"
        case .dayOfYear: "doy"
        case .isoYear: "isoyear"
        default: "\(self)"
        }
    }
}
