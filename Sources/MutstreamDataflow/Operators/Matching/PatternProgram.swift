/// A row pattern as instructions of a machine that follows all ways through it at once, in the order of preference (the
/// virtual machine of Thompson and Pike: "Regular Expression Matching: the Virtual Machine Approach", R. Cox, 2009).
package struct PatternProgram: Sendable {
    enum Instruction: Sendable {
        /// Takes one row as this variable.
        case take(Int)
        /// Both ways, the first one preferred.
        case split(Int, Int)
        case jump(Int)
        case done
    }

    /// Repetitions with numbers are written out, so a pattern can be longer than it looks.
    package static let lengthMax = 10_000

    private(set) var code: [Instruction] = []

    /// Nil where it has more than ``lengthMax`` instructions.
    package init?(_ pattern: RowPattern) {
        guard PatternProgram.length(pattern) < PatternProgram.lengthMax else { return nil }
        emit(pattern)
        code.append(.done)
    }

    private static func length(_ pattern: RowPattern) -> Int {
        let length: Int
        switch pattern {
        case .variable: length = 1
        case .sequence(let parts): length = parts.reduce(0) { min($0 + PatternProgram.length($1), lengthMax) }
        case .alternation(let parts): length = parts.reduce(0) { min($0 + PatternProgram.length($1) + 2, lengthMax) }
        case .repeated(let inner, let minimum, let maximum, _):
            let copies = min(max(minimum, maximum ?? (minimum + 1)), lengthMax)
            length = (PatternProgram.length(inner) + 2) * copies
        }
        return min(length, lengthMax)
    }

    private mutating func emit(_ pattern: RowPattern) {
        switch pattern {
        case .variable(let variable): code.append(.take(variable))
        case .sequence(let parts): for part in parts { emit(part) }
        case .alternation(let parts):
            var ends: [Int] = []
            for part in parts.dropLast() {
                let split = code.count
                code.append(.done)
                emit(part)
                ends.append(code.count)
                code.append(.done)
                code[split] = .split(split + 1, code.count)
            }
            if let last = parts.last { emit(last) }
            for end in ends { code[end] = .jump(code.count) }
        case .repeated(let inner, let minimum, let maximum, let isReluctant):
            for _ in 0..<minimum { emit(inner) }
            guard let maximum else {
                let split = code.count
                code.append(.done)
                emit(inner)
                code.append(.jump(split))
                code[split] = PatternProgram.choice(split + 1, code.count, isReluctant)
                return
            }
            var splits: [Int] = []
            for _ in minimum..<max(minimum, maximum) {
                splits.append(code.count)
                code.append(.done)
                emit(inner)
            }
            for split in splits { code[split] = PatternProgram.choice(split + 1, code.count, isReluctant) }
        }
    }

    private static func choice(_ body: Int, _ end: Int, _ isReluctant: Bool) -> Instruction {
        isReluctant ? .split(end, body) : .split(body, end)
    }
}
