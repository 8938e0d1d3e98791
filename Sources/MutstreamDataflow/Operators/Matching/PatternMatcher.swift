import MutstreamColumnar

/// Finds the matches in the rows of a partition, one after the other.
///
/// All ways through the pattern are followed at the same time, row by row, in the order of preference; two ways at one
/// place of the pattern that no condition can tell apart are one. A match is decided when no preferred way can go on.
/// Complexity: O(rows x length of the pattern) an attempt, where no condition looks at the rows matched before; in any case
/// what ``stepsMax`` allows.
final class PatternMatcher {
    /// Ways that one attempt may follow; more are given up, with a line in the dead letter.
    static let waysMax = 10_000
    /// Ways that are looked at in all rows of one attempt, the first ``freeWays`` of a row apart; one whose conditions ask what
    /// has been matched counts as ten. Where they are spent, the attempt is given up as well.
    static let stepsMax = 1_000_000
    static let freeWays = 16
    /// Rows one behind the other whose attempts are given up may take half as many steps each, until it is a 64th.
    static let halvingsMax = 6

    private struct Signature: Hashable {
        var instruction: Int
        var marks: ArraySlice<Int32>
        var cells: ArraySlice<MatchCell>
    }

    let spec: MatchSpec
    private let program: PatternProgram
    private let conditions: MatchConditions
    private let store: RowStore
    let output: MatchOutput
    /// Rows before a match that its conditions and measures look at.
    let history: Int
    let numbersMatches: Bool

    /// By instruction: the last closure that went through it.
    private var stamps: [Int64]
    private var stamp: Int64 = 0
    private var seen: Set<Signature> = []
    private var stack: [Int] = []
    private var next: [MatchAttempt.Way] = []
    private var answers: [[Bool]] = []

    private let stepsMax: Int

    init(_ spec: MatchSpec, _ program: PatternProgram, _ store: RowStore, stepsMax: Int = PatternMatcher.stepsMax) {
        self.stepsMax = stepsMax
        self.spec = spec
        self.program = program
        self.store = store
        conditions = MatchConditions(spec)
        output = MatchOutput(spec, store)
        let slots = spec.conditionSlots + spec.measureSlots
        history = slots.map { min($0.offset, 0).magnitude }.max().map { Int(clamping: $0) } ?? 0
        numbersMatches = slots.contains { $0.kind == .matchNumber }
        stamps = [Int64](repeating: 0, count: program.code.count)
    }

    /// Makes rows known to the matcher, those before `end`.
    func feed(_ partition: MatchPartition, until end: Int) {
        guard end > partition.fed else { return }
        conditions.judge(partition, partition.fed..<end, store)
        partition.fed = end
    }

    private func fail(_ partition: MatchPartition, _ row: Int, _ reason: String) {
        if partition.hasFailed[row] { return }
        partition.hasFailed[row] = true
        output.fail(partition.rows[row], reason)
    }

    private func time(_ partition: MatchPartition, _ row: Int) -> Int64 {
        store.load(partition.rows[row], spec.order[0].column, as: Int64.self)
    }

    /// When the attempt of a partition ends though no row comes; nil: never, or there is none.
    func deadline(_ partition: MatchPartition) -> Int64? {
        guard let within = spec.within, partition.start < partition.fed else { return nil }
        return time(partition, partition.start).addingClamped(within)
    }

    /// Finds all matches that the fed rows decide.
    /// - Parameters:
    ///   - watermark: no row with an earlier time comes.
    ///   - hasEnded: no row comes at all.
    func run(_ partition: MatchPartition, watermark: Int64, hasEnded: Bool) {
        while partition.start < partition.fed {
            let attempt: MatchAttempt
            if let known = partition.attempt {
                attempt = known
            } else {
                attempt = MatchAttempt(marks: conditions.markCount, cells: conditions.cellCount)
                add(0, 0, attempt, to: &attempt.ways)
                partition.attempt = attempt
            }
            let isDecided = advance(partition, attempt)
            if !isDecided, !hasEnded {
                guard let deadline = deadline(partition), deadline <= watermark else { return }
            }
            partition.attempt = nil
            finish(partition, attempt)
        }
    }

    /// Goes on with the fed rows. Returns whether the attempt is decided.
    private func advance(_ partition: MatchPartition, _ attempt: MatchAttempt) -> Bool {
        let deadline = deadline(partition)
        while !attempt.ways.isEmpty {
            let row = partition.start + attempt.count
            if row >= partition.fed { return false }
            if let deadline, time(partition, row) >= deadline { return true }
            take(row, partition, attempt)
        }
        return true
    }

