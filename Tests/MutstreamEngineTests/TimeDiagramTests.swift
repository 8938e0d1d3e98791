import MutstreamColumnar
import MutstreamDataflow
import MutstreamSQL
import Testing

/// Windows and joins in time as diagrams of arrivals and emissions, from SQL down to what each step gives.
///
/// ```
/// "ea1 eb9 | ea12"            a step with rows of source e: key a at second 1, key b at 9; then one with a at 12
/// " | +a 0 10 1 +b 0 10 1"    what each step emits: times in seconds, a minus where a row is taken back
/// ```
///
/// The value of a row is its ordinal; watermarks are two seconds behind.
@Suite struct TimeDiagramTests {
    private static let day: Int64 = 1_714_521_600_000_000

    /// - Parameter clock: of each step, in seconds of the day.
    private func run(
        _ query: String, _ diagram: String, format: String = "changelog_json", clock: [Int64] = []
    ) throws -> String {
        let names = ["e", "l", "r"].filter { query.contains(" \($0) ") || query.contains("(\($0),") }
        let text =
            names.map {
                "CREATE SOURCE \($0) (k TEXT, v BIGINT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '2' SECOND) "
                    + "WITH (connector = 'file', path = 'x');\n"
            }.joined()
            + "CREATE SINK out AS \(query) WITH (connector = 'stdout', format = '\(format)');"
        let plan = try Compiler.optimized(text)
        let compiled = try Compiler.circuit(plan)
        let fields = plan.sinks[0].fields
        var marks = [Int64](repeating: .min, count: names.count)
        var ordinal: Int64 = 0
        var step: Int64 = 0
        return try diagram.split(separator: "|").map { tokens -> String in
            var rows: [Int: [(key: String, value: Int64, time: Int64)]] = [:]
            for token in tokens.split(separator: " ") {
                let source = try #require(names.firstIndex(of: String(token.prefix(1))))
                ordinal += 1
                rows[source, default: []].append(
                    (
                        String(token.dropFirst().prefix(1)), ordinal,
                        Self.day + (Int64(token.dropFirst(2)) ?? 0) * 1_000_000
                    ))
            }
            var deltas: [(input: Int, delta: Delta)] = []
            for (source, rows) in rows.sorted(by: { $0.key < $1.key }) {
                let key = ColumnBuilder(DataType.text)
                for row in rows { key.append(text: row.key) }
                let all = [key.finish(), .int64(rows.map(\.value)), .int64(rows.map(\.time))]
                var progress = Progress(start: marks[source])
                for row in rows where row.time - 2_000_000 > progress.end {
                    progress.ordinals.append(row.value)
                    progress.values.append(row.time - 2_000_000)
                }
                marks[source] = progress.end
                let input = try #require(compiled.sources[source].rows)
                let batch = Batch(
                    columns: plan.sources[source].projection.map { all[$0] }, count: rows.count,
                    ordinals: Ordinals(rows.map(\.value)))
                deltas.append((input, Delta(batch, progress)))
            }
            step += 1
            let now = clock.indices.contains(Int(step) - 1) ? Self.day + clock[Int(step) - 1] * 1_000_000 : 0
            compiled.circuit.step(deltas, StepContext(step: step, clock: now))
            let batch = compiled.circuit.delta(compiled.sinks[0].edge).batch
            return (0..<batch.count).map { row in
                let cells = zip(batch.columns, fields).map { column, field -> String in
                    switch column.value(at: row) {
                    case .text(let text): text
                    case .int64(let number): "\(field.type == .timestamp ? (number - Self.day) / 1_000_000 : number)"
                    default: "null"
                    }
                }
                return (batch.weight(row) < 0 ? "-" : "+") + cells.joined(separator: " ")
            }.joined(separator: " ")
        }.joined(separator: " | ")
    }

