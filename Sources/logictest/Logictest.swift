import ArgumentParser
import MutstreamEngine
import MutstreamLogicTest

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Runs SQL logic tests on the engine: those of this project, and public corpora of other databases.
@main
struct Logictest: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logictest",
        abstract: "Run SQL logic tests: each query as it stands and as a view that follows the changes of its tables.",
        discussion: """
            MODES
              adhoc       queries as they stand
              after       a materialized view made where the query stands
              before      one made before the first row of the tables it reads
              halfway     one made after half of the changes
              restore     as before, stopped and gone on from its state at each quarter of the changes
              all         one after the other

            EXAMPLES
              logictest Tests/slt --mode all
              logictest sqllogictest/test/select1.test --dialect sqlite --mode before --sample 100
              logictest Tests/slt/joins.slt --write postgres=host=/tmp   expected results from a PostgreSQL
            """)

    enum ModeChoice: String, ExpressibleByArgument, CaseIterable { case adhoc, after, before, halfway, restore, all }

    @Argument(help: "Files, or folders with .slt and .test files.") var paths: [String]
    @Option(help: "How queries are run: \(ModeChoice.allCases.map(\.rawValue).joined(separator: ", ")).")
    var mode: [ModeChoice] = [.adhoc]
    @Option(help: "Whose files: \(Dialect.allCases.map(\.rawValue).joined(separator: ", ")). Otherwise told from the path.")
    var dialect: String?
    @Option(help: "Processes at a time.") var jobs = 2
    @Option(help: "Draw at most so many queries of a file.") var sample: Int?
    @Option(help: "What the draw depends on.") var seed: UInt64 = 1
    @Option(help: "Seconds for one statement or query.") var timeout = 10.0
    @Option(help: "Views that follow the changes of a file at one time.") var viewsAtOnce = 50
    @Flag(help: "What the engine says is not supported counts as skipped, and is listed.") var allowUnsupported = false
    @Option(
        help: ArgumentHelp(
            "Count only that to which this server gives the file's answer. It runs the files: use one with nothing to lose.",
            valueName: "postgres=conninfo"))
    var judge: String?
    @Option(help: ArgumentHelp("Run the files on this server instead: a test of the files.", valueName: "postgres=conninfo"))
    var engine: String?
    @Option(help: ArgumentHelp("Write the results of queries anew from this server.", valueName: "postgres=conninfo"))
    var write: String?
    @Option(help: "Differences that are shown of each file.") var show = 3
    @Option(help: "Reasons that are listed.") var reasons = 40
    @Flag(help: "Print one JSON object a file.") var json = false
    @Flag(help: "No line for files without a failure.") var quiet = false
    @Flag(help: .private) var worker = false

    func run() throws {
        guard let options = try options() else { throw ExitCode(1) }
        if worker {
            try work(options)
            return
        }
        let files = paths.flatMap { Files.scripts(at: $0, endings: [".slt", ".test"]) }
        if files.isEmpty { throw ValidationError("no .slt or .test file in \(paths.joined(separator: ", "))") }
        if let write {
            for file in files { try rewrite(file, try PostgresEngine(conninfo(write)), options) }
            return
        }
        let reports = supervise(files, options)
        let summary = ReportPrinter(reports, reasons: reasons)
        if !json { print(summary.text, terminator: "") }
        if summary.hasFailed { throw ExitCode(1) }
    }

    private func options() throws -> RunOptions? {
        let chosen: Dialect
        if let dialect {
            guard let known = Dialect(rawValue: dialect) else {
                throw ValidationError("--dialect: found \"\(dialect)\", expected one of \(Dialect.allCases.map(\.rawValue))")
            }
            chosen = known
        } else {
            let path = paths.first ?? ""
            let others: [Dialect] = [.duckdb, .risingwave]
            chosen =
                others.first { path.contains($0.rawValue) } ?? (path.contains("sqllogictest") ? .sqlite : .mutstream)
        }
        return RunOptions(dialect: chosen, allowUnsupported: allowUnsupported)
    }

    private func conninfo(_ text: String) -> String {
        text.hasPrefix("postgres=") ? String(text.dropFirst("postgres=".count)) : text
    }

    private func work(_ options: RunOptions) throws {
        let server = try engine.map { try PostgresEngine(conninfo($0)) }
        Worker.run(options, judge: judge.map(conninfo)) { () -> any LogicEngine in
            if let server { return server }
            return SessionEngine(Session(clock: SystemClock()))
        }
    }

    private func supervise(_ files: [String], _ options: RunOptions) -> [FileReport] {
        var arguments = ["--worker", "--dialect", options.dialect.rawValue, "-"]
        if allowUnsupported { arguments.append("--allow-unsupported") }
        if let judge { arguments += ["--judge", judge] }
        if let engine { arguments += ["--engine", engine] }
        var modes = Mode.allCases
        if !mode.contains(.all) {
            modes = mode.compactMap { (choice: ModeChoice) -> Mode? in Mode(rawValue: choice.rawValue) }
        }
        let settings = Supervisor.Settings(
            options: options, modes: modes, processes: max(1, jobs), timeoutSeconds: timeout, sample: sample, seed: seed,
            viewsAtOnce: viewsAtOnce, program: Logictest.program, arguments: arguments)
        let supervisor = Supervisor(settings) { (report: FileReport) -> Void in
            if json {
                print(ReportPrinter.json(report))
            } else if !quiet || report.count(.failed) > 0 {
                print(ReportPrinter.line(report, differences: show))
            }
            fflush(nil)
        }
        return supervisor.run(files)
    }

    /// This program, for its children.
    private static var program: String {
        var path = [CChar](repeating: 0, count: 4_096)
        let count = readlink("/proc/self/exe", &path, path.count - 1)
        if count > 0 { return String(decoding: path[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) }
        return CommandLine.arguments.first ?? "logictest"
    }

    private func rewrite(_ file: String, _ server: PostgresEngine, _ options: RunOptions) throws {
        guard let text = Files.read(file), let script = Script.read(file, dialect: options.dialect) else {
            throw ValidationError("cannot read \(file)")
        }
        let rewriter = ResultWriter(script, engine: server, dialect: options.dialect)
        let result = rewriter.rewrite(text)
        for problem in result.problems { print(problem) }
        if result.text != text, !Files.write(result.text, to: file) { throw ValidationError("cannot write \(file)") }
        print("\(file): \(result.text == text ? "as it was" : "written anew")")
    }
}
