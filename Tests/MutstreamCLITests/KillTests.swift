import Foundation
import Testing

/// The real program, killed or stopped under load, again and again: every row that was answered is there once.
///
/// `MUTSTREAM_KILLS` says how often, for each test.
@Suite(.serialized) struct KillTests {
    private let folder: TemporaryFolder
    private let kills = ProcessInfo.processInfo.environment["MUTSTREAM_KILLS"].flatMap { Int($0) } ?? 5

    init() throws { folder = try TemporaryFolder() }

    private func start(_ arguments: String) throws -> Running {
        let program = try #require(Program.path, "build the product mutstream first")
        return try Running("exec '\(program)' \(arguments)", in: folder)
    }

    private func size(_ name: String) -> Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: folder.path + "/" + name)
        return attributes?[.size] as? Int ?? 0
    }

    /// Kills the program when the file has grown by some bytes, or when it has ended by itself.
    private func kill(_ running: Running, with number: Int32 = SIGKILL, whenGrown name: String, by bytes: Int) throws {
        let wanted = size(name) + bytes
        let deadline = Date(timeIntervalSinceNow: 60)
        while size(name) < wanted, running.isRunning, Date() < deadline { usleep(500) }
        running.signal(number)
        _ = try running.wait()
    }

    @Test(arguments: ["async", "sync"])
    func `a file is read and a file is written once, however often it is killed`(_ durability: String) throws {
        let rows = 30_000
        try folder.write("in.jsonl", (0..<rows).map { "{\"id\":\($0),\"k\":\"key \($0 % 97)\"}" }.joined(separator: "\n"))
        try folder.write(
            "p.sql",
            """
            SET durability = '\(durability)';
            CREATE SOURCE s (id BIGINT, k TEXT) WITH (connector = 'file', path = 'in.jsonl', rate = 15000);
            CREATE SINK o AS SELECT id, k, 2 * id AS twice FROM s WITH (connector = 'file', path = 'out.jsonl');
            CREATE SINK n AS SELECT k, count(*) AS n FROM s GROUP BY k
              WITH (connector = 'file', path = 'counts.jsonl', format = 'changelog_json');
            """)
        for _ in 0..<kills {
            let running = try start("run p.sql --data-dir state --listen 127.0.0.1:0 --quiet")
            try kill(running, whenGrown: "out.jsonl", by: Int.random(in: 1...200_000))
        }
        let last = try Program.run("run p.sql --data-dir state --quiet", in: folder)
        #expect(last.code == 0, "\(last.error)")
        let expected = (0..<rows).map { "{\"id\":\($0),\"k\":\"key \($0 % 97)\",\"twice\":\(2 * $0)}\n" }.joined()
        #expect(folder.text("out.jsonl") == expected)
        // The changes of each key, one after the other, end with its count.
        var counts: [Substring: Int] = [:]
        for line in folder.text("counts.jsonl").split(separator: "\n") {
            let sign = line.contains("\"op\":\"-") ? -1 : 1
            let row = line[(line.range(of: "\"row\":")?.upperBound ?? line.startIndex)...]
            counts[row, default: 0] += sign
        }
        #expect(counts.values.allSatisfy { $0 == 0 || $0 == 1 })
        #expect(counts.filter { $0.value == 1 }.count == 97)
        #expect(try Program.run("inspect state", in: folder).code == 0)
        // It has ended: another run has nothing to do and changes nothing.
        #expect(try Program.run("run p.sql --data-dir state --quiet", in: folder).code == 0)
        #expect(folder.text("out.jsonl") == expected)
    }

    @Test func `whatever is stopped amid its tables and merged streams goes on as if it had not been`() throws {
        let rows = 20_000
        func time(_ row: Int) -> String {
            let second = row / 20
            func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
            return "2026-01-01T\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))"
        }
        for (name, offset) in [("a", 0), ("b", 7)] {
            try folder.write(
                "\(name).jsonl",
                (0..<rows).map { row in
                    "{\"id\":\(2 * row + offset % 2),\"k\":\((row + offset) % 4_999),\"at\":\"\(time(row + offset))\"}"
                }.joined(separator: "\n"))
        }
        try folder.write("t.jsonl", (0..<5_000).map { "{\"k\":\($0),\"name\":\"name \($0)\"}" }.joined(separator: "\n"))
        func pipeline(_ rate: String, _ out: String) -> String {
            let stream = ["a", "b"].map { name in
                """
                CREATE SOURCE \(name) (id BIGINT, k INT, at TIMESTAMP, WATERMARK FOR at AS at)
                  WITH (connector = 'file', path = '\(name).jsonl'\(rate));\n
                """
            }.joined()
            return stream + """
                CREATE TABLE t (k INT PRIMARY KEY, name TEXT) WITH (connector = 'file', path = 't.jsonl');
                CREATE VIEW both AS SELECT * FROM a UNION ALL SELECT * FROM b;
                CREATE SINK o AS SELECT x.id, t.name, count(*) OVER (ORDER BY at RANGE BETWEEN INTERVAL '9' SECOND
                    PRECEDING AND CURRENT ROW) AS n FROM both x LEFT JOIN t ON x.k = t.k EMIT ON ARRIVAL
                  WITH (connector = 'file', path = '\(out)');
                """
        }
        try folder.write("calm.sql", pipeline("", "calm.jsonl"))
        #expect(try Program.run("run calm.sql --quiet", in: folder).code == 0)
        try folder.write("p.sql", pipeline(", rate = 12000", "out.jsonl"))
        for turn in 0..<kills {
            let running = try start("run p.sql --data-dir state --listen 127.0.0.1:0 --quiet")
            if turn == 0 {
                // Amid the table, or before.
                usleep(UInt32.random(in: 0...30_000))
                running.signal(SIGTERM)
            } else {
                try kill(running, with: SIGTERM, whenGrown: "out.jsonl", by: Int.random(in: 1...200_000))
            }
            #expect(try running.wait().code == 0)
        }
        let last = try Program.run("run p.sql --data-dir state --quiet", in: folder)
        #expect(last.code == 0, "\(last.error)")
        #expect(folder.text("calm.jsonl").split(separator: "\n").count == 2 * rows)
        #expect(folder.text("out.jsonl") == folder.text("calm.jsonl"))
    }

    @Test(arguments: ["async", "sync"])
    func `every post that was answered is in the result once`(_ durability: String) throws {
        try folder.write(
            "p.sql",
            """
            SET durability = '\(durability)';
            CREATE SOURCE p (id BIGINT) WITH (connector = 'http', path = '/p');
            CREATE MATERIALIZED VIEW total AS SELECT count(*) AS n, count(DISTINCT id) AS ids FROM p;
            CREATE SINK o AS SELECT id FROM p WITH (connector = 'file', path = 'out.jsonl');
            """)
        // One client that never posts a row twice, and writes down which were answered.
        try folder.write(
            "client.sh",
            """
            i=0; : > answered
            while [ ! -e stop ]; do
              i=$((i + 1)); a=$(cat address 2>/dev/null)
              [ -n "$a" ] && curl -sf -m 10 -d "{\\"id\\":$i}" "$a/p" >/dev/null && echo $i >> answered
            done
            """)
        let client = try Running("exec bash client.sh", in: folder)
        for _ in 0..<kills {
            let running = try start("run p.sql --data-dir state --listen 127.0.0.1:0")
            try folder.write("address", try running.awaitText("listening on "))
            try kill(running, whenGrown: "answered", by: Int.random(in: 1...150))
        }
        let running = try start("run p.sql --data-dir state --listen 127.0.0.1:0")
        let address = try running.awaitText("listening on ")
        try folder.write("stop", "")
        _ = try client.wait()
        let posted = try Program.shell("curl -sf --retry 30 --retry-delay 1 -m 60 -d '{\"id\":-1}' \(address)/p", in: folder)
        #expect(posted.code == 0, "\(posted.error)")
        running.signal(SIGTERM)
        #expect(try running.wait().code == 0)
        let written = folder.text("out.jsonl").split(separator: "\n").map(String.init)
        #expect(Set(written).count == written.count, "rows were doubled")
        let lost = folder.text("answered").split(separator: "\n").map { "{\"id\":\($0)}" }.filter {
            !Set(written).contains($0)
        }
        #expect(lost.isEmpty, "\(lost.count) answered rows were lost")
        #expect(folder.text("answered").split(separator: "\n").count > kills)
    }
}
