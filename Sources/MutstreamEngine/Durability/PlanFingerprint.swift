import MutstreamColumnar
import MutstreamSQL

/// What a pipeline's state depends on, as text that does not change with layout, comments or the order of what is
/// independent: state is only read into a pipeline with the text of the one that wrote it.
enum PlanFingerprint {
    static func text(_ definition: PipelineDefinition) -> String {
        let plan = definition.plan
        var lines = ["shards \(plan.settings.shards)"]
        for (index, source) in plan.sources.enumerated() {
            let columns = source.columns.map { column in
                "\(column.name) \(column.type.name)" + (column.notNull ? " not null" : "")
            }
            lines.append(
                "\(source.isTable ? "table" : "source") \(source.name) (\(columns.joined(separator: ", "))) key "
                    + "\(source.primaryKey) reads \(source.projection) with \(options(source.options))")
            let rows = definition.initialTables.fingerprint(index)
            if !rows.isEmpty { lines.append("  \(rows)") }
            if let watermark = source.watermark {
                lines.append("  watermark \(watermark.column) \(watermark.expression)")
            }
        }
        let lives = plan.graph.reachable(from: plan.roots).compactMap { id in
            plan.graph.timeToLive(id, plan.sources).map { "\(id.index): \($0)" }
        }
        if !lives.isEmpty { lines.append("state_ttl of operators \(lives.joined(separator: ", "))") }
        for model in plan.models { lines.append("model \(model.name) with \(options(model.options))") }
        for sink in plan.sinks { lines.append("sink \(sink.name) with \(options(sink.options))") }
        return lines.joined(separator: "\n") + "\n" + PlanPrinter.print(plan)
    }

    static func options(_ options: [Option]) -> String {
        options.map { "\($0.name.name) = \($0.value)" }.sorted().joined(separator: ", ")
    }
}
