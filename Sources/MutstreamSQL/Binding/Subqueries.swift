import MutstreamColumnar
import MutstreamDataflow

/// The subqueries in the expressions of one clause. Each stands as a placeholder until ``attach(to:)`` has joined what
/// they give to the relation that the clause reads.
final class Subqueries {
    private let binder: Binder
    let scope: OuterScope
    private let owner: String
    private let emit: EmitClause?

    /// A subquery that gives one row for each row around it: the results of an aggregate without keys, and the value as
    /// an expression over them.
    private struct Scalar {
        var aggregate: AggregatePlan
        /// Over the calls' results, where references to outer values are placeholders of the scope.
        var value: Expression
        var placeholder: Int
        var sensitive: String?
        var range: SourceRange
    }
    private var scalars: [Scalar] = []

    init(_ binder: Binder, scope: OuterScope, owner: String, emit: EmitClause?) {
        self.binder = binder
        self.scope = scope
        self.owner = owner
        self.emit = emit
    }

    var isEmpty: Bool { scalars.isEmpty }

    /// Where a value derives from a SENSITIVE column, by placeholder.
    func sensitive(_ column: Int) -> String? { scalars.first { $0.placeholder == column }?.sensitive }

    private func query(_ query: Query) throws(SQLError) -> Relation {
        try binder.bindQuery(query, owner: owner, emit: nil, outer: scope)
    }

    private func placeholder(
        _ aggregate: AggregatePlan, _ value: Expression, _ range: SourceRange, sensitive: String? = nil
    ) -> Expression {
        let number = binder.newPlaceholder()
        scalars.append(
            Scalar(aggregate: aggregate, value: value, placeholder: number, sensitive: sensitive, range: range))
        return .column(number, value.type)
    }

    // MARK: Forms

    /// `(SELECT …)` as a value: NULL for no row; more than one is a failure of the row around.
    func scalar(_ query: Query, _ range: SourceRange) throws(SQLError) -> Expression {
        let relation = try self.query(query)
        guard relation.columns.count == 1 else {
            throw SQLError("found \(relation.columns.count) columns in a subquery used as a value, expected one", at: range)
        }
        let column = relation.columns[0]
        if let (aggregate, values) = peel(relation.node) {
            return placeholder(aggregate, values[0], range, sensitive: column.sensitive)
        }
        let single = AggregateSpec(.singleValue, columns: [0], resultType: column.type)
        let count = AggregateSpec(.count, resultType: .bigint)
        let aggregate = AggregatePlan(input: relation.node, keys: [], calls: [single, count])
        let value = Expression(
            .call(.singleRow, [.column(0, column.type), .column(1, .bigint)]), column.type)
        return placeholder(aggregate, value, range, sensitive: column.sensitive)
    }

    /// `(SELECT a, b …)` beside a row: the value of each column, NULL for no row.
    func row(_ query: Query, _ count: Int, _ range: SourceRange) throws(SQLError) -> [Expression] {
        let relation = try self.query(query)
        guard relation.columns.count == count else {
            throw SQLError("found \(relation.columns.count) columns in the subquery, expected \(count)", at: range)
        }
        return relation.columns.enumerated().map { index, column in
            let single = AggregateSpec(.singleValue, columns: [index], resultType: column.type)
            let rows = AggregateSpec(.count, resultType: .bigint)
            let value = Expression(.call(.singleRow, [.column(0, column.type), .column(1, .bigint)]), column.type)
            return placeholder(
                AggregatePlan(input: relation.node, keys: [], calls: [single, rows]), value, range,
                sensitive: column.sensitive)
        }
    }

    /// An aggregate without keys below nothing but projections, and these as expressions over its calls.
    private func peel(_ id: NodeID) -> (AggregatePlan, [Expression])? {
        let graph = binder.plan.graph
        switch graph[id].kind {
        case .aggregate(let aggregate) where aggregate.keys.isEmpty && aggregate.closeKey == nil:
            return (aggregate, graph[id].fields.indices.map { .column($0, graph[id].fields[$0].type) })
        case .project(let input, let expressions):
            guard let (aggregate, below) = peel(input) else { return nil }
            return (aggregate, expressions.map { $0.replacing { below.indices.contains($0) ? below[$0] : nil } })
        default: return nil
        }
    }

