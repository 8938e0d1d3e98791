import MutstreamColumnar

/// The head of a group's record; the block of ``AccumulatorLayout`` follows.
///
/// ```
/// | free link: 4 | next of its bucket: 4 | place among the step's changed groups + 1: 4 | unused: 4 |
/// ```
enum GroupRecord {
    static let headerSize = 16

    static func next(_ record: UnsafeRawPointer) -> Int32 { record.load(fromByteOffset: 4, as: Int32.self) }
    static func setNext(_ record: UnsafeMutableRawPointer, _ group: Int32) {
        record.storeBytes(of: group, toByteOffset: 4, as: Int32.self)
    }
    @inline(__always)
    static func place(_ record: UnsafeRawPointer) -> Int32 { record.load(fromByteOffset: 8, as: Int32.self) }
    @inline(__always)
    static func setPlace(_ record: UnsafeMutableRawPointer, _ place: Int32) {
        record.storeBytes(of: place, toByteOffset: 8, as: Int32.self)
    }
}

/// GROUP BY: one row a group, `keys ++ aggregates`.
///
/// **On close** (`closeKey` set): a group leaves once, with weight +1, when the watermark reaches its window's end, with
/// the ordinal of the row that raised the watermark. Of groups that leave together those of the earlier window come
/// first, then those that arrived first. The result equals the batch GROUP BY over the rows that were not late. Rows of
/// a window that is closed already, and those whose window end is NULL, go to output 1.
///
/// **Maintained** (`closeKey` nil): after each step the integrated output equals the batch GROUP BY over all rows so
/// far. A changed group leaves as the retraction of its old row and the new row, both with the ordinal of its last
/// change, in the order of these ordinals; groups of one ordinal in the order of their first change. Without keys there
/// is always one row, which is there from the first step on.
///
/// Outputs: 0, the groups; 1, late rows (the input's columns); 2, groups whose sum left its type (keys and a TEXT with
/// the reason), retracted there when it comes back.
///
/// Sums of DOUBLE are exact under retraction as long as they fit in 106 bits. NULL in a key is a value.
/// Complexity: O(aggregates) a row, O(log of the open windows) a window. State: one record and one key row a group.
package final class GroupAggregate: Operator {
    let keys: [Int]
    let closeKey: Int?
    let layout: AccumulatorLayout
    let table = KeyTable()
    let encoder: KeyEncoder
    let reader = BatchReader()
    /// The reader's columns while a batch is bound.
    let columns: UnsafeMutablePointer<ColumnReader>
    private let columnCount: Int
    let keyReader = BatchReader()
    let heap = ByteHeap()
    /// Numbered as the table's groups, as are the rows of `keyRows`.
    let records: RecordPages
    let keyRows: RowStore
    let image: UnsafeMutableRawPointer
    let results: ResultColumns
    let oldResults: ResultColumns
    var groups: [Int32] = []
    var newRows: [Int32] = []
    var buckets = CloseBuckets()
    var changed = ChangedGroups()
    private let appendOnly: Bool
    private let hasExtrema: Bool
    private var isFirstStep = true

    /// - Parameters:
    ///   - closeKey: which of `keys` is the TIMESTAMP at which the group's window ends; nil: the groups are maintained.
    ///   - appendOnly: whether no row is ever retracted; `min` and `max` need that.
    package init(
        inputTypes: [DataType], keys: [Int], aggregates: [AggregateSpec], closeKey: Int? = nil, appendOnly: Bool = true
    ) {
        self.keys = keys
        columnCount = inputTypes.count
        columns = .allocate(capacity: max(inputTypes.count, 1))
        self.closeKey = closeKey
        self.appendOnly = appendOnly
        hasExtrema = aggregates.contains { $0.function == .min || $0.function == .max }
        precondition(appendOnly || !hasExtrema, "min and max need append-only input")
        precondition(closeKey == nil || closeKey.map { inputTypes[keys[$0]] } == .timestamp, "a window ends at a TIMESTAMP")
        layout = AccumulatorLayout(
            inputTypes: inputTypes, aggregates: aggregates, usesChain: [false], header: GroupRecord.headerSize)
        encoder = KeyEncoder(columns: keys, nulls: .value)
        records = RecordPages(stride: layout.recordSize)
        keyRows = RowStore(keys.map { inputTypes[$0] })
        image = .allocate(byteCount: layout.image.size, alignment: 16)
        results = ResultColumns(aggregates.map(\.resultType))
        oldResults = ResultColumns(aggregates.map(\.resultType))
        if keys.isEmpty { makeRecord() }
    }

    deinit {
        image.deallocate()
        columns.deallocate()
    }

    package var stateSize: StateSize {
        StateSize(rows: records.count, bytes: records.bytes + keyRows.bytes + heap.bytes)
    }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        for index in outputs.indices { outputs[index].progress = inputs[0].progress }
        if closeKey != nil {
            stepClosing(inputs[0].batch, inputs[0].progress, &outputs)
        } else {
            stepMaintained(inputs[0].batch, isFirst: isFirstStep, &outputs)
        }
        isFirstStep = false
    }

    // MARK: Shared by both modes

    @discardableResult
    private func makeRecord() -> Int32 {
        let number = records.allocate()
        records.writable(number).initializeMemory(as: UInt8.self, repeating: 0, count: layout.recordSize)
        return number
    }

    /// Binds the reader and finds the group of each row; new groups get a record and keep their key.
    func bind(_ batch: Batch) {
        reader.bind(batch)
        for column in 0..<columnCount { (columns + column).initialize(to: reader[column]) }
        if keys.isEmpty {
            groups.removeAll(keepingCapacity: true)
            groups.append(contentsOf: repeatElement(0, count: batch.count))
            newRows.removeAll(keepingCapacity: true)
            return
        }
        encoder.encode(reader)
        table.findOrInsert(encoder, into: &groups, newRows: &newRows)
        if newRows.isEmpty { return }
        keyReader.bind(keys.map { batch.columns[$0] }, count: batch.count)
        for row in newRows {
            let number = makeRecord()
            let kept = keyRows.append(keyReader, Int(row))
            precondition(number == groups[Int(row)] && kept == number, "records and keys are numbered as groups")
        }
        keyReader.unbind()
    }

    /// Adds a row to its group.
    @inline(__always)
    func add(_ row: Int, weight: Int64, to record: UnsafeMutableRawPointer) {
        layout.image.fill(image, row, columns, heap)
        let rows = layout.blocks[0] + AccumulatorLayout.rowsOffset
        record.storeBytes(
            of: record.load(fromByteOffset: rows, as: Int64.self) &+ weight, toByteOffset: rows, as: Int64.self)
        for index in 0..<layout.cellStarts[1] { layout.cells[index].add(image, times: weight, to: record) }
        for index in 0..<layout.extremumStarts[1] {
            let plan = layout.extrema + index
            precondition(weight > 0, "min and max need append-only input")
            guard image.load(as: UInt64.self) & plan.pointee.bit != 0 else { continue }
            plan.pointee.keep(image + plan.pointee.valueOffset, in: record + plan.pointee.offset, heap)
        }
        layout.image.release(image, heap)
    }

    /// Forgets a group.
    func remove(_ group: Int32) {
        let record = records.address(group)
        for index in 0..<layout.extremumStarts[1] {
            layout.extrema[index].release(record + layout.extrema[index].offset, heap)
        }
        table.remove(group)
        keyRows.free(group)
        records.free(group)
    }
}
