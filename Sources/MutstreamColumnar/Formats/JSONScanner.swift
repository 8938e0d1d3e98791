/// What is wrong with a JSON text, or with a value for its field.
enum JSONDefect: UInt8 {
    case syntax, number, controlCharacter, encoding, escape, surrogate, nulCharacter, depth
    case duplicate, missing, null, type, range, fraction, form
    /// See ``RowAssembler/changeDefect``.
    case change

    /// The text is no JSON at all; else it is, but not the row that the schema wants.
    var isSyntax: Bool {
        switch self {
        case .syntax, .number, .controlCharacter, .encoding, .escape, .surrogate, .depth: true
        case .nulCharacter, .duplicate, .missing, .null, .type, .range, .fraction, .form, .change: false
        }
    }
}

/// Scans JSON (RFC 8259) in padded memory that ends with a sentinel: a byte that no value, name or white space goes
/// past. It is the newline of each line, or a zero byte; so no loop compares with an end.
///
/// Functions take and give pointers; nil says that ``defect`` and ``defectAt`` are set.
struct JSONScanner {
    /// Newlines are white space too (a document), not the sentinel (lines).
    let newlineIsSpace: Bool
    let maxDepth: Int
    /// One bit a level, 1 = object.
    let stack: UnsafeMutablePointer<UInt64>
    var defect = JSONDefect.syntax
    var defectAt: UnsafeRawPointer
    /// What the grammar wanted there.
    var wanted: StaticString = "a value"

    /// Owns its ``stack``: its user calls ``deallocate()`` at the end.
    init(newlineIsSpace: Bool, maxDepth: Int) {
        self.newlineIsSpace = newlineIsSpace
        self.maxDepth = maxDepth
        let words = max(maxDepth, 1) / 64 + 1
        stack = .allocate(capacity: words)
        stack.initialize(repeating: 0, count: words)
        defectAt = UnsafeRawPointer(stack)
    }

    func deallocate() { stack.deallocate() }

    @inline(never)
    mutating func fail(_ defect: JSONDefect, _ at: UnsafeRawPointer, _ wanted: StaticString = "a value") -> UnsafeRawPointer?
    {
        self.defect = defect
        defectAt = at
        self.wanted = wanted
        return nil
    }

    @inline(__always)
    static func byte(_ at: UnsafeRawPointer) -> UInt8 { at.load(as: UInt8.self) }

    @inline(__always)
    func skipSpace(_ start: UnsafeRawPointer) -> UnsafeRawPointer {
        if JSONScanner.byte(start) > 0x20 { return start }
        let next = start + 1
        if JSONScanner.byte(start) == 0x20, JSONScanner.byte(next) > 0x20 { return next }
        return JSONScanner.skipSpaces(start, newlineIsSpace)
    }

    @inline(never)
    private static func skipSpaces(_ start: UnsafeRawPointer, _ newlineIsSpace: Bool) -> UnsafeRawPointer {
        var at = start
        while true {
            switch JSONScanner.byte(at) {
            case 0x20, 0x09, 0x0d: at += 1
            case 0x0a where newlineIsSpace: at += 1
            default: return at
            }
        }
    }

    // MARK: - Strings

    /// The first quote, backslash, control or non-ASCII byte from `start`.
    @inline(__always)
    static func plainEnd(_ start: UnsafeRawPointer) -> UnsafeRawPointer {
        // Most strings are short; long ones go by 32 bytes.
        var mask = nibbles(special(start))
        if mask != 0 { return start + mask.trailingZeroBitCount >> 2 }
        var at = start + 16
        while true {
            let (first, second) = (special(at), special(at + 16))
            mask = nibbles(first .| second)
            if mask != 0 {
                let low = nibbles(first)
                // Which half it is cannot be foreseen, so it is computed.
                return at + (low == 0 ? 16 : 0) + (low == 0 ? mask : low).trailingZeroBitCount >> 2
            }
            at += 32
        }
    }

