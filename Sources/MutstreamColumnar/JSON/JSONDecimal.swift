/// A number that paths compute with: 38 digits at most.
struct JSONDecimal {
    var digits: Int128
    /// Digits behind the point.
    var scale: Int

    private static let bound: Int128 = power(38) ?? .max

    /// nil: beyond an `Int128`.
    static func power(_ exponent: Int) -> Int128? {
        guard exponent >= 0, exponent <= 38 else { return nil }
        var result: Int128 = 1
        for _ in 0..<exponent { result *= 10 }
        return result
    }

    init?(digits: Int128, scale: Int) {
        guard digits.magnitude < UInt128(JSONDecimal.bound), scale <= 38 else { return nil }
        self.digits = digits
        self.scale = scale
    }

    /// A number of canonical text; nil: it has too many digits.
    init?(_ text: UnsafeRawBufferPointer) {
        var value: Int128 = 0
        var scale: Int?
        for byte in text where byte != 0x2d {
            if byte == 0x2e {
                scale = 0
                continue
            }
            if value.magnitude >= UInt128(JSONDecimal.bound) / 10 { return nil }
            value = value * 10 + Int128(byte &- 0x30)
            scale = scale.map { $0 + 1 }
        }
        self.init(digits: text.first == 0x2d ? -value : value, scale: scale ?? 0)
    }

    func append(to writer: ByteWriter) { TextCodec.append(decimal: digits, scale: scale, to: writer) }

    private func rescaled(_ wanted: Int) -> Int128? {
        guard let factor = JSONDecimal.power(wanted - scale) else { return nil }
        let (product, isOver) = digits.multipliedReportingOverflow(by: factor)
        return isOver ? nil : product
    }

    /// nil: the result has too many digits. Division and remainder by 0 are looked for before.
    static func compute(_ function: JSONPath.Arithmetic, _ lhs: JSONDecimal, _ rhs: JSONDecimal) -> JSONDecimal? {
        let scale = max(lhs.scale, rhs.scale)
        switch function {
        case .add, .subtract:
            guard let left = lhs.rescaled(scale), let right = rhs.rescaled(scale) else { return nil }
            let (sum, isOver) =
                function == .add ? left.addingReportingOverflow(right) : left.subtractingReportingOverflow(right)
            return isOver ? nil : JSONDecimal(digits: sum, scale: scale)
        case .multiply:
            let (product, isOver) = lhs.digits.multipliedReportingOverflow(by: rhs.digits)
            return isOver ? nil : JSONDecimal(digits: product, scale: lhs.scale + rhs.scale)
        case .modulo:
            guard let left = lhs.rescaled(scale), let right = rhs.rescaled(scale), right != 0 else { return nil }
            return JSONDecimal(digits: left % right, scale: scale)
        case .divide:
            guard rhs.digits != 0 else { return nil }
            // PostgreSQL's `select_div_scale`: at least 16 significant digits, by groups of four.
            let (left, right) = (lhs.weight, rhs.weight)
            let weight = left.group - right.group - (left.first <= right.first ? 1 : 0)
            let wanted = max(16 - weight * 4, lhs.scale, rhs.scale, 0)
            guard let factor = power(wanted + rhs.scale - lhs.scale) else { return nil }
            let (numerator, isOver) = lhs.digits.multipliedReportingOverflow(by: factor)
            if isOver { return nil }
            let (quotient, rest) = numerator.quotientAndRemainder(dividingBy: rhs.digits)
            let isAway = rest.magnitude >= rhs.digits.magnitude - rest.magnitude
            let sign: Int128 = (numerator < 0) == (rhs.digits < 0) ? 1 : -1
            return JSONDecimal(digits: isAway ? quotient + sign : quotient, scale: wanted)
        }
    }

    /// The first digit that is not 0 in base 10000, and its place.
    private var weight: (group: Int, first: Int) {
        if digits == 0 { return (0, 0) }
        // As text: groups count from the point.
        let text = Array(String(digits.magnitude).utf8)
        let point = text.count - scale
        let group = point > 0 ? (point - 1) / 4 : -((3 - point + 1) / 4)
        /// Digits of the first group that stand before its end.
        let end = point - group * 4
        var first = 0
        for index in 0..<max(end, 0) { first = first * 10 + (index < text.count ? Int(text[index] &- 0x30) : 0) }
        return (group, first)
    }

    /// Rounded down or up to a whole number.
    func whole(roundingUp: Bool) -> JSONDecimal? {
        guard let unit = JSONDecimal.power(scale) else { return nil }
        let (quotient, rest) = digits.quotientAndRemainder(dividingBy: unit)
        let correction: Int128 = rest == 0 ? 0 : roundingUp ? (rest > 0 ? 1 : 0) : (rest < 0 ? -1 : 0)
        return JSONDecimal(digits: quotient + correction, scale: 0)
    }
}
