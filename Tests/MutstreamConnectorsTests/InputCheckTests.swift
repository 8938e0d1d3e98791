import MutstreamColumnar
import Testing

@testable import MutstreamConnectors
@testable import MutstreamEngine

/// Inputs that are not lines of text.
@Suite struct InputCheckTests {
    private let folder = TemporaryFolder()

    private func failure(
        _ bytes: [UInt8], format: String = "json", _ options: [String: CheckedOptions.OptionValue] = [:]
    ) throws -> String? {
        folder.write("in", bytes)
        let source = try FileSource(Rows.request("in", folder: folder.path, format: format, options))
        try source.open()
        do {
            try source.run(Inlet(name: "in", answers: false) {})
            return nil
        } catch { return error.message }
    }

    @Test(
        arguments: [
            ([0x28, 0xB5, 0x2F, 0xFD, 0x00], "zstd"), ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, 0x00], "xz"),
            ([0x42, 0x5A, 0x68, 0x39, 0x31, 0x41], "bzip2"), ([0x04, 0x22, 0x4D, 0x18, 0x64], "lz4"),
            ([0x50, 0x4B, 0x03, 0x04], "zip"),
            ([0x50, 0x41, 0x52, 0x31, 0x15, 0x04], "Parquet"), ([0xFF, 0xFE, 0x69, 0x00], "UTF-16"),
            ([0xFE, 0xFF, 0x00, 0x69], "UTF-16"),
        ] as [([UInt8], String)])
    func `what it is is said at once`(bytes: [UInt8], name: String) throws {
        for format in ["json", "csv"] {
            let message = try failure(bytes, format: format)
            #expect(
                message?.contains(name) == true && message?.contains("expected lines of text") == true, "\(message ?? "")")
        }
    }

    @Test func `an array of objects is not lines of objects`() throws {
        for text in ["[{\"id\":1}]", " \n[\n  {\"id\":1},\n  {\"id\":2}\n]\n", "\u{FEFF}[{\"id\":1}"] {
            let message = try failure(Array(text.utf8))
            #expect(message == "\"in\" holds an array of objects, expected one object a line")
            #expect(try failure(Array(text.utf8), format: "csv", ["header": .boolean(false)]) == nil)
        }
        for text in ["", "[", "[1]\n{\"id\":1}\n", "{\"id\":1}\n[{}]\n", "B", "BZ", "x"] {
            #expect(try failure(Array(text.utf8)) == nil, "\(text)")
        }
        #expect(try failure(gzip([], Array("[{}]".utf8)))?.contains("an array") == true)
    }

    /// Gives its bytes a few at a time, as a pipe does.
    private final class Drops: ByteInput {
        private var rest: ArraySlice<UInt8>
        private let size: Int

        init(_ bytes: [UInt8], size: Int) {
            rest = bytes[...]
            self.size = size
        }

        func read(into buffer: UnsafeMutableRawBufferPointer) throws(ConnectorError) -> Int {
            let next = rest.prefix(min(size, buffer.count))
            buffer.copyBytes(from: next)
            rest = rest.dropFirst(next.count)
            return next.count
        }
    }

    @Test(arguments: [1, 2, 3, 7, 15, 16, 40, 200])
    func `bytes that come a few at a time stay in their order`(size: Int) throws {
        let text = Array("    \n  [ {\"id\": 12345678}".utf8) + Array(0..<150)
        #expect(throws: ConnectorError.self) {
            try InputCheck.open(Drops(text, size: size), name: "in", isJSON: true, blockBytes: 64)
        }
        let input = try InputCheck.open(Drops(text, size: size), name: "in", isJSON: false, blockBytes: 64)
        var read: [UInt8] = []
        try withUnsafeTemporaryAllocation(byteCount: 64, alignment: 16) { buffer in
            while true {
                let count = try input.read(into: buffer)
                if count == 0 { break }
                read += buffer[..<count]
            }
        }
        #expect(read == text)
    }

    @Test func `standard input has one reader`() throws {
        let request = SourceRequest(
            name: "rows", options: CheckedOptions(), baseDirectory: "", decoderSchema: schema(Rows.fields), format: "json",
            eventTimeColumn: nil)
        let ends = try #require(System.makePipe())
        System.close(ends.write)
        defer { System.close(ends.read) }
        let first = try StandardInputSource(request, descriptor: ends.read)
        try first.open()
        let second = try StandardInputSource(request, descriptor: ends.read)
        #expect(throws: ConnectorError.self) { try second.open() }
        try first.run(Inlet(name: "in", answers: false) {})
        #expect(throws: Never.self) { try second.open() }
    }
}
