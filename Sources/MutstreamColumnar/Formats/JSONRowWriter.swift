/// Writes rows as JSON objects, one a line.
///
/// DECIMAL is a number, NaN and the infinities are `null`, dates and times are ISO 8601 strings, BYTES are `"\\x0aff"`,
/// JSON stands as it is, arrays are arrays, rows and maps are objects.
package final class JSONRowWriter {
    /// `{"id":` for the first field, `,"name":` for the others.
    private let keys: [[UInt8]]
    private let types: [DataType]

    package init(schema: [Field]) {
        types = schema.map(\.type)
        keys = schema.enumerated().map { index, field in
            let writer = ByteWriter()
            writer.append(index == 0 ? 0x7b : 0x2c)
            JSONText.append(field.name, to: writer)
            writer.append(0x3a)
            return Array(writer.bytes)
        }
    }

    /// Appends rows, each with a newline.
    package func write(_ batch: Batch, rows: Range<Int>, to writer: ByteWriter) {
        write(batch, rows, newline: true, writer)
    }

    /// Appends one row without a newline.
    package func writeObject(_ batch: Batch, row: Int, to writer: ByteWriter) {
        write(batch, row..<row + 1, newline: false, writer)
    }

    private func write(_ batch: Batch, _ rows: Range<Int>, newline: Bool, _ writer: ByteWriter) {
        precondition(batch.columns.count == types.count, "one column for each field")
        precondition(rows.lowerBound >= 0 && rows.upperBound <= batch.count, "rows of the batch")
        if types.isEmpty {
            for _ in rows { writer.append(newline ? "{}\n" : "{}") }
            return
        }
        CellReader.withCells(batch.columns, types) { cells in
            keys.withKeyPointers { keys in
                for row in rows {
                    for index in 0..<cells.count { writeCell(cells[index], keys[index], row, writer) }
                    if newline { writer.append(closing: 0x0a7d) } else { writer.append(0x7d) }
                }
            }
        }
    }

    @inline(__always)
    private func writeCell(_ cell: CellReader, _ key: UnsafeRawBufferPointer, _ row: Int, _ writer: ByteWriter) {
        let isNull = cell.isNull(row)
        // One reservation for the key and any value of fixed size.
        var out = writer.reserve(key.count &+ CellReader.fixedBytesMax &+ 32)
        out = JSONText.copyShort(key, out)
        if isNull {
            out.storeBytes(of: (0x6c6c_756e as UInt32).littleEndian, as: UInt32.self)
            return writer.commit(out + 4)
        }
        switch cell.kind {
        case .int64:
            TextCodec.put(int64: cell.value(row, Int64.self), &out)
            writer.commit(out)
        case .timestamp:
            TextCodec.put(0x22, &out)
            TextCodec.put(timestamp: cell.value(row, Int64.self), separator: 0x54, &out)
            TextCodec.put(0x22, &out)
            writer.commit(out)
        case .text:
            writer.commit(out)
            JSONText.append(cell.text(row), to: writer)
        default:
            writer.commit(out)
            writeOther(cell, row, writer)
        }
    }

    @inline(never)
    private func writeOther(_ cell: CellReader, _ row: Int, _ writer: ByteWriter) {
        switch cell.kind {
        case .double: TextCodec.append(json: cell.value(row, Double.self), to: writer)
        case .real: TextCodec.append(jsonReal: cell.value(row, Double.self), to: writer)
        case .date, .time, .interval, .uuid:
            writer.append(0x22)
            cell.append(row, to: writer)
            writer.append(0x22)
        case .timestamptz:
            var out = writer.reserve(64)
            TextCodec.put(0x22, &out)
            TextCodec.put(isoTimestamptz: cell.value(row, Int64.self), &out)
            TextCodec.put(0x22, &out)
            writer.commit(out)
        case .bytes: JSONText.append(blob: cell.text(row), to: writer)
        case .composite:
            var reader = CompositeReader(cell.text(row))
            JSONText.append(&reader, cell.type.pointee, to: writer)
        default: cell.append(row, to: writer)
        }
    }
}

extension [[UInt8]] {
    /// Lends all keys as raw bytes, padded so that a scan may copy 16 bytes at a time.
    fileprivate func withKeyPointers(_ body: (UnsafeBufferPointer<UnsafeRawBufferPointer>) -> Void) {
        let total = reduce(0) { $0 + $1.count }
        let bytes = SharedBytes(capacity: total)
        var offset = 0
        var parts: [UnsafeRawBufferPointer] = []
        for key in self {
            key.withUnsafeBytes { source in
                if let start = source.baseAddress { (bytes.base + offset).copyMemory(from: start, byteCount: source.count) }
            }
            parts.append(UnsafeRawBufferPointer(start: bytes.base + offset, count: key.count))
            offset += key.count
        }
        parts.withUnsafeBufferPointer(body)
        withExtendedLifetime(bytes) {}
    }
}

