import MutstreamColumnar

/// Finds kept rows by their whole content; equal rows share a slot, linked from the oldest to the newest.
///
/// ```
/// slots: [ tag: 4 | oldest: 4 | newest: 4 ] …      open addressing, linear probing, at most half full
///                      |
///                      v
/// RowStore:           row -> next equal -> …       the equal link of ``RowHeader``
/// ```
final class RowIndex {
    private struct Slot: BitwiseCopyable {
        var tag: UInt32
        /// -1: empty.
        var oldest: Int32
        var newest: Int32
    }

    private let store: RowStore
    private var slots: UnsafeMutablePointer<Slot>
    private var mask: Int
    private var count = 0
    private let encoder: KeyEncoder
    /// For rows that are taken from the store.
    private let reader = BatchReader()

    /// Of all rows given.
    init(_ store: RowStore, rows: [Int32]) {
        self.store = store
        encoder = RowIndex.encoder(store)
        var capacity = 64
        while capacity < rows.count * 2 { capacity *= 2 }
        slots = .allocate(capacity: capacity)
        slots.initialize(repeating: Slot(tag: 0, oldest: -1, newest: -1), count: capacity)
        mask = capacity - 1
        encode(rows) { position, row, hash in insert(row, hash, reader, position) }
    }

    deinit { slots.deallocate() }

    /// Encodes whole rows of a batch: its hashes are those that this index takes.
    static func encoder(_ store: RowStore) -> KeyEncoder {
        KeyEncoder(columns: Array(store.types.indices), nulls: .value, equality: .exact)
    }

    var bytes: Int { (mask + 1) * MemoryLayout<Slot>.stride }

    private func encode(_ rows: [Int32], _ body: (_ position: Int, _ row: Int32, _ hash: UInt64) -> Void) {
        var start = 0
        while start < rows.count {
            let part = Array(rows[start..<min(start + 1024, rows.count)])
            reader.bind(store.columns(part), count: part.count)
            encoder.encode(reader)
            for position in 0..<part.count { body(position, part[position], encoder.key(position).hash) }
            reader.unbind()
            start += part.count
        }
    }

    /// The slot of the rows that equal one of a batch, or the empty one where they would be.
    private func slot(_ hash: UInt64, _ reader: BatchReader, _ row: Int) -> Int {
        let tag = UInt32(truncatingIfNeeded: hash)
        var index = Int(tag) & mask
        while slots[index].oldest >= 0 {
            if slots[index].tag == tag, store.equals(slots[index].oldest, reader, row) { break }
            index = (index &+ 1) & mask
        }
        return index
    }

    /// The oldest kept row that equals one of a batch, -1 if there is none.
    func oldest(_ hash: UInt64, _ reader: BatchReader, _ row: Int) -> Int32 { slots[slot(hash, reader, row)].oldest }

    /// Adds a kept row that equals one of a batch.
    func insert(_ id: Int32, _ hash: UInt64, _ reader: BatchReader, _ row: Int) {
        store.setNextEqual(id, -1)
        let index = slot(hash, reader, row)
        if slots[index].oldest >= 0 {
            store.setNextEqual(slots[index].newest, id)
            slots[index].newest = id
            return
        }
        slots[index] = Slot(tag: UInt32(truncatingIfNeeded: hash), oldest: id, newest: id)
        count += 1
        if count * 2 > mask { grow() }
    }

    /// Takes out the oldest of the rows that equal one of a batch; there is one, and its memory is still there.
    func removeOldest(_ hash: UInt64, _ reader: BatchReader, _ row: Int) {
        let index = slot(hash, reader, row)
        guard slots[index].oldest >= 0 else { return }
        let next = store.nextEqual(slots[index].oldest)
        if next >= 0 { slots[index].oldest = next } else { clear(index) }
    }

    /// Takes out rows of which all that are equal leave together.
    func remove(_ rows: [Int32]) {
        encode(rows) { position, _, hash in
            let index = slot(hash, reader, position)
            if slots[index].oldest >= 0 { clear(index) }
        }
    }

    private func clear(_ index: Int) {
        count -= 1
        var hole = index
        // Slots behind the hole move into it where that does not put them before their home.
        var next = (hole &+ 1) & mask
        while slots[next].oldest >= 0 {
            let home = Int(slots[next].tag) & mask
            if (next &- home) & mask >= (next &- hole) & mask {
                slots[hole] = slots[next]
                hole = next
            }
            next = (next &+ 1) & mask
        }
        slots[hole].oldest = -1
    }

    private func grow() {
        let (old, oldMask) = (slots, mask)
        mask = (mask + 1) * 2 - 1
        slots = .allocate(capacity: mask + 1)
        slots.initialize(repeating: Slot(tag: 0, oldest: -1, newest: -1), count: mask + 1)
        for at in 0...oldMask where old[at].oldest >= 0 {
            var index = Int(old[at].tag) & mask
            while slots[index].oldest >= 0 { index = (index &+ 1) & mask }
            slots[index] = old[at]
        }
        old.deallocate()
    }
}

// MARK: - State

extension RowIndex {
    func code(_ coder: StateCoder) throws(StateDamage) {
        var capacity = mask + 1
        try coder.code(count: &capacity, bytesEach: MemoryLayout<Slot>.stride)
        try coder.code(&count)
        guard capacity > 0, capacity & (capacity - 1) == 0, count >= 0, count < capacity else {
            throw coder.damage("the size of an index is not one it can have")
        }
        if !coder.isWriting, capacity != mask + 1 {
            slots.deallocate()
            slots = .allocate(capacity: capacity)
            mask = capacity - 1
        }
        try coder.code(UnsafeMutableRawPointer(slots), capacity * MemoryLayout<Slot>.stride)
    }
}
