/// The arrival ordinals of a batch's rows, never falling: each names the input row that caused the change.
package struct Ordinals: Sendable {
    /// The ordinal of row 0 where `listed` is nil; then row *i* has `first + i`.
    package var first: Int64
    package var listed: [Int64]?

    package init(first: Int64) {
        self.first = first
        listed = nil
    }

    package init(_ listed: [Int64]) {
        first = listed.first ?? 0
        self.listed = listed
    }

    @inlinable
    package subscript(row: Int) -> Int64 { if let listed { listed[row] } else { first &+ Int64(row) } }

    package func gather(_ indices: [Int32]) -> Ordinals { Ordinals(indices.map { self[Int($0)] }) }

    package func slice(_ range: Range<Int>) -> Ordinals {
        if let listed { return Ordinals(Array(listed[range])) }
        return Ordinals(first: first + Int64(range.lowerBound))
    }

    /// The ordinals of `count` rows as an array.
    package func array(count: Int) -> [Int64] { listed ?? (0..<count).map { first + Int64($0) } }
}

/// Rows in columns, each row with a weight (+n inserted, -n retracted) and the ordinal of the input row that caused it.
///
/// Rows are in the order of their ordinals.
package struct Batch: Sendable {
    package var columns: [Column]
    package var count: Int
    /// One a row, never 0; nil: all +1.
    package var weights: [Int64]?
    package var ordinals: Ordinals

    package init(columns: [Column], count: Int, weights: [Int64]? = nil, ordinals: Ordinals) {
        precondition(columns.allSatisfy { $0.count == count }, "columns of a batch have one length")
        precondition(weights == nil || weights?.count == count, "one weight a row")
        precondition(ordinals.listed == nil || ordinals.listed?.count == count, "one ordinal a row")
        self.columns = columns
        self.count = count
        self.weights = weights
        self.ordinals = ordinals
    }

    /// No rows, the columns of a schema.
    package static func empty(_ types: [DataType]) -> Batch {
        Batch(
            columns: types.map { .constant(.null, physical: $0.physical, count: 0) }, count: 0, ordinals: Ordinals(first: 0))
    }

    package var isEmpty: Bool { count == 0 }
    package func weight(_ row: Int) -> Int64 { weights?[row] ?? 1 }

    /// The rows at `indices`, in that order, which must keep ordinals from falling.
    package func gather(_ indices: [Int32]) -> Batch {
        if indices.count == count, indices.enumerated().allSatisfy({ $0.offset == Int($0.element) }) { return self }
        return Batch(
            columns: columns.map { $0.gather(indices) }, count: indices.count,
            weights: weights.map { weights in indices.map { weights[Int($0)] } }, ordinals: ordinals.gather(indices))
    }

    package func slice(_ range: Range<Int>) -> Batch {
        if range == 0..<count { return self }
        return Batch(
            columns: columns.map { $0.slice(range) }, count: range.count, weights: weights.map { Array($0[range]) },
            ordinals: ordinals.slice(range))
    }

    /// The same rows with other columns.
    package func with(columns: [Column]) -> Batch {
        Batch(columns: columns, count: count, weights: weights, ordinals: ordinals)
    }

    /// All rows, one batch after the other; at least one is given.
    package static func concatenate(_ batches: [Batch]) -> Batch {
        if batches.count == 1 { return batches[0] }
        let count = batches.reduce(0) { $0 + $1.count }
        let columns = batches[0].columns.indices.map { index in
            Column.concatenate(batches.map { $0.columns[index] })
        }
        let weighted = batches.contains { $0.weights != nil }
        let weights = weighted ? batches.flatMap { batch in (0..<batch.count).map { batch.weight($0) } } : nil
        return Batch(columns: columns, count: count, weights: weights, ordinals: concatenatedOrdinals(batches, count))
    }

    private static func concatenatedOrdinals(_ batches: [Batch], _ count: Int) -> Ordinals {
        var next = batches[0].ordinals.first
        let isOneRun = batches.allSatisfy { batch in
            if batch.ordinals.listed != nil || (batch.ordinals.first != next && batch.count > 0) { return false }
            next = next &+ Int64(batch.count)
            return true
        }
        if isOneRun { return Ordinals(first: batches[0].ordinals.first) }
        var listed: [Int64] = []
        listed.reserveCapacity(count)
        for batch in batches { listed.append(contentsOf: batch.ordinals.array(count: batch.count)) }
        return Ordinals(listed)
    }
}
