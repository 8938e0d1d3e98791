import Foundation
import MutstreamColumnar
import Testing

/// The files of JSONTestSuite: `y_` must be accepted, `n_` refused, `i_` may be either.
struct JSONTestSuiteTests {
    static let files: [(name: String, bytes: [UInt8])] = {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "Data/json_test_suite")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".json") }.sorted().compactMap { name in
            (try? Data(contentsOf: folder.appendingPathComponent(name))).map { (name, Array($0)) }
        }
    }()

    @Test func `the suite is there`() { #expect(Self.files.count == 318) }

    @Test func `a whole text is judged as the suite says`() {
        for (name, bytes) in Self.files {
            let defect = bytes.withUnsafeBytes { validateJSON($0, maxDepth: 1024) }
            if name.hasPrefix("y_") { #expect(defect == nil, "\(name)") }
            if name.hasPrefix("n_") { #expect(defect != nil, "\(name)") }
        }
    }

    @Test func `a field with such a value leaves its neighbours alone`() {
        let schema = DecoderSchema([.init("id", .bigint)])
        for (name, bytes) in Self.files where !bytes.contains(0x0a) || name.hasPrefix("n_") {
            let value = bytes.filter { $0 != 0x0a }
            let isValid = value.withUnsafeBytes { validateJSON($0, maxDepth: schema.maxDepth - 1) } == nil
            let text = Array("{\"id\":1}\n{\"x\":".utf8) + value + Array(",\"id\":2}\n{\"id\":3}\n".utf8)
            let result = decode(JSONLinesDecoder(schema), text)
            if isValid {
                #expect(result.rows == [[.int64(1)], [.int64(2)], [.int64(3)]], "\(name)")
            } else {
                #expect(result.rows.first == [.int64(1)] && result.rows.last == [.int64(3)], "\(name)")
                #expect(result.slotCount == 3, "\(name)")
            }
        }
    }

    @Test func `a document of the suite never stops the decoder`() {
        let schema = DecoderSchema([.init("a", .bigint)])
        let decoder = JSONDocumentDecoder(schema)
        for (_, bytes) in Self.files {
            _ = decode(decoder, bytes)
            #expect(decode(decoder, "{\"a\":5}").rows == [[.int64(5)]])
        }
    }
}