    private func closing(_ from: String) -> String {
        "SELECT k, window_start, window_end, COUNT(*) AS n FROM \(from) GROUP BY k, window_start, window_end EMIT ON WINDOW CLOSE"
    }

    @Test func `a tumbling window closes when the watermark reaches its end`() throws {
        let query = closing("TUMBLE(e, at, INTERVAL '10' SECOND)")
        #expect(try run(query, "ea1 eb9 | ea11 | ea12 | ea13") == " |  | +a 0 10 1 +b 0 10 1 | ")
        // Out of order, but on time; a window without rows is none.
        #expect(try run(query, "ea9 ea8 | ea31 | ea42") == " | +a 0 10 2 | +a 30 40 1")
        let moved = closing("TUMBLE(e, at, INTERVAL '10' SECOND, INTERVAL '3' SECOND)")
        #expect(try run(moved, "ea1 ea4 | ea15") == " | +a -7 3 1 +a 3 13 1")
    }

    @Test func `a row is in each hopping window that holds it`() throws {
        let query = closing("HOP(e, at, INTERVAL '5' SECOND, INTERVAL '10' SECOND)")
        #expect(try run(query, "ea7 | ea12 | ea17 | ea22") == " | +a 0 10 1 | +a 5 15 2 | +a 10 20 2")
    }

    @Test func `a cumulating window leaves at each of its steps`() throws {
        let query = closing("CUMULATE(e, at, INTERVAL '5' SECOND, INTERVAL '10' SECOND)")
        #expect(try run(query, "ea1 ea6 | ea7 | ea12") == " | +a 0 5 1 | +a 0 10 3")
    }

    @Test func `windows of shifted times wait for their last row`() throws {
        let query = """
            WITH x AS (SELECT k, at - INTERVAL '4' SECOND AS t FROM e ) SELECT k, window_end, COUNT(*) AS n
            FROM TUMBLE(x, t, INTERVAL '10' SECOND) GROUP BY k, window_end EMIT ON WINDOW CLOSE
            """
        #expect(try run(query, "ea1 | ea13 | ea15 | ea16") == " | +a 0 1 |  | +a 10 1")
    }

    @Test func `an interval join gives a pair when its later row comes`() throws {
        let query = """
            SELECT l.k, l.at, r.at AS b FROM l JOIN r ON l.k = r.k AND r.at BETWEEN l.at AND l.at + INTERVAL '5' SECOND
            """
        #expect(try run(query, "la1 | ra4 | ra7 | la5 | rb6") == " | +a 1 4 |  | +a 5 7 | ")
    }

    @Test func `a semi join gives a row with its first partner, an anti join until then`() throws {
        let condition = "l.k = r.k AND r.at BETWEEN l.at AND l.at + INTERVAL '5' SECOND)"
        let semi = "SELECT l.k, l.at FROM l WHERE EXISTS (SELECT 1 FROM r WHERE " + condition
        #expect(try run(semi, "la1 | ra4 | ra5 | la3") == " | +a 1 |  | +a 3")
        let anti = "SELECT l.k, l.at FROM l WHERE NOT EXISTS (SELECT 1 FROM r WHERE " + condition
        #expect(try run(anti, "la1 | ra4 | ra5 | la3 lb3") == "+a 1 | -a 1 |  | +b 3")
    }

    @Test func `rows of one window meet, at once or when it closes`() throws {
        let query = """
            SELECT l.k, l.at, r.at AS b FROM TUMBLE(l, at, INTERVAL '10' SECOND) l JOIN TUMBLE(r, at, INTERVAL '10' SECOND) r
            ON l.k = r.k AND l.window_start = r.window_start AND l.window_end = r.window_end
            """
        #expect(try run(query, "la1 ra2 | la15 | ra13") == "+a 1 2 |  | +a 15 13")
        let closing = query.replacing("r.at AS b", with: "r.at AS b, l.window_end") + " EMIT ON WINDOW CLOSE"
        #expect(try run(closing, "la1 ra2 | la15 | ra13 | la23 ra23") == " |  | +a 1 2 10 | +a 15 13 20")
    }

