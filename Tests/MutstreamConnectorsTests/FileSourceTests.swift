import MutstreamColumnar
import Testing

@testable import MutstreamConnectors
@testable import MutstreamEngine

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a source hands over, from files as they occur.
@Suite struct FileSourceTests {
    private let folder = TemporaryFolder()

    @Test func `rows come in the order of the file`() {
        folder.write("a.jsonl", "{\"id\":1,\"name\":\"one\"}\n{\"id\":2,\"name\":\"a name longer than a view\"}\n")
        #expect(rows("a.jsonl") == ["1 one", "2 a name longer than a view"])
    }

    @Test func `an empty file has no rows`() {
        folder.write("a.jsonl", "")
        folder.write("b.jsonl", "\n\n\r\n")
        folder.write("c.jsonl", " ")
        #expect(rows("a.jsonl") == [])
        #expect(rows("b.jsonl") == [])
        #expect(rows("c.jsonl") == [])
    }

    @Test func `the last row needs no newline`() {
        folder.write("a.jsonl", "{\"id\":1,\"name\":\"one\"}\n{\"id\":2,\"name\":\"two\"}")
        #expect(rows("a.jsonl") == ["1 one", "2 two"])
    }

    @Test func `lines may end as on Windows`() {
        folder.write("a.jsonl", "{\"id\":1,\"name\":\"one\"}\r\n{\"id\":2,\"name\":\"two\"}\r\n")
        folder.write("a.csv", "id,name\r\n1,one\r\n2,two\r\n")
        #expect(rows("a.jsonl") == ["1 one", "2 two"])
        #expect(rows("a.csv", format: "csv") == ["1 one", "2 two"])
    }

