import MutstreamColumnar
import MutstreamDataflow

/// OVER calls: rolling aggregates of arriving rows under EMIT ON ARRIVAL, else window functions that are kept up to date.
extension SelectCalls {
    func over(_ call: FunctionCall, _ expr: Expr) throws(SQLError) -> Expression {
        let window = try resolve(call.over, expr)
        if call.distinct, call.name.name != "count" {
            throw SQLError(
                "DISTINCT in \(call.name.name) is not supported in a window function", at: expr.range,
                hint: "count(DISTINCT …) is")
        }
        if call.distinct, call.isStar || call.arguments.isEmpty {
            throw SQLError("DISTINCT needs an argument", at: expr.range)
        }
        if let first = call.orderBy.first {
            throw SQLError("ORDER BY in the arguments of a window function is not supported", at: first.expression.range)
        }
        if emit?.kind == .onArrival { return try rolling(call, expr, window) }
        return try maintained(call, expr, window)
    }

    /// A window by name, extended by what is written at the call.
    private func resolve(_ window: WindowSpecification?, _ expr: Expr) throws(SQLError) -> WindowSpecification {
        guard var window else { throw SQLError("expected a window", at: expr.range) }
        guard let base = window.base else { return window }
        guard let index = windows.firstIndex(where: { $0.name.name == base.name }) else {
            throw SQLError(
                "unknown window \"\(base.name)\"", at: base.range,
                hint: suggestion(for: base.name, among: windows.map(\.name.name)).map { "did you mean \"\($0)\"?" }
                    ?? "declare it: WINDOW \(base.name) AS (PARTITION BY … ORDER BY …)")
        }
        let named = windows[index]
        // A window extends those before it, so that none can extend itself.
        if let further = named.specification.base, !windows[..<index].contains(where: { $0.name.name == further.name }) {
            throw SQLError(
                "window \"\(base.name)\" extends \"\(further.name)\", which is not declared before it", at: base.range)
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

    // MARK: Maintained

    private func maintained(
        _ call: FunctionCall, _ expr: Expr, _ window: WindowSpecification
    ) throws(SQLError) -> Expression {
        let binder = arguments("a window", nested: false)
        var partition: [Expression] = []
        for key in window.partitionBy {
            let value = try binder.bind(key).folded()
            partition.append(value)
            // By its end a partition goes.
            for part in value.columnIndex.flatMap({ binder.scope.windowParts($0) }) ?? [] {
                partition.append(.column(part, binder.scope.columns[part].type))
            }
        }
        var order: [SortKey] = []
        for item in window.orderBy {
            let key = SortKey(
                value: try binder.bind(item.expression).folded(), descending: item.descending,
                nullsFirst: item.nullsFirst ?? item.descending)
            if !order.contains(where: { $0.value == key.value }) { order.append(key) }
        }
        var bound: [Expression] = []
        for argument in call.arguments { bound.append(try binder.untyped(argument)) }
        // A literal default of lag and lead takes the type of the value.
        let types = bound.map { $0.isUntyped ? bound.first { !$0.isUntyped }?.type ?? .text : $0.type }
        let resolved: (function: WindowFunction, arguments: [DataType], result: DataType)
        do {
            resolved = try WindowFunction.resolve(name: call.name.name, arguments: types)
        } catch {
            let range = error.argument.flatMap { call.arguments.indices.contains($0) ? call.arguments[$0].range : nil }
            throw SQLError(error.message, at: range ?? call.name.range, hint: error.hint)
        }
        var values: [Expression] = []
        for (index, (value, type)) in zip(bound, resolved.arguments).enumerated() {
            values.append(
                try binder.typed(call.arguments[index]) { () throws(TypeError) in
                    try Typing.coerce(value, to: type, context: .assignment)
                }.folded())
        }
        var filter: Expression?
        if let clause = call.filter {
            guard resolved.function.isAggregate else {
                throw SQLError("FILTER belongs to aggregates, \(call.name.name) is none", at: clause.range)
            }
            let condition = try binder.condition(clause).folded()
            values = values.map { $0.guarded(by: condition) }
            filter = condition
        }
        if call.ignoreNulls == true, !resolved.function.takesNullTreatment {
            throw SQLError("\(call.name.name) takes no IGNORE NULLS", at: expr.range)
        }
        let name = resolved.function.rawValue
        let sensitive =
            ["row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile"].contains(name)
                || !Binder.isValueAggregate(name) ? nil : values.lazy.compactMap { self.sensitive($0) }.first
        let pending = PendingWindow(
            function: resolved.function, arguments: values, filter: filter, ignoreNulls: call.ignoreNulls == true,
            frame: resolved.function.usesFrame ? try frame(window, order) : .standard, type: resolved.result,
            isDistinct: call.distinct, sensitive: sensitive)
        if call.distinct, pending.frame.exclusion != .noOthers {
            throw SQLError("count(DISTINCT …) over a frame with EXCLUDE is not supported", at: expr.range)
        }
        let group = self.group(partition, order, gap: resolved.function.usesFrame ? try gap(window, order) : nil)
        if let known = groups[group].calls.first(where: { $0.call == pending }) {
            return .column(known.placeholder, pending.type)
        }
        let number = self.binder.newPlaceholder()
        groups[group].calls.append((pending, number))
        return .column(number, pending.type)
    }

    /// Rolling aggregates that share one buffer of rows, at most.
    private static let rollingMax = 64

    private func group(
        _ partition: [Expression], _ order: [SortKey], gap: Int64? = nil, rollingMax: Int = .max
    ) -> Int {
        let known = groups.firstIndex {
            $0.partition == partition && $0.order == order && $0.gap == gap && $0.rolling.count < rollingMax
        }
        if let known { return known }
        groups.append(Group(partition: partition, order: order, gap: gap))
        return groups.count - 1
    }

    private func frame(_ window: WindowSpecification, _ order: [SortKey]) throws(SQLError) -> WindowFrameSpec {
        guard let frame = window.frame else { return .standard }
        if frame.unit == .groups, order.isEmpty {
            throw SQLError("a GROUPS frame needs an ORDER BY in its window", at: frame.range)
        }
        if frame.unit == .session {
            return WindowFrameSpec(unit: .rows, start: .unboundedPreceding, end: .unboundedFollowing)
        }
        let start = try bound(frame.start, frame, order)
        let end = try bound(frame.end, frame, order)
        let rank = { (bound: WindowFrameSpec.Bound) in
            switch bound {
            case .unboundedPreceding: 0
            case .preceding: 1
            case .currentRow: 2
            case .following: 3
            case .unboundedFollowing: 4
            }
        }
        if rank(start) > rank(end) || rank(start) == 4 || rank(end) == 0 {
            throw SQLError("a frame starts before it ends", at: frame.range)
        }
        let units: [WindowFrame.Unit: WindowFrameSpec.Unit] = [.rows: .rows, .range: .range, .groups: .groups]
        let exclusion: WindowFrameSpec.Exclusion =
            switch frame.exclusion {
            case .noOthers: .noOthers
            case .currentRow: .currentRow
            case .group: .group
            case .ties: .ties
            }
        let spec = WindowFrameSpec(unit: units[frame.unit] ?? .rows, start: start, end: end, exclusion: exclusion)
        do throws(TypeError) {
            try spec.validate(orderTypes: order.map(\.value.type))
        } catch { throw SQLError(error.message, at: frame.range, hint: error.hint) }
        return spec
    }

    /// The gap of `SESSION WITH GAP`; nil: the frame is another one.
    private func gap(_ window: WindowSpecification, _ order: [SortKey]) throws(SQLError) -> Int64? {
        guard let frame = window.frame, frame.unit == .session, case .preceding(let length) = frame.start else { return nil }
        guard order.count == 1, !order[0].descending, [.timestamp, .timestamptz].contains(order[0].value.type) else {
            throw SQLError("a SESSION frame needs one time in ORDER BY, upwards", at: frame.range)
        }
        return try binder.constantInterval(length)
    }

    private func bound(
        _ bound: WindowFrame.Bound, _ frame: WindowFrame, _ order: [SortKey]
    ) throws(SQLError) -> WindowFrameSpec.Bound {
        switch bound {
        case .unboundedPreceding: return .unboundedPreceding
        case .unboundedFollowing: return .unboundedFollowing
        case .currentRow: return .currentRow
        case .preceding(let length): return .preceding(try offset(length, frame, order))
        case .following(let length): return .following(try offset(length, frame, order))
        }
    }

    private func offset(_ length: Expr, _ frame: WindowFrame, _ order: [SortKey]) throws(SQLError) -> Value {
        let binder = ExpressionBinder(Scope(columns: []), clause: "a frame")
        let type: DataType
        if frame.unit == .range {
            guard order.count == 1 else {
                throw SQLError("a RANGE frame with an offset needs one ORDER BY column", at: frame.range)
            }
            switch order[0].value.type {
            case .date, .timestamp, .timestamptz, .time, .interval:
                let value = try binder.untyped(length)
                type = order[0].value.type == .date && value.type.isInteger && !value.isUntyped ? .bigint : .interval
            case let ordered where ordered.isNumeric: type = ordered
            case let ordered:
                throw SQLError("a RANGE frame with an offset cannot be over \(ordered.name)", at: length.range)
            }
        } else {
            type = .bigint
        }
        let bound = try binder.untyped(length)
        let value = try binder.typed(length) { () throws(TypeError) in
            try Typing.coerce(bound, to: type, context: .assignment)
        }.folded()
        guard let literal = value.literalValue, !literal.isNull else {
            throw SQLError("expected a constant before PRECEDING or FOLLOWING", at: length.range)
        }
        guard !literal.isBelowZero else { throw SQLError("a frame's length cannot be negative", at: length.range) }
        return literal
    }

    // MARK: Rolling

    private func rolling(
        _ call: FunctionCall, _ expr: Expr, _ window: WindowSpecification
    ) throws(SQLError) -> Expression {
        let name = call.name.name
        guard ["count", "sum", "avg", "min", "max"].contains(name) else {
            throw SQLError(
                "\(name) is not supported under EMIT ON ARRIVAL", at: call.name.range,
                hint: "rolling aggregates are count, sum, avg, min and max")
        }
        guard binder.isAppendOnly(input.node), argumentHook == nil else {
            throw SQLError("OVER needs rows that only arrive, but rows of this query can change", at: expr.range)
        }
        let scope = arguments("a window", nested: false)
        var partition: [Expression] = []
        for key in window.partitionBy { partition.append(try scope.bind(key).folded()) }
        guard window.orderBy.count <= 1 else {
            throw SQLError("found \(window.orderBy.count) columns in ORDER BY, expected one time", at: expr.range)
        }
        var order: [SortKey] = []
        if let item = window.orderBy.first {
            let bound = try scope.bind(item.expression)
            guard [.timestamp, .timestamptz, .date].contains(bound.type) || bound.type.isInteger else {
                throw SQLError(
                    "found \(bound.type.name), expected a TIMESTAMP, TIMESTAMPTZ, DATE or integer to order by",
                    at: item.expression.range)
            }
            if item.descending || item.nullsFirst == true {
                throw SQLError("a rolling window is ordered upwards, NULLs last", at: item.expression.range)
            }
            order = [SortKey(value: bound.folded(), descending: false, nullsFirst: false)]
        }
        let frame = try rollingFrame(window, orderType: order.first?.value.type)
        let pending = try binder.bindAggregate(call, expr, scope, input.columns)
        if pending.type == .interval, name == "sum" || name == "avg" {
            throw SQLError("\(name) of INTERVAL is not supported under EMIT ON ARRIVAL", at: expr.range)
        }
        let group = self.group(partition, order, rollingMax: SelectCalls.rollingMax)
        let position = groups[group].frames.firstIndex(of: frame) ?? groups[group].frames.count
        if position == groups[group].frames.count { groups[group].frames.append(frame) }
        if let known = groups[group].rolling.first(where: { $0.call == pending && $0.frame == position }) {
            return .column(known.placeholder, pending.type)
        }
        let number = binder.newPlaceholder()
        groups[group].rolling.append(RollingCall(call: pending, frame: position, placeholder: number))
        return .column(number, pending.type)
    }

    private func rollingFrame(
        _ window: WindowSpecification, orderType: DataType?
    ) throws(SQLError) -> FramesPlan.Frame {
        guard let frame = window.frame else { return FramesPlan.Frame(isRows: false, preceding: nil) }
        let hint = "write RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW"
        if frame.unit == .groups || frame.unit == .session || frame.exclusion != .noOthers {
            throw SQLError("GROUPS, SESSION and EXCLUDE are not supported under EMIT ON ARRIVAL", at: frame.range)
        }
        var result = FramesPlan.Frame(isRows: frame.unit == .rows, preceding: nil)
        switch frame.start {
        case .unboundedPreceding: break
        case .currentRow: result.preceding = 0
        case .preceding(let length): result.preceding = try rollingLength(length, frame, orderType)
        case .following, .unboundedFollowing:
            throw SQLError("a frame under EMIT ON ARRIVAL starts at the CURRENT ROW or before", at: frame.range, hint: hint)
        }
        switch frame.end {
        case .currentRow: break
        case .preceding(let length):
            if case .currentRow = frame.start { throw SQLError("a frame starts before it ends", at: frame.range) }
            result.end = try rollingLength(length, frame, orderType)
        case .unboundedPreceding, .following, .unboundedFollowing:
            throw SQLError(
                "a frame under EMIT ON ARRIVAL ends at the CURRENT ROW or before", at: frame.range, hint: hint)
        }
        return result
    }

    /// The offset of a frame's bound in units of the order column, or rows.
    private func rollingLength(_ length: Expr, _ frame: WindowFrame, _ orderType: DataType?) throws(SQLError) -> Int64 {
        guard let orderType else { throw SQLError("a frame needs an ORDER BY in its window", at: frame.range) }
        let value: Int64
        if frame.unit == .rows || orderType.isInteger {
            guard case .number(let text) = length.kind, let number = Int64(text) else {
                throw SQLError("expected a whole number before PRECEDING", at: length.range)
            }
            value = number
        } else if orderType == .date, case .number(let text) = length.kind, let days = Int64(text) {
            value = days
        } else {
            let microseconds = try binder.constantInterval(length)
            guard orderType != .date || microseconds % 86_400_000_000 == 0 else {
                throw SQLError("a frame over a DATE is of whole days", at: length.range)
            }
            value = orderType == .date ? microseconds / 86_400_000_000 : microseconds
        }
        guard value >= 0 else { throw SQLError("a frame's length cannot be negative", at: length.range) }
        return value
    }
}

extension Value {
    fileprivate var isBelowZero: Bool {
        switch self {
        case .int64(let value): value < 0
        case .double(let value): value < 0
        case .decimal(let value): value < 0
        case .interval(let value): value.comparable < 0
        default: false
        }
    }
}
