import Foundation
import Testing

/// The real program, killed with SIGKILL under load, again and again: every row that was answered is there once.
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
    private func kill(_ running: Running, whenGrown name: String, by bytes: Int) throws {
        let wanted = size(name) + bytes
        let deadline = Date(timeIntervalSinceNow: 60)
        while size(name) < wanted, running.isRunning, Date() < deadline { usleep(500) }
        running.signal(SIGKILL)
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