    /// Where a string is not plain, in 16 bytes. As signed bytes, control and non-ASCII bytes are those below a space.
    @inline(__always)
    private static func special(_ at: UnsafeRawPointer) -> SIMDMask<SIMD16<Int8>> {
        // Compared with a scalar, the standard library goes byte by byte.
        let bytes = at.loadUnaligned(as: SIMD16<Int8>.self)
        let (quotes, backslashes) = (SIMD16<Int8>(repeating: 0x22), SIMD16<Int8>(repeating: 0x5c))
        return (bytes .< SIMD16(repeating: 0x20)) .| (bytes .== quotes) .| (bytes .== backslashes)
    }

    /// Four bits a byte of a mask, the first ones lowest: what fits one word can be searched without a branch.
    @inline(__always)
    private static func nibbles(_ mask: SIMDMask<SIMD16<Int8>>) -> UInt64 {
        let pairs = unsafeBitCast(mask, to: SIMD8<UInt16>.self) &>> SIMD8(repeating: 4)
        return UInt64(littleEndian: unsafeBitCast(SIMD8<UInt8>(truncatingIfNeeded: pairs), to: UInt64.self))
    }

    /// The closing quote of a string whose contents begin at `start`; `escaped` is set where it holds escapes.
    @inline(__always)
    mutating func stringEnd(_ start: UnsafeRawPointer, _ escaped: inout Bool) -> UnsafeRawPointer? {
        let at = JSONScanner.plainEnd(start)
        if JSONScanner.byte(at) == 0x22 { return at }
        return stringRest(at, &escaped)
    }

    @inline(never)
    private mutating func stringRest(_ start: UnsafeRawPointer, _ escaped: inout Bool) -> UnsafeRawPointer? {
        var at = start
        while true {
            let byte = JSONScanner.byte(at)
            if byte >= 0x80 {
                let length = UTF8Check.sequence(at)
                if length == 0 { return fail(.encoding, at) }
                at += length
            } else if byte == 0x22 {
                return at
            } else if byte == 0x5c {
                escaped = true
                guard let next = escapeEnd(at) else { return nil }
                at = next
            } else if byte < 0x20 {
                return fail(.controlCharacter, at, "the end of the string")
            } else {
                at = JSONScanner.plainEnd(at)
            }
        }
    }

    /// Past one escape, or past a pair of surrogates.
    private mutating func escapeEnd(_ start: UnsafeRawPointer) -> UnsafeRawPointer? {
        switch JSONScanner.byte(start + 1) {
        case 0x22, 0x5c, 0x2f, 0x62, 0x66, 0x6e, 0x72, 0x74: return start + 2
        case 0x75: break
        default: return fail(.escape, start, "an escape of JSON")
        }
        guard let unit = JSONScanner.hexUnit(start + 2) else { return fail(.escape, start, "four hexadecimal digits") }
        if unit & 0xf800 != 0xd800 { return start + 6 }
        if unit < 0xdc00, JSONScanner.byte(start + 6) == 0x5c, JSONScanner.byte(start + 7) == 0x75,
            let low = JSONScanner.hexUnit(start + 8), low & 0xfc00 == 0xdc00
        {
            return start + 12
        }
        return fail(.surrogate, start, "both surrogates of a pair")
    }

    /// Four hexadecimal digits; stops at the first byte that is none.
    static func hexUnit(_ start: UnsafeRawPointer) -> UInt32? {
        var value: UInt32 = 0
        for index in 0..<4 {
            let byte = byte(start + index)
            let digit: UInt32
            switch byte {
            case 0x30...0x39: digit = UInt32(byte) - 0x30
            case 0x41...0x46: digit = UInt32(byte) - 0x37
            case 0x61...0x66: digit = UInt32(byte) - 0x57
            default: return nil
            }
            value = value << 4 | digit
        }
        return value
    }

