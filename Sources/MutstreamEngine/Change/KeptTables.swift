import MutstreamColumnar
import MutstreamDataflow
import MutstreamSQL

/// Tables with a primary key that go on: they hold their rows themselves, so that what reads them from now on can be told.
struct KeptTables {
    /// One of them.
    struct Table {
        /// Numbers in the two plans.
        var source: Int
        var former: Int
        /// The node where its rows enter, and the one that keeps them; and that of the old circuit.
        var input: Int
        var upsert: Int
        var old: Int
    }

    private(set) var tables: [Table] = []
    /// By node that keeps a table: columns of which the old one has no values.
    private(set) var missing: [Int: [String]] = [:]
    /// Nodes that keep a table with other columns than before.
    private(set) var reshaped: Set<Int> = []

    /// - Parameter nodes: by node of the new circuit, the one of the old that goes on in it.
    init(_ old: Stepper, _ new: Stepper, _ nodes: [Int: Int]) {
        let circuit = new.compiled.circuit
        for (node, other) in nodes.sorted(by: { $0.key < $1.key }) {
            guard case .operation(let operation) = circuit.role(of: node), operation is UpsertTable else { continue }
            let before = circuit.upstream(of: [node])
            for (index, source) in new.definition.plan.sources.enumerated() {
                guard let input = new.compiled.sources[index].rows.map({ circuit.node(ofInput: $0) }),
                    before.contains(input),
                    let former = old.definition.plan.sources.firstIndex(where: { $0.name == source.name })
                else { continue }
                tables.append(Table(source: index, former: former, input: input, upsert: node, old: other))
                let had = KeptTables.names(old.definition.plan.sources[former])
                let reads = KeptTables.names(source)
                if had != reads { reshaped.insert(node) }
                let unknown = reads.filter { !had.contains($0) }
                if !unknown.isEmpty { missing[node] = unknown }
            }
        }
    }

    private static func names(_ source: SourceDefinition) -> [String] { source.projection.map { source.columns[$0].name } }

    func source(of node: Int) -> Int? { tables.first { $0.upsert == node }?.source }

    /// What a table holds in a stepper of the old pipeline, with all columns of the new one.
    static func contents(_ table: Table, in old: Stepper, for new: Stepper) -> Batch? {
        guard let rows = old.compiled.circuit.contents(of: table.old) else { return nil }
        let had = names(old.definition.plan.sources[table.former])
        let columns = new.definition.plan.sources[table.source].columns.map { column in
            guard let place = had.firstIndex(of: column.name), rows.columns.indices.contains(place) else {
                return Column.constant(.null, physical: column.type.physical, count: rows.count)
            }
            return rows.columns[place]
        }
        return rows.with(columns: columns)
    }
}
