import MutstreamColumnar
import Testing

@testable import MutstreamLogicTest

/// A stand-in for an engine: keeps the statements and gives the rows that are set for a text.
private final class Recorder: LogicEngine {
    var log: [String] = []
    var answers: [String: Outcome] = [:]
    var damage: String?

    func run(_ sql: String) -> Outcome {
        log.append(sql)
        return answers[sql] ?? .done
    }

    func restart() -> String? {
        log.append("restart")
        return damage
    }
}

@Suite struct RunnerTests {
    private static let text = """
        statement ok
        CREATE TABLE t (a INT)

        statement ok
        INSERT INTO t VALUES (1)

        statement ok
        INSERT INTO t VALUES (2)

        query I
        SELECT a FROM t ORDER BY a
        ----
        1
        2

        statement ok
        DROP TABLE t
        """

    private func run(
        _ text: String, mode: Mode = .adhoc, dialect: Dialect = .mutstream, allow: Bool = false, judge: Recorder? = nil,
        _ answers: [String: Outcome]
    ) -> (log: [String], results: [RecordResult]) {
        let engine = Recorder()
        engine.answers = answers
        var results: [Int: RecordResult] = [:]
        let options = RunOptions(dialect: dialect, allowUnsupported: allow)
        let runner = FileRunner(
            Script.parse(text, dialect: dialect), mode: mode, options: options, engine: engine, judge: judge
        ) { event in if case .ended(let index, let result) = event { results[index] = result } }
        runner.run()
        return (engine.log, results.sorted { $0.key < $1.key }.map(\.value))
    }

    private static func rows(_ values: [String], ordered: Bool = false) -> Outcome {
        .rows(ResultTable(types: [.int], rows: values.map { [$0] }, isOrdered: ordered))
    }

    @Test func `a query runs as it stands`() {
        let (log, results) = run(
            RunnerTests.text, ["SELECT a FROM t ORDER BY a": RunnerTests.rows(["1", "2"], ordered: true)])
        #expect(log.count == 5)
        #expect(results == Array(repeating: .passed, count: 5))
        let wrong = run(RunnerTests.text, ["SELECT a FROM t ORDER BY a": RunnerTests.rows(["2", "1"], ordered: true)])
        #expect(wrong.results[3] == .failed("the same rows in another order"))
    }

    @Test(arguments: [(Mode.before, 1), (.halfway, 2), (.after, 3)])
    func `a view is made where the mode says`(mode: Mode, place: Int) {
        let create = "CREATE MATERIALIZED VIEW slt_view_3 (c1) AS SELECT a FROM t "
        let (log, results) = run(
            RunnerTests.text, mode: mode, ["SELECT * FROM slt_view_3": RunnerTests.rows(["2", "1"])])
        #expect(log.firstIndex(of: create) == place)
        #expect(Array(log[4...]) == ["SELECT * FROM slt_view_3", "DROP MATERIALIZED VIEW slt_view_3", "DROP TABLE t"])
        #expect(results == Array(repeating: .passed, count: 5))
    }

    @Test func `views go on in new circuits among the changes`() {
        let (log, results) = run(
            RunnerTests.text, mode: .restore, ["SELECT * FROM slt_view_3": RunnerTests.rows(["2", "1"])])
        #expect(log.prefix(2).last?.hasPrefix("CREATE MATERIALIZED VIEW") == true)
        let insert = "INSERT INTO t VALUES"
        #expect(Array(log[2...5]) == ["\(insert) (1)", "restart", "\(insert) (2)", "restart"])
        #expect(results == Array(repeating: .passed, count: 5))
        let engine = Recorder()
        engine.damage = "a byte too few"
        var failures: [Int] = []
        let runner = FileRunner(
            Script.parse(RunnerTests.text, dialect: .mutstream), mode: .restore, options: RunOptions(dialect: .mutstream),
            engine: engine
        ) { event in if case .ended(let index, let result) = event, result.verdict == .failed { failures.append(index) } }
        runner.run()
        #expect(failures.prefix(2) == [1, 2])
    }

    @Test func `what no view can be is skipped in view modes alone`() {
        let refused = Outcome.failed("LIMIT without ORDER BY is not supported in a view")
        let create = "CREATE MATERIALIZED VIEW slt_view_3 (c1) AS SELECT a FROM t "
        let (_, results) = run(RunnerTests.text, mode: .before, [create: refused])
        #expect(results[3].verdict == .skipped)
        let broken = run(RunnerTests.text, mode: .before, [create: .failed("unknown column")])
        #expect(broken.results[3] == .failed("error: unknown column"))
    }

