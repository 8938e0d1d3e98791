import MutstreamColumnar
import MutstreamDataflow
import MutstreamSQL
import MutstreamStorage

/// The part of a pipeline that is a pure function of its input log: what lets rows in, and the circuit they run through.
/// The engine drives it with what arrives, a recovery or a replay with what the log has.
final class Stepper {
    let definition: PipelineDefinition
    let compiled: CompiledPipeline
    /// By number in the plan.
    let sources: [Int: any SourceConnector]
    var admission: AdmissionGate
    var inputs: StepInputs
    /// What the sources were when the log was written; nil: what they are.
    var history: SourceHistory?
    /// The last step that was done.
    private(set) var step: Int64 = 0
    /// Its clock.
    private(set) var clock: Int64 = .min

    init(_ definition: PipelineDefinition, inlets: [Inlet]) throws(SQLError) {
        self.definition = definition
        compiled = try Compiler.circuit(definition.plan)
        var sources: [Int: any SourceConnector] = [:]
        var feeds: [Feed] = []
        for index in definition.plan.sources.indices {
            guard let source = try definition.makeSource(index),
                source.isBounded || !definition.isQuery || source is any LookupConnector
            else { continue }
            feeds.append(
                Feed(
                    index: index, definition: definition.plan.sources[index], inlet: inlets[index],
                    isBounded: source.isBounded, hasInitialContent: source.hasInitialContent,
                    timing: definition.timing(index)))
            sources[index] = source
        }
        self.sources = sources
        admission = AdmissionGate(feeds, groups: definition.plan.sourceGroups)
        admission.leaps = Leaps(compiled, closesMax: Leaps.closesMax)
        inputs = StepInputs(definition: definition, compiled: compiled)
        if definition.plan.settings.shards > 1 {
            compiled.circuit.runner = LaneThreads(lanes: definition.plan.settings.shards)
        }
    }

    var feeds: [Feed] { admission.feeds }

    /// Runs a step. What it gives lies on the edges of the circuit until the next one.
    func run(_ input: AdmissionGate.Step, clock now: Int64) {
        step += 1
        clock = now
        let context = StepContext(
            step: step, clock: now, closesMax: input.closesMax ?? .max, ordinal: input.ordinal)
        compiled.circuit.step(inputs.deltas(input, isFirst: step == 1), context)
    }

    /// Runs a step of the log, which is the next one.
    func run(_ record: StepRecord) throws(ConnectorError) -> AdmissionGate.Step {
        let input = try admission.replay(record, sources, isOwn: history == nil)
        run(input, clock: record.clock)
        return input
    }

    func record(_ frame: Frame) throws(ConnectorError) -> StepRecord {
        do throws(StateDamage) {
            if let record = try history?.record(frame, definition.plan.sources) { return record }
            return try StepRecord(frame.payload, types: types)
        } catch {
            throw ConnectorError("step \(frame.number) of the log: \(error.message)")
        }
    }

    /// By source, of the columns that the plan reads.
    private var types: [[DataType.Physical]] {
        definition.plan.sources.map { source in source.projection.map { source.columns[$0].type.physical } }
    }

    // MARK: State

    /// Reads a checkpoint into a stepper that was just made.
    func load(_ restored: Journal.Restored) throws(ConnectorError) -> CheckpointHead {
        let head: CheckpointHead
        do throws(StateDamage) {
            head = try CheckpointHead(restored.parts[Journal.Part.head.rawValue])
            let admitted = StateCoder(reading: restored.parts[Journal.Part.admission.rawValue])
            try admission.code(admitted)
            try admitted.end()
            let state = StateCoder(reading: restored.parts[Journal.Part.circuit.rawValue])
            try compiled.circuit.code(state)
            try state.end()
        } catch { throw ConnectorError("the checkpoint of step \(restored.step): \(error.message)") }
        for feed in feeds {
            if let source = sources[feed.index] { try feed.restorePartial(from: source) }
        }
        step = restored.step
        clock = head.clock
        return head
    }

    /// Goes on where the stepper of another pipeline is, with the sources of these numbers.
    func follow(_ other: Stepper, sources kept: Set<Int>) throws(ConnectorError) {
        step = other.step
        clock = other.clock
        admission.goOn(after: other.admission)
        for feed in feeds where kept.contains(feed.index) {
            guard let former = other.feeds.first(where: { $0.definition.name == feed.definition.name }) else { continue }
            do throws(StateDamage) { try feed.follow(former) } catch {
                throw ConnectorError(
                    "source \"\(feed.definition.name)\" cannot go on with other columns amid its data: \(error.message)")
            }
            if let source = sources[feed.index] { try feed.restorePartial(from: source) }
        }
    }
}
