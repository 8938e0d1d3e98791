import MutstreamColumnar

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// One encoded sort key: bytes whose order (as of `memcmp`) is the order of rows.
///
/// The first `orderLength` bytes are those of the ORDER BY columns: rows that agree in them are peers. The rest breaks
/// ties. No order part is the beginning of another one. Valid until its encoder encodes again.
@frozen
package struct SortKey {
    package let base: UnsafeRawPointer
    package let length: Int
    package let orderLength: Int

    @inlinable @inline(__always)
    package init(base: UnsafeRawPointer, length: Int, orderLength: Int) {
        self.base = base
        self.length = length
        self.orderLength = orderLength
    }

    /// Only the order part: less than each key that begins with it.
    package var order: SortKey { SortKey(base: base, length: orderLength, orderLength: orderLength) }
}

/// Encodes rows so that comparing bytes compares rows.
///
/// ```
/// column:  | mark: 1 | value |          mark: 1 where there is a value; NULL: 0 where it comes first, else 2, no value
///
/// BOOLEAN          1 byte
/// INT-like         8 bytes, big-endian, sign bit turned
/// DECIMAL          16 bytes, the same
/// DOUBLE           8 bytes: sign bit turned, of negative values all bits; NaN above all; -0.0 is 0.0
/// INTERVAL         its length in microseconds in 16 bytes
/// TEXT             bytes, 00 as 00 FF, then 00 00
/// ```
///
/// The value of a descending column has all its bits turned. A tie-break column is ascending with NULL last, and exact:
/// -0.0 is before 0.0, and intervals of one length are told apart by months and days.
package final class SortKeyEncoder {
    private struct Part {
        let column: Int
        let physical: DataType.Physical
        let isDescending: Bool
        let isExact: Bool
        let nullMark: UInt8
    }

    /// Bytes of the longest value of fixed size with its mark.
    private static let fixedMax = 25

    private let parts: UnsafeMutablePointer<Part>
    private let partCount: Int
    private let orderCount: Int
    private let textColumns: [Int]
    private var scratch: UnsafeMutableRawPointer
    private var capacity = 256

    /// - Parameters:
    ///   - tieBreak: the columns that break ties, in this order.
    package init(types: [DataType], order: [SortItem], tieBreak: [Int] = []) {
        let all =
            order.map {
                Part(
                    column: $0.column, physical: types[$0.column].physical, isDescending: $0.descending, isExact: false,
                    nullMark: $0.nullsFirst ? 0 : 2)
            }
            + tieBreak.map {
                Part(column: $0, physical: types[$0].physical, isDescending: false, isExact: true, nullMark: 2)
            }
        partCount = all.count
        orderCount = order.count
        parts = .allocate(capacity: max(all.count, 1))
        for (index, part) in all.enumerated() { (parts + index).initialize(to: part) }
        textColumns = all.filter { $0.physical == .text }.map(\.column)
        scratch = .allocate(byteCount: capacity + MixHash.slackBytes, alignment: 16)
    }

    /// The order of `order` within partitions, ties broken by all columns of the row in their order: two rows have one
    /// key exactly when they cannot be told apart.
    package convenience init(types: [DataType], order: [SortItem], partition: [Int]) {
        // What partition and order pin down to the bit needs no second look.
        let known = Set(
            (order.map(\.column) + partition).filter { types[$0].physical != .double && types[$0].physical != .interval })
        self.init(types: types, order: order, tieBreak: types.indices.filter { !known.contains($0) })
    }

    deinit {
        parts.deallocate()
        scratch.deallocate()
    }

    /// The whole key of a row.
    package func encode(_ reader: BatchReader, _ row: Int) -> SortKey {
        reserve(reader, row)
        var at = scratch
        for index in 0..<orderCount { at = write(reader, row, parts + index, at) }
        let orderLength = at - scratch
        for index in orderCount..<partCount { at = write(reader, row, parts + index, at) }
        return SortKey(base: UnsafeRawPointer(scratch), length: at - scratch, orderLength: orderLength)
    }

    /// Only the order part of the key of a row.
    package func encodeOrder(_ reader: BatchReader, _ row: Int) -> SortKey {
        reserve(reader, row)
        var at = scratch
        for index in 0..<orderCount { at = write(reader, row, parts + index, at) }
        return SortKey(base: UnsafeRawPointer(scratch), length: at - scratch, orderLength: at - scratch)
    }

    private func reserve(_ reader: BatchReader, _ row: Int) {
        var needed = partCount &* SortKeyEncoder.fixedMax
        for column in textColumns where !reader[column].isNull(row) { needed &+= reader[column].text(row).count &* 2 }
        if needed > capacity { grow(needed) }
    }

    @inline(never)
    private func grow(_ needed: Int) {
        capacity = max(needed, capacity * 2)
        scratch.deallocate()
        scratch = .allocate(byteCount: capacity + MixHash.slackBytes, alignment: 16)
    }

    /// Writes one column; gives where the next one goes.
    @inline(__always)
    private func write(
        _ reader: BatchReader, _ row: Int, _ part: UnsafeMutablePointer<Part>, _ at: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        let column = reader[part.pointee.column]
        if column.isNull(row) {
            at.storeBytes(of: part.pointee.nullMark, as: UInt8.self)
            return at + 1
        }
        at.storeBytes(of: 1, as: UInt8.self)
        let isDescending = part.pointee.isDescending
        switch part.pointee.physical {
        case .int64: return SortKeyEncoder.store(column.load(row, as: Int64.self), isDescending, at + 1)
        case .bool:
            let value: UInt8 = column.load(row, as: UInt8.self) & 1
            (at + 1).storeBytes(of: isDescending ? ~value : value, as: UInt8.self)
            return at + 2
        case .double:
            return SortKeyEncoder.store(
                column.load(row, as: Double.self), isExact: part.pointee.isExact, isDescending, at + 1)
        case .decimal: return SortKeyEncoder.store(column.load(row, as: Int128.self), isDescending, at + 1)
        case .interval:
            let value = column.load(row, as: Interval.self)
            let end = SortKeyEncoder.store(value.comparable, isDescending, at + 1)
            guard part.pointee.isExact else { return end }
            return SortKeyEncoder.store(Int64(value.months) << 32 | Int64(UInt32(bitPattern: value.days)), false, end)
        case .text: return SortKeyEncoder.store(column.text(row), isDescending, at + 1)
        }
    }

    // MARK: Values

    @inline(__always)
    static func store(_ value: Int64, _ isDescending: Bool, _ at: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        let bits = UInt64(bitPattern: value) ^ (1 << 63)
        at.storeBytes(of: (isDescending ? ~bits : bits).bigEndian, as: UInt64.self)
        return at + 8
    }

    @inline(__always)
    static func store(_ value: Int128, _ isDescending: Bool, _ at: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        let bits = UInt128(bitPattern: value) ^ (1 << 127)
        at.storeBytes(of: (isDescending ? ~bits : bits).bigEndian, as: UInt128.self)
        return at + 16
    }

    @inline(__always)
    static func store(
        _ value: Double, isExact: Bool, _ isDescending: Bool, _ at: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        var bits = value.bitPattern
        if value.isNaN {
            bits = ~0
        } else if value == 0, !isExact {
            bits = 1 << 63
        } else {
            bits = bits >> 63 == 0 ? bits | 1 << 63 : ~bits
        }
        at.storeBytes(of: (isDescending ? ~bits : bits).bigEndian, as: UInt64.self)
        return at + 8
    }

    private static func store(
        _ text: UnsafeRawBufferPointer, _ isDescending: Bool, _ start: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        var at = start
        if let source = text.baseAddress {
            if memchr(source, 0, text.count) == nil {
                at.copyMemory(from: source, byteCount: text.count)
                at += text.count
            } else {
                for byte in text {
                    at.storeBytes(of: byte, as: UInt8.self)
                    at += 1
                    if byte == 0 {
                        at.storeBytes(of: 0xFF, as: UInt8.self)
                        at += 1
                    }
                }
            }
        }
        at.storeBytes(of: 0, as: UInt16.self)
        at += 2
        if isDescending {
            for offset in 0..<(at - start) {
                start.storeBytes(
                    of: ~start.load(fromByteOffset: offset, as: UInt8.self), toByteOffset: offset, as: UInt8.self)
            }
        }
        return at
    }
}
