import MutstreamColumnar
import MutstreamSQL
import Testing

@testable import MutstreamConnectors
@testable import MutstreamEngine

/// Joins with answers of a real HTTP server.
@Suite struct LookupTests {
    private let folder = TemporaryFolder()

    /// Runs a pipeline over a file of payments; gives what left, sorted as it came.
    private func run(
        _ server: WebhookServer, _ payments: [String], _ query: String, options: String = "", settings: String = "",
        log: String = ""
    ) throws -> (rows: [String], problems: [String]) {
        folder.write("payments.jsonl", Array(payments.joined(separator: "\n").utf8))
        var registry = ConnectorRegistry()
        registerConnectors(into: &registry)
        let text = """
            \(settings)
            CREATE SOURCE p (id BIGINT, currency TEXT, at TIMESTAMP, WATERMARK FOR at AS at) \
              WITH (connector = 'file', path = 'payments.jsonl', format = 'json');
            CREATE TABLE rates (currency TEXT PRIMARY KEY, rate DOUBLE, name TEXT) WITH (connector = 'http_lookup', \
              url = 'http://127.0.0.1:\(server.port)/rates/{currency}?full=1', max_retries = 1\(options));
            CREATE SINK out AS \(query) WITH (connector = 'file', path = 'out.jsonl', format = 'json');
            """
        let definition = try PipelineDefinition(text, registry: registry, baseDirectory: folder.path)
        let loop = try StepLoop(definition, Pipeline(definition))
        let problems = Monitor<[String]>([])
        loop.onProblem = { problem in problems.withLock { $0.append(problem) } }
        _ = try loop.run()
        let out = String(decoding: folder.read("out.jsonl"), as: UTF8.self)
        return (out.split(separator: "\n").map(String.init), problems.withLock { $0 })
    }

    private static func payment(_ id: Int, _ currency: String?, _ second: Int = 0) -> String {
        let text = currency.map { "\"\($0)\"" } ?? "null"
        let (minutes, seconds) = (second / 60, second % 60)
        return "{\"id\":\(id),\"currency\":\(text),\"at\":\"2024-05-01 00:\(minutes < 10 ? "0" : "")\(minutes):"
            + "\(seconds < 10 ? "0" : "")\(seconds)\"}"
    }

    private static let join = "FROM p JOIN rates FOR SYSTEM_TIME AS OF PROCTIME() AS r ON r.currency = p.currency"

    private static func rates(_ number: Int, _ seen: WebhookServer.Seen) -> WebhookServer.Reaction {
        switch seen.path {
        case "/rates/EUR?full=1": .answer(200, body: "{\n  \"rate\": 1.25, \"currency\": \"EUR\",\n \"name\": \"Euro\"}\n")
        case "/rates/a%2Fb%20%C3%A9?full=1": .answer(200, body: "{\"rate\": 2}")
        case "/rates/XXX?full=1": .answer(404)
        case "/rates/BAD?full=1": .answer(200, body: "{\"rate\": \"no number\"}")
        case "/rates/ARR?full=1": .answer(200, body: "[1, 2]")
        case "/rates/NO?full=1": .answer(403)
        default: .answer(500)
        }
    }

    @Test func `rows get the answer of their key, and each key is asked once`() throws {
        let server = try WebhookServer(LookupTests.rates)
        let payments = (0..<500).map { Self.payment($0, ["EUR", "a/b é", "XXX", nil][$0 % 4]) }
        let inner = try run(server, payments, "SELECT id, rate, name \(Self.join)")
        #expect(inner.rows.count == 250)
        #expect(inner.rows.contains("{\"id\":0,\"rate\":1.25,\"name\":\"Euro\"}"))
        #expect(inner.rows.contains("{\"id\":1,\"rate\":2,\"name\":null}"))
        #expect(server.seen.count == 3)
        let left = try run(
            server, payments, "SELECT id, r.currency, rate \(Self.join.replacing(" JOIN", with: " LEFT JOIN"))")
        #expect(left.rows.count == 500)
        #expect(left.rows.contains("{\"id\":2,\"currency\":null,\"rate\":null}"))
        #expect(left.rows.contains("{\"id\":3,\"currency\":null,\"rate\":null}"))
        // Rows of one key keep their order.
        for remainder in 0..<4 {
            let ids = left.rows.compactMap { Int($0.dropFirst(6).prefix { $0.isNumber }) }.filter { $0 % 4 == remainder }
            #expect(ids == ids.sorted() && ids.count == 125)
        }
    }

    @Test func `without an answer rows go where on_timeout says`() throws {
        let payments = ["EUR", "BAD", "ARR", "NO", "ERR"].enumerated().map { Self.payment($0.offset, $0.element) }
        let server = try WebhookServer(LookupTests.rates)
        let query = "SELECT id, rate \(Self.join)"
        #expect(try run(server, payments, query).rows == ["{\"id\":0,\"rate\":1.25}"])
        // One after the other: of many failures only the first few are told.
        func problem(_ payment: Int) throws -> String {
            try run(server, [payments[payment]], query).problems.joined(separator: "\n")
        }
        let told = try (1..<5).map(problem).joined(separator: "\n")
        #expect(told.contains("the answer was 403"))
        #expect(told.contains("the answer was 500") && told.contains("after 2 tries"))
        #expect(told.contains("the answer does not fit: field \"rate\""))
        #expect(try run(server, payments, query, options: ", on_timeout = 'drop'").rows == ["{\"id\":0,\"rate\":1.25}"])
        let null = try run(server, payments, query, options: ", on_timeout = 'null'")
        #expect(null.rows.sorted() == ["{\"id\":0,\"rate\":1.25}"] + (1..<5).map { "{\"id\":\($0),\"rate\":null}" })
    }

