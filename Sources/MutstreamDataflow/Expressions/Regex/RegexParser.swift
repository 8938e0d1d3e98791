/// Reads PostgreSQL's advanced regular expressions (its manual, section 9.7.3).
///
/// Back references and look-around have no place in a search of linear time: they are refused.
struct RegexParser {
    /// Groups within each other.
    static let depthMax = 100
    static let groupsMax = 100
    static let repeatMax = 255
    static let patternBytesMax = 1 << 16

    private(set) var options: RegexOptions
    private let pattern: [UInt32]
    private var position = 0
    private var depth = 0
    private(set) var groups = 0
    private(set) var sets: [CharacterSet] = []
    private(set) var hasAnchors = false

    init(_ pattern: some Sequence<UInt8>, _ options: RegexOptions) throws(RegexError) {
        let bytes = Array(pattern)
        if bytes.count > RegexParser.patternBytesMax { throw RegexError.tooComplex }
        self.pattern = String(decoding: bytes, as: UTF8.self).unicodeScalars.map(\.value)
        self.options = options
    }

    mutating func parse() throws(RegexError) -> RegexNode {
        try director()
        if options.flavor == .quoted {
            var pieces: [RegexPiece] = []
            for scalar in pattern[position...] { pieces.append(RegexPiece(atom: literal(scalar))) }
            return pieces.isEmpty ? .empty : .sequence(pieces)
        }
        let node = try alternatives()
        if position < pattern.count { throw RegexError("parentheses () not balanced") }
        return node
    }

    // MARK: - Characters

    private func peek(_ ahead: Int = 0) -> Character? {
        let index = position + ahead
        guard index < pattern.count, pattern[index] < 0x80 else { return nil }
        return Unicode.Scalar(pattern[index]).map { Character($0) }
    }

    private func sees(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard position + count <= pattern.count else { return false }
        for i in 0..<count where pattern[position + i] != UInt32(text.utf8Start[i]) { return false }
        return true
    }

    private mutating func eats(_ text: StaticString) -> Bool {
        guard sees(text) else { return false }
        position += text.utf8CodeUnitCount
        return true
    }

    /// `***=`, `***:` and `(?flags)` at the start.
    private mutating func director() throws(RegexError) {
        if options.flavor == .quoted { return }
        if eats("***=") {
            options.flavor = .quoted
            return
        }
        if eats("***:") {
            options.flavor = .advanced
        } else if sees("***") {
            throw RegexError("quantifier operand invalid")
        }
        guard options.flavor == .advanced, sees("(?"), let letter = peek(2), letter.isLetter else { return }
        position += 2
        while position < pattern.count, pattern[position] != 0x29 {
            guard pattern[position] < 0x80 else { throw RegexError("invalid embedded option") }
            do {
                try options.apply(UInt8(truncatingIfNeeded: pattern[position]), isEmbedded: true)
            } catch {
                throw error.message.contains("option:") ? RegexError("invalid embedded option") : error
            }
            position += 1
        }
        if position == pattern.count { throw RegexError("parentheses () not balanced") }
        position += 1
    }

    /// Passes what does not count in expanded syntax, and comments.
    private mutating func skip() throws(RegexError) {
        while position < pattern.count {
            if options.isExpanded, CharacterClass.space.contains(pattern[position]) {
                position += 1
            } else if options.isExpanded, pattern[position] == 0x23 {
                while position < pattern.count, pattern[position] != 0x0a { position += 1 }
            } else if options.flavor == .advanced, sees("(?#") {
                while position < pattern.count, pattern[position] != 0x29 { position += 1 }
                if position < pattern.count { position += 1 }
            } else {
                return
            }
        }
    }

    private mutating func add(_ set: CharacterSet) -> RegexNode {
        sets.append(set)
        return .set(sets.count - 1)
    }

    private mutating func literal(_ scalar: UInt32) -> RegexNode {
        var set = CharacterSet()
        set.insert(scalar)
        return add(set)
    }

    private mutating func anchor(_ anchor: RegexAnchor) -> RegexNode {
        hasAnchors = true
        return .anchor(anchor)
    }

    // MARK: - Structure

