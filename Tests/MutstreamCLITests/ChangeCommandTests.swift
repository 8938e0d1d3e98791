import Foundation
import Testing

/// `plan-change` and `run` of another pipeline beside one that runs, and after one that was killed; then the history of both.
@Suite struct ChangeCommandTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("in.jsonl", "")
        try write(rows: 1...50)
        try folder.write("old.sql", pipeline("'old.jsonl'"))
    }

    /// Appends rows to the input.
    private func write(rows: ClosedRange<Int>) throws {
        let text = rows.map { "{\"id\":\($0),\"card\":\"c\($0 % 5)\",\"amount\":\($0)}\n" }.joined()
        let file = try #require(FileHandle(forWritingAtPath: folder.path + "/in.jsonl"))
        try file.seekToEnd()
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
    }

    private func pipeline(_ path: String, _ more: String = "", from columns: String = "amount BIGINT") -> String {
        """
        CREATE SOURCE payments (id BIGINT, card TEXT, \(columns)) WITH (connector = 'file', path = 'in.jsonl', follow = 'true');
        CREATE SINK counts AS SELECT card, count(*) AS n FROM payments GROUP BY card
          WITH (connector = 'file', path = \(path), format = 'changelog_json');
        CREATE SINK seen AS SELECT id FROM payments WITH (connector = 'file', path = 'seen.jsonl');
        \(more)
        """
    }

    /// Waits until a file holds so many lines.
    private func await(_ name: String, lines: Int) throws {
        let deadline = Date(timeIntervalSinceNow: 60)
        while folder.text(name).split(separator: "\n").count < lines {
            guard Date() < deadline else {
                Issue.record("\(name) has \(folder.text(name).split(separator: "\n").count) lines, expected \(lines)")
                throw CancellationError()
            }
            usleep(5_000)
        }
    }

    /// The rows that a changelog leaves.
    private func net(_ name: String) -> [String] {
        var net: [String: Int] = [:]
        for line in folder.text(name).split(separator: "\n") {
            let isGone = line.contains("\"op\":\"-")
            let row = line.range(of: "\"card\"").map { String(line[$0.lowerBound...].prefix { $0 != "}" }) } ?? String(line)
            net[row, default: 0] += isGone ? -1 : 1
        }
        return net.filter { $0.value != 0 }.keys.sorted()
    }

    private var seen: [String] { folder.text("seen.jsonl").split(separator: "\n").map(String.init) }

    @Test func `a pipeline that was killed is finished before another one goes on`() throws {
        let old = try Running("exec '\(Program.path ?? "")' run old.sql --data-dir state --quiet", in: folder)
        try self.await("seen.jsonl", lines: 50)
        try write(rows: 51...80)
        try self.await("seen.jsonl", lines: 80)

        try folder.write(
            "new.sql",
            pipeline(
                "'old.jsonl'",
                "CREATE SINK sums AS SELECT id, amount + 1 AS a FROM payments WITH (connector = 'file', path = 'sums.jsonl');"
            ))
        // Beside a pipeline that runs.
        let planned = try Program.run("plan-change new.sql --data-dir state", in: folder)
        #expect(planned.code == 0 && planned.output.contains("nothing is lost"), "\(planned.output) \(planned.error)")
        #expect(planned.output.contains("done first"), "\(planned.output)")
        old.signal(SIGKILL)
        _ = try old.wait()

        // From another folder: the old paths begin where they did.
        let new = try Running("exec '\(Program.path ?? "")' run new.sql --data-dir state", in: folder)
        try write(rows: 81...90)
        try self.await("seen.jsonl", lines: 90)
        try self.await("sums.jsonl", lines: 90)
        new.signal(SIGINT)
        let ended = try new.wait()
        #expect(ended.code == 0 && ended.error.contains("done by the pipeline that was here before"), "\(ended.error)")
        #expect(seen == (1...90).map { "{\"id\":\($0)}" })
        #expect(net("old.jsonl").count == 5, "\(folder.text("old.jsonl"))")

        // Each step by the pipeline that ran it.
        let replayed = try Program.run("replay --data-dir state --sink seen --quiet", in: folder)
        #expect(replayed.code == 0 && replayed.lines.count == 90, "\(replayed.error)")
        let sums = try Program.run("replay state --sink sums --quiet", in: folder)
        #expect(sums.code == 0 && !sums.lines.isEmpty && sums.lines.count < 90, "\(sums.lines.count) \(sums.error)")
        let nothing = try Program.run("replay state --diff new.sql --sink nosuch", in: folder)
        #expect(nothing.code == 1 && nothing.error.contains("no pipeline has a sink \"nosuch\""), "\(nothing.error)")
        let all = try Program.run("replay state --diff new.sql --sink sums", in: folder)
        #expect(all.code == 1, "\(all.error)")
        let last = try Program.run("replay --data-dir state --diff new.sql --sink sums --from 100000", in: folder)
        #expect(last.code == 0 && last.error.contains("no row differs"), "\(last.error)")
        let why = try Program.run("why --data-dir state sums 85", in: folder)
        #expect(why.code == 0 && why.output.contains("  a   86"), "\(why.output) \(why.error)")

        let inspected = try Program.run("inspect --data-dir state --json", in: folder)
        #expect(inspected.code == 0 && inspected.output.contains("\"first_time\":\"20"), "\(inspected.output)")
        #expect(inspected.output.components(separatedBy: "pipelines/pipeline-").count == 3, "\(inspected.output)")
    }

    @Test func `options that only say how rows are brought change nothing, another path reads from the beginning`() throws {
        let bounded = pipeline("'old.jsonl'").replacing(", follow = 'true'", with: "")
        try folder.write("bounded.sql", bounded)
        let run = try Program.run("run bounded.sql --data-dir state --quiet", in: folder)
        #expect(run.code == 0, "\(run.error)")
        try folder.write("slow.sql", bounded.replacing("'in.jsonl'", with: "'in.jsonl', rate = '1000'"))
        let slow = try Program.run("plan-change slow.sql --data-dir state --json", in: folder)
        #expect(slow.code == 0 && slow.output.contains("\"name\":\"payments\",\"outcome\":\"kept\""), "\(slow.output)")
        try folder.write("moved.sql", bounded.replacing("'in.jsonl'", with: "'other.jsonl'"))
        let moved = try Program.run("plan-change moved.sql --data-dir state", in: folder)
        #expect(moved.code == 1 && moved.output.contains("its file is read from its beginning"), "\(moved.output)")
    }
}
