import MutstreamColumnar

/// `CROSS JOIN UNNEST(a, b, …) [WITH ORDINALITY]`: one row for each element of a row's arrays.
///
/// The output is the input's columns, then one column for each array and perhaps a BIGINT number, counted from 1. Shorter
/// arrays are padded with NULLs. A row whose arrays are all NULL or empty vanishes, or — outer — stays once with NULLs.
/// A map has two columns, its keys and its values. Weights and ordinals are those of the input. Stateless.
package final class Unnest: StatelessOperator {
    private let arrays: [Int]
    /// The types of the columns that each array gives.
    private let types: [[DataType]]
    private let withOrdinality: Bool
    private let isOuter: Bool
    private let reader = BatchReader()

    /// - Parameters:
    ///   - types: the types of all columns of the input.
    ///   - arrays: the numbers of the columns to unnest; at least one.
    package init(types: [DataType], arrays: [Int], withOrdinality: Bool = false, isOuter: Bool = false) {
        precondition(!arrays.isEmpty, "UNNEST needs an array")
        self.arrays = arrays
        self.types = arrays.map { Unnest.columns(of: types[$0]) }
        self.withOrdinality = withOrdinality
        self.isOuter = isOuter
    }

    /// The types of the columns that unnesting a type gives: the element of an array, key and value of a map.
    package static func columns(of type: DataType) -> [DataType] {
        switch type {
        case .array(let element): return [element]
        case .map(let key, let value): return [key, value]
        default: preconditionFailure("UNNEST of \(type.name)")
        }
    }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        outputs[0].progress = inputs[0].progress
        if !inputs[0].batch.isEmpty { outputs[0].batch = unnested(inputs[0].batch) }
    }

    private func unnested(_ input: Batch) -> Batch {
        reader.bind(input)
        defer { reader.unbind() }
        let builders = types.map { $0.map { ColumnBuilder($0, capacity: input.count) } }
        var rows: [Int32] = []
        var numbers: [Int64] = []
        var valid: [Bool] = []
        for row in 0..<input.count {
            var longest = 0
            for (index, column) in arrays.enumerated() where !reader[column].isNull(row) {
                var elements = CompositeReader(reader[column].text(row))
                var length = 0
                while elements.isElement() {
                    for (part, type) in types[index].enumerated() { elements.append(type, to: builders[index][part]) }
                    length += 1
                }
                longest = max(longest, length)
            }
            if longest == 0, !isOuter { continue }
            for number in 1...max(longest, 1) {
                rows.append(Int32(truncatingIfNeeded: row))
                numbers.append(Int64(number))
                valid.append(longest > 0)
            }
            for builder in builders.joined() { while builder.count < rows.count { builder.appendNull() } }
        }
        var columns = input.columns.map { $0.gather(rows) } + builders.joined().map { $0.finish() }
        if withOrdinality {
            var validity: Bitmap?
            if valid.contains(false) {
                var bits = Bitmap(count: rows.count, repeating: true)
                for (row, isValid) in valid.enumerated() where !isValid { bits[row] = false }
                validity = bits
            }
            columns.append(.int64(numbers, validity))
        }
        return Batch(
            columns: columns, count: rows.count, weights: input.weights.map { weights in rows.map { weights[Int($0)] } },
            ordinals: input.ordinals.gather(rows))
    }
}