    /// Resolves the escapes of a string that was scanned.
    ///
    /// - Returns: the bytes, and where the first `\u0000` is.
    static func unescaped(
        _ start: UnsafeRawPointer, _ end: UnsafeRawPointer
    ) -> (bytes: [UInt8], nul: UnsafeRawPointer?) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(end - start)
        var nul: UnsafeRawPointer?
        var at = start
        while at < end {
            let byte = byte(at)
            if byte != 0x5c {
                bytes.append(byte)
                at += 1
                continue
            }
            let kind = JSONScanner.byte(at + 1)
            switch kind {
            case 0x62: bytes.append(0x08)
            case 0x66: bytes.append(0x0c)
            case 0x6e: bytes.append(0x0a)
            case 0x72: bytes.append(0x0d)
            case 0x74: bytes.append(0x09)
            case 0x75:
                var code = hexUnit(at + 2) ?? 0
                if code & 0xfc00 == 0xd800 {
                    code = 0x10000 + (code & 0x3ff) << 10 + (hexUnit(at + 8) ?? 0) & 0x3ff
                    at += 6
                }
                if code == 0, nul == nil { nul = at }
                if let scalar = Unicode.Scalar(code) { bytes.append(contentsOf: UTF8.encode(scalar) ?? .init()) }
                at += 4
            default: bytes.append(kind)
            }
            at += 2
        }
        return (bytes, nul)
    }

    // MARK: - Other values

    /// Past a number.
    @inline(never)
    mutating func numberEnd(_ start: UnsafeRawPointer) -> UnsafeRawPointer? {
        let first = start + (JSONScanner.byte(start) == 0x2d ? 1 : 0)
        var at = JSONScanner.digitsEnd(first)
        if at == first || (JSONScanner.byte(first) == 0x30 && at - first > 1) { return fail(.number, start) }
        if JSONScanner.byte(at) == 0x2e {
            let fraction = at + 1
            at = JSONScanner.digitsEnd(fraction)
            if at == fraction { return fail(.number, start) }
        }
        if JSONScanner.byte(at) | 0x20 == 0x65 {
            let exponent = at + (JSONScanner.byte(at + 1) == 0x2b || JSONScanner.byte(at + 1) == 0x2d ? 2 : 1)
            at = JSONScanner.digitsEnd(exponent)
            if at == exponent { return fail(.number, start) }
        }
        return at
    }

    /// Past `true`, `false` or `null`.
    @inline(__always)
    mutating func literalEnd(_ start: UnsafeRawPointer) -> UnsafeRawPointer? {
        let word = UInt32(littleEndian: start.loadUnaligned(as: UInt32.self))
        if word == 0x6575_7274 || word == 0x6c6c_756e { return start + 4 }
        if word == 0x736c_6166, JSONScanner.byte(start + 4) == 0x65 { return start + 5 }
        return fail(.syntax, start)
    }

    @inline(__always)
    static func isNull(_ at: UnsafeRawPointer) -> Bool {
        UInt32(littleEndian: at.loadUnaligned(as: UInt32.self)) == 0x6c6c_756e
    }

    /// Past any value; `depth` objects and arrays are open around it. Does not recurse.
    @inline(__always)
    mutating func skipValue(_ start: UnsafeRawPointer, depth: Int) -> UnsafeRawPointer? {
        let byte = JSONScanner.byte(start)
        if byte == 0x22 {
            let end = JSONScanner.plainEnd(start + 1)
            return JSONScanner.byte(end) == 0x22 ? end + 1 : skipRest(end)
        }
        if byte == 0x2d || TextCodec.isDigit(byte) { return numberEnd(start) }
        return byte == 0x5b || byte == 0x7b ? skipNested(start, depth: depth) : literalEnd(start)
    }

    /// Past a string that is not plain at `start`.
    @inline(never)
    private mutating func skipRest(_ start: UnsafeRawPointer) -> UnsafeRawPointer? {
        var escaped = false
        guard let end = stringRest(start, &escaped) else { return nil }
        return end + 1
    }

    @inline(never)
    private mutating func skipNested(_ start: UnsafeRawPointer, depth: Int) -> UnsafeRawPointer? {
        var at = start
        var level = depth
        while true {
            // A value begins at `at`.
            let opening = JSONScanner.byte(at)
            if opening == 0x5b || opening == 0x7b {
                if level >= maxDepth { return fail(.depth, at) }
                let bit: UInt64 = 1 << UInt64(level & 63)
                if opening == 0x7b { stack[level >> 6] |= bit } else { stack[level >> 6] &= ~bit }
                level += 1
                at = skipSpace(at + 1)
                if JSONScanner.byte(at) != opening + 2 {
                    if opening == 0x7b {
                        guard let next = name(at) else { return nil }
                        at = next
                    }
                    continue
                }
                at += 1
                level -= 1
            } else {
                guard let next = skipScalar(at) else { return nil }
                at = next
            }
            // A value ended before `at`.
            while level > depth {
                at = skipSpace(at)
                let inObject = stack[(level - 1) >> 6] >> UInt64((level - 1) & 63) & 1 != 0
                let byte = JSONScanner.byte(at)
                if byte == 0x2c {
                    at = skipSpace(at + 1)
                    if inObject {
                        guard let next = name(at) else { return nil }
                        at = next
                    }
                    break
                }
                if byte != (inObject ? 0x7d : 0x5d) { return fail(.syntax, at, inObject ? "',' or '}'" : "',' or ']'") }
                at += 1
                level -= 1
            }
            if level == depth { return at }
        }
    }

    private mutating func skipScalar(_ start: UnsafeRawPointer) -> UnsafeRawPointer? {
        switch JSONScanner.byte(start) {
        case 0x22:
            var escaped = false
            guard let end = stringEnd(start + 1, &escaped) else { return nil }
            return end + 1
        case 0x2d, 0x30...0x39: return numberEnd(start)
        default: return literalEnd(start)
        }
    }

    /// Past a name, its colon and the space after it.
    private mutating func name(_ start: UnsafeRawPointer) -> UnsafeRawPointer? {
        if JSONScanner.byte(start) != 0x22 { return fail(.syntax, start, "a field name") }
        var escaped = false
        guard let end = stringEnd(start + 1, &escaped) else { return nil }
        let colon = skipSpace(end + 1)
        if JSONScanner.byte(colon) != 0x3a { return fail(.syntax, colon, "':'") }
        return skipSpace(colon + 1)
    }
}

/// Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing past U+10FFFF.
enum UTF8Check {
    /// Bytes of the sequence that starts with a non-ASCII byte, 0 where it is malformed. Reads no byte past the first
    /// that does not continue it.
    @inline(__always)
    static func sequence(_ at: UnsafeRawPointer) -> Int {
        let lead = at.load(as: UInt8.self)
        if lead < 0xc2 || lead > 0xf4 { return 0 }
        let second = at.load(fromByteOffset: 1, as: UInt8.self)
        if lead < 0xe0 { return second & 0xc0 == 0x80 ? 2 : 0 }
        var (least, most): (UInt8, UInt8) = (0x80, 0xbf)
        switch lead {
        case 0xe0: least = 0xa0
        case 0xed: most = 0x9f
        case 0xf0: least = 0x90
        case 0xf4: most = 0x8f
        default: break
        }
        if second < least || second > most { return 0 }
        if at.load(fromByteOffset: 2, as: UInt8.self) & 0xc0 != 0x80 { return 0 }
        if lead < 0xf0 { return 3 }
        return at.load(fromByteOffset: 3, as: UInt8.self) & 0xc0 == 0x80 ? 4 : 0
    }

    /// Where the first malformed sequence begins, nil where all is well.
    static func firstDefect(_ bytes: UnsafeRawBufferPointer) -> Int? {
        var position = 0
        while position < bytes.count {
            if position + 8 <= bytes.count,
                bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
            {
                position += 8
                continue
            }
            if bytes[position] < 0x80 {
                position += 1
                continue
            }
            var tail: (UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0)
            let length = withUnsafeMutableBytes(of: &tail) { tail in
                for index in 0..<min(4, bytes.count - position) { tail[index] = bytes[position + index] }
                return tail.baseAddress.map { sequence(UnsafeRawPointer($0)) } ?? 0
            }
            if length == 0 { return position }
            position += length
        }
        return nil
    }
}
