/// How one record of a file went.
package struct RecordResult: Sendable, Equatable {
    package enum Verdict: String, Sendable { case passed, failed, skipped }

    package var verdict: Verdict
    /// What differs, or why it was not run.
    package var detail: String

    package static let passed = RecordResult(verdict: .passed, detail: "")
    package static func failed(_ detail: String) -> RecordResult { RecordResult(verdict: .failed, detail: detail) }
    package static func skipped(_ detail: String) -> RecordResult { RecordResult(verdict: .skipped, detail: detail) }
}

/// How queries are run.
package enum Mode: String, Sendable, CaseIterable {
    /// As they stand.
    case adhoc
    /// As a materialized view made where the query stands: over rows that are there.
    case after
    /// As one made before the first row of what it reads: it follows all changes.
    case before
    /// As one made after half of the changes.
    case halfway
    /// As `before`, in circuits that are made anew from the state of the old ones at each quarter of the changes.
    case restore

    /// Views follow the changes of a file, beside each other.
    var followsChanges: Bool { self == .before || self == .halfway || self == .restore }
}

package struct RunOptions: Sendable {
    package var dialect: Dialect
    /// What says that it is not supported counts as skipped.
    package var allowUnsupported: Bool

    package init(dialect: Dialect, allowUnsupported: Bool = false) {
        self.dialect = dialect
        self.allowUnsupported = allowUnsupported
    }

    /// A refusal that names something not built, not something wrong.
    package static func isUnsupported(_ message: String) -> Bool {
        let message = message.lowercased()
        return message.contains("not supported") || message.contains("unsupported")
    }
}
