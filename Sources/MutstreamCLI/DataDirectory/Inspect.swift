import ArgumentParser
import MutstreamColumnar
import MutstreamEngine
import MutstreamSQL

struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List what a data directory holds, and check every check sum.",
        discussion:
            "Exit code 0: all is whole; 1: it is not. A step that a crash cut off is named, too: the next run drops it.")

    @Argument(help: "The data directory.", completion: .directory) var folder: String
    @Flag(help: "Print one JSON object.") var json = false

    func run() throws {
        try DataFolder.run {
            let found = try Inspection(dataDirectory: folder)
            print(json ? Inspect.json(found) : Inspect.text(found), terminator: "")
            for problem in found.problems { Terminal.warning(problem) }
            if !found.problems.isEmpty { throw ExitCode(1) }
        }
    }

    private static func text(_ found: Inspection) -> String {
        let style = TablePrinter.Style(hasBorders: Terminal.outputIsTerminal, usesColors: false)
        let log = found.segments.map { segment -> [String?] in
            [
                segment.name, segment.steps.map { String($0.lowerBound) }, segment.steps.map { String($0.upperBound) },
                Terminal.grouped(segment.bytes), segment.problem == nil ? "whole" : "cut off or damaged",
            ]
        }
        let checkpoints = found.checkpoints.map { checkpoint -> [String?] in
            [
                String(checkpoint.step), Terminal.grouped(checkpoint.bytes), checkpoint.problem == nil ? "whole" : "damaged",
            ]
        }
        return "history \(found.history)\n\n"
            + TablePrinter.text(
                [
                    Field("log", .text), Field("first step", .bigint), Field("last step", .bigint), Field("bytes", .bigint),
                    Field("state", .text),
                ], log, style) + "\n"
            + TablePrinter.text(
                [Field("checkpoint", .bigint), Field("bytes", .bigint), Field("state", .text)], checkpoints, style)
    }

    private static func json(_ found: Inspection) -> String {
        func quoted(_ text: String?) -> String { text.map { Summary.quoted($0) } ?? "null" }
        let segments = found.segments.map { segment in
            "{\"name\":\(quoted(segment.name)),\"first_step\":\(segment.steps.map { String($0.lowerBound) } ?? "null"),"
                + "\"last_step\":\(segment.steps.map { String($0.upperBound) } ?? "null"),\"bytes\":\(segment.bytes),"
                + "\"problem\":\(quoted(segment.problem))}"
        }
        let checkpoints = found.checkpoints.map { checkpoint in
            "{\"step\":\(checkpoint.step),\"bytes\":\(checkpoint.bytes),\"problem\":\(quoted(checkpoint.problem))}"
        }
        return "{\"history\":\(quoted(found.history)),\"log\":[\(segments.joined(separator: ","))],"
            + "\"checkpoints\":[\(checkpoints.joined(separator: ","))]}\n"
    }
}
