import MutstreamColumnar

/// Frames that end before the current row: rows wait until the frame has come up to them.
///
/// ```
/// time ->    a   b   c   d   e   f         f is the newest row
/// frame          |-------|                 b, c, d; its front is b
/// waiting                    e   f         the next to enter is e
/// ```
///
/// All frames that end so far before the current row share the place in the list of entries, and the monotonic chains.
struct FrameDelay: Hashable {
    /// Whether `end` counts rows.
    let isRows: Bool
    /// More than 0.
    let end: Int64

    /// Bytes in the record of a key: `| next to enter: 4 | rows that wait: 4 | time of next: 8 |`.
    static let bytes = 16

    @inline(__always)
    private static func offset(_ delay: Int) -> Int { FrameRecord.headerSize &+ delay &* bytes }
    @inline(__always)
    static func next(_ record: UnsafeRawPointer, _ delay: Int) -> Int32 {
        record.load(fromByteOffset: offset(delay), as: Int32.self)
    }
    @inline(__always)
    static func nextTime(_ record: UnsafeRawPointer, _ delay: Int) -> Int64 {
        record.load(fromByteOffset: offset(delay) &+ 8, as: Int64.self)
    }
    @inline(__always)
    static func waiting(_ record: UnsafeRawPointer, _ delay: Int) -> Int32 {
        record.load(fromByteOffset: offset(delay) &+ 4, as: Int32.self)
    }
    @inline(__always)
    static func setNext(_ record: UnsafeMutableRawPointer, _ delay: Int, _ number: Int32, _ time: Int64) {
        record.storeBytes(of: number, toByteOffset: offset(delay), as: Int32.self)
        record.storeBytes(of: time, toByteOffset: offset(delay) &+ 8, as: Int64.self)
    }
    @inline(__always)
    static func addWaiting(_ record: UnsafeMutableRawPointer, _ delay: Int, _ change: Int32) {
        record.storeBytes(of: waiting(record, delay) &+ change, toByteOffset: offset(delay) &+ 4, as: Int32.self)
    }
}

extension ArrivalFrames {
    /// Lets the frames come up to a row that was just put behind all others.
    func admitDue(_ number: Int32, _ time: Int64, _ record: UnsafeMutableRawPointer) {
        for delay in 0..<delayCount {
            let plan = delays[delay]
            FrameDelay.addWaiting(record, delay, 1)
            if FrameDelay.next(record, delay) == 0 { FrameDelay.setNext(record, delay, number, time) }
            if plan.isRows {
                if Int64(FrameDelay.waiting(record, delay)) > plan.end { admit(delay, time, record) }
                continue
            }
            for frame in 0..<frameCount where frames[frame].delay == delay && frames[frame].bound == .range {
                let least = ArrivalFrames.lower(time, frames[frame].preceding)
                while front(record, frame) != 0, frontTime(record, frame) < least { removeFront(record, frame) }
            }
            let (due, overflow) = time.subtractingReportingOverflow(plan.end)
            if overflow { continue }
            while FrameDelay.next(record, delay) != 0, FrameDelay.nextTime(record, delay) <= due {
                admit(delay, time, record)
            }
        }
    }

    /// Lets the frames of a delay take in the next entry that waits, as the newest row has this time.
    func admit(_ delay: Int, _ time: Int64, _ record: UnsafeMutableRawPointer) {
        let number = FrameDelay.next(record, delay)
        let entry = entries.writable(number)
        let image = entry + FrameEntry.imageOffset
        let valid = image.load(as: UInt64.self)
        if delays[delay].isRows {
            for frame in 0..<frameCount where frames[frame].delay == delay && frames[frame].bound == .rows {
                let rowsMax = max(frames[frame].preceding &- frames[frame].end &+ 1, 0)
                if front(record, frame) != 0, layout.rows(record, frame: frame) >= rowsMax { removeFront(record, frame) }
            }
        }
        pass(delay, entry, record)
        for chain in 0..<layout.chainCount
        where layout.chains[chain].delay == delay && valid & layout.chains[chain].plan.bit != 0 {
            push(number, entry, chain, record)
        }
        let entryTime = FrameEntry.time(entry)
        for frame in 0..<frameCount where frames[frame].delay == delay {
            let plan = frames[frame]
            switch plan.bound {
            case .unbounded: break
            case .range: if entryTime < ArrivalFrames.lower(time, plan.preceding) { continue }
            case .rows: if plan.preceding < plan.end { continue }
            }
            if plan.bound != .unbounded, front(record, frame) == 0 { setFront(record, frame, number, entryTime) }
            addToFrame(number, image, valid, record, frame)
        }
    }

    /// Lets the entry after this one be the next to enter.
    private func pass(_ delay: Int, _ entry: UnsafeRawPointer, _ record: UnsafeMutableRawPointer) {
        let next = FrameEntry.next(entry)
        FrameDelay.setNext(record, delay, next, next == 0 ? 0 : FrameEntry.time(entries.address(next)))
        FrameDelay.addWaiting(record, delay, -1)
    }

    /// The oldest entry is freed while it waits: whatever comes has it behind, so that only unbounded frames take it.
    func admitExpired(_ number: Int32, _ entry: UnsafeRawPointer, _ record: UnsafeMutableRawPointer) {
        let image = entry + FrameEntry.imageOffset
        for delay in 0..<delayCount where FrameDelay.next(record, delay) == number {
            pass(delay, entry, record)
            for frame in 0..<frameCount where frames[frame].delay == delay && frames[frame].bound == .unbounded {
                addToFrame(number, image, image.load(as: UInt64.self), record, frame)
            }
        }
    }

    /// Finds out which delays an entry is already behind that was put before `following` others, and lets it wait in the rest.
    func waitOutOfOrder(_ number: Int32, _ time: Int64, _ following: Int64, _ record: UnsafeMutableRawPointer) {
        for delay in 0..<delayCount {
            let plan = delays[delay]
            if plan.isRows {
                isBehind[delay] = following >= plan.end
            } else {
                let (due, overflow) = FrameRecord.tailTime(record).subtractingReportingOverflow(plan.end)
                isBehind[delay] = !overflow && time <= due
            }
            if isBehind[delay] { continue }
            FrameDelay.addWaiting(record, delay, 1)
            // The newest row always waits, so that there is a next one.
            let isFirst =
                plan.isRows
                ? FrameEntry.next(entries.address(number)) == FrameDelay.next(record, delay)
                : time < FrameDelay.nextTime(record, delay)
            if isFirst { FrameDelay.setNext(record, delay, number, time) }
        }
    }

    /// The newest entry that the frames of a delay hold.
    func newest(_ record: UnsafeRawPointer, _ delay: Int) -> Int32 {
        let next = FrameDelay.next(record, delay)
        return next == 0 ? FrameRecord.tail(record) : FrameEntry.previous(entries.address(next))
    }
}
