import MutstreamColumnar
import MutstreamDataflow

/// Takes the references to outer values out of a subquery: the result has a column for each outer value it depends on, and
/// holds, for each combination of these, the rows that the subquery gives for it. Joined on those columns, it replaces
/// the subquery.
///
/// After Neumann and Kemper, "Unnesting Arbitrary Queries" (BTW 2015): references move down until a condition
/// `inner = outer` offers the inner column in their place, or else meet the distinct outer values (the domain).
struct Decorrelation {
    /// A node without references and where its columns are: those it had, and those of outer values by placeholder.
    struct Result {
        var node: NodeID
        var columns: [Int]
        var outer: [Int: Int]
        /// Outer values whose columns are never NULL.
        var present: Set<Int> = []
    }

    private let binder: Binder
    private let scope: OuterScope
    /// The query around, whose distinct values are the domain.
    private let around: NodeID
    /// What stands for placeholders in the outer values.
    private let values: [Int: Expression]
    private let owner: String
    private let range: SourceRange
    private var known: [NodeID: Result] = [:]
    private var freeColumns: [NodeID: Set<Int>] = [:]

    init(
        _ binder: Binder, _ scope: OuterScope, around: NodeID, values: [Int: Expression] = [:], owner: String,
        range: SourceRange
    ) {
        self.binder = binder
        self.scope = scope
        self.around = around
        self.values = values
        self.owner = owner
        self.range = range
    }

    private var graph: PlanGraph { binder.plan.graph }

    /// The outer values of this scope that a node depends on.
    mutating func free(_ id: NodeID) -> Set<Int> {
        if let known = freeColumns[id] { return known }
        var result: Set<Int> = []
        for below in graph.reachable(from: [id]) {
            switch graph[below].kind {
            case .filter(_, let predicate): result.formUnion(scope.placeholders(among: predicate.columns))
            case .project(_, let expressions):
                for expression in expressions { result.formUnion(scope.placeholders(among: expression.columns)) }
            case .join(let join): result.formUnion(scope.placeholders(among: join.residual?.columns ?? []))
            default: break
            }
        }
        freeColumns[id] = result
        return result
    }

    private func fields(_ id: NodeID) -> [Field] { graph[id].fields }

    private func add(_ kind: PlanNode.Kind, _ fields: [Field]) -> NodeID {
        binder.plan.graph.add(kind, fields: fields, owner: owner)
    }

    // MARK: Nodes

    mutating func push(_ id: NodeID) throws(SQLError) -> Result {
        if let result = known[id] { return result }
        let node = graph[id]
        var result: Result
        if free(id).isEmpty {
            result = Result(node: id, columns: Array(node.fields.indices), outer: [:])
        } else {
            result = try pushDependent(id, node)
        }
        known[id] = result
        return result
    }

