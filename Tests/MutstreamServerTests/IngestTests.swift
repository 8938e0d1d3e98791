import Foundation
import MutstreamColumnar
@testable import MutstreamEngine
import Testing

@testable import MutstreamServer

/// What clients get for the rows they post, over real sockets.
@Suite struct IngestTests {
    private let row = "{\"id\":1,\"name\":\"a\"}"

    @Test func `a posted row is answered with its result`() throws {
        let bench = try Bench()
        let answer = try bench.client().post("/orders", row)
        #expect(
            answer
                == Answer(
                    status: 200, headers: ["content-type": "application/json", "content-length": "10"],
                    body: "{\"slot\":0}"))
        #expect(bench.engine.rows == 1)
    }

    @Test func `an array is answered slot by slot`() throws {
        let bench = try Bench()
        let answer = try bench.client().post("/orders", "[\(row),{\"id\":\"x\"},\(row)]")
        #expect(answer?.status == 200)
        let body = answer?.body ?? ""
        #expect(body.hasPrefix("[{\"slot\":0},{\"error\":\"rejected\",\"reason\":\""))
        #expect(body.hasSuffix("},{\"slot\":2}]"))
        #expect(try bench.client().post("/orders", "[]") == Answer(
            status: 200, headers: ["content-type": "application/json", "content-length": "2"], body: "[]"))
    }

    @Test func `lines are answered line by line`() throws {
        let bench = try Bench()
        let answer = try bench.client().post("/orders", "\(row)\n\(row)\n", type: "application/x-ndjson")
        #expect(answer?.status == 200)
        #expect(answer?.headers["content-type"] == "application/x-ndjson")
        #expect(answer?.body == "{\"slot\":0}\n{\"slot\":1}\n")
    }

    @Test func `several objects without lines are lines too`() throws {
        let answer = try Bench().client().post("/orders", "\(row) \(row)")
        #expect(answer?.headers["content-type"] == "application/x-ndjson")
        #expect(answer?.body == "{\"slot\":0}\n{\"slot\":1}\n")
    }

    @Test func `a document may be spread over lines`() throws {
        let client = try Bench().client()
        #expect(client.post("/orders", "\n{\n  \"id\":\n 1,\r\n\"name\": \"a,]}\\\"{[\"\n}\n")?.body == "{\"slot\":0}")
        #expect(
            client.post("/orders", "\u{feff}[\n {\"id\":1},\n {\n\"id\":2}\n]\n")?.body == "[{\"slot\":0},{\"slot\":1}]")
        #expect(client.post("/orders", "{\"id\":1}\n\n{\n\"id\":2}")?.body == "{\"slot\":0}\n{\"slot\":1}\n")
    }

    @Test(arguments: [
        "[{\"id\":1}", "[{\"id\":1},", "[{\"id\":1},]", "[,{\"id\":1}]", "[{\"id\":1},,{\"id\":2}]", "[{\"id\":1}]]",
        "[{\"id\":1}] 7", "{\"id\":1},{\"id\":2}", "[[{\"id\":1}]]", "{\"id\":1}]", "[{\"id\":1} {\"id\":2}]", "{\"id\":1\n",
        "{\"id\":1,\"name\":\"a\nb\"}",
    ])
    func `a document that is not whole has a refused row`(body: String) throws {
        let answer = try Bench(engine: FakeEngine()).client().post("/orders", body)
        #expect(answer?.body.contains("\"errors\":[{") == true)
    }

    @Test func `a rejected object is 400 and says why`() throws {
        let answer = try Bench().client().post("/orders", "{\"id\":\"x\"}")
        #expect(answer?.status == 400)
        #expect(answer?.body.hasPrefix("{\"error\":\"rejected\",\"reason\":") == true)
        #expect(answer?.body.contains("id") == true)
    }

    @Test func `a body that is no JSON is 400`() throws {
        for body in ["nonsense", "{", "", " \n"] {
            let answer = try Bench().client().post("/orders", body)
            #expect(answer?.status == 400, "\(body)")
        }
    }

    @Test func `a failed row is 422`() throws {
        let engine = FakeEngine { _ in .failure(error: "late", reason: "its window is closed") }
        let answer = try Bench(engine: engine).client().post("/orders", row)
        #expect(answer?.status == 422)
        #expect(answer?.body == "{\"error\":\"late\",\"reason\":\"its window is closed\"}")
    }

    // MARK: Without a reply sink

    @Test func `rows without a reply sink are counted`() throws {
        let bench = try Bench(engine: FakeEngine())
        let client = try bench.client()
        let one = client.post("/orders", row)
        #expect(one?.status == 202)
        #expect(one?.body == "{\"accepted\":1}")
        #expect(client.post("/orders", "[\(row),\(row)]")?.body == "{\"accepted\":2}")
        #expect(bench.engine.rows == 3)
    }

    @Test func `some rejected rows are told of, all rejected rows are 400`() throws {
        let bench = try Bench(engine: FakeEngine())
        let client = try bench.client()
        let mixed = client.post("/orders", "[\(row),{\"id\":\"x\"}]")
        #expect(mixed?.status == 202)
        #expect(mixed?.body.hasPrefix("{\"accepted\":1,\"rejected\":1,\"errors\":[{\"row\":1,\"offset\":") == true)
        let none = client.post("/orders", "{\"id\":\"x\"}")
        #expect(none?.status == 400)
        #expect(none?.body.hasPrefix("{\"error\":\"") == true)
        #expect(none?.body.contains("\"accepted\":0,\"rejected\":1,\"errors\":[{\"row\":0,\"offset\":") == true)
    }

    @Test func `at most twenty errors are told`() throws {
        let bad = [String](repeating: "{\"id\":\"x\"}", count: 50).joined(separator: ",")
        let answer = try Bench(engine: FakeEngine()).client().post("/orders", "[\(bad)]")
        let body = answer?.body ?? ""
        #expect(body.contains("\"rejected\":50"))
        #expect(body.split(separator: "\"offset\":").count - 1 == 20)
    }

    // MARK: Content types

    @Test func `the declared format is that of a body without a type`() throws {
        let json = try Bench(engine: FakeEngine()).client().post("/orders", row, type: nil)
        #expect(json?.body == "{\"accepted\":1}")
        let kind = try Bench(engine: FakeEngine()).client()
            .post("/orders", row, type: "Application/JSON; charset=utf-8")
        #expect(kind?.body == "{\"accepted\":1}")
    }

    @Test func `comma-separated values are answered line by line`() throws {
        let client = try Bench().client()
        let named = client.post("/orders", "name,id\na,1\nb,x\nc,3\n", type: "text/csv")
        #expect(named?.status == 200)
        #expect(named?.body.hasPrefix("{\"slot\":0}\n{\"error\":\"rejected\"") == true)
        #expect(named?.body.hasSuffix("\n{\"slot\":2}\n") == true)
        let plain = client.post("/orders", "1,a\n2,b", type: "text/csv; header=absent")
        #expect(plain?.body == "{\"slot\":0}\n{\"slot\":1}\n")
        let declared = try Bench(engine: FakeEngine(), format: "csv").client().post("/orders", "id\n1\n", type: nil)
        #expect(declared?.body == "{\"accepted\":1}")
    }

    @Test(arguments: ["text/plain", "application/xml", "application/jsonx", ""])
    func `other content types are 415`(type: String) throws {
        let client = try Bench().client()
        let answer = client.post("/orders", row, type: type)
        #expect(answer?.status == 415)
        #expect(answer?.body.contains("\"hint\":\"send application/json") == true)
        #expect(client.post("/orders", row)?.status == 200)
    }

    /// Two rows, and one of 9,018 bytes, as `gzip` writes them.
    private let rows = "H4sIAAAAAAAC/4uuVspMUbIy1FHKS8xNVbJSSlSq1YGIGcHFkpKUamMB1550ACoAAAA="
    private let long =
        "H4sIAAAAAAAC/+3BoQ0AIQAEsF1OY96yDQkvELAAYXcGoe3O6KlfyWrzT00DAAAAAAAAAIAH5FzCKdqzOiMAAA=="

    private func post(
        _ client: TestClient, _ base64: String, encoding: String = "gzip", cut: Int = 0, changing place: Int? = nil
    ) throws -> Answer? {
        var body = try #require(Data(base64Encoded: base64)).dropLast(cut)
        if let place { body[place] ^= 0xFF }
        client.send(
            "POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Content-Encoding: \(encoding)\r\nContent-Length: \(body.count)\r\n\r\n")
        client.send(Array(body))
        return client.answer()
    }

    @Test func `a body may be compressed`() throws {
        let client = try Bench().client()
        for encoding in ["gzip", "GZIP", "x-gzip"] {
            #expect(try post(client, rows, encoding: encoding)?.body == "[{\"slot\":0},{\"slot\":1}]")
        }
        #expect(try post(client, long)?.body == "{\"slot\":0}")
        #expect(client.post("/orders", row, headers: "Content-Encoding: identity\r\n")?.status == 200)
    }

    @Test func `a compressed body that is damaged or cut off is 400 and takes nothing`() throws {
        let bench = try Bench()
        let client = try bench.client()
        let cut = try post(client, rows, cut: 5)
        #expect(cut?.status == 400)
        #expect(cut?.body.contains("the gzip data ends too soon") == true)
        for place in [0, 2, 12, 45] {
            let damaged = try post(client, rows, changing: place)
            #expect(damaged?.status == 400)
            #expect(damaged?.body.contains("the gzip data is damaged") == true, "\(damaged?.body ?? "")")
        }
        #expect(client.post("/orders", row, headers: "Content-Encoding: gzip\r\n")?.status == 400)
        #expect(bench.engine.rows == 0)
        #expect(try post(client, rows)?.status == 200)
    }

    @Test func `a body that is too large once it is decompressed is 413`() throws {
        #expect(try post(Bench(.init(port: 0, maxBodyBytes: 9_018)).client(), long)?.status == 200)
        let bench = try Bench(.init(port: 0, maxBodyBytes: 9_017))
        let client = try bench.client()
        let answer = try post(client, long)
        #expect(answer?.status == 413)
        #expect(answer?.body.contains("larger than 9017 bytes") == true)
        #expect(bench.engine.rows == 0)
        #expect(try post(client, rows)?.status == 200)
    }

    @Test func `other encodings are 415`() throws {
        for headers in ["br", "deflate", "zstd", "gzip, gzip", "gzip\r\nContent-Encoding: gzip"] {
            let answer = try Bench().client().post("/orders", row, headers: "Content-Encoding: \(headers)\r\n")
            #expect(answer?.status == 415)
            #expect(answer?.body.contains("content-encoding: gzip") == true)
        }
    }

    @Test func `a page of another site may not post`() throws {
        let client = try Bench().client()
        #expect(client.post("/orders", row, headers: "Origin: https://example.org\r\n")?.status == 403)
        #expect(client.post("/orders", row, headers: "Origin: null\r\n")?.status == 403)
        #expect(client.post("/orders", row, headers: "Origin: http://localhost\r\n")?.status == 200)
    }

    // MARK: Admission

    @Test func `a full inlet is 429 and says when to try again`() throws {
        let engine = FakeEngine(limits: .init(rows: 2, bytes: 1 << 20), reply: Bench.echo)
        let bench = try Bench(engine: engine)
        engine.hold()
        let first = try bench.client()
        first.send(postText("/orders", "[\(row),\(row)]"))
        engine.awaitQueued(2)
        let second = try bench.client()
        let answer = second.post("/orders", row)
        #expect(answer?.status == 429)
        #expect(answer?.headers["retry-after"] == "1")
        engine.release()
        #expect(first.answer()?.body == "[{\"slot\":0},{\"slot\":1}]")
        #expect(second.post("/orders", row)?.status == 200)
    }

    @Test func `more rows than the inlet ever holds are 413`() throws {
        let engine = FakeEngine(limits: .init(rows: 2, bytes: 1 << 20), reply: Bench.echo)
        let client = try Bench(engine: engine).client()
        #expect(client.post("/orders", "[\(row),\(row),\(row)]")?.status == 413)
        #expect(client.post("/orders", "[\(row),\(row)]")?.status == 200)
    }

    @Test func `a closed inlet is 503`() throws {
        let bench = try Bench()
        bench.engine.inlet.close()
        let answer = try bench.client().post("/orders", row)
        #expect(answer?.status == 503)
        #expect(answer?.headers["retry-after"] == "1")
    }

    @Test func `a failed pipeline is 503 and says why`() throws {
        let answer = try Bench(engine: FakeEngine(failure: "the disk is full")).client().post("/orders", row)
        #expect(answer?.status == 503)
        #expect(answer?.body == "{\"error\":\"the disk is full\"}")
    }

    @Test func `a source that does not run is 503`() throws {
        let server = try HTTPServer(.init(port: 0))
        defer { server.shutdown() }
        try HTTPSource(Bench.request(), server: server).open()
        let address = try server.bind()
        #expect(try TestClient(address).post("/orders", row)?.status == 503)
    }

    // MARK: Opening

    @Test func `two sources cannot have one path`() throws {
        let server = try HTTPServer(.init(port: 0))
        defer { server.shutdown() }
        try HTTPSource(Bench.request(), server: server).open()
        let error = #expect(throws: ConnectorError.self) {
            try HTTPSource(Bench.request("payments"), server: server).open()
        }
        #expect(error?.message == "source payments cannot have the path /orders: it is taken already")
        #expect(error?.option == "path")
    }

    @Test(arguments: ["", "orders", "/", "/orders/", "/or ders", "/a?b", "/a%20b", "/v1", "/v1/orders", "/ö"])
    func `a path that is none is refused`(path: String) throws {
        let server = try HTTPServer(.init(port: 0))
        defer { server.shutdown() }
        let error = #expect(throws: ConnectorError.self) { try HTTPSource(Bench.request(path: path), server: server) }
        #expect(error?.option == "path")
    }

    @Test func `a path of the server itself is taken`() throws {
        let server = try HTTPServer(.init(port: 0))
        defer { server.shutdown() }
        #expect(throws: ConnectorError.self) { try HTTPSource(Bench.request(path: "/health"), server: server).open() }
    }

    @Test func `a format that is not carried is refused`() throws {
        let server = try HTTPServer(.init(port: 0))
        defer { server.shutdown() }
        let error = #expect(throws: ConnectorError.self) {
            try HTTPSource(Bench.request(format: "avro"), server: server)
        }
        #expect(error?.option == "format")
    }
}
