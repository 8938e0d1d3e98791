import MutstreamColumnar
import MutstreamDataflow

/// Turns expressions as written into typed expressions over the columns of a scope.
struct ExpressionBinder {
    let scope: Scope
    /// Asked first at every node; what it gives stands. Aggregates, OVER calls and PREDICT enter here.
    var hook: ((Expr) throws(SQLError) -> Expression?)?
    /// What may not stand here: `WHERE`, `a watermark`, for messages.
    let clause: String
    /// The queries around this one.
    let outer: OuterScope?
    /// Where declared functions are found.
    let functions: Binder?
    /// Where subqueries go; nil: none may stand here.
    let subqueries: Subqueries?

    init(
        _ scope: Scope, clause: String, outer: OuterScope? = nil, functions: Binder? = nil, subqueries: Subqueries? = nil,
        hook: ((Expr) throws(SQLError) -> Expression?)? = nil
    ) {
        self.scope = scope
        self.clause = clause
        self.outer = outer
        self.functions = functions
        self.subqueries = subqueries
        self.hook = hook
    }

    /// Whether one of some columns stands for a value of a query around.
    func reachesOutside(_ columns: Set<Int>) -> Bool {
        var scope = outer
        while let around = scope {
            if !around.placeholders(among: columns).isEmpty { return true }
            scope = around.parent
        }
        return false
    }

    /// A typed expression; leftover untyped literals are TEXT.
    func bind(_ expr: Expr) throws(SQLError) -> Expression { Typing.resolveUntyped(try untyped(expr)) }

    /// A condition; anything but BOOLEAN is refused.
    func condition(_ expr: Expr) throws(SQLError) -> Expression {
        let bound = try untyped(expr)
        if case .untyped = bound.node {
            return try typed(expr) { () throws(TypeError) in try Typing.coerce(bound, to: .boolean, context: .implicit) }
        }
        guard bound.type == .boolean else {
            throw SQLError("found \(bound.type.name), expected a BOOLEAN condition in \(clause)", at: expr.range)
        }
        return bound
    }