    private mutating func pushDependent(_ id: NodeID, _ node: PlanNode) throws(SQLError) -> Result {
        switch node.kind {
        case .filter(let input, let predicate): return try filter(try push(input), predicate, node)
        case .project(let input, let expressions):
            var below = try push(input)
            meetDomain(&below, expressions.flatMap(\.columns))
            let outer = below.outer.keys.sorted()
            let all = expressions.map { $0.remapped { place($0, below) } } + outer.map { column($0, below) }
            let names = node.fields + outer.map { Field("outer", fields(below.node)[below.outer[$0] ?? 0].type) }
            return Result(
                node: add(.project(below.node, all), names), columns: Array(node.fields.indices),
                outer: places(outer, from: node.fields.count), present: below.present)
        case .join(let join): return try self.join(join, node)
        case .aggregate(let aggregate):
            let below = try push(aggregate.input)
            let (grouped, outer) = try group(aggregate, below, node)
            guard aggregate.keys.isEmpty else { return grouped }
            return try perOuterValue(grouped, outer, aggregate, node)
        case .union(let inputs): return try combine(inputs, node) { .union($0) }
        case .counted(let kind, let inputs): return try combine(inputs, node) { .counted(kind, $0) }
        case .top(var top):
            let below = try push(top.input)
            top.input = below.node
            top.partition = top.partition.map { below.columns[$0] } + below.outer.values.sorted()
            for index in top.order.indices { top.order[index].column = below.columns[top.order[index].column] }
            return Result(node: add(.top(top), fields(below.node)), columns: below.columns, outer: below.outer)
        case .windows(var windows):
            let below = try push(windows.input)
            let width = fields(below.node).count
            let old = fields(windows.input).count
            windows.input = below.node
            windows.partition = windows.partition.map { below.columns[$0] } + below.outer.values.sorted()
            for index in windows.order.indices { windows.order[index].column = below.columns[windows.order[index].column] }
            for index in windows.calls.indices {
                windows.calls[index].columns = windows.calls[index].columns.map { below.columns[$0] }
                windows.calls[index].filter = windows.calls[index].filter.map { below.columns[$0] }
            }
            return Result(
                node: add(.windows(windows), fields(below.node) + node.fields[old...]),
                columns: below.columns + (0..<windows.calls.count).map { width + $0 }, outer: below.outer)
        case .unnest(var unnest):
            let below = try push(unnest.input)
            let width = fields(below.node).count
            let old = fields(unnest.input).count
            unnest.input = below.node
            unnest.arrays = unnest.arrays.map { below.columns[$0] }
            return Result(
                node: add(.unnest(unnest), fields(below.node) + node.fields[old...]),
                columns: below.columns + (0..<(node.fields.count - old)).map { width + $0 }, outer: below.outer)
        case .temporal(let temporal):
            throw SQLError(
                "a subquery that refers to the query around it cannot hold \(temporal.label([]))", at: range,
                hint: "compute it in a view first")
        case .input, .values, .frames, .predict, .failures:
            throw SQLError(
                "a subquery that refers to the query around it cannot hold PREDICT or a rolling aggregate", at: range,
                hint: "compute it in a view first")
        }
    }

    private func place(_ column: Int, _ result: Result) -> Int {
        if result.columns.indices.contains(column) { return result.columns[column] }
        return result.outer[column] ?? column
    }

    private func column(_ placeholder: Int, _ result: Result) -> Expression {
        let index = result.outer[placeholder] ?? 0
        return .column(index, fields(result.node)[index].type)
    }

    private func places(_ outer: [Int], from first: Int) -> [Int: Int] {
        Dictionary(uniqueKeysWithValues: outer.enumerated().map { ($1, first + $0) })
    }

    /// Rows of a node that satisfy a condition with references: an equation `inner = outer` gives the outer value.
    private mutating func filter(
        _ input: Result, _ predicate: Expression, _ node: PlanNode
    ) throws(SQLError) -> Result {
        var below = input
        var rest: [Expression] = []
        var isPresent: [Expression] = []
        for conjunct in predicate.conjuncts {
            guard let (placeholder, inner) = equation(conjunct), below.outer[placeholder] == nil else {
                rest.append(conjunct)
                continue
            }
            let value = inner.remapped { place($0, below) }
            let known = fields(below.node)
            let index: Int
            if let plain = value.columnIndex {
                index = plain
            } else {
                let all = known.indices.map { Expression.column($0, known[$0].type) } + [value]
                below.node = add(.project(below.node, all), known + [Field("outer", value.type)])
                index = known.count
            }
            below.outer[placeholder] = index
            below.present.insert(placeholder)
            isPresent.append(Expression(.not(Expression(.isNull(.column(index, value.type)), .boolean)), .boolean))
        }
        meetDomain(&below, rest.flatMap(\.columns))
        let all = isPresent + rest.map { $0.remapped { place($0, below) } }
        guard let condition = Expression.conjunction(all) else { return below }
        below.node = add(.filter(below.node, condition), fields(below.node))
        return below
    }

