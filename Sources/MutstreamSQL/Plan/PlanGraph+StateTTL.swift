import MutstreamDataflow

/// `state_ttl`: which operators forget keys that nothing has touched for so long.
///
/// It acts where streams bring rows that are never taken back, and where nothing else bounds the state: no watermark, no
/// bound in time. What lies above an operator that takes back what it forgets is bounded by that; rows that a watermark has
/// made final are not taken back. Tables stay.
extension PlanGraph {
    /// After how many microseconds without a touch an operator forgets a key; nil: never.
    package func timeToLive(_ id: NodeID, _ sources: [SourceDefinition]) -> Int64? {
        guard let ttl = self[id].stateTTL, ttl > 0 else { return nil }
        let acts =
            switch self[id].kind {
            case .join(let join):
                join.mode == .arrival
                    ? isPlainStream(join.right, sources) : forgottenSides(id, join, sources) != (false, false)
            case .frames(let frames):
                // Frames with a bound in event time go with the watermark.
                !frames.calls.contains { frames.frames[$0.frame].preceding == nil && $0.isDistinct }
                    && (frames.calls.contains { frames.frames[$0.frame].preceding == nil || frames.frames[$0.frame].isRows }
                        || !(frames.order.map { timeColumns(frames.input, sources).eventTimes.contains($0) } ?? false))
            case .windows(let windows):
                isPlainStream(windows.input, sources)
                    && timeColumns(windows.input, sources).expiry(of: windows.partition) == nil
                    && retention(windows, timeColumns(windows.input, sources), sources)?.rows != 0
            case .aggregate(let aggregate):
                aggregate.closeKey == nil && !aggregate.keys.isEmpty && isPlainStream(aggregate.input, sources)
                    && timeColumns(aggregate.input, sources).expiry(of: aggregate.keys) == nil
            case .counted(_, let inputs):
                inputs.allSatisfy { isPlainStream($0, sources) }
                    && timeColumns(id, sources).expiry(of: Array(self[id].fields.indices)) == nil
            case .top(let top):
                isPlainStream(top.input, sources) && timeColumns(top.input, sources).expiry(of: top.partition) == nil
            case .temporal(let temporal):
                switch temporal.operation {
                case .asof(let asof): forgottenSides(asof, temporal.inputs, sources) != (false, false)
                case .match(let spec, let isStream):
                    !spec.partition.isEmpty && isPlainStream(temporal.inputs[0], sources)
                        && (!isStream || spec.within == nil || spec.outlivesMatches)
                default: false
                }
            default: false
            }
        return acts ? ttl : nil
    }

    /// Which sides of a maintained join go when their key has lived its time.
    func forgottenSides(_ id: NodeID, _ join: JoinPlan, _ sources: [SourceDefinition]) -> (left: Bool, right: Bool) {
        let (left, right) = (timeColumns(join.left, sources), timeColumns(join.right, sources))
        if slack(join, left, right) != nil || timedKey(join, left, right) != nil { return (false, false) }
        return (isPlainStream(join.left, sources), isPlainStream(join.right, sources))
    }

    /// The same of a join by time.
    func forgottenSides(_ asof: AsofPlan, _ inputs: [NodeID], _ sources: [SourceDefinition]) -> (left: Bool, right: Bool) {
        guard !asof.rightKeys.isEmpty, inputs.count == 2 else { return (false, false) }
        let (left, right) = (isPlainStream(inputs[0], sources), isPlainStream(inputs[1], sources))
        if asof.arrives { return (false, right) }
        // The watermarks say that its rows are final; then left rows go with the right ones that they have met.
        if knowsTimes(asof, inputs, sources) { return left && right ? (true, true) : (false, false) }
        return (left, right)
    }

    /// Whether a join by time forgets left rows, and all but the last right row of a key, when the watermarks have passed them.
    func expires(_ asof: AsofPlan, _ inputs: [NodeID], _ sources: [SourceDefinition]) -> Bool {
        knowsTimes(asof, inputs, sources)
            && inputs.allSatisfy { isAppendOnly($0) { sources[$0].onlyArrives } && timeColumns($0, sources).bindsAll }
    }

    private func knowsTimes(_ asof: AsofPlan, _ inputs: [NodeID], _ sources: [SourceDefinition]) -> Bool {
        asof.rule.isBackward && timeColumns(inputs[0], sources).eventTimes.contains(asof.leftTime)
            && timeColumns(inputs[1], sources).eventTimes.contains(asof.rightTime)
    }

    /// Whether what an operator has given of a key is taken back when it forgets the key.
    func takesBack(_ id: NodeID, _ sources: [SourceDefinition]) -> Bool {
        switch self[id].kind {
        case .windows(let windows): retention(windows, timeColumns(windows.input, sources), sources) == nil
        case .temporal(let temporal):
            if case .asof(let asof) = temporal.operation {
                !asof.arrives && !knowsTimes(asof, temporal.inputs, sources)
            } else {
                !isAppendOnly(id) { sources[$0].onlyArrives }
            }
        default: !isAppendOnly(id) { sources[$0].onlyArrives }
        }
    }

    /// Rows of some stream, which are never taken back.
    private func isPlainStream(_ id: NodeID, _ sources: [SourceDefinition]) -> Bool {
        isAppendOnly(id) { !sources[$0].isTable } && isFedByStream(id, sources)
    }

    /// Rows of some stream come without end; a table has the size of its keys.
    func isFedByStream(_ id: NodeID, _ sources: [SourceDefinition]) -> Bool {
        reachable(from: [id]).contains {
            if case .input(let source, _) = self[$0].kind { !sources[source].isTable } else { false }
        }
    }

    /// Rows of some stream come, and nothing beneath takes them back in time: no operator whose rows change forgets keys.
    func growsWithoutEnd(_ id: NodeID, _ sources: [SourceDefinition]) -> Bool {
        derive(id) { id, node, grows in
            if timeToLive(id, sources) != nil, takesBack(id, sources) { return false }
            if case .input(let source, _) = node.kind { return !sources[source].isTable }
            return node.inputs.contains(where: grows)
        }
    }
}
