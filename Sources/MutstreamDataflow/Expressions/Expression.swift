import MutstreamColumnar

/// A typed scalar expression over the columns of one input. A value: compared, hashed and rewritten by the optimizer.
///
/// ```swift
/// let amount = Expression.column(0, .decimal(precision: 12, scale: 2))
/// let large = try Typing.binary(">", amount, Typing.number("100"))
/// Evaluator(large).evaluate(batch).column        // BOOLEAN, one value a row
/// ```
///
/// Build expressions with ``Typing``: it finds the function, its result type and the conversions of the operands. The
/// operands of a node already have exactly the types that its function takes.
package struct Expression: Sendable, Hashable {
    package indirect enum Node: Sendable, Hashable {
        /// A column of the input, counted from 0.
        case column(Int)
        case literal(Value)
        /// A string literal or NULL (nil) whose type its surroundings have not decided yet: PostgreSQL's "unknown".
        case untyped(String?)
        case call(Function, [Expression])
        case and([Expression])
        case or([Expression])
        case not(Expression)
        case isNull(Expression)
        /// `IS TRUE` or `IS FALSE`: never NULL.
        case isTruth(Expression, Bool)
        /// `IS DISTINCT FROM`: never NULL.
        case isDistinct(Expression, Expression)
        /// The searched form; conditions are BOOLEAN, results have the type of the whole.
        case caseWhen([Branch], otherwise: Expression?)
        case coalesce([Expression])
        case nullif(Expression, equals: Expression, comparedAs: DataType)
        /// The needle and all members have one type.
        case inList(Expression, [Expression])
        /// To the type of the whole; `isTry`: NULL instead of a failure of this cast or of what lies beneath it.
        case cast(Expression, isTry: Bool)
    }

    package struct Branch: Sendable, Hashable {
        package var condition: Expression
        package var result: Expression

        package init(when condition: Expression, then result: Expression) {
            self.condition = condition
            self.result = result
        }
    }

    package var node: Node
    package var type: DataType

    package init(_ node: Node, _ type: DataType) {
        self.node = node
        self.type = type
    }

    package static func column(_ index: Int, _ type: DataType) -> Expression { Expression(.column(index), type) }
    package static func literal(_ value: Value, _ type: DataType) -> Expression { Expression(.literal(value), type) }
    package static func null(_ type: DataType) -> Expression { Expression(.literal(.null), type) }
    package static func boolean(_ value: Bool) -> Expression { Expression(.literal(.bool(value)), .boolean) }
    /// A string literal whose type is still open.
    package static func string(_ text: String) -> Expression { Expression(.untyped(text), .text) }
    /// NULL whose type is still open.
    package static let untypedNull = Expression(.untyped(nil), .text)

    package var isUntyped: Bool { if case .untyped = node { true } else { false } }
    /// The value of a literal, else nil.
    package var literalValue: Value? { if case .literal(let value) = node { value } else { nil } }
    /// The index of a plain column reference, else nil.
    package var columnIndex: Int? { if case .column(let index) = node { index } else { nil } }
    package var isLiteralTrue: Bool { literalValue == .bool(true) }
}

/// Why an expression has no type. The message says what was found and what was expected.
package struct TypeError: Error, Sendable, Hashable {
    package var message: String
    package var hint: String?
    /// Which operand it is about, counted from 0; nil: the whole.
    package var argument: Int?

    package init(_ message: String, hint: String? = nil, argument: Int? = nil) {
        self.message = message
        self.hint = hint
        self.argument = argument
    }
}