    /// As ``bind(_:)``, but literals of yet unknown type stay so, to be typed by what stands around them.
    func untyped(_ expr: Expr) throws(SQLError) -> Expression {
        if let hook, let known = try hook(expr) { return known }
        switch expr.kind {
        case .null: return Expression(.untyped(nil), .text)
        case .boolean(let value): return Expression(.literal(.bool(value)), .boolean)
        case .number(let text): return try typed(expr) { () throws(TypeError) in try Typing.number(text) }
        case .string(let text): return Expression(.untyped(text), .text)
        case .interval(let text, let unit):
            return try typed(expr) { () throws(TypeError) in try Typing.interval(text, field: unit) }
        case .typedString(let name, let text):
            let type = try TypeResolver.resolve(name)
            let literal = Expression(.untyped(text), .text)
            return try typed(expr) { () throws(TypeError) in
                let value = try Typing.coerce(literal, to: type, context: .implicit)
                guard let rounding = TypeResolver.rounding(name) else { return value }
                return try Typing.call(rounding.function, [value, try Typing.number(String(rounding.digits))])
            }
        case .column(let parts):
            return try column(parts, expr.range)
        case .inputColumn(let index): return .column(index, scope.columns[index].type)
        case .star: throw SQLError("found *, expected an expression", at: expr.range)
        case .unary(let op, let operand):
            // -2147483648 is an INT: the sign belongs to the literal.
            if op == .minus, case .number(let text) = operand.kind {
                return try typed(expr) { () throws(TypeError) in try Typing.number("-" + text) }
            }
            let bound = try untyped(operand)
            return try typed(expr, [operand]) { () throws(TypeError) in
                try Typing.unary(op == .not ? "not" : op.rawValue, bound)
            }
        case .array(let items):
            var values: [Expression] = []
            for item in items { values.append(try untyped(item)) }
            return try typed(expr, items) { () throws(TypeError) in try Typing.array(values) }
        case .row(let items):
            var values: [Expression] = []
            for item in items { values.append(try bind(item)) }
            return try typed(expr, items) { () throws(TypeError) in try Typing.row(values) }
        case .map(let pairs):
            var entries: [Expression] = []
            for (key, value) in pairs {
                entries.append(try untyped(key))
                entries.append(try untyped(value))
            }
            return try typed(expr) { () throws(TypeError) in try Typing.map(entries) }
        case .subscripted(let base, let index):
            let (array, position) = (try bind(base), try untyped(index))
            return try typed(expr, [base, index]) { () throws(TypeError) in try Typing.subscript(array, position) }
        case .slice(let base, let from, let to):
            let array = try bind(base)
            let first = try from.map { part throws(SQLError) in try untyped(part) }
            let last = try to.map { part throws(SQLError) in try untyped(part) }
            return try typed(expr, [base]) { () throws(TypeError) in try Typing.slice(array, first, last) }
        case .field(let base, let name):
            let row = try bind(base)
            return try typed(expr, [base]) { () throws(TypeError) in try scope.field(row, name: name.name) }
        case .atTimeZone(let base, let zone):
            let (time, name) = (try untyped(base), try untyped(zone))
            return try typed(expr, [base, zone]) { () throws(TypeError) in try Typing.atTimeZone(time, name) }
        case .collate(let base, let name):
            guard ["c", "posix", "default", "binary", "ucs_basic"].contains(name.name.lowercased()) else {
                throw SQLError(
                    "collation \"\(name.name)\" is not supported", at: name.range, hint: "text is in binary order")
            }
            return try untyped(base)
        case .similar(let operand, let pattern, let escape, let negated):
            let (x, p) = (try untyped(operand), try untyped(pattern))
            let e = try escape.map { part throws(SQLError) in try untyped(part) }
            return negate(
                try typed(expr, [operand, pattern]) { () throws(TypeError) in
                    try Typing.similar(x, p, e)
                }, negated)
        case .quantified(let operand, let op, let isAll, .array(let array)):
            let (x, list) = (try untyped(operand), try untyped(array))
            return try typed(expr, [operand, array]) { () throws(TypeError) in
                try Typing.anyOf(op.rawValue, x, list, isAll: isAll)
            }
        case .quantified(let operand, let op, let isAll, .query(let query)):
            return try quantified(expr, operand, op, isAll, query)
        case .inQuery(let operand, let query, let negated):
            return negate(try quantified(expr, operand, .equal, false, query), negated)
        case .exists(let query): return try subquery(expr).exists(query, expr.range)
        case .subquery(let query): return try subquery(expr).scalar(query, expr.range)
        case .arrayQuery(let query): return try subquery(expr).array(query, expr.range)
        case .defaultValue: throw SQLError("DEFAULT can only stand in INSERT and UPDATE", at: expr.range)
        case .parameter(let number): throw SQLError("found $\(number): there are no parameters here", at: expr.range)
        case .binary(let op, let left, let right): return try binary(expr, op, left, right)
        case .isNull(let operand, let negated):
            let bound = try bind(operand)
            return try typed(expr) { () throws(TypeError) in
                negated ? try Typing.isNotNull(bound) : try Typing.isNull(ofRow: bound)
            }
        case .isTruth(let operand, let truth, let negated):
            let bound = try condition(operand)
            guard let truth else { return negate(Typing.isNull(bound), negated) }
            return negate(try typed(expr) { () throws(TypeError) in try Typing.isTruth(bound, truth) }, negated)
        case .isDistinct(let left, let right, let negated):
            let (l, r) = (try untyped(left), try untyped(right))
            return negate(try typed(expr, [left, right]) { () throws(TypeError) in try Typing.isDistinct(l, r) }, negated)
        case .between(let operand, let low, let high, let negated, let symmetric):
            let (x, l, h) = (try untyped(operand), try untyped(low), try untyped(high))
            return negate(
                try typed(expr, [operand, low, high]) { () throws(TypeError) in
                    try Typing.between(x, l, h, isSymmetric: symmetric)
                }, negated)
        case .inList(let operand, let list, let negated):
            let x = try untyped(operand)
            var items: [Expression] = []
            for item in list { items.append(try untyped(item)) }
            return negate(try typed(expr, [operand] + list) { () throws(TypeError) in try Typing.inList(x, items) }, negated)
        case .like(let operand, let pattern, let escape, let negated, let ignoreCase):
            let (x, p) = (try untyped(operand), try untyped(pattern))
            var e: Expression?
            if let escape { e = try untyped(escape) }
            return negate(
                try typed(expr, [operand, pattern]) { () throws(TypeError) in
                    try Typing.like(x, pattern: p, escape: e, ignoreCase: ignoreCase)
                }, negated)
        case .caseWhen(let operand, let branches, let otherwise): return try caseWhen(expr, operand, branches, otherwise)
        case .cast(let operand, let name, let isTry):
            let type = try TypeResolver.resolve(name)
            let bound = try untyped(operand)
            return try typed(expr) { () throws(TypeError) in
                let value = try Typing.cast(bound, to: type, isTry: isTry)
                if let rounding = TypeResolver.rounding(name) {
                    return try Typing.call(rounding.function, [value, try Typing.number(String(rounding.digits))])
                }
                guard let length = TypeResolver.length(name) else { return value }
                return try Typing.call("left", [value, try Typing.number(String(length))])
            }
        case .function(let call):
            if call.over == nil, Binder.isSetReturning(call.name.name) {
                throw SQLError(
                    "\(call.name.name) gives rows and cannot stand in \(clause)", at: expr.range,
                    hint: "let it stand in FROM or in the select list, or write ARRAY(SELECT \(call.name.name)(…))")
            }
            return try plainCall(expr, call)
        case .extract(let field, let operand):
            let bound = try untyped(operand)
            return try typed(expr) { () throws(TypeError) in try Typing.extract(field: field.name, bound) }
        }
    }

