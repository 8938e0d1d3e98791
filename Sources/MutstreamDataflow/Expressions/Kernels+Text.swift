import MutstreamColumnar

/// Functions of text. Positions and lengths count characters (Unicode scalars), as in PostgreSQL.
extension Kernels {
    /// Bytes that a function of text may make of one row.
    static let resultBytesMax = 1 << 20

    static func text(_ function: Function, _ operands: Int) -> Kernel {
        switch function {
        case .length: return measured { characters($0) }
        case .octetLength: return measured { Int64($0.count) }
        case .ascii:
            return measured {
                $0.isEmpty ? 0 : Int64(String(decoding: $0.prefix(4), as: UTF8.self).unicodeScalars.first?.value ?? 0)
            }
        case .lower: return changed { bytes, writer in letters(bytes, writer, 0x41, Letters.lower) }
        case .upper: return changed { bytes, writer in letters(bytes, writer, 0x61, Letters.upper) }
        case .initcap: return changed { bytes, writer in writer.append(Letters.initcap(bytes)) }
        case .reverse: return changed(reverse)
        case .chr: return chr()
        case .concatenate: return concatenate()
        case .position:
            return .binary { lhs, rhs, _, n, _ in
                lhs.texts.withReader { texts in
                    rhs.texts.withReader { parts in
                        .int64(
                            numbers(n) { row in
                                let text = texts.bytes(row)
                                guard let found = find(parts.bytes(row), in: text, from: 0) else { return 0 }
                                return characters(UnsafeRawBufferPointer(rebasing: text[..<found])) + 1
                            })
                    }
                }
            }
        case .startsWith:
            return .binary { lhs, rhs, _, n, _ in
                lhs.texts.withReader { texts in
                    rhs.texts.withReader { parts in
                        let flags = numbers(n) { row in
                            let (text, part) = (texts.bytes(row), parts.bytes(row))
                            return text.count >= part.count
                                && equalBytes(UnsafeRawBufferPointer(rebasing: text[..<part.count]), part) ? 1 : 0
                        }
                        return .bool(map(flags, n) { $0 != 0 })
                    }
                }
            }
        case .trimBoth, .trimLeading, .trimTrailing: return trim(function)
        case .left, .right: return ends(function == .left)
        case .substring: return substring(operands == 3)
        case .splitPart: return splitPart()
        case .replace: return replace()
        case .repeatText: return repeated()
        case .padLeft, .padRight: return pad(function == .padLeft, operands == 3)
        default: preconditionFailure("no kernel for \(function.name)")
        }
    }

    // MARK: - Measures

    /// The number of characters.
    @inline(__always)
    static func characters(_ bytes: UnsafeRawBufferPointer) -> Int64 {
        var count: Int64 = 0
        for byte in bytes where byte & 0xc0 != 0x80 { count &+= 1 }
        return count
    }

    /// The byte at which a character begins, counted from 0; the end for those past it.
    static func offset(_ character: Int64, _ bytes: UnsafeRawBufferPointer) -> Int {
        if character <= 0 { return 0 }
        if character >= bytes.count { return bytes.count }
        var left = character
        var position = 0
        while position < bytes.count {
            if left == 0 { return position }
            position += TextPattern.width(bytes[position])
            left -= 1
        }
        return bytes.count
    }

    /// The first place of `part` at or after `start`.
    static func find(_ part: UnsafeRawBufferPointer, in text: UnsafeRawBufferPointer, from start: Int) -> Int? {
        if part.isEmpty { return start }
        var position = start
        let first = part[0]
        while position + part.count <= text.count {
            if text[position] == first {
                var i = 1
                while i < part.count, text[position &+ i] == part[i] { i &+= 1 }
                if i == part.count { return position }
            }
            position &+= 1
        }
        return nil
    }

    @inline(__always)
    private static func numbers(_ n: Int, _ f: (Int) -> Int64) -> [Int64] {
        [Int64](unsafeUninitializedCapacity: n) { out, count in
            for row in 0..<n { out.initializeElement(at: row, to: f(row)) }
            count = n
        }
    }

    private static func measured(_ f: @escaping (UnsafeRawBufferPointer) -> Int64) -> Kernel {
        .unary { operand, _, n, _ in
            operand.texts.withReader { reader in .int64(numbers(n) { f(reader.bytes($0)) }) }
        }
    }

    // MARK: - New texts

    private static func changed(_ f: @escaping (UnsafeRawBufferPointer, ByteWriter) -> Void) -> Kernel {
        let output = TextOutput()
        return .unary { operand, validity, n, _ in
            operand.texts.withReader { reader in
                output.rows(n, validity) { row, writer in f(reader.bytes(row), writer) }
            }
        }
    }

    /// ASCII letters from `first` on change case; other texts go the long way.
    private static func letters(
        _ bytes: UnsafeRawBufferPointer, _ writer: ByteWriter, _ first: UInt8, _ slow: (UnsafeRawBufferPointer) -> String
    ) {
        var out = writer.reserve(bytes.count)
        for byte in bytes {
            if byte >= 0x80 { return writer.append(slow(bytes)) }
            out.storeBytes(of: byte &- first < 26 ? byte ^ 0x20 : byte, as: UInt8.self)
            out += 1
        }
        writer.commit(out)
    }

