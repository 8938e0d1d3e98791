/// Why a text is not a value of a type.
package enum TextCodecError: Error, Sendable, Hashable {
    /// The text does not have the form of the type.
    case invalid
    /// It has the form, but the value cannot be represented.
    case outOfRange
}

/// Conversions between values and text: casts, messages, JSON and CSV all speak through these.
///
/// The forms are PostgreSQL's. Parsers take UTF-8 bytes and never allocate on their fast paths; white space around a
/// value is ignored. Writers append to a ``ByteWriter``.
package enum TextCodec {
    // MARK: - Bytes

    @inline(__always)
    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0d) }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    @inline(__always)
    static func lowered(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

    /// The bytes without white space at both ends.
    @inline(__always)
    static func trimmed(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var (start, end) = (0, bytes.count)
        while start < end, isSpace(bytes[start]) { start &+= 1 }
        while end > start, isSpace(bytes[end &- 1]) { end &-= 1 }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<end])
    }

    /// Whether the bytes are `word`, which is in lower case, in any case.
    static func equals(_ bytes: UnsafeRawBufferPointer, _ word: StaticString) -> Bool {
        guard bytes.count == word.utf8CodeUnitCount else { return false }
        for i in 0..<bytes.count where lowered(bytes[i]) != word.utf8Start[i] { return false }
        return true
    }

    // MARK: - Booleans

    /// `true`, `yes`, `on`, `1` and their opposites, or what begins them without doubt.
    package static func parseBool(_ text: UnsafeRawBufferPointer) throws(TextCodecError) -> Bool {
        let bytes = trimmed(text)
        func begins(_ word: StaticString, least: Int) -> Bool {
            guard bytes.count >= least, bytes.count <= word.utf8CodeUnitCount else { return false }
            for i in 0..<bytes.count where lowered(bytes[i]) != word.utf8Start[i] { return false }
            return true
        }
        if begins("true", least: 1) || begins("yes", least: 1) || begins("on", least: 2) || begins("1", least: 1) {
            return true
        }
        if begins("false", least: 1) || begins("no", least: 1) || begins("off", least: 2) || begins("0", least: 1) {
            return false
        }
        throw .invalid
    }

    // MARK: - Whole numbers

    /// Digits with an optional sign.
    package static func parseInt64(_ text: UnsafeRawBufferPointer) throws(TextCodecError) -> Int64 {
        let bytes = trimmed(text)
        var position = 0
        var negative = false
        if let first = bytes.first, first == 0x2d || first == 0x2b {
            negative = first == 0x2d
            position = 1
        }
        let digits = bytes.count &- position
        if digits == 0 { throw .invalid }
        var magnitude: UInt64 = 0
        if digits <= 19 {
            // 19 digits always fit UInt64.
            while position < bytes.count {
                let digit = bytes[position] &- 0x30
                if digit > 9 { throw .invalid }
                magnitude = magnitude &* 10 &+ UInt64(digit)
                position &+= 1
            }
        } else {
            var overflowed = false
            while position < bytes.count {
                let digit = bytes[position] &- 0x30
                if digit > 9 { throw .invalid }
                let (product, o1) = magnitude.multipliedReportingOverflow(by: 10)
                let (sum, o2) = product.addingReportingOverflow(UInt64(digit))
                overflowed = overflowed || o1 || o2
                magnitude = sum
                position &+= 1
            }
            if overflowed { throw .outOfRange }
        }
        if negative {
            if magnitude > 1 << 63 { throw .outOfRange }
            return 0 &- Int64(truncatingIfNeeded: magnitude)
        }
        if magnitude >= 1 << 63 { throw .outOfRange }
        return Int64(truncatingIfNeeded: magnitude)
    }

    /// As ``parseInt64(_:)``, within 32 bits: the range of INT.
    package static func parseInt32(_ text: UnsafeRawBufferPointer) throws(TextCodecError) -> Int64 {
        let value = try parseInt64(text)
        if Int64(Int32(truncatingIfNeeded: value)) != value { throw .outOfRange }
        return value
    }

    /// As ``parseInt64(_:)``, within 16 bits: the range of SMALLINT.
    package static func parseInt16(_ text: UnsafeRawBufferPointer) throws(TextCodecError) -> Int64 {
        let value = try parseInt64(text)
        if Int64(Int16(truncatingIfNeeded: value)) != value { throw .outOfRange }
        return value
    }

    // MARK: - Values

    /// The value of a type that a text stands for: a cast from TEXT. The text itself for TEXT.
    package static func parse(_ text: UnsafeRawBufferPointer, _ type: DataType) throws(TextCodecError) -> Value {
        switch type {
        case .boolean: .bool(try parseBool(text))
        case .smallint: .int64(try parseInt16(text))
        case .int: .int64(try parseInt32(text))
        case .bigint: .int64(try parseInt64(text))
        case .real: .double(try parseReal(text))
        case .double: .double(try parseDouble(text, lenient: true))
        case .decimal(let precision, let scale): .decimal(try parseDecimal(text, precision: precision, scale: scale))
        case .text: .text(String(decoding: text, as: UTF8.self))
        case .bytes, .json, .array, .row, .map: try parseLaidOut(text, type)
        case .uuid: .decimal(try parseUUID(text))
        case .time: .int64(try parseTime(text))
        case .timestamptz: .int64(try parseTimestampTZ(text))
        case .date: .int64(try parseDate(text))
        case .timestamp: .int64(try parseTimestamp(text))
        case .interval: .interval(try parseInterval(text))
        }
    }

    /// As ``parse(_:_:)-(UnsafeRawBufferPointer,_)``.
    package static func parse(_ text: String, _ type: DataType) throws(TextCodecError) -> Value {
        var text = text
        let result: Result<Value, TextCodecError> = text.withUTF8 { utf8 in
            Result { () throws(TextCodecError) in try parse(UnsafeRawBufferPointer(utf8), type) }
        }
        return try result.get()
    }

    /// Appends a value as a cast to TEXT writes it; NULL appends nothing.
    package static func append(_ value: Value, _ type: DataType, to writer: ByteWriter) {
        switch value {
        case .null: break
        case .bool(let value): append(bool: value, to: writer)
        case .int64(let value):
            switch type {
            case .date: append(date: value, to: writer)
            case .time: append(time: value, to: writer)
            case .timestamp: append(timestamp: value, to: writer)
            case .timestamptz: append(timestamptz: value, to: writer)
            default: append(int64: value, to: writer)
            }
        case .double(let value):
            if type == .real { append(real: value, to: writer) } else { append(double: value, to: writer) }
        case .decimal(let value):
            if type == .uuid {
                append(uuid: value, to: writer)
            } else {
                append(decimal: value, scale: type.scale, to: writer)
            }
        case .text(var value): value.withUTF8 { append(laidOut: UnsafeRawBufferPointer($0), type, to: writer) }
        case .bytes(let value): value.withUnsafeBytes { append(laidOut: $0, type, to: writer) }
        case .interval(let value): append(interval: value, to: writer)
        }
    }

    /// A value as a message shows it: as a cast to TEXT, NULL as `NULL`.
    package static func text(_ value: Value, _ type: DataType) -> String {
        if value.isNull { return "NULL" }
        let writer = ByteWriter(capacity: 64)
        append(value, type, to: writer)
        return writer.string
    }
}
