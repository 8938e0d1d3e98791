import MutstreamColumnar

/// How often each key came, for each group: what DISTINCT and sketches count by.
///
/// ```
/// key (which holds the group's number) -> | count: 8 | next: 4 | previous: 4 | more counts: 8 each |
///                                                        of its group's keys, number + 1
/// ```
///
/// The group's record holds the first of its keys, so that a group can be forgotten in one go.
final class GroupKeyCounts {
    /// Bytes of a group's record: the first key + 1 and 4 unused. Zero: none.
    static let headBytes = 8
    /// In place of the previous key: in no list yet, taken out.
    private static let unlinked: Int32 = -1
    private static let removed: Int32 = -2

    private let table: KeyTable
    private let countsPerKey: Int
    private var newKeys: [Int32] = []
    /// Whether some count has come to 0 since ``locate(_:_:)``.
    private(set) var mayHaveEmptied = false

    /// - Parameter counts: how many counts a key has.
    init(counts: Int = 1, inlineBytes: Int = 12) {
        countsPerKey = counts
        table = KeyTable(payloadBytes: 8 + 8 * counts, inlineBytes: inlineBytes)
    }

    var bytes: Int { table.bytes }
    var count: Int { table.count }

    @inline(__always)
    private static func offset(_ index: Int) -> Int { index == 0 ? 0 : 8 &+ index &* 8 }

    // MARK: One key

    /// Adds to the count of a key; 0 takes it out. Gives the count before and after.
    @inline(__always)
    func add(_ key: KeyView, _ weight: Int64, _ head: UnsafeMutableRawPointer) -> (old: Int64, new: Int64) {
        let (number, isNew) = table.findOrInsert(key)
        if isNew {
            clear(number)
            link(number, head)
        }
        let (old, new) = add(number, 0, weight)
        if new == 0 { removeIfEmpty(number, head) }
        return (old, new)
    }

    /// The count of a key, 0 if it is not there.
    func count(_ key: KeyView) -> Int64 {
        let number = table.find(key)
        return number < 0 ? 0 : UnsafeRawPointer(table.payload(number)).load(as: Int64.self)
    }

    // MARK: The keys of a batch

    /// The numbers of keys, with counts of 0 where they are new: the caller links each and adds to some count of it, and
    /// at the end removes those that are empty.
    /// - Parameter numbers: one a row of the encoder; below 0 where a row has no key.
    func locate(_ keys: KeyEncoder, _ numbers: UnsafeMutableBufferPointer<Int32>) {
        newKeys.removeAll(keepingCapacity: true)
        mayHaveEmptied = false
        table.findOrInsert(keys, groups: numbers, newGroups: &newKeys)
        for number in newKeys { clear(number) }
    }

    private func clear(_ number: Int32) {
        let payload = table.payload(number)
        for index in 0..<countsPerKey {
            payload.storeBytes(of: 0, toByteOffset: GroupKeyCounts.offset(index), as: Int64.self)
        }
        payload.storeBytes(of: 0, toByteOffset: 8, as: Int32.self)
        payload.storeBytes(of: GroupKeyCounts.unlinked, toByteOffset: 12, as: Int32.self)
    }

    /// Puts a key that is new at the front of its group's list.
    @inline(__always)
    func link(_ number: Int32, _ head: UnsafeMutableRawPointer) {
        let payload = table.payload(number)
        guard payload.load(fromByteOffset: 12, as: Int32.self) == GroupKeyCounts.unlinked else { return }
        let next = head.load(as: Int32.self)
        payload.storeBytes(of: next, toByteOffset: 8, as: Int32.self)
        payload.storeBytes(of: 0, toByteOffset: 12, as: Int32.self)
        if next != 0 { table.payload(next &- 1).storeBytes(of: number &+ 1, toByteOffset: 12, as: Int32.self) }
        head.storeBytes(of: number &+ 1, as: Int32.self)
    }

    /// Adds to one of the counts of a key. Gives the count before and after.
    @inline(__always)
    func add(_ number: Int32, _ index: Int, _ weight: Int64) -> (old: Int64, new: Int64) {
        let count = (table.payload(number) + GroupKeyCounts.offset(index)).assumingMemoryBound(to: Int64.self)
        let old = count.pointee
        let new = old &+ weight
        count.pointee = new
        if new == 0 { mayHaveEmptied = true }
        return (old, new)
    }

    /// Takes out a key all of whose counts are 0; nothing where it is out already.
    func removeIfEmpty(_ number: Int32, _ head: UnsafeMutableRawPointer) {
        let payload = table.payload(number)
        let (next, previous) = (
            payload.load(fromByteOffset: 8, as: Int32.self), payload.load(fromByteOffset: 12, as: Int32.self)
        )
        if previous == GroupKeyCounts.removed { return }
        for index in 0..<countsPerKey
        where payload.load(fromByteOffset: GroupKeyCounts.offset(index), as: Int64.self) != 0 { return }
        if next != 0 { table.payload(next &- 1).storeBytes(of: previous, toByteOffset: 12, as: Int32.self) }
        if previous != 0 {
            table.payload(previous &- 1).storeBytes(of: next, toByteOffset: 8, as: Int32.self)
        } else {
            head.storeBytes(of: next, as: Int32.self)
        }
        table.remove(number)
        payload.storeBytes(of: GroupKeyCounts.removed, toByteOffset: 12, as: Int32.self)
    }

    /// Forgets the keys of a group.
    func removeAll(_ head: UnsafeMutableRawPointer) {
        var number = head.load(as: Int32.self)
        while number != 0 {
            let next = table.payload(number &- 1).load(fromByteOffset: 8, as: Int32.self)
            table.remove(number &- 1)
            number = next
        }
        head.storeBytes(of: 0, as: UInt64.self)
    }
}

extension GroupKeyCounts {
    func code(_ coder: StateCoder) throws(StateDamage) { try table.code(coder) }
}
