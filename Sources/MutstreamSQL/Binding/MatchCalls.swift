import MutstreamColumnar
import MutstreamDataflow

/// Binds what stands in DEFINE and MEASURES: each thing that it asks of the rows of a match becomes a slot, and expressions
/// are over the slots.
final class MatchCalls {
    /// Where an expression stands.
    enum Place {
        /// The condition of a variable: the current row counts as one of its rows.
        case define(Int)
        case measure

        var clause: String { if case .define = self { "DEFINE" } else { "MEASURES" } }
    }

    let binder: Binder
    let input: Relation
    let isStream: Bool
    /// Names of the pattern's variables.
    let variables: [String]
    private let subsets: [(name: String, variables: UInt64)]
    private let timeColumn: Int
    var inner: InputColumns
    private(set) var conditionSlots: [MatchSlot] = []
    private(set) var measureSlots: [MatchSlot] = []
    /// By slot of the measures: the SENSITIVE column it hands on.
    private(set) var sensitive: [String?] = []

    init(
        _ binder: Binder, _ input: Relation, _ inner: InputColumns, variables: [String],
        subsets: [(name: String, variables: UInt64)], timeColumn: Int, isStream: Bool
    ) {
        self.binder = binder
        self.input = input
        self.inner = inner
        self.variables = variables
        self.subsets = subsets
        self.timeColumn = timeColumn
        self.isStream = isStream
    }

    func condition(_ expr: Expr, of variable: Int) throws(SQLError) -> Expression {
        try expressions(.define(variable)).condition(expr).folded()
    }

    func measure(_ expr: Expr) throws(SQLError) -> Expression { try expressions(.measure).bind(expr).folded() }

    private func expressions(_ place: Place) -> ExpressionBinder {
        ExpressionBinder(Scope(columns: []), clause: place.clause, functions: binder) { expr throws(SQLError) in
            try self.intercept(expr, place, isFinal: false)
        }
    }

    /// The variables of a name: one, or those of a SUBSET.
    func rows(of name: Identifier) throws(SQLError) -> UInt64 {
        let folded = name.name.lowercased()
        if let index = variables.firstIndex(where: { $0.lowercased() == folded }) { return 1 << UInt64(index) }
        if let subset = subsets.first(where: { $0.name == folded }) { return subset.variables }
        let known = variables + subsets.map(\.name)
        throw SQLError(
            "unknown pattern variable \"\(name.name)\"", at: name.range,
            hint: suggestion(for: name.name, among: known).map { "did you mean \"\($0)\"?" }
                ?? "the pattern has \(Scope.list(known))")
    }

    // MARK: Slots

    private func slot(_ kind: MatchSlot.Kind, _ type: DataType, _ place: Place, isFinal: Bool) -> Expression {
        let slot = MatchSlot(kind, isFinal: isFinal, type)
        if case .define = place {
            if let known = conditionSlots.firstIndex(of: slot) { return .column(known, type) }
            conditionSlots.append(slot)
            return .column(conditionSlots.count - 1, type)
        }
        if let known = measureSlots.firstIndex(of: slot) { return .column(known, type) }
        measureSlots.append(slot)
        var source: String?
        if let column = slot.column, inner.columns.indices.contains(column) { source = inner.columns[column].sensitive }
        if case .aggregate(let aggregate, _, _) = kind, !Binder.isValueAggregate(aggregate.rawValue) { source = nil }
        sensitive.append(source)
        return .column(measureSlots.count - 1, type)
    }

    private func intercept(_ expr: Expr, _ place: Place, isFinal: Bool) throws(SQLError) -> Expression? {
        switch expr.kind {
        case .column: return try value(Navigation(), of: expr, place, isFinal, expr.range)
        case .star:
            throw SQLError(
                "found *, expected an expression in \(place.clause)", at: expr.range, hint: "name the columns one by one")
        case .function(let call):
            if call.over != nil {
                throw SQLError("a window function cannot stand in \(place.clause)", at: expr.range)
            }
            return try self.call(call, expr, place, isFinal)
        default: return nil
        }
    }

