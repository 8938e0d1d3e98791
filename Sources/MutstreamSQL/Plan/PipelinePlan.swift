import MutstreamColumnar
import MutstreamDataflow

/// A whole pipeline as a plan: what the statements of a file declare, and one graph of what they compute.
package struct PipelinePlan: Sendable {
    package var sources: [SourceDefinition] = []
    package var models: [ModelDefinition] = []
    package var views: [ViewDefinition] = []
    package var sinks: [SinkDefinition] = []
    package var lessons: [LessonDefinition] = []
    package var graph = PlanGraph()
    package var settings = PipelineSettings()

    package init() {}

    /// Everything that must be computed.
    package var roots: [NodeID] {
        sinks.map(\.node) + views.filter(\.materialized).map(\.node) + lessons.map(\.node)
    }
}

/// A source or a table: rows that enter from a connector.
package struct SourceDefinition: Sendable {
    package var name: String
    package var isTable: Bool
    package var columns: [SourceColumn]
    /// Column numbers; empty for a stream.
    package var primaryKey: [Int]
    package var watermark: Watermark?
    package var options: [Option]
    package var range: SourceRange
    /// Which columns the plan reads, in the order of the columns of the source's input node. Set by the optimizer.
    package var projection: [Int]
    /// Its rows come as weighted changes of a content that is kept elsewhere.
    package var isMaintained = false
    /// A table of a session that is only inserted into.
    var isAppendOnly = false
    /// Of the content of a view of a session: what the watermark of the view speaks of, by column number.
    var promises: TimeColumns?
    /// Its rows come and stay, with no row that takes back another.
    package var onlyArrives: Bool { !isTable || isAppendOnly }
    /// Column numbers of further keys; rows with a NULL in one are none of its duplicates.
    package var uniqueKeys: [[Int]] = []
    /// Column number: each of its values has a watermark of its own.
    package var partitionColumn: Int?
    /// Its rows are answers to questions: it can only be joined, by `FOR SYSTEM_TIME AS OF PROCTIME()`.
    package var isLookup = false
    /// Conditions that no row may make false, each with its text.
    package var checks: [(text: String, condition: Expression)] = []

    package struct Watermark: Sendable {
        /// Column number of the event time.
        package var column: Int
        /// Over all columns of the source.
        package var expression: Expression
    }

    package var fields: [Field] { columns.map { Field($0.name, $0.type) } }
    /// Those of the columns that the plan reads.
    package var readFields: [Field] { projection.map { fields[$0] } }
}

package struct SourceColumn: Sendable {
    package var name: String
    package var type: DataType
    package var notNull: Bool
    package var sensitive: Bool
}

package struct ModelDefinition: Sendable {
    package var name: String
    package var inputs: [Field]
    package var output: Field
    package var options: [Option]
    package var range: SourceRange
}

package struct ViewDefinition: Sendable {
    package var name: String
    package var materialized: Bool
    package var node: NodeID
    package var fields: [Field]
    package var options: [Option]
    /// `retain` in microseconds and the TIMESTAMP column it is measured by.
    package var retain: Retain?
    package var range: SourceRange
    /// What its operators may hold together, in bytes, those it shares with others counted; nil: any amount.
    package var maxState: Int?

    package struct Retain: Sendable {
        package var column: Int
        package var microseconds: Int64
    }
}

package struct SinkDefinition: Sendable {
    package var name: String
    package var node: NodeID
    package var fields: [Field]
    package var options: [Option]
    package var range: SourceRange
    /// Where the query's rows are not append-only, the place that says so.
    package var isAppendOnly: Bool
    /// The streams whose rows the sink's rows answer.
    package var drivingStreams: Set<Int>
}

/// `INSERT INTO MODEL`: the model's inputs, then the label.
package struct LessonDefinition: Sendable {
    package var model: Int
    package var node: NodeID
    /// What it carries derives from an answer of the same model: it is seen from the next step on.
    package var isFeedback: Bool
    package var range: SourceRange
}
