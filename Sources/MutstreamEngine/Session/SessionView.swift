import MutstreamColumnar
import MutstreamDataflow
import MutstreamSQL

/// A circuit of a session: the plan of one view or query over the contents of tables and other views.
final class SessionView {
    let name: String
    private let plan: PipelinePlan
    private let compiled: CompiledPipeline
    private let net: Consolidate
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
        let writer = StateCoder()
        try compiled.circuit.code(writer)
        let reader = StateCoder(reading: writer.bytes)
        try fresh.compiled.circuit.code(reader)
        try reader.end()
        return fresh
    }

    /// The sources it reads, rising.
    var sources: [Int] { compiled.sources.indices.filter { compiled.sources[$0].rows != nil } }

    /// One step over changes of sources, given in all their columns.
    ///
    /// - Returns: the net change of the result.
    func step(_ changes: (Int) -> Batch?, _ context: StepContext) -> Batch {
        var inputs: [(input: Int, delta: Delta)] = []
        for source in sources {
            guard let place = compiled.sources[source].rows, let batch = changes(source), !batch.isEmpty else { continue }
            let columns = plan.sources[source].projection.map { batch.columns[$0] }
            inputs.append((place, Delta(batch.with(columns: columns))))
        }
        compiled.circuit.step(inputs, context)
        var outputs = [Delta(.empty(compiled.views[0].fields.map(\.type)))]
        net.step([compiled.circuit.delta(compiled.views[0].edge)], context, &outputs)
        return outputs[0].batch
    }

    /// The rows of the result, in the order in which they came.
    func snapshot() -> Batch { compiled.views[0].rows.snapshot() }

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
