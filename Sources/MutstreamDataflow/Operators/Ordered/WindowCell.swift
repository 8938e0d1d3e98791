import MutstreamColumnar

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Why an OVER call has no value in a row.
enum WindowFailure: UInt8 {
    case sumOutOfRange, averageOutOfRange, floatOutOfRange, intervalOutOfRange, varianceOutOfRange, resultTooLong
    case statisticOutOfRange, ntileNotPositive, nthNotPositive

    var text: String {
        switch self {
        case .sumOutOfRange: "sum is out of range: it has more than 38 digits"
        case .averageOutOfRange: "avg is out of range: it has more than 38 digits"
        case .floatOutOfRange: "sum of DOUBLE is out of range"
        case .intervalOutOfRange: "sum of INTERVAL is out of range"
        case .varianceOutOfRange: "variance or standard deviation is out of range: it has more than 38 digits"
        case .resultTooLong: "the result of an aggregate is longer than 64 MiB"
        case .statisticOutOfRange: "statistic is out of range of DOUBLE"
        case .ntileNotPositive: "argument of ntile must be greater than zero"
        case .nthNotPositive: "argument of nth_value must be greater than zero"
        }
    }
}

/// The result of one call in one row, on its way. A text lies elsewhere.
struct WindowCell {
    enum Status {
        static let value: UInt8 = 0
        static let null: UInt8 = 1
        /// And the failure's number.
        static let failed: UInt8 = 2
    }

    var status = Status.null
    /// BOOLEAN, INT-like and DOUBLE.
    var word: UInt64 = 0
    /// DECIMAL and INTERVAL.
    var wide: UInt128 = 0
    var text = UnsafeRawBufferPointer(start: nil, count: 0)

    static var null: WindowCell { WindowCell() }

    init() {}
    init(_ value: Int64) {
        status = Status.value
        word = UInt64(bitPattern: value)
    }
    init(_ value: Bool) { self.init(value ? 1 : 0 as Int64) }
    init(_ value: Double) {
        status = Status.value
        word = value.bitPattern
    }
    init(_ value: Int128) {
        status = Status.value
        wide = UInt128(bitPattern: value)
    }
    init(_ value: Interval) {
        status = Status.value
        wide =
            UInt128(UInt64(bitPattern: value.microseconds)) << 64
            | UInt128(UInt32(bitPattern: value.days)) << 32 | UInt128(UInt32(bitPattern: value.months))
    }
    init(_ text: UnsafeRawBufferPointer) {
        status = Status.value
        self.text = text
    }
    init(_ failure: WindowFailure) { status = Status.failed + failure.rawValue }

    /// A field of a kept row.
    init(_ store: RowStore, _ row: Int32, _ column: Int) {
        if store.isNull(row, column) {
            self.init()
            return
        }
        switch store.types[column].physical {
        case .bool: self.init(store.load(row, column, as: UInt8.self) != 0)
        case .int64: self.init(store.load(row, column, as: Int64.self))
        case .double: self.init(store.load(row, column, as: Double.self))
        case .decimal: self.init(store.load(row, column, as: Int128.self))
        case .interval: self.init(store.load(row, column, as: Interval.self))
        case .text: self.init(store.text(row, column))
        }
    }
}

/// Where the results of the calls lie in the header of a row.
///
/// ```
/// | the partition's header | 16-byte results … | 8-byte results … | status: 1 … |
///
/// a text: | heap reference: 4 | length: 4 |
/// ```
final class WindowCells {
    private struct Slot {
        let physical: DataType.Physical
        let offset: Int
        let status: Int
    }

    let ownBytes: Int
    private let heap = ByteHeap()
    private let slots: UnsafeMutablePointer<Slot>
    private let count: Int

    init(_ types: [DataType]) {
        count = types.count
        slots = .allocate(capacity: max(count, 1))
        var offset = OrderedPartitions.headerBytes
        var offsets = [Int](repeating: 0, count: count)
        for isWide in [true, false] {
            for (index, type) in types.enumerated() {
                let physical = type.physical
                guard (physical == .decimal || physical == .interval) == isWide else { continue }
                offsets[index] = offset
                offset += isWide ? 16 : 8
            }
        }
        for (index, type) in types.enumerated() {
            (slots + index).initialize(to: Slot(physical: type.physical, offset: offsets[index], status: offset + index))
        }
        ownBytes = (offset + count + 7) / 8 * 8 - OrderedPartitions.headerBytes
    }

    deinit { slots.deallocate() }

    var bytes: Int { heap.bytes }

    /// All results NULL: how a row begins.
    func clear(_ header: UnsafeMutableRawPointer) {
        for call in 0..<count {
            header.storeBytes(of: WindowCell.Status.null, toByteOffset: slots[call].status, as: UInt8.self)
        }
    }

