import MutstreamSQL
import Testing

/// What `check` says of state that nothing bounds.
@Suite struct StateSentenceTests {
    private func sentences(_ query: String, source: String = "(k INT, x INT, s TEXT)") throws -> [String] {
        try Compiler.optimized(
            """
            CREATE SOURCE e \(source) WITH (connector = 'stdin', format = 'json');
            CREATE MATERIALIZED VIEW v AS \(query);
            """
        ).unboundedState
    }

    @Test(arguments: [
        ("count(DISTINCT x)", "count(DISTINCT …)"), ("sum(DISTINCT x)", "sum(DISTINCT …)"),
        ("percentile_cont(0.5) WITHIN GROUP (ORDER BY x)", "percentile_cont"), ("mode() WITHIN GROUP (ORDER BY x)", "mode"),
        ("array_agg(x)", "array_agg"), ("string_agg(s, ',')", "string_agg"),
    ])
    func `an aggregate that keeps the values of a stream is named`(call: String, name: String) throws {
        let alone = try sentences("SELECT \(call) AS r FROM e")
        #expect(alone.contains { $0.hasPrefix("\(name) in \"v\" keeps every value of the stream") }, "\(alone)")
        let grouped = try sentences("SELECT k, \(call) AS r FROM e GROUP BY k")
        #expect(grouped.contains { $0.hasPrefix("\(name) in \"v\" keeps every value of the stream") }, "\(grouped)")
        #expect(grouped.contains { $0.hasPrefix("the groups in \"v\" grow") }, "\(grouped)")
    }

    @Test func `one that keeps a number or a sketch is not`() throws {
        #expect(try sentences("SELECT count(*) AS n, sum(x) AS s, approx_count_distinct(x) AS d FROM e").isEmpty)
    }

    @Test func `explain says so too`() throws {
        let plan = try Compiler.optimized(
            """
            CREATE SOURCE e (k INT, x INT) WITH (connector = 'stdin', format = 'json');
            CREATE MATERIALIZED VIEW v AS SELECT count(DISTINCT x) AS n FROM e;
            """)
        #expect(
            PlanPrinter.print(plan, showsProperties: true).contains("one group and its values without bound"),
            "\(PlanPrinter.print(plan, showsProperties: true))")
    }
}
