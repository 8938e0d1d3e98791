/// Takes the state of operators to bytes, and brings it back: one description for both ways.
///
/// ```swift
/// func code(_ coder: StateCoder) throws(StateDamage) {
///     try table.code(coder)           // writes the table's pages, or reads them into a table that was just made
///     try coder.code(&watermark)
/// }
/// ```
///
/// State is written as it lies in memory: pages, little-endian numbers. What is read goes into an operator that was made as
/// the one that was written. The bytes carry no check sum: who stores them adds one. Lengths and shapes are checked, so
/// that bytes of another operator are refused.
///
/// A coder that *captures* copies no pages: it notes them, and the ``image`` gives them out later as they are now.
package final class StateCoder {
    package let isWriting: Bool
    package private(set) var bytes: [UInt8]
    /// Of reading: the byte that comes next.
    package private(set) var offset = 0
    /// Of capturing: what stands before ``bytes``.
    private var pieces: [StateImage.Piece]?

    /// Writes.
    package init() {
        isWriting = true
        bytes = []
    }

    /// Captures: for an image of the state at this moment.
    package init(capturing: Void) {
        isWriting = true
        bytes = []
        pieces = []
    }

    /// What was captured, taken out.
    package var image: StateImage {
        defer { (pieces, bytes) = ([], []) }
        return StateImage((pieces ?? []) + [.bytes(bytes)])
    }

    /// Reads what was written.
    package init(reading bytes: [UInt8]) {
        isWriting = false
        self.bytes = bytes
    }

    /// Forgets what was written and keeps the memory.
    package func reset() {
        precondition(isWriting, "what is read is not written")
        bytes.removeAll(keepingCapacity: true)
    }

    /// All has been read.
    package func end() throws(StateDamage) {
        if !isWriting, offset != bytes.count { throw damage("\(bytes.count - offset) bytes follow its end") }
    }

    package func damage(_ what: String) -> StateDamage { StateDamage("state, byte \(offset): \(what)") }

    // MARK: Values

    /// Memory of known length.
    package func code(_ memory: UnsafeMutableRawPointer, _ count: Int) throws(StateDamage) {
        if isWriting {
            bytes.append(contentsOf: UnsafeRawBufferPointer(start: memory, count: count))
            return
        }
        guard count <= bytes.count - offset else { throw damage("it ends early, \(count) more bytes were expected") }
        bytes.withUnsafeBytes { all in
            guard let source = all.baseAddress else { return }
            memory.copyMemory(from: source + offset, byteCount: count)
        }
        offset += count
    }

    /// Pages are noted by ``capture(_:_:)``.
    package var isCapturing: Bool { pieces != nil }

    /// Of capturing: a page of a store stands here.
    package func capture(_ images: PageImages, _ page: Int) {
        if !bytes.isEmpty { pieces?.append(.bytes(bytes)) }
        bytes = []
        pieces?.append(.page(images, page))
    }

    package func code<T: BitwiseCopyable>(_ value: inout T) throws(StateDamage) {
        var copy = value
        let failure: StateDamage? = withUnsafeMutablePointer(to: &copy) { pointer in
            do throws(StateDamage) {
                try code(UnsafeMutableRawPointer(pointer), MemoryLayout<T>.size)
                return nil
            } catch { return error }
        }
        if let failure { throw failure }
        value = copy
    }

    /// A flag is 0 or 1.
    package func code(_ flag: inout Bool) throws(StateDamage) {
        var byte: UInt8 = flag ? 1 : 0
        try code(&byte)
        guard byte <= 1 else { throw damage("found \(byte), expected 0 or 1") }
        flag = byte == 1
    }

    package func code<T: BitwiseCopyable>(_ values: inout [T], default empty: T) throws(StateDamage) {
        var count = values.count
        try code(count: &count, bytesEach: MemoryLayout<T>.stride)
        if !isWriting { values = [T](repeating: empty, count: count) }
        var copy = values
        let failure: StateDamage? = copy.withUnsafeMutableBytes { memory in
            guard let base = memory.baseAddress else { return nil }
            do throws(StateDamage) {
                try code(base, memory.count)
                return nil
            } catch { return error }
        }
        if let failure { throw failure }
        values = copy
    }

    /// A number of things that follow, each of at least so many bytes.
    package func code(count: inout Int, bytesEach: Int) throws(StateDamage) {
        var number = Int64(count)
        try code(&number)
        guard number >= 0, bytesEach == 0 || number <= (bytes.count - (isWriting ? 0 : offset)) / bytesEach || isWriting
        else { throw damage("a count of \(number) is more than there are bytes") }
        count = Int(number)
    }

    /// A text in UTF-8.
    package func code(_ text: inout String) throws(StateDamage) {
        var bytes = Array(text.utf8)
        try code(&bytes, default: 0)
        if !isWriting { text = String(decoding: bytes, as: UTF8.self) }
    }

    /// A value that may be missing: a flag, then the value.
    package func code<T>(
        optional value: inout T?, empty: T, _ body: (inout T) throws(StateDamage) -> Void
    ) throws(StateDamage) {
        var isThere = value != nil
        try code(&isThere)
        guard isThere else {
            value = nil
            return
        }
        var known = value ?? empty
        try body(&known)
        value = known
    }

    /// What must be the same on both sides.
    package func expect(_ value: Int, _ what: String) throws(StateDamage) {
        var found = Int64(value)
        try code(&found)
        guard found == Int64(value) else { throw damage("found \(what) \(found), expected \(value)") }
    }
}

/// Bytes that are not the state of this operator.
package struct StateDamage: Error, Sendable {
    package var message: String
    package init(_ message: String) { self.message = message }
}
