/// A key as a terminal reports it.
enum Key: Equatable {
    case text(Character)
    /// `ctrl("a")`; Enter is `enter`, Tab `tab`.
    case control(Character)
    case meta(Character)
    case enter, tab, backspace, delete
    case up, down, left, right, home, end
    case wordLeft, wordRight
    case escape
    case pasteBegin, pasteEnd
}

/// Bytes of a terminal in raw mode to keys, one byte at a time: UTF-8 and the sequences of VT100 and xterm.
struct KeyDecoder {
    private enum State {
        case ground
        case escape
        /// Behind `ESC [` or `ESC O`: the parameters so far.
        case sequence([UInt8])
        /// Inside a scalar of more bytes: those there are, and how many it takes.
        case scalar([UInt8], Int)
    }

    private var state = State.ground

    /// A sequence has begun: a lone Escape is one whose rest never comes.
    var isPending: Bool { if case .ground = state { false } else { true } }

    mutating func feed(_ byte: UInt8) -> Key? {
        switch state {
        case .ground: return ground(byte)
        case .escape:
            state = .ground
            switch byte {
            case UInt8(ascii: "["), UInt8(ascii: "O"): state = .sequence([])
            case 0x1B:
                state = .escape
                return .escape
            case 0x7F, 0x08: return .meta("\u{7F}")
            case 0x20..<0x7F: return .meta(Character(Unicode.Scalar(byte)))
            default: break
            }
            return nil
        case .sequence(let parameters):
            // Parameters and intermediates, then one final byte.
            if byte >= 0x40, byte < 0x7F {
                state = .ground
                return KeyDecoder.key(final: byte, String(decoding: parameters, as: UTF8.self))
            }
            state = byte >= 0x20 && byte < 0x40 && parameters.count < 16 ? .sequence(parameters + [byte]) : .ground
            return nil
        case .scalar(let bytes, let count):
            guard byte & 0xC0 == 0x80 else {
                state = .ground
                return ground(byte)
            }
            let all = bytes + [byte]
            if all.count < count {
                state = .scalar(all, count)
                return nil
            }
            state = .ground
            return String(validating: all, as: UTF8.self)?.first.map { .text($0) }
        }
    }

    /// Nothing has come for a while.
    mutating func timeOut() -> Key? {
        defer { state = .ground }
        if case .escape = state { return .escape }
        return nil
    }

    private mutating func ground(_ byte: UInt8) -> Key? {
        switch byte {
        case 0x1B: state = .escape
        case 0x0D, 0x0A: return .enter
        case 0x09: return .tab
        case 0x7F, 0x08: return .backspace
        case 0x01...0x1A: return .control(Character(Unicode.Scalar(byte + 0x60)))
        case 0x20..<0x7F: return .text(Character(Unicode.Scalar(byte)))
        case 0xC2...0xDF: state = .scalar([byte], 2)
        case 0xE0...0xEF: state = .scalar([byte], 3)
        case 0xF0...0xF4: state = .scalar([byte], 4)
        default: break
        }
        return nil
    }

    private static func key(final: UInt8, _ parameters: String) -> Key? {
        let isWord = parameters.hasSuffix(";5") || parameters.hasSuffix(";3")
        switch final {
        case UInt8(ascii: "A"): return .up
        case UInt8(ascii: "B"): return .down
        case UInt8(ascii: "C"): return isWord ? .wordRight : .right
        case UInt8(ascii: "D"): return isWord ? .wordLeft : .left
        case UInt8(ascii: "H"): return .home
        case UInt8(ascii: "F"): return .end
        case UInt8(ascii: "~"):
            switch parameters {
            case "1", "7": return .home
            case "4", "8": return .end
            case "3": return .delete
            case "200": return .pasteBegin
            case "201": return .pasteEnd
            default: return nil
            }
        default: return nil
        }
    }
}
