import MutstreamColumnar
import MutstreamDataflow
import MutstreamSQL

/// What a circuit of a session reads of a table or materialized view, by the number of its source.
enum SessionInput: Hashable {
    case rows(Int)
    /// Of a table with a WATERMARK.
    case late(Int)
    case deadLetter(Int)
}

/// A circuit of a session: the plan of one view or query over the contents of tables and other views.
final class SessionView {
    let name: String
    private let plan: PipelinePlan
    private let compiled: CompiledPipeline
    private let net: Consolidate
    private let netFailures = Consolidate(SessionView.deadLetterTypes)
    private let fragment: Fragment

    init(_ fragment: Fragment) throws(SQLError) {
        self.fragment = fragment
        name = fragment.name
        plan = Optimizer.optimize(fragment.plan)
        compiled = try Compiler.circuit(plan)
        net = Consolidate(compiled.views[0].fields.map(\.type))
    }

    /// The same view in a circuit of its own, which goes on from this one's state.
    func restarted() throws -> SessionView {
        let fresh = try SessionView(fragment)
        try fresh.compiled.circuit.follow(compiled.circuit)
        return fresh
    }

    static let deadLetterTypes: [DataType] = [.text, .text, .bigint]

    /// What it reads, with the place in the circuit: rows of sources, rising, then late ones and dead letters.
    private var places: [(input: SessionInput, place: Int)] {
        let sources = compiled.sources.indices
        return sources.compactMap { source in compiled.sources[source].rows.map { (.rows(source), $0) } }
            + sources.compactMap { source in compiled.sources[source].late.map { (.late(source), $0) } }
            + sources.compactMap { source in compiled.sources[source].deadLetter.map { (.deadLetter(source), $0) } }
    }

    var reads: [SessionInput] { places.map(\.input) }

    /// One step over changes of what it reads, given in all columns.
    ///
    /// - Returns: the net change of the result, and how far its event time has come.
    func step(_ changes: (SessionInput) -> Delta?, _ context: StepContext) -> Delta {
        var inputs: [(input: Int, delta: Delta)] = []
        for (input, place) in places {
            guard var delta = changes(input) else { continue }
            switch input {
            case .rows(let source), .late(let source):
                let projection = plan.sources[source].projection
                delta.batch = delta.batch.with(columns: projection.map { delta.batch.columns[$0] })
            case .deadLetter: break
            }
            inputs.append((place, delta))
        }
        compiled.circuit.step(inputs, context)
        return Delta(change(ofView: 0, net, context), compiled.circuit.delta(compiled.views[0].edge).progress)
    }

    /// The clock alone has consequences by then.
    func isDue(_ clock: Int64) -> Bool { compiled.circuit.wakesAt.map { $0 <= clock } ?? false }

    private func change(ofView index: Int, _ net: Consolidate, _ context: StepContext) -> Batch {
        var outputs = [Delta(.empty(compiled.views[index].fields.map(\.type)))]
        net.step([compiled.circuit.delta(compiled.views[index].edge)], context, &outputs)
        return outputs[0].batch
    }

    /// The net change of the dead letter in the last step; nil: none is kept.
    func failedRows(_ context: StepContext) -> Batch? {
        compiled.views.count > 1 ? change(ofView: 1, netFailures, context) : nil
    }

    /// The rows of the result, in the order in which they came.
    func snapshot() -> Batch { compiled.views[0].rows.snapshot() }

    /// The rows that fail as things are: reason, raw and length; nil: they are not kept.
    func deadLetter() -> Batch? { compiled.views.count > 1 ? compiled.views[1].rows.snapshot() : nil }

    /// The rows that failed in the last step, each with its reason.
    var problems: [String] {
        var result: [String] = []
        for failure in compiled.failures {
            let batch = compiled.circuit.delta(failure.edge).batch
            guard !batch.isEmpty, case .text(let reasons)? = batch.columns.last?.values else { continue }
            for row in 0..<batch.count where batch.weight(row) > 0 {
                let reason = reasons.withReader { $0.string(row) }
                if !result.contains(reason) { result.append(reason) }
                if result.count == 100 { return result }
            }
        }
        return result
    }

    /// Rows and bytes of state.
    var stateSize: StateSize {
        compiled.circuit.describe.reduce(into: StateSize()) {
            $0.rows += $1.state.rows
            $0.bytes += $1.state.bytes
        }
    }
}
