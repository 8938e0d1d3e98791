import MutstreamColumnar

/// One way to call a function of some name, from ``Catalog`` or ``Library``.
struct Candidate: Sendable {
    enum Origin: Sendable {
        case catalog(Signature)
        case library(Int)
    }

    var parameters: [LibraryEntry.Parameter]
    var optional = 0
    var isVariadic = false
    var text: String
    var origin: Origin

    func parameter(_ index: Int) -> LibraryEntry.Parameter? {
        index < parameters.count ? parameters[index] : isVariadic ? parameters.last : nil
    }

    func takes(_ count: Int) -> Bool {
        count >= parameters.count - optional && (isVariadic || count <= parameters.count)
    }

    static func of(_ name: String) -> [Candidate] {
        let plain = (Catalog.byName[name] ?? []).map { signature in
            Candidate(
                parameters: signature.parameters.map(\.parameter), isVariadic: signature.isVariadic, text: signature.text,
                origin: .catalog(signature))
        }
        let library = (Library.byName[name] ?? []).map { index in
            let entry = Library.all[index]
            return Candidate(
                parameters: entry.parameters, optional: entry.optional, isVariadic: entry.isVariadic,
                text: entry.signature(name), origin: .library(index))
        }
        return plain + library
    }
}

/// Which of several functions of one name a call means: PostgreSQL's rules (its manual, section 10.3).
enum Resolution {
    /// How an argument meets a parameter.
    enum Fit {
        case exact, converted, unknown
    }

    /// PostgreSQL's type categories: within one, conversions go to the preferred type.
    private enum Category {
        case number, text, boolean, time, span, array, other
    }

    private static func category(_ type: DataType) -> Category {
        if type.isNumeric { return .number }
        if type.isTime { return .time }
        switch type {
        case .text: return .text
        case .boolean: return .boolean
        case .interval: return .span
        case .array: return .array
        default: return .other
        }
    }

    private static func isPreferred(_ type: DataType) -> Bool {
        switch type {
        case .double, .text, .boolean, .timestamptz, .interval: true
        default: false
        }
    }

    private static func category(_ parameter: LibraryEntry.Parameter) -> Category {
        switch parameter {
        case .type(let type): category(type)
        case .decimal, .anyNumber, .anyInteger: .number
        case .anyArray: .array
        case .any, .textual, .anyElement, .anyJSON, .anyRow, .anyMap: .other
        }
    }

    private static func isPreferred(_ parameter: LibraryEntry.Parameter) -> Bool {
        if case .type(let type) = parameter { isPreferred(type) } else { false }
    }

    static func fit(_ argument: Expression, _ parameter: LibraryEntry.Parameter) -> Fit? {
        if argument.isUntyped {
            switch parameter {
            case .anyRow, .anyMap: return argument.node == .untyped(nil) ? .unknown : nil
            default: return .unknown
            }
        }
        let type = argument.type
        switch parameter {
        case .type(let wanted):
            if type == wanted { return .exact }
            return Conversion.strength(from: type, to: wanted) == .implicit ? .converted : nil
        case .decimal:
            if case .decimal = type { return .exact }
            return type.isInteger ? .converted : nil
        case .any, .textual, .anyElement: return .converted
        case .anyArray: return type.element != nil ? .converted : nil
        case .anyNumber: return type.isNumeric ? .converted : nil
        case .anyInteger: return type.isInteger ? .converted : nil
        case .anyJSON: return type == .json ? .exact : nil
        case .anyRow: return type.fields != nil ? .converted : nil
        case .anyMap: if case .map = type { return .converted } else { return nil }
        }
    }

    private static func fits(_ candidate: Candidate, _ arguments: [Expression]) -> Bool {
        guard candidate.takes(arguments.count) else { return false }
        return arguments.enumerated().allSatisfy { index, argument in
            candidate.parameter(index).flatMap { fit(argument, $0) } != nil
        }
    }

    /// Whether an operator of ``Library`` takes these: those that ``Typing`` knows itself go first where both could.
    static func isLibraryOperator(_ op: String, _ operands: [Expression]) -> Bool {
        guard Library.byName[op] != nil else { return false }
        // Before a minus a literal without a type is a number or a time, not JSON.
        if op == "-", operands[0].isUntyped { return false }
        switch op {
        case "+", "-", "*", "/", "%", "^", "||", "=", "<>", "!=", "<", "<=", ">", ">=":
            return operands.contains { !$0.isUntyped } && Candidate.of(op).contains { fits($0, operands) }
        default: return true
        }
    }

