import Foundation
import Testing

/// The queries of Benchmarks/nexmark give what SQLite gives for the same text over the same events.
struct NexmarkQueryTests {
    private static let folder = Program.root + "/Benchmarks/nexmark"
    private static let queries = [3, 4, 9, 15, 16, 17, 18, 19, 20].map { "q\($0)" }
    private static let events = 6_000

    /// The three kinds as SQLite sees them: one text a line of the file. Times of this form are in the order of their texts.
    private static let prelude = """
        .mode ascii
        .separator "\\037" "\\n"
        CREATE TABLE line (text TEXT);
        .import event.jsonl line
        CREATE TABLE event AS SELECT json_extract(text, '$.type') AS type,
          replace(json_extract(text, '$.date_time'), 'T', ' ') AS date_time,
          replace(json_extract(text, '$.expires'), 'T', ' ') AS expires,
        """

    private static let otherColumns = [
        "extra", "id", "name", "email_address", "credit_card", "city", "state", "item_name", "description", "initial_bid",
        "reserve", "seller", "category", "auction", "bidder", "price", "channel", "url",
    ]

    /// The statement that makes a view, as SQLite takes it.
    private func statement(_ view: String, in text: String) throws -> String {
        let start = try #require(text.range(of: "CREATE VIEW \(view) AS"))
        let end = try #require(text[start.lowerBound...].firstIndex(of: ";"))
        return String(text[start.lowerBound...end])
            .replacingOccurrences(of: "date_format(date_time, 'yyyy-MM-dd')", with: "substr(date_time, 1, 10)")
            .replacingOccurrences(of: "date_format(date_time, 'HH:mm')", with: "substr(date_time, 12, 5)")
            // Ties are broken by the whole row.
            .replacingOccurrences(
                of: "(PARTITION BY auction ORDER BY price DESC)",
                with: "(PARTITION BY auction ORDER BY price DESC, bidder, channel, url, date_time, extra)")
    }

    /// What is asked of a view: means are rounded, since engines differ in their digits.
    private func question(_ query: String) -> String {
        switch query {
        case "q4": "SELECT category, CAST(round(mean) AS BIGINT) AS mean FROM q4"
        case "q17": "SELECT auction, day, bids, low_bids, high_bids, lowest, highest, total FROM q17"
        default: "SELECT * FROM \(query)"
        }
    }

    @Test func `each query gives what SQLite gives`() throws {
        let temporary = try TemporaryFolder()
        let program = try #require(Program.path)
        let made = try Program.shell(
            "'\(NexmarkQueryTests.folder)/generate' '\(program)' . \(NexmarkQueryTests.events)", in: temporary)
        #expect(made.code == 0 && made.error == "", "\(made.error)")
        #expect(temporary.text("event.jsonl").utf8.count { $0 == UInt8(ascii: "\n") } == NexmarkQueryTests.events)
        for query in NexmarkQueryTests.queries {
            let text = try String(contentsOfFile: "\(NexmarkQueryTests.folder)/\(query).sql", encoding: .utf8)
            let columns = NexmarkQueryTests.otherColumns.map { "json_extract(text, '$.\($0)') AS \($0)" }
            var script = NexmarkQueryTests.prelude + columns.joined(separator: ", ") + " FROM line;\n"
            for kind in ["person", "auction", "bid"] where text.contains("CREATE VIEW \(kind) AS") {
                script += try statement(kind, in: text) + "\n"
            }
            script += try statement(query, in: text) + "\n.mode csv\n.separator , \"\\n\"\n\(question(query));\n"
            try temporary.write("oracle.sql", script)
            let expected = try Program.shell("sqlite3 -bail :memory: < oracle.sql", in: temporary)
            let result = try Program.run(
                "query '\(NexmarkQueryTests.folder)/\(query).sql' --set input=\(temporary.path) --csv '\(question(query))'",
                in: temporary)
            #expect(result.code == 0 && expected.code == 0, "\(result.error) \(expected.error)")
            let (own, theirs) = (result.lines.dropFirst().sorted(), expected.lines.sorted())
            #expect(own.count > (query == "q15" ? 0 : 3), "\(query)")
            #expect(own.map(unquoted) == theirs.map(unquoted), "\(query)")
        }
    }

    /// Engines differ in which texts they quote; none of these texts has a quote or a comma inside.
    private func unquoted(_ line: Substring) -> String { line.replacingOccurrences(of: "\"", with: "") }
}
