/// The bits that come next, the first one lowest, and the place of the bytes after them.
///
/// Bits from `count` on may be set: they are those of the bytes at `next`, so that loading them again changes nothing.
struct BitReader {
    /// What ``load(_:)`` leaves at least.
    static let loadedBits = 56
    /// What ``load(_:)`` may read past `next`.
    static let loadedBytes = 8

    var bits: UInt64 = 0
    /// Below 0: more bits were used than there are, and read as 0.
    var count = 0
    /// Offset in the input.
    var next = 0

    /// Fills up with whole bytes of `input`, eight of which can be read at `next`.
    @inline(__always)
    mutating func load(_ input: UnsafeRawPointer) {
        let word = UInt64(littleEndian: input.loadUnaligned(fromByteOffset: next, as: UInt64.self))
        bits |= word &<< UInt64(truncatingIfNeeded: count)
        next &+= (63 &- count) &>> 3
        count |= BitReader.loadedBits
    }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        bits |= UInt64(byte) << UInt64(truncatingIfNeeded: count)
        next &+= 1
        count &+= 8
    }

    @inline(__always)
    mutating func consume(_ used: Int) {
        bits >>= UInt64(truncatingIfNeeded: used)
        count &-= used
    }

    /// Uses up the code of a table entry.
    @inline(__always)
    mutating func consumeCode(_ entry: UInt32) {
        bits &>>= UInt64(entry & 63)
        count &-= Int(entry & 63)
    }

    /// The base of a length or distance and its extra bits, which are used up.
    @inline(__always)
    mutating func takeBase(_ entry: UInt32) -> Int {
        let extraBits = UInt64(entry >> 8 & 15)
        let value = Int(entry >> 16) &+ Int(truncatingIfNeeded: bits & ((1 &<< extraBits) &- 1))
        bits &>>= extraBits
        count &-= Int(truncatingIfNeeded: extraBits)
        return value
    }

    /// The entry of the next code, whose first bits were used up if it goes on in a second table.
    @inline(__always)
    mutating func entry(_ entries: UnsafePointer<UInt32>, primaryBits: Int) -> UInt32 {
        let entry = entries[Int(truncatingIfNeeded: bits & ((1 &<< UInt64(truncatingIfNeeded: primaryBits)) &- 1))]
        if entry & (HuffmanTable.exception | HuffmanTable.second) != HuffmanTable.exception | HuffmanTable.second {
            return entry
        }
        return secondEntry(entries, entry)
    }

    /// The entry of a code whose first bits have `entry`.
    @inline(__always)
    mutating func secondEntry(_ entries: UnsafePointer<UInt32>, _ entry: UInt32) -> UInt32 {
        consumeCode(entry)
        let mask = (1 as UInt64) &<< UInt64(entry >> 8 & 15) &- 1
        return entries[Int(entry >> 16) &+ Int(truncatingIfNeeded: bits & mask)]
    }
}
