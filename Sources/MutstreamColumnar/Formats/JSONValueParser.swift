/// Turns one JSON value, whose syntax has been checked, into the bytes of an array, row, map or BYTES value.
///
/// An array takes an array, a row an object (names as in ``DecoderSchema``, absent ones are NULL) or an array of all its
/// fields, a map an object whose names are the text of its keys. Numbers may stand in strings, times too. Recursion is
/// as deep as the type.
struct JSONValueParser {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Appends the bytes of the whole value, which is not null.
    mutating func parse(_ type: DataType, to writer: ByteWriter) throws(TextCodecError) {
        skipSpace()
        if type == .bytes {
            let text = try string()
            return try text.withUnsafeBytes { bytes in
                Result { () throws(TextCodecError) in try JSONValueParser.decode(blob: bytes, to: writer) }
            }.get()
        }
        try composite(type, CompositeWriter(writer))
    }

    /// BYTES as a string: `\x0aff` or base64.
    static func decode(blob: UnsafeRawBufferPointer, to writer: ByteWriter) throws(TextCodecError) {
        if blob.count >= 2, blob[0] == 0x5c, blob[1] == 0x78 {
            try TextCodec.parseHex(UnsafeRawBufferPointer(rebasing: blob[2...]), to: writer)
        } else {
            try TextCodec.parseBase64(blob, to: writer)
        }
    }

    // MARK: - Syntax

    private var byte: UInt8 { position < bytes.count ? bytes[position] : 0 }

    private mutating func skipSpace() { while position < bytes.count, TextCodec.isSpace(bytes[position]) { position += 1 } }

    /// Passes `byte` and the space after it, if it stands here.
    private mutating func take(_ byte: UInt8) -> Bool {
        guard self.byte == byte, position < bytes.count else { return false }
        position += 1
        skipSpace()
        return true
    }

    /// The contents of a string, without escapes.
    private mutating func string() throws(TextCodecError) -> [UInt8] {
        guard byte == 0x22 else { throw .invalid }
        let start = position + 1
        position = start
        var isEscaped = false
        while position < bytes.count, bytes[position] != 0x22 {
            if bytes[position] == 0x5c {
                isEscaped = true
                position += 1
            }
            position += 1
        }
        guard position < bytes.count, let base = bytes.baseAddress else { throw .invalid }
        let end = position
        position += 1
        if !isEscaped { return Array(bytes[start..<end]) }
        let (plain, nul) = JSONScanner.unescaped(base + start, base + end)
        if nul != nil { throw .invalid }
        return plain
    }