    @Test func `a late version revises the rows that it changes`() throws {
        let query = "SELECT l.k, l.at, r.at AS b FROM l JOIN r FOR SYSTEM_TIME AS OF l.at ON l.k = r.k"
        #expect(try run(query, "ra1 la5 | ra3 | la4 | rb2 la2") == "+a 5 1 | -a 5 1 +a 5 3 | +a 4 3 | +a 2 1")
    }

    @Test(arguments: [
        ("at > NOW() - INTERVAL '10' SECOND", "+a 5 |  | -a 5 | "),
        ("NOW() - at < INTERVAL '10' SECOND", "+a 5 |  | -a 5 | "),
        ("INTERVAL '10' SECOND > NOW() - at", "+a 5 |  | -a 5 | "),
        ("NOT (at <= NOW() - INTERVAL '10' SECOND)", "+a 5 |  | -a 5 | "),
        ("at >= CURRENT_DATE", "+a 5 |  |  | -a 5"),
        ("at::DATE = CURRENT_DATE", "+a 5 |  |  | -a 5"),
        ("at::DATE < CURRENT_DATE", " |  |  | +a 5"),
        ("at < CURRENT_DATE", " |  |  | +a 5"),
        ("at > CURRENT_DATE - INTERVAL '1' DAY", "+a 5 |  |  | "),
    ])
    func `rows come and go with the clock`(_ condition: String, _ expected: String) throws {
        let query = "SELECT k, at FROM e WHERE \(condition)"
        #expect(try run(query, "ea5 | | | ", clock: [5, 14, 15, 86_400]) == expected)
    }

    @Test func `rows leave in the order of their times`() throws {
        let query = "SELECT k, v, at FROM e EMIT ON WINDOW CLOSE"
        #expect(try run(query, "ea3 eb1 | ea4 eb6 | ea7") == " | +b 2 1 +a 1 3 | +a 3 4")
    }

    @Test func `a row of OVER leaves when nothing can change it`() throws {
        let over = "(PARTITION BY k ORDER BY at)"
        let before = "SELECT k, at, lag(at) OVER \(over) AS b FROM e EMIT ON WINDOW CLOSE"
        #expect(try run(before, "ea3 ea1 | ea6 | ea9") == " | +a 1 null +a 3 1 | +a 6 3")
        // The row behind has to be settled too; b waits for one that does not come.
        let next = "SELECT k, at, lead(at) OVER \(over) AS n FROM e EMIT ON WINDOW CLOSE"
        #expect(try run(next, "ea1 eb2 | ea4 | ea7 | ea10") == " |  | +a 1 4 | +a 4 7")
        let near = """
            SELECT k, at, COUNT(*) OVER (PARTITION BY k ORDER BY at RANGE BETWEEN CURRENT ROW AND INTERVAL '3' SECOND FOLLOWING) AS n
            FROM e EMIT ON WINDOW CLOSE
            """
        #expect(try run(near, "ea1 ea4 | ea6 | ea7") == " |  | +a 1 2")
    }

    @Test func `the first rows of a window leave once`() throws {
        let top = """
            SELECT k, v, window_end FROM (SELECT *, row_number() OVER (PARTITION BY window_start, window_end, k ORDER BY v DESC) AS n
            FROM TUMBLE(e, at, INTERVAL '10' SECOND)) WHERE n = 1 EMIT ON WINDOW CLOSE
            """
        #expect(try run(top, "ea1 ea9 eb3 | ea5 | ea13 | ea25") == " |  | +a 4 10 +b 3 10 | +a 5 20")
        let first = top.replacing("ORDER BY v DESC", with: "ORDER BY at")
        #expect(try run(first, "ea2 ea1 | ea5 | ea13") == " |  | +a 2 10")
    }
}
