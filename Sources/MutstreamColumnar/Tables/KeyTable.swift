#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Encoded keys, each with a small dense number (its *group*) and a few bytes of the owner's.
///
/// ```
/// hash: | part: 6 | …          | tag: 32 |
///
/// part:  [ tag: 4 | group: 4 ] …          open addressing, linear probing, slot = tag & mask, at most half full;
///                                         each part grows on its own
/// entry: | length: 4 | bytes: 12 or 28            | payload |        by group, in pages that never move
///        | length: 4 | first 4 | heap ref: 4 | 0  | payload |        longer keys
/// ```
///
/// Groups are given out from 0 upwards; those of removed keys are reused. The same calls give the same numbers.
package final class KeyTable {
    @usableFromInline static let partCount = 64
    /// Keys of at most so many bytes have the simplest comparison.
    @usableFromInline static let shortBytesMax = 12
    /// Room for keys of several columns within their entries.
    package static let wideInlineBytes = 28

    @frozen @usableFromInline
    struct Slot: BitwiseCopyable {
        @usableFromInline var tag: UInt32
        /// -1: empty.
        @usableFromInline var group: Int32

        @inlinable
        init(tag: UInt32, group: Int32) {
            self.tag = tag
            self.group = group
        }
    }

    @frozen @usableFromInline
    struct Part: BitwiseCopyable {
        @usableFromInline var slots: UnsafeMutablePointer<Slot>?
        /// Slots less one; 0 where there are none.
        @usableFromInline var mask: Int32
        @usableFromInline var count: Int32
    }

    @usableFromInline let parts: UnsafeMutablePointer<Part>
    @usableFromInline let entries: PagedSlots
    /// Longer keys are in the heap.
    @usableFromInline let inlineBytesMax: Int
    @usableFromInline let heap = ByteHeap()
    private var slotBytes = 0

    /// - Parameters:
    ///   - payloadBytes: bytes of the owner's beside each key, a multiple of 8.
    ///   - inlineBytes: how long a key may be that lies in its entry, 12 or ``wideInlineBytes``.
    package init(payloadBytes: Int = 0, inlineBytes: Int = 12) {
        precondition(payloadBytes % 8 == 0, "the payload is a multiple of 8 bytes")
        precondition(inlineBytes == KeyTable.shortBytesMax || inlineBytes == KeyTable.wideInlineBytes)
        inlineBytesMax = inlineBytes
        entries = PagedSlots(stride: 4 + inlineBytes + payloadBytes)
        parts = .allocate(capacity: KeyTable.partCount)
        parts.initialize(repeating: Part(slots: nil, mask: 0, count: 0), count: KeyTable.partCount)
    }

    deinit {
        for part in 0..<KeyTable.partCount { parts[part].slots?.deallocate() }
        parts.deallocate()
    }

    /// Keys in the table.
    package var count: Int { entries.count }
    /// All groups are below this.
    @inlinable package var groupLimit: Int { entries.numberLimit }
    /// Bytes of memory held.
    package var bytes: Int { slotBytes + entries.bytes + heap.bytes + KeyTable.partCount * MemoryLayout<Part>.stride }

    /// The owner's bytes of a group, for writing. What a new group finds there is unspecified.
    @inlinable @inline(__always)
    package func payload(_ group: Int32) -> UnsafeMutableRawPointer {
        entries.writable(group) + (4 &+ inlineBytesMax)
    }

    /// The encoded key of a group, valid until it is removed.
    package func key(_ group: Int32) -> UnsafeRawBufferPointer {
        let entry = entries.address(group)
        let length = Int(entry.load(as: UInt32.self))
        if length <= inlineBytesMax { return UnsafeRawBufferPointer(start: entry + 4, count: length) }
        let reference = entry.load(fromByteOffset: 8, as: UInt32.self)
        return UnsafeRawBufferPointer(start: heap.address(reference), count: length)
    }

    // MARK: One key

    /// The group of a key, -1 if there is none.
    @inlinable @inline(__always)
    package func find(_ key: KeyView) -> Int32 {
        let part = parts[Int(key.hash &>> 58)]
        guard let slots = part.slots else { return -1 }
        let tag = UInt32(truncatingIfNeeded: key.hash)
        let head = KeyTable.head(key)
        var index = Int32(truncatingIfNeeded: tag) & part.mask
        while true {
            let slot = slots[Int(index)]
            if slot.group < 0 { return -1 }
            if slot.tag == tag, matches(slot.group, head, key) { return slot.group }
            index = (index &+ 1) & part.mask
        }
    }

    /// The group of a key, which is put into the table if it is not there.
    @inlinable
    package func findOrInsert(_ key: KeyView) -> (group: Int32, isNew: Bool) {
        let found = find(key)
        if found >= 0 { return (found, false) }
        return (insert(key), true)
    }

    /// The first 16 bytes of a short key's entry; of a longer one the first 8, then 0.
    @inlinable @inline(__always)
    static func head(_ key: KeyView) -> (UInt64, UInt64) {
        let length = UInt64(truncatingIfNeeded: key.length)
        var first = UInt64(key.base.loadUnaligned(as: UInt32.self))
        if key.length > shortBytesMax { return (length | first &<< 32, 0) }
        var rest = (key.base + 4).loadUnaligned(as: UInt64.self)
        if key.length < 4 { first &= (1 &<< (length &* 8)) &- 1 }
        rest = key.length <= 4 ? 0 : key.length == 12 ? rest : rest & ((1 &<< ((length &- 4) &* 8)) &- 1)
        return (length | first &<< 32, rest)
    }

    @inlinable @inline(__always)
    func matches(_ group: Int32, _ head: (UInt64, UInt64), _ key: KeyView) -> Bool {
        let entry = entries.address(group)
        guard entry.load(as: UInt64.self) == head.0 else { return false }
        if key.length <= KeyTable.shortBytesMax { return entry.load(fromByteOffset: 8, as: UInt64.self) == head.1 }
        if key.length <= inlineBytesMax { return KeyTable.matchesWide(entry, key) }
        return matchesInHeap(entry, key)
    }

    /// Compares what follows the first four bytes, eight at a time.
    @inlinable @inline(__always)
    static func matchesWide(_ entry: UnsafeRawPointer, _ key: KeyView) -> Bool {
        var offset = 4
        while offset &+ 8 <= key.length {
            let kept = entry.loadUnaligned(fromByteOffset: 4 &+ offset, as: UInt64.self)
            if kept != key.base.loadUnaligned(fromByteOffset: offset, as: UInt64.self) { return false }
            offset &+= 8
        }
        let mask: UInt64 = (1 &<< UInt64(truncatingIfNeeded: (key.length &- offset) &* 8)) &- 1
        let kept = entry.loadUnaligned(fromByteOffset: 4 &+ offset, as: UInt64.self)
        return (kept ^ key.base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) & mask == 0
    }

    @usableFromInline
    func matchesInHeap(_ entry: UnsafeRawPointer, _ key: KeyView) -> Bool {
        memcmp(heap.address(entry.load(fromByteOffset: 8, as: UInt32.self)), key.base, key.length) == 0
    }

    /// Puts in a key that is not in the table.
    @usableFromInline
    func insert(_ key: KeyView) -> Int32 {
        precondition(key.length < Int(UInt32.max), "a key is shorter than 4 GiB")
        let number = Int(key.hash >> 58)
        reserveSlot(number)
        let group = entries.allocate()
        let entry = entries.writable(group)
        var head = KeyTable.head(key)
        if key.length > inlineBytesMax { head.1 = UInt64(heap.insert(key.base, key.length)) }
        entry.storeBytes(of: head.0, as: UInt64.self)
        entry.storeBytes(of: head.1, toByteOffset: 8, as: UInt64.self)
        if key.length > KeyTable.shortBytesMax, key.length <= inlineBytesMax {
            (entry + 8).copyMemory(from: key.base + 4, byteCount: key.length - 4)
        }
        place(parts[number], Slot(tag: UInt32(truncatingIfNeeded: key.hash), group: group))
        parts[number].count &+= 1
        return group
    }

    /// Empty parts have no slots; others stay at most half full.
    @inline(__always)
    private func reserveSlot(_ number: Int) {
        if parts[number].slots == nil || (parts[number].count &+ 1) &* 2 > parts[number].mask &+ 1 {
            resize(number, parts[number].slots == nil ? 8 : (parts[number].mask &+ 1) &* 2)
        }
    }

    @inline(__always)
    private func place(_ part: Part, _ slot: Slot) {
        let slots = part.slots.unsafelyUnwrapped
        var index = Int32(truncatingIfNeeded: slot.tag) & part.mask
        while slots[Int(index)].group >= 0 { index = (index &+ 1) & part.mask }
        slots[Int(index)] = slot
    }

    private func resize(_ number: Int, _ capacity: Int32) {
        precondition(capacity > 0, "a part of a table holds at most 2^30 slots")
        let old = parts[number]
        let fresh = UnsafeMutablePointer<Slot>.allocate(capacity: Int(capacity))
        fresh.initialize(repeating: Slot(tag: 0, group: -1), count: Int(capacity))
        let part = Part(slots: fresh, mask: capacity - 1, count: old.count)
        slotBytes += Int(capacity) * MemoryLayout<Slot>.stride
        if let slots = old.slots {
            for index in 0...Int(old.mask) where slots[index].group >= 0 { place(part, slots[index]) }
            slots.deallocate()
            slotBytes -= (Int(old.mask) + 1) * MemoryLayout<Slot>.stride
        }
        parts[number] = part
    }

    /// Takes the key of a group out; the number is free for another key.
    package func remove(_ group: Int32) {
        let key = key(group)
        let hash = MixHash.hash(key.baseAddress.unsafelyUnwrapped, key.count)
        let number = Int(hash >> 58)
        let part = parts[number]
        let slots = part.slots.unsafelyUnwrapped
        var hole = Int32(truncatingIfNeeded: hash) & part.mask
        while slots[Int(hole)].group != group {
            precondition(slots[Int(hole)].group >= 0, "a removed group is in the table")
            hole = (hole &+ 1) & part.mask
        }
        // Slots behind the hole move into it where that does not put them before their home.
        var next = (hole &+ 1) & part.mask
        while slots[Int(next)].group >= 0 {
            let home = Int32(truncatingIfNeeded: slots[Int(next)].tag) & part.mask
            if (next &- home) & part.mask >= (next &- hole) & part.mask {
                slots[Int(hole)] = slots[Int(next)]
                hole = next
            }
            next = (next &+ 1) & part.mask
        }
        slots[Int(hole)].group = -1
        if key.count > inlineBytesMax {
            heap.free(entries.address(group).load(fromByteOffset: 8, as: UInt32.self), key.count)
        }
        entries.free(group)
        parts[number].count &-= 1
        if part.mask >= 63, parts[number].count &* 8 < part.mask { resize(number, (part.mask &+ 1) / 2) }
    }
}

// MARK: - State

extension KeyTable {
    /// The keys with their groups and payloads; where they are found is made anew.
    package func code(_ coder: StateCoder) throws(StateDamage) {
        try entries.code(coder)
        try heap.code(coder)
        if !coder.isWriting { relink() }
    }

    private func relink() {
        for group in entries.numbersInUse() {
            let key = key(group)
            let hash = MixHash.hash(key.baseAddress.unsafelyUnwrapped, key.count)
            reserveSlot(Int(hash >> 58))
            place(parts[Int(hash >> 58)], Slot(tag: UInt32(truncatingIfNeeded: hash), group: group))
            parts[Int(hash >> 58)].count &+= 1
        }
    }
}
