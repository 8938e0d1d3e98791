/// Numbers as the canonical text writes them: no exponent, no leading zeros, no -0.
enum JSONNumber {
    /// Digits before and behind the point that PostgreSQL's `numeric` has.
    private static let maxWhole = 131_072
    private static let maxFraction = 16_383

    /// Appends a number of JSON's grammar; false where it has too many digits.
    static func append(_ text: UnsafeRawBufferPointer, to output: inout [UInt8]) -> Bool {
        var position = 0
        let isNegative = text.first == 0x2d
        if isNegative { position = 1 }
        let whole = position
        while position < text.count, TextCodec.isDigit(text[position]) { position += 1 }
        let wholeEnd = position
        var fraction = position
        if position < text.count, text[position] == 0x2e {
            fraction = position + 1
            position += 1
            while position < text.count, TextCodec.isDigit(text[position]) { position += 1 }
        }
        let fractionEnd = position
        let hasExponent = position < text.count
        guard let exponent = hasExponent ? exponent(text, position + 1) : 0 else { return false }

        let isZero = !text[whole..<fractionEnd].contains { $0 &- 0x31 < 9 }
        let wholeDigits = wholeEnd - whole
        let fractionDigits = fractionEnd - fraction
        let scale = max(0, fractionDigits - exponent)
        if scale > maxFraction || wholeDigits > maxWhole { return false }
        if isZero {
            output.append(0x30)
            if scale > 0 {
                output.append(0x2e)
                output.append(contentsOf: repeatElement(0x30, count: scale))
            }
            return true
        }
        if isNegative { output.append(0x2d) }
        if !hasExponent {
            output.append(contentsOf: text[whole..<fractionEnd])
            return true
        }
        /// The digits without the point, and where the point is among them.
        let digits = wholeDigits + fractionDigits
        func digit(_ index: Int) -> UInt8 {
            if index < 0 || index >= digits { return 0x30 }
            return index < wholeDigits ? text[whole + index] : text[fraction + index - wholeDigits]
        }
        let point = wholeDigits + exponent
        var first = 0
        while first < point - 1, first < digits, digit(first) == 0x30 { first += 1 }
        if point - first > maxWhole { return false }
        if point <= first {
            output.append(0x30)
        } else {
            for index in first..<point { output.append(digit(index)) }
        }
        if scale > 0 {
            output.append(0x2e)
            for index in point..<point + scale { output.append(digit(index)) }
        }
        return true
    }

    /// nil: far beyond all limits.
    private static func exponent(_ text: UnsafeRawBufferPointer, _ start: Int) -> Int? {
        var position = start
        var isNegative = false
        if position < text.count, text[position] == 0x2d || text[position] == 0x2b {
            isNegative = text[position] == 0x2d
            position += 1
        }
        var value = 0
        while position < text.count {
            value = value * 10 + Int(text[position] &- 0x30)
            if value >= 1_073_741_823 { return nil }
            position += 1
        }
        return isNegative ? -value : value
    }

    /// The order of two numbers in canonical text: negative, 0 or positive. Zeros at the end do not count.
    static func order(_ lhs: UnsafeRawBufferPointer, _ rhs: UnsafeRawBufferPointer) -> Int {
        let (isNegative, isOtherNegative) = (lhs.first == 0x2d, rhs.first == 0x2d)
        if isNegative != isOtherNegative { return isNegative ? -1 : 1 }
        let order = magnitudeOrder(lhs, rhs, isNegative ? 1 : 0)
        return isNegative ? -order : order
    }

    private static func magnitudeOrder(_ lhs: UnsafeRawBufferPointer, _ rhs: UnsafeRawBufferPointer, _ start: Int) -> Int {
        func wholeEnd(_ text: UnsafeRawBufferPointer) -> Int {
            var position = start
            while position < text.count, text[position] != 0x2e { position += 1 }
            return position
        }
        let (leftEnd, rightEnd) = (wholeEnd(lhs), wholeEnd(rhs))
        if leftEnd != rightEnd { return leftEnd - rightEnd }
        for index in start..<max(lhs.count, rhs.count, start) {
            let left = index < lhs.count ? lhs[index] : index == leftEnd ? 0x2e : 0x30
            let right = index < rhs.count ? rhs[index] : index == rightEnd ? 0x2e : 0x30
            if left != right { return left < right ? -1 : 1 }
        }
        return 0
    }
}

/// Keys of objects as the canonical text writes them, without quotes; its escapes stand for one byte each.
enum JSONKey {
    /// Bytes of the key without escapes.
    static func length(_ key: UnsafeRawBufferPointer) -> Int {
        var (position, count) = (0, 0)
        while position < key.count {
            position += width(key, position)
            count += 1
        }
        return count
    }

    private static func width(_ key: UnsafeRawBufferPointer, _ position: Int) -> Int {
        if key[position] != 0x5c { return 1 }
        return position + 1 < key.count && key[position + 1] == 0x75 ? 6 : 2
    }

    /// The byte that stands at a place.
    static func byte(_ key: UnsafeRawBufferPointer, _ position: Int) -> UInt8 {
        guard key[position] == 0x5c, position + 1 < key.count else { return key[position] }
        switch key[position + 1] {
        case 0x62: return 0x08
        case 0x66: return 0x0c
        case 0x6e: return 0x0a
        case 0x72: return 0x0d
        case 0x74: return 0x09
        case 0x75:
            guard position + 5 < key.count else { return 0 }
            func digit(_ byte: UInt8) -> UInt8 { byte < 0x3a ? byte &- 0x30 : (byte | 0x20) &- 0x57 }
            return digit(key[position + 4]) << 4 | digit(key[position + 5]) & 15
        default: return key[position + 1]
        }
    }

    /// The order of keys of one length: that of their bytes.
    static func order(_ lhs: UnsafeRawBufferPointer, _ rhs: UnsafeRawBufferPointer) -> Int {
        var (left, right) = (0, 0)
        while left < lhs.count, right < rhs.count {
            let (a, b) = (byte(lhs, left), byte(rhs, right))
            if a != b { return a < b ? -1 : 1 }
            left += width(lhs, left)
            right += width(rhs, right)
        }
        return (lhs.count - left) - (rhs.count - right)
    }

    /// The order of members: by length, then by bytes.
    static func memberOrder(_ lhs: UnsafeRawBufferPointer, _ rhs: UnsafeRawBufferPointer) -> Int {
        let difference = length(lhs) - length(rhs)
        return difference != 0 ? difference : order(lhs, rhs)
    }

    /// Appends the bytes that a string stands for.
    static func appendUnescaped(_ key: UnsafeRawBufferPointer, to writer: ByteWriter) {
        var (start, position) = (0, 0)
        while position < key.count {
            if key[position] != 0x5c {
                position += 1
                continue
            }
            writer.append(UnsafeRawBufferPointer(rebasing: key[start..<position]))
            writer.append(byte(key, position))
            position = min(position + width(key, position), key.count)
            start = position
        }
        writer.append(UnsafeRawBufferPointer(rebasing: key[start..<key.count]))
    }
}

extension JSONText {
    /// Appends the bytes that a key or a string stands for, given what is between its quotes.
    package static func appendUnescaped(_ body: UnsafeRawBufferPointer, to writer: ByteWriter) {
        JSONKey.appendUnescaped(body, to: writer)
    }
}
