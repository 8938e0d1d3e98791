/// Runs a program over bytes as a deterministic automaton whose states are made when they are met.
///
/// A state is the set of nodes that may come next, and what lies just before. Whether a place is the end of a match is
/// known together with the next character, since anchors look at both sides. States beyond a bound are forgotten all at
/// once and made anew, so memory is bounded and a step costs at most the size of the program.
final class RegexAutomaton {
    private static let statesMax = 2000
    private static let weightMax = 400_000
    private static let dead: Int32 = 0
    private static let unknown: Int32 = -1

    private struct Key: Hashable {
        var nodes: [Int32]
        var side: UInt8
    }

    private let program: RegexProgram
    private let symbols: SymbolTable
    private var stride: Int
    /// By state and symbol: the next state, and in the lowest bit whether a match ends before the symbol.
    private var table: [Int32] = []
    private var states: [Key] = []
    private var numbers: [Key: Int32] = [:]
    private var weight = 0
    private var starts: [Int32] = []

    private var marks: [UInt32]
    private var mark: UInt32 = 0
    private var stack: [Int32] = []

    init(_ program: RegexProgram, _ symbols: SymbolTable) {
        self.program = program
        self.symbols = symbols
        stride = symbols.count + 8
        marks = [UInt32](repeating: 0, count: program.nodes.count)
        forget()
    }

    private func forget() {
        table.removeAll(keepingCapacity: true)
        states.removeAll(keepingCapacity: true)
        numbers.removeAll(keepingCapacity: true)
        weight = 0
        starts = [Int32](repeating: RegexAutomaton.unknown, count: 4)
        _ = number(Key(nodes: [], side: RegexAnchor.Side.other))
        for symbol in 0..<stride { table[symbol] = 0 }
    }

    private func number(_ key: Key) -> Int32 {
        if key.nodes.isEmpty, !states.isEmpty { return RegexAutomaton.dead }
        if let found = numbers[key] { return found }
        let state = Int32(truncatingIfNeeded: states.count)
        numbers[key] = state
        states.append(key)
        weight += key.nodes.count + stride
        table.append(contentsOf: repeatElement(RegexAutomaton.unknown, count: stride))
        return state
    }

    private func start(_ side: UInt8) -> Int32 {
        let side = program.hasAnchors ? side : RegexAnchor.Side.other
        let known = starts[Int(side)]
        if known >= 0 { return known }
        let state = number(Key(nodes: [program.start], side: side))
        starts[Int(side)] = state
        return state
    }

    @inline(__always)
    private func step(_ state: Int32, _ symbol: Int) -> Int32 {
        if symbol < stride {
            let known = table[Int(state) &* stride &+ symbol]
            if known >= 0 { return known }
        }
        return make(state, symbol)
    }

    @inline(never)
    private func make(_ state: Int32, _ symbol: Int) -> Int32 {
        let key = states[Int(state)]
        var state = state
        if symbol >= stride {
            stride = symbol + 16
            forget()
            state = number(key)
        }
        let side = program.hasAnchors ? symbols.sides[symbol] : RegexAnchor.Side.other
        mark &+= 1
        if mark == 0 {
            marks = [UInt32](repeating: 0, count: marks.count)
            mark = 1
        }
        var next: [Int32] = []
        var ends = false
        stack.removeAll(keepingCapacity: true)
        stack.append(contentsOf: key.nodes)
        while let node = stack.popLast() {
            if marks[Int(node)] == mark { continue }
            marks[Int(node)] = mark
            switch program.nodes[Int(node)] {
            case .match: ends = true
            case .split(let a, let b):
                stack.append(b)
                stack.append(a)
            case .anchor(let anchor, let after):
                let holds =
                    program.isReversed
                    ? anchor.holds(before: symbols.sides[symbol], after: key.side)
                    : anchor.holds(before: key.side, after: symbols.sides[symbol])
                if holds { stack.append(after) }
            case .any(let after): if symbol != 0 { next.append(after) }
            case .set(let set, let after): if symbol != 0, symbols.contains(set, symbol) { next.append(after) }
            }
        }
        next.sort()
        var unique: [Int32] = []
        for node in next where unique.last != node { unique.append(node) }
        var keeps = true
        if states.count >= RegexAutomaton.statesMax || weight > RegexAutomaton.weightMax {
            forget()
            keeps = false
        }
        let result = number(Key(nodes: unique, side: side)) << 1 | (ends ? 1 : 0)
        if keeps { table[Int(state) * stride + symbol] = result }
        return result
    }

    // MARK: - Characters

    /// The symbol of the character at a place and its bytes; 0 at the end of the text.
    @inline(__always)
    private func after(_ text: UnsafeRawBufferPointer, _ position: Int) -> (symbol: Int, width: Int) {
        guard position < text.count else { return (0, 0) }
        let byte = text[position]
        if byte < 0x80 { return (Int(symbols.ascii[Int(byte)]), 1) }
        let (scalar, width) = RegexAutomaton.decode(text, position)
        return (Int(symbols.symbol(scalar)), width)
    }

    @inline(__always)
    private func before(_ text: UnsafeRawBufferPointer, _ position: Int) -> (symbol: Int, width: Int) {
        guard position > 0 else { return (0, 0) }
        let byte = text[position - 1]
        if byte < 0x80 { return (Int(symbols.ascii[Int(byte)]), 1) }
        var start = position - 1
        while start > 0, position - start < 4, text[start] & 0xc0 == 0x80 { start -= 1 }
        let (scalar, width) = RegexAutomaton.decode(text, start)
        if width != position - start { return (Int(symbols.symbol(0xfffd)), 1) }
        return (Int(symbols.symbol(scalar)), width)
    }

