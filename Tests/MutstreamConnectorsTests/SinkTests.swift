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

/// What sinks leave behind.
@Suite struct SinkTests {
    private let folder = TemporaryFolder()
    private let batch = Rows.batch([(1, "one"), (2, nil), (3, "three, \"quoted\"\nand longer")])

    private func request(
        _ path: String, format: String = "json", _ options: [String: CheckedOptions.OptionValue] = [:]
    ) -> SinkRequest {
        var options = options
        options["path"] = .text(path)
        return SinkRequest(
            name: "out", options: CheckedOptions(options), baseDirectory: folder.path, fields: Rows.fields,
            format: format)
    }

    private func write(_ batches: [Batch], _ request: SinkRequest) throws {
        let sink = try FileSink(request)
        try sink.open()
        for batch in batches { try sink.write(batch) }
        try sink.close()
    }

    private func readBack(_ name: String, format: String, _ options: [String: CheckedOptions.OptionValue] = [:]) throws
        -> [Chunk]
    {
        let source = try FileSource(Rows.request(name, folder: folder.path, format: format, options))
        try source.open()
        let inlet = Inlet(name: name, answers: false, limits: Inlet.Limits(rows: .max / 2, bytes: .max / 2)) {}
        try source.run(inlet)
        return inlet.take().chunks
    }

