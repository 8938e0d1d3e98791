import MutstreamColumnar
import MutstreamDataflow

/// Gathers the OVER and PREDICT calls and the subqueries of a select list and puts a node for each below the list.
///
/// While the list is bound, a call is stood for by a column number that no relation has; ``assemble()`` says what stands
/// for it at last.
final class SelectCalls {
    let binder: Binder
    let input: Relation
    let windows: [NamedWindow]
    let emit: EmitClause?
    let owner: String
    let subqueries: Subqueries
    let outer: OuterScope?
    /// What may stand in arguments besides the input's columns: the aggregates of a grouped query.
    var argumentHook: ((Expr) throws(SQLError) -> Expression?)?

    /// Calls over one partition and order. All expressions are over the input's columns and placeholders.
    struct Group {
        var partition: [Expression]
        var order: [SortKey]
        /// Each session of a partition is one for itself: its gap in microseconds.
        var gap: Int64?
        var rolling: [RollingCall] = []
        var frames: [FramesPlan.Frame] = []
        var calls: [(call: PendingWindow, placeholder: Int)] = []
    }
    struct SortKey: Hashable {
        var value: Expression
        var descending: Bool
        var nullsFirst: Bool
    }
    /// A rolling aggregate of an arrival view.
    struct RollingCall {
        var call: PendingAggregate
        var frame: Int
        var placeholder: Int
    }
    var groups: [Group] = []
    var sets: [SetCall] = []
    /// What stands for the clock at which a row came.
    private var clock: (placeholder: Int, range: SourceRange)?
    private var predictions: [(model: Int, arguments: [Expression], placeholder: Int, range: SourceRange)] = []

    init(
        binder: Binder, input: Relation, windows: [NamedWindow], emit: EmitClause?, owner: String, subqueries: Subqueries,
        outer: OuterScope?
    ) {
        self.binder = binder
        self.input = input
        self.windows = windows
        self.emit = emit
        self.owner = owner
        self.subqueries = subqueries
        self.outer = outer
    }

    /// A stand-in for an OVER or PREDICT call; nil for anything else.
    func intercept(_ expr: Expr) throws(SQLError) -> Expression? {
        guard case .function(let call) = expr.kind else { return nil }
        if call.over != nil { return try over(call, expr) }
        if Binder.isSetReturning(call.name.name) { return try setReturning(call, expr) }
        if Binder.clockFunctions.contains(call.name.name), call.name.name != "current_date", call.arguments.isEmpty,
            argumentHook == nil, binder.now == nil,
            call.name.name == "proctime" || emit?.kind == .onArrival
        {
            if clock == nil { clock = (binder.newPlaceholder(), expr.range) }
            return clock.map { .column($0.placeholder, .timestamp) }
        }
        switch call.name.name {
        case "predict": return try predict(call, expr)
        case "ml_predict", "predict_proba", "choose":
            throw SQLError(
                "\(call.name.name.uppercased()) is not supported yet", at: call.name.range, hint: "PREDICT(model, …) is")
        default: return nil
        }
    }

    /// Binds what stands in the arguments of a call.
    func arguments(_ clause: String, nested: Bool) -> ExpressionBinder {
        ExpressionBinder(
            argumentHook == nil ? Scope(columns: input.columns) : Scope(columns: []), clause: clause,
            outer: argumentHook == nil ? outer : nil, functions: binder, subqueries: subqueries
        ) { inner throws(SQLError) in
            if nested, let known = try self.intercept(inner) { return known }
            return try self.argumentHook?(inner)
        }
    }

    func sensitive(_ expression: Expression) -> String? {
        for column in expression.columns {
            if column < input.columns.count, let sensitive = input.columns[column].sensitive { return sensitive }
            if let sensitive = subqueries.sensitive(column) { return sensitive }
        }
        return nil
    }

    // MARK: PREDICT

