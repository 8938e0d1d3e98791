/// The connectors a program has: specs for `check` and docs, factories for `run`. Filled in the CLI, where all parts meet.
package struct ConnectorRegistry: Sendable {
    package struct Entry: Sendable {
        package var spec: ConnectorSpec
        package var makeSource: (@Sendable (SourceRequest) throws(ConnectorError) -> any SourceConnector)?
        package var makeSink: (@Sendable (SinkRequest) throws(ConnectorError) -> any SinkConnector)?

        package init(
            spec: ConnectorSpec,
            makeSource: (@Sendable (SourceRequest) throws(ConnectorError) -> any SourceConnector)? = nil,
            makeSink: (@Sendable (SinkRequest) throws(ConnectorError) -> any SinkConnector)? = nil
        ) {
            self.spec = spec
            self.makeSource = makeSource
            self.makeSink = makeSink
        }
    }
    package private(set) var entries: [Entry] = []
    package private(set) var formats: [FormatSpec] = []

    package init() {}

    package mutating func add(_ entry: Entry) { entries.append(entry) }
    package mutating func add(_ format: FormatSpec) { formats.append(format) }

    package func entry(_ name: String) -> Entry? { entries.first { $0.spec.name == name } }
    package func format(_ name: String) -> FormatSpec? { formats.first { $0.name == name } }
}
