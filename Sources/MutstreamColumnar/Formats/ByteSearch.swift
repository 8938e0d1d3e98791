/// Finds line ends in padded memory.
enum ByteSearch {
    /// The position of the first newline.
    static func newline(_ start: UnsafeRawPointer, _ count: Int) -> Int? {
        var position = 0
        while position < count {
            let word = UInt64(littleEndian: (start + position).loadUnaligned(as: UInt64.self)) ^ 0x0a0a_0a0a_0a0a_0a0a
            // The lowest set bit marks the first zero byte; later ones may be false.
            let zeros = (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
            if zeros != 0 {
                let found = position + zeros.trailingZeroBitCount >> 3
                return found < count ? found : nil
            }
            position += 8
        }
        return nil
    }

    /// The position of the last newline.
    static func lastNewline(_ start: UnsafeRawPointer, _ count: Int) -> Int? {
        var position = count
        while position >= 8 {
            let word = (start + (position - 8)).loadUnaligned(as: UInt64.self) ^ 0x0a0a_0a0a_0a0a_0a0a
            if (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080 != 0 { break }
            position -= 8
        }
        while position > 0 {
            position -= 1
            if start.load(fromByteOffset: position, as: UInt8.self) == 0x0a { return position }
        }
        return nil
    }

    /// A line without the carriage return at its end.
    static func withoutReturn(_ line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        line.last == 0x0d ? UnsafeRawBufferPointer(rebasing: line.dropLast()) : line
    }
}

/// The byte order mark that some programs write before UTF-8.
enum ByteOrderMark {
    /// Its length at the start of a text: 0 or 3; nil where that cannot be told yet.
    static func length(_ start: UnsafeRawPointer, _ count: Int, isFinal: Bool) -> Int? {
        let mark: (UInt8, UInt8, UInt8) = (0xef, 0xbb, 0xbf)
        if count > 0, start.load(as: UInt8.self) != mark.0 { return 0 }
        if count > 1, start.load(fromByteOffset: 1, as: UInt8.self) != mark.1 { return 0 }
        if count > 2 { return start.load(fromByteOffset: 2, as: UInt8.self) == mark.2 ? 3 : 0 }
        return isFinal ? 0 : nil
    }
}

/// A line longer than allowed, of which more comes: its first bytes are kept, the others counted.
struct OversizedRow {
    private(set) var isOpen = false
    private var raw: [UInt8] = []
    private var length = 0
    private var last: UInt8 = 0

    /// Consumes bytes up to and with the newline; then, or at the very end, the line is refused.
    mutating func skip(_ start: UnsafeRawPointer, _ count: Int, isFinal: Bool, _ assembler: RowAssembler) -> Int {
        isOpen = true
        let newline = ByteSearch.newline(start, count)
        let part = UnsafeRawBufferPointer(start: start, count: newline ?? count)
        raw.append(contentsOf: part.prefix(RejectedRow.rawBytesMax - raw.count))
        length += part.count
        last = part.last ?? last
        if newline == nil, !isFinal { return count }
        let whole = last == 0x0d ? length - 1 : length
        raw.withUnsafeBytes { OversizedRow.reject($0, length: whole, assembler) }
        self = OversizedRow()
        return newline.map { $0 + 1 } ?? count
    }

    static func reject(_ raw: UnsafeRawBufferPointer, length: Int, _ assembler: RowAssembler) {
        assembler.reject(
            raw, length: length, byteOffset: assembler.schema.maxRowBytes, field: nil, found: "a row of \(length) bytes",
            expected: "at most \(assembler.schema.maxRowBytes)")
    }
}