    func exists(_ query: Query, _ range: SourceRange) throws(SQLError) -> Expression {
        let relation = try self.query(query)
        let aggregate = AggregatePlan(
            input: relation.node, keys: [], calls: [AggregateSpec(.count, resultType: .bigint)])
        let isThere = Expression(.call(.greater, [.column(0, .bigint), .literal(.int64(0), .bigint)]), .boolean)
        return placeholder(aggregate, isThere, range)
    }

    /// `ARRAY(SELECT …)`: the values in the order of the query, an empty array for no row.
    func array(_ query: Query, _ range: SourceRange) throws(SQLError) -> Expression {
        let relation = try binder.bindQuery(
            query, owner: owner, emit: nil, outer: scope, use: query.limit == nil ? .shown : .rows)
        let order = relation.presentation?.order ?? []
        let visible = relation.presentation?.visible ?? relation.columns.count
        guard visible == 1 else {
            throw SQLError("found \(visible) columns in ARRAY(…), expected one", at: range)
        }
        let type = DataType.array(relation.columns[0].type)
        let list = AggregateSpec(.arrayAgg, columns: [0], order: order, resultType: type)
        let aggregate = AggregatePlan(input: relation.node, keys: [], calls: [list])
        let empty: Expression
        do throws(TypeError) {
            empty = try Typing.cast(.string("{}"), to: type)
        } catch { throw SQLError(error.message, at: range, hint: error.hint) }
        return placeholder(
            aggregate, Expression(.coalesce([.column(0, type), empty]), type), range,
            sensitive: relation.columns[0].sensitive)
    }

    /// `value op ANY (query)` or `ALL`, by the counts of rows for which the comparison is true, false or NULL.
    ///
    /// - Parameter compare: the comparison of the values with the columns of the query.
    func quantified(
        _ values: [Expression], _ query: Query, isAll: Bool, _ range: SourceRange,
        _ compare: ([Expression], [Expression]) throws(SQLError) -> Expression
    ) throws(SQLError) -> Expression {
        let relation = try self.query(query)
        guard relation.columns.count == values.count else {
            throw SQLError(
                "found \(relation.columns.count) columns in the subquery, expected \(values.count)", at: range)
        }
        let references = values.map { $0.isConstant ? $0 : scope.reference(to: $0) }
        let columns = relation.columns.indices.map { Expression.column($0, relation.columns[$0].type) }
        let condition = try compare(references, columns)
        let wanted = isAll ? Expression(.not(condition), .boolean) : condition
        // Rows that decide, found through the condition where it is an equation.
        let deciding = binder.plan.graph.add(
            .filter(relation.node, wanted), fields: binder.plan.graph[relation.node].fields, owner: owner)
        let count = AggregateSpec(.count, resultType: .bigint)
        let zero = Expression.literal(.int64(0), .bigint)
        let decides = placeholder(
            AggregatePlan(input: deciding, keys: [], calls: [count]),
            Expression(.call(.greater, [.column(0, .bigint), zero]), .boolean), range)
        let unknown = try unknowns(relation, condition, values, count, range)
        let branches = [
            Expression.Branch(when: decides, then: .boolean(!isAll)),
            Expression.Branch(when: unknown, then: .null(.boolean)),
        ]
        return Expression(.caseWhen(branches, otherwise: .boolean(isAll)), .boolean)
    }