    private func column(_ parts: [Identifier], _ range: SourceRange) throws(SQLError) -> Expression {
        if let index = try scope.find(parts, range: range) { return .column(index, scope.columns[index].type) }
        if let (value, _) = try outer?.resolve(parts, range: range) { return value }
        // `p.name` where p is a column: a field of it.
        if parts.count > 1, let index = try? scope.find(Array(parts.dropLast()), range: range) {
            do {
                return try scope.field(.column(index, scope.columns[index].type), name: parts[parts.count - 1].name)
            } catch { throw SQLError(error.message, at: range, hint: error.hint) }
        }
        if let time = try windowTime(parts, range) { return time }
        if parts.count == 1, let row = try wholeRow(parts[0]) { return row }
        throw scope.unknown(parts, range: range)
    }

    /// `window_time` of Flink's windows: the last millisecond of the window, by which windows over windows are made.
    private func windowTime(_ parts: [Identifier], _ range: SourceRange) throws(SQLError) -> Expression? {
        guard let name = parts.last, name.name.lowercased() == "window_time" else { return nil }
        let end = Array(parts.dropLast()) + [Identifier("window_end", range: name.range)]
        guard let index = try scope.find(end, range: range), scope.columns[index].window?.isEnd == true else { return nil }
        let millisecond = Expression(.literal(.interval(Interval(microseconds: 1000))), .interval)
        do {
            return try Typing.binary("-", .column(index, scope.columns[index].type), millisecond)
        } catch { throw SQLError(error.message, at: range, hint: error.hint) }
    }

    /// A relation's name as a value: its row. Where the relation was joined and no row was found, all columns are NULL, and
    /// so is the row.
    private func wholeRow(_ name: Identifier) throws(SQLError) -> Expression? {
        let named = scope.columns.indices.filter {
            scope.columns[$0].relation.lowercased() == name.name.lowercased() && !scope.columns[$0].isWindowPart
        }
        if named.isEmpty { return nil }
        let values = named.map { Expression.column($0, scope.columns[$0].type) }
        do {
            let row = try Typing.row(values, names: named.map { scope.columns[$0].name })
            let isMissing = Expression.conjunction(values.map { Typing.isNull($0) }) ?? .boolean(false)
            return Expression(
                .caseWhen([Expression.Branch(when: isMissing, then: .null(row.type))], otherwise: row), row.type)
        } catch { throw SQLError(error.message, at: name.range, hint: error.hint) }
    }

