/// What is wrong with a SQL text: where, what was found, what was expected and what to do.
///
/// The one error type of this module. ``DiagnosticPrinter`` turns it into text.
package struct SQLError: Error, Sendable, Hashable {
    /// One sentence without a final stop: `unknown column "amout" in view "orders"`.
    package var message: String
    /// The place in the text that the caret marks.
    package var range: SourceRange
    /// What to do about it, shown under the caret: `did you mean "amount"?`.
    package var hint: String?

    package init(_ message: String, at range: SourceRange, hint: String? = nil) {
        self.message = message
        self.range = range
        self.hint = hint
    }
}
