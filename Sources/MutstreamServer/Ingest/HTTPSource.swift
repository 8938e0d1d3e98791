import MutstreamColumnar
import MutstreamEngine
import NIOCore

/// `connector = 'http'`: rows that clients post to a path of the server.
package final class HTTPSource: SourceConnector {
    package let path: String
    private let name: String
    private let server: HTTPServer
    private let handler: IngestHandler
    private let schema: DecoderSchema
    /// Whether it was asked to stop.
    private let stopped = Monitor(false)

    package init(_ request: SourceRequest, server: HTTPServer) throws(ConnectorError) {
        let path = request.options.text("path") ?? ""
        try HTTPSource.check(path)
        guard let format = HTTPSource.formats[request.format ?? "json"] else {
            throw ConnectorError(
                "an http source carries no \(request.format ?? "")",
                hint: "its formats: \(HTTPSource.spec.formats.joined(separator: ", "))",
                option: "format")
        }
        name = request.name
        self.path = path
        self.server = server
        schema = try request.schemaOfChanges()
        handler = IngestHandler(
            name: request.name, schema: schema, format: format,
            maxBodyBytes: server.configuration.maxBodyBytes, loops: server.loops)
    }

    private static let formats: [String: BodyFormat] = [
        "json": .json, "csv": .csv, "changelog_json": .json, "debezium_json": .json,
    ]

    private static func check(_ path: String) throws(ConnectorError) {
        let isPlain = path.utf8.allSatisfy { $0 > 32 && $0 < 127 && !"?#%\"\\".utf8.contains($0) }
        guard path.hasPrefix("/"), path.utf8.count > 1, !path.hasSuffix("/"), isPlain else {
            throw ConnectorError(
                "\"\(path)\" is not a path for a source", hint: "begin it with a slash: path = '/orders'",
                option: "path")
        }
        guard path != "/v1", !path.hasPrefix("/v1/") else {
            throw ConnectorError(
                "the path \(path) belongs to the API", hint: "choose one outside /v1", option: "path")
        }
    }

    package var isBounded: Bool { false }

    /// It takes rows.
    var isLive: Bool { handler.inlet.withLock { $0 != nil } }

    package func open() throws(ConnectorError) {
        do {
            try server.route(path, handler)
        } catch {
            throw ConnectorError(
                "source \(name) cannot have the path \(path): it is taken already",
                hint: "give each source its own path", option: "path")
        }
    }

    package func run(_ inlet: Inlet) throws(ConnectorError) {
        handler.inlet.withLock { $0 = inlet }
        _ = stopped.wait { $0 ? true : nil }
        handler.inlet.withLock { $0 = nil }
    }

    package func decode(_ bytes: SharedBytes, context: [UInt8]) throws(ConnectorError) -> DecodedRows {
        guard let format = context.first.flatMap({ BodyFormat(rawValue: $0) }) else {
            throw ConnectorError("the log does not say how a body was written that was posted to \(path)")
        }
        return BodyDecoder(schema).decode(bytes, as: format).0
    }

    /// The path stays known and answers 503, so that a client waits instead of giving up.
    package func stop() { stopped.signal { $0 = true } }

    package static let spec = ConnectorSpec(
        name: "http", summary: "Rows that clients post to a path of the server, plain or gzip, of a stream or for a table.",
        roles: [.source, .table],
        options: [
            OptionSpec("path", .text, required: true, "Where clients post, such as `/orders`. Begins with a slash.")
        ],
        formats: ["json", "csv", "changelog_json", "debezium_json"],
        guarantee: """
            Exactly once for a row that was answered, unless the client posts it again; a client that had no answer \
            cannot know, so give rows a key.
            """,
        example: """
            CREATE SOURCE orders (id BIGINT, amount DOUBLE) WITH (connector = 'http', path = '/orders');

            CREATE TABLE prices (item TEXT PRIMARY KEY, price DOUBLE)
              WITH (connector = 'http', path = '/prices', format = 'json', op_field = 'op');
            """)
}

/// `connector = 'reply'`: result rows that answer the request whose row caused them.
package enum ReplySink {
    package static let spec = ConnectorSpec(
        name: "reply", summary: "Answers each row that was posted to an http source with its result rows.",
        roles: [.sink],
        options: [
            OptionSpec("source", .text, required: true, "The http source whose requests are answered.")
        ],
        formats: [],
        guarantee: "Each posted row has one answer, in order, after its step is in the log.",
        example: """
            CREATE SINK answers FROM scored WITH (connector = 'reply', source = 'orders');
            """)
}
