import MutstreamColumnar
import MutstreamDataflow

/// A window function in GROUP BY: `TUMBLE(time, size)` with `TUMBLE_START(time, size)` in the select list, as Flink has it,
/// or `tumble(size) AS window`, whose column has the fields `start` and `end`, as Arroyo has it.
struct GroupWindow {
    var kind: WindowKind
    var shape: WindowShape
    /// Over the grouped relation.
    var time: Expression
    /// Columns of the grouped relation.
    var start: Int
    var end: Int
}

extension Binder {
    /// Takes the window function out of GROUP BY: the relation gets the columns of the window, and these are the keys.
    func attachGroupWindow(
        _ select: Select, _ items: [SelectItem], _ input: Relation, owner: String, emit: EmitClause?, outer: OuterScope?
    ) throws(SQLError) -> (relation: Relation, select: Select, window: GroupWindow)? {
        var found: (place: Int, call: FunctionCall, range: SourceRange)?
        for (place, element) in select.groupBy.enumerated() {
            guard case .expression(let expr) = element, let (call, range) = windowCall(expr, items, input) else { continue }
            if found != nil { throw SQLError("GROUP BY takes one window function", at: range) }
            found = (place, call, range)
        }
        guard let (place, call, range) = found, let kind = WindowKind(rawValue: call.name.name) else { return nil }
        let binder = ExpressionBinder(Scope(columns: input.columns), clause: "GROUP BY", outer: outer, functions: self)
        let (time, shape) = try windowArguments(call, kind, range, input, binder)
        var inner = InputColumns(input)
        let column = inner.position(of: time)
        var partition: [Int] = []
        if kind == .session {
            for (other, element) in select.groupBy.enumerated() where other != place {
                guard case .expression(let expr) = element else {
                    throw SQLError("SESSION in GROUP BY takes plain keys beside it", at: element.range)
                }
                partition.append(inner.position(of: try binder.bind(groupMeaning(expr, items, input)).folded()))
            }
        }
        let base = Relation(node: inner.node(in: self, owner: owner), columns: inner.columns)
        var relation = try windowed(base, column, shape, partition: partition, range, owner: owner, emit: emit)
        let width = base.columns.count
        for index in input.columns.count..<relation.columns.count {
            relation.columns[index].relation = ""
            relation.columns[index].isHidden = true
        }
        var select = select
        let keys = [Expr(.inputColumn(width), range: range), Expr(.inputColumn(width + 1), range: range)]
        select.groupBy[place] = .list(keys, range)
        let window = GroupWindow(kind: kind, shape: shape, time: time, start: width, end: width + 1)
        return (relation, select, window)
    }

    /// What an element of GROUP BY means: an output's number or alias, or the expression itself.
    private func groupMeaning(_ expr: Expr, _ items: [SelectItem], _ input: Relation) -> Expr {
        if case .number(let text) = expr.kind, let number = Int(text), items.indices.contains(number - 1) {
            return items[number - 1].expression
        }
        if case .column(let parts) = expr.kind, parts.count == 1,
            (try? Scope(columns: input.columns).find(parts, range: expr.range)) == nil,
            let item = items.first(where: { $0.alias?.name == parts[0].name })
        {
            return item.expression
        }
        return expr
    }

    private func windowCall(
        _ expr: Expr, _ items: [SelectItem], _ input: Relation
    ) -> (FunctionCall, SourceRange)? {
        let meaning = groupMeaning(expr, items, input)
        guard case .function(let call) = meaning.kind, call.over == nil, WindowKind(rawValue: call.name.name) != nil else {
            return nil
        }
        return (call, meaning.range)
    }