    private func call(
        _ call: FunctionCall, _ expr: Expr, _ place: Place, _ isFinal: Bool
    ) throws(SQLError) -> Expression? {
        let name = call.name.name
        switch name {
        case "final", "running":
            guard call.arguments.count == 1 else { return nil }
            if case .define = place, name == "final" {
                throw SQLError(
                    "FINAL cannot stand in DEFINE", at: call.name.range, hint: "the rows behind are not yet matched there")
            }
            return try intercept(call.arguments[0], place, isFinal: name == "final")
        case "prev", "next", "first", "last", "first_value", "last_value":
            let (navigation, argument) = try navigation(expr, place)
            return try value(navigation, of: argument, place, isFinal, expr.range)
        case "classifier" where call.arguments.isEmpty: return slot(.classifier, .text, place, isFinal: isFinal)
        case "match_number" where call.arguments.isEmpty: return slot(.matchNumber, .bigint, place, isFinal: false)
        case "match_rowtime" where call.arguments.isEmpty:
            let type = inner.columns[timeColumn].type
            if case .define = place { return slot(.row(column: timeColumn, offset: 0), type, place, isFinal: false) }
            return slot(last(timeColumn), type, place, isFinal: true)
        case "classifier", "match_number", "match_rowtime":
            throw SQLError("\(name.uppercased()) takes no argument", at: call.arguments[0].range)
        case "match_proctime":
            throw SQLError("MATCH_PROCTIME is not supported", at: expr.range, hint: "MATCH_ROWTIME() is the time of the match")
        default: return Binder.isAggregate(name) ? try aggregate(call, expr, place, isFinal) : nil
        }
    }

    private func last(_ column: Int) -> MatchSlot.Kind {
        .mapped(column: column, variables: ~0, isFirst: false, skip: 0, offset: 0)
    }

    // MARK: Navigation

    /// Which row PREV, NEXT, FIRST and LAST name.
    private struct Navigation {
        var isFirst = false
        var skip = 0
        var offset = 0
    }

    private func navigation(_ expr: Expr, _ place: Place) throws(SQLError) -> (Navigation, Expr) {
        guard case .function(let call) = expr.kind else { return (Navigation(), expr) }
        let name = call.name.name
        guard ["prev", "next", "first", "last", "first_value", "last_value"].contains(name) else {
            return (Navigation(), expr)
        }
        guard call.arguments.count == 1 || call.arguments.count == 2, !call.distinct, call.filter == nil else {
            throw SQLError(
                "\(name.uppercased()) takes a value and perhaps a number of rows", at: expr.range,
                hint: "write \(name.uppercased())(a.price, 1)")
        }
        let isPhysical = name == "prev" || name == "next"
        let count = try call.arguments.count == 2 ? rowCount(call.arguments[1]) : isPhysical ? 1 : 0
        if !isPhysical {
            return (Navigation(isFirst: name.hasPrefix("first"), skip: count), call.arguments[0])
        }
        if name == "next", isStream, count > 0 {
            throw SQLError(
                "NEXT cannot stand over a stream: the row behind has not come yet", at: expr.range,
                hint: "compare in DEFINE of the variable that follows, with PREV")
        }
        var (navigation, argument) = (Navigation(), call.arguments[0])
        if case .function(let nested) = argument.kind, nested.name.name != "prev", nested.name.name != "next" {
            (navigation, argument) = try self.navigation(argument, place)
        }
        navigation.offset = name == "prev" ? -count : count
        return (navigation, argument)
    }

    private func rowCount(_ expr: Expr) throws(SQLError) -> Int {
        guard case .number(let text) = expr.kind, let count = Int(text), count <= 10_000 else {
            throw SQLError("expected a number of rows from 0 to 10000", at: expr.range)
        }
        return count
    }

    private func value(
        _ navigation: Navigation, of expr: Expr, _ place: Place, _ isFinal: Bool, _ range: SourceRange
    ) throws(SQLError) -> Expression {
        let (column, type, rows) = try argument(expr, place)
        let variables = rows ?? ~0
        if case .define(let variable) = place, !navigation.isFirst, navigation.skip == 0,
            variables >> UInt64(variable) & 1 != 0
        {
            return slot(.row(column: column, offset: navigation.offset), type, place, isFinal: false)
        }
        return slot(
            .mapped(
                column: column, variables: variables, isFirst: navigation.isFirst, skip: navigation.skip,
                offset: navigation.offset), type, place, isFinal: isFinal)
    }

