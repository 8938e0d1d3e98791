import ArgumentParser
import MutstreamColumnar
import MutstreamEngine
import MutstreamSQL

struct Replay: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the steps of a data directory once more; nothing is sent anywhere.",
        discussion: """
            Each row that left for a sink is printed as JSON, with its step, sink and weight (-1: it was taken back). With
            --diff, another pipeline runs over the same steps, and the rows are printed that only one of the two gives. Steps of
            several pipelines are run by the one that wrote each; --diff compares with what each gave.

            EXAMPLES
              mutstream replay state --from 1200 --until 1300
              mutstream replay state --from '2026-01-01 12:00:00' --sink alerts
              mutstream replay state --diff new.sql
            """)

    @Argument(help: "The data directory.", completion: .directory) var folder: String?
    @OptionGroup var named: NamedFolder
    @ArgumentParser.Option(help: ArgumentHelp("The first step, or its time (UTC).", valueName: "step|time"))
    var from: String?
    @ArgumentParser.Option(help: ArgumentHelp("The last step, or its time (UTC).", valueName: "step|time"))
    var until: String?
    @ArgumentParser.Option(help: "Rows of this sink alone; `blackhole`: of none, for the summary.") var sink: String?
    @ArgumentParser.Option(help: ArgumentHelp("Compare with this pipeline.", valueName: "file"), completion: .file())
    var diff: String?
    @Flag(help: "No summary.") var quiet = false

    private enum Moment {
        case step(Int64)
        case time(Int64)

        init(_ text: String) throws {
            if let step = Int64(text), step > 0 {
                self = .step(step)
            } else if case .int64(let time)? = try? TextCodec.parse(text, .timestamp) {
                self = .time(time)
            } else {
                throw ValidationError(
                    "found \"\(text)\", expected a step such as 1200 or a time such as '2026-01-01 12:00:00'")
            }
        }

        func isBefore(_ step: Int64, _ clock: Int64) -> Bool {
            switch self {
            case .step(let own): own < step
            case .time(let own): own < clock
            }
        }
    }

    func run() throws {
        let (folder, _) = try named.folder([folder].compactMap { $0 }, expecting: [])
        let (from, until) = (try from.map { try Moment($0) }, try until.map { try Moment($0) })
        try DataFolder.run {
            let registry = try Outside.offline().registry
            if let diff { return try compare(folder, diff, registry, from, until) }
            var first: Int64?
            if case .step(let step) = from { first = step }
            let history = try PipelineHistory(dataDirectory: folder, from: first, registry: registry)
            try checkSink(history.sinkNames)
            var (steps, rows) = (0, 0)
            while try history.next() {
                if until?.isBefore(history.step, history.clock) == true { break }
                if let from, !isAt(from, history) { continue }
                steps += 1
                for output in history.outputs where sink == nil || sink == output.label || sink == "blackhole" {
                    rows += output.rows.count
                    if sink != "blackhole" { Replay.lines(history.step, output).forEach { print($0) } }
                }
            }
            if !quiet { Terminal.say("\(Terminal.grouped(steps)) steps, \(Terminal.grouped(rows)) rows") }
        }
    }

    private func checkSink(_ names: [String]) throws(ConnectorError) {
        guard let sink, sink != "blackhole", !names.contains(sink) else { return }
        throw ConnectorError("no pipeline has a sink \"\(sink)\"", hint: "sinks: \(names.joined(separator: ", "))")
    }

    private func isAt(_ moment: Moment, _ history: PipelineHistory) -> Bool {
        switch moment {
        case .step(let step): step <= history.step
        case .time(let time): time <= history.clock
        }
    }

    static func lines(_ step: Int64, _ output: PipelineHistory.Layer, name: String = "sink") -> [String] {
        let writer = JSONRowWriter(schema: output.fields)
        let scratch = ByteWriter()
        return (0..<output.rows.count).map { row in
            scratch.removeAll(keepingCapacity: true)
            writer.writeObject(output.rows, row: row, to: scratch)
            return "{\"step\":\(step),\"\(name)\":\(Summary.quoted(output.label)),\"weight\":\(output.rows.weight(row)),"
                + "\"row\":\(scratch.string)}"
        }
    }

    // MARK: Comparison

    private func compare(
        _ folder: String, _ path: String, _ registry: ConnectorRegistry, _ from: Moment?, _ until: Moment?
    ) throws {
        let source = try PipelineFile.parse([path]).read()
        do {
            // What another pipeline gives in a step depends on all before it.
            let old = try PipelineHistory(dataDirectory: folder, from: 1, registry: registry)
            let new = try PipelineHistory(dataDirectory: folder, text: source.text, registry: registry)
            try checkSink(old.sinkNames + new.sinkNames.filter { !old.sinkNames.contains($0) })
            // By sink and row: how much more often the new one gives it.
            var net: [String: Int64] = [:]
            var steps = 0
            while true {
                let (oldGoesOn, newGoesOn) = (try old.next(), try new.next())
                guard oldGoesOn, newGoesOn, until?.isBefore(old.step, old.clock) != true else { break }
                if let from, !isAt(from, old) { continue }
                steps += 1
                for (history, sign) in [(old, Int64(-1)), (new, 1)] {
                    for output in history.outputs where sink == nil || sink == output.label {
                        Replay.add(output, sign, &net)
                    }
                }
            }
            let different = net.filter { $0.value != 0 }.sorted { ($0.key, $0.value) < ($1.key, $1.value) }
            for (row, count) in different {
                print("\(count > 0 ? "+" : "-")\(abs(count) > 1 ? "\(abs(count)) ×" : "") \(row)")
            }
            if !quiet {
                let what = different.isEmpty ? "no row differs" : "\(Terminal.grouped(different.count)) rows differ"
                Terminal.say("\(Terminal.grouped(steps)) steps: \(what) (- \(folder), + \(path))")
            }
            if !different.isEmpty { throw ExitCode(1) }
        } catch StartError.sql(let error) {
            Terminal.report(error, source, json: false)
            throw ExitCode(2)
        }
    }

    private static func add(_ output: PipelineHistory.Layer, _ sign: Int64, _ net: inout [String: Int64]) {
        let writer = JSONRowWriter(schema: output.fields)
        let scratch = ByteWriter()
        for row in 0..<output.rows.count {
            scratch.removeAll(keepingCapacity: true)
            writer.writeObject(output.rows, row: row, to: scratch)
            net["\(output.label) \(scratch.string)", default: 0] += sign &* output.rows.weight(row)
        }
    }
}
