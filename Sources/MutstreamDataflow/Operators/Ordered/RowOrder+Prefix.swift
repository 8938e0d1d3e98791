import MutstreamColumnar

/// The beginning of an order as a number, so that most comparisons of rows look at nothing else.
extension RowOrder {
    /// For each row of a batch a number that does not fall from one row to one that comes behind it.
    func prefixes(_ reader: BatchReader, into prefixes: inout [UInt64]) {
        let count = reader.count
        prefixes.removeAll(keepingCapacity: true)
        guard let first = parts.first else {
            prefixes.append(contentsOf: repeatElement(0, count: count))
            return
        }
        prefixes.reserveCapacity(count)
        let column = reader[first.column]
        switch first.physical {
        case .int64: fill(&prefixes, column, count, first) { RowOrder.bits(column.load($0, as: Int64.self)) }
        case .bool: fill(&prefixes, column, count, first) { UInt64(column.load($0, as: UInt8.self) & 1) }
        case .double:
            fill(&prefixes, column, count, first) {
                RowOrder.bits(column.load($0, as: Double.self), isExact: first.isExact)
            }
        case .decimal:
            fill(&prefixes, column, count, first) { RowOrder.bits(Int64(clamping: column.load($0, as: Int128.self))) }
        case .interval:
            fill(&prefixes, column, count, first) {
                RowOrder.bits(Int64(clamping: column.load($0, as: Interval.self).comparable))
            }
        case .text: fill(&prefixes, column, count, first) { RowOrder.bits(column.text($0)) }
        }
    }

    @inline(__always)
    private func fill(
        _ prefixes: inout [UInt64], _ column: ColumnReader, _ count: Int, _ part: Part, _ bits: (Int) -> UInt64
    ) {
        for row in 0..<count {
            if column.isNull(row) {
                prefixes.append(part.nullsFirst ? 0 : .max)
            } else {
                prefixes.append(part.isDescending ? ~bits(row) : bits(row))
            }
        }
    }

    @inline(__always)
    private static func bits(_ value: Int64) -> UInt64 { UInt64(bitPattern: value) ^ 1 << 63 }

    /// The first eight bytes; a shorter text is followed by 0.
    @inline(__always)
    private static func bits(_ text: UnsafeRawBufferPointer) -> UInt64 {
        if text.count >= 8 { return UInt64(bigEndian: text.loadUnaligned(as: UInt64.self)) }
        var bits: UInt64 = 0
        for (place, byte) in text.enumerated() { bits |= UInt64(byte) << UInt64(56 - 8 * place) }
        return bits
    }
}
