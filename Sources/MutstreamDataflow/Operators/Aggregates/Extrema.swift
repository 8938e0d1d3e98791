import MutstreamColumnar

/// MIN or MAX of one argument: how values are ordered, and where the extremum lies in a record.
///
/// ```
/// | entry that holds it, 0 = none: 4 | unused: 12 | value: 16 |
/// ```
///
/// DOUBLE is in the total order of PostgreSQL, NaN greatest; -0.0 is before 0.0, so that the result does not depend on
/// the order of arrival. TEXT is in binary order, INTERVAL by its length.
struct ExtremumPlan {
    static let size = 32
    static let valueOffset = 16

    let kind: ValueKind
    let isMaximum: Bool
    let bit: UInt64
    /// Bytes from the start of the record.
    let offset: Int
    /// Bytes from the start of the image.
    let valueOffset: Int
    /// The number of the monotonic chain that serves it, -1: none.
    let chain: Int
    /// Where the record keeps the extremum of rows that are no longer kept, -1: nowhere.
    let baseOffset: Int

    /// Whether the value at `lhs` is at least as extreme as that at `rhs`.
    @inline(__always)
    func isAsGood(_ lhs: UnsafeRawPointer, _ rhs: UnsafeRawPointer, _ heap: ByteHeap) -> Bool {
        switch kind {
        case .int64, .bool:
            let (a, b) = (lhs.load(as: Int64.self), rhs.load(as: Int64.self))
            return isMaximum ? a >= b : a <= b
        case .double:
            let (a, b) = (ExtremumPlan.order(lhs.load(as: Double.self)), ExtremumPlan.order(rhs.load(as: Double.self)))
            return isMaximum ? a >= b : a <= b
        case .decimal:
            let (a, b) = (lhs.load(as: Int128.self), rhs.load(as: Int128.self))
            return isMaximum ? a >= b : a <= b
        case .interval:
            let (a, b) = (lhs.load(as: Interval.self).comparable, rhs.load(as: Interval.self).comparable)
            return isMaximum ? a >= b : a <= b
        case .text:
            let order = ExtremumPlan.compare(lhs.load(as: TextReference.self), rhs.load(as: TextReference.self), heap)
            return isMaximum ? order >= 0 : order <= 0
        case .none: return false
        }
    }

    /// An integer in the order of doubles.
    @inline(__always)
    private static func order(_ value: Double) -> Int64 {
        if value.isNaN { return .max }
        let bits = Int64(bitPattern: value.bitPattern)
        return bits ^ ((bits >> 63) & .max)
    }

    @inline(never)
    private static func compare(_ lhs: TextReference, _ rhs: TextReference, _ heap: ByteHeap) -> Int {
        let (a, b) = (heap.address(lhs.reference), heap.address(rhs.reference))
        for index in 0..<Int(min(lhs.length, rhs.length)) {
            let (x, y) = (a.load(fromByteOffset: index, as: UInt8.self), b.load(fromByteOffset: index, as: UInt8.self))
            if x != y { return x < y ? -1 : 1 }
        }
        return lhs.length == rhs.length ? 0 : lhs.length < rhs.length ? -1 : 1
    }

    @inline(__always)
    func copyValue(_ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer) {
        if kind == .decimal || kind == .interval {
            target.storeBytes(of: source.load(as: Int128.self), as: Int128.self)
        } else {
            target.storeBytes(of: source.load(as: UInt64.self), as: UInt64.self)
        }
    }

    /// Makes a slot hold `source` if that is at least as good; the slot refers to `entry` and shares its texts.
    @inline(__always)
    func take(_ source: UnsafeRawPointer, entry: Int32, in slot: UnsafeMutableRawPointer, _ heap: ByteHeap) {
        if slot.load(as: Int32.self) == 0 || isAsGood(source, slot + ExtremumPlan.valueOffset, heap) {
            slot.storeBytes(of: entry, as: Int32.self)
            copyValue(source, to: slot + ExtremumPlan.valueOffset)
        }
    }

    /// The same with what another slot holds.
    func take(slot other: UnsafeRawPointer, in slot: UnsafeMutableRawPointer, _ heap: ByteHeap) {
        let entry = other.load(as: Int32.self)
        if entry != 0 { take(other + ExtremumPlan.valueOffset, entry: entry, in: slot, heap) }
    }

    /// The same for a slot that outlives the row and so owns its text. Of equal values the first stays.
    func keep(_ source: UnsafeRawPointer, in slot: UnsafeMutableRawPointer, _ heap: ByteHeap) {
        if slot.load(as: Int32.self) != 0 {
            if isAsGood(slot + ExtremumPlan.valueOffset, source, heap) { return }
            release(slot, heap)
        }
        slot.storeBytes(of: 1, as: Int32.self)
        guard kind == .text else { return copyValue(source, to: slot + ExtremumPlan.valueOffset) }
        var text = source.load(as: TextReference.self)
        text.reference = heap.insert(heap.address(text.reference), Int(text.length))
        (slot + ExtremumPlan.valueOffset).storeBytes(of: text, as: TextReference.self)
    }

    /// Gives up the text that a slot owns.
    func release(_ slot: UnsafeRawPointer, _ heap: ByteHeap) {
        guard kind == .text, slot.load(as: Int32.self) != 0 else { return }
        let text = slot.load(fromByteOffset: ExtremumPlan.valueOffset, as: TextReference.self)
        heap.free(text.reference, Int(text.length))
    }
}
