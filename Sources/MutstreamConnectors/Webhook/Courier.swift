import MutstreamEngine
import NIOCore

/// Rows that leave in one request.
struct Delivery: Sendable {
    /// One JSON text a row, each with a newline.
    var lines: [UInt8]
    var rows: Int
    /// The same for each try, and for no other rows.
    var key: String
    /// The step whose rows they are.
    var step: Int64
}

/// Delivers batches one after the other on a thread of its own, from a bounded queue.
///
/// What cannot be delivered goes to the dead letter; without one, it ends the pipeline.
final class Courier: Sendable {
    /// What may wait beside the batch that is under way.
    static let (batchesMax, bytesMax) = (16, 8 << 20)
    private static let problemsMax = 20

    private struct State {
        var queue: [Delivery] = []
        var bytes = 0
        var isBusy = false
        /// The step of the batch that is under way.
        var step: Int64 = 0
        /// No more batches will come.
        var isClosing = false
        var failure: ConnectorError?
        var problems: [String] = []
    }

    /// Posts once.
    typealias Post = (Delivery) throws(HTTPClient.Failure) -> HTTPClient.Answer

    private let state = Monitor(State())
    private let rule: RetryRule
    private let clock: any PaceClock
    private let stop: StopSignal
    private let target: String

    /// - Parameter target: what messages call the other side.
    init(_ target: String, rule: RetryRule, clock: any PaceClock) {
        self.target = target
        self.rule = rule
        self.clock = clock
        stop = StopSignal()
    }

    // MARK: The engine's thread

    /// Hands over a batch, waiting while the queue is full: that is the backpressure.
    func submit(_ delivery: Delivery) throws(ConnectorError) {
        let failure = state.wait { state -> ConnectorError?? in
            if let failure = state.failure { return .some(failure) }
            if !state.queue.isEmpty,
                state.queue.count >= Courier.batchesMax || state.bytes + delivery.lines.count > Courier.bytesMax
            {
                return nil
            }
            state.queue.append(delivery)
            state.bytes += delivery.lines.count
            return .some(nil)
        }
        if let failure = failure ?? nil { throw failure }
        state.signal { _ in }
    }

    /// Of all steps up to this one, every batch is delivered or in the dead letter; nil: nothing is under way.
    var deliveredStep: Int64? {
        state.withLock { state in
            if state.isBusy || state.failure != nil { return state.step - 1 }
            return state.queue.first.map { $0.step - 1 }
        }
    }

    /// Waits until all is delivered or in the dead letter, and ends.
    func finish() throws(ConnectorError) {
        state.signal { $0.isClosing = true }
        try drain()
    }

    /// Waits until all is delivered or in the dead letter.
    func drain() throws(ConnectorError) {
        let failure = state.wait { state -> ConnectorError?? in
            if let failure = state.failure { return .some(failure) }
            return state.queue.isEmpty && !state.isBusy ? .some(nil) : nil
        }
        if let failure = failure ?? nil { throw failure }
    }

    func throwFailure() throws(ConnectorError) {
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    /// What people should know, since the last call.
    func takeProblems() -> [String] {
        state.withLock { state in
            defer { state.problems = [] }
            return state.problems
        }
    }

    /// Batches that wait or are under way.
    var pending: Int { state.withLock { $0.queue.count + ($0.isBusy ? 1 : 0) } }

    /// Gives up what waits.
    func abandon() {
        stop.stop()
        state.signal { state in
            state.isClosing = true
            state.queue = []
        }
    }

    // MARK: Its own thread

    /// Until the last batch is delivered.
    func run(_ post: Post, deadLetter: DeadLetterFile?) {
        while let delivery = next() {
            do throws(ConnectorError) {
                if let reason = deliver(delivery, post) { try keep(delivery, reason, deadLetter) }
                state.signal { $0.isBusy = false }
            } catch {
                state.signal { state in
                    state.isBusy = false
                    state.queue = []
                    state.failure = error
                }
                return
            }
        }
    }

    private func next() -> Delivery? {
        let taken = state.wait { state -> Delivery?? in
            if state.queue.isEmpty { return state.isClosing ? .some(nil) : nil }
            let delivery = state.queue.removeFirst()
            state.bytes -= delivery.lines.count
            state.isBusy = true
            state.step = delivery.step
            return delivery
        }
        // Whoever waits for room looks again.
        state.signal { _ in }
        return taken ?? nil
    }

    /// Tries until it is delivered; else why it cannot be.
    private func deliver(_ delivery: Delivery, _ post: Post) -> String? {
        var tries = 0
        while true {
            tries += 1
            var (reason, retryAfter): (String, String?)
            do throws(HTTPClient.Failure) {
                let answer = try post(delivery)
                if (200...299).contains(answer.status) { return nil }
                reason = Courier.text(answer)
                if !RetryRule.isTransient(answer.status) { return reason }
                retryAfter = answer.retryAfter
            } catch {
                (reason, retryAfter) = (error.reason, nil)
            }
            if tries > rule.retries || stop.isStopped { return tries == 1 ? reason : "\(reason), after \(tries) tries" }
            clock.wait(until: clock.now() &+ rule.pause(before: tries, retryAfter: retryAfter), stop)
        }
    }

    private static func text(_ answer: HTTPClient.Answer) -> String {
        let start = answer.body.prefix { $0 != "\n" && $0 != "\r\n" }
        return "the answer was \(answer.status) \(answer.reason)" + (start.isEmpty ? "" : ": \(start)")
    }

    private func keep(_ delivery: Delivery, _ reason: String, _ deadLetter: DeadLetterFile?) throws(ConnectorError) {
        guard let deadLetter else {
            throw ConnectorError(
                "\(target) did not take \(delivery.rows) rows: \(reason)",
                hint: "with dead_letter = 'failed.jsonl' such rows are kept there and the pipeline goes on", option: "url")
        }
        try deadLetter.write(delivery, reason)
        state.withLock { state in
            guard state.problems.count < Courier.problemsMax else { return }
            state.problems.append("\(target) did not take \(delivery.rows) rows: \(reason); they are in \(deadLetter.name)")
        }
    }
}
