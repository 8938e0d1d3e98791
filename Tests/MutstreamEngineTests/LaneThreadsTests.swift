import Testing

@testable import MutstreamEngine

@Suite struct LaneThreadsTests {
    @Test(arguments: [1, 2, 3, 7]) func `every stage runs once in every lane, and ends before the next begins`(lanes: Int) {
        let threads = LaneThreads(lanes: lanes)
        let seen = Monitor<[[Int]]>([])
        for stage in 0..<200 {
            seen.withLock { $0.append([]) }
            threads.run(lanes) { lane in seen.withLock { $0[$0.count - 1].append(lane) } }
            #expect(seen.withLock { $0[stage].sorted() } == Array(0..<lanes))
        }
    }
}
