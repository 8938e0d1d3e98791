import MutstreamColumnar
import MutstreamDataflow

/// Operators that work with event time or with the clock.
extension Lowering {
    func lowerTemporal(_ id: NodeID, _ node: PlanNode, _ temporal: TemporalPlan) throws(SQLError) -> Edge {
        var inputs: [Edge] = []
        for input in temporal.inputs { inputs.append(try lower(input)) }
        let types = node.fields.map(\.type)
        let below = graph.types(temporal.inputs[0])
        let times = graph.timeColumns(temporal.inputs[0], plan.sources)
        let label = temporal.label(temporal.inputs.map { graph[$0].fields.map(\.name) })
        switch temporal.operation {
        case .windows(let start, let time, let rule):
            let outputs = anywhere(inputs[0], outputTypes: [types, below + [.text]], label: label, moved: { $0 }) {
                WindowExpansion(start: start, time: time, rule: rule)
            }
            fails(id, outputs[1], graph[temporal.inputs[0]].fields)
            return outputs[0]
        case .sessions(let time, let partition, let gap, closes: true):
            let keepsOneRow = areSessionRowsAlike(id, partition, below) && isAppendOnly(temporal.inputs[0])
            let outputs = keyed(inputs, [partition], keeps: partition, outputTypes: [types, below], label: label) {
                SessionClose(types: below, time: time, partition: partition, gap: gap, keepsOneRow: keepsOneRow)
            }
            result.lateRows.append(narrow(outputs[1]))
            return outputs[0]
        case .sessions(let time, let partition, let gap, closes: false):
            let frees = times.bindsAll && times.eventTimes.contains(time)
            return keyed(inputs, [partition], keeps: partition, outputTypes: [types], label: label) {
                SessionWindows(types: below, time: time, partition: partition, gap: gap, frees: frees)
            }[0]
        case .asof(let asof):
            let rightTypes = graph.types(temporal.inputs[1])
            let expires = graph.expires(asof, temporal.inputs, plan.sources)
            let sides = graph.forgottenSides(asof, temporal.inputs, plan.sources)
            let forgetting = timeToLive(id).map {
                MaintainedJoin.Forgetting(
                    timeToLive: $0, left: sides.left, right: sides.right, takesBack: graph.takesBack(id, plan.sources))
            }
            return keyed(
                inputs, [asof.leftKeys, asof.rightKeys], keeps: asof.leftKeys, outputTypes: [types], label: label
            ) {
                AsofJoin(
                    leftTypes: below, rightTypes: rightTypes, leftKeys: asof.leftKeys, rightKeys: asof.rightKeys,
                    leftTime: asof.leftTime, rightTime: asof.rightTime, rule: asof.rule, keepsLeft: asof.keepsLeft,
                    arrives: asof.arrives, expires: expires, forgetting: forgetting)
            }[0]
        case .validity(let from, let until):
            return sameRows(inputs, outputTypes: [types], label: label) {
                ValidityFilter(types: below, from: from, until: until)
            }[0]
        case .closing(let end, let distance):
            return circuit.add(
                WindowRows(types: below, end: end, distance: distance), inputs: [narrow(inputs[0])], outputTypes: [types],
                label: label)[0]
        case .lookup(let source, let rule):
            let rightTypes = graph.types(temporal.inputs[1])
            let outputs = keyed(
                inputs, [rule.leftKeys, rule.rightKeys], keeps: rule.leftKeys, outputTypes: [types, below + [.text]],
                label: label
            ) {
                let join = LookupJoin(leftTypes: below, rightTypes: rightTypes, rule: rule)
                result.lookups.append((source, join))
                return join
            }
            if rule.failing == .deadLetter { fails(id, outputs[1], graph[temporal.inputs[0]].fields) }
            return outputs[0]
        case .match(let spec, let isStream):
            guard let program = PatternProgram(spec.pattern) else {
                throw SQLError("the pattern of MATCH_RECOGNIZE is too long", at: SourceRange(0, 0))
            }
            let outputs = keyed(
                inputs, [spec.partition], keeps: spec.partition, outputTypes: [types, below, below + [.text]], label: label
            ) { [timeToLive = timeToLive(id)] in
                RowPatternMatch(
                    types: below, spec: spec, program: program, isStream: isStream, timeToLive: timeToLive)
            }
            if isStream { result.lateRows.append(narrow(outputs[1])) }
            fails(id, outputs[2], graph[temporal.inputs[0]].fields)
            return outputs[0]
        case .arrivalTime:
            return anywhere(inputs[0], outputTypes: [types], label: label, moved: { $0 }) { ArrivalClock() }[0]
        }
    }

    /// Whether the rows of a session are alike to all that read it: these count or add them up, of each row they look at the
    /// key and the window alone, and equal keys cannot be told apart.
    private func areSessionRowsAlike(_ sessions: NodeID, _ partition: [Int], _ types: [DataType]) -> Bool {
        if partition.contains(where: { types[$0].physical == .double || types[$0].physical == .interval }) { return false }
        let alike = Set(partition + [types.count, types.count + 1])
        return readers(of: sessions).allSatisfy { reader in
            guard case .project(_, let expressions) = graph[reader].kind,
                expressions.allSatisfy({ $0.columnIndex.map { alike.contains($0) } ?? false })
            else { return false }
            return readers(of: reader).allSatisfy { if case .aggregate = graph[$0].kind { true } else { false } }
                && !plan.roots.contains(reader)
        } && !plan.roots.contains(sessions)
    }

    /// Bounds on the distance of equal times, or starts or ends of windows, by whose watermark the rows of a join go.
    func windowBounds(_ join: JoinPlan) -> IntervalBounds? {
        let left = graph.timeColumns(join.left, plan.sources)
        let right = graph.timeColumns(join.right, plan.sources)
        return graph.timedKey(join, left, right).map {
            IntervalBounds(leftTime: $0.key.left, rightTime: $0.key.right, lower: 0, upper: 0, slack: $0.distance)
        }
    }
}
