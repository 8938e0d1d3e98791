import MutstreamColumnar
import MutstreamDataflow
import MutstreamSQL
import MutstreamStorage

extension Journal {
    /// The newest checkpoint that is whole.
    static func find(
        _ directory: DataDirectory, _ definition: PipelineDefinition, _ report: (String) -> Void
    ) throws(ConnectorError) -> Restored? {
        let restored: Restored?
        do throws(StorageError) { restored = try newestCheckpoint(directory, report) } catch { throw ConnectorError(error) }
        guard var restored else { return nil }
        restored.isOwn = try CheckpointHead(restored).fingerprint == PlanFingerprint.text(definition)
        return restored
    }

    /// The same, before anything outside is touched: a folder that cannot be gone on with is refused.
    func find(_ definition: PipelineDefinition, _ report: (String) -> Void) throws(ConnectorError) -> Restored? {
        let restored = try Journal.find(directory, definition, report)
        let log = try stored { () throws(StorageError) in try reader(after: restored?.step ?? 0) }
        if restored == nil, !log.segments.isEmpty {
            throw ConnectorError(
                "\"\(directory.path)\" has an input log and no checkpoint",
                hint: "restore the folder's checkpoints from a copy, or begin with a new one")
        }
        if let restored, restored.step > 0, log.segments.isEmpty {
            report("the log is gone: steps behind the checkpoint of step \(restored.step) are lost, if there were any")
        }
        return restored
    }
}

/// What a checkpoint says of itself.
struct CheckpointHead {
    var fingerprint = ""
    var clock: Int64 = .min
    /// By sink: the last step that had left for good.
    var delivered: [Int64] = []

    init(_ definition: PipelineDefinition, clock: Int64, delivered: [Int64?]) {
        fingerprint = PlanFingerprint.text(definition)
        self.clock = clock
        self.delivered = delivered.map { $0 ?? .max }
    }

    init(_ restored: Journal.Restored) throws(ConnectorError) {
        do throws(StateDamage) { try self.init(restored.parts[Journal.Part.head.rawValue]) } catch {
            throw ConnectorError("the checkpoint of step \(restored.step): \(error.message)")
        }
    }

    init(_ bytes: [UInt8]) throws(StateDamage) {
        let coder = StateCoder(reading: bytes)
        try code(coder)
        try coder.end()
    }

    mutating func code(_ coder: StateCoder) throws(StateDamage) {
        try coder.code(&fingerprint)
        try coder.code(&clock)
        try coder.code(&delivered, default: 0)
    }
}

extension StepLoop {
    /// Brings back the state of the last checkpoint and repeats the steps that the log has behind it.
    func recover(from restored: Journal.Restored?) throws(ConnectorError) {
        guard let journal else { return }
        guard let restored else {
            // A folder without a checkpoint: nothing has entered yet.
            try open(journal, after: LogReader.End(lastStep: 0))
            try keepState()
            return try journal.drain()
        }
        if let change { return try take(change, journal) }
        var delivered = try stepper.load(restored).delivered
        let tail = try stored { () throws(StorageError) in try journal.reader(after: restored.step) }
        var last: Frame?
        while let frame = try stored({ () throws(StorageError) in try tail.next() }) { last = frame }
        let end = try stored { () throws(StorageError) in try tail.ending() }
        if let last { delivered = try stepper.record(last).delivered }
        if end.lostSteps > 0 {
            onProblem?(
                "step \(end.lastStep + 1) of the log is not whole, so it and the \(end.lostSteps) whole steps behind it are "
                    + "dropped: the power failed before they were synced, or the log was damaged; they are kept in "
                    + "\"\(journal.directory.path)/lost\"")
        } else if end.lostBytes > 0 {
            onProblem?(
                "the log ends within step \(end.lastStep + 1), which was never done: \(end.lostBytes) bytes are dropped")
        }
        outputs.note(runs: try stored { () throws(StorageError) in try journal.directory.runs() })
        outputs.beginRepetition(delivered: delivered)
        try repeatSteps(journal, through: end.lastStep)
        try outputs.flush()
        try outputs.endRepetition()
        try resumeSources()
        try open(journal, after: end)
    }

