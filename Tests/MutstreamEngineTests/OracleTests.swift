import Foundation
import MutstreamColumnar
import MutstreamSQL
import TestSupport
import Testing

@testable import MutstreamEngine

/// After every statement each view holds exactly what a batch database says: SQLite, on the same rows.
@Suite struct OracleTests {
    /// What is run on both sides: a statement, or a look at a query.
    private enum Act {
        case statement(String)
        case look(view: Int, query: String)
    }

    private static func script(seed: UInt64) -> [Act] {
        var random = RandomSQL(seed: seed)
        var acts = RandomSQL.tables.map { Act.statement($0) }
        var queries: [String] = []
        for step in 0..<24 {
            // Views are created before the rows, among them and after them.
            if step % 8 == 0 {
                for _ in 0..<3 { queries.append(random.query()) }
            }
            acts.append(.statement(random.change()))
            for (view, query) in queries.enumerated() { acts.append(.look(view: view, query: query)) }
        }
        return acts
    }

    private static func rows(_ result: StatementResult) -> [String] {
        guard case .rows(let rows) = result else { return ["no rows: \(result)"] }
        let text = (0..<rows.batch.count).map { row in
            zip(rows.batch.columns, rows.fields).map { column, field in
                column.isValid(row) ? TextCodec.text(column.value(at: row), field.type) : "NULL"
            }.joined(separator: "|")
        }
        return (text + rows.problems.map { "problem: \($0)" }).sorted()
    }

    /// What SQLite gives for each look, sorted.
    private static func oracle(_ acts: [Act]) throws -> [[String]] {
        var text = ".nullvalue NULL\n"
        for act in acts {
            switch act {
            case .statement(let sql): text += sql + ";\n"
            case .look(_, let query): text += query + ";\n.print =\n"
            }
        }
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("oracle-\(UUID().uuidString).sql")
        try text.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["sqlite3", "-bail", ":memory:"]
        process.standardInput = try FileHandle(forReadingFrom: file)
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "sqlite3 failed: \(output.suffix(400))")
        var parts: [[String]] = [[]]
        for line in output.split(separator: "\n", omittingEmptySubsequences: true) {
            if line == "=" { parts.append([]) } else { parts[parts.count - 1].append(String(line)) }
        }
        return parts.dropLast().map { $0.sorted() }
    }

    @Test(arguments: 0..<40) func `views are what SQLite says after every statement`(_ number: Int) throws {
        let seed = testSeed() &+ UInt64(number)
        let acts = OracleTests.script(seed: seed)
        let expected = try OracleTests.oracle(acts)
        try OracleTests.compare(acts, expected, Session(), seed)
        let sharded = Session()
        _ = try sharded.execute("SET shards = \([2, 3, 7][number % 3])")
        try OracleTests.compare(acts, expected, sharded, seed)
    }

    private static func compare(_ acts: [Act], _ expected: [[String]], _ session: Session, _ seed: UInt64) throws {
        var looks = 0
        var views = 0
        var history: [String] = []
        for act in acts {
            switch act {
            case .statement(let sql):
                history.append(sql + ";")
                _ = try session.execute(sql)
                if history.count % 3 == 0 { try session.restartViews() }
            case .look(let view, let query):
                if view == views {
                    views += 1
                    // Columns get names of their own: a view has no two of one name.
                    let width = try OracleTests.width(session, query)
                    let names = (0..<width).map { "c\($0)" }.joined(separator: ", ")
                    let create = "CREATE MATERIALIZED VIEW v\(view) (\(names)) AS \(query)"
                    history.append(create + ";")
                    _ = try session.execute(create)
                }
                let kept = OracleTests.rows(try session.execute("SELECT * FROM v\(view)"))
                let asked = looks % 7 == 0 ? OracleTests.rows(try session.execute(query)) : kept
                if kept != expected[looks] || asked != expected[looks] {
                    Issue.record(
                        """
                        seed \(seed), view v\(view), \(kept == expected[looks] ? "asked at once" : "kept")
                        \(history.joined(separator: "\n"))
                        expected \(expected[looks])
                        found    \(kept == expected[looks] ? asked : kept)
                        """)
                    return
                }
                looks += 1
            }
        }
        #expect(looks == expected.count && looks > 100)
    }

    private static func width(_ session: Session, _ query: String) throws -> Int {
        guard case .rows(let rows) = try session.execute(query) else { return 0 }
        return rows.fields.count
    }
}
