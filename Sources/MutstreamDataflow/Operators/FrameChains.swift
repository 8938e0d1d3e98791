import MutstreamColumnar

/// One monotonic chain for each argument of MIN or MAX serves the frames of every length that end alike.
///
/// ```
/// time ->       a   b   c   d   e            chain of max:  b -> d -> e   each the greatest from itself on
/// value         3   9   4   7   2            frame [a..e]: b    frame [c..e]: d    frame [e..e]: e
/// ```
///
/// An entry is in the chain as long as none after it is as good. Each frame holds its candidate, the first of the chain
/// that is not before its front, and moves along the links as its front passes. (The ascending minima of Douglas, 1996.)
extension ArrivalFrames {
    /// Puts the newest entry at the end of a chain and drops those that it beats.
    @inline(__always)
    func push(_ number: Int32, _ entry: UnsafeMutableRawPointer, _ chain: Int, _ record: UnsafeMutableRawPointer) {
        let plan = layout.chains + chain
        let links = plan.pointee.linkOffset
        let value = entry + FrameEntry.imageOffset + plan.pointee.plan.valueOffset
        var top = record.load(fromByteOffset: plan.pointee.topOffset, as: Int32.self)
        while top != 0 {
            let last = entries.address(top)
            if !plan.pointee.plan.isAsGood(value, last + FrameEntry.imageOffset + plan.pointee.plan.valueOffset, heap) {
                break
            }
            top = last.load(fromByteOffset: links, as: Int32.self)
        }
        entry.storeBytes(of: top, toByteOffset: links, as: Int32.self)
        entry.storeBytes(of: 0, toByteOffset: links &+ 4, as: Int32.self)
        if top != 0 { entries.writable(top).storeBytes(of: number, toByteOffset: links &+ 4, as: Int32.self) }
        record.storeBytes(of: number, toByteOffset: plan.pointee.topOffset, as: Int32.self)
    }

    /// Puts an entry where its time is in the chain, if none after it is as good.
    private func place(
        _ number: Int32, _ entry: UnsafeMutableRawPointer, _ time: Int64, _ chain: Int, _ record: UnsafeMutableRawPointer
    ) -> Bool {
        let plan = layout.chains[chain]
        let links = plan.linkOffset
        let value = entry + FrameEntry.imageOffset + plan.plan.valueOffset
        var after: Int32 = 0
        let top = record.load(fromByteOffset: plan.topOffset, as: Int32.self)
        var before = top
        steps = 0
        while before != 0, FrameEntry.time(entries.address(before)) > time {
            if !step() {
                after = successor(time, chain, record)
                before = after == 0 ? top : entries.address(after).load(fromByteOffset: links, as: Int32.self)
                break
            }
            after = before
            before = entries.address(before).load(fromByteOffset: links, as: Int32.self)
        }
        if after != 0, plan.plan.isAsGood(image(after) + plan.plan.valueOffset, value, heap) {
            entry.storeBytes(of: 0, toByteOffset: links, as: UInt64.self)
            return false
        }
        while before != 0, plan.plan.isAsGood(value, image(before) + plan.plan.valueOffset, heap) {
            before = entries.address(before).load(fromByteOffset: links, as: Int32.self)
        }
        entry.storeBytes(of: before, toByteOffset: links, as: Int32.self)
        entry.storeBytes(of: after, toByteOffset: links + 4, as: Int32.self)
        if before != 0 { entries.writable(before).storeBytes(of: number, toByteOffset: links + 4, as: Int32.self) }
        if after != 0 {
            entries.writable(after).storeBytes(of: number, toByteOffset: links, as: Int32.self)
        } else {
            record.storeBytes(of: number, toByteOffset: plan.topOffset, as: Int32.self)
        }
        return true
    }

    /// Takes the oldest entry of a key out of a chain, if it is in it.
    @inline(__always)
    func unlinkFirst(_ number: Int32, _ entry: UnsafeRawPointer, _ chain: Int, _ record: UnsafeMutableRawPointer) {
        let plan = layout.chains[chain]
        guard (entry + FrameEntry.imageOffset).load(as: UInt64.self) & plan.plan.bit != 0 else { return }
        let top = record.load(fromByteOffset: plan.topOffset, as: Int32.self)
        if top == number {
            record.storeBytes(of: 0, toByteOffset: plan.topOffset, as: Int32.self)
            return
        }
        // An entry that was dropped still has its links: it is in the chain only if its next leads back to it.
        let next = entry.load(fromByteOffset: plan.linkOffset + 4, as: Int32.self)
        guard next != 0 else { return }
        let successor = entries.writable(next)
        if successor.load(fromByteOffset: plan.linkOffset, as: Int32.self) == number {
            successor.storeBytes(of: 0, toByteOffset: plan.linkOffset, as: Int32.self)
        }
    }

