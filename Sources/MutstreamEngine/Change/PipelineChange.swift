import MutstreamColumnar
import MutstreamDataflow
import MutstreamSQL
import MutstreamStorage

/// Another pipeline takes over a data directory: what the old one left there, and how the new one comes to its state.
final class PipelineChange {
    let plan: PlanChange
    /// As it was after the last step.
    let old: Stepper
    /// Steps that the log has behind the checkpoint: the old pipeline does them first.
    let unfinished: ClosedRange<Int64>?
    /// By sink that is new: what it begins with, once the change is applied.
    private(set) var tableOutputs: [Int: Batch] = [:]
    private let directory: DataDirectory
    private let sinkState: [UInt8]

    /// - Throws: where the folder does not allow it: the old pipeline is not known.
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
        var last = restored.step
        while let frame = try stored({ () throws(StorageError) in try log.next() }) { last = frame.number }
        unfinished = last > restored.step ? restored.step + 1...last : nil
        let first = log.segments.first?.firstStep
        plan = PlanChange(
            from: old, to: new, isWhole: first == 1,
            oldest: try PipelineChange.oldest(head.fingerprint, directory, from: first, before: restored.step),
            unfinished: unfinished)
    }

    /// The change from a stepper that has come to its end, in a folder whose log holds all that was done since.
    ///
    /// - Parameter isWhole: the log begins with step 1.
    init(after old: Stepper, in directory: DataDirectory, to new: Stepper, isWhole: Bool) {
        self.old = old
        self.directory = directory
        (sinkState, unfinished) = ([], nil)
        plan = PlanChange(from: old, to: new, isWhole: isWhole, oldest: nil, unfinished: nil)
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
                // A pipeline that runs beside it may have removed it.
                continue
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
        let tables = TableContents(old.definition, new.definition, plan)
        new.history = try SourceHistory(directory, for: new.definition, isKept: kept.contains)
        switch plan.start {
        case .end:
            try adopt(old, new)
            try fill(new, from: tables, and: old)
            new.inputs.tableChanges = tables.added.merging(tables.changed) { $1 }
            return
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
            try fill(new, from: tables, and: former)
            new.inputs.tableChanges = tables.added
        case .beginning: new.inputs.initialRows = tables.atFirst
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
        new.inputs.tableChanges.merge(tables.changed) { $1 }
        // Nothing has been done yet: it begins as any pipeline does.
        if new.step == 0 { (new.inputs.initialRows, new.inputs.tableChanges) = (nil, [:]) }
    }

    /// Operators that begin know what tables hold, though no log says so: those that statements fill, and those with a
    /// primary key, of which the old pipeline has the rows.
    private func fill(
        _ new: Stepper, from tables: TableContents, and former: Stepper
    ) throws(ConnectorError) {
        let circuit = new.compiled.circuit
        var (given, missing) = tables.inputs(new, kept: plan.nodes)
        var contents = tables.kept
        let keyed = KeptTables(former, new, plan.nodes)
        for table in keyed.tables {
            given.insert(table.input)
            contents[table.source] = KeptTables.contents(table, in: former, for: new)
        }
        missing.subtract(given)
        let begin = plan.fresh.filter { node in
            let before = circuit.upstream(of: [node])
            return !before.isDisjoint(with: given) && before.isDisjoint(with: missing)
        }.union(plan.reshaped)
        if begin.isEmpty, plan.told.isEmpty { return }
        let helper: Stepper
        do throws(SQLError) { helper = try Stepper(new.definition, inlets: Pipeline(new.definition).inlets) } catch {
            throw ConnectorError(error.message)
        }
        helper.inputs.initialRows = contents
        helper.run(AdmissionGate.Step(), clock: new.clock)
        for sink in plan.told.sorted() {
            let rows = helper.compiled.circuit.delta(helper.compiled.sinks[sink].edge).batch
            if !rows.isEmpty { tableOutputs[sink] = rows }
        }
        do throws(StateDamage) {
            for node in begin.sorted() { try circuit.adopt(node, from: helper.compiled.circuit, node) }
        } catch { throw ConnectorError("what tables hold: \(error.message)") }
    }

    private func adopt(_ former: Stepper, _ new: Stepper) throws(ConnectorError) {
        do throws(StateDamage) {
            for (node, other) in plan.nodes.sorted(by: { $0.key < $1.key }) where !plan.reshaped.contains(node) {
                try new.compiled.circuit.adopt(node, from: former.compiled.circuit, other)
            }
        } catch { throw ConnectorError("state of the old pipeline: \(error.message)") }
        try new.follow(former, sources: plan.sourcesKept)
    }
}

/// Where a pipeline's change is looked at before it is made: `mutstream plan-change`.
package enum PlannedChange {
    /// A pipeline may run in the folder meanwhile: it is compared with the newest checkpoint that is whole.
    ///
    /// - Throws: what ``StepLoop`` would say.
    package static func compare(
        dataDirectory path: String, with definition: PipelineDefinition, files: any FileSystem = SystemFiles()
    ) throws(StartError) -> PlanChange? {
        // A file that was there when its name was read may be gone: there are newer ones.
        for _ in 0..<2 {
            do throws(ConnectorError) { return try once(path, definition, files) } catch { continue }
        }
        do throws(ConnectorError) { return try once(path, definition, files) } catch { throw .connector(error) }
    }

    private static func once(
        _ path: String, _ definition: PipelineDefinition, _ files: any FileSystem
    ) throws(ConnectorError) -> PlanChange? {
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
    }
}
