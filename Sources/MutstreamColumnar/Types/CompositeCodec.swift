/// Arrays, rows and maps as bytes whose equality is that of the values and whose order is theirs.
///
/// ```
/// array   element … 00                    element   01 payload | 02 (NULL, after all values)
/// row     element × number of fields
/// map     01 key payload, element … 00    in the order of keys
///
/// BOOLEAN                        1 byte
/// integers, dates and times      8 bytes big-endian, sign flipped
/// REAL, DOUBLE                   8 bytes big-endian: sign flipped, negative ones complemented; NaN greatest, -0 is 0
/// DECIMAL, UUID                  16 bytes big-endian, sign flipped; DECIMAL at the scale of its type
/// INTERVAL                       comparable length (16 bytes), months (4), days (4), sign flipped
/// TEXT, BYTES, JSON              the bytes, where 00 is 00 FF, then 00 01
/// array, row, map                as above, in place
/// ```
///
/// An array that is the beginning of another comes first, since 00 is less than any element; a text that is the beginning
/// of another comes first, since 00 01 is less than 00 FF and than any other byte. Intervals of one length but other
/// parts (`1 mon`, `30 days`) are next to each other but not equal here.
package enum CompositeCodec {
    static let end: UInt8 = 0
    static let value: UInt8 = 1
    static let null: UInt8 = 2

    @inline(__always)
    static func ordered(_ value: Int64) -> UInt64 { UInt64(bitPattern: value) ^ 1 << 63 }

    @inline(__always)
    static func ordered(_ value: Double) -> UInt64 {
        let bits = (value == 0 ? 0 : value.isNaN ? Double.nan : value).bitPattern
        return bits >> 63 == 0 ? bits | 1 << 63 : ~bits
    }

    @inline(__always)
    static func double(_ ordered: UInt64) -> Double {
        Double(bitPattern: ordered >> 63 == 1 ? ordered & ~(1 << 63) : ~ordered)
    }

    @inline(__always)
    static func ordered(_ value: Int128) -> UInt128 { UInt128(truncatingIfNeeded: value) ^ 1 << 127 }

    /// A NULL of a type, or the values given, as one composite. For tests and cold paths.
    package static func array(_ elements: [Value], of type: DataType) -> Value {
        let writer = CompositeWriter()
        for element in elements { writer.append(element, type) }
        writer.endArray()
        return Value(bytes: writer.bytes)
    }

    /// A row of the values, one for each field.
    package static func row(_ values: [Value], of fields: [Field]) -> Value {
        let writer = CompositeWriter()
        for (value, field) in zip(values, fields) { writer.append(value, field.type) }
        return Value(bytes: writer.bytes)
    }

    /// The elements of an array, the fields of a row, or the keys and values of a map in turn. For tests and cold paths.
    package static func elements(_ value: Value, _ type: DataType) -> [Value] {
        guard let bytes = value.rawBytes else { return [] }
        return bytes.withUnsafeBytes { bytes in
            var reader = CompositeReader(bytes)
            var result: [Value] = []
            switch type {
            case .array(let element): while reader.isElement() { result.append(reader.element(element)) }
            case .row(let fields): for field in fields { result.append(reader.element(field.type)) }
            case .map(let key, let value):
                while reader.isElement() {
                    result.append(reader.element(key))
                    result.append(reader.element(value))
                }
            default: break
            }
            return result
        }
    }
}

