import MutstreamColumnar

/// The result columns of a batch while they are filled, one row after the other.
final class ResultColumns {
    private struct Slot {
        var storage: UnsafeMutableRawPointer
        var validity: UnsafeMutablePointer<UInt64>
        var nulls: Int
    }

    private let physical: [DataType.Physical]
    private let slots: UnsafeMutablePointer<Slot>
    /// Texts are copied, since the rows that hold them may go.
    private var texts: [ColumnBuilder?]
    private var capacity = 64
    /// Rows begun.
    private(set) var count = 0

    init(_ types: [DataType]) {
        physical = types.map(\.physical)
        texts = physical.map { $0 == .text ? ColumnBuilder(DataType.Physical.text) : nil }
        slots = .allocate(capacity: max(types.count, 1))
        for index in types.indices { (slots + index).initialize(to: ResultColumns.makeSlot(64)) }
    }

    deinit {
        for index in physical.indices { ResultColumns.free(slots[index]) }
        slots.deallocate()
    }

    private static func makeSlot(_ capacity: Int) -> Slot {
        let validity = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity / 64)
        validity.initialize(repeating: ~0, count: capacity / 64)
        return Slot(storage: .allocate(byteCount: capacity * 16, alignment: 16), validity: validity, nulls: 0)
    }

    private static func free(_ slot: Slot) {
        slot.storage.deallocate()
        slot.validity.deallocate()
    }

    /// Makes room for `rows` more rows.
    func reserve(_ rows: Int) {
        if count + rows <= capacity { return }
        var larger = capacity
        while larger < count + rows { larger *= 2 }
        for index in physical.indices {
            var slot = ResultColumns.makeSlot(larger)
            slot.storage.copyMemory(from: slots[index].storage, byteCount: capacity * 16)
            slot.validity.update(from: slots[index].validity, count: capacity / 64)
            slot.nulls = slots[index].nulls
            ResultColumns.free(slots[index])
            slots[index] = slot
        }
        capacity = larger
    }

    /// Writes the results of a record as one row, for which there is room; says what failed.
    @inline(__always)
    func append(
        _ record: UnsafeRawPointer, _ plans: UnsafeMutablePointer<ResultPlan>, _ heap: ByteHeap
    ) -> AggregateFailure? {
        let row = count
        assert(row < capacity, "room was reserved")
        count = row &+ 1
        var failure: AggregateFailure?
        for index in 0..<physical.count {
            let plan = plans + index
            let source = record + plan.pointee.offset
            let slot = slots + index
            let storage = slot.pointee.storage
            // A count of 0 values: only counts are not NULL. An extremum that is not there has entry 0.
            let isNull =
                plan.pointee.source == .extremum
                ? source.load(as: Int32.self) == 0
                : plan.pointee.source.rawValue > ResultPlan.Source.valueCount.rawValue && source.load(as: Int64.self) == 0
            if isNull {
                slot.pointee.nulls &+= 1
                slot.pointee.validity[row &>> 6] &= ~(1 &<< UInt64(row & 63))
                appendNull(index, storage, row)
                continue
            }
            switch plan.pointee.source {
            case .rowCount, .valueCount:
                storage.storeBytes(of: source.load(as: Int64.self), toByteOffset: row &* 8, as: Int64.self)
            case .sumInteger:
                storage.storeBytes(of: source.load(as: IntegerCell.self).sum, toByteOffset: row &* 8, as: Int64.self)
            case .sumWide:
                let value = source.assumingMemoryBound(to: WideCell.self).pointee.value
                if value == nil { failure = failure ?? .sumOutOfRange }
                storage.storeBytes(of: value ?? 0, toByteOffset: row &* 16, as: Int128.self)
            case .averageInteger:
                let cell = source.load(as: IntegerCell.self)
                let value = WideDivision.divide(Int128(cell.sum), times: plan.pointee.factor, by: cell.count)
                if value == nil { failure = failure ?? .averageOutOfRange }
                storage.storeBytes(of: value ?? 0, toByteOffset: row &* 16, as: Int128.self)
            case .averageWide:
                let cell = source.load(as: WideCell.self)
                let value =
                    cell.carry != 0
                    ? nil : WideDivision.divide(cell.low, times: plan.pointee.factor, by: cell.count)
                if value == nil { failure = failure ?? .averageOutOfRange }
                storage.storeBytes(of: value ?? 0, toByteOffset: row &* 16, as: Int128.self)
            case .sumReal, .sumFloat, .averageFloat:
                let cell = source.assumingMemoryBound(to: FloatCell.self)
                var sum = cell.pointee.value
                if plan.pointee.source == .sumReal, let value = sum {
                    let real = Float(value)
                    sum = real.isInfinite && value.isFinite ? nil : Double(real)
                }
                if sum == nil { failure = failure ?? .floatOutOfRange }
                let divisor = plan.pointee.source == .averageFloat ? Double(cell.pointee.count) : 1
                storage.storeBytes(of: (sum ?? 0) / divisor, toByteOffset: row &* 8, as: Double.self)
            case .extremum:
                appendExtremum(index, plan.pointee.kind, source + ExtremumPlan.valueOffset, storage, row, heap)
            }
        }
        return failure
    }

    @inline(__always)
    private func appendExtremum(
        _ index: Int, _ kind: ValueKind, _ value: UnsafeRawPointer, _ storage: UnsafeMutableRawPointer, _ row: Int,
        _ heap: ByteHeap
    ) {
        switch kind {
        case .int64, .double:
            storage.storeBytes(of: value.load(as: UInt64.self), toByteOffset: row &* 8, as: UInt64.self)
        case .decimal, .interval:
            storage.storeBytes(of: value.load(as: Int128.self), toByteOffset: row &* 16, as: Int128.self)
        case .bool: storage.storeBytes(of: value.load(as: Int64.self) != 0, toByteOffset: row, as: Bool.self)
        case .text:
            let text = value.load(as: TextReference.self)
            texts[index]?.append(
                text: UnsafeRawBufferPointer(start: heap.address(text.reference), count: Int(text.length)))
        case .none: break
        }
    }

    private func appendNull(_ index: Int, _ storage: UnsafeMutableRawPointer, _ row: Int) {
        switch physical[index] {
        case .bool: storage.storeBytes(of: false, toByteOffset: row, as: Bool.self)
        case .int64, .double: storage.storeBytes(of: 0, toByteOffset: row &* 8, as: UInt64.self)
        case .decimal, .interval: storage.storeBytes(of: 0, toByteOffset: row &* 16, as: Int128.self)
        case .text: texts[index]?.appendNull()
        }
    }

    /// The columns filled so far; afterwards there are no rows.
    func finish() -> [Column] {
        let rows = count
        count = 0
        return physical.indices.map { index in
            var validity: Bitmap?
            let words = (rows + 63) / 64
            if slots[index].nulls > 0 {
                validity = Bitmap(words: Array(UnsafeBufferPointer(start: slots[index].validity, count: words)), count: rows)
                slots[index].validity.update(repeating: ~0, count: words)
                slots[index].nulls = 0
            }
            let storage = slots[index].storage
            switch physical[index] {
            case .bool: return .bool(ResultColumns.copy(storage, rows), validity)
            case .int64: return .int64(ResultColumns.copy(storage, rows), validity)
            case .double: return .double(ResultColumns.copy(storage, rows), validity)
            case .decimal: return .decimal(ResultColumns.copy(storage, rows), validity)
            case .interval: return .interval(ResultColumns.copy(storage, rows), validity)
            case .text: return texts[index]?.finish() ?? .constant(.null, physical: .text, count: rows)
            }
        }
    }

    private static func copy<T: BitwiseCopyable>(_ storage: UnsafeRawPointer, _ count: Int) -> [T] {
        [T](unsafeUninitializedCapacity: count) { out, filled in
            if count > 0, let base = out.baseAddress {
                UnsafeMutableRawPointer(base).copyMemory(from: storage, byteCount: count * MemoryLayout<T>.stride)
            }
            filled = count
        }
    }
}
