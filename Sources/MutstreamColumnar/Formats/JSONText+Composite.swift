/// Arrays, rows, maps and bytes as JSON.
extension JSONText {
    /// BYTES as a string in their text form, `"\\x0aff"`.
    static func append(blob: UnsafeRawBufferPointer, to writer: ByteWriter) {
        writer.append(0x22)
        writer.append(0x5c)
        TextCodec.append(bytes: blob, to: writer)
        writer.append(0x22)
    }

    /// The composite that a reader stands before: arrays as arrays, rows and maps as objects.
    static func append(_ reader: inout CompositeReader, _ type: DataType, to writer: ByteWriter) {
        var isFirst = true
        func separate() {
            if !isFirst { writer.append(0x2c) }
            isFirst = false
        }
        switch type {
        case .array(let element):
            writer.append(0x5b)
            while reader.isElement() {
                separate()
                append(element: &reader, element, to: writer)
            }
            writer.append(0x5d)
        case .row(let fields):
            writer.append(0x7b)
            for field in fields {
                separate()
                append(field.name, to: writer)
                writer.append(0x3a)
                append(element: &reader, field.type, to: writer)
            }
            writer.append(0x7d)
        case .map(let key, let value):
            writer.append(0x7b)
            while reader.isElement() {
                separate()
                append(TextCodec.text(reader.element(key), key), to: writer)
                writer.append(0x3a)
                append(element: &reader, value, to: writer)
            }
            writer.append(0x7d)
        default: break
        }
    }

    private static func append(element reader: inout CompositeReader, _ type: DataType, to writer: ByteWriter) {
        if reader.isNull() { return writer.append("null") }
        switch type {
        case .boolean: TextCodec.append(bool: reader.bool(), to: writer)
        case .smallint, .int, .bigint: TextCodec.append(int64: reader.int64(), to: writer)
        case .real: TextCodec.append(jsonReal: reader.double(), to: writer)
        case .double: TextCodec.append(json: reader.double(), to: writer)
        case .decimal: TextCodec.append(decimal: reader.decimal(), scale: type.scale, to: writer)
        case .text: reader.withText { append($0, to: writer) }
        case .bytes: reader.withText { append(blob: $0, to: writer) }
        case .json: reader.withText { writer.append($0) }
        case .array, .row, .map: append(&reader, type, to: writer)
        case .date, .time, .timestamp, .timestamptz, .interval, .uuid:
            writer.append(0x22)
            switch type {
            case .date: TextCodec.append(date: reader.int64(), to: writer)
            case .time: TextCodec.append(time: reader.int64(), to: writer)
            case .timestamp: TextCodec.append(isoTimestamp: reader.int64(), to: writer)
            case .timestamptz:
                TextCodec.append(isoTimestamp: reader.int64(), to: writer)
                writer.append(0x5a)
            case .uuid: TextCodec.append(uuid: reader.decimal(), to: writer)
            default: TextCodec.append(interval: reader.interval(), to: writer)
            }
            writer.append(0x22)
        }
    }
}
