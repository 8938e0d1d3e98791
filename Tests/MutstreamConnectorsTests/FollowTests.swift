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

/// Files that grow while they are read.
@Suite struct FollowTests {
    private let folder = TemporaryFolder()

    /// A source under way, and what it has handed over.
    private final class Following {
        let source: FileSource
        let inlet = Inlet(name: "rows", answers: false) {}
        private let thread: EngineThread
        private let failure: Monitor<ConnectorError?>
        private(set) var seen: [String] = []
        private(set) var rejected = 0

        init(_ request: SourceRequest) throws {
            let source = try FileSource(request)
            try source.open()
            self.source = source
            let failure = Monitor<ConnectorError?>(nil)
            self.failure = failure
            thread = EngineThread(name: "following") { [inlet] in
                do throws(ConnectorError) { try source.run(inlet) } catch { failure.withLock { $0 = error } }
            }
        }

        /// Waits until so many rows have come in all, refused ones counted.
        func awaitRows(_ count: Int) -> [String] {
            while seen.count + rejected < count {
                let came: Void? = inlet.state.wait(microseconds: 20_000_000) { $0.chunks.isEmpty ? nil : () }
                if came == nil { break }
                let chunks = inlet.take().chunks
                seen += lines(chunks)
                rejected += chunks.reduce(0) { $0 + $1.rows.rejected.count }
            }
            return seen
        }

        func stop() -> ConnectorError? {
            source.stop()
            thread.join()
            return failure.withLock { $0 }
        }
    }

    private func follow(_ name: String, format: String = "json", _ blockBytes: Int = 4_096) throws -> Following {
        try Following(Rows.request(name, folder: folder.path, format: format, ["follow": .boolean(true)]))
    }

    private func append(_ name: String, _ text: String) {
        let descriptor = open("\(folder.path)/\(name)", O_WRONLY | O_APPEND)
        Array(text.utf8).withUnsafeBytes { _ = System.writeAll(descriptor, $0) }
        System.close(descriptor)
    }

    @Test func `what is appended is read, and half a line waits for its end`() throws {
        folder.write("a.jsonl", "{\"id\":1,\"name\":\"one\"}\n")
        let following = try follow("a.jsonl")
        #expect(!following.source.isBounded)
        #expect(following.awaitRows(1) == ["1 one"])
        append("a.jsonl", "{\"id\":2,\"na")
        append("a.jsonl", "me\":\"two\"")
        append("a.jsonl", "}\n{\"id\":3,\"name\":\"three\"}\n{\"id\":")
        #expect(following.awaitRows(3) == ["1 one", "2 two", "3 three"])
        #expect(following.stop() == nil)
        #expect(following.rejected == 0 && following.awaitRows(0).count == 3)
    }

    @Test func `an empty file may fill`() throws {
        folder.write("a.csv", "")
        let following = try follow("a.csv", format: "csv")
        append("a.csv", "id,na")
        append("a.csv", "me\n1,one\n")
        #expect(following.awaitRows(1) == ["1 one"])
        #expect(following.stop() == nil)
    }

    @Test func `a file that is cut begins anew`() throws {
        folder.write("a.csv", "id,name\n1,one\n2,two\n")
        let following = try follow("a.csv", format: "csv")
        #expect(following.awaitRows(2) == ["1 one", "2 two"])
        folder.write("a.csv", "name,id\nx,3\n")
        #expect(following.awaitRows(3) == ["1 one", "2 two", "3 x"])
        append("a.csv", "y,4\n")
        #expect(following.awaitRows(4).last == "4 y")
        #expect(following.stop() == nil)
    }

    @Test func `a file that takes the place of the old one is read from its beginning`() throws {
        folder.write("a.jsonl", "{\"id\":1,\"name\":\"one\"}\n{\"id\":2,\"name\":\"tor")
        let following = try follow("a.jsonl")
        #expect(following.awaitRows(1) == ["1 one"])
        rename("\(folder.path)/a.jsonl", "\(folder.path)/a.1")
        append("a.1", "n\"}\n{\"id\":3,\"name\":\"three\"}\n{\"id\":9")
        #expect(following.awaitRows(3) == ["1 one", "2 torn", "3 three"])
        folder.write("b.jsonl", "{\"id\":4,\"name\":\"four\"}\n")
        rename("\(folder.path)/b.jsonl", "\(folder.path)/a.jsonl")
        // The line that the old file left unfinished is refused alone.
        #expect(following.awaitRows(5) == ["1 one", "2 torn", "3 three", "4 four"])
        #expect(following.rejected == 1)
        append("a.jsonl", "{\"id\":5,\"name\":\"five\"}\n")
        #expect(following.awaitRows(6).last == "5 five")
        #expect(following.stop() == nil)
    }

    @Test func `a table that follows its file is full before the first row of a stream`() throws {
        folder.write("t.csv", "id,name\n" + (0..<30_000).map { "\($0),name \($0)\n" }.joined())
        folder.write("s.csv", "id\n" + (0..<100).map { "\($0 * 299)\n" }.joined())
        var registry = ConnectorRegistry()
        registerConnectors(into: &registry)
        let definition = try PipelineDefinition(
            """
            CREATE TABLE t (id INT PRIMARY KEY, name TEXT)
              WITH (connector = 'file', path = 't.csv', format = 'csv', follow = 'true');
            CREATE SOURCE s (id INT) WITH (connector = 'file', path = 's.csv', format = 'csv');
            CREATE SINK o AS SELECT s.id, t.name FROM s LEFT JOIN t ON t.id = s.id EMIT ON ARRIVAL
              WITH (connector = 'file', path = 'o.csv', format = 'csv', header = false);
            """, registry: registry, baseDirectory: folder.path)
        let loop = try StepLoop(definition, Pipeline(definition))
        loop.untilBoundedEnd = true
        _ = try loop.run()
        #expect(folder.text("o.csv") == (0..<100).map { "\($0 * 299),name \($0 * 299)\n" }.joined())
    }

