import MutstreamDataflow

extension PipelinePlan {
    /// By source: the number of its group. Sources whose rows meet in some operator, however far down, are in one: only they
    /// wait for each other's watermarks.
    package var sourceGroups: [Int] {
        var parents = Array(sources.indices)
        func root(_ source: Int) -> Int {
            var source = source
            while parents[source] != source { source = parents[source] }
            return source
        }
        // By node: one of the sources beneath it, all of which are in one group.
        var beneath: [NodeID: Int] = [:]
        for id in graph.reachable(from: roots) {
            if case .input(let source, let part) = graph[id].kind {
                // What is late or refused has no watermark.
                if part == .rows || part == .versions { beneath[id] = source }
                continue
            }
            let met = graph[id].inputs.compactMap { beneath[$0] }
            guard let first = met.first else { continue }
            for other in met.dropFirst() {
                let (low, high) = (min(root(first), root(other)), max(root(first), root(other)))
                parents[high] = low
            }
            beneath[id] = first
        }
        return sources.indices.map { root($0) }
    }
}
