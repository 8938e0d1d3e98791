import MutstreamColumnar
import MutstreamSQL

/// Something that runs SQL statement by statement: a shell, a test runner and an API stand on it.
package protocol SQLSession: AnyObject {
    /// Runs one statement, given with or without its final `;`. Errors carry their place within `sql`; after one nothing
    /// has changed.
    func execute(_ sql: String) throws(SQLError) -> StatementResult

    /// Why rows of materialized views failed in the last statement, with the view's name, each once.
    var problems: [String] { get }

    /// What else is to be known of the last statement.
    var notices: [String] { get }
}

extension SQLSession {
    package var problems: [String] { [] }
    package var notices: [String] { [] }
}

/// What a statement gives.
package enum StatementResult: Sendable {
    /// A tag such as `CREATE TABLE`.
    case done(String)
    /// A tag such as `INSERT`, and how many rows it changed.
    case changed(String, rows: Int)
    case rows(ResultRows)
}

/// The rows of a query.
package struct ResultRows: Sendable {
    package var fields: [Field]
    /// All weights are +1.
    package var batch: Batch
    /// The query had an ORDER BY.
    package var isOrdered: Bool
    /// Why rows have no result, each once.
    package var problems: [String]
}

/// One object of the catalog, as `\d` shows it.
package struct ObjectDescription: Sendable {
    package var name: String
    /// table, view, materialized view, source, sink, model, function.
    package var kind: String
    package var fields: [Field]
    package var detail: String
}
