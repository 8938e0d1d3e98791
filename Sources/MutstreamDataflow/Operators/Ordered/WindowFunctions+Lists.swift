import MutstreamColumnar

/// string_agg and array_agg.
extension WindowFunctions {
    private static let bytesMax = 64 << 20

    /// The list grows with a frame that only grows, else it is put together anew.
    func join(_ plan: WindowPlan, _ range: Range<Int>, _ tree: OrderedIndex.Tree) {
        guard let accumulator = plan.accumulator else { return }
        let (index, frame) = (rows.index, plan.frame)
        var cursor = index.cursor(at: range.lowerBound, in: tree)
        frame.begin(cursor, in: tree)
        var joined: Range<Int>?
        var isEmpty = true
        while true {
            let parts = frame.parts(cursor.position)
            var rest = [parts.0, parts.1, parts.2]
            if let joined, frame.spec.exclusion == .noOthers, joined.lowerBound == frame.lower,
                joined.upperBound <= frame.upper
            {
                rest = [joined.upperBound..<frame.upper]
            } else {
                writer.removeAll(keepingCapacity: true)
                isEmpty = true
            }
            for part in rest where !part.isEmpty {
                each(part, tree) { row in
                    guard writer.count <= WindowFunctions.bytesMax, accumulator.takes(row) else { return }
                    append(plan, row, isFirst: isEmpty)
                    isEmpty = false
                }
            }
            joined = frame.lower..<frame.upper
            set(index.payload(cursor), plan, isEmpty ? .null : list(plan))
            index.advance(&cursor)
            if cursor.position >= range.upperBound { return }
            frame.move(to: cursor)
        }
    }

    private func list(_ plan: WindowPlan) -> WindowCell {
        if writer.count > WindowFunctions.bytesMax { return WindowCell(.resultTooLong) }
        if plan.call.function == .stringAgg { return WindowCell(writer.bytes) }
        // The array may grow: its end is put to a copy.
        closedArray.removeAll(keepingCapacity: true)
        closedArray.append(writer.bytes)
        CompositeWriter(closedArray).endArray()
        return WindowCell(closedArray.bytes)
    }

    private func append(_ plan: WindowPlan, _ row: Int32, isFirst: Bool) {
        let (store, column) = (rows.store, plan.call.columns[0])
        if plan.call.function == .stringAgg {
            if !isFirst { appendSeparator(plan, row) }
            return writer.append(store.text(row, column))
        }
        if store.isNull(row, column) { return elements.appendNull() }
        switch store.types[column].physical {
        case .bool: elements.append(bool: store.load(row, column, as: UInt8.self) != 0)
        case .int64: elements.append(int64: store.load(row, column, as: Int64.self))
        case .double: elements.append(double: store.load(row, column, as: Double.self))
        case .decimal: elements.append(decimal: store.load(row, column, as: Int128.self))
        case .interval: elements.append(interval: store.load(row, column, as: Interval.self))
        case .text:
            let text = store.text(row, column)
            if store.types[column].isComposite { elements.append(composite: text) } else { elements.append(text: text) }
        }
    }

    private func appendSeparator(_ plan: WindowPlan, _ row: Int32) {
        switch plan.argument(1) {
        case .column(let column):
            if !rows.store.isNull(row, column) { writer.append(rows.store.text(row, column)) }
        case .constant(.text(let text)): writer.append(text)
        default: break
        }
    }
}
