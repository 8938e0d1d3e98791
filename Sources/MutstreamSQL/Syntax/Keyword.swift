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
        "asof", "between", "emit", "escape", "filter", "ignore", "match_condition", "match_recognize", "over", "qualify",
        "respect",
        "tablesample", "uescape", "within",
    ]

    /// Functions that are called without parentheses.
    static let niladicFunctions: Set<String> = [
        "current_date", "current_time", "current_timestamp", "current_user", "localtime", "localtimestamp",
        "session_user",
    ]

    /// Functions whose name is reserved.
    static let reservedFunctions: Set<String> = niladicFunctions.union(["left", "right"])

    /// Calls with a grammar of their own.
    static let specialCalls: Set<String> = [
        "cast", "exists", "extract", "overlay", "position", "row", "safe_cast", "substring", "trim", "try_cast",
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

    /// Units that one with a smaller place can follow: `YEAR TO MONTH`.
    static let intervalRanges: Set<String> = [
        "year to month", "day to hour", "day to minute", "day to second", "hour to minute", "hour to second",
        "minute to second",
    ]

    /// Table functions whose first argument is a relation.
    static let windowFunctions: Set<String> = ["tumble", "hop", "cumulate", "session"]

    /// What PostgreSQL, RisingWave or Flink have in a query and this grammar has not, by first word.
    static let refusedPhrases: [String: [[String]]] = [
        "for": [["for", "update"], ["for", "share"], ["for", "no", "key", "update"], ["for", "key", "share"]],
        "into": [["into"]],
        "tablesample": [["tablesample"]],
    ]

    /// First words of statements of PostgreSQL, RisingWave or Flink that this grammar has not.
    static let refusedStatements: Set<String> = [
        "abort", "alter", "analyze", "call", "checkpoint", "cluster", "comment", "copy", "deallocate", "declare", "discard",
        "do", "execute", "fetch", "grant", "listen", "load", "lock", "merge", "move", "notify", "prepare", "reindex",
        "reset", "revoke", "rollback", "savepoint", "use", "vacuum",
    ]

    /// What CREATE makes in PostgreSQL, RisingWave or Flink and does not make here.
    static let refusedObjects: Set<String> = [
        "aggregate", "catalog", "connection", "database", "domain", "extension", "global", "local", "operator", "policy",
        "procedure", "recursive", "role", "rule", "schema", "secret", "sequence", "statistics", "subscription", "temp",
        "temporary", "trigger", "type", "unique", "unlogged", "user",
    ]

    /// Symbols with a meaning that are no binary operator.
    static let symbols: Set<String> = [
        "(", ")", "[", "]", "{", "}", ",", ";", ".", ":", "::", ":=", "=>", "!=", "!!", "|/", "||/",
        // Of other languages; each has its own hint.
        "==", "===", "!==",
    ]
}
