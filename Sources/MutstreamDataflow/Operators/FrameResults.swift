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

    /// A row with others after it: the record as it stands at the tail is copied and taken back to the row.
    @inline(never)
    private func evaluateOutOfOrder(_ entry: Int32, _ record: UnsafeRawPointer) -> AggregateFailure? {
        scratch.copyMemory(from: record, byteCount: layout.recordSize)
        let time = FrameEntry.time(entries.address(entry))
        var end = entry
        while true {
            let next = FrameEntry.next(entries.address(end))
            if next == 0 || FrameEntry.time(entries.address(next)) != time { break }
            end = next
        }
        for frame in 0..<frameCount {
            let plan = frames[frame]
            if plan.delay >= 0 {
                evaluateDelayed(frame, plan, entry, time)
                continue
            }
            let tail = FrameRecord.tail(record)
            switch plan.bound {
            case .unbounded: unwindUnbounded(frame, from: tail, to: end)
            case .rows: rebuild(frame, end: entry, least: .min, rows: plan.preceding + 1, cellsOnly: false)
            case .range:
                let least = ArrivalFrames.lower(time, plan.preceding)
                if frontTime(record, frame) > time {
                    rebuild(frame, end: end, least: least, rows: .max, cellsOnly: false)
                } else {
                    unwind(frame, from: tail, to: end, least: least)
                }
            }
        }
        return results.append(scratch, layout.results, heap)
    }

    /// The same for a frame that ends before its row.
    private func evaluateDelayed(_ frame: Int, _ plan: FramePlan, _ entry: Int32, _ time: Int64) {
        let newest = newest(scratch, plan.delay)
        var end = newest
        if delays[plan.delay].isRows {
            end = entry
            var rows = plan.end
            while end != 0, rows > 0 {
                end = FrameEntry.previous(entries.address(end))
                rows -= 1
            }
        } else {
            let (due, overflow) = time.subtractingReportingOverflow(plan.end)
            while end != 0, overflow || FrameEntry.time(entries.address(end)) > due {
                end = FrameEntry.previous(entries.address(end))
            }
        }
        switch plan.bound {
        case .unbounded: unwindUnbounded(frame, from: newest, to: end)
        case .rows: rebuild(frame, end: end, least: .min, rows: plan.preceding - plan.end + 1, cellsOnly: false)
        case .range:
            let least = ArrivalFrames.lower(time, plan.preceding)
            let front = front(scratch, frame)
            if end == 0 || front == 0 || frontTime(scratch, frame) > FrameEntry.time(entries.address(end)) {
                rebuild(frame, end: end, least: least, rows: .max, cellsOnly: false)
            } else {
                unwind(frame, from: newest, to: end, least: least)
            }
        }
    }

    /// Adds up a frame in the scratch record from its entries, the last of which is `end`.
    private func rebuild(_ frame: Int, end: Int32, least: Int64, rows: Int64, cellsOnly: Bool) {
        let (cells, extrema) = (
            layout.cellStarts[frame]..<layout.cellStarts[frame + 1],
            layout.extremumStarts[frame]..<layout.extremumStarts[frame + 1]
        )
        for index in cells { layout.cells[index].clear(scratch) }
        addRow(scratch, frame, -layout.rows(scratch, frame: frame))
        if !cellsOnly {
            for index in extrema { scratch.storeBytes(of: 0, toByteOffset: layout.extrema[index].offset, as: Int32.self) }
            for index in layout.distinctStarts[frame]..<layout.distinctStarts[frame + 1] {
                scratch.storeBytes(of: 0, toByteOffset: layout.distinctCells[index].offset, as: Int64.self)
            }
        }
        var number = end
        var taken: Int64 = 0
        while number != 0, taken < rows {
            let entry = UnsafeRawPointer(entries.address(number))
            if FrameEntry.time(entry) < least { break }
            for index in cells { layout.cells[index].add(entry + FrameEntry.imageOffset, to: scratch) }
            if !cellsOnly {
                for index in extrema { take(layout.extrema[index], number, entry) }
                prependDistinct(entry, end, frame)
            }
            addRow(scratch, frame, 1)
            taken += 1
            number = FrameEntry.previous(entry)
        }
    }

    /// Lets the scratch record's extremum see an entry.
    private func take(_ plan: ExtremumPlan, _ number: Int32, _ entry: UnsafeRawPointer) {
        let image = entry + FrameEntry.imageOffset
        guard image.load(as: UInt64.self) & plan.bit != 0 else { return }
        plan.take(image + plan.valueOffset, entry: number, in: scratch + plan.offset, heap)
    }

    /// Takes the entries after `end`, the newest first, out of the scratch record's frame and lets it reach back to `least`.
    private func unwind(_ frame: Int, from newest: Int32, to end: Int32, least: Int64) {
        let (cells, extrema) = (
            layout.cellStarts[frame]..<layout.cellStarts[frame + 1],
            layout.extremumStarts[frame]..<layout.extremumStarts[frame + 1]
        )
        var lost: UInt64 = 0
        var number = newest
        while number != end {
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
            for index in cells { layout.cells[index].add(entry + FrameEntry.imageOffset, to: scratch) }
            for index in extrema { take(layout.extrema[index], number, entry) }
            prependDistinct(entry, end, frame)
            addRow(scratch, frame, 1)
            number = FrameEntry.previous(entry)
        }
        for (place, index) in extrema.enumerated() where lost >> UInt64(place & 63) & 1 != 0 {
            scratch.storeBytes(of: 0, toByteOffset: layout.extrema[index].offset, as: Int32.self)
            look(layout.extrema[index], from: end, least: least)
        }
        for index in cells where layout.cells[index].kind == .float {
            let cell = (scratch + layout.cells[index].offset).assumingMemoryBound(to: FloatCell.self)
            if cell.pointee.isDoubtful { return rebuild(frame, end: end, least: least, rows: .max, cellsOnly: true) }
        }
    }

    /// Finds an extremum among the entries from `end` back.
    private func look(_ plan: ExtremumPlan, from end: Int32, least: Int64) {
        var number = end
        while number != 0 {
            let entry = UnsafeRawPointer(entries.address(number))
            if FrameEntry.time(entry) < least { return }
            take(plan, number, entry)
            number = FrameEntry.previous(entry)
        }
    }

    /// The same for a frame without a bound, whose extremum also has what is no longer kept.
    private func unwindUnbounded(_ frame: Int, from newest: Int32, to end: Int32) {
        let (cells, extrema) = (
            layout.cellStarts[frame]..<layout.cellStarts[frame + 1],
            layout.extremumStarts[frame]..<layout.extremumStarts[frame + 1]
        )
        var lost: UInt64 = 0
        var number = newest
        while number != end {
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
            look(plan, from: end, least: .min)
        }
    }
}
