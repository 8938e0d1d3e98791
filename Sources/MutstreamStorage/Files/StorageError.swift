/// Why bytes could not be made to survive, or be found again.
package struct StorageError: Error, Sendable, Hashable {
    package var message: String
    package var hint: String?
    /// The bytes are not what was written: not a matter of a missing file or a full disk.
    package var isDamage: Bool

    package init(_ message: String, hint: String? = nil, isDamage: Bool = false) {
        self.message = message
        self.hint = hint
        self.isDamage = isDamage
    }
}
