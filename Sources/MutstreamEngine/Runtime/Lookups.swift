import MutstreamColumnar
import MutstreamDataflow
import MutstreamSQL

/// Carries questions from joins to whom they are asked.
struct Lookups {
    private let joins: [(join: LookupJoin, connector: any LookupConnector)]

    init(_ compiled: CompiledPipeline, _ sources: [Int: any SourceConnector]) {
        joins = compiled.lookups.compactMap { source, join in
            (sources[source] as? any LookupConnector).map { (join, $0) }
        }
    }

    /// Asks what has come up since the last call; after a restart all that waits.
    func ask() {
        for (join, connector) in joins {
            let keys = join.takeQuestions()
            if !keys.isEmpty { connector.ask(keys) }
        }
    }

    /// Rows that wait for an answer.
    var waiting: Int { joins.reduce(0) { $0 + $1.join.waitingCount } }

    /// More rows wait than the least patient of the connectors wants: nothing else is let in.
    var areFull: Bool {
        guard let most = joins.map(\.connector.rowsMax).min() else { return false }
        return waiting >= most
    }

    func stop() { for (_, connector) in joins { connector.stop() } }
}
