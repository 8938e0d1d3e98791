/// One bit a row, 64 rows a word; bits past `count` are 0.
package struct Bitmap: Sendable, Hashable {
    @usableFromInline package var words: [UInt64]
    package let count: Int

    package init(count: Int, repeating bit: Bool) {
        self.count = count
        words = [UInt64](repeating: bit ? ~0 : 0, count: (count + 63) / 64)
        trim()
    }

    /// Takes over words as they are; bits past `count` are cleared.
    package init(words: [UInt64], count: Int) {
        precondition(words.count == (count + 63) / 64, "one word for each 64 rows")
        self.words = words
        self.count = count
        trim()
    }

    private mutating func trim() {
        if count % 64 != 0 { words[words.count - 1] &= (1 << UInt64(count % 64)) - 1 }
    }

    @inlinable
    package subscript(row: Int) -> Bool {
        @inline(__always) get { words[row >> 6] >> UInt64(row & 63) & 1 != 0 }
        @inline(__always) set {
            let mask: UInt64 = 1 << UInt64(row & 63)
            if newValue { words[row >> 6] |= mask } else { words[row >> 6] &= ~mask }
        }
    }

    /// Takes over the bits of another bitmap from a place on.
    package mutating func overwrite(from start: Int, with other: Bitmap) {
        precondition(start >= 0 && start + other.count <= count, "a part of the bitmap")
        let shift = UInt64(start & 63)
        var row = 0
        while row < other.count {
            let length = min(64, other.count - row)
            let kept: UInt64 = length == 64 ? 0 : ~0 << UInt64(length)
            let word = other.words[row >> 6]
            let target = (start + row) >> 6
            // Bits shifted out at the top go into the next word.
            words[target] = words[target] & ~(~kept << shift) | word << shift
            if shift > 0, Int(shift) + length > 64 {
                words[target + 1] = words[target + 1] & ~(~kept >> (64 - shift)) | word >> (64 - shift)
            }
            row += 64
        }
    }

    /// Number of 1 bits.
    package var ones: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }
    package var isAllOnes: Bool { ones == count }

    /// Both hold. The counts agree.
    package func and(_ other: Bitmap) -> Bitmap {
        precondition(count == other.count, "one bit a row in both")
        var result = self
        for word in 0..<words.count { result.words[word] &= other.words[word] }
        return result
    }

    /// Both hold, where nil stands for all ones.
    package static func and(_ lhs: Bitmap?, _ rhs: Bitmap?) -> Bitmap? {
        guard let lhs else { return rhs }
        guard let rhs else { return lhs }
        return lhs.and(rhs)
    }
}
