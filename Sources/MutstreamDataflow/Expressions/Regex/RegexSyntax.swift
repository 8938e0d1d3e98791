/// Why a pattern is no regular expression that Mutstream runs.
struct RegexError: Error, Sendable, Hashable {
    var message: String
    var hint: String?

    init(_ message: String, hint: String? = nil) {
        self.message = "invalid regular expression: \(message)"
        self.hint = hint
    }

    static let tooComplex = RegexError("regular expression is too complex")
}

/// How a pattern is read and matched: PostgreSQL's flags.
struct RegexOptions: Sendable, Hashable {
    enum Flavor: Sendable, Hashable {
        case advanced, extended, quoted
    }

    var flavor = Flavor.advanced
    var ignoresCase = false
    /// `.` and negated brackets do not match a newline.
    var stopsAtNewline = false
    /// `^` and `$` match at every line.
    var anchorsAtNewline = false
    /// Spaces and comments in the pattern do not count.
    var isExpanded = false
    /// Every match, not only the first: not a property of the pattern.
    var isGlobal = false

    init(ignoresCase: Bool = false) { self.ignoresCase = ignoresCase }

    /// The letters that functions take, like `gi`.
    init(flags: some Sequence<UInt8>) throws(RegexError) {
        for flag in flags { try apply(flag, isEmbedded: false) }
    }

    /// One letter, given to a function or inside `(?…)`.
    mutating func apply(_ flag: UInt8, isEmbedded: Bool) throws(RegexError) {
        switch flag {
        case UInt8(ascii: "g") where !isEmbedded: isGlobal = true
        case UInt8(ascii: "c"): ignoresCase = false
        case UInt8(ascii: "i"): ignoresCase = true
        case UInt8(ascii: "m"), UInt8(ascii: "n"): (stopsAtNewline, anchorsAtNewline) = (true, true)
        case UInt8(ascii: "s"): (stopsAtNewline, anchorsAtNewline) = (false, false)
        case UInt8(ascii: "p"): (stopsAtNewline, anchorsAtNewline) = (true, false)
        case UInt8(ascii: "w"): (stopsAtNewline, anchorsAtNewline) = (false, true)
        case UInt8(ascii: "x"): isExpanded = true
        case UInt8(ascii: "t"): isExpanded = false
        case UInt8(ascii: "q"): flavor = .quoted
        case UInt8(ascii: "e"): flavor = .extended
        case UInt8(ascii: "b"):
            throw RegexError("basic regular expressions are not supported", hint: "write it as an advanced one, without b")
        default:
            var error = RegexError("")
            let letter = flag < 0x80 ? String(UnicodeScalar(flag)) : "?"
            error.message = "invalid regular expression option: \"\(letter)\""
            throw error
        }
    }
}

/// A place between characters.
enum RegexAnchor: Sendable, Hashable {
    case textStart, textEnd, lineStart, lineEnd, wordStart, wordEnd, wordEdge, notWordEdge

    /// What lies beside a place.
    enum Side {
        static let edge: UInt8 = 0
        static let newline: UInt8 = 1
        static let word: UInt8 = 2
        static let other: UInt8 = 3
    }

    func holds(before: UInt8, after: UInt8) -> Bool {
        switch self {
        case .textStart: before == Side.edge
        case .textEnd: after == Side.edge
        case .lineStart: before == Side.edge || before == Side.newline
        case .lineEnd: after == Side.edge || after == Side.newline
        case .wordStart: before != Side.word && after == Side.word
        case .wordEnd: before == Side.word && after != Side.word
        case .wordEdge: (before == Side.word) != (after == Side.word)
        case .notWordEdge: (before == Side.word) == (after == Side.word)
        }
    }
}

/// A regular expression as written.
indirect enum RegexNode: Sendable {
    case empty
    /// The number of a set of characters.
    case set(Int)
    case anchor(RegexAnchor)
    case sequence([RegexPiece])
    case alternatives([RegexNode])
    /// The number of the group, from 1; nil for `(?:…)`.
    case group(Int?, RegexNode)
}

/// An atom and how often it comes.
struct RegexPiece: Sendable {
    enum Preference: UInt8, Sendable {
        case none = 0, longer = 1, shorter = 2
    }

    var atom: RegexNode
    var least = 1
    /// Nil: without bound.
    var most: Int? = 1
    var preference = Preference.none
}
