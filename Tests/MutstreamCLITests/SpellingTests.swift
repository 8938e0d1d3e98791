import Foundation
import Testing

/// Statements as Flink, RisingWave and Feldera write them give what this dialect's own give.
struct SpellingTests {
    private static let source = """
        CREATE SOURCE trade (stock TEXT, price BIGINT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '2' SECOND)
          WITH (connector = 'file', path = 'trades.jsonl', format = 'json');
        CREATE TABLE company (stock TEXT PRIMARY KEY, name TEXT);
        INSERT INTO company VALUES ('a', 'Alder'), ('b', 'Birch');

        """

    /// Each a pipeline with a view `v`, in another spelling and in ours.
    private static let views: [(name: String, theirs: String, ours: String)] = [
        (
            "a stream declared as a table",
            """
            CREATE TABLE trade (`stock` VARCHAR, price BIGINT, `at` TIMESTAMP(3), WATERMARK FOR `at` AS `at` - INTERVAL '2' SECOND)
              WITH ('connector' = 'file', 'path' = 'trades.jsonl', 'format' = 'json');
            CREATE VIEW v AS SELECT stock, sum(price) AS total, window_end
              FROM TABLE(TUMBLE(TABLE trade, DESCRIPTOR(`at`), INTERVAL '5' SECOND)) GROUP BY stock, window_start, window_end
              EMIT ON WINDOW CLOSE;
            """,
            source + """
                CREATE VIEW v AS SELECT stock, sum(price) AS total, window_end
                  FROM TUMBLE(trade, at, INTERVAL '5' SECOND) GROUP BY stock, window_start, window_end EMIT ON WINDOW CLOSE;
                """
        ),
        (
            "a stream with LATENESS declared as a table",
            """
            CREATE TABLE trade (stock VARCHAR, price BIGINT, at TIMESTAMP NOT NULL LATENESS INTERVAL 2 SECONDS)
              WITH ('connector' = 'file', 'path' = 'trades.jsonl', 'format' = 'json');
            CREATE VIEW v AS SELECT stock, count(*) AS trades FROM trade GROUP BY stock;
            """, source + "CREATE VIEW v AS SELECT stock, count(*) AS trades FROM trade GROUP BY stock;"
        ),
        (
            "FORMAT and ENCODE",
            """
            CREATE SOURCE trade (stock TEXT, price BIGINT) WITH (connector = 'file', path = 'trades.jsonl') FORMAT PLAIN ENCODE JSON;
            CREATE VIEW v AS SELECT stock, price FROM trade;
            """, source + "CREATE VIEW v AS SELECT stock, price FROM trade;"
        ),
        (
            "the fields of a row",
            """
            CREATE SOURCE nested (kind INT, trade STRUCT<stock VARCHAR, price BIGINT, at TIMESTAMP>)
              WITH (connector = 'file', path = 'nested.jsonl', format = 'json');
            CREATE VIEW v AS SELECT (trade).*, kind FROM nested;
            """, source + "CREATE VIEW v AS SELECT *, 7 AS kind FROM trade;"
        ),
        (
            "some fields of a row",
            """
            CREATE SOURCE nested (kind INT, trade STRUCT<stock VARCHAR, price BIGINT, at TIMESTAMP>)
              WITH (connector = 'file', path = 'nested.jsonl', format = 'json');
            CREATE VIEW v AS SELECT (n.trade).* EXCEPT (at) FROM nested n;
            """, source + "CREATE VIEW v AS SELECT stock, price FROM trade;"
        ),
        (
            "a column of PROCTIME as the time of a join",
            source + """
                CREATE VIEW timed AS SELECT *, PROCTIME() AS p FROM trade WHERE price > 0;
                CREATE VIEW v AS SELECT t.stock, t.price, c.name
                  FROM (SELECT stock, price, p AS moment FROM timed) AS t
                  LEFT JOIN company FOR SYSTEM_TIME AS OF t.moment AS c ON c.stock = t.stock;
                """,
            source + """
                CREATE VIEW v AS SELECT t.stock, t.price, c.name
                  FROM trade t LEFT JOIN company c ON c.stock = t.stock WHERE t.price > 0;
                """
        ),
        (
            "MATCH_CONDITION without parentheses",
            source + """
                CREATE VIEW v AS SELECT t.stock, t.price, e.price AS earlier
                  FROM trade t LEFT ASOF JOIN trade e MATCH_CONDITION t.at > e.at ON t.stock = e.stock;
                """,
            source + """
                CREATE VIEW v AS SELECT t.stock, t.price, e.price AS earlier
                  FROM trade t ASOF LEFT JOIN trade e ON t.stock = e.stock AND t.at > e.at;
                """
        ),
        (
            "types without a sign",
            """
            CREATE SOURCE trade (stock TEXT NOT NULL, price BIGINT UNSIGNED NOT NULL)
              WITH (connector = 'file', path = 'trades.jsonl');
            CREATE VIEW v AS SELECT stock, price % 7 AS rest, CAST(price AS INT UNSIGNED) AS price FROM trade;
            """, source + "CREATE VIEW v AS SELECT stock, price % 7 AS rest, price FROM trade;"
        ),
        (
            "a table in memory, which rows of a stream fill",
            source + """
                CREATE TABLE high (cents BIGINT, stock TEXT);
                CREATE TABLE named (stock TEXT, cents INT);
                INSERT INTO high SELECT price * 100, stock FROM trade WHERE price > 20;
                INSERT INTO high (stock) SELECT h.stock FROM trade.late h;
                INSERT INTO high (stock, cents) SELECT upper(stock), 7 FROM trade WHERE price < 5;
                INSERT INTO named SELECT stock, cents FROM high WHERE stock <> 'c';
                CREATE VIEW v AS SELECT stock, sum(cents) AS cents FROM named GROUP BY stock;
                """,
            source + """
                CREATE VIEW high AS SELECT price * 100 AS cents, stock FROM trade WHERE price > 20
                  UNION ALL SELECT 7, upper(stock) FROM trade WHERE price < 5;
                CREATE VIEW v AS SELECT stock, sum(cents) AS cents FROM high WHERE stock <> 'c' GROUP BY stock;
                """
        ),
        (
            "approximations and variances under other names",
            source + """
                CREATE VIEW v AS SELECT stock, var(price) AS a, var_population(price) AS b, approx_distinct(price) AS c,
                    approx_median(price) AS d, approx_percentile_cont(0.9) WITHIN GROUP (ORDER BY price) AS e
                  FROM trade GROUP BY stock UNION ALL SELECT stock, 0, 0, 0, 0, 0 FROM company;
                """,
            source + """
                CREATE VIEW v AS SELECT stock, var_samp(price) AS a, var_pop(price) AS b, approx_count_distinct(price) AS c,
                    approx_percentile(price, 0.5) AS d, approx_percentile(price, 0.9) AS e
                  FROM trade GROUP BY stock UNION ALL SELECT stock, 0, 0, 0, 0, 0 FROM company;
                """
        ),
    ]

