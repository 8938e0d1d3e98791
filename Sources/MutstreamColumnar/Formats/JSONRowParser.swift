/// A name as it stands in the text, with its quotes and colon, and what followed it last time.
struct JSONName {
    var head = SIMD16<UInt8>(repeating: 0xff)
    var tail = SIMD16<UInt8>()
    var headMask = SIMD16<UInt8>(repeating: 0xff)
    var tailMask = SIMD16<UInt8>()
    /// With quotes and colon, at most ``JSONName/bytesMax``.
    var length = 0
    /// Of the schema; -1: unknown.
    var field: Int32 = -1
    /// The name that is expected next.
    var next: Int32 = 0

    static let bytesMax = 32

    /// Whether the text at `at` is this name. Compares up to 32 bytes at once under a mask.
    @inline(__always)
    func matches(_ at: UnsafeRawPointer) -> Bool {
        let difference = (at.loadUnaligned(as: SIMD16<UInt8>.self) ^ head) & headMask
        let words = unsafeBitCast(difference, to: SIMD2<UInt64>.self)
        if words[0] | words[1] != 0 { return false }
        return length <= 16 || matchesTail(at)
    }

    @inline(__always)
    private func matchesTail(_ at: UnsafeRawPointer) -> Bool {
        let difference = (at.loadUnaligned(fromByteOffset: 16, as: SIMD16<UInt8>.self) ^ tail) & tailMask
        let words = unsafeBitCast(difference, to: SIMD2<UInt64>.self)
        return words[0] | words[1] == 0
    }
}

/// Parses one JSON object into the columns of a ``RowAssembler``.
///
/// Objects of one stream nearly always list their fields in the same order, so each name remembers which followed it:
/// the guess is compared in one step, and only a wrong guess is looked up.
struct JSONRowParser {
    unowned(unsafe) let assembler: RowAssembler
    private let fields: UnsafeMutablePointer<FieldState>
    private let fieldCount: Int
    /// Entry 0 stands for the start of an object.
    private let names: UnsafeMutablePointer<JSONName>
    private let namesMax: Int
    private var nameCount = 1
    private var serial = 0
    private let carrier: ChangeSchema.Carrier?
    var scanner: JSONScanner
    /// Objects and arrays around the row.
    var depth = 0
    /// The row's buffer: views refer to it by its number and the distance from its base.
    var base: UnsafeRawPointer
    var buffer: UInt32 = 0
    /// The field that ``JSONScanner/defect`` concerns, -1: none.
    var defectField = -1

    init(_ assembler: RowAssembler, _ scanner: JSONScanner) {
        self.assembler = assembler
        fields = assembler.fields
        fieldCount = assembler.schema.fields.count
        namesMax = fieldCount * 2 + 64
        names = .allocate(capacity: namesMax)
        names.initialize(repeating: JSONName(), count: namesMax)
        self.scanner = scanner
        carrier = assembler.schema.changes?.carrier
        base = UnsafeRawPointer(names)
    }

    func deallocate() {
        names.deallocate()
        scanner.deallocate()
    }

    // MARK: - Rows

    /// Past the object that begins at `start`, be it a row or a change of one, which is written at `row`. Nil on a defect.
    @inline(__always)
    mutating func row(_ start: UnsafeRawPointer, _ row: Int) -> UnsafeRawPointer? {
        if let carrier { return change(start, row, carrier) }
        return object(start, row)
    }

    /// Past the object that begins at `start`; its fields are written at `row`. Nil on a defect.
    @inline(__always)
    mutating func object(_ start: UnsafeRawPointer, _ row: Int) -> UnsafeRawPointer? {
        defectField = -1
        if JSONScanner.byte(start) != 0x7b { return notAnObject(start) }
        if depth >= scanner.maxDepth { return scanner.fail(.depth, start) }
        serial &+= 1
        var filled = 0
        var current = 0
        var at = scanner.skipSpace(start + 1)
        if JSONScanner.byte(at) == 0x7d {
            at += 1
        } else {
            while true {
                let guess = Int(truncatingIfNeeded: names[current].next)
                let field: Int
                if names[guess].matches(at) {
                    at += names[guess].length
                    current = guess
                    field = Int(truncatingIfNeeded: names[guess].field)
                } else {
                    var found = -1
                    guard let next = lookUp(at, &current, &found) else { return nil }
                    at = next
                    field = found
                }
                at = scanner.skipSpace(at)
                if field >= 0 {
                    if fields[field].stamp == serial { return fail(.duplicate, at, field) }
                    fields[field].stamp = serial
                    filled &+= 1
                    guard let next = value(at, field, row) else { return nil }
                    at = next
                } else {
                    guard let next = scanner.skipValue(at, depth: depth &+ 1) else { return nil }
                    at = next
                }
                at = scanner.skipSpace(at)
                let byte = JSONScanner.byte(at)
                at += 1
                if byte == 0x2c {
                    at = scanner.skipSpace(at)
                } else if byte == 0x7d {
                    break
                } else {
                    return scanner.fail(.syntax, at - 1, "',' or '}'")
                }
            }
        }
        if filled != fieldCount, let missing = assembler.fillMissing(serial) { return fail(.missing, at - 1, missing) }
        return at
    }

