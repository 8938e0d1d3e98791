/// A part of an expression that a match is divided by, to find its groups.
///
/// Follows the parse tree of Henry Spencer's library, which PostgreSQL uses: which part takes the longest or the shortest
/// piece of the text is decided part by part from the left, outer parts before inner ones. Since the parts of a sequence
/// do not depend on each other (there are no back references), a piece is divided by one run forwards and one backwards.
final class RegexPart {
    enum Kind {
        case plain
        case sequence(first: RegexPart, rest: RegexPart)
        case alternatives([RegexPart])
        case group(Int, RegexPart)
        /// None or more, each not empty; at most so many.
        case iteration(RegexPart, most: Int?)
    }

    /// As in Spencer's library: the preference of the whole, whether both occur inside, whether groups do.
    struct Flags: OptionSet {
        let rawValue: UInt8
        static let longer = Flags(rawValue: 1)
        static let shorter = Flags(rawValue: 2)
        static let mixed = Flags(rawValue: 4)
        static let groups = Flags(rawValue: 8)

        /// What of the flags of parts holds for the whole.
        var up: Flags {
            subtracting([.longer, .shorter]).union(isSuperset(of: [.longer, .shorter]) ? .mixed : [])
        }

        var preference: Flags { intersection([.longer, .shorter]) }

        static func combined(_ a: Flags, _ b: Flags) -> Flags {
            a.union(b).up.union(a.preference.isEmpty ? b.preference : a.preference)
        }

        /// Needs a part of its own.
        var isMessy: Bool { !isDisjoint(with: [.mixed, .groups]) }
    }

    let kind: Kind
    let source: RegexNode
    let flags: Flags
    let symbols: SymbolTable
    private var forward: RegexAutomaton?
    private var backward: RegexAutomaton?

    init(_ kind: Kind, _ source: RegexNode, _ flags: Flags, _ symbols: SymbolTable) {
        self.kind = kind
        self.source = source
        self.flags = flags
        self.symbols = symbols
    }

    /// Reads the part from the left. The whole expression was compiled before, so its parts fit as well.
    func forwards() -> RegexAutomaton? {
        if forward == nil { forward = (try? RegexProgram(source, isReversed: false)).map { RegexAutomaton($0, symbols) } }
        return forward
    }

    func backwards() -> RegexAutomaton? {
        if backward == nil { backward = (try? RegexProgram(source, isReversed: true)).map { RegexAutomaton($0, symbols) } }
        return backward
    }
}

/// Builds the parts of an expression.
struct RegexDivision {
    static let partsMax = 1000
    let symbols: SymbolTable
    private var count = 0

    init(_ symbols: SymbolTable) { self.symbols = symbols }

    mutating func divide(_ node: RegexNode) throws(RegexError) -> RegexPart {
        switch node {
        case .empty, .set, .anchor: return try part(.plain, node, [])
        case .group(nil, let inner): return try divide(inner)
        case .group(let number?, let inner):
            let inside = try divide(inner)
            return try part(.group(number, inside), node, inside.flags.union(.groups))
        case .alternatives(let branches):
            var parts: [RegexPart] = []
            var flags: RegexPart.Flags = .longer
            for branch in branches {
                let part = try divide(branch)
                parts.append(part)
                flags.formUnion(flags.union(part.flags).up)
            }
            return try part(flags.isMessy ? .alternatives(parts) : .plain, node, flags)
        case .sequence(let pieces): return try sequence(pieces[...])
        }
    }

    private mutating func part(
        _ kind: RegexPart.Kind, _ source: RegexNode, _ flags: RegexPart.Flags
    ) throws(RegexError) -> RegexPart {
        count += 1
        if count > RegexDivision.partsMax { throw RegexError.tooComplex }
        return RegexPart(kind, source, flags, symbols)
    }

    private mutating func sequence(_ all: ArraySlice<RegexPiece>) throws(RegexError) -> RegexPart {
        // From the last part to the first: each part is a run of plain pieces and perhaps one that is not.
        var cuts: [(prefix: ArraySlice<RegexPiece>, prefixFlags: RegexPart.Flags, index: Int, atom: RegexPart)] = []
        var flags: RegexPart.Flags = []
        var start = all.startIndex
        for index in all.indices {
            let piece = all[index]
            let atom = try divide(piece.atom)
            let together = flags.union(RegexDivision.flags(piece)).union(atom.flags)
            let isGroup = if case .group = atom.kind { true } else { false }
            if !isGroup, !together.up.isMessy {
                flags = together
                continue
            }
            cuts.append((all[start..<index], flags, index, atom))
            start = index + 1
            flags = []
        }
        var rest = try part(.plain, .sequence(Array(all[start...])), flags)
        var tail = Array(all[start...])
        for cut in cuts.reversed() {
            let piece = all[cut.index]
            let quantified = try self.quantified(piece, cut.atom)
            var own = RegexPart.Flags.combined(RegexDivision.flags(piece), cut.atom.flags)
            own.formUnion(.combined(own, rest.flags))
            tail.insert(piece, at: 0)
            rest = try part(.sequence(first: quantified, rest: rest), .sequence(tail), own)
            if cut.prefix.isEmpty { continue }
            let prefix = try part(.plain, .sequence(Array(cut.prefix)), cut.prefixFlags)
            tail.insert(contentsOf: cut.prefix, at: 0)
            let whole = cut.prefixFlags.union(.combined(cut.prefixFlags, own))
            rest = try part(.sequence(first: prefix, rest: rest), .sequence(tail), whole)
        }
        return rest
    }

    private static func flags(_ piece: RegexPiece) -> RegexPart.Flags {
        switch piece.preference {
        case .none: []
        case .longer: .longer
        case .shorter: .shorter
        }
    }

    /// An atom of its own with its quantifier.
    private mutating func quantified(_ piece: RegexPiece, _ atom: RegexPart) throws(RegexError) -> RegexPart {
        let preference = RegexDivision.flags(piece)
        let flags = RegexPart.Flags.combined(preference, atom.flags)
        let own = atom.flags.intersection([.longer, .shorter, .mixed])
        if piece.least == 1, piece.most == 1, preference.isEmpty || own.isEmpty || preference == own { return atom }
        if !atom.flags.contains(.groups) { return try part(.plain, .sequence([piece]), flags) }
        if piece.least > 0 {
            // Only the last time counts for groups: x{m,n} is x{m-1,n-1}x.
            var before = piece
            before.least -= 1
            before.most = piece.most.map { $0 - 1 }
            let pieces = before.most == 0 ? [] : [before]
            let prefix = try part(.plain, .sequence(pieces), flags.preference)
            let last = RegexPiece(atom: piece.atom)
            return try part(.sequence(first: prefix, rest: atom), .sequence(pieces + [last]), flags)
        }
        return try part(.iteration(atom, most: piece.most), .sequence([piece]), flags)
    }
}
