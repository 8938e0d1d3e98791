import MutstreamEngine
import NIOCore
import Testing

@testable import MutstreamServer

@Suite struct ResponseTests {
    private func wire(_ response: Response, _ framing: Framing = Framing()) -> String {
        var bytes = ByteBuffer()
        bytes.writeHead(response, framing)
        return String(buffer: bytes) + String(buffer: response.body)
    }

    @Test func `a response is its head and its body`() {
        #expect(
            wire(Response(.ok, body: ByteBuffer(string: "{}")))
                == "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}")
        #expect(
            wire(.error(.tooManyRequests, "full", headers: [.init("retry-after", "1")]), Framing(keepAlive: false))
                == """
                HTTP/1.1 429 Too Many Requests\r\ncontent-type: application/json\r\ncontent-length: 16\r\n\
                retry-after: 1\r\nconnection: close\r\n\r\n{"error":"full"}
                """)
        #expect(wire(Response(.noContent, body: ByteBuffer())) == "HTTP/1.1 204 No Content\r\n\r\n")
    }

    @Test(arguments: [0, 9, 10, 12_345_678, 99_999_999, 100_000_000, Int.max, -1])
    func `numbers are written as they are`(number: Int) {
        var bytes = ByteBuffer()
        bytes.writeDecimal(number)
        #expect(String(buffer: bytes) == String(number))
    }

    @Test func `texts are escaped as JSON asks`() {
        var bytes = ByteBuffer()
        bytes.writeJSON("a\"b\\c\n\r\t\u{1}\u{1f}é😀")
        #expect(String(buffer: bytes) == "\"a\\\"b\\\\c\\n\\r\\t\\u0001\\u001fé😀\"")
    }

    // MARK: Replies

    private func row(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func `one object has its own answer`() {
        let one = ReplyText.replies([.rows([row("{\"a\":1}")])], .object)
        #expect(one == Response(.ok, body: ByteBuffer(string: "{\"a\":1}")))
        let none = ReplyText.replies([.rows([])], .object)
        #expect(none == Response(.ok, body: ByteBuffer(string: "[]")))
        let two = ReplyText.replies([.rows([row("{\"a\":1}"), row("{\"a\":2}")])], .object)
        #expect(two == Response(.ok, body: ByteBuffer(string: "[{\"a\":1},{\"a\":2}]")))
    }

    @Test(arguments: [("rejected", Status.badRequest), ("late", .unprocessable), ("failed", .unprocessable)])
    func `one object that failed says so by its status`(error: String, status: Status) {
        let response = ReplyText.replies([.failure(error: error, reason: "why")], .object)
        #expect(response == Response(status, body: ByteBuffer(string: "{\"error\":\"\(error)\",\"reason\":\"why\"}")))
    }

    @Test func `an array has a slot a row`() {
        let slots: [ReplySlot] = [
            .rows([row("1")]), .rows([]), .rows([row("2"), row("3")]), .failure(error: "rejected", reason: "r"),
        ]
        let response = ReplyText.replies(slots, .array)
        #expect(
            response
                == Response(.ok, body: ByteBuffer(string: "[1,[],[2,3],{\"error\":\"rejected\",\"reason\":\"r\"}]")))
        #expect(ReplyText.replies([slots[3], slots[3]], .array).status == .badRequest)
        #expect(ReplyText.replies([.failure(error: "late", reason: "l")], .array).status == .ok)
        #expect(ReplyText.replies([], .array) == Response(.ok, body: ByteBuffer(string: "[]")))
    }

    @Test func `lines have a slot a line`() {
        let response = ReplyText.replies([.rows([row("1")]), .rows([])], .lines)
        #expect(response == Response(.ok, .lines, body: ByteBuffer(string: "1\n[]\n")))
    }
}
