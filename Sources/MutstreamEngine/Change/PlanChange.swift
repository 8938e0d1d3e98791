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
        /// It can be read again, and is.
        case anew = "from its beginning"
        /// Steps that are done before the change.
        case first = "done first"
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

    package internal(set) var items: [Item] = []
    private(set) var start = Start.end
    private(set) var sinks: [SinkStart] = []
    /// Sources that go on where those of their name were.
    var sourcesKept: Set<Int> = []
    /// Tables without a connector that go on with other rows.
    var tablesChanged: Set<Int> = []
    /// By node of the new circuit: the node of the old one with its state.
    private(set) var nodes: [Int: Int] = [:]
    /// Of those, tables whose columns are not the ones that are read now.
    private(set) var reshaped: Set<Int> = []
    /// Nodes that keep state and begin without any.
    private(set) var fresh: Set<Int> = []
    /// Those of them that are told all there ever was: tables filled by statements are before them, and nothing else.
    private(set) var refilled: Set<Int> = []
    /// Sinks that are new and read tables alone: they begin with what these hold.
    private(set) var told: Set<Int> = []
    /// By node where rows of a source enter that begins anew: the source.
    var lostInputs: [Int: String] = [:]

    package var isLossy: Bool { items.contains(where: \.isLossy) }

    /// - Parameters:
    ///   - isWhole: the log begins with step 1.
    ///   - oldest: the oldest checkpoint of the old pipeline behind which the log goes on.
    ///   - unfinished: steps that the old pipeline still has to do.
    init(from old: Stepper, to new: Stepper, isWhole: Bool, oldest: Int64?, unfinished: ClosedRange<Int64>?) {
        var classes = Classes()
        let (before, after) = (NodeClasses(old, &classes), NodeClasses(new, &classes))
        let circuit = new.compiled.circuit
        if let unfinished {
            add(
                "log", PlanChange.text(unfinished), .first,
                "not in a checkpoint yet: done by the old pipeline before it is changed")
        }
        compareSources(old, new)
        nodes = NodeClasses.matching(after, before)
        let replaced = inputsReplaced(old, new)
        for node in nodes.keys where !circuit.upstream(of: [node]).isDisjoint(with: replaced) { nodes[node] = nil }
        let tables = KeptTables(old, new, nodes)
        if isWhole {
            // The log knows the columns that were not read.
            let missing = Set(tables.missing.keys)
            for node in nodes.keys where !circuit.upstream(of: [node]).isDisjoint(with: missing) { nodes[node] = nil }
        } else {
            for (node, columns) in tables.missing.sorted(by: { $0.key < $1.key }) { noteMissing(columns, node, tables, new) }
        }
        reshaped = tables.reshaped.filter { nodes[$0] != nil }
        fresh = Set(circuit.nodeNumbers.filter { nodes[$0] == nil && circuit.keepsState($0) })
        let known = tables.tables.filter { tables.missing[$0.upsert] == nil && nodes[$0.upsert] != nil }
        refilled = fresh.filter { readsTablesAlone($0, new, Set(known.map(\.input))) }
        sinks = PlanChange.sinkStarts(old.definition.plan.sinks, new.definition.plan.sinks)
        let newFiles = sinks.indices.filter { sinks[$0] == .fresh && new.definition.connectorName(ofSink: $0) == "file" }
        if !fresh.isEmpty || !newFiles.isEmpty, isWhole {
            start = .beginning
        } else if !fresh.isEmpty, let oldest {
            start = .checkpoint(oldest)
        }
        if start != .beginning {
            told = Set(
                sinks.indices.filter { sink in
                    sinks[sink] == .fresh
                        && readsTablesAlone(new.compiled.sinks[sink].edge.node, new, Set(known.map(\.input)))
                })
        }
        let places = ViewPlaces(new.definition, after.plan, &classes)
        compareViews(old, new, places, isWhole: isWhole)
        compareModels(old, new, isWhole: isWhole)
        compareSinks(old, new)
    }

    static func text(_ steps: ClosedRange<Int64>) -> String {
        steps.count == 1 ? "step \(steps.lowerBound)" : "steps \(steps.lowerBound) to \(steps.upperBound)"
    }

    mutating func add(_ kind: String, _ name: String, _ outcome: Outcome, _ reason: String, isLossy: Bool = false) {
        items.append(Item(kind: kind, name: name, outcome: outcome, reason: reason, isLossy: isLossy))
    }

    private func readsTablesAlone(_ node: Int, _ new: Stepper, _ known: Set<Int>) -> Bool {
        let circuit = new.compiled.circuit
        let tables = new.definition.plan.sources.indices.filter { new.definition.plan.sources[$0].isMaintained }
        let inputs = known.union(tables.compactMap { new.compiled.sources[$0].rows.map { circuit.node(ofInput: $0) } })
        return circuit.upstream(of: [node]).allSatisfy { before in
            switch circuit.role(of: before) {
            case .input: return inputs.contains(before)
            case .operation(let operation): return !(operation is ConstantRows) || nodes[before] != nil
            case .exchange, .delay: return true
            }
        }
    }

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
}
