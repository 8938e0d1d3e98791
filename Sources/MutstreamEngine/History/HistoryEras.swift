import MutstreamColumnar
import MutstreamSQL
import MutstreamStorage

/// The pipelines that wrote a data directory one after the other, and how the state of each came from the one before.
struct HistoryEras {
    private struct Era {
        var first: Int64
        var definition: PipelineDefinition
        var fingerprint: String
    }

    private let directory: DataDirectory
    /// The folder at which relative paths start.
    let origin: String
    private var eras: [Era] = []

    init(_ directory: DataDirectory, _ registry: ConnectorRegistry) throws(ConnectorError) {
        self.directory = directory
        origin = try stored { () throws(StorageError) in try directory.origin() }
        var texts = try stored { () throws(StorageError) in try directory.eras() }
        if texts.isEmpty, let text = try stored({ () throws(StorageError) in try directory.pipelineText() }) {
            texts = [(1, text)]
        }
        for (first, text) in texts {
            let definition: PipelineDefinition
            do throws(SQLError) {
                definition = try PipelineDefinition(text, registry: registry, baseDirectory: origin)
            } catch {
                throw ConnectorError(
                    "the pipeline of step \(first), \(directory.path)/\(directory.eraFile(first)): \(error.message)",
                    hint: error.hint)
            }
            let fingerprint = PlanFingerprint.text(definition)
            // Another layout is no other pipeline.
            if eras.last?.fingerprint == fingerprint { continue }
            eras.append(Era(first: first, definition: definition, fingerprint: fingerprint))
        }
        if eras.isEmpty {
            throw ConnectorError("\"\(directory.path)\" has no steps yet", hint: "run the pipeline with it first")
        }
    }

    var sinkNames: [String] {
        var names: [String] = []
        for sink in eras.flatMap(\.definition.plan.sinks) where !names.contains(sink.name) { names.append(sink.name) }
        return names
    }

    /// The first step of the era after one.
    func first(after era: Int) -> Int64? { era + 1 < eras.count ? eras[era + 1].first : nil }

    /// The first step that the log has.
    func oldestStep() throws(ConnectorError) -> Int64 {
        let oldest = try stored { () throws(StorageError) in
            (try directory.files.names(in: directory.logFolder) ?? []).compactMap { LogSegment(name: $0)?.firstStep }.min()
        }
        guard let oldest else {
            throw ConnectorError("\"\(directory.path)\" has no steps yet", hint: "run the pipeline with it first")
        }
        return oldest
    }

    func beginningIsGone(_ hint: String) throws(ConnectorError) -> ConnectorError {
        ConnectorError(
            "the log of \"\(directory.path)\" begins with step \(try oldestStep()): what was before it is gone", hint: hint)
    }

    /// A stepper that is where the steps from `first` on can begin, or earlier ones.
    func begin(from first: Int64?) throws(ConnectorError) -> (era: Int, stepper: Stepper) {
        let oldest = try oldestStep()
        let steps = try stored { () throws(StorageError) in
            try CheckpointFile.steps(directory.files, in: directory.checkpointFolder)
        }
        if first == nil, oldest == 1 { return (0, try stepper(0)) }
        // A checkpoint is of use if the log goes on behind it.
        var earliest: Int64?
        for step in first == nil ? steps : steps.reversed() where step >= oldest - 1 && step > 0 {
            guard let found = try checkpoint(step, in: nil) else { continue }
            earliest = min(earliest ?? step, step)
            if step < first ?? .max { return try (found.era, load(found.era, found.restored)) }
        }
        if oldest == 1 { return (0, try stepper(0)) }
        throw try beginningIsGone("replay from step \(earliest.map { $0 + 1 } ?? oldest) on")
    }

    /// A whole checkpoint of the pipeline that it should be of.
    private func checkpoint(
        _ step: Int64, in era: Int?
    ) throws(ConnectorError) -> (era: Int, restored: Journal.Restored)? {
        let parts: [[UInt8]]
        do throws(StorageError) {
            parts = try CheckpointFile.read(directory.files, in: directory.checkpointFolder, step: step)
        } catch { return nil }
        guard parts.count == Journal.Part.allCases.count else { return nil }
        let restored = Journal.Restored(step: step, parts: parts)
        let fingerprint = try CheckpointHead(restored).fingerprint
        let candidates = eras.indices.filter { index in
            eras[index].first <= step + 1 && step < first(after: index) ?? .max && eras[index].fingerprint == fingerprint
        }
        guard let found = candidates.last, era == nil || era == found else { return nil }
        return (found, restored)
    }

    private func stepper(_ era: Int) throws(ConnectorError) -> Stepper {
        let definition = eras[era].definition
        do throws(SQLError) { return try Stepper(definition, inlets: Pipeline(definition).inlets) } catch {
            throw ConnectorError(error.message, hint: error.hint)
        }
    }

    private func load(_ era: Int, _ restored: Journal.Restored) throws(ConnectorError) -> Stepper {
        let stepper = try stepper(era)
        _ = try stepper.load(restored)
        return stepper
    }

    /// The pipeline of an era with what it took over, of which a checkpoint may tell, or the old one's state.
    func enter(_ era: Int, after old: Stepper) throws(ConnectorError) -> Stepper {
        if let found = try checkpoint(eras[era].first - 1, in: era) { return try load(era, found.restored) }
        let new = try stepper(era)
        let change = PipelineChange(after: old, in: directory, to: new, isWhole: try oldestStep() == 1)
        if change.plan.start != .beginning, !change.plan.fresh.isEmpty {
            throw ConnectorError(
                "step \(eras[era].first) is the first of another pipeline (\(directory.eraFile(eras[era].first))), and the "
                    + "steps that its state was made of are gone",
                hint: "replay with --until \(eras[era].first - 1), or with --from a later step that has a checkpoint")
        }
        try change.apply(to: new) { _ throws(ConnectorError) in }
        new.history = nil
        return new
    }
}
