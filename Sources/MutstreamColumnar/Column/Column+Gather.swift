/// Rows picked, cut and joined: the only kernels that copy whole rows.
extension Column {
    /// The rows at `indices`, in that order.
    package func gather(_ indices: [Int32]) -> Column {
        let validity = validity.map { Column.gatherBits($0, indices) }
        switch values {
        case .bool(let values): return .bool(Column.pick(values, indices), validity)
        case .int64(let values): return .int64(Column.pick(values, indices), validity)
        case .double(let values): return .double(Column.pick(values, indices), validity)
        case .decimal(let values): return .decimal(Column.pick(values, indices), validity)
        case .interval(let values): return .interval(Column.pick(values, indices), validity)
        case .text(let text):
            return .text(TextValues(views: Column.pick(text.views, indices), buffers: text.buffers), validity)
        }
    }

    private static func pick<T: BitwiseCopyable>(_ values: [T], _ indices: [Int32]) -> [T] {
        [T](unsafeUninitializedCapacity: indices.count) { out, count in
            for position in 0..<indices.count { out.initializeElement(at: position, to: values[Int(indices[position])]) }
            count = indices.count
        }
    }

    private static func gatherBits(_ bits: Bitmap, _ indices: [Int32]) -> Bitmap {
        var result = Bitmap(count: indices.count, repeating: false)
        for position in 0..<indices.count where bits[Int(indices[position])] { result[position] = true }
        return result
    }

    /// The rows of a range.
    package func slice(_ range: Range<Int>) -> Column {
        if range == 0..<count { return self }
        let validity = validity.map { bits in
            var result = Bitmap(count: range.count, repeating: false)
            for position in 0..<range.count where bits[range.lowerBound + position] { result[position] = true }
            return result
        }
        switch values {
        case .bool(let values): return .bool(Array(values[range]), validity)
        case .int64(let values): return .int64(Array(values[range]), validity)
        case .double(let values): return .double(Array(values[range]), validity)
        case .decimal(let values): return .decimal(Array(values[range]), validity)
        case .interval(let values): return .interval(Array(values[range]), validity)
        case .text(let text): return .text(TextValues(views: Array(text.views[range]), buffers: text.buffers), validity)
        }
    }

    private static func joined<T: BitwiseCopyable>(_ columns: [Column], _ count: Int, _ take: (Values) -> [T]?) -> [T] {
        var result: [T] = []
        result.reserveCapacity(count)
        for column in columns { result.append(contentsOf: take(column.values) ?? []) }
        return result
    }

    /// The rows of all, one after the other. The columns have one physical type; at least one is given.
    package static func concatenate(_ columns: [Column]) -> Column {
        if columns.count == 1 { return columns[0] }
        let count = columns.reduce(0) { $0 + $1.count }
        var validity: Bitmap?
        if columns.contains(where: { $0.validity != nil }) {
            var bits = Bitmap(count: count, repeating: true)
            var start = 0
            for column in columns {
                if let own = column.validity { bits.overwrite(from: start, with: own) }
                start += column.count
            }
            validity = bits
        }
        switch columns[0].values {
        case .bool:
            return .bool(joined(columns, count) { values in if case .bool(let own) = values { own } else { nil } }, validity)
        case .int64:
            return .int64(
                joined(columns, count) { values in if case .int64(let own) = values { own } else { nil } }, validity)
        case .double:
            return .double(
                joined(columns, count) { values in if case .double(let own) = values { own } else { nil } }, validity)
        case .decimal:
            return .decimal(
                joined(columns, count) { values in if case .decimal(let own) = values { own } else { nil } }, validity)
        case .interval:
            return .interval(
                joined(columns, count) { values in if case .interval(let own) = values { own } else { nil } }, validity)
        case .text:
            var views: [TextView] = []
            views.reserveCapacity(count)
            var buffers: [SharedBytes] = []
            for column in columns {
                guard case .text(let text) = column.values else { continue }
                // Batches cut from one input share its buffer: keep it once.
                if buffers.count == text.buffers.count, zip(buffers, text.buffers).allSatisfy({ $0 === $1 }) {
                    views.append(contentsOf: text.views)
                    continue
                }
                let shift = UInt32(truncatingIfNeeded: buffers.count)
                buffers.append(contentsOf: text.buffers)
                for var view in text.views {
                    if !view.isInline { view.low &+= shift }
                    views.append(view)
                }
            }
            return .text(TextValues(views: views, buffers: buffers), validity)
        }
    }
}
