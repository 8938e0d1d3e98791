/// The smallest piece of a SQL text that the parser looks at.
struct Token: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        /// An unquoted word, keyword or name; its text is folded to lower case.
        case word
        /// A name in "…" or `…`; its text is without the quotes.
        case quotedName
        /// A string in '…', E'…' or $$…$$; its text is what the string means.
        case string
        /// An unsigned number, as written.
        case number
        /// An operator or a punctuation mark.
        case symbol
        /// What follows the last token; empty, and right behind it.
        case end
    }

    var kind: Kind
    var text: String
    var range: SourceRange
}

/// The words that have a meaning of their own in some place.
enum Keyword {
    /// Words that cannot be a name of a column, relation or function unless quoted.
    static let reserved: Set<String> = [
        "all", "and", "any", "array", "as", "asc", "asymmetric", "case", "cast", "collate", "constraint", "create",
        "cross", "current_date", "current_time", "current_timestamp", "default", "desc", "distinct", "else", "end",
        "except", "exists", "false", "fetch", "for", "foreign", "from", "full", "group", "having", "in", "inner",
        "intersect", "into", "is", "isnull", "join", "lateral", "left", "like", "ilike", "limit", "localtime",
        "localtimestamp", "natural", "not", "notnull", "null", "offset", "on", "or", "order", "outer", "overlaps",
        "primary", "returning", "right", "select", "similar", "some", "symmetric", "table", "then", "true", "try_cast",
        "union", "unique", "using", "when", "where", "window", "with",
    ]

    /// Words that can be a name, but not an alias without AS.
    static let noBareAlias: Set<String> = [
        "asof", "between", "emit", "escape", "filter", "ignore", "match_recognize", "over", "qualify", "respect",
        "tablesample",
        "within",
    ]

    /// Functions that are called without parentheses.
    static let niladicFunctions: Set<String> = [
        "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp",
    ]

    /// Units of an interval, by each way to write them.
    static let intervalUnits: [String: String] = {
        var units: [String: String] = [:]
        for unit in ["microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "year"] {
            units[unit] = unit
            units[unit + "s"] = unit
        }
        return units
    }()

    /// What PostgreSQL, RisingWave or Flink have in a query and this grammar has not, by first word.
    static let refusedPhrases: [String: [[String]]] = [
        "array": [["array"]],
        "asof": [["asof", "join"]],
        "anti": [["anti", "join"]],
        "at": [["at", "time", "zone"]],
        "collate": [["collate"]],
        "fetch": [["fetch", "first"], ["fetch", "next"]],
        "for": [["for", "system_time"], ["for", "update"], ["for", "share"]],
        "ignore": [["ignore", "nulls"]],
        "into": [["into"]],
        "lateral": [["lateral"]],
        "match_recognize": [["match_recognize"]],
        "natural": [["natural", "join"], ["natural"]],
        "on": [["on", "conflict"]],
        "overlaps": [["overlaps"]],
        "respect": [["respect", "nulls"]],
        "returning": [["returning"]],
        "semi": [["semi", "join"]],
        "similar": [["similar", "to"]],
        "tablesample": [["tablesample"]],
        "within": [["within", "group"]],
    ]

    /// First words of statements of PostgreSQL, RisingWave or Flink that this grammar has not.
    static let refusedStatements: Set<String> = [
        "alter", "analyze", "begin", "comment", "commit", "copy", "declare", "delete", "describe", "drop", "execute",
        "fetch", "grant", "merge", "prepare", "reset", "revoke", "rollback", "show", "start", "truncate", "update",
        "use", "vacuum",
    ]

    /// What CREATE makes in PostgreSQL, RisingWave or Flink and does not make here.
    static let refusedObjects: Set<String> = [
        "aggregate", "catalog", "connection", "database", "domain", "extension", "function", "index", "procedure",
        "recursive", "role", "schema", "secret", "sequence", "subscription", "temp", "temporary", "trigger", "type",
        "unlogged", "user",
    ]

    /// Every symbol of the language and those of PostgreSQL that are refused by name. The lexer takes the longest.
    static let symbols: Set<String> = [
        "->>", "#>>", "!~*", "<=>", "!~~", "!==", "===",
        "::", ":=", "<>", "!=", "<=", ">=", "=>", "==", "||", "&&", "->", "#>", "@>", "<@", "!~", "~*", "~~", "<<",
        ">>",
        "(", ")", "[", "]", "{", "}", ",", ";", ".", ":", "+", "-", "*", "/", "%", "^", "<", ">", "=", "!", "~", "@",
        "#", "&", "|", "?",
    ]

    /// Operators of PostgreSQL or MySQL that this grammar has not.
    static let refusedOperators: Set<String> = [
        "->>", "#>>", "!~*", "<=>", "!~~", "->", "#>", "@>", "<@", "!~", "~*", "~~", "<<", ">>", "~", "@", "#", "&",
        "|", "?", "!",
    ]
}