    /// One row: every way that can take it goes on behind it.
    private func take(_ row: Int, _ partition: MatchPartition, _ attempt: MatchAttempt) {
        let bits = partition.bits[row]
        let surplus = max(attempt.ways.count - PatternMatcher.freeWays, 0)
        attempt.steps += conditions.looksBack ? surplus * 10 : surplus
        if attempt.steps > stepsMax >> min(partition.givenUp, PatternMatcher.halvingsMax) {
            giveUp(attempt, partition, "to follow the partial matches that begin at this row takes too many steps")
            attempt.count += 1
            return
        }
        if conditions.looksBack { ask(partition, row, attempt) }
        next.removeAll(keepingCapacity: true)
        seen.removeAll(keepingCapacity: true)
        stamp += 1
        for (number, way) in attempt.ways.enumerated() {
            guard case .take(let variable) = program.code[Int(way.instruction)] else { continue }
            let holds =
                answers.indices.contains(variable) && !answers[variable].isEmpty
                ? answers[variable][number] : bits >> UInt64(variable) & 1 != 0
            if !holds {
                if partition.faults[row] >> UInt64(variable) & 1 != 0, !partition.hasFailed[row] {
                    fail(partition, row, conditions.fault(variable, partition, row, store))
                }
                continue
            }
            let node = conditions.extend(attempt, way.node, variable, partition, store)
            if conditions.looksBack { stamp += 1 }
            let before = next.count
            add(Int(way.instruction) + 1, node, attempt, to: &next)
            if let last = next.last, next.count > before, case .done = program.code[Int(last.instruction)] {
                // What comes behind it in the order of preference is never taken.
                attempt.best = (attempt.count + 1, last.node)
                next.removeLast()
                break
            }
            if next.count > PatternMatcher.waysMax {
                giveUp(attempt, partition, "more than \(PatternMatcher.waysMax) partial matches begin at this row")
                next.removeAll()
                break
            }
        }
        swap(&attempt.ways, &next)
        attempt.count += 1
        attempt.compact(marks: conditions.markCount, cells: conditions.cellCount)
    }

    /// No match begins at the row where the attempt does.
    private func giveUp(_ attempt: MatchAttempt, _ partition: MatchPartition, _ reason: String) {
        fail(partition, partition.start, "MATCH_RECOGNIZE: \(reason)")
        attempt.isGivenUp = true
        attempt.ways.removeAll()
        attempt.best = nil
    }

    /// Computes the conditions that look back, for all ways that wait for the same variable at once.
    private func ask(_ partition: MatchPartition, _ row: Int, _ attempt: MatchAttempt) {
        for index in answers.indices { answers[index] = [] }
        var asking: [[Int]] = [[Int]](repeating: [], count: spec.variables.count)
        for (number, way) in attempt.ways.enumerated() {
            guard case .take(let variable) = program.code[Int(way.instruction)],
                let condition = conditions.conditions[variable], condition.looksBack
            else { continue }
            asking[variable].append(number)
        }
        for (variable, numbers) in asking.enumerated() where !numbers.isEmpty {
            let holds = conditions.judge(
                variable, numbers.map { attempt.ways[$0] }, attempt, partition, store
            ) { self.fail(partition, $0, $1) }
            while answers.count <= variable { answers.append([]) }
            answers[variable] = [Bool](repeating: false, count: attempt.ways.count)
            for (number, answer) in zip(numbers, holds) { answers[variable][number] = answer }
        }
    }

    /// Follows the instructions that take no row, the preferred ones first. Ends at the first that is done.
    private func add(
        _ instruction: Int, _ node: Int32, _ attempt: MatchAttempt, to ways: inout [MatchAttempt.Way]
    ) {
        if attempt.parents.count == 1 { stamp += 1 }
        stack.append(instruction)
        while let at = stack.popLast() {
            if stamps[at] == stamp { continue }
            stamps[at] = stamp
            switch program.code[at] {
            case .jump(let target): stack.append(target)
            case .split(let first, let second):
                stack.append(second)
                stack.append(first)
            case .take, .done:
                if conditions.looksBack {
                    let (marks, cells) = (conditions.markCount, conditions.cellCount)
                    let signature = Signature(
                        instruction: at, marks: attempt.marks[Int(node) * marks..<(Int(node) + 1) * marks],
                        cells: attempt.cells[Int(node) * cells..<(Int(node) + 1) * cells])
                    guard seen.insert(signature).inserted else { continue }
                }
                ways.append(MatchAttempt.Way(instruction: Int32(truncatingIfNeeded: at), node: node))
                if case .done = program.code[at] {
                    stack.removeAll(keepingCapacity: true)
                    return
                }
            }
        }
    }

    /// Gives the match of an attempt, if there is one, and says where the next begins.
    private func finish(_ partition: MatchPartition, _ attempt: MatchAttempt) {
        partition.givenUp = attempt.isGivenUp ? partition.givenUp + 1 : 0
        guard let best = attempt.best else {
            partition.start += 1
            return
        }
        partition.matches += 1
        let labels = attempt.labels(best)
        output.add(partition, labels)
        partition.start += step(partition, labels)
    }

    /// AFTER MATCH SKIP, in rows.
    private func step(_ partition: MatchPartition, _ labels: [UInt8]) -> Int {
        let (place, text): (Int?, String)
        switch spec.skip {
        case .pastLastRow: return labels.count
        case .toNextRow: return 1
        case .toFirst(let variables, let name):
            place = labels.firstIndex { variables >> UInt64($0) & 1 != 0 }
            text = "FIRST \(name)"
        case .toLast(let variables, let name):
            place = labels.lastIndex { variables >> UInt64($0) & 1 != 0 }
            text = "LAST \(name)"
        }
        if let place, place > 0 { return place }
        let reason = place == nil ? "the match has no such row" : "it is the first row of the match"
        fail(partition, partition.start, "AFTER MATCH SKIP TO \(text): \(reason)")
        return 1
    }
}
