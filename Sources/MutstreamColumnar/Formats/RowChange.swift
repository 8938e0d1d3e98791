/// What a row that comes does to a table.
package enum RowOperation: Sendable, Hashable {
    /// The row takes the place of the one with its key, if there is one.
    case upsert
    /// The row with this key goes.
    case delete
}

/// Where the rows of a table's input say what they do.
package struct ChangeSchema: Sendable, Hashable {
    package enum Carrier: Sendable, Hashable {
        /// In a field of the row, a TEXT: its index in the schema.
        case field(Int)
        /// `{"op":"+I","row":{…}}`; `data` is another name of `row`.
        case changelog
        /// `{"before":{…},"after":{…},"op":"c"}`, alone or as `payload` beside its `schema`.
        case debezium
    }

    package var carrier: Carrier
    /// Fields that name a row: all that a deletion needs.
    package var key: [Int]

    package init(_ carrier: Carrier, key: [Int]) {
        self.carrier = carrier
        self.key = key
    }
}

extension ChangeSchema.Carrier {
    /// The words that say what a row does, for a message.
    package var words: String {
        switch self {
        case .field: "insert, update, upsert or delete; c, r, u or d; +I, -U, +U or -D"
        case .changelog: "\"+I\", \"-U\", \"+U\" or \"-D\""
        case .debezium: "\"c\", \"r\", \"u\" or \"d\""
        }
    }

    /// The operation of a word, in capital letters or small ones; nil: it is none of this carrier's.
    func operation(_ word: UnsafeRawBufferPointer) -> RowOperation? {
        let packed = OperationWord.pack(word)
        var isLong = false
        if case .field = self { isLong = true }
        if isLong || self == .changelog {
            switch packed {
            case OperationWord.put, OperationWord.new: return .upsert
            case OperationWord.taken, OperationWord.old: return .delete
            default: break
            }
        }
        if isLong || self == .debezium {
            switch packed {
            case OperationWord.c, OperationWord.r, OperationWord.u: return .upsert
            case OperationWord.d: return .delete
            default: break
            }
        }
        guard isLong else { return nil }
        switch packed {
        case OperationWord.insert, OperationWord.update, OperationWord.upsert: return .upsert
        case OperationWord.delete: return .delete
        default: return nil
        }
    }
}

/// Words of up to seven bytes as numbers, so that they are compared at once.
private enum OperationWord {
    static let (put, old, new, taken) = (pack("+i"), pack("-u"), pack("+u"), pack("-d"))
    static let (c, r, u, d) = (pack("c"), pack("r"), pack("u"), pack("d"))
    static let (insert, update, upsert, delete) = (pack("insert"), pack("update"), pack("upsert"), pack("delete"))

    private static func pack(_ word: StaticString) -> UInt64 {
        pack(UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    }

    /// 0: no such word.
    static func pack(_ word: UnsafeRawBufferPointer) -> UInt64 {
        if word.count > 7 { return 0 }
        var packed: UInt64 = 0
        for byte in word {
            let isCapital = byte >= 0x41 && byte <= 0x5a
            packed = packed << 8 | UInt64(isCapital ? byte | 0x20 : byte)
        }
        return packed
    }
}

/// Why a row that is well formed says nothing that a table can do.
struct ChangeDefect {
    var field: String?
    var found: String
    var expected: String
}

extension RowAssembler {
    /// As ``notesChange(inField:)``, for a format that has nothing but fields.
    func notesChange() -> Bool {
        if case .field(let index)? = schema.changes?.carrier { return notesChange(inField: index) }
        return notes(.upsert)
    }

    /// Reads from its field what the row at ``row`` does, and notes it. False: ``changeDefect`` says why not.
    func notesChange(inField index: Int) -> Bool {
        let words = ChangeSchema.Carrier.field(index)
        let name = schema.fields[index].name
        guard isValid(index) else {
            changeDefect = ChangeDefect(field: name, found: "no value", expected: words.words)
            return false
        }
        let view = UnsafeRawPointer(fields[index].storage + row &* MemoryLayout<TextView>.stride)
        let length = Int(view.load(as: UInt32.self))
        // A longer text is none of the words, and lies elsewhere.
        let inline = UnsafeRawBufferPointer(start: view + 4, count: min(length, TextView.inlineBytesMax))
        if length <= TextView.inlineBytesMax, let operation = words.operation(inline) { return notes(operation) }
        let shown = length <= TextView.inlineBytesMax ? "\"\(String(decoding: inline, as: UTF8.self))\"" : "a long text"
        changeDefect = ChangeDefect(field: name, found: shown, expected: words.words)
        return false
    }

    /// Notes what the row at ``row`` does, if it has the fields which that needs.
    func notes(_ operation: RowOperation) -> Bool {
        for index in operation == .delete ? schema.changes?.key ?? [] : required where !isValid(index) {
            let field = schema.fields[index]
            let why = operation == .delete ? "which names the row to delete" : "which is NOT NULL"
            changeDefect = ChangeDefect(field: field.name, found: "no value", expected: "\(field.expectation), \(why)")
            return false
        }
        isDeletion = operation == .delete
        return true
    }

    private func isValid(_ index: Int) -> Bool {
        fields[index].validity[row >> 6] >> UInt64(truncatingIfNeeded: row & 63) & 1 != 0
    }
}
