import MutstreamColumnar
import MutstreamSQL
import MutstreamStorage

/// What tables without a connector hold before the first row of any source: what the statements of the file put in.
struct InitialTables {
    /// By number of the source in the plan; columns in the order of the table.
    private(set) var rows: [Int: Batch] = [:]

    init(_ plan: PipelinePlan, _ statements: [Statement]) throws(SQLError) {
        let wanted = plan.sources.indices.filter { plan.sources[$0].isMaintained }
        if wanted.isEmpty { return }
        let session = Session()
        for statement in statements where InitialTables.isMeant(statement) { _ = try session.run(statement) }
        for index in wanted { rows[index] = session.content(of: plan.sources[index].name) }
    }

    /// Tells the rows of a table from others; empty: it has none.
    func fingerprint(_ source: Int) -> String {
        guard let rows = rows[source] else { return "" }
        var hash: UInt64 = 0
        for column in rows.columns {
            for row in 0..<rows.count {
                var text = "\(column.value(at: row))"
                hash = text.withUTF8 { XXHash.hash(UnsafeRawBufferPointer($0), seed: hash) }
            }
        }
        return "begins with \(rows.count) rows, \(hash)"
    }

    /// Declares or changes such a table, or a function that a change may call.
    private static func isMeant(_ statement: Statement) -> Bool {
        switch statement.kind {
        case .createTable(let relation): relation.options.isEmpty
        case .insert(let insert): !insert.intoModel
        case .createFunction, .update, .delete, .truncate: true
        default: false
        }
    }
}
