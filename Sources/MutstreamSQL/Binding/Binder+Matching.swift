import MutstreamColumnar
import MutstreamDataflow

/// MATCH_RECOGNIZE in FROM.
extension Binder {
    private static let orderHint = "write ORDER BY time, the column of the WATERMARK"

    /// A relation with a row for each match, or for each row of one: the keys, or all columns, and the measures.
    func bindMatch(_ match: MatchRecognize, _ input: Relation, owner: String) throws(SQLError) -> Relation {
        var inner = InputColumns(input)
        let plain = ExpressionBinder(Scope(columns: input.columns), clause: "MATCH_RECOGNIZE", functions: self)
        var partition: [Int] = []
        for expr in match.partitionBy { partition.append(inner.position(of: try plain.bind(expr).folded())) }
        let (order, isStream) = try matchOrder(match, input, plain, &inner)
        let timeType = inner.columns[order[0].column].type
        let hasTime = !order[0].descending && (timeType == .timestamp || timeType == .timestamptz)
        let within = try match.within.map { expr throws(SQLError) in
            let length = try constantInterval(expr)
            guard length > 0 else { throw SQLError("WITHIN takes an INTERVAL that is greater than 0", at: expr.range) }
            guard hasTime else {
                throw SQLError(
                    "WITHIN needs rows in the order of a TIMESTAMP, found \(timeType.name)", at: expr.range,
                    hint: Binder.orderHint)
            }
            return length
        }
        var names: [Identifier] = []
        let pattern = try rowPattern(match.pattern, &names, match.range)
        let variables = names.map { $0.quoted ? $0.name : $0.name.uppercased() }
        let subsets = try matchSubsets(match, names)
        let calls = MatchCalls(
            self, input, inner, variables: variables, subsets: subsets, timeColumn: order[0].column, isStream: isStream)
        let conditions = try matchConditions(match, names, calls)
        try checkPattern(pattern, match, conditions, isBounded: within != nil || !isStream)
        var measures: [(name: String, value: Expression)] = []
        for item in match.measures {
            measures.append((item.alias?.name ?? "?column?", try calls.measure(item.expression)))
        }
        let spec = MatchSpec(
            partition: partition, order: order, pattern: pattern, variables: variables, conditions: conditions,
            conditionSlots: calls.conditionSlots, measureSlots: calls.measureSlots, skip: try matchSkip(match, calls),
            within: within, allRows: match.allRows)
        return assemble(spec, isStream, match, input, calls, measures, owner: owner)
    }

    private func assemble(
        _ spec: MatchSpec, _ isStream: Bool, _ match: MatchRecognize, _ input: Relation, _ calls: MatchCalls,
        _ measures: [(name: String, value: Expression)], owner: String
    ) -> Relation {
        let base = calls.inner.node(in: self, owner: owner)
        var below = calls.inner.columns
        let width = below.count
        for (slot, sensitive) in zip(spec.measureSlots, calls.sensitive) {
            below.append(ScopeColumn(relation: "", name: "", type: slot.type, sensitive: sensitive, window: nil))
        }
        let plan = TemporalPlan(operation: .match(spec, isStream: isStream), inputs: [base])
        let node = add(.temporal(plan), below, owner: owner)
        var columns: [ScopeColumn] = []
        var expressions: [Expression] = []
        func pass(_ column: Int, _ name: String?) {
            var scope = below[column]
            scope.relation = ""
            scope.window = nil
            if let name { scope.name = name }
            columns.append(scope)
            expressions.append(.column(column, scope.type))
        }
        if match.allRows {
            for column in input.columns.indices { pass(column, nil) }
        } else {
            for (column, expr) in zip(spec.partition, match.partitionBy) {
                pass(column, Binder.outputName(SelectItem(expression: expr)))
            }
        }
        for (name, value) in measures {
            let moved = value.remapped { $0 + width }
            columns.append(
                ScopeColumn(
                    relation: "", name: name, type: value.type, sensitive: Binder.sensitive(moved, below), window: nil))
            expressions.append(moved)
        }
        return Relation(node: add(.project(node, expressions), columns, owner: owner), columns: columns)
    }

    // MARK: Clauses

    /// The order of the rows, and whether it is that of the watermark.
    private func matchOrder(
        _ match: MatchRecognize, _ input: Relation, _ plain: ExpressionBinder, _ inner: inout InputColumns
    ) throws(SQLError) -> ([SortItem], Bool) {
        guard let first = match.orderBy.first else {
            throw SQLError("MATCH_RECOGNIZE needs an ORDER BY", at: match.range, hint: Binder.orderHint)
        }
        var order: [SortItem] = []
        var isStream = false
        for (index, item) in match.orderBy.enumerated() {
            var value = try plain.bind(item.expression).folded()
            guard !value.type.isComposite, value.type != .interval, value.type != .json else {
                throw SQLError("cannot order by \(value.type.name) here", at: item.expression.range)
            }
            if index == 0, let column = value.columnIndex, isAppendOnly(input.node), !first.descending,
                plan.graph.timeColumns(input.node, plan.sources).eventTimes.contains(column)
            {
                isStream = true
                // A time that is NULL fails here.
                do throws(TypeError) {
                    value = try Typing.tumbleStart(value, size: 1)
                } catch { throw SQLError(error.message, at: item.expression.range, hint: error.hint) }
            }
            order.append(
                SortItem(
                    column: inner.position(of: value), descending: item.descending,
                    nullsFirst: item.nullsFirst ?? item.descending))
        }
        return (order, isStream)
    }

