import MutstreamColumnar
import MutstreamDataflow
import MutstreamSQL

/// One SELECT over what a pipeline declares: its bounded sources are read to their end, its sinks are left out, and the
/// query is one more view of the same circuit.
package struct PipelineQuery {
    private let definition: PipelineDefinition
    private let clock: any Clock

    /// - Parameter text: of the pipeline.
    package init(
        _ text: String, query: String, registry: ConnectorRegistry, baseDirectory: String, clock: any Clock
    ) throws(QueryError) {
        definition = try PipelineDefinition(text, query: query, registry: registry, baseDirectory: baseDirectory)
        self.clock = clock
    }

    package func run(
        onProgress: ((PipelineCounters) -> Void)? = nil, onProblem: ((String) -> Void)? = nil
    ) throws -> ResultRows {
        let pipeline = Pipeline(definition)
        let loop = try StepLoop(definition, pipeline, clock: clock)
        loop.untilBoundedEnd = true
        loop.onProgress = onProgress
        loop.onProblem = onProblem
        let counters = try loop.run()
        let fields = Array(definition.plan.views[0].fields.prefix(definition.shown.visible))
        // What fails in the query itself is missing from its answer; views have dead letters.
        let failed = counters.failed.filter { $0.view == definition.plan.views[0].name && $0.rows > 0 }
        return ResultRows(
            fields: fields, rows: loop.snapshot(ofView: 0), order: definition.shown.order,
            problems: failed.map { "\($0.rows) row\($0.rows == 1 ? "" : "s") of the answer" })
    }
}

extension ResultRows {
    /// Rows in the order that a query asks for, without the columns that only the order needs.
    init(fields: [Field], rows: Batch, order: [SortItem], problems: [String]) {
        var rows = rows
        if !order.isEmpty {
            rows.ordinals = Ordinals([Int64](repeating: 0, count: rows.count))
            rows = rows.gather(RowSorter(rows, order).permutation)
        }
        if fields.count < rows.columns.count { rows = rows.with(columns: Array(rows.columns[..<fields.count])) }
        self.init(fields: fields, batch: rows, isOrdered: !order.isEmpty, problems: problems)
    }
}
