import MutstreamColumnar

/// A slow, recursive JSON decoder that works row by row on arrays: what the fast one has to agree with.
struct JSONOracle {
    indirect enum Node {
        case null
        case bool(Bool)
        case number(String)
        case string([UInt8])
        case array
        case object([([UInt8], Node)])
    }

    struct Malformed: Error {}

    let schema: DecoderSchema
    private var bytes: [UInt8] = []
    private var position = 0

    init(_ schema: DecoderSchema) { self.schema = schema }

    /// The values of a line's projected fields; nil: the line is refused.
    mutating func row(_ line: [UInt8]) -> [Value]? {
        if line.count > schema.maxRowBytes { return nil }
        bytes = line
        position = 0
        guard let node = try? value(0) else { return nil }
        space()
        guard position == bytes.count, case .object(let members) = node else { return nil }
        var values = [Value](repeating: .null, count: schema.fields.count)
        var seen: Set<Int> = []
        for (name, node) in members {
            let exact = schema.fields.firstIndex { Array($0.name.utf8) == name }
            guard let index = exact ?? schema.fields.firstIndex(where: { lowered(Array($0.name.utf8)) == lowered(name) })
            else {
                continue
            }
            guard seen.insert(index).inserted else { return nil }
            guard schema.projection.contains(index) else { continue }
            guard let value = converted(node, schema.fields[index].type) else { return nil }
            values[index] = value
        }
        for index in schema.projection where schema.fields[index].notNull && values[index].isNull { return nil }
        return schema.projection.map { values[$0] }
    }

    private func lowered(_ name: [UInt8]) -> [UInt8] { name.map { (65...90).contains($0) ? $0 + 32 : $0 } }

    private func converted(_ node: Node, _ type: DataType) -> Value? {
        switch (node, type) {
        case (.null, _): return .null
        case (.bool(let value), .boolean): return .bool(value)
        case (.number(let text), .int), (.number(let text), .bigint):
            return whole(text).flatMap { type == .int && Int32(exactly: $0) == nil ? nil : .int64($0) }
        case (.number(let text), .timestamp):
            guard let milliseconds = whole(text) else { return nil }
            let (value, overflow) = milliseconds.multipliedReportingOverflow(by: 1000)
            return overflow ? nil : .int64(value)
        case (.number(let text), .double), (.number(let text), .decimal): return try? TextCodec.parse(text, type)
        case (.string(let text), .text): return text.contains(0) ? nil : .text(String(decoding: text, as: UTF8.self))
        case (.string(let text), .date), (.string(let text), .timestamp), (.string(let text), .interval):
            return try? TextCodec.parse(String(decoding: text, as: UTF8.self), type)
        default: return nil
        }
    }

    /// The number if it is whole and fits 64 bits, digit by digit.
    private func whole(_ text: String) -> Int64? {
        let parts = text.lowercased().split(separator: "e")
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let point = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        var digits = point[0].filter(\.isNumber) + (point.count > 1 ? point[1] : "")
        var scale = exponent - (point.count > 1 ? point[1].count : 0)
        if digits.allSatisfy({ $0 == "0" }) { return 0 }
        while scale < 0 {
            guard digits.last == "0" else { return nil }
            digits.removeLast()
            scale += 1
        }
        if scale > 30 { return nil }
        return Int64((text.hasPrefix("-") ? "-" : "") + digits + String(repeating: "0", count: scale))
    }

    // MARK: - Grammar

    private mutating func space() {
        while position < bytes.count, [0x20, 0x09, 0x0d].contains(bytes[position]) { position += 1 }
    }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ byte: Character) throws {
        guard current == byte.asciiValue else { throw Malformed() }
        position += 1
    }

    private mutating func value(_ depth: Int) throws -> Node {
        space()
        switch current {
        case 0x7b:
            if depth == schema.maxDepth { throw Malformed() }
            position += 1
            var members: [([UInt8], Node)] = []
            space()
            if current != 0x7d {
                while true {
                    space()
                    let name = try string()
                    space()
                    try take(":")
                    members.append((name, try value(depth + 1)))
                    space()
                    if current != 0x2c { break }
                    position += 1
                }
            }
            try take("}")
            return .object(members)
        case 0x5b:
            if depth == schema.maxDepth { throw Malformed() }
            position += 1
            space()
            if current != 0x5d {
                while true {
                    _ = try value(depth + 1)
                    space()
                    if current != 0x2c { break }
                    position += 1
                }
            }
            try take("]")
            return .array
        case 0x22: return .string(try string())
        case 0x74: return try word("true", .bool(true))
        case 0x66: return try word("false", .bool(false))
        case 0x6e: return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func word(_ text: String, _ node: Node) throws -> Node {
        for character in text { try take(character) }
        return node
    }

    private mutating func number() throws -> String {
        let start = position
        if current == 0x2d { position += 1 }
        let first = position
        try digits()
        if bytes[first] == 0x30, position > first + 1 { throw Malformed() }
        if current == 0x2e {
            position += 1
            try digits()
        }
        if current == 0x65 || current == 0x45 {
            position += 1
            if current == 0x2b || current == 0x2d { position += 1 }
            try digits()
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func digits() throws {
        let start = position
        while let byte = current, (0x30...0x39).contains(byte) { position += 1 }
        if position == start { throw Malformed() }
    }

    private mutating func string() throws -> [UInt8] {
        try take("\"")
        var units: [UInt8] = []
        while true {
            guard let byte = current, byte >= 0x20 else { throw Malformed() }
            position += 1
            if byte == 0x22 { break }
            if byte != 0x5c {
                units.append(byte)
                continue
            }
            guard let kind = current else { throw Malformed() }
            position += 1
            switch kind {
            case 0x22, 0x5c, 0x2f: units.append(kind)
            case 0x62: units.append(8)
            case 0x66: units.append(12)
            case 0x6e: units.append(10)
            case 0x72: units.append(13)
            case 0x74: units.append(9)
            case 0x75:
                var code = try hex()
                if (0xd800..<0xdc00).contains(code) {
                    try take("\\")
                    try take("u")
                    let low = try hex()
                    guard (0xdc00..<0xe000).contains(low) else { throw Malformed() }
                    code = 0x10000 + (code - 0xd800) * 1024 + (low - 0xdc00)
                }
                guard let scalar = Unicode.Scalar(UInt32(code)) else { throw Malformed() }
                units.append(contentsOf: Array(String(Character(scalar)).utf8))
            default: throw Malformed()
            }
        }
        guard String(validating: units, as: UTF8.self) != nil else { throw Malformed() }
        return units
    }

    private mutating func hex() throws -> Int {
        guard position + 4 <= bytes.count else { throw Malformed() }
        let text = bytes[position..<position + 4]
        guard text.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let value = Int(String(decoding: text, as: UTF8.self), radix: 16)
        else { throw Malformed() }
        position += 4
        return value
    }
}