    /// `inner = outer` of one type, in either order, where inner refers to the subquery alone and cannot fail.
    private func equation(_ conjunct: Expression) -> (placeholder: Int, inner: Expression)? {
        guard case .call(.equal, let operands) = conjunct.node, operands.count == 2 else { return nil }
        for (one, other) in [(operands[0], operands[1]), (operands[1], operands[0])] {
            if let column = other.columnIndex, scope.value(column) != nil, one.type == other.type, !one.mayFail,
                !one.columns.isEmpty, scope.placeholders(among: one.columns).isEmpty
            {
                return (column, one)
            }
        }
        return nil
    }

    /// Joins the distinct values of the references among `columns` that the node does not offer yet.
    private func meetDomain(_ result: inout Result, _ columns: [Int]) {
        let missing = Set(scope.placeholders(among: columns)).subtracting(result.outer.keys).sorted()
        if missing.isEmpty { return }
        let (domain, types) = self.domain(missing)
        let width = fields(result.node).count
        result.node = add(
            .join(JoinPlan(kind: .inner, left: result.node, right: domain, mode: .maintained)),
            fields(result.node) + types)
        for (index, placeholder) in missing.enumerated() { result.outer[placeholder] = width + index }
    }

    /// The distinct combinations of outer values.
    private func domain(_ placeholders: [Int]) -> (NodeID, [Field]) {
        let values = placeholders.compactMap { scope.value($0)?.replacing { self.values[$0] } }
        let types = values.map { Field("outer", $0.type) }
        let node = add(.project(around, values), types)
        return (add(.counted(.distinct, [node]), types), types)
    }

    private mutating func join(_ join: JoinPlan, _ node: PlanNode) throws(SQLError) -> Result {
        var (left, right) = (try push(join.left), try push(join.right))
        let inCondition = scope.placeholders(among: join.residual?.columns ?? [])
        // Rows that stay without a match must know their outer values themselves.
        if join.kind != .inner { meetDomain(&left, Array(right.outer.keys) + inCondition) }
        if join.kind == .full { meetDomain(&right, Array(left.outer.keys)) }
        if join.kind == .inner {
            let missing = Set(inCondition).subtracting(left.outer.keys).subtracting(right.outer.keys)
            meetDomain(&left, Array(missing))
        }
        let width = fields(left.node).count
        let old = fields(join.left).count
        let (leftResult, rightResult) = (left, right)
        let position = { (column: Int) -> Int in
            if column < old { return leftResult.columns[column] }
            if column - old < rightResult.columns.count { return width + rightResult.columns[column - old] }
            return leftResult.outer[column] ?? rightResult.outer[column].map { width + $0 } ?? column
        }
        var new = join
        new.left = left.node
        new.right = right.node
        new.keys = join.keys.map {
            JoinPlan.KeyPair(left: left.columns[$0.left], right: right.columns[$0.right], nullSafe: $0.nullSafe)
        }
        for placeholder in Set(left.outer.keys).intersection(right.outer.keys).sorted() {
            new.keys.append(
                JoinPlan.KeyPair(
                    left: left.outer[placeholder] ?? 0, right: right.outer[placeholder] ?? 0, nullSafe: true))
        }
        new.residual = join.residual?.remapped(position)
        let joined = fields(left.node) + (join.hasRightColumns ? fields(right.node) : [])
        var result = Result(
            node: add(.join(new), joined), columns: node.fields.indices.map(position), outer: left.outer)
        if join.hasRightColumns {
            for (placeholder, column) in right.outer where result.outer[placeholder] == nil {
                result.outer[placeholder] = width + column
            }
        }
        // Of a full join, either side may know the values.
        if join.kind == .full { result = coalesced(result, left, right, width) }
        return result
    }

    private func coalesced(_ result: Result, _ left: Result, _ right: Result, _ width: Int) -> Result {
        let known = fields(result.node)
        let outer = result.outer.keys.sorted()
        var expressions = known.indices.map { Expression.column($0, known[$0].type) }
        for placeholder in outer {
            let type = fields(left.node)[left.outer[placeholder] ?? 0].type
            expressions.append(
                Expression(
                    .coalesce([
                        .column(left.outer[placeholder] ?? 0, type), .column(width + (right.outer[placeholder] ?? 0), type),
                    ]), type))
        }
        let node = add(
            .project(result.node, expressions), known + expressions[known.count...].map { Field("outer", $0.type) })
        return Result(node: node, columns: result.columns, outer: places(outer, from: known.count))
    }

