import MutstreamColumnar
import MutstreamDataflow
import MutstreamSQL

/// The rows of an operator's input that were put together with one: those of its group, its partition.
package struct RowGroup: Sendable {
    /// Of the rows, in the plan of the era.
    let input: NodeID
    let era: Int?
    /// The pipeline of the era.
    let definition: PipelineDefinition
    /// In another era: the node that gives the same rows, and where the columns are; nil: not looked for yet.
    private var elsewhere: (era: Int?, node: NodeID?, places: [Int])?
    /// Columns of the input with the values that they must have.
    let columns: [Int]
    let values: [Value]

    package var label: String
    package var fields: [Field]
    package var sensitive: Set<Int>
    /// How many came, and the last of them.
    package private(set) var count = 0
    package private(set) var rows: Batch?

    static let rowsMax = 10

    init(
        _ label: String, input: NodeID, era: Int?, of definition: PipelineDefinition, columns: [Int], values: [Value],
        fields: [Field], sensitive: Set<Int>
    ) {
        self.label = label
        self.input = input
        self.era = era
        self.definition = definition
        self.columns = columns
        self.values = values
        self.fields = fields
        self.sensitive = sensitive
    }

    /// The node that gives the rows of the input in an era, and where the columns are in it.
    mutating func place(in other: PipelineDefinition, era: Int?) -> (node: NodeID, places: [Int])? {
        if era == self.era { return (input, Array(fields.indices)) }
        if elsewhere == nil || elsewhere?.era != era {
            var classes = Classes()
            let own = PlanClasses(definition.plan, &classes, from: definition.plan.roots)
            let others = PlanClasses(other.plan, &classes, from: other.plan.roots)
            elsewhere = (era, nil, [])
            for id in other.plan.graph.reachable(from: other.plan.roots) {
                guard let wanted = own[input], let found = others[id], found.rows == wanted.rows else { continue }
                let places = wanted.columns.compactMap { found.columns.firstIndex(of: $0) }
                if places.count == wanted.columns.count { elsewhere = (era, id, places) }
            }
        }
        guard let elsewhere, let node = elsewhere.node else { return nil }
        return (node, elsewhere.places)
    }

    /// Adds what belongs to it.
    mutating func take(_ batch: Batch, through ordinal: Int64) {
        let found = (0..<batch.count).filter { row in
            batch.ordinals[row] <= ordinal
                && zip(columns, values).allSatisfy { batch.columns[$0].value(at: row) == $1 }
        }
        if found.isEmpty { return }
        count += found.count
        let last = batch.gather(found.suffix(RowGroup.rowsMax).map { Int32(truncatingIfNeeded: $0) })
        guard let rows else {
            self.rows = last
            return
        }
        let all = Batch.concatenate([rows, last])
        let kept = max(all.count - RowGroup.rowsMax, 0)..<all.count
        self.rows = all.gather(kept.map { Int32(truncatingIfNeeded: $0) })
    }
}
