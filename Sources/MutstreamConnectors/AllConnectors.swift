import MutstreamEngine

/// Enters the connectors of this module, and the formats, into a registry.
package func registerConnectors(into registry: inout ConnectorRegistry) {
    registry.add(.file)
    registry.add(.stdin)
    registry.add(.stdout)
    registry.add(.nexmark)
    registry.add(.webhook)
    registry.add(.httpLookup)
    registry.add(.blackhole)
    registry.add(.json)
    registry.add(.csv)
    registry.add(.changelog)
    registry.add(.debezium)
}

extension ConnectorRegistry.Entry {
    static let file = ConnectorRegistry.Entry(
        spec: ConnectorSpec(
            name: "file",
            summary:
                "Reads rows from a file, plain or gzip, to its end or as it grows; fills a table from it; writes rows to one.",
            roles: [.source, .table, .sink],
            options: [
                OptionSpec(
                    "path", .text, required: true,
                    "Where the file is. A relative path starts at the folder of the SQL file."),
                OptionSpec(
                    "compression", .choice(Compression.allCases.map(\.rawValue)), roles: [.source, .table],
                    default: "auto",
                    "`auto` decompresses a file that begins as gzip does."),
                OptionSpec(
                    "rate", .number(0.001...1e9), roles: [.source],
                    "Rows a second at which the file is played back; without it, as fast as they can be read."),
                OptionSpec(
                    "speed", .number(1e-6...1e9), roles: [.source],
                    """
                    Plays the file back by its event times: 1 as fast as it happened, 60 a minute in a second. \
                    Needs a TIMESTAMP column with a WATERMARK.
                    """
                ),
                OptionSpec(
                    "follow", .boolean, roles: [.source, .table], default: "false",
                    """
                    Goes on reading what is appended, until the pipeline is stopped; a last line without its end waits for \
                    it. A file that is cut, or replaced by another of its name, is read from its beginning.
                    """),
                OptionSpec(
                    "append", .boolean, roles: [.sink], default: "false",
                    "Keeps what the file has and writes after it; else the file is emptied when the pipeline starts."),
            ] + OptionSpec.ofChanges,
            formats: ["json", "csv", "changelog_json", "debezium_json"],
            guarantee: """
                Source: exactly once, the file must not change while the pipeline lives. \
                Sink: at least once; rows that were written and not yet flushed are lost with the power.
                """,
            example: """
                CREATE SOURCE orders (
                  id BIGINT, amount DOUBLE, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND
                ) WITH (connector = 'file', path = 'orders.jsonl.gz', format = 'json', speed = 60);

                CREATE SOURCE access (line TEXT) WITH (connector = 'file', path = 'access.jsonl', follow = 'true');

                CREATE TABLE customers (id BIGINT PRIMARY KEY, name TEXT)
                  WITH (connector = 'file', path = 'customers.jsonl', format = 'debezium_json');
                """),
        makeSource: { request throws(ConnectorError) in try FileSource(request) },
        makeSink: { request throws(ConnectorError) in try FileSink(request) })

    static let stdin = ConnectorRegistry.Entry(
        spec: ConnectorSpec(
            name: "stdin",
            summary: "Reads rows from standard input, to its end; fills a table from it.",
            roles: [.source, .table],
            options: [],
            formats: ["json", "csv", "changelog_json", "debezium_json"],
            guarantee: "At most once: what was read from a pipe cannot be read again.",
            example: """
                CREATE SOURCE lines (user_id BIGINT, page TEXT) WITH (connector = 'stdin', format = 'json');
                """),
        makeSource: { request throws(ConnectorError) in try StandardInputSource(request) })

    static let stdout = ConnectorRegistry.Entry(
        spec: ConnectorSpec(
            name: "stdout",
            summary: "Writes rows to standard output.",
            roles: [.sink],
            options: OptionSpec.ofChanges,
            formats: ["json", "csv", "changelog_json", "debezium_json"],
            guarantee: "At least once.",
            example: """
                CREATE SINK shown AS SELECT * FROM alerts WITH (connector = 'stdout', format = 'json');

                CREATE SINK totals AS SELECT customer, sum(amount) AS total FROM orders GROUP BY customer
                  WITH (connector = 'stdout', type = 'upsert', primary_key = 'customer');
                """),
        makeSink: { request throws(ConnectorError) in try StandardOutputSink(request) })

    static let nexmark = ConnectorRegistry.Entry(
        spec: ConnectorSpec(
            name: "nexmark",
            summary: """
                Makes the bids, auctions or persons of the NEXMark benchmark: the same rows for the same seed, on every \
                machine; sources of the three kinds with equal options agree with each other.
                """,
            roles: [.source],
            options: [
                OptionSpec(
                    "type", .choice(EventKind.allCases.map(\.rawValue)), default: "bid",
                    "Which events become rows. Bids refer to auctions and persons by their ids, auctions to persons."),
                OptionSpec(
                    "events", .integer(1...1_000_000_000_000),
                    """
                    How many events of the model, of all kinds, to go through; without it, no end. Of 50 events the first \
                    is a person, the next 3 are auctions, the last 46 bids: 50,000 events make 46,000 bids.
                    """
                ),
                OptionSpec("seed", .integer(Int.min...Int.max), default: "42", "Chooses the random numbers."),
                OptionSpec(
                    "event_rate", .integer(1...1_000_000_000), default: "10000",
                    "Events a second of event time: how far apart the `date_time` of two rows are."),
                OptionSpec(
                    "rate", .number(0.001...1e9),
                    "Rows a second at which they are made; without it, as fast as they can be."),
            ],
            formats: [],
            guarantee: "Exactly once: the rows are the same each time.",
            example: """
                CREATE SOURCE bid (
                  auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, url TEXT, date_time TIMESTAMP, extra TEXT,
                  WATERMARK FOR date_time AS date_time - INTERVAL '4' SECOND
                ) WITH (connector = 'nexmark', events = 1000000);
                """),
        makeSource: { request throws(ConnectorError) in try NexmarkSource(request) })

    static let blackhole = ConnectorRegistry.Entry(
        spec: ConnectorSpec(
            name: "blackhole",
            summary: "Takes rows and forgets them: for benchmarks and for trying out a query.",
            roles: [.sink],
            options: OptionSpec.ofChanges,
            formats: [],
            guarantee: "None is needed.",
            example: """
                CREATE SINK nowhere AS SELECT * FROM totals WITH (connector = 'blackhole');
                """),
        makeSink: { _ throws(ConnectorError) in BlackholeSink() })
}
