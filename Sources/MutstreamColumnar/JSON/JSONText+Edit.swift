/// How a path changes a value.
package enum JSONEdit: Sendable, Hashable {
    /// Replaces what is there; `creates`: also adds a last step that is not there.
    case set(creates: Bool)
    /// Adds an element before or behind the one that is there, or a member that is not there.
    case insert(after: Bool)
    case delete

    fileprivate var creates: Bool {
        switch self {
        case .set(let creates): creates
        case .insert: true
        case .delete: false
        }
    }
}

/// Values made from other values.
extension JSONText {
    /// Writes the elements or members of one array or object, with what separates them.
    fileprivate struct List {
        let writer: ByteWriter
        var isFirst = true

        init(_ writer: ByteWriter) { self.writer = writer }

        mutating func separate() {
            if !isFirst { writer.append(", ") }
            isFirst = false
        }

        mutating func append(_ value: JSONView) {
            separate()
            writer.append(value.bytes)
        }

        mutating func append(key: UnsafeRawBufferPointer) {
            separate()
            writer.append(0x22)
            writer.append(key)
            writer.append("\": ")
        }

        mutating func append(_ key: UnsafeRawBufferPointer, _ value: JSONView) {
            append(key: key)
            writer.append(value.bytes)
        }
    }

    // MARK: - ||

    /// `lhs || rhs`: members of two objects, elements of two arrays; anything else counts as an array of it.
    package static func concatenate(_ lhs: JSONView, _ rhs: JSONView, to writer: ByteWriter) {
        if lhs.kind == .object, rhs.kind == .object { return merge(lhs, rhs, to: writer) }
        // An empty object or array vanishes beside another of its kind only.
        writer.append(0x5b)
        var list = List(writer)
        for side in [lhs, rhs] {
            if side.kind == .array {
                var elements = side.elements
                while let element = elements.next() { list.append(element) }
            } else {
                list.append(side)
            }
        }
        writer.append(0x5d)
    }

    /// The members of both objects; of equal keys those of `rhs`.
    private static func merge(_ lhs: JSONView, _ rhs: JSONView, to writer: ByteWriter) {
        writer.append(0x7b)
        var list = List(writer)
        var (left, right) = (lhs.members, rhs.members)
        var (a, b) = (left.next(), right.next())
        while a != nil || b != nil {
            guard let (key, value) = a else {
                if let (key, value) = b { list.append(key, value) }
                b = right.next()
                continue
            }
            guard let (otherKey, otherValue) = b else {
                list.append(key, value)
                a = left.next()
                continue
            }
            let order = JSONKey.memberOrder(key, otherKey)
            if order < 0 {
                list.append(key, value)
            } else {
                list.append(otherKey, otherValue)
                b = right.next()
            }
            if order <= 0 { a = left.next() }
        }
        writer.append(0x7d)
    }

    // MARK: - Deletion

    /// `value - keys`: without the members of these keys, or without the elements that are these strings.
    ///
    /// - Parameter quoted: the keys as strings of canonical text, with their quotes.
    package static func delete(
        _ value: JSONView, quoted keys: Set<[UInt8]>, to writer: ByteWriter
    ) throws(JSONTextError) {
        func isWanted(_ bytes: UnsafeRawBufferPointer) -> Bool { keys.contains(Array(bytes)) }
        switch value.kind {
        case .object:
            writer.append(0x7b)
            var list = List(writer)
            var members = value.members
            while let (key, member) = members.next() {
                if !keys.contains([0x22] + Array(key) + [0x22]) { list.append(key, member) }
            }
            writer.append(0x7d)
        case .array:
            writer.append(0x5b)
            var list = List(writer)
            var elements = value.elements
            while let element = elements.next() {
                if element.kind != .string || !isWanted(element.bytes) { list.append(element) }
            }
            writer.append(0x5d)
        default: throw JSONTextError("cannot delete from scalar")
        }
    }

    /// `value - index`: without one element; negative: counted from the end.
    package static func delete(_ value: JSONView, index: Int64, to writer: ByteWriter) throws(JSONTextError) {
        guard value.kind != .object else { throw JSONTextError("cannot delete from object using integer index") }
        guard value.kind == .array else { throw JSONTextError("cannot delete from scalar") }
        let unwanted = index < 0 ? index + Int64(value.count) : index
        writer.append(0x5b)
        var list = List(writer)
        var elements = value.elements
        var number: Int64 = 0
        while let element = elements.next() {
            if number != unwanted { list.append(element) }
            number += 1
        }
        writer.append(0x5d)
    }

    // MARK: - Paths

    /// `jsonb_set`, `jsonb_insert` and `#-`: a value with a change at the end of a path.
    ///
    /// - Parameters:
    ///   - path: its steps as texts; nil is NULL.
    ///   - fresh: what to set or insert.
    package static func edit(
        _ value: JSONView, _ path: [[UInt8]?], _ edit: JSONEdit, _ fresh: JSONView?, to writer: ByteWriter
    ) throws(JSONTextError) {
        guard value.kind.isContainer else {
            throw JSONTextError(edit == .delete ? "cannot delete path in scalar" : "cannot set path in scalar")
        }
        if path.isEmpty || (value.isEmptyContainer && !edit.creates) { return writer.append(value.bytes) }
        let editor = JSONEditor(path: path, edit: edit, fresh: fresh, writer: writer)
        try editor.write(value, 0)
    }

    // MARK: - Forms

