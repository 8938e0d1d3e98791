import MutstreamColumnar

/// What a row sees in its frames.
extension ArrivalFrames {
    /// Appends the results of the row that went in as `entry`.
    /// - Complexity: O(aggregates) for the newest row of its key.
    @inline(__always)
    func evaluate(_ entry: Int32, _ record: UnsafeMutableRawPointer) -> AggregateFailure? {
        if entry < 0 { return evaluatePeers(-entry, record) }
        if entry != 0, entry != FrameRecord.tail(record) {
            let isPeer = FrameEntry.time(entries.address(entry)) == FrameRecord.tailTime(record)
            if usesRows || !isPeer { return evaluateOutOfOrder(entry, record) }
        }
        if layout.hasFloat { settle(record) }
        return results.append(record, layout.results, heap)
    }

    /// Adds the float sums up anew in which the rounding of rows long gone could be seen.
    private func settle(_ record: UnsafeMutableRawPointer) {
        for frame in 0..<frameCount where frames[frame].bound != .unbounded {
            for index in layout.cellStarts[frame]..<layout.cellStarts[frame + 1] where layout.cells[index].kind == .float {
                let cell = layout.cells[index]
                guard (record + cell.offset).assumingMemoryBound(to: FloatCell.self).pointee.isDoubtful else { continue }
                cell.clear(record)
                var number = front(record, frame)
                let delay = frames[frame].delay
                let end = delay < 0 ? 0 : FrameDelay.next(record, delay)
                while number != 0, number != end {
                    cell.add(image(number), to: record)
                    number = FrameEntry.next(entries.address(number))
                }
            }
        }
    }

    /// A row without an order value: its peers, and for unbounded frames all others.
    @inline(never)
    private func evaluatePeers(_ number: Int32, _ record: UnsafeRawPointer) -> AggregateFailure? {
        scratch.copyMemory(from: peers.address(number), byteCount: layout.recordSize)
        for frame in 0..<frameCount where frames[frame].bound == .unbounded {
            addRow(scratch, frame, layout.rows(record, frame: frame))
            for index in layout.cellStarts[frame]..<layout.cellStarts[frame + 1] {
                layout.cells[index].merge(record, into: scratch)
            }
            for index in layout.extremumStarts[frame]..<layout.extremumStarts[frame + 1] {
                let plan = layout.extrema[index]
                let slot = record + plan.offset
                guard slot.load(as: Int32.self) != 0 else { continue }
                plan.take(slot + ExtremumPlan.valueOffset, entry: 1, in: scratch + plan.offset, heap)
            }
            let delay = frames[frame].delay
            var number = delay < 0 ? 0 : FrameDelay.next(record, delay)
            while number != 0 {
                let entry = UnsafeRawPointer(entries.address(number))
                addRow(scratch, frame, 1)
                for index in layout.cellStarts[frame]..<layout.cellStarts[frame + 1] {
                    layout.cells[index].add(entry + FrameEntry.imageOffset, to: scratch)
                }
                for index in layout.extremumStarts[frame]..<layout.extremumStarts[frame + 1] {
                    take(layout.extrema[index], number, entry)
                }
                number = FrameEntry.next(entry)
            }
        }
        let failure = results.append(scratch, layout.results, heap)
        return usesRows ? .rowsOfNullOrder : values.isEmpty ? failure : .distinctOfNullOrder
    }

    /// One more entry is looked at; false where there are too many.
    @inline(__always)
    func step() -> Bool {
        steps &+= 1
        walked &+= 1
        return steps <= nearMax
    }

    /// A row with others after it: the record as it stands at the tail is copied and taken back to the row.
    @inline(never)
    private func evaluateOutOfOrder(_ entry: Int32, _ record: UnsafeRawPointer) -> AggregateFailure? {
        scratch.copyMemory(from: record, byteCount: layout.recordSize)
        var isFar = false
        for frame in 0..<frameCount {
            steps = 0
            if !isFar, walk(frame, back: entry) { continue }
            // So are the others, as a rule.
            isFar = true
            lookUp(frame, entry, record)
        }
        return results.append(scratch, layout.results, heap)
    }

