/// A nondeterministic automaton (Thompson's construction), of a whole expression or a part of it.
struct RegexProgram: Sendable {
    enum Node: Sendable {
        /// One character of a set.
        case set(Int, next: Int32)
        /// Any one character, newlines too.
        case any(next: Int32)
        case split(Int32, Int32)
        case anchor(RegexAnchor, next: Int32)
        case match
    }

    static let nodesMax = 5000

    private(set) var nodes: [Node] = [.match]
    private(set) var start: Int32 = 0
    private(set) var hasAnchors = false
    let isReversed: Bool

    /// - Parameters:
    ///   - isReversed: reads the text from its end.
    ///   - isFloating: anything may be read before.
    init(_ node: RegexNode, isReversed: Bool, isFloating: Bool = false) throws(RegexError) {
        self.isReversed = isReversed
        start = try compile(node, 0)
        if isFloating {
            let own = start
            start = try add(.match)
            nodes[Int(start)] = .split(own, try add(.any(next: start)))
        }
    }

    private mutating func add(_ node: Node) throws(RegexError) -> Int32 {
        if nodes.count >= RegexProgram.nodesMax { throw RegexError.tooComplex }
        nodes.append(node)
        return Int32(truncatingIfNeeded: nodes.count - 1)
    }

    /// Nodes that read `node` and then go on at `next`; gives the first.
    private mutating func compile(_ node: RegexNode, _ next: Int32) throws(RegexError) -> Int32 {
        switch node {
        case .empty: return next
        case .set(let set): return try add(.set(set, next: next))
        case .anchor(let anchor):
            hasAnchors = true
            return try add(.anchor(anchor, next: next))
        case .group(_, let inner): return try compile(inner, next)
        case .alternatives(let branches):
            var result: Int32?
            for branch in branches.reversed() {
                let first = try compile(branch, next)
                result = try result.map { other throws(RegexError) in try add(.split(first, other)) } ?? first
            }
            return result ?? next
        case .sequence(let pieces):
            var next = next
            for index in pieces.indices {
                next = try compile(pieces[isReversed ? index : pieces.count - 1 - index], next)
            }
            return next
        }
    }

    private mutating func compile(_ piece: RegexPiece, _ next: Int32) throws(RegexError) -> Int32 {
        var next = next
        if let most = piece.most {
            let end = next
            for _ in 0..<max(0, most - piece.least) { next = try add(.split(try compile(piece.atom, next), end)) }
        } else {
            let loop = try add(.match)
            nodes[Int(loop)] = .split(try compile(piece.atom, loop), next)
            next = loop
        }
        for _ in 0..<piece.least { next = try compile(piece.atom, next) }
        return next
    }
}

/// How much work one value may still cost: what bounds the time of patterns whose groups must be tried at many places.
final class RegexMeter {
    var left = 0

    /// Enough for every search of one pass and for many of several.
    func refill(_ bytes: Int) { left = 4_000_000 + 256 * bytes }

    var isExhausted: Bool { left < 0 }
}