    /// From here on steps are new.
    private func open(_ journal: Journal, after end: LogReader.End) throws(ConnectorError) {
        try stored { () throws(StorageError) in try journal.open(after: end) }
        outputs.note(runs: journal.runs)
    }

    /// The state of another pipeline, and the steps of the log, become those of this one. Meanwhile the views of the old one
    /// go on answering.
    private func take(_ change: PipelineChange, _ journal: Journal) throws(ConnectorError) {
        stepper.admission.recorder = nil
        answering = change.old.compiled
        let filled = change.filledSinks(of: stepper)
        try change.apply(to: stepper) { input throws(ConnectorError) in
            try outputs.emit(input, step: stepper.step, only: filled)
            answerViews()
            onRecovery?(stepper.step, change.old.step)
        }
        answering = nil
        stepper.history = nil
        stepper.admission.recorder = journal.recorder
        try outputs.flush()
        outputs.beginRepetition(delivered: outputs.deliveredSteps.map { _ in stepper.step })
        try outputs.endRepetition()
        try resumeSources()
        let tail = try stored { () throws(StorageError) in try journal.reader(after: stepper.step) }
        let end = try stored { () throws(StorageError) in try tail.ending() }
        try open(journal, after: end)
        try outputs.write(change.tableOutputs, step: stepper.step)
        try enterTableChanges()
        journal.forgetCheckpoint()
        try keepState()
        try journal.drain()
    }

    private func repeatSteps(_ journal: Journal, through last: Int64) throws(ConnectorError) {
        let first = stepper.step
        let reader = try stored { () throws(StorageError) in try journal.reader(after: first) }
        stepper.admission.recorder = nil
        defer { stepper.admission.recorder = journal.recorder }
        while stepper.step < last, let frame = try stored({ () throws(StorageError) in try reader.next() }) {
            let input = try stepper.run(try stepper.record(frame))
            try outputs.emit(input, step: stepper.step)
            onRecovery?(stepper.step - first, last - first)
        }
    }

    /// Sources go on behind what was admitted of them.
    private func resumeSources() throws(ConnectorError) {
        for feed in stepper.feeds {
            if feed.hasEndedForGood {
                feed.noteEnded()
                // Lookups end with the pipeline.
                if !feed.definition.isLookup {
                    onNotice?("source \"\(feed.definition.name)\" had come to its end: what came to it since is not read")
                }
            } else if let position = feed.position, let source = stepper.sources[feed.index] {
                try source.resume(at: position)
            }
        }
    }

    /// Begins a checkpoint of the state as it is.
    func keepState() throws(ConnectorError) {
        guard let journal, journal.hasNews(step: stepper.step) else { return }
        try outputs.flush()
        var head = CheckpointHead(definition, clock: stepper.clock, delivered: outputs.deliveredSteps)
        let parts: [StateImage]
        do throws(StateDamage) {
            parts = [
                try StepLoop.image { coder throws(StateDamage) in try head.code(coder) },
                try StepLoop.image { coder throws(StateDamage) in try stepper.admission.code(coder) },
                try StepLoop.image { coder throws(StateDamage) in try outputs.code(coder) },
                try StepLoop.image { coder throws(StateDamage) in try stepper.compiled.circuit.code(coder) },
            ]
        } catch { throw ConnectorError("the state cannot be written: \(error.message)") }
        try journal.begin(parts, step: stepper.step, time: clock.monotonic(), syncers: outputs.syncers)
    }

    private static func image(
        _ body: (StateCoder) throws(StateDamage) -> Void
    ) throws(StateDamage) -> StateImage {
        let coder = StateCoder(capturing: ())
        try body(coder)
        return coder.image
    }
}

/// An error of storage as one of the pipeline.
func stored<Result>(_ body: () throws(StorageError) -> Result) throws(ConnectorError) -> Result {
    do throws(StorageError) { return try body() } catch { throw ConnectorError(error) }
}