    @inline(never)
    private mutating func notAnObject(_ start: UnsafeRawPointer) -> UnsafeRawPointer? {
        guard scanner.skipValue(start, depth: depth) != nil else { return nil }
        return scanner.fail(.type, start, "an object")
    }

    @inline(never)
    private mutating func fail(_ defect: JSONDefect, _ at: UnsafeRawPointer, _ field: Int) -> UnsafeRawPointer? {
        defectField = field
        return scanner.fail(defect, at)
    }

    // MARK: - Names

    /// Reads a name that was not expected; gives the place after its colon.
    @inline(never)
    private mutating func lookUp(_ start: UnsafeRawPointer, _ current: inout Int, _ field: inout Int) -> UnsafeRawPointer? {
        if JSONScanner.byte(start) != 0x22 { return scanner.fail(.syntax, start, "a field name") }
        var escaped = false
        guard let end = scanner.stringEnd(start + 1, &escaped) else { return nil }
        let colon = scanner.skipSpace(end + 1)
        if JSONScanner.byte(colon) != 0x3a { return scanner.fail(.syntax, colon, "':'") }
        let length = colon + 1 - start
        let isSimple = length <= JSONName.bytesMax && colon == end + 1
        if isSimple {
            for index in 1..<max(nameCount, 1) where names[index].length == length && names[index].matches(start) {
                names[current].next = Int32(truncatingIfNeeded: index)
                current = index
                field = Int(names[index].field)
                return colon + 1
            }
        }
        field = find(start + 1, end, escaped)
        // Unknown names may not take the room of the schema's.
        if isSimple, nameCount < (field >= 0 ? namesMax : namesMax - fieldCount) {
            let index = nameCount
            nameCount += 1
            learn(start, length, field, index)
            names[current].next = Int32(truncatingIfNeeded: index)
            current = index
        }
        return colon + 1
    }

    private func learn(_ start: UnsafeRawPointer, _ length: Int, _ field: Int, _ index: Int) {
        var name = JSONName()
        (name.head, name.headMask) = (SIMD16(), SIMD16())
        for position in 0..<length {
            let byte = JSONScanner.byte(start + position)
            if position < 16 {
                name.head[position] = byte
                name.headMask[position] = 0xff
            } else {
                name.tail[position - 16] = byte
                name.tailMask[position - 16] = 0xff
            }
        }
        name.length = length
        name.field = Int32(truncatingIfNeeded: field)
        names[index] = name
    }

    /// The field of a name: exactly, else in another case (ASCII); -1: none.
    private func find(_ start: UnsafeRawPointer, _ end: UnsafeRawPointer, _ escaped: Bool) -> Int {
        if escaped {
            return JSONScanner.unescaped(start, end).bytes.withUnsafeBytes { assembler.schema.index(ofName: $0) }
        }
        return assembler.schema.index(ofName: UnsafeRawBufferPointer(start: start, count: end - start))
    }

    // MARK: - Values

    /// Past a value, which is written to its field.
    @inline(__always)
    private mutating func value(_ start: UnsafeRawPointer, _ field: Int, _ row: Int) -> UnsafeRawPointer? {
        switch fields[field].kind {
        case .int64: return integer(start, field, row)
        case .text: return text(start, field, row)
        case .timestamp: return timestamp(start, field, row)
        case .skip: return scanner.skipValue(start, depth: depth &+ 1)
        default: return otherValue(start, field, row)
        }
    }

