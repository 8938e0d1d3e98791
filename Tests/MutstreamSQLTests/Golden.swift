import Foundation
import MutstreamSQL

/// The folder of expected texts beside this file, and how to compare with one or to write it anew.
enum Golden {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
    static let isUpdating = ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1"

    static func read(_ name: String) throws -> String {
        try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    /// The expected text of a file; with `UPDATE_GOLDEN=1` the actual one, which is written there.
    static func expected(_ name: String, actual: String) throws -> String {
        guard isUpdating else { return try read(name) }
        try actual.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
        return actual
    }
}

/// The error of a text, as it is printed; nil if the text is right.
func diagnostic(_ text: String) -> String? {
    do throws(SQLError) {
        _ = try Parser.parse(text)
        return nil
    } catch {
        return DiagnosticPrinter(SourceText(name: "pipeline.sql", text: text)).text(error)
    }
}

/// Runs a body on a thread with a stack of 512 KiB and returns what it returns.
func onSmallStack<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
        let thread = Thread { continuation.resume(returning: body()) }
        thread.stackSize = 512 << 10
        thread.start()
    }
}