    /// The time and the lengths of a call: `HOP(time, slide, size[, offset])` or `hop(slide, size)`.
    func windowArguments(
        _ call: FunctionCall, _ kind: WindowKind, _ range: SourceRange, _ input: Relation, _ binder: ExpressionBinder,
        implied: Expression? = nil
    ) throws(SQLError) -> (Expression, WindowShape) {
        let name = kind.rawValue.uppercased()
        let lengths = kind.lengths.count
        let usage = "write \(name)(time, \(kind.lengths.map { "\($0)" }.joined(separator: ", ")))"
        var arguments = call.arguments[...]
        var time: Expression
        if arguments.count == lengths, let implied {
            time = implied
        } else if arguments.count == lengths {
            guard let found = try impliedTime(input, range) else {
                throw SQLError(
                    "\(name) is given no time, and no watermark names one here", at: range,
                    hint: "declare a WATERMARK at the source, or \(usage)")
            }
            time = found
        } else if let first = arguments.popFirst() {
            time = try binder.bind(first).folded()
            if time.type == .date {
                time = try binder.typed(first) { () throws(TypeError) in
                    try Typing.cast(time, to: .timestamp, isTry: false)
                }
            }
        } else {
            throw SQLError("\(name) takes the time first", at: range, hint: usage)
        }
        guard arguments.count == lengths || (arguments.count == lengths + 1 && kind.takesOffset) else {
            throw SQLError(
                "found \(call.arguments.count) arguments of \(name), expected \(lengths + 1)", at: range, hint: usage)
        }
        var values: [Int64] = []
        for argument in arguments { values.append(try constantInterval(argument)) }
        let offset = values.count > lengths ? values.removeLast() : 0
        return (time, try WindowShape(kind, lengths: values, offset: offset, range))
    }

    /// The event time of a relation: that of its source, or, where it is of closed windows, the last millisecond of them.
    private func impliedTime(_ input: Relation, _ range: SourceRange) throws(SQLError) -> Expression? {
        let times = plan.graph.timeColumns(input.node, plan.sources)
        if let column = times.eventTimes.sorted().first(where: { input.columns[$0].window == nil }) {
            return .column(column, input.columns[column].type)
        }
        let ends = input.columns.indices.filter { input.columns[$0].window?.isEnd == true }
        guard let end = ends.first(where: { times.promise($0) != nil }) else { return nil }
        let millisecond = Expression(.literal(.interval(Interval(microseconds: 1000))), .interval)
        do throws(TypeError) {
            return try Typing.binary("-", .column(end, input.columns[end].type), millisecond)
        } catch { throw SQLError(error.message, at: range, hint: error.hint) }
    }
}

extension GroupedScope {
    /// What the window's function and its companions `…_START`, `…_END` and `…_ROWTIME` stand for in a grouped query.
    func windowPart(_ call: FunctionCall, _ expr: Expr) throws(SQLError) -> Expression? {
        let parts = call.name.name.split(separator: "_", maxSplits: 1).map(String.init)
        guard let first = parts.first, let kind = WindowKind(rawValue: first), call.over == nil else { return nil }
        let part = parts.count > 1 ? parts[1] : ""
        guard ["", "start", "end", "rowtime", "proctime"].contains(part) else { return nil }
        guard let window else {
            // TUMBLE_START is also a function of its own.
            if kind == .tumble, part == "start" { return nil }
            throw SQLError(
                "\(call.name.name.uppercased()) needs \(kind.rawValue.uppercased()) in GROUP BY", at: expr.range)
        }
        guard part != "proctime" else {
            throw SQLError(
                "\(call.name.name.uppercased()) is not supported", at: expr.range, hint: "windows are of event time")
        }
        let plain = ExpressionBinder(Scope(columns: input.columns), clause: "GROUP BY", functions: binder)
        let (time, shape) = try binder.windowArguments(
            call, kind, expr.range, input, plain, implied: window.time)
        guard kind == window.kind, time == window.time, shape == window.shape else {
            if kind == .tumble, part == "start" { return nil }
            throw SQLError(
                "found another window than that of GROUP BY", at: expr.range,
                hint: "repeat the arguments that \(window.kind.rawValue.uppercased()) has in GROUP BY")
        }
        guard let start = placeholder(window.start), let end = placeholder(window.end) else { return nil }
        do throws(TypeError) {
            switch part {
            case "start": return start
            case "end": return end
            case "rowtime":
                let one = Expression(.literal(.interval(Interval(microseconds: 1000))), .interval)
                return try Typing.binary("-", end, one)
            default: return try Typing.row([start, end], names: ["start", "end"])
            }
        } catch { throw SQLError(error.message, at: expr.range, hint: error.hint) }
    }

    private func placeholder(_ column: Int) -> Expression? {
        keys.first { $0.value.columnIndex == column }.map { .column($0.placeholder, $0.value.type) }
    }
}
