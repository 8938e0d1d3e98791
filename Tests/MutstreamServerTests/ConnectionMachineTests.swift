import NIOCore
import NIOHTTP1
import Testing

@testable import MutstreamServer

/// The protocol of a connection as a transcript of events and outputs, without a socket.
@Suite struct ConnectionMachineTests {
    private func machine(pipelined: Int = 3, bodyBytes: Int = 100) -> ConnectionMachine {
        ConnectionMachine(.init(bodyBytes: bodyBytes, pipelined: pipelined, skippedBytes: 50))
    }

    private func head(
        _ method: HTTPMethod = .POST, version: HTTPVersion = .http1_1, _ headers: [(String, String)] = []
    ) -> HTTPRequestHead {
        HTTPRequestHead(version: version, method: method, uri: "/orders", headers: HTTPHeaders(headers))
    }

    private func text(_ text: String) -> Response { Response(.ok, .text, body: ByteBuffer(string: text)) }

    /// A request without a body, complete.
    private func request(_ machine: inout ConnectionMachine, _ head: HTTPRequestHead) -> Int? {
        machine.head(head, refusal: nil)
        return machine.end()?.id
    }

    @Test func `answers leave in the order of their requests`() {
        var machine = machine()
        #expect(request(&machine, head()) == 0)
        #expect(request(&machine, head()) == 1)
        #expect(machine.nextOutput() == nil)
        machine.answered(1, text("b"))
        #expect(machine.nextOutput() == nil)
        machine.answered(0, text("a"))
        #expect(machine.nextOutput() == .response(text("a"), Framing()))
        #expect(machine.nextOutput() == .response(text("b"), Framing()))
        #expect(machine.nextOutput() == nil)
        #expect(machine.isIdle)
    }

    @Test func `reading pauses at the limit of requests without an answer`() {
        var machine = machine(pipelined: 2)
        _ = request(&machine, head())
        #expect(machine.mayRead)
        _ = request(&machine, head())
        #expect(!machine.mayRead)
        machine.answered(0, text("a"))
        _ = machine.nextOutput()
        #expect(machine.mayRead)
    }

    @Test func `an answer counts once and only for its own request`() {
        var machine = machine()
        _ = request(&machine, head())
        machine.answered(7, text("stray"))
        machine.answered(-1, text("stray"))
        machine.answered(0, text("first"))
        machine.answered(0, text("second"))
        #expect(machine.nextOutput() == .response(text("first"), Framing()))
        machine.answered(0, text("late"))
        #expect(machine.nextOutput() == nil)
    }

    @Test func `a body is collected as far as the limit and not one byte further`() {
        for (size, fits) in [(100, true), (101, false)] {
            var machine = machine()
            machine.head(head(.POST, [("transfer-encoding", "chunked")]), refusal: nil)
            var first = ByteBuffer(repeating: 1, count: 60)
            var second = ByteBuffer(repeating: 2, count: size - 60)
            machine.body(&first)
            machine.body(&second)
            let dispatch = machine.end()
            #expect(dispatch?.body.readableBytes == (fits ? size : nil))
            if fits {
                #expect(machine.nextOutput() == nil)
            } else {
                #expect(machine.nextOutput() == .response(ConnectionMachine.tooLarge(100), Framing(keepAlive: false)))
                #expect(machine.nextOutput() == .finish(linger: true))
                #expect(machine.nextOutput() == nil)
            }
        }
    }

    @Test func `a length beyond the limit is refused before the body`() {
        for length in ["101", "99999999999999999999999999"] {
            var machine = machine()
            machine.head(head(.POST, [("content-length", length)]), refusal: nil)
            #expect(machine.nextOutput() == .response(ConnectionMachine.tooLarge(100), Framing(keepAlive: false)))
            #expect(machine.nextOutput() == .finish(linger: true))
        }
    }

    @Test func `a short body of a refused request is skipped and the connection stays`() {
        var machine = machine()
        machine.head(head(.POST, [("content-length", "50")]), refusal: text("no"))
        #expect(machine.nextOutput() == .response(text("no"), Framing()))
        var body = ByteBuffer(repeating: 1, count: 50)
        machine.body(&body)
        #expect(machine.end() == nil)
        #expect(request(&machine, head()) == 1)
    }

    @Test func `a long body of a refused request ends the connection`() {
        for header in [("content-length", "51"), ("transfer-encoding", "chunked")] {
            var machine = machine()
            machine.head(head(.POST, [header]), refusal: text("no"))
            #expect(machine.nextOutput() == .response(text("no"), Framing(keepAlive: false)))
            #expect(machine.nextOutput() == .finish(linger: true))
        }
    }