    private func matchSubsets(
        _ match: MatchRecognize, _ names: [Identifier]
    ) throws(SQLError) -> [(name: String, variables: UInt64)] {
        var subsets: [(name: String, variables: UInt64)] = []
        for (name, members) in match.subsets {
            if names.contains(where: { $0.name == name.name }) || subsets.contains(where: { $0.name == name.name }) {
                throw SQLError("\"\(name.name)\" is already a name in this pattern", at: name.range)
            }
            var variables: UInt64 = 0
            for member in members {
                guard let index = names.firstIndex(where: { $0.name == member.name }) else {
                    throw unknownVariable(member, names)
                }
                variables |= 1 << UInt64(index)
            }
            subsets.append((name.name.lowercased(), variables))
        }
        return subsets
    }

    private func unknownVariable(_ name: Identifier, _ names: [Identifier]) -> SQLError {
        let known = names.map(\.name)
        return SQLError(
            "unknown pattern variable \"\(name.name)\"", at: name.range,
            hint: suggestion(for: name.name, among: known).map { "did you mean \"\($0)\"?" }
                ?? "the pattern has \(Scope.list(known))")
    }

    private func matchConditions(
        _ match: MatchRecognize, _ names: [Identifier], _ calls: MatchCalls
    ) throws(SQLError) -> [Expression?] {
        var conditions = [Expression?](repeating: nil, count: names.count)
        var defined: Set<Int> = []
        for (name, condition) in match.defines {
            guard let index = names.firstIndex(where: { $0.name == name.name }) else { throw unknownVariable(name, names) }
            guard defined.insert(index).inserted else {
                throw SQLError("\"\(name.name)\" is defined twice", at: name.range)
            }
            let bound = try calls.condition(condition, of: index)
            conditions[index] = bound.isLiteralTrue ? nil : bound
        }
        return conditions
    }

    private func matchSkip(_ match: MatchRecognize, _ calls: MatchCalls) throws(SQLError) -> MatchSpec.Skip {
        switch match.skip {
        case .pastLastRow: return .pastLastRow
        case .toNextRow: return .toNextRow
        case .toFirst(let name): return .toFirst(try calls.rows(of: name), name.name)
        case .toLast(let name): return .toLast(try calls.rows(of: name), name.name)
        }
    }

    // MARK: Patterns

    /// The pattern over numbers; the variables' names are gathered in the order in which they come.
    private func rowPattern(
        _ term: PatternTerm, _ names: inout [Identifier], _ range: SourceRange
    ) throws(SQLError) -> RowPattern {
        switch term {
        case .variable(let name):
            if let known = names.firstIndex(where: { $0.name == name.name }) { return .variable(known) }
            guard names.count < MatchSpec.variablesMax else {
                throw SQLError(
                    "a pattern has at most \(MatchSpec.variablesMax) variables", at: name.range,
                    hint: "let several places of the pattern share one")
            }
            names.append(name)
            return .variable(names.count - 1)
        case .sequence(let parts):
            return .sequence(try parts.map { part throws(SQLError) in try rowPattern(part, &names, range) })
        case .alternation(let parts):
            return .alternation(try parts.map { part throws(SQLError) in try rowPattern(part, &names, range) })
        case .permutation(let parts, let place):
            guard parts.count <= 5 else {
                throw SQLError(
                    "found \(parts.count) parts of PERMUTE, expected at most 5", at: place,
                    hint: "say the order of some of them")
            }
            let all = try parts.map { part throws(SQLError) in try rowPattern(part, &names, range) }
            return .alternation(Binder.permutations(all.count).map { order in .sequence(order.map { all[$0] }) })
        case .repeated(let inner, let minimum, let maximum, let isReluctant):
            return .repeated(
                try rowPattern(inner, &names, range), minimum: minimum, maximum: maximum, isReluctant: isReluctant)
        }
    }

    /// All orders of so many things, in the order of the dictionary.
    private static func permutations(_ count: Int) -> [[Int]] {
        var result: [[Int]] = [[]]
        for _ in 0..<count {
            result = result.flatMap { head in (0..<count).filter { !head.contains($0) }.map { head + [$0] } }
        }
        return result
    }

    private func checkPattern(
        _ pattern: RowPattern, _ match: MatchRecognize, _ conditions: [Expression?], isBounded: Bool
    ) throws(SQLError) {
        if pattern.matchesEmpty {
            throw SQLError(
                "the pattern matches no row at all, expected one that takes a row", at: match.range,
                hint: "write + instead of *, or let a variable stand alone")
        }
        if PatternProgram(pattern) == nil {
            throw SQLError(
                "the pattern is too long: repetitions written out, it has more than \(PatternProgram.lengthMax) parts",
                at: match.range, hint: "write * or + with a condition in DEFINE")
        }
        if !isBounded, pattern.neverEnds({ conditions[$0] == nil }) {
            throw SQLError(
                "a repetition in the pattern takes any row, so that over a stream no match is ever decided",
                at: match.range,
                hint: "DEFINE its variable, bound the match WITHIN INTERVAL '1' HOUR, or write it reluctant: *?")
        }
    }
}
