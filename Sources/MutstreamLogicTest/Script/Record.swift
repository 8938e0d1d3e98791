/// One step of a logic test: a statement or a query, and what the file says of its outcome.
package struct Record: Sendable {
    package enum Kind: Sendable {
        case statement(StatementExpectation)
        case query(QueryExpectation)
        /// Something this runner does not do: why.
        case skipped(String)
        /// The rest of the file is not run: why, or nil where the file ends itself by `halt`.
        case halt(String?)
    }

    package var place: Place
    package var sql: String
    package var kind: Kind

    package var isQuery: Bool { if case .query = kind { true } else { false } }
}

/// A line of a file, counted from 1.
package struct Place: Sendable, Hashable {
    package var file: String
    package var line: Int

    package var text: String { "\(file):\(line)" }
}

package enum StatementExpectation: Sendable {
    case ok
    /// It is refused, with a message that the pattern finds.
    case error(ErrorPattern?)
    /// It changes this many rows.
    case count(Int)
    /// Either will do.
    case maybe
}

/// What an error message is to look like.
package enum ErrorPattern: Sendable {
    case regex(String)
    case text(String)

    package func matches(_ message: String) -> Bool {
        switch self {
        case .text(let text): return message.contains(text)
        case .regex(let pattern):
            // A pattern of another language of patterns is taken as plain text.
            guard let regex = try? Regex(pattern) else { return message.contains(pattern) }
            return (try? regex.firstMatch(in: message)) != nil
        }
    }
}

package struct QueryExpectation: Sendable {
    package enum Sort: Sendable { case none, rows, values }

    package enum Result: Sendable {
        case lines([String])
        /// So many values whose text, each ended by a line break, has this MD5 digest.
        case hash(values: Int, digest: String)
        case error(ErrorPattern?)
        /// The file has no `----`: any rows will do.
        case any
    }

    /// One letter a column: `I` a whole number, `R` a fraction, `T` a text; other letters say nothing.
    package var types: String
    package var sort: Sort
    package var result: Result
    /// The lines of the file that hold the result, from 1, where the record is written out in the file itself.
    package var resultLines: Range<Int>?

    package var expectsError: Bool { if case .error = result { true } else { false } }
}

/// Whose files they are: how rows and values are written, and which extras the files use.
package enum Dialect: String, Sendable, CaseIterable {
    /// Our own files: the layout of `risingwave`, messages of errors are compared.
    case mutstream
    case risingwave, duckdb, sqlite

    /// What `skipif` and `onlyif` take this engine for.
    var labels: Set<String> {
        switch self {
        case .mutstream: ["mutstream"]
        case .risingwave: ["mutstream", "risingwave", "serial", "in-memory"]
        case .duckdb: ["mutstream"]
        case .sqlite: ["mutstream", "postgresql"]
        }
    }

    var comparesMessages: Bool { self == .mutstream }
    /// Rows are lines with values between blanks; the others write tabs or one value a line.
    var hasRowsOfWords: Bool { self == .mutstream || self == .risingwave }
}
