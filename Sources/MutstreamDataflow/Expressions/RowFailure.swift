import MutstreamColumnar

/// Why an expression has no value in one row.
package enum RowFailure: Sendable, Hashable {
    case divisionByZero
    /// The value does not fit the type.
    case outOfRange(DataType)
    case floatOverflow
    case floatUnderflow
    /// The text does not denote a value of the type.
    case invalidText(DataType, String)
    case squareRootOfNegative
    case logarithmOfZero
    case logarithmOfNegative
    case zeroToNegativePower
    case negativeToFractionalPower
    /// Outside the domain of the function, like `acos(2)`.
    case inputOutOfRange
    case windowTimeNull
    case resultTooLong
    case zeroFieldPosition
    case negativeSubstringLength
    case invalidCharacterCode
    case invalidEscape
    case patternEndsWithEscape
    case moreThanOneRow
    /// What a function of the library says of its operands.
    case invalidArgument(String)
    /// A map has no NULL keys.
    case mapKeyNull

    package var message: String {
        switch self {
        case .divisionByZero: "division by zero"
        case .outOfRange(.int): "integer out of range"
        case .outOfRange(.smallint): "smallint out of range"
        case .outOfRange(.bigint): "bigint out of range"
        case .outOfRange(.timestamp): "timestamp out of range"
        case .outOfRange(.date): "date out of range"
        case .outOfRange(.interval): "interval out of range"
        case .outOfRange(.real), .outOfRange(.double): "value out of range: overflow"
        case .outOfRange(.decimal(let precision, let scale)):
            "numeric field overflow: the value does not fit DECIMAL(\(precision),\(scale))"
        case .outOfRange(let type): "\(type.name) out of range"
        case .floatOverflow: "value out of range: overflow"
        case .floatUnderflow: "value out of range: underflow"
        case .invalidText(let type, let text): "invalid \(type.name): \"\(text)\""
        case .squareRootOfNegative: "cannot take square root of a negative number"
        case .logarithmOfZero: "cannot take logarithm of zero"
        case .logarithmOfNegative: "cannot take logarithm of a negative number"
        case .zeroToNegativePower: "zero raised to a negative power is undefined"
        case .negativeToFractionalPower: "a negative number raised to a non-integer power yields a complex result"
        case .inputOutOfRange: "input is out of range"
        case .windowTimeNull: "window time is NULL"
        case .mapKeyNull: "the key of a map is NULL"
        case .resultTooLong: "requested length too large"
        case .zeroFieldPosition: "field position must not be zero"
        case .negativeSubstringLength: "negative substring length not allowed"
        case .invalidCharacterCode: "requested character not valid"
        case .invalidEscape: "invalid escape string: it must be empty or one character"
        case .patternEndsWithEscape: "LIKE pattern must not end with escape character"
        case .invalidArgument(let message): message
        case .moreThanOneRow: "more than one row returned by a subquery used as an expression"
        }
    }
}

/// One row that failed, and why.
package typealias FailedRow = (row: Int32, failure: RowFailure)

/// The values of an expression over a batch, one a row, and the rows that have none.
package struct Evaluated: Sendable {
    /// NULL in failed rows.
    package var column: Column
    /// In the order of rows, each at most once; usually empty.
    package var failures: [FailedRow]

    package init(_ column: Column, _ failures: [FailedRow] = []) {
        self.column = column
        self.failures = failures
    }
}
