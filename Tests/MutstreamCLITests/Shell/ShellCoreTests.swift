import MutstreamColumnar
import MutstreamSQL
import Testing

@testable import MutstreamCLI
@testable import MutstreamEngine

/// Answers set texts, and fails at everything else where it stands.
private final class Answers: ShellEngine {
    var results: [String: StatementResult] = [:]
    var objects: [ObjectDescription] = []

    func execute(_ sql: String) throws(SQLError) -> StatementResult {
        let text = String(sql.filter { $0 != ";" && $0 != "\n" })
        if let result = results[text] { return result }
        let start = sql.utf8.firstIndex(of: UInt8(ascii: "?")).map { sql.utf8.distance(from: sql.startIndex, to: $0) } ?? 0
        throw SQLError("what is that", at: SourceRange(start, start + 1))
    }

    func describe(_ name: String?) -> [ObjectDescription] { objects.filter { name == nil || $0.name == name } }
}

@Suite struct ShellCoreTests {
    private let engine = Answers()

    private func run(
        _ style: TablePrinter.Style = .init(hasBorders: false, usesColors: false), files: [String: String] = [:],
        _ body: (ShellCore) -> Void
    ) -> (output: String, error: String, hasFailed: Bool) {
        let sink = Sink()
        var time: Int64 = 0
        let core = ShellCore(
            engine: engine, style: style, usesErrorColors: false,
            now: {
                time += 1_500_000
                return time
            },
            readFile: { path in files[path].map { SourceText(name: path, text: $0) } },
            write: { stream, text in if stream == .output { sink.output += text } else { sink.error += text } })
        body(core)
        return (sink.output, sink.error, core.hasFailed)
    }

    private final class Sink {
        var output = ""
        var error = ""
    }

    private var rows: StatementResult {
        let fields = [Field("id", .int), Field("name", .text)]
        let columns = [
            Column.int64([1, 20, 3], Bitmap(words: [0b011], count: 3)),
            Column.constant(.text("a\tb"), physical: .text, count: 3),
        ]
        return .rows(
            ResultRows(
                fields: fields, batch: Batch(columns: columns, count: 3, ordinals: Ordinals(first: 0)), isOrdered: false,
                problems: []))
    }

    @Test func `rows are plain in a pipe and framed on a terminal`() {
        engine.results["SELECT 1"] = rows
        let plain = run { $0.execute("SELECT 1;") }
        #expect(
            plain.output == """
                  id  name
                ----  ----
                   1  a\\tb
                  20  a\\tb
                NULL  a\\tb

                """)
        let framed = run(.init(hasBorders: true, usesColors: true)) { $0.execute("SELECT 1") }
        #expect(
            framed.output == """
                ┌──────┬──────┐
                │   id │ name │
                ├──────┼──────┤
                │    1 │ a\\tb │
                │   20 │ a\\tb │
                │ \u{1B}[2mNULL\u{1B}[0m │ a\\tb │
                └──────┴──────┘
                (3 rows)

                """)
        let expanded = run {
            $0.command("\\x")
            $0.execute("SELECT 1")
        }
        #expect(
            expanded.output.hasPrefix("Expanded display is on.\n-[ row 1 ]----\nid   | 1\nname | a\\tb\n-[ row 2 ]----\n"))
        #expect(expanded.output.hasSuffix("(3 rows)\n"))
    }

    @Test func `a failure shows the place in the file and does not stop the rest`() {
        engine.results["DROP x"] = .done("DROP TABLE")
        engine.results["INSERT y"] = .changed("INSERT", rows: 2)
        let text = "-- first\nDROP x;\n\\timing\nSELECT a,\n  ? FROM t;\n\\timing\nINSERT y"
        let result = run(files: ["f.sql": text]) { $0.command("\\i f.sql") }
        #expect(result.hasFailed)
        #expect(result.error.contains("--> f.sql:5:3"))
        #expect(result.error.contains("  ? FROM t;"))
        #expect(result.output == "DROP TABLE\nTiming is on.\nTime: 1.500 ms\nTiming is off.\nINSERT 2\n")
    }

    @Test func `a file may have lines as on Windows`() {
        engine.results["DROP x"] = .done("DROP TABLE")
        let result = run(files: ["f.sql": "\\x\r\nDROP x;\r\n\\x\r\n"]) { $0.command("\\i f.sql") }
        #expect(result.output == "Expanded display is on.\nDROP TABLE\nExpanded display is off.\n")
    }

    @Test func `files that read each other end`() {
        let result = run(files: ["a": "\\i a\n"]) { $0.command(".read a") }
        #expect(result.hasFailed && result.error.contains("sixteen deep"))
    }

    @Test func `the catalog is listed and described`() {
        engine.objects = [
            ObjectDescription(name: "orders", kind: "table", fields: [Field("id", .bigint)], detail: "primary key (id)"),
            ObjectDescription(name: "hourly", kind: "materialized view", fields: [Field("n", .int)], detail: ""),
        ]
        let all = run { $0.command("\\d") }.output
        #expect(all.contains("orders  table              id       primary key (id)\n"))
        #expect(all.contains("hourly  materialized view  n        NULL\n"))
        #expect(!run { $0.command("\\dv") }.output.contains("orders"))
        #expect(run { $0.command("\\ds") }.output == "There is none yet.\n")
        #expect(run { $0.command("\\d orders;") }.output.hasPrefix("table orders, primary key (id)\ncolumn  type\n"))
        let missing = run { $0.command("\\d order") }
        #expect(missing.error.contains("there is no \"order\"; did you mean \"orders\"?"))
        #expect(run { $0.command("\\nothing") }.hasFailed)
        #expect(run { $0.command("\\?") }.output.contains("\\timing"))
    }

    @Test func `what is completed depends on what stands before`() {
        let objects = [
            ObjectDescription(
                name: "orders", kind: "table", fields: [Field("order_id", .int), Field("amount", .int)], detail: ""),
            ObjectDescription(name: "other", kind: "table", fields: [Field("x", .int)], detail: ""),
        ]
        func words(_ line: String) -> [String] { Completer.complete(Array(line), objects).words }
        #expect(words("sel") == ["select"])
        #expect(words("SEL") == ["SELECT"])
        #expect(words("SELECT ord") == ["order", "order_id", "orders"])
        #expect(words("SELECT * FROM ord") == ["orders"])
        #expect(words("SELECT orders.") == ["amount", "order_id"])
        #expect(words("SELECT o.am") == ["amount"])
        #expect(words("\\ti") == ["\\timing"])
        #expect(words("\\d ") == ["orders", "other"])
        #expect(words("\\d oth") == ["other"])
        #expect(words("SELECT ").isEmpty)
    }
}

