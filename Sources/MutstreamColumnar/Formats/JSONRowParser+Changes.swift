/// Objects that say what their row does to a table.
extension JSONRowParser {
    /// Past the object that begins at `start`; the row it speaks of is written at `row`. Nil on a defect.
    @inline(never)
    mutating func change(_ start: UnsafeRawPointer, _ row: Int, _ carrier: ChangeSchema.Carrier) -> UnsafeRawPointer? {
        if case .field(let index) = carrier {
            guard let end = object(start, row) else { return nil }
            return assembler.notesChange(inField: index) ? end : scanner.fail(.change, start)
        }
        defectField = -1
        // A tombstone: what a log keeps of a key after its deletion.
        if carrier == .debezium, JSONScanner.isNull(start) { return tombstone(start + 4) }
        guard var envelope = Envelope(start, &scanner, depth: depth) else { return nil }
        let end = envelope.end
        if carrier == .debezium, envelope.operation == nil, let payload = envelope.payload {
            if JSONScanner.isNull(payload) { return tombstone(end) }
            guard let inner = Envelope(payload, &scanner, depth: depth + 1) else { return nil }
            envelope = inner
        }
        guard let word = envelope.operation else { return refuse("op", nil, start, end, expected: carrier.words) }
        // A message says nothing of a row.
        let isMessage = JSONScanner.byte(word + 1) | 0x20 == 0x6d && JSONScanner.byte(word + 2) == 0x22
        if carrier == .debezium, isMessage, JSONScanner.byte(word) == 0x22 { return tombstone(end) }
        guard let operation = operation(word, carrier) else { return refuse("op", word, word, end, expected: carrier.words) }
        let image: (name: String, at: UnsafeRawPointer?)
        if carrier == .debezium {
            image = operation == .delete ? ("before", envelope.before) : ("after", envelope.after)
        } else {
            image = ("row", envelope.row)
        }
        guard let at = image.at, !JSONScanner.isNull(at) else {
            let what = operation == .delete ? "the row that is deleted" : "the row"
            return refuse(image.name, image.at, image.at ?? start, end, expected: what)
        }
        if carrier == .debezium, operation == .upsert, let before = envelope.before, !JSONScanner.isNull(before) {
            return update(before, at, row) ? end : nil
        }
        guard object(at, row) != nil else { return nil }
        return assembler.notes(operation) ? end : scanner.fail(.change, at)
    }

    /// Writes the row that an update leaves, and before it the deletion of the old one where their keys differ.
    private mutating func update(_ before: UnsafeRawPointer, _ after: UnsafeRawPointer, _ row: Int) -> Bool {
        let key = assembler.schema.changes?.key ?? []
        // An old row that cannot be read, or is without its key, says nothing of it.
        let old = object(before, row) == nil ? nil : assembler.image(of: key)
        assembler.clearRow()
        guard object(after, row) != nil else { return false }
        guard assembler.notes(.upsert) else { return scanner.fail(.change, after) != nil }
        guard let old, let new = assembler.image(of: key), old != new else { return true }
        assembler.clearRow()
        guard object(before, row) != nil else { return false }
        assembler.acceptDeletionBefore()
        guard object(after, assembler.row) != nil else {
            assembler.takeBackDeletion()
            return false
        }
        return assembler.notes(.upsert)
    }

    private mutating func tombstone(_ end: UnsafeRawPointer) -> UnsafeRawPointer? {
        assembler.isTombstone = true
        return end
    }

    private mutating func operation(_ at: UnsafeRawPointer, _ carrier: ChangeSchema.Carrier) -> RowOperation? {
        var escaped = false
        guard JSONScanner.byte(at) == 0x22, let close = scanner.stringEnd(at + 1, &escaped), !escaped else { return nil }
        return carrier.operation(UnsafeRawBufferPointer(start: at + 1, count: close - at - 1))
    }

    private mutating func refuse(
        _ field: String, _ value: UnsafeRawPointer?, _ at: UnsafeRawPointer, _ end: UnsafeRawPointer, expected: String
    ) -> UnsafeRawPointer? {
        let found = value.map { JSONScanner.shown($0, end) } ?? "no such field"
        assembler.changeDefect = ChangeDefect(field: field, found: found, expected: expected)
        return scanner.fail(.change, at)
    }
}

/// Where the members of an object begin that tell of a change.
private struct Envelope {
    var operation: UnsafeRawPointer?
    var before: UnsafeRawPointer?
    var after: UnsafeRawPointer?
    var row: UnsafeRawPointer?
    var payload: UnsafeRawPointer?
    /// Past the object.
    var end: UnsafeRawPointer

    /// Of members with one name, the last counts. Nil: the scanner says what is wrong.
    init?(_ start: UnsafeRawPointer, _ scanner: inout JSONScanner, depth: Int) {
        end = start
        if JSONScanner.byte(start) != 0x7b {
            if scanner.skipValue(start, depth: depth) != nil { _ = scanner.fail(.type, start, "an object") }
            return nil
        }
        if depth >= scanner.maxDepth {
            _ = scanner.fail(.depth, start)
            return nil
        }
        var at = scanner.skipSpace(start + 1)
        if JSONScanner.byte(at) == 0x7d {
            end = at + 1
            return
        }
        while true {
            guard JSONScanner.byte(at) == 0x22 else {
                _ = scanner.fail(.syntax, at, "a field name")
                return nil
            }
            var escaped = false
            guard let close = scanner.stringEnd(at + 1, &escaped) else { return nil }
            let name = UnsafeRawBufferPointer(start: at + 1, count: close - at - 1)
            at = scanner.skipSpace(close + 1)
            guard JSONScanner.byte(at) == 0x3a else {
                _ = scanner.fail(.syntax, at, "':'")
                return nil
            }
            at = scanner.skipSpace(at + 1)
            note(name, at)
            guard let next = scanner.skipValue(at, depth: depth + 1) else { return nil }
            at = scanner.skipSpace(next)
            let byte = JSONScanner.byte(at)
            if byte == 0x7d { break }
            guard byte == 0x2c else {
                _ = scanner.fail(.syntax, at, "',' or '}'")
                return nil
            }
            at = scanner.skipSpace(at + 1)
        }
        end = at + 1
    }

    private mutating func note(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawPointer) {
        func isNamed(_ word: StaticString) -> Bool {
            name.count == word.utf8CodeUnitCount
                && name.elementsEqual(UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
        }
        if isNamed("op") {
            operation = value
        } else if isNamed("before") {
            before = value
        } else if isNamed("after") {
            after = value
        } else if isNamed("row") || isNamed("data") {
            row = value
        } else if isNamed("payload") {
            payload = value
        }
    }
}
