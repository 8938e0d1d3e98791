/// The columns of a chunk while rows are written to them, and the rows that were refused.
///
/// Decoders write field by field at row ``row``; a row counts only once ``row`` has moved past it, so that taking back
/// half a row is to clear its NULLs. A field that rows do not have costs them nothing: it is set to NULL with the next row
/// that has it, or with the chunk.
final class RowAssembler {
    let schema: DecoderSchema
    /// Rows are rows, and say nothing of what they do.
    let isPlain: Bool
    let fields: UnsafeMutablePointer<FieldState>
    /// The fields that are decoded.
    private let wanted: UnsafeMutableBufferPointer<Int>
    /// Those of them that no row may be without.
    private let needed: [Int]
    /// Rows accepted since the last take.
    @exclusivity(unchecked) var row = 0
    @exclusivity(unchecked) private(set) var capacity = 0
    private var buffers: [SharedBytes] = []
    private var heap: SharedBytes?
    /// For values on their way to ``store(copy:field:)``.
    let scratch = ByteWriter()
    /// Some row was refused, or rows say what they do: ``accept()`` has more to note than their number.
    @exclusivity(unchecked) private var needsCare = false
    private var rejected: [RejectedRow] = []
    private var slots: [Int32] = []
    /// Fields that a row must have to be put in, where rows are changes.
    private(set) var required: [Int] = []
    /// What the row at hand does.
    var isDeletion = false
    /// The row at hand is none.
    var isTombstone = false
    /// Why the row at hand says nothing that a table can do.
    var changeDefect: ChangeDefect?
    private var weights: [Int64] = []
    private var hasDeletions = false
    private var ignored = 0
    /// Rows that came together with another one of the same slot.
    private var extra = 0
    /// The row at hand brings a deletion, which stands before it.
    private var followsDeletion = false

    init(_ schema: DecoderSchema) {
        self.schema = schema
        isPlain = schema.changes == nil
        fields = .allocate(capacity: max(schema.fields.count, 1))
        var projected = Set(schema.projection)
        if case .field(let index)? = schema.changes?.carrier { projected.insert(index) }
        wanted = .allocate(capacity: projected.count)
        _ = wanted.initialize(from: projected.sorted())
        needed = isPlain ? wanted.filter { schema.fields[$0].notNull } : []
        needsCare = !isPlain
        for (index, field) in schema.fields.enumerated() {
            var kind: FieldKind =
                switch field.type {
                case .boolean: .bool
                case .smallint: .int16
                case .int: .int32
                case .bigint: .int64
                case .real: .real
                case .double: .double
                case .decimal: .decimal
                case .text: .text
                case .date: .date
                case .time: .time
                case .timestamp: .timestamp
                case .timestamptz: .timestamptz
                case .interval: .interval
                case .uuid: .uuid
                case .bytes: .bytes
                case .json: .json
                case .array, .row, .map: .composite
                }
            if !projected.contains(index) { kind = .skip }
            var precision = 0
            if case .decimal(let digits, _) = field.type { precision = digits }
            let stride =
                switch field.type.physical {
                case .bool: 1
                case .int64, .double: 8
                case .decimal, .text, .interval: 16
                }
            (fields + index).initialize(
                to: FieldState(
                    kind: kind, notNull: field.notNull && isPlain, precision: Int16(clamping: precision),
                    scale: Int16(clamping: field.type.scale), stride: stride,
                    storage: .allocate(byteCount: 16, alignment: 16), validity: .allocate(capacity: 1)))
        }
        if !isPlain {
            required = schema.fields.indices.filter { schema.fields[$0].notNull && fields[$0].kind != .skip }
        }
        resize(64)
    }

    deinit {
        for index in 0..<schema.fields.count {
            fields[index].storage.deallocate()
            fields[index].validity.deallocate()
        }
        fields.deallocate()
        wanted.deallocate()
    }

    /// Room for one row more.
    @inline(__always)
    func ensureRow() { if row == capacity { resize(capacity &* 2) } }

