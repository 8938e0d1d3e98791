import MutstreamColumnar

/// The loops that compute functions. Called once a batch, on memory of one type.
enum Kernels {
    /// Why one row of a kernel has no value, as the loop notes it.
    typealias Fault = UInt8

    @inline(__always)
    static func map<A: BitwiseCopyable, R: BitwiseCopyable>(_ a: [A], _ n: Int, _ f: (A) -> R) -> [R] {
        precondition(a.count >= n, "one value a row")
        // An array literal is made in half the time of one of any length.
        if n == 1 { return [f(a[0])] }
        return [R](unsafeUninitializedCapacity: n) { out, count in
            a.withUnsafeBufferPointer { a in
                for row in 0..<n { out.initializeElement(at: row, to: f(a[row])) }
            }
            count = n
        }
    }

    @inline(__always)
    static func map<A: BitwiseCopyable, B: BitwiseCopyable, R: BitwiseCopyable>(
        _ a: [A], _ b: [B], _ n: Int, _ f: (A, B) -> R
    ) -> [R] {
        precondition(a.count >= n && b.count >= n, "one value a row")
        if n == 1 { return [f(a[0], b[0])] }
        return [R](unsafeUninitializedCapacity: n) { out, count in
            a.withUnsafeBufferPointer { a in
                b.withUnsafeBufferPointer { b in
                    for row in 0..<n { out.initializeElement(at: row, to: f(a[row], b[row])) }
                }
            }
            count = n
        }
    }

    /// As `map`, where `f` also gives a fault, 0 for none. Faults are rare: they are looked for again when one was seen.
    @inline(__always)
    static func tryMap<A: BitwiseCopyable, R: BitwiseCopyable>(
        _ a: [A], _ validity: Bitmap?, _ n: Int, _ faults: inout Faults, _ reasons: (Fault) -> RowFailure,
        _ f: (A) -> (R, Fault)
    ) -> [R] {
        var seen: Fault = 0
        let values: [R] = map(a, n) { value in
            let (result, fault) = f(value)
            seen |= fault
            return result
        }
        if seen != 0 {
            for row in 0..<n where validity?[row] ?? true {
                let fault = f(a[row]).1
                if fault != 0 { faults.add(row, reasons(fault)) }
            }
        }
        return values
    }

    @inline(__always)
    static func tryMap<A: BitwiseCopyable, B: BitwiseCopyable, R: BitwiseCopyable>(
        _ a: [A], _ b: [B], _ validity: Bitmap?, _ n: Int, _ faults: inout Faults, _ reasons: (Fault) -> RowFailure,
        _ f: (A, B) -> (R, Fault)
    ) -> [R] {
        var seen: Fault = 0
        let values: [R] = map(a, b, n) { lhs, rhs in
            let (result, fault) = f(lhs, rhs)
            seen |= fault
            return result
        }
        if seen != 0 {
            for row in 0..<n where validity?[row] ?? true {
                let fault = f(a[row], b[row]).1
                if fault != 0 { faults.add(row, reasons(fault)) }
            }
        }
        return values
    }

    /// The bits of the first `n` rows.
    static func exact(_ validity: Bitmap?, _ n: Int) -> Bitmap? {
        guard let validity, validity.count != n else { return validity }
        var result = Bitmap(count: n, repeating: true)
        for row in 0..<n where !validity[row] { result[row] = false }
        return result
    }

    // MARK: - Selection

    /// Row by row the value of the column that bears the chosen number.
    static func select(_ choice: [Int32], _ parts: [(Int32, Column)], _ physical: DataType.Physical) -> Column.Values {
        switch physical {
        case .bool: return .bool(pick(choice, parts, false) { $0.bools })
        case .int64: return .int64(pick(choice, parts, 0) { $0.int64s })
        case .double: return .double(pick(choice, parts, 0) { $0.doubles })
        case .decimal: return .decimal(pick(choice, parts, 0) { $0.decimals })
        case .interval: return .interval(pick(choice, parts, Interval()) { $0.intervals })
        case .text:
            var views = [TextView](repeating: TextView(), count: choice.count)
            var buffers: [SharedBytes] = []
            for (number, column) in parts {
                let texts = column.texts
                let shift = UInt32(truncatingIfNeeded: buffers.count)
                buffers.append(contentsOf: texts.buffers)
                for row in 0..<choice.count where choice[row] == number {
                    var view = texts.views[row]
                    if !view.isInline { view.low &+= shift }
                    views[row] = view
                }
            }
            return .text(TextValues(views: views, buffers: buffers))
        }
    }

    @inline(__always)
    private static func pick<T: BitwiseCopyable>(
        _ choice: [Int32], _ parts: [(Int32, Column)], _ absent: T, _ take: (Column) -> [T]
    ) -> [T] {
        var result = [T](repeating: absent, count: choice.count)
        for (number, column) in parts {
            let values = take(column)
            for row in 0..<choice.count where choice[row] == number { result[row] = values[row] }
        }
        return result
    }
}

/// The memory of a column whose type is known.
extension Column {
    var bools: [Bool] { if case .bool(let values) = values { values } else { mismatch("BOOLEAN") } }
    var int64s: [Int64] { if case .int64(let values) = values { values } else { mismatch("an integer") } }
    var doubles: [Double] { if case .double(let values) = values { values } else { mismatch("DOUBLE") } }
    var decimals: [Int128] { if case .decimal(let values) = values { values } else { mismatch("DECIMAL") } }
    var texts: TextValues { if case .text(let values) = values { values } else { mismatch("TEXT") } }
    var intervals: [Interval] { if case .interval(let values) = values { values } else { mismatch("INTERVAL") } }

    private func mismatch(_ expected: String) -> Never { preconditionFailure("a kernel for \(expected) got \(physical)") }
}
