import Foundation
import Testing

@testable import MutstreamSQL

@Suite struct PlanGoldenTests {
    /// All that `explain` shows of a pipeline, stage after stage.
    private func explanation(_ text: String) -> String {
        do throws(SQLError) {
            let plan = PlanPrinter.print(try Compiler.plan(text))
            let optimized = try Compiler.optimized(text)
            let circuit = try Compiler.circuit(optimized).text
            let warnings = optimized.unboundedState.map { "- \($0)\n" }.joined()
            return
                "== plan\n\(plan)\n== optimized\n\(PlanPrinter.print(optimized, showsProperties: true))\n== circuit\n\(circuit)\n"
                + "== grows\n\(warnings)"
        } catch {
            return DiagnosticPrinter(SourceText(name: "pipeline.sql", text: text)).text(error)
        }
    }

    @Test(arguments: [
        "filter", "shielded", "shared", "lesson-bypass", "lesson-feedback", "interval", "window", "sides", "maintained",
        "keys",
        "rank", "equalities",
    ])
    func `the explanation of a pipeline is as expected`(name: String) throws {
        let actual = explanation(try Golden.read("plan-\(name).sql"))
        #expect(try Golden.expected("plan-\(name).txt", actual: actual) == actual)
    }

    @Test func `views that read a view twice, level upon level, are planned once a level`() throws {
        var text = """
            CREATE SOURCE e (id INT, at TIMESTAMP, WATERMARK FOR at AS at) WITH (connector = 'stdin');
            CREATE MODEL m INPUT (x INT) OUTPUT (y DOUBLE);
            CREATE VIEW v0 AS SELECT id, at, PREDICT(m, id) AS guess FROM e;

            """
        // Followed along every path, two to the power of forty nodes: this would not end.
        for level in 1...40 {
            let below = "SELECT * FROM v\(level - 1)"
            text += "CREATE VIEW v\(level) AS \(below) UNION ALL \(below);\n"
        }
        text +=
            "INSERT INTO MODEL m SELECT id, 1.5 FROM v40; CREATE SINK s AS SELECT id FROM v40 WITH (connector = 'stdout');"
        let plan = try Compiler.optimized(text)
        #expect(plan.graph.reachable(from: plan.roots).count < 400)
        #expect(plan.lessons.map(\.isFeedback) == [false])
        #expect(plan.graph.isAppendOnly(plan.sinks[0].node) { _ in true })
        _ = try Compiler.circuit(plan)
    }

    @Test(arguments: ["a + 1 AS a, b FROM v WHERE a / 2 > 7", "a, upper(b) AS b FROM v WHERE b <> 'x'"])
    func `views that stand one upon another need no stack`(level: String) async throws {
        // Each view is at least one operator; their number is what the parser and the binder take in one test.
        let views = (1...2_000).map { "CREATE VIEW v\($0) AS SELECT \(level.replacing("v ", with: "v\($0 - 1) "));\n" }
        let text =
            "CREATE SOURCE s (a BIGINT, b TEXT) WITH (connector = 'stdin');\nCREATE VIEW v0 AS SELECT a, b FROM s;\n"
            + views.joined() + "CREATE SINK o AS SELECT a, b FROM v2000 WITH (connector = 'stdout');"
        let operators = await onSmallStack {
            (try? Compiler.circuit(try Compiler.optimized(text)))?.text.split(separator: "\n").count ?? 0
        }
        #expect(operators >= 2_000)
    }

    @Test func `a plan as JSON names its roots, its nodes and what they keep`() throws {
        let text = """
            CREATE SOURCE s (a INT, "q""\t" TEXT) WITH (connector = 'stdin');
            CREATE MATERIALIZED VIEW v AS SELECT a, count(*) AS n FROM s GROUP BY a;
            """
        let json = PlanPrinter.json(try Compiler.optimized(text))
        let plan = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let roots = try #require(plan["roots"] as? [[String: Any]])
        let nodes = try #require(plan["nodes"] as? [[String: Any]])
        #expect(roots.compactMap { $0["name"] as? String } == ["v"])
        let root = try #require(nodes.first { $0["id"] as? Int == roots[0]["node"] as? Int })
        #expect(root["key"] as? [String] == ["a"])
        #expect(root["changes"] as? Bool == true)
        let known = Set(nodes.compactMap { $0["id"] as? Int })
        #expect(nodes.allSatisfy { ($0["inputs"] as? [Int] ?? []).allSatisfy(known.contains) })
    }

    @Test func `the explanation of the example of the fraud pipeline is as expected`() throws {
        let root = Golden.folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "Examples/fraud/fraud.sql"), encoding: .utf8)
        let filled = text.replacing("${rate:-3000}", with: "3000")
        let actual = explanation(filled)
        #expect(try Golden.expected("plan-fraud.txt", actual: actual) == actual)
    }
}
