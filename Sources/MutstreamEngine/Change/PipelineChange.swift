import MutstreamColumnar
import MutstreamDataflow
import MutstreamSQL
import MutstreamStorage

/// Another pipeline takes over a data directory: what the old one left there, and how the new one comes to its state.
final class PipelineChange {
    let plan: PlanChange
    /// As it was after the last step.
    let old: Stepper
    private let directory: DataDirectory
    private let sinkState: [UInt8]

    /// - Throws: where the folder does not allow it: it was left by a crash, or the old pipeline is not known.
    init(from restored: Journal.Restored, in directory: DataDirectory, to new: Stepper) throws(ConnectorError) {
        self.directory = directory
        let head = try CheckpointHead(restored)
        let definition = try PipelineChange.definition(head.fingerprint, directory, new.definition.registry)
        do throws(SQLError) { old = try Stepper(definition, inlets: Pipeline(definition).inlets) } catch {
            throw ConnectorError("the pipeline that wrote \"\(directory.path)\": \(error.message)")
        }
        _ = try old.load(restored)
        sinkState = restored.parts[Journal.Part.sinks.rawValue]
        let log = try stored { () throws(StorageError) in
            try LogReader(directory.files, folder: directory.logFolder, from: restored.step + 1)
        }
        guard try stored({ () throws(StorageError) in try log.next() }) == nil else {
            throw ConnectorError(
                "the pipeline that wrote \"\(directory.path)\" was cut off: steps behind its last checkpoint are not done",
                hint: "run it once more as it was (\(directory.path)/pipeline.sql) and end it with Ctrl-C, then change it")
        }
        let first = log.segments.first?.firstStep
        plan = PlanChange(
            from: old, to: new, isWhole: first == 1,
            oldest: try PipelineChange.oldest(head.fingerprint, directory, from: first, before: restored.step))
    }

    /// The pipeline that a checkpoint is of.
    private static func definition(
        _ fingerprint: String, _ directory: DataDirectory, _ registry: ConnectorRegistry
    ) throws(ConnectorError) -> PipelineDefinition {
        let texts = try stored { () throws(StorageError) in
            [try directory.pipelineText()].compactMap { $0 } + (try directory.eras()).reversed().map(\.text)
        }
        let origin = try stored { () throws(StorageError) in try directory.origin() }
        for text in texts {
            do throws(SQLError) {
                let definition = try PipelineDefinition(text, registry: registry, baseDirectory: origin)
                if PlanFingerprint.text(definition) == fingerprint { return definition }
            } catch { continue }
        }
        throw ConnectorError(
            "the pipeline whose state is in \"\(directory.path)\" is not the one that lies there",
            hint: "put back \(directory.path)/pipeline.sql, or begin with a new --data-dir")
    }

    /// The oldest checkpoint of a pipeline behind which the log has all steps.
    private static func oldest(
        _ fingerprint: String, _ directory: DataDirectory, from first: Int64?, before last: Int64
    ) throws(ConnectorError) -> Int64? {
        guard let first else { return nil }
        let (files, folder) = (directory.files, directory.checkpointFolder)
        for step in try stored({ () throws(StorageError) in try CheckpointFile.steps(files, in: folder) })
        where step >= first - 1 && step < last {
            let parts: [[UInt8]]
            do throws(StorageError) { parts = try CheckpointFile.read(files, in: folder, step: step) } catch {
                if error.isDamage { continue }
                throw ConnectorError(error)
            }
            if try CheckpointHead(Journal.Restored(step: step, parts: parts)).fingerprint == fingerprint { return step }
        }
        return nil
    }

    /// By sink: where it goes on; nil: it begins.
    func sinkStates() throws(ConnectorError) -> [[UInt8]?] {
        let router: OutputRouter
        do throws(SQLError) {
            router = try OutputRouter(old.definition, old.compiled, history: directory.identity)
        } catch { throw ConnectorError("the sinks of the pipeline that wrote the folder: \(error.message)") }
        let before = try router.states(in: sinkState)
        return plan.sinks.map { start in
            if case .kept(let place) = start, before.indices.contains(place) { before[place] } else { nil }
        }
    }

    /// The sinks that get what the steps of the log give.
    func filledSinks(of new: Stepper) -> Set<Int> { Set(plan.sinks.indices.filter { plan.isFilled($0, in: new) }) }

    /// Brings a stepper that was just made to where the old one came to.
    ///
    /// - Parameter emit: takes what leaves in each step of the log.
    func apply(
        to new: Stepper, _ emit: (AdmissionGate.Step) throws(ConnectorError) -> Void
    ) throws(ConnectorError) {
        let kept = Set(plan.sourcesKept.map { new.definition.plan.sources[$0].name })
        new.history = try SourceHistory(directory, for: new.definition, isKept: kept.contains)
        switch plan.start {
        case .end: return try adopt(old, new)
        case .checkpoint(let step):
            let parts = try stored { () throws(StorageError) in
                try CheckpointFile.read(directory.files, in: directory.checkpointFolder, step: step)
            }
            let former: Stepper
            do throws(SQLError) { former = try Stepper(old.definition, inlets: Pipeline(old.definition).inlets) } catch {
                throw ConnectorError(error.message)
            }
            _ = try former.load(Journal.Restored(step: step, parts: parts))
            try adopt(former, new)
        case .beginning: break
        }
        let reader = try stored { () throws(StorageError) in
            try LogReader(directory.files, folder: directory.logFolder, from: new.step + 1)
        }
        while new.step < old.step, let frame = try stored({ () throws(StorageError) in try reader.next() }) {
            try emit(try new.run(try new.record(frame)))
        }
        guard new.step == old.step else {
            throw ConnectorError("the log ends with step \(new.step), expected \(old.step)")
        }
    }

    private func adopt(_ former: Stepper, _ new: Stepper) throws(ConnectorError) {
        do throws(StateDamage) {
            for (node, other) in plan.nodes.sorted(by: { $0.key < $1.key }) {
                try new.compiled.circuit.adopt(node, from: former.compiled.circuit, other)
            }
        } catch { throw ConnectorError("state of the old pipeline: \(error.message)") }
        try new.follow(former, sources: plan.sourcesKept)
    }
}

/// Where a pipeline's change is looked at before it is made: `mutstream plan-change`.
package enum PlannedChange {
    /// - Throws: what ``StepLoop`` would say.
    package static func compare(
        dataDirectory path: String, with definition: PipelineDefinition, files: any FileSystem = SystemFiles()
    ) throws(StartError) -> PlanChange? {
        do throws(ConnectorError) {
            let directory = try stored { () throws(StorageError) in try DataDirectory(reading: files, path) }
            guard let restored = try Journal.find(directory, definition, { _ in }) else {
                throw ConnectorError("\"\(path)\" has no steps yet", hint: "run the pipeline with it first")
            }
            if restored.isOwn { return nil }
            let stepper: Stepper
            do throws(SQLError) { stepper = try Stepper(definition, inlets: Pipeline(definition).inlets) } catch {
                throw ConnectorError(error.message, hint: error.hint)
            }
            return try PipelineChange(from: restored, in: directory, to: stepper).plan
        } catch { throw .connector(error) }
    }
}
