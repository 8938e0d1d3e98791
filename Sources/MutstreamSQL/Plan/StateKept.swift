import MutstreamDataflow

extension PipelinePlan {
    /// What an operator keeps from step to step, for people; nil: nothing.
    /// - Parameter isGrowing: nothing bounds it (``growingState``).
    func stateKept(_ id: NodeID, isGrowing: Bool) -> String? {
        guard let what = stateKept(graph[id]) else { return nil }
        if let ttl = graph.timeToLive(id, sources) {
            return what + " until nothing has touched their key for " + PlanPrinter.duration(ttl)
        }
        return isGrowing ? what + " without bound" : what
    }

    private func stateKept(_ node: PlanNode) -> String? {
        switch node.kind {
        case .input(let source, let part): return part == .rows && sources[source].isTable ? "its rows" : nil
        case .values, .filter, .project, .union, .unnest, .failures: return nil
        case .predict(_, let model, _): return "the model \(models[model].name)"
        case .frames(let frames):
            let longest = frames.calls.map { frames.frames[$0.frame].preceding.map { $0 } ?? .max }.max() ?? 0
            return longest == .max ? "rows of each key" : "rows of the longest frame"
        case .join(let join):
            if join.mode == .arrival {
                let isAppendOnly = graph.isAppendOnly(join.left) { sources[$0].onlyArrives }
                return "rows of the right side" + (isAppendOnly ? "" : ", and what each row of the left one met")
            }
            if let time = join.time, time.lower != nil, time.upper != nil { return "rows that may still meet" }
            return "rows of both sides"
        case .aggregate(let aggregate):
            let values = aggregate.calls.contains(where: \.keepsValues) ? " and its values" : ""
            if aggregate.keys.isEmpty { return "one group" + values }
            return (aggregate.closeKey == nil ? "a group for each key" : "groups of open windows") + values
        case .windows(let windows):
            let times = graph.timeColumns(windows.input, sources)
            return graph.retention(windows, times, sources) == nil ? "all rows" : "rows of the longest frame"
        case .counted: return "each distinct row"
        case .top(let top):
            let isAppendOnly = graph.isAppendOnly(top.input) { sources[$0].onlyArrives }
            guard let limit = top.limit, isAppendOnly, !top.withTies else { return "all rows" }
            let rows =
                limit == 1 && top.offset == 0
                ? "the first row" : "the first \(limit.addingReportingOverflow(top.offset).partialValue) rows"
            return rows + (top.partition.isEmpty ? "" : " of each key")
        case .temporal(let temporal):
            switch temporal.operation {
            case .windows, .arrivalTime: return nil
            case .closing: return "rows of open windows"
            case .sessions: return "open sessions"
            case .asof: return "rows of both sides"
            case .lookup(_, let rule): return "rows that wait for their answer, at most \(rule.cacheRows) answers"
            case .validity: return "rows whose time has not come or not passed"
            case .match(let spec, isStream: true):
                return spec.within == nil ? "rows of open matches" : "rows of open matches, within their time"
            case .match: return "all rows"
            }
        }
    }
}