    private func predict(_ call: FunctionCall, _ expr: Expr) throws(SQLError) -> Expression {
        guard let first = call.arguments.first, case .column(let parts) = first.kind, parts.count == 1 else {
            throw SQLError("PREDICT takes a model's name first", at: expr.range, hint: "write PREDICT(model, feature, …)")
        }
        guard case .model(let index)? = binder.entry(parts[0]) else {
            throw SQLError(
                "unknown model \"\(parts[0].name)\"", at: first.range,
                hint: suggestion(for: parts[0].name, among: binder.plan.models.map(\.name)).map { "did you mean \"\($0)\"?" }
                    ?? binder.knownModels)
        }
        let model = binder.plan.models[index]
        let given = call.arguments.dropFirst()
        guard given.count == model.inputs.count else {
            throw SQLError(
                "found \(given.count) features, expected \(model.inputs.count) of model \"\(model.name)\"", at: expr.range,
                hint: "in order: \(model.inputs.map { "\($0.name) \($0.type.name)" }.joined(separator: ", "))")
        }
        let argumentBinder = arguments("PREDICT", nested: true)
        var values: [Expression] = []
        for (argument, field) in zip(given, model.inputs) {
            let bound = try argumentBinder.untyped(argument)
            do {
                values.append(try Typing.coerce(bound, to: field.type, context: .assignment).folded())
            } catch {
                throw SQLError(
                    "feature \"\(field.name)\" of model \"\(model.name)\": \(error.message)", at: argument.range,
                    hint: error.hint)
            }
            if values[values.count - 1].columns.contains(where: { column in sets.contains { $0.placeholder == column } }) {
                throw SQLError("a function that gives rows cannot stand in PREDICT", at: argument.range)
            }
            if let sensitive = sensitive(values[values.count - 1]) {
                throw SQLError(
                    "feature \"\(field.name)\" derives from the SENSITIVE \(sensitive) and cannot reach a model",
                    at: argument.range, hint: "pass an aggregate of it, such as a COUNT")
            }
        }
        let number = binder.newPlaceholder()
        predictions.append((index, values, number, expr.range))
        return .column(number, .double)
    }

    // MARK: Nodes

