import MutstreamColumnar
import MutstreamDataflow
import MutstreamModels
import MutstreamSQL
import MutstreamStorage

/// The steps of a data directory once more, with all that flowed: nothing is written, nothing is asked of the outside but
/// files that sources read again.
package final class PipelineHistory {
    /// Rows of one step at one place.
    package struct Layer: Sendable {
        /// The sink's name, or the operator as `explain` names it.
        package var label: String
        package var fields: [Field]
        /// With their weights: +1 it came to be, -1 it was taken back.
        package var rows: Batch

        package init(label: String, fields: [Field], rows: Batch) {
            self.label = label
            self.fields = fields
            self.rows = rows
        }
    }

    private let stepper: Stepper
    private let reader: LogReader
    package let plan: PipelinePlan

    /// - Parameters:
    ///   - text: another pipeline over the same sources, of which all steps are run; nil: the one that wrote them.
    ///   - first: the step to begin with, or an earlier one; nil: the oldest that can be had.
    package init(
        dataDirectory path: String, text: String? = nil, from first: Int64? = nil, registry: ConnectorRegistry,
        files: any FileSystem = SystemFiles()
    ) throws(StartError) {
        let directory: DataDirectory
        let (written, origin): (String, String)
        do throws(StorageError) {
            directory = try DataDirectory(reading: files, path)
            written = try directory.pipelineText() ?? ""
            origin = try directory.origin()
        } catch { throw .connector(ConnectorError(error)) }
        do throws(SQLError) {
            let definition = try PipelineDefinition(text ?? written, registry: registry, baseDirectory: origin)
            plan = definition.plan
            stepper = try Stepper(definition, inlets: Pipeline(definition).inlets)
        } catch { throw .sql(error) }
        do throws(ConnectorError) {
            stepper.history = try SourceHistory(directory, for: stepper.definition) { _ in true }
            reader = try PipelineHistory.begin(directory, stepper, from: first, usesState: text == nil)
        } catch { throw .connector(error) }
    }

    /// Brings the stepper to where it can begin, and gives the steps from there on.
    private static func begin(
        _ directory: DataDirectory, _ stepper: Stepper, from first: Int64?, usesState: Bool
    ) throws(ConnectorError) -> LogReader {
        let (files, folder) = (directory.files, directory.checkpointFolder)
        let steps = try stored { () throws(StorageError) in try CheckpointFile.steps(files, in: folder) }
        let oldest = try stored { () throws(StorageError) in
            (try files.names(in: directory.logFolder) ?? []).compactMap { LogSegment(name: $0)?.firstStep }.min()
        }
        guard let oldest else {
            throw ConnectorError("\"\(directory.path)\" has no steps yet", hint: "run the pipeline with it first")
        }
        // A checkpoint is of use if the log goes on behind it.
        let own = PlanFingerprint.text(stepper.definition)
        var fitting: [Int64] = []
        for step in steps where step >= oldest - 1 && step < first ?? .max && usesState {
            let parts = try stored { () throws(StorageError) in try CheckpointFile.read(files, in: folder, step: step) }
            if try CheckpointHead(Journal.Restored(step: step, parts: parts)).fingerprint == own { fitting.append(step) }
        }
        let isWhole = oldest == 1
        var start: Int64 = 0
        if usesState, let step = first == nil ? (isWhole ? nil : fitting.first) : fitting.last, step > 0 {
            start = step
            let parts = try stored { () throws(StorageError) in try CheckpointFile.read(files, in: folder, step: step) }
            _ = try stepper.load(Journal.Restored(step: step, parts: parts))
        } else if !isWhole {
            throw ConnectorError(
                "the log of \"\(directory.path)\" begins with step \(oldest): what was before it is gone",
                hint: usesState
                    ? "replay from step \(fitting.first.map { $0 + 1 } ?? oldest) on"
                    : "SET log_retention keeps more of it; another pipeline needs all steps")
        }
        return try stored { () throws(StorageError) in try LogReader(files, folder: directory.logFolder, from: start + 1) }
    }

    /// The last step that was run.
    package var step: Int64 { stepper.step }
    /// Its clock, in microseconds since 1970.
    package var clock: Int64 { stepper.clock }

    /// Runs the next step; false: there are no more.
    package func next() throws(ConnectorError) -> Bool {
        guard let frame = try stored({ () throws(StorageError) in try reader.next() }) else { return false }
        _ = try stepper.run(try stepper.record(frame))
        return true
    }

    /// What left in the last step, by sink.
    package var outputs: [Layer] {
        zip(plan.sinks, stepper.compiled.sinks).compactMap { sink, place in
            let rows = stepper.compiled.circuit.delta(place.edge).batch
            return rows.isEmpty ? nil : Layer(label: sink.name, fields: sink.fields, rows: rows)
        }
    }

    // MARK: Why

    /// The rows of the last step that the same row caused, operator by operator, sources first.
    ///
    /// - Parameter ordinal: of the row that caused it.
    package func layers(ofSink name: String, ordinal: Int64) -> [Layer] {
        guard let sink = plan.sinks.first(where: { $0.name == name }) else { return [] }
        var layers: [Layer] = []
        for id in plan.graph.reachable(from: [sink.node]) {
            guard let edge = stepper.compiled.edges[id] else { continue }
            let node = plan.graph[id]
            let parts = stepper.compiled.circuit.rows(edge).map { batch in
                batch.gather(
                    (0..<batch.count).filter { batch.ordinals[$0] == ordinal }.map { Int32(truncatingIfNeeded: $0) })
            }.filter { !$0.isEmpty }
            guard !parts.isEmpty else { continue }
            layers.append(Layer(label: label(node), fields: node.fields, rows: Batch.concatenate(parts)))
        }
        return layers
    }

    private func label(_ node: PlanNode) -> String {
        let names = node.inputs.first.map { plan.graph[$0].fields.map(\.name) } ?? []
        switch node.kind {
        case .input(let source, let part):
            let definition = plan.sources[source]
            let suffix = part == .rows ? "" : ".\(part.rawValue)"
            return "\(definition.isTable ? "table" : "source") \(definition.name)\(suffix)"
        case .predict(_, let model, _):
            let lessons = stepper.compiled.models.first { $0.name == plan.models[model].name }?.lessonsLearnt ?? 0
            return "predict \(plan.models[model].name), which has learnt from \(lessons) rows"
        default: return PlanPrinter.label(node, names)
        }
    }
}
