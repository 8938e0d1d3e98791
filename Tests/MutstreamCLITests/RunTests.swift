import Foundation
import Testing

@Suite struct RunTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write(
            "pipe.sql",
            """
            CREATE SOURCE a (id INT) WITH (connector = 'stdin', format = 'json');
            CREATE SINK s AS SELECT id FROM a WITH (connector = 'stdout');
            CREATE SINK refused AS SELECT reason, length FROM a.dead_letter
              WITH (connector = 'file', path = 'refused.jsonl', format = 'json');
            """)
        try folder.write(
            "served.sql",
            """
            CREATE SOURCE p (id INT, amount INT) WITH (connector = 'http', path = '/p', format = 'json');
            CREATE VIEW halves AS SELECT id, amount / 2 AS half FROM p;
            CREATE MATERIALIZED VIEW kept AS SELECT * FROM halves;
            CREATE SINK answers AS SELECT * FROM halves WITH (connector = 'reply', source = 'p');
            CREATE SINK log AS SELECT * FROM halves WITH (connector = 'stdout');
            """)
    }

    @Test func `rows go from standard input to standard output`() throws {
        let result = try Program.shell("seq 1 1000 | sed 's/.*/{\"id\":&}/' | mutstream run pipe.sql --quiet", in: folder)
        #expect(result.code == 0)
        #expect(result.lines.map(String.init) == (1...1000).map { "{\"id\":\($0)}" })
        #expect(result.error.isEmpty)
    }

    @Test func `a sink does not write into its own pipeline`() throws {
        let text = """
            CREATE SOURCE a (id INT) WITH (connector = 'stdin', format = 'json');
            CREATE SINK s AS SELECT id FROM a WITH (connector = 'file', path = 'self.sql', format = 'json');
            """
        try folder.write("self.sql", text)
        let result = try Program.shell("echo '{\"id\":1}' | mutstream run self.sql --quiet", in: folder)
        #expect(result.code == 1)
        #expect(result.error.contains("it is the pipeline itself"), "\(result.error)")
        #expect(try Program.shell("cat self.sql", in: folder).output == text)
    }

    @Test func `a query whose rows fail says so by its exit code`() throws {
        let result = try Program.run("query pipe.sql 'SELECT 1 / 0'", in: folder)
        #expect(result.code == 1)
        #expect(result.error.contains("division by zero"), "\(result.error)")
        #expect(try Program.run("query pipe.sql 'SELECT 1 / 1'", in: folder).code == 0)
    }

    @Test func `an empty input is an end, not an error`() throws {
        let result = try Program.run("run pipe.sql", in: folder)
        #expect(result.code == 0)
        #expect(result.output.isEmpty)
    }

    @Test func `a reader that has enough is no failure`() throws {
        let result = try Program.shell(
            "set +o pipefail; (yes '{\"id\":1}' | head -300000) 2>/dev/null | mutstream run pipe.sql | head -1; echo \"${PIPESTATUS[1]}\"",
            in: folder)
        #expect(result.lines == ["{\"id\":1}", "0"])
        #expect(!result.error.contains("error"), "\(result.error)")
    }

    @Test func `input by a careless hand leaves its neighbours unharmed`() throws {
        var data = Data("{\"id\":1}\n{\"id\":\u{0}}\n\u{0}\u{0}\n{\"id\":2}\n{\"id\":3\n".utf8)
        data +=
            Data("{\"id\":4,\"x\":\"".utf8) + Data(repeating: UInt8(ascii: "a"), count: 3_000_000)
            + Data("\"}\n{\"id\":5}\n".utf8)
        data += Data("{\"id\":6,\"x\":".utf8) + Data(repeating: UInt8(ascii: "["), count: 100_000)
        data += Data(repeating: UInt8(ascii: "]"), count: 100_000) + Data("}\n{\"id\":7}\n{\"id\":8,\"x\":\"".utf8)
        data += Data([0xFF, 0xFE]) + Data("\"}\n{\"id\":9}\n{\"id\":1e400}\n{\"id\":99999999999999999999999}\n".utf8)
        data += Data(
            "{\"id\":10,\"id\":11}\n{\"id\":12}\n\n   \n\u{FEFF}{\"id\":13}\n{\"id\":14,\"x\":{\"id\":15}}\r\n{\"id\":16}"
                .utf8)
        try folder.write("hand.jsonl", data)
        let result = try Program.shell("mutstream run pipe.sql --json < hand.jsonl", in: folder)
        #expect(result.code == 0)
        #expect(result.lines.map(String.init) == [1, 2, 5, 7, 9, 12, 14, 16].map { "{\"id\":\($0)}" })
        let refused = folder.text("refused.jsonl").split(separator: "\n")
        #expect(refused.count == 10)
        #expect(refused.contains { $0.contains("\"length\":3000015") && $0.contains("at most 1048576") })
        #expect(refused.contains { $0.contains("nested too deep") })
        #expect(refused.contains { $0.contains("UTF-8") })
        #expect(refused.contains { $0.contains("a second time") })
    }

    @Test func `a file of which no row can be read is an end with a word on each row`() throws {
        try folder.write(
            "timed.sql",
            """
            CREATE SOURCE a (id INT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
              WITH (connector = 'file', path = 'bad.csv', format = 'csv');
            CREATE SINK s AS SELECT id FROM a WITH (connector = 'stdout');
            """)
        try folder.write("bad.csv", "id,at\nx,y\nz,w\n")
        let result = try Program.run("run timed.sql", in: folder)
        #expect(result.code == 0)
        #expect(result.error.contains("2 rejected"), "\(result.error)")
        #expect(result.output.isEmpty)
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `asked to stop it takes through what it has and ends well`(number: Int32) throws {
        let running = try Running("exec '\(Program.path ?? "")' run served.sql --listen 127.0.0.1:0", in: folder)
        let address = try running.awaitText("listening on ")
        let answer = try Program.shell("curl -sS -m 20 -d '{\"id\":1,\"amount\":10}' \(address)/p", in: folder)
        #expect(
            answer.output.trimmingCharacters(in: .newlines).contains("{\"id\":1,\"half\":5}"),
            "\(answer.output) \(answer.error)")
        running.signal(number)
        let result = try running.wait()
        #expect(result.code == 0, "\(result.error)")
        #expect(result.output == "{\"id\":1,\"half\":5}\n")
        #expect(result.error.contains("1 rows in"))
    }

    @Test func `a running pipeline answers posts and shows its views, metrics and health`() throws {
        let loud = try Running("exec '\(Program.path ?? "")' run served.sql --listen 127.0.0.1:0", in: folder)
        let address = try loud.awaitText("listening on ")
        func curl(_ rest: String) throws -> String {
            try Program.shell("curl -sS -m 20 -w '\\n%{http_code}' \(rest)", in: folder).output
        }
        #expect(try curl("\(address)/health").hasSuffix("200"))
        let posted = try curl("-d '{\"id\":7,\"amount\":9}' \(address)/p")
        #expect(posted.hasSuffix("200") && posted.contains("\"half\":4"))
        #expect(try curl("-d '{\"id\":\"x\"}' \(address)/p").contains("rejected"))
        #expect(try curl("\(address)/v1/views/kept").contains("{\"id\":7,\"half\":4}"))
        #expect(try curl("\(address)/v1/views/nothing").hasSuffix("404"))
        #expect(try curl("\(address)/metrics").contains("mutstream_rows_in_total{source=\"p\"} "))

        // Its port is taken: a second one says so and ends.
        let port = address.split(separator: ":").last ?? ""
        let second = try Program.run("run served.sql --listen 127.0.0.1:\(port)", in: folder)
        #expect(second.code == 1)
        #expect(second.error.contains("\(port)"), "\(second.error)")
        loud.signal(SIGINT)
        #expect(try loud.wait().code == 0)
    }

    @Test func `a followed file is read on until the program is stopped`() throws {
        try folder.write("grows.jsonl", "{\"id\":1}\n{\"id\"")
        try folder.write(
            "follow.sql",
            """
            CREATE SOURCE a (id INT) WITH (connector = 'file', path = 'grows.jsonl', follow = 'true');
            CREATE SINK s AS SELECT id FROM a WITH (connector = 'stdout');
            """)
        let running = try Running("exec '\(Program.path ?? "")' run follow.sql", in: folder)
        _ = try running.awaitText("{\"id\":1}")
        _ = try Program.shell("printf ':2}\\n{\"id\":3}\\n{\"id\":4' >> grows.jsonl", in: folder)
        _ = try running.awaitText("{\"id\":3}")
        _ = try Program.shell("mv grows.jsonl grows.1; printf '{\"id\":5}\\n' > grows.jsonl", in: folder)
        _ = try running.awaitText("{\"id\":5}")
        running.signal(SIGINT)
        let result = try running.wait()
        #expect(result.code == 0)
        #expect(result.lines == ["{\"id\":1}", "{\"id\":2}", "{\"id\":3}", "{\"id\":5}"])
        #expect(result.error.contains("1 rejected"), "\(result.error)")
    }

    @Test func `changes go by webhook from one pipeline to a table of another`() throws {
        try folder.write(
            "far.sql",
            """
            CREATE TABLE t (k TEXT PRIMARY KEY, n BIGINT NOT NULL)
              WITH (connector = 'http', path = '/t', format = 'debezium_json');
            CREATE MATERIALIZED VIEW kept AS SELECT SUM(n) AS n, COUNT(*) AS keys FROM t;
            CREATE MATERIALIZED VIEW bad AS SELECT reason FROM t.dead_letter;
            """)
        try folder.write(
            "near.sql",
            """
            CREATE SOURCE s (k TEXT) WITH (connector = 'file', path = 'in.csv', format = 'csv', follow = 'true');
            CREATE SINK hook AS SELECT k, COUNT(*) AS n FROM s GROUP BY k HAVING COUNT(*) % 7 <> 0 WITH (
              connector = 'webhook', url = '${address}/t', format = 'debezium_json', primary_key = 'k', batch_rows = 50,
              headers = 'Authorization: Bearer x', dead_letter = 'failed.jsonl');
            CREATE SINK seen AS SELECT COUNT(*) AS n FROM s WITH (connector = 'stdout', type = 'upsert', primary_key = 'n');
            """)
        try folder.write("in.csv", "k\n" + (0..<30_000).map { "k\($0 * 31 % 300)\n" }.joined())
        let far = try Running("exec '\(Program.path ?? "")' run far.sql --listen 127.0.0.1:0", in: folder)
        let address = try far.awaitText("listening on ")
        let near = try Running("exec '\(Program.path ?? "")' run near.sql --set address=\(address)", in: folder)
        _ = try near.awaitText("\"n\":30000}")
        near.signal(SIGINT)
        #expect(try near.wait().code == 0)
        let views = try Program.shell("curl -sS \(address)/v1/views/kept \(address)/v1/views/bad", in: folder).output
        #expect(views.contains("{\"n\":30000,\"keys\":300}") && views.contains("[]"), "\(views)")
        #expect(folder.text("failed.jsonl").isEmpty)
        far.signal(SIGINT)
        #expect(try far.wait().code == 0)
        // A question about a file that is followed is one about what is there.
        let answer = try Program.run(
            "query near.sql 'SELECT COUNT(*) AS n FROM s' --json --set address=http://a", in: folder)
        #expect(answer.output.contains("30000"), "\(answer.output) \(answer.error)")
    }

    @Test func `a table takes posted changes and its view shows them`() throws {
        try folder.write(
            "table.sql",
            """
            CREATE TABLE t (id INT PRIMARY KEY, name TEXT NOT NULL)
              WITH (connector = 'http', path = '/t', format = 'debezium_json');
            CREATE TABLE n (id INT PRIMARY KEY, price DOUBLE) WITH (connector = 'http', path = '/n', op_field = 'op');
            CREATE MATERIALIZED VIEW kept AS SELECT t.id, name, price FROM t LEFT JOIN n ON n.id = t.id;
            CREATE MATERIALIZED VIEW bad AS SELECT reason FROM t.dead_letter;
            """)
        let running = try Running("exec '\(Program.path ?? "")' run table.sql --listen 127.0.0.1:0", in: folder)
        let address = try running.awaitText("listening on ")
        func curl(_ rest: String) throws -> String {
            try Program.shell("curl -sS -m 20 -w '\\n%{http_code}' \(rest)", in: folder).output
        }
        let created = "{\"payload\":{\"op\":\"c\",\"before\":null,\"after\":{\"id\":1,\"name\":\"a\"}}}"
        #expect(try curl("-d '\(created)' \(address)/t") == "{\"accepted\":1}\n202")
        let changed =
            "[{\"op\":\"u\",\"after\":{\"id\":1,\"name\":\"b\"}},null,{\"op\":\"r\",\"after\":{\"id\":2,\"name\":\"c\"}}]"
        #expect(try curl("-d '\(changed)' \(address)/t") == "{\"accepted\":2}\n202")
        #expect(try curl("-d 'null' \(address)/t") == "{\"accepted\":0}\n202")
        let zipped =
            "echo '{\"op\":\"u\",\"after\":{\"id\":2,\"name\":\"c\"}}' | gzip | curl -sS -m 20 --data-binary @- "
            + "-H 'content-encoding: gzip' -H 'content-type: application/json' \(address)/t"
        #expect(try Program.shell(zipped, in: folder).output == "{\"accepted\":1}")
        let priced = "{\"op\":\"insert\",\"id\":1,\"price\":2.5}{\"op\":\"insert\",\"id\":2,\"price\":1.5}"
        #expect(try curl("-d '\(priced)' \(address)/n") == "{\"accepted\":2}\n202")
        #expect(
            try curl("\(address)/v1/views/kept").contains(
                "{\"id\":1,\"name\":\"b\",\"price\":2.5},{\"id\":2,\"name\":\"c\",\"price\":1.5}"))
        let deleted = "{\"op\":\"d\",\"before\":{\"id\":1}}"
        #expect(try curl("-d '\(deleted)' \(address)/t") == "{\"accepted\":1}\n202")
        #expect(try curl("-d '\(deleted)' \(address)/t") == "{\"accepted\":1}\n202")
        #expect(try curl("-d '{\"op\":\"x\"}' \(address)/t").hasSuffix("400"))
        #expect(try curl("-H 'content-type: text/csv' -d 'id,name' \(address)/t").hasSuffix("415"))
        let kept = try curl("\(address)/v1/views/kept")
        #expect(kept.contains("[{\"id\":2,\"name\":\"c\",\"price\":1.5}]"), "\(kept)")
        let bad = try curl("\(address)/v1/views/bad")
        #expect(bad.contains("a deletion of a row that is not there") && bad.contains("field \\\"op\\\""), "\(bad)")
        running.signal(SIGINT)
        #expect(try running.wait().code == 0)
    }

    @Test func `a window of a source that was stopped stays open`() throws {
        let rows = (0..<30).map { "\($0),2024-01-01T00:\($0 + 10):00\n" }.joined()
        try folder.write("slow.csv", "id,at\n" + rows)
        try folder.write(
            "slow.sql",
            """
            CREATE SOURCE e (id INT, at TIMESTAMP, WATERMARK FOR at AS at)
              WITH (connector = 'file', path = 'slow.csv', format = 'csv', rate = ${rate});
            CREATE SINK seen AS SELECT id FROM e WITH (connector = 'stdout');
            CREATE SINK closed AS SELECT COUNT(*) AS n FROM TUMBLE(e, at, INTERVAL '1' HOUR)
              GROUP BY window_start, window_end EMIT ON WINDOW CLOSE WITH (connector = 'stdout');
            """)
        let stopped = try Running("exec '\(Program.path ?? "")' run slow.sql --set rate=2", in: folder)
        _ = try stopped.awaitText("{\"id\":0}")
        stopped.signal(SIGINT)
        let result = try stopped.wait()
        #expect(result.code == 0)
        #expect(!result.output.contains("\"n\":"), "\(result.output)")
        let whole = try Program.run("run slow.sql --set rate=100000 --quiet", in: folder)
        #expect(whole.output.contains("{\"n\":30}"))
    }

    @Test func `the example against fraud gives the recorded figures, twice`() throws {
        let example = Program.root + "/Examples/fraud/fraud.sql"
        var outputs: [String] = []
        for _ in 0..<2 {
            let result = try Program.run(
                "run '\(example)' --until-files-end --listen 127.0.0.1:0 --json --set rate=100000000", in: folder)
            #expect(result.code == 0, "\(result.error)")
            let summary = try #require(JSONSerialization.jsonObject(with: Data(result.error.utf8)) as? [String: Any])
            #expect(summary["rows_in"] as? Int == 128_529)
            #expect(summary["rejected"] as? Int == 0)
            #expect(summary["late"] as? Int == 0)
            let models = try #require(summary["models"] as? [[String: Any]])
            #expect(models.first?["lessons"] as? Int == 63_918)
            let area = try #require(models.first?["auc"] as? Double)
            #expect(abs(area - 0.9838) < 0.00005, "\(area)")
            #expect(result.lines.count == 1_463)
            outputs.append(result.output)
        }
        #expect(outputs[0] == outputs[1])
    }
}
