import MutstreamColumnar
import MutstreamDataflow

/// A statement of a session with its names resolved: what remains is to run it.
package enum Prepared {
    /// Nothing to run: the tag to answer with, `CREATE VIEW`.
    case done(String)
    case createTable(source: Int)
    /// A view whose content is kept; what it reads are tables and other such views.
    case createMaterializedView(Fragment, source: Int)
    case query(Fragment, Shown)
    case insert(Insertion, Returning?)
    /// The fragment gives the old row, then the new one.
    case update(table: Int, Fragment, Returning?)
    /// The fragment gives the rows to delete.
    case delete(table: Int, Fragment, Returning?)
    /// A key of a table that is there already.
    case addKey(table: Int, [Int])
    case truncate([Int])
    /// Sources whose content goes, then statements that make anew what was replaced.
    case drop(String, sources: [Int])
    case replace([Int], [Prepared])
    /// Rows that the catalog gives.
    case rows([Field], [[String?]])
}

/// A plan with one result, run over the contents of tables and materialized views.
package struct Fragment: Sendable {
    /// With one materialized view, the result; that of a view that is kept has its dead letter behind it.
    package var plan: PipelinePlan
    package var name: String
    package var fields: [Field]
}

/// How the rows of a SELECT are shown.
package struct Shown: Sendable {
    package var order: [SortItem]
    /// Columns behind these are there for the order alone.
    package var visible: Int

    package init(order: [SortItem], visible: Int) {
        self.order = order
        self.visible = visible
    }
}

package struct Insertion {
    package var table: Int
    /// Gives rows in the columns of the table.
    package var fragment: Fragment
    package var conflict: Conflict?

    package enum Conflict {
        /// A row that meets one with its key is left out; nil: with any of its keys.
        case ignore(key: Int?)
        /// The number of the key, the new row and whether it is written, over the old row's columns and then those of the
        /// row to insert; `isOnce`: a row may only be written once.
        case update(key: Int, [Expression], filter: Expression?, isOnce: Bool)
    }
}

/// What RETURNING gives, over the columns of the table.
package struct Returning: Sendable {
    package var fields: [Field]
    package var values: [Expression]
}
