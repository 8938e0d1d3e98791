import MutstreamColumnar
import MutstreamStorage

/// A checkpoint under way: the engine's thread hands over the state as it was, some megabytes between two steps, and another
/// thread writes it.
///
/// ```
/// step n │ capture │ step n+1 │ hand over │ step n+2 │ hand over │ … │ done
///            │                      └─ write       └─ write            └─ sync, rename
///            └─ notes pages; steps copy those that they write first (PageImages)
/// ```
final class CheckpointRun {
    /// What the writing thread came to.
    enum Outcome: Sendable {
        case written([Int64])
        case failed(StorageError)
    }

    /// Pieces that may wait for the writing thread.
    private static let backlogMax = 8

    private let worker: Worker
    private let file: WrittenFile
    private let keeping: Int
    private let report: @Sendable (Outcome) -> Void
    private var parts: [StateImage]
    /// The first of ``parts`` has begun.
    private var hasBegun = false

    /// - Parameters:
    ///   - prepare: called first, on the writing thread: what the checkpoint relies on.
    ///   - keeping: checkpoints that stay.
    ///   - report: called once, on the writing thread.
    init(
        _ parts: [StateImage], step: Int64, in directory: DataDirectory, keeping: Int, on worker: Worker,
        prepare: @escaping @Sendable () throws(StorageError) -> Void, report: @escaping @Sendable (Outcome) -> Void
    ) {
        self.parts = parts
        self.worker = worker
        self.keeping = keeping
        self.report = report
        file = WrittenFile(directory)
        run { file throws(StorageError) in
            try prepare()
            file.writer = try CheckpointWriter(file.directory.files, folder: file.directory.checkpointFolder, step: step)
        }
    }

    /// All has been handed over.
    var isDone: Bool { parts.isEmpty }

    /// Hands over about so many bytes, if the writing thread keeps up.
    func advance(bytes: Int) {
        if !isDone, worker.backlog < CheckpointRun.backlogMax { handOver(bytes) }
    }

    /// Hands over all that is left.
    func finish() {
        while !isDone {
            if worker.backlog >= CheckpointRun.backlogMax { worker.drain() }
            handOver(CheckpointFile.pieceBytes)
        }
    }

    private func handOver(_ bytes: Int) {
        var left = bytes
        while left > 0, !parts.isEmpty {
            let piece = parts[0].take(left)
            left -= max(piece.count, 1)
            let begins = !hasBegun
            hasBegun = true
            run { file throws(StorageError) in
                if begins { try file.writer?.beginPart() }
                try file.writer?.write(all: piece)
            }
            if parts[0].isAtEnd {
                parts.removeFirst()
                hasBegun = false
            }
        }
        if isDone { end() }
    }

    private func end() {
        let (keeping, report) = (keeping, report)
        run { file throws(StorageError) in
            guard let writer = file.writer else { return }
            try writer.finish()
            let (files, folder) = (file.directory.files, file.directory.checkpointFolder)
            try CheckpointFile.trim(files, in: folder, keeping: keeping)
            report(.written(try CheckpointFile.steps(files, in: folder)))
        }
    }

    private func run(_ body: @escaping @Sendable (WrittenFile) throws(StorageError) -> Void) {
        let (file, report) = (file, report)
        worker.run {
            if file.hasFailed { return }
            do throws(StorageError) { try body(file) } catch {
                (file.hasFailed, file.writer) = (true, nil)
                report(.failed(error))
            }
        }
    }

    /// `@unchecked Sendable`: what changes is touched by the writing thread alone.
    private final class WrittenFile: @unchecked Sendable {
        let directory: DataDirectory
        var writer: CheckpointWriter?
        var hasFailed = false

        init(_ directory: DataDirectory) { self.directory = directory }
    }
}