    /// The groups of each combination of outer values.
    private func group(
        _ aggregate: AggregatePlan, _ below: Result, _ node: PlanNode
    ) throws(SQLError) -> (Result, [Int]) {
        let outer = below.outer.keys.sorted()
        let new = aggregate.over(below, outer)
        let keys = aggregate.keys.count
        let types = outer.map { Field("outer", fields(below.node)[below.outer[$0] ?? 0].type) }
        let id = add(.aggregate(new), Array(node.fields[..<keys]) + types + Array(node.fields[keys...]))
        let columns = node.fields.indices.map { $0 < keys ? $0 : $0 + outer.count }
        return (Result(node: id, columns: columns, outer: places(outer, from: keys)), outer)
    }

    /// An aggregate without keys has one row for every outer value, also where there is nothing to aggregate.
    private mutating func perOuterValue(
        _ grouped: Result, _ outer: [Int], _ aggregate: AggregatePlan, _ node: PlanNode
    ) throws(SQLError) -> Result {
        if outer.isEmpty { return grouped }
        let (domain, types) = self.domain(outer)
        var join = JoinPlan(kind: .left, left: domain, right: grouped.node, mode: .maintained)
        for (index, placeholder) in outer.enumerated() {
            join.keys.append(JoinPlan.KeyPair(left: index, right: grouped.outer[placeholder] ?? 0, nullSafe: true))
        }
        let joined = add(.join(join), types + fields(grouped.node))
        let width = outer.count
        var expressions = types.indices.map { Expression.column($0, types[$0].type) }
        for (index, call) in aggregate.calls.enumerated() {
            expressions.append(call.orEmpty(.column(width + grouped.columns[index], node.fields[index].type)))
        }
        let id = add(.project(joined, expressions), types + node.fields)
        return Result(node: id, columns: node.fields.indices.map { width + $0 }, outer: places(outer, from: 0))
    }

    private mutating func combine(
        _ inputs: [NodeID], _ node: PlanNode, _ make: ([NodeID]) -> PlanNode.Kind
    ) throws(SQLError) -> Result {
        var sides: [Result] = []
        for input in inputs { sides.append(try push(input)) }
        let outer = sides.reduce(into: Set<Int>()) { $0.formUnion($1.outer.keys) }.sorted()
        var nodes: [NodeID] = []
        var all: [Field] = []
        for var side in sides {
            meetDomain(&side, outer)
            let known = fields(side.node)
            let picked = side.columns + outer.map { side.outer[$0] ?? 0 }
            let expressions = picked.map { Expression.column($0, known[$0].type) }
            all = node.fields + outer.map { Field("outer", known[side.outer[$0] ?? 0].type) }
            nodes.append(add(.project(side.node, expressions), all))
        }
        return Result(
            node: add(make(nodes), all), columns: Array(node.fields.indices), outer: places(outer, from: node.fields.count))
    }
}

extension AggregatePlan {
    /// The same over a decorrelated input, grouped by the outer values as well.
    func over(_ below: Decorrelation.Result, _ outer: [Int]) -> AggregatePlan {
        var new = self
        new.input = below.node
        new.keys = keys.map { below.columns[$0] } + outer.map { below.outer[$0] ?? 0 }
        for index in new.calls.indices {
            new.calls[index].columns = calls[index].columns.map { below.columns[$0] }
            new.calls[index].filter = calls[index].filter.map { below.columns[$0] }
            for item in new.calls[index].order.indices {
                new.calls[index].order[item].column = below.columns[calls[index].order[item].column]
            }
        }
        return new
    }
}

extension AggregateSpec {
    /// A result where there may be no group: what the aggregate gives for no rows.
    func orEmpty(_ result: Expression) -> Expression {
        guard function.isZeroOfNothing else { return result }
        return Expression(.coalesce([result, .literal(.int64(0), result.type)]), result.type)
    }
}
