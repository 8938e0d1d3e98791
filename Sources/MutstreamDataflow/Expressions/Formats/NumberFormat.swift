import MutstreamColumnar

/// Numbers to and from texts by templates.
enum NumberFormat {
    /// A scaled decimal; nil where `V` takes it out of range.
    static func text(
        _ value: Int128, scale: Int, _ template: NumberTemplate
    ) throws(NumberTemplate.Defect) -> [UInt8]? {
        if template.isRoman {
            let whole = Decimal.rounded(value, by: Decimal.power(scale))
            let numeral = NumberWriter.roman(Int(exactly: whole) ?? 0)
            var writer = NumberWriter(template, numeral, isNegative: false, spaces: 0)
            return try writer.text()
        }
        if template.isExponent { return scientific(value, scale, template.after) }
        var template = template
        var scale = scale
        var value = value
        if template.isShifted {
            // Times 10^n: the point moves.
            scale -= template.shifted
            if scale < 0 {
                guard scale >= -38 else { return nil }
                let (product, overflow) = value.multipliedReportingOverflow(by: Decimal.power(-scale))
                if overflow { return nil }
                (value, scale) = (product, 0)
            }
            template.before += template.shifted
        }
        if scale > template.after {
            value = Decimal.rounded(value, by: Decimal.power(scale - template.after))
            scale = template.after
        }
        var digits = Array(String(value.magnitude).utf8)
        if digits.count <= scale { digits = [UInt8](repeating: 0x30, count: scale - digits.count + 1) + digits }
        let whole = digits.count - scale
        digits += [UInt8](repeating: 0x30, count: template.after - scale)
        if template.after > 0 { digits.insert(UInt8(ascii: "."), at: whole) }
        return try placed(digits, whole, isNegative: value < 0, template)
    }

    private static func placed(
        _ digits: [UInt8], _ whole: Int, isNegative: Bool, _ template: NumberTemplate
    ) throws(NumberTemplate.Defect) -> [UInt8] {
        var digits = digits
        if whole > template.before {
            digits = [UInt8](repeating: UInt8(ascii: "#"), count: template.before + template.after + 1)
            digits[template.before] = UInt8(ascii: ".")
        }
        var writer = NumberWriter(
            template, digits, isNegative: isNegative, spaces: max(0, template.before - whole))
        return try writer.text()
    }

    /// `-1.23e+04`; positive ones begin with a space.
    private static func scientific(_ value: Int128, _ scale: Int, _ after: Int) -> [UInt8] {
        var digits = Array(String(value.magnitude).utf8)
        var exponent = value == 0 ? 0 : digits.count - 1 - scale
        if digits.count > after + 1 {
            let isUp = digits[after + 1] >= UInt8(ascii: "5")
            digits.removeLast(digits.count - after - 1)
            if isUp {
                var index = digits.count - 1
                while index >= 0, digits[index] == UInt8(ascii: "9") {
                    digits[index] = UInt8(ascii: "0")
                    index -= 1
                }
                if index >= 0 {
                    digits[index] += 1
                } else {
                    digits.insert(UInt8(ascii: "1"), at: 0)
                    digits.removeLast()
                    exponent += 1
                }
            }
        }
        digits += [UInt8](repeating: UInt8(ascii: "0"), count: after + 1 - digits.count)
        if after > 0 { digits.insert(UInt8(ascii: "."), at: 1) }
        let power = String(exponent.magnitude)
        let tail = "e" + (exponent < 0 ? "-" : "+") + (power.utf8.count < 2 ? "0" : "") + power
        return [value < 0 ? UInt8(ascii: "-") : UInt8(ascii: " ")] + digits + Array(tail.utf8)
    }

    // MARK: - Real numbers

    /// - Parameter digits: how many digits of the type count.
    static func text(
        _ value: Double, digits most: Int, _ template: NumberTemplate
    ) throws(NumberTemplate.Defect) -> [UInt8] {
        if template.isRoman {
            let whole = Int(exactly: value.rounded(.toNearestOrEven)) ?? 0
            var writer = NumberWriter(template, NumberWriter.roman(whole), isNegative: false, spaces: 0)
            return try writer.text()
        }
        if template.isExponent {
            if !value.isFinite {
                var result = [UInt8](repeating: UInt8(ascii: "#"), count: template.before + template.after + 6)
                result[0] = UInt8(ascii: " ")
                if template.before + 1 < result.count { result[template.before + 1] = UInt8(ascii: ".") }
                return result
            }
            let text = Array(Math.text(value, digits: template.after, isScientific: true).utf8)
            return text.first == UInt8(ascii: "-") ? text : [UInt8(ascii: " ")] + text
        }
        var template = template
        var value = value
        if template.isShifted {
            value *= Math.power(10, Double(template.shifted))
            template.before += template.shifted
        }
        let whole = Math.text(value.magnitude, digits: 0, isScientific: false).utf8.count
        if whole >= most {
            template.after = 0
        } else if whole + template.after > most {
            template.after = most - whole
        }
        var text = Array(Math.text(value, digits: template.after, isScientific: false).utf8)
        let isNegative = text.first == UInt8(ascii: "-")
        if isNegative { text.removeFirst() }
        return try placed(text, text.firstIndex(of: UInt8(ascii: ".")) ?? text.count, isNegative: isNegative, template)
    }

    // MARK: - Input

    static func read(
        _ text: String, _ template: NumberTemplate, precision: Int, scale: Int, _ type: DataType
    ) -> RowValue<Int128> {
        let plain = template.isShifted ? scale - template.shifted : scale
        let parsed: Result<Value, TextCodecError> = Result { () throws(TextCodecError) in
            try TextCodec.parse(text, .decimal(precision: precision, scale: plain))
        }
        switch parsed {
        // Over 10^n: the digits stay, the point moves.
        case .success(.decimal(let value)): return .value(value)
        case .success, .failure(.invalid): return .failure(.invalidText(type, text))
        case .failure(.outOfRange): return .failure(.outOfRange(type))
        }
    }
}
