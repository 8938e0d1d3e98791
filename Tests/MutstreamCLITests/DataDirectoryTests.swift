import Foundation
import Testing

/// `inspect`, `replay` and `why` over a data directory that the program wrote.
@Suite struct DataDirectoryTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write(
            "in.jsonl", (1...100).map { "{\"id\":\($0),\"card\":\"c\($0 % 5)\",\"amount\":\($0 * 10)}\n" }.joined())
        try folder.write("cards.jsonl", (0..<4).map { "{\"card\":\"c\($0)\",\"owner\":\"owner \($0)\"}\n" }.joined())
        try folder.write("p.sql", pipeline(limit: 300))
        let run = try Program.run("run p.sql --data-dir state --quiet", in: folder)
        #expect(run.code == 0, "\(run.error)")
    }

    private func pipeline(limit: Int) -> String {
        """
        CREATE SOURCE payments (id BIGINT, card TEXT, amount BIGINT) WITH (connector = 'file', path = 'in.jsonl');
        CREATE TABLE cards (card TEXT PRIMARY KEY, owner TEXT) WITH (connector = 'file', path = 'cards.jsonl');
        CREATE VIEW owned AS SELECT p.id, p.amount, c.owner FROM payments p JOIN cards c ON p.card = c.card
          EMIT ON ARRIVAL;
        CREATE SINK large AS SELECT id, owner, amount / 10 AS tens FROM owned WHERE amount > \(limit)
          WITH (connector = 'file', path = 'out.jsonl');
        """
    }

    @Test func `why shows a row at every layer`() throws {
        let shown = try Program.run("why state large 33", in: folder)
        #expect(shown.code == 0, "\(shown.error)")
        let layers = shown.output.components(separatedBy: "\n\n")
        #expect(layers[0].hasPrefix("step "))
        #expect(layers.contains("source payments\n  id      33\n  card    c3\n  amount  330"))
        #expect(layers.contains { $0.contains("join") && $0.contains("owner   owner 3") })
        #expect(
            layers.contains { $0.hasPrefix("joined with the row of cards") && $0.contains("owner  owner 3") },
            "\(shown.output)")
        #expect(layers.contains { $0.hasPrefix("view owned: ") }, "\(shown.output)")
        #expect(layers.last == "sink large\n  id     33\n  owner  owner 3\n  tens   33\n")

        let json = try Program.run("why state large tens=40 --json", in: folder)
        #expect(
            json.lines.last?.hasSuffix("\"row\":{\"id\":40,\"owner\":\"owner 0\",\"tens\":40}}") == true, "\(json.output)")
        let none = try Program.run("why state large 34", in: folder)
        #expect(none.code == 1 && none.error.contains("no row left for \"large\" with id = 34"), "\(none.error)")
        let wrong = try Program.run("why state larg 33", in: folder)
        #expect(wrong.code == 1 && wrong.error.contains("its sinks: large"), "\(wrong.error)")
    }

    @Test func `why tells of a blocked payment: features, the answer, the rows it was counted with`() throws {
        let lines = (1...60).map { id in
            "{\"id\":\(id),\"card\":\"4000-\(id % 3)\",\"amount\":\(id),\"bad\":\(id % 2 == 0),"
                + "\"at\":\"2026-01-01T00:\(id < 10 ? "0" : "")\(id % 60):00\"}\n"
        }
        try folder.write("scored.jsonl", lines.dropLast().joined())
        try folder.write(
            "model.sql",
            """
            CREATE SOURCE payments (id BIGINT, card TEXT SENSITIVE, amount DOUBLE, bad BOOLEAN, at TIMESTAMP,
              WATERMARK FOR at AS at - INTERVAL '5' SECOND) WITH (connector = 'file', path = 'scored.jsonl');
            CREATE MODEL risk INPUT (amount DOUBLE, n DOUBLE) OUTPUT (bad BOOLEAN) WITH (algorithm = 'logistic_regression');
            CREATE VIEW features AS SELECT id, amount, bad, CAST(count(*) OVER w AS DOUBLE) AS n FROM payments
              WINDOW w AS (PARTITION BY card ORDER BY at RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW)
              EMIT ON ARRIVAL;
            CREATE VIEW scored AS SELECT id, amount, n, PREDICT(risk, amount, n) AS score FROM features;
            CREATE SINK answers AS SELECT id, score >= 0 AS blocked FROM scored WHERE amount > 3
              WITH (connector = 'file', path = 'answers.jsonl');
            INSERT INTO MODEL risk SELECT amount, n, bad FROM features;
            """)
        let run = try Program.run("run model.sql --data-dir scored --quiet", in: folder)
        #expect(run.code == 0, "\(run.error)")
        let why = try Program.run("why --data-dir scored answers 50", in: folder)
        #expect(why.code == 0, "\(why.error)")
        let layers = why.output.components(separatedBy: "\n\n")
        #expect(
            layers.contains { $0.contains("predict risk(amount, n), which has learnt from") && $0.contains("n  ") },
            "\(why.output)")
        #expect(layers.contains { $0.hasPrefix("view scored") && $0.contains("score") }, "\(why.output)")
        #expect(layers.contains { $0.hasPrefix("the last 10 of 17 rows of the partition") }, "\(why.output)")
        #expect(why.output.contains("card    ***") && !why.output.contains("4000-"), "\(why.output)")
        #expect(layers.contains { $0.contains("; keeps ") }, "\(why.output)")
        let shown = try Program.run("why scored answers 50 --show-sensitive", in: folder)
        #expect(shown.code == 0 && shown.output.contains("4000-2"), "\(shown.output)")
        let missing = try Program.run("why scored answers", in: folder)
        #expect(missing.code == 64 && missing.error.contains("expected folder, sink, key"), "\(missing.error)")
    }

    @Test func `a replay gives the same rows, and a comparison those that differ`() throws {
        let replayed = try Program.run("replay state --quiet", in: folder)
        let rows = replayed.lines.compactMap { line in
            line.range(of: "\"row\":").map { range in line[range.upperBound...].dropLast() }
        }
        #expect(rows.joined(separator: "\n") + "\n" == folder.text("out.jsonl"))

        try folder.write("new.sql", pipeline(limit: 350))
        let different = try Program.run("replay state --diff new.sql --quiet", in: folder)
        #expect(different.code == 1)
        #expect(
            different.lines.map { $0.prefix(16) } == [
                "- large {\"id\":31", "- large {\"id\":32", "- large {\"id\":33", "- large {\"id\":35",
            ])
        let same = try Program.run("replay state --diff p.sql", in: folder)
        #expect(same.code == 0 && same.error.contains("no row differs"), "\(same.error)")
    }

    @Test func `inspect finds a flipped bit`() throws {
        let whole = try Program.run("inspect state", in: folder)
        #expect(whole.code == 0 && whole.output.contains("whole"), "\(whole.output)")
        let log = "state/log/log-00000000000000000001"
        var bytes = try #require(FileManager.default.contents(atPath: folder.path + "/" + log))
        bytes[bytes.count - 3] ^= 16
        try folder.write(log, bytes)
        let damaged = try Program.run("inspect state", in: folder)
        #expect(damaged.code == 1 && damaged.error.contains("begins no whole step"), "\(damaged.error)")
        let json = try Program.run("inspect state --json", in: folder)
        #expect(json.output.contains("\"problem\":\"log-0"), "\(json.output)")
        #expect(json.output.contains("before its newest checkpoint"), "\(json.output)")

        // Damage amid whole steps.
        bytes[bytes.count - 3] ^= 16
        let frames = (0..<bytes.count - 4).filter { bytes[$0..<$0 + 4].elementsEqual(Array("MFR1".utf8)) }
        #expect(frames.count > 3)
        bytes[frames[2] + 40] ^= 1
        try folder.write(log, bytes)
        let gap = try Program.run("inspect --data-dir state", in: folder)
        #expect(
            gap.code == 1 && gap.error.contains("byte \(frames[2]) begins no whole step (step 2), though step 3 at byte "),
            "\(gap.error)")
        #expect(gap.output.contains("pipelines/pipeline-"), "\(gap.output)")
    }

    @Test func `another pipeline goes on with what is the same, and a folder that is none is refused`() throws {
        try folder.write("other.sql", pipeline(limit: 5).replacing("amount BIGINT", with: "amount DOUBLE"))
        let planned = try Program.run("plan-change other.sql --data-dir state", in: folder)
        #expect(
            planned.code == 1 && planned.output.contains("its column amount was BIGINT and is DOUBLE"),
            "\(planned.error)")
        let other = try Program.run("run other.sql --data-dir state", in: folder)
        #expect(other.code == 1 && other.error.contains("some of it would be lost: source payments"), "\(other.error)")
        try folder.write("narrower.sql", pipeline(limit: 5))
        let narrower = try Program.run("plan-change narrower.sql --data-dir state --json", in: folder)
        #expect(
            narrower.code == 0
                && narrower.output.contains(
                    "{\"what\":\"sink\",\"name\":\"large\",\"outcome\":\"from now on\",\"lossy\":false,"),
            "\(narrower.output) \(narrower.error)")
        // Layout and comments make no other pipeline.
        try folder.write("same.sql", "-- the same\n" + pipeline(limit: 300).replacing("EMIT ON", with: "\n  EMIT  ON"))
        let same = try Program.run("run same.sql --data-dir state --quiet", in: folder)
        #expect(same.code == 0, "\(same.error)")
        let none = try Program.run("inspect .", in: folder)
        #expect(none.code == 1 && none.error.contains("no data directory of mutstream"), "\(none.error)")
        let strange = try Program.run("run p.sql --data-dir .", in: folder)
        #expect(strange.code == 1 && strange.error.contains("is no data directory of mutstream"), "\(strange.error)")
    }
}
