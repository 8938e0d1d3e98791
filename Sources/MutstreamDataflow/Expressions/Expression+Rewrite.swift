import MutstreamColumnar

/// What the optimizer asks of an expression, and how it builds others from it.
extension Expression {
    /// The operands of the node, in the order of evaluation.
    package var children: [Expression] {
        switch node {
        case .column, .literal, .untyped: []
        case .call(_, let operands), .and(let operands), .or(let operands), .coalesce(let operands): operands
        case .not(let operand), .isNull(let operand), .isTruth(let operand, _), .cast(let operand, _): [operand]
        case .isDistinct(let lhs, let rhs), .nullif(let lhs, let rhs, _): [lhs, rhs]
        case .caseWhen(let branches, let otherwise):
            branches.flatMap { [$0.condition, $0.result] } + (otherwise.map { [$0] } ?? [])
        case .inList(let needle, let members): [needle] + members
        }
    }

    /// The same node over operands changed by `change`.
    package func mapChildren(_ change: (Expression) -> Expression) -> Expression {
        let changed: Node =
            switch node {
            case .column, .literal, .untyped: node
            case .call(let function, let operands): .call(function, operands.map(change))
            case .and(let operands): .and(operands.map(change))
            case .or(let operands): .or(operands.map(change))
            case .coalesce(let operands): .coalesce(operands.map(change))
            case .not(let operand): .not(change(operand))
            case .isNull(let operand): .isNull(change(operand))
            case .isTruth(let operand, let value): .isTruth(change(operand), value)
            case .cast(let operand, let isTry): .cast(change(operand), isTry: isTry)
            case .isDistinct(let lhs, let rhs): .isDistinct(change(lhs), change(rhs))
            case .nullif(let lhs, let rhs, let type): .nullif(change(lhs), equals: change(rhs), comparedAs: type)
            case .caseWhen(let branches, let otherwise):
                .caseWhen(
                    branches.map { Branch(when: change($0.condition), then: change($0.result)) },
                    otherwise: otherwise.map(change))
            case .inList(let needle, let members): .inList(change(needle), members.map(change))
            }
        return Expression(changed, type)
    }

    /// The columns it refers to, rising, each once.
    package var columns: [Int] {
        var found: Set<Int> = []
        collectColumns(&found)
        return found.sorted()
    }

    private func collectColumns(_ found: inout Set<Int>) {
        if case .column(let index) = node { found.insert(index) }
        for child in children { child.collectColumns(&found) }
    }

    /// Refers to no column.
    package var isConstant: Bool {
        if case .column = node { return false }
        return children.allSatisfy(\.isConstant)
    }

    package func remapped(_ map: (Int) -> Int) -> Expression {
        if case .column(let index) = node { return .column(map(index), type) }
        return mapChildren { $0.remapped(map) }
    }

    /// Column *i* replaced by `columns[i]`, which has its type.
    package func substituting(columns: [Expression]) -> Expression {
        if case .column(let index) = node { return columns[index] }
        return mapChildren { $0.substituting(columns: columns) }
    }

    /// The operands of an AND, nested ones too, or the whole alone.
    package var conjuncts: [Expression] {
        if case .and(let operands) = node { return operands.flatMap(\.conjuncts) }
        return [self]
    }

    /// Whether some row may fail; false is a promise.
    package var mayFail: Bool {
        switch node {
        case .column, .literal: return false
        case .untyped: return true
        case .cast(_, isTry: true): return false
        case .cast(let operand, isTry: false):
            return operand.mayFail || Conversion.mayFail(from: operand.type, to: type)
        case .call(let function, let operands):
            return operands.contains(where: \.mayFail) || function.mayFail(operands, result: type)
        case .nullif(let lhs, let rhs, let compared):
            return lhs.mayFail || rhs.mayFail || Conversion.mayFail(from: lhs.type, to: compared)
                || Conversion.mayFail(from: rhs.type, to: compared)
        default: return children.contains(where: \.mayFail)
        }
    }

    /// A comparison of two operands that no row can fail.
    package var isInfallibleComparison: Bool {
        if case .call(let function, _) = node { return function.isComparison && !mayFail }
        return false
    }
}

extension Function {
    package var isComparison: Bool {
        switch self {
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: true
        default: false
        }
    }

    /// Whether the function itself may fail over operands that do not.
    func mayFail(_ operands: [Expression], result: DataType) -> Bool {
        switch self {
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .greatest, .least: return false
        case .length, .octetLength, .lower, .upper, .initcap, .reverse, .ascii, .trimBoth, .trimLeading, .trimTrailing,
            .left, .right, .position, .startsWith:
            return false
        case .substring: return operands.count > 2 && (operands[2].literalValue?.isNegative ?? true)
        case .like:
            guard operands.count == 2, case .text(let pattern)? = operands[1].literalValue else { return true }
            return pattern.contains("\\")
        case .sign, .ceil, .floor: return false
        case .abs, .round, .trunc:
            return !operands[0].type.isFloat || operands.count > 1
        case .atan, .tanh, .cbrt, .atan2: return false
        case .extract: return operands[0].type == .interval
        case .divide, .modulo:
            // By a constant of whole numbers nothing but zero fails, and -1 the least number.
            guard result.isInteger, operands.count == 2, case .int64(let divisor)? = operands[1].literalValue else {
                return true
            }
            return divisor == 0 || divisor == -1 && self == .divide
        case .library(let function): return function.mayFail
        case .composite(let function): return function == .map
        default: return true
        }
    }
}

extension Value {
    fileprivate var isNegative: Bool {
        switch self {
        case .int64(let value): value < 0
        default: false
        }
    }
}
