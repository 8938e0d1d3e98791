/// Defects in words.
extension JSONRowParser {
    /// What was found, what was expected and in which field, for the defect that stopped a row.
    ///
    /// - Parameter end: where the row's bytes end at the latest.
    func report(_ schema: DecoderSchema, end: UnsafeRawPointer) -> (field: String?, found: String, expected: String) {
        let field = defectField >= 0 ? schema.fields[defectField] : nil
        let shown = JSONScanner.shown(scanner.defectAt, end)
        switch scanner.defect {
        case .duplicate: return (field?.name, "the field a second time", "each field once")
        case .missing: return (field?.name, "no such field", "\(field?.expectation ?? "a value"), which is NOT NULL")
        case .null: return (field?.name, "null", "\(field?.expectation ?? "a value"), which is NOT NULL")
        case .type where field == nil: return (nil, shown, "an object")
        case .type: return (field?.name, shown, field?.expectation ?? "a value")
        case .range: return (field?.name, shown, "\(field?.expectation ?? "a value") in its range")
        case .fraction: return (field?.name, shown, field?.expectation ?? "a whole number")
        case .form: return (field?.name, shown, field?.expectation ?? "a value")
        case .change:
            let change = assembler.changeDefect
            return (change?.field, change?.found ?? shown, change?.expected ?? "a change")
        case .nulCharacter: return (field?.name, "the character U+0000", "a text without it")
        default: return scanner.report(end: end)
        }
    }
}

extension JSONScanner {
    /// What was found and expected for a defect of syntax.
    func report(end: UnsafeRawPointer) -> (field: String?, found: String, expected: String) {
        let shown = JSONScanner.shown(defectAt, end)
        switch defect {
        case .number: return (nil, "a malformed number", "a number as JSON writes it")
        case .controlCharacter:
            return (nil, defectAt >= end ? shown : "a control character in a string", "\(wanted)")
        case .encoding: return (nil, "bytes that are not UTF-8", "UTF-8")
        case .escape: return (nil, "an unknown escape", "\(wanted)")
        case .surrogate: return (nil, "half a surrogate pair", "\(wanted)")
        case .depth: return (nil, "objects and arrays nested too deep", "at most \(maxDepth) levels")
        default: return (nil, shown, "\(wanted)")
        }
    }

    /// The value or byte at a place, for a message.
    static func shown(_ at: UnsafeRawPointer, _ end: UnsafeRawPointer) -> String {
        if at >= end { return "the end" }
        let rest = UnsafeRawBufferPointer(start: at, count: min(end - at, 4096))
        switch byte(at) {
        case 0x7b: return "an object"
        case 0x5b: return "an array"
        case 0x22:
            var close = 1
            while close < rest.count, rest[close] != 0x22 { close += rest[close] == 0x5c ? 2 : 1 }
            close = min(close, rest.count)
            let kept = min(close, 41)
            return "a string \(String(decoding: rest[..<kept], as: UTF8.self))\(kept < close ? "…" : "")\""
        case 0x2d, 0x30...0x39:
            let number = rest.prefix(41).prefix { TextCodec.isDigit($0) || [0x2b, 0x2d, 0x2e, 0x45, 0x65].contains($0) }
            return "the number \(String(decoding: number, as: UTF8.self))\(number.count > 40 ? "…" : "")"
        case let letter where TextCodec.lowered(letter) &- 0x61 < 26:
            let word = rest.prefix(20).prefix { TextCodec.lowered($0) &- 0x61 < 26 }
            return String(decoding: word, as: UTF8.self)
        case let byte where byte > 0x20 && byte < 0x7f: return "'\(Unicode.Scalar(byte))'"
        case 0x0a: return "a newline"
        case let byte: return "the byte 0x\(byte < 16 ? "0" : "")\(String(byte, radix: 16))"
        }
    }
}

extension DecoderSchema.Field {
    /// What a value of the field has to be, for a message.
    var expectation: String {
        switch type {
        case .boolean: "true or false (BOOLEAN)"
        case .smallint, .int, .bigint: "a whole number (\(type.name))"
        case .real, .double, .decimal: "a number (\(type.name))"
        case .text: "a string (TEXT)"
        case .date: "a date such as \"2024-01-31\" (DATE)"
        case .timestamp: "a time such as \"2024-01-31T10:20:30\" or milliseconds since 1970 (TIMESTAMP)"
        case .time: "a time such as \"10:20:30\" (TIME)"
        case .timestamptz:
            "a time such as \"2024-01-31T10:20:30Z\" or milliseconds since 1970 (TIMESTAMPTZ); zones are Z or offsets"
        case .bytes: "bytes in base64 or as \"\\\\x0aff\" (BYTES)"
        case .uuid: "a string such as \"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\" (UUID)"
        case .json: "any JSON value (JSON)"
        case .array(let element): "an array of \(element.name) values"
        case .row, .map: "an object (\(type.name))"
        case .interval: "a span such as \"1 day 02:00:00\" (INTERVAL)"
        }
    }
}
