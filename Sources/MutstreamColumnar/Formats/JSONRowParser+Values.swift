/// Values, which are written to their fields.
extension JSONRowParser {
    /// Past a value, which is written to its field.
    @inline(always)
    mutating func value(_ start: UnsafeRawPointer, _ field: Int, _ row: Int) -> UnsafeRawPointer? {
        switch fields[field].kind {
        case .int64: return integer(start, field, row)
        case .text: return text(start, field, row)
        case .timestamp: return timestamp(start, field, row)
        case .skip: return scanner.skipValue(start, depth: depth &+ 1)
        default: return otherValue(start, field, row)
        }
    }

    @inline(never)
    mutating func otherValue(_ start: UnsafeRawPointer, _ field: Int, _ row: Int) -> UnsafeRawPointer? {
        switch fields[field].kind {
        case .bool: return bool(start, field, row)
        case .int32:
            guard let end = integer(start, field, row) else { return nil }
            let value = fields[field].storage.load(fromByteOffset: row &* 8, as: Int64.self)
            return Int64(Int32(truncatingIfNeeded: value)) == value ? end : fail(.range, start, field)
        case .int16:
            guard let end = integer(start, field, row) else { return nil }
            let value = fields[field].storage.load(fromByteOffset: row &* 8, as: Int64.self)
            return Int64(Int16(truncatingIfNeeded: value)) == value ? end : fail(.range, start, field)
        case .real, .double, .decimal: return number(start, field, row)
        case .timestamptz: return timestamp(start, field, row)
        case .date, .time, .interval, .uuid: return spelled(start, field, row)
        case .bytes, .json, .composite: return laidOut(start, field, row)
        default: return scanner.skipValue(start, depth: depth &+ 1)
        }
    }

    /// A whole number of up to 19 digits, eight at a time (SIMD within a register); others go the slow way.
    @inline(always)
    mutating func integer(_ start: UnsafeRawPointer, _ field: Int, _ row: Int) -> UnsafeRawPointer? {
        let negative = JSONScanner.byte(start) == 0x2d
        let first = negative ? start + 1 : start
        var at = first
        var magnitude: UInt64 = 0
        var digits = JSONScanner.digits(at, &magnitude)
        at += digits
        if digits == 8 {
            digits = JSONScanner.digits(at, &magnitude)
            at += digits
            if digits == 8 {
                digits = JSONScanner.digits(at, &magnitude)
                at += digits
            }
        }
        let count = at - first
        let byte = JSONScanner.byte(at)
        let isPlain = byte != 0x2e && byte | 0x20 != 0x65 && count > 0 && count <= 19
        if !isPlain || magnitude >= 1 << 63 || (count > 1 && JSONScanner.byte(first) == 0x30) {
            return slowInteger(start, field, row)
        }
        let value = Int64(truncatingIfNeeded: magnitude)
        fields[field].store(negative ? 0 &- value : value, row)
        return at
    }

    @inline(never)
    mutating func slowInteger(_ start: UnsafeRawPointer, _ field: Int, _ row: Int) -> UnsafeRawPointer? {
        guard let end = numberOrNull(start, field, row) else { return nil }
        if JSONScanner.byte(start) == 0x6e { return end }
        let bytes = UnsafeRawBufferPointer(start: start, count: end - start)
        guard let parts = TextCodec.numberParts(bytes, strict: true) else { return scanner.fail(.number, start) }
        do throws(TextCodecError) {
            guard let value = try TextCodec.integer(parts, bytes) else { return fail(.fraction, start, field) }
            fields[field].store(value, row)
            return end
        } catch {
            return fail(.range, start, field)
        }
    }

    /// Past a number, or past NULL, which is stored; any other value is a defect.
    mutating func numberOrNull(_ start: UnsafeRawPointer, _ field: Int, _ row: Int) -> UnsafeRawPointer? {
        let byte = JSONScanner.byte(start)
        if byte == 0x2d || TextCodec.isDigit(byte) { return scanner.numberEnd(start) }
        return null(start, field, row)
    }

    /// Past NULL, which is stored; any other value is a defect.
    @inline(never)
    mutating func null(_ start: UnsafeRawPointer, _ field: Int, _ row: Int) -> UnsafeRawPointer? {
        if JSONScanner.isNull(start) {
            if fields[field].notNull { return fail(.null, start, field) }
            fields[field].setNull(row)
            return start + 4
        }
        guard scanner.skipValue(start, depth: depth + 1) != nil else { return nil }
        return fail(.type, start, field)
    }

    mutating func number(_ start: UnsafeRawPointer, _ field: Int, _ row: Int) -> UnsafeRawPointer? {
        let byte = JSONScanner.byte(start)
        if byte != 0x2d, !TextCodec.isDigit(byte) {
            let isText = byte == 0x22 && fields[field].kind == .decimal && assembler.schema.isDebezium
            return isText ? spelled(start, field, row) : null(start, field, row)
        }
        // The sentinel ends the number, so the count need not be known.
        let bytes = UnsafeRawBufferPointer(start: start, count: Int.max >> 1)
        guard let parts = TextCodec.numberParts(bytes, strict: true) else { return scanner.fail(.number, start) }
        do throws(TextCodecError) {
            if fields[field].kind == .double {
                fields[field].store(try TextCodec.double(parts, bytes), row)
            } else if fields[field].kind == .real {
                let number = UnsafeRawBufferPointer(start: start, count: parts.end)
                fields[field].store(try TextCodec.parseReal(number), row)
            } else {
                let (precision, scale) = (Int(fields[field].precision), Int(fields[field].scale))
                fields[field].store(try TextCodec.decimal(parts, bytes, precision: precision, scale: scale), row)
            }
            return start + parts.end
        } catch {
            return fail(.range, start, field)
        }
    }

