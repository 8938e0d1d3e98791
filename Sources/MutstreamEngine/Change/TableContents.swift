import MutstreamColumnar
import MutstreamDataflow
import MutstreamSQL

/// What tables without a connector hold before and after a change: the statements of the two pipelines say it, no log does.
/// A table that was there has what it had until the change, and what is different then enters as a step's input would.
struct TableContents {
    /// By number in the new plan: of tables that were there, what they held.
    private(set) var kept: [Int: Batch] = [:]
    /// Of tables that are new or have other columns: what they hold.
    private(set) var added: [Int: Batch] = [:]
    /// Of tables that were there: what comes and what goes.
    private(set) var changed: [Int: Batch] = [:]

    init(_ old: PipelineDefinition, _ new: PipelineDefinition, _ change: PlanChange) {
        for (index, source) in new.plan.sources.enumerated() {
            guard let rows = new.initialTables.rows[index] else { continue }
            guard change.sourcesKept.contains(index),
                let former = old.plan.sources.firstIndex(where: { $0.name == source.name }),
                let before = old.initialTables.rows[former]
            else {
                added[index] = rows
                continue
            }
            kept[index] = before
            if change.tablesChanged.contains(index) { changed[index] = TableContents.difference(before, rows) }
        }
    }

    /// With which the first step of the log is repeated.
    var atFirst: [Int: Batch] { kept.merging(added) { $1 } }

    /// The nodes that give contents which operators that begin have to be told, and those that will give theirs in the next
    /// step by themselves.
    ///
    /// - Parameter nodes: the nodes that go on.
    func inputs(_ new: Stepper, kept nodes: [Int: Int]) -> (given: Set<Int>, missing: Set<Int>) {
        let circuit = new.compiled.circuit
        var (given, missing): (Set<Int>, Set<Int>) = ([], [])
        for index in kept.keys {
            if let input = new.compiled.sources[index].rows { given.insert(circuit.node(ofInput: input)) }
        }
        for node in circuit.nodeNumbers {
            guard case .operation(let operation) = circuit.role(of: node), operation is ConstantRows else { continue }
            if nodes[node] == nil { missing.insert(node) } else { given.insert(node) }
        }
        return (given, missing)
    }

    /// The rows of which there are more or fewer now, with how many.
    private static func difference(_ old: Batch, _ new: Batch) -> Batch {
        let both = Batch.concatenate([
            Batch(columns: old.columns, count: old.count, ordinals: Ordinals([Int64](repeating: 0, count: old.count))),
            Batch(columns: new.columns, count: new.count, ordinals: Ordinals([Int64](repeating: 0, count: new.count))),
        ])
        var net: [String: (row: Int, weight: Int64)] = [:]
        for row in 0..<both.count {
            let key = both.columns.map { "\($0.value(at: row))" }.joined(separator: "\u{1}")
            let weight = row < old.count ? -old.weight(row) : new.weight(row - old.count)
            net[key] = (net[key]?.row ?? row, (net[key]?.weight ?? 0) + weight)
        }
        let left = net.values.filter { $0.weight != 0 }.sorted { $0.row < $1.row }
        var rows = both.gather(left.map { Int32(truncatingIfNeeded: $0.row) })
        rows = Batch(columns: rows.columns, count: rows.count, weights: left.map(\.weight), ordinals: rows.ordinals)
        return rows
    }
}
