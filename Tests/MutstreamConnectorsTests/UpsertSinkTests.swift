import MutstreamColumnar
import MutstreamSQL
import Testing

@testable import MutstreamConnectors
@testable import MutstreamEngine

/// Sinks that leave one line for each key that changed.
@Suite struct UpsertSinkTests {
    private let folder = TemporaryFolder()

    @discardableResult
    private func run(_ text: String) throws -> [String] {
        var registry = ConnectorRegistry()
        registerConnectors(into: &registry)
        let definition = try PipelineDefinition(text, registry: registry, baseDirectory: folder.path)
        let loop = try StepLoop(definition, Pipeline(definition))
        let problems = Monitor<[String]>([])
        loop.onProblem = { problem in problems.withLock { $0.append(problem) } }
        _ = try loop.run()
        return problems.withLock { $0 }
    }

    private func message(_ text: String) -> String {
        do { try run(text) } catch let error as SQLError { return error.message } catch { return "\(error)" }
        return ""
    }

    private func lines(_ writer: UpsertWriter, _ rows: [(Int64, String?)], _ weights: [Int64]? = nil) -> [String] {
        let bytes = ByteWriter()
        writer.write(Rows.batch(rows, weights: weights), to: bytes)
        return bytes.string.split(separator: "\n").map(String.init)
    }

    /// The oracle: the rows of each key, added up.
    @Test func `lines agree with the rows of each key`() {
        var random = TestRandom.seeded()
        for _ in 0..<40 {
            let writer = UpsertWriter(.json, fields: Rows.fields, key: [0])
            var table: [Int64: [String]] = [:]
            for _ in 0..<60 {
                var next = table
                for _ in 0..<Int.random(in: 1...5, using: &random) {
                    let key = Int64.random(in: 0..<6, using: &random)
                    switch Int.random(in: 0..<10, using: &random) {
                    case 0..<3: next[key] = nil
                    case 3..<9: next[key] = ["v\(Int.random(in: 0..<3, using: &random))"]
                    default: next[key, default: []].append("w\(Int.random(in: 0..<9, using: &random))")
                    }
                }
                var changes: [(row: (Int64, String?), weight: Int64)] = []
                var expected: [String] = []
                for key in 0..<Int64(6) {
                    let (old, new) = (table[key] ?? [], next[key] ?? [])
                    var net: [String: Int64] = [:]
                    for value in old { net[value, default: 0] -= 1 }
                    for value in new { net[value, default: 0] += 1 }
                    net = net.filter { $0.value != 0 }
                    if net.isEmpty { continue }
                    for (value, weight) in net { changes.append(((key, value), weight)) }
                    if new.isEmpty {
                        expected.append("{\"op\":\"delete\",\"id\":\(key)}")
                    } else if new.count == 1, net[new[0]] == 1 {
                        expected.append("{\"op\":\"upsert\",\"id\":\(key),\"name\":\"\(new[0])\"}")
                    } else {
                        expected.append("{\"op\":\"error\",\"id\":\(key)}")
                    }
                }
                changes.shuffle(using: &random)
                if !changes.isEmpty {
                    #expect(lines(writer, changes.map(\.row), changes.map(\.weight)).sorted() == expected.sorted())
                }
                table = next
            }
        }
    }

