/// Comma-separated values (RFC 4180).
///
/// Quoted fields may hold delimiters, line ends and doubled quotes. An empty field without quotes is NULL, `""` an empty
/// text. The first row names the columns: unknown ones are ignored, missing ones are NULL; without a header, columns are
/// the schema's fields in order. A row with too many or too few fields is refused, and under a header that names no
/// column, every row.
package final class CSVDecoder: RowDecoder {
    private let assembler: RowAssembler
    private let delimiter: UInt8
    /// The schema's field of each column of the file, -1: ignored. Nil until the header is read.
    private var columns: [Int]?
    /// The header names none of the schema's fields.
    private var namesNothing = false
    /// The header.
    package private(set) var context: [UInt8] = []
    private var isAtStart = true
    private var oversized = OversizedRow()

    package init(_ schema: DecoderSchema, header: Bool = true, delimiter: UInt8 = 0x2c) {
        assembler = RowAssembler(schema)
        self.delimiter = delimiter
        columns = header ? nil : Array(schema.fields.indices)
    }

    package var rowCount: Int { assembler.row }

    package func take() -> DecodedRows { assembler.take() }

    package func decode(_ buffer: SharedBytes, _ range: Range<Int>, isFinal: Bool, maxRows: Int) -> Int {
        precondition(range.lowerBound >= 0 && range.upperBound <= buffer.capacity, "a range of the buffer")
        precondition(range.upperBound <= UInt32.max, "views reach 4 GB")
        let base = UnsafeRawPointer(buffer.base)
        let stop = base + range.upperBound
        var at = base + range.lowerBound
        if isAtStart {
            guard let skipped = ByteOrderMark.length(at, range.count, isFinal: isFinal) else { return 0 }
            at += skipped
            isAtStart = false
        }
        let wanted = assembler.row + max(maxRows, 0)
        if oversized.isOpen { at += oversized.skip(at, stop - at, isFinal: isFinal, assembler) }
        if columns == nil {
            guard let next = readHeader(at, stop, isFinal) else { return at - base - range.lowerBound }
            context = Array(UnsafeRawBufferPointer(start: at, count: next - at))
            if namesNothing { refuseHeader(at, next) }
            at = next
        }
        guard let columns else { return at - base - range.lowerBound }
        let number = assembler.attach(buffer)
        let rows = columns.withUnsafeBufferPointer { decodeRows(base, number, at, stop, isFinal, wanted, $0) }
        at = rows
        if stop - at > assembler.schema.maxRowBytes + 2, assembler.row < wanted {
            at += oversized.skip(at, stop - at, isFinal: isFinal, assembler)
        }
        return at - base - range.lowerBound
    }

    // MARK: - Rows

    /// Decodes rows while they are whole; gives the start of the first that is not.
    private func decodeRows(
        _ base: UnsafeRawPointer, _ buffer: UInt32, _ start: UnsafeRawPointer, _ stop: UnsafeRawPointer, _ isFinal: Bool,
        _ wanted: Int, _ columns: UnsafeBufferPointer<Int>
    ) -> UnsafeRawPointer {
        var row = CSVRow(assembler, columns, delimiter: delimiter, base: base, buffer: buffer, stop: stop, isFinal: isFinal)
        var at = start
        while at < stop, assembler.row < wanted {
            let byte = JSONScanner.byte(at)
            if byte == 0x0a {
                at += 1
                continue
            }
            if byte == 0x0d, at + 1 < stop, JSONScanner.byte(at + 1) == 0x0a {
                at += 2
                continue
            }
            assembler.ensureRow()
            switch row.parse(at, assembler.row) {
            case .accepted:
                if row.end - at > assembler.schema.maxRowBytes {
                    refuse(row, at)
                } else if namesNothing {
                    refuse(row, at, under: "a row under a header that names no column")
                } else if assembler.isPlain || assembler.notesChange() {
                    assembler.accept()
                } else {
                    refuseChange(row, at)
                }
            case .refused: refuse(row, at)
            case .incomplete: return at
            }
            at = row.next
        }
        return at
    }

    @inline(never)
    private func refuse(_ row: CSVRow, _ start: UnsafeRawPointer, under header: String) {
        assembler.reject(
            UnsafeRawBufferPointer(start: start, count: row.end - start), byteOffset: 0, field: nil, found: header,
            expected: expectedHeader)
    }

    private func refuseHeader(_ start: UnsafeRawPointer, _ next: UnsafeRawPointer) {
        let line = UnsafeRawBufferPointer(start: start, count: next - start)
        let end = line.lastIndex { $0 != 0x0a && $0 != 0x0d }.map { $0 + 1 } ?? 0
        assembler.ensureRow()
        assembler.reject(
            UnsafeRawBufferPointer(rebasing: line[..<end]), byteOffset: 0, field: nil,
            found: "a header that names no column", expected: expectedHeader)
    }

    private var expectedHeader: String {
        let names = assembler.schema.fields.prefix(8).map { "\"\($0.name)\"" }.joined(separator: ", ")
        return "a first line with some of \(names) (or none, and header = 'false')"
    }

    @inline(never)
    private func refuseChange(_ row: CSVRow, _ start: UnsafeRawPointer) {
        let raw = UnsafeRawBufferPointer(start: start, count: row.end - start)
        let defect = assembler.changeDefect
        assembler.reject(
            raw, byteOffset: 0, field: defect?.field, found: defect?.found ?? "a row",
            expected: defect?.expected ?? "a change")
    }

    @inline(never)
    private func refuse(_ row: CSVRow, _ start: UnsafeRawPointer) {
        let raw = UnsafeRawBufferPointer(start: start, count: row.end - start)
        if raw.count > assembler.schema.maxRowBytes { return OversizedRow.reject(raw, length: raw.count, assembler) }
        let field = row.defectField >= 0 ? assembler.schema.fields[row.defectField] : nil
        var found = "a text"
        var expected = field?.expectation ?? "UTF-8"
        switch row.defect {
        case .count:
            found = "\(row.fieldCount) fields"
            expected = "\(columns?.count ?? 0)"
        case .missing:
            found = "nothing"
            expected += ", which is NOT NULL"
        case .quote:
            found = "a quote that is not closed where the field ends"
            expected = "a delimiter or the end of the row"
        case .encoding:
            found = "bytes that are not UTF-8"
            expected = "UTF-8"
        case .form, .range:
            let shown = UnsafeRawBufferPointer(start: row.defectAt, count: min(max(row.end - row.defectAt, 0), 40))
            let text = shown.prefix { $0 != delimiter && $0 != 0x0a && $0 != 0x0d }
            found = "\"\(String(decoding: text, as: UTF8.self))\""
            if row.defect == .range { expected += " in its range" }
        }
        assembler.reject(
            raw, byteOffset: min(max(row.defectAt - start, 0), raw.count), field: field?.name, found: found,
            expected: expected)
    }

    // MARK: - Header

    /// Reads the names of the columns; nil while the header is not whole.
    private func readHeader(_ start: UnsafeRawPointer, _ stop: UnsafeRawPointer, _ isFinal: Bool) -> UnsafeRawPointer? {
        var at = start
        while at < stop, JSONScanner.byte(at) == 0x0a || JSONScanner.byte(at) == 0x0d { at += 1 }
        if at == stop { return nil }
        var names: [[UInt8]] = []
        while true {
            var name: [UInt8] = []
            if at < stop, JSONScanner.byte(at) == 0x22 {
                at += 1
                while true {
                    if at >= stop { return isFinal ? finish(names + [name], stop) : nil }
                    let byte = JSONScanner.byte(at)
                    at += 1
                    if byte == 0x22 {
                        if at < stop, JSONScanner.byte(at) == 0x22 { at += 1 } else { break }
                    }
                    name.append(byte)
                }
            }
            while at < stop, JSONScanner.byte(at) != delimiter, JSONScanner.byte(at) != 0x0a {
                name.append(JSONScanner.byte(at))
                at += 1
            }
            if at >= stop, !isFinal { return nil }
            if at >= stop || JSONScanner.byte(at) == 0x0a {
                if name.last == 0x0d { name.removeLast() }
                return finish(names + [name], min(at + 1, stop))
            }
            names.append(name)
            at += 1
        }
    }

    private func finish(_ names: [[UInt8]], _ next: UnsafeRawPointer) -> UnsafeRawPointer {
        var taken: Set<Int> = []
        columns = names.map { name in
            let index = name.withUnsafeBytes { assembler.schema.index(ofName: $0) }
            // Of two columns with one name, the first counts.
            return index >= 0 && taken.insert(index).inserted ? index : -1
        }
        namesNothing = taken.isEmpty && !assembler.schema.fields.isEmpty
        return next
    }
}