    /// A value of one row, and of which variables it is; nil: of all.
    private func argument(
        _ expr: Expr, _ place: Place, coerced: ((Expression) throws(SQLError) -> Expression)? = nil
    ) throws(SQLError) -> (column: Int, type: DataType, rows: UInt64?) {
        var found: [UInt64?] = []
        let input = input
        let scope = Scope(columns: input.columns)
        let bound = try ExpressionBinder(scope, clause: place.clause, functions: binder) { inner throws(SQLError) in
            switch inner.kind {
            case .column(let parts):
                let column: Int
                if parts.count == 2 {
                    let rows = try self.rows(of: parts[0])
                    if !found.contains(rows) { found.append(rows) }
                    column = try scope.resolve([parts[1]], range: inner.range)
                } else {
                    if !found.contains(nil) { found.append(nil) }
                    column = try scope.resolve(parts, range: inner.range)
                }
                return .column(column, input.columns[column].type)
            case .function(let call)
            where ["prev", "next", "first", "last", "classifier", "match_number", "final", "running"]
                .contains(call.name.name):
                throw SQLError(
                    "\(call.name.name.uppercased()) cannot stand in another call", at: inner.range,
                    hint: "PREV and NEXT take FIRST or LAST, and all of them take columns")
            default: return nil
            }
        }.bind(expr).folded()
        if found.count > 1 {
            throw SQLError(
                "found columns of several variables, expected those of one", at: expr.range,
                hint: "write LAST(a.x) + LAST(b.x)")
        }
        let value = try coerced?(bound) ?? bound
        return (inner.position(of: value), value.type, found.first ?? nil)
    }

    // MARK: Aggregates

    private func aggregate(
        _ call: FunctionCall, _ expr: Expr, _ place: Place, _ isFinal: Bool
    ) throws(SQLError) -> Expression {
        let name = call.name.name
        guard ["count", "sum", "avg", "min", "max"].contains(name) else {
            throw SQLError(
                "\(name) cannot stand in \(place.clause)", at: call.name.range,
                hint: "count, sum, avg, min and max can; of ALL ROWS PER MATCH, group the rows by MATCH_NUMBER()")
        }
        if call.distinct || call.filter != nil || !call.orderBy.isEmpty {
            throw SQLError("an aggregate in \(place.clause) takes plain arguments only", at: expr.range)
        }
        if call.isStar {
            return slot(.aggregate(.count, column: nil, variables: ~0), .bigint, place, isFinal: isFinal)
        }
        guard call.arguments.count == 1 else {
            throw SQLError("\(name) takes 1 argument, found \(call.arguments.count)", at: expr.range)
        }
        if name == "count", case .star(let qualifier?, _) = call.arguments[0].kind, let variable = qualifier.parts.last {
            let rows = try rows(of: variable)
            return slot(.aggregate(.count, column: nil, variables: rows), .bigint, place, isFinal: isFinal)
        }
        var result = DataType.bigint
        let (column, type, rows) = try argument(call.arguments[0], place) { value throws(SQLError) in
            do throws(TypeError) {
                let signature = try AggregateFunction.resolve(name: name, arguments: [value.type])
                result = signature.result
                guard let wanted = signature.coercedArgumentTypes.first else { return value }
                return try Typing.coerce(value, to: wanted, context: .assignment).folded()
            } catch { throw SQLError(error.message, at: expr.range, hint: error.hint) }
        }
        let variables = rows ?? ~0
        let isUnfit = type == .interval || name != "count" && (type.isComposite || type == .json)
        if isUnfit, name != "count" {
            throw SQLError("\(name) of \(type.name) cannot stand in \(place.clause)", at: expr.range)
        }
        switch name {
        case "count", "sum", "min", "max":
            let kind = MatchSlot.Aggregate(rawValue: name) ?? .count
            return slot(.aggregate(kind, column: column, variables: variables), result, place, isFinal: isFinal)
        default:
            // The average as the sum by the count; of nothing, the sum is NULL.
            let sumType = type.isFloat ? DataType.double : .decimal(precision: 38, scale: type.scale)
            let sum = slot(.aggregate(.sum, column: column, variables: variables), sumType, place, isFinal: isFinal)
            let count = slot(.aggregate(.count, column: column, variables: variables), .bigint, place, isFinal: isFinal)
            do throws(TypeError) {
                return try Typing.cast(try Typing.binary("/", sum, count), to: result)
            } catch { throw SQLError(error.message, at: expr.range, hint: error.hint) }
        }
    }
}