    @Test func `after a lost statement only that one counts as failed`() {
        let lost = run(RunnerTests.text, ["CREATE TABLE t (a INT)": .failed("type INT is not supported")])
        #expect(lost.results.map(\.verdict) == [.failed, .skipped, .skipped, .skipped, .passed])
        let allowed = run(RunnerTests.text, allow: true, ["CREATE TABLE t (a INT)": .failed("type INT is not supported")])
        #expect(allowed.results[0] == .skipped("type INT is not supported"))
        let insert = run(RunnerTests.text, ["INSERT INTO t VALUES (1)": .failed("no")])
        #expect(insert.results.map(\.verdict) == [.passed, .failed, .skipped, .skipped, .passed])
    }

    @Test func `errors are expected where the file says so, with its message in our own files`() {
        let text = "statement error no column\nSELECT x\n\nquery error\nSELECT 1/0\n"
        let problem = ResultTable(types: [.int], rows: [], isOrdered: false, problems: ["division by zero"])
        let answers: [String: Outcome] = ["SELECT x": .failed("no column \"x\""), "SELECT 1/0": .rows(problem)]
        #expect(run(text, answers).results == [.passed, .passed])
        let other = run(text, ["SELECT x": .failed("no table")])
        #expect(other.results[0] == .failed("another error than expected: no table"))
        #expect(other.results[1] == .failed("no error, though one was expected"))
        #expect(run(text, dialect: .risingwave, ["SELECT x": .failed("no table")]).results[0] == .passed)
    }

    @Test func `only what the judge agrees to counts`() {
        let judge = Recorder()
        judge.answers = ["SELECT a FROM t ORDER BY a": RunnerTests.rows(["1", "3"], ordered: true)]
        let (_, results) = run(
            RunnerTests.text, judge: judge, ["SELECT a FROM t ORDER BY a": RunnerTests.rows(["5"], ordered: true)])
        #expect(results[3] == .skipped("the judge has another answer"))
        judge.answers = ["SELECT a FROM t ORDER BY a": RunnerTests.rows(["1", "2"], ordered: true)]
        let agreed = run(
            RunnerTests.text, judge: judge, ["SELECT a FROM t ORDER BY a": RunnerTests.rows(["5"], ordered: true)])
        #expect(agreed.results[3].verdict == .failed)
    }

    @Test func `events survive their way through a pipe`() {
        let event = FileRunner.Event.ended(7, .failed("a\tb\nc\\d\r"))
        let line = EventLine.write(event)
        #expect(line.filter { $0 == "\n" }.count == 1)
        guard case .ended(7, let result)? = EventLine.read(line.dropLast()) else {
            Issue.record("not read: \(line)")
            return
        }
        #expect(result == .failed("a\tb\nc\\d\r"))
        #expect(EventLine.read("E\tx\tpassed\t") == nil)
        let job = Job(file: "a\tb.slt", mode: .before, queries: [1, 2], excluded: [3])
        let read = Job(line: String(job.line.dropLast()))
        #expect(read?.file == "a\tb.slt" && read?.queries == [1, 2] && read?.excluded == [3] && read?.mode == .before)
    }

    @Test func `reasons are counted without what differs from case to case`() {
        var tally = ReasonTally()
        tally.add("error: unknown column \"a\" in \"t1\"", file: "a", place: "a:1")
        tally.add("error: unknown column \"b\" in \"t22\"", file: "b", place: "b:1")
        tally.add("3 rows, expected 4", file: "b", place: "b:2")
        #expect(tally.ranked.map(\.reason) == ["error: unknown column \"…\" in \"…\"", "another number of rows"])
        #expect(tally.ranked[0].count == 2 && tally.ranked[0].files == 2 && tally.ranked[0].example == "a:1")
    }

    @Test func `a file is written anew with the answers of a database`() {
        let text = "# kept\nquery I rowsort\nSELECT a FROM t\n----\nold\n\nquery I\nSELECT 2\n----\n\n# kept\n"
        let engine = Recorder()
        engine.answers = ["SELECT a FROM t": RunnerTests.rows(["2", "1"]), "SELECT 2": RunnerTests.rows(["2"])]
        let script = Script.parse(text, dialect: .mutstream)
        let (result, problems) = ResultWriter(script, engine: engine, dialect: .mutstream).rewrite(text)
        #expect(result == "# kept\nquery I rowsort\nSELECT a FROM t\n----\n1\n2\n\nquery I\nSELECT 2\n----\n2\n\n# kept\n")
        #expect(problems.isEmpty)
    }
}
