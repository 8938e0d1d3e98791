/// Parses one row of CSV into the columns of a ``RowAssembler``.
///
/// Fields are found by a scan for delimiter, line end and quote at once. The scan may read past `stop` into the padding;
/// what it finds there does not count.
struct CSVRow {
    enum Outcome {
        case accepted, refused
        /// The row does not end before `stop`, and more may come.
        case incomplete
    }

    enum Defect { case count, missing, quote, encoding, form, range }

    private unowned(unsafe) let assembler: RowAssembler
    private let fields: UnsafeMutablePointer<FieldState>
    private let schemaCount: Int
    private let columns: UnsafeBufferPointer<Int>
    private let delimiter: UInt8
    private let base: UnsafeRawPointer
    private let buffer: UInt32
    private let stop: UnsafeRawPointer
    private let isFinal: Bool
    /// Where the row's text ends, and where the next begins.
    private(set) var end: UnsafeRawPointer
    private(set) var next: UnsafeRawPointer
    private(set) var fieldCount = 0
    private(set) var defect = Defect.count
    private(set) var defectAt: UnsafeRawPointer
    private(set) var defectField = -1
    private var isRefused = false

    init(
        _ assembler: RowAssembler, _ columns: UnsafeBufferPointer<Int>, delimiter: UInt8, base: UnsafeRawPointer,
        buffer: UInt32, stop: UnsafeRawPointer, isFinal: Bool
    ) {
        self.assembler = assembler
        fields = assembler.fields
        schemaCount = assembler.schema.fields.count
        self.columns = columns
        self.delimiter = delimiter
        self.base = base
        self.buffer = buffer
        self.stop = stop
        self.isFinal = isFinal
        (end, next, defectAt) = (base, base, base)
    }

    /// The first delimiter, newline, quote or — in `wide` — non-ASCII byte from `start`, at most `stop`.
    @inline(__always)
    private func fieldEnd(_ start: UnsafeRawPointer, _ wide: inout Bool) -> UnsafeRawPointer {
        let delimiters = SIMD16<UInt8>(repeating: delimiter)
        let newlines = SIMD16<UInt8>(repeating: 0x0a)
        let high = SIMD16<UInt8>(repeating: 0x80)
        var at = start
        while at < stop {
            let bytes = at.loadUnaligned(as: SIMD16<UInt8>.self)
            let top = unsafeBitCast(bytes & high, to: SIMD2<UInt64>.self)
            wide = wide || top[0] | top[1] != 0
            let special = (bytes .== delimiters) .| (bytes .== newlines)
            let mask = unsafeBitCast(special, to: SIMD2<UInt64>.self)
            let (first, second) = (UInt64(littleEndian: mask[0]), UInt64(littleEndian: mask[1]))
            if first | second != 0 {
                let isSecond: UInt64 = first == 0 ? 1 : 0
                let word = first | (second & (0 &- isSecond))
                at += Int(truncatingIfNeeded: isSecond &* 8 &+ UInt64(truncatingIfNeeded: word.trailingZeroBitCount >> 3))
                return at < stop ? at : stop
            }
            at += 16
        }
        return stop
    }

    /// Reads the row that begins at `start` and writes it at `row`.
    @inline(__always)
    mutating func parse(_ start: UnsafeRawPointer, _ row: Int) -> Outcome {
        isRefused = false
        fieldCount = 0
        var filled = 0
        var at = start
        while true {
            let field = fieldCount < columns.count ? columns[fieldCount] : -1
            var past: UnsafeRawPointer
            if at < stop, JSONScanner.byte(at) == 0x22 {
                guard let closed = quoted(at, field, row) else { return isFinal ? unterminated(at) : .incomplete }
                past = closed
                filled &+= field >= 0 ? 1 : 0
            } else {
                var wide = false
                past = fieldEnd(at, &wide)
                if past == stop, !isFinal { return .incomplete }
                var last = past
                if last > at, past == stop || JSONScanner.byte(past) == 0x0a, JSONScanner.byte(last - 1) == 0x0d {
                    last -= 1
                }
                if field >= 0 {
                    filled &+= 1
                    value(at, last - at, field, row, quoted: false, wide: wide)
                }
            }
            fieldCount &+= 1
            if past < stop, JSONScanner.byte(past) == delimiter {
                at = past + 1
                continue
            }
            // The newline, or the very end.
            end = past
            next = past < stop ? past + 1 : past
            if end > start, JSONScanner.byte(end - 1) == 0x0d { end -= 1 }
            break
        }
        if fieldCount != columns.count {
            (defect, defectAt, defectField) = (.count, end, -1)
            return .refused
        }
        if isRefused { return .refused }
        if filled != schemaCount, let missing = assembler.missingField() {
            (defect, defectAt, defectField) = (.missing, end, missing)
            return .refused
        }
        return .accepted
    }

