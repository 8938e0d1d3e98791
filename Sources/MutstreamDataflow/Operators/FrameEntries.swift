import MutstreamColumnar

/// A row that frames may still need, in a list ordered by time, then arrival.
///
/// ```
/// | time: 8 | previous: 4 | next: 4 | image of the arguments (RowImage) | links of each chain: 8 |
///                                                    where values are told apart: | serial: 8 | links of values: 16 each |
/// ```
enum FrameEntry {
    static let imageOffset = 16

    @inline(__always)
    static func time(_ entry: UnsafeRawPointer) -> Int64 { entry.load(as: Int64.self) }
    @inline(__always)
    static func previous(_ entry: UnsafeRawPointer) -> Int32 { entry.load(fromByteOffset: 8, as: Int32.self) }
    @inline(__always)
    static func next(_ entry: UnsafeRawPointer) -> Int32 { entry.load(fromByteOffset: 12, as: Int32.self) }
    @inline(__always)
    static func setPrevious(_ entry: UnsafeMutableRawPointer, _ number: Int32) {
        entry.storeBytes(of: number, toByteOffset: 8, as: Int32.self)
    }
    @inline(__always)
    static func setNext(_ entry: UnsafeMutableRawPointer, _ number: Int32) {
        entry.storeBytes(of: number, toByteOffset: 12, as: Int32.self)
    }
}

/// The head of a key's record; the places of ``FrameDelay`` and the blocks of ``AccumulatorLayout`` follow. All numbers are
/// of entries, 0 = none.
///
/// ```
/// | key: 4 | live: 4 | head: 4 | tail: 4 | time of head: 8 | time of tail: 8 | kept: 4 | peers: 4 | count: 8 |
/// ```
///
/// `key` is the number of the record itself, in a free one the link to the next.
/// `kept` is the entry that stands as many places after the head as the longest ROWS frame looks back.
enum FrameRecord {
    static let headerSize = 48

    @inline(__always)
    static func isLive(_ record: UnsafeRawPointer) -> Bool { record.load(fromByteOffset: 4, as: Int32.self) != 0 }
    @inline(__always)
    static func setLive(_ record: UnsafeMutableRawPointer, _ live: Bool) {
        record.storeBytes(of: live ? 1 : 0, toByteOffset: 4, as: Int32.self)
    }
    @inline(__always)
    static func key(_ record: UnsafeRawPointer) -> Int32 { record.load(as: Int32.self) }
    static func setKey(_ record: UnsafeMutableRawPointer, _ key: Int32) { record.storeBytes(of: key, as: Int32.self) }
    @inline(__always)
    static func head(_ record: UnsafeRawPointer) -> Int32 { record.load(fromByteOffset: 8, as: Int32.self) }
    @inline(__always)
    static func tail(_ record: UnsafeRawPointer) -> Int32 { record.load(fromByteOffset: 12, as: Int32.self) }
    @inline(__always)
    static func headTime(_ record: UnsafeRawPointer) -> Int64 { record.load(fromByteOffset: 16, as: Int64.self) }
    @inline(__always)
    static func tailTime(_ record: UnsafeRawPointer) -> Int64 { record.load(fromByteOffset: 24, as: Int64.self) }
    @inline(__always)
    static func kept(_ record: UnsafeRawPointer) -> Int32 { record.load(fromByteOffset: 32, as: Int32.self) }
    @inline(__always)
    static func peers(_ record: UnsafeRawPointer) -> Int32 { record.load(fromByteOffset: 36, as: Int32.self) }
    @inline(__always)
    static func count(_ record: UnsafeRawPointer) -> Int64 { record.load(fromByteOffset: 40, as: Int64.self) }
    @inline(__always)
    static func setHead(_ record: UnsafeMutableRawPointer, _ number: Int32, _ time: Int64) {
        record.storeBytes(of: number, toByteOffset: 8, as: Int32.self)
        record.storeBytes(of: time, toByteOffset: 16, as: Int64.self)
    }
    @inline(__always)
    static func setTail(_ record: UnsafeMutableRawPointer, _ number: Int32, _ time: Int64) {
        record.storeBytes(of: number, toByteOffset: 12, as: Int32.self)
        record.storeBytes(of: time, toByteOffset: 24, as: Int64.self)
    }
    @inline(__always)
    static func setKept(_ record: UnsafeMutableRawPointer, _ number: Int32) {
        record.storeBytes(of: number, toByteOffset: 32, as: Int32.self)
    }
    @inline(__always)
    static func setPeers(_ record: UnsafeMutableRawPointer, _ number: Int32) {
        record.storeBytes(of: number, toByteOffset: 36, as: Int32.self)
    }
    @inline(__always)
    static func addCount(_ record: UnsafeMutableRawPointer, _ change: Int64) {
        record.storeBytes(of: count(record) &+ change, toByteOffset: 40, as: Int64.self)
    }
}

