/// JSON objects, one a line: files and standard input.
///
/// A line that is not an object of the schema is refused; its neighbours are not touched. Blank lines, carriage returns
/// and a byte order mark at the very start are skipped. See ``JSONRowParser`` for the rules of values.
///
/// Only whole lines are parsed, so that their newline ends every scan and no loop looks for the end of the buffer.
package final class JSONLinesDecoder: RowDecoder {
    private let assembler: RowAssembler
    private var parser: JSONRowParser
    private var isAtStart = true
    private var oversized = OversizedRow()

    package init(_ schema: DecoderSchema) {
        assembler = RowAssembler(schema)
        parser = JSONRowParser(assembler, JSONScanner(newlineIsSpace: false, maxDepth: schema.maxDepth))
    }

    deinit { parser.deallocate() }

    package var rowCount: Int { assembler.row }

    package func take() -> DecodedRows { assembler.take() }

    package func decode(_ buffer: SharedBytes, _ range: Range<Int>, isFinal: Bool, maxRows: Int) -> Int {
        precondition(range.lowerBound >= 0 && range.upperBound <= buffer.capacity, "a range of the buffer")
        precondition(range.upperBound <= UInt32.max, "views reach 4 GB")
        let base = UnsafeRawPointer(buffer.base)
        var position = range.lowerBound
        if isAtStart {
            guard let skipped = ByteOrderMark.length(base + position, range.count, isFinal: isFinal) else { return 0 }
            position += skipped
            isAtStart = false
        }
        let wanted = assembler.row + max(maxRows, 0)
        if oversized.isOpen {
            position += oversized.skip(base + position, range.upperBound - position, isFinal: isFinal, assembler)
        }
        if assembler.row < wanted, let last = ByteSearch.lastNewline(base + position, range.upperBound - position) {
            position = decodeLines(buffer, position, position + last + 1, wanted)
        }
        if position == range.upperBound || assembler.row >= wanted { return position - range.lowerBound }
        if position < range.upperBound, ByteSearch.newline(base + position, range.upperBound - position) == nil {
            let rest = range.upperBound - position
            if rest > assembler.schema.maxRowBytes + 1 {
                position += oversized.skip(base + position, rest, isFinal: isFinal, assembler)
            } else if isFinal {
                position += decodeTail(base + position, rest, wanted)
            }
        }
        return position - range.lowerBound
    }

    /// The last line of all, without a newline: a copy gets one.
    private func decodeTail(_ start: UnsafeRawPointer, _ count: Int, _ wanted: Int) -> Int {
        let copy = SharedBytes(capacity: count + 1)
        copy.base.copyMemory(from: start, byteCount: count)
        copy.base.storeBytes(of: 0x0a, toByteOffset: count, as: UInt8.self)
        copy.count = count + 1
        return min(decodeLines(copy, 0, count + 1, wanted), count)
    }

    /// Decodes whole lines from `start` to `end`, where the last newline ends; gives the place after the last line taken.
    private func decodeLines(_ buffer: SharedBytes, _ start: Int, _ end: Int, _ wanted: Int) -> Int {
        let assembler = assembler
        var parser = parser
        let base = UnsafeRawPointer(buffer.base)
        parser.base = base
        parser.buffer = assembler.attach(buffer)
        let maxRowBytes = assembler.schema.maxRowBytes
        let stop = base + end
        var at = base + start
        while at < stop, assembler.row < wanted {
            let line = at
            let first = parser.scanner.skipSpace(line)
            if JSONScanner.byte(first) == 0x0a {
                at = first + 1
                continue
            }
            assembler.ensureRow()
            if let next = parser.row(first, assembler.row) {
                let newline = parser.scanner.skipSpace(next)
                if JSONScanner.byte(newline) == 0x0a {
                    at = newline + 1
                    // A carriage return before the newline is none of the row's bytes.
                    if newline - line <= maxRowBytes &+ (JSONScanner.byte(newline - 1) == 0x0d ? 1 : 0) {
                        assembler.accept()
                        continue
                    }
                } else {
                    parser.defectField = -1
                    _ = parser.scanner.fail(.syntax, newline, "the end of the line")
                }
            }
            at = refuse(parser, line, stop)
        }
        self.parser = parser
        return at - base
    }

    /// Refuses the line that begins at `line`; gives the start of the next.
    @inline(never)
    private func refuse(_ parser: JSONRowParser, _ line: UnsafeRawPointer, _ stop: UnsafeRawPointer) -> UnsafeRawPointer {
        let length = ByteSearch.newline(line, stop - line) ?? stop - line
        let next = line + (length + 1)
        let raw = ByteSearch.withoutReturn(UnsafeRawBufferPointer(start: line, count: length))
        if raw.count > assembler.schema.maxRowBytes {
            OversizedRow.reject(raw, length: raw.count, assembler)
            return next
        }
        let end = line + raw.count
        let (field, found, expected) = parser.report(assembler.schema, end: end)
        assembler.reject(
            raw, byteOffset: min(parser.scanner.defectAt - line, raw.count), field: field, found: found, expected: expected)
        return next
    }
}
