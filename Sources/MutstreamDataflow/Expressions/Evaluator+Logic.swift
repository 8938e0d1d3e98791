import MutstreamColumnar

/// Nodes that do not simply pass NULLs and failures on.
extension EvaluationNode {
    /// What is known of one row of a condition.
    private enum Truth {
        static let no: UInt8 = 0
        static let yes: UInt8 = 1
        static let null: UInt8 = 2
        static let failed: UInt8 = 3
    }

    private static func truths(_ vector: Vector, _ n: Int) -> [UInt8] {
        let values = vector.column.bools
        var result = Kernels.map(values, n) { $0 ? Truth.yes : Truth.no }
        if let validity = vector.column.validity {
            for row in 0..<n where !validity[row] { result[row] = Truth.null }
        }
        for failure in vector.failures { result[Int(failure.row)] = Truth.failed }
        return result
    }

    private static func vector(truths: [UInt8], _ failures: [FailedRow]) -> Vector {
        let n = truths.count
        var validity: Bitmap?
        if truths.contains(where: { $0 >= Truth.null }) {
            var bits = Bitmap(count: n, repeating: true)
            for row in 0..<n where truths[row] >= Truth.null { bits[row] = false }
            validity = bits
        }
        return Vector(column: .bool(Kernels.map(truths, n) { $0 == Truth.yes }, validity), failures: failures)
    }

    /// AND (`deciding` false) or OR (`deciding` true), left to right.
    func logic(_ batch: Batch, deciding: Bool) -> Vector {
        let n = batch.count
        var result = children[0].evaluate(batch)
        for child in children.dropFirst() {
            if result.failures.isEmpty, result.column.validity == nil {
                let values = result.column.bools
                // Nothing behind matters once every row is decided.
                if values.prefix(n).allSatisfy({ $0 == deciding }) { break }
                let next = child.evaluate(batch)
                if next.failures.isEmpty, next.column.validity == nil {
                    let both =
                        deciding
                        ? Kernels.map(values, next.column.bools, n) { $0 || $1 }
                        : Kernels.map(values, next.column.bools, n) { $0 && $1 }
                    result = Vector(column: .bool(both))
                    continue
                }
                result = EvaluationNode.combined(result, next, n, deciding)
            } else {
                result = EvaluationNode.combined(result, child.evaluate(batch), n, deciding)
            }
        }
        return result
    }

    private static func combined(_ lhs: Vector, _ rhs: Vector, _ n: Int, _ deciding: Bool) -> Vector {
        let decided = deciding ? Truth.yes : Truth.no
        var states = truths(lhs, n)
        let next = truths(rhs, n)
        for row in 0..<n where states[row] != decided && states[row] != Truth.failed {
            if next[row] == decided || next[row] >= Truth.null { states[row] = next[row] }
        }
        // Only rows that reached the right side fail by it.
        let reached = rhs.failures.filter { states[Int($0.row)] == Truth.failed }
        return vector(truths: states, merged(lhs.failures, reached))
    }

    func isNull(_ batch: Batch) -> Vector {
        let operand = children[0].evaluate(batch)
        let n = batch.count
        var values = [Bool](repeating: false, count: n)
        if let validity = operand.column.validity {
            for row in 0..<n { values[row] = !validity[row] }
        }
        return EvaluationNode.vector(.bool(values), nil, [], operand.failures)
    }

    func isTruth(_ batch: Batch, _ value: Bool) -> Vector {
        let operand = children[0].evaluate(batch)
        let n = batch.count
        var values = Kernels.map(operand.column.bools, n) { $0 == value }
        if let validity = operand.column.validity {
            for row in 0..<n where !validity[row] { values[row] = false }
        }
        return EvaluationNode.vector(.bool(values), nil, [], operand.failures)
    }

    func isDistinct(_ batch: Batch, _ differs: BinaryKernel) -> Vector {
        let n = batch.count
        let (lhs, rhs) = (children[0].evaluate(batch), children[1].evaluate(batch))
        var faults = Faults()
        var result = differs(lhs.column, rhs.column, nil, n, &faults)
        if lhs.column.validity != nil || rhs.column.validity != nil, case .bool(var values) = result {
            for row in 0..<n {
                let (left, right) = (lhs.column.isValid(row), rhs.column.isValid(row))
                if !left || !right { values[row] = left != right }
            }
            result = .bool(values)
        }
        return EvaluationNode.vector(result, nil, [], EvaluationNode.merged(lhs.failures, rhs.failures))
    }

