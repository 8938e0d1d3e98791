import ArgumentParser
import MutstreamConnectors
import MutstreamEngine
import MutstreamSQL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

struct Shell: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write SQL and see its rows at once.",
        discussion: """
            Tables, views and rows live in memory until the end. Without a terminal the statements are read from standard
            input, and the exit code is 1 if one of them failed.

            EXAMPLES
              mutstream shell
              mutstream shell pipeline.sql                  its tables and materialized views, after its files' end
              echo "SELECT 1 + 1;" | mutstream shell
            """)

    @Argument(
        help: "Run this SQL file first. A pipeline with sources is run to the end of those that have one.",
        completion: .file(extensions: ["sql"]))
    var file: String?
    @ArgumentParser.Option(
        name: .customLong("set"), help: ArgumentHelp("Fill ${name} in the SQL; repeatable.", valueName: "name=value"))
    var variables: [String] = []

    func run() throws {
        let clock = SystemClock()
        let session = Session(clock: clock)
        let terminal = RawTerminal()
        let style = TablePrinter.Style(
            hasBorders: Terminal.outputIsTerminal, usesColors: Terminal.outputIsTerminal && Terminal.usesColors)
        let core = ShellCore(
            engine: session, style: style, usesErrorColors: Terminal.usesColors, now: { clock.monotonic() },
            readFile: { try? PipelineFile.parse([$0]).read() },
            write: { stream, text in
                var text = text
                // A reader that is gone has no one to tell.
                text.withUTF8 { _ = System.writeAll(stream == .output ? 1 : 2, UnsafeRawBufferPointer($0)) }
            })
        if let file {
            let input = try PipelineFile.parse([file] + variables.flatMap { ["--set", $0] })
            let source = try input.read()
            if PipelineLoader.isPipeline(source.text) {
                try PipelineLoader.load(source, input.directory, into: session)
            } else {
                core.run(source)
            }
        }
        if let terminal { interact(terminal, core) } else { pipe(core) }
        if terminal == nil, core.hasFailed { throw ExitCode(1) }
    }

    private func interact(_ terminal: RawTerminal, _ core: ShellCore) {
        var editor = LineEditor(history: History(path: History.standardPath))
        editor.complete = { Completer.complete($0, core.engine.describe(nil)) }
        var reader = StatementReader()
        var entered = ""
        Terminal.say("mutstream \(Mutstream.version). \\? for help, \\q or Ctrl-D to leave.")
        while !core.isDone {
            var isCancelled = false
            let prompt = reader.isEmpty ? "mutstream> " : "      ...> "
            guard let line = terminal.readLine(prompt, &editor, isCancelled: &isCancelled) else { break }
            if isCancelled {
                reader.cancel()
                entered = ""
                continue
            }
            if reader.isEmpty, ShellCore.isCommand(line) {
                editor.history.add(line)
                core.command(line)
                continue
            }
            entered += line + "\n"
            let statements = reader.feed(line)
            if reader.isEmpty {
                editor.history.add(entered)
                entered = ""
            }
            for statement in statements { core.execute(statement.text.trimmingLeft) }
        }
    }

    private func pipe(_ core: ShellCore) {
        var reader = StatementReader()
        while !core.isDone, let line = readLine() {
            if reader.isEmpty, ShellCore.isCommand(line) {
                core.command(line)
                continue
            }
            for statement in reader.feed(line) { core.execute(statement.text.trimmingLeft) }
        }
        if !core.isDone, let last = reader.finish() { core.execute(last.text.trimmingLeft) }
    }
}

extension String {
    /// Without blanks and line breaks in front, so that a message shows the line of the statement.
    var trimmingLeft: String { String(drop { $0.isWhitespace }) }
}