/// Entries go in, leave the frames, and go.
extension ArrivalFrames {
    @inline(__always)
    func image(_ entry: Int32) -> UnsafeMutableRawPointer { entries.writable(entry) + FrameEntry.imageOffset }

    /// Takes in a row; 0 where it needs no entry, its image then lies in entry 0 until the next row, and is counted.
    /// A row without an order value returns minus the number of its peers' record.
    @inline(__always)
    func insert(_ row: Int, _ record: UnsafeMutableRawPointer) -> Int32 {
        guard order >= 0, !columns[order].isNull(row) else { return insertUntimed(row, record) }
        let time = columns[order].load(row, as: Int64.self)
        let number = entries.allocate()
        let entry = entries.writable(number)
        entry.storeBytes(of: time, as: Int64.self)
        layout.image.fill(entry + FrameEntry.imageOffset, row, columns, heap)
        if delayCount > 0 {
            // An entry that waits is in no chain.
            for chain in 0..<layout.chainCount {
                entry.storeBytes(of: 0, toByteOffset: layout.chains[chain].linkOffset, as: UInt64.self)
            }
        }
        if !values.isEmpty { noteValues(row, entry) }
        let tail = FrameRecord.tail(record)
        if tail == 0 || time >= FrameRecord.tailTime(record) {
            append(number, entry, time, tail, record)
        } else {
            insertBefore(number, entry, time, record)
        }
        return number
    }

    @inline(never)
    private func insertUntimed(_ row: Int, _ record: UnsafeMutableRawPointer) -> Int32 {
        let image = image(0)
        layout.image.fill(image, row, columns, heap)
        var target = record
        var result: Int32 = 0
        if order >= 0 {
            var number = FrameRecord.peers(record)
            if number == 0 {
                number = peers.allocate()
                peers.writable(number).initializeMemory(as: UInt8.self, repeating: 0, count: layout.recordSize)
                FrameRecord.setPeers(record, number)
            }
            target = peers.writable(number)
            result = -number
        }
        for frame in 0..<frameCount {
            addRow(target, frame, 1)
            for cell in layout.cellStarts[frame]..<layout.cellStarts[frame + 1] { layout.cells[cell].add(image, to: target) }
            for index in layout.extremumStarts[frame]..<layout.extremumStarts[frame + 1] {
                let plan = layout.extrema[index]
                if image.load(as: UInt64.self) & plan.bit != 0 {
                    plan.keep(image + plan.valueOffset, in: target + plan.offset, heap)
                }
            }
            if order < 0 { countUntimed(row, image.load(as: UInt64.self), target, frame) }
        }
        if order < 0 {
            for values in values where values.numbers[row] >= 0 { values.setCounted(values.numbers[row]) }
        }
        layout.image.release(image, heap)
        return result
    }

    @inline(__always)
    func addRow(_ record: UnsafeMutableRawPointer, _ frame: Int, _ change: Int64) {
        let offset = layout.blocks[frame] + AccumulatorLayout.rowsOffset
        record.storeBytes(
            of: record.load(fromByteOffset: offset, as: Int64.self) &+ change, toByteOffset: offset, as: Int64.self)
    }