    /// The input with all calls computed, and what stands for each placeholder.
    ///
    /// - Parameter below: makes the relation below the list where it is not the input itself, subqueries joined.
    func assemble(
        below: (() throws(SQLError) -> (Relation, [Int: Expression]))? = nil
    ) throws(SQLError) -> (Relation, [Int: Expression]) {
        var relation: Relation
        var values: [Int: Expression]
        if let below { (relation, values) = try below() } else { (relation, values) = try subqueries.attach(to: input) }
        if let clock {
            let (clocked, column) = try binder.withArrivalTime(relation, owner: owner, clock.range)
            relation = clocked
            values[clock.placeholder] = .column(column, .timestamp)
        }
        let known = values
        let final = { (expression: Expression, values: [Int: Expression]) in
            expression.replacing { values[$0] }.folded()
        }
        var sessions: [Int: [Int]] = [:]
        for (index, group) in groups.enumerated() {
            guard let gap = group.gap, let time = group.order.first else { continue }
            var inner = InputColumns(relation)
            let keys = group.partition.map { inner.position(of: final($0, known)) }
            let at = inner.position(of: final(time.value, known))
            let base = Relation(node: inner.node(in: binder, owner: owner), columns: inner.columns)
            let range = emit?.range ?? SourceRange(0, 0)
            let shape = try WindowShape(.session, lengths: [gap], offset: 0, range)
            relation = try binder.windowed(base, at, shape, partition: keys, range, owner: owner, emit: nil)
            sessions[index] = [base.columns.count, base.columns.count + 1]
        }
        // Calls see the input alone, not each other, so that all of them can be computed over one projection.
        let times = emit?.kind == .onWindowClose ? binder.plan.graph.timeColumns(relation.node, binder.plan.sources) : nil
        var closings: [(finality: Binder.Finality, time: Expression, ahead: Expression?)?] = []
        for (index, group) in groups.enumerated() {
            var inner = InputColumns(relation)
            let ofSession = (sessions[index] ?? []).map { Expression.column($0, relation.columns[$0].type) }
            let parts = group.partition.map { final($0, known) } + ofSession
            let partition = parts.map { inner.position(of: $0) }
            var keys = group.order
            for index in keys.indices { keys[index].value = final(keys[index].value, known) }
            // Rows without a time fail before others can see them.
            if let times, let first = keys.first, times.promise(of: first.value) != nil,
                !parts.contains(where: { times.promise(of: $0) != nil })
            {
                keys[0].value = Binder.known(first.value)
            }
            let order = keys.map {
                SortItem(column: inner.position(of: $0.value), descending: $0.descending, nullsFirst: $0.nullsFirst)
            }
            let rolling = group.rolling.map { call -> AggregateSpec in
                var spec = call.call.spec(&inner) { final($0, known) }
                spec.frame = call.frame
                return spec
            }
            var windows = group.calls.map { $0.call.call(&inner) { final($0, known) } }
            var finality: Binder.Finality?
            if let times, !windows.isEmpty {
                finality = binder.finality(parts, keys, windows, times)
                // The end of a session is none of the columns.
                if group.gap != nil { finality?.isWindow = false }
            }
            var columns = inner.columns
            let base = inner.node(in: binder, owner: owner)
            for (index, call) in group.rolling.enumerated() {
                values[call.placeholder] = .column(columns.count, rolling[index].resultType)
                columns.append(
                    ScopeColumn(
                        relation: "", name: rolling[index].function.rawValue, type: rolling[index].resultType,
                        sensitive: call.call.sensitive, window: nil))
            }
            for (index, call) in group.calls.enumerated() {
                values[call.placeholder] = .column(columns.count, windows[index].resultType)
                columns.append(
                    ScopeColumn(
                        relation: "", name: windows[index].function.rawValue, type: windows[index].resultType,
                        sensitive: call.call.sensitive, window: nil))
            }
            if let finality {
                let time = inner.position(of: finality.time)
                var ahead: Expression?
                if finality.rows > 0 {
                    ahead = .column(columns.count, finality.time.type)
                    columns.append(
                        ScopeColumn(relation: "", name: "lead", type: finality.time.type, sensitive: nil, window: nil))
                    windows.append(
                        WindowCall(
                            .lead, columns: [time], constants: [.int64(finality.rows)], resultType: finality.time.type))
                }
                closings.append((finality, .column(time, finality.time.type), ahead))
            } else if !windows.isEmpty {
                closings.append(nil)
            }
            let kind: PlanNode.Kind
            if group.rolling.isEmpty {
                kind = .windows(WindowsPlan(input: base, partition: partition, order: order, calls: windows))
            } else {
                kind = .frames(
                    FramesPlan(
                        input: base, partition: partition, order: order.first?.column, frames: group.frames, calls: rolling))
            }
            relation = Relation(node: binder.add(kind, columns, owner: owner), columns: columns)
        }
        if let emit, times?.hasWatermark == true {
            relation = try binder.closing(relation, closings, emit, owner: owner)
        }
        for (model, arguments, placeholder, range) in predictions {
            guard binder.isAppendOnly(relation.node) else {
                throw SQLError(
                    "PREDICT needs rows that only arrive, but rows of this query can change", at: range,
                    hint: "let a stream be the first relation and end the query with EMIT ON ARRIVAL")
            }
            var columns = InputColumns(relation)
            let positioned = arguments.map { columns.position(of: final($0, values)) }
            relation = Relation(node: columns.node(in: binder, owner: owner), columns: columns.columns)
            values[placeholder] = .column(relation.columns.count, .double)
            relation.columns.append(
                ScopeColumn(relation: "", name: "predict", type: .double, sensitive: nil, window: nil))
            relation.node = binder.add(
                .predict(relation.node, model: model, arguments: positioned), relation.columns, owner: owner)
        }
        if !sets.isEmpty { relation = spread(relation, &values) }
        return (relation, values)
    }
}
