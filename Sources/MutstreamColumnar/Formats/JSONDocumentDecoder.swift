/// JSON that arrives whole, as the body of a request: one object, an array of objects, or objects one after the other.
///
/// An element that is well formed but not of the schema is refused alone. Where the text is no JSON, one refusal stands
/// for all from that element on, as nothing says where the next begins; only among objects that each have their own
/// line, the next line is taken up again.
package final class JSONDocumentDecoder: RowDecoder {
    /// What a body held.
    package enum Shape: Sendable, Hashable {
        /// Exactly one object.
        case object
        case array
        /// Any number of objects but one, with white space between them.
        case lines
    }

    private enum Place {
        case start
        /// Before an element of an array, its comma taken.
        case element
        /// After an element of an array.
        case separator
        /// Between objects that no array holds.
        case between
        /// After the closing bracket.
        case after
    }

    private let assembler: RowAssembler
    private var parser: JSONRowParser
    private var place = Place.start
    /// Every object so far had its own line.
    private var isLineByLine = true
    private var elements = 0
    /// The shape of the last body that was decoded to its end.
    package private(set) var shape = Shape.lines

    package init(_ schema: DecoderSchema) {
        assembler = RowAssembler(schema)
        parser = JSONRowParser(assembler, JSONScanner(newlineIsSpace: true, maxDepth: schema.maxDepth))
    }

    deinit { parser.deallocate() }

    package var rowCount: Int { assembler.row }

    package func take() -> DecodedRows { assembler.take() }

    /// Decodes a whole body. Where `maxRows` stops it, the rest is presented again and goes on from there.
    package func decode(_ bytes: UnsafeRawBufferPointer, maxRows: Int = .max >> 1) -> Int {
        // A copy: it has a sentinel, and its views do not hold on to the buffer of a connection.
        decode(SharedBytes(sentinel: bytes), bytes.count, maxRows)
    }

    /// As ``decode(_:maxRows:)``. A body that is not final is not begun: 0.
    package func decode(_ buffer: SharedBytes, _ range: Range<Int>, isFinal: Bool, maxRows: Int) -> Int {
        guard isFinal else { return 0 }
        precondition(range.lowerBound >= 0 && range.upperBound <= buffer.capacity, "a range of the buffer")
        return decode(UnsafeRawBufferPointer(start: buffer.base + range.lowerBound, count: range.count), maxRows: maxRows)
    }

    private func decode(_ buffer: SharedBytes, _ count: Int, _ maxRows: Int) -> Int {
        var parser = parser
        parser.base = UnsafeRawPointer(buffer.base)
        parser.buffer = assembler.attach(buffer)
        let wanted = assembler.row + max(maxRows, 0)
        let stop = parser.base + count
        var at = parser.base
        if place == .start {
            at += ByteOrderMark.length(at, count, isFinal: true) ?? 0
            elements = 0
            isLineByLine = true
            at = parser.scanner.skipSpace(at)
            if JSONScanner.byte(at) == 0x5b, at < stop {
                shape = .array
                parser.depth = 1
                at = parser.scanner.skipSpace(at + 1)
                place = JSONScanner.byte(at) == 0x5d ? .separator : .element
            } else {
                shape = .lines
                parser.depth = 0
                place = .between
            }
        } else {
            parser.depth = shape == .array ? 1 : 0
        }
        while assembler.row < wanted {
            at = parser.scanner.skipSpace(at)
            if at == stop, place == .between || place == .after {
                if shape == .lines, elements == 1 { shape = .object }
                place = .start
                break
            }
            guard let next = step(&parser, at, stop) else {
                at = stop
                if shape == .lines, elements == 0 { shape = .object }
                place = .start
                break
            }
            at = next
        }
        self.parser = parser
        return at - parser.base
    }

    /// Takes one element or one sign between elements; nil: all that is left was refused.
    private func step(_ parser: inout JSONRowParser, _ at: UnsafeRawPointer, _ stop: UnsafeRawPointer) -> UnsafeRawPointer? {
        switch place {
        case .start, .after:
            return refuseRest(&parser, at, stop, "the end")
        case .separator:
            switch JSONScanner.byte(at) {
            case 0x2c: place = .element
            case 0x5d: place = .after
            default: return refuseRest(&parser, at, stop, "',' or ']'")
            }
            return at + 1
        case .element:
            guard let next = element(&parser, at, stop) else { return nil }
            place = .separator
            return next
        case .between:
            let next = element(&parser, at, stop)
            if let next {
                elements += 1
                if isLineByLine { isLineByLine = endsLine(next, stop) }
            } else if isLineByLine, let line = nextLine(at, stop), parser.scanner.defectAt <= line.end {
                refuse(parser, at, line.end, stop)
                elements += 2
                return line.next
            } else {
                refuse(parser, at, stop, stop)
            }
            return next
        }
    }

    /// Decodes one element. Nil: it is no JSON; an element of an array is refused with all that follows.
    @inline(__always)
    private func element(_ parser: inout JSONRowParser, _ at: UnsafeRawPointer, _ stop: UnsafeRawPointer)
        -> UnsafeRawPointer?
    {
        assembler.ensureRow()
        if let next = parser.row(at, assembler.row) {
            if next - at <= assembler.schema.maxRowBytes {
                assembler.accept()
            } else {
                OversizedRow.reject(UnsafeRawBufferPointer(start: at, count: next - at), length: next - at, assembler)
            }
            return next
        }
        return notRow(&parser, at, stop)
    }

    @inline(never)
    private func notRow(_ parser: inout JSONRowParser, _ at: UnsafeRawPointer, _ stop: UnsafeRawPointer) -> UnsafeRawPointer?
    {
        if !parser.scanner.defect.isSyntax {
            var skipper = parser.scanner
            if let next = skipper.skipValue(at, depth: parser.depth) {
                if next - at > assembler.schema.maxRowBytes {
                    OversizedRow.reject(UnsafeRawBufferPointer(start: at, count: next - at), length: next - at, assembler)
                } else {
                    refuse(parser, at, next, stop)
                }
                return next
            }
            parser.scanner = skipper
            parser.defectField = -1
        }
        if place == .element { refuse(parser, at, stop, stop) }
        return nil
    }

    /// Refuses the bytes from `at` to `end` for the parser's defect.
    private func refuse(_ parser: JSONRowParser, _ at: UnsafeRawPointer, _ end: UnsafeRawPointer, _ stop: UnsafeRawPointer) {
        let (field, found, expected) = parser.report(assembler.schema, end: end)
        assembler.reject(
            UnsafeRawBufferPointer(start: at, count: end - at), byteOffset: min(parser.scanner.defectAt - at, end - at),
            field: field, found: found, expected: expected)
    }

    private func refuseRest(
        _ parser: inout JSONRowParser, _ at: UnsafeRawPointer, _ stop: UnsafeRawPointer, _ wanted: StaticString
    ) -> UnsafeRawPointer? {
        parser.defectField = -1
        _ = parser.scanner.fail(.syntax, at, wanted)
        assembler.ensureRow()
        refuse(parser, at, stop, stop)
        return nil
    }

    // MARK: - Lines

    private func endsLine(_ start: UnsafeRawPointer, _ stop: UnsafeRawPointer) -> Bool {
        var at = start
        while at < stop {
            switch JSONScanner.byte(at) {
            case 0x0a: return true
            case 0x20, 0x09, 0x0d: at += 1
            default: return false
            }
        }
        return true
    }

    /// Where the line of `at` ends and the next object begins; nil where the next line begins with none.
    private func nextLine(_ at: UnsafeRawPointer, _ stop: UnsafeRawPointer) -> (
        end: UnsafeRawPointer, next: UnsafeRawPointer
    )? {
        guard let length = ByteSearch.newline(at, stop - at) else { return nil }
        let end = ByteSearch.withoutReturn(UnsafeRawBufferPointer(start: at, count: length)).count
        var next = at + (length + 1)
        while next < stop, [0x0a, 0x0d].contains(JSONScanner.byte(next)) { next += 1 }
        return next < stop && JSONScanner.byte(next) == 0x7b ? (at + end, next) : nil
    }
}
