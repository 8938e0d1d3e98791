/// What a pipeline keeps on disk: `run --data-dir DIR`.
///
/// ```
/// DIR/mutstream.lock      held by the process that runs it
/// DIR/format              what this folder is, of which version, and the name of its history
/// DIR/pipeline.sql        the pipeline that wrote it last
/// DIR/pipelines/          the pipeline of each step: its name is the first one
/// DIR/runs                the first step of each run
/// DIR/lost/               whole steps behind a hole that a loss of power or damage made, if there ever was one
/// DIR/origin              the folder at which relative paths in it start
/// DIR/log/                ``InputLog``
/// DIR/checkpoints/        ``CheckpointFile``
/// ```
package final class DataDirectory {
    package static let version = 1

    package let files: any FileSystem
    package let path: String
    /// Names this history, among all there ever are: part of the keys that sinks send.
    package let identity: String
    private let lock: (any Sendable & AnyObject)?

    package var logFolder: String { path + "/log" }
    package var checkpointFolder: String { path + "/checkpoints" }

    /// Opens or makes the folder and locks it.
    ///
    /// - Parameter identity: for a folder that is made now.
    package init(_ files: any FileSystem, _ path: String, newIdentity identity: String) throws(StorageError) {
        self.files = files
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        try files.createFolder(self.path)
        guard let lock = try files.lock(self.path + "/mutstream.lock") else {
            throw StorageError(
                "another process runs with the data directory \"\(path)\"",
                hint: "stop it first, or give each pipeline its own --data-dir")
        }
        self.lock = lock
        if let known = try DataDirectory.readFormat(files, self.path) {
            self.identity = known
            return
        }
        let strange = (try files.names(in: self.path) ?? []).filter { $0 != "mutstream.lock" && !$0.hasSuffix(".new") }
        guard strange.isEmpty else {
            throw StorageError(
                "\"\(path)\" holds \(strange[0]) and is no data directory of mutstream", hint: "name a new or empty folder")
        }
        self.identity = identity
        try DataDirectory.replace(
            files, self.path, "format",
            Array("mutstream data directory \(DataDirectory.version)\nidentity \(identity)\n".utf8))
    }

    /// Opens a folder to look at it, locked by no one.
    package init(reading files: any FileSystem, _ path: String) throws(StorageError) {
        self.files = files
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        lock = nil
        guard let known = try DataDirectory.readFormat(files, self.path) else {
            throw StorageError(
                "\"\(path)\" is no data directory of mutstream", hint: "run FILE.sql --data-dir DIR makes one")
        }
        identity = known
    }

    private static func readFormat(_ files: any FileSystem, _ path: String) throws(StorageError) -> String? {
        guard let names = try files.names(in: path), names.contains("format") else { return nil }
        let lines = try text(files, path + "/format").split(separator: "\n")
        guard let first = lines.first, first.hasPrefix("mutstream data directory "), lines.count >= 2,
            lines[1].hasPrefix("identity ")
        else { throw StorageError("\"\(path)/format\" is damaged", hint: "restore it from a copy", isDamage: true) }
        guard Int(first.dropFirst("mutstream data directory ".count)) == version else {
            throw StorageError(
                "\"\(path)\" is a \(first); this program reads version \(version)",
                hint: "run it with the version of mutstream that wrote it")
        }
        return String(lines[1].dropFirst("identity ".count))
    }

    /// The pipeline that wrote it last.
    package func pipelineText() throws(StorageError) -> String? {
        guard try (files.names(in: path) ?? []).contains("pipeline.sql") else { return nil }
        return try DataDirectory.text(files, path + "/pipeline.sql")
    }

    /// The folder at which its relative paths start.
    package func origin() throws(StorageError) -> String {
        guard try (files.names(in: path) ?? []).contains("origin") else { return "." }
        return try DataDirectory.text(files, path + "/origin")
    }

    package func keep(pipelineText text: String, origin: String) throws(StorageError) {
        if try pipelineText() != text { try DataDirectory.replace(files, path, "pipeline.sql", Array(text.utf8)) }
        if try self.origin() != origin { try DataDirectory.replace(files, path, "origin", Array(origin.utf8)) }
    }

    /// The pipelines that wrote the log, each with its first step.
    package func eras() throws(StorageError) -> [(first: Int64, text: String)] {
        var eras: [(first: Int64, text: String)] = []
        for name in try files.names(in: eraFolder) ?? [] where name.hasPrefix("pipeline-") && name.hasSuffix(".sql") {
            guard let first = Int64(name.dropFirst("pipeline-".utf8.count).dropLast(".sql".utf8.count)) else { continue }
            eras.append((first, try DataDirectory.text(files, eraFolder + "/" + name)))
        }
        return eras.sorted { $0.first < $1.first }
    }

    /// The steps from this one on are those of another pipeline, if it is another one.
    package func keep(eraFrom first: Int64, text: String) throws(StorageError) {
        let known = try eras()
        // One that was announced and never began is not there.
        if known.last(where: { $0.first < first })?.text == text {
            for era in known where era.first >= first { try files.remove(eraPath(era.first)) }
        } else if known.last?.text != text || known.last?.first ?? 0 > first {
            try files.createFolder(eraFolder)
            try DataDirectory.replace(files, eraFolder, DataDirectory.eraName(first), Array(text.utf8))
        }
    }

    /// Where the pipeline of the steps from this one on is, in the folder.
    package func eraFile(_ first: Int64) -> String { "pipelines/" + DataDirectory.eraName(first) }

    /// The first step of each start of a process, in order. Two may have the same one: then the first of them did none.
    package func runs() throws(StorageError) -> [Int64] {
        guard try (files.names(in: path) ?? []).contains("runs") else { return [] }
        return try DataDirectory.text(files, path + "/runs").split(separator: "\n").compactMap { Int64($0) }
    }

    /// Notes a start. Returns all.
    package func beginRun(first: Int64) throws(StorageError) -> [Int64] {
        let runs = try self.runs() + [first]
        try DataDirectory.replace(files, path, "runs", Array((runs.map { "\($0)" }.joined(separator: "\n") + "\n").utf8))
        return runs
    }

    private var eraFolder: String { path + "/pipelines" }
    private func eraPath(_ first: Int64) -> String { eraFolder + "/" + DataDirectory.eraName(first) }
    private static func eraName(_ first: Int64) -> String { "pipeline-\(padded(first)).sql" }

    private static func text(_ files: any FileSystem, _ path: String) throws(StorageError) -> String {
        let file = try files.open(path, .read)
        let size = try file.size()
        return String(decoding: try file.bytes(at: 0, count: size) ?? [], as: UTF8.self)
    }

    /// A file's content, the old or the new one, whatever happens.
    private static func replace(
        _ files: any FileSystem, _ folder: String, _ name: String, _ content: [UInt8]
    ) throws(StorageError) {
        let path = folder + "/" + name
        let file = try files.open(path + ".new", .create)
        try file.write(content, at: 0)
        try file.sync()
        try files.rename(path + ".new", to: path)
        try files.syncFolder(folder)
    }
}
