import MutstreamColumnar

/// Sorts what leaves a step by the posted row that caused it: one slot a row, in order.
///
/// Ordinals name the rows; those of one chunk are consecutive.
struct ReplyCollector {
    private struct Pending {
        var firstOrdinal: Int64
        var count: Int
        var slots: [Int32]?
        var replies: [ReplySlot]
        /// The steps that follow bring more rows of it, or what they cause.
        var isBegun: Bool
    }
    /// By rising first ordinal.
    private var pending: [Pending] = []
    private let scratch = ByteWriter()

    mutating func reset() { pending.removeAll { !$0.isBegun } }

    /// Opens the slots of a chunk; refused rows have their answer at once. Chunks come in the order of their ordinals.
    mutating func add(_ rows: DecodedRows, firstOrdinal: Int64, isBegun: Bool = false) {
        if let first = pending.first, first.isBegun, first.firstOrdinal == firstOrdinal {
            pending[0].isBegun = isBegun
            return
        }
        var replies = [ReplySlot](repeating: .rows([]), count: rows.slotCount)
        for row in rows.rejected {
            replies[row.slot] = .failure(error: "rejected", reason: row.error.description)
        }
        pending.append(
            Pending(
                firstOrdinal: firstOrdinal, count: rows.count, slots: rows.slots, replies: replies, isBegun: isBegun))
    }

    private func find(_ ordinal: Int64) -> (chunk: Int, slot: Int)? {
        var (low, high) = (0, pending.count)
        while low < high {
            let middle = (low + high) / 2
            if pending[middle].firstOrdinal <= ordinal { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return nil }
        // Chunks without an accepted row share their ordinal with the next one: the last of them holds it.
        let chunk = pending[low - 1]
        let row = Int(ordinal - chunk.firstOrdinal)
        guard row < chunk.count else { return nil }
        return (low - 1, chunk.slots.map { Int($0[row]) } ?? row)
    }

    /// Result rows: each goes to the slot of its ordinal; rows of other sources are passed over.
    ///
    /// - Returns: the number of rows that have a slot.
    mutating func add(_ batch: Batch, _ writer: JSONRowWriter) -> Int {
        if pending.isEmpty { return 0 }
        var answered = 0
        for row in 0..<batch.count {
            guard let (chunk, slot) = find(batch.ordinals[row]) else { continue }
            scratch.removeAll(keepingCapacity: true)
            writer.writeObject(batch, row: row, to: scratch)
            guard case .rows(var rows) = pending[chunk].replies[slot] else { continue }
            rows.append(Array(scratch.bytes))
            pending[chunk].replies[slot] = .rows(rows)
            answered += 1
        }
        return answered
    }

    mutating func fail(_ ordinal: Int64, error: String, reason: String) {
        guard let (chunk, slot) = find(ordinal) else { return }
        if case .failure = pending[chunk].replies[slot] { return }
        pending[chunk].replies[slot] = .failure(error: error, reason: reason)
    }

    /// The answers, in the order in which the chunks were added.
    func replies(_ chunk: Int) -> [ReplySlot] { pending[chunk].replies }
}
