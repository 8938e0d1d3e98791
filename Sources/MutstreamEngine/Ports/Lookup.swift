import MutstreamColumnar

/// A table whose rows are asked for, key by key. Its answers are rows of a source like any other: they enter by its inlet,
/// in a later step, and are logged with it, so that a replay asks no one.
package protocol LookupConnector: SourceConnector {
    /// Asks for keys, the columns of the PRIMARY KEY; returns at once. Each has one answer: a row with the key, the columns
    /// of the table, and in `lookup_status` `found`, `missing`, or another word where there is none, with a `lookup_reason`.
    func ask(_ keys: Batch)
    /// How many rows may wait for answers before sources are held back.
    var rowsMax: Int { get }
}
