import ArgumentParser
import MutstreamColumnar
import MutstreamEngine
import MutstreamSQL

struct ChangePlan: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan-change",
        abstract: "Say what another pipeline would keep of a data directory.",
        discussion: """
            For each source, table, view, model and sink: kept, rebuilt from the log, from now on, or removed, and why. Nothing
            is changed: `mutstream run NEW.sql --data-dir DIR` does it.

            Exit code 0: nothing is lost; 1: something is, and `run` wants --accept.

            EXAMPLES
              mutstream plan-change new.sql --data-dir state
            """)

    @OptionGroup var input: PipelineFile
    @ArgumentParser.Option(help: ArgumentHelp("The data directory.", valueName: "folder"), completion: .directory)
    var dataDir: String
    @Flag(help: "Print one JSON object an item.") var json = false

    func run() throws {
        let source = try input.read()
        try DataFolder.run {
            let definition: PipelineDefinition
            do {
                definition = try PipelineDefinition(
                    source.text, registry: Outside.offline().registry, baseDirectory: input.directory)
            } catch let error as SQLError {
                Terminal.report(error, source, json: json)
                throw ExitCode(2)
            }
            guard let change = try PlannedChange.compare(dataDirectory: dataDir, with: definition) else {
                if !json { print("nothing changes: all is kept") }
                return
            }
            print(json ? ChangePlan.json(change) : ChangePlan.text(change), terminator: "")
            if change.isLossy { throw ExitCode(1) }
        }
    }

    private static func text(_ change: PlanChange) -> String {
        let style = TablePrinter.Style(hasBorders: Terminal.outputIsTerminal, usesColors: false)
        let rows = change.items.map { item -> [String?] in
            [item.kind, item.name, item.outcome.rawValue + (item.isLossy ? " (a loss)" : ""), item.reason]
        }
        let fields = ["what", "name", "outcome", "why"].map { Field($0, .text) }
        let end =
            change.isLossy ? "\nrun it with --accept to go on all the same\n" : "\nnothing is lost\n"
        return TablePrinter.text(fields, rows, style) + end
    }

    private static func json(_ change: PlanChange) -> String {
        change.items.map { item in
            "{\"what\":\(Summary.quoted(item.kind)),\"name\":\(Summary.quoted(item.name)),"
                + "\"outcome\":\(Summary.quoted(item.outcome.rawValue)),\"lossy\":\(item.isLossy),"
                + "\"why\":\(Summary.quoted(item.reason))}\n"
        }.joined()
    }
}