    @Test func `a JSON file holds an object a line`() throws {
        try write([batch], request("out.jsonl"))
        #expect(
            folder.text("out.jsonl") == """
                {"id":1,"name":"one"}
                {"id":2,"name":null}
                {"id":3,"name":"three, \\"quoted\\"\\nand longer"}

                """)
    }

    @Test func `a CSV file has one header`() throws {
        try write([batch, batch], request("out.csv", format: "csv"))
        let rows = "1,one\n2,\n3,\"three, \"\"quoted\"\"\nand longer\"\n"
        #expect(folder.text("out.csv") == "id,name\n" + rows + rows)
        try write([batch], request("bare.csv", format: "csv", ["header": .boolean(false)]))
        #expect(folder.text("bare.csv") == rows)
        try write([Rows.batch([(1, "a;b")])], request("semicolon.csv", format: "csv", ["delimiter": .text(";")]))
        #expect(folder.text("semicolon.csv") == "id;name\n1;\"a;b\"\n")
    }

    @Test func `a file is emptied unless rows are to be appended`() throws {
        for _ in 0..<2 { try write([batch], request("new.csv", format: "csv")) }
        for _ in 0..<2 { try write([batch], request("longer.csv", format: "csv", ["append": .boolean(true)])) }
        let rows = "1,one\n2,\n3,\"three, \"\"quoted\"\"\nand longer\"\n"
        #expect(folder.text("new.csv") == "id,name\n" + rows)
        #expect(folder.text("longer.csv") == "id,name\n" + rows + rows)
    }

    @Test(arguments: ["json", "csv"])
    func `what was written is read back`(_ format: String) throws {
        var random = TestRandom.seeded()
        let letters: [Character] = ["a", "ü", "\"", ",", "\\", "\n", "\r", " ", "\u{1}", "😀", ";"]
        let rows = (0..<20_000).map { row -> (Int64, String?) in
            if row % 7 == 0 { return (Int64(row), nil) }
            let count = Int.random(in: 1...30, using: &random)
            return (
                Int64.random(in: .min ... .max, using: &random),
                String((0..<count).map { _ in letters.randomElement(using: &random) ?? "x" })
            )
        }
        let batch = Rows.batch(rows)
        try write([batch.slice(0..<7_001), batch.slice(7_001..<20_000)], request("out", format: format))
        let back = try readBack("out", format: format)
        #expect(back.allSatisfy { $0.rows.rejected.isEmpty })
        let columns = (0..<2).map { column in
            back.flatMap { chunk in (0..<chunk.rows.count).map { chunk.rows.columns[column].value(at: $0) } }
        }
        #expect(columns[0] == rows.map { .int64($0.0) })
        #expect(columns[1] == rows.map { row in row.1.map { .text($0) } ?? .null })
    }

    @Test func `rows count by their weight and none can be taken back`() throws {
        try write([Rows.batch([(1, "a"), (2, "b")], weights: [3, 1])], request("out.csv", format: "csv"))
        #expect(folder.text("out.csv") == "id,name\n1,a\n1,a\n1,a\n2,b\n")
        let error = #expect(throws: ConnectorError.self) {
            try write([Rows.batch([(1, "a"), (2, "b")], weights: [1, -1])], request("out.csv", format: "csv"))
        }
        #expect(error?.message == "a row was retracted, and text that was written cannot be taken back")
    }

    @Test func `rows leave with a flush or when there are many`() throws {
        let sink = try FileSink(request("out.jsonl"))
        try sink.open()
        try sink.write(batch)
        #expect(folder.text("out.jsonl") == "")
        try sink.flush()
        #expect(folder.text("out.jsonl").split(separator: "\n").count == 3)
        try sink.write(Rows.batch((0..<50_000).map { ($0, "a name that is not short") }))
        #expect(folder.read("out.jsonl").count > RowOutput.bufferBytes)
        try sink.close()
        #expect(folder.text("out.jsonl").split(separator: "\n").count == 50_003)
    }

    @Test func `paths that cannot be written are refused when opened`() {
        folder.write("there.jsonl", "")
        func refusal(_ path: String) -> ConnectorError? {
            do throws(ConnectorError) {
                try FileSink(request(path)).open()
                return nil
            } catch {
                return error
            }
        }
        #expect(
            refusal("-")
                == ConnectorError(
                    "a file has a path", hint: "connector = 'stdout' writes to standard output", option: "path"))
        #expect(
            refusal("missing/out.jsonl")
                == ConnectorError(
                    "cannot write \"missing/out.jsonl\": no such file or directory",
                    hint: "the folder \"\(folder.path)/missing\" does not exist", option: "path"))
        #expect(refusal("/tmp")?.message == "cannot write \"/tmp\": is a directory")
        #expect(refusal("there.jsonl/out")?.message == "cannot write \"there.jsonl/out\": not a directory")
        #expect(refusal("")?.message == "the path is empty")
    }

    #if os(Linux)
        @Test func `a full disk is an error with its name`() throws {
            let sink = try FileSink(request("/dev/full"))
            try sink.open()
            try sink.write(batch)
            let full = ConnectorError(
                "cannot write to \"/dev/full\": no space left on device",
                hint: "the rows written before are in the file", option: "path")
            #expect(throws: full) { try sink.flush() }
            try sink.write(batch)
            #expect(throws: full) { try sink.close() }
            try sink.close()
        }
    #endif

    @Test func `a closed standard output is an error that a program can tell`() throws {
        let ends = try #require(System.makePipe())
        System.close(ends.read)
        let sink = try StandardOutputSink(request("", format: "json"), descriptor: ends.write)
        try sink.open()
        try sink.write(batch)
        #expect(throws: ConnectorError("standard output was closed")) { try sink.flush() }
        try sink.close()
        System.close(ends.write)
    }

    @Test func `standard output and standard input carry rows`() throws {
        let ends = try #require(System.makePipe())
        let sink = try StandardOutputSink(request("", format: "csv"), descriptor: ends.write)
        try sink.open()
        try sink.write(batch)
        try sink.close()
        System.close(ends.write)
        let source = try StandardInputSource(Rows.request("", format: "csv"), descriptor: ends.read)
        #expect(source.isBounded)
        try source.open()
        let inlet = Inlet(name: "stdin", answers: false) {}
        try source.run(inlet)
        System.close(ends.read)
        #expect(lines(inlet.take().chunks) == ["1 one", "2 null", "3 three, \"quoted\"\nand longer"])
    }

    @Test func `standard input that says nothing can be left`() throws {
        let ends = try #require(System.makePipe())
        let source = try StandardInputSource(Rows.request("", format: "json"), descriptor: ends.read)
        try source.open()
        let inlet = Inlet(name: "stdin", answers: false) {}
        Array("{\"id\":1}\n{\"id\":2}".utf8).withUnsafeBytes { _ = System.writeAll(ends.write, $0) }
        let thread = EngineThread(name: "source") { try? source.run(inlet) }
        while inlet.queuedRows == 0 {}
        source.stop()
        thread.join()
        #expect(lines(inlet.take().chunks) == ["1 null"])
        System.close(ends.write)
        System.close(ends.read)
    }

    @Test func `a black hole counts rows`() throws {
        let sink = BlackholeSink()
        try sink.open()
        try sink.write(batch)
        try sink.write(Rows.batch([(1, "a")], weights: [-2]))
        try sink.close()
        #expect(sink.rows == 4)
    }
}
