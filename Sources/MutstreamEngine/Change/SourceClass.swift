import MutstreamColumnar
import MutstreamDataflow
import MutstreamSQL

/// What a source is, in words that say nothing of how fast it is read, where its columns stand or what else it has.
enum SourceClass {
    /// Options that only say how rows are brought.
    private static let neutral: Set<String> = ["rate", "speed", "idle_timeout", "max_ahead", "partitions"]
    /// Connectors that have no place to go on from: whatever their options say, nothing begins anew.
    private static let placeless: Set<String> = ["http", "http_lookup"]
    /// Options that say how rows are read from bytes.
    private static let formats: Set<String> = ["connector", "format", "delimiter", "header", "partition_by"]

    static func text(_ source: SourceDefinition) -> String { "\(shape(source)) with \(place(source))" }

    /// The options that say where its rows are and how they are written.
    static func place(_ source: SourceDefinition) -> String {
        let connector = source.options.first { $0.name.name == "connector" }?.value ?? ""
        return PlanFingerprint.options(
            source.options.filter { option in
                let name = option.name.name
                return placeless.contains(connector) ? formats.contains(name) : !neutral.contains(name)
            })
    }

    /// Key, watermark and partitions.
    static func shape(_ source: SourceDefinition) -> String {
        let all = source.columns.map(\.name)
        let watermark = source.watermark.map { "\(all[$0.column]) as \($0.expression.text(all))" } ?? "none"
        let names = { (places: [Int]) in places.map { all[$0] }.joined(separator: ", ") }
        return
            "\(source.isTable ? "table" : "source") \(source.name) key (\(names(source.primaryKey))) watermark \(watermark) "
            + "partition \(source.partitionColumn.map { all[$0] } ?? "none")"
    }

    static func model(_ model: ModelDefinition) -> String {
        "model \(model.name) (\(model.inputs.map { "\($0.name) \($0.type.name)" }.joined(separator: ", "))) "
            + "\(model.output.name) \(model.output.type.name) with \(PlanFingerprint.options(model.options))"
    }
}
