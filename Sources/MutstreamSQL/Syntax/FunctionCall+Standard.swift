extension FunctionCall {
    /// The same call by functions of the standard: `count_if(c)` counts the rows where `c` is true, `median(x)` is
    /// `percentile_cont(0.5)`.
    var standard: FunctionCall {
        guard arguments.count == 1, !isStar, withinGroup.isEmpty else { return self }
        let (argument, range) = (arguments[0], arguments[0].range)
        var call = self
        switch name.name {
        case "count_if", "countif":
            let holds = CaseBranch(condition: argument, result: Expr(.boolean(true), range: range))
            call.name = Identifier("count", range: name.range)
            call.arguments = [Expr(.caseWhen(operand: nil, branches: [holds], otherwise: nil), range: range)]
        case "median":
            call.name = Identifier("percentile_cont", range: name.range)
            call.arguments = [Expr(.number("0.5"), range: range)]
            call.withinGroup = [OrderItem(expression: argument, descending: false, nullsFirst: nil)]
        default: break
        }
        return call
    }
}
