import MutstreamEngine
import Synchronization
import Testing

@testable import MutstreamServer

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// From bind to shutdown, and what a server leaves behind. One after the other: memory is the process's.
@Suite(.serialized) struct LifecycleTests {
    private let row = "{\"id\":1,\"name\":\"a\"}"

    @Test func `a port that is in use is named`() throws {
        let first = try HTTPServer(.init(port: 0))
        defer { first.shutdown() }
        let address = try first.bind()
        #expect(address.hasPrefix("127.0.0.1:"))
        let port = try #require(address.split(separator: ":").last.flatMap { Int($0) })
        let second = try HTTPServer(.init(port: port))
        defer { second.shutdown() }
        let error = #expect(throws: ConnectorError.self) { try second.bind() }
        #expect(error?.message == "port \(port) is in use")
        #expect(error?.hint == "choose another with --listen")
    }

    @Test(arguments: ["0.0.0.0", "::", "192.0.2.1", "example.org", "127.0.0.1.example.org", "localhost.example.org", ""])
    func `listening beyond this machine needs leave`(host: String) throws {
        let error = #expect(throws: ConnectorError.self) { try HTTPServer(.init(host: host, port: 0)) }
        #expect(error?.hint?.contains("--insecure") == true)
        try HTTPServer(.init(host: host, port: 0, insecure: true)).shutdown()
    }

    @Test(arguments: ["127.0.0.1", "127.8.9.10", "localhost"])
    func `listening on this machine needs none`(host: String) throws {
        let server = try HTTPServer(.init(host: host, port: 0))
        defer { server.shutdown() }
        #expect(try server.bind().contains(":"))
    }

    @Test func `version 6 of the loopback is one too`() {
        #expect(HTTPServer.isLoopback("::1"))
        #expect(HTTPServer.isLoopback("[::1]"))
        #expect(HTTPServer.isLoopback("0:0:0:0:0:0:0:1"))
        #expect(!HTTPServer.isLoopback("::ffff:192.0.2.1"))
    }

    @Test(arguments: [-1, 65_536]) func `a port outside the range is refused`(port: Int) throws {
        #expect(throws: ConnectorError.self) { try HTTPServer(.init(port: port)) }
    }

    @Test func `an address of another machine is refused`() throws {
        let server = try HTTPServer(.init(host: "192.0.2.1", port: 0, insecure: true))
        defer { server.shutdown() }
        let error = #expect(throws: ConnectorError.self) { try server.bind() }
        #expect(error?.message == "192.0.2.1 is not an address of this machine")
    }

    @Test func `shutdown lets a request finish and closes idle connections`() throws {
        let bench = try Bench()
        let idle = try bench.client()
        #expect(idle.post("/orders", row)?.status == 200)
        bench.engine.hold()
        let busy = try bench.client()
        busy.send(postText("/orders", row))
        bench.engine.awaitQueued(1)
        let server = bench.server
        let stopper = EngineThread(name: "stopper") { server.shutdown(graceMilliseconds: 10_000) }
        #expect(idle.isAtEnd())
        bench.engine.release()
        #expect(busy.answer()?.body == "{\"slot\":0}")
        #expect(busy.isAtEnd())
        idle.close()
        busy.close()
        stopper.join()
        #expect(throws: TestClient.Refused.self) { try bench.client() }
    }

    @Test func `shutdown does not wait for ever`() throws {
        let bench = try Bench()
        bench.engine.hold()
        let busy = try bench.client()
        busy.send(postText("/orders", row))
        bench.engine.awaitQueued(1)
        bench.server.shutdown(graceMilliseconds: 20)
        #expect(busy.isAtEnd())
        // An answer that comes after the end harms no one.
        bench.engine.release()
    }

    @Test func `shutdown twice and without bind is harmless`() throws {
        let server = try HTTPServer(.init(port: 0))
        server.shutdown()
        server.shutdown()
    }

    @Test func `a stopped source is 503 while the server goes on`() throws {
        let bench = try Bench()
        let client = try bench.client()
        #expect(client.post("/orders", row)?.status == 200)
        bench.source.stop()
        var status = 200
        while status == 200 { status = client.post("/orders", row)?.status ?? 0 }
        #expect(status == 503)
    }

    @Test func `two event loops answer alike`() throws {
        let bench = try Bench(.init(port: 0, threads: 2))
        let clients = try (0..<8).map { _ in try bench.client() }
        for _ in 0..<20 { for client in clients { #expect(client.post("/orders", row)?.body == "{\"slot\":0}") } }
    }

    // MARK: What is left behind

    @Test func `ten thousand requests leave memory and the connection as they were`() throws {
        let bench = try Bench()
        let client = try bench.client()
        for _ in 0..<2_000 { _ = client.post("/orders", row) }
        let memory = residentKilobytes()
        for _ in 0..<10_000 { #expect(client.post("/orders", row)?.status == 200) }
        // Other suites run beside this one, so the bound is wide; a leak of one body a request would be twice that.
        #expect(residentKilobytes() - memory < 40_000)
        #expect(bench.server.connectionCount == 1)
    }

    @Test func `connections that come and go leave none behind`() throws {
        let bench = try Bench()
        for index in 0..<500 {
            let client = try bench.client()
            if index % 3 == 0 {
                client.send("POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n{")
            } else {
                #expect(client.post("/orders", row)?.status == 200)
            }
            client.close()
        }
        let pause = Monitor(())
        var rounds = 0
        while bench.server.connectionCount > 0, rounds < 10_000 {
            _ = pause.wait(microseconds: 1_000) { _ -> Bool? in nil }
            rounds += 1
        }
        #expect(bench.server.connectionCount == 0)
    }

    private func residentKilobytes() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, 128, file) != nil else { return 0 }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4
    }
}
