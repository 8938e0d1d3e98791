import MutstreamColumnar
import MutstreamDataflow

/// Joins with one row of the right side for each row of the left: ASOF JOIN and FOR SYSTEM_TIME AS OF.
extension Binder {
    static let asofUsage = "write … ASOF JOIN r ON l.key = r.key AND l.time >= r.time"

    /// What a join compares, found in its conditions.
    private struct AsofCondition {
        var left: InputColumns
        var right: InputColumns
        var leftKeys: [Int] = []
        var rightKeys: [Int] = []
        var leftTime: Int?
        var rightTime: Int?
        var rule = AsofJoin.Rule(isBackward: true, orEqual: true)

        init(_ left: Relation, _ right: Relation) {
            self.left = InputColumns(left)
            self.right = InputColumns(right)
        }

        private var width: Int { left.relationWidth }

        private func isLeft(_ expression: Expression) -> Bool? {
            let columns = expression.columns
            if columns.isEmpty { return nil }
            if columns.allSatisfy({ $0 < width }) { return true }
            return columns.allSatisfy { $0 >= width } ? false : nil
        }

        /// Takes an equality of the two sides, or the comparison of their times.
        mutating func take(_ condition: Expression, mayCompare: Bool, _ range: SourceRange) throws(SQLError) {
            guard case .call(let function, let operands) = condition.node, operands.count == 2,
                let first = isLeft(operands[0]), let second = isLeft(operands[1]), first != second
            else {
                throw SQLError(
                    "found a condition that is no comparison of a row of each side", at: range, hint: Binder.asofUsage)
            }
            let (own, other) = first ? (operands[0], operands[1]) : (operands[1], operands[0])
            let width = width
            let place = (left.position(of: own), right.position(of: other.remapped { $0 - width }))
            switch function {
            case .equal:
                leftKeys.append(place.0)
                rightKeys.append(place.1)
                return
            case .less, .lessOrEqual, .greater, .greaterOrEqual: break
            default: throw SQLError("found a condition that is no = or >=", at: range, hint: Binder.asofUsage)
            }
            guard mayCompare, leftTime == nil else {
                throw SQLError(
                    mayCompare
                        ? "an ASOF JOIN compares one pair of times"
                        : "FOR SYSTEM_TIME AS OF compares the times itself: found another comparison",
                    at: range, hint: mayCompare ? Binder.asofUsage : "let ON hold equalities only")
            }
            guard own.type == other.type, own.type.physical == .int64 else {
                throw SQLError(
                    "found \(own.type.name) and \(other.type.name), expected two times of one type", at: range,
                    hint: Binder.asofUsage)
            }
            (leftTime, rightTime) = place
            let isGreater = function == .greater || function == .greaterOrEqual
            rule = AsofJoin.Rule(
                isBackward: isGreater == first, orEqual: function == .greaterOrEqual || function == .lessOrEqual)
        }
    }

    // MARK: ASOF JOIN

    func asofJoin(
        _ join: Join, _ left: Relation, _ right: Relation, mode: JoinPlan.Mode, condition: Expression?, owner: String
    ) throws(SQLError) -> Relation {
        let range = join.right.range
        var found = AsofCondition(left, right)
        var conjuncts = condition?.conjuncts ?? []
        if case .using = join.condition, let last = conjuncts.popLast() {
            // The last column of USING is the time.
            guard case .call(.equal, let operands) = last.node else {
                throw SQLError("USING of an ASOF JOIN ends with the time", at: range, hint: Binder.asofUsage)
            }
            conjuncts.append(Expression(.call(.greaterOrEqual, operands), .boolean))
        }
        for conjunct in conjuncts { try found.take(conjunct, mayCompare: true, range) }
        guard let leftTime = found.leftTime, let rightTime = found.rightTime else {
            throw SQLError("an ASOF JOIN needs a comparison of times", at: range, hint: Binder.asofUsage)
        }
        let plan = AsofPlan(
            leftKeys: found.leftKeys, rightKeys: found.rightKeys, leftTime: leftTime, rightTime: rightTime,
            rule: found.rule, keepsLeft: join.keepsLeft, arrives: mode == .arrival)
        return assemble(plan, found, left, right, owner: owner)
    }

    private func assemble(
        _ plan: AsofPlan, _ found: AsofCondition, _ left: Relation, _ right: Relation, owner: String
    ) -> Relation {
        let inputs = [found.left.node(in: self, owner: owner), found.right.node(in: self, owner: owner)]
        let inner = found.left.columns + found.right.columns
        let node = add(.temporal(TemporalPlan(operation: .asof(plan), inputs: inputs)), inner, owner: owner)
        let columns = left.columns + right.columns
        if inner.count == columns.count { return Relation(node: node, columns: columns) }
        let shift = found.left.columns.count - left.columns.count
        let picked = columns.indices.map {
            Expression.column($0 < left.columns.count ? $0 : $0 + shift, columns[$0].type)
        }
        return Relation(node: add(.project(node, picked), columns, owner: owner), columns: columns)
    }

