import MutstreamEngine
import Testing

@testable import MutstreamServer

/// A pipeline with two views.
private final class FakePipeline: PipelineFace {
    let unhealthy: String?
    let paused: String?
    private let thread = Monitor<EngineThread?>(nil)

    init(unhealthy: String? = nil, paused: String? = nil) {
        self.unhealthy = unhealthy
        self.paused = paused
    }

    func metrics() -> [UInt8] { Array("rows_total 3\n".utf8) }
    var viewNames: [String] { ["by day", "totals"] }

    func readView(_ name: String, completion: @escaping @Sendable (ViewContent?) -> Void) {
        let engine = EngineThread(name: "engine") {
            guard name == "totals" else { return completion(nil) }
            completion(ViewContent(step: 17, rows: [Array("{\"n\":1}".utf8), Array("{\"n\":2}".utf8)]))
        }
        thread.withLock { $0 = engine }
    }
}

@Suite struct APITests {
    private func served(_ pipeline: FakePipeline? = FakePipeline(), _ body: (TestClient) throws -> Void) throws {
        let server = try HTTPServer(.init(port: 0))
        defer { server.shutdown(graceMilliseconds: 1_000) }
        if let pipeline { server.attach(pipeline: pipeline) }
        let client = try TestClient(server.bind())
        try body(client)
        client.close()
    }

    @Test func `health tells whether the pipeline is well`() throws {
        try served { client in
            #expect(
                client.get("/health")
                    == Answer(
                        status: 200, headers: ["content-type": "application/json", "content-length": "15"],
                        body: "{\"status\":\"ok\"}"))
        }
        try served(FakePipeline(paused: "max_state")) { client in
            #expect(client.get("/health")?.body == "{\"status\":\"paused\",\"reason\":\"max_state\"}")
        }
        try served(FakePipeline(unhealthy: "the disk is full")) { client in
            let answer = client.get("/health")
            #expect(answer?.status == 503)
            #expect(answer?.body == "{\"error\":\"the disk is full\"}")
        }
    }

    @Test func `everything is 503 before the pipeline runs`() throws {
        try served(nil) { client in
            for path in ["/health", "/metrics", "/v1/views", "/v1/views/totals"] {
                #expect(client.get(path)?.status == 503)
            }
        }
    }

    @Test func `metrics are text for Prometheus`() throws {
        try served { client in
            let answer = client.get("/metrics")
            #expect(answer?.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(answer?.body == "rows_total 3\n")
        }
    }

    @Test func `views are listed and read`() throws {
        try served { client in
            #expect(client.get("/v1/views")?.body == "[\"by day\",\"totals\"]")
            let view = client.get("/v1/views/totals?limit=3")
            #expect(view?.status == 200)
            #expect(view?.headers["x-mutstream-step"] == "17")
            #expect(view?.body == "[{\"n\":1},{\"n\":2}]")
        }
    }

    @Test func `an unknown view is 404 with the name that was meant`() throws {
        try served { client in
            let near = client.get("/v1/views/Total")
            #expect(near?.status == 404)
            #expect(near?.body == "{\"error\":\"there is no view \\\"Total\\\"\",\"hint\":\"did you mean \\\"totals\\\"?\"}")
            let far = client.get("/v1/views/quite_different")
            #expect(far?.body.contains("\"hint\":\"known views: by day, totals\"") == true)
            // Known by name, gone when it was read.
            #expect(client.get("/v1/views/by%20day")?.status == 404)
            #expect(client.get("/v1/views/%zz")?.status == 400)
            #expect(client.get("/v1/views/%ff")?.status == 400)
        }
    }

    @Test func `an unknown path is 404 with the paths there are`() throws {
        try served { client in
            let answer = client.get("/nowhere")
            #expect(answer?.status == 404)
            #expect(
                answer?.body
                    == "{\"error\":\"nothing answers at /nowhere\",\"hint\":\"known paths: /health, /metrics, /v1/views\"}")
            #expect(client.post("/nowhere", "{}")?.status == 404)
            #expect(client.get("/")?.status == 404)
        }
    }

    @Test func `a method that is not taken is 405 with those that are`() throws {
        let bench = try Bench()
        let client = try bench.client()
        let get = client.get("/orders")
        #expect(get?.status == 405)
        #expect(get?.headers["allow"] == "POST, OPTIONS")
        let post = client.post("/health", "{}")
        #expect(post?.status == 405)
        #expect(post?.headers["allow"] == "GET, HEAD, OPTIONS")
        #expect(client.ask("DELETE /orders HTTP/1.1\r\nHost: a\r\n\r\n")?.status == 405)
        #expect(client.post("/orders", "{\"id\":1}")?.status == 200)
    }

    @Test func `options are told`() throws {
        let client = try Bench().client()
        let path = client.ask("OPTIONS /orders HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(path?.status == 204)
        #expect(path?.headers == ["allow": "POST, OPTIONS"])
        #expect(client.ask("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")?.status == 204)
    }

    @Test func `HEAD has the head of GET alone`() throws {
        try served { client in
            let answer = client.ask("HEAD /health HTTP/1.1\r\nHost: a\r\n\r\n", headOnly: true)
            #expect(answer?.status == 200)
            #expect(answer?.headers["content-length"] == "15")
            #expect(client.get("/health")?.status == 200)
        }
    }

    @Test func `a path may be written as proxies do`() {
        #expect(Router.path(of: "/orders?a=b") == "/orders")
        #expect(Router.path(of: "http://example.org/orders?a=/b") == "/orders")
        #expect(Router.path(of: "http://example.org") == "/")
        #expect(Router.path(of: "http://example.org?a=/b") == "/")
        #expect(Router.path(of: "") == "")
    }

    @Test func `a request needs a host and a post needs a length`() throws {
        let client = try Bench().client()
        #expect(client.ask("GET /health HTTP/1.1\r\n\r\n")?.status == 400)
        #expect(client.ask("POST /orders HTTP/1.1\r\nHost: a\r\n\r\n")?.status == 411)
    }
}
