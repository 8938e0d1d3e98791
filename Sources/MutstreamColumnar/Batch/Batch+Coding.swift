extension Batch {
    /// The rows and their columns' values, for what waits between two steps.
    /// - Parameter types: of the columns.
    package static func code(_ batch: inout Batch, _ types: [DataType.Physical], _ coder: StateCoder) throws(StateDamage) {
        var ordinals = batch.ordinals.array(count: batch.count)
        var weights = (0..<batch.count).map { batch.weight($0) }
        try coder.code(&ordinals, default: 0)
        try coder.code(&weights, default: 1)
        guard weights.count == ordinals.count else { throw coder.damage("a batch has as many weights as ordinals") }
        var columns: [Column] = []
        for (index, type) in types.enumerated() {
            let builder = ColumnBuilder(type, capacity: ordinals.count)
            for row in ordinals.indices {
                var value = coder.isWriting ? batch.columns[index].value(at: row) : Value.null
                try code(&value, type, coder)
                builder.append(value)
            }
            columns.append(builder.finish())
        }
        if coder.isWriting { return }
        batch = Batch(
            columns: columns, count: ordinals.count, weights: weights.allSatisfy { $0 == 1 } ? nil : weights,
            ordinals: Ordinals(ordinals))
    }

    private static func code(
        _ value: inout Value, _ type: DataType.Physical, _ coder: StateCoder
    ) throws(StateDamage) {
        var isNull = value == .null
        try coder.code(&isNull)
        if isNull {
            value = .null
            return
        }
        switch type {
        case .bool:
            var known = if case .bool(let known) = value { known } else { false }
            try coder.code(&known)
            value = .bool(known)
        case .int64:
            var known: Int64 = if case .int64(let known) = value { known } else { 0 }
            try coder.code(&known)
            value = .int64(known)
        case .double:
            var known: Double = if case .double(let known) = value { known } else { 0 }
            try coder.code(&known)
            value = .double(known)
        case .decimal:
            var known: Int128 = if case .decimal(let known) = value { known } else { 0 }
            try coder.code(&known)
            value = .decimal(known)
        case .interval:
            var known = if case .interval(let known) = value { known } else { Interval(microseconds: 0) }
            try coder.code(&known)
            value = .interval(known)
        case .text:
            var bytes: [UInt8]
            switch value {
            case .text(let text): bytes = Array(text.utf8)
            case .bytes(let known): bytes = known
            default: bytes = []
            }
            try coder.code(&bytes, default: 0)
            value = bytes.withUnsafeBytes { Value(bytes: $0) }
        }
    }
}
