/// A class of characters by name, as `[:alpha:]`.
enum CharacterClass: UInt8, Sendable, CaseIterable {
    case alpha, digit, alnum, word, space, blank, upper, lower, punct, cntrl, graph, print, xdigit, ascii

    init?(_ name: some Sequence<UInt8>) {
        guard let found = CharacterClass.allCases.first(where: { "\($0)".utf8.elementsEqual(name) }) else { return nil }
        self = found
    }

    func contains(_ scalar: UInt32) -> Bool {
        if scalar < 0x80 { return containsASCII(UInt8(truncatingIfNeeded: scalar)) }
        guard let unicode = Unicode.Scalar(scalar) else { return false }
        switch self {
        case .digit, .xdigit, .ascii: return false
        case .alpha, .alnum, .word: return CharacterClass.isLetter(unicode)
        case .upper: return unicode.properties.isUppercase
        case .lower: return unicode.properties.isLowercase
        case .space, .blank: return CharacterClass.isSpace(scalar, blank: self == .blank)
        case .cntrl:
            return unicode.properties.generalCategory == .control || scalar == 0x2028 || scalar == 0x2029
        case .graph: return CharacterClass.isShown(unicode) && !CharacterClass.isSpace(scalar, blank: false)
        case .print: return CharacterClass.isShown(unicode)
        case .punct:
            return CharacterClass.isShown(unicode) && !CharacterClass.isSpace(scalar, blank: false)
                && !CharacterClass.isLetter(unicode)
        }
    }

    private func containsASCII(_ byte: UInt8) -> Bool {
        let isLower = byte >= 0x61 && byte <= 0x7a
        let isUpper = byte >= 0x41 && byte <= 0x5a
        let isDigit = byte >= 0x30 && byte <= 0x39
        let isGraph = byte > 0x20 && byte < 0x7f
        switch self {
        case .alpha: return isLower || isUpper
        case .digit: return isDigit
        case .alnum: return isLower || isUpper || isDigit
        case .word: return isLower || isUpper || isDigit || byte == 0x5f
        case .space: return byte == 0x20 || (byte >= 0x09 && byte <= 0x0d)
        case .blank: return byte == 0x20 || byte == 0x09
        case .upper: return isUpper
        case .lower: return isLower
        case .punct: return isGraph && !isLower && !isUpper && !isDigit
        case .cntrl: return byte < 0x20 || byte == 0x7f
        case .graph: return isGraph
        case .print: return isGraph || byte == 0x20
        case .xdigit: return isDigit || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x66)
        case .ascii: return true
        }
    }

    /// Letters and the digits of other scripts, which the C library counts among them.
    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || scalar.properties.generalCategory == .decimalNumber
    }

    /// White space that a line may be broken at.
    private static func isSpace(_ scalar: UInt32, blank: Bool) -> Bool {
        switch scalar {
        case 0x1680, 0x2000...0x2006, 0x2008...0x200a, 0x205f, 0x3000: true
        case 0x85, 0x2028, 0x2029: !blank && scalar != 0x85
        default: false
        }
    }

    private static func isShown(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .surrogate, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}

/// The characters that one place of a pattern matches.
struct CharacterSet: Sendable {
    /// Both ends belong to it.
    var ranges: [(low: UInt32, high: UInt32)] = []
    var classes: [(class: CharacterClass, isNegated: Bool)] = []
    var isNegated = false
    /// Never a newline, even if negated.
    var excludesNewline = false

    mutating func insert(_ scalar: UInt32) { ranges.append((scalar, scalar)) }

    /// Whether any of a character's cases is in it.
    func contains(_ scalar: UInt32, cases: (lower: UInt32, upper: UInt32)?) -> Bool {
        if excludesNewline, scalar == 0x0a { return false }
        var found = has(scalar)
        if !found, let cases { found = has(cases.lower) || has(cases.upper) }
        return found != isNegated
    }

    private func has(_ scalar: UInt32) -> Bool {
        for range in ranges where scalar >= range.low && scalar <= range.high { return true }
        for (named, isNegated) in classes where named.contains(scalar) != isNegated { return true }
        return false
    }

