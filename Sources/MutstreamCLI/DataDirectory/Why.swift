import ArgumentParser
import MutstreamColumnar
import MutstreamEngine
import MutstreamSQL

struct Why: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show a row of a sink at every layer it passed through.",
        usage: "mutstream why <folder> <sink> <key> [--json] [--show-sensitive]",
        discussion: """
            Runs the steps again up to the one in which the row left last, and prints what the row that caused it was in each
            operator: as it came, the rows it was joined with, the rows of its group or partition (the last 10 that came before
            it), its features and the model's answer. An operator that is the result of a view is named by it. What a model
            answers to the same features is the same each time: the step is run by the pipeline that ran it then.

            SENSITIVE columns and what derives from them are shown as *** unless --show-sensitive.

            EXAMPLES
              mutstream why state answers 4711               the first column is 4711
              mutstream why state answers card=1234          another column
              mutstream why --data-dir state answers 4711
            """)

    @Argument(help: ArgumentHelp("The data directory, the sink, and the value of its first column or column=value."))
    var arguments: [String]
    @OptionGroup var named: NamedFolder
    @Flag(help: "Print one JSON object a layer.") var json = false
    @Flag(help: "Show SENSITIVE columns.") var showSensitive = false

    /// A row that left.
    private struct Found {
        var step: Int64
        var clock: Int64
        var ordinal: Int64
        var fields: [Field]
        var row: Batch
    }

    func run() throws {
        let (folder, rest) = try named.folder(arguments, expecting: ["sink", "key"])
        let (sink, key) = (rest[0], rest[1])
        try DataFolder.run {
            let registry = try Outside.offline().registry
            let found = try find(sink, key, try PipelineHistory(dataDirectory: folder, registry: registry))
            // Once more, now that it is known which row is asked for.
            let history = try PipelineHistory(dataDirectory: folder, registry: registry)
            while history.step < found.step { guard try history.next() else { break } }
            var layers = history.layers(ofSink: sink, ordinal: found.ordinal)
            try collect(&layers, found, try PipelineHistory(dataDirectory: folder, registry: registry))
            show(found, sink, layers, start: history.start)
        }
    }

    /// The last row with a value.
    private func find(_ sink: String, _ key: String, _ history: PipelineHistory) throws(ConnectorError) -> Found {
        guard history.sinkNames.contains(sink) else {
            throw ConnectorError(
                "no pipeline has a sink \"\(sink)\"", hint: "its sinks: \(history.sinkNames.joined(separator: ", "))")
        }
        var found: Found?
        var place: (column: Int, value: String)?
        var (unknown, fields): (ConnectorError?, [Field]) = (nil, [])
        while try history.next() {
            for output in history.outputs where output.label == sink {
                if place == nil || output.fields != fields {
                    fields = output.fields
                    do throws(ConnectorError) { place = try Why.place(key, fields) } catch {
                        (place, unknown) = (nil, error)
                    }
                }
                guard let (column, value) = place else { continue }
                let type = fields[column].type
                let row = (0..<output.rows.count).last { row in
                    TextCodec.text(output.rows.columns[column].value(at: row), type) == value
                }
                guard let row else { continue }
                found = Found(
                    step: history.step, clock: history.clock, ordinal: output.rows.ordinals[row], fields: fields,
                    row: output.rows.gather([Int32(truncatingIfNeeded: row)]))
            }
        }
        if let found { return found }
        if let unknown { throw unknown }
        let name = place.map { "\(fields[$0.column].name) = \($0.value)" } ?? key
        throw ConnectorError(
            "no row left for \"\(sink)\" with \(name)", hint: "steps up to \(history.step) were looked at")
    }

    private static func place(_ key: String, _ fields: [Field]) throws(ConnectorError) -> (column: Int, value: String) {
        guard let equals = key.firstIndex(of: "="), equals != key.startIndex else { return (0, key) }
        let name = String(key[..<equals])
        guard let column = fields.firstIndex(where: { $0.name.lowercased() == name.lowercased() }) else {
            throw ConnectorError(
                "the sink has no column \"\(name)\"", hint: "its columns: \(fields.map(\.name).joined(separator: ", "))")
        }
        return (column, String(key[key.index(after: equals)...]))
    }

    /// Runs the steps to the one in which the row left, for the rows that it was put together with.
    private func collect(
        _ layers: inout [PipelineHistory.Layer], _ found: Found, _ history: PipelineHistory
    ) throws(ConnectorError) {
        guard layers.contains(where: { $0.group != nil }) else { return }
        while history.step < found.step {
            guard try history.next() else { break }
            for index in layers.indices {
                guard var group = layers[index].group else { continue }
                layers[index].group = nil
                history.collect(&group, through: found.ordinal)
                layers[index].group = group
            }
        }
    }

    // MARK: Showing

    private func show(_ found: Found, _ sink: String, _ layers: [PipelineHistory.Layer], start: Int64) {
        if !json { print("step \(found.step), \(TextCodec.text(.int64(found.clock), .timestamp)) UTC") }
        for layer in layers {
            if let group = layer.group, let rows = group.rows {
                let shown = group.count > rows.count ? "the last \(rows.count) of \(group.count) " : ""
                let since = start > 0 ? " since step \(start + 1)" : ""
                var before = PipelineHistory.Layer(
                    label: "\(shown)\(group.label)\(since)", fields: group.fields, rows: rows)
                before.sensitive = group.sensitive
                show(found.step, before)
            }
            show(found.step, layer)
        }
        show(found.step, PipelineHistory.Layer(label: "sink \(sink)", fields: found.fields, rows: found.row))
    }

    private func show(_ step: Int64, _ layer: PipelineHistory.Layer) {
        let layer = masked(layer)
        if json {
            for line in Replay.lines(step, layer, name: "layer") { print(line) }
            return
        }
        print("\n\(layer.label)")
        let width = layer.fields.map { DisplayWidth.of($0.name) }.max() ?? 0
        for row in 0..<layer.rows.count {
            if row > 0 { print("") }
            let weight = layer.rows.weight(row)
            if weight != 1 { print(weight < 0 ? "  (taken back)" : "  (\(weight) times)") }
            for (index, field) in layer.fields.enumerated() {
                let value = layer.rows.columns[index].value(at: row)
                let text = value == .null ? "NULL" : TextCodec.text(value, field.type)
                let name = DisplayWidth.visible(field.name)
                print("  \(name)\(String(repeating: " ", count: max(width - DisplayWidth.of(name), 0)))  \(text)")
            }
        }
    }

    private func masked(_ layer: PipelineHistory.Layer) -> PipelineHistory.Layer {
        if showSensitive || layer.sensitive.isEmpty { return layer }
        var masked = layer
        for index in layer.sensitive where layer.fields.indices.contains(index) {
            masked.fields[index] = Field(layer.fields[index].name, .text)
            let stars = ColumnBuilder(DataType.text)
            for row in 0..<layer.rows.count {
                let isNull = layer.rows.columns[index].value(at: row) == .null
                if isNull { stars.appendNull() } else { stars.append(text: "***") }
            }
            var columns = masked.rows.columns
            columns[index] = stars.finish()
            masked.rows = masked.rows.with(columns: columns)
        }
        return masked
    }
}
