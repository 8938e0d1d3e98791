/// Encodes key columns of a batch: for each row its key as bytes, their hash, and whether a key column is NULL.
///
/// Two rows have equal bytes exactly when their keys are equal, so one encoder's keys go to one table.
///
/// ```
/// one INT-like column    | value: 8 |                      NULL: | 00 |
/// one TEXT column        | bytes |                         NULL: | FF |  (before bytes that begin with FF stands another)
/// otherwise              | null bits | column | column | …     text: | length: 4 | bytes |
/// ```
///
/// The scratch memory is reused by the next ``encode(_:)``, which ends the life of earlier keys.
package final class KeyEncoder {
    /// What a NULL in the key means.
    package enum Nulls: Sendable {
        /// The row has no key and matches nothing (joins).
        case reject
        /// NULL is a value, equal to itself (grouping).
        case value
    }

    /// Which values are one.
    package enum Equality: Sendable {
        /// As `=` says: 0.0 and -0.0, one month and thirty days.
        case sql
        /// Only what cannot be told apart. All NaN are one in both.
        case exact
    }

    package let columns: [Int]
    let nulls: Nulls
    private let equality: Equality
    /// Rows of the encoded batch.
    package internal(set) var count = 0
    /// Whether any row has a NULL in its key.
    package internal(set) var hasNulls = false

    @usableFromInline let scratch: UnsafeMutablePointer<Scratch>
    private var cursors: UnsafeMutablePointer<Int>
    private var byteCapacity = 1024
    private var rowCapacity = 64
    private let ownReader = BatchReader()

    /// What grows, behind a pointer: stored in the class, each read would pay for a check of exclusive access.
    @frozen @usableFromInline
    struct Scratch {
        @usableFromInline var bytes: UnsafeMutableRawPointer
        @usableFromInline var offsets: UnsafeMutablePointer<Int>
        @usableFromInline var hashes: UnsafeMutablePointer<UInt64>
        @usableFromInline var flags: UnsafeMutablePointer<Bool>
    }

    var bytes: UnsafeMutableRawPointer { scratch.pointee.bytes }
    var offsets: UnsafeMutablePointer<Int> { scratch.pointee.offsets }
    var hashes: UnsafeMutablePointer<UInt64> { scratch.pointee.hashes }
    var flags: UnsafeMutablePointer<Bool> { scratch.pointee.flags }

    /// - Parameter columns: the numbers of the key columns; may be empty (then all rows have one key).
    package init(columns: [Int], nulls: Nulls, equality: Equality = .sql) {
        self.columns = columns
        self.nulls = nulls
        self.equality = equality
        cursors = .allocate(capacity: rowCapacity + 1)
        scratch = .allocate(capacity: 1)
        scratch.initialize(
            to: Scratch(
                bytes: .allocate(byteCount: byteCapacity + MixHash.slackBytes, alignment: 16),
                offsets: .allocate(capacity: rowCapacity + 1), hashes: .allocate(capacity: rowCapacity),
                flags: .allocate(capacity: rowCapacity)))
    }

    deinit {
        bytes.deallocate()
        offsets.deallocate()
        cursors.deallocate()
        hashes.deallocate()
        flags.deallocate()
        scratch.deallocate()
    }

    /// The key of a row; of no meaning where ``isRejected(_:)``.
    @inlinable @inline(__always)
    package func key(_ row: Int) -> KeyView {
        assert(row >= 0 && row < count, "row outside the encoded batch")
        let start = scratch.pointee.offsets[row]
        return KeyView(
            base: UnsafeRawPointer(scratch.pointee.bytes + start), length: scratch.pointee.offsets[row &+ 1] &- start,
            hash: scratch.pointee.hashes[row])
    }

    /// Whether a NULL keeps the row from having a key; always false where NULL is a value.
    @inlinable @inline(__always)
    package func isRejected(_ row: Int) -> Bool { scratch.pointee.flags[row] }

    package func encode(_ batch: Batch) {
        ownReader.bind(batch)
        encode(ownReader)
        ownReader.unbind()
    }

    /// Encodes the keys of all rows.
    /// - Complexity: O(rows × key columns), no allocation once the scratch is large enough.
    package func encode(_ reader: BatchReader) {
        count = reader.count
        reserve(rows: count)
        hasNulls = false
        for column in columns where reader[column].hasNulls { hasNulls = true }
        flags.update(repeating: false, count: count)
        if columns.count == 1, reader[columns[0]].physical == .int64 { return encodeInt64(reader[columns[0]]) }
        if columns.count == 1, reader[columns[0]].physical == .text { return encodeText(reader[columns[0]]) }
        if !hasNulls, columns.allSatisfy({ reader[$0].physical == .int64 }) { return encodeInt64s(reader) }
        encodeGeneral(reader)
    }

    // MARK: One column

    private func encodeInt64(_ column: ColumnReader) {
        reserve(bytes: count * 8)
        let (bytes, offsets, hashes, count) = (bytes, offsets, hashes, count)
        if !column.hasNulls {
            for row in 0..<count {
                let word = column.load(row, as: UInt64.self)
                bytes.storeBytes(of: word, toByteOffset: row &* 8, as: UInt64.self)
                hashes[row] = MixHash.hash(word: word)
                offsets[row] = row &* 8
            }
            offsets[count] = count &* 8
            return
        }
        var at = 0
        for row in 0..<count {
            offsets[row] = at
            if column.isNull(row) {
                at = encodeNull(row, at: at, mark: 0)
            } else {
                let word = column.load(row, as: UInt64.self)
                bytes.storeBytes(of: word, toByteOffset: at, as: UInt64.self)
                hashes[row] = MixHash.hash(word: word)
                at &+= 8
            }
        }
        offsets[count] = at
    }

    private func encodeText(_ column: ColumnReader) {
        var total = 0
        for row in 0..<count { total &+= Int(column.load(row, as: TextView.self).length) }
        reserve(bytes: total + count)
        var at = 0
        for row in 0..<count {
            offsets[row] = at
            if column.isNull(row) {
                at = encodeNull(row, at: at, mark: 0xFF)
                continue
            }
            let text = column.text(row)
            let start = at
            if text.count > 0 {
                let source = text.baseAddress.unsafelyUnwrapped
                // Never in UTF-8, but BYTES may begin so.
                if source.load(as: UInt8.self) == 0xff {
                    bytes.storeBytes(of: 0xff, toByteOffset: at, as: UInt8.self)
                    at &+= 1
                }
                (bytes + at).copyMemory(from: source, byteCount: text.count)
                at &+= text.count
            }
            hashes[row] = MixHash.hash(UnsafeRawPointer(bytes + start), at &- start)
        }
        offsets[count] = at
    }

    private func encodeNull(_ row: Int, at: Int, mark: UInt8) -> Int {
        flags[row] = nulls == .reject
        bytes.storeBytes(of: mark, toByteOffset: at, as: UInt8.self)
        hashes[row] = MixHash.hash(UnsafeRawPointer(bytes + at), 1)
        return at &+ 1
    }

    // MARK: Several columns

    private func encodeGeneral(_ reader: BatchReader) {
        let nullBytes = nulls == .value ? (columns.count + 7) / 8 : 0
        layOut(reader, nullBytes: nullBytes)
        let (bytes, offsets, cursors) = (bytes, offsets, cursors)
        for row in 0..<count {
            for byte in 0..<nullBytes { bytes.storeBytes(of: 0, toByteOffset: offsets[row] &+ byte, as: UInt8.self) }
            cursors[row] = offsets[row] &+ nullBytes
        }
        for (position, index) in columns.enumerated() {
            let column = reader[index]
            if column.hasNulls { noteNulls(column, position) }
            switch column.physical {
            case .bool: write(column, Bool.self) { $0 ? UInt8(1) : 0 }
            case .int64: write(column, Int64.self) { $0 }
            case .double:
                if equality == .sql {
                    write(column, Double.self) { $0 == 0 ? 0 : $0.isNaN ? Double.nan.bitPattern : $0.bitPattern }
                } else {
                    write(column, Double.self) { $0.isNaN ? Double.nan.bitPattern : $0.bitPattern }
                }
            case .decimal: write(column, Int128.self) { $0 }
            case .interval:
                if equality == .sql {
                    write(column, Interval.self) { $0.comparable }
                } else {
                    write(column, Interval.self) { $0 }
                }
            case .text: writeText(column)
            }
        }
        let hashes = hashes
        for row in 0..<count {
            hashes[row] = MixHash.hash(UnsafeRawPointer(bytes + offsets[row]), offsets[row &+ 1] &- offsets[row])
        }
    }

    /// Sets where each row's key starts.
    private func layOut(_ reader: BatchReader, nullBytes: Int) {
        var fixed = nullBytes
        var texts: [Int] = []
        for index in columns {
            switch reader[index].physical {
            case .bool: fixed += 1
            case .int64, .double: fixed += 8
            case .decimal, .interval: fixed += 16
            case .text:
                fixed += 4
                texts.append(index)
            }
        }
        let offsets = offsets
        for row in 0..<count { offsets[row &+ 1] = fixed }
        for index in texts {
            let column = reader[index]
            for row in 0..<count where !column.isNull(row) {
                offsets[row &+ 1] &+= Int(column.load(row, as: TextView.self).length)
            }
        }
        offsets[0] = 0
        for row in 0..<count { offsets[row &+ 1] &+= offsets[row] }
        reserve(bytes: offsets[count])
    }

    private func noteNulls(_ column: ColumnReader, _ position: Int) {
        for row in 0..<count where column.isNull(row) {
            if nulls == .reject {
                flags[row] = true
            } else {
                let at = bytes + (offsets[row] + position / 8)
                at.storeBytes(of: at.load(as: UInt8.self) | 1 << UInt8(position % 8), as: UInt8.self)
            }
        }
    }

    @inline(__always)
    private func write<T: BitwiseCopyable, U: BitwiseCopyable>(_ column: ColumnReader, _: T.Type, _ encoded: (T) -> U) {
        let (bytes, cursors) = (bytes, cursors)
        for row in 0..<count {
            let at = cursors[row]
            if column.isNull(row) {
                (bytes + at).initializeMemory(as: UInt8.self, repeating: 0, count: MemoryLayout<U>.size)
            } else {
                bytes.storeBytes(of: encoded(column.load(row, as: T.self)), toByteOffset: at, as: U.self)
            }
            cursors[row] = at &+ MemoryLayout<U>.size
        }
    }

    private func writeText(_ column: ColumnReader) {
        let (bytes, cursors) = (bytes, cursors)
        for row in 0..<count {
            let at = cursors[row]
            let text = column.isNull(row) ? UnsafeRawBufferPointer(start: nil, count: 0) : column.text(row)
            bytes.storeBytes(of: UInt32(truncatingIfNeeded: text.count), toByteOffset: at, as: UInt32.self)
            if text.count > 0 {
                (bytes + (at &+ 4)).copyMemory(from: text.baseAddress.unsafelyUnwrapped, byteCount: text.count)
            }
            cursors[row] = at &+ 4 &+ text.count
        }
    }

    // MARK: Scratch

    func reserve(rows: Int) {
        guard rows > rowCapacity else { return }
        rowCapacity = max(rows, rowCapacity * 2)
        offsets.deallocate()
        cursors.deallocate()
        hashes.deallocate()
        flags.deallocate()
        scratch.pointee.offsets = .allocate(capacity: rowCapacity + 1)
        cursors = .allocate(capacity: rowCapacity + 1)
        scratch.pointee.hashes = .allocate(capacity: rowCapacity)
        scratch.pointee.flags = .allocate(capacity: rowCapacity)
    }

    func reserve(bytes needed: Int) {
        guard needed > byteCapacity else { return }
        byteCapacity = max(needed, byteCapacity * 2)
        bytes.deallocate()
        scratch.pointee.bytes = .allocate(byteCount: byteCapacity + MixHash.slackBytes, alignment: 16)
    }
}
