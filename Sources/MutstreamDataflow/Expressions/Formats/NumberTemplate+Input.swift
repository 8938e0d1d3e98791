/// Reads a number by a template: PostgreSQL's `to_number`.
struct NumberReader {
    private let template: NumberTemplate
    private let text: UnsafeRawBufferPointer
    private var position = 0
    /// The sign (a space: none yet), then the digits and the point.
    private var sign = UInt8(ascii: " ")
    private var digits: [UInt8] = []
    private var hasPoint = false
    private var before = 0
    private var after = 0

    init(_ template: NumberTemplate, _ text: UnsafeRawBufferPointer) {
        self.template = template
        self.text = text
    }

    private var isAtEnd: Bool { position >= text.count }

    /// The digits as a text that a number is read from.
    mutating func number() -> String {
        for node in template.nodes {
            if isAtEnd { break }
            switch node {
            case .character: position += TextPattern.width(text[position])
            case .key(let key): if read(key) { position += 1 }
            }
        }
        if digits.last == UInt8(ascii: ".") { digits.removeLast() }
        return (sign == UInt8(ascii: "-") ? "-" : "") + String(decoding: digits, as: UTF8.self)
    }

    /// Passes characters that no number has.
    private mutating func skip(_ count: Int) {
        for _ in 0..<count where !isAtEnd {
            if "0123456789.,+-".utf8.contains(text[position]) { return }
            position += TextPattern.width(text[position])
        }
    }

    /// Whether the character at the place is used up.
    private mutating func read(_ key: NumberTemplate.Key) -> Bool {
        switch key {
        case .nine, .zero, .point, .localePoint:
            readDigit(key)
            return true
        case .comma, .group: return text[position] == UInt8(ascii: ",")
        case .currency:
            skip(1)
            return false
        case .ordinalLower, .ordinalUpper:
            if !template.isRoman, sign != UInt8(ascii: "-"), !template.hasPoint { skip(2) }
            return false
        case .minus: return readSign(minus: true, plus: false)
        case .plus: return readSign(minus: false, plus: true)
        case .anySign: return readSign(minus: true, plus: true)
        default: return false
        }
    }

    private mutating func readSign(minus: Bool, plus: Bool) -> Bool {
        let byte = text[position]
        if (minus && byte == UInt8(ascii: "-")) || (plus && byte == UInt8(ascii: "+")) {
            sign = byte
            return true
        }
        skip(1)
        return false
    }

    private static func isSign(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") }
    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    private mutating func readDigit(_ key: NumberTemplate.Key) {
        if text[position] == UInt8(ascii: " ") { position += 1 }
        if isAtEnd { return }
        if sign == UInt8(ascii: " "), key == .zero || key == .nine, before + after == 0 {
            let byte = text[position]
            if template.hasLocaleSign, template.signPlace == .before {
                if NumberReader.isSign(byte) {
                    sign = byte
                    position += 1
                }
            } else if byte == UInt8(ascii: "-") || (template.isBracket && byte == UInt8(ascii: "<")) {
                sign = UInt8(ascii: "-")
                position += 1
            } else if byte == UInt8(ascii: "+") {
                sign = byte
                position += 1
            }
        }
        if isAtEnd { return }
        var isRead = false
        if NumberReader.isDigit(text[position]) {
            if hasPoint, after == template.after { return }
            digits.append(text[position])
            if hasPoint { after += 1 } else { before += 1 }
            isRead = true
        } else if template.hasPoint, !hasPoint, text[position] == UInt8(ascii: ".") {
            digits.append(UInt8(ascii: "."))
            hasPoint = true
            isRead = true
        }
        guard sign == UInt8(ascii: " "), before + after > 0 else { return }
        if template.hasLocaleSign, isRead, position + 1 < text.count, !NumberReader.isDigit(text[position + 1]) {
            if NumberReader.isSign(text[position + 1]) {
                position += 1
                sign = text[position]
            }
        } else if !isRead, !template.hasLocaleSign, template.isPlus || template.isMinus,
            NumberReader.isSign(text[position])
        {
            sign = text[position]
        }
    }
}
