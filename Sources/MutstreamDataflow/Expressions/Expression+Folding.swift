import MutstreamColumnar

/// Constant folding.
extension Expression {
    /// Constant parts computed. What fails stays as it is: it is an error of each row, not of the query.
    package func folded() -> Expression {
        let folded = mapChildren { $0.folded() }
        switch folded.node {
        case .column, .literal, .untyped: return folded
        case .and(let operands): return Expression.foldedLogic(operands, neutral: true)
        case .or(let operands): return Expression.foldedLogic(operands, neutral: false)
        case .caseWhen(let branches, let otherwise): return folded.foldedCase(branches, otherwise)
        case .coalesce(let operands): return folded.foldedCoalesce(operands)
        case .cast(let operand, _) where operand.type == folded.type && !operand.isUntyped && !operand.mayFail:
            return operand
        default: return folded.computed()
        }
    }

    /// The value, if all operands are literals and it has one.
    private func computed() -> Expression {
        guard children.allSatisfy({ $0.literalValue != nil }) else { return self }
        let row = Batch(columns: [], count: 1, ordinals: Ordinals(first: 0))
        let result = Evaluator(self).evaluate(row)
        return result.failures.isEmpty ? .literal(result.column.value(at: 0), type) : self
    }

    /// AND (`neutral` true) or OR: neutral operands vanish, what follows a deciding one is never reached.
    private static func foldedLogic(_ operands: [Expression], neutral: Bool) -> Expression {
        var kept: [Expression] = []
        for operand in operands {
            if operand.literalValue == .bool(neutral) { continue }
            kept.append(operand)
            if operand.literalValue == .bool(!neutral) {
                // What stands before it is still reached, and may fail.
                if !kept.contains(where: \.mayFail) { return .boolean(!neutral) }
                break
            }
        }
        if kept.isEmpty { return .boolean(neutral) }
        if kept.count == 1 { return kept[0] }
        if kept.allSatisfy({ $0.literalValue != nil }) { return .null(.boolean) }
        return Expression(neutral ? .and(kept) : .or(kept), .boolean)
    }

    private func foldedCase(_ branches: [Branch], _ otherwise: Expression?) -> Expression {
        var kept: [Branch] = []
        var rest = otherwise
        for branch in branches {
            guard let value = branch.condition.literalValue else {
                kept.append(branch)
                continue
            }
            if value == .bool(true) {
                rest = branch.result
                break
            }
        }
        if kept.isEmpty { return rest ?? .null(type) }
        return Expression(.caseWhen(kept, otherwise: rest), type)
    }

    private func foldedCoalesce(_ operands: [Expression]) -> Expression {
        var kept: [Expression] = []
        for operand in operands {
            if operand.literalValue?.isNull == true { continue }
            kept.append(operand)
            if operand.literalValue != nil { break }
        }
        if kept.isEmpty { return .null(type) }
        return kept.count == 1 ? kept[0] : Expression(.coalesce(kept), type)
    }
}