/// Writes arrays, rows and maps; see ``CompositeCodec`` for the form.
///
/// ```swift
/// let writer = CompositeWriter()
/// writer.append(int64: 1)
/// writer.appendNull()
/// writer.endArray()                            // {1,NULL}
/// builder.append(text: writer.bytes)
/// ```
/// A nested composite is ``beginNested()``, its elements, and ``endArray()`` unless it is a row; or, encoded before,
/// ``append(composite:)``.
package final class CompositeWriter {
    private let writer: ByteWriter

    /// - Parameter writer: where the bytes are appended.
    package init(_ writer: ByteWriter = ByteWriter()) { self.writer = writer }

    /// What was written, valid until the next append.
    package var bytes: UnsafeRawBufferPointer { writer.bytes }

    package func removeAll() { writer.removeAll() }

    /// The end of an array or a map.
    package func endArray() { writer.append(CompositeCodec.end) }

    /// An element that is a composite begins.
    package func beginNested() { writer.append(CompositeCodec.value) }

    package func appendNull() { writer.append(CompositeCodec.null) }

    @inline(__always)
    private func store<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) {
        let out = writer.reserve(MemoryLayout<T>.size &+ 1)
        out.storeBytes(of: CompositeCodec.value, as: UInt8.self)
        out.storeBytes(of: value.bigEndian, toByteOffset: 1, as: T.self)
        writer.commit(out + (MemoryLayout<T>.size &+ 1))
    }

    package func append(bool value: Bool) { store(value ? 1 : 0 as UInt8) }
    package func append(int64 value: Int64) { store(CompositeCodec.ordered(value)) }
    package func append(double value: Double) { store(CompositeCodec.ordered(value)) }
    package func append(decimal value: Int128) { store(CompositeCodec.ordered(value)) }

    package func append(interval value: Interval) {
        store(CompositeCodec.ordered(value.comparable))
        let parts =
            UInt64(UInt32(bitPattern: value.months) ^ 1 << 31) << 32 | UInt64(UInt32(bitPattern: value.days) ^ 1 << 31)
        let out = writer.reserve(8)
        out.storeBytes(of: parts.bigEndian, as: UInt64.self)
        writer.commit(out + 8)
    }

    /// TEXT, BYTES or JSON.
    package func append(text bytes: UnsafeRawBufferPointer) {
        writer.append(CompositeCodec.value)
        var start = 0
        for position in 0..<bytes.count where bytes[position] == 0 {
            writer.append(UnsafeRawBufferPointer(rebasing: bytes[start...position]))
            writer.append(0xff)
            start = position + 1
        }
        writer.append(UnsafeRawBufferPointer(rebasing: bytes[start...]))
        writer.append(0)
        writer.append(1)
    }

    /// A nested composite that is encoded already.
    package func append(composite bytes: UnsafeRawBufferPointer) {
        writer.append(CompositeCodec.value)
        writer.append(bytes)
    }

    /// Elements that are encoded already, with their marks.
    package func append(encoded bytes: UnsafeRawBufferPointer) { writer.append(bytes) }

    /// A row of a column as an element.
    package func append(_ column: ColumnReader, _ row: Int, _ type: DataType) {
        if column.isNull(row) { return appendNull() }
        switch column.physical {
        case .bool: append(bool: column.load(row, as: Bool.self))
        case .int64: append(int64: column.load(row, as: Int64.self))
        case .double: append(double: column.load(row, as: Double.self))
        case .decimal: append(decimal: column.load(row, as: Int128.self))
        case .interval: append(interval: column.load(row, as: Interval.self))
        case .text:
            if type.isComposite { append(composite: column.text(row)) } else { append(text: column.text(row)) }
        }
    }

    package func append(_ value: Value, _ type: DataType) {
        switch value {
        case .null: appendNull()
        case .bool(let value): append(bool: value)
        case .int64(let value): append(int64: value)
        case .double(let value): append(double: value)
        case .decimal(let value): append(decimal: value)
        case .interval(let value): append(interval: value)
        case .text(var text): text.withUTF8 { appendRaw(UnsafeRawBufferPointer($0), type) }
        case .bytes(let bytes): bytes.withUnsafeBytes { appendRaw($0, type) }
        }
    }

    private func appendRaw(_ bytes: UnsafeRawBufferPointer, _ type: DataType) {
        if type.isComposite { append(composite: bytes) } else { append(text: bytes) }
    }
}

