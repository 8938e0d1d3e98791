import MutstreamColumnar

/// The states of all groups, and how rows are added to them: one loop for each state over the rows of a batch.
///
/// Loops read `records[row]`, the record of the row's group, and `weights[row]`, 0 where the state does not look at the
/// row. They touch a state in the order of the rows.
final class GroupStates {
    let layout: GroupLayout
    let heap = ByteHeap()
    let ordered: [OrderedRows]
    let sketches: [DistinctSketch]
    private let inputTypes: [DataType]
    /// One for each list of DISTINCT columns, with a count for each argument that has it.
    private let distinct: [DistinctKeys]
    private let weights: UnsafeMutablePointer<UnsafeMutablePointer<Int64>>
    private var weightCapacity = 64

    init(_ layout: GroupLayout, inputTypes: [DataType], appendOnly: Bool) {
        self.layout = layout
        self.inputTypes = inputTypes
        let heap = heap
        ordered = layout.ordered.map { source in
            OrderedRows(
                source.sketch == nil ? source.columns.map { inputTypes[$0] } : [.bigint], source.settings)
        }
        sketches = layout.sketches.map { DistinctSketch(precision: $0.precision, isAppendOnly: appendOnly, heap) }
        distinct = layout.distinct.map { DistinctKeys($0, inputTypes: inputTypes) }
        weights = .allocate(capacity: max(layout.arguments.count, 1))
        for index in layout.arguments.indices { (weights + index).initialize(to: .allocate(capacity: 64)) }
    }

    deinit {
        for index in layout.arguments.indices { weights[index].deallocate() }
        weights.deallocate()
    }

    /// Bytes of memory held beside the records.
    var bytes: Int {
        heap.bytes + ordered.reduce(0) { $0 + $1.bytes } + sketches.reduce(0) { $0 + $1.bytes }
            + distinct.reduce(0) { $0 + $1.bytes }
    }

    /// The type of the values of an extremum.
    func physical(ofStateAt offset: Int) -> DataType.Physical {
        guard let cell = layout.cells.first(where: { $0.offset == offset }) else { return .int64 }
        return inputTypes[cell.column].physical
    }

    /// Gives up what a record holds beside itself.
    func release(_ record: UnsafeMutableRawPointer) {
        for cell in layout.cells {
            let state = record + cell.offset
            switch cell.kind {
            case .float: state.assumingMemoryBound(to: ExactFloatCell.self).pointee.exact.clear(heap)
            case .moments64, .moments128, .momentsDouble: MomentCell.clear(state, 2, heap)
            case .momentPairs: MomentCell.clear(state, 5, heap)
            case .extremum: GroupExtremum.release(state, heap)
            case .ordered(let index): ordered[index].removeAll(state)
            case .sketch(let index): sketches[index].release(state)
            case .count, .integer, .wide64, .wide128, .interval, .truths, .bitCounts, .bits: break
            }
        }
        for keys in distinct { keys.removeAll(record) }
    }

    // MARK: Adding

    /// The rows of a batch and where they go.
    struct Rows {
        let batch: Batch
        let reader: BatchReader
        let groups: [Int32]
        let records: UnsafePointer<UnsafeMutableRawPointer>
        let count: Int
    }

    func add(_ rows: Rows) {
        if rows.count > weightCapacity {
            while weightCapacity < rows.count { weightCapacity *= 2 }
            for index in layout.arguments.indices {
                weights[index].deallocate()
                weights[index] = .allocate(capacity: weightCapacity)
            }
        }
        addRows(rows)
        let chosen = layout.arguments.indices.map { weigh($0, rows) }
        for keys in distinct { keys.keepFirsts(rows, keys.plan.arguments.map { weights[$0] }) }
        for cell in layout.cells { add(cell, rows, chosen[cell.argument]) }
    }

