import MutstreamColumnar
import MutstreamSQL
import MutstreamStorage

/// What a pipeline keeps on disk while it runs: every step's input before the step's outputs leave, and now and then a
/// checkpoint of its state. The engine's thread owns it; slow writes happen on two threads beside it.
///
/// ```
/// step n     begin ─ admission writes into the recorder ─ append ─ circuit runs ─ settle ─ outputs leave
///                                                            └─ fdatasync (durability = 'sync') ─┘
/// ```
package final class Journal {
    /// When a checkpoint is due, and what is kept.
    package struct Policy: Sendable {
        /// Nanoseconds between two checkpoints, if there were steps.
        package var interval: Int64 = 60_000_000_000
        /// Bytes of log after which one is made all the same.
        package var logBytes = 256 << 20
        package var checkpointsKept = 3
        /// Bytes of a checkpoint that are handed over between two steps.
        package var pieceBytes = CheckpointFile.pieceBytes
        /// Files of the log end at this size.
        package var segmentBytes = 64 << 20

        package init() {}
    }

    /// A checkpoint that was found.
    struct Restored {
        var step: Int64
        var parts: [[UInt8]]
        /// It is of the pipeline that goes on with it.
        var isOwn = true
    }

    /// The parts of a checkpoint, in order.
    enum Part: Int, CaseIterable { case head, admission, sinks, circuit }

    package let directory: DataDirectory
    let recorder = StepRecorder()
    private let policy: Policy
    private let syncs: Bool
    private let retention: LogRetention
    private var log: InputLog?
    private let syncing: Worker
    private let writing: Worker
    /// What the syncing thread came to.
    private let synced = Monitor<(step: Int64, failure: StorageError?)>((0, nil))
    private let written = Monitor<Written>(Written())
    private var loggedBytes = 0
    private var lastClock: Int64 = 0
    /// Written when the log is gone on with.
    private var kept: (text: String, origin: String)?
    /// The first step of each run so far, this one among them once the log is gone on with.
    private(set) var runs: [Int64] = []
    private var lastCheckpoint: (step: Int64, time: Int64) = (-1, 0)
    /// A checkpoint of which not all has been handed over.
    private var checkpoint: CheckpointRun?

    private struct Written {
        var isUnderWay = false
        var failure: StorageError?
        var steps: [Int64] = []
    }

    /// - Parameter isThreaded: false: nothing happens beside the engine's thread.
    package init(
        _ directory: DataDirectory, durability: Durability = .async, retention: LogRetention = LogRetention(),
        policy: Policy = Policy(), isThreaded: Bool = true
    ) {
        self.directory = directory
        self.policy = policy
        self.retention = retention
        syncs = durability == .sync
        syncing = Worker(name: "sync", isThreaded: isThreaded && syncs)
        writing = Worker(name: "checkpoint", isThreaded: isThreaded)
    }

    /// The folder of a pipeline, made if it is missing and locked.
    package convenience init(
        dataDirectory path: String, settings: PipelineSettings, clock: any Clock
    ) throws(ConnectorError) {
        let directory = try stored { () throws(StorageError) in
            try DataDirectory(SystemFiles(), path, newIdentity: String(clock.now(), radix: 36))
        }
        self.init(directory, durability: settings.durability ?? .async, retention: settings.logRetention)
    }

    // MARK: Finding

    /// The newest checkpoint that is whole; nil: there is none, and none was ever.
    ///
    /// - Parameter report: told of those that are damaged.
    static func newestCheckpoint(
        _ directory: DataDirectory, _ report: (String) -> Void
    ) throws(StorageError) -> Restored? {
        let steps = try CheckpointFile.steps(directory.files, in: directory.checkpointFolder)
        var damage: StorageError?
        for step in steps.reversed() {
            do throws(StorageError) {
                let parts = try CheckpointFile.read(directory.files, in: directory.checkpointFolder, step: step)
                if parts.count == Part.allCases.count { return Restored(step: step, parts: parts) }
                throw StorageError("the checkpoint of step \(step) has \(parts.count) parts", isDamage: true)
            } catch {
                if !error.isDamage { throw error }
                report(error.message + "; an older one is used")
                damage = error
            }
        }
        if var damage {
            damage.hint = "no checkpoint is whole: restore the folder from a copy, or begin with a new one"
            throw damage
        }
        return nil
    }

    /// The pipeline is kept beside its history, from the next step on.
    ///
    /// - Parameter origin: the folder at which its relative paths start.
    package func keep(text: String, origin: String) { kept = (text, origin) }

    /// The steps behind a checkpoint.
    func reader(after step: Int64) throws(StorageError) -> LogReader {
        try LogReader(directory.files, folder: directory.logFolder, from: step + 1)
    }

    /// The log is gone on with where its reader came to.
    func open(after end: LogReader.End) throws(StorageError) {
        if let kept {
            try directory.keep(eraFrom: end.lastStep + 1, text: kept.text)
            try directory.keep(pipelineText: kept.text, origin: kept.origin)
        }
        log = try InputLog(directory.files, folder: directory.logFolder, after: end, segmentBytes: policy.segmentBytes)
        synced.withLock { $0.step = end.lastStep }
        runs = try directory.beginRun(first: end.lastStep + 1)
        lastCheckpoint.step = (try CheckpointFile.steps(directory.files, in: directory.checkpointFolder)).last ?? -1
    }

    // MARK: Steps

    /// Writes the step that ``recorder`` holds.
    func append(step: Int64, clock: Int64) throws(ConnectorError) {
        guard let log else { return }
        lastClock = clock
        try recorder.end { bytes throws(ConnectorError) in
            do throws(StorageError) { try log.append(step: step, bytes) } catch { throw ConnectorError(error) }
            loggedBytes += bytes.count
        }
        guard syncs, let unsynced = log.unsynced else { return }
        let synced = synced
        syncing.run {
            do throws(StorageError) {
                try unsynced.sync()
                synced.signal { $0.step = unsynced.step }
            } catch { synced.signal { $0.failure = error } }
        }
    }

    /// Waits until the step may be seen outside.
    func settle(step: Int64) throws(ConnectorError) {
        guard syncs, let log else { return }
        let failure = synced.wait { state -> StorageError?? in
            if let failure = state.failure { return .some(failure) }
            return state.step >= step ? .some(nil) : nil
        }
        if let failure = failure ?? nil { throw ConnectorError(failure) }
        log.noteSynced(step)
    }

    // MARK: Checkpoints

    /// - Parameter time: nanoseconds of a clock that never goes back.
    func checkpointIsDue(step: Int64, time: Int64) -> Bool {
        if lastCheckpoint.time == 0 { lastCheckpoint.time = time }
        guard step > lastCheckpoint.step, !written.withLock({ $0.isUnderWay }) else { return false }
        return time - lastCheckpoint.time >= policy.interval || loggedBytes >= policy.logBytes
    }

    /// A checkpoint is made, whatever there is.
    func forgetCheckpoint() { lastCheckpoint.step = -1 }

    /// There are steps that no checkpoint holds.
    func hasNews(step: Int64) -> Bool { step > lastCheckpoint.step }

    /// Begins a checkpoint, which is written beside the engine as ``advance()`` is called.
    ///
    /// - Parameter syncers: make what sinks have been given survive, which the checkpoint relies on.
    func begin(
        _ parts: [StateImage], step: Int64, time: Int64, syncers: [@Sendable () throws(ConnectorError) -> Void]
    ) throws(ConnectorError) {
        finishCheckpoint()
        finishTrimming()
        try throwFailure()
        lastCheckpoint = (step, time)
        loggedBytes = 0
        let unsynced = log?.unsynced
        let written = written
        written.withLock { $0.isUnderWay = true }
        checkpoint = CheckpointRun(
            parts, step: step, in: directory, keeping: policy.checkpointsKept, on: writing,
            prepare: { () throws(StorageError) in
                // The log may not end before the checkpoint.
                try unsynced?.sync()
                for sync in syncers {
                    do throws(ConnectorError) { try sync() } catch { throw StorageError(error.message, hint: error.hint) }
                }
            },
            report: { outcome in
                written.signal { state in
                    state.isUnderWay = false
                    switch outcome {
                    case .written(let steps): state.steps = steps
                    case .failed(let error): state.failure = error
                    }
                }
            })
    }

    /// Hands over the next piece of a checkpoint, between two steps.
    func advance() {
        finishTrimming()
        checkpoint?.advance(bytes: policy.pieceBytes)
        if checkpoint?.isDone == true { checkpoint = nil }
    }

    /// A checkpoint is to be handed over.
    var isCheckpointing: Bool { checkpoint != nil }

    private func finishCheckpoint() {
        checkpoint?.finish()
        checkpoint = nil
    }

    /// Removes the log before the oldest checkpoint, as far as it is not to be kept.
    private func finishTrimming() {
        let steps = written.withLock { state in
            defer { state.steps = [] }
            return state.steps
        }
        guard let log, let oldest = steps.first, let newest = steps.last else { return }
        // A checkpoint is written once the log is synced up to its step.
        log.noteSynced(newest)
        do throws(StorageError) {
            let tooOld = retention.microseconds.map { lastClock - $0 }
            try log.trim(through: oldest) { bytes, clock in
                if let most = retention.bytes, bytes > most { return true }
                return tooOld.map { clock < $0 } ?? false
            }
        } catch {
            // A file that stays does no harm.
        }
    }

    /// A checkpoint that could not be written: the log goes on, but it would grow without bound.
    func throwFailure() throws(ConnectorError) {
        if let failure = written.withLock({ $0.failure }) { throw ConnectorError(failure) }
    }

    /// Waits until all that was handed over is written.
    func drain() throws(ConnectorError) {
        finishCheckpoint()
        writing.drain()
        finishTrimming()
        try throwFailure()
    }

    /// Ends the threads; the log is synced, however the pipeline came to its end.
    func close() throws(ConnectorError) {
        finishCheckpoint()
        writing.end()
        syncing.end()
        finishTrimming()
        try stored { () throws(StorageError) in try log?.sync() }
        try throwFailure()
    }
}

extension ConnectorError {
    init(_ error: StorageError) { self.init(error.message, hint: error.hint) }
}
