import MutstreamColumnar

/// Brings rows into other lanes, in two phases: first each part of the source says which of its rows go where, then each
/// lane takes its own. Both phases run in all lanes at the same time; between them all lanes meet.
///
/// Rows keep their ordinals, and a lane's rows are in their order; every lane has the whole progress.
package final class Exchange {
    package enum Rule: Sendable, Hashable {
        /// Rows with equal values in these columns go to one lane (NULL equals NULL here).
        case hashed([Int])
        /// Any row may go anywhere: neighbours stay together.
        case spread
        /// All rows go to one.
        case gather
    }

    let rule: Rule
    private let lanes: Int
    private let isSourceWide: Bool
    private let parts: [Part]

    /// A part of the source: touched by one thread at a time.
    private final class Part {
        let encoder: KeyEncoder
        /// By lane: the rows that go there.
        var rows: [[Int32]]

        init(keys: Int, lanes: Int) {
            encoder = KeyEncoder(columns: Array(0..<keys), nulls: .value)
            rows = [[Int32]](repeating: [], count: lanes)
        }
    }

    init(_ rule: Rule, lanes: Int, isSourceWide: Bool) {
        self.rule = rule
        self.lanes = lanes
        self.isSourceWide = isSourceWide
        var keys = 0
        if case .hashed(let columns) = rule { keys = columns.count }
        parts = (0..<lanes).map { _ in Part(keys: keys, lanes: lanes) }
    }

    /// Whether the first phase has something to do.
    var hasPlan: Bool { if case .hashed = rule { true } else { false } }

    /// The first phase of a part: lane `part` of a wide source, or that share of a narrow one.
    func plan(part number: Int, _ source: CircuitNode, _ port: Int) {
        guard case .hashed(let columns) = rule else { return }
        let part = parts[number]
        for lane in part.rows.indices { part.rows[lane].removeAll(keepingCapacity: true) }
        let batch = source.lanes[isSourceWide ? number : 0].outputs[port].batch
        let range = isSourceWide ? 0..<batch.count : share(number, of: batch.count)
        if range.isEmpty { return }
        let keys = Batch(
            columns: columns.map { batch.columns[$0].slice(range) }, count: range.count, ordinals: Ordinals(first: 0))
        let encoder = part.encoder
        encoder.encode(keys)
        var rows: [[Int32]] = []
        swap(&rows, &part.rows)
        for row in 0..<range.count {
            // Mixed again: the tables of a lane split their keys by the upper bits and find them by the lower ones.
            let mixed = (encoder.key(row).hash &* 0x9E37_79B9_7F4A_7C15) >> 32
            let lane = Int(truncatingIfNeeded: (mixed &* UInt64(truncatingIfNeeded: lanes)) >> 32)
            rows[lane].append(Int32(truncatingIfNeeded: range.lowerBound &+ row))
        }
        swap(&rows, &part.rows)
    }

    /// The second phase: what a lane gets.
    func take(lane: Int, _ source: CircuitNode, _ port: Int) -> Delta? {
        let deltas = source.lanes.map { $0.outputs[port] }
        if deltas.allSatisfy({ $0.batch.isEmpty && !$0.progress.hasRisen }) { return nil }
        let progress = Exchange.common(deltas)
        switch rule {
        case .gather: return Delta(Batch.merge(deltas.map(\.batch)), progress)
        case .spread:
            if isSourceWide { return deltas[lane] }
            let batch = deltas[0].batch
            return Delta(batch.slice(share(lane, of: batch.count)), progress)
        case .hashed:
            if !isSourceWide { return Delta(deltas[0].batch.gather(parts.flatMap { $0.rows[lane] }), progress) }
            let pieces = deltas.indices.map { deltas[$0].batch.gather(parts[$0].rows[lane]) }
            return Delta(Batch.merge(pieces), progress)
        }
    }

    private func share(_ lane: Int, of count: Int) -> Range<Int> { count * lane / lanes..<count * (lane + 1) / lanes }

    /// Lanes see the same watermarks; should one lag, it holds.
    private static func common(_ deltas: [Delta]) -> Progress {
        var result = deltas[0].progress
        for delta in deltas.dropFirst() where delta.progress != result { result = .minimum(result, delta.progress) }
        return result
    }
}
