import MutstreamColumnar
import MutstreamSQL

/// A running pipeline, as other threads see it: stop it, watch its counters, read its views.
package final class Pipeline: PipelineFace {
    /// What wakes the engine and what it is asked for.
    struct Requests {
        var hasInput = false
        var isStopping = false
        var views: [(name: String, completion: @Sendable (ViewContent?) -> Void)] = []
    }

    let requests = Monitor(Requests())
    private let published = Monitor(PipelineCounters())
    private let failure = Monitor<String?>(nil)
    package let viewNames: [String]
    let inlets: [Inlet]

    package init(_ definition: PipelineDefinition) {
        viewNames = definition.plan.views.filter(\.materialized).map(\.name).sorted()
        let requests = requests
        inlets = definition.plan.sources.enumerated().map { index, source in
            Inlet(name: source.name, answers: definition.hasReply(index)) { requests.signal { $0.hasInput = true } }
        }
    }

    /// Asks the pipeline to take what is under way through to its sinks and end.
    package func stop() { requests.signal { $0.isStopping = true } }

    package var counters: PipelineCounters { published.withLock { $0 } }

    func publish(_ counters: PipelineCounters) { published.withLock { $0 = counters } }

    func fail(_ reason: String) { failure.withLock { $0 = reason } }

    package var unhealthy: String? { failure.withLock { $0 } }

    package var paused: String? { counters.paused }

    package func metrics() -> [UInt8] { Array(counters.prometheus.utf8) }

    package func readView(_ name: String, completion: @escaping @Sendable (ViewContent?) -> Void) {
        let isStopping = requests.signal { requests -> Bool in
            if requests.isStopping { return true }
            requests.views.append((name, completion))
            return false
        }
        if isStopping { completion(nil) }
    }
}