    /// Writes a field's value.
    @inline(__always)
    private mutating func value(
        _ start: UnsafeRawPointer, _ count: Int, _ field: Int, _ row: Int, quoted: Bool, wide: Bool
    ) {
        fields[field].next = row &+ 1
        let kind = fields[field].kind
        if count == 0, !(quoted && kind == .text) {
            if kind == .skip { return }
            if fields[field].notNull { return fail(.missing, start, field) }
            return fields[field].setNull(row)
        }
        switch kind {
        case .skip: break
        case .text:
            if wide, UTF8Check.firstDefect(UnsafeRawBufferPointer(start: start, count: count)) != nil {
                return fail(.encoding, start, field)
            }
            fields[field].store(padded: start, count: count, buffer: buffer, offset: start - base, row)
        case .int64:
            var magnitude: UInt64 = 0
            let digits = JSONScanner.digits(start, &magnitude)
            // Up to eight digits and nothing else; the common case.
            if digits == count {
                fields[field].store(Int64(truncatingIfNeeded: magnitude), row)
            } else {
                parsed(UnsafeRawBufferPointer(start: start, count: count), field, row)
            }
        case .timestamp:
            if let value = TextCodec.fixedTimestamp(start, count) {
                fields[field].store(value, row)
            } else {
                parsed(UnsafeRawBufferPointer(start: start, count: count), field, row)
            }
        case .bytes, .json, .composite: laidOut(UnsafeRawBufferPointer(start: start, count: count), field)
        default: parsed(UnsafeRawBufferPointer(start: start, count: count), field, row)
        }
    }

    @inline(never)
    private mutating func parsed(_ bytes: UnsafeRawBufferPointer, _ field: Int, _ row: Int) {
        do throws(TextCodecError) {
            try fields[field].store(parsed: bytes, row)
        } catch {
            fail(error == .invalid ? .form : .range, bytes.baseAddress ?? base, field)
        }
    }

    /// A value whose bytes are not those of the input.
    @inline(never)
    private mutating func laidOut(_ bytes: UnsafeRawBufferPointer, _ field: Int) {
        if UTF8Check.firstDefect(bytes) != nil { return fail(.encoding, bytes.baseAddress ?? base, field) }
        do throws(TextCodecError) {
            try assembler.store(parsed: bytes, field: field)
        } catch {
            fail(error == .invalid ? .form : .range, bytes.baseAddress ?? base, field)
        }
    }

    /// Notes the first defect of the row; the rest is still read, to find its end.
    @inline(never)
    private mutating func fail(_ defect: Defect, _ at: UnsafeRawPointer, _ field: Int) {
        if isRefused { return }
        isRefused = true
        (self.defect, defectAt, defectField) = (defect, at, field)
    }

    // MARK: - Quotes

    /// Reads a quoted field; gives the delimiter or line end after it, nil where the quote is not closed.
    @inline(never)
    private mutating func quoted(_ start: UnsafeRawPointer, _ field: Int, _ row: Int) -> UnsafeRawPointer? {
        var at = start + 1
        var doubled = false
        while true {
            at = quoteEnd(at)
            if at == stop { return nil }
            if at + 1 == stop, !isFinal { return nil }
            if at + 1 < stop, JSONScanner.byte(at + 1) == 0x22 {
                doubled = true
                at += 2
                continue
            }
            break
        }
        let contents = start + 1
        var past = at + 1
        var wide = false
        let rest = past
        past = fieldEnd(past, &wide)
        if past == stop, !isFinal { return nil }
        var last = past
        if last > rest, past == stop || JSONScanner.byte(past) == 0x0a, JSONScanner.byte(last - 1) == 0x0d { last -= 1 }
        if last != rest {
            fail(.quote, at, field)
        } else if field >= 0 {
            if doubled {
                unquoted(contents, at, field, row)
            } else {
                value(contents, at - contents, field, row, quoted: true, wide: true)
            }
        }
        return past
    }

    /// Writes a value with doubled quotes.
    private mutating func unquoted(_ start: UnsafeRawPointer, _ end: UnsafeRawPointer, _ field: Int, _ row: Int) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(end - start)
        var at = start
        while at < end {
            let byte = JSONScanner.byte(at)
            bytes.append(byte)
            at += byte == 0x22 ? 2 : 1
        }
        fields[field].next = row &+ 1
        bytes.withUnsafeBytes { bytes in
            if fields[field].isLaidOut {
                laidOut(bytes, field)
            } else if fields[field].kind != .text {
                if fields[field].kind != .skip { fail(.form, start, field) }
            } else if UTF8Check.firstDefect(bytes) != nil {
                fail(.encoding, start, field)
            } else {
                assembler.store(copy: bytes, field: field)
            }
        }
    }

    /// The next quote from `start`, at most `stop`.
    private func quoteEnd(_ start: UnsafeRawPointer) -> UnsafeRawPointer {
        let quotes = SIMD16<UInt8>(repeating: 0x22)
        var at = start
        while at < stop {
            let mask = unsafeBitCast(at.loadUnaligned(as: SIMD16<UInt8>.self) .== quotes, to: SIMD2<UInt64>.self)
            let (first, second) = (UInt64(littleEndian: mask[0]), UInt64(littleEndian: mask[1]))
            if first | second != 0 {
                at += first != 0 ? first.trailingZeroBitCount >> 3 : 8 + second.trailingZeroBitCount >> 3
                return at < stop ? at : stop
            }
            at += 16
        }
        return stop
    }

    /// The text ends within quotes: all of it is the row.
    private mutating func unterminated(_ at: UnsafeRawPointer) -> Outcome {
        (defect, defectAt, defectField) = (.quote, at, -1)
        (end, next) = (stop, stop)
        return .refused
    }
}
