/// Keys of a length that is known beforehand.
extension KeyEncoder {
    /// Several INT-like columns without a NULL, as the general layout has them.
    func encodeInt64s(_ reader: BatchReader) {
        let nullBytes = nulls == .value ? (columns.count + 7) / 8 : 0
        let length = nullBytes + columns.count * 8
        reserve(bytes: count * length)
        let (bytes, offsets, hashes, count) = (bytes, offsets, hashes, count)
        for row in 0..<count {
            offsets[row] = row &* length
            for byte in 0..<nullBytes { bytes.storeBytes(of: 0, toByteOffset: row &* length &+ byte, as: UInt8.self) }
        }
        offsets[count] = count &* length
        for (position, index) in columns.enumerated() {
            let column = reader[index]
            let start = nullBytes + position * 8
            for row in 0..<count {
                bytes.storeBytes(
                    of: column.load(row, as: UInt64.self), toByteOffset: row &* length &+ start, as: UInt64.self)
            }
        }
        for row in 0..<count { hashes[row] = MixHash.hash(UnsafeRawPointer(bytes + row &* length), length) }
    }

    /// Keys of 12 bytes, `| value: 8 | number: 4 |`, for rows of numbered groups: such a key lies within its table's entry.
    ///
    /// - Parameters:
    ///   - column: INT-like; where it is NULL the key is that of 0 and means nothing.
    ///   - numbers: one a row.
    /// - Precondition: all keys of the table are made so.
    package func encode(_ column: ColumnReader, numbers: UnsafeBufferPointer<Int32>) {
        precondition(column.physical == .int64, "a column of 64-bit integers")
        count = numbers.count
        reserve(rows: count)
        reserve(bytes: count * 12)
        hasNulls = false
        flags.update(repeating: false, count: count)
        let (bytes, offsets, hashes) = (bytes, offsets, hashes)
        for row in 0..<numbers.count {
            let at = row &* 12
            bytes.storeBytes(of: column.load(row, as: UInt64.self), toByteOffset: at, as: UInt64.self)
            bytes.storeBytes(of: numbers[row], toByteOffset: at &+ 8, as: Int32.self)
            offsets[row] = at
        }
        offsets[numbers.count] = numbers.count &* 12
        for row in 0..<numbers.count { hashes[row] = MixHash.hash(UnsafeRawPointer(bytes + row &* 12), 12) }
    }
}
