import MutstreamColumnar
import TestSupport
import Testing

/// The canonical text of JSON, and what hostile texts do to it.
@Suite struct JSONTextTests {
    static func canonical(_ text: String) -> String? {
        (try? JSONText.normalize(text)).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(arguments: [
        ("{\"b\":1,\"a\":2,\"b\":3}", "{\"a\": 2, \"b\": 3}"), (" [ 1 ,2 ] ", "[1, 2]"), ("-0", "0"), ("-0.00", "0.00"),
        ("1.50", "1.50"), ("1e3", "1000"), ("12.5e-3", "0.0125"), ("1.5E+1", "15"), ("\"\\u0041\\/\\u000a\"", "\"A/\\n\""),
        ("{\"bb\":1,\"c\":2,\"\":3}", "{\"\": 3, \"c\": 2, \"bb\": 1}"), ("\"\\ud83d\\ude00\"", "\"😀\""), ("[]", "[]"),
        ("{\"\\u0001\":1,\"\\u0002\":[{}]}", "{\"\\u0001\": 1, \"\\u0002\": [{}]}"),
    ])
    func `values have one text`(text: String, expected: String) {
        #expect(Self.canonical(text) == expected)
        #expect(Self.canonical(expected) == expected)
    }

    @Test(arguments: [
        "", " ", "{", "[1,", "[1 2]", "{\"a\"}", "{\"a\":}", "{a:1}", "01", "1.", ".5", "+1", "tru", "nul", "\"", "\"\\x\"",
        "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\\u0000\"", "1 1", "]", "[}", "{]", "1e200000",
        "1e-17000", "1e99999999999999999999", "\"a\nb\"", "[1,]", "{\"a\":1,}",
    ])
    func `what is no JSON is refused`(text: String) { #expect(Self.canonical(text) == nil) }

    @Test func `broken UTF-8 is refused`() {
        for bytes: [UInt8] in [
            [0x22, 0xff, 0x22], [0x22, 0xc3], [0x22, 0xed, 0xa0, 0x80, 0x22], [0x80], [0xf4, 0x90, 0x80, 0x80],
        ] {
            #expect(throws: JSONTextError.self) { try JSONText.normalize(bytes) }
        }
    }

    @Test func `depth has a limit`() {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(Self.canonical(nested(128)) == nested(128))
        #expect(Self.canonical(nested(129)) == nil)
        #expect(Self.canonical(String(repeating: "{\"a\":", count: 1_000_000)) == nil)
    }

    @Test func `long numbers and many exponents have limits`() {
        let digits = String(repeating: "7", count: 10_000)
        #expect(Self.canonical(digits) == digits)
        #expect(Self.canonical("0." + digits) == "0." + digits)
        #expect(Self.canonical("1e10000") == "1" + String(repeating: "0", count: 10_000))
        #expect(Self.canonical("[" + Array(repeating: "1e131000", count: 10_000).joined(separator: ",") + "]") == nil)
    }

    @Test func `a large object is put in order`() {
        var generator = SplitMix64(seed: 11)
        var members: [String] = []
        for _ in 0..<20_000 { members.append("\"\(generator.next() % 100_000)\":1") }
        let text = Self.canonical("{" + members.joined(separator: ",") + "}") ?? ""
        var bytes = Array(text.utf8)
        var last = ""
        var isOrdered = true
        bytes.withUnsafeMutableBytes { bytes in
            var all = JSONView(UnsafeRawBufferPointer(bytes)).members
            while let (key, _) = all.next() {
                let next = String(decoding: key, as: UTF8.self)
                isOrdered = isOrdered && (last.utf8.count, last) < (next.utf8.count, next)
                last = next
            }
        }
        #expect(isOrdered)
    }

    /// Bytes that nobody normalized give some answer, but no trap.
    @Test func `views over any bytes end`() throws {
        let seed: UInt64 = 23
        var generator = SplitMix64(seed: seed)
        let alphabet = Array("{}[]\",:\\u0a1-.e tfn".utf8)
        let path = JSONPathRun(try JSONPath("$.**.a[last] ? (@.b > 1).size()"))
        for _ in 0..<20_000 {
            let bytes = (0..<Int(generator.next() % 24)).map { _ in alphabet[Int(generator.next() % UInt64(alphabet.count))]
            }
            if let canonical = try? JSONText.normalize(bytes) { #expect(try JSONText.normalize(canonical) == canonical) }
            bytes.withUnsafeBytes { raw in
                let view = JSONView(raw)
                let writer = ByteWriter()
                _ = (view.count, view.element(-1)?.kind, view.member("a")?.kind, JSONText.depth(raw))
                _ = JSONText.contains(view, view)
                view.appendText(to: writer)
                JSONText.pretty(view, to: writer)
                JSONText.stripNulls(view, to: writer)
                JSONText.concatenate(view, view, to: writer)
                try? JSONText.edit(view, [Array("a".utf8), Array("0".utf8)], .set(creates: true), view, to: writer)
                _ = try? path.query(view) { _ in }
            }
        }
    }

    @Test(arguments: [
        "", "$.", "$[", "@", "$.a &&", "$ ? (@.a)", "$.a like_regex \"x\"", "$.a.datetime()", "$ = 1", "\"a", "$.\\u00",
    ])
    func `what is no path is refused`(text: String) {
        #expect(throws: JSONPathError.self) { try JSONPath(text) }
    }

    @Test func `hostile paths end`() throws {
        for deep in [
            String(repeating: "(", count: 100_000), String(repeating: "-", count: 100_000) + "1",
            "$" + String(repeating: "[$", count: 10_000), Array(repeating: "1", count: 10_000).joined(separator: "+"),
            "$ ? (" + Array(repeating: "1 == 1", count: 10_000).joined(separator: " && ") + ")",
        ] { #expect(throws: JSONPathError.self) { try JSONPath(deep) } }
        let run = JSONPathRun(try JSONPath("$" + String(repeating: ".**", count: 12)))
        let text = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
        _ = try JSONText.normalize(text).withUnsafeBytes { bytes in
            #expect(throws: JSONPathError.self) { try run.query(JSONView(bytes)) { _ in } }
        }
    }
}
