import MutstreamEngine
import Testing

@testable import MutstreamServer

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Connections as clients make, misuse and break them.
@Suite struct ConnectionTests {
    private let row = "{\"id\":1,\"name\":\"a\"}"

    @Test func `one connection takes many requests`() throws {
        let bench = try Bench()
        let client = try bench.client()
        for _ in 0..<100 { #expect(client.post("/orders", row)?.body == "{\"slot\":0}") }
        #expect(bench.server.connectionCount == 1)
    }

    @Test func `a hundred requests in one write have their answers in order`() throws {
        let client = try Bench().client()
        // Requests of different lengths, refused ones among them.
        let requests = (0..<100).map { index in
            index % 10 == 9
                ? "GET /nowhere/\(index) HTTP/1.1\r\nHost: a\r\n\r\n"
                : postText("/orders", "[" + [String](repeating: row, count: index % 7).joined(separator: ",") + "]")
        }
        client.send(requests.joined())
        for index in 0..<100 {
            let answer = client.answer()
            if index % 10 == 9 {
                #expect(answer?.body.contains("/nowhere/\(index)") == true)
            } else {
                let slots = (0..<(index % 7)).map { "{\"slot\":\($0)}" }
                #expect(answer?.body == "[" + slots.joined(separator: ",") + "]")
            }
        }
    }

    @Test func `far more requests than may wait are all answered`() throws {
        let bench = try Bench()
        bench.engine.hold()
        let client = try bench.client()
        let count = 5_000
        let request = postText("/orders", row)
        let sender = EngineThread(name: "sender") { [client = Unchecked(client)] in
            for _ in 0..<(count / 50) { client.value.send([String](repeating: request, count: 50).joined()) }
        }
        bench.engine.awaitQueued(64)
        bench.engine.release()
        for _ in 0..<count { #expect(client.answer()?.status == 200) }
        sender.join()
        #expect(bench.engine.rows == count)
    }

    @Test func `a chunked body may be cut at every position`() throws {
        let client = try Bench().client()
        let text = """
            POST /orders HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n\
            8\r\n{"id":1,\r\nB\r\n"name":"a"}\r\n0\r\n\r\n
            """
        let bytes = Array(text.utf8)
        for cut in 1..<bytes.count {
            client.send(Array(bytes[..<cut]))
            client.send(Array(bytes[cut...]))
            #expect(client.answer()?.body == "{\"slot\":0}", "cut at \(cut)")
        }
    }

    @Test func `a request may come byte by byte`() throws {
        let client = try Bench().client()
        for byte in postText("/orders", row).utf8 { client.send([byte]) }
        #expect(client.answer()?.body == "{\"slot\":0}")
    }

    @Test func `a client that breaks off at any position harms no one`() throws {
        let bench = try Bench()
        let bytes = Array(postText("/orders", row).utf8)
        for cut in 1..<bytes.count {
            let client = try bench.client()
            client.send(Array(bytes[..<cut]))
            client.endSending()
            #expect(client.isAtEnd(), "cut at \(cut)")
        }
        #expect(try bench.client().post("/orders", row)?.status == 200)
        #expect(bench.engine.rows == 1)
    }

    @Test func `a client that has sent all and closes its half still gets its answer`() throws {
        let bench = try Bench()
        bench.engine.hold()
        let client = try bench.client()
        client.send(postText("/orders", row))
        client.endSending()
        bench.engine.awaitQueued(1)
        bench.engine.release()
        #expect(client.answer()?.body == "{\"slot\":0}")
        #expect(client.isAtEnd())
    }

    @Test func `a client that is gone before its answer harms no one`() throws {
        let bench = try Bench()
        bench.engine.hold()
        do {
            let client = try bench.client()
            client.send(postText("/orders", row))
            bench.engine.awaitQueued(1)
            client.close()
        }
        bench.engine.release()
        #expect(try bench.client().post("/orders", row)?.status == 200)
    }

    @Test(arguments: [
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}", "GARBAGE / HTTP/1.1\r\n\r\n", "GET / HTTP/3.0\r\nHost: a\r\n\r\n",
        "POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        "POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST /orders HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n",
    ])
    func `bytes that are not HTTP are 400 and the connection ends`(bytes: String) throws {
        let client = try Bench().client()
        client.send(bytes)
        let answer = client.answer()
        #expect(answer?.status == 400)
        #expect(answer?.headers["connection"] == "close")
        client.endSending()
        #expect(client.isAtEnd())
    }

    @Test func `no change of any bytes of a request harms the server`() throws {
        let seed = getenv("MUTSTREAM_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64.random(in: 0...UInt64.max)
        print("MUTSTREAM_SEED=\(seed)")
        var random = SplitMix(state: seed)
        let bench = try Bench(.init(port: 0, maxBodyBytes: 4_096))
        let chunked = """
            POST /orders HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n\
            8\r\n{"id":1,\r\nB\r\n"name":"a"}\r\n0\r\n\r\n
            """
        let request = Array((postText("/orders", row) + chunked + postText("/orders", "[\(row)]")).utf8)
        for _ in 0..<300 {
            var bytes = request
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
                default: bytes.swapAt(place, Int.random(in: 0..<bytes.count, using: &random))
                }
            }
            let client = try bench.client()
            client.send(bytes)
            client.endSending()
            while let answer = client.answer() { #expect([200, 400, 404, 405, 411, 413, 415, 417].contains(answer.status)) }
        }
        #expect(try bench.client().post("/orders", row)?.status == 200)
    }

    @Test func `a long answer that is taken slowly is not cut off`() throws {
        let long = [UInt8](repeating: UInt8(ascii: " "), count: 8 << 20)
        let bench = try Bench(.init(port: 0, idleMilliseconds: 200), engine: FakeEngine { _ in .rows([long]) })
        let client = try bench.client()
        client.send(postText("/orders", row))
        let pause = Monitor(())
        var whole: Answer?
        // Longer than the time an idle connection has, a piece at a time.
        for _ in 0..<40 {
            _ = client.fill()
            _ = pause.wait(microseconds: 10_000) { _ -> Bool? in nil }
        }
        whole = client.answer()
        #expect(whole?.body.utf8.count == long.count)
    }

    @Test func `headers that are too long are 431`() throws {
        for header in ["X-A: \(String(repeating: "a", count: 70_000))\r\n", String(repeating: "X-A: b\r\n", count: 200)] {
            let client = try Bench().client()
            client.send("GET /health HTTP/1.1\r\nHost: a\r\n\(header)\r\n")
            #expect(client.answer()?.status == 431)
            client.endSending()
            #expect(client.isAtEnd())
        }
    }

    @Test func `a body that is too long is 413, by its length or by its chunks`() throws {
        let bench = try Bench(.init(port: 0, maxBodyBytes: 1_000))
        let body = String(repeating: " ", count: 1_000 - row.utf8.count) + row
        #expect(try bench.client().post("/orders", body)?.status == 200)
        let known = try bench.client()
        known.send(postText("/orders", body + " "))
        #expect(known.answer()?.status == 413)
        known.endSending()
        #expect(known.isAtEnd())
        let chunked = try bench.client()
        chunked.send(
            "POST /orders HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        let chunk = "1F4\r\n" + String(repeating: " ", count: 500) + "\r\n"
        for _ in 0..<3 { chunked.send(chunk) }
        #expect(chunked.answer()?.status == 413)
        // What the client still sends is dropped and does not destroy the answer.
        for _ in 0..<100 { chunked.send(chunk) }
        chunked.endSending()
        #expect(chunked.isAtEnd())
    }

    @Test func `bodies that are held together are bounded`() throws {
        let bench = try Bench(.init(port: 0, maxBufferedBytes: 1_000))
        let answer = try bench.client().post("/orders", String(repeating: " ", count: 1_100) + row)
        #expect(answer?.status == 503)
        for _ in 0..<10 { #expect(try bench.client().post("/orders", row)?.status == 200) }
    }

    @Test func `a body that does not come in time is 408`() throws {
        let bench = try Bench(.init(port: 0, receiveMilliseconds: 40))
        let client = try bench.client()
        client.send("POST /orders HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{")
        #expect(client.answer()?.status == 408)
        client.endSending()
        #expect(client.isAtEnd())
    }

    @Test func `a head that does not come in time ends the connection`() throws {
        let bench = try Bench(.init(port: 0, idleMilliseconds: 40))
        let silent = try bench.client()
        #expect(silent.isAtEnd())
        let halfway = try bench.client()
        halfway.send("POST /orders HT")
        #expect(halfway.isAtEnd())
    }

    @Test func `one connection too many is told so`() throws {
        let bench = try Bench(.init(port: 0, maxConnections: 1))
        let first = try bench.client()
        #expect(first.post("/orders", row)?.status == 200)
        let second = try bench.client()
        #expect(second.answer()?.status == 503)
        #expect(second.isAtEnd())
        #expect(first.post("/orders", row)?.status == 200)
    }

    @Test func `the body of a request that expects leave is asked for`() throws {
        let client = try Bench().client()
        client.send(
            "POST /orders HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: \(row.utf8.count)\r\n\r\n")
        #expect(client.answer()?.status == 100)
        client.send(row)
        #expect(client.answer()?.status == 200)
        let refused = try Bench().client()
        refused.send("POST /nowhere HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        #expect(refused.answer()?.status == 404)
        let strange = try Bench().client()
        #expect(strange.post("/orders", row, headers: "Expect: tea\r\n")?.status == 417)
    }

    @Test func `version 1 0 closes unless it asks to stay`() throws {
        let bench = try Bench()
        let body = "Content-Type: application/json\r\nContent-Length: \(row.utf8.count)\r\n"
        let closing = try bench.client()
        #expect(closing.ask("POST /orders HTTP/1.0\r\n\(body)\r\n\(row)")?.headers["connection"] == "close")
        #expect(closing.isAtEnd())
        let staying = try bench.client()
        for _ in 0..<2 {
            let answer = staying.ask("POST /orders HTTP/1.0\r\nConnection: keep-alive\r\n\(body)\r\n\(row)")
            #expect(answer?.headers["connection"] == "keep-alive")
        }
    }

    @Test func `connection close is obeyed`() throws {
        let client = try Bench().client()
        let answer = client.post("/orders", row, headers: "Connection: close\r\n")
        #expect(answer?.status == 200)
        #expect(answer?.headers["connection"] == "close")
        #expect(client.isAtEnd())
    }

    @Test func `upgrades are refused`() throws {
        let client = try Bench().client()
        let answer = client.ask("GET /health HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        #expect(answer?.status == 400)
        client.endSending()
        #expect(client.isAtEnd())
    }
}

/// Hands a client to one other thread that only sends.
struct Unchecked<Value>: @unchecked Sendable {
    var value: Value
    init(_ value: Value) { self.value = value }
}

/// A generator whose numbers follow from its seed.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
