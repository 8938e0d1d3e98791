import MutstreamColumnar
import MutstreamDataflow

/// JSON_VALUE, JSON_QUERY and JSON_EXISTS with what follows their path: RETURNING, WITH WRAPPER, … ON EMPTY and … ON ERROR.
extension ExpressionBinder {
    static let jsonFunctions: Set<String> = ["json_value", "json_query", "json_exists"]

    /// What takes the place of a value that is not there.
    private enum Behaviour {
        case fails
        case gives(Expression)
    }

    func jsonCall(_ expr: Expr, _ call: FunctionCall) throws(SQLError) -> Expression {
        var clauses: [String: Expr] = [:]
        var plain: [Expr] = []
        for (argument, label) in zip(call.arguments, call.labels) {
            guard let label else {
                plain.append(argument)
                continue
            }
            if clauses.updateValue(argument, forKey: label.name) != nil {
                throw SQLError("this clause of \(call.name.name.uppercased()) stands twice", at: label.range)
            }
        }
        guard plain.count == 2 else {
            throw SQLError("\(call.name.name.uppercased()) takes a value and a path", at: expr.range)
        }
        let operands = [try bind(plain[0]), try bind(plain[1])]
        switch call.name.name {
        case "json_exists": return try exists(expr, operands, clauses)
        case "json_value":
            let type = try returning(clauses["returning"], expr) ?? .text
            return try typed(expr) { () throws(TypeError) in
                let found = try Typing.call("json_value", operands)
                return try choice(
                    operands, found, type, empty: [1], errors: [2, 3, 4],
                    try behaviour("empty", clauses, type), try behaviour("error", clauses, type))
            }
        default: return try query(expr, operands, clauses)
        }
    }

    private func query(
        _ expr: Expr, _ operands: [Expression], _ clauses: [String: Expr]
    ) throws(SQLError) -> Expression {
        let type = try returning(clauses["returning"], expr) ?? .json
        guard type == .json || type == .text else {
            throw SQLError(
                "JSON_QUERY returns JSON or TEXT, not \(type.name)", at: clauses["returning"]?.range ?? expr.range)
        }
        var wrapper = "without"
        if case .string(let word)? = clauses["wrapper"]?.kind { wrapper = word }
        return try typed(expr) { () throws(TypeError) in
            var json = operands
            if json[0].type == .text { json[0] = try Typing.cast(json[0], to: .json, isTry: true) }
            let found: Expression
            let errors: [Int]
            switch wrapper {
            case "with":
                found = try Typing.call("jsonb_path_query_array", json)
                errors = [4]
            case "conditional":
                let array = try Typing.call("jsonb_path_query_array", json)
                let isContainer = try state(operands, failing: [], among: [2])
                found = Expression(
                    .caseWhen(
                        [Expression.Branch(when: isContainer, then: try Typing.call("json_query", json))], otherwise: array),
                    .json)
                errors = [4]
            default:
                found = try Typing.call("json_query", json)
                errors = [0, 3, 4, 5]
            }
            return try choice(
                operands, found, type, empty: [1], errors: errors, try behaviour("empty", clauses, type),
                try behaviour("error", clauses, type))
        }
    }

    private func exists(
        _ expr: Expr, _ operands: [Expression], _ clauses: [String: Expr]
    ) throws(SQLError) -> Expression {
        try typed(expr) { () throws(TypeError) in
            let found = try Typing.call("json_exists", operands)
            let otherwise = try behaviour("error", clauses, .boolean, or: .boolean(false))
            return try choice(operands, found, .boolean, empty: [], errors: [4], .gives(.boolean(false)), otherwise)
        }
    }

    /// What was found, or what takes its place.
    private func choice(
        _ operands: [Expression], _ found: Expression, _ type: DataType, empty: [Int], errors: [Int], _ onEmpty: Behaviour,
        _ onError: Behaviour
    ) throws(TypeError) -> Expression {
        var failing: [Int] = []
        if case .fails = onEmpty { failing += empty }
        if case .fails = onError { failing += errors }
        var branches: [Expression.Branch] = []
        func add(_ states: [Int], _ behaviour: Behaviour) throws(TypeError) {
            if states.isEmpty { return }
            var value = Expression.null(type)
            if case .gives(let given) = behaviour { value = given }
            branches.append(
                Expression.Branch(when: try state(operands, failing: failing, among: states), then: value))
        }
        try add(empty, onEmpty)
        try add(errors, onError)
        guard found.type != type else { return Expression(.caseWhen(branches, otherwise: found), type) }
        guard case .gives(let substitute) = onError else {
            return Expression(.caseWhen(branches, otherwise: try Typing.cast(found, to: type)), type)
        }
        // A text that the type does not take is an error as well.
        let value = try Typing.cast(found, to: type, isTry: true)
        let isThere = Expression(.not(Typing.isNull(found)), .boolean)
        let isWrong = try Typing.and([isThere, Typing.isNull(value)])
        branches.append(Expression.Branch(when: isWrong, then: substitute))
        return Expression(.caseWhen(branches, otherwise: value), type)
    }

    /// Whether the path comes to one of some states; a row of one that fails fails.
    private func state(
        _ operands: [Expression], failing: [Int], among states: [Int]
    ) throws(TypeError) -> Expression {
        let mask = failing.reduce(0) { $0 | 1 << $1 }
        let state = try Typing.call("json_path_state", operands + [Expression.literal(.int64(Int64(mask)), .int)])
        return try Typing.inList(state, states.map { Expression.literal(.int64(Int64($0)), .int) })
    }

    private func behaviour(
        _ occasion: String, _ clauses: [String: Expr], _ type: DataType, or usual: Expression? = nil
    ) throws(TypeError) -> Behaviour {
        if let value = clauses["default_on_" + occasion] {
            let bound: Expression
            do throws(SQLError) { bound = try untyped(value) } catch { throw TypeError(error.message, hint: error.hint) }
            return .gives(try Typing.coerce(bound, to: type, context: .assignment))
        }
        guard case .string(let word)? = clauses["on_" + occasion]?.kind else { return .gives(usual ?? .null(type)) }
        switch word {
        case "error": return .fails
        case "true": return .gives(.boolean(true))
        case "false": return .gives(.boolean(false))
        case "empty", "empty array": return .gives(try Typing.cast(.string("[]"), to: type))
        case "empty object": return .gives(try Typing.cast(.string("{}"), to: type))
        default: return .gives(.null(type))
        }
    }

    /// The type of RETURNING, which the parser hands over as a text.
    private func returning(_ clause: Expr?, _ expr: Expr) throws(SQLError) -> DataType? {
        guard let clause, case .string(let text) = clause.kind else { return nil }
        guard let statement = try? Parser.parse("SELECT CAST(NULL AS \(text))").first,
            case .query(let query) = statement.kind, case .select(let select) = query.body,
            case .cast(_, var name, _)? = select.items.first?.expression.kind
        else { throw SQLError("found \(text), expected a type", at: clause.range) }
        name.range = clause.range
        return try TypeResolver.resolve(name)
    }
}
