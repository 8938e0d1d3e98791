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
