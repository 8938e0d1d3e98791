/// The smallest piece of a SQL text that the parser looks at.
struct Token: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        /// An unquoted word, keyword or name; its text is folded to lower case.
        case word
        /// A name in "…" or `…`; its text is without the quotes.
        case quotedName
        /// A string in '…', E'…', U&'…', N'…' or $$…$$; its text is what the string means.
        case string
        /// B'101' or X'1F'; its text is the prefix in lower case and the digits: `b101`.
        case bits
        /// An unsigned number in decimal digits, without underscores.
        case number
        /// `$1`; its text is the number.
        case parameter
        /// An operator or a punctuation mark.
        case symbol
        /// What follows the last token; empty, and right behind it.
        case end
    }

    var kind: Kind
    var text: String
    var range: SourceRange
}
