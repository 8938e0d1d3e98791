import MutstreamColumnar
import MutstreamDataflow

/// GROUP BY: a projection to keys and arguments, an aggregate for each grouping set, and the select list over the result.
///
/// While the list is bound, keys and aggregates are stood for by placeholders.
final class GroupedScope {
    struct Key {
        var value: Expression
        var placeholder: Int
        /// As it is written, where a subquery stands in it: bound once more it would be another one.
        var text: String?
    }

    let binder: Binder
    let input: Relation
    /// The window function of GROUP BY.
    let window: GroupWindow?
    private let plain: ExpressionBinder
    let argumentSubqueries: Subqueries
    private(set) var keys: [Key] = []
    /// Which keys each grouping set has; one set for a plain GROUP BY.
    private(set) var sets: [[Int]] = []
    private(set) var aggregates: [(call: PendingAggregate, placeholder: Int)] = []
    private(set) var groupings: [(keys: [Int], placeholder: Int)] = []

    init(_ binder: Binder, _ list: Binder.SelectList, _ input: Relation) throws(SQLError) {
        self.binder = binder
        var input = input
        var keyExpressions: [Expr] = []
        let scope = Scope(columns: input.columns)
        for expr in list.select.groupBy.flatMap(\.expressions) {
            keyExpressions.append(try GroupedScope.meaning(expr, list.items, scope))
        }
        let spread = try GroupedSets(keyExpressions, &input, binder, owner: list.owner, outer: list.outer)
        self.input = input
        window = list.window
        argumentSubqueries = Subqueries(
            binder, scope: binder.outerScope(input.columns, list.outer), owner: list.owner, emit: list.emit)
        plain = ExpressionBinder(
            Scope(columns: input.columns), clause: "GROUP BY", outer: list.outer, functions: binder,
            subqueries: argumentSubqueries, hook: spread.hook(scope, binder, list.outer))
        sets = [[]]
        for element in list.select.groupBy {
            let added = try elementSets(element, list.items)
            // Several elements: every combination of their sets.
            guard sets.count * added.count <= 4096 else {
                throw SQLError("GROUP BY has more than 4096 grouping sets", at: element.range)
            }
            sets = sets.flatMap { set in added.map { set + $0.filter { !set.contains($0) } } }
        }
    }

    // MARK: Keys

    private func elementSets(_ element: GroupingElement, _ items: [SelectItem]) throws(SQLError) -> [[Int]] {
        switch element {
        case .expression(let expr): return [try keys([expr], items)]
        case .list(let exprs, _): return [try keys(exprs, items)]
        case .empty: return [[]]
        case .rollup(let lists, _):
            var parts: [[Int]] = []
            for list in lists { parts.append(try keys(list, items)) }
            return (0...parts.count).reversed().map { count in Array(parts[..<count].joined()) }
        case .cube(let lists, let range):
            guard lists.count <= 12 else {
                throw SQLError("found \(lists.count) elements in CUBE, expected at most 12", at: range)
            }
            var parts: [[Int]] = []
            for list in lists { parts.append(try keys(list, items)) }
            return (0..<(1 << parts.count)).reversed().map { mask in
                parts.indices.filter { mask >> (parts.count - 1 - $0) & 1 == 1 }.flatMap { parts[$0] }
            }
        case .sets(let elements, _):
            var result: [[Int]] = []
            for element in elements { result += try elementSets(element, items) }
            return result
        }
    }

    private func keys(_ exprs: [Expr], _ items: [SelectItem]) throws(SQLError) -> [Int] {
        var result: [Int] = []
        for expr in exprs {
            var places = [try key(expr, items)]
            // By its end a group closes and goes.
            for part in keys[places[0]].value.columnIndex.flatMap({ plain.scope.windowParts($0) }) ?? [] {
                places.append(key(.column(part, input.columns[part].type), nil))
            }
            for place in places where !result.contains(place) { result.append(place) }
        }
        return result
    }

