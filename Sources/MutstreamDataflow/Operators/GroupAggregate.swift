import MutstreamColumnar

/// The head of a group's record; the states of ``GroupLayout`` follow.
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
/// change, in the order of these ordinals; groups of one ordinal in the order of their first change. A group whose
/// result is what it was does not leave. Without keys there is always one row, which is there from the first step on.
///
/// Outputs: 0, the groups; 1, late rows (the input's columns); 2, groups that have no value of their type (keys and a
/// TEXT with the reason), retracted there when they have one again.
///
/// **Retraction is exact**: a result depends on nothing but the rows that are there. Sums of DOUBLE never round
/// (``ExactFloatCell``), extrema and the like keep all values in order (``OrderedRows``), unless the input never
/// retracts. string_agg, array_agg, first_value and the like without ORDER BY see rows in the order of their arrival, of
/// equal rows the newest is taken back; with DISTINCT in the order of their values; ties of an ORDER BY are in the order
/// of the values as well. NULL in a key is a value.
///
/// Complexity: O(aggregates) a row, O(log of the open windows) a window, O(log of the group's rows) for ordered states;
/// results that list their rows cost O(rows) a change of their group. State: one record and one key row a group; ordered
/// and DISTINCT aggregates keep each distinct value.
package final class GroupAggregate: ClosingOperator {
    let keys: [Int]
    let closeKey: Int?
    /// When maintained groups are forgotten.
    let expiry: Expiry?
    /// Groups in the order of their last rows, where they have a time to live.
    var idle: IdleKeys?
    private let resultTypes: [DataType]
    private let seesOrder: Bool
    let states: GroupStates
    let table: KeyTable
    let encoder: KeyEncoder
    let reader = BatchReader()
    let keyReader = BatchReader()
    /// Numbered as the table's groups, as are the rows of `keyRows`.
    let records: RecordPages
    let keyRows: RowStore
    let inputTypes: [DataType]
    var groups: [Int32] = []
    var newRows: [Int32] = []
    var buckets = CloseBuckets()
    var changed = ChangedGroups()
    /// The record of each row's group.
    private(set) var recordOf: UnsafeMutablePointer<UnsafeMutableRawPointer>
    private var recordCapacity = 64
    private let recordSize: Int
    private var isFirstStep = true

    /// - Parameters:
    ///   - closeKey: which of `keys` is the TIMESTAMP at which the group's window ends; nil: the groups are maintained.
    ///   - appendOnly: whether no row is ever retracted: then less is kept.
    ///   - isQueue: whether rows are retracted in the order in which they were added.
    ///   - expiry: when maintained groups are forgotten; its column is one of `keys`.
    ///   - timeToLive: a maintained group that no row has touched for so many microseconds of the clock is taken back and
    ///     forgotten. Only where nothing else makes groups go: not together with `expiry`, and of append-only input.
    package init(
        inputTypes: [DataType], keys: [Int], aggregates: [AggregateSpec], closeKey: Int? = nil, appendOnly: Bool = true,
        isQueue: Bool = false, expiry: Expiry? = nil, timeToLive: Int64? = nil
    ) {
        self.expiry = closeKey == nil ? expiry : nil
        if closeKey == nil, expiry == nil, appendOnly, !keys.isEmpty { idle = timeToLive.map { IdleKeys(timeToLive: $0) } }
        resultTypes = keys.map { inputTypes[$0] } + aggregates.map(\.resultType)
        seesOrder = aggregates.contains { $0.function.dependsOnOrder || $0.function == .approxPercentile }
        self.keys = keys
        self.inputTypes = inputTypes
        self.closeKey = closeKey
        precondition(
            closeKey == nil || closeKey.map { inputTypes[keys[$0]].physical } == .int64, "a window ends at a TIMESTAMP")
        let layout = GroupLayout(
            inputTypes: inputTypes, aggregates: aggregates, appendOnly: appendOnly, isQueue: isQueue,
            header: GroupRecord.headerSize)
        recordSize = layout.recordSize
        states = GroupStates(layout, inputTypes: inputTypes, appendOnly: appendOnly)
        encoder = KeyEncoder(columns: keys, nulls: .value)
        table = KeyTable(inlineBytes: keys.count > 1 ? KeyTable.wideInlineBytes : 12)
        records = RecordPages(stride: layout.recordSize)
        keyRows = RowStore(keys.map { inputTypes[$0] })
        recordOf = .allocate(capacity: 64)
        if keys.isEmpty { makeRecord() }
    }

    deinit { recordOf.deallocate() }

    package var stateSize: StateSize {
        StateSize(
            rows: records.count,
            bytes: records.bytes + keyRows.bytes + table.bytes + states.bytes + (idle?.bytes ?? 0))
    }

    /// The row of an aggregate without keys is there from the first step on, whatever the input brings.
    package var wantsEveryStep: Bool { isFirstStep && keys.isEmpty && closeKey == nil || idle?.isEmpty == false }
    package var wakesAt: Int64? { idle?.wakesAt }
    package var closes: Bool { closeKey != nil }
    package var openCount: Int { table.count }

    package func due(_ watermark: Int64, limit: Int) -> Int {
        if watermark < buckets.first { return 0 }
        return buckets.due(watermark, limit: limit) { GroupRecord.next(records.address($0)) }
    }

    package func code(_ coder: StateCoder) throws(StateDamage) {
        try table.code(coder)
        try records.code(coder)
        try keyRows.code(coder)
        try states.code(coder)
        try buckets.code(coder)
        try coder.code(&isFirstStep)
        try idle?.code(coder)
    }

    package var ordinalSense: OrdinalSense { seesOrder ? .order : .none }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        let reached = outputs[0].progress.end
        for index in outputs.indices { outputs[index].progress = inputs[0].progress }
        let gone = forgetIdle(inputs[0].batch, context)
        if closeKey != nil {
            stepClosing(inputs[0], reached, context, &outputs)
        } else if !inputs[0].batch.isEmpty || isFirstStep {
            stepMaintained(inputs[0].batch, isFirst: isFirstStep, &outputs)
        }
        if expiry != nil { expire(inputs[0].progress.end) }
        isFirstStep = false
        guard let gone else { return }
        outputs[0].batch = IdleKeys.join(gone[0].batch, outputs[0].batch, resultTypes)
        let failureTypes = keys.map { inputTypes[$0] } + [.text]
        if outputs.count > 2 { outputs[2].batch = IdleKeys.join(gone[2].batch, outputs[2].batch, failureTypes) }
    }

    // MARK: Shared by both modes

    @discardableResult
    private func makeRecord() -> Int32 {
        let number = records.allocate()
        records.writable(number).initializeMemory(as: UInt8.self, repeating: 0, count: recordSize)
        return number
    }

    /// Binds the reader and finds the group of each row and its record; new groups get a record and keep their key.
    func bind(_ batch: Batch) {
        reader.bind(batch)
        if batch.count > recordCapacity {
            while recordCapacity < batch.count { recordCapacity *= 2 }
            recordOf.deallocate()
            recordOf = .allocate(capacity: recordCapacity)
        }
        if keys.isEmpty {
            if groups.count > batch.count { groups.removeLast(groups.count - batch.count) }
            while groups.count < batch.count { groups.append(0) }
            newRows.removeAll(keepingCapacity: true)
            recordOf.update(repeating: records.writable(0), count: batch.count)
            return
        }
        encoder.encode(reader)
        table.findOrInsert(encoder, into: &groups, newRows: &newRows)
        if idle != nil { idle?.touch(groups, batch) }
        if !newRows.isEmpty {
            keyReader.bind(keys.map { batch.columns[$0] }, count: batch.count)
            for row in newRows {
                let number = makeRecord()
                let kept = keyRows.append(keyReader, Int(row))
                precondition(number == groups[Int(row)] && kept == number, "records and keys are numbered as groups")
            }
            keyReader.unbind()
        }
        let recordOf = recordOf
        groups.withUnsafeBufferPointer { groups in
            for row in 0..<batch.count { recordOf[row] = records.writable(groups[row]) }
        }
    }

    /// Adds the rows of the bound batch to their groups.
    func addRows(_ batch: Batch) {
        states.add(
            GroupStates.Rows(
                batch: batch, reader: reader, groups: groups, records: UnsafePointer(recordOf), count: batch.count))
    }

    /// How many rows a group has.
    @inline(__always)
    func rows(_ record: UnsafeRawPointer) -> Int64 {
        record.load(fromByteOffset: states.layout.rowsOffset, as: Int64.self)
    }

    /// The records of groups.
    func recordsOf(_ groups: [Int32]) -> [UnsafeMutableRawPointer] {
        var result: [UnsafeMutableRawPointer] = []
        result.reserveCapacity(groups.count)
        for group in groups { result.append(records.writable(group)) }
        return result
    }

    /// Forgets a group.
    func remove(_ group: Int32) {
        states.release(records.writable(group))
        table.remove(group)
        keyRows.free(group)
        records.free(group)
    }
}
