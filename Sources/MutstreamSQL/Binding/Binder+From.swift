import MutstreamColumnar
import MutstreamDataflow

extension Binder {
    /// Where the parts of a FROM clause are bound.
    struct FromContext {
        var owner: String
        var emit: EmitClause?
        /// The query around.
        var outer: OuterScope?

        var mode: JoinPlan.Mode { emit?.kind == .onArrival ? .arrival : .maintained }
    }

    /// All relations of FROM as one: a comma is a cross join, which WHERE makes an inner one.
    func bindFrom(
        _ references: [TableReference], owner: String, emit: EmitClause?, outer: OuterScope?
    ) throws(SQLError) -> Relation {
        let context = FromContext(owner: owner, emit: emit, outer: outer)
        var result = try bindReference(references[0], nil, context)
        for reference in references.dropFirst() {
            result = try joined(.inner, result, reference, nil, context, leftRange: references[0].range)
        }
        return result
    }

    /// - Parameter left: what stands before it in FROM, to which LATERAL and functions may refer.
    private func bindReference(
        _ reference: TableReference, _ left: OuterScope?, _ context: FromContext
    ) throws(SQLError) -> Relation {
        if let time = reference.systemTime {
            throw SQLError(
                "FOR SYSTEM_TIME AS OF stands on the right of a JOIN", at: time.range,
                hint: "FROM stream s JOIN table FOR SYSTEM_TIME AS OF s.time AS t ON s.key = t.key")
        }
        var relation: Relation
        switch reference.kind {
        case .relation(let name):
            if lookupSource(name) != nil {
                throw SQLError(
                    "the rows of \"\(name.text)\" are asked for one by one", at: reference.range, hint: Binder.lookupUsage)
            }
            relation = try self.relation(name)
        case .function(let function):
            if Binder.windowFunctions.contains(function.name.name) {
                relation = try bindWindow(function, owner: context.owner, emit: context.emit, outer: context.outer)
            } else {
                relation = try bindSetFunction(function, reference, left ?? context.outer, context)
            }
        case .subquery(let query):
            relation = try bindQuery(
                query, owner: context.owner, emit: reference.isLateral ? nil : context.emit,
                outer: reference.isLateral ? left ?? context.outer : context.outer, use: .relation
            ).renamed("")
        case .match(let match):
            let input = try bindReference(match.input, left, context)
            relation = try bindMatch(match, input, owner: context.owner)
        case .join(let join):
            relation = try bindJoin(join, context)
            guard reference.alias != nil else { return relation }
            relation = withoutHidden(relation, context)
        }
        if let alias = reference.alias {
            relation = relation.renamed(alias.name)
            // A function with one column is called by its alias.
            if case .function = reference.kind, reference.columnAliases.isEmpty, relation.columns.count == 1 {
                relation.columns[0].name = alias.name
            }
        }
        let count = relation.columns.count { !$0.isWindowPart }
        if reference.columnAliases.count > count {
            throw SQLError(
                "found \(reference.columnAliases.count) column names, expected at most \(count)",
                at: reference.range)
        }
        for (index, name) in reference.columnAliases.enumerated() { relation.columns[index].name = name.name }
        return relation
    }

    // MARK: Joins

    private func bindJoin(_ join: Join, _ context: FromContext) throws(SQLError) -> Relation {
        let left = try bindReference(join.left, nil, context)
        let kind: JoinPlan.Kind
        switch join.kind {
        case .inner, .cross: kind = .inner
        case .left: kind = .left
        case .full: kind = .full
        case .semi: kind = .semi
        case .anti: kind = .anti
        case .right: return try bindRightJoin(join, left, context)
        case .asof: kind = join.keepsLeft ? .left : .inner
        }
        if kind == .full, context.mode == .arrival {
            throw SQLError("a FULL JOIN cannot stand under EMIT ON ARRIVAL", at: join.right.range)
        }
        return try joined(kind, left, join.right, join, context, leftRange: join.left.range)
    }

    private func bindRightJoin(_ join: Join, _ left: Relation, _ context: FromContext) throws(SQLError) -> Relation {
        if context.mode == .arrival {
            throw SQLError(
                "a RIGHT JOIN cannot stand under EMIT ON ARRIVAL", at: join.right.range,
                hint: "let the stream come first and write LEFT JOIN")
        }
        let right = try bindReference(join.right, nil, context)
        // The sides are turned round; the columns come back in the order that was written.
        let turned = try condition(join, left, right, context)
        let width = left.columns.count
        let plan = JoinPlan(
            kind: .left, left: right.node, right: left.node, mode: .maintained,
            residual: turned?.remapped { $0 < width ? right.columns.count + $0 : $0 - width })
        let node = add(.join(plan), right.columns + left.columns, owner: context.owner)
        let columns = left.columns + right.columns
        let order = columns.indices.map {
            Expression.column($0 < width ? right.columns.count + $0 : $0 - width, columns[$0].type)
        }
        let relation = Relation(node: add(.project(node, order), columns, owner: context.owner), columns: columns)
        return try merged(relation, width, join, context)
    }