    @Test func `CSV has a header unless it is said otherwise`() {
        folder.write("a.csv", "name,id\none,1\n\"two, quoted\",2\n")
        folder.write("b.csv", "1;one\n2;two\n")
        #expect(rows("a.csv", format: "csv") == ["1 one", "2 two, quoted"])
        #expect(
            rows("b.csv", format: "csv", ["header": .boolean(false), "delimiter": .text(";")]) == ["1 one", "2 two"])
    }

    @Test func `a row cut anywhere between two blocks is whole`() {
        let names = ["x", "a name longer than a view", "", "übung", "a \\\"quoted\\\" name of some length"]
        let text = names.enumerated().map { "{\"id\":\($0.offset),\"name\":\"\($0.element)\"}\n" }.joined()
        folder.write("a.jsonl", text)
        let expected = rows("a.jsonl")
        #expect(expected.count == 5)
        for blockBytes in 1...text.utf8.count + 1 { #expect(rows("a.jsonl", blockBytes: blockBytes) == expected) }
    }

    @Test func `a CSV row cut anywhere between two blocks is whole`() {
        let text = "id,name\n1,x\n2,\"a name, with \"\"quotes\"\"\nand a second line\"\n3,\n4,last"
        folder.write("a.csv", text)
        let expected = rows("a.csv", format: "csv")
        #expect(expected.count == 4)
        for blockBytes in 1...text.utf8.count + 1 {
            #expect(rows("a.csv", format: "csv", blockBytes: blockBytes) == expected)
        }
    }

    @Test func `a row may be longer than many blocks`() {
        let long = String(repeating: "long ", count: 100_000)
        folder.write("a.jsonl", "{\"id\":1,\"name\":\"\(long)\"}\n{\"id\":2,\"name\":\"short\"}\n")
        #expect(rows("a.jsonl", blockBytes: 4_096) == ["1 \(long)", "2 short"])
        #expect(rows("a.jsonl") == ["1 \(long)", "2 short"])
    }

    @Test func `a row longer than the limit is refused and the next is read`() {
        let long = String(repeating: "x", count: 3 << 20)
        folder.write(
            "a.jsonl", "{\"id\":1,\"name\":\"a\"}\n{\"id\":2,\"name\":\"\(long)\"}\n{\"id\":3,\"name\":\"b\"}\n")
        for blockBytes in [65_536, RowReader.blockBytes, 8 << 20] {
            let chunks = chunks("a.jsonl", blockBytes: blockBytes).chunks
            #expect(lines(chunks) == ["1 a", "3 b"])
            #expect(chunks.flatMap(\.rows.rejected).map(\.length) == [long.utf8.count + 18])
        }
    }

    @Test func `refused rows travel with their chunk`() {
        folder.write("a.jsonl", "{\"id\":1}\nnonsense\n{\"id\":\"x\"}\n{\"id\":2}\n")
        let chunks = chunks("a.jsonl").chunks
        #expect(lines(chunks) == ["1 null", "2 null"])
        #expect(chunks.flatMap(\.rows.rejected).map(\.slot) == [1, 2])
        #expect(chunks.reduce(0) { $0 + $1.rows.slotCount } == 4)
    }

    @Test func `chunks hold the bytes they were made of`() {
        let text = (0..<30_000).map { "{\"id\":\($0),\"name\":\"n\"}\n" }.joined()
        folder.write("a.jsonl", text)
        let chunks = chunks("a.jsonl", blockBytes: 100_000).chunks
        #expect(chunks.allSatisfy { $0.rows.slotCount <= RowReader.chunkRowsMax })
        let raw = chunks.flatMap { chunk in
            Array(chunk.raw?.bytes[chunk.rawRange] ?? UnsafeRawBufferPointer(start: nil, count: 0)[0..<0])
        }
        #expect(String(decoding: raw, as: UTF8.self) == text)
    }

    @Test func `gzip holds the same rows`() {
        let text = (0..<50_000).map { "{\"id\":\($0),\"name\":\"name number \($0)\"}\n" }.joined()
        folder.write("a.jsonl", text)
        folder.write("a.jsonl.gz", gzip(["-6"], Array(text.utf8)))
        let plain = rows("a.jsonl")
        #expect(plain.count == 50_000)
        #expect(rows("a.jsonl.gz") == plain)
        #expect(rows("a.jsonl.gz", ["compression": .text("gzip")]) == plain)
        #expect(rows("a.jsonl", ["compression": .text("none")]) == plain)
        #expect(chunks("a.jsonl.gz", ["compression": .text("none")]).failure == nil)
        #expect(
            chunks("a.jsonl", ["compression": .text("gzip")]).failure?.message.hasSuffix(
                "it does not begin as gzip does") == true)
    }

    @Test func `rows before damage in a gzip file are read, then it is named`() {
        let text = (0..<50_000).map { "{\"id\":\($0),\"name\":\"name number \($0)\"}\n" }.joined()
        var bytes = gzip(["-6"], Array(text.utf8))
        folder.write("cut.gz", Array(bytes.prefix(bytes.count / 2)))
        bytes[bytes.count - 6] ^= 1
        folder.write("damaged.gz", bytes)
        let cut = chunks("cut.gz")
        #expect((10_000..<40_000).contains(lines(cut.chunks).count))
        #expect(lines(cut.chunks).last?.hasPrefix("\(lines(cut.chunks).count - 1) ") == true)
        #expect(cut.failure?.message.hasPrefix("\"cut.gz\": the gzip data ends too soon, after ") == true)
        let damaged = chunks("damaged.gz")
        #expect(lines(damaged.chunks).count == 50_000)
        #expect(damaged.failure?.message.hasSuffix("its checksum does not agree with its content") == true)
    }

    @Test func `an error of reading comes after the rows before it`() throws {
        let text = "{\"id\":1,\"name\":\"a\"}\n{\"id\":2,\"na"
        let failure = ConnectorError("cannot read it")
        var reader = RowReader(
            MemoryInput(Array(text.utf8), failure: failure), decoder: JSONLinesDecoder(schema(Rows.fields)))
        #expect(try reader.next().map { lines([$0]) } == ["1 a"])
        #expect(throws: failure) { try reader.next() }
    }

    @Test func `paths that cannot be read are refused when opened`() {
        folder.write("orders.jsonl", "")
        folder.write("secret.jsonl", "")
        chmod("\(folder.path)/secret.jsonl", 0)
        #expect(
            failure("oders.jsonl")
                == ConnectorError(
                    "cannot read \"oders.jsonl\": no such file or directory", hint: "did you mean \"orders.jsonl\"?",
                    option: "path"))
        #expect(failure("other/orders.jsonl")?.hint == "the folder \"\(folder.path)/other\" does not exist")
        #expect(
            failure("customers.csv")?.hint
                == "paths start at the folder of the SQL file; looked for \"\(folder.path)/customers.csv\"")
        #expect(failure(".")?.message == "cannot read \".\": is a directory")
        #expect(failure("orders.jsonl/x")?.message == "cannot read \"orders.jsonl/x\": not a directory")
        #expect(failure("")?.message == "the path is empty")
        if geteuid() != 0 {
            #expect(failure("secret.jsonl")?.message == "cannot read \"secret.jsonl\": permission denied")
        }
    }

    @Test func `a pipe is read to its end and can be left`() throws {
        let path = "\(folder.path)/pipe"
        mkfifo(path, 0o600)
        // A writer that is never quiet: opened for both, so that opening does not wait.
        let writer = open(path, O_RDWR)
        defer { System.close(writer) }
        let source = try FileSource(Rows.request(path, format: "json"))
        try source.open()
        let inlet = Inlet(name: "pipe", answers: false) {}
        let thread = EngineThread(name: "source") { try? source.run(inlet) }
        Array("{\"id\":1,\"name\":\"a\"}\n{\"id\":2,".utf8).withUnsafeBytes { _ = System.writeAll(writer, $0) }
        while inlet.queuedRows == 0 {}
        source.stop()
        thread.join()
        #expect(lines(inlet.take().chunks) == ["1 a"])
    }

    @Test func `a source that waits for room goes when the pipeline does`() throws {
        folder.write("a.jsonl", (0..<100_000).map { "{\"id\":\($0)}\n" }.joined())
        let source = try FileSource(Rows.request("a.jsonl", folder: folder.path, format: "json"))
        try source.open()
        let inlet = Inlet(name: "a", answers: false, limits: Inlet.Limits(rows: 10_000, bytes: 1 << 20)) {}
        let thread = EngineThread(name: "source") { try? source.run(inlet) }
        while inlet.queuedRows == 0 {}
        source.stop()
        inlet.close()
        thread.join()
        #expect(inlet.queuedRows <= 10_000)
    }

    // MARK: Reading

    private func chunks(
        _ name: String, format: String = "json", _ options: [String: CheckedOptions.OptionValue] = [:],
        blockBytes: Int = RowReader.blockBytes
    ) -> (chunks: [Chunk], failure: ConnectorError?) {
        let inlet = Inlet(name: name, answers: false, limits: Inlet.Limits(rows: .max / 2, bytes: .max / 2)) {}
        do throws(ConnectorError) {
            let request = Rows.request(name, folder: folder.path, format: format, options)
            let source = try FileSource(request, blockBytes: blockBytes)
            #expect(source.isBounded)
            try source.open()
            try source.run(inlet)
            return (inlet.take().chunks, nil)
        } catch {
            return (inlet.take().chunks, error)
        }
    }

    private func rows(
        _ name: String, format: String = "json", _ options: [String: CheckedOptions.OptionValue] = [:],
        blockBytes: Int = RowReader.blockBytes
    ) -> [String] {
        let (chunks, failure) = chunks(name, format: format, options, blockBytes: blockBytes)
        #expect(failure == nil)
        #expect(chunks.allSatisfy { $0.rows.rejected.isEmpty })
        return lines(chunks)
    }

    private func failure(_ name: String) -> ConnectorError? { chunks(name).failure }
}
