import MutstreamColumnar

/// The families of typed kernels that an expression may call. The types of the operands choose the kernel.
package enum Function: Sendable, Hashable {
    // Arithmetic.
    case add, subtract, multiply, divide, modulo, negate
    // Comparisons: operands of one type.
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
    // Numbers.
    case abs, ceil, floor, sign
    /// One operand, or two: the number of digits.
    case round, trunc
    case power, sqrt, cbrt, exp, ln, log10
    /// Base, argument.
    case log
    case sin, cos, tan, asin, acos, atan, atan2, sinh, cosh, tanh, degrees, radians
    // Any type.
    case greatest, least
    // Text.
    case concatenate
    /// NULL arguments count as empty.
    case concat, concatWithSeparator
    /// Text, pattern and perhaps the escape character.
    case like(ignoreCase: Bool)
    case length, octetLength, lower, upper, initcap, reverse, ascii, chr
    /// Text and the set of characters to trim.
    case trimBoth, trimLeading, trimTrailing
    /// Text, start from 1 and perhaps a length.
    case substring
    case left, right
    /// Text, part.
    case position
    case replace, startsWith, repeatText, padLeft, padRight, splitPart
    // Time.
    /// EXTRACT: DECIMAL; `date_part`: DOUBLE.
    case extract(TimeField)
    case dateTrunc(TimeField)
    case toTimestamp
    /// The start of the window of `size` microseconds that holds the time; windows are aligned at `offset` since 1970.
    case tumbleStart(size: Int64, offset: Int64)
    /// Arrays, rows and maps.
    case composite(CompositeFunction)
    /// The value of a subquery and how many rows it has: more than one is a failure.
    case singleRow
    /// A function of ``Library``.
    case library(LibraryFunction)
}