    private func subquery(_ expr: Expr) throws(SQLError) -> Subqueries {
        guard let subqueries else {
            throw SQLError("a subquery cannot stand in \(clause)", at: expr.range, hint: "compute it in a view first")
        }
        return subqueries
    }

    /// `x op ANY (query)` and `ALL`; IN is `= ANY`.
    private func quantified(
        _ expr: Expr, _ operand: Expr, _ op: BinaryOperator, _ isAll: Bool, _ query: Query
    ) throws(SQLError) -> Expression {
        let parts = operand.rowParts
        var values: [Expression] = []
        for part in parts { values.append(try untyped(part)) }
        let isOrder = [BinaryOperator.less, .lessOrEqual, .greater, .greaterOrEqual].contains(op)
        guard parts.count == 1 || isOrder || op == .equal || op == .notEqual else {
            throw SQLError("rows are compared by =, <>, <, <=, > and >= with a subquery", at: expr.range)
        }
        return try subquery(expr).quantified(values, query, isAll: isAll, expr.range) { left, right throws(SQLError) in
            if parts.count > 1, isOrder {
                return try typed(expr, [operand]) { () throws(TypeError) in try ordered(op, left, right) }
            }
            var comparisons: [Expression] = []
            for (l, r) in zip(left, right) {
                comparisons.append(
                    try typed(expr, [operand]) { () throws(TypeError) in
                        try Typing.binary(parts.count == 1 ? op.rawValue : "=", l, r)
                    })
            }
            let all = Expression.conjunction(comparisons) ?? .boolean(true)
            return parts.count > 1 && op == .notEqual ? all.negated : all
        }
    }

    /// The order of two rows: the first pair that differs decides.
    private func ordered(
        _ op: BinaryOperator, _ left: [Expression], _ right: [Expression]
    ) throws(TypeError) -> Expression {
        let strict = op == .less || op == .lessOrEqual ? "<" : ">"
        var result: Expression?
        for (l, r) in zip(left, right).reversed() {
            guard let rest = result else {
                result = try Typing.binary(op.rawValue, l, r)
                continue
            }
            result = try Typing.binary(strict, l, r).or(try Typing.binary("=", l, r).and(rest))
        }
        return result ?? .boolean(true)
    }

    private func binary(_ expr: Expr, _ op: BinaryOperator, _ left: Expr, _ right: Expr) throws(SQLError) -> Expression {
        if op == .and || op == .or {
            let (l, r) = (try condition(left), try condition(right))
            return op == .and ? l.and(r) : l.or(r)
        }
        let isRow = left.rowParts.count > 1 || right.rowParts.count > 1
        let l = isRow ? try rowOperand(left, beside: right) : try untyped(left)
        let r = isRow ? try rowOperand(right, beside: left) : try untyped(right)
        return try typed(expr, [left, right]) { () throws(TypeError) in
            if op == .equal, let same = try scope.sameWindow(l, r) { return same }
            return try Typing.binary(op.rawValue, l, r)
        }
    }

    /// An operand; a subquery beside `(a, b)` gives a row.
    private func rowOperand(_ operand: Expr, beside other: Expr) throws(SQLError) -> Expression {
        let count = other.rowParts.count
        guard count > 1, case .subquery(let query) = operand.kind else { return try untyped(operand) }
        let values = try subquery(operand).row(query, count, operand.range)
        return try typed(operand) { () throws(TypeError) in try Typing.row(values) }
    }

    private func caseWhen(
        _ expr: Expr, _ operand: Expr?, _ branches: [CaseBranch], _ otherwise: Expr?
    ) throws(SQLError) -> Expression {
        var subject: Expression?
        if let operand { subject = try untyped(operand) }
        var bound: [(condition: Expression, result: Expression)] = []
        for branch in branches {
            if let subject {
                let value = try untyped(branch.condition)
                let equal = try typed(branch.condition) { () throws(TypeError) in try Typing.binary("=", subject, value) }
                bound.append((equal, try untyped(branch.result)))
            } else {
                bound.append((try condition(branch.condition), try untyped(branch.result)))
            }
        }
        var fallback: Expression?
        if let otherwise { fallback = try untyped(otherwise) }
        let parts = branches.map(\.result) + (otherwise.map { [$0] } ?? [])
        return try typed(expr, parts) { () throws(TypeError) in
            try Typing.caseWhen(bound, otherwise: fallback)
        }
    }

