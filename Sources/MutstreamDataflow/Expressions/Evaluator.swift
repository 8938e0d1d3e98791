import MutstreamColumnar

/// Computes one expression, batch by batch, a column at a time. Keeps scratch memory: one owner, not shared between threads.
///
/// Every node computes all rows. A row that fails is NULL in the node's column and listed beside it; nodes above pass the
/// failure on, unless the row does not use the value (AND, OR, CASE, COALESCE).
package final class Evaluator {
    package let expression: Expression
    private let root: EvaluationNode

    package init(_ expression: Expression) {
        self.expression = expression
        root = EvaluationNode(expression)
    }

    package func evaluate(_ batch: Batch) -> Evaluated {
        let vector = root.evaluate(batch)
        let column = vector.column
        return Evaluated(column.count == batch.count ? column : column.slice(0..<batch.count), vector.failures)
    }
}

/// The values of a node: at least as many as the batch has rows (constants are kept longer), and the rows that failed.
struct Vector {
    var column: Column
    var failures: [FailedRow] = []
}

/// Where kernels report rows.
struct Faults {
    var rows: [FailedRow] = []

    @inline(never)
    mutating func add(_ row: Int, _ failure: RowFailure) { rows.append((Int32(truncatingIfNeeded: row), failure)) }
}

/// Kernels of functions that are NULL where an operand is. They compute every row, but report only rows whose bit in the
/// validity is set. Called once a batch.
typealias UnaryKernel = (Column, Bitmap?, Int, inout Faults) -> Column.Values
typealias BinaryKernel = (Column, Column, Bitmap?, Int, inout Faults) -> Column.Values
typealias ManyKernel = ([Column], Bitmap?, Int, inout Faults) -> Column.Values
/// Kernels that look at NULLs themselves.
typealias FreeKernel = ([Column], Int, inout Faults) -> Column

/// How a function is computed.
enum Kernel {
    case unary(UnaryKernel)
    case binary(BinaryKernel)
    case many(ManyKernel)
    case free(FreeKernel)
    /// The operand as it is.
    case pass
}

final class EvaluationNode {
    enum Step {
        case column(Int)
        case constant(Value)
        case kernel(Kernel)
        case and, or, not, isNull
        case isTruth(Bool)
        case isDistinct(BinaryKernel)
        case inList(BinaryKernel)
        /// Conditions and results in turn, perhaps one result more.
        case choose(branches: Int)
        case coalesce
        /// The value, and whether it equals the other.
        case nullif
        case attempt
    }

    let step: Step
    let children: [EvaluationNode]
    let physical: DataType.Physical
    private let binary: BinaryKernel?
    private let first: EvaluationNode?
    private let second: EvaluationNode?
    private var constant: Column?

    init(_ step: Step, _ children: [EvaluationNode], _ physical: DataType.Physical) {
        self.step = step
        self.children = children
        self.physical = physical
        first = children.first
        second = children.count > 1 ? children[1] : nil
        if case .kernel(.binary(let compute)) = step { binary = compute } else { binary = nil }
    }

    convenience init(_ expression: Expression) {
        let children = expression.children.map { EvaluationNode($0) }
        let types = expression.children.map(\.type)
        let physical = expression.type.physical
        switch expression.node {
        case .column(let index): self.init(.column(index), [], physical)
        case .literal(let value): self.init(.constant(value), [], physical)
        case .untyped(let text): self.init(.constant(text.map { .text($0) } ?? .null), [], .text)
        case .call(let function, let operands):
            self.init(.kernel(Kernels.kernel(function, operands, result: expression.type)), children, physical)
        case .and: self.init(.and, children, physical)
        case .or: self.init(.or, children, physical)
        case .not: self.init(.not, children, physical)
        case .isNull: self.init(.isNull, children, physical)
        case .isTruth(_, let value): self.init(.isTruth(value), children, physical)
        case .isDistinct: self.init(.isDistinct(Kernels.compare(.notEqual, types[0], types[1])), children, physical)
        case .caseWhen(let branches, _): self.init(.choose(branches: branches.count), children, physical)
        case .coalesce: self.init(.coalesce, children, physical)
        case .nullif(let lhs, let rhs, let type):
            let equal = Expression(
                .call(.equal, [Conversion.convert(lhs, to: type), Conversion.convert(rhs, to: type)]), .boolean)
            self.init(.nullif, [children[0], EvaluationNode(equal)], physical)
        case .inList: self.init(.inList(Kernels.compare(.equal, types[0], types[0])), children, physical)
        case .cast(_, let isTry):
            let cast = EvaluationNode(.kernel(Kernels.cast(from: types[0], to: expression.type)), children, physical)
            if isTry { self.init(.attempt, [cast], physical) } else { self.init(cast.step, children, physical) }
        }
    }

