import MutstreamColumnar
import MutstreamDataflow
import MutstreamModels
import MutstreamSQL
import MutstreamStorage

/// What becomes of the state of a pipeline when another one goes on with its data directory.
///
/// Operators that do the same with the same rows keep what they have. Others are filled from the input log: all of it if it
/// still begins with step 1, or else what is left of it, which is a loss for what was there before.
package struct PlanChange: Sendable {
    package enum Outcome: String, Sendable {
        case kept
        /// From all steps there were: as if it had always been there.
        case rebuilt = "rebuilt from the log"
        /// From the steps that the log still has.
        case partly = "rebuilt from what is left of the log"
        case fromNow = "from now on"
        case removed
    }

    package struct Item: Sendable {
        package var kind: String
        package var name: String
        package var outcome: Outcome
        package var reason: String
        /// Something goes that cannot be had again.
        package var isLossy: Bool
    }

    /// Where the new circuit begins.
    enum Start: Equatable {
        /// At the end, with the state of the old one.
        case end
        /// With the state that this checkpoint has, and the steps behind it.
        case checkpoint(Int64)
        /// With the first step.
        case beginning
    }

    /// What a sink begins with.
    enum SinkStart: Equatable {
        /// Where a sink of the old pipeline stands, by its number.
        case kept(Int)
        case fresh
    }

    package private(set) var items: [Item] = []
    private(set) var start = Start.end
    private(set) var sinks: [SinkStart] = []
    /// Sources that go on where those of their name were.
    private(set) var sourcesKept: Set<Int> = []
    /// By node of the new circuit: the node of the old one with its state.
    private(set) var nodes: [Int: Int] = [:]

    /// By node where rows of a source enter that begins anew: the source.
    private var lostInputs: [Int: String] = [:]

    private func lostSource(_ path: Set<Int>) -> String? { path.sorted().compactMap { lostInputs[$0] }.first }

    package var isLossy: Bool { items.contains(where: \.isLossy) }

    /// - Parameters:
    ///   - isWhole: the log begins with step 1.
    ///   - oldest: the oldest checkpoint of the old pipeline behind which the log goes on.
    init(from old: Stepper, to new: Stepper, isWhole: Bool, oldest: Int64?) {
        let (oldTexts, newTexts) = (NodeTexts(old), NodeTexts(new))
        nodes = Circuit.matching(
            new.compiled.circuit, old.compiled.circuit, newText: newTexts.text, oldText: oldTexts.text)
        let circuit = new.compiled.circuit
        let fresh = Set(circuit.nodeNumbers.filter { nodes[$0] == nil && circuit.keepsState($0) })
        sinks = PlanChange.sinkStarts(old.definition.plan.sinks, new.definition.plan.sinks)
        let newFiles = sinks.indices.filter { sinks[$0] == .fresh && new.definition.connectorName(ofSink: $0) == "file" }
        if !fresh.isEmpty || !newFiles.isEmpty, isWhole {
            start = .beginning
        } else if !fresh.isEmpty, let oldest {
            start = .checkpoint(oldest)
        }
        compareSources(old, new)
        compareViews(old, new, fresh, isWhole: isWhole)
        compareSinks(old, new)
    }

    private mutating func add(_ kind: String, _ name: String, _ outcome: Outcome, _ reason: String, isLossy: Bool = false) {
        items.append(Item(kind: kind, name: name, outcome: outcome, reason: reason, isLossy: isLossy))
    }

    // MARK: Sources

    private mutating func compareSources(_ old: Stepper, _ new: Stepper) {
        let (before, after) = (old.definition.plan.sources, new.definition.plan.sources)
        for (index, source) in after.enumerated() {
            let kind = source.isTable ? "table" : "source"
            guard let former = before.first(where: { $0.name == source.name }) else {
                add(kind, source.name, .fromNow, "it is new")
                continue
            }
            let options = (PlanFingerprint.options(former.options), PlanFingerprint.options(source.options))
            if options.0 != options.1 {
                add(kind, source.name, .fromNow, "its options were \(options.0)", isLossy: true)
            } else if NodeTexts.shape(former) != NodeTexts.shape(source) {
                add(kind, source.name, .fromNow, "its key, watermark or partitions were others", isLossy: true)
            } else if let reason = PlanChange.incompatibility(former, source) {
                add(kind, source.name, .fromNow, reason, isLossy: true)
            } else {
                sourcesKept.insert(index)
                let wider = source.columns.filter { column in !former.columns.contains { $0.name == column.name } }
                let names = wider.map(\.name).joined(separator: ", ")
                let what = wider.isEmpty ? "it goes on where it was" : "it goes on, with \(names)"
                add(kind, source.name, .kept, what)
            }
        }
        for source in before where !after.contains(where: { $0.name == source.name }) {
            add(source.isTable ? "table" : "source", source.name, .removed, "nothing reads it any more")
        }
    }

    /// Why rows of a source cannot be read as before; nil: they can, columns may have come and types have widened.
    private static func incompatibility(_ old: SourceDefinition, _ new: SourceDefinition) -> String? {
        for column in old.columns {
            guard let now = new.columns.first(where: { $0.name == column.name }) else { continue }
            let widens: [(DataType, [DataType])] = [
                (.smallint, [.int, .bigint]), (.int, [.bigint]), (.real, [.double]),
            ]
            let isWider = widens.contains { $0.0 == column.type && $0.1.contains(now.type) }
            if now.type != column.type, !isWider {
                return "its column \(column.name) was \(column.type.name) and is \(now.type.name)"
            }
            if now.notNull, !column.notNull { return "its column \(column.name) may no longer be NULL" }
        }
        for column in new.columns where column.notNull && !old.columns.contains(where: { $0.name == column.name }) {
            return "its new column \(column.name) may not be NULL"
        }
        return nil
    }

    // MARK: Views and models

    private mutating func compareViews(_ old: Stepper, _ new: Stepper, _ fresh: Set<Int>, isWhole: Bool) {
        let (before, after) = (old.definition.plan, new.definition.plan)
        let circuit = new.compiled.circuit
        for (index, source) in after.sources.enumerated() where !sourcesKept.contains(index) {
            guard before.sources.contains(where: { $0.name == source.name }) else { continue }
            let inputs = new.compiled.sources[index]
            for input in [inputs.rows, inputs.late, inputs.deadLetter] {
                if let input { lostInputs[circuit.node(ofInput: input)] = source.name }
            }
        }
        for view in after.views {
            var path = PlanChange.nodes(view.node, new)
            for compiled in new.compiled.views where compiled.name == view.name {
                if let node = circuit.node(of: compiled.rows) { path.insert(node) }
            }
            judge(
                "view", view.name, circuit.upstream(of: path), fresh, circuit,
                wasThere: before.views.contains { $0.name == view.name })
        }
        for model in new.compiled.models {
            guard let node = circuit.node(of: model) else { continue }
            judge(
                "model", model.name, circuit.upstream(of: [node]), fresh, circuit,
                wasThere: before.models.contains { $0.name == model.name })
        }
        for view in before.views where !after.views.contains(where: { $0.name == view.name }) {
            add("view", view.name, .removed, "it is no longer declared", isLossy: view.materialized && !isWhole)
        }
        for model in before.models where !after.models.contains(where: { $0.name == model.name }) {
            add("model", model.name, .removed, "it is no longer declared", isLossy: !isWhole)
        }
    }

    /// The operators of a node of the plan and of those it reads.
    private static func nodes(_ root: NodeID, _ stepper: Stepper) -> Set<Int> {
        let circuit = stepper.compiled.circuit
        let origins = Set(stepper.definition.plan.graph.reachable(from: [root]).map(\.index))
        return Set(circuit.nodeNumbers.filter { node in circuit.origin(of: node).map(origins.contains) ?? false })
    }

    private mutating func judge(
        _ kind: String, _ name: String, _ path: Set<Int>, _ fresh: Set<Int>, _ circuit: Circuit, wasThere: Bool
    ) {
        if wasThere, let lost = lostSource(path) {
            return add(kind, name, .fromNow, "it reads \(lost), which begins anew", isLossy: true)
        }
        guard let first = path.intersection(fresh).min() else {
            let isSame = path.allSatisfy { nodes[$0] != nil }
            return add(
                kind, name, wasThere ? .kept : .fromNow, isSame ? "it is as it was" : "it keeps nothing between steps")
        }
        let reason = wasThere ? "changed: \(circuit.label(of: first))" : "it is new"
        switch start {
        case .beginning: add(kind, name, .rebuilt, reason, isLossy: false)
        case .checkpoint(let step):
            add(kind, name, .partly, "\(reason); the log has steps from \(step + 1) on", isLossy: wasThere)
        case .end: add(kind, name, .fromNow, "\(reason); the log has no steps", isLossy: wasThere)
        }
    }

    // MARK: Sinks

    /// A sink is the one that had its options, and its name where they name no file.
    private static func sinkStarts(_ before: [SinkDefinition], _ after: [SinkDefinition]) -> [SinkStart] {
        var taken: Set<Int> = []
        return after.map { sink in
            let options = PlanFingerprint.options(sink.options)
            let hasPath = sink.options.contains { $0.name.name == "path" }
            let former = before.indices.first { place in
                !taken.contains(place) && PlanFingerprint.options(before[place].options) == options
                    && (hasPath || before[place].name == sink.name)
            }
            guard let former else { return .fresh }
            taken.insert(former)
            return .kept(former)
        }
    }

    /// A new file begins with all that the pipeline would have written to it.
    func isFilled(_ sink: Int, in new: Stepper) -> Bool {
        sinks[sink] == .fresh && start == .beginning && new.definition.connectorName(ofSink: sink) == "file"
    }

    private mutating func compareSinks(_ old: Stepper, _ new: Stepper) {
        var declarations = Declarations()
        let oldQueries = declarations.sinks(old.definition)
        let queries = declarations.sinks(new.definition)
        for (index, sink) in new.definition.plan.sinks.enumerated() {
            guard case .kept(let former) = sinks[index] else {
                let isFilled = isFilled(index, in: new)
                add("sink", sink.name, isFilled ? .rebuilt : .fromNow, isFilled ? "its file is new" : "it is new")
                continue
            }
            if queries[index] == oldQueries[former] {
                add("sink", sink.name, .kept, "it goes on behind its last row")
            } else {
                add(
                    "sink", sink.name, .fromNow,
                    "its query changed: what it wrote before stays"
                        + (sink.isAppendOnly ? "" : ", though rows of it may be taken back no more"),
                    isLossy: !sink.isAppendOnly)
            }
        }
        for (index, sink) in old.definition.plan.sinks.enumerated() where !sinks.contains(.kept(index)) {
            add("sink", sink.name, .removed, "it is no longer declared; what it wrote stays")
        }
    }
}
