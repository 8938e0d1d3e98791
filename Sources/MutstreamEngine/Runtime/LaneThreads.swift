import MutstreamDataflow

/// The threads that run the lanes of a circuit inside a step: one fewer than there are lanes, since the engine's own
/// thread runs lane 0. Asleep between stages.
final class LaneThreads: LaneRunner {
    /// What the threads are to do: the stage's number, and how many lanes have not ended it.
    private struct Work {
        var stage = 0
        var running = 0
        var isClosing = false
        var body: UnsafeBody?
    }

    /// `@unchecked Sendable`: lanes touch no state in common but what the stages keep apart (``Circuit``), and
    /// ``LaneThreads/run(_:_:)`` returns when all lanes have ended.
    private struct UnsafeBody: @unchecked Sendable {
        let call: (Int) -> Void
    }

    private let work = Monitor(Work())
    private var threads: [EngineThread] = []

    init(lanes: Int) {
        let work = work
        for lane in 1..<max(lanes, 1) {
            threads.append(EngineThread(name: "lane \(lane)") { LaneThreads.serve(lane, work) })
        }
    }

    deinit { work.signal { $0.isClosing = true } }

    private static func serve(_ lane: Int, _ work: Monitor<Work>) {
        var done = 0
        while true {
            let next: (body: UnsafeBody, stage: Int)?? = work.wait { work in
                if work.isClosing { return .some(nil) }
                guard work.stage > done, let body = work.body else { return nil }
                return .some((body, work.stage))
            }
            guard case .some(let (body, stage)?) = next else { return }
            done = stage
            body.call(lane)
            work.signal { $0.running -= 1 }
        }
    }

    func run(_ lanes: Int, _ body: @escaping (Int) -> Void) {
        let shared = UnsafeBody(call: body)
        work.signal { work in
            work.stage += 1
            work.running = lanes - 1
            work.body = shared
        }
        body(0)
        _ = work.wait { work -> Bool? in
            guard work.running == 0 else { return nil }
            work.body = nil
            return true
        }
    }
}