    /// Passes any value and gives its text.
    private mutating func raw() throws(TextCodecError) -> UnsafeRawBufferPointer {
        let start = position
        var depth = 0
        repeat {
            switch byte {
            case 0x22: _ = try string()
            case 0x7b, 0x5b:
                depth += 1
                position += 1
            case 0x7d, 0x5d:
                depth -= 1
                position += 1
            case let byte where depth > 0 && (byte == 0x2c || byte == 0x3a || TextCodec.isSpace(byte)): position += 1
            default: scalar()
            }
            if position >= bytes.count, depth > 0 { throw .invalid }
        } while depth > 0
        if position == start { throw .invalid }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<position])
    }

    private mutating func scalar() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x2c, 0x3a, 0x5d, 0x7d, 0x20, 0x09, 0x0a, 0x0d, 0x22, 0x5b, 0x7b: return
            default: position += 1
            }
        }
    }

    // MARK: - Values

    private mutating func composite(_ type: DataType, _ output: CompositeWriter) throws(TextCodecError) {
        switch type {
        case .array(let element):
            guard take(0x5b) else { throw .invalid }
            if !take(0x5d) {
                repeat { try self.element(element, output) } while take(0x2c)
                guard take(0x5d) else { throw .invalid }
            }
            output.endArray()
        case .row(let fields):
            if byte == 0x5b { try list(fields, output) } else { try object(fields, output) }
        case .map(let key, let value):
            guard take(0x7b) else { throw .invalid }
            let builder = MapBuilder()
            if !take(0x7d) {
                repeat {
                    if !builder.beginKey() { throw .outOfRange }
                    let name = try string()
                    try name.withUnsafeBytes { name in
                        Result { () throws(TextCodecError) in try builder.keyWriter.append(parsed: name, key) }
                    }.get()
                    skipSpace()
                    guard take(0x3a) else { throw .invalid }
                    builder.beginValue()
                    try element(value, builder.valueWriter)
                    builder.endEntry()
                } while take(0x2c)
                guard take(0x7d) else { throw .invalid }
            }
            builder.finish(to: output)
        default: throw .invalid
        }
    }

    private mutating func list(_ fields: [Field], _ output: CompositeWriter) throws(TextCodecError) {
        guard take(0x5b) else { throw .invalid }
        for (index, field) in fields.enumerated() {
            if index > 0, !take(0x2c) { throw .invalid }
            try element(field.type, output)
        }
        guard take(0x5d) else { throw .invalid }
    }

    private mutating func object(_ fields: [Field], _ output: CompositeWriter) throws(TextCodecError) {
        guard take(0x7b) else { throw .invalid }
        // Where each field's value begins; fields are written in their own order.
        var starts = [Int](repeating: -1, count: fields.count)
        if !take(0x7d) {
            repeat {
                let name = String(decoding: try string(), as: UTF8.self)
                skipSpace()
                guard take(0x3a) else { throw .invalid }
                if let index = fields.firstIndex(where: { $0.name == name })
                    ?? fields.firstIndex(where: { $0.name.lowercased() == name.lowercased() })
                {
                    if starts[index] >= 0 { throw .invalid }
                    starts[index] = position
                }
                _ = try raw()
                skipSpace()
            } while take(0x2c)
            guard take(0x7d) else { throw .invalid }
        }
        let end = position
        for (index, field) in fields.enumerated() {
            if starts[index] < 0 {
                output.appendNull()
            } else {
                position = starts[index]
                try element(field.type, output)
            }
        }
        position = end
    }

    /// One element and the space behind it.
    private mutating func element(_ type: DataType, _ output: CompositeWriter) throws(TextCodecError) {
        if byte == 0x6e {
            scalar()
            skipSpace()
            return output.appendNull()
        }
        if type.isComposite {
            output.beginNested()
            return try composite(type, output)
        }
        if type == .json {
            do {
                try JSONText.normalize(raw()).withUnsafeBytes { output.append(text: $0) }
            } catch {
                throw .invalid
            }
        } else if byte == 0x22 {
            let text = try string()
            try text.withUnsafeBytes { text in
                Result { () throws(TextCodecError) in
                    if type == .boolean { throw .invalid }
                    if type == .bytes {
                        let scratch = ByteWriter()
                        try JSONValueParser.decode(blob: text, to: scratch)
                        output.append(text: scratch.bytes)
                    } else {
                        try output.append(parsed: text, type)
                    }
                }
            }.get()
        } else {
            try number(raw(), type, output)
        }
        skipSpace()
    }

    /// A number or a truth value.
    private func number(
        _ text: UnsafeRawBufferPointer, _ type: DataType, _ output: CompositeWriter
    ) throws(TextCodecError) {
        switch type {
        case .smallint, .int, .bigint, .timestamp, .timestamptz:
            guard let parts = TextCodec.numberParts(text), parts.end == text.count,
                var value = try TextCodec.integer(parts, text)
            else { throw .invalid }
            if type.isTimestamp {
                // Milliseconds since 1970.
                let (micros, overflow) = value.multipliedReportingOverflow(by: 1000)
                if overflow { throw .outOfRange }
                value = micros
            }
            if !type.integerRange.contains(value) { throw .outOfRange }
            output.append(int64: value)
        case .boolean:
            guard let first = text.first, first == 0x74 || first == 0x66 else { throw .invalid }
            output.append(bool: first == 0x74)
        case .real, .double, .decimal: try output.append(parsed: text, type)
        default: throw .invalid
        }
    }
}
