import MutstreamColumnar
import MutstreamDataflow
import MutstreamModels

/// A circuit and what its ends are for. One owner: the engine's thread.
package final class CompiledPipeline {
    /// The circuit inputs of a source; nil where nothing reads them.
    package struct SourceInputs {
        package var rows: Int?
        package var late: Int?
        package var deadLetter: Int?
    }

    /// Where the rows of the plan's nodes flow; a node that runs inside another one has no edge.
    package internal(set) var edges: [NodeID: Edge] = [:]

    /// Rows that fail in a node: its input columns, then the reason.
    package struct Failure {
        /// The view or sink in which the expression stands.
        package var owner: String
        package var node: NodeID
        package var edge: Edge
        package var fields: [Field]
    }

    package struct Sink {
        package var edge: Edge
        /// Positions in ``failures`` of what fails on the way to it.
        package var failures: [Int]
    }

    package struct View {
        package var name: String
        package var fields: [Field]
        package var rows: MaterializedRows
        /// Its changes.
        package var edge: Edge
    }

    package let circuit: Circuit
    package internal(set) var sources: [SourceInputs]
    /// As the plan's sinks.
    package internal(set) var sinks: [Sink] = []
    package internal(set) var views: [View] = []
    package internal(set) var models: [ModelOperator] = []
    /// Joins that ask the outside, one a lane, with the source that brings the answers.
    package internal(set) var lookups: [(source: Int, join: LookupJoin)] = []
    package internal(set) var failures: [Failure] = []
    /// Changes that a table could not do: reason, raw, length, as its dead letter has them.
    package internal(set) var refusedChanges: [(source: Int, edge: Edge)] = []
    /// Rows that fell into a window that had closed.
    package internal(set) var lateRows: [Edge] = []

    init(circuit: Circuit, sourceCount: Int) {
        self.circuit = circuit
        sources = [SourceInputs](repeating: SourceInputs(), count: sourceCount)
    }
}

extension CompiledPipeline {
    /// The operators in the order in which they run, one a line, with the numbers of those they read.
    package var text: String {
        var text = ""
        for (number, node) in circuit.describe.enumerated() {
            let inputs = node.inputs.map { $0.port == 0 ? "\($0.node)" : "\($0.node).\($0.port)" }
            let from = inputs.isEmpty ? "" : "  <- \(inputs.joined(separator: ", "))"
            text += "\(number)  \(node.label)\(from)\n"
        }
        return text
    }
}
