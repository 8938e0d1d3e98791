import MutstreamEngine

/// One line at the foot of the terminal that is written over: rows, rate, and how good the models are.
///
/// `@unchecked Sendable`: only the engine's thread calls it while the pipeline runs, only the main thread afterwards.
final class ProgressLine: @unchecked Sendable {
    private let isShown: Bool
    /// Rows scroll by on the same terminal: progress is a line of its own now and then, not one that is written over.
    private let isScrolling: Bool
    private var isOnScreen = false
    private var lastRows = 0
    private var lastSeconds = 0.0

    init(isShown: Bool, isScrolling: Bool) {
        self.isShown = isShown
        self.isScrolling = isScrolling
    }

    func show(_ counters: PipelineCounters, seconds: Double) {
        guard isShown, seconds - lastSeconds > (isScrolling ? 2 : 0.1) else { return }
        let rows = counters.rowsIn
        let rate = Double(rows - lastRows) / max(seconds - lastSeconds, 0.001)
        (lastRows, lastSeconds) = (rows, seconds)
        var parts = [
            "\(Terminal.grouped(rows)) rows in", "\(Terminal.grouped(Int(rate)))/s",
            "\(Terminal.grouped(counters.rowsOut)) out",
        ]
        if counters.rejected > 0 { parts.append("\(Terminal.grouped(counters.rejected)) rejected") }
        if counters.late > 0 { parts.append("\(Terminal.grouped(counters.late)) late") }
        if counters.paused != nil { parts.append("paused: max_state is reached") }
        for holding in counters.sources where holding.holdsBack {
            guard let watermark = holding.watermark else {
                parts.append("\(holding.name) has sent nothing and holds the watermark")
                continue
            }
            let lag = counters.clock.subtractingReportingOverflow(watermark).partialValue / 1_000_000
            parts.append("\(holding.name) holds the watermark\(lag >= 0 && lag < 86_400 ? ", \(lag) s behind" : "")")
        }
        for source in counters.sources where source.partitions.count > 1 {
            parts.append("\(source.name): partition \(source.partitions[0].name) is hindmost")
        }
        let idle = counters.sources.filter(\.isIdle).map(\.name)
        if !idle.isEmpty { parts.append("idle: \(idle.joined(separator: ", "))") }
        for model in counters.models where model.lessons > 0 {
            parts.append("\(model.name): \(Terminal.grouped(model.lessons)) lessons" + quality(model.quality))
        }
        if isScrolling { return Terminal.say(Terminal.bold("— " + parts.joined(separator: " · "), 36)) }
        Terminal.write("\r\u{1B}[2K" + parts.joined(separator: " · "))
        isOnScreen = true
    }

    /// The log is replayed after a start.
    func showRecovery(_ step: Int64, of last: Int64) {
        guard isShown, step == last || step % 64 == 0 else { return }
        Terminal.write(
            "\r\u{1B}[2K\(Terminal.grouped(Int(clamping: step))) of \(Terminal.grouped(Int(clamping: last))) steps repeated")
        isOnScreen = true
    }

    private func quality(_ quality: ModelQuality?) -> String {
        guard let quality else { return "" }
        if let auc = quality.areaUnderROC {
            var text = ", AUC \(Terminal.fixed(auc, 3))"
            if let precision = quality.precision, let recall = quality.recall {
                text += ", precision \(Terminal.fixed(precision, 2)), recall \(Terminal.fixed(recall, 2))"
            }
            return text
        }
        return quality.rootMeanSquaredError.map { ", RMSE \(Terminal.fixed($0, 3))" } ?? ""
    }

    func clear() {
        if isOnScreen { Terminal.write("\r\u{1B}[2K") }
        isOnScreen = false
    }
}

/// Says the first refused rows and keeps quiet about the rest: they are counted, and can be read as a stream.
final class ProblemReporter: @unchecked Sendable {
    private let isQuiet: Bool
    private let progress: ProgressLine
    private var count = 0

    init(isQuiet: Bool, progress: ProgressLine) {
        self.isQuiet = isQuiet
        self.progress = progress
    }

    func report(_ text: String) {
        count += 1
        guard !isQuiet, count <= 5 else { return }
        progress.clear()
        Terminal.warning(text)
        if count == 5 { Terminal.say("  further ones are only counted; SELECT * FROM name.dead_letter has them all") }
    }
}