    static func decode(_ text: UnsafeRawBufferPointer, _ position: Int) -> (scalar: UInt32, width: Int) {
        let first = text[position]
        if first < 0x80 { return (UInt32(first), 1) }
        let width = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
        guard first >= 0xc2, position + width <= text.count else { return (0xfffd, 1) }
        var scalar = UInt32(first) & (0x7f >> UInt32(width))
        for i in 1..<width {
            let byte = text[position + i]
            if byte & 0xc0 != 0x80 { return (0xfffd, 1) }
            scalar = scalar << 6 | UInt32(byte & 0x3f)
        }
        return (scalar, width)
    }

    // MARK: - Runs

    /// The last place up to `limit` where what begins at `start` ends; nil: none. With `isShortest`, the first.
    func end(
        _ text: UnsafeRawBufferPointer, from start: Int, to limit: Int, isShortest: Bool = false, _ meter: RegexMeter
    ) -> Int? {
        var state = self.start(symbols.sides[before(text, start).symbol])
        var position = start
        var last: Int?
        while meter.left >= 0 {
            let (symbol, width) = after(text, position)
            let next = step(state, symbol)
            if next & 1 != 0 {
                last = position
                if isShortest { return last }
            }
            state = next >> 1
            if position >= limit || state == RegexAutomaton.dead { return last }
            position += width
            meter.left -= 1
        }
        return nil
    }

    /// Whether exactly `start..<end` matches.
    func matches(_ text: UnsafeRawBufferPointer, _ start: Int, _ end: Int, _ meter: RegexMeter) -> Bool {
        var state = self.start(symbols.sides[before(text, start).symbol])
        var position = start
        while meter.left >= 0 {
            let (symbol, width) = after(text, position)
            let next = step(state, symbol)
            if position >= end { return next & 1 != 0 }
            state = next >> 1
            if state == RegexAutomaton.dead { return false }
            position += width
            meter.left -= 1
        }
        return false
    }

    /// Marks where in `start...limit` what begins at `start` ends, bit 0 at `start`. Gives the last and how many.
    func ends(
        _ text: UnsafeRawBufferPointer, from start: Int, to limit: Int, _ places: inout PlaceSet, _ meter: RegexMeter
    ) -> (last: Int, count: Int) {
        places.reset(start, limit)
        var state = self.start(symbols.sides[before(text, start).symbol])
        var position = start
        var (last, count) = (start, 0)
        while meter.left >= 0 {
            let (symbol, width) = after(text, position)
            let next = step(state, symbol)
            if next & 1 != 0 {
                places.insert(position)
                last = position
                count += 1
            }
            state = next >> 1
            if position >= limit || state == RegexAutomaton.dead { break }
            position += width
            meter.left -= 1
        }
        return (last, count)
    }

    /// Of a reversed program: marks where in `limit...end` what ends at `end` begins.
    func starts(
        _ text: UnsafeRawBufferPointer, from limit: Int, to end: Int, _ places: inout PlaceSet, _ meter: RegexMeter
    ) {
        places.reset(limit, end)
        _ = walkBack(text, limit, end, meter) { position in
            places.insert(position)
            return false
        }
    }

    /// Of a reversed program: the greatest place of a set, or the least, from which what ends at `end` begins.
    func start(
        _ text: UnsafeRawBufferPointer, in places: borrowing PlaceSet, to end: Int, isShortest: Bool, _ meter: RegexMeter
    ) -> Int? {
        var found: Int?
        let places = copy places
        _ = walkBack(text, places.first, end, meter) { position in
            if places.contains(position) {
                found = position
                return !isShortest
            }
            return false
        }
        return found
    }

    @inline(__always)
    private func walkBack(
        _ text: UnsafeRawBufferPointer, _ limit: Int, _ end: Int, _ meter: RegexMeter, _ visit: (Int) -> Bool
    ) -> Bool {
        var state = self.start(symbols.sides[after(text, end).symbol])
        var position = end
        while meter.left >= 0 {
            let (symbol, width) = before(text, position)
            let next = step(state, symbol)
            if next & 1 != 0, visit(position) { return true }
            state = next >> 1
            if position <= limit || state == RegexAutomaton.dead { return false }
            position -= width
            meter.left -= 1
        }
        return false
    }
}

/// A set of places of a text.
struct PlaceSet {
    private(set) var first = 0
    private var last = -1
    private var words: [UInt64] = []

    mutating func reset(_ first: Int, _ last: Int) {
        self.first = first
        self.last = last
        words.removeAll(keepingCapacity: true)
        words.append(contentsOf: repeatElement(0, count: max(0, last - first) / 64 + 1))
    }

    mutating func insert(_ place: Int) {
        guard place >= first, place <= last else { return }
        words[(place - first) >> 6] |= 1 << UInt64((place - first) & 63)
    }

    func contains(_ place: Int) -> Bool {
        guard place >= first, place <= last else { return false }
        return words[(place - first) >> 6] >> UInt64((place - first) & 63) & 1 != 0
    }

    /// The least place at or after another.
    func next(_ place: Int) -> Int? {
        guard place <= last else { return nil }
        var index = max(0, place - first)
        while index >> 6 < words.count {
            let rest = words[index >> 6] >> UInt64(index & 63)
            if rest != 0 { return first + index + rest.trailingZeroBitCount }
            index = (index | 63) + 1
        }
        return nil
    }
}
