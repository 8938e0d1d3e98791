import MutstreamColumnar

/// Rounding, and functions of real numbers.
extension Kernels {
    static func rounding(_ function: Function, _ type: DataType) -> UnaryKernel {
        if type == .double {
            switch function {
            case .ceil: return { operand, _, n, _ in .double(map(operand.doubles, n) { $0.rounded(.up) }) }
            case .floor: return { operand, _, n, _ in .double(map(operand.doubles, n) { $0.rounded(.down) }) }
            case .trunc: return { operand, _, n, _ in .double(map(operand.doubles, n) { $0.rounded(.towardZero) }) }
            default: return { operand, _, n, _ in .double(map(operand.doubles, n) { $0.rounded(.toNearestOrEven) }) }
            }
        }
        let unit = Decimal.power(type.scale)
        switch function {
        case .ceil:
            return { operand, _, n, _ in
                .decimal(map(operand.decimals, n) { $0 / unit + ($0 > 0 && $0 % unit != 0 ? 1 : 0) })
            }
        case .floor:
            return { operand, _, n, _ in
                .decimal(map(operand.decimals, n) { $0 / unit - ($0 < 0 && $0 % unit != 0 ? 1 : 0) })
            }
        case .trunc: return { operand, _, n, _ in .decimal(map(operand.decimals, n) { $0 / unit }) }
        default: return { operand, _, n, _ in .decimal(map(operand.decimals, n) { Decimal.rounded($0, by: unit) }) }
        }
    }

    /// To a number of digits after the point; the result has the scale of `result`.
    static func rounding(_ function: Function, _ type: DataType, _ result: DataType) -> BinaryKernel {
        let isRound = function == .round
        if type == .double {
            return { lhs, rhs, _, n, _ in
                .double(
                    map(lhs.doubles, rhs.int64s, n) {
                        if $1 > 300 || $1 < -300 { return $1 > 0 ? $0 : 0 }
                        let unit = Math.power(10, Double($1.magnitude))
                        let scaled = $1 < 0 ? $0 / unit : $0 * unit
                        if !scaled.isFinite { return $0 }
                        let whole = scaled.rounded(isRound ? .toNearestOrAwayFromZero : .towardZero)
                        return $1 < 0 ? whole * unit : whole / unit
                    })
            }
        }
        guard case .decimal(let precision, let target) = result else { preconditionFailure("a decimal result") }
        let scale = type.scale
        let bound = Decimal.bound(precision)
        return { lhs, rhs, validity, n, faults in
            .decimal(
                tryMap(lhs.decimals, rhs.int64s, validity, n, &faults, { reason($0, result) }) {
                    let digits = Int(max(-39, min($1, 38)))
                    var value = $0
                    if digits < scale {
                        if scale - digits > 38 { return (0, 0) }
                        let unit = Decimal.power(scale - digits)
                        let units = isRound ? Decimal.rounded(value, by: unit) : value / unit
                        let (product, overflow) = units.multipliedReportingOverflow(by: unit)
                        if overflow { return (0, outside) }
                        value = product
                    }
                    return Decimal.rescaled(value, from: scale, to: target, bound: bound).map { ($0, 0) } ?? (0, outside)
                })
        }
    }

    // MARK: - Real numbers

    private static let negative: Fault = 8
    private static let domain: Fault = 16
    private static let zeroPower: Fault = 32
    private static let fraction: Fault = 64
    private static let logZero: Fault = 128

    private static func reason(_ fault: Fault, of function: Function) -> RowFailure {
        switch fault {
        case zero: .divisionByZero
        case under: .floatUnderflow
        case negative: function == .sqrt ? .squareRootOfNegative : .logarithmOfNegative
        case logZero: .logarithmOfZero
        case domain: .inputOutOfRange
        case zeroPower: .zeroToNegativePower
        case fraction: .negativeToFractionalPower
        default: .floatOverflow
        }
    }

    static func real(_ function: Function) -> Kernel {
        switch function {
        case .power: return both(function) { power($0, $1) }
        case .atan2: return both(function) { (Math.atan2($0, $1), 0) }
        case .log:
            return both(function) {
                let fault = logarithmFault($0) | logarithmFault($1)
                if fault != 0 { return (0, logarithmFault($0) != 0 ? logarithmFault($0) : fault) }
                let base = Math.ln($0)
                return base == 0 ? (0, zero) : (Math.ln($1) / base, 0)
            }
        case .sqrt: return one(function) { $0 < 0 ? (0, negative) : ($0.squareRoot(), 0) }
        case .cbrt: return one(function) { (Math.cbrt($0), 0) }
        case .exp:
            return one(function) {
                let value = Math.exp($0)
                if value == 0, $0.isFinite { return (0, under) }
                return finite(value, $0, 0)
            }
        case .ln: return one(function) { (Math.ln($0), logarithmFault($0)) }
        case .log10: return one(function) { (Math.log10($0), logarithmFault($0)) }
        case .sin: return one(function) { (Math.sin($0), $0.isInfinite ? domain : 0) }
        case .cos: return one(function) { (Math.cos($0), $0.isInfinite ? domain : 0) }
        case .tan: return one(function) { (Math.tan($0), $0.isInfinite ? domain : 0) }
        case .asin: return one(function) { (Math.asin($0), $0.magnitude > 1 ? domain : 0) }
        case .acos: return one(function) { (Math.acos($0), $0.magnitude > 1 ? domain : 0) }
        case .atan: return one(function) { (Math.atan($0), 0) }
        case .sinh: return one(function) { (Math.sinh($0), 0) }
        case .cosh: return one(function) { (Math.cosh($0), 0) }
        case .tanh: return one(function) { (Math.tanh($0), 0) }
        case .degrees: return one(function) { finite($0 / (Double.pi / 180), $0, 0) }
        default: return one(function) { ($0 * (Double.pi / 180), 0) }
        }
    }

    private static func logarithmFault(_ x: Double) -> Fault { x == 0 ? logZero : x < 0 ? negative : 0 }

    private static func power(_ x: Double, _ y: Double) -> (Double, Fault) {
        if x == 0, y < 0 { return (0, zeroPower) }
        if x < 0, y.isFinite, y != y.rounded() { return (0, fraction) }
        let value = Math.power(x, y)
        if value == 0, x != 0, x.isFinite, y.isFinite { return (0, under) }
        return finite(value, x, y)
    }

    private static func one(_ function: Function, _ f: @escaping (Double) -> (Double, Fault)) -> Kernel {
        .unary { operand, validity, n, faults in
            .double(tryMap(operand.doubles, validity, n, &faults, { reason(first($0), of: function) }, f))
        }
    }

    private static func both(_ function: Function, _ f: @escaping (Double, Double) -> (Double, Fault)) -> Kernel {
        .binary { lhs, rhs, validity, n, faults in
            .double(tryMap(lhs.doubles, rhs.doubles, validity, n, &faults, { reason(first($0), of: function) }, f))
        }
    }

    /// One fault of perhaps several.
    private static func first(_ fault: Fault) -> Fault { fault & (0 &- fault) }
}
