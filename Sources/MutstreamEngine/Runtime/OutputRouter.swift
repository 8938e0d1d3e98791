import MutstreamColumnar
import MutstreamDataflow
import MutstreamSQL

/// Lets the outputs of a step leave: rows to sinks, answers to callers.
final class OutputRouter {
    private enum Target {
        case connector(any SinkConnector)
        case reply(source: Int, writer: JSONRowWriter)
    }

    private let compiled: CompiledPipeline
    private let targets: [Target]
    private let names: [String]
    private let sourceNames: [String]
    /// By source: changes that its table could not do.
    private(set) var refused: [Int]
    private var rows: [Int]
    /// By position of the failure in the compiled pipeline.
    private var failed: [Int]
    private var lateInWindows = 0
    /// The first failure of each step, for people.
    var onProblem: ((String) -> Void)?
    /// By source: the answers of the step at hand.
    private var collectors: [Int: ReplyCollector] = [:]

    /// - Parameter history: the name of what the pipeline keeps on disk, if it keeps anything.
    init(_ definition: PipelineDefinition, _ compiled: CompiledPipeline, history: String?) throws(SQLError) {
        self.compiled = compiled
        var targets: [Target] = []
        for (index, sink) in definition.sinks.enumerated() {
            switch sink {
            case .reply(let source):
                targets.append(.reply(source: source, writer: JSONRowWriter(schema: definition.plan.sinks[index].fields)))
                collectors[source] = ReplyCollector()
            case .connector:
                guard let made = try definition.makeSink(index, history: history) else {
                    throw SQLError("this connector cannot be a sink", at: definition.plan.sinks[index].range)
                }
                targets.append(.connector(made))
            }
        }
        self.targets = targets
        names = definition.plan.sinks.map(\.name)
        sourceNames = definition.plan.sources.map(\.name)
        refused = definition.plan.sources.map { _ in 0 }
        rows = targets.map { _ in 0 }
        failed = compiled.failures.map { _ in 0 }
    }

    /// - Parameter state: where the sinks stood; nil: they begin.
    func open(_ state: [UInt8]?) throws(ConnectorError) {
        if let state {
            do throws(StateDamage) {
                let coder = StateCoder(reading: state)
                try code(coder)
                try coder.end()
            } catch { throw ConnectorError("the sinks' part of the checkpoint: \(error.message)") }
        }
        for sink in connectors { if state == nil { try sink.open() } else { try sink.reopen() } }
    }

    /// - Parameter states: by sink, where it stands; nil: it begins.
    func open(states: [[UInt8]?]) throws(ConnectorError) {
        for (target, state) in zip(targets, states) {
            guard case .connector(let sink) = target else { continue }
            guard let state else {
                try sink.open()
                continue
            }
            do throws(StateDamage) {
                let coder = StateCoder(reading: state)
                try sink.code(coder)
                try coder.end()
            } catch { throw ConnectorError("a sink's part of the checkpoint: \(error.message)") }
            try sink.reopen()
        }
    }

    /// By sink, what a checkpoint says of it; none of them is opened.
    func states(in bytes: [UInt8]) throws(ConnectorError) -> [[UInt8]] {
        do throws(StateDamage) {
            let reader = StateCoder(reading: bytes)
            try reader.expect(targets.count, "sinks")
            var states: [[UInt8]] = []
            for target in targets {
                let start = reader.offset
                if case .connector(let sink) = target { try sink.code(reader) }
                states.append(Array(bytes[start..<reader.offset]))
            }
            try reader.end()
            return states
        } catch { throw ConnectorError("the sinks' part of the checkpoint: \(error.message)") }
    }

    private var connectors: [any SinkConnector] {
        targets.compactMap { if case .connector(let sink) = $0 { sink } else { nil } }
    }

    // MARK: What is kept

    /// Where the sinks stand. All has been flushed.
    func code(_ coder: StateCoder) throws(StateDamage) {
        try coder.expect(targets.count, "sinks")
        for sink in connectors { try sink.code(coder) }
    }

    /// By sink: the last step that need not be sent again; nil: repeating does no harm.
    var deliveredSteps: [Int64?] {
        targets.map { if case .connector(let sink) = $0 { sink.deliveredStep } else { nil } }
    }

    /// Steps are repeated that were written before; those up to `delivered`, by sink, need not be sent again.
    func beginRepetition(delivered: [Int64]) {
        for (index, target) in targets.enumerated() {
            guard case .connector(let sink) = target, delivered.indices.contains(index) else { continue }
            sink.beginRepetition(delivered: delivered[index])
        }
    }

    func note(runs: [Int64]) { for sink in connectors { sink.note(runs: runs) } }

    func endRepetition() throws(ConnectorError) { for sink in connectors { try sink.endRepetition() } }

    var syncers: [@Sendable () throws(ConnectorError) -> Void] { connectors.compactMap(\.syncer) }

    func flush() throws(ConnectorError) {
        for target in targets { if case .connector(let sink) = target { try sink.flush() } }
        tellProblems()
    }

    /// Waits until all rows have left for good.
    func finish() throws(ConnectorError) {
        try flush()
        for sink in connectors { try sink.finish() }
        tellProblems()
    }

    func close() throws(ConnectorError) {
        let failure = closeAll()
        if let failure { throw failure }
    }

    /// What the sinks have taken leaves, whatever became of the pipeline. Returns the first failure.
    @discardableResult
    func closeAll() -> ConnectorError? {
        var failure: ConnectorError?
        for target in targets {
            guard case .connector(let sink) = target else { continue }
            do throws(ConnectorError) { try sink.close() } catch { failure = failure ?? error }
        }
        tellProblems()
        return failure
    }

