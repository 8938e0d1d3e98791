import MutstreamColumnar
import MutstreamDataflow

/// What follows from equations: `a = b` and `b < 5` give `a < 5`.
///
/// Only comparisons with constants are handed on, and only between columns of one type, so that what is equal compares
/// alike.
struct Equalities {
    /// By column: another one of its class, itself where it stands for the class.
    private var parent: [Int: Int] = [:]
    private var types: [Int: DataType] = [:]

    /// - Parameter pairs: columns that are equal where a row counts.
    init(_ conditions: [Expression], pairs: [(Expression, Expression)] = []) {
        for (left, right) in pairs { unite(left, right) }
        for condition in conditions {
            guard case .call(.equal, let operands) = condition.node, operands.count == 2 else { continue }
            unite(operands[0], operands[1])
        }
    }

    private mutating func unite(_ left: Expression, _ right: Expression) {
        guard let first = left.columnIndex, let second = right.columnIndex, first != second, left.type == right.type else {
            return
        }
        (types[first], types[second]) = (left.type, right.type)
        let (a, b) = (root(first), root(second))
        if a != b { parent[max(a, b)] = min(a, b) }
        parent[min(a, b)] = min(a, b)
    }

    private func root(_ column: Int) -> Int {
        var column = column
        while let next = parent[column], next != column { column = next }
        return column
    }

    /// Conditions on other columns of a class that follow from those given, without these.
    func implied(by conditions: [Expression]) -> [Expression] {
        if types.isEmpty { return [] }
        var known = Set(conditions)
        var result: [Expression] = []
        let columns = types.keys.sorted()
        for condition in conditions {
            guard let column = Equalities.comparedColumn(condition), let type = types[column] else { continue }
            let own = root(column)
            for other in columns where other != column && root(other) == own && types[other] == type {
                let moved = condition.remapped { $0 == column ? other : $0 }
                if known.insert(moved).inserted { result.append(moved) }
            }
        }
        return result
    }

    /// The only column of a comparison with constants; nil: it is another condition.
    private static func comparedColumn(_ condition: Expression) -> Int? {
        if condition.mayFail { return nil }
        switch condition.node {
        case .call(let function, let operands) where function.isComparison && operands.count == 2:
            if let column = operands[0].columnIndex, operands[1].literalValue != nil { return column }
            if let column = operands[1].columnIndex, operands[0].literalValue != nil { return column }
            return nil
        case .inList(let needle, let members) where members.allSatisfy({ $0.literalValue != nil }):
            return needle.columnIndex
        default: return nil
        }
    }
}

extension Expression {
    /// `(a AND x) OR (a AND y)` as `a AND (x OR y)`: what all branches share can become a key of a join.
    var factored: Expression {
        guard case .or(let branches) = node else { return self }
        let parts = branches.flatMap(\.disjuncts).map(\.conjuncts)
        guard parts.count > 1, let first = parts.first else { return self }
        let shared = first.filter { part in !part.mayFail && parts.allSatisfy { $0.contains(part) } }
        if shared.isEmpty { return self }
        let rests = parts.map { Expression.conjunction($0.filter { !shared.contains($0) }) }
        let some = rests.compactMap { $0 }
        // A branch that says nothing more holds where the shared part does.
        if some.count < rests.count { return Expression.conjunction(shared) ?? self }
        return Expression.conjunction(shared + [Expression(.or(some), .boolean)]) ?? self
    }

    private var disjuncts: [Expression] {
        if case .or(let operands) = node { return operands.flatMap(\.disjuncts) }
        return [self]
    }
}
