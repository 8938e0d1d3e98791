/// A thread that does what it is handed, one thing after the other.
final class Worker: Sendable {
    private struct State {
        var jobs: [@Sendable () -> Void] = []
        var isBusy = false
        var isEnding = false
    }

    private let state = Monitor(State())
    private let thread: EngineThread?

    /// - Parameter isThreaded: false: a job is done when ``run(_:)`` returns.
    init(name: String, isThreaded: Bool) {
        guard isThreaded else {
            thread = nil
            return
        }
        let state = state
        thread = EngineThread(name: name) {
            while true {
                let job = state.wait { state -> (@Sendable () -> Void)?? in
                    if state.jobs.isEmpty { return state.isEnding ? .some(nil) : nil }
                    state.isBusy = true
                    return state.jobs.removeFirst()
                }
                guard let job = job ?? nil else { return }
                job()
                state.signal { $0.isBusy = false }
            }
        }
    }

    func run(_ job: @escaping @Sendable () -> Void) {
        if thread == nil { return job() }
        state.signal { $0.jobs.append(job) }
    }

    /// How much waits.
    var backlog: Int { state.withLock { $0.jobs.count } }

    /// Waits until all is done.
    func drain() { _ = state.wait { $0.isBusy || !$0.jobs.isEmpty ? nil : true } }

    /// Ends the thread once all is done.
    func end() {
        state.signal { $0.isEnding = true }
        thread?.join()
    }
}
