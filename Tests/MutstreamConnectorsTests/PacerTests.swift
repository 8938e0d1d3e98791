import MutstreamColumnar
import Testing

@testable import MutstreamConnectors
@testable import MutstreamEngine

/// Rows leave in time, by a clock that stands still unless someone waits.
@Suite struct PacerTests {
    /// Jumps to each deadline and remembers it.
    private final class JumpingClock: PaceClock {
        private struct State {
            var now: Int64 = 1_000
            var waits: [Int64] = []
        }
        private let state = Monitor(State())
        private let onWait: @Sendable (StopSignal) -> Void

        init(onWait: @escaping @Sendable (StopSignal) -> Void = { _ in }) { self.onWait = onWait }

        func now() -> Int64 { state.withLock { $0.now } }
        func wait(until deadline: Int64, _ stop: StopSignal) {
            state.withLock {
                $0.now = deadline
                $0.waits.append(deadline - 1_000)
            }
            onWait(stop)
        }
        /// What takes time besides waiting.
        func pass(_ nanoseconds: Int64) { state.withLock { $0.now += nanoseconds } }
        /// Deadlines in microseconds since the start.
        var waits: [Int64] { state.withLock { $0.waits.map { $0 / 1_000 } } }
    }

    private let folder = TemporaryFolder()

    private func read(
        _ name: String, _ options: [String: CheckedOptions.OptionValue], _ clock: JumpingClock,
        fields: [Field] = Rows.fields,
        eventTimeColumn: Int? = nil
    ) throws -> [Chunk] {
        let request = Rows.request(
            name, folder: folder.path, format: "json", options, fields: fields, eventTimeColumn: eventTimeColumn)
        let source = try FileSource(request, clock: clock)
        try source.open()
        let inlet = Inlet(name: name, answers: false) {}
        try source.run(inlet)
        return inlet.take().chunks
    }

    @Test func `a slow rate lets rows go one by one`() throws {
        folder.write("a.jsonl", (0..<4).map { "{\"id\":\($0)}\n" }.joined())
        let clock = JumpingClock()
        let chunks = try read("a.jsonl", ["rate": .number(2)], clock)
        #expect(chunks.map(\.rows.count) == [1, 1, 1, 1])
        #expect(clock.waits == [500_000, 1_000_000, 1_500_000])
    }

    @Test func `a high rate lets the rows of a tick go together`() throws {
        folder.write("a.jsonl", (0..<2_000).map { "{\"id\":\($0)}\n" }.joined())
        let clock = JumpingClock()
        let chunks = try read("a.jsonl", ["rate": .number(100_000)], clock)
        #expect(chunks.map(\.rows.count) == [500, 500, 500, 500])
        #expect(clock.waits == [5_000, 10_000, 15_000])
    }

    @Test func `a slow spell is made up for`() {
        let clock = JumpingClock()
        var pacer = Pacer(.rate(1_000), clock: clock, stop: StopSignal())
        pacer.waitForRows(5)
        clock.pass(12_000_000)
        for _ in 0..<3 { pacer.waitForRows(5) }
        #expect(clock.waits == [15_000])
    }

    private static let timed = [Field("id", .bigint), Field("at", .timestamp)]

    private func writeTimes(_ seconds: [Int?]) {
        folder.write(
            "a.jsonl",
            seconds.enumerated().map { row, second in
                let at = second.map {
                    "\"2026-01-01T00:\($0 / 60 < 10 ? "0" : "")\($0 / 60):\($0 % 60 < 10 ? "0" : "")\($0 % 60)\""
                }
                return "{\"id\":\(row),\"at\":\(at ?? "null")}\n"
            }.joined())
    }

    @Test func `speed follows the event times`() throws {
        writeTimes([0, 0, 10, 70])
        let clock = JumpingClock()
        let chunks = try read("a.jsonl", ["speed": .number(1)], clock, fields: PacerTests.timed, eventTimeColumn: 1)
        #expect(chunks.map(\.rows.count) == [2, 1, 1])
        #expect(clock.waits == [10_000_000, 70_000_000])
        let fast = JumpingClock()
        _ = try read("a.jsonl", ["speed": .number(60)], fast, fields: PacerTests.timed, eventTimeColumn: 1)
        #expect(fast.waits == [166_666, 1_166_666])
    }

    @Test func `rows out of order or without a time go with the row before them`() throws {
        writeTimes([10, nil, 5, 20, 15, nil, 30])
        let clock = JumpingClock()
        let chunks = try read("a.jsonl", ["speed": .number(1)], clock, fields: PacerTests.timed, eventTimeColumn: 1)
        #expect(chunks.map { lines([$0]).map { $0.prefix(1) } } == [["0", "1", "2"], ["3", "4", "5"], ["6"]])
        #expect(clock.waits == [10_000_000, 20_000_000])
    }

    @Test func `refused rows keep their place in a chunk that was cut`() throws {
        let row = { (id: Int, second: Int) in "{\"id\":\(id),\"at\":\"2026-01-01T00:00:0\(second)\"}\n" }
        folder.write("a.jsonl", "no\n" + row(0, 0) + "no\n" + row(1, 0) + row(2, 5) + "no\n")
        let chunks = try read(
            "a.jsonl", ["speed": .number(1)], JumpingClock(), fields: PacerTests.timed, eventTimeColumn: 1)
        #expect(chunks.map(\.rows.slotCount) == [4, 2])
        #expect(chunks.map { $0.rows.slots } == [[1, 3], [0]])
        #expect(chunks.map { $0.rows.rejected.map(\.slot) } == [[0, 2], [1]])
    }

    @Test func `a pause ends when the source is stopped`() throws {
        writeTimes([0, 3_000])
        let clock = JumpingClock { stop in stop.stop() }
        let chunks = try read("a.jsonl", ["speed": .number(1)], clock, fields: PacerTests.timed, eventTimeColumn: 1)
        #expect(chunks.map(\.rows.count) == [1])
        let stop = StopSignal()
        let thread = EngineThread(name: "pause") { MonotonicClock().wait(until: .max, stop) }
        stop.stop()
        thread.join()
    }

    @Test func `what cannot be paced is refused`() {
        func refusal(_ options: [String: CheckedOptions.OptionValue]) -> String? {
            do throws(ConnectorError) {
                _ = try FileSource(Rows.request("a.jsonl", format: "json", options))
                return nil
            } catch {
                return error.message
            }
        }
        #expect(refusal(["speed": .number(1)]) == "\"rows\" has no event time to be played back by")
        #expect(refusal(["speed": .number(1), "rate": .number(1)]) == "rate and speed exclude each other")
        #expect(refusal(["rate": .number(1)]) == nil)
    }
}