    /// Joins the next part of FROM; one that refers to what stands before it is joined for each of its rows.
    private func joined(
        _ kind: JoinPlan.Kind, _ left: Relation, _ reference: TableReference, _ written: Join?, _ context: FromContext,
        leftRange: SourceRange
    ) throws(SQLError) -> Relation {
        let (join, later) = Binder.split(written, kind)
        if context.mode == .arrival, !isAppendOnly(left.node) {
            throw SQLError(
                "EMIT ON ARRIVAL is driven by the first relation in FROM: found one whose rows change", at: leftRange,
                hint: "let a stream come first and JOIN the table to it")
        }
        if let join, case .relation(let name) = reference.kind, let source = lookupSource(name) {
            let relation = try lookupJoin(join, left, reference, source, context) { right throws(SQLError) in
                try condition(join, left, right, context)
            }
            return try merged(relation, left.columns.count, join, context)
        }
        if let join, let time = reference.systemTime, !isProcessingTime(time, of: left) {
            let relation = try versionJoin(join, left, reference, time, context) { right throws(SQLError) in
                try condition(join, left, right, context)
            }
            return try merged(relation, left.columns.count, join, context)
        }
        var (reference, mode) = (reference, context.mode)
        if let time = reference.systemTime {
            reference.systemTime = nil
            mode = .arrival
            guard kind == .inner || kind == .left else {
                throw SQLError("FOR SYSTEM_TIME AS OF PROCTIME() stands on the right of a JOIN or LEFT JOIN", at: time.range)
            }
            guard join?.kind != .asof || isAppendOnly(left.node) else {
                throw SQLError(
                    "an ASOF JOIN FOR SYSTEM_TIME AS OF PROCTIME() joins rows that only arrive", at: time.range,
                    hint: "let a stream come first")
            }
        }
        let scope = outerScope(left.columns, context.outer)
        let right = try bindReference(reference, scope, context)
        let isDependent = !scope.references.isEmpty
        if isDependent, kind == .full {
            throw SQLError("LATERAL cannot stand on the right of a FULL JOIN", at: reference.range)
        }
        let width = left.columns.count
        var relation: Relation
        if let join, join.kind == .asof {
            if isDependent { throw SQLError("LATERAL cannot stand on the right of an ASOF JOIN", at: reference.range) }
            relation = try asofJoin(
                join, left, right, mode: mode, condition: try condition(join, left, right, context), owner: context.owner)
        } else if let unnested = unnest(left, right, scope, kind, join, context) {
            relation = unnested
        } else if kind == .left, !isDependent, case .on(let condition)? = join?.condition, condition.holdsSubquery {
            relation = try leftJoin(left, right, condition, context, mode: mode)
        } else if isDependent {
            relation = try dependentJoin(
                kind, left, right, scope, mode: mode, owner: context.owner, range: reference.range
            ) { outputs throws(SQLError) in
                guard let join, let condition = try self.condition(join, left, right, context) else { return [] }
                return [condition.replacing { outputs.indices.contains($0 - width) ? outputs[$0 - width] : nil }]
            }
        } else {
            let columns = left.columns + right.columns
            let plan = JoinPlan(
                kind: kind, left: left.node, right: right.node, mode: mode,
                residual: try join.flatMap { join throws(SQLError) in try condition(join, left, right, context) })
            let own = plan.hasRightColumns ? columns : left.columns
            relation = Relation(node: add(.join(plan), own, owner: context.owner), columns: own)
        }
        if let condition = Binder.conjunction(later) {
            relation = try bindFilter(
                condition, relation, clause: "a join condition", owner: context.owner, emit: context.emit,
                outer: context.outer)
        }
        guard let join, kind != .semi, kind != .anti else { return relation }
        return try merged(relation, width, join, context)
    }

    /// The columns that USING or NATURAL compare, by number.
    private func shared(_ join: Join, _ left: [ScopeColumn], _ right: [ScopeColumn]) throws(SQLError) -> [(Int, Int)] {
        var pairs: [(Int, Int)] = []
        if case .using(let names) = join.condition {
            for name in names {
                pairs.append(
                    (
                        try Scope(columns: left).resolve([name], range: name.range),
                        try Scope(columns: right).resolve([name], range: name.range)
                    ))
            }
        } else if join.isNatural {
            for (index, column) in left.enumerated() where !column.isHidden {
                let others = right.indices.filter { !right[$0].isHidden && right[$0].name == column.name }
                if let other = others.first { pairs.append((index, other)) }
            }
        }
        return pairs
    }

