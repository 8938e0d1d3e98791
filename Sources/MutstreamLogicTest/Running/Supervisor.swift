/// Runs files in child processes, several at once, and lives on whatever ends a child.
///
/// A query that ends the child or takes too long is failed and the rest of the file run again without it. Where a change
/// of rows ends it while views follow the changes, the views are divided until one alone is to blame.
package final class Supervisor {
    package struct Settings: Sendable {
        package var options: RunOptions
        package var modes: [Mode]
        package var processes: Int
        /// For one record.
        package var timeoutSeconds: Double
        /// Queries of a file that are drawn; nil: all.
        package var sample: Int?
        package var seed: UInt64
        /// Views that follow the changes of a file at one time.
        package var viewsAtOnce: Int
        package var program: String
        package var arguments: [String]

        package init(
            options: RunOptions, modes: [Mode], processes: Int = 2, timeoutSeconds: Double = 10, sample: Int? = nil,
            seed: UInt64 = 1, viewsAtOnce: Int = 50, program: String, arguments: [String]
        ) {
            self.options = options
            self.modes = modes
            self.processes = processes
            self.timeoutSeconds = timeoutSeconds
            self.sample = sample
            self.seed = seed
            self.viewsAtOnce = viewsAtOnce
            self.program = program
            self.arguments = arguments
        }
    }

    private struct Running {
        var job: Job
        var report: Int
        var child: Child
        var current: Int?
        var since: Double
        let start = Child.seconds()
        var isDone = false
        var results: [Int: RecordResult] = [:]
    }

    /// Children that one file may cost before the rest of it is given up.
    private static let crashesMax = 40
    /// Seconds that children which ended may have cost one file before the rest of it is given up.
    private static let crashSecondsMax = 180.0

    private let settings: Settings
    private var reports: [FileReport] = []
    private var crashes: [Int: Int] = [:]
    private var crashSeconds: [Int: Double] = [:]
    private let onFile: (FileReport) -> Void
    private var open: [Int: Int] = [:]

    /// - Parameter onFile: called as files end, for a progress.
    package init(_ settings: Settings, onFile: @escaping (FileReport) -> Void = { _ in }) {
        self.settings = settings
        self.onFile = onFile
    }

    package func run(_ files: [String]) -> [FileReport] {
        var todo = files.flatMap { file in settings.modes.map { (file, $0) } }.reversed() as [(String, Mode)]
        var queue: [(job: Job, report: Int)] = []
        var running: [Running] = []
        while true {
            while running.count < settings.processes {
                if queue.isEmpty {
                    guard let (file, mode) = todo.popLast() else { break }
                    queue = jobs(file, mode)
                    continue
                }
                let (job, report) = queue.removeFirst()
                guard let child = Child(settings.program, settings.arguments, input: job.line) else {
                    reports[report].results[0] = .failed("a child process cannot be started")
                    close(report)
                    continue
                }
                running.append(Running(job: job, report: report, child: child, current: nil, since: Child.seconds()))
            }
            if running.isEmpty { break }
            let ready = Child.readable(running.map(\.child.output), milliseconds: 200)
            var still: [Running] = []
            for var one in running {
                var hasEnded = false
                if ready.contains(one.child.output) {
                    if let lines = one.child.lines() { take(lines, &one) } else { hasEnded = true }
                }
                let isLate = !hasEnded && Child.seconds() - one.since > settings.timeoutSeconds
                if isLate { one.child.end() }
                guard hasEnded || isLate else {
                    still.append(one)
                    continue
                }
                let reason = one.child.wait()
                queue += ended(one, isLate ? "no answer in \(Int(settings.timeoutSeconds)) s" : reason)
                close(one.report)
            }
            running = still
        }
        return reports
    }

    private func jobs(_ file: String, _ mode: Mode) -> [(Job, Int)] {
        var report = FileReport(file: file, mode: mode)
        guard let script = Script.read(file, dialect: settings.options.dialect) else {
            report.results[0] = .failed("it cannot be read")
            reports.append(report)
            onFile(report)
            return []
        }
        report.records = script.records
        var queries = script.records.indices.filter { script.records[$0].isQuery }
        if let sample = settings.sample, sample < queries.count {
            var generator = SampleGenerator(state: settings.seed)
            queries = queries.shuffled(using: &generator).prefix(sample).sorted()
        }
        reports.append(report)
        let number = reports.count - 1
        let size = mode.followsChanges ? max(1, settings.viewsAtOnce) : max(1, queries.count)
        var result: [(Job, Int)] = []
        for start in stride(from: 0, to: max(1, queries.count), by: size) {
            let some = Array(queries.dropFirst(start).prefix(size))
            result.append((Job(file: file, mode: mode, queries: some, countsStatements: start == 0), number))
        }
        open[number] = result.count
        return result
    }

    private func take(_ lines: [Substring], _ one: inout Running) {
        for line in lines {
            one.since = Child.seconds()
            if line == "done" {
                one.isDone = true
                one.current = nil
            }
            switch EventLine.read(line) {
            case .began(let index): one.current = index
            case .ended(let index, let result):
                one.results[index] = result
                if one.current == index { one.current = nil }
            case nil: break
            }
        }
    }

    /// Takes over what a child found, and gives what is to be run again.
    private func ended(_ one: Running, _ reason: String?) -> [(Job, Int)] {
        let records = reports[one.report].records
        func keep(_ index: Int, _ result: RecordResult) {
            let isQuery = records.indices.contains(index) && records[index].isQuery
            if isQuery ? (one.job.queries ?? []).contains(index) : one.job.countsStatements {
                reports[one.report].results[index] = result
            }
        }
        for (index, result) in one.results { keep(index, result) }
        if one.isDone { return [] }
        let queries = one.job.queries ?? []
        let reason = "the engine ended: \(reason ?? "without a word")"
        crashes[one.report, default: 0] += 1
        crashSeconds[one.report, default: 0] += Child.seconds() - one.start
        let isHopeless =
            crashes[one.report, default: 0] > Supervisor.crashesMax
            || crashSeconds[one.report, default: 0] > Supervisor.crashSecondsMax
        guard let culprit = one.current, !isHopeless else {
            if let culprit = one.current { keep(culprit, .failed(reason)) }
            for index in queries where reports[one.report].results[index] == nil {
                keep(index, .skipped("the rest of a file whose engine ended too often"))
            }
            return []
        }
        var again = one.job
        let isQuery = records.indices.contains(culprit) && records[culprit].isQuery
        if isQuery {
            keep(culprit, .failed(reason))
            again.excluded.append(culprit)
        } else if one.job.mode == .adhoc || one.job.mode == .after || queries.count <= 1 {
            // With one view at most it is that one; else the statement itself.
            if let view = queries.first, one.job.mode.followsChanges {
                keep(view, .failed("\(reason) at \(records[culprit].place.text)"))
                guard one.job.countsStatements else { return [] }
                again.queries = []
            } else {
                keep(culprit, .failed(reason))
                again.excluded.append(culprit)
            }
        } else {
            let half = queries.count / 2
            again.queries = Array(queries[..<half])
            var other = again
            other.queries = Array(queries[half...])
            other.countsStatements = false
            open[one.report, default: 0] += 2
            return [(again, one.report), (other, one.report)]
        }
        // What is known need not run again; the statements must.
        open[one.report, default: 0] += 1
        return [(again, one.report)]
    }

    private func close(_ report: Int) {
        open[report, default: 0] -= 1
        if open[report] == 0 { onFile(reports[report]) }
    }
}

/// SplitMix64: the same draw for the same seed, everywhere.
struct SampleGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