@Suite struct StatementReaderTests {
    @Test func `statements end at semicolons outside of quotes and comments`() {
        let text = """
            SELECT 'a;''b', ";" -- ;
            , $x$ ; $$ $x$ /* ; /* ; */ ; */;; SELECT E'\\';' ;
            -- the end
            SELECT 2
            """
        var reader = StatementReader()
        var statements: [String] = []
        for line in text.split(separator: "\n") { statements += reader.feed(String(line)).map(\.text.trimmingLeft) }
        #expect(statements.count == 2)
        #expect(statements.first?.hasSuffix("*/;") == true)
        #expect(statements.last == "SELECT E'\\';' ;")
        #expect(!reader.isEmpty)
        #expect(reader.finish()?.text == "SELECT 2\n")
        #expect(reader.isEmpty && reader.finish() == nil)
        let whole = StatementReader.statements(of: text)
        #expect(whole.map(\.text.trimmingLeft) == statements + ["-- the end\nSELECT 2\n"])
        for statement in whole {
            let bytes = Array(text.utf8)[statement.offset...].prefix(statement.text.utf8.count)
            #expect(statement.text.hasPrefix(String(decoding: bytes, as: UTF8.self)))
        }
    }

    @Test func `comments and blanks alone wait for nothing`() {
        var reader = StatementReader()
        #expect(reader.feed("  -- note").isEmpty && reader.isEmpty)
        #expect(reader.feed(" ; ;").isEmpty && reader.isEmpty)
        #expect(reader.feed("/* open").isEmpty && !reader.isEmpty)
        #expect(reader.feed("*/").isEmpty && reader.isEmpty)
        #expect(reader.feed("SELECT '").isEmpty && !reader.isEmpty)
        reader.cancel()
        #expect(reader.isEmpty)
    }
}

@Suite struct HistoryTests {
    @Test func `entries are kept in a file, the same one once`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/state/mutstream/history"
        var history = History(path: path)
        history.add("SELECT 1;\n")
        history.add("SELECT 1;\n")
        history.add("SELECT\n  2;\n")
        history.add("SELECT 3 -- three\n;\n")
        #expect(history.entries == ["SELECT 1;", "SELECT   2;", "SELECT 3 -- three", ";"])
        #expect(History(path: path).entries == history.entries)
    }
}