/// Strings as JSON writes them.
package enum JSONText {
    /// Copies up to 32 bytes as two words; longer ones as they are. 32 bytes past `out` are reserved beyond the count.
    @inline(__always)
    static func copyShort(_ bytes: UnsafeRawBufferPointer, _ out: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        let source = bytes.baseAddress.unsafelyUnwrapped
        if bytes.count <= 32 {
            out.storeBytes(of: source.loadUnaligned(as: SIMD16<UInt8>.self), as: SIMD16<UInt8>.self)
            if bytes.count > 16 {
                let tail = source.loadUnaligned(fromByteOffset: 16, as: SIMD16<UInt8>.self)
                out.storeBytes(of: tail, toByteOffset: 16, as: SIMD16<UInt8>.self)
            }
        } else {
            out.copyMemory(from: source, byteCount: bytes.count)
        }
        return out + bytes.count
    }

    package static func append(_ text: String, to writer: ByteWriter) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0), to: writer) }
    }

    /// Appends a string with its quotes. Bytes are copied while they are looked at; control characters, quotes and
    /// backslashes are escaped.
    @inline(__always)
    static func append(_ bytes: UnsafeRawBufferPointer, to writer: ByteWriter) {
        let count = bytes.count
        var out = writer.reserve(count &+ 64)
        TextCodec.put(0x22, &out)
        if let source = bytes.baseAddress {
            let copied = copyPlain(source, count, out)
            out += copied
            if copied < count {
                writer.commit(out)
                return appendEscaped(UnsafeRawBufferPointer(start: source + copied, count: count &- copied), writer)
            }
        }
        TextCodec.put(0x22, &out)
        writer.commit(out)
    }

    /// Whether some of 16 bytes must be escaped.
    @inline(__always)
    private static func isSpecial(_ bytes: SIMD16<Int8>) -> Bool {
        // Flipped, signed bytes compare as unsigned ones.
        let flipped = bytes ^ SIMD16<Int8>(repeating: -128)
        let special =
            (flipped .< SIMD16<Int8>(repeating: -96)) .| (bytes .== SIMD16<Int8>(repeating: 0x22))
            .| (bytes .== SIMD16<Int8>(repeating: 0x5c))
        let mask = unsafeBitCast(special, to: SIMD2<UInt64>.self)
        return mask[0] | mask[1] != 0
    }

    /// Copies bytes up to the first that must be escaped; says how many. `out` has room for `count` and 16 more.
    @inline(__always)
    private static func copyPlain(_ source: UnsafeRawPointer, _ count: Int, _ out: UnsafeMutableRawPointer) -> Int {
        var position = 0
        if count >= 16 {
            while position &+ 16 <= count {
                let bytes = source.loadUnaligned(fromByteOffset: position, as: SIMD16<Int8>.self)
                out.storeBytes(of: bytes, toByteOffset: position, as: SIMD16<Int8>.self)
                if isSpecial(bytes) { return copyBytes(source, position, count, out) }
                position &+= 16
            }
            // What is left overlaps what was seen.
            let bytes = source.loadUnaligned(fromByteOffset: count &- 16, as: SIMD16<Int8>.self)
            out.storeBytes(of: bytes, toByteOffset: count &- 16, as: SIMD16<Int8>.self)
            return isSpecial(bytes) ? copyBytes(source, position, count, out) : count
        }
        if count >= 4 {
            // One or two overlapping pairs of words.
            let middle = count >= 8 ? 4 : 0
            var bytes = SIMD4<UInt32>()
            bytes[0] = source.loadUnaligned(as: UInt32.self)
            bytes[1] = source.loadUnaligned(fromByteOffset: middle, as: UInt32.self)
            bytes[2] = source.loadUnaligned(fromByteOffset: count &- 4 &- middle, as: UInt32.self)
            bytes[3] = source.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
            out.storeBytes(of: bytes[0], as: UInt32.self)
            out.storeBytes(of: bytes[1], toByteOffset: middle, as: UInt32.self)
            out.storeBytes(of: bytes[2], toByteOffset: count &- 4 &- middle, as: UInt32.self)
            out.storeBytes(of: bytes[3], toByteOffset: count &- 4, as: UInt32.self)
            if !isSpecial(unsafeBitCast(bytes, to: SIMD16<Int8>.self)) { return count }
        }
        return copyBytes(source, 0, count, out)
    }

    @inline(__always)
    private static func copyBytes(
        _ source: UnsafeRawPointer, _ start: Int, _ count: Int, _ out: UnsafeMutableRawPointer
    ) -> Int {
        var position = start
        while position < count {
            let byte = source.load(fromByteOffset: position, as: UInt8.self)
            if byte < 0x20 || byte == 0x22 || byte == 0x5c { break }
            out.storeBytes(of: byte, toByteOffset: position, as: UInt8.self)
            position &+= 1
        }
        return position
    }

    /// The rest of a string that needs escapes, and its closing quote.
    @inline(never)
    private static func appendEscaped(_ bytes: UnsafeRawBufferPointer, _ writer: ByteWriter) {
        var start = 0
        let digits: StaticString = "0123456789abcdef"
        for position in 0..<bytes.count {
            let byte = bytes[position]
            if byte >= 0x20, byte != 0x22, byte != 0x5c { continue }
            writer.append(UnsafeRawBufferPointer(rebasing: bytes[start..<position]))
            start = position + 1
            writer.append(0x5c)
            switch byte {
            case 0x08: writer.append(0x62)
            case 0x09: writer.append(0x74)
            case 0x0a: writer.append(0x6e)
            case 0x0c: writer.append(0x66)
            case 0x0d: writer.append(0x72)
            case 0x22, 0x5c: writer.append(byte)
            default:
                writer.append("u00")
                writer.append(digits.utf8Start[Int(byte >> 4)])
                writer.append(digits.utf8Start[Int(byte & 15)])
            }
        }
        writer.append(UnsafeRawBufferPointer(rebasing: bytes[start...]))
        writer.append(0x22)
    }
}

extension ByteWriter {
    /// Two bytes, the lower first.
    @inline(__always)
    func append(closing bytes: UInt16) {
        let out = reserve(2)
        out.storeBytes(of: bytes.littleEndian, as: UInt16.self)
        commit(out + 2)
    }
}
