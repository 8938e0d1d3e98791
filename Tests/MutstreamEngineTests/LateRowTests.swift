import MutstreamSQL
import Testing

@testable import MutstreamEngine

/// Which rows are late, and what becomes of them and of windows at the edge of the watermark, five seconds behind.
@Suite struct LateRowTests {
    private static let events = """
        CREATE SOURCE e (k TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND) WITH (connector = 'memory');
        CREATE SINK late AS SELECT k, at FROM e.late WITH (connector = 'memory');

        """

    /// What a query over `e` gives and which rows are late, for rows of key and second that come one by one: `"a1 b3 a9"`.
    private func run(_ query: String, _ diagram: String) throws -> (rows: [String], late: [String]) {
        let chunks = diagram.split(separator: " ").map { token in
            "{\"k\":\"\(token.prefix(1))\",\"at\":\"\(TimeTests.time(Int(token.dropFirst()) ?? 0))\"}\n"
        }
        let memory = Memory(["e": chunks])
        try memory.run(
            Self.events + "CREATE SINK out AS \(query) WITH (connector = 'memory', format = 'changelog_json');")
        let rows = memory.rows("out").map { row in
            row.hasPrefix("-") ? "-" + TimeTests.short(String(row.dropFirst())) : TimeTests.short(row)
        }
        return (rows, memory.rows("late").map { TimeTests.short($0) })
    }

    private static let tumbling = """
        SELECT k, window_end, count(*) AS n FROM TUMBLE(e, at, INTERVAL '10' SECOND) GROUP BY k, window_start, window_end
        EMIT ON WINDOW CLOSE
        """

    @Test func `a row at the watermark is on time, one before it is late`() throws {
        let (rows, late) = try run("SELECT k, at FROM e", "z10 a5 b4 c5")
        #expect(rows == ["z 10", "a 5", "c 5"])
        #expect(late == ["b 4"])
    }

    @Test func `a row behind the watermark is late, though its window is open`() throws {
        let (rows, late) = try run(Self.tumbling, "a1 z14 a8 a9")
        #expect(rows == ["a 10 2", "z 20 1"])
        #expect(late == ["a 8"])
    }

    @Test func `late rows can be taken back into a view that is kept up to date`() throws {
        let query = """
            SELECT window_end, count(*) AS n FROM
              TUMBLE((SELECT k, at FROM e UNION ALL SELECT k, at FROM e.late), at, INTERVAL '10' SECOND)
            GROUP BY window_start, window_end
            """
        let (rows, late) = try run(query, "a1 z40 a2")
        #expect(rows == ["10 1", "50 1", "-10 1", "10 2"])
        #expect(late == ["a 2"])
    }

    @Test func `rows of one key close the windows of all`() throws {
        let (rows, late) = try run(Self.tumbling, "a1 b2 a12 b15 a9 b16")
        // The watermark reaches 10 with b at 15.
        #expect(rows == ["a 10 1", "b 10 1", "a 20 1", "b 20 2"])
        #expect(late == ["a 9"])
    }

    @Test func `a window closes when the watermark reaches its end, not before`() throws {
        #expect(try run(Self.tumbling, "a1 z14 a9").rows == ["a 10 2", "z 20 1"])
        #expect(try run(Self.tumbling, "a1 z15 a9").rows == ["a 10 1", "z 20 1"])
    }

    @Test func `a row out of order is in those of its windows that are open, and these are all of them`() throws {
        let query = """
            SELECT k, window_start, window_end, count(*) AS n FROM HOP(e, at, INTERVAL '5' SECOND, INTERVAL '10' SECOND)
            WHERE k = 'a' GROUP BY k, window_start, window_end EMIT ON WINDOW CLOSE
            """
        // At 14 the watermark is 9: the window up to 5 is closed, of which a row at 9 is none.
        let (rows, late) = try run(query, "a6 z14 a9 a8")
        #expect(rows == ["a 0 10 2", "a 5 15 2"])
        #expect(late == ["a 8"])
    }

    @Test func `a row that is on time bridges sessions; a closed one is not opened again`() throws {
        let query = """
            SELECT k, window_start, window_end, count(*) AS n
            FROM SESSION(TABLE e PARTITION BY k, DESCRIPTOR(at), INTERVAL '5' SECOND)
            GROUP BY k, window_start, window_end EMIT ON WINDOW CLOSE
            """
        #expect(try run(query, "a1 a8 a5").rows == ["a 1 13 3"])
        // The watermark is 4 when the row at 5 comes: less than a gap after the row at 1, whose session is open.
        #expect(try run(query, "a1 z9 a5").rows == ["a 1 10 2", "z 9 14 1"])
        // It is 6: the session of the row at 1 has ended, and the one at 7 begins another.
        #expect(try run(query, "a1 z11 a7 a5").rows == ["a 1 6 1", "a 7 12 1", "z 11 16 1"])
    }

    @Test func `each window leaves once, whatever comes late`() throws {
        let (rows, late) = try run(Self.tumbling, "a1 a2 z20 a3 a4 z31 a5 a25 a26")
        #expect(rows == ["a 10 2", "z 30 1", "a 30 1", "z 40 1"])
        #expect(late == ["a 3", "a 4", "a 5", "a 25"])
    }

    @Test func `windows of late rows have no watermark to close them`() throws {
        let query = """
            SELECT window_end, count(*) AS n FROM TUMBLE(e.late, at, INTERVAL '10' SECOND) GROUP BY window_start, window_end
            """
        #expect(throws: SQLError.self) { _ = try self.run(query + " EMIT ON WINDOW CLOSE", "a1") }
        #expect(try run(query, "a1 z40 a2 a3").rows.last == "10 2")
    }
}