    /// The candidate that a call means, or why there is none.
    static func resolve(
        _ name: String, _ all: [Candidate], _ arguments: [Expression]
    ) throws(TypeError) -> Candidate {
        var left = all.filter { fits($0, arguments) }
        // Beside an operand of a known type, a literal without one is first taken for the same.
        if left.count > 1, arguments.count == 2, arguments[0].isUntyped != arguments[1].isUntyped, isOperator(name) {
            let known = arguments[0].isUntyped ? arguments[1] : arguments[0]
            let same = left.filter { candidate in
                (0..<2).allSatisfy { index in candidate.parameter(index).flatMap { fit(known, $0) } == .exact }
            }
            if same.count == 1 { return same[0] }
        }
        if left.count > 1 { keepBest(&left, arguments) { argument, parameter in fit(argument, parameter) == .exact } }
        if left.count > 1 {
            keepBest(&left, arguments) { argument, parameter in
                fit(argument, parameter) == .exact
                    || (isPreferred(parameter) && category(parameter) == category(argument.type))
            }
        }
        if left.count > 1 { keepForUnknown(&left, arguments) }
        if left.count > 1 { keepLikeKnown(&left, arguments) }
        guard left.count == 1 else { throw mismatch(name, all, arguments, isAmbiguous: !left.isEmpty) }
        return left[0]
    }

    /// Keeps those where most of the typed arguments meet the test.
    private static func keepBest(
        _ left: inout [Candidate], _ arguments: [Expression], _ test: (Expression, LibraryEntry.Parameter) -> Bool
    ) {
        let scores = left.map { candidate in
            arguments.enumerated().count { index, argument in
                !argument.isUntyped && (candidate.parameter(index).map { test(argument, $0) } ?? false)
            }
        }
        let best = scores.max() ?? 0
        left = zip(left, scores).filter { $0.1 == best }.map(\.0)
    }

    /// For each argument without a type: text if a candidate takes text there, else the one category that all take.
    private static func keepForUnknown(_ left: inout [Candidate], _ arguments: [Expression]) {
        var wanted: [(index: Int, category: Category, isPreferred: Bool)] = []
        for (index, argument) in arguments.enumerated() where argument.isUntyped {
            let parameters = left.compactMap { $0.parameter(index) }
            guard let first = parameters.first else { return }
            let all = parameters.map { category($0) }
            let chosen: Category
            if all.contains(.text) {
                chosen = .text
            } else if all.allSatisfy({ $0 == all[0] }) {
                chosen = category(first)
            } else {
                return
            }
            let hasPreferred = parameters.contains { category($0) == chosen && isPreferred($0) }
            wanted.append((index, chosen, hasPreferred))
        }
        let kept = left.filter { candidate in
            wanted.allSatisfy { index, chosen, hasPreferred in
                guard let parameter = candidate.parameter(index) else { return false }
                return category(parameter) == chosen && (!hasPreferred || isPreferred(parameter))
            }
        }
        if !kept.isEmpty { left = kept }
    }

    /// If all typed arguments have one type, those without are taken for the same.
    private static func keepLikeKnown(_ left: inout [Candidate], _ arguments: [Expression]) {
        let known = arguments.filter { !$0.isUntyped }
        guard let first = known.first, known.count < arguments.count, known.allSatisfy({ $0.type == first.type }) else {
            return
        }
        let kept = left.filter { candidate in
            arguments.indices.allSatisfy { index in candidate.parameter(index).flatMap { fit(first, $0) } != nil }
        }
        if kept.count == 1 { left = kept }
    }

    private static func isOperator(_ name: String) -> Bool {
        !(name.utf8.first.map { $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7a } ?? true)
    }

