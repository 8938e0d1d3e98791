import MutstreamColumnar

/// The least or greatest value of input that never retracts: `| is there: 8 | 0: 8 | value: 16 |`.
///
/// Values are in their exact order (``ValueOrder``), so that which of two equal ones stays does not depend on which came
/// first. A text is `| reference: 4 | length: 4 |` into a heap.
struct GroupExtremum {
    static let valueOffset = 16

    private let column: ColumnReader
    private let isMaximum: Bool
    private let heap: ByteHeap

    init(_ column: ColumnReader, isMaximum: Bool, _ heap: ByteHeap) {
        self.column = column
        self.isMaximum = isMaximum
        self.heap = heap
    }

    /// Adds the rows that have a weight.
    func add(
        _ records: UnsafePointer<UnsafeMutableRawPointer>, _ offset: Int, _ count: Int, _ weights: UnsafePointer<Int64>?
    ) {
        switch column.physical {
        case .int64: keep(records, offset, count, weights, Int64.self) { $0 < $1 }
        case .decimal: keep(records, offset, count, weights, Int128.self) { $0 < $1 }
        case .double: keep(records, offset, count, weights, Double.self) { ValueOrder.key($0) < ValueOrder.key($1) }
        case .bool: keep(records, offset, count, weights, Bool.self) { !$0 && $1 }
        case .interval:
            keep(records, offset, count, weights, Interval.self) { ValueOrder.compare($0, $1, isExact: true) < 0 }
        case .text:
            for row in 0..<count where weights == nil || weights.unsafelyUnwrapped[row] != 0 {
                keepText(column.text(row), records[row] + offset)
            }
        }
    }

    @inline(__always)
    private func keep<T: BitwiseCopyable>(
        _ records: UnsafePointer<UnsafeMutableRawPointer>, _ offset: Int, _ count: Int, _ weights: UnsafePointer<Int64>?,
        _: T.Type, _ isLess: (T, T) -> Bool
    ) {
        for row in 0..<count where weights == nil || weights.unsafelyUnwrapped[row] != 0 {
            let slot = records[row] + offset
            let value = column.load(row, as: T.self)
            if slot.load(as: Int64.self) != 0 {
                let old = slot.load(fromByteOffset: GroupExtremum.valueOffset, as: T.self)
                if isMaximum ? !isLess(old, value) : !isLess(value, old) { continue }
            }
            slot.storeBytes(of: 1, as: Int64.self)
            slot.storeBytes(of: value, toByteOffset: GroupExtremum.valueOffset, as: T.self)
        }
    }

    private func keepText(_ text: UnsafeRawBufferPointer, _ slot: UnsafeMutableRawPointer) {
        if slot.load(as: Int64.self) != 0 {
            let order = ValueOrder.compare(text, GroupExtremum.text(slot, heap))
            if isMaximum ? order <= 0 : order >= 0 { return }
            GroupExtremum.release(slot, heap)
        }
        var empty: UInt8 = 0
        let reference =
            if let base = text.baseAddress { heap.insert(base, text.count) } else { heap.insert(&empty, 0) }
        slot.storeBytes(of: 2, as: Int64.self)
        slot.storeBytes(of: reference, toByteOffset: GroupExtremum.valueOffset, as: UInt32.self)
        slot.storeBytes(
            of: UInt32(truncatingIfNeeded: text.count), toByteOffset: GroupExtremum.valueOffset + 4, as: UInt32.self)
    }

    static func text(_ slot: UnsafeRawPointer, _ heap: ByteHeap) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: heap.address(slot.load(fromByteOffset: valueOffset, as: UInt32.self)),
            count: Int(slot.load(fromByteOffset: valueOffset + 4, as: UInt32.self)))
    }

    /// Gives up the text of a slot.
    static func release(_ slot: UnsafeRawPointer, _ heap: ByteHeap) {
        guard slot.load(as: Int64.self) == 2 else { return }
        heap.free(
            slot.load(fromByteOffset: valueOffset, as: UInt32.self),
            Int(slot.load(fromByteOffset: valueOffset + 4, as: UInt32.self)))
    }
}
