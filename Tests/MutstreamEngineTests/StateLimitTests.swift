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

        let late = Monitor<ChunkOutcome?>(nil)
        #expect(memory.offer("clicks", "{\"page\":-1}\n") { outcome in late.signal { $0 = outcome } } == .accepted)
        let view = try #require(live.view("pages"))
        #expect(view.count == 6_000 && !view.contains { $0.contains("-1") })

        let end = try #require(live.stop())
        #expect(end.failure == nil && end.result?.paused == text)
        #expect(late.withLock { $0?.failure } == "the pipeline has stopped")
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
