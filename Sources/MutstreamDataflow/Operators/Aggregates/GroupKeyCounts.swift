import MutstreamColumnar

/// How often each key came, for each group: what DISTINCT and sketches count by.
///
/// ```
/// key (which holds the group's number) -> | count: 8 | next: 4 | previous: 4 |     of its group's keys, number + 1
/// ```
///
/// The group's record holds the first of its keys, so that a group can be forgotten in one go.
final class GroupKeyCounts {
    /// Bytes of a group's record: the first key + 1 and 4 unused. Zero: none.
    static let headBytes = 8

    private let table = KeyTable(payloadBytes: 16)

    var bytes: Int { table.bytes }
    var count: Int { table.count }

    /// Adds to the count of a key; 0 takes it out. Gives the count before and after.
    @inline(__always)
    func add(_ key: KeyView, _ weight: Int64, _ head: UnsafeMutableRawPointer) -> (old: Int64, new: Int64) {
        let (number, isNew) = table.findOrInsert(key)
        let payload = table.payload(number)
        if isNew {
            let next = head.load(as: Int32.self)
            payload.storeBytes(of: weight, as: Int64.self)
            payload.storeBytes(of: next, toByteOffset: 8, as: Int32.self)
            payload.storeBytes(of: 0, toByteOffset: 12, as: Int32.self)
            if next != 0 { table.payload(next &- 1).storeBytes(of: number &+ 1, toByteOffset: 12, as: Int32.self) }
            head.storeBytes(of: number &+ 1, as: Int32.self)
            return (0, weight)
        }
        let old = payload.load(as: Int64.self)
        let new = old &+ weight
        payload.storeBytes(of: new, as: Int64.self)
        if new == 0 { remove(number, payload, head) }
        return (old, new)
    }

    private func remove(_ number: Int32, _ payload: UnsafeRawPointer, _ head: UnsafeMutableRawPointer) {
        let (next, previous) = (
            payload.load(fromByteOffset: 8, as: Int32.self), payload.load(fromByteOffset: 12, as: Int32.self)
        )
        if next != 0 { table.payload(next &- 1).storeBytes(of: previous, toByteOffset: 12, as: Int32.self) }
        if previous != 0 {
            table.payload(previous &- 1).storeBytes(of: next, toByteOffset: 8, as: Int32.self)
        } else {
            head.storeBytes(of: next, as: Int32.self)
        }
        table.remove(number)
    }

    /// The count of a key, 0 if it is not there.
    func count(_ key: KeyView) -> Int64 {
        let number = table.find(key)
        return number < 0 ? 0 : UnsafeRawPointer(table.payload(number)).load(as: Int64.self)
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
