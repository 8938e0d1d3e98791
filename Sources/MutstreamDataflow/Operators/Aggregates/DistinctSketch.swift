import MutstreamColumnar

/// About how many distinct values each group has: HyperLogLog that can also forget.
///
/// ```
/// record:  | block: 4 | is there: 4 | first counted key: 8 |
/// block:   | registers of each rank: 4 × 66 | registers: 1 × 2^precision |
/// ```
///
/// A value's hash names a register and a rank; a register holds the greatest rank that came. For input that retracts it
/// is also counted how many rows stand behind each (register, rank), so that a register falls back when the last row of
/// its rank goes: the estimate depends on nothing but the multiset. State of a group: 2^precision + 264 bytes, and for
/// input that retracts at most 2^precision × (65 - precision) counts of about 40 bytes, in practice ten a register.
///
/// The estimate is that of Ertl ("New cardinality estimation algorithms for HyperLogLog sketches", 2017), without bias at
/// any size; its standard error is 1.04 / sqrt(2^precision), 1.6 % for 12.
final class DistinctSketch {
    static let recordBytes = 16
    private static let ranks = 66

    private let precision: Int
    private let encoder = KeyEncoder(columns: [0], nulls: .value)
    private let reader = BatchReader()
    private let counts: GroupKeyCounts?
    private let heap: ByteHeap
    private let empty: UnsafeMutableRawPointer
    private let word: UnsafeMutableRawPointer

    init(precision: Int, isAppendOnly: Bool, _ heap: ByteHeap) {
        self.precision = min(max(precision, 4), 16)
        self.heap = heap
        counts = isAppendOnly ? nil : GroupKeyCounts()
        let size = DistinctSketch.ranks * 4 + 1 << self.precision
        empty = .allocate(byteCount: size, alignment: 16)
        empty.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        empty.storeBytes(of: 1 << UInt32(self.precision), as: UInt32.self)
        word = .allocate(byteCount: 8 + MixHash.slackBytes, alignment: 8)
        word.initializeMemory(as: UInt8.self, repeating: 0, count: 8 + MixHash.slackBytes)
    }

    deinit {
        empty.deallocate()
        word.deallocate()
    }

    var bytes: Int { counts?.bytes ?? 0 }

    private var blockBytes: Int { DistinctSketch.ranks * 4 + 1 << precision }

    func bind(_ column: Column) {
        reader.bind([column], count: column.count)
        encoder.encode(reader)
        reader.unbind()
    }

    /// Adds a row of the bound column `weight` times.
    func add(_ row: Int, _ weight: Int64, group: Int32, _ record: UnsafeMutableRawPointer) {
        // A hash of eight bytes leaves patterns in its high bits that a sketch would see.
        var hash = encoder.key(row).hash
        hash = (hash ^ (hash >> 33)) &* 0xFF51_AFD7_ED55_8CCD
        hash = (hash ^ (hash >> 33)) &* 0xC4CE_B9FE_1A85_EC53
        hash ^= hash >> 33
        let register = Int(hash >> UInt64(64 - precision))
        let rest = hash << UInt64(precision)
        let rank = rest == 0 ? 65 - precision : rest.leadingZeroBitCount + 1
        if record.load(fromByteOffset: 4, as: UInt32.self) == 0 {
            record.storeBytes(of: heap.insert(empty, blockBytes), as: UInt32.self)
            record.storeBytes(of: 1, toByteOffset: 4, as: UInt32.self)
        }
        let block = heap.writable(record.load(as: UInt32.self))
        let registers = (block + DistinctSketch.ranks * 4).assumingMemoryBound(to: UInt8.self)
        let held = Int(registers[register])
        guard let counts else {
            if rank > held { move(block, register, held, rank) }
            return
        }
        let (old, new) = counts.add(key(group, register, rank), weight, record + 8)
        if old <= 0, new > 0, rank > held { move(block, register, held, rank) }
        if old > 0, new <= 0, rank == held {
            var lower = rank - 1
            while lower > 0, counts.count(key(group, register, lower)) <= 0 { lower -= 1 }
            move(block, register, held, lower)
        }
    }

    private func move(_ block: UnsafeMutableRawPointer, _ register: Int, _ old: Int, _ new: Int) {
        let ranks = block.assumingMemoryBound(to: UInt32.self)
        ranks[old] &-= 1
        ranks[new] &+= 1
        block.storeBytes(
            of: UInt8(truncatingIfNeeded: new), toByteOffset: DistinctSketch.ranks * 4 + register, as: UInt8.self)
    }

    private func key(_ group: Int32, _ register: Int, _ rank: Int) -> KeyView {
        let value = UInt64(UInt32(bitPattern: group)) << 32 | UInt64(register) << 8 | UInt64(rank)
        word.storeBytes(of: value, as: UInt64.self)
        return KeyView(base: UnsafeRawPointer(word), length: 8, hash: MixHash.hash(word: value))
    }

    func estimate(_ record: UnsafeRawPointer) -> Int64 {
        guard record.load(fromByteOffset: 4, as: UInt32.self) != 0 else { return 0 }
        let ranks = heap.address(record.load(as: UInt32.self)).assumingMemoryBound(to: UInt32.self)
        let registers = Double(1 << precision)
        let last = 64 - precision
        var sum = registers * DistinctSketch.tau(1 - Double(ranks[last + 1]) / registers)
        for rank in stride(from: last, to: 0, by: -1) { sum = 0.5 * (sum + Double(ranks[rank])) }
        sum += registers * DistinctSketch.sigma(Double(ranks[0]) / registers)
        let estimate = registers * registers / (2 * 0.693_147_180_559_945_3 * sum)
        return Int64(exactly: estimate.rounded()) ?? .max
    }

    private static func sigma(_ start: Double) -> Double {
        if start == 1 { return .infinity }
        var (x, y, z) = (start, 1.0, start)
        while true {
            x *= x
            let next = z + x * y
            y += y
            if next == z { return z }
            z = next
        }
    }

    private static func tau(_ start: Double) -> Double {
        if start == 0 || start == 1 { return 0 }
        var (x, y, z) = (start, 1.0, 1 - start)
        while true {
            x = x.squareRoot()
            y *= 0.5
            let next = z - (1 - x) * (1 - x) * y
            if next == z { return z / 3 }
            z = next
        }
    }

    func release(_ record: UnsafeMutableRawPointer) {
        if record.load(fromByteOffset: 4, as: UInt32.self) != 0 { heap.free(record.load(as: UInt32.self), blockBytes) }
        counts?.removeAll(record + 8)
    }
}

extension DistinctSketch {
    /// Without the registers, which are in the heap of its user.
    func code(_ coder: StateCoder) throws(StateDamage) { try counts?.code(coder) }
}