    private func tellProblems() {
        for (index, target) in targets.enumerated() {
            guard case .connector(let sink) = target else { continue }
            for problem in sink.takeProblems() { onProblem?("sink \"\(names[index])\": \(problem)") }
        }
    }

    func count(into counters: inout PipelineCounters) {
        counters.sinks = compiled.sinks.indices.map { PipelineCounters.Sink(name: names[$0], rows: rows[$0]) }
        var byView: [(view: String, rows: Int)] = []
        for (failure, count) in zip(compiled.failures, failed) {
            if let known = byView.firstIndex(where: { $0.view == failure.owner }) {
                byView[known].rows += count
            } else {
                byView.append((failure.owner, count))
            }
        }
        counters.failed = byView
        counters.lateInWindows = lateInWindows
    }

    // MARK: A step

    /// - Parameter only: numbers of sinks that take rows; nil: all.
    func emit(_ input: AdmissionGate.Step, step: Int64, only: Set<Int>? = nil) throws(ConnectorError) {
        openSlots(input)
        for (index, failure) in compiled.failures.enumerated() {
            let batch = compiled.circuit.delta(failure.edge).batch
            if batch.isEmpty { continue }
            // What is taken back had been counted when it came.
            guard let first = (0..<batch.count).first(where: { batch.weight($0) > 0 }) else { continue }
            failed[index] += batch.inserted
            if case .text(let reasons)? = batch.columns.last?.values {
                onProblem?("a row failed in \"\(failure.owner)\": \(reasons.withReader { $0.string(first) })")
            }
        }
        countRefused()
        for edge in compiled.lateRows { lateInWindows += compiled.circuit.delta(edge).batch.inserted }
        for (index, target) in targets.enumerated() {
            let batch = compiled.circuit.delta(compiled.sinks[index].edge).batch
            switch target {
            case .connector(let sink):
                if batch.isEmpty || only?.contains(index) == false { continue }
                rows[index] += batch.changes
                sink.beginStep(step)
                try sink.write(batch)
            case .reply(let source, let writer):
                if !batch.isEmpty { rows[index] += collectors[source]?.add(batch, writer) ?? 0 }
                for position in compiled.sinks[index].failures { answerFailed(source, compiled.failures[position].edge) }
            }
        }
        complete(input)
    }

    /// Rows with which sinks begin.
    func write(_ batches: [Int: Batch], step: Int64) throws(ConnectorError) {
        for (index, batch) in batches.sorted(by: { $0.key < $1.key }) {
            guard case .connector(let sink) = targets[index] else { continue }
            rows[index] += batch.changes
            sink.beginStep(step)
            try sink.write(batch)
        }
    }

    private func countRefused() {
        for (source, edge) in compiled.refusedChanges {
            let batch = compiled.circuit.delta(edge).batch
            guard !batch.isEmpty, case .text(let reasons)? = batch.columns.first?.values,
                case .text(let raw) = batch.columns[1].values
            else { continue }
            refused[source] += batch.count
            onProblem?(
                "table \"\(sourceNames[source])\" refused a change: \(reasons.withReader { $0.string(0) }): "
                    + raw.withReader { $0.string(0) })
        }
    }

    private func openSlots(_ input: AdmissionGate.Step) {
        for source in collectors.keys.sorted() { collectors[source]?.reset() }
        for (source, waiting, _) in input.finished where waiting.chunk.completion != nil {
            collectors[source]?.add(waiting.chunk.rows, firstOrdinal: waiting.firstOrdinal)
        }
        for (source, waiting) in input.begun {
            collectors[source]?.add(waiting.chunk.rows, firstOrdinal: waiting.firstOrdinal, isBegun: true)
        }
        for (source, rows) in input.rows {
            if let ahead = rows.ahead, collectors[source] != nil {
                for row in 0..<ahead.count {
                    collectors[source]?.fail(ahead.ordinals[row], error: "rejected", reason: StepInputs.aheadReason)
                }
            }
            guard let late = rows.late, collectors[source] != nil else { continue }
            for row in 0..<late.count {
                collectors[source]?.fail(
                    late.ordinals[row], error: "late", reason: "the row is behind the watermark of its source")
            }
        }
    }

    private func answerFailed(_ source: Int, _ edge: Edge) {
        let batch = compiled.circuit.delta(edge).batch
        guard !batch.isEmpty, case .text(let reasons)? = batch.columns.last?.values else { return }
        for row in 0..<batch.count where batch.weight(row) > 0 {
            collectors[source]?.fail(
                batch.ordinals[row], error: "failed", reason: reasons.withReader { $0.string(row) })
        }
    }

    private func complete(_ input: AdmissionGate.Step) {
        var positions: [Int: Int] = [:]
        for (source, waiting, _) in input.finished {
            guard let completion = waiting.chunk.completion else { continue }
            let position = positions[source, default: 0]
            positions[source] = position + 1
            let replies = collectors[source]?.replies(position)
            completion(ChunkOutcome(replies: replies, accepted: waiting.chunk.rows.count))
        }
    }
}

extension Batch {
    /// How many rows come or are taken back.
    fileprivate var changes: Int {
        guard let weights else { return count }
        return weights.reduce(0) { $0 + Int(clamping: $1.magnitude) }
    }

    /// How many rows come; those that are taken back do not count.
    fileprivate var inserted: Int {
        guard let weights else { return count }
        return weights.reduce(0) { $0 + Int(clamping: max(0, $1)) }
    }
}
