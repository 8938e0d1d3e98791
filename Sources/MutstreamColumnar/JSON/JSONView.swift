/// What a JSON value is.
package enum JSONKind: UInt8, Sendable {
    case null, boolean, number, string, array, object

    /// As `jsonb_typeof` names it.
    package var name: StaticString {
        switch self {
        case .null: "null"
        case .boolean: "boolean"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    package var isContainer: Bool { self == .array || self == .object }
}

/// One JSON value within canonical text, see ``JSONText/normalize(_:)-(UnsafeRawBufferPointer)``.
///
/// ```swift
/// let view = JSONView(bytes)                            // {"a": [1, 2]}
/// view.member("a")?.element(1)?.bytes                   // 2
/// ```
/// Nothing here allocates, checks the grammar or recurses; over other bytes it gives other values or ends early.
package struct JSONView {
    package let bytes: UnsafeRawBufferPointer

    package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    package var kind: JSONKind {
        switch bytes.first ?? 0 {
        case 0x7b: .object
        case 0x5b: .array
        case 0x22: .string
        case 0x74, 0x66: .boolean
        case 0x2d, 0x30...0x39: .number
        default: .null
        }
    }

    package var isTrue: Bool { bytes.first == 0x74 }

    /// What stands between the quotes of a string, with its escapes.
    package var stringBody: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[min(1, bytes.count)..<max(bytes.count - 1, min(1, bytes.count))])
    }

    package var elements: JSONElements { JSONElements(bytes) }
    package var members: JSONMembers { JSONMembers(bytes) }

    /// Elements of an array or members of an object; 0 for a scalar.
    package var count: Int {
        var count = 0
        switch kind {
        case .array:
            var elements = elements
            while elements.next() != nil { count += 1 }
        case .object:
            var members = members
            while members.next() != nil { count += 1 }
        default: break
        }
        return count
    }

    package var isEmptyContainer: Bool { bytes.count == 2 && kind.isContainer }

    /// The member of that key, which is written as between the quotes of canonical text.
    package func member(escaped key: UnsafeRawBufferPointer) -> JSONView? {
        guard kind == .object else { return nil }
        var members = members
        while let member = members.next() { if JSONText.equal(member.key, key) { return member.value } }
        return nil
    }

    /// The member of a key. For tests and cold paths.
    package func member(_ key: String) -> JSONView? {
        let writer = ByteWriter(capacity: 64)
        JSONText.append(key, to: writer)
        return member(escaped: JSONView(writer.bytes).stringBody)
    }

    /// The element of an array, counted from 0; negative: from the end.
    package func element(_ index: Int64) -> JSONView? {
        guard kind == .array else { return nil }
        var rest = index
        if rest < 0 {
            rest += Int64(count)
            if rest < 0 { return nil }
        }
        var elements = elements
        while let element = elements.next() {
            if rest == 0 { return element }
            rest -= 1
        }
        return nil
    }

    /// One step of a path whose steps are texts: a member of an object, or an element of an array by its number.
    package func step(_ text: UnsafeRawBufferPointer, _ scratch: ByteWriter) -> JSONView? {
        switch kind {
        case .object:
            scratch.removeAll()
            JSONText.append(text, to: scratch)
            return member(escaped: JSONView(scratch.bytes).stringBody)
        case .array: return JSONText.pathIndex(text).flatMap { element($0) }
        default: return nil
        }
    }

    /// Appends the value as `->>` gives it: strings without quotes and escapes, others as they are written.
    package func appendText(to writer: ByteWriter) {
        if kind == .string { JSONKey.appendUnescaped(stringBody, to: writer) } else { writer.append(bytes) }
    }

    /// Where a value that begins at `start` ends.
    static func end(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int {
        var position = start
        var depth = 0
        while position < bytes.count {
            switch bytes[position] {
            case 0x22: position = stringEnd(bytes, position)
            case 0x5b, 0x7b:
                depth += 1
                position += 1
            case 0x5d, 0x7d:
                depth -= 1
                position += 1
                if depth < 0 { return position - 1 }
            case 0x2c:
                if depth == 0 { return position }
                position += 1
            default: position += 1
            }
            // After a closing byte or a string nothing of the value follows; a scalar ends at what follows it.
            if depth == 0, position < bytes.count, JSONView.isEnd(bytes[position]) { return position }
        }
        return bytes.count
    }

    @inline(__always)
    private static func isEnd(_ byte: UInt8) -> Bool { byte == 0x2c || byte == 0x5d || byte == 0x7d }

    /// Past the string that begins at `start`.
    static func stringEnd(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int {
        var position = start + 1
        while position < bytes.count, bytes[position] != 0x22 { position += bytes[position] == 0x5c ? 2 : 1 }
        return min(position + 1, bytes.count)
    }
}

/// Walks the elements of an array.
package struct JSONElements {
    private let bytes: UnsafeRawBufferPointer
    private var position = 1

    /// - Parameter bytes: an array; of other values there are no elements.
    package init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        if bytes.first != 0x5b { position = bytes.count }
    }

    package mutating func next() -> JSONView? {
        if position < bytes.count, bytes[position] == 0x2c { position += 2 }
        guard position < bytes.count, bytes[position] != 0x5d else { return nil }
        let end = JSONView.end(bytes, position)
        if end == position { return nil }
        defer { position = end }
        return JSONView(UnsafeRawBufferPointer(rebasing: bytes[position..<end]))
    }
}

/// Walks the members of an object, in the order of the canonical text.
package struct JSONMembers {
    private let bytes: UnsafeRawBufferPointer
    private var position = 1

    /// - Parameter bytes: an object; of other values there are no members.
    package init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        if bytes.first != 0x7b { position = bytes.count }
    }

    /// The key is what stands between its quotes, with its escapes.
    package mutating func next() -> (key: UnsafeRawBufferPointer, value: JSONView)? {
        if position < bytes.count, bytes[position] == 0x2c { position += 2 }
        guard position < bytes.count, bytes[position] == 0x22 else { return nil }
        let keyEnd = JSONView.stringEnd(bytes, position)
        let start = min(keyEnd + 2, bytes.count)
        let end = JSONView.end(bytes, start)
        defer { position = end }
        return (
            UnsafeRawBufferPointer(rebasing: bytes[position + 1..<max(keyEnd - 1, position + 1)]),
            JSONView(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
        )
    }
}

extension JSONText {
    @inline(__always)
    static func equal(_ lhs: UnsafeRawBufferPointer, _ rhs: UnsafeRawBufferPointer) -> Bool {
        guard lhs.count == rhs.count else { return false }
        for index in 0..<lhs.count where lhs[index] != rhs[index] { return false }
        return true
    }

    /// A string with its quotes, escaped as canonical text is.
    static func appendString(_ bytes: UnsafeRawBufferPointer, to output: inout [UInt8]) {
        let writer = ByteWriter(capacity: bytes.count + 64)
        append(bytes, to: writer)
        output.append(contentsOf: writer.bytes)
    }

    /// Appends a string with its quotes.
    package static func append(string bytes: UnsafeRawBufferPointer, to writer: ByteWriter) { append(bytes, to: writer) }

    /// The number of an element that a step of a path is: what C's `strtol` takes as a whole, within 32 bits.
    package static func pathIndex(_ text: UnsafeRawBufferPointer) -> Int64? {
        var position = 0
        while position < text.count, TextCodec.isSpace(text[position]) { position += 1 }
        guard position < text.count, TextCodec.isDigit(text[text.count - 1]) else { return nil }
        return try? TextCodec.parseInt32(UnsafeRawBufferPointer(rebasing: text[position...]))
    }

    /// Objects and arrays within each other.
    package static func depth(_ bytes: UnsafeRawBufferPointer) -> Int {
        var (position, depth, most) = (0, 0, 0)
        while position < bytes.count {
            switch bytes[position] {
            case 0x22:
                position = JSONView.stringEnd(bytes, position)
                continue
            case 0x5b, 0x7b:
                depth += 1
                most = max(most, depth)
            case 0x5d, 0x7d: depth -= 1
            default: break
            }
            position += 1
        }
        return most
    }
}