    private func key(_ expr: Expr, _ items: [SelectItem]) throws(SQLError) -> Int {
        let meaning = try GroupedScope.meaning(expr, items, plain.scope)
        let text = meaning.holdsSubquery ? sql(meaning) : nil
        if let text, let known = keys.firstIndex(where: { $0.text == text }) { return known }
        return key(try plain.bind(meaning).folded(), text)
    }

    private func key(_ value: Expression, _ text: String?) -> Int {
        if let known = keys.firstIndex(where: { $0.value == value }) { return known }
        keys.append(Key(value: value, placeholder: binder.newPlaceholder(), text: text))
        return keys.count - 1
    }

    /// A column that follows from the keys, since they hold the primary key of its table: a key more changes no group.
    private func dependentKey(_ index: Int) -> Key? {
        let column = input.columns[index]
        guard let origin = column.origin, sets.count == 1 else { return nil }
        let primaryKey = binder.plan.sources[origin.source].primaryKey
        let isFixed = primaryKey.allSatisfy { part in
            keys.contains { key in
                guard let known = key.value.columnIndex, input.columns.indices.contains(known) else { return false }
                let other = input.columns[known]
                return other.relation == column.relation
                    && other.origin == ScopeColumn.Origin(source: origin.source, column: part)
            }
        }
        guard isFixed, !primaryKey.isEmpty else { return nil }
        let key = Key(value: .column(index, column.type), placeholder: binder.newPlaceholder())
        keys.append(key)
        sets[0].append(keys.count - 1)
        return key
    }

    /// What a key of GROUP BY means: an output's number or alias, or an expression over the input.
    private static func meaning(_ expr: Expr, _ items: [SelectItem], _ scope: Scope) throws(SQLError) -> Expr {
        if case .number(let text) = expr.kind {
            guard let number = Int(text), items.indices.contains(number - 1) else {
                throw SQLError("found \(text), expected the number of an output column", at: expr.range)
            }
            return items[number - 1].expression
        }
        if case .column(let parts) = expr.kind, parts.count == 1,
            try scope.find(parts, range: expr.range) == nil,
            let item = items.first(where: { $0.alias?.name == parts[0].name })
        {
            return item.expression
        }
        return expr
    }

    // MARK: Expressions over the groups

    /// A stand-in for a key or an aggregate; nil: look into its parts.
    func intercept(_ expr: Expr) throws(SQLError) -> Expression? {
        if case .function(let call) = expr.kind, call.over == nil {
            if call.name.name == "grouping" { return try grouping(call, expr) }
            if let part = try windowPart(call, expr) { return part }
            if Binder.isAggregate(call.name.name) { return try aggregate(call, expr) }
        }
        if expr.holdsSubquery, keys.contains(where: { $0.text != nil }) {
            let text = sql(expr)
            if let key = keys.first(where: { $0.text == text }) { return .column(key.placeholder, key.value.type) }
        }
        if Binder.holdsSetReturning(expr), !isSpreadKey(expr) { return nil }
        if Binder.holdsAggregate(expr) || expr.holdsSubquery || Binder.holdsOverOrPredict(expr) { return nil }
        let bound = try ExpressionBinder(
            plain.scope, clause: "a grouped query", outer: plain.outer, functions: binder, hook: plain.hook
        ).untyped(expr)
        if let key = keys.first(where: { $0.value == bound.folded() }) { return .column(key.placeholder, key.value.type) }
        if bound.columns.allSatisfy({ !input.columns.indices.contains($0) }) { return bound }
        if case .column = expr.kind, let known = overKeys(bound) { return known }
        switch expr.kind {
        case .column(let parts):
            throw SQLError(
                "column \"\(parts[parts.count - 1].name)\" must be in GROUP BY or inside an aggregate", at: expr.range)
        case .inputColumn(let index):
            if let known = overKeys(bound) { return known }
            throw SQLError(
                "column \"\(input.columns[index].name)\" must be in GROUP BY or inside an aggregate", at: expr.range)
        default: return nil
        }
    }

