import MutstreamEngine

extension ConnectorRegistry.Entry {
    static let webhook = ConnectorRegistry.Entry(
        spec: ConnectorSpec(
            name: "webhook",
            summary: "Posts rows to a URL, in order, many in one request.",
            roles: [.sink],
            options: [
                OptionSpec("url", .text, required: true, "Where to post: `http://host:port/path`. There is no TLS."),
                OptionSpec("headers", .text, "More headers of each request, one a line: `Authorization: Bearer ${TOKEN}`."),
                OptionSpec(
                    "body", .choice(["array", "lines"]), default: "array",
                    "An array of rows (application/json), or a row a line (application/x-ndjson)."),
                OptionSpec(
                    "batch_rows", .integer(1...10_000), default: "100",
                    "Rows of a request at most. Fewer leave at once when no more have come; 1 MB is a request's end too."),
                OptionSpec(
                    "timeout", .duration, default: "10 seconds", "From connecting to the end of the answer, for each try."),
                OptionSpec(
                    "max_retries", .integer(0...1_000), default: "5",
                    """
                    Tries after the first one, where the network failed or the answer was 408, 429 or 5xx. They wait 0.1 \
                    seconds, twice as long each time, at most 10, and at least as long as `Retry-After` says.
                    """),
                OptionSpec(
                    "dead_letter", .text,
                    """
                    A file of JSON lines, with reason and row, for what was not taken after the last try or refused with any \
                    other answer. Without it such rows end the pipeline.
                    """),
            ] + OptionSpec.ofChanges,
            formats: ["json", "changelog_json", "debezium_json"],
            guarantee: """
                At least once, in order, while the pipeline runs. Each try of a request bears the same `Idempotency-Key`, \
                made of the sink, the run, the step and the number of its first row in the step; a server that knows the \
                key takes each request once.
                """,
            example: """
                CREATE SINK hook AS SELECT id, score FROM alerts WITH (
                  connector = 'webhook', url = 'http://127.0.0.1:9000/alerts',
                  headers = 'Authorization: Bearer abc', batch_rows = 500, dead_letter = 'alerts.failed.jsonl');
                """),
        makeSink: { request throws(ConnectorError) in try WebhookSink(request) })
}
