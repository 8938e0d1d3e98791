import MutstreamColumnar
import MutstreamDataflow
import MutstreamModels
import MutstreamSQL

/// What becomes of views, models and sinks follows from the operators before them: whoever reads an operator that begins
/// without its state loses it.
extension PlanChange {
    mutating func compareViews(_ old: Stepper, _ new: Stepper, _ places: ViewPlaces, isWhole: Bool) {
        let (before, after) = (old.definition.plan, new.definition.plan)
        let circuit = new.compiled.circuit
        for view in after.views {
            let wasThere = before.views.contains { $0.name == view.name }
            let roots = view.materialized ? [view.node] : places.nodes[view.name] ?? []
            guard !roots.isEmpty else {
                add("view", view.name, wasThere ? .kept : .fromNow, "it is computed within what reads it")
                continue
            }
            var path = PlanChange.nodes(roots, new)
            for compiled in new.compiled.views where compiled.name == view.name {
                if let node = circuit.node(of: compiled.rows) { path.insert(node) }
            }
            judge("view", view.name, circuit.upstream(of: path), circuit, wasThere: wasThere)
        }
        for view in before.views where !after.views.contains(where: { $0.name == view.name }) {
            add("view", view.name, .removed, "it is no longer declared", isLossy: view.materialized && !isWhole)
        }
    }

    mutating func compareModels(_ old: Stepper, _ new: Stepper, isWhole: Bool) {
        let (before, after) = (old.definition.plan, new.definition.plan)
        let circuit = new.compiled.circuit
        for model in new.compiled.models {
            guard let node = circuit.node(of: model) else { continue }
            judge(
                "model", model.name, circuit.upstream(of: [node]), circuit,
                wasThere: before.models.contains { $0.name == model.name })
        }
        for model in before.models where !after.models.contains(where: { $0.name == model.name }) {
            add("model", model.name, .removed, "it is no longer declared", isLossy: !isWhole)
        }
    }

    /// The operators of nodes of the plan and of those they read.
    private static func nodes(_ roots: [NodeID], _ stepper: Stepper) -> Set<Int> {
        let circuit = stepper.compiled.circuit
        let origins = Set(stepper.definition.plan.graph.reachable(from: roots).map(\.index))
        return Set(circuit.nodeNumbers.filter { node in circuit.origin(of: node).map(origins.contains) ?? false })
    }

    private func lostSource(_ path: Set<Int>) -> String? { path.sorted().compactMap { lostInputs[$0] }.first }

    /// The first operator of a path that begins without what it had.
    private func beginning(_ path: Set<Int>) -> Int? {
        path.intersection(start == .beginning ? fresh : fresh.subtracting(refilled)).min()
    }

    private mutating func judge(_ kind: String, _ name: String, _ path: Set<Int>, _ circuit: Circuit, wasThere: Bool) {
        if wasThere, let lost = lostSource(path) {
            return add(kind, name, .fromNow, "it reads \(lost), which begins anew", isLossy: true)
        }
        guard let first = beginning(path) else {
            let isSame = path.allSatisfy { nodes[$0] != nil }
            let isFilled = !path.isDisjoint(with: refilled)
            let what =
                isSame ? "it is as it was" : isFilled ? "it has what its tables hold" : "it keeps nothing between steps"
            return add(kind, name, wasThere || isFilled ? .kept : .fromNow, what)
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

    mutating func compareSinks(_ old: Stepper, _ new: Stepper) {
        var declarations = Declarations()
        let oldQueries = declarations.sinks(old.definition)
        let queries = declarations.sinks(new.definition)
        for (index, sink) in new.definition.plan.sinks.enumerated() {
            guard case .kept(let former) = sinks[index] else {
                let isFilled = isFilled(index, in: new)
                let what =
                    isFilled
                    ? "its file is new"
                    : told.contains(index) ? "it is new: it begins with what its tables hold" : "it is new"
                add("sink", sink.name, isFilled ? .rebuilt : .fromNow, what)
                continue
            }
            judge(sink, new.compiled.sinks[index].edge, new.compiled.circuit, isSame: queries[index] == oldQueries[former])
        }
        for (index, sink) in old.definition.plan.sinks.enumerated() where !sinks.contains(.kept(index)) {
            add("sink", sink.name, .removed, "it is no longer declared; what it wrote stays")
        }
    }

    /// A sink that goes on behind its last row: what its query keeps may begin anew all the same.
    private mutating func judge(_ sink: SinkDefinition, _ edge: Edge, _ circuit: Circuit, isSame: Bool) {
        let path = circuit.upstream(of: [edge.node])
        let changed = isSame ? "" : "its query changed: what it wrote before stays"
        if let lost = lostSource(path) {
            return add(
                "sink", sink.name, .fromNow, "\(changed)\(isSame ? "" : "; ")it reads \(lost), which begins anew",
                isLossy: true)
        }
        if let first = beginning(path), start != .beginning {
            let what = "what it keeps begins anew: \(circuit.label(of: first)); the log has "
            let begins = "\(changed)\(isSame ? "" : "; ")\(what)"
            switch start {
            case .checkpoint(let step):
                return add("sink", sink.name, .partly, "\(begins)steps from \(step + 1) on", isLossy: true)
            default: return add("sink", sink.name, .fromNow, "\(begins)no steps", isLossy: true)
            }
        }
        if isSame {
            let rebuilt = path.isDisjoint(with: fresh) ? "" : ", with its state from the log"
            return add("sink", sink.name, .kept, "it goes on behind its last row\(rebuilt)")
        }
        add(
            "sink", sink.name, .fromNow,
            changed + (sink.isAppendOnly ? "" : ", though rows of it may be taken back no more"),
            isLossy: !sink.isAppendOnly)
    }
}
