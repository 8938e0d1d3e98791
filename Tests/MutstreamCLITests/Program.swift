import Foundation
import Testing

/// The built program, run as a user would.
enum Program {
    /// Where the build puts it, of the configuration of the tests if there is one; nil: it was not built.
    static let path: String? = {
        #if DEBUG
            let configurations = ["debug", "release"]
        #else
            let configurations = ["release", "debug"]
        #endif
        // The tests' own program may lie beside it, in a build folder elsewhere.
        let own = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().path
        let folders = [own] + configurations.map { "\(root)/.build/\($0)" }
        return folders.map { $0 + "/mutstream" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    struct Result {
        var code: Int32
        var output: String
        var error: String
        var lines: [Substring] { output.split(separator: "\n") }
    }

    /// Runs a shell's command line in which `mutstream` is the program.
    static func shell(_ command: String, in folder: TemporaryFolder, environment: [String: String] = [:]) throws -> Result {
        let running = try Running(command, in: folder, environment: environment)
        return try running.wait()
    }

    /// Runs the program with arguments.
    static func run(_ arguments: String, in folder: TemporaryFolder, environment: [String: String] = [:]) throws -> Result {
        try shell("mutstream " + arguments, in: folder, environment: environment)
    }
}

/// A program under way, its outputs in files, so that no pipe can fill.
final class Running {
    private let process = Process()
    private let folder: TemporaryFolder
    private let name = "run-\(UInt32.random(in: 0 ... .max))"

    init(_ command: String, in folder: TemporaryFolder, environment: [String: String] = [:]) throws {
        let program = try #require(Program.path, "build the product mutstream first")
        self.folder = folder
        process.executableURL = URL(filePath: "/bin/bash")
        let called = "mutstream() { '\(program)' \"$@\"; }; set -o pipefail; \(command)"
        process.arguments = ["-c", called]
        process.currentDirectoryURL = URL(filePath: folder.path)
        var all = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("MUTSTREAM") }
        all["SWIFT_BACKTRACE"] = "enable=no"
        process.environment = all.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try folder.writer("\(name).out")
        process.standardError = try folder.writer("\(name).err")
        try process.run()
    }

    var output: String { folder.text("\(name).out") }
    var error: String { folder.text("\(name).err") }

    var isRunning: Bool { process.isRunning }

    /// Sends a signal to the program; started with `exec`, it has the shell's number.
    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Waits until a text has appeared in one of the outputs and returns what follows it on its line.
    func awaitText(_ text: String) throws -> String {
        let deadline = Date(timeIntervalSinceNow: 60)
        while Date() < deadline {
            for output in [output, error] {
                if let range = output.range(of: text) {
                    let rest = output[range.upperBound...]
                    if let end = rest.firstIndex(of: "\n") { return String(rest[..<end]) }
                }
            }
            if !process.isRunning { break }
            usleep(2_000)
        }
        Issue.record("\"\(text)\" did not appear: \(output) \(error)")
        throw CancellationError()
    }

    func wait() throws -> Program.Result {
        let deadline = Date(timeIntervalSinceNow: 120)
        while process.isRunning, Date() < deadline { usleep(2_000) }
        if process.isRunning {
            process.terminate()
            kill(process.processIdentifier, SIGKILL)
            Issue.record("the program did not end: \(error)")
        }
        process.waitUntilExit()
        let code = process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
        return Program.Result(code: code, output: output, error: error)
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
}

/// A folder that goes away with the test.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "mutstream-cli-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ text: String) throws { try write(name, Data(text.utf8)) }
    func write(_ name: String, _ data: Data) throws { try data.write(to: URL(filePath: path + "/" + name)) }
    func text(_ name: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path + "/" + name) ?? Data(), as: UTF8.self)
    }

    func writer(_ name: String) throws -> FileHandle {
        try write(name, Data())
        return try #require(FileHandle(forWritingAtPath: path + "/" + name))
    }
}
