/// What is wrong with a model's options or with its stored state.
package struct ModelError: Error, Sendable, Hashable {
    /// One sentence without a final stop: `option "beta" must be at least 0, found -1`.
    package var message: String
    /// The option as the user wrote it, for the caller to mark its place; nil if it is not about one option.
    package var optionName: String?
    /// What to do about it: `did you mean "learning_rate"?`.
    package var hint: String?

    package init(_ message: String, optionName: String? = nil, hint: String? = nil) {
        self.message = message
        self.optionName = optionName
        self.hint = hint
    }
}