    private func addRows(_ rows: Rows) {
        let (records, count, offset) = (rows.records, rows.count, layout.rowsOffset)
        guard let weights = rows.batch.weights else {
            for row in 0..<count { (records[row] + offset).assumingMemoryBound(to: Int64.self).pointee &+= 1 }
            return
        }
        for row in 0..<count { (records[row] + offset).assumingMemoryBound(to: Int64.self).pointee &+= weights[row] }
    }

    /// The weight of each row for an argument, nil: all +1.
    private func weigh(_ index: Int, _ rows: Rows) -> UnsafePointer<Int64>? {
        let argument = layout.arguments[index]
        let nullable = argument.required.filter { rows.reader[$0].hasNulls }
        if rows.batch.weights == nil, nullable.isEmpty, argument.filter == nil, argument.distinct == nil { return nil }
        let (out, count) = (weights[index], rows.count)
        if let weights = rows.batch.weights {
            for row in 0..<count { out[row] = weights[row] }
        } else {
            out.update(repeating: 1, count: count)
        }
        for column in nullable {
            let column = rows.reader[column]
            for row in 0..<count where column.isNull(row) { out[row] = 0 }
        }
        if let filter = argument.filter {
            let column = rows.reader[filter]
            if column.hasNulls {
                for row in 0..<count where column.isNull(row) { out[row] = 0 }
            }
            for row in 0..<count { out[row] &*= Int64(column.load(row, as: UInt8.self) & 1) }
        }
        return UnsafePointer(out)
    }

    private func add(_ cell: GroupCell, _ rows: Rows, _ weights: UnsafePointer<Int64>?) {
        let (records, count, offset, heap) = (rows.records, rows.count, cell.offset, heap)
        switch cell.kind {
        case .count:
            guard let weights else {
                for row in 0..<count { (records[row] + offset).assumingMemoryBound(to: Int64.self).pointee &+= 1 }
                return
            }
            // Adding 0 is cheaper than a branch that cannot be foreseen.
            for row in 0..<count { (records[row] + offset).assumingMemoryBound(to: Int64.self).pointee &+= weights[row] }
        case .integer:
            let column = rows.reader[cell.column]
            each(count, weights) { row, weight in
                let cell = (records[row] + offset).assumingMemoryBound(to: IntegerCell.self)
                cell.pointee.count &+= weight
                cell.pointee.sum &+= column.load(row, as: Int64.self) &* weight
            }
        case .wide64:
            let column = rows.reader[cell.column]
            each(count, weights) { row, weight in
                let cell = (records[row] + offset).assumingMemoryBound(to: WideCell.self)
                cell.pointee.count &+= weight
                // 128 bits hold the product.
                cell.pointee.add(Int128(column.load(row, as: Int64.self)) &* Int128(weight))
            }
        case .wide128:
            let column = rows.reader[cell.column]
            each(count, weights) { row, weight in
                let cell = (records[row] + offset).assumingMemoryBound(to: WideCell.self)
                cell.pointee.count &+= weight
                let value = column.load(row, as: Int128.self)
                if weight == 1 { cell.pointee.add(value) } else { cell.pointee.add(value, times: weight) }
            }
        case .float:
            let column = rows.reader[cell.column]
            each(count, weights) { row, weight in
                (records[row] + offset).assumingMemoryBound(to: ExactFloatCell.self).pointee
                    .add(column.load(row, as: Double.self), times: weight, heap)
            }
        case .interval:
            let column = rows.reader[cell.column]
            each(count, weights) { row, weight in
                (records[row] + offset).assumingMemoryBound(to: IntervalCell.self).pointee
                    .add(column.load(row, as: Interval.self), times: weight)
            }
        case .extremum(let isMaximum):
            let extremum = GroupExtremum(rows.reader[cell.column], isMaximum: isMaximum, heap)
            extremum.add(records, offset, count, weights)
        case .truths:
            let column = rows.reader[cell.column]
            each(count, weights) { row, weight in
                let cell = (records[row] + offset).assumingMemoryBound(to: Int64.self)
                cell[0] &+= weight
                if column.load(row, as: Bool.self) { cell[1] &+= weight }
            }
        case .bitCounts, .bits: addBits(cell, rows, weights)
        case .moments64, .moments128, .momentsDouble, .momentPairs: addMoments(cell, rows, weights)
        case .ordered(let index): addOrdered(index, cell, rows, weights)
        case .sketch(let index):
            let sketch = sketches[index]
            sketch.bind(rows.batch.columns[cell.column])
            let groups = rows.groups
            each(count, weights) { row, weight in sketch.add(row, weight, group: groups[row], records[row] + offset) }
        }
    }