/// Walks the elements of an array, row or map; see ``CompositeCodec`` for the form.
///
/// ```swift
/// var reader = CompositeReader(bytes)
/// while reader.isElement() {                   // of an array of INT
///     if reader.isNull() { continue }
///     sum += reader.int64()
/// }
/// ```
/// After ``isNull()`` says false, exactly one payload is read or passed over. Nothing allocates but texts that hold a
/// zero byte. Bytes that no ``CompositeWriter`` made read as zeros and end early; they never trap.
package struct CompositeReader {
    package let bytes: UnsafeRawBufferPointer
    package private(set) var position = 0

    package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Whether an element of an array or an entry of a map follows; passes its end, if not.
    package mutating func isElement() -> Bool {
        guard position < bytes.count else { return false }
        if bytes[position] == CompositeCodec.end {
            position += 1
            return false
        }
        return true
    }

    /// Whether the next element is NULL; passes it, or the mark before its payload.
    package mutating func isNull() -> Bool {
        guard position < bytes.count else { return true }
        position += 1
        return bytes[position - 1] != CompositeCodec.value
    }

    @inline(__always)
    private mutating func load<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type) -> T {
        let size = MemoryLayout<T>.size
        guard bytes.count - position >= size else {
            position = bytes.count
            return 0
        }
        position += size
        return T(bigEndian: bytes.loadUnaligned(fromByteOffset: position - size, as: T.self))
    }

    package mutating func bool() -> Bool { load(UInt8.self) != 0 }
    package mutating func int64() -> Int64 { Int64(bitPattern: load(UInt64.self) ^ 1 << 63) }
    package mutating func double() -> Double { CompositeCodec.double(load(UInt64.self)) }
    package mutating func decimal() -> Int128 { Int128(truncatingIfNeeded: load(UInt128.self) ^ 1 << 127) }

    package mutating func interval() -> Interval {
        let length = decimal()
        let parts = load(UInt64.self)
        let months = Int32(bitPattern: UInt32(truncatingIfNeeded: parts >> 32) ^ 1 << 31)
        let days = Int32(bitPattern: UInt32(truncatingIfNeeded: parts) ^ 1 << 31)
        let rest = length &- Interval(months: months, days: days).comparable
        return Interval(months: months, days: days, microseconds: Int64(truncatingIfNeeded: rest))
    }

    /// The bytes of a TEXT, BYTES or JSON, valid within `body`.
    package mutating func withText<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        let start = position
        var zeros = 0
        while position < bytes.count {
            if bytes[position] != 0 {
                position += 1
            } else if position + 1 < bytes.count, bytes[position + 1] == 0xff {
                zeros += 1
                position += 2
            } else {
                break
            }
        }
        let raw = UnsafeRawBufferPointer(rebasing: bytes[start..<position])
        position = min(position + 2, bytes.count)
        if zeros == 0 { return body(raw) }
        return withUnsafeTemporaryAllocation(byteCount: raw.count - zeros, alignment: 1) { plain in
            var source = 0
            for target in 0..<plain.count {
                plain[target] = raw[source]
                source += raw[source] == 0 ? 2 : 1
            }
            return body(UnsafeRawBufferPointer(plain))
        }
    }

    /// Passes a payload and gives its bytes as they are encoded: the value itself for an array, row or map.
    package mutating func payload(_ type: DataType) -> UnsafeRawBufferPointer {
        let start = position
        skip(type)
        return UnsafeRawBufferPointer(rebasing: bytes[start..<position])
    }

    private mutating func skip(_ type: DataType) {
        switch type {
        case .array(let element): while isElement() { if !isNull() { skip(element) } }
        case .row(let fields): for field in fields where !isNull() { skip(field.type) }
        case .map(let key, let value):
            while isElement() {
                if !isNull() { skip(key) }
                if !isNull() { skip(value) }
            }
        default:
            switch type.physical {
            case .bool: position = min(position + 1, bytes.count)
            case .int64, .double: position = min(position + 8, bytes.count)
            case .decimal: position = min(position + 16, bytes.count)
            case .interval: position = min(position + 24, bytes.count)
            case .text: withText { _ in }
            }
        }
    }

    /// Passes an element, NULL or not.
    package mutating func skipElement(_ type: DataType) { if !isNull() { skip(type) } }

    /// Reads an element, NULL or not, into a column of its type.
    package mutating func append(_ type: DataType, to builder: ColumnBuilder) {
        if isNull() { return builder.appendNull() }
        switch type.physical {
        case .bool: builder.append(bool: bool())
        case .int64: builder.append(int64: int64())
        case .double: builder.append(double: double())
        case .decimal: builder.append(decimal: decimal())
        case .interval: builder.append(interval: interval())
        case .text:
            if type.isComposite {
                builder.append(text: payload(type))
            } else {
                withText { builder.append(text: $0) }
            }
        }
    }

    /// Reads an element, NULL or not. For tests and cold paths.
    package mutating func element(_ type: DataType) -> Value {
        if isNull() { return .null }
        switch type.physical {
        case .bool: return .bool(bool())
        case .int64: return .int64(int64())
        case .double: return .double(double())
        case .decimal: return .decimal(decimal())
        case .interval: return .interval(interval())
        case .text: return type.isComposite ? Value(bytes: payload(type)) : withText { Value(bytes: $0) }
        }
    }
}
