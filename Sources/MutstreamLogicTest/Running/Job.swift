/// What one child process does: some queries of a file in one mode.
package struct Job: Sendable {
    package var file: String
    package var mode: Mode
    /// Nil: all.
    package var queries: [Int]?
    package var excluded: [Int]
    /// Outcomes of statements count, not of queries alone: the first job of a file and mode.
    package var countsStatements: Bool

    /// One line, for the standard input of the child.
    var line: String {
        let queries = self.queries.map { $0.map(String.init).joined(separator: ",") } ?? "*"
        let excluded = self.excluded.map(String.init).joined(separator: ",")
        return [mode.rawValue, queries, excluded, file].joined(separator: "\t") + "\n"
    }

    package init(
        file: String, mode: Mode, queries: [Int]? = nil, excluded: [Int] = [], countsStatements: Bool = true
    ) {
        self.file = file
        self.mode = mode
        self.queries = queries
        self.excluded = excluded
        self.countsStatements = countsStatements
    }

    package init?(line: String) {
        let parts = line.split(separator: "\t", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, let mode = Mode(rawValue: parts[0]) else { return nil }
        func numbers(_ text: String) -> [Int] { text.split(separator: ",").compactMap { Int($0) } }
        self.init(
            file: parts[3], mode: mode, queries: parts[1] == "*" ? nil : numbers(parts[1]), excluded: numbers(parts[2]))
    }
}

/// The work of a child: a job from standard input, its events to standard output.
package enum Worker {
    /// - Parameter judge: as ``PostgresEngine/init(_:)`` takes it.
    package static func run(_ options: RunOptions, judge: String?, makeEngine: () -> any LogicEngine) {
        guard let line = readLine(), let job = Job(line: line),
            let script = Script.read(job.file, dialect: options.dialect)
        else { return }
        let output = Output()
        var judging: PostgresEngine?
        if let judge {
            do throws(PostgresEngine.Failure) { judging = try PostgresEngine(judge) } catch {
                output.write(EventLine.write(.ended(0, .failed(error.message))))
                return
            }
        }
        let runner = FileRunner(
            script, mode: job.mode, queries: job.queries.map(Set.init), excluded: Set(job.excluded), options: options,
            engine: makeEngine(), judge: judging
        ) { output.write(EventLine.write($0)) }
        runner.run()
        output.write("done\n")
    }
}
