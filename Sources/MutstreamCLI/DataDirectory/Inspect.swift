import ArgumentParser
import MutstreamColumnar
import MutstreamEngine
import MutstreamSQL

struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List what a data directory holds, and check every check sum.",
        discussion:
            "Exit code 0: all is whole; 1: it is not. A step that a crash cut off is named, too: the next run drops it.")

    @Argument(help: "The data directory.", completion: .directory) var folder: String?
    @OptionGroup var named: NamedFolder
    @Flag(help: "Print one JSON object.") var json = false

    func run() throws {
        let (folder, _) = try named.folder([folder].compactMap { $0 }, expecting: [])
        try DataFolder.run {
            let found = try Inspection(dataDirectory: folder)
            print(json ? Inspect.json(found) : Inspect.text(found), terminator: "")
            for problem in found.problems { Terminal.warning(problem) }
            if !found.problems.isEmpty { throw ExitCode(1) }
        }
    }

    private static func text(_ found: Inspection) -> String {
        let style = TablePrinter.Style(hasBorders: Terminal.outputIsTerminal, usesColors: false)
        let time = { (clock: Int64?) in clock.map { TextCodec.text(.int64($0), .timestamp) } }
        let log = found.segments.map { segment -> [String?] in
            [
                segment.name, segment.steps.map { String($0.lowerBound) }, segment.steps.map { String($0.upperBound) },
                time(segment.clocks?.lowerBound), time(segment.clocks?.upperBound), Terminal.grouped(segment.bytes),
                segment.problems.isEmpty ? "whole" : "cut off or damaged",
            ]
        }
        let checkpoints = found.checkpoints.map { checkpoint -> [String?] in
            [
                String(checkpoint.step), Terminal.grouped(checkpoint.bytes), checkpoint.problem == nil ? "whole" : "damaged",
            ]
        }
        let eras = found.eras.map { era -> [String?] in [era.file, String(era.firstStep)] }
        return "history \(found.history)\n\n"
            + TablePrinter.text(
                [
                    Field("log", .text), Field("first step", .bigint), Field("last step", .bigint),
                    Field("first time (UTC)", .text), Field("last time (UTC)", .text), Field("bytes", .bigint),
                    Field("state", .text),
                ], log, style) + "\n"
            + TablePrinter.text(
                [Field("checkpoint", .bigint), Field("bytes", .bigint), Field("state", .text)], checkpoints, style) + "\n"
            + TablePrinter.text([Field("pipeline", .text), Field("first step", .bigint)], eras, style)
    }

    private static func json(_ found: Inspection) -> String {
        func quoted(_ text: String?) -> String { text.map { Summary.quoted($0) } ?? "null" }
        func number(_ number: Int64?) -> String { number.map { String($0) } ?? "null" }
        func time(_ clock: Int64?) -> String { quoted(clock.map { TextCodec.text(.int64($0), .timestamp) }) }
        func list(_ texts: [String]) -> String { "[\(texts.map { quoted($0) }.joined(separator: ","))]" }
        let segments = found.segments.map { segment in
            "{\"name\":\(quoted(segment.name)),\"first_step\":\(number(segment.steps?.lowerBound)),"
                + "\"last_step\":\(number(segment.steps?.upperBound)),\"first_time\":\(time(segment.clocks?.lowerBound)),"
                + "\"last_time\":\(time(segment.clocks?.upperBound)),\"bytes\":\(segment.bytes),"
                + "\"problem\":\(quoted(segment.problems.first)),\"problems\":\(list(segment.problems))}"
        }
        let checkpoints = found.checkpoints.map { checkpoint in
            "{\"step\":\(checkpoint.step),\"bytes\":\(checkpoint.bytes),\"problem\":\(quoted(checkpoint.problem))}"
        }
        let eras = found.eras.map { "{\"file\":\(quoted($0.file)),\"first_step\":\($0.firstStep)}" }
        return "{\"history\":\(quoted(found.history)),\"log\":[\(segments.joined(separator: ","))],"
            + "\"checkpoints\":[\(checkpoints.joined(separator: ","))],\"pipelines\":[\(eras.joined(separator: ","))],"
            + "\"gaps\":\(list(found.gaps))}\n"
    }
}
