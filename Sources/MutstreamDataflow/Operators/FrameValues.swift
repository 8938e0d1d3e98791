import MutstreamColumnar

/// The distinct values of one argument, for each key, and where each came last: what `count(DISTINCT …)` counts by.
///
/// ```
/// (key, value) -> | last entry with it, 0 = none: 4 | flags: 4 |
/// entry        -> | entry before with the same value: 4 | entry after: 4 | number of the value, -1 = none: 4 | - : 4 |
/// ```
///
/// The entries of a value form a list in the order of time. An entry adds to the count of a frame if neither the one
/// before nor the one after it is in the frame, so that one look-up a row serves the frames of all lengths.
final class FrameValues {
    /// Bytes in an entry.
    static let linkBytes = 16
    /// A row with the value has gone whose count a frame without a bound goes on holding.
    static let isCounted: Int32 = 1
    private static let isQueued: Int32 = 2

    let argument: DistinctArgument
    private let table: KeyTable
    private let encoder: KeyEncoder
    private let reader = BatchReader()
    private let isInteger: Bool
    private(set) var numbers: [Int32] = []
    private var newValues: [Int32] = []
    /// Values that may have no entry any more.
    private var queue: [Int32] = []

    init(_ argument: DistinctArgument, _ inputTypes: [DataType]) {
        self.argument = argument
        isInteger = inputTypes[argument.column].physical == .int64
        table = KeyTable(payloadBytes: 8, inlineBytes: isInteger ? 12 : KeyTable.wideInlineBytes)
        encoder = KeyEncoder(columns: [0, 1], nulls: .value)
    }

    var bytes: Int { table.bytes }
    /// Values held, for all keys.
    var count: Int { table.count }

    func code(_ coder: StateCoder) throws(StateDamage) { try table.code(coder) }

    /// Finds the values of a batch, whose columns are bound, in ``numbers``: -1 where a row has none.
    func locate(_ batch: Batch, _ columns: UnsafePointer<ColumnReader>, keys: [Int32]) {
        let count = batch.count
        if isInteger {
            keys.withUnsafeBufferPointer { keys in
                encoder.encode(columns[argument.column], numbers: UnsafeBufferPointer(rebasing: keys[..<count]))
            }
        } else {
            reader.bind([.int64(keys[..<count].map { Int64($0) }), batch.columns[argument.column]], count: count)
            encoder.encode(reader)
            reader.unbind()
        }
        numbers.removeAll(keepingCapacity: true)
        for row in 0..<count {
            var hasValue = !columns[argument.column].isNull(row)
            if argument.filter >= 0, hasValue {
                let filter = columns[argument.filter]
                hasValue = !filter.isNull(row) && filter.load(row, as: Bool.self)
            }
            numbers.append(hasValue ? 0 : -1)
        }
        newValues.removeAll(keepingCapacity: true)
        numbers.withUnsafeMutableBufferPointer { numbers in
            table.findOrInsert(encoder, groups: numbers, newGroups: &newValues)
        }
        for value in newValues {
            let payload = table.payload(value)
            payload.storeBytes(of: 0, as: Int32.self)
            payload.storeBytes(of: FrameValues.isQueued, toByteOffset: 4, as: Int32.self)
            queue.append(value)
        }
    }

    /// Whether a row with the value has gone that frames without a bound hold.
    @inline(__always)
    func isCounted(_ value: Int32) -> Bool {
        table.payload(value).load(fromByteOffset: 4, as: Int32.self) & FrameValues.isCounted != 0
    }

    func setCounted(_ value: Int32) {
        let payload = table.payload(value)
        let flags = payload.load(fromByteOffset: 4, as: Int32.self)
        payload.storeBytes(of: flags | FrameValues.isCounted, toByteOffset: 4, as: Int32.self)
    }

    @inline(__always)
    func last(_ value: Int32) -> Int32 { table.payload(value).load(as: Int32.self) }