    /// Takes a frame of the scratch record back from the newest row to another one; false where that is too far: the frame is
    /// of no use then.
    private func walk(_ frame: Int, back entry: Int32) -> Bool {
        let (plan, time) = (frames[frame], FrameEntry.time(entries.address(entry)))
        guard let end = lastEntry(plan, entry, time) else { return false }
        let newest = plan.delay < 0 ? FrameRecord.tail(scratch) : newest(scratch, plan.delay)
        switch plan.bound {
        case .unbounded: return unwindUnbounded(frame, from: newest, to: end)
        case .rows:
            let rows = plan.preceding.subtractingClamped(plan.end).addingClamped(1)
            return rebuild(frame, end: end, least: .min, rows: rows)
        case .range:
            let least = ArrivalFrames.lower(time, plan.preceding)
            if end == 0 || front(scratch, frame) == 0 || frontTime(scratch, frame) > FrameEntry.time(entries.address(end)) {
                return rebuild(frame, end: end, least: least, rows: .max)
            }
            return unwind(frame, from: newest, to: end, least: least)
        }
    }

    /// The last entry of a row's frame, 0: it has none; nil where it is far.
    private func lastEntry(_ plan: FramePlan, _ entry: Int32, _ time: Int64) -> Int32? {
        var end = entry
        if plan.delay < 0 {
            if plan.bound == .rows { return entry }
            while true {
                let next = FrameEntry.next(entries.address(end))
                if next == 0 || FrameEntry.time(entries.address(next)) != time { return end }
                guard step() else { return nil }
                end = next
            }
        }
        if delays[plan.delay].isRows {
            var rows = plan.end
            while end != 0, rows > 0 {
                guard step() else { return nil }
                end = FrameEntry.previous(entries.address(end))
                rows -= 1
            }
            return end
        }
        end = newest(scratch, plan.delay)
        let (due, overflow) = time.subtractingReportingOverflow(plan.end)
        while end != 0, overflow || FrameEntry.time(entries.address(end)) > due {
            guard step() else { return nil }
            end = FrameEntry.previous(entries.address(end))
        }
        return end
    }

    /// Adds up a frame in the scratch record from its entries, the last of which is `end`; false where they are too many.
    private func rebuild(_ frame: Int, end: Int32, least: Int64, rows: Int64) -> Bool {
        let (cells, extrema) = (
            layout.cellStarts[frame]..<layout.cellStarts[frame + 1],
            layout.extremumStarts[frame]..<layout.extremumStarts[frame + 1]
        )
        for index in cells { layout.cells[index].clear(scratch) }
        addRow(scratch, frame, -layout.rows(scratch, frame: frame))
        for index in extrema { scratch.storeBytes(of: 0, toByteOffset: layout.extrema[index].offset, as: Int32.self) }
        for index in layout.distinctStarts[frame]..<layout.distinctStarts[frame + 1] {
            scratch.storeBytes(of: 0, toByteOffset: layout.distinctCells[index].offset, as: Int64.self)
        }
        var number = end
        var taken: Int64 = 0
        while number != 0, taken < rows {
            let entry = UnsafeRawPointer(entries.address(number))
            if FrameEntry.time(entry) < least { break }
            guard step() else { return false }
            for index in cells { layout.cells[index].add(entry + FrameEntry.imageOffset, to: scratch) }
            for index in extrema { take(layout.extrema[index], number, entry) }
            prependDistinct(entry, end, frame)
            addRow(scratch, frame, 1)
            taken += 1
            number = FrameEntry.previous(entry)
        }
        return true
    }

    /// Lets the scratch record's extremum see an entry.
    func take(_ plan: ExtremumPlan, _ number: Int32, _ entry: UnsafeRawPointer) {
        let image = entry + FrameEntry.imageOffset
        guard image.load(as: UInt64.self) & plan.bit != 0 else { return }
        plan.take(image + plan.valueOffset, entry: number, in: scratch + plan.offset, heap)
    }

