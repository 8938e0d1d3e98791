/// Digits, eight at a time (SIMD within a register).
extension JSONScanner {
    /// A word whose digits are 0…9, in the order of memory, and how many of its eight bytes are digits from the first on.
    @inline(__always)
    private static func digitWord(_ at: UnsafeRawPointer) -> (word: UInt64, count: Int) {
        let word = UInt64(littleEndian: at.loadUnaligned(as: UInt64.self)) ^ 0x3030_3030_3030_3030
        // A carry out of a byte only reaches bytes after the first that is no digit.
        let others = ((word &+ 0x7676_7676_7676_7676) | word) & 0x8080_8080_8080_8080
        return (word, others.trailingZeroBitCount >> 3)
    }

    /// The first byte from `start` that is no digit.
    @inline(__always)
    static func digitsEnd(_ start: UnsafeRawPointer) -> UnsafeRawPointer {
        var at = start
        while true {
            let count = digitWord(at).count
            at += count
            if count < 8 { return at }
        }
    }

    /// Reads up to eight digits, adds them to `magnitude` (wrapping) and says how many.
    @inline(__always)
    static func digits(_ at: UnsafeRawPointer, _ magnitude: inout UInt64) -> Int {
        let (word, count) = digitWord(at)
        if count == 0 { return 0 }
        let value = TextCodec.eightDigits(word &<< UInt64(truncatingIfNeeded: 64 &- count &* 8))
        magnitude = magnitude &* TextCodec.powerOfTen(count) &+ value
        return count
    }
}
