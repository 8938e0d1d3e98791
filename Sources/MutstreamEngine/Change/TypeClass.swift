import MutstreamColumnar
import MutstreamDataflow

/// What of a type matters for what an operator keeps: a decimal has the same values with more digits before its point.
enum TypeClass {
    static func text(_ type: DataType) -> String {
        if case .decimal(_, let scale) = type { "DECIMAL(*,\(scale))" } else { type.name }
    }

    /// Of a column of a source: integers are kept as such, whatever their width.
    static func column(_ type: DataType) -> String {
        switch type {
        case .smallint, .int, .bigint: "INTEGER"
        case .real, .double: "FLOAT"
        default: text(type)
        }
    }

    /// Why values of one type cannot be read as another; nil: they can.
    static func widens(_ old: DataType, _ new: DataType) -> Bool {
        switch (old, new) {
        case _ where old == new: true
        case (.smallint, .int), (.smallint, .bigint), (.int, .bigint), (.real, .double): true
        case (.decimal(let before, let scale), .decimal(let now, let other)): scale == other && now >= before
        default: false
        }
    }
}

extension Expression {
    /// In words that do not change with the place of a column in its relation.
    ///
    /// - Parameter columns: what each column of the relation is.
    func classText(_ columns: [Int]) -> String {
        let each = { (list: [Expression]) in list.map { $0.classText(columns) }.joined(separator: ", ") }
        switch node {
        case .column(let place): return columns.indices.contains(place) ? "c\(columns[place])" : "column \(place)"
        case .literal(let value): return "\(value) \(TypeClass.column(type))"
        case .untyped(let text): return "untyped \(text.map { "'\($0)'" } ?? "NULL")"
        case .call(let function, let operands): return "\(function)(\(each(operands))) \(TypeClass.text(type))"
        case .and(let parts): return "and(\(each(parts)))"
        case .or(let parts): return "or(\(each(parts)))"
        case .not(let part): return "not(\(part.classText(columns)))"
        case .isNull(let part): return "null(\(part.classText(columns)))"
        case .isTruth(let part, let value): return "is \(value)(\(part.classText(columns)))"
        case .isDistinct(let left, let right): return "distinct(\(each([left, right])))"
        case .caseWhen(let branches, let otherwise):
            let cases = branches.map { "\($0.condition.classText(columns)): \($0.result.classText(columns))" }
            return "case(\(cases.joined(separator: ", ")) else \(otherwise?.classText(columns) ?? "NULL"))"
        case .coalesce(let parts): return "coalesce(\(each(parts)))"
        case .nullif(let part, let other, let type):
            return "nullif(\(each([part, other])) \(TypeClass.text(type)))"
        case .inList(let needle, let members): return "in(\(each([needle] + members)))"
        // To fewer digits more fails.
        case .cast(let part, let isTry): return "cast\(isTry ? " or NULL" : "")(\(part.classText(columns)) \(type.name))"
        }
    }
}
