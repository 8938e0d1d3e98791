/// The durable record of every step's input. The engine appends each admitted chunk, as it came, before the step runs,
/// and asks for the step to be made durable before its outputs leave.
///
/// There is no file behind it yet: `durability` is `'none'`, and ``NoLog`` keeps nothing.
package protocol InputLog: AnyObject {
    /// The bytes as they came from source number `source`, whose accepted rows bear ordinals from `firstOrdinal` on.
    func append(source: Int, bytes: UnsafeRawBufferPointer, firstOrdinal: Int64, rows: Int)
    /// Ends a step; its outputs may leave when this returns.
    ///
    /// - Parameter clock: microseconds since 1970, as the step was given them.
    func commit(step: Int64, clock: Int64) throws(StorageError)
}

/// Keeps nothing: what is in flight is lost with the process.
package final class NoLog: InputLog {
    package init() {}
    package func append(source: Int, bytes: UnsafeRawBufferPointer, firstOrdinal: Int64, rows: Int) {}
    package func commit(step: Int64, clock: Int64) throws(StorageError) {}
}

/// Why bytes could not be made to survive.
package struct StorageError: Error, Sendable, Hashable {
    package var message: String
    package var hint: String?

    package init(_ message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
    }
}
