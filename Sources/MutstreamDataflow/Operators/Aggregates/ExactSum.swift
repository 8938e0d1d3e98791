import MutstreamColumnar

/// A sum that never rounds: a whole number of 2^(64 * first), as long as its values need.
///
/// ```
/// | reference: 4 | limbs: 2 | first: 2 |        eight zero bytes: the empty sum
///       |
///       v
///   limb 0 | limb 1 | … | sign             64 bits each, two's complement, in a ``ByteHeap``
/// ```
///
/// Taking a value out leaves exactly what would be there without it, so a sum depends on nothing but the multiset of its
/// values (a superaccumulator after Kulisch, with only the limbs that are used). The highest limb lies above each value
/// ever added, so 2^63 additions cannot overflow it. Products of two DOUBLE need at most 71 limbs.
struct ExactSum {
    private(set) var reference: UInt32 = 0
    private(set) var limbs: UInt16 = 0
    private(set) var first: Int16 = 0

    static let size = 8

    /// One number to be added: `±magnitude * 2^position`, the magnitude in up to five words, the lowest first.
    struct Term {
        typealias Words = (UInt64, UInt64, UInt64, UInt64, UInt64)

        var words: Words
        var position: Int
        var isNegative: Bool

        /// `lhs * rhs * weight`, where each factor is a magnitude.
        @inline(__always)
        init(_ lhs: UInt128, _ rhs: UInt128, times weight: UInt64, position: Int, isNegative: Bool) {
            let product = lhs.multipliedFullWidth(by: rhs)
            var words: Words = (
                UInt64(truncatingIfNeeded: product.low), UInt64(truncatingIfNeeded: product.low >> 64),
                UInt64(truncatingIfNeeded: product.high), UInt64(truncatingIfNeeded: product.high >> 64), 0
            )
            if weight != 1 {
                var carry: UInt64 = 0
                words.0 = Term.multiply(words.0, weight, &carry)
                words.1 = Term.multiply(words.1, weight, &carry)
                words.2 = Term.multiply(words.2, weight, &carry)
                words.3 = Term.multiply(words.3, weight, &carry)
                words.4 = carry
            }
            self.words = words
            self.position = position
            self.isNegative = isNegative
        }

        @inline(__always)
        private static func multiply(_ word: UInt64, _ factor: UInt64, _ carry: inout UInt64) -> UInt64 {
            let product = word.multipliedFullWidth(by: factor)
            let (low, overflow) = product.low.addingReportingOverflow(carry)
            carry = product.high &+ (overflow ? 1 : 0)
            return low
        }

        @inline(__always)
        var count: Int {
            words.4 != 0 ? 5 : words.3 != 0 ? 4 : words.2 != 0 ? 3 : words.1 != 0 ? 2 : words.0 != 0 ? 1 : 0
        }
    }

    /// The finite value as `±significand * 2^exponent` with an odd significand; 0 has significand 0.
    @inline(__always)
    static func parts(_ value: Double) -> (significand: UInt64, exponent: Int, isNegative: Bool) {
        let bits = value.bitPattern
        let raw = Int(bits >> 52 & 0x7FF)
        var significand = bits & 0xF_FFFF_FFFF_FFFF
        if raw != 0 { significand |= 1 << 52 }
        if significand == 0 { return (0, 0, false) }
        let zeros = significand.trailingZeroBitCount
        return (significand >> UInt64(zeros), max(raw, 1) &- 1075 &+ zeros, bits >> 63 != 0)
    }

    mutating func add(_ value: Double, times weight: Int64, _ heap: ByteHeap) {
        let (significand, exponent, isNegative) = ExactSum.parts(value)
        add(
            Term(
                UInt128(significand), 1, times: weight.magnitude, position: exponent, isNegative: isNegative != (weight < 0)),
            heap)
    }

    mutating func add(_ term: Term, _ heap: ByteHeap) {
        let count = term.count
        if count == 0 { return }
        let low = term.position >> 6
        let shift = UInt64(term.position & 63)
        // One limb for what the shift moves up, one for the sign.
        reserve(low, low &+ count &+ 2, heap)
        let base = heap.writable(reference).assumingMemoryBound(to: UInt64.self)
        let end = Int(limbs)
        var at = low &- Int(first)
        var carry = false
        var below: UInt64 = 0
        withUnsafeBytes(of: term.words) { words in
            for index in 0...count {
                let word = index < count ? words.load(fromByteOffset: index &* 8, as: UInt64.self) : 0
                let limb = shift == 0 ? word : word << shift | below >> (64 &- shift)
                below = word
                if term.isNegative {
                    let (first, borrow) = base[at].subtractingReportingOverflow(limb)
                    let (second, more) = first.subtractingReportingOverflow(carry ? 1 : 0)
                    base[at] = second
                    carry = borrow || more
                } else {
                    let (first, over) = base[at].addingReportingOverflow(limb)
                    let (second, more) = first.addingReportingOverflow(carry ? 1 : 0)
                    base[at] = second
                    carry = over || more
                }
                at &+= 1
            }
        }
        while carry, at < end {
            let old = base[at]
            base[at] = term.isNegative ? old &- 1 : old &+ 1
            carry = term.isNegative ? old == 0 : old == .max
            at &+= 1
        }
    }

    @inline(__always)
    private mutating func reserve(_ low: Int, _ end: Int, _ heap: ByteHeap) {
        if limbs != 0, low >= Int(first), end <= Int(first) &+ Int(limbs) { return }
        grow(low, end, heap)
    }

    @inline(never)
    private mutating func grow(_ low: Int, _ end: Int, _ heap: ByteHeap) {
        let (oldFirst, oldCount) = (Int(first), Int(limbs))
        let newFirst = oldCount == 0 ? low : min(low, oldFirst)
        let newEnd = oldCount == 0 ? end : max(end, oldFirst + oldCount)
        var words = [UInt64](repeating: 0, count: newEnd - newFirst)
        if oldCount > 0 {
            let base = heap.address(reference).assumingMemoryBound(to: UInt64.self)
            for index in 0..<oldCount { words[oldFirst - newFirst + index] = base[index] }
            if base[oldCount - 1] >> 63 != 0 {
                for index in (oldFirst - newFirst + oldCount)..<words.count { words[index] = .max }
            }
            heap.free(reference, oldCount * 8)
        }
        reference = words.withUnsafeBytes { heap.insert($0.baseAddress.unsafelyUnwrapped, $0.count) }
        limbs = UInt16(truncatingIfNeeded: words.count)
        first = Int16(truncatingIfNeeded: newFirst)
    }

    /// Gives up the limbs; the sum is empty.
    mutating func clear(_ heap: ByteHeap) {
        if limbs != 0 { heap.free(reference, Int(limbs) * 8) }
        self = ExactSum()
    }

    func value(_ heap: ByteHeap) -> WideInteger {
        if limbs == 0 { return WideInteger() }
        let base = heap.address(reference).assumingMemoryBound(to: UInt64.self)
        return WideInteger(
            twosComplement: Array(UnsafeBufferPointer(start: base, count: Int(limbs))), exponent: Int(first))
    }
}
