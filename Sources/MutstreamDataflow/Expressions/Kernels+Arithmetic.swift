import MutstreamColumnar

/// `+ - * / %` and signs.
extension Kernels {
    static let outside: Fault = 1
    static let zero: Fault = 2
    static let under: Fault = 4

    @inline(__always)
    static func reason(_ fault: Fault, _ type: DataType) -> RowFailure {
        if fault & zero != 0 { return .divisionByZero }
        return fault & under != 0 ? .floatUnderflow : .outOfRange(type)
    }

    static func arithmetic(
        _ function: Function, _ lhs: DataType, _ rhs: DataType, _ result: DataType
    ) -> BinaryKernel {
        switch (lhs, rhs) {
        case (.smallint, .smallint): return int16(function)
        case (.int, .int): return int32(function)
        case (.bigint, .bigint): return int64(function)
        case (.real, .real): return real(function)
        case (.double, .double): return double(function)
        case (.decimal, .decimal): return decimal(function, lhs.scale, rhs.scale, result)
        default: return temporal(function, lhs, rhs)
        }
    }

    @inline(__always)
    private static func integers(
        _ type: DataType, _ f: @escaping (Int64, Int64) -> (Int64, Fault)
    ) -> BinaryKernel {
        { lhs, rhs, validity, n, faults in
            .int64(tryMap(lhs.int64s, rhs.int64s, validity, n, &faults, { reason($0, type) }, f))
        }
    }

    @inline(__always)
    private static func narrow(_ value: Int64) -> (Int64, Fault) {
        (value, Int64(Int32(truncatingIfNeeded: value)) == value ? 0 : outside)
    }

    private static func int16(_ function: Function) -> BinaryKernel {
        func short(_ value: Int64) -> (Int64, Fault) {
            (value, Int64(Int16(truncatingIfNeeded: value)) == value ? 0 : outside)
        }
        switch function {
        case .add: return integers(.smallint) { short($0 &+ $1) }
        case .subtract: return integers(.smallint) { short($0 &- $1) }
        case .multiply: return integers(.smallint) { short($0 &* $1) }
        case .divide: return integers(.smallint) { $1 == 0 ? (0, zero) : short($1 == -1 ? 0 &- $0 : $0 / $1) }
        default: return remainder(.smallint)
        }
    }

    private static func int32(_ function: Function) -> BinaryKernel {
        switch function {
        case .add:
            return { lhs, rhs, validity, n, faults in
                .int64(tryMap(lhs.int64s, rhs.int64s, validity, n, &faults, { reason($0, .int) }) { narrow($0 &+ $1) })
            }
        case .subtract:
            return { lhs, rhs, validity, n, faults in
                .int64(tryMap(lhs.int64s, rhs.int64s, validity, n, &faults, { reason($0, .int) }) { narrow($0 &- $1) })
            }
        case .multiply:
            return { lhs, rhs, validity, n, faults in
                .int64(tryMap(lhs.int64s, rhs.int64s, validity, n, &faults, { reason($0, .int) }) { narrow($0 &* $1) })
            }
        case .divide:
            return { lhs, rhs, validity, n, faults in
                .int64(
                    tryMap(lhs.int64s, rhs.int64s, validity, n, &faults, { reason($0, .int) }) {
                        $1 == 0 ? (0, zero) : narrow($1 == -1 ? 0 &- $0 : $0 / $1)
                    })
            }
        default: return remainder(.int)
        }
    }

    private static func remainder(_ type: DataType) -> BinaryKernel {
        { lhs, rhs, validity, n, faults in
            .int64(
                tryMap(lhs.int64s, rhs.int64s, validity, n, &faults, { reason($0, type) }) {
                    $1 == 0 ? (0, zero) : ($1 == -1 ? 0 : $0 % $1, 0)
                })
        }
    }

    private static func int64(_ function: Function) -> BinaryKernel {
        switch function {
        case .add:
            return { lhs, rhs, validity, n, faults in
                .int64(
                    tryMap(lhs.int64s, rhs.int64s, validity, n, &faults, { reason($0, .bigint) }) {
                        let (value, overflow) = $0.addingReportingOverflow($1)
                        return (value, overflow ? outside : 0)
                    })
            }
        case .subtract:
            return { lhs, rhs, validity, n, faults in
                .int64(
                    tryMap(lhs.int64s, rhs.int64s, validity, n, &faults, { reason($0, .bigint) }) {
                        let (value, overflow) = $0.subtractingReportingOverflow($1)
                        return (value, overflow ? outside : 0)
                    })
            }
        case .multiply:
            return { lhs, rhs, validity, n, faults in
                .int64(
                    tryMap(lhs.int64s, rhs.int64s, validity, n, &faults, { reason($0, .bigint) }) {
                        let (value, overflow) = $0.multipliedReportingOverflow(by: $1)
                        return (value, overflow ? outside : 0)
                    })
            }
        case .divide:
            return { lhs, rhs, validity, n, faults in
                .int64(
                    tryMap(lhs.int64s, rhs.int64s, validity, n, &faults, { reason($0, .bigint) }) {
                        if $1 == 0 { return (0, zero) }
                        let (value, overflow) = $0.dividedReportingOverflow(by: $1)
                        return (value, overflow ? outside : 0)
                    })
            }
        default: return remainder(.bigint)
        }
    }