    private func condition(
        _ join: Join, _ left: Relation, _ right: Relation, _ context: FromContext
    ) throws(SQLError) -> Expression? {
        if case .on(let expr) = join.condition {
            if expr.holdsSubquery {
                throw SQLError(
                    "a subquery in the condition of a \("\(join.kind)".uppercased()) JOIN is not supported", at: expr.range,
                    hint: "write it in WHERE, or in a subquery in FROM")
            }
            let binder = ExpressionBinder(
                Scope(columns: left.columns + right.columns), clause: "a join condition", outer: context.outer,
                functions: self)
            return try binder.condition(expr).folded()
        }
        var parts: [Expression] = []
        for (l, r) in try shared(join, left.columns, right.columns) {
            do {
                parts.append(
                    try Typing.binary(
                        "=", .column(l, left.columns[l].type),
                        .column(left.columns.count + r, right.columns[r].type)))
            } catch { throw SQLError(error.message, at: join.right.range, hint: error.hint) }
        }
        return Expression.conjunction(parts)
    }

    /// A column of USING is one column: it comes first, and those of the sides can only be reached by qualified names.
    private func merged(
        _ relation: Relation, _ width: Int, _ join: Join, _ context: FromContext
    ) throws(SQLError) -> Relation {
        let (left, right) = (Array(relation.columns[..<width]), Array(relation.columns[width...]))
        let pairs = try shared(join, left, right)
        if pairs.isEmpty { return relation }
        var columns: [ScopeColumn] = []
        var expressions: [Expression] = []
        for (l, r) in pairs {
            let source = join.kind == .right ? right[r] : left[l]
            let other = join.kind == .right ? left[l] : right[r]
            var column = source
            let plain = Expression.column(join.kind == .right ? width + r : l, source.type)
            if join.kind == .full {
                do {
                    let value = try Typing.coalesce([plain, .column(width + r, right[r].type)])
                    column.type = value.type
                    expressions.append(value)
                } catch { throw SQLError(error.message, at: join.right.range, hint: error.hint) }
            } else {
                expressions.append(plain)
            }
            column.relation = ""
            column.sensitive = source.sensitive ?? other.sensitive
            columns.append(column)
        }
        for (index, column) in relation.columns.enumerated() {
            var column = column
            if pairs.contains(where: { $0.0 == index || width + $0.1 == index }) { column.isHidden = true }
            columns.append(column)
            expressions.append(.column(index, column.type))
        }
        return Relation(node: add(.project(relation.node, expressions), columns, owner: context.owner), columns: columns)
    }

    /// Under one name the sides of a USING column are out of reach.
    private func withoutHidden(_ relation: Relation, _ context: FromContext) -> Relation {
        let kept = relation.columns.indices.filter { !relation.columns[$0].isHidden }
        if kept.count == relation.columns.count { return relation }
        let columns = kept.map { relation.columns[$0] }
        let values = kept.map { Expression.column($0, relation.columns[$0].type) }
        return Relation(node: add(.project(relation.node, values), columns, owner: context.owner), columns: columns)
    }

    // MARK: Functions that give rows

    /// `UNNEST(array, …)` and functions whose result is a list of rows, which come as arrays.
    private func bindSetFunction(
        _ function: TableFunction, _ reference: TableReference, _ outer: OuterScope?, _ context: FromContext
    ) throws(SQLError) -> Relation {
        let binder = ExpressionBinder(Scope(columns: []), clause: "FROM", outer: outer, functions: self)
        var arguments: [Expr] = []
        for argument in function.arguments {
            switch argument.value {
            case .expression(let expr): arguments.append(expr)
            case .relation(let name): arguments.append(Expr(.column(name.parts), range: name.range))
            case .descriptor(_, let range): throw SQLError("DESCRIPTOR belongs to window functions", at: range)
            }
        }
        let name = function.name.name
        if name != "unnest", !Typing.isFunction(name), !functionNames.contains(name) {
            let known = Binder.windowFunctions.sorted() + ["unnest", "generate_series"]
            throw SQLError(
                "unknown table function \"\(name)\"", at: function.name.range,
                hint: suggestion(for: name, among: known).map { "did you mean \($0.uppercased())?" }
                    ?? "supported: TUMBLE(relation, time, INTERVAL '1' MINUTE), UNNEST(array), generate_series(from, to)")
        }
        var arrays: [Expression] = []
        if name == "unnest" {
            for argument in arguments { arrays.append(try binder.bind(argument)) }
        } else {
            let call = Expr(
                .function(FunctionCall(name: function.name, arguments: arguments)), range: function.range)
            arrays = [try self.rows(of: call, binder)]
        }
        for (index, array) in arrays.enumerated() {
            guard case .array = array.type else {
                throw SQLError(
                    "\(name) gives \(array.type.name), expected a function that gives rows",
                    at: arguments.indices.contains(index) ? arguments[index].range : function.range,
                    hint: "UNNEST(array), generate_series(from, to), jsonb_array_elements(json)")
            }
        }
        guard !arrays.isEmpty else { throw SQLError("UNNEST takes an array", at: function.range) }
        let single = singleRow()
        let inner = arrays.map { array in
            ScopeColumn(relation: "", name: "", type: array.type, sensitive: nil, window: nil)
        }
        let input = add(.project(single.node, arrays), inner, owner: context.owner)
        var columns = inner
        for array in arrays {
            // An array of rows gives a column for each of their fields.
            columns.append(
                ScopeColumn(relation: name, name: name, type: array.type.element ?? .text, sensitive: nil, window: nil))
        }
        if reference.withOrdinality {
            columns.append(ScopeColumn(relation: name, name: "ordinality", type: .bigint, sensitive: nil, window: nil))
        }
        let node = add(
            .unnest(
                UnnestPlan(
                    input: input, arrays: Array(arrays.indices), withOrdinality: reference.withOrdinality, isOuter: false)),
            columns, owner: context.owner)
        return try spread(node, columns, arrays.count, name, function.range, context)
    }