    @Test func `a key that several rows have is told of`() {
        let writer = UpsertWriter(.json, fields: Rows.fields, key: [0])
        #expect(
            lines(writer, [(1, "a"), (2, "b"), (1, "c")]) == [
                "{\"op\":\"error\",\"id\":1}", "{\"op\":\"upsert\",\"id\":2,\"name\":\"b\"}",
            ])
        let problems = writer.takeProblems()
        #expect(problems.count == 1 && problems[0].hasPrefix("the primary_key of a sink is not unique: 2 rows of the query"))
        #expect(writer.takeProblems().isEmpty)
        #expect(lines(writer, [(1, "a")], [-1]) == ["{\"op\":\"error\",\"id\":1}"])
        #expect(lines(writer, [(1, "c"), (1, "d")], [-1, 1]) == ["{\"op\":\"upsert\",\"id\":1,\"name\":\"d\"}"])
        #expect(lines(writer, [(1, "d")], [-1]) == ["{\"op\":\"delete\",\"id\":1}"])
    }

    @Test(arguments: ["json", "csv"])
    func `a table reads back what an upsert sink wrote`(format: String) throws {
        var random = TestRandom.seeded()
        let keys = (0..<25_000).map { _ in Int.random(in: 0..<500, using: &random) }
        folder.write("in.csv", "k,v\n" + keys.map { "\($0),1\n" }.joined())
        let problems = try run(
            """
            CREATE SOURCE s (k BIGINT, v BIGINT) WITH (connector = 'file', path = 'in.csv', format = 'csv');
            CREATE SINK out AS SELECT k, COUNT(*) AS n FROM s GROUP BY k HAVING COUNT(*) % 4 <> 0
              WITH (connector = 'file', path = 'out', format = '\(format)', type = 'upsert', primary_key = 'k');
            """)
        let back = try run(
            """
            CREATE TABLE t (k BIGINT PRIMARY KEY, n BIGINT NOT NULL)
              WITH (connector = 'file', path = 'out', format = '\(format)', op_field = 'op');
            CREATE SINK all_of_them AS SELECT SUM(n) AS n, COUNT(*) AS rows FROM t
              WITH (connector = 'file', path = 'sum', type = 'upsert', primary_key = 'rows');
            """)
        #expect(problems.isEmpty && back.isEmpty)
        var counts: [Int: Int] = [:]
        for key in keys { counts[key, default: 0] += 1 }
        let kept = counts.values.filter { $0 % 4 != 0 }
        let last = "{\"op\":\"upsert\",\"n\":\(kept.reduce(0, +)),\"rows\":\(kept.count)}"
        #expect(folder.text("sum").split(separator: "\n").contains { $0 == last })
    }

    @Test func `CSV has the operation in front`() throws {
        folder.write("in.csv", "k,v\na,1\nb,2\n")
        try run(
            """
            CREATE SOURCE s (k TEXT, v BIGINT) WITH (connector = 'file', path = 'in.csv', format = 'csv');
            CREATE SINK out AS SELECT SUM(v) AS total, k FROM s GROUP BY k
              WITH (connector = 'file', path = 'out', format = 'csv', type = 'upsert', primary_key = 'k');
            """)
        #expect(folder.text("out") == "op,total,k\nupsert,1,a\nupsert,2,b\n")
    }

    @Test func `what is taken back may be passed over`() throws {
        folder.write("in.csv", "k\n" + (0..<20_000).map { "\($0 % 10)\n" }.joined())
        for connector in ["file", "blackhole"] {
            let path = connector == "file" ? "path = 'out', " : ""
            try run(
                """
                CREATE SOURCE s (k BIGINT) WITH (connector = 'file', path = 'in.csv', format = 'csv');
                CREATE SINK out AS SELECT k, COUNT(*) AS n FROM s GROUP BY k
                  WITH (connector = '\(connector)', \(path)type = 'append-only', force_append_only = 'true');
                """)
        }
        let rows = folder.text("out").split(separator: "\n")
        #expect(rows.count >= 20 && rows.contains("{\"k\":3,\"n\":2000}"))
    }

    @Test func `options that do not go together are refused`() {
        func refusal(_ options: String, _ query: String = "SELECT k, COUNT(*) AS n FROM s GROUP BY k") -> String {
            message(
                """
                CREATE SOURCE s (k BIGINT) WITH (connector = 'file', path = 'in.csv', format = 'csv');
                CREATE SINK out AS \(query) WITH (connector = 'stdout', \(options));
                """)
        }
        #expect(refusal("type = 'upsert'").hasPrefix("type = 'upsert' needs the columns"))
        #expect(refusal("type = 'upsert', primary_key = 'x'").hasPrefix("the sink has no column \"x\""))
        #expect(refusal("type = 'append-only'").contains("can only append"))
        #expect(refusal("primary_key = 'k'").contains("can only append"))
        #expect(refusal("primary_key = 'k'", "SELECT k FROM s").hasPrefix("primary_key is for rows that change"))
        #expect(refusal("type = 'upsert', primary_key = 'k', format = 'debezium_json'").contains("does not go with format"))
        #expect(
            refusal("type = 'upsert', primary_key = 'k', force_append_only = true").hasPrefix("force_append_only passes"))
        #expect(
            refusal("type = 'upsert', primary_key = 'k'", "SELECT k, COUNT(*) AS op FROM s GROUP BY k")
                .hasPrefix("the column \"op\""))
        #expect(refusal("type = 'all'", "SELECT k FROM s").contains("expected 'append-only' or 'upsert'"))
    }
}