    @inline(__always)
    private func each(_ count: Int, _ weights: UnsafePointer<Int64>?, _ body: (Int, Int64) -> Void) {
        guard let weights else {
            for row in 0..<count { body(row, 1) }
            return
        }
        for row in 0..<count where weights[row] != 0 { body(row, weights[row]) }
    }

    private func addBits(_ cell: GroupCell, _ rows: Rows, _ weights: UnsafePointer<Int64>?) {
        let (records, offset, column) = (rows.records, cell.offset, rows.reader[cell.column])
        switch cell.kind {
        case .bitCounts(let width):
            let mask: UInt64 = width == 64 ? .max : 1 << UInt64(width) &- 1
            each(rows.count, weights) { row, weight in
                let cell = (records[row] + offset).assumingMemoryBound(to: Int64.self)
                cell[0] &+= weight
                var bits = column.load(row, as: UInt64.self) & mask
                while bits != 0 {
                    cell[1 &+ bits.trailingZeroBitCount] &+= weight
                    bits &= bits &- 1
                }
            }
        case .bits(let function):
            each(rows.count, weights) { row, weight in
                let cell = (records[row] + offset).assumingMemoryBound(to: Int64.self)
                let value = column.load(row, as: Int64.self)
                if function == .bitXor {
                    if weight & 1 != 0 { cell[1] ^= value }
                } else {
                    cell[1] = cell[0] == 0 ? value : function == .bitAnd ? cell[1] & value : cell[1] | value
                }
                cell[0] &+= weight
            }
        default: break
        }
    }

    private func addMoments(_ cell: GroupCell, _ rows: Rows, _ weights: UnsafePointer<Int64>?) {
        let (records, offset, column, heap) = (rows.records, cell.offset, rows.reader[cell.column], heap)
        switch cell.kind {
        case .moments64:
            each(rows.count, weights) { row, weight in
                MomentCell.add(Int128(column.load(row, as: Int64.self)), weight, to: records[row] + offset, heap)
            }
        case .moments128:
            each(rows.count, weights) { row, weight in
                MomentCell.add(column.load(row, as: Int128.self), weight, to: records[row] + offset, heap)
            }
        case .momentsDouble:
            each(rows.count, weights) { row, weight in
                MomentCell.add(column.load(row, as: Double.self), weight, to: records[row] + offset, heap)
            }
        default:
            let second = rows.reader[cell.second]
            each(rows.count, weights) { row, weight in
                MomentCell.add(
                    y: column.load(row, as: Double.self), x: second.load(row, as: Double.self), weight,
                    to: records[row] + offset, heap)
            }
        }
    }

    private func addOrdered(_ index: Int, _ cell: GroupCell, _ rows: Rows, _ weights: UnsafePointer<Int64>?) {
        let (source, ordered) = (layout.ordered[index], ordered[index])
        let columns = source.columns.map { column in
            source.sketch?.buckets(rows.batch.columns[column]) ?? rows.batch.columns[column]
        }
        ordered.reader.bind(columns, count: rows.count)
        let (records, offset) = (rows.records, cell.offset)
        each(rows.count, weights) { row, weight in
            ordered.add(row, weight: weight, to: records[row] + offset)
        }
        ordered.reader.unbind()
    }
}

// MARK: - State

extension GroupStates {
    /// What lies beside the records.
    func code(_ coder: StateCoder) throws(StateDamage) {
        try heap.code(coder)
        for rows in ordered { try rows.code(coder) }
        for sketch in sketches { try sketch.code(coder) }
        for keys in distinct { try keys.code(coder) }
    }
}
