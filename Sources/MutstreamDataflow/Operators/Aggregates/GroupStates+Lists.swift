import MutstreamColumnar

/// What the rows of an ordered multiset become.
enum ListForm {
    case array
    case json
    /// Of the first stored column to another one.
    case jsonObject(value: Int)
}

/// The results that list rows: array_agg, json_agg, json_object_agg, and percentiles of several fractions.
extension GroupStates {
    func lists(
        _ records: [UnsafeMutableRawPointer], _ offset: Int, _ plan: GroupResult.OrderedPlan, _ form: ListForm,
        _ failures: inout Failures
    ) -> Column {
        let rows = ordered[plan.rows]
        let builder = ColumnBuilder(DataType.Physical.text, capacity: records.count)
        let writer = ByteWriter()
        for (place, record) in records.enumerated() {
            writer.removeAll()
            var failure: AggregateFailure?
            let roots = UnsafeRawPointer(record + offset)
            if rows.total(roots) == 0 {
                builder.appendNull()
                continue
            }
            switch form {
            case .array: writeArray(rows, roots, plan.isDistinct, writer)
            case .json: writeJSON(rows, roots, plan.isDistinct, nil, writer, &failure)
            case .jsonObject(let value): writeJSON(rows, roots, plan.isDistinct, value, writer, &failure)
            }
            if writer.count > GroupStates.resultBytesMax { failure = .resultTooLong }
            if let failure {
                failures.note(place, failure)
                builder.append(text: UnsafeRawBufferPointer(start: nil, count: 0))
                continue
            }
            if case .array = form {
                builder.append(text: writer.bytes)
            } else if let canonical = try? JSONText.normalize(writer.bytes) {
                canonical.withUnsafeBytes { builder.append(text: $0) }
            } else {
                failures.note(place, .notJSON)
                builder.append(text: UnsafeRawBufferPointer(start: nil, count: 0))
            }
        }
        return builder.finish()
    }

    private func writeArray(_ rows: OrderedRows, _ roots: UnsafeRawPointer, _ isDistinct: Bool, _ writer: ByteWriter) {
        let elements = CompositeWriter(writer)
        let type = rows.store.types[0]
        var last: Int32 = -1
        rows.forEach(roots) { id, count in
            if isDistinct, rows.areEqual(last, id) { return true }
            last = id
            for _ in 0..<(isDistinct ? 1 : count) {
                elements.append(rows.store, id, 0, type)
                if writer.count > GroupStates.resultBytesMax { return false }
            }
            return true
        }
        elements.endArray()
    }

    /// An array of the first column, or an object from it to another one.
    private func writeJSON(
        _ rows: OrderedRows, _ roots: UnsafeRawPointer, _ isDistinct: Bool, _ value: Int?, _ writer: ByteWriter,
        _ failure: inout AggregateFailure?
    ) {
        var ids: [Int32] = []
        var counts: [Int64] = []
        rows.forEach(roots) { id, count in
            if isDistinct, value == nil, rows.areEqual(ids.last ?? -1, id) { return true }
            ids.append(id)
            counts.append(isDistinct || value != nil ? 1 : count)
            return true
        }
        let keyType = rows.store.types[0]
        let values = rows.store.column(value ?? 0, rows: ids)
        let cells = JSONCells(values, rows.store.types[value ?? 0])
        var keys: JSONCells?
        if value != nil {
            let names = ColumnBuilder(DataType.Physical.text, capacity: ids.count)
            for id in ids {
                if rows.store.isNull(id, 0) { failure = .nullKey }
                names.append(text: TextCodec.text(rows.store.value(id, 0), keyType))
            }
            keys = JSONCells(names.finish(), .text)
        }
        if failure != nil { return }
        writer.append(value == nil ? 0x5b : 0x7b)
        var isFirst = true
        for index in ids.indices {
            for _ in 0..<counts[index] {
                if !isFirst { writer.append(0x2c) }
                isFirst = false
                if let keys {
                    keys.append(index, to: writer)
                    writer.append(0x3a)
                }
                cells.append(index, to: writer)
                if writer.count > GroupStates.resultBytesMax { return }
            }
        }
        writer.append(value == nil ? 0x5d : 0x7d)
    }

    // MARK: Percentiles

    /// `percentile_disc` or, with `isContinuous`, `percentile_cont` of several fractions as an array.
    func percentiles(
        _ records: [UnsafeMutableRawPointer], _ offset: Int, _ plan: GroupResult.OrderedPlan, _ fractions: [Double?],
        isContinuous: Bool, _ failures: inout Failures
    ) -> Column {
        let rows = ordered[plan.rows]
        let type = rows.store.types[0]
        let builder = ColumnBuilder(DataType.Physical.text, capacity: records.count)
        let writer = CompositeWriter()
        for (place, record) in records.enumerated() {
            let roots = UnsafeRawPointer(record + offset)
            if rows.total(roots) == 0 {
                builder.appendNull()
                continue
            }
            writer.removeAll()
            for fraction in fractions {
                guard let fraction else {
                    writer.appendNull()
                    continue
                }
                if !isContinuous {
                    writer.append(rows.store, GroupStates.discrete(fraction, rows, roots), 0, type)
                } else if type != .interval {
                    writer.append(double: GroupStates.double(fraction, rows, roots))
                } else if let value = GroupStates.interval(fraction, rows, roots) {
                    writer.append(interval: value)
                } else {
                    failures.note(place, .intervalOutOfRange)
                    writer.appendNull()
                }
            }
            writer.endArray()
            builder.append(text: writer.bytes)
        }
        return builder.finish()
    }
}

/// Single values as JSON: what ``JSONRowWriter`` writes behind the key.
private struct JSONCells {
    private static let key: StaticString = "{\"v\":"

    private let batch: Batch
    private let rows: JSONRowWriter
    private let scratch = ByteWriter()

    init(_ column: Column, _ type: DataType) {
        batch = Batch(columns: [column], count: column.count, ordinals: Ordinals(first: 0))
        rows = JSONRowWriter(schema: [Field("v", type)])
    }

    func append(_ row: Int, to writer: ByteWriter) {
        scratch.removeAll()
        rows.writeObject(batch, row: row, to: scratch)
        let start = JSONCells.key.utf8CodeUnitCount
        guard scratch.count > start else { return }
        writer.append(UnsafeRawBufferPointer(rebasing: scratch.bytes[start..<(scratch.count - 1)]))
    }
}

extension CompositeWriter {
    /// A field of a kept row as an element.
    fileprivate func append(_ store: RowStore, _ id: Int32, _ column: Int, _ type: DataType) {
        if id < 0 || store.isNull(id, column) { return appendNull() }
        switch type.physical {
        case .bool: append(bool: store.load(id, column, as: UInt8.self) != 0)
        case .int64: append(int64: store.load(id, column, as: Int64.self))
        case .double: append(double: store.load(id, column, as: Double.self))
        case .decimal: append(decimal: store.load(id, column, as: Int128.self))
        case .interval: append(interval: store.load(id, column, as: Interval.self))
        case .text:
            if type.isComposite {
                append(composite: store.text(id, column))
            } else {
                append(text: store.text(id, column))
            }
        }
    }
}
