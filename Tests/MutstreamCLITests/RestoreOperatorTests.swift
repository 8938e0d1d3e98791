import Foundation
import Testing

/// What NEXMark's queries leave out, over the same events: each operator's state goes on where it was.
struct RestoreOperatorTests {
    private static let views = """
        CREATE VIEW bid AS SELECT auction, bidder, price, channel, date_time FROM event WHERE type = 'bid';
        CREATE VIEW auction AS SELECT id, reserve, date_time, seller, category FROM event WHERE type = 'auction';
        CREATE VIEW person AS SELECT id, name, date_time FROM event WHERE type = 'person';

        """

    private static let queries: [String: String] = [
        "an ASOF join": """
        SELECT b.auction, b.price, a.reserve, a.seller
        FROM bid b
        ASOF LEFT JOIN auction a ON a.seller = b.bidder AND b.date_time >= a.date_time
        """,
        "sessions": """
        SELECT bidder, count(*) AS bids, max(price) AS highest, window_start, window_end
        FROM SESSION(TABLE bid PARTITION BY bidder, DESCRIPTOR(date_time), INTERVAL '2' SECOND)
        GROUP BY bidder, window_start, window_end
        """,
        "cumulating windows": """
        SELECT auction, count(*) AS bids, window_start, window_end
        FROM CUMULATE(bid, date_time, INTERVAL '2' SECOND, INTERVAL '6' SECOND)
        GROUP BY auction, window_start, window_end
        """,
        "rolling frames": """
        SELECT auction, price, count(DISTINCT bidder) OVER w AS bidders, avg(price) OVER w AS mean, max(price) OVER w AS
          highest
        FROM bid
        WINDOW w AS (PARTITION BY auction ORDER BY date_time RANGE BETWEEN INTERVAL '3' SECOND PRECEDING AND CURRENT
          ROW)
        EMIT ON ARRIVAL
        """,
        "window functions": """
        SELECT auction, price, rank() OVER w AS place, lag(price) OVER w AS before, first_value(price) OVER w AS first,
          sum(price) OVER (PARTITION BY auction ORDER BY date_time, price ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING) AS
          near
        FROM bid
        WINDOW w AS (PARTITION BY auction ORDER BY price)
        """,
        "aggregates with an order": """
        SELECT bidder, array_agg(price ORDER BY price) AS prices, string_agg(channel, ',' ORDER BY channel, price) AS
          channels, stddev_pop(price) AS spread, percentile_cont(0.5) WITHIN GROUP (ORDER BY price)
          AS median, count(DISTINCT auction) FILTER (WHERE price > 10000) AS auctions,
          bool_or(price > 1000000) AS rich
        FROM bid
        GROUP BY bidder
        """,
        "first rows with ties": """
        SELECT bidder, bids
        FROM (SELECT bidder, count(*) AS bids FROM bid GROUP BY bidder) AS c
        ORDER BY bids DESC
        FETCH FIRST 5 ROWS WITH TIES
        """,
        "set operations": """
        (SELECT bidder AS who FROM bid INTERSECT SELECT seller FROM auction)
        EXCEPT ALL SELECT id FROM person
        """,
        "a full join of first rows": """
        SELECT p.name, a.id, a.reserve
        FROM (SELECT DISTINCT ON (seller) seller, id, reserve FROM auction ORDER BY seller, reserve DESC) AS a
        FULL JOIN person p ON p.id = a.seller
        """,
        "an anti join": """
        SELECT id, seller
        FROM auction a
        WHERE NOT EXISTS (SELECT 1 FROM bid b WHERE b.auction = a.id AND b.price > a.reserve)
        """,
        "grouping sets": """
        SELECT category, seller, count(*) AS auctions, sum(reserve) AS reserve
        FROM auction
        GROUP BY GROUPING SETS ((category), (category, seller), ())
        """,
        "a scalar subquery": """
        SELECT auction, price
        FROM bid
        WHERE price > (SELECT avg(price) * 3 FROM bid)
        """,
        "a join in time": """
        SELECT p.id, a.id AS auction
        FROM person p
        JOIN auction a ON a.seller = p.id AND a.date_time BETWEEN p.date_time AND p.date_time + INTERVAL '5' SECOND
        """,
        "sliding windows when they close": """
        SELECT auction, window_end, sum(price) AS total, min(price) AS lowest
        FROM HOP(bid, date_time, INTERVAL '1' SECOND, INTERVAL '4' SECOND)
        GROUP BY auction, window_start, window_end
        EMIT ON WINDOW CLOSE
        """,
        "a row pattern": """
        SELECT *
        FROM bid
        MATCH_RECOGNIZE (PARTITION BY auction ORDER BY date_time MEASURES A.price AS low, LAST(B.price) AS high,
          COUNT(B.price) AS steps PATTERN (A B+) DEFINE B AS B.price > PREV(B.price))
        """,
        "a join on arrival": """
        SELECT b.auction, b.price, a.category
        FROM bid b
        JOIN auction a ON a.id = b.auction
        EMIT ON ARRIVAL
        """,
    ]

    @Test(arguments: queries.keys.sorted()) func `an operator goes on where it was`(name: String) throws {
        let events = try NexmarkEvents(count: 1_500, oracle: false)
        let query = try #require(RestoreOperatorTests.queries[name])
        let source = try NexmarkEvents.pipeline(0).replacingOccurrences(
            of: "'${input}/event.jsonl'", with: "'event.jsonl', {follow}")
        let declaration = source.prefix(through: try #require(source.firstIndex(of: ";")))
        let lines = events.temporary.text("event.jsonl").split(separator: "\n")
        for shards in 1...2 {
            let run = RestoredRun(
                text: """
                    SET shards = \(shards);
                    \(declaration)
                    \(RestoreOperatorTests.views)
                    CREATE SINK result AS \(query)
                      WITH (connector = 'file', path = 'out.jsonl', format = 'changelog_json');
                    """,
                inputs: [.init(source: "event", file: "event.jsonl", lines: lines, hasWatermark: true)],
                outputs: ["out.jsonl"])
            let calm = try run.result([.terminate])
            #expect(calm["out.jsonl"] != "")
            #expect(try run.result([.kill, .terminate, .terminate]) == calm, "\(shards) shards")
        }
    }
}