    @inline(__always)
    func setLast(_ value: Int32, _ entry: Int32) {
        let payload = table.payload(value)
        payload.storeBytes(of: entry, as: Int32.self)
        guard entry == 0 else { return }
        let flags = payload.load(fromByteOffset: 4, as: Int32.self)
        if flags & FrameValues.isQueued != 0 { return }
        payload.storeBytes(of: flags | FrameValues.isQueued, toByteOffset: 4, as: Int32.self)
        queue.append(value)
    }

    /// Forgets the values that no entry has, at the end of a step.
    func clean() {
        for value in queue {
            let payload = table.payload(value)
            let flags = payload.load(fromByteOffset: 4, as: Int32.self) & ~FrameValues.isQueued
            payload.storeBytes(of: flags, toByteOffset: 4, as: Int32.self)
            if payload.load(as: Int32.self) == 0, flags & FrameValues.isCounted == 0 { table.remove(value) }
        }
        queue.removeAll(keepingCapacity: true)
    }
}

/// Distinct values in frames.
extension ArrivalFrames {
    @inline(__always)
    private func links(_ values: Int) -> Int { valuesOffset &+ values &* FrameValues.linkBytes }

    /// Where an entry is among all of its key: by time, then arrival.
    @inline(__always)
    private func isBefore(_ lhs: UnsafeRawPointer, _ rhs: UnsafeRawPointer) -> Bool {
        let (a, b) = (FrameEntry.time(lhs), FrameEntry.time(rhs))
        if a != b { return a < b }
        return lhs.load(fromByteOffset: serialOffset, as: Int64.self)
            < rhs.load(fromByteOffset: serialOffset, as: Int64.self)
    }

    /// Notes which values a row has in its new entry.
    @inline(__always)
    func noteValues(_ row: Int, _ entry: UnsafeMutableRawPointer) {
        serial &+= 1
        entry.storeBytes(of: serial, toByteOffset: serialOffset, as: Int64.self)
        for index in values.indices {
            let at = links(index)
            entry.storeBytes(of: 0, toByteOffset: at, as: UInt64.self)
            entry.storeBytes(of: values[index].numbers[row], toByteOffset: at &+ 8, as: Int32.self)
            entry.storeBytes(of: 0, toByteOffset: at &+ 12, as: Int32.self)
        }
    }

    /// Puts an entry into the lists of its values.
    func linkValues(_ number: Int32, _ entry: UnsafeMutableRawPointer) {
        for index in values.indices {
            let at = links(index)
            let value = entry.load(fromByteOffset: at &+ 8, as: Int32.self)
            guard value >= 0 else { continue }
            let values = values[index]
            var after: Int32 = 0
            var before = values.last(value)
            while before != 0, isBefore(entry, entries.address(before)) {
                after = before
                before = entries.address(before).load(fromByteOffset: at, as: Int32.self)
            }
            entry.storeBytes(of: before, toByteOffset: at, as: Int32.self)
            entry.storeBytes(of: after, toByteOffset: at &+ 4, as: Int32.self)
            if before != 0 { entries.writable(before).storeBytes(of: number, toByteOffset: at &+ 4, as: Int32.self) }
            if after != 0 {
                entries.writable(after).storeBytes(of: number, toByteOffset: at, as: Int32.self)
            } else {
                values.setLast(value, number)
            }
        }
    }

    /// Takes the oldest entry of a key out of the lists of its values.
    func unlinkValues(_ entry: UnsafeRawPointer) {
        for index in values.indices {
            let at = links(index)
            let value = entry.load(fromByteOffset: at &+ 8, as: Int32.self)
            guard value >= 0 else { continue }
            let after = entry.load(fromByteOffset: at &+ 4, as: Int32.self)
            if values[index].argument.isUnbounded { values[index].setCounted(value) }
            if after != 0 {
                entries.writable(after).storeBytes(of: 0, toByteOffset: at, as: Int32.self)
            } else {
                values[index].setLast(value, 0)
            }
        }
    }

    @inline(__always)
    func addDistinct(_ record: UnsafeMutableRawPointer, _ cell: DistinctCell, _ change: Int64) {
        record.storeBytes(
            of: record.load(fromByteOffset: cell.offset, as: Int64.self) &+ change, toByteOffset: cell.offset, as: Int64.self
        )
    }

