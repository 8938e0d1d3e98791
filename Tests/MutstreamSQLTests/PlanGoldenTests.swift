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
        "filter", "shielded", "shared", "lesson-bypass", "lesson-feedback", "interval", "window", "sides", "maintained", "keys",
        "rank",
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

    @Test func `the explanation of the example of the fraud pipeline is as expected`() throws {
        let root = Golden.folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "Examples/fraud/fraud.sql"), encoding: .utf8)
        let filled = text.replacing("${rate:-3000}", with: "3000")
        let actual = explanation(filled)
        #expect(try Golden.expected("plan-fraud.txt", actual: actual) == actual)
    }
}
