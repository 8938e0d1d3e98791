import MutstreamColumnar
import MutstreamEngine

/// Counts rows and looks at nothing else of them.
final class BlackholeSink: SinkConnector {
    /// Rows taken, a row of weight +n or -n once.
    private(set) var rows = 0

    func open() throws(ConnectorError) {}
    func write(_ batch: Batch) throws(ConnectorError) { rows += batch.count }
    func flush() throws(ConnectorError) {}
    func close() throws(ConnectorError) {}
}