    @inline(__always)
    func front(_ record: UnsafeRawPointer, _ frame: Int) -> Int32 {
        record.load(fromByteOffset: layout.blocks[frame], as: Int32.self)
    }

    @inline(__always)
    func frontTime(_ record: UnsafeRawPointer, _ frame: Int) -> Int64 {
        record.load(fromByteOffset: layout.blocks[frame] + AccumulatorLayout.frontTimeOffset, as: Int64.self)
    }

    @inline(__always)
    func setFront(_ record: UnsafeMutableRawPointer, _ frame: Int, _ number: Int32, _ time: Int64) {
        record.storeBytes(of: number, toByteOffset: layout.blocks[frame], as: Int32.self)
        record.storeBytes(of: time, toByteOffset: layout.blocks[frame] + AccumulatorLayout.frontTimeOffset, as: Int64.self)
    }

    /// `time - preceding`, or the least time.
    @inline(__always)
    static func lower(_ time: Int64, _ preceding: Int64) -> Int64 {
        let (result, overflow) = time.subtractingReportingOverflow(preceding)
        return overflow ? .min : result
    }

    /// Puts an entry behind all others: the usual case.
    @inline(__always)
    private func append(
        _ number: Int32, _ entry: UnsafeMutableRawPointer, _ time: Int64, _ tail: Int32, _ record: UnsafeMutableRawPointer
    ) {
        // Fronts move first, while the chains still lead from every candidate to the next.
        for frame in 0..<frameCount {
            let plan = frames[frame]
            if plan.delay >= 0 { continue }
            if plan.bound == .range {
                let least = ArrivalFrames.lower(time, plan.preceding)
                while front(record, frame) != 0, frontTime(record, frame) < least { removeFront(record, frame) }
            } else if plan.bound == .rows, layout.rows(record, frame: frame) > plan.preceding {
                removeFront(record, frame)
            }
        }
        FrameEntry.setPrevious(entry, tail)
        FrameEntry.setNext(entry, 0)
        if tail == 0 {
            FrameRecord.setHead(record, number, time)
        } else {
            FrameEntry.setNext(entries.writable(tail), number)
        }
        FrameRecord.setTail(record, number, time)
        FrameRecord.addCount(record, 1)
        if FrameRecord.count(record) == Int64(rowsMax) &+ 1 { FrameRecord.setKept(record, number) }
        let image = entry + FrameEntry.imageOffset
        let valid = image.load(as: UInt64.self)
        for chain in 0..<layout.chainCount
        where valid & layout.chains[chain].plan.bit != 0 && layout.chains[chain].delay < 0 {
            push(number, entry, chain, record)
        }
        if !values.isEmpty { linkValues(number, entry) }
        for frame in 0..<frameCount where frames[frame].delay < 0 {
            let isEmpty = front(record, frame) == 0
            if isEmpty, frames[frame].bound != .unbounded { setFront(record, frame, number, time) }
            addToFrame(number, image, valid, record, frame)
        }
        if delayCount > 0 { admitDue(number, time, record) }
    }

    /// Adds an entry, behind all others, that lies in the frame of the tail.
    @inline(__always)
    func addToFrame(
        _ number: Int32, _ image: UnsafeRawPointer, _ valid: UInt64, _ record: UnsafeMutableRawPointer, _ frame: Int
    ) {
        addRow(record, frame, 1)
        for cell in layout.cellStarts[frame]..<layout.cellStarts[frame &+ 1] { layout.cells[cell].add(image, to: record) }
        for index in layout.extremumStarts[frame]..<layout.extremumStarts[frame &+ 1] {
            let plan = layout.extrema + index
            guard valid & plan.pointee.bit != 0 else { continue }
            if plan.pointee.chain >= 0 {
                plan.pointee.take(image + plan.pointee.valueOffset, entry: number, in: record + plan.pointee.offset, heap)
            } else {
                plan.pointee.keep(image + plan.pointee.valueOffset, in: record + plan.pointee.offset, heap)
            }
        }
        enterDistinct(image - FrameEntry.imageOffset, valid, record, frame)
    }