    /// The single lower and upper case of a character, itself where it has none.
    static func cases(_ scalar: UInt32) -> (lower: UInt32, upper: UInt32) {
        if scalar < 0x80 {
            let isUpper = scalar >= 0x41 && scalar <= 0x5a
            let isLower = scalar >= 0x61 && scalar <= 0x7a
            return (isUpper ? scalar + 0x20 : scalar, isLower ? scalar - 0x20 : scalar)
        }
        guard let unicode = Unicode.Scalar(scalar) else { return (scalar, scalar) }
        func single(_ text: String) -> UInt32 {
            let scalars = text.unicodeScalars
            return scalars.count == 1 ? scalars.first?.value ?? scalar : scalar
        }
        return (single(unicode.properties.lowercaseMapping), single(unicode.properties.uppercaseMapping))
    }
}

/// Characters that no set of a pattern tells apart share a symbol: the alphabet of its automata.
///
/// Symbol 0 is the edge of the text. Symbols are numbered as characters are met, so the alphabet grows with the text;
/// their number is bounded by the pattern.
final class SymbolTable {
    let sets: [CharacterSet]
    let ignoresCase: Bool
    /// Where a set begins or ends, rising.
    private let cuts: [UInt32]
    private let classes: [CharacterClass]

    private struct Key: Hashable {
        var own: Int32
        var lower: Int32
        var upper: Int32
        var classes: UInt32
        var side: UInt8
    }

    private var symbols: [Key: UInt16] = [:]
    private var members: [UInt32] = [0]
    /// What an anchor sees in a character of the symbol.
    private(set) var sides: [UInt8] = [RegexAnchor.Side.edge]
    private(set) var ascii: [UInt16]
    /// The symbols of other characters, by their low bits: the character and its symbol.
    private var recent: [(scalar: UInt32, symbol: UInt16)]
    private let hasAnchors: Bool

    var count: Int { members.count }

    init(_ sets: [CharacterSet], ignoresCase: Bool, hasAnchors: Bool) {
        self.sets = sets
        self.ignoresCase = ignoresCase
        self.hasAnchors = hasAnchors
        var points: Set<UInt32> = [0x0a, 0x0b]
        var named: Set<CharacterClass> = []
        for set in sets {
            for range in set.ranges {
                points.insert(range.low)
                points.insert(range.high &+ 1)
            }
            for item in set.classes { named.insert(item.class) }
        }
        cuts = points.sorted()
        classes = named.sorted { $0.rawValue < $1.rawValue }
        ascii = []
        recent = [(scalar: UInt32, symbol: UInt16)](repeating: (UInt32.max, 0), count: 256)
        ascii = (0..<128).map { find(UInt32($0)) }
    }

    @inline(__always)
    func symbol(_ scalar: UInt32) -> UInt16 {
        if scalar < 0x80 { return ascii[Int(scalar)] }
        let slot = Int(scalar & 0xff)
        if recent[slot].scalar == scalar { return recent[slot].symbol }
        let symbol = find(scalar)
        recent[slot] = (scalar, symbol)
        return symbol
    }

    func contains(_ set: Int, _ symbol: Int) -> Bool {
        let member = members[symbol]
        return sets[set].contains(member, cases: ignoresCase ? CharacterSet.cases(member) : nil)
    }

    private func interval(_ scalar: UInt32) -> Int32 {
        var (low, high) = (0, cuts.count)
        while low < high {
            let middle = (low + high) / 2
            if cuts[middle] <= scalar { low = middle + 1 } else { high = middle }
        }
        return Int32(truncatingIfNeeded: low)
    }

    private func find(_ scalar: UInt32) -> UInt16 {
        var bits: UInt32 = 0
        for (index, named) in classes.enumerated() where named.contains(scalar) { bits |= 1 << UInt32(index) }
        let own = interval(scalar)
        var key = Key(own: own, lower: own, upper: own, classes: bits, side: RegexAnchor.Side.other)
        if ignoresCase {
            let cases = CharacterSet.cases(scalar)
            key.lower = interval(cases.lower)
            key.upper = interval(cases.upper)
        }
        if hasAnchors {
            key.side =
                scalar == 0x0a
                ? RegexAnchor.Side.newline
                : CharacterClass.word.contains(scalar) ? RegexAnchor.Side.word : RegexAnchor.Side.other
        }
        if let symbol = symbols[key] { return symbol }
        let symbol = UInt16(truncatingIfNeeded: members.count)
        symbols[key] = symbol
        members.append(scalar)
        sides.append(key.side)
        return symbol
    }
}