    @Test func `leave to go on waits for the answers before it`() {
        var machine = machine()
        _ = request(&machine, head())
        machine.head(head(.POST, [("content-length", "3"), ("expect", "100-continue")]), refusal: nil)
        #expect(machine.nextOutput() == nil)
        machine.answered(0, text("a"))
        #expect(machine.nextOutput() == .response(text("a"), Framing()))
        #expect(machine.nextOutput() == .goOn)
        #expect(machine.nextOutput() == nil)
    }

    @Test func `nothing is said of going on once the body is here`() {
        var machine = machine()
        machine.head(head(.POST, [("content-length", "3"), ("expect", "100-continue")]), refusal: nil)
        var body = ByteBuffer(repeating: 1, count: 3)
        machine.body(&body)
        #expect(machine.end()?.id == 0)
        #expect(machine.nextOutput() == nil)
    }

    @Test func `a request that asks for the end is the last one`() {
        var machine = machine()
        #expect(request(&machine, head(.GET, [("connection", "close")])) == 0)
        #expect(request(&machine, head()) == nil)
        machine.answered(0, text("bye"))
        #expect(machine.nextOutput() == .response(text("bye"), Framing(keepAlive: false)))
        #expect(machine.nextOutput() == .finish(linger: false))
    }

    @Test func `version 1 0 closes unless it asks to stay`() {
        var closing = machine()
        _ = request(&closing, head(.GET, version: .http1_0))
        closing.answered(0, text("a"))
        #expect(closing.nextOutput() == .response(text("a"), Framing(keepAlive: false, isOldVersion: true)))
        #expect(closing.nextOutput() == .finish(linger: false))
        var staying = machine()
        _ = request(&staying, head(.GET, version: .http1_0, [("connection", "keep-alive")]))
        staying.answered(0, text("a"))
        #expect(staying.nextOutput() == .response(text("a"), Framing(keepAlive: true, isOldVersion: true)))
        #expect(staying.nextOutput() == nil)
    }

    @Test func `a request cut off by the client has no answer`() {
        var machine = machine()
        _ = request(&machine, head())
        machine.head(head(.POST, [("content-length", "3")]), refusal: nil)
        machine.inputClosed()
        #expect(machine.nextOutput() == nil)
        machine.answered(0, text("a"))
        #expect(machine.nextOutput() == .response(text("a"), Framing(keepAlive: false)))
        #expect(machine.nextOutput() == .finish(linger: false))
    }

    @Test func `a body that does not come ends in 408`() {
        var machine = machine()
        machine.head(head(.POST, [("content-length", "3")]), refusal: nil)
        machine.timedOut()
        guard case .response(let response, let framing) = machine.nextOutput() else {
            Issue.record("no answer")
            return
        }
        #expect(response.status == .requestTimeout)
        #expect(!framing.keepAlive)
        #expect(machine.nextOutput() == .finish(linger: true))
    }

    @Test func `a connection on which nothing happens closes without a word`() {
        var machine = machine()
        machine.timedOut()
        #expect(machine.nextOutput() == .finish(linger: false))
    }

    @Test func `time does not run while the engine has the request`() {
        var machine = machine()
        _ = request(&machine, head())
        machine.timedOut()
        machine.answered(0, text("a"))
        #expect(machine.nextOutput() == .response(text("a"), Framing()))
        #expect(machine.nextOutput() == nil)
    }

    @Test func `draining finishes what was begun and takes nothing new`() {
        var machine = machine()
        _ = request(&machine, head())
        machine.head(head(.POST, [("content-length", "3")]), refusal: nil)
        machine.drain()
        var body = ByteBuffer(repeating: 1, count: 3)
        machine.body(&body)
        #expect(machine.end()?.id == 1)
        #expect(request(&machine, head()) == nil)
        machine.answered(1, text("b"))
        machine.answered(0, text("a"))
        #expect(machine.nextOutput() == .response(text("a"), Framing()))
        #expect(machine.nextOutput() == .response(text("b"), Framing(keepAlive: false)))
        #expect(machine.nextOutput() == .finish(linger: false))
    }

    @Test func `draining an idle connection closes it`() {
        var machine = machine()
        machine.drain()
        #expect(machine.nextOutput() == .finish(linger: false))
    }

    @Test func `bytes that are not HTTP are answered after what came before them`() {
        var machine = machine()
        _ = request(&machine, head())
        machine.malformed(text("bad"))
        machine.malformed(text("bad again"))
        #expect(machine.nextOutput() == nil)
        machine.answered(0, text("a"))
        #expect(machine.nextOutput() == .response(text("a"), Framing()))
        #expect(machine.nextOutput() == .response(text("bad"), Framing(keepAlive: false)))
        #expect(machine.nextOutput() == .finish(linger: true))
    }

    @Test func `the answer to HEAD is marked as a head alone`() {
        var machine = machine()
        _ = request(&machine, head(.HEAD))
        machine.answered(0, text("a"))
        #expect(machine.nextOutput() == .response(text("a"), Framing(headOnly: true)))
    }
}