    mutating func bool(_ start: UnsafeRawPointer, _ field: Int, _ row: Int) -> UnsafeRawPointer? {
        switch JSONScanner.byte(start) {
        case 0x74, 0x66:
            guard let end = scanner.literalEnd(start) else { return nil }
            fields[field].store(JSONScanner.byte(start) == 0x74, row)
            return end
        default: return null(start, field, row)
        }
    }

    @inline(always)
    mutating func text(_ start: UnsafeRawPointer, _ field: Int, _ row: Int) -> UnsafeRawPointer? {
        if JSONScanner.byte(start) != 0x22 { return null(start, field, row) }
        var escaped = false
        let contents = start + 1
        guard let end = scanner.stringEnd(contents, &escaped) else { return nil }
        if escaped { return escapedText(contents, end, field) }
        fields[field].store(padded: contents, count: end - contents, buffer: buffer, offset: contents - base, row)
        return end + 1
    }

    @inline(never)
    mutating func escapedText(_ start: UnsafeRawPointer, _ end: UnsafeRawPointer, _ field: Int) -> UnsafeRawPointer? {
        let (bytes, nul) = JSONScanner.unescaped(start, end)
        if let nul { return fail(.nulCharacter, nul, field) }
        bytes.withUnsafeBytes { assembler.store(copy: $0, field: field) }
        return end + 1
    }

    /// ISO 8601 in a string, or a whole number since 1970.
    @inline(always)
    mutating func timestamp(_ start: UnsafeRawPointer, _ field: Int, _ row: Int) -> UnsafeRawPointer? {
        if JSONScanner.byte(start) == 0x22 {
            let end = JSONScanner.plainEnd(start + 1)
            if JSONScanner.byte(end) == 0x22, let value = TextCodec.fixedTimestamp(start + 1, end - start - 1) {
                fields[field].store(value, row)
                return end + 1
            }
            return spelled(start, field, row)
        }
        return epoch(start, field, row)
    }

    @inline(never)
    mutating func epoch(_ start: UnsafeRawPointer, _ field: Int, _ row: Int) -> UnsafeRawPointer? {
        if JSONScanner.byte(start) == 0x6e { return null(start, field, row) }
        guard let end = integer(start, field, row) else { return nil }
        let count = fields[field].storage.load(fromByteOffset: row &* 8, as: Int64.self)
        let value: Int64?
        switch fields[field].kind {
        case .date:
            let isDay = count.magnitude < 1 << 32 && CivilTime.years.contains(CivilTime.civil(count).year)
            value = isDay ? count : nil
        case .time:
            let time = assembler.schema.timestampUnit.microseconds(count)
            value = time.flatMap { $0 >= 0 && $0 <= CivilTime.microsecondsPerDay ? $0 : nil }
        default: value = assembler.schema.timestampUnit.microseconds(count)
        }
        guard let value else { return fail(.range, start, field) }
        fields[field].store(value, row)
        return end
    }

    /// A value whose bytes are not those of the input: BYTES, JSON, arrays, rows and maps.
    @inline(never)
    mutating func laidOut(_ start: UnsafeRawPointer, _ field: Int, _ row: Int) -> UnsafeRawPointer? {
        let kind = fields[field].kind
        if JSONScanner.isNull(start) { return null(start, field, row) }
        guard let end = scanner.skipValue(start, depth: depth + 1) else { return nil }
        let text = UnsafeRawBufferPointer(start: start, count: end - start)
        do throws(TextCodecError) {
            if kind == .json {
                try assembler.store(parsed: text, field: field)
            } else {
                assembler.scratch.removeAll()
                var values = JSONValueParser(text)
                try values.parse(assembler.schema.fields[field].type, to: assembler.scratch)
                assembler.store(copy: assembler.scratch.bytes, field: field)
            }
            return end
        } catch {
            return fail(error == .invalid ? (kind == .bytes ? .form : .type) : .range, start, field)
        }
    }

    /// A value that JSON has only as a string.
    @inline(never)
    mutating func spelled(_ start: UnsafeRawPointer, _ field: Int, _ row: Int) -> UnsafeRawPointer? {
        let first = JSONScanner.byte(start)
        if first != 0x22 {
            let isNumber = (first == 0x2d || TextCodec.isDigit(first)) && assembler.schema.isDebezium
            let isTime = fields[field].kind == .date || fields[field].kind == .time
            return isNumber && isTime ? epoch(start, field, row) : null(start, field, row)
        }
        var escaped = false
        guard let end = scanner.stringEnd(start + 1, &escaped) else { return nil }
        do throws(TextCodecError) {
            if escaped {
                let bytes = JSONScanner.unescaped(start + 1, end).bytes
                let result = bytes.withUnsafeBytes { bytes in
                    Result { () throws(TextCodecError) in try fields[field].store(parsed: bytes, row) }
                }
                try result.get()
            } else {
                try fields[field].store(parsed: UnsafeRawBufferPointer(start: start + 1, count: end - start - 1), row)
            }
            return end + 1
        } catch {
            return fail(error == .invalid ? .form : .range, start, field)
        }
    }
}