    /// A column, or the row of a relation, over the keys and what follows from them; nil: it does not.
    private func overKeys(_ bound: Expression) -> Expression? {
        var known: [Int: Expression] = [:]
        for column in bound.columns where input.columns.indices.contains(column) {
            guard let key = keys.first(where: { $0.value.columnIndex == column }) ?? dependentKey(column) else { return nil }
            known[column] = .column(key.placeholder, key.value.type)
        }
        return bound.replacing { known[$0] }
    }

    /// A call that gives rows and is a key itself.
    func isSpreadKey(_ expr: Expr) -> Bool {
        guard let hook = plain.hook, case .function = expr.kind else { return false }
        return ((try? hook(expr)) ?? nil) != nil
    }

    private func aggregate(_ call: FunctionCall, _ expr: Expr) throws(SQLError) -> Expression {
        let bound = try binder.bindAggregate(call, expr, plain, input.columns)
        if let known = aggregates.first(where: { $0.call == bound }) { return .column(known.placeholder, bound.type) }
        let number = binder.newPlaceholder()
        aggregates.append((bound, number))
        return .column(number, bound.type)
    }

    /// GROUPING(a, b): a bit for each key, 1 where the set has it not.
    private func grouping(_ call: FunctionCall, _ expr: Expr) throws(SQLError) -> Expression {
        var wanted: [Int] = []
        for argument in call.arguments {
            let value = try plain.bind(argument).folded()
            guard let key = keys.firstIndex(where: { $0.value == value }) else {
                throw SQLError("an argument of GROUPING must be in GROUP BY", at: argument.range)
            }
            wanted.append(key)
        }
        guard wanted.count <= 31, !wanted.isEmpty else {
            throw SQLError("found \(wanted.count) arguments of GROUPING, expected 1 to 31", at: expr.range)
        }
        if let known = groupings.first(where: { $0.keys == wanted }) { return .column(known.placeholder, .int) }
        let number = binder.newPlaceholder()
        groupings.append((wanted, number))
        return .column(number, .int)
    }

    /// What a subquery of the select list or HAVING finds by name: the keys.
    func outerScope(_ parent: OuterScope?) -> OuterScope {
        OuterScope(parent: parent, allocate: { self.binder.newPlaceholder() }) { parts, range throws(SQLError) in
            guard let index = try self.plain.scope.find(parts, range: range) else { return nil }
            let column = self.input.columns[index]
            let known = self.keys.first { $0.value.columnIndex == index }
            guard let key = known ?? self.dependentKey(index) else {
                throw SQLError(
                    "column \"\(column.name)\" must be in GROUP BY to be used in a subquery of a grouped query", at: range)
            }
            return (.column(key.placeholder, column.type), column)
        }
    }
}

extension Binder {
    func bindGrouped(_ list: SelectList, _ input: Relation) throws(SQLError) -> Relation {
        let groups = try GroupedScope(self, list, input)
        let subqueries = Subqueries(self, scope: groups.outerScope(list.outer), owner: list.owner, emit: list.emit)
        let calls = SelectCalls(
            binder: self, input: input, windows: list.select.windows, emit: list.emit, owner: list.owner,
            subqueries: subqueries, outer: list.outer)
        calls.argumentHook = { expr throws(SQLError) in try groups.intercept(expr) }
        let binder = ExpressionBinder(
            Scope(columns: []), clause: "a grouped query", outer: list.outer, functions: self, subqueries: subqueries
        ) { expr throws(SQLError) in
            if !groups.isSpreadKey(expr), let known = try calls.intercept(expr) { return known }
            return try groups.intercept(expr)
        }
        let having = try list.select.having.map { clause throws(SQLError) in
            try ExpressionBinder(
                Scope(columns: []), clause: "HAVING", outer: list.outer, functions: self, subqueries: subqueries
            ) { expr throws(SQLError) in try groups.intercept(expr) }.condition(clause)
        }
        return try bindList(list, binder, calls) { () throws(SQLError) in
            try self.lower(groups, list, having, subqueries)
        }
    }