    private static func reverse(_ bytes: UnsafeRawBufferPointer, _ writer: ByteWriter) {
        var end = bytes.count
        while end > 0 {
            var start = end - 1
            while start > 0, bytes[start] & 0xc0 == 0x80 { start -= 1 }
            writer.append(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
            end = start
        }
    }

    private static func chr() -> Kernel {
        let output = TextOutput()
        return .unary { operand, validity, n, faults in
            let codes = operand.int64s
            return output.rows(n, validity) { row, writer in
                guard codes[row] > 0, let code = UInt32(exactly: codes[row]), let scalar = Unicode.Scalar(code) else {
                    return faults.add(row, .invalidCharacterCode)
                }
                writer.append(String(Character(scalar)))
            }
        }
    }

    private static func concatenate() -> Kernel {
        let output = TextOutput()
        return .binary { lhs, rhs, validity, n, faults in
            lhs.texts.withReader { left in
                rhs.texts.withReader { right in
                    output.rows(n, validity) { row, writer in
                        let (a, b) = (left.bytes(row), right.bytes(row))
                        if a.count + b.count > resultBytesMax { return faults.add(row, .resultTooLong) }
                        writer.append(a)
                        writer.append(b)
                    }
                }
            }
        }
    }

    /// `concat` and `concat_ws`.
    static func joined(_ function: Function) -> FreeKernel {
        let output = TextOutput()
        let separated = function == .concatWithSeparator
        return { columns, n, faults in
            let validity = separated ? exact(columns[0].validity, n) : nil
            let values = output.rows(n, validity) { row, writer in
                var isFirst = true
                for column in columns.dropFirst(separated ? 1 : 0) where column.isValid(row) {
                    if separated, !isFirst { columns[0].texts.withReader { writer.append($0.bytes(row)) } }
                    column.texts.withReader { writer.append($0.bytes(row)) }
                    isFirst = false
                }
                if writer.count > resultBytesMax {
                    writer.removeAll()
                    faults.add(row, .resultTooLong)
                }
            }
            return Column(values, validity: validity)
        }
    }

    private static func replace() -> Kernel {
        let output = TextOutput()
        return .many { columns, validity, n, faults in
            columns[0].texts.withReader { texts in
                columns[1].texts.withReader { olds in
                    columns[2].texts.withReader { news in
                        output.rows(n, validity) { row, writer in
                            let (text, old, new) = (texts.bytes(row), olds.bytes(row), news.bytes(row))
                            if old.isEmpty { return writer.append(text) }
                            var position = 0
                            while let found = find(old, in: text, from: position), writer.count <= resultBytesMax {
                                writer.append(UnsafeRawBufferPointer(rebasing: text[position..<found]))
                                writer.append(new)
                                position = found + old.count
                            }
                            writer.append(UnsafeRawBufferPointer(rebasing: text[position...]))
                            if writer.count > resultBytesMax {
                                writer.removeAll()
                                faults.add(row, .resultTooLong)
                            }
                        }
                    }
                }
            }
        }
    }

    private static func repeated() -> Kernel {
        let output = TextOutput()
        return .binary { lhs, rhs, validity, n, faults in
            let times = rhs.int64s
            return lhs.texts.withReader { texts in
                output.rows(n, validity) { row, writer in
                    let text = texts.bytes(row)
                    if text.isEmpty || times[row] <= 0 { return }
                    if times[row] > Int64(resultBytesMax / text.count) { return faults.add(row, .resultTooLong) }
                    for _ in 0..<times[row] { writer.append(text) }
                }
            }
        }
    }

    private static func pad(_ isLeft: Bool, _ hasFill: Bool) -> Kernel {
        let output = TextOutput()
        return .many { columns, validity, n, faults in
            let lengths = columns[1].int64s
            return columns[0].texts.withReader { texts in
                output.rows(n, validity) { row, writer in
                    let text = texts.bytes(row)
                    let length = lengths[row]
                    if length > Int64(resultBytesMax) { return faults.add(row, .resultTooLong) }
                    var missing = length - characters(text)
                    if missing <= 0 {
                        return writer.append(UnsafeRawBufferPointer(rebasing: text[..<offset(length, text)]))
                    }
                    if !isLeft { writer.append(text) }
                    let write = { (fill: UnsafeRawBufferPointer) in
                        let width = characters(fill)
                        if width == 0 { return }
                        while missing > 0 {
                            writer.append(UnsafeRawBufferPointer(rebasing: fill[..<offset(missing, fill)]))
                            missing -= width
                        }
                    }
                    if hasFill {
                        columns[2].texts.withReader { write($0.bytes(row)) }
                    } else {
                        withUnsafeBytes(of: UInt8(ascii: " ")) { write($0) }
                    }
                    if isLeft { writer.append(text) }
                }
            }
        }
    }
}
