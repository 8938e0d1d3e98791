/// BYTES, UUID and REAL in text.
extension TextCodec {
    private static let hexDigits: StaticString = "0123456789abcdef"

    /// 0 … 15; nil for what is no hexadecimal digit.
    @inline(__always)
    static func hexDigit(_ byte: UInt8) -> UInt8? {
        if isDigit(byte) { return byte &- 0x30 }
        let letter = lowered(byte) &- 0x61
        return letter < 6 ? letter &+ 10 : nil
    }

    // MARK: - BYTES

    /// `\x0aFF`, or PostgreSQL's escape form, where `\\` is a backslash and `\012` an octal byte.
    package static func parseBytes(_ text: UnsafeRawBufferPointer, to writer: ByteWriter) throws(TextCodecError) {
        if text.count >= 2, text[0] == 0x5c, text[1] == 0x78 {
            return try parseHex(UnsafeRawBufferPointer(rebasing: text[2...]), to: writer)
        }
        var position = 0
        while position < text.count {
            let byte = text[position]
            position += 1
            if byte != 0x5c {
                writer.append(byte)
                continue
            }
            guard position < text.count else { throw .invalid }
            if text[position] == 0x5c {
                writer.append(0x5c)
                position += 1
                continue
            }
            guard position + 3 <= text.count, text[position] &- 0x30 < 4, text[position + 1] &- 0x30 < 8,
                text[position + 2] &- 0x30 < 8
            else { throw .invalid }
            writer.append(
                (text[position] &- 0x30) << 6 | (text[position + 1] &- 0x30) << 3 | (text[position + 2] &- 0x30))
            position += 3
        }
    }

    /// Pairs of hexadecimal digits, between which white space may stand.
    package static func parseHex(_ text: UnsafeRawBufferPointer, to writer: ByteWriter) throws(TextCodecError) {
        var position = 0
        while position < text.count {
            if text[position] == 0x20 || (text[position] >= 0x09 && text[position] <= 0x0d) {
                position += 1
                continue
            }
            guard position + 1 < text.count, let high = hexDigit(text[position]), let low = hexDigit(text[position + 1])
            else { throw .invalid }
            writer.append(high << 4 | low)
            position += 2
        }
    }

    /// Base64 (RFC 4648), with or without its padding; both alphabets.
    package static func parseBase64(_ text: UnsafeRawBufferPointer, to writer: ByteWriter) throws(TextCodecError) {
        var word: UInt32 = 0
        var digits = 0
        var end = text.count
        while end > 0, text.count - end < 2, text[end - 1] == 0x3d { end -= 1 }
        for position in 0..<end {
            let byte = text[position]
            let digit: UInt8
            switch byte {
            case 0x41...0x5a: digit = byte - 0x41
            case 0x61...0x7a: digit = byte - 0x61 + 26
            case 0x30...0x39: digit = byte - 0x30 + 52
            case 0x2b, 0x2d: digit = 62
            case 0x2f, 0x5f: digit = 63
            default: throw .invalid
            }
            word = word << 6 | UInt32(digit)
            digits += 1
            if digits == 4 {
                for shift in [16, 8, 0] as [UInt32] { writer.append(UInt8(truncatingIfNeeded: word >> shift)) }
                (word, digits) = (0, 0)
            }
        }
        switch digits {
        case 0: break
        case 2: writer.append(UInt8(truncatingIfNeeded: word >> 4))
        case 3:
            writer.append(UInt8(truncatingIfNeeded: word >> 10))
            writer.append(UInt8(truncatingIfNeeded: word >> 2))
        default: throw .invalid
        }
        // With padding there are whole groups of four.
        if end < text.count, text.count % 4 != 0 { throw .invalid }
    }

    /// `\x0aff`.
    package static func append(bytes: UnsafeRawBufferPointer, to writer: ByteWriter) {
        writer.append(0x5c)
        writer.append(0x78)
        var out = writer.reserve(bytes.count * 2)
        for byte in bytes {
            put(hexDigits.utf8Start[Int(byte >> 4)], &out)
            put(hexDigits.utf8Start[Int(byte & 15)], &out)
        }
        writer.commit(out)
    }

    // MARK: - UUID

    /// 32 hexadecimal digits; a hyphen may stand after each four of them, braces around all.
    package static func parseUUID(_ text: UnsafeRawBufferPointer) throws(TextCodecError) -> Int128 {
        var (position, end) = (0, text.count)
        if end > 1, text[0] == 0x7b {
            guard text[end - 1] == 0x7d else { throw .invalid }
            (position, end) = (1, end - 1)
        }
        var value: UInt128 = 0
        var digits = 0
        while position < end, digits < 32 {
            if text[position] == 0x2d, digits > 0, digits % 4 == 0, position + 1 < end, text[position + 1] != 0x2d {
                position += 1
            }
            guard let digit = hexDigit(text[position]) else { throw .invalid }
            value = value << 4 | UInt128(digit)
            digits += 1
            position += 1
        }
        guard digits == 32, position == end else { throw .invalid }
        return Int128(truncatingIfNeeded: value ^ 1 << 127)
    }

    /// `a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11`.
    package static func append(uuid value: Int128, to writer: ByteWriter) {
        let bits = UInt128(truncatingIfNeeded: value) ^ 1 << 127
        var out = writer.reserve(36)
        for digit in 0..<32 {
            if digit == 8 || digit == 12 || digit == 16 || digit == 20 { put(0x2d, &out) }
            put(hexDigits.utf8Start[Int(truncatingIfNeeded: bits >> UInt128(124 - digit * 4)) & 15], &out)
        }
        writer.commit(out)
    }

    // MARK: - REAL

    /// As ``parseDouble(_:lenient:)``, correctly rounded to a float.
    package static func parseReal(_ text: UnsafeRawBufferPointer) throws(TextCodecError) -> Double {
        let value = try parseDouble(text, lenient: true)
        if !value.isFinite || value == 0 { return value }
        var float = Float(value)
        if isHalfway(value), let exact = Float(String(decoding: trimmed(text), as: UTF8.self)) { float = exact }
        if float.isInfinite || float == 0 { throw .outOfRange }
        return Double(float)
    }

    /// Whether a double lies between two floats, so that what was rounded to it may belong to either.
    package static func isHalfway(_ value: Double) -> Bool {
        value.bitPattern & 0x1fff_ffff == 0x1000_0000 || value.magnitude < Double(Float.leastNormalMagnitude)
    }
}
