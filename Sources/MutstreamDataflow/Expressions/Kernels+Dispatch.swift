import MutstreamColumnar

/// From a function and the types of its operands to the loop that computes it.
extension Kernels {
    static func kernel(_ function: Function, _ operands: [Expression], result: DataType) -> Kernel {
        let types = operands.map(\.type)
        switch function {
        case .add, .subtract, .multiply, .divide, .modulo: return .binary(arithmetic(function, types[0], types[1], result))
        case .negate, .abs, .sign: return .unary(signed(function, types[0]))
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
            return .binary(compare(function, types[0], types[1]))
        case .ceil, .floor, .round, .trunc:
            if types.count == 2 { return .binary(rounding(function, types[0], result)) }
            return .unary(rounding(function, types[0]))
        case .power, .sqrt, .cbrt, .exp, .ln, .log10, .log, .sin, .cos, .tan, .asin, .acos, .atan, .atan2, .sinh, .cosh,
            .tanh, .degrees, .radians:
            return real(function)
        case .greatest, .least: return .free(extreme(function, result))
        case .like(let ignoreCase): return like(ignoreCase, operands)
        case .concat, .concatWithSeparator: return .free(joined(function))
        case .extract(let field): return .unary(extract(field, types[0]))
        case .dateTrunc(let field): return .unary(dateTrunc(field))
        case .toTimestamp: return .unary(toTimestamp)
        case .tumbleStart(let size, let offset): return .free(tumbleStart(size, offset))
        case .library(let function): return function.kernel(operands, result: result)
        case .composite(let function): return composite(function, types, result)
        case .singleRow:
            return .free { columns, n, faults in
                let counts = columns[1].int64s
                for row in 0..<n where columns[1].isValid(row) && counts[row] > 1 { faults.add(row, .moreThanOneRow) }
                return columns[0]
            }
        default: return text(function, types.count)
        }
    }
}
