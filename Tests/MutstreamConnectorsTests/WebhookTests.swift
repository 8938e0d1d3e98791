import MutstreamColumnar
import Testing

@testable import MutstreamConnectors
@testable import MutstreamEngine

/// What a webhook receives, over real sockets, from servers that fail in every way.
@Suite struct WebhookTests {
    private let folder = TemporaryFolder()

    /// Time that passes only where someone waits for it.
    private final class SteppingClock: PaceClock {
        private let state = Monitor((now: Int64(0), waits: [Int64]()))

        var waits: [Int64] { state.withLock { $0.waits } }
        func now() -> Int64 { state.withLock { $0.now } }
        func wait(until deadline: Int64, _ stop: StopSignal) {
            state.withLock { state in
                state.waits.append(deadline - state.now)
                state.now = deadline
            }
        }
    }

    private let clock = SteppingClock()

    private func sink(
        _ url: String, _ options: [String: CheckedOptions.OptionValue] = [:], format: String = "json",
        fields: [Field] = Rows.fields
    ) throws -> WebhookSink {
        var all = options
        all["url"] = .text(url)
        if all["dead_letter"] == nil { all["dead_letter"] = .text("failed.jsonl") }
        if options["dead_letter"] == .text("none") { all["dead_letter"] = nil }
        let request = SinkRequest(
            name: "out", options: CheckedOptions(all), baseDirectory: folder.path, fields: fields, format: format)
        return try WebhookSink(request, clock: clock, run: 35, jitter: { 0.5 })
    }

    private func send(_ sink: WebhookSink, _ steps: [[(Int64, String?)]]) throws {
        try sink.open()
        for (number, rows) in steps.enumerated() {
            sink.beginStep(Int64(number + 1))
            try sink.write(Rows.batch(rows))
            try sink.flush()
        }
        try sink.close()
    }

    private func rows(_ range: Range<Int>) -> [(Int64, String?)] { range.map { (Int64($0), "n\($0)") } }

