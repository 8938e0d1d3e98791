import MutstreamColumnar
import MutstreamDataflow
import MutstreamSQL

extension PlanChange {
    /// Which sources go on where they were.
    mutating func compareSources(_ old: Stepper, _ new: Stepper) {
        let before = old.definition.plan.sources
        for (index, source) in new.definition.plan.sources.enumerated() {
            let kind = source.isTable ? "table" : "source"
            guard let former = before.firstIndex(where: { $0.name == source.name }) else {
                let what = source.isMaintained ? "it is new: its rows enter with the next step" : "it is new"
                add(kind, source.name, PlanChange.beginning(new, index), what)
                continue
            }
            if source.isMaintained, before[former].isMaintained {
                compareTable((old, former), (new, index))
            } else if let reason = PlanChange.difference(before[former], source) {
                let rereads = PlanChange.beginning(new, index) == .anew ? "; its file is read from its beginning" : ""
                add(kind, source.name, PlanChange.beginning(new, index), reason + rereads, isLossy: true)
            } else {
                sourcesKept.insert(index)
                let wider = source.columns.filter { column in !before[former].columns.contains { $0.name == column.name } }
                let names = wider.map(\.name).joined(separator: ", ")
                let what = wider.isEmpty ? "it goes on where it was" : "it goes on, with \(names)"
                add(kind, source.name, .kept, what)
            }
        }
        for source in before where !new.definition.plan.sources.contains(where: { $0.name == source.name }) {
            add(source.isTable ? "table" : "source", source.name, .removed, "nothing reads it any more")
        }
    }

    /// A source that begins reads a file from its beginning, and what comes to it from now on.
    private static func beginning(_ new: Stepper, _ source: Int) -> Outcome {
        new.definition.connectorName(ofSource: source) == "file" ? .anew : .fromNow
    }

    /// A table without a connector: its rows are in the file of the pipeline.
    private mutating func compareTable(_ old: (stepper: Stepper, table: Int), _ new: (stepper: Stepper, table: Int)) {
        let (before, after) = (
            old.stepper.definition.plan.sources[old.table], new.stepper.definition.plan.sources[new.table]
        )
        let columns = { (source: SourceDefinition) in source.columns.map { "\($0.name) \($0.type.name)" } }
        guard columns(before) == columns(after), SourceClass.shape(before) == SourceClass.shape(after) else {
            return add("table", after.name, .anew, "its columns or its key were others: its rows enter with the next step")
        }
        let same =
            old.stepper.definition.initialTables.fingerprint(old.table)
            == new.stepper.definition.initialTables.fingerprint(new.table)
        guard same || !after.onlyArrives else {
            return add("table", after.name, .anew, "no row may leave it, and its rows were others", isLossy: true)
        }
        sourcesKept.insert(new.table)
        if !same { tablesChanged.insert(new.table) }
        add(
            "table", after.name, .kept,
            same ? "it has the rows it had" : "it has other rows now: the difference enters with the next step")
    }

    /// Where rows of sources enter that do not go on.
    mutating func inputsReplaced(_ old: Stepper, _ new: Stepper) -> Set<Int> {
        var replaced: Set<Int> = []
        let before = old.definition.plan.sources
        for (index, source) in new.definition.plan.sources.enumerated() where !sourcesKept.contains(index) {
            let inputs = new.compiled.sources[index]
            for input in [inputs.rows, inputs.late, inputs.deadLetter] {
                guard let input else { continue }
                let node = new.compiled.circuit.node(ofInput: input)
                replaced.insert(node)
                if !source.isMaintained, before.contains(where: { $0.name == source.name }) {
                    lostInputs[node] = source.name
                }
            }
        }
        return replaced
    }

    /// A table has rows of which some columns were not read, and the log does not have them any more.
    mutating func noteMissing(_ columns: [String], _ node: Int, _ tables: KeptTables, _ new: Stepper) {
        guard let source = tables.source(of: node),
            let item = items.firstIndex(where: { $0.name == new.definition.plan.sources[source].name && $0.kind == "table" })
        else { return }
        items[item].outcome = .partly
        items[item].isLossy = true
        items[item].reason =
            "\(columns.joined(separator: ", ")) was not read before: NULL in the rows that are there, until they come again"
    }

    /// Why rows of a source are not those that they were; nil: they are, columns may have come and types have widened.
    static func difference(_ old: SourceDefinition, _ new: SourceDefinition) -> String? {
        if SourceClass.place(old) != SourceClass.place(new) {
            return "its options were \(PlanFingerprint.options(old.options))"
        }
        if SourceClass.shape(old) != SourceClass.shape(new) { return "its key, watermark or partitions were others" }
        for column in old.columns {
            guard let now = new.columns.first(where: { $0.name == column.name }) else { continue }
            if !TypeClass.widens(column.type, now.type) {
                return "its column \(column.name) was \(column.type.name) and is \(now.type.name)"
            }
            if now.notNull, !column.notNull { return "its column \(column.name) may no longer be NULL" }
        }
        for column in new.columns where column.notNull && !old.columns.contains(where: { $0.name == column.name }) {
            return "its new column \(column.name) may not be NULL"
        }
        return nil
    }
}
