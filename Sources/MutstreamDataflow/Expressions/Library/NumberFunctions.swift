import MutstreamColumnar

extension Library {
    static let numbers: [LibraryEntry] = wholeNumbers + decimals + reals + degreeFunctions

    // MARK: - Whole numbers

    private static func divisor(
        _ names: (String, String), _ type: DataType, isMultiple: Bool, _ summary: String
    ) -> LibraryEntry {
        LibraryEntry(names.0, group: .numbers, summary, [.type(type), .type(type)], .type(type)) { _, result in
            Kernels.integers { arguments, row in
                let (a, b) = (arguments.int64(0, row), arguments.int64(1, row))
                let common = Integers.greatestDivisor(a.magnitude, b.magnitude)
                var value = common
                if isMultiple {
                    if a == 0 || b == 0 { return .value(0) }
                    let (product, overflow) = (a.magnitude / common).multipliedReportingOverflow(by: b.magnitude)
                    if overflow { return .failure(.outOfRange(result)) }
                    value = product
                }
                guard let signed = Int64(exactly: value), result.integerRange.contains(signed) else {
                    return .failure(.outOfRange(result))
                }
                return .value(signed)
            }
        }
    }

    private static func decimalDivisor(_ name: String, isMultiple: Bool, _ summary: String) -> LibraryEntry {
        let type = LibraryEntry.Result.of("DECIMAL") { operands throws(TypeError) in
            let common = Conversion.common(operands[0].type, operands[1].type)
            guard isMultiple else { return common }
            return .decimal(precision: 38, scale: common.scale)
        }
        return LibraryEntry(name, group: .numbers, summary, [.decimal, .decimal], type) { operands, result in
            let scales = operands.map(\.type.scale)
            guard case .decimal(let precision, let scale) = result else { preconditionFailure("a decimal result") }
            let bound = Decimal.bound(precision)
            return Kernels.numbers { arguments, row in
                guard
                    let a = Decimal.rescaled(arguments.decimal(0, row), from: scales[0], to: scale, bound: .max),
                    let b = Decimal.rescaled(arguments.decimal(1, row), from: scales[1], to: scale, bound: .max)
                else { return .failure(.outOfRange(result)) }
                let common = Integers.greatestDivisor(a.magnitude, b.magnitude)
                var value = common
                if isMultiple {
                    if a == 0 || b == 0 { return .value(0) }
                    let (product, overflow) = (a.magnitude / common).multipliedReportingOverflow(by: b.magnitude)
                    if overflow { return .failure(.outOfRange(result)) }
                    value = product
                }
                guard let signed = Int128(exactly: value), signed < bound else { return .failure(.outOfRange(result)) }
                return .value(signed)
            }
        }
    }

    private static let wholeNumbers: [LibraryEntry] = [
        divisor(("gcd", "gcd"), .int, isMultiple: false, "The greatest common divisor."),
        divisor(("gcd", "gcd"), .bigint, isMultiple: false, "The greatest common divisor."),
        decimalDivisor("gcd", isMultiple: false, "The greatest common divisor."),
        divisor(("lcm", "lcm"), .int, isMultiple: true, "The least common multiple."),
        divisor(("lcm", "lcm"), .bigint, isMultiple: true, "The least common multiple."),
        decimalDivisor("lcm", isMultiple: true, "The least common multiple."),
        LibraryEntry(
            "factorial", group: .numbers, "The product of all numbers up to it; at most 33.", [.bigint],
            .type(.decimal(precision: 38, scale: 0))
        ) { _, result in
            Kernels.numbers { arguments, row in
                let count = arguments.int64(0, row)
                if count < 0 { return .invalid("factorial of a negative number is undefined") }
                if count > 33 { return .failure(.outOfRange(result)) }
                var product: Int128 = 1
                if count > 1 { for factor in 2...Int128(count) { product *= factor } }
                return .value(product)
            }
        },
        LibraryEntry(
            "width_bucket", group: .numbers,
            "Which of so many equal parts between two bounds holds the first, from 1; 0 and one more are outside.",
            [.double, .double, .double, .int], .int
        ) { _, _ in
            Kernels.integers { arguments, row in
                Integers.bucket(
                    arguments.double(0, row), arguments.double(1, row), arguments.double(2, row), arguments.int64(3, row))
            }
        },
        LibraryEntry(
            "width_bucket", group: .numbers,
            "Which of so many equal parts between two bounds holds the first, exactly.",
            [.decimal, .decimal, .decimal, .int], .int
        ) { operands, _ in
            let scales = operands.map(\.type.scale)
            let scale = max(scales[0], scales[1], scales[2])
            return Kernels.integers { arguments, row in
                var values: [Int128] = []
                for index in 0..<3 {
                    let value = Decimal.rescaled(
                        arguments.decimal(index, row), from: scales[index], to: scale, bound: .max)
                    guard let value else { return .failure(.outOfRange(.decimal(precision: 38, scale: scale))) }
                    values.append(value)
                }
                return Integers.bucket(values[0], values[1], values[2], arguments.int64(3, row))
            }
        },
        LibraryEntry("bin", group: .numbers, "A number in binary digits, as in Flink.", [.bigint], .text, mayFail: false) {
            _, _ in
            Kernels.texts { arguments, row, writer in
                writer.append(String(UInt64(bitPattern: arguments.int64(0, row)), radix: 2))
                return .value(())
            }
        },
        LibraryEntry(
            "hex", group: .numbers, "A number in hexadecimal digits, as in Flink.", [.bigint], .text, mayFail: false
        ) {
            _, _ in
            Kernels.texts { arguments, row, writer in
                writer.append(String(UInt64(bitPattern: arguments.int64(0, row)), radix: 16, uppercase: true))
                return .value(())
            }
        },
    ]

