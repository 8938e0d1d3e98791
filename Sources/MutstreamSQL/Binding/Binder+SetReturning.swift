import MutstreamColumnar
import MutstreamDataflow

/// Functions that give rows (UNNEST, generate_series, jsonb_array_elements …) outside FROM.
extension Binder {
    static func isSetReturning(_ name: String) -> Bool { name == "unnest" || Typing.isSetReturning(name) }

    static func holdsSetReturning(_ expr: Expr) -> Bool {
        switch expr.kind {
        case .function(let call) where call.over == nil && isSetReturning(call.name.name): return true
        default: return expr.children.contains(where: holdsSetReturning)
        }
    }

    /// The array whose elements a call of such a function gives.
    ///
    /// - Parameter binder: finds what its arguments mean.
    func setArray(_ call: FunctionCall, _ expr: Expr, _ binder: ExpressionBinder) throws(SQLError) -> Expression {
        let name = call.name.name
        guard name == "unnest" else { return try binder.plainCall(expr, call).folded() }
        guard call.arguments.count == 1 else {
            throw SQLError(
                "found \(call.arguments.count) arguments of UNNEST, expected one array", at: expr.range,
                hint: "UNNEST(a, b) can stand in FROM")
        }
        let array = try binder.bind(call.arguments[0]).folded()
        guard case .array = array.type else {
            throw SQLError("UNNEST needs an array, found \(array.type.name)", at: call.arguments[0].range)
        }
        return array
    }

    /// Calls of such functions cannot stand below CASE or COALESCE: what they give is not known before a row is chosen.
    func checkSetReturning(_ expr: Expr, isInside: Bool = false) throws(SQLError) {
        guard Binder.holdsSetReturning(expr) else { return }
        var isInside = isInside
        switch expr.kind {
        case .function(let call) where call.over == nil && Binder.isSetReturning(call.name.name):
            if isInside {
                throw SQLError(
                    "\(call.name.name) gives rows and cannot stand in CASE or COALESCE", at: expr.range,
                    hint: "let it stand in FROM: FROM relation, \(call.name.name)(…)")
            }
        case .function(let call) where call.name.name == "coalesce": isInside = true
        case .caseWhen: isInside = true
        default: break
        }
        for child in expr.children { try checkSetReturning(child, isInside: isInside) }
    }
}

extension SelectCalls {
    /// A call that gives rows: the elements of an array over the input's columns and placeholders.
    struct SetCall {
        var array: Expression
        var placeholder: Int
        /// Calls whose arguments hold calls of a lower level are spread after them.
        var level: Int
        var type: DataType
    }

    func setReturning(_ call: FunctionCall, _ expr: Expr) throws(SQLError) -> Expression {
        let array = try binder.setArray(call, expr, arguments("a function that gives rows", nested: true))
        guard case .array(let element) = array.type else {
            throw SQLError("\(call.name.name) gives \(array.type.name), expected rows", at: expr.range)
        }
        if let known = sets.first(where: { $0.array == array }) { return .column(known.placeholder, element) }
        let columns = Set(array.columns)
        let level = sets.reduce(0) { columns.contains($1.placeholder) ? max($0, $1.level + 1) : $0 }
        let number = binder.newPlaceholder()
        sets.append(SetCall(array: array, placeholder: number, level: level, type: element))
        return .column(number, element)
    }

    /// The rows of `relation` once for each element. Calls of one level are spread side by side: the shorter ones give NULL.
    func spread(_ relation: Relation, _ values: inout [Int: Expression]) -> Relation {
        var result = relation
        for level in 0...(sets.map(\.level).max() ?? 0) {
            let calls = sets.filter { $0.level == level }
            if calls.isEmpty { continue }
            var inner = InputColumns(result)
            let known = values
            let positions = calls.map { call in inner.position(of: call.array.replacing { known[$0] }.folded()) }
            let base = inner.node(in: binder, owner: owner)
            var columns = inner.columns
            for (call, position) in zip(calls, positions) {
                values[call.placeholder] = .column(columns.count, call.type)
                columns.append(
                    ScopeColumn(
                        relation: "", name: "", type: call.type, sensitive: inner.columns[position].sensitive, window: nil))
            }
            let plan = UnnestPlan(input: base, arrays: positions, withOrdinality: false, isOuter: false)
            result = Relation(node: binder.add(.unnest(plan), columns, owner: owner), columns: columns)
        }
        return result
    }
}

/// Calls that give rows among the keys of GROUP BY: the input is spread before it is grouped.
struct GroupedSets {
    private(set) var arrays: [Expression] = []
    private(set) var columns: [Int] = []

    /// The column that holds the elements, where the input was spread for this call.
    func column(_ array: Expression) -> Expression? {
        guard let index = arrays.firstIndex(of: array), case .array(let element) = array.type else { return nil }
        return .column(columns[index], element)
    }

    /// Gathers the calls of the keys and gives the input with a column for each behind its own.
    init(
        _ keys: [Expr], _ input: inout Relation, _ binder: Binder, owner: String, outer: OuterScope?
    ) throws(SQLError) {
        let plain = ExpressionBinder(Scope(columns: input.columns), clause: "GROUP BY", outer: outer, functions: binder)
        var waiting = keys
        while let expr = waiting.popLast() {
            guard case .function(let call) = expr.kind, call.over == nil, Binder.isSetReturning(call.name.name) else {
                waiting += expr.children
                continue
            }
            let array = try binder.setArray(call, expr, plain)
            if !arrays.contains(array) { arrays.append(array) }
        }
        if arrays.isEmpty { return }
        var inner = InputColumns(input)
        let positions = arrays.map { inner.position(of: $0) }
        let base = inner.node(in: binder, owner: owner)
        var all = inner.columns
        for index in input.columns.count..<all.count { all[index].isHidden = true }
        for (array, position) in zip(arrays, positions) {
            columns.append(all.count)
            all.append(
                ScopeColumn(
                    relation: "", name: "", type: array.type.element ?? .text, sensitive: all[position].sensitive,
                    window: nil, isHidden: true))
        }
        let plan = UnnestPlan(input: base, arrays: positions, withOrdinality: false, isOuter: false)
        input = Relation(node: binder.add(.unnest(plan), all, owner: owner), columns: all)
    }

    /// Finds these calls among expressions over the input; nil where there are none.
    func hook(_ scope: Scope, _ binder: Binder, _ outer: OuterScope?) -> ((Expr) throws(SQLError) -> Expression?)? {
        if arrays.isEmpty { return nil }
        let plain = ExpressionBinder(scope, clause: "GROUP BY", outer: outer, functions: binder)
        return { expr throws(SQLError) in
            guard case .function(let call) = expr.kind, call.over == nil, Binder.isSetReturning(call.name.name) else {
                return nil
            }
            return column(try binder.setArray(call, expr, plain))
        }
    }
}

extension GroupingElement {
    /// All expressions that are keys.
    var expressions: [Expr] {
        switch self {
        case .expression(let expr): [expr]
        case .list(let list, _): list
        case .empty: []
        case .rollup(let lists, _), .cube(let lists, _): Array(lists.joined())
        case .sets(let elements, _): elements.flatMap(\.expressions)
        }
    }
}