    private mutating func alternatives() throws(RegexError) -> RegexNode {
        depth += 1
        if depth > RegexParser.depthMax { throw RegexError.tooComplex }
        defer { depth -= 1 }
        var branches = [try branch()]
        while peek() == "|" {
            position += 1
            branches.append(try branch())
        }
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func branch() throws(RegexError) -> RegexNode {
        var pieces: [RegexPiece] = []
        while true {
            try skip()
            guard position < pattern.count, pattern[position] != 0x7c else { break }
            if pattern[position] == 0x29 {
                // A closing parenthesis without an opening one.
                if depth == 1 { throw RegexError("parentheses () not balanced") }
                break
            }
            var piece = RegexPiece(atom: try atom())
            try skip()
            try quantifier(&piece)
            if piece.most == 0 { continue }
            pieces.append(piece)
        }
        return pieces.isEmpty ? .empty : .sequence(pieces)
    }

    /// How often the atom just read comes.
    private mutating func quantifier(_ piece: inout RegexPiece) throws(RegexError) {
        guard let sign = peek() else { return }
        let isAnchor = if case .anchor = piece.atom { true } else { false }
        var isFixed = false
        switch sign {
        case "*": (piece.least, piece.most) = (0, nil)
        case "+": (piece.least, piece.most) = (1, nil)
        case "?": (piece.least, piece.most) = (0, 1)
        case "{" where isBound():
            position += 1
            piece.least = try number()
            if peek() == "," {
                position += 1
                piece.most = peek()?.isNumber == true ? try number() : nil
                if let most = piece.most, most < piece.least {
                    throw RegexError("invalid repetition count(s)")
                }
            } else {
                piece.most = piece.least
                isFixed = true
            }
            guard peek() == "}" else {
                throw position < pattern.count
                    ? RegexError("invalid repetition count(s)") : RegexError("braces {} not balanced")
            }
        default: return
        }
        if isAnchor { throw RegexError("quantifier operand invalid") }
        position += 1
        let isShort = options.flavor == .advanced && peek() == "?"
        if isShort { position += 1 }
        if !isFixed { piece.preference = isShort ? .shorter : .longer }
        try skip()
        if let next = peek(), "*+?".contains(next) || (next == "{" && isBound()) {
            throw RegexError("quantifier operand invalid")
        }
    }

    /// Whether `{` opens a number of repetitions.
    private func isBound() -> Bool {
        if options.flavor == .extended { return true }
        guard let digit = peek(1) else { return false }
        return digit.isASCII && digit.isNumber
    }

    private mutating func number() throws(RegexError) -> Int {
        var value = 0
        var digits = 0
        while let digit = peek(), let number = digit.wholeNumberValue {
            value = min(value * 10 + number, RegexParser.repeatMax + 1)
            digits += 1
            position += 1
        }
        if digits == 0 || value > RegexParser.repeatMax { throw RegexError("invalid repetition count(s)") }
        return value
    }

    private mutating func atom() throws(RegexError) -> RegexNode {
        let scalar = pattern[position]
        position += 1
        switch scalar {
        case 0x28: return try group()
        case 0x2e:
            var set = CharacterSet()
            set.isNegated = true
            set.excludesNewline = options.stopsAtNewline
            return add(set)
        case 0x5e: return anchor(options.anchorsAtNewline ? .lineStart : .textStart)
        case 0x24: return anchor(options.anchorsAtNewline ? .lineEnd : .textEnd)
        case 0x5b:
            if eats("[:<:]]") { return anchor(.wordStart) }
            if eats("[:>:]]") { return anchor(.wordEnd) }
            return add(try bracket())
        case 0x5c:
            if options.flavor == .extended {
                guard position < pattern.count else { throw RegexError("invalid escape \\ sequence") }
                position += 1
                return literal(pattern[position - 1])
            }
            switch try escape() {
            case .character(let scalar): return literal(scalar)
            case .anchor(let place): return anchor(place)
            case .class(let named, let isNegated):
                var set = CharacterSet()
                set.classes = [(named, isNegated)]
                return add(set)
            }
        case 0x2a, 0x2b, 0x3f: throw RegexError("quantifier operand invalid")
        case 0x7b:
            position -= 1
            let opensBound = isBound()
            position += 1
            if opensBound { throw RegexError("quantifier operand invalid") }
            return literal(scalar)
        default: return literal(scalar)
        }
    }

    private mutating func group() throws(RegexError) -> RegexNode {
        var number: Int?
        if options.flavor == .advanced, peek() == "?" {
            position += 1
            let next = peek()
            position += 1
            switch next {
            case ":": break
            case "=", "!", "<":
                throw RegexError(
                    "look-ahead and look-behind are not supported",
                    hint: "a search takes time in proportion to the text; match the surroundings and take a group of them")
            default: throw RegexError("quantifier operand invalid")
            }
        } else {
            groups += 1
            if groups > RegexParser.groupsMax { throw RegexError.tooComplex }
            number = groups
        }
        let node = try alternatives()
        guard peek() == ")" else { throw RegexError("parentheses () not balanced") }
        position += 1
        return .group(number, node)
    }

    // MARK: - Escapes

    private enum Escape {
        case character(UInt32)
        case anchor(RegexAnchor)
        case `class`(CharacterClass, isNegated: Bool)
    }

    private mutating func escape() throws(RegexError) -> Escape {
        guard position < pattern.count else { throw RegexError("invalid escape \\ sequence") }
        let scalar = pattern[position]
        position += 1
        guard let letter = Unicode.Scalar(scalar).map({ Character($0) }), letter.isASCII, letter.isLetter || letter.isNumber
        else { return .character(scalar) }
        switch letter {
        case "a": return .character(0x07)
        case "b": return .character(0x08)
        case "B": return .character(0x5c)
        case "c":
            guard position < pattern.count else { throw RegexError("invalid escape \\ sequence") }
            position += 1
            return .character(pattern[position - 1] & 0x1f)
        case "e": return .character(0x1b)
        case "f": return .character(0x0c)
        case "n": return .character(0x0a)
        case "r": return .character(0x0d)
        case "t": return .character(0x09)
        case "v": return .character(0x0b)
        case "u": return .character(try hexadecimal(4...4))
        case "U": return .character(try hexadecimal(8...8))
        case "x": return .character(try hexadecimal(1...255))
        case "d": return .class(.digit, isNegated: false)
        case "D": return .class(.digit, isNegated: true)
        case "s": return .class(.space, isNegated: false)
        case "S": return .class(.space, isNegated: true)
        case "w": return .class(.word, isNegated: false)
        case "W": return .class(.word, isNegated: true)
        case "A": return .anchor(.textStart)
        case "Z": return .anchor(.textEnd)
        case "m": return .anchor(.wordStart)
        case "M": return .anchor(.wordEnd)
        case "y": return .anchor(.wordEdge)
        case "Y": return .anchor(.notWordEdge)
        case "0"..."9": return .character(try octal(letter))
        default: throw RegexError("invalid escape \\ sequence")
        }
    }

    private mutating func hexadecimal(_ count: ClosedRange<Int>) throws(RegexError) -> UInt32 {
        var value: UInt32 = 0
        var digits = 0
        while digits < count.upperBound, let digit = peek()?.hexDigitValue {
            if value >> 28 != 0 { throw RegexError("invalid escape \\ sequence") }
            value = value << 4 | UInt32(truncatingIfNeeded: digit)
            digits += 1
            position += 1
        }
        guard digits >= count.lowerBound, value <= 0x10_ffff else { throw RegexError("invalid escape \\ sequence") }
        return value
    }

    /// `\0`, `\012`; other numbers are back references.
    private mutating func octal(_ first: Character) throws(RegexError) -> UInt32 {
        var text = [first]
        var ahead = position
        while text.count < 3, ahead < pattern.count, pattern[ahead] >= 0x30, pattern[ahead] <= 0x39 {
            text.append(Character(Unicode.Scalar(UInt8(truncatingIfNeeded: pattern[ahead]))))
            ahead += 1
        }
        let decimal = Int(String(text)) ?? 0
        if first != "0", text.count == 1 || decimal <= groups {
            throw RegexError(
                "back references are not supported",
                hint: "a search takes time in proportion to the text; compare groups of regexp_match instead")
        }
        var value: UInt32 = 0
        var digits = 0
        position -= 1
        while digits < 3, let digit = peek()?.wholeNumberValue, digit < 8 {
            value = value << 3 | UInt32(truncatingIfNeeded: digit)
            digits += 1
            position += 1
        }
        if digits == 0 { throw RegexError("invalid backreference number") }
        return value
    }

    // MARK: - Brackets

    /// What follows `[`, up to the `]`.
    private mutating func bracket() throws(RegexError) -> CharacterSet {
        var set = CharacterSet()
        if peek() == "^" {
            position += 1
            set.isNegated = true
            set.excludesNewline = options.stopsAtNewline
        }
        var isFirst = true
        while true {
            guard position < pattern.count else { throw RegexError("brackets [] not balanced") }
            if pattern[position] == 0x5d, !isFirst {
                position += 1
                return set
            }
            isFirst = false
            guard let low = try bracketItem(&set) else { continue }
            var high = low
            // `-` makes a range, unless it comes last.
            if peek() == "-", position + 1 < pattern.count, pattern[position + 1] != 0x5d {
                position += 1
                guard let end = try bracketItem(&set) else { throw RegexError("invalid character range") }
                high = end
            }
            if low > high { throw RegexError("invalid character range") }
            set.ranges.append((low, high))
        }
    }

    /// One character, or nil after a class, which is put into the set.
    private mutating func bracketItem(_ set: inout CharacterSet) throws(RegexError) -> UInt32? {
        let scalar = pattern[position]
        if eats("[:") {
            let name = try bracketName(UInt32(UInt8(ascii: ":")))
            guard var named = CharacterClass(name.lazy.map { UInt8(truncatingIfNeeded: $0) }) else {
                throw RegexError("invalid character class")
            }
            if options.ignoresCase, named == .upper || named == .lower { named = .alpha }
            set.classes.append((named, false))
            return nil
        }
        if sees("[.") || sees("[=") {
            let sign = pattern[position + 1]
            position += 2
            let name = try bracketName(sign)
            guard name.count == 1 else { throw RegexError("invalid collating element") }
            return name[0]
        }
        position += 1
        guard scalar == 0x5c, options.flavor == .advanced else { return scalar }
        switch try escape() {
        case .character(let scalar): return scalar
        case .class(let named, let isNegated):
            set.classes.append((named, isNegated))
            return nil
        case .anchor: throw RegexError("invalid escape \\ sequence")
        }
    }

    /// Up to `:]` or the like, which is passed.
    private mutating func bracketName(_ sign: UInt32) throws(RegexError) -> [UInt32] {
        let start = position
        while position + 1 < pattern.count {
            if pattern[position] == sign, pattern[position + 1] == 0x5d {
                position += 2
                return Array(pattern[start..<position - 2])
            }
            position += 1
        }
        throw RegexError("brackets [] not balanced")
    }
}
