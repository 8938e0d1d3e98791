import MutstreamColumnar
import Testing

@testable import MutstreamEngine

@Suite struct ReplyTests {
    private static let pipeline = """
        CREATE SOURCE posts (id BIGINT, amount BIGINT, parts BIGINT, at TIMESTAMP,
          WATERMARK FOR at AS at - INTERVAL '5' SECOND) WITH (connector = 'http');
        CREATE VIEW shares AS SELECT id, amount / parts AS share FROM posts WHERE id <> 2;
        CREATE MATERIALIZED VIEW kept AS SELECT id, share FROM shares;
        CREATE SINK answers AS SELECT id, share FROM shares WITH (connector = 'reply', source = 'posts');
        CREATE SINK failed AS SELECT reason FROM shares.dead_letter WITH (connector = 'memory');
        CREATE SINK late AS SELECT id FROM posts.late WITH (connector = 'memory');
        CREATE SINK refused AS SELECT reason, raw, length FROM posts.dead_letter WITH (connector = 'memory');
        """

    private func line(_ id: Int, _ amount: Int, _ parts: Int, _ time: String) -> String {
        "{\"id\":\(id),\"amount\":\(amount),\"parts\":\(parts),\"at\":\"2024-05-01 \(time)\"}\n"
    }

    private func texts(_ slots: [ReplySlot]?) -> [String]? {
        slots?.map { slot in
            switch slot {
            case .rows(let rows): rows.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "+")
            case .failure(let error, let reason): "\(error): \(reason)"
            }
        }
    }

    @Test func `every posted row has one slot, in order, whatever becomes of it`() throws {
        let memory = Memory()
        let live = try LivePipeline(ReplyTests.pipeline, memory)
        let body =
            line(1, 10, 2, "12:00:00") + line(2, 10, 2, "12:00:01") + line(3, 10, 0, "12:00:02")
            + line(4, 10, 2, "11:00:00") + "{\"id\":\"five\"}\n" + "{\"id\":6\n" + line(7, 9, 3, "12:00:03")
        let outcome = try #require(memory.post("posts", body))
        #expect(outcome.accepted == 5)
        #expect(outcome.failure == nil)
        let slots = try #require(texts(outcome.replies))
        #expect(slots.count == 7)
        #expect(slots[0] == #"{"id":1,"share":5}"#)
        #expect(slots[1].isEmpty)
        #expect(slots[2].hasPrefix("failed: ") && slots[2].contains("division by zero"))
        #expect(slots[3].hasPrefix("late: "))
        #expect(slots[4].hasPrefix("rejected: ") && slots[4].contains("\"id\""))
        #expect(slots[5].hasPrefix("rejected: "))
        #expect(slots[6] == #"{"id":7,"share":3}"#)

        #expect(live.view("kept") == [#"{"id":1,"share":5}"#, #"{"id":7,"share":3}"#])
        #expect(live.view("no_such_view") == nil)
        let end = try #require(live.stop())
        #expect(end.failure == nil)
        #expect(memory.rows("late") == [#"{"id":4}"#])
        #expect(memory.rows("failed").count == 1)
        #expect(memory.rows("refused").count == 2)
        #expect(memory.rows("refused")[0].contains(#""length":13"#))
        #expect(end.result?.sources.map(\.rejected) == [2])
        #expect(end.result?.sources.map(\.late) == [1])
        #expect(live.view("kept") == nil)
    }

    @Test func `requests of one step are answered each with its own rows`() throws {
        let memory = Memory()
        let live = try LivePipeline(ReplyTests.pipeline, memory)
        let outcomes = Monitor<[Int: [String]]>([:])
        for request in 0..<40 {
            let body = (0...(request % 3)).map { row in
                row == 1 ? "nonsense\n" : line(100 * request + 10 + row, 100 * request, 1, "12:00:00")
            }
            let admission = memory.offer("posts", body.joined()) { outcome in
                let texts = (outcome.replies ?? []).map { slot -> String in
                    if case .rows(let rows) = slot {
                        rows.map { String(decoding: $0, as: UTF8.self) }.joined()
                    } else {
                        "no"
                    }
                }
                outcomes.signal { $0[request] = texts }
            }
            #expect(admission == .accepted)
        }
        let all = try #require(outcomes.wait(microseconds: 30_000_000) { $0.count == 40 ? $0 : nil })
        for request in 0..<40 {
            let expected = (0...(request % 3)).map { row in
                row == 1 ? "no" : "{\"id\":\(100 * request + 10 + row),\"share\":\(100 * request)}"
            }
            #expect(all[request] == expected, "request \(request)")
        }
        #expect(live.stop()?.failure == nil)
    }

    @Test func `a request of which every row is refused is answered`() throws {
        let memory = Memory()
        let live = try LivePipeline(ReplyTests.pipeline, memory)
        let outcome = try #require(memory.post("posts", "{\n[]\n"))
        #expect(outcome.accepted == 0)
        #expect(texts(outcome.replies)?.count == 2)
        #expect(texts(outcome.replies)?.allSatisfy { $0.hasPrefix("rejected: ") } == true)
        #expect(live.stop()?.failure == nil)
    }

    @Test func `a stop takes through what was accepted and then refuses`() throws {
        let memory = Memory()
        let live = try LivePipeline(ReplyTests.pipeline, memory)
        let done = Monitor(0)
        for id in 10..<60 {
            #expect(
                memory.offer("posts", line(id, id, 1, "12:00:00")) { outcome in
                    done.signal { $0 += outcome.failure == nil ? outcome.accepted : 0 }
                } == .accepted)
        }
        let end = try #require(live.stop())
        #expect(done.withLock { $0 } == 50)
        #expect(end.result?.sources.map(\.accepted) == [50])
        #expect(memory.offer("posts", line(1, 1, 1, "12:00:00")) { _ in } == .closed)
        #expect(memory.state.withLock { $0.closed } == ["failed", "late", "refused"])
    }

    @Test func `a sink that fails ends the run with its error and no caller waits for ever`() throws {
        let memory = Memory()
        let text = ReplyTests.pipeline + "\nCREATE SINK disk AS SELECT id FROM shares WITH (connector = 'broken');"
        let live = try LivePipeline(text, memory)
        let outcome = memory.post("posts", line(1, 10, 2, "12:00:00"))
        #expect(outcome?.failure == "the disk is full")
        #expect(live.wait()?.failure == "the disk is full")
        #expect(live.pipeline.unhealthy == "the disk is full")
    }
}
