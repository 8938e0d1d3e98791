import MutstreamColumnar

/// The features of a batch row by row: numbers beside each other, hashes of texts beside each other.
///
/// ```
/// numbers | row 0: n0 n1 n2 | row 1: n0 n1 n2 | …        hashes | row 0: t0 | row 1: t0 | …
/// ```
///
/// Filled column by column once a batch, so that a row costs no more than two pointers. The memory is kept.
final class FeatureMatrix {
    private let types: [DataType]
    private let numericCount: Int
    private let textCount: Int
    private var numbers: UnsafeMutableBufferPointer<Double> = .init(start: nil, count: 0)
    private var hashes: UnsafeMutableBufferPointer<UInt64> = .init(start: nil, count: 0)

    init(_ types: [DataType]) {
        self.types = types
        textCount = types.count { $0 == .text }
        numericCount = types.count - textCount
    }

    deinit {
        numbers.deallocate()
        hashes.deallocate()
    }

    /// The features of one row, valid until the next ``load(_:rows:)``.
    @inline(__always)
    subscript(row: Int) -> Features {
        Features(
            numeric: UnsafeBufferPointer(rebasing: numbers[(row * numericCount)..<((row + 1) * numericCount)]),
            text: UnsafeBufferPointer(rebasing: hashes[(row * textCount)..<((row + 1) * textCount)]))
    }

    func load(_ columns: [Column], rows: Int) {
        if numbers.count < rows * numericCount {
            numbers.deallocate()
            numbers = .allocate(capacity: rows * numericCount)
        }
        if hashes.count < rows * textCount {
            hashes.deallocate()
            hashes = .allocate(capacity: rows * textCount)
        }
        var (number, text) = (0, 0)
        for (column, type) in zip(columns, types) {
            if case .text(let values) = column.values {
                values.withReader { reader in
                    for row in 0..<rows {
                        hashes.initializeElement(at: row * textCount + text, to: hashText(reader.bytes(row), column: text))
                    }
                }
                if let validity = column.validity {
                    for row in 0..<rows where !validity[row] { hashes[row * textCount + text] = 0 }
                }
                text += 1
            } else {
                fill(number, column, type, rows)
                if let validity = column.validity {
                    for row in 0..<rows where !validity[row] { numbers[row * numericCount + number] = .nan }
                }
                number += 1
            }
        }
    }

    private func fill(_ number: Int, _ column: Column, _ type: DataType, _ rows: Int) {
        switch column.values {
        case .double(let values): put(values, number, rows) { $0 }
        case .int64(let values): put(values, number, rows) { Double($0) }
        case .bool(let values): put(values, number, rows) { $0 ? 1 : 0 }
        case .decimal(let values):
            let unit = (0..<type.scale).reduce(1.0) { unit, _ in unit * 10 }
            put(values, number, rows) { FeatureMatrix.double($0) / unit }
        case .interval(let values): put(values, number, rows) { FeatureMatrix.double($0.comparable) }
        case .text: break
        }
    }

    @inline(__always)
    private func put<T: BitwiseCopyable>(_ values: [T], _ number: Int, _ rows: Int, _ convert: (T) -> Double) {
        precondition(values.count == rows, "one value a row")
        for row in 0..<rows { numbers.initializeElement(at: row * numericCount + number, to: convert(values[row])) }
    }

    /// The generic conversion of `Int128` costs fifty times as much; this one is exact to the last bit but one.
    @inline(__always)
    private static func double(_ value: Int128) -> Double {
        Double(Int64(truncatingIfNeeded: value >> 64)) * 0x1p64 + Double(UInt64(truncatingIfNeeded: value))
    }
}
