/// A template of `to_char` and `to_number` over numbers, as PostgreSQL reads it (its manual, section 9.8).
struct NumberTemplate {
    enum Key {
        case comma, point, zero, nine, blank, localePoint, exponent, fillMode, group, currency, minus, plus, bracket
        case romanUpper, romanLower, sign, anySign, spell, ordinalUpper, ordinalLower, shift, unused
    }

    enum Node {
        case key(Key)
        case character([UInt8])
    }

    enum SignPlace {
        case none, before, after
    }

    struct Defect: Error {
        var message: String

        init(_ message: String) { self.message = message }
    }

    private(set) var nodes: [Node] = []
    /// Digits before and after the point, and those of `V`.
    var before = 0
    var after = 0
    private(set) var shifted = 0
    private(set) var zeroStart = 0
    private(set) var zeroEnd = 0
    var signPlace = SignPlace.none
    private(set) var digitsBeforeSign = 0
    private(set) var hasZero = false
    private(set) var hasPoint = false
    private(set) var isFillMode = false
    var isBracket = false
    private(set) var isMinus = false
    private(set) var isPlus = false
    private(set) var isRoman = false
    private(set) var isShifted = false
    private(set) var isExponent = false
    private var isBlank = false

    var hasLocaleSign: Bool { signPlace != .none }

    private static let keys: [(String, Key)] = [
        ("EEEE", .exponent), ("eeee", .exponent), ("FM", .fillMode), ("fm", .fillMode), ("MI", .minus), ("mi", .minus),
        ("PL", .plus), ("pl", .plus), ("PR", .bracket), ("pr", .bracket), ("RN", .romanUpper), ("rn", .romanLower),
        ("SG", .anySign), ("sg", .anySign), ("SP", .spell), ("sp", .spell), ("TH", .ordinalUpper), ("th", .ordinalLower),
        (",", .comma), (".", .point), ("0", .zero), ("9", .nine), ("B", .blank), ("b", .blank), ("C", .unused),
        ("c", .unused), ("D", .localePoint), ("d", .localePoint), ("G", .group), ("g", .group), ("L", .currency),
        ("l", .currency), ("S", .sign), ("s", .sign), ("V", .shift), ("v", .shift),
    ]

    init(_ template: UnsafeRawBufferPointer) throws(Defect) {
        var position = 0
        func character() -> [UInt8] {
            let width = min(TextPattern.width(template[position]), template.count - position)
            defer { position += width }
            return Array(template[position..<position + width])
        }
        while position < template.count {
            if let (name, key) = NumberTemplate.keys.first(where: { template[position...].starts(with: $0.0.utf8) }) {
                position += name.utf8.count
                nodes.append(.key(key))
                try note(key)
            } else if template[position] == UInt8(ascii: "\"") {
                position += 1
                while position < template.count {
                    if template[position] == UInt8(ascii: "\"") {
                        position += 1
                        break
                    }
                    if template[position] == UInt8(ascii: "\\"), position + 1 < template.count { position += 1 }
                    nodes.append(.character(character()))
                }
            } else {
                if template[position] == UInt8(ascii: "\\"), position + 1 < template.count,
                    template[position + 1] == UInt8(ascii: "\"")
                {
                    position += 1
                }
                nodes.append(.character(character()))
            }
        }
        if before + after + shifted > 500 { throw Defect("a template holds at most 500 digits") }
    }

    private mutating func note(_ key: Key) throws(Defect) {
        if isExponent, key != .exponent { throw Defect("\"EEEE\" must be the last pattern used") }
        func refuse(_ condition: Bool, _ message: String) throws(Defect) { if condition { throw Defect(message) } }
        switch key {
        case .nine:
            try refuse(isBracket, "\"9\" must be ahead of \"PR\"")
            if isShifted { shifted += 1 } else if hasPoint { after += 1 } else { before += 1 }
        case .zero:
            try refuse(isBracket, "\"0\" must be ahead of \"PR\"")
            if !hasZero, !hasPoint {
                hasZero = true
                zeroStart = before + 1
            }
            if hasPoint { after += 1 } else { before += 1 }
            zeroEnd = before + after
        case .blank: if before == 0, after == 0, !hasZero { isBlank = true }
        case .point, .localePoint:
            try refuse(hasPoint, "multiple decimal points")
            try refuse(isShifted, "cannot use \"V\" and decimal point together")
            hasPoint = true
        case .fillMode: isFillMode = true
        case .sign:
            try refuse(hasLocaleSign, "cannot use \"S\" twice")
            try refuse(isPlus || isMinus || isBracket, "cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together")
            if hasPoint {
                signPlace = .after
            } else {
                signPlace = .before
                digitsBeforeSign = before
            }
        case .minus:
            try refuse(hasLocaleSign, "cannot use \"S\" and \"MI\" together")
            isMinus = true
        case .plus:
            try refuse(hasLocaleSign, "cannot use \"S\" and \"PL\" together")
            isPlus = true
        case .anySign:
            try refuse(hasLocaleSign, "cannot use \"S\" and \"SG\" together")
            (isMinus, isPlus) = (true, true)
        case .bracket:
            try refuse(
                hasLocaleSign || isPlus || isMinus, "cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together")
            isBracket = true
        case .romanUpper, .romanLower: isRoman = true
        case .shift:
            try refuse(hasPoint, "cannot use \"V\" and decimal point together")
            isShifted = true
        case .exponent:
            try refuse(isExponent, "cannot use \"EEEE\" twice")
            try refuse(
                isBlank || isFillMode || hasLocaleSign || isBracket || isMinus || isPlus || isRoman || isShifted,
                "\"EEEE\" is incompatible with other formats")
            isExponent = true
        default: break
        }
    }
}
