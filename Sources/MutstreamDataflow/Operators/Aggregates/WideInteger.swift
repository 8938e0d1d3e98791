/// A number `±magnitude * 2^(64 * exponent)` of any length: what exact sums are combined in.
///
/// For results only, one a changed group: it allocates. Schoolbook arithmetic; numbers here have at most some 150 words.
struct WideInteger {
    private(set) var isNegative = false
    /// The lowest word first, the highest is not 0; empty: zero.
    private(set) var magnitude: [UInt64] = []
    private(set) var exponent = 0

    init() {}

    init(_ value: Int64) {
        isNegative = value < 0
        magnitude = value == 0 ? [] : [value.magnitude]
    }

    private init(_ magnitude: [UInt64], isNegative: Bool, exponent: Int) {
        self.magnitude = magnitude
        self.isNegative = isNegative
        self.exponent = exponent
        trim()
    }

    init(twosComplement words: [UInt64], exponent: Int) {
        magnitude = words
        self.exponent = exponent
        isNegative = (words.last ?? 0) >> 63 != 0
        if isNegative {
            var carry = true
            for index in magnitude.indices {
                let (word, overflow) = (~magnitude[index]).addingReportingOverflow(carry ? 1 : 0)
                magnitude[index] = word
                carry = overflow
            }
        }
        trim()
    }

    private mutating func trim() {
        while magnitude.last == 0 { magnitude.removeLast() }
        if magnitude.isEmpty { (isNegative, exponent) = (false, 0) }
    }

    var isZero: Bool { magnitude.isEmpty }

    static func * (lhs: WideInteger, rhs: WideInteger) -> WideInteger {
        if lhs.isZero || rhs.isZero { return WideInteger() }
        var words = [UInt64](repeating: 0, count: lhs.magnitude.count + rhs.magnitude.count)
        for (i, a) in lhs.magnitude.enumerated() {
            var carry: UInt64 = 0
            for (j, b) in rhs.magnitude.enumerated() {
                let product = a.multipliedFullWidth(by: b)
                let (low, first) = product.low.addingReportingOverflow(words[i + j])
                let (sum, second) = low.addingReportingOverflow(carry)
                words[i + j] = sum
                carry = product.high &+ (first ? 1 : 0) &+ (second ? 1 : 0)
            }
            words[i + rhs.magnitude.count] = carry
        }
        return WideInteger(words, isNegative: lhs.isNegative != rhs.isNegative, exponent: lhs.exponent + rhs.exponent)
    }

    static func - (lhs: WideInteger, rhs: WideInteger) -> WideInteger {
        if rhs.isZero { return lhs }
        if lhs.isZero { return WideInteger(rhs.magnitude, isNegative: !rhs.isNegative, exponent: rhs.exponent) }
        let exponent = min(lhs.exponent, rhs.exponent)
        let (a, b) = (lhs.words(from: exponent), rhs.words(from: exponent))
        if lhs.isNegative != rhs.isNegative {
            return WideInteger(add(a, b), isNegative: lhs.isNegative, exponent: exponent)
        }
        if isLess(a, b) { return WideInteger(subtract(b, a), isNegative: !lhs.isNegative, exponent: exponent) }
        return WideInteger(subtract(a, b), isNegative: lhs.isNegative, exponent: exponent)
    }

    private func words(from exponent: Int) -> [UInt64] {
        [UInt64](repeating: 0, count: self.exponent - exponent) + magnitude
    }

    private static func add(_ lhs: [UInt64], _ rhs: [UInt64]) -> [UInt64] {
        var result: [UInt64] = []
        var carry: UInt64 = 0
        for index in 0..<max(lhs.count, rhs.count) {
            let (a, first) = (index < lhs.count ? lhs[index] : 0).addingReportingOverflow(
                index < rhs.count ? rhs[index] : 0)
            let (b, second) = a.addingReportingOverflow(carry)
            result.append(b)
            carry = (first ? 1 : 0) &+ (second ? 1 : 0)
        }
        return result + [carry]
    }

    /// `lhs - rhs`, which is not negative.
    private static func subtract(_ lhs: [UInt64], _ rhs: [UInt64]) -> [UInt64] {
        var result = lhs
        subtract(rhs, from: &result)
        return result
    }

    private static func subtract(_ rhs: [UInt64], from result: inout [UInt64]) {
        var borrow = false
        for index in result.indices {
            let (a, first) = result[index].subtractingReportingOverflow(index < rhs.count ? rhs[index] : 0)
            let (b, second) = a.subtractingReportingOverflow(borrow ? 1 : 0)
            result[index] = b
            borrow = first || second
        }
    }

    private static func isLess(_ lhs: [UInt64], _ rhs: [UInt64]) -> Bool {
        var index = max(lhs.count, rhs.count)
        while index > 0 {
            index -= 1
            let (a, b) = (index < lhs.count ? lhs[index] : 0, index < rhs.count ? rhs[index] : 0)
            if a != b { return a < b }
        }
        return false
    }

    /// The magnitude times 10^power, which may be negative, divided by all divisors and cut to a whole number.
    /// For numbers without an exponent.
    func scaled(power: Int, dividedBy divisors: [UInt64]) -> WideInteger {
        var words = words(from: min(exponent, 0))
        var power = power
        while power > 0 {
            let digits = min(power, 19)
            WideInteger.multiply(&words, by: WideInteger.power(digits))
            power -= digits
        }
        while power < 0 {
            let digits = min(-power, 19)
            WideInteger.divide(&words, by: WideInteger.power(digits))
            power += digits
        }
        for divisor in divisors { WideInteger.divide(&words, by: divisor) }
        return WideInteger(words, isNegative: false, exponent: 0)
    }

