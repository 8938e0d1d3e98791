/// Appends one state to a byte array: fixed-width little-endian values, and at last their ``hashText(_:column:)``.
struct StateWriter {
    private var bytes: [UInt8]
    private let start: Int

    init(appendingTo bytes: consuming [UInt8]) {
        start = bytes.count
        self.bytes = bytes
    }

    mutating func write<T: FixedWidthInteger>(_ value: T) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func write(_ value: Double) { write(value.bitPattern) }

    /// The bytes given at first and the state behind them.
    mutating func finish() -> [UInt8] {
        write(stateCheck(bytes[start...]))
        let finished = bytes
        bytes = []
        return finished
    }
}

/// What ends a state, so that a damaged one is found before a length in it is believed.
private func stateCheck(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.withUnsafeBytes { hashText($0, column: -1) }
}

/// Reads what ``StateWriter`` wrote.
struct StateReader {
    private let bytes: [UInt8]
    private let end: Int
    private var offset = 0
    /// The number of bytes not yet read, without the check.
    var remaining: Int { end - offset }

    init(_ bytes: [UInt8]) throws(ModelError) {
        self.bytes = bytes
        end = max(0, bytes.count - 8)
        guard bytes.count >= 8 else { throw malformed("it ends early") }
        let check = bytes[end...].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard check == stateCheck(bytes[..<end]) else {
            throw malformed("its bytes do not agree with their check")
        }
    }

    mutating func read<T: FixedWidthInteger>(_ type: T.Type = T.self) throws(ModelError) -> T {
        let width = MemoryLayout<T>.size
        guard remaining >= width else { throw malformed("it ends early") }
        var value = T.zero
        for index in stride(from: width - 1, through: 0, by: -1) {
            value = T(truncatingIfNeeded: bytes[offset + index]) | (width == 1 ? 0 : value << 8)
        }
        offset += width
        return value
    }

    /// A number that must be finite and within `range`.
    mutating func readNumber(
        in range: ClosedRange<Double> = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
    ) throws(ModelError) -> Double {
        let value = Double(bitPattern: try read())
        guard range.contains(value) else { throw malformed("a number is out of range") }
        return value
    }

    /// A count that must not exceed `max`.
    mutating func readCount(max: Int) throws(ModelError) -> Int {
        let value = try read(UInt64.self)
        guard value <= UInt64(max) else { throw malformed("a count is out of range") }
        return Int(value)
    }

    /// Reads the mark and version that open a state.
    mutating func readHeader(_ mark: UInt32, version: UInt16) throws(ModelError) {
        guard try read(UInt32.self) == mark else { throw malformed("it is the state of something else") }
        let found = try read(UInt16.self)
        guard found == version else { throw malformed("found version \(found), expected \(version)") }
    }

    func expectEnd() throws(ModelError) {
        guard remaining == 0 else { throw malformed("\(remaining) bytes follow its end") }
    }

    func malformed(_ reason: String) -> ModelError {
        ModelError("the stored state of the model cannot be read at byte \(offset): \(reason)")
    }
}