    // MARK: - Decimals

    private static let decimals: [LibraryEntry] = [
        LibraryEntry(
            "div", group: .numbers, "The whole part of the quotient.", [.decimal, .decimal],
            .of("DECIMAL") { operands throws(TypeError) in
                guard case .decimal(let p1, let s1) = operands[0].type, case .decimal(_, let s2) = operands[1].type else {
                    return operands[0].type
                }
                return .decimal(precision: min(38, max(1, p1 - s1 + s2)), scale: 0)
            }
        ) { operands, result in
            let (s1, s2) = (operands[0].type.scale, operands[1].type.scale)
            guard case .decimal(let precision, _) = result else { preconditionFailure("a decimal result") }
            let bound = Decimal.bound(precision)
            return Kernels.numbers { arguments, row in
                let (a, b) = (arguments.decimal(0, row), arguments.decimal(1, row))
                if b == 0 { return .failure(.divisionByZero) }
                let scale = max(s1, s2)
                if let x = Decimal.rescaled(a, from: s1, to: scale, bound: .max),
                    let y = Decimal.rescaled(b, from: s2, to: scale, bound: .max)
                {
                    let quotient = x / y
                    return quotient.magnitude < bound.magnitude ? .value(quotient) : .failure(.outOfRange(result))
                }
                return .failure(.outOfRange(result))
            }
        },
        LibraryEntry(
            "scale", group: .numbers, "The digits after the point that the type holds.", [.decimal], .int, mayFail: false
        ) { operands, _ in
            let scale = Int64(operands[0].type.scale)
            return Kernels.integers { _, _ in .value(scale) }
        },
        LibraryEntry(
            "min_scale", group: .numbers, "The digits after the point without zeros at the end.", [.decimal], .int,
            mayFail: false
        ) { operands, _ in
            let scale = operands[0].type.scale
            return Kernels.integers { arguments, row in
                var value = arguments.decimal(0, row)
                var left = scale
                while left > 0, value % 10 == 0 {
                    value /= 10
                    left -= 1
                }
                return .value(Int64(left))
            }
        },
        LibraryEntry(
            "truncate", group: .numbers, "Cut to a number of digits after the point, as in Flink.", [.anyNumber, .int],
            optional: 1, result: "the first's type"
        ) { operands throws(TypeError) in try Typing.call("trunc", operands) },
        LibraryEntry("@", group: .numbers, "The absolute value.", [.anyNumber], result: "the operand's type") {
            operands throws(TypeError) in try Typing.call("abs", operands)
        },
        LibraryEntry("|/", group: .numbers, "The square root.", [.double], result: "DOUBLE") {
            operands throws(TypeError) in try Typing.call("sqrt", operands)
        },
        LibraryEntry("||/", group: .numbers, "The cube root.", [.double], result: "DOUBLE") {
            operands throws(TypeError) in try Typing.call("cbrt", operands)
        },
    ]

    // MARK: - Real numbers