    @Test func `rows arrive in order, in arrays of at most so many`() throws {
        let server = try WebhookServer()
        try send(
            sink(server.url, ["batch_rows": .integer(3), "headers": .text("Authorization: Bearer x\n  X-Team: a b ")]),
            [rows(0..<2), rows(2..<10)])
        let seen = server.seen
        #expect(
            seen.map(\.body) == [
                "[{\"id\":0,\"name\":\"n0\"},{\"id\":1,\"name\":\"n1\"}]",
                "[{\"id\":2,\"name\":\"n2\"},{\"id\":3,\"name\":\"n3\"},{\"id\":4,\"name\":\"n4\"}]",
                "[{\"id\":5,\"name\":\"n5\"},{\"id\":6,\"name\":\"n6\"},{\"id\":7,\"name\":\"n7\"}]",
                "[{\"id\":8,\"name\":\"n8\"},{\"id\":9,\"name\":\"n9\"}]",
            ])
        #expect(seen.map(\.key) == ["out-z-1-0", "out-z-2-0", "out-z-2-3", "out-z-2-6"])
        #expect(Set(seen.map(\.connection)) == [1])
        #expect(seen.allSatisfy { $0.path == "/hook?a=1" && $0.header("content-type") == "application/json" })
        #expect(seen[0].header("authorization") == "Bearer x")
        #expect(seen[0].header("x-team") == "a b")
        #expect(folder.text("failed.jsonl").isEmpty)
    }

    @Test func `lines are lines, and texts with line ends stay whole`() throws {
        let server = try WebhookServer()
        try send(sink(server.url, ["body": .text("lines")]), [[(1, "a\nb"), (2, nil)]])
        #expect(server.seen.map(\.body) == ["{\"id\":1,\"name\":\"a\\nb\"}\n{\"id\":2,\"name\":null}\n"])
        #expect(server.seen[0].header("content-type") == "application/x-ndjson")
        let arrays = try WebhookServer()
        try send(sink(arrays.url), [[(1, "a\nb,]"), (2, nil)]])
        #expect(arrays.seen.map(\.body) == ["[{\"id\":1,\"name\":\"a\\nb,]\"},{\"id\":2,\"name\":null}]"])
    }

    @Test(arguments: [500, 503, 408, 429, 599])
    func `an answer that may change is asked for again, with the same key`(status: Int) throws {
        let server = try WebhookServer { number, _ in .answer(number < 3 ? status : 204) }
        try send(sink(server.url), [rows(0..<2), rows(2..<3)])
        #expect(server.seen.map(\.key) == ["out-z-1-0", "out-z-1-0", "out-z-1-0", "out-z-1-0", "out-z-2-0"])
        #expect(Set(server.seen.prefix(4).map(\.body)).count == 1)
        // Half of the jitter: three quarters of 0.1, 0.2 and 0.4 seconds.
        #expect(clock.waits == [75_000_000, 150_000_000, 300_000_000])
        #expect(folder.text("failed.jsonl").isEmpty)
    }

    @Test func `a server may say when to come back`() throws {
        let server = try WebhookServer { number, _ in
            [
                .answer(429, headers: [("Retry-After", "7")]), .answer(503, headers: [("Retry-After", "100000")]),
                .answer(503, headers: [("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT")]), .answer(200),
            ][min(number, 3)]
        }
        try send(sink(server.url), [rows(0..<1)])
        #expect(clock.waits == [7_000_000_000, 300_000_000_000, 300_000_000])
    }

    @Test(arguments: [400, 401, 404, 413, 422, 302])
    func `an answer that stays is a dead letter at once, and the flow goes on`(status: Int) throws {
        let server = try WebhookServer { number, _ in
            number == 0 ? .answer(status, body: "no such thing\nat all") : .answer(200)
        }
        let hook = try sink(server.url)
        try send(hook, [rows(0..<2), rows(2..<3)])
        #expect(server.seen.map(\.key) == ["out-z-1-0", "out-z-2-0"])
        #expect(clock.waits.isEmpty)
        let failed = folder.text("failed.jsonl").split(separator: "\n").map(String.init)
        #expect(failed.count == 2)
        #expect(failed[0].hasPrefix("{\"reason\":\"the answer was \(status) "))
        #expect(
            failed[0].hasSuffix(": no such thing\",\"idempotency_key\":\"out-z-1-0\",\"row\":{\"id\":0,\"name\":\"n0\"}}"),
            "\(failed[0])")
        #expect(hook.takeProblems().count == 1)
    }

    @Test func `after the last try the batch is a dead letter`() throws {
        let server = try WebhookServer { _, seen in .answer(seen.body.contains("n0") ? 503 : 200) }
        try send(sink(server.url, ["max_retries": .integer(2)]), [rows(0..<1), rows(1..<2)])
        #expect(server.seen.count == 4)
        #expect(clock.waits.count == 2)
        #expect(folder.text("failed.jsonl").contains("the answer was 503 Service Unavailable, after 3 tries"))
    }

    @Test func `without a dead letter the pipeline ends with the reason`() throws {
        let server = try WebhookServer { _, _ in .answer(403, body: "who are you") }
        let hook = try sink(server.url, ["dead_letter": .text("none")])
        let error = #expect(throws: ConnectorError.self) { try send(hook, [rows(0..<1)]) }
        #expect(error?.message == "the webhook of \"out\" did not take 1 rows: the answer was 403 Forbidden: who are you")
        #expect(error?.hint?.contains("dead_letter") == true)
        #expect(throws: ConnectorError.self) { try hook.flush() }
    }

    @Test func `what could not be delivered is not said to be, whatever comes after it`() throws {
        let server = try WebhookServer { _, seen in .answer(seen.body.contains("n1") ? 403 : 200) }
        let hook = try sink(server.url, ["dead_letter": .text("none")])
        try hook.open()
        #expect(throws: ConnectorError.self) {
            for step in 0..<3 {
                hook.beginStep(Int64(step + 1))
                try hook.write(Rows.batch(rows(step..<step + 1)))
            }
            try hook.finish()
        }
        hook.beginStep(9)
        #expect(throws: ConnectorError.self) { try hook.write(Rows.batch(rows(8..<9))) }
        #expect(hook.deliveredStep == 1)
    }

    @Test func `keys name the run of a step, so that a step that was lost and done otherwise has another`() throws {
        let server = try WebhookServer()
        let hook = try sink(server.url)
        // The second run did no step; the third did the second step anew.
        hook.note(runs: [1, 2, 2])
        try send(hook, [rows(0..<1), rows(1..<2)])
        #expect(server.seen.map(\.key) == ["out-z.1-1-0", "out-z.3-2-0"])
    }

    @Test func `a connection that breaks is made again`() throws {
        let server = try WebhookServer { number, _ in
            [.close, .answer(200), .answerAndVanish(200), .answerAndClose(200), .answer(200)][min(number, 4)]
        }
        try send(sink(server.url), [rows(0..<1), rows(1..<2), rows(2..<3), rows(3..<4)])
        let ids = server.seen.map { $0.body.prefix(8).suffix(1) }
        #expect(ids == ["0", "0", "1", "2", "3"])
        #expect(folder.text("failed.jsonl").isEmpty)
        #expect(Set(server.seen.map(\.connection)).count == 4)
    }

    @Test func `a server that is not there is tried again until it comes`() throws {
        let first = try WebhookServer()
        let (port, url) = (first.port, first.url)
        first.stop()
        try send(sink(url, ["max_retries": .integer(1)]), [rows(0..<1)])
        #expect(folder.text("failed.jsonl").contains("\"reason\":\"connection refused, after 2 tries\""))
        let second = try WebhookServer(port: port)
        try send(sink(url), [rows(1..<2)])
        #expect(second.seen.count == 1)
    }

    @Test func `an answer that does not come in time is a failure`() throws {
        let server = try WebhookServer { number, _ in number == 0 ? .silence : .answer(200) }
        try send(sink(server.url, ["timeout": .duration(100_000)]), [rows(0..<1)])
        #expect(server.seen.count == 2)
        #expect(folder.text("failed.jsonl").isEmpty)
        let silent = try WebhookServer { _, _ in .silence }
        try send(sink(silent.url, ["timeout": .duration(50_000), "max_retries": .integer(0)]), [rows(0..<1)])
        #expect(folder.text("failed.jsonl").contains("no answer within 0.05 seconds"))
    }

    @Test func `a host that is not known says so`() throws {
        try send(sink("http://no-such-host.invalid/", ["max_retries": .integer(0)]), [rows(0..<1)])
        #expect(folder.text("failed.jsonl").contains("no-such-host.invalid"), "\(folder.text("failed.jsonl"))")
    }

    @Test func `a slow server holds the engine back`() throws {
        let server = try WebhookServer { _, _ in .wait(200) }
        let hook = try sink(server.url, ["batch_rows": .integer(1)])
        try hook.open()
        let written = Monitor(0)
        let total = Courier.batchesMax * 3
        // The engine's thread, which alone touches the sink.
        nonisolated(unsafe) let own = hook
        let engine = EngineThread(name: "engine") {
            for row in 0..<total {
                own.beginStep(Int64(row))
                try? own.write(Rows.batch([(Int64(row), "n")]))
                written.signal { $0 += 1 }
            }
            try? own.close()
        }
        #expect(server.awaitRequests(1).count == 1)
        // One is under way and the queue is full: the next one waits.
        _ = written.wait { $0 >= Courier.batchesMax + 1 ? true : nil }
        #expect(written.withLock { $0 } == Courier.batchesMax + 1)
        server.release()
        engine.join()
        #expect(server.seen.count == total)
        #expect(server.seen.map { $0.body } == (0..<total).map { "[{\"id\":\($0),\"name\":\"n\"}]" })
    }

    @Test func `URLs and headers are checked`() throws {
        func message(_ url: String, headers: String = "") -> String {
            do {
                _ = try sink(url, ["headers": .text(headers)])
                return ""
            } catch let error as ConnectorError { return "\(error.message) | \(error.hint ?? "")" } catch { return "?" }
        }
        for url in [
            "http://a", "http://a/", "HTTP://a.b:8080/x?y=%20", "http://[::1]:80/a", "http://[::1]", "http://127.0.0.1?x",
        ] { #expect(message(url).isEmpty, "\(url): \(message(url))") }
        #expect(try WebhookURL("http://[::1]:81/a").host == "::1" && WebhookURL("http://[::1]:81/a").port == 81)
        #expect(try WebhookURL("http://a?x").target == "/?x" && WebhookURL("http://[::1]").authority == "[::1]")
        #expect(message("https://a/").contains("no TLS is built in | post to a proxy"))
        for url in [
            "", "a", "ftp://a", "http://", "http://:80", "http://a:0", "http://a:x", "http://a:70000", "http://a b",
            "http://a/ö",
            "http://a#x", "http://u:p@a/", "http://a\r\nb/", "http://a\\b/", "http://[::1",
        ] { #expect(!message(url).isEmpty, "\(url)") }
        #expect(!message("http://u:secret@a/").contains("secret"))
        #expect(message("http://a", headers: "Bearer secret").hasPrefix("header 1 has no name"))
        #expect(message("http://a", headers: "A: b\nHost: c").hasPrefix("the header Host is set by the sink itself"))
        #expect(message("http://a", headers: "A: b\u{1}").contains("control character"))
        #expect(message("http://a", headers: "A b: c").contains("has no name"))
        #expect(message("http://a", headers: "A: b\n\n B:c\n").isEmpty)
    }

    @Test func `a dead letter that cannot be opened is found before any row`() throws {
        let hook = try sink("http://127.0.0.1:9/", ["dead_letter": .text("no/such/folder.jsonl")])
        let error = #expect(throws: ConnectorError.self) { try hook.open() }
        #expect(error?.option == "dead_letter")
    }
}
