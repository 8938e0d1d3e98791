/// What leads to a value, as it stood in the text: the brace or comma, the name with its quotes, the colon and the white
/// space among them; and what led to the next value last time.
struct JSONLead {
    // Of a lead that is yet to be learnt: no bits under the mask are these, so it matches nothing.
    private var head = SIMD16<UInt8>(repeating: 0xff)
    private var tail = SIMD16<UInt8>()
    private var headMask = SIMD16<UInt8>()
    private var tailMask = SIMD16<UInt8>()
    /// At most ``bytesMax``.
    private(set) var length = 0
    /// Of the schema; -1: unknown.
    var field: Int32 = -1
    /// The lead that is expected next.
    var next: UnsafeMutablePointer<JSONLead>

    static let bytesMax = 32

    /// Leads to no value, and matches nothing.
    init(next: UnsafeMutablePointer<JSONLead>) { self.next = next }

    /// The text from `start` on.
    init(_ start: UnsafeRawPointer, _ length: Int, field: Int, next: UnsafeMutablePointer<JSONLead>) {
        self.next = next
        (head, self.length, self.field) = (SIMD16(), length, Int32(truncatingIfNeeded: field))
        for position in 0..<min(length, JSONLead.bytesMax) {
            let byte = JSONScanner.byte(start + position)
            if position < 16 {
                (head[position], headMask[position]) = (byte, 0xff)
            } else {
                (tail[position - 16], tailMask[position - 16]) = (byte, 0xff)
            }
        }
    }

    /// Whether the text at `at` is this lead. Compares up to 32 bytes at once under a mask.
    @inline(__always)
    func matches(_ at: UnsafeRawPointer) -> Bool {
        let difference = (at.loadUnaligned(as: SIMD16<UInt8>.self) & headMask) ^ head
        let words = unsafeBitCast(difference, to: SIMD2<UInt64>.self)
        if words[0] | words[1] != 0 { return false }
        return length <= 16 || matchesTail(at)
    }

    @inline(__always)
    private func matchesTail(_ at: UnsafeRawPointer) -> Bool {
        let difference = (at.loadUnaligned(fromByteOffset: 16, as: SIMD16<UInt8>.self) & tailMask) ^ tail
        let words = unsafeBitCast(difference, to: SIMD2<UInt64>.self)
        return words[0] | words[1] == 0
    }
}

/// The leads that a parser has met.
///
/// Objects of one stream nearly always list their fields in the same order, so each lead remembers which followed it: the
/// guess is compared in one step, and only a wrong guess is looked up.
struct JSONLeads {
    /// Stands for the start of an object.
    let start: UnsafeMutablePointer<JSONLead>
    private let fieldCount: Int
    private let capacity: Int
    private var count = 1

    /// Owns the memory of the leads: its user calls ``deallocate()`` at the end.
    init(fieldCount: Int) {
        self.fieldCount = fieldCount
        capacity = fieldCount * 2 + 64
        start = .allocate(capacity: capacity + 1)
        start.initialize(repeating: JSONLead(next: start), count: capacity + 1)
    }

    func deallocate() { start.deallocate() }

    /// The last entry stands for each lead that could not be learnt.
    private var unlearnt: UnsafeMutablePointer<JSONLead> { start + capacity }

    /// The lead that is the text from `text` on, if it is known; `previous` remembers it.
    func find(
        _ text: UnsafeRawPointer, _ length: Int, after previous: UnsafeMutablePointer<JSONLead>
    ) -> UnsafeMutablePointer<JSONLead>? {
        if length > JSONLead.bytesMax { return nil }
        for index in 1..<count where start[index].length == length && start[index].matches(text) {
            previous.pointee.next = start + index
            return start + index
        }
        return nil
    }

    /// Learns the text from `text` on, if it is short and there is room; `previous` remembers it.
    mutating func add(
        _ text: UnsafeRawPointer, _ length: Int, field: Int, after previous: UnsafeMutablePointer<JSONLead>
    ) -> UnsafeMutablePointer<JSONLead> {
        // Unknown names may not take the room of the schema's.
        guard length <= JSONLead.bytesMax, count < (field >= 0 ? capacity : capacity - fieldCount) else {
            unlearnt.pointee.field = Int32(truncatingIfNeeded: field)
            return unlearnt
        }
        let lead = start + count
        count += 1
        lead.pointee = JSONLead(text, length, field: field, next: start)
        previous.pointee.next = lead
        return lead
    }
}
