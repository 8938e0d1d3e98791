import MutstreamColumnar
import MutstreamSQL
import Testing

@testable import MutstreamConnectors
@testable import MutstreamEngine

/// Tables that files of changes fill.
@Suite struct ChangeSourceTests {
    private let folder = TemporaryFolder()

    @discardableResult
    private func run(_ text: String) throws -> (counters: PipelineCounters, problems: [String]) {
        var registry = ConnectorRegistry()
        registerConnectors(into: &registry)
        let definition = try PipelineDefinition(text, registry: registry, baseDirectory: folder.path)
        let loop = try StepLoop(definition, Pipeline(definition))
        let problems = Monitor<[String]>([])
        loop.onProblem = { problem in problems.withLock { $0.append(problem) } }
        let counters = try loop.run()
        return (counters, problems.withLock { $0 })
    }

    private func message(_ text: String) -> String {
        do { try run(text) } catch let error as SQLError { return "\(error.message) | \(error.hint ?? "")" } catch {
            return "\(error)"
        }
        return ""
    }

    /// What a file of changes adds up to, as JSON objects; nil: a row was taken back that was not there.
    private func sum(_ name: String) -> [String]? {
        var rows: [String: Int] = [:]
        for line in folder.text(name).split(separator: "\n") {
            let row = String(line.dropFirst("{\"op\":\"+I\",\"row\":".count).dropLast())
            let isPut = line.hasPrefix("{\"op\":\"+")
            rows[row, default: 0] += isPut ? 1 : -1
        }
        if rows.values.contains(where: { $0 < 0 || $0 > 1 }) { return nil }
        return rows.filter { $0.value == 1 }.keys.sorted()
    }

    /// What a sink writes of a query whose rows change, a table reads back: with a key and without, in both formats.
    @Test(arguments: ["changelog_json", "debezium_json"], ["", ", primary_key = 'k'"])
    func `changes that were written are read back`(format: String, key: String) throws {
        var random = TestRandom.seeded()
        let keys = (0..<30_000).map { _ in Int.random(in: 0..<700, using: &random) }
        folder.write("in.csv", "k,v\n" + keys.map { "\($0),1\n" }.joined())
        try run(
            """
            CREATE SOURCE s (k BIGINT, v BIGINT) WITH (connector = 'file', path = 'in.csv', format = 'csv');
            CREATE SINK out AS SELECT k, COUNT(*) AS n FROM s GROUP BY k HAVING COUNT(*) % 3 <> 0
              WITH (connector = 'file', path = 'changes.jsonl', format = '\(format)'\(key));
            """)
        let (counters, problems) = try run(
            """
            CREATE TABLE t (k BIGINT PRIMARY KEY, n BIGINT NOT NULL)
              WITH (connector = 'file', path = 'changes.jsonl', format = '\(format)');
            CREATE SINK out AS SELECT k, n FROM t WITH (connector = 'file', path = 'back.jsonl', format = 'changelog_json');
            """)
        var counts: [Int: Int] = [:]
        for key in keys { counts[key, default: 0] += 1 }
        let expected = counts.filter { $0.value % 3 != 0 }.map { "{\"k\":\($0.key),\"n\":\($0.value)}" }.sorted()
        #expect(sum("back.jsonl") == expected)
        #expect(counters.rejected == 0 && problems.isEmpty, "\(problems)")
        #expect(folder.text("changes.jsonl").contains(format == "debezium_json" ? "\"op\":\"d\"" : "\"-D\""))
    }

    @Test func `a deletion of what is not there is a dead letter`() throws {
        folder.write(
            "t.csv",
            """
            op,id,name
            insert,1,one
            delete,2,
            upsert,2,two
            delete,1,
            delete,1,
            drop,2,two

            """)
        let (counters, problems) = try run(
            """
            CREATE TABLE t (id INT PRIMARY KEY, name TEXT NOT NULL)
              WITH (connector = 'file', path = 't.csv', format = 'csv', op_field = 'op');
            CREATE SINK out AS SELECT * FROM t WITH (connector = 'file', path = 'out.jsonl', format = 'changelog_json');
            CREATE SINK bad AS SELECT reason, raw, length FROM t.dead_letter
              WITH (connector = 'file', path = 'bad.jsonl', format = 'json');
            """)
        #expect(sum("out.jsonl") == ["{\"id\":2,\"name\":\"two\"}"])
        let bad = folder.text("bad.jsonl").split(separator: "\n").map(String.init).sorted()
        #expect(bad.count == 3)
        #expect(bad.count { $0.contains("a deletion of a row that is not there") } == 2)
        #expect(bad.contains { $0.contains("\"raw\":\"{\\\"id\\\":2}\",\"length\":8}") }, "\(bad)")
        #expect(bad.contains { $0.contains("found \\\"drop\\\"") && $0.contains("\"raw\":\"drop,2,two\"") }, "\(bad)")
        #expect(counters.rejected == 3)
        // Of each step's deletions the first is told.
        #expect(problems.count == 2, "\(problems)")
    }

