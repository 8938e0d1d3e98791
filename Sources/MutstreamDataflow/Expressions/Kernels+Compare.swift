import MutstreamColumnar

/// Comparisons, `greatest` and `least`.
extension Kernels {
    static func compare(_ function: Function, _ lhs: DataType, _ rhs: DataType) -> BinaryKernel {
        switch lhs.physical {
        case .bool:
            return { a, b, _, n, _ in
                ordered(
                    function, map(a.bools, n) { $0 ? 1 : 0 as UInt8 }, map(b.bools, n) { $0 ? 1 : 0 as UInt8 }, n,
                    { $0 < $1 }, { $0 == $1 })
            }
        case .int64: return { a, b, _, n, _ in ordered(function, a.int64s, b.int64s, n, { $0 < $1 }, { $0 == $1 }) }
        case .double:
            return { a, b, _, n, _ in ordered(function, a.doubles, b.doubles, n, lessDouble, equalDouble) }
        case .decimal:
            let (s1, s2) = (lhs.scale, rhs.scale)
            if s1 == s2 {
                return { a, b, _, n, _ in ordered(function, a.decimals, b.decimals, n, { $0 < $1 }, { $0 == $1 }) }
            }
            return { a, b, _, n, _ in
                switch function {
                case .equal: .bool(map(a.decimals, b.decimals, n) { Decimal.order($0, s1, $1, s2) == 0 })
                case .notEqual: .bool(map(a.decimals, b.decimals, n) { Decimal.order($0, s1, $1, s2) != 0 })
                case .less: .bool(map(a.decimals, b.decimals, n) { Decimal.order($0, s1, $1, s2) < 0 })
                case .lessOrEqual: .bool(map(a.decimals, b.decimals, n) { Decimal.order($0, s1, $1, s2) <= 0 })
                case .greater: .bool(map(a.decimals, b.decimals, n) { Decimal.order($0, s1, $1, s2) > 0 })
                default: .bool(map(a.decimals, b.decimals, n) { Decimal.order($0, s1, $1, s2) >= 0 })
                }
            }
        case .interval:
            return { a, b, _, n, _ in
                ordered(
                    function, a.intervals, b.intervals, n, { $0.comparable < $1.comparable },
                    { $0.comparable == $1.comparable })
            }
        case .text where CompositeOrder.isNeeded(lhs):
            return { a, b, _, n, _ in .bool(compareComposites(function, lhs, a.texts, b.texts, n)) }
        case .text: return { a, b, _, n, _ in .bool(compareText(function, a.texts, b.texts, n)) }
        }
    }

    /// NaN is equal to itself and greater than any other.
    @inline(__always)
    static func lessDouble(_ a: Double, _ b: Double) -> Bool { a < b || (b.isNaN && !a.isNaN) }

    @inline(__always)
    static func equalDouble(_ a: Double, _ b: Double) -> Bool { a == b || (a.isNaN && b.isNaN) }

    @inline(__always)
    private static func ordered<T: BitwiseCopyable>(
        _ function: Function, _ a: [T], _ b: [T], _ n: Int, _ less: (T, T) -> Bool, _ equal: (T, T) -> Bool
    ) -> Column.Values {
        switch function {
        case .equal: .bool(map(a, b, n) { equal($0, $1) })
        case .notEqual: .bool(map(a, b, n) { !equal($0, $1) })
        case .less: .bool(map(a, b, n) { less($0, $1) })
        case .lessOrEqual: .bool(map(a, b, n) { !less($1, $0) })
        case .greater: .bool(map(a, b, n) { less($1, $0) })
        default: .bool(map(a, b, n) { !less($0, $1) })
        }
    }

    private static func compareComposites(
        _ function: Function, _ type: DataType, _ a: TextValues, _ b: TextValues, _ n: Int
    ) -> [Bool] {
        a.withReader { left in
            b.withReader { right in
                (0..<n).map { row in
                    let order = CompositeOrder.compare(left.bytes(row), right.bytes(row), type)
                    return switch function {
                    case .equal: order == 0
                    case .notEqual: order != 0
                    case .less: order < 0
                    case .lessOrEqual: order <= 0
                    case .greater: order > 0
                    default: order >= 0
                    }
                }
            }
        }
    }

    private static func compareText(_ function: Function, _ a: TextValues, _ b: TextValues, _ n: Int) -> [Bool] {
        a.withReader { left in
            b.withReader { right in
                [Bool](unsafeUninitializedCapacity: n) { out, count in
                    switch function {
                    case .equal:
                        for row in 0..<n {
                            out.initializeElement(at: row, to: left.isEqual(row, right))
                        }
                    case .notEqual:
                        for row in 0..<n {
                            out.initializeElement(at: row, to: !left.isEqual(row, right))
                        }
                    case .less:
                        for row in 0..<n { out.initializeElement(at: row, to: order(left.bytes(row), right.bytes(row)) < 0) }
                    case .lessOrEqual:
                        for row in 0..<n {
                            out.initializeElement(at: row, to: order(left.bytes(row), right.bytes(row)) <= 0)
                        }
                    case .greater:
                        for row in 0..<n { out.initializeElement(at: row, to: order(left.bytes(row), right.bytes(row)) > 0) }
                    default:
                        for row in 0..<n {
                            out.initializeElement(at: row, to: order(left.bytes(row), right.bytes(row)) >= 0)
                        }
                    }
                    count = n
                }
            }
        }
    }

    @inline(__always)
    static func equalBytes(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
        a.count == b.count && order(a, b) == 0
    }

    /// Binary order: negative, 0 or positive.
    @inline(__always)
    static func order(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
        let common = min(a.count, b.count)
        var position = 0
        while position &+ 8 <= common {
            let x = a.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            let y = b.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            if x != y { return x.bigEndian < y.bigEndian ? -1 : 1 }
            position &+= 8
        }
        while position < common {
            if a[position] != b[position] { return a[position] < b[position] ? -1 : 1 }
            position &+= 1
        }
        return a.count - b.count
    }

    /// The greatest or least value that is not NULL; of equal ones the first.
    static func extreme(_ function: Function, _ type: DataType) -> FreeKernel {
        let better = compare(function == .greatest ? .greater : .less, type, type)
        return { columns, n, faults in
            var best = columns[0]
            for column in columns.dropFirst() {
                guard case .bool(let wins) = better(column, best, nil, n, &faults) else { continue }
                var choice = [Int32](repeating: 0, count: n)
                var validity: Bitmap?
                for row in 0..<n where column.isValid(row) && (wins[row] || !best.isValid(row)) { choice[row] = 1 }
                if best.validity != nil, column.validity != nil {
                    var bits = Bitmap(count: n, repeating: true)
                    for row in 0..<n where !best.isValid(row) && !column.isValid(row) { bits[row] = false }
                    validity = bits
                }
                best = Column(select(choice, [(0, best), (1, column)], type.physical), validity: validity)
            }
            return best.count == n ? best : best.slice(0..<n)
        }
    }
}