    func evaluate(_ batch: Batch) -> Vector {
        let n = batch.count
        if let binary {
            // The most frequent node.
            let lhs = first.unsafelyUnwrapped.evaluate(batch)
            let rhs = second.unsafelyUnwrapped.evaluate(batch)
            let validity = Bitmap.and(lhs.column.validity, rhs.column.validity)
            var faults = Faults()
            let values = binary(lhs.column, rhs.column, validity, n, &faults)
            return EvaluationNode.vector(
                values, validity, EvaluationNode.merged(lhs.failures, rhs.failures), faults.rows)
        }
        switch step {
        case .column(let index): return Vector(column: batch.columns[index])
        case .constant(let value): return Vector(column: repeated(value, n))
        case .kernel(let kernel): return apply(kernel, batch)
        case .and: return logic(batch, deciding: false)
        case .or: return logic(batch, deciding: true)
        case .not:
            let operand = children[0].evaluate(batch)
            let values = Kernels.map(operand.column.bools, n) { !$0 }
            return Vector(column: .bool(values, Kernels.exact(operand.column.validity, n)), failures: operand.failures)
        case .isNull: return isNull(batch)
        case .isTruth(let value): return isTruth(batch, value)
        case .isDistinct(let differs): return isDistinct(batch, differs)
        case .inList(let equal): return inList(batch, equal)
        case .choose(let branches): return choose(batch, branches)
        case .coalesce: return coalesce(batch)
        case .nullif: return nullif(batch)
        case .attempt: return Vector(column: children[0].evaluate(batch).column)
        }
    }

    /// A column of at least `n` rows, kept from batch to batch.
    private func repeated(_ value: Value, _ n: Int) -> Column {
        if let constant, value.isNull ? constant.count == n : constant.count >= n { return constant }
        let column = Column.constant(value, physical: physical, count: n)
        constant = column
        return column
    }

    // MARK: - Functions

    private func apply(_ kernel: Kernel, _ batch: Batch) -> Vector {
        let n = batch.count
        var faults = Faults()
        switch kernel {
        case .pass: return children[0].evaluate(batch)
        case .unary(let compute):
            let operand = children[0].evaluate(batch)
            let validity = operand.column.validity
            let values = compute(operand.column, validity, n, &faults)
            return EvaluationNode.vector(values, validity, operand.failures, faults.rows)
        case .binary: preconditionFailure("computed above")
        case .many(let compute):
            var columns: [Column] = []
            var validity: Bitmap?
            var failures: [FailedRow] = []
            for child in children {
                let operand = child.evaluate(batch)
                validity = Bitmap.and(validity, operand.column.validity)
                failures = EvaluationNode.merged(failures, operand.failures)
                columns.append(operand.column)
            }
            let values = compute(columns, validity, n, &faults)
            return EvaluationNode.vector(values, validity, failures, faults.rows)
        case .free(let compute):
            var columns: [Column] = []
            var failures: [FailedRow] = []
            for child in children {
                let operand = child.evaluate(batch)
                failures = EvaluationNode.merged(failures, operand.failures)
                columns.append(operand.column)
            }
            let column = compute(columns, n, &faults)
            return EvaluationNode.vector(
                column.values, column.validity, EvaluationNode.merged(failures, faults.rows), failures)
        }
    }

    /// Values with the failures of operands, already NULL, and new ones, which become NULL.
    static func vector(
        _ values: Column.Values, _ validity: Bitmap?, _ old: [FailedRow], _ new: [FailedRow]
    ) -> Vector {
        if new.isEmpty { return Vector(column: Column(values, validity: validity), failures: old) }
        var column = Column(values)
        var bits = validity ?? Bitmap(count: column.count, repeating: true)
        for failure in new { bits[Int(failure.row)] = false }
        for failure in old { bits[Int(failure.row)] = false }
        column.validity = bits
        return Vector(column: column, failures: merged(old, new))
    }

    /// Both in the order of rows; where a row is in both, the first list's failure.
    static func merged(_ lhs: [FailedRow], _ rhs: [FailedRow]) -> [FailedRow] {
        if rhs.isEmpty { return lhs }
        if lhs.isEmpty { return rhs }
        var result: [FailedRow] = []
        result.reserveCapacity(lhs.count + rhs.count)
        var (i, j) = (0, 0)
        while i < lhs.count || j < rhs.count {
            if j == rhs.count || (i < lhs.count && lhs[i].row <= rhs[j].row) {
                if j < rhs.count, lhs[i].row == rhs[j].row { j += 1 }
                result.append(lhs[i])
                i += 1
            } else {
                result.append(rhs[j])
                j += 1
            }
        }
        return result
    }
}