    @inline(never)
    private func resize(_ rows: Int) {
        let (oldWords, newWords) = ((capacity + 63) / 64, (rows + 63) / 64)
        for index in 0..<schema.fields.count where fields[index].kind != .skip {
            let stride = fields[index].stride
            let storage = UnsafeMutableRawPointer.allocate(byteCount: rows * stride, alignment: 16)
            storage.copyMemory(from: fields[index].storage, byteCount: row * stride)
            fields[index].storage.deallocate()
            fields[index].storage = storage
            let validity = UnsafeMutablePointer<UInt64>.allocate(capacity: newWords)
            for word in 0..<newWords { validity[word] = word < oldWords ? fields[index].validity[word] : ~0 }
            fields[index].validity.deallocate()
            fields[index].validity = validity
        }
        capacity = rows
    }

    /// The number that views into `buffer` bear.
    func attach(_ buffer: SharedBytes) -> UInt32 {
        if let index = buffers.lastIndex(where: { $0 === buffer }) { return UInt32(truncatingIfNeeded: index) }
        buffers.append(buffer)
        return UInt32(truncatingIfNeeded: buffers.count - 1)
    }

    /// Stores a text that lies nowhere in the input: `bytes` are copied.
    @inline(never)
    func store(copy bytes: UnsafeRawBufferPointer, field: Int) {
        if heap == nil || heap.unsafelyUnwrapped.capacity - heap.unsafelyUnwrapped.count < bytes.count {
            heap = SharedBytes(capacity: max(bytes.count, row < 16 ? 512 : 65_536))
        }
        guard let heap, let source = bytes.baseAddress else { return fields[field].store(TextView(), row) }
        let offset = heap.count
        heap.base.advanced(by: offset).copyMemory(from: source, byteCount: bytes.count)
        let number = bytes.count > TextView.inlineBytesMax ? attach(heap) : 0
        if bytes.count > TextView.inlineBytesMax { heap.count += bytes.count }
        fields[field].store(padded: heap.base + offset, count: bytes.count, buffer: number, offset: offset, row)
    }

    /// Stores the value of BYTES, JSON or a composite type that a text stands for.
    @inline(never)
    func store(parsed bytes: UnsafeRawBufferPointer, field: Int) throws(TextCodecError) {
        scratch.removeAll()
        try TextCodec.parse(bytes, laidOut: schema.fields[field].type, to: scratch)
        store(copy: scratch.bytes, field: field)
    }

    // MARK: - Rows

    /// The first field that the row at ``row`` must have and has not.
    @inline(__always)
    func missingField() -> Int? { isPlain && needed.isEmpty ? nil : missingFieldOfSome() }

    @inline(never)
    private func missingFieldOfSome() -> Int? {
        // What a change is and which row it means is read from the row at hand: its NULLs cannot wait.
        if !isPlain { for index in wanted { fields[index].setNulls(before: row &+ 1) } }
        return needed.first { fields[$0].next <= row }
    }

    /// The row at ``row`` is whole.
    @inline(__always)
    func accept() {
        if needsCare { return acceptWithCare() }
        row &+= 1
    }

    @inline(never)
    private func acceptWithCare() {
        if isTombstone {
            isTombstone = false
            ignored += 1
            return
        }
        if !slots.isEmpty || !rejected.isEmpty {
            slots.append(Int32(truncatingIfNeeded: row &+ rejected.count &- extra))
        }
        if !isPlain {
            weights.append(isDeletion ? -1 : 1)
            hasDeletions = hasDeletions || isDeletion
            followsDeletion = false
        }
        row &+= 1
    }

    /// Takes back what was written of the row at ``row``.
    func clearRow() {
        if row >= capacity { return }
        for index in 0..<schema.fields.count {
            fields[index].next = min(fields[index].next, row)
            if fields[index].kind != .skip { fields[index].validity[row >> 6] |= 1 << UInt64(row & 63) }
        }
    }

    /// The row at ``row`` is a deletion that the next row brings with it: both have one slot.
    func acceptDeletionBefore() {
        if rejected.isEmpty, extra == 0 { slots = (0..<row).map { Int32(truncatingIfNeeded: $0) } }
        slots.append(Int32(truncatingIfNeeded: row &+ rejected.count &- extra))
        weights.append(-1)
        hasDeletions = true
        row &+= 1
        extra += 1
        followsDeletion = true
        ensureRow()
    }

    /// The deletion before the row at hand goes again.
    func takeBackDeletion() {
        clearRow()
        followsDeletion = false
        row &-= 1
        extra -= 1
        weights.removeLast()
        slots.removeLast()
        if rejected.isEmpty, extra == 0 { slots = [] }
        clearRow()
    }