    /// Whether some row of the subquery makes the comparison NULL.
    private func unknowns(
        _ relation: Relation, _ condition: Expression, _ values: [Expression], _ count: AggregateSpec, _ range: SourceRange
    ) throws(SQLError) -> Expression {
        let zero = Expression.literal(.int64(0), .bigint)
        guard values.count == 1 else {
            let isUnknown = Expression(.isNull(condition), .boolean)
            let rows = binder.plan.graph.add(
                .filter(relation.node, isUnknown), fields: binder.plan.graph[relation.node].fields, owner: owner)
            return placeholder(
                AggregatePlan(input: rows, keys: [], calls: [count]),
                Expression(.call(.greater, [.column(0, .bigint), zero]), .boolean), range)
        }
        // A comparison is NULL where one of its sides is: no need to compare every pair.
        let all = placeholder(
            AggregatePlan(
                input: relation.node, keys: [],
                calls: [count, AggregateSpec(.count, columns: [0], resultType: .bigint)]),
            Expression(
                .caseWhen(
                    [
                        Expression.Branch(
                            when: Expression(
                                .call(.greater, [.column(0, .bigint), .column(1, .bigint)]), .boolean),
                            then: .literal(.int64(2), .bigint)),
                        Expression.Branch(
                            when: Expression(.call(.greater, [.column(0, .bigint), zero]), .boolean),
                            then: .literal(.int64(1), .bigint)),
                    ], otherwise: zero), .bigint), range)
        let hasNulls = Expression(.call(.equal, [all, .literal(.int64(2), .bigint)]), .boolean)
        let hasRows = Expression(.call(.greater, [all, zero]), .boolean)
        return hasNulls.or(Expression(.and([Expression(.isNull(values[0]), .boolean), hasRows]), .boolean))
    }

    // MARK: Joining

    /// The relation with the results of the subqueries joined to it, behind its own columns, and the value of each
    /// placeholder over it.
    ///
    /// - Parameter known: what stands for the placeholders of the relation's own clauses.
    func attach(
        to relation: Relation, _ known: [Int: Expression] = [:]
    ) throws(SQLError) -> (Relation, [Int: Expression]) {
        var result = relation
        var values = known
        for scalar in scalars {
            var decorrelation = Decorrelation(
                binder, scope, around: result.node, values: values, owner: owner, range: scalar.range)
            let below = try decorrelation.push(scalar.aggregate.input)
            let outer = below.outer.keys.sorted()
            let aggregate = scalar.aggregate.over(below, outer)
            let graph = binder.plan.graph
            let keyFields = outer.map { graph[below.node].fields[below.outer[$0] ?? 0] }
            let callFields = aggregate.calls.map { Field($0.function.rawValue, $0.resultType) }
            let grouped = binder.plan.graph.add(.aggregate(aggregate), fields: keyFields + callFields, owner: owner)
            var inner = InputColumns(result)
            let keys = try outer.enumerated().map { index, placeholder throws(SQLError) in
                guard let value = scope.value(placeholder) else {
                    throw SQLError("a subquery refers too far outside", at: scalar.range)
                }
                return JoinPlan.KeyPair(
                    left: inner.position(of: value.replacing { values[$0] }), right: index, nullSafe: true)
            }
            let left = Relation(node: inner.node(in: binder, owner: owner), columns: inner.columns)
            let width = left.columns.count
            let isArrival = emit?.kind == .onArrival
            let join = JoinPlan(
                kind: outer.isEmpty && !isArrival ? .inner : .left, left: left.node, right: grouped,
                mode: isArrival ? .arrival : .maintained, keys: keys)
            let added = (keyFields + callFields).map {
                ScopeColumn(relation: "", name: "", type: $0.type, sensitive: nil, window: nil)
            }
            result = Relation(
                node: binder.add(.join(join), left.columns + added, owner: owner), columns: left.columns + added)
            let calls = aggregate.calls
            values[scalar.placeholder] = scalar.value.replacing { column in
                if calls.indices.contains(column) {
                    return calls[column].orEmpty(
                        .column(width + outer.count + column, calls[column].resultType))
                }
                return self.scope.value(column).map { $0.replacing { values[$0] } }
            }
        }
        return (result, values)
    }
}

extension Expression {
    /// Columns for which `value` gives something replaced by it.
    func replacing(_ value: (Int) -> Expression?) -> Expression {
        if let index = columnIndex { return value(index) ?? self }
        return mapChildren { $0.replacing(value) }
    }
}