    /// The groups as a relation, and what stands for keys, aggregates and subqueries over it.
    private func lower(
        _ groups: GroupedScope, _ list: SelectList, _ having: Expression?, _ subqueries: Subqueries
    ) throws(SQLError) -> (Relation, [Int: Expression]) {
        let (input, inputValues) = try groups.argumentSubqueries.attach(to: groups.input)
        var inner = InputColumns(input)
        let final = { (expression: Expression) in expression.replacing { inputValues[$0] } }
        var keys = groups.keys.map { inner.position(of: final($0.value)) }
        let specs = groups.aggregates.map { $0.call.spec(&inner, final) }
        let close = list.emit?.kind == .onWindowClose ? list.emit : nil
        var closeKey: Int?
        if let close { closeKey = try findCloseKey(&keys, &inner, groups, close, list.select) }
        if let end = closeKey, let close {
            let below = inner.node(in: self, owner: list.owner)
            let delay = try closingDelay(below, keys[end], close)
            if delay > 0 { closeKey = try delayClose(&keys, &inner, end, by: delay, close) }
        }
        let base = inner.node(in: self, owner: list.owner)

        var columns = keys.map { inner.columns[$0] }
        for (spec, pending) in zip(specs, groups.aggregates) {
            columns.append(
                ScopeColumn(
                    relation: "", name: spec.function.rawValue, type: spec.resultType, sensitive: pending.call.sensitive,
                    window: nil))
        }
        var values: [Int: Expression] = [:]
        for (index, key) in groups.keys.enumerated() { values[key.placeholder] = .column(index, key.value.type) }
        for (index, call) in groups.aggregates.enumerated() {
            values[call.placeholder] = .column(keys.count + index, specs[index].resultType)
        }
        let node: NodeID
        if groups.sets.count == 1, groups.sets[0].count == groups.keys.count {
            node = add(
                .aggregate(AggregatePlan(input: base, keys: keys, calls: specs, closeKey: closeKey)), columns,
                owner: list.owner)
            for grouping in groups.groupings { values[grouping.placeholder] = .literal(.int64(0), .int) }
        } else {
            for grouping in groups.groupings {
                values[grouping.placeholder] = .column(columns.count, .int)
                columns.append(ScopeColumn(relation: "", name: "grouping", type: .int, sensitive: nil, window: nil))
            }
            var sides: [NodeID] = []
            for set in groups.sets {
                if let close, !set.contains(where: { columns[$0].window != nil }) {
                    throw SQLError(
                        "EMIT ON WINDOW CLOSE needs the window in every grouping set, but one has no such key",
                        at: close.range, hint: "GROUP BY window_start, window_end, ROLLUP (…)")
                }
                sides.append(groupingSet(set, groups, base, keys, closeKey, specs, columns, list.owner))
            }
            node = sides.count == 1 ? sides[0] : add(.union(sides), columns, owner: list.owner)
        }
        var result = Relation(node: node, columns: columns)
        (result, values) = try subqueries.attach(to: result, values)
        if let having {
            result.node = add(
                .filter(result.node, having.replacing { values[$0] }.folded()), result.columns, owner: list.owner)
        }
        return (result, values)
    }

    /// The groups of one set in the columns of all: NULL for the keys it has not.
    private func groupingSet(
        _ set: [Int], _ groups: GroupedScope, _ base: NodeID, _ keys: [Int], _ closeKey: Int?, _ specs: [AggregateSpec],
        _ columns: [ScopeColumn], _ owner: String
    ) -> NodeID {
        // The end of its window makes no group two.
        let set = set + (closeKey.map { set.contains($0) ? [] : [$0] } ?? [])
        let plan = AggregatePlan(
            input: base, keys: set.map { keys[$0] }, calls: specs, closeKey: closeKey.flatMap { set.firstIndex(of: $0) })
        let own = set.map { columns[$0] } + specs.indices.map { columns[keys.count + $0] }
        let node = add(.aggregate(plan), own, owner: owner)
        var expressions: [Expression] = []
        for key in keys.indices {
            let place = set.firstIndex(of: key)
            expressions.append(place.map { .column($0, columns[key].type) } ?? .null(columns[key].type))
        }
        for index in specs.indices { expressions.append(.column(set.count + index, specs[index].resultType)) }
        for grouping in groups.groupings {
            let bits = grouping.keys.reduce(Int64(0)) { $0 << 1 | (set.contains($1) ? 0 : 1) }
            expressions.append(.literal(.int64(bits), .int))
        }
        return add(.project(node, expressions), columns, owner: owner)
    }