    @inline(never)
    private mutating func otherValue(_ start: UnsafeRawPointer, _ field: Int, _ row: Int) -> UnsafeRawPointer? {
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
    @inline(__always)
    private mutating func integer(_ start: UnsafeRawPointer, _ field: Int, _ row: Int) -> UnsafeRawPointer? {
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
    private mutating func slowInteger(_ start: UnsafeRawPointer, _ field: Int, _ row: Int) -> UnsafeRawPointer? {
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
    private mutating func numberOrNull(_ start: UnsafeRawPointer, _ field: Int, _ row: Int) -> UnsafeRawPointer? {
        let byte = JSONScanner.byte(start)
        if byte == 0x2d || TextCodec.isDigit(byte) { return scanner.numberEnd(start) }
        return null(start, field, row)
    }

    /// Past NULL, which is stored; any other value is a defect.
    @inline(never)
    private mutating func null(_ start: UnsafeRawPointer, _ field: Int, _ row: Int) -> UnsafeRawPointer? {
        if JSONScanner.isNull(start) {
            if fields[field].notNull { return fail(.null, start, field) }
            fields[field].setNull(row)
            return start + 4
        }
        guard scanner.skipValue(start, depth: depth + 1) != nil else { return nil }
        return fail(.type, start, field)
    }

    private mutating func number(_ start: UnsafeRawPointer, _ field: Int, _ row: Int) -> UnsafeRawPointer? {
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

    private mutating func bool(_ start: UnsafeRawPointer, _ field: Int, _ row: Int) -> UnsafeRawPointer? {
        switch JSONScanner.byte(start) {
        case 0x74, 0x66:
            guard let end = scanner.literalEnd(start) else { return nil }
            fields[field].store(JSONScanner.byte(start) == 0x74, row)
            return end
        default: return null(start, field, row)
        }
    }

    @inline(__always)
    private mutating func text(_ start: UnsafeRawPointer, _ field: Int, _ row: Int) -> UnsafeRawPointer? {
        if JSONScanner.byte(start) != 0x22 { return null(start, field, row) }
        var escaped = false
        let contents = start + 1
        guard let end = scanner.stringEnd(contents, &escaped) else { return nil }
        if escaped { return escapedText(contents, end, field) }
        fields[field].store(padded: contents, count: end - contents, buffer: buffer, offset: contents - base, row)
        return end + 1
    }

    @inline(never)
    private mutating func escapedText(_ start: UnsafeRawPointer, _ end: UnsafeRawPointer, _ field: Int) -> UnsafeRawPointer?
    {
        let (bytes, nul) = JSONScanner.unescaped(start, end)
        if let nul { return fail(.nulCharacter, nul, field) }
        bytes.withUnsafeBytes { assembler.store(copy: $0, field: field) }
        return end + 1
    }

    /// ISO 8601 in a string, or a whole number since 1970.
    @inline(__always)
    private mutating func timestamp(_ start: UnsafeRawPointer, _ field: Int, _ row: Int) -> UnsafeRawPointer? {
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
    private mutating func epoch(_ start: UnsafeRawPointer, _ field: Int, _ row: Int) -> UnsafeRawPointer? {
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
    private mutating func laidOut(_ start: UnsafeRawPointer, _ field: Int, _ row: Int) -> UnsafeRawPointer? {
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
    private mutating func spelled(_ start: UnsafeRawPointer, _ field: Int, _ row: Int) -> UnsafeRawPointer? {
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

extension JSONScanner {
    /// Reads up to eight digits, adds them to `magnitude` (wrapping) and says how many.
    @inline(__always)
    static func digits(_ at: UnsafeRawPointer, _ magnitude: inout UInt64) -> Int {
        let word = UInt64(littleEndian: at.loadUnaligned(as: UInt64.self)) ^ 0x3030_3030_3030_3030
        // A carry out of a byte only reaches bytes after the first that is no digit.
        let others = ((word &+ 0x7676_7676_7676_7676) | word) & 0x8080_8080_8080_8080
        let count = others.trailingZeroBitCount >> 3
        if count == 0 { return 0 }
        var value = word &<< UInt64(truncatingIfNeeded: 64 &- count &* 8)
        value = (value &* 2561) >> 8 & 0x00ff_00ff_00ff_00ff
        value = (value &* 6_553_601) >> 16 & 0x0000_ffff_0000_ffff
        value = (value &* 42_949_672_960_001) >> 32
        magnitude = magnitude &* TextCodec.powerOfTen(count) &+ value
        return count
    }
}

extension DecoderSchema {
    /// The field of a name: exactly, else in another case (ASCII); -1: none.
    func index(ofName name: UnsafeRawBufferPointer) -> Int {
        let text = String(decoding: name, as: UTF8.self)
        if let index = fields.firstIndex(where: { $0.name.utf8.elementsEqual(text.utf8) }) { return index }
        return fields.firstIndex { field in
            field.name.utf8.count == name.count
                && zip(field.name.utf8, name).allSatisfy { TextCodec.lowered($0) == TextCodec.lowered($1) }
        } ?? -1
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
