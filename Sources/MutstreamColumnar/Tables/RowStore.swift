#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Rows of one schema as operators keep them: a slot of fixed size each, long texts in a heap beside.
///
/// ```
/// slot: | header (the owner's) | 16-byte fields | 8-byte fields | 1-byte fields | null bits |
///
/// text: | length: 4 | bytes: 12                  |        at most 12 bytes
///       | length: 4 | first 4 | heap ref: 4 | 0  |        longer
/// ```
///
/// Rows have numbers (*ids*) from 0 upwards; those of freed rows are reused. The order of rows is the owner's business,
/// for which it has the header: links, a weight, a time.
package final class RowStore {
    @frozen @usableFromInline
    struct StoredField {
        @usableFromInline let physical: DataType.Physical
        @usableFromInline let offset: Int
        @usableFromInline let nullByte: Int
        @usableFromInline let nullMask: UInt8
    }

    package let types: [DataType]
    @usableFromInline let slots: PagedSlots
    @usableFromInline let heap = ByteHeap()
    @usableFromInline let fields: UnsafeMutablePointer<StoredField>
    @usableFromInline let nullStart: Int
    @usableFromInline let nullBytes: Int
    private let textFields: [Int]
    /// By field: whether any row has ever been NULL there.
    @usableFromInline let hasSeenNull: UnsafeMutablePointer<Bool>

    /// - Parameter headerBytes: bytes of the owner's at the start of each row, a multiple of 8.
    package init(_ types: [DataType], headerBytes: Int = 0) {
        precondition(headerBytes % 8 == 0, "the header is a multiple of 8 bytes")
        self.types = types
        var offset = headerBytes
        var offsets = [Int](repeating: 0, count: types.count)
        for size in [16, 8, 1] {
            for (index, type) in types.enumerated() where RowStore.size(type.physical) == size {
                offsets[index] = offset
                offset += size
            }
        }
        nullStart = offset
        nullBytes = (types.count + 7) / 8
        slots = PagedSlots(stride: max((nullStart + nullBytes + 7) / 8 * 8, 8))
        fields = .allocate(capacity: max(types.count, 1))
        for (index, type) in types.enumerated() {
            let field = StoredField(
                physical: type.physical, offset: offsets[index], nullByte: nullStart + index / 8,
                nullMask: 1 << UInt8(index % 8))
            (fields + index).initialize(to: field)
        }
        textFields = types.indices.filter { types[$0].physical == .text }
        hasSeenNull = .allocate(capacity: max(types.count, 1))
        hasSeenNull.initialize(repeating: false, count: max(types.count, 1))
    }

    deinit {
        fields.deallocate()
        hasSeenNull.deallocate()
    }

    private static func size(_ physical: DataType.Physical) -> Int {
        switch physical {
        case .bool: 1
        case .int64, .double: 8
        case .decimal, .text, .interval: 16
        }
    }

    /// Rows in the store.
    package var count: Int { slots.count }
    /// All ids are below this.
    package var idLimit: Int { slots.numberLimit }
    /// Bytes of memory held.
    package var bytes: Int { slots.bytes + heap.bytes }

    /// The owner's header of a row, for reading. What a new row finds there is unspecified.
    @inlinable @inline(__always)
    package func header(_ row: Int32) -> UnsafeRawPointer { slots.address(row) }

    /// The owner's header of a row, for writing.
    @inlinable @inline(__always)
    package func writableHeader(_ row: Int32) -> UnsafeMutableRawPointer { slots.writable(row) }

    // MARK: In and out

    /// Copies one row of a batch whose columns have the store's types.
    @inlinable
    package func append(_ reader: BatchReader, _ row: Int) -> Int32 {
        let id = slots.allocate()
        let slot = slots.writable(id)
        for byte in 0..<nullBytes { slot.storeBytes(of: 0, toByteOffset: nullStart &+ byte, as: UInt8.self) }
        for index in 0..<types.count { copy(reader[index], row, fields[index], slot) }
        return id
    }

    /// Copies rows of a batch, a column at a time; their ids come in the same order.
    package func append(_ reader: BatchReader, rows: [Int32], into ids: inout [Int32]) {
        ids.removeAll(keepingCapacity: true)
        ids.reserveCapacity(rows.count)
        for _ in 0..<rows.count {
            let id = slots.allocate()
            let slot = slots.writable(id)
            for byte in 0..<nullBytes { slot.storeBytes(of: 0, toByteOffset: nullStart &+ byte, as: UInt8.self) }
            ids.append(id)
        }
        // A few hundred rows at a time stay in the cache from one column to the next.
        var start = 0
        while start < rows.count {
            let end = min(start + 256, rows.count)
            for index in 0..<types.count { copy(reader[index], rows, start..<end, fields[index], ids) }
            start = end
        }
    }

    private func copy(
        _ column: ColumnReader, _ rows: [Int32], _ range: Range<Int>, _ field: StoredField, _ ids: [Int32]
    ) {
        let slots = slots
        if column.hasNulls || field.physical == .text {
            for at in range { copy(column, Int(rows[at]), field, slots.slot(ids[at])) }
            return
        }
        switch field.physical {
        case .bool:
            for at in range { copy(column, Int(rows[at]), field.offset, slots.slot(ids[at]), UInt8.self) }
        case .int64, .double:
            for at in range { copy(column, Int(rows[at]), field.offset, slots.slot(ids[at]), UInt64.self) }
        case .decimal, .interval, .text:
            for at in range { copy(column, Int(rows[at]), field.offset, slots.slot(ids[at]), Interval.self) }
        }
    }

    @inlinable @inline(__always)
    func copy<T: BitwiseCopyable>(
        _ column: ColumnReader, _ row: Int, _ offset: Int, _ slot: UnsafeMutableRawPointer, _: T.Type
    ) {
        slot.storeBytes(of: column.load(row, as: T.self), toByteOffset: offset, as: T.self)
    }

    @inlinable @inline(__always)
    func copy(_ column: ColumnReader, _ row: Int, _ field: StoredField, _ slot: UnsafeMutableRawPointer) {
        assert(column.physical == field.physical, "a row has the types of its store")
        if column.isNull(row) { return storeNull(field, slot) }
        switch field.physical {
        case .bool: copy(column, row, field.offset, slot, UInt8.self)
        case .int64, .double: copy(column, row, field.offset, slot, UInt64.self)
        case .decimal, .interval: copy(column, row, field.offset, slot, Interval.self)
        case .text:
            var view = column.load(row, as: TextView.self)
            if !view.isInline { view = keep(column.text(row), view) }
            slot.storeBytes(of: view, toByteOffset: field.offset, as: TextView.self)
        }
    }

    @usableFromInline @inline(never)
    func keep(_ text: UnsafeRawBufferPointer, _ view: TextView) -> TextView {
        var view = view
        view.low = heap.insert(text.baseAddress.unsafelyUnwrapped, text.count)
        view.high = 0
        return view
    }

    @usableFromInline @inline(never)
    func storeNull(_ field: StoredField, _ slot: UnsafeMutableRawPointer) {
        hasSeenNull[(field.nullByte &- nullStart) &* 8 &+ field.nullMask.trailingZeroBitCount] = true
        let byte = slot.load(fromByteOffset: field.nullByte, as: UInt8.self)
        slot.storeBytes(of: byte | field.nullMask, toByteOffset: field.nullByte, as: UInt8.self)
        switch field.physical {
        case .bool: slot.storeBytes(of: 0, toByteOffset: field.offset, as: UInt8.self)
        case .int64, .double: slot.storeBytes(of: 0, toByteOffset: field.offset, as: UInt64.self)
        case .decimal, .interval, .text: slot.storeBytes(of: TextView(), toByteOffset: field.offset, as: TextView.self)
        }
    }

    /// Gives up a row; its id may be given to another.
    package func free(_ row: Int32) {
        if !textFields.isEmpty {
            let slot = slots.address(row)
            for index in textFields {
                let view = slot.loadUnaligned(fromByteOffset: fields[index].offset, as: TextView.self)
                if !view.isInline { heap.free(view.low, Int(view.length)) }
            }
        }
        slots.free(row)
    }

    // MARK: Values

    @inlinable @inline(__always)
    package func isNull(_ row: Int32, _ column: Int) -> Bool {
        let field = fields[column]
        return slots.address(row).load(fromByteOffset: field.nullByte, as: UInt8.self) & field.nullMask != 0
    }

    /// A field of a row, whose Swift type is that of the column; 0 or empty where NULL.
    @inlinable @inline(__always)
    package func load<T: BitwiseCopyable>(_ row: Int32, _ column: Int, as type: T.Type) -> T {
        slots.address(row).loadUnaligned(fromByteOffset: fields[column].offset, as: T.self)
    }

    /// The UTF-8 bytes of a text, valid until the row is freed.
    package func text(_ row: Int32, _ column: Int) -> UnsafeRawBufferPointer {
        text(slots.address(row) + fields[column].offset)
    }

    private func text(_ at: UnsafeRawPointer) -> UnsafeRawBufferPointer {
        let length = Int(at.load(as: UInt32.self))
        if length <= TextView.inlineBytesMax { return UnsafeRawBufferPointer(start: at + 4, count: length) }
        return UnsafeRawBufferPointer(start: heap.address(at.load(fromByteOffset: 8, as: UInt32.self)), count: length)
    }

    /// One value, for tests and cold paths.
    package func value(_ row: Int32, _ column: Int) -> Value {
        if isNull(row, column) { return .null }
        switch fields[column].physical {
        case .bool: return .bool(load(row, column, as: UInt8.self) != 0)
        case .int64: return .int64(load(row, column, as: Int64.self))
        case .double: return .double(load(row, column, as: Double.self))
        case .decimal: return .decimal(load(row, column, as: Int128.self))
        case .interval: return .interval(load(row, column, as: Interval.self))
        case .text: return Value(bytes: text(row, column))
        }
    }

    /// Whether a kept row and one of a batch cannot be told apart (all NaN are one, 0.0 and -0.0 are two).
    package func equals(_ row: Int32, _ reader: BatchReader, _ batchRow: Int) -> Bool {
        let slot = slots.address(row)
        for index in 0..<types.count {
            let (column, field) = (reader[index], fields[index])
            let isNull = slot.load(fromByteOffset: field.nullByte, as: UInt8.self) & field.nullMask != 0
            if isNull != column.isNull(batchRow) { return false }
            if isNull { continue }
            switch field.physical {
            case .bool:
                if (slot + field.offset).load(as: UInt8.self) != column.load(batchRow, as: UInt8.self) { return false }
            case .int64:
                if (slot + field.offset).load(as: Int64.self) != column.load(batchRow, as: Int64.self) { return false }
            case .double:
                let (lhs, rhs) = ((slot + field.offset).load(as: Double.self), column.load(batchRow, as: Double.self))
                if lhs.bitPattern != rhs.bitPattern, !(lhs.isNaN && rhs.isNaN) { return false }
            case .decimal:
                let lhs = (slot + field.offset).loadUnaligned(as: Int128.self)
                if lhs != column.load(batchRow, as: Int128.self) { return false }
            case .interval:
                let lhs = (slot + field.offset).loadUnaligned(as: Interval.self)
                if lhs != column.load(batchRow, as: Interval.self) { return false }
            case .text:
                let (lhs, rhs) = (text(slot + field.offset), column.text(batchRow))
                if lhs.count != rhs.count { return false }
                guard let left = lhs.baseAddress, let right = rhs.baseAddress else { continue }
                if memcmp(left, right, lhs.count) != 0 { return false }
            }
        }
        return true
    }
}

// MARK: - State

extension RowStore {
    /// The rows with their ids and headers.
    package func code(_ coder: StateCoder) throws(StateDamage) {
        try slots.code(coder)
        try heap.code(coder)
        for index in types.indices { try coder.code(&hasSeenNull[index]) }
    }
}