    /// Takes the entries after `end`, the newest first, out of the scratch record's frame and lets it reach back to `least`;
    /// false where they are too many.
    private func unwind(_ frame: Int, from newest: Int32, to end: Int32, least: Int64) -> Bool {
        let (cells, extrema) = (
            layout.cellStarts[frame]..<layout.cellStarts[frame + 1],
            layout.extremumStarts[frame]..<layout.extremumStarts[frame + 1]
        )
        var lost: UInt64 = 0
        var number = newest
        while number != end {
            guard step() else { return false }
            let entry = UnsafeRawPointer(entries.address(number))
            for index in cells { layout.cells[index].remove(entry + FrameEntry.imageOffset, from: scratch) }
            for (place, index) in extrema.enumerated()
            where scratch.load(fromByteOffset: layout.extrema[index].offset, as: Int32.self) == number {
                lost |= 1 << UInt64(place & 63)
            }
            retreatDistinct(entry, frame)
            addRow(scratch, frame, -1)
            number = FrameEntry.previous(entry)
        }
        number = FrameEntry.previous(entries.address(front(scratch, frame)))
        while number != 0 {
            let entry = UnsafeRawPointer(entries.address(number))
            if FrameEntry.time(entry) < least { break }
            guard step() else { return false }
            for index in cells { layout.cells[index].add(entry + FrameEntry.imageOffset, to: scratch) }
            for index in extrema { take(layout.extrema[index], number, entry) }
            prependDistinct(entry, end, frame)
            addRow(scratch, frame, 1)
            number = FrameEntry.previous(entry)
        }
        for (place, index) in extrema.enumerated() where lost >> UInt64(place & 63) & 1 != 0 {
            scratch.storeBytes(of: 0, toByteOffset: layout.extrema[index].offset, as: Int32.self)
            guard look(layout.extrema[index], from: end, least: least) else { return false }
        }
        for index in cells where layout.cells[index].kind == .float {
            let cell = (scratch + layout.cells[index].offset).assumingMemoryBound(to: FloatCell.self)
            if cell.pointee.isDoubtful { return rebuild(frame, end: end, least: least, rows: .max) }
        }
        return true
    }

    /// Finds an extremum among the entries from `end` back; false where they are too many.
    private func look(_ plan: ExtremumPlan, from end: Int32, least: Int64) -> Bool {
        var number = end
        while number != 0 {
            let entry = UnsafeRawPointer(entries.address(number))
            if FrameEntry.time(entry) < least { return true }
            guard step() else { return false }
            take(plan, number, entry)
            number = FrameEntry.previous(entry)
        }
        return true
    }

    /// The same for a frame without a bound, whose extremum also has what is no longer kept.
    private func unwindUnbounded(_ frame: Int, from newest: Int32, to end: Int32) -> Bool {
        let (cells, extrema) = (
            layout.cellStarts[frame]..<layout.cellStarts[frame + 1],
            layout.extremumStarts[frame]..<layout.extremumStarts[frame + 1]
        )
        var lost: UInt64 = 0
        var number = newest
        while number != end {
            guard step() else { return false }
            let entry = UnsafeRawPointer(entries.address(number))
            let image = entry + FrameEntry.imageOffset
            for index in cells { layout.cells[index].remove(image, from: scratch) }
            for (place, index) in extrema.enumerated() {
                let plan = layout.extrema[index]
                guard image.load(as: UInt64.self) & plan.bit != 0 else { continue }
                let value = scratch + plan.offset + ExtremumPlan.valueOffset
                if plan.isAsGood(image + plan.valueOffset, value, heap) { lost |= 1 << UInt64(place & 63) }
            }
            retreatDistinct(entry, frame)
            addRow(scratch, frame, -1)
            number = FrameEntry.previous(entry)
        }
        for (place, index) in extrema.enumerated() where lost >> UInt64(place & 63) & 1 != 0 {
            let plan = layout.extrema[index]
            let base = scratch + plan.baseOffset
            (scratch + plan.offset).copyMemory(from: base, byteCount: ExtremumPlan.size)
            guard look(plan, from: end, least: .min) else { return false }
        }
        return true
    }
}
