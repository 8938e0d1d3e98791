import MutstreamColumnar
import Testing

@testable import MutstreamEngine

@Suite struct InletTests {
    private static let schema = DecoderSchema([.init("id", .bigint)])

    private func chunk(_ rows: Int) -> Chunk {
        Memory.chunk((0..<rows).map { "{\"id\":\($0)}\n" }.joined(), InletTests.schema)
    }

    private func inlet(rows: Int = 10, bytes: Int = 1 << 20) -> Inlet {
        Inlet(name: "a", answers: false, limits: Inlet.Limits(rows: rows, bytes: bytes)) {}
    }

    @Test func `an offer is refused while the queue is full and taken once there is room`() {
        let inlet = inlet()
        #expect(inlet.offer(chunk(6)) == .accepted)
        #expect(inlet.offer(chunk(4)) == .accepted)
        #expect(inlet.offer(chunk(1)) == .full(retryAfterSeconds: 1))
        #expect(inlet.queuedRows == 10)
        #expect(inlet.take().chunks.map(\.rows.count) == [6, 4])
        #expect(inlet.offer(chunk(1)) == .accepted)
    }

    @Test func `an offer larger than the queue is never taken, by rows or by bytes`() {
        #expect(inlet().offer(chunk(11)) == .tooLarge)
        #expect(inlet(bytes: 8).offer(chunk(1)) == .tooLarge)
    }

    @Test func `refused rows count against the queue as well`() {
        let inlet = inlet(rows: 3)
        let bad = Memory.chunk("{\"id\":\n{\"id\":\"x\"}\n{\"id\":1}\n", InletTests.schema)
        #expect(bad.rows.rejected.count == 2)
        #expect(inlet.offer(bad) == .accepted)
        #expect(inlet.offer(chunk(1)) == .full(retryAfterSeconds: 1))
    }

    @Test func `a source that submits waits for room`() {
        let inlet = inlet()
        let progress = Monitor((submitted: 0, isWaiting: false))
        #expect(inlet.submit(chunk(10)))
        let thread = EngineThread(name: "source") { [schema = InletTests.schema] in
            progress.signal { $0.isWaiting = true }
            let isTaken = inlet.submit(Memory.chunk("{\"id\":77}\n", schema))
            progress.signal { $0.submitted = isTaken ? 1 : -1 }
        }
        _ = progress.wait { $0.isWaiting ? true : nil }
        #expect(progress.wait(microseconds: 20_000) { $0.submitted == 0 ? nil : $0.submitted } == nil)
        #expect(inlet.take().chunks.count == 1)
        thread.join()
        #expect(progress.withLock { $0.submitted } == 1)
        #expect(inlet.queuedRows == 1)
    }

    @Test func `a chunk larger than the queue enters an empty one when it is submitted`() {
        let inlet = inlet()
        #expect(inlet.submit(chunk(50)))
        #expect(inlet.take().chunks.map(\.rows.count) == [50])
    }

    @Test func `a closed inlet lets waiting sources go and takes nothing`() {
        let inlet = inlet()
        #expect(inlet.submit(chunk(10)))
        let result = Monitor<Bool?>(nil)
        let thread = EngineThread(name: "source") { [schema = InletTests.schema] in
            let isTaken = inlet.submit(Memory.chunk("{\"id\":1}\n", schema))
            result.signal { $0 = isTaken }
        }
        inlet.close()
        thread.join()
        #expect(result.withLock { $0 } == false)
        #expect(inlet.offer(chunk(1)) == .closed)
    }
}
