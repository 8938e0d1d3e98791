import MutstreamColumnar

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The order of a batch's rows by ORDER BY; equal rows stay in their order.
package struct RowSorter {
    /// The rows' numbers, sorted.
    package let permutation: [Int32]

    package init(_ batch: Batch, _ order: [SortItem]) {
        let encoder = SortKeyEncoder(types: RowSorter.types(of: batch), order: order)
        let reader = BatchReader()
        reader.bind(batch)
        var bytes: [UInt8] = []
        var ends: [Int] = [0]
        for row in 0..<batch.count {
            let key = encoder.encode(reader, row)
            bytes.append(contentsOf: UnsafeRawBufferPointer(start: key.base, count: key.orderLength))
            ends.append(bytes.count)
        }
        reader.unbind()
        permutation = bytes.withUnsafeBytes { bytes in
            (0..<Int32(clamping: batch.count)).sorted { lhs, rhs in
                let (a, b) = (Int(lhs), Int(rhs))
                let (left, right) = (bytes[ends[a]..<ends[a + 1]], bytes[ends[b]..<ends[b + 1]])
                let order = RowSorter.compare(
                    UnsafeRawBufferPointer(rebasing: left), UnsafeRawBufferPointer(rebasing: right))
                return order == 0 ? a < b : order < 0
            }
        }
    }

    private static func compare(_ lhs: UnsafeRawBufferPointer, _ rhs: UnsafeRawBufferPointer) -> Int {
        guard let left = lhs.baseAddress, let right = rhs.baseAddress else { return lhs.count - rhs.count }
        let order = Int(memcmp(left, right, min(lhs.count, rhs.count)))
        return order == 0 ? lhs.count - rhs.count : order
    }

    /// Keys depend on how values lie in memory alone.
    private static func types(of batch: Batch) -> [DataType] {
        batch.columns.map { column in
            switch column.physical {
            case .bool: .boolean
            case .int64: .bigint
            case .double: .double
            case .decimal: .decimal(precision: 38, scale: 0)
            case .text: .text
            case .interval: .interval
            }
        }
    }
}