    @inline(__always)
    func status(_ header: UnsafeRawPointer, _ call: Int) -> UInt8 {
        header.load(fromByteOffset: slots[call].status, as: UInt8.self)
    }

    /// The failure of the first call that has failed.
    func failure(_ header: UnsafeRawPointer) -> WindowFailure? {
        for call in 0..<count {
            let status = status(header, call)
            if status >= WindowCell.Status.failed { return WindowFailure(rawValue: status - WindowCell.Status.failed) }
        }
        return nil
    }

    /// The kept result as 64 bits, of a call that gives BIGINT.
    @inline(__always)
    func word(_ header: UnsafeRawPointer, _ call: Int) -> Int64 {
        header.load(fromByteOffset: slots[call].offset, as: Int64.self)
    }

    private func text(_ header: UnsafeRawPointer, _ slot: Slot) -> UnsafeRawBufferPointer {
        let reference = header.load(fromByteOffset: slot.offset, as: TextReference.self)
        return UnsafeRawBufferPointer(start: heap.address(reference.reference), count: Int(reference.length))
    }

    /// Whether the kept result is this one, to the bit; all NaN are one.
    @inline(__always)
    func holds(_ cell: WindowCell, _ header: UnsafeRawPointer, _ call: Int) -> Bool {
        let slot = slots[call]
        guard header.load(fromByteOffset: slot.status, as: UInt8.self) == cell.status else { return false }
        if cell.status != WindowCell.Status.value { return true }
        switch slot.physical {
        case .bool, .int64: return header.load(fromByteOffset: slot.offset, as: UInt64.self) == cell.word
        case .double:
            let word = header.load(fromByteOffset: slot.offset, as: UInt64.self)
            return word == cell.word || Double(bitPattern: word).isNaN && Double(bitPattern: cell.word).isNaN
        case .decimal, .interval:
            return header.loadUnaligned(fromByteOffset: slot.offset, as: UInt128.self) == cell.wide
        case .text:
            let kept = text(header, slot)
            guard kept.count == cell.text.count else { return false }
            guard let left = kept.baseAddress, let right = cell.text.baseAddress else { return true }
            return memcmp(left, right, kept.count) == 0
        }
    }

    /// Keeps a result instead of the one that is there.
    func keep(_ cell: WindowCell, _ header: UnsafeMutableRawPointer, _ call: Int) {
        release(header, call)
        let slot = slots[call]
        header.storeBytes(of: cell.status, toByteOffset: slot.status, as: UInt8.self)
        if cell.status != WindowCell.Status.value { return }
        switch slot.physical {
        case .bool, .int64, .double: header.storeBytes(of: cell.word, toByteOffset: slot.offset, as: UInt64.self)
        case .decimal, .interval: header.storeBytes(of: cell.wide, toByteOffset: slot.offset, as: UInt128.self)
        case .text:
            var empty: UInt8 = 0
            let reference =
                if let base = cell.text.baseAddress { heap.insert(base, cell.text.count) } else { heap.insert(&empty, 0) }
            header.storeBytes(
                of: TextReference(reference: reference, length: UInt32(truncatingIfNeeded: cell.text.count)),
                toByteOffset: slot.offset, as: TextReference.self)
        }
    }

    private func release(_ header: UnsafeRawPointer, _ call: Int) {
        let slot = slots[call]
        guard slot.physical == .text, status(header, call) == WindowCell.Status.value else { return }
        let reference = header.load(fromByteOffset: slot.offset, as: TextReference.self)
        heap.free(reference.reference, Int(reference.length))
    }

    /// Gives up the texts of a row that leaves.
    func release(_ header: UnsafeRawPointer) { for call in 0..<count { release(header, call) } }

    /// Appends the kept results of a row, none of which has failed.
    func append(_ header: UnsafeRawPointer, to builders: [ColumnBuilder]) {
        for call in 0..<count {
            let (slot, builder) = (slots[call], builders[call])
            if status(header, call) != WindowCell.Status.value {
                builder.appendNull()
                continue
            }
            let at = header + slot.offset
            switch slot.physical {
            case .bool: builder.append(bool: at.load(as: UInt64.self) != 0)
            case .int64: builder.append(int64: at.load(as: Int64.self))
            case .double: builder.append(double: at.load(as: Double.self))
            case .decimal: builder.append(decimal: at.loadUnaligned(as: Int128.self))
            case .interval:
                let bits = at.loadUnaligned(as: UInt128.self)
                builder.append(
                    interval: Interval(
                        months: Int32(truncatingIfNeeded: bits), days: Int32(truncatingIfNeeded: bits >> 32),
                        microseconds: Int64(truncatingIfNeeded: bits >> 64)))
            case .text: builder.append(text: text(header, slot))
            }
        }
    }
}

extension WindowCells {
    /// The texts that the cells refer to.
    func code(_ coder: StateCoder) throws(StateDamage) { try heap.code(coder) }
}
