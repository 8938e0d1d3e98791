/// `t MATCH_RECOGNIZE (…)`.
package struct MatchRecognize: Sendable {
    package enum Skip: Sendable {
        case pastLastRow, toNextRow
        case toFirst(Identifier)
        case toLast(Identifier)
    }

    package var input: TableReference
    package var partitionBy: [Expr] = []
    package var orderBy: [OrderItem] = []
    package var measures: [SelectItem] = []
    /// ALL ROWS PER MATCH.
    package var allRows = false
    package var skip = Skip.pastLastRow
    package var pattern: PatternTerm
    package var within: Expr?
    package var subsets: [(name: Identifier, variables: [Identifier])] = []
    package var defines: [(variable: Identifier, condition: Expr)] = []
    package var range: SourceRange

    package init(_ input: TableReference, pattern: PatternTerm, range: SourceRange) {
        self.input = input
        self.pattern = pattern
        self.range = range
    }
}

/// A part of PATTERN (…).
package indirect enum PatternTerm: Sendable {
    case variable(Identifier)
    case sequence([PatternTerm])
    case alternation([PatternTerm])
    case permutation([PatternTerm], SourceRange)
    case repeated(PatternTerm, minimum: Int, maximum: Int?, isReluctant: Bool)
}

// MARK: - As SQL

/// A function of its own: where tables nest, the stack holds no clause of any.
func sqlMatch(of table: TableReference) -> String {
    guard case .match(let match) = table.kind else { return "" }
    var parts: [String] = []
    if !match.partitionBy.isEmpty { parts.append("PARTITION BY " + sqlList(match.partitionBy, sql)) }
    if !match.orderBy.isEmpty { parts.append("ORDER BY " + sqlList(match.orderBy, sql)) }
    if !match.measures.isEmpty { parts.append("MEASURES " + sql(match.measures)) }
    parts.append(match.allRows ? "ALL ROWS PER MATCH" : "ONE ROW PER MATCH")
    switch match.skip {
    case .pastLastRow: parts.append("AFTER MATCH SKIP PAST LAST ROW")
    case .toNextRow: parts.append("AFTER MATCH SKIP TO NEXT ROW")
    case .toFirst(let name): parts.append("AFTER MATCH SKIP TO FIRST " + sql(name))
    case .toLast(let name): parts.append("AFTER MATCH SKIP TO LAST " + sql(name))
    }
    parts.append("PATTERN (\(sql(match.pattern)))")
    if let within = match.within { parts.append("WITHIN " + sql(within)) }
    if !match.subsets.isEmpty {
        parts.append("SUBSET " + sqlList(match.subsets) { "\(sql($0.name)) = (\(sqlList($0.variables, sql)))" })
    }
    if !match.defines.isEmpty {
        parts.append("DEFINE " + sqlList(match.defines) { "\(sql($0.variable)) AS \(sql($0.condition))" })
    }
    var input = sql(match.input)
    if case .join = match.input.kind, match.input.alias == nil { input = "(\(input))" }
    return "\(input) MATCH_RECOGNIZE (\(parts.joined(separator: " ")))"
}

private func sql(_ term: PatternTerm) -> String {
    switch term {
    case .variable(let name): return sql(name)
    case .sequence(let parts):
        return parts.map { part in
            if case .alternation = part { "(\(sql(part)))" } else { sql(part) }
        }.joined(separator: " ")
    case .alternation(let parts): return parts.map(sql).joined(separator: " | ")
    case .permutation(let parts, _): return "PERMUTE(\(sqlList(parts, sql)))"
    case .repeated(let inner, let minimum, let maximum, let isReluctant):
        var text = sql(inner)
        switch inner {
        case .variable, .permutation: break
        default: text = "(\(text))"
        }
        switch (minimum, maximum) {
        case (0, nil): text += "*"
        case (1, nil): text += "+"
        case (0, 1?): text += "?"
        case (_, nil): text += "{\(minimum),}"
        case (_, let maximum?): text += minimum == maximum ? "{\(minimum)}" : "{\(minimum),\(maximum)}"
        }
        return text + (isReluctant ? "?" : "")
    }
}