    private func folder() throws -> TemporaryFolder {
        let temporary = try TemporaryFolder()
        let trades = (0..<40).map { number in
            let (stock, price) = (["a", "b", "c"][number % 3], (number * 37) % 50)
            return "{\"stock\":\"\(stock)\",\"price\":\(price),\"at\":\"2026-01-01 00:00:\(10 + number)\"}"
        }
        try temporary.write("trades.jsonl", trades.joined(separator: "\n") + "\n")
        try temporary.write("nested.jsonl", trades.map { "{\"kind\":7,\"trade\":\($0)}" }.joined(separator: "\n") + "\n")
        return temporary
    }

    @Test func `published spellings mean the same`() throws {
        let temporary = try folder()
        for (name, theirs, ours) in SpellingTests.views {
            var answers: [[String]] = []
            for text in [theirs, ours] {
                try temporary.write("pipeline.sql", text)
                let result = try Program.run("query pipeline.sql --csv 'SELECT * FROM v'", in: temporary)
                #expect(result.code == 0, "\(name): \(result.error)")
                answers.append(result.lines.map(String.init).sorted())
            }
            #expect(answers[0] == answers[1], "\(name)")
            #expect(answers[0].count > 3, "\(name)")
        }
    }

    @Test func `a table that INSERT INTO fills is a sink`() throws {
        let temporary = try folder()
        try temporary.write(
            "sink.sql",
            SpellingTests.source + """
                CREATE TABLE kept (name VARCHAR, cents BIGINT, note TEXT, PRIMARY KEY (name) NOT ENFORCED)
                  WITH ('connector' = 'file', 'path' = 'kept.jsonl', 'format' = 'json');
                INSERT INTO kept (cents, name) SELECT price * 100, upper(stock) FROM trade WHERE price > 45;
                """)
        let result = try Program.run("run sink.sql --quiet", in: temporary)
        #expect(result.code == 0, "\(result.error)")
        #expect(
            temporary.text("kept.jsonl") == """
                {"name":"B","cents":4800,"note":null}
                {"name":"C","cents":4600,"note":null}
                {"name":"A","cents":4900,"note":null}
                {"name":"B","cents":4700,"note":null}

                """)
    }

    @Test func `a sink without columns takes those of the first INSERT INTO, and all rows of the others`() throws {
        let temporary = try folder()
        try temporary.write(
            "sink.sql",
            SpellingTests.source + """
                CREATE TABLE kept WITH (connector = 'file', path = 'kept.jsonl');
                INSERT INTO kept SELECT stock AS "end", price * 100 AS cents FROM trade WHERE price > 47;
                CREATE TABLE sessions (start INT, end BIGINT) WITH (connector = 'file', path = 'sessions.jsonl');
                INSERT INTO sessions (end) SELECT price FROM trade WHERE price > 47;
                INSERT INTO kept SELECT upper(stock), price FROM trade WHERE price = 0;
                """)
        let result = try Program.run("run sink.sql --quiet", in: temporary)
        #expect(result.code == 0, "\(result.error)")
        let lines = temporary.text("kept.jsonl").split(separator: "\n").sorted()
        #expect(lines == [#"{"end":"A","cents":0}"#, #"{"end":"a","cents":4900}"#, #"{"end":"b","cents":4800}"#])
        let ends = temporary.text("sessions.jsonl").split(separator: "\n").sorted()
        #expect(ends == [#"{"start":null,"end":48}"#, #"{"start":null,"end":49}"#])
    }

    @Test(arguments: [
        ("INSERT INTO kept SELECT stock FROM trade;", "found 1 columns to insert, expected 2 of \"kept\""),
        ("INSERT INTO kept SELECT stock, at FROM trade;", "column 2, for \"cents\""),
        ("INSERT INTO kept (name, euros) SELECT stock, price FROM trade;", "unknown column \"euros\" of \"kept\""),
        ("INSERT INTO kept (name, name) SELECT stock, stock FROM trade;", "column \"name\" is given twice"),
        (
            "INSERT INTO kept SELECT stock, price FROM trade; INSERT INTO kept SELECT stock FROM trade;",
            "found 1 columns to insert, expected 2 of \"kept\""
        ),
        (
            "CREATE TABLE out WITH (connector = 'stdout'); INSERT INTO out (name) SELECT stock FROM trade;",
            "\"out\" is declared without columns"
        ),
        (
            "CREATE TABLE m (a TEXT); CREATE VIEW v AS SELECT a FROM m; INSERT INTO m SELECT stock FROM trade;",
            "\"m\" is read before all that is inserted into it"
        ),
        ("CREATE TABLE m (a TEXT); INSERT INTO m SELECT stock FROM trade, m;", "unknown relation \"m\""),
        (
            "CREATE TABLE m (a TEXT PRIMARY KEY); INSERT INTO m SELECT stock FROM trade;",
            "its columns take no constraints or DEFAULT"
        ),
        (
            "CREATE TABLE m (a TEXT); INSERT INTO m SELECT stock FROM trade; DELETE FROM m;",
            "whose rows no statement can change"
        ),
        ("CREATE TABLE m (a INT UNSIGNED UNSIGNED);", "found \"UNSIGNED\""),
        ("INSERT INTO kept SELECT stock, price FROM trade ON CONFLICT DO NOTHING;", "ON CONFLICT is not supported"),
        ("INSERT INTO kept SELECT stock, count(*) FROM trade GROUP BY stock;", "sink \"kept\" can only append"),
        ("CREATE VIEW v AS SELECT stock AS 'day' FROM trade;", "a name takes double quotes: \"day\""),
    ])
    func `what cannot be inserted is refused`(statement: String, message: String) throws {
        let temporary = try folder()
        try temporary.write(
            "sink.sql",
            SpellingTests.source
                + "CREATE TABLE kept (name VARCHAR, cents BIGINT) WITH ('connector' = 'file', 'path' = 'k.jsonl', 'format' = 'json');"
                + statement)
        let result = try Program.run("check sink.sql", in: temporary)
        #expect(result.code == 2)
        #expect((result.error + result.output).contains(message), "\(result.error) \(result.output)")
    }
}