    /// The values of some fields of the row at ``row``, as bytes that are equal where the values are; nil: one is NULL.
    func image(of columns: [Int]) -> [UInt8]? {
        var bytes: [UInt8] = []
        for index in columns {
            let field = fields[index]
            guard field.kind != .skip, field.validity[row >> 6] >> UInt64(truncatingIfNeeded: row & 63) & 1 != 0 else {
                return nil
            }
            let start = UnsafeRawPointer(field.storage + row &* field.stride)
            guard field.kind == .text || field.isLaidOut else {
                bytes.append(contentsOf: UnsafeRawBufferPointer(start: start, count: field.stride))
                continue
            }
            let view = start.load(as: TextView.self)
            let length = Int(view.length)
            bytes.append(contentsOf: withUnsafeBytes(of: Int64(length)) { Array($0) })
            if length <= TextView.inlineBytesMax {
                bytes.append(contentsOf: UnsafeRawBufferPointer(start: start + 4, count: length))
            } else if buffers.indices.contains(Int(view.low)) {
                let base = UnsafeRawPointer(buffers[Int(view.low)].base) + Int(view.high)
                bytes.append(contentsOf: UnsafeRawBufferPointer(start: base, count: length))
            }
        }
        return bytes
    }

    /// Refuses a row, of which some fields may have been written.
    func reject(
        _ raw: UnsafeRawBufferPointer, length: Int? = nil, byteOffset: Int, field: String?, found: String, expected: String
    ) {
        clearRow()
        if followsDeletion { takeBackDeletion() }
        if rejected.isEmpty, extra == 0 { slots = (0..<row).map { Int32(truncatingIfNeeded: $0) } }
        needsCare = true
        isTombstone = false
        let slot = row + rejected.count - extra
        let error = DecodeError(row: slot, byteOffset: byteOffset, field: field, found: found, expected: expected)
        rejected.append(
            RejectedRow(
                slot: slot, error: error, raw: Array(raw.prefix(RejectedRow.rawBytesMax)), length: length ?? raw.count))
    }

    func take() -> DecodedRows {
        for index in wanted { fields[index].setNulls(before: row) }
        let columns = schema.projection.map(column)
        for index in 0..<schema.fields.count { fields[index].next = 0 }
        for index in 0..<schema.fields.count where fields[index].kind != .skip {
            fields[index].hasViews = false
            if !fields[index].hasNulls { continue }
            fields[index].hasNulls = false
            for word in 0..<(capacity + 63) / 64 { fields[index].validity[word] = ~0 }
        }
        var result = DecodedRows(
            columns: columns, count: row, rejected: rejected,
            slots: rejected.isEmpty && extra == 0 ? nil : slots, slotCount: row + rejected.count - extra)
        result.weights = hasDeletions ? weights : nil
        result.ignored = ignored
        row = 0
        needsCare = !isPlain
        weights.removeAll(keepingCapacity: true)
        hasDeletions = false
        ignored = 0
        extra = 0
        rejected = []
        slots = []
        buffers.removeAll(keepingCapacity: true)
        heap = nil
        return result
    }

    private func column(_ index: Int) -> Column {
        let field = fields[index]
        var validity: Bitmap?
        if field.hasNulls {
            let words = [UInt64](UnsafeBufferPointer(start: field.validity, count: (row + 63) / 64))
            let bits = Bitmap(words: words, count: row)
            if !bits.isAllOnes { validity = bits }
        }
        switch schema.fields[index].type.physical {
        case .bool: return .bool(copied(field), validity)
        case .int64: return .int64(copied(field), validity)
        case .double: return .double(copied(field), validity)
        case .decimal: return .decimal(copied(field), validity)
        case .interval: return .interval(copied(field), validity)
        case .text: return .text(TextValues(views: copied(field), buffers: field.hasViews ? buffers : []), validity)
        }
    }

    /// A copy of a field's values. From a buffer pointer: the initializer for uninitialized memory looks up metadata at
    /// run time, which costs more than a one-row column.
    @inline(__always)
    private func copied<T: BitwiseCopyable>(_ field: FieldState) -> [T] {
        Array(UnsafeBufferPointer(start: field.storage.assumingMemoryBound(to: T.self), count: row))
    }
}
