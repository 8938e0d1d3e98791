import Foundation
import Testing

/// NEXMark events in a folder: `event.jsonl`, and `nexmark.db`, in which SQLite says what the queries give over them.
struct NexmarkEvents {
    static let folder = Program.root + "/Benchmarks/nexmark"
    let temporary: TemporaryFolder

    /// One event every ten milliseconds; each stands up to three and a half seconds after its place, which the watermark allows.
    init(count: Int, oracle: Bool) throws {
        temporary = try TemporaryFolder()
        let program = try #require(Program.path)
        let made = try Program.shell(
            """
            '\(NexmarkEvents.folder)/generate' '\(program)' . \(count) 100 &&
            awk '{ printf "%d %s\\n", NR + (NR % 13 == 0 ? 350 : NR * 7919 % 50), $0 }' event.jsonl |
              sort -s -n -k 1,1 | cut -d ' ' -f 2- > mixed.jsonl && mv mixed.jsonl event.jsonl
            """, in: temporary)
        #expect(made.code == 0 && made.error == "", "\(made.error)")
        #expect(temporary.text("event.jsonl").utf8.count { $0 == UInt8(ascii: "\n") } == count)
        guard oracle else { return }
        let read = try Program.shell("sqlite3 -bail nexmark.db < '\(NexmarkEvents.folder)/oracle.sql'", in: temporary)
        #expect(read.code == 0 && read.error == "", "\(read.error)")
    }

    /// The pipeline of a query, as it is written.
    static func pipeline(_ query: Int) throws -> String {
        try String(contentsOfFile: "\(folder)/q\(query).sql", encoding: .utf8)
    }

    /// What is asked of a query's view: what `oracle.sql` gives, where that is not all of it.
    static func question(_ query: Int) -> String { questions[query] ?? "SELECT * FROM q\(query)" }

    private static let questions = [
        1: "SELECT auction, bidder, CAST(round(price * 1000) AS BIGINT) AS thousandths, date_time, extra FROM q1",
        4: "SELECT category, CAST(floor(mean) AS BIGINT) AS mean FROM q4",
        6: "SELECT seller, id, CAST(floor(mean) AS BIGINT) AS mean FROM q6",
        11: "SELECT bidder, bids, window_start, window_end - INTERVAL '10' SECOND AS last FROM q11",
        12: "SELECT bidder, CAST(sum(bids) AS BIGINT) AS bids FROM q12 GROUP BY bidder",
        14: """
        SELECT auction, bidder, CAST(round(price * 1000) AS BIGINT) AS thousandths, time_of_day, date_time, extra, c_counts
        FROM q14
        """,
        17: """
        SELECT auction, day, bids, low_bids, middle_bids, high_bids, lowest, highest, CAST(floor(mean) AS BIGINT) AS mean, total
        FROM q17
        """,
    ]

    /// Engines differ in which texts they quote; none of these texts has a quote or a comma inside.
    private static let sorted = "tr -d '\"\\r' | LC_ALL=C sort"

    /// Writes the rows that SQLite gives to `expected.csv`, sorted; returns how many they are.
    func expect(_ query: Int) throws -> Int {
        let answer = try Program.shell(
            "sqlite3 -bail -csv nexmark.db 'SELECT * FROM q\(query)' | \(NexmarkEvents.sorted) > expected.csv; wc -l < expected.csv",
            in: temporary)
        #expect(answer.code == 0 && answer.error == "", "q\(query): \(answer.error)")
        return Int(answer.output.filter(\.isNumber)) ?? 0
    }

    /// Checks the rows of a pipeline's file, which are asked for with `question`, against `expected.csv`.
    func check(_ query: Int, _ file: String) throws {
        try temporary.write("question.sql", NexmarkEvents.question(query))
        let result = try Program.shell(
            """
            mutstream query '\(file)' --set 'input=\(temporary.path)' --csv "$(cat question.sql)" > own.csv &&
              tail -n +2 own.csv | \(NexmarkEvents.sorted) | diff - expected.csv | head -n 6
            """, in: temporary)
        #expect(result.code == 0 && result.output == "" && result.error == "", "\(file): \(result.output) \(result.error)")
    }
}