    /// Puts an entry among those of later times.
    /// - Complexity: O(entries after it), from ``nearMax`` of them on O(log n).
    @inline(never)
    func insertBefore(
        _ number: Int32, _ entry: UnsafeMutableRawPointer, _ time: Int64, _ record: UnsafeMutableRawPointer
    ) {
        var after = FrameRecord.tail(record)
        var following: Int64 = 1
        steps = 0
        while true {
            let previous = FrameEntry.previous(entries.address(after))
            if previous == 0 || FrameEntry.time(entries.address(previous)) <= time { break }
            if !step() {
                (after, following) = firstAfter(time, record)
                break
            }
            after = previous
            following += 1
        }
        let successor = entries.writable(after)
        let previous = FrameEntry.previous(successor)
        FrameEntry.setPrevious(entry, previous)
        FrameEntry.setNext(entry, after)
        FrameEntry.setPrevious(successor, number)
        if previous == 0 {
            FrameRecord.setHead(record, number, time)
        } else {
            FrameEntry.setNext(entries.writable(previous), number)
        }
        FrameRecord.addCount(record, 1)
        if rowsMax >= 0 {
            let kept = FrameRecord.kept(record)
            if FrameRecord.count(record) == Int64(rowsMax) + 1 {
                FrameRecord.setKept(record, FrameRecord.tail(record))
            } else if kept != 0, time < FrameEntry.time(entries.address(kept)) {
                FrameRecord.setKept(record, FrameEntry.previous(entries.address(kept)))
            }
        }
        noteInIndex(number, time, record)
        waitOutOfOrder(number, time, following, record)
        // Rows leave ROWS frames before the new one is seen by any.
        for frame in 0..<frameCount where frames[frame].bound == .rows && holds(frame, following) {
            if layout.rows(record, frame: frame) > frames[frame].preceding &- frames[frame].end {
                removeFront(record, frame)
            }
        }
        if !values.isEmpty { linkValues(number, entry) }
        enterOutOfOrder(number, entry, time, following, record)
        for delay in 0..<delayCount where delays[delay].isRows && !isBehind[delay] {
            if Int64(FrameDelay.waiting(record, delay)) > delays[delay].end {
                admit(delay, FrameRecord.tailTime(record), record)
            }
        }
    }

    /// Whether a ROWS frame of the tail holds a row with so many behind it.
    private func holds(_ frame: Int, _ following: Int64) -> Bool {
        let plan = frames[frame]
        return following <= plan.preceding && following >= plan.end
    }

    /// Lets chains and frames see a row that lies among those they have.
    private func enterOutOfOrder(
        _ number: Int32, _ entry: UnsafeMutableRawPointer, _ time: Int64, _ following: Int64,
        _ record: UnsafeMutableRawPointer
    ) {
        let image = entry + FrameEntry.imageOffset
        let valid = image.load(as: UInt64.self)
        for chain in 0..<layout.chainCount {
            let plan = layout.chains[chain]
            isChained[chain] =
                valid & plan.plan.bit != 0 && (plan.delay < 0 || isBehind[plan.delay])
                && place(number, entry, time, chain, record)
        }
        for frame in 0..<frameCount {
            let plan = frames[frame]
            if plan.delay >= 0, !isBehind[plan.delay] { continue }
            switch plan.bound {
            case .unbounded: break
            case .range: if time < ArrivalFrames.lower(FrameRecord.tailTime(record), plan.preceding) { continue }
            case .rows: if !holds(frame, following) { continue }
            }
            if plan.bound != .unbounded, front(record, frame) == 0 || time < frontTime(record, frame) {
                setFront(record, frame, number, time)
            }
            addOutOfOrder(number, image, record, frame)
        }
    }

    /// As `addToFrame`, but an entry that is in no chain is no candidate.
    private func addOutOfOrder(
        _ number: Int32, _ image: UnsafeRawPointer, _ record: UnsafeMutableRawPointer, _ frame: Int
    ) {
        addRow(record, frame, 1)
        enterDistinct(image - FrameEntry.imageOffset, image.load(as: UInt64.self), record, frame)
        for cell in layout.cellStarts[frame]..<layout.cellStarts[frame + 1] { layout.cells[cell].add(image, to: record) }
        for index in layout.extremumStarts[frame]..<layout.extremumStarts[frame + 1] {
            let plan = layout.extrema[index]
            guard image.load(as: UInt64.self) & plan.bit != 0 else { continue }
            if plan.chain < 0 {
                plan.keep(image + plan.valueOffset, in: record + plan.offset, heap)
            } else if isChained[plan.chain] {
                plan.take(image + plan.valueOffset, entry: number, in: record + plan.offset, heap)
            }
        }
    }
}