    /// Takes the oldest entry out of a frame with a bound; the candidates that it was become the next of their chains.
    @inline(__always)
    func removeFront(_ record: UnsafeMutableRawPointer, _ frame: Int) {
        let number = front(record, frame)
        let entry = UnsafeRawPointer(entries.address(number))
        let image = entry + FrameEntry.imageOffset
        addRow(record, frame, -1)
        for cell in layout.cellStarts[frame]..<layout.cellStarts[frame &+ 1] {
            layout.cells[cell].remove(image, from: record)
        }
        for index in layout.extremumStarts[frame]..<layout.extremumStarts[frame &+ 1] {
            let plan = layout.extrema + index
            let slot = record + plan.pointee.offset
            guard slot.load(as: Int32.self) == number else { continue }
            let links = layout.chains[plan.pointee.chain].linkOffset
            let next = entry.load(fromByteOffset: links &+ 4, as: Int32.self)
            slot.storeBytes(of: next, as: Int32.self)
            if next != 0 {
                plan.pointee.copyValue(self.image(next) + plan.pointee.valueOffset, to: slot + ExtremumPlan.valueOffset)
            }
        }
        leaveDistinct(entry, image.load(as: UInt64.self), record, frame)
        var next = FrameEntry.next(entry)
        let delay = frames[frame].delay
        if delay >= 0, next == FrameDelay.next(record, delay) { next = 0 }
        setFront(record, frame, next, next == 0 ? 0 : FrameEntry.time(entries.address(next)))
    }

    /// Frees the entries of a key that no row judged by the watermark of `limit` can need.
    @inline(__always)
    func expire(_ record: UnsafeMutableRawPointer, _ limit: Int64) {
        while FrameRecord.head(record) != 0, FrameRecord.headTime(record) < limit {
            if rowsMax >= 0 {
                // Enough rows that no row in time can come before must follow.
                let kept = FrameRecord.kept(record)
                let latest = limit == .max ? limit : limit &+ retention
                guard kept != 0, FrameEntry.time(entries.address(kept)) < latest else { return }
            }
            freeHead(record)
        }
    }

    func freeHead(_ record: UnsafeMutableRawPointer) {
        let number = FrameRecord.head(record)
        let entry = UnsafeRawPointer(entries.address(number))
        if delayCount > 0 { admitExpired(number, entry, record) }
        for frame in 0..<frameCount {
            if frames[frame].bound == .unbounded {
                keepInBase(entry + FrameEntry.imageOffset, record, frame)
            } else if front(record, frame) == number {
                removeFront(record, frame)
            }
        }
        for chain in 0..<layout.chainCount { unlinkFirst(number, entry, chain, record) }
        if !values.isEmpty { unlinkValues(entry) }
        leaveIndex(record)
        let next = FrameEntry.next(entry)
        if next == 0 {
            FrameRecord.setHead(record, 0, 0)
            FrameRecord.setTail(record, 0, 0)
        } else {
            FrameEntry.setPrevious(entries.writable(next), 0)
            FrameRecord.setHead(record, next, FrameEntry.time(entries.address(next)))
        }
        let kept = FrameRecord.kept(record)
        if kept != 0 { FrameRecord.setKept(record, FrameEntry.next(entries.address(kept))) }
        FrameRecord.addCount(record, -1)
        layout.image.release(entry + FrameEntry.imageOffset, heap)
        entries.free(number)
    }

    private func keepInBase(_ image: UnsafeRawPointer, _ record: UnsafeMutableRawPointer, _ frame: Int) {
        for index in layout.extremumStarts[frame]..<layout.extremumStarts[frame + 1] {
            let plan = layout.extrema[index]
            guard image.load(as: UInt64.self) & plan.bit != 0 else { continue }
            plan.keep(image + plan.valueOffset, in: record + plan.baseOffset, heap)
        }
    }
}
