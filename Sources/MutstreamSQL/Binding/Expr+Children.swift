extension Expr {
    /// The expressions directly below, those of subqueries left out.
    var children: [Expr] {
        switch kind {
        case .null, .boolean, .number, .string, .interval, .typedString, .column, .inputColumn, .star, .exists, .subquery,
            .arrayQuery, .defaultValue, .parameter:
            []
        case .unary(_, let operand), .isNull(let operand, _), .isTruth(let operand, _, _), .cast(let operand, _, _),
            .extract(_, let operand), .inQuery(let operand, _, _), .field(let operand, _), .collate(let operand, _):
            [operand]
        case .binary(_, let left, let right), .isDistinct(let left, let right, _), .subscripted(let left, let right),
            .atTimeZone(let left, let right):
            [left, right]
        case .between(let operand, let low, let high, _, _): [operand, low, high]
        case .inList(let operand, let list, _): [operand] + list
        case .like(let operand, let pattern, let escape, _, _), .similar(let operand, let pattern, let escape, _):
            [operand, pattern] + (escape.map { [$0] } ?? [])
        case .caseWhen(let operand, let branches, let otherwise):
            (operand.map { [$0] } ?? []) + branches.flatMap { [$0.condition, $0.result] } + (otherwise.map { [$0] } ?? [])
        case .function(let call): call.arguments + (call.filter.map { [$0] } ?? [])
        case .array(let items), .row(let items): items
        case .map(let pairs): pairs.flatMap { [$0.0, $0.1] }
        case .slice(let base, let from, let to): [base] + [from, to].compactMap { $0 }
        case .quantified(let operand, _, _, let other):
            if case .array(let array) = other { [operand, array] } else { [operand] }
        }
    }
}
