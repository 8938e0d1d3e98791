import MutstreamColumnar

/// Which function a call means: PostgreSQL's rules for functions (its manual, section 10.3).
extension Typing {
    /// A scalar function by its lower-case name (also coalesce, nullif, greatest, least).
    package static func call(_ name: String, _ arguments: [Expression]) throws(TypeError) -> Expression {
        if let special = try specialCall(name, arguments) { return special }
        let candidates = Candidate.of(name)
        if candidates.isEmpty { throw unknown(name) }
        let candidate = try Resolution.resolve(name, candidates, arguments)
        var operands = try Resolution.operands(candidate, arguments)
        switch candidate.origin {
        case .catalog(let signature):
            switch signature.function {
            case .trimBoth, .trimLeading, .trimTrailing:
                if operands.count == 1 { operands.append(.literal(.text(" "), .text)) }
            default: break
            }
            return Expression(.call(signature.function, operands), result(signature, operands))
        case .library(let index):
            let entry = Library.all[index]
            switch (entry.body, entry.result) {
            case (.rewrite(let make), _): return try make(operands)
            case (.kernel, .type(let type)):
                return Expression(.call(.library(LibraryFunction(index: index)), operands), type)
            case (.kernel, .of(_, let type)):
                return Expression(.call(.library(LibraryFunction(index: index)), operands), try type(operands))
            }
        }
    }

    private static func unknown(_ name: String) -> TypeError {
        if let entry = Catalog.special.first(where: { $0.name == name }) {
            return TypeError("\(name) does not take these arguments", hint: entry.signature)
        }
        if let reason = Library.refused[name] { return TypeError("there is no function \"\(name)\"", hint: reason) }
        let names = Catalog.all.map(\.name) + Catalog.special.map(\.name) + Library.names
        return TypeError(
            "unknown function \"\(name)\"", hint: Suggestion.nearest(name, names).map { "did you mean \"\($0)\"?" })
    }

    /// The value of a call, or NULL in rows where it fails: `TRY(…)`.
    package static func attempt(_ operand: Expression) -> Expression {
        let operand = resolveUntyped(operand)
        return operand.mayFail ? Expression(.cast(operand, isTry: true), operand.type) : operand
    }

    private static func type(_ kind: Signature.Kind) -> DataType {
        if case .type(let type) = kind.parameter { return type }
        return kind == .decimal ? .decimal(precision: 38, scale: 16) : .text
    }

    private static func result(_ signature: Signature, _ operands: [Expression]) -> DataType {
        guard signature.result == .decimal, case .decimal(let precision, let scale)? = operands.first?.type else {
            return type(signature.result)
        }
        switch signature.function {
        case .ceil, .floor, .round: return .decimal(precision: min(38, max(1, precision - scale + 1)), scale: 0)
        case .trunc: return .decimal(precision: max(1, precision - scale), scale: 0)
        case .sign: return .decimal(precision: 1, scale: 0)
        default: return operands[0].type
        }
    }

    // MARK: - Forms of their own

    private static func specialCall(_ name: String, _ arguments: [Expression]) throws(TypeError) -> Expression? {
        switch (name, arguments.count) {
        case ("coalesce", 1...): return try coalesce(arguments)
        case ("greatest", 1...): return try greatest(arguments)
        case ("least", 1...): return try least(arguments)
        case ("nullif", 2): return try nullif(arguments[0], arguments[1])
        case ("pi", 0): return .literal(.double(.pi), .double)
        case ("mod", 2): return try binary("%", arguments[0], arguments[1])
        case ("round", 2), ("trunc", 2): return try digits(name == "round" ? .round : .trunc, arguments)
        case ("date_trunc", 2) where arguments[1].isUntyped || arguments[1].type != .interval:
            return try dateTrunc(arguments)
        case ("date_part", 2):
            // A date counts as its midnight here, which has hours.
            let time = arguments[1].type == .date ? try cast(arguments[1], to: .timestamp) : arguments[1]
            let part = try extract(field: constantText(arguments[0], 0, "the field"), time)
            return Conversion.convert(part, to: .double)
        case ("tumble_start", 2), ("tumble_start", 3): return try tumble(arguments)
        default: return nil
        }
    }

    static func constantText(_ argument: Expression, _ index: Int, _ what: String) throws(TypeError) -> String {
        if case .text(let text)? = resolveUntyped(argument).folded().literalValue { return text }
        throw TypeError("\(what) must be a constant text", argument: index)
    }

    private static func digits(_ function: Function, _ arguments: [Expression]) throws(TypeError) -> Expression {
        let count = try at(1) { () throws(TypeError) in try coerce(arguments[1], to: .int, context: .implicit) }.folded()
        var value = arguments[0]
        if case .untyped(let text) = value.node {
            value = try text.map { text throws(TypeError) in try number(text) } ?? .null(.decimal(precision: 38, scale: 16))
        }
        guard value.type.isNumeric else {
            throw TypeError("\(function.name) needs a number, found \(value.type.name)", argument: 0)
        }
        if value.type == .double { return Expression(.call(function, [value, count]), .double) }
        guard let type = Conversion.decimal(of: value.type), case .decimal(let precision, let scale) = type else {
            return value
        }
        // A constant number of digits is the scale of the result; otherwise it stays that of the operand.
        var result = scale
        if case .int64(let count)? = count.literalValue { result = Int(max(0, min(count, 38))) }
        let whole = precision - scale + 1
        let type2 = DataType.decimal(precision: min(38, max(1, whole + result)), scale: result)
        return Expression(.call(function, [Conversion.convert(value, to: type), count]), type2)
    }

    private static func dateTrunc(_ arguments: [Expression]) throws(TypeError) -> Expression {
        let field = try at(0) { () throws(TypeError) in try timeField(try constantText(arguments[0], 0, "the field")) }
        guard CivilTime.truncate(0, to: field) != nil else {
            throw TypeError("date_trunc cannot cut at \(field.sqlName)", argument: 0)
        }
        let type: DataType = !arguments[1].isUntyped && arguments[1].type == .timestamptz ? .timestamptz : .timestamp
        let time = try at(1) { () throws(TypeError) in try coerce(arguments[1], to: type, context: .implicit) }
        return Expression(.call(.dateTrunc(field), [time]), type)
    }

    private static func tumble(_ arguments: [Expression]) throws(TypeError) -> Expression {
        func length(_ index: Int, _ what: String) throws(TypeError) -> Int64 {
            let value = try at(index) { () throws(TypeError) in
                try coerce(arguments[index], to: .interval, context: .implicit)
            }.folded()
            guard case .interval(let interval)? = value.literalValue, let length = interval.exactMicroseconds else {
                throw TypeError("\(what) must be a constant interval without months", argument: index)
            }
            return length
        }
        return try tumbleStart(
            arguments[0], size: length(1, "the size of a window"),
            offset: arguments.count > 2 ? length(2, "the offset of a window") : 0)
    }
}

/// Functions that SQL writes in forms of their own.
extension Typing {
    /// `text ~ pattern` and the like: `~`, `~*`, `!~`, `!~*`.
    package static func regex(_ op: String, _ text: Expression, _ pattern: Expression) throws(TypeError) -> Expression {
        try binary(op, text, pattern)
    }

    /// `text SIMILAR TO pattern [ESCAPE escape]`.
    package static func similar(
        _ text: Expression, _ pattern: Expression, _ escape: Expression? = nil
    ) throws(TypeError) -> Expression {
        try call("similar_to", [text, pattern] + (escape.map { [$0] } ?? []))
    }
}
