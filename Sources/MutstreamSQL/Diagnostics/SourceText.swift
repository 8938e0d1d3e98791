/// A SQL text and the name of where it came from, to say in which line a place lies.
package struct SourceText: Sendable {
    /// A place as people count it: both from 1, the column in Unicode scalars.
    package struct Position: Sendable, Hashable {
        package var line: Int
        package var column: Int
    }

    package let name: String
    package let bytes: [UInt8]
    package var text: String { String(decoding: bytes, as: UTF8.self) }
    /// The offset of each line's first byte. Never empty.
    private let lineStarts: [Int]

    /// - Complexity: O(*n*) in the bytes.
    package init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
        var starts = [0]
        for (index, byte) in bytes.enumerated() where byte == 0x0A { starts.append(index + 1) }
        self.lineStarts = starts
    }

    package init(name: String, text: String) {
        self.init(name: name, bytes: Array(text.utf8))
    }

    /// The line and column of a byte offset; an offset outside the text counts as its nearest end.
    ///
    /// - Complexity: O(log *lines* + length of the line).
    package func position(of offset: Int) -> Position {
        let offset = min(max(0, offset), bytes.count)
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        let before = bytes[lineStarts[low]..<offset]
        return Position(line: low + 1, column: String(decoding: before, as: UTF8.self).unicodeScalars.count + 1)
    }

    /// The byte range of a line, counted from 1, without its line break.
    func rangeOfLine(_ line: Int) -> Range<Int> {
        guard lineStarts.indices.contains(line - 1) else { return bytes.count..<bytes.count }
        let start = lineStarts[line - 1]
        var end = line < lineStarts.count ? lineStarts[line] - 1 : bytes.count
        if end > start, bytes[end - 1] == 0x0D { end -= 1 }
        return start..<end
    }
}
