import MutstreamColumnar

/// `state_ttl`: the keys of an operator in the order in which rows last touched them, by the clock of the steps.
///
/// ```
/// key -> | time of the last touch: 8 | the one touched before: 4 | the one touched after: 4 |
/// oldest <-> … <-> newest        the time to live is the same for all, so the oldest is due first
/// ```
///
/// Keys are the small numbers that a table gives its keys. A number that the table has taken back may stay here until it
/// is due or given anew: who takes it looks whether there is anything to forget.
///
/// At most ``takenMax`` keys go in a step for want of a touch, the others in the next ones; a key that is due and that a
/// row of the step touches goes before that row is looked at (``isDue(_:)``). So how many steps there are does not show.
///
/// - Complexity: O(1) for each call.
package struct IdleKeys {
    /// Keys that go in one step.
    package static let takenMax = 4_096

    private struct Entry {
        /// ``absent`` where the number is not in the list.
        var touched: Int64
        var before: Int32
        var after: Int32
    }

    private static let absent = Int64.min

    private let timeToLive: Int64
    private var entries: [Entry] = []
    private var oldest: Int32 = -1
    private var newest: Int32 = -1
    /// It never goes back, though the machine's may.
    private var clock: Int64 = .min + 1
    /// Of the last row that touched a key: what goes by the clock has it.
    private(set) var lastOrdinal: Int64 = 0

    /// - Parameter timeToLive: in microseconds, above 0.
    package init(timeToLive: Int64) { self.timeToLive = max(timeToLive, 1) }

    var isEmpty: Bool { oldest < 0 }
    var bytes: Int { entries.capacity * MemoryLayout<Entry>.stride }

    /// When the first key is due; nil: there is none.
    package var wakesAt: Int64? { oldest < 0 ? nil : entries[Int(oldest)].touched.addingClamped(timeToLive) }

    package mutating func code(_ coder: StateCoder) throws(StateDamage) {
        try coder.code(&entries, default: Entry(touched: IdleKeys.absent, before: -1, after: -1))
        try coder.code(&oldest)
        try coder.code(&newest)
        try coder.code(&clock)
        try coder.code(&lastOrdinal)
        let numbers = -1..<Int64(entries.count)
        let links = entries.flatMap { [$0.before, $0.after] } + [oldest, newest]
        guard coder.isWriting || links.allSatisfy({ numbers.contains(Int64($0)) }) else {
            throw coder.damage("a key that was touched is not there")
        }
    }

    // MARK: Touches

    /// Begins a step.
    package mutating func advance(to clock: Int64) { self.clock = max(self.clock, clock) }

    /// Notes that rows touch keys; those below 0 are none.
    mutating func touch(_ keys: UnsafeBufferPointer<Int32>, lastOrdinal: Int64) {
        for key in keys { touch(key) }
        self.lastOrdinal = max(self.lastOrdinal, lastOrdinal)
    }

    /// The same of a batch.
    package mutating func touch(_ keys: [Int32], _ batch: Batch) {
        if batch.isEmpty { return }
        let last = batch.ordinals[batch.count - 1]
        keys.withUnsafeBufferPointer { touch(UnsafeBufferPointer(rebasing: $0.prefix(batch.count)), lastOrdinal: last) }
    }

    /// The same of one key, for something other than a row.
    mutating func touch(_ key: Int32, ordinal: Int64) {
        touch(key)
        lastOrdinal = max(lastOrdinal, ordinal)
    }

    @inline(__always)
    mutating func touch(_ key: Int32) {
        // Rows of one key often come together.
        if key < 0 || key == newest && entries[Int(key)].touched == clock { return }
        while entries.count <= Int(key) { entries.append(Entry(touched: IdleKeys.absent, before: -1, after: -1)) }
        if entries[Int(key)].touched != IdleKeys.absent { unlink(key) }
        entries[Int(key)] = Entry(touched: clock, before: newest, after: -1)
        if newest >= 0 { entries[Int(newest)].after = key } else { oldest = key }
        newest = key
    }

    private mutating func unlink(_ key: Int32) {
        let entry = entries[Int(key)]
        if entry.before >= 0 { entries[Int(entry.before)].after = entry.after } else { oldest = entry.after }
        if entry.after >= 0 { entries[Int(entry.after)].before = entry.before } else { newest = entry.before }
        entries[Int(key)] = Entry(touched: IdleKeys.absent, before: -1, after: -1)
    }

    /// Takes out a key, if it is in the list.
    mutating func remove(_ key: Int32) {
        guard key >= 0, Int(key) < entries.count, entries[Int(key)].touched != IdleKeys.absent else { return }
        unlink(key)
    }

    /// Takes out the key whose last touch is the longest ago.
    mutating func takeOldest() -> Int32? {
        guard oldest >= 0 else { return nil }
        defer { unlink(oldest) }
        return oldest
    }

    // MARK: Due keys

    /// Whether nothing has touched a key for as long as it may live.
    @inline(__always)
    func isDue(_ key: Int32) -> Bool {
        guard key >= 0, Int(key) < entries.count, entries[Int(key)].touched != IdleKeys.absent else { return false }
        return entries[Int(key)].touched.addingClamped(timeToLive) <= clock
    }

    /// Takes out the keys that are due: the oldest, and of the others those that a row of the step speaks of.
    /// - Parameters:
    ///   - max: how many go though no row speaks of them.
    ///   - asked: gives the keys of the step's rows to its argument; called only where more than `max` are due.
    package mutating func takeDue(max: Int = IdleKeys.takenMax, asked: ((Int32) -> Void) -> Void) -> [Int32] {
        var taken: [Int32] = []
        while taken.count < max, oldest >= 0, isDue(oldest) {
            taken.append(oldest)
            unlink(oldest)
        }
        guard oldest >= 0, isDue(oldest) else { return taken }
        var spoken: [Int32] = []
        asked { key in if isDue(key) { spoken.append(key) } }
        for key in spoken where isDue(key) {
            taken.append(key)
            unlink(key)
        }
        return taken
    }

    /// What goes by the clock, then what the step's rows bring, net of each other.
    static func join(_ gone: Batch, _ came: Batch, _ types: [DataType]) -> Batch {
        if gone.isEmpty { return came }
        if came.isEmpty { return gone }
        var outputs = [Delta(.empty(types))]
        let both = Delta(Batch.concatenate([gone, came]))
        Consolidate(types).step([both], StepContext(step: 0, clock: 0), &outputs)
        return outputs[0].batch
    }
}
