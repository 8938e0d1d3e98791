import MutstreamColumnar
import MutstreamDataflow

/// Sorts the conditions of a join into equal keys, bounds on the distance of two times, and the rest.
struct JoinConditions {
    private(set) var join: JoinPlan
    /// Expressions that must become columns of the left (right) input, behind its own.
    private(set) var addedLeft: [Expression] = []
    private(set) var addedRight: [Expression] = []
    private let leftTypes: [DataType]
    private let rightTypes: [DataType]

    init(_ join: JoinPlan, leftTypes: [DataType], rightTypes: [DataType]) {
        self.join = join
        self.leftTypes = leftTypes
        self.rightTypes = rightTypes
    }

    mutating func take(_ conditions: [Expression]) {
        var rest: [Expression] = []
        for condition in conditions where !takeKey(condition) && !takeTime(condition) { rest.append(condition) }
        let all = (join.residual?.conjuncts ?? []) + rest
        join.residual = Expression.conjunction(all)
    }

    private enum Side { case left, right }

    private func side(_ expression: Expression) -> Side? {
        let columns = expression.columns
        if columns.isEmpty { return nil }
        if columns.allSatisfy({ $0 < leftTypes.count }) { return .left }
        if columns.allSatisfy({ $0 >= leftTypes.count }) { return .right }
        return nil
    }

    // MARK: Keys

    private mutating func takeKey(_ condition: Expression) -> Bool {
        guard case .call(.equal, let operands) = condition.node, operands.count == 2, !condition.mayFail,
            let first = side(operands[0]), let second = side(operands[1]), first != second,
            operands[0].type.physical == operands[1].type.physical, operands[0].type.scale == operands[1].type.scale
        else { return false }
        let (left, right) = first == .left ? (operands[0], operands[1]) : (operands[1], operands[0])
        let width = leftTypes.count
        join.keys.append(
            JoinPlan.KeyPair(
                left: JoinConditions.column(of: left, &addedLeft, leftTypes.count),
                right: JoinConditions.column(of: right.remapped { $0 - width }, &addedRight, rightTypes.count)))
        return true
    }

    private static func column(of expression: Expression, _ added: inout [Expression], _ width: Int) -> Int {
        if let index = expression.columnIndex { return index }
        if let known = added.firstIndex(of: expression) { return width + known }
        added.append(expression)
        return width + added.count - 1
    }

    // MARK: Time

    /// `column ± constant`: the column and the constant in microseconds.
    private static func shifted(_ expression: Expression) -> (column: Int, by: Int64)? {
        if let column = expression.columnIndex { return (column, 0) }
        guard case .call(let function, let operands) = expression.node, operands.count == 2,
            let column = operands[0].columnIndex, case .interval(let interval)? = operands[1].literalValue,
            let length = interval.exactMicroseconds, length > -(1 << 60), length < 1 << 60
        else { return nil }
        switch function {
        case .add: return (column, length)
        case .subtract: return (column, -length)
        default: return nil
        }
    }

    /// A comparison of a time of each side: a bound on `right - left`.
    mutating func takeTime(_ condition: Expression) -> Bool {
        guard join.mode == .maintained, case .call(let function, let operands) = condition.node, operands.count == 2,
            operands[0].type == operands[1].type, operands[0].type == .timestamp || operands[0].type == .timestamptz,
            let first = JoinConditions.shifted(operands[0]), let second = JoinConditions.shifted(operands[1])
        else { return false }
        let width = leftTypes.count
        guard (first.column < width) != (second.column < width) else { return false }
        // first + a OP second + b, turned so that it bounds right - left.
        let firstIsRight = first.column >= width
        let (left, right) = firstIsRight ? (second.column, first.column - width) : (first.column, second.column - width)
        if let time = join.time, time.left != left || time.right != right { return false }
        // With d = right - left: if first is right, d OP second.by - first.by; else -d OP second.by - first.by.
        let distance = second.by - first.by
        var time = join.time ?? JoinPlan.TimeBounds(left: left, right: right, lower: nil, upper: nil)
        let (isUpper, bound): (Bool, Int64)
        switch function {
        case .less: (isUpper, bound) = firstIsRight ? (true, distance - 1) : (false, -distance + 1)
        case .lessOrEqual: (isUpper, bound) = firstIsRight ? (true, distance) : (false, -distance)
        case .greater: (isUpper, bound) = firstIsRight ? (false, distance + 1) : (true, -distance - 1)
        case .greaterOrEqual: (isUpper, bound) = firstIsRight ? (false, distance) : (true, -distance)
        default: return false
        }
        if isUpper { time.upper = min(time.upper ?? bound, bound) } else { time.lower = max(time.lower ?? bound, bound) }
        join.time = time
        return true
    }
}