    // MARK: Windows that close

    private func findCloseKey(
        _ keys: inout [Int], _ inner: inout InputColumns, _ groups: GroupedScope, _ close: EmitClause, _ select: Select
    ) throws(SQLError) -> Int {
        let found = keys.firstIndex { inner.columns[$0].window?.isEnd == true }
        guard isAppendOnly(groups.input.node) else {
            throw SQLError(
                "EMIT ON WINDOW CLOSE needs rows that only arrive, but rows of this query can change", at: close.range)
        }
        if let found { return found }
        let start = keys.first { inner.columns[$0].window != nil }
        guard let start, let size = inner.columns[start].window?.size else {
            throw SQLError(
                "EMIT ON WINDOW CLOSE needs the window's end among the keys of GROUP BY", at: close.range,
                hint: "GROUP BY …, window_start, window_end FROM TUMBLE(stream, time, INTERVAL '1' MINUTE)")
        }
        // The end follows from the start: it need not be written.
        let length = Expression(.literal(.interval(Interval(microseconds: size))), .interval)
        do {
            keys.append(inner.position(of: try Typing.binary("+", inner.expressions[start], length)))
            return keys.count - 1
        } catch { throw SQLError(error.message, at: select.range) }
    }

    /// How long after a window's end its last row may come, as the watermark counts.
    private func closingDelay(_ base: NodeID, _ column: Int, _ close: EmitClause) throws(SQLError) -> Int64 {
        let times = plan.graph.timeColumns(base, plan.sources)
        if let window = times.promise(column) { return max(window.distance, 0) }
        throw SQLError(
            "no watermark speaks of the window's time, so it would never close", at: close.range,
            hint: times.hasWatermark
                ? "let TUMBLE take the column for which the source declares its WATERMARK, or a time that follows from it"
                : "declare WATERMARK FOR column AS column - INTERVAL '5' SECOND at the source")
    }

    /// Windows of times that lie behind the watermark wait for their rows: a key more, the time at which they close.
    private func delayClose(
        _ keys: inout [Int], _ inner: inout InputColumns, _ end: Int, by delay: Int64, _ close: EmitClause
    ) throws(SQLError) -> Int {
        let length = Expression(.literal(.interval(Interval(microseconds: delay))), .interval)
        do {
            keys.append(inner.position(of: try Typing.binary("+", inner.expressions[keys[end]], length)))
            return keys.count - 1
        } catch { throw SQLError(error.message, at: close.range, hint: error.hint) }
    }

    static func holdsOverOrPredict(_ expr: Expr) -> Bool {
        if case .function(let call) = expr.kind, call.over != nil || call.name.name == "predict" { return true }
        return expr.children.contains(where: holdsOverOrPredict)
    }
}

/// The columns of a relation and further expressions over them, each once: the input of an operator that takes columns only.
struct InputColumns {
    private(set) var expressions: [Expression]
    private(set) var columns: [ScopeColumn]
    private let relation: Relation
    /// How many columns the relation has.
    var relationWidth: Int { relation.columns.count }

    init(_ relation: Relation) {
        self.relation = relation
        expressions = relation.columns.indices.map { .column($0, relation.columns[$0].type) }
        columns = relation.columns
    }

    /// The column that holds an expression over the relation.
    mutating func position(of expression: Expression) -> Int {
        if let known = expressions.firstIndex(of: expression) { return known }
        expressions.append(expression)
        columns.append(
            ScopeColumn(
                relation: "", name: "", type: expression.type, sensitive: Binder.sensitive(expression, relation.columns),
                window: nil))
        return expressions.count - 1
    }

    /// The relation itself where nothing was added.
    func node(in binder: Binder, owner: String) -> NodeID {
        if expressions.count == relation.columns.count { return relation.node }
        return binder.add(.project(relation.node, expressions), columns, owner: owner)
    }
}
