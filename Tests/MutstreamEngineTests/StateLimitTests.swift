import Testing

@testable import MutstreamEngine

@Suite struct StateLimitTests {
    private static let text = """
        SET max_state = '256kB';
        CREATE SOURCE clicks (page BIGINT) WITH (connector = 'http');
        CREATE MATERIALIZED VIEW pages AS SELECT page, COUNT(*) AS n FROM clicks GROUP BY page;
        """

    @Test func `a state that grows to its limit pauses sources, and views go on answering`() throws {
        let memory = Memory()
        let live = try LivePipeline(StateLimitTests.text, memory)
        let lines = (0..<6_000).map { "{\"page\":\($0)}\n" }.joined()
        #expect(memory.post("clicks", lines)?.failure == nil)
        let pause = Monitor(())
        var reason: String?
        for _ in 0..<100_000 where reason == nil {
            reason = live.pipeline.paused
            if reason == nil { _ = pause.wait(microseconds: 100) { _ -> Bool? in nil } }
        }
        let text = try #require(reason)
        #expect(text.contains("max_state is 256.0 kB") && text.contains("with 6000 rows"), "\(text)")

        #expect(memory.offer("clicks", "{\"page\":-1}\n") { _ in } == .paused(retryAfterSeconds: 1))
        let view = try #require(live.view("pages"))
        #expect(view.count == 6_000 && !view.contains { $0.contains("-1") })

        let end = try #require(live.stop())
        #expect(end.failure == nil && end.result?.paused == text)
    }

    @Test func `a pipeline of files alone ends where nothing can make room`() throws {
        let text = StateLimitTests.text.replacing("'http'", with: "'memory'")
        func chunk(_ from: Int) -> String { (from..<from + 6_000).map { "{\"page\":\($0)}\n" }.joined() }
        let memory = Memory(["clicks": [chunk(0), chunk(6_000), chunk(12_000), chunk(18_000)]])
        #expect {
            try memory.run(text)
        } throws: { error in
            ((error as? ConnectorError)?.message ?? "").contains("max_state is 256.0 kB")
        }
        // Nothing is left that would have to come in.
        let counters = try Memory(["clicks": [chunk(0)]]).run(text)
        #expect(counters.paused?.contains("max_state") == true && counters.sources[0].accepted == 6_000)
    }

    @Test func `a view has a limit of its own`() throws {
        let memory = Memory()
        let live = try LivePipeline(
            """
            CREATE SOURCE clicks (page BIGINT) WITH (connector = 'http');
            CREATE MATERIALIZED VIEW total AS SELECT COUNT(*) AS n FROM clicks;
            CREATE MATERIALIZED VIEW pages WITH (max_state = '128kB') AS SELECT page, COUNT(*) AS n FROM clicks GROUP BY page;
            """, memory)
        #expect(memory.post("clicks", (0..<6_000).map { "{\"page\":\($0)}\n" }.joined())?.failure == nil)
        let reason = try #require(paused(live) { $0 != nil })
        #expect(reason.contains("max_state of \"pages\" is 128.0 kB"), "\(reason)")
        _ = live.stop()
    }

    @Test func `sources go on when the clock has taken rows away`() throws {
        let memory = Memory()
        let live = try LivePipeline(
            StateLimitTests.text.replacing("VIEW pages", with: "VIEW pages WITH (state_ttl = '20 s')"), memory)
        #expect(memory.post("clicks", (0..<6_000).map { "{\"page\":\($0)}\n" }.joined())?.failure == nil)
        #expect(paused(live) { $0 != nil } != nil)
        #expect(paused(live) { $0 == nil } == nil)
        #expect(memory.post("clicks", "{\"page\":-1}\n")?.failure == nil)
        #expect(live.stop()?.failure == nil)
    }

    /// Why sources are paused, once that is as wanted.
    private func paused(_ live: LivePipeline, _ isWanted: (String?) -> Bool) -> String? {
        let pause = Monitor(())
        for _ in 0..<100_000 where !isWanted(live.pipeline.paused) {
            _ = pause.wait(microseconds: 100) { _ -> Bool? in nil }
        }
        return live.pipeline.paused
    }

    @Test func `a state below its limit lets everything in`() throws {
        let memory = Memory()
        let live = try LivePipeline(StateLimitTests.text.replacing("256kB", with: "1GB"), memory)
        #expect(memory.post("clicks", (0..<6_000).map { "{\"page\":\($0)}\n" }.joined())?.failure == nil)
        #expect(memory.post("clicks", "{\"page\":-1}\n")?.failure == nil)
        #expect(live.view("pages")?.count == 6_001)
        #expect(live.stop()?.result?.paused == nil)
    }

    @Test func `sizes have a unit`() {
        #expect(StateLimit.text(999) == "999 B" && StateLimit.text(1536) == "1.5 kB" && StateLimit.text(3 << 30) == "3.0 GB")
    }
}