    private static func mismatch(
        _ name: String, _ all: [Candidate], _ arguments: [Expression], isAmbiguous: Bool
    ) -> TypeError {
        let found = arguments.map { $0.isUntyped ? "unknown" : $0.type.name }.joined(separator: ", ")
        let special = Catalog.special.filter { $0.name == name }.map(\.signature)
        let known = (all.map(\.text) + special).joined(separator: "; ")
        // With one signature of the right length, say which argument does not fit.
        let sameLength = all.filter { $0.takes(arguments.count) }
        var culprit: Int?
        if sameLength.count == 1 {
            culprit = arguments.indices.first { index in
                sameLength[0].parameter(index).flatMap { fit(arguments[index], $0) } == nil
            }
        }
        if isOperator(name) {
            let types = arguments.map { $0.isUntyped ? "unknown" : $0.type.name }
            let text = types.count == 1 ? "\(name) \(types[0])" : types.joined(separator: " \(name) ")
            return TypeError(
                "operator \(isAmbiguous ? "is not unique" : "does not exist"): \(text)", hint: "there is \(known)",
                argument: culprit)
        }
        return TypeError(
            isAmbiguous ? "\(name)(\(found)) is ambiguous" : "no function \(name)(\(found))", hint: "there is \(known)",
            argument: culprit)
    }

    // MARK: - Conversion of the arguments

    /// The arguments as the candidate takes them.
    static func operands(_ candidate: Candidate, _ arguments: [Expression]) throws(TypeError) -> [Expression] {
        var isRewrite = false
        if case .library(let index) = candidate.origin, case .rewrite = Library.all[index].body { isRewrite = true }
        let element = try commonElement(candidate, arguments)
        var operands: [Expression] = []
        for (index, argument) in arguments.enumerated() {
            guard let parameter = candidate.parameter(index) else { break }
            operands.append(
                try Typing.at(index) { () throws(TypeError) in
                    if parameter == .any, isRewrite { return argument }
                    return try operand(argument, parameter, element)
                })
        }
        return operands
    }

    /// What the elements of all polymorphic arguments become.
    private static func commonElement(_ candidate: Candidate, _ arguments: [Expression]) throws(TypeError) -> DataType {
        var samples: [Expression] = []
        for (index, argument) in arguments.enumerated() where !argument.isUntyped {
            switch candidate.parameter(index) {
            case .anyElement: samples.append(argument)
            case .anyArray: if let element = argument.type.element { samples.append(.null(element)) }
            default: break
            }
        }
        return samples.isEmpty ? .text : try Typing.commonType(samples)
    }

    private static func operand(
        _ argument: Expression, _ parameter: LibraryEntry.Parameter, _ element: DataType
    ) throws(TypeError) -> Expression {
        switch parameter {
        case .type(let type): return try Typing.coerce(argument, to: type, context: .implicit)
        case .any: return Typing.resolveUntyped(argument)
        case .textual:
            if argument.type == .boolean, !argument.isUntyped {
                // `concat` writes what PostgreSQL sends to clients, not what a cast gives.
                let branches = try [
                    (condition: argument, result: Expression.literal(.text("t"), .text)),
                    (condition: Typing.not(argument), result: Expression.literal(.text("f"), .text)),
                ]
                return try Typing.caseWhen(branches, otherwise: nil)
            }
            return Conversion.convert(Typing.resolveUntyped(argument), to: .text)
        case .decimal:
            if case .untyped(let text) = argument.node {
                guard let text else { return .null(.decimal(precision: 38, scale: 16)) }
                let number = try Typing.number(text)
                return Conversion.convert(number, to: Conversion.decimal(of: number.type) ?? .double)
            }
            return Conversion.convert(argument, to: Conversion.decimal(of: argument.type) ?? argument.type)
        case .anyNumber:
            if case .untyped(let text) = argument.node { return try text.map(Typing.number) ?? .null(.double) }
            return argument
        case .anyInteger:
            guard case .untyped(let text) = argument.node else { return argument }
            let number = try text.map(Typing.number) ?? .null(.int)
            return number.type.isInteger ? number : try Typing.coerce(argument, to: .bigint, context: .implicit)
        case .anyElement: return try Typing.coerce(argument, to: element, context: .implicit)
        case .anyArray: return try Typing.coerce(argument, to: .array(element), context: .implicit)
        case .anyJSON: return try Typing.coerce(argument, to: .json, context: .implicit)
        case .anyRow, .anyMap: return argument
        }
    }
}
