/// Whose rules of quoting hold for an element.
private enum CompositeStyle { case array, row, map }

/// Values in the layout of a text, to and from their text.
extension TextCodec {
    /// A value of BYTES, JSON, an array, a row or a map.
    static func parseLaidOut(_ text: UnsafeRawBufferPointer, _ type: DataType) throws(TextCodecError) -> Value {
        let writer = ByteWriter(capacity: text.count + 16)
        try parse(text, laidOut: type, to: writer)
        return Value(bytes: writer.bytes)
    }

    /// Appends the bytes that stand in a column for the value that a text stands for. Of types in the layout of a text.
    ///
    /// Arrays are `{1,NULL,"a b"}`, rows `(1,"x y",)`, maps `{a=>1,"b c"=>NULL}` with the quotes of arrays.
    package static func parse(
        _ text: UnsafeRawBufferPointer, laidOut type: DataType, to writer: ByteWriter
    ) throws(TextCodecError) {
        switch type {
        case .bytes: try parseBytes(text, to: writer)
        case .json:
            do {
                writer.append(bytes: try JSONText.normalize(text))
            } catch {
                throw .invalid
            }
        case .array, .row, .map:
            var parser = CompositeTextParser(text, CompositeWriter(writer))
            try parser.parse(type)
        default: writer.append(text)
        }
    }

    /// Appends the text of a value in the layout of a text, given the bytes that stand in its column.
    package static func append(laidOut bytes: UnsafeRawBufferPointer, _ type: DataType, to writer: ByteWriter) {
        switch type {
        case .bytes: append(bytes: bytes, to: writer)
        case .array, .row, .map:
            var reader = CompositeReader(bytes)
            append(&reader, type, to: writer)
        default: writer.append(bytes)
        }
    }

    /// Appends the text of the composite that a reader stands before, and passes it.
    static func append(_ reader: inout CompositeReader, _ type: DataType, to writer: ByteWriter) {
        var isFirst = true
        func separate() {
            if !isFirst { writer.append(0x2c) }
            isFirst = false
        }
        switch type {
        case .array(let element):
            writer.append(0x7b)
            while reader.isElement() {
                separate()
                appendElement(&reader, element, as: .array, to: writer)
            }
            writer.append(0x7d)
        case .row(let fields):
            writer.append(0x28)
            for field in fields {
                separate()
                if !reader.isNull() { appendPayload(&reader, field.type, as: .row, to: writer) }
            }
            writer.append(0x29)
        case .map(let key, let value):
            writer.append(0x7b)
            while reader.isElement() {
                separate()
                appendElement(&reader, key, as: .map, to: writer)
                writer.append("=>")
                appendElement(&reader, value, as: .map, to: writer)
            }
            writer.append(0x7d)
        default: break
        }
    }

    private static func appendElement(
        _ reader: inout CompositeReader, _ type: DataType, as style: CompositeStyle, to writer: ByteWriter
    ) {
        if reader.isNull() { return writer.append("NULL") }
        if type.element != nil { return append(&reader, type, to: writer) }
        appendPayload(&reader, type, as: style, to: writer)
    }

    private static func appendPayload(
        _ reader: inout CompositeReader, _ type: DataType, as style: CompositeStyle, to writer: ByteWriter
    ) {
        switch type {
        case .boolean: writer.append(reader.bool() ? 0x74 : 0x66)
        case .smallint, .int, .bigint: append(int64: reader.int64(), to: writer)
        case .date: appendDate(reader.int64(), writer)
        case .time: append(time: reader.int64(), to: writer)
        case .real: append(real: reader.double(), to: writer)
        case .double: append(double: reader.double(), to: writer)
        case .decimal: append(decimal: reader.decimal(), scale: type.scale, to: writer)
        case .uuid: append(uuid: reader.decimal(), to: writer)
        case .timestamp, .timestamptz, .interval, .bytes, .row, .map, .array:
            let scratch = ByteWriter(capacity: 64)
            switch type {
            case .timestamp: append(timestamp: reader.int64(), to: scratch)
            case .timestamptz: append(timestamptz: reader.int64(), to: scratch)
            case .interval: append(interval: reader.interval(), to: scratch)
            case .bytes: reader.withText { append(bytes: $0, to: scratch) }
            default: append(&reader, type, to: scratch)
            }
            appendQuoted(scratch.bytes, style, writer)
        case .text, .json: reader.withText { appendQuoted($0, style, writer) }
        }
    }

    private static func appendDate(_ value: Int64, _ writer: ByteWriter) {
        let isBC = CivilTime.civil(value).year <= 0
        if isBC { writer.append(0x22) }
        append(date: value, to: writer)
        if isBC { writer.append(0x22) }
    }

    /// A text within an array, map or row, in quotes where it needs them.
    private static func appendQuoted(_ bytes: UnsafeRawBufferPointer, _ style: CompositeStyle, _ writer: ByteWriter) {
        var needsQuotes = bytes.isEmpty || (style != .row && equals(bytes, "null"))
        for byte in bytes where isSpecial(byte, style) {
            needsQuotes = true
            break
        }
        if !needsQuotes { return writer.append(bytes) }
        writer.append(0x22)
        for byte in bytes {
            // Rows double what they quote, arrays put a backslash before it.
            if byte == 0x5c || byte == 0x22 { writer.append(style == .row ? byte : 0x5c) }
            writer.append(byte)
        }
        writer.append(0x22)
    }

    private static func isSpecial(_ byte: UInt8, _ style: CompositeStyle) -> Bool {
        switch byte {
        case 0x22, 0x5c, 0x2c: true
        case 0x28, 0x29: style == .row
        case 0x7b, 0x7d: style != .row
        case 0x3d, 0x3e: style == .map
        default: isSpace(byte)
        }
    }
}

