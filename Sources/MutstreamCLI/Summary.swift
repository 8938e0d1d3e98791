import MutstreamEngine

/// What a run did, as a table or as one JSON object.
struct Summary {
    private let counters: PipelineCounters
    private let seconds: Double

    init(_ counters: PipelineCounters, seconds: Double) {
        self.counters = counters
        self.seconds = seconds
    }

    var text: String {
        var lines: [(String, String, String)] = []
        for source in counters.sources {
            var notes: [String] = []
            if source.rejected > 0 { notes.append("\(Terminal.grouped(source.rejected)) rejected") }
            if source.late > 0 { notes.append("\(Terminal.grouped(source.late)) late") }
            lines.append((source.isTable ? "table" : "source", source.name, rows(source.accepted, notes)))
        }
        for model in counters.models {
            var notes: [String] = []
            if let quality = model.quality {
                if let value = quality.areaUnderROC { notes.append("AUC \(Terminal.fixed(value, 4))") }
                if let value = quality.averagePrecision { notes.append("average precision \(Terminal.fixed(value, 4))") }
                if let value = quality.precision { notes.append("precision \(Terminal.fixed(value, 3))") }
                if let value = quality.recall { notes.append("recall \(Terminal.fixed(value, 3))") }
                if let value = quality.rootMeanSquaredError { notes.append("RMSE \(Terminal.fixed(value, 4))") }
            }
            lines.append(("model", model.name, "\(Terminal.grouped(model.lessons)) lessons" + joined(notes)))
        }
        for sink in counters.sinks { lines.append(("sink", sink.name, rows(sink.rows, []))) }
        for (view, count) in counters.failed where count > 0 {
            lines.append(("failed", view, rows(count, ["SELECT * FROM \(view).dead_letter has them"])))
        }
        if let paused = counters.paused { lines.append(("paused", "", paused)) }
        let width = lines.map(\.1.count).max() ?? 0
        var text = ""
        for (kind, name, rest) in lines { text += "\(pad(kind, 8))\(pad(name, width + 2))\(rest)\n" }
        let rate = seconds > 0 ? Int(Double(counters.rowsIn) / seconds) : 0
        return text + "\(Terminal.grouped(counters.rowsIn)) rows in \(Terminal.fixed(seconds, 2)) s, "
            + "\(Terminal.grouped(rate)) rows/s, \(Terminal.grouped(Int(counters.step))) steps\n"
    }

    private func rows(_ count: Int, _ notes: [String]) -> String { "\(Terminal.grouped(count)) rows" + joined(notes) }

    private func joined(_ notes: [String]) -> String { notes.isEmpty ? "" : " (" + notes.joined(separator: ", ") + ")" }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    var json: String {
        func object(_ fields: [(String, String)]) -> String {
            "{" + fields.map { "\(Summary.quoted($0.0)):\($0.1)" }.joined(separator: ",") + "}"
        }
        func number(_ value: Double?) -> String { value.map { $0.isFinite ? "\($0)" : "null" } ?? "null" }
        let sources = counters.sources.map { source in
            object([
                ("name", Summary.quoted(source.name)), ("rows", "\(source.accepted)"), ("rejected", "\(source.rejected)"),
                ("late", "\(source.late)"), ("bytes", "\(source.bytes)"),
            ])
        }
        let models = counters.models.map { model in
            object([
                ("name", Summary.quoted(model.name)), ("lessons", "\(model.lessons)"),
                ("auc", number(model.quality?.areaUnderROC)),
                ("average_precision", number(model.quality?.averagePrecision)),
                ("precision", number(model.quality?.precision)), ("recall", number(model.quality?.recall)),
                ("log_loss", number(model.quality?.logLoss)), ("rmse", number(model.quality?.rootMeanSquaredError)),
            ])
        }
        let sinks = counters.sinks.map { object([("name", Summary.quoted($0.name)), ("rows", "\($0.rows)")]) }
        let failed = counters.failed.filter { $0.rows > 0 }.map {
            object([("view", Summary.quoted($0.view)), ("rows", "\($0.rows)")])
        }
        return object([
            ("rows_in", "\(counters.rowsIn)"), ("rows_out", "\(counters.rowsOut)"), ("rejected", "\(counters.rejected)"),
            ("late", "\(counters.late)"), ("paused", counters.paused.map { Summary.quoted($0) } ?? "null"),
            ("seconds", number(seconds)), ("steps", "\(counters.step)"),
            ("slowest_step_ms", number(counters.slowestStepSeconds * 1_000)),
            ("sources", "[" + sources.joined(separator: ",") + "]"), ("models", "[" + models.joined(separator: ",") + "]"),
            ("sinks", "[" + sinks.joined(separator: ",") + "]"), ("failed", "[" + failed.joined(separator: ",") + "]"),
        ])
    }

    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
