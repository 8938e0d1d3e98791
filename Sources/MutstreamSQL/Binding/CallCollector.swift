import MutstreamColumnar
import MutstreamDataflow

/// Gathers the OVER and PREDICT calls of a select list and puts a node for each below the list.
///
/// While the list is bound, a call is stood for by a column number that no relation has; ``assemble()`` says where its
/// column is at last.
final class CallCollector {
    private let binder: Binder
    private let input: Relation
    private let windows: [NamedWindow]
    private let emit: EmitClause?
    private let owner: String
    /// What may stand in arguments besides the input's columns: the aggregates of a grouped query.
    var argumentHook: ((Expr) throws(SQLError) -> Expression?)?

    private struct Group {
        var partition: [Int]
        var order: Int?
        var frames: [FramesPlan.Frame]
        var calls: [(call: AggregateCall, placeholder: Int)]
    }
    private var inner: InputColumns
    private var groups: [Group] = []
    private var predictions: [(model: Int, arguments: [Expression], placeholder: Int)] = []
    private var nextPlaceholder = 1_000_000

    init(binder: Binder, input: Relation, windows: [NamedWindow], emit: EmitClause?, owner: String) {
        self.binder = binder
        self.input = input
        self.windows = windows
        self.emit = emit
        self.owner = owner
        inner = InputColumns(input)
    }

    /// A stand-in for an OVER or PREDICT call; nil for anything else.
    func intercept(_ expr: Expr) throws(SQLError) -> Expression? {
        guard case .function(let call) = expr.kind else { return nil }
        if call.over != nil { return try over(call, expr) }
        switch call.name.name {
        case "predict": return try predict(call, expr)
        case "ml_predict", "predict_proba", "choose":
            throw SQLError(
                "\(call.name.name.uppercased()) is not supported yet", at: call.name.range, hint: "PREDICT(model, …) is")
        default: return nil
        }
    }

    private func placeholder(_ type: DataType) -> (Expression, Int) {
        nextPlaceholder += 1
        return (.column(nextPlaceholder, type), nextPlaceholder)
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
        guard binder.isAppendOnly(input.node) else {
            throw SQLError(
                "PREDICT needs rows that only arrive, but rows of this query can change", at: expr.range,
                hint: "let a stream be the first relation and end the query with EMIT ON ARRIVAL")
        }
        let argumentBinder = ExpressionBinder(
            argumentHook == nil ? Scope(columns: input.columns) : Scope(columns: []), clause: "PREDICT"
        ) { inner throws(SQLError) in
            if let known = try self.intercept(inner) { return known }
            return try self.argumentHook?(inner)
        }
        var arguments: [Expression] = []
        for (argument, field) in zip(given, model.inputs) {
            let bound = try argumentBinder.untyped(argument)
            do {
                arguments.append(try Typing.coerce(bound, to: field.type, context: .assignment).folded())
            } catch {
                throw SQLError(
                    "feature \"\(field.name)\" of model \"\(model.name)\": \(error.message)", at: argument.range,
                    hint: error.hint)
            }
            let known = arguments[arguments.count - 1].columns.filter { $0 < input.columns.count }
            if let sensitive = known.compactMap({ input.columns[$0].sensitive }).first {
                throw SQLError(
                    "feature \"\(field.name)\" derives from the SENSITIVE \(sensitive) and cannot reach a model",
                    at: argument.range, hint: "pass an aggregate of it, such as a COUNT")
            }
        }
        let (expression, number) = placeholder(.double)
        predictions.append((index, arguments, number))
        return expression
    }

    // MARK: OVER

    private func over(_ call: FunctionCall, _ expr: Expr) throws(SQLError) -> Expression {
        let name = call.name.name
        guard AggregateNames.all.contains(name) else {
            throw SQLError(
                AggregateNames.later.contains(name) ? "\(name) is not supported yet" : "\(name) is not a window function",
                at: call.name.range, hint: "supported with OVER: \(AggregateNames.all.joined(separator: ", "))")
        }
        guard emit?.kind == .onArrival else {
            throw SQLError(
                "OVER is only supported under EMIT ON ARRIVAL so far", at: expr.range,
                hint: "add EMIT ON ARRIVAL at the end of the query")
        }
        guard binder.isAppendOnly(input.node), argumentHook == nil else {
            throw SQLError("OVER needs rows that only arrive, but rows of this query can change", at: expr.range)
        }
        let scope = ExpressionBinder(Scope(columns: input.columns), clause: "a window")
        let window = try resolve(call.over, expr)
        var partition: [Int] = []
        for key in window.partitionBy { partition.append(inner.position(of: try scope.bind(key).folded())) }
        guard window.orderBy.count <= 1 else {
            throw SQLError("found \(window.orderBy.count) columns in ORDER BY, expected one time", at: expr.range)
        }
        var order: Int?
        if let item = window.orderBy.first {
            let bound = try scope.bind(item.expression)
            guard [.timestamp, .date, .bigint, .int].contains(bound.type) else {
                throw SQLError(
                    "found \(bound.type.name), expected a TIMESTAMP, DATE or integer to order by", at: item.expression.range)
            }
            if item.descending || item.nullsFirst == true {
                throw SQLError("a rolling window is ordered upwards, NULLs last", at: item.expression.range)
            }
            order = inner.position(of: bound.folded())
        }
        let frame = try bindFrame(window, orderType: order.map { inner.columns[$0].type }, expr)
        var bound = try (binder.bindAggregate(call, expr, scope, &inner))
        let group = groups.firstIndex { $0.partition == partition && $0.order == order } ?? groups.count
        if group == groups.count { groups.append(Group(partition: partition, order: order, frames: [], calls: [])) }
        let position = groups[group].frames.firstIndex(of: frame) ?? groups[group].frames.count
        if position == groups[group].frames.count { groups[group].frames.append(frame) }
        bound.frame = position
        if let known = groups[group].calls.first(where: { $0.call == bound }) {
            return .column(known.placeholder, bound.type)
        }
        let (expression, number) = placeholder(bound.type)
        groups[group].calls.append((bound, number))
        return expression
    }

