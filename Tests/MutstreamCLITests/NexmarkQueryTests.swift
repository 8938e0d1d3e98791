import Foundation
import Testing

/// The queries of Benchmarks/nexmark give what SQLite gives over the same events, which come out of order.
struct NexmarkQueryTests {
    /// Queries without state; the others are run in two shards too.
    private static let stateless = [0, 1, 2, 10, 14, 21, 22]

    @Test func `each query gives what SQLite gives, in one shard and in two`() throws {
        let events = try NexmarkEvents(count: 6_000, oracle: true)
        for query in 0...22 {
            #expect(try events.expect(query) > (query == 15 ? 0 : 3), "q\(query)")
            try events.check(query, "\(NexmarkEvents.folder)/q\(query).sql")
            if NexmarkQueryTests.stateless.contains(query) { continue }
            try events.temporary.write("sharded-q\(query).sql", "SET shards = 2;\n" + NexmarkEvents.pipeline(query))
            try events.check(query, "sharded-q\(query).sql")
        }
    }
}
