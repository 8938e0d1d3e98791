import ArgumentParser
import MutstreamEngine
import MutstreamSQL
import MutstreamServer

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a pipeline until its input ends or Ctrl-C.",
        discussion: """
            Rows of `stdout` sinks go to standard output, progress and the summary to standard error. The HTTP listener
            starts when the pipeline has an `http` source or a materialized view: GET /health, /metrics, /v1/views.

            EXAMPLES
              mutstream run pipeline.sql
              mutstream run pipeline.sql --set path=today.jsonl --quiet > out.jsonl
              mutstream run pipeline.sql --listen 127.0.0.1:9000
              mutstream run pipeline.sql --data-dir state    goes on where it was, whatever ended it
            """)

    @OptionGroup var input: PipelineFile
    @ArgumentParser.Option(help: ArgumentHelp("Where the HTTP listener is.", valueName: "host:port"))
    var listen = "127.0.0.1:8080"
    @Flag(help: "Listen beyond loopback without TLS. Anyone who reaches the port can send rows and read views.")
    var insecure = false
    @Flag(help: "End when all bounded sources have ended, though others could go on.")
    var untilFilesEnd = false
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Keep the input log and checkpoints in this folder, and go on with what is in it.", valueName: "folder"),
        completion: .directory)
    var dataDir: String?
    @Flag(help: "Go on with the folder of another pipeline though state of it is lost: see mutstream plan-change.")
    var accept = false
    @Flag(help: "No progress, no summary; errors only.")
    var quiet = false
    @Flag(help: "Print the summary as one JSON object on standard error.")
    var json = false

    func run() throws {
        let signals = Signals()
        let source = try input.read()
        let outside: Outside
        do {
            outside = try Outside(listen: listen, insecure: insecure)
        } catch {
            Terminal.report(error)
            throw ExitCode(1)
        }
        do {
            let definition = try PipelineDefinition(source.text, registry: outside.registry, baseDirectory: input.directory)
            let needsServer =
                definition.plan.views.contains { $0.materialized }
                || definition.usesConnector("http")
            try start(definition, source, outside, needsServer, signals)
        } catch let error as SQLError {
            Terminal.report(error, source, json: json)
            throw ExitCode(2)
        }
    }

    private func start(
        _ definition: PipelineDefinition, _ source: SourceText, _ outside: Outside, _ needsServer: Bool, _ signals: Signals
    ) throws {
        let clock = SystemClock()
        let began = clock.monotonic()
        let pipeline = Pipeline(definition)
        let progress = ProgressLine(
            isShown: Terminal.errorIsTerminal && !quiet && !json,
            isScrolling: Terminal.outputIsTerminal && definition.usesConnector("stdout"))
        do {
            let journal = try journal(definition, clock)
            let loop = try StepLoop(definition, pipeline, clock: clock, journal: journal, acceptsLoss: accept)
            journal?.keep(text: source.text, origin: DataFolder.absolute(input.directory))
            loop.onRecovery = { progress.showRecovery($0, of: $1) }
            loop.untilBoundedEnd = untilFilesEnd
            loop.onProgress = { progress.show($0, seconds: Double(clock.monotonic() - began) / 1e9) }
            let problems = ProblemReporter(isQuiet: quiet, progress: progress)
            loop.onProblem = { problems.report($0) }
            if !quiet && !json { loop.onNotice = { Terminal.say($0) } }
            if needsServer {
                outside.server.attach(pipeline: pipeline)
                let address = try outside.server.bind()
                if !quiet && !json { Terminal.say("listening on http://\(address)") }
            }
            signals.onInterrupt { pipeline.stop() }
            let counters = try loop.run()
            progress.clear()
            if needsServer { outside.server.shutdown() }
            if json {
                Terminal.say(Summary(counters, seconds: Double(clock.monotonic() - began) / 1e9).json)
            } else if !quiet {
                Terminal.write(Summary(counters, seconds: Double(clock.monotonic() - began) / 1e9).text)
            }
        } catch let error as StartError {
            switch error {
            case .sql(let error): throw error
            case .connector(let error): fail(error, progress)
            }
            throw ExitCode(1)
        } catch let error as ConnectorError {
            if needsServer { outside.server.shutdown(graceMilliseconds: 1_000) }
            // `mutstream run … | head` has all it wants: no failure.
            if error.message == "standard output was closed" { return }
            fail(error, progress)
            throw ExitCode(1)
        }
    }

    private func journal(
        _ definition: PipelineDefinition, _ clock: any Clock
    ) throws(ConnectorError) -> Journal? {
        let durability = definition.plan.settings.durability
        guard let dataDir else {
            if let durability, durability != .none {
                throw ConnectorError(
                    "durability = '\(durability.rawValue)' needs a folder for the input log",
                    hint: "add --data-dir DIR, or SET durability = 'none'")
            }
            return nil
        }
        if durability == Durability.none {
            if !DataFolder.holdsHistory(dataDir) { return nil }
            throw ConnectorError(
                "\"\(dataDir)\" holds the history of a pipeline, and durability = 'none' would begin anew beside it",
                hint: "SET durability = 'async' goes on with it; without --data-dir nothing is kept")
        }
        return try Journal(dataDirectory: dataDir, settings: definition.plan.settings, clock: clock)
    }

    private func fail(_ error: ConnectorError, _ progress: ProgressLine) {
        progress.clear()
        Terminal.report(error)
    }
}

/// Calls once at SIGINT or SIGTERM; the second signal ends the process at once.
struct Signals {
    private let set: sigset_t

    /// Blocks the signals for this thread and every thread made from here on: so before any other is made.
    init() {
        signal(SIGPIPE, SIG_IGN)
        var set = sigset_t()
        sigemptyset(&set)
        for number in [SIGINT, SIGTERM] {
            // A shell starts background jobs with SIGINT ignored; asked to stop, this program stops all the same.
            signal(number, SIG_DFL)
            sigaddset(&set, number)
        }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        self.set = set
    }

    func onInterrupt(_ action: @escaping @Sendable () -> Void) {
        let waited = set
        _ = EngineThread(name: "signals") {
            var set = waited
            var number: Int32 = 0
            sigwait(&set, &number)
            action()
            sigwait(&set, &number)
            _exit(128 + number)
        }
    }
}