    @Test func `rows without an answer are in the dead letter of their view`() throws {
        let server = try WebhookServer(LookupTests.rates)
        let payments = ["EUR", "BAD", "ERR"].enumerated().map { Self.payment($0.offset, $0.element) }
        folder.write("payments.jsonl", Array(payments.joined(separator: "\n").utf8))
        var registry = ConnectorRegistry()
        registerConnectors(into: &registry)
        let text = """
            CREATE SOURCE p (id BIGINT, currency TEXT, at TIMESTAMP, WATERMARK FOR at AS at) \
              WITH (connector = 'file', path = 'payments.jsonl', format = 'json');
            CREATE TABLE rates (currency TEXT PRIMARY KEY, rate DOUBLE, name TEXT) WITH (connector = 'http_lookup', \
              url = 'http://127.0.0.1:\(server.port)/rates/{currency}?full=1', max_retries = 1);
            CREATE VIEW j AS SELECT id, rate \(Self.join);
            CREATE SINK out AS SELECT id, rate FROM j WITH (connector = 'file', path = 'out.jsonl', format = 'json');
            CREATE SINK dead AS SELECT reason, raw FROM j.dead_letter
              WITH (connector = 'file', path = 'dead.jsonl', format = 'json');
            """
        let definition = try PipelineDefinition(text, registry: registry, baseDirectory: folder.path)
        let counters = try StepLoop(definition, Pipeline(definition)).run()
        #expect(String(decoding: folder.read("out.jsonl"), as: UTF8.self) == "{\"id\":0,\"rate\":1.25}\n")
        let dead = String(decoding: folder.read("dead.jsonl"), as: UTF8.self).split(separator: "\n")
        #expect(dead.count == 2 && dead.allSatisfy { $0.contains("BAD") || $0.contains("ERR") }, "\(dead)")
        #expect(counters.failed.contains { $0.view == "j" && $0.rows == 2 })
    }

    @Test func `a server that says nothing is given up`() throws {
        let server = try WebhookServer { _, _ in .silence }
        let result = try run(
            server, [Self.payment(1, "EUR")], "SELECT id, rate \(Self.join)",
            options: ", timeout = '20 ms', on_timeout = 'null'")
        #expect(result.rows == ["{\"id\":1,\"rate\":null}"])
        #expect(!server.seen.isEmpty)
    }

    @Test(arguments: [1, 3])
    func `few rows wait at a time, and all leave, in lanes too`(shards: Int) throws {
        let server = try WebhookServer { _, seen in
            let key = seen.path.dropFirst("/rates/k".count).prefix { $0.isNumber }
            return .answer(200, body: "{\"rate\": \(key)}")
        }
        let payments = (0..<3_000).map { Self.payment($0, "k\($0 % 1_000)", $0 / 60) }
        let result = try run(
            server, payments, "SELECT id, rate \(Self.join)",
            options: ", max_waiting = 10, concurrency = 4, cache_rows = 100", settings: "SET shards = \(shards);")
        #expect(result.rows.sorted() == (0..<3_000).map { "{\"id\":\($0),\"rate\":\($0 % 1_000)}" }.sorted())
    }

    @Test func `windows above a lookup wait for its rows`() throws {
        let server = try WebhookServer { _, seen in
            .answer(200, body: "{\"rate\": 1}")
        }
        let payments = (0..<400).map { Self.payment($0, "k\($0)", $0) }
        let windows = """
            SELECT window_start, COUNT(*) AS n, SUM(rate) AS s FROM TUMBLE((SELECT p.at, rate \(Self.join)), at, INTERVAL '1' MINUTE)
            GROUP BY window_start, window_end EMIT ON WINDOW CLOSE
            """
        let view =
            "WITH j AS (SELECT p.at, rate \(Self.join)) "
            + windows.replacing("(SELECT p.at, rate \(Self.join))", with: "j")
        let result = try run(server, payments, view)
        #expect(result.rows.count == 7)
        #expect(result.rows.dropLast().allSatisfy { $0.contains("\"n\":60,\"s\":60") }, "\(result.rows)")
        #expect(result.rows.last?.contains("\"n\":40,\"s\":40") == true)
    }

    @Test(arguments: [
        ("SELECT id FROM p JOIN rates AS r ON r.currency = p.currency", "is asked as it is now"),
        ("SELECT currency FROM rates", "are asked for one by one"),
        ("SELECT id FROM p JOIN rates FOR SYSTEM_TIME AS OF PROCTIME() AS r ON r.name = p.currency", "PRIMARY KEY"),
        ("SELECT id \(LookupTests.join) AND r.rate > 1", "PRIMARY KEY"),
        (
            "SELECT COUNT(*) AS n FROM p JOIN rates FOR SYSTEM_TIME AS OF p.at AS r ON r.currency = p.currency",
            "as it is now"
        ),
    ])
    func `what cannot be asked is refused`(_ query: String, _ message: String) throws {
        let server = try WebhookServer(LookupTests.rates)
        do {
            _ = try run(server, [], query)
            Issue.record("accepted: \(query)")
        } catch let error as SQLError { #expect(error.message.contains(message), "\(error.message)") }
    }

    @Test(arguments: [
        ("http://127.0.0.1/rates", "does not say where the key goes"), ("http://127.0.0.1/{k", "without a }"),
        ("http://127.0.0.1/{other}", "no column of the PRIMARY KEY"), ("ftp://127.0.0.1/{k}", "not the URL"),
    ])
    func `a URL without its key is refused`(_ url: String, _ message: String) {
        do throws(ConnectorError) {
            _ = try LookupURL(url, key: [("k", .text)])
            Issue.record("accepted: \(url)")
        } catch { #expect(error.message.contains(message), "\(error.message)") }
    }
}
