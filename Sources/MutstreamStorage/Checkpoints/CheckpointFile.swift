/// A checkpoint: parts of bytes with a check sum each, complete or not there.
///
/// ```
/// checkpoints/checkpoint-00000000000000048210     | head | part 0 … | part 1 … | … | end |
/// ```
/// Its name is the last step whose effects it holds. It is written under another name and renamed when it is whole.
package enum CheckpointFile {
    package static let version: Int64 = 1
    static let title = Array("mutstream checkpoint".utf8)
    static let endMark: Int64 = -1
    /// A part is written in pieces of at most so many bytes.
    package static let pieceBytes = 4 << 20

    package static func name(_ step: Int64) -> String { "checkpoint-" + padded(step) }

    /// The steps of the checkpoints in a folder, rising.
    package static func steps(_ files: any FileSystem, in folder: String) throws(StorageError) -> [Int64] {
        (try files.names(in: folder) ?? []).compactMap { name in
            name.hasPrefix("checkpoint-") ? Int64(name.dropFirst("checkpoint-".utf8.count)) : nil
        }.sorted()
    }

    /// Removes all but the newest ones, and what was never finished.
    package static func trim(_ files: any FileSystem, in folder: String, keeping count: Int) throws(StorageError) {
        for name in try files.names(in: folder) ?? [] where name.hasSuffix(".new") {
            try files.remove(folder + "/" + name)
        }
        for step in try steps(files, in: folder).dropLast(count) { try files.remove(folder + "/" + name(step)) }
    }

    /// Reads all parts; an error says what of it is damaged.
    package static func read(_ files: any FileSystem, in folder: String, step: Int64) throws(StorageError) -> [[UInt8]] {
        let path = folder + "/" + name(step)
        let file = try files.open(path, .read)
        func damage(_ what: String) -> StorageError {
            StorageError(
                "\"\(path)\" is damaged: \(what)", hint: "an older checkpoint is used if there is one", isDamage: true)
        }
        guard let head = try Frame.read(file, at: 0), head.payload == title, head.number == step else {
            throw damage("it has no head")
        }
        guard head.mark == version else {
            throw StorageError(
                "\"\(path)\" is of version \(head.mark); this program reads version \(version)",
                hint: "run it with the version of mutstream that wrote it")
        }
        var offset = Frame.headerBytes + head.payload.count
        var parts: [[UInt8]] = []
        var number: Int64 = 0
        while true {
            guard let frame = try Frame.read(file, at: offset), frame.number == number else {
                throw damage("byte \(offset) begins no sound piece")
            }
            offset += Frame.headerBytes + frame.payload.count
            number += 1
            if frame.mark == endMark { return parts }
            if frame.mark == Int64(parts.count) {
                parts.append(frame.payload)
            } else if frame.mark == Int64(parts.count) - 1 {
                parts[parts.count - 1].append(contentsOf: frame.payload)
            } else {
                throw damage("byte \(offset) is of part \(frame.mark), expected \(parts.count)")
            }
        }
    }
}

/// Writes a checkpoint beside the running engine.
package final class CheckpointWriter {
    private let files: any FileSystem
    private let folder: String
    private let step: Int64
    private let file: any StoredFile
    private var offset = 0
    private var number: Int64 = 0
    private var part: Int64 = -1

    package init(_ files: any FileSystem, folder: String, step: Int64) throws(StorageError) {
        self.files = files
        self.folder = folder
        self.step = step
        try files.createFolder(folder)
        file = try files.open(folder + "/" + CheckpointFile.name(step) + ".new", .create)
        var failure: StorageError?
        CheckpointFile.title.withUnsafeBytes { title in
            do throws(StorageError) { try put(step, CheckpointFile.version, title) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    private func put(_ number: Int64, _ mark: Int64, _ payload: UnsafeRawBufferPointer) throws(StorageError) {
        try file.write(Frame.header(number: number, mark: mark, payload), at: offset)
        try file.write(payload, at: offset + Frame.headerBytes)
        offset += Frame.headerBytes + payload.count
    }

    /// The bytes that follow are of the next part.
    package func beginPart() throws(StorageError) {
        part += 1
        try write(UnsafeRawBufferPointer(start: nil, count: 0))
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
        var start = 0
        repeat {
            let end = min(start + CheckpointFile.pieceBytes, bytes.count)
            try put(number, part, UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
            number += 1
            start = end
        } while start < bytes.count
    }

    /// More of the part that was begun.
    package func write(all bytes: [UInt8]) throws(StorageError) {
        var failure: StorageError?
        bytes.withUnsafeBytes { raw in
            do throws(StorageError) { try write(raw) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// It is there, whole, when this returns, whatever happens.
    package func finish() throws(StorageError) {
        try put(number, CheckpointFile.endMark, UnsafeRawBufferPointer(start: nil, count: 0))
        try file.sync()
        let path = folder + "/" + CheckpointFile.name(step)
        try files.rename(path + ".new", to: path)
        try files.syncFolder(folder)
    }

    /// Bytes written so far.
    package var bytes: Int { offset }
}