    /// TRUE if any member equals; else NULL if the needle or a member is NULL.
    func inList(_ batch: Batch, _ equal: BinaryKernel) -> Vector {
        let n = batch.count
        let needle = children[0].evaluate(batch)
        var failures = needle.failures
        var found = [Bool](repeating: false, count: n)
        var nulls: [Bool]?
        var faults = Faults()
        for child in children.dropFirst() {
            let member = child.evaluate(batch)
            failures = EvaluationNode.merged(failures, member.failures)
            guard case .bool(let values) = equal(needle.column, member.column, nil, n, &faults) else { continue }
            if let validity = member.column.validity {
                var seen = nulls ?? [Bool](repeating: false, count: n)
                for row in 0..<n {
                    if validity[row] { found[row] = found[row] || values[row] } else { seen[row] = true }
                }
                nulls = seen
            } else {
                found = Kernels.map(found, values, n) { $0 || $1 }
            }
        }
        var validity = Kernels.exact(needle.column.validity, n)
        if let nulls {
            var bits = validity ?? Bitmap(count: n, repeating: true)
            for row in 0..<n where nulls[row] && !found[row] { bits[row] = false }
            validity = bits
        }
        return failures.isEmpty
            ? Vector(column: .bool(found, validity)) : EvaluationNode.vector(.bool(found), validity, [], failures)
    }

    // MARK: - Choices

    private static let undecided: Int32 = -1
    private static let failed: Int32 = -2

    func choose(_ batch: Batch, _ branches: Int) -> Vector {
        let n = batch.count
        var choice = [Int32](repeating: EvaluationNode.undecided, count: n)
        var open = n
        var failures: [FailedRow] = []
        var parts: [(Int32, Vector)] = []
        for branch in 0..<branches where open > 0 {
            let condition = children[2 * branch].evaluate(batch)
            for failure in condition.failures where choice[Int(failure.row)] == EvaluationNode.undecided {
                choice[Int(failure.row)] = EvaluationNode.failed
                failures.append(failure)
                open -= 1
            }
            let values = condition.column.bools
            var chosen = 0
            for row in 0..<n where values[row] && choice[row] == EvaluationNode.undecided && condition.column.isValid(row) {
                choice[row] = Int32(branch)
                chosen += 1
            }
            open -= chosen
            if chosen > 0 { parts.append((Int32(branch), children[2 * branch + 1].evaluate(batch))) }
        }
        if open > 0, children.count > 2 * branches {
            for row in 0..<n where choice[row] == EvaluationNode.undecided { choice[row] = Int32(branches) }
            parts.append((Int32(branches), children[2 * branches].evaluate(batch)))
        }
        return assembled(choice, parts, failures)
    }

    func coalesce(_ batch: Batch) -> Vector {
        let n = batch.count
        let first = children[0].evaluate(batch)
        if first.column.validity == nil { return first }
        var choice = [Int32](repeating: EvaluationNode.undecided, count: n)
        var open = n
        var failures: [FailedRow] = []
        var parts: [(Int32, Vector)] = []
        for (index, child) in children.enumerated() where open > 0 {
            let operand = index == 0 ? first : child.evaluate(batch)
            for failure in operand.failures where choice[Int(failure.row)] == EvaluationNode.undecided {
                choice[Int(failure.row)] = EvaluationNode.failed
                failures.append(failure)
                open -= 1
            }
            for row in 0..<n where choice[row] == EvaluationNode.undecided && operand.column.isValid(row) {
                choice[row] = Int32(index)
                open -= 1
            }
            parts.append((Int32(index), Vector(column: operand.column)))
        }
        return assembled(choice, parts, failures)
    }

    func nullif(_ batch: Batch) -> Vector {
        let n = batch.count
        let value = children[0].evaluate(batch)
        let equal = children[1].evaluate(batch)
        let hits = equal.column.bools
        var validity = Kernels.exact(value.column.validity, n) ?? Bitmap(count: n, repeating: true)
        for row in 0..<n where hits[row] && equal.column.isValid(row) { validity[row] = false }
        let column = value.column.count == n ? value.column : value.column.slice(0..<n)
        return EvaluationNode.vector(
            column.values, validity, value.failures, equal.failures)
    }

    /// Row by row the value of the part with the chosen number; NULL where there is none.
    private func assembled(_ choice: [Int32], _ parts: [(Int32, Vector)], _ failures: [FailedRow]) -> Vector {
        let n = choice.count
        var failures = failures
        if parts.count == 1, failures.isEmpty, choice.allSatisfy({ $0 == parts[0].0 }) { return parts[0].1 }
        var validity = Bitmap(count: n, repeating: true)
        var nulls = false
        for row in 0..<n where choice[row] < 0 {
            validity[row] = false
            nulls = true
        }
        for (number, part) in parts {
            for failure in part.failures where choice[Int(failure.row)] == number { failures.append(failure) }
            guard let own = part.column.validity else { continue }
            for row in 0..<n where choice[row] == number && !own[row] {
                validity[row] = false
                nulls = true
            }
        }
        failures.sort { $0.row < $1.row }
        let columns = parts.map { ($0.0, $0.1.column) }
        return Vector(
            column: Column(Kernels.select(choice, columns, physical), validity: nulls ? validity : nil), failures: failures)
    }
}
