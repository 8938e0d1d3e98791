import MutstreamColumnar

/// Which function a call means: PostgreSQL's rules for functions (its manual, section 10.3).
extension Typing {
    /// A scalar function by its lower-case name (also coalesce, nullif, greatest, least).
    package static func call(_ name: String, _ arguments: [Expression]) throws(TypeError) -> Expression {
        if let special = try specialCall(name, arguments) { return special }
        guard let signatures = Catalog.byName[name] else {
            if let entry = Catalog.special.first(where: { $0.name == name }) {
                throw TypeError("\(name) does not take these arguments", hint: entry.signature)
            }
            let names = Catalog.all.map(\.name) + Catalog.special.map(\.name)
            throw TypeError(
                "unknown function \"\(name)\"", hint: Suggestion.nearest(name, names).map { "did you mean \"\($0)\"?" })
        }
        let signature = try resolve(name, signatures, arguments)
        var operands: [Expression] = []
        for (index, argument) in arguments.enumerated() {
            let kind = signature.parameters[min(index, signature.parameters.count - 1)]
            operands.append(try at(index) { () throws(TypeError) in try argumentValue(argument, kind) })
        }
        if case .trimBoth = signature.function, operands.count == 1 { operands.append(.literal(.text(" "), .text)) }
        if case .trimLeading = signature.function, operands.count == 1 { operands.append(.literal(.text(" "), .text)) }
        if case .trimTrailing = signature.function, operands.count == 1 { operands.append(.literal(.text(" "), .text)) }
        return Expression(.call(signature.function, operands), result(signature, operands))
    }

    private static func argumentValue(_ argument: Expression, _ kind: Signature.Kind) throws(TypeError) -> Expression {
        switch kind {
        case .any:
            if argument.type == .boolean {
                // `concat` writes what PostgreSQL sends to clients, not what a cast gives.
                let branches = try [
                    (condition: argument, result: Expression.literal(.text("t"), .text)),
                    (condition: not(argument), result: Expression.literal(.text("f"), .text)),
                ]
                return try caseWhen(branches, otherwise: nil)
            }
            return Conversion.convert(resolveUntyped(argument), to: .text)
        case .decimal:
            if case .untyped(let text) = argument.node {
                guard let text else { return .null(.decimal(precision: 38, scale: 16)) }
                let number = try number(text)
                return Conversion.convert(number, to: Conversion.decimal(of: number.type) ?? .double)
            }
            return Conversion.convert(argument, to: Conversion.decimal(of: argument.type) ?? argument.type)
        default: return try coerce(argument, to: type(kind), context: .implicit)
        }
    }

    private static func type(_ kind: Signature.Kind) -> DataType {
        switch kind {
        case .boolean: .boolean
        case .int: .int
        case .bigint: .bigint
        case .double: .double
        case .decimal: .decimal(precision: 38, scale: 16)
        case .text, .any: .text
        case .date: .date
        case .timestamp: .timestamp
        case .interval: .interval
        }
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

    // MARK: - Resolution

    /// How an argument meets a parameter.
    private enum Fit {
        case exact, converted, unknown
    }

    private static func fit(_ argument: Expression, _ kind: Signature.Kind) -> Fit? {
        if argument.isUntyped { return .unknown }
        if kind == .any { return .exact }
        let wanted = type(kind)
        if case .decimal = argument.type, kind == .decimal { return .exact }
        if argument.type == wanted { return .exact }
        return Conversion.strength(from: argument.type, to: wanted) == .implicit ? .converted : nil
    }

    private static func fits(_ signature: Signature, _ arguments: [Expression]) -> [Fit]? {
        let count = signature.parameters.count
        guard signature.isVariadic ? arguments.count >= count : arguments.count == count else { return nil }
        var fits: [Fit] = []
        for (index, argument) in arguments.enumerated() {
            guard let fit = fit(argument, signature.parameters[min(index, count - 1)]) else { return nil }
            fits.append(fit)
        }
        return fits
    }

    private static func resolve(
        _ name: String, _ signatures: [Signature], _ arguments: [Expression]
    ) throws(TypeError) -> Signature {
        var candidates: [(signature: Signature, fits: [Fit])] = []
        for signature in signatures {
            if let fits = fits(signature, arguments) { candidates.append((signature, fits)) }
        }
        func keep(_ score: ((signature: Signature, fits: [Fit])) -> Int) {
            let best = candidates.map(score).max() ?? 0
            candidates.removeAll { score($0) < best }
        }
        func kind(_ candidate: (signature: Signature, fits: [Fit]), _ index: Int) -> Signature.Kind {
            candidate.signature.parameters[min(index, candidate.signature.parameters.count - 1)]
        }
        // Most exact matches; then most preferred types where something is converted; then text for what is unknown.
        keep { $0.fits.filter { $0 == .exact }.count }
        if candidates.count > 1 {
            keep { candidate in
                candidate.fits.enumerated().filter { index, fit in
                    fit != .exact && [.double, .text, .boolean, .interval].contains(kind(candidate, index))
                }.count
            }
        }
        if candidates.count > 1 {
            keep { candidate in
                candidate.fits.enumerated().filter { index, fit in fit == .unknown && kind(candidate, index) == .text }.count
            }
        }
        guard candidates.count == 1 else { throw mismatch(name, signatures, arguments, ambiguous: !candidates.isEmpty) }
        return candidates[0].signature
    }

    private static func mismatch(
        _ name: String, _ signatures: [Signature], _ arguments: [Expression], ambiguous: Bool
    ) -> TypeError {
        let found = arguments.map { $0.isUntyped ? "unknown" : $0.type.name }.joined(separator: ", ")
        let known = (signatures.map(\.text) + Catalog.special.filter { $0.name == name }.map(\.signature))
            .joined(separator: "; ")
        // With one signature of the right length, say which argument does not fit.
        let sameLength = signatures.filter { $0.parameters.count == arguments.count }
        var culprit: Int?
        if sameLength.count == 1 {
            culprit = arguments.indices.first { fit(arguments[$0], sameLength[0].parameters[$0]) == nil }
        }
        return TypeError(
            ambiguous ? "\(name)(\(found)) is ambiguous" : "no function \(name)(\(found))", hint: "there is \(known)",
            argument: culprit)
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
        case ("date_trunc", 2): return try dateTrunc(arguments)
        case ("date_part", 2):
            let part = try extract(field: constantText(arguments[0], 0, "the field"), arguments[1])
            return Conversion.convert(part, to: .double)
        case ("tumble_start", 2), ("tumble_start", 3): return try tumble(arguments)
        default: return nil
        }
    }

    private static func constantText(_ argument: Expression, _ index: Int, _ what: String) throws(TypeError) -> String {
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
        let time = try at(1) { () throws(TypeError) in try coerce(arguments[1], to: .timestamp, context: .implicit) }
        return Expression(.call(.dateTrunc(field), [time]), .timestamp)
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
