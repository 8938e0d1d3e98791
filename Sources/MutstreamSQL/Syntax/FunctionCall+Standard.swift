extension FunctionCall {
    /// The same call by functions of the standard, or by those of this dialect: `count_if(c)` counts the rows where `c` is
    /// true, `median(x)` is `percentile_cont(0.5)`, `approx_median(x)` is `approx_percentile(x, 0.5)`.
    var standard: FunctionCall {
        let others = [
            "var": "var_samp", "var_sample": "var_samp", "var_population": "var_pop",
            "approx_distinct": "approx_count_distinct", "approx_percentile_cont": "approx_percentile",
        ]
        if let known = others[name.name], !arguments.isEmpty {
            var call = self
            call.name = Identifier(known, range: name.range)
            return call
        }
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
        case "approx_median":
            call.name = Identifier("approx_percentile", range: name.range)
            call.arguments.append(Expr(.number("0.5"), range: range))
        default: break
        }
        return call
    }
}