    @Test func `an empty table that follows its file holds no stream back`() throws {
        folder.write("t.csv", "")
        folder.write("s.csv", "id\n1\n")
        var registry = ConnectorRegistry()
        registerConnectors(into: &registry)
        let definition = try PipelineDefinition(
            """
            CREATE TABLE t (id INT PRIMARY KEY, name TEXT)
              WITH (connector = 'file', path = 't.csv', format = 'csv', follow = 'true');
            CREATE SOURCE s (id INT) WITH (connector = 'file', path = 's.csv', format = 'csv');
            CREATE SINK o AS SELECT s.id, t.name FROM s LEFT JOIN t ON t.id = s.id EMIT ON ARRIVAL
              WITH (connector = 'file', path = 'o.csv', format = 'csv', header = false);
            """, registry: registry, baseDirectory: folder.path)
        let loop = try StepLoop(definition, Pipeline(definition))
        loop.untilBoundedEnd = true
        _ = try loop.run()
        #expect(folder.text("o.csv") == "1,\n")
    }

    @Test func `what cannot be followed is refused`() throws {
        folder.write("a.gz", gzip([], Array("{}\n".utf8)))
        let compressed = try FileSource(
            Rows.request("a.gz", folder: folder.path, format: "json", ["follow": .boolean(true)]))
        #expect(throws: ConnectorError.self) { try compressed.open() }
        #expect(throws: ConnectorError.self) {
            try FileSource(
                Rows.request("a", format: "json", ["follow": .boolean(true), "compression": .text("gzip")]))
        }
        mkfifo("\(folder.path)/pipe", 0o600)
        let writer = open("\(folder.path)/pipe", O_RDWR)
        defer { System.close(writer) }
        let pipe = try FileSource(Rows.request("pipe", folder: folder.path, format: "json", ["follow": .boolean(true)]))
        #expect(throws: ConnectorError.self) { try pipe.open() }
    }

    // MARK: Going on

    /// Follows from a position, until so many rows have come; the chunks.
    private func chunks(_ name: String, from position: SourcePosition?, rows: Int, rate: Double? = nil) throws -> [Chunk] {
        var options: [String: CheckedOptions.OptionValue] = ["follow": .boolean(true)]
        if let rate { options["rate"] = .number(rate) }
        let source = try FileSource(Rows.request(name, folder: folder.path, format: "json", options))
        try source.open()
        if let position { try source.resume(at: position) }
        let inlet = Inlet(name: "rows", answers: false) {}
        let thread = EngineThread(name: "following") { try? source.run(inlet) }
        var found: [Chunk] = []
        while found.reduce(0, { $0 + $1.rows.count }) < rows {
            let came: Void? = inlet.state.wait(microseconds: 20_000_000) { $0.chunks.isEmpty ? nil : () }
            if came == nil { break }
            found += inlet.take().chunks
        }
        source.stop()
        thread.join()
        return found
    }

    private func text(_ range: Range<Int>) -> String { range.map { "{\"id\":\($0),\"name\":\"row \($0)\"}\n" }.joined() }
    private func ids(_ chunks: [Chunk]) -> [Int64] {
        lines(chunks).compactMap { Int64($0.drop { !$0.isNumber }.prefix { $0.isNumber }) }
    }

    @Test func `a file that took the place of the one that was read is read from its beginning`() throws {
        folder.write("a.jsonl", text(0..<20))
        let position = try #require(try chunks("a.jsonl", from: nil, rows: 20).last?.next)
        // It has grown: what is new comes.
        folder.write("a.jsonl", text(0..<23))
        #expect(ids(try chunks("a.jsonl", from: position, rows: 3)) == [20, 21, 22])
        // Emptied and filled anew, longer than before: the same file to the system, other rows.
        folder.write("a.jsonl", text(100..<140))
        #expect(ids(try chunks("a.jsonl", from: position, rows: 40)) == (100..<140).map { Int64($0) })
        folder.write("a.jsonl", text(100..<105))
        #expect(ids(try chunks("a.jsonl", from: position, rows: 5)) == (100..<105).map { Int64($0) })
    }

    @Test func `whichever part of a chunk was let in, the rest comes after a restart`() throws {
        folder.write("a.jsonl", text(0..<50))
        let parts = try chunks("a.jsonl", from: nil, rows: 50, rate: 5_000)
        #expect(ids(parts) == (0..<50).map { Int64($0) })
        var seen = 0
        for part in parts {
            seen += part.rows.count
            guard seen < 50 else { continue }
            let rest = try chunks("a.jsonl", from: part.next, rows: 50 - seen, rate: 5_000)
            #expect(ids(rest) == (seen..<50).map { Int64($0) })
            // And once more, amid what is left of it.
            if let first = rest.first, seen + first.rows.count < 50 {
                let next = try chunks("a.jsonl", from: first.next, rows: 50 - seen - first.rows.count)
                #expect(ids(next) == (seen + first.rows.count..<50).map { Int64($0) })
            }
        }
    }
}
