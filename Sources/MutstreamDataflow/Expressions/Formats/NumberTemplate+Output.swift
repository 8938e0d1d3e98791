/// Writes a number by a template: a state machine that walks the template and the digits together, like PostgreSQL's.
struct NumberWriter {
    private var template: NumberTemplate
    private let number: [UInt8]
    private var place = 0
    private let sign: UInt8
    private var isSignWritten = false
    private var digits = 0
    private var current = 0
    private let spaces: Int
    /// The last digit that counts in fill mode.
    private var last: Int?
    private var isInside = false
    private var zeroStart: Int
    private var out: [UInt8] = []
    private var defect: NumberTemplate.Defect?

    /// - Parameters:
    ///   - number: the digits, perhaps with a point, without a sign; or `#` where they do not fit.
    ///   - spaces: places of the template before the first digit.
    init(_ template: NumberTemplate, _ number: [UInt8], isNegative: Bool, spaces: Int) {
        self.template = template
        self.number = number
        self.spaces = template.isRoman ? 0 : spaces
        sign = isNegative ? UInt8(ascii: "-") : UInt8(ascii: "+")
        zeroStart = max(0, template.zeroStart - 1)
    }

    /// The text of a Roman numeral's place, or nil to write digits.
    static func roman(_ value: Int) -> [UInt8] {
        guard (1...3999).contains(value) else { return [UInt8](repeating: UInt8(ascii: "#"), count: 15) }
        let parts: [(Int, String)] = [
            (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"),
            (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
        ]
        var left = value
        var text = ""
        for (unit, name) in parts {
            while left >= unit {
                text += name
                left -= unit
            }
        }
        return Array(text.utf8)
    }

    private func digit(_ index: Int) -> UInt8 { index < number.count ? number[index] : 0 }

    mutating func text() throws(NumberTemplate.Defect) -> [UInt8] {
        if template.isPlus || template.isMinus {
            isSignWritten = !(template.isPlus && !template.isMinus)
        } else {
            if sign != UInt8(ascii: "-"), template.isFillMode { template.isBracket = false }
            isSignWritten = sign == UInt8(ascii: "+") && template.isFillMode && !template.hasLocaleSign
            if template.signPlace == .before, template.before == template.digitsBeforeSign { template.signPlace = .after }
        }
        digits = template.after + template.before - 1
        if template.isFillMode, template.hasPoint, let point = number.firstIndex(of: UInt8(ascii: ".")) {
            last = number.indices.last { $0 > point && number[$0] != UInt8(ascii: "0") } ?? point
            if template.zeroEnd > spaces {
                last = max(last ?? 0, min(number.count - 1, template.zeroEnd - spaces))
            }
        }
        if !isSignWritten, spaces == 0 { digits += 1 }
        for node in template.nodes {
            switch node {
            case .character(let bytes): out += bytes
            case .key(let key): write(key)
            }
        }
        if let defect { throw defect }
        return out.firstIndex(of: 0).map { Array(out[..<$0]) } ?? out
    }

    private mutating func write(_ key: NumberTemplate.Key) {
        let space = UInt8(ascii: " ")
        switch key {
        case .nine, .zero, .point, .localePoint: if !template.isRoman { writeDigit(key) }
        case .comma, .group:
            if isInside {
                out.append(UInt8(ascii: ","))
            } else if !template.isFillMode {
                out.append(space)
            }
        case .currency: out.append(space)
        case .romanUpper, .romanLower:
            var text = number
            if key == .romanLower { text = text.map { $0 >= 0x41 && $0 <= 0x5a ? $0 | 0x20 : $0 } }
            if !template.isFillMode { out += [UInt8](repeating: space, count: max(0, 15 - text.count)) }
            out += text
        case .ordinalLower, .ordinalUpper:
            if template.isRoman || number.first == UInt8(ascii: "#") || sign == UInt8(ascii: "-") || template.hasPoint {
                return
            }
            let text = String(decoding: number, as: UTF8.self)
            guard let last = number.last, last >= 0x30, last <= 0x39 else {
                defect = NumberTemplate.Defect("\"\(text)\" is not a number")
                return
            }
            out += Array(TimeTemplate.ordinal(text, key == .ordinalLower ? .lower : .upper).utf8)
        case .minus:
            if template.isRoman ? false : sign == UInt8(ascii: "-") {
                out.append(sign)
            } else if !template.isFillMode {
                out.append(space)
            }
        case .plus:
            if sign == UInt8(ascii: "+") {
                out.append(sign)
            } else if !template.isFillMode {
                out.append(space)
            }
        case .anySign: out.append(sign)
        default: break
        }
    }

    /// A leading zero before the point, which a place without zeros leaves out.
    private var isLeadingZero: Bool {
        !template.hasZero && place == 0 && digit(0) == UInt8(ascii: "0") && template.after != 0
    }

    private var endsAtPoint: Bool { last.map { digit($0) == UInt8(ascii: ".") } ?? false }

    private mutating func writeSign() {
        let isNegative = sign == UInt8(ascii: "-")
        if template.hasLocaleSign {
            if template.signPlace == .before {
                out.append(sign)
                isSignWritten = true
            }
        } else if template.isBracket {
            out.append(isNegative ? UInt8(ascii: "<") : UInt8(ascii: " "))
            isSignWritten = true
        } else {
            if isNegative { out.append(sign) } else if !template.isFillMode { out.append(UInt8(ascii: " ")) }
            isSignWritten = true
        }
    }

    private mutating func writeDigit(_ key: NumberTemplate.Key) {
        isInside = false
        if !isSignWritten, current >= spaces || (template.hasZero && zeroStart == current),
            !isLeadingZero || endsAtPoint
        {
            writeSign()
        }
        if current < spaces, zeroStart > current || !template.hasZero {
            if !template.isFillMode { out.append(UInt8(ascii: " ")) }
        } else if template.hasZero, current < spaces {
            out.append(UInt8(ascii: "0"))
            isInside = true
        } else {
            if digit(place) == UInt8(ascii: ".") {
                if !endsAtPoint || template.isFillMode { out.append(UInt8(ascii: ".")) }
            } else if let last, place > last, key != .zero {
                // A zero at the end that fill mode leaves out.
            } else if isLeadingZero {
                if !template.isFillMode {
                    out.append(UInt8(ascii: " "))
                } else if endsAtPoint {
                    out.append(UInt8(ascii: "0"))
                }
            } else {
                out.append(digit(place))
                isInside = true
            }
            if place < number.count { place += 1 }
        }
        var end = digits + (spaces != 0 ? 1 : 0) + (template.hasPoint ? 1 : 0)
        if let last, last == place { end = current }
        if current + 1 == end {
            if isSignWritten, template.isBracket {
                out.append(sign == UInt8(ascii: "+") ? UInt8(ascii: " ") : UInt8(ascii: ">"))
            } else if template.hasLocaleSign, template.signPlace == .after {
                out.append(sign)
            }
        }
        current += 1
    }
}
