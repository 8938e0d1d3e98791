/// A regular expression of PostgreSQL, ready to search texts in time proportional to their length.
///
/// ```swift
/// let expression = try RegularExpression(pattern.utf8, RegexOptions(flags: "i".utf8))
/// expression.prepare(text)
/// var match = expression.makeMatch()
/// if expression.find(text, from: 0, &match) { text[match.start..<match.end] }
/// ```
/// Of several matches the one that begins first is found, and of those the longest or, as the first quantifier says, the
/// shortest. Keeps the states of its automata: one owner, not shared between threads.
final class RegularExpression {
    /// What was found, in bytes.
    struct Match {
        /// Start and end of the whole and of each group in turn; -1 where a group took no part.
        var places: [Int]

        var start: Int { places[0] }
        var end: Int { places[1] }

        func range(_ group: Int) -> Range<Int>? {
            guard group * 2 + 1 < places.count, places[group * 2] >= 0, places[group * 2 + 1] >= places[group * 2] else {
                return nil
            }
            return places[group * 2]..<places[group * 2 + 1]
        }
    }

    let groups: Int
    let isGlobal: Bool
    let meter = RegexMeter()
    private let root: RegexPart
    /// Finds where a match ends, wherever it begins.
    private let scanner: RegexAutomaton
    /// Finds from the right all places where a match begins.
    private let finder: RegexAutomaton
    private let whole: RegexAutomaton
    private var candidates = PlaceSet()
    private var scratch = PlaceSet()

    /// - Parameter pattern: UTF-8.
    init(_ pattern: some Sequence<UInt8>, _ options: RegexOptions) throws(RegexError) {
        var parser = try RegexParser(pattern, options)
        let node = try parser.parse()
        groups = parser.groups
        isGlobal = options.isGlobal
        let symbols = SymbolTable(
            parser.sets, ignoresCase: parser.options.ignoresCase, hasAnchors: parser.hasAnchors)
        scanner = RegexAutomaton(try RegexProgram(node, isReversed: false, isFloating: true), symbols)
        finder = RegexAutomaton(try RegexProgram(node, isReversed: true, isFloating: true), symbols)
        whole = RegexAutomaton(try RegexProgram(node, isReversed: false), symbols)
        var division = RegexDivision(symbols)
        root = try division.divide(node)
    }

    func makeMatch() -> Match { Match(places: [Int](repeating: -1, count: 2 * (groups + 1))) }

    /// Whether the text holds a match.
    func matches(_ text: UnsafeRawBufferPointer) -> Bool {
        meter.refill(text.count)
        return scanner.end(text, from: 0, to: text.count, isShortest: true, meter) != nil
    }

    /// Looks at a text before ``find(_:from:_:_:)`` is asked about it: where matches begin.
    func prepare(_ text: UnsafeRawBufferPointer) {
        meter.refill(text.count)
        finder.starts(text, from: 0, to: text.count, &candidates, meter)
    }

    /// The first match at or after a place of the prepared text. Without `needsGroups` only the whole is found.
    func find(_ text: UnsafeRawBufferPointer, from: Int, needsGroups: Bool = true, _ match: inout Match) -> Bool {
        guard from <= text.count, let start = candidates.next(from),
            let end = whole.end(
                text, from: start, to: text.count, isShortest: root.flags.contains(.shorter), meter)
        else { return false }
        match.places[0] = start
        match.places[1] = end
        if groups > 0 {
            for index in 2..<match.places.count { match.places[index] = -1 }
            if needsGroups { divide(root, text, start, end, &match) }
        }
        return true
    }

    // MARK: - Groups

    private func divide(
        _ part: RegexPart, _ text: UnsafeRawBufferPointer, _ start: Int, _ end: Int, _ match: inout Match
    ) {
        var (part, start, end) = (part, start, end)
        while part.flags.contains(.groups), !meter.isExhausted {
            switch part.kind {
            case .plain: return
            case .group(let number, let inside):
                match.places[2 * number] = start
                match.places[2 * number + 1] = end
                part = inside
            case .alternatives(let parts):
                guard let found = parts.first(where: { $0.forwards()?.matches(text, start, end, meter) ?? false }) else {
                    return
                }
                part = found
            case .sequence(let first, let rest):
                guard let middle = middle(first, rest, text, start, end) else { return }
                if first.flags.contains(.groups) { divide(first, text, start, middle, &match) }
                (part, start) = (rest, middle)
            case .iteration(let inside, let most):
                if start == end {
                    // Once, if it can be empty and takes as much as it can; else not at all.
                    guard !inside.flags.contains(.shorter), inside.forwards()?.matches(text, start, end, meter) ?? false
                    else { return }
                    part = inside
                    continue
                }
                guard let last = lastIteration(part, inside, most, text, start, end) else { return }
                (part, start, end) = (inside, last, end)
            }
        }
    }

    /// Where in `start...end` the first part ends and the rest begins.
    private func middle(
        _ first: RegexPart, _ rest: RegexPart, _ text: UnsafeRawBufferPointer, _ start: Int, _ end: Int
    ) -> Int? {
        guard let forwards = first.forwards() else { return nil }
        let (last, count) = forwards.ends(text, from: start, to: end, &scratch, meter)
        if count <= 1 { return count == 1 ? last : nil }
        return rest.backwards()?.start(text, in: scratch, to: end, isShortest: first.flags.contains(.shorter), meter)
    }

    /// Where the last of the iterations that fill `start..<end` begins: each takes as much, or as little, as it can.
    private func lastIteration(
        _ whole: RegexPart, _ inside: RegexPart, _ most: Int?, _ text: UnsafeRawBufferPointer, _ start: Int, _ end: Int
    ) -> Int? {
        guard let forwards = inside.forwards() else { return nil }
        var position = start
        var left = most
        var reachable = PlaceSet()
        var ends = PlaceSet()
        if left == nil { whole.backwards()?.starts(text, from: start, to: end, &reachable, meter) }
        while !meter.isExhausted {
            if let count = left {
                if count <= 1 { return position }
                // What is left after this one must fill the rest with one less.
                let rest = RegexPiece(atom: inside.source, least: 0, most: count - 1, preference: .longer)
                guard let program = try? RegexProgram(.sequence([rest]), isReversed: true) else { return nil }
                RegexAutomaton(program, inside.symbols).starts(text, from: position, to: end, &reachable, meter)
                left = count - 1
            }
            _ = forwards.ends(text, from: position, to: end, &ends, meter)
            var chosen: Int?
            var place = ends.next(position + 1)
            while let candidate = place {
                if reachable.contains(candidate) {
                    chosen = candidate
                    if inside.flags.contains(.shorter) { break }
                }
                place = ends.next(candidate + 1)
                meter.left -= 1
            }
            guard let next = chosen else { return nil }
            if next == end { return position }
            position = next
        }
        return nil
    }
}