    /// Counts the values of an entry that comes into a frame, whose front is set.
    @inline(__always)
    func enterDistinct(_ entry: UnsafeRawPointer, _ valid: UInt64, _ record: UnsafeMutableRawPointer, _ frame: Int) {
        for index in layout.distinctStarts[frame]..<layout.distinctStarts[frame &+ 1] {
            let cell = layout.distinctCells[index]
            guard valid & cell.bit != 0 else { continue }
            if !followsEqual(entry, cell, record, frame), !precedesEqual(entry, cell, record, frame) {
                addDistinct(record, cell, 1)
            }
        }
    }

    /// The same for the oldest entry of a frame, which leaves it.
    @inline(__always)
    func leaveDistinct(_ entry: UnsafeRawPointer, _ valid: UInt64, _ record: UnsafeMutableRawPointer, _ frame: Int) {
        for index in layout.distinctStarts[frame]..<layout.distinctStarts[frame &+ 1] {
            let cell = layout.distinctCells[index]
            if valid & cell.bit != 0, !precedesEqual(entry, cell, record, frame) { addDistinct(record, cell, -1) }
        }
    }

    /// Takes the newest entry out of a frame of the scratch record.
    func retreatDistinct(_ entry: UnsafeRawPointer, _ frame: Int) {
        let valid = entry.load(fromByteOffset: FrameEntry.imageOffset, as: UInt64.self)
        for index in layout.distinctStarts[frame]..<layout.distinctStarts[frame &+ 1] {
            let cell = layout.distinctCells[index]
            if valid & cell.bit != 0, !followsEqual(entry, cell, scratch, frame) { addDistinct(scratch, cell, -1) }
        }
    }

    /// Puts an entry before all others of a frame of the scratch record, the last of which is `end`.
    func prependDistinct(_ entry: UnsafeRawPointer, _ end: Int32, _ frame: Int) {
        let valid = entry.load(fromByteOffset: FrameEntry.imageOffset, as: UInt64.self)
        for index in layout.distinctStarts[frame]..<layout.distinctStarts[frame &+ 1] {
            let cell = layout.distinctCells[index]
            guard valid & cell.bit != 0 else { continue }
            let after = entry.load(fromByteOffset: links(cell.values) &+ 4, as: Int32.self)
            if after == 0 || isBefore(entries.address(end), entries.address(after)) { addDistinct(scratch, cell, 1) }
        }
    }

    /// Whether the frame holds an entry of the same value before this one.
    @inline(__always)
    private func followsEqual(
        _ entry: UnsafeRawPointer, _ cell: DistinctCell, _ record: UnsafeRawPointer, _ frame: Int
    ) -> Bool {
        let at = links(cell.values)
        let before = entry.load(fromByteOffset: at, as: Int32.self)
        if frames[frame].bound == .unbounded {
            return before != 0 || values[cell.values].isCounted(entry.load(fromByteOffset: at &+ 8, as: Int32.self))
        }
        let front = front(record, frame)
        return before != 0 && front != 0 && !isBefore(entries.address(before), entries.address(front))
    }

    /// Whether the frame holds an entry of the same value after this one.
    @inline(__always)
    private func precedesEqual(
        _ entry: UnsafeRawPointer, _ cell: DistinctCell, _ record: UnsafeRawPointer, _ frame: Int
    ) -> Bool {
        let after = entry.load(fromByteOffset: links(cell.values) &+ 4, as: Int32.self)
        if after == 0 { return false }
        let delay = frames[frame].delay
        if delay < 0 { return true }
        let waiting = FrameDelay.next(record, delay)
        return waiting == 0 || isBefore(entries.address(after), entries.address(waiting))
    }

    /// A row without a time, where there is no order: it stays for good.
    func countUntimed(_ row: Int, _ valid: UInt64, _ record: UnsafeMutableRawPointer, _ frame: Int) {
        for index in layout.distinctStarts[frame]..<layout.distinctStarts[frame &+ 1] {
            let cell = layout.distinctCells[index]
            let value = values[cell.values].numbers[row]
            if valid & cell.bit != 0, value >= 0, !values[cell.values].isCounted(value) { addDistinct(record, cell, 1) }
        }
    }
}