    /// What a function in FROM gives, as an array: a value is one row.
    private func rows(of expr: Expr, _ binder: ExpressionBinder) throws(SQLError) -> Expression {
        guard case .function(let call) = expr.kind, Binder.isSetReturning(call.name.name) else {
            let value = try binder.bind(expr)
            return try binder.typed(expr) { () throws(TypeError) in try Typing.array([value]) }
        }
        return try setArray(call, expr, binder)
    }

    /// The elements, those that are rows field by field.
    private func spread(
        _ node: NodeID, _ columns: [ScopeColumn], _ arrays: Int, _ name: String, _ range: SourceRange,
        _ context: FromContext
    ) throws(SQLError) -> Relation {
        var expressions: [Expression] = []
        var result: [ScopeColumn] = []
        for index in arrays..<columns.count {
            let element = Expression.column(index, columns[index].type)
            guard case .row(let fields) = columns[index].type else {
                expressions.append(element)
                result.append(columns[index])
                continue
            }
            for field in fields {
                do throws(TypeError) {
                    expressions.append(try Typing.field(element, name: field.name))
                } catch { throw SQLError(error.message, at: range, hint: error.hint) }
                result.append(ScopeColumn(relation: name, name: field.name, type: field.type, sensitive: nil, window: nil))
            }
        }
        return Relation(node: add(.project(node, expressions), result, owner: context.owner), columns: result)
    }

    /// An UNNEST of columns of the relation before it works on the rows of that relation themselves.
    private func unnest(
        _ left: Relation, _ right: Relation, _ scope: OuterScope, _ kind: JoinPlan.Kind, _ join: Join?,
        _ context: FromContext
    ) -> Relation? {
        guard kind == .inner || kind == .left, case .project(let node, let outputs) = plan.graph[right.node].kind,
            case .unnest(let unnest) = plan.graph[node].kind,
            case .project(let base, let arrays) = plan.graph[unnest.input].kind,
            case .values(let rows, _) = plan.graph[base].kind, rows.count == 1
        else { return nil }
        if let join {
            switch join.condition {
            case .none where !join.isNatural: break
            case .on(let expr):
                guard case .boolean(true) = expr.kind else { return nil }
            default: return nil
            }
        }
        let columns = arrays.flatMap(\.columns)
        guard columns.allSatisfy({ scope.value($0) != nil }) else { return nil }
        let width = left.columns.count
        var inner = InputColumns(left)
        let positions = arrays.map { array in inner.position(of: array.replacing { scope.value($0) }) }
        let input = inner.node(in: self, owner: context.owner)
        let elements = plan.graph[node].fields[arrays.count...].map {
            ScopeColumn(relation: "", name: $0.name, type: $0.type, sensitive: nil, window: nil)
        }
        let added = inner.columns.count
        let unnested = add(
            .unnest(
                UnnestPlan(
                    input: input, arrays: positions, withOrdinality: unnest.withOrdinality, isOuter: kind == .left)),
            inner.columns + elements, owner: context.owner)
        let own = left.columns.indices.map { Expression.column($0, left.columns[$0].type) }
        let shifted = outputs.map { $0.remapped { $0 - arrays.count + added } }
        var result = left.columns + right.columns
        for index in width..<result.count {
            result[index].sensitive = positions.lazy.compactMap { inner.columns[$0].sensitive }.first
        }
        return Relation(node: add(.project(unnested, own + shifted), result, owner: context.owner), columns: result)
    }
}