    /// A window by name, extended by what is written at the call.
    private func resolve(_ window: WindowSpecification?, _ expr: Expr) throws(SQLError) -> WindowSpecification {
        guard var window else { throw SQLError("expected a window", at: expr.range) }
        guard let base = window.base else { return window }
        guard let named = windows.first(where: { $0.name.name == base.name }) else {
            throw SQLError(
                "unknown window \"\(base.name)\"", at: base.range,
                hint: suggestion(for: base.name, among: windows.map(\.name.name)).map { "did you mean \"\($0)\"?" }
                    ?? "declare it: WINDOW \(base.name) AS (PARTITION BY … ORDER BY …)")
        }
        if named.specification.base?.name == base.name {
            throw SQLError("window \"\(base.name)\" extends itself", at: base.range)
        }
        let parent = try resolve(named.specification, expr)
        if !window.partitionBy.isEmpty {
            throw SQLError("a named window's PARTITION BY cannot be changed", at: window.range)
        }
        if !window.orderBy.isEmpty, !parent.orderBy.isEmpty {
            throw SQLError("a named window's ORDER BY cannot be changed", at: window.range)
        }
        window.base = nil
        window.partitionBy = parent.partitionBy
        if window.orderBy.isEmpty { window.orderBy = parent.orderBy }
        if window.frame == nil { window.frame = parent.frame }
        return window
    }

    private func bindFrame(
        _ window: WindowSpecification, orderType: DataType?, _ expr: Expr
    ) throws(SQLError) -> FramesPlan.Frame {
        guard let frame = window.frame else { return FramesPlan.Frame(isRows: false, preceding: nil) }
        guard case .currentRow = frame.end else {
            throw SQLError(
                "a frame under EMIT ON ARRIVAL ends at the CURRENT ROW", at: frame.range,
                hint: "write RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW")
        }
        if frame.unit == .groups { throw SQLError("GROUPS frames are not supported yet", at: frame.range) }
        let isRows = frame.unit == .rows
        switch frame.start {
        case .unboundedPreceding: return FramesPlan.Frame(isRows: isRows, preceding: nil)
        case .currentRow: return FramesPlan.Frame(isRows: isRows, preceding: 0)
        case .preceding(let length):
            guard let orderType else { throw SQLError("a frame needs an ORDER BY in its window", at: frame.range) }
            let value: Int64
            if isRows || orderType == .bigint || orderType == .int {
                guard case .number(let text) = length.kind, let number = Int64(text) else {
                    throw SQLError("expected a whole number before PRECEDING", at: length.range)
                }
                value = number
            } else {
                let microseconds = try binder.constantInterval(length)
                guard orderType == .timestamp || microseconds % 86_400_000_000 == 0 else {
                    throw SQLError("a frame over a DATE is of whole days", at: length.range)
                }
                value = orderType == .timestamp ? microseconds : microseconds / 86_400_000_000
            }
            guard value >= 0 else { throw SQLError("a frame's length cannot be negative", at: length.range) }
            return FramesPlan.Frame(isRows: isRows, preceding: value)
        case .following, .unboundedFollowing:
            throw SQLError("a frame starts before the current row", at: frame.range)
        }
    }

    // MARK: Nodes

    /// The input with all calls computed, and the column of each stand-in.
    func assemble() throws(SQLError) -> (Relation, [Int: Int]) {
        var positions: [Int: Int] = [:]
        var relation = input
        if !groups.isEmpty { relation = Relation(node: inner.node(in: binder, owner: owner), columns: inner.columns) }
        for group in groups {
            let frames = FramesPlan(
                input: relation.node, partition: group.partition, order: group.order, frames: group.frames,
                calls: group.calls.map(\.call))
            for (call, placeholder) in group.calls {
                positions[placeholder] = relation.columns.count
                let isValue = call.function == "min" || call.function == "max"
                relation.columns.append(
                    ScopeColumn(
                        relation: "", name: call.function, type: call.type,
                        sensitive: isValue ? call.argument.flatMap { inner.columns[$0].sensitive } : nil, window: nil))
            }
            relation.node = binder.add(.frames(frames), relation.columns, owner: owner)
        }
        for (model, arguments, placeholder) in predictions {
            var columns = InputColumns(relation)
            let positioned = arguments.map { columns.position(of: $0.remapped { positions[$0] ?? $0 }) }
            relation = Relation(node: columns.node(in: binder, owner: owner), columns: columns.columns)
            positions[placeholder] = relation.columns.count
            relation.columns.append(
                ScopeColumn(relation: "", name: "predict", type: .double, sensitive: nil, window: nil))
            relation.node = binder.add(
                .predict(relation.node, model: model, arguments: positioned), relation.columns, owner: owner)
        }
        return (relation, positions)
    }
}
