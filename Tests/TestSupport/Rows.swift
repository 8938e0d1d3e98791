import MutstreamColumnar
import MutstreamDataflow

/// One row of a batch, as tests write and compare it.
package struct TestRow: Sendable, Hashable, CustomStringConvertible {
    package var values: [Value]
    package var weight: Int64
    package var ordinal: Int64

    package init(_ values: [Value], weight: Int64 = 1, ordinal: Int64 = 0) {
        self.values = values
        self.weight = weight
        self.ordinal = ordinal
    }

    package var description: String {
        let fields = values.map { value in
            switch value {
            case .null: "NULL"
            case .bool(let value): "\(value)"
            case .int64(let value): "\(value)"
            case .double(let value): "\(value)"
            case .decimal(let value): "\(value)d"
            case .text(let value): "'\(value)'"
            case .bytes(let value): "\(value)"
            case .interval(let value): "\(value)"
            }
        }
        return "\(weight > 0 ? "+" : "")\(weight)(\(fields.joined(separator: ", ")))@\(ordinal)"
    }
}

extension Value: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral,
    ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
    public init(integerLiteral value: Int64) { self = .int64(value) }
    public init(stringLiteral value: String) { self = .text(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(nilLiteral: ()) { self = .null }
}

/// A batch of rows; those without a listed ordinal follow each other from `first`.
package func batch(_ types: [DataType], _ rows: [[Value]], first: Int64 = 0) -> Batch {
    batch(types, rows.enumerated().map { TestRow($0.element, ordinal: first + Int64($0.offset)) })
}

/// A batch of rows with their weights and ordinals.
package func batch(_ types: [DataType], _ rows: [TestRow]) -> Batch {
    if rows.isEmpty { return .empty(types) }
    let columns = types.indices.map { index in
        let builder = ColumnBuilder(types[index], capacity: rows.count)
        for row in rows { builder.append(row.values[index]) }
        return builder.finish()
    }
    let weighted = rows.contains { $0.weight != 1 }
    return Batch(
        columns: columns, count: rows.count, weights: weighted ? rows.map(\.weight) : nil,
        ordinals: Ordinals(rows.map(\.ordinal)))
}

/// The rows of a batch, in order.
package func rows(of batch: Batch) -> [TestRow] {
    (0..<batch.count).map { row in
        TestRow(batch.columns.map { $0.value(at: row) }, weight: batch.weight(row), ordinal: batch.ordinals[row])
    }
}

/// The values of a batch's rows, in order.
package func values(of batch: Batch) -> [[Value]] { rows(of: batch).map(\.values) }

/// The sum of the weights of equal rows, without those that come to nothing.
package func integrated(_ rows: [TestRow]) -> [[Value]: Int64] {
    var result: [[Value]: Int64] = [:]
    for row in rows { result[row.values, default: 0] += row.weight }
    return result.filter { $0.value != 0 }
}