    @Test func `numbers stand for times as Debezium writes them, or as the unit says`() throws {
        folder.write(
            "t.jsonl",
            """
            {"before":null,"after":{"id":1,"at":1700000000123456,"day":19700,"clock":3600000000,"price":"12.50"},"op":"c"}
            {"op":"m","message":{"prefix":"x"}}
            {"op":"t","source":{"table":"t"}}
            {"before":null,"after":{"id":2,"at":-1,"day":-1,"clock":null,"price":1.5},"op":"r"}

            """)
        folder.write("s.jsonl", "{\"at\":1700000000}\n{\"at\":-1}\n{\"at\":\"2024-01-01 00:00:00\"}\n")
        folder.write("n.jsonl", "{\"at\":1700000000123456789}\n{\"at\":-1}\n")
        let (counters, _) = try run(
            """
            CREATE TABLE t (id INT PRIMARY KEY, at TIMESTAMP, day DATE, clock TIME, price DECIMAL(10,2))
              WITH (connector = 'file', path = 't.jsonl', format = 'debezium_json');
            CREATE SOURCE s (at TIMESTAMP)
              WITH (connector = 'file', path = 's.jsonl', format = 'json', timestamp_unit = 's');
            CREATE SOURCE n (at TIMESTAMPTZ)
              WITH (connector = 'file', path = 'n.jsonl', format = 'json', timestamp_unit = 'ns');
            CREATE SINK out AS SELECT * FROM t WITH (connector = 'file', path = 'out.jsonl', format = 'changelog_json');
            CREATE SINK seconds AS SELECT at FROM s WITH (connector = 'file', path = 'seconds.csv', format = 'csv');
            CREATE SINK nanoseconds AS SELECT at FROM n WITH (connector = 'file', path = 'nanoseconds.csv', format = 'csv');
            """)
        let rows = sum("out.jsonl") ?? []
        #expect(rows.count == 2)
        #expect(rows[0].contains("2023-11-14T22:13:20.123456") && rows[0].contains("2023-12-09"), "\(rows)")
        #expect(rows[0].contains("01:00:00") && rows[0].contains("12.50"), "\(rows)")
        #expect(rows[1].contains("1969-12-31T23:59:59.999999") && rows[1].contains("1969-12-31\""), "\(rows)")
        // A truncation is refused.
        #expect(counters.rejected == 1)
        #expect(folder.text("seconds.csv") == "at\n2023-11-14 22:13:20\n1969-12-31 23:59:59\n2024-01-01 00:00:00\n")
        #expect(
            folder.text("nanoseconds.csv") == "at\n2023-11-14 22:13:20.123456+00\n1969-12-31 23:59:59.999999+00\n")
    }

    @Test func `the field of the operation may be a column`() throws {
        folder.write("t.jsonl", "{\"id\":1,\"kind\":\"c\"}\n{\"id\":2,\"kind\":\"u\"}\n{\"id\":1,\"kind\":\"d\"}\n")
        try run(
            """
            CREATE TABLE t (id INT PRIMARY KEY, kind TEXT)
              WITH (connector = 'file', path = 't.jsonl', format = 'json', op_field = 'kind');
            CREATE SINK out AS SELECT * FROM t WITH (connector = 'file', path = 'out.jsonl', format = 'changelog_json');
            """)
        #expect(sum("out.jsonl") == ["{\"id\":2,\"kind\":\"u\"}"])
    }

    @Test func `what cannot take changes is refused when checked`() {
        let sink = "CREATE SINK o AS SELECT COUNT(*) AS n FROM t WITH (connector = 'blackhole');"
        func table(_ columns: String, _ options: String, _ kind: String = "TABLE") -> String {
            message("CREATE \(kind) t (\(columns)) WITH (connector = 'file', path = 't', \(options)); \(sink)")
        }
        #expect(table("id INT", "format = 'debezium_json'").hasPrefix("\"t\" has no PRIMARY KEY"))
        #expect(table("id INT", "op_field = 'op'").hasPrefix("\"t\" has no PRIMARY KEY"))
        #expect(table("id INT PRIMARY KEY, op INT", "op_field = 'op'").hasPrefix("\"op\" is INT, expected TEXT"))
        #expect(table("id INT", "format = 'changelog_json'", "SOURCE").contains("cannot be that of a source"))
        #expect(table("id INT", "op_field = 'op'", "SOURCE").hasPrefix("unknown option \"op_field\""))
        #expect(
            table("id INT PRIMARY KEY", "format = 'debezium_json', op_field = 'op'").hasPrefix("unknown option \"op_field\"")
        )
    }
}
