/// Writes rows as CSV (RFC 4180): NULL is nothing, an empty text is `""`, quotes only where they are needed.
package final class CSVRowWriter {
    private let names: [String]
    private let types: [DataType]
    private let delimiter: UInt8
    private let scratch = ByteWriter()

    package init(schema: [Field], delimiter: UInt8 = 0x2c) {
        names = schema.map(\.name)
        types = schema.map(\.type)
        self.delimiter = delimiter
    }

    /// Appends the line of names.
    package func writeHeader(to writer: ByteWriter) {
        for (index, name) in names.enumerated() {
            if index > 0 { writer.append(delimiter) }
            var name = name
            name.withUTF8 { append(UnsafeRawBufferPointer($0), to: writer) }
        }
        writer.append(0x0a)
    }

    /// Appends rows, each with a newline.
    package func write(_ batch: Batch, rows: Range<Int>, to writer: ByteWriter) {
        precondition(batch.columns.count == types.count, "one column for each field")
        precondition(rows.lowerBound >= 0 && rows.upperBound <= batch.count, "rows of the batch")
        CellReader.withCells(batch.columns, types) { cells in
            for row in rows {
                for index in 0..<cells.count {
                    if index > 0 { writer.append(delimiter) }
                    let cell = cells[index]
                    if cell.isNull(row) { continue }
                    switch cell.kind {
                    case .text: append(cell.text(row), to: writer)
                    case .int64: TextCodec.append(int64: cell.value(row, Int64.self), to: writer)
                    case .timestamp: TextCodec.append(timestamp: cell.value(row, Int64.self), to: writer)
                    case .composite, .json:
                        scratch.removeAll()
                        cell.append(row, to: scratch)
                        append(scratch.bytes, to: writer)
                    default: cell.append(row, to: writer)
                    }
                }
                writer.append(0x0a)
            }
        }
    }

    /// A text, in quotes where it is empty or holds the delimiter, a quote, a line end or an outer space.
    private func append(_ bytes: UnsafeRawBufferPointer, to writer: ByteWriter) {
        if let first = bytes.first, first != 0x20, bytes.last != 0x20, !needsQuotes(bytes) { return writer.append(bytes) }
        writer.append(0x22)
        var start = 0
        for position in 0..<bytes.count where bytes[position] == 0x22 {
            writer.append(UnsafeRawBufferPointer(rebasing: bytes[start...position]))
            start = position
        }
        writer.append(UnsafeRawBufferPointer(rebasing: bytes[start...]))
        writer.append(0x22)
    }

    @inline(__always)
    private func needsQuotes(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var position = 0
        let quotes = SIMD16<UInt8>(repeating: 0x22)
        let delimiters = SIMD16<UInt8>(repeating: delimiter)
        let (newlines, returns) = (SIMD16<UInt8>(repeating: 0x0a), SIMD16<UInt8>(repeating: 0x0d))
        while position &+ 16 <= bytes.count {
            let chunk = bytes.loadUnaligned(fromByteOffset: position, as: SIMD16<UInt8>.self)
            let special = (chunk .== quotes) .| (chunk .== delimiters) .| (chunk .== newlines) .| (chunk .== returns)
            let mask = unsafeBitCast(special, to: SIMD2<UInt64>.self)
            if mask[0] | mask[1] != 0 { return true }
            position &+= 16
        }
        while position < bytes.count {
            let byte = bytes[position]
            if byte == 0x22 || byte == delimiter || byte == 0x0a || byte == 0x0d { return true }
            position &+= 1
        }
        return false
    }
}