    // MARK: FOR SYSTEM_TIME AS OF

    /// `FOR SYSTEM_TIME AS OF PROCTIME()`, or a column that PROCTIME() made: rows meet the other side as it is when they come.
    func isProcessingTime(_ expr: Expr, of left: Relation) -> Bool {
        if case .column(let parts) = expr.kind {
            guard let column = try? Scope(columns: left.columns).resolve(parts, range: expr.range) else { return false }
            return plan.graph.isArrivalTime(left.node, column)
        }
        guard case .function(let call) = expr.kind, call.arguments.isEmpty else { return false }
        return Binder.clockFunctions.contains(call.name.name) && call.name.name != "current_date"
    }

    /// `left JOIN right FOR SYSTEM_TIME AS OF left.time ON equalities`: the version of the right row at that time.
    func versionJoin(
        _ join: Join, _ left: Relation, _ reference: TableReference, _ time: Expr, _ context: FromContext,
        condition: (Relation) throws(SQLError) -> Expression?
    ) throws(SQLError) -> Relation {
        guard join.kind == .inner || join.kind == .left else {
            throw SQLError(
                "FOR SYSTEM_TIME AS OF stands on the right of a JOIN or LEFT JOIN", at: reference.range)
        }
        let (right, column) = try versions(reference)
        let own = try ExpressionBinder(
            Scope(columns: left.columns), clause: "FOR SYSTEM_TIME AS OF", outer: context.outer, functions: self
        ).bind(time).folded()
        guard own.type == right.columns[column].type else {
            throw SQLError(
                "found \(own.type.name), expected \(right.columns[column].type.name) as that of "
                    + "\"\(right.columns[column].name)\"", at: time.range)
        }
        var found = AsofCondition(left, right)
        for conjunct in try condition(right)?.conjuncts ?? [] {
            try found.take(conjunct, mayCompare: false, join.right.range)
        }
        guard !found.leftKeys.isEmpty else {
            throw SQLError(
                "FOR SYSTEM_TIME AS OF needs the key of the versions", at: reference.range,
                hint: "write JOIN r FOR SYSTEM_TIME AS OF l.time ON l.key = r.key")
        }
        let plan = AsofPlan(
            leftKeys: found.leftKeys, rightKeys: found.rightKeys, leftTime: found.left.position(of: own), rightTime: column,
            rule: AsofJoin.Rule(isBackward: true, orEqual: true), keepsLeft: join.kind == .left,
            arrives: context.mode == .arrival)
        return assemble(plan, found, left, right, owner: context.owner)
    }

    /// Whether rows of a table with this option say what becomes of them.
    private static func tellsDeletions(_ option: Option) -> Bool {
        option.name.name == "op_field"
            || option.name.name == "format" && changelogFormats.contains(option.value.lowercased())
    }

    /// A relation by its versions, and the column that says from when on each holds.
    private func versions(_ reference: TableReference) throws(SQLError) -> (Relation, Int) {
        guard case .relation(let name) = reference.kind else {
            throw SQLError("FOR SYSTEM_TIME AS OF takes a table or stream by name", at: reference.range)
        }
        var relation = try self.relation(name)
        var column: Int?
        if case .input(let source, .rows) = plan.graph[relation.node].kind, plan.sources[source].isTable,
            !plan.graph.timeColumns(relation.node, plan.sources).hasWatermark
        {
            let times = relation.columns.indices.filter {
                relation.columns[$0].type == .timestamp || relation.columns[$0].type == .timestamptz
            }
            guard !plan.sources[source].isMaintained else {
                throw SQLError(
                    "\"\(name.text)\" keeps no versions: it is filled by statements", at: reference.range,
                    hint: "FOR SYSTEM_TIME AS OF PROCTIME() joins it as it is"
                        + (isSession ? ", and a table with a WATERMARK has versions" : ""))
            }
            guard times.count == 1 else {
                throw SQLError(
                    "\"\(name.text)\" has \(times.count) TIMESTAMP columns, expected one that says from when on a row holds",
                    at: reference.range)
            }
            if let option = plan.sources[source].options.first(where: Binder.tellsDeletions) {
                throw SQLError(
                    "\"\(name.text)\" is told of deletions, by \(option.name.name), of which its versions know nothing",
                    at: reference.range,
                    hint: "let a version without values stand for a deletion, or join it as it is: FOR SYSTEM_TIME AS OF "
                        + "PROCTIME()")
            }
            column = times[0]
            relation.node = input(source, .versions).node
        } else {
            column = plan.graph.timeColumns(relation.node, plan.sources).eventTimes.min()
        }
        guard let column, isAppendOnly(relation.node) else {
            throw SQLError(
                "\"\(name.text)\" has no versions", at: reference.range,
                hint: "FOR SYSTEM_TIME AS OF takes a stream with a WATERMARK or a table of a connector with a TIMESTAMP")
        }
        if let alias = reference.alias { relation = relation.renamed(alias.name) }
        return (relation, column)
    }
}