    /// A call as a value; what gives rows gives an array of them.
    func plainCall(_ expr: Expr, _ call: FunctionCall) throws(SQLError) -> Expression {
        let name = call.name.name
        if call.over != nil {
            throw SQLError("a window function cannot stand in \(clause)", at: expr.range, hint: "compute it in a view first")
        }
        if Binder.isAggregate(name) {
            throw SQLError(
                "an aggregate cannot stand in \(clause)", at: expr.range,
                hint: clause == "WHERE" ? "write it in HAVING, after GROUP BY" : "compute it in a view first")
        }
        if name == "predict" || name == "ml_predict" {
            throw SQLError("PREDICT cannot stand in \(clause)", at: expr.range, hint: "compute it in a view first")
        }
        if call.isStar || call.distinct || call.filter != nil || !call.orderBy.isEmpty {
            throw SQLError("\(name) is not an aggregate: it takes plain arguments only", at: expr.range)
        }
        if Binder.clockFunctions.contains(name), call.arguments.isEmpty {
            if let now = functions?.now {
                let time = Expression(.literal(.int64(now)), .timestamp)
                return name == "current_date" ? Expression(.cast(time, isTry: false), .date) : time
            }
            throw SQLError(
                "\(name.uppercased()) cannot stand in \(clause)", at: expr.range,
                hint:
                    "WHERE at > NOW() - INTERVAL '5 minutes' lets rows leave as the clock passes; PROCTIME() in the select "
                    + "list of a stream is the clock at which a row came")
        }
        if ExpressionBinder.jsonFunctions.contains(name), call.labels.contains(where: { $0 != nil }) {
            return try jsonCall(expr, call)
        }
        var arguments: [Expression] = []
        for argument in call.arguments { arguments.append(try untyped(argument)) }
        do {
            if name == "overlaps", arguments.count == 4 {
                return try Typing.overlaps((arguments[0], arguments[1]), (arguments[2], arguments[3]))
            }
            if let value = try functions?.macro(name, arguments) { return value }
            if name == "try", arguments.count == 1 { return Typing.attempt(Typing.resolveUntyped(arguments[0])) }
            return try Typing.call(name, arguments)
        } catch {
            let isArgument = error.argument.map { call.arguments.indices.contains($0) } ?? false
            let range =
                isArgument ? call.arguments[error.argument ?? 0].range : isUnknown(error) ? call.name.range : expr.range
            throw SQLError(error.message, at: range, hint: error.hint)
        }
    }

    private func isUnknown(_ error: TypeError) -> Bool { error.message.hasPrefix("unknown function") }

    private func negate(_ expression: Expression, _ negated: Bool) -> Expression {
        negated ? expression.negated : expression
    }

    /// Gives a type error its place: the operand it is about, or the whole expression.
    func typed(
        _ expr: Expr, _ operands: [Expr] = [], _ body: () throws(TypeError) -> Expression
    ) throws(SQLError) -> Expression {
        do {
            return try body()
        } catch {
            let range = error.argument.flatMap { operands.indices.contains($0) ? operands[$0].range : nil } ?? expr.range
            throw SQLError(error.message, at: range, hint: error.hint)
        }
    }
}

extension Expression {
    var negated: Expression {
        if case .not(let inner) = node { return inner }
        return Expression(.not(self), .boolean)
    }

    func and(_ other: Expression) -> Expression {
        Expression(.and(conjuncts + other.conjuncts), .boolean)
    }

    func or(_ other: Expression) -> Expression { Expression(.or([self, other]), .boolean) }

    /// All of them hold; nil for none.
    static func conjunction(_ parts: [Expression]) -> Expression? {
        guard let first = parts.first else { return nil }
        return parts.count == 1 ? first : Expression(.and(parts), .boolean)
    }
}