    /// Without the members that are null, at every depth.
    package static func stripNulls(_ value: JSONView, to writer: ByteWriter) {
        switch value.kind {
        case .array:
            writer.append(0x5b)
            var list = List(writer)
            var elements = value.elements
            while let element = elements.next() {
                list.separate()
                stripNulls(element, to: writer)
            }
            writer.append(0x5d)
        case .object:
            writer.append(0x7b)
            var list = List(writer)
            var members = value.members
            while let (key, member) = members.next() {
                if member.kind == .null { continue }
                list.append(key: key)
                stripNulls(member, to: writer)
            }
            writer.append(0x7d)
        default: writer.append(value.bytes)
        }
    }

    /// Over several lines, each level four spaces further in.
    package static func pretty(_ value: JSONView, to writer: ByteWriter) {
        let bytes = value.bytes
        var (position, level) = (0, 0)
        func newline() {
            writer.append(0x0a)
            for _ in 0..<max(level, 0) { writer.append("    ") }
        }
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case 0x22:
                let end = JSONView.stringEnd(bytes, position)
                writer.append(UnsafeRawBufferPointer(rebasing: bytes[position..<end]))
                position = end
                continue
            case 0x5b, 0x7b:
                writer.append(byte)
                level += 1
                let isEmpty = position + 1 < bytes.count && bytes[position + 1] == byte + 2
                if !isEmpty { newline() }
            case 0x5d, 0x7d:
                level -= 1
                newline()
                writer.append(byte)
            case 0x2c:
                writer.append(byte)
                newline()
                position += 1
            default: writer.append(byte)
            }
            position += 1
        }
    }

    /// Appends an object of these members, whose keys are canonical text with quotes; of equal keys the last counts.
    package static func append(
        object members: [(key: [UInt8], value: [UInt8])], to writer: ByteWriter
    ) {
        let order = members.indices.sorted { lhs, rhs in
            let order = JSONText.order(members[lhs].key, members[rhs].key)
            return order == 0 ? lhs < rhs : order < 0
        }
        writer.append(0x7b)
        var list = List(writer)
        for (place, index) in order.enumerated() {
            if place + 1 < order.count, members[index].key == members[order[place + 1]].key { continue }
            list.separate()
            writer.append(bytes: members[index].key)
            writer.append(": ")
            writer.append(bytes: members[index].value)
        }
        writer.append(0x7d)
    }

    private static func order(_ lhs: [UInt8], _ rhs: [UInt8]) -> Int {
        lhs.withUnsafeBytes { lhs in
            rhs.withUnsafeBytes { rhs in JSONKey.memberOrder(JSONView(lhs).stringBody, JSONView(rhs).stringBody) }
        }
    }
}

/// Copies a value and changes it where a path ends. Recurses as deep as the value.
private struct JSONEditor {
    let path: [[UInt8]?]
    let edit: JSONEdit
    let fresh: JSONView?
    let writer: ByteWriter
    private let scratch = ByteWriter(capacity: 64)

    init(path: [[UInt8]?], edit: JSONEdit, fresh: JSONView?, writer: ByteWriter) {
        self.path = path
        self.edit = edit
        self.fresh = fresh
        self.writer = writer
    }

    func write(_ value: JSONView, _ level: Int) throws(JSONTextError) {
        guard level < path.count else { return writer.append(value.bytes) }
        guard let step = path[level] else {
            throw JSONTextError("path element at position \(level + 1) is null")
        }
        guard value.kind.isContainer else { return writer.append(value.bytes) }
        if value.kind == .object { try object(value, step, level) } else { try array(value, step, level) }
    }

    private func object(_ value: JSONView, _ step: [UInt8], _ level: Int) throws(JSONTextError) {
        scratch.removeAll()
        step.withUnsafeBytes { JSONText.append(string: $0, to: scratch) }
        let wanted = Array(JSONView(scratch.bytes).stringBody)
        let isLast = level == path.count - 1
        writer.append(0x7b)
        var list = JSONText.List(writer)
        var isDone = !(isLast && edit.creates)
        func order(_ key: UnsafeRawBufferPointer) -> Int {
            wanted.withUnsafeBytes { JSONKey.memberOrder($0, key) }
        }
        func add() {
            if let fresh { wanted.withUnsafeBytes { list.append($0, fresh) } }
            isDone = true
        }
        var members = value.members
        while let (key, member) = members.next() {
            let order = order(key)
            if order < 0, !isDone { add() }
            if order != 0 {
                list.append(key, member)
            } else if isLast {
                isDone = true
                if case .insert = edit { throw JSONTextError("cannot replace existing key") }
                if edit != .delete, let fresh { list.append(key, fresh) }
            } else {
                list.append(key: key)
                try write(member, level + 1)
            }
        }
        if !isDone { add() }
        writer.append(0x7d)
    }

    private func array(_ value: JSONView, _ step: [UInt8], _ level: Int) throws(JSONTextError) {
        guard let number = step.withUnsafeBytes({ JSONText.pathIndex($0) }) else {
            let text = String(decoding: step.prefix(100), as: UTF8.self)
            throw JSONTextError("path element at position \(level + 1) is not an integer: \"\(text)\"")
        }
        let count = Int64(value.count)
        let isLast = level == path.count - 1
        /// -1: before the first element.
        let index = number < 0 ? max(number + count, -1) : min(number, count)
        writer.append(0x5b)
        var list = JSONText.List(writer)
        func add() { if let fresh { list.append(fresh) } }
        if isLast, edit.creates, index < 0 || count == 0 { add() }
        var elements = value.elements
        var place: Int64 = 0
        while let element = elements.next() {
            if place != index {
                list.append(element)
            } else if isLast {
                switch edit {
                case .set: add()
                case .insert(let after):
                    if !after { add() }
                    list.append(element)
                    if after { add() }
                case .delete: break
                }
            } else {
                list.separate()
                try write(element, level + 1)
            }
            place += 1
        }
        if isLast, edit.creates, count > 0, index >= count { add() }
        writer.append(0x5d)
    }
}
