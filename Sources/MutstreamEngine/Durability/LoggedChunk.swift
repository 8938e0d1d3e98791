import MutstreamColumnar
import MutstreamStorage

/// A chunk as the log has it: where its source can read it again, its bytes as they came, or its rows.
struct LoggedChunk {
    enum Content {
        /// Read again from here to the chunk's next position; the check sum is that of the bytes.
        case place(start: Int64, sum: UInt64)
        case bytes(SharedBytes, context: [UInt8])
        case rows(DecodedRows)
    }

    var content: Content
    var next: SourcePosition?
    /// Accepted rows.
    var count: Int

    private enum Kind: UInt8 { case place = 1, bytes, rows }

    // MARK: Writing

    static func write(_ chunk: Chunk, _ types: [DataType.Physical], _ coder: StateCoder) throws(StateDamage) {
        var count = Int64(chunk.rows.count)
        try coder.code(&count)
        var next = chunk.next
        try code(&next, coder)
        if var start = chunk.start, next != nil {
            try put(.place, coder)
            var sum = chunk.checkSum
            try coder.code(&start)
            try coder.code(&sum)
        } else if let raw = chunk.raw, var context = chunk.context {
            try put(.bytes, coder)
            try coder.code(&context, default: 0)
            var length = Int64(chunk.rawRange.count)
            try coder.code(&length)
            try coder.code(raw.base + chunk.rawRange.lowerBound, chunk.rawRange.count)
        } else {
            try put(.rows, coder)
            var rows = chunk.rows
            try rows.code(types, coder)
        }
    }

    private static func put(_ kind: Kind, _ coder: StateCoder) throws(StateDamage) {
        var number = kind.rawValue
        try coder.code(&number)
    }

    // MARK: Reading

    init(_ coder: StateCoder, _ types: [DataType.Physical]) throws(StateDamage) {
        var rowCount: Int64 = 0
        try coder.code(&rowCount)
        guard rowCount >= 0 else { throw coder.damage("found \(rowCount) rows") }
        count = Int(rowCount)
        try LoggedChunk.code(&next, coder)
        var number: UInt8 = 0
        try coder.code(&number)
        switch Kind(rawValue: number) {
        case .place:
            var (start, sum): (Int64, UInt64) = (0, 0)
            try coder.code(&start)
            try coder.code(&sum)
            guard next != nil else { throw coder.damage("a chunk that begins somewhere ends somewhere") }
            content = .place(start: start, sum: sum)
        case .bytes:
            var context: [UInt8] = []
            try coder.code(&context, default: 0)
            var length = 0
            try coder.code(count: &length, bytesEach: 1)
            let bytes = SharedBytes(capacity: length)
            try coder.code(bytes.base, length)
            bytes.count = length
            content = .bytes(bytes, context: context)
        case .rows:
            var rows = DecodedRows(columns: [], count: 0, rejected: [], slots: nil, slotCount: 0)
            try rows.code(types, coder)
            content = .rows(rows)
        case nil: throw coder.damage("found a chunk of kind \(number)")
        }
    }

    static func code(_ position: inout SourcePosition?, _ coder: StateCoder) throws(StateDamage) {
        try coder.code(optional: &position, empty: SourcePosition(offset: 0)) { position throws(StateDamage) in
            try coder.code(&position.part)
            try coder.code(&position.offset)
            try coder.code(&position.skipped)
            try coder.code(&position.context, default: 0)
        }
    }

    /// The chunk again, with the rows it had.
    ///
    /// - Parameters:
    ///   - name: of the source, for messages.
    ///   - isExact: it must be the rows that the log counted.
    func restore(
        from source: any SourceConnector, name: String, isExact: Bool = true
    ) throws(ConnectorError) -> Chunk {
        var chunk: Chunk
        switch content {
        case .place(let start, let sum):
            guard let next else { throw ConnectorError("the log does not say where a chunk of \"\(name)\" ends") }
            chunk = try source.reread(from: start, to: next)
            guard chunk.checkSum == sum else {
                throw ConnectorError(
                    "source \"\(name)\" no longer has what was read from it: from \(start) to \(next.offset)",
                    hint: "put the data back as it was; steps that are in the log need it until the next checkpoint")
            }
        case .bytes(let bytes, let context):
            let rows = try source.decode(bytes, context: context)
            chunk = Chunk(rows: rows, raw: bytes, rawRange: 0..<bytes.count, context: context)
        case .rows(let rows): chunk = Chunk(rows: rows, raw: nil, rawRange: 0..<0)
        }
        guard chunk.rows.count == count || !isExact else {
            throw ConnectorError(
                "source \"\(name)\": \(chunk.rows.count) rows came of bytes in the log that held \(count)",
                hint: "the format or the columns of the source have changed since")
        }
        chunk.next = next
        return chunk
    }
}

extension Chunk {
    /// Of the raw bytes; of rows without any, their number.
    var checkSum: UInt64 {
        guard let raw else { return UInt64(rows.count) }
        return XXHash.hash(UnsafeRawBufferPointer(rebasing: raw.bytes[rawRange]))
    }
}

extension DecodedRows {
    mutating func code(_ types: [DataType.Physical], _ coder: StateCoder) throws(StateDamage) {
        var batch = Batch(columns: columns, count: count, weights: weights, ordinals: Ordinals(first: 0))
        try Batch.code(&batch, types, coder)
        var (slotNumbers, hasSlots) = (slots ?? [], slots != nil)
        try coder.code(&hasSlots)
        try coder.code(&slotNumbers, default: 0)
        var (slotTotal, refused) = (Int64(slotCount), rejected.count)
        try coder.code(&slotTotal)
        try coder.code(count: &refused, bytesEach: 1)
        if !coder.isWriting {
            (columns, count, weights) = (batch.columns, batch.count, batch.weights)
            slots = hasSlots ? slotNumbers : nil
            guard slotTotal >= Int64(count), !hasSlots || slotNumbers.count == count else {
                throw coder.damage("rows and slots do not agree")
            }
            slotCount = Int(slotTotal)
            rejected = []
        }
        for index in 0..<refused {
            let empty = DecodeError(row: 0, byteOffset: 0, field: nil, found: "", expected: "")
            var row = coder.isWriting ? rejected[index] : RejectedRow(slot: 0, error: empty, raw: [], length: 0)
            try row.code(coder)
            if !coder.isWriting { rejected.append(row) }
        }
    }
}

extension RejectedRow {
    fileprivate mutating func code(_ coder: StateCoder) throws(StateDamage) {
        for path in [\RejectedRow.slot, \.length, \.error.row, \.error.byteOffset] {
            try coder.code(&self[keyPath: path])
        }
        try coder.code(&raw, default: 0)
        try coder.code(&error.found)
        try coder.code(&error.expected)
        try coder.code(optional: &error.field, empty: "") { field throws(StateDamage) in try coder.code(&field) }
    }
}
