/// Fills one column row by row, then gives it away and starts anew.
///
/// The memory is raw and typed once, so that an append is a store: decoders append tens of millions of values a second.
package final class ColumnBuilder {
    package let physical: DataType.Physical
    @usableFromInline var storage: UnsafeMutableRawPointer
    @usableFromInline var stride: Int
    @usableFromInline var capacity: Int
    package private(set) var count = 0
    @usableFromInline var validityWords: [UInt64] = []
    private var nulls = 0
    private var buffers: [SharedBytes] = []
    private var heap: SharedBytes?
    private var heapIndex: UInt32 = 0

    package init(_ physical: DataType.Physical, capacity: Int = 64) {
        self.physical = physical
        self.capacity = max(capacity, 8)
        stride =
            switch physical {
            case .bool: 1
            case .int64, .double: 8
            case .decimal, .text, .interval: 16
            }
        storage = .allocate(byteCount: self.capacity * stride, alignment: 16)
    }

    package convenience init(_ type: DataType, capacity: Int = 64) { self.init(type.physical, capacity: capacity) }

    deinit { storage.deallocate() }

    @inlinable @inline(never)
    func grow() {
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity * 2 * stride, alignment: 16)
        larger.copyMemory(from: storage, byteCount: capacity * stride)
        storage.deallocate()
        storage = larger
        capacity *= 2
    }

    @inline(__always)
    private func store<T: BitwiseCopyable>(_ value: T) {
        if count == capacity { grow() }
        storage.storeBytes(of: value, toByteOffset: count &* MemoryLayout<T>.stride, as: T.self)
        count &+= 1
    }

    package func append(bool value: Bool) {
        assert(physical == .bool)
        store(value)
    }
    package func append(int64 value: Int64) {
        assert(physical == .int64)
        store(value)
    }
    package func append(double value: Double) {
        assert(physical == .double)
        store(value)
    }
    package func append(decimal value: Int128) {
        assert(physical == .decimal)
        store(value)
    }
    package func append(interval value: Interval) {
        assert(physical == .interval)
        store(value)
    }
    /// A view into a buffer that ``attach(_:)`` gave a number.
    package func append(view: TextView) {
        assert(physical == .text)
        store(view)
    }

    package func appendNull() {
        markNull(count)
        switch physical {
        case .bool: store(false)
        case .int64: store(Int64(0))
        case .double: store(0.0)
        case .decimal: store(Int128(0))
        case .text: store(TextView())
        case .interval: store(Interval())
        }
    }

    /// A copy of `bytes`.
    package func append(text bytes: UnsafeRawBufferPointer) {
        assert(physical == .text)
        if bytes.count <= TextView.inlineBytesMax { return store(TextView(bytes, buffer: 0, offset: 0)) }
        if heap == nil || heap.unsafelyUnwrapped.capacity - heap.unsafelyUnwrapped.count < bytes.count {
            let fresh = SharedBytes(capacity: max(bytes.count, count < 16 ? 512 : 65_536))
            heapIndex = attach(fresh)
            heap = fresh
        }
        let block = heap.unsafelyUnwrapped
        let offset = block.count
        block.base.advanced(by: offset).copyMemory(from: bytes.baseAddress.unsafelyUnwrapped, byteCount: bytes.count)
        block.count += bytes.count
        store(TextView(bytes, buffer: heapIndex, offset: UInt32(truncatingIfNeeded: offset)))
    }

    package func append(text value: String) {
        var value = value
        value.withUTF8 { append(text: UnsafeRawBufferPointer($0)) }
    }

    /// One value of the builder's physical type; anything else is NULL. For tests and cold paths.
    package func append(_ value: Value) {
        switch (value, physical) {
        case (.bool(let value), .bool): append(bool: value)
        case (.int64(let value), .int64): append(int64: value)
        case (.double(let value), .double): append(double: value)
        case (.decimal(let value), .decimal): append(decimal: value)
        case (.text(let value), .text): append(text: value)
        case (.bytes(let value), .text): value.withUnsafeBytes { append(text: $0) }
        case (.interval(let value), .interval): append(interval: value)
        default: appendNull()
        }
    }

    /// The number that views into `buffer` bear. A buffer attached twice in a row keeps its number.
    package func attach(_ buffer: SharedBytes) -> UInt32 {
        if let last = buffers.last, last === buffer { return UInt32(truncatingIfNeeded: buffers.count - 1) }
        buffers.append(buffer)
        return UInt32(truncatingIfNeeded: buffers.count - 1)
    }

    private func markNull(_ row: Int) {
        while validityWords.count <= row >> 6 { validityWords.append(~0) }
        validityWords[row >> 6] &= ~(1 << UInt64(row & 63))
        nulls += 1
    }

    /// Forgets the last rows, so that `count` rows stay: how a decoder takes back half a row.
    package func truncate(to rows: Int) {
        precondition(rows <= count, "a builder cannot grow by truncation")
        if nulls > 0 {
            for row in rows..<count where row >> 6 < validityWords.count {
                if validityWords[row >> 6] >> UInt64(row & 63) & 1 == 0 { nulls -= 1 }
                validityWords[row >> 6] |= 1 << UInt64(row & 63)
            }
        }
        count = rows
    }

    /// The column filled so far; the builder is empty afterwards and keeps its memory.
    package func finish() -> Column {
        let rows = count
        var validity: Bitmap?
        if nulls > 0 {
            let words = (rows + 63) / 64
            while validityWords.count < words { validityWords.append(~0) }
            validityWords.removeLast(validityWords.count - words)
            validity = Bitmap(words: validityWords, count: rows)
        }
        let column: Column =
            switch physical {
            case .bool: .bool(copied(Bool.self), validity)
            case .int64: .int64(copied(Int64.self), validity)
            case .double: .double(copied(Double.self), validity)
            case .decimal: .decimal(copied(Int128.self), validity)
            case .interval: .interval(copied(Interval.self), validity)
            case .text: .text(TextValues(views: copied(TextView.self), buffers: buffers), validity)
            }
        count = 0
        nulls = 0
        validityWords.removeAll(keepingCapacity: true)
        buffers.removeAll(keepingCapacity: true)
        heap = nil
        return column
    }

    /// A copy of the values. From a buffer pointer: the initializer for uninitialized memory looks up metadata at run
    /// time, which costs more than a one-row column.
    @inline(__always)
    private func copied<T: BitwiseCopyable>(_: T.Type) -> [T] {
        Array(UnsafeBufferPointer(start: storage.assumingMemoryBound(to: T.self), count: count))
    }
}
