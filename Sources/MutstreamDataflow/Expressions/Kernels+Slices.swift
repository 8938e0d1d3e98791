import MutstreamColumnar

/// Functions whose result is a part of their operand: the views change, the bytes stay where they are.
extension Kernels {
    @inline(__always)
    private static func sliced(
        _ column: Column, _ n: Int, _ part: (Int, UnsafeRawBufferPointer) -> Range<Int>
    ) -> Column.Values {
        let texts = column.texts
        let views = texts.withReader { reader in
            [TextView](unsafeUninitializedCapacity: n) { out, count in
                for row in 0..<n {
                    let bytes = reader.bytes(row)
                    let range = part(row, bytes)
                    let whole = texts.views[row]
                    out.initializeElement(
                        at: row,
                        to: TextView(
                            UnsafeRawBufferPointer(rebasing: bytes[range]), buffer: whole.low,
                            offset: whole.high &+ UInt32(truncatingIfNeeded: range.lowerBound)))
                }
                count = n
            }
        }
        return .text(TextValues(views: views, buffers: texts.buffers))
    }

    static func trim(_ function: Function) -> Kernel {
        .binary { lhs, rhs, _, n, _ in
            rhs.texts.withReader { sets in
                sliced(lhs, n) { row, text in
                    let set = sets.bytes(row)
                    var (start, end) = (0, text.count)
                    if function != .trimTrailing {
                        while start < end {
                            let width = min(TextPattern.width(text[start]), end - start)
                            if !has(set, text, start, width) { break }
                            start += width
                        }
                    }
                    if function != .trimLeading {
                        while end > start {
                            var first = end - 1
                            while first > start, text[first] & 0xc0 == 0x80 { first -= 1 }
                            if !has(set, text, first, end - first) { break }
                            end = first
                        }
                    }
                    return start..<end
                }
            }
        }
    }

    /// Whether the set holds the character at `start`.
    @inline(__always)
    private static func has(_ set: UnsafeRawBufferPointer, _ text: UnsafeRawBufferPointer, _ start: Int, _ width: Int)
        -> Bool
    {
        if width == 1 {
            for byte in set where byte == text[start] { return true }
            return false
        }
        return find(UnsafeRawBufferPointer(rebasing: text[start..<start + width]), in: set, from: 0) != nil
    }

    /// `left` and `right`.
    static func ends(_ isLeft: Bool) -> Kernel {
        .binary { lhs, rhs, _, n, _ in
            let counts = rhs.int64s
            return sliced(lhs, n) { row, text in
                let count = counts[row]
                if isLeft { return 0..<offset(count >= 0 ? count : max(0, characters(text) + count), text) }
                return offset(count >= 0 ? max(0, characters(text) - count) : 0 - max(count, -1 << 40), text)..<text.count
            }
        }
    }

    static func substring(_ hasLength: Bool) -> Kernel {
        .many { columns, validity, n, faults in
            let starts = columns[1].int64s
            let lengths = hasLength ? columns[2].int64s : []
            return sliced(columns[0], n) { row, text in
                let start = starts[row] - 1
                let first = offset(max(0, start), text)
                if !hasLength { return first..<text.count }
                if lengths[row] < 0 {
                    if validity?[row] ?? true { faults.add(row, .negativeSubstringLength) }
                    return 0..<0
                }
                // The length counts from `start` even where that lies before the text.
                return first..<max(first, offset(max(0, start + lengths[row]), text))
            }
        }
    }

    static func splitPart() -> Kernel {
        .many { columns, validity, n, faults in
            let wanted = columns[2].int64s
            return columns[1].texts.withReader { separators in
                sliced(columns[0], n) { row, text in
                    if wanted[row] == 0 {
                        if validity?[row] ?? true { faults.add(row, .zeroFieldPosition) }
                        return 0..<0
                    }
                    return part(text, separators.bytes(row), wanted[row]) ?? 0..<0
                }
            }
        }
    }

    private static func part(
        _ text: UnsafeRawBufferPointer, _ separator: UnsafeRawBufferPointer, _ wanted: Int64
    ) -> Range<Int>? {
        if separator.isEmpty { return wanted == 1 || wanted == -1 ? 0..<text.count : nil }
        var number = wanted
        if number < 0 {
            var parts: Int64 = 1
            var position = 0
            while let found = find(separator, in: text, from: position) {
                parts += 1
                position = found + separator.count
            }
            number += parts + 1
            if number < 1 { return nil }
        }
        var start = 0
        while let found = find(separator, in: text, from: start) {
            number -= 1
            if number == 0 { return start..<found }
            start = found + separator.count
        }
        return number == 1 ? start..<text.count : nil
    }
}