    static func real(
        _ name: String, _ summary: String, mayFail: Bool = true, _ compute: @escaping @Sendable (Double) -> RowValue<Double>
    ) -> LibraryEntry {
        LibraryEntry(name, group: .numbers, summary, [.double], .double, mayFail: mayFail) { _, _ in
            Kernels.reals { compute($0.double(0, $1)) }
        }
    }

    private static let reals: [LibraryEntry] = [
        real("cot", "Cotangent, in radians.") { x in
            if x.isInfinite { return .failure(.inputOutOfRange) }
            let value = 1 / Math.tan(x)
            return .value(value)
        },
        real("asinh", "Inverse hyperbolic sine.", mayFail: false) { .value(Math.asinh($0)) },
        real("acosh", "Inverse hyperbolic cosine.") { $0 < 1 ? .failure(.inputOutOfRange) : .value(Math.acosh($0)) },
        real("atanh", "Inverse hyperbolic tangent.") { x in
            if x < -1 || x > 1 { return .failure(.inputOutOfRange) }
            return .value(x == -1 ? -.infinity : x == 1 ? .infinity : Math.atanh(x))
        },
        real("log2", "The logarithm to base 2, as in Flink.") { x in
            x == 0 ? .failure(.logarithmOfZero) : x < 0 ? .failure(.logarithmOfNegative) : .value(Math.ln(x) / Math.ln(2))
        },
        LibraryEntry("e", group: .numbers, "Euler's number.", [], result: "DOUBLE") { _ throws(TypeError) in
            .literal(.double(Math.exp(1)), .double)
        },
    ]
}

/// Arithmetic of whole numbers.
enum Integers {
    static func greatestDivisor<T: UnsignedInteger & FixedWidthInteger>(_ a: T, _ b: T) -> T {
        var (a, b) = (a, b)
        while b != 0 { (a, b) = (b, a % b) }
        return a
    }

    /// As PostgreSQL's `width_bucket` over DOUBLE.
    static func bucket(_ value: Double, _ low: Double, _ high: Double, _ count: Int64) -> RowValue<Int64> {
        if count <= 0 { return .invalid("count must be greater than zero") }
        if value.isNaN || low.isNaN || high.isNaN { return .invalid("operand, lower bound, and upper bound cannot be NaN") }
        if !low.isFinite || !high.isFinite { return .invalid("lower and upper bounds must be finite") }
        if low == high { return .invalid("lower bound cannot equal upper bound") }
        let isRising = low < high
        let (least, most) = isRising ? (low, high) : (high, low)
        let isBefore = isRising ? value < low : value > low
        if isBefore { return .value(0) }
        if isRising ? value >= high : value <= high {
            return count == Int64(Int32.max) ? .failure(.outOfRange(.int)) : .value(count + 1)
        }
        var part: Double
        if (most - least).isFinite {
            part = Double(count) * ((isRising ? value - low : low - value) / (most - least))
        } else {
            part = Double(count) * ((isRising ? value / 2 - low / 2 : low / 2 - value / 2) / (most / 2 - least / 2))
        }
        if part >= Double(count) { part = Double(count) - 1 }
        return .value(Int64(part.rounded(.down)) + 1)
    }

    /// Exactly, over scaled decimals.
    static func bucket(_ value: Int128, _ low: Int128, _ high: Int128, _ count: Int64) -> RowValue<Int64> {
        if count <= 0 { return .invalid("count must be greater than zero") }
        if low == high { return .invalid("lower bound cannot equal upper bound") }
        let isRising = low < high
        if isRising ? value < low : value > low { return .value(0) }
        if isRising ? value >= high : value <= high {
            return count == Int64(Int32.max) ? .failure(.outOfRange(.int)) : .value(count + 1)
        }
        // All values lie within 38 digits, so differences stay within Int128 as magnitudes.
        let span = isRising ? difference(high, low) : difference(low, high)
        let part = isRising ? difference(value, low) : difference(low, value)
        let (high128, low128) = part.multipliedFullWidth(by: UInt128(count))
        let quotient = span.dividingFullWidth((high128, low128)).quotient
        return .value(Int64(truncatingIfNeeded: quotient) + 1)
    }

    private static func difference(_ greater: Int128, _ less: Int128) -> UInt128 {
        UInt128(truncatingIfNeeded: greater) &- UInt128(truncatingIfNeeded: less)
    }
}