/// Parses the text of an array, row or map and writes what it stands for.
///
/// Its recursion is as deep as the type.
private struct CompositeTextParser {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    private let output: CompositeWriter
    private let scratch = ByteWriter(capacity: 64)

    init(_ bytes: UnsafeRawBufferPointer, _ output: CompositeWriter) {
        self.bytes = bytes
        self.output = output
    }

    private var byte: UInt8 { position < bytes.count ? bytes[position] : 0 }

    private mutating func skipSpace() { while position < bytes.count, TextCodec.isSpace(bytes[position]) { position += 1 } }

    private mutating func expect(_ byte: UInt8) throws(TextCodecError) {
        guard position < bytes.count, bytes[position] == byte else { throw .invalid }
        position += 1
    }

    /// The whole text.
    mutating func parse(_ type: DataType) throws(TextCodecError) {
        skipSpace()
        try composite(type)
        skipSpace()
        if position != bytes.count { throw .invalid }
    }

    private mutating func composite(_ type: DataType) throws(TextCodecError) {
        switch type {
        case .array(let element): try array(element)
        case .row(let fields): try row(fields)
        case .map(let key, let value): try map(key, value)
        default: throw .invalid
        }
    }

    private mutating func array(_ element: DataType) throws(TextCodecError) {
        try expect(0x7b)
        skipSpace()
        if byte == 0x7d {
            position += 1
            return output.endArray()
        }
        while true {
            skipSpace()
            try item(element, ends: 0x7d, output)
            skipSpace()
            if byte == 0x2c {
                position += 1
            } else {
                try expect(0x7d)
                return output.endArray()
            }
        }
    }

    private mutating func map(_ key: DataType, _ value: DataType) throws(TextCodecError) {
        try expect(0x7b)
        skipSpace()
        let builder = MapBuilder()
        if byte == 0x7d {
            position += 1
            return builder.finish(to: output)
        }
        while true {
            skipSpace()
            if !builder.beginKey() { throw .invalid }
            if try item(key, ends: 0x3d, builder.keyWriter) { throw .invalid }
            skipSpace()
            try expect(0x3d)
            try expect(0x3e)
            skipSpace()
            builder.beginValue()
            try item(value, ends: 0x7d, builder.valueWriter)
            builder.endEntry()
            skipSpace()
            if byte == 0x2c {
                position += 1
            } else {
                try expect(0x7d)
                return builder.finish(to: output)
            }
        }
    }

    /// One element of an array or map, which ends before a comma or `ends`. Says whether it was NULL.
    @discardableResult
    private mutating func item(_ type: DataType, ends: UInt8, _ target: CompositeWriter) throws(TextCodecError) -> Bool {
        scratch.removeAll()
        if byte == 0x7b, type.isComposite {
            // Braces need no quotes: what they hold is read by the same rules.
            var nested = CompositeTextParser(UnsafeRawBufferPointer(rebasing: bytes[position...]), target)
            target.beginNested()
            try nested.composite(type)
            position += nested.position
            return false
        }
        if byte == 0x22 {
            position += 1
            while true {
                guard position < bytes.count else { throw .invalid }
                var next = bytes[position]
                position += 1
                if next == 0x22 { break }
                if next == 0x5c {
                    guard position < bytes.count else { throw .invalid }
                    next = bytes[position]
                    position += 1
                }
                scratch.append(next)
            }
        } else {
            var isEscaped = false
            var kept = 0
            while position < bytes.count {
                var next = bytes[position]
                if next == 0x2c || next == ends || next == 0x7d { break }
                if next == 0x22 || next == 0x7b { throw .invalid }
                position += 1
                let isPlain = next != 0x5c
                if !isPlain {
                    guard position < bytes.count else { throw .invalid }
                    next = bytes[position]
                    position += 1
                    isEscaped = true
                }
                scratch.append(next)
                // Spaces at the end do not count.
                if !isPlain || !TextCodec.isSpace(next) { kept = scratch.count }
            }
            if kept == 0 { throw .invalid }
            let text = UnsafeRawBufferPointer(rebasing: scratch.bytes[..<kept])
            if !isEscaped, TextCodec.equals(text, "null") {
                target.appendNull()
                return true
            }
            try target.append(parsed: text, type)
            return false
        }
        try target.append(parsed: scratch.bytes, type)
        return false
    }

    private mutating func row(_ fields: [Field]) throws(TextCodecError) {
        try expect(0x28)
        for (index, field) in fields.enumerated() {
            if index > 0 { try expect(0x2c) }
            if byte == 0x2c || byte == 0x29 {
                output.appendNull()
                continue
            }
            scratch.removeAll()
            var isQuoted = false
            while true {
                guard position < bytes.count else { throw .invalid }
                let next = bytes[position]
                if !isQuoted, next == 0x2c || next == 0x29 { break }
                position += 1
                if next == 0x5c {
                    guard position < bytes.count else { throw .invalid }
                    scratch.append(bytes[position])
                    position += 1
                } else if next == 0x22 {
                    if isQuoted, byte == 0x22 {
                        scratch.append(0x22)
                        position += 1
                    } else {
                        isQuoted.toggle()
                    }
                } else {
                    scratch.append(next)
                }
            }
            try output.append(parsed: scratch.bytes, field.type)
        }
        try expect(0x29)
    }
}

extension CompositeWriter {
    /// An element that a text stands for.
    package func append(parsed text: UnsafeRawBufferPointer, _ type: DataType) throws(TextCodecError) {
        if type == .text { return append(text: text) }
        append(try TextCodec.parse(text, type), type)
    }
}