    /// Infinite where no operand is: overflow.
    @inline(__always)
    static func finite(_ value: Double, _ lhs: Double, _ rhs: Double) -> (Double, Fault) {
        (value, value.isInfinite && lhs.isFinite && rhs.isFinite ? outside : 0)
    }

    /// Floats: what doubles give, rounded once more, is what floats give (a double has more than twice the bits).
    private static func real(_ function: Function) -> BinaryKernel {
        func reals(_ f: @escaping (Double, Double) -> (Double, Fault)) -> BinaryKernel {
            { lhs, rhs, validity, n, faults in
                .double(tryMap(lhs.doubles, rhs.doubles, validity, n, &faults, { reason($0, .real) }, f))
            }
        }
        func rounded(_ value: Double, _ lhs: Double, _ rhs: Double) -> (Double, Fault) {
            finite(Double(Float(value)), lhs, rhs)
        }
        switch function {
        case .add: return reals { rounded($0 + $1, $0, $1) }
        case .subtract: return reals { rounded($0 - $1, $0, $1) }
        case .multiply:
            return reals {
                let result = rounded($0 * $1, $0, $1)
                return result.0 == 0 && $0 != 0 && $1 != 0 ? (0, under) : result
            }
        default:
            return reals {
                if $1 == 0, !$0.isNaN { return (0, zero) }
                let result = rounded($0 / $1, $0, $1)
                return result.0 == 0 && $0 != 0 && $1.isFinite ? (0, under) : result
            }
        }
    }

    private static func double(_ function: Function) -> BinaryKernel {
        switch function {
        case .add:
            return { lhs, rhs, validity, n, faults in
                .double(
                    tryMap(lhs.doubles, rhs.doubles, validity, n, &faults, { reason($0, .double) }) {
                        finite($0 + $1, $0, $1)
                    })
            }
        case .subtract:
            return { lhs, rhs, validity, n, faults in
                .double(
                    tryMap(lhs.doubles, rhs.doubles, validity, n, &faults, { reason($0, .double) }) {
                        finite($0 - $1, $0, $1)
                    })
            }
        case .multiply:
            return { lhs, rhs, validity, n, faults in
                .double(
                    tryMap(lhs.doubles, rhs.doubles, validity, n, &faults, { reason($0, .double) }) {
                        let value = $0 * $1
                        if value == 0, $0 != 0, $1 != 0 { return (value, under) }
                        return finite(value, $0, $1)
                    })
            }
        default:
            return { lhs, rhs, validity, n, faults in
                .double(
                    tryMap(lhs.doubles, rhs.doubles, validity, n, &faults, { reason($0, .double) }) {
                        if $1 == 0, !$0.isNaN { return (0, zero) }
                        let value = $0 / $1
                        if value == 0, $0 != 0, $1.isFinite { return (value, under) }
                        return finite(value, $0, $1)
                    })
            }
        }
    }

    // MARK: - Signs

    static func signed(_ function: Function, _ type: DataType) -> UnaryKernel {
        switch (type, function) {
        case (.smallint, .negate), (.int, .negate), (.bigint, .negate):
            let least = type.integerRange.lowerBound
            return { operand, validity, n, faults in
                .int64(
                    tryMap(operand.int64s, validity, n, &faults, { reason($0, type) }) {
                        (0 &- $0, $0 == least ? outside : 0)
                    })
            }
        case (.smallint, _), (.int, _), (.bigint, _):
            let least = type.integerRange.lowerBound
            return { operand, validity, n, faults in
                .int64(
                    tryMap(operand.int64s, validity, n, &faults, { reason($0, type) }) {
                        ($0 < 0 ? 0 &- $0 : $0, $0 == least ? outside : 0)
                    })
            }
        case (.real, .negate), (.double, .negate): return { operand, _, n, _ in .double(map(operand.doubles, n) { -$0 }) }
        case (.real, .abs), (.double, .abs): return { operand, _, n, _ in .double(map(operand.doubles, n) { $0.magnitude }) }
        case (.real, _), (.double, _):
            return { operand, _, n, _ in .double(map(operand.doubles, n) { $0 > 0 ? 1 : $0 < 0 ? -1 : $0.isNaN ? .nan : 0 })
            }
        case (.decimal, .negate): return { operand, _, n, _ in .decimal(map(operand.decimals, n) { 0 &- $0 }) }
        case (.decimal, .abs): return { operand, _, n, _ in .decimal(map(operand.decimals, n) { $0 < 0 ? 0 &- $0 : $0 }) }
        case (.decimal, _):
            return { operand, _, n, _ in .decimal(map(operand.decimals, n) { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }) }
        default:
            return { operand, validity, n, faults in
                .interval(
                    tryMap(operand.intervals, validity, n, &faults, { reason($0, .interval) }) {
                        CivilTime.negated($0).map { ($0, 0) } ?? (Interval(), outside)
                    })
            }
        }
    }
}