    static func power(_ exponent: Int) -> UInt64 { (0..<exponent).reduce(1) { product, _ in product &* 10 } }

    private static func multiply(_ words: inout [UInt64], by factor: UInt64) {
        var carry: UInt64 = 0
        for index in words.indices {
            let product = words[index].multipliedFullWidth(by: factor)
            let (low, overflow) = product.low.addingReportingOverflow(carry)
            words[index] = low
            carry = product.high &+ (overflow ? 1 : 0)
        }
        words.append(carry)
    }

    private static func divide(_ words: inout [UInt64], by divisor: UInt64) {
        var rest: UInt64 = 0
        for index in words.indices.reversed() {
            let (quotient, remainder) = divisor.dividingFullWidth((rest, words[index]))
            words[index] = quotient
            rest = remainder
        }
    }

    /// The magnitude of a whole number if it has at most 127 bits.
    var small: Int128? {
        guard exponent == 0, magnitude.count <= 2 else { return isZero ? 0 : nil }
        let low = UInt128(magnitude.first ?? 0)
        let high = UInt128(magnitude.count > 1 ? magnitude[1] : 0)
        return Int128(exactly: high << 64 | low)
    }

    /// The whole square root of a whole number's magnitude. One bit after the other, the highest first.
    var squareRoot: WideInteger {
        if isZero { return self }
        let bits = magnitude.count * 64 - (magnitude.last ?? 0).leadingZeroBitCount
        var rest = magnitude
        var root = [UInt64](repeating: 0, count: magnitude.count)
        var bit = (bits - 1) / 2 * 2
        // root holds the found bits as they stand in the sum that is subtracted.
        while bit >= 0 {
            let mask: UInt64 = 1 << UInt64(bit % 64)
            root[bit / 64] |= mask
            let fits = !WideInteger.isLess(rest, root)
            if fits { WideInteger.subtract(root, from: &rest) }
            root[bit / 64] &= ~mask
            WideInteger.halve(&root)
            if fits { root[bit / 64] |= mask }
            bit -= 2
        }
        return WideInteger(root, isNegative: false, exponent: 0)
    }

    private static func halve(_ words: inout [UInt64]) {
        var above: UInt64 = 0
        for index in words.indices.reversed() {
            let word = words[index]
            words[index] = word >> 1 | above
            above = word << 63
        }
    }

    /// The number rounded to the nearest of 53 bits, halves to even.
    var scaled: ScaledDouble {
        guard let top = magnitude.last else { return ScaledDouble(0, 0) }
        let zeros = UInt64(top.leadingZeroBitCount)
        let count = magnitude.count
        var head = top << zeros
        var rest = false
        if count > 1 {
            if zeros > 0 { head |= magnitude[count - 2] >> (64 - zeros) }
            rest = magnitude[count - 2] << zeros != 0 || magnitude[..<(count - 2)].contains { $0 != 0 }
        }
        // The lowest of 64 bits stands for all that is cut: the conversion then rounds as if it saw them.
        if rest { head |= 1 }
        return ScaledDouble(
            isNegative ? -Double(head) : Double(head), (exponent + count - 1) * 64 - Int(zeros))
    }
}

/// A double `significand * 2^exponent` whose exponent cannot leave its range, for the steps of a calculation.
struct ScaledDouble {
    private(set) var significand: Double
    private(set) var exponent: Int

    init(_ significand: Double, _ exponent: Int = 0) {
        if significand == 0 || !significand.isFinite {
            (self.significand, self.exponent) = (significand, 0)
        } else {
            let own = Int(significand.exponent)
            self.significand = significand / Double(sign: .plus, exponent: own, significand: 1)
            self.exponent = exponent + own
        }
    }

    static func * (lhs: ScaledDouble, rhs: ScaledDouble) -> ScaledDouble {
        ScaledDouble(lhs.significand * rhs.significand, lhs.exponent + rhs.exponent)
    }

    static func / (lhs: ScaledDouble, rhs: ScaledDouble) -> ScaledDouble {
        ScaledDouble(lhs.significand / rhs.significand, lhs.exponent - rhs.exponent)
    }

    var squareRoot: ScaledDouble {
        let odd = exponent & 1
        return ScaledDouble((odd == 0 ? significand : significand * 2).squareRoot(), (exponent - odd) / 2)
    }

    /// The nearest double; infinite where there is none.
    var value: Double {
        // Two steps, so that the exponent of each is one that a double has.
        let half = max(min(exponent / 2, 1100), -1100)
        let rest = max(min(exponent - half, 1100), -1100)
        return ScaledDouble.scale(ScaledDouble.scale(significand, half), rest)
    }

    private static func scale(_ value: Double, _ exponent: Int) -> Double {
        if exponent > 1000 { return value * 0x1p1000 * Double(sign: .plus, exponent: exponent - 1000, significand: 1) }
        if exponent < -1000 { return value * 0x1p-1000 * Double(sign: .plus, exponent: exponent + 1000, significand: 1) }
        return value * Double(sign: .plus, exponent: exponent, significand: 1)
    }
}
