/// A decoding table of one canonical Huffman code (RFC 1951, section 3.2.2): the next bits of the input are its index.
///
/// Codes longer than `primaryBits` go on in a second table, whose place the entry of their first bits tells.
/// ```
/// literal    | 1 | 0…0 | byte: 8               | 0…0                     | bits used: 8 |
/// length     | 0 | base: 15                    | 0 000 | extra bits: 4   | bits used: 8 |   (distances likewise)
/// exception  | 0 | start of the second table   | 1 | second table, end of block: 1 + 1 | 0 | bits: 4 | bits used: 8 |
/// ```
/// An exception that is neither a second table nor the end of a block is a code that no symbol has.
final class HuffmanTable {
    static let literal: UInt32 = 1 << 31
    static let exception: UInt32 = 1 << 15
    static let second: UInt32 = 1 << 14
    static let endOfBlock: UInt32 = 1 << 13
    static let codeBitsMax = 15

    /// More than any code that is not oversubscribed fills.
    private static let capacity = 8_192

    let primaryBits: Int
    let entries: UnsafeMutablePointer<UInt32>

    init(primaryBits: Int) {
        self.primaryBits = primaryBits
        entries = .allocate(capacity: HuffmanTable.capacity)
        entries.initialize(repeating: HuffmanTable.exception, count: HuffmanTable.capacity)
    }

    deinit { entries.deallocate() }

    /// Builds the table of the code with these code lengths, 0 for a symbol without a code.
    ///
    /// - Parameter meanings: what an entry says of its symbol, the bits used aside.
    /// - Returns: false if no such code exists: more codes than bits allow, or fewer, unless at most one bit is used.
    func build(lengths: [UInt8], meanings: [UInt32]) -> Bool {
        var counts = [Int](repeating: 0, count: HuffmanTable.codeBitsMax + 1)
        for length in lengths { counts[Int(length)] += 1 }
        counts[0] = 0
        var free = 1
        for length in 1...HuffmanTable.codeBitsMax {
            free = free * 2 - counts[length]
            if free < 0 { return false }
        }
        let longest = counts.lastIndex { $0 > 0 } ?? 0
        if free > 0, longest > 1 { return false }

        (entries).update(repeating: HuffmanTable.exception, count: 1 << primaryBits)
        var starts = [Int](repeating: 0, count: HuffmanTable.codeBitsMax + 2)
        for length in 1...HuffmanTable.codeBitsMax { starts[length + 1] = starts[length] + counts[length] }
        var sorted = [Int](repeating: 0, count: starts[HuffmanTable.codeBitsMax + 1])
        for (symbol, length) in lengths.enumerated() where length > 0 {
            sorted[starts[Int(length)]] = symbol
            starts[Int(length)] += 1
        }
        return fill(sorted, lengths: lengths, meanings: meanings, counts: counts, longest: longest)
    }

    /// Enters the symbols in the order of their codes.
    private func fill(_ sorted: [Int], lengths: [UInt8], meanings: [UInt32], counts: [Int], longest: Int) -> Bool {
        var remaining = counts
        var code = 0
        var codeLength = 0
        var tableEnd = 1 << primaryBits
        var prefix = -1
        var secondStart = 0
        var secondBits = 0
        for symbol in sorted {
            let length = Int(lengths[symbol])
            code <<= length - codeLength
            codeLength = length
            let reversed = HuffmanTable.reverse(code, length)
            code += 1
            if length <= primaryBits {
                let entry = meanings[symbol] | UInt32(length)
                var index = reversed
                while index < 1 << primaryBits {
                    entries[index] = entry
                    index += 1 << length
                }
            } else {
                if reversed & (1 << primaryBits - 1) != prefix {
                    prefix = reversed & (1 << primaryBits - 1)
                    secondBits = length - primaryBits
                    var room = 1 << secondBits
                    while secondBits + primaryBits < longest {
                        room -= remaining[secondBits + primaryBits]
                        if room <= 0 { break }
                        secondBits += 1
                        room <<= 1
                    }
                    secondStart = tableEnd
                    tableEnd += 1 << secondBits
                    if tableEnd > HuffmanTable.capacity { return false }
                    (entries + secondStart).update(repeating: HuffmanTable.exception, count: 1 << secondBits)
                    entries[prefix] =
                        UInt32(secondStart) << 16 | HuffmanTable.exception | HuffmanTable.second
                        | UInt32(secondBits) << 8 | UInt32(primaryBits)
                }
                let entry = meanings[symbol] | UInt32(length - primaryBits)
                var index = reversed >> primaryBits
                while index < 1 << secondBits {
                    entries[secondStart + index] = entry
                    index += 1 << (length - primaryBits)
                }
            }
            remaining[length] -= 1
        }
        return true
    }

    /// Codes are sent with their first bit first, all else with its lowest bit first.
    private static func reverse(_ code: Int, _ length: Int) -> Int {
        Int(UInt16(truncatingIfNeeded: code).bitReversed >> UInt16(16 - length))
    }
}

extension UInt16 {
    fileprivate var bitReversed: UInt16 {
        var value = self
        value = (value & 0x5555) << 1 | value >> 1 & 0x5555
        value = (value & 0x3333) << 2 | value >> 2 & 0x3333
        value = (value & 0x0F0F) << 4 | value >> 4 & 0x0F0F
        return value.byteSwapped
    }
}

/// The symbols of DEFLATE as table entries (RFC 1951, section 3.2.5).
enum DeflateSymbols {
    /// 256 bytes, the end of a block, 29 lengths; the two symbols that must not occur are codes that no symbol has.
    static let literalsAndLengths: [UInt32] = {
        var meanings = (0..<256).map { HuffmanTable.literal | UInt32($0) << 16 }
        meanings.append(HuffmanTable.exception | HuffmanTable.endOfBlock)
        var base: UInt32 = 3
        for symbol in 0..<28 {
            let extra: UInt32 = symbol < 8 ? 0 : UInt32(symbol / 4 - 1)
            meanings.append(base << 16 | extra << 8)
            base += 1 << extra
        }
        meanings.append(258 << 16)
        return meanings + [HuffmanTable.exception, HuffmanTable.exception]
    }()

    static let distances: [UInt32] = {
        var meanings: [UInt32] = []
        var base: UInt32 = 1
        for symbol in 0..<30 {
            let extra: UInt32 = symbol < 4 ? 0 : UInt32(symbol / 2 - 1)
            meanings.append(base << 16 | extra << 8)
            base += 1 << extra
        }
        return meanings + [HuffmanTable.exception, HuffmanTable.exception]
    }()

    /// The symbols of the code that code lengths are sent in: the number itself in the place of a base.
    static let codeLengths: [UInt32] = (0..<19).map { UInt32($0) << 16 }
    /// The order in which the lengths of that code are sent.
    static let codeLengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
    /// The lengths of the fixed code of literals and lengths (RFC 1951, section 3.2.6).
    static let fixedLengths: [UInt8] =
        [UInt8](repeating: 8, count: 144) + [UInt8](repeating: 9, count: 112)
        + [UInt8](repeating: 7, count: 24) + [UInt8](repeating: 8, count: 8)
}
