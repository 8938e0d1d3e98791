/// Patterns of `SIMILAR TO`, as regular expressions.
enum SimilarPattern {
    /// - Parameter escape: one character, or none.
    static func translate(
        _ pattern: UnsafeRawBufferPointer, escape: UnsafeRawBufferPointer
    ) throws(RegexError) -> [UInt8] {
        if !escape.isEmpty, escape.count != TextPattern.width(escape[0]) {
            var error = RegexError("")
            error.message = "invalid escape string"
            throw error
        }
        var result = Array("^(?:".utf8)
        var isEscaped = false
        var inBracket = false
        var marks = 0
        var position = 0
        while position < pattern.count {
            let width = min(TextPattern.width(pattern[position]), pattern.count - position)
            let character = pattern[position..<position + width]
            position += width
            let byte = character[character.startIndex]
            if isEscaped {
                isEscaped = false
                if byte == UInt8(ascii: "\""), !inBracket {
                    // The marks of substring: what lies between them is the result.
                    marks += 1
                    switch marks {
                    case 1: result += Array("){1,1}?(".utf8)
                    case 2: result += Array("){1,1}(?:".utf8)
                    default: throw RegexError("an SQL pattern may hold two escape-double-quotes at most")
                    }
                } else {
                    result.append(UInt8(ascii: "\\"))
                    result += character
                }
            } else if !escape.isEmpty, character.elementsEqual(escape) {
                isEscaped = true
            } else if inBracket {
                if byte == UInt8(ascii: "\\") { result.append(byte) }
                result += character
                if byte == UInt8(ascii: "]") { inBracket = false }
            } else {
                switch byte {
                case UInt8(ascii: "["):
                    result.append(byte)
                    inBracket = true
                case UInt8(ascii: "%"): result += Array(".*".utf8)
                case UInt8(ascii: "_"): result += Array(".".utf8)
                case UInt8(ascii: "("): result += Array("(?:".utf8)
                case UInt8(ascii: "\\"), UInt8(ascii: "."), UInt8(ascii: "^"), UInt8(ascii: "$"):
                    result.append(UInt8(ascii: "\\"))
                    result.append(byte)
                default: result += character
                }
            }
        }
        return result + Array(")$".utf8)
    }
}
