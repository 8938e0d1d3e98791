/// How a field is decoded; trivial, so that the hot loop switches on a byte.
enum FieldKind: UInt8 {
    /// Not projected.
    case skip
    case bool, int16, int32, int64, real, double, decimal, text, date, time, timestamp, timestamptz, interval, uuid
    /// In the layout of a text, but not as it stands in the input; composite: an array, row or map.
    case bytes, json, composite
}

/// One field of the schema and the memory of its column.
struct FieldState {
    var kind: FieldKind
    var notNull: Bool
    var hasNulls = false
    /// Some value is a view into a buffer.
    var hasViews = false
    var precision: Int16
    var scale: Int16
    var stride: Int
    /// Rows before this one have a value of the field, or NULL; the row at hand, too, if it comes before this one.
    var next = 0
    var storage: UnsafeMutableRawPointer
    /// One bit a row, all ones until ``hasNulls``.
    var validity: UnsafeMutablePointer<UInt64>

    /// A value in the layout of a text whose bytes are not those of the input.
    var isLaidOut: Bool { kind == .bytes || kind == .json || kind == .composite }

    /// Notes that the row at hand has the field; earlier rows that did not have it get NULL now, all at once.
    ///
    /// - Returns: false where the row had it before.
    @inline(__always)
    mutating func claim(_ row: Int) -> Bool {
        if next != row { return claimLate(row) }
        next = row &+ 1
        return true
    }

    @inline(never)
    private mutating func claimLate(_ row: Int) -> Bool {
        if next > row { return false }
        setNulls(before: row)
        next = row &+ 1
        return true
    }

    /// Sets the rows that are without a value to NULL.
    mutating func setNulls(before row: Int) {
        let first = next
        if first >= row { return }
        next = row
        if kind == .skip { return }
        hasNulls = true
        (storage + first &* stride).initializeMemory(as: UInt8.self, repeating: 0, count: (row &- first) &* stride)
        let (firstWord, lastWord) = (first >> 6, (row &- 1) >> 6)
        for word in firstWord...lastWord {
            var nulls = ~UInt64(0)
            if word == firstWord { nulls &= ~0 << UInt64(truncatingIfNeeded: first & 63) }
            if word == lastWord { nulls &= ~0 >> UInt64(truncatingIfNeeded: 63 &- (row &- 1) & 63) }
            validity[word] &= ~nulls
        }
    }

    @inline(__always)
    mutating func setNull(_ row: Int) {
        validity[row >> 6] &= ~(1 << UInt64(truncatingIfNeeded: row & 63))
        hasNulls = true
        // The value under a NULL is zero bytes: 0, false, an empty text.
        switch stride {
        case 8: storage.storeBytes(of: 0, toByteOffset: row &* 8, as: UInt64.self)
        case 16: storage.storeBytes(of: TextView(), toByteOffset: row &* 16, as: TextView.self)
        default: (storage + row &* stride).initializeMemory(as: UInt8.self, repeating: 0, count: stride)
        }
    }

    @inline(__always)
    func store<T: BitwiseCopyable>(_ value: T, _ row: Int) {
        storage.storeBytes(of: value, toByteOffset: row &* MemoryLayout<T>.stride, as: T.self)
    }

    /// Stores a text whose bytes lie in padded memory: a view, or the bytes themselves if they are few.
    @inline(__always)
    mutating func store(padded start: UnsafeRawPointer, count: Int, buffer: UInt32, offset: Int, _ row: Int) {
        var view = TextView()
        view.length = UInt32(truncatingIfNeeded: count)
        let head = UInt64(littleEndian: start.loadUnaligned(as: UInt64.self))
        if count > TextView.inlineBytesMax {
            view.prefix = UInt32(truncatingIfNeeded: head).littleEndian
            view.low = buffer
            view.high = UInt32(truncatingIfNeeded: offset)
            hasViews = true
        } else {
            // Bytes past the text are cut off by a mask: no copy of a variable length.
            let bits = UInt64(truncatingIfNeeded: count &* 8)
            let kept = head & ~(~0 << bits)
            let tail = UInt64(UInt32(littleEndian: start.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
            view.prefix = UInt32(truncatingIfNeeded: kept).littleEndian
            view.low = UInt32(truncatingIfNeeded: kept >> 32).littleEndian
            view.high = count > 8 ? UInt32(truncatingIfNeeded: tail & ~(~0 << (bits &- 64))).littleEndian : 0
        }
        store(view, row)
    }
}

extension FieldState {
    /// Stores the value that a text stands for; not for TEXT.
    func store(parsed bytes: UnsafeRawBufferPointer, _ row: Int) throws(TextCodecError) {
        switch kind {
        case .bool: store(try TextCodec.parseBool(bytes), row)
        case .int16: store(try TextCodec.parseInt16(bytes), row)
        case .int32: store(try TextCodec.parseInt32(bytes), row)
        case .int64: store(try TextCodec.parseInt64(bytes), row)
        case .real:
            let value = try TextCodec.parseReal(bytes)
            if !value.isFinite { throw .invalid }
            store(value, row)
        case .double: store(try TextCodec.parseDouble(bytes), row)
        case .decimal:
            store(try TextCodec.parseDecimal(bytes, precision: Int(precision), scale: Int(scale)), row)
        case .date: store(try TextCodec.parseDate(bytes), row)
        case .timestamp: store(try TextCodec.parseTimestamp(bytes), row)
        case .time: store(try TextCodec.parseTime(bytes), row)
        case .timestamptz: store(try TextCodec.parseTimestampTZ(bytes), row)
        case .interval: store(try TextCodec.parseInterval(bytes), row)
        case .uuid: store(try TextCodec.parseUUID(bytes), row)
        case .skip, .text, .bytes, .json, .composite: break
        }
    }
}
