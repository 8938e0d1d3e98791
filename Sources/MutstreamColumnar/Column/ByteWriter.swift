/// A growing buffer of bytes: what row writers and text conversions write to.
///
/// ```swift
/// let writer = ByteWriter()
/// writer.append("id=")
/// TextCodec.append(int64: 7, to: writer)
/// ```
/// Hot loops ask for room once (``reserve(_:)``), store through the pointer and then say how far they came
/// (``commit(_:)``).
package final class ByteWriter {
    // A writer has one owner and hands out no references to these, so their accesses cannot overlap.
    @exclusivity(unchecked) private var base: UnsafeMutableRawPointer
    @exclusivity(unchecked) private var capacity: Int
    /// Bytes written so far.
    @exclusivity(unchecked) package private(set) var count = 0

    package init(capacity: Int = 256) {
        self.capacity = max(capacity, 64)
        base = .allocate(byteCount: self.capacity, alignment: 16)
    }

    deinit { base.deallocate() }

    /// What was written, valid until the next append.
    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    package var string: String { String(decoding: bytes, as: UTF8.self) }

    package func removeAll(keepingCapacity: Bool = true) {
        count = 0
        if !keepingCapacity {
            base.deallocate()
            capacity = 64
            base = .allocate(byteCount: capacity, alignment: 16)
        }
    }

    @inline(never)
    private func grow(_ needed: Int) {
        let larger = max(capacity * 2, count + needed)
        let fresh = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        fresh.copyMemory(from: base, byteCount: count)
        base.deallocate()
        base = fresh
        capacity = larger
    }

    /// Where the next byte goes; at least `room` bytes may be stored there.
    @inline(__always)
    package func reserve(_ room: Int) -> UnsafeMutableRawPointer {
        if capacity &- count < room { grow(room) }
        return base + count
    }

    /// Says that the bytes before `end`, a pointer into what ``reserve(_:)`` gave, are written.
    @inline(__always)
    package func commit(_ end: UnsafeMutableRawPointer) {
        let filled = end - base
        assert(filled >= count && filled <= capacity, "a writer commits what it reserved")
        count = filled
    }

    @inline(__always)
    package func append(_ byte: UInt8) {
        reserve(1).storeBytes(of: byte, as: UInt8.self)
        count &+= 1
    }

    package func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        reserve(bytes.count).copyMemory(from: source, byteCount: bytes.count)
        count += bytes.count
    }

    package func append(_ text: StaticString) {
        if text.hasPointerRepresentation {
            append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        } else {
            append(text.description)
        }
    }

    @_disfavoredOverload
    package func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    package func append(bytes: [UInt8]) { bytes.withUnsafeBytes { append($0) } }
}
