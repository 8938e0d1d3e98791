import MutstreamEngine

extension ConnectorRegistry.Entry {
    static let httpLookup = ConnectorRegistry.Entry(
        spec: ConnectorSpec(
            name: "http_lookup",
            summary: """
                A table whose rows are asked for over HTTP, one by one: \
                `JOIN rates FOR SYSTEM_TIME AS OF PROCTIME() AS r ON r.currency = p.currency`.
                """,
            roles: [.table],
            options: [
                OptionSpec(
                    "url", .text, required: true,
                    """
                    Whom to GET, with each column of the PRIMARY KEY in braces: `http://host:port/rates/{currency}`. The answer \
                    is a JSON object with the table's columns; 404, 410 and 204 say that there is no such row. There is no TLS.
                    """),
                OptionSpec("headers", .text, "More headers of each request, one a line: `Authorization: Bearer ${TOKEN}`."),
                OptionSpec(
                    "on_timeout", .choice(["dead_letter", "null", "drop"]), default: "dead_letter",
                    """
                    What becomes of rows whose question has no answer after the last try, or one that does not fit: they go \
                    to the `.dead_letter` of the view, go on with NULL in the table's columns, or are left out.
                    """),
                OptionSpec(
                    "timeout", .duration, default: "5 seconds", "From connecting to the end of the answer, for each try."),
                OptionSpec(
                    "max_retries", .integer(0...100), default: "2",
                    """
                    Tries after the first one, where the network failed or the answer was 408, 429 or 5xx. They wait 0.1 \
                    seconds, twice as long each time, at most 10, and at least as long as `Retry-After` says.
                    """),
                OptionSpec(
                    "concurrency", .integer(1...HTTPLookup.concurrencyMax), default: "8",
                    "Requests under way at a time, each on its own connection."),
                OptionSpec(
                    "max_waiting", .integer(1...10_000_000), default: "10000",
                    "When so many rows wait for answers, sources are held back until some have come."),
                OptionSpec(
                    "cache_rows", .integer(0...100_000_000), default: "10000",
                    "Answers that a join keeps, missing rows too; the oldest goes first. 0: none."),
                OptionSpec(
                    "cache_ttl", .duration, default: "1 minute", "How long an answer is good, by the clock of the steps."),
            ],
            formats: ["json"],
            guarantee: """
                Each row has one answer. Answers are input: they are logged, and a replay asks no one; rows that wait when the \
                pipeline is killed are asked for again. A row whose answer is known leaves at once, others as their answers \
                come; those of one key in their order.
                """,
            example: """
                CREATE TABLE rates (currency TEXT PRIMARY KEY, rate DOUBLE) WITH (
                  connector = 'http_lookup', url = 'http://127.0.0.1:8080/rates/{currency}', cache_ttl = '10 minutes',
                  on_timeout = 'null');
                """),
        makeSource: { request throws(ConnectorError) in try HTTPLookup(request) })
}
