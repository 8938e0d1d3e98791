import ArgumentParser
import MutstreamColumnar
import MutstreamEngine
import MutstreamSQL

struct Why: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show a row of a sink at every layer it passed through.",
        discussion: """
            Runs the steps again up to the one in which the row left, and prints what the row that caused it was in each
            operator: as it came, joined, with its features and the model's answer.

            EXAMPLES
              mutstream why state answers 4711               the first column is 4711
              mutstream why state answers card=1234          another column
            """)

    @Argument(help: "The data directory.", completion: .directory) var folder: String
    @Argument(help: "The sink.") var sink: String
    @Argument(help: "The value of its first column, or column=value.") var key: String
    @Flag(help: "Print one JSON object a layer.") var json = false

    func run() throws {
        try DataFolder.run {
            let history = try PipelineHistory(dataDirectory: folder, registry: Outside.offline().registry)
            guard let definition = history.plan.sinks.first(where: { $0.name == sink }) else {
                throw ConnectorError(
                    "the pipeline has no sink \"\(sink)\"",
                    hint: "its sinks: \(history.plan.sinks.map(\.name).joined(separator: ", "))")
            }
            let (column, value) = try place(definition.fields)
            var last: (step: Int64, clock: Int64, layers: [PipelineHistory.Layer], row: Batch)?
            while try history.next() {
                for output in history.outputs where output.label == sink {
                    let type = definition.fields[column].type
                    guard
                        let row = (0..<output.rows.count).last(where: { row in
                            TextCodec.text(output.rows.columns[column].value(at: row), type) == value
                        })
                    else { continue }
                    let layers = history.layers(ofSink: sink, ordinal: output.rows.ordinals[row])
                    last = (history.step, history.clock, layers, output.rows.gather([Int32(truncatingIfNeeded: row)]))
                }
            }
            guard let last else {
                throw ConnectorError(
                    "no row left for \"\(sink)\" with \(definition.fields[column].name) = \(value)",
                    hint: "steps up to \(history.step) were looked at")
            }
            show(last.step, last.clock, last.layers, definition.fields, last.row)
        }
    }

    private func place(_ fields: [Field]) throws(ConnectorError) -> (Int, String) {
        guard let equals = key.firstIndex(of: "="), equals != key.startIndex else { return (0, key) }
        let name = String(key[..<equals])
        guard let column = fields.firstIndex(where: { $0.name.lowercased() == name.lowercased() }) else {
            throw ConnectorError(
                "the sink has no column \"\(name)\"", hint: "its columns: \(fields.map(\.name).joined(separator: ", "))")
        }
        return (column, String(key[key.index(after: equals)...]))
    }

    private func show(
        _ step: Int64, _ clock: Int64, _ layers: [PipelineHistory.Layer], _ fields: [Field], _ row: Batch
    ) {
        let all = layers + [PipelineHistory.Layer(label: "sink \(sink)", fields: fields, rows: row)]
        let time = TextCodec.text(.int64(clock), .timestamp)
        if !json { print("step \(step), \(time) UTC") }
        for layer in all {
            if json {
                for line in Replay.lines(step, layer, name: "layer") { print(line) }
                continue
            }
            print("\n\(layer.label)")
            for row in 0..<layer.rows.count {
                let weight = layer.rows.weight(row)
                if weight != 1 { print(weight < 0 ? "  (taken back)" : "  (\(weight) times)") }
                let width = layer.fields.map { DisplayWidth.of($0.name) }.max() ?? 0
                for (index, field) in layer.fields.enumerated() {
                    let value = layer.rows.columns[index].value(at: row)
                    let text = value == .null ? "NULL" : TextCodec.text(value, field.type)
                    let name = DisplayWidth.visible(field.name)
                    print("  \(name)\(String(repeating: " ", count: max(width - DisplayWidth.of(name), 0)))  \(text)")
                }
            }
        }
    }
}
